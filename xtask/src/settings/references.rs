//! `$ref{..}` in the values of settings.
//!
//! In: values, texts. Out: them with references replaced, or what they refer to. Always: only where the server resolves
//! a reference: in texts and lists of texts, not inside of arrays of tables.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `ReferenceResolver`.

use super::identity::Settings;
use crate::document::{Key, Step, Value};
use std::collections::BTreeSet;

const OPEN: &str = "$ref{";

/// A reference as it is written.
pub(crate) fn to(name: &str) -> String {
    format!("{OPEN}{name}}}")
}

/// A text in which each reference was replaced by what `with` puts after the text so far. It is given that text and
/// the flat key that is referred to.
pub(crate) fn rewritten(text: &str, mut with: impl FnMut(&mut String, &str)) -> String {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, after)) = after.split_once('}') else { break };
        done.push_str(before);
        with(&mut done, name);
        rest = after;
    }
    done.push_str(rest);
    done
}

/// Whether the server resolves references in a setting's value.
pub(crate) fn are_resolved(key: &Key) -> bool {
    key.steps().iter().all(|step| matches!(step, Step::Name(_)))
}

/// A value with each of its texts changed; `None` where none is.
pub(crate) fn changed(value: &Value, change: &mut impl FnMut(&str) -> String) -> Option<Value> {
    let new = match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(values) => {
            let new = values.iter().map(|value| match value {
                Value::String(text) => Value::String(change(text)),
                other => other.clone(),
            });
            Value::Array(new.collect())
        }
        _ => return None,
    };
    (new != *value).then_some(new)
}

/// The flat keys below a table that settings refer to, each with the settings that do.
pub(crate) fn into(settings: &Settings, table: &str) -> BTreeSet<(String, Key)> {
    let mut found = BTreeSet::new();
    let below = format!("{table}.");
    for (key, value) in settings.iter().filter(|(key, _)| are_resolved(key)) {
        let mut look = |text: &str| {
            rewritten(text, |_, name| {
                if name.starts_with(&below) {
                    found.insert((name.to_owned(), key.clone()));
                }
            })
        };
        changed(value, &mut look);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_where_they_are_whole() {
        for (text, expected) in [
            ("a$ref{x}b$ref{y.'z w'}", "a<x>b<y.'z w'>"),
            ("$ref{x", "$ref{x"),
            ("$env{x}", "$env{x}"),
            ("$ref{$ref{x}}", "<$ref{x>}"),
            ("", ""),
        ] {
            let done = rewritten(text, |done, name| {
                done.push('<');
                done.push_str(name);
                done.push('>');
            });
            assert_eq!(done, expected, "{text}");
        }
    }

    #[test]
    fn references_in_arrays_of_tables_are_none() {
        let mut settings = Settings::new();
        let element = Key::dotted("a").with(Step::Nth(0));
        settings.insert(element.then("b"), Value::from("$ref{t.x}"));
        settings.insert(Key::dotted("c"), Value::Array(vec![Value::from("1$ref{t.y}"), Value::Integer(2)]));
        settings.insert(Key::dotted("d"), Value::from("$ref{t.y}$ref{tt.z}"));
        let found: Vec<_> = into(&settings, "t").into_iter().map(|(name, key)| format!("{name} {key}")).collect();
        assert_eq!(found, ["t.y c", "t.y d"]);
    }
}
