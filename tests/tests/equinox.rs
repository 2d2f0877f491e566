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
use xtask::checks;
use xtask::classes::Class;
use xtask::examine::{Examined, Jar};
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

/// The jars and texts of a distribution, and of a home's `dropins` and `lib`, as the checks look at them.
fn examined(distribution: &Path, home: Option<&Path>) -> Examined {
    let mut examined = Examined::default();
    let mut archive = zip::ZipArchive::new(fs::File::open(distribution).expect("the zip")).expect("a zip");
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let Some((_, name)) = name.split_once('/') else { continue };
        let is_text = name.ends_with("launch.ini") || name.ends_with("bundles.info") || name.ends_with("/MANIFEST.MF");
        let path = EntryPath::parse(name.trim_end_matches('/'));
        let is_jar = path.is_ok_and(|path| path.is_in("wso2/components/plugins") && path.has_extension("jar"));
        if is_text || is_jar {
            let mut bytes = Vec::new();
            std::io::copy(&mut entry, &mut bytes).expect("an entry");
            put(&mut examined, name, bytes, false);
        }
    }
    for folder in ["dropins", "lib"] {
        for file in home.into_iter().flat_map(|home| fs::read_dir(home.join(folder)).expect("a folder")) {
            let file = file.expect("a file");
            let name = format!("{folder}/{}", file.file_name().to_str().expect("UTF-8"));
            put(&mut examined, &name, fs::read(file.path()).expect("a file"), true);
        }
    }
    examined
}

fn put(examined: &mut Examined, name: &str, bytes: Vec<u8>, is_users: bool) {
    let path = EntryPath::parse(name).expect("a path");
    if !path.has_extension("jar") {
        examined.texts.insert(path, bytes);
        return;
    }
    let mut jar = Jar { is_users, ..Jar::default() };
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a jar");
    for name in archive.file_names().filter(|_| is_users) {
        if let Some(class) = name.expect("a name").strip_suffix(".class") {
            jar.classes.classes.insert(class.into(), Class::default());
        }
    }
    if let Ok(mut entry) = archive.by_name("META-INF/MANIFEST.MF") {
        let mut text = Vec::new();
        std::io::copy(&mut entry, &mut text).expect("a manifest");
        jar.manifest = Manifest::parse(&text).expect("a manifest");
        jar.has_manifest = true;
    }
    examined.jars.insert(path, Ok(jar));
}

#[test]
fn the_real_distributions_resolve() {
    let Some(inputs) = upgrade_tests::real_inputs() else { return };
    for release in ["1.2.0", "4.0.0"] {
        let examined = examined(&inputs.join(format!("wso2mi-{release}.zip")), None);
        let unresolved = checks::unresolved(&examined).expect("a framework");
        let names: Vec<&str> = unresolved.keys().map(EntryPath::file_name).collect();
        assert_eq!(names, ["org.eclipse.equinox.launcher.gtk.linux.x86_1.1.400.v20160518-1444"], "{release}");
        assert_eq!(checks::run(&examined), [], "{release}");
    }
    let home = inputs.join("home/wso2mi-1.2.0");
    let examined = examined(&inputs.join("wso2mi-4.0.0.zip"), Some(&home));
    let found: Vec<_> = checks::run(&examined).into_iter().map(|found| (found.code.0, found.message)).collect();
    let says = |code: u16, words: [&str; 2]| {
        found.iter().any(|(found, message)| *found == code && words.iter().all(|word| message.contains(word)))
    };
    assert!(says(1001, ["com.example.partnerclient", "org.apache.http; version=\"[4.3,4.4)\""]), "{found:?}");
    assert!(says(1002, ["openjpa-all", "javax.transaction.xa"]), "{found:?}");
    assert!(says(1006, ["kafka-clients", "Bundle-SymbolicName"]), "{found:?}");
    // The healthy fragment, and all others, are silent.
    assert_eq!(found.len(), 3, "{found:?}");
}
