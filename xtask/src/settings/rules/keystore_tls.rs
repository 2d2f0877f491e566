//! `[keystore.tls]`, which neither release reads.
//!
//! In: a draft. Out: one without the table. Always: as 1.2.0 shipped it, it gives its place to the `[keystore.primary]`
//! of 4.0.0, without a word; customised, it is never put in force, and a warning says how to do that.

use super::Rule;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Value};
use crate::product::stock_settings::SETTINGS;
use crate::settings::decision::shown;
use crate::settings::draft::Draft;
use crate::settings::meaning::SECURITY;
use crate::settings::references;
use crate::settings::told;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "keystore-tls",
    what: "leaves out [keystore.tls], which nothing reads, and says how to put it in force where it was customised",
    source: "MI v1.2.0 and v4.0.0 distribution/src/conf/deployment.toml; default.json and templates of both, which do \
             not name it; pull request #1936",
    apply,
};

const TABLE: &str = "keystore.tls";
const PRIMARY: &str = "keystore.primary";

fn apply(draft: &mut Draft<'_>) {
    let table = Key::dotted(TABLE);
    let shipped: Vec<(Key, Value)> = draft
        .base
        .iter()
        .filter(|(key, _)| key.starts_with(&table))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    for (key, _) in &shipped {
        draft.base.shift_remove(key);
    }
    // What another setting refers to is in use, though not as a keystore.
    let used: BTreeSet<String> = references::used(&draft.ours).into_iter().map(str::to_owned).collect();
    let (used, unused): (Vec<Key>, Vec<Key>) =
        draft.ours_below(&table).into_iter().partition(|key| used.contains(&key.flat()));
    let unused: Vec<Key> = unused.into_iter().filter(|key| !draft.is_kept(key)).collect();
    if unused.is_empty() {
        return;
    }
    let is_shipped = |key: &Key| {
        let Some(value) = draft.ours.get(key) else { return true };
        shipped.iter().any(|(known, shipped)| known == key && shipped == value) || is_stock(key, value)
    };
    if !unused.iter().all(is_shipped) {
        left_out(draft, &unused, &used);
        return;
    }
    for key in &unused {
        draft.ours.shift_remove(key);
    }
    let primary = Key::dotted(PRIMARY);
    let comes = draft.theirs.keys().any(|key| key.starts_with(&primary));
    if comes && used.is_empty() && draft.ours_below(&primary).is_empty() && draft.ours_below(&table).is_empty() {
        draft.renames.push((table, primary));
    }
}

/// Whether 1.2.0 shipped a value, or it says the same in other words.
fn is_stock(key: &Key, value: &Value) -> bool {
    let (Some(text), Some(name)) = (value.as_str(), key.last_name()) else { return false };
    let text = if name == "file_name" { text.strip_prefix(SECURITY).unwrap_or(text) } else { text };
    let shipped = SETTINGS.iter().any(|(table, known, stock)| *table == TABLE && *known == name && *stock == text);
    shipped || (name == "type" && text == "JKS")
}

fn left_out(draft: &mut Draft<'_>, unused: &[Key], used: &[Key]) {
    let has_primary = !draft.ours_below(&Key::dotted(PRIMARY)).is_empty();
    let mut lines = Vec::new();
    let mut to_write = Vec::new();
    for key in unused {
        let Some(value) = draft.ours.get(key).cloned() else { continue };
        let line = draft.line(key);
        let at = told::at(line);
        lines.push(format!("{at}{key} = {}", shown(key, &value)));
        if let Some(name) = key.last_name() {
            let is_name = name == "file_name" && value.as_str().is_some_and(|text| !text.contains('/'));
            let value = match value.as_str().filter(|_| is_name) {
                Some(text) => shown(key, &Value::String(format!("{SECURITY}{text}"))),
                None => shown(key, &value),
            };
            let value = match line {
                Some(line) if value == "***" => format!("the value of line {line}"),
                _ => value,
            };
            to_write.push(format!("  {name} = {value}"));
        }
    }
    for key in unused {
        draft.leave_out(key, RULE.name, "neither release reads [keystore.tls]");
    }
    lines.extend(used.iter().map(|key| format!("{key} stays: another setting refers to it")));
    let hint = if has_primary {
        "the server runs on [keystore.primary], as before; take the lines out, or put what was meant there"
    } else {
        lines.push("to put it in force, write:".to_owned());
        lines.push(format!("  [{PRIMARY}]"));
        lines.extend(to_write);
        "the old server ran on its stock keystore, and so does the new one; a keystore that is put in force is the one \
         that secrets are encrypted with, unless [keystore.internal] names another"
    };
    let said = Diagnostic::new(Code(606), "[keystore.tls] was never read and is left out").details(lines).hint(hint);
    if let Some(first) = unused.first() {
        draft.say(first, said);
    }
}

#[cfg(test)]
mod tests;
