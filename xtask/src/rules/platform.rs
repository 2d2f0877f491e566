//! `wso2`: the platform's own bundles, libraries and framework state. Nothing of it is carried.
//!
//! Facts: MI v4.0.0 distribution/src/assembly/bin.xml; `PatchInstaller` overwrites bundles in place; the framework
//! rewrites bundles.info at each start.

use crate::change::Change;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::context::PLUGINS;
use crate::rules::{Context, Decision};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let in_plugins = path.is_below(PLUGINS);
    let is_state = path.is_below("wso2/components/micro-integrator-default") || path.is_below("wso2/components/p2");
    let is_jar = path.has_extension("jar") && !is_state;
    if !(in_plugins || path.is_in("wso2/lib") || is_jar) {
        return match context.change(path, entry) {
            Change::Unmodified => Decision::follows_fresh("the platform comes from the fresh distribution"),
            _ => Decision::left_out("state of the old framework; made anew by the server"),
        };
    }
    match context.change(path, entry) {
        Change::Unmodified | Change::Unknown => {
            Decision::follows_fresh("the platform comes from the fresh distribution")
        }
        Change::Modified => {
            let decision =
                Decision::left_out("a patched file of the old platform; the fresh distribution brings its own");
            decision.say_grouped(if context.updated { Code(102) } else { Code(308) }, path.to_string())
        }
        Change::Added => added(context, path, entry),
    }
}

fn added(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let name = entry.facts.jar.as_ref().and_then(|jar| jar.symbolic_name.as_deref());
    let is_old_bundle = name.is_some_and(|name| context.old_bundles.contains_key(name));
    let is_newer_library = context.updated && is_other_version_of_stock(context, path);
    if is_old_bundle || is_newer_library {
        let decision = Decision::left_out(
            "another version of a bundle of the old platform; the fresh distribution brings its own",
        );
        return decision.say_grouped(if context.updated { Code(102) } else { Code(308) }, path.to_string());
    }
    let decision = Decision::left_out("added to the platform by hand; nothing of wso2 is carried");
    if path.has_extension("jar") {
        return decision.say(
            Diagnostic::new(Code(306), format!("`{path}` was added to the platform by hand and is left out"))
                .at(path)
                .hint("if it is still needed, put it into lib (or into dropins, if it is a bundle) of the home and run again"),
        );
    }
    decision
}

/// Whether the old release ships a library of the same name in another version in the same folder.
fn is_other_version_of_stock(context: &Context, path: &EntryPath) -> bool {
    let Some(folder) = path.parent() else { return false };
    let stem = without_version(path.file_name());
    let listed = crate::product::listing::listing().paths().map(EntryPath::known);
    listed.filter(|stock| stock.is_in(folder.as_str())).any(|stock| without_version(stock.file_name()) == stem)
        || context
            .inputs
            .pristine
            .iter()
            .flat_map(|pristine| pristine.below(folder.as_str()))
            .any(|(stock, _)| stock.is_in(folder.as_str()) && without_version(stock.file_name()) == stem)
}

/// A file name up to its version: `addressing-1.6.1-wso2v54.mar` is `addressing`.
pub(crate) fn without_version(name: &str) -> &str {
    let bytes = name.as_bytes();
    (1..bytes.len())
        .find(|&at| matches!(bytes[at - 1], b'-' | b'_') && bytes[at].is_ascii_digit())
        .and_then(|at| name.get(..at - 1))
        .unwrap_or_else(|| name.trim_end_matches(".jar").trim_end_matches(".mar"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_where_their_version_starts() {
        for (name, stem) in [
            ("addressing-1.6.1-wso2v54.mar", "addressing"),
            ("org.yaml.snakeyaml_1.33.0.jar", "org.yaml.snakeyaml"),
            ("log4j-1.2-api-2.17.jar", "log4j"),
            ("plain.jar", "plain"),
            ("addressing.mar", "addressing"),
            ("4you.jar", "4you"),
        ] {
            assert_eq!(without_version(name), stem);
        }
    }
}
