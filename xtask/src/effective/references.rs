//! `$secret{..}`, `$sys{..}`, `$env{..}` and `$ref{..}`, in the order and with the oddities of the server.
//!
//! In: settings, secrets, and an [`Environment`]. Out: settings without references, and the placeholders that stayed.
//! Always: bounded, also where references multiply a value; no message holds a value.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `ReferenceResolver`; commons-lang 2.6, `StringUtils.substringsBetween`;
//! JDK 8, `Matcher.appendReplacement`, which is where a `$` in an environment variable ends the server.

use super::java::{HashMap, Map, Object};
use super::{Environment, StartError, key_of};
use crate::document::Key;
use crate::document::key::Step;
use indexmap::{IndexMap, IndexSet};

/// What all references together may write, at most. In bytes.
const LARGEST: usize = 64 << 20;
/// Steps on the way from reference to reference, at most.
const MOST_STEPS: usize = 5_000_000;

/// Settings that are named in one error, at most.
const MOST_NAMED: usize = 20;

/// The texts between two marks, as commons-lang finds them: a pair that ends the text counts only when the text is
/// longer than the closing mark from where the search goes on.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut rest = text;
    while rest.len() > close.len() {
        let Some((_, after)) = rest.split_once(open) else { break };
        let Some((inner, after)) = after.split_once(close) else { break };
        found.push(inner);
        rest = after;
    }
    found
}

/// Checks that secrets which are referred to are there, as far as the server checks it: after the first one that it
/// finds, it looks at no other.
pub(super) fn check_secrets(settings: &HashMap, secrets: &mut IndexMap<String, String>) -> Result<(), StartError> {
    let anything_goes = secrets.get("enable").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    for (name, value) in settings.iter() {
        let key = key_of(name);
        let found = match value {
            Object::String(text) => secret_in(text, &key, secrets, anything_goes)?,
            Object::List(values) => secret_in_list(values, &key, secrets, anything_goes)?,
            _ => false,
        };
        if found {
            return Ok(());
        }
    }
    Ok(())
}

fn secret_in_list(
    values: &[Object],
    key: &Key,
    secrets: &mut IndexMap<String, String>,
    anything_goes: bool,
) -> Result<bool, StartError> {
    for (number, value) in values.iter().enumerate() {
        match value {
            Object::String(text) if secret_in(text, key, secrets, anything_goes)? => return Ok(true),
            Object::Map(map) => {
                for (name, value) in map {
                    let Object::String(text) = value else { continue };
                    if secret_in(text, &inside(&key.with(Step::Nth(number)), name), secrets, anything_goes)? {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}

fn secret_in(
    text: &str,
    key: &Key,
    secrets: &mut IndexMap<String, String>,
    anything_goes: bool,
) -> Result<bool, StartError> {
    let names = between(text, "$secret{", "}");
    for name in &names {
        if anything_goes && !secrets.contains_key(*name) {
            secrets.insert((*name).to_owned(), String::new());
        }
        let problem = match secrets.get(*name) {
            None => "resolved",
            Some(value) if !between(value, "[", "]").is_empty() => "plain text",
            Some(_) => continue,
        };
        let can_not_be = if problem == "resolved" { "can't be resolved" } else { "can't be plain text" };
        return Err(StartError::exit(format!("Secret references {can_not_be} for {name}"), vec![key.clone()]));
    }
    Ok(!names.is_empty())
}

/// A flat name below a key.
fn inside(key: &Key, name: &str) -> Key {
    key_of(name).steps().iter().fold(key.clone(), |key, step| key.with(step.clone()))
}

/// One of the two kinds of references to the surroundings of the server.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Property,
    Variable,
}

impl Kind {
    fn opening(self) -> &'static str {
        match self {
            Self::Property => "$sys{",
            Self::Variable => "$env{",
        }
    }

    fn found(self, name: &str, environment: &Environment) -> Option<String> {
        match self {
            Self::Property => environment.properties.get(name).filter(|value| !value.is_empty()).cloned(),
            Self::Variable => environment.variables.get(name).cloned(),
        }
    }

    fn missing(self, name: &str) -> String {
        match self {
            Self::Property => format!("Error while retrieving {name} system property"),
            Self::Variable => format!("Environment variable {name} not defined in system"),
        }
    }
}

/// Resolves `$sys{..}`, and then `$env{..}`, at every depth. Returns the placeholders that stayed.
pub(super) fn resolve_environment(
    settings: &mut HashMap,
    environment: &Environment,
) -> Result<Vec<String>, StartError> {
    let mut surroundings = Surroundings { environment, unset: IndexSet::new(), left: LARGEST };
    for kind in [Kind::Property, Kind::Variable] {
        for name in settings.keys() {
            if let Some(value) = settings.get_mut(&name) {
                surroundings.resolve(kind, value, &key_of(&name))?;
            }
        }
    }
    Ok(surroundings.unset.into_iter().collect())
}

struct Surroundings<'a> {
    environment: &'a Environment,
    unset: IndexSet<String>,
    left: usize,
}

impl Surroundings<'_> {
    fn resolve(&mut self, kind: Kind, value: &mut Object, key: &Key) -> Result<(), StartError> {
        match value {
            Object::String(text) => self.text(kind, text, key),
            Object::List(values) => {
                for (number, value) in values.iter_mut().enumerate() {
                    match value {
                        Object::String(text) => self.text(kind, text, key)?,
                        // A list inside a list is not looked at.
                        Object::Map(map) => self.map(kind, map, &key.with(Step::Nth(number)))?,
                        _ => {}
                    }
                }
                Ok(())
            }
            Object::Map(map) => self.map(kind, map, key),
            _ => Ok(()),
        }
    }

    fn map(&mut self, kind: Kind, map: &mut Map, key: &Key) -> Result<(), StartError> {
        for (name, value) in map.iter_mut() {
            self.resolve(kind, value, &inside(key, name))?;
        }
        Ok(())
    }

    fn text(&mut self, kind: Kind, text: &mut String, key: &Key) -> Result<(), StartError> {
        let names: IndexSet<String> = between(text, kind.opening(), "}").into_iter().map(str::to_owned).collect();
        for name in names {
            let placeholder = format!("{}{name}}}", kind.opening());
            let Some(found) = kind.found(&name, self.environment) else {
                if self.environment.strict {
                    return Err(StartError::exit(kind.missing(&name), vec![key.clone()]));
                }
                self.unset.insert(placeholder);
                continue;
            };
            if !text.contains(&placeholder) {
                continue;
            }
            let by = replacement(&found, &placeholder).map_err(|problem| {
                let message = format!("{problem}, in what {placeholder} stands for");
                StartError::crash(message, vec![key.clone()])
            })?;
            *text = replaced(text, &placeholder, &by, &mut self.left, key)?;
        }
        Ok(())
    }
}

/// What Java puts in place of a match when it is given a text as replacement: `\x` is `x`, `$0` the match.
fn replacement(text: &str, whole: &str) -> Result<String, &'static str> {
    let mut out = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => out.push(characters.next().ok_or("character to be escaped is missing")?),
            '$' => match characters.next() {
                None => return Err("Illegal group reference: group index is missing"),
                Some('{') => return Err("No group with that name"),
                Some('0') => out.push_str(whole),
                Some('1'..='9') => return Err("No group with that number"),
                Some(_) => return Err("Illegal group reference"),
            },
            _ => out.push(character),
        }
    }
    Ok(out)
}

fn replaced(text: &str, what: &str, by: &str, left: &mut usize, key: &Key) -> Result<String, StartError> {
    let times = text.matches(what).count();
    let size = text.len().saturating_add(times.saturating_mul(by.len()));
    take(left, size, key)?;
    Ok(text.replace(what, by))
}

fn take(left: &mut usize, size: usize, key: &Key) -> Result<(), StartError> {
    *left = left
        .checked_sub(size)
        .ok_or_else(|| StartError::crash("references make a value grow without end", vec![key.clone()]))?;
    Ok(())
}

/// Which settings wait for which.
#[derive(Default)]
struct Waiting {
    /// Settings with references that are open, and what they refer to.
    open: IndexMap<String, IndexSet<String>>,
    /// What is referred to, and by which settings.
    wanted: IndexMap<String, IndexSet<String>>,
}

impl Waiting {
    fn of(settings: &HashMap) -> Self {
        let mut waiting = Self::default();
        for (key, value) in settings.iter() {
            let texts: Vec<&str> = match value {
                Object::String(text) => vec![text],
                Object::List(values) => values.iter().filter_map(Object::as_str).collect(),
                _ => Vec::new(),
            };
            for name in texts.into_iter().flat_map(|text| between(text, "$ref{", "}")) {
                waiting.wanted.entry(name.to_owned()).or_default().insert(key.clone());
                waiting.open.entry(key.clone()).or_default().insert(name.to_owned());
            }
        }
        waiting
    }

    /// After a round: a setting waits only for those that wait themselves.
    fn settle(&mut self) {
        let waiting: IndexSet<String> = self.open.keys().cloned().collect();
        for wanted in self.open.values_mut() {
            wanted.retain(|name| waiting.contains(name));
        }
        self.open.retain(|_, wanted| !wanted.is_empty());
    }
}

/// Resolves `$ref{..}` in settings that are texts or lists of texts; inside arrays of tables it stays as it is.
pub(super) fn resolve_references(settings: &mut HashMap) -> Result<(), StartError> {
    let mut waiting = Waiting::of(settings);
    let (mut left, mut steps) = (LARGEST, MOST_STEPS);
    loop {
        let mut resolved: IndexSet<String> = IndexSet::new();
        for (name, dependents) in &waiting.wanted {
            if waiting.open.contains_key(name) {
                continue;
            }
            put_in_place(settings, name, dependents, &mut left)?;
            resolved.insert(name.clone());
        }
        let size = waiting.open.values().map(IndexSet::len).sum::<usize>() + waiting.wanted.len();
        steps = steps.checked_sub(size).ok_or_else(|| {
            StartError::crash("references lead to each other over too many steps", blamed(waiting.open.keys()))
        })?;
        waiting.settle();
        waiting.wanted.retain(|name, _| !resolved.contains(name));
        if waiting.wanted.is_empty() {
            return Ok(());
        }
        if resolved.is_empty() {
            let names: Vec<&str> = waiting.open.keys().take(MOST_NAMED).map(String::as_str).collect();
            let more = waiting.open.len() - names.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let message = format!("References can't be resolved for {}{more}", names.join(","));
            return Err(StartError::exit(message, blamed(waiting.open.keys())));
        }
    }
}

fn blamed<'a>(names: impl Iterator<Item = &'a String>) -> Vec<Key> {
    names.take(MOST_NAMED).map(|name| key_of(name)).collect()
}

fn put_in_place(
    settings: &mut HashMap,
    name: &str,
    dependents: &IndexSet<String>,
    left: &mut usize,
) -> Result<(), StartError> {
    let Some(value) = settings.get(name).filter(|value| **value != Object::Null).cloned() else {
        let keys = std::iter::once(key_of(name)).chain(blamed(dependents.iter())).collect();
        return Err(StartError::exit(format!("Configuration with key {name} doesn't exist"), keys));
    };
    let whole = format!("$ref{{{name}}}");
    let shown = value.to_string();
    for dependent in dependents {
        let key = key_of(dependent);
        let Some(existing) = settings.get_mut(dependent) else { continue };
        if matches!(value, Object::List(_) | Object::Boolean(_)) {
            take(left, shown.len(), &key)?;
            *existing = value.clone();
            continue;
        }
        match existing {
            Object::String(text) => *text = replaced(text, &whole, &shown, left, &key)?,
            Object::List(values) => {
                for value in values {
                    let Object::String(text) = value else {
                        return Err(StartError::crash("a list with a reference holds more than texts", vec![key]));
                    };
                    *text = replaced(text, &whole, &shown, left, &key)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{settings, shown};
    use super::*;

    fn referred(toml: &str) -> Result<Vec<String>, StartError> {
        let mut settings = settings(toml);
        resolve_references(&mut settings)?;
        Ok(shown(&settings))
    }

    #[test]
    fn references_take_the_value_of_another_setting() {
        for (toml, key, expected) in [
            ("a = \"x$ref{b}y\"\nb = \"1\"", "a", "x1y"),
            ("a = \"$ref{b.c}$ref{b.c}\"\nb.c = 5", "a", "55"),
            ("a = \"$ref{b}\"\nb = \"$ref{c}\"\nc = \"z\"", "a", "z"),
            ("a = \"x$ref{b}y\"\nb = false", "a", "false"),
            ("a = \"x$ref{b}y\"\nb = [1, 2]", "a", "[1, 2]"),
            ("a = [\"$ref{b}\", \"k\"]\nb = \"v\"", "a", "[v, k]"),
            ("a = \"$ref{b.'c d'}\"\nb.'c d' = \"$1\\\\\"", "a", "$1\\"),
            ("[[a]]\nx = \"$ref{b}\"", "a", "[{x=$ref{b}}]"),
            ("a = \"$ref{b\"", "a", "$ref{b"),
            ("a = \"$ref{b}\"\nb = 1.50", "a", "1.5"),
        ] {
            let line = format!("{key} = {expected}");
            assert!(referred(toml).expect(toml).contains(&line), "{toml}: {:?}", referred(toml));
        }
    }

    #[test]
    fn references_to_nothing_and_in_circles_stop_the_server() {
        for (toml, message, key) in [
            ("a.b = \"$ref{no.such}\"", "Configuration with key no.such doesn't exist", "a.b"),
            ("a = \"$ref{a}\"", "References can't be resolved for a", "a"),
            ("a = \"$ref{b}\"\nb = \"$ref{a}\"", "References can't be resolved for a,b", "b"),
        ] {
            let error = referred(toml).expect_err(toml);
            assert_eq!((error.message.as_str(), error.crashes), (message, false));
            assert!(error.keys.contains(&Key::dotted(key)), "{toml}");
        }
    }

    #[test]
    fn an_error_names_no_more_settings_than_are_worth_reading() {
        let toml = (0..500).map(|number| format!("a{number} = \"$ref{{a{number}}}\"\n")).collect::<Vec<_>>().concat();
        let error = referred(&toml).expect_err("circles");
        assert_eq!(error.message.matches(",a").count(), MOST_NAMED - 1, "{}", error.message);
        assert!(error.message.ends_with(" and 480 more"), "{}", error.message);
    }

    #[test]
    fn references_that_multiply_are_stopped() {
        let lines: Vec<String> = (0..40).map(|n| format!("a{n} = \"$ref{{a{}}}$ref{{a{0}}}\"\n", n + 1)).collect();
        let toml = format!("{}a40 = \"xxxx\"", lines.concat());
        assert!(referred(&toml).expect_err("too much").crashes);
    }

    fn environment(strict: bool) -> Environment {
        let variables = [("X", "x"), ("EMPTY", ""), ("DOLLAR", "a$1b"), ("BACK", "c:\\dir"), ("REF", "$ref{b}")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let properties = [("p.q", "sys"), ("e", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Environment { variables, properties, strict, runtime_secrets: false }
    }

    #[test]
    fn the_environment_is_put_in_as_java_does_it() {
        for (value, expected) in [
            ("\"a$env{X}b$env{X}\"", Ok("axbx")),
            ("\"$env{EMPTY}\"", Ok("")),
            ("\"$env{BACK}\"", Ok("c:dir")),
            ("\"$env{DOLLAR}\"", Err(true)),
            ("\"$env{REF}\"", Err(true)),
            ("\"$env{NONE}\"", Err(false)),
            ("\"$sys{p.q}\"", Ok("sys")),
            ("\"$sys{e}\"", Err(false)),
            ("[\"$env{X}\", \"y\"]", Ok("[x, y]")),
            ("[{k = \"$env{X}\", l = [{m = \"$sys{p.q}\"}]}]", Ok("[{k=x, l=[{m=sys}]}]")),
        ] {
            let mut settings = settings(&format!("v = {value}"));
            let result = resolve_environment(&mut settings, &environment(true));
            match expected {
                Ok(text) => {
                    assert_eq!(result, Ok(Vec::new()), "{value}");
                    assert_eq!(shown(&settings), [format!("v = {text}")]);
                }
                Err(crashes) => assert_eq!(result.expect_err(value).crashes, crashes, "{value}"),
            }
        }
    }

    #[test]
    fn what_is_not_given_stays_and_is_listed() {
        let mut settings = settings("v = \"$env{NONE}$env{X}$env{NONE}\"\nw = \"$sys{none}\"");
        let unset = resolve_environment(&mut settings, &environment(false)).expect("lenient");
        assert_eq!(unset, ["$sys{none}", "$env{NONE}"]);
        assert_eq!(shown(&settings), ["v = $env{NONE}x$env{NONE}", "w = $sys{none}"]);
    }

    #[test]
    fn secrets_are_checked_up_to_the_first_one_found() {
        let check = |toml: &str, names: &[(&str, &str)]| {
            let mut secrets = names.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            check_secrets(&settings(toml), &mut secrets).map_err(|error| (error.message, error.keys))
        };
        let missing = |key: Key| Err(("Secret references can't be resolved for s".to_owned(), vec![key]));
        assert_eq!(check("a = \"$secret{s}\"", &[("s", "abc==")]), Ok(()));
        assert_eq!(check("a = \"$secret{s}\"", &[]), missing(Key::dotted("a")));
        assert_eq!(check("a = [\"$secret{s}\"]", &[]), missing(Key::dotted("a")));
        let element = Key::dotted("a").with(Step::Nth(0)).then("b").then("c");
        assert_eq!(check("[[a]]\nb.c = \"$secret{s}\"", &[]), missing(element));
        assert_eq!(check("[[a]]\n[[a.b]]\nc = \"$secret{s}\"", &[]), Ok(()));
        assert_eq!(check("a = \"$secret{t}\"\nb = \"$secret{s}\"", &[("t", "abc==")]), Ok(()));
        assert!(check("a = \"$secret{s}\"", &[("s", "[plain]")]).is_err());
        assert_eq!(check("a = \"$secret{s}\"", &[("enable", "true")]), Ok(()));
    }

    #[test]
    fn marks_are_found_as_commons_lang_finds_them() {
        for (text, found) in [
            ("$ref{a}$ref{b}", vec!["a", "b"]),
            ("$ref{a}}", vec!["a"]),
            ("$ref{}", vec![""]),
            ("$ref{a$ref{b}", vec!["a$ref{b"]),
            ("}", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(between(text, "$ref{", "}"), found, "{text}");
        }
    }
}
