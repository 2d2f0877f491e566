//! Every path of every input has exactly one action, and every entry of the archive says where it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use upgrade_tests::{NAME, Seeded, TOP, Trees, actions, json, program, report_of, run, unzipped};
use xtask::sample::{Node, Tree, put, put_folder, put_symlink, put_with_mode, write_tree};

/// The paths of a tree, its folders included.
fn paths_of(tree: &Tree) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = tree.keys().cloned().collect();
    for path in tree.keys() {
        paths.extend(path.match_indices('/').filter_map(|(at, _)| path.get(..at)).map(str::to_owned));
    }
    paths
}

/// The paths of an input that its lines account for: each itself, or by a folder of the old server that nobody enters.
fn assert_total(lines: &BTreeMap<(String, String), upgrade_tests::Line>, input: &str, tree: &Tree, whole: bool) {
    let listed: BTreeSet<&str> = lines.keys().filter(|(of, _)| of == input).map(|(_, path)| path.as_str()).collect();
    let paths = paths_of(tree);
    for path in &listed {
        assert!(paths.contains(*path), "{input}: `{path}` has an action and is not there");
    }
    for path in &paths {
        if listed.contains(path.as_str()) {
            continue;
        }
        let above = path.rmatch_indices('/').filter_map(|(at, _)| path.get(..at)).find(|above| listed.contains(above));
        let above = above.unwrap_or_else(|| panic!("{input}: `{path}` has no action"));
        let unopened = [
            "tmp",
            "backup",
            "repository/logs",
            "wso2/components/micro-integrator-default/workspace",
            "wso2/components/micro-integrator-default/configuration/org.eclipse.osgi",
        ];
        let entered = listed.iter().any(|other| other.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')));
        assert!(
            !whole
                && !entered
                && unopened.iter().any(|folder| above == *folder || above.starts_with(&format!("{folder}/"))),
            "{input}: `{path}` has no action, only `{above}` has"
        );
    }
    for path in listed {
        assert!(!lines[&(input.to_owned(), path.to_owned())].reason.is_empty(), "{input}: `{path}` has no reason");
    }
}

/// Every entry of the archive is in the manifest, with an origin that exists; and the other way round.
fn assert_origins(bundle: &Path, inputs: &BTreeMap<&str, BTreeSet<String>>) {
    let manifest = json(&bundle.join("manifest.json"));
    let entries = manifest["entries"].as_array().expect("entries");
    let archived: BTreeSet<String> = unzipped(&bundle.join(format!("{NAME}.zip"))).into_keys().collect();
    let promised: BTreeSet<String> = entries
        .iter()
        .map(|entry| {
            let path = entry["path"].as_str().expect("a path");
            if entry["kind"] == "folder" { format!("{path}/") } else { path.to_owned() }
        })
        .collect();
    assert_eq!(archived, promised);
    for entry in entries {
        let (input, path) =
            (entry["from"]["input"].as_str().expect("an input"), entry["from"]["path"].as_str().expect("a path"));
        if input == "packager" {
            assert_eq!(entry["kind"], "folder", "{entry}");
            continue;
        }
        assert!(inputs[input].contains(path), "{entry} comes from nowhere");
    }
}

/// The lines of the report and the result agree: what is carried is there, what is left out is not there from the home.
fn assert_lines_agree(bundle: &Path) {
    let lines = actions(&json(&bundle.join("report.json")));
    let manifest = json(&bundle.join("manifest.json"));
    let origins: BTreeSet<(String, String, String)> = manifest["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| {
            let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
            let path = text(&entry["path"]);
            let path = path.strip_prefix(TOP).unwrap_or_default().to_owned();
            (text(&entry["from"]["input"]), text(&entry["from"]["path"]), path)
        })
        .collect();
    for ((input, path), line) in &lines {
        let target = line.target.clone().unwrap_or_else(|| path.clone());
        let there = origins.contains(&(input.clone(), path.clone(), target.clone()));
        match line.disposition.as_str() {
            "carried" | "moved" | "merged" | "rewritten" | "kept" => {
                // Two inputs may hold the same bytes at one place: the first of them is the origin.
                let taken = origins.iter().any(|(_, _, at)| *at == target);
                assert!(
                    there || taken && line.disposition != "kept",
                    "{path} of {input} is {}: {}",
                    line.disposition,
                    line.reason
                );
            }
            "left out" | "follows fresh" | "compared" | "replaced" => {
                assert!(!there, "{path} of {input} is {} and is in the result", line.disposition);
            }
            other => panic!("{path} of {input} is {other}"),
        }
    }
}

fn assert_whole(trees: &Trees, overlays: &BTreeMap<&str, Tree>, bundle: &Path, archived_home: bool) {
    let lines = actions(&json(&bundle.join("report.json")));
    let mut inputs = BTreeMap::from([("home", &trees.home), ("fresh", &trees.fresh)]);
    inputs.extend(trees.pristine.iter().map(|tree| ("pristine", tree)));
    inputs.extend(trees.hl7.iter().map(|tree| ("hl7", tree)));
    inputs.extend(overlays.iter().map(|(name, tree)| (*name, tree)));
    for (input, tree) in &inputs {
        assert_total(&lines, input, tree, *input != "home" || archived_home);
    }
    for (input, path) in lines.keys() {
        assert!(inputs.contains_key(input.as_str()), "{path} is of an input {input}, which was not given");
    }
    assert_origins(bundle, &inputs.into_iter().map(|(name, tree)| (name, paths_of(tree))).collect());
    assert_lines_agree(bundle);
}

/// An overlay on disk: its `overlay.toml`, and its files.
fn write_overlay(folder: &Path, files: &Tree) {
    write_tree(&folder.join("files"), files).expect("an overlay");
    fs::write(folder.join("overlay.toml"), "description = \"of a test\"\n").expect("an overlay");
}

#[test]
fn the_sample_with_an_overlay_is_accounted_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let trees = Trees::sample();
    let mut files = Tree::new();
    put(&mut files, "conf/log4j2.properties", "rootLogger.level = WARN\n");
    put(&mut files, "lib/acme-codec-1.0.jar", "no jar");
    put(&mut files, "monitoring/agent.txt", "x");
    put_folder(&mut files, "monitoring/empty");
    let overlay = folder.path().join("team");
    write_overlay(&overlay, &files);
    let given = trees.write(folder.path());
    let out = folder.path().join("out");
    let ran = run(program!("package", "--out", &out, "--overlay", &overlay).args(given.arguments()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_whole(&trees, &BTreeMap::from([("overlay team", files)]), &out.join(NAME), false);
    assert_eq!(
        unzipped(&out.join(NAME).join(format!("{NAME}.zip")))[&format!("{TOP}conf/log4j2.properties")],
        b"rootLogger.level = WARN\n"
    );
}

#[test]
fn two_overlays_of_one_name_are_both_accounted_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let given = Trees::sample().write(folder.path());
    let mut command = program!("plan", "--format", "json");
    command.args(given.arguments());
    for (place, file) in [("a/team", "one.txt"), ("b/team", "two.txt")] {
        let mut files = Tree::new();
        put(&mut files, file, "x");
        write_overlay(&folder.path().join(place), &files);
        command.arg("--overlay").arg(folder.path().join(place));
    }
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("two overlays are named `team`"), "{}", ran.stderr);
}

#[test]
fn a_home_in_an_archive_is_accounted_for_to_the_last_entry() {
    let folder = tempfile::tempdir().expect("a folder");
    let trees = Trees::sample();
    let mut given = trees.write(folder.path());
    given.home = folder.path().join("home.zip");
    fs::write(&given.home, xtask::sample::zip_tree(Some("opt-mi"), &trees.home).expect("a zip")).expect("a file");
    let out = folder.path().join("out");
    let ran = run(program!("package", "--out", &out).args(given.arguments()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_whole(&trees, &BTreeMap::new(), &out.join(NAME), true);
}

/// Folders and names that mean something to some rule, and some that mean nothing.
const FOLDERS: [&str; 27] = [
    "",
    "bin",
    "bin/yajsw",
    "conf",
    "conf/axis2",
    "conf/security",
    "conf/etc",
    "dropins",
    "lib",
    "lib/sub",
    "repository/deployment/server/carbonapps",
    "repository/deployment/server/axis2modules",
    "repository/deployment/server/synapse-configs/default/api",
    "repository/resources/security",
    "repository/resources/conf",
    "repository/resources/conf/templates/conf",
    "repository/database",
    "repository/logs/old",
    "registry/governance/a b",
    "registry/config/.metadata",
    "patches/patch0002",
    "updates",
    "wso2/components/plugins",
    "wso2/lib",
    "dbscripts/mysql",
    "tmp/work",
    "données (1)/été",
];
const NAMES: [&str; 26] = [
    "a.jar",
    "acme-codec-1.0.jar",
    "b.car",
    "c.mar",
    "addressing-1.6.1-wso2v99.mar",
    "d.jks",
    "e.pem",
    "f.xml",
    "f.properties",
    "deployment.toml",
    "secret-conf.properties",
    "carbon.xml",
    "axis2.xml.j2",
    "default.json",
    "x.bak",
    "y.hprof",
    ".DS_Store",
    "z.lck",
    "password-tmp",
    "micro-integrator.sh",
    "modules.list",
    "MSMP_a_0",
    "a.json",
    "a.json.properties",
    "a.json.meta",
    "q \"'`$%",
];

/// Changes a home at some places; never into two nodes of which one lies in the other.
fn scramble(home: &mut Tree, random: &mut Seeded) {
    for _ in 0..12 + random.below(24) {
        let known: Vec<String> = home.keys().cloned().collect();
        match random.below(8) {
            0 | 1 => {
                let gone = random.pick(&known);
                if gone != "conf/deployment.toml" && !gone.starts_with("bin/version") && gone != "updates/product.txt" {
                    home.remove(gone);
                }
            }
            2 => {
                let path = random.pick(&known);
                let settings = ["conf/deployment.toml", "bin/version.txt", "updates/product.txt"];
                if let Some(Node::File { bytes, .. }) =
                    home.get_mut(path).filter(|_| !settings.contains(&path.as_str()))
                {
                    let at = random.below(bytes.len() + 1);
                    bytes.truncate(at);
                    bytes.extend(random.next().to_le_bytes());
                }
            }
            kind => {
                let (folder, name) = (*random.pick(&FOLDERS), *random.pick(&NAMES));
                let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                let clashes = |other: &String| {
                    other.starts_with(&format!("{path}/"))
                        || *other == path
                        || path.starts_with(&format!("{other}/")) && home[other] != Node::Folder
                };
                if known.iter().any(clashes) {
                    continue;
                }
                match kind {
                    3 => put_folder(home, &path),
                    4 => put_symlink(home, &path, ["corp.jks", "nothing/here", "../lib"][random.below(3)]),
                    5 => put_with_mode(home, &path, 0o600, ""),
                    6 => put(home, &path, random.pick(&known).clone()),
                    _ => {
                        let other = random.pick(&known).clone();
                        if let Some(node @ Node::File { .. }) = home.get(&other).cloned() {
                            home.insert(path, node);
                        }
                    }
                }
            }
        }
    }
}

/// A policy that decides everything that a plan says to be open, by its own offers: the choice of this number each.
fn deciding(report: &serde_json::Value, random: &mut Seeded) -> String {
    let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut decide, mut settings, mut hl7, mut database) = (Vec::new(), Vec::new(), None, String::new());
    let mut severity = Vec::new();
    for diagnostic in report["diagnostics"].as_array().expect("diagnostics") {
        if !matches!(diagnostic["severity"].as_str(), Some("conflict" | "error")) {
            continue;
        }
        if diagnostic["severity"] == "error" && diagnostic["policy"].is_null() {
            // What would break at the first start is mended in the home, or taken for less.
            severity.push(format!("{} = \"warning\"", diagnostic["code"].as_str().expect("a code")));
            continue;
        }
        let offers = diagnostic["policy"].as_array().unwrap_or_else(|| panic!("nothing can decide {diagnostic}"));
        let offer = random.pick(offers).as_str().expect("a line");
        if let Some(line) = offer.strip_prefix("decide.") {
            decide.push(line.to_owned());
        } else if let Some(line) = offer.strip_prefix("settings.decide.") {
            settings.push(line.to_owned());
        } else if let Some(line) = offer.strip_prefix("hl7.") {
            hl7 = Some(line.to_owned());
        } else if let Some(line) = offer.strip_prefix("user_store.") {
            database = format!("[user_store]\n{line}\n");
        } else {
            let (key, list) = offer.split_once(" = [").expect("a list");
            lists.entry(key.to_owned()).or_default().push(list.trim_end_matches(']').to_owned());
        }
    }
    let lists = lists.into_iter().map(|(key, items)| format!("{key} = [{}]\n", items.join(", ")));
    format!(
        "{}[decide]\n{}\n[settings.decide]\n{}\n[hl7]\n{}\n[severity]\n{}\n{database}",
        lists.collect::<String>(),
        decide.join("\n"),
        settings.join("\n"),
        hl7.unwrap_or_default(),
        severity.join("\n")
    )
}

/// One home made at random: its plan is total, `package` agrees with it, and once decided it is written.
fn check_one(seed: u64) -> usize {
    let mut random = Seeded(seed);
    let mut trees = Trees::sample();
    scramble(&mut trees.home, &mut random);
    if random.below(2) == 0 {
        trees.hl7 = None;
    }
    if random.below(3) == 0 {
        trees.pristine = None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let given = trees.write(folder.path());
    let out = folder.path().join("out");
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "").expect("a policy");
    // A decision may lay open another one, such as a link that is followed into nothing.
    for round in 0.. {
        assert!(
            round < 4,
            "seed {seed} is not decided after {round} policies: {}",
            fs::read_to_string(&policy).expect("it")
        );
        let plan = run(program!("plan", "--format", "json", "--policy", &policy).args(given.arguments()));
        assert!(matches!(plan.code, Some(0 | 1 | 3)), "seed {seed}: {:?} {}", plan.code, plan.stderr);
        let report = report_of(&plan);
        let lines = actions(&report);
        assert_total(&lines, "home", &trees.home, false);
        assert_total(&lines, "fresh", &trees.fresh, true);
        assert_eq!(report["blocked"], plan.code != Some(0), "seed {seed}");
        let package = run(program!("package", "--out", &out, "--policy", &policy).args(given.arguments()));
        assert_eq!(package.code, plan.code, "seed {seed}: {}", package.stderr);
        if plan.code == Some(0) {
            assert_eq!(json(&out.join(NAME).join("report.json"))["actions"], report["actions"], "seed {seed}");
            assert_whole(&trees, &BTreeMap::new(), &out.join(NAME), false);
            return round;
        }
        assert!(!out.exists(), "seed {seed}: something was written");
        let before = fs::read_to_string(&policy).expect("a policy");
        let more = deciding(&report, &mut random);
        fs::write(&policy, joined(&before, &more)).expect("a policy");
    }
    unreachable!("the loop ends by itself")
}

/// Two policies as one.
fn joined(one: &str, other: &str) -> String {
    let (mut lists, mut tables): (BTreeMap<String, String>, BTreeMap<String, BTreeSet<String>>) = Default::default();
    for text in [one, other] {
        let mut table = String::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if line.starts_with('[') {
                line.clone_into(&mut table);
            } else if table.is_empty() {
                let (key, list) = line.split_once(" = [").expect("a list");
                let all = lists.entry(key.to_owned()).or_default();
                *all += list.trim_end_matches([']', ',', ' ']);
                *all += ", ";
            } else {
                tables.entry(table.clone()).or_default().insert(line.to_owned());
            }
        }
    }
    let lists = lists.into_iter().map(|(key, list)| format!("{key} = [{list}]\n"));
    let tables = tables
        .into_iter()
        .map(|(table, lines)| format!("{table}\n{}\n", lines.into_iter().collect::<Vec<_>>().join("\n")));
    lists.chain(tables).collect()
}

#[test]
fn homes_made_at_random_are_accounted_for_and_can_be_decided() {
    let decided: Vec<usize> = (0..24).map(check_one).collect();
    assert!(decided.iter().any(|rounds| *rounds > 0), "none of them had anything to decide: {decided:?}");
}

#[test]
fn more_homes_made_at_random() {
    for seed in 1000..1024 {
        check_one(seed);
    }
}
