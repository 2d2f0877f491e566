//! Reads the contents that are wanted.
//!
//! In: an inventory as listed, and what is wanted of each entry. Out: the same with size, CRC-32, digest and
//! facts. Always: the result and the error do not depend on the number of threads; a file on disk that cannot
//! be read is an entry with its trouble; an archive with wrong bytes is an error.

use crate::archive::inflate::{Inflater, Inflating};
use crate::digest::{Fingerprint, fingerprint};
use crate::inventory::Facts;
use crate::inventory::{Entry, Inventory, Kind};
use crate::parallel;
use crate::path::EntryPath;
use crate::progress::Progress;
use crate::read::ReadSeek;
use crate::read::sources::{IN_MEMORY, Raw, Sources, changed_at, spool};
use anyhow::{Context as _, ensure};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek as _};
use std::path::Path;

/// What is wanted of an entry's content. Only files have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// It is not read.
    Nothing,
    /// CRC-32, where it is not known yet: enough to compare with what a zip records.
    Checksum,
    /// Size, CRC-32 and SHA-256.
    Digest,
    /// These, and what [`Extract`] finds in it.
    DigestAndFacts,
}

/// How facts are taken from an opened file, whose entry has its digest already: given by the caller, so that
/// reading knows nothing of jars.
pub type Extract<'a> = dyn Fn(&EntryPath, &Entry, &mut dyn ReadSeek) -> Facts + Sync + 'a;

/// Contents up to this size are read at once, into memory that stays: inflating and hashing are fastest so.
const AT_ONCE: u64 = 1 << 20;

/// Reads what is wanted, on all cores. A wrong CRC-32 or a broken stream in an archive is an error that names
/// the first such entry by path; a file on disk that cannot be read or changes meanwhile gets a trouble.
pub fn fill(
    inventory: &mut Inventory,
    sources: &Sources,
    want: &(dyn Fn(&EntryPath, &Entry) -> Want + Sync),
    extract: &Extract,
    progress: &dyn Progress,
) -> anyhow::Result<()> {
    // Starting threads for little takes longer than reading it.
    let bytes = inventory.entries.values().fold(0, |sum: u64, entry| sum.saturating_add(entry.size));
    let threads = if bytes < AT_ONCE { 1 } else { parallel::threads() };
    fill_on(threads, inventory, sources, want, extract, progress)
}

pub(super) fn fill_on(
    threads: usize,
    inventory: &mut Inventory,
    sources: &Sources,
    want: &(dyn Fn(&EntryPath, &Entry) -> Want + Sync),
    extract: &Extract,
    progress: &dyn Progress,
) -> anyhow::Result<()> {
    let mut jobs: Vec<_> = inventory
        .entries
        .iter()
        .enumerate()
        .filter(|(_, (_, entry))| entry.kind == Kind::File && entry.trouble.is_none())
        .map(|(index, (path, entry))| Job { index, path, entry, want: want(path, entry) })
        .filter(|job| job.want != Want::Nothing && !(job.want == Want::Checksum && job.entry.crc.is_some()))
        .collect();
    // The largest first, so that no thread is left alone with one at the end.
    jobs.sort_by_key(|job| std::cmp::Reverse(job.entry.size));

    let total = jobs.iter().fold(0, |total: u64, job| total.saturating_add(job.entry.size));
    progress.begin(&format!("reading {}", inventory.name), total);
    let mut read = work_off(threads, &jobs, sources, extract, progress);
    progress.end();

    read.sort_by_key(|(index, _)| *index);
    let mut entries = inventory.entries.iter_mut().enumerate();
    for (index, result) in read {
        let Some((_, (path, entry))) = entries.find(|(at, _)| *at == index) else { continue };
        let found = result.with_context(|| match &inventory.top {
            Some(top) => format!("`{}`, entry `{top}/{path}`", inventory.name),
            None => format!("`{}`, entry `{path}`", inventory.name),
        })?;
        match found {
            Found::Content(fingerprint, facts, packed_crc) => {
                *entry = with_fingerprint(entry, &fingerprint);
                entry.facts = facts;
                entry.packed_crc = packed_crc;
            }
            Found::Checksum(crc) => entry.crc = Some(crc),
            Found::Trouble(trouble) => entry.trouble = Some(trouble),
        }
    }
    Ok(())
}

struct Job<'a> {
    index: usize,
    path: &'a EntryPath,
    entry: &'a Entry,
    want: Want,
}

enum Found {
    /// With the CRC-32 of its deflate stream, if it has one.
    Content(Fingerprint, Facts, Option<u32>),
    Checksum(u32),
    Trouble(String),
}

fn work_off(
    threads: usize,
    jobs: &[Job<'_>],
    sources: &Sources,
    extract: &Extract,
    progress: &dyn Progress,
) -> Vec<(usize, anyhow::Result<Found>)> {
    let reader = || Reader {
        sources,
        extract,
        inflater: Inflater::default(),
        packed: Vec::new(),
        packed_crc: None,
        bytes: Vec::new(),
    };
    parallel::map(threads, jobs, reader, |reader, job| {
        let found = reader.read(job);
        progress.advance(job.entry.size);
        (job.index, found)
    })
}

fn with_fingerprint(entry: &Entry, fingerprint: &Fingerprint) -> Entry {
    Entry { size: fingerprint.size, crc: Some(fingerprint.crc), digest: Some(fingerprint.digest), ..entry.clone() }
}

/// One thread's means.
struct Reader<'a> {
    sources: &'a Sources,
    extract: &'a Extract<'a>,
    inflater: Inflater,
    packed: Vec<u8>,
    packed_crc: Option<u32>,
    bytes: Vec<u8>,
}

/// Room for so many bytes in memory that stays.
fn room(buffer: &mut Vec<u8>, length: u64) -> io::Result<&mut [u8]> {
    let length = usize::try_from(length).map_err(io::Error::other)?;
    if buffer.len() < length {
        buffer.resize(length, 0);
    }
    buffer.get_mut(..length).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

impl Reader<'_> {
    fn read(&mut self, job: &Job<'_>) -> anyhow::Result<Found> {
        self.packed_crc = None;
        let found = match self.sources.raw(&job.entry.content)? {
            Raw::Disk { path, .. } if job.want == Want::Checksum => return Ok(checksum(path)),
            Raw::Disk { path, changed } => match self.disk(job, path, changed) {
                Ok(Some(found)) => found,
                Ok(None) => return Ok(Found::Trouble("changed while it was read".to_owned())),
                Err(error) => return Ok(Found::Trouble(format!("cannot be read: {error:#}"))),
            },
            raw => self.archived(job, raw)?,
        };
        Ok(Found::Content(found.0, found.1, self.packed_crc))
    }

    /// `None` where the file is not, or does not stay, as it was listed.
    fn disk(&mut self, job: &Job<'_>, path: &Path, changed: i128) -> anyhow::Result<Option<(Fingerprint, Facts)>> {
        let mut file = File::open(path)?;
        let is_same = |file: &File| {
            let metadata = file.metadata()?;
            io::Result::Ok(metadata.len() == job.entry.size && changed_at(&metadata) == changed)
        };
        if !is_same(&file)? {
            return Ok(None);
        }
        let found = if job.entry.size <= at_once(job.want) {
            match file.read_exact(room(&mut self.bytes, job.entry.size)?) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                result => result?,
            }
            self.in_memory(job)?
        } else {
            let fingerprint = fingerprint(&mut file)?;
            if fingerprint.size != job.entry.size {
                return Ok(None);
            }
            file.rewind()?;
            self.found(job, fingerprint, &mut file)?
        };
        Ok(is_same(&file)?.then_some(found))
    }

    fn archived(&mut self, job: &Job<'_>, raw: Raw<'_>) -> anyhow::Result<(Fingerprint, Facts)> {
        let size = job.entry.size;
        let small = size <= at_once(job.want);
        match raw {
            Raw::Memory(bytes) => self.found(job, Fingerprint::of(bytes), &mut Cursor::new(bytes)),
            Raw::Stored(mut window) if small => {
                window.read_exact(room(&mut self.bytes, size)?).context("it is cut off")?;
                self.in_memory(job)
            }
            Raw::Stored(mut window) => {
                let fingerprint = fingerprint(&mut window)?;
                window.rewind()?;
                self.found(job, fingerprint, &mut window)
            }
            Raw::Deflated(mut window) if small && window.length() <= size + AT_ONCE => {
                let packed = room(&mut self.packed, window.length())?;
                window.read_exact(packed).context("it is cut off")?;
                self.packed_crc = Some(crc32fast::hash(packed));
                self.inflater.inflate(packed, room(&mut self.bytes, size + 1)?)?;
                self.in_memory(job)
            }
            Raw::Deflated(window) if job.want == Want::Digest => {
                let fingerprint = fingerprint(Inflating::new(window).take(size.saturating_add(1)))?;
                self.found(job, fingerprint, &mut io::empty())
            }
            Raw::Deflated(_) | Raw::Inner { .. } | Raw::Disk { .. } => {
                let mut content = spool(&mut *self.sources.open(&job.entry.content)?)?;
                let fingerprint = fingerprint(&mut content)?;
                content.rewind()?;
                self.found(job, fingerprint, &mut content)
            }
        }
    }

    /// Of the content that has just been read into memory.
    fn in_memory(&self, job: &Job<'_>) -> anyhow::Result<(Fingerprint, Facts)> {
        let bytes = usize::try_from(job.entry.size).ok().and_then(|size| self.bytes.get(..size)).unwrap_or(&[]);
        self.found(job, Fingerprint::of(bytes), &mut Cursor::new(bytes))
    }

    /// The fingerprint, where it is what the archive declares, and the facts.
    fn found(
        &self,
        job: &Job<'_>,
        fingerprint: Fingerprint,
        content: &mut dyn ReadSeek,
    ) -> anyhow::Result<(Fingerprint, Facts)> {
        let remedy = "copy the archive again";
        ensure!(fingerprint.size == job.entry.size, "its size is not what the archive declares: {remedy}");
        ensure!(job.entry.crc.is_none_or(|crc| crc == fingerprint.crc), "its bytes do not match its CRC-32: {remedy}");
        let facts = match job.want {
            Want::DigestAndFacts => (self.extract)(job.path, &with_fingerprint(job.entry, &fingerprint), content),
            Want::Nothing | Want::Checksum | Want::Digest => Facts::default(),
        };
        Ok((fingerprint, facts))
    }
}

/// The CRC-32 of a file that is compared and never carried, so that it may change meanwhile.
fn checksum(path: &Path) -> Found {
    let sum = || {
        let (mut file, mut crc) = (File::open(path)?, crc32fast::Hasher::new());
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => return io::Result::Ok(crc.finalize()),
                read => crc.update(buffer.get(..read).unwrap_or_default()),
            }
        }
    };
    sum().map_or_else(|error| Found::Trouble(format!("cannot be read: {error}")), Found::Checksum)
}

fn at_once(want: Want) -> u64 {
    if want == Want::DigestAndFacts { IN_MEMORY } else { AT_ONCE }
}
