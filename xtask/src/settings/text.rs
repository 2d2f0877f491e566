//! The text of a merge: the user's own, with what was decided about single settings.
//!
//! In: the draft, the settings that were decided on, the document to start from. Out: the new document. Always: read
//! back; what it says is what was decided, or there is a diagnostic instead of a text.

use super::draft::{Changed, Draft, PATH};
use super::identity::{self, Settings};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::edit::{self, Edit};
use crate::document::{Document, Key, Value};
use std::collections::BTreeSet;

/// The start with what differs from the result changed. `sides` are base, ours and theirs.
pub(super) fn written(
    draft: &Draft<'_>,
    start: &Document,
    sides: [&Document; 3],
    result: &Settings,
) -> Result<Document, Box<Diagnostic>> {
    let [base, ours, theirs] = sides;
    let apply = |document: &Document, edits: &[Edit]| {
        edit::apply(document, edits, Some(theirs)).map_err(|error| failed(error.to_string()))
    };
    let renames: Vec<Edit> =
        draft.renames.iter().map(|(from, to)| Edit::Rename { from: from.clone(), to: to.clone() }).collect();
    let beginning = apply(start, &renames)?;
    // Keyed together with the three sides, so that elements have the same names.
    let present = identity::settings(&[base, ours, theirs, &beginning]).pop().unwrap_or_default();
    let mut edits = gone(draft, &present, result);
    for (key, value) in &present {
        let Some(new) = result.get(key).filter(|new| *new != value) else { continue };
        // What a rule puts in place of a setting that was not in force leaves the user's line as a comment.
        if let Some(change) = draft.changes.get(key).filter(|change| change.what == Changed::Added) {
            edits.push(Edit::CommentOut { key: key.clone(), because: change.reason.clone() });
        }
        edits.push(Edit::Set { key: key.clone(), value: new.clone() });
    }
    let new = theirs_first(draft.theirs, result).filter(|(key, _)| !present.contains_key(*key));
    edits.extend(new.map(|(key, value)| Edit::Set { key: key.clone(), value: value.clone() }));
    let document = apply(&beginning, &edits)?;
    read_back(sides, &document, result)?;
    Ok(document)
}

/// Edits for the settings that go, as few as say it: a table of which nothing stays goes as a whole. An element of an
/// array could not be found by its name any more when that went first.
fn gone(draft: &Draft<'_>, present: &Settings, result: &Settings) -> Vec<Edit> {
    let why = |key: &Key| {
        let change = draft.changes.get(key).filter(|change| change.what == Changed::LeftOut);
        change.map(|change| change.reason.as_str())
    };
    let fates = Fates::of(present, |key| if result.contains_key(key) { None } else { Some(why(key)) });
    let mut done: BTreeSet<Key> = BTreeSet::new();
    let mut edits = Vec::new();
    for key in present.keys().filter(|key| !result.contains_key(*key)) {
        let lengths = 1..=key.steps().len();
        let goes = lengths
            .filter_map(|length| Some(Key::from(key.steps().get(..length)?.to_vec())))
            .find(|above| fates.are_one_below(above))
            .unwrap_or_else(|| key.clone());
        if !done.insert(goes.clone()) {
            continue;
        }
        edits.push(match why(key) {
            Some(reason) => Edit::CommentOut { key: goes, because: reason.to_owned() },
            None => Edit::Unset { key: goes },
        });
    }
    edits
}

/// What becomes of settings, by their keys: `None` for one that stays, else why it goes, where there is a reason.
struct Fates<'a> {
    /// The keys in their order.
    keys: Vec<&'a Key>,
    /// For each, the first after it with another fate than its own; itself where it stays.
    until: Vec<usize>,
}

impl<'a> Fates<'a> {
    fn of<'r>(settings: &'a Settings, fate: impl Fn(&Key) -> Option<Option<&'r str>>) -> Self {
        let mut keys: Vec<&Key> = settings.keys().collect();
        keys.sort();
        let fates: Vec<_> = keys.iter().map(|key| fate(key)).collect();
        let mut until = vec![0; keys.len()];
        let mut end = keys.len();
        for (at, fate) in fates.iter().enumerate().rev() {
            if fates.get(at + 1).is_some_and(|next| next != fate) {
                end = at + 1;
            }
            if let Some(until) = until.get_mut(at) {
                *until = if fate.is_some() { end } else { at };
            }
        }
        Self { keys, until }
    }

    /// Whether all below a table go, for the same reason.
    fn are_one_below(&self, table: &Key) -> bool {
        let start = self.keys.partition_point(|key| *key < table);
        let below = self.keys.get(start..).unwrap_or_default().partition_point(|key| key.starts_with(table));
        self.until.get(start).is_some_and(|until| *until >= start + below)
    }
}

/// New settings of the fresh file come in its order, before those that rules add.
fn theirs_first<'a>(theirs: &Settings, result: &'a Settings) -> impl Iterator<Item = (&'a Key, &'a Value)> {
    let of_theirs: Vec<_> = theirs.keys().filter_map(|key| result.get_key_value(key)).collect();
    let others: Vec<_> = result.iter().filter(|(key, _)| !theirs.contains_key(*key)).collect();
    of_theirs.into_iter().chain(others)
}

fn failed(what: String) -> Box<Diagnostic> {
    let found = Diagnostic::new(Code(624), format!("the merged `{PATH}` is not what was decided"))
        .at(PATH)
        .details([what])
        .hint("a fault of this program: please report it with the settings that are named");
    Box::new(found)
}

/// Reads what was written, and says where it is not what was decided.
fn read_back(sides: [&Document; 3], document: &Document, result: &Settings) -> Result<(), Box<Diagnostic>> {
    let [base, ours, theirs] = sides;
    let read = crate::document::parse(document.text.as_bytes()).map_err(|refusal| failed(refusal.to_string()))?;
    let read = identity::settings(&[base, ours, theirs, &read]).pop().unwrap_or_default();
    let differ: Vec<String> = result
        .iter()
        .filter(|(key, value)| read.get(*key) != Some(*value))
        .map(|(key, _)| key)
        .chain(read.keys().filter(|key| !result.contains_key(*key)))
        .map(ToString::to_string)
        .collect();
    if differ.is_empty() { Ok(()) } else { Err(failed(differ.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_goes_as_one_where_all_of_it_goes_for_one_reason() {
        let fate = |key: &Key| match key.to_string().chars().last() {
            Some('s') => None,
            Some('w') => Some(Some("why")),
            _ => Some(None),
        };
        let keys = ["a.x", "a.b.y", "b.x", "b.s", "b.c.x", "b.c.y", "c.x", "c.w", "d.w", "d.e.w", "ab.s"];
        let settings: Settings = keys.into_iter().map(|key| (Key::dotted(key), Value::from(true))).collect();
        let fates = Fates::of(&settings, fate);
        for (table, expected) in [
            ("a", true),
            ("a.b", true),
            ("b", false),
            ("b.c", true),
            ("b.s", false),
            ("b.x", true),
            ("c", false),
            ("c.w", true),
            ("d", true),
            ("ab", false),
        ] {
            assert_eq!(fates.are_one_below(&Key::dotted(table)), expected, "{table}");
        }
    }
}
