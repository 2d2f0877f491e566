//! What has to be said differently in 4.0.0: one file a rule.
//!
//! In: a `Draft` of the user's settings. Out: the draft, changed. Always: a rule that has nothing to do does nothing;
//! a rule that is run on its own result does nothing; a setting that a person decided about is left to them.

mod hl7;
mod internal_api_keystores;
mod keystore_internal;
mod keystore_paths;
mod keystore_tls;
mod log_masking;
mod newly_read;
mod newly_read_rows;
mod xpath_functions;

#[cfg(test)]
pub(super) mod drafts_for_tests;
#[cfg(test)]
mod keystore_equivalence_tests;
#[cfg(test)]
mod keystores_for_tests;

pub(crate) use keystore_paths::is_name;

use super::draft::Draft;

/// A rule.
pub struct Rule {
    /// Its name, as reports give it.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// Where the fact comes from: tags and files, or the page of the documentation.
    pub source: &'static str,
    /// Applies it.
    pub(super) apply: fn(&mut Draft<'_>),
}

/// All rules, in the order in which they are applied.
///
/// Names of keystores come first: the rules after them compare in the words of 4.0.0.
pub static RULES: &[Rule] = &[
    keystore_paths::RULE,
    keystore_tls::RULE,
    keystore_internal::RULE,
    internal_api_keystores::RULE,
    newly_read::RULE,
    xpath_functions::RULE,
    log_masking::RULE,
    hl7::RULE,
];
