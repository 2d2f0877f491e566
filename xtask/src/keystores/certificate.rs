//! X.509 certificates, as far as the checks ask.
//!
//! In: the bytes of one. Out: a [`Certificate`], or nothing where it is none. Always: nothing is verified; names hold no
//! control characters.
//!
//! Source: RFC 5280.

use super::der::{BIT_STRING, CONTEXT_0, INTEGER, Item, OBJECT, Reader, SEQUENCE, SET};
use crate::digest::Digest;
use crate::timestamp::Timestamp;

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The common name of its subject, else the organisation, else empty.
    pub subject: String,
    /// From when it holds.
    pub not_before: Timestamp,
    /// Until when it holds.
    pub not_after: Timestamp,
    /// `RSA`, `EC`, `DSA`, `Ed25519`, or the numbers of another one.
    pub key_algorithm: String,
    /// The size of its key in bits; `None` where it is not known.
    pub key_bits: Option<usize>,
    /// `SHA256withRSA`, or the numbers of another one.
    pub signature: String,
    /// SHA-256 of all of it.
    pub fingerprint: Digest,
    /// The names of subject and issuer as they are encoded, to find the next of a chain.
    pub(super) names: (Box<[u8]>, Box<[u8]>),
}

/// What algorithms are called.
const ALGORITHMS: [(&str, &str); 18] = [
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.2", "MD2withRSA"),
    ("1.2.840.113549.1.1.4", "MD5withRSA"),
    ("1.2.840.113549.1.1.5", "SHA1withRSA"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "SHA256withRSA"),
    ("1.2.840.113549.1.1.12", "SHA384withRSA"),
    ("1.2.840.113549.1.1.13", "SHA512withRSA"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10040.4.3", "SHA1withDSA"),
    ("2.16.840.1.101.3.4.3.2", "SHA256withDSA"),
    ("1.2.840.10045.2.1", "EC"),
    ("1.2.840.10045.4.1", "SHA1withECDSA"),
    ("1.2.840.10045.4.3.2", "SHA256withECDSA"),
    ("1.2.840.10045.4.3.3", "SHA384withECDSA"),
    ("1.2.840.10045.4.3.4", "SHA512withECDSA"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// The sizes of named curves.
const CURVES: [(&str, usize); 5] = [
    ("1.2.840.10045.3.1.1", 192),
    ("1.3.132.0.33", 224),
    ("1.2.840.10045.3.1.7", 256),
    ("1.3.132.0.34", 384),
    ("1.3.132.0.35", 521),
];

impl Certificate {
    /// Whether its issuer has the name of its subject.
    pub fn is_self_issued(&self) -> bool {
        self.names.0 == self.names.1
    }

    /// Reads one.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let mut outer = Reader(bytes);
        let whole = outer.take(SEQUENCE)?;
        let mut outer = Reader(whole.content);
        let mut inner = outer.enter(SEQUENCE)?;
        let signature = algorithm(outer.enter(SEQUENCE)?)?;
        inner.take(CONTEXT_0);
        inner.take(INTEGER)?;
        inner.take(SEQUENCE)?;
        let issuer = inner.take(SEQUENCE)?;
        let mut validity = inner.enter(SEQUENCE)?;
        let (not_before, not_after) = (time(&validity.next()?)?, time(&validity.next()?)?);
        let subject = inner.take(SEQUENCE)?;
        let (key_algorithm, key_bits) = key(inner.enter(SEQUENCE)?)?;
        Some(Self {
            subject: name(Reader(subject.content)),
            not_before,
            not_after,
            key_algorithm,
            key_bits,
            signature,
            fingerprint: Digest::of(whole.whole),
            names: (subject.whole.into(), issuer.whole.into()),
        })
    }
}

/// The name of an algorithm.
fn algorithm(mut reader: Reader<'_>) -> Option<String> {
    let numbers = object(reader.take(OBJECT)?.content)?;
    let known = ALGORITHMS.iter().find(|(known, _)| *known == numbers);
    Some(known.map_or(numbers.clone(), |(_, name)| (*name).to_owned()))
}

/// The kind of a public key and its size.
fn key(mut reader: Reader<'_>) -> Option<(String, Option<usize>)> {
    let described = reader.enter(SEQUENCE)?;
    let name = algorithm(described)?;
    // The first byte says how many bits are left over.
    let key = reader.take(BIT_STRING)?.content.get(1..)?;
    let mut parameters = described;
    parameters.take(OBJECT)?;
    let bits = match name.as_str() {
        "RSA" | "RSASSA-PSS" => Reader(key).enter(SEQUENCE).and_then(|mut parts| parts.take(INTEGER)).map(bits),
        "DSA" => parameters.enter(SEQUENCE).and_then(|mut parts| parts.take(INTEGER)).map(bits),
        "EC" => parameters
            .take(OBJECT)
            .and_then(|curve| object(curve.content))
            .and_then(|curve| CURVES.iter().find(|(known, _)| *known == curve).map(|(_, bits)| *bits)),
        "Ed25519" => Some(256),
        "Ed448" => Some(448),
        _ => None,
    };
    Some((name, bits))
}

/// The size of a whole number in bits.
fn bits(number: Item<'_>) -> usize {
    let digits = number.content.iter().skip_while(|digit| **digit == 0);
    let leading = digits.clone().next().map_or(0, |first| first.leading_zeros() as usize);
    (digits.count() * 8).saturating_sub(leading)
}

/// `1.2.840.113549` of an object's bytes.
pub(super) fn object(bytes: &[u8]) -> Option<String> {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    for byte in bytes {
        number = number.checked_mul(128)?.checked_add(u64::from(byte & 0x7F))?;
        if byte & 0x80 == 0 {
            if numbers.is_empty() {
                // The first two are in one.
                let first = (number / 40).min(2);
                numbers.extend([first, number - first * 40]);
            } else {
                numbers.push(number);
            }
            number = 0;
        }
    }
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    Some(numbers.join("."))
}

/// The common name, else the organisation.
fn name(parts: Reader<'_>) -> String {
    let attribute = |wanted: &str| {
        let mut found =
            parts.items().filter(|part| part.tag == SET).flat_map(|part| Reader(part.content).items()).filter_map(
                |pair| {
                    let mut pair = Reader(pair.content);
                    (object(pair.take(OBJECT)?.content)? == wanted).then(|| pair.next().map(|value| text(&value)))?
                },
            );
        found.next()
    };
    attribute("2.5.4.3").or_else(|| attribute("2.5.4.10")).unwrap_or_default()
}

/// A text in one of the encodings of names, without control characters.
pub(super) fn text(value: &Item<'_>) -> String {
    const BMP_STRING: u8 = 0x1E;
    let text = if value.tag == BMP_STRING {
        let pairs = value.content.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
        char::decode_utf16(pairs).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        String::from_utf8_lossy(value.content).into_owned()
    };
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}

/// A time: `220125073057Z`, or with four digits of the year.
fn time(item: &Item<'_>) -> Option<Timestamp> {
    const UTC_TIME: u8 = 0x17;
    const GENERALIZED_TIME: u8 = 0x18;
    let digits = item.content.strip_suffix(b"Z")?;
    let (year, rest) = match item.tag {
        UTC_TIME => digits.split_at_checked(2)?,
        GENERALIZED_TIME => digits.split_at_checked(4)?,
        _ => return None,
    };
    let number = |digits: &[u8]| -> Option<i64> {
        digits.iter().all(u8::is_ascii_digit).then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
    };
    let mut parts = rest.chunks(2).map(number);
    let mut part = || parts.next()?;
    let (month, day, hour, minute) = (part()?, part()?, part()?, part()?);
    let second = if rest.len() > 8 { part()? } else { 0 };
    let year = match number(year)? {
        short @ 0..50 if item.tag == UTC_TIME => 2000 + short,
        short if item.tag == UTC_TIME => 1900 + short,
        whole => whole,
    };
    let in_range = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    in_range.then(|| Timestamp::from_seconds(u64::try_from(seconds).unwrap_or(0)))
}

/// Days from 1970 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years from a first of March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_notations() {
        for (tag, written, read) in [
            (0x17, "220125073057Z", Some("2022-01-25T07:30:57Z")),
            (0x17, "500101000000Z", Some("1980-01-01T00:00:00Z")),
            (0x17, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (0x18, "20500229120000Z", Some("2050-03-01T12:00:00Z")),
            (0x18, "20240229120000Z", Some("2024-02-29T12:00:00Z")),
            (0x18, "99991231235959Z", Some("2107-12-31T23:59:58Z")),
            (0x17, "2201250730", None),
            (0x17, "22012507305xZ", None),
            (0x17, "221325073057Z", None),
            (0x13, "220125073057Z", None),
            (0x17, "Z", None),
        ] {
            let item = Item { tag, content: written.as_bytes(), whole: &[] };
            assert_eq!(time(&item).map(Timestamp::rfc3339).as_deref(), read, "{written}");
        }
    }

    #[test]
    fn objects_are_read_as_numbers() {
        for (bytes, numbers) in [
            (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1][..], "1.2.840.113549.1.1.1"),
            (&[0x60, 0x86, 0x48, 1, 0x86, 0xF9, 0x66, 0xAD, 0xCA, 0x7B, 1, 1], "2.16.840.1.113894.746875.1.1"),
            (&[0x55, 4, 3], "2.5.4.3"),
        ] {
            assert_eq!(object(bytes).as_deref(), Some(numbers));
        }
        assert_eq!(object(&[0xFF; 20]), None);
    }
}
