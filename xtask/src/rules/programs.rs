//! `bin`: scripts, and what lies on the class path of the server's starter.
//!
//! Facts: MI v4.0.0 bin/micro-integrator.sh takes every jar of `bin` into its class path; the script is the same
//! in v1.2.0 and v4.0.0.

use crate::change::Change;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::{Context, Decision, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let change = context.change(path, entry);
    if change == Change::Added && context.fresh(path).is_none() {
        return Decision::carried(path, entry, "added by the user").say(
            Diagnostic::new(Code(208), format!("`{path}` was added to bin and is carried"))
                .at(path)
                .hint("see whether 4.0.0 still needs it, and whether it holds paths of the old release"),
        );
    }
    if change == Change::Added || !is_program(path) {
        return three_way::decide(context, path, entry);
    }
    match change {
        Change::Modified => {
            Decision::left_out("a program of the old release, changed; the fresh distribution brings its own")
                .say_grouped(Code(206), format!("{path}: changed, and left out"))
        }
        Change::Unknown if context.fresh(path).is_some() => {
            let reason = "a program that 4.0.0 ships under the same name";
            Decision::follows_fresh(reason).say_grouped(Code(104), path.to_string())
        }
        _ => Decision::follows_fresh("a program of the old release; the fresh distribution brings its own"),
    }
}

/// Whether it is a binary that belongs to its release: a jar of the starter, the update tool.
fn is_program(path: &EntryPath) -> bool {
    path.has_extension("jar") || path.file_name().starts_with("wso2update")
}
