//! The keystore of the server's internal encryption.
//!
//! In: a draft. Out: a `[keystore.internal]` that says what the old server used, where 4.0.0 would use another. Always:
//! the table of a home that read it is the user's.

use super::Rule;
use super::internal_api_keystores::tell_pinned;
use crate::choice::InternalKeystores;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Value};
use crate::settings::decision::shown;
use crate::settings::draft::{Changed, Draft};
use crate::settings::meaning::{self, Defaults, INTERNAL, Meaning, SECURITY};
use crate::settings::references::{self, MOST_GROWTH, TooLong};
use crate::settings::told;

pub(super) const RULE: Rule = Rule {
    name: "keystore-internal",
    what: "leaves out a [keystore.internal] that the old server did not read, and pins what it used where \
           [keystore.primary] was changed",
    source: "MI v1.2.0 templates/conf/carbon.xml.j2 (InternalKeyStore) and v4.0.0 default.json (keystore.internal.*); \
             issue #2028",
    apply,
};

const TABLE: &str = "keystore.internal";

fn apply(draft: &mut Draft<'_>) {
    let home = Defaults::of_home(&draft.home.rules);
    let fresh = Defaults::of_fresh(draft.fresh);
    let is_cut = !Meaning::of(&draft.home.rules).reads_internal && leave_out(draft, &home, &fresh);
    // What the old server used, where it followed nothing and 4.0.0 does.
    let fixed: Vec<(&str, String)> = INTERNAL
        .iter()
        .map(|(key, _, _)| *key)
        .filter(|key| !draft.theirs.contains_key(&Key::dotted(key)))
        .filter(|key| fresh.get(key).is_some_and(|default| default.contains("$ref{")))
        .filter_map(|key| Some((key, home.get(key).filter(|old| !old.contains("$ref{"))?.to_owned())))
        .collect();
    // They belong together: where one would be another keystore's, all are stated.
    let differs = fixed.iter().any(|(key, old)| meaning::effective_default(draft, &fresh, key).as_ref() != Some(old));
    let is_unset = |key: &Key| !draft.ours.contains_key(key) && !draft.is_fresh(key);
    let unset: Vec<(&str, String)> = fixed.into_iter().filter(|(key, _)| is_unset(&Key::dotted(key))).collect();
    if decided_in_part(draft) {
        if differs || is_cut {
            tell_partial(draft, &unset);
        }
        return;
    }
    if unset.is_empty() || !differs {
        return;
    }
    if draft.policy.internal_keystores == InternalKeystores::AsBefore {
        for (key, old) in &unset {
            let reason = "the old server used it whatever [keystore.primary] said";
            draft.add(&Key::dotted(key), Value::from(old.as_str()), RULE.name, reason);
        }
    }
    let unset: Vec<&str> = unset.iter().map(|(key, _)| *key).collect();
    tell_pinned(draft, TABLE, &unset);
}

/// Whether a person decided about a part of the table: what the old server used for the rest is that of another
/// keystore.
fn decided_in_part(draft: &Draft<'_>) -> bool {
    let mut keys = INTERNAL.iter().map(|(key, _, _)| Key::dotted(key));
    keys.any(|key| draft.is_fresh(&key) || draft.is_kept(&key) && draft.ours.contains_key(&key))
}

/// Says what a table lacks that a person decided about in part.
fn tell_partial(draft: &mut Draft<'_>, unset: &[(&str, String)]) {
    if unset.is_empty() {
        return;
    }
    let lines = unset.iter().map(|(key, _)| format!("{key} is missing, and follows [keystore.primary]"));
    let said =
        Diagnostic::new(Code(626), "the policy decides about a part of [keystore.internal]; the rest is not pinned")
            .details(lines)
            .hint(
                "keep the whole table by the policy under [settings.decide], with all its settings in the home's file",
            );
    draft.say_once(&Key::dotted(TABLE), said);
}

/// Takes out what the old server did not read and that says something else than what it used. Whether there was any.
fn leave_out(draft: &mut Draft<'_>, home: &Defaults, fresh: &Defaults) -> bool {
    let follows = draft.policy.internal_keystores == InternalKeystores::FollowPrimary;
    let mut dead = Vec::new();
    for key in draft.ours_below(&Key::dotted(TABLE)) {
        let own_doing = draft.changes.get(&key).is_some_and(|change| change.what == Changed::Added);
        let Some(value) = draft.ours.get(&key).cloned() else { continue };
        if own_doing || draft.is_kept(&key) || draft.theirs.get(&key) == Some(&value) {
            continue;
        }
        let flat = key.flat();
        let used = home.get(&flat);
        let text = value.as_str();
        // A bare name is the same one in the words of the old server.
        let as_path = text.filter(|_| key.last_name() == Some("file_name")).map(|text| format!("{SECURITY}{text}"));
        let says_default = follows && text.is_some() && text == fresh.get(&flat);
        let is_used = used.is_some() && meaning::effective(draft, fresh, &flat).as_deref() == used;
        if says_default || is_used {
            continue;
        }
        if let Some(path) = as_path.filter(|path| used == Some(path.as_str())) {
            draft.translate(&key, Value::String(path), RULE.name, "4.0.0 takes the name as a path below the home");
            continue;
        }
        dead.push((key, value));
    }
    let mut lines = Vec::new();
    for (key, value) in &dead {
        lines.push(format!("{}{key} = {}", told::at(draft.line(key)), shown(key, value)));
    }
    lines.extend(spell_out(draft, &dead));
    for (key, _) in &dead {
        draft.leave_out(key, RULE.name, "the old server did not read [keystore.internal]");
    }
    let Some((first, _)) = dead.first() else { return false };
    let said = Diagnostic::new(Code(609), "[keystore.internal] was never read and is left out")
        .details(told::listed(lines))
        .hint(
            "to put it in force, keep it by the policy under [settings.decide], with a path below the home as its file \
         name, and encrypt the secrets anew",
        );
    draft.say(first, said);
    true
}

/// Gives settings that refer to what is left out the value that they had through it.
fn spell_out(draft: &mut Draft<'_>, dead: &[(Key, Value)]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut room = MOST_GROWTH;
    let referring = references::referring(&draft.ours, TABLE);
    for key in referring.into_iter().filter(|key| !dead.iter().any(|(dead, _)| dead == key)) {
        let mut spell = |text: &str| {
            references::rewritten(text, &mut room, |done, name| {
                let value = dead.iter().find(|(dead, _)| dead.flat() == name).and_then(|(_, value)| value.as_str());
                match value {
                    Some(value) => done.push_str(value),
                    None => done.push_str(&references::to(name)),
                }
            })
        };
        let value = match draft.ours.get(&key).map(|value| references::changed(value, &mut spell)) {
            Some(Ok(Some(value))) => value,
            Some(Err(TooLong)) => {
                lines.push(format!("{key} referred to it, and is kept as it is: it would become too long"));
                continue;
            }
            _ => continue,
        };
        draft.translate(&key, value, RULE.name, "what it refers to is left out; it has its value now");
        lines.push(format!("{key} referred to it, and has its value now"));
    }
    lines
}

#[cfg(test)]
mod tests;
