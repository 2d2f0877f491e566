//! `conf/deployment.toml`: reading it, and the translation of its keystore paths.
//!
//! In: its bytes. Out: a parsed [`Document`] with places, answers to small questions, or the same bytes with single
//! values rewritten. Always: bytes that are not rewritten stay as they are, comments and line ends included; no
//! message holds a value of the file.

pub mod keystore_paths;
pub mod read;

use std::fmt;
use std::ops::Range;

/// A parsed file that still knows where everything stands.
pub type Document = toml_edit::Document<String>;

/// More than this is no deployment.toml.
const LARGEST: usize = 8 << 20;

/// Why a file could not be parsed, with the place where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong: a lower-case fragment.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// Parses a file.
pub fn parse(toml: &[u8]) -> Result<Document, ParseError> {
    if toml.len() > LARGEST {
        return Err(ParseError { line: 1, column: 1, message: "it is larger than 8 MiB".to_owned() });
    }
    let at = |place: usize, message: String| {
        let before = String::from_utf8_lossy(toml.get(..place).unwrap_or_default());
        let line = before.rsplit('\n').next().unwrap_or_default();
        ParseError { line: before.matches('\n').count() + 1, column: line.chars().count() + 1, message }
    };
    let text = std::str::from_utf8(toml).map_err(|error| at(error.valid_up_to(), "no UTF-8".to_owned()))?;
    Document::parse(text.to_owned()).map_err(|error| {
        // The parser's message names keys and expected characters, never the text of a value.
        let message = error.message().lines().next().unwrap_or_default().to_owned();
        at(error.span().map_or(0, |span| span.start), message)
    })
}

/// The line, from 1, on which something starts.
pub(crate) fn line_of(document: &Document, span: Option<Range<usize>>) -> usize {
    let before = span.and_then(|span| document.raw().get(..span.start)).unwrap_or_default();
    before.matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parse_error_has_its_place_and_no_value() {
        for (toml, line, column) in [
            (&b"[a]\nb = 1\nb = 2\n"[..], 3, 1),
            (b"[a]\r\nb = \"s3cr3t\r\n", 2, 5),
            (b"\n[a\n", 2, 3),
            (b"a = \"\xE4\"", 1, 6),
            (b"[a]\n[a]\n", 2, 2),
        ] {
            let error = parse(toml).expect_err("no TOML");
            assert_eq!(error.line, line, "{error}");
            assert!(error.column.abs_diff(column) <= 10, "{error}");
            assert!(!error.to_string().contains("s3cr3t"), "{error}");
        }
    }

    #[test]
    fn lines_are_counted_from_one() {
        let document = parse(b"a = 1\r\n\r\n[t]\r\nb = 2\r\n").expect("TOML");
        let item = document.as_table().get("t").and_then(|table| table.get("b")).expect("an item");
        assert_eq!(line_of(&document, item.span()), 4);
    }
}
