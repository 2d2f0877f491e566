//! The same inputs give the same bytes, wherever, whenever and by whomever the program is started.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use upgrade_tests::{FORMS, Given, NAME, Trees, files_in, has_tool, json, program, run, skipped, unzipped};
use xtask::sample::{FRESH_TOP, PRISTINE_TOP, tar_gz_tree, write_tree, zip_tree};

type Files = BTreeMap<String, Vec<u8>>;

/// Runs `package` on inputs and gives the files of the bundle.
fn bundle_of(command: &mut Command, given: &Given, out: &Path) -> Files {
    let ran = run(command.args(given.arguments()).args(["--output", FORMS]).arg("--out").arg(out));
    assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.stderr);
    files_in(&out.join(NAME))
}

fn same(one: &Files, other: &Files, what: &str) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{what}");
    for (name, bytes) in one {
        assert!(other[name] == *bytes, "{what}: {name} differs");
    }
}

/// The program through a shell line that ends with `exec "$@"`.
fn through(shell: &str) -> Command {
    let mut command = Command::new("sh");
    command.env_remove("SOURCE_DATE_EPOCH").arg("-c").arg(shell).arg("sh");
    command.arg(upgrade_tests::under_test()).arg("package");
    command
}

#[test]
fn neither_place_nor_environment_is_in_the_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path();
    let trees = Trees::sample();
    let given = trees.write(&here.join("a"));
    let first = bundle_of(&mut program!("package"), &given, &here.join("out"));
    same(&first, &bundle_of(&mut program!("package"), &given, &here.join("again")), "a second run");
    same(&first, &bundle_of(&mut program!("package"), &given, &here.join("again")), "a run over a bundle");
    same(
        &first,
        &bundle_of(program!("package").current_dir("/"), &given, &here.join("root")),
        "another working folder",
    );

    let elsewhere = trees.write(&here.join("quite another place (2)/ö"));
    same(&first, &bundle_of(&mut program!("package"), &elsewhere, &here.join("elsewhere")), "inputs elsewhere");
    let relative = Given {
        home: format!("home/{PRISTINE_TOP}").into(),
        fresh: format!("./{FRESH_TOP}.zip").into(),
        pristine: Some(format!("../a/{PRISTINE_TOP}.zip").into()),
        hl7: vec!["wso2mi-hl7-4.0.0.zip".into()],
    };
    let mut command = program!("package");
    same(&first, &bundle_of(command.current_dir(here.join("a")), &relative, &here.join("relative")), "relative paths");

    for (key, value) in [
        ("TZ", "Asia/Tokyo"),
        ("TZ", "America/St_Johns"),
        ("LANG", "tr_TR.UTF-8"),
        ("LC_ALL", "C"),
        ("LC_ALL", "de_DE.UTF-8"),
        ("HOME", "/nonexistent"),
        ("TMPDIR", here.to_str().expect("UTF-8")),
        ("COLUMNS", "40"),
        ("TERM", "dumb"),
        ("RUST_BACKTRACE", "1"),
        ("USER", "somebody"),
    ] {
        let what = format!("{key}={value}");
        same(&first, &bundle_of(program!("package").env(key, value), &given, &here.join("environment")), &what);
    }
}

#[cfg(unix)]
#[test]
fn neither_cores_nor_umask_are_in_the_bytes() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    let given = Trees::sample().write(folder.path());
    let modes = |out: &Path| -> Vec<(String, u32)> {
        let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
        let bundle = out.join(NAME);
        let files = files_in(&bundle).into_keys().map(|name| (name.clone(), mode(&bundle.join(name))));
        files.chain([("the folder".to_owned(), mode(&bundle))]).collect()
    };
    let first_out = folder.path().join("first");
    let first = bundle_of(&mut program!("package"), &given, &first_out);
    for shell in [
        "umask 077; exec \"$@\"",
        "umask 022; exec \"$@\"",
        "umask 000; exec \"$@\"",
        "umask 027; exec \"$@\"",
        "ulimit -n 64; exec \"$@\"",
    ] {
        let out = tempfile::tempdir().expect("a folder");
        same(&first, &bundle_of(&mut through(shell), &given, out.path()), shell);
        assert_eq!(modes(out.path()), modes(&first_out), "{shell}");
    }
    if has_tool("taskset") {
        let out = tempfile::tempdir().expect("a folder");
        same(&first, &bundle_of(&mut through("exec taskset -c 0 \"$@\""), &given, out.path()), "one core");
    }
}

#[test]
fn source_date_epoch_is_the_one_time_of_all_entries() {
    let folder = tempfile::tempdir().expect("a folder");
    let given = Trees::sample().write(folder.path());
    let run_at = |seconds: &str| {
        let out = folder.path().join("out");
        bundle_of(program!("package").env("SOURCE_DATE_EPOCH", seconds), &given, &out);
        let archive = fs::File::open(out.join(NAME).join(format!("{NAME}.zip"))).expect("the archive");
        let mut archive = zip::ZipArchive::new(archive).expect("a zip");
        let mut times: Vec<String> =
            (0..archive.len()).map(|at| format!("{:?}", archive.by_index(at).expect("it").last_modified())).collect();
        times.dedup();
        assert_eq!(times.len(), 1, "{seconds}: {times:?}");
        let manifest = json(&out.join(NAME).join("manifest.json"));
        let verified = run(&mut program!("verify", out.join(NAME)));
        assert_eq!(verified.code, Some(0), "{}", verified.stderr);
        (times.remove(0), manifest["time"].as_str().expect("a time").to_owned(), files_in(&out.join(NAME)))
    };
    let (dos, time, files) = run_at("1700000000");
    assert_eq!(time, "2023-11-14T22:13:20Z");
    assert!(dos.contains("2023") && dos.contains("22"), "{dos}");
    let again = run_at("1700000000");
    same(&files, &again.2, "the same time");
    assert_eq!(run_at("0").1, "1980-01-01T00:00:00Z");
    assert_eq!(run_at("99999999999").1, "2107-12-31T23:59:58Z");

    let ran = run(program!("package", "--out", folder.path().join("bad"))
        .args(given.arguments())
        .env("SOURCE_DATE_EPOCH", "yesterday"));
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("SOURCE_DATE_EPOCH") && ran.stderr.contains("yesterday"), "{}", ran.stderr);
    assert!(!folder.path().join("bad").exists());
}

/// The manifest's entries, without what names the input.
fn entries(files: &Files) -> serde_json::Value {
    serde_json::from_slice::<serde_json::Value>(&files["manifest.json"]).expect("a manifest")["entries"].clone()
}

fn paths(files: &Files) -> Vec<String> {
    let path = |entry: &serde_json::Value| entry["path"].as_str().expect("a path").to_owned();
    entries(files).as_array().expect("entries").iter().map(path).collect()
}

#[cfg(unix)]
#[test]
fn a_home_is_the_same_as_folder_zip_and_tar_gz() {
    let folder = tempfile::tempdir().expect("a folder");
    let trees = Trees::sample();
    let given = trees.write(folder.path());
    let first = bundle_of(&mut program!("package"), &given, &folder.path().join("out"));
    let archive = format!("{NAME}.zip");
    let tree = &trees.home;
    let mut differing = Vec::new();
    for (name, bytes) in [
        ("with.zip", zip_tree(Some(PRISTINE_TOP), tree)),
        ("without.zip", zip_tree(None, tree)),
        ("other-top.zip", zip_tree(Some("mi (prod)"), tree)),
        ("with.tar.gz", tar_gz_tree(Some(PRISTINE_TOP), tree)),
        ("without.tgz", tar_gz_tree(None, tree)),
    ] {
        let home = folder.path().join(name);
        fs::write(&home, bytes.expect("an archive")).expect("a file");
        let packed = Given { home, ..given.clone() };
        let files = bundle_of(&mut program!("package"), &packed, &folder.path().join(format!("out-{name}")));
        assert_eq!(entries(&files), entries(&first), "{name}");
        if files[&archive] != first[&archive] {
            differing.push(name);
        }
    }
    let parent = Given { home: folder.path().join("home"), ..given.clone() };
    let files = bundle_of(&mut program!("package"), &parent, &folder.path().join("parent"));
    assert!(files[&archive] == first[&archive], "the archive differs for a folder with a top folder in it");
    assert!(differing.is_empty(), "the archive differs for {differing:?}");
}

/// Contents and modes of everything in an archive.
fn contents(archive: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let bytes = unzipped(archive);
    let mut zip = zip::ZipArchive::new(fs::File::open(archive).expect("it")).expect("a zip");
    let mut mode = |name: &str| zip.by_name(name).expect("it").unix_mode().unwrap_or_default();
    bytes.into_iter().map(|(name, bytes)| (name.clone(), (mode(&name), bytes))).collect()
}

#[cfg(unix)]
#[test]
fn a_fresh_distribution_is_the_same_as_zip_and_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let trees = Trees::sample();
    let given = trees.write(folder.path());
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    let packed = bundle_of(&mut program!("package"), &given, &one);
    let fresh = folder.path().join(FRESH_TOP);
    write_tree(&fresh, &trees.fresh).expect("a folder");
    let pristine = folder.path().join("pristine").join(PRISTINE_TOP);
    write_tree(&pristine, trees.pristine.as_ref().expect("one")).expect("a folder");
    let pack = folder.path().join("pack");
    write_tree(&pack, trees.hl7.as_ref().expect("one")).expect("a folder");
    let unpacked = Given { fresh, pristine: Some(pristine), hl7: vec![pack.clone()], ..given.clone() };
    let files = bundle_of(&mut program!("package"), &unpacked, &other);
    assert_eq!(paths(&files), paths(&packed));
    assert_eq!(entries(&files), entries(&packed));
    let archive = format!("{NAME}/{NAME}.zip");
    assert_eq!(contents(&one.join(&archive)), contents(&other.join(&archive)));

    let jars = files_in(&pack).into_keys().map(|name| pack.join(name)).collect();
    let single = Given { hl7: jars, ..given };
    bundle_of(&mut program!("package"), &single, &folder.path().join("jars"));
    assert_eq!(contents(&one.join(&archive)), contents(&folder.path().join("jars").join(&archive)), "jars one by one");
}

/// The entries of a folder come in the order in which they were made, on many file systems.
#[cfg(unix)]
#[test]
fn neither_order_nor_time_of_making_the_home_are_in_the_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let trees = Trees::sample();
    let given = trees.write(folder.path());
    let first = bundle_of(&mut program!("package"), &given, &folder.path().join("out"));
    let home = folder.path().join("backwards").join(PRISTINE_TOP);
    for (path, node) in trees.home.iter().rev() {
        let one = std::iter::once((path.clone(), node.clone())).collect();
        write_tree(&home, &one).expect("a file");
    }
    if has_tool("touch") {
        let touched = run(Command::new("touch").args(["-d", "2001-02-03"]).arg(home.join("conf/deployment.toml")));
        if touched.code != Some(0) {
            skipped("this touch knows no dates");
        }
    }
    let backwards = Given { home, ..given };
    same(
        &first,
        &bundle_of(&mut program!("package"), &backwards, &folder.path().join("backwards-out")),
        "made backwards",
    );
}
