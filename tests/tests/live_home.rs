//! Homes as people have them: odd names, links, empty things, and archives made by every tool there is.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use upgrade_tests::{Case, Given, NAME, TOP, Trees, actions, bytes_of, has_tool, json, program, run, says, skipped};
use xtask::sample::{PRISTINE_TOP, put, put_folder, put_symlink, put_with_mode, write_tree};

const ODD_NAMES: [&str; 14] = [
    "lib/a b (1).jar",
    "conf/it's \"quoted\".properties",
    "conf/$HOME `x` & ; | < > ? [a] {b} *.xml",
    "registry/governance/mappings/Grüße/日本語.xml",
    "registry/config/na\u{ef}ve.xml",
    "registry/config/nai\u{308}ve.xml",
    "registry/config/🚚.json",
    "files/ leading and trailing ",
    "files/-rf",
    "files/...",
    "files/.hidden/.x",
    "files/CON",
    "files/a:b",
    "files/ŘÍŠE %41 +.txt",
];

#[test]
fn odd_names_come_through() {
    let mut trees = Trees::sample();
    for name in ODD_NAMES {
        put(&mut trees.home, name, name);
    }
    put(&mut trees.home, &format!("files/{}", "n".repeat(255)), "long");
    let deep = format!("files/{}x", "d/".repeat(150));
    put(&mut trees.home, &deep, "deep");
    let case = Case::of(&trees);
    let files = case.packaged("");
    for name in ODD_NAMES {
        assert_eq!(files.get(name).map(Vec::as_slice), Some(name.as_bytes()), "{name}");
    }
    assert!(files.contains_key(&deep) && files.contains_key(&format!("files/{}", "n".repeat(255))));
    assert_eq!(run(&mut program!("verify", case.bundle())).code, Some(0));
}

#[cfg(unix)]
#[test]
fn names_that_no_zip_should_hold_are_refused_where_they_matter() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let names: [(&[u8], &str); 4] = [
        (b"two\nlines.xml", "control character"),
        (b"\x1b[31m.xml", "control character"),
        (b"latin-\xe9.xml", "UTF-8"),
        (b"a\\b.xml", "backslash"),
    ];
    for (name, words) in names {
        let case = Case::of(&Trees::sample());
        let name = OsStr::from_bytes(name);
        for ignored in ["repository/logs", "tmp"] {
            fs::write(case.given.home.join(ignored).join(name), "x").expect("a file");
        }
        assert_eq!(case.run("package", Some(""), &[]).code, Some(0), "{name:?} among logs");
        fs::write(case.given.home.join("conf").join(name), "x").expect("a file");
        let ran = case.run("package", Some(""), &[]);
        assert_eq!(ran.code, Some(1), "{name:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words) && ran.stderr.contains("conf"), "{name:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn empty_folders_and_files_and_their_modes_come_through() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut trees = Trees::sample();
    for folder in [
        "registry/governance/a/b/c",
        "lib/empty",
        "our data",
        "repository/deployment/server/synapse-configs/default/api",
    ] {
        put_folder(&mut trees.home, folder);
    }
    put(&mut trees.home, "conf/empty.properties", "");
    put_with_mode(&mut trees.home, "conf/read-only.properties", 0o400, "x");
    put_with_mode(&mut trees.home, "conf/shared.properties", 0o664, "x");
    put_with_mode(&mut trees.home, "bin/tool", 0o4755, "x");
    put_with_mode(&mut trees.home, "bin/late.sh", 0o640, "#!/bin/sh\n");
    let case = Case::of(&trees);
    fs::set_permissions(case.given.home.join("our data"), fs::Permissions::from_mode(0o750)).expect("a mode");
    let files = case.packaged("");
    for folder in [
        "registry/governance/a/b/c/",
        "lib/empty/",
        "our data/",
        "repository/deployment/server/synapse-configs/default/api/",
    ] {
        assert!(files.contains_key(folder), "{folder} is not in");
    }
    assert_eq!(files["conf/empty.properties"], b"");
    let archive = File::open(case.bundle().join(format!("{NAME}.zip"))).expect("it");
    let mut archive = zip::ZipArchive::new(archive).expect("a zip");
    for (path, mode) in [
        ("our data/", 0o040_750),
        ("conf/read-only.properties", 0o100_400),
        ("conf/shared.properties", 0o100_664),
        ("bin/tool", 0o100_755),
        ("bin/late.sh", 0o100_750),
    ] {
        let found = archive.by_name(&format!("{TOP}{path}")).expect("it").unix_mode();
        assert_eq!(found, Some(mode), "{path}");
    }
}

#[cfg(unix)]
#[test]
fn the_home_may_be_named_in_many_ways() {
    let case = Case::of(&Trees::sample());
    let archive = |files: BTreeMap<String, Vec<u8>>| files;
    let first = archive(case.packaged(""));
    let link = case.folder.path().join("current");
    std::os::unix::fs::symlink(&case.given.home, &link).expect("a link");
    let slash = PathBuf::from(format!("{}/", case.given.home.display()));
    let dotted = case.given.home.join("conf/..");
    for home in [link, slash, dotted] {
        let given = Given { home: home.clone(), ..case.given.clone() };
        let ran = run(program!("package", "--out", case.folder.path().join("out")).args(given.arguments()));
        assert_eq!(ran.code, Some(0), "{}: {}", home.display(), ran.stderr);
        assert_eq!(case.files(), first, "{}", home.display());
    }
    let given = Given { home: ".".into(), ..case.given.clone() };
    let mut command = program!("package", "--out", case.folder.path().join("out"));
    let ran = run(command.args(given.arguments()).current_dir(&case.given.home));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(case.files(), first, "from within");
}

#[cfg(unix)]
#[test]
fn links_within_the_home_are_carried_as_links() {
    let mut trees = Trees::sample();
    put(&mut trees.home, "files/v2/a.txt", "two");
    put_symlink(&mut trees.home, "files/current", "v2");
    put_symlink(&mut trees.home, "files/up", "../conf/log4j2.properties");
    put_symlink(&mut trees.home, "lib/linked.jar", "./../lib/acme-codec-1.0.jar");
    put_symlink(&mut trees.home, "files/log", "../repository/logs/wso2carbon.log");
    put_symlink(&mut trees.home, "files/me", "me");
    let case = Case::of(&trees);
    let files = case.packaged("");
    for (path, target) in [
        ("files/current", "v2"),
        ("files/up", "../conf/log4j2.properties"),
        ("lib/linked.jar", "./../lib/acme-codec-1.0.jar"),
    ] {
        assert_eq!(files.get(path).map(Vec::as_slice), Some(target.as_bytes()), "{path}");
    }
    assert!(!files.contains_key("files/current/a.txt"), "a link was entered");
    assert!(says(&case.report(), "MI0212", &["files/log"]), "the link points to nothing in the result");
    assert!(!says(&case.report(), "MI0212", &["files/current"]));
    assert_eq!(run(&mut program!("verify", case.bundle())).code, Some(0));
}

/// A volume mounted elsewhere, with a link to it from the home: usual in containers.
#[cfg(unix)]
#[test]
fn a_deployment_folder_elsewhere_is_carried_when_the_policy_follows_it() {
    let mut trees = Trees::sample();
    let (deployment, rest) =
        trees.home.clone().into_iter().partition(|(path, _)| path.starts_with("repository/deployment/"));
    trees.home = rest;
    let whole = Trees::sample().home;
    let case = Case::of(&trees);
    let volume = case.folder.path().join("volume");
    write_tree(&volume, &deployment).expect("a folder");
    std::os::unix::fs::symlink(volume.join("repository/deployment"), case.given.home.join("repository/deployment"))
        .expect("a link");

    let ran = case.run("package", Some(""), &[]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("MI0211") && ran.stderr.contains("repository/deployment"), "{}", ran.stderr);
    assert!(ran.stderr.contains("follow = [\"repository/deployment\"]"), "{}", ran.stderr);

    let files = case.packaged("follow = [\"repository/deployment\"]\n");
    let lines = actions(&case.report());
    let mut carried = 0;
    for path in deployment.keys() {
        let line = &lines[&("home".to_owned(), path.clone())];
        if line.disposition == "carried" && !files.contains_key(&format!("{path}/")) {
            assert_eq!(files.get(path).map(Vec::as_slice), Some(bytes_of(&whole, path)), "{path}");
            carried += 1;
        }
    }
    assert!(carried >= 9, "only {carried} files of the deployment folder are carried");
    // The same as if it had been there in the first place.
    assert_eq!(files, Case::of(&Trees::sample()).packaged(""));

    let files = case.packaged("leave_out = [\"repository/deployment\"]\n");
    assert!(!files.keys().any(|path| path.contains(".car")));
    let list = "repository/deployment/server/axis2modules/modules.list";
    assert_eq!(files.get(list).map(Vec::as_slice), Some(bytes_of(&trees.fresh, list)), "what fresh ships stays");
}

/// The files of the result, without what an archive cannot say (links may have been followed, modes lost).
fn contents(case: &Case) -> BTreeMap<String, Vec<u8>> {
    let is_link = |path: &String| path.ends_with("current-keystore.jks") || path.ends_with('/');
    case.files().into_iter().filter(|(path, _)| !is_link(path)).collect()
}

#[cfg(unix)]
#[test]
fn homes_packed_by_every_tool_are_read() {
    let mut trees = Trees::sample();
    put(&mut trees.home, &format!("registry/governance/{}/ä.xml", "long name ".repeat(20).trim()), "x");
    put(&mut trees.home, &format!("files/{}/{}.txt", "p".repeat(120), "q".repeat(120)), "x");
    put(&mut trees.home, "files/stored.bin", vec![7; 70_000]);
    // Some tools stop at a link that leads nowhere.
    trees.home.remove("repository/logs/archive");
    let case = Case::of(&trees);
    case.packaged("");
    let expected = contents(&case);
    let (home, parent) = (&case.given.home, case.folder.path().join("home"));
    let hard = home.join("files/hard-link.bin");
    let shells: [(&str, &str, &Path); 17] = [
        ("tar", "tar -czf \"$1.tar.gz\" wso2mi-1.2.0", &parent),
        ("tar", "tar -czf \"$1.tgz\" .", home),
        ("tar", "tar -czf \"$1.star.tar.gz\" * .[!.]*", home),
        ("tar", "tar -cf \"$1.tar\" wso2mi-1.2.0", &parent),
        ("tar", "tar --format=pax -czf \"$1.pax.tar.gz\" wso2mi-1.2.0", &parent),
        ("tar", "tar --format=gnu -czf \"$1.gnu.tar.gz\" ./wso2mi-1.2.0", &parent),
        ("tar", "tar --owner=1000000 --numeric-owner --sparse -czf \"$1.sparse.tar.gz\" wso2mi-1.2.0", &parent),
        ("bsdtar", "bsdtar -czf \"$1.bsd.tar.gz\" wso2mi-1.2.0", &parent),
        ("busybox", "busybox tar -czf \"$1.busybox.tar.gz\" wso2mi-1.2.0", &parent),
        ("python3", "python3 -m tarfile -c \"$1.py.tar.gz\" wso2mi-1.2.0", &parent),
        ("zip", "zip -qry \"$1.zip\" wso2mi-1.2.0", &parent),
        ("zip", "zip -qr \"$1.flat.zip\" .", home),
        ("zip", "zip -qr0D \"$1.nofolders.zip\" wso2mi-1.2.0", &parent),
        ("zip", "zip -qry - wso2mi-1.2.0 > \"$1.stream.zip\"", &parent),
        ("7zz", "7zz a -bso0 \"$1.7zz.zip\" wso2mi-1.2.0", &parent),
        ("jar", "jar cfM \"$1.jar.zip\" wso2mi-1.2.0", &parent),
        ("bsdtar", "bsdtar --format zip -cf \"$1.bsd.zip\" wso2mi-1.2.0", &parent),
    ];
    fs::hard_link(home.join("files/stored.bin"), &hard).expect("a hard link");
    let mut expected = expected;
    expected.insert("files/hard-link.bin".to_owned(), vec![7; 70_000]);
    let mut wrong = Vec::new();
    for (tool, shell, place) in shells {
        if !has_tool(tool) {
            continue;
        }
        let packed = tempfile::tempdir().expect("a folder");
        let base = packed.path().join("home");
        let made =
            run(Command::new("sh").args(["-c", shell, "sh"]).arg(&base).current_dir(place).env("LC_ALL", "C.UTF-8"));
        let archive = fs::read_dir(packed.path()).expect("it").next().map(|entry| entry.expect("it").path());
        let Some(archive) = archive.filter(|_| made.code == Some(0)) else {
            skipped(&format!("{shell}: {}", made.stderr.trim()));
            continue;
        };
        let given = Given { home: archive, ..case.given.clone() };
        let ran = run(program!("package", "--out", case.folder.path().join("out")).args(given.arguments()));
        if ran.code != Some(0) {
            let said = ran
                .stderr
                .lines()
                .filter(|line| line.starts_with("error") || line.starts_with("conflict"))
                .collect::<Vec<_>>();
            wrong.push(format!("{shell}: {said:?}"));
            continue;
        }
        let found = contents(&case);
        let differing: Vec<&String> =
            expected.keys().chain(found.keys()).filter(|path| expected.get(*path) != found.get(*path)).collect();
        if !differing.is_empty() {
            wrong.push(format!("{shell}: {differing:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn an_archive_of_another_kind_is_refused_with_the_kinds_that_are_read() {
    let mut trees = Trees::sample();
    // Some tools stop at a link that leads nowhere.
    trees.home.remove("repository/logs/archive");
    let case = Case::of(&trees);
    let parent = case.folder.path().join("home");
    for (tool, shell) in [
        ("xz", "tar -cJf \"$1\" wso2mi-1.2.0"),
        ("bzip2", "tar -cjf \"$1\" wso2mi-1.2.0"),
        ("7zz", "7zz a -bso0 -t7z \"$1\" wso2mi-1.2.0"),
        ("zstd", "tar --zstd -cf \"$1\" wso2mi-1.2.0"),
    ] {
        if !has_tool(tool) {
            continue;
        }
        let archive = case.folder.path().join(format!("home-{tool}.7z"));
        let made = run(Command::new("sh").args(["-c", shell, "sh"]).arg(&archive).current_dir(&parent));
        if made.code != Some(0) || !archive.is_file() {
            skipped(&format!("{shell}: {}", made.stderr.trim()));
            continue;
        }
        let given = Given { home: archive.clone(), ..case.given.clone() };
        let ran = run(program!("plan").args(given.arguments()));
        assert_eq!(ran.code, Some(1), "{tool}: {}", ran.stderr);
        assert!(ran.stderr.contains("zip") && ran.stderr.contains("tar.gz"), "{tool}: {}", ran.stderr);
    }
}

/// What a desktop packs beside the folder.
#[test]
fn what_a_desktop_leaves_beside_the_top_folder_does_not_matter() {
    let trees = Trees::sample();
    let case = Case::of(&trees);
    case.packaged("");
    let expected = case.files();
    let mut packed = xtask::sample::Tree::new();
    for (path, node) in &trees.home {
        packed.insert(format!("{PRISTINE_TOP}/{path}"), node.clone());
    }
    put(&mut packed, &format!("__MACOSX/{PRISTINE_TOP}/conf/._deployment.toml"), "x");
    put(&mut packed, ".DS_Store", "x");
    let home = case.folder.path().join("Archive.zip");
    fs::write(&home, xtask::sample::zip_tree(None, &packed).expect("a zip")).expect("a file");
    let given = Given { home, ..case.given.clone() };
    let ran = run(program!("package", "--out", case.folder.path().join("out")).args(given.arguments()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(case.files(), expected);
    let lines = actions(&case.report());
    assert!(lines.keys().any(|(_, path)| path.contains("__MACOSX")), "it is accounted for");
}

/// How much room is left for a folder, in bytes.
#[cfg(unix)]
fn room(folder: &Path) -> Option<u64> {
    let ran = run(Command::new("df").args(["-Pk"]).arg(folder));
    let blocks = ran.stdout.lines().nth(1)?.split_whitespace().nth(3)?.parse::<u64>().ok()?;
    Some(blocks * 1024)
}

/// A file of more than 4 GiB needs zip64 for its size, and what comes after it for its place.
#[cfg(unix)]
#[test]
fn a_file_of_more_than_4_gib_is_carried() {
    const SIZE: u64 = (4 << 30) + (100 << 20);
    if std::env::var_os("UPGRADE_LARGE_FILES").is_none() {
        return skipped("UPGRADE_LARGE_FILES is not set: a file of more than 4 GiB takes about a minute");
    }
    let case = Case::of(&Trees::sample());
    if room(case.folder.path()).is_none_or(|room| room < 2 * SIZE) {
        return skipped("there is no room for files of more than 4 GiB");
    }
    let folder = case.given.home.join("bigdata");
    fs::create_dir(&folder).expect("a folder");
    // Stored it is as large in the archive; deflated it is small there, and large again for whoever reads it.
    for name in ["x.bin", "x.zip"] {
        File::create(folder.join(name)).and_then(|file| file.set_len(SIZE)).expect("a sparse file");
    }
    let ran = case.run("package", Some(""), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let manifest = json(&case.bundle().join("manifest.json"));
    for name in ["x.bin", "x.zip"] {
        let entry = manifest["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .find(|entry| entry["path"] == format!("{TOP}bigdata/{name}"));
        assert_eq!(entry.expect("the file")["size"], SIZE, "{name}");
    }
    assert_eq!(run(&mut program!("verify", case.bundle())).code, Some(0));
    if has_tool("python3") {
        let script = "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert max(i.file_size for i in z.infolist()) > 1 << 32; \
                      assert z.read('wso2mi-4.0.0/wso2/lib/config-mapper-1.0.18.jar')";
        let archive = case.bundle().join(format!("{NAME}.zip"));
        let ran = run(Command::new("python3").args(["-c", script]).arg(archive));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
}
