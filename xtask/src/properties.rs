//! Java `.properties` files.
//!
//! In: the bytes of one. Out: its keys and values in their order, or the same bytes with single values replaced.
//! Always: read as `java.util.Properties` reads it (escapes, continued lines, three kinds of separators); a rewrite
//! leaves every byte outside the replaced values alone, and Java reads the new value back as it was given.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its key, without escapes.
    pub key: String,
    /// Its value, without escapes.
    pub value: String,
    /// The line where it starts, from 1.
    pub line: usize,
}

/// The properties in their order; one that is given twice is there twice, and Java takes the last.
pub fn read(text: &[u8]) -> Vec<Property> {
    raw(text)
        .into_iter()
        .map(|raw| Property {
            key: unescape(text.get(raw.key).unwrap_or_default()),
            value: unescape(text.get(raw.value).unwrap_or_default()),
            line: raw.line,
        })
        .collect()
}

/// Keys and values in their order as they stand in the file, escapes included. Lines that are continued are joined, and
/// text that is no UTF-8 is said in escapes: Java reads the same from both.
pub fn escaped(text: &[u8]) -> Vec<(String, String)> {
    let part = |range: Range<usize>| {
        let joined = joined(text.get(range).unwrap_or_default());
        String::from_utf8(joined).unwrap_or_else(|error| escape(&unescape(error.as_bytes())))
    };
    raw(text).into_iter().map(|raw| (part(raw.key), part(raw.value))).collect()
}

/// What a file has that the one it was shipped as has not: keys and values as [`escaped`] gives them. Of a key that is
/// given twice the last counts, as for Java.
pub fn added(file: &[u8], shipped: Option<&[u8]>) -> Vec<(String, String)> {
    let shipped: BTreeSet<_> = shipped.map(escaped).unwrap_or_default().into_iter().collect();
    let mut seen = BTreeSet::new();
    let mut added = escaped(file);
    added.reverse();
    added.retain(|(name, _)| seen.insert(name.clone()));
    added.reverse();
    added.retain(|property| !shipped.contains(property));
    added
}

/// A raw key or value without the ends of continued lines.
fn joined(raw: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(raw.len());
    let mut reader = Reader { text: raw, at: 0, line: 1 };
    while let Some(byte) = reader.peek() {
        let next = raw.get(reader.at + 1).copied();
        reader.at += 1;
        match next {
            Some(end) if byte == b'\\' && is_end(end) => {
                reader.line_end();
                reader.skip(is_blank);
            }
            Some(escaped) if byte == b'\\' => {
                reader.at += 1;
                joined.extend([byte, escaped]);
            }
            // Java drops a backslash at the very end.
            None if byte == b'\\' => {}
            _ => joined.push(byte),
        }
    }
    joined
}

/// The value that Java sees for a key.
pub fn value(text: &[u8], key: &str) -> Option<String> {
    read(text).into_iter().rev().find(|property| property.key == key).map(|property| property.value)
}

/// Replaces the values for which `changes` gives a new one.
pub fn rewrite(text: &[u8], changes: &dyn Fn(&str, &str) -> Option<String>) -> Vec<u8> {
    let mut result = Vec::with_capacity(text.len());
    let mut at = 0;
    for raw in raw(text) {
        let key = text.get(raw.key.clone()).unwrap_or_default();
        let value = text.get(raw.value.clone()).unwrap_or_default();
        let Some(new) = changes(&unescape(key), &unescape(value)) else { continue };
        let gap = text.get(raw.key.end..raw.value.start).unwrap_or_default();
        let mark = gap.iter().position(|byte| matches!(byte, b'=' | b':')).map(|at| at + 1);
        // A gap that is continued on a next line ends at its mark: before an empty value it would run on.
        let kept = if gap.iter().any(|byte| is_end(*byte)) { mark.unwrap_or(0) } else { gap.len() };
        result.extend_from_slice(text.get(at..raw.key.end + kept).unwrap_or_default());
        if kept == 0 {
            result.push(b'=');
        }
        result.extend_from_slice(escape(&new).as_bytes());
        at = raw.value.end;
    }
    result.extend_from_slice(text.get(at..).unwrap_or_default());
    result
}

/// Where a property's key and value stand, escapes and continued lines included.
struct Raw {
    key: Range<usize>,
    value: Range<usize>,
    line: usize,
}

fn raw(text: &[u8]) -> Vec<Raw> {
    let mut properties = Vec::new();
    let mut reader = Reader { text, at: 0, line: 1 };
    while reader.at < text.len() {
        reader.skip(|byte| is_blank(byte) || is_end(byte));
        let Some(first) = reader.peek() else { break };
        if matches!(first, b'#' | b'!') {
            // A comment is not continued by a backslash at its end.
            reader.skip(|byte| !is_end(byte));
            continue;
        }
        let (start, line) = (reader.at, reader.line);
        reader.logical(|byte| matches!(byte, b'=' | b':') || is_blank(byte));
        let key = start..reader.at;
        reader.logical(|byte| !is_blank(byte));
        if matches!(reader.peek(), Some(b'=' | b':')) {
            reader.at += 1;
            reader.logical(|byte| !is_blank(byte));
        }
        let start = reader.at;
        reader.logical(|_| false);
        // Where only blanks follow a key that stands alone, they are no separator.
        properties.push(Raw { key, value: start..reader.at, line });
    }
    properties
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\x0C')
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes one byte, and counts a line at the last byte of its end.
    fn pass(&mut self) {
        let next = self.text.get(self.at + 1);
        if self.peek() == Some(b'\n') || (self.peek() == Some(b'\r') && next != Some(&b'\n')) {
            self.line += 1;
        }
        self.at += 1;
    }

    fn skip(&mut self, also: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&also) {
            self.pass();
        }
    }

    /// Goes on inside a logical line up to its end, or to an unescaped byte that `stop` knows.
    fn logical(&mut self, stop: impl Fn(u8) -> bool) {
        while let Some(byte) = self.peek() {
            if byte == b'\\' {
                let Some(&next) = self.text.get(self.at + 1) else {
                    self.at += 1;
                    return;
                };
                if is_end(next) {
                    self.at += 1;
                    self.line_end();
                    self.skip(is_blank);
                    continue;
                }
                if stop(b'\\') {
                    return;
                }
                self.at += 2;
            } else if is_end(byte) || stop(byte) {
                return;
            } else {
                self.at += 1;
            }
        }
    }

    fn line_end(&mut self) {
        if self.text.get(self.at..self.at + 2) == Some(b"\r\n") {
            self.at += 1;
        }
        self.pass();
    }
}

/// The characters that a raw key or value stands for. Bytes that are no UTF-8 are Latin-1, as Java has it.
fn unescape(raw: &[u8]) -> String {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => raw.iter().copied().map(char::from).collect(),
    };
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            continue;
        }
        match rest.next() {
            Some('t') => units.push(u16::from(b'\t')),
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('f') => units.push(0x0C),
            Some('u') => {
                let digits: String = std::iter::from_fn(|| rest.next_if(char::is_ascii_hexdigit)).take(4).collect();
                units.extend(u16::from_str_radix(&digits, 16));
            }
            Some(end @ ('\n' | '\r')) => {
                if end == '\r' {
                    rest.next_if_eq(&'\n');
                }
                while rest.next_if(|c| matches!(c, ' ' | '\t' | '\x0C')).is_some() {}
            }
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut [0; 2])),
            None => {}
        }
    }
    String::from_utf16_lossy(&units)
}

/// A value as it is written so that Java reads it back: plain ASCII.
fn escape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (place, unit) in value.encode_utf16().enumerate() {
        match u8::try_from(unit) {
            Ok(b'\\') => text.push_str("\\\\"),
            Ok(b'\t') => text.push_str("\\t"),
            Ok(b'\n') => text.push_str("\\n"),
            Ok(b'\r') => text.push_str("\\r"),
            // At its start these would count to the separator.
            Ok(byte @ (b' ' | b':' | b'=')) if place == 0 => text.extend(['\\', char::from(byte)]),
            Ok(byte @ 0x20..=0x7E) => text.push(char::from(byte)),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(text, "\\u{unit:04X}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<(String, String, usize)> {
        read(text.as_bytes()).into_iter().map(|found| (found.key, found.value, found.line)).collect()
    }

    #[test]
    fn properties_are_read_as_java_reads_them() {
        for (text, expected) in [
            ("a=b", vec![("a", "b", 1)]),
            ("  a : b \n", vec![("a", "b ", 1)]),
            ("a b=c", vec![("a", "b=c", 1)]),
            ("a = = b", vec![("a", "= b", 1)]),
            ("a\n\nb=\n", vec![("a", "", 1), ("b", "", 3)]),
            ("# x=1\\\n! y=2\r\nz=3\r\n", vec![("z", "3", 3)]),
            ("a=1,\\\n   2,\\\r\n\t3\nb=4", vec![("a", "1,2,3", 1), ("b", "4", 4)]),
            ("a\\=b\\:c\\ d=e", vec![("a=b:c d", "e", 1)]),
            ("a=x\\\\\nb=y", vec![("a", "x\\", 1), ("b", "y", 2)]),
            ("a=\\u00e4\\t\\z\\\"", vec![("a", "\u{e4}\tz\"", 1)]),
            ("a=\\uD83D\\uDE00", vec![("a", "\u{1F600}", 1)]),
            ("ke\\\n  y=v", vec![("key", "v", 1)]),
            ("a=b\\", vec![("a", "b", 1)]),
            ("a=\\\n\nb=c", vec![("a", "", 1), ("b", "c", 3)]),
            ("env\\:X=1\r", vec![("env:X", "1", 1)]),
            ("=v", vec![("", "v", 1)]),
            ("", vec![]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(key, value, line)| (key.to_owned(), value.to_owned(), line)).collect();
            assert_eq!(pairs(text), expected, "{text:?}");
        }
        assert_eq!(read(b"a=\xE4")[0].value, "\u{e4}");
        assert_eq!(value(b"a=1\na=2\n", "a").as_deref(), Some("2"));
        assert_eq!(value(b"a=1\n", "b"), None);
    }

    #[test]
    fn properties_are_given_as_they_stand_in_the_file() {
        for (text, key, value) in [
            (&b"a = \\\\S+\\u00e4 \n"[..], "a", "\\\\S+\\u00e4 "),
            (b"a\\ b=x", "a\\ b", "x"),
            (b"a=1,\\\r\n   2,\\\n\t3", "a", "1,2,3"),
            (b"a=x\\\\\nb=y", "a", "x\\\\"),
            ("a=\u{e4}".as_bytes(), "a", "\u{e4}"),
            (b"a=\xE4\\\\d", "a", "\\u00E4\\\\d"),
            (b"a=b\\", "a", "b"),
        ] {
            let first = escaped(text).into_iter().next();
            assert_eq!(first, Some((key.to_owned(), value.to_owned())), "{text:?}");
        }
    }

    #[test]
    fn a_rewrite_touches_nothing_but_the_value() {
        let change = |key: &str, value: &str| (key == "b").then(|| format!("/new home/{value}\\x"));
        for (text, expected) in [
            ("# b=1\r\na=1\r\nb = old \r\nc=2", "# b=1\r\na=1\r\nb = /new home/old \\\\x\r\nc=2"),
            ("b=1,\\\n  2\nc=3\n", "b=/new home/1,2\\\\x\nc=3\n"),
            ("b", "b=/new home/\\\\x"),
            ("b=", "b=/new home/\\\\x"),
            ("a=1\\\nb=2", "a=1\\\nb=2"),
        ] {
            assert_eq!(String::from_utf8_lossy(&rewrite(text.as_bytes(), &change)), expected, "{text:?}");
        }
        let emptied = rewrite(b"b=\\\rx\nc=1\n", &|key, _| (key == "b").then(String::new));
        assert_eq!(String::from_utf8_lossy(&emptied), "b=\nc=1\n");
        let untouched = b"a=\xE4\r\n\\u0041: x\\\n y\r\n".to_vec();
        assert_eq!(rewrite(&untouched, &|_, _| None), untouched);
    }

    proptest! {
        #[test]
        fn what_stands_in_the_file_reads_back(text in "[a-c=:u0-4e #\\\\\r\n]{0,30}") {
            for (raw, read) in escaped(text.as_bytes()).into_iter().zip(read(text.as_bytes())) {
                let line = format!("k={}\n", raw.1);
                prop_assert_eq!(value(line.as_bytes(), "k"), Some(read.value), "{:?}", raw);
            }
        }

        #[test]
        fn a_new_value_reads_back(before in "([a-c #!=:\\\\\r\n]|b=){0,20}", new in "\\PC{0,12}|[ \t\n\r\\\\#=:]{0,6}") {
            let text = format!("{before}\nb=old\nz=1\n");
            let old = read(text.as_bytes());
            let rewritten = rewrite(text.as_bytes(), &|key, _| (key == "b").then(|| new.clone()));
            let expected: Vec<_> = old
                .into_iter()
                .map(|found| (found.value, found.key))
                .map(|(value, key)| if key == "b" { (new.clone(), key) } else { (value, key) })
                .collect();
            let now: Vec<_> = read(&rewritten).into_iter().map(|found| (found.value, found.key)).collect();
            prop_assert_eq!(now, expected);
        }
    }

    #[test]
    fn what_was_added_is_taken_as_it_stands() {
        let file = "# a=1\n a.b = \\\\d{4} \r\nc:x=y\nd=1,\\\n   2\na.b=last\n";
        let found = added(file.as_bytes(), None);
        let found: Vec<_> = found.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(found, [("c", "x=y"), ("d", "1,2"), ("a.b", "last")]);
        assert_eq!(added(b"a=1\nb=2\n", Some(b"a=1\nb=3\n")), [("b".to_owned(), "2".to_owned())]);
        assert_eq!(added(b"a = \\\\d \n", None), [("a".to_owned(), "\\\\d ".to_owned())]);
        assert!(added(b"# only comments", None).is_empty());
    }
}
