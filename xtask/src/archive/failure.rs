//! Why an archive could not be written.
//!
//! In: nothing. Out: a [`Failure`]. Always: what failed to be read is told apart from what failed to be written.

use std::fmt;
use std::io;

/// Why an entry could not be written.
#[derive(Debug)]
pub enum Failure {
    /// Its name is longer than the archive can say.
    Name,
    /// It had fewer or more bytes than its header promised.
    Length,
    /// Its bytes could not be read.
    Read(io::Error),
    /// The archive could not be written.
    Write(io::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("its name is longer than the archive can say"),
            Self::Length => f.write_str("it has not as many bytes as it was said to have"),
            Self::Read(_) => f.write_str("its bytes cannot be read"),
            Self::Write(_) => f.write_str("the archive cannot be written"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Name | Self::Length => None,
            Self::Read(error) | Self::Write(error) => Some(error),
        }
    }
}

/// Passes on exactly `length` bytes, in pieces.
pub(super) fn pass(
    reader: &mut (impl io::Read + ?Sized),
    length: u64,
    buffer: &mut [u8],
    mut piece: impl FnMut(&mut [u8]) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut left = length;
    loop {
        let read = match reader.read(buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(Failure::Read(error)),
        };
        match left.checked_sub(read as u64) {
            Some(0) if read == 0 => return Ok(()),
            Some(rest) if read > 0 => left = rest,
            _ => return Err(Failure::Length),
        }
        piece(buffer.get_mut(..read).ok_or(Failure::Length)?).map_err(Failure::Write)?;
    }
}
