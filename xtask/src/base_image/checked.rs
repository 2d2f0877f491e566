//! Bytes that are compared with what was said of them.
//!
//! In: a view on a file, and its digest and size. Out: a reader. Always: the read that comes to the end fails where
//! they differ, and no read gives more bytes than were said.

use crate::archive::bytes::Window;
use crate::digest::{Digest, Digesting};
use anyhow::ensure;
use std::io::{self, Read};

/// What is said of some bytes.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    pub(super) digest: Digest,
    pub(super) size: u64,
    /// Where they are, as a message names it.
    pub(super) place: String,
}

impl Expected {
    /// Reads them, if there are as many as is said.
    pub(super) fn check(self, window: Window) -> anyhow::Result<Checked<Window>> {
        let (length, size) = (window.length(), self.size);
        ensure!(
            length == size,
            "{} has {length} bytes, and {size} are said to be there: it is damaged, copy the image again",
            self.place
        );
        Ok(Checked { inner: window, seen: Some(Digesting::default()), size: 0, expected: self })
    }
}

/// Passes on what it reads.
pub(super) struct Checked<R> {
    inner: R,
    /// `None` once it was compared.
    seen: Option<Digesting>,
    size: u64,
    expected: Expected,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.size += read as u64;
        if self.size > self.expected.size {
            return Err(self.differs());
        }
        if let Some(seen) = &mut self.seen {
            seen.update(out.get(..read).unwrap_or(&[]));
        }
        if read == 0
            && !out.is_empty()
            && let Some(seen) = self.seen.take()
            && (self.size != self.expected.size || seen.finish() != self.expected.digest)
        {
            return Err(self.differs());
        }
        Ok(read)
    }
}

impl<R> Checked<R> {
    fn differs(&self) -> io::Error {
        let Expected { digest, place, .. } = &self.expected;
        let problem = format!("{place} does not have the digest sha256:{digest}: it is damaged, copy the image again");
        io::Error::new(io::ErrorKind::InvalidData, problem)
    }
}
