//! DER, and what of BER is met in keystores: lengths that are not given, and strings in pieces.
//!
//! In: bytes. Out: [`Item`]s, one after another. Always: nothing is copied but strings in pieces; nesting is bounded.
//!
//! Source: ITU-T X.690.

use std::borrow::Cow;

/// Items within each other, at most.
const DEEPEST: usize = 32;

/// Tags, with the class and whether something is inside.
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
/// `[0]`, with something inside.
pub(super) const CONTEXT_0: u8 = 0xA0;
/// What makes a tag one with something inside.
const CONSTRUCTED: u8 = 0x20;

/// One item.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    /// Its tag.
    pub(super) tag: u8,
    /// What is in it.
    pub(super) content: &'a [u8],
    /// All of it, with tag and length.
    pub(super) whole: &'a [u8],
}

/// Reads items from their start.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next item; `None` at the end, and where there is none.
    pub(super) fn next(&mut self) -> Option<Item<'a>> {
        let (item, rest) = item(self.0, DEEPEST)?;
        self.0 = rest;
        Some(item)
    }

    /// The items, one after another.
    pub(super) fn items(mut self) -> impl Iterator<Item = Item<'a>> {
        std::iter::from_fn(move || self.next())
    }

    /// The next item, if it has a tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<Item<'a>> {
        let mut ahead = *self;
        let item = ahead.next().filter(|item| item.tag == tag)?;
        *self = ahead;
        Some(item)
    }

    /// What is inside of the next item, if it has a tag.
    pub(super) fn enter(&mut self, tag: u8) -> Option<Reader<'a>> {
        self.take(tag).map(|item| Reader(item.content))
    }

    /// A whole number that is not negative and fits.
    pub(super) fn small(&mut self) -> Option<u64> {
        let digits = self.take(INTEGER)?.content;
        let first = digits.iter().position(|digit| *digit != 0).unwrap_or(digits.len());
        let digits = digits.get(first..).unwrap_or_default();
        if digits.len() > 8 {
            return None;
        }
        Some(digits.iter().fold(0, |number, digit| number << 8 | u64::from(*digit)))
    }

    /// An octet string, its pieces joined.
    pub(super) fn octets(&mut self) -> Option<Cow<'a, [u8]>> {
        let item = self.next()?;
        (item.tag & !CONSTRUCTED == OCTET_STRING).then(|| item.octets())?
    }
}

impl<'a> Item<'a> {
    /// The content of an octet string, which may have another tag; its pieces joined.
    pub(super) fn octets(&self) -> Option<Cow<'a, [u8]>> {
        if self.tag & CONSTRUCTED == 0 {
            return Some(Cow::Borrowed(self.content));
        }
        let mut joined = Vec::new();
        for piece in Reader(self.content).items() {
            if piece.tag != OCTET_STRING {
                return None;
            }
            joined.extend_from_slice(piece.content);
        }
        Some(Cow::Owned(joined))
    }
}

/// The first item of some bytes, and what follows it.
fn item(bytes: &[u8], depth: usize) -> Option<(Item<'_>, &[u8])> {
    let (&tag, &first) = (bytes.first()?, bytes.get(1)?);
    // No item of a keystore has a tag of several bytes.
    if tag & 0x1F == 0x1F {
        return None;
    }
    let (start, length) = match first {
        0x80 => return endless(bytes, tag, depth.checked_sub(1)?),
        0..0x80 => (2, usize::from(first)),
        _ => {
            let digits = bytes.get(2..2 + usize::from(first & 0x7F))?;
            if digits.len() > 4 {
                return None;
            }
            (2 + digits.len(), digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)))
        }
    };
    let end = start.checked_add(length)?;
    Some((Item { tag, content: bytes.get(start..end)?, whole: bytes.get(..end)? }, bytes.get(end..)?))
}

/// An item without a length, which ends with two zeros.
fn endless(bytes: &[u8], tag: u8, depth: usize) -> Option<(Item<'_>, &[u8])> {
    if tag & CONSTRUCTED == 0 {
        return None;
    }
    let inside = bytes.get(2..)?;
    let mut rest = inside;
    while !rest.starts_with(&[0, 0]) {
        rest = item(rest, depth)?.1;
    }
    let length = inside.len() - rest.len();
    let after = rest.get(2..)?;
    let whole = bytes.get(..bytes.len() - after.len())?;
    Some((Item { tag, content: inside.get(..length)?, whole }, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_short_long_or_not_given() {
        let mut long = vec![OCTET_STRING, 0x82, 0x01, 0x00];
        long.extend([7; 256]);
        for (bytes, content) in [
            (&[4, 2, 1, 2][..], Some(vec![1, 2])),
            (&long, Some(vec![7; 256])),
            (&[0x24, 0x80, 4, 1, 1, 4, 1, 2, 0, 0], Some(vec![1, 2])),
            (&[0x24, 6, 4, 1, 1, 4, 1, 2], Some(vec![1, 2])),
            (&[4, 3, 1, 2], None),
            (&[4, 0x80, 0, 0], None),
            (&[0x24, 0x80, 4, 1, 1], None),
            (&[4, 0x85, 0, 0, 0, 0, 1, 1], None),
            (&[4, 0xFF], None),
            (&[4], None),
            (&[], None),
        ] {
            assert_eq!(Reader(bytes).octets().map(Cow::into_owned), content, "{bytes:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = [[0x30, 0x80]; 200].concat();
        assert!(Reader(&nested).next().is_none());
    }

    #[test]
    fn numbers_are_read_as_far_as_they_fit() {
        for (bytes, number) in
            [(&[2, 1, 5][..], Some(5)), (&[2, 2, 0, 200], Some(200)), (&[2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], None)]
        {
            assert_eq!(Reader(bytes).small(), number);
        }
    }
}
