//! Reads what the checks need to know of a tree.
//!
//! In: a [`Tree`], and the sources that its contents are in. Out: an [`Examined`]. Always: each file is opened once;
//! a file that cannot be read is there with the reason; bounded memory, whatever the files hold.

use crate::artifacts::{Artifact, Package};
use crate::classes::Index;
use crate::document::Document;
use crate::effective::{Rendering, StartError};
use crate::facts::manifest::Manifest;
use crate::inventory::{Content, Kind};
use crate::path::EntryPath;
use crate::timestamp::Timestamp;
use std::collections::BTreeMap;

/// A home, a distribution, or the result of an upgrade, as far as it is listed.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Everything in it.
    pub nodes: BTreeMap<EntryPath, Node>,
}

/// One file, folder or link of a tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its size in bytes.
    pub size: u64,
    /// Where its bytes are.
    pub content: Content,
    /// Whether it is the user's, or from a pack or overlay: not as a distribution ships it.
    pub is_users: bool,
}

/// Everything that the checks look at.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// The tree itself.
    pub tree: Tree,
    /// The jars of `lib`, `dropins`, and below `wso2`; those that cannot be read with a lower-case fragment that
    /// says why.
    pub jars: BTreeMap<EntryPath, Result<Jar, String>>,
    /// Carbon applications, connectors and axis2 services.
    pub packages: BTreeMap<EntryPath, Result<Package, String>>,
    /// Artifacts that lie loose in `repository/deployment`.
    pub artifacts: BTreeMap<EntryPath, Artifact>,
    /// Texts that checks read: the rule files, `conf`, `bin` scripts, registry texts they ask for.
    pub texts: BTreeMap<EntryPath, Vec<u8>>,
    /// Keystores, by path.
    pub keystores: BTreeMap<EntryPath, Vec<u8>>,
    /// What the server makes of deployment.toml; `None` where the tree has none that can be read.
    pub configuration: Option<Configuration>,
    /// The day that dates are compared with, at the earliest the day of this program's release.
    pub today: Timestamp,
}

/// What is known of a jar.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    /// Whether it is the user's, or from a pack or overlay.
    pub is_users: bool,
    /// The main section of its manifest; empty where it has none.
    pub manifest: Manifest,
    /// Whether it has a manifest.
    pub has_manifest: bool,
    /// Its classes.
    pub classes: Index,
}

/// deployment.toml and what comes of it.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The file.
    pub document: Document,
    /// What the server renders of it, or why it does not start.
    pub rendering: Result<Rendering, StartError>,
    /// What the server renders of a deployment.toml with nothing of the user's in it: to tell what is the user's.
    pub stock: Option<Rendering>,
}

impl Examined {
    /// The file that the server will have at a path: as rendered, else as it lies there.
    pub fn text(&self, path: &str) -> Option<&[u8]> {
        let rendered = self.configuration.as_ref().and_then(|found| found.rendering.as_ref().ok());
        let rendered = rendered.and_then(|rendering| rendering.files.get(path)).map(String::as_bytes);
        rendered.or_else(|| self.texts.get(path).map(Vec::as_slice))
    }

    /// The jars that can be read.
    pub fn sound_jars(&self) -> impl Iterator<Item = (&EntryPath, &Jar)> {
        self.jars.iter().filter_map(|(path, jar)| Some((path, jar.as_ref().ok()?)))
    }

    /// The archives that can be read.
    pub fn sound_packages(&self) -> impl Iterator<Item = (&EntryPath, &Package)> {
        self.packages.iter().filter_map(|(path, package)| Some((path, package.as_ref().ok()?)))
    }
}
