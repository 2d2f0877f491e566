//! What becomes of one setting.
//!
//! In: nothing. Out: plain data for reports. Always: a value that may be a secret is shown as `***` ([`shown`]).

use crate::document::{Key, Value, edit};
use crate::secret;

/// What becomes of a setting, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Its key.
    pub key: Key,
    /// What 1.2.0 shipped.
    pub base: Option<Value>,
    /// What the user's file says.
    pub ours: Option<Value>,
    /// What 4.0.0 ships.
    pub theirs: Option<Value>,
    /// What the new file says.
    pub result: Option<Value>,
    /// What became of it.
    pub outcome: Outcome,
    /// Why: a lower-case fragment.
    pub reason: String,
    /// The rule that decided, where one did.
    pub rule: Option<&'static str>,
    /// The line in the user's file, from 1.
    pub line: Option<usize>,
}

/// What can become of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The user's, as it is.
    Kept,
    /// The user's, said in the words of 4.0.0.
    Translated,
    /// The user did not change what 1.2.0 shipped: the fresh distribution's, or none where it has none.
    FollowsFresh,
    /// A rule put it in.
    Added,
    /// The user's, no longer in force; its lines are comments.
    LeftOut,
    /// An overlay set it or took it out.
    Overlaid,
    /// Nobody has decided yet.
    Undecided,
}

impl Outcome {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Translated => "translated",
            Self::FollowsFresh => "follows fresh",
            Self::Added => "added",
            Self::LeftOut => "left out",
            Self::Overlaid => "overlaid",
            Self::Undecided => "undecided",
        }
    }
}

/// A value as reports show it: `***` where key or value may hold a secret.
pub fn shown(key: &Key, value: &Value) -> String {
    let text = edit::written(value);
    let names_secret = key.starts_with(&Key::dotted("secrets")) || secret::may_hold_secret(&key.to_string());
    // What refers to a secret is none.
    let refers = value.as_str().is_some_and(secret::is_reference);
    // Neither yes nor no is a password.
    let is_plain = refers || matches!(value, Value::Boolean(_));
    if !is_plain && (names_secret || secret::may_hold_secret(&text)) { "***".to_owned() } else { text }
}
