//! Base64, as the files of minisign have it.
//!
//! In: bytes or a text. Out: the other of the two. Always: with padding, without white space; what is read is exactly
//! what would be written, so that no text has a second form; what was read is wiped when it is let go.

use zeroize::Zeroizing;

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The text of some bytes.
pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let value = (bits >> (18 - 6 * at)) as usize & 63;
            let digit = DIGITS.get(value).copied().unwrap_or_default();
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// The bytes of a text; `None` for one that [`encode`] does not write.
pub(super) fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 4 * 3));
    for four in text.as_bytes().chunks(4) {
        let mut bits = 0;
        for digit in four {
            let value = match digit {
                b'=' => 0,
                _ => DIGITS.iter().position(|known| known == digit)?,
            };
            bits = bits << 6 | u32::try_from(value).ok()?;
        }
        let [_, three @ ..] = bits.to_be_bytes();
        let padding = four.iter().rev().take_while(|digit| **digit == b'=').count();
        bytes.extend(three.get(..three.len().checked_sub(padding)?)?);
    }
    let same = Zeroizing::new(encode(&bytes)).as_str() == text;
    same.then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_it_writes_and_nothing_else() {
        for (bytes, text) in [
            (&b""[..], ""),
            (b"f", "Zg=="),
            (b"fo", "Zm8="),
            (b"foo", "Zm9v"),
            (b"foob", "Zm9vYg=="),
            (&[0xfb, 0xff, 0xfe], "+//+"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).expect(text).as_slice(), bytes);
        }
        for wrong in ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm9-", "Zmä="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
