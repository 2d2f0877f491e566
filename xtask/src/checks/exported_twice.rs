//! Bundles in `dropins` that export much of what the platform exports (seen to keep the resolver searching).
//!
//! In: an [`Examined`] tree. Out: a finding for each such bundle. Always: wrappers of `lib` are passed over, which say
//! nothing of what their packages use.

use super::installed::installation;
use crate::bundles::{Bundle, PACKAGE};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use std::collections::BTreeSet;

/// So many packages in common with bundles of the platform are worth a word.
const MANY: usize = 10;

/// Finds them.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let installation = installation(examined);
    let (platforms, users) = installation.bundles.split_at(installation.platforms.min(installation.bundles.len()));
    let exported: BTreeSet<&str> = platforms.iter().flat_map(packages).collect();
    let names: BTreeSet<&str> = platforms.iter().map(|bundle| &*bundle.name).collect();
    let dropins = users.iter().filter(|bundle| bundle.path.is_in("dropins") && !names.contains(&*bundle.name));
    dropins
        .filter_map(|bundle| {
            let common: BTreeSet<&str> = packages(bundle).filter(|package| exported.contains(package)).collect();
            (common.len() >= MANY).then(|| {
                let message = format!("`{}` exports {} packages that the platform exports", bundle.path, common.len());
                Diagnostic::new(Code(1010), message)
                    .at(&bundle.path)
                    .details(common.iter().map(ToString::to_string))
                    .hint("where the server does not get ready and its heap fills, leave out the jar or these packages")
            })
        })
        .collect()
}

fn packages(bundle: &Bundle) -> impl Iterator<Item = &str> {
    bundle.capabilities.iter().filter(|offered| *offered.namespace == *PACKAGE).flat_map(|offered| offered.names())
}
