//! A run that is stopped at any moment leaves a whole bundle, old or new, or none where there was none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use upgrade_tests::{Case, NAME, Seeded, Trees, has_tool, json, names_in, program, run, skipped};
use xtask::progress::Quiet;
use xtask::sample::put;

/// How often a run is killed, spread evenly over the time that a whole one takes, and a little longer.
const TIMES: u32 = 40;

/// Two bundles are told apart by their time.
const OLD: &str = "1000000000";
const NEW: &str = "1500000000";

/// The sample with something to write that takes a while.
fn slow() -> Case {
    let mut trees = Trees::sample();
    let mut random = Seeded(7);
    let bytes: Vec<u8> = (0..1 << 19).flat_map(|_| random.next().to_le_bytes()).collect();
    put(&mut trees.home, "bigdata/random.bin", bytes);
    Case::of(&trees)
}

/// What can happen to a run, and what it leaves.
trait Stopped {
    fn command(&self, time: &str) -> Command;
    /// Runs to the end, and says how long it took.
    fn whole(&self, time: &str) -> Duration;
    /// Runs for so long.
    fn killed_after(&self, delay: Duration, time: &str);
    /// The time of the whole bundle that is there; `None` where none is.
    fn time(&self, what: &str) -> Option<String>;
    /// What a stopped run leaves is hidden, and only the next run's to take up.
    fn leftovers_are_no_bundles(&self, what: &str);
}

impl Stopped for Case {
    fn command(&self, time: &str) -> Command {
        let mut command = program!("package", "--out", self.out());
        command.args(self.given.arguments()).env("SOURCE_DATE_EPOCH", time);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn whole(&self, time: &str) -> Duration {
        let start = Instant::now();
        let ran = run(self.command(time).stderr(Stdio::piped()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(names_in(&self.out()), [NAME], "a whole run leaves something beside the bundle");
        start.elapsed()
    }

    fn killed_after(&self, delay: Duration, time: &str) {
        let mut child = self.command(time).spawn().expect("the program starts");
        std::thread::sleep(delay);
        // It may have ended just now.
        let _ = child.kill();
        child.wait().expect("it ended");
    }

    fn time(&self, what: &str) -> Option<String> {
        let bundle = self.bundle();
        if !bundle.exists() {
            return None;
        }
        let verified = xtask::verify::bundle(&bundle, &Quiet).unwrap_or_else(|error| panic!("{what}: {error:#}"));
        assert!(verified.findings.is_empty(), "{what}: {:?}", verified.findings);
        Some(json(&bundle.join("manifest.json"))["time"].as_str().expect("a time")[..4].to_owned())
    }

    fn leftovers_are_no_bundles(&self, what: &str) {
        for name in names_in(&self.out()).iter().filter(|name| *name != NAME) {
            assert!(name.starts_with(&format!(".{NAME}.")), "{what}: `{name}` is left");
            let path = self.out().join(name);
            // The old bundle on its way out is whole or has no checksums; what is being written has none yet.
            if path.join("SHA256SUMS").exists() {
                let ran = run(&mut program!("verify", &path));
                assert_eq!(ran.code, Some(0), "{what}: `{name}` could be mistaken for a bundle: {}", ran.stderr);
            }
        }
    }
}

fn year(time: &str) -> &'static str {
    if time == OLD { "2001" } else { "2017" }
}

#[test]
fn a_killed_run_leaves_the_old_bundle_or_the_new_one() {
    let case = slow();
    case.whole(OLD);
    let duration = case.whole(OLD).max(case.whole(OLD));
    let mut seen = [0, 0];
    for number in 1..=TIMES {
        let what = format!("killed after {number}/{TIMES} of {duration:?}");
        case.killed_after(duration * number / TIMES * 11 / 10, NEW);
        let found = case.time(&what).unwrap_or_else(|| panic!("{what}: no bundle is there"));
        assert!([year(OLD), year(NEW)].contains(&found.as_str()), "{what}: {found}");
        seen[usize::from(found == year(NEW))] += 1;
        case.leftovers_are_no_bundles(&what);
        case.whole(OLD);
        assert_eq!(case.time(&what).as_deref(), Some(year(OLD)));
    }
    assert!(seen[0] > 0, "no run was killed early enough: {seen:?}");
}

#[test]
fn a_killed_first_run_leaves_nothing_or_a_whole_bundle() {
    let case = slow();
    let duration = case.whole(NEW);
    let mut seen = [0, 0];
    for number in 1..=TIMES {
        fs::remove_dir_all(case.out()).expect("the bundle");
        let what = format!("killed after {number}/{TIMES} of {duration:?}");
        case.killed_after(duration * number / TIMES * 11 / 10, NEW);
        let found = case.time(&what);
        seen[usize::from(found.is_some())] += 1;
        case.leftovers_are_no_bundles(&what);
        case.whole(NEW);
    }
    assert!(seen[0] > 0, "no run was killed early enough: {seen:?}");
}

/// The calls by which a bundle is put in its place, and how often each comes at most.
const CALLS: [(&str, u32); 9] = [
    ("flock", 1),
    ("mkdir,mkdirat", 2),
    ("fchmod,chmod,fchmodat", 7),
    ("fsync", 9),
    ("rename,renameat,renameat2", 2),
    ("unlink", 3),
    ("unlinkat", 8),
    ("rmdir", 2),
    ("ftruncate", 1),
];

/// Kills a run right before one of its calls: before the exchange, between the exchange and what follows, and so on.
fn killed_at(case: &Case, calls: &str, number: u32) -> bool {
    let inject = format!("inject={calls}:signal=SIGKILL:when={number}");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &inject]);
    command.arg(upgrade_tests::under_test()).args(["package", "--out"]).arg(case.out());
    let ran = run(command.args(case.given.arguments()).env("SOURCE_DATE_EPOCH", NEW));
    ran.code != Some(0)
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_killed_right_before_each_of_its_calls_leaves_a_whole_bundle() {
    if !has_tool("strace") {
        return;
    }
    if run(Command::new("strace").args(["-qq", "-o", "/dev/null", "true"])).code != Some(0) {
        return skipped("strace may not trace here");
    }
    let case = slow();
    case.whole(OLD);
    let mut kills = 0;
    for (calls, most) in CALLS {
        for number in 1..=most {
            let what = format!("killed right before {calls} number {number}");
            let was_killed = killed_at(&case, calls, number);
            assert!(case.time(&what).is_some(), "{what}: no bundle is there");
            case.leftovers_are_no_bundles(&what);
            if !was_killed {
                break;
            }
            kills += 1;
            case.whole(OLD);
        }
    }
    assert!(kills > 20, "only {kills} runs were killed");
    // The same where nothing was there before.
    for (calls, number) in [("fsync", 1), ("fsync", 7), ("rename,renameat,renameat2", 1), ("fsync", 8), ("unlink", 1)] {
        fs::remove_dir_all(case.out()).expect("the bundle");
        let what = format!("a first run killed right before {calls} number {number}");
        killed_at(&case, calls, number);
        case.time(&what);
        case.leftovers_are_no_bundles(&what);
        case.whole(OLD);
    }
}

/// A small file system in memory, gone with the value.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(place: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(place).expect("a folder");
        if !has_tool("mount") || !has_tool("umount") {
            return None;
        }
        let ran = run(Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(place));
        if ran.code != Some(0) {
            skipped(&format!("no small disk can be mounted: {}", ran.stderr.trim()));
            return None;
        }
        Some(Self(place.to_owned()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_clear_error_and_leaves_the_old_bundle() {
    let case = slow();
    // First the disk is full in the middle of the archive, then right after it.
    for size in ["1m", "4400k"] {
        let small = Case::with(case.given.clone());
        let Some(_disk) = SmallDisk::mount(&small.out(), size) else { return };
        let sample = run(program!("package", "--sample", "--out", small.out()).env("SOURCE_DATE_EPOCH", OLD));
        assert_eq!(sample.code, Some(0), "{}", sample.stderr);
        let ran = run(small.command(NEW).stderr(Stdio::piped()));
        assert_eq!(ran.code, Some(1), "{size}: {}", ran.stderr);
        assert!(ran.stderr.contains("disk is full") && ran.stderr.contains("--out"), "{size}: {}", ran.stderr);
        assert_eq!(small.time(size).as_deref(), Some(year(OLD)), "{size}");
        assert_eq!(names_in(&small.out()), [NAME], "{size}");
    }
}
