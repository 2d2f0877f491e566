//! The command line: the only place that knows the terminal, the environment and the clock.
//!
//! In: arguments. Out: an exit code; what was asked for on stdout, everything else on stderr. Always: 0 done, 1
//! something failed, 2 usage, 3 the plan is blocked, 4 verification failed.

mod bench;
mod check;
mod ci;
mod explain;
mod image;
mod inputs;
mod package;
mod papers;
mod plan;
mod planned;
mod sample;
mod settings;
mod signing;
mod steps;
mod terminal;
mod verify;

use crate::diagnostic::{Diagnostic, Severity};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Exit code: done.
pub const DONE: u8 = 0;
/// Exit code: something failed: an input cannot be read or used, or the result cannot be written.
pub const FAILED: u8 = 1;
/// Exit code: the plan has an undecided conflict, or a check found an error; nothing was written.
pub const BLOCKED: u8 = 3;
/// Exit code: a bundle is not what it says.
pub const NOT_VERIFIED: u8 = 4;

const CODES: &str = "\
Exit codes:
  0  done
  1  something failed: an input cannot be read or used, the disk is full, ...
  2  wrong usage
  3  the plan is blocked by an undecided conflict or a failed check; nothing was written
  4  verification failed: the bundle is not what it says";

/// Packages an upgraded WSO2 Micro Integrator 4.0.0 from a used 1.2.0 home and a fresh distribution, offline.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, max_term_width = 100, after_help = CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Package(package::Args),
    Plan(plan::Args),
    Settings(settings::Args),
    Check(check::Args),
    Verify(verify::Args),
    Sample(sample::Args),
    Explain(explain::Args),
    /// Check the format, lint, test and build the documentation of this project
    Ci,
    /// Measure the packager beside the plain tools, in the same run
    Bench(bench::Args),
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Package(args) => package::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Settings(args) => settings::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Ci => ci::run().map(|passed| if passed { DONE } else { FAILED }),
        Command::Bench(args) => {
            bench::run(&args, &steps::prepare).and_then(|text| terminal::print(&text)).map(|()| DONE)
        }
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            if is_broken_pipe(&error) {
                return ExitCode::SUCCESS;
            }
            terminal::say(&format!("error: {error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

/// The exit code of what is blocked: an input that cannot be used is a failure, what a person can decide or a
/// check that a policy can weigh is not.
fn blocked(diagnostics: &[Diagnostic]) -> u8 {
    let is_bad_input = |diagnostic: &Diagnostic| {
        diagnostic.severity == Severity::Error && diagnostic.code.story().is_some_and(|story| story.firm)
    };
    if diagnostics.iter().any(is_bad_input) { FAILED } else { BLOCKED }
}

/// Whether somebody closed our stdout, as `head` does.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}
