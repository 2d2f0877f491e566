//! Reads what the commands about settings look at.
//!
//! In: paths. Out: the bytes of a deployment.toml; an inventory with the settings and rule files of a distribution or
//! home. Always: nothing else is read of them, and inputs are only read.

use crate::cli::inputs::{identified, short_name};
use crate::document::parse::LARGEST;
use crate::facts::extract::extract;
use crate::inventory::{Entry, Inventory};
use crate::path::EntryPath;
use crate::progress::Quiet;
use crate::read::{self, Limits, ListRules, Sources, Want};
use crate::rules::deployment_toml::{self, LOG_MASKING};
use anyhow::{Context as _, ensure};
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// Reads a deployment.toml, as far as one can be long.
pub(super) fn read_toml(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    ensure!(!path.is_dir(), "`{shown}` is a folder; give the deployment.toml in its conf");
    let mut bytes = Vec::new();
    let file = fs::File::open(path).with_context(|| format!("`{shown}` cannot be read"))?;
    file.take(LARGEST as u64 + 1).read_to_end(&mut bytes).with_context(|| format!("`{shown}` cannot be read"))?;
    Ok(bytes)
}

/// The folders that are looked into: two for the settings, two that say what an input is.
const FOLDERS: [&str; 4] = ["conf", "repository/resources/conf", "bin", "updates"];

/// What is read of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// deployment.toml and the rule files.
    Settings,
    /// And the other files of `conf`, and what the server recorded of them.
    Conf,
}

/// Lists a distribution or home, and reads its settings and rule files. Where it says of which release it is, that is
/// compared with the one wanted.
pub(super) fn list(
    path: &Path,
    sources: &mut Sources,
    version: Option<&str>,
    scope: Scope,
) -> anyhow::Result<Inventory> {
    let skip = |path: &EntryPath| {
        !FOLDERS
            .iter()
            .any(|folder| path.as_str() == *folder || path.is_below(folder) || folder.starts_with(&format!("{path}/")))
    };
    // Settings are often a link into what a platform mounts.
    let follow = |path: &EntryPath| wanted(path);
    let mut inventory = read::list(path, sources, &Limits::default(), &ListRules { skip: &skip, follow: &follow })?;
    inventory.name = short_name(path);
    let says = ["bin/version.txt", "bin/wso2carbon-version.txt", "updates/product.txt"];
    if let Some(version) = version.filter(|_| says.iter().any(|path| inventory.has_file(path))) {
        identified(&mut inventory, sources, version)?;
    }
    let want = |path: &EntryPath, _: &Entry| {
        if wanted(path) || scope == Scope::Conf && is_conf(path) { Want::DigestAndFacts } else { Want::Nothing }
    };
    read::fill(&mut inventory, sources, &want, &extract, &Quiet)?;
    Ok(inventory)
}

fn is_conf(path: &EntryPath) -> bool {
    path.is_below("conf") || path.is_below("repository/resources/conf")
}

fn wanted(path: &EntryPath) -> bool {
    let rules = "repository/resources/conf";
    [deployment_toml::PATH, LOG_MASKING].contains(&path.as_str())
        || path.is_in(rules)
        || path.is_below(&format!("{rules}/templates"))
}
