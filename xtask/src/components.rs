//! What a finished tree is made of: its jars, bundles, carbon applications, axis2 modules and services, connectors.
//!
//! In: a [`Plan`], and what was read of its files. Out: a [`Component`] for each, by path. Always: pure; every file of
//! these kinds is one component with its digest, whether it could be read or not; a name or version is taken only
//! where it is a plain word, so that nothing else of a manifest gets into a document.

mod names;
#[cfg(test)]
mod tests;

use crate::digest::Digest;
use crate::examine::Examined;
use crate::facts::coordinates::Coordinates;
use crate::facts::manifest::Manifest;
use crate::inventory::Kind;
use crate::path::EntryPath;
use crate::plan::{Input, Plan, Planned};
use std::collections::BTreeSet;

/// Where bundles may lie unpacked.
const PLUGINS: &str = "wso2/components/plugins";
/// What a file is called that is a component, wherever it lies.
const EXTENSIONS: [&str; 5] = ["jar", "war", "car", "mar", "aar"];

/// One component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Where it is, below the top folder; of an unpacked bundle, its folder.
    pub path: EntryPath,
    /// Where it comes from, as [`Input`] prints it; `None` for what no input holds.
    pub origin: Option<Input>,
    /// Whether it is deployed, as a carbon application is, and no library.
    pub is_application: bool,
    /// The group of its name, where that is a Maven artifact's.
    pub group: Option<Box<str>>,
    /// Its name.
    pub name: Box<str>,
    /// Its version, where anything tells it.
    pub version: Option<Box<str>>,
    /// The SHA-256 of the file; `None` for an unpacked bundle.
    pub digest: Option<Digest>,
    /// What it says it was built as.
    pub coordinates: Option<Coordinates>,
    /// What it holds beside: the jar inside that says so (`lib/a.jar!/`; empty where its classes are mixed with those
    /// of the component), and what it was built as.
    pub inside: BTreeSet<(Box<str>, Coordinates)>,
}

/// The components of a planned tree.
pub fn of(plan: &Plan, examined: &Examined) -> Vec<Component> {
    let component = |(path, planned): (&EntryPath, &Planned)| {
        if planned.kind != Kind::File {
            return None;
        }
        if let Some(folder) = unpacked(path) {
            let manifest = Manifest::parse(examined.texts.get(path)?).ok()?;
            names::word(manifest.first_clause("Bundle-SymbolicName"))?;
            return Some(Component {
                digest: None,
                ..of_file(&folder, planned, Some(&manifest), None, &BTreeSet::new())
            });
        }
        is_component(path).then(|| {
            let none = BTreeSet::new();
            let jar = examined.jars.get(path).and_then(|jar| jar.as_ref().ok());
            let package = examined.packages.get(path).and_then(|package| package.as_ref().ok());
            let classes = jar.map(|jar| &jar.classes).or(package.map(|package| &package.classes));
            let coordinates = classes.map_or(&none, |classes| &classes.coordinates);
            let described = package.map(|package| (package.name.as_str(), package.version.as_str()));
            of_file(path, planned, jar.map(|jar| &jar.manifest), described, coordinates)
        })
    };
    plan.tree.iter().filter_map(component).collect()
}

/// Whether a file is a component by its name.
fn is_component(path: &EntryPath) -> bool {
    let Some((_, extension)) = path.file_name().rsplit_once('.') else { return false };
    let is_connector = || {
        let folder = path.parent();
        extension == "zip" && folder.is_some_and(|folder| folder.file_name() == "synapse-libs")
    };
    EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)) || is_connector()
}

/// The folder of a bundle, of the path of its manifest.
fn unpacked(path: &EntryPath) -> Option<EntryPath> {
    let folder = path.below(PLUGINS)?.strip_suffix("/META-INF/MANIFEST.MF")?;
    (!folder.contains('/')).then(|| path.parent()?.parent())?
}

fn of_file(
    path: &EntryPath,
    planned: &Planned,
    manifest: Option<&Manifest>,
    described: Option<(&str, &str)>,
    coordinates: &BTreeSet<(Box<str>, Coordinates)>,
) -> Component {
    let named = names::of(path, manifest, described, coordinates);
    let mut inside = coordinates.clone();
    if let Some(own) = &named.coordinates {
        inside.remove(&(Box::from(""), own.clone()));
    }
    Component {
        path: path.clone(),
        origin: planned.origin.input.clone(),
        is_application: ["car", "war"].iter().any(|extension| path.has_extension(extension)),
        group: named.group,
        name: named.name,
        version: named.version,
        digest: planned.digest,
        coordinates: named.coordinates,
        inside,
    }
}
