//! The values that the server renders its templates with.
//!
//! In: deployment.toml and the rule files of the same home. Out: a [`Context`]. Always: user before inferred before
//! default, keys renamed as `key-mappings.json` says, references resolved as far as the files tell; what only the
//! running server knows (`$env{..}`, `$sys{..}`) is [`UNKNOWN`]. Nothing here is for showing: it holds passwords.
//!
//! Source: config-mapper v1.0.12 (MI 1.2.0) and v1.0.18 (MI 4.0.0), `ConfigParser.parse`.

use crate::document::{Refusal, Table, Value as Toml, repair};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Stands in a value for text that only the running server knows. No XML and no TOML may hold it.
pub const UNKNOWN: char = '\0';

/// References in a value are followed this often, and no value grows beyond this.
const MOST_REFERENCES: usize = 64;
const LONGEST_VALUE: usize = 1 << 16;
/// Inference goes on until nothing is new, at most this often.
const MOST_INFERENCES: usize = 16;

/// A key, split at its dots; a quoted part is one part.
pub type Key = Vec<String>;

/// A value. Scalars are texts, as the templates write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A scalar.
    Text(String),
    /// An array, or an array of tables.
    List(Vec<Value>),
    /// A table.
    Map(BTreeMap<String, Value>),
}

/// The rule files of a home, `repository/resources/conf/*.json`, those that are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// `default.json`
    pub default: Option<&'a [u8]>,
    /// `infer.json`
    pub infer: Option<&'a [u8]>,
    /// `key-mappings.json`
    pub key_mappings: Option<&'a [u8]>,
}

/// What templates are rendered with, and how a user would write each key.
#[derive(Clone, Debug, Default)]
pub struct Context {
    values: BTreeMap<String, Value>,
    /// From the name that templates use to the name that users write.
    names: BTreeMap<Key, Key>,
    /// The same inside the elements of an array of tables: the array, then the key.
    element_names: BTreeMap<(Key, Key), Key>,
}

impl Context {
    /// What a home renders with.
    pub fn new(deployment_toml: &[u8], rules: &Rules<'_>) -> Result<Self, Refusal> {
        let document = repair::read(deployment_toml)?.document;
        let mut context = Self::default();
        let mut flat = BTreeMap::new();
        flatten(&document.root, &[], &mut flat);
        context.map_keys(&mut flat, rules.key_mappings);
        infer(&mut flat, rules.infer);
        for (key, value) in object(rules.default) {
            flat.entry(split(&key)).or_insert_with(|| from_json(&value));
        }
        resolve(&mut flat);
        for (key, value) in flat {
            insert(&mut context.values, &key, value);
        }
        Ok(context)
    }

    /// The value at a path.
    pub fn get(&self, key: &[String]) -> Option<&Value> {
        let (first, rest) = key.split_first()?;
        inside(self.values.get(first)?, rest)
    }

    /// The key as users write it.
    pub fn name(&self, key: &[String]) -> Key {
        self.names.get(key).cloned().unwrap_or_else(|| key.to_vec())
    }

    /// The key of an element of an array of tables as users write it.
    pub fn element_name(&self, array: &[String], key: &[String]) -> Key {
        let name = self.element_names.get(&(array.to_vec(), key.to_vec()));
        name.cloned().unwrap_or_else(|| key.to_vec())
    }

    fn map_keys(&mut self, flat: &mut BTreeMap<Key, Value>, mappings: Option<&[u8]>) {
        let mut in_elements = Vec::new();
        for (from, to) in object(mappings) {
            let targets: Vec<&str> = match &to {
                Json::String(to) => vec![to],
                Json::Array(list) => list.iter().filter_map(Json::as_str).collect(),
                _ => continue,
            };
            if let Some((array, from)) = from.split_once(':') {
                let targets = targets.into_iter().filter_map(|to| to.split_once(':'));
                in_elements.extend(targets.map(|(_, to)| (split(array), split(from), split(to))));
                continue;
            }
            let from = split(&from);
            let value = flat.remove(&from);
            for to in targets {
                let to = split(to);
                if let Some(value) = &value {
                    flat.entry(to.clone()).or_insert_with(|| value.clone());
                }
                self.names.entry(to).or_insert_with(|| from.clone());
            }
        }
        for (array, from, to) in in_elements {
            if let Some(Value::List(elements)) = flat.get_mut(&array) {
                for element in elements.iter_mut() {
                    let Value::Map(map) = element else { continue };
                    if let Some(value) = remove(map, &from) {
                        insert(map, &to, value);
                    }
                }
            }
            self.element_names.entry((array, to)).or_insert(from);
        }
    }
}

impl Value {
    /// The value as a template writes it: `toString()` of its Java class.
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(values) => format!("[{}]", values.iter().map(Self::text).collect::<Vec<_>>().join(", ")),
            Self::Map(map) => {
                let pairs = map.iter().map(|(key, value)| format!("{key}={}", value.text()));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// The value at a path below another.
pub fn inside<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Map(map) => map.get(part),
        _ => None,
    })
}

/// Splits a key of a rule file: `a.'b.c'` has the parts `a` and `b.c`.
pub fn split(key: &str) -> Key {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in key.chars() {
        match character {
            '\'' | '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            other => parts.last_mut().map(|part| part.push(other)).unwrap_or_default(),
        }
    }
    parts
}

/// The pairs of a JSON object; none where the file is missing or is something else.
fn object(json: Option<&[u8]>) -> Vec<(String, Json)> {
    let parsed = json.and_then(|json| serde_json::from_slice::<Json>(json).ok());
    match parsed {
        Some(Json::Object(map)) => map.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn flatten(table: &Table, above: &[String], flat: &mut BTreeMap<Key, Value>) {
    for (name, value) in table {
        let mut key = above.to_vec();
        key.push(name.clone());
        if let Some(inner) = value.as_table() {
            flatten(inner, &key, flat);
        } else {
            flat.insert(key, from_toml(value));
        }
    }
}

fn from_toml(value: &Toml) -> Value {
    match value {
        Toml::String(text) | Toml::Date(text) => Value::Text(text.clone()),
        Toml::Integer(number) => Value::Text(number.to_string()),
        Toml::Float(number) => Value::Text(format!("{number:?}")),
        Toml::Boolean(truth) => Value::Text(truth.to_string()),
        Toml::Array(values) => Value::List(values.iter().map(from_toml).collect()),
        Toml::Table(table) => Value::Map(table.iter().map(|(name, value)| (name.clone(), from_toml(value))).collect()),
    }
}

fn from_json(json: &Json) -> Value {
    match json {
        Json::Null => Value::Text(String::new()),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::List(values.iter().map(from_json).collect()),
        Json::Object(map) => {
            let mut inner = BTreeMap::new();
            for (key, value) in map {
                insert(&mut inner, &split(key), from_json(value));
            }
            Value::Map(inner)
        }
        Json::Bool(_) | Json::Number(_) => Value::Text(json.to_string()),
    }
}

/// Adds what `infer.json` derives from the values at hand, until nothing is new.
fn infer(flat: &mut BTreeMap<Key, Value>, rules: Option<&[u8]>) {
    let rules: Vec<(Key, Json)> = object(rules).into_iter().map(|(key, rule)| (split(&key), rule)).collect();
    for _ in 0..MOST_INFERENCES {
        let mut new = Vec::new();
        for (key, rule) in &rules {
            let Some(value) = flat.get(key) else { continue };
            let Some(Json::Object(inferred)) = rule.get(value.text()) else { continue };
            new.extend(inferred.iter().map(|(key, value)| (split(key), from_json(value))));
        }
        let before = flat.len();
        for (key, value) in new {
            flat.entry(key).or_insert(value);
        }
        if flat.len() == before {
            return;
        }
    }
}

/// Resolves references. `$ref{..}` only counts in texts and in arrays of texts that are settings of their own.
fn resolve(flat: &mut BTreeMap<Key, Value>) {
    for value in flat.values_mut() {
        unknown_in(value);
    }
    let source = flat.clone();
    for value in flat.values_mut() {
        match value {
            Value::Text(text) => {
                if let Some(new) = follow(text, &source) {
                    *value = new;
                }
            }
            Value::List(values) => {
                for value in values {
                    if let Value::Text(text) = value
                        && let Some(new) = follow(text, &source)
                    {
                        *value = new;
                    }
                }
            }
            Value::Map(_) => {}
        }
    }
}

/// The value without references; `None` where it has none.
fn follow(text: &str, source: &BTreeMap<Key, Value>) -> Option<Value> {
    let mut text = text.to_owned();
    let mut changed = false;
    for _ in 0..MOST_REFERENCES {
        let Some((before, rest)) = text.split_once("$ref{") else { break };
        let Some((name, after)) = rest.split_once('}') else { break };
        // The server does not start with a reference to nothing: what it would have written is unknown.
        let found = source.get(&split(name)).cloned().unwrap_or_else(|| Value::Text(UNKNOWN.to_string()));
        let Value::Text(found) = found else { return Some(found) };
        text = format!("{before}{found}{after}");
        changed = true;
        if text.len() > LONGEST_VALUE {
            return Some(Value::Text(UNKNOWN.to_string()));
        }
    }
    changed.then_some(Value::Text(text))
}

fn unknown_in(value: &mut Value) {
    match value {
        Value::Text(text) => {
            for start in ["$env{", "$sys{"] {
                while let Some((before, rest)) = text.split_once(start) {
                    let after = rest.split_once('}').map_or("", |(_, after)| after);
                    *text = format!("{before}{UNKNOWN}{after}");
                }
            }
        }
        Value::List(values) => values.iter_mut().for_each(unknown_in),
        Value::Map(map) => map.values_mut().for_each(unknown_in),
    }
}

fn insert(map: &mut BTreeMap<String, Value>, key: &[String], value: Value) {
    let Some((first, rest)) = key.split_first() else { return };
    if rest.is_empty() {
        map.insert(first.clone(), value);
        return;
    }
    let inner = map.entry(first.clone()).or_insert_with(|| Value::Map(BTreeMap::new()));
    if !matches!(inner, Value::Map(_)) {
        *inner = Value::Map(BTreeMap::new());
    }
    if let Value::Map(inner) = inner {
        insert(inner, rest, value);
    }
}

fn remove(map: &mut BTreeMap<String, Value>, key: &[String]) -> Option<Value> {
    let (first, rest) = key.split_first()?;
    if rest.is_empty() {
        return map.remove(first);
    }
    match map.get_mut(first)? {
        Value::Map(inner) => remove(inner, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(toml: &str) -> Context {
        let rules = Rules {
            default: Some(br#"{"p.'a.b'": "7", "q": "$ref{p.'a.b'}/x", "realm": {"name": "N", "inner": {"on": true}}, "l": ["$ref{q}"]}"#),
            infer: Some(br#"{"kind": {"db": {"class": "C", "deep": true}}, "deep": {"true": {"deeper": "D"}}}"#),
            key_mappings: Some(br#"{"short": "p.'a.b'", "list:param.short": "list:param.'long.name'"}"#),
        };
        Context::new(toml.as_bytes(), &rules).expect("TOML")
    }

    fn at(context: &Context, key: &str) -> Option<String> {
        context.get(&split(key)).map(Value::text)
    }

    #[test]
    fn user_goes_before_inferred_before_default() {
        for (toml, key, value) in [
            ("", "p.'a.b'", Some("7")),
            ("short = 8", "p.'a.b'", Some("8")),
            ("[p]\n'a.b' = true", "p.'a.b'", Some("true")),
            ("short = 8", "short", None),
            ("short = 8", "q", Some("8/x")),
            ("short = 8", "l", Some("[8/x]")),
            ("short = \"$env{X}y\"", "q", Some("\0y/x")),
            ("q = \"$ref{nothing}\"", "q", Some("\0")),
            ("q = \"$ref{q}\"", "q", Some("$ref{q}")),
            ("kind = \"db\"", "deeper", Some("D")),
            ("kind = \"db\"\nclass = \"U\"", "class", Some("U")),
            ("realm.name = \"U\"", "realm.name", Some("U")),
            ("realm.name = \"U\"", "realm.inner.on", Some("true")),
            ("x = ['1', 'b']\ny = 1.5", "x", Some("[1, b]")),
            ("[[list]]\nparam.short = \"$ref{q}\"", "list", Some("[{param={long.name=$ref{q}}}]")),
        ] {
            assert_eq!(at(&context(toml), key).as_deref(), value, "{toml} {key}");
        }
    }

    #[test]
    fn names_lead_back_to_what_users_write() {
        let context = context("");
        assert_eq!(context.name(&split("p.'a.b'")), ["short"]);
        assert_eq!(context.name(&split("x.y")), ["x", "y"]);
        assert_eq!(context.element_name(&split("list"), &split("param.'long.name'")), ["param", "short"]);
        assert_eq!(context.element_name(&split("list"), &split("class")), ["class"]);
    }
}
