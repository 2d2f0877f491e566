//! What the new server's configuration has otherwise than the old one's.
//!
//! In: a comparison, and hand edits. Out: rows for machines, and a list for people with the important first. Always:
//! values as the comparison gives them, which hides secrets; the list says why for each line, and stays short.

use crate::difference::{Comparison, Difference, HandEdit, Reason, Subject};
use crate::report::diagnostics::wrapped;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The title of the list for people.
pub const TITLE: &str = "What the new server's configuration has otherwise";
/// The title of the list of hand edits.
pub const EDITS: &str = "Rendered files of the home that were edited by hand";
/// How many lines of one reason people see; machines get all.
const SHOWN: usize = 20;

/// A comparison, for machines.
#[derive(Serialize)]
pub(super) struct Effective<'a> {
    files: usize,
    unset: &'a [String],
    differences: Vec<Row<'a>>,
}

/// One difference, for machines.
#[derive(Serialize)]
struct Row<'a> {
    setting: Option<&'a str>,
    path: Option<&'a str>,
    place: Option<&'a str>,
    before: Option<&'a str>,
    after: Option<&'a str>,
    reason: &'static str,
    rule: Option<&'static str>,
    why: &'a str,
    follows_from: Option<&'a str>,
}

/// One hand edit, for machines.
#[derive(Serialize)]
pub(super) struct EditRow<'a> {
    path: &'a str,
    place: &'a str,
    rendered: Option<&'a str>,
    found: Option<&'a str>,
}

/// All of a comparison.
pub(super) fn effective(comparison: &Comparison) -> Effective<'_> {
    let differences = comparison.differences.iter().map(row).collect();
    Effective { files: comparison.files, unset: &comparison.unset, differences }
}

fn row(difference: &Difference) -> Row<'_> {
    let (setting, path, place) = match &difference.subject {
        Subject::Setting(key) => (Some(key.as_str()), None, None),
        Subject::File { path, place } => (None, Some(path.as_str()), Some(place.as_str())),
    };
    Row {
        setting,
        path,
        place,
        before: difference.before.as_deref(),
        after: difference.after.as_deref(),
        reason: difference.reason.word(),
        rule: if let Reason::Rule(rule) = difference.reason { Some(rule) } else { None },
        why: &difference.why,
        follows_from: difference.follows_from.as_deref(),
    }
}

/// All hand edits.
pub(super) fn edit_rows(edits: &[HandEdit]) -> Vec<EditRow<'_>> {
    let rows = edits.iter().map(|edit| EditRow {
        path: &edit.path,
        place: &edit.place,
        rendered: edit.rendered.as_deref(),
        found: edit.found.as_deref(),
    });
    rows.collect()
}

/// The list for people, wrapped at `width` columns: what has one reason stands together.
pub fn list(comparison: &Comparison, width: usize) -> String {
    let mut groups: BTreeMap<(Reason, &str), Vec<&Difference>> = BTreeMap::new();
    for difference in &comparison.differences {
        groups.entry((difference.reason, &difference.why)).or_default().push(difference);
    }
    let mut text = String::new();
    for ((reason, why), differences) in groups {
        text.push_str(&wrapped(&format!("{}: ", reason.word()), "    ", why, width));
        for difference in differences.iter().take(SHOWN) {
            let subject = match &difference.subject {
                Subject::Setting(key) => key.clone(),
                Subject::File { path, place } => format!("{path}: {place}"),
            };
            text.push_str(&line(&subject, difference.after.as_ref(), difference.before.as_ref(), width));
        }
        if differences.len() > SHOWN {
            let _ = writeln!(text, "    more: {}", differences.len() - SHOWN);
        }
    }
    if comparison.differences.is_empty() {
        text.push_str("nothing\n");
    }
    if !comparison.unset.is_empty() {
        let unset = comparison.unset.join(", ");
        text.push_str(&wrapped("not given here, and left as it is written: ", "    ", &unset, width));
    }
    text
}

/// Hand edits for people.
pub fn edits(edits: &[HandEdit], width: usize) -> String {
    let lines = edits.iter().map(|edit| {
        line(&format!("{}: {}", edit.path, edit.place), edit.found.as_ref(), edit.rendered.as_ref(), width)
    });
    lines.collect()
}

fn line(subject: &str, now: Option<&String>, before: Option<&String>, width: usize) -> String {
    let said = match (now, before) {
        // A line of a file, or an element, has no value of its own.
        (Some(now), None) if now.is_empty() => format!("{subject}: new"),
        (None, Some(before)) if before.is_empty() => format!("{subject}: gone"),
        (Some(now), None) => format!("{subject} = {now}, new"),
        (None, Some(before)) => format!("{subject}: gone, was {before}"),
        (Some(now), Some(before)) => format!("{subject} = {now}, was {before}"),
        (None, None) => subject.to_owned(),
    };
    wrapped("    ", "        ", &said, width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference(subject: Subject, before: Option<&str>, after: Option<&str>, reason: Reason) -> Difference {
        let owned = |side: Option<&str>| side.map(str::to_owned);
        Difference {
            subject,
            before: owned(before),
            after: owned(after),
            reason,
            why: "a reason".to_owned(),
            follows_from: None,
        }
    }

    #[test]
    fn the_important_comes_first_and_reasons_stand_once() {
        let setting = |key: &str| Subject::Setting(key.to_owned());
        let file = Subject::File { path: "conf/carbon.xml".to_owned(), place: "Server/Ports/Offset".to_owned() };
        let comparison = Comparison {
            differences: vec![
                difference(setting("a.b"), Some("1"), Some("2"), Reason::Distribution),
                difference(setting("a.c"), None, Some("3"), Reason::Distribution),
                difference(setting("a.d"), Some("4"), None, Reason::Rule("hl7")),
                difference(file, Some("10"), Some("0"), Reason::Unexplained),
            ],
            files: 14,
            unset: vec!["$env{X}".to_owned()],
        };
        assert_eq!(
            list(&comparison, 80),
            "unexplained: a reason\n    conf/carbon.xml: Server/Ports/Offset = 0, was 10\n\
             rule: a reason\n    a.d: gone, was 4\n\
             distribution: a reason\n    a.b = 2, was 1\n    a.c = 3, new\n\
             not given here, and left as it is written: $env{X}\n"
        );
        let json = serde_json::to_value(effective(&comparison)).expect("JSON");
        assert_eq!(json["differences"][2]["rule"], "hl7");
        assert_eq!(json["differences"][3]["path"], "conf/carbon.xml");
    }
}
