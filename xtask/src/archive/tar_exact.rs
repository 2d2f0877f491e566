//! Reads a tar, or a tar.gz, that [`super::tar_write`] wrote, and no other.
//!
//! In: the file. Out: its entries one after the other, and the digest of the tar. Always: no byte of the tar may be
//! otherwise than the writer would write these entries; nothing before, between or after; one gzip member with nothing
//! around it; bounded memory, whatever the file holds.

use super::gzip_write;
use super::tar_write::{END, Header, padding};
use crate::digest::{Digest, Digesting};
use crate::inventory::{Kind, Mode};
use crate::timestamp::Timestamp;
use flate2::bufread::GzDecoder;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use tar::EntryType;

const BLOCK: usize = 512;
/// No name or target of a link is longer.
const LONGEST: u64 = 64 * 1024;

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path, without a `/` at the end.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// The id of its user, and of its group.
    pub owner: u64,
    /// Size and SHA-256 of a file.
    pub content: Option<(u64, Digest)>,
}

/// Whether the tar as a whole is digested, beside the files in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digested {
    /// It is.
    Tar,
    /// The files alone.
    Files,
}

/// Reads the archive; each entry is given to `each`, which may refuse it. Gives the digest of the tar where it is wanted.
///
/// The error is a fragment that says what is off.
pub fn read(
    file: impl Read + Send,
    time: Timestamp,
    digested: Digested,
    each: &mut dyn FnMut(Found) -> Result<(), String>,
) -> Result<Option<Digest>, String> {
    // What inflates and what digests take about as long: each has a thread.
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(PIECES);
        let inflating = scope.spawn(move || inflate(file, &sender));
        let digest = read_plain(&mut Pieces { receiver, piece: Vec::new(), taken: 0 }, time, digested, each);
        let inflated = inflating.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        // What is wrong with the file is told before what it made of the tar.
        inflated.and(digest)
    })
}

/// How many pieces wait to be digested.
const PIECES: usize = 4;
/// How many bytes a piece has.
const PIECE: usize = 256 * 1024;

/// Inflates the one member of a gzip file, as long as somebody takes the pieces.
fn inflate(file: impl Read, pieces: &SyncSender<Vec<u8>>) -> Result<(), String> {
    let mut file = BufReader::with_capacity(128 * 1024, file);
    let start = file.fill_buf().map_err(|error| unreadable(&error))?;
    if !start.starts_with(&gzip_write::HEADER) {
        return Err("does not begin as a gzip file of this tool".to_owned());
    }
    let mut gzip = GzDecoder::new(file);
    loop {
        let mut piece = vec![0; PIECE];
        let read = gzip.read(&mut piece).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "is cut off".to_owned(),
            _ => unreadable(&error),
        })?;
        piece.truncate(read);
        if read == 0 {
            break;
        }
        if pieces.send(piece).is_err() {
            return Ok(());
        }
    }
    match gzip.into_inner().fill_buf() {
        Ok([]) => Ok(()),
        Ok(_) => Err("has bytes after its gzip member".to_owned()),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Reads what another thread sends.
struct Pieces {
    receiver: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    taken: usize,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() {
            // Without a sender it is at its end; whether it should be, the sender says.
            let Ok(piece) = self.receiver.recv() else { return Ok(0) };
            (self.piece, self.taken) = (piece, 0);
        }
        let rest = self.piece.get(self.taken..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        if let (Some(place), Some(bytes)) = (buffer.get_mut(..length), rest.get(..length)) {
            place.copy_from_slice(bytes);
        }
        self.taken += length;
        Ok(length)
    }
}

/// Reads a tar that is not packed, as [`read`] does one in a gzip.
pub fn read_plain(
    tar: &mut impl Read,
    time: Timestamp,
    digested: Digested,
    each: &mut dyn FnMut(Found) -> Result<(), String>,
) -> Result<Option<Digest>, String> {
    let seen = (digested == Digested::Tar).then(Digesting::default);
    let mut reader = Reader { tar, seen };
    while entry(&mut reader, time, each)? {}
    match reader.tar.read(&mut [0]) {
        Ok(0) => Ok(reader.seen.map(Digesting::finish)),
        Ok(_) => Err("has bytes after the end of its tar".to_owned()),
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

/// Reads, and digests what was read.
struct Reader<'a, R> {
    tar: &'a mut R,
    seen: Option<Digesting>,
}

impl<R: Read> Reader<'_, R> {
    fn take(&mut self, buffer: &mut [u8]) -> Result<(), String> {
        self.tar.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => "is cut off".to_owned(),
            _ => unreadable(&error),
        })?;
        if let Some(seen) = &mut self.seen {
            seen.update(buffer);
        }
        Ok(())
    }
}

/// Reads one entry; `false` at the end.
fn entry<R: Read>(
    reader: &mut Reader<'_, R>,
    time: Timestamp,
    each: &mut dyn FnMut(Found) -> Result<(), String>,
) -> Result<bool, String> {
    let mut read = Vec::new();
    let (mut name, mut target) = (None, None);
    let header = loop {
        let mut block = [0; BLOCK];
        reader.take(&mut block)?;
        if block == [0; BLOCK] && read.is_empty() {
            reader.take(&mut block)?;
            let whole = block[..] == END[BLOCK..];
            return if whole { Ok(false) } else { Err("does not end as a tar".to_owned()) };
        }
        read.extend(block);
        let header = tar::Header::from_byte_slice(&block).clone();
        let long = match header.entry_type() {
            EntryType::GNULongName => &mut name,
            EntryType::GNULongLink => &mut target,
            _ => break header,
        };
        let size = header.entry_size().ok().filter(|size| (1..=LONGEST).contains(size));
        let size = size.ok_or("has a name that is too long")?;
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0) + padding(size)];
        reader.take(&mut bytes)?;
        read.extend(&bytes);
        let text = bytes.get(..usize::try_from(size - 1).unwrap_or(0)).unwrap_or_default().to_vec();
        if long.replace(text).is_some() {
            return Err("has two long names for one entry".to_owned());
        }
    };
    let fields = header.as_gnu().ok_or("has an entry of another format than GNU tar's")?;
    let text = |long: Option<Vec<u8>>, field: &[u8; 100]| {
        let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
        String::from_utf8(long.unwrap_or_else(|| field.get(..end).unwrap_or_default().to_vec()))
            .map_err(|_| "has a name that is not UTF-8".to_owned())
    };
    let (mut name, target) = (text(name, &fields.name)?, text(target, &fields.linkname)?);
    let kind = match header.entry_type() {
        EntryType::Regular => Kind::File,
        EntryType::Directory => Kind::Folder,
        EntryType::Symlink => Kind::Symlink(target),
        _ => return Err(format!("has an entry of an unknown kind, `{}`", name.escape_debug())),
    };
    if kind == Kind::Folder && name.pop() != Some('/') {
        return Err("has a folder without `/` at the end of its name".to_owned());
    }
    let number =
        |value: io::Result<u64>| value.map_err(|_| format!("has a broken header of `{}`", name.escape_debug()));
    let (size, owner) = (number(header.entry_size())?, number(header.uid())?);
    let mode = header.mode().map_err(|_| format!("has a broken header of `{}`", name.escape_debug()))?;
    let expected = Header { name: &name, kind: &kind, mode, owner, size }.blocks(time);
    if expected.map_err(|error| error.to_string())? != read {
        return Err(format!("has a header of `{}` that is not as this tool writes it", name.escape_debug()));
    }
    let content = if kind == Kind::File { Some((size, content(reader, size)?)) } else { None };
    each(Found { name, kind, mode, owner, content })?;
    Ok(true)
}

fn content<R: Read>(reader: &mut Reader<'_, R>, size: u64) -> Result<Digest, String> {
    let mut digest = Digesting::default();
    let mut buffer = vec![0; usize::try_from(size.min(128 * 1024)).unwrap_or(0)];
    let mut left = size;
    while left > 0 {
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let piece = buffer.get_mut(..length).unwrap_or_default();
        reader.take(piece)?;
        digest.update(piece);
        left -= piece.len() as u64;
    }
    let mut rest = [0; BLOCK];
    let rest = rest.get_mut(..padding(size)).unwrap_or_default();
    reader.take(rest)?;
    if rest.iter().any(|byte| *byte != 0) {
        return Err("has bytes that are not zero between two entries".to_owned());
    }
    Ok(digest.finish())
}

#[cfg(test)]
mod tests;
