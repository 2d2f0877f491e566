//! Every form of one result, made once for all tests of a program.
//!
//! In: the sample, with names that are hard for archives, and with something of the distribution left out. Out: its
//! bundle. Always: made at the first use. What does not hold panics.

#![expect(clippy::missing_panics_doc, reason = "said once for all above")]

use crate::{Case, FORMS, NAME, Ran, Trees, run};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// A home and a distribution with names that are hard for archives, and every form of the result.
#[derive(Debug)]
pub struct Made {
    /// The inputs and the bundle.
    pub case: Case,
}

impl Made {
    /// A file of the bundle.
    pub fn file(&self, name: &str) -> PathBuf {
        self.case.bundle().join(name)
    }

    /// The zip.
    pub fn zip(&self) -> PathBuf {
        self.file(&format!("{NAME}.zip"))
    }

    /// The tar.gz.
    pub fn tar_gz(&self) -> PathBuf {
        self.file(&format!("{NAME}.tar.gz"))
    }
}

/// It.
pub static MADE: LazyLock<Made> = LazyLock::new(|| {
    let case = Case::of(&Trees::sample());
    let deep = format!("repository/deployment/server/synapse-configs/default/api/{}.xml", "long-name-".repeat(15));
    for (path, text) in [(deep.as_str(), "<api/>"), ("lib/not a jar.txt", "text")] {
        let path = case.given.home.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    // One file and one folder of the distribution that the result does not have.
    let ran = case.run("package", Some("leave_out = [\"LICENSE.txt\", \"dbscripts/**\"]\n"), &["--output", FORMS]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    Made { case }
});

/// The entries of the zip, in its order, folders with a `/` at their end: what every other form must be.
pub fn names() -> Vec<String> {
    let archive = zip::ZipArchive::new(File::open(MADE.zip()).expect("it is there")).expect("a zip");
    (0..archive.len()).map(|at| archive.name_for_index(at).expect("one").expect("UTF-8").into_owned()).collect()
}

/// A tree on disk: kind, mode, owner and content of each path below a folder. A link has no mode of its own.
#[cfg(unix)]
pub fn tree(folder: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut tree = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        let name = path.strip_prefix(folder).expect("below").to_str().expect("UTF-8").to_owned();
        let (mode, owner) = (metadata.mode() & 0o7777, metadata.uid());
        let (what, content) = if metadata.is_dir() {
            open.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            (format!("folder {mode:o} {owner}"), Vec::new())
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            (format!("link {owner}"), target.to_str().expect("UTF-8").as_bytes().to_vec())
        } else {
            (format!("file {mode:o} {owner}"), fs::read(&path).expect("a file"))
        };
        tree.insert(name, (what, content));
    }
    tree
}

/// It ended well.
pub fn done(ran: &Ran, what: &str) {
    assert_eq!(ran.code, Some(0), "{what}: {}{}", ran.stdout, ran.stderr);
}

/// Runs a tool in a locale that has all names.
pub fn tool(name: &str, arguments: &[&str]) -> Ran {
    run(Command::new(name).args(arguments).env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1"))
}
