//! One file in three releases: as 1.2.0 shipped it, as the home has it, as the fresh distribution ships it.
//!
//! In: a file of the home. Out: whose content is in the result. Always: what nobody changed follows fresh; what
//! only the user changed is carried; what both changed is merged by lines; a clash is a conflict with the lines
//! that a policy can hold; in a home that was updated in place a clash is the update's.

use crate::change::Change;
use crate::choice::{Choice, Take};
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::merge::{self, Clash, Merged};
use crate::path::EntryPath;
use crate::plan::Disposition;
use crate::product::reconstruct;
use crate::rules::{Context, Decision};
use std::borrow::Cow;

/// Decides about a file by its content in the three releases.
pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let change = context.change(path, entry);
    let fresh = context.fresh(path);
    match change {
        Change::Unmodified => return unmodified(context, path),
        Change::Added if fresh.is_none() => return Decision::carried(path, entry, "added by the user"),
        Change::Unknown if fresh.is_none() => {
            return Decision::carried(path, entry, "of 1.2.0, perhaps changed, and not in 4.0.0");
        }
        Change::Unknown => return unknown(path),
        Change::Added | Change::Modified => {}
    }
    let Some(fresh) = fresh else {
        return Decision::carried(path, entry, "changed by the user, and not in 4.0.0");
    };
    if entry.same_content(fresh) == Some(true) {
        return Decision::follows_fresh("changed in the home, and already as 4.0.0 ships it");
    }
    let pristine = pristine(context, path, fresh);
    if pristine.same_as_fresh {
        return Decision::carried(path, entry, "changed by the user; 4.0.0 ships it as 1.2.0 did");
    }
    both_changed(context, path, entry, fresh, pristine.text)
}

/// What is known of the pristine content.
struct Pristine<'a> {
    text: Option<Cow<'a, [u8]>>,
    /// The fresh content is the same, so that the home's can simply take its place.
    same_as_fresh: bool,
}

fn pristine<'a>(context: &Context<'a>, path: &EntryPath, fresh: &'a Entry) -> Pristine<'a> {
    if let Some(base) = context.inputs.pristine.as_ref().and_then(|pristine| pristine.entries.get(path)) {
        let text = base.facts.text.as_deref().map(Cow::Borrowed);
        return Pristine { text, same_as_fresh: base.same_content(fresh) == Some(true) };
    }
    let fresh_text = fresh.facts.text.as_deref();
    let text = fresh_text.and_then(|text| reconstruct::pristine_text(path.as_str(), text));
    let listed = crate::product::listing::listing().get(path.as_str());
    let same_as_fresh =
        listed.is_some_and(|known| known.same_in_fresh || known.digest.is_some() && known.digest == fresh.digest);
    Pristine { text: text.map(Cow::Owned), same_as_fresh }
}

fn unmodified(context: &Context, path: &EntryPath) -> Decision {
    Decision::follows_fresh(match context.fresh(path) {
        Some(_) => "as 1.2.0 shipped it; the fresh distribution's is used",
        None => "as 1.2.0 shipped it; 4.0.0 has no such file",
    })
}

fn choices(path: &EntryPath, mergeable: bool) -> Vec<Choice> {
    let mut takes = vec![Take::Fresh, Take::Customised];
    if mergeable {
        takes.push(Take::Merged);
    }
    takes.into_iter().map(|take| Choice::Decide(path.to_string(), take)).collect()
}

fn unknown(path: &EntryPath) -> Decision {
    Decision::undecided(
        Diagnostic::new(Code(201), format!("`{path}` cannot be told from the file that 1.2.0 shipped"))
            .at(path)
            .hint("give --pristine wso2mi-1.2.0.zip, or decide in the policy under [decide]")
            .choices(choices(path, false)),
        "it may be as 1.2.0 shipped it or changed by the user",
    )
}

fn both_changed(
    context: &Context,
    path: &EntryPath,
    entry: &Entry,
    fresh: &Entry,
    base: Option<Cow<'_, [u8]>>,
) -> Decision {
    let ours = entry.facts.text.as_deref();
    let theirs = fresh.facts.text.as_deref();
    let merged_anyway = context.policy.decide.get(path) == Some(&Take::Merged);
    let (Some(base), Some(ours), Some(theirs)) = (base, ours, theirs) else {
        return clash(context, path, &[]);
    };
    let update_named = context.updated && context.named_by_update.contains(path.as_str());
    match merge::merge(&base, ours, theirs) {
        Merged::Clash { .. } | Merged::Clean(_) if update_named && !merged_anyway => {
            of_the_update(path, &base, ours, theirs)
        }
        Merged::Unchanged => Decision::carried(path, entry, "changed by the user, with all that 4.0.0 changed"),
        Merged::Clean(bytes) if bytes == theirs => {
            Decision::follows_fresh("changed in the home, and 4.0.0 ships the same changes")
        }
        Merged::Clean(bytes) => Decision::written(
            Disposition::Merged,
            path,
            entry,
            bytes,
            "changed by the user and by 4.0.0, merged by lines",
        ),
        Merged::Clash { ours_wins, .. } if merged_anyway => {
            let reason =
                "changed by the user and by 4.0.0, merged by lines, the home's where they clash, as the policy says";
            Decision::written(Disposition::Merged, path, entry, ours_wins, reason)
        }
        Merged::Clash { .. } if context.updated => of_the_update(path, &base, ours, theirs),
        Merged::Clash { regions, .. } => clash(context, path, &regions),
    }
}

/// In a home that was updated in place, lines that are in neither release are the update's.
fn of_the_update(path: &EntryPath, base: &[u8], ours: &[u8], theirs: &[u8]) -> Decision {
    let lines = merge::only_in(ours, base, theirs);
    let count = match lines.len() {
        0 => "nothing that is not in the fresh distribution too".to_owned(),
        1 => "1 line that is in neither release".to_owned(),
        count => format!("{count} lines that are in neither release"),
    };
    let mut shown: Vec<String> = lines
        .iter()
        .take(SHOWN)
        .map(|(line, text)| format!("{path}:{line}: {}", crate::secret::shown(text.trim())))
        .collect();
    if lines.len() > SHOWN {
        shown.push(format!("{path}: more lines: {}", lines.len() - SHOWN));
    }
    Decision::left_out("changed by the update of the home; the fresh distribution's is used").say_grouped_with(
        Code(102),
        format!("{path}: {count}"),
        shown,
    )
}

/// How many lines of an update are shown before the rest is only counted.
const SHOWN: usize = 40;

fn clash(context: &Context, path: &EntryPath, regions: &[Clash]) -> Decision {
    let first = regions.first();
    if first.is_none() && context.updated && context.is_stock(path) {
        return Decision::left_out("changed by the update of the home; the fresh distribution's is used")
            .say_grouped(Code(102), format!("{path}: cannot be merged by lines"));
    }
    let message = match regions.len() {
        0 if context.inputs.pristine.is_none() => {
            format!(
                "`{path}` was changed in the home and by 4.0.0, and without the file of 1.2.0 the two cannot be merged"
            )
        }
        0 => format!("`{path}` was changed in the home and by 4.0.0, and cannot be merged by lines"),
        1 => format!("`{path}` was changed in the home and by 4.0.0 in the same lines"),
        count => format!("`{path}` was changed in the home and by 4.0.0 in the same lines, in {count} places"),
    };
    let diagnostic = Diagnostic::new(Code(202), message)
        .details(regions.iter().take(3).flat_map(sides))
        .hint("decide in the policy under [decide], or write the file by hand and put it into an overlay")
        .choices(choices(path, first.is_some()));
    let diagnostic = match first {
        Some(region) => diagnostic.at_line(path, region.ours_line),
        None => diagnostic.at(path),
    };
    Decision::undecided(diagnostic, "changed by the user and by 4.0.0, and the two clash")
}

/// Both sides of a clash, as they may be shown.
fn sides(region: &Clash) -> Vec<String> {
    let side = |name: &str, line: usize, lines: &[String]| {
        let head = format!("{name}, line {line}:");
        std::iter::once(head).chain(lines.iter().map(|line| format!("    {line}"))).collect::<Vec<_>>()
    };
    let mut both = side("home", region.ours_line, &region.ours);
    both.extend(side("4.0.0", region.theirs_line, &region.theirs));
    both
}
