//! What the whole-program tests share: running the program, and reading what it wrote.
//!
//! Always: a test that cannot run says so on stderr, with the reason, and passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How the program ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed on stdout.
    pub stdout: String,
    /// What it printed on stderr.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// Runs a command to its end.
///
/// # Panics
/// When it cannot be started.
pub fn run(command: &mut Command) -> Ran {
    command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}")).into()
}

/// Whether a tool is installed; says so when it is not.
pub fn has_tool(tool: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()));
    if !found {
        skipped(&format!("{tool} is not installed"));
    }
    found
}

/// Says that a test, or a part of one, was skipped, and why.
#[expect(clippy::print_stderr, reason = "a skip must be seen")]
pub fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}

/// The folder with the real-size inputs, from the variable `UPGRADE_REAL_INPUTS`; says so where there is none.
pub fn real_inputs() -> Option<PathBuf> {
    let folder =
        std::env::var_os("UPGRADE_REAL_INPUTS").map(PathBuf::from).filter(|folder| folder.join("home").is_dir());
    if folder.is_none() {
        skipped("UPGRADE_REAL_INPUTS names no folder with real-size inputs");
    }
    folder
}

/// The contents of an archive's files by name.
///
/// # Panics
/// When it cannot be read.
pub fn unzipped(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = fs::File::open(archive).unwrap_or_else(|error| panic!("{}: {error}", archive.display()));
    let mut zip = zip::ZipArchive::new(file).expect("a zip");
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("an entry");
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).expect("an entry that inflates");
        files.insert(entry.name().expect("a name").into_owned(), bytes);
    }
    files
}

/// A JSON file.
///
/// # Panics
/// When it is none.
pub fn json(path: &Path) -> serde_json::Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// One action of a report: disposition, reason, target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The disposition's word.
    pub disposition: String,
    /// The reason.
    pub reason: String,
    /// The path in the result, where that is another.
    pub target: Option<String>,
}

/// The actions of a report by input and path.
///
/// # Panics
/// When a path of an input has two actions.
pub fn actions(report: &serde_json::Value) -> BTreeMap<(String, String), Line> {
    let mut actions = BTreeMap::new();
    let text = |value: &serde_json::Value, key: &str| value[key].as_str().map(str::to_owned);
    for action in report["actions"].as_array().expect("actions") {
        let key = (text(action, "input").expect("an input"), text(action, "path").expect("a path"));
        let line = Line {
            disposition: text(action, "disposition").expect("a disposition"),
            reason: text(action, "reason").expect("a reason"),
            target: text(action, "target"),
        };
        assert!(actions.insert(key.clone(), line).is_none(), "two actions for {key:?}");
    }
    actions
}
