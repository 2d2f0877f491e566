//! Keystores as `keytool` writes them, with keys made for the sample.
//!
//! In: entries. Out: the bytes of a JKS keystore, whose keys have its password. Always: the same
//! bytes for the same entries; the keys are in this repository, so they protect nothing.
//!
//! Source of the format: `OpenJDK` 11 `sun.security.provider.JavaKeyStore` and `KeyProtector`.

use sha1::{Digest as _, Sha1};

/// 2020-01-11T00:00:00Z in milliseconds since 1970.
const CREATED: u64 = 1_578_700_800_000;
/// `1.3.6.1.4.1.42.2.17.1.1`, the name of the protection of keys, and `NULL`, in DER.
const PROTECTION: [u8; 16] =
    [0x30, 0x0e, 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x2a, 0x02, 0x11, 0x01, 0x01, 0x05, 0x00];

/// A private key (PKCS #8) with its certificate (X.509), both in DER.
pub(super) struct Identity {
    key: &'static [u8],
    certificate: &'static [u8],
}

/// That of the server: valid from 2020 to 2049.
pub(super) const SERVER: Identity = Identity {
    key: include_bytes!("keystore/server.key.der"),
    certificate: include_bytes!("keystore/server.cert.der"),
};
/// That of the gateway: it ended on 2023-01-10, and nobody noticed.
pub(super) const GATEWAY: Identity =
    Identity { key: include_bytes!("keystore/corp.key.der"), certificate: include_bytes!("keystore/corp.cert.der") };

/// An entry: its alias, and what is under it.
pub(super) enum Entry<'a> {
    /// A key with its certificate.
    Key(&'a str, &'a Identity),
    /// A certificate that is trusted.
    Trusted(&'a str, &'a Identity),
}

/// A keystore of entries.
pub(super) fn keystore(password: &str, entries: &[Entry<'_>]) -> Vec<u8> {
    let password = as_hashed(password);
    let mut bytes = vec![0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2];
    bytes.extend(length(entries.len()));
    for entry in entries {
        match entry {
            Entry::Key(alias, identity) => {
                bytes.extend([0, 0, 0, 1]);
                named(&mut bytes, alias);
                let protected = protected(&password, alias, identity.key);
                bytes.extend(length(protected.len()));
                bytes.extend(protected);
                bytes.extend(length(1));
                certificate(&mut bytes, identity.certificate);
            }
            Entry::Trusted(alias, identity) => {
                bytes.extend([0, 0, 0, 2]);
                named(&mut bytes, alias);
                certificate(&mut bytes, identity.certificate);
            }
        }
    }
    let seal = Sha1::new().chain_update(&password).chain_update(b"Mighty Aphrodite").chain_update(&bytes).finalize();
    bytes.extend(seal);
    bytes
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}

fn named(bytes: &mut Vec<u8>, alias: &str) {
    text(bytes, alias);
    bytes.extend(CREATED.to_be_bytes());
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    bytes.extend(text.bytes());
}

fn certificate(bytes: &mut Vec<u8>, der: &[u8]) {
    text(bytes, "X.509");
    bytes.extend(length(der.len()));
    bytes.extend(der);
}

/// A password as Java hashes it: UTF-16, the high byte first.
fn as_hashed(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// A key as Java protects it: a salt, the key under a stream of digests, and a digest to tell a wrong password.
fn protected(password: &[u8], alias: &str, key: &[u8]) -> Vec<u8> {
    // A random salt would make other bytes each time.
    let salt = Sha1::digest(alias);
    let mut content = salt.to_vec();
    let mut digest = salt;
    for part in key.chunks(digest.len()) {
        digest = Sha1::new().chain_update(password).chain_update(digest).finalize();
        content.extend(part.iter().zip(digest).map(|(byte, mask)| byte ^ mask));
    }
    content.extend(Sha1::new().chain_update(password).chain_update(key).finalize());
    let mut inner = PROTECTION.to_vec();
    inner.extend(der(0x04, &content));
    der(0x30, &inner)
}

/// A value in DER, of a length that two bytes can say.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![tag, 0x82, high, low];
    bytes.extend(content);
    bytes
}
