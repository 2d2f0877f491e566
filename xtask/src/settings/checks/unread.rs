//! Settings that nothing reads.
//!
//! In: the merged settings, and the rule files of both sides. Out: one warning that names them. Always: silent without
//! the fresh rule files; what another diagnostic tells is not told again.

use super::{Checked, listed, without_numbers};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, reference};
use crate::effective::names;
use std::collections::BTreeSet;

/// Settings that both distributions ship in their deployment.toml, and that nothing reads.
///
/// Source: MI v1.2.0 and v4.0.0 distribution/src/conf/deployment.toml.
const SHIPPED: [&str; 2] = ["truststore.alias", "truststore.algorithm"];

/// Tables that other diagnostics speak of, or that the server's parser reads itself.
const TOLD: [&str; 5] = ["keystore.tls", "transport.hl7", "secrets", "runtime_secrets", "masking_pattern"];

/// Says which settings nothing reads.
pub(super) fn check(checked: &Checked<'_>) -> Option<Diagnostic> {
    let rules = &checked.inputs.fresh;
    if rules.key_mappings.is_none() || rules.templates.is_empty() {
        return None;
    }
    let known = names::names(&[rules, &checked.inputs.home.rules]);
    let referred = referred(checked);
    let is_told = |key: &Key| {
        SHIPPED.iter().any(|known| *key == Key::dotted(known))
            || TOLD.iter().any(|table| key.starts_with(&Key::dotted(table)))
    };
    let is_read = |key: &Key| known.knows(key) || referred.contains(&key.flat());
    let mut unread: Vec<Key> = Vec::new();
    for (key, _) in &checked.values {
        let setting = without_numbers(key);
        if !is_told(&setting) && !is_read(&setting) && unread.last() != Some(&setting) {
            unread.push(setting);
        }
    }
    let first = unread.first()?;
    let lines = listed(&unread, |key| match known.nearest(key) {
        Some(nearest) => format!("{}; the nearest known name is `{nearest}`", checked.named(key)),
        None => checked.named(key),
    });
    let found = Diagnostic::new(Code(611), "settings that nothing reads")
        .details(lines)
        .hint("they are kept as they are; look whether a name is misspelt, or stands in the wrong table");
    Some(checked.at_first(found, Some(first)))
}

/// The flat keys that values refer to with `$ref{..}`.
fn referred(checked: &Checked<'_>) -> BTreeSet<String> {
    let texts = checked.values.iter().filter_map(|(_, value)| value.as_str());
    texts.flat_map(|text| reference::names(text, "$ref{")).map(str::to_owned).collect()
}
