//! Small questions to a deployment.toml.
//!
//! In: a parsed file. Out: the settings asked for, with their lines. Always: a key of an unexpected type counts as
//! not given, as it does for the server, which checks no types (`validator.json` is empty in both releases).

use crate::document::{Document, Key, Step, Value};
use crate::facts::synapse::CLASS_PREFIXES;

/// A setting that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its key, with dots.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Its line, from 1.
    pub line: usize,
}

/// A `[[datasource]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataSource {
    /// Its `id`; empty where it has none.
    pub id: String,
    /// Its `url`, which may hold a password: not for showing as it is.
    pub url: String,
    /// The line of its `url`, from 1.
    pub line: usize,
}

/// Arrays of tables with the transports of a server and of its blocking client.
const TRANSPORTS: [&str; 4] = [
    "custom_transport.listener",
    "custom_transport.sender",
    "custom_transport.blocking.listener",
    "custom_transport.blocking.sender",
];

/// The array of transports and the name of a setting that makes one of them a transport of the HL7 pack: its class, or
/// its protocol.
pub(crate) fn hl7_transport(key: &Key, value: &Value) -> Option<(&'static str, &'static str)> {
    let (array, name) =
        TRANSPORTS.into_iter().find_map(|array| Some((array, in_element(key, &Key::dotted(array))?)))?;
    let text = value.as_str()?;
    match name {
        "class" if text.contains(".messaging.hl7.") || CLASS_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) => {
            Some((array, "class"))
        }
        "protocol" if text.eq_ignore_ascii_case("hl7") => Some((array, "protocol")),
        _ => None,
    }
}

/// Transports of the HL7 pack that the file configures, each once: with the class, or else the protocol that tells.
pub fn hl7_transports(document: &Document) -> Vec<Found> {
    let mut found = Vec::new();
    for setting in &document.settings {
        let Some((array, name)) = hl7_transport(&setting.key, &setting.value) else { continue };
        let class = setting.key.parent().map(|element| element.then("class"));
        let by_class =
            class.is_some_and(|key| document.value(&key).is_some_and(|value| hl7_transport(&key, value).is_some()));
        if name == "protocol" && by_class {
            continue;
        }
        let value = setting.value.as_str().unwrap_or_default().to_owned();
        found.push(Found { key: format!("{array}.{name}"), value, line: document.line(setting.place.start) });
    }
    found
}

/// The data sources that have a `url`.
pub fn data_sources(document: &Document) -> Vec<DataSource> {
    let array = Key::dotted("datasource");
    let urls = document.settings.iter().filter(|setting| in_element(&setting.key, &array) == Some("url"));
    urls.filter_map(|setting| Some((setting, setting.value.as_str()?)))
        .map(|(setting, url)| {
            let line = document.line(setting.place.start);
            let id = setting.key.parent().and_then(|element| text(document, &element.then("id")));
            DataSource { id: id.unwrap_or_default().to_owned(), url: url.to_owned(), line }
        })
        .collect()
}

/// Whether a JDBC URL points to a file of `repository/database`, given by its path below the home.
///
/// H2 adds `.mv.db` or `.h2.db` to the name in the URL (and `.lock.db`, `.trace.db` to files that hold no data);
/// Derby has a folder of that name.
pub fn points_to(url: &str, path: &str) -> bool {
    let lower = url.to_ascii_lowercase();
    if !lower.starts_with("jdbc:h2:") && !lower.starts_with("jdbc:derby:") {
        return false;
    }
    let Some((_, name)) = url.rsplit_once("repository/database/") else { return false };
    let name = name.split([';', '?']).next().unwrap_or_default().trim_end_matches('/');
    let Some(rest) = path.strip_prefix("repository/database/").and_then(|file| file.strip_prefix(name)) else {
        return false;
    };
    !name.is_empty() && (matches!(rest, "" | ".mv.db" | ".h2.db" | ".data.db" | ".index.db") || rest.starts_with('/'))
}

/// The name of a setting right inside an element of an array of tables. A table of tables serves as one too: the
/// server's templates loop over its values.
fn in_element<'a>(key: &'a Key, array: &Key) -> Option<&'a str> {
    let (last, above) = key.steps().split_last()?;
    let (_, found) = above.split_last()?;
    match last {
        Step::Name(name) if array.steps() == found => Some(name),
        _ => None,
    }
}

fn text<'a>(document: &'a Document, key: &Key) -> Option<&'a str> {
    document.value(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    fn document(toml: &str) -> Document {
        parse(toml.as_bytes()).expect("TOML")
    }

    #[test]
    fn transports_of_the_hl7_pack_are_found() {
        let class = "org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportListener";
        for (toml, keys) in [
            (
                format!("[[custom_transport.listener]]\nclass = \"{class}\""),
                vec![("custom_transport.listener.class", 2)],
            ),
            (
                "\n[[custom_transport.sender]]\nprotocol = 'hl7'".to_owned(),
                vec![("custom_transport.sender.protocol", 3)],
            ),
            (
                format!("[[custom_transport.blocking.sender]]\nprotocol = \"x\"\nclass = \"{class}\""),
                vec![("custom_transport.blocking.sender.class", 3)],
            ),
            (
                format!("custom_transport.listener = [{{ protocol = \"a\" }}, {{ class = \"{class}\" }}]"),
                vec![("custom_transport.listener.class", 1)],
            ),
            ("[[custom_transport.listener]]\nprotocol = \"jms\"\nclass = \"com.example.hl7.X\"".to_owned(), vec![]),
            ("[transport.hl7]\nlistener.enable = true".to_owned(), vec![]),
        ] {
            let found = hl7_transports(&document(&toml));
            let found: Vec<_> = found.iter().map(|found| (found.key.as_str(), found.line)).collect();
            assert_eq!(found, keys, "{toml}");
        }
    }

    #[test]
    fn data_sources_are_found_in_every_form() {
        for toml in [
            "[[datasource]]\nid = \"A\"\nurl = \"jdbc:h2:x\"",
            "datasource = [{ id = \"A\", url = \"jdbc:h2:x\" }]",
            "[datasource.d]\nid = \"A\"\nurl = \"jdbc:h2:x\"",
        ] {
            let found = data_sources(&document(toml));
            assert_eq!(found.len(), 1, "{toml}");
            assert_eq!((found[0].id.as_str(), found[0].url.as_str()), ("A", "jdbc:h2:x"), "{toml}");
        }
        assert!(data_sources(&document("[[datasource]]\nid = \"A\"")).is_empty());
    }

    #[test]
    fn an_h2_url_points_to_its_files() {
        let file = "repository/database/ORDERS_DB.mv.db";
        for (url, path, expected) in [
            ("jdbc:h2:./repository/database/ORDERS_DB;DB_CLOSE_ON_EXIT=FALSE", file, true),
            ("jdbc:h2:file:${carbon.home}/repository/database/ORDERS_DB", file, true),
            ("jdbc:h2:/opt/wso2mi-1.2.0/repository/database/ORDERS_DB?x=y", file, true),
            ("jdbc:h2:repository/database/ORDERS", file, false),
            ("jdbc:h2:repository/database/ORDERS_DB", "repository/database/ORDERS_DB.lock.db", false),
            ("jdbc:h2:repository/database/", "repository/database/.mv.db", false),
            ("jdbc:h2:~/ORDERS_DB", file, false),
            ("jdbc:mysql://repository/database/ORDERS_DB", file, false),
            ("jdbc:derby:repository/database/D;create=true", "repository/database/D/service.properties", true),
        ] {
            assert_eq!(points_to(url, path), expected, "{url} {path}");
        }
    }
}
