//! `verify.sh`: what it finds, and what it says that it did not look at.

use crate::site::{Site, shells};
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;
use upgrade_tests::keys::PUBLIC;
use upgrade_tests::{files_in, has_tool, run};
use xtask::digest::Digest;

/// It ends with 4, and names what is off.
fn finds(site: &Site, shell: &[&str], word: &str) {
    let ran = site.verify(shell);
    assert_eq!(ran.code, Some(4), "{shell:?}, {word}: {}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains(word), "{shell:?}: `{word}` is not in: {}", ran.stderr);
    assert!(ran.stdout.is_empty(), "{shell:?}, {word}: {}", ran.stdout);
    assert!(!ran.stderr.chars().any(|character| character.is_control() && character != '\n'), "{:?}", ran.stderr);
}

#[test]
fn a_whole_bundle_is_verified_from_wherever_it_is_asked() {
    let site = Site::new();
    let before = files_in(&site.bundle);
    let sums = Digest::of(&before["SHA256SUMS"]).to_string();
    for shell in shells() {
        let ran = site.verify(shell);
        assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.stderr);
        let files = format!("verified: {} files", before.len() - 1);
        for word in [files.as_str(), &sums, "The bundle is not signed."] {
            assert!(ran.stdout.contains(word), "{shell:?}: `{word}` is not in: {}", ran.stdout);
        }
        assert_eq!(ran.stderr, "", "{shell:?}");
        // In the folder itself, and with a folder that is another one's in CDPATH.
        let mut inside = Command::new(shell[0]);
        inside.args(&shell[1..]).arg("verify.sh").current_dir(&site.bundle).env("CDPATH", "/");
        assert_eq!(run(&mut inside).code, Some(0), "{shell:?}");
        for (arguments, code) in
            [(&["--help"][..], 0), (&["--nonsense"], 2), (&["a", "b"], 2), (&["no key"], 2), (&[""], 2)]
        {
            let ran = run(site.script(shell, "verify.sh").args(arguments));
            assert_eq!(ran.code, Some(code), "{shell:?} {arguments:?}: {}", ran.stderr);
            assert!((ran.stdout + &ran.stderr).contains("Usage: "), "{shell:?} {arguments:?}");
        }
    }
    assert!(files_in(&site.bundle) == before, "it writes into the bundle");
}

#[test]
fn files_that_are_missing_changed_or_too_many_are_named() {
    let site = Site::new();
    for shell in shells() {
        for (name, good) in files_in(&site.bundle) {
            if name == "verify.sh" {
                continue;
            }
            let path = site.bundle.join(&name);
            fs::remove_file(&path).expect("a file");
            finds(&site, shell, &name);
            fs::create_dir(&path).expect("a folder");
            finds(&site, shell, &name);
            fs::remove_dir(&path).expect("a folder");
            fs::write(site.folder.path().join("elsewhere"), &good).expect("a file");
            symlink(site.folder.path().join("elsewhere"), &path).expect("a link");
            finds(&site, shell, &name);
            fs::remove_file(&path).expect("a link");
            let mut changed = good.clone();
            changed[good.len() / 2] ^= 1;
            for bytes in [&good[..good.len() / 2], &[], &changed, &[&good[..], b"\n"].concat()] {
                fs::write(&path, bytes).expect("a file");
                finds(&site, shell, if name == "SHA256SUMS" { "off: " } else { &name });
            }
            fs::write(&path, good).expect("a file");
        }
        for (name, shown) in [
            ("extra.txt", "extra.txt"),
            (".hidden", ".hidden"),
            ("..two dots", "..two dots"),
            ("a\nb", "a?b"),
            ("install.sh\nmanifest.json", "install.sh?manifest.json"),
            ("\u{1b}[2J", "?[2J"),
            ("migration-scripts/mysql/more.sql", "migration-scripts/mysql/more.sql"),
            ("migration-scripts/.more", "migration-scripts/.more"),
            ("SHA256SUMS.minisig.bak", "SHA256SUMS.minisig.bak"),
        ] {
            fs::write(site.bundle.join(name), "x").expect("a file");
            finds(&site, shell, shown);
            fs::remove_file(site.bundle.join(name)).expect("a file");
        }
        fs::create_dir_all(site.bundle.join("an/empty/folder/deep")).expect("a folder");
        finds(&site, shell, "an/empty/folder");
        fs::remove_dir_all(site.bundle.join("an")).expect("a folder");
        assert_eq!(site.verify(shell).code, Some(0), "{shell:?}: all is as it was");
    }
}

#[test]
fn sums_that_are_not_well_formed_are_found() {
    let site = Site::new();
    let path = site.bundle.join("SHA256SUMS");
    let good = fs::read_to_string(&path).expect("sums");
    let first = good.lines().next().expect("a line");
    let (sum, name) = first.split_once("  ").expect("two");
    for shell in shells() {
        for wrong in [
            good.replacen("  ", " ", 1),
            good.replacen("  ", " *", 1),
            good.replace('\n', "\r\n"),
            good.trim_end().to_owned(),
            format!("{good}\n"),
            format!("{good}{first}\n"),
            good.replacen(sum, &sum.to_uppercase(), 1),
            good.replacen(sum, &sum[1..], 1),
            good.replacen(sum, &format!("{sum}0"), 1),
            good.replacen(name, &format!("../{}", site.bundle.file_name().expect("a name").display()), 1),
            good.replacen(name, "/etc/passwd", 1),
            good.replacen(name, ".hidden", 1),
            good.replacen(name, &format!("./{name}"), 1),
            good.replacen("  ", "  \0", 1),
            "\n".to_owned(),
            "\u{feff}".to_owned() + &good,
        ] {
            fs::write(&path, &wrong).expect("a file");
            finds(&site, shell, "SHA256SUMS");
        }
        fs::write(&path, &good).expect("a file");
    }
    let bytes = good.into_bytes();
    for at in (0..bytes.len()).step_by(5) {
        let mut flipped = bytes.clone();
        flipped[at] ^= if at % 2 == 0 { 0x20 } else { 1 };
        fs::write(&path, &flipped).expect("a file");
        finds(&site, &["sh"], "off: ");
    }
}

#[test]
fn a_signature_is_checked_where_that_can_be() {
    let site = Site::signed();
    for shell in shells() {
        let ran = site.verify(shell);
        assert!(
            ran.code == Some(0) && ran.stdout.contains("was NOT checked"),
            "{shell:?}: {}{}",
            ran.stdout,
            ran.stderr
        );
        // Without minisign, a key that is given cannot be done justice to.
        let tools = site.tools(&[]);
        let mut command = Command::new(crate::site::which(shell[0]));
        command.args(&shell[1..]).arg(site.bundle.join("verify.sh")).arg("the.pub");
        let ran = run(command.current_dir(site.folder.path()).env("PATH", &tools));
        assert!(ran.code == Some(1) && ran.stderr.contains("minisign is not installed"), "{shell:?}: {}", ran.stderr);
    }
    if !has_tool("minisign") {
        return;
    }
    let line = PUBLIC.lines().nth(1).expect("a key");
    let other = "RWSRqula3dUAKkfenhDXQtIE43YJ3hLevFPF5nOOyF9UfazOWc1rpmY2";
    let path = site.bundle.join("SHA256SUMS.minisig");
    let good = fs::read(&path).expect("a signature");
    for shell in shells() {
        let with = |key: &str| run(site.script(shell, "verify.sh").arg(key));
        for key in ["the.pub", line] {
            let ran = with(key);
            assert_eq!(ran.code, Some(0), "{shell:?}: {}", ran.stderr);
            assert!(
                ran.stdout.contains("Signed by the key given. Trusted comment: timestamp:318211200 file:"),
                "{}",
                ran.stdout
            );
        }
        let ran = with(other);
        assert_eq!(ran.code, Some(4), "{shell:?}");
        assert!(ran.stderr.contains("C14FA27D7B4C8528") && ran.stderr.contains("2A00D5DD5AE9AA91"), "{}", ran.stderr);
        let mut bytes = good.clone();
        bytes[100] ^= 1;
        fs::write(&path, bytes).expect("a file");
        assert_eq!(with("the.pub").code, Some(4), "{shell:?}");
        fs::remove_file(&path).expect("a file");
        let ran = with("the.pub");
        assert!(ran.code == Some(4) && ran.stderr.contains("not signed"), "{shell:?}: {}", ran.stderr);
        fs::write(&path, &good).expect("a file");
    }
}
