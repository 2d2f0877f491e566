//! Who is measured.
//!
//! In: the inputs and a scratch folder. Out: contenders, each with what to do in a round, or why it cannot.
//! Always: what they write lies in the scratch folder's `round`, which is cleared after each.

use super::{Row, Step};
use crate::digest::fingerprint;
use crate::sample::{FRESH_TOP, SamplePaths};
use anyhow::{Context, Result, bail};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What to do in a round; gives the peak memory in KiB where it could be seen.
type Action = Box<dyn FnMut() -> Result<Option<u64>>>;

/// One of those that take turns.
pub(super) struct Contender {
    name: String,
    pub(super) action: Option<Action>,
    note: Option<String>,
}

impl Contender {
    /// A part of the packager, in this process.
    pub(super) fn inside((name, mut step): Step) -> Self {
        Self { name, action: Some(Box::new(move || step().map(|()| None))), note: None }
    }

    /// The empty row of the result.
    pub(super) fn row(&self) -> Row {
        Row { name: self.name.clone(), times: Vec::new(), peak: None, note: self.note.clone() }
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

/// The yardstick, the plain tools, and the packager as a program; the yardstick first.
pub(super) fn outside(paths: &SamplePaths, work: &Path) -> Result<Vec<Contender>> {
    let round = work.join("round");
    Ok(vec![yardstick(paths, &round), plain_tools(paths, &round), package(paths, &round)?])
}

fn yardstick(paths: &SamplePaths, round: &Path) -> Contender {
    let (fresh, round) = (paths.fresh.clone(), round.to_owned());
    if installed("cp", "--version") && installed("openssl", "version") {
        let action = move || {
            let copy = fresh_folder(&round)?.join("X");
            finish(Command::new("cp").arg(&fresh).arg(&copy))?;
            finish(Command::new("openssl").args(["dgst", "-sha256"]).arg(&copy))
        };
        let name = "cp fresh X && openssl dgst -sha256 X".to_owned();
        return Contender { name, action: Some(Box::new(action)), note: None };
    }
    let action = move || {
        let copy = fresh_folder(&round)?.join("X");
        fs::copy(&fresh, &copy).with_context(|| format!("`{}` cannot be copied", fresh.display()))?;
        let copied = File::open(&copy).and_then(fingerprint);
        copied.with_context(|| format!("`{}` cannot be read", copy.display()))?;
        Ok(None)
    };
    let note = "cp or openssl is not installed: done in Rust instead".to_owned();
    Contender { name: "copy and SHA-256".into(), action: Some(Box::new(action)), note: Some(note) }
}

/// Folders of a home that people copy over by hand.
const COPIED: [&str; 5] = ["conf", "dropins", "lib", "registry", "repository/deployment"];

fn plain_tools(paths: &SamplePaths, round: &Path) -> Contender {
    let name = "unzip + cp -r + zip -r -6".to_owned();
    let missing: Vec<_> = [("unzip", "-v"), ("cp", "--version"), ("zip", "-v")]
        .into_iter()
        .filter(|(tool, ask)| !installed(tool, ask))
        .collect();
    if let Some((tool, _)) = missing.first() {
        return Contender { name, action: None, note: Some(format!("skipped: `{tool}` is not installed")) };
    }
    let (paths, round) = (paths.clone(), round.to_owned());
    let action = move || {
        let folder = fresh_folder(&round)?;
        finish(Command::new("unzip").arg("-q").arg(&paths.fresh).arg("-d").arg(&folder))?;
        let tree = folder.join(FRESH_TOP);
        for copied in COPIED {
            let from = paths.home.join(copied);
            if from.is_dir() {
                let to = tree.join(copied);
                fs::create_dir_all(&to).with_context(|| format!("`{}` cannot be made", to.display()))?;
                finish(Command::new("cp").arg("-r").arg(from.join(".")).arg(&to))?;
            }
        }
        finish(Command::new("zip").args(["-q", "-r", "-6", "upgraded.zip", FRESH_TOP]).current_dir(&folder))
    };
    Contender { name, action: Some(Box::new(action)), note: None }
}

fn package(paths: &SamplePaths, round: &Path) -> Result<Contender> {
    let program = env::current_exe().context("the packager does not find its own program")?;
    let (paths, round) = (paths.clone(), round.to_owned());
    let action = move || {
        let mut command = Command::new(&program);
        command.arg("package");
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
    Ok(Contender { name: "package".into(), action: Some(Box::new(action)), note })
}

fn fresh_folder(round: &Path) -> Result<PathBuf> {
    fs::create_dir_all(round).with_context(|| format!("`{}` cannot be made", round.display()))?;
    Ok(round.to_owned())
}

fn installed(tool: &str, ask: &str) -> bool {
    Command::new(tool)
        .arg(ask)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program to its end and gives its peak memory in KiB. What it said is told only when it failed.
fn finish(command: &mut Command) -> Result<Option<u64>> {
    let program = command.get_program().to_string_lossy().into_owned();
    let mut said = tempfile::tempfile().context("no temporary file can be made")?;
    let heard = said.try_clone().context("a temporary file cannot be shared")?;
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(heard).spawn();
    let mut child = child.with_context(|| format!("`{program}` cannot be started"))?;
    let mut peak = None;
    let status = loop {
        peak = peak.max(peak_of(&child));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        // The peak can be read only while the program runs; often enough not to miss its end by much.
        std::thread::sleep(Duration::from_millis(2));
    };
    if !status.success() {
        use std::io::{Read as _, Seek as _};
        let mut text = String::new();
        said.rewind()?;
        said.take(64 * 1024).read_to_string(&mut text).ok();
        let last: Vec<_> = text.lines().rev().take(10).collect();
        bail!("`{program}` ended with {status}: {}", last.into_iter().rev().collect::<Vec<_>>().join(" / "));
    }
    Ok(peak)
}

/// The most memory that a running program has held, in KiB, as Linux tells it.
fn peak_of(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_failing_program_is_told_with_what_it_said() {
        let error = finish(Command::new("sh").args(["-c", "echo why >&2; exit 3"])).expect_err("it fails");
        let error = error.to_string();
        assert!(error.contains("why") && error.contains('3'), "{error}");
        assert!(finish(Command::new("sh").args(["-c", "exit 0"])).is_ok());
        assert!(!installed("no-such-program-anywhere", "--version"));
    }

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
}
