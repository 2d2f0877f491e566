//! Random access to the bytes of a file or of memory, shared by threads.
//!
//! In: an open file, or bytes. Out: [`Bytes`], and a [`Window`] on a part of them that reads and seeks.
//! Always: reading moves no position that anybody else sees; a window never reads outside its bounds.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Bytes that can be read at any place.
#[derive(Clone)]
pub enum Bytes {
    /// Of an open file.
    File {
        /// The file.
        file: Arc<File>,
        /// Its length when it was opened.
        length: u64,
    },
    /// At hand.
    Memory(Arc<[u8]>),
}

impl Bytes {
    /// The bytes of an open file.
    pub fn of_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self::File { file: Arc::new(file), length })
    }

    /// How many they are.
    pub fn length(&self) -> u64 {
        match self {
            Self::File { length, .. } => *length,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Reads some bytes at a place; 0 only at the end or for an empty buffer.
    pub fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File { length, .. } if at >= *length => Ok(0),
            Self::File { file, .. } => loop {
                match read_file_at(file, at, buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => return result,
                }
            },
            Self::Memory(bytes) => {
                let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
                let taken = rest.len().min(buffer.len());
                buffer[..taken].copy_from_slice(&rest[..taken]);
                Ok(taken)
            }
        }
    }

    /// Fills the buffer from a place, or fails with `UnexpectedEof`.
    pub fn read_exact_at(&self, mut at: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            let read = self.read_at(at, buffer)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            at += read as u64;
            buffer = &mut buffer[read..];
        }
        Ok(())
    }

    /// A view on a part. What of it lies behind the end reads as the end.
    pub fn window(&self, start: u64, length: u64) -> Window {
        Window { bytes: self.clone(), start, length, position: 0 }
    }

    /// A view on all.
    pub fn whole(&self) -> Window {
        self.window(0, self.length())
    }
}

#[cfg(unix)]
fn read_file_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_file_at(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}

/// A part of some bytes, with a position of its own.
#[derive(Clone)]
pub struct Window {
    bytes: Bytes,
    start: u64,
    length: u64,
    position: u64,
}

impl Window {
    /// How many bytes it shows.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let Some(at) = self.start.checked_add(self.position) else { return Ok(0) };
        let read = self.bytes.read_at(at, &mut buffer[..wanted])?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

/// Reads and seeks.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_shows_its_part_and_nothing_else() {
        let mut file = tempfile::tempfile().expect("a temporary file");
        io::Write::write_all(&mut file, b"0123456789").expect("room for ten bytes");
        for bytes in [Bytes::Memory(Arc::from(*b"0123456789")), Bytes::of_file(file).expect("a file")] {
            let mut window = bytes.window(2, 5);
            let mut text = String::new();
            window.read_to_string(&mut text).expect("text");
            assert_eq!(text, "23456");
            assert_eq!(window.seek(SeekFrom::End(-2)).expect("a place inside"), 3);
            text.clear();
            window.read_to_string(&mut text).expect("text");
            assert_eq!(text, "56");
            assert!(window.seek(SeekFrom::Current(-6)).is_err());
            window.seek(SeekFrom::Start(u64::MAX)).expect("a place behind the end");
            assert_eq!(window.read(&mut [0; 4]).expect("nothing"), 0);
            text.clear();
            bytes.window(8, 100).read_to_string(&mut text).expect("text");
            assert_eq!(text, "89");
            assert_eq!(bytes.window(u64::MAX, 9).read(&mut [0; 4]).expect("nothing"), 0);
            assert!(bytes.read_exact_at(8, &mut [0; 3]).is_err());
        }
    }
}
