//! Reads an input: what it holds, and what is wanted of the contents.
//!
//! In: a folder, a zip or a tar.gz. Out: an [`Inventory`], and the [`Sources`] that open what it refers to.
//! Always: inputs are only ever read; what is not wanted is neither read nor followed; the same input gives the
//! same inventory whatever the number of threads.

mod sources;
mod folder;
mod fill;
#[cfg(test)]
mod tests;

pub use crate::archive::bytes::ReadSeek;
pub use crate::archive::tree::Limits;
pub use fill::{Extract, Want, fill};
pub use sources::Sources;
pub(crate) use sources::changed_at;

use crate::archive::bytes::Bytes;
use crate::archive::inflate::gunzip;
use crate::archive::{tar_read, zip_read};
use crate::inventory::Inventory;
use crate::path::EntryPath;
use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// What is looked into while a folder is listed. An archive is always listed whole, as that reads nothing more.
pub struct ListRules<'a> {
    /// What lies in a folder for which this is true is listed by name alone, whatever the names are, and never
    /// followed.
    pub skip: &'a dyn Fn(&EntryPath) -> bool,
    /// Symbolic links on disk that become what they lead to. In an archive no link is followed.
    pub follow: &'a dyn Fn(&EntryPath) -> bool,
}

impl ListRules<'static> {
    /// Enters every folder and follows no link.
    pub fn plain() -> Self {
        Self { skip: &|_| false, follow: &|_| false }
    }
}

/// Lists an input: kinds, modes, sizes, places of contents, and CRC-32 where a zip records it. Reads no content
/// but symbolic links'; a tar.gz is unpacked into a temporary file once.
pub fn list(path: &Path, sources: &mut Sources, limits: &Limits, rules: &ListRules) -> anyhow::Result<Inventory> {
    let name = path.display().to_string();
    let metadata = fs::metadata(path).with_context(|| format!("`{name}` cannot be found"))?;
    if metadata.is_dir() {
        return folder::list(path, name, limits, rules);
    }
    if !metadata.is_file() {
        bail!("`{name}` is neither a folder nor a zip nor a tar.gz archive");
    }
    let bytes = File::open(path).and_then(Bytes::of_file).with_context(|| format!("`{name}` cannot be opened"))?;
    list_archive(name, bytes, sources, limits)
}

/// Lists an archive whose bytes are at hand, as [`list`] does one on disk.
pub fn list_memory(name: &str, bytes: Arc<[u8]>, sources: &mut Sources, limits: &Limits) -> anyhow::Result<Inventory> {
    list_archive(name.to_owned(), Bytes::Memory(bytes), sources, limits)
}

fn list_archive(name: String, bytes: Bytes, sources: &mut Sources, limits: &Limits) -> anyhow::Result<Inventory> {
    let mut start = [0; 512];
    let window = usize::try_from(bytes.length()).unwrap_or(usize::MAX).min(start.len());
    let start = &mut start[..window];
    bytes.read_exact_at(0, start).with_context(|| format!("`{name}` cannot be read"))?;

    let source = sources.next();
    let (bytes, tree, checks) = if zip_read::is_zip(start) {
        let (tree, checks) = zip_read::list(&name, &bytes, source, limits)?;
        (bytes, tree, checks)
    } else if start.starts_with(&[0x1f, 0x8b]) {
        let bytes = gunzip(&name, &bytes, limits)?;
        let tree = tar_read::list(&name, &bytes, source, limits);
        (bytes, tree.context("what the gzip holds cannot be read as a tar")?, Vec::new())
    } else if tar_read::is_tar(start) {
        let tree = tar_read::list(&name, &bytes, source, limits)?;
        (bytes, tree, Vec::new())
    } else {
        bail!("`{name}` is neither a folder nor a zip nor a tar.gz archive");
    };
    let (entries, top) = tree.finish()?;
    sources.add(bytes, checks);
    Ok(Inventory { entries, name, top })
}
