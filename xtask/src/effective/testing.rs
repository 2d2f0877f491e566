//! Makes what the tests of the steps work on.

use super::flatten;
use super::java::{HashMap, Map};
use crate::document::{Table, parse};

/// The tree of a document.
pub(super) fn table(toml: &str) -> Table {
    parse(toml.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}\n{toml}")).root
}

/// The flat settings of a document.
pub(super) fn settings(toml: &str) -> HashMap {
    let mut settings = HashMap::default();
    settings.replace(flatten::flatten(&table(toml)).expect("flat"));
    settings
}

/// A rule file.
pub(super) fn json(text: &str) -> Map {
    super::defaults::read("test", Some(text.as_bytes())).expect("JSON")
}

/// Settings as Java prints them, sorted.
pub(super) fn shown(settings: &HashMap) -> Vec<String> {
    let mut shown: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    shown.sort();
    shown
}
