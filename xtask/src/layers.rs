//! Which entry goes where, when the result is written in several forms.
//!
//! In: the planned tree, and the distribution as it would be with nothing of the user's. Out: every entry, in order, with
//! the places that it goes to; and what an image has to take away again. Always: pure; the layer of the distribution
//! depends on the distribution alone; all layers, one over the other, without what is taken away, are the tree.

use crate::image::{LayerName, WHITEOUT};
use crate::inventory::Kind;
use crate::path::EntryPath;
use crate::plan::Planned;
use std::collections::{BTreeMap, BTreeSet};

/// A tree, by path below its top folder.
pub type Tree = BTreeMap<EntryPath, Planned>;

/// An entry, and where it goes.
#[derive(Clone, Debug)]
pub struct Placed<'a> {
    /// Its path, the top folder included.
    pub path: EntryPath,
    /// What it is; `None` for a folder that is only there to hold others.
    pub planned: Option<&'a Planned>,
    /// Whether it is an entry of the tree: then it goes into every archive of it.
    pub whole: bool,
    /// The layers that it goes to; never that of the container, which has no entries of a tree.
    pub layers: BTreeSet<LayerName>,
}

/// Every entry in the order of their paths; of two with the same path, the distribution's first.
#[derive(Clone, Debug, Default)]
pub struct Placement<'a> {
    /// The entries.
    pub entries: Vec<Placed<'a>>,
    /// What is in the distribution and not, or as another kind, in the tree; without what lies below such a one.
    pub removed: Vec<EntryPath>,
}

/// Places the entries. Without a `distribution` there are no layers.
///
/// The error names a path that cannot be.
pub fn place<'a>(tree: &'a Tree, distribution: Option<&'a Tree>, top: &str) -> Result<Placement<'a>, String> {
    let folder = EntryPath::parse(top).map_err(|problem| format!("the name of the top folder {problem}"))?;
    if folder.parent().is_some() {
        return Err(format!("the top folder `{top}` is not one folder"));
    }
    let whole = with_folders(tree)?;
    let Some(distribution) = distribution else {
        let mut entries: Vec<_> = std::iter::once((folder, None))
            .chain(whole.into_iter().map(|(path, planned)| (path.under(top), planned)))
            .map(|(path, planned)| Placed { path, planned, whole: true, layers: BTreeSet::new() })
            .collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        return Ok(Placement { entries, removed: Vec::new() });
    };
    let shipped = with_folders(distribution)?;
    if let Some(path) = whole.keys().chain(shipped.keys()).find(|path| path.file_name().starts_with(WHITEOUT)) {
        return Err(format!(
            "`{path}` cannot be in an image: there, a name that begins with `{WHITEOUT}` takes a file away; leave it out by \
             the policy, or ask for other outputs"
        ));
    }
    let mut upper: BTreeMap<EntryPath, BTreeSet<LayerName>> = BTreeMap::new();
    for (path, planned) in &whole {
        if !shipped.get(path).is_some_and(|other| is_same(*planned, *other)) {
            let layer = if path.is_below("conf") { LayerName::Configuration } else { LayerName::User };
            for path in std::iter::once(path.clone()).chain(path.ancestors()) {
                upper.entry(path).or_default().insert(layer);
            }
        }
    }
    let both: BTreeSet<LayerName> = upper.values().flatten().copied().collect();
    let mut entries = vec![Placed {
        path: folder,
        planned: None,
        whole: true,
        layers: std::iter::once(LayerName::Distribution).chain(both).collect(),
    }];
    let paths: BTreeSet<&EntryPath> = whole.keys().chain(shipped.keys()).collect();
    for path in paths {
        let mut layers = upper.remove(path).unwrap_or_default();
        let (ours, theirs) = (whole.get(path), shipped.get(path));
        let placed =
            |planned: Option<&'a Planned>, whole, layers| Placed { path: path.under(top), planned, whole, layers };
        match (ours.copied(), theirs.copied()) {
            (Some(ours), Some(theirs)) if is_same(ours, theirs) => {
                layers.insert(LayerName::Distribution);
                entries.push(placed(ours, true, layers));
            }
            (ours, theirs) => {
                entries.extend(theirs.map(|theirs| placed(theirs, false, [LayerName::Distribution].into())));
                entries.extend(ours.map(|ours| placed(ours, true, layers)));
            }
        }
    }
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Placement { entries, removed: removed(&whole, &shipped) })
}

/// A tree with every folder that is only there to hold others.
fn with_folders(tree: &Tree) -> Result<BTreeMap<EntryPath, Option<&Planned>>, String> {
    let mut all: BTreeMap<EntryPath, Option<&Planned>> = BTreeMap::new();
    for (path, planned) in tree {
        for folder in path.ancestors() {
            match tree.get(&folder) {
                Some(parent) if parent.kind != Kind::Folder => {
                    return Err(format!("`{folder}` cannot be a folder for `{path}`"));
                }
                Some(_) => {}
                None => {
                    all.insert(folder, None);
                }
            }
        }
        all.insert(path.clone(), Some(planned));
    }
    Ok(all)
}

/// Whether two entries of one path are the same when they are written.
fn is_same(one: Option<&Planned>, other: Option<&Planned>) -> bool {
    let written = |planned: Option<&Planned>| {
        planned.map_or((Kind::Folder, 0o755, None), |planned| (planned.kind.clone(), planned.mode, planned.digest))
    };
    written(one) == written(other)
}

fn removed(
    whole: &BTreeMap<EntryPath, Option<&Planned>>,
    shipped: &BTreeMap<EntryPath, Option<&Planned>>,
) -> Vec<EntryPath> {
    let kind = |planned: Option<&Planned>| {
        std::mem::discriminant(&planned.map_or(Kind::Folder, |planned| planned.kind.clone()))
    };
    let is_gone = |path: &EntryPath| {
        let shipped = shipped.get(path).copied().map(kind);
        shipped.is_some() && whole.get(path).copied().map(kind) != shipped
    };
    shipped.keys().filter(|path| is_gone(path) && !path.ancestors().any(|folder| is_gone(&folder))).cloned().collect()
}

#[cfg(test)]
mod tests;
