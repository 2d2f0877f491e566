use super::*;
use crate::progress::Quiet;
use crate::report::Document;
use crate::write::tests::{Tree, file, sample, work};
use crate::write::{self, Written};
use std::os::unix::fs::{PermissionsExt, symlink};

const NAME: &str = "up";

/// A bundle that says in its report which one it is.
fn write_bundle(folder: &Path, which: &str) {
    let (_, memory) = sample();
    let tree: Tree = [file("conf/deployment.toml", 0o644, which.as_bytes())].into();
    let documents = |_: &Written| Ok(vec![Document::new("report.txt", which)]);
    write::bundle(&work(&tree, &memory), NAME, folder, &documents, &Quiet).expect("it is written");
}

fn put(out: &Path, which: &str) {
    let slot = open(out, NAME).expect("a free place");
    write_bundle(&slot.partial().expect("a folder"), which);
    assert_eq!(slot.commit().expect("it is put in place"), None);
}

/// Which bundle is in place; it must be whole.
fn in_place(out: &Path) -> Option<String> {
    let folder = out.join(NAME);
    if !folder.exists() {
        return None;
    }
    let verified = verify::bundle(&folder, &Quiet).expect("a bundle");
    assert_eq!(verified.findings, Vec::<String>::new());
    Some(fs::read_to_string(folder.join("report.txt")).expect("it is there"))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// As if the process had been killed: nothing is cleaned up.
fn kill(mut slot: Slot) {
    slot.abandoned = true;
    slot.made_out = false;
}

#[test]
fn a_bundle_takes_its_place_and_then_the_place_of_the_old_one() {
    let out = temporary();
    let out = out.path().join("new/dist");
    put(&out, "old");
    assert_eq!(in_place(&out).as_deref(), Some("old"));
    put(&out, "new");
    assert_eq!(in_place(&out).as_deref(), Some("new"));
    assert_eq!(names(&out), [NAME], "nothing is left beside it");
    let mode = fs::metadata(out.join(NAME)).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
}

#[test]
fn while_it_is_written_the_folder_is_its_owners_alone() {
    let out = temporary();
    let slot = open(out.path(), NAME).expect("a free place");
    let partial = slot.partial().expect("a folder");
    assert_eq!(fs::metadata(partial).expect("there").permissions().mode() & 0o777, 0o700);
}

#[test]
fn dropped_without_commit_it_leaves_everything_as_it_was() {
    let out = temporary();
    let dist = out.path().join("dist");
    drop(open(&dist, NAME).expect("a free place"));
    assert!(!dist.exists(), "a folder made for nothing is removed");
    put(&dist, "old");
    let slot = open(&dist, NAME).expect("a bundle may be replaced");
    write_bundle(&slot.partial().expect("a folder"), "new");
    drop(slot);
    assert_eq!((in_place(&dist).as_deref(), names(&dist)), (Some("old"), vec![NAME.to_owned()]));
}

#[test]
fn killed_after_any_step_a_whole_bundle_is_in_place() {
    for (had_one, then) in [(false, FIRST), (true, EXCHANGE), (true, RENAME)] {
        let steps: Vec<Step> = READY.iter().chain(then).copied().collect();
        for done in 0..=steps.len() {
            let out = temporary();
            if had_one {
                put(out.path(), "old");
            }
            let slot = open(out.path(), NAME).expect("a free place");
            write_bundle(&slot.partial().expect("a folder"), "new");
            for step in &steps[..done] {
                slot.run(*step).expect("the step is done");
            }
            kill(slot);
            let placed = steps[..done].iter().any(|step| matches!(step, Step::Place | Step::Exchange));
            let expected = if placed { Some("new") } else { had_one.then_some("old") };
            let aside = steps[..done].last() == Some(&Step::SetAside);
            if !aside {
                assert_eq!(in_place(out.path()).as_deref(), expected, "at once, after {:?}", &steps[..done]);
            }
            drop(open(out.path(), NAME).expect("the next run"));
            assert_eq!(in_place(out.path()).as_deref(), expected, "after {:?}", &steps[..done]);
            let left = names(out.path());
            assert!(left.is_empty() || left == [NAME], "{left:?}");
            put(out.path(), "newer");
            assert_eq!(in_place(out.path()).as_deref(), Some("newer"));
        }
    }
}

#[test]
fn what_is_half_written_or_half_removed_is_not_taken_for_a_bundle() {
    let (whole, folder) = (temporary(), temporary());
    let out = folder.path();
    write_bundle(whole.path(), "old");
    let files = names(whole.path());
    // Half written: the checksums come last. Half removed: they go first.
    for leftover in [".up.partial", ".up.previous"] {
        for count in 0..files.len() {
            fs::create_dir_all(out.join(leftover)).expect("made");
            for name in files.iter().filter(|name| *name != "SHA256SUMS").take(count) {
                fs::copy(whole.path().join(name), out.join(leftover).join(name)).expect("copied");
            }
            drop(open(out, NAME).expect("a free place"));
            assert_eq!(names(out), Vec::<String>::new(), "{leftover} with {count} files");
        }
    }
}

#[test]
fn two_runs_at_once_are_told_apart() {
    let out = temporary();
    let first = open(out.path(), NAME).expect("a free place");
    let said = open(out.path(), NAME).expect_err("it is taken").to_string();
    assert_eq!(said, format!("another run is writing `{}`", out.path().join(NAME).display()));
    assert!(open(out.path(), "other").is_ok(), "another name is another place");
    let partial = first.partial().expect("a folder");
    assert!(open(out.path(), NAME).is_err());
    assert!(partial.exists(), "who is refused removes nothing");
    drop(first);
    assert!(open(out.path(), NAME).is_ok());
}

#[test]
fn only_a_bundle_or_an_empty_folder_is_replaced() {
    let (out, outside) = (temporary(), temporary());
    let destination = out.path().join(NAME);
    let refused = |what: &str| {
        let said = format!("{:#}", open(out.path(), NAME).expect_err(what));
        assert!(said.contains(&format!("`{}`", destination.display())), "{said}");
        assert!(said.contains(what), "{said}");
    };
    fs::write(&destination, "x").expect("written");
    refused("exists and is no folder");
    fs::remove_file(&destination).expect("removed");

    put(outside.path(), "elsewhere");
    symlink(outside.path().join(NAME), &destination).expect("made");
    refused("exists and is no folder");
    fs::remove_file(&destination).expect("removed");

    fs::create_dir(&destination).expect("made");
    fs::write(destination.join("thesis.txt"), "x").expect("written");
    refused("exists and is no bundle");
    fs::remove_file(destination.join("thesis.txt")).expect("removed");

    put(out.path(), "over an empty folder");
    fs::write(destination.join("thesis.txt"), "x").expect("written");
    refused("holds `thesis.txt`, which is not of the bundle");
    assert!(destination.join("thesis.txt").exists());
}

#[test]
fn names_that_are_no_name_of_a_folder_are_refused() {
    let out = temporary();
    for name in ["", ".", "..", "a/b", "../a", ".hidden", "a\nb", "a\0b", "a\\b", "/tmp"] {
        assert!(open(out.path(), name).is_err(), "{name:?}");
    }
    let file = out.path().join("file");
    fs::write(&file, "x").expect("written");
    assert!(open(&file, NAME).is_err(), "the output folder is a file");
}

#[test]
fn a_file_system_that_cannot_exchange_is_recognised() {
    for (kind, expected) in [
        (io::ErrorKind::Unsupported, true),
        (io::ErrorKind::InvalidInput, true),
        (io::ErrorKind::StorageFull, false),
        (io::ErrorKind::PermissionDenied, false),
    ] {
        let error = Err::<(), _>(io::Error::from(kind)).context("it cannot be put in place").expect_err("an error");
        assert_eq!(is_unsupported(&error), expected, "{kind:?}");
    }
}
