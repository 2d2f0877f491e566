//! Changes single settings of a text, and nothing else of it.
//!
//! In: a [`Document`] and [`Edit`]s. Out: the new text. Always: what no edit speaks of keeps its bytes, its place and
//! its line ends; every comment survives, also that of a line that goes; the result is one that the server's parser
//! takes: parents stand before their children, and no header extends a table that dotted keys opened. It says what the
//! edits say and nothing else: that is compared before it is given out.
//!
//! `sheet` is the text in pieces, `place` decides where new lines and tables go, `inline` edits inside values, `lex`
//! finds their parts, `literal` writes values, `tree` does the same edits on the settings alone.

mod comment_out;
mod inline;
mod lex;
mod literal;
mod place;
mod sheet;
mod tree;
mod write;
#[cfg(test)]
mod tests;

use super::parse::{Refusal, Server};
use super::{Document, Key, Step, Table, Value, parse};
use sheet::Sheet;
use std::fmt;

/// A change of one setting or table.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Gives a setting a value: in place where the key is there, else where it reads well. A table or an array of
    /// tables becomes what the value says; what it has already stays where it stands.
    Set {
        /// Its key. An element that is not there yet is made, with what names it first; [`Step::Nth`] with the number
        /// of elements makes one too.
        key: Key,
        /// Its value.
        value: Value,
    },
    /// Takes a setting or a table out. A table that nothing is left in goes too, but not an element of an array, and
    /// so does an array without elements. Nothing happens where the key is not there.
    Unset {
        /// Its key.
        key: Key,
    },
    /// Gives a table another name, in the same place and with its comments: `[keystore.tls]`, `[keystore.primary]`.
    /// Where the other is there already, it gets the settings that it lacks. Nothing happens where the table is not
    /// there.
    Rename {
        /// The table.
        from: Key,
        /// Its new name.
        to: Key,
    },
    /// Takes a setting out of force and keeps its lines as comments, with a line above that says why. A header that no
    /// setting is left under becomes a comment too.
    CommentOut {
        /// Its key.
        key: Key,
        /// Why: a lower-case fragment.
        because: String,
    },
}

/// A value as the server reads it, on one line.
pub fn written(value: &Value) -> String {
    literal::written(value)
}

/// An edit that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditError {
    /// The number of the edit, from 0.
    pub number: usize,
    /// Its key.
    pub key: Key,
    /// Why not: a lower-case fragment without values.
    pub message: String,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` cannot be edited: {}", self.key, self.message)
    }
}

impl std::error::Error for EditError {}

/// Why an edit cannot be made.
type Barred = &'static str;

const NO_TABLE: Barred = "its key leads through a value that is no table";
const NO_ELEMENT: Barred = "the array has no such element";
const NO_KEY: Barred = "the server takes no key that is empty or holds a quote or control character";
const NOT_READ: Barred = "the server would not read the result as it is meant";
const TOO_MUCH: Barred = "the result would be more than this program reads";
const INTO_ITSELF: Barred = "a table cannot be moved into itself";

/// A document with the edits made, in their order.
///
/// `like` is a document whose order new tables follow (the fresh distribution's); a table that it does not have goes
/// after its nearest relative, else to the end. The first edit that cannot be made is an error.
pub fn apply(document: &Document, edits: &[Edit], like: Option<&Document>) -> Result<Document, EditError> {
    let start = || Editor {
        sheet: Sheet::read(document),
        root: document.root.clone(),
        like: like.map(sheet::headers).unwrap_or_default(),
    };
    let fails = |number: usize, edit: &Edit, message: &str| EditError {
        number,
        key: edit.key().clone(),
        message: message.to_owned(),
    };
    let first = |count: usize| {
        let mut editor = start();
        for (number, edit) in edits.iter().enumerate().take(count) {
            editor.edit(edit).map_err(|barred| fails(number, edit, barred))?;
        }
        Ok(editor.read())
    };
    let mut barred = match first(edits.len())? {
        Ok(made) => return Ok(made),
        Err(barred) => barred,
    };
    // One after which the text cannot be read, and could be before it, is to blame.
    let (mut good, mut bad) = (0, edits.len());
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        match first(middle)? {
            Ok(_) => good = middle,
            Err(found) => (bad, barred) = (middle, found),
        }
    }
    Err(match edits.get(good) {
        Some(edit) => fails(good, edit, barred),
        None => EditError { number: 0, key: Key::default(), message: barred.to_owned() },
    })
}

impl Edit {
    fn key(&self) -> &Key {
        match self {
            Self::Set { key, .. }
            | Self::Unset { key }
            | Self::CommentOut { key, .. }
            | Self::Rename { from: key, .. } => key,
        }
    }
}

/// A text that is edited, and what it says.
#[derive(Clone)]
struct Editor {
    sheet: Sheet,
    root: Table,
    /// The paths of the tables whose order new ones follow.
    like: Vec<Vec<String>>,
}

impl Editor {
    /// The document that the text is now, where it says what it must say.
    fn read(&self) -> Result<Document, Barred> {
        match parse(self.sheet.text().as_bytes()) {
            Ok(made) if made.root == self.root => Ok(made),
            Err(Refusal { server: Server::Takes, .. }) => Err(TOO_MUCH),
            _ => Err(NOT_READ),
        }
    }

    fn edit(&mut self, edit: &Edit) -> Result<(), Barred> {
        match edit {
            Edit::Set { key, value } => {
                let key = self.made(key)?;
                self.set(&key, value)
            }
            Edit::Unset { key } => {
                if let Some(key) = self.there(key) {
                    self.unset(&key);
                }
                Ok(())
            }
            Edit::Rename { from, to } => match self.there(from) {
                Some(from) => self.rename(&from, to),
                None => Ok(()),
            },
            Edit::CommentOut { key, because } => {
                if let Some(key) = tree::numbered(&self.root, key) {
                    self.comment_out(&key, because);
                }
                Ok(())
            }
        }
    }

    /// The numbered key of a setting or table that is there.
    fn there(&self, key: &Key) -> Option<Vec<Step>> {
        tree::numbered(&self.root, key).filter(|key| !key.is_empty())
    }

    /// The numbered key of what is to be set. Elements on the way that are not there are made.
    fn made(&mut self, key: &Key) -> Result<Vec<Step>, Barred> {
        let mut found: Vec<Step> = Vec::new();
        for (at, step) in key.steps().iter().enumerate() {
            let number = match step {
                Step::Name(name) => {
                    // The server ends with a stack trace on a quote in a key.
                    if name.is_empty()
                        || name.contains(|character: char| "'\"".contains(character) || character.is_control())
                    {
                        return Err(NO_KEY);
                    }
                    found.push(step.clone());
                    continue;
                }
                Step::Nth(number) => *number,
                Step::Element { .. } => {
                    let array = tree::get(&self.root, &found);
                    array.and_then(|array| array.element_number(step)).unwrap_or(tree::length(&self.root, &found))
                }
            };
            if found.is_empty() || tree::get(&self.root, &found).is_some_and(|value| value.as_array().is_none()) {
                return Err(NO_TABLE);
            }
            let length = tree::length(&self.root, &found);
            let last = at + 1 == key.steps().len();
            if number > length {
                return Err(NO_ELEMENT);
            }
            if number == length && (!last || matches!(step, Step::Element { .. })) {
                self.insert_element(&found, number)?;
                if let Step::Element { by, is } = step {
                    let mut named = tree::then(&found, Step::Nth(number));
                    named.extend(by.split('.').map(|name| Step::Name(name.to_owned())));
                    self.set(&named, &Value::from(is.as_str()))?;
                }
            }
            found.push(Step::Nth(number));
        }
        if found.is_empty() { Err(NO_KEY) } else { Ok(found) }
    }

    fn unset(&mut self, key: &[Step]) {
        let goes = tree::uppermost(&self.root, key).to_vec();
        self.remove(&goes);
    }

    fn rename(&mut self, from: &[Step], to: &Key) -> Result<(), Barred> {
        let (Some((Step::Name(_), above)), Some(name)) = (from.split_last(), to.last_name()) else {
            return Err(NO_TABLE);
        };
        let target = self.made(to)?;
        if target == from {
            return Ok(());
        }
        if target.starts_with(from) {
            return Err(INTO_ITSELF);
        }
        let Some(value) = tree::get(&self.root, from).cloned() else { return Ok(()) };
        if let Some(there) = tree::get(&self.root, &target) {
            for (key, value) in tree::lacking(there, &value, &target) {
                self.set(&key, &value)?;
            }
        } else if target.len() == from.len() && target.starts_with(above) {
            self.rename_in_place(from, name);
            tree::remove(&mut self.root, from);
            return self.set_in_tree(&target, &value);
        } else if self.move_headers(from, &target, &value) {
            return Ok(());
        } else {
            self.set(&target, &value)?;
        }
        self.unset(from);
        Ok(())
    }
}
