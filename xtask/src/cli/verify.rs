//! `verify`: re-reads a bundle.

use super::terminal::{self, Bar};
use crate::signature::{self, PublicKey};
use crate::verify;
use anyhow::{Context as _, anyhow, bail};
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

const EXAMPLE: &str = "\
Examples:
  cargo xtask verify dist/wso2mi-4.0.0-upgraded
  cargo xtask verify --public-key upgrade.pub dist/wso2mi-4.0.0-upgraded";

/// Re-read a bundle without any other input, and name everything that is off
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The bundle's folder
    bundle: PathBuf,
    /// Check the signature with this public key: minisign's file, or the key itself (RW...)
    #[arg(long, value_name = "KEY")]
    public_key: Option<OsString>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    anyhow::ensure!(
        !args.bundle.is_file(),
        "`{}` is a file; give the bundle's folder, not its archive",
        args.bundle.display()
    );
    let key = args.public_key.as_deref().map(public_key).transpose()?;
    let mut verified = match verify::bundle(&args.bundle, &Bar::new()) {
        Err(error) if error.is::<verify::NoBundle>() => {
            terminal::say(&format!("error: {error:#}"));
            return Ok(super::NOT_VERIFIED);
        }
        verified => verified?,
    };
    match key.map(|key| verify::signature(&args.bundle, &key)) {
        Some(Ok(check)) => verified.checks.insert(0, check),
        Some(Err(finding)) => {
            verified.findings.retain(|other| *other != finding);
            verified.findings.insert(0, finding);
        }
        None => note_if_signed(args),
    }
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

/// Says that a signature is there that nobody looked at.
fn note_if_signed(args: &Args) {
    if args.bundle.join(signature::NAME).is_file() {
        terminal::say(&format!(
            "note: the signature `{}` was not checked; give the public key of whoever signed it by --public-key",
            signature::NAME
        ));
    }
}

/// The key of a file, or of the argument itself.
fn public_key(given: &OsStr) -> anyhow::Result<PublicKey> {
    let path = Path::new(given);
    if path.exists() {
        let failed = || format!("the public key `{}` cannot be read", path.display());
        let mut bytes = Vec::new();
        let file = File::open(path).with_context(failed)?;
        file.take(signature::LARGEST + 1).read_to_end(&mut bytes).with_context(failed)?;
        return signature::public_key(&bytes).map_err(|problem| anyhow!("`{}` {problem}", path.display()));
    }
    match given.to_str().map(|text| signature::public_key(text.as_bytes())) {
        Some(Ok(key)) => Ok(key),
        // It is not shown: what was given by mistake may be a secret.
        Some(Err(problem)) if given.len() >= 56 => bail!("what --public-key gives is no file, and {problem}"),
        _ => bail!("`{}` is neither a file nor a public key of minisign's", path.display()),
    }
}
