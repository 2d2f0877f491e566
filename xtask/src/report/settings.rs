//! What becomes of each setting of deployment.toml.
//!
//! In: decisions. Out: rows for machines, and a list for people with the important first. Always: values as
//! [`shown`] gives them, so that none that may be a secret is in either.

use crate::document::Value;
use crate::report::diagnostics::wrapped;
use crate::settings::decision::shown;
use crate::settings::{Decision, Outcome};
use serde::Serialize;
use std::fmt::Write as _;

/// The title of the list for people.
pub const TITLE: &str = "Settings of conf/deployment.toml";

/// How much of a value people see of a line; machines get all.
const SHOWN: usize = 60;

/// One setting, for machines.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    key: String,
    base: Option<String>,
    ours: Option<String>,
    theirs: Option<String>,
    result: Option<String>,
    outcome: &'static str,
    reason: &'a str,
    rule: Option<&'static str>,
    line: Option<usize>,
}

/// All rows, in the order of the decisions.
pub(super) fn rows(decisions: &[Decision]) -> Vec<Row<'_>> {
    decisions
        .iter()
        .map(|decision| {
            let side = |value: &Option<Value>| value.as_ref().map(|value| shown(&decision.key, value));
            Row {
                key: decision.key.to_string(),
                base: side(&decision.base),
                ours: side(&decision.ours),
                theirs: side(&decision.theirs),
                result: side(&decision.result),
                outcome: decision.outcome.word(),
                reason: &decision.reason,
                rule: decision.rule,
                line: decision.line,
            }
        })
        .collect()
}

/// How far up a decision stands: what a person has to look at first, what stayed as it was last.
fn rank(decision: &Decision) -> usize {
    match decision.outcome {
        Outcome::Undecided => 0,
        Outcome::Translated => 1,
        Outcome::Added => 2,
        Outcome::LeftOut => 3,
        Outcome::Overlaid => 4,
        Outcome::FollowsFresh if decision.result != decision.ours => 5,
        Outcome::Kept => 6,
        Outcome::FollowsFresh => 7,
    }
}

/// The list for people, wrapped at `width` columns; empty where there are no decisions.
pub fn list(decisions: &[Decision], width: usize) -> String {
    let mut sorted: Vec<&Decision> = decisions.iter().collect();
    // Within a rank the order of the file stays.
    sorted.sort_by_key(|decision| rank(decision));
    let mut text = String::new();
    for decision in sorted {
        let head = format!("{:<14}", decision.outcome.word());
        text.push_str(&wrapped(&head, &" ".repeat(head.len()), &line(decision), width));
    }
    text
}

fn line(decision: &Decision) -> String {
    let side = |value: &Value| cut(&shown(&decision.key, value));
    let mut text = match decision.line {
        Some(line) => format!("line {line}: {}", decision.key),
        None => decision.key.to_string(),
    };
    let was = decision.ours.as_ref().filter(|ours| decision.result.as_ref() != Some(*ours));
    match (&decision.result, was) {
        (Some(result), Some(was)) => {
            let _ = write!(text, " = {}, was {}", side(result), side(was));
        }
        (Some(result), None) => {
            let _ = write!(text, " = {}", side(result));
        }
        (None, Some(was)) => {
            let _ = write!(text, ", was {}", side(was));
        }
        (None, None) => {}
    }
    let _ = write!(text, ": {}", decision.reason);
    if let Some(rule) = decision.rule {
        let _ = write!(text, " [{rule}]");
    }
    text
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    let start: String = text.chars().take(SHOWN - 3).collect();
    format!("{start}...")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Key;

    fn decision(key: &str, ours: Option<&str>, result: Option<&str>, outcome: Outcome) -> Decision {
        Decision {
            key: Key::parse(key).expect("a key"),
            base: None,
            ours: ours.map(Value::from),
            theirs: None,
            result: result.map(Value::from),
            outcome,
            reason: "for a reason".to_owned(),
            rule: None,
            line: ours.map(|_| 7),
        }
    }

    #[test]
    fn the_important_comes_first_and_lines_fit() {
        let mut translated = decision("truststore.file_name", Some("a.jks"), Some("path/a.jks"), Outcome::Translated);
        translated.rule = Some("file-names");
        let decisions = [
            decision("server.hostname", Some("h"), Some("h"), Outcome::Kept),
            decision("server.same", Some("s"), Some("s"), Outcome::FollowsFresh),
            decision("server.fresh", Some("old"), Some("new"), Outcome::FollowsFresh),
            decision("keystore.tls.alias", Some("x"), None, Outcome::LeftOut),
            translated,
            decision("a.long", Some(&"v".repeat(200)), None, Outcome::Undecided),
        ];
        let text = list(&decisions, 80);
        let heads: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).map(|line| &line[..14]).collect();
        assert_eq!(
            heads,
            [
                "undecided     ",
                "translated    ",
                "left out      ",
                "follows fresh ",
                "kept          ",
                "follows fresh "
            ]
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.contains("line 7: truststore.file_name = \"path/a.jks\", was \"a.jks\":"), "{text}");
        assert!(text.contains("line 7: keystore.tls.alias, was \"x\": for a reason\n"), "{text}");
        assert!(text.contains("line 7: server.hostname = \"h\": for a reason\n"), "{text}");
        assert!(text.contains("[file-names]"), "{text}");
    }

    #[test]
    fn no_secret_is_shown() {
        let decisions = [
            decision("truststore.password", Some("hunter2"), Some("hunter3"), Outcome::Translated),
            decision("secrets.db", Some("hunter2"), Some("hunter3"), Outcome::Kept),
            decision("datasource[id=A].url", Some("jdbc:x://u:hunter2@h/d"), Some("x?password=hunter3"), Outcome::Kept),
        ];
        let machines = serde_json::to_string(&rows(&decisions)).expect("JSON");
        for text in [list(&decisions, 80), machines] {
            assert!(!text.contains("hunter") && text.contains("***"), "{text}");
        }
    }
}
