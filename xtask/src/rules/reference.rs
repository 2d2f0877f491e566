//! `dbscripts`, `dockerfiles` and the texts at the top: what the server never reads.

use crate::change::Change;
use crate::diagnostic::Code;
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::{Context, Decision};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    match context.change(path, entry) {
        Change::Unmodified => Decision::follows_fresh("as 1.2.0 shipped it; the fresh distribution's is used"),
        Change::Unknown => {
            Decision::follows_fresh("reference material of the old release; the fresh distribution's is used")
        }
        Change::Modified => {
            Decision::left_out("reference material, changed by the user; the fresh distribution's is used")
                .say_grouped(Code(206), format!("{path}: changed, and left out"))
        }
        Change::Added if context.fresh(path).is_some_and(|fresh| entry.same_content(fresh) != Some(true)) => {
            Decision::left_out("reference material that 4.0.0 ships too; the fresh distribution's is used")
                .say_grouped(Code(206), format!("{path}: differs, and left out"))
        }
        Change::Added => Decision::carried(path, entry, "added by the user").say_grouped(Code(207), path.to_string()),
    }
}
