//! Reads what the checks need to know of a tree.
//!
//! In: a [`Tree`], and the sources that its contents are in. Out: an [`Examined`]. Always: each file is opened once;
//! a file that cannot be read is there with the reason; bounded memory, whatever the files hold.

pub mod cache;
mod configuration;
mod part;
mod tree;

#[cfg(test)]
mod tests;

pub use part::is_keystore;
pub use tree::{LeadsOut, Node, Tree, joined};

use crate::artifacts::{self, Artifact, Package};
use crate::classes::{self, Index, Whose};
use crate::digest::Digest;
use crate::document::Document;
use crate::effective::{Rendering, StartError};
use crate::facts::manifest::Manifest;
use crate::inventory::Kind;
use crate::parallel;
use crate::path::EntryPath;
use crate::progress::Progress;
use crate::read::{ReadSeek, Sources};
use crate::timestamp::Timestamp;
use part::Part;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

/// Where the templates of rendered files lie.
const TEMPLATES: &str = "repository/resources/conf/templates";

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
    /// Texts that checks read: the rule files, `conf`, manifests of unpacked bundles, password files.
    pub texts: BTreeMap<EntryPath, Vec<u8>>,
    /// Password files that the server will not have.
    pub beside: BTreeMap<EntryPath, Vec<u8>>,
    /// Keystores, by path: what lies in `repository/resources/security`, and what is named like one.
    pub keystores: BTreeMap<EntryPath, Vec<u8>>,
    /// Files of all these kinds that cannot be read, with a lower-case fragment that says why.
    pub unreadable: BTreeMap<EntryPath, String>,
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
    /// The file that the server will have at a path: as rendered, else as it lies there. `None` for one that it renders
    /// where that could not be done: what lies there says nothing of the settings.
    pub fn text(&self, path: &str) -> Option<&[u8]> {
        let rendering = self.configuration.as_ref().and_then(|found| found.rendering.as_ref().ok());
        if let Some(text) = rendering.and_then(|rendering| rendering.files.get(path)) {
            return Some(text.as_bytes());
        }
        let is_rendered = || self.texts.contains_key(format!("{TEMPLATES}/{path}.j2").as_str());
        if rendering.is_none() && is_rendered() {
            return None;
        }
        self.texts.get(path).map(Vec::as_slice)
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

/// What an examination is given beside the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// The day that dates are compared with.
    pub today: Timestamp,
    /// The folder for what was learnt of distributions; `None` to keep nothing.
    pub cache: Option<&'a Path>,
}

/// Reads what the checks need.
pub fn examine(tree: Tree, sources: &Sources, given: Given<'_>, progress: &dyn Progress) -> Examined {
    let key = given.cache.and_then(|_| platform_key(&tree));
    let (jobs, left) = part::parts(&tree);
    let (platforms, others): (Vec<_>, Vec<_>) =
        jobs.into_iter().partition(|(path, node, part)| *part == Part::Jar && is_platforms(path, node));
    // What is kept is loaded while the rest is read.
    let (kept, read) = std::thread::scope(|scope| {
        let loading = scope.spawn(|| cache::load(given.cache?, key.as_ref()?));
        let read = read(others, sources, progress);
        (loading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), read)
    });
    let mut examined = Examined { today: given.today, ..Examined::default() };
    if let Some(jars) = kept {
        examined.jars = jars;
    } else {
        for (path, inside) in self::read(platforms, sources, progress) {
            examined.add(path, inside);
        }
        // Those of the distribution are all that there are so far.
        if let Some((folder, key)) = given.cache.zip(key.as_ref()) {
            // What cannot be kept is read again the next time.
            let _ = cache::store(folder, key, &examined.jars);
        }
    }
    for (path, inside) in read {
        examined.add(path, inside);
    }
    examined.unreadable.extend(left);
    let beside = tree.beside.iter().map(|(path, node)| (path, inside(path, node, Part::Text, sources)));
    let beside = beside.filter_map(|(path, inside)| match inside {
        Inside::Text(text) => Some((path.clone(), text)),
        _ => None,
    });
    examined.beside = beside.collect();
    examined.tree = tree;
    examined.configuration = configuration::of(&examined.texts);
    examined
}

/// Reads files, on all cores.
fn read(mut jobs: Vec<part::Job<'_>>, sources: &Sources, progress: &dyn Progress) -> Vec<(EntryPath, Inside)> {
    // The largest first, so that no thread is left alone with one at the end.
    jobs.sort_by_key(|(path, node, _)| (std::cmp::Reverse(node.size), *path));
    progress.begin("checking", jobs.iter().fold(0, |total: u64, (_, node, _)| total.saturating_add(node.size)));
    let read = parallel::map(
        parallel::threads(),
        &jobs,
        || (),
        |(), (path, node, part)| {
            let found = inside(path, node, *part, sources);
            progress.advance(node.size);
            (EntryPath::clone(path), found)
        },
    );
    progress.end();
    read
}

/// Whether a file is a distribution's own.
fn is_platforms(path: &EntryPath, node: &Node) -> bool {
    path.is_below("wso2") && !node.is_users
}

/// What tells the distribution of a tree from another; `None` where a checksum is not known, or there is nothing of one.
fn platform_key(tree: &Tree) -> Option<Digest> {
    let files = tree.nodes.iter().filter(|(path, node)| node.kind == Kind::File && is_platforms(path, node));
    let files: Option<Vec<_>> = files.map(|(path, node)| Some((path, node.size, node.crc?))).collect();
    files.filter(|files| !files.is_empty()).map(cache::key)
}

/// What was read of one file.
enum Inside {
    Jar(Result<Jar, String>),
    Package(Result<Package, String>),
    Artifact(Artifact),
    Text(Vec<u8>),
    Keystore(Vec<u8>),
    /// Nothing that the server would look at.
    Nothing,
    Unreadable(String),
}

impl Examined {
    fn add(&mut self, path: EntryPath, inside: Inside) {
        match inside {
            Inside::Jar(jar) => drop(self.jars.insert(path, jar)),
            Inside::Package(package) => drop(self.packages.insert(path, package)),
            Inside::Artifact(artifact) => drop(self.artifacts.insert(path, artifact)),
            Inside::Text(text) => drop(self.texts.insert(path, text)),
            Inside::Keystore(keystore) => drop(self.keystores.insert(path, keystore)),
            Inside::Unreadable(why) => drop(self.unreadable.insert(path, why)),
            Inside::Nothing => {}
        }
    }
}

fn inside(path: &EntryPath, node: &Node, part: Part, sources: &Sources) -> Inside {
    let mut reader = match sources.open_seekable(&node.content) {
        Ok(reader) => reader,
        Err(error) => return Inside::Unreadable(format!("cannot be read: {error:#}")),
    };
    match part {
        Part::Jar => Inside::Jar(jar(&mut reader, node.is_users)),
        Part::Package(kind) => Inside::Package(artifacts::package(kind, reader)),
        Part::Artifact | Part::Text | Part::Keystore => {
            let mut bytes = Vec::new();
            if let Err(error) = reader.take(part::LARGEST + 1).read_to_end(&mut bytes) {
                return Inside::Unreadable(format!("cannot be read: {error}"));
            }
            match part {
                _ if bytes.len() as u64 > part::LARGEST => {
                    Inside::Unreadable(format!("has more than {} MiB", part::LARGEST >> 20))
                }
                Part::Artifact => artifacts::loose(path, &bytes).map_or(Inside::Nothing, Inside::Artifact),
                Part::Keystore => Inside::Keystore(bytes),
                _ => Inside::Text(bytes),
            }
        }
    }
}

fn jar(reader: &mut (dyn ReadSeek + Send), is_users: bool) -> Result<Jar, String> {
    let manifest = crate::facts::jar::manifest(&mut *reader)?;
    let whose = if is_users { Whose::Users } else { Whose::Platforms };
    let classes = classes::read(reader, whose)?;
    Ok(Jar { is_users, has_manifest: manifest.is_some(), manifest: manifest.unwrap_or_default(), classes })
}
