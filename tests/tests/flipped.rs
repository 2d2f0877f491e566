//! No byte of a bundle can differ without `verify` saying so.

use std::fs;
use std::path::{Path, PathBuf};
use upgrade_tests::{FORMS, NAME, Seeded, Trees, files_in, program, run};
use xtask::progress::Quiet;

/// A bundle in a folder of its own.
fn bundle(trees: &Trees) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let given = trees.write(folder.path());
    let ran = run(program!("package", "--output", FORMS, "--out", folder.path().join("out")).args(given.arguments()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let bundle = folder.path().join("out").join(NAME);
    (folder, bundle)
}

/// Little more than a distribution needs, so that checking it takes no time.
fn small() -> Trees {
    let mut trees = Trees::unchanged();
    for tree in [Some(&mut trees.home), Some(&mut trees.fresh), trees.pristine.as_mut()].into_iter().flatten() {
        tree.retain(|path, _| {
            ["bin/version.txt", "bin/micro-integrator.sh", "conf/deployment.toml", "updates/product.txt"]
                .contains(&path.as_str())
                || path.starts_with("wso2/lib/")
                || path == "dropins"
        });
    }
    trees
}

fn findings(bundle: &Path) -> Vec<String> {
    // A folder that is no bundle any more is a finding too.
    xtask::verify::bundle(bundle, &Quiet).map_or_else(|error| vec![format!("{error:#}")], |verified| verified.findings)
}

/// Everything, where a file has few bytes; else its start, its end, and places spread over it.
fn places(length: usize, random: &mut Seeded) -> Vec<usize> {
    if length <= 1200 {
        return (0..length).collect();
    }
    let spread = (0..300).map(|_| random.below(length)).collect::<Vec<_>>();
    (0..60).chain(length - 120..length).chain(spread).collect()
}

#[test]
fn a_flipped_byte_anywhere_is_found() {
    let (_folder, bundle) = bundle(&small());
    assert_eq!(findings(&bundle), Vec::<String>::new());
    let mut random = Seeded(42);
    let mut flips = 0;
    for (name, good) in files_in(&bundle) {
        let path = bundle.join(&name);
        let mut bytes = good.clone();
        for at in places(good.len(), &mut random) {
            let flip = if flips % 3 == 0 { 0x20 } else { 1 << (flips % 8) };
            bytes[at] ^= flip;
            fs::write(&path, &bytes).expect("a file");
            assert!(!findings(&bundle).is_empty(), "byte {at} of {name}, flipped by {flip:#x}, is not found");
            bytes[at] = good[at];
            flips += 1;
        }
        fs::write(&path, &good).expect("a file");
    }
    assert_eq!(findings(&bundle), Vec::<String>::new(), "all is as it was");
    assert!(flips > 1500, "only {flips} bytes were flipped");
}

#[test]
fn the_program_says_what_is_off_and_how_it_ended() {
    let (_folder, bundle) = bundle(&Trees::sample());
    for (name, good) in files_in(&bundle) {
        for at in [0, good.len() / 3, good.len() - 1] {
            let mut bytes = good.clone();
            bytes[at] ^= 4;
            fs::write(bundle.join(&name), &bytes).expect("a file");
            let ran = run(&mut program!("verify", &bundle));
            assert_eq!(ran.code, Some(4), "byte {at} of {name}: {}{}", ran.stdout, ran.stderr);
            assert!(ran.stderr.contains(&name) || name == "SHA256SUMS", "byte {at} of {name}: {}", ran.stderr);
            assert!(!ran.stdout.contains("ok: ") && ran.stderr.contains("not what it says"), "{}", ran.stdout);
        }
        fs::write(bundle.join(&name), &good).expect("a file");
    }
    assert_eq!(run(&mut program!("verify", &bundle)).code, Some(0));
}

#[test]
fn missing_extra_and_cut_files_are_found() {
    let (_folder, bundle) = bundle(&Trees::sample());
    for (name, good) in files_in(&bundle) {
        let path = bundle.join(&name);
        fs::remove_file(&path).expect("a file");
        let ran = run(&mut program!("verify", &bundle));
        assert_eq!(ran.code, Some(4), "{name} is gone: {}", ran.stderr);
        assert!(ran.stderr.contains(&name), "{name} is gone: {}", ran.stderr);
        fs::create_dir(&path).expect("a folder");
        assert_eq!(run(&mut program!("verify", &bundle)).code, Some(4), "{name} is a folder");
        fs::remove_dir(&path).expect("a folder");
        for bytes in [
            Vec::new(),
            good[..good.len() - 1].to_vec(),
            good[..good.len() / 2].to_vec(),
            [&good[..], b"\n"].concat(),
            [b"x", &good[..]].concat(),
        ] {
            fs::write(&path, &bytes).expect("a file");
            let ran = run(&mut program!("verify", &bundle));
            assert_eq!(ran.code, Some(4), "{name} with {} of {} bytes: {}", bytes.len(), good.len(), ran.stderr);
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        }
        fs::write(&path, &good).expect("a file");
    }
    for name in ["extra.txt", ".hidden", "SHA256SUMS.asc", "manifest.json.bak"] {
        fs::write(bundle.join(name), "x").expect("a file");
        let ran = run(&mut program!("verify", &bundle));
        assert!(ran.code == Some(4) && ran.stderr.contains(name), "{name}: {}", ran.stderr);
        fs::remove_file(bundle.join(name)).expect("a file");
    }
    fs::create_dir(bundle.join("folder")).expect("a folder");
    assert_eq!(run(&mut program!("verify", &bundle)).code, Some(4), "a folder in it");
    fs::remove_dir(bundle.join("folder")).expect("a folder");
    assert_eq!(run(&mut program!("verify", &bundle)).code, Some(0));
}

/// Who can write files can write checksums too: what they cover must still fit together.
#[test]
fn a_changed_archive_with_new_checksums_is_found_by_the_manifest() {
    let (_folder, bundle) = bundle(&small());
    let hex = |bytes: &[u8]| xtask::digest::Digest::of(bytes).to_string();
    let archive = format!("{NAME}.zip");
    let files = files_in(&bundle);
    let good = &files[&archive];
    let mut random = Seeded(3);
    for at in places(good.len(), &mut random).into_iter().step_by(3) {
        let mut bytes = good.clone();
        bytes[at] ^= 1 << (at % 8);
        let manifest =
            String::from_utf8(files["manifest.json"].clone()).expect("JSON").replace(&hex(good), &hex(&bytes));
        fs::write(bundle.join(&archive), &bytes).expect("a file");
        fs::write(bundle.join("manifest.json"), &manifest).expect("a file");
        let mut sums = String::from_utf8(files["SHA256SUMS"].clone()).expect("a text");
        sums = sums.replace(&hex(good), &hex(&bytes)).replace(&hex(&files["manifest.json"]), &hex(manifest.as_bytes()));
        fs::write(bundle.join("SHA256SUMS"), sums).expect("a file");
        assert!(!findings(&bundle).is_empty(), "byte {at} of the archive differs, and all sums were made anew");
    }
}

#[test]
fn what_is_no_bundle_is_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().to_owned(), folder.path().join("is-not-there")] {
        let ran = run(&mut program!("verify", &path));
        assert!(matches!(ran.code, Some(1 | 4)), "{:?} {}", ran.code, ran.stderr);
        assert!(ran.stderr.contains(&path.display().to_string()), "{}", ran.stderr);
    }
}
