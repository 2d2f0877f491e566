//! Bundles of the user's that have the symbolic name of another (F10).
//!
//! In: the bundles that are installed. Out: a finding for each jar of the user's. Always: what becomes of both is said.
//!
//! Source: MI v4.0.0 `DropinsBundleDeployer` (`addNewBundleInfoLines`); Equinox 3.14.0 `ModuleResolver`
//! (`selectSingletons`).

use super::installed::Installation;
use crate::bundles::Bundle;
use crate::diagnostic::{Code, Diagnostic};
use std::collections::BTreeMap;

/// Finds them.
pub(super) fn check(installation: &Installation) -> Vec<Diagnostic> {
    let repeated = installation.repeated.iter().filter(|(path, _)| path.is_in("dropins")).map(|(path, other)| {
        Diagnostic::new(Code(1005), format!("`{path}` has the name and the version of `{other}`"))
            .at(path)
            .hint("the server ignores it and logs \"Ignoring the deployment of bundle\"; remove it")
    });
    repeated.chain(side_by_side(installation)).collect()
}

fn side_by_side(installation: &Installation) -> Vec<Diagnostic> {
    let mut by_name: BTreeMap<&str, Vec<&Bundle>> = BTreeMap::new();
    for bundle in &installation.bundles {
        by_name.entry(&bundle.name).or_default().push(bundle);
    }
    let users = installation.bundles.get(installation.platforms..).unwrap_or_default();
    let told = users.iter().filter_map(|bundle| {
        let same = by_name.get(&*bundle.name)?;
        // The others of the user's that stand before it have not said so.
        let other = same.iter().find(|other| !std::ptr::eq(**other, bundle))?;
        if std::ptr::eq(*same.first()?, bundle) {
            return None;
        }
        Some(told(bundle, other))
    });
    told.collect()
}

fn told(bundle: &Bundle, other: &Bundle) -> Diagnostic {
    let order = if bundle.version < other.version { "older" } else { "newer" };
    let message = format!(
        "`{}` is {} {}, {order} than {} of `{}`",
        bundle.path, bundle.name, bundle.version, other.version, other.path
    );
    let hint = if bundle.is_singleton && other.is_singleton {
        let unused = if bundle.version < other.version { "this one is" } else { "the other is" };
        format!("only one of them may resolve: {unused} not used, nor what needs just it; remove one")
    } else if bundle.is_fragment && other.is_fragment {
        "the newer one is attached to their host; remove one".to_owned()
    } else {
        "both are installed side by side, and a bundle that imports from either gets the newer; remove one".to_owned()
    };
    Diagnostic::new(Code(1004), message).at(&bundle.path).hint(hint)
}
