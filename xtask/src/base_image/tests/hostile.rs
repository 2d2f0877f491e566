//! Images that are damaged, or made to harm.

use super::*;
use serde_json::Value;
use std::path::PathBuf;

/// The small system with one thing changed: what opening and reading it says.
fn with(change: impl FnOnce(&Layout)) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::of_system(&folder.path().join("base"));
    change(&layout);
    problem(&layout.0, None)
}

fn json_at(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

fn manifest_of(layout: &Layout) -> (PathBuf, Value) {
    let index = json_at(&layout.0.join("index.json"));
    let digest = index["manifests"][0]["digest"].as_str().expect("a digest").replace("sha256:", "blobs/sha256/");
    let path = layout.0.join(digest);
    let manifest = json_at(&path);
    (path, manifest)
}

fn layer_path(layout: &Layout) -> PathBuf {
    let digest = Digest::of(&system()[0].bytes);
    layout.0.join(format!("blobs/sha256/{digest}"))
}

/// Writes another manifest, with its own digest in the index.
fn with_manifest(change: impl FnOnce(&Layout, &mut Value)) -> String {
    with(|layout| {
        let (_, mut manifest) = manifest_of(layout);
        change(layout, &mut manifest);
        let media_type = manifest["mediaType"].as_str().unwrap_or("application/vnd.oci.image.manifest.v1+json");
        let image = layout.blob(media_type, manifest.to_string().as_bytes());
        layout.index(&[image]);
    })
}

fn says(problem: &str, words: &[&str]) {
    for word in words {
        assert!(problem.contains(word), "`{word}` is not in: {problem}");
    }
}

#[test]
fn a_blob_that_was_changed_is_told() {
    let flipped = with(|layout| {
        let path = layer_path(layout);
        let mut bytes = fs::read(&path).expect("a layer");
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(path, bytes).expect("a file");
    });
    says(&flipped, &["base` at `blobs/sha256/", "does not have the digest sha256:", "copy the image again"]);
    let cut = with(|layout| fs::write(layer_path(layout), &system()[0].bytes[1..]).expect("a file"));
    says(&cut, &["base` at `blobs/sha256/", "are said to be there", "copy the image again"]);
    let gone = with(|layout| fs::remove_file(layer_path(layout)).expect("a file"));
    says(&gone, &["is not there: the image is not whole"]);
    let manifest = with(|layout| {
        let (path, manifest) = manifest_of(layout);
        fs::write(path, manifest.to_string().replace("\"schemaVersion\":2", "\"schemaVersion\":3")).expect("a file");
    });
    says(&manifest, &["does not have the digest"]);
    says(&with(|layout| fs::write(layout.0.join("index.json"), "{\n{").expect("a file")), &["is no JSON (line 2)"]);
}

#[test]
fn a_layer_that_changes_after_it_was_opened_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::of_system(folder.path());
    let image = open(&layout.0, None).expect("an image");
    let mut bytes = system()[0].bytes.clone();
    bytes[5] ^= 1;
    fs::write(layer_path(&layout), bytes).expect("a file");
    assert!(format!("{:#}", read_all(&image).expect_err("another layer")).contains("does not have the digest"));
    let problem = format!("{:#}", image.account_files().expect_err("another layer"));
    says(&problem, &["does not have the digest"]);
}

#[test]
fn nothing_outside_of_the_folder_is_opened() {
    let outside = tempfile::tempdir().expect("a folder");
    let secret = outside.path().join("secret");
    fs::write(&secret, &system()[0].bytes).expect("a file");
    let link = with(|layout| {
        fs::remove_file(layer_path(layout)).expect("a file");
        std::os::unix::fs::symlink(&secret, layer_path(layout)).expect("a link");
    });
    says(&link, &["a link leads out of `"]);
    let folder = with(|layout| {
        fs::remove_file(layer_path(layout)).expect("a file");
        fs::create_dir(layer_path(layout)).expect("a folder");
    });
    says(&folder, &["is no plain file"]);
    // A link inside is what tools that save space make.
    let inside = tempfile::tempdir().expect("a folder");
    let layout = Layout::of_system(inside.path());
    fs::rename(layer_path(&layout), layout.0.join("layer")).expect("a file");
    std::os::unix::fs::symlink("../../layer", layer_path(&layout)).expect("a link");
    is_the_system(&open(&layout.0, None).expect("an image"));
}

#[test]
fn a_pipe_does_not_keep_anyone_waiting() {
    let pipe = with(|layout| {
        fs::remove_file(layer_path(layout)).expect("a file");
        let made = run(std::process::Command::new("mkfifo").arg(layer_path(layout)));
        made.expect("a pipe");
    });
    says(&pipe, &["is no plain file"]);
}

#[test]
fn names_of_an_archive_stay_inside() {
    for name in ["../../etc/passwd", "/etc/passwd", "a\\b", ""] {
        let folder = tempfile::tempdir().expect("a folder");
        let list = json!([{"Config": name, "Layers": []}]);
        fs::write(folder.path().join("manifest.json"), list.to_string()).expect("a file");
        says(&problem(folder.path(), None), &["`Config` of `", "the name `"]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("files");
    fs::create_dir(&files).expect("a folder");
    for (target, word) in [
        ("../../x", "a link leads out of"),
        ("/etc/passwd", "a link leads out of"),
        ("config.json", "links lead from one to the next"),
        ("nothing", "is not there"),
    ] {
        let link = files.join("config.json");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(target, link).expect("a link");
        fs::write(files.join("manifest.json"), r#"[{"Config": "config.json", "Layers": []}]"#).expect("a file");
        let tar = folder.path().join("saved.tar");
        packed(&files, &tar);
        says(&problem(&tar, None), &[word, "saved.tar` at `config.json`"]);
    }
}

#[test]
fn documents_have_a_bound() {
    let long = with(|layout| {
        fs::write(layout.0.join("index.json"), vec![b' '; (4 << 20) + 1]).expect("a file");
    });
    says(&long, &["at `index.json` has 4194305 bytes"]);
    let deep = with(|layout| fs::write(layout.0.join("index.json"), "[".repeat(1 << 20)).expect("a file"));
    says(&deep, &["is no JSON"]);
}

#[test]
fn layers_that_may_not_be_passed_on_are_refused() {
    for (media_type, word) in [
        ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", "is encrypted"),
        ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "may not be passed on"),
        ("application/vnd.oci.image.layer.nondistributable.v1.tar", "may not be passed on"),
        ("text/plain", "is no layer of a container image"),
    ] {
        let problem = with_manifest(|_, manifest| manifest["layers"][0]["mediaType"] = json!(media_type));
        says(&problem, &[&format!("(`{media_type}`) {word}"), "base` at `blobs/sha256/"]);
    }
    let unpacked = with_manifest(|layout, manifest| {
        manifest["layers"][0] = layout.blob("application/vnd.oci.image.layer.v1.tar+gzip", &system()[0].tar);
    });
    says(&unpacked, &["is said to be packed"]);
}

#[test]
fn manifests_that_are_none_are_refused() {
    for (name, value, word) in [
        ("config", json!(null), "a descriptor has no `digest`"),
        ("config", json!({"digest": "sha512:00", "size": 1}), "not of SHA-256"),
        ("config", json!({"digest": "sha256:00", "size": 1}), "a digest that is none"),
        ("config", json!({"digest": format!("sha256:{}", Digest::of(b"")), "size": -1}), "no `size`"),
        ("layers", json!([]), "lists 0 layers and its configuration 2"),
        ("layers", json!({}), "a list of descriptors is missing"),
        ("mediaType", json!("application/vnd.docker.distribution.manifest.v1+json"), "Docker's first schema"),
    ] {
        let problem = with_manifest(|_, manifest| manifest[name] = value);
        says(&problem, &[word]);
    }
    let helm = with_manifest(|layout, manifest| {
        manifest["config"] = layout.blob("application/vnd.cncf.helm.config.v1+json", b"{}");
    });
    says(&helm, &["is not of a container image (its configuration is `application/vnd.cncf.helm.config.v1+json`)"]);
}

#[test]
fn configurations_that_do_not_fit_are_refused() {
    let with_config = |change: &dyn Fn(&mut Value)| {
        with_manifest(|layout, manifest| {
            let mut config = config("amd64", &system());
            change(&mut config);
            manifest["config"] = layout.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        })
    };
    says(&with_config(&|config| config["os"] = json!("windows")), &["is an image for windows/amd64"]);
    says(&with_config(&|config| config["config"]["Env"] = json!(7)), &["`Env` is no list; copy the image again"]);
    let many = vec![json!(format!("sha256:{}", Digest::of(b""))); 130];
    says(&with_config(&|config| config["rootfs"]["diff_ids"] = json!(many)), &["has 130 layers"]);
    let other = with(|layout| {
        let mut index = json_at(&layout.0.join("index.json"));
        index["manifests"][0]["platform"] = json!({"os": "linux", "architecture": "arm64"});
        fs::write(layout.0.join("index.json"), index.to_string()).expect("a file");
    });
    says(&other, &["the index has it for linux/arm64 and its configuration is for linux/amd64"]);
}

#[test]
fn what_is_no_image_says_what_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    says(&problem(folder.path(), None), &["is no image: it has neither `index.json`"]);
    says(&problem(&folder.path().join("gone"), None), &["gone` cannot be opened"]);
    says(&problem(Path::new("oci:gone"), None), &["give its path alone"]);
    for (bytes, word) in [
        (&b"\x28\xb5\x2f\xfd rest"[..], "`zstd -d`"),
        (b"\xfd7zXZ\0 rest", "`xz -d`"),
        (b"BZh9", "`bzip2 -d`"),
        (b"PK\x03\x04", "is a zip"),
        (b"", "is no tar"),
        (b"FROM scratch", "is no tar"),
        (&gzip(b"nothing"), "is no tar"),
    ] {
        let file = folder.path().join("file");
        fs::write(&file, bytes).expect("a file");
        says(&problem(&file, None), &[word, "file`"]);
    }
}

#[test]
fn a_tar_that_says_a_name_twice_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let tar = folder.path().join("base.tar");
    let item = super::testing::Item::File(b"{}");
    fs::write(&tar, testing::tar(&[("index.json", item), ("index.json", item)])).expect("a file");
    says(&problem(&tar, None), &["holds `index.json` twice"]);
}

#[test]
fn an_index_that_never_ends_is_refused() {
    let many = with(|layout| {
        let image = layout.image(&config("amd64", &system()), &system());
        let inner = json!({"schemaVersion": 2, "manifests": vec![image; 400]}).to_string();
        let index = layout.blob("application/vnd.oci.image.index.v1+json", inner.as_bytes());
        layout.index(&vec![index; 400]);
    });
    says(&many, &["at `index.json` lists more than 500 images"]);
}

#[test]
fn no_byte_of_a_layer_can_differ() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::of_system(&folder.path().join("base"));
    let tar = folder.path().join("base.tar");
    packed(&layout.0, &tar);
    let whole = fs::read(&tar).expect("a tar");
    let layers = read_all(&open(&tar, None).expect("an image")).expect("layers");
    let (mut refused, mut same) = (0, 0);
    for at in (0..whole.len()).step_by(11) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&tar, bytes).expect("a file");
        match open(&tar, None).and_then(|image| Ok((read_all(&image)?, image.account_files()?))) {
            Err(_) => refused += 1,
            Ok((read, files)) => {
                assert_eq!(read, layers, "byte {at}");
                assert_eq!(files.passwd.as_deref(), Some(PASSWD), "byte {at}");
                same += 1;
            }
        }
    }
    assert!(refused > 100 && same > 100, "{refused} refused, {same} the same");
}
