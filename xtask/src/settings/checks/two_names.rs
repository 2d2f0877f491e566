//! Settings that the file has under two names.
//!
//! In: the merged settings and the fresh distribution's key mappings. Out: one warning with each pair. Always: names
//! and lines only.

use super::{Checked, listed};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Key;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Says which settings stand twice.
pub(super) fn check(checked: &Checked<'_>) -> Option<Diagnostic> {
    let mappings: BTreeMap<String, Json> = serde_json::from_slice(checked.inputs.fresh.key_mappings?).ok()?;
    let by_flat: BTreeMap<String, &Key> = checked.values.iter().map(|(key, _)| (key.flat(), key)).collect();
    let mut pairs = Vec::new();
    for (short, target) in &mappings {
        let targets = match target {
            Json::Array(targets) => targets.as_slice(),
            one => std::slice::from_ref(one),
        };
        for target in targets.iter().filter_map(Json::as_str).filter(|target| *target != short) {
            // Inside elements of arrays each has its own: `list:key`.
            if let (Some(short), Some(target)) = (by_flat.get(short), by_flat.get(target)) {
                pairs.push((*short, *target));
            }
        }
    }
    let (first, _) = *pairs.first()?;
    let found = Diagnostic::new(Code(623), "settings stand under two names")
        .details(listed(&pairs, |(short, target)| {
            format!("{} and {}", checked.mentioned(short), checked.mentioned(target))
        }))
        .hint("which one counts is a matter of hash order; keep one");
    Some(checked.at_first(found, Some(first)))
}
