use super::*;
use crate::digest::Digest;
use crate::document::parse;
use crate::document::parse::Server;
use crate::tests::{Release, folder, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

const RELEASES: [&str; 2] = ["1.2.0", "4.0.0"];

fn environment(case: &str, release: &str) -> Environment {
    let variables: &[(&str, &str)] = &[
        ("ORA_X", "xval"),
        ("ORA_EMPTY", ""),
        ("ORA_DOLLAR", "a$1b"),
        ("ORA_BS", "c:\\dir\\new"),
        ("ORA_REF", "$ref{server.hostname}"),
        ("DB_HOST", "dbhost"),
        ("DB_USER", "dbuser"),
    ];
    let properties: &[(&str, &str)] = &[("ora.x", "sysval"), ("ora.empty", ""), ("amq.host", "mq1")];
    let of = |pairs: &[(&str, &str)]| {
        let kept = pairs.iter().filter(|(name, _)| case != "quirks" || name.to_lowercase().starts_with("ora"));
        kept.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    Environment {
        variables: of(variables),
        properties: of(properties),
        strict: true,
        runtime_secrets: release == "4.0.0",
    }
}

/// Whether a value is what the cases say it is. They show dates with their class, and sort the keys of maps.
fn same(value: &java::Object, expected: &serde_json::Value) -> bool {
    use java::Object;
    use serde_json::Value as Json;
    match (value, expected) {
        (Object::Null, Json::Null) => true,
        (Object::String(text), Json::String(expected)) => text == expected,
        (Object::Date(text), Json::String(expected)) => expected.ends_with(&format!("> {text}")),
        (Object::Boolean(value), Json::Bool(expected)) => value == expected,
        (Object::Integer(number), Json::Number(expected)) => expected.as_i64() == Some(*number),
        (Object::Float(number), Json::Number(expected)) => expected.as_f64() == Some(*number),
        (Object::Float(number), Json::String(expected)) => !number.is_finite() && number.to_string() == *expected,
        (Object::List(values), Json::Array(expected)) => {
            values.len() == expected.len() && values.iter().zip(expected).all(|(value, expected)| same(value, expected))
        }
        (Object::Map(map), Json::Object(expected)) => same_map(map, expected).is_empty(),
        _ => false,
    }
}

/// The keys that differ.
fn same_map(map: &Map, expected: &serde_json::Map<String, serde_json::Value>) -> BTreeSet<String> {
    let keys = map.keys().chain(expected.keys());
    let differs = |key: &&String| !map.get(*key).zip(expected.get(*key)).is_some_and(|(a, b)| same(a, b));
    keys.filter(differs).cloned().collect()
}

fn flat(settings: &HashMap) -> Map {
    settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What a case says of one release.
struct Case {
    name: String,
    release: &'static str,
    toml: Vec<u8>,
}

/// What the model makes of a case: the exit of the server, or its settings and the rendered files.
fn run(case: &Case, kind: &str, rules: &RuleFiles<'_>) -> Result<(Map, BTreeMap<String, String>), (u64, String)> {
    let exit = |error: StartError| {
        assert!(!error.unsure, "{} {}: {error}", case.name, case.release);
        (if error.crashes { 2 } else { 1 }, error.message)
    };
    let document = parse(&case.toml)
        .map_err(|refusal| (if refusal.server == Server::Crashes { 2 } else { 1 }, refusal.message))?;
    let environment = environment(kind, case.release);
    let settled = settled(&document, rules, &environment).map_err(exit)?;
    let context = context(&document, rules, &environment).map_err(exit)?;
    let mut files = BTreeMap::new();
    for (path, template) in &rules.templates {
        files.insert(path.clone(), render(&context, template).map_err(exit)?);
    }
    Ok((flat(&settled.settings), files))
}

/// The digest that the cases give: over the sorted, trimmed lines that are not empty.
fn lines_digest(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    Digest::of(lines.join("\n").as_bytes()).to_string()
}

#[test]
fn the_rendered_files_are_those_of_the_server() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_CONFIG_CASES"), Release::both()) else { return };
    let (mut contexts, mut files, mut same_files) = (0, 0, 0);
    for (release, rules) in RELEASES.into_iter().zip(&releases) {
        for name in ["stock", "full-fixed", "custom"] {
            let folder = cases.join("rendered").join(name).join(release);
            let toml = fs::read(folder.join("deployment.toml")).expect("a document");
            let case = Case { name: name.to_owned(), release, toml };
            let started = std::time::Instant::now();
            let (settings, rendered) =
                run(&case, "rendered", &rules.rules()).unwrap_or_else(|(_, error)| panic!("{name}: {error}"));
            println!("{name} {release}: {:?}", started.elapsed());
            let expected = json(&folder.join("context.json"));
            assert_eq!(same_map(&settings, expected.as_object().expect("a map")), BTreeSet::new(), "{name} {release}");
            contexts += 1;
            for (path, text) in rendered {
                files += 1;
                let expected = fs::read_to_string(folder.join("rendered").join(&path)).expect("a rendered file");
                if text == expected {
                    same_files += 1;
                    continue;
                }
                let differs = text.lines().zip(expected.lines()).position(|(a, b)| a != b);
                println!("{name} {release} {path} differs at line {differs:?}");
            }
        }
    }
    println!("{contexts} of 6 contexts, {same_files} of {files} rendered files");
    assert_eq!((contexts, same_files), (6, files));
    assert_eq!(files, 81);
}

#[test]
fn the_quirks_are_those_of_the_server() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_CONFIG_CASES"), Release::both()) else { return };
    let mut documents: Vec<PathBuf> = fs::read_dir(cases.join("quirks"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    documents.sort();
    let (mut all, mut exits, mut wrong, mut contexts, mut files) = (0, 0, Vec::new(), 0, 0);
    for document in documents {
        let name = document.file_stem().and_then(|name| name.to_str()).expect("a name").to_owned();
        let expected = json(&document.with_extension("expected.json"));
        for (release, rules) in RELEASES.into_iter().zip(&releases) {
            all += 1;
            let case = Case { name: name.clone(), release, toml: fs::read(&document).expect("a document") };
            let expected = &expected[release];
            let (exit, result) = match run(&case, "quirks", &rules.rules()) {
                Ok(result) => (0, Ok(result)),
                Err((exit, message)) => (exit, Err(message)),
            };
            if Some(exit) != expected["exit"].as_u64() {
                wrong.push(format!("{name} {release}: exit {exit} {:?}", result.err()));
                continue;
            }
            exits += 1;
            match result {
                Err(message) => {
                    let said = expected["error"][0].as_str().unwrap_or_default();
                    // What the parser refuses is said in other words, with its place.
                    if exit == 1 && !said.ends_with("Error parsing deployment configuration") {
                        assert!(said.ends_with(&message), "{name} {release}: {message}");
                    }
                }
                Ok((settings, rendered)) => {
                    contexts += 1;
                    let context = expected["context"].as_object().expect("a context");
                    let differ = same_map(&settings, context);
                    if !differ.is_empty() {
                        wrong.push(format!("{name} {release}: context {differ:?}"));
                    }
                    for (path, text) in rendered {
                        files += 1;
                        if expected["rendered"][&path].as_str() != Some(&lines_digest(&text)) {
                            wrong.push(format!("{name} {release}: {path}"));
                        }
                    }
                }
            }
        }
    }
    println!("{exits} of {all} exits, {contexts} contexts, {files} rendered files; wrong: {wrong:#?}");
    assert!(wrong.is_empty());
    assert_eq!((all, exits), (158, 158));
}

#[test]
fn every_setting_of_the_releases_is_known_and_no_other() {
    let (Some(cases), Some(releases)) = (folder("UPGRADE_CONFIG_CASES"), Release::both()) else { return };
    let files = releases.each_ref().map(Release::rules);
    let names = names::names(&[&files[0], &files[1]]);
    let mut unknown: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut known = 0;
    for release in RELEASES {
        for case in ["stock", "full-fixed", "custom"] {
            let path = cases.join("rendered").join(case).join(release).join("deployment.toml");
            let document = parse(&fs::read(&path).expect("a file")).expect("a document");
            for setting in &document.settings {
                if names.knows(&setting.key) {
                    known += 1;
                } else {
                    unknown.insert(setting.key.flat(), names.nearest(&setting.key));
                }
            }
        }
    }
    println!("{known} settings known; {} names unknown: {unknown:#?}", unknown.len());
    let dead = [
        "keystore.tls.",
        "management_api.cors.enabled",
        // A key that no product knows, as a user may have one.
        "message_processor.custom",
        "server.node_ip",
        "tasks.",
        // What the file sets in the last element of the array before, since the header is commented out.
        "transport.blocking.jms.listener.sender_enable",
        "transport.jms.listener.sender_enable",
        "transport.rabbitmq.listener.sender_enable",
        "transport.blocking.parameter.",
        "transport.blocking.tcp.listener.",
        "transport.fix.listener.parameter.",
        "transport.fix.sender.parameter.",
        "transport.phase_orders.",
        "truststore.algorithm",
        "truststore.alias",
    ];
    let alive: Vec<&String> = unknown.keys().filter(|key| !dead.iter().any(|dead| key.starts_with(dead))).collect();
    assert_eq!(alive, [] as [&String; 0]);
    assert!(dead.iter().all(|dead| unknown.keys().any(|key| key.starts_with(dead))));
    assert_eq!(unknown["management_api.cors.enabled"].as_deref(), Some("management_api.cors.enable"));
}

#[test]
fn rule_files_are_taken_from_an_inventory() {
    use crate::inventory::Entry;
    use crate::path::EntryPath;
    let mut inventory = Inventory::default();
    for path in ["default.json", "templates/conf/a.xml.j2", "templates/conf/b.txt", "other.json"] {
        let mut entry = Entry::memory(0o644, path.as_bytes());
        entry.facts.text = Some(path.as_bytes().into());
        inventory.entries.insert(EntryPath::known(path).under(FOLDER), entry);
    }
    let rules = RuleFiles::of(&inventory);
    assert_eq!(rules.default, Some(b"default.json".as_slice()));
    assert_eq!((rules.infer, rules.key_mappings), (None, None));
    assert_eq!(rules.templates, [("conf/a.xml".to_owned(), b"templates/conf/a.xml.j2".as_slice())].into());
}
