//! Digests of contents.
//!
//! In: bytes. Out: a [`Digest`], which prints as 64 lower-case hexadecimal digits.
//! Always: SHA-256 of the uncompressed bytes.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};

/// SHA-256 of some content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of bytes at hand.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of a tree of files: of one line a file, in the order of their names, each with the digest of its
    /// content, two spaces and its name. What in-toto calls `dirHash`, and Go `h1:`, there in base64.
    ///
    /// Source: in-toto/attestation `spec/v1/digest_set.md`; golang.org/x/mod v0.5.0 `sumdb/dirhash/hash.go`, `Hash1`.
    pub fn of_tree<'a>(files: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        let files: BTreeMap<_, _> = files.into_iter().collect();
        let mut sha = Sha256::new();
        for (name, digest) in files {
            sha.update(format!("{digest}  {name}\n"));
        }
        Self(sha.finalize().into())
    }

    /// Its first half as a number, for shorter names that are made of it.
    pub fn first_half(&self) -> u128 {
        self.0.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
    }

    /// Reads 64 lower-case hexadecimal digits, and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 64 {
            return None;
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(bytes.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(digest))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Makes a digest of pieces.
#[derive(Default)]
pub struct Digesting(Sha256);

impl Digesting {
    /// The next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// Of all of them.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// Size, CRC-32 and SHA-256 of some content: all that its place in an archive and in the manifest needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Length in bytes.
    pub size: u64,
    /// CRC-32 as in zip.
    pub crc: u32,
    /// SHA-256.
    pub digest: Digest,
}

impl Fingerprint {
    /// Of bytes at hand.
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, crc: crc32fast::hash(bytes), digest: Digest::of(bytes) }
    }
}

/// Passes bytes on to `W` and knows the fingerprint of all that went through.
pub struct Fingerprinting<W> {
    inner: W,
    size: u64,
    crc: crc32fast::Hasher,
    sha: Sha256,
}

impl<W: Write> Fingerprinting<W> {
    /// Starts with nothing seen.
    pub fn new(inner: W) -> Self {
        Self { inner, size: 0, crc: crc32fast::Hasher::new(), sha: Sha256::new() }
    }

    /// The writer, and the fingerprint of what it was given.
    pub fn finish(self) -> (W, Fingerprint) {
        let digest = Digest(self.sha.finalize().into());
        (self.inner, Fingerprint { size: self.size, crc: self.crc.finalize(), digest })
    }
}

impl<W: Write> Write for Fingerprinting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(bytes)?;
        self.size += taken as u64;
        self.crc.update(&bytes[..taken]);
        self.sha.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads to the end: the digest alone.
pub fn of_reader(reader: &mut impl Read) -> io::Result<Digest> {
    let mut seen = Digesting::default();
    copy(reader, &mut seen)?;
    Ok(seen.finish())
}

impl Write for Digesting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads to the end and says what went by.
pub fn fingerprint(mut reader: impl Read) -> io::Result<Fingerprint> {
    let mut writer = Fingerprinting::new(io::sink());
    copy(&mut reader, &mut writer)?;
    Ok(writer.finish().1)
}

/// `io::copy` with a buffer that suits large files.
pub fn copy(reader: &mut impl Read, writer: &mut impl Write) -> io::Result<u64> {
    let mut buffer = vec![0; 128 * 1024];
    let mut total = 0;
    loop {
        let read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        writer.write_all(&buffer[..read])?;
        total += read as u64;
    }
}

/// Reads until the buffer is full or the end is reached, so that the pieces depend on the content alone.
pub fn read_full(reader: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled: &mut [u8] = &mut *buffer;
    let mut total = 0;
    while !filled.is_empty() {
        match reader.read(filled) {
            Ok(0) => break,
            Ok(read) => {
                total += read;
                filled = filled.get_mut(read..).unwrap_or_default();
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_reads_back_as_it_prints() {
        let digest = Digest::of(b"abc");
        let text = digest.to_string();
        assert_eq!(text, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(Digest::parse(&text), Some(digest));
        assert_eq!(Digest::parse(&text.to_uppercase()), None);
        assert_eq!(Digest::parse(&text[1..]), None);
    }

    #[test]
    fn a_tree_has_the_digest_that_go_gives_it() {
        // Go's own record of a module, as the specification of in-toto cites it: its three files, and what it is.
        let module = "github.com/marklodato/go-hello-world@v0.0.1";
        let digest = |text| Digest::parse(text).expect("a digest");
        let files = [
            ("go.mod", digest("28e7c942a036902d981759d0bf5704d2bfc7cb500caf68b84711b234af01c6a5")),
            ("main.go", digest("ddc4da627d9a9f45fb29641a1b185d6f53287ecfd921aacbf4fe54b7a86fe8d1")),
            ("README.md", digest("3a137eef6458bfb76bb2c63fc29ffc7166604d2d2e09ed9d8250a534122a8364")),
        ]
        .map(|(name, digest)| (format!("{module}/{name}"), digest));
        let tree = Digest::of_tree(files.iter().map(|(name, digest)| (name.as_str(), *digest)));
        assert_eq!(tree, digest("2a1bb6127fb481c60f67692e22285fb306f3c6ffe62075e0ccf674d7c3adcb8f"));
        // `h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=` is Go's of no file at all.
        assert_eq!(Digest::of_tree([]), Digest::of(b""));
    }

    #[test]
    fn a_fingerprint_is_the_same_streamed_and_at_hand() {
        let bytes = vec![7; 300_000];
        assert_eq!(fingerprint(&bytes[..]).expect("memory reads"), Fingerprint::of(&bytes));
        assert_eq!(of_reader(&mut &bytes[..]).expect("memory reads"), Digest::of(&bytes));
    }
}
