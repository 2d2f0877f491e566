//! The comparison, and the reason of each difference.
//!
//! In: [`Inputs`]. Out: a [`Comparison`], or the side that cannot be rendered. Always: a cause explains what is
//! another without it, shown by rendering again; a change of the distribution explains what is the same change for
//! settings that no user touched. A default that both releases have with different values is explained only where it is
//! known of 4.0.0 as released.

use super::causes::{Cause, causes};
use super::masked::Secrets;
use super::units::{Change, Units};
use super::{Comparison, Difference, Inputs, Reason, Side, Subject, Trouble, revert};
use crate::choice::InternalKeystores;
use crate::document::Value;
use crate::effective::{self, Context, Environment, Lookup, Rendering, StartError};
use std::collections::{BTreeMap, BTreeSet};

/// Defaults that 4.0.0 as released has with another value than 1.2.0.
///
/// Source: MI v1.2.0 and v4.0.0 `distribution/src/resources/config-tool/default.json`.
const CHANGED_DEFAULTS: [&str; 3] =
    ["keystore.primary.file_name", "truststore.file_name", "synapse_properties.'synapse.xpath.func.extensions'"];
/// What follows from so many unexplained settings is looked for; of more than these none is a root.
const MOST_ROOTS: usize = 20;
/// A value is cut at this many characters.
const LONGEST_SHOWN: usize = 160;
const BY_DEFAULT: &str = "the fresh distribution's rule files give it another default";
const NEW_DEFAULT: &str = "the fresh distribution's rule files have a default for it, and the old ones none";
const BY_TEMPLATE: &str = "the fresh distribution's templates differ so with the settings of 1.2.0 too";
const BY_NOBODY: &str = "no rule of the merge and no change of the distribution explains it";

/// Why, in words, and what it follows from.
type Explained = (Reason, String, Option<String>);
type Changed<'a> = (&'a String, Option<&'a Value>, Option<&'a Value>);

/// Compares the two sides.
pub fn compare(inputs: &Inputs<'_>) -> Result<Comparison, Trouble> {
    let old = rendered(inputs.old).map_err(Trouble::Old)?;
    let new = rendered(inputs.new).map_err(Trouble::New)?;
    let stock = |rules| rendered(Side { document: inputs.stock, rules }).unwrap_or_default();
    let environment = Environment::of(inputs.new.rules);
    let comparing = Comparing {
        inputs,
        causes: causes(inputs, &environment),
        stock: [stock(inputs.old.rules), stock(inputs.new.rules)],
        environment,
        lookups: [Lookup::of(inputs.old.rules), Lookup::of(inputs.new.rules)],
        secrets: Secrets::of(old.context.flat.iter().chain(&new.context.flat)),
        old: &old,
        new: &new,
    };
    let (mut differences, pinned) = comparing.settings();
    differences.extend(comparing.files(&pinned));
    let files = old.files.keys().chain(new.files.keys()).collect::<BTreeSet<_>>().len();
    Ok(Comparison { differences, files, unset: new.context.unset.clone() })
}

fn rendered(side: Side<'_>) -> Result<Rendering, StartError> {
    effective::rendering(side.document, side.rules, &Environment::of(side.rules))
}

struct Comparing<'a> {
    inputs: &'a Inputs<'a>,
    causes: Vec<Cause>,
    /// What 1.2.0 shipped, with the old and with the fresh rule files.
    stock: [Rendering; 2],
    environment: Environment,
    /// What the rule files of the old and the new side say of single settings.
    lookups: [Lookup; 2],
    secrets: Secrets,
    old: &'a Rendering,
    new: &'a Rendering,
}

/// The result with settings that changed pinned to what they were.
struct Pinned {
    explained: Explained,
    without: Context,
}

impl Comparing<'_> {
    /// The settings that differ, and what files that follow from them are compared with.
    fn settings(&self) -> (Vec<Difference>, Vec<Pinned>) {
        let (old, new) = (&self.old.context.flat, &self.new.context.flat);
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        let sides = keys.into_iter().map(|key| (key, old.get(key), new.get(key)));
        let changed: Vec<Changed<'_>> = sides.filter(|(_, before, after)| before != after).collect();
        let mut explained: BTreeMap<&String, Explained> = BTreeMap::new();
        for change in &changed {
            if let Some((reason, why)) = self.of_setting(change) {
                explained.insert(change.0, (reason, why, None));
            }
        }
        let mut pinned = Vec::new();
        for change in changed.iter().filter(|(_, before, _)| before.is_some()) {
            let reason = explained.get(change.0).map(|(reason, ..)| *reason);
            if let Some(reason @ (Reason::Policy | Reason::Distribution)) = reason
                && pinned.len() < MOST_ROOTS
            {
                pinned.extend(self.pinned(change, (reason, format!("follows from {}", change.0), None)));
            }
        }
        follow(&changed, &pinned, &mut explained);
        let is_open = self.inputs.otherwise.is_none();
        let roots: Vec<&Changed<'_>> =
            changed.iter().filter(|_| is_open).filter(|change| !explained.contains_key(change.0)).collect();
        if roots.len() <= MOST_ROOTS {
            for root in roots {
                let from = (Reason::Unexplained, format!("follows from {}", root.0), Some(root.0.clone()));
                let of_root: Vec<Pinned> = self.pinned(root, from).into_iter().collect();
                let mut following = BTreeMap::new();
                follow(&changed, &of_root, &mut following);
                following.retain(|key, _| *key != root.0 && !explained.contains_key(key));
                if !explained.contains_key(root.0) {
                    explained.extend(following);
                }
                pinned.extend(of_root);
            }
        }
        let differences = changed.iter().map(|(key, before, after)| {
            let found = explained.remove(key).unwrap_or_else(|| self.otherwise());
            let shown = |side: Option<&Value>| side.map(|value| cut(&self.secrets.setting(key, value)));
            difference(Subject::Setting((*key).clone()), shown(*before), shown(*after), found)
        });
        (differences.collect(), pinned)
    }

    fn of_setting(&self, (key, before, after): &Changed<'_>) -> Option<(Reason, String)> {
        if let Some(cause) = self.causes.iter().find(|cause| cause.without.flat.get(*key) != *after) {
            return Some((cause.reason, cause.why(key)));
        }
        if after.is_none()
            && let Some(cause) = self.causes.iter().find(|cause| cause.took(key))
        {
            return Some((cause.reason, cause.why(key)));
        }
        if self.inputs.policy.internal_keystores == InternalKeystores::FollowPrimary
            && ["keystore.internal.", "internal_api_ssl_config."].iter().any(|table| key.starts_with(table))
        {
            return Some((Reason::Policy, "the policy lets it follow [keystore.primary] and [truststore]".to_owned()));
        }
        if self.inputs.policy.accepts(key) {
            return Some((Reason::Policy, "the policy accepts the difference".to_owned()));
        }
        let [old_lookup, new_lookup] = &self.lookups;
        let [stock_before, stock_after] = self.stock.each_ref().map(|stock| stock.context.flat.get(*key));
        if before.is_none() && stock_before.is_none() && stock_after.is_some() {
            let refers = new_lookup
                .default_of(&effective::key_of(key))
                .is_some_and(|default| default.as_str().is_some_and(|text| text.contains("$ref{")));
            return (stock_after == *after || refers).then(|| (Reason::Distribution, NEW_DEFAULT.to_owned()));
        }
        if !CHANGED_DEFAULTS.contains(&key.as_str()) {
            return None;
        }
        let name = effective::key_of(key);
        let of_rules = |lookup: &Lookup, value: Option<&Value>| lookup.default_of(&name).as_ref() == value;
        let same = stock_before == *before && stock_after == *after
            || of_rules(old_lookup, *before) && of_rules(new_lookup, *after);
        same.then(|| (Reason::Distribution, BY_DEFAULT.to_owned()))
    }

    fn pinned(&self, (key, before, _): &Changed<'_>, explained: Explained) -> Option<Pinned> {
        let key = effective::key_of(key);
        let document = revert::with(self.inputs.new.document, std::iter::once((&key, Some((*before)?))));
        let without = effective::context(&document, self.inputs.new.rules, &self.environment).ok()?;
        Some(Pinned { explained, without })
    }

    /// The places in files that differ.
    fn files(&self, pinned: &[Pinned]) -> Vec<Difference> {
        let units = |rendering: &Rendering, path: &str| {
            rendering.files.get(path).map(|text| Units::of(path, text)).unwrap_or_default()
        };
        let paths: BTreeSet<&String> = self.old.files.keys().chain(self.new.files.keys()).collect();
        let mut by_path = BTreeMap::new();
        for path in paths {
            if self.old.files.get(path) == self.new.files.get(path) {
                continue;
            }
            let after = units(self.new, path);
            let changes = units(self.old, path).changes(&after);
            if !changes.is_empty() {
                let [stock_before, stock_after] = self.stock.each_ref().map(|stock| units(stock, path));
                by_path.insert(path.as_str(), (after, changes, stock_before.changes(&stock_after)));
            }
        }
        let paths: Vec<&str> = by_path.keys().copied().collect();
        let of_causes = self.causes.iter().map(|cause| ((cause.reason, cause.why.clone(), None), &cause.without));
        let of_pinned = pinned.iter().map(|pinned| (pinned.explained.clone(), &pinned.without));
        let without: Vec<(Explained, BTreeMap<String, Units>)> = of_causes
            .chain(of_pinned)
            .filter_map(|(explained, context)| {
                let files = effective::files(context, self.inputs.new.rules, &paths).ok()?;
                let units = files.into_iter().map(|(path, text)| (path.clone(), Units::of(&path, &text))).collect();
                Some((explained, units))
            })
            .collect();
        let mut differences = Vec::new();
        for (path, (after, changes, stock)) in &by_path {
            for change in changes {
                let cause = without
                    .iter()
                    .find(|(_, files)| files.get(*path).is_some_and(|without| !without.same_at(after, &change.place)));
                let found = match cause {
                    Some((explained, _)) => explained.clone(),
                    None => self.of_distribution(path, change, stock),
                };
                differences.push(self.in_file(path, change, found));
            }
        }
        differences
    }

    fn of_distribution(&self, path: &str, change: &Change, stock: &[Change]) -> Explained {
        if self.inputs.policy.accepts(path) {
            return (Reason::Policy, "the policy accepts the differences of the file".to_owned(), None);
        }
        if stock.iter().any(|stock| stock.place == change.place && same_edit(stock, change)) {
            return (Reason::Distribution, BY_TEMPLATE.to_owned(), None);
        }
        self.otherwise()
    }

    /// What nothing explains.
    fn otherwise(&self) -> Explained {
        let (reason, why) = self.inputs.otherwise.unwrap_or((Reason::Unexplained, BY_NOBODY));
        (reason, why.to_owned(), None)
    }

    fn in_file(&self, path: &str, change: &Change, found: Explained) -> Difference {
        let shown =
            |side: &Option<String>| side.as_ref().map(|value| cut(&self.secrets.in_file(path, &change.place, value)));
        let place = cut(&self.secrets.place(path, &change.place, change.is_line));
        let subject = Subject::File { path: path.to_owned(), place };
        difference(subject, shown(&change.before), shown(&change.after), found)
    }
}

/// What follows from pinned settings.
fn follow<'k>(changed: &[Changed<'k>], pinned: &[Pinned], explained: &mut BTreeMap<&'k String, Explained>) {
    for (key, _, after) in changed {
        if let Some(pinned) = pinned.iter().find(|pinned| pinned.without.flat.get(*key) != *after) {
            explained.entry(key).or_insert_with(|| pinned.explained.clone());
        }
    }
}

fn difference(
    subject: Subject,
    before: Option<String>,
    after: Option<String>,
    (reason, why, follows_from): Explained,
) -> Difference {
    Difference { subject, before, after, reason, why, follows_from }
}

/// Whether two changes replace the same by the same, whatever stands around it.
fn same_edit(one: &Change, other: &Change) -> bool {
    match ((&one.before, &one.after), (&other.before, &other.after)) {
        ((Some(a), Some(b)), (Some(c), Some(d))) => edit(a, b) == edit(c, d),
        ((None, Some(_)), (None, Some(_))) | ((Some(_), None), (Some(_), None)) => true,
        _ => false,
    }
}

/// What is between the common start and the common end of two texts.
fn edit<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let end: usize = before
        .chars()
        .rev()
        .zip(after.chars().rev())
        .take_while(|(one, other)| one == other)
        .map(|(character, _)| character.len_utf8())
        .sum();
    let inside = |text: &'a str| text.get(..text.len() - end).unwrap_or(text);
    let (before, after) = (inside(before), inside(after));
    let start: usize = before
        .chars()
        .zip(after.chars())
        .take_while(|(one, other)| one == other)
        .map(|(character, _)| character.len_utf8())
        .sum();
    (before.get(start..).unwrap_or(before), after.get(start..).unwrap_or(after))
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST_SHOWN {
        return text.to_owned();
    }
    text.chars().take(LONGEST_SHOWN - 3).chain("...".chars()).collect()
}
