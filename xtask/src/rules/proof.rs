//! The proof of the merge: what the old and the new server make of their settings, compared.
//!
//! In: the plan so far, its inputs and the policy; or a single merge. Out: a [`Comparison`], and what there is to say.
//! Always: what nothing explains is a conflict; a configuration that would not start is an error; what cannot be
//! compared is told.

use crate::choice::Choice;
use crate::diagnostic::{Code, Diagnostic};
use crate::difference::{self, Comparison, Difference, HandEdit, Reason, Side, Subject, Trouble};
use crate::document::repair;
use crate::effective::{self, Environment, Rendering, RuleFiles, StartError};
use crate::inventory::{Content, Inventory, Kind};
use crate::plan::{Disposition, Input, Inputs, Plan};
use crate::policy::{Policy, SettingsPolicy};
use crate::rendered;
use crate::rules::deployment_toml::{self, PATH};
use crate::settings::{self, Decision};
use std::collections::BTreeMap;

const METADATA: &str = "repository/resources/conf/.metadata/metadata_config.properties";
const RULES: &str = "repository/resources/conf";
/// More lines of a finding say nothing more; the rest is counted.
const SHOWN: usize = 40;

/// A comparison, and what there is to say about it.
#[derive(Debug, Default)]
pub(crate) struct Proven {
    pub(crate) comparison: Option<Comparison>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// What is compared.
pub(crate) struct Compared<'a> {
    /// The home, with its settings and rule files.
    pub(crate) home: &'a Inventory,
    /// The old distribution as shipped.
    pub(crate) pristine: Option<&'a Inventory>,
    /// The new deployment.toml.
    pub(crate) result: &'a [u8],
    /// The rule files that it is rendered with.
    pub(crate) rules: RuleFiles<'a>,
    /// What became of each setting.
    pub(crate) decisions: &'a [Decision],
    /// What a person decided.
    pub(crate) policy: &'a SettingsPolicy,
    /// Why the file is what it is, where it was not merged.
    pub(crate) otherwise: Option<(Reason, &'a str)>,
}

/// Proves what a plan came to. A plan whose deployment.toml is not decided yet proves nothing.
pub(crate) fn of_plan(plan: &Plan, inputs: &Inputs, policy: &Policy) -> Proven {
    let action = plan.actions.get(&Input::Customised).and_then(|actions| actions.get(PATH));
    let Some(action) = action.filter(|action| action.disposition != Disposition::Undecided) else {
        return Proven::default();
    };
    let Some(result) = text(plan, inputs, PATH) else { return Proven::default() };
    let origin = plan.tree.get(PATH).and_then(|planned| planned.origin.input.as_ref());
    let reason = match origin {
        Some(Input::Overlay(_)) => Some((Reason::Overlay, "an overlay has a deployment.toml of its own")),
        _ if deployment_toml::is_taken_whole(policy) || action.disposition == Disposition::LeftOut => {
            Some((Reason::Policy, "the policy takes deployment.toml as a whole"))
        }
        _ => None,
    };
    let proven = prove(&Compared {
        home: &inputs.customised,
        pristine: inputs.pristine.as_ref(),
        result,
        rules: rules_of(plan, inputs),
        decisions: &plan.settings,
        policy: &policy.settings,
        otherwise: reason,
    });
    let starts_not = plan.diagnostics.iter().any(|found| [Code(602), Code(617)].contains(&found.code));
    let diagnostics = proven.diagnostics.into_iter().filter(|found| !(starts_not && found.code == Code(617)));
    Proven { comparison: proven.comparison, diagnostics: diagnostics.collect() }
}

/// The text of a file of the result, where it is one that was read.
pub(crate) fn text<'a>(plan: &'a Plan, inputs: &'a Inputs, path: &str) -> Option<&'a [u8]> {
    let planned = plan.tree.get(path).filter(|planned| planned.kind == Kind::File)?;
    if let Content::Memory(bytes) = &planned.content {
        return Some(bytes);
    }
    let inventory = match planned.origin.input.as_ref()? {
        Input::Customised => &inputs.customised,
        Input::Fresh => &inputs.fresh,
        Input::Overlay(name) => &inputs.overlays.iter().find(|overlay| overlay.name == *name)?.files,
        Input::Pristine | Input::Hl7(_) => return None,
    };
    inventory.text(planned.origin.path.as_str())
}

/// The rule files of the result: those of the fresh distribution, unless the home's or an overlay's take their place.
pub(crate) fn rules_of<'a>(plan: &'a Plan, inputs: &'a Inputs) -> RuleFiles<'a> {
    RuleFiles::from_texts(plan.below(RULES).map(|(path, _)| path), |path| text(plan, inputs, path))
}

/// Compares, and says what there is to say.
pub(crate) fn prove(compared: &Compared<'_>) -> Proven {
    let Some(ours) = compared.home.text(PATH) else { return Proven::default() };
    let old_rules = deployment_toml::home_of(compared.home, compared.pristine).rules;
    for (whose, rules) in [("the home", &old_rules), ("the result", &compared.rules)] {
        if rules.default.is_none() || rules.templates.is_empty() {
            return Proven { comparison: None, diagnostics: vec![not_compared(&format!("{whose} has no rule files"))] };
        }
    }
    let (Ok(ours), Ok(result)) = (repair::read(ours), repair::read(compared.result)) else { return Proven::default() };
    let base = compared.pristine.and_then(|pristine| pristine.text(PATH)).and_then(|text| repair::read(text).ok());
    let stock = base.map_or_else(settings::merge::stock, |base| base.document);
    let comparison = difference::compare(&difference::Inputs {
        old: Side { document: &ours.document, rules: &old_rules },
        new: Side { document: &result.document, rules: &compared.rules },
        stock: &stock,
        decisions: compared.decisions,
        policy: compared.policy,
        otherwise: compared.otherwise,
    });
    match comparison {
        Ok(comparison) => Proven { diagnostics: unexplained(&comparison), comparison: Some(comparison) },
        Err(trouble) => Proven { comparison: None, diagnostics: vec![troubled(&trouble)] },
    }
}

fn not_compared(why: &str) -> Diagnostic {
    let said = format!("what the new server makes of the settings was not compared with the old one's: {why}");
    Diagnostic::new(Code(632), said).at(PATH)
}

fn troubled(trouble: &Trouble) -> Diagnostic {
    let ends = |error: &StartError| if error.crashes { "ends with a stack trace" } else { "logs and exits" };
    match trouble {
        Trouble::Old(error) | Trouble::New(error) if error.unsure => not_compared(&error.message),
        Trouble::Old(error) => {
            not_compared(&format!("the old server would not have started; it {}: {error}", ends(error)))
        }
        Trouble::New(error) => Diagnostic::new(Code(617), "the server would not start with these settings")
            .at(PATH)
            .details(error.keys.iter().take(SHOWN).map(|key| format!("`{key}`")))
            .hint(format!("the server {}: {error}", ends(error))),
    }
}

/// One conflict for each setting, and one for each file.
fn unexplained(comparison: &Comparison) -> Vec<Diagnostic> {
    let mut files: BTreeMap<&str, Vec<&Difference>> = BTreeMap::new();
    let mut found = Vec::new();
    for difference in comparison.unexplained() {
        match &difference.subject {
            Subject::File { path, .. } => files.entry(path).or_default().push(difference),
            Subject::Setting(key) => {
                let follows = comparison.differences.iter().filter(|one| one.follows_from.as_ref() == Some(key));
                let details = std::iter::once(format!("old: {}", side(difference.before.as_ref())))
                    .chain(std::iter::once(format!("new: {}", side(difference.after.as_ref()))));
                let said = format!("`{key}` would be another for the new server, and nothing explains why");
                found.push(conflict(&said, key).at(PATH).details(details.chain(listed(follows))));
            }
        }
    }
    found.extend(files.into_iter().map(|(path, differences)| {
        let said = format!("`{path}` would be another for the new server, and nothing explains why");
        conflict(&said, path).at(path).details(listed(differences.into_iter()))
    }));
    found
}

fn conflict(said: &str, subject: &str) -> Diagnostic {
    Diagnostic::new(Code(631), said)
        .hint("say what you want in the home's deployment.toml, or accept it in the policy: [settings] accept_differences")
        .choices([Choice::AcceptDifference(subject.to_owned())])
}

fn side(value: Option<&String>) -> &str {
    value.map_or("nothing", String::as_str)
}

fn listed<'a>(differences: impl Iterator<Item = &'a Difference>) -> Vec<String> {
    let all: Vec<&Difference> = differences.collect();
    let line = |one: &&Difference| {
        let subject = match &one.subject {
            Subject::Setting(key) => key.clone(),
            Subject::File { path, place } => format!("{path}: {place}"),
        };
        format!("{subject}: {}, was {}", side(one.after.as_ref()), side(one.before.as_ref()))
    };
    let mut lines: Vec<String> = all.iter().take(SHOWN).map(line).collect();
    if all.len() > SHOWN {
        lines.push(format!("more: {}", all.len() - SHOWN));
    }
    lines
}

/// Renders the home's settings with its own rule files and the fresh distribution's with its own: what the proof costs
/// at least. Whether both could be rendered.
pub(crate) fn render_both(inputs: &Inputs) -> bool {
    [&inputs.customised, &inputs.fresh]
        .into_iter()
        .all(|inventory| rendering(inventory, &RuleFiles::of(inventory)).is_some())
}

/// What a server makes of the deployment.toml of an input, as far as that is known.
fn rendering(inventory: &Inventory, rules: &RuleFiles<'_>) -> Option<Rendering> {
    let document = repair::read(inventory.text(PATH)?).ok()?.document;
    effective::rendering(&document, rules, &Environment::of(rules)).ok()
}

/// Differences that a policy accepts and that are none.
pub(crate) fn unused(policy: &Policy, comparison: Option<&Comparison>) -> Vec<String> {
    let Some(comparison) = comparison else { return Vec::new() };
    let differs = |accepted: &String| {
        comparison.differences.iter().any(|difference| match &difference.subject {
            Subject::Setting(key) => key == accepted,
            Subject::File { path, .. } => path == accepted,
        })
    };
    let idle = policy.settings.accept.iter().filter(|accepted| !differs(accepted));
    idle.map(|accepted| format!("[settings] accept_differences: {accepted}")).collect()
}

/// Where the home's rendered files are not what its deployment.toml renders. Files that the server has not rendered
/// itself, and those that are as it recorded them, are no edits.
pub(crate) fn hand_edits(home: &Inventory, pristine: Option<&Inventory>) -> Vec<HandEdit> {
    let rules = deployment_toml::home_of(home, pristine).rules;
    let Some(rendering) = rendering(home, &rules) else { return Vec::new() };
    let recorded = home.text(METADATA).map(rendered::recorded).unwrap_or_default();
    let mut edits = Vec::new();
    for path in rendering.files.keys() {
        let Some(text) = home.text(path) else { continue };
        let as_recorded = recorded.get(path).is_some_and(|digest| *digest == rendered::md5(text));
        let as_shipped = pristine.and_then(|pristine| pristine.text(path)) == Some(text);
        if !as_recorded && !as_shipped {
            edits.extend(difference::hand_edits(&rendering, path, text).unwrap_or_default());
        }
    }
    edits
}
