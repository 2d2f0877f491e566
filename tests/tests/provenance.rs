//! `provenance.intoto.json`: what a bundle was made of, and by what.
//!
//! `UPGRADE_CYCLONEDX` names a Python that may have `in-toto-attestation` too, which reads statements by their protocol
//! buffers: an independent reader.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use upgrade_tests::{Case, Given, NAME, Trees, files_in, json, program, run, skipped};
use xtask::digest::Digest;
use xtask::sample;

const PROVENANCE: &str = "provenance.intoto.json";

/// Reads the statement and the predicate, nothing unknown allowed, and checks what each must have.
const CHECK: &str = r#"
import json, sys
from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
import in_toto_attestation.v1.statement_pb2 as statements
import in_toto_attestation.predicates.provenance.v1.provenance_pb2 as provenances
text = open(sys.argv[1], encoding="utf-8").read()
Statement.copy_from_pb(json_format.Parse(text, statements.Statement())).validate()
predicate = json_format.ParseDict(json.loads(text)["predicate"], provenances.Provenance())
assert predicate.build_definition.build_type and predicate.run_details.builder.id
print(len(predicate.build_definition.resolved_dependencies))
"#;

/// How many inputs an independent reader finds.
fn read_back(file: &Path) -> Option<usize> {
    let Some(python) = std::env::var_os("UPGRADE_CYCLONEDX") else {
        skipped("UPGRADE_CYCLONEDX names no Python with in-toto-attestation");
        return None;
    };
    if run(Command::new(&python).args(["-c", "import in_toto_attestation"])).code != Some(0) {
        skipped("the Python of UPGRADE_CYCLONEDX has no in-toto-attestation");
        return None;
    }
    let ran = run(Command::new(python).args(["-c", CHECK]).arg(file));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    Some(ran.stdout.trim().parse().expect("a number"))
}

fn sha256(bytes: &[u8]) -> Value {
    json!({ "sha256": Digest::of(bytes).to_string() })
}

/// What Go's directory hash is of a folder, in hexadecimal digits.
fn dir_hash(files: &BTreeMap<String, Vec<u8>>) -> Value {
    let lines: Vec<_> = files.iter().map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes))).collect();
    let text = lines.concat();
    json!({ "dirHash": Digest::of(text.as_bytes()).to_string() })
}

/// The statement has what its specification asks for.
fn statement(file: &Path) -> Value {
    let found = json(file);
    assert_eq!(found["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(found["predicateType"], "https://slsa.dev/provenance/v1");
    let predicate = &found["predicate"];
    let (build, run) = (&predicate["buildDefinition"], &predicate["runDetails"]);
    for uri in [&build["buildType"], &run["builder"]["id"]] {
        assert!(uri.as_str().expect("a URI").starts_with("urn:"), "{uri}");
    }
    assert!(build["externalParameters"].is_object());
    for resources in [&found["subject"], &build["resolvedDependencies"], &run["byproducts"]] {
        let resources = resources.as_array().expect("a list");
        assert!(!resources.is_empty());
        for resource in resources {
            assert!(
                resource["name"].as_str().is_some_and(|name| !name.is_empty() && !name.contains('/')),
                "{resource}"
            );
            for (algorithm, digest) in resource["digest"].as_object().expect("digests") {
                assert!(["sha256", "dirHash"].contains(&algorithm.as_str()), "{resource}");
                assert!(Digest::parse(digest.as_str().expect("a digest")).is_some(), "{resource}");
            }
        }
    }
    // No clock.
    assert!(run.get("metadata").is_none());
    found
}

fn inputs(statement: &Value) -> BTreeMap<&str, &Value> {
    let inputs = statement["predicate"]["buildDefinition"]["resolvedDependencies"].as_array().expect("inputs");
    inputs.iter().map(|input| (input["annotations"]["input"].as_str().expect("a role"), input)).collect()
}

#[test]
fn it_names_every_input_and_option_with_what_came_of_them() {
    let case = Case::of(&Trees::sample());
    let overlay = case.folder.path().join("team");
    fs::create_dir_all(overlay.join("files/conf")).expect("a folder");
    fs::write(overlay.join("overlay.toml"), "description = \"ours\"\n").expect("a file");
    fs::write(overlay.join("files/conf/team.properties"), "a=b\n").expect("a file");
    fs::write(overlay.join("files/NOTES"), "none\n").expect("a file");
    let policy = "[severity]\nMI1102 = \"note\"\n";
    let overlay_argument = overlay.to_str().expect("UTF-8");
    let ran = case.run("package", Some(policy), &["--overlay", overlay_argument, "--db", "none", "--render-conf"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bundle = case.bundle();
    let found = statement(&bundle.join(PROVENANCE));
    let read = |name: &str| fs::read(bundle.join(name)).expect("a file");

    let archive = format!("{NAME}.zip");
    assert_eq!(found["subject"], json!([{ "name": archive, "digest": sha256(&read(&archive)) }]));
    let predicate = &found["predicate"];
    let decisions = ["manifest.json", "policy.toml", "report.json"];
    let decisions: Vec<_> =
        decisions.iter().map(|name| json!({ "name": name, "digest": sha256(&read(name)) })).collect();
    assert_eq!(predicate["runDetails"]["byproducts"], json!(decisions));
    assert_eq!(
        predicate["buildDefinition"]["externalParameters"],
        json!({
            "name": NAME,
            "output": ["zip"],
            "top": "wso2mi-4.0.0",
            "overlay": ["team"],
            "policy": sha256(policy.as_bytes()),
            "db": "none",
            "render_conf": true,
            "platform": null,
            "SOURCE_DATE_EPOCH": 318_211_200,
        })
    );
    let inputs = inputs(&found);
    assert_eq!(inputs.keys().collect::<Vec<_>>(), [&"fresh", &"hl7", &"home", &"overlay", &"policy", &"pristine"]);
    let given = &case.given;
    for (input, path) in
        [("fresh", &given.fresh), ("hl7", &given.hl7[0]), ("pristine", given.pristine.as_ref().expect("it"))]
    {
        assert_eq!(inputs[input]["digest"], sha256(&fs::read(path).expect("a file")), "{input}");
    }
    assert_eq!(inputs["overlay"]["digest"], dir_hash(&files_in(&overlay)));
    assert_eq!(inputs["overlay"]["name"], "team");
    assert_eq!(
        (&inputs["policy"]["name"], &inputs["policy"]["digest"]),
        (&json!("policy.toml"), &sha256(policy.as_bytes()))
    );
    assert_eq!(inputs["home"]["name"], sample::PRISTINE_TOP);
    if let Some(count) = read_back(&bundle.join(PROVENANCE)) {
        assert_eq!(count, 6);
    }
}

/// Of a home without anything that is left out by its name, the hash is that of the whole folder.
#[test]
fn a_folder_has_the_hash_that_go_gives_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let trees = Trees::unchanged();
    let given = trees.write(folder.path());
    let fresh = folder.path().join("unpacked").join(sample::FRESH_TOP);
    sample::write_tree(&fresh, &trees.fresh).expect("written");
    let case = Case::with(Given { fresh: fresh.clone(), ..given });
    let ran = case.package(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let found = statement(&case.bundle().join(PROVENANCE));
    let inputs = inputs(&found);
    assert_eq!(inputs["fresh"]["digest"], dir_hash(&files_in(&fresh)));
    assert!(!inputs.contains_key("policy") && !inputs.contains_key("hl7"));
    let parameters = &found["predicate"]["buildDefinition"]["externalParameters"];
    assert_eq!((&parameters["policy"], &parameters["db"]), (&Value::Null, &Value::Null));
}

/// Neither file holds a place of the machine, or anything of the contents of files; both are the same in every run.
#[test]
fn two_runs_give_the_same_bytes_without_places_and_secrets() {
    let mut written = BTreeSet::new();
    let mut passwords = BTreeSet::new();
    for _ in 0..2 {
        let case = Case::of(&Trees::sample());
        let mut command = program!("package");
        command.args(case.given.arguments()).arg("--out").arg(case.out()).env("USER", "somebody");
        let ran = run(&mut command);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let texts = [PROVENANCE, "sbom.cdx.json"].map(|name| fs::read_to_string(case.bundle().join(name)).expect("it"));
        let toml = fs::read_to_string(case.given.home.join("conf/deployment.toml")).expect("it");
        let secret = |line: &str| {
            let (key, value) = line.split_once('=')?;
            let value = value.trim().trim_matches('"').to_owned();
            (key.contains("password") && value.len() > 5 && !value.starts_with('$')).then_some(value)
        };
        passwords.extend(toml.lines().filter_map(secret));
        for text in &texts {
            for word in [case.folder.path().to_str().expect("UTF-8"), "somebody", "/home/", "/tmp/"] {
                assert!(!text.contains(word), "`{word}` is in it");
            }
            assert!(passwords.iter().all(|password| !text.contains(password)), "a password is in it");
        }
        written.insert(texts);
    }
    assert_eq!(written.len(), 1, "two runs differ");
    assert!(passwords.len() > 1, "the sample has passwords: {passwords:?}");
}
