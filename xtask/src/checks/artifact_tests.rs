//! Trees of deployed things, for the tests of the checks that look at them.
//!
//! In: paths and bytes, or a folder. Out: an [`Examined`] with what these checks look at. Always: for tests alone.

use crate::artifacts::{self, PackageKind};
use crate::diagnostic::Diagnostic;
use crate::examine::{Examined, Node};
use crate::inventory::{Content, Kind};
use crate::path::EntryPath;
use std::io::Cursor;
use std::path::Path;

/// Where carbon applications lie.
pub(super) const CARS: &str = "repository/deployment/server/carbonapps";
/// Where synapse artifacts lie loose.
pub(super) const LOOSE: &str = "repository/deployment/server/synapse-configs/default";
/// The namespace of synapse.
pub(super) const NS: &str = "xmlns='http://ws.apache.org/ns/synapse'";

/// A tree of these files.
pub(super) fn tree(files: &[(&str, Vec<u8>)]) -> Examined {
    let mut examined = Examined::default();
    for (path, bytes) in files {
        add(&mut examined, EntryPath::known(path), bytes);
    }
    examined
}

fn add(examined: &mut Examined, path: EntryPath, bytes: &[u8]) {
    let content = Content::Memory(bytes.into());
    let node = Node { kind: Kind::File, size: bytes.len() as u64, crc: None, content, is_users: true };
    examined.tree.nodes.insert(path.clone(), node);
    let kind = match path.as_str().rsplit('.').next() {
        Some("car") => Some(PackageKind::CarbonApplication),
        Some("zip") => Some(PackageKind::Connector),
        Some("aar") => Some(PackageKind::AxisService),
        _ => None,
    };
    if let Some(kind) = kind {
        examined.packages.insert(path, artifacts::package(kind, Cursor::new(bytes)));
    } else if let Some(artifact) = artifacts::loose(&path, bytes) {
        examined.artifacts.insert(path, artifact);
    } else if path.is_below("conf") {
        examined.texts.insert(path, bytes.to_vec());
    }
}

/// What lies below `repository/deployment/server`, `registry` and `conf/datasources` of a home.
pub(super) fn home(root: &Path) -> Examined {
    let mut examined = Examined::default();
    let mut open = ["repository/deployment/server", "registry", "conf/datasources"].map(str::to_owned).to_vec();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(root.join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let path = format!("{folder}/{}", entry.file_name().to_str().expect("UTF-8"));
            if entry.path().is_dir() {
                open.push(path);
            } else {
                add(&mut examined, EntryPath::known(&path), &std::fs::read(entry.path()).expect("a file"));
            }
        }
    }
    examined
}

/// Code, place and message of each, and its details.
pub(super) fn told(found: &[Diagnostic]) -> Vec<String> {
    let lines = found.iter().flat_map(|found| {
        let place = found.place.as_ref().map(ToString::to_string).unwrap_or_default();
        let first = format!("{} {place}: {}", found.code, found.message);
        assert!(found.hint.is_some() && found.severity == found.code.story().expect("a story").severity);
        std::iter::once(first).chain(found.details.iter().map(|detail| format!("  {detail}")))
    });
    lines.collect()
}
