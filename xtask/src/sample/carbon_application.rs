//! Carbon applications.
//!
//! In: artifacts. Out: the bytes of a `.car`. Always: `artifacts.xml` first and an entry for every folder, without
//! which no release of the server unpacks it.

use super::jar::plain_zip;

/// One artifact of a carbon application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// Its name.
    pub name: String,
    /// Its type, such as `synapse/api` or `registry/resource`.
    pub kind: String,
    /// The file that `artifact.xml` names.
    pub file: String,
    /// Everything in its folder but `artifact.xml`, by path.
    pub contents: Vec<(String, Vec<u8>)>,
}

impl Artifact {
    /// An artifact of one file, such as a synapse artifact or a data service.
    pub fn file(name: &str, kind: &str, file: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let contents = vec![(file.to_owned(), bytes.into())];
        Self { name: name.to_owned(), kind: kind.to_owned(), file: file.to_owned(), contents }
    }

    /// A registry resource: `file` goes to the registry folder `path`, such as `/_system/governance/xslt`.
    pub fn registry_resource(name: &str, path: &str, file: &str, media_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let info = format!(
            "<resources><item><file>{file}</file><path>{path}</path><mediaType>{media_type}</mediaType>\
             <properties/></item></resources>"
        );
        let contents =
            vec![("registry-info.xml".to_owned(), info.into_bytes()), (format!("resources/{file}"), bytes.into())];
        Self { name: name.to_owned(), kind: "registry/resource".into(), file: "registry-info.xml".into(), contents }
    }
}

/// A carbon application of the artifacts given, each of the version of the whole.
pub fn carbon_application(name: &str, version: &str, artifacts: &[Artifact]) -> Vec<u8> {
    let mut entries = vec![("artifacts.xml".to_owned(), artifacts_xml(name, version, artifacts).into_bytes())];
    for Artifact { name, kind, file, contents } in artifacts {
        let folder = format!("{name}_{version}");
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><artifact name=\"{name}\" version=\"{version}\" \
             type=\"{kind}\" serverRole=\"EnterpriseServiceBus\">\n    <file>{file}</file>\n</artifact>"
        );
        entries.push((format!("{folder}/artifact.xml"), xml.into_bytes()));
        entries.extend(contents.iter().map(|(path, bytes)| (format!("{folder}/{path}"), bytes.clone())));
    }
    let entries: Vec<_> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    plain_zip(&entries)
}

fn artifacts_xml(name: &str, version: &str, artifacts: &[Artifact]) -> String {
    let dependencies: Vec<_> = artifacts
        .iter()
        .map(|artifact| {
            format!(
                "\n        <dependency artifact=\"{}\" version=\"{version}\" include=\"true\" \
                 serverRole=\"EnterpriseServiceBus\"/>",
                artifact.name
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><artifacts>\n    <artifact name=\"{name}\" version=\"{version}\" \
         type=\"carbon/application\">{}\n    </artifact>\n</artifacts>",
        dependencies.concat()
    )
}
