//! Stock files that the home no longer has, and that the fresh distribution brings back.
//!
//! In: what the old release shipped, and the home. Out: one grouped diagnostic. Always: a file that comes back in
//! another version is found by its module or its symbolic name; a bundle that an update replaced is not deleted.

use crate::choice::Choice;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Kind;
use crate::path::EntryPath;
use crate::plan::Plan;
use crate::product::listing;
use crate::rules::area::{self, Area};
use crate::rules::context::PLUGINS;
use crate::rules::platform::without_version;
use crate::rules::{Context, context};
use std::collections::{BTreeMap, BTreeSet};

/// A stock file that the home no longer has.
pub(crate) struct Deleted {
    pub(crate) path: EntryPath,
    /// The fresh distribution's file that comes in its place; `None` where 4.0.0 has none.
    pub(crate) returns_as: Option<EntryPath>,
}

/// Finds them all.
pub(crate) fn deleted(context: &Context) -> Vec<Deleted> {
    let home = &context.inputs.customised;
    let stock: Vec<EntryPath> = if let Some(pristine) = &context.inputs.pristine {
        let files = pristine.entries.iter().filter(|(_, entry)| entry.kind != Kind::Folder);
        files.map(|(path, _)| path.clone()).collect()
    } else {
        let is_file = |path: &&str| listing::listing().get(path).is_some_and(|known| !known.folder);
        listing::listing().paths().filter(is_file).map(EntryPath::known).collect()
    };
    let names = names_of_old_bundles(context);
    let present: BTreeSet<&str> =
        home.below(PLUGINS).filter_map(|(_, entry)| entry.facts.jar.as_ref()?.symbolic_name.as_deref()).collect();
    stock
        .into_iter()
        .filter(|path| !home.entries.contains_key(path))
        .filter(|path| !matches!(area::of(path, &context.rendered), Area::Runtime | Area::Junk))
        .filter(|path| !names.get(path).is_some_and(|name| present.contains(name.as_str())))
        .map(|path| Deleted { returns_as: returns_as(context, &path, names.get(&path)), path })
        .collect()
}

fn names_of_old_bundles(context: &Context) -> BTreeMap<EntryPath, String> {
    context
        .old_bundles
        .iter()
        .flat_map(|(name, paths)| paths.iter().map(move |path| (path.clone(), name.clone())))
        .collect()
}

fn returns_as(context: &Context, path: &EntryPath, name: Option<&String>) -> Option<EntryPath> {
    if context.fresh(path).is_some() {
        return Some(path.clone());
    }
    if let Some(shipped) = name.and_then(|name| context.shipped.get(name)) {
        let of_fresh = |shipped: &&context::Shipped| shipped.input == crate::plan::Input::Fresh;
        return shipped.iter().find(of_fresh).map(|shipped| shipped.path.clone());
    }
    let folder = path.parent()?;
    let versioned = ["jar", "mar"].iter().find(|extension| path.has_extension(extension))?;
    let stem = without_version(path.file_name());
    let twin = |other: &&EntryPath| {
        other.is_in(folder.as_str()) && other.has_extension(versioned) && without_version(other.file_name()) == stem
    };
    context.inputs.fresh.below(folder.as_str()).map(|(other, _)| other).find(twin).cloned()
}

/// Says which stock files come back, but for those that the policy leaves out.
pub(crate) fn diagnostic(deleted: &[Deleted], plan: &Plan) -> Option<Diagnostic> {
    let returning: Vec<(&EntryPath, &EntryPath)> = deleted
        .iter()
        .filter_map(|deleted| Some((&deleted.path, deleted.returns_as.as_ref()?)))
        .filter(|(_, target)| plan.tree.contains_key(*target))
        .collect();
    if returning.is_empty() {
        return None;
    }
    let details = returning.iter().map(|(path, target)| {
        if path == target { path.to_string() } else { format!("{path}, as {}", target.file_name()) }
    });
    let message = match returning.len() {
        1 => "a stock file that the home no longer has comes back".to_owned(),
        count => format!("{count} stock files that the home no longer has come back"),
    };
    Some(
        Diagnostic::new(Code(205), message)
            .details(details)
            .hint("where one was deleted on purpose, list its new path under leave_out in the policy")
            .choices(returning.iter().take(20).map(|(_, target)| Choice::LeaveOut(target.to_string()))),
    )
}
