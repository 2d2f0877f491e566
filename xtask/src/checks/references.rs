//! What artifacts refer to and that is nowhere: sequences, endpoints, local entries, templates, message stores, proxies,
//! data sources, keys of the registry.
//!
//! In: all artifacts, what packages put into the registry, and the `registry` folder of the tree. Out: a note for each
//! package or file, with a line for each name. Always: notes, since names may come at run time; expressions are no
//! names.
//!
//! Source: wso2-synapse v2.1.7-wso2v227 `SynapseConfiguration` (sequences, endpoints, templates and local entries share
//! one set of keys), MI v4.0.0 `MicroIntegratorRegistry` (`gov:`, `conf:` and `local:` are the folders of `registry`).

use super::registry::{Registry, home_path};
use crate::artifacts::{self, Artifact, Kind, PackageKind, Reference};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use std::collections::{BTreeMap, BTreeSet};

/// Keys that synapse defines itself.
const BUILT_IN: [&str; 4] = ["main", "fault", "SERVER_HOST", "SERVER_IP"];

/// Tells the references that lead nowhere.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let known = Known::of(examined);
    let mut missing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, package) in examined.sound_packages() {
        // The templates of a connector refer to each other by names that only it knows.
        if package.kind == PackageKind::CarbonApplication {
            for (inner, artifact) in &package.artifacts {
                let lines = known.missing(artifact).map(|found| told(found, Some(inner)));
                missing.entry(path.as_str()).or_default().extend(lines);
            }
        }
    }
    for (path, artifact) in &examined.artifacts {
        missing.entry(path.as_str()).or_default().extend(known.missing(artifact).map(|found| told(found, None)));
    }
    missing
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(path, lines)| {
            let count = lines.len();
            let names = if count == 1 { "a name".to_owned() } else { format!("{count} names") };
            Diagnostic::new(Code(1421), format!("`{path}` refers to {names} that nothing in the tree defines"))
                .at(path)
                .details(lines)
                .hint("they work only if they are defined at run time; else a message that comes there fails")
        })
        .collect()
}

fn told(reference: &Reference, inner: Option<&str>) -> String {
    let Reference { kind, name, line } = reference;
    let inner = inner.map(|inner| format!("{inner}:")).unwrap_or_default();
    format!("{} `{name}` ({}{line})", kind.word(), if inner.is_empty() { "line " } else { &inner })
}

/// Everything that can be referred to.
struct Known<'a> {
    /// Keys of sequences, endpoints, templates and local entries, and names of everything else.
    names: BTreeSet<(Kind, &'a str)>,
    /// `None` where the files of the configuration that name them are not at hand.
    data_sources: Option<BTreeSet<String>>,
    registry: Registry<'a>,
}

impl<'a> Known<'a> {
    fn of(examined: &'a Examined) -> Self {
        let packages = examined.sound_packages().flat_map(|(_, package)| package.artifacts.values());
        let artifacts: Vec<&Artifact> = packages.chain(examined.artifacts.values()).collect();
        let names = artifacts.iter().flat_map(|artifact| artifact.defined()).map(|(kind, name)| (space(kind), name));
        let mut names: BTreeSet<_> = names.collect();
        names.extend(BUILT_IN.map(|name| (Kind::LocalEntry, name)));
        let data_sources = data_sources(examined).map(|mut found| {
            let own = artifacts.iter().filter(|artifact| artifact.kind == Kind::DataSource);
            found.extend(own.map(|artifact| artifact.name.clone()));
            found
        });
        Self { names, data_sources, registry: Registry::of(examined) }
    }

    fn missing<'b>(&'b self, artifact: &'b Artifact) -> impl Iterator<Item = &'b Reference> {
        artifact.references.iter().filter(|reference| !self.holds(reference))
    }

    fn holds(&self, reference: &Reference) -> bool {
        match reference.kind {
            Kind::RegistryResource => self.registry.may_hold(&reference.name),
            Kind::DataSource => self.data_sources.as_ref().is_none_or(|found| found.contains(&reference.name)),
            kind => self.names.contains(&(space(kind), reference.name.as_str())),
        }
    }
}

/// The kinds that share one set of keys stand under one of them.
fn space(kind: Kind) -> Kind {
    match kind {
        Kind::Sequence | Kind::Endpoint | Kind::Template => Kind::LocalEntry,
        kind => kind,
    }
}

/// The data sources that files of the configuration name.
fn data_sources(examined: &Examined) -> Option<BTreeSet<String>> {
    let main = examined.text("conf/datasources/master-datasources.xml")?;
    let mut found: BTreeSet<String> = artifacts::data_source_names(main).into_iter().collect();
    for (path, text) in &examined.texts {
        if path.is_in("conf/datasources") && path.as_str() != "conf/datasources/master-datasources.xml" {
            found.extend(artifacts::data_source_names(text));
        }
    }
    Some(found)
}

impl Registry<'_> {
    /// Whether a key is in the registry, or in a part of it that cannot be looked at.
    fn may_hold(&self, key: &str) -> bool {
        // The server keeps things of its own there.
        if key.trim_start_matches("conf:").trim_start_matches('/').starts_with("repository/components/") {
            return true;
        }
        home_path(key).is_none_or(|path| self.is_elsewhere(&path) || self.holds(&path) || self.has_moved(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::artifact_tests::{CARS, LOOSE, NS, told, tree};
    use crate::sample::{Artifact as Packed, carbon_application};

    fn car(sequence: &str) -> Vec<u8> {
        let sequence = format!("<sequence {NS} name='Own'>{sequence}</sequence>");
        carbon_application(
            "A",
            "1",
            &[
                Packed::file("Own", "synapse/sequence", "own.xml", sequence),
                Packed::registry_resource("R", "/_system/governance/x", "a.xslt", "text/plain", "<a/>"),
                Packed::registry_resource("L", "/_system/local/x", "l.txt", "text/plain", "l"),
            ],
        )
    }

    fn found(sequence: &str, more: &[(&str, Vec<u8>)]) -> Vec<String> {
        let mut files = vec![
            (format!("{CARS}/a.car"), car(sequence)),
            (format!("{LOOSE}/endpoints/E.xml"), format!("<endpoint {NS} name='E'/>").into_bytes()),
            (format!("{LOOSE}/templates/T.xml"), format!("<template {NS} name='T'/>").into_bytes()),
            (format!("{LOOSE}/message-stores/M.xml"), format!("<messageStore {NS} name='M'/>").into_bytes()),
            ("registry/config/partners.json".to_owned(), b"{}".to_vec()),
        ];
        files.extend(more.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())));
        let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
        told(&check(&tree(&files)))
    }

    #[test]
    fn what_is_there_is_not_spoken_of() {
        for sequence in [
            "<sequence key='Own'/><sequence key='main'/><sequence key='fault'/>",
            "<call><endpoint key='E'/></call><call-template target='T'/><store messageStore='M'/>",
            "<sequence key='{$ctx:name}'/><call><endpoint key-expression='$ctx:e'/></call>",
            "<xslt key='gov:/x/a.xslt'/><xslt key='gov:x/a.xslt'/><xslt key='conf:/partners.json'/>",
            "<xslt key='gov:/x'/><xslt key='local:/x/l.txt'/>",
            // Where 1.2.0 had it: another check speaks of that.
            "<xslt key='gov:/_system/local/x/l.txt'/>",
            "<property name='p' expression=\"get-property('registry', 'conf:/repository/components/a')\"/>",
        ] {
            assert_eq!(found(sequence, &[]), [""; 0], "{sequence}");
        }
    }

    #[test]
    fn what_is_nowhere_is_a_note_with_its_lines() {
        let lines = found(
            "<sequence key='No'/>\n<call><endpoint key='Nor'/></call><xslt key='gov:/x/b.xslt'/><store messageStore='E'/>",
            &[(&format!("{LOOSE}/sequences/S.xml"), format!("<sequence {NS} name='S' onError='Gone'/>").into_bytes())],
        );
        let (car, loose) = (format!("{CARS}/a.car"), format!("{LOOSE}/sequences/S.xml"));
        assert_eq!(
            lines,
            [
                format!("MI1421 {car}: `{car}` refers to 4 names that nothing in the tree defines"),
                "  sequence `No` (Own_1/own.xml:1)".to_owned(),
                "  endpoint `Nor` (Own_1/own.xml:2)".to_owned(),
                "  registry resource `gov:/x/b.xslt` (Own_1/own.xml:2)".to_owned(),
                "  message store `E` (Own_1/own.xml:2)".to_owned(),
                format!("MI1421 {loose}: `{loose}` refers to a name that nothing in the tree defines"),
                "  sequence `Gone` (line 1)".to_owned(),
            ]
        );
    }

    #[test]
    fn a_registry_that_lies_elsewhere_is_not_looked_into() {
        let registry = |parameter: &str| {
            let text = format!("<registry {NS} provider='{}'>{parameter}</registry>", super::super::registry::SHIPPED);
            vec![(format!("{LOOSE}/registry.xml"), text.into_bytes())]
        };
        for (parameter, count) in [
            ("", 2),
            ("<parameter name='GovRegRoot'>file:///r</parameter>", 0),
            ("<parameter name='ConfigRegRoot'>r</parameter>", 2),
        ] {
            let files = registry(parameter);
            let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
            assert_eq!(found("<xslt key='gov:/x/b.xslt'/>", &files).len(), count, "{parameter}");
        }
    }

    #[test]
    fn data_sources_are_known_from_the_configuration() {
        let service =
            "<data name='D'><config id='c'><property name='carbon_datasource_name'>A</property></config></data>";
        let path = "repository/deployment/server/dataservices/D.dbs";
        let configured = |name: &str| {
            let text = format!("<c><datasources><datasource><name>{name}</name></datasource></datasources></c>");
            ("conf/datasources/master-datasources.xml", text.into_bytes())
        };
        let found = |more: &[(&str, Vec<u8>)]| {
            let mut files = vec![(path, service.as_bytes().to_vec())];
            files.extend_from_slice(more);
            told(&check(&tree(&files))).len()
        };
        // Without the configuration nothing is known.
        assert_eq!((found(&[]), found(&[configured("A")]), found(&[configured("B")])), (0, 0, 2));
    }
}
