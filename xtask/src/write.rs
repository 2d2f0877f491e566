//! Executes a plan.
//!
//! In: the planned tree and the storage that its contents lie in. Out: the archive, and the bundle around it.
//! Always: decides nothing; untouched entries of a zip are copied raw; every other file is compared with what the
//! plan knows of it while it is packaged; the bytes written depend neither on the clock nor on how many threads
//! there are; memory stays within 64 MiB and a few hundred bytes an entry.

mod bundle;
mod pack;

pub use bundle::{Documents, bundle};

use crate::archive::failure::Failure;
use crate::archive::zip_write::{Header, Method, Writer};
use crate::digest::{Digest, Fingerprint, Fingerprinting};
use crate::inventory::{Content, Kind, Mode};
use crate::path::EntryPath;
use crate::plan::{Origin, Planned};
use crate::progress::Progress;
use crate::read::Sources;
use crate::timestamp::Timestamp;
use anyhow::{Context, anyhow, bail};
use pack::{Ahead, Packed, Route};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Seek, Write};
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
#[derive(Debug)]
pub struct Work<'a, C> {
    /// The tree, by path below the top folder.
    pub tree: &'a BTreeMap<EntryPath, Planned>,
    /// The name of the top folder.
    pub top: &'a str,
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
    /// The entries in the order of the archive, which is bytewise by path; the first is the top folder.
    pub entries: Vec<WrittenEntry>,
    /// The size of the archive in bytes.
    pub size: u64,
    /// The SHA-256 of the archive.
    pub digest: Digest,
}

/// One entry of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenEntry {
    /// Its path in the archive, the top folder included.
    pub path: EntryPath,
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// The size of a file in bytes; 0 for what is no file.
    pub size: u64,
    /// The SHA-256 of a file.
    pub digest: Option<Digest>,
    /// How many bytes it takes in the archive, without its headers.
    pub compressed: u64,
    /// Whether it was copied as it stood in another zip.
    pub raw: bool,
    /// Whether what was copied is what was read, inflated and hashed for the plan.
    pub proven: bool,
    /// Where it comes from; `None` for a folder that no input holds.
    pub origin: Option<Origin>,
}

/// An entry that is to be written.
struct Item<'a> {
    path: EntryPath,
    planned: Option<&'a Planned>,
    route: Route,
}

/// Writes the archive.
pub fn archive<C: Contents>(work: &Work<'_, C>, out: impl Write, progress: &dyn Progress) -> anyhow::Result<Written> {
    let items = items(work)?;
    progress.begin("writing the archive", work.tree.values().map(|planned| planned.size).sum());
    let (sender, jobs) = pack::queue();
    let written = std::thread::scope(|scope| {
        for _ in 0..work.threads.clamp(1, pack::MOST_THREADS) {
            let jobs = &jobs;
            scope.spawn(move || pack::work_off(jobs, work.contents, work.spool));
        }
        // It takes the sender with it when it goes, on errors too, and the threads end.
        let mut ahead = Ahead::new(&items, sender);
        let out = BufWriter::with_capacity(256 * 1024, Fingerprinting::new(out));
        let mut writer = Writer::new(out, work.time);
        let mut entries = Vec::with_capacity(items.len());
        for item in &items {
            entries.push(entry(item, work.contents, &mut ahead, &mut writer)?);
            progress.advance(item.planned.map_or(0, |planned| planned.size));
        }
        let out = writer.finish().map_err(Failure::Write)?;
        let (mut out, fingerprint) = out.into_inner().map_err(|error| Failure::Write(error.into_error()))?.finish();
        out.flush().map_err(Failure::Write)?;
        anyhow::Ok(Written { entries, size: fingerprint.size, digest: fingerprint.digest })
    })?;
    progress.end();
    Ok(written)
}

/// The tree below its top folder, with every folder that is missing, and the way that each entry goes.
fn items<'a, C: Contents>(work: &Work<'a, C>) -> anyhow::Result<Vec<Item<'a>>> {
    let top = EntryPath::parse(work.top).map_err(|problem| anyhow!("the name of the top folder {problem}"))?;
    if top.parent().is_some() {
        bail!("the top folder `{top}` is not one folder");
    }
    let mut all: BTreeMap<EntryPath, Option<&Planned>> = BTreeMap::new();
    for (path, planned) in work.tree {
        for folder in path.ancestors() {
            match work.tree.get(&folder) {
                Some(parent) if parent.kind != Kind::Folder => bail!("`{folder}` cannot be a folder for `{path}`"),
                Some(_) => {}
                None => {
                    all.insert(folder.under(work.top), None);
                }
            }
        }
        all.insert(path.under(work.top), Some(planned));
    }
    all.insert(top, None);
    all.into_iter()
        .map(|(path, planned)| {
            let route = pack::route(planned, work.contents)?;
            Ok(Item { path, planned, route })
        })
        .collect()
}

/// Writes one entry.
fn entry<C: Contents, W: Write>(
    item: &Item<'_>,
    contents: &C,
    ahead: &mut Ahead<'_>,
    writer: &mut Writer<W>,
) -> anyhow::Result<WrittenEntry> {
    ahead.fill();
    let Some(planned) = item.planned else {
        writer.entry(&header(item, &Kind::Folder, 0o755), &mut io::empty())?;
        return Ok(written(item, Kind::Folder, 0));
    };
    let plain = header(item, &planned.kind, planned.mode);
    let known = Header { crc: planned.crc, size: planned.size, ..plain };
    let stored = Header { compressed: planned.size, ..known };
    let mut proven = false;
    let compressed = match item.route {
        Route::Nothing => put(writer, &plain, &mut io::empty(), planned)?,
        Route::Link => {
            let Kind::Symlink(target) = &planned.kind else { bail!("`{}` is no link", item.path) };
            let Fingerprint { size, crc, .. } = Fingerprint::of(target.as_bytes());
            put(writer, &Header { crc, size, compressed: size, ..plain }, &mut target.as_bytes(), planned)?
        }
        Route::Raw => {
            let raw = contents.open_raw(&planned.content).with_context(|| unreadable(planned))?;
            let (mut data, compressed, deflated) = raw.with_context(|| unreadable(planned))?;
            let method = if deflated { Method::Deflated } else { Method::Stored };
            let mut data = Summed { data: &mut data, crc: crc32fast::Hasher::new() };
            put(writer, &Header { compressed, method, ..known }, &mut data, planned)?;
            let expected = if deflated { planned.packed_crc } else { Some(planned.crc) };
            if expected.is_some_and(|expected| expected != data.crc.finalize()) {
                return Err(changed(planned));
            }
            proven = expected.is_some();
            compressed
        }
        Route::Stream => stream(writer, &stored, contents, planned)?,
        Route::Pack => match ahead.take()? {
            Packed::Stored(bytes) => put(writer, &stored, &mut &bytes[..], planned)?,
            Packed::Deflated(bytes) => {
                let header = Header { compressed: bytes.len() as u64, method: Method::Deflated, ..known };
                put(writer, &header, &mut &bytes[..], planned)?
            }
            Packed::Spooled(mut file, compressed) => {
                file.rewind().context("a temporary file cannot be read")?;
                put(writer, &Header { compressed, method: Method::Deflated, ..known }, &mut file, planned)?
            }
            Packed::AsItIs => stream(writer, &stored, contents, planned)?,
        },
    };
    Ok(WrittenEntry { raw: item.route == Route::Raw, proven, ..written(item, planned.kind.clone(), compressed) })
}

/// Passes on what it reads, and sums it up.
struct Summed<'a, R> {
    data: &'a mut R,
    crc: crc32fast::Hasher,
}

impl<R: Read> Read for Summed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.data.read(buffer)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

fn header<'a>(item: &'a Item<'_>, kind: &'a Kind, mode: Mode) -> Header<'a> {
    Header { name: item.path.as_str(), kind, mode, crc: 0, size: 0, compressed: 0, method: Method::Stored }
}

fn written(item: &Item<'_>, kind: Kind, compressed: u64) -> WrittenEntry {
    let file = item.planned.filter(|planned| planned.kind == Kind::File);
    WrittenEntry {
        path: item.path.clone(),
        kind,
        mode: item.planned.map_or(0o755, |planned| planned.mode),
        size: file.map_or(0, |planned| planned.size),
        digest: file.and_then(|planned| planned.digest),
        compressed,
        raw: false,
        proven: false,
        origin: item.planned.map(|planned| planned.origin.clone()),
    }
}

/// Stores a file without holding it, and compares it with the plan on the way.
fn stream<C: Contents, W: Write>(
    writer: &mut Writer<W>,
    header: &Header<'_>,
    contents: &C,
    planned: &Planned,
) -> anyhow::Result<u64> {
    let data = contents.open(&planned.content).with_context(|| unreadable(planned))?;
    let mut data = Watched { data, seen: Fingerprinting::new(io::sink()) };
    put(writer, header, &mut data, planned)?;
    compare(planned, data.seen.finish().1)?;
    Ok(header.compressed)
}

/// Writes an entry; what goes wrong is told in the words of the input that it comes from.
fn put<W: Write>(
    writer: &mut Writer<W>,
    header: &Header<'_>,
    data: &mut (impl Read + ?Sized),
    planned: &Planned,
) -> anyhow::Result<u64> {
    match writer.entry(header, data) {
        Ok(()) => Ok(header.compressed),
        Err(Failure::Length) => Err(changed(planned)),
        Err(Failure::Read(error)) => Err(anyhow::Error::new(error).context(unreadable(planned))),
        Err(Failure::Name) => Err(anyhow!("`{}`: {}", header.name, Failure::Name)),
        Err(failure @ Failure::Write(_)) => Err(failure.into()),
    }
}

/// Fails where a file is not what the plan was made for.
fn compare(planned: &Planned, found: Fingerprint) -> anyhow::Result<()> {
    let digest = planned.digest.with_context(|| unread(planned))?;
    let same = found == Fingerprint { size: planned.size, crc: planned.crc, digest };
    if same { Ok(()) } else { Err(changed(planned)) }
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

/// Reads to the end, and knows what went by.
struct Watched<R> {
    data: R,
    seen: Fingerprinting<io::Sink>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.data.read(buffer)?;
        self.seen.write_all(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

/// At most `most` bytes of it, and one more where there are more, so that growth is seen and stays bounded.
fn bounded<R: Read>(reader: R, most: u64) -> io::Take<R> {
    reader.take(most.saturating_add(1))
}

/// Reads until the buffer is full or the end is reached, so that the pieces depend on the content alone.
fn read_full(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled: &mut [u8] = &mut *buffer;
    let mut total = 0;
    while !filled.is_empty() {
        match reader.read(filled) {
            Ok(0) => break,
            Ok(read) => {
                total += read;
                filled = filled.get_mut(read..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

#[cfg(test)]
pub(crate) mod tests;
