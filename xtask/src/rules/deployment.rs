//! `repository/deployment`: carbon applications, synapse artifacts, services and axis2 modules.
//!
//! Facts: MI v1.2.0 and v4.0.0 distribution/src/assembly/bin.xml (what is shipped below `repository/deployment`);
//! 4.0.0 ships addressing and utsecurity in other versions, and axis2 keeps two versions side by side.

use crate::change::Change;
use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::platform::without_version;
use crate::rules::{Context, Decision, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    if path.has_extension("mar") {
        return module(context, path, entry);
    }
    let decision = three_way::decide(context, path, entry);
    match &entry.facts.damage {
        Some(damage) if path.has_extension("car") => decision.say(
            Diagnostic::new(Code(404), format!("the carbon application `{path}` cannot be read: {damage}"))
                .at(path)
                .hint("deploy a good copy; the server would not deploy this one"),
        ),
        _ => decision,
    }
}

fn module(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let change = context.change(path, entry);
    if context.fresh(path).is_some() {
        if change == Change::Unknown {
            let reason = "a module that 4.0.0 ships under the same name and version";
            return Decision::follows_fresh(reason).say_grouped(Code(104), path.to_string());
        }
        return three_way::decide(context, path, entry);
    }
    let shipped = shipped_version(context, path);
    match (change, shipped) {
        (Change::Added, None) => Decision::carried(path, entry, "a module of the user's"),
        (Change::Modified, None) => Decision::carried(path, entry, "a module changed by the user, and not in 4.0.0"),
        (_, None) => Decision::follows_fresh("a module of 1.2.0 that 4.0.0 does not ship"),
        (Change::Unmodified | Change::Unknown, Some(shipped)) => {
            Decision::follows_fresh(format!("the module that 4.0.0 ships as `{}`", shipped.file_name()))
        }
        (Change::Added | Change::Modified, Some(shipped)) => {
            let reason = format!(
                "4.0.0 ships the module as `{}`; two versions side by side break the server",
                shipped.file_name()
            );
            Decision::left_out(reason).say(
                Diagnostic::new(
                    Code(401),
                    format!("the axis2 module `{path}` is left out: 4.0.0 ships `{}`", shipped.file_name()),
                )
                .at(path)
                .hint("if the module was changed on purpose, make the change again for the shipped version"),
            )
        }
    }
}

/// The fresh distribution's file of the same module in the same folder.
fn shipped_version<'a>(context: &Context<'a>, path: &EntryPath) -> Option<&'a EntryPath> {
    let folder = path.parent()?;
    let module = without_version(path.file_name());
    context.inputs.fresh.below(folder.as_str()).map(|(shipped, _)| shipped).find(|shipped| {
        shipped.is_in(folder.as_str()) && shipped.has_extension("mar") && without_version(shipped.file_name()) == module
    })
}
