//! What deployment.toml says about users.
//!
//! Facts: a store in a database takes `dataSource` of its own properties, the JNDI name of a data source, before that
//! of the realm; and where there is none, but a `driverName`, its own `url` (MI v1.2.0 and v4.0.0
//! `DatabaseUtil.createUserStoreDataSource`, `JDBCRealmConstants`). The JNDI name is `jdbc/` and the id (MI v4.0.0
//! `templates/conf/datasources/master-datasources.xml.j2`).
//!
//! In: a deployment.toml and the rule files of 4.0.0. Out: [`Settings`]. Always: what the server makes of the file
//! counts, inferred classes and references included; where it would not start, what is written there.

use super::ToldBy;
use super::database::{self, Doubt};
use crate::choice::Database;
use crate::document::{Document, Key, Step, Table, Value};
use crate::effective::{self, Environment, RuleFiles};
use std::collections::BTreeMap;

/// Whose classes the product brings.
const PRODUCT: &str = "org.wso2.micro.integrator.security.user.core.";
/// Where a realm has its tables unless another data source is named.
const DATA_SOURCE: &str = "WSO2CarbonDB";
/// What a store has of its own.
const PROPERTIES: &str = "user_store.properties";
/// How far 4.0.0 moves its ports unless told otherwise: MI v4.0.0 `bin/micro-integrator.sh`.
const PORT_OFFSET: u16 = 10;

/// What kind of user store it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// None but what the release ships.
    Default,
    /// Users in deployment.toml.
    File,
    /// An LDAP server.
    Ldap,
    /// A database.
    Jdbc,
    /// A class that tells nothing.
    Own(String),
}

/// A `[[datasource]]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    pub(super) id: String,
    /// May hold a password: not for showing.
    pub(super) url: Option<String>,
    pub(super) driver: Option<String>,
    pub(super) user: Option<String>,
    /// What each connection runs first: `initSQL` of the pool.
    pub(super) first: Option<String>,
}

impl Source {
    /// Which kind of database it is, by itself.
    pub(super) fn told(&self) -> Result<(Database, ToldBy), Doubt> {
        database::tell(self.url.as_deref(), self.driver.as_deref())
    }
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) kind: Kind,
    /// The class of the store, where it is not the product's.
    pub(super) own_class: Option<String>,
    /// The id of the data source that the realm uses.
    pub(super) source: String,
    pub(super) sources: Vec<Source>,
    /// Statements of the user's own that matter, one line each.
    pub(super) statements: Vec<String>,
    /// Whether the management API does not use the file-based store.
    pub(super) file_store_is_off: bool,
    pub(super) has_secrets: bool,
    pub(super) port_offset: Option<u16>,
}

impl Settings {
    /// The data source that the realm uses, where it is there.
    pub(super) fn of_realm(&self) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == self.source)
    }
}

/// Values as the server has them.
struct Effective<'a> {
    document: &'a Document,
    context: Option<effective::Context>,
}

impl Effective<'_> {
    fn value(&self, key: &str) -> Option<&Value> {
        let made = self.context.as_ref().and_then(|context| context.flat.get(key));
        made.or_else(|| self.document.value(&Key::dotted(key)))
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// The properties of the store, by name.
    fn properties(&self) -> Vec<(String, String)> {
        let written = self.document.value(&Key::dotted("user_store.properties")).and_then(Value::as_table);
        let written = written.into_iter().flatten().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)));
        written.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Reads it.
pub(super) fn settings(document: &Document, rules: &RuleFiles<'_>) -> Settings {
    let context = effective::context(document, rules, &Environment::default()).ok();
    let effective = Effective { document, context };
    let kind = kind(&effective);
    let class = effective.text("user_store.class");
    let own_class = class.filter(|class| kind != Kind::Default && !class.starts_with(PRODUCT)).map(str::to_owned);
    let in_table =
        effective.value("realm_manager").and_then(Value::as_table).and_then(|table| table.get("data_source"));
    let source = effective.text("realm_manager.data_source").or_else(|| in_table.and_then(Value::as_str));
    let switch = effective.value("internal_apis.file_user_store.enable");
    let off = matches!(switch, Some(Value::Boolean(false))) || switch.and_then(Value::as_str) == Some("false");
    let mut sources = sources(&effective);
    let mut source = source.unwrap_or(DATA_SOURCE).to_owned();
    if matches!(kind, Kind::Jdbc | Kind::Own(_)) {
        let property = |name: &str| effective.text(&format!("{PROPERTIES}.{name}")).map(str::to_owned);
        if let Some(name) = property("dataSource") {
            name.strip_prefix("jdbc/").unwrap_or(&name).clone_into(&mut source);
        } else if let Some(driver) = property("driverName") {
            PROPERTIES.clone_into(&mut source);
            let (url, user) = (property("url"), property("userName"));
            sources.push(Source { id: source.clone(), url, driver: Some(driver), user, first: None });
        }
    }
    Settings {
        own_class,
        source,
        sources,
        statements: statements(&effective.properties()),
        file_store_is_off: off,
        has_secrets: document.root.get("secrets").and_then(Value::as_table).is_some_and(|table| !table.is_empty()),
        port_offset: match effective.value("server.offset") {
            None => Some(PORT_OFFSET),
            Some(Value::Integer(offset)) => u16::try_from(*offset).ok(),
            Some(value) => value.as_str().and_then(|text| text.trim().parse().ok()),
        },
        kind,
    }
}

fn kind(effective: &Effective<'_>) -> Kind {
    let store = |name: &str| effective.document.value(&Key::dotted("user_store").then(name)).is_some();
    let written = |key: &str| effective.document.value(&Key::dotted(key)).is_some();
    let kind = effective.document.value(&Key::dotted("user_store.type")).and_then(Value::as_str);
    // As shipped: no server is named, and nobody can log in.
    if kind == Some("read_only_ldap")
        && !store("class")
        && !store("connection_url")
        && !written("user_store.properties.ConnectionURL")
    {
        return Kind::Default;
    }
    match effective.text("user_store.class") {
        // `infer.json`, where the file could not be worked out.
        None if kind == Some("database") => Kind::Jdbc,
        None if kind.is_some_and(|kind| kind.ends_with("_ldap")) => Kind::Ldap,
        None => Kind::Default,
        Some(class) if class.ends_with("JDBCUserStoreManager") => Kind::Jdbc,
        Some(class) if class.contains(".ldap.") || class.contains("LDAP") || class.contains("ActiveDirectory") => {
            Kind::Ldap
        }
        Some(class) if class.contains("FileBased") => Kind::File,
        Some(class) if class.to_ascii_lowercase().contains("jdbc") => Kind::Jdbc,
        Some(class) => Kind::Own(class.to_owned()),
    }
}

/// The data sources, as the template finds them: defaults included, and with `$ref{..}` resolved where the server does
/// that, which is not inside of `[[datasource]]`. A table of tables serves as well as an array: the template loops over
/// either.
fn sources(effective: &Effective<'_>) -> Vec<Source> {
    let Some(context) = &effective.context else {
        return match effective.document.root.get("datasource") {
            Some(Value::Array(elements)) => elements.iter().filter_map(Value::as_table).map(source).collect(),
            Some(Value::Table(tables)) => tables.values().filter_map(Value::as_table).map(source).collect(),
            _ => Vec::new(),
        };
    };
    if let Some(Value::Array(elements)) = context.flat.get("datasource") {
        return elements.iter().filter_map(Value::as_table).map(source).collect();
    }
    let mut tables: BTreeMap<String, Source> = BTreeMap::new();
    for (name, value) in &context.flat {
        let key = effective::key_of(name);
        let [Step::Name(first), Step::Name(table), rest @ ..] = key.steps() else { continue };
        if first != "datasource" {
            continue;
        }
        let source = tables.entry(table.clone()).or_default();
        let text = value.as_str().map(str::to_owned);
        let last = match rest {
            [Step::Name(last)] => last,
            [Step::Name(pool), Step::Name(last)] if pool == "pool_options" && last == "initSQL" => last,
            _ => continue,
        };
        match last.as_str() {
            "initSQL" => source.first = text,
            "id" => source.id = text.unwrap_or_default(),
            "url" => source.url = text,
            "driver" => source.driver = text,
            "username" => source.user = text,
            _ => {}
        }
    }
    tables.into_values().collect()
}

fn source(table: &Table) -> Source {
    let pool = table.get("pool_options").and_then(Value::as_table);
    // The server flattens tables in arrays.
    let flat = table.get("pool_options.initSQL");
    let text = |name: &str| table.get(name).and_then(Value::as_str).map(str::to_owned);
    Source {
        id: text("id").unwrap_or_default(),
        url: text("url"),
        driver: text("driver"),
        user: text("username"),
        first: flat.or_else(|| pool?.get("initSQL")).and_then(Value::as_str).map(str::to_owned),
    }
}

/// Facts: 4.0.0 adds users by `AddUserWithIdSql` and no longer reads `AddUserSQL`; both releases read the columns of
/// `SelectUserSQL` by their places (MI v4.0.0 `JDBCUserStoreManager`, `JDBCRealmConstants`).
fn statements(properties: &[(String, String)]) -> Vec<String> {
    let line = |(name, statement): &(String, String)| {
        let words: Vec<String> = statement.split_whitespace().map(str::to_ascii_lowercase).collect();
        let all_columns = words.get(1).is_some_and(|word| word == "*" || word.ends_with(".*"));
        if name.starts_with("AddUserSQL") {
            Some(format!("{name}: not used any more; 4.0.0 adds users by AddUserWithIdSql"))
        } else if name.starts_with("SelectUserSQL") && all_columns {
            Some(format!("{name}: `SELECT *` is read by place; right as long as UM_USER_ID is the last column"))
        } else {
            None
        }
    };
    let mut lines: Vec<String> = properties.iter().filter_map(line).collect();
    lines.sort();
    lines
}
