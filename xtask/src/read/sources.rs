//! Opens contents.
//!
//! In: a [`Content`]. Out: its bytes. Always: bytes from a zip are checked against what its directory declares,
//! and a file on disk against its time of change when it was listed.

use crate::archive::bytes::{Bytes, ReadSeek, Window};
use crate::archive::inflate::{Check, Checked, Inflating};
use crate::archive::zip_read::read_inner;
use crate::inventory::{Content, SourceId};
use anyhow::{Context as _, bail, ensure};
use std::fs::{File, Metadata};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// Contents up to this size are kept in memory where they must be seekable, larger ones in a temporary file.
pub(super) const IN_MEMORY: u64 = 32 << 20;
/// An entry of an archive inside may be so large.
const LARGEST_INNER: u64 = 2 << 30;

/// The opened archives that contents refer to.
#[derive(Default)]
pub struct Sources {
    list: Vec<Source>,
}

struct Source {
    bytes: Bytes,
    /// What a zip declares, by place.
    checks: Vec<Check>,
}

/// A content's bytes before anything is checked.
pub(super) enum Raw<'a> {
    Memory(&'a Arc<[u8]>),
    Disk { path: &'a Path, changed: i128 },
    Stored(Window),
    Deflated(Window),
    Inner { outer: &'a Content, name: &'a str },
}

impl Sources {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number that the next source gets.
    pub(super) fn next(&self) -> SourceId {
        self.list.len()
    }

    /// Adds an opened archive.
    pub(super) fn add(&mut self, bytes: Bytes, checks: Vec<Check>) {
        self.list.push(Source { bytes, checks });
    }

    /// Adds bytes that contents may refer to.
    pub fn add_memory(&mut self, bytes: Arc<[u8]>) -> SourceId {
        self.add(Bytes::Memory(bytes), Vec::new());
        self.list.len() - 1
    }

    pub(super) fn raw<'a>(&self, content: &'a Content) -> anyhow::Result<Raw<'a>> {
        let window = |source: SourceId, start, length| {
            let source = self.list.get(source).context("a content refers to an archive that is not open")?;
            anyhow::Ok(source.bytes.window(start, length))
        };
        Ok(match content {
            Content::Nothing => bail!("there is no content to open: it is no readable file"),
            Content::Memory(bytes) => Raw::Memory(bytes),
            Content::Disk { path, changed } => Raw::Disk { path, changed: *changed },
            Content::Stored { source, start, size } => Raw::Stored(window(*source, *start, *size)?),
            Content::Deflated { source, start, compressed } => Raw::Deflated(window(*source, *start, *compressed)?),
            Content::Inner { outer, name } => Raw::Inner { outer, name },
        })
    }

    fn check(&self, content: &Content) -> Option<Check> {
        let (Content::Stored { source, start, .. } | Content::Deflated { source, start, .. }) = content else {
            return None;
        };
        let checks = &self.list.get(*source)?.checks;
        checks.binary_search_by_key(start, |check| check.start).ok().and_then(|at| checks.get(at)).copied()
    }

    /// The uncompressed bytes. Reading them fails where they are not what the archive declares, or where the
    /// file has changed since it was listed.
    pub fn open<'a>(&'a self, content: &Content) -> anyhow::Result<Box<dyn Read + Send + 'a>> {
        let check = self.check(content);
        Ok(match self.raw(content)? {
            Raw::Memory(bytes) => Box::new(Bytes::Memory(bytes.clone()).whole()),
            Raw::Disk { path, changed } => Box::new(Unchanged::open(path, changed)?),
            Raw::Stored(window) => checked(window, check),
            Raw::Deflated(window) => checked(Inflating::new(window), check),
            Raw::Inner { outer, name } => Box::new(self.inner(outer, name)?),
        })
    }

    /// The uncompressed bytes, to be read at any place. Where they must be unpacked first, into memory or a
    /// temporary file, they are checked like those of [`Sources::open`]; where they are read in place, not.
    pub fn open_seekable(&self, content: &Content) -> anyhow::Result<Box<dyn ReadSeek + Send>> {
        Ok(match self.raw(content)? {
            Raw::Memory(bytes) => Box::new(Bytes::Memory(bytes.clone()).whole()),
            Raw::Disk { path, changed } => Box::new(Unchanged::open(path, changed)?.file),
            Raw::Stored(window) => Box::new(window),
            Raw::Deflated(_) => Box::new(spool(&mut self.open(content)?)?),
            Raw::Inner { outer, name } => Box::new(self.inner(outer, name)?),
        })
    }

    /// The bytes of an archive's entry as they stand there, how many they are, and whether they are deflated;
    /// `None` for what lies in no archive. They are not checked: whoever copies them knows their CRC-32.
    #[expect(clippy::type_complexity, reason = "three plain values, taken apart at once by the callers")]
    pub fn open_raw<'a>(&'a self, content: &Content) -> anyhow::Result<Option<(Box<dyn Read + Send + 'a>, u64, bool)>> {
        Ok(match self.raw(content)? {
            Raw::Stored(window) => Some((Box::new(window.clone()), window.length(), false)),
            Raw::Deflated(window) => Some((Box::new(window.clone()), window.length(), true)),
            Raw::Memory(_) | Raw::Disk { .. } | Raw::Inner { .. } => None,
        })
    }

    fn inner(&self, outer: &Content, name: &str) -> anyhow::Result<Spool> {
        // One archive in another is all that there is: deeper nesting would be somebody's trap.
        ensure!(!matches!(outer, Content::Inner { .. }), "an archive in an archive in an archive is not opened");
        read_inner(self.open_seekable(outer)?, name, LARGEST_INNER, spool)
    }
}

fn checked<'a>(reader: impl Read + Send + 'a, check: Option<Check>) -> Box<dyn Read + Send + 'a> {
    match check {
        Some(check) => Box::new(Checked::new(reader, check)),
        None => Box::new(reader),
    }
}

/// Time of change in nanoseconds since 1970.
pub(crate) fn changed_at(metadata: &Metadata) -> i128 {
    let nanoseconds = |duration: std::time::Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX);
    match metadata.modified().map(|time| time.duration_since(UNIX_EPOCH)) {
        Ok(Ok(since)) => nanoseconds(since),
        Ok(Err(before)) => -nanoseconds(before.duration()),
        // A file system without times: nothing to compare.
        Err(_) => 0,
    }
}

/// A file that must stay as it was listed until it is read to its end.
struct Unchanged {
    file: File,
    path: PathBuf,
    changed: i128,
}

impl Unchanged {
    fn open(path: &Path, changed: i128) -> anyhow::Result<Self> {
        let file = File::open(path).with_context(|| format!("`{}` cannot be opened", path.display()))?;
        let opened = Self { file, path: path.to_owned(), changed };
        opened.verify()?;
        Ok(opened)
    }

    fn verify(&self) -> io::Result<()> {
        if changed_at(&self.file.metadata()?) == self.changed {
            return Ok(());
        }
        let path = self.path.display();
        Err(io::Error::other(format!(
            "`{path}` has changed since it was listed: stop what writes to it, and run again"
        )))
    }
}

impl Read for Unchanged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            self.verify()?;
        }
        Ok(read)
    }
}

/// Bytes kept to be read at any place.
pub(super) enum Spool {
    Memory(Cursor<Vec<u8>>),
    File(File),
}

/// Keeps what a reader gives.
pub(super) fn spool(reader: &mut dyn Read) -> anyhow::Result<Spool> {
    let mut bytes = Vec::new();
    reader.take(IN_MEMORY + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= IN_MEMORY {
        return Ok(Spool::Memory(Cursor::new(bytes)));
    }
    let room = "it could not be unpacked into a temporary file";
    let mut file = tempfile::tempfile().context("a temporary file could not be made")?;
    file.write_all(&bytes).context(room)?;
    drop(bytes);
    io::copy(reader, &mut file).context(room)?;
    file.rewind()?;
    Ok(Spool::File(file))
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => bytes.read(buffer),
            Self::File(file) => file.read(buffer),
        }
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => bytes.seek(to),
            Self::File(file) => file.seek(to),
        }
    }
}
