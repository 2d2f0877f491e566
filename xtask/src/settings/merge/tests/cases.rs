//! The merge on files that people wrote, against what their authors and the real servers made of them.

use super::{survive, text};
use crate::diagnostic::Severity;
use crate::document::parse;
use crate::effective::{self, Environment, Lookup, RuleFiles};
use crate::settings::{Home, Inputs, Merged, identity, merge};
use crate::tests::{Release, folder, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A merge with the files of the releases.
fn merged(ours: &[u8], base: Option<&[u8]>, [old, fresh]: &[Release; 2]) -> Merged {
    merge(&Inputs {
        ours,
        base,
        theirs: &fresh.toml,
        fresh: fresh.rules(),
        home: Home { rules: old.rules(), ..Home::default() },
        ..Inputs::default()
    })
}

fn assert_light(merged: &Merged, name: &str) {
    let heavy: Vec<_> = merged.diagnostics.iter().filter(|found| found.severity >= Severity::Conflict).collect();
    assert!(heavy.is_empty(), "{name}: {heavy:?}");
}

/// Files of 1.2.0 that their authors migrated by hand: the merge comes to the same settings.
#[test]
fn migrated_files_come_out_as_their_authors_made_them() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_MIGRATED_CONFIGS"), Release::both()) else { return };
    let mut count = 0;
    for case in std::fs::read_dir(cases).expect("the cases") {
        let case = case.expect("a case").path();
        let [ours, migrated] = ["1.2.0.toml", "4.0.0.toml"].map(|name| std::fs::read(case.join(name)).expect("a file"));
        for base in [Some(releases[0].toml.as_slice()), None] {
            assert_migrated(&case, &ours, &migrated, base, &releases);
        }
        count += 1;
    }
    println!("{count} migrated files");
    assert!(count > 0);
}

fn assert_migrated(case: &Path, ours: &[u8], migrated: &[u8], base: Option<&[u8]>, releases: &[Release; 2]) {
    let name = case.display().to_string();
    let result = merged(ours, base, releases);
    assert_light(&result, &name);
    let [read, expected] = [text(&result).as_bytes(), migrated].map(|toml| parse(toml).expect("TOML"));
    let sides = identity::settings(&[&read, &expected]);
    let fresh = Lookup::of(&releases[1].rules());
    for key in sides[0].keys().chain(sides[1].keys()) {
        let [read, expected] =
            [&sides[0], &sides[1]].map(|side| side.get(key).cloned().or_else(|| fresh.default_of(key)));
        assert_eq!(read, expected, "{name}: {key}");
    }
    if ours != releases[0].toml {
        assert!(survive(&String::from_utf8_lossy(ours), text(&result)), "{name}: {}", text(&result));
        // With other line ends it is the same with other line ends.
        let windows = String::from_utf8_lossy(ours).replace('\n', "\r\n");
        let result_for_windows = merged(windows.as_bytes(), base, releases);
        assert_eq!(text(&result_for_windows), text(&result).replace('\n', "\r\n"), "{name}");
    }
    let again = merged(text(&result).as_bytes(), base, releases);
    assert_eq!(text(&again), text(&result), "{name}");
}

/// The files that the server renders, each as its sorted lines.
fn rendered(toml: &str, rules: &RuleFiles<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let environment = Environment {
        variables: pairs(&[("DB_HOST", "dbhost"), ("DB_USER", "dbuser")]),
        properties: pairs(&[("amq.host", "mq1")]),
        strict: true,
        runtime_secrets: true,
    };
    let document = parse(toml.as_bytes()).expect("TOML");
    let context = effective::context(&document, rules, &environment).unwrap_or_else(|error| panic!("{error}"));
    let lines =
        |template: &[u8]| sorted(&effective::render(&context, template).unwrap_or_else(|error| panic!("{error}")));
    rules.templates.iter().map(|(path, template)| (path.clone(), lines(template))).collect()
}

fn sorted(text: &str) -> BTreeSet<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// What the real 1.2.0 rendered of three files is what 4.0.0 renders of the merged ones, but for what 4.0.0 does
/// differently whatever a user writes.
#[test]
fn a_merged_file_renders_as_the_old_server_rendered_the_old_one() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_CONFIG_CASES"), Release::both()) else { return };
    for name in ["stock", "full-fixed", "custom"] {
        let case = cases.join("rendered").join(name).join("1.2.0");
        let ours = std::fs::read(case.join("deployment.toml")).expect("a deployment.toml");
        let result = merged(&ours, None, &releases);
        assert_light(&result, name);
        let new = rendered(text(&result), &releases[1].rules());
        let mut compared = 0;
        for (path, new) in new {
            let Ok(old) = std::fs::read_to_string(case.join("rendered").join(&path)) else {
                assert_eq!(path, "conf/wso2-log-masking.properties", "{name}: a file that 1.2.0 did not render");
                continue;
            };
            let old = sorted(&old);
            let differ: Vec<&String> = old.symmetric_difference(&new).filter(|line| !is_of_the_release(line)).collect();
            assert!(differ.is_empty(), "{name}: {path}: {differ:#?}");
            compared += old.len();
        }
        println!("{name}: {compared} lines compared");
        assert!(compared > 500, "{name}");
    }
}

/// What the two releases differ in for everybody: the list of `XPath` functions, new properties of synapse, and of
/// carbon.xml the version and places relative to the home.
fn is_of_the_release(line: &str) -> bool {
    let properties = ["synapse.xpath.func.extensions", "inbound.port.offset.enable", "opentracing.zipkin."];
    properties.iter().any(|property| line.starts_with(property))
        || ["<Version>1.2.0</Version>", "<Version>4.0.0</Version>"].contains(&line)
        || ["<Location>${carbon.home}/repository/", "<Location>repository/"].iter().any(|start| line.starts_with(start))
}

/// What the real 4.0.0 refuses is refused, repaired, or told with its place and reason; nothing panics.
#[test]
fn what_the_server_refuses_is_told() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_CONFIG_CASES"), Release::both()) else { return };
    let (mut refused, mut all) = (0, 0);
    for path in std::fs::read_dir(cases.join("quirks")).expect("the cases") {
        let path = path.expect("a case").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let name = path.display().to_string();
        let expected = json(&path.with_extension("expected.json"));
        let ours = std::fs::read(&path).expect("a file");
        let result = merged(&ours, None, &releases);
        all += 1;
        assert!(result.diagnostics.iter().all(|found| found.code.0 != 624), "{name}: {:?}", result.diagnostics);
        if expected["4.0.0"]["exit"] == 0 {
            continue;
        }
        refused += 1;
        // Unreadable; mended; from the environment; would not start.
        let told = result.diagnostics.iter().find(|found| [602, 605, 616, 617].contains(&found.code.0));
        let told = told.unwrap_or_else(|| panic!("{name}: {:?}", result.diagnostics));
        let line = told.place.as_ref().and_then(|place| place.line);
        // A setting that is not there has no line.
        assert!(line.is_some() || name.contains("no_hostname"), "{name}: {told:?}");
    }
    println!("{all} cases, {refused} that the server refuses");
    assert!(refused > 20);
}
