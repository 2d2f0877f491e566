//! What an input holds.
//!
//! In: nothing; the read phase fills it. Out: a sorted map from path to [`Entry`], which everything after
//! the read phase works on. Always: plain data. A [`Content`] says where bytes are and reads none.

mod facts;

pub use facts::{CarbonApplicationFacts, Facts, JarFacts, WrappedJar};

use crate::digest::{Digest, Fingerprint};
use crate::path::{self, EntryPath};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything in one input, by its path below the root of the home, distribution or pack.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The entries. A folder is listed where the input lists it: always for folders on disk, in archives
    /// where the archive has an entry for it.
    pub entries: BTreeMap<EntryPath, Entry>,
    /// The input as the user named it.
    pub name: String,
    /// The top folder inside the archive, or `None` where the root is the archive or folder itself.
    pub top: Option<String>,
}

impl Inventory {
    /// The entry at a path.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.entries.get(path)
    }

    /// The text of a file that the read phase kept, as bytes.
    pub fn text(&self, path: &str) -> Option<&[u8]> {
        self.get(path)?.facts.text.as_deref()
    }

    /// Whether a file is at the path.
    pub fn has_file(&self, path: &str) -> bool {
        self.get(path).is_some_and(|entry| entry.kind == Kind::File)
    }

    /// All entries below a folder.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a EntryPath, &'a Entry)> + use<'a> {
        path::below(&self.entries, folder)
    }
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link with its target as it is written.
    Symlink(String),
}

/// Permission bits of an entry, `0o777` at the most.
pub type Mode = u32;

/// One file, folder or symbolic link of an input.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// Its size in bytes; 0 for what is no file.
    pub size: u64,
    /// CRC-32, where an archive recorded it or the content was read.
    pub crc: Option<u32>,
    /// SHA-256, where the content was read.
    pub digest: Option<Digest>,
    /// CRC-32 of the deflate stream as it stands in its archive, where it was read: so that a raw copy can be told
    /// from one of something else.
    pub packed_crc: Option<u32>,
    /// Where its bytes are.
    pub content: Content,
    /// What the plan needs to know of its inside.
    pub facts: Facts,
    /// Why it could not be read: an error only where it would be carried. A lower-case fragment.
    pub trouble: Option<String>,
}

impl Entry {
    /// A folder with the mode that folders of a distribution usually have.
    pub fn folder() -> Self {
        Self::of(Kind::Folder, 0o755, Content::Nothing)
    }

    /// An entry of which nothing but the kind and the mode is known yet.
    pub fn of(kind: Kind, mode: Mode, content: Content) -> Self {
        Self {
            kind,
            mode,
            size: 0,
            crc: None,
            digest: None,
            packed_crc: None,
            content,
            facts: Facts::default(),
            trouble: None,
        }
    }

    /// A file whose bytes are at hand.
    pub fn memory(mode: Mode, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let fingerprint = Fingerprint::of(&bytes);
        Self {
            size: fingerprint.size,
            crc: Some(fingerprint.crc),
            digest: Some(fingerprint.digest),
            ..Self::of(Kind::File, mode, Content::Memory(bytes))
        }
    }

    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        self.kind == Kind::File
    }

    /// Whether two entries hold the same: by digest, else by size and CRC-32; `None` when nothing tells.
    pub fn same_content(&self, other: &Self) -> Option<bool> {
        if self.kind != other.kind {
            return Some(false);
        }
        if self.kind != Kind::File {
            return Some(true);
        }
        if self.size != other.size {
            return Some(false);
        }
        match (self.digest, other.digest, self.crc, other.crc) {
            (Some(a), Some(b), ..) => Some(a == b),
            (.., Some(a), Some(b)) => Some(a == b),
            _ => None,
        }
    }
}

/// Which input's storage some bytes lie in: an index into the opened sources.
pub type SourceId = usize;

/// Where the bytes of an entry are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nowhere: a folder or a symbolic link.
    Nothing,
    /// Here.
    Memory(Arc<[u8]>),
    /// A file on disk, with its size and time of change (nanoseconds since 1970) when it was read.
    Disk {
        /// The path on disk.
        path: PathBuf,
        /// Time of change in nanoseconds since 1970.
        changed: i128,
    },
    /// Uncompressed bytes in a source.
    Stored {
        /// The source.
        source: SourceId,
        /// Where they start.
        start: u64,
        /// How many they are.
        size: u64,
    },
    /// A raw deflate stream in a source.
    Deflated {
        /// The source.
        source: SourceId,
        /// Where the stream starts.
        start: u64,
        /// How long it is, compressed.
        compressed: u64,
    },
    /// An entry inside an archive that is itself an entry.
    Inner {
        /// The archive.
        outer: Box<Content>,
        /// The entry's name in it.
        name: String,
    },
}
