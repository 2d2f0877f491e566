//! The merge of three deployment.toml files.
//!
//! In: [`Inputs`]. Out: [`Merged`]. Always: what the user did not change follows fresh; what only the user changed
//! stays; what both changed is decided by a rule, by the policy, or is a conflict; the rules run first, so that base and
//! ours are compared with theirs in the same words. What was decided is read back from the written text.

#[cfg(test)]
mod tests;

use super::decision::{Decision, Outcome};
use super::draft::{Changed, Draft, PATH};
use super::identity::{self, Settings};
use super::reading::{told, unreadable};
use super::rules::RULES;
use super::{Inputs, Merged, checks, overlays, text};
use crate::choice::{Choice, Take};
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::Digest;
use crate::document::repair;
use crate::document::{Document, Key, Setting, Step, Value};
use crate::effective::Lookup;
use crate::product::listing;
use crate::product::stock_settings::SETTINGS;
use std::collections::{BTreeMap, BTreeSet};

/// More settings than this are in no deployment.toml; everything that both releases know is less than 2,000.
const MOST_SETTINGS: usize = 10_000;

/// Merges.
pub fn merge(inputs: &Inputs<'_>) -> Merged {
    let mut merged = Merged::default();
    let ours = match repair::read(inputs.ours) {
        Ok(ours) => ours,
        Err(refusal) => {
            merged.diagnostics.push(unreadable("the home's", &refusal).at_line(PATH, refusal.line));
            return merged;
        }
    };
    let (theirs, base) = match (repair::read(inputs.theirs), inputs.base.map(repair::read).transpose()) {
        (Ok(theirs), Ok(base)) => (theirs.document, base.map(|base| base.document)),
        (Err(refusal), _) => {
            merged.diagnostics.push(unreadable("the fresh distribution's", &refusal).at(PATH));
            return merged;
        }
        (_, Err(refusal)) => {
            merged.diagnostics.push(unreadable("the pristine distribution's", &refusal).at(PATH));
            return merged;
        }
    };
    if [&ours.document, &theirs].into_iter().chain(&base).any(|document| document.settings.len() > MOST_SETTINGS) {
        let said = format!("`{PATH}` has more than {MOST_SETTINGS} settings");
        merged.diagnostics.push(Diagnostic::new(Code(602), said).at(PATH).hint("give the deployment.toml of a server"));
        return merged;
    }
    merged.diagnostics.extend(told(&ours));
    let base = base.unwrap_or_else(stock);
    // The user changed nothing, not even a comment: the fresh file is what they would have.
    let start = if is_as_shipped(inputs) { &theirs } else { &ours.document };
    merge_documents(inputs, &mut merged, [&base, &ours.document, &theirs], start);
    merged
}

fn merge_documents(
    inputs: &Inputs<'_>,
    merged: &mut Merged,
    [base_document, our_document, their_document]: [&Document; 3],
    start: &Document,
) {
    let mut sides = identity::settings(&[base_document, our_document, their_document]).into_iter();
    let [base, ours, theirs] = [(); 3].map(|()| sides.next().unwrap_or_default());
    let mut draft = Draft {
        ours: ours.clone(),
        base: base.clone(),
        theirs: &theirs,
        home: &inputs.home,
        fresh: &inputs.fresh,
        policy: &inputs.policy,
        changes: indexmap::IndexMap::new(),
        renames: Vec::new(),
        diagnostics: Vec::new(),
        document: our_document,
    };
    for rule in RULES {
        (rule.apply)(&mut draft);
    }
    let mut result = Settings::new();
    let keys = draft.ours.keys().chain(theirs.keys()).chain(draft.base.keys()).chain(ours.keys()).chain(base.keys());
    let keys: indexmap::IndexSet<Key> = keys.cloned().collect();
    let clashes = clashes(&draft);
    let fresh = Lookup::of(&inputs.fresh);
    for key in keys {
        let element = clashes.iter().find(|element| key.starts_with(element));
        let mut decision = match element {
            Some(element) => decide_element(&draft, element, &key),
            None => decide(&draft, &fresh, &key),
        };
        decision.base = base.get(&key).cloned();
        decision.ours = ours.get(&key).cloned();
        if let Some(value) = &decision.result {
            result.insert(key, value.clone());
        }
        merged.decisions.push(decision);
    }
    merged.diagnostics.append(&mut draft.diagnostics);
    merged.diagnostics.extend(conflicts(&merged.decisions, &clashes));
    let sides = [base_document, our_document, their_document];
    match text::written(&draft, start, sides, &result) {
        Ok(document) => {
            let document = overlays::apply(document, &inputs.overlays, Some(their_document), merged);
            merged.diagnostics.extend(checks::check(&document, our_document, inputs));
            merged.text = Some(document.text.into_bytes());
        }
        Err(diagnostic) => merged.diagnostics.push(*diagnostic),
    }
}

/// Whether the user's file is the one that 1.2.0 shipped, byte for byte.
fn is_as_shipped(inputs: &Inputs<'_>) -> bool {
    let known = listing::listing().get(PATH).and_then(|known| known.digest);
    inputs.base == Some(inputs.ours) || known == Some(Digest::of(inputs.ours))
}

/// The settings of 1.2.0 as a document.
pub(crate) fn stock() -> Document {
    let mut document = Document::default();
    for (table, name, value) in SETTINGS {
        let key = Key::dotted(table).then(name);
        let mut at = &mut document.root;
        for part in table.split('.') {
            let inside = at.entry(part.to_owned()).or_insert_with(|| Value::Table(crate::document::Table::new()));
            let Value::Table(inside) = inside else { return document };
            at = inside;
        }
        at.insert(name.to_owned(), Value::from(value));
        document.settings.push(Setting { key, value: Value::from(value), statement: 0, place: 0..0 });
    }
    document
}

/// The rule of the three sides, for one setting.
fn decide(draft: &Draft<'_>, fresh: &Lookup, key: &Key) -> Decision {
    let (base, ours, theirs) = (draft.base.get(key), draft.ours.get(key), draft.theirs.get(key));
    let change = draft.changes.get(key);
    let decision = |outcome, reason: &str, result: Option<&Value>| Decision {
        key: key.clone(),
        base: None,
        ours: None,
        theirs: theirs.cloned(),
        result: result.cloned(),
        outcome,
        reason: reason.to_owned(),
        rule: change.map(|change| change.rule),
        line: draft.line(key),
    };
    // Whether 4.0.0 only says what it would take anyway, so that it changed nothing.
    let states_default = || base.is_none() && theirs.is_some() && fresh.default_of(key).as_ref() == theirs;
    let take = draft.policy.take(key).filter(|_| ours != theirs);
    if take == Some(Take::Fresh) {
        return decision(Outcome::FollowsFresh, "the policy decides for 4.0.0", theirs);
    }
    if let Some(change) = change.filter(|change| change.what == Changed::LeftOut) {
        return decision(Outcome::LeftOut, &change.reason, None);
    }
    let kept = |reason: &str| match change {
        Some(change) if change.what == Changed::Added => decision(Outcome::Added, &change.reason, ours),
        Some(change) => decision(Outcome::Translated, &change.reason, ours),
        None => decision(Outcome::Kept, reason, ours),
    };
    if ours == theirs {
        return match ours {
            Some(_) if base == ours && change.is_some() => {
                decision(Outcome::FollowsFresh, "not changed by the user", ours)
            }
            Some(_) if base == ours => decision(Outcome::FollowsFresh, "the same in all three", ours),
            Some(_) => kept("the same as in 4.0.0"),
            None if draft.line(key).is_none() => {
                decision(Outcome::Kept, "taken out by the user, and not in 4.0.0", None)
            }
            None => decision(Outcome::FollowsFresh, "not in 4.0.0, and not changed by the user", None),
        };
    }
    if take.is_some() {
        return kept("the policy decides for the user's");
    }
    if ours.is_none() && states_default() {
        let table = key.parent().unwrap_or_default();
        if !draft.ours_below(&table).is_empty() {
            return decision(Outcome::FollowsFresh, "4.0.0 states its default, which holds without it", None);
        }
    }
    if ours == base {
        let reason = match theirs {
            Some(_) if ours.is_some() => "not changed by the user",
            Some(_) => "new in 4.0.0",
            None => "not changed by the user, and not in 4.0.0",
        };
        return decision(Outcome::FollowsFresh, reason, theirs);
    }
    if base == theirs {
        return kept(if ours.is_some() { "the user's" } else { "taken out by the user" });
    }
    if states_default() {
        return kept("the user's; 4.0.0 states its default");
    }
    decision(Outcome::Undecided, "changed by the user, and in 4.0.0", ours)
}

/// Elements of arrays of tables that one side took out and the other changed.
fn clashes(draft: &Draft<'_>) -> BTreeSet<Key> {
    let mut elements: BTreeMap<Key, [BTreeMap<&Key, &Value>; 3]> = BTreeMap::new();
    for (side, settings) in [&draft.base, &draft.ours, draft.theirs].into_iter().enumerate() {
        for (key, value) in settings {
            let ends = key.steps().iter().enumerate().filter(|(_, step)| matches!(step, Step::Element { .. }));
            for element in ends.filter_map(|(at, _)| Some(Key::from(key.steps().get(..=at)?.to_vec()))) {
                if let Some(inside) = elements.entry(element).or_default().get_mut(side) {
                    inside.insert(key, value);
                }
            }
        }
    }
    let clash = |[base, ours, theirs]: &[BTreeMap<&Key, &Value>; 3]| {
        !base.is_empty()
            && (ours.is_empty() && !theirs.is_empty() && theirs != base
                || theirs.is_empty() && !ours.is_empty() && ours != base)
    };
    elements.iter().filter(|(_, sides)| clash(sides)).map(|(key, _)| key.clone()).collect()
}

/// A setting of an element that one side took out and the other changed: the element stays or goes as a whole.
fn decide_element(draft: &Draft<'_>, element: &Key, key: &Key) -> Decision {
    let (ours, theirs) = (draft.ours.get(key), draft.theirs.get(key));
    let (outcome, reason, result) = match draft.policy.take(element) {
        Some(Take::Fresh) => (Outcome::FollowsFresh, "the policy decides for 4.0.0", theirs),
        Some(_) => (Outcome::Kept, "the policy decides for the user's", ours),
        None => (Outcome::Undecided, "one side changed the element, the other took it out", ours),
    };
    Decision {
        key: key.clone(),
        base: None,
        ours: None,
        theirs: theirs.cloned(),
        result: result.cloned(),
        outcome,
        reason: reason.to_owned(),
        rule: None,
        line: draft.line(element),
    }
}

fn conflicts(decisions: &[Decision], elements: &BTreeSet<Key>) -> Vec<Diagnostic> {
    let open = decisions.iter().filter(|decision| decision.outcome == Outcome::Undecided);
    let in_element = |key: &Key| elements.iter().find(|element| key.starts_with(element));
    let of_elements = elements.iter().filter_map(|element| {
        let first = open.clone().find(|decision| decision.key.starts_with(element))?;
        let (home, fresh) = if first.ours.is_some() { ("changed", "taken out") } else { ("taken out", "changed") };
        Some(conflict(&element.to_string(), first.line, &format!("was {home} in the home and {fresh} in 4.0.0")))
    });
    let of_settings = open.clone().filter(|decision| in_element(&decision.key).is_none()).map(|decision| {
        let shown = |value: &Option<Value>| {
            value.as_ref().map_or_else(|| "nothing".to_owned(), |value| super::decision::shown(&decision.key, value))
        };
        conflict(&decision.key.to_string(), decision.line, "was changed in the home and in 4.0.0").details([
            format!("1.2.0:   {}", shown(&decision.base)),
            format!("home:    {}", shown(&decision.ours)),
            format!("4.0.0:   {}", shown(&decision.theirs)),
        ])
    });
    of_elements.chain(of_settings).collect()
}

fn conflict(key: &str, line: Option<usize>, what: &str) -> Diagnostic {
    let found = Diagnostic::new(Code(604), format!("`{key}` {what}"))
        .hint("decide in the policy under [settings.decide]")
        .choices([Take::Fresh, Take::Customised].map(|take| Choice::DecideSetting(key.to_owned(), take)));
    found.at_place(PATH, line)
}
