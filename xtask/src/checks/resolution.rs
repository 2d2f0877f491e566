//! Bundles of the user's that will not resolve, and bundles of the platform that the user's jars break (F12).
//!
//! In: the bundles that are installed, and how they resolve. Out: one finding for each bundle, with those that fail because of it as its details.
//! Always: what of the platform does not resolve by itself is nobody's fault; nothing where the framework's jar or the
//! packages that it passes on are not known; two bundles of one name are for `same_bundle`.

use super::classes::first_of;
use super::installed::{Installation, LAUNCH_INI, SYSTEM_PACKAGES, installation, system_packages};
use crate::bundles::{
    Bundle, Capability, Offers, PACKAGE, PLATFORM, Reason, Requirement, Resolution, System, Unsatisfied, resolve,
};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::path::EntryPath;
use std::collections::{BTreeMap, BTreeSet};

/// No more single lines than this belong to a finding.
const MOST_DETAILS: usize = 50;

/// Finds them.
pub(super) fn check(installation: &Installation, system: &System, resolution: &Resolution) -> Vec<Diagnostic> {
    let Some(platforms) = installation.bundles.get(..installation.platforms) else { return Vec::new() };
    // A launch file that lacks packages is a finding of its own.
    let alone = resolve(platforms, system);
    let offers = Offers::of(&installation.bundles, system);
    let found = Found { installation, offers, resolution };
    let roots = found.roots(|bundle| !installation.is_platforms(bundle));
    let mut diagnostics: Vec<_> =
        roots.iter().filter_map(|(bundle, dependents)| found.users(*bundle, dependents)).collect();
    let of_the_platform = resolution.unresolved.keys().copied().filter(|bundle| installation.is_platforms(*bundle));
    let broken: Vec<_> = of_the_platform.filter(|bundle| !alone.unresolved.contains_key(bundle)).collect();
    diagnostics.extend(found.broken(&broken));
    diagnostics
}

/// All that will not resolve, the platform's included.
pub(super) fn unresolved(examined: &Examined) -> Option<BTreeMap<EntryPath, Option<String>>> {
    let installation = installation(examined);
    let system = installation.system(examined, system_packages(examined)?)?;
    let resolution = resolve(&installation.bundles, &system);
    let told = resolution.unresolved.iter().filter_map(|(at, reason)| {
        let bundle = installation.bundles.get(*at)?;
        let requirement = match reason {
            Reason::Requirements(all) => all.first().and_then(|one| bundle.requirements.get(one.requirement)),
            Reason::Conflict { requirement, .. } => bundle.requirements.get(*requirement),
            Reason::Singleton(_) | Reason::Fragment(_) => None,
        };
        Some((bundle.path.clone(), requirement.map(ToString::to_string)))
    });
    Some(told.collect())
}

struct Found<'a> {
    installation: &'a Installation,
    offers: Offers<'a>,
    resolution: &'a Resolution,
}

impl Found<'_> {
    fn bundle(&self, at: usize) -> Option<&Bundle> {
        self.installation.bundles.get(at)
    }

    fn unsatisfied(&self, at: usize) -> &[Unsatisfied] {
        match self.resolution.unresolved.get(&at) {
            Some(Reason::Requirements(all)) => all,
            _ => &[],
        }
    }

    /// The bundles that fail for a reason of their own, each with those that fail because of it.
    fn roots(&self, is_looked_at: impl Fn(usize) -> bool) -> BTreeMap<usize, BTreeSet<usize>> {
        let mut roots: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for &start in self.resolution.unresolved.keys().filter(|bundle| is_looked_at(**bundle)) {
            let mut seen = BTreeSet::new();
            let mut at = start;
            while seen.insert(at) {
                let all = self.unsatisfied(at);
                let has_own = all.iter().any(|one| one.providers.iter().all(|provider| !is_looked_at(*provider)));
                let next = all.iter().flat_map(|one| &one.providers).find(|provider| is_looked_at(**provider));
                match next {
                    Some(next) if !has_own => at = *next,
                    _ => break,
                }
            }
            let dependents = roots.entry(at).or_default();
            if start != at {
                dependents.insert(start);
            }
        }
        roots
    }

    /// A bundle of the user's.
    fn users(&self, at: usize, dependents: &BTreeSet<usize>) -> Option<Diagnostic> {
        let bundle = self.bundle(at)?;
        let (name, version) = (&bundle.name, &bundle.version);
        let mut details: Vec<String> = dependents.iter().filter_map(|other| self.bundle(*other)).map(needs).collect();
        if let Some(Reason::Conflict { host, requirement }) = self.resolution.unresolved.get(&at) {
            let (host, requirement) = (self.bundle(*host)?, bundle.requirements.get(*requirement)?);
            let why = format!("its host `{}` imports the same package otherwise than `{requirement}`", host.name);
            let found = Diagnostic::new(Code(1001), format!("`{name}` {version} will not attach: {why}"));
            return Some(found.at(&bundle.path).details(details).hint("build the fragment for the bundles of 4.0.0"));
        }
        let asked = |one: &Unsatisfied| bundle.requirements.get(one.requirement);
        // Which machine the server runs on is not known.
        let unsatisfied = self.unsatisfied(at).iter().filter_map(|one| Some((one, asked(one)?)));
        let unsatisfied: Vec<_> = unsatisfied.filter(|(_, asked)| *asked.namespace != *PLATFORM).collect();
        let (first, requirement) =
            unsatisfied.iter().find(|(one, _)| one.providers.is_empty()).or(unsatisfied.first())?;
        let nearest = self.offers.nearest(requirement);
        let mut lines: Vec<String> = nearest.map(|nearest| shown(requirement, nearest)).into_iter().collect();
        lines.extend(
            first
                .providers
                .iter()
                .filter_map(|other| self.bundle(*other))
                .map(|other| format!("`{}` has it, and does not resolve itself", other.path)),
        );
        let others = unsatisfied.iter().filter(|(other, _)| other.requirement != first.requirement);
        lines.extend(others.map(|(_, other)| format!("also not satisfied: {other}")));
        lines.append(&mut details);
        let message = format!("`{name}` {version} will not resolve: nothing satisfies `{requirement}`");
        let is_message_store = **name == *"openjpa-all" && requirement.name.as_deref() == Some("javax.transaction.xa");
        let found = Diagnostic::new(if is_message_store { Code(1002) } else { Code(1001) }, message);
        let found = found.at(&bundle.path).details(first_of(MOST_DETAILS, lines.into_iter()));
        Some(if is_message_store {
            found.hint(format!(
                "only the HL7 message store needs this bundle; where it is used, add javax.transaction.xa to \
                 {SYSTEM_PACKAGES} in {LAUNCH_INI}"
            ))
        } else {
            found.hint(hint(requirement, nearest.is_some()))
        })
    }

    /// Bundles of the platform that resolve without the user's jars.
    fn broken(&self, broken: &[usize]) -> Option<Diagnostic> {
        let is_told_elsewhere = |at: &&usize| {
            matches!(self.resolution.unresolved.get(*at), Some(Reason::Singleton(_) | Reason::Fragment(_)))
        };
        let replaced: Vec<usize> = broken.iter().filter(is_told_elsewhere).copied().collect();
        let others: Vec<_> = broken.iter().filter(|at| !replaced.contains(at)).collect();
        if others.is_empty() {
            return None;
        }
        let details = others.iter().filter_map(|at| {
            let bundle = self.bundle(**at)?;
            let asked = self.unsatisfied(**at).first().and_then(|one| bundle.requirements.get(one.requirement));
            Some(match asked {
                Some(asked) => format!("{}: {asked}", bundle.name),
                None => bundle.name.to_string(),
            })
        });
        let details = first_of(MOST_DETAILS, details.collect::<Vec<_>>().into_iter());
        let cause = replaced.iter().find_map(|at| match self.resolution.unresolved.get(at) {
            Some(Reason::Singleton(by) | Reason::Fragment(by)) => self.bundle(*by),
            _ => None,
        });
        let message = format!("{} bundles of the platform no longer resolve", others.len());
        let found = Diagnostic::new(Code(1003), message).details(details);
        let found = found.hint("leave the jar out that takes the place of a bundle of the platform");
        Some(match cause {
            Some(cause) => found.at(&cause.path),
            None => found,
        })
    }
}

fn needs(bundle: &Bundle) -> String {
    format!("`{}` needs it, and will not resolve either", bundle.path)
}

fn shown(requirement: &Requirement, (bundle, capability): (&Bundle, &Capability)) -> String {
    let name = requirement.name.as_deref().unwrap_or_default();
    let version = capability.version().map(ToString::to_string).unwrap_or_default();
    format!("the nearest is {name} {version} of `{}`", bundle.path)
}

fn hint(requirement: &Requirement, is_there_otherwise: bool) -> String {
    let name = requirement.name.as_deref().unwrap_or_default();
    let is_of_java = ["java.", "jdk.", "sun.", "com.sun.", "org.w3c.", "org.xml.", "org.ietf."];
    let is_of_java = name.starts_with("javax.") || is_of_java.iter().any(|start| name.starts_with(start));
    if *requirement.namespace == *PACKAGE && is_there_otherwise {
        "the server starts without it; build it for the bundles of 4.0.0, or widen the range of the import".to_owned()
    } else if *requirement.namespace == *PACKAGE && is_of_java {
        format!(
            "the server starts without it; if Java 11 has the package, add it to {SYSTEM_PACKAGES} in {LAUNCH_INI}, \
             else put a bundle that exports it into dropins"
        )
    } else if *requirement.namespace == *PACKAGE {
        "the server starts without it; put the jar that has the package into lib, or a bundle into dropins".to_owned()
    } else {
        "the server starts without it; build it for the bundles of 4.0.0".to_owned()
    }
}
