//! What would break at the first start, found before it.
//!
//! In: an [`Examined`] tree. Out: diagnostics, all of them. Always: pure; one file a check; a check that cannot tell says
//! nothing.

pub mod class_versions;
pub mod removed_packages;
pub mod missing_classes;

use crate::diagnostic::Diagnostic;
use crate::examine::Examined;

/// A check: from a tree to what there is to say about it.
type Check = fn(&Examined) -> Vec<Diagnostic>;

/// Every check, in the order of their codes.
const CHECKS: &[Check] = &[class_versions::check, removed_packages::check, missing_classes::check];

/// Runs every check.
pub fn run(examined: &Examined) -> Vec<Diagnostic> {
    CHECKS.iter().flat_map(|check| check(examined)).collect()
}
