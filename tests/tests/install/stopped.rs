//! `install.sh` killed between its steps, run twice at once, and what it makes of what others left.

use crate::site::{HOME, Site, shells, which};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use upgrade_tests::{Ran, has_tool, run};

/// The beginning of what the locks of runs are called.
const LOCK: &str = ".wso2mi-4.0.0.unpacking.";

/// The name of this machine.
fn machine() -> String {
    run(Command::new("uname").arg("-n")).stdout.trim().to_owned()
}

/// A folder of tools in which one, at its n-th call, kills the run that calls it, before or after it does its work.
fn killing(site: &Site, tool: &str, call: u32, after: bool) -> PathBuf {
    let folder = site.tools(&["unzip"]);
    let real = which(tool).display().to_string();
    let count = site.folder.path().join("count");
    let _ = fs::remove_file(&count);
    let first = if after { format!("{real} \"$@\"; ") } else { String::new() };
    // The run's own number is in the name of its lock; what asks may be a part of it.
    let script = format!(
        "#!/bin/sh\necho x >>'{}'\nif [ \"$(wc -l <'{0}')\" -eq {call} ]; then {first}run=$(echo \"$LOCKS\"*); \
         run=${{run##*unpacking.}}; run=${{run%@*}}; [ \"$run\" != '*' ] || run=$PPID; kill -9 $run; exit 1; fi\nexec {real} \"$@\"\n",
        count.display()
    );
    let path = folder.join(tool);
    fs::remove_file(&path).expect("a link");
    fs::write(&path, script).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    folder
}

fn killed(site: &Site, arguments: &[&str], tools: &Path) {
    let mut command = Command::new(which("sh"));
    command.arg(site.bundle.join("install.sh")).args(arguments).arg(&site.parent);
    let ran = run(command.env("PATH", tools).env("LOCKS", site.parent.join(LOCK)).stdin(Stdio::null()));
    assert_eq!(ran.code, None, "{arguments:?} is not killed: {}{}", ran.stdout, ran.stderr);
}

#[test]
fn killed_between_any_two_steps_the_next_run_mends_it() {
    if !has_tool("unzip") {
        return;
    }
    // Renames: the former one aside, the new one into place. Before them, whatever touches the folder.
    let steps = [
        ("mkdir", 1, false),
        ("mkdir", 1, true),
        ("ln", 1, false),
        ("ln", 1, true),
        ("unzip", 1, false),
        ("unzip", 1, true),
        ("rm", 1, false),
        ("chmod", 1, true),
        ("sync", 1, false),
        ("mv", 1, false),
        ("mv", 1, true),
        ("mv", 2, false),
        ("mv", 2, true),
        ("sync", 2, true),
    ];
    let site = Site::new();
    for (tool, call, after) in steps {
        let what = format!("{tool}, call {call}, after {after}");
        for is_rolled_back in [false, true] {
            if is_rolled_back && !["mv", "unzip"].contains(&tool) {
                continue;
            }
            site.empty();
            assert_eq!(site.install(&["sh"]).code, Some(0));
            site.mark("former");
            killed(&site, &[], &killing(&site, tool, call, after));
            let is_placed = (tool, call, after) == ("mv", 2, true) || (tool, call) == ("sync", 2);
            assert_eq!(
                site.home("").exists(),
                !matches!((tool, call, after), ("mv", 1, true) | ("mv", 2, false)),
                "{what}"
            );
            if is_rolled_back {
                let ran = site.roll_back(&["sh"]);
                // Where nothing was replaced, there is nothing to go back to, and the former one stands.
                let is_possible = is_placed || (tool, call, after) == ("mv", 1, true) || (tool, call) == ("mv", 2);
                assert_eq!(ran.code, Some(i32::from(!is_possible)), "{what}: {}", ran.stderr);
                assert_eq!(site.marked("").as_deref(), Some("former"), "{what}");
                let kept = format!("{HOME}.rolled-back-1");
                site.has(&[HOME, kept.as_str()][..if is_placed { 2 } else { 1 }], &what);
            } else {
                let ran = site.install(&["sh"]);
                assert_eq!(ran.code, Some(0), "{what}: {}", ran.stderr);
                site.is_whole(&what);
                assert_eq!(site.marked(".before-1").as_deref(), Some("former"), "{what}");
                let (one, two) = (format!("{HOME}.before-1"), format!("{HOME}.before-2"));
                site.has(&[HOME, one.as_str(), two.as_str()][..if is_placed { 3 } else { 2 }], &what);
            }
        }
    }
}

#[test]
fn a_killed_rollback_is_taken_up() {
    if !has_tool("unzip") {
        return;
    }
    let site = Site::new();
    for (call, after) in [(1, false), (1, true), (2, false), (2, true)] {
        let what = format!("call {call}, after {after}");
        site.empty();
        assert_eq!(site.install(&["sh"]).code, Some(0));
        site.mark("former");
        assert_eq!(site.install(&["sh"]).code, Some(0));
        killed(&site, &["--rollback"], &killing(&site, "mv", call, after));
        let ran = site.roll_back(&["sh"]);
        let is_done = (call, after) == (2, true);
        assert_eq!(ran.code, Some(i32::from(is_done)), "{what}: {}", ran.stderr);
        assert_eq!(site.marked("").as_deref(), Some("former"), "{what}");
        site.has(&[HOME, &format!("{HOME}.rolled-back-1")], &what);
    }
}

/// A run that comes upon a leftover is killed as well, at any of its steps there.
#[test]
fn killed_while_it_cleans_up_after_another_the_next_run_mends_both() {
    if !has_tool("unzip") {
        return;
    }
    let site = Site::new();
    for (tool, call, after) in
        [("mkdir", 1, true), ("mv", 1, false), ("mv", 1, true), ("chmod", 1, true), ("rm", 1, false), ("ln", 1, true)]
    {
        let what = format!("{tool}, call {call}, after {after}");
        site.empty();
        assert_eq!(site.install(&["sh"]).code, Some(0));
        site.mark("former");
        killed(&site, &[], &killing(&site, "mv", 2, false));
        assert!(!site.home("").exists(), "{what}");
        let tools = killing(&site, tool, call, after);
        let text =
            fs::read_to_string(tools.join(tool)).expect("a script").replace("read -r run _ <\"$OWNER\"", "false");
        fs::write(tools.join(tool), text).expect("a script");
        killed(&site, &[], &tools);
        // What the second one mended already needs no mending.
        let is_mended = site.home("").exists();
        let ran = site.roll_back(&["sh"]);
        assert_eq!(ran.code, Some(i32::from(is_mended)), "{what}: {}", ran.stderr);
        assert_eq!(is_mended, !matches!((tool, after), ("mkdir", _) | ("mv", false)), "{what}");
        assert_eq!(site.marked("").as_deref(), Some("former"), "{what}");
        site.has(&[HOME], &what);
    }
}

#[test]
fn a_signal_leaves_what_was_there() {
    if !has_tool("unzip") {
        return;
    }
    let site = Site::new();
    for (tool, call) in [("unzip", 1), ("mv", 2)] {
        site.empty();
        assert_eq!(site.install(&["sh"]).code, Some(0));
        site.mark("former");
        let tools = killing(&site, tool, call, false);
        let text = fs::read_to_string(tools.join(tool)).expect("a script").replace("kill -9 ", "kill -TERM ");
        fs::write(tools.join(tool), text).expect("a script");
        let mut command = Command::new(which("sh"));
        command
            .arg(site.bundle.join("install.sh"))
            .arg(&site.parent)
            .env("PATH", &tools)
            .env("LOCKS", site.parent.join(LOCK));
        let ran = run(&mut command);
        assert!(ran.code.is_some_and(|code| code != 0), "{tool}: {:?}", ran.code);
        site.has(&[HOME], tool);
        assert_eq!(site.marked("").as_deref(), Some("former"), "{tool}");
    }
}

#[test]
fn locks_of_others_are_told_from_leftovers() {
    if !has_tool("unzip") {
        return;
    }
    let site = Site::new();
    // A run that lives is one whose command line names the script.
    let mut other =
        Command::new("sh").args(["-c", "read -r line", "install.sh"]).stdin(Stdio::piped()).spawn().expect("it");
    for shell in shells() {
        for (number, host, word) in [
            (other.id(), machine(), "another run is installing"),
            (1, "elsewhere".to_owned(), "another machine is installing"),
        ] {
            let name = format!("{LOCK}{number}@{host}");
            fs::create_dir(site.parent.join(&name)).expect("a lock");
            for ran in [site.install(shell), site.roll_back(shell)] {
                assert_eq!(ran.code, Some(1), "{shell:?} {word}: {}", ran.stderr);
                assert!(ran.stderr.contains(word), "{shell:?}: {}", ran.stderr);
            }
            site.has(&[&name], word);
            fs::remove_dir(site.parent.join(name)).expect("a lock");
        }
        // The number went to another program meanwhile, or is nobody's; and a name set aside leads elsewhere.
        for number in [std::process::id(), 999_999_999] {
            let lock = site.parent.join(format!("{LOCK}{number}@{}", machine()));
            fs::create_dir_all(lock.join("deep/er")).expect("a lock");
            fs::set_permissions(lock.join("deep"), fs::Permissions::from_mode(0o500)).expect("a mode");
            fs::write(lock.join("set-aside"), "../the.pub\n").expect("a file");
            let ran = site.install(shell);
            assert_eq!(ran.code, Some(0), "{shell:?} {number}: {}", ran.stderr);
            assert!(ran.stdout.contains("was stopped"), "{shell:?} {number}: {}", ran.stdout);
            site.has(&[HOME], "a leftover");
            fs::remove_dir_all(site.home("")).expect("an installation");
        }
    }
    drop(other.stdin.take());
    other.wait().expect("its end");
}

#[test]
fn of_runs_at_the_same_time_each_installs_or_says_that_another_does() {
    if !has_tool("unzip") {
        return;
    }
    let site = Site::new();
    for left in [0, 1, 3, 0, 3] {
        for number in 0..left {
            let lock = site.parent.join(format!("{LOCK}{}@{}", 999_999_999 - number, machine()));
            fs::create_dir(lock).expect("a leftover");
        }
        let spawn = |_| {
            let mut command = site.install_command(&["sh"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
        };
        let children: Vec<_> = (0..6).map(spawn).collect();
        let ended = children.into_iter().map(|child| Ran::from(child.wait_with_output().expect("its end")));
        let (done, refused): (Vec<_>, Vec<_>) = ended.partition(|ran| ran.code == Some(0));
        for ran in refused {
            assert!(ran.code == Some(1) && ran.stderr.contains("is installing into"), "{}", ran.stderr);
        }
        site.is_whole("at the same time");
        assert_eq!(site.there().len(), done.len(), "{:?}", site.there());
        assert!(!done.is_empty());
        site.empty();
    }
}
