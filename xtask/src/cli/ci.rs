//! `cargo xtask ci`: everything that must hold before a change is merged.
//!
//! In: the workspace that the command is called in. Out: whether all held. Always: every step runs, whatever became
//! of the ones before; a step whose tool is not installed is left out and says so.

use anyhow::Result;
use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::time::Instant;
use xshell::{Cmd, Shell, cmd};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Held,
    Broke,
    LeftOut,
}

/// Runs the steps one after the other. `Ok(false)` when one of them broke.
pub(super) fn run() -> Result<bool> {
    let shell = Shell::new()?;
    let cargo = cargo();
    let format = cmd!(shell, "{cargo} fmt --all --check");
    let lint = cmd!(shell, "{cargo} clippy --workspace --all-targets --locked -- -D warnings");
    // All that fails is told by one run.
    let test = cmd!(shell, "{cargo} test --workspace --locked --no-fail-fast");
    let document = cmd!(shell, "{cargo} doc --workspace --no-deps --locked --document-private-items")
        .env("RUSTDOCFLAGS", "-D warnings");
    let outcomes = [
        with_component(&shell, "fmt", "rustfmt", format),
        with_component(&shell, "clippy", "clippy", lint),
        step("test", test),
        step("doc", document),
    ];
    say(&summary(&outcomes));
    Ok(outcomes.iter().all(|outcome| *outcome != Outcome::Broke))
}

/// Runs a step whose tool the minimal profile of rustup does not install.
fn with_component(shell: &Shell, name: &str, component: &str, command: Cmd<'_>) -> Outcome {
    if is_installed(shell, name) {
        return step(name, command);
    }
    say(&format!("skipped: {name} is not installed (rustup component add {component})"));
    Outcome::LeftOut
}

fn is_installed(shell: &Shell, name: &str) -> bool {
    let cargo = cargo();
    cmd!(shell, "{cargo} {name} --version").quiet().ignore_stdout().ignore_stderr().run().is_ok()
}

/// The cargo that runs us, not another one of the search path.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

fn step(name: &str, command: Cmd<'_>) -> Outcome {
    say(&format!("{name}: {command}"));
    let start = Instant::now();
    let result = command.quiet().run();
    let seconds = start.elapsed().as_secs_f64();
    match result {
        Ok(()) => {
            say(&format!("{name}: held after {seconds:.1} s"));
            Outcome::Held
        }
        Err(error) => {
            say(&format!("{name}: broke after {seconds:.1} s: {error}"));
            Outcome::Broke
        }
    }
}

/// The last line. Worded unlike the lines of `cargo test`, so that nobody adds the two up.
fn summary(outcomes: &[Outcome]) -> String {
    let count = |wanted| outcomes.iter().filter(|outcome| **outcome == wanted).count();
    let (held, broke, left_out) = (count(Outcome::Held), count(Outcome::Broke), count(Outcome::LeftOut));
    let verdict = if broke == 0 { "good" } else { "not good" };
    format!("steps held: {held}, broke: {broke}, left out: {left_out}; the change is {verdict}")
}

/// Writes a line for people; nothing is lost when nobody listens any more.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "ci: {line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_steps() {
        use Outcome::{Broke, Held, LeftOut};
        assert_eq!(summary(&[Held, LeftOut, Held]), "steps held: 2, broke: 0, left out: 1; the change is good");
        assert!(summary(&[Held, Broke]).ends_with("broke: 1, left out: 0; the change is not good"));
    }

    #[test]
    fn a_tool_that_is_not_there_is_noticed() {
        let shell = Shell::new().expect("a shell");
        assert!(!is_installed(&shell, "no-such-subcommand"));
    }
}
