use super::*;
use crate::document::repair;
use crate::settings::{self, Home, Merged};
use crate::tests::{Release, folder};
use std::fs;
use std::path::PathBuf;

fn merged(ours: &[u8], [old, new]: &[Release; 2]) -> Merged {
    settings::merge(&settings::Inputs {
        ours,
        home: Home { rules: old.rules(), ..Home::default() },
        base: Some(&old.toml),
        theirs: &new.toml,
        fresh: new.rules(),
        ..settings::Inputs::default()
    })
}

fn compared(ours: &[u8], result: &[u8], decisions: &[Decision], [old, new]: &[Release; 2]) -> Comparison {
    let read = |text: &[u8]| repair::read(text).expect("TOML").document;
    let (ours, result, stock) = (read(ours), read(result), read(&old.toml));
    compare(&Inputs {
        old: Side { document: &ours, rules: &old.rules() },
        new: Side { document: &result, rules: &new.rules() },
        stock: &stock,
        decisions,
        policy: &SettingsPolicy::default(),
        otherwise: None,
    })
    .expect("both start")
}

fn told(comparison: &Comparison) -> Vec<String> {
    comparison.differences.iter().map(|one| format!("{one:?}")).collect()
}

#[test]
fn what_the_qa_configurations_change_is_explained() {
    let (Some(configs), Some(releases)) = (folder("UPGRADE_MIGRATED_CONFIGS"), Release::both()) else { return };
    let mut folders: Vec<PathBuf> =
        fs::read_dir(configs).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    let mut wrong = Vec::new();
    for folder in &folders {
        let ours = fs::read(folder.join("1.2.0.toml")).expect("a file");
        let merged = merged(&ours, &releases);
        let Some(text) = &merged.text else { panic!("{}: {:?}", folder.display(), merged.diagnostics) };
        let comparison = compared(&ours, text, &merged.decisions, &releases);
        println!("{}: {} differences", folder.display(), comparison.differences.len());
        for one in &comparison.differences {
            if one.reason == Reason::Unexplained {
                wrong.push(format!("{}: {one:?}", folder.display()));
            }
        }
        if folder.ends_with("distribution") {
            println!("{:#?}", told(&comparison));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(folders.len() > 10);
}

/// Rule files as small as they can be, in which the releases differ as the real ones do.
fn small() -> [Release; 2] {
    let release = |toml: &str, files: &[(&str, &str)]| Release {
        toml: toml.as_bytes().to_vec(),
        files: files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect(),
    };
    let old = release(
        "[server]\nhostname = \"localhost\"\n",
        &[
            (
                "default.json",
                r#"{"server.offset": 10, "keystore.primary.file_name": "wso2carbon.jks",
                    "tls.location": "repository/resources/security/$ref{keystore.primary.file_name}"}"#,
            ),
            (
                "templates/conf/carbon.xml.j2",
                "<Server>\n<Offset>{{server.offset}}</Offset>\n<Location>${carbon.home}/repository/resources/security/\
                 {{keystore.primary.file_name}}</Location>\n<Password>{{keystore.primary.password}}</Password>\n</Server>\n",
            ),
            ("templates/conf/a.properties.j2", "tls={{tls.location}}\n"),
        ],
    );
    let new = release(
        "[server]\nhostname = \"localhost\"\n",
        &[
            (
                "default.json",
                r#"{"server.offset": 10, "tls.location": "$ref{keystore.primary.file_name}", "server.new": "x",
                    "keystore.primary.file_name": "repository/resources/security/wso2carbon.jks"}"#,
            ),
            (
                "templates/conf/carbon.xml.j2",
                "<Server>\n<Offset>{{server.offset}}</Offset>\n<Location>{{keystore.primary.file_name}}</Location>\n\
                 <Password>{{keystore.primary.password}}</Password>\n<New>{{server.new}}</New>\n</Server>\n",
            ),
            ("templates/conf/a.properties.j2", "tls={{tls.location}}\n"),
        ],
    );
    [old, new]
}

const OURS: &str =
    "[server]\nhostname = \"mi\"\n[keystore.primary]\nfile_name = \"corp.jks\"\npassword = \"hunter2\"\n";

fn reasons(comparison: &Comparison) -> Vec<String> {
    let line = |one: &Difference| {
        let subject = match &one.subject {
            Subject::Setting(key) => key.clone(),
            Subject::File { path, place } => format!("{path} {place}"),
        };
        format!("{subject}: {}", one.reason.word())
    };
    comparison.differences.iter().map(line).collect()
}

#[test]
fn a_right_merge_is_explained() {
    let releases = small();
    let merged = merged(OURS.as_bytes(), &releases);
    let text = merged.text.expect("a text");
    let comparison = compared(OURS.as_bytes(), &text, &merged.decisions, &releases);
    assert_eq!(
        reasons(&comparison),
        [
            "keystore.primary.file_name: rule",
            "server.new: distribution",
            "conf/carbon.xml Server/Location: rule",
            "conf/carbon.xml Server/New: distribution",
        ],
        "{:#?}",
        comparison.differences
    );
    assert!(!format!("{comparison:?}").contains("hunter2"));
}

#[test]
fn settings_that_nobody_touched_change_with_the_distribution_alone() {
    let releases = small();
    let ours = "[server]\nhostname = \"mi\"\n";
    let comparison = compared(ours.as_bytes(), ours.as_bytes(), &[], &releases);
    assert_eq!(comparison.unexplained().count(), 0, "{:#?}", comparison.differences);
    assert!(reasons(&comparison).contains(&"conf/carbon.xml Server/Location: distribution".to_owned()));
}

#[test]
fn a_bare_keystore_name_left_in_is_caught() {
    let releases = small();
    let merged = merged(OURS.as_bytes(), &releases);
    // Whatever was decided: the text has the old name.
    for decisions in [&merged.decisions[..], &[]] {
        let comparison = compared(OURS.as_bytes(), OURS.as_bytes(), decisions, &releases);
        let unexplained: Vec<_> = comparison.unexplained().map(|one| format!("{:?}", one.subject)).collect();
        assert!(unexplained.iter().any(|subject| subject.contains("Server/Location")), "{unexplained:?}");
        assert!(unexplained.iter().any(|subject| subject.contains("tls.location")), "{unexplained:?}");
    }
}

#[test]
fn a_default_flipped_in_the_fresh_rule_files_is_caught_and_can_be_accepted() {
    let [old, mut new] = small();
    let flipped =
        String::from_utf8_lossy(&new.files["default.json"]).replace("\"server.offset\": 10", "\"server.offset\": 0");
    new.files.insert("default.json".to_owned(), flipped.into_bytes());
    let releases = [old, new];
    let ours = "[server]\nhostname = \"mi\"\n";
    let comparison = compared(ours.as_bytes(), ours.as_bytes(), &[], &releases);
    let unexplained: Vec<_> = comparison.unexplained().map(|one| one.subject.clone()).collect();
    assert_eq!(unexplained, [Subject::Setting("server.offset".to_owned())]);
    let follows: Vec<_> = comparison.differences.iter().filter(|one| one.follows_from.is_some()).collect();
    assert!(matches!(&follows[..], [one] if one.follows_from.as_deref() == Some("server.offset")), "{follows:?}");

    let read = repair::read(ours.as_bytes()).expect("TOML").document;
    let policy = SettingsPolicy { accept: ["server.offset".to_owned()].into(), ..SettingsPolicy::default() };
    let [old, new] = &releases;
    let accepted = compare(&Inputs {
        old: Side { document: &read, rules: &old.rules() },
        new: Side { document: &read, rules: &new.rules() },
        stock: &read,
        decisions: &[],
        policy: &policy,
        otherwise: None,
    });
    assert_eq!(accepted.expect("both start").unexplained().count(), 0);
}

#[test]
fn the_side_that_does_not_start_is_named() {
    let [old, new] = small();
    let [fine, broken] = ["[server]\nhostname = \"a\"\n", "[server]\nhostname = \"$ref{no.such}\"\n"]
        .map(|text| repair::read(text.as_bytes()).expect("TOML").document);
    let policy = SettingsPolicy::default();
    let compared = |ours, result| {
        compare(&Inputs {
            old: Side { document: ours, rules: &old.rules() },
            new: Side { document: result, rules: &new.rules() },
            stock: &fine,
            decisions: &[],
            policy: &policy,
            otherwise: None,
        })
    };
    assert!(matches!(compared(&broken, &fine), Err(Trouble::Old(_))));
    assert!(matches!(compared(&fine, &broken), Err(Trouble::New(_))));
}

#[test]
fn wrong_merges_of_the_real_rule_files_are_caught() {
    let Some([old, mut new]) = Release::both() else { return };
    let ours = format!("{}\n[keystore.primary]\nfile_name = \"corp.jks\"\n", String::from_utf8_lossy(&old.toml));
    let releases = [old, Release { toml: new.toml.clone(), files: new.files.clone() }];
    let right = merged(ours.as_bytes(), &releases);
    let text = right.text.expect("a text");
    let comparison = compared(ours.as_bytes(), &text, &right.decisions, &releases);
    assert_eq!(comparison.unexplained().count(), 0, "{:#?}", comparison.unexplained().collect::<Vec<_>>());
    let bare = String::from_utf8_lossy(&text).replace("repository/resources/security/corp.jks", "corp.jks");
    assert!(bare.as_bytes() != text);
    let caught = compared(ours.as_bytes(), bare.as_bytes(), &right.decisions, &releases);
    assert!(caught.unexplained().count() > 0);
    // Every default that is a truth or a number, flipped.
    let [old, _] = releases;
    let defaults: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&new.files["default.json"]).expect("JSON");
    let mut flipped = 0;
    for (key, value) in defaults.iter().filter(|(_, value)| value.is_boolean() || value.is_number()).step_by(5) {
        if !serde_json::from_slice::<serde_json::Value>(&old.files["default.json"]).expect("JSON")[key].eq(value) {
            continue;
        }
        let mut changed = defaults.clone();
        let other = value.as_bool().map_or(serde_json::json!(77), |value| serde_json::json!(!value));
        changed.insert(key.clone(), other);
        new.files.insert("default.json".to_owned(), serde_json::to_vec(&changed).expect("JSON"));
        let both = [
            Release { toml: old.toml.clone(), files: old.files.clone() },
            Release { toml: new.toml.clone(), files: new.files.clone() },
        ];
        let merged = merged(&old.toml, &both);
        let comparison = compared(&old.toml, &merged.text.expect("a text"), &merged.decisions, &both);
        let set_by_user = comparison.differences.iter().all(|one| one.subject != Subject::Setting(key.clone()));
        let caught = comparison.unexplained().any(|one| one.subject == Subject::Setting(key.clone()));
        assert!(caught || set_by_user, "{key}");
        flipped += usize::from(caught);
    }
    println!("{flipped} flipped defaults caught");
    assert!(flipped > 5);
}

#[test]
fn a_path_that_the_old_server_did_not_find_is_left_to_the_rule() {
    let releases = small();
    for path in ["/etc/keys/corp.jks", "repository/resources/security/corp.jks"] {
        let ours = OURS.replace("corp.jks", path);
        let merged = merged(ours.as_bytes(), &releases);
        let comparison = compared(ours.as_bytes(), &merged.text.expect("a text"), &merged.decisions, &releases);
        assert_eq!(comparison.unexplained().count(), 0, "{path}: {:#?}", comparison.differences);
        assert!(comparison.differences.iter().any(|one| one.reason == Reason::Rule("keystore-paths")), "{path}");
    }
}

/// Whatever a user may have written, the merge explains what it changes.
#[test]
fn the_merged_cases_are_explained() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_CONFIG_CASES"), Release::both()) else { return };
    let mut files: Vec<PathBuf> = ["stock", "full-fixed", "custom"]
        .map(|case| cases.join("rendered").join(case).join("1.2.0/deployment.toml"))
        .into();
    let quirks = fs::read_dir(cases.join("quirks")).expect("a folder");
    files.extend(quirks.map(|entry| entry.expect("an entry").path()));
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    let (mut compared_files, mut wrong) = (0, Vec::new());
    for path in files {
        let ours = fs::read(&path).expect("a file");
        let merged = merged(&ours, &releases);
        let Some(text) = merged.text.as_ref().filter(|_| !merged.is_blocked()) else { continue };
        let [old, new] = &releases;
        let read = |text: &[u8]| repair::read(text).expect("TOML").document;
        let comparison = compare(&Inputs {
            old: Side { document: &read(&ours), rules: &old.rules() },
            new: Side { document: &read(text), rules: &new.rules() },
            stock: &read(&old.toml),
            decisions: &merged.decisions,
            policy: &SettingsPolicy::default(),
            otherwise: None,
        });
        let Ok(comparison) = comparison else { continue };
        compared_files += 1;
        wrong.extend(
            comparison
                .unexplained()
                .map(|one| format!("{}: {:?} {:?} {:?}", path.display(), one.subject, one.before, one.after)),
        );
    }
    println!("{compared_files} compared");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared_files > 40);
}
