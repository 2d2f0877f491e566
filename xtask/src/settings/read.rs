//! Small questions to a deployment.toml.
//!
//! In: a parsed file. Out: the settings asked for, with their lines. Always: a key of an unexpected type counts as
//! not given, as it does for the server, which checks no types (`validator.json` is empty in both releases).

use crate::facts::synapse::CLASS_PREFIXES;
use crate::settings::{Document, line_of};
use toml_edit::{Item, TableLike, Value};

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

/// Whether the user store is a database, whose schema 4.0.0 needs in another form.
///
/// Source: MI v4.0.0 `repository/resources/conf/infer.json` (`user_store.type`) and `JDBCUserStoreManager`.
pub fn user_store_is_jdbc(document: &Document) -> bool {
    let Some(store) = document.as_table().get("user_store").and_then(Item::as_table_like) else { return false };
    text(store, "type").is_some_and(|found| found == "database")
        || text(store, "class").is_some_and(|class| class.ends_with("JDBCUserStoreManager"))
}

/// Transports of the HL7 pack that the file configures: `[[custom_transport.listener]]`, `.sender` and those of the
/// blocking client, with the class or the protocol that tells.
pub fn hl7_transports(document: &Document) -> Vec<Found> {
    let mut found = Vec::new();
    for path in [
        &["custom_transport", "listener"][..],
        &["custom_transport", "sender"],
        &["custom_transport", "blocking", "listener"],
        &["custom_transport", "blocking", "sender"],
    ] {
        for table in elements(get(document, path)) {
            let class = text(table, "class").filter(|class| {
                class.contains(".messaging.hl7.") || CLASS_PREFIXES.iter().any(|prefix| class.starts_with(prefix))
            });
            let protocol = text(table, "protocol").filter(|name| name.eq_ignore_ascii_case("hl7"));
            let (name, value) = match (class, protocol) {
                (Some(class), _) => ("class", class),
                (None, Some(protocol)) => ("protocol", protocol),
                (None, None) => continue,
            };
            let line = line_of(document, table.get(name).and_then(Item::span));
            found.push(Found { key: format!("{}.{name}", path.join(".")), value: value.to_owned(), line });
        }
    }
    found
}

/// The data sources that have a `url`.
pub fn data_sources(document: &Document) -> Vec<DataSource> {
    elements(document.as_table().get("datasource"))
        .into_iter()
        .filter_map(|table| {
            let url = text(table, "url")?.to_owned();
            let line = line_of(document, table.get("url").and_then(Item::span));
            Some(DataSource { id: text(table, "id").unwrap_or_default().to_owned(), url, line })
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

/// Every string of the file with its key, arrays and their tables included: `datasource.0.url`.
pub fn strings(document: &Document) -> Vec<Found> {
    let mut found = Vec::new();
    let mut visit = |key: &str, value: &Value| {
        if let Some(text) = value.as_str() {
            found.push(Found { key: key.to_owned(), value: text.to_owned(), line: line_of(document, value.span()) });
        }
    };
    each_value(document.as_table(), "", &mut visit);
    found
}

/// Calls `visit` with each value that is no table and no array, and with its key.
pub(super) fn each_value<'a>(table: &'a dyn TableLike, above: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
    for (name, item) in table.iter() {
        let key = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        match item {
            Item::None => {}
            Item::Table(inner) => each_value(inner, &key, visit),
            Item::ArrayOfTables(tables) => {
                for (number, inner) in tables.iter().enumerate() {
                    each_value(inner, &format!("{key}.{number}"), visit);
                }
            }
            Item::Value(value) => each_in_value(value, &key, visit),
        }
    }
}

fn each_in_value<'a>(value: &'a Value, key: &str, visit: &mut dyn FnMut(&str, &'a Value)) {
    match value {
        Value::InlineTable(inner) => each_value(inner, key, visit),
        Value::Array(values) => {
            for (number, value) in values.iter().enumerate() {
                each_in_value(value, &format!("{key}.{number}"), visit);
            }
        }
        other => visit(key, other),
    }
}

/// The item at a path of tables.
pub(super) fn get<'a>(document: &'a Document, path: &[&str]) -> Option<&'a Item> {
    let (first, rest) = path.split_first()?;
    let mut item = document.as_table().get(first)?;
    for name in rest {
        item = item.as_table_like()?.get(name)?;
    }
    Some(item)
}

/// The tables of an array of tables in any of its forms. A table of tables serves as one too: the server's templates
/// loop over its values.
fn elements(item: Option<&Item>) -> Vec<&dyn TableLike> {
    match item {
        Some(Item::ArrayOfTables(tables)) => tables.iter().map(|table| table as &dyn TableLike).collect(),
        Some(Item::Value(Value::Array(values))) => {
            values.iter().filter_map(Value::as_inline_table).map(|table| table as &dyn TableLike).collect()
        }
        Some(item) => {
            let tables = item.as_table_like().into_iter().flat_map(|table| table.iter());
            tables.filter_map(|(_, item)| item.as_table_like()).collect()
        }
        None => Vec::new(),
    }
}

fn text<'a>(table: &'a dyn TableLike, key: &str) -> Option<&'a str> {
    table.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::parse;

    fn document(toml: &str) -> Document {
        parse(toml.as_bytes()).expect("TOML")
    }

    #[test]
    fn a_jdbc_user_store_is_known_by_type_or_class() {
        for (toml, expected) in [
            ("[user_store]\ntype = \"database\"", true),
            ("user_store.type = 'database'", true),
            (
                "user_store = { class = \"org.wso2.micro.integrator.security.user.core.jdbc.JDBCUserStoreManager\" }",
                true,
            ),
            ("[user_store]\nclass = \"com.example.MyJDBCUserStoreManager\"", true),
            ("[user_store]\ntype = \"read_only_ldap\"", false),
            ("[user_store]\ntype = true", false),
            ("[[user_store]]\ntype = \"database\"", false),
            ("[server]\nhostname = \"x\"", false),
        ] {
            assert_eq!(user_store_is_jdbc(&document(toml)), expected, "{toml}");
        }
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

    #[test]
    fn strings_come_with_their_keys() {
        let found = strings(&document("a = \"1\"\n[b]\nc.d = ['2', '3']\ne = 4\n[[f]]\ng = { h = \"5\" }"));
        let found: Vec<_> = found.iter().map(|found| (found.key.as_str(), found.value.as_str(), found.line)).collect();
        assert_eq!(found, [("a", "1", 1), ("b.c.d.0", "2", 3), ("b.c.d.1", "3", 3), ("f.0.g.h", "5", 6)]);
    }
}
