//! `sbom.cdx.json`: what the upgraded tree is made of.
//!
//! `UPGRADE_CYCLONEDX` names a Python with `cyclonedx-python-lib[json-validation]`, which carries the schemas and reads
//! package URLs: an independent reader.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use upgrade_tests::{Case, NAME, TOP, Trees, json, program, real_inputs, run, skipped, unzipped};
use xtask::digest::Digest;
use xtask::sample;

const SBOM: &str = "sbom.cdx.json";

/// Validates against the schema of its version, nothing beyond it allowed, and reads every package URL and writes it
/// again.
const CHECK: &str = r#"
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
text = open(sys.argv[1], encoding="utf-8").read()
bom = json.loads(text)
version = SchemaVersion.from_version(bom["specVersion"])
error = JsonStrictValidator(version).validate_str(text)
assert error is None, error
urls = 0
def look(components):
    global urls
    for component in components:
        if "purl" in component:
            urls += 1
            assert PackageURL.from_string(component["purl"]).to_string() == component["purl"], component["purl"]
        look(component.get("components", []))
look(bom["components"])
print(urls)
"#;

/// How many package URLs an independent reader finds in a file that it finds valid.
fn validated(file: &Path) -> Option<usize> {
    let Some(python) = std::env::var_os("UPGRADE_CYCLONEDX") else {
        skipped("UPGRADE_CYCLONEDX names no Python with cyclonedx-python-lib");
        return None;
    };
    let ran = run(Command::new(python).args(["-c", CHECK]).arg(file));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    Some(ran.stdout.trim().parse().expect("a number"))
}

fn property<'a>(component: &'a Value, name: &str) -> Option<&'a str> {
    let properties = component["properties"].as_array()?;
    properties.iter().find(|property| property["name"] == name)?["value"].as_str()
}

/// Every component by its path.
fn components(bom: &Value) -> BTreeMap<String, &Value> {
    let mut found = BTreeMap::new();
    for component in bom["components"].as_array().expect("components") {
        let path = property(component, "wso2mi-upgrade:path").expect("a path").to_owned();
        assert_eq!(component["bom-ref"], path.as_str());
        assert!(found.insert(path.clone(), component).is_none(), "`{path}` is there twice");
    }
    found
}

fn references(components: &Value, into: &mut BTreeSet<String>) {
    for component in components.as_array().into_iter().flatten() {
        let reference = component["bom-ref"].as_str().expect("a reference");
        assert!(into.insert(reference.to_owned()), "`{reference}` is there twice");
        references(&component["components"], into);
    }
}

fn is_of_the_kind(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default();
    ["jar", "war", "car", "mar", "aar"].contains(&extension) || path.contains("/synapse-libs/") && extension == "zip"
}

/// Every jar of the archive is there once, with the digest of its bytes; and what the manifest says of where it is from.
fn agrees_with_the_archive(bundle: &Path) -> Value {
    let bom = json(&bundle.join(SBOM));
    let listed = components(&bom);
    let manifest = json(&bundle.join("manifest.json"));
    let entries = manifest["entries"].as_array().expect("entries").iter().filter(|entry| entry["kind"] == "file");
    let from: BTreeMap<_, _> =
        entries.map(|entry| (entry["path"].as_str().expect("a path"), &entry["from"]["input"])).collect();
    let mut files = BTreeSet::new();
    for (name, bytes) in unzipped(&bundle.join(format!("{NAME}.zip"))) {
        let path = name.strip_prefix(TOP).expect("below the top folder");
        if !is_of_the_kind(path) || !from.contains_key(name.as_str()) {
            continue;
        }
        let component = listed.get(path).unwrap_or_else(|| panic!("`{path}` is not in the bill"));
        assert_eq!(component["hashes"][0]["alg"], "SHA-256");
        assert_eq!(component["hashes"][0]["content"], Digest::of(&bytes).to_string().as_str(), "{path}");
        assert_eq!(property(component, "wso2mi-upgrade:origin"), from[name.as_str()].as_str(), "{path}");
        files.insert(path.to_owned());
    }
    let more: Vec<_> = listed.iter().filter(|(path, _)| !files.contains(*path)).collect();
    // A bundle that lies unpacked is a folder.
    assert!(more.iter().all(|(_, component)| component.get("hashes").is_none()), "{more:?}");
    let mut all = BTreeSet::new();
    references(&bom["components"], &mut all);
    assert!(!all.contains("wso2mi-4.0.0"), "the reference of the product");
    bom
}

#[test]
fn every_jar_of_the_sample_is_there_once_with_its_digest() {
    let mut trees = Trees::sample();
    let shaded = sample::jar(
        &[],
        &[
            (
                "META-INF/maven/com.example/rates/pom.properties",
                b"version=1.0+b7\ngroupId=com.example\nartifactId=rates\n",
            ),
            ("META-INF/maven/org.example/csv/pom.properties", b"version=2.1\ngroupId=org.example\nartifactId=csv\n"),
            (
                "lib/codec.jar",
                &sample::jar(
                    &[],
                    &[(
                        "META-INF/maven/org.example/codec/pom.properties",
                        b"version=3\ngroupId=org.example\nartifactId=codec\n",
                    )],
                ),
            ),
        ],
    );
    sample::put(&mut trees.home, "lib/rates-1.0.jar", shaded);
    sample::put(&mut trees.home, "lib/broken.jar", b"no jar".to_vec());
    let case = Case::of(&trees);
    let ran = case.run("package", Some("[severity]\nMI1102 = \"note\"\n"), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bom = agrees_with_the_archive(&case.bundle());
    let listed = components(&bom);
    for (path, origin) in [("lib/rates-1.0.jar", "home"), ("lib/broken.jar", "home")] {
        assert_eq!(property(listed[path], "wso2mi-upgrade:origin"), Some(origin), "{path}");
    }
    let origins: BTreeSet<_> =
        listed.values().map(|component| property(component, "wso2mi-upgrade:origin").expect("an origin")).collect();
    assert_eq!(origins, BTreeSet::from(["fresh", "hl7", "home"]));
    let rates = listed["lib/rates-1.0.jar"];
    assert_eq!(
        (&rates["name"], &rates["version"], &rates["purl"]),
        (&"rates".into(), &"1.0+b7".into(), &"pkg:maven/com.example/rates@1.0%2Bb7".into())
    );
    let inside: Vec<_> =
        rates["components"].as_array().expect("what is inside").iter().map(|part| &part["purl"]).collect();
    assert_eq!(inside, ["pkg:maven/org.example/csv@2.1", "pkg:maven/org.example/codec@3"]);
    assert_eq!(
        (&listed["lib/broken.jar"]["name"], &listed["lib/broken.jar"]["version"]),
        (&"broken".into(), &Value::Null)
    );
    if let Some(urls) = validated(&case.bundle().join(SBOM)) {
        assert_eq!(urls, 3);
    }
}

/// What was learnt of a distribution before says the same as what is read.
#[test]
fn two_runs_give_the_same_bytes_and_no_place_of_the_machine() {
    let case = Case::of(&Trees::sample());
    let mut bytes = Vec::new();
    for cache in ["one", "one", "another"] {
        let mut command = program!("package");
        command.args(case.given.arguments()).arg("--out").arg(case.out());
        let ran = run(command.env("XDG_CACHE_HOME", case.folder.path().join(cache)));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        bytes.push(fs::read_to_string(case.bundle().join(SBOM)).expect("a file"));
    }
    assert!(bytes.iter().all(|other| *other == bytes[0]));
    let folder = case.folder.path().to_str().expect("UTF-8");
    assert!(!bytes[0].contains(folder));
    let ran = run(program!("package")
        .args(case.given.arguments())
        .arg("--out")
        .arg(case.out())
        .env("SOURCE_DATE_EPOCH", "1700000000"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let later = json(&case.bundle().join(SBOM));
    let first: Value = serde_json::from_str(&bytes[0]).expect("JSON");
    assert_eq!(later["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    assert_eq!(later["components"], first["components"]);
    assert_ne!(later["serialNumber"], first["serialNumber"]);
}

/// Of a real distribution most bundles say what they were built as, and many what they hold.
#[test]
fn the_bill_of_a_real_size_home_is_valid() {
    let Some(inputs) = real_inputs() else { return };
    let out = tempfile::tempdir().expect("a folder");
    let mut command = program!("package", "--home", inputs.join("home/wso2mi-1.2.0"));
    command.arg("--fresh").arg(inputs.join("wso2mi-4.0.0.zip")).arg("--hl7").arg(inputs.join("wso2mi-hl7-4.0.0.zip"));
    let ran = run(command.arg("--out").arg(out.path()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bundle = out.path().join(NAME);
    let bom = agrees_with_the_archive(&bundle);
    let listed = components(&bom);
    assert!(listed.len() > 290, "only {} components", listed.len());
    let with = |what: &str| listed.values().filter(|component| component.get(what).is_some()).count();
    assert!(with("purl") > 110 && with("components") > 15, "{} {}", with("purl"), with("components"));
    if let Some(urls) = validated(&bundle.join(SBOM)) {
        assert!(urls > 170, "only {urls} package URLs");
    }
}
