#![cfg(unix)]

use super::*;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        if name.ends_with('/') {
            fs::create_dir_all(path).expect("made");
        } else {
            fs::write(path, name).expect("written");
        }
    }
    folder
}

fn list_plain(path: &Path) -> anyhow::Result<Inventory> {
    list(path, &mut Sources::new(), &Limits::default(), &ListRules::plain())
}

fn trouble<'a>(inventory: &'a Inventory, path: &str) -> &'a str {
    inventory.get(path).and_then(|entry| entry.trouble.as_deref()).unwrap_or_default()
}

#[test]
fn a_folder_is_listed_with_modes_links_and_empty_folders() {
    let home = folder(&["conf/deployment.toml", "repository/empty/", "bin/a b (1).sh", "registry/Länder.xml"]);
    fs::set_permissions(home.path().join("bin/a b (1).sh"), fs::Permissions::from_mode(0o4750)).expect("a mode");
    symlink("deployment.toml", home.path().join("conf/link")).expect("a link");
    symlink("../../../logs", home.path().join("repository/logs")).expect("a link");
    let link = folder(&[]);
    symlink(home.path(), link.path().join("home")).expect("a link");
    for root in [home.path().to_owned(), link.path().join("home")] {
        let inventory = list_plain(&root).expect("a folder");
        assert_eq!(
            listing(&inventory),
            [
                "bin/",
                "bin/a b (1).sh",
                "conf/",
                "conf/deployment.toml",
                "conf/link -> deployment.toml",
                "registry/",
                "registry/Länder.xml",
                "repository/",
                "repository/empty/",
                "repository/logs -> ../../../logs",
            ]
        );
        assert_eq!(inventory.get("bin/a b (1).sh").map(|entry| (entry.mode, entry.size)), Some((0o750, 14)));
        assert!(inventory.entries.values().all(|entry| entry.digest.is_none() && entry.trouble.is_none()));
        assert_eq!((inventory.top, inventory.name), (None, root.display().to_string()));
    }
}

#[test]
fn a_top_folder_on_disk_is_taken_off_as_in_an_archive() {
    for (files, top, expected) in [
        (
            &["mi/conf/a", ".DS_Store", "__MACOSX/mi/._a"][..],
            Some("mi"),
            &[".DS_Store", "__MACOSX/", "__MACOSX/mi/", "__MACOSX/mi/._a", "conf/", "conf/a"][..],
        ),
        (&["mi/.DS_Store", "mi/a", ".DS_Store"], Some("mi"), &[".DS_Store", "__MACOSX/.DS_Store", "a"]),
        (&["conf/a"], None, &["conf/", "conf/a"]),
        (&["a"], None, &["a"]),
        (&["mi/a", "other/"], None, &["mi/", "mi/a", "other/"]),
        (&[], None, &[]),
    ] {
        let home = folder(files);
        let inventory = list_plain(home.path()).expect("a folder");
        assert_eq!(
            (inventory.top.as_deref(), listing(&inventory)),
            (top, expected.iter().map(|name| (*name).to_owned()).collect())
        );
    }
}

#[test]
fn what_lies_in_a_skipped_folder_is_listed_by_name_alone() {
    let home = folder(&["conf/a", "repository/logs/x", "tmp/deep/y"]);
    // A name that has no place in an inventory gets a stand-in where nothing will be read.
    fs::write(home.path().join("repository/logs").join(std::ffi::OsStr::from_bytes(b"a\xff")), "").expect("written");
    symlink("/nowhere", home.path().join("wso2")).expect("a link");
    let skip = |path: &EntryPath| ["repository/logs", "tmp", "wso2"].contains(&path.as_str());
    let rules = ListRules { skip: &skip, follow: &|_| true };
    let inventory = list(home.path(), &mut Sources::new(), &Limits::default(), &rules).expect("a folder");
    assert_eq!(
        listing(&inventory),
        [
            "conf/",
            "conf/a",
            "repository/",
            "repository/logs/",
            "repository/logs/a?",
            "repository/logs/x",
            "tmp/",
            "tmp/deep/",
            "tmp/deep/y",
            "wso2 -> /nowhere",
        ]
    );

    let error = list_plain(home.path()).expect_err("a name").to_string();
    assert!(error.contains("in `repository/logs`: the name `a\\xff` is not UTF-8: rename the file"), "{error}");
    let home = folder(&["conf/a\\b"]);
    let error = list_plain(home.path()).expect_err("a name").to_string();
    assert!(error.contains("holds a backslash"), "{error}");
}

#[test]
fn links_are_followed_where_the_rules_say_so_and_circles_end() {
    let home = folder(&["conf/a", "conf/sub/b"]);
    let outside = folder(&["data/keys/k.jks", "data/more"]);
    let link = |target: &Path, name: &str| symlink(target, home.path().join(name)).expect("a link");
    link(&outside.path().join("data"), "data");
    link(&outside.path().join("data/more"), "file");
    link(Path::new("conf"), "again");
    link(Path::new(".."), "conf/sub/up");
    link(Path::new("gone"), "dangling");
    link(Path::new("loop"), "loop");
    symlink("..", outside.path().join("data/keys/back")).expect("a link");
    let rules = ListRules { skip: &|_| false, follow: &|_| true };
    let mut sources = Sources::new();
    let mut inventory = list(home.path(), &mut sources, &Limits::default(), &rules).expect("a folder");
    fill(&mut inventory, &sources, &|_, _| Want::Digest, &no_facts(), &Quiet).expect("read");
    let names = listing(&inventory);
    for name in
        ["data/", "data/keys/k.jks", "file", "again/", "again/a", "again/sub/b", "dangling -> gone", "loop -> loop"]
    {
        assert!(names.iter().any(|entry| entry == name), "{name} in {names:?}");
    }
    assert!(trouble(&inventory, "dangling").contains("leads nowhere"));
    assert!(trouble(&inventory, "loop").contains("leads nowhere"));
    for circle in ["conf/sub/up", "again/sub/up", "data/keys/back"] {
        assert!(trouble(&inventory, circle).contains("back to a folder above it"), "{circle} {names:?}");
    }
    assert_eq!(inventory.get("file").and_then(|entry| entry.digest), Some(crate::digest::Digest::of(b"data/more")));
    assert_eq!(names.len(), 18, "{names:?}");
}

#[test]
fn what_is_no_file_has_a_trouble_and_is_not_opened() {
    let home = folder(&["conf/a", "b"]);
    let _socket = std::os::unix::net::UnixListener::bind(home.path().join("socket")).expect("a socket");
    let mut sources = Sources::new();
    let mut inventory = list(home.path(), &mut sources, &Limits::default(), &ListRules::plain()).expect("a folder");
    fill(&mut inventory, &sources, &|_, _| Want::Digest, &no_facts(), &Quiet).expect("read");
    assert!(trouble(&inventory, "socket").contains("a device, a pipe or a socket"));
    assert!(inventory.get("b").is_some_and(|entry| entry.digest.is_some()));

    let limits = Limits { entries: 2, ..Limits::default() };
    let error = list(home.path(), &mut sources, &limits, &ListRules::plain()).expect_err("too many").to_string();
    assert!(error.contains("holds more than 2 entries"), "{error}");
    let error = list_plain(&home.path().join("gone")).expect_err("nothing").to_string();
    assert!(error.contains("cannot be found"), "{error}");
    let error = list_plain(&home.path().join("socket")).expect_err("a socket").to_string();
    assert!(error.contains("is neither a folder nor a zip nor a tar.gz archive"), "{error}");
    let error = list_plain(&home.path().join("b")).expect_err("a text").to_string();
    assert!(error.contains("/b` is neither a folder nor a zip nor a tar.gz archive"), "{error}");
}

#[test]
fn a_file_that_changes_or_goes_while_it_is_read_has_a_trouble() {
    let home = folder(&["grown", "touched", "gone", "meanwhile", "still"]);
    let mut sources = Sources::new();
    let mut inventory = list(home.path(), &mut sources, &Limits::default(), &ListRules::plain()).expect("a folder");
    let before = |name: &str| inventory.get(name).expect("an entry").content.clone();
    let (touched, gone, still) = (before("touched"), before("gone"), before("still"));

    fs::write(home.path().join("grown"), "more than it was").expect("written");
    let later = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let touch = |name: &str| {
        fs::File::options().write(true).open(home.path().join(name)).and_then(|file| file.set_modified(later))
    };
    touch("touched").expect("touched");
    fs::remove_file(home.path().join("gone")).expect("removed");
    let extract = |path: &EntryPath, _: &Entry, _: &mut dyn ReadSeek| {
        if path.as_str() == "meanwhile" {
            touch("meanwhile").expect("touched");
        }
        crate::inventory::Facts::default()
    };
    fill(&mut inventory, &sources, &|_, _| Want::DigestAndFacts, &extract, &Quiet).expect("read");
    for name in ["grown", "touched", "meanwhile"] {
        assert_eq!(trouble(&inventory, name), "changed while it was read", "{name}");
        assert_eq!(inventory.get(name).and_then(|entry| entry.digest), None);
    }
    assert!(trouble(&inventory, "gone").starts_with("cannot be read: "));
    assert!(inventory.get("still").is_some_and(|entry| entry.digest.is_some()));

    let message = |content| sources.open(content).err().map(|error| format!("{error:#}")).unwrap_or_default();
    assert!(message(&touched).contains("touched` has changed since it was listed"), "{}", message(&touched));
    assert!(message(&gone).contains("gone` cannot be opened"));
    let mut reader = sources.open(&still).expect("opened");
    touch("still").expect("touched");
    let error = reader.read_to_end(&mut Vec::new()).expect_err("changed meanwhile").to_string();
    assert!(error.contains("still` has changed since it was listed"), "{error}");
    assert!(sources.open_raw(&gone).expect("no archive").is_none());
}
