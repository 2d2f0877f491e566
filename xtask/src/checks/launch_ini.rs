//! A launch file that passes on fewer packages of Java than the shipped one (F24).
//!
//! In: an [`Examined`] tree. Out: one finding at most. Always: what the user's bundles lack beyond that is for
//! `resolution`.
//!
//! Source: MI v4.0.0 conf/etc/launch.ini; wso2/product-ei#2121.

use super::installed::{Installation, LAUNCH_INI, SYSTEM_PACKAGES, system_packages};
use crate::bundles::{names, resolve};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;

/// What the shipped file lists, a line each; that of 1.2.0 lists the same.
const PACKAGES: &str = include_str!("../product/system_packages.txt");

/// Each of these packages.
pub(super) fn shipped() -> Vec<&'static str> {
    PACKAGES.lines().collect()
}

/// Finds it.
pub(super) fn check(examined: &Examined, installation: &Installation) -> Vec<Diagnostic> {
    let is_users = examined.tree.nodes.get(LAUNCH_INI).is_some_and(|node| node.is_users);
    let Some(packages) = is_users.then(|| system_packages(examined)).flatten() else { return Vec::new() };
    let listed = names(&packages);
    let lacking: Vec<_> = shipped().into_iter().filter(|package| !listed.contains(*package)).collect();
    if lacking.is_empty() {
        return Vec::new();
    }
    let mut details: Vec<String> = lacking.iter().map(ToString::to_string).collect();
    details.extend(
        broken(examined, installation, &packages).into_iter().map(|name| format!("`{name}` no longer resolves")),
    );
    let message = format!("`{SYSTEM_PACKAGES}` lacks {} packages that 4.0.0 passes on to bundles", lacking.len());
    let found = Diagnostic::new(Code(1009), message).at(LAUNCH_INI).details(details);
    vec![found.hint("start from the file of 4.0.0, and add the packages of your own to its list")]
}

/// The bundles of the platform that do not resolve without them.
fn broken(examined: &Examined, installation: &Installation, packages: &str) -> Vec<String> {
    let platforms = installation.bundles.get(..installation.platforms).unwrap_or_default();
    let systems =
        (installation.system(examined, packages.to_owned()), installation.system(examined, shipped().join(",")));
    let (Some(given), Some(shipped)) = systems else { return Vec::new() };
    let shipped = resolve(platforms, &shipped);
    let given = resolve(platforms, &given);
    let broken = given.unresolved.keys().filter(|bundle| !shipped.unresolved.contains_key(bundle));
    broken.filter_map(|bundle| platforms.get(*bundle)).map(|bundle| bundle.name.to_string()).collect()
}
