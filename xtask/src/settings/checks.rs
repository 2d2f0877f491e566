//! What there is to say about a merged file as a whole.
//!
//! In: the merged document, the user's, and the inputs of the merge. Out: diagnostics. Always: one file a check; no
//! value that may be a secret is in any of them; a place is one of the user's file.

mod environment;
mod missing_secrets;
mod plain_secrets;
mod start;
mod two_names;
mod unread;

use super::draft::PATH;
use super::{Inputs, identity, leaves, told};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Key, Step, Value};

/// More places of one name than these say nothing more.
const MOST_PLACES: usize = 5;

/// All checks.
pub(super) fn check(merged: &Document, ours: &Document, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    // Keyed together, so that an element has the same name in both.
    let settings = identity::settings(&[merged, ours]).into_iter().next().unwrap_or_default();
    let values = settings.iter().flat_map(|(key, value)| leaves::leaves(key, value)).collect();
    let checked = Checked { values, merged, ours, inputs };
    let refused = start::check(&checked);
    // Where the server would not start for a missing secret, that is told already.
    let missing = if refused.is_none() { missing_secrets::check(&checked) } else { None };
    let two_names = two_names::check(&checked);
    let found = [
        unread::check(&checked),
        plain_secrets::check(&checked),
        environment::check(&checked),
        missing,
        two_names,
        refused,
    ];
    found.into_iter().flatten().collect()
}

/// What a check looks at.
struct Checked<'a> {
    /// The single values of the merged file, elements of arrays by what names them.
    values: Vec<(Key, &'a Value)>,
    /// The merged file.
    merged: &'a Document,
    /// The user's.
    ours: &'a Document,
    /// The inputs of the merge.
    inputs: &'a Inputs<'a>,
}

impl Checked<'_> {
    /// The line of a setting, or of a value in its array, in the user's file, from 1.
    fn line(&self, key: &Key) -> Option<usize> {
        let numbered = self.ours.numbered(key)?;
        let found = self.ours.setting(&numbered).or_else(|| self.ours.setting(&without_numbers(&numbered)))?;
        Some(self.ours.line(found.place.start))
    }

    /// A setting with its line, for a list of settings.
    fn named(&self, key: &Key) -> String {
        match self.line(key) {
            Some(line) => format!("line {line}: `{key}`"),
            None => format!("`{key}`, which is not in the home's file"),
        }
    }

    /// A setting with its line, inside a sentence.
    fn mentioned(&self, key: &Key) -> String {
        match self.line(key) {
            Some(line) => format!("`{key}` (line {line})"),
            None => format!("`{key}`"),
        }
    }

    /// Where a name is used: settings with their lines, and how many more there are.
    fn used(&self, keys: &[&Key]) -> String {
        let mut places: Vec<String> = keys.iter().take(MOST_PLACES).map(|key| self.mentioned(key)).collect();
        if keys.len() > MOST_PLACES {
            places.push(format!("more: {}", keys.len() - MOST_PLACES));
        }
        places.join(", ")
    }

    /// A diagnostic at the first of its settings.
    fn at_first(&self, found: Diagnostic, first: Option<&Key>) -> Diagnostic {
        found.at_place(PATH, first.and_then(|key| self.line(key)))
    }
}

/// The setting that a value in an array of plain values belongs to.
fn without_numbers(key: &Key) -> Key {
    let kept = key.steps().iter().rposition(|step| !matches!(step, Step::Nth(_))).map_or(0, |at| at + 1);
    Key::from(key.steps().get(..kept).unwrap_or_default().to_vec())
}

/// One line for each, as many as are worth showing, and how many more there are.
fn listed<T>(all: &[T], line: impl Fn(&T) -> String) -> Vec<String> {
    told::listed(all.iter().map(line))
}

#[cfg(test)]
mod tests;
