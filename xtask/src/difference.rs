//! What an upgrade changes of the effective configuration, and why.
//!
//! In: the old deployment.toml with the old rule files, the merged one with the fresh rule files, what 1.2.0 shipped,
//! the decisions of the merge, a policy. Out: a [`Comparison`]: every difference between the two renderings,
//! setting by setting and file by file, each with its [`Reason`]. Always: pure; a reason is proven by rendering again
//! without its cause, else the difference is [`Reason::Unexplained`]; a value that may be a secret is shown as `***`.

mod causes;
mod edits;
mod explain;
mod masked;
mod revert;
mod units;

#[cfg(test)]
mod tests;

pub use edits::{HandEdit, hand_edits};
pub use explain::compare;

use crate::document::Document;
use crate::effective::{RuleFiles, StartError};
use crate::policy::SettingsPolicy;
use crate::settings::Decision;

/// A deployment.toml with the rule files that it is rendered with.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The file.
    pub document: &'a Document,
    /// The rule files.
    pub rules: &'a RuleFiles<'a>,
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The home as it was.
    pub old: Side<'a>,
    /// The result.
    pub new: Side<'a>,
    /// What 1.2.0 shipped: settings that no user touched.
    pub stock: &'a Document,
    /// What became of each setting.
    pub decisions: &'a [Decision],
    /// What a person decided.
    pub policy: &'a SettingsPolicy,
    /// Why everything that nothing else explains is as it is: where the file was not merged, but taken whole.
    pub otherwise: Option<(Reason, &'a str)>,
}

/// What differs: a setting, or a place in a rendered file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A setting, by the flat name that rule files and templates use.
    Setting(String),
    /// A place in a file.
    File {
        /// The path below the home.
        path: String,
        /// The element, property or line.
        place: String,
    },
}

/// Why something differs. Orders as reports list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// Nothing known explains it.
    Unexplained,
    /// An overlay set or unset something.
    Overlay,
    /// A person decided it.
    Policy,
    /// A rule of the merge said it otherwise.
    Rule(&'static str),
    /// A setting that the user did not change follows the fresh file.
    FollowsFresh,
    /// The fresh distribution's own rule files differ so, whatever the user's settings are.
    Distribution,
}

impl Reason {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unexplained => "unexplained",
            Self::Overlay => "overlay",
            Self::Policy => "policy",
            Self::Rule(_) => "rule",
            Self::FollowsFresh => "follows fresh",
            Self::Distribution => "distribution",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What differs.
    pub subject: Subject,
    /// What the old server has, as it may be shown.
    pub before: Option<String>,
    /// What the new server will have, as it may be shown.
    pub after: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The same in words: a fragment.
    pub why: String,
    /// The setting that a difference in a file follows from, where that one is unexplained itself.
    pub follows_from: Option<String>,
}

/// Two renderings, compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The differences: settings, then files, each by name.
    pub differences: Vec<Difference>,
    /// How many files were rendered on either side.
    pub files: usize,
    /// Placeholders of the environment that stayed as they are written.
    pub unset: Vec<String>,
}

/// Why two sides could not be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The old server would not have started.
    Old(StartError),
    /// The new server would not start.
    New(StartError),
}

impl Comparison {
    /// What nothing explains, less what follows from another difference of the list.
    pub fn unexplained(&self) -> impl Iterator<Item = &Difference> {
        self.differences
            .iter()
            .filter(|difference| difference.reason == Reason::Unexplained && difference.follows_from.is_none())
    }
}
