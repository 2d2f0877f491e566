//! `provenance.intoto.json`: what a bundle was made of, and by what, as an in-toto statement with SLSA provenance.
//!
//! In: what was written, the options that decide it, and the digest of each input. Out: the file. Always: the same bytes
//! for the same inputs and options: no clock, no host, no user, no place of the machine, no secret.
//!
//! Sources: in-toto/attestation `spec/v1/statement.md`, `resource_descriptor.md`, `digest_set.md`; SLSA v1.0 provenance,
//! <https://slsa.dev/spec/v1.0/provenance>.

use crate::digest::Digest;
use crate::report::TOOL_VERSION;
use crate::report::sbom::TOOL;
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The name of the file in a bundle.
pub const NAME: &str = "provenance.intoto.json";
/// What kind of build it is: it says which parameters there are. A change of their meaning makes a new one.
pub const BUILD_TYPE: &str = "urn:wso2mi-upgrade:package:v1";
/// Who built: the program, wherever it ran.
const BUILDER: &str = "urn:wso2mi-upgrade:packager";

/// Everything that the file says.
#[derive(Clone, Debug)]
pub struct Provenance<'a> {
    /// What was written: each file by its name in the bundle; an image by its name, with its manifest's digest.
    pub subjects: &'a [(String, Digest)],
    /// The options.
    pub parameters: Parameters<'a>,
    /// The inputs, in the order in which reports list them.
    pub dependencies: &'a [Dependency],
    /// The files of the bundle that say what was decided, by name.
    pub decisions: &'a [(String, Digest)],
}

/// The options that decide what is written.
#[derive(Clone, Debug)]
pub struct Parameters<'a> {
    /// The name of the bundle.
    pub name: &'a str,
    /// The kinds of output.
    pub outputs: &'a [&'a str],
    /// The top folder of the archives.
    pub top: &'a str,
    /// The names of the overlays, in their order.
    pub overlays: Vec<&'a str>,
    /// The digest of the policy, where one was given.
    pub policy: Option<Digest>,
    /// The kind of database that `--db` named.
    pub database: Option<&'a str>,
    /// Whether rendered files were asked for.
    pub render_conf: bool,
    /// The platform of an image.
    pub platform: Option<String>,
    /// The one time of the bundle.
    pub time: Timestamp,
}

/// One input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What it is for: `home`, `fresh`, `pristine`, `hl7`, `overlay`, `policy`, `base-image`.
    pub input: &'static str,
    /// Its name, without the folders before it.
    pub name: String,
    /// What tells it from others.
    pub sum: Sum,
}

/// The digest of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// Of a file as it is.
    File(Digest),
    /// Of a folder, over those of its files that were read: [`Digest::of_tree`].
    Folder(Digest),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: Vec<Resource<'a>>,
    predicate_type: &'static str,
    predicate: Predicate<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Predicate<'a> {
    build_definition: BuildDefinition<'a>,
    run_details: RunDetails<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildDefinition<'a> {
    build_type: &'static str,
    external_parameters: External<'a>,
    resolved_dependencies: Vec<Resource<'a>>,
}

/// The names are those of the arguments.
#[derive(Serialize)]
struct External<'a> {
    name: &'a str,
    output: &'a [&'a str],
    top: &'a str,
    overlay: &'a [&'a str],
    policy: Option<BTreeMap<&'static str, String>>,
    db: Option<&'a str>,
    render_conf: bool,
    platform: Option<&'a str>,
    #[serde(rename = "SOURCE_DATE_EPOCH")]
    source_date_epoch: u64,
}

#[derive(Serialize)]
struct RunDetails<'a> {
    builder: Builder,
    byproducts: Vec<Resource<'a>>,
}

#[derive(Serialize)]
struct Builder {
    id: &'static str,
    version: BTreeMap<&'static str, &'static str>,
}

#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    digest: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<&'static str, &'static str>>,
}

/// Writes the file.
pub fn render(provenance: &Provenance<'_>) -> anyhow::Result<String> {
    let parameters = &provenance.parameters;
    let statement = Statement {
        kind: "https://in-toto.io/Statement/v1",
        subject: files(provenance.subjects),
        predicate_type: "https://slsa.dev/provenance/v1",
        predicate: Predicate {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE,
                external_parameters: External {
                    name: parameters.name,
                    output: parameters.outputs,
                    top: parameters.top,
                    overlay: &parameters.overlays,
                    policy: parameters.policy.map(sha256),
                    db: parameters.database,
                    render_conf: parameters.render_conf,
                    platform: parameters.platform.as_deref(),
                    source_date_epoch: parameters.time.seconds(),
                },
                resolved_dependencies: provenance.dependencies.iter().map(input).collect(),
            },
            run_details: RunDetails {
                builder: Builder { id: BUILDER, version: BTreeMap::from([(TOOL, TOOL_VERSION)]) },
                byproducts: files(provenance.decisions),
            },
        },
    };
    Ok(serde_json::to_string_pretty(&statement)? + "\n")
}

fn sha256(digest: Digest) -> BTreeMap<&'static str, String> {
    BTreeMap::from([("sha256", digest.to_string())])
}

fn files(files: &[(String, Digest)]) -> Vec<Resource<'_>> {
    files.iter().map(|(name, digest)| Resource { name, digest: sha256(*digest), annotations: None }).collect()
}

fn input(dependency: &Dependency) -> Resource<'_> {
    Resource {
        name: &dependency.name,
        digest: match dependency.sum {
            Sum::File(digest) => sha256(digest),
            Sum::Folder(digest) => BTreeMap::from([("dirHash", digest.to_string())]),
        },
        annotations: Some(BTreeMap::from([("input", dependency.input)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_says_what_was_made_of_what_and_how() {
        let digest = Digest::of(b"abc");
        let of = |name: &str| (name.to_owned(), digest);
        let dependency = |input, name: &str, sum| Dependency { input, name: name.to_owned(), sum };
        let provenance = Provenance {
            subjects: &[of("n.zip")],
            parameters: Parameters {
                name: "n",
                outputs: &["zip"],
                top: "wso2mi-4.0.0",
                overlays: vec!["container"],
                policy: Some(digest),
                database: Some("mysql"),
                render_conf: true,
                platform: None,
                time: Timestamp::FIXED,
            },
            dependencies: &[
                dependency("home", "wso2mi-1.2.0", Sum::Folder(digest)),
                dependency("fresh", "wso2mi-4.0.0.zip", Sum::File(digest)),
            ],
            decisions: &[of("manifest.json")],
        };
        let text = render(&provenance).expect("rendered");
        let sha256 = json!({ "sha256": digest.to_string() });
        let expected = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "name": "n.zip", "digest": sha256 }],
            "predicateType": "https://slsa.dev/provenance/v1",
            "predicate": {
                "buildDefinition": {
                    "buildType": "urn:wso2mi-upgrade:package:v1",
                    "externalParameters": {
                        "name": "n",
                        "output": ["zip"],
                        "top": "wso2mi-4.0.0",
                        "overlay": ["container"],
                        "policy": sha256,
                        "db": "mysql",
                        "render_conf": true,
                        "platform": null,
                        "SOURCE_DATE_EPOCH": 318_211_200,
                    },
                    "resolvedDependencies": [
                        {
                            "name": "wso2mi-1.2.0",
                            "digest": { "dirHash": digest.to_string() },
                            "annotations": { "input": "home" },
                        },
                        { "name": "wso2mi-4.0.0.zip", "digest": sha256, "annotations": { "input": "fresh" } },
                    ],
                },
                "runDetails": {
                    "builder": {
                        "id": "urn:wso2mi-upgrade:packager",
                        "version": { "wso2mi-upgrade": TOOL_VERSION },
                    },
                    "byproducts": [{ "name": "manifest.json", "digest": sha256 }],
                },
            },
        });
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("JSON"), expected);
        assert!(text.ends_with("}\n"));
    }
}
