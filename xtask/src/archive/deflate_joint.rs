//! Where another deflate stream can follow one that is whole.
//!
//! In: a raw deflate stream, as the entries of a zip have it. Out: its [`Joint`], and what it inflates to; then the stream
//! without its end, so that it can stand inside of a longer one. Always: one inflation; the bytes of the stream stay but
//! for one bit, which says that a block is the last, and the few after its end; a stream that is cut off, broken, followed
//! by other bytes, or that inflates to others than it is said to is an error.
//!
//! Deflate's blocks may end anywhere in a byte, and only whoever decodes them knows where. So the end is followed by an
//! empty stored block, which begins at any bit and ends with a byte (RFC 1951, 3.2.4); the next stream goes on from
//! there.

use super::failure::{Failure, pass};
use super::inflate::{BROKEN, CUT_OFF, FOLLOWED, invalid};
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY};
use miniz_oxide::inflate::core::{BlockBoundaryState, DecompressorOxide, decompress};
use std::io::{self, Read, Write};

/// A power of two, as the inflater wants it of a buffer that it goes round in; no less than deflate's window.
const WINDOW: usize = 256 * 1024;
/// What is read at a time.
const INPUT: usize = 64 * 1024;

/// Where a stream has its last block, and its end. In bits from its beginning, those of a byte from the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joint {
    last_block: u64,
    end: u64,
}

/// What inflating needs, to be used for one stream after the other.
pub struct Finder {
    state: Box<DecompressorOxide>,
    window: Vec<u8>,
    input: Vec<u8>,
}

impl Default for Finder {
    fn default() -> Self {
        Self { state: Box::default(), window: vec![0; WINDOW], input: vec![0; INPUT] }
    }
}

/// What is left of the input.
struct Input<'a, R: ?Sized> {
    reader: &'a mut R,
    buffer: &'a mut [u8],
    from: usize,
    to: usize,
    /// Bytes that were taken for good.
    taken: u64,
}

impl<R: Read + ?Sized> Input<'_, R> {
    /// Whether there is another byte; reads on where it must.
    fn has_more(&mut self) -> io::Result<bool> {
        while self.from == self.to {
            match self.reader.read(self.buffer) {
                Ok(0) => return Ok(false),
                Ok(read) => (self.from, self.to) = (0, read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn next(&mut self) -> io::Result<Option<&mut u8>> {
        Ok(if self.has_more()? { self.buffer.get_mut(self.from) } else { None })
    }
}

const OTHERS: &str = "its bytes do not match its size and CRC-32";

impl Finder {
    /// Inflates a whole stream, gives what comes out in pieces, and finds where it can be joined.
    ///
    /// Size and CRC-32 of what comes out are known: a reference to before the beginning of the stream, which would be one
    /// to the stream before, shows in them alone.
    pub fn find(
        &mut self,
        stream: &mut (impl Read + ?Sized),
        (size, crc): (u64, u32),
        inflated: &mut dyn FnMut(&[u8]),
    ) -> io::Result<Joint> {
        let mut seen = crc32fast::Hasher::new();
        let mut left = size;
        let joint = self.inflate(stream, &mut |piece| {
            seen.update(piece);
            left = left.checked_sub(piece.len() as u64).ok_or_else(|| invalid(OTHERS))?;
            inflated(piece);
            Ok(())
        })?;
        if left == 0 && seen.finalize() == crc { Ok(joint) } else { Err(invalid(OTHERS)) }
    }

    fn inflate(
        &mut self,
        stream: &mut (impl Read + ?Sized),
        inflated: &mut dyn FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<Joint> {
        *self.state = DecompressorOxide::new();
        // What an earlier stream left is nothing that this one may refer to.
        self.window.fill(0);
        let mut input = Input { reader: stream, buffer: &mut self.input, from: 0, to: 0, taken: 0 };
        let mut last_block = None;
        // The first bit of a block says whether it is the last. It is taken away before the inflater sees it, so that
        // this stops after every block, the last one too, and knows the bit that it stands at.
        let first = input.next()?.ok_or_else(|| invalid(CUT_OFF))?;
        if *first & 1 == 1 {
            *first &= !1;
            last_block = Some(0);
        }
        let mut position = 0;
        loop {
            let more = input.has_more()?;
            let flags = TINFL_FLAG_STOP_ON_BLOCK_BOUNDARY | if more { TINFL_FLAG_HAS_MORE_INPUT } else { 0 };
            let bytes = input.buffer.get(input.from..input.to).unwrap_or_default();
            let (status, read, written) = decompress(&mut self.state, bytes, &mut self.window, position, flags);
            input.from += read;
            input.taken += read as u64;
            inflated(self.window.get(position..position + written).unwrap_or_default())?;
            position = (position + written) % WINDOW;
            match status {
                TINFLStatus::NeedsMoreInput if more => {}
                TINFLStatus::HasMoreOutput => {}
                TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => return Err(invalid(CUT_OFF)),
                TINFLStatus::BlockBoundary => {
                    let boundary = self.state.block_boundary_state().ok_or_else(|| invalid(BROKEN))?;
                    let here = input.taken * 8 - u64::from(boundary.num_bits);
                    if let Some(last_block) = last_block {
                        return if input.has_more()? {
                            Err(invalid(FOLLOWED))
                        } else {
                            Ok(Joint { last_block, end: here })
                        };
                    }
                    if boundary.num_bits == 0 {
                        let byte = input.next()?.ok_or_else(|| invalid(CUT_OFF))?;
                        last_block = (*byte & 1 == 1).then_some(here);
                        *byte &= !1;
                    } else if boundary.bit_buf & 1 == 1 {
                        last_block = Some(here);
                        let without = BlockBoundaryState { bit_buf: boundary.bit_buf & !1, ..boundary };
                        *self.state = DecompressorOxide::from_block_boundary_state(&without);
                    }
                }
                _ => return Err(invalid(BROKEN)),
            }
        }
    }
}

impl Joint {
    /// Writes the stream that this is the joint of, so that another one can follow. It has `length` bytes.
    pub fn write(
        self,
        stream: &mut (impl Read + ?Sized),
        length: u64,
        buffer: &mut [u8],
        out: &mut impl Write,
    ) -> Result<(), Failure> {
        let (byte, bit) = (self.last_block / 8, self.last_block % 8);
        let (whole, bits) = (self.end / 8, self.end % 8);
        if length != self.end.div_ceil(8) {
            return Err(Failure::Length);
        }
        let mut position = 0;
        let mut tail = [0; 6];
        let mut partial = 0;
        pass(stream, length, buffer, |piece| {
            let at = |place: u64| place.checked_sub(position).and_then(|offset| usize::try_from(offset).ok());
            if let Some(flagged) = at(byte).and_then(|offset| piece.get_mut(offset)) {
                *flagged &= !(1 << bit);
            }
            let kept = at(whole).map_or(0, |offset| offset.min(piece.len()));
            if bits > 0
                && let Some(last) = at(whole).and_then(|offset| piece.get(offset))
            {
                partial = *last & ((1 << bits) - 1);
            }
            position += piece.len() as u64;
            out.write_all(piece.get(..kept).unwrap_or_default())
        })?;
        // Three bits for the head of an empty stored block, zeros up to the end of the byte, and its length twice.
        let head = match bits {
            0..=5 => 1,
            _ => 2,
        };
        tail[0] = partial;
        tail[head..head + 4].copy_from_slice(&[0, 0, 0xff, 0xff]);
        out.write_all(&tail[..head + 4]).map_err(Failure::Write)
    }
}

#[cfg(test)]
mod tests;
