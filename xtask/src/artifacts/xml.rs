//! XML as the server reads it: its encoding, what is wrong with it, and the lines of its elements.
//!
//! In: the bytes of a file. Out: its text, or why it has none. Always: no value of the file is in a message.

use crate::facts::synapse::{self, Unparsed};
use roxmltree::{Error, Node};

/// A line that a problem stands in, with a lower-case fragment that says what it is.
pub(super) type Problem = (String, Option<usize>);

/// The text of a file, or why its bytes are not what it says they are.
///
/// The server's parser takes a file for UTF-8 that does not say otherwise.
pub(super) fn text(bytes: &[u8]) -> Result<String, Problem> {
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return utf_16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return utf_16(rest, u16::from_be_bytes);
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let declared = declared_encoding(bytes);
        if declared.is_none_or(|name| name.eq_ignore_ascii_case("utf-8")) {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            return Err(("holds bytes that are not UTF-8, which it is read as".to_owned(), Some(line)));
        }
    }
    Ok(synapse::decode(bytes))
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| unit(*pair));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    match text {
        Ok(text) if rest.is_empty() => Ok(text),
        _ => Err(("is not the UTF-16 that its first bytes say".to_owned(), None)),
    }
}

/// The encoding that an XML declaration names.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let rest = bytes.strip_prefix(b"<?xml")?;
    let end = rest.iter().take(200).position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(rest.get(..end)?).ok()?;
    let (_, after) = declaration.split_once("encoding")?;
    let quoted = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    quoted.get(1..)?.split(quote).next()
}

/// What is wrong with a text that was not parsed; `None` where that is not known.
pub(super) fn problem(unparsed: &Unparsed) -> Option<Problem> {
    let Unparsed::Broken(error) = unparsed else { return None };
    let what = match error {
        Error::NoRootNode => return Some(("holds no whole element".to_owned(), None)),
        Error::UnclosedRootNode => return Some(("ends before its first element is closed".to_owned(), None)),
        Error::UnexpectedCloseTag(expected, actual, _) => {
            format!("closes `{}` where `{}` is open", clean(actual), clean(expected))
        }
        Error::DuplicatedAttribute(name, _) => format!("has an element with the attribute `{}` twice", clean(name)),
        Error::UnknownNamespace(prefix, _) => format!("does not declare the prefix `{}`", clean(prefix)),
        Error::UnknownEntityReference(..) => "refers to an entity that it does not declare".to_owned(),
        Error::MalformedEntityReference(_) => "holds a `&` that begins no entity".to_owned(),
        Error::InvalidAttributeValue(_) => "holds a `<` in the value of an attribute".to_owned(),
        Error::NonXmlChar(..) => "holds a character that XML does not allow".to_owned(),
        Error::UnexpectedDeclaration(_) => "has an XML declaration that does not stand at its start".to_owned(),
        Error::InvalidComment(_) => "has a comment with `--` in it".to_owned(),
        _ => "is not well-formed".to_owned(),
    };
    Some((what, usize::try_from(error.pos().row).ok()))
}

/// A name of a hostile file as a message may show it: on one line, and not too long.
pub(super) fn clean(name: &str) -> String {
    let mut shown = String::new();
    for character in name.chars() {
        if shown.len() > 200 {
            shown.push_str("..");
            break;
        }
        match character {
            '`' => shown.push('\''),
            control if control.is_control() => shown.extend(control.escape_default()),
            other => shown.push(other),
        }
    }
    shown
}

/// Where the lines of a text begin.
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// Of a text.
    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The line of an element, from 1.
    pub(super) fn line(&self, node: Node<'_, '_>) -> usize {
        self.0.partition_point(|end| *end < node.range().start) + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(bytes: &[u8]) -> Option<Problem> {
        match text(bytes) {
            Ok(text) => synapse::parse(&text).err().and_then(|unparsed| problem(&unparsed)),
            Err(problem) => Some(problem),
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (bytes, expected) in [
            (&b"<a>\n<b/>\n</c>"[..], Some(("closes `c` where `a` is open", Some(3)))),
            (b"<a>\n", Some(("ends before its first element is closed", None))),
            (b"", Some(("holds no whole element", None))),
            (b"<a x='1' x='2'/>", Some(("has an element with the attribute `x` twice", Some(1)))),
            (b"<a>\n<p:b/></a>", Some(("does not declare the prefix `p`", Some(2)))),
            (b"<a>sEcret&word;</a>", Some(("refers to an entity that it does not declare", Some(1)))),
            (b"<a>sEcret& word</a>", Some(("holds a `&` that begins no entity", Some(1)))),
            (b"<a>\n\n\xE4</a>", Some(("holds bytes that are not UTF-8, which it is read as", Some(3)))),
            (
                b"<?xml version='1.0' encoding=\"UTF-8\"?>\n<a>\xE4</a>",
                Some(("holds bytes that are not UTF-8, which it is read as", Some(2))),
            ),
            (b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE4</a>", None),
            (b"\xEF\xBB\xBF<a/>", None),
            (b"\xFF\xFE<\0a\0/\0>\0", None),
            (b"\xFE\xFF\0<\0a\0/\0>", None),
            (b"\xFF\xFE<\0a\0/\0>", Some(("is not the UTF-16 that its first bytes say", None))),
            // Nothing is known of these.
            (b"<!DOCTYPE a><a/>", None),
            (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", None),
        ] {
            let expected = expected.map(|(what, line)| (what.to_owned(), line));
            assert_eq!(problem_of(bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn hostile_names_stay_on_one_line() {
        assert_eq!(clean("a\nb`c"), "a\\nb'c");
        assert!(clean(&"x".repeat(100_000)).len() < 300);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let text = "<a>\n<b/>\n\n<c/></a>";
        let document = synapse::parse(text).expect("sound");
        let lines = Lines::of(text);
        let found: Vec<_> = document.descendants().filter(Node::is_element).map(|node| lines.line(node)).collect();
        assert_eq!(found, [1, 2, 4]);
    }
}
