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

/// The files of a tree that are read, with what for; and those that would be kept, were there not too much before them.
pub(super) fn parts(tree: &Tree) -> (Vec<(&EntryPath, &Node, Part)>, Vec<EntryPath>) {
    let (mut parts, mut too_much, mut kept) = (Vec::new(), Vec::new(), 0_u64);
    for (path, node) in &tree.nodes {
        let Some(part) = of(path, node) else { continue };
        if matches!(part, Part::Text | Part::Keystore) {
            kept = kept.saturating_add(node.size.min(LARGEST));
            if kept > MOST_KEPT {
                too_much.push(path.clone());
                continue;
            }
        }
        parts.push((path, node, part));
    }
    (parts, too_much)
}

/// What a file is read for.
fn of(path: &EntryPath, node: &Node) -> Option<Part> {
    if node.kind != Kind::File {
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
    if path.is_below("repository/resources/security") || KEYSTORES.iter().any(|name| extension(name)) {
        return Some(Part::Keystore);
    }
    let is_text = path.is_below("conf")
        || path.is_below("repository/resources/conf")
        || path.is_below("bin") && extension("sh")
        || path.parent().is_none() && path.as_str().starts_with("password");
    is_text.then_some(Part::Text)
}

/// Folders whose jars the server loads, each by itself: none of them looks into the folders in it.
fn holds_jars(path: &EntryPath) -> bool {
    let loaded = ["dropins", "lib", "wso2/components/plugins", "wso2/components/extensions", "wso2/lib"];
    loaded.iter().any(|folder| path.is_in(folder))
}
