use super::*;
use crate::progress::Quiet;
use crate::report::Document;
use crate::write::tests::{sample, work};
use crate::write::{self, Documents};
use std::io::{Seek, Write};

mod forged;

fn documents() -> Documents<'static> {
    &|_| Ok(vec![Document::new("report.txt", "all well\n")])
}

fn write_bundle(folder: &Path) {
    let (tree, memory) = sample();
    write::bundle(&work(&tree, &memory), "up", folder, documents(), &Quiet).expect("it is written");
}

fn fresh() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write_bundle(folder.path());
    folder
}

fn findings(folder: &Path) -> Vec<String> {
    bundle(folder, &Quiet).expect("it is a bundle").findings
}

/// Writes a file anew. One that is cut off and rewritten would go to the disk at once on some file systems, which
/// takes long when it is done thousands of times.
fn rewrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).expect("it was there");
    fs::write(path, bytes).expect("it is written");
}

/// Makes the sums, and the manifest's word on the archive, fit what is there: what is still found lies deeper.
fn reseal(folder: &Path) {
    let read = |name: &str| fs::read(folder.join(name)).expect("it is there");
    let zip = read("up.zip");
    let text = String::from_utf8(read(manifest::NAME)).expect("UTF-8");
    let mut manifest = Manifest::parse(text.as_bytes()).expect("well-formed");
    let file = manifest.outputs[0].file.as_mut().expect("a zip is a file");
    (file.size, file.sha256) = (zip.len() as u64, Digest::of(&zip).to_string());
    write_manifest(folder, &manifest);
}

fn write_manifest(folder: &Path, manifest: &Manifest) {
    let mut bytes = Vec::new();
    manifest.render(&mut bytes).expect("memory takes all");
    rewrite(&folder.join(manifest::NAME), &bytes);
    let sums: BTreeMap<_, _> = [manifest::NAME, "report.txt", "up.zip"]
        .map(|name| (name.to_owned(), Digest::of(&fs::read(folder.join(name)).expect("it is there"))))
        .into();
    rewrite(&folder.join(sums::NAME), sums::render(&sums).as_bytes());
}

#[test]
fn a_whole_bundle_has_nothing_off() {
    let folder = fresh();
    let verified = bundle(folder.path(), &Quiet).expect("it is a bundle");
    assert_eq!(verified.findings, Vec::<String>::new());
    assert_eq!((verified.files, verified.entries, verified.checks.len()), (4, 16, 7));
    let digest = Digest::of(&fs::read(folder.path().join("up.zip")).expect("there"));
    assert!(verified.checks.iter().any(|check| check.contains(&digest.to_string())), "{:?}", verified.checks);
    assert!(is_bundle(folder.path()) && has_all_files(folder.path()));
}

#[test]
fn a_flip_of_any_byte_of_any_file_is_found() {
    let folder = fresh();
    for name in ["up.zip", "manifest.json", "report.txt", "SHA256SUMS"] {
        let path = folder.path().join(name);
        let bytes = fs::read(&path).expect("it is there");
        let mut file = fs::OpenOptions::new().write(true).open(&path).expect("it opens");
        let mut put = |at: usize, byte: u8| {
            file.seek(io::SeekFrom::Start(at as u64)).expect("in the file");
            file.write_all(&[byte]).expect("it is written");
        };
        for (at, byte) in bytes.iter().enumerate() {
            put(at, byte ^ (1 << (at % 8)));
            let found = findings(folder.path());
            assert!(found.iter().any(|finding| finding.contains(&format!("`{name}`"))), "{name} {at}: {found:?}");
            put(at, *byte);
        }
    }
    assert_eq!(findings(folder.path()), Vec::<String>::new());
}

#[test]
fn a_flip_anywhere_in_the_archive_is_found_without_any_checksum_of_the_archive() {
    let folder = fresh();
    let path = folder.path().join("up.zip");
    let bytes = fs::read(&path).expect("it is there");
    // A deflate stream fills its last byte up with bits that mean nothing: only a checksum sees those.
    let mut archive = zip::ZipArchive::new(io::Cursor::new(&bytes)).expect("a whole archive");
    let fillings: BTreeSet<u64> = (0..archive.len())
        .filter_map(|index| {
            let entry = archive.by_index_raw(index).expect("an entry");
            let deflated = entry.compression() == zip::CompressionMethod::Deflated;
            deflated.then(|| entry.data_start().expect("read") + entry.compressed_size() - 1)
        })
        .collect();
    assert_eq!(fillings.len(), 2);
    for at in (0..bytes.len()).filter(|at| !fillings.contains(&(*at as u64))) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        rewrite(&path, &flipped);
        reseal(folder.path());
        let found = findings(folder.path());
        assert!(!found.is_empty(), "{at} of {}", bytes.len());
    }
}

#[test]
fn bytes_before_between_and_after_the_entries_are_found() {
    let folder = fresh();
    let path = folder.path().join("up.zip");
    let bytes = fs::read(&path).expect("it is there");
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").expect("a directory");
    for at in [0, directory, bytes.len()] {
        let mut longer = bytes.clone();
        longer.splice(at..at, *b"more");
        rewrite(&path, &longer);
        reseal(folder.path());
        assert!(!findings(folder.path()).is_empty(), "{at}");
    }
    for length in 0..bytes.len() {
        rewrite(&path, &bytes[..length]);
        reseal(folder.path());
        assert!(!findings(folder.path()).is_empty(), "cut to {length}");
    }
}

#[test]
fn files_that_are_missing_added_or_no_files_are_named() {
    let folder = fresh();
    let path = |name: &str| folder.path().join(name);
    fs::rename(path("report.txt"), path("notes.txt")).expect("renamed");
    fs::create_dir(path("sub")).expect("made");
    std::os::unix::fs::symlink("up.zip", path("link")).expect("made");
    let found = findings(folder.path());
    assert_eq!(
        found
            .iter()
            .map(|finding| finding.split('`').nth(1).expect("a name"))
            .collect::<std::collections::BTreeSet<_>>(),
        ["link", "notes.txt", "report.txt", "sub"].into(),
        "{found:?}"
    );
    fs::remove_file(path("up.zip")).expect("removed");
    assert!(findings(folder.path()).iter().any(|finding| finding.starts_with("`up.zip`")));
    fs::remove_file(path("SHA256SUMS")).expect("removed");
    let is_missing = |finding: &String| finding.starts_with("`SHA256SUMS` is missing");
    assert!(findings(folder.path()).iter().any(is_missing));
    assert!(!is_bundle(folder.path()));
    fs::remove_file(path("manifest.json")).expect("removed");
    let error = bundle(folder.path(), &Quiet).expect_err("nothing of a bundle is left");
    assert!(error.is::<NoBundle>() && error.to_string().contains("is no bundle"), "{error}");
    assert!(!bundle(&path("nowhere"), &Quiet).expect_err("nothing there").is::<NoBundle>());
}

#[test]
fn a_manifest_that_tells_another_story_is_found() {
    let folder = fresh();
    let original = Manifest::parse(&fs::read(folder.path().join(manifest::NAME)).expect("there")).expect("well-formed");
    let position = |path: &str| original.entries.iter().position(|e| e.path.ends_with(path)).expect("listed");
    let (script, link) = (position("micro-integrator.sh"), position("link to bin"));
    let check = |change: &dyn Fn(&mut Manifest), expected: &str| {
        let mut manifest = original.clone();
        change(&mut manifest);
        write_manifest(folder.path(), &manifest);
        let found = findings(folder.path());
        assert!(found.iter().any(|finding| finding.contains(expected)), "{expected}: {found:?}");
    };
    check(&|m| m.entries[script].mode = "0700".to_owned(), "has the mode 0755, by the manifest 0700");
    check(&|m| m.entries[script].size = Some(1), "has 440 bytes, by the manifest 1");
    check(&|m| m.entries[script].sha256 = Some(Digest::of(b"").to_string()), "another SHA-256 than the manifest");
    check(&|m| m.entries[link].target = Some("../lib".to_owned()), "leads to another target");
    check(&|m| m.entries[link].target = Some("../../..".to_owned()), "leaves the tree");
    check(&|m| m.entries[link].target = Some("/etc".to_owned()), "leaves the tree");
    check(&|m| m.entries[script].path.push('x'), "is missing");
    check(&|m| m.entries[script].path.push('x'), "is not in the manifest");
    check(&|m| m.entries[script].path = "../x".to_owned(), "leads out of its folder");
    check(&|m| m.entries.swap(script, link), "is not sorted");
    check(&|m| drop(m.entries.remove(script)), "has 16 entries, by the manifest 15");
    check(&|m| m.entries[script].path = "wso2mi-4.0.0/bin/no/x".to_owned(), "has no folder to lie in");
    check(&|m| m.top = "other".to_owned(), "is not the top folder");
    check(&|m| m.time = "1999-01-01T00:00:00Z".to_owned(), "is not as this tool writes it");
    check(&|m| m.time = "yesterday".to_owned(), "is no time");
    let file = |m: &mut Manifest, name: &str| m.outputs[0].file.as_mut().expect("a file").file = name.to_owned();
    check(&|m| file(m, "report.txt"), "`up.zip`: `manifest.json` says that it is there");
    check(&|m| m.outputs[0].file = None, "`up.zip`: `manifest.json` says that it is there");
    check(&|m| m.outputs[0].path = "../up.zip".to_owned(), "is not where `zip` lies");
    check(&|m| m.outputs[0].kind = "rpm".to_owned(), "`rpm` is no form of a result");
    check(&|m| m.outputs.clear(), "does not give each form of the result once");
    check(&|m| m.outputs.push(m.outputs[0].clone()), "does not give each form of the result once");
    write_manifest(folder.path(), &original);
    assert_eq!(findings(folder.path()), Vec::<String>::new());
}

#[test]
fn garbage_gives_findings_and_no_panic() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for garbage in [&b""[..], b"{", b"[[[[", b"null", &[0xff; 100], b"{\"schema_version\":1}", &b"[".repeat(100_000)] {
        fs::write(folder.path().join(manifest::NAME), garbage).expect("it is written");
        fs::write(folder.path().join(sums::NAME), garbage).expect("it is written");
        assert!(findings(folder.path()).len() >= 2 - usize::from(garbage.is_empty()), "{garbage:?}");
    }
}
