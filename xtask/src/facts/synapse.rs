//! Uses of the HL7 transport in synapse artifacts.
//!
//! In: the XML of an artifact. Out: one lower-case fragment for each use. Always: XML that is not well-formed, or
//! has a document type, has no uses: other checks speak of that.
//!
//! An inbound endpoint with `protocol="hl7"` is no use: it needs nothing but the HAPI bundle that both releases
//! ship (MI v4.0.0, `org.wso2.micro.integrator.inbound.endpoint`, package `protocol.hl7`).

use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeSet;

/// Prefixes of the classes that the HL7 pack brings: as they are named since MI 1.0, and as EI 6 named them.
pub const CLASS_PREFIXES: [&str; 2] =
    ["org.wso2.micro.integrator.business.messaging.hl7.", "org.wso2.carbon.business.messaging.hl7."];

/// More nodes than this are no artifact.
const MOST_NODES: u32 = 2_000_000;
/// Elements nested deeper than this are no artifact, and might exhaust the parser's stack.
const DEEPEST: usize = 512;

/// Parses XML as all readers of this module do: no document type, bounded.
pub(super) fn parse(text: &str) -> Option<Document<'_>> {
    if nesting(text) > DEEPEST {
        return None;
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text.trim_start_matches('\u{FEFF}'), options).ok()
}

/// The text of an XML file: UTF-8, or the Latin-1 that older artifacts are written in.
pub(super) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// An upper bound of how deep elements are nested; comments and the like only make it larger.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        if after.starts_with('/') {
            depth = depth.saturating_sub(1);
        } else if after.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && !after.split('>').next().is_some_and(|tag| tag.ends_with('/'))
        {
            depth += 1;
            deepest = deepest.max(depth);
        }
        rest = after;
    }
    deepest
}

/// The uses of the HL7 transport in one artifact, in the order in which they stand there, each once.
pub fn hl7_uses(xml: &[u8]) -> Vec<String> {
    let text = decode(xml);
    let Some(document) = parse(&text) else { return Vec::new() };
    let mut uses = Vec::new();
    let mut seen = BTreeSet::new();
    for element in document.descendants().filter(Node::is_element) {
        for found in uses_of(element) {
            if seen.insert(found.clone()) {
                uses.push(found);
            }
        }
    }
    uses
}

fn uses_of(element: Node<'_, '_>) -> Vec<String> {
    let mut uses = Vec::new();
    let what = subject(element);
    if element.tag_name().name() == "proxy"
        && element.attribute("transports").is_some_and(|list| {
            list.split(|c: char| c.is_whitespace() || c == ',').any(|name| name.eq_ignore_ascii_case("hl7"))
        })
    {
        uses.push(format!("{what} listens on `hl7`"));
    }
    for attribute in element.attributes() {
        let value = attribute.value().trim();
        if value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("hl7:")) {
            uses.push(format!("{what} sends to an `hl7:` address"));
        }
        if attribute.name() == "class" && CLASS_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
            uses.push(format!("{what} uses the class `{value}`"));
        }
    }
    let sets_type = matches!(element.attribute("name"), Some("messageType" | "ContentType"));
    let holds_hl7 = |text: &str| text.trim().trim_matches('\'').eq_ignore_ascii_case("application/edi-hl7");
    if element.tag_name().name() == "property"
        && sets_type
        && (element.attribute("value").is_some_and(holds_hl7)
            || element.attribute("expression").is_some_and(holds_hl7)
            || element.text().is_some_and(holds_hl7))
    {
        uses.push(format!("{} sets the message type `application/edi-hl7`", owner(element)));
    }
    uses
}

/// What a use is told of: the element with its name, or else the artifact that it stands in.
fn subject(element: Node<'_, '_>) -> String {
    let kind = element.tag_name().name();
    match element.attribute("name").or_else(|| element.attribute("key")) {
        Some(name) if kind != "property" && kind != "parameter" => format!("{kind} `{name}`"),
        _ => owner(element),
    }
}

/// The outermost named element around it, which is the artifact.
fn owner(element: Node<'_, '_>) -> String {
    let named = element.ancestors().filter(|node| node.is_element() && node.has_attribute("name")).last();
    match named.and_then(|node| Some((node.tag_name().name(), node.attribute("name")?))) {
        Some((kind, name)) if kind != "property" && kind != "parameter" => format!("{kind} `{name}`"),
        _ => format!("an element `{}`", element.tag_name().name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_of_the_transport_are_found() {
        for (xml, uses) in [
            (r#"<proxy name="P" transports="http, hl7"/>"#, vec!["proxy `P` listens on `hl7`"]),
            ("<proxy name='P' transports='http\n hl7'/>", vec!["proxy `P` listens on `hl7`"]),
            (r#"<proxy name="P" transports="http hl7x"/>"#, vec![]),
            (
                r#"<endpoint xmlns="http://ws.apache.org/ns/synapse" name="E"><address uri="hl7://host:9988"/></endpoint>"#,
                vec!["endpoint `E` sends to an `hl7:` address"],
            ),
            (
                r#"<endpoint name="E"><http method="post" uri-template="HL7://host"/></endpoint>"#,
                vec!["endpoint `E` sends to an `hl7:` address"],
            ),
            (r#"<endpoint name="E"><address uri="http://host/hl7://x"/></endpoint>"#, vec![]),
            (
                r#"<sequence name="S"><property name="messageType" value="application/edi-hl7" scope="axis2"/></sequence>"#,
                vec!["sequence `S` sets the message type `application/edi-hl7`"],
            ),
            (
                r#"<sequence name="S"><property name="ContentType" expression="'application/edi-hl7'"/></sequence>"#,
                vec!["sequence `S` sets the message type `application/edi-hl7`"],
            ),
            (r#"<sequence name="S"><property name="other" value="application/edi-hl7"/></sequence>"#, vec![]),
            (
                r#"<messageStore name="M" class="org.wso2.carbon.business.messaging.hl7.store.jpa.JPAStore"/>"#,
                vec!["messageStore `M` uses the class `org.wso2.carbon.business.messaging.hl7.store.jpa.JPAStore`"],
            ),
            (
                r#"<messageStore name="M" class="org.wso2.micro.integrator.business.messaging.hl7.store.JDBCStore"/>"#,
                vec!["messageStore `M` uses the class `org.wso2.micro.integrator.business.messaging.hl7.store.JDBCStore`"],
            ),
            (
                r#"<inboundEndpoint name="I" protocol="hl7" sequence="S"><parameters><parameter name="inbound.hl7.Port">1</parameter></parameters></inboundEndpoint>"#,
                vec![],
            ),
            // A comment is no use, and neither is XML that no server would read.
            (r#"<sequence name="S"><!-- <address uri="hl7://x"/> --></sequence>"#, vec![]),
            (r#"<proxy name="P" transports="hl7">"#, vec![]),
            (r#"<!DOCTYPE p [<!ENTITY a "b">]><proxy name="P" transports="hl7"/>"#, vec![]),
            ("", vec![]),
        ] {
            assert_eq!(hl7_uses(xml.as_bytes()), uses, "{xml}");
        }
    }

    #[test]
    fn one_use_is_told_once_and_latin_1_is_read() {
        let two = r#"<sequence name="S"><send><endpoint><address uri="hl7://a"/></endpoint></send><send><endpoint><address uri="hl7://b"/></endpoint></send></sequence>"#;
        assert_eq!(hl7_uses(two.as_bytes()), ["sequence `S` sends to an `hl7:` address"]);
        let latin = b"<proxy name=\"L\xE4nder\" transports=\"hl7\"/>";
        assert_eq!(hl7_uses(latin), ["proxy `L\u{e4}nder` listens on `hl7`"]);
        let marked = "\u{FEFF}<proxy name=\"P\" transports=\"hl7\"/>";
        assert_eq!(hl7_uses(marked.as_bytes()).len(), 1);
    }

    #[test]
    fn deep_nesting_is_passed_over() {
        let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
        assert!(hl7_uses(deep.as_bytes()).is_empty());
    }
}
