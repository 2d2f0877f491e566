//! Signatures of a bundle, as minisign makes and checks them.
//!
//! In: the bytes of keys, passwords, signatures and of what is signed. Out: a signature file, what one says, or what is
//! wrong with it. Always: no I/O; the same key, text and comment give the same signature, byte for byte; no byte of a
//! signature file can differ without being refused; neither a secret key nor a password is in any error or `Debug`.
//!
//! The layout is that of minisign (jedisct1/minisign 0.11, `src/minisign.h` and `src/minisign.c`): four lines, of which
//! the second is algorithm, key id and Ed25519 signature of the text's BLAKE2b-512, the third a comment, and the
//! fourth the signature of the first signature and the comment together.
//!
//! The crate `minisign` is not used for it: it mixes random numbers into each signature, prints the secret key in
//! `Debug`, and leaves keys and passwords in memory.

mod base64;
mod public_key;
mod secret_key;

pub use public_key::{PublicKey, public_key};
pub use secret_key::{Locked, SecretKey, locked};

use crate::timestamp::Timestamp;
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signature, Signer as _};
use std::fmt;

/// The name of the file in a bundle.
pub const NAME: &str = "SHA256SUMS.minisig";
/// The largest file of a signature or a key that is looked at.
pub const LARGEST: u64 = 4096;

/// The algorithm of a signature over a hash: the only one that is written, and the only one that is taken.
const PREHASHED: [u8; 2] = *b"ED";
/// The algorithm of keys, and of signatures before minisign 0.8.
const PLAIN: [u8; 2] = *b"Ed";
/// What begins the first line of every file of minisign's. The signature does not cover the rest of that line.
const UNTRUSTED: &str = "untrusted comment: ";
/// What minisign and rsign put there by themselves. Nothing else is taken, as nothing would tell who put it there.
const FIRST_LINES: [&str; 2] = ["signature from minisign secret key", "signature from rsign secret key"];
/// What begins the line of the comment that the signature covers.
const TRUSTED: &str = "trusted comment: ";

/// Which pair of keys it is: a number that is in both keys and in every signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; 8]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", u64::from_le_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A signature file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The key that it says to be by.
    pub key: KeyId,
    /// The comment, which the signature covers; nobody has checked it yet.
    comment: String,
    first_line: &'static str,
    text: [u8; 64],
    whole: [u8; 64],
}

/// The comment of a bundle's signature: what was signed and with which time, and nothing of the machine.
pub fn comment(file: &str, bundle: &str, time: Timestamp) -> String {
    format!("timestamp:{}\tfile:{file}\thashed\tbundle:{bundle}", time.seconds())
}

/// Signs a text, and gives the signature file. A comment of several lines becomes one line.
pub fn sign(key: &SecretKey, text: &[u8], comment: &str) -> String {
    let comment = comment.replace(['\n', '\r', '\0'], " ");
    let of_text = key.signing.sign(&Blake2b512::digest(text)).to_bytes();
    let whole = key.signing.sign(&covered(&of_text, &comment)).to_bytes();
    Signed { key: key.id, comment, first_line: FIRST_LINES[0], text: of_text, whole }.render()
}

/// Reads a signature file, and nothing that is not written in the one way that minisign writes it.
///
/// The error is a fragment that says what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Signed, &'static str> {
    const NONE: &str = "is no signature of minisign's";
    if bytes.len() as u64 > LARGEST {
        return Err("is larger than a signature");
    }
    let mut lines = std::str::from_utf8(bytes).map_err(|_| NONE)?.split('\n');
    let mut next = |start: &str| lines.next().and_then(|line| line.strip_prefix(start)).ok_or(NONE);
    let (first, second, comment, fourth) = (next(UNTRUSTED)?, next("")?, next(TRUSTED)?, next("")?);
    let Some(first_line) = FIRST_LINES.into_iter().find(|line| *line == first) else {
        return Err("has a first line that neither minisign nor rsign writes by itself; nothing covers it");
    };
    let second = base64::decode(second).ok_or(NONE)?;
    let (algorithm, rest) = second.split_first_chunk().ok_or(NONE)?;
    let (key, text) = rest.split_first_chunk().ok_or(NONE)?;
    let text = text.try_into().map_err(|_| NONE)?;
    match *algorithm {
        PREHASHED => {}
        PLAIN => return Err("is of the old kind, which minisign makes with `-l`; sign again without it"),
        _ => return Err(NONE),
    }
    let whole = base64::decode(fourth).and_then(|bytes| bytes.as_slice().try_into().ok()).ok_or(NONE)?;
    let signed = Signed { key: KeyId(*key), comment: comment.to_owned(), first_line, text, whole };
    if signed.render().as_bytes() == bytes { Ok(signed) } else { Err("is not as minisign writes it") }
}

/// Checks a signature, and gives its comment as it can be shown.
///
/// The error is a fragment that says what is wrong.
pub fn check(key: &PublicKey, text: &[u8], signed: &Signed) -> Result<String, String> {
    if signed.key != key.id {
        return Err(format!("is by the key {}, not by {}, which was given", signed.key, key.id));
    }
    let is_by_the_key = |message: &[u8], signature: &[u8; 64]| {
        key.verifying.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    };
    if !is_by_the_key(&Blake2b512::digest(text), &signed.text) {
        return Err(format!("is no signature of this text by the key {}", key.id));
    }
    if !is_by_the_key(&covered(&signed.text, &signed.comment), &signed.whole) {
        return Err(format!("has a comment that the key {} did not sign", key.id));
    }
    Ok(printable(&signed.comment))
}

/// A text that somebody else wrote, on one line and without anything that changes what a terminal shows.
fn printable(text: &str) -> String {
    let shown = |character: char| match character {
        '\t' => ' ',
        '"' | '\'' | '\\' => character,
        _ if character.escape_debug().count() > 1 => '?',
        _ => character,
    };
    text.chars().map(shown).collect()
}

/// What the second signature covers.
fn covered(signature: &[u8; 64], comment: &str) -> Vec<u8> {
    [signature, comment.as_bytes()].concat()
}

impl Signed {
    fn render(&self) -> String {
        let second = base64::encode(&[&PREHASHED[..], &self.key.0, &self.text].concat());
        let fourth = base64::encode(&self.whole);
        format!("{UNTRUSTED}{}\n{second}\n{TRUSTED}{}\n{fourth}\n", self.first_line, self.comment)
    }
}

#[cfg(test)]
mod tests;
