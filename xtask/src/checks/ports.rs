//! Ports that are wanted twice.
//!
//! In: the rendered files, and the ports of artifacts. Out: a finding for each port that two want. Always: a port that
//! comes from elsewhere is not judged; ports that move with the offset are compared with others only where it is known.
//!
//! Source: MI v4.0.0 `templates/conf/axis2/axis2.xml.j2` and `carbon.xml.j2` (`Ports`), `ConfigurationLoader` of the
//! internal APIs (`internal.http.api.port`, both with the offset), `InboundHttpListener`
//! (`inbound.port.offset.enable`, "is already used by another application hence undeploying inbound endpoint").

use crate::artifacts::{Artifact, Kind, Offset};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::examine::Examined;
use crate::facts::synapse;
use crate::properties::{self, Property};
use std::collections::{BTreeMap, BTreeSet};

/// The start of the classes that listen on their parameter `port`, moved by the offset.
const PASS_THROUGH: &str = "org.apache.synapse.transport.passthru.";
/// Below it only root may listen.
const FIRST_FREE: i64 = 1024;

/// What listens on a port.
#[derive(Clone, Debug)]
struct Listener {
    /// The port, or what is left of it where the offset is not known.
    port: Port,
    /// What listens, in one line.
    what: String,
    /// Where that is said.
    place: Place,
    /// Who it is.
    role: Role,
    /// Kind and name of the artifact: one that is there twice is told as such.
    artifact: Option<(Kind, String)>,
}

/// Who listens on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// A transport of the server.
    Transport,
    /// The management API without TLS, which has the health check.
    Management,
    /// Something else of the server.
    Other,
    /// An artifact.
    Artifact,
}

/// The ports that a server listens on for others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// Of its transports and of inbound endpoints, as far as they are known.
    pub transports: BTreeSet<u16>,
    /// Of the health check; `None` where it is not known, or switched off.
    pub health: Option<u16>,
}

/// Finds the ports that a server will listen on.
pub fn listening(examined: &Examined) -> Listening {
    let files = Files::of(examined);
    let mut listeners = of_server(&files);
    listeners.extend(of_artifacts(examined, &files));
    let ports = |roles: &[Role]| {
        let of_roles = listeners.iter().filter(|listener| roles.contains(&listener.role));
        let known = |port| if let Port::Known(number) = port { u16::try_from(number).ok() } else { None };
        of_roles.filter_map(|listener| known(listener.port)).collect::<BTreeSet<u16>>()
    };
    Listening {
        transports: ports(&[Role::Transport, Role::Artifact]),
        health: ports(&[Role::Management]).first().copied(),
    }
}

/// A port as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Port {
    /// This one.
    Known(i64),
    /// This one and an offset that is not known.
    Moved(i64),
}

/// Says which ports are wanted twice, and which are not for everybody.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let files = Files::of(examined);
    let mut listeners = of_server(&files);
    listeners.extend(of_artifacts(examined, &files));
    let mut by_port: BTreeMap<Port, Vec<&Listener>> = BTreeMap::new();
    for listener in &listeners {
        by_port.entry(listener.port).or_default().push(listener);
    }
    let mut found: Vec<Diagnostic> = by_port.iter().filter_map(|(port, all)| conflict(*port, all)).collect();
    found.extend(privileged(&listeners));
    found
}

/// What there is to say of the listeners of one port.
fn conflict(port: Port, all: &[&Listener]) -> Option<Diagnostic> {
    let first = all.first()?;
    let second = all.iter().skip(1).find(|other| first.artifact.is_none() || other.artifact != first.artifact)?;
    let shown = match port {
        Port::Known(number) => format!("port {number}"),
        Port::Moved(number) => format!("port {number}, moved by the offset,"),
    };
    let (code, message, hint) = if second.role == Role::Artifact {
        let hint = "the inbound endpoint that is deployed last does not come up: give it a port of its own";
        (Code(1318), format!("{shown} is wanted twice"), hint)
    } else {
        let hint = "only one of them comes up: give the others ports of their own in deployment.toml";
        (Code(1317), format!("{shown} is wanted by two listeners of the server"), hint)
    };
    let mut found = Diagnostic::new(code, message).details(all.iter().map(|listener| listener.what.clone())).hint(hint);
    found.place = Some(second.place.clone());
    Some(found)
}

fn privileged(listeners: &[Listener]) -> Option<Diagnostic> {
    let low: Vec<&Listener> =
        listeners.iter().filter(|listener| matches!(listener.port, Port::Known(port) if port < FIRST_FREE)).collect();
    let first = low.first()?;
    let mut found = Diagnostic::new(Code(1319), "ports below 1024")
        .details(low.iter().map(|listener| listener.what.clone()))
        .hint("a server that does not run as root cannot listen there unless the system lets it");
    found.place = Some(first.place.clone());
    Some(found)
}

/// What of the rendered files counts.
struct Files {
    axis2: String,
    carbon: String,
    jmx: String,
    synapse: Vec<Property>,
    /// How far ports are moved; `None` where that is not known.
    offset: Option<i64>,
}

impl Files {
    fn of(examined: &Examined) -> Self {
        let text = |path: &str| examined.text(path).map(synapse::decode).unwrap_or_default();
        let carbon = text("conf/carbon.xml");
        let offset = inside(&carbon, &["Ports", "Offset"]).and_then(|offset| offset.parse().ok());
        Self {
            axis2: text("conf/axis2/axis2.xml"),
            jmx: text("conf/etc/jmx.xml"),
            synapse: examined.text("conf/synapse.properties").map(properties::read).unwrap_or_default(),
            offset,
            carbon,
        }
    }

    /// A property of `synapse.properties`.
    fn synapse(&self, key: &str) -> Option<&str> {
        // Java takes the last.
        self.synapse.iter().rfind(|property| property.key == key).map(|property| property.value.trim())
    }

    /// A port that the offset moves.
    fn moved(&self, number: i64) -> Port {
        self.offset.map_or(Port::Moved(number), |offset| Port::Known(number.saturating_add(offset)))
    }
}

/// The text of the first element below others.
fn inside(xml: &str, path: &[&str]) -> Option<String> {
    let document = synapse::parse(xml).ok()?;
    let mut at = document.root_element();
    for name in path {
        at = at.children().find(|node| node.tag_name().name() == *name)?;
    }
    at.text().map(|text| text.trim().to_owned())
}

/// The listeners that the configuration switches on.
fn of_server(files: &Files) -> Vec<Listener> {
    let mut found = Vec::new();
    let mut add = |number: Option<i64>, role: Role, what: String, path: &str| {
        let Some(number) = number.filter(|number| (1..=65_535).contains(number)) else { return };
        let port = files.moved(number);
        let place = Place { path: path.to_owned(), line: None };
        found.push(Listener { port, what, place, role, artifact: None });
    };
    if let Ok(document) = synapse::parse(&files.axis2) {
        for receiver in document.descendants().filter(|node| node.tag_name().name() == "transportReceiver") {
            let (name, class) = (receiver.attribute("name").unwrap_or_default(), receiver.attribute("class"));
            let mut parameters = receiver.children().filter(|node| node.attribute("name") == Some("port"));
            let port = parameters.find_map(|node| node.text()?.trim().parse().ok());
            if class.is_some_and(|class| class.starts_with(PASS_THROUGH)) {
                add(
                    port,
                    Role::Transport,
                    format!("transport `{}` in `conf/axis2/axis2.xml`", name.escape_debug()),
                    "conf/axis2/axis2.xml",
                );
            }
        }
    }
    if files.synapse("internal.http.api.enabled") == Some("true") {
        for (key, role) in [("internal.http.api.port", Role::Management), ("internal.https.api.port", Role::Other)] {
            let port = files.synapse(key).and_then(|port| port.parse().ok());
            add(
                port,
                role,
                format!("the management API: `{key}` in `conf/synapse.properties`"),
                "conf/synapse.properties",
            );
        }
    }
    if inside(&files.jmx, &["StartRMIServer"]).is_some_and(|start| start == "true") {
        for name in ["RMIRegistryPort", "RMIServerPort"] {
            let port = inside(&files.carbon, &["Ports", "JMX", name]).and_then(|port| port.parse().ok());
            add(port, Role::Other, format!("JMX: `{name}` in `conf/carbon.xml`"), "conf/carbon.xml");
        }
    }
    found
}

/// The listeners that artifacts bring.
fn of_artifacts(examined: &Examined, files: &Files) -> Vec<Listener> {
    let moves = files.synapse("inbound.port.offset.enable") == Some("true");
    let of = |path: &str, inside: Option<&str>, artifact: &Artifact| {
        let of_port = |port: &crate::artifacts::Port| {
            let number = i64::from(port.number);
            let is_moved = port.offset == Offset::Added || port.offset == Offset::AsConfigured && moves;
            let inside_of = inside.map(|inside| format!("!/{inside}")).unwrap_or_default();
            Listener {
                port: if is_moved { files.moved(number) } else { Port::Known(number) },
                what: format!(
                    "`{}` of `{}`, in `{path}{inside_of}`, line {}",
                    port.parameter, artifact.name, port.line
                ),
                place: Place { path: path.to_owned(), line: inside.is_none().then_some(port.line) },
                role: Role::Artifact,
                artifact: (!artifact.name.is_empty()).then(|| (artifact.kind, artifact.name.clone())),
            }
        };
        artifact.ports.iter().map(of_port).collect::<Vec<_>>()
    };
    let loose = examined.artifacts.iter().flat_map(|(path, artifact)| of(path.as_str(), None, artifact));
    let mut found: Vec<Listener> = loose.collect();
    for (path, package) in examined.sound_packages() {
        let packed = package.artifacts.iter();
        found.extend(packed.flat_map(|(inside, artifact)| of(path.as_str(), Some(inside), artifact)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts;
    use crate::checks::tests::{application, artifact, configured, shown};
    use crate::path::EntryPath;

    fn endpoint(name: &str, number: u16, offset: Offset) -> Artifact {
        let port = artifacts::Port { parameter: "inbound.http.port".to_owned(), number, offset, line: 7 };
        Artifact { ports: vec![port], ..artifact(Kind::InboundEndpoint, name, &[]) }
    }

    /// A server with its ports, and inbound endpoints: the first loose, the others in a carbon application each.
    fn examined(https: &str, offset: &str, moves: bool, endpoints: &[Artifact]) -> Examined {
        let receiver = |name: &str, class: &str, port: &str| {
            format!(
                "<transportReceiver name='{name}' class='{class}'><parameter name='port'>{port}</parameter></transportReceiver>"
            )
        };
        let axis2 = receiver("http", "org.apache.synapse.transport.passthru.PassThroughHttpListener", "8280")
            + &receiver("https", "org.apache.synapse.transport.passthru.PassThroughHttpSSLListener", https)
            // Nobody knows what another class makes of it.
            + &receiver("own", "com.acme.Listener", "8280");
        let axis2 = format!("<axisconfig>{axis2}</axisconfig>");
        let carbon = format!(
            "<Server><Ports><Offset>{offset}</Offset><JMX><RMIRegistryPort>9999</RMIRegistryPort></JMX></Ports></Server>"
        );
        let synapse = format!(
            "internal.http.api.enabled = true\ninternal.http.api.port = 9191\ninternal.https.api.port = 9154\n\
             inbound.port.offset.enable = {moves}\n"
        );
        let mut examined = Examined::default();
        for (number, endpoint) in endpoints.iter().enumerate() {
            if number == 0 {
                examined.artifacts.insert(EntryPath::known("inbound-endpoints/I.xml"), endpoint.clone());
            } else {
                let package = application(&[("I_1/I.xml", endpoint.clone())], &[]);
                examined.packages.insert(EntryPath::known(&format!("{number}.car")), Ok(package));
            }
        }
        let files = [
            ("conf/axis2/axis2.xml", axis2.as_str()),
            ("conf/carbon.xml", &carbon),
            ("conf/synapse.properties", &synapse),
            ("conf/etc/jmx.xml", "<JMX><StartRMIServer>true</StartRMIServer></JMX>"),
        ];
        configured(examined, "", &files, &[])
    }

    fn codes(https: &str, offset: &str, moves: bool, endpoints: &[Artifact]) -> Vec<u16> {
        check(&examined(https, offset, moves, endpoints)).iter().map(|found| found.code.0).collect()
    }

    #[test]
    fn a_port_is_wanted_twice_or_not() {
        let http = |name: &str, number| endpoint(name, number, Offset::AsConfigured);
        let (conflict, taken, low) = (1317, 1318, 1319);
        for (https, offset, moves, endpoints, expected) in [
            ("8243", "10", false, vec![http("I", 8085), http("J", 8086)], vec![]),
            // The same as the http transport, as the management API, as JMX.
            ("8280", "10", false, vec![], vec![conflict]),
            ("9154", "10", false, vec![], vec![conflict]),
            ("9999", "10", false, vec![], vec![conflict]),
            ("8280", "$env{OFFSET}", false, vec![], vec![conflict]),
            ("$env{PORT}", "10", false, vec![], vec![]),
            // Ports of inbound endpoints move only where the configuration says so.
            ("8243", "10", false, vec![http("I", 8280)], vec![]),
            ("8243", "10", false, vec![http("I", 8290)], vec![taken]),
            ("8243", "10", true, vec![http("I", 8290)], vec![]),
            ("8243", "10", true, vec![http("I", 8280)], vec![taken]),
            ("8243", "10", false, vec![endpoint("I", 8280, Offset::Added)], vec![taken]),
            ("8243", "10", true, vec![endpoint("I", 8280, Offset::NotAdded)], vec![]),
            ("8243", "$env{OFFSET}", false, vec![http("I", 8280)], vec![]),
            ("8243", "10", false, vec![http("I", 8085), http("J", 8085)], vec![taken]),
            // The same artifact twice is another finding's.
            ("8243", "10", false, vec![http("I", 8085), http("I", 8085)], vec![]),
            ("8243", "10", false, vec![http("I", 8085), http("I", 8085), http("J", 8085)], vec![taken]),
            ("8243", "10", false, vec![http("I", 443)], vec![low]),
        ] {
            assert_eq!(codes(https, offset, moves, &endpoints), expected, "{https} {offset} {moves} {endpoints:?}");
        }
    }

    #[test]
    fn both_sides_of_a_conflict_are_told() {
        let found = check(&examined("8243", "10", false, &[endpoint("I", 8290, Offset::AsConfigured)]));
        assert_eq!(
            shown(&found),
            [
                "MI1318 port 8290 is wanted twice | transport `http` in `conf/axis2/axis2.xml` | `inbound.http.port` of `I`, in \
              `inbound-endpoints/I.xml`, line 7"
            ]
        );
        let place = found.first().and_then(|found| found.place.clone()).expect("a place");
        assert_eq!((place.path.as_str(), place.line), ("inbound-endpoints/I.xml", Some(7)));
    }
}
