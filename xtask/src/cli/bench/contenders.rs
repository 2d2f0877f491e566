//! Who is measured.
//!
//! In: the inputs and a scratch folder. Out: contenders, each with what to do in a round, or why it cannot.
//! Always: what they write lies in the scratch folder's `round`, which is cleared after each.

use super::process::{finish, installed};
use super::{Group, Kind, Row, Step, tools};
use crate::digest::fingerprint;
use crate::output::Output;
use crate::sample::SamplePaths;
use anyhow::{Context, Result};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What to do in a round; gives the peak memory in KiB where it could be seen.
pub(super) type Action = Box<dyn FnMut() -> Result<Option<u64>>>;

/// One of those that take turns.
pub(super) struct Contender {
    pub(super) name: String,
    pub(super) group: Group,
    pub(super) kind: Kind,
    pub(super) action: Option<Action>,
    pub(super) note: Option<String>,
}

impl Contender {
    /// A part of the packager, in this process.
    pub(super) fn inside(Step { name, group, mut run }: Step) -> Self {
        let action: Action = Box::new(move || run().map(|()| None));
        Self { name, group, kind: Kind::Step, action: Some(action), note: None }
    }

    /// The empty row of the result.
    pub(super) fn row(&self) -> Row {
        let note = self.note.clone();
        Row { note, ..Row::empty(self.name.clone(), self.group, self.kind) }
    }
}

/// Removes what a round left.
pub(super) fn clear(work: &Path) -> Result<()> {
    let round = work.join("round");
    if round.exists() {
        fs::remove_dir_all(&round).with_context(|| format!("`{}` cannot be removed", round.display()))?;
    }
    Ok(())
}

/// The yardstick, the usual tools, and the packager as a program.
pub(super) fn outside(paths: &SamplePaths, work: &Path) -> Result<Vec<Contender>> {
    let round = work.join("round");
    let mut contenders = vec![yardstick(paths, &round)];
    contenders.extend(tools::usual(paths, &round));
    for output in Output::ALL {
        contenders.push(package(paths, &round, &[output], Group::Output(output))?);
    }
    contenders.push(package(paths, &round, &Output::ALL, Group::All)?);
    Ok(contenders)
}

fn yardstick(paths: &SamplePaths, round: &Path) -> Contender {
    let (fresh, round) = (paths.fresh.clone(), round.to_owned());
    let (group, kind) = (Group::Yardstick, Kind::Usual);
    if installed("cp", "--version") && installed("openssl", "version") {
        let action = move || {
            let copy = fresh_folder(&round)?.join("X");
            finish(Command::new("cp").arg(&fresh).arg(&copy))?;
            finish(Command::new("openssl").args(["dgst", "-sha256"]).arg(&copy))
        };
        let name = "cp fresh X && openssl dgst -sha256 X".to_owned();
        return Contender { name, group, kind, action: Some(Box::new(action)), note: None };
    }
    let action = move || {
        let copy = fresh_folder(&round)?.join("X");
        fs::copy(&fresh, &copy).with_context(|| format!("`{}` cannot be copied", fresh.display()))?;
        let copied = File::open(&copy).and_then(fingerprint);
        copied.with_context(|| format!("`{}` cannot be read", copy.display()))?;
        Ok(None)
    };
    let note = Some("cp or openssl is not installed: done in Rust instead".to_owned());
    Contender { name: "copy and SHA-256".into(), group, kind, action: Some(Box::new(action)), note }
}

/// Outputs as the command line names them.
fn names(outputs: &[Output]) -> String {
    outputs.iter().map(|output| output.name()).collect::<Vec<_>>().join(",")
}

fn package(paths: &SamplePaths, round: &Path, outputs: &[Output], group: Group) -> Result<Contender> {
    let program = env::current_exe().context("the packager does not find its own program")?;
    let (paths, round, outputs) = (paths.clone(), round.to_owned(), names(outputs));
    let name = format!("package --output {outputs}");
    let action = move || {
        let mut command = Command::new(&program);
        command.args(["package", "--output", &outputs]);
        for (option, path) in [
            ("--home", &paths.home),
            ("--fresh", &paths.fresh),
            ("--pristine", &paths.pristine),
            ("--hl7", &paths.hl7),
            ("--out", &fresh_folder(&round)?.join("dist")),
        ] {
            command.arg(option).arg(path);
        }
        finish(&mut command)
    };
    let note = cfg!(debug_assertions).then(|| "built without optimisation: the figures say nothing".to_owned());
    Ok(Contender { name, group, kind: Kind::Whole, action: Some(Box::new(action)), note })
}

pub(super) fn fresh_folder(round: &Path) -> Result<PathBuf> {
    fs::create_dir_all(round).with_context(|| format!("`{}` cannot be made", round.display()))?;
    Ok(round.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yardstick_runs_and_leaves_nothing_after_clearing() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = crate::sample::write(&folder.path().join("inputs")).expect("a sample");
        let work = folder.path().join("work");
        let mut contender = yardstick(&paths, &work.join("round"));
        contender.action.as_mut().expect("it always runs")().expect("it works");
        assert_eq!(fs::read(work.join("round/X")).expect("a copy"), fs::read(&paths.fresh).expect("the zip"));
        clear(&work).expect("cleared");
        assert!(!work.join("round").exists());
    }

    #[test]
    fn every_output_has_a_usual_tool_and_the_packager() {
        let folder = tempfile::tempdir().expect("a folder");
        let contenders = outside(&SamplePaths::below(folder.path()), folder.path()).expect("contenders");
        for output in Output::ALL {
            let of_it = || contenders.iter().filter(|contender| contender.group == Group::Output(output));
            assert!(of_it().any(|contender| contender.kind == Kind::Usual), "{output:?}");
            let package = of_it().find(|contender| contender.kind == Kind::Whole).expect("the packager");
            assert_eq!(package.name, format!("package --output {}", output.name()));
        }
        assert!(contenders.iter().all(|contender| contender.action.is_some() || contender.note.is_some()));
    }
}
