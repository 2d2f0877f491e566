//! Programs that are run and watched.
//!
//! In: a command. Out: whether it ended well, and the memory that it held. Always: nothing of it is shown; what it said
//! is told when it failed.

use anyhow::{Context, Result, bail};
use std::fs;
use std::io::{Read as _, Seek as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Whether a tool is there, by a question that it answers.
pub(super) fn installed(tool: &str, ask: &str) -> bool {
    Command::new(tool)
        .arg(ask)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program to its end and gives its peak memory in KiB. What it said is told only when it failed.
pub(super) fn finish(command: &mut Command) -> Result<Option<u64>> {
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
    status_of(&child.id().to_string(), "VmHWM:")
}

fn status_of(process: &str, field: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Does something, and gives by how many KiB the most memory that this process held meanwhile was above what it held
/// before, where the system tells.
///
/// Source: Linux, `proc_pid_clear_refs(5)`: 5 sets the peak to what is held.
pub(super) fn rise(action: impl FnOnce() -> Result<()>) -> Result<Option<u64>> {
    let is_set = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = status_of("self", "VmRSS:").filter(|_| is_set);
    action()?;
    let peak = status_of("self", "VmHWM:");
    Ok(before.zip(peak).map(|(before, peak)| peak.saturating_sub(before)))
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
    fn what_is_held_meanwhile_is_seen_after_it_is_gone() {
        let mut ran = false;
        let seen = rise(|| {
            let held = vec![1_u8; 64 << 20];
            ran = held.iter().all(|byte| *byte == 1);
            Ok(())
        });
        assert!(ran);
        // Other tests hold and give back memory in the same process, so only the order of size is sure.
        assert!(seen.expect("it works").is_none_or(|kib| kib > 32 << 10));
        assert!(rise(|| bail!("no")).is_err());
    }
}
