//! `plan`: the decisions of `package`, printed; nothing is written.

use super::inputs::{self, InputArgs};
use super::terminal::{self, Bar};
use crate::report;
use anyhow::Context as _;
use std::io::Write as _;
use std::path::PathBuf;

/// Print what `package` would do, and write nothing
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example:\n  cargo xtask plan --home wso2mi-1.2.0 --fresh wso2mi-4.0.0.zip --write-policy policy.toml"
)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write a policy with every open decision in it, commented, ready to edit
    #[arg(long, value_name = "FILE")]
    write_policy: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Debug, Clone, Copy, PartialEq)]
pub(super) enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let gathered = inputs::gather(&args.inputs, &Bar::new())?;
    let plan = super::planned::planned(&gathered, &Bar::new())?.plan;
    if let Some(path) = &args.write_policy {
        let text = crate::policy::draft(&plan.diagnostics, &gathered.policy);
        let mut file = std::fs::File::create_new(path).with_context(|| {
            format!("the policy `{}` cannot be written; an existing file is never overwritten", path.display())
        })?;
        file.write_all(text.as_bytes())
            .with_context(|| format!("the policy `{}` cannot be written", path.display()))?;
        terminal::say(&format!("wrote {}", path.display()));
    }
    let text = match args.format {
        Format::Text => report::text::render(&gathered.inputs, &plan, &[]),
        Format::Json => report::json::render(&gathered.inputs, &plan, &[])?,
    };
    terminal::print(&text)?;
    if plan.is_blocked() {
        terminal::say(&format!(
            "the plan is blocked: {}
{}",
            report::diagnostics::tally(&plan.diagnostics),
            super::package::HOW_TO_DECIDE
        ));
        return Ok(super::blocked(&plan.diagnostics));
    }
    Ok(super::DONE)
}
