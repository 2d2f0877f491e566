//! Writes a gzip file of one member.
//!
//! In: its bytes, partly compressed already. Out: the file, strictly forward. Always: the same parts give the same
//! bytes; no name and no time in its header; one member, for readers that look at the first one only.
//!
//! Source of the layout: RFC 1952 and RFC 1951.

use super::deflate_joint::Joint;
use super::failure::{Failure, pass};
use crate::digest::read_full;
use flate2::{Compress, Compression, FlushCompress, Status};
use std::io::{self, Read, Write};

/// Magic number, deflate, no flags, no time, no hint, unknown system.
pub(super) const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty block with fixed codes that is the last one.
const LAST_BLOCK: [u8; 2] = [3, 0];
/// The most that a stored block can hold.
const STORED: usize = 0xffff;

/// Writes the member, part after part.
pub struct Gzip<W> {
    out: W,
    crc: crc32fast::Hasher,
    size: u64,
    compress: Compress,
    compressed: Vec<u8>,
    buffer: Vec<u8>,
}

impl<W: Write> Gzip<W> {
    /// Starts the member.
    pub fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&HEADER)?;
        Ok(Self {
            out,
            crc: crc32fast::Hasher::new(),
            size: 0,
            compress: Compress::new(Compression::new(6), false),
            compressed: Vec::new(),
            buffer: vec![0; STORED],
        })
    }

    /// A few bytes, which it compresses.
    pub fn small(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.compress.reset();
        self.compressed.clear();
        // Room for what does not get smaller, and for the empty block at the end.
        self.compressed.reserve(bytes.len() + bytes.len() / 1000 + 64);
        let status = self.compress.compress_vec(bytes, &mut self.compressed, FlushCompress::Sync)?;
        let is_whole = self.compress.total_in() == bytes.len() as u64 && self.compressed.ends_with(&[0, 0, 0xff, 0xff]);
        if status != Status::Ok || !is_whole {
            return Err(io::Error::other("a part of a gzip file could not be compressed at once"));
        }
        self.crc.update(bytes);
        self.size += bytes.len() as u64;
        self.out.write_all(&self.compressed)
    }

    /// Bytes that are not to be compressed. `seen` is given each piece.
    pub fn stored(
        &mut self,
        reader: &mut (impl Read + ?Sized),
        length: u64,
        seen: &mut dyn FnMut(&[u8]),
    ) -> Result<(), Failure> {
        let (out, crc) = (&mut self.out, &mut self.crc);
        pass(&mut Full(reader), length, &mut self.buffer, |piece| {
            let length = u16::try_from(piece.len()).map_err(io::Error::other)?;
            let [low, high] = length.to_le_bytes();
            out.write_all(&[0, low, high, !low, !high])?;
            crc.update(piece);
            seen(piece);
            out.write_all(piece)
        })?;
        self.size += length;
        Ok(())
    }

    /// A whole deflate stream of `compressed` bytes, that inflates to `size` bytes with this CRC-32.
    pub fn joined(
        &mut self,
        stream: &mut (impl Read + ?Sized),
        compressed: u64,
        joint: Joint,
        (size, crc): (u64, u32),
    ) -> Result<(), Failure> {
        joint.write(stream, compressed, &mut self.buffer, &mut self.out)?;
        self.crc.combine(&crc32fast::Hasher::new_with_initial_len(crc, size));
        self.size += size;
        Ok(())
    }

    /// Ends the member and gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&LAST_BLOCK)?;
        self.out.write_all(&self.crc.finalize().to_le_bytes())?;
        // The size modulo 2^32, as the format has it.
        let [a, b, c, d, ..] = self.size.to_le_bytes();
        self.out.write_all(&[a, b, c, d])?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Fills the buffer as far as it can, so that the blocks depend on the content alone.
struct Full<'a, R: ?Sized>(&'a mut R);

impl<R: Read + ?Sized> Read for Full<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_full(self.0, buffer)
    }
}

#[cfg(test)]
mod tests;
