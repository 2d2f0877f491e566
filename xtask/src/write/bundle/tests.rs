use super::*;
use crate::archive::sums;
use crate::progress::Quiet;
use crate::write::tests::{Tree, file, sample, work};
use std::os::unix::fs::PermissionsExt;

fn documents() -> Documents<'static> {
    &|_| Ok(vec![Document::new("report.txt", "all well\n"), Document::script("policy.toml", "")])
}

fn mode(path: &Path) -> Mode {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn a_bundle_has_its_files_and_sums_over_all_of_them() {
    let (tree, memory) = sample();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let written = bundle(&work(&tree, &memory), "up", folder.path(), documents(), &Quiet).expect("it is written");
    let read = |name: &str| std::fs::read(folder.path().join(name)).expect("it is there");
    let sums = sums::parse(&read(sums::NAME)).expect("well-formed");
    assert_eq!(sums.keys().collect::<Vec<_>>(), ["manifest.json", "policy.toml", "report.txt", "up.zip"]);
    for (name, digest) in &sums {
        assert_eq!(Digest::of(&read(name)), *digest, "{name}");
    }
    let manifest = Manifest::parse(&read(manifest::NAME)).expect("well-formed");
    let (name, size, digest) = written.outputs[0].file.as_ref().expect("a zip is a file");
    let file = manifest.outputs[0].file.as_ref().expect("a zip is a file");
    assert_eq!((name.as_str(), *size, *digest), ("up.zip", file.size, sums["up.zip"]));
    assert_eq!((file.file.as_str(), &file.sha256), ("up.zip", &digest.to_string()));
    let entry = |path: &str| manifest.entries.iter().find(|entry| entry.path == path).expect("listed");
    assert_eq!(entry("wso2mi-4.0.0/bin/micro-integrator.sh").from.input, "fresh");
    assert_eq!(entry("wso2mi-4.0.0/conf/deployment.toml").from.path, "conf/deployment.toml");
    assert_eq!(entry("wso2mi-4.0.0").from.input, "packager");
    for name in ["manifest.json", "report.txt", "SHA256SUMS"] {
        assert_eq!(mode(&folder.path().join(name)), 0o644, "{name}");
    }
    assert_eq!(mode(&folder.path().join("policy.toml")), 0o755);
}

#[test]
fn the_archive_is_no_wider_than_the_narrowest_file_of_the_user() {
    let (_, memory) = sample();
    for (modes, expected) in [
        (&[0o644, 0o664][..], 0o644),
        (&[0o644, 0o640], 0o640),
        (&[0o644, 0o600], 0o600),
        (&[0o440, 0o404], 0o600),
        (&[], 0o644),
    ] {
        let tree: Tree =
            modes.iter().enumerate().map(|(number, mode)| file(&format!("f{number}"), *mode, b"x")).collect();
        let folder = tempfile::tempdir().expect("a temporary folder");
        bundle(&work(&tree, &memory), "up", folder.path(), documents(), &Quiet).expect("it is written");
        assert_eq!(mode(&folder.path().join("up.zip")), expected, "{modes:?}");
    }
}

#[test]
fn documents_cannot_take_the_place_of_other_files_or_lie_elsewhere() {
    let (tree, memory) = sample();
    for name in ["up.zip", "manifest.json", "Manifest.json", "SHA256SUMS", "../x", "a//b", "a/b/c/d/e", "..", "."] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let documents = |_: &Written| Ok(vec![Document::new(name, "")]);
        assert!(bundle(&work(&tree, &memory), "up", folder.path(), &documents, &Quiet).is_err(), "{name:?}");
    }
}
