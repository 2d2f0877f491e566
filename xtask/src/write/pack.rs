//! Reads and compresses files on threads of their own, ahead of the one that writes the archive.
//!
//! In: the entries in the order of the archives. Out: for each that needs it, its bytes as they are to stand there.
//! Always: what is held at a time is bounded by [`BUDGET`]; the result of a file depends on its content and name
//! alone; a file that is not what the plan was made for is an error.

use super::{Contents, Item, bounded, changed, compare, is_as_read, unread, unreadable};
use crate::archive::deflate_joint::{Finder, Joint};
use crate::archive::zip_write::deflater;
use crate::digest::{Fingerprint, Fingerprinting, read_full};
use crate::inventory::Kind;
use crate::plan::{Input, Planned};
use anyhow::{Context, bail};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

/// How many bytes the files that are being compressed, and the results that wait, may take together.
pub(crate) const BUDGET: u64 = 40 * MIB;
/// More threads than this do not help: the one that writes is then the slower.
pub(super) const MOST_THREADS: usize = 16;
/// What is larger is not held in memory.
pub(super) const LARGE: u64 = 4 * MIB;
/// What stands in another zip and is larger, compressed or not, is not held either.
const LARGE_RAW: u64 = 8 * MIB;
const MIB: u64 = 1024 * 1024;

/// Names of what is compressed already, or encrypted: to deflate it costs time and gains nothing.
const COMPRESSED: [&str; 33] = [
    "7z",
    "aar",
    "bcfks",
    "bks",
    "bz2",
    "car",
    "dbx",
    "ear",
    "gif",
    "gz",
    "jar",
    "jceks",
    "jks",
    "jpeg",
    "jpg",
    "keystore",
    "lz4",
    "mar",
    "p12",
    "pfx",
    "png",
    "rar",
    "tbz2",
    "tgz",
    "truststore",
    "txz",
    "war",
    "webp",
    "woff",
    "woff2",
    "xz",
    "zip",
    "zst",
];

/// The way that an entry goes into the archives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// It has no bytes.
    Nothing,
    /// Its bytes are the target of a symbolic link.
    Link,
    /// As it stands in another zip, without being held.
    Raw,
    /// As it stands in another zip, by way of a thread that reads it.
    RawAhead,
    /// Stored without being held, as it is large.
    Stream,
    /// By way of a thread that reads it, and compresses it where that helps.
    Pack,
}

/// What is wanted of an entry beside its bytes in a zip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wants {
    /// Where its deflate stream can be joined to others: it goes into a tar.gz.
    pub(super) joint: bool,
    /// What it inflates to: the tar that it goes into is digested.
    pub(super) plain: bool,
}

/// A file, read and compared with the plan.
pub(super) enum Packed {
    /// At hand.
    Held(Held),
    /// Deflated, in a temporary file, with its length.
    Spooled(File, u64),
    /// Large, and deflating did not help: to be stored from where it lies.
    AsItIs,
}

/// Bytes at hand, as they are to stand in a zip.
pub(super) struct Held {
    pub(super) bytes: Vec<u8>,
    pub(super) deflated: bool,
    /// Where they can be joined, if they are deflated and that was wanted.
    pub(super) joint: Option<Joint>,
    /// What they inflate to, if they are deflated and that was wanted.
    pub(super) plain: Option<Vec<u8>>,
    /// Whether they are those that were read, inflated and hashed for the plan.
    pub(super) proven: bool,
}

/// A file to be packed, and where its result goes.
pub(super) struct Job<'a> {
    planned: &'a Planned,
    route: Route,
    wants: Wants,
    reply: SyncSender<anyhow::Result<Packed>>,
}

/// Where the threads take the next file.
pub(super) type Queue<'a> = Mutex<Receiver<Job<'a>>>;

/// A queue without files.
pub(super) fn queue<'a>() -> (Sender<Job<'a>>, Queue<'a>) {
    let (sender, receiver) = channel();
    (sender, Mutex::new(receiver))
}

/// The way of an entry.
pub(super) fn route<C: Contents>(planned: Option<&Planned>, wants: Wants, contents: &C) -> anyhow::Result<Route> {
    let Some(planned) = planned else { return Ok(Route::Nothing) };
    match planned.kind {
        Kind::Folder => return Ok(Route::Nothing),
        Kind::Symlink(_) => return Ok(Route::Link),
        Kind::File => {}
    }
    if planned.digest.is_none() {
        bail!(unread(planned));
    }
    // Of the user's files the bytes in the archive do not depend on what they came packed in.
    let is_fresh = planned.origin.input == Some(Input::Fresh);
    let may_be_raw = is_fresh && planned.origin.unchanged && planned.size > 0;
    if may_be_raw
        && let Some((_, length, deflated)) = contents.open_raw(&planned.content).with_context(|| unreadable(planned))?
    {
        // Without anything to work out, a thread would only carry bytes about.
        let is_ahead = deflated && wants.joint && length.max(planned.size) <= LARGE_RAW;
        return Ok(if is_ahead { Route::RawAhead } else { Route::Raw });
    }
    Ok(if planned.size > LARGE && is_compressed(planned) { Route::Stream } else { Route::Pack })
}

fn is_compressed(planned: &Planned) -> bool {
    let name = planned.origin.path.file_name();
    name.rsplit_once('.').is_some_and(|(_, extension)| COMPRESSED.contains(&extension.to_ascii_lowercase().as_str()))
}

/// Gives files to the threads, as far ahead of the writer as the budget allows, and hands out their results.
pub(super) struct Ahead<'a> {
    rest: std::iter::Peekable<Box<dyn Iterator<Item = (&'a Planned, Route, Wants)> + 'a>>,
    jobs: Sender<Job<'a>>,
    waiting: VecDeque<(u64, Receiver<anyhow::Result<Packed>>)>,
    held: u64,
}

impl<'a> Ahead<'a> {
    /// Of these entries, those that are to be packed.
    pub(super) fn new(items: &'a [Item<'a>], jobs: Sender<Job<'a>>) -> Self {
        let ahead = items.iter().filter(|item| matches!(item.route, Route::Pack | Route::RawAhead));
        let ahead = ahead.filter_map(|item| Some((item.placed.planned?, item.route, item.wants)));
        let rest: Box<dyn Iterator<Item = _> + 'a> = Box::new(ahead);
        Self { rest: rest.peekable(), jobs, waiting: VecDeque::new(), held: 0 }
    }

    /// Gives out as many files as fit, and always one.
    pub(super) fn fill(&mut self) {
        while let Some(&(planned, route, wants)) = self.rest.peek() {
            let cost = cost(planned, route);
            if !self.waiting.is_empty() && self.held + cost > BUDGET {
                return;
            }
            let (reply, result) = sync_channel(1);
            // Without a thread to take it the reply is dropped, which `take` reports.
            let _ = self.jobs.send(Job { planned, route, wants, reply });
            self.waiting.push_back((cost, result));
            self.held += cost;
            self.rest.next();
        }
    }

    /// The result of the next file, in their order.
    pub(super) fn take(&mut self) -> anyhow::Result<Packed> {
        self.fill();
        let (cost, result) = self.waiting.pop_front().context("more files are taken than were given")?;
        self.held -= cost;
        result.recv().context("a thread that compresses has stopped")?
    }
}

/// What a file takes at the most while it is packed: its bytes and the compressed ones, or the buffers of a large
/// one; and what the tables of a deflate stream and the bookkeeping take.
fn cost(planned: &Planned, route: Route) -> u64 {
    let held = if planned.size > LARGE && route == Route::Pack { MIB } else { 2 * planned.size };
    held + 16 * 1024
}

/// What each thread does until there are no more files.
pub(super) fn work_off<C: Contents>(jobs: &Queue<'_>, contents: &C, spool: Option<&Path>) {
    let mut finder = Finder::default();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        let packed = match job.route {
            Route::RawAhead => raw(&job, contents, &mut finder),
            _ => pack(&job, contents, spool, &mut finder),
        };
        if job.reply.send(packed).is_err() {
            // The writer has given up: nobody takes the rest of the queue either.
            return;
        }
    }
}

/// Reads a deflate stream as it stands in another zip.
fn raw<C: Contents>(job: &Job<'_>, contents: &C, finder: &mut Finder) -> anyhow::Result<Packed> {
    let planned = job.planned;
    let raw = contents.open_raw(&planned.content).with_context(|| unreadable(planned))?;
    let (reader, length, _) = raw.with_context(|| unreadable(planned))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length)? + 1);
    bounded(reader, length).read_to_end(&mut bytes).with_context(|| unreadable(planned))?;
    let proven = is_as_read(planned, crc32fast::hash(&bytes))?;
    let (joint, plain) = joint(planned, &bytes, job.wants, finder)?;
    Ok(Packed::Held(Held { bytes, deflated: true, joint: Some(joint), plain, proven }))
}

/// Where a deflate stream can be joined, and what it inflates to where that is wanted.
fn joint(
    planned: &Planned,
    stream: &[u8],
    wants: Wants,
    finder: &mut Finder,
) -> anyhow::Result<(Joint, Option<Vec<u8>>)> {
    let mut plain = Vec::with_capacity(if wants.plain { usize::try_from(planned.size)? } else { 0 });
    let mut keep = |piece: &[u8]| {
        if wants.plain {
            plain.extend_from_slice(piece);
        }
    };
    // What is not as it was read is not what the plan was made for.
    let found = finder.find(&mut &*stream, (planned.size, planned.crc), &mut keep).map_err(|_| changed(planned))?;
    Ok((found, wants.plain.then_some(plain)))
}

fn pack<C: Contents>(job: &Job<'_>, contents: &C, spool: Option<&Path>, finder: &mut Finder) -> anyhow::Result<Packed> {
    let planned = job.planned;
    let reader = contents.open(&planned.content).with_context(|| unreadable(planned))?;
    let mut reader = bounded(reader, planned.size);
    if planned.size > LARGE {
        return pack_large(planned, &mut reader, spool);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(planned.size)? + 1);
    reader.read_to_end(&mut bytes).with_context(|| unreadable(planned))?;
    compare(planned, Fingerprint::of(&bytes))?;
    let stored = |bytes| Held { bytes, deflated: false, joint: None, plain: None, proven: false };
    if bytes.is_empty() || is_compressed(planned) {
        return Ok(Packed::Held(stored(bytes)));
    }
    let mut encoder = deflater(Vec::with_capacity(bytes.len()));
    encoder.write_all(&bytes)?;
    let mut deflated = encoder.finish()?;
    if deflated.len() >= bytes.len() {
        return Ok(Packed::Held(stored(bytes)));
    }
    deflated.shrink_to_fit();
    let wants = Wants { plain: false, ..job.wants };
    let joint = if job.wants.joint { Some(joint(planned, &deflated, wants, finder)?.0) } else { None };
    let plain = job.wants.plain.then_some(bytes);
    Ok(Packed::Held(Held { bytes: deflated, deflated: true, joint, plain, proven: false }))
}

/// Deflates into a temporary file.
fn pack_large(planned: &Planned, reader: &mut impl Read, spool: Option<&Path>) -> anyhow::Result<Packed> {
    let file = match spool {
        Some(folder) => tempfile::tempfile_in(folder),
        None => tempfile::tempfile(),
    };
    let file = BufWriter::with_capacity(128 * 1024, file.context("a temporary file cannot be made")?);
    let mut encoder = Fingerprinting::new(deflater(file));
    let mut buffer = vec![0; 128 * 1024];
    let mut total = 0;
    loop {
        let read = read_full(reader, &mut buffer).with_context(|| unreadable(planned))?;
        let piece = buffer.get(..read).unwrap_or_default();
        total += read as u64;
        if total > planned.size {
            return Err(changed(planned));
        }
        if piece.is_empty() {
            break;
        }
        encoder.write_all(piece).context("a temporary file cannot be written")?;
    }
    let (encoder, found) = encoder.finish();
    compare(planned, found)?;
    let file = encoder.finish().context("a temporary file cannot be written")?;
    let file = file.into_inner().map_err(std::io::IntoInnerError::into_error);
    let file = file.context("a temporary file cannot be written")?;
    let compressed = file.metadata().context("a temporary file cannot be read")?.len();
    Ok(if compressed < planned.size { Packed::Spooled(file, compressed) } else { Packed::AsItIs })
}
