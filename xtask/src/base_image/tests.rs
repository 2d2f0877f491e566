mod accounts;
mod hostile;
mod several;
mod tools;

use super::*;
use crate::digest::Digest;
use crate::image::Compression;
use serde_json::json;
use std::fs;
use testing::{GROUP, Layout, Made, PASSWD, config, gzip, packed, run, system};

/// The message of an error, with all that it comes from.
fn problem(path: &Path, platform: Option<&str>) -> String {
    let platform = platform.map(|platform| Platform::parse(platform).expect("a platform"));
    match open(path, platform.as_ref()).and_then(|image| read_all(&image)) {
        Ok(_) => panic!("{} is taken", path.display()),
        Err(error) => format!("{error:#}"),
    }
}

/// Every layer, as it stands.
fn read_all(image: &BaseImage) -> anyhow::Result<Vec<Vec<u8>>> {
    let layers = 0..image.image.layers.len();
    layers
        .map(|layer| {
            let mut bytes = Vec::new();
            image.layer(layer)?.read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .collect()
}

/// Sees that an image is the small system, however its layers are packed.
fn is_the_system(image: &BaseImage) {
    let said: Vec<_> = image.image.layers.iter().map(|layer| layer.diff_id).collect();
    assert_eq!(said, system().iter().map(|layer| Digest::of(&layer.tar)).collect::<Vec<_>>());
    let layers = read_all(image).expect("layers");
    for ((bytes, said), made) in layers.iter().zip(&image.image.layers).zip(system()) {
        assert_eq!((Digest::of(bytes), bytes.len() as u64), (said.digest, said.size));
        let tar = match said.compression {
            Compression::None => bytes.clone(),
            Compression::Gzip => {
                let mut tar = Vec::new();
                flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut tar).expect("gzip");
                tar
            }
            Compression::Zstd => panic!("zstd"),
        };
        assert!(tar == made.tar);
    }
    assert_eq!(image.image.platform.to_string(), "linux/amd64");
    assert_eq!(image.image.environment("JAVA_HOME"), Some("/opt/java"));
    let files = image.account_files().expect("files");
    assert_eq!((files.passwd.as_deref(), files.group.as_deref()), (Some(PASSWD), Some(GROUP)));
}

#[test]
fn an_image_layout_opens_as_folder_as_tar_and_as_packed_tar() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::of_system(&folder.path().join("layout"));
    let image = open(&layout.0, None).expect("a folder");
    is_the_system(&image);
    let index: serde_json::Value =
        serde_json::from_slice(&fs::read(layout.0.join("index.json")).expect("a file")).expect("JSON");
    let digest = image.image.digest.expect("a digest");
    assert_eq!(index["manifests"][0]["digest"], format!("sha256:{digest}"));

    let tar = folder.path().join("layout.tar");
    packed(&layout.0, &tar);
    let image = open(&tar, Some(&Platform::default())).expect("a tar");
    is_the_system(&image);
    assert_eq!(image.image.digest, Some(digest));
    // Readers may be used by other threads, and outlive the image.
    let mut reader = image.layer(1).expect("a layer");
    drop(image);
    let read = std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()).expect("a layer"));
    assert_eq!(read.join().expect("a thread"), system()[1].bytes.len() as u64);

    let packed = folder.path().join("layout.tar.gz");
    fs::write(&packed, gzip(&fs::read(&tar).expect("a tar"))).expect("a file");
    is_the_system(&open(&packed, None).expect("a packed tar"));
}

#[test]
fn an_old_archive_of_docker_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("files");
    let config = config("amd64", &system()).to_string();
    let name = format!("{}.json", Digest::of(config.as_bytes()));
    for (layer, id) in system().iter().zip(["a", "b"]) {
        fs::create_dir_all(files.join(id)).expect("a folder");
        fs::write(files.join(id).join("layer.tar"), &layer.tar).expect("a file");
    }
    fs::write(files.join(&name), &config).expect("a file");
    // A layer that two images have is a link in one of them.
    fs::create_dir_all(files.join("c")).expect("a folder");
    std::os::unix::fs::symlink("../a/layer.tar", files.join("c/layer.tar")).expect("a link");
    let list = json!([{"Config": name, "RepoTags": ["corp/base:1"], "Layers": ["c/layer.tar", "b/layer.tar"]}]);
    fs::write(files.join("manifest.json"), list.to_string()).expect("a file");
    let tar = folder.path().join("saved.tar");
    packed(&files, &tar);
    let image = open(&tar, None).expect("an archive");
    is_the_system(&image);
    assert!(image.image.layers.iter().all(|layer| layer.compression == Compression::None));
    assert_eq!((image.image.name.as_deref(), image.image.digest), (Some("docker.io/corp/base:1"), None));
    // As a folder, it is the same.
    is_the_system(&open(&files, None).expect("an archive"));

    // Some tools put packed layers in: each is compared with the configuration, since nothing else says its digest.
    fs::write(files.join("b/layer.tar"), &system()[1].bytes).expect("a file");
    let image = open(&files, None).expect("an archive");
    is_the_system(&image);
    assert_eq!(image.image.layers[1].compression, Compression::Gzip);
    fs::write(files.join("b/layer.tar"), gzip(b"another tar")).expect("a file");
    assert!(problem(&files, None).contains("at `b/layer.tar`: its tar is not the one"), "{}", problem(&files, None));
    fs::write(files.join("b/layer.tar"), b"another tar").expect("a file");
    assert!(problem(&files, None).contains("`diff_ids`"), "{}", problem(&files, None));
    assert!(problem(&files, Some("linux/arm64")).contains("is an image for linux/amd64"));
}

#[test]
fn a_folder_of_skopeo_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let blob = |bytes: &[u8]| {
        let digest = Digest::of(bytes);
        fs::write(folder.path().join(digest.to_string()), bytes).expect("a file");
        (format!("sha256:{digest}"), bytes.len())
    };
    let (config, config_size) = blob(config("amd64", &system()).to_string().as_bytes());
    let layers: Vec<_> = system()
        .iter()
        .map(|layer| {
            let (digest, size) = blob(&layer.bytes);
            json!({"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": digest, "size": size})
        })
        .collect();
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "digest": config, "size": config_size},
        "layers": layers,
    });
    fs::write(folder.path().join("manifest.json"), manifest.to_string()).expect("a file");
    fs::write(folder.path().join("version"), "Directory Transport Version: 1.1\n").expect("a file");
    let image = open(folder.path(), None).expect("a folder");
    is_the_system(&image);
    assert!(image.image.layers.iter().all(|layer| layer.compression == Compression::Gzip));
    assert_eq!(image.image.digest, Some(Digest::of(manifest.to_string().as_bytes())));
    assert!(problem(folder.path(), Some("linux/arm64")).contains("is an image for linux/amd64"));
}
