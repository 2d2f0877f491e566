//! `settings diff`: what the new server's configuration will have otherwise, and why.
//!
//! In: what `conf/` and `repository/resources/conf/` of a home and of a fresh distribution hold; nothing else of them is
//! read. Out: the differences with their reasons, and the hand edits that were in force in the home. Always: the merge
//! and the comparison are those of `package`; nothing is written.

use super::read::{Scope, list};
use crate::cli::inputs::{list_overlay, read_policy};
use crate::cli::plan::Format;
use crate::cli::terminal;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::difference::HandEdit;
use crate::plan::{Inputs, Plan};
use crate::planner;
use crate::read::{Limits, Sources};
use crate::report::{self, diagnostics};
use crate::rules::{deployment_toml, proof};
use anyhow::ensure;
use std::fmt::Write as _;
use std::path::PathBuf;

const HELP: &str = "\
Of PATH only conf/ and repository/resources/conf/ are read; a folder that holds no more than these will do.
The home's deployment.toml is rendered with its own rule files, the merged one with those of the fresh distribution.

Exit codes: 0 every difference is explained; 1 an input cannot be read; 3 a difference that nothing explains, a conflict
of the merge, or a configuration with which the server would not start.

Example:
  cargo xtask settings diff --home wso2mi-1.2.0 --fresh wso2mi-4.0.0.zip --pristine wso2mi-1.2.0.zip";

/// Tell what the upgrade changes of the effective configuration, and why
#[derive(clap::Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The home of the used 1.2.0: a folder, a zip or a tar.gz
    #[arg(long, value_name = "PATH")]
    home: PathBuf,
    /// The fresh 4.0.0 distribution
    #[arg(long, value_name = "PATH")]
    fresh: PathBuf,
    /// The 1.2.0 distribution as shipped; without it, its settings as first released
    #[arg(long, value_name = "PATH")]
    pristine: Option<PathBuf>,
    /// What was decided beforehand
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// An overlay (can be repeated, applied in order)
    #[arg(long, value_name = "NAME|PATH")]
    overlay: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let policy = read_policy(args.policy.as_deref())?;
    let mut sources = Sources::new();
    let mut inputs = Inputs {
        customised: list(&args.home, &mut sources, Some("1.2.0"), Scope::Conf)?,
        fresh: list(&args.fresh, &mut sources, Some("4.0.0"), Scope::Conf)?,
        ..Inputs::default()
    };
    for (path, inventory) in [(&args.home, &inputs.customised), (&args.fresh, &inputs.fresh)] {
        let needed = deployment_toml::PATH;
        ensure!(inventory.text(needed).is_some(), "`{}` has no `{needed}` that can be read", path.display());
    }
    if let Some(pristine) = &args.pristine {
        inputs.pristine = Some(list(pristine, &mut sources, Some("1.2.0"), Scope::Conf)?);
    }
    for overlay in &args.overlay {
        inputs.overlays.push(list_overlay(overlay, &mut sources, &Limits::default())?);
    }
    let mut plan = planner::plan(&inputs, &policy);
    plan.diagnostics.retain(is_about_settings);
    let edits = proof::hand_edits(&inputs.customised, inputs.pristine.as_ref());
    match args.format {
        Format::Json => terminal::print(&report::json::difference(&plan, &edits)?)?,
        Format::Text => terminal::print(&told(&plan, &edits))?,
    }
    Ok(if plan.is_blocked() { crate::cli::blocked(&plan.diagnostics) } else { crate::cli::DONE })
}

/// Of a home of which little was read, only what is said about settings counts.
fn is_about_settings(found: &Diagnostic) -> bool {
    (600..700).contains(&found.code.0) || found.code == Code(804)
}

fn told(plan: &Plan, edits: &[HandEdit]) -> String {
    let width = terminal::width();
    let mut text = String::new();
    for found in plan.diagnostics.iter().filter(|found| found.severity >= Severity::Conflict || found.code == Code(632))
    {
        let _ = writeln!(text, "{}", diagnostics::render(found, width, true));
    }
    let mut section = |title: &str, body: &str| {
        let _ = writeln!(text, "{title}\n{}\n\n{body}", "-".repeat(title.len()));
    };
    if let Some(comparison) = &plan.comparison {
        section(report::difference::TITLE, &report::difference::list(comparison, width));
    }
    if !edits.is_empty() {
        section(report::difference::EDITS, &report::difference::edits(edits, width));
    }
    let _ = writeln!(text, "{}", tally(plan, edits));
    text
}

fn tally(plan: &Plan, edits: &[HandEdit]) -> String {
    match &plan.comparison {
        Some(comparison) => format!(
            "{} differences in settings and in {} rendered files, {} of them unexplained; {} edits by hand",
            comparison.differences.len(),
            comparison.files,
            comparison.unexplained().count(),
            edits.len()
        ),
        None => "nothing was compared".to_owned(),
    }
}
