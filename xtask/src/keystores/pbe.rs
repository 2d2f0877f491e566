//! Encryption with a password, as PKCS12 and JCEKS have it.
//!
//! In: an algorithm with its parameters, what it encrypted, and a password. Out: the plain bytes. Always: the work is
//! bounded by a [`Budget`]; what was derived from a password is wiped.
//!
//! Source: RFC 8018 (PBES2); RFC 7292 appendix B and C; JDK 11 `com.sun.crypto.provider.PBES1Core`, for
//! `PBEWithMD5AndTripleDES`.

use super::Refusal;
use super::certificate::object;
use super::der::{INTEGER, OBJECT, Reader, SEQUENCE};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit as _, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::{Zeroize as _, Zeroizing};

/// Rounds of hashing in a budget. Java takes 10 000 for a store and as many for each key, openssl 2 048.
const ROUNDS: u64 = 10_000_000;
/// The bytes that are hashed in the time of a round.
const BYTES: u64 = 64;

/// What is left of the work that is spent on keystores: rounds of hashing.
#[derive(Debug)]
pub struct Budget(u64);

impl Budget {
    /// All of it.
    pub fn full() -> Self {
        Self(ROUNDS)
    }

    /// Bytes that are read and hashed once.
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.spend(u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES)
    }

    fn spend(&mut self, rounds: u64) -> Result<(), Refusal> {
        self.0 = self.0.checked_sub(rounds.max(1)).ok_or(Refusal::TooLarge)?;
        Ok(())
    }
}

/// A hash that keystores name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// By the number of the hash itself.
    pub(super) fn of_digest(numbers: &str) -> Option<Self> {
        Some(match numbers {
            "1.3.14.3.2.26" => Self::Sha1,
            "2.16.840.1.101.3.4.2.4" => Self::Sha224,
            "2.16.840.1.101.3.4.2.1" => Self::Sha256,
            "2.16.840.1.101.3.4.2.2" => Self::Sha384,
            "2.16.840.1.101.3.4.2.3" => Self::Sha512,
            _ => return None,
        })
    }

    /// By the number of its HMAC.
    fn of_hmac(numbers: &str) -> Option<Self> {
        Some(match numbers {
            "1.2.840.113549.2.7" => Self::Sha1,
            "1.2.840.113549.2.8" => Self::Sha224,
            "1.2.840.113549.2.9" => Self::Sha256,
            "1.2.840.113549.2.10" => Self::Sha384,
            "1.2.840.113549.2.11" => Self::Sha512,
            _ => return None,
        })
    }

    /// Length of the hash and of the blocks that it works on.
    fn sizes(self) -> (usize, usize) {
        match self {
            Self::Sha1 => (20, 64),
            Self::Sha224 => (28, 64),
            Self::Sha256 => (32, 64),
            Self::Sha384 => (48, 128),
            Self::Sha512 => (64, 128),
        }
    }

    fn repeated(self, data: &[u8], rounds: u64) -> Zeroizing<Vec<u8>> {
        fn repeat<D: Digest>(data: &[u8], rounds: u64) -> Zeroizing<Vec<u8>> {
            let mut hash = D::digest(data);
            for _ in 1..rounds {
                hash = D::digest(&hash);
            }
            let kept = Zeroizing::new(hash.to_vec());
            hash.as_mut_slice().zeroize();
            kept
        }
        match self {
            Self::Sha1 => repeat::<Sha1>(data, rounds),
            Self::Sha224 => repeat::<Sha224>(data, rounds),
            Self::Sha256 => repeat::<Sha256>(data, rounds),
            Self::Sha384 => repeat::<Sha384>(data, rounds),
            Self::Sha512 => repeat::<Sha512>(data, rounds),
        }
    }

    /// Whether a message has this authentication code.
    pub(super) fn verifies(self, key: &[u8], message: &[u8], code: &[u8]) -> bool {
        fn verifies<M: Mac + KeyInit>(key: &[u8], message: &[u8], code: &[u8]) -> bool {
            let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else { return false };
            mac.update(message);
            mac.verify_slice(code).is_ok()
        }
        match self {
            Self::Sha1 => verifies::<Hmac<Sha1>>(key, message, code),
            Self::Sha224 => verifies::<Hmac<Sha224>>(key, message, code),
            Self::Sha256 => verifies::<Hmac<Sha256>>(key, message, code),
            Self::Sha384 => verifies::<Hmac<Sha384>>(key, message, code),
            Self::Sha512 => verifies::<Hmac<Sha512>>(key, message, code),
        }
    }

    /// PBKDF2.
    fn stretched(self, password: &[u8], salt: &[u8], rounds: u64, length: usize) -> Option<Zeroizing<Vec<u8>>> {
        fn stretch<M: Mac + KeyInit + Clone>(
            password: &[u8],
            salt: &[u8],
            rounds: u64,
            length: usize,
        ) -> Option<Vec<u8>> {
            let keyed = <M as KeyInit>::new_from_slice(password).ok()?;
            let mut key = Vec::new();
            for block in 1_u32.. {
                let mut mac = keyed.clone();
                mac.update(salt);
                mac.update(&block.to_be_bytes());
                let mut last = mac.finalize().into_bytes();
                let mut sum = last.to_vec();
                for _ in 1..rounds {
                    let mut mac = keyed.clone();
                    mac.update(&last);
                    last = mac.finalize().into_bytes();
                    sum.iter_mut().zip(last.iter()).for_each(|(sum, one)| *sum ^= one);
                }
                key.extend(sum);
                if key.len() >= length {
                    break;
                }
            }
            key.truncate(length);
            Some(key)
        }
        let key = match self {
            Self::Sha1 => stretch::<Hmac<Sha1>>(password, salt, rounds, length),
            Self::Sha224 => stretch::<Hmac<Sha224>>(password, salt, rounds, length),
            Self::Sha256 => stretch::<Hmac<Sha256>>(password, salt, rounds, length),
            Self::Sha384 => stretch::<Hmac<Sha384>>(password, salt, rounds, length),
            Self::Sha512 => stretch::<Hmac<Sha512>>(password, salt, rounds, length),
        };
        key.map(Zeroizing::new)
    }
}

/// What a key is derived for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Vector = 2,
    Mac = 3,
}

/// The key derivation of PKCS12.
///
/// Source: RFC 7292 appendix B.2.
pub(super) fn derived(
    hash: Hash,
    purpose: Purpose,
    password: &str,
    salt: &[u8],
    rounds: u64,
    length: usize,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let (size, block) = hash.sizes();
    let repeated =
        |bytes: &[u8]| -> Vec<u8> { bytes.iter().copied().cycle().take(bytes.len().div_ceil(block) * block).collect() };
    let characters: Zeroizing<Vec<u8>> =
        Zeroizing::new(password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect());
    let mut mixed = Zeroizing::new(repeated(salt));
    mixed.extend(repeated(&characters));
    let mut key = Zeroizing::new(Vec::with_capacity(length + size));
    loop {
        budget.spend(rounds)?;
        let mut start = Zeroizing::new(vec![purpose as u8; block]);
        start.extend_from_slice(&mixed);
        let hashed = hash.repeated(&start, rounds);
        key.extend_from_slice(&hashed);
        if key.len() >= length {
            key.truncate(length);
            return Ok(key);
        }
        let added: Zeroizing<Vec<u8>> = Zeroizing::new(hashed.iter().copied().cycle().take(block).collect());
        for part in mixed.chunks_mut(block) {
            let mut carry = 1_u16;
            for (one, other) in part.iter_mut().zip(added.iter()).rev() {
                let sum = u16::from(*one) + u16::from(*other) + carry;
                let [high, low] = sum.to_be_bytes();
                (carry, *one) = (u16::from(high), low);
            }
        }
    }
}

/// The key of an `EncryptedPrivateKeyInfo`.
pub(super) fn private_key(info: &[u8], password: &str, budget: &mut Budget) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let parts = || {
        let mut info = Reader(info).enter(SEQUENCE)?;
        Some((info.enter(SEQUENCE)?, info.octets()?))
    };
    let (algorithm, encrypted) = parts().ok_or(Refusal::Damaged("a key cannot be read"))?;
    let key = decrypted(algorithm, &encrypted, password, budget)?;
    // A wrong password is seldom taken for the right one by the padding alone.
    let is_key = Reader(&key).take(SEQUENCE).is_some_and(|item| Reader(item.content).small().is_some());
    if is_key { Ok(key) } else { Err(Refusal::WrongPassword) }
}

/// What an algorithm encrypted.
pub(super) fn decrypted(
    mut algorithm: Reader<'_>,
    encrypted: &[u8],
    password: &str,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    const SALT: Refusal = Refusal::Damaged("an encryption has no parameters");
    let numbers = algorithm.take(OBJECT).and_then(|item| object(item.content)).ok_or(SALT)?;
    let mut parameters = algorithm.enter(SEQUENCE).ok_or(SALT)?;
    if numbers == "1.2.840.113549.1.5.13" {
        return pbes2(parameters, encrypted, password, budget);
    }
    let salt = parameters.octets().ok_or(SALT)?;
    let rounds = parameters.small().ok_or(SALT)?;
    if numbers == "1.3.6.1.4.1.42.2.19.1" {
        budget.spend(rounds.saturating_mul(2))?;
        return of_java(&salt, rounds, encrypted, password).unwrap_or(Err(SALT));
    }
    let length = match numbers.as_str() {
        "1.2.840.113549.1.12.1.3" => 24,
        "1.2.840.113549.1.12.1.4" | "1.2.840.113549.1.12.1.5" => 16,
        "1.2.840.113549.1.12.1.6" => 5,
        _ => return Err(Refusal::UnknownCipher),
    };
    let key = derived(Hash::Sha1, Purpose::Key, password, &salt, rounds, length, budget)?;
    let vector = derived(Hash::Sha1, Purpose::Vector, password, &salt, rounds, 8, budget)?;
    match length {
        24 => block::<cbc::Decryptor<des::TdesEde3>>(&key, &vector, encrypted),
        _ if numbers.ends_with(".4") => block::<cbc::Decryptor<des::TdesEde2>>(&key, &vector, encrypted),
        _ => {
            let cipher = rc2::Rc2::new_with_eff_key_len(&key, key.len() * 8);
            let mode = cbc::Decryptor::inner_iv_slice_init(cipher, &vector).map_err(|_| SALT)?;
            padded(mode, encrypted)
        }
    }
}

/// PBES2 with PBKDF2.
fn pbes2(
    mut parameters: Reader<'_>,
    encrypted: &[u8],
    password: &str,
    budget: &mut Budget,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    const DAMAGED: Refusal = Refusal::Damaged("an encryption has no parameters");
    let mut derivation = parameters.enter(SEQUENCE).ok_or(DAMAGED)?;
    let mut scheme = parameters.enter(SEQUENCE).ok_or(DAMAGED)?;
    let numbers = |reader: &mut Reader<'_>| reader.take(OBJECT).and_then(|item| object(item.content));
    if numbers(&mut derivation).ok_or(DAMAGED)? != "1.2.840.113549.1.5.12" {
        return Err(Refusal::UnknownCipher);
    }
    let cipher = numbers(&mut scheme).ok_or(DAMAGED)?;
    let mut derivation = derivation.enter(SEQUENCE).ok_or(DAMAGED)?;
    let salt = derivation.octets().ok_or(DAMAGED)?;
    let rounds = derivation.small().ok_or(DAMAGED)?;
    derivation.take(INTEGER);
    let hash = match derivation.enter(SEQUENCE) {
        Some(mut named) => Hash::of_hmac(&numbers(&mut named).ok_or(DAMAGED)?).ok_or(Refusal::UnknownCipher)?,
        None => Hash::Sha1,
    };
    let vector = scheme.octets().ok_or(DAMAGED)?;
    let length = match cipher.as_str() {
        "2.16.840.1.101.3.4.1.2" => 16,
        "2.16.840.1.101.3.4.1.22" | "1.2.840.113549.3.7" => 24,
        "2.16.840.1.101.3.4.1.42" => 32,
        _ => return Err(Refusal::UnknownCipher),
    };
    budget.spend(rounds.saturating_mul(4))?;
    let key = hash.stretched(password.as_bytes(), &salt, rounds, length).ok_or(DAMAGED)?;
    match length {
        16 => block::<cbc::Decryptor<aes::Aes128>>(&key, &vector, encrypted),
        32 => block::<cbc::Decryptor<aes::Aes256>>(&key, &vector, encrypted),
        _ if cipher.ends_with(".22") => block::<cbc::Decryptor<aes::Aes192>>(&key, &vector, encrypted),
        _ => block::<cbc::Decryptor<des::TdesEde3>>(&key, &vector, encrypted),
    }
}

/// `PBEWithMD5AndTripleDES`, which only Java has.
fn of_java(salt: &[u8], rounds: u64, encrypted: &[u8], password: &str) -> Option<Result<Zeroizing<Vec<u8>>, Refusal>> {
    let mut salt: [u8; 8] = salt.try_into().ok()?;
    let given = salt;
    let (first, second) = given.split_at(4);
    if first == second {
        // Java means to turn the first half around, and always did it like this.
        (salt[0], salt[1], salt[2]) = (given[3], given[0], given[1]);
    }
    let password: Zeroizing<Vec<u8>> = Zeroizing::new(password.encode_utf16().map(|one| (one & 0x7F) as u8).collect());
    let mut key = Zeroizing::new(Vec::with_capacity(32));
    for half in salt.chunks(4) {
        let mut hashed = Zeroizing::new(half.to_vec());
        for _ in 0..rounds {
            let mut hash = Md5::new_with_prefix(&*hashed);
            hash.update(&*password);
            *hashed = hash.finalize().to_vec();
        }
        key.extend_from_slice(&hashed);
    }
    let (key, vector) = key.split_at_checked(24)?;
    Some(block::<cbc::Decryptor<des::TdesEde3>>(key, vector, encrypted))
}

/// Takes a block cipher off.
fn block<C: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    vector: &[u8],
    encrypted: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mode = C::new_from_slices(key, vector).map_err(|_| Refusal::Damaged("an encryption has no parameters"))?;
    padded(mode, encrypted)
}

/// Decrypts. Where the padding is wrong, so was the password.
fn padded<C: BlockModeDecrypt>(mode: C, encrypted: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut plain = Zeroizing::new(encrypted.to_vec());
    let length = mode.decrypt_padded::<Pkcs7>(&mut plain).map_err(|_| Refusal::WrongPassword)?.len();
    plain.truncate(length);
    Ok(plain)
}
