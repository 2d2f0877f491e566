//! The settings of a home, brought to 4.0.0: a three-way merge by key.
//!
//! In: the user's deployment.toml and the rule files it was written for, what 1.2.0 shipped, what the fresh distribution
//! ships, a policy, overlays. Out: [`Merged`]: the new text, one [`Decision`] a setting, what there is to say. Always:
//! pure; the text is the user's own with single settings changed; no value that may be a secret is in a diagnostic.

pub mod checks;
pub mod decision;
pub(crate) mod draft;
pub mod identity;
mod leaves;
mod meaning;
pub mod merge;
pub mod overlays;
pub mod read;
mod reading;
mod references;
pub mod rules;
mod text;
mod told;

pub use decision::{Decision, Outcome};
pub use merge::merge;

use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{Key, Value};
use crate::effective::RuleFiles;
use crate::policy::SettingsPolicy;

/// Everything that a merge is made of.
#[derive(Clone, Debug, Default)]
pub struct Inputs<'a> {
    /// The user's deployment.toml.
    pub ours: &'a [u8],
    /// What is known of the home that it is of.
    pub home: Home<'a>,
    /// The deployment.toml that 1.2.0 shipped, where it is at hand.
    pub base: Option<&'a [u8]>,
    /// The fresh distribution's.
    pub theirs: &'a [u8],
    /// The fresh distribution's rule files.
    pub fresh: RuleFiles<'a>,
    /// What overlays set and unset, in their order.
    pub overlays: Vec<Overlaid>,
    /// What a person decided.
    pub policy: SettingsPolicy,
}

/// What rules ask about the old home.
#[derive(Clone, Debug, Default)]
pub struct Home<'a> {
    /// Its rule files: they tell what its settings meant.
    pub rules: RuleFiles<'a>,
    /// Patterns of log masking that a person wrote into `conf/wso2-log-masking.properties`: names, and regular
    /// expressions as the file has them.
    pub masking: Vec<(String, String)>,
    /// Whether jars of the HL7 transport are in the home or given as a pack.
    pub has_hl7: bool,
}

/// What an overlay says about settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlaid {
    /// The overlay's name.
    pub name: String,
    /// Settings with their new values.
    pub set: Vec<(Key, Value)>,
    /// Settings and tables that are taken out.
    pub unset: Vec<Key>,
}

/// A merge.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The new file; `None` where the user's, or the fresh one, cannot be read.
    pub text: Option<Vec<u8>>,
    /// What became of each setting, in the order of the new file, those that are gone last.
    pub decisions: Vec<Decision>,
    /// What there is to say.
    pub diagnostics: Vec<Diagnostic>,
}

impl Merged {
    /// Whether something forbids writing it: an error, or a conflict that nobody has decided.
    pub fn is_blocked(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity >= Severity::Conflict)
    }
}
