//! Images that other tools made.

use super::testing::has_tool;
use super::*;
use std::process::Command;

/// Copies with skopeo. It names a place `dir:PATH`.
fn copy(from: &str, to: &str, options: &[&str]) -> Result<String, String> {
    run(Command::new("skopeo").args(["--insecure-policy", "copy", "--quiet"]).args(options).args([from, to]))
}

#[test]
fn what_skopeo_copies_opens() {
    if !has_tool("skopeo") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    Layout::of_system(&folder.path().join("base"));
    let from = format!("oci:{}:latest", at("base"));
    for (transport, name, tag, options) in [
        ("oci", "layout", ":corp/base:1", vec![]),
        ("oci-archive", "layout.tar", ":corp/base:1", vec![]),
        ("docker-archive", "saved.tar", ":corp/base:1", vec![]),
        ("dir", "dir", "", vec![]),
        ("dir", "dir2", "", vec!["--format", "v2s2"]),
        ("dir", "dir3", "", vec!["--dest-decompress"]),
    ] {
        copy(&from, &format!("{transport}:{}{tag}", at(name)), &options).expect("a copy");
        let image = open(Path::new(&at(name)), None).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        is_the_system(&image);
        assert_eq!(image.image.digest.is_some(), transport != "docker-archive", "{name}");
        let expected = (!tag.is_empty()).then_some("docker.io/corp/base:1");
        assert_eq!(image.image.name.as_deref(), expected, "{name}");
    }
    let packed = format!("oci:{}:1", at("zstd"));
    copy(&from, &packed, &["--dest-compress-format", "zstd", "--dest-compress"]).expect("a copy");
    let image = open(&folder.path().join("zstd"), None).expect("an image");
    // skopeo keeps a layer that is packed already.
    assert_eq!(read_all(&image).expect("layers").len(), 2);
}

#[test]
fn what_umoci_makes_opens() {
    if !has_tool("umoci") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("etc")).expect("a folder");
    fs::write(root.join("etc/passwd"), PASSWD).expect("a file");
    let layout = folder.path().join("layout");
    let image = format!("{}:latest", layout.display());
    let umoci = |arguments: &[&str]| run(Command::new("umoci").args(arguments));
    umoci(&["init", "--layout", layout.to_str().expect("UTF-8")]).expect("a layout");
    umoci(&["new", "--image", &image]).expect("an image");
    let inserted = umoci(&["insert", "--rootless", "--image", &image, root.to_str().expect("UTF-8"), "/"]);
    inserted.expect("a layer");
    umoci(&["insert", "--rootless", "--image", &image, "--whiteout", "/etc/group"]).expect("a whiteout");
    let image = open(&layout, None).expect("an image");
    assert_eq!(image.image.layers.len(), 2);
    let files = image.account_files().expect("files");
    assert_eq!((files.passwd.as_deref(), files.group), (Some(PASSWD), None));
}
