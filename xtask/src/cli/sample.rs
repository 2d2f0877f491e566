//! `sample`: writes the sample inputs.

use super::terminal;
use anyhow::Context as _;
use std::path::PathBuf;

/// Write the sample inputs: a used home, both distributions, an HL7 pack
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  cargo xtask sample target/sample")]
pub(super) struct Args {
    /// The folder to write them to; it must be new or empty
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let taken = std::fs::read_dir(&args.folder).is_ok_and(|mut entries| entries.next().is_some());
    anyhow::ensure!(!taken, "`{}` is not empty; give a new folder", args.folder.display());
    std::fs::create_dir_all(&args.folder).with_context(|| format!("`{}` cannot be made", args.folder.display()))?;
    let paths = crate::sample::write(&args.folder)?;
    terminal::print(&format!(
        "wrote the sample to {}\nnext: cargo xtask package --home {} --fresh {} --pristine {} --hl7 {}\n",
        args.folder.display(),
        paths.home.display(),
        paths.fresh.display(),
        paths.pristine.display(),
        paths.hl7.display()
    ))?;
    Ok(super::DONE)
}
