//! The checks of bundles, which share what the server installs and what of it resolves.
//!
//! In: an [`Examined`] tree. Out: what they have to say. Always: both are worked out once for all of them.

use super::installed::{installation, system_packages};
use super::{exported_twice, ignored_jars, launch_ini, resolution, same_bundle};
use crate::bundles::resolve;
use crate::diagnostic::Diagnostic;
use crate::examine::Examined;

/// What there is to say about bundles.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let installation = installation(examined);
    let system = system_packages(examined).and_then(|packages| installation.system(examined, packages));
    let resolution = system.as_ref().map(|system| resolve(&installation.bundles, system)).unwrap_or_default();
    let mut found = Vec::new();
    found.extend(system.iter().flat_map(|system| resolution::check(&installation, system, &resolution)));
    found.extend(same_bundle::check(&installation));
    found.extend(ignored_jars::check(examined, &installation));
    found.extend(launch_ini::check(examined, &installation));
    found.extend(exported_twice::check(&installation, &resolution));
    found
}

#[cfg(test)]
mod tests;
