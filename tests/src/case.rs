//! Inputs on disk, the runs on them, and what the runs wrote.
//!
//! In: trees of files. Out: how runs of the program ended, and the bundle's files. Always: everything lies in a
//! temporary folder of its own, which is also the folder that the program runs in. What does not hold panics.

#![expect(clippy::missing_panics_doc, reason = "said once for all above")]

use crate::{Given, NAME, Ran, TOP, Trees, json, names_in, program, run, unzipped};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// Inputs on disk, and where their bundle goes.
#[derive(Debug)]
pub struct Case {
    /// Holds the inputs and the output; gone with the case.
    pub folder: tempfile::TempDir,
    /// The inputs.
    pub given: Given,
}

impl Case {
    /// Writes the trees.
    pub fn of(trees: &Trees) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let given = trees.write(folder.path());
        Self { folder, given }
    }

    /// The same inputs, with an output of its own.
    pub fn with(given: Given) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), given }
    }

    /// The output folder; it is there once something was written.
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// The bundle's folder.
    pub fn bundle(&self) -> PathBuf {
        self.out().join(NAME)
    }

    /// Writes a file beside the inputs.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// Runs `plan` or `package` on the inputs, with the text of a policy and with more arguments.
    pub fn run(&self, command: &str, policy: Option<&str>, more: &[&str]) -> Ran {
        let mut program = program!(command);
        program.args(self.given.arguments()).args(more).current_dir(self.folder.path());
        if command == "package" {
            program.arg("--out").arg(self.out());
        }
        if let Some(text) = policy {
            program.arg("--policy").arg(self.file("policy.toml", text));
        }
        run(&mut program)
    }

    /// Runs `package` without a policy.
    pub fn package(&self, more: &[&str]) -> Ran {
        self.run("package", None, more)
    }

    /// The files of the archive that a policy leads to, folders with a `/` at their end.
    pub fn packaged(&self, policy: &str) -> BTreeMap<String, Vec<u8>> {
        let ran = self.run("package", Some(policy), &[]);
        assert_eq!(ran.code, Some(0), "{policy}\n{}", ran.stderr);
        let used = fs::read_to_string(self.bundle().join("policy.toml")).expect("it");
        assert!(used == policy || policy.is_empty(), "another policy: {used}");
        self.files()
    }

    /// The files of the archive that is there, below its top folder.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = unzipped(&self.bundle().join(format!("{NAME}.zip")));
        files.into_iter().filter_map(|(name, bytes)| Some((name.strip_prefix(TOP)?.to_owned(), bytes))).collect()
    }

    /// The report of the bundle that is there.
    pub fn report(&self) -> serde_json::Value {
        json(&self.bundle().join("report.json"))
    }

    /// It fails with the code, says all words in one error, and writes nothing.
    pub fn fails(&self, code: i32, words: &[&str], more: &[&str]) {
        let before = names_in(&self.out());
        let ran = self.package(more);
        assert_eq!(ran.code, Some(code), "{words:?}: {}{}", ran.stdout, ran.stderr);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words {
            assert!(said.contains(word), "`{word}` is not in: {}", ran.stderr);
        }
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(names_in(&self.out()), before, "{words:?}: something was written");
    }
}
