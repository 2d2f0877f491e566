//! What holds for all entries of the home alike: symbolic links, and folders.
//!
//! In: decisions about files. Out: the same with links checked, and actions for folders. Always: a carried link
//! stays within the tree; a folder is in the result when something in it is, or when the user added it empty.

use crate::choice::Choice;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::{Entry, Kind};
use crate::path::EntryPath;
use crate::plan::{Action, Disposition, Input, Plan, Planned};
use crate::rules::area::Area;
use crate::rules::decision::unreadable;
use crate::rules::{Context, Decision, area};

/// Where a link's target lies in the tree; `None` where it leads out of it.
pub(crate) fn target_in_tree(path: &EntryPath, target: &str) -> Option<String> {
    if target.starts_with('/') || target.contains('\\') || target.is_empty() {
        return None;
    }
    let mut parts: Vec<&str> = path.as_str().split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A decision about a symbolic link, made an error where the link would lead out of the result.
pub(crate) fn checked_link(context: &Context, path: &EntryPath, entry: &Entry, decision: Decision) -> Decision {
    if decision.put.is_empty() {
        return decision;
    }
    match leaving_link(path, entry, "of the home") {
        None => decision,
        Some(diagnostic) => {
            let mut diagnostic = diagnostic;
            // In an archive there is nothing to follow.
            if context.on_disk {
                diagnostic =
                    diagnostic.hint("let the policy follow it (what it points to is then carried), or leave it out");
                diagnostic.choices.insert(0, Choice::Follow(path.to_string()));
            }
            Decision::undecided(diagnostic, "a symbolic link that leads out of the home")
        }
    }
}

/// Says that a symbolic link leads out of its tree; `None` for every other entry.
pub(crate) fn leaving_link(path: &EntryPath, entry: &Entry, whose: &str) -> Option<Diagnostic> {
    let Kind::Symlink(target) = &entry.kind else { return None };
    if target_in_tree(path, target).is_some() {
        return None;
    }
    Some(
        Diagnostic::new(Code(211), format!("the symbolic link `{path}` {whose} leads out of its tree, to `{target}`"))
            .at(path)
            .hint("put the file itself there, or leave the link out by the policy")
            .choices([Choice::LeaveOut(path.to_string())]),
    )
}

/// Says which carried links point to nothing in the finished tree.
pub(crate) fn dangling_links(plan: &Plan) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, planned) in &plan.tree {
        let Kind::Symlink(target) = &planned.kind else { continue };
        let Some(place) = target_in_tree(path, target) else { continue };
        let exists = place.is_empty() || plan.tree.contains_key(place.as_str()) || plan.below(&place).next().is_some();
        if !exists {
            found.push(
                Diagnostic::new(
                    Code(212),
                    format!("the symbolic link `{path}` points to `{target}`, which is not in the result"),
                )
                .at(path)
                .hint("carry what it points to by the policy, or leave the link out"),
            );
        }
    }
    found
}

/// Decides about a folder of the home, after all files were decided.
pub(crate) fn folder(
    context: &Context,
    path: &EntryPath,
    entry: &Entry,
    plan: &Plan,
) -> (Action, Option<Planned>, Option<Diagnostic>) {
    let area = area::of(path, &context.rendered);
    let is_the_servers = matches!(area, Area::Runtime | Area::Platform);
    if entry.trouble.is_some() && !is_the_servers && !context.policy.leaves_out(path) {
        let action = Action::new(Disposition::Undecided, "a folder that cannot be listed").because_of(Code(210));
        return (action, None, unreadable(path, entry));
    }
    let (action, planned) = listed_folder(context, path, entry, plan, area);
    (action, planned, None)
}

fn listed_folder(
    context: &Context,
    path: &EntryPath,
    entry: &Entry,
    plan: &Plan,
    area: Area,
) -> (Action, Option<Planned>) {
    if plan.tree.get(path).is_some_and(|planned| planned.kind == Kind::Folder) {
        return (Action::new(Disposition::FollowsFresh, "4.0.0 has the folder"), None);
    }
    let holds_something = plan.below(path.as_str()).next().is_some();
    let planned = || Some(Planned::from_entry(entry, Input::Customised, path));
    if plan.tree.contains_key(path) {
        return (Action::new(Disposition::LeftOut, "a file is at its place"), None);
    }
    if context.policy.leaves_out(path) {
        return (Action::new(Disposition::LeftOut, "the policy leaves it out"), None);
    }
    if holds_something {
        return (Action::new(Disposition::Carried, "a folder of what is carried"), planned());
    }
    if matches!(area, Area::Junk | Area::Runtime | Area::Platform) {
        return (Action::new(Disposition::LeftOut, "a folder of the old server's own"), None);
    }
    if context.is_stock(path) {
        return (Action::new(Disposition::FollowsFresh, "a folder of 1.2.0 that 4.0.0 does not have"), None);
    }
    let is_empty = context.inputs.customised.below(path.as_str()).all(|(_, entry)| entry.kind == Kind::Folder);
    if is_empty {
        return (Action::new(Disposition::Carried, "an empty folder that the user added"), planned());
    }
    (Action::new(Disposition::LeftOut, "nothing in it is carried"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_followed_within_the_tree_only() {
        for (path, target, expected) in [
            ("repository/resources/security/current.jks", "corp.jks", Some("repository/resources/security/corp.jks")),
            ("lib/a.jar", "../dropins/./a.jar", Some("dropins/a.jar")),
            ("lib/a.jar", "../../a.jar", None),
            ("lib/a.jar", "/opt/a.jar", None),
            ("a", "b/../c", Some("c")),
        ] {
            assert_eq!(target_in_tree(&EntryPath::known(path), target).as_deref(), expected, "{path} -> {target}");
        }
    }
}
