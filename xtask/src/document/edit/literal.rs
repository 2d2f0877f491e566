//! Values as TOML writes them.
//!
//! In: a value, and the bytes that stood there. Out: the new bytes. Always: the server's parser (cava-toml 0.5.0) takes
//! them, which knows neither `\e` nor `\x` and no raw tab in a basic string; of a string that only gains or loses
//! something, the rest keeps the bytes that it was written with.

use crate::document::{Value, key};
use std::fmt::Write as _;
use std::ops::Range;

/// A value on one line.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::String(text) => string(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => "nan".to_owned(),
        Value::Float(number) if number.is_infinite() => if *number > 0.0 { "inf" } else { "-inf" }.to_owned(),
        // Always with a fraction or an exponent, as TOML wants it.
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(value) => value.to_string(),
        Value::Date(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(element).collect::<Vec<_>>().join(", ")),
        Value::Table(table) if table.is_empty() => "{}".to_owned(),
        Value::Table(table) => {
            let entries = table.iter().map(|(name, value)| format!("{} = {}", key::quoted(name), written(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A value in an array. The server's parser wants a blank after a date there.
pub(super) fn element(value: &Value) -> String {
    let blank = if matches!(value, Value::Date(_)) { " " } else { "" };
    written(value) + blank
}

/// Whether a value is a date or a time, as far as that can be seen from how it is written.
pub(super) fn is_date(written: &str) -> bool {
    let bytes = written.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_digit) && (bytes.get(4) == Some(&b'-') || bytes.get(2) == Some(&b':'))
}

/// A new string: in double quotes, or in single ones where that saves escapes.
fn string(text: &str) -> String {
    let escapes = text.contains(['"', '\\']);
    let made = if escapes { Notation::Literal.put(text, None) } else { None };
    let (made, quotes) = match made {
        Some(made) => (made, '\''),
        None => (escaped(text), '"'),
    };
    format!("{quotes}{made}{quotes}")
}

/// A string in the place of another: in its notation where that can hold it, with the bytes that both have in common.
pub(super) fn string_for(written: &str, old: &str, new: &str) -> String {
    let Some(read) = Read::of(written).filter(|read| read.text() == old) else { return string(new) };
    let quotes = read.notation.quotes();
    let fresh = || {
        let made = read.notation.put(new, read.line_end)?;
        // A line end right after the quotes is not part of the text.
        let opening = if new.starts_with('\n') { read.line_end.unwrap_or_default() } else { "" };
        Some(format!("{quotes}{opening}{made}{quotes}"))
    };
    let holds = |made: &String| Read::of(made).is_some_and(|read| read.text() == new && !read.ends_with_quote(made));
    read.spliced(written, new).filter(holds).or_else(|| fresh().filter(holds)).unwrap_or_else(|| string(new))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Notation {
    Basic,
    Literal,
    LongBasic,
    LongLiteral,
}

impl Notation {
    fn quotes(self) -> &'static str {
        match self {
            Self::Basic => "\"",
            Self::Literal => "'",
            Self::LongBasic => "\"\"\"",
            Self::LongLiteral => "'''",
        }
    }

    fn is_basic(self) -> bool {
        matches!(self, Self::Basic | Self::LongBasic)
    }

    fn is_long(self) -> bool {
        matches!(self, Self::LongBasic | Self::LongLiteral)
    }

    /// A text in it, without the quotes. None where it cannot hold the text. Lines are lines where the string has
    /// some already: then `line_end` says how they end.
    fn put(self, text: &str, line_end: Option<&str>) -> Option<String> {
        let line_end = line_end.filter(|_| self.is_long());
        let lines: Vec<&str> = if line_end.is_some() { text.split('\n').collect() } else { vec![text] };
        if self.is_basic() {
            let lines: Vec<String> = lines.into_iter().map(escaped).collect();
            return Some(lines.join(line_end.unwrap_or_default()));
        }
        let quote = if self.is_long() { text.contains("'''") } else { text.contains('\'') };
        let control = lines.iter().any(|line| line.chars().any(char::is_control));
        (!quote && !control).then(|| lines.join(line_end.unwrap_or_default()))
    }
}

fn escaped(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => made.push_str("\\\""),
            '\\' => made.push_str("\\\\"),
            '\n' => made.push_str("\\n"),
            '\r' => made.push_str("\\r"),
            '\t' => made.push_str("\\t"),
            control if control.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(made, "\\u{:04X}", u32::from(control));
            }
            plain => made.push(plain),
        }
    }
    made
}

/// A string as it is written, character for character.
struct Read {
    notation: Notation,
    /// Each with its bytes.
    characters: Vec<(Range<usize>, char)>,
    /// Where the first of them starts.
    start: usize,
    /// How its lines end, where it has more than one.
    line_end: Option<&'static str>,
}

impl Read {
    fn of(written: &str) -> Option<Self> {
        let all = [Notation::LongBasic, Notation::LongLiteral, Notation::Basic, Notation::Literal];
        let inside = |notation: Notation| {
            let quotes = notation.quotes();
            written.strip_prefix(quotes)?.strip_suffix(quotes)
        };
        let (notation, inner) = all.into_iter().find_map(|notation| inside(notation).map(|inner| (notation, inner)))?;
        let mut start = notation.quotes().len();
        if notation.is_long() {
            // The line end right after the quotes is not part of the text.
            start += ["\r\n", "\n"].into_iter().find(|end| inner.starts_with(end)).map_or(0, str::len);
        }
        let end = written.len() - notation.quotes().len();
        let mut characters = Vec::new();
        let mut at = start;
        while at < end {
            let rest = written.get(at..end)?;
            let (length, character) = one(rest, notation)?;
            characters.push((at..at + length, character));
            at += length;
        }
        let line_end = ["\r\n", "\n"].into_iter().find(|end| inner.contains(end));
        Some(Self { notation, characters, start, line_end })
    }

    fn text(&self) -> String {
        self.characters.iter().map(|(_, character)| *character).collect()
    }

    /// Whether there are four quotes at its end, which the server refuses.
    fn ends_with_quote(&self, written: &str) -> bool {
        let last = self.characters.last().and_then(|(place, _)| written.get(place.clone()));
        self.notation.is_long() && last.is_some_and(|last| self.notation.quotes().starts_with(last))
    }

    /// The bytes with only that replaced in which the texts differ.
    fn spliced(&self, written: &str, new: &str) -> Option<String> {
        let new: Vec<char> = new.chars().collect();
        let same = |(old, new): &(&(Range<usize>, char), &char)| old.1 == **new;
        let from = self.characters.iter().zip(&new).take_while(same).count();
        let most = self.characters.len().min(new.len()) - from;
        let tail = self.characters.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
        let put: String = new.get(from..new.len() - tail)?.iter().collect();
        let put = self.notation.put(&put, self.line_end)?;
        let place = |at: usize| match at.checked_sub(1).and_then(|before| self.characters.get(before)) {
            Some((place, _)) => place.end,
            None => self.start,
        };
        let to = self.characters.len() - tail;
        Some(format!("{}{put}{}", written.get(..place(from))?, written.get(place(to)..)?))
    }
}

/// The first character of what is written, and the number of its bytes. As the server reads it: a line ends with a
/// line feed whatever the file has, also after a backslash, and half a character is a question mark.
fn one(rest: &str, notation: Notation) -> Option<(usize, char)> {
    let first = rest.chars().next()?;
    let barred = match notation {
        Notation::Basic => first == '"',
        Notation::Literal => first == '\'',
        Notation::LongBasic => rest.starts_with("\"\"\""),
        Notation::LongLiteral => rest.starts_with("'''"),
    };
    if barred {
        return None;
    }
    if rest.starts_with("\r\n") {
        return Some((2, '\n'));
    }
    if first != '\\' || !notation.is_basic() {
        return Some((first.len_utf8(), first));
    }
    let inside = rest.get(1..)?;
    let line = inside.trim_start_matches([' ', '\t']);
    if notation.is_long()
        && let Some(end) = ["\r\n", "\n"].into_iter().find(|end| line.starts_with(end))
    {
        return Some((rest.len() - line.len() + end.len(), '\n'));
    }
    let short = |character| Some((2, character));
    match inside.chars().next()? {
        'b' => short('\u{8}'),
        't' => short('\t'),
        'n' => short('\n'),
        'f' => short('\u{c}'),
        'r' => short('\r'),
        escape @ ('"' | '\\') => short(escape),
        'u' => unicode(rest),
        'U' => Some((10, char::from_u32(hexadecimal(rest, 8)?)?)),
        _ => None,
    }
}

/// `\uXXXX`, or two of them that Java has for one character.
fn unicode(rest: &str) -> Option<(usize, char)> {
    let number = hexadecimal(rest, 4)?;
    let second = rest.get(6..).filter(|rest| rest.starts_with("\\u")).and_then(|rest| hexadecimal(rest, 4));
    match (number, second) {
        (0xD800..=0xDBFF, Some(second @ 0xDC00..=0xDFFF)) => {
            Some((12, char::from_u32(0x1_0000 + ((number - 0xD800) << 10) + (second - 0xDC00))?))
        }
        _ => Some((6, char::from_u32(number).unwrap_or('?'))),
    }
}

fn hexadecimal(rest: &str, digits: usize) -> Option<u32> {
    let digits = rest.get(2..2 + digits)?;
    u32::from_str_radix(digits, 16).ok()
}

/// A string as it is written in a key or value, decoded. None where it is no string.
pub(super) fn decoded(written: &str) -> Option<String> {
    Read::of(written).map(|read| read.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_keeps_its_notation_and_what_stays_of_it() {
        for (written, old, new, expected) in [
            (r#""a.jks""#, "a.jks", "p/a.jks", r#""p/a.jks""#),
            (r#""\u00e4.jks""#, "ä.jks", "p/ä.jks", r#""p/\u00e4.jks""#),
            (r#""p/\u00e4""#, "p/ä", "ä", r#""\u00e4""#),
            (r#""\u00e4$ref{k}\u00e4""#, "ä$ref{k}ä", "äxä", r#""\u00e4x\u00e4""#),
            (r"'a\b'", r"a\b", r"c\a\b", r"'c\a\b'"),
            ("'ab'", "ab", "a'b", r#""a'b""#),
            ("'ab'", "ab", "a\tb", r#""a\tb""#),
            ("'''a'b'''", "a'b", "a'c", "'''a'c'''"),
            ("'''a'b'''", "a'b", "a'", r#""a'""#),
            ("\"\"\"\na\\\n  b\"\"\"", "a\n  b", "a\n  bc", "\"\"\"\na\\\n  bc\"\"\""),
            ("'''\r\na\r\nb'''", "a\nb", "a\nx\nb", "'''\r\na\r\nx\r\nb'''"),
            ("\"\"\"a\nb\"\"\"", "a\nb", "\na\nb", "\"\"\"\n\na\nb\"\"\""),
            (r#""\uD83D\uDE00.a""#, "\u{1F600}.a", "\u{1F600}.b", r#""\uD83D\uDE00.b""#),
            ("\"\"\"\na\nb\"\"\"", "a\nb", "xa\nb", "\"\"\"\nxa\nb\"\"\""),
            ("\"\"\"a\"b\"\"\"", "a\"b", "a\"b\"", "\"\"\"a\"b\\\"\"\"\""),
            ("'''\na\nb'''", "a\nb", "a\nc", "'''\na\nc'''"),
            (r#""aa""#, "aa", "aaa", r#""aaa""#),
            (r#""a""#, "a", "a\n\t\u{1}\"\\", r#""a\n\t\u0001\"\\""#),
            (r#""""#, "", r#"a"b\"#, r#""a\"b\\""#),
            (r#""\uD800a""#, "?a", "?b", r#""\uD800b""#),
            ("5", "", "x", r#""x""#),
        ] {
            assert_eq!(string_for(written, old, new), expected, "{written} to {new}");
        }
    }

    #[test]
    fn values_are_written_as_the_server_reads_them() {
        for (value, expected) in [
            (Value::from("a"), r#""a""#),
            (Value::from(r"c:\a"), r"'c:\a'"),
            (Value::from("it's \"x\""), r#""it's \"x\"""#),
            (Value::Integer(-5), "-5"),
            (Value::Float(1.0), "1.0"),
            (Value::Float(1e300), "1e300"),
            (Value::Float(f64::NEG_INFINITY), "-inf"),
            (Value::Float(f64::NAN), "nan"),
            (Value::from(true), "true"),
            (Value::Date("1979-05-27".into()), "1979-05-27"),
            (Value::Array(vec![Value::Integer(1), Value::Integer(2)]), "[1, 2]"),
            (Value::Array(Vec::new()), "[]"),
            (Value::Table([("a b".to_owned(), Value::Integer(1))].into_iter().collect()), "{ 'a b' = 1 }"),
        ] {
            assert_eq!(written(&value), expected);
        }
    }
}
