//! `infer.json`: values that follow from others.
//!
//! In: the mapped settings. Out: the same with what follows from them. Always: what the user sets stays.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `ValueInferrer`. A rule's key is a regular expression there: its dots
//! match any character, `$1` a word.

use super::StartError;
use super::java::{HashMap, Map, Object};
use super::key_of;

/// Rules that lead to rules, at most.
const DEEPEST: usize = 50;
/// Rules, at most: each is compared with each setting.
const MOST_RULES: usize = 2000;
/// Values that are taken over, at most.
const MOST: usize = 1_000_000;

/// Adds what follows from the settings.
pub(super) fn infer(settings: &mut HashMap, rules: &Map) -> Result<(), StartError> {
    if rules.len() > MOST_RULES {
        return Err(StartError::crash("infer.json has more rules than can be followed", Vec::new()));
    }
    let patterns: Vec<(&str, Vec<Pattern>)> = rules.keys().map(|key| (key.as_str(), pattern(key))).collect();
    let mut inferred = Map::new();
    let mut left = MOST;
    for (key, value) in settings.iter() {
        let Some(rule) = matching(key, rules, &patterns) else { continue };
        let Some(values) = rules.get(rule).and_then(Object::as_map) else { return Err(no_map(rule)) };
        let values = match values.get(&value.to_string()) {
            None => continue,
            Some(Object::Map(values)) => {
                left = left.checked_sub(values.len()).ok_or_else(|| no_end(key))?;
                resolved(rule, key, values)
            }
            Some(_) => return Err(no_map(rule)),
        };
        further(&values, rules, &patterns, &mut inferred, DEEPEST, &mut left)?;
        inferred.extend(values);
    }
    for value in inferred.values_mut() {
        if let Object::Float(number) = value
            && number.fract() == 0.0
        {
            *value = Object::Integer(i64::from(int(*number)));
        }
    }
    for (key, value) in settings.iter() {
        inferred.insert(key.clone(), value.clone());
    }
    settings.replace(inferred);
    Ok(())
}

/// `Double.intValue`.
#[expect(clippy::cast_possible_truncation, reason = "what Java does too: the nearest number that fits")]
fn int(number: f64) -> i32 {
    number as i32
}

fn no_map(rule: &str) -> StartError {
    StartError::crash(format!("the rule for {rule} is no map"), vec![key_of(rule)])
}

/// What follows from what was inferred. Only where the inferred value is a text: no other value is found in a map
/// whose keys are texts.
fn further(
    values: &Map,
    rules: &Map,
    patterns: &[(&str, Vec<Pattern>)],
    inferred: &mut Map,
    depth: usize,
    left: &mut usize,
) -> Result<(), StartError> {
    for (key, value) in values {
        *left = left.checked_sub(1).ok_or_else(|| no_end(key))?;
        let Some(rule) = matching(key, rules, patterns) else { continue };
        let Some(Object::Map(more)) =
            rules.get(rule).and_then(Object::as_map).zip(value.as_str()).and_then(|(rule, value)| rule.get(value))
        else {
            continue;
        };
        inferred.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        let depth = depth.checked_sub(1).ok_or_else(|| no_end(key))?;
        further(more, rules, patterns, inferred, depth, left)?;
    }
    Ok(())
}

fn no_end(key: &str) -> StartError {
    StartError::crash("the rules of infer.json lead to each other without end", vec![key_of(key)])
}

/// A rule's values with `$1` replaced by the part of the key that stands in its place.
fn resolved(rule: &str, key: &str, values: &Map) -> Map {
    let parts: Vec<(&str, &str)> = rule.split('.').zip(key.split('.')).filter(|(part, _)| is_wildcard(part)).collect();
    let replaced = |text: &str| parts.iter().fold(text.to_owned(), |text, (part, by)| text.replace(part, by));
    let values = values.iter().map(|(key, value)| {
        let value = value.as_str().map_or_else(|| value.clone(), |text| Object::String(replaced(text)));
        (replaced(key), value)
    });
    values.collect()
}

fn is_wildcard(part: &str) -> bool {
    part.strip_prefix('$').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Pattern {
    Any,
    Word,
    Exactly(char),
}

/// A rule's key as the server compares it.
fn pattern(rule: &str) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    let mut characters = rule.chars().peekable();
    while let Some(character) = characters.next() {
        let wildcard = character == '$' && characters.peek().is_some_and(char::is_ascii_digit);
        while wildcard && characters.peek().is_some_and(char::is_ascii_digit) {
            characters.next();
        }
        patterns.push(match character {
            _ if wildcard => Pattern::Word,
            '.' => Pattern::Any,
            _ => Pattern::Exactly(character),
        });
    }
    patterns
}

fn matching<'a>(key: &str, rules: &Map, patterns: &[(&'a str, Vec<Pattern>)]) -> Option<&'a str> {
    let exact = rules.get_index_of(key).and_then(|place| patterns.get(place));
    exact.or_else(|| patterns.iter().find(|(_, pattern)| matches(key, pattern))).map(|(rule, _)| *rule)
}

/// Whether a pattern matches a whole key: which of its places can be reached, character by character.
fn matches(key: &str, pattern: &[Pattern]) -> bool {
    if !pattern.contains(&Pattern::Word) {
        let mut characters = key.chars();
        return pattern.iter().all(|pattern| characters.next().is_some_and(|character| fits(*pattern, character)))
            && characters.next().is_none();
    }
    let mut reached = vec![false; pattern.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    for character in key.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (place, pattern) in pattern.iter().enumerate() {
            let before = reached.get(place).copied().unwrap_or_default();
            let again = *pattern == Pattern::Word && reached.get(place + 1).copied().unwrap_or_default();
            if let Some(next) = next.get_mut(place + 1) {
                *next = (before || again) && fits(*pattern, character);
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or_default()
}

fn fits(pattern: Pattern, character: char) -> bool {
    match pattern {
        Pattern::Any => !matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'),
        Pattern::Word => character.is_ascii_alphanumeric() || character == '_',
        Pattern::Exactly(one) => one == character,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, settings, shown};
    use super::*;

    fn inferred(toml: &str, rules: &str) -> Vec<String> {
        let mut settings = settings(toml);
        infer(&mut settings, &json(rules)).expect("inferred");
        shown(&settings)
    }

    #[test]
    fn what_follows_is_added_and_what_is_set_stays() {
        let rules = r#"{
            "store.type": {"db": {"store.class": "C", "size": 5, "half": 0.5}},
            "on": {"true": {"store.type": "db", "flag": true}},
            "flag": {"true": {"never": 1}},
            "pool.$1.kind": {"x": {"pool.$1.driver": "driver of $1"}}
        }"#;
        for (toml, expected) in [
            ("store.type = \"db\"", vec!["half = 0.5", "size = 5", "store.class = C", "store.type = db"]),
            (
                "store.type = \"db\"\nstore.class = \"U\"\nsize = 1\nhalf = 1",
                vec!["half = 1", "size = 1", "store.class = U", "store.type = db"],
            ),
            ("store.type = \"DB\"", vec!["store.type = DB"]),
            (
                "on = true",
                vec!["flag = true", "half = 0.5", "on = true", "size = 5", "store.class = C", "store.type = db"],
            ),
            ("flag = \"true\"", vec!["flag = true", "never = 1"]),
            ("pool.a_b.kind = \"x\"", vec!["pool.a_b.driver = driver of a_b", "pool.a_b.kind = x"]),
            ("pool.a-b.kind = \"x\"", vec!["pool.a-b.kind = x"]),
            // The dot of a rule matches any character.
            (
                "store_type = \"db\"\nhalf = 1\nsize = 2",
                vec!["half = 1", "size = 2", "store.class = C", "store_type = db"],
            ),
        ] {
            assert_eq!(inferred(toml, rules), expected, "{toml}");
        }
    }

    #[test]
    fn rules_without_end_are_stopped() {
        let mut settings = settings("a = \"x\"");
        let rules = json(r#"{"a": {"x": {"b": "x"}}, "b": {"x": {"a": "x"}}}"#);
        assert!(infer(&mut settings, &rules).expect_err("no end").crashes);
    }
}
