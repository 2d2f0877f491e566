//! What tests are given from outside, through environment variables: see CONTRIBUTING.md.
//!
//! In: the name of a variable. Out: the folder that it names, or a visible word that something is skipped. Always: only
//! read.

use crate::effective::RuleFiles;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Says that a test, or a part of one, was skipped, and why. Written past the runner, which keeps what a test that
/// passes prints to itself.
pub(crate) fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// The folder that a variable names; says so where it names none.
pub(crate) fn folder(variable: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map(PathBuf::from);
    if folder.is_none() {
        skipped(&format!("{variable} names no folder"));
    }
    folder
}

/// A JSON file of the cases. Java writes NaN and infinities into its JSON; they are read as texts.
pub(crate) fn json(path: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text.replace(": NaN", ": \"NaN\"").replace(": Infinity", ": \"inf\"");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The deployment.toml and the rule files of a release.
pub(crate) struct Release {
    /// Its deployment.toml.
    pub(crate) toml: Vec<u8>,
    /// Its rule files by their path below `repository/resources/conf`.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
}

impl Release {
    /// Of 1.2.0 and of 4.0.0, from `UPGRADE_RELEASE_FILES`.
    pub(crate) fn both() -> Option<[Self; 2]> {
        let releases = folder("UPGRADE_RELEASE_FILES")?;
        Some(["1.2.0", "4.0.0"].map(|release| Self::read(&releases.join(release))))
    }

    fn read(release: &Path) -> Self {
        let rules = release.join("repository/resources/conf");
        let mut files = BTreeMap::new();
        let mut open = vec![rules.clone()];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&rules).expect("below").to_str().expect("UTF-8").replace('\\', "/");
                    files.insert(name, std::fs::read(&path).expect("a file"));
                }
            }
        }
        Self { toml: std::fs::read(release.join("conf/deployment.toml")).expect("a deployment.toml"), files }
    }

    /// The same as a text.
    pub(crate) fn toml(&self) -> &str {
        std::str::from_utf8(&self.toml).expect("UTF-8")
    }

    /// Its rule files.
    pub(crate) fn rules(&self) -> RuleFiles<'_> {
        let file = |name: &str| self.files.get(name).map(Vec::as_slice);
        let templates = self.files.iter().filter_map(|(name, file)| {
            let name = name.strip_prefix("templates/")?.strip_suffix(".j2")?;
            Some((name.to_owned(), file.as_slice()))
        });
        RuleFiles {
            default: file("default.json"),
            infer: file("infer.json"),
            key_mappings: file("key-mappings.json"),
            templates: templates.collect(),
        }
    }
}
