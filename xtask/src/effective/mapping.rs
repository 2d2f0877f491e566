//! `key-mappings.json`: short names become the names that rules and templates use.
//!
//! In: the flat settings. Out: the same under their mapped names, and which name was which. Always: a key is looked up
//! whole; what is not mapped keeps its name.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `KeyMapper`.

use super::java::{HashMap, Map, Object};
use super::{StartError, key_of};
use crate::document::Key;
use crate::document::key::Step;
use std::collections::BTreeMap;

/// Elements of arrays that are looked at, at most.
const MOST: usize = 20_000_000;

/// Mapped names, and what the user wrote: `key` or `list:key`.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(BTreeMap<String, String>);

impl Written {
    /// A key under the name that the user wrote.
    pub(super) fn of(&self, key: &Key) -> Key {
        let steps = key.steps();
        let Some(number) = steps.iter().position(|step| matches!(step, Step::Nth(_))) else {
            return self.0.get(&key.flat()).map_or_else(|| key.clone(), |written| key_of(written));
        };
        let (list, inside) = steps.split_at_checked(number + 1).unwrap_or((steps, &[]));
        let list = Key::from(list.to_vec());
        let inside = Key::from(inside.to_vec()).flat();
        let Some((_, written)) = self.0.get(&format!("{}:{inside}", list.flat())).and_then(|name| name.split_once(':'))
        else {
            return key.clone();
        };
        key_of(written).steps().iter().fold(list, |key, step| key.with(step.clone()))
    }
}

/// Renames the settings, and then the keys inside arrays of tables (`list:key`).
pub(super) fn map(settings: &mut HashMap, mappings: &Map) -> Result<Written, StartError> {
    let mut written = Written::default();
    let mut mapped = Map::new();
    for (key, value) in settings.iter() {
        match mappings.get(key) {
            None => {
                mapped.insert(key.clone(), value.clone());
            }
            Some(targets) => {
                for target in texts(targets) {
                    mapped.insert(target.to_owned(), value.clone());
                    written.0.insert(target.to_owned(), key.clone());
                }
            }
        }
    }
    let mut left = MOST;
    for (key, targets) in mappings {
        let mut parts = parts(key).into_iter();
        match (parts.next(), parts.next(), parts.next()) {
            (_, _, Some(_)) => {
                let message = format!("Unknown key mapping key with multiple array elements: {key}");
                return Err(StartError::exit(message, Vec::new()));
            }
            (Some(list), Some(inner), None) => {
                if let Some(Object::List(elements)) = mapped.get_mut(list) {
                    left = left.checked_sub(elements.len()).ok_or_else(|| {
                        StartError::crash("more tables in arrays than can be renamed", vec![key_of(list)])
                    })?;
                    let mut renamed = false;
                    for element in elements {
                        renamed |= rename(element, inner, targets)?;
                    }
                    if renamed {
                        let of = texts(targets).into_iter().map(|target| (target.to_owned(), key.clone()));
                        written.0.extend(of);
                    }
                }
            }
            _ => {}
        }
    }
    settings.replace(mapped);
    Ok(written)
}

/// `String.split(":")`, which drops empty parts at the end.
fn parts(key: &str) -> Vec<&str> {
    key.trim_end_matches(':').split(':').collect()
}

fn texts(targets: &Object) -> Vec<&str> {
    match targets {
        Object::String(target) => vec![target],
        Object::List(targets) => targets.iter().filter_map(Object::as_str).collect(),
        _ => Vec::new(),
    }
}

fn rename(element: &mut Object, key: &str, targets: &Object) -> Result<bool, StartError> {
    let Object::Map(element) = element else { return Ok(false) };
    let Some(value) = element.shift_remove(key).filter(|value| *value != Object::Null) else { return Ok(false) };
    for target in texts(targets) {
        let [_, new] = parts(target)[..] else {
            let message = format!("Unknown key mapping value with multiple array elements: {target}");
            return Err(StartError::exit(message, Vec::new()));
        };
        element.insert(new.to_owned(), value.clone());
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, settings, shown};
    use super::*;

    fn mapped(toml: &str, mappings: &str) -> Result<Vec<String>, StartError> {
        let mut settings = settings(toml);
        map(&mut settings, &json(mappings))?;
        Ok(shown(&settings))
    }

    #[test]
    fn keys_are_renamed_whole() {
        let rules = r#"{"a.b": "x.'y z'", "two": ["p", "q"], "l:k": "l:k.long", "short": "m", "m:k": "m:n"}"#;
        for (toml, expected) in [
            ("a.b = 1", vec!["x.'y z' = 1"]),
            ("a.b.c = 1", vec!["a.b.c = 1"]),
            ("A.b = 1", vec!["A.b = 1"]),
            ("two = 2", vec!["p = 2", "q = 2"]),
            ("[[l]]\nk = 1\no = 2\n[[l]]\no = 3", vec!["l = [{o=2, k.long=1}, {o=3}]"]),
            ("l.k = 1", vec!["l.k = 1"]),
            ("[[short]]\nk = 1", vec!["m = [{n=1}]"]),
        ] {
            assert_eq!(mapped(toml, rules).expect("mapped"), expected, "{toml}");
        }
        assert!(!mapped("", r#"{"a:b:c": "a:d"}"#).expect_err("two lists").crashes);
        assert!(!mapped("[[a]]\nb = 1", r#"{"a:b": "d"}"#).expect_err("no list").crashes);
    }

    #[test]
    fn mapped_names_lead_back_to_what_was_written() {
        let rules = json(r#"{"a.b": "x.'y z'", "c": "d", "l:k": "l:'k.long'"}"#);
        let written = map(&mut settings("a.b = 1\n[[l]]\nk = 1"), &rules).expect("mapped");
        let element = Key::dotted("l").with(Step::Nth(0));
        for (key, back) in [
            (Key::dotted("x").then("y z"), Key::dotted("a.b")),
            (Key::dotted("d"), Key::dotted("d")),
            (element.then("k.long"), element.then("k")),
            (element.then("other"), element.then("other")),
        ] {
            assert_eq!(written.of(&key), back);
        }
    }

    #[test]
    fn of_two_settings_with_one_name_the_later_in_hash_order_wins() {
        // "b" is bucket 2 and "a" bucket 1 of 16.
        assert_eq!(mapped("b = \"target\"\na = \"short\"", r#"{"a": "b"}"#).expect("mapped"), ["b = target"]);
        // "c" is bucket 3.
        assert_eq!(mapped("b = \"target\"\nc = \"short\"", r#"{"c": "b"}"#).expect("mapped"), ["b = short"]);
    }
}
