//! What is deployed: synapse configuration, data services, data sources, registry resources, and the archives that they
//! come in.
//!
//! In: the text of an artifact, or an archive. Out: [`Artifact`]s and [`Package`]s. Always: bounded memory and time; a
//! damaged artifact is one with its problem; no value of an artifact that may be a secret is kept.

mod application;
mod archive;
mod connector;
mod data;
mod ports;
mod synapse;
mod xml;

use crate::classes::{self, Index, Whose};
use crate::digest::Digest;
use crate::path::EntryPath;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// What an artifact is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `<api>`
    Api,
    /// `<proxy>`
    Proxy,
    /// `<sequence>`
    Sequence,
    /// `<endpoint>`
    Endpoint,
    /// `<localEntry>`
    LocalEntry,
    /// `<template>`
    Template,
    /// `<task>`
    Task,
    /// `<inboundEndpoint>`
    InboundEndpoint,
    /// `<messageStore>`
    MessageStore,
    /// `<messageProcessor>`
    MessageProcessor,
    /// `<registry>` of `registry.xml`.
    Registry,
    /// `<data>` of a data service.
    DataService,
    /// `<datasource>` of a carbon application.
    DataSource,
    /// A resource of the registry.
    RegistryResource,
    /// Anything else.
    #[default]
    Other,
}

impl Kind {
    /// What a message calls it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Proxy => "proxy",
            Self::Sequence => "sequence",
            Self::Endpoint => "endpoint",
            Self::LocalEntry => "local entry",
            Self::Template => "template",
            Self::Task => "task",
            Self::InboundEndpoint => "inbound endpoint",
            Self::MessageStore => "message store",
            Self::MessageProcessor => "message processor",
            Self::Registry => "registry",
            Self::DataService => "data service",
            Self::DataSource => "data source",
            Self::RegistryResource => "registry resource",
            Self::Other => "artifact",
        }
    }
}

/// One artifact, or a file that holds several (`synapse.xml`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// What it is; [`Kind::Other`] for a file that holds several.
    pub kind: Kind,
    /// Its name; empty where it has none.
    pub name: String,
    /// What a file that holds several defines. Empty for all others.
    pub parts: Vec<(Kind, String)>,
    /// What it refers to by name.
    pub references: Vec<Reference>,
    /// The classes that it names.
    pub classes: Vec<ClassUse>,
    /// The ports that it listens on.
    pub ports: Vec<Port>,
    /// Its uses of the HL7 transport, as [`crate::facts::synapse::hl7_uses`] tells them.
    pub hl7_uses: Vec<String>,
    /// The JNDI name of a data source.
    pub jndi_name: Option<String>,
    /// The parameters of `registry.xml` that say where the registry lies (`ConfigRegRoot` and the like).
    pub roots: BTreeMap<String, String>,
    /// Why it does not parse: a lower-case fragment, and the line from 1.
    pub problem: Option<(String, Option<usize>)>,
    /// Why the server does not take it although it parses: a lower-case fragment.
    pub mismatch: Option<String>,
}

impl Artifact {
    /// What it defines by name: itself, or what the file holds.
    pub fn defined(&self) -> impl Iterator<Item = (Kind, &str)> {
        let own = self.parts.is_empty().then_some((self.kind, self.name.as_str()));
        own.into_iter().chain(self.parts.iter().map(|(kind, name)| (*kind, name.as_str())))
    }
}

/// Another artifact or resource that an artifact refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// What is expected under the name.
    pub kind: Kind,
    /// The name, or a registry key such as `gov:/xslt/a.xslt`.
    pub name: String,
    /// The line from 1.
    pub line: usize,
}

/// What a named class is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Of `<class name="..">` in a sequence.
    ClassMediator,
    /// Of `<handler class="..">` in an API.
    ApiHandler,
    /// Of a message store or message processor.
    MessageStore,
    /// Of `<task class="..">`.
    Task,
    /// Of an inbound endpoint.
    InboundEndpoint,
    /// Of the registry.
    Registry,
    /// A JDBC driver of a data service, data source, or database mediator.
    JdbcDriver,
    /// Any other.
    Other,
}

/// A class that an artifact names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassUse {
    /// What as.
    pub role: Role,
    /// The class, with dots.
    pub class: String,
    /// The line from 1.
    pub line: usize,
}

/// A port that an artifact listens on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// The parameter that says so, such as `inbound.hl7.Port`.
    pub parameter: String,
    /// The port as it is written there.
    pub number: u16,
    /// Whether the server's port offset is added.
    pub offset: Offset,
    /// The line from 1.
    pub line: usize,
}

/// Whether the server's port offset is added to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offset {
    /// It is.
    Added,
    /// It is not.
    NotAdded,
    /// As `mediation.inbound.port_offset_enable` says.
    AsConfigured,
}

/// What kind of archive it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageKind {
    /// `.car`
    CarbonApplication,
    /// A connector: `.zip` in `synapse-libs`.
    Connector,
    /// `.aar`
    AxisService,
}

/// An archive with artifacts or classes in it.
#[derive(Clone, Debug)]
pub struct Package {
    /// What kind.
    pub kind: PackageKind,
    /// The name that its description gives it; empty where it has none.
    pub name: String,
    /// The version that its description gives it.
    pub version: String,
    /// The artifacts that the server deploys of it, by their path in the archive.
    pub artifacts: BTreeMap<String, Artifact>,
    /// The registry resources of a carbon application.
    pub registry: Vec<RegistryResource>,
    /// Its classes, those of jars in it included.
    pub classes: Index,
    /// What is wrong with the archive itself, found while it was read: the checks make diagnostics of it.
    pub flaws: Vec<Flaw>,
}

/// A registry resource that a carbon application deploys.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegistryResource {
    /// Where 4.0.0 puts it: `registry/governance/xslt/a.xslt`.
    pub path: String,
    /// Where 1.2.0 put it, if elsewhere.
    pub former: Option<String>,
    /// The file in the archive.
    pub file: String,
    /// Of its text as the server writes it. `None` for a file that was too large to be kept.
    pub digest: Option<Digest>,
}

/// What is wrong with an archive or its description. Names are as the archive has them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// An entry cannot be read, or is not what its check sum says: the entry, and a lower-case fragment.
    Damaged(String, String),
    /// More than is looked at: a lower-case fragment. Nothing can be said of the rest.
    TooLarge(String),
    /// It has files in a folder that has no entry of its own, or only a later one: the server does not unpack it
    /// (F28). The first such folder.
    NoFolderEntry(String),
    /// A name that the server unpacks to somewhere else: the name, and a lower-case fragment.
    Name(String, &'static str),
    /// A description that is missing or that the server cannot read: the file, a lower-case fragment, the line.
    Description(String, String, Option<usize>),
    /// 4.0.0 reads `metadata.xml` instead of `artifacts.xml` (F19), and it says something else: a lower-case fragment.
    StrayMetadata(String),
    /// `artifacts.xml` asks for an artifact that is not there: its name and version.
    MissingDependency(String, String),
    /// An artifact is meant for another server: its name, and the server role (empty where it has none, which the
    /// server cannot take).
    OtherRole(String, String),
    /// Nothing in it is meant for this server.
    NothingToDeploy,
    /// An artifact has a type that this server does not deploy: its name and type.
    UnknownType(String, String),
    /// An artifact names another number of files than one: its name, and how many.
    FileCount(String, usize),
    /// An artifact names a file that is not there: the artifact, and the file.
    MissingFile(String, String),
    /// A registry resource names a file that is not there: the artifact, and the file.
    MissingResource(String, String),
}

/// Reads an archive with artifacts. The error is a lower-case fragment.
pub fn package<R: Read + Seek>(kind: PackageKind, mut reader: R) -> Result<Package, String> {
    let contents = archive::read(kind, &mut reader)?;
    let mut package = match kind {
        PackageKind::CarbonApplication => application::read(&contents),
        PackageKind::Connector => connector::read(&contents),
        PackageKind::AxisService => connector::axis_service(&contents),
    };
    // An archive that cannot be read to its end has its flaw already.
    if !package.flaws.iter().any(|flaw| matches!(flaw, Flaw::TooLarge(_))) && reader.rewind().is_ok() {
        package.classes = classes::read(&mut reader, Whose::Users).unwrap_or_default();
    }
    package.flaws.sort();
    package.flaws.dedup();
    Ok(package)
}

/// Reads a text that lies loose in a folder of `repository/deployment`; `None` for what the server does not deploy.
///
/// Source: wso2-synapse v2.1.7-wso2v227 `MultiXMLConfigurationBuilder` (one level of folders, `*.xml`), MI v4.0.0
/// `AppDeployerServiceComponent` (`dataservices`).
pub fn loose(path: &EntryPath, text: &[u8]) -> Option<Artifact> {
    if path.is_in("repository/deployment/server/dataservices") && path.has_extension("dbs") {
        return Some(data::service(text));
    }
    let inside = path.below("repository/deployment/server/synapse-configs/default")?;
    if !path.has_extension("xml") {
        return None;
    }
    match inside.split_once('/') {
        None if inside == "synapse.xml" || inside == "registry.xml" || inside == "task-manager.xml" => {
            Some(synapse::read(text, ""))
        }
        Some((folder, file)) if !file.contains('/') => {
            let (_, expected) = FOLDERS.iter().find(|(name, _)| *name == folder)?;
            Some(synapse::read(text, expected))
        }
        _ => None,
    }
}

/// The names of the data sources that a file of `conf/datasources` holds; none where it does not parse.
pub fn data_source_names(text: &[u8]) -> Vec<String> {
    data::source_names(text)
}

/// The folders of `synapse-configs/default`, and the element that the server expects in a file of each; empty where any
/// is taken.
const FOLDERS: [(&str, &str); 13] = [
    ("api", "api"),
    ("endpoints", "endpoint"),
    ("event-sources", ""),
    ("imports", ""),
    ("inbound-endpoints", "inboundEndpoint"),
    ("local-entries", "localEntry"),
    ("message-processors", "messageProcessor"),
    ("message-stores", "messageStore"),
    ("priority-executors", ""),
    ("proxy-services", "proxy"),
    ("sequences", "sequence"),
    ("tasks", "task"),
    ("templates", "template"),
];

#[cfg(test)]
mod tests;
