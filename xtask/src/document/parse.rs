//! Reads a deployment.toml as the server's parser does.
//!
//! In: bytes. Out: a [`Document`], or a [`Refusal`] with its place. Always: what the server's parser refuses, or
//! crashes on, is refused here; what it accepts is accepted, within limits. Nothing of a value is in a message.
//!
//! What it takes otherwise than TOML 1.0 does, beside what `lexer`, `strings`, `scalars` and `tables` say: no
//! byte order mark; no line end before a comma of an array and none in an inline table; arrays of one kind of value
//! only, where arrays inside of arrays count as one kind; bytes that are no UTF-8 become U+FFFD. A key with a quote in
//! it crashes config-mapper, which writes keys with single quotes and reads them again; one with other characters than
//! those of ASCII it does not find again: see [`super::key::is_found_again`].
//!
//! Limits of this program, which the server does not have ([`Server::Takes`]), are [`LARGEST`] bytes, [`MOST_LINES`]
//! lines, keys and values nested [`DEEPEST`] deep, and a sum in memory of all keys that is in proportion: no real file
//! comes near.
//!
//! Source: cava-toml 0.5.0, `TomlLexer.g4`, `TomlParser.g4`, `LineVisitor`; config-mapper v1.0.12 and v1.0.18,
//! `TomlParser`.

mod lexer;
mod reader;
mod strings;
mod scalars;
mod tables;
mod faults;
#[cfg(test)]
mod tests;

use super::{Document, Statement};
use lexer::{Kind, Lexer};
use reader::Parser;
use std::fmt;

/// More than this is no deployment.toml. In bytes.
pub const LARGEST: usize = 8 << 20;

/// More lines are in no deployment.toml, even with every comment that was ever written into one.
pub const MOST_LINES: usize = 50_000;

/// Keys have no more parts, and values are not nested deeper.
pub const DEEPEST: usize = 100;

/// Keys and values may need so much memory, by a rough count in bytes.
const MOST_MEMORY: usize = 512 << 20;
/// What a statement, a setting and a value need at least.
const EACH: usize = 160;

/// Why the server would not take a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// What the server does with it.
    pub server: Server,
}

/// What the server does with a file that is not read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// It says that the configuration cannot be parsed, and exits.
    Refuses,
    /// It ends with a stack trace.
    Crashes,
    /// It may well take it: the limit is one of this program.
    Takes,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// Parses a file.
pub fn parse(toml: &[u8]) -> Result<Document, Refusal> {
    let too_much = |message| Refusal { line: 1, column: 1, message, server: Server::Takes };
    if toml.len() > LARGEST {
        return Err(too_much(format!("the file is larger than {} MiB", LARGEST >> 20)));
    }
    if toml.split(|byte| *byte == b'\n').nth(MOST_LINES + 1).is_some() {
        return Err(too_much(format!("the file has more than {MOST_LINES} lines")));
    }
    let text = String::from_utf8_lossy(toml).into_owned();
    let mut parser = Parser::new(&text);
    match parser.document() {
        Ok(root) => {
            let (statements, settings) = (parser.statements, parser.settings);
            Ok(Document::new(text, statements, settings, root))
        }
        Err(fault) => Err(fault.refusal(&text)),
    }
}

/// The statements of a text whose tables and keys may clash; `None` where more is wrong with it. Tables are not looked
/// at, so an assignment does not know its own.
pub(super) fn statements(text: &str) -> Option<Vec<Statement>> {
    let mut parser = Parser::new(text);
    parser.with_tables = false;
    parser.document().ok()?;
    Some(parser.statements)
}

/// Where each name of the key at the start of a text starts.
pub(super) fn names(text: &str) -> Vec<usize> {
    let mut lexer = Lexer::new(text);
    let mut starts = Vec::new();
    loop {
        let token = lexer.token();
        match token.kind {
            Kind::Bare => starts.push(token.start),
            Kind::Quotes(quotes) if strings::read(&mut lexer, quotes).is_ok() => starts.push(token.start),
            Kind::Dot => {}
            _ => return starts,
        }
    }
}

/// What is wrong, and where.
struct Fault {
    at: usize,
    message: String,
    server: Server,
    /// Whether the server finds it when it decodes a string, where it is not prepared for it in headers.
    in_string: bool,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), server: Server::Refuses, in_string: false }
    }

    /// More than this program reads.
    fn too_much(at: usize, message: impl Into<String>) -> Self {
        Self { server: Server::Takes, ..Self::new(at, message) }
    }

    fn of_a_string(at: usize, message: &str) -> Self {
        Self { in_string: true, ..Self::new(at, message) }
    }

    fn refusal(self, text: &str) -> Refusal {
        let before = text.get(..self.at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        Refusal {
            line: line_of(text, self.at),
            column: line.chars().count() + 1,
            message: self.message,
            server: self.server,
        }
    }
}

fn line_of(text: &str, place: usize) -> usize {
    text.get(..place).unwrap_or_default().matches('\n').count() + 1
}
