//! Which settings anything reads.
//!
//! In: the [`RuleFiles`] of one or more distributions. Out: [`Names`]. Always: a setting that a rule file, a template
//! or a known part of the server reads is known; one that nothing reads is not, nor is one that merely looks like it.

use super::expression::Expression;
use super::java::{Map, Object};
use super::template::{self, Lazy, Node};
use super::{RuleFiles, defaults};
use crate::document::Key;
use crate::document::key::{Step, quoted};
use std::collections::{BTreeMap, BTreeSet};

/// The settings that are known, by flat name: parts that TOML would quote in single quotes, elements of arrays left
/// out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// What users can write, and what rules make of it.
    pub exact: BTreeSet<String>,
    /// Tables that are read as a whole: whatever is below.
    pub open: BTreeSet<String>,
    /// What is read inside the elements of an array of tables. Of an array inside another: its flat name.
    pub elements: BTreeMap<String, BTreeSet<String>>,
}

/// Settings that the own code of one of the releases reads, past the templates. Those of which the source says that
/// only v4.0.0 reads them count as known for a home as well; the rule about what is newly read has them in its rows.
///
/// Source: MI v1.2.0 and v4.0.0, readers of `ConfigParser.getParsedConfigs()`: `TransactionCountHandlerComponent`,
/// `DataHolder` of ntask.core, `RDBMSCoordinationStrategy`, `FileBasedUserStoreManager`, `MetricHandler`; and since
/// v4.0.0 `HeartBeatComponent`.
const READ_BY_CODE_OF_EITHER: [&str; 12] = [
    "cluster_config.node_id",
    "dashboard_config.dashboard_url",
    "dashboard_config.group_id",
    "dashboard_config.heartbeat_interval",
    "dashboard_config.node_id",
    "internal_apis.file_user_store.enable",
    "task_handling.resolver_class",
    "task_handling.resolving_frequency",
    "task_handling.resolving_period",
    "transaction_counter.data_source",
    "transaction_counter.enable",
    "transaction_counter.update_interval",
];

/// Tables and arrays of tables that the own code of one of the releases reads as a whole.
///
/// Source: config-mapper v1.0.12 and v1.0.18, `TomlParser.processSecrets`; MI v1.2.0 and v4.0.0, `MetricHandler`,
/// ntask.core; since v4.0.0 the external vaults of secure vault, and `ServiceCatalogDeployer`.
const OPEN_TO_CODE_OF_EITHER: [&str; 6] =
    ["external_vault", "metric_handler", "runtime_secrets", "secrets", "service_catalog", "task_resolver"];

/// No setting has a longer name: longer ones have no near one either.
const LONGEST: usize = 200;
/// Maps inside maps of a rule file, at most.
const DEEPEST: usize = 40;

/// The settings that any of some distributions reads, and those that code of either release reads. A rule file or template that cannot be read adds nothing.
pub fn names(rules: &[&RuleFiles<'_>]) -> Names {
    let mut names = Names::default();
    names.exact.extend(READ_BY_CODE_OF_EITHER.map(str::to_owned));
    names.open.extend(OPEN_TO_CODE_OF_EITHER.map(str::to_owned));
    for rules in rules {
        let read = |name, file| defaults::read(name, file).unwrap_or_default();
        for (key, targets) in read("key-mappings.json", rules.key_mappings) {
            names.mapped(&key);
            match targets {
                Object::String(target) => names.mapped(&target),
                Object::List(targets) => targets.iter().filter_map(Object::as_str).for_each(|name| names.mapped(name)),
                _ => {}
            }
        }
        for (key, value) in read("default.json", rules.default) {
            names.value(&key, &value, DEEPEST);
        }
        for (key, rule) in read("infer.json", rules.infer) {
            names.exact.insert(key);
            let values = rule.as_map().into_iter().flat_map(Map::values).filter_map(Object::as_map);
            for (key, value) in values.flatten() {
                names.value(key, value, DEEPEST);
            }
        }
        for file in rules.templates.values() {
            if let Ok(template) = template::parse(&template::text_of(file)) {
                names.nodes(&template.nodes, &mut Vec::new());
            }
        }
    }
    names
}

/// What the name of a loop stands for.
#[derive(Clone)]
enum Origin {
    /// An element of the array with this flat name.
    Element(String),
    /// Something that stands for no setting: the key of an entry.
    Nothing,
}

type Scope = Vec<(String, Origin)>;

impl Names {
    /// A name of key-mappings.json: `key` or `list:key`.
    fn mapped(&mut self, name: &str) {
        match name.split_once(':') {
            None => {
                self.exact.insert(name.to_owned());
            }
            Some((list, key)) => self.element(list, key),
        }
    }

    fn element(&mut self, array: &str, key: &str) {
        self.elements.entry(array.to_owned()).or_default().insert(key.to_owned());
    }

    /// A name with a value that rules give it: of a map what is in it, of a list of maps what is in its elements.
    fn value(&mut self, key: &str, value: &Object, depth: usize) {
        self.exact.insert(key.to_owned());
        let Some(depth) = depth.checked_sub(1) else { return };
        match value {
            // What a rule refers to is read too: 1.2.0 infers `$ref{truststore.primary.password}`.
            Object::String(text) => {
                let referred = text.split("$ref{").skip(1).filter_map(|rest| rest.split_once('}'));
                self.exact.extend(referred.map(|(name, _)| name.to_owned()));
            }
            Object::Map(map) => {
                for (name, value) in map {
                    self.value(&format!("{key}.{}", inner(name)), value, depth);
                }
            }
            Object::List(values) => {
                for (name, value) in values.iter().filter_map(Object::as_map).flatten() {
                    self.element(key, &inner(name));
                    if matches!(value, Object::List(_)) {
                        self.value(&format!("{key}.{}", inner(name)), value, depth);
                    }
                }
            }
            _ => {}
        }
    }

    fn nodes(&mut self, nodes: &[Node], scope: &mut Scope) {
        for node in nodes {
            match node {
                Node::Text(_) => {}
                Node::Hole { what, .. } => what.iter().for_each(|what| self.reads(what, scope)),
                Node::Set { name, value } => {
                    self.reads(value, scope);
                    scope.push((name.clone(), Origin::Nothing));
                }
                Node::If { arms, .. } => {
                    for arm in arms {
                        arm.condition.iter().for_each(|condition| self.reads(condition, scope));
                        self.nodes(&arm.body, scope);
                    }
                }
                Node::For { names, over, body, .. } => {
                    self.reads(over, scope);
                    let before = scope.len();
                    let origin = match over {
                        Ok(Expression::Items(_)) | Err(_) => Origin::Nothing,
                        Ok(over) => flat_path(over, scope).map_or(Origin::Nothing, |path| Origin::Element(path.flat())),
                    };
                    scope.extend(names.iter().map(|name| (name.clone(), origin.clone())));
                    scope.push(("loop".to_owned(), Origin::Nothing));
                    self.nodes(body, scope);
                    scope.truncate(before);
                }
            }
        }
    }

    fn reads(&mut self, expression: &Lazy, scope: &Scope) {
        let mut open: Vec<&Expression> = expression.iter().collect();
        while let Some(expression) = open.pop() {
            let Some(path) = flat_path(expression, scope) else {
                if expression.path().is_none() {
                    open.extend(expression.parts());
                }
                continue;
            };
            if matches!(expression, Expression::Items(_)) {
                self.open.insert(path.flat());
            }
            match path.array {
                Some(array) if !path.name.is_empty() => self.element(&array, &path.name),
                Some(_) => {}
                None => {
                    self.exact.insert(path.name);
                }
            }
        }
    }

    /// Whether anything reads a setting.
    pub fn knows(&self, key: &Key) -> bool {
        let parts: Vec<&Step> = key.steps().iter().collect();
        let flat = key.flat();
        if self.exact.contains(&flat) {
            return true;
        }
        let mut above = String::new();
        for (number, step) in parts.iter().enumerate() {
            let Step::Name(name) = step else { continue };
            above = if above.is_empty() { quoted(name) } else { format!("{above}.{}", quoted(name)) };
            if self.open.contains(&above) {
                return true;
            }
            let Some(known) = self.elements.get(&above) else { continue };
            let rest = parts.get(number + 1..).unwrap_or_default();
            // An element by its number; or by a name, where a table stands for the array: its values are its elements.
            let inside = Key::from(rest.iter().skip(1).map(|step| (*step).clone()).collect::<Vec<_>>());
            if known.contains(&inside.flat()) {
                return true;
            }
            if matches!(rest.first(), Some(Step::Name(_))) && self.knows_inside(&above, &inside) {
                return true;
            }
        }
        false
    }

    /// Whether a table of an element is read as a whole.
    fn knows_inside(&self, array: &str, inside: &Key) -> bool {
        let mut above = array.to_owned();
        inside.steps().iter().any(|step| {
            if let Step::Name(name) = step {
                above = format!("{above}.{}", quoted(name));
            }
            self.open.contains(&above)
        })
    }

    /// An array with every array in it marked as one.
    fn marked(&self, array: &str) -> String {
        let (mut flat, mut shown) = (String::new(), String::new());
        for step in super::key_of(array).steps() {
            let Step::Name(name) = step else { continue };
            let dot = if flat.is_empty() { "" } else { "." };
            flat = format!("{flat}{dot}{}", quoted(name));
            let mark = if self.elements.contains_key(&flat) { "[]" } else { "" };
            shown = format!("{shown}{dot}{}{mark}", quoted(name));
        }
        shown
    }

    /// The known name that is meant, where an unknown one is plausibly a typing error, or the same in another case.
    ///
    /// Compares with every known name: for a file with very many unknown settings, ask for the first ones only.
    pub fn nearest(&self, key: &Key) -> Option<String> {
        let flat = key.flat();
        if flat.len() > LONGEST || flat.is_empty() {
            return None;
        }
        let elements = self.elements.iter().flat_map(|(array, keys)| {
            let shown = self.marked(array);
            keys.iter().map(move |key| (format!("{array}.{key}"), format!("{shown}.{key}")))
        });
        let exact = self.exact.iter().map(|name| (name.clone(), name.clone()));
        let names = key.steps().iter().filter(|step| matches!(step, Step::Name(_))).count();
        let open = self.open.iter().filter_map(|table| {
            let wanted = super::key_of(table).steps().len();
            if wanted >= names {
                return None;
            }
            let steps = key.steps().iter().filter(|step| matches!(step, Step::Name(_)));
            let rest = Key::from(steps.skip(wanted).cloned().collect::<Vec<_>>()).flat();
            let name = format!("{table}.{rest}");
            Some((name.clone(), name))
        });
        let candidates = exact.chain(elements).chain(open);
        let near = candidates.filter_map(|(name, shown)| Some((distance(&flat, &name)?, name.len(), shown)));
        near.min().map(|(_, _, shown)| shown)
    }
}

/// How many typing errors lie between two names; none for the same in another case or with other separators.
fn distance(written: &str, name: &str) -> Option<usize> {
    if written == name || written.len().abs_diff(name.len()) > 8 {
        return None;
    }
    if plain(written) == plain(name) {
        return Some(0);
    }
    // Part by part, so that the short name of another transport is not taken for a typing error.
    let (written, name) = (written.to_lowercase(), name.to_lowercase());
    let (mut left, mut right) = (written.split('.'), name.split('.'));
    let mut errors = 0;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return (errors <= 2).then_some(errors),
            (Some(left), Some(right)) => {
                let most = [0, 0, 0, 1, 1, 1, 1].get(left.len()).copied().unwrap_or(2);
                let found = if left == right { 0 } else { strsim::osa_distance(left, right) };
                errors += Some(found).filter(|found| *found <= most)?;
            }
            _ => return None,
        }
    }
}

/// A name without case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '.' | '_' | '-' | '\'' | '"')).flat_map(char::to_lowercase).collect()
}

/// The name of a key inside a value of a rule file, where dots are a part of it or not, as in flat keys.
fn inner(name: &str) -> String {
    super::key_of(name).flat()
}

/// A path of a template as the settings have it.
struct FlatPath {
    /// The array that its first name is an element of.
    array: Option<String>,
    name: String,
}

impl FlatPath {
    fn flat(&self) -> String {
        match &self.array {
            Some(array) if self.name.is_empty() => array.clone(),
            Some(array) => format!("{array}.{}", self.name),
            None => self.name.clone(),
        }
    }
}

fn flat_path(expression: &Expression, scope: &Scope) -> Option<FlatPath> {
    let path = expression.path()?;
    let (first, rest) = path.split_first()?;
    let joined = |names: &[&str]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(".");
    match scope.iter().rev().find(|(name, _)| name == first) {
        None => Some(FlatPath { array: None, name: joined(&path) }),
        Some((_, Origin::Element(array))) => Some(FlatPath { array: Some(array.clone()), name: joined(rest) }),
        Some((_, Origin::Nothing)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    const TEMPLATE: &str = "{% for d in datasource %}{{d.url}}{% for k, v in d.pool.items() %}{{k}}{{v}}{% endfor %}\
        {% if d.hosts is defined %}{% for h in d.hosts.toList() %}{{h}}{% if loop.index < d.hosts.toList()|length %},\
        {% endif %}{% endfor %}{% endif %}{% for p in d.parts %}{{p.name}}{% endfor %}{% endfor %}\
        {% if server.on == true and not server.off is defined %}{{server.port | default('1')}}{% endif %}\
        {% for k, v in free.table.items() %}{{k}}{% endfor %}{{map.x.y}}";

    fn rules() -> Names {
        let rules = RuleFiles {
            default: Some(
                br#"{"a.b": 1, "phases": [{"name": "x", "handlers": [{"class": "y"}]}], "map": {"size": 1}}"#,
            ),
            infer: Some(
                br#"{"store.type": {"db": {"store.class": "C", "store.password": "$ref{misnamed.password}"}}}"#,
            ),
            key_mappings: Some(
                br#"{"short.name": "free.table.'long.name'", "datasource:user": "datasource:user-name"}"#,
            ),
            templates: [("conf/x".to_owned(), TEMPLATE.as_bytes())].into(),
        };
        names(&[&rules, &RuleFiles::default()])
    }

    fn unknown(toml: &str) -> Vec<String> {
        let names = rules();
        let document = parse(toml.as_bytes()).expect("a document");
        document.settings.iter().filter(|set| !names.knows(&set.key)).map(|set| set.key.flat()).collect()
    }

    #[test]
    fn what_anything_reads_is_known() {
        let known = "short.name = 1\nmisnamed.password = 1\nstore.type = \"db\"\nstore.class = \"C\"\na.b = 1\nmap.size = 2\nmap.x.y = 1\n\
            [server]\non = true\noff = 1\nport = 2\n[free.table]\n'any.thing' = 1\ndeep.er = 2\n[secrets]\nx = \"y\"\n\
            [dashboard_config]\nnode_id = \"n\"\n[[datasource]]\nurl = \"u\"\nuser = \"x\"\nhosts = []\npool.max = 5\n\
            [[datasource.parts]]\nname = \"x\"\n[[phases]]\nname = \"x\"\n[[phases.handlers]]\nclass = \"c\"\n\
            [[service_catalog]]\nenable = true\n";
        assert_eq!(unknown(known), [] as [&str; 0]);
        // A table where an array of tables is read: its values are the elements.
        assert_eq!(unknown("[datasource.d]\nurl = \"u\"\npool.max = 5"), [] as [&str; 0]);
    }

    #[test]
    fn what_nothing_reads_is_not() {
        for toml in [
            "server.On = true",
            "server.hostnam = 1",
            "'server.on' = true",
            "server.on.x = 1",
            "[datasource]\nurl = \"u\"",
            "[[datasource]]\nusr = 1",
            "[[datasource]]\nparts.name = 1\nnames = 2",
            "[[server]]\nport2 = 2",
            "[[phases]]\nclass = 1",
            "loop.index = 1",
            "d.url = 1",
            "keystore.tls.alias = 1",
        ] {
            assert!(!unknown(toml).is_empty(), "{toml}");
        }
    }

    #[test]
    fn the_nearest_name_is_one_that_was_plausibly_meant() {
        let names = rules();
        let element = Key::dotted("datasource").with(Step::Nth(0));
        for (key, near) in [
            (Key::dotted("server.On"), Some("server.on")),
            (Key::dotted("server.prot"), Some("server.port")),
            (Key::default().then("server.port"), Some("server.port")),
            (Key::dotted("short_name"), Some("short.name")),
            (element.then("ulr"), Some("datasource[].url")),
            (Key::dotted("free.tabel").then("any.thing"), Some("free.table.'any.thing'")),
            (
                Key::dotted("phase").with(Step::Nth(0)).then("handlers").with(Step::Nth(0)).then("class"),
                Some("phases[].handlers[].class"),
            ),
            (Key::dotted("something.else"), None),
            (Key::dotted("a.c"), None),
            (Key::dotted("map"), None),
            (Key::dotted(&"x".repeat(1000)), None),
        ] {
            assert_eq!(names.nearest(&key).as_deref(), near, "{key}");
        }
    }
}
