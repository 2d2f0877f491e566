//! Rendered files in the result, where they are asked for: what the new server would write at its first start.
//!
//! In: the plan with its deployment.toml and rule files in place. Out: the rendered files in its tree, with the digests
//! that the server records, and one note. Always: a file of an overlay stays; where a value comes from the environment
//! of the server no digests are recorded, so that the server renders again.
//!
//! Facts: config-mapper v1.0.18 `ConfigParser`, `MetaDataParser`: with the shipped scripts the server renders again where
//! `metadata_config.properties` is missing, or the digest of deployment.toml or a recorded variable changed. The cipher
//! tool reads `conf/carbon.xml` before the first start.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::repair;
use crate::effective::{self, Environment, Rendering};
use crate::path::EntryPath;
use crate::plan::{Disposition, Input, Inputs, Plan, Planned};
use crate::policy::Policy;
use crate::rendered::md5;
use crate::rules::deployment_toml::PATH;
use crate::rules::proof;

const RULES: &str = "repository/resources/conf";
const METADATA: &str = "repository/resources/conf/.metadata";
/// The rule files whose digests the server records beside those of the templates.
const RULE_FILES: [&str; 5] =
    ["default.json", "infer.json", "key-mappings.json", "unit-resolve.json", "validator.json"];

/// Puts the rendered files into the result.
pub(crate) fn lay(plan: &mut Plan, inputs: &Inputs, policy: &Policy) {
    let home = plan.actions.get(&Input::Customised).and_then(|actions| actions.get(PATH));
    if !inputs.render_conf || home.is_some_and(|action| action.disposition == Disposition::Undecided) {
        return;
    }
    let Some(rendering) = rendering(plan, inputs) else { return };
    let Some(toml) = plan.tree.get(PATH).cloned() else { return };
    let written = |bytes: Vec<u8>| {
        let input = toml.origin.input.clone().unwrap_or(Input::Fresh);
        Planned::written(bytes, toml.mode, input, &toml.origin.path)
    };
    let mut laid = Vec::new();
    for (path, text) in &rendering.files {
        let Ok(path) = EntryPath::parse(path) else { continue };
        let present = plan.tree.get(&path).and_then(|planned| planned.origin.input.as_ref());
        if !policy.leaves_out(&path) && !matches!(present, Some(Input::Overlay(_))) {
            plan.tree.insert(path.clone(), written(text.clone().into_bytes()));
            laid.push(path);
        }
    }
    let is_whole = laid.len() == rendering.files.len() && rendering.context.unset.is_empty();
    let recorded = if is_whole { recorded(plan, inputs, &rendering) } else { None };
    let said = format!("{} files are in the result as the server would render them", laid.len());
    let found = Diagnostic::new(Code(633), said).details(laid.iter().map(ToString::to_string));
    plan.diagnostics.push(found.hint(if recorded.is_some() {
        "the server takes them as they are until deployment.toml changes"
    } else {
        "the server renders them again at its first start, since values come from its environment, or a file is another"
    }));
    for (name, text) in recorded.into_iter().flatten() {
        plan.tree.insert(EntryPath::known(&format!("{METADATA}/{name}")), written(text.into_bytes()));
    }
}

fn rendering(plan: &Plan, inputs: &Inputs) -> Option<Rendering> {
    let rules = proof::rules_of(plan, inputs);
    let document = repair::read(proof::text(plan, inputs, PATH)?).ok()?.document;
    // That it cannot be rendered is said where the renderings are compared.
    effective::rendering(&document, &rules, &Environment::of(&rules)).ok()
}

/// What the server records after rendering: digests of what it wrote, and of what it made that from. It writes the
/// time into the first line; no line is as good.
fn recorded(plan: &Plan, inputs: &Inputs, rendering: &Rendering) -> Option<[(&'static str, String); 3]> {
    let line = |path: &str, bytes: &[u8]| format!("{path}={}\n", md5(bytes));
    let mut config = line(PATH, proof::text(plan, inputs, PATH)?);
    for (path, text) in &rendering.files {
        config.push_str(&line(path, text.as_bytes()));
    }
    let mut templates = String::new();
    let names = RULE_FILES.map(|name| format!("{RULES}/{name}")).into_iter();
    let of_templates = rendering.files.keys().map(|path| format!("{RULES}/templates/{path}.j2"));
    for path in names.chain(of_templates).filter(|path| plan.tree.contains_key(path.as_str())) {
        templates.push_str(&line(&path, proof::text(plan, inputs, &path)?));
    }
    Some([
        ("metadata_config.properties", config),
        ("metadata_template.properties", templates),
        ("references.properties", String::new()),
    ])
}
