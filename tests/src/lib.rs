//! What the whole-program tests share: running the program, and reading what it wrote.
//!
//! Always: a test that cannot run says so on stderr, with the reason, and passes.

mod case;
pub mod database;
pub mod forms;
pub mod keys;

pub use case::Case;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use xtask::sample::{self, Node, Tree};

/// Every form of the result, as `--output` takes them.
pub const FORMS: &str = "zip,tar.gz,docker-context,oci";

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
    // What tests learn of their distributions is nothing for the cache of whoever runs them.
    if !command.get_envs().any(|(name, _)| name == "XDG_CACHE_HOME") {
        let folder = under_test().parent().map(|folder| folder.join("test-cache"));
        command.envs(folder.map(|folder| ("XDG_CACHE_HOME", folder)));
    }
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

/// Says that a test, or a part of one, was skipped, and why. Written past the runner, which keeps what a test that
/// passes prints to itself.
pub fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
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

/// The program under test, which cargo builds beside the folder of the tests.
///
/// # Panics
/// When the test's own place is not known.
pub fn under_test() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test.parent().and_then(Path::parent).expect("the folder above");
    folder.join(format!("xtask-under-test{}", std::env::consts::EXE_SUFFIX))
}

/// A command of the program under test, with nothing of the caller's environment that it listens to.
#[macro_export]
macro_rules! program {
    ($($argument:expr),* $(,)?) => {{
        let mut command = ::std::process::Command::new($crate::under_test());
        command.env_remove("SOURCE_DATE_EPOCH").env_remove("COLUMNS").env_remove("UPGRADE_SIGN_PASSWORD");
        $(command.arg($argument);)*
        command
    }};
}

/// The name of the bundle and of its archive where no other is given.
pub const NAME: &str = "wso2mi-4.0.0-upgraded";

/// The top folder of the archive, with its `/`.
pub const TOP: &str = "wso2mi-4.0.0/";

/// The inputs of an upgrade as plain trees: the sample's, which tests change.
#[derive(Clone, Debug)]
pub struct Trees {
    /// The used home.
    pub home: Tree,
    /// The fresh distribution.
    pub fresh: Tree,
    /// The pristine distribution, where it is given.
    pub pristine: Option<Tree>,
    /// The HL7 pack, where it is given.
    pub hl7: Option<Tree>,
}

impl Trees {
    /// The sample's inputs, all of them.
    pub fn sample() -> Self {
        Self {
            home: sample::home(),
            fresh: sample::fresh(),
            pristine: Some(sample::pristine()),
            hl7: Some(sample::hl7_pack()),
        }
    }

    /// A home that is as 1.2.0 shipped it, with nothing but settings that differ from nothing: the smallest upgrade.
    pub fn unchanged() -> Self {
        Self { home: sample::pristine(), fresh: sample::fresh(), pristine: Some(sample::pristine()), hl7: None }
    }

    /// Writes them: the home as a folder, all else as zips.
    ///
    /// # Panics
    /// When the disk does not take them.
    pub fn write(&self, folder: &Path) -> Given {
        let home = folder.join("home").join(sample::PRISTINE_TOP);
        sample::write_tree(&home, &self.home).expect("a home");
        let zip = |name: &str, top: Option<&str>, tree: &Tree| {
            let path = folder.join(name);
            fs::write(&path, sample::zip_tree(top, tree).expect("a zip")).expect("a file");
            path
        };
        Given {
            home,
            fresh: zip("wso2mi-4.0.0.zip", Some(sample::FRESH_TOP), &self.fresh),
            pristine: self.pristine.as_ref().map(|tree| zip("wso2mi-1.2.0.zip", Some(sample::PRISTINE_TOP), tree)),
            hl7: self.hl7.iter().map(|tree| zip("wso2mi-hl7-4.0.0.zip", None, tree)).collect(),
        }
    }
}

/// Inputs on disk.
#[derive(Clone, Debug)]
pub struct Given {
    /// `--home`.
    pub home: PathBuf,
    /// `--fresh`.
    pub fresh: PathBuf,
    /// `--pristine`.
    pub pristine: Option<PathBuf>,
    /// `--hl7`, each.
    pub hl7: Vec<PathBuf>,
}

impl Given {
    /// The arguments that name them.
    pub fn arguments(&self) -> Vec<OsString> {
        let named = [("--home", &self.home), ("--fresh", &self.fresh)]
            .into_iter()
            .chain(self.pristine.iter().map(|path| ("--pristine", path)))
            .chain(self.hl7.iter().map(|path| ("--hl7", path)));
        named.flat_map(|(flag, path)| [flag.into(), path.clone().into_os_string()]).collect()
    }
}

/// The bytes of a file of a tree.
///
/// # Panics
/// When there is none.
pub fn bytes_of<'a>(tree: &'a Tree, path: &str) -> &'a [u8] {
    match tree.get(path) {
        Some(Node::File { bytes, .. }) => bytes,
        _ => panic!("no file at `{path}`"),
    }
}

/// The files of a folder, those in folders of it by their paths.
///
/// # Panics
/// When it cannot be read.
pub fn files_in(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let name = name_of(&path);
        if path.is_file() {
            files.insert(name, fs::read(&path).expect("a file"));
        } else if path.is_dir() {
            files.extend(files_in(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        }
    }
    files
}

/// The names in a folder, sorted; none where it does not exist.
///
/// # Panics
/// When it cannot be read.
pub fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| name_of(&entry.expect("an entry").path())).collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => panic!("{}: {error}", folder.display()),
    };
    names.sort();
    names
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The codes of a report's diagnostics with their severities.
///
/// # Panics
/// When it is no report.
pub fn codes(report: &serde_json::Value) -> BTreeSet<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    report["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .map(|d| (text(&d["code"]), text(&d["severity"])))
        .collect()
}

/// Whether a diagnostic with this code is in the report, and holds the words given somewhere.
///
/// # Panics
/// When it is no report.
pub fn says(report: &serde_json::Value, code: &str, words: &[&str]) -> bool {
    report["diagnostics"].as_array().expect("diagnostics").iter().any(|diagnostic| {
        let text = diagnostic.to_string();
        diagnostic["code"] == code && words.iter().all(|word| text.contains(word))
    })
}

/// What `plan --format json` says.
///
/// # Panics
/// When it prints no report.
pub fn report_of(ran: &Ran) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr))
}

/// Numbers that look random and are the same in every run (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Seeded(pub u64);

impl Seeded {
    /// The next number.
    #[expect(clippy::should_implement_trait, reason = "an endless sequence needs no adaptors")]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    /// One of some things.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// An entry of a zip that is put together byte by byte, so that it can be wrong.
#[derive(Clone, Debug)]
pub struct RawEntry {
    /// Its name, whatever that is.
    pub name: String,
    /// Its content, stored.
    pub bytes: Vec<u8>,
    /// Its mode with its kind, such as `0o100_644`.
    pub mode: u32,
}

/// The entries of a tree below a top folder, to be changed and put together by [`raw_zip`].
pub fn raw_entries(top: &str, tree: &Tree) -> Vec<RawEntry> {
    let entry = |(path, node): (&String, &Node)| {
        let name = format!("{top}/{path}");
        match node {
            Node::Folder => RawEntry { name: name + "/", bytes: Vec::new(), mode: 0o040_755 },
            Node::File { mode, bytes } => RawEntry { name, bytes: bytes.clone(), mode: 0o100_000 | mode },
            Node::Symlink(target) => RawEntry { name, bytes: target.clone().into_bytes(), mode: 0o120_777 },
        }
    };
    tree.iter().map(entry).collect()
}

/// A zip of the entries as they are, right or wrong.
///
/// # Panics
/// When they are too many or too large for a zip of the simple kind.
pub fn raw_zip(entries: &[RawEntry]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let wide = |length: usize| u32::try_from(length).expect("a small zip");
    let narrow = |length: usize| u16::try_from(length).expect("a small zip");
    for RawEntry { name, bytes, mode } in entries {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut both = vec![20, 0, 0, 8, 0, 0, 0, 0, 0x21, 0x50];
        both.extend([crc.sum(), wide(bytes.len()), wide(bytes.len())].map(u32::to_le_bytes).concat());
        both.extend(narrow(name.len()).to_le_bytes());
        both.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&both);
        directory.extend([0; 6]);
        directory.extend((mode << 16).to_le_bytes());
        directory.extend(wide(zip.len()).to_le_bytes());
        directory.extend(name.as_bytes());
        zip.extend(b"PK\x03\x04");
        zip.extend(&both);
        zip.extend(name.as_bytes());
        zip.extend(bytes);
    }
    let start = zip.len();
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([narrow(entries.len()), narrow(entries.len())].map(u16::to_le_bytes).concat());
    zip.extend([wide(directory.len()), wide(start)].map(u32::to_le_bytes).concat());
    zip.extend([0, 0]);
    zip
}

/// Changes bytes of an entry's two headers: from this place of the local one, and the same field of the directory's.
///
/// # Panics
/// When there is no such entry.
pub fn change_headers(zip: &mut [u8], name: &str, field: usize, change: impl Fn(&mut u8)) {
    let mut changed = 0;
    for (mark, length, shift) in [(b"PK\x03\x04", 30, 0), (b"PK\x01\x02", 46, 2)] {
        for at in 0..zip.len().saturating_sub(length + name.len()) {
            if zip[at..].starts_with(mark) && zip[at + length..].starts_with(name.as_bytes()) {
                change(&mut zip[at + field + shift]);
                changed += 1;
            }
        }
    }
    assert_eq!(changed, 2, "`{name}` is not in the zip, or more than once");
}
