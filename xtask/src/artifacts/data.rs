//! Data services, and data sources of carbon applications.
//!
//! In: the bytes of one. Out: an [`Artifact`] with the drivers that it names. Always: no URL, user name or password is
//! kept.
//!
//! Source: MI v4.0.0 `org.wso2.micro.integrator.dataservices.core` (`DBConstants`: the names of the properties are the
//! old ones with a prefix, or the new ones without) and `DataSourceCappDeployer`.

use super::synapse::add_class;
use super::xml::{self, Lines};
use super::{Artifact, Kind, Reference, Role};
use crate::facts::carbon_application::description::child_text;
use crate::facts::synapse;
use roxmltree::{Document, Node};

/// Properties of a `<config>` that name a class.
const CLASS_PROPERTIES: [(&str, Role); 6] = [
    ("driverClassName", Role::JdbcDriver),
    ("org.wso2.ws.dataservice.driver", Role::JdbcDriver),
    ("dataSourceClassName", Role::Other),
    ("org.wso2.ws.dataservice.xa_datasource_class", Role::Other),
    ("custom_query_datasource_class", Role::Other),
    ("custom_tabular_datasource_class", Role::Other),
];

/// Reads a data service.
pub(super) fn service(bytes: &[u8]) -> Artifact {
    read(bytes, Kind::DataService, "data", |document, lines, artifact| {
        let root = document.root_element();
        artifact.name = xml::clean(root.attribute("name").unwrap_or_default().trim());
        let properties = root.descendants().filter(|node| node.tag_name().name() == "property");
        for property in properties.filter(|node| is_in(*node, "config")) {
            let (key, value) = (property.attribute("name"), property.text().unwrap_or_default().trim());
            if let Some((_, role)) = CLASS_PROPERTIES.iter().find(|(name, _)| Some(*name) == key) {
                add_class(artifact, *role, value, lines.line(property));
            }
            if key == Some("carbon_datasource_name") && !value.is_empty() {
                let name = xml::clean(value);
                artifact.references.push(Reference { kind: Kind::DataSource, name, line: lines.line(property) });
            }
        }
    })
}

/// Reads a data source.
pub(super) fn source(bytes: &[u8]) -> Artifact {
    read(bytes, Kind::DataSource, "datasource", |document, lines, artifact| {
        let root = document.root_element();
        artifact.name = child_text(root, "name").map(|name| xml::clean(&name)).unwrap_or_default();
        let jndi = root.children().find(|child| child.tag_name().name() == "jndiConfig");
        artifact.jndi_name = jndi.and_then(|jndi| child_text(jndi, "name")).map(|name| xml::clean(&name));
        for node in root.descendants().filter(Node::is_element) {
            let role = match node.tag_name().name() {
                "driverClassName" => Role::JdbcDriver,
                "dataSourceClassName" => Role::Other,
                _ => continue,
            };
            add_class(artifact, role, node.text().unwrap_or_default(), lines.line(node));
        }
    })
}

/// The names of the data sources in a file of `conf/datasources`.
pub(super) fn source_names(bytes: &[u8]) -> Vec<String> {
    let text = xml::text(bytes).unwrap_or_default();
    let Ok(document) = synapse::parse(&text) else { return Vec::new() };
    let sources = document.descendants().filter(|node| node.tag_name().name() == "datasource");
    sources.filter_map(|source| child_text(source, "name")).collect()
}

fn is_in(node: Node<'_, '_>, parent: &str) -> bool {
    node.parent_element().is_some_and(|element| element.tag_name().name() == parent)
}

fn read(bytes: &[u8], kind: Kind, expected: &str, fill: impl FnOnce(&Document<'_>, &Lines, &mut Artifact)) -> Artifact {
    let mut artifact = Artifact { kind, ..Artifact::default() };
    let text = match xml::text(bytes) {
        Ok(text) => text,
        Err(problem) => return Artifact { problem: Some(problem), ..artifact },
    };
    let document = match synapse::parse(&text) {
        Ok(document) => document,
        Err(unparsed) => return Artifact { problem: xml::problem(&unparsed), ..artifact },
    };
    let root = document.root_element().tag_name().name();
    if root == expected {
        fill(&document, &Lines::of(&text), &mut artifact);
        artifact.mismatch = artifact.name.is_empty().then(|| format!("has a `<{expected}>` without a name"));
    } else {
        artifact.mismatch = Some(format!("holds a `<{}>` where a `<{expected}>` belongs", xml::clean(root)));
    }
    artifact.hl7_uses = synapse::hl7_uses_of(&document);
    artifact
}
