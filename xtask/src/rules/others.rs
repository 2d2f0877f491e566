//! Everything that no other rule knows.

use crate::change::Change;
use crate::diagnostic::Code;
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::{Context, Decision, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let decision = three_way::decide(context, path, entry);
    match context.change(path, entry) {
        Change::Added => decision.say_grouped(Code(207), path.to_string()),
        _ => decision,
    }
}
