//! What is left out by its name alone, and what a policy carries all the same.
//!
//! Facts: section "what happens to each file" of the upgrade; MI v4.0.0 makes `tmp`, `backup`, logs and the
//! `.metadata` of the configuration anew; `patches` and `updates` belong to the old release.

use crate::diagnostic::Code;
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::area::{Area, is_of_desktop_or_editor};
use crate::rules::decision::Decision;

pub(crate) fn decide(path: &EntryPath, area: Area) -> Decision {
    let text = path.as_str();
    let reason = match area {
        Area::Junk => "a leftover of an editor, a desktop, a crash or a copy made by hand",
        _ if path.is_below("patches") => "a patch of the old release; carried, it would overwrite newer bundles",
        _ if path.is_below("updates") => "the update state of the old release",
        _ if path.is_below("backup") => "the server's own copy of rendered files, made anew at each start",
        _ if text.contains(".metadata") => {
            "the server's record of what it rendered; carried, new templates would not be applied"
        }
        _ if path.is_below("repository/logs") => "a log of the old server",
        _ => "temporary, made anew by the server",
    };
    let decision = Decision::left_out(reason);
    if area == Area::Junk && !is_of_desktop_or_editor(path) {
        decision.say_grouped(Code(214), path.to_string())
    } else {
        decision
    }
}

/// What the policy names is carried, whatever its area; with a warning where the server makes it itself.
pub(crate) fn carried_by_policy(path: &EntryPath, entry: &Entry, area: Area, reason: &str) -> Decision {
    let decision = Decision::carried(path, entry, reason);
    match area {
        Area::Runtime | Area::Platform | Area::RenderedConfiguration => {
            decision.say_grouped(Code(803), path.to_string())
        }
        _ => decision,
    }
}
