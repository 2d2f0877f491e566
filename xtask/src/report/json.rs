//! The report for machines.
//!
//! In: inputs, plan, and the archive where one was written. Out: `report.json`. Always: `schema_version` rises when a
//! field changes its meaning or goes; new fields may come at any time.

use crate::choice::Database;
use crate::diagnostic::{Diagnostic, Place};
use crate::difference::HandEdit;
use crate::plan::{Inputs, Plan};
use crate::report::difference::{EditRow, Effective, edit_rows, effective};
use crate::report::settings::{Row, rows};
use crate::report::{self, Made, TOOL_VERSION};
use crate::settings::Merged;
use crate::user_store::Step;
use serde::Serialize;

#[derive(Serialize)]
struct Report<'a> {
    schema_version: u32,
    kind: &'static str,
    tool_version: &'static str,
    blocked: bool,
    inputs: Vec<InputLine>,
    outputs: Vec<Form<'a>>,
    user_store: UserStore<'a>,
    diagnostics: Vec<Finding<'a>>,
    settings: Vec<Row<'a>>,
    effective: Option<Effective<'a>>,
    actions: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct InputLine {
    input: String,
    name: String,
    what: String,
    entries: usize,
}

#[derive(Serialize)]
struct UserStore<'a> {
    step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<&'static str>,
}

impl<'a> UserStore<'a> {
    fn of(step: &'a Step) -> Self {
        match step {
            Step::None(reason) => Self { step: "none", reason: Some(reason), data_source: None, database: None },
            Step::Ldap(source) => Self { step: "ldap", reason: None, data_source: Some(source), database: None },
            Step::Jdbc(jdbc) => Self {
                step: "migration",
                reason: None,
                data_source: Some(&jdbc.source),
                database: jdbc.database.map(Database::name),
            },
        }
    }
}

#[derive(Serialize)]
struct Form<'a> {
    kind: &'static str,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: String,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    details: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    policy: Vec<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    input: String,
    path: &'a str,
    disposition: &'static str,
    area: &'static str,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

fn form(made: &Made) -> Form<'_> {
    let file = made.file.as_ref();
    Form {
        kind: made.kind.name(),
        path: &made.path,
        file: file.map(|file| file.file.as_str()),
        size: file.map(|file| file.size),
        sha256: file.map(|file| file.digest.to_string()),
        image: made.image.map(|image| image.to_string()),
    }
}

/// Renders the whole report, with a newline at its end.
pub fn render(inputs: &Inputs, plan: &Plan, made: &[Made]) -> anyhow::Result<String> {
    let report = Report {
        schema_version: 2,
        kind: "wso2mi-upgrade-report",
        tool_version: TOOL_VERSION,
        blocked: plan.is_blocked(),
        inputs: report::inputs(inputs)
            .into_iter()
            .map(|line| InputLine { input: line.role, name: line.name, what: line.what, entries: line.entries })
            .collect(),
        outputs: made.iter().map(form).collect(),
        user_store: UserStore::of(&plan.user_store.step),
        diagnostics: plan.diagnostics.iter().map(finding).collect(),
        settings: rows(&plan.settings),
        effective: plan.comparison.as_ref().map(effective),
        actions: plan
            .actions
            .iter()
            .flat_map(|(input, actions)| actions.iter().map(move |(path, action)| (input, path, action)))
            .map(|(input, path, action)| Line {
                input: input.to_string(),
                path: path.as_str(),
                disposition: action.disposition.word(),
                area: action.area,
                reason: &action.reason,
                target: action.target.as_ref().map(crate::path::EntryPath::as_str),
                code: action.code.map(|code| code.to_string()),
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

/// What `settings merge` tells, beside the file itself.
#[derive(Serialize)]
struct SettingsReport<'a> {
    schema_version: u32,
    kind: &'static str,
    tool_version: &'static str,
    blocked: bool,
    output: Option<&'a str>,
    notes: &'a [String],
    diagnostics: Vec<Finding<'a>>,
    settings: Vec<Row<'a>>,
}

/// Renders the merge of a single file, with a newline at its end. `output` is the file that was written; notes say
/// what it was made from where that is not plain.
pub fn settings(merged: &Merged, output: Option<&str>, notes: &[String]) -> anyhow::Result<String> {
    let report = SettingsReport {
        schema_version: 1,
        kind: "wso2mi-upgrade-settings",
        tool_version: TOOL_VERSION,
        blocked: merged.is_blocked(),
        output,
        notes,
        diagnostics: merged.diagnostics.iter().map(finding).collect(),
        settings: rows(&merged.decisions),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

/// What `settings diff` tells.
#[derive(Serialize)]
struct DifferenceReport<'a> {
    schema_version: u32,
    kind: &'static str,
    tool_version: &'static str,
    blocked: bool,
    diagnostics: Vec<Finding<'a>>,
    settings: Vec<Row<'a>>,
    effective: Option<Effective<'a>>,
    hand_edits: Vec<EditRow<'a>>,
}

/// Renders what an upgrade changes of the effective configuration, with a newline at its end.
pub fn difference(plan: &Plan, edits: &[HandEdit]) -> anyhow::Result<String> {
    let report = DifferenceReport {
        schema_version: 1,
        kind: "wso2mi-upgrade-difference",
        tool_version: TOOL_VERSION,
        blocked: plan.is_blocked(),
        diagnostics: plan.diagnostics.iter().map(finding).collect(),
        settings: rows(&plan.settings),
        effective: plan.comparison.as_ref().map(effective),
        hand_edits: edit_rows(edits),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

/// What `check` tells.
#[derive(Serialize)]
struct ChecksReport<'a> {
    schema_version: u32,
    kind: &'static str,
    tool_version: &'static str,
    checked: Vec<Checked<'a>>,
}

/// What was found in one tree.
#[derive(Serialize)]
struct Checked<'a> {
    name: &'a str,
    diagnostics: Vec<Finding<'a>>,
}

/// Renders what was found in each of several trees, with a newline at its end.
pub fn checked(checked: &[(String, Vec<Diagnostic>)]) -> anyhow::Result<String> {
    let report = ChecksReport {
        schema_version: 1,
        kind: "wso2mi-upgrade-checks",
        tool_version: TOOL_VERSION,
        checked: checked
            .iter()
            .map(|(name, found)| Checked { name, diagnostics: found.iter().map(finding).collect() })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&report)?;
    text.push('\n');
    Ok(text)
}

fn finding(diagnostic: &Diagnostic) -> Finding<'_> {
    Finding {
        code: diagnostic.code.to_string(),
        severity: diagnostic.severity.word(),
        message: &diagnostic.message,
        path: diagnostic.place.as_ref().map(|place: &Place| place.path.as_str()),
        line: diagnostic.place.as_ref().and_then(|place| place.line),
        details: &diagnostic.details,
        hint: diagnostic.hint.as_deref(),
        policy: diagnostic.choices.iter().map(crate::choice::Choice::line).collect(),
    }
}
