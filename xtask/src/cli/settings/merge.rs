//! `settings merge`: one deployment.toml, brought to 4.0.0.
//!
//! In: the file, and what `conf/` and `repository/resources/conf/` of distributions hold; nothing else of them is
//! read. Out: the merged file, and what became of each setting. Always: the merge is the one of `package`; inputs are
//! only read; a file is written whole or not at all, and never readable by more people than the old one.

use super::read::{Scope, list, read_toml};
use crate::cli::inputs::{self, list_overlay, read_policy};
use crate::cli::plan::Format;
use crate::cli::terminal;
use crate::effective::RuleFiles;
use crate::planner::{unused_lines, unused_settings, weigh};
use crate::policy::Policy;
use crate::read::{Limits, Sources};
use crate::report::{self, diagnostics};
use crate::rules::deployment_toml;
use crate::settings::{self, Home, Merged};
use anyhow::{Context as _, bail, ensure};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

const HELP: &str = "\
The merged file goes to stdout, or to the file given with --output; what became of each setting goes to stderr. With
--format json one JSON document takes its place: on stdout where --output is given, else on stderr, alone.
Of PATH only conf/ and repository/resources/conf/ are read; a folder that holds no more than these will do.

Exit codes: 0 merged; 1 a file cannot be read or does not parse; 3 a conflict or a failed check; then nothing is written.

Examples:
  cargo xtask settings merge deployment.toml --fresh wso2mi-4.0.0.zip
  cargo xtask settings merge wso2mi-1.2.0/conf/deployment.toml --rules-of wso2mi-1.2.0 \\
      --pristine wso2mi-1.2.0.zip --fresh wso2mi-4.0.0.zip --output merged.toml --format json";

/// Merge one deployment.toml of 1.2.0 with what 4.0.0 ships
#[derive(clap::Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The deployment.toml of the used home
    #[arg(value_name = "OLD.toml")]
    old: PathBuf,
    /// The fresh 4.0.0 distribution: a folder, a zip or a tar.gz
    #[arg(long, value_name = "PATH")]
    fresh: PathBuf,
    /// The 1.2.0 distribution as shipped; without it, its settings as first released
    #[arg(long, value_name = "PATH")]
    pristine: Option<PathBuf>,
    /// The home that OLD.toml is of, whose rule files say what its settings mean; the pristine one unless given
    #[arg(long, value_name = "PATH")]
    rules_of: Option<PathBuf>,
    /// What was decided beforehand: [settings] of a policy
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// An overlay whose [settings] are applied last (can be repeated, applied in order)
    #[arg(long, value_name = "NAME|PATH")]
    overlay: Vec<String>,
    /// Where the merged file goes; without it, to stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How to print what became of each setting
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    if let Some(output) = &args.output {
        outside_of_inputs(args, output)?;
    }
    let policy = read_policy(args.policy.as_deref())?;
    let mut notes = Vec::new();
    let merged = merge(args, &policy, &mut notes)?;
    let blocked = merged.is_blocked();
    let text = merged.text.as_deref().filter(|_| !blocked);
    if let (Some(output), Some(text)) = (&args.output, text) {
        write(output, text, &args.old)?;
    }
    let output = args.output.as_deref().filter(|_| text.is_some());
    // Before anything is said of it: a pipe that is closed or a disk that is full is told instead.
    if let (None, Some(text)) = (&args.output, text) {
        terminal::print(&String::from_utf8_lossy(text))?;
    }
    match args.format {
        Format::Json => {
            let output = output.map(|path| path.display().to_string());
            let json = report::json::settings(&merged, output.as_deref(), &notes)?;
            if args.output.is_some() {
                terminal::print(&json)?;
            } else {
                terminal::say(json.trim_end());
            }
        }
        Format::Text => terminal::say(told(&merged, output, &notes).trim_end()),
    }
    Ok(if blocked { crate::cli::blocked(&merged.diagnostics) } else { crate::cli::DONE })
}

/// Reads everything and merges.
fn merge(args: &Args, policy: &Policy, notes: &mut Vec<String>) -> anyhow::Result<Merged> {
    let ours = read_toml(&args.old)?;
    let mut sources = Sources::new();
    let fresh = list(&args.fresh, &mut sources, Some("4.0.0"), Scope::Settings)?;
    for needed in [deployment_toml::PATH, "repository/resources/conf/default.json"] {
        ensure!(
            fresh.text(needed).is_some(),
            "`{}` has no `{needed}`; give the 4.0.0 distribution, or a folder with its conf and repository/resources/conf",
            args.fresh.display()
        );
    }
    let pristine =
        args.pristine.as_deref().map(|path| list(path, &mut sources, Some("1.2.0"), Scope::Settings)).transpose()?;
    let home =
        args.rules_of.as_deref().map(|path| list(path, &mut sources, Some("1.2.0"), Scope::Settings)).transpose()?;
    let base = pristine.as_ref().and_then(|pristine| pristine.text(deployment_toml::PATH));
    if base.is_none() {
        notes.push("what 1.2.0 shipped is taken from a built-in table; --pristine gives the file itself".to_owned());
    }
    let home = match (&home, &pristine) {
        (Some(home), pristine) => deployment_toml::home_of(home, pristine.as_ref()),
        (None, Some(pristine)) => Home { rules: RuleFiles::of(pristine), ..Home::default() },
        (None, None) => Home::default(),
    };
    if home.rules.default.is_none() {
        let text = "the settings are read as 1.2.0 of July 2020 meant them; --rules-of gives the home's own rule files, \
                    which an update may have changed";
        notes.push(text.to_owned());
    }
    let mut overlays = Vec::new();
    for overlay in &args.overlay {
        overlays.push(list_overlay(overlay, &mut sources, &Limits::default())?);
    }
    let mut merged = settings::merge(&settings::Inputs {
        ours: &ours,
        home,
        base,
        theirs: fresh.text(deployment_toml::PATH).unwrap_or_default(),
        fresh: RuleFiles::of(&fresh),
        overlays: deployment_toml::overlaid(&overlays),
        policy: policy.settings.clone(),
    });
    if merged.text.is_some() {
        merged.diagnostics.extend(unused_lines(unused_settings(policy, &merged.decisions)));
    }
    weigh(&mut merged.diagnostics, policy);
    Ok(merged)
}

/// What people are told on stderr.
fn told(merged: &Merged, output: Option<&Path>, notes: &[String]) -> String {
    let width = terminal::width();
    let mut text = String::new();
    for note in notes {
        text.push_str(&diagnostics::wrapped("note: ", "      ", note, width));
    }
    for diagnostic in &merged.diagnostics {
        let _ = writeln!(text, "{}", diagnostics::render(diagnostic, width, true));
    }
    if !merged.decisions.is_empty() {
        let title = report::settings::TITLE;
        let _ = writeln!(text, "\n{title}\n{}\n", "-".repeat(title.len()));
        text.push_str(&report::settings::list(&merged.decisions, width));
    }
    let tally = diagnostics::tally(&merged.diagnostics);
    let _ = match output {
        Some(path) => writeln!(text, "\nwrote {}: {tally}", path.display()),
        None if merged.is_blocked() => writeln!(text, "\nnothing was written: {tally}"),
        None => writeln!(text, "\nmerged: {tally}"),
    };
    text
}

/// Refuses to write into or over an input: inputs are only ever read, and the next run would merge the result.
fn outside_of_inputs(args: &Args, output: &Path) -> anyhow::Result<()> {
    let given =
        [Some(&args.old), Some(&args.fresh), args.pristine.as_ref(), args.rules_of.as_ref(), args.policy.as_ref()];
    let overlays: Vec<PathBuf> = args.overlay.iter().filter_map(|name| inputs::overlay_folder(name).ok()).collect();
    let given = given.into_iter().flatten().chain(&overlays).map(PathBuf::as_path);
    if let Some(input) = inputs::input_around(output, given) {
        bail!(
            "`{}` would overwrite the input `{}`, or lies in it; give another --output",
            output.display(),
            input.display()
        );
    }
    ensure!(!output.is_dir(), "`{}` is a folder; give the name of a file with --output", output.display());
    // A device, a pipe or a link would be replaced by a file, which is never what was meant.
    ensure!(
        fs::symlink_metadata(output).is_ok_and(|there| there.is_file()) || fs::symlink_metadata(output).is_err(),
        "`{}` is there and is no file; without --output the merged file goes to stdout",
        output.display()
    );
    Ok(())
}

/// Writes the merged file whole or not at all, readable by whom the old one was readable.
fn write(output: &Path, bytes: &[u8], old: &Path) -> anyhow::Result<()> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = || format!("`{}` cannot be written", output.display());
    // A temporary file is its owner's alone.
    let mut file = tempfile::NamedTempFile::with_prefix_in(".deployment-", folder).with_context(failed)?;
    file.write_all(bytes).with_context(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(old).with_context(failed)?.permissions().mode() & 0o777;
        file.as_file().set_permissions(fs::Permissions::from_mode(mode)).with_context(failed)?;
    }
    #[cfg(not(unix))]
    let _ = old;
    file.as_file().sync_all().with_context(failed)?;
    file.persist(output).with_context(failed)?;
    Ok(())
}
