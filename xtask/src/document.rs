//! deployment.toml as a text with places, judged as the server's own parser judges it.
//!
//! In: bytes. Out: a [`Document`]: its statements where they stand, and the settings that they make; or a [`Refusal`]
//! with line and column. The other way round: a document and [`edit::Edit`]s become a text in which all else keeps its
//! bytes. Always: no message holds a value of the file; what the server refuses is refused or repaired with a word.
//!
//! The parser is cava-toml 0.5.0 in both releases (config-mapper v1.0.12 and v1.0.18). It differs from TOML 1.0 and
//! from the crates that read TOML: `parse` says where.

pub mod value;
pub mod key;
pub mod parse;
pub mod repair;
pub mod edit;
pub(crate) mod lines;
pub(crate) mod reference;

pub use key::{Key, Step};
pub use parse::{Refusal, parse};
pub use value::{Table, Value};

use lines::Lines;
use std::ops::Range;

/// A file that still knows where everything stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The text, without a byte order mark. Places are byte ranges of it.
    pub text: String,
    /// Headers and assignments in the order of the file. What is between them is blank, or comments.
    pub statements: Vec<Statement>,
    /// Every setting in the order of the file, those inside inline tables and arrays of tables too.
    pub settings: Vec<Setting>,
    /// The same as one tree.
    pub root: Table,
    /// Where the lines start. Of a document that was not read, every place is on the first.
    lines: Lines,
    /// The numbers of the settings in the order of their keys. Empty for a document that was not read.
    by_key: Vec<usize>,
}

/// A header or an assignment.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// From the start of its first line to the end of its last, end-of-line comment and line end included.
    pub lines: Range<usize>,
    /// Where the header or the key starts and the statement itself ends, without comment and line end.
    pub place: Range<usize>,
    /// What it is.
    pub kind: StatementKind,
}

/// What a statement is.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `[a.b]` or `[[a.b]]`.
    Header {
        /// The names in it, decoded.
        path: Vec<String>,
        /// Whether it starts an element of an array of tables.
        array: bool,
    },
    /// `a.b = value`.
    Assignment {
        /// The table that it stands in, elements of arrays by number.
        table: Key,
        /// The names of its key, decoded.
        key: Vec<String>,
        /// Where the value stands.
        value: Range<usize>,
    },
}

/// One setting: a value that is no table and no array of tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its key from the root; elements of arrays of tables by number ([`Step::Nth`]).
    pub key: Key,
    /// Its value.
    pub value: Value,
    /// The number of its statement in [`Document::statements`].
    pub statement: usize,
    /// Where the value stands.
    pub place: Range<usize>,
}

/// What is wrong with a TOML file that is not deployment.toml, with its place and nothing of its text.
pub fn problem(text: &str, place: Option<Range<usize>>, message: &str) -> String {
    // Only the first line: some parsers add the line of the file, and it may hold a password.
    let message = message.lines().next().unwrap_or_default();
    let Some(before) = place.and_then(|place| text.get(..place.start)) else { return message.to_owned() };
    let line = before.rsplit('\n').next().unwrap_or_default();
    format!("line {}, column {}: {message}", before.matches('\n').count() + 1, line.chars().count() + 1)
}

impl Document {
    /// The line, from 1, on which a place starts.
    pub fn line(&self, place: usize) -> usize {
        self.lines.line(place)
    }

    /// A document with what it takes to look up lines and keys.
    fn new(text: String, statements: Vec<Statement>, settings: Vec<Setting>, root: Table) -> Self {
        let lines = Lines::of(&text);
        let key = |number: &usize| settings.get(*number).map(|setting| &setting.key);
        let mut by_key: Vec<usize> = (0..settings.len()).collect();
        by_key.sort_by(|one, other| key(one).cmp(&key(other)));
        Self { text, statements, settings, root, lines, by_key }
    }

    /// The setting with a key. Elements may be asked for by number or by what names them.
    pub fn setting(&self, key: &Key) -> Option<&Setting> {
        let key = self.numbered(key)?;
        self.below(&key).find(|setting| setting.key == key)
    }

    /// The first setting in the file that is below a table, or the setting with that key.
    pub(crate) fn first_below(&self, key: &Key) -> Option<&Setting> {
        let key = self.numbered(key)?;
        self.below(&key).min_by_key(|setting| setting.place.start)
    }

    /// The settings below a numbered key, in the order of their keys.
    fn below<'a, 'k>(&'a self, key: &'k Key) -> impl Iterator<Item = &'a Setting> + use<'a, 'k> {
        let of = |number: &usize| self.settings.get(*number);
        let start = self.by_key.partition_point(|number| of(number).is_some_and(|setting| setting.key < *key));
        let from = self.by_key.get(start..).unwrap_or_default().iter().filter_map(of);
        from.take_while(|setting| setting.key.starts_with(key))
    }

    /// The value at a key, tables and arrays included.
    pub fn value(&self, key: &Key) -> Option<&Value> {
        let mut steps = key.steps().iter();
        let Some(Step::Name(first)) = steps.next() else { return None };
        let mut value = self.root.get(first)?;
        for step in steps {
            value = value.step(step)?;
        }
        Some(value)
    }

    /// The same key with every element of an array by its number.
    pub fn numbered(&self, key: &Key) -> Option<Key> {
        let mut numbered = Vec::new();
        let mut at: Option<&Value> = None;
        for step in key.steps() {
            let step = match (step, at) {
                (Step::Element { .. }, Some(array)) => Step::Nth(array.element_number(step)?),
                (step, _) => step.clone(),
            };
            at = match (at, &step) {
                (None, Step::Name(name)) if numbered.is_empty() => self.root.get(name),
                (Some(value), step) => value.step(step),
                _ => None,
            };
            numbered.push(step);
        }
        Some(Key::from(numbered))
    }
}

#[cfg(test)]
mod tests;
