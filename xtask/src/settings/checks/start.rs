//! Whether the server would work out its configuration at all.
//!
//! In: the merged file and the fresh distribution's rule files. Out: the error that the server would end with. Always:
//! what only the environment can tell is no error here: another check lists it.

use super::{Checked, listed};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Key;
use crate::effective::{self, Environment, StartError};

/// More settings than these say nothing more.
const MOST_BLAMED: usize = 20;

/// Says why the server would not start.
pub(super) fn check(checked: &Checked<'_>) -> Option<Diagnostic> {
    let (home, fresh) = (&checked.inputs.home.rules, &checked.inputs.fresh);
    // Without defaults every reference to one would fail.
    fresh.default?;
    let started = |runtime_secrets| Environment { runtime_secrets, ..Environment::default() };
    let error = effective::context(checked.merged, fresh, &started(true)).err()?;
    if error.unsure {
        // What the model does not know is no reason to stop anybody.
        return None;
    }
    let before = home.default.and_then(|_| effective::context(checked.ours, home, &started(false)).err());
    let hint = format!("{}{}", what_happens(&error), said_of_the_old(&error, before.as_ref()));
    let written = written(checked, &error.keys);
    let found = Diagnostic::new(Code(617), "the server would not start with these settings")
        .details(listed(&written, |key| checked.named(key)))
        .hint(hint);
    Some(checked.at_first(found, written.iter().find(|key| checked.line(key).is_some())))
}

/// The settings that are to blame, as the file has them. The server speaks of a setting by the name that the key
/// mappings give it, and of defaults that the file does not have.
fn written(checked: &Checked<'_>, blamed: &[Key]) -> Vec<Key> {
    let mappings: Option<serde_json::Map<String, serde_json::Value>> =
        checked.inputs.fresh.key_mappings.and_then(|json| serde_json::from_slice(json).ok());
    let is_written = |key: &Key| checked.values.iter().any(|(known, _)| known.flat() == key.flat());
    let mut written: Vec<Key> = Vec::new();
    for key in blamed.iter().take(MOST_BLAMED) {
        let flat = key.flat();
        let short = mappings.iter().flatten().filter(|(_, target)| target.as_str() == Some(&flat));
        let mut names = std::iter::once(key.clone()).chain(short.filter_map(|(name, _)| Key::parse(name).ok()));
        // Of a table where a value is asked for, the first setting in it.
        let inside = checked.values.iter().map(|(known, _)| known).find(|known| known.starts_with(key));
        let found = names.find(is_written).or_else(|| inside.cloned());
        written.extend(found.filter(|name| !written.contains(name)));
    }
    written
}

fn what_happens(error: &StartError) -> String {
    let ends = if error.crashes { "ends with a stack trace" } else { "logs and exits" };
    format!("the server {ends}: {error}")
}

fn said_of_the_old(error: &StartError, before: Option<&StartError>) -> &'static str {
    match before {
        Some(before) if before.message == error.message => "; the old server cannot have started with it either",
        _ => "",
    }
}
