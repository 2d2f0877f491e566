//! The classes that files of `conf` name.
//!
//! In: the files by path. Out: each class with what it is used as. Always: an element without a class where one is
//! needed gives an empty name; a file that is no sound XML gives nothing, which another check tells.
//!
//! Source: MI v4.0.0 `repository/resources/conf/templates`; SYN v2.1.7-wso2v227 `SynapsePropertiesLoader` and what asks
//! it for classes.

use crate::facts::synapse;
use crate::properties;
use roxmltree::Node;

/// The files of XML that name classes.
const XML: [&str; 6] = [
    "conf/axis2/axis2.xml",
    "conf/axis2/axis2_blocking_client.xml",
    "conf/carbon.xml",
    "conf/internal-apis.xml",
    "conf/synapse-handlers.xml",
    "conf/user-mgt.xml",
];
/// The files of properties that do, with the properties: lists with commas.
const PROPERTIES: [(&str, &[&str]); 2] = [
    (
        "conf/synapse.properties",
        &[
            FUNCTIONS,
            VARIABLES,
            "synapse.observers",
            "synapse.carbon.ext.tenant.info",
            "synapse.carbon.ext.tenant.info.initiator",
        ],
    ),
    ("conf/jndi.properties", &[FACTORY]),
];
const FUNCTIONS: &str = "synapse.xpath.func.extensions";
const VARIABLES: &str = "synapse.xpath.var.extensions";
const FACTORY: &str = "java.naming.factory.initial";
/// Parameters of transports whose value is a class.
const PARAMETERS: [&str; 2] = [FACTORY, "httpGetProcessor"];

/// What a class is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// A handler of `synapse-handlers.xml`.
    SynapseHandler,
    /// A receiver or sender of `axis2.xml`.
    Transport,
    /// A provider of `XPath` functions or variables.
    XPath,
    /// Anything else.
    Other,
}

impl Use {
    /// Whether the server does not start without it.
    pub(super) fn is_fatal(self) -> bool {
        self != Self::Other
    }

    /// What the server does without it.
    pub(super) fn consequence(self) -> &'static str {
        match self {
            Self::SynapseHandler => "the server stops with `Error creating Handler for class name`",
            Self::Transport => "the server stops with `WSO2 Carbon initialization Failed`",
            Self::XPath => "the server stops with `Error while initializing Synapse Xpath extension providers`",
            Self::Other => "what it is configured for does not work",
        }
    }
}

/// A class that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The class; empty where the file leaves it out.
    pub(super) class: String,
    /// What it is used as.
    pub(super) used_as: Use,
    /// The file.
    pub(super) path: &'static str,
    /// What names it: an element with its name, or a property.
    pub(super) owner: String,
}

/// The classes that the files name, in the order of the files.
pub(super) fn named<'a>(text: impl Fn(&str) -> Option<&'a [u8]>) -> Vec<Named> {
    let mut found = Vec::new();
    for path in XML {
        let Some(bytes) = text(path) else { continue };
        let decoded = synapse::decode(bytes);
        let Ok(document) = synapse::parse(&decoded) else { continue };
        for element in document.descendants().filter(Node::is_element) {
            found.extend(of_element(path, element));
        }
    }
    for (path, keys) in PROPERTIES {
        for property in text(path).map(properties::read).unwrap_or_default() {
            if !keys.contains(&property.key.as_str()) {
                continue;
            }
            let used_as = if [FUNCTIONS, VARIABLES].contains(&property.key.as_str()) { Use::XPath } else { Use::Other };
            let owner = format!("`{}`", property.key);
            let classes = property.value.split(',').map(str::trim).filter(|class| !class.is_empty());
            found.extend(classes.map(|class| Named { class: class.to_owned(), used_as, path, owner: owner.clone() }));
        }
    }
    found
}

/// The class that an element names.
fn of_element(path: &'static str, element: Node<'_, '_>) -> Option<Named> {
    let tag = element.tag_name().name();
    let used_as = match (path, tag) {
        ("conf/synapse-handlers.xml", "handler") => Use::SynapseHandler,
        ("conf/axis2/axis2.xml", "transportReceiver" | "transportSender") => Use::Transport,
        _ => Use::Other,
    };
    let is_class_parameter =
        tag == "parameter" && element.attribute("name").is_some_and(|name| PARAMETERS.contains(&name));
    let class = match element.attribute("class").or_else(|| element.attribute("className")) {
        Some(class) => class,
        None if tag == "Class" || tag.ends_with("ClassName") || is_class_parameter => element.text()?,
        None if used_as.is_fatal() => "",
        None => return None,
    };
    let name = ["name", "contentType", "mep"].iter().find_map(|attribute| element.attribute(*attribute));
    let owner = match name.filter(|name| !name.is_empty()) {
        // Whatever is in it stays on one line.
        Some(name) => format!("{tag} `{}`", name.escape_debug()),
        None => format!("a {tag}"),
    };
    Some(Named { class: class.trim().to_owned(), used_as, path, owner })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_that_names_a_class_is_known() {
        let files = [
            (
                "conf/axis2/axis2.xml",
                "<axisconfig><transportReceiver name='hl7' class=' a.Receiver '>\
                 <parameter name='x'><parameter name='java.naming.factory.initial'>a.Factory</parameter></parameter>\
                 </transportReceiver><messageBuilder contentType='t/x' class='a.Builder'/>\
                 <phaseOrder><phase name='p' class='a.Phase'><handler name='h' class='a.Handler'/></phase></phaseOrder>\
                 <!-- <handler class='a.Comment'/> --><parameter name='other'>a.Other</parameter></axisconfig>",
            ),
            ("conf/synapse-handlers.xml", "<handlers><handler name='' class=''/></handlers>"),
            ("conf/carbon.xml", "<Server><Processor><Class>a.Processor\n</Class></Processor></Server>"),
            ("conf/synapse.properties", "synapse.xpath.func.extensions = a.One, a.Two\nother = a.No\n"),
            ("conf/user-mgt.xml", "<broken"),
        ];
        let text = |path: &str| files.iter().find(|(known, _)| *known == path).map(|(_, text)| text.as_bytes());
        let found: Vec<_> = named(text).into_iter().map(|named| (named.class, named.used_as, named.owner)).collect();
        let expected = [
            ("a.Receiver", Use::Transport, "transportReceiver `hl7`"),
            ("a.Factory", Use::Other, "parameter `java.naming.factory.initial`"),
            ("a.Builder", Use::Other, "messageBuilder `t/x`"),
            ("a.Phase", Use::Other, "phase `p`"),
            ("a.Handler", Use::Other, "handler `h`"),
            ("a.Processor", Use::Other, "a Class"),
            ("", Use::SynapseHandler, "a handler"),
            ("a.One", Use::XPath, "`synapse.xpath.func.extensions`"),
            ("a.Two", Use::XPath, "`synapse.xpath.func.extensions`"),
        ];
        let expected = expected.map(|(class, used_as, owner)| (class.to_owned(), used_as, owner.to_owned()));
        assert_eq!(found, expected);
    }
}
