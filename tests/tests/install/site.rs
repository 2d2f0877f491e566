//! A bundle on a medium, and the folder of a server.
//!
//! Always: both lie in folders whose names a careless script stumbles over.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use upgrade_tests::keys::{PUBLIC, SECRET};
use upgrade_tests::{Case, NAME, Ran, Trees, files_in, has_tool, json, names_in, run};
use xtask::archive::sums;
use xtask::digest::Digest;
use xtask::sample::put;

/// The shells that scripts are run in.
const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];
/// What `install.sh` needs beside a shell and something that unpacks.
const TOOLS: [&str; 17] = [
    "cat",
    "chmod",
    "cp",
    "ln",
    "mkdir",
    "mv",
    "readlink",
    "rm",
    "sed",
    "sh",
    "sha256sum",
    "sleep",
    "sort",
    "sync",
    "tr",
    "uname",
    "wc",
];

/// Names of files that a script stumbles over which is not careful.
const NAMES: [&str; 9] =
    ["ä ö €.txt", "it's \"so\"", "[x]*?", "-rf", "$HOME `id`", " two  blanks ", "a: OK", "#x;&|<>(){}!~", "%s%n"];

/// The name of an installation.
pub(crate) const HOME: &str = "wso2mi-4.0.0";

/// Those shells that are installed.
pub(crate) fn shells() -> impl Iterator<Item = &'static [&'static str]> {
    SHELLS.into_iter().filter(|shell| has_tool(shell[0]))
}

pub(crate) struct Site {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) bundle: PathBuf,
    /// The folder that is installed into.
    pub(crate) parent: PathBuf,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::packaged(&[])
    }

    /// With a signature.
    pub(crate) fn signed() -> Self {
        Self::packaged(&["--sign", "the.key"])
    }

    /// With these arguments.
    pub(crate) fn packaged(arguments: &[&str]) -> Self {
        let mut trees = Trees::sample();
        for name in NAMES {
            put(&mut trees.home, &format!("extra/{name}"), name.as_bytes().to_vec());
        }
        let case = Case::of(&trees);
        case.file("the.key", SECRET);
        let ran = case.package(arguments);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let folder = tempfile::tempdir().expect("a folder");
        let (medium, parent) =
            (folder.path().join("a [medium]'s \"n\names\" *"), folder.path().join("a server's $opt\n"));
        fs::create_dir(&medium).expect("a folder");
        fs::create_dir(&parent).expect("a folder");
        let bundle = medium.join(NAME);
        fs::rename(case.bundle(), &bundle).expect("one file system");
        fs::write(folder.path().join("the.pub"), PUBLIC).expect("a key");
        Self { folder, bundle, parent }
    }

    /// A script of the bundle in a shell.
    pub(crate) fn script(&self, shell: &[&str], name: &str) -> Command {
        let mut command = Command::new(shell[0]);
        command.args(&shell[1..]).arg(self.bundle.join(name)).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn verify(&self, shell: &[&str]) -> Ran {
        run(&mut self.script(shell, "verify.sh"))
    }

    pub(crate) fn install_command(&self, shell: &[&str]) -> Command {
        let mut command = self.script(shell, "install.sh");
        command.arg(&self.parent);
        command
    }

    pub(crate) fn install(&self, shell: &[&str]) -> Ran {
        run(&mut self.install_command(shell))
    }

    pub(crate) fn roll_back(&self, shell: &[&str]) -> Ran {
        run(self.script(shell, "install.sh").arg("--rollback").arg(&self.parent))
    }

    /// The installation itself, and each that is kept beside it.
    pub(crate) fn home(&self, ending: &str) -> PathBuf {
        self.parent.join(format!("{HOME}{ending}"))
    }

    /// What is in the folder of the server, hidden things too.
    pub(crate) fn there(&self) -> Vec<String> {
        names_in(&self.parent)
    }

    /// Leaves a file in an installation, so that it is known again.
    pub(crate) fn mark(&self, text: &str) {
        fs::write(self.home("").join("mark"), text).expect("a file");
    }

    /// The mark of an installation; `None` for one that is as it came.
    pub(crate) fn marked(&self, ending: &str) -> Option<String> {
        assert!(self.home(ending).join("bin/micro-integrator.sh").is_file(), "`{ending}` is no whole installation");
        fs::read_to_string(self.home(ending).join("mark")).ok()
    }

    /// It is what the manifest says, entry by entry, and nothing more.
    pub(crate) fn is_whole(&self, what: &str) {
        let manifest = json(&self.bundle.join("manifest.json"));
        let entries = manifest["entries"].as_array().expect("entries");
        for entry in entries {
            let name = entry["path"].as_str().expect("a path");
            let path = self.parent.join(name);
            let found = fs::symlink_metadata(&path).unwrap_or_else(|error| panic!("{what}: {name}: {error}"));
            if entry["kind"] == "symlink" {
                let target = fs::read_link(&path).expect("a link");
                assert_eq!(target.to_str(), entry["target"].as_str(), "{what}: {name}");
                continue;
            }
            let mode = format!("{:04o}", found.permissions().mode() & 0o7777);
            assert_eq!(mode, entry["mode"].as_str().expect("a mode"), "{what}: {name}");
            if entry["kind"] == "file" {
                let digest = Digest::of(&fs::read(&path).expect("a file")).to_string();
                assert_eq!(digest, entry["sha256"].as_str().expect("a digest"), "{what}: {name}");
            }
        }
        assert_eq!(count(&self.home("")) + 1, entries.len(), "{what}");
    }

    /// Nothing was installed, and nothing is left.
    pub(crate) fn has(&self, names: &[&str], what: &str) {
        assert_eq!(self.there(), names, "{what}");
    }

    /// Takes everything out of the folder of the server.
    pub(crate) fn empty(&self) {
        fs::remove_dir_all(&self.parent).and_then(|()| fs::create_dir(&self.parent)).expect("an empty folder");
    }

    /// Writes the checksums anew.
    pub(crate) fn reseal(&self) {
        let mut files = files_in(&self.bundle);
        files.retain(|name, _| !name.starts_with("SHA256SUMS"));
        let sums: BTreeMap<_, _> = files.into_iter().map(|(name, bytes)| (name, Digest::of(&bytes))).collect();
        fs::write(self.bundle.join("SHA256SUMS"), sums::render(&sums)).expect("a file");
    }

    /// A folder with the tools that are needed and these, and a PATH of it alone.
    pub(crate) fn tools(&self, more: &[&str]) -> PathBuf {
        let folder = self.folder.path().join("tools");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).expect("a folder");
        for tool in TOOLS.iter().chain(more) {
            symlink(which(tool), folder.join(tool)).expect("a link");
        }
        folder
    }
}

/// Where a tool is.
pub(crate) fn which(tool: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    let found = std::env::split_paths(&path).map(|folder| folder.join(tool)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("{tool} is not installed"))
}

fn count(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries.map(|entry| 1 + if entry.file_type().expect("a type").is_dir() { count(&entry.path()) } else { 0 }).sum()
}
