//! `settings`: deployment.toml alone, without a home or a bundle around it.

mod diff;
mod merge;
mod read;
mod render;

use clap::Subcommand;

const EXAMPLE: &str = "\
Example:
  cargo xtask settings merge deployment.toml --fresh wso2mi-4.0.0.zip --output merged.toml";

/// Work with deployment.toml alone
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Merge(merge::Args),
    Render(render::Args),
    Diff(diff::Args),
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    match &args.command {
        Command::Merge(args) => merge::run(args),
        Command::Render(args) => render::run(args),
        Command::Diff(args) => diff::run(args),
    }
}
