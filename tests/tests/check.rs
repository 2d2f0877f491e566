//! `check`: any home, distribution or bundle, and what is said of what is none.
//!
//! In: the sample. Always: what is checked stays as it is.

use std::fs;
use std::path::Path;
use std::process::Command;
use upgrade_tests::{Given, Ran, Trees, files_in, json, program, report_of, run, under_test};

/// The sample's inputs on disk, and a bundle made of them in `dist`.
struct Checked {
    folder: tempfile::TempDir,
    given: Given,
}

impl Checked {
    fn new(trees: &Trees) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let given = trees.write(folder.path());
        Self { folder, given }
    }

    fn package(&self) -> Ran {
        run(Command::new(under_test()).arg("package").args(self.given.arguments()).current_dir(self.folder.path()))
    }

    fn check(&self, arguments: &[&str]) -> Ran {
        check(self.folder.path(), arguments)
    }
}

fn check(folder: &Path, arguments: &[&str]) -> Ran {
    let cache = folder.join("cache");
    run(Command::new(under_test()).arg("check").args(arguments).current_dir(folder).env("XDG_CACHE_HOME", cache))
}

#[test]
fn homes_distributions_and_bundles_are_checked() {
    let case = Checked::new(&Trees::unchanged());
    assert_eq!(case.package().code, Some(0));
    let home = case.given.home.display().to_string();
    let fresh = case.given.fresh.display().to_string();
    let ran = case.check(&[&home, &fresh, "dist/wso2mi-4.0.0-upgraded", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = report_of(&ran);
    let names: Vec<_> = report["checked"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|each| each["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names.len(), 3);
    assert_eq!(names[2], "wso2mi-4.0.0-upgraded");
    for checked in report["checked"].as_array().expect("a list") {
        assert_eq!(checked["diagnostics"], serde_json::json!([]), "nobody changed {}", checked["name"]);
    }
}

/// A bundle is told what its plan told, but for what only the plan knows.
#[test]
fn a_bundle_of_the_sample_has_the_findings_of_its_plan() {
    let case = Checked::new(&Trees::sample());
    assert_eq!(case.package().code, Some(0));
    let of_checks = |found: &serde_json::Value| -> Vec<(String, String)> {
        let found = found.as_array().expect("diagnostics").iter();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let found = found.map(|one| (text(&one["code"]), text(&one["message"])));
        found.filter(|(code, _)| code.as_str() > "MI1000").collect()
    };
    let planned = json(&case.folder.path().join("dist/wso2mi-4.0.0-upgraded/report.json"));
    let ran = case.check(&["dist/wso2mi-4.0.0-upgraded", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let found = of_checks(&report_of(&ran)["checked"][0]["diagnostics"]);
    assert_eq!(found, of_checks(&planned["diagnostics"]));
    assert!(found.len() > 5, "{found:?}");
}

#[test]
fn what_is_checked_stays_as_it_is() {
    let case = Checked::new(&Trees::sample());
    let before = files_in(&case.given.home);
    let ran = case.check(&[&case.given.home.display().to_string()]);
    assert!(matches!(ran.code, Some(0 | 3)), "{ran:?}");
    assert!(files_in(&case.given.home) == before);
}

#[test]
fn what_is_no_server_is_refused_with_the_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("empty")).expect("made");
    fs::write(folder.path().join("text.txt"), "no archive").expect("written");
    for (path, words) in [
        ("empty", "give the folder that holds bin, conf and repository"),
        ("text.txt", "is neither a folder nor a zip"),
        ("nothing-there", "cannot be found"),
    ] {
        let ran = check(folder.path(), &[path]);
        assert_eq!(ran.code, Some(1), "{path}: {ran:?}");
        assert!(ran.stderr.contains(words), "{path}: {}", ran.stderr);
    }
    assert_eq!(check(folder.path(), &[]).code, Some(2));
}

#[test]
fn of_a_bundle_any_archive_is_looked_into() {
    let folder = tempfile::tempdir().expect("a folder");
    for (form, code, word) in [
        ("tar.gz", 0, ""),
        ("zip,tar.gz", 0, ""),
        ("oci", 1, "has images only"),
        ("docker-context", 1, "has images only"),
    ] {
        let out = folder.path().join(form.replace(',', "-"));
        let ran = run(&mut program!("package", "--sample", "--output", form, "--out", &out));
        assert_eq!(ran.code, Some(0), "{form}: {}", ran.stderr);
        let ran = check(&out, &["wso2mi-4.0.0-upgraded"]);
        assert_eq!(ran.code, Some(code), "{form}: {ran:?}");
        assert!(ran.stderr.contains(word), "{form}: {}", ran.stderr);
    }
}
