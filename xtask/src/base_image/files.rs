//! The files of an image, in a folder or in a tar.
//!
//! In: a path of the machine. Out: [`Files`], and views on single ones of them by their names. Always: what is opened is
//! a plain file of that folder or tar, whatever links lead there; nothing is unpacked but a tar that is itself packed.

use crate::archive::bytes::{Bytes, Window};
use crate::archive::inflate;
use crate::archive::tar_read;
use crate::archive::tree::{Limits, shown};
use crate::base_image::checked::Expected;
use crate::digest::Digest;
use crate::inventory::{Content, Entry, Kind};
use crate::path::EntryPath;
use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A document of an image has no more bytes. Source: OCI distribution-spec v1.1.0, `spec.md`: registries take manifests
/// of at least 4 MiB.
const LONGEST_DOCUMENT: u64 = 4 << 20;
/// Links in a tar that lead from one to the next: `docker save` writes none but to files.
const MOST_LINKS: usize = 4;

/// The files of an image.
pub(super) struct Files {
    /// The folder or tar as the user named it, in backticks.
    pub(super) name: String,
    place: Place,
}

enum Place {
    /// A folder, by its path without links.
    Folder(PathBuf),
    /// A tar.
    Tar { bytes: Bytes, entries: BTreeMap<EntryPath, Entry> },
}

impl Files {
    /// Opens a folder, a tar, or a tar that is packed with gzip.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let plain = path.display().to_string();
        let name = format!("`{plain}`");
        let metadata = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && is_of_skopeo(&plain) => {
                bail!("the base image {name} is not there: give its path alone, without what stands before the colon")
            }
            metadata => metadata.with_context(|| format!("the base image {name} cannot be opened"))?,
        };
        if metadata.is_dir() {
            let folder = fs::canonicalize(path).with_context(|| format!("the base image {name} cannot be opened"))?;
            return Ok(Self { name, place: Place::Folder(folder) });
        }
        ensure!(metadata.is_file(), "the base image {name} is neither a file nor a folder");
        let file = File::open(path).with_context(|| format!("the base image {name} cannot be opened"))?;
        let mut bytes = Bytes::of_file(file).with_context(|| format!("the base image {name} cannot be opened"))?;
        let limits = Limits::default();
        let mut start = start_of(&bytes)?;
        if start.starts_with(&[0x1f, 0x8b]) {
            bytes = inflate::gunzip(&plain, &bytes, &limits)?;
            start = start_of(&bytes)?;
        }
        if !tar_read::is_tar(&start) {
            bail!("the base image {name} {}", what_else(&start));
        }
        // Its contents are read from the tar itself, so they need no bound; its entries do.
        let limits = Limits { total_bytes: u64::MAX, ..limits };
        let (entries, _) = tar_read::list(&plain, &bytes, 0, &limits)?.finish()?;
        Ok(Self { name, place: Place::Tar { bytes, entries } })
    }

    /// A view on a file; `None` where there is none of that name.
    pub(super) fn get(&self, path: &EntryPath) -> anyhow::Result<Option<Window>> {
        match &self.place {
            Place::Folder(folder) => self.in_folder(folder, path),
            Place::Tar { bytes, entries } => self.in_tar(bytes, entries, path),
        }
        .with_context(|| self.at(path))
    }

    /// A view on a file that must be there.
    pub(super) fn need(&self, path: &EntryPath) -> anyhow::Result<Window> {
        self.get(path)?
            .with_context(|| format!("{} is not there: the image is not whole, copy it again", self.at(path)))
    }

    /// How a message names a file.
    pub(super) fn at(&self, path: &EntryPath) -> String {
        format!("{} at `{}`", self.name, shown(path.as_str()))
    }

    /// Reads a document, compared with its digest and size where they are known. Gives its digest too.
    pub(super) fn document(
        &self,
        path: &EntryPath,
        expected: Option<(Digest, u64)>,
    ) -> anyhow::Result<(Value, Digest)> {
        let window = self.need(path)?;
        let place = self.at(path);
        let length = window.length();
        ensure!(
            length <= LONGEST_DOCUMENT,
            "{place} has {length} bytes, and no document of an image more than {LONGEST_DOCUMENT}: this is no image"
        );
        let mut bytes = Vec::new();
        let digest = if let Some((digest, size)) = expected {
            Expected { digest, size, place: place.clone() }.check(window)?.read_to_end(&mut bytes)?;
            digest
        } else {
            // A file may grow after it was looked at.
            window.take(LONGEST_DOCUMENT).read_to_end(&mut bytes).with_context(|| place.clone())?;
            Digest::of(&bytes)
        };
        let value = serde_json::from_slice(&bytes);
        let value =
            value.map_err(|error| anyhow!("{place} is no JSON (line {}): copy the image again", error.line()))?;
        Ok((value, digest))
    }

    fn in_folder(&self, folder: &Path, path: &EntryPath) -> anyhow::Result<Option<Window>> {
        let found = match fs::canonicalize(folder.join(path.as_str())) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            found => found?,
        };
        ensure!(found.starts_with(folder), "a link leads out of {}: copy the image with its files", self.name);
        // Before it is opened: opening a pipe waits for its other end.
        ensure!(fs::metadata(&found)?.is_file(), "is no plain file");
        Ok(Some(Bytes::of_file(File::open(&found)?)?.whole()))
    }

    fn in_tar(
        &self,
        bytes: &Bytes,
        entries: &BTreeMap<EntryPath, Entry>,
        path: &EntryPath,
    ) -> anyhow::Result<Option<Window>> {
        let mut path = path.clone();
        for _ in 0..=MOST_LINKS {
            let Some(entry) = entries.get(&path) else { return Ok(None) };
            match (&entry.kind, &entry.content) {
                (Kind::File, Content::Stored { start, size, .. }) => return Ok(Some(bytes.window(*start, *size))),
                (Kind::Symlink(target), _) => {
                    path = followed(&path, target).with_context(|| format!("a link leads out of {}", self.name))?;
                }
                _ => bail!("is no plain file"),
            }
        }
        bail!("links lead from one to the next")
    }
}

fn start_of(bytes: &Bytes) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    bytes.window(0, 512).read_to_end(&mut start)?;
    Ok(start)
}

/// Where a link of a tar leads; `None` where that is outside.
fn followed(path: &EntryPath, target: &str) -> Option<EntryPath> {
    let mut parts: Vec<&str> = match path.as_str().rsplit_once('/') {
        Some((folder, _)) => folder.split('/').collect(),
        None => Vec::new(),
    };
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop()?;
            }
            "." => {}
            part => parts.push(part),
        }
    }
    // An absolute target has an empty part, which no path holds.
    EntryPath::parse(&parts.join("/")).ok().filter(|_| !target.starts_with('/'))
}

/// Whether it is written as skopeo and podman name images.
fn is_of_skopeo(path: &str) -> bool {
    ["oci:", "oci-archive:", "docker-archive:", "dir:", "docker:", "containers-storage:", "docker-daemon:"]
        .iter()
        .any(|transport| path.starts_with(transport))
}

/// What a file is that is no tar, and what to do.
fn what_else(start: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 4] = [
        (&[0x28, 0xb5, 0x2f, 0xfd], "is packed with zstd: unpack it first, `zstd -d`"),
        (&[0xfd, b'7', b'z', b'X', b'Z', 0], "is packed with xz: unpack it first, `xz -d`"),
        (b"BZh", "is packed with bzip2: unpack it first, `bzip2 -d`"),
        (b"PK\x03\x04", "is a zip, and no image is: give what `docker save` or `skopeo copy` made"),
    ];
    let known = KNOWN.iter().find(|(magic, _)| start.starts_with(magic));
    known.map_or("is no tar: give what `docker save` or `skopeo copy` made", |(_, words)| *words)
}
