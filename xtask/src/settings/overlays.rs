//! Overlays over a deployment.toml: the last word about its settings.
//!
//! In: a document and what overlays set and unset. Out: the document changed, the [`Decision`]s corrected, what there
//! is to say. Always: what is reported is read back from the new text; what cannot be set is an error, not a guess.

use super::decision::{Decision, Outcome};
use super::draft::PATH;
use super::{Merged, Overlaid};
use super::{identity, reading};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::edit::{self, Edit};
use crate::document::{self, Document, Key, Value};

/// Lets overlays change a file that is taken as it is: the home's or the fresh distribution's, as a policy decided.
pub fn lay(file: &[u8], overlays: &[Overlaid]) -> Merged {
    let mut merged = Merged::default();
    match document::repair::read(file) {
        Ok(read) => {
            merged.diagnostics.extend(reading::told(&read));
            let settings = identity::settings(&[&read.document]).pop().unwrap_or_default();
            merged.decisions = settings.into_iter().map(|(key, value)| as_it_is(&read.document, key, value)).collect();
            let changed = apply(read.document, overlays, None, &mut merged);
            merged.text = Some(changed.text.into_bytes());
        }
        Err(refusal) => {
            let found = reading::unreadable("the", &refusal).at_line(PATH, refusal.line);
            merged.diagnostics.push(found);
        }
    }
    merged
}

fn as_it_is(document: &Document, key: Key, value: Value) -> Decision {
    let place = document.setting(&key).map(|setting| setting.place.start);
    Decision {
        key,
        base: None,
        ours: Some(value.clone()),
        theirs: None,
        result: Some(value),
        outcome: Outcome::Kept,
        reason: "the file is taken as it is".to_owned(),
        rule: None,
        line: place.map(|place| document.line(place)),
    }
}

/// Applies overlays in their order.
pub(super) fn apply(
    document: Document,
    overlays: &[Overlaid],
    like: Option<&Document>,
    merged: &mut Merged,
) -> Document {
    overlays.iter().fold(document, |before, overlay| match changed(&before, overlay, like) {
        Ok(after) => {
            tell(&before, &after, overlay, merged);
            after
        }
        Err(problem) => {
            merged.diagnostics.push(*problem);
            before
        }
    })
}

fn changed(before: &Document, overlay: &Overlaid, like: Option<&Document>) -> Result<Document, Box<Diagnostic>> {
    let refused = |key: &Key, problem: &str| {
        let text = format!("the overlay `{}` cannot change `{key}`: {problem}", overlay.name);
        Box::new(Diagnostic::new(Code(804), text).at(PATH).hint("mend the table [settings] of its overlay.toml"))
    };
    let unset = overlay.unset.iter().map(|key| Edit::Unset { key: key.clone() });
    let set = overlay.set.iter().map(|(key, value)| Edit::Set { key: key.clone(), value: value.clone() });
    let edits: Vec<Edit> = unset.chain(set).collect();
    let after = edit::apply(before, &edits, like).map_err(|error| refused(&error.key, &error.message))?;
    match overlay.set.iter().find(|(key, value)| after.value(key) != Some(value)) {
        Some((key, _)) => Err(refused(key, "another setting of the overlay takes it away again")),
        None => Ok(after),
    }
}

/// Corrects the decisions by what an overlay changed.
fn tell(before: &Document, after: &Document, overlay: &Overlaid, merged: &mut Merged) {
    let mut sides = identity::settings(&[before, after]).into_iter();
    let (old, new) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
    let mut replaced = Vec::new();
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(*value)).map(|(key, _)| key);
    for key in changed.chain(gone) {
        let value = new.get(key);
        let what = if value.is_some() { "sets it" } else { "takes it out" };
        let reason = format!("the overlay `{}` {what}", overlay.name);
        if let Some(decision) = merged.decisions.iter_mut().find(|decision| decision.key == *key) {
            if decision.ours.is_some() && decision.outcome != Outcome::FollowsFresh {
                replaced.push(format!("{key}: {reason}"));
            }
            decision.outcome = Outcome::Overlaid;
            decision.reason = reason;
            decision.result = value.cloned();
            continue;
        }
        merged.decisions.push(Decision {
            key: key.clone(),
            base: None,
            ours: None,
            theirs: None,
            result: value.cloned(),
            outcome: Outcome::Overlaid,
            reason,
            rule: None,
            line: None,
        });
    }
    if !replaced.is_empty() {
        let text = format!("the overlay `{}` changes settings of the home", overlay.name);
        merged.diagnostics.push(Diagnostic::new(Code(622), text).at(PATH).details(replaced));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(set: &[(&str, Value)], unset: &[&str]) -> Overlaid {
        let key = |text: &str| Key::parse(text).expect("a key");
        Overlaid {
            name: "o".to_owned(),
            set: set.iter().map(|(name, value)| (key(name), value.clone())).collect(),
            unset: unset.iter().map(|name| key(name)).collect(),
        }
    }

    const FILE: &str = "# top\n[server]\nhostname = \"a\" # host\noffset = 10\n\n[transport.jms]\nsender_enable = true\n\n\
                        [[datasource]]\nid = \"A\"\nurl = \"u\"\n";

    fn laid(overlays: &[Overlaid]) -> (String, Merged) {
        let merged = lay(FILE.as_bytes(), overlays);
        let text = String::from_utf8(merged.text.clone().unwrap_or_default()).expect("UTF-8");
        (text, merged)
    }

    #[test]
    fn settings_are_set_and_taken_out_and_told() {
        let (text, merged) = laid(&[overlay(
            &[("server.hot_deployment", false.into()), ("server.hostname", "b".into())],
            &["transport.jms", "no.such.setting"],
        )]);
        assert!(text.contains("hostname = \"b\" # host\n") && text.contains("hot_deployment = false\n"), "{text}");
        assert!(!text.contains("sender_enable") && text.starts_with("# top\n"), "{text}");
        let of = |key: &str| {
            let found = merged.decisions.iter().find(|decision| decision.key.to_string() == key).expect(key);
            (found.outcome, found.result.clone())
        };
        assert_eq!(of("server.hostname"), (Outcome::Overlaid, Some("b".into())));
        assert_eq!(of("transport.jms.sender_enable"), (Outcome::Overlaid, None));
        assert_eq!(of("server.offset"), (Outcome::Kept, Some(Value::Integer(10))));
        let codes: Vec<u16> = merged.diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
        assert_eq!(codes, [622]);
        assert!(!merged.diagnostics[0].details.iter().any(|line| line.contains("hot_deployment")));
    }

    #[test]
    fn what_is_there_already_changes_no_byte() {
        let (text, merged) = laid(&[overlay(&[("server.offset", Value::Integer(10))], &["absent"])]);
        assert_eq!(text, FILE);
        assert!(merged.diagnostics.is_empty() && merged.decisions.iter().all(|d| d.outcome == Outcome::Kept));
    }

    #[test]
    fn a_later_overlay_wins() {
        let overlays = [
            overlay(&[("server.offset", Value::Integer(1))], &[]),
            overlay(&[("server.offset", Value::Integer(2))], &[]),
        ];
        assert!(laid(&overlays).0.contains("offset = 2\n"));
    }

    #[test]
    fn an_array_of_tables_is_replaced_as_a_whole() {
        let table = |id: &str| Value::Table([("id".to_owned(), Value::from(id))].into_iter().collect());
        let (text, merged) = laid(&[overlay(&[("datasource", Value::Array(vec![table("B"), table("C")]))], &[])]);
        let read = document::parse(text.as_bytes()).expect("TOML");
        assert_eq!(read.value(&Key::dotted("datasource")), Some(&Value::Array(vec![table("B"), table("C")])), "{text}");
        assert!(merged.diagnostics.iter().all(|diagnostic| diagnostic.code == Code(622)), "{:?}", merged.diagnostics);
    }

    #[test]
    fn what_cannot_be_set_is_an_error_that_names_it() {
        for key in ["server.hostname.x", "datasource.url", "server[id=A].x"] {
            let (text, merged) = laid(&[overlay(&[(key, true.into())], &[])]);
            assert_eq!(text, FILE);
            let found = &merged.diagnostics[0];
            assert!(found.code == Code(804) && found.message.contains(key), "{found:?}");
        }
        let refused = lay(b"[a]\nb = \n", &[overlay(&[("a.b", true.into())], &[])]);
        assert!(refused.text.is_none() && refused.diagnostics[0].code == Code(602));
    }
}
