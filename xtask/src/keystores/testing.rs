//! Keystores for tests, made in code.
//!
//! In: entries and a password. Out: the bytes of a keystore. Always: the one key in them is of these tests alone.

use super::certificate::object;
use super::der::Reader;
use super::pbe::{Budget, Hash, Purpose, derived};
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use hmac::{Hmac, KeyInit, Mac as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// The numbers of a key of 1024 bits: modulus and private exponent.
const MODULUS: &str = "\
    c66e4cfae3fa7e4a8a436a10dc062718d19e587e39b19bc9aac53487fce795a2982e8ad5066feb146ecca4e824c2a0be91f5\
    be9a2bcab830fc657ea027c6b9493dfeb29dbfe4c6975e79596f622a1bf851b9fe04f46b768ceddfada0df961e03feb59547\
    90847c8d4b41689b39f551dfdc612394684d6f0ab34d8ea3749092c5";
const EXPONENT: &str = "\
    01cd308fba9024a3629bf8138d1bd531097e298983d693f681c16697b1791cc7ac20080ca511510e0f6f7633d1599f01fbeb\
    423ebe150a150fc5901fbe1cb4c3ec5eeb103b933da5fc4b5d0e1136a482540c1e03e8b6ea3fab822a94f4dc12a331202f8d\
    4a6873ee619f8314fb44b7faf7d7ed3b539d8c441484eb302b4dcb05";

pub(crate) const SHA256_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11];
pub(crate) const MD5_WITH_RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 4];
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const JKS_PROTECTOR: &[u8] = &[0x2B, 6, 1, 4, 1, 0x2A, 2, 0x11, 1, 1];

fn bytes(digits: &str) -> Vec<u8> {
    (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).expect("hex")).collect()
}

fn item(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u32::try_from(content.len()).expect("short").to_be_bytes();
    let length = match content.len() {
        0..128 => vec![length[3]],
        128..256 => vec![0x81, length[3]],
        _ => vec![0x82, length[2], length[3]],
    };
    [vec![tag], length, content].concat()
}

fn algorithm(numbers: &[u8]) -> Vec<u8> {
    assert!(object(numbers).is_some());
    item(0x30, &[&item(6, &[numbers]), &[5, 0]])
}

/// A certificate, whose signature is none: from and until as `20220125000000Z`, a key of some bits.
pub(crate) fn certificate(subject: &str, from: &str, until: &str, bits: usize, signature: &[u8]) -> Vec<u8> {
    let name =
        item(0x30, &[&item(0x31, &[&item(0x30, &[&item(6, &[&[0x55, 4, 3]]), &item(12, &[subject.as_bytes()])])])]);
    let mut modulus = vec![0];
    modulus.resize(bits / 8 + 1, 0xFF);
    let key = item(0x30, &[&item(2, &[&modulus]), &item(2, &[&[1, 0, 1]])]);
    let key = item(0x30, &[&algorithm(RSA), &item(3, &[&[0], &key])]);
    let time = |text: &str| item(0x18, &[text.as_bytes()]);
    let validity = item(0x30, &[&time(from), &time(until)]);
    let inner = item(0x30, &[&[2, 1, 1], &algorithm(signature), &name, &validity, &name, &key]);
    item(0x30, &[&inner, &algorithm(signature), &item(3, &[&[0, 1, 2]])])
}

/// An entry of a store to be made.
#[derive(Clone)]
pub(crate) enum Made<'a> {
    /// The key of these tests, with its password and certificate.
    Key(&'a str, Vec<u8>),
    /// A key that decrypts nothing.
    OtherKey(&'a str, Vec<u8>),
    /// A key of an Edwards curve, with the last number of its algorithm.
    EdwardsKey(&'a str, Vec<u8>, u8),
    /// A trusted certificate.
    Certificate(Vec<u8>),
}

/// A JKS keystore.
pub(crate) fn jks(password: &str, entries: &[(&str, Made<'_>)]) -> Vec<u8> {
    let number = |number: usize| u32::try_from(number).expect("small").to_be_bytes();
    let text = |text: &str| [&[0, u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    let certificate = |bytes: &[u8]| [&text("X.509"), &number(bytes.len())[..], bytes].concat();
    let mut store = [number(0xFEED_FEED), number(2), number(entries.len())].concat();
    for (alias, entry) in entries {
        let kind = if matches!(entry, Made::Certificate(_)) { 2 } else { 1 };
        store.extend([&number(kind)[..], &text(alias), &[0; 8]].concat());
        match entry {
            Made::Key(password, chain) | Made::OtherKey(password, chain) | Made::EdwardsKey(password, chain, _) => {
                let plain = match entry {
                    Made::EdwardsKey(.., number) => {
                        item(0x30, &[&[2, 1, 0], &item(0x30, &[&[6, 3, 0x2B, 0x65, *number]]), &[4, 3, 4, 1, 7]])
                    }
                    Made::Key(..) => pkcs8(EXPONENT),
                    _ => pkcs8("03"),
                };
                let key = protected(&plain, password);
                store.extend([&number(key.len())[..], &key, &number(1)[..], &certificate(chain)].concat());
            }
            Made::Certificate(bytes) => store.extend(certificate(bytes)),
        }
    }
    let mut hash = Sha1::new_with_prefix(utf16(password));
    hash.update(b"Mighty Aphrodite");
    hash.update(&store);
    store.extend_from_slice(&hash.finalize());
    store
}

/// A PKCS12 keystore with nothing in it, which is signed with SHA-256.
pub(crate) fn newer_pkcs12(password: &str) -> Vec<u8> {
    const DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
    const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    let safe = item(0x30, &[]);
    let hash = Hash::of_digest("2.16.840.1.101.3.4.2.1").expect("SHA-256");
    let key = derived(hash, Purpose::Mac, password, &[1; 8], 1, 32, &mut Budget::full()).expect("a key");
    let mut code = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).expect("a key");
    code.update(&safe);
    let code = item(0x30, &[&algorithm(SHA256), &item(4, &[&code.finalize().into_bytes()])]);
    let safe = item(0x30, &[&item(6, &[DATA]), &item(0xA0, &[&item(4, &[&safe])])]);
    item(0x30, &[&[2, 1, 3], &safe, &item(0x30, &[&code, &item(4, &[&[1; 8]])])])
}

fn utf16(password: &str) -> Vec<u8> {
    password.encode_utf16().flat_map(u16::to_be_bytes).collect()
}

/// The key, as PKCS #8.
fn pkcs8(exponent: &str) -> Vec<u8> {
    let [modulus, exponent] = [MODULUS, exponent].map(|digits| item(2, &[&[0], &bytes(digits)]));
    let key = item(0x30, &[&[2, 1, 0], &modulus, &[2, 3, 1, 0, 1], &exponent]);
    item(0x30, &[&[2, 1, 0], &algorithm(RSA), &item(4, &[&key])])
}

/// A key as JKS protects it.
fn protected(key: &[u8], password: &str) -> Vec<u8> {
    let hashed = |data: &[u8]| Sha1::new_with_prefix([utf16(password).as_slice(), data].concat()).finalize().to_vec();
    let salt = vec![7; 20];
    let mut link = salt.clone();
    let mut mixed = Vec::new();
    for part in key.chunks(20) {
        link = hashed(&link);
        mixed.extend(part.iter().zip(&link).map(|(one, other)| one ^ other));
    }
    item(0x30, &[&algorithm(JKS_PROTECTOR), &item(4, &[&salt, &mixed, &hashed(key)])])
}

/// A text as the key of these tests has it, with OAEP padding.
pub(crate) fn encrypted(text: &str) -> Vec<u8> {
    let length = MODULUS.len() / 2;
    let mut block = Sha1::digest(b"").to_vec();
    block.resize(length - 21 - text.len() - 1, 0);
    block.push(1);
    block.extend(text.as_bytes());
    let seed = [3; 20];
    let mixed = |one: &[u8], other: &[u8]| one.iter().zip(other).map(|(one, other)| one ^ other).collect::<Vec<u8>>();
    let block = mixed(&block, &super::rsa::mask(&seed, block.len()));
    let seed = mixed(&seed, &super::rsa::mask(&block, 20));
    let padded = [&[0], seed.as_slice(), &block].concat();
    let number = |digits: &[u8]| BoxedUint::from_be_slice(digits, 1024).expect("a number");
    let modulus = Odd::new(number(&bytes(MODULUS))).into_option().expect("odd");
    let parameters = BoxedMontyParams::new(modulus);
    let power = BoxedUint::from_be_slice(&[1, 0, 1], 24).expect("a number");
    let encrypted = BoxedMontyForm::new(number(&padded), &parameters).pow(&power).retrieve().to_be_bytes();
    assert!(Reader(&encrypted).0.len() == length);
    encrypted.into_vec()
}
