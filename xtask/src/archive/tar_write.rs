//! Writes tar archives in a gzip.
//!
//! In: entries of which everything is known beforehand, with their bytes, compressed or not. Out: the tar.gz, strictly
//! forward, and the digest of the tar in it where that is wanted. Always: the same entries give the same bytes; one time
//! and one owner for all entries; no names of users.
//!
//! GNU's format, which every reader knows: names longer than 100 bytes stand in an entry of their own before, and sizes
//! of 8 GiB and more are written in base 256.

use super::deflate_joint::Joint;
use super::failure::Failure;
use super::gzip_write::Gzip;
use crate::digest::{Digest, Digesting};
use crate::inventory::{Kind, Mode};
use crate::timestamp::Timestamp;
use std::io::{self, Read, Write};
use tar::EntryType;

/// The unit of a tar archive.
const BLOCK: usize = 512;
/// The longest name that fits into a header.
const LONGEST_NAME: usize = 100;
/// The path that an entry has which holds a long name.
const LONG_NAME: &str = "././@LongLink";

/// All that the archive records of an entry.
#[derive(Clone, Copy, Debug)]
pub struct Header<'a> {
    /// Its path, without a `/` at the end.
    pub name: &'a str,
    /// What it is.
    pub kind: &'a Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// The id of its user, and of its group.
    pub owner: u64,
    /// How many bytes it has; 0 for what is no file.
    pub size: u64,
}

impl Header<'_> {
    /// What stands before the bytes of the entry: whole blocks.
    pub fn blocks(&self, time: Timestamp) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(BLOCK);
        let mut name = self.name.as_bytes().to_vec();
        let (kind, target) = match self.kind {
            Kind::File => (EntryType::Regular, &[] as &[u8]),
            Kind::Folder => (EntryType::Directory, &[] as &[u8]),
            Kind::Symlink(target) => (EntryType::Symlink, target.as_bytes()),
        };
        if kind == EntryType::Directory {
            name.push(b'/');
        }
        for (long, kind) in [(target, EntryType::GNULongLink), (&name, EntryType::GNULongName)] {
            if long.len() > LONGEST_NAME {
                out.extend(Self::long(long, kind, time)?);
            }
        }
        let size = if kind == EntryType::Regular { self.size } else { 0 };
        let header = header(&name, target, kind, (self.mode, self.owner, size), time)?;
        out.extend(header.as_bytes());
        Ok(out)
    }

    /// An entry whose content is a name, ended by a zero byte as GNU tar has it.
    fn long(name: &[u8], kind: EntryType, time: Timestamp) -> io::Result<Vec<u8>> {
        let size = name.len() + 1;
        let header = header(LONG_NAME.as_bytes(), &[], kind, (0o644, 0, size as u64), time)?;
        let mut out = header.as_bytes().to_vec();
        out.extend(name);
        out.resize(out.len() + 1 + padding(size as u64), 0);
        Ok(out)
    }
}

fn header(
    name: &[u8],
    target: &[u8],
    kind: EntryType,
    (mode, owner, size): (Mode, u64, u64),
    time: Timestamp,
) -> io::Result<tar::Header> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode & 0o777);
    header.set_uid(owner);
    header.set_gid(owner);
    header.set_size(size);
    header.set_mtime(time.seconds());
    let fields = header.as_gnu_mut().ok_or_else(|| io::Error::other("no GNU header"))?;
    for (field, bytes) in [(&mut fields.name, name), (&mut fields.linkname, target)] {
        field.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    }
    header.set_cksum();
    Ok(header)
}

/// How many bytes fill up the last block of that many.
pub fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
    if over == 0 { 0 } else { BLOCK - over }
}

/// What ends an archive.
pub const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

/// Writes an archive, entry after entry. Dropped before [`TarGz::finish`], it leaves a file that every reader calls cut
/// off.
pub struct TarGz<W> {
    gzip: Gzip<W>,
    /// Digests the tar as it is before compression.
    plain: Option<Digesting>,
    time: Timestamp,
    /// How many bytes still fill up the last block.
    padding: usize,
}

impl<W: Write> TarGz<W> {
    /// Starts an archive in which every entry has this time. With `digested`, [`TarGz::finish`] gives the digest of the
    /// tar; then whoever joins streams tells what they inflate to by [`TarGz::inflated`].
    pub fn new(out: W, time: Timestamp, digested: bool) -> io::Result<Self> {
        let plain = digested.then(Digesting::default);
        Ok(Self { gzip: Gzip::new(out)?, plain, time, padding: 0 })
    }

    /// Whether the digest of the tar is wanted.
    pub fn is_digested(&self) -> bool {
        self.plain.is_some()
    }

    /// Starts an entry.
    pub fn start(&mut self, header: &Header<'_>) -> Result<(), Failure> {
        let mut bytes = vec![0; self.padding];
        bytes.extend(header.blocks(self.time).map_err(Failure::Write)?);
        self.padding = padding(header.size);
        self.gzip.small(&bytes).map_err(Failure::Write)?;
        self.inflated(&bytes);
        Ok(())
    }

    /// The bytes of the entry, which are not to be compressed.
    pub fn stored(&mut self, reader: &mut (impl Read + ?Sized), length: u64) -> Result<(), Failure> {
        let plain = &mut self.plain;
        self.gzip.stored(reader, length, &mut |piece| digest(plain, piece))
    }

    /// The bytes of the entry as a whole deflate stream of `compressed` bytes, which inflates to a size with a CRC-32.
    pub fn joined(
        &mut self,
        stream: &mut (impl Read + ?Sized),
        compressed: u64,
        joint: Joint,
        content: (u64, u32),
    ) -> Result<(), Failure> {
        self.gzip.joined(stream, compressed, joint, content)
    }

    /// What the stream of the entry inflates to, a piece of it.
    pub fn inflated(&mut self, piece: &[u8]) {
        digest(&mut self.plain, piece);
    }

    /// Ends the archive. Gives back what was written to, and the digest of the tar where it is wanted.
    pub fn finish(mut self) -> io::Result<(W, Option<Digest>)> {
        let mut bytes = vec![0; self.padding];
        bytes.extend(END);
        self.gzip.small(&bytes)?;
        self.inflated(&bytes);
        Ok((self.gzip.finish()?, self.plain.map(Digesting::finish)))
    }
}

fn digest(plain: &mut Option<Digesting>, piece: &[u8]) {
    if let Some(plain) = plain {
        plain.update(piece);
    }
}

#[cfg(test)]
mod tests;
