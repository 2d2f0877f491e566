//! `conf/deployment.toml`: the user's settings, merged with those of 4.0.0.
//!
//! In: the file in the three releases, their rule files, what overlays and the policy say. Out: one file, and what
//! became of each setting. Always: `settings::merge` decides; here its inputs are found, and its result is put into
//! the plan. Facts are with the rules of [`settings`].

use crate::choice::Take;
use crate::diagnostic::{Code, Diagnostic};
use crate::effective::RuleFiles;
use crate::inventory::{Entry, Inventory};
use crate::overlay::Overlay;
use crate::path::EntryPath;
use crate::plan::{Action, Disposition, Input, Inputs, Plan, Planned};
use crate::policy::Policy;
use crate::properties;
use crate::rules::{Context, Decision};
use crate::settings::{self, Home, Merged, Outcome, Overlaid};
use std::cmp::Reverse;

/// The file.
pub(crate) const PATH: &str = "conf/deployment.toml";
/// A plain file in 1.2.0, which 4.0.0 renders from settings.
pub(crate) const LOG_MASKING: &str = "conf/wso2-log-masking.properties";

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let Some(ours) = entry.facts.text.as_deref() else { return not_read(path, entry) };
    let Some(fresh) = context.inputs.fresh.text(PATH) else {
        let text =
            format!("the fresh distribution has no `{PATH}` that can be read, so there is nothing to merge with");
        let found = Diagnostic::new(Code(602), text).at(path).hint("give the distribution as it was downloaded");
        return Decision::undecided(found, "the fresh distribution has none to merge it with");
    };
    let merged = settings::merge(&inputs(context, ours, fresh));
    let mut decision = placed(path, entry, [ours, fresh], &merged);
    let heaviest = merged.diagnostics.iter().max_by_key(|found| (found.severity, Reverse(found.code)));
    decision.action.code = decision.action.code.or(heaviest.map(|found| found.code));
    decision.diagnostics.extend(merged.diagnostics);
    decision.settings = merged.decisions;
    decision
}

/// A file that was to be merged and has no text.
fn not_read(path: &EntryPath, entry: &Entry) -> Decision {
    if entry.trouble.is_some() || !entry.is_file() {
        return Decision::carried(path, entry, "the user's settings");
    }
    let found = Diagnostic::new(Code(602), format!("`{path}` is too large to be read"))
        .at(path)
        .hint("no server has so many settings; see what is in it");
    Decision::undecided(found, "it is too large to be read")
}

/// What the merge is made of.
fn inputs<'a>(context: &Context<'a>, ours: &'a [u8], theirs: &'a [u8]) -> settings::Inputs<'a> {
    let home = &context.inputs.customised;
    let pristine = context.inputs.pristine.as_ref();
    let drops_masking = EntryPath::parse(LOG_MASKING).is_ok_and(|path| context.policy.drops(&path));
    let mut of_home = home_of(home, pristine);
    if drops_masking {
        of_home.masking.clear();
    }
    of_home.has_hl7 = context.hl7.has_pack || !context.hl7.old_jars.is_empty();
    settings::Inputs {
        ours,
        home: of_home,
        base: pristine.and_then(|pristine| pristine.text(PATH)),
        theirs,
        fresh: RuleFiles::of(&context.inputs.fresh),
        overlays: overlaid(&context.inputs.overlays),
        policy: context.policy.settings.clone(),
    }
}

/// What is known of a home: its rule files, or the pristine distribution's where it was stripped of them, and the
/// patterns of log masking that it has and 1.2.0 did not ship.
pub(crate) fn home_of<'a>(home: &'a Inventory, pristine: Option<&'a Inventory>) -> Home<'a> {
    let has_rule_files = home.has_file("repository/resources/conf/default.json");
    let shipped = pristine.and_then(|pristine| pristine.text(LOG_MASKING));
    let masking = home.text(LOG_MASKING).map(|file| properties::added(file, shipped));
    Home {
        rules: RuleFiles::of(pristine.filter(|_| !has_rule_files).unwrap_or(home)),
        masking: masking.unwrap_or_default(),
        has_hl7: false,
    }
}

/// What overlays say about settings.
pub(crate) fn overlaid(overlays: &[Overlay]) -> Vec<Overlaid> {
    overlays
        .iter()
        .filter(|overlay| !overlay.settings.of_deployment_toml.is_empty())
        .map(|overlay| Overlaid {
            name: overlay.name.clone(),
            set: overlay.settings.of_deployment_toml.set.clone(),
            unset: overlay.settings.of_deployment_toml.unset.clone(),
        })
        .collect()
}

/// Whether the policy takes the file as a whole from one side, so that nothing is merged.
pub(crate) fn is_taken_whole(policy: &Policy) -> bool {
    let Ok(path) = EntryPath::parse(PATH) else { return false };
    let one_side = matches!(policy.decide.get(&path), Some(Take::Fresh | Take::Customised));
    policy.leaves_out(&path) || policy.carries(&path) || one_side
}

/// What becomes of the file.
fn placed(path: &EntryPath, entry: &Entry, [ours, fresh]: [&[u8]; 2], merged: &Merged) -> Decision {
    let Some(text) = &merged.text else {
        return Decision::of(Action::new(Disposition::Undecided, "it cannot be merged"));
    };
    let of = |outcome: Outcome| merged.decisions.iter().filter(move |decision| decision.outcome == outcome);
    if of(Outcome::Undecided).next().is_some() {
        let action = Action::new(Disposition::Undecided, "settings were changed by the user and in 4.0.0");
        return Decision::of(action.because_of(Code(604)));
    }
    if text == fresh {
        return Decision::follows_fresh("every setting is as 4.0.0 ships it");
    }
    if text == ours {
        return Decision::carried(path, entry, "the user's settings, all of which mean the same in 4.0.0");
    }
    if of(Outcome::FollowsFresh).any(|decision| decision.result != decision.ours) {
        let reason = "the user's settings, and what 4.0.0 changed of those that the user did not";
        return Decision::written(Disposition::Merged, path, entry, text.clone(), reason);
    }
    let reason = "the user's settings, said as 4.0.0 reads them";
    Decision::written(Disposition::Rewritten, path, entry, text.clone(), reason)
}

/// Lets overlays change the file where it is not merged, as a policy decided.
pub(crate) fn lay_overlays(plan: &mut Plan, inputs: &Inputs) {
    let overlays = overlaid(&inputs.overlays);
    let Some(planned) = plan.tree.get(PATH) else { return };
    let of_home = plan.actions.get(&Input::Customised).and_then(|actions| actions.get(PATH));
    let is_undecided = of_home.is_some_and(|action| action.disposition == Disposition::Undecided);
    if overlays.is_empty() || !plan.settings.is_empty() || is_undecided {
        return;
    }
    let (inventory, input) = match &planned.origin.input {
        Some(Input::Customised) => (&inputs.customised, Input::Customised),
        Some(Input::Fresh) => (&inputs.fresh, Input::Fresh),
        _ => return,
    };
    let (path, mode) = (planned.origin.path.clone(), planned.mode);
    let Some(file) = inventory.text(path.as_str()) else { return };
    let laid = settings::overlays::lay(file, &overlays);
    plan.diagnostics.extend(laid.diagnostics);
    plan.settings = laid.decisions;
    let Some(text) = laid.text.filter(|text| text != file) else { return };
    if input == Input::Customised
        && let Some(action) = plan.actions.get_mut(&input).and_then(|actions| actions.get_mut(&path))
    {
        action.disposition = Disposition::Rewritten;
        action.reason.push_str(", with the settings of overlays");
    }
    plan.tree.insert(path.clone(), Planned::written(text, mode, input, &path));
}
