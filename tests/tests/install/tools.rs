//! What a server may have installed, and what it may not.

use crate::site::{HOME, Site, which};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use upgrade_tests::{has_tool, run, skipped};

#[test]
fn each_unpacker_gives_the_same_installation() {
    for tool in ["unzip", "bsdtar", "busybox"] {
        if !has_tool(tool) {
            continue;
        }
        let site = Site::new();
        let mut command = Command::new(which("sh"));
        command.arg(site.bundle.join("install.sh")).arg(&site.parent).env("PATH", site.tools(&[tool]));
        let ran = run(&mut command);
        assert_eq!(ran.code, Some(0), "{tool}: {}", ran.stderr);
        assert!(ran.stdout.contains(&format!("with {tool}")), "{tool}: {}", ran.stdout);
        site.is_whole(tool);
        site.has(&[HOME], tool);
    }
}

#[test]
fn tools_that_are_missing_are_named() {
    let site = Site::new();
    for (script, tool) in
        [("verify.sh", "sha256sum"), ("verify.sh", "tr"), ("install.sh", "sed"), ("install.sh", "uname")]
    {
        let tools = site.tools(&[]);
        fs::remove_file(tools.join(tool)).expect("a link");
        let mut command = Command::new(which("sh"));
        command.arg(site.bundle.join(script)).env("PATH", &tools);
        if script == "install.sh" {
            command.arg(&site.parent);
        }
        let ran = run(&mut command);
        assert!(ran.code == Some(1) && ran.stderr.contains(&format!("{tool} is not installed")), "{}", ran.stderr);
        site.has(&[], tool);
    }
}

/// The libraries that a program is linked with, by their paths.
fn libraries(program: &Path) -> Vec<String> {
    let listed = run(Command::new("ldd").arg(program)).stdout;
    let words = listed.split_whitespace().filter(|word| word.starts_with('/'));
    words.map(str::to_owned).collect()
}

fn copy_into(root: &Path, path: &str) {
    let to = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
    fs::copy(path, to).expect("a copy");
}

/// A root that has BusyBox and nothing else: no GNU tool, no `/proc`.
#[test]
fn busybox_alone_is_enough() {
    if !has_tool("busybox") || !has_tool("chroot") {
        return;
    }
    if run(Command::new("id").arg("-u")).stdout.trim() != "0" {
        skipped("a root of its own is for root alone");
        return;
    }
    let site = Site::new();
    let root = site.folder.path().join("root");
    let busybox = which("busybox");
    for path in libraries(&busybox) {
        copy_into(&root, &path);
    }
    fs::create_dir_all(root.join("bin")).expect("a folder");
    fs::copy(&busybox, root.join("bin/busybox")).expect("a copy");
    for applet in run(Command::new(&busybox).arg("--list")).stdout.lines().filter(|applet| *applet != "busybox") {
        symlink("busybox", root.join("bin").join(applet)).expect("a link");
    }
    fs::create_dir_all(root.join("dev")).expect("a folder");
    fs::write(root.join("dev/null"), "").expect("a file");
    fs::set_permissions(root.join("dev/null"), fs::Permissions::from_mode(0o666)).expect("a mode");
    let within = root.join("opt a");
    fs::rename(&site.parent, &within).expect("one file system");
    fs::rename(&site.bundle, root.join("the bundle")).expect("one file system");
    let site = Site { bundle: root.join("the bundle"), parent: within, folder: site.folder };
    let enter = |arguments: &[&str]| {
        let mut command = Command::new(which("chroot"));
        let ran = run(command.arg(&root).args(["/bin/sh"]).args(arguments).env("PATH", "/bin"));
        if ran.code == Some(125) || ran.stderr.contains("Operation not permitted") {
            skipped("this machine lets nobody have a root of its own");
            return None;
        }
        Some(ran)
    };
    let Some(ran) = enter(&["/the bundle/verify.sh"]) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for number in 0..2 {
        let Some(ran) = enter(&["/the bundle/install.sh", "/opt a"]) else { return };
        assert_eq!(ran.code, Some(0), "{number}: {}", ran.stderr);
        site.is_whole("BusyBox");
    }
    let Some(ran) = enter(&["/the bundle/install.sh", "--rollback", "/opt a"]) else { return };
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    site.is_whole("BusyBox");
    site.has(&[HOME, &format!("{HOME}.rolled-back-1")], "BusyBox");
    fs::write(site.bundle.join("manifest.json"), "x").expect("a file");
    let Some(ran) = enter(&["/the bundle/install.sh", "/opt a"]) else { return };
    assert!(ran.code == Some(4) && ran.stderr.contains("manifest.json"), "{}", ran.stderr);
}
