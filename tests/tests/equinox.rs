//! The model of bundles agrees with the framework that the server runs on.
//!
//! In: sets of bundles, generated from fixed numbers and written by hand; the jar of Equinox, which `UPGRADE_EQUINOX_JAR`
//! names. Always: the same sets at every run. Skipped, with a word, where the jar or `java` is not there.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use upgrade_tests::{has_tool, run};
use xtask::bundles::{Bundle, Launch, System, resolve};
use xtask::facts::manifest::Manifest;
use xtask::path::EntryPath;

mod equinox {
    pub(crate) mod generated;
    pub(crate) mod written;
}

/// What the framework is started with, instead of what the machine's own Java would say.
const PACKAGES: &str = "javax.xml,javax.sql;version=\"1.2\",org.w3c.dom";
const JAVA: u32 = 11;
const ENVIRONMENTS: &str = "osgi.ee; osgi.ee=\"OSGi/Minimum\"; version:List<Version>=\"1.0, 1.1, 1.2\", \
    osgi.ee; osgi.ee=\"JRE\"; version:List<Version>=\"1.0, 1.1\", \
    osgi.ee; osgi.ee=\"JavaSE\"; version:List<Version>=\"1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 9.0, 10.0, 11.0\"";

/// A set of bundles: the headers of each, without `Bundle-ManifestVersion`.
type Set = Vec<String>;

fn manifest(headers: &str) -> String {
    format!("Manifest-Version: 1.0\nBundle-ManifestVersion: 2\n{}\n", headers.trim_end())
}

/// A line of a manifest holds 72 bytes at most.
fn folded(manifest: &str) -> String {
    let mut folded = String::new();
    for line in manifest.lines() {
        for (at, character) in line.chars().enumerate() {
            if at > 0 && at % 60 == 0 {
                folded.push_str("\n ");
            }
            folded.push(character);
        }
        folded.push('\n');
    }
    folded
}

fn write_jar(path: &Path, headers: &str) {
    let mut jar = zip::ZipWriter::new(fs::File::create(path).expect("a jar"));
    jar.start_file("META-INF/MANIFEST.MF", zip::write::SimpleFileOptions::default()).expect("an entry");
    jar.write_all(folded(&manifest(headers)).as_bytes()).expect("a manifest");
    jar.finish().expect("a jar");
}

/// What the model says of each jar of a set: RESOLVED, UNRESOLVED or REFUSED.
fn modelled(set: &Set, system: &System) -> Vec<&'static str> {
    let mut outcomes = Vec::new();
    let mut bundles: Vec<Bundle> = Vec::new();
    let mut places = Vec::new();
    for (at, headers) in set.iter().enumerate() {
        let parsed = Manifest::parse(manifest(headers).as_bytes()).expect("a manifest");
        let path = EntryPath::parse(&format!("dropins/{at:02}.jar")).expect("a path");
        match Bundle::read(path, &parsed) {
            // The framework installs no second bundle with the name and the version of another.
            Ok(bundle) if bundles.iter().any(|old| (&old.name, &old.version) == (&bundle.name, &bundle.version)) => {
                outcomes.push("REFUSED");
            }
            Ok(bundle) => {
                places.push(at);
                bundles.push(bundle);
                outcomes.push("RESOLVED");
            }
            Err(_) => outcomes.push("REFUSED"),
        }
    }
    for unresolved in resolve(&bundles, system).unresolved.keys() {
        outcomes[places[*unresolved]] = "UNRESOLVED";
    }
    outcomes
}

fn framework(jar: &Path) -> System {
    let mut archive = zip::ZipArchive::new(fs::File::open(jar).expect("the jar")).expect("a jar");
    let mut text = Vec::new();
    std::io::copy(&mut archive.by_name("META-INF/MANIFEST.MF").expect("a manifest"), &mut text).expect("a manifest");
    let manifest = Manifest::parse(&text).expect("a manifest");
    let path = EntryPath::parse("wso2/components/plugins/org.eclipse.osgi.jar").expect("a path");
    System::of(path, &manifest, &Launch { packages: PACKAGES.to_owned(), java: JAVA }).expect("the framework")
}

/// What the framework says of each jar of each set.
fn resolved_by(equinox: &Path, sets: &BTreeMap<String, Set>) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = folder.path().join("sets");
    for (name, set) in sets {
        fs::create_dir_all(inputs.join(name)).expect("a folder");
        for (at, headers) in set.iter().enumerate() {
            write_jar(&inputs.join(name).join(format!("{at:02}.jar")), headers);
        }
    }
    let configuration = folder.path().join("configuration.properties");
    let mut text = format!("org.osgi.framework.system.packages={PACKAGES}\n");
    let _ = writeln!(text, "org.osgi.framework.system.capabilities={ENVIRONMENTS}");
    fs::write(&configuration, text).expect("a file");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/equinox/Resolve.java");
    let mut java = Command::new("java");
    // Several frameworks after one another, and extensions of a framework, reach into Java itself.
    for opened in ["java.base/java.net", "java.base/jdk.internal.loader"] {
        java.arg("--add-opens").arg(format!("{opened}=ALL-UNNAMED"));
    }
    java.arg("-cp").arg(equinox).arg(source).arg(&configuration).arg(&inputs).arg(folder.path().join("storage"));
    let ran = run(&mut java);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.stdout, ran.stderr);
    let mut outcomes: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in ran.stdout.lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [set, _, outcome] = parts[..] else { panic!("{line}") };
        let word = outcome.split(' ').next().unwrap_or_default();
        outcomes.entry(set.to_owned()).or_default().push(word.to_owned());
    }
    outcomes
}

#[test]
fn the_model_resolves_what_equinox_resolves() {
    let Some(equinox) = std::env::var_os("UPGRADE_EQUINOX_JAR").map(PathBuf::from) else {
        return upgrade_tests::skipped("UPGRADE_EQUINOX_JAR names no jar");
    };
    if !has_tool("java") {
        return;
    }
    let mut sets = equinox::written::sets();
    sets.extend((0..120).map(|seed| (format!("generated-{seed:03}"), equinox::generated::set(seed))));
    let system = framework(&equinox);
    let expected = resolved_by(&equinox, &sets);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut differences = String::new();
    for (name, set) in &sets {
        let modelled = modelled(set, &system);
        for outcome in &modelled {
            *counts.entry(outcome).or_default() += 1;
        }
        if modelled != expected[name] {
            let _ = writeln!(differences, "{name}");
            for ((headers, modelled), expected) in set.iter().zip(modelled).zip(&expected[name]) {
                let mark = if modelled == expected { "      " } else { "DIFFER" };
                let _ = writeln!(differences, "{mark} {modelled} {expected}: {}", headers.replace('\n', " | "));
            }
        }
    }
    assert_eq!(differences, "");
    for (outcome, least) in [("RESOLVED", 300), ("UNRESOLVED", 150), ("REFUSED", 5)] {
        assert!(counts[outcome] > least, "{counts:?}");
    }
}
