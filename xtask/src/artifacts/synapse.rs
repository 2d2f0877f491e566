//! Artifacts of the synapse configuration.
//!
//! In: the bytes of an artifact, and the element that is expected. Out: an [`Artifact`]. Always: only elements of
//! synapse's own namespace count; what a payload, a local entry or a script holds is no configuration.
//!
//! Source: wso2-synapse v2.1.7-wso2v227, the factories in `org.apache.synapse.config.xml`.

use super::ports;
use super::xml::{self, Lines};
use super::{Artifact, ClassUse, Kind, Reference, Role};
use crate::facts::synapse;
use roxmltree::Node;
use std::collections::BTreeSet;

/// The namespace of synapse; the one of before 2.1 (`http://synapse.apache.org/ns/2010/04/configuration`) is no longer
/// known to either release.
const NAMESPACE: &str = "http://ws.apache.org/ns/synapse";
/// No more references or classes than this are told of one file.
const MOST_USES: usize = 10_000;

/// The elements that are artifacts of their own.
const ARTIFACTS: [(&str, Kind); 11] = [
    ("api", Kind::Api),
    ("proxy", Kind::Proxy),
    ("sequence", Kind::Sequence),
    ("endpoint", Kind::Endpoint),
    ("localEntry", Kind::LocalEntry),
    ("template", Kind::Template),
    ("task", Kind::Task),
    ("inboundEndpoint", Kind::InboundEndpoint),
    ("messageStore", Kind::MessageStore),
    ("messageProcessor", Kind::MessageProcessor),
    ("registry", Kind::Registry),
];

/// Attributes that name another artifact: the element, the attribute, what is expected. A [`Kind::LocalEntry`] stands
/// for anything that can be looked up by a key.
const NAMED: &[(&str, &str, Kind)] = &[
    ("sequence", "key", Kind::Sequence),
    ("sequence", "onError", Kind::Sequence),
    ("target", "sequence", Kind::Sequence),
    ("target", "inSequence", Kind::Sequence),
    ("target", "outSequence", Kind::Sequence),
    ("target", "faultSequence", Kind::Sequence),
    ("target", "endpoint", Kind::Endpoint),
    ("resource", "inSequence", Kind::Sequence),
    ("resource", "outSequence", Kind::Sequence),
    ("resource", "faultSequence", Kind::Sequence),
    ("resource", "key", Kind::LocalEntry),
    ("inboundEndpoint", "sequence", Kind::Sequence),
    ("inboundEndpoint", "onError", Kind::Sequence),
    ("foreach", "sequence", Kind::Sequence),
    ("onComplete", "sequence", Kind::Sequence),
    ("onCacheHit", "sequence", Kind::Sequence),
    ("then", "sequence", Kind::Sequence),
    ("else", "sequence", Kind::Sequence),
    ("throttle", "onAccept", Kind::Sequence),
    ("throttle", "onReject", Kind::Sequence),
    ("entitlementService", "onAccept", Kind::Sequence),
    ("entitlementService", "onReject", Kind::Sequence),
    ("entitlementService", "obligations", Kind::Sequence),
    ("entitlementService", "advice", Kind::Sequence),
    ("send", "receive", Kind::Sequence),
    ("store", "sequence", Kind::Sequence),
    ("store", "messageStore", Kind::MessageStore),
    ("messageProcessor", "messageStore", Kind::MessageStore),
    ("messageProcessor", "targetEndpoint", Kind::Endpoint),
    ("endpoint", "key", Kind::Endpoint),
    ("endpoint", "template", Kind::Template),
    ("callout", "endpointKey", Kind::Endpoint),
    ("publishWSDL", "endpoint", Kind::Endpoint),
    ("publishWSDL", "key", Kind::LocalEntry),
    ("call-template", "target", Kind::Template),
    ("call-template", "onError", Kind::Sequence),
    ("policy", "key", Kind::LocalEntry),
    ("enableSec", "policy", Kind::LocalEntry),
    ("enableSec", "inboundPolicy", Kind::LocalEntry),
    ("enableSec", "outboundPolicy", Kind::LocalEntry),
    ("xslt", "key", Kind::LocalEntry),
    ("fastXSLT", "key", Kind::LocalEntry),
    ("xquery", "key", Kind::LocalEntry),
    ("variable", "key", Kind::LocalEntry),
    ("smooks", "config-key", Kind::LocalEntry),
    ("script", "key", Kind::LocalEntry),
    ("include", "key", Kind::LocalEntry),
    ("schema", "key", Kind::LocalEntry),
    ("format", "key", Kind::LocalEntry),
    ("datamapper", "config", Kind::LocalEntry),
    ("datamapper", "inputSchema", Kind::LocalEntry),
    ("datamapper", "outputSchema", Kind::LocalEntry),
    ("datamapper", "xsltStyleSheet", Kind::LocalEntry),
];

/// Parameters and properties whose value names another artifact: the element around, the name, what is expected.
const NAMED_BY_PARAMETERS: &[(&str, &str, Kind)] = &[
    ("messageProcessor", "message.processor.reply.sequence", Kind::Sequence),
    ("messageProcessor", "message.processor.fault.sequence", Kind::Sequence),
    ("messageProcessor", "message.processor.deactivate.sequence", Kind::Sequence),
    ("messageProcessor", "message.target.store.name", Kind::MessageStore),
    ("messageProcessor", "sequence", Kind::Sequence),
    ("messageStore", "store.failover.message.store.name", Kind::MessageStore),
    ("task", "sequenceName", Kind::Sequence),
    ("task", "proxyName", Kind::Proxy),
];

/// Attributes that name a class: the element, the attribute, what as.
const CLASSES: &[(&str, &str, Role)] = &[
    ("class", "name", Role::ClassMediator),
    ("handler", "class", Role::ApiHandler),
    ("messageStore", "class", Role::MessageStore),
    ("messageProcessor", "class", Role::MessageStore),
    ("task", "class", Role::Task),
    ("inboundEndpoint", "class", Role::InboundEndpoint),
    ("registry", "provider", Role::Registry),
    ("taskManager", "provider", Role::Other),
    ("pojoCommand", "name", Role::Other),
    ("bean", "class", Role::Other),
];

/// Parameters whose value names a class.
const CLASS_PARAMETERS: &[(&str, Role)] = &[
    ("store.jdbc.driver", Role::JdbcDriver),
    ("transport.hl7.MessagePreprocessorClass", Role::Other),
    ("inbound.hl7.MessagePreProcessor", Role::Other),
];

/// Reads an artifact. `expected` is the element that belongs there; empty where any does.
pub(super) fn read(bytes: &[u8], expected: &str) -> Artifact {
    let kind = kind_of(expected);
    let text = match xml::text(bytes) {
        Ok(text) => text,
        Err(problem) => return Artifact { kind, problem: Some(problem), ..Artifact::default() },
    };
    let document = match synapse::parse(&text) {
        Ok(document) => document,
        Err(unparsed) => return Artifact { kind, problem: xml::problem(&unparsed), ..Artifact::default() },
    };
    let root = document.root_element();
    let mut artifact = Artifact {
        kind: kind_of(root.tag_name().name()),
        name: name_of(root),
        hl7_uses: synapse::hl7_uses_of(&document),
        mismatch: mismatch(root, expected),
        ..Artifact::default()
    };
    if root.tag_name().name() == "definitions" {
        let parts = root.children().filter(|child| child.tag_name().namespace() == Some(NAMESPACE));
        let parts = parts.map(|part| (kind_of(part.tag_name().name()), name_of(part)));
        artifact.parts = parts.filter(|(kind, name)| *kind != Kind::Other && !name.is_empty()).collect();
    }
    let lines = Lines::of(&text);
    artifact.ports = ports::of(root, &lines);
    look(root, &lines, &mut artifact);
    artifact
}

fn kind_of(element: &str) -> Kind {
    ARTIFACTS.iter().find(|(name, _)| *name == element).map(|(_, kind)| *kind).unwrap_or_default()
}

/// The name that the server knows an element by: with its version for an API that has one.
fn name_of(element: Node<'_, '_>) -> String {
    let attribute = |name| element.attribute(name).unwrap_or_default().trim();
    match element.tag_name().name() {
        "localEntry" => xml::clean(attribute("key")),
        "api" if !attribute("version").is_empty() && !attribute("version-type").is_empty() => {
            xml::clean(&format!("{}:v{}", attribute("name"), attribute("version")))
        }
        _ => xml::clean(attribute("name")),
    }
}

/// Why the server does not take an element where another belongs.
fn mismatch(root: Node<'_, '_>, expected: &str) -> Option<String> {
    if expected.is_empty() {
        return None;
    }
    let element = root.tag_name().name();
    if element != expected {
        return Some(format!("holds a `<{}>` where a `<{expected}>` belongs", xml::clean(element)));
    }
    // What a local entry needs it finds without a namespace.
    if element != "localEntry" && root.tag_name().namespace() != Some(NAMESPACE) {
        return Some(format!("has a `<{element}>` that is not in the namespace `{NAMESPACE}`"));
    }
    name_of(root).is_empty().then(|| format!("has a `<{element}>` without a name"))
}

/// Goes through the elements in their order, and leaves out what is no configuration.
fn look(root: Node<'_, '_>, lines: &Lines, artifact: &mut Artifact) {
    let mut seen = BTreeSet::new();
    let mut open = vec![root];
    while let Some(element) = open.pop() {
        if artifact.references.len() + artifact.classes.len() >= MOST_USES {
            return;
        }
        if element.tag_name().namespace() == Some(NAMESPACE) {
            look_at(element, lines, artifact, &mut seen);
            if holds_content(element) {
                continue;
            }
        }
        let at = open.len();
        open.extend(element.children().filter(Node::is_element));
        open.get_mut(at..).unwrap_or_default().reverse();
    }
}

/// Whether what an element holds is content, however it looks.
fn holds_content(element: Node<'_, '_>) -> bool {
    let name = element.tag_name().name();
    let parent = element.parent_element().map(|parent| parent.tag_name().name()).unwrap_or_default();
    matches!(name, "localEntry" | "script" | "description" | "publishWSDL" | "detail")
        || (name == "format" && parent == "payloadFactory")
        || (name == "source" && parent == "enrich")
        || (name == "property" && parent != "task")
}

fn look_at(element: Node<'_, '_>, lines: &Lines, artifact: &mut Artifact, seen: &mut BTreeSet<(Kind, String)>) {
    let name = element.tag_name().name();
    let parent = element.parent_element().map(|parent| parent.tag_name().name()).unwrap_or_default();
    let mut refer = |kind: Kind, value: &str| {
        if let Some((kind, name)) = referred(kind, value)
            && seen.insert((kind, name.clone()))
        {
            artifact.references.push(Reference { kind, name, line: lines.line(element) });
        }
    };
    for attribute in element.attributes() {
        let (key, value) = (attribute.name(), attribute.value());
        if let Some((.., kind)) = NAMED.iter().find(|(element, attribute, _)| (*element, *attribute) == (name, key)) {
            refer(*kind, value);
        } else if key == "configKey" && name.contains('.') || (key == "key" && name == "source" && parent == "enrich") {
            refer(Kind::LocalEntry, value);
        }
        for key in registry_keys(value) {
            refer(Kind::RegistryResource, key);
        }
    }
    if matches!(name, "parameter" | "property")
        && let Some(key) = element.attribute("name")
    {
        let value = element.attribute("value").or_else(|| element.text()).unwrap_or_default().trim();
        let named = NAMED_BY_PARAMETERS.iter().find(|(around, name, _)| (*around, *name) == (parent, key));
        if let Some((.., kind)) = named {
            refer(*kind, value);
        }
        if let Some((_, role)) = CLASS_PARAMETERS.iter().find(|(name, _)| *name == key) {
            add_class(artifact, *role, value, lines.line(element));
        }
        if parent == "registry" && key.ends_with("RegRoot") {
            artifact.roots.insert(key.to_owned(), value.to_owned());
        }
    }
    let class = CLASSES.iter().find(|(element, ..)| *element == name);
    if let Some((value, role)) = class.and_then(|(_, attribute, role)| Some((element.attribute(*attribute)?, role))) {
        add_class(artifact, *role, value, lines.line(element));
    }
    if name == "driver" && parent == "pool" {
        add_class(artifact, Role::JdbcDriver, element.text().unwrap_or_default(), lines.line(element));
    }
}

/// Adds a class, where the value is the name of one and no expression.
pub(super) fn add_class(artifact: &mut Artifact, role: Role, value: &str, line: usize) {
    let class = value.trim();
    let is_name = |part: &str| {
        part.starts_with(|first: char| first.is_alphabetic() || first == '_' || first == '$')
            && part.chars().all(|character| character.is_alphanumeric() || character == '_' || character == '$')
    };
    let is_expression = class.starts_with('$');
    if class.len() <= 500 && !is_expression && class.split('.').all(is_name) {
        artifact.classes.push(ClassUse { role, class: class.to_owned(), line });
    }
}

/// What a value refers to; `None` for an expression, a file, an address.
fn referred(kind: Kind, value: &str) -> Option<(Kind, String)> {
    let name = value.trim();
    let is_expression = name.is_empty() || name.len() > 1000 || name.contains(['{', '}', '$', '(']);
    let is_elsewhere = ["file:", "http:", "https:", "resources:"].iter().any(|scheme| name.starts_with(scheme));
    if is_expression || is_elsewhere {
        return None;
    }
    let in_registry = REGISTRIES.iter().any(|root| name.starts_with(root));
    Some((if in_registry { Kind::RegistryResource } else { kind }, xml::clean(name)))
}

/// How a key of the registry begins.
const REGISTRIES: [&str; 3] = ["gov:", "conf:", "local:"];

/// The keys that an expression asks the registry for by `get-property('registry', 'gov:/..')`.
fn registry_keys(expression: &str) -> Vec<&str> {
    let Some((_, mut rest)) = expression.split_once("get-property") else { return Vec::new() };
    let mut keys = Vec::new();
    // A key that is put together at run time is none.
    while !expression.contains("concat")
        && let Some((_, after)) = rest.split_once(['\'', '"'])
    {
        let Some((literal, after)) = after.split_once(['\'', '"']) else { break };
        if REGISTRIES.iter().any(|root| literal.starts_with(root)) && after.trim_start().starts_with(')') {
            keys.push(literal.split('@').next().unwrap_or(literal));
        }
        rest = after;
    }
    keys
}
