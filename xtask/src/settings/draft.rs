//! What the rules work on: the user's settings on their way to 4.0.0.
//!
//! In: the three sides of the merge. Out: the user's side and the base as 4.0.0 would have to write them, with who
//! changed what and why. Always: every change has the name of a rule and a reason; what is left out stays in the file as
//! a comment.

use super::Home;
use super::identity::Settings;
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Key, Value};
use crate::effective::RuleFiles;
use crate::policy::SettingsPolicy;
use indexmap::IndexMap;

/// Where deployment.toml lies, for diagnostics.
pub(crate) const PATH: &str = "conf/deployment.toml";

/// The settings as the rules have them so far.
pub(crate) struct Draft<'a> {
    /// The user's settings, as far as translated.
    pub(crate) ours: Settings,
    /// What 1.2.0 shipped, in the words of 4.0.0 as far as translated.
    pub(crate) base: Settings,
    /// What 4.0.0 ships.
    pub(crate) theirs: &'a Settings,
    /// What is known of the old home.
    pub(crate) home: &'a Home<'a>,
    /// The fresh distribution's rule files.
    pub(crate) fresh: &'a RuleFiles<'a>,
    /// What a person decided.
    pub(crate) policy: &'a SettingsPolicy,
    /// What was changed on the user's side.
    pub(crate) changes: IndexMap<Key, Change>,
    /// Tables that keep their place and comments under another name.
    pub(crate) renames: Vec<(Key, Key)>,
    /// What there is to say.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The user's file.
    pub(crate) document: &'a Document,
}

/// What a rule did to a setting.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The rule's name.
    pub(crate) rule: &'static str,
    /// Why: a lower-case fragment.
    pub(crate) reason: String,
    /// What it did.
    pub(crate) what: Changed,
}

/// What a rule can do to a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Another value that means the same.
    Translated,
    /// A setting that the user did not have.
    Added,
    /// Not in force; its lines stay as comments.
    LeftOut,
}

impl Draft<'_> {
    /// The line of a setting, or of the first below a table, in the user's file, from 1.
    pub(crate) fn line(&self, key: &Key) -> Option<usize> {
        self.document.first_below(key).map(|first| self.document.line(first.place.start))
    }

    /// The user's settings below a table, or the setting itself.
    pub(crate) fn ours_below(&self, table: &Key) -> Vec<Key> {
        self.ours.keys().filter(|key| key.starts_with(table)).cloned().collect()
    }

    /// Whether a person decided to keep a setting as the home has it.
    pub(crate) fn is_kept(&self, key: &Key) -> bool {
        self.policy.take(key) == Some(crate::choice::Take::Customised)
    }

    /// Whether a person decided that a setting is as 4.0.0 has it.
    pub(crate) fn is_fresh(&self, key: &Key) -> bool {
        self.policy.take(key) == Some(crate::choice::Take::Fresh)
    }

    /// Gives a setting of the user's another value that means the same.
    pub(crate) fn translate(&mut self, key: &Key, value: Value, rule: &'static str, reason: impl Into<String>) {
        if self.is_kept(key) {
            return;
        }
        self.ours.insert(key.clone(), value);
        self.changes.insert(key.clone(), Change { rule, reason: reason.into(), what: Changed::Translated });
    }

    /// Adds a setting that the user does not have.
    pub(crate) fn add(&mut self, key: &Key, value: Value, rule: &'static str, reason: impl Into<String>) {
        self.ours.insert(key.clone(), value);
        self.changes.insert(key.clone(), Change { rule, reason: reason.into(), what: Changed::Added });
    }

    /// Takes a setting out of force; its lines stay as comments. Not where a person decided to keep it.
    pub(crate) fn leave_out(&mut self, key: &Key, rule: &'static str, reason: impl Into<String>) {
        if self.is_kept(key) {
            return;
        }
        self.ours.shift_remove(key);
        self.changes.insert(key.clone(), Change { rule, reason: reason.into(), what: Changed::LeftOut });
    }

    /// Says something, at the line of a setting.
    pub(crate) fn say(&mut self, key: &Key, diagnostic: Diagnostic) {
        let diagnostic = diagnostic.at_place(PATH, self.line(key));
        self.diagnostics.push(diagnostic);
    }

    /// Says what is not said yet: a rule may run again.
    pub(crate) fn say_once(&mut self, key: &Key, diagnostic: Diagnostic) {
        let is_told = |known: &Diagnostic| known.code == diagnostic.code && known.message == diagnostic.message;
        if !self.diagnostics.iter().any(is_told) {
            self.say(key, diagnostic);
        }
    }
}
