//! What `overlay.toml` says about settings of deployment.toml.
//!
//! In: the parsed `overlay.toml`. Out: keys with values, and keys that are taken out, in the order of the file.
//! Always: a key is one that the server's parser takes; a value is one that it takes; an error names its line.

use crate::document::{self, Key, Step, Table, Value};
use std::ops::Range;
use toml_edit::{Document, Item};

/// What an overlay says about settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SettingsOfOverlay {
    /// Settings with their new values.
    pub set: Vec<(Key, Value)>,
    /// Settings and tables that are taken out.
    pub unset: Vec<Key>,
}

impl SettingsOfOverlay {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.unset.is_empty()
    }
}

/// Reads the table `[settings]`.
///
/// The error is text for people.
pub(super) fn read(text: &str) -> Result<SettingsOfOverlay, String> {
    let document = Document::parse(text).map_err(|error| document::problem(text, error.span(), error.message()))?;
    let mut found = SettingsOfOverlay::default();
    let Some(settings) = document.get("settings").and_then(Item::as_table_like) else { return Ok(found) };
    if let Some(item) = settings.get("set") {
        let no_table = || at(text, item.span(), "settings.set is no table of keys and values");
        let set = item.as_table_like().ok_or_else(no_table)?;
        for (name, item) in set.iter() {
            let span = set.key(name).and_then(toml_edit::Key::span).or_else(|| item.span());
            let problem = |problem: &str| at(text, span.clone(), &format!("in [settings.set], `{name}` {problem}"));
            let key = key(name).map_err(|wrong| problem(&wrong))?;
            if key.last_name().is_none() {
                return Err(problem("is an element; name a setting of it, like `datasource[id=NAME].url`"));
            }
            let value = setting(item).map_err(|wrong| problem(&wrong))?;
            found.set.push((key, value));
        }
    }
    for item in settings.get("unset").and_then(Item::as_array).into_iter().flatten() {
        let name = item.as_str().unwrap_or_default();
        let problem = |problem: &str| at(text, item.span(), &format!("in settings.unset, `{name}` {problem}"));
        found.unset.push(key(name).map_err(|wrong| problem(&wrong))?);
    }
    Ok(found)
}

/// A problem with its line.
fn at(text: &str, span: Option<Range<usize>>, problem: &str) -> String {
    match span.and_then(|span| text.get(..span.start)) {
        Some(before) => format!("line {}: {problem}", before.matches('\n').count() + 1),
        None => problem.to_owned(),
    }
}

fn key(name: &str) -> Result<Key, String> {
    let key = Key::parse(name).map_err(str::to_owned)?;
    for step in key.steps() {
        match step {
            Step::Name(name) => part(name)?,
            // Which element is the first depends on the home.
            Step::Nth(_) => return Err("counts elements; name one like `datasource[id=NAME].url`".to_owned()),
            Step::Element { .. } => {}
        }
    }
    Ok(key)
}

/// Whether the server's parser keeps a setting with such a name (cava-toml 0.5.0: it crashes on quotes, and loses the
/// values of names that it would have to escape).
fn part(name: &str) -> Result<(), String> {
    if name.chars().all(|character| matches!(character, ' '..='~') && !matches!(character, '\'' | '"' | '\\')) {
        return Ok(());
    }
    Err("has a name that the server does not take: quotes, backslashes, and what is not ASCII".to_owned())
}

fn setting(item: &Item) -> Result<Value, String> {
    match item.as_value() {
        Some(found) if !found.is_inline_table() => value(found),
        _ => Err("is a table; name each of its settings by its whole key in quotes, like \
                  `\"server.hot_deployment\" = false`"
            .to_owned()),
    }
}

fn value(found: &toml_edit::Value) -> Result<Value, String> {
    Ok(match found {
        toml_edit::Value::String(text) => Value::String(text.value().clone()),
        toml_edit::Value::Integer(number) => Value::Integer(*number.value()),
        toml_edit::Value::Float(number) => Value::Float(*number.value()),
        toml_edit::Value::Boolean(value) => Value::Boolean(*value.value()),
        toml_edit::Value::Datetime(date) => Value::Date(date.value().to_string()),
        toml_edit::Value::Array(values) => {
            let values = values.iter().map(value).collect::<Result<Vec<_>, _>>()?;
            let same = |pair: &[Value]| matches!(pair, [one, other] if std::mem::discriminant(one) == std::mem::discriminant(other));
            if !values.windows(2).all(same) {
                return Err("is an array of values of several kinds, which the server does not take".to_owned());
            }
            Value::Array(values)
        }
        toml_edit::Value::InlineTable(inside) => {
            let mut table = Table::new();
            for (name, found) in inside {
                part(name)?;
                table.insert(name.to_owned(), value(found)?);
            }
            Value::Table(table)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_with_their_keys_and_values() {
        let text = "description = \"x\"\n[settings]\nunset = [\"transport.jms\", \"datasource[id=OLD]\"]\n\
                    [settings.set]\n\"server.hot_deployment\" = false\n\"server.offset\" = 10\n\
                    \"synapse_properties.'my.own'\" = 'a'\nplain = [\"a\", \"b\"]\n\
                    \"message_builders\" = [{ name = \"m\", parameter.depth = 1.5 }, { name = \"n\" }]\n";
        let found = read(text).expect("good");
        let keys: Vec<String> = found.set.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(
            keys,
            ["server.hot_deployment", "server.offset", "synapse_properties.'my.own'", "plain", "message_builders"]
        );
        assert_eq!(found.set[0].1, Value::Boolean(false));
        assert_eq!(found.set[1].1, Value::Integer(10));
        assert!(found.set[4].1.is_array_of_tables());
        let depth = found.set[4].1.step(&Step::Nth(0)).and_then(|value| value.step(&Step::Name("parameter".into())));
        assert_eq!(depth.and_then(|value| value.step(&Step::Name("depth".into()))), Some(&Value::Float(1.5)));
        let unset: Vec<String> = found.unset.iter().map(ToString::to_string).collect();
        assert_eq!(unset, ["transport.jms", "datasource[id=OLD]"]);
        assert!(read("description = \"x\"\n").expect("good").is_empty());
    }

    #[test]
    fn what_is_no_setting_is_refused_with_its_line() {
        for (settings, parts) in [
            ("[settings.set]\n\"a..b\" = 1", &["line 2", "`a..b`", "no key"][..]),
            ("[settings.set]\nserver.hot_deployment = false", &["line 2", "`server`", "in quotes"]),
            ("[settings.set]\na = 1\n\"b\" = { c = 1 }", &["line 3", "`b`", "is a table"]),
            ("[settings.set]\n\"datasource[1].url\" = \"x\"", &["line 2", "counts elements"]),
            ("[settings.set]\n\"datasource[id=A]\" = 1", &["line 2", "is an element"]),
            ("[settings.set]\n\"it's\" = \"x\"", &["line 2", "quotes"]),
            ("[settings.set]\n\"gr\u{fc}n\" = \"x\"", &["line 2", "ASCII"]),
            ("[settings.set]\n\"a\" = [1, \"b\"]", &["line 2", "several kinds"]),
            ("[settings.set]\n\"a\" = [{ \"b'\" = 1 }]", &["line 2", "quotes"]),
            ("[settings]\nunset = [\n\"a\",\n\"b.\"]", &["line 4", "`b.`"]),
        ] {
            let error = read(settings).expect_err(settings);
            assert!(parts.iter().all(|part| error.contains(part)), "{settings}: {error}");
        }
    }
}
