//! The entries of a tar, as they come by.
//!
//! In: the bytes of a tar, as a stream. Out: the name, size and kind of each entry, and the content of one that is
//! wanted. Always: bounded memory, whatever lengths the tar says; names as bytes that are no UTF-8 are passed over.

use crate::archive::tar_read::pax_record;
use anyhow::{Context as _, ensure};
use std::io::{self, Read};
use tar::{EntryType, Header};

const BLOCK: u64 = 512;
/// Long names and pax records are read into memory: none needs more.
const LONGEST_EXTENSION: u64 = 1 << 20;

/// An entry.
pub(super) struct Found {
    /// Its path, without `/` or `./` before it and `/` behind; empty where it is none that can be told.
    pub(super) path: String,
    /// How long its content is.
    pub(super) size: u64,
    /// Whether it is a plain file.
    pub(super) is_file: bool,
    /// Whether it is a folder.
    pub(super) is_folder: bool,
}

/// A tar, as it comes by.
pub(super) struct TarStream<'a> {
    reader: &'a mut dyn Read,
    /// Bytes of the content of the last entry that were not read, and those that fill its last block.
    content: u64,
    filling: u64,
    /// For what is passed over.
    buffer: Vec<u8>,
}

impl<'a> TarStream<'a> {
    pub(super) fn new(reader: &'a mut dyn Read) -> Self {
        Self { reader, content: 0, filling: 0, buffer: vec![0; 128 * 1024] }
    }

    /// The next entry; `None` at the end.
    pub(super) fn next(&mut self) -> anyhow::Result<Option<Found>> {
        let mut name = None;
        let mut size = None;
        loop {
            self.pass_over()?;
            let mut block = [0; 512];
            if !self.block(&mut block)? || block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let header = Header::from_byte_slice(&block);
            ensure!(is_header(header), "no header of an entry where one must be");
            let kind = header.entry_type();
            let declared = header.entry_size().context("a size that is no number")?;
            let is_extension = kind.is_gnu_longname()
                || kind.is_gnu_longlink()
                || kind.is_pax_local_extensions()
                || kind.is_pax_global_extensions();
            let length = match kind {
                // Whatever size a link or a folder says, no content follows. Source: Go 1.22, `archive/tar/reader.go`.
                EntryType::Link
                | EntryType::Symlink
                | EntryType::Char
                | EntryType::Block
                | EntryType::Directory
                | EntryType::Fifo => 0,
                _ if is_extension => declared,
                _ => size.unwrap_or(declared),
            };
            self.content = length;
            self.filling = length.checked_next_multiple_of(BLOCK).context("a size that cannot be")? - length;
            if !is_extension {
                let name = name.unwrap_or_else(|| header.path_bytes().into_owned());
                // Tars from before POSIX mark a folder by the name alone.
                let is_folder = kind.is_dir() || kind.is_file() && name.ends_with(b"/");
                let is_file = (kind.is_file() || kind.is_contiguous()) && !is_folder;
                return Ok(Some(Found { path: plain(&name), size: length, is_file, is_folder }));
            }
            ensure!(length <= LONGEST_EXTENSION, "a name or record longer than {LONGEST_EXTENSION} bytes");
            let data = self.content()?;
            if kind.is_gnu_longname() {
                name = Some(data.split(|byte| *byte == 0).next().unwrap_or(&[]).to_vec());
            } else if kind.is_pax_local_extensions() {
                take_pax(&data, &mut name, &mut size)?;
            }
        }
    }

    /// The content of the entry that came last.
    pub(super) fn content(&mut self) -> io::Result<Vec<u8>> {
        let mut data = Vec::new();
        let length = std::mem::take(&mut self.content);
        (&mut *self.reader).take(length).read_to_end(&mut data)?;
        if data.len() as u64 == length { Ok(data) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn pass_over(&mut self) -> io::Result<()> {
        let (content, filling) = (std::mem::take(&mut self.content), std::mem::take(&mut self.filling));
        // umoci 0.4 does not fill the last block of a layer, and writes no end.
        if self.skip(content)? < content {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.skip(filling).map(|_| ())
    }

    /// Reads and drops; how many there were.
    fn skip(&mut self, length: u64) -> io::Result<u64> {
        let mut left = length;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let read = match self.reader.read(self.buffer.get_mut(..most).unwrap_or(&mut [])) {
                Ok(0) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            left -= read as u64;
        }
        Ok(length - left)
    }

    /// Reads a block; `false` where the tar ends before it, as some do without an end.
    fn block(&mut self, block: &mut [u8; 512]) -> io::Result<bool> {
        let mut start = Vec::new();
        (&mut *self.reader).take(BLOCK).read_to_end(&mut start)?;
        match start.len() {
            0 => Ok(false),
            512 => {
                block.copy_from_slice(&start);
                Ok(true)
            }
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

fn is_header(header: &Header) -> bool {
    let blank = u32::from(b' ');
    let sum: u32 = (0..)
        .zip(header.as_bytes())
        .map(|(at, byte)| if (148..156).contains(&at) { blank } else { (*byte).into() })
        .sum();
    header.cksum().is_ok_and(|expected| expected == sum)
}

fn take_pax(mut data: &[u8], name: &mut Option<Vec<u8>>, size: &mut Option<u64>) -> anyhow::Result<()> {
    while !data.is_empty() {
        let (key, value, rest) = pax_record(data).context("a damaged pax record")?;
        data = rest;
        match key {
            b"path" => *name = Some(value.to_vec()),
            b"size" => {
                let number = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                *size = Some(number.context("a pax record with a size that is no number")?);
            }
            _ => {}
        }
    }
    Ok(())
}

/// A path as container engines take it: without what stands for the root.
fn plain(name: &[u8]) -> String {
    let Ok(name) = std::str::from_utf8(name) else { return String::new() };
    let parts: Vec<&str> = name.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") { String::new() } else { parts.join("/") }
}
