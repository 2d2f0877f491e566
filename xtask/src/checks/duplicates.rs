//! The same thing twice: artifacts, registry resources, carbon applications.
//!
//! In: what packages and loose files define. Out: one diagnostic for each name that is defined twice. Always: data
//! sources are left to the check that knows those of deployment.toml too.
//!
//! Source: wso2-synapse v2.1.7-wso2v227 `SynapseConfiguration` (`assertAlreadyExists`; sequences, endpoints, templates
//! and local entries share one set of keys) and `ProxyServiceDeployer`; MI v4.0.0 `SynapseAppDeployer` (a `main` or
//! `fault` sequence of an application is copied over the loose one) and `CappDeployer.appExists`.

use crate::artifacts::{Kind, PackageKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use std::collections::{BTreeMap, BTreeSet};

/// Tells what is there twice.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = artifacts(examined);
    found.extend(registry_resources(examined));
    found.extend(applications(examined));
    found
}

/// A file that defines something: its place as a person knows it, and whether it is in a carbon application.
struct Place {
    kind: Kind,
    path: String,
    is_packed: bool,
}

fn artifacts(examined: &Examined) -> Vec<Diagnostic> {
    let mut defined: BTreeMap<(&str, &str), Vec<Place>> = BTreeMap::new();
    let loose = examined.artifacts.iter().map(|(path, artifact)| (path.to_string(), artifact, false));
    let applications = examined.sound_packages().filter(|(_, found)| found.kind == PackageKind::CarbonApplication);
    let packed = applications.flat_map(|(path, package)| {
        package.artifacts.iter().map(move |(inner, artifact)| (format!("{path}!/{inner}"), artifact, true))
    });
    for (path, artifact, is_packed) in loose.chain(packed) {
        for (kind, name) in artifact.defined() {
            let Some(space) = space(kind).filter(|_| !name.is_empty()) else { continue };
            if kind == Kind::Sequence && matches!(name, "main" | "fault") {
                continue;
            }
            defined.entry((space, name)).or_default().push(Place { kind, path: path.clone(), is_packed });
        }
    }
    let twice = defined.iter().filter(|(_, places)| places.len() > 1);
    twice
        .filter_map(|((_, name), places)| {
            let (first, last) = (places.first()?, places.last()?);
            let words: BTreeSet<&str> = places.iter().map(|place| place.kind.word()).collect();
            let words = words.into_iter().collect::<Vec<_>>().join(" and ");
            let message = format!("{words} `{name}` is defined {} times", places.len());
            let lines = places.iter().map(|place| place.path.clone());
            Some(Diagnostic::new(Code(1431), message).at(&first.path).details(lines).hint(hint(name, last)))
        })
        .collect()
}

/// What names must differ within.
fn space(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Sequence | Kind::Endpoint | Kind::LocalEntry | Kind::Template => Some("key"),
        Kind::Api => Some("API"),
        Kind::Proxy => Some("proxy"),
        Kind::Task => Some("task"),
        Kind::InboundEndpoint => Some("inbound endpoint"),
        Kind::MessageStore => Some("message store"),
        Kind::MessageProcessor => Some("message processor"),
        Kind::DataService => Some("data service"),
        Kind::Registry | Kind::DataSource | Kind::RegistryResource | Kind::Other => None,
    }
}

fn hint(name: &str, last: &Place) -> String {
    let what = match last.kind {
        Kind::Proxy => {
            return "the server takes the first and logs `Hot deployment thread picked up an already deployed proxy - \
                    Ignoring` for the others; keep one"
                .to_owned();
        }
        Kind::Sequence => format!("`Duplicate sequence definition for key : {name}`"),
        Kind::Endpoint => format!("`Duplicate endpoint definition for key : {name}`"),
        Kind::Template => format!("`Duplicate template definition for key : {name}`"),
        Kind::LocalEntry => format!("`Duplicate local entry definition for key : {name}`"),
        Kind::MessageStore => format!("`Duplicate message store : {name}`"),
        _ => "that the name is there already".to_owned(),
    };
    let rest = if last.is_packed {
        "takes the carbon application that comes later back, and `/healthz` says `not ready, faulty CAPPs detected`"
    } else {
        "goes on without the later one"
    };
    format!("the server logs {what} and {rest}; keep one")
}

fn registry_resources(examined: &Examined) -> Vec<Diagnostic> {
    let mut places: BTreeMap<&str, Vec<(String, Option<crate::digest::Digest>)>> = BTreeMap::new();
    for (path, package) in examined.sound_packages() {
        for resource in &package.registry {
            places.entry(&resource.path).or_default().push((format!("{path}!/{}", resource.file), resource.digest));
        }
    }
    let differing = places.into_iter().filter(|(_, places)| {
        let digests: BTreeSet<_> = places.iter().filter_map(|(_, digest)| *digest).collect();
        digests.len() > 1
    });
    differing
        .filter_map(|(path, places)| {
            let (first, _) = places.first()?;
            let message = format!("`{path}` comes with {} contents", places.len());
            Some(
                Diagnostic::new(Code(1432), message)
                    .at(first)
                    .details(places.iter().map(|(place, _)| place.clone()))
                    .hint("the application that is deployed last wins, at each start; keep one"),
            )
        })
        .collect()
}

fn applications(examined: &Examined) -> Vec<Diagnostic> {
    let mut named: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for (path, package) in examined.sound_packages() {
        if package.kind == PackageKind::CarbonApplication && !package.name.is_empty() {
            named.entry(&package.name).or_default().push((path.as_str(), &package.version));
        }
    }
    let twice = named.into_iter().filter(|(_, places)| places.len() > 1);
    twice
        .filter_map(|(name, places)| {
            let (first, _) = places.first()?;
            let versions: BTreeSet<&str> = places.iter().map(|(_, version)| *version).collect();
            let hint = if versions.len() < places.len() {
                "the server logs `.. already exists. Two applications can't have the same Id. Deployment aborted.` and \
                 deploys the first of a version alone; keep one"
            } else {
                "the server deploys both, and what is in both fails in the later one; keep the newer one"
            };
            let lines = places.iter().map(|(path, version)| format!("`{path}` is version {version}"));
            let message = format!("carbon application `{name}` is there {} times", places.len());
            Some(Diagnostic::new(Code(1433), message).at(first).details(lines).hint(hint))
        })
        .collect()
}
