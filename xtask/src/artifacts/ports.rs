//! The ports that artifacts listen on.
//!
//! In: the element of an artifact. Out: its ports. Always: what comes from elsewhere (`$FILE:..`, `{..}`) is no port.
//!
//! Source: MI v4.0.0 inbound endpoint: `InboundHttpListener` and `InboundHttpsListener` (`inbound.http.port`, with the
//! offset where `inbound.port.offset.enable` says so), `InboundWebsocketConstants` (`inbound.ws.port`, with the offset
//! where `ws.use.port.offset` says so), `InboundHL7Constants` (`inbound.hl7.Port`); docs-apim: parameters of inbound
//! endpoints, and of the HL7 transport (`transport.hl7.Port`).

use super::xml::Lines;
use super::{Offset, Port};
use roxmltree::Node;

/// The ports that an artifact, or each artifact in a `definitions`, listens on.
pub(super) fn of(root: Node<'_, '_>, lines: &Lines) -> Vec<Port> {
    if root.tag_name().name() == "definitions" {
        return root.children().flat_map(|artifact| of_one(artifact, lines)).collect();
    }
    of_one(root, lines)
}

/// The ports that an inbound endpoint, or a proxy of the HL7 transport, listens on.
fn of_one(artifact: Node<'_, '_>, lines: &Lines) -> Vec<Port> {
    let parameter = match artifact.tag_name().name() {
        "inboundEndpoint" => match artifact.attribute("protocol") {
            // One that is suspended does not listen.
            _ if artifact.attribute("suspend") == Some("true") => return Vec::new(),
            Some("http" | "https") => "inbound.http.port",
            Some("ws" | "wss") => "inbound.ws.port",
            Some("hl7") => "inbound.hl7.Port",
            Some("cxf_ws_rm") => "inbound.cxf.rm.port",
            Some("grpc") => "inbound.grpc.port",
            _ => return Vec::new(),
        },
        "proxy" if listens_on_hl7(artifact) => "transport.hl7.Port",
        _ => return Vec::new(),
    };
    let parameters = || {
        let inside = artifact.descendants().filter(|node| node.tag_name().name() == "parameter");
        inside.filter_map(|node| Some((node, node.attribute("name")?, node.text().unwrap_or_default().trim())))
    };
    let offset = match parameter {
        "inbound.http.port" => Offset::AsConfigured,
        "inbound.ws.port" if parameters().any(|(_, name, value)| name == "ws.use.port.offset" && value == "true") => {
            Offset::Added
        }
        _ => Offset::NotAdded,
    };
    let port = |(node, name, value): (Node<'_, '_>, &str, &str)| {
        let number = value.parse().ok().filter(|number| *number != 0)?;
        let line = lines.line(node);
        (name == parameter).then(|| Port { parameter: name.to_owned(), number, offset, line })
    };
    parameters().filter_map(port).collect()
}

/// Whether the transports of a proxy name HL7.
fn listens_on_hl7(proxy: Node<'_, '_>) -> bool {
    let transports = proxy.attribute("transports").unwrap_or_default();
    transports.split(|c: char| c.is_whitespace() || c == ',').any(|name| name == "hl7")
}

#[cfg(test)]
mod tests {
    use super::*;
    use roxmltree::Document;

    #[test]
    fn ports_are_read_with_how_the_offset_counts() {
        let endpoint = |protocol: &str, parameters: &str| {
            format!(
                "<inboundEndpoint name='I' protocol='{protocol}'><parameters>{parameters}</parameters></inboundEndpoint>"
            )
        };
        let parameter = |name: &str, value: &str| format!("<parameter name='{name}'>{value}</parameter>");
        for (xml, expected) in [
            (endpoint("http", &parameter("inbound.http.port", " 8085 ")), Some((8085, Offset::AsConfigured))),
            (endpoint("https", &parameter("inbound.http.port", "8443")), Some((8443, Offset::AsConfigured))),
            (endpoint("hl7", &parameter("inbound.hl7.Port", "20000")), Some((20000, Offset::NotAdded))),
            (endpoint("ws", &parameter("inbound.ws.port", "9091")), Some((9091, Offset::NotAdded))),
            (
                endpoint("wss", &(parameter("inbound.ws.port", "9091") + &parameter("ws.use.port.offset", "true"))),
                Some((9091, Offset::Added)),
            ),
            (endpoint("http", &parameter("inbound.hl7.Port", "20000")), None),
            (endpoint("http", &parameter("inbound.http.port", "$FILE:port")), None),
            (endpoint("http", &parameter("inbound.http.port", "0")), None),
            (endpoint("http", &parameter("inbound.http.port", "70000")), None),
            (endpoint("file", &parameter("inbound.http.port", "8085")), None),
            (endpoint("http", &parameter("inbound.http.port", "8085")).replace("name=", "suspend='true' name="), None),
            (
                format!("<proxy transports='http hl7'>{}</proxy>", parameter("transport.hl7.Port", "9988")),
                Some((9988, Offset::NotAdded)),
            ),
            (format!("<proxy transports='http'>{}</proxy>", parameter("transport.hl7.Port", "9988")), None),
        ] {
            let document = Document::parse(&xml).expect("XML");
            let found = of(document.root_element(), &Lines::of(&xml));
            assert_eq!(found.first().map(|port| (port.number, port.offset)), expected, "{xml}");
        }
    }
}
