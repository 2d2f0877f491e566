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
/// An element with more attributes is none of an artifact's; comparing their names would take the parser long.
const MOST_ATTRIBUTES: usize = 2_000;
/// More declarations of namespaces are no artifact: where they are nested, the parser keeps all of them for each element.
const MOST_NAMESPACES: usize = 5_000;
/// More uses than this say nothing more.
const MOST_USES: usize = 100;

/// Why a text was not parsed.
#[derive(Debug)]
pub enum Unparsed {
    /// It is more than is looked at, or has a document type: nothing is known of it.
    Unknown,
    /// It is not well-formed.
    Broken(roxmltree::Error),
}

/// Parses XML as all readers of artifacts do: no document type, bounded.
pub fn parse(text: &str) -> Result<Document<'_>, Unparsed> {
    let text = text.trim_start_matches('\u{FEFF}');
    if most_attributes(text) > MOST_ATTRIBUTES || text.matches("xmlns").count() > MOST_NAMESPACES {
        return Err(Unparsed::Unknown);
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected
        | roxmltree::Error::NodesLimitReached
        | roxmltree::Error::AttributesLimitReached
        | roxmltree::Error::NamespacesLimitReached => Unparsed::Unknown,
        error => Unparsed::Broken(error),
    })
}

/// The text of an XML file: UTF-8, or the Latin-1 that older artifacts are written in.
pub fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

/// The largest number of attributes that an element has.
fn most_attributes(text: &str) -> usize {
    let mut most = 0;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('<') {
        let end = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")].iter().find(|(start, _)| after.starts_with(start));
        if let Some((start, end)) = end {
            let Some((_, after)) = after.get(start.len()..).and_then(|inside| inside.split_once(end)) else { break };
            rest = after;
            continue;
        }
        let mut quote = None;
        let mut values = 0;
        let mut length = after.len();
        for (place, byte) in after.bytes().enumerate() {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => {
                    length = place;
                    break;
                }
                (Some(open), _) if open == byte => {
                    quote = None;
                    values += 1;
                }
                _ => {}
            }
        }
        most = most.max(values);
        rest = after.get(length..).unwrap_or_default();
    }
    most
}

/// The uses of the HL7 transport in one artifact, in the order in which they stand there, each once.
pub fn hl7_uses(xml: &[u8]) -> Vec<String> {
    parse(&decode(xml)).map(|document| hl7_uses_of(&document)).unwrap_or_default()
}

/// The same of an artifact that is parsed already.
pub fn hl7_uses_of(document: &Document<'_>) -> Vec<String> {
    let root = document.root_element();
    // A file holds one artifact, or `definitions` with many.
    let whole = name_of(root).is_some() || root.tag_name().name() != "definitions";
    let artifacts: Vec<_> = if whole { vec![root] } else { root.children().filter(Node::is_element).collect() };
    let mut uses = Vec::new();
    let mut seen = BTreeSet::new();
    for artifact in artifacts {
        let owner = told(artifact).unwrap_or_else(|| format!("an element `{}`", artifact.tag_name().name()));
        for element in artifact.descendants().filter(Node::is_element) {
            for found in uses_of(element, &owner) {
                if seen.insert(found.clone()) {
                    uses.push(found);
                }
            }
            if uses.len() >= MOST_USES {
                return uses;
            }
        }
    }
    uses
}

fn uses_of(element: Node<'_, '_>, owner: &str) -> Vec<String> {
    let mut uses = Vec::new();
    let what = || told(element).unwrap_or_else(|| owner.to_owned());
    if element.tag_name().name() == "proxy"
        && element.attribute("transports").is_some_and(|list| {
            list.split(|c: char| c.is_whitespace() || c == ',').any(|name| name.eq_ignore_ascii_case("hl7"))
        })
    {
        uses.push(format!("{} listens on `hl7`", what()));
    }
    for attribute in element.attributes() {
        let value = attribute.value().trim();
        if value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("hl7:")) {
            uses.push(format!("{} sends to an `hl7:` address", what()));
        }
        if attribute.name() == "class" && CLASS_PREFIXES.iter().any(|prefix| value.starts_with(prefix)) {
            uses.push(format!("{} uses the class `{value}`", what()));
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
        uses.push(format!("{owner} sets the message type `application/edi-hl7`"));
    }
    uses
}

fn name_of<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    element.attribute("name").or_else(|| element.attribute("key"))
}

/// An element with a name of its own, as a message tells of it.
fn told(element: Node<'_, '_>) -> Option<String> {
    let kind = element.tag_name().name();
    let name = name_of(element).filter(|_| !matches!(kind, "property" | "parameter" | "class"))?;
    Some(format!("{kind} `{name}`"))
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
                vec![
                    "messageStore `M` uses the class `org.wso2.micro.integrator.business.messaging.hl7.store.JDBCStore`",
                ],
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
    fn many_artifacts_in_one_file_are_told_apart() {
        let xml = r#"<definitions><proxy name="A"><target><endpoint><address uri="hl7://a"/></endpoint></target></proxy>
            <sequence name="B"><!-- " --><call><endpoint><address uri="hl7://b"/></endpoint></call></sequence></definitions>"#;
        let expected = ["proxy `A` sends to an `hl7:` address", "sequence `B` sends to an `hl7:` address"];
        assert_eq!(hl7_uses(xml.as_bytes()), expected);
    }

    #[test]
    fn deep_nesting_and_wide_elements_take_no_harm() {
        let use_inside = r#"<address uri="hl7://a"/>"#;
        let deep = format!("{}{use_inside}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(hl7_uses(deep.as_bytes()).len(), 1);
        let attributes = (0..=MOST_ATTRIBUTES).map(|number| format!(" a{number}='>'")).collect::<Vec<_>>().concat();
        let wide = format!("<b><a{attributes}/>{use_inside}</b>");
        assert!(hl7_uses(wide.as_bytes()).is_empty());
        assert!(hl7_uses("<a".repeat(1_000_000).as_bytes()).is_empty());
        let nested: Vec<_> = (0..60_000).map(|number| format!("<a xmlns:p{number}='u'>")).collect();
        assert!(hl7_uses(nested.concat().as_bytes()).is_empty());
    }
}
