//! File names of keystores become paths, as 4.0.0 takes them.
//!
//! In: a draft. Out: names with the folder before them that the old server put there, and what refers to them with the
//! same meaning as before. Always: what is a path already stays; a home whose server took paths already stays.
//!
//! Two differences between the releases need nothing. With `transport.wss.sender.enable = true` 1.2.0 starts only where
//! `transport.wss.sender.truststore_password`, or the misnamed `truststore.primary.password`, is set; both stay, and do
//! no harm in 4.0.0. And what 1.2.0 infers for `transport.wss.sender.truststore_location` is a bare file name, which it
//! does not find; 4.0.0 infers the path (MI v1.2.0 and v4.0.0, `infer.json`).

use super::Rule;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Value};
use crate::effective::RuleFiles;
use crate::settings::decision::shown;
use crate::settings::draft::Draft;
use crate::settings::identity::Settings;
use crate::settings::meaning::{Defaults, Meaning, SECURITY};
use crate::settings::references::{self, MOST_GROWTH, TooLong};
use crate::settings::told;

pub(super) const RULE: Rule = Rule {
    name: "keystore-paths",
    what: "puts repository/resources/security/ before file names of keystores, and takes it away before references \
           to them",
    source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool: default.json, templates/conf/carbon.xml.j2",
    apply,
};

const NAME: &str = "4.0.0 takes the name as a path below the home";
const STRIPPED: &str = "the setting that it refers to has the folder itself in 4.0.0";
const SPELLED_OUT: &str = "the setting that it refers to has a folder before the name in 4.0.0";

/// A setting with the file name of a keystore, as references to it resolve.
struct Target {
    key: &'static str,
    /// What they gave in the old server.
    old: String,
    /// Whether they give something else in the new one.
    changes: bool,
    /// Whether the new file will have the setting.
    stated: bool,
}

/// A setting in its new words.
struct Translation {
    key: Key,
    from: Value,
    to: Value,
    reason: &'static str,
}

fn apply(draft: &mut Draft<'_>) {
    let meaning = Meaning::of(&draft.home.rules);
    let shipped: Vec<Key> = draft
        .ours
        .iter()
        .filter(|(key, ours)| draft.base.get(*key) == Some(*ours))
        .map(|(key, _)| key.clone())
        .collect();
    let as_shipped = Defaults::of_home(&RuleFiles::default());
    let (base, _) = translations(&draft.base, &Meaning::as_shipped(), &as_shipped, draft);
    for Translation { key, to, .. } in base {
        // A home that took paths, and has a name as 1.2.0 shipped it, is not one whose user changed it.
        if is_in(&meaning, &key.flat()) || !shipped.contains(&key) {
            draft.base.insert(key, to);
        }
    }
    if meaning.names.is_empty() {
        follow_the_shipped(draft, &shipped);
        return;
    }
    let (ours, too_long) = translations(&draft.ours, &meaning, &Defaults::of_home(&draft.home.rules), draft);
    lying_elsewhere(draft, &meaning);
    tell_too_long(draft, &too_long);
    let mut told = Vec::new();
    let mut first = None;
    for Translation { key, from, to, reason } in ours {
        // The rule's own result is not its input.
        let done = draft.changes.get(&key).is_some_and(|change| change.rule == RULE.name);
        if done || draft.is_kept(&key) {
            continue;
        }
        draft.translate(&key, to.clone(), RULE.name, reason);
        if shipped.contains(&key) {
            continue;
        }
        let at = told::at(draft.line(&key));
        told.push(format!("{at}{key}: {} becomes {}", shown(&key, &from), shown(&key, &to)));
        first.get_or_insert(key);
    }
    if let Some(first) = first {
        let what = if told.len() == 1 { "a setting was" } else { "settings were" };
        let said = Diagnostic::new(Code(607), format!("{what} said in the words of 4.0.0: paths of keystores"));
        draft.say(&first, said.details(told::listed(told)));
    }
}

/// In a home that took paths already, a bare name as 1.2.0 shipped it follows the fresh distribution, which has a path:
/// what refers to it must not put the folder before it once more.
fn follow_the_shipped(draft: &mut Draft<'_>, shipped: &[Key]) {
    let followed = |name: &&'static str| {
        let key = Key::dotted(name);
        let old = draft.ours.get(&key)?.as_str().filter(|_| shipped.contains(&key) && !draft.is_kept(&key))?.to_owned();
        let new = draft.theirs.get(&key)?.as_str()?;
        (is_name(&old) && new == format!("{SECURITY}{old}")).then_some(Target {
            key: name,
            old,
            changes: true,
            stated: true,
        })
    };
    let targets: Vec<Target> = Meaning::as_shipped().names.iter().filter_map(followed).collect();
    if targets.is_empty() {
        return;
    }
    let mut room = MOST_GROWTH;
    let mut changes = Vec::new();
    for (key, value) in draft.ours.iter().filter(|(key, _)| references::are_resolved(key)) {
        let flat = key.flat();
        let mut reason = STRIPPED;
        let mut change = |text: &str| referring(&flat, text, &targets, &mut reason, &mut room);
        if let Ok(Some(to)) = references::changed(value, &mut change) {
            changes.push((key.clone(), to, reason));
        }
    }
    // The rule's own result is not its input.
    changes.retain(|(key, _, _)| draft.changes.get(key).is_none_or(|change| change.rule != RULE.name));
    for (key, to, reason) in changes {
        draft.translate(&key, to, RULE.name, reason);
    }
}

/// What has to be said differently, and what has and would become too long; both in the order of the settings.
fn translations(
    settings: &Settings,
    meaning: &Meaning,
    defaults: &Defaults,
    draft: &Draft<'_>,
) -> (Vec<Translation>, Vec<Key>) {
    let targets = targets(settings, meaning, defaults, draft);
    let (mut translations, mut too_long) = (Vec::new(), Vec::new());
    let mut room = MOST_GROWTH;
    for (key, from) in settings.iter().filter(|(key, _)| references::are_resolved(key)) {
        let flat = key.flat();
        // What the old server did not read had no meaning to keep; rules of their own see to it.
        let dead = flat.starts_with("keystore.internal.") && !meaning.reads_internal;
        if dead || flat.starts_with("keystore.tls.") {
            continue;
        }
        let mut reason = STRIPPED;
        let mut change = |text: &str| {
            if targets.iter().any(|target| target.key == flat) {
                reason = NAME;
                path(text, &targets, &mut room)
            } else {
                referring(&flat, text, &targets, &mut reason, &mut room)
            }
        };
        match references::changed(from, &mut change) {
            Ok(Some(to)) => translations.push(Translation { key: key.clone(), from: from.clone(), to, reason }),
            Ok(None) => {}
            Err(TooLong) => too_long.push(key.clone()),
        }
    }
    (translations, too_long)
}

fn targets(settings: &Settings, meaning: &Meaning, defaults: &Defaults, draft: &Draft<'_>) -> Vec<Target> {
    let text = |name: &str| match settings.get(&Key::dotted(name)) {
        Some(value) => value.as_str(),
        None => defaults.get(name),
    };
    // A name may be that of another keystore; no deeper than there are settings, so that a circle ends.
    let old = |name: &str| {
        let mut old = text(name)?.to_owned();
        for _ in &meaning.names {
            let followed = references::rewritten(&old, &mut MOST_GROWTH.clone(), |done, other| {
                match text(other).filter(|_| is_in(meaning, other)) {
                    Some(text) if done.len() < 4096 => done.push_str(text),
                    _ => done.push_str(&references::to(other)),
                }
            });
            // What does not end stays a reference.
            let Ok(followed) = followed else { break };
            old = followed;
        }
        Some(old)
    };
    let stated = |key: &Key| {
        let Some(table) = key.parent() else { return false };
        // A table of the fresh file that the user does not have at all is put in by the merge.
        let comes = draft.theirs.contains_key(key) && !draft.base.contains_key(key);
        settings.contains_key(key) || comes && !settings.keys().any(|key| key.starts_with(&table))
    };
    let target = |name: &&'static str| {
        let key = Key::dotted(name);
        // Where a person decided to keep the name, references to it give what they gave.
        let kept = settings.contains_key(&key) && draft.is_kept(&key);
        let old = old(name).filter(|_| !kept)?;
        Some(Target { key: name, changes: is_name(&old), old, stated: stated(&key) })
    };
    meaning.names.iter().filter_map(target).collect()
}

fn is_in(meaning: &Meaning, key: &str) -> bool {
    meaning.names.contains(&key)
}

/// Whether a file name is one below the security folder, and no path.
pub(crate) fn is_name(text: &str) -> bool {
    !(text.is_empty() || text.starts_with("repository/") || is_whole_path(text))
}

/// Whether a path does not start at the home.
fn is_whole_path(text: &str) -> bool {
    let drive = text.get(1..3).is_some_and(|rest| rest == ":/" || rest == ":\\");
    text.starts_with(['/', '\\']) || text.starts_with("${") || drive
}

/// A file name as a path. One that starts with a reference to another follows that.
fn path(text: &str, targets: &[Target], room: &mut usize) -> Result<String, TooLong> {
    let mut follows = false;
    let text = references::rewritten(text, room, |done, name| {
        let Some(target) = targets.iter().find(|target| target.key == name) else {
            return done.push_str(&references::to(name));
        };
        if done.is_empty() || done == SECURITY {
            done.clear();
            follows = true;
            return done.push_str(&references::to(name));
        }
        done.push_str(&target.old);
    })?;
    Ok(if follows || !is_name(&text) { text } else { format!("{SECURITY}{text}") })
}

/// Another text that refers to file names, with the same meaning as before.
fn referring(
    key: &str,
    text: &str,
    targets: &[Target],
    reason: &mut &'static str,
    room: &mut usize,
) -> Result<String, TooLong> {
    references::rewritten(text, room, |done, name| {
        let reference = references::to(name);
        let Some(target) = targets.iter().find(|target| target.key == name) else {
            return done.push_str(&reference);
        };
        let has_folder = done.ends_with(SECURITY);
        // A location that is nothing but the file name: the old server never found a keystore there, so it cannot
        // have been meant; 4.0.0 finds the one that is.
        let whole = text == reference || text.strip_prefix(SECURITY) == Some(reference.as_str());
        let is_location = whole && (key.ends_with(".location") || key.ends_with("_location"));
        // A name that is a path below the home already has its folder twice; a whole path has it once, and it counts.
        let is_doubled = !target.changes && target.old.starts_with("repository/");
        if has_folder && (target.changes && target.stated || is_location || is_doubled) {
            done.truncate(done.len() - SECURITY.len());
        } else if target.changes && !is_location {
            *reason = SPELLED_OUT;
            return done.push_str(&target.old);
        }
        done.push_str(&reference);
    })
}

/// Says which settings stay as they are because their text would become too long.
fn tell_too_long(draft: &mut Draft<'_>, keys: &[Key]) {
    let Some(first) = keys.first() else { return };
    let lines = keys.iter().map(|key| format!("{}{key}", told::at(draft.line(key))));
    let message = "settings are kept as they are: as 4.0.0 reads them they would become too long";
    let said = Diagnostic::new(Code(626), message).details(told::listed(lines)).hint(
        "write the path of the keystore into them by hand, or a shorter file name into the setting they refer to",
    );
    draft.say_once(first, said);
}

/// Says which keystores the old server did not find where the new one will.
fn lying_elsewhere(draft: &mut Draft<'_>, meaning: &Meaning) {
    for name in &meaning.names {
        let key = Key::dotted(name);
        let Some(value) = draft.ours.get(&key) else { continue };
        if !value.as_str().is_some_and(is_whole_path) {
            continue;
        }
        let message = format!("the keystore of `{name}` lies where the old server did not look");
        let detail = format!("{name} = {}", shown(&key, value));
        let hint = format!(
            "the old server looked for it below {SECURITY}, the new one takes the path as it is: see that it is the \
             one you mean"
        );
        let said = Diagnostic::new(Code(621), message).details([detail]).hint(hint);
        draft.say_once(&key, said);
    }
}

#[cfg(test)]
mod tests;
