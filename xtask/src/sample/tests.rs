use super::*;
use crate::path::EntryPath;
use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let (path, kind) = entry.and_then(|e| Ok((e.path(), e.file_type()?))).expect("an entry");
            let name = path.strip_prefix(folder).expect("below").to_string_lossy().into_owned();
            if kind.is_dir() {
                found.insert(format!("{name}/"), Vec::new());
                folders.push(path);
            } else if kind.is_symlink() {
                found.insert(name, fs::read_link(path).expect("a link").to_string_lossy().into_owned().into());
            } else {
                found.insert(name, fs::read(path).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn two_samples_are_the_same_and_small() {
    let (one, two) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let paths = write(&one.path().join("new")).expect("a sample");
    write(two.path()).expect("a sample");
    assert!(paths.home.join("conf/deployment.toml").is_file() && paths.hl7.is_file());
    let files = files_below(&one.path().join("new"));
    assert_eq!(files, files_below(two.path()));
    let size: usize = files.values().map(Vec::len).sum();
    assert!(size < 400_000, "{size} bytes");
    let error = write(two.path()).expect_err("not empty").to_string();
    assert!(error.contains("is not empty"), "{error}");
}

#[test]
fn archives_open_and_hold_their_trees() {
    for (top, tree) in
        [(Some(PRISTINE_TOP), pristine()), (Some(FRESH_TOP), fresh()), (None, hl7_pack()), (None, home())]
    {
        let mut zip = zip::ZipArchive::new(Cursor::new(zip_tree(top, &tree).expect("a zip"))).expect("a zip");
        for (path, node) in &tree {
            let name = top.map_or_else(|| path.clone(), |top| format!("{top}/{path}"));
            let name = if *node == Node::Folder { format!("{name}/") } else { name };
            let mut entry = zip.by_name(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
            let mut found = Vec::new();
            entry.read_to_end(&mut found).expect("a good entry");
            match node {
                Node::File { mode, bytes } => {
                    assert_eq!((found, entry.unix_mode().map(|mode| mode & 0o777)), (bytes.clone(), Some(*mode)));
                }
                Node::Symlink(target) => assert!(found == target.as_bytes() && entry.is_symlink()),
                Node::Folder => assert!(entry.is_dir()),
            }
        }
        let gz = tar_gz_tree(top, &tree).expect("a tar.gz");
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(gz.as_slice()));
        let entries = tar.entries().expect("entries").flatten().count();
        assert_eq!(entries, zip.len());
    }
}

#[test]
fn every_path_is_one_and_every_archive_inside_opens() {
    for tree in [pristine(), fresh(), hl7_pack(), home()] {
        for (path, node) in &tree {
            assert!(EntryPath::parse(path).is_ok(), "{path}");
            let inner = ["jar", "car", "mar", "aar", "zip"].iter().any(|e| path.ends_with(&format!(".{e}")));
            if let (true, Node::File { bytes, .. }) = (inner, node) {
                let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap_or_else(|e| panic!("{path}: {e}"));
                assert!(
                    (0..zip.len()).all(|at| zip.by_index(at).is_ok_and(|mut e| std::io::copy(
                        &mut e,
                        &mut std::io::sink()
                    )
                    .is_ok()))
                );
            }
        }
    }
}

#[test]
fn the_home_was_used() {
    let (pristine, fresh, home) = (pristine(), fresh(), home());
    let differs = |path: &str| home.get(path) != pristine.get(path);
    for path in ["conf/log4j2.properties", "conf/etc/launch.ini", "bin/micro-integrator.sh"] {
        assert!(differs(path) && pristine.get(path) == fresh.get(path), "{path}");
    }
    for path in ["bin/yajsw/wrapper.conf", "repository/resources/conf/default.json", "conf/deployment.toml"] {
        assert_ne!(pristine.get(path), fresh.get(path), "{path}");
    }
    for path in pristine.keys().filter(|path| !home.contains_key(*path)) {
        let known = [
            "dbscripts/db2/db2_user.sql",
            "axis2modules/utsecurity-1.2.0.mar",
            "axis2-transport-xmpp_2.0.0.wso2v55.jar",
        ];
        assert!(known.iter().any(|name| path.ends_with(name)), "{path}");
    }
    assert!(matches!(home.get("password-persist"), Some(Node::File { mode: 0o600, .. })));
    assert!(matches!(home.get("repository/resources/security/corp.jks"), Some(Node::File { mode: 0o400, .. })));
}

#[test]
fn recorded_digests_fit_all_but_the_edited_file() {
    use md5::{Digest as _, Md5};
    let home = home();
    let bytes = |path: &str| match home.get(path) {
        Some(Node::File { bytes, .. }) => bytes.clone(),
        _ => panic!("{path} is no file"),
    };
    let text =
        String::from_utf8(bytes("repository/resources/conf/.metadata/metadata_config.properties")).expect("text");
    let edited: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(path, md5)| format!("{:032x}", u128::from_be_bytes(Md5::digest(bytes(path)).into())) != *md5)
        .map(|(path, _)| path)
        .collect();
    assert_eq!(edited, ["conf/axis2/axis2.xml"]);
}
