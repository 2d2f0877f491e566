//! Private keys, and what RSA keys decrypt.
//!
//! In: a PKCS #8 key, and what was encrypted with its public key. Out: the plain bytes. Always: a key neither prints nor
//! leaves memory unwiped.
//!
//! Own code over big numbers: the released `rsa` crate is of another generation of ciphers, and both of its lines carry
//! an advisory about the time that decryption takes (RUSTSEC-2023-0071). Nobody measures time here: it runs at build
//! time, over the user's own ciphertexts.
//!
//! Source: RFC 5208 (PKCS #8), RFC 8017 (PKCS #1), sections 7.1.2 and 7.2.2.

use super::Refusal;
use super::certificate::object;
use super::der::{INTEGER, OBJECT, Reader, SEQUENCE};
use crypto_bigint::BoxedUint;
use crypto_bigint::Odd;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

/// A larger key is not worked with: the time grows with the third power.
const LARGEST_BITS: usize = 8192;
/// The length of a SHA-1.
const DIGEST: usize = 20;
const RSA: &str = "1.2.840.113549.1.1.1";

/// How a text was made as long as a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// `RSA/ECB/OAEPwithSHA1andMGF1Padding`, which both releases have for secrets.
    Oaep,
    /// `RSA/ECB/PKCS1Padding`, and `RSA` alone.
    Pkcs1,
}

impl Padding {
    /// By the name of a transformation of Java; `None` for one that is not known here.
    pub fn of(transformation: &str) -> Option<Self> {
        match transformation.trim().to_ascii_uppercase().as_str() {
            "RSA/ECB/OAEPWITHSHA1ANDMGF1PADDING" | "RSA/ECB/OAEPWITHSHA-1ANDMGF1PADDING" => Some(Self::Oaep),
            "RSA/ECB/PKCS1PADDING" | "RSA" => Some(Self::Pkcs1),
            _ => None,
        }
    }
}

/// Algorithms of keys that Java knows from 15 on.
///
/// Source: RFC 8410; JEP 339.
const NEWER_THAN_JAVA_11: [(&str, &str); 2] = [("1.3.101.112", "Ed25519"), ("1.3.101.113", "Ed448")];

/// A private key. It has no way to be printed, and is wiped when it goes.
pub struct PrivateKey {
    rsa: Option<Rsa>,
    /// Its algorithm, where Java 11 and older do not know it.
    pub newer_than_java_11: Option<&'static str>,
}

/// The numbers of an RSA key.
struct Rsa {
    modulus: Zeroizing<Vec<u8>>,
    /// The private one.
    exponent: Zeroizing<Vec<u8>>,
}

impl PrivateKey {
    /// Takes the numbers out of a PKCS #8 key; of one that is no RSA key, none.
    pub(super) fn of_pkcs8(key: &[u8]) -> Result<Self, Refusal> {
        let parts = || {
            let mut info = Reader(key).enter(SEQUENCE)?;
            info.small()?;
            let algorithm = object(info.enter(SEQUENCE)?.take(OBJECT)?.content)?;
            let inside = Zeroizing::new(info.octets()?.into_owned());
            if algorithm != RSA {
                let newer = NEWER_THAN_JAVA_11.iter().find(|(numbers, _)| *numbers == algorithm);
                return Some(Self { rsa: None, newer_than_java_11: newer.map(|(_, name)| *name) });
            }
            let mut numbers = Reader(&inside).enter(SEQUENCE)?;
            numbers.take(INTEGER)?;
            let modulus = Zeroizing::new(numbers.take(INTEGER)?.content.to_vec());
            numbers.take(INTEGER)?;
            let exponent = Zeroizing::new(numbers.take(INTEGER)?.content.to_vec());
            Some(Self { rsa: Some(Rsa { modulus, exponent }), newer_than_java_11: None })
        };
        parts().ok_or(Refusal::Damaged("a key cannot be read"))
    }

    /// Whether it is a key that can decrypt.
    pub fn is_rsa(&self) -> bool {
        self.rsa.is_some()
    }

    /// What was encrypted with its public key; `None` where it was another key, or the text is none.
    pub fn decrypt(&self, encrypted: &[u8], padding: Padding) -> Option<Zeroizing<Vec<u8>>> {
        let Rsa { modulus, exponent } = self.rsa.as_ref()?;
        let length = modulus.iter().skip_while(|digit| **digit == 0).count();
        if length * 8 > LARGEST_BITS || encrypted.len() != length || exponent.len() > length + 1 {
            return None;
        }
        let number = |digits: &[u8]| {
            let digits: &[u8] = digits.get(digits.len().checked_sub(length)?..).unwrap_or(digits);
            BoxedUint::from_be_slice(digits, u32::try_from(length * 8).ok()?).ok()
        };
        let whole = |digits: &[u8]| {
            let mut whole = Zeroizing::new(vec![0; length.saturating_sub(digits.len())]);
            whole.extend_from_slice(digits);
            number(&whole)
        };
        let modulus = whole(modulus)?;
        let message = number(encrypted)?;
        if message >= modulus {
            return None;
        }
        let modulus = Odd::new(modulus).into_option()?;
        let parameters = BoxedMontyParams::new(modulus);
        let exponent = Zeroizing::new(whole(exponent)?);
        let plain = Zeroizing::new(BoxedMontyForm::new(message, &parameters).pow(&exponent).retrieve());
        let plain = Zeroizing::new(plain.to_be_bytes().into_vec());
        let plain = plain.get(plain.len().checked_sub(length)?..)?;
        match padding {
            Padding::Oaep => without_oaep(plain),
            Padding::Pkcs1 => without_pkcs1(plain),
        }
    }
}

/// The mask of RFC 8017, appendix B.2.1.
pub(super) fn mask(seed: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut mask = Zeroizing::new(Vec::with_capacity(length + DIGEST));
    let mut counter = 0_u32;
    while mask.len() < length {
        let mut hash = Sha1::new_with_prefix(seed);
        hash.update(counter.to_be_bytes());
        mask.extend_from_slice(&hash.finalize());
        counter += 1;
    }
    mask.truncate(length);
    mask
}

fn without_oaep(plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (&first, rest) = plain.split_first()?;
    let (seed, block) = rest.split_at_checked(DIGEST)?;
    let mixed = |one: &[u8], other: &[u8]| -> Zeroizing<Vec<u8>> {
        Zeroizing::new(one.iter().zip(other).map(|(one, other)| one ^ other).collect())
    };
    let seed = mixed(seed, &mask(block, DIGEST));
    let block = mixed(block, &mask(&seed, block.len()));
    let (label, rest) = block.split_at_checked(DIGEST)?;
    let end = rest.iter().position(|byte| *byte != 0)?;
    let text = rest.get(end..)?.strip_prefix(&[1])?;
    (first == 0 && label == Sha1::digest(b"").as_slice()).then(|| Zeroizing::new(text.to_vec()))
}

fn without_pkcs1(plain: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let rest = plain.strip_prefix(&[0, 2])?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    let text = rest.get(end + 1..)?;
    (end >= 8).then(|| Zeroizing::new(text.to_vec()))
}
