//! The edits on the text, one key at a time.
//!
//! In: an [`Editor`] and a numbered key. Out: the editor with text and tree changed alike. Always: where a value is
//! written in place, its assignment stays the one that it was.

use super::place::{self, Container};
use super::sheet::{Kind, Piece};
use super::{Barred, Editor, NO_ELEMENT, NO_TABLE, inline, lex, literal, tree};
use crate::document::{Step, Table, Value, key};

impl Editor {
    /// Gives a key a value, whether it is there or not.
    pub(super) fn set(&mut self, key: &[Step], value: &Value) -> Result<(), Barred> {
        let Some(old) = tree::get(&self.root, key) else { return self.put(key, value) };
        if old == value {
            return Ok(());
        }
        let is_element = matches!(key.last(), Some(Step::Nth(_)));
        if let Some((at, length)) = self.holder(key) {
            self.set_inside(at, length, key, value)?;
            return self.set_in_tree(key, value);
        }
        match (old.clone(), value) {
            (Value::Table(old), Value::Table(new)) if is_element || !new.is_empty() => {
                self.set_all(key, new)?;
                for name in old.keys().filter(|name| !new.contains_key(*name)) {
                    self.remove(&tree::then(key, Step::Name(name.clone())));
                }
                Ok(())
            }
            (Value::Array(old), Value::Array(new)) if value.is_array_of_tables() => self.set_elements(key, &old, new),
            _ if is_element => self.set_whole_array(key, value),
            _ => {
                self.remove(key);
                self.put(key, value)
            }
        }
    }

    /// The settings of a table; those on lines of its own before those that need headers.
    fn set_all(&mut self, key: &[Step], table: &Table) -> Result<(), Barred> {
        let needs_header = |value: &Value| value.as_table().is_some() || value.is_array_of_tables();
        for headers in [false, true] {
            for (name, value) in table.iter().filter(|(_, value)| needs_header(value) == headers) {
                self.set(&tree::then(key, Step::Name(name.clone())), value)?;
            }
        }
        Ok(())
    }

    /// The elements of an array of tables with headers: those at both ends that stay are left alone.
    fn set_elements(&mut self, key: &[Step], old: &[Value], new: &[Value]) -> Result<(), Barred> {
        let (start, end) = tree::common_ends(old, new);
        let (gone, come) = (start..old.len() - end, start..new.len() - end);
        let element = |number: usize| tree::then(key, Step::Nth(number));
        for number in (gone.start + come.len()..gone.end).rev() {
            self.remove(&element(number));
        }
        for number in come {
            if number >= gone.end {
                self.insert_element(key, number)?;
            }
            if let Some(value) = new.get(number) {
                self.set(&element(number), value)?;
            }
        }
        Ok(())
    }

    /// Gives a key a value that is not there.
    fn put(&mut self, key: &[Step], value: &Value) -> Result<(), Barred> {
        let Some((last, above)) = key.split_last() else { return Err(NO_TABLE) };
        if let (Step::Nth(number), Container::Header(_) | Container::Root | Container::Dotted(_)) =
            (last, place::container(&self.sheet, key).0)
        {
            return match value {
                Value::Table(table) => {
                    self.insert_element(above, *number)?;
                    self.set_all(key, table)
                }
                _ => self.set_whole_array(key, value),
            };
        }
        match (place::container(&self.sheet, key), value) {
            ((Container::Value(at), length), _) => self.set_inside(at, length, key, value)?,
            (_, Value::Table(table)) if !table.is_empty() => return self.set_all(key, table),
            ((Container::Dotted(beside), _), _) => self.put_dotted(beside, key, &literal::written(value))?,
            ((Container::Header(_) | Container::Root, _), Value::Table(_)) => {
                place::add_header(&mut self.sheet, key, &self.like);
            }
            ((Container::Header(_) | Container::Root, _), Value::Array(elements)) if value.is_array_of_tables() => {
                for (number, element) in elements.iter().enumerate() {
                    self.insert_element(key, number)?;
                    self.set(&tree::then(key, Step::Nth(number)), element)?;
                }
                return Ok(());
            }
            ((container, length), _) => {
                let header = match container {
                    Container::Header(header) if length == above.len() => Some(header),
                    _ if above.is_empty() => None,
                    _ => Some(place::add_header(&mut self.sheet, above, &self.like)),
                };
                place::add_line(&mut self.sheet, header, None, key, 1, &literal::written(value));
            }
        }
        self.set_in_tree(key, value)
    }

    /// Gives an element of an array that headers make, or that is not there, a value that is no table.
    fn set_whole_array(&mut self, key: &[Step], value: &Value) -> Result<(), Barred> {
        let Some((Step::Nth(number), array)) = key.split_last() else { return Err(NO_TABLE) };
        let mut values = tree::get(&self.root, array).and_then(Value::as_array).unwrap_or_default().to_vec();
        match values.get_mut(*number) {
            Some(element) => *element = value.clone(),
            None => values.push(value.clone()),
        }
        self.remove(array);
        self.put(array, &Value::Array(values))
    }

    /// Adds a line beside an assignment whose dotted keys opened the table that the key goes on from.
    fn put_dotted(&mut self, beside: usize, key: &[Step], written: &str) -> Result<(), Barred> {
        let Some(Kind::Assignment { key: there, own, .. }) = self.sheet.pieces.get(beside).map(|piece| &piece.kind)
        else {
            return Err(NO_TABLE);
        };
        let table = there.len() - own;
        if key.iter().skip(table).any(|step| !matches!(step, Step::Name(_))) {
            return Err(NO_ELEMENT);
        }
        let header = place::header_above(&self.sheet, beside);
        place::add_line(&mut self.sheet, header, Some(beside), key, key.len() - table, written);
        Ok(())
    }

    /// Puts an empty element into an array of tables, which may not be there yet.
    pub(super) fn insert_element(&mut self, array: &[Step], number: usize) -> Result<(), Barred> {
        let element = tree::then(array, Step::Nth(number));
        let empty = Value::Table(Table::new());
        let inside = match tree::get(&self.root, array) {
            Some(_) => self.holder(array),
            None => None,
        };
        let (container, length) = match inside {
            Some((at, length)) => (Container::Value(at), length),
            None => place::container(&self.sheet, array),
        };
        match container {
            Container::Value(at) => self.set_inside(at, length, &element, &empty)?,
            Container::Dotted(beside) if number == 0 => self.put_dotted(beside, array, "[{}]")?,
            Container::Header(_) | Container::Root | Container::Dotted(_) => {
                self.sheet.renumber(array, number, true);
                place::add_header(&mut self.sheet, &element, &self.like);
            }
        }
        if tree::insert(&mut self.root, array, number, empty) { Ok(()) } else { Err(NO_ELEMENT) }
    }

    /// Takes a key out of text and tree, and nothing above it.
    pub(super) fn remove(&mut self, key: &[Step]) {
        let holds = |piece: &Piece| {
            piece.value().is_some()
                && piece.key().is_some_and(|there| key.len() > there.len() && key.starts_with(there))
        };
        let made = self.sheet.related(key).filter(|(_, piece)| holds(piece)).find_map(|(at, piece)| {
            let inside = key.get(piece.key()?.len()..)?;
            Some((at, inline::remove(piece.value()?, inside)?))
        });
        if let Some((at, text)) = made {
            self.sheet.set_value(at, &text);
        }
        self.sheet.remove(|piece| piece.key().is_some_and(|there| there.starts_with(key)));
        if let Some((Step::Nth(number), array)) = key.split_last() {
            self.sheet.renumber(array, number + 1, false);
        }
        tree::remove(&mut self.root, key);
    }

    /// The assignment that holds all of what is at a key, and the length of its own key. None where headers or dotted
    /// keys make it.
    fn holder(&self, key: &[Step]) -> Option<(usize, usize)> {
        let mut found = None;
        for (at, piece) in self.sheet.related(key) {
            let Some(there) = piece.key() else { continue };
            if there.starts_with(key) && (there.len() > key.len() || piece.value().is_none()) {
                return None;
            }
            if piece.value().is_some() && key.starts_with(there) {
                found = Some((at, there.len()));
            }
        }
        found
    }

    /// Gives a key a value inside that of an assignment.
    fn set_inside(&mut self, at: usize, length: usize, key: &[Step], value: &Value) -> Result<(), Barred> {
        let (above, inside) = key.split_at_checked(length).ok_or(NO_TABLE)?;
        let now = tree::get(&self.root, above).ok_or(NO_TABLE)?;
        let text = self.sheet.pieces.get(at).and_then(Piece::value).ok_or(NO_TABLE)?;
        let text = inline::set(text, now, inside, value).ok_or(NO_TABLE)?;
        self.sheet.set_value(at, &text);
        Ok(())
    }

    pub(super) fn set_in_tree(&mut self, key: &[Step], value: &Value) -> Result<(), Barred> {
        if tree::set(&mut self.root, key, value.clone()) { Ok(()) } else { Err(NO_TABLE) }
    }

    /// Gives a key another last name wherever the text has it.
    pub(super) fn rename_in_place(&mut self, from: &[Step], name: &str) {
        let Some(last) = from.len().checked_sub(1) else { return };
        for piece in &mut self.sheet.pieces {
            let Some(there) = piece.key() else { continue };
            if there.starts_with(from) {
                if let Some(part) = part_of_step(piece, last) {
                    piece.splice(part, &key::quoted(name));
                }
                if let Kind::Header { key, .. } | Kind::Assignment { key, .. } = &mut piece.kind
                    && let Some(step) = key.get_mut(last)
                {
                    *step = Step::Name(name.to_owned());
                }
            } else if let Kind::Assignment { key, value, .. } = &piece.kind
                && from.starts_with(key)
                && let Some(inside) = from.get(key.len()..)
                && let Some(text) = piece.text.get(value.clone()).and_then(|text| inline::rename(text, inside, name))
            {
                let place = value.clone();
                piece.splice(place, &text);
            }
        }
    }

    /// Gives a table that headers make the name of one elsewhere. False, and nothing is changed, where it cannot stay
    /// in its place under that name.
    pub(super) fn move_headers(&mut self, from: &[Step], target: &[Step], value: &Value) -> bool {
        let numbered = |step: &Step| !matches!(step, Step::Name(_));
        if from.iter().chain(target).any(numbered) {
            return false;
        }
        let mut moved = self.clone();
        for piece in &mut moved.sheet.pieces {
            match &mut piece.kind {
                Kind::Header { key, .. } if key.starts_with(from) => {
                    key.splice(..from.len(), target.iter().cloned());
                }
                Kind::Assignment { key, own, .. } if key.starts_with(from) && key.len() - *own >= from.len() => {
                    key.splice(..from.len(), target.iter().cloned());
                    continue;
                }
                Kind::Assignment { key, .. } if key.starts_with(from) || from.starts_with(key) => return false,
                _ => continue,
            }
            let parts = lex::parts(&piece.text);
            let (Some(first), Some(last)) = (parts.first(), parts.get(from.len() - 1)) else { return false };
            let names: Vec<String> = tree::names(target).map(key::quoted).collect();
            piece.splice(first.place.start..last.place.end, &names.join("."));
        }
        if !tree::set(&mut moved.root, target, value.clone()) {
            return false;
        }
        let goes = tree::uppermost(&moved.root, from).to_vec();
        moved.remove(&goes);
        let read = moved.read().is_ok();
        if read {
            *self = moved;
        }
        read
    }

    /// Puts comment lines before the statement that a key is inside of.
    pub(super) fn comment(&mut self, key: &[Step], lines: &[String]) {
        let around =
            |(at, piece): (usize, &Piece)| Some((piece.key().filter(|there| key.starts_with(there))?.len(), at));
        let Some((_, at)) = self.sheet.pieces.iter().enumerate().filter_map(around).max() else { return };
        let indent = self.sheet.pieces.get(at).map(Piece::indent).unwrap_or_default().to_owned();
        let plain = |character: char| if character.is_control() { ' ' } else { character };
        let comments: Vec<Piece> = lines
            .iter()
            .flat_map(|line| line.split('\n'))
            .map(|line| format!("# {}", line.chars().map(plain).collect::<String>()))
            .map(|line| self.sheet.comment(&indent, line.trim_end()))
            .collect();
        let above = self.sheet.pieces.get(at.saturating_sub(comments.len())..at).unwrap_or_default();
        let texts = |pieces: &[Piece]| pieces.iter().map(|piece| piece.text.trim().to_owned()).collect::<Vec<_>>();
        if texts(above) != texts(&comments) {
            self.sheet.insert(at, comments);
        }
    }
}

/// Where the name of a step of a piece's key stands in its text, if it stands there.
fn part_of_step(piece: &Piece, step: usize) -> Option<std::ops::Range<usize>> {
    let number = match &piece.kind {
        Kind::Header { key, .. } => tree::names(key.get(..step)?).count(),
        Kind::Assignment { key, own, .. } => step.checked_sub(key.len() - own)?,
        _ => return None,
    };
    lex::parts(&piece.text).into_iter().nth(number).map(|part| part.place)
}
