//! Public keys.
//!
//! In: the file that `minisign -G` writes, or the one line of it that is the key. Out: a [`PublicKey`], or what else it
//! is. Always: a key that every signature would fit is refused.

use super::{KeyId, LARGEST, PLAIN, UNTRUSTED, base64, secret_key};
use ed25519_dalek::VerifyingKey;

/// What signatures are checked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// Which pair it belongs to.
    pub id: KeyId,
    pub(super) verifying: VerifyingKey,
}

/// Reads a public key.
///
/// The error is a fragment that says what is wrong.
pub fn public_key(bytes: &[u8]) -> Result<PublicKey, &'static str> {
    const NONE: &str = "is no public key of minisign's";
    if bytes.len() as u64 > LARGEST {
        return Err(NONE);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NONE)?.trim_end();
    let line = match text.strip_prefix(UNTRUSTED) {
        Some(rest) => rest.split_once('\n').ok_or(NONE)?.1,
        None => text,
    };
    let key = base64::decode(line).ok_or(NONE)?;
    if key.len() == secret_key::LENGTH {
        return Err("is a secret key: keep it where it is, and give the public one");
    }
    let key = key.strip_prefix(&PLAIN).and_then(|rest| rest.split_first_chunk());
    let (id, point) = key.ok_or(NONE)?;
    let point = point.try_into().map_err(|_| NONE)?;
    let verifying = VerifyingKey::from_bytes(point).ok().filter(|key| !key.is_weak());
    verifying.map(|verifying| PublicKey { id: KeyId(*id), verifying }).ok_or("is damaged")
}
