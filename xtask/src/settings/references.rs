//! `$ref{..}` in the values of settings.
//!
//! In: values, texts. Out: them with references replaced, or what they refer to. Always: only where the server resolves
//! a reference: in texts and lists of texts, not inside of arrays of tables. What is put in place of references makes
//! a file longer by no more than [`MOST_GROWTH`].
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `ReferenceResolver`.

use super::identity::Settings;
use crate::document::reference;
use crate::document::{Key, Step, Value};
use std::collections::BTreeSet;

const OPEN: &str = "$ref{";

/// How much longer, in bytes, all that a rule puts in place of references may make the texts of a file. No real file
/// comes near; each of many references to a long text could take its length otherwise.
pub(crate) const MOST_GROWTH: usize = 1 << 20;

/// A text would become longer than there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// A reference as it is written.
pub(crate) fn to(name: &str) -> String {
    format!("{OPEN}{name}}}")
}

/// A text in which each reference was replaced by what `with` puts after the text so far. It is given that text and
/// the flat key that is referred to. What the text grows by is taken from the room there is.
pub(crate) fn rewritten(
    text: &str,
    room: &mut usize,
    mut with: impl FnMut(&mut String, &str),
) -> Result<String, TooLong> {
    let most = text.len().saturating_add(*room);
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let Some((name, after)) = after.split_once('}') else { break };
        done.push_str(before);
        with(&mut done, name);
        if done.len() > most {
            return Err(TooLong);
        }
        rest = after;
    }
    done.push_str(rest);
    *room = room.checked_sub(done.len().saturating_sub(text.len())).ok_or(TooLong)?;
    Ok(done)
}

/// Whether the server resolves references in a setting's value.
pub(crate) fn are_resolved(key: &Key) -> bool {
    key.steps().iter().all(|step| matches!(step, Step::Name(_)))
}

/// A value with each of its texts changed; `None` where none is.
pub(crate) fn changed(
    value: &Value,
    change: &mut impl FnMut(&str) -> Result<String, TooLong>,
) -> Result<Option<Value>, TooLong> {
    let new = match value {
        Value::String(text) => Value::String(change(text)?),
        Value::Array(values) => {
            let new = values.iter().map(|value| match value {
                Value::String(text) => change(text).map(Value::String),
                other => Ok(other.clone()),
            });
            Value::Array(new.collect::<Result<_, _>>()?)
        }
        _ => return Ok(None),
    };
    Ok((new != *value).then_some(new))
}

/// The flat keys that settings refer to.
pub(crate) fn used(settings: &Settings) -> BTreeSet<&str> {
    let resolved = settings.iter().filter(|(key, _)| are_resolved(key));
    resolved.flat_map(|(_, value)| names(value)).collect()
}

/// The settings that refer to something below a table, in their order.
pub(crate) fn referring(settings: &Settings, table: &str) -> Vec<Key> {
    let below = format!("{table}.");
    let refers = |value: &Value| names(value).iter().any(|name| name.starts_with(&below));
    let resolved = settings.iter().filter(|(key, _)| are_resolved(key));
    resolved.filter(|(_, value)| refers(value)).map(|(key, _)| key.clone()).collect()
}

/// The flat keys that a value refers to.
fn names(value: &Value) -> Vec<&str> {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        other => std::slice::from_ref(other),
    };
    let texts = values.iter().filter_map(Value::as_str);
    texts.flat_map(|text| reference::names(text, OPEN)).collect()
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
            let done = rewritten(text, &mut 0, |done, name| {
                done.push('<');
                done.push_str(name);
                done.push('>');
            });
            assert_eq!(done.as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_text_grows_by_no_more_than_there_is_room() {
        let text = "$ref{x}".repeat(5);
        let mut room = 24;
        let grown = |by: &str, room: &mut usize| rewritten(&text, room, |done, _| done.push_str(by)).is_ok();
        assert!(!grown("12345678901234567890", &mut room));
        assert_eq!(room, 24);
        assert!(grown("1234567890", &mut room));
        assert_eq!(room, 9);
        assert!(!grown("1234567890", &mut room));
        assert!(grown("1", &mut room));
    }

    #[test]
    fn references_in_arrays_of_tables_are_none() {
        let mut settings = Settings::new();
        let element = Key::dotted("a").with(Step::Nth(0));
        settings.insert(element.then("b"), Value::from("$ref{t.x}"));
        settings.insert(Key::dotted("c"), Value::Array(vec![Value::from("1$ref{t.y}"), Value::Integer(2)]));
        settings.insert(Key::dotted("d"), Value::from("$ref{t.y}$ref{tt.z}"));
        assert!(used(&settings).contains("t.y"));
        assert_eq!(referring(&settings, "t"), [Key::dotted("c"), Key::dotted("d")]);
    }
}
