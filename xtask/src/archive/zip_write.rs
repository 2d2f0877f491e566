//! Writes zip archives.
//!
//! In: entries of which everything is known beforehand, with their bytes as they are to stand in the archive.
//! Out: the archive, strictly forward, so that it can be hashed while it is written. Always: the same entries give
//! the same bytes; one time for all entries; no extra field but zip64 where a number needs it; an entry has exactly
//! the length that its header promised.
//!
//! The framing is our own because the zip crate's does not fit: its raw copy keeps the extra fields, times and
//! comments of the archive that an entry comes from, and its writer goes back to fill in headers, so that what it
//! writes cannot be hashed on the way. Readers are another matter: there the crate serves.
//!
//! Source of the layout: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 to 4.5.

use super::failure::{Failure, pass};
use crate::inventory::{Kind, Mode};
use crate::timestamp::Timestamp;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use std::io::{self, Read, Write};

/// How the bytes of an entry stand in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// As they are.
    Stored,
    /// As a raw deflate stream.
    Deflated,
}

/// All that the archive records of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Its path, without a `/` at the end.
    pub name: &'a str,
    /// What it is. The bytes of a symbolic link are its target.
    pub kind: &'a Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// CRC-32 of the uncompressed bytes.
    pub crc: u32,
    /// How many bytes it has, uncompressed.
    pub size: u64,
    /// How many bytes it has in the archive.
    pub compressed: u64,
    /// How they stand there.
    pub method: Method,
}

/// What a field of 32 bits says of a number that does not fit: look into the zip64 record.
const ELSEWHERE: u32 = u32::MAX;
/// The same in 16 bits.
const ELSEWHERE_16: u16 = u16::MAX;
/// Made by unix, so that the modes count.
const UNIX: u16 = 3 << 8;
/// The version of the format that has zip64.
const ZIP64: u16 = 45;
/// The name is UTF-8.
const UTF_8: u16 = 0x800;
/// The folder bit of MS-DOS, which some readers look at.
const DOS_FOLDER: u32 = 0x10;

/// The number, or [`ELSEWHERE`]: a number of exactly that value needs the zip64 record too.
fn in_32_bits(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

fn overflows(number: u64) -> bool {
    in_32_bits(number) == ELSEWHERE
}

impl Header<'_> {
    /// The local header, which stands before the bytes.
    pub fn local(&self, time: Timestamp) -> Result<Vec<u8>, Failure> {
        // Here, unlike in the directory, both sizes go to the zip64 record together (4.5.3).
        let wide = overflows(self.size) || overflows(self.compressed);
        let sizes = if wide { (ELSEWHERE, ELSEWHERE) } else { (in_32_bits(self.compressed), in_32_bits(self.size)) };
        let numbers = if wide { vec![self.size, self.compressed] } else { Vec::new() };
        let extra = zip64_field(&numbers);
        let mut out = Vec::with_capacity(31 + self.name.len() + extra.len());
        out.extend(b"PK\x03\x04");
        self.shared_fields(&mut out, time, sizes, &extra)?;
        self.name_into(&mut out);
        out.extend(extra);
        Ok(out)
    }

    /// The record in the directory of the archive, for an entry whose local header starts at `offset`.
    pub fn central(&self, time: Timestamp, offset: u64) -> Result<Vec<u8>, Failure> {
        let numbers: Vec<u64> =
            [self.size, self.compressed, offset].into_iter().filter(|number| overflows(*number)).collect();
        let extra = zip64_field(&numbers);
        let mut out = Vec::with_capacity(47 + self.name.len() + extra.len());
        out.extend(b"PK\x01\x02");
        out.extend((UNIX | self.version(!numbers.is_empty()).max(30)).to_le_bytes());
        self.shared_fields(&mut out, time, (in_32_bits(self.compressed), in_32_bits(self.size)), &extra)?;
        // Comment, number of the disk, internal attributes: none.
        out.extend([0; 6]);
        out.extend(self.attributes().to_le_bytes());
        out.extend(in_32_bits(offset).to_le_bytes());
        self.name_into(&mut out);
        out.extend(extra);
        Ok(out)
    }

    /// The fields that both headers have, from the version needed to the length of the extra fields.
    fn shared_fields(
        &self,
        out: &mut Vec<u8>,
        time: Timestamp,
        (compressed, size): (u32, u32),
        extra: &[u8],
    ) -> Result<(), Failure> {
        let slash = usize::from(*self.kind == Kind::Folder);
        let name_length = u16::try_from(self.name.len() + slash).map_err(|_| Failure::Name)?;
        let extra_length = u16::try_from(extra.len()).map_err(|_| Failure::Name)?;
        let flags = if self.name.is_ascii() { 0 } else { UTF_8 };
        let method: u16 = match self.method {
            Method::Stored => 0,
            Method::Deflated => 8,
        };
        let (date, clock) = time.dos();
        for field in [self.version(!extra.is_empty()), flags, method, clock, date] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.crc, compressed, size] {
            out.extend(field.to_le_bytes());
        }
        out.extend(name_length.to_le_bytes());
        out.extend(extra_length.to_le_bytes());
        Ok(())
    }

    fn name_into(&self, out: &mut Vec<u8>) {
        out.extend(self.name.as_bytes());
        if *self.kind == Kind::Folder {
            out.push(b'/');
        }
    }

    /// The version of the format that a reader must know.
    fn version(&self, zip64: bool) -> u16 {
        match (zip64, self.kind, self.method) {
            (true, ..) => ZIP64,
            (_, Kind::Folder, _) | (.., Method::Deflated) => 20,
            _ => 10,
        }
    }

    /// Kind and mode as unix has them in the upper half, and the folder bit of MS-DOS.
    fn attributes(&self) -> u32 {
        let mode = self.mode & 0o777;
        match self.kind {
            Kind::File => (0o100_000 | mode) << 16,
            Kind::Folder => (0o040_000 | mode) << 16 | DOS_FOLDER,
            Kind::Symlink(_) => (0o120_000 | mode) << 16,
        }
    }
}

/// The zip64 extra field with these numbers; nothing without any.
fn zip64_field(numbers: &[u64]) -> Vec<u8> {
    let Some(length) = u16::try_from(numbers.len() * 8).ok().filter(|length| *length > 0) else {
        return Vec::new();
    };
    let mut field = Vec::with_capacity(4 + usize::from(length));
    field.extend(1u16.to_le_bytes());
    field.extend(length.to_le_bytes());
    field.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    field
}

/// What stands after the directory: the zip64 records where a number needs them, and the end record.
pub fn end(count: u64, directory_start: u64, directory_size: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(98);
    let count_16 = u16::try_from(count).unwrap_or(ELSEWHERE_16);
    if count_16 == ELSEWHERE_16 || overflows(directory_start) || overflows(directory_size) {
        out.extend(b"PK\x06\x06");
        // The length of what follows of this record.
        out.extend(44u64.to_le_bytes());
        out.extend((UNIX | ZIP64).to_le_bytes());
        out.extend(ZIP64.to_le_bytes());
        out.extend([0; 8]);
        for number in [count, count, directory_size, directory_start] {
            out.extend(number.to_le_bytes());
        }
        out.extend(b"PK\x06\x07");
        out.extend([0; 4]);
        out.extend((directory_start + directory_size).to_le_bytes());
        out.extend(1u32.to_le_bytes());
    }
    out.extend(b"PK\x05\x06");
    out.extend([0; 4]);
    out.extend(count_16.to_le_bytes());
    out.extend(count_16.to_le_bytes());
    out.extend(in_32_bits(directory_size).to_le_bytes());
    out.extend(in_32_bits(directory_start).to_le_bytes());
    out.extend([0; 2]);
    out
}

/// Writes an archive, entry after entry. Dropped before [`Writer::finish`], it leaves an archive without a
/// directory, which no reader takes for a whole one.
pub struct Writer<W> {
    out: W,
    time: Timestamp,
    position: u64,
    count: u64,
    directory: Vec<u8>,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Starts an archive in which every entry has this time.
    pub fn new(out: W, time: Timestamp) -> Self {
        Self { out, time, position: 0, count: 0, directory: Vec::new(), buffer: vec![0; 256 * 1024] }
    }

    /// Writes an entry, whose bytes (compressed already where the header says so) `data` gives.
    pub fn entry(&mut self, header: &Header<'_>, data: &mut (impl Read + ?Sized)) -> Result<(), Failure> {
        let local = header.local(self.time)?;
        let central = header.central(self.time, self.position)?;
        self.out.write_all(&local).map_err(Failure::Write)?;
        let out = &mut self.out;
        pass(data, header.compressed, &mut self.buffer, |bytes| out.write_all(bytes))?;
        self.position += local.len() as u64 + header.compressed;
        self.count += 1;
        self.directory.extend(central);
        Ok(())
    }

    /// Writes the directory and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&self.directory)?;
        self.out.write_all(&end(self.count, self.position, self.directory.len() as u64))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A writer that deflates what it is given, at the one level that everything here is deflated at.
///
/// What comes out also depends on the pieces that go in: whoever wants the same bytes each time gives
/// the same pieces.
pub fn deflater<W: Write>(out: W) -> DeflateEncoder<W> {
    DeflateEncoder::new(out, Compression::new(6))
}

#[cfg(test)]
mod tests;
