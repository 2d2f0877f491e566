//! Executes a plan.
//!
//! In: the planned tree and the storage that its contents lie in. Out: the archives and layers, in one pass, and the
//! bundle around them. Always: decides nothing; untouched entries of a zip are copied raw; every other file is compared
//! with what the plan knows of it while it is packaged; the bytes written depend neither on the clock nor on how many
//! threads there are; memory stays within 64 MiB and a few hundred bytes an entry.

mod body;
mod bundle;
mod folder;
mod image;
mod pack;
mod pass;

pub use bundle::{Documents, bundle};
pub use image::ImageWork;
pub use pass::archive;

use crate::digest::{Digest, Fingerprint, Fingerprinting};
use crate::image::Layer;
use crate::inventory::{Content, Kind, Mode};
use crate::layers::Placed;
use crate::output::Output;
use crate::path::EntryPath;
use crate::plan::{Origin, Planned};
use crate::read::Sources;
use crate::timestamp::Timestamp;
use anyhow::{Context, anyhow};
use pack::{Route, Wants};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::Path;

/// The bytes of a zip entry as they stand in its archive: a reader of them, how many they are, and whether
/// they are a deflate stream.
pub type Raw<'a> = (Box<dyn Read + Send + 'a>, u64, bool);

/// Where the contents of a plan lie. Read from several threads.
pub trait Contents: Sync {
    /// The uncompressed bytes.
    fn open(&self, content: &Content) -> anyhow::Result<Box<dyn Read + Send + '_>>;

    /// The bytes as they stand in a zip; `None` for what lies in none, or is compressed in a way that the
    /// archives written here do not have.
    fn open_raw(&self, content: &Content) -> anyhow::Result<Option<Raw<'_>>>;
}

impl Contents for Sources {
    fn open(&self, content: &Content) -> anyhow::Result<Box<dyn Read + Send + '_>> {
        Self::open(self, content)
    }

    fn open_raw(&self, content: &Content) -> anyhow::Result<Option<Raw<'_>>> {
        Self::open_raw(self, content)
    }
}

/// What is to be written.
pub struct Work<'a, C> {
    /// The tree, by path below the top folder.
    pub tree: &'a BTreeMap<EntryPath, Planned>,
    /// The fresh distribution alone, which is the lowest layer of an image.
    pub distribution: &'a BTreeMap<EntryPath, Planned>,
    /// The name of the top folder.
    pub top: &'a str,
    /// The forms of the result.
    pub outputs: &'a BTreeSet<Output>,
    /// What an image has beside its layers; without it none is made.
    pub image: Option<ImageWork<'a>>,
    /// Where the contents lie.
    pub contents: &'a C,
    /// The one time that everything has.
    pub time: Timestamp,
    /// How many threads compress; what is written does not depend on it.
    pub threads: usize,
    /// The folder for temporary files, which a large file needs that is to be compressed; without, the system's.
    pub spool: Option<&'a Path>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The entries of the tree in the order of the archives, which is bytewise by path; the first is the top folder.
    pub entries: Vec<WrittenEntry>,
    /// The forms that it was written in.
    pub outputs: Vec<WrittenOutput>,
    /// The SHA-256 of `manifest.json`, once that is written.
    pub manifest: Option<Digest>,
}

/// One form of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenOutput {
    /// Which.
    pub kind: Output,
    /// Its file or folder in the bundle.
    pub path: String,
    /// Size and SHA-256 of the file: the archive, or the tar of an image.
    pub file: Option<(String, u64, Digest)>,
    /// The layers, from the lowest.
    pub layers: Vec<Layer>,
    /// The digest of an image.
    pub image: Option<Digest>,
}

/// One entry of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenEntry {
    /// Its path in the archives, the top folder included.
    pub path: EntryPath,
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// The size of a file in bytes; 0 for what is no file.
    pub size: u64,
    /// The SHA-256 of a file.
    pub digest: Option<Digest>,
    /// Whether it was copied as it stood in another zip.
    pub raw: bool,
    /// Whether what was copied is what was read, inflated and hashed for the plan.
    pub proven: bool,
    /// Where it comes from; `None` for a folder that no input holds.
    pub origin: Option<Origin>,
}

/// An entry that is to be written.
struct Item<'a> {
    placed: Placed<'a>,
    route: Route,
    wants: Wants,
}

/// Passes on what it reads, and sums it up.
struct Summed<'a, R: ?Sized> {
    data: &'a mut R,
    crc: crc32fast::Hasher,
}

impl<R: Read + ?Sized> Read for Summed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.data.read(buffer)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Reads to the end, and knows what went by.
struct Watched<R> {
    data: R,
    seen: Fingerprinting<io::Sink>,
}

impl<R: Read> Watched<R> {
    fn new(data: R) -> Self {
        Self { data, seen: Fingerprinting::new(io::sink()) }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.data.read(buffer)?;
        self.seen.write_all(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

/// Fails where a file is not what the plan was made for.
fn compare(planned: &Planned, found: Fingerprint) -> anyhow::Result<()> {
    let digest = planned.digest.with_context(|| unread(planned))?;
    let same = found == Fingerprint { size: planned.size, crc: planned.crc, digest };
    if same { Ok(()) } else { Err(changed(planned)) }
}

/// Whether the deflate stream with this CRC-32 is known to be the one that was read for the plan; an error where it is
/// another.
fn is_as_read(planned: &Planned, crc: u32) -> anyhow::Result<bool> {
    match planned.packed_crc {
        Some(expected) if expected != crc => Err(changed(planned)),
        expected => Ok(expected.is_some()),
    }
}

/// The entry as the user knows it.
fn original(planned: &Planned) -> String {
    match &planned.origin.input {
        Some(input) => format!("`{}` ({input})", planned.origin.path),
        None => format!("`{}`", planned.origin.path),
    }
}

fn changed(planned: &Planned) -> anyhow::Error {
    anyhow!("{} changed while it was packaged; run again when nothing writes to it", original(planned))
}

fn unreadable(planned: &Planned) -> String {
    format!("{} cannot be read", original(planned))
}

fn unread(planned: &Planned) -> String {
    format!("{} is in the plan but was never read", original(planned))
}

/// At most `most` bytes of it, and one more where there are more, so that growth is seen and stays bounded.
fn bounded<R: Read>(reader: R, most: u64) -> io::Take<R> {
    reader.take(most.saturating_add(1))
}

#[cfg(test)]
pub(crate) mod tests;
