//! Images that other tools made.

use super::testing::{Item, has_tool};
use super::*;
use crate::image::{Layer, LayerName, Settings, documents};
use crate::timestamp::Timestamp;
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

/// An image on a base image, as a layout and as a tar for `docker load`.
fn put_on(base: &BaseImage, folder: &Path) {
    let layout = Layout::new(&folder.join("layout"));
    let own = Made::gzip(&[("home/wso2carbon/wso2mi-4.0.0/conf/deployment.toml", Item::File(b"merged"))]);
    let gzip = Compression::Gzip.media_type();
    layout.blob(gzip, &own.bytes);
    for bytes in read_all(base).expect("layers") {
        layout.blob(gzip, &bytes);
    }
    let settings = Settings {
        name: "wso2mi-4.0.0-upgraded",
        time: Timestamp::FIXED,
        platform: Platform::default(),
        ports: &[8290],
        health_port: Some(9201),
        title: "title",
        version: "4.0.0",
        description: "description",
    };
    let layer = Layer {
        name: LayerName::Configuration,
        digest: Digest::of(&own.bytes),
        size: own.bytes.len() as u64,
        diff_id: Digest::of(&own.tar),
    };
    let documents = documents(&settings, Some(&base.image), &[layer]);
    layout.blob("", &documents.config);
    layout.blob("", &documents.manifest);
    fs::write(layout.0.join("index.json"), documents.index).expect("a file");
    fs::write(layout.0.join("manifest.json"), documents.docker_manifest).expect("a file");
    packed(&layout.0, &folder.join("image.tar"));
}

#[test]
fn what_is_put_on_a_base_image_is_an_image_for_other_tools() {
    if !has_tool("skopeo") {
        return;
    }
    let bases = tempfile::tempdir().expect("a folder");
    let at = |name: &str| bases.path().join(name).display().to_string();
    Layout::of_system(&bases.path().join("gzip"));
    let from = format!("oci:{}:latest", at("gzip"));
    copy(&from, &format!("dir:{}", at("dir")), &["--format", "v2s2"]).expect("a copy");
    copy(&from, &format!("docker-archive:{}:corp/base:1", at("saved.tar")), &[]).expect("a copy");
    copy(&from, &format!("dir:{}", at("plain")), &["--dest-decompress"]).expect("a copy");
    let zstd = ["--dest-compress", "--dest-compress-format", "zstd"];
    copy(&format!("dir:{}", at("plain")), &format!("oci:{}:1", at("zstd")), &zstd).expect("a copy");
    for (name, compression) in [
        ("gzip", Compression::Gzip),
        ("dir", Compression::Gzip),
        ("saved.tar", Compression::None),
        ("plain", Compression::None),
        ("zstd", Compression::Zstd),
    ] {
        let base = open(&bases.path().join(name), None).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        assert!(base.image.layers.iter().all(|layer| layer.compression == compression), "{name}");
        assert_eq!(base.account_files().is_ok(), compression != Compression::Zstd, "{name}");
        let folder = tempfile::tempdir().expect("a folder");
        put_on(&base, folder.path());
        let at = |name: &str| folder.path().join(name).display().to_string();
        // Unpacking every layer compares each with its digests.
        let layout = format!("oci:{}:4.0.0-upgraded", at("layout"));
        let copied = copy(&layout, &format!("dir:{}", at("copied")), &["--dest-decompress"]);
        copied.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let loaded = format!("docker-archive:{}:wso2mi:4.0.0-upgraded", at("image.tar"));
        if compression != Compression::Zstd {
            copy(&loaded, &format!("dir:{}", at("loaded")), &[]).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        }
        let config = run(Command::new("skopeo").args(["inspect", "--config", &layout])).expect("a configuration");
        let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
        assert_eq!(config["config"]["Cmd"], json!(null));
        assert_eq!(config["rootfs"]["diff_ids"].as_array().map(Vec::len), Some(3), "{name}");
        // It is a base image itself.
        let again = open(&folder.path().join("image.tar"), None).expect("an image");
        assert_eq!(again.image.layers.len(), 3);
        assert_eq!(again.image.name.as_deref(), Some("docker.io/library/wso2mi:4.0.0-upgraded"));
        if has_tool("umoci") && compression == Compression::Gzip {
            let image = format!("{}:4.0.0-upgraded", at("layout"));
            let unpacked =
                run(Command::new("umoci").args(["unpack", "--rootless", "--image", &image, &at("unpacked")]));
            unpacked.unwrap_or_else(|problem| panic!("{name}: {problem}"));
            let merged = folder.path().join("unpacked/rootfs/home/wso2carbon/wso2mi-4.0.0/conf/deployment.toml");
            assert_eq!(fs::read(merged).expect("a file"), b"merged");
        }
    }
}
