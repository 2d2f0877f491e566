//! The user store of the finished tree.
//!
//! Facts: with [`crate::user_store`], which decides; here its inputs are found: the file that is in the result,
//! whichever input it is of.

use crate::diagnostic::Diagnostic;
use crate::document::{Document, repair};
use crate::effective::RuleFiles;
use crate::inventory::{Content, Entry, Inventory};
use crate::plan::{Disposition, Input, Inputs, Plan, Planned};
use crate::rules::{Context, deployment_toml};
use crate::user_store::{self, Given, Situation, ToldBy};

/// Works out what the upgrade asks of the user store.
pub(crate) fn assess(plan: &Plan, context: &Context) -> (Situation, Vec<Diagnostic>) {
    let home = context.settings.as_ref();
    let Some(result) = result(plan, context) else { return (Situation::default(), Vec::new()) };
    user_store::assess(&Given {
        result: &result,
        home,
        rules: RuleFiles::of(&context.inputs.fresh),
        decided: context.policy.database.map(|store| (store, decided_by(context))),
    })
}

fn decided_by(context: &Context) -> ToldBy {
    if context.policy.database_is_argument { ToldBy::Argument } else { ToldBy::Policy }
}

/// The deployment.toml of the result; as long as that is undecided, the home's.
fn result(plan: &Plan, context: &Context) -> Option<Document> {
    let of_home = plan.actions.get(&Input::Customised).and_then(|actions| actions.get(deployment_toml::PATH));
    let planned = plan.tree.get(deployment_toml::PATH);
    let is_undecided = of_home.is_some_and(|action| action.disposition == Disposition::Undecided);
    let is_of_overlay = planned
        .is_some_and(|planned| matches!(planned.origin.input, Some(Input::Overlay(_))) && planned.origin.unchanged);
    if is_undecided && !is_of_overlay {
        return context.settings.clone();
    }
    let planned = planned?;
    let text = match &planned.content {
        Content::Memory(text) => text,
        _ => original(planned, context.inputs)?.facts.text.as_deref()?,
    };
    repair::read(text).ok().map(|repaired| repaired.document)
}

/// The entry that an entry of the result was made of.
fn original<'a>(planned: &Planned, inputs: &'a Inputs) -> Option<&'a Entry> {
    let inventory: &Inventory = match planned.origin.input.as_ref()? {
        Input::Customised => &inputs.customised,
        Input::Pristine => inputs.pristine.as_ref()?,
        Input::Fresh => &inputs.fresh,
        Input::Hl7(number) => inputs.hl7.get(*number)?,
        Input::Overlay(name) => &inputs.overlays.iter().find(|overlay| overlay.name == *name)?.files,
    };
    inventory.entries.get(&planned.origin.path)
}
