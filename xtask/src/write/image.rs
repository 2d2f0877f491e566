//! An image: the layer of the container, and the layout around all layers.
//!
//! In: the layers that the pass wrote, a base image or none. Out: the blobs and documents of an image layout, and one tar
//! of all of it. Always: the same inputs give the same digests; no layer holds a file of another owner than the server's
//! but what belongs to the system.

use super::folder::Folder;
use super::{Work, WrittenOutput, pass};
use crate::archive::tar_write::{END, Header, padding};
use crate::base_image::BaseImage;
use crate::digest::{Digest, Fingerprint, Fingerprinting, copy};
use crate::image::{self, Account, Layer, Settings};
use crate::inventory::{Kind, Mode};
use crate::output::Output;
use crate::path::EntryPath;
use crate::timestamp::Timestamp;
use anyhow::Context;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

/// Where the blobs of a layout lie in it.
const BLOBS: &str = "blobs/sha256";

/// What an image has beside its layers.
#[derive(Clone, Copy)]
pub struct ImageWork<'a> {
    /// What is said of it.
    pub settings: &'a Settings<'a>,
    /// What it lies on.
    pub base: Option<&'a BaseImage>,
    /// The lines of its user, where the base image has none.
    pub account: Option<&'a Account>,
}

/// Something of the layer of the container.
struct Part {
    kind: Kind,
    mode: Mode,
    owner: u64,
    bytes: Vec<u8>,
}

impl Part {
    fn folder(mode: Mode, owner: u64) -> Self {
        Self { kind: Kind::Folder, mode, owner, bytes: Vec::new() }
    }

    fn file(mode: Mode, owner: u64, bytes: &[u8]) -> Self {
        Self { kind: Kind::File, mode, owner, bytes: bytes.to_vec() }
    }
}

/// The layer of the container: what the tree does not have of the distribution, the scripts, and the user.
pub(super) fn container<C>(
    work: &Work<'_, C>,
    image: ImageWork<'_>,
    removed: &[EntryPath],
    out: impl Write,
) -> anyhow::Result<(Fingerprint, Digest)> {
    let mut layer = pass::started(out, work.time)?;
    for (name, part) in &parts(work, image, removed) {
        let Part { kind, mode, owner, bytes } = part;
        layer.start(&Header { name, kind, mode: *mode, owner: *owner, size: bytes.len() as u64 })?;
        if !bytes.is_empty() {
            layer.stored(&mut &bytes[..], bytes.len() as u64)?;
        }
    }
    pass::finished(layer)
}

fn parts<C>(work: &Work<'_, C>, image: ImageWork<'_>, removed: &[EntryPath]) -> BTreeMap<String, Part> {
    let owner = u64::from(image::USER_ID);
    let mut parts = BTreeMap::new();
    for (path, script) in
        [(image::ENTRYPOINT, image::ENTRYPOINT_SCRIPT), (image::HEALTH_CHECK, image::HEALTH_CHECK_SCRIPT)]
    {
        parts.insert(path.to_owned(), Part::file(0o755, owner, script.as_bytes()));
    }
    parts.insert("home".to_owned(), Part::folder(0o755, 0));
    parts.insert(image::USER_HOME.to_owned(), Part::folder(0o755, owner));
    if let Some(account) = image.account {
        for (name, text) in [("etc/passwd", &account.passwd), ("etc/group", &account.group)] {
            if let Some(text) = text {
                parts.insert("etc".to_owned(), Part::folder(0o755, 0));
                parts.insert(name.to_owned(), Part::file(0o644, 0, text));
            }
        }
    }
    for path in removed {
        // A folder that a layer does not name would be made anew, for another owner.
        for folder in path.ancestors() {
            let mode = work.distribution.get(&folder).map_or(0o755, |planned| planned.mode);
            parts.insert(folder.under(image::SERVER_HOME).to_string(), Part::folder(mode, owner));
        }
        parts.insert(image::SERVER_HOME.to_owned(), Part::folder(0o755, owner));
        let whiteout = path.parent().map_or_else(String::new, |folder| format!("{folder}/")) + image::WHITEOUT;
        let name = format!("{}/{whiteout}{}", image::SERVER_HOME, path.file_name());
        parts.insert(name, Part::file(0o644, owner, b""));
    }
    parts
}

/// Writes the layout around the layers, which lie in it already, and its tar.
pub(super) fn layout<C>(
    work: &Work<'_, C>,
    image: ImageWork<'_>,
    layers: Vec<Layer>,
    folder: &mut Folder<'_>,
    mode: Mode,
    tar: &str,
) -> anyhow::Result<WrittenOutput> {
    let top = Output::Oci.name();
    if let Some(base) = image.base {
        for (index, layer) in base.image.layers.iter().enumerate() {
            let name = format!("{top}/{BLOBS}/{}", layer.digest);
            if folder.has(&name) {
                continue;
            }
            folder.create(&name, 0o644, |file| {
                let mut out = BufWriter::with_capacity(128 * 1024, Fingerprinting::new(file));
                copy(&mut base.layer(index)?, &mut out).context("a layer of the base image cannot be copied")?;
                Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?.finish().1.digest)
            })?;
        }
    }
    let documents = image::documents(image.settings, image.base.map(|base| &base.image), &layers);
    let digest = Digest::of(&documents.manifest);
    for bytes in [&documents.config, &documents.manifest] {
        folder.document(&format!("{top}/{BLOBS}/{}", Digest::of(bytes)), bytes, 0o644)?;
    }
    folder.document(&format!("{top}/index.json"), &documents.index, 0o644)?;
    folder.document(&format!("{top}/oci-layout"), &documents.oci_layout, 0o644)?;
    let files = folder.below(top);
    let mut sum = None;
    let source = folder.path().join(top);
    folder.create(tar, mode, |file| {
        let mut out = BufWriter::with_capacity(256 * 1024, Fingerprinting::new(file));
        write_tar(&mut out, &files, &source, &documents.docker_manifest, work.time)?;
        let found = out.into_inner().map_err(io::IntoInnerError::into_error)?.finish().1;
        sum = Some(found);
        Ok(found.digest)
    })?;
    let file = sum.map(|sum| (tar.to_owned(), sum.size, sum.digest));
    Ok(WrittenOutput { kind: Output::Oci, path: top.to_owned(), file, layers, image: Some(digest) })
}

/// One tar of the files of a layout, and of the document by which `docker load` finds its way in it.
fn write_tar(
    out: &mut impl Write,
    files: &BTreeSet<String>,
    folder: &std::path::Path,
    docker_manifest: &[u8],
    time: Timestamp,
) -> anyhow::Result<()> {
    let mut entry = |name: &str, kind: &Kind, mode, size, bytes: &mut dyn Read| {
        let header = Header { name, kind, mode, owner: 0, size };
        out.write_all(&header.blocks(time)?)?;
        let written = copy(&mut bytes.take(size), out)?;
        if written != size {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("`{name}` became shorter")));
        }
        out.write_all(&END[..padding(size)])
    };
    let mut done = BTreeSet::new();
    let names = files.iter().map(String::as_str).chain(["manifest.json"]).collect::<BTreeSet<_>>();
    for name in names {
        for (at, _) in name.match_indices('/') {
            let above = &name[..at];
            if done.insert(above.to_owned()) {
                entry(above, &Kind::Folder, 0o755, 0, &mut io::empty())?;
            }
        }
        if name == "manifest.json" {
            entry(name, &Kind::File, 0o644, docker_manifest.len() as u64, &mut &docker_manifest[..])?;
            continue;
        }
        let mut file = File::open(folder.join(name)).with_context(|| format!("`{name}` cannot be read"))?;
        let size = file.metadata().with_context(|| format!("`{name}` cannot be read"))?.len();
        entry(name, &Kind::File, 0o644, size, &mut file)?;
    }
    out.write_all(&END)?;
    Ok(())
}

/// The name of a blob in the bundle.
pub(super) fn blob(name: &str) -> String {
    format!("{}/{BLOBS}/{name}", Output::Oci.name())
}
