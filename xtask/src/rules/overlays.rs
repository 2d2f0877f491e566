//! Overlays: applied last, in the order given.
//!
//! In: the planned tree and an overlay. Out: the overlay's files in it. Always: an overlay may replace anything; what
//! it replaces of the home is said.

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Kind;
use crate::overlay::Overlay;
use crate::plan::{Action, Disposition, Input, Plan, Planned};
use crate::rules::decision::unreadable;
use crate::rules::deployment_toml;
use std::collections::BTreeMap;

/// Puts an overlay's files into the plan.
pub(crate) fn apply(plan: &mut Plan, overlay: &Overlay) {
    let input = Input::Overlay(overlay.name.clone());
    let mut actions = BTreeMap::new();
    for (path, entry) in &overlay.files.entries {
        if let Some(mut diagnostic) = unreadable(path, entry) {
            diagnostic.choices.clear();
            plan.diagnostics.push(diagnostic);
            actions
                .insert(path.clone(), Action::new(Disposition::Undecided, "it cannot be read").because_of(Code(210)));
            continue;
        }
        let mut planned = Planned::from_entry(entry, input.clone(), path);
        planned.mode = overlay.mode(path, entry.mode);
        if let Some(mut diagnostic) =
            super::home::leaving_link(path, entry, &format!("of the overlay `{}`", overlay.name))
        {
            diagnostic.choices.clear();
            plan.diagnostics.push(diagnostic.hint("put the file itself into the overlay"));
            actions.insert(
                path.clone(),
                Action::new(Disposition::Undecided, "leads out of the result").because_of(Code(211)),
            );
            continue;
        }
        if entry.kind == Kind::Folder {
            plan.tree.entry(path.clone()).or_insert(planned);
            actions.insert(path.clone(), Action::new(Disposition::Carried, "a folder of the overlay"));
            continue;
        }
        let former = plan.tree.insert(path.clone(), planned);
        let reason = if former.is_some() { "replaces what was there" } else { "added by the overlay" };
        actions.insert(path.clone(), Action::new(Disposition::Carried, reason));
        if let Some(former) = former {
            replaced(plan, &former, overlay);
        }
    }
    plan.actions.insert(input, actions);
}

/// Corrects the action of what an overlay replaced.
fn replaced(plan: &mut Plan, former: &Planned, overlay: &Overlay) {
    let Some(input) = former.origin.input.clone() else { return };
    let reason = format!("replaced by the overlay `{}`", overlay.name);
    let is_fresh = input == Input::Fresh;
    if let Some(action) = plan.actions.get_mut(&input).and_then(|actions| actions.get_mut(&former.origin.path)) {
        action.disposition = if is_fresh { Disposition::Replaced } else { Disposition::LeftOut };
        action.reason = reason;
        action.target = None;
    }
    if !is_fresh {
        let text =
            format!("`{}` of {} is replaced by the overlay `{}`", former.origin.path, input.long_name(), overlay.name);
        let mut diagnostic = Diagnostic::new(Code(802), text).at(&former.origin.path);
        if former.origin.path.as_str() == deployment_toml::PATH {
            diagnostic = diagnostic.hint(
                "nothing of the merged file is left, and no setting of it is listed; an overlay.toml can change single \
                 settings instead",
            );
        }
        plan.diagnostics.push(diagnostic);
    }
}
