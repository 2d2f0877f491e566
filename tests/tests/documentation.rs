//! What the documents say, kept true: commands run, outputs are real, tables are current, links lead somewhere.
//!
//! In: the Markdown files of the project, and the program. Always: on the sample alone, in folders of its own; with
//! `UPDATE_EXPECT=1` the file that is generated is written again.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use upgrade_tests::{Ran, has_tool, json, keys, run};
use xtask::diagnostic::{Story, stories};
use xtask::report::diagnostics::wrapped;
use xtask::settings::rules::RULES;

const DOCUMENTS: [&str; 13] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/policy.md",
    "docs/overlays.md",
    "docs/diagnostics.md",
    "docs/bundle.md",
    "docs/air-gap.md",
    "docs/containers.md",
    "docs/settings.md",
    "overlays/README.md",
    "migration-scripts/README.md",
];

/// Beginnings of lines in `sh` blocks that are not run, each with the reason.
const NOT_RUN: [(&str, &str); 13] = [
    ("cargo xtask ci", "runs these tests"),
    ("cargo xtask bench", "takes minutes"),
    ("cargo test", "runs these tests"),
    ("cargo fmt", "is a step of ci"),
    ("docker ", "needs a daemon"),
    ("podman ", "needs an engine of its own"),
    ("buildah ", "needs the right to make containers; the context is built elsewhere in these tests"),
    ("skopeo copy docker://", "needs a network"),
    ("skopeo copy --preserve-digests", "needs a registry"),
    ("minisign -G", "asks for a password; the folder has a pair of keys"),
    ("UPDATE_EXPECT=1 ", "rewrites the project"),
    ("UPGRADE_REAL_INPUTS=", "needs inputs of real size"),
    ("UPGRADE_RELEASE_FILES=", "needs the texts of both releases"),
];

/// Commands without an example in their help, each with the reason.
const NO_EXAMPLE: [(&str, &str); 2] = [("ci", "takes no argument"), ("bench", "works without any argument")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn xtask(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(upgrade_tests::under_test());
    run(command.args(arguments).current_dir(folder).env_remove("SOURCE_DATE_EPOCH").env_remove("COLUMNS"))
}

/// A fenced block: its language and its text.
struct Block {
    language: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in markdown.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(language)) => {
                open = Some(Block { language: language.trim().to_owned(), text: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                let _ = writeln!(block.text, "{line}");
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// The commands of a block: without comments, lines that end with `\` put together.
fn commands(block: &str) -> Vec<String> {
    let joined = block.replace("\\\n", " ");
    let lines = joined.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

/// A folder as the documents assume one: the sample's inputs by their usual names, and an overlay.
fn workplace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = xtask::sample::write(&folder.path().join("made")).expect("a sample");
    for (path, name) in [
        (&paths.home, "wso2mi-1.2.0"),
        (&paths.fresh, "wso2mi-4.0.0.zip"),
        (&paths.pristine, "wso2mi-1.2.0.zip"),
        (&paths.hl7, "wso2mi-hl7-4.0.0.zip"),
    ] {
        fs::rename(path, folder.path().join(name)).expect("a rename");
    }
    fs::remove_dir_all(folder.path().join("made")).expect("an empty folder");
    fs::write(folder.path().join("upgrade.pub"), keys::PUBLIC).expect("a key");
    fs::write(folder.path().join("upgrade.key"), keys::SECRET).expect("a key");
    let overlay = folder.path().join("overlays/production");
    fs::create_dir_all(overlay.join("files/conf")).expect("a folder");
    fs::write(overlay.join("overlay.toml"), "description = \"an example\"\n").expect("a file");
    fs::write(overlay.join("files/conf/log4j2.properties"), "rootLogger.level = WARN\n").expect("a file");
    folder
}

/// A folder as a document assumes it: one that is about images has a base image, too. Any image is one; here it is
/// the sample's own.
fn workplace_of(document: &str) -> tempfile::TempDir {
    let folder = workplace();
    if document.contains("--base-image") {
        let ran = xtask(folder.path(), &["package", "--sample", "--output", "oci", "--name", "base"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        fs::rename(folder.path().join("dist/base/oci"), folder.path().join("temurin-11")).expect("a rename");
        fs::remove_dir_all(folder.path().join("dist")).expect("a folder");
    }
    folder
}

/// Runs one command of a document; `None` where it is one that is not run.
fn run_command(folder: &Path, command: &str) -> Option<Ran> {
    if NOT_RUN.iter().any(|(start, _)| command.starts_with(start)) {
        return None;
    }
    if let Some(arguments) = command.strip_prefix("cargo xtask ") {
        return Some(xtask(folder, &arguments.split(' ').collect::<Vec<_>>()));
    }
    let tool = command.split(" && ").last().and_then(|last| last.split(' ').next()).expect("a command");
    let unpacks = |tool: &&str| has_tool(tool);
    let is_possible = !command.contains("install.sh") || ["unzip", "bsdtar", "busybox"].iter().any(unpacks);
    if cfg!(not(unix)) || !has_tool(tool) || !is_possible {
        return None;
    }
    Some(run(Command::new("sh").args(["-c", command]).current_dir(folder)))
}

#[test]
fn commands_of_the_documents_run() {
    let mut count = 0;
    for name in DOCUMENTS {
        let folder = workplace_of(&document(name));
        for block in blocks(&document(name)).iter().filter(|block| block.language == "sh") {
            let expected = if block.text.contains("# exits 3") { 3 } else { 0 };
            let mut last = Some(expected);
            for command in commands(&block.text) {
                assert_eq!(last, Some(expected), "{name}: before `{command}`");
                let Some(ran) = run_command(folder.path(), &command) else { continue };
                assert!(
                    ran.code == Some(0) || ran.code == Some(expected),
                    "{name}: `{command}` exits {:?}: {}{}",
                    ran.code,
                    ran.stdout,
                    ran.stderr
                );
                last = ran.code;
                count += 1;
            }
            assert_eq!(last, Some(expected), "{name}: {}", block.text);
        }
    }
    assert!(count >= 8, "only {count} commands ran");
}

#[test]
fn the_readme_opens_with_what_suffices() {
    let readme = document("README.md");
    let blocks = blocks(&readme);
    assert_eq!(blocks[0].language, "sh");
    assert_eq!(commands(&blocks[0].text), ["cargo xtask package --sample", "cargo xtask ci"]);
    assert!(readme.lines().take_while(|line| *line != "```sh").count() < 10, "the commands come first");
    let ci = fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    assert!(ci.lines().any(|line| line == "cargo xtask ci"), "CI runs the README's test command");
}

#[test]
fn outputs_in_the_readme_are_real() {
    let folder = workplace();
    let readme = document("README.md");
    let blocks = blocks(&readme);
    let mut lines = 0;
    for pair in blocks.windows(2) {
        let [shell, shown] = pair else { continue };
        if shell.language != "sh" {
            continue;
        }
        let ran: Vec<Ran> =
            commands(&shell.text).iter().filter_map(|command| run_command(folder.path(), command)).collect();
        if shown.language != "text" {
            continue;
        }
        let output: String = ran.iter().flat_map(|ran| [ran.stderr.as_str(), ran.stdout.as_str()]).collect();
        let output: BTreeSet<&str> = output.lines().map(str::trim_end).collect();
        for line in shown.text.lines().filter(|line| !line.trim().is_empty()) {
            match line.split_once("...") {
                // A digest or a long rest is cut.
                Some((start, "")) => assert!(output.iter().any(|line| line.starts_with(start)), "no output: {line}"),
                _ => assert!(output.contains(line.trim_end()), "README.md shows what nothing prints: {line}"),
            }
            lines += 1;
        }
    }
    assert!(lines > 10, "only {lines} lines of output are shown");
}

#[test]
fn every_help_exits_0_fits_and_shows_an_example() {
    let folder = tempfile::tempdir().expect("a folder");
    let general = xtask(folder.path(), &["--help"]);
    assert_eq!(general.code, Some(0));
    let listed = general.stdout.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    let names: Vec<&str> =
        listed.expect("commands").lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.contains(&"package") && names.contains(&"verify"), "{names:?}");
    let readme = document("README.md");
    for name in names.into_iter().filter(|name| *name != "help") {
        let ran = xtask(folder.path(), &[name, "--help"]);
        assert_eq!(ran.code, Some(0), "{name}");
        for line in ran.stdout.lines().chain(general.stdout.lines()) {
            assert!(line.chars().count() <= 100, "`{name} --help` is wider than 100 columns: {line}");
        }
        let shows = ran.stdout.contains("Example") && ran.stdout.contains(&format!("  cargo xtask {name}"));
        assert!(shows || NO_EXAMPLE.iter().any(|(known, _)| *known == name), "`{name} --help` shows no example");
        assert!(readme.contains(&format!("`cargo xtask {name}")), "README.md does not name the command `{name}`");
    }
}

#[test]
fn exit_codes_of_the_readme_are_those_of_the_help() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = xtask(folder.path(), &["--help"]).stdout;
    let of_help: Vec<(String, String)> = help
        .split("Exit codes:\n")
        .nth(1)
        .expect("exit codes")
        .lines()
        .filter_map(|line| line.trim().split_once("  "))
        .map(|(code, meaning)| (code.to_owned(), meaning.to_owned()))
        .collect();
    let readme = document("README.md");
    let section =
        readme.split("## Exit codes\n").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("a section");
    let of_readme: Vec<(String, String)> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "))
        .filter(|(code, _)| code.parse::<u8>().is_ok())
        .map(|(code, meaning)| (code.to_owned(), meaning.to_owned()))
        .collect();
    assert_eq!(of_help.len(), 5);
    assert_eq!(of_readme, of_help);
}

/// The codes by what they speak of: the first digit after `MI0`.
const GROUPS: [(u16, &str); 14] = [
    (1, "The inputs"),
    (2, "Files"),
    (3, "Jars"),
    (4, "Artifacts and registry"),
    (5, "Secrets"),
    (6, "deployment.toml"),
    (7, "HL7"),
    (8, "Policy and overlays"),
    (9, "User store and data sources"),
    (10, "Bundles of the result"),
    (11, "Classes of the result"),
    (12, "Keystores and secrets of the result"),
    (13, "Configuration of the result"),
    (14, "Carbon applications and artifacts of the result"),
];

fn markdown(text: &str) -> String {
    text.replace('<', "\\<").replace('*', "\\*")
}

fn story(text: &mut String, story: &Story) {
    let Story { code, severity, title, source, .. } = story;
    let firm = if story.firm { "; a policy cannot change that" } else { "" };
    let _ = writeln!(text, "\n### {code}: {}\n\nSeverity: {severity}{firm}.\n", markdown(title));
    text.push_str(&wrapped("", "", &markdown(story.text), 120));
    text.push('\n');
    text.push_str(&wrapped("Source: ", "", &format!("{}.", markdown(source)), 120));
}

fn diagnostics() -> String {
    let mut text = "\
# Diagnostics

Every finding has a code that never gets another meaning. `cargo xtask explain CODE` prints one of these stories. An
error or an open conflict keeps anything from being written. A [policy](policy.md#severity) can change the severity,
unless it says otherwise here.

This file is made from the program's own table; a test compares the two.
"
    .to_owned();
    for (group, title) in GROUPS {
        let _ = writeln!(text, "\n## {title}");
        for each in stories().filter(|story| story.code.0 / 100 == group) {
            story(&mut text, each);
        }
    }
    text
}

#[test]
fn the_list_of_diagnostics_is_current() {
    let expected = diagnostics();
    for each in stories() {
        assert!(expected.contains(&format!("### {}: ", each.code)), "{} belongs to no group", each.code);
    }
    let path = root().join("docs/diagnostics.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &expected).expect("written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "docs/diagnostics.md is not current; run the tests again with UPDATE_EXPECT=1");
}

/// The table of rules stands between the line under its head and this.
const END_OF_RULES: &str = "<!-- The end of the table. -->";

#[test]
fn the_table_of_rules_is_current() {
    let path = root().join("docs/settings.md");
    let found = document("docs/settings.md");
    let (before, rest) = found.split_once("| rule | what it does | source |\n|---|---|---|\n").expect("the head");
    let (_, after) = rest.split_once(END_OF_RULES).expect("the end");
    let mut expected = format!("{before}| rule | what it does | source |\n|---|---|---|\n");
    for rule in RULES {
        let cell = |text: &str| markdown(text).replace('|', "\\|");
        let _ = writeln!(expected, "| `{}` | {} | {} |", rule.name, cell(rule.what), cell(rule.source));
    }
    expected.push_str(END_OF_RULES);
    expected.push_str(after);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &expected).expect("written");
    }
    assert!(found == expected, "docs/settings.md is not current; run the tests again with UPDATE_EXPECT=1");
}

/// A heading as the hosts of Git repositories make a link of it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
}

fn headings(markdown: &str) -> BTreeSet<String> {
    let mut in_block = false;
    let mut found = BTreeSet::new();
    for line in markdown.lines() {
        in_block ^= line.starts_with("```");
        if !in_block && line.starts_with('#') {
            found.insert(anchor(line.trim_start_matches('#').trim()));
        }
    }
    found
}

#[test]
fn links_lead_somewhere() {
    let mut count = 0;
    for name in DOCUMENTS {
        let text = document(name);
        let folder = root().join(name).parent().expect("a folder").to_owned();
        for rest in text.split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or_default();
            if target.starts_with("http") {
                continue;
            }
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() { root().join(name) } else { folder.join(file) };
            assert!(path.exists(), "{name} links to `{target}`, which is not there");
            if !place.is_empty() {
                let text = fs::read_to_string(&path).expect("a document");
                assert!(headings(&text).contains(place), "{name} links to `{target}`, and there is no such heading");
            }
            count += 1;
        }
    }
    assert!(count > 5, "only {count} links were found");
}

#[test]
fn examples_of_toml_are_valid() {
    let mut count = 0;
    for (name, read) in [
        (
            "docs/policy.md",
            &(|text: &str| xtask::policy::parse(text).map(|_| ())) as &dyn Fn(&str) -> Result<(), String>,
        ),
        ("README.md", &|text: &str| xtask::policy::parse(text).map(|_| ())),
        ("docs/overlays.md", &|text: &str| xtask::overlay::parse(text).map(|_| ())),
    ] {
        for block in blocks(&document(name)).iter().filter(|block| block.language == "toml") {
            if let Err(problem) = read(&block.text) {
                panic!("{name}: {problem}\n{}", block.text);
            }
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} examples were found");
}

/// All keys of a JSON document, whatever lies between.
fn keys(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn every_field_of_a_bundle_is_explained() {
    let folder = workplace();
    let output = ["--output", "zip,tar.gz,docker-context,oci"];
    let ran = xtask(folder.path(), &[&["package", "--sample", "--name", "example"][..], &output].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for line in ran.stdout.lines() {
        assert!(line.chars().count() <= 80, "`package` prints a line of more than 80 columns: {line}");
    }
    let bundle = folder.path().join("dist/example");
    let explained = document("docs/bundle.md");
    let mut found = BTreeSet::new();
    for name in ["manifest.json", "report.json"] {
        keys(&json(&bundle.join(name)), &mut found);
    }
    assert!(found.contains("outcome") && found.contains("diff_id"), "settings and layers are among them: {found:?}");
    assert!(found.len() > 25, "{found:?}");
    for key in &found {
        let named = ["`", "."]
            .iter()
            .any(|start| [("`"), ("["), (".")].iter().any(|end| explained.contains(&format!("{start}{key}{end}"))));
        assert!(named, "docs/bundle.md does not explain the field `{key}`");
    }
    for entry in fs::read_dir(&bundle).expect("a bundle") {
        let name = entry.expect("an entry").file_name().to_string_lossy().replace("example", "<name>");
        assert!(explained.contains(&format!("| `{name}` |")), "docs/bundle.md does not list `{name}`");
    }
    for name in ["docker-context", "oci"] {
        for entry in fs::read_dir(bundle.join(name)).expect("a folder") {
            let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
            assert!(explained.contains(&format!("`{name}")), "docs/bundle.md does not name `{name}`");
        }
    }
}
