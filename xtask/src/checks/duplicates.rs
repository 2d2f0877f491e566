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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::artifact_tests::{CARS, LOOSE, NS, told, tree};
    use crate::sample::{Artifact as Packed, carbon_application};

    fn car(file: &str, name: &str, version: &str, artifacts: &[Packed]) -> (String, Vec<u8>) {
        (format!("{CARS}/{file}"), carbon_application(name, version, artifacts))
    }

    fn packed(kind: &str, element: &str, name: &str) -> Packed {
        Packed::file(name, kind, &format!("{name}-1.xml"), format!("<{element} {NS} name='{name}'/>"))
    }

    fn loose(file: &str, text: &str) -> (String, Vec<u8>) {
        (format!("{LOOSE}/{file}"), text.replace("NS", NS).into_bytes())
    }

    fn found(files: &[(String, Vec<u8>)]) -> Vec<Diagnostic> {
        let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
        check(&tree(&files))
    }

    #[test]
    fn what_is_there_once_is_not_spoken_of() {
        let resource = |text: &str| Packed::registry_resource("R", "/_system/config/x", "a.txt", "text/plain", text);
        let files = [
            car(
                "a.car",
                "A",
                "1",
                &[
                    packed("synapse/sequence", "sequence", "S"),
                    packed("synapse/sequence", "sequence", "main"),
                    resource("a\r\n"),
                ],
            ),
            car("b.car", "B", "1", &[packed("synapse/proxy-service", "proxy", "S"), resource("a\n")]),
            loose("sequences/main.xml", "<sequence NS name='main'/>"),
            loose("api/S.xml", "<api NS name='S'/>"),
            loose("synapse.xml", "<definitions NS><sequence name='T'/></definitions>"),
        ];
        assert_eq!(found(&files), []);
    }

    #[test]
    fn names_that_are_there_twice_are_told() {
        let sequence = packed("synapse/sequence", "sequence", "S");
        let files = [
            car("a.car", "A", "1", std::slice::from_ref(&sequence)),
            car("b.car", "B", "1", &[sequence]),
            loose("synapse.xml", "<definitions NS><localEntry key='S'/></definitions>"),
        ];
        let diagnostics = found(&files);
        assert_eq!(
            told(&diagnostics),
            [
                format!("MI1431 {LOOSE}/synapse.xml: local entry and sequence `S` is defined 3 times"),
                format!("  {LOOSE}/synapse.xml"),
                format!("  {CARS}/a.car!/S_1/S-1.xml"),
                format!("  {CARS}/b.car!/S_1/S-1.xml"),
            ]
        );
        let hint = diagnostics[0].hint.as_deref().unwrap_or_default();
        assert!(
            hint.contains("`Duplicate sequence definition for key : S`") && hint.contains("faulty CAPPs"),
            "{hint}"
        );
        let proxies = [
            car("a.car", "A", "1", &[packed("synapse/proxy-service", "proxy", "P")]),
            loose("proxy-services/P.xml", "<proxy NS name='P'/>"),
        ];
        let diagnostics = found(&proxies);
        assert!(diagnostics[0].hint.as_deref().unwrap_or_default().contains("picked up an already deployed proxy"));
    }

    #[test]
    fn one_key_with_two_contents_is_told() {
        let resource = |text: &str| [Packed::registry_resource("R", "/_system/config/x", "a.txt", "text/plain", text)];
        let lines = told(&found(&[car("a.car", "A", "1", &resource("a")), car("b.car", "B", "1", &resource("b"))]));
        let place = format!("{CARS}/a.car!/R_1/resources/a.txt");
        assert_eq!(lines[0], format!("MI1432 {place}: `registry/config/x/a.txt` comes with 2 contents"));
        assert_eq!(lines[1..], [format!("  {place}"), format!("  {CARS}/b.car!/R_1/resources/a.txt")]);
    }

    #[test]
    fn an_application_that_is_there_twice_is_told() {
        let one = |name: &str| [packed("synapse/sequence", "sequence", name)];
        let (first, second) = (car("a.car", "A", "1.0.0", &one("S")), car("b.car", "A", "1.0.1", &one("T")));
        let diagnostics = found(&[first.clone(), second]);
        let place = format!("{CARS}/a.car");
        assert_eq!(
            told(&diagnostics),
            [
                format!("MI1433 {place}: carbon application `A` is there 2 times"),
                format!("  `{place}` is version 1.0.0"),
                format!("  `{CARS}/b.car` is version 1.0.1"),
            ]
        );
        assert!(diagnostics[0].hint.as_deref().unwrap_or_default().contains("deploys both"));
        let same = found(&[first, car("b.car", "A", "1.0.0", &one("T"))]);
        assert!(same[0].hint.as_deref().unwrap_or_default().contains("can't have the same Id"));
    }
}
