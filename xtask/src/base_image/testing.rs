//! Base images for tests, made in code.

use crate::digest::Digest;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An entry of a layer.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    File(&'a [u8]),
    Folder,
    Link(&'a str),
}

/// A tar of entries, in their order.
pub(crate) fn tar(items: &[(&str, Item<'_>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, item) in items {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        let data: &[u8] = match item {
            Item::File(bytes) => bytes,
            Item::Folder => {
                header.set_entry_type(tar::EntryType::Directory);
                &[]
            }
            Item::Link(target) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_link_name(target).expect("a target");
                &[]
            }
        };
        header.set_size(data.len() as u64);
        builder.append_data(&mut header, path, data).expect("memory");
    }
    builder.into_inner().expect("memory")
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// A layer: its media type, its bytes as they stand, its tar.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) media_type: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) tar: Vec<u8>,
}

impl Made {
    pub(crate) fn gzip(items: &[(&str, Item<'_>)]) -> Self {
        let tar = tar(items);
        Self { media_type: "application/vnd.oci.image.layer.v1.tar+gzip".to_owned(), bytes: gzip(&tar), tar }
    }
}

pub(crate) const PASSWD: &[u8] = b"root:x:0:0:root:/root:/bin/sh\n";
pub(crate) const GROUP: &[u8] = b"root:x:0:\n";

/// Layers of a small system.
pub(crate) fn system() -> Vec<Made> {
    vec![
        Made::gzip(&[
            ("etc", Item::Folder),
            ("etc/passwd", Item::File(PASSWD)),
            ("etc/group", Item::File(GROUP)),
            ("bin", Item::Folder),
            ("bin/sh", Item::File(b"no shell")),
        ]),
        Made::gzip(&[("opt/java/release", Item::File(b"11"))]),
    ]
}

pub(crate) fn config(architecture: &str, layers: &[Made]) -> Value {
    let diff_ids: Vec<String> = layers.iter().map(|layer| format!("sha256:{}", Digest::of(&layer.tar))).collect();
    json!({
        "os": "linux", "architecture": architecture,
        "config": {"Env": ["PATH=/bin", "JAVA_HOME=/opt/java"], "Cmd": ["jshell"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    })
}

/// An image layout on disk, in the making.
pub(crate) struct Layout(pub(crate) PathBuf);

impl Layout {
    pub(crate) fn new(folder: &Path) -> Self {
        fs::create_dir_all(folder.join("blobs/sha256")).expect("a folder");
        fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).expect("a file");
        Self(folder.to_owned())
    }

    pub(crate) fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        fs::write(self.0.join(format!("blobs/sha256/{digest}")), bytes).expect("a file");
        json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len()})
    }

    /// Writes an image; its descriptor.
    pub(crate) fn image(&self, config: &Value, layers: &[Made]) -> Value {
        let config = self.blob("application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        let layers: Vec<Value> = layers.iter().map(|layer| self.blob(&layer.media_type, &layer.bytes)).collect();
        let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers});
        self.blob("application/vnd.oci.image.manifest.v1+json", manifest.to_string().as_bytes())
    }

    pub(crate) fn index(&self, manifests: &[Value]) {
        let index = json!({"schemaVersion": 2, "manifests": manifests});
        fs::write(self.0.join("index.json"), index.to_string()).expect("a file");
    }

    /// The small system as the only image.
    pub(crate) fn of_system(folder: &Path) -> Self {
        let layout = Self::new(folder);
        let mut image = layout.image(&config("amd64", &system()), &system());
        image["annotations"] = json!({"org.opencontainers.image.ref.name": "latest"});
        layout.index(&[image]);
        layout
    }
}

/// Packs all files of a folder into a tar.
pub(crate) fn packed(folder: &Path, to: &Path) {
    let file = fs::File::create(to).expect("a file");
    let mut builder = tar::Builder::new(file);
    builder.follow_symlinks(false);
    builder.append_dir_all(".", folder).expect("a folder");
    builder.finish().expect("an end");
}

/// Whether a tool is installed; says so when it is not.
pub(crate) fn has_tool(tool: &str) -> bool {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()));
    if !found {
        crate::tests::skipped(&format!("{tool} is not installed"));
    }
    found
}

/// Runs a command; its error output where it fails.
pub(crate) fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(format!("{command:?}: {}", text(&output.stderr)))
    }
}
