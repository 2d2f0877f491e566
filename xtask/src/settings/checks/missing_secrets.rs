//! Secrets that settings refer to and `[secrets]` does not have.
//!
//! In: the merged settings. Out: one warning with every missing name and where it is used. Always: names only. It is
//! for a server that would start: another check tells of one that would not.
//!
//! The server looks at secrets in the order of a hash table and stops at the first that it finds, so one that is
//! missing beside one that is there need not stop the start (config-mapper v1.0.12 and v1.0.18 `ReferenceResolver`).

use super::{Checked, listed};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, reference};
use std::collections::{BTreeMap, BTreeSet};

/// Says which secrets are missing.
pub(super) fn check(checked: &Checked<'_>) -> Option<Diagnostic> {
    let [secrets, runtime] = ["secrets", "runtime_secrets"].map(Key::dotted);
    let below = |table: &Key| {
        let of_it = checked.values.iter().filter(|(key, _)| key.starts_with(table));
        of_it.filter_map(|(key, _)| key.last_name().map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let known = below(&secrets);
    if !below(&runtime).is_empty() {
        // Where secrets come from elsewhere, nobody can know their names here.
        return None;
    }
    let mut missing: BTreeMap<&str, Vec<&Key>> = BTreeMap::new();
    for (key, value) in &checked.values {
        for name in reference::names(value.as_str().unwrap_or_default(), "$secret{") {
            if !known.contains(name) {
                missing.entry(name).or_default().push(key);
            }
        }
    }
    let first = *missing.values().next()?.first()?;
    let missing: Vec<_> = missing.into_iter().collect();
    let found = Diagnostic::new(Code(620), "settings refer to secrets that [secrets] does not have")
        .details(listed(&missing, |(name, keys)| format!("`{name}`: {}", checked.used(keys))))
        .hint("the server may start, and fails where the secret is used; add it to [secrets], encrypted");
    Some(checked.at_first(found, Some(first)))
}
