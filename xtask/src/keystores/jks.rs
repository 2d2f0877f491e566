//! JKS and JCEKS.
//!
//! In: bytes and a password. Out: entries. Always: a length that lies is found out before anything is copied.
//!
//! Source: JDK 11 `sun.security.provider.JavaKeyStore.engineLoad`, `sun.security.provider.KeyProtector`,
//! `com.sun.crypto.provider.JceKeyStore.engineLoad`.

use super::certificate::{Certificate, object};
use super::der::{OBJECT, Reader, SEQUENCE};
use super::{Entry, Format, Keystore, LONGEST_CHAIN, ProtectedKey, Protection, Refusal, java_object, put};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use zeroize::{Zeroize as _, Zeroizing};

/// How a JKS keystore starts.
pub(super) const JKS: u32 = 0xFEED_FEED;
/// How a JCEKS keystore starts.
pub(super) const JCEKS: u32 = 0xCECE_CECE;
/// What is hashed between the password and the keystore.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// The algorithm that protects a key of a JKS keystore, which a JCEKS one may hold too.
const JKS_PROTECTOR: &str = "1.3.6.1.4.1.42.2.17.1.1";
/// The length of a SHA-1.
const DIGEST: usize = 20;

const KEY: u32 = 1;
const CERTIFICATE: u32 = 2;
const SECRET_KEY: u32 = 3;

/// Opens one.
pub(super) fn open(bytes: &[u8], format: Format, password: &str) -> Result<Keystore, Refusal> {
    let ends = Refusal::Damaged("it ends too early");
    let split = bytes.len().checked_sub(DIGEST).ok_or_else(|| ends.clone())?;
    let (body, digest) = bytes.split_at_checked(split).ok_or(ends)?;
    let mut hash = Sha1::new_with_prefix(&*characters(password));
    hash.update(WHITENER);
    hash.update(body);
    if hash.finalize().as_slice() != digest {
        // A file that was cut off is damaged, whatever the password.
        entries(body, format).and_then(|(_, rest)| is_whole(rest))?;
        return Err(Refusal::WrongPassword);
    }
    let (entries, rest) = entries(body, format)?;
    is_whole(rest)?;
    Ok(Keystore { format, entries, newer_check: None })
}

fn is_whole(rest: &[u8]) -> Result<(), Refusal> {
    if rest.is_empty() { Ok(()) } else { Err(Refusal::Damaged("something follows its last entry")) }
}

/// The characters of a password as Java hashes them.
fn characters(password: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(password.encode_utf16().flat_map(u16::to_be_bytes).collect())
}

/// The entries, and what follows them.
fn entries(body: &[u8], format: Format) -> Result<(BTreeMap<String, Entry>, &[u8]), Refusal> {
    let mut stream = Stream(body);
    stream.number()?;
    let version = stream.number()?;
    if !matches!(version, 1 | 2) {
        return Err(Refusal::Damaged("its version is none"));
    }
    let count = stream.number()?;
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let kind = stream.number()?;
        let alias = stream.text()?;
        stream.bytes(8)?;
        let entry = match kind {
            KEY => {
                let key = protected(stream.sized()?)?;
                let length = stream.number()? as usize;
                if length > LONGEST_CHAIN {
                    return Err(Refusal::Damaged("a chain of certificates has no end"));
                }
                let mut chain = Vec::new();
                for _ in 0..length {
                    chain.extend(stream.certificate(version)?);
                }
                Entry::Key(chain, key)
            }
            CERTIFICATE => Entry::Certificate(stream.certificate(version)?),
            SECRET_KEY if format == Format::Jceks => {
                stream.0 = java_object::skip(stream.0).ok_or(Refusal::Damaged("a secret key cannot be read"))?;
                Entry::SecretKey
            }
            _ => return Err(Refusal::Damaged("it holds an entry of no known kind")),
        };
        put(&mut entries, &alias, entry)?;
    }
    Ok((entries, stream.0))
}

/// What protects a key.
fn protected(info: &[u8]) -> Result<ProtectedKey, Refusal> {
    let parts = || {
        let mut info = Reader(info).enter(SEQUENCE)?;
        let algorithm = object(info.enter(SEQUENCE)?.take(OBJECT)?.content)?;
        Some((algorithm, info.octets()?.into_owned()))
    };
    let (algorithm, octets) = parts().ok_or(Refusal::Damaged("a key cannot be read"))?;
    let is_jks = algorithm == JKS_PROTECTOR;
    Ok(ProtectedKey(if is_jks { Protection::Jks(octets) } else { Protection::Encrypted(info.to_vec()) }))
}

/// A key without the protection of JKS: a salt, the key mixed with a chain of hashes, and a hash to check it.
pub(super) fn unprotected(protected: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let damaged = Refusal::Damaged("a key is too short");
    let (salt, rest) = protected.split_at_checked(DIGEST).ok_or_else(|| damaged.clone())?;
    let split = rest.len().checked_sub(DIGEST).ok_or_else(|| damaged.clone())?;
    let (mixed, check) = rest.split_at_checked(split).ok_or(damaged)?;
    let password = characters(password);
    let hashed = |data: &[u8]| {
        let mut hash = Sha1::new_with_prefix(&*password);
        hash.update(data);
        hash.finalize()
    };
    let mut key = Zeroizing::new(Vec::with_capacity(mixed.len()));
    let mut link = hashed(salt);
    for part in mixed.chunks(DIGEST) {
        key.extend(part.iter().zip(link.iter()).map(|(one, other)| one ^ other));
        link = hashed(&link);
    }
    link.as_mut_slice().zeroize();
    if hashed(&key).as_slice() == check { Ok(key) } else { Err(Refusal::WrongPassword) }
}

/// Reads what Java's `DataOutputStream` writes.
struct Stream<'a>(&'a [u8]);

impl<'a> Stream<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], Refusal> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Refusal::Damaged("it ends too early"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn number(&mut self) -> Result<u32, Refusal> {
        Ok(self.bytes(4)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn sized(&mut self) -> Result<&'a [u8], Refusal> {
        let length = self.number()?;
        self.bytes(length as usize)
    }

    /// A text; Java's own UTF-8 differs from others only where no alias is.
    fn text(&mut self) -> Result<String, Refusal> {
        let length = self.bytes(2)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        let text = String::from_utf8_lossy(self.bytes(length)?);
        Ok(text.chars().filter(|character| !character.is_control()).collect())
    }

    fn certificate(&mut self, version: u32) -> Result<Option<Certificate>, Refusal> {
        if version == 2 {
            self.text()?;
        }
        Ok(Certificate::parse(self.sized()?))
    }
}
