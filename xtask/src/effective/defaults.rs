//! `default.json`, and how the rule files are read.
//!
//! In: bytes. Out: a [`Map`] in the order of the file; settings with the defaults for what is not set. Always: a
//! default counts only where the very same flat key is missing; one that is a map or a list stays one value.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `DefaultParser`; gson 2.8.5, for which every number is a double.

use super::StartError;
use super::java::{HashMap, Map, Object};
use serde_json::Value as Json;

/// Adds the defaults.
pub(super) fn add(settings: &mut HashMap, defaults: Map) {
    for (key, value) in defaults {
        if !settings.contains(&key) {
            settings.put(key, value);
        }
    }
}

/// A rule file. One that is not there has no rules: the server would not start without it.
pub(super) fn read(name: &str, file: Option<&[u8]>) -> Result<Map, StartError> {
    let Some(file) = file else { return Ok(Map::new()) };
    let text = String::from_utf8_lossy(file);
    let parsed: Result<Json, _> = serde_json::from_str(text.trim_start_matches('\u{feff}'));
    match parsed.map(object) {
        Ok(Object::Map(map)) => Ok(map),
        Ok(_) => Err(StartError::crash(format!("{name} is no JSON object"), Vec::new())),
        Err(error) => {
            let place = format!("line {}, column {}", error.line(), error.column());
            Err(StartError::crash(format!("{name} is no JSON: {place}"), Vec::new()))
        }
    }
}

fn object(json: Json) -> Object {
    match json {
        Json::Null => Object::Null,
        Json::Bool(value) => Object::Boolean(value),
        Json::Number(number) => number.as_f64().map_or(Object::Null, Object::Float),
        Json::String(text) => Object::String(text),
        Json::Array(values) => Object::List(values.into_iter().map(object).collect()),
        Json::Object(map) => Object::Map(map.into_iter().map(|(key, value)| (key, object(value))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, settings, shown};
    use super::*;

    #[test]
    fn a_default_counts_where_its_very_key_is_missing() {
        let mut settings = settings("a.b = 1\n[c]\nd = 2");
        add(&mut settings, json(r#"{"a.b": 7, "c": {"d": 3}, "e": [true, null], "f": 1}"#));
        assert_eq!(shown(&settings), ["a.b = 1", "c = {d=3.0}", "c.d = 2", "e = [true, null]", "f = 1.0"]);
    }

    #[test]
    fn a_broken_rule_file_stops_the_server() {
        for bad in ["", "[]", "{", "{\"a\": }"] {
            assert!(read("default.json", Some(bad.as_bytes())).expect_err(bad).crashes, "{bad}");
        }
        assert_eq!(read("default.json", None), Ok(Map::new()));
    }
}
