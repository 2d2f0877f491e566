//! What a component is called.
//!
//! In: its path, its manifest and description, and the Maven coordinates that it holds. Out: its name, its version, and
//! the coordinates that are its own. Always: there is a name; what is no plain word is passed over.

use crate::facts::coordinates::Coordinates;
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use std::collections::BTreeSet;

/// No name and no version is longer.
const LONGEST: usize = 200;

/// What a component is called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) group: Option<Box<str>>,
    pub(super) name: Box<str>,
    pub(super) version: Option<Box<str>>,
    /// What it says it was built as.
    pub(super) coordinates: Option<Coordinates>,
}

/// The first that says something: the headers of a bundle, the description of an archive of artifacts, the coordinates
/// that are its own, `Implementation-Title` and `Implementation-Version`, the name of the file.
pub(super) fn of(
    path: &EntryPath,
    manifest: Option<&Manifest>,
    described: Option<(&str, &str)>,
    coordinates: &BTreeSet<(Box<str>, Coordinates)>,
) -> Named {
    let header = |name: &str| manifest.and_then(|manifest| manifest.header(name));
    let clause = |name: &str| word(manifest.and_then(|manifest| manifest.first_clause(name)));
    let whole = stem(path);
    // The first place: `1.6.1-wso2v63` is one version.
    let (stem, of_file) = splits(whole).next().map_or((whole, None), |(name, version)| (name, Some(version)));
    let symbolic_name = clause("Bundle-SymbolicName");
    let bundle_version = symbolic_name.and_then(|_| clause("Bundle-Version"));
    let called = symbolic_name.map(|name| (name, bundle_version)).into_iter().chain([(whole, None)]);
    let called = called.chain(splits(whole).map(|(name, version)| (name, Some(version))));
    let own = own(coordinates, &called.collect::<Vec<_>>(), bundle_version.or(of_file));
    let (described_name, described_version) = described.unzip();
    let title = header("Implementation-Title").filter(|title| is_title(title));
    let made = own.filter(|_| symbolic_name.is_none() && word(described_name).is_none());
    let name = symbolic_name.or(word(described_name)).or(made.map(|own| &*own.artifact)).or(title).unwrap_or(stem);
    let version = if symbolic_name.is_some() {
        bundle_version
    } else {
        let own = own.map(|own| &*own.version);
        word(described_version).or(own).or(word(header("Implementation-Version"))).or(of_file)
    };
    Named {
        group: made.map(|own| own.group.clone()),
        name: name.into(),
        version: version.map(Box::from),
        coordinates: own.cloned(),
    }
}

/// What may be a symbolic name or a version: nothing that could be a path or a sentence.
pub(super) fn word(text: Option<&str>) -> Option<&str> {
    let is_of_a_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
    text.filter(|text| (1..=LONGEST).contains(&text.len()) && text.bytes().all(is_of_a_word))
}

fn is_title(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && !text.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | '$'))
}

/// A file's name without its extension.
fn stem(path: &EntryPath) -> &str {
    let name = path.file_name();
    name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem })
}

/// Where a name may end and a version begin: a digit follows a `-` or `_`.
fn splits(stem: &str) -> impl Iterator<Item = (&str, &str)> {
    let places = stem.match_indices(['-', '_']).filter_map(|(at, _)| Some((stem.get(..at)?, stem.get(at + 1..)?)));
    places.filter(|(name, version)| {
        !name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit()) && word(Some(version)).is_some()
    })
}

/// The coordinates that are those of the component itself, and not of something that was put into it: the only ones
/// that bear its name, with the same numbers in the version; or else, where it has no others, those that bear its
/// version. So a bundle 2.6.6.wso2v3 that is built on 2.6.4 holds that, and is not that.
fn own<'a>(
    all: &'a BTreeSet<(Box<str>, Coordinates)>,
    called: &[(&str, Option<&str>)],
    version: Option<&str>,
) -> Option<&'a Coordinates> {
    let direct = || all.iter().filter(|(place, _)| place.is_empty()).map(|(_, coordinates)| coordinates);
    let one = |mut found: Vec<&'a Coordinates>| found.pop().filter(|_| found.is_empty());
    let bears_name = |coordinates: &&Coordinates| {
        let names = bundle_names(coordinates);
        called.iter().any(|(name, version)| {
            names.contains(&alike(name)) && version.is_none_or(|own| numbers(own) == numbers(&coordinates.version))
        })
    };
    let bears_version = |coordinates: &&Coordinates| {
        version.is_some_and(|version| parts(version, |_| true) == parts(&coordinates.version, |_| true))
    };
    one(direct().filter(bears_name).collect()).or_else(|| one(direct().collect()).filter(bears_version))
}

/// What a jar of these coordinates may be called: the artifact, or as the Maven plugin for bundles calls it.
///
/// Source: Apache Felix maven-bundle-plugin, `DefaultMaven2OsgiConverter.getBundleSymbolicName`.
fn bundle_names(coordinates: &Coordinates) -> [String; 3] {
    let (group, artifact) = (alike(&coordinates.group), alike(&coordinates.artifact));
    let last = group.rsplit('.').next().unwrap_or_default();
    let rest = artifact.strip_prefix(last).unwrap_or(&artifact).trim_start_matches('.');
    let shortened = if rest.is_empty() { group.clone() } else { format!("{group}.{rest}") };
    [shortened, format!("{group}.{artifact}"), artifact]
}

/// A name without what differs from one spelling to the other.
fn alike(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '_'], ".")
}

/// The numbers that a version begins with.
fn numbers(version: &str) -> Vec<&str> {
    parts(version, |part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The first parts of a version, without the zeros at their end: 3.2 is 3.2.0.
fn parts(version: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut parts: Vec<_> = version.split(['.', '-', '_']).take_while(|part| is_wanted(part)).collect();
    while parts.last() == Some(&"0") {
        parts.pop();
    }
    parts
}
