//! `verify`: re-reads a bundle.

use super::terminal::{self, Bar};
use crate::verify;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Re-read a bundle without any other input, and name everything that is off
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  cargo xtask verify dist/wso2mi-4.0.0-upgraded")]
pub(super) struct Args {
    /// The bundle's folder
    bundle: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    anyhow::ensure!(
        !args.bundle.is_file(),
        "`{}` is a file; give the bundle's folder, not its archive",
        args.bundle.display()
    );
    let verified = match verify::bundle(&args.bundle, &Bar::new()) {
        Err(error) if error.is::<verify::NoBundle>() => {
            terminal::say(&format!("error: {error:#}"));
            return Ok(super::NOT_VERIFIED);
        }
        verified => verified?,
    };
    let mut text = String::new();
    for check in &verified.checks {
        let _ = writeln!(text, "{check}");
    }
    if verified.findings.is_empty() {
        let _ = writeln!(text, "ok: {} is what it says", args.bundle.display());
        terminal::print(&text)?;
        return Ok(super::DONE);
    }
    terminal::print(&text)?;
    for finding in &verified.findings {
        terminal::say(&format!("error: {finding}"));
    }
    let findings = match verified.findings.len() {
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    };
    terminal::say(&format!("{} is not what it says: {findings}; do not install it", args.bundle.display()));
    Ok(super::NOT_VERIFIED)
}
