//! What would break at the first start, found before it.
//!
//! In: an [`Examined`] tree, and what the plan told already. Out: diagnostics, all of them. Always: pure; one
//! file a check; a check that cannot tell says nothing; what the plan told is not told again.

mod unread;
mod settings_start;
mod drivers;
mod bundles;
mod exported_twice;
mod ignored_jars;
mod installed;
mod launch_ini;
mod resolution;
mod same_bundle;
mod classes;
mod class_versions;
mod damaged_classes;
mod missing_classes;
mod removed_packages;
mod security;
mod certificates;
mod keystores;
mod password_file;
mod secrets;
mod vault;
mod loading;
mod class_uses;
mod named_classes;
mod hl7;
mod log_masking;
mod data_sources;
mod ports;
mod packages;
mod artifact_xml;
mod references;
mod duplicates;
mod registry;

pub use ports::{Listening, listening};

use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::parallel;

/// A check: from a tree to what there is to say about it.
type Check = fn(&Examined) -> Vec<Diagnostic>;

/// Every check. Those that take longest are near the front, so that no core is left alone with one.
const CHECKS: &[Check] = &[
    classes::check,
    named_classes::check,
    unread::check,
    settings_start::check,
    drivers::check,
    bundles::check,
    security::check,
    hl7::check,
    log_masking::check,
    data_sources::check,
    ports::check,
    packages::check,
    artifact_xml::check,
    references::check,
    duplicates::check,
    registry::check,
];

/// What the plan may have told, and what then says the same once more.
const TOLD_BY_THE_PLAN: &[(Code, Code)] = &[
    // The policy leaves it out.
    (Code(215), Code(1320)),
    (Code(501), Code(501)),
    (Code(504), Code(504)),
    (Code(602), Code(602)),
    (Code(614), Code(614)),
    (Code(615), Code(615)),
    (Code(617), Code(617)),
    (Code(620), Code(620)),
    // Nobody decided yet where the HL7 transport comes from.
    (Code(701), Code(1304)),
    (Code(701), Code(1305)),
    // Somebody decided to go without, and is told what that asks for.
    (Code(703), Code(1304)),
    (Code(703), Code(1305)),
];

/// Runs every check. `told` is what the plan of the same tree has said already.
pub fn run(examined: &Examined, told: &[Diagnostic]) -> Vec<Diagnostic> {
    let is_told = |found: &Diagnostic| {
        told.iter().any(|told| {
            let is_same = (told.code, &told.place, &told.message) == (found.code, &found.place, &found.message);
            is_same || TOLD_BY_THE_PLAN.contains(&(told.code, found.code))
        })
    };
    let found = parallel::map(parallel::threads(), CHECKS, || (), |(), check| check(examined));
    found.into_iter().flatten().filter(|found| !is_told(found)).collect()
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod artifact_tests;
#[cfg(test)]
mod tests;
