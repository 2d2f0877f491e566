//! PKCS12.
//!
//! In: bytes and a password. Out: entries, as Java makes them of it. Always: what is not known is passed over; the work
//! is bounded.
//!
//! Java takes a certificate for a trusted one only where an attribute of its own says so; a store that openssl made of
//! certificates alone is empty to it.
//!
//! Source: RFC 7292; JDK 11 `sun.security.pkcs12.PKCS12KeyStore.engineLoad`, `loadSafeContents`.

use super::certificate::{Certificate, object, text};
use super::der::{CONTEXT_0, Item, OBJECT, OCTET_STRING, Reader, SEQUENCE, SET};
use super::pbe::{self, Budget, Hash, Purpose};
use super::{Entry, Format, Keystore, LONGEST_CHAIN, MOST_ENTRIES, ProtectedKey, Protection, Refusal, put};
use std::borrow::Cow;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const SECRET_BAG: &str = "1.2.840.113549.1.12.10.1.5";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
const FRIENDLY_NAME: &str = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
const TRUSTED_KEY_USAGE: &str = "2.16.840.1.113894.746875.1.1";
const DAMAGED: Refusal = Refusal::Damaged("its parts cannot be read");

/// Whether a file starts as one.
pub(super) fn looks_like(bytes: &[u8]) -> bool {
    // Of a large file that is cut off, the start is enough.
    let Some(length) = bytes.get(1).filter(|_| bytes.first() == Some(&SEQUENCE)) else { return false };
    let start = match length {
        0..=0x80 => 2,
        digits => 2 + usize::from(digits & 0x7F),
    };
    bytes.get(start..).is_some_and(|inside| inside.starts_with(&[2, 1, 3, SEQUENCE]))
}

/// What is in a store, before it is put together.
#[derive(Default)]
struct Bags {
    keys: Vec<(Attributes, ProtectedKey)>,
    certificates: Vec<(Attributes, Certificate)>,
    secrets: Vec<Attributes>,
}

/// What is said of a bag.
#[derive(Default)]
struct Attributes {
    name: Option<String>,
    key: Option<Vec<u8>>,
    is_trusted: bool,
}

/// Opens one.
pub(super) fn open(bytes: &[u8], password: &str, budget: &mut Budget) -> Result<Keystore, Refusal> {
    let mut store = Reader(bytes).enter(SEQUENCE).ok_or(Refusal::Damaged("it ends too early"))?;
    if store.small() != Some(3) {
        return Err(Refusal::Damaged("its version is none"));
    }
    let mut safe = store.enter(SEQUENCE).ok_or(DAMAGED)?;
    if number(&mut safe).as_deref() != Some(DATA) {
        return Err(Refusal::UnknownCipher);
    }
    let safe = safe.enter(CONTEXT_0).and_then(|mut inside| inside.octets()).ok_or(DAMAGED)?;
    let newer_check = match store.enter(SEQUENCE) {
        Some(code) => newer_check(verify(code, &safe, password, budget)?),
        None => None,
    };
    let mut bags = Bags::default();
    for part in Reader(&safe).enter(SEQUENCE).ok_or(DAMAGED)?.items() {
        let mut part = Reader(part.content);
        let kind = number(&mut part).ok_or(DAMAGED)?;
        let mut inside = part.enter(CONTEXT_0).ok_or(DAMAGED)?;
        let contents: Zeroizing<Vec<u8>> = match kind.as_str() {
            DATA => Zeroizing::new(inside.octets().ok_or(DAMAGED)?.into_owned()),
            ENCRYPTED_DATA => {
                let (algorithm, encrypted) = encrypted(inside).ok_or(DAMAGED)?;
                pbe::decrypted(algorithm, &encrypted, password, budget)?
            }
            _ => continue,
        };
        // What decrypts to nonsense did not have this password.
        let contents = Reader(&contents).enter(SEQUENCE).ok_or(Refusal::WrongPassword)?;
        bags.take(contents)?;
    }
    Ok(Keystore { format: Format::Pkcs12, entries: bags.entries()?, newer_check })
}

/// The numbers of the next object.
fn number(reader: &mut Reader<'_>) -> Option<String> {
    object(reader.take(OBJECT)?.content)
}

/// The algorithm and the bytes of encrypted data.
fn encrypted(mut inside: Reader<'_>) -> Option<(Reader<'_>, Cow<'_, [u8]>)> {
    let mut data = inside.enter(SEQUENCE)?;
    data.small()?;
    let mut content = data.enter(SEQUENCE)?;
    content.take(OBJECT)?;
    let algorithm = content.enter(SEQUENCE)?;
    Some((algorithm, content.next()?.octets()?))
}

/// What Java calls the algorithm of a store's signature, where older releases of Java do not read it.
fn newer_check(hash: Hash) -> Option<&'static str> {
    match hash {
        Hash::Sha1 => None,
        Hash::Sha224 => Some("HmacPBESHA224"),
        Hash::Sha256 => Some("HmacPBESHA256"),
        Hash::Sha384 => Some("HmacPBESHA384"),
        Hash::Sha512 => Some("HmacPBESHA512"),
    }
}

/// Looks whether the password is the one that the store was signed with, and says with which hash.
fn verify(mut code: Reader<'_>, safe: &[u8], password: &str, budget: &mut Budget) -> Result<Hash, Refusal> {
    let mut parts = || {
        let mut digest = code.enter(SEQUENCE)?;
        let algorithm = number(&mut digest.enter(SEQUENCE)?)?;
        let digest = digest.octets()?;
        let salt = code.octets()?;
        // One round is what is meant where none are named.
        let rounds = if code.0.is_empty() { 1 } else { code.small()? };
        Some((algorithm, digest, salt, rounds))
    };
    let (algorithm, digest, salt, rounds) = parts().ok_or(DAMAGED)?;
    let hash = Hash::of_digest(&algorithm).ok_or(Refusal::UnknownCipher)?;
    let key = pbe::derived(hash, Purpose::Mac, password, &salt, rounds, digest.len().min(64), budget)?;
    if hash.verifies(&key, safe, &digest) { Ok(hash) } else { Err(Refusal::WrongPassword) }
}

impl Bags {
    fn take(&mut self, contents: Reader<'_>) -> Result<(), Refusal> {
        for bag in contents.items() {
            let mut bag = Reader(bag.content);
            let kind = number(&mut bag).ok_or(DAMAGED)?;
            let mut value = bag.enter(CONTEXT_0).ok_or(DAMAGED)?;
            let attributes = bag.enter(SET).map(attributes).unwrap_or_default();
            let whole = value.next().ok_or(DAMAGED)?;
            match kind.as_str() {
                KEY_BAG => {
                    let key = Zeroizing::new(whole.whole.to_vec());
                    self.keys.push((attributes, ProtectedKey(Protection::None(key))));
                }
                SHROUDED_KEY_BAG => {
                    self.keys.push((attributes, ProtectedKey(Protection::Encrypted(whole.whole.to_vec()))));
                }
                CERTIFICATE_BAG => {
                    if let Some(certificate) = certificate(whole) {
                        self.certificates.push((attributes, certificate));
                    }
                }
                SECRET_BAG => self.secrets.push(attributes),
                _ => {}
            }
            if self.keys.len() + self.certificates.len() + self.secrets.len() > MOST_ENTRIES {
                return Err(Refusal::TooLarge);
            }
        }
        Ok(())
    }

    /// The entries that Java makes of it.
    fn entries(self) -> Result<BTreeMap<String, Entry>, Refusal> {
        let mut entries = BTreeMap::new();
        let mut unnamed = 0_usize;
        let mut alias = |attributes: &Attributes| {
            attributes.name.clone().unwrap_or_else(|| {
                unnamed += 1;
                unnamed.to_string()
            })
        };
        let is_single = self.keys.len() == 1;
        for (attributes, key) in self.keys {
            let own = self.certificates.iter().find(|(of, _)| match (&attributes.key, &of.key) {
                (Some(key), Some(certificate)) => key == certificate,
                (None, None) => is_single && !of.is_trusted,
                _ => false,
            });
            let chain = own.map(|(_, own)| chain(own, &self.certificates)).unwrap_or_default();
            put(&mut entries, &alias(&attributes), Entry::Key(chain, key))?;
        }
        for attributes in &self.secrets {
            put(&mut entries, &alias(attributes), Entry::SecretKey)?;
        }
        for (attributes, certificate) in self.certificates {
            if attributes.is_trusted {
                put(&mut entries, &alias(&attributes), Entry::Certificate(Some(certificate)))?;
            }
        }
        Ok(entries)
    }
}

/// A certificate and those that issued it.
fn chain(own: &Certificate, all: &[(Attributes, Certificate)]) -> Vec<Certificate> {
    let mut chain = vec![own.clone()];
    let mut last = own;
    while !last.is_self_issued() && chain.len() < LONGEST_CHAIN {
        let Some((_, issuer)) = all.iter().find(|(_, one)| one.names.0 == last.names.1) else { break };
        if chain.contains(issuer) {
            break;
        }
        chain.push(issuer.clone());
        last = issuer;
    }
    chain
}

fn certificate(bag: Item<'_>) -> Option<Certificate> {
    let mut bag = Reader(bag.content);
    (number(&mut bag)? == X509_CERTIFICATE).then_some(())?;
    Certificate::parse(&bag.enter(CONTEXT_0)?.octets()?)
}

fn attributes(set: Reader<'_>) -> Attributes {
    let mut found = Attributes::default();
    for attribute in set.items().filter(|attribute| attribute.tag == SEQUENCE) {
        let mut attribute = Reader(attribute.content);
        let Some(kind) = number(&mut attribute) else { continue };
        let value = attribute.enter(SET).and_then(|mut values| values.next());
        match kind.as_str() {
            FRIENDLY_NAME => found.name = value.map(|value| text(&value)),
            LOCAL_KEY_ID => {
                found.key = value.filter(|value| value.tag == OCTET_STRING).map(|value| value.content.to_vec());
            }
            TRUSTED_KEY_USAGE => found.is_trusted = true,
            _ => {}
        }
    }
    found
}
