//! Where keys, values and comments stand in a text that the parser took.
//!
//! In: the text of a key or value. Out: their parts with places. Always: bounded in depth; what is nested deeper than a
//! person would write is one part.

use super::literal;
use std::ops::Range;
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// Deeper than this nobody nests values.
const DEEPEST: usize = 64;

/// A value, where it stands.
#[derive(Debug, PartialEq)]
pub(super) enum Node {
    /// Anything without parts.
    Scalar(Range<usize>),
    /// `[ .. ]`
    Array {
        /// Brackets included.
        place: Range<usize>,
        /// What is in it.
        elements: Vec<Node>,
        /// The comma after each element; the last may have none.
        commas: Vec<usize>,
    },
    /// `{ .. }`
    Table {
        /// Braces included.
        place: Range<usize>,
        /// What is in it.
        entries: Vec<Entry>,
    },
}

/// `a.b = value` in an inline table.
#[derive(Debug, PartialEq)]
pub(super) struct Entry {
    /// The parts of its key, never none.
    pub(super) key: Vec<Part>,
    /// Its value.
    pub(super) value: Node,
}

/// A part of a key.
#[derive(Debug, PartialEq)]
pub(super) struct Part {
    /// Decoded.
    pub(super) name: String,
    /// With its quotes.
    pub(super) place: Range<usize>,
}

impl Node {
    pub(super) fn place(&self) -> Range<usize> {
        match self {
            Self::Scalar(place) | Self::Array { place, .. } | Self::Table { place, .. } => place.clone(),
        }
    }
}

impl Entry {
    pub(super) fn place(&self) -> Range<usize> {
        let value = self.value.place();
        self.key.first().map_or(value.start, |part| part.place.start)..value.end
    }

    pub(super) fn key_end(&self) -> usize {
        self.key.last().map_or(0, |part| part.place.end)
    }
}

/// The value that a text is.
pub(super) fn node(text: &str) -> Option<Node> {
    let mut reader = Reader { text, tokens: tokens(text), at: 0 };
    reader.value(0)
}

/// The parts of the key that a text starts with; brackets and blanks before it are passed over.
pub(super) fn parts(text: &str) -> Vec<Part> {
    let mut reader = Reader { text, tokens: tokens(text), at: 0 };
    while matches!(reader.kind(), Some(TokenKind::LeftSquareBracket | TokenKind::Whitespace)) {
        reader.at += 1;
    }
    reader.key()
}

/// The comments in a text.
pub(super) fn comments(text: &str) -> Vec<&str> {
    if !text.contains('#') {
        return Vec::new();
    }
    let comments = tokens(text).into_iter().filter(|(kind, _)| *kind == TokenKind::Comment);
    comments.filter_map(|(_, place)| text.get(place)).collect()
}

fn tokens(text: &str) -> Vec<(TokenKind, Range<usize>)> {
    Source::new(text).lex().map(|token| (token.kind(), token.span().start()..token.span().end())).collect()
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<(TokenKind, Range<usize>)>,
    at: usize,
}

impl Reader<'_> {
    fn kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|(kind, _)| *kind)
    }

    fn start(&self) -> usize {
        self.tokens.get(self.at).map_or(self.text.len(), |(_, place)| place.start)
    }

    fn pass_space(&mut self) {
        while matches!(self.kind(), Some(TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment)) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        self.pass_space();
        match self.kind()? {
            TokenKind::LeftSquareBracket if depth < DEEPEST => self.array(depth),
            TokenKind::LeftCurlyBracket if depth < DEEPEST => self.table(depth),
            _ => self.scalar(),
        }
    }

    /// Up to the comma or bracket that ends it. What is nested too deep is passed over as one.
    fn scalar(&mut self) -> Option<Node> {
        let start = self.start();
        let (mut end, mut open) = (start, 0_usize);
        while let Some((kind, place)) = self.tokens.get(self.at) {
            match kind {
                TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => open += 1,
                TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket if open > 0 => open -= 1,
                TokenKind::Comma
                | TokenKind::RightSquareBracket
                | TokenKind::RightCurlyBracket
                | TokenKind::Newline
                | TokenKind::Comment
                | TokenKind::Eof
                    if open == 0 =>
                {
                    break;
                }
                _ => {}
            }
            if !matches!(kind, TokenKind::Whitespace | TokenKind::Newline | TokenKind::Comment) {
                end = place.end;
            }
            self.at += 1;
        }
        (end > start).then_some(Node::Scalar(start..end))
    }

    fn array(&mut self, depth: usize) -> Option<Node> {
        let start = self.start();
        self.at += 1;
        let (mut elements, mut commas) = (Vec::new(), Vec::new());
        loop {
            self.pass_space();
            if self.kind()? == TokenKind::RightSquareBracket {
                break;
            }
            elements.push(self.value(depth + 1)?);
            self.pass_space();
            match self.kind()? {
                TokenKind::Comma => {
                    commas.push(self.start());
                    self.at += 1;
                }
                TokenKind::RightSquareBracket => {}
                _ => return None,
            }
        }
        self.at += 1;
        Some(Node::Array { place: start..self.end_before(), elements, commas })
    }

    fn table(&mut self, depth: usize) -> Option<Node> {
        let start = self.start();
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.pass_space();
            match self.kind()? {
                TokenKind::RightCurlyBracket => break,
                TokenKind::Comma => {
                    self.at += 1;
                    continue;
                }
                _ => {}
            }
            let key = self.key();
            if key.is_empty() || self.kind()? != TokenKind::Equals {
                return None;
            }
            self.at += 1;
            entries.push(Entry { key, value: self.value(depth + 1)? });
        }
        self.at += 1;
        Some(Node::Table { place: start..self.end_before(), entries })
    }

    fn end_before(&self) -> usize {
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        before.map_or(self.text.len(), |(_, place)| place.end)
    }

    fn key(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        while let Some((kind, place)) = self.tokens.get(self.at) {
            match kind {
                TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString => {
                    let written = self.text.get(place.clone()).unwrap_or_default();
                    let name = literal::decoded(written).unwrap_or_else(|| written.to_owned());
                    parts.push(Part { name, place: place.clone() });
                }
                TokenKind::Dot | TokenKind::Whitespace => {}
                _ => break,
            }
            self.at += 1;
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(node: &Node, text: &str) -> String {
        match node {
            Node::Scalar(place) => text[place.clone()].to_owned(),
            Node::Array { elements, commas, place } => {
                let elements: Vec<String> = elements.iter().map(|element| shown(element, text)).collect();
                assert!(text[place.clone()].starts_with('[') && text[place.clone()].ends_with(']'));
                assert!(commas.iter().all(|at| &text[*at..=*at] == ","));
                format!("[{}]", elements.join("|"))
            }
            Node::Table { entries, place } => {
                assert!(text[place.clone()].starts_with('{') && text[place.clone()].ends_with('}'));
                let entries = entries.iter().map(|entry| {
                    let names: Vec<&str> = entry.key.iter().map(|part| part.name.as_str()).collect();
                    format!("{}:{}", names.join("/"), shown(&entry.value, text))
                });
                format!("{{{}}}", entries.collect::<Vec<_>>().join("|"))
            }
        }
    }

    #[test]
    fn the_parts_of_a_value_are_found() {
        for (text, expected) in [
            ("1.5", "1.5"),
            ("1979-05-27 07:32:00", "1979-05-27 07:32:00"),
            ("\"a # , ]\"", "\"a # , ]\""),
            ("[]", "[]"),
            ("[1, 'b,', # ]\n [2,],\n]", "[1|'b,'|[2]]"),
            ("{}", "{}"),
            ("{ a.'b c' = 1, \"d\" = { e = [{}] } }", "{a/b c:1|d:{e:[{}]}}"),
            ("[\"\"\"a\n]\"\"\", '''\n''']", "[\"\"\"a\n]\"\"\"|'''\n''']"),
        ] {
            assert_eq!(shown(&node(text).expect("a value"), text), expected);
        }
        let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
        assert!(node(&deep).is_some());
        assert_eq!(node("[1"), None);
    }

    #[test]
    fn the_parts_of_a_key_are_found() {
        for text in ["[[a . 'b.c'.\"\\u0064\"]] # x", "a . 'b.c'.\"\\u0064\" = 5", "  [ a.'b.c'.d ]"] {
            let names: Vec<String> = parts(text).into_iter().map(|part| part.name).collect();
            assert_eq!(names, ["a", "b.c", "d"], "{text}");
        }
        assert_eq!(comments("[1, # a\n '# no', # b\n]"), ["# a", "# b"]);
    }
}
