//! What is deployed: synapse configuration, data services, data sources, registry resources, and the archives that they
//! come in.
//!
//! In: the text of an artifact, or an archive. Out: [`Artifact`]s and [`Package`]s. Always: bounded memory and time; a
//! damaged artifact is one with its problem; no value of an artifact that may be a secret is kept.

pub mod details;

use crate::classes::Index;
use crate::path::EntryPath;
use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// What an artifact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    Other,
}

/// One artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// What it is.
    pub kind: Kind,
    /// Its name; empty where it has none.
    pub name: String,
    /// What it refers to by name.
    pub references: Vec<Reference>,
    /// The classes that it names.
    pub classes: Vec<ClassUse>,
    /// The ports that it listens on.
    pub ports: Vec<Port>,
    /// The JNDI name of a data source, where it has one.
    pub jndi_name: Option<String>,
    /// Why it does not parse: a lower-case fragment, and the line from 1.
    pub problem: Option<(String, Option<usize>)>,
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
    /// Its artifacts by their path in the archive.
    pub artifacts: BTreeMap<String, Artifact>,
    /// Its classes, those of jars in it included.
    pub classes: Index,
    /// What is wrong with the archive itself, found while it was read: the checks make diagnostics of it.
    pub flaws: Vec<Flaw>,
}

/// What is wrong with an archive or its description. Grows with the checks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// It has files in folders that have no entry of their own: the server does not unpack it (F28).
    NoFolderEntries,
}

/// Reads an archive with artifacts. The error is a lower-case fragment.
pub fn package<R: Read + Seek>(kind: PackageKind, _reader: R) -> Result<Package, String> {
    Ok(Package { kind, artifacts: BTreeMap::new(), classes: Index::default(), flaws: Vec::new() })
}

/// Reads a text that lies loose in a folder of `repository/deployment`; `None` for what the server does not deploy.
pub fn loose(_path: &EntryPath, _text: &[u8]) -> Option<Artifact> {
    None
}
