//! Secret keys.
//!
//! In: the file that `minisign -G` or `rsign generate` writes, and its password. Out: a [`SecretKey`], or why not.
//! Always: no more memory and time than a key of minisign's own takes, whatever the file asks for; what was read of the
//! key is wiped when it is let go; nothing of it is shown.

use super::{KeyId, LARGEST, PLAIN, PublicKey, UNTRUSTED, base64};
use blake2::{Blake2b256, Digest as _};
use ed25519_dalek::SigningKey;
use std::fmt;
use zeroize::Zeroizing;

/// How many bytes one has: algorithms of key, password and checksum; salt, two limits; id, key, checksum.
pub(super) const LENGTH: usize = 2 + 2 + 2 + 32 + 8 + 8 + SECRET;
/// How many of them are encrypted.
const SECRET: usize = 8 + 64 + 32;

/// The limits of minisign's own keys (libsodium, `crypto_pwhash_scryptsalsa208sha256.h`, `..._OPSLIMIT_SENSITIVE` and
/// `..._MEMLIMIT_SENSITIVE`): a gibibyte, and some seconds. Keys of rsign ask for less.
const MOST_OPERATIONS: u64 = 1 << 25;
const MOST_MEMORY: u64 = 1 << 30;

/// What signatures are made with.
pub struct SecretKey {
    /// Which pair it belongs to.
    pub id: KeyId,
    pub(super) signing: SigningKey,
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.id)
    }
}

impl SecretKey {
    /// The other half of the pair.
    pub fn public(&self) -> PublicKey {
        PublicKey { id: self.id, verifying: self.signing.verifying_key() }
    }
}

/// A secret key as it stands in its file.
pub struct Locked {
    secret: Zeroizing<Vec<u8>>,
    lock: Option<Lock>,
}

/// How the key is made of the password.
struct Lock {
    salt: [u8; 32],
    cost: Cost,
}

/// What scrypt is asked for, and how many bytes of memory that takes.
type Cost = (scrypt::Params, u64);

impl fmt::Debug for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Locked(***)")
    }
}

/// Reads the file of a secret key.
///
/// The error is a fragment that says what is wrong.
pub fn locked(bytes: &[u8]) -> Result<Locked, &'static str> {
    const NONE: &str = "is no secret key of minisign's";
    if bytes.len() as u64 > LARGEST {
        return Err(NONE);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NONE)?.trim_end();
    let (_, line) = text.strip_prefix(UNTRUSTED).and_then(|rest| rest.split_once('\n')).ok_or(NONE)?;
    if line.contains('\n') {
        return Err("is a signature, no secret key");
    }
    let key = base64::decode(line).ok_or("is damaged, or no secret key of minisign's")?;
    let fields = || {
        let (algorithm, rest) = key.split_first_chunk::<2>()?;
        let (password, rest) = rest.split_first_chunk::<2>()?;
        let (checksum, rest) = rest.split_first_chunk::<2>()?;
        let (salt, rest) = rest.split_first_chunk::<32>()?;
        let (operations, rest) = rest.split_first_chunk::<8>()?;
        let (memory, secret) = rest.split_first_chunk::<8>()?;
        let limits = (u64::from_le_bytes(*operations), u64::from_le_bytes(*memory));
        (secret.len() == SECRET).then_some((*algorithm, *password, *checksum, *salt, limits, secret))
    };
    let Some((algorithm, password, checksum, salt, (operations, memory), secret)) = fields() else {
        let is_public = key.starts_with(&PLAIN) && key.len() == 42;
        return Err(if is_public { "is a public key; give the secret one" } else { NONE });
    };
    if algorithm != PLAIN || checksum != *b"B2" {
        return Err("is a secret key of a kind that is not known");
    }
    let lock = match &password {
        b"\0\0" => None,
        b"Sc" => Some(Lock { salt, cost: cost(operations, memory)? }),
        _ => return Err("is a secret key whose password is used in a way that is not known"),
    };
    Ok(Locked { secret: Zeroizing::new(secret.to_vec()), lock })
}

/// The parameters of scrypt for two limits, as libsodium chooses them
/// (`pwhash_scryptsalsa208sha256.c`, `pickparams`).
fn cost(operations: u64, memory: u64) -> Result<Cost, &'static str> {
    if operations > MOST_OPERATIONS || memory > MOST_MEMORY {
        return Err("asks for more memory or time than a key of minisign's does; it is damaged, or no key to use");
    }
    let operations = operations.max(32_768);
    let is_bound_by_time = operations < memory / 32;
    let most = if is_bound_by_time { operations / 32 } else { memory / 1024 };
    // The first power of two that is more than half of the most.
    let exponent = (1..63).find(|exponent| 1_u64 << exponent > most / 2).unwrap_or(63);
    let times = if is_bound_by_time { 1 } else { operations / 4 / (1 << exponent) / 8 };
    let bytes = 1024 * ((1 << exponent) + times);
    let times = u32::try_from(times).ok().filter(|times| *times > 0);
    let parameters = times.and_then(|times| scrypt::Params::new(exponent, 8, times).ok());
    parameters.map(|parameters| (parameters, bytes)).ok_or("is damaged: its limits do not fit together")
}

impl Locked {
    /// Whether it takes a password to open it.
    pub fn needs_password(&self) -> bool {
        self.lock.is_some()
    }

    /// Opens it. The password of a key that has none is not looked at.
    ///
    /// The error is a fragment that says what is wrong.
    pub fn open(mut self, password: &[u8]) -> Result<SecretKey, &'static str> {
        const DAMAGED: &str = "is damaged: its parts do not fit together";
        if let Some(lock) = &self.lock {
            let mut stream = Zeroizing::new(vec![0; SECRET]);
            let (parameters, memory) = &lock.cost;
            has_memory(*memory)?;
            scrypt::scrypt(password, &lock.salt, parameters, &mut stream).map_err(|_| "cannot be opened")?;
            for (byte, mask) in self.secret.iter_mut().zip(stream.iter()) {
                *byte ^= mask;
            }
        }
        let (id, rest) = self.secret.split_first_chunk::<8>().ok_or(DAMAGED)?;
        let (pair, sum) = rest.split_first_chunk::<64>().ok_or(DAMAGED)?;
        let found = Blake2b256::new().chain_update(PLAIN).chain_update(id).chain_update(pair).finalize();
        let has_sum = found.as_slice() == sum;
        // minisign writes no checksum where there is no password.
        let has_none = self.lock.is_none() && sum.iter().all(|byte| *byte == 0);
        if !has_sum && !has_none {
            return Err(if self.lock.is_some() { "does not open with the password given" } else { DAMAGED });
        }
        let signing = SigningKey::from_keypair_bytes(pair).map_err(|_| DAMAGED)?;
        Ok(SecretKey { id: KeyId(*id), signing })
    }
}

/// Asks for as much memory as scrypt will, for that would end the program where it does not get it.
fn has_memory(bytes: u64) -> Result<(), &'static str> {
    let mut space: Vec<u8> = Vec::new();
    let room = usize::try_from(bytes).ok().and_then(|bytes| space.try_reserve_exact(bytes).ok());
    // What is never looked at would never be asked for.
    std::hint::black_box(&space);
    room.ok_or("takes more memory to open than there is")
}
