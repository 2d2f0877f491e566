//! What the server will look for in its environment.
//!
//! In: the merged settings. Out: one note with every variable and where it is used. Always: names only.

use super::{Checked, listed};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Key;
use std::collections::BTreeMap;

/// Says which variables and system properties the settings name.
pub(super) fn check(checked: &Checked<'_>) -> Option<Diagnostic> {
    let mut uses: BTreeMap<String, Vec<&Key>> = BTreeMap::new();
    let mut first = None;
    for (key, value) in &checked.values {
        for name in value.as_str().map(placeholders).unwrap_or_default() {
            first = first.or(Some(key));
            let places = uses.entry(name).or_default();
            if places.last() != Some(&key) {
                places.push(key);
            }
        }
    }
    let uses: Vec<_> = uses.into_iter().collect();
    let first = first?;
    let lines = listed(&uses, |(name, keys)| format!("`{name}`: {}", checked.used(keys)));
    let found = Diagnostic::new(Code(616), "settings take values from the environment of the server")
        .details(lines)
        .hint("see that the new server gets the same ones; it exits at start where one is missing");
    Some(checked.at_first(found, Some(first)))
}

/// The placeholders of a text: `$env{X}`, `$sys{X}`.
///
/// Source: config-mapper v1.0.18 `ReferenceResolver`: what stands between the prefix and the next `}`.
fn placeholders(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = ["$env{", "$sys{"].iter().filter_map(|prefix| rest.find(prefix)).min() {
        let placeholder = rest.get(at..).unwrap_or_default();
        let Some(end) = placeholder.find('}') else { break };
        let (whole, after) = placeholder.split_at(end + 1);
        found.push(whole.to_owned());
        rest = after;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_wherever_they_stand() {
        for (text, expected) in [
            ("$env{A}", &["$env{A}"][..]),
            ("jdbc://$env{HOST}:$sys{db.port}/x", &["$env{HOST}", "$sys{db.port}"]),
            ("$ref{a.b} $secret{c} ${carbon.home} $env", &[]),
            ("$env{A", &[]),
            ("$sys{A}$sys{A}", &["$sys{A}", "$sys{A}"]),
            ("\u{e4}$env{\u{e4}}", &["$env{\u{e4}}"]),
        ] {
            assert_eq!(placeholders(text), expected, "{text}");
        }
    }
}
