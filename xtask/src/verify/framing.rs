//! What of an archive is not content: headers, directory, end records, and that there is nothing else.
//!
//! In: the archive, and its entries as a reader of the directory sees them. Out: whether every byte that is no
//! content is as the writer writes it. Always: reads only headers; the order of the entries is the one in which
//! their bytes stand.

use crate::archive::zip_write::{Header, end};
use crate::timestamp::Timestamp;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// A place in a file that others read too, each at its own place.
#[derive(Clone)]
pub(super) struct Shared {
    file: Arc<File>,
    length: u64,
    position: u64,
}

impl Shared {
    /// At the start of a file.
    pub(super) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), length, position: 0 })
    }

    /// Whether exactly these bytes stand at a place.
    pub(super) fn has(&self, expected: &[u8], position: u64) -> io::Result<bool> {
        let mut reader = Self { position, ..self.clone() };
        let mut buffer = vec![0; expected.len().min(64 * 1024)];
        for piece in expected.chunks(buffer.len().max(1)) {
            let Some(found) = buffer.get_mut(..piece.len()) else { return Ok(false) };
            match reader.read_exact(found) {
                Ok(()) if found == piece => {}
                Ok(()) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// Compares, entry after entry, and keeps what the directory must be.
pub(super) struct Framing {
    archive: Shared,
    time: Timestamp,
    position: u64,
    count: u64,
    directory: Vec<u8>,
}

impl Framing {
    /// At the start of the archive.
    pub(super) fn new(archive: Shared, time: Timestamp) -> Self {
        Self { archive, time, position: 0, count: 0, directory: Vec::new() }
    }

    /// Whether the header of the next entry stands where it must, as it must. After a `false` nothing more can be
    /// said of what follows.
    pub(super) fn entry(&mut self, header: &Header<'_>) -> io::Result<bool> {
        let (Ok(local), Ok(central)) = (header.local(self.time), header.central(self.time, self.position)) else {
            return Ok(false);
        };
        if !self.archive.has(&local, self.position)? {
            return Ok(false);
        }
        let next = (self.position + local.len() as u64).checked_add(header.compressed);
        let Some(next) = next.filter(|next| *next <= self.archive.length) else { return Ok(false) };
        self.position = next;
        self.count += 1;
        self.directory.extend(central);
        Ok(true)
    }

    /// Whether the directory and the end records follow, and then nothing.
    pub(super) fn finish(mut self) -> io::Result<bool> {
        let size = self.directory.len() as u64;
        self.directory.extend(end(self.count, self.position, size));
        let whole = self.position + self.directory.len() as u64 == self.archive.length;
        Ok(whole && self.archive.has(&self.directory, self.position)?)
    }
}

/// The number of entries by the end record, which must be the last bytes of the file; `None` where it is not.
///
/// Asked before a reader of archives is let loose, so that nothing makes it allocate more than the manifest promises.
pub(super) fn count(archive: &Shared) -> io::Result<Option<u64>> {
    let tail = |back: u64, length: usize| -> io::Result<Option<Vec<u8>>> {
        let Some(position) = archive.length.checked_sub(back) else { return Ok(None) };
        let mut bytes = vec![0; length];
        Shared { position, ..archive.clone() }.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    };
    let Some(last) = tail(22, 22)? else { return Ok(None) };
    if !last.starts_with(b"PK\x05\x06") || !last.ends_with(&[0, 0]) {
        return Ok(None);
    }
    let Some(&[low, high]) = last.get(10..12) else { return Ok(None) };
    let count = u16::from_le_bytes([low, high]);
    // The zip64 record stands before its locator, both of a known length; a wide count needs it, other fields may.
    match tail(98, 56)? {
        Some(wide) if wide.starts_with(b"PK\x06\x06") => {
            let field = wide.get(32..40).and_then(|bytes| bytes.try_into().ok());
            Ok(field.map(u64::from_le_bytes))
        }
        _ => Ok(Some(u64::from(count))),
    }
}
