//! Which file of a tree is read for what.
//!
//! In: a path with its node. Out: a [`Part`], or nothing for a file that no check looks into. Always: decided by path and
//! size alone.

use super::{Node, Tree};
use crate::artifacts::PackageKind;
use crate::inventory::Kind;
use crate::path::EntryPath;

/// Texts, artifacts and keystores above this size are not read.
pub(super) const LARGEST: u64 = 8 << 20;

/// Texts and keystores are kept, and no more than this of all together.
const MOST_KEPT: u64 = 64 << 20;

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Jar,
    Package(PackageKind),
    Artifact,
    Text,
    Keystore,
}

/// Names that keystores have.
const KEYSTORES: [&str; 8] = ["jks", "jceks", "p12", "pfx", "pkcs12", "bks", "keystore", "truststore"];

/// A file that is read: where it is, what it is, and what for.
pub(super) type Job<'a> = (&'a EntryPath, &'a Node, Part);

/// The files of a tree that are read, with what for, links followed; and those that are not, with the reason.
pub(super) fn parts(tree: &Tree) -> (Vec<Job<'_>>, Vec<(EntryPath, String)>) {
    let (mut parts, mut left, mut kept) = (Vec::new(), Vec::new(), 0_u64);
    for (path, listed) in &tree.nodes {
        let Some(part) = of(path, listed) else { continue };
        let Ok(file) = tree.file(path.as_str()) else {
            left.push((path.clone(), "is a link that leads elsewhere".to_owned()));
            continue;
        };
        // A link to nothing is told where it is packed.
        let Some(node) = file.and_then(|file| tree.nodes.get(&file)) else { continue };
        if matches!(part, Part::Text | Part::Keystore) {
            kept = kept.saturating_add(node.size.min(LARGEST));
            if kept > MOST_KEPT {
                left.push((path.clone(), "is one of too many files to look into".to_owned()));
                continue;
            }
        }
        parts.push((path, node, part));
    }
    (parts, left)
}

/// What a file is read for.
fn of(path: &EntryPath, node: &Node) -> Option<Part> {
    if node.kind == Kind::Folder {
        return None;
    }
    let extension = |wanted: &str| path.has_extension(wanted);
    if extension("jar") && holds_jars(path) {
        return Some(Part::Jar);
    }
    if path.is_below("wso2") {
        let is_manifest = path.is_below("wso2/components/plugins") && path.as_str().ends_with("/META-INF/MANIFEST.MF");
        return (is_manifest || path.file_name() == "bundles.info").then_some(Part::Text);
    }
    if path.is_below("repository/deployment") {
        return match path.parent().map(|folder| folder.file_name().to_owned()).as_deref() {
            Some("carbonapps") if extension("car") => Some(Part::Package(PackageKind::CarbonApplication)),
            Some("synapse-libs") if extension("zip") => Some(Part::Package(PackageKind::Connector)),
            Some("axis2services") if extension("aar") => Some(Part::Package(PackageKind::AxisService)),
            _ if extension("xml") || extension("dbs") => Some(Part::Artifact),
            _ => None,
        };
    }
    if is_keystore(path) {
        return Some(Part::Keystore);
    }
    let is_text = path.is_below("conf")
        || path.is_below("repository/resources/conf")
        || path.is_below("bin") && extension("sh")
        || path.parent().is_none() && path.as_str().starts_with("password");
    is_text.then_some(Part::Text)
}

/// Whether a file is read as a keystore.
pub fn is_keystore(path: &EntryPath) -> bool {
    path.is_below("repository/resources/security") || KEYSTORES.iter().any(|name| path.has_extension(name))
}

/// Folders whose jars the server loads, each by itself: none of them looks into the folders in it.
fn holds_jars(path: &EntryPath) -> bool {
    let loaded = ["dropins", "lib", "wso2/components/plugins", "wso2/components/extensions", "wso2/lib"];
    loaded.iter().any(|folder| path.is_in(folder))
}
