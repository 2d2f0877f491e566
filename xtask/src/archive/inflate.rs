//! Inflating: the entries of a zip, and a gzip file.
//!
//! In: a window on compressed bytes. Out: the uncompressed ones. Always: stops at the declared size; fails on a
//! stream that is cut off, broken, followed by other bytes, or that gives other bytes than its CRC-32 says.

use crate::archive::bytes::{Bytes, Window};
use crate::archive::tree::Limits;
use anyhow::Context as _;
use flate2::bufread::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::fs::File;
use std::io::{self, BufReader, Read};

pub(super) fn invalid(problem: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

pub(super) const CUT_OFF: &str = "its deflate stream is cut off";
pub(super) const BROKEN: &str = "its deflate stream is broken";
pub(super) const FOLLOWED: &str = "bytes follow its deflate stream";
const TOO_LONG: &str = "it holds more bytes than the archive declares";
const TOO_SHORT: &str = "it holds fewer bytes than the archive declares";
const WRONG_CRC: &str = "its bytes do not match its CRC-32";

/// Inflates small entries at once, and keeps its memory from one to the next.
pub struct Inflater {
    state: Decompress,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { state: Decompress::new(false) }
    }
}

impl Inflater {
    /// Inflates the whole stream. `out` is one byte longer than the declared size, so that more is noticed.
    pub fn inflate(&mut self, compressed: &[u8], out: &mut [u8]) -> io::Result<()> {
        self.state.reset(false);
        let declared = out.len().saturating_sub(1) as u64;
        loop {
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let input = usize::try_from(read).ok().and_then(|read| compressed.get(read..)).unwrap_or(&[]);
            let output = usize::try_from(written).ok().and_then(|written| out.get_mut(written..)).unwrap_or(&mut []);
            let status = self.state.decompress(input, output, FlushDecompress::Finish);
            let status = status.map_err(|_| invalid(BROKEN))?;
            if self.state.total_out() > declared {
                return Err(invalid(TOO_LONG));
            }
            if status == Status::StreamEnd {
                break;
            }
            if self.state.total_in() == read && self.state.total_out() == written {
                return Err(invalid(CUT_OFF));
            }
        }
        if self.state.total_in() != compressed.len() as u64 {
            return Err(invalid(FOLLOWED));
        }
        if self.state.total_out() != declared {
            return Err(invalid(TOO_SHORT));
        }
        Ok(())
    }
}

/// A deflate stream as a reader. It must fill its window exactly.
pub struct Inflating {
    window: Window,
    state: Decompress,
    input: Vec<u8>,
    from: usize,
    to: usize,
    ended: bool,
}

impl Inflating {
    /// Of a window that shows one deflate stream.
    pub fn new(window: Window) -> Self {
        let capacity = usize::try_from(window.length()).unwrap_or(usize::MAX).clamp(1, 64 * 1024);
        Self { window, state: Decompress::new(false), input: vec![0; capacity], from: 0, to: 0, ended: false }
    }
}

impl Read for Inflating {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() || self.ended {
            return Ok(0);
        }
        loop {
            if self.from == self.to {
                self.to = self.window.read(&mut self.input)?;
                self.from = 0;
            }
            let input = self.input.get(self.from..self.to).unwrap_or(&[]);
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, out, FlushDecompress::None).map_err(|_| invalid(BROKEN))?;
            let consumed = usize::try_from(self.state.total_in() - read).unwrap_or(usize::MAX);
            let produced = usize::try_from(self.state.total_out() - written).unwrap_or(usize::MAX);
            let at_end = input.is_empty();
            self.from += consumed;
            if status == Status::StreamEnd {
                self.ended = true;
                if self.from != self.to || self.window.read(&mut [0])? != 0 {
                    return Err(invalid(FOLLOWED));
                }
                return Ok(produced);
            }
            if produced > 0 {
                return Ok(produced);
            }
            if at_end {
                return Err(invalid(CUT_OFF));
            }
            if consumed == 0 {
                return Err(invalid(BROKEN));
            }
        }
    }
}

/// What an archive declares of an entry's content.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Where its bytes start in the archive.
    pub start: u64,
    /// Its size, uncompressed.
    pub size: u64,
    /// Its CRC-32.
    pub crc: u32,
}

/// Passes on what it reads and fails where that is not what the archive declares.
pub struct Checked<R> {
    inner: R,
    check: Check,
    seen: u64,
    crc: crc32fast::Hasher,
}

impl<R: Read> Checked<R> {
    /// Checks what comes from a reader.
    pub fn new(inner: R, check: Check) -> Self {
        Self { inner, check, seen: 0, crc: crc32fast::Hasher::new() }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.seen += read as u64;
        if self.seen > self.check.size {
            return Err(invalid(TOO_LONG));
        }
        self.crc.update(out.get(..read).unwrap_or(&[]));
        if read == 0 && !out.is_empty() {
            if self.seen < self.check.size {
                return Err(invalid(TOO_SHORT));
            }
            if self.crc.clone().finalize() != self.check.crc {
                return Err(invalid(WRONG_CRC));
            }
        }
        Ok(read)
    }
}

/// Unpacks a gzip file into a temporary one, which is gone when the last user of it is.
pub fn gunzip(archive: &str, bytes: &Bytes, limits: &Limits) -> anyhow::Result<Bytes> {
    let mut spool = tempfile::tempfile().context("a temporary file could not be made")?;
    let mut reader = MultiGzDecoder::new(BufReader::with_capacity(64 * 1024, bytes.whole()));
    let length = copy_within(&mut reader, &mut spool, archive, limits)?;
    Ok(Bytes::File { file: std::sync::Arc::new(spool), length })
}

fn copy_within(reader: &mut impl Read, spool: &mut File, archive: &str, limits: &Limits) -> anyhow::Result<u64> {
    let mut buffer = vec![0; 128 * 1024];
    let mut total: u64 = 0;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(read) => read,
            Err(error) => {
                let problem = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "is cut off",
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        "is damaged: a wrong CRC-32, a broken stream or bytes after its end"
                    }
                    _ => "could not be read",
                };
                return Err(error).with_context(|| {
                    format!("`{archive}` {problem}; copy or pack it again (gzip, after {total} bytes unpacked)")
                });
            }
        };
        if read == 0 {
            return Ok(total);
        }
        total += read as u64;
        limits.allow_bytes(archive, Some(total))?;
        io::Write::write_all(spool, &buffer[..read]).context("no room to unpack into the temporary folder")?;
    }
}
