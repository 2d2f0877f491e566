//! The archive is read by what people have installed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use upgrade_tests::{NAME, TOP, has_tool, program, run, unzipped};

const PYTHON: &str = "\
import sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print('\\n'.join(z.namelist()))
";

const PYTHON_ATTRIBUTES: &str = "\
import sys, zipfile, stat
z = zipfile.ZipFile(sys.argv[1])
link = [i for i in z.infolist() if stat.S_ISLNK(i.external_attr >> 16)]
assert len(link) == 1 and z.read(link[0]) == b'corp.jks', link
assert all(i.date_time == (1980, 2, 1, 0, 0, 0) for i in z.infolist())
assert all(not i.extra and not i.comment for i in z.infolist())
assert sum(i.is_dir() for i in z.infolist()) > 20
assert any('L\\u00e4nder codes (1).xml' in i.filename and i.flag_bits & 0x800 for i in z.infolist())
";

/// A tool, its arguments before the archive, and whether it prints the names of all entries.
const READERS: [(&str, &[&str], bool); 13] = [
    ("unzip", &["-tqq"], false),
    ("unzip", &["-Z1"], true),
    ("zip", &["-T"], false),
    ("7zz", &["t", "-bso0"], false),
    ("7z", &["t", "-bso0"], false),
    ("bsdtar", &["-tf"], true),
    ("python3", &["-c", PYTHON], true),
    ("python3", &["-c", PYTHON_ATTRIBUTES], false),
    ("jar", &["tf"], true),
    ("busybox", &["unzip", "-t"], false),
    ("busybox", &["unzip", "-l"], false),
    ("zipinfo", &["-t"], false),
    ("zipdetails", &[], false),
];

fn archive(folder: &Path) -> PathBuf {
    let ran = run(&mut program!("package", "--sample", "--out", folder));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    folder.join(NAME).join(format!("{NAME}.zip"))
}

#[test]
fn every_reader_that_is_installed_accepts_the_archive() {
    let folder = tempfile::tempdir().expect("a folder");
    let archive = archive(folder.path());
    let names: BTreeSet<String> = unzipped(&archive).into_keys().collect();
    for (tool, arguments, lists) in READERS {
        if !has_tool(tool) {
            continue;
        }
        let ran = run(Command::new(tool).args(arguments).arg(&archive).env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1"));
        if tool == "busybox" && ran.stderr.contains("invalid option") {
            upgrade_tests::skipped("this busybox does not test archives");
            continue;
        }
        assert_eq!(ran.code, Some(0), "{tool} {arguments:?}: {}{}", ran.stdout, ran.stderr);
        if lists {
            let listed: BTreeSet<String> = ran.stdout.lines().map(str::to_owned).collect();
            assert_eq!(listed, names, "{tool} lists other names");
        }
    }
}

#[cfg(unix)]
#[test]
fn unpacked_it_is_a_tree_that_starts() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let archive = archive(folder.path());
    let tools: [(&str, &[&str]); 4] =
        [("unzip", &["-qq"]), ("bsdtar", &["-xpf"]), ("busybox", &["unzip", "-q"]), ("7zz", &["x", "-bso0"])];
    for (tool, arguments) in tools {
        if !has_tool(tool) {
            continue;
        }
        let place = folder.path().join(tool);
        std::fs::create_dir(&place).expect("a folder");
        let ran = run(Command::new(tool).args(arguments).arg(&archive).current_dir(&place).env("LC_ALL", "C.UTF-8"));
        assert_eq!(ran.code, Some(0), "{tool}: {}{}", ran.stdout, ran.stderr);
        let root = place.join(TOP);
        let mode = |path: &str| {
            root.join(path).metadata().unwrap_or_else(|error| panic!("{tool}, {path}: {error}")).permissions().mode()
        };
        assert_eq!(mode("registry/governance/mappings/Länder codes (1).xml") & 0o600, 0o600, "{tool}");
        if tool != "busybox" {
            // Its unzip knows neither modes nor links.
            assert_eq!(mode("bin/micro-integrator.sh") & 0o777, 0o755, "{tool}");
            assert_eq!(mode("repository/resources/security/corp.jks") & 0o777, 0o400, "{tool}");
            let link = std::fs::read_link(root.join("repository/resources/security/current-keystore.jks"));
            assert_eq!(link.expect("a link"), Path::new("corp.jks"), "{tool}");
            let ran = run(&mut Command::new(root.join("bin/micro-integrator.sh")));
            assert!(ran.stdout.contains("-Xmx4g"), "{tool}: {}{}", ran.stdout, ran.stderr);
        }
        assert!(root.join("registry/governance/incoming").is_dir(), "{tool}");
    }
}
