//! `lib`: the user's jars, which the server wraps into bundles at each start.
//!
//! Facts: MI v4.0.0 `DefaultBundleCreator` wraps every jar directly in `lib` into `dropins/<name>_1.0.0.jar`, with `_`
//! for each `-` of the name; folders below `lib` are ignored.

use crate::diagnostic::{Code, Diagnostic};
use crate::facts::jar;
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::jars::{damaged, hapi};
use crate::rules::{Context, Decision, hl7, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    if !path.is_in("lib") || !path.has_extension("jar") {
        let decision = three_way::decide(context, path, entry);
        return if context.is_stock(path) { decision } else { decision.say_grouped(Code(207), path.to_string()) };
    }
    if entry.facts.jar.as_deref().is_some_and(jar::holds_hapi) {
        return hapi(path);
    }
    if hl7::is_of_a_pack(entry)
        && let Some(decision) = hl7::old_jar(context, path, entry)
    {
        return decision;
    }
    let decision = Decision::carried(path, entry, "a library of the user's");
    let decision = match twin(context, path) {
        Some(twin) => decision.say(
            Diagnostic::new(Code(307), format!("`{path}` and `{twin}` become the same bundle"))
                .at(path)
                .hint("the server makes one wrapper of both; rename or remove one in the home"),
        ),
        None => decision,
    };
    damaged(path, entry, decision)
}

/// Another jar of `lib` whose wrapper has the same name; only the first of two says so.
fn twin<'a>(context: &'a Context<'_>, path: &EntryPath) -> Option<&'a EntryPath> {
    let same = context.wrappers.get(&path.file_name().replace('-', "_"))?;
    same.iter().find(|other| *other > path)
}
