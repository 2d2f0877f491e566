//! `install.sh`: installs, keeps what was there, takes it back, and refuses.

use crate::site::{HOME, Site, shells};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use upgrade_tests::{files_in, has_tool, names_in, run, skipped};

fn can_unpack() -> bool {
    let can = ["unzip", "bsdtar", "busybox"].into_iter().any(has_tool);
    if !can {
        skipped("nothing unpacks a zip");
    }
    can
}

#[test]
fn it_installs_installs_again_and_rolls_back() {
    if !can_unpack() {
        return;
    }
    let site = Site::new();
    // A medium that nobody may write to; who is root may all the same, and then the comparison below tells.
    let read_only = |mode| fs::set_permissions(&site.bundle, fs::Permissions::from_mode(mode)).expect("a mode");
    read_only(0o555);
    let before = files_in(&site.bundle);
    for shell in shells() {
        let ran = site.install(shell);
        assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.stderr);
        assert!(ran.stdout.contains("Next: step 9, Give the password of the keystore, of "), "{}", ran.stdout);
        site.is_whole("the first");
        site.has(&[HOME], "the first");
        for (number, kept) in [(1, vec![".before-1"]), (2, vec![".before-1", ".before-2"])] {
            site.mark(&number.to_string());
            let ran = site.install(shell);
            assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.stderr);
            site.is_whole("again");
            let names: Vec<_> = kept.iter().map(|ending| format!("{HOME}{ending}")).collect();
            let mut expected = vec![HOME];
            expected.extend(names.iter().map(String::as_str));
            site.has(&expected, "again");
            assert_eq!(site.marked(&format!(".before-{number}")), Some(number.to_string()));
        }
        for (number, text) in [(1, "2"), (2, "1")] {
            let ran = site.roll_back(shell);
            assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.stderr);
            assert_eq!(site.marked("").as_deref(), Some(text));
            assert!(site.home(&format!(".rolled-back-{number}")).is_dir());
        }
        let ran = site.roll_back(shell);
        assert!(ran.code == Some(1) && ran.stderr.contains("nothing to go back to"), "{shell:?}: {}", ran.stderr);
        let expected = [HOME.to_owned(), format!("{HOME}.rolled-back-1"), format!("{HOME}.rolled-back-2")];
        assert_eq!(site.there(), expected, "{shell:?}");
        assert_eq!(names_in(site.folder.path()).len(), 3, "it writes elsewhere");
        site.empty();
    }
    assert!(files_in(&site.bundle) == before, "it writes into the bundle");
    read_only(0o755);
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    if !can_unpack() {
        return;
    }
    let site = Site::new();
    for umask in ["000", "022", "077", "0777"] {
        let script = "umask \"$1\"; shift; exec sh \"$@\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, "-", umask]).arg(site.bundle.join("install.sh")).arg(&site.parent);
        let ran = run(&mut command);
        assert_eq!(ran.code, Some(0), "{umask}: {}", ran.stderr);
        site.is_whole(umask);
    }
    let store = site.home("").join("repository/resources/security/corp.jks");
    assert_eq!(fs::metadata(store).expect("a keystore").permissions().mode() & 0o777, 0o400);
}

#[test]
fn a_bundle_that_is_not_whole_is_not_installed() {
    let site = Site::new();
    let names: Vec<_> = files_in(&site.bundle)
        .into_keys()
        .filter(|name| !["verify.sh", "install.sh"].contains(&name.as_str()))
        .collect();
    for shell in shells() {
        // As a copy that stopped leaves it: some files are there, one in part, the others not yet.
        for (number, name) in names.iter().enumerate().step_by(3) {
            let kept = files_in(&site.bundle);
            let path = site.bundle.join(name);
            fs::write(&path, &kept[name][..kept[name].len() / 2]).expect("a file");
            for later in &names[number + 1..] {
                fs::remove_file(site.bundle.join(later)).expect("a file");
            }
            let ran = site.install(shell);
            assert_eq!(ran.code, Some(4), "{shell:?} {name}: {}", ran.stderr);
            assert!(ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
            site.has(&[], name);
            for (name, bytes) in kept {
                fs::write(site.bundle.join(name), bytes).expect("a file");
            }
        }
    }
    let ran = run(site.script(&["sh"], "install.sh").args(["--public-key", "the.pub"]).arg(&site.parent));
    assert!(ran.code == Some(4) && ran.stderr.contains("not signed"), "{}", ran.stderr);
    site.has(&[], "not signed");
}

#[test]
fn what_unpacks_to_something_else_than_the_manifest_says_is_not_installed() {
    if !can_unpack() {
        return;
    }
    let site = Site::new();
    assert_eq!(site.install(&["sh"]).code, Some(0));
    site.mark("former");
    let manifest = fs::read_to_string(site.bundle.join("manifest.json")).expect("a manifest");
    let script = manifest.lines().find(|line| line.contains("bin/micro-integrator.sh\"")).expect("an entry");
    let link = manifest.lines().find(|line| line.contains("\"symlink\"")).expect("an entry");
    for (changed, word) in [
        (
            manifest.replacen("\"sha256\":\"", "\"sha256\":\"0", 2).replacen("\"sha256\":\"0", "\"sha256\":\"", 1),
            "files have",
        ),
        (manifest.replace(script, &script.replace(".sh\"", ".sh2\"")), "files have their SHA-256"),
        (manifest.replace(&format!("{script}\n"), ""), "entries in place of"),
        (manifest.replace(link, &link.replace("\"target\":\"", "\"target\":\"x")), "a link leads elsewhere"),
        (String::new(), "it lists no file"),
    ] {
        assert!(changed != manifest, "{word}");
        fs::write(site.bundle.join("manifest.json"), changed).expect("a file");
        site.reseal();
        for shell in shells() {
            let ran = site.install(shell);
            assert_eq!(ran.code, Some(1), "{shell:?} {word}: {}", ran.stderr);
            assert!(ran.stderr.contains(word) && ran.stderr.contains("nothing was changed"), "{word}: {}", ran.stderr);
            site.has(&[HOME], word);
            assert_eq!(site.marked("").as_deref(), Some("former"));
        }
    }
}

#[test]
fn a_running_server_is_neither_replaced_nor_rolled_back() {
    if !can_unpack() {
        return;
    }
    let site = Site::new();
    assert_eq!((site.install(&["sh"]).code, site.install(&["sh"]).code), (Some(0), Some(0)));
    let mut ended = Command::new("true").spawn().expect("a process");
    ended.wait().expect("its end");
    for shell in shells() {
        let pid = site.home("").join("wso2carbon.pid");
        for text in [format!("{}\n", std::process::id()), std::process::id().to_string()] {
            fs::write(&pid, text).expect("a file");
            for ran in [site.install(shell), site.roll_back(shell)] {
                assert!(ran.code == Some(1) && ran.stderr.contains("seems to run"), "{shell:?}: {}", ran.stderr);
            }
        }
        fs::remove_file(&pid).expect("a file");
        site.has(&[HOME, &format!("{HOME}.before-1")], "a running server");
    }
    for text in
        [ended.id().to_string(), String::new(), "none".to_owned(), "-1".to_owned(), "1 2".to_owned(), "9".repeat(40)]
    {
        fs::write(site.home("").join("wso2carbon.pid"), &text).expect("a file");
        let ran = site.install(&["sh"]);
        assert_eq!(ran.code, Some(0), "{text}: {}", ran.stderr);
    }
}

#[test]
fn folders_that_will_not_do_are_refused() {
    let site = Site::new();
    fs::write(site.folder.path().join("file"), "").expect("a file");
    fs::create_dir(site.folder.path().join("-x")).expect("a folder");
    let bundle = site.bundle.to_str().expect("UTF-8").to_owned();
    for shell in shells() {
        for (arguments, code, word) in [
            (&["--help"][..], 0, "Usage: "),
            (&[], 2, "one FOLDER"),
            (&["a", "b"], 2, "one FOLDER"),
            (&[""], 2, "one FOLDER"),
            (&["--nonsense", "a"], 2, "unknown option"),
            (&["--public-key"], 2, "needs a key"),
            (&["--rollback", "--public-key", "x", "a"], 2, "takes no key"),
            (&["nowhere"], 1, "is no folder"),
            (&["file"], 1, "is no folder"),
            (&[&bundle], 1, "inside of the bundle"),
            (&[&format!("{bundle}/migration-scripts/../migration-scripts")], 1, "inside of the bundle"),
            (&["--rollback", "--", "-x"], 1, "nothing to go back to"),
        ] {
            let ran = run(site.script(shell, "install.sh").args(arguments));
            assert_eq!(ran.code, Some(code), "{shell:?} {arguments:?}: {}", ran.stderr);
            assert!((ran.stdout + &ran.stderr).contains(word), "{shell:?} {arguments:?}: {}", ran.stderr);
        }
        fs::write(site.home(""), "").expect("a file");
        let ran = site.install(shell);
        assert!(ran.code == Some(1) && ran.stderr.contains("in the way"), "{shell:?}: {}", ran.stderr);
        fs::remove_file(site.home("")).expect("a file");
        site.has(&[], "refused");
    }
    assert_eq!(names_in(&site.folder.path().join("-x")), Vec::<String>::new());
}
