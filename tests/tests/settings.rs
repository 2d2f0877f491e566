//! Settings from outside: `settings merge` on files of a few lines, and the same merge in `plan` and `package`.
//!
//! In: distributions of which only `conf/` and `repository/resources/conf/` are there, and homes. Always: what must not
//! show is looked for in every output.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use upgrade_tests::{Case, Ran, Trees, actions, names_in, program, report_of, run, says};
use xtask::document::{self, Key};
use xtask::overlay;
use xtask::sample::{self, Node, Tree, edit, put, put_with_mode};

const TOML: &str = "conf/deployment.toml";

/// A folder with both releases as small as the command takes them, and an old file.
struct Small {
    folder: tempfile::TempDir,
}

/// What the command reads of a distribution.
fn settings_of(tree: &Tree) -> Tree {
    let read = |path: &str| path.starts_with("conf/") || path.starts_with("repository/resources/conf/");
    tree.iter().filter(|(path, _)| read(path)).map(|(path, node)| (path.clone(), node.clone())).collect()
}

fn text_of(tree: &Tree, path: &str) -> String {
    String::from_utf8(upgrade_tests::bytes_of(tree, path).to_vec()).expect("UTF-8")
}

impl Small {
    fn new(old: &str) -> Self {
        Self::with(old, &sample::fresh())
    }

    fn with(old: &str, fresh: &Tree) -> Self {
        let small = Self { folder: tempfile::tempdir().expect("a folder") };
        sample::write_tree(&small.path("new"), &settings_of(fresh)).expect("a folder");
        sample::write_tree(&small.path("stock"), &settings_of(&sample::pristine())).expect("a folder");
        fs::write(small.path("old.toml"), old).expect("a file");
        small
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Runs the command on the old file, with the fresh and the pristine distribution.
    fn merge(&self, more: &[&str]) -> Ran {
        let mut arguments = vec!["old.toml", "--fresh", "new", "--pristine", "stock"];
        arguments.extend(more);
        self.run(&arguments)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = program!("settings", "merge");
        run(command.args(arguments).current_dir(self.folder.path()))
    }
}

/// The stock file of 1.2.0 with something of the user's.
fn old(change: impl Fn(String) -> String) -> String {
    change(text_of(&sample::pristine(), TOML))
}

/// A fresh distribution in which a setting is another, so that the user's change of it is a conflict.
fn other_fresh() -> Tree {
    let mut fresh = sample::fresh();
    edit(&mut fresh, TOML, |text| text.replace("\"localhost\"", "\"mi.example.org\""));
    fresh
}

fn row<'a>(report: &'a serde_json::Value, key: &str) -> &'a serde_json::Value {
    let rows = report["settings"].as_array().expect("settings");
    rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no row for {key}: {rows:?}"))
}

#[test]
fn what_nobody_changed_is_the_fresh_file() {
    let small = Small::new(&old(|text| text));
    let ran = small.merge(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, text_of(&sample::fresh(), TOML));
    assert!(ran.stderr.contains("Settings of conf/deployment.toml\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("follows fresh line "), "{}", ran.stderr);
}

#[test]
fn what_the_user_wrote_stays_as_it_is_written() {
    let own = "# ours\r\n[server]\r\nhostname = 'mi.corp'   # asked for\r\n\r\n\r\n[transport.http]\r\n\
               socket_timeout=180_000\r\n";
    let ran = Small::new(own).merge(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for line in ["# ours\r\n", "hostname = 'mi.corp'   # asked for\r\n", "socket_timeout=180_000\r\n"] {
        assert!(ran.stdout.contains(line), "{line:?} is not in {}", ran.stdout);
    }
    assert_eq!(ran.stdout.matches('\n').count(), ran.stdout.matches("\r\n").count(), "{}", ran.stdout);
    document::parse(ran.stdout.as_bytes()).expect("the server reads it");
    // Details are lines of their own, and not folded.
    let is_detail = |line: &&str| line.starts_with("    still the password that every distribution has");
    for line in ran.stderr.lines().filter(|line| !is_detail(line)) {
        assert!(line.chars().count() <= 80 || !line.contains(' '), "{line}");
    }
}

#[test]
fn merging_the_merged_file_changes_nothing() {
    let small = Small::new(&text_of(&sample::home(), TOML));
    let ran = small.merge(&["--output", "once.toml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    // What was merged is written for the rule files of 4.0.0.
    let arguments = ["once.toml", "--fresh", "new", "--pristine", "new", "--output", "twice.toml"];
    assert_eq!(small.run(&arguments).code, Some(0));
    assert_eq!(small.read("twice.toml"), small.read("once.toml"));
}

#[test]
fn json_goes_where_the_file_does_not() {
    let small = Small::new(&old(|text| text.replace("localhost", "mi.corp")));
    let beside = small.merge(&["--format", "json"]);
    assert_eq!(beside.code, Some(0), "{}", beside.stderr);
    assert!(beside.stdout.contains("mi.corp"));
    let apart = small.merge(&["--format", "json", "--output", "merged.toml"]);
    assert_eq!((apart.code, apart.stderr.as_str()), (Some(0), ""));
    assert_eq!(small.read("merged.toml"), beside.stdout);
    let [beside, apart]: [serde_json::Value; 2] =
        [&beside.stderr, &apart.stdout].map(|text| serde_json::from_str(text).expect("one JSON document"));
    assert_eq!(beside["settings"], apart["settings"]);
    assert_eq!((&beside["output"], &apart["output"]), (&serde_json::Value::Null, &"merged.toml".into()));
    assert_eq!(apart["kind"], "wso2mi-upgrade-settings");
    assert_eq!((&apart["blocked"], &apart["schema_version"]), (&false.into(), &1.into()));
    let hostname = row(&apart, "server.hostname");
    for (field, value) in [("base", "\"localhost\""), ("ours", "\"mi.corp\""), ("theirs", "\"localhost\"")] {
        assert_eq!(hostname[field], value);
    }
    assert_eq!((&hostname["outcome"], &hostname["line"]), (&"kept".into(), &2.into()));
}

#[test]
fn what_a_run_lacks_is_said() {
    // The password of the sample, which the built-in table does not have.
    let small = Small::new("[server]\nhostname = \"a\"\n[truststore]\npassword = \"sample-only\"\n");
    let ran = small.run(&["old.toml", "--fresh", "new"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("note: what 1.2.0 shipped is taken from a built-in table"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--rules-of gives"), "{}", ran.stderr);
    let ran = small.run(&["old.toml", "--fresh", "new", "--rules-of", "stock", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.stderr).expect("JSON alone");
    assert_eq!(report["notes"].as_array().map(Vec::len), Some(1), "{report}");
    let ran = small.merge(&[]);
    assert!(!ran.stderr.contains("note: "), "{}", ran.stderr);
}

#[test]
fn a_conflict_is_decided_by_a_policy() {
    let small = Small::with(&old(|text| text.replace("localhost", "mi.corp")), &other_fresh());
    fs::write(small.path("merged.toml"), "before").expect("a file");
    for more in [&["--output", "merged.toml"][..], &[], &["--format", "json", "--output", "merged.toml"]] {
        let ran = small.merge(more);
        assert_eq!(ran.code, Some(3), "{}", ran.stderr);
        let said = format!("{}{}", ran.stdout, ran.stderr);
        assert!(said.contains("MI0604") && said.contains("mi.corp") && said.contains("mi.example.org"), "{said}");
        assert!(ran.stdout.is_empty() || more.contains(&"json"), "{}", ran.stdout);
        assert_eq!(small.read("merged.toml"), "before");
    }
    for (take, host) in [("fresh", "mi.example.org"), ("customised", "mi.corp")] {
        let policy = format!("[settings.decide]\n\"server.hostname\" = \"{take}\"\n\"no.such\" = \"fresh\"\n");
        fs::write(small.path("policy.toml"), policy).expect("a file");
        let ran = small.merge(&["--policy", "policy.toml"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(ran.stdout.contains(&format!("hostname = \"{host}\"")), "{}", ran.stdout);
        assert!(ran.stderr.contains("MI0801") && ran.stderr.contains("[settings.decide]: no.such"), "{}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_read_is_a_failure_with_its_place() {
    let small = Small::new("[server]\nhostname = \"a\"\npath = \"c:\\Secret9\"\n");
    let ran = small.merge(&["--output", "merged.toml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("MI0602") && said.contains("line 3, column ") && said.contains("escape"), "{said}");
    assert!(!ran.stderr.contains("Secret9") && !small.path("merged.toml").exists());
    for (arguments, words) in [
        (&["none.toml", "--fresh", "new"][..], &["none.toml", "cannot be read"][..]),
        (&["new", "--fresh", "new"], &["is a folder"]),
        (&["old.toml", "--fresh", "none"], &["`none` cannot be found"]),
        (&["old.toml", "--fresh", "old.toml"], &["neither a folder nor a zip"]),
        (&["old.toml", "--fresh", "new/conf"], &["has no `conf/deployment.toml`"]),
        (&["old.toml", "--fresh", "new", "--policy", "none.toml"], &["the policy `none.toml` cannot be read"]),
        (&["old.toml", "--fresh", "new", "--overlay", "none"], &["there is no overlay `none`"]),
    ] {
        let ran = small.run(arguments);
        assert_eq!(ran.code, Some(1), "{arguments:?}: {}", ran.stderr);
        assert!(words.iter().all(|word| ran.stderr.contains(word)), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}

#[test]
fn a_distribution_of_another_release_is_refused_where_that_shows() {
    let small = Small::new("");
    put_tree(&small.path("whole"), &sample::pristine());
    let ran = small.run(&["old.toml", "--fresh", "whole"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("1.2.0"), "{}", ran.stderr);
}

fn put_tree(folder: &Path, tree: &Tree) {
    sample::write_tree(folder, tree).expect("a folder");
}

#[test]
fn folders_and_archives_say_the_same() {
    let small = Small::new(&old(|text| text.replace("localhost", "mi.corp")));
    let whole = sample::fresh();
    fs::write(small.path("whole.zip"), sample::zip_tree(Some(sample::FRESH_TOP), &whole).expect("a zip")).expect("it");
    let part = settings_of(&whole);
    fs::write(small.path("part.tar.gz"), sample::tar_gz_tree(None, &part).expect("a tar.gz")).expect("it");
    put_tree(&small.path("whole"), &whole);
    let expected = small.merge(&[]);
    for fresh in ["whole.zip", "part.tar.gz", "whole"] {
        let ran = small.run(&["old.toml", "--fresh", fresh, "--pristine", "stock"]);
        assert_eq!((ran.code, ran.stdout, ran.stderr), (Some(0), expected.stdout.clone(), expected.stderr.clone()));
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_written_whole_and_for_nobody_more() {
    use std::os::unix::fs::PermissionsExt as _;
    let small = Small::new(&old(|text| text));
    for mode in [0o600, 0o640, 0o644] {
        fs::set_permissions(small.path("old.toml"), fs::Permissions::from_mode(mode)).expect("a mode");
        assert_eq!(small.merge(&["--output", "merged.toml"]).code, Some(0));
        let written = fs::metadata(small.path("merged.toml")).expect("it").permissions().mode() & 0o777;
        assert_eq!(written, mode);
    }
    assert_eq!(names_in(small.folder.path()), ["merged.toml", "new", "old.toml", "stock"]);
    for (output, word) in [
        ("old.toml", "would overwrite the input `old.toml`"),
        ("./new/../old.toml", "would overwrite"),
        ("new/conf/deployment.toml", "the input `new`"),
        ("stock/conf/new.toml", "the input `stock`"),
        ("none/merged.toml", "cannot be written"),
        (".", "is a folder"),
    ] {
        let before = small.read("old.toml");
        let ran = small.merge(&["--output", output]);
        assert_eq!(ran.code, Some(1), "{output}: {}", ran.stderr);
        assert!(ran.stderr.contains(word), "{output}: {}", ran.stderr);
        assert_eq!(small.read("old.toml"), before);
    }
}

#[test]
fn what_is_no_file_of_its_own_is_never_written_over() {
    let small = Small::new(&old(|text| text));
    put_overlay(&small.path("over"), "own", "unset = ['server.offset']\n");
    let overlay = small.path("over/own/overlay.toml");
    let before = fs::read(&overlay).expect("an overlay");
    let ran = small.merge(&["--overlay", "over/own", "--output", "over/own/overlay.toml"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(fs::read(&overlay).expect("an overlay"), before);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("old.toml", small.path("link")).expect("a link");
        std::os::unix::net::UnixListener::bind(small.path("socket")).expect("a socket");
        for output in ["link", "socket"] {
            let ran = small.merge(&["--output", output]);
            assert_eq!(ran.code, Some(1), "{output}: {}", ran.stderr);
            assert!(!fs::symlink_metadata(small.path(output)).expect("it is there").is_file(), "{output}");
        }
    }
}

#[test]
fn bytes_that_are_no_utf8_are_told_with_their_line() {
    let small = Small::new("");
    fs::write(small.path("old.toml"), b"[server]\n# Gr\xFC\xDFe\nhostname = \"x\"\n").expect("a file");
    let ran = small.merge(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("MI0625") && ran.stderr.contains("deployment.toml:2"), "{}", ran.stderr);
}

#[test]
fn no_secret_is_in_any_output_but_the_file() {
    const SECRETS: [&str; 7] = ["Hush41a", "Hush41b", "Hush41c", "Hush41d", "Hush41e", "Hush41f", "Hush41g"];
    let own = old(|text| {
        let more = "[keystore.primary]\nfile_name = \"corp.jks\"\npassword = \"Hush41a\"\nkey_password = 'Hush41b'\n\
                    [[datasource]]\nid = \"A\"\nurl = \"jdbc:mysql://user:Hush41c@db/x?password=Hush41d\"\n\
                    [some.thing]\napi_token = \"Hush41e\"\nlist = [{ name = \"n\", password = \"Hush41f\" }]\n\
                    [secrets]\nx = \"Hush41g\"\n";
        format!("{text}\n{more}")
    });
    let small = Small::with(&own, &other_fresh());
    let text = small.merge(&[]);
    let json = small.merge(&["--format", "json", "--output", "merged.toml"]);
    for secret in SECRETS {
        for output in [&text.stderr, &json.stdout, &json.stderr] {
            assert!(!output.contains(secret), "{secret} is in {output}");
        }
        if text.code == Some(0) {
            assert!(text.stdout.contains(secret), "{secret} is lost");
        }
    }
    let mut trees = Trees::sample();
    put(&mut trees.home, TOML, own);
    let case = Case::of(&trees);
    for format in ["text", "json"] {
        let ran = case.run("plan", None, &["--format", format]);
        for secret in SECRETS {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{secret}: {}", ran.stdout);
        }
    }
}

/// Writes an overlay of settings alone.
fn put_overlay(folder: &Path, name: &str, settings: &str) {
    fs::create_dir_all(folder.join(name)).expect("a folder");
    fs::write(folder.join(name).join("overlay.toml"), format!("description = \"a test\"\n{settings}")).expect("a file");
}

#[test]
fn overlays_have_the_last_word() {
    let small = Small::new(&old(|text| format!("{text}\n[transport.jms]\nsender_enable = true\n")));
    put_overlay(
        small.folder.path(),
        "one",
        "[settings]\nunset = [\"transport.jms\"]\n[settings.set]\n\"server.offset\" = 1\n",
    );
    put_overlay(
        small.folder.path(),
        "two",
        "[settings.set]\n\"server.offset\" = 2\n\"server.hot_deployment\" = false\n",
    );
    let ran = small.merge(&["--overlay", "one", "--overlay", "two"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let merged = document::parse(ran.stdout.as_bytes()).expect("TOML");
    let value = |key: &str| merged.value(&Key::dotted(key)).cloned();
    assert_eq!(value("server.offset"), Some(document::Value::Integer(2)));
    assert_eq!(value("server.hot_deployment"), Some(false.into()));
    assert_eq!(value("transport.jms"), None);
    assert!(ran.stderr.contains("MI0622") && ran.stderr.contains("the overlay `one`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("overlaid      server.offset = 2: the overlay `two` sets it\n"), "{}", ran.stderr);

    put_overlay(small.folder.path(), "bad", "[settings.set]\nserver.offset = 2\n");
    let ran = small.merge(&["--overlay", "bad"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("overlay.toml`: line 3: ") && ran.stderr.contains("in quotes"), "{}", ran.stderr);
    put_overlay(small.folder.path(), "wrong", "[settings.set]\n\"server.hostname.x\" = 2\n");
    let ran = small.merge(&["--overlay", "wrong"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("MI0804") && ran.stderr.contains("server.hostname.x"), "{}", ran.stderr);
}

fn shipped_overlay(name: &str) -> overlay::OverlaySettings {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../overlays").join(name).join("overlay.toml");
    overlay::parse(&fs::read_to_string(path).expect("an overlay")).expect("a good overlay")
}

#[test]
fn the_overlay_for_containers_says_what_the_product_says() {
    let settings = shipped_overlay("container").of_deployment_toml;
    assert!(settings.unset.is_empty());
    let Some(folder) = std::env::var_os("UPGRADE_RELEASE_FILES").map(PathBuf::from) else {
        upgrade_tests::skipped("UPGRADE_RELEASE_FILES names no folder with the texts of both releases");
        return;
    };
    for release in ["1.2.0", "4.0.0"] {
        let read = |name: &str| {
            let bytes = fs::read(folder.join(release).join("conf").join(name)).expect("a file");
            document::parse(&bytes).expect("TOML").settings
        };
        let plain = read("deployment.toml");
        let container = read("deployment.toml.container");
        let is_in = |list: &[document::Setting], setting: &document::Setting| {
            list.iter().any(|other| other.key == setting.key && other.value == setting.value)
        };
        let differ: Vec<_> = container.iter().filter(|setting| !is_in(&plain, setting)).collect();
        let set: Vec<_> = differ.iter().map(|setting| (setting.key.clone(), setting.value.clone())).collect();
        assert_eq!(set, settings.set, "{release}");
        assert!(plain.iter().all(|setting| is_in(&container, setting)), "{release}: something is taken out");
    }
}

#[test]
fn packages_hold_the_merged_file() {
    let mut trees = Trees::sample();
    let own = text_of(&trees.home, TOML);
    put_with_mode(&mut trees.home, TOML, 0o640, own.clone());
    let case = Case::of(&trees);
    let container = Path::new(env!("CARGO_MANIFEST_DIR")).join("../overlays/container");
    let ran = case.package(&["--overlay", container.to_str().expect("UTF-8")]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let merged = String::from_utf8(case.files()[TOML].clone()).expect("UTF-8");
    let comment = own.lines().next().expect("a comment");
    assert!(merged.starts_with(comment) && merged.contains("hot_deployment = false"), "{merged}");
    let report = case.report();
    assert_eq!(row(&report, "server.hot_deployment")["outcome"], "overlaid");
    let kept = row(&report, "server.hostname");
    assert_eq!((&kept["outcome"], &kept["result"]), (&"kept".into(), &"\"mi.sample.internal\"".into()));
    let action = &actions(&report)[&("home".to_owned(), TOML.to_owned())];
    assert!(["merged", "rewritten"].contains(&action.disposition.as_str()), "{action:?}");
    let manifest = fs::read_to_string(case.bundle().join("manifest.json")).expect("a manifest");
    let entry = manifest.lines().find(|line| line.contains("conf/deployment.toml\"")).expect("an entry");
    assert!(entry.contains("\"0640\"") && entry.contains("\"unchanged\":false"), "{entry}");
    let text = fs::read_to_string(case.bundle().join("report.txt")).expect("a report");
    assert!(text.contains("\nSettings of conf/deployment.toml\n") && text.contains("\noverlaid      line "), "{text}");
}

#[test]
fn the_whole_file_can_still_be_decided() {
    let mut trees = Trees::sample();
    trees.fresh = other_fresh();
    let own = text_of(&trees.home, TOML);
    let case = Case::of(&trees);
    put_overlay(case.folder.path(), "port", "[settings.set]\n\"server.offset\" = 7\n");
    for (policy, host, expected) in [
        ("carry = [\"conf/deployment.toml\"]", "mi.sample.internal", own.clone()),
        ("decide.\"conf/deployment.toml\" = \"customised\"", "mi.sample.internal", own.clone()),
        ("decide.\"conf/deployment.toml\" = \"fresh\"", "mi.example.org", text_of(&trees.fresh, TOML)),
    ] {
        // The home's own file names its keystores as 1.2.0 reads them, so that 4.0.0 does not find them.
        let policy = &format!("{policy}\n[severity]\nMI1201 = \"warning\"\n");
        let files = case.packaged(policy);
        assert!(files[TOML] == expected.as_bytes(), "{policy}");
        assert!(case.report()["settings"].as_array().expect("settings").is_empty(), "{policy}: nothing is merged");
        assert!(says(&case.report(), "MI0204", &["patterns of log masking"]), "{policy}: the patterns are not moved");
        let ran = case.run("package", Some(policy), &["--overlay", "port"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let laid = String::from_utf8(case.files()[TOML].clone()).expect("UTF-8");
        assert!(laid.contains("offset = 7\n") && laid.contains(host), "{policy}: {laid}");
        assert_eq!(row(&case.report(), "server.offset")["outcome"], "overlaid");
        assert_eq!(row(&case.report(), "server.hostname")["outcome"], "kept");
    }
    let ran = case.run("plan", Some("leave_out = [\"conf/deployment.toml\"]"), &["--overlay", "port"]);
    assert!(ran.stdout.contains("MI0215"), "{}", ran.stdout);
}

#[test]
fn a_conflict_of_a_setting_blocks_a_package_until_it_is_decided() {
    let mut trees = Trees::sample();
    trees.fresh = other_fresh();
    let case = Case::of(&trees);
    case.fails(3, &["MI0604", "server.hostname"], &[]);
    let ran = case.run("plan", None, &["--write-policy", "draft.toml", "--format", "json"]);
    assert_eq!(ran.code, Some(3));
    assert_eq!(row(&report_of(&ran), "server.hostname")["outcome"], "undecided");
    assert_eq!(actions(&report_of(&ran))[&("home".to_owned(), TOML.to_owned())].disposition, "undecided");
    let draft = fs::read_to_string(case.folder.path().join("draft.toml")).expect("a draft");
    let chosen = draft.replace("# \"server.hostname\" = \"fresh\"", "\"server.hostname\" = \"fresh\"");
    assert_ne!(chosen, draft);
    let files = case.packaged(&chosen);
    assert!(String::from_utf8_lossy(&files[TOML]).contains("hostname = \"mi.example.org\""));
    let ran = case.run("plan", Some("settings.decide.\"server.hostnam\" = \"fresh\""), &[]);
    assert!(
        ran.stdout.contains("MI0801") && ran.stdout.contains("[settings.decide]: server.hostnam"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_overlay_with_the_whole_file_replaces_what_was_merged() {
    let case = Case::of(&Trees::sample());
    put_overlay(case.folder.path(), "whole", "");
    fs::create_dir_all(case.folder.path().join("whole/files/conf")).expect("a folder");
    fs::write(case.folder.path().join("whole/files").join(TOML), "[server]\nhostname = \"x\"\n").expect("a file");
    let ran = case.package(&["--overlay", "whole"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(case.files()[TOML], b"[server]\nhostname = \"x\"\n");
    assert!(case.report()["settings"].as_array().expect("settings").is_empty());
    assert!(says(&case.report(), "MI0802", &[TOML, "nothing of the merged file is left"]));
}

#[test]
fn a_home_that_nobody_configured_follows_fresh() {
    let case = Case::of(&Trees::unchanged());
    let ran = case.run("plan", None, &["--format", "json"]);
    let report = report_of(&ran);
    let action = &actions(&report)[&("home".to_owned(), TOML.to_owned())];
    assert_eq!(action.disposition, "follows fresh", "{}", action.reason);
    assert!(!report["settings"].as_array().expect("settings").is_empty());
}

#[test]
fn the_help_says_where_everything_goes() {
    let ran = run(Command::new(upgrade_tests::under_test()).args(["settings", "merge", "--help"]));
    assert_eq!(ran.code, Some(0));
    for word in ["stdout", "stderr", "--rules-of", "Exit codes"] {
        assert!(ran.stdout.contains(word), "{word}");
    }
    assert!(ran.stdout.lines().all(|line| line.chars().count() <= 120));
    assert!(matches!(sample::home().get(TOML), Some(Node::File { .. })));
}
