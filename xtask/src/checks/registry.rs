//! The registry: resources that 4.0.0 puts elsewhere, a registry of another class, and folders of another machine.
//!
//! In: what carbon applications put into the registry, and `registry.xml`. Out: diagnostics. Always: a note where nothing
//! is seen to break.
//!
//! Source: MI v4.0.0 `AppDeployerUtils.createRegistryPath` and `FileRegistryResourceDeployer`.

use crate::artifacts::{Artifact, Kind, RegistryResource, Role};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::path::EntryPath;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The class of the registry that both releases ship.
pub(super) const SHIPPED: &str = "org.wso2.micro.integrator.registry.MicroIntegratorRegistry";
/// The parameters that say where a part of the registry lies, and the folder where they are not given.
const ROOTS: [(&str, &str, &str); 3] = [
    ("GovRegRoot", "gov:", "registry/governance"),
    ("ConfigRegRoot", "conf:", "registry/config"),
    ("LocalRegRoot", "local:", "registry/local"),
];

/// Tells what of the registry will be elsewhere.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = moved(examined);
    found.extend(another_class(examined));
    found.extend(absolute_roots(examined));
    found
}

/// The path below the home that a key stands for; `None` for a key of no part of the registry.
pub(super) fn home_path(key: &str) -> Option<String> {
    let (_, prefix, folder) = ROOTS.iter().find(|(_, prefix, _)| key.starts_with(prefix))?;
    let parts: Vec<&str> = key.get(prefix.len()..)?.split('/').filter(|part| !part.is_empty()).collect();
    Some(format!("{folder}/{}", parts.join("/")))
}

/// The key that stands for a path below the home.
fn key(path: &str) -> String {
    let root = ROOTS.iter().find(|(_, _, folder)| path.starts_with(folder));
    root.map_or_else(
        || path.to_owned(),
        |(_, prefix, folder)| format!("{prefix}{}", path.get(folder.len()..).unwrap_or_default()),
    )
}

/// What is known of the registry that the server will have.
pub(super) struct Registry<'a> {
    resources: BTreeSet<&'a str>,
    formerly: BTreeSet<&'a str>,
    nodes: &'a BTreeMap<EntryPath, crate::examine::Node>,
    elsewhere: Vec<&'static str>,
}

impl<'a> Registry<'a> {
    pub(super) fn of(examined: &'a Examined) -> Self {
        let resources = || examined.sound_packages().flat_map(|(_, package)| &package.registry);
        let definitions: Vec<_> = definitions(examined).collect();
        let is_custom = definitions.iter().any(|(_, artifact)| provider(artifact).is_some());
        let moved = ROOTS.iter().filter(|(name, ..)| {
            is_custom || definitions.iter().any(|(_, artifact)| artifact.roots.contains_key(*name))
        });
        Self {
            resources: resources().map(|resource| resource.path.as_str()).collect(),
            formerly: resources().filter_map(|resource| resource.former.as_deref()).collect(),
            nodes: &examined.tree.nodes,
            elsewhere: moved.map(|(_, _, folder)| *folder).collect(),
        }
    }

    /// Whether a file or folder is in it.
    pub(super) fn holds(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        self.nodes.contains_key(path)
            || self.resources.contains(path)
            || self.resources.range(inside.as_str()..).next().is_some_and(|next| next.starts_with(&inside))
            || self
                .nodes
                .range::<str, _>((Bound::Included(inside.as_str()), Bound::Unbounded))
                .next()
                .is_some_and(|(next, _)| next.is_below(path))
    }

    /// Whether a path is in a part of the registry that lies somewhere else.
    pub(super) fn is_elsewhere(&self, path: &str) -> bool {
        self.elsewhere.iter().any(|folder| path.starts_with(folder))
    }

    /// Whether 1.2.0 had it there, and 4.0.0 has it elsewhere.
    pub(super) fn has_moved(&self, path: &str) -> bool {
        self.formerly.contains(path)
    }
}

/// Resources below `/_system/local`.
fn moved(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let references = references(examined);
    for (path, package) in examined.sound_packages() {
        let (mut used, mut unused) = (Vec::new(), Vec::new());
        for (resource, former) in package.registry.iter().filter_map(former) {
            let line = format!("`{}` of 1.2.0 is `{}`", key(former), key(&resource.path));
            match references.get(former) {
                Some(places) => used.push(format!("{line}; the old key is in {}", places.join(", "))),
                None => unused.push(line),
            }
        }
        let keys = "has registry resources that 4.0.0 puts under another key";
        for (code, lines, hint) in [
            (
                Code(1441),
                used,
                "what asks for the old key finds nothing, or what is left in the old place; change the keys",
            ),
            (Code(1442), unused, "nothing in the tree asks for the old keys; look at programs outside that may"),
        ] {
            if !lines.is_empty() {
                found.push(Diagnostic::new(code, format!("`{path}` {keys}")).at(path).details(lines).hint(hint));
            }
        }
    }
    found
}

fn former(resource: &RegistryResource) -> Option<(&RegistryResource, &str)> {
    Some((resource, resource.former.as_deref()?))
}

/// The places that refer to each path of the registry.
fn references(examined: &Examined) -> BTreeMap<String, Vec<String>> {
    let packages = examined.sound_packages().flat_map(|(path, package)| {
        package.artifacts.iter().map(move |(inner, artifact)| (format!("{path}!/{inner}"), artifact))
    });
    let loose = examined.artifacts.iter().map(|(path, artifact)| (path.to_string(), artifact));
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (place, artifact) in packages.chain(loose) {
        for reference in artifact.references.iter().filter(|reference| reference.kind == Kind::RegistryResource) {
            if let Some(path) = home_path(&reference.name) {
                found.entry(path).or_default().push(format!("`{place}:{}`", reference.line));
            }
        }
    }
    found
}

/// The files that define the registry.
fn definitions(examined: &Examined) -> impl Iterator<Item = (&EntryPath, &Artifact)> {
    examined.artifacts.iter().filter(|(path, artifact)| {
        path.is_in("repository/deployment/server/synapse-configs/default")
            && (artifact.kind == Kind::Registry || artifact.classes.iter().any(|found| found.role == Role::Registry))
    })
}

/// The class and line of a registry that is not the shipped one.
fn provider(artifact: &Artifact) -> Option<(&str, usize)> {
    let mut classes = artifact.classes.iter().filter(|found| found.role == Role::Registry && found.class != SHIPPED);
    classes.next().map(|found| (found.class.as_str(), found.line))
}

fn another_class(examined: &Examined) -> Vec<Diagnostic> {
    let packages = examined.sound_packages().filter(|(_, package)| !package.registry.is_empty());
    let packages: Vec<_> = packages.map(|(path, _)| path.to_string()).collect();
    if packages.is_empty() {
        return Vec::new();
    }
    let custom = definitions(examined).filter_map(|(path, artifact)| Some((path, provider(artifact)?)));
    custom
        .map(|(path, (class, line))| {
            let message = format!("`{class}` is the registry, and carbon applications have registry resources");
            Diagnostic::new(Code(1443), message).at_line(path, line).details(packages.clone()).hint(format!(
                "4.0.0 deploys registry resources into `{SHIPPED}` alone: these applications fail with a \
                 `ClassCastException`; use that class, or one that extends it"
            ))
        })
        .collect()
}

fn absolute_roots(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, artifact) in definitions(examined) {
        let roots = artifact.roots.iter().filter(|(_, value)| is_absolute(value));
        let lines: Vec<_> = roots.map(|(name, value)| format!("`{name}` is `{}`", value.escape_default())).collect();
        if !lines.is_empty() {
            let message = format!("`{path}` puts the registry into folders of one machine");
            found.push(Diagnostic::new(Code(1444), message).at(path).details(lines).hint(
                "the new server looks for them where it runs; mount or copy them there, or take the parameters out, so \
                 that the registry is in `registry` below the home",
            ));
        }
    }
    found
}

fn is_absolute(value: &str) -> bool {
    let path = value.strip_prefix("file:").unwrap_or(value);
    !value.contains("${") && (path.starts_with('/') || path.get(1..3) == Some(":\\") || path.get(1..3) == Some(":/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::artifact_tests::{CARS, LOOSE, NS, told, tree};
    use crate::sample::{Artifact as Packed, carbon_application};

    fn car(sequence: &str, place: &str) -> (String, Vec<u8>) {
        let sequence = format!("<sequence {NS} name='S'>{sequence}</sequence>");
        let artifacts = [
            Packed::file("S", "synapse/sequence", "s.xml", sequence),
            Packed::registry_resource("R", place, "a.txt", "text/plain", "a"),
        ];
        (format!("{CARS}/a.car"), carbon_application("A", "1", &artifacts))
    }

    fn registry(provider: &str, parameters: &str) -> (String, Vec<u8>) {
        let text = format!("<registry {NS}\n provider='{provider}'>{parameters}</registry>");
        (format!("{LOOSE}/registry.xml"), text.into_bytes())
    }

    fn found(files: &[(String, Vec<u8>)]) -> Vec<String> {
        let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
        told(&check(&tree(&files)))
    }

    #[test]
    fn a_resource_that_moves_is_told_with_both_keys_and_who_asks() {
        let path = format!("{CARS}/a.car");
        let message = format!("`{path}` has registry resources that 4.0.0 puts under another key");
        let keys = "`gov:/_system/local/x/a.txt` of 1.2.0 is `local:/x/a.txt`";
        let used = car("<xslt key='gov:_system/local/x/a.txt'/>", "/_system/local/x");
        let by = format!("; the old key is in `{path}!/S_1/s.xml:1`");
        assert_eq!(found(&[used]), [format!("MI1441 {path}: {message}"), format!("  {keys}{by}")]);
        let unused = car("<xslt key='local:/x/a.txt'/>", "/_system/local/x");
        assert_eq!(found(&[unused]), [format!("MI1442 {path}: {message}"), format!("  {keys}")]);
        assert_eq!(found(&[car("", "/_system/governance/x"), registry(SHIPPED, "")]), [""; 0]);
    }

    #[test]
    fn a_registry_of_another_class_matters_where_resources_are_deployed() {
        let custom = registry("com.acme.Registry", "");
        let path = &custom.0;
        let what = "`com.acme.Registry` is the registry, and carbon applications have registry resources";
        let lines = found(&[car("", "/_system/config/x"), custom.clone()]);
        assert_eq!(lines, [format!("MI1443 {path}:1: {what}"), format!("  {CARS}/a.car")]);
        assert_eq!(found(&[custom]), [""; 0]);
    }

    #[test]
    fn folders_of_one_machine_are_told() {
        let root = |value: &str| registry(SHIPPED, &format!("<parameter name='GovRegRoot'>{value}</parameter>"));
        for value in ["file:///opt/registry/governance", "/opt/registry", "file:C:\\registry", "C:/registry"] {
            let lines = found(&[root(value)]);
            assert!(lines.len() == 2 && lines[0].starts_with("MI1444 "), "{value} {lines:?}");
        }
        for value in ["registry/governance", "${carbon.home}/registry", "file:${carbon.home}/r"] {
            assert_eq!(found(&[root(value)]), [""; 0], "{value}");
        }
    }

    #[test]
    fn keys_stand_for_paths() {
        for (key, path) in [
            ("gov:/a/b.xml", Some("registry/governance/a/b.xml")),
            ("conf:a//b.xml", Some("registry/config/a/b.xml")),
            ("local:/a", Some("registry/local/a")),
            ("file:/a", None),
            ("a", None),
        ] {
            assert_eq!(home_path(key).as_deref(), path, "{key}");
        }
    }
}
