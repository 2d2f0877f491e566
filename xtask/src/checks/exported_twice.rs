//! Bundles in `dropins` that export much of what the platform exports (seen to keep the resolver searching).
//!
//! In: the bundles that are installed, and how they resolve. Out: a finding for each such bundle. Always: wrappers of `lib` are passed over, which say
//! nothing of what their packages use.

use super::installed::Installation;
use crate::bundles::{Bundle, PACKAGE, Resolution};
use crate::diagnostic::{Code, Diagnostic};
use std::collections::{BTreeMap, BTreeSet};

/// So many packages in common with bundles of the platform are worth a word.
const MANY: usize = 10;
/// Where they are from fewer bundles, the framework has few ways to try.
const FROM_MANY: usize = 3;

/// Finds them.
pub(super) fn check(installation: &Installation, resolution: &Resolution) -> Vec<Diagnostic> {
    let mut exporters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for bundle in installation.bundles.get(..installation.platforms).unwrap_or_default() {
        for package in packages(bundle) {
            exporters.entry(package).or_default().insert(&bundle.name);
        }
    }
    let bundles = installation.bundles.iter().enumerate().skip(installation.platforms);
    let resolved = bundles.filter(|(at, _)| !resolution.unresolved.contains_key(at)).map(|(_, bundle)| bundle);
    let dropins = resolved.filter(|bundle| bundle.path.is_in("dropins"));
    dropins.filter_map(|bundle| told(bundle, &exporters)).collect()
}

fn told(bundle: &Bundle, exporters: &BTreeMap<&str, BTreeSet<&str>>) -> Option<Diagnostic> {
    let common: BTreeSet<&str> = packages(bundle).filter(|package| exporters.contains_key(package)).collect();
    let from: BTreeSet<&str> = common.iter().filter_map(|package| exporters.get(package)).flatten().copied().collect();
    // Another version of one bundle is told as that.
    if common.len() < MANY || from.len() < FROM_MANY || from.contains(&*bundle.name) {
        return None;
    }
    let message = format!("`{}` exports {} packages that the platform exports", bundle.path, common.len());
    let found = Diagnostic::new(Code(1010), message).at(&bundle.path);
    let found = found.details(common.iter().map(ToString::to_string));
    Some(found.hint("where the server does not get ready and its heap fills, leave out the jar or these packages"))
}

fn packages(bundle: &Bundle) -> impl Iterator<Item = &str> {
    bundle.capabilities.iter().filter(|offered| *offered.namespace == *PACKAGE).flat_map(|offered| offered.names())
}
