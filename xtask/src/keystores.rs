//! Keystores: JKS, JCEKS and PKCS12.
//!
//! In: the bytes of a keystore, and a password. Out: its entries, certificates, and whether a key opens. Always: pure;
//! bounded memory and time; no key and no password leaves it in a message, and what was one is wiped from memory.
//!
//! Own code over the ciphers: there is no crate for JKS and JCEKS that bounds what it reads, and those for PKCS12 take
//! one password for the store and its keys and no BER, in which Bouncy Castle and browsers write.
//!
//! Source: JDK 11 `sun.security.provider.JavaKeyStore`, `KeyProtector`, `com.sun.crypto.provider.JceKeyStore`,
//! `sun.security.pkcs12.PKCS12KeyStore`; RFC 7292 and RFC 8018.

mod certificate;
mod der;
mod java_object;
mod jks;
mod pbe;
mod pkcs12;
mod rsa;

pub use certificate::Certificate;
pub use pbe::Budget;
pub use rsa::{Padding, PrivateKey};

use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// A keystore of more bytes than this is none.
const LARGEST: usize = 16 << 20;
/// A keystore of more entries than this is none.
const MOST_ENTRIES: usize = 10_000;
/// Certificates of one chain.
const LONGEST_CHAIN: usize = 64;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Java's own.
    Jks,
    /// Java's own, with stronger ciphers and secret keys.
    Jceks,
    /// PKCS #12.
    Pkcs12,
    /// Bouncy Castle's own.
    Bks,
    /// Text with certificates or keys.
    Pem,
    /// Nothing in it.
    Empty,
    /// Anything else.
    Unknown,
}

impl Format {
    /// What a person would call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jks => "a JKS keystore",
            Self::Jceks => "a JCEKS keystore",
            Self::Pkcs12 => "a PKCS12 keystore",
            Self::Bks => "a BKS keystore",
            Self::Pem => "a PEM file",
            Self::Empty => "an empty file",
            Self::Unknown => "no keystore",
        }
    }

    /// Whether the server reads such a file where the configuration says that it is of a type, on Java 8 and 11;
    /// `None` for a type that is not known here.
    ///
    /// `keystore.type.compat=true` of `java.security` lets both `JKS` and `PKCS12` read each other's files; `JCEKS` reads
    /// JKS too. On Java 8, `PKCS12` reads its own alone.
    ///
    /// Source: JDK 8u252 and 11 `JavaKeyStore.DualFormatJKS`, `PKCS12KeyStore.DualFormatPKCS12`, `JceKeyStore`.
    pub fn is_read_as(self, kind: &str) -> Option<bool> {
        match kind.trim().to_ascii_uppercase().as_str() {
            "JKS" | "PKCS12" => Some(matches!(self, Self::Jks | Self::Pkcs12)),
            "JCEKS" => Some(matches!(self, Self::Jceks | Self::Jks)),
            "BKS" => Some(self == Self::Bks),
            _ => None,
        }
    }
}

/// Tells what a file is by its first bytes.
pub fn format(bytes: &[u8]) -> Format {
    let number = |at: usize| bytes.get(at..at + 4).and_then(|four| Some(u32::from_be_bytes(four.try_into().ok()?)));
    match number(0) {
        _ if bytes.is_empty() => Format::Empty,
        Some(jks::JKS) => Format::Jks,
        Some(jks::JCEKS) => Format::Jceks,
        // A version, and the length of a salt.
        Some(1 | 2) if number(4).is_some_and(|salt| (1..=64).contains(&salt)) => Format::Bks,
        _ if bytes.starts_with(b"-----BEGIN ") || has_line(bytes, b"-----BEGIN ") => Format::Pem,
        _ if pkcs12::looks_like(bytes) => Format::Pkcs12,
        _ => Format::Unknown,
    }
}

/// Whether a line near the start of a text starts so: openssl writes attributes before the first block.
fn has_line(bytes: &[u8], start: &[u8]) -> bool {
    bytes.get(..bytes.len().min(4096)).unwrap_or_default().split(|byte| *byte == b'\n').any(|l| l.starts_with(start))
}

/// Why a keystore, or a key in it, does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is something else.
    NotAKeystore(Format),
    /// It is a keystore whose inside is not known here.
    NotLookedInto(Format),
    /// The password is not its own, or it was changed by another program: the two cannot be told apart.
    WrongPassword,
    /// It is damaged: a lower-case fragment.
    Damaged(&'static str),
    /// It would take longer than is spent on it here, or is larger than any keystore.
    TooLarge,
    /// It is encrypted in a way that is not known here.
    UnknownCipher,
}

impl Refusal {
    /// Whether it says something of this program, and nothing of the keystore.
    pub fn is_unsure(&self) -> bool {
        matches!(self, Self::NotLookedInto(_) | Self::TooLarge | Self::UnknownCipher)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKeystore(found) => write!(f, "is {}", found.name()),
            Self::NotLookedInto(found) => write!(f, "is {}, which is not looked into", found.name()),
            Self::WrongPassword => f.write_str("does not open with its password"),
            Self::Damaged(how) => write!(f, "is damaged: {how}"),
            Self::TooLarge => f.write_str("is too large to be looked into"),
            Self::UnknownCipher => f.write_str("is encrypted in a way that is not known here"),
        }
    }
}

/// A keystore that opened.
#[derive(Debug)]
pub struct Keystore {
    /// What it is.
    pub format: Format,
    /// Its entries by alias, in lower case as Java compares them.
    pub entries: BTreeMap<String, Entry>,
    /// The algorithm that its password is checked with, where Java reads it only since 8u301 and 11.0.12.
    ///
    /// Source: `OpenJDK` JDK-8076190 and JDK-8267701.
    pub newer_check: Option<&'static str>,
}

/// An entry of a keystore.
#[derive(Debug)]
pub enum Entry {
    /// A private key with its certificates, its own first. One that cannot be read is missing.
    Key(Vec<Certificate>, ProtectedKey),
    /// A certificate that is trusted; `None` where it cannot be read.
    Certificate(Option<Certificate>),
    /// A secret key.
    SecretKey,
}

/// A private key as it lies in a keystore.
pub struct ProtectedKey(Protection);

enum Protection {
    /// As JKS has it.
    Jks(Vec<u8>),
    /// An `EncryptedPrivateKeyInfo`, as JCEKS and PKCS12 have it.
    Encrypted(Vec<u8>),
    /// A key without any, which PKCS12 allows.
    None(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for ProtectedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl ProtectedKey {
    /// The key, if the password is its own.
    pub fn open(&self, password: &str, budget: &mut Budget) -> Result<PrivateKey, Refusal> {
        let key = match &self.0 {
            Protection::Jks(protected) => jks::unprotected(protected, password)?,
            Protection::Encrypted(info) => pbe::private_key(info, password, budget)?,
            Protection::None(key) => key.clone(),
        };
        PrivateKey::of_pkcs8(&key)
    }
}

impl Keystore {
    /// An entry by its alias, whatever its case.
    pub fn entry(&self, alias: &str) -> Option<&Entry> {
        self.entries.get(&alias.to_lowercase())
    }

    /// The private keys with their aliases and certificates.
    pub fn keys(&self) -> impl Iterator<Item = (&str, &[Certificate], &ProtectedKey)> {
        self.entries.iter().filter_map(|(alias, entry)| match entry {
            Entry::Key(chain, key) => Some((alias.as_str(), chain.as_slice(), key)),
            _ => None,
        })
    }

    /// The trusted certificates that can be read, with their aliases.
    pub fn trusted(&self) -> impl Iterator<Item = (&str, &Certificate)> {
        self.entries.iter().filter_map(|(alias, entry)| match entry {
            Entry::Certificate(Some(certificate)) => Some((alias.as_str(), certificate)),
            _ => None,
        })
    }
}

/// Opens a keystore with its password.
pub fn open(bytes: &[u8], password: &str, budget: &mut Budget) -> Result<Keystore, Refusal> {
    if bytes.len() > LARGEST {
        return Err(Refusal::TooLarge);
    }
    budget.spend_bytes(bytes.len())?;
    match format(bytes) {
        found @ (Format::Jks | Format::Jceks) => jks::open(bytes, found, password),
        Format::Pkcs12 => pkcs12::open(bytes, password, budget),
        found @ Format::Bks => Err(Refusal::NotLookedInto(found)),
        found => Err(Refusal::NotAKeystore(found)),
    }
}

/// The bytes of a text in Base64, white space passed over; `None` for one that is none.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let end = digits.iter().position(|byte| *byte == b'=').unwrap_or(digits.len());
    let (digits, padding) = digits.split_at_checked(end)?;
    if digits.is_empty() || padding.len() > 2 || padding.iter().any(|byte| *byte != b'=') || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len());
    let (mut pending, mut bits) = (0_u32, 0);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        pending = pending << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            let [.., low] = (pending >> bits).to_be_bytes();
            bytes.push(low);
            pending &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// Puts an entry in, unless there are too many. Java keeps the last of two with one alias.
fn put(entries: &mut BTreeMap<String, Entry>, alias: &str, entry: Entry) -> Result<(), Refusal> {
    entries.insert(alias.to_lowercase(), entry);
    if entries.len() > MOST_ENTRIES { Err(Refusal::TooLarge) } else { Ok(()) }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
