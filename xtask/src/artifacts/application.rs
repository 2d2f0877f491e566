//! A carbon application: what its descriptions ask for, and what of it the server deploys.
//!
//! In: the contents of a `.car`. Out: a [`Package`]. Always: follows 4.0.0; all flaws, not the first alone.
//!
//! Source: MI v4.0.0 `ApplicationConfiguration`, `CappDeployer` (an artifact is found by the name and version in its
//! `artifact.xml`, whatever its folder is called), `SynapseAppDeployer`, `DataSourceCappDeployer`,
//! `DefaultAppDeployer`, `FileRegistryResourceDeployer`, and `carbon.xml.j2` for the server roles.

use super::archive::Contents;
use super::xml::{self, Problem, clean};
use super::{Artifact, Flaw, Kind, Package, PackageKind, RegistryResource, data, synapse};
use crate::classes::Index;
use crate::facts::carbon_application::description::{self, Dependency, Described, Listed, registry_paths};
use crate::facts::carbon_application::in_collection;
use crate::facts::synapse::parse;
use std::collections::BTreeMap;

/// The kinds of server that MI is, in both releases.
const ROLES: [&str; 3] = ["EnterpriseIntegrator", "EnterpriseServiceBus", "DataServicesServer"];
/// No more registry resources than this are told apart.
const MOST_RESOURCES: usize = 20_000;

/// The types of one file with a synapse artifact, and the element that it holds.
const SYNAPSE_TYPES: [(&str, &str); 10] = [
    ("synapse/api", "api"),
    ("synapse/endpoint", "endpoint"),
    ("synapse/inbound-endpoint", "inboundEndpoint"),
    ("synapse/local-entry", "localEntry"),
    ("synapse/message-processors", "messageProcessor"),
    ("synapse/message-store", "messageStore"),
    ("synapse/proxy-service", "proxy"),
    ("synapse/sequence", "sequence"),
    ("synapse/task", "task"),
    ("synapse/template", "template"),
];
/// Types that are taken and not looked into. The last two are for the service catalog.
const OTHER_TYPES: [&str; 5] = ["synapse/lib", "service/axis2", "bundle", "synapse/metadata", "service/meta"];

/// A package with nothing but what is wrong with the archive.
pub(super) fn bare(kind: PackageKind, contents: &Contents) -> Package {
    Package {
        kind,
        name: String::new(),
        version: String::new(),
        artifacts: BTreeMap::new(),
        registry: Vec::new(),
        classes: Index::default(),
        flaws: contents.flaws.clone(),
    }
}

/// Reads a carbon application.
pub(super) fn read(contents: &Contents) -> Package {
    let mut package = bare(PackageKind::CarbonApplication, contents);
    if !contents.is_whole {
        return package;
    }
    let Some(application) = application(contents, &mut package.flaws) else { return package };
    package.name.clone_from(&application.name);
    package.version.clone_from(&application.version);
    let described = described(contents, &mut package.flaws);
    let mut is_anything_here = false;
    for dependency in &application.dependencies {
        let role = dependency.role.as_deref().unwrap_or_default();
        if !ROLES.contains(&role) {
            package.flaws.push(Flaw::OtherRole(clean(&dependency.name), clean(role)));
            continue;
        }
        is_anything_here = true;
        if let Some((folder, artifact)) = described.get(&(dependency.name.clone(), dependency.version.clone())) {
            deploy(contents, folder, artifact, &mut package);
        } else {
            package.flaws.push(Flaw::MissingDependency(clean(&dependency.name), clean(&dependency.version)));
        }
    }
    if !is_anything_here {
        package.flaws.push(Flaw::NothingToDeploy);
    }
    package
}

/// What the description of the whole says.
#[derive(Clone, PartialEq, Eq)]
struct Application {
    name: String,
    version: String,
    dependencies: Vec<Dependency>,
}

/// The description that 4.0.0 follows.
fn application(contents: &Contents, flaws: &mut Vec<Flaw>) -> Option<Application> {
    let by_artifacts = described_whole(contents, "artifacts.xml");
    if contents.holds("metadata.xml") {
        let by_metadata = described_whole(contents, "metadata.xml");
        match (&by_metadata, &by_artifacts) {
            (Ok(metadata), Ok(artifacts)) if metadata == artifacts => {}
            (Ok(Some(_)), _) => {
                flaws.push(Flaw::StrayMetadata("asks for other artifacts than `artifacts.xml`".to_owned()));
                return by_metadata.ok().flatten();
            }
            (Ok(None), _) => {}
            (Err((why, _)), _) => flaws.push(Flaw::StrayMetadata(why.clone())),
        }
    }
    by_artifacts.unwrap_or_else(|(why, line)| {
        flaws.push(Flaw::Description("artifacts.xml".to_owned(), why, line));
        None
    })
}

/// Reads `artifacts.xml`, or a `metadata.xml` in its stead; `None` for one that is too large to be looked at.
fn described_whole(contents: &Contents, name: &str) -> Result<Option<Application>, Problem> {
    with_document(contents, name, |root| {
        let artifacts = root.children().filter(|child| child.tag_name().name() == "artifact");
        let whole = artifacts.into_iter().find(|child| child.attribute("type") == Some("carbon/application"));
        let whole = whole.ok_or_else(|| ("names no artifact of the type `carbon/application`".to_owned(), None))?;
        let attribute = |name| clean(whole.attribute(name).unwrap_or_default());
        let dependencies = description::dependencies(whole);
        Ok(Application { name: attribute("name"), version: attribute("version"), dependencies })
    })
}

/// Parses a file and hands on its root; `None` where nothing can be known of it.
pub(super) fn with_document<T>(
    contents: &Contents,
    name: &str,
    make: impl FnOnce(roxmltree::Node<'_, '_>) -> Result<T, Problem>,
) -> Result<Option<T>, Problem> {
    let Some(bytes) = contents.kept.get(name) else {
        return if contents.holds(name) { Ok(None) } else { Err(("is not there".to_owned(), None)) };
    };
    let text = xml::text(bytes)?;
    match parse(&text) {
        Ok(document) => make(document.root_element()).map(Some),
        Err(unparsed) => xml::problem(&unparsed).map_or(Ok(None), Err),
    }
}

/// The artifacts that have a description, by name and version, with their folders.
fn described(contents: &Contents, flaws: &mut Vec<Flaw>) -> BTreeMap<(String, String), (String, Described)> {
    let mut found = BTreeMap::new();
    for name in &contents.names {
        let Some(folder) = name.strip_suffix("/artifact.xml").filter(|folder| !folder.contains('/')) else { continue };
        let described = with_document(contents, name, |root| match root.tag_name().name() {
            "artifact" if root.attribute("name").is_some() => Ok(description::artifact(root)),
            "artifact" => Err(("has no name".to_owned(), None)),
            _ => Err(("holds no `<artifact>`".to_owned(), None)),
        });
        match described {
            Ok(Some(artifact)) => {
                let key = (artifact.name.clone(), artifact.version.clone());
                found.entry(key).or_insert((folder.to_owned(), artifact));
            }
            Ok(None) => {}
            Err((why, line)) => flaws.push(Flaw::Description(clean(name), why, line)),
        }
    }
    found
}

/// Adds what the server deploys of an artifact.
fn deploy(contents: &Contents, folder: &str, artifact: &Described, package: &mut Package) {
    let name = clean(&artifact.name);
    let kind = artifact.kind.as_deref().unwrap_or_default();
    let element = SYNAPSE_TYPES.iter().find(|(known, _)| *known == kind).map(|(_, element)| *element);
    let is_data = matches!(kind, "datasource/datasource" | "service/dataservice");
    let is_registry = kind == "registry/resource";
    if element.is_none() && !is_data && !is_registry && !OTHER_TYPES.contains(&kind) && !kind.starts_with("lib/") {
        package.flaws.push(Flaw::UnknownType(name, clean(kind)));
        return;
    }
    let count = artifact.files.len();
    if count == 0 || (count > 1 && kind != "datasource/datasource") {
        package.flaws.push(Flaw::FileCount(name, count));
        return;
    }
    for file in &artifact.files {
        let path = format!("{folder}/{file}");
        if !contents.holds(&path) {
            package.flaws.push(Flaw::MissingFile(name.clone(), clean(file)));
            continue;
        }
        if is_registry {
            registry(contents, folder, &path, &name, package);
            continue;
        }
        let Some(bytes) = contents.kept.get(&path) else { continue };
        let read = match (element, kind) {
            (Some(element), _) => synapse::read(bytes, element),
            (None, "datasource/datasource") => data::source(bytes),
            (None, "service/dataservice") => data::service(bytes),
            _ => continue,
        };
        package.artifacts.insert(path, read);
    }
}

/// Adds the registry resources that a `registry-info.xml` lists.
fn registry(contents: &Contents, folder: &str, info: &str, name: &str, package: &mut Package) {
    let listed = with_document(contents, info, |root| Ok(description::registry_list(root).collect::<Vec<_>>()));
    let listed = match listed {
        Ok(listed) => listed.unwrap_or_default(),
        Err((why, line)) => {
            package.flaws.push(Flaw::Description(clean(info), why, line));
            return;
        }
    };
    for line in listed {
        match line {
            Listed::Item { file, place } => {
                let path = format!("{folder}/resources/{file}");
                if contents.holds(&path) {
                    resource(contents, path, &registry_paths(&place, &file), package);
                } else {
                    package.flaws.push(Flaw::MissingResource(name.to_owned(), clean(&file)));
                }
            }
            Listed::Collection { directory, place } => {
                let start = format!("{folder}/resources/{}", directory.trim_matches('/'));
                for file in in_collection(&contents.names, folder, &directory) {
                    resource(contents, format!("{start}/{file}"), &registry_paths(&place, file), package);
                }
            }
        }
    }
}

fn resource(contents: &Contents, file: String, places: &[String], package: &mut Package) {
    let (Some(path), true) = (places.last(), package.registry.len() < MOST_RESOURCES) else { return };
    let former = places.first().filter(|first| *first != path).map(|first| clean(first));
    package.registry.push(RegistryResource {
        path: clean(path),
        former,
        file: clean(&file),
        digest: contents.digests.get(&file).copied(),
    });
    let is_xml = ["xml", "xsl", "xslt", "xsd", "wsdl"]
        .iter()
        .any(|extension| file.rsplit_once('.').is_some_and(|(_, found)| found == *extension));
    if let Some(bytes) = contents.kept.get(&file).filter(|_| is_xml) {
        let read = Artifact { kind: Kind::RegistryResource, name: clean(path), ..synapse::read(bytes, "") };
        package.artifacts.insert(file, read);
    }
}
