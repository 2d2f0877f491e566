//! `check`: the checks that `package` runs over its result, over any tree.
//!
//! In: homes, distributions and bundles. Out: what would break at the start of a server on each. Always: nothing is
//! written but what was learnt of a distribution, into the user's cache folder.

use super::inputs;
use super::planned;
use super::terminal::{self, Bar};
use crate::diagnostic::{Diagnostic, Severity};
use crate::examine::{self, Given, Tree};
use crate::inventory::Inventory;
use crate::path::EntryPath;
use crate::policy::Policy;
use crate::product::identify::{self, Product};
use crate::progress::{Progress, Quiet};
use crate::read::{self, Limits, ListRules, Sources, Want};
use crate::report::diagnostics;
use crate::rules::area;
use crate::timestamp::Timestamp;
use crate::{checks, planner};
use anyhow::{Context as _, bail};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Find in a home, a distribution or a bundle what would break at the start of a server
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask check dist/wso2mi-4.0.0-upgraded\n  cargo xtask check /opt/wso2mi-4.0.0 --format json"
)]
pub(super) struct Args {
    /// Homes and distributions (folders, zip or tar.gz archives), and folders of bundles
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The severities of a policy count, the rest of it does not
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = super::plan::Format::Text)]
    format: super::plan::Format,
    /// The most that an input may unpack to, such as 64G
    #[arg(long, value_name = "SIZE", default_value = "16G", value_parser = inputs::parse_size)]
    max_unpacked_size: u64,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let policy = inputs::read_policy(args.policy.as_deref())?;
    let limits = Limits { total_bytes: args.max_unpacked_size, ..Limits::default() };
    let mut checked = Vec::new();
    for path in &args.paths {
        let (name, found) = of_path(path, &policy, &limits, &Bar::new())?;
        checked.push((name, found));
    }
    let text = match args.format {
        super::plan::Format::Text => text(&checked),
        super::plan::Format::Json => crate::report::json::checked(&checked)?,
    };
    terminal::print(&text)?;
    let is_blocked = checked.iter().flat_map(|(_, found)| found).any(|found| found.severity >= Severity::Conflict);
    Ok(if is_blocked { super::BLOCKED } else { super::DONE })
}

fn of_path(
    path: &Path,
    policy: &Policy,
    limits: &Limits,
    progress: &dyn Progress,
) -> anyhow::Result<(String, Vec<Diagnostic>)> {
    let mut sources = Sources::new();
    let archive = archive_of_bundle(path)?;
    let rules = ListRules { skip: &|path| area::is_left_out_by_name(path), follow: &|_| false };
    let mut inventory = read::list(archive.as_deref().unwrap_or(path), &mut sources, limits, &rules)?;
    inventory.name = inputs::short_name(path);
    expect_server(&mut inventory, &sources)?;
    let checksums = |path: &EntryPath, _: &_| if path.is_below("wso2") { Want::Checksum } else { Want::Nothing };
    read::fill(&mut inventory, &sources, &checksums, &|_, _, _| crate::inventory::Facts::default(), &Quiet)?;
    let cache = planned::cache_folder();
    let given = Given { today: today(), cache: cache.as_deref() };
    let examined = examine::examine(Tree::of_inventory(&inventory), &sources, given, progress);
    let mut found = checks::run(&examined, &[]);
    planner::weigh(&mut found, policy);
    Ok((inventory.name, found))
}

/// The archive in the folder of a bundle; `None` where the folder is none.
fn archive_of_bundle(path: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !path.join("SHA256SUMS").is_file() {
        return Ok(None);
    }
    let folder = std::fs::read_dir(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let files = folder.filter_map(|entry| Some(entry.ok()?.path()));
    let is_archive = |file: &PathBuf| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        [".zip", ".tar.gz"].into_iter().any(|ending| name.ends_with(ending))
    };
    let mut archives: Vec<_> = files.filter(is_archive).collect();
    // A zip and a tar.gz of one bundle are the same tree; the zip is the quicker to read.
    archives.sort_by_key(|file| (file.extension().is_none_or(|extension| extension != "zip"), file.clone()));
    archives.into_iter().next().map(Some).with_context(|| {
        format!(
            "the bundle `{}` has images only, and this looks into archives; package it with --output zip too, or check the \
             home and the distribution that it was made of",
            path.display()
        )
    })
}

fn expect_server(inventory: &mut Inventory, sources: &Sources) -> anyhow::Result<()> {
    inputs::read_identity(inventory, sources)?;
    let identity = identify::identify(inventory);
    if identity.product != Product::MicroIntegrator {
        bail!(
            "`{}` is {identity}: give the folder that holds bin, conf and repository, an archive of it, or a bundle",
            inventory.name
        );
    }
    Ok(())
}

/// The day of the clock: what is printed here goes into no bundle.
fn today() -> Timestamp {
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp::from_seconds(clock.map_or(0, |since| since.as_secs()).max(planned::RELEASED))
}

fn text(checked: &[(String, Vec<Diagnostic>)]) -> String {
    let mut text = String::new();
    for (name, found) in checked {
        for diagnostic in found {
            text.push_str(&diagnostics::render(diagnostic, terminal::width(), true));
            text.push('\n');
        }
        let _ = writeln!(text, "{name}: {}", diagnostics::tally(found));
    }
    text
}
