//! Where a new setting or table goes.
//!
//! In: a [`Sheet`], and the key of what is new. Out: the sheet with it. Always: parents stand before their children,
//! no header extends what dotted keys opened, and what is there keeps its order.

use super::sheet::{Kind, Piece, Sheet, leads};
use super::tree;
use crate::document::{Step, key};

/// What is there already of the way to a new key: the longest table on it that the text names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Container {
    /// The value of an assignment, which has the number.
    Value(usize),
    /// A table that dotted keys opened; the number is that of the last assignment in it.
    Dotted(usize),
    /// A table with a header, which has the number.
    Header(usize),
    /// Nothing but the root.
    Root,
}

/// The container of a new key, and how many steps of the key lead to it.
pub(super) fn container(sheet: &Sheet, key: &[Step]) -> (Container, usize) {
    let mut best = (Container::Root, 0);
    for (at, piece) in sheet.related(key) {
        match &piece.kind {
            Kind::Header { key: header, .. }
                if header.len() > best.1 && key.len() > header.len() && key.starts_with(header) =>
            {
                best = (Container::Header(at), header.len());
            }
            Kind::Assignment { key: there, own, .. } => {
                let shared = tree::common(there, key);
                if shared == there.len() && key.len() > shared {
                    if shared > best.1 {
                        best = (Container::Value(at), shared);
                    }
                    continue;
                }
                let opened = shared.min(there.len() - 1).min(key.len() - 1);
                // Where a value was written and dotted keys went on with its table, the value is the better place.
                let nearer = opened > best.1 || opened == best.1 && matches!(best.0, Container::Dotted(_));
                if opened > there.len() - own && nearer {
                    best = (Container::Dotted(at), opened);
                }
            }
            _ => {}
        }
    }
    best
}

/// Adds a line for a new key to the table that a header, or nothing for the root, opens. `beside` is the assignment
/// whose dotted keys it goes on; `own` says how many steps the line names.
pub(super) fn add_line(
    sheet: &mut Sheet,
    header: Option<usize>,
    beside: Option<usize>,
    key: &[Step],
    own: usize,
    value: &str,
) {
    let last = sheet.last_of_table(header);
    let at = match (beside, last) {
        (Some(beside), Some(last)) if beside != last => beside + 1,
        (_, Some(last)) => sheet.end_of_table(last),
        _ => return add_first_line(sheet, key, value),
    };
    let style = Style::of(sheet, header, beside.or(last));
    let line = style.line(sheet, key, own, value);
    sheet.insert(at, vec![line]);
}

/// The number of the header that an assignment stands under.
pub(super) fn header_above(sheet: &Sheet, at: usize) -> Option<usize> {
    sheet.pieces.iter().take(at).rposition(|piece| piece.header().is_some())
}

/// Adds the first assignment of the root.
fn add_first_line(sheet: &mut Sheet, key: &[Step], value: &str) {
    let line = Style::of(sheet, None, None).line(sheet, key, 1, value);
    let at = match sheet.pieces.iter().position(|piece| piece.header().is_some()) {
        Some(header) => sheet.lead(header),
        None => sheet.pieces.len(),
    };
    insert_apart(sheet, at, vec![line]);
}

/// Puts pieces in with a blank line before and after.
fn insert_apart(sheet: &mut Sheet, at: usize, mut pieces: Vec<Piece>) -> usize {
    let before = at.checked_sub(1).and_then(|before| sheet.pieces.get(before)).is_some_and(|piece| !piece.is_blank());
    if sheet.pieces.get(at).is_some_and(|piece| !piece.is_blank()) {
        pieces.push(sheet.blank());
    }
    if before {
        pieces.insert(0, sheet.blank());
    }
    sheet.insert(at, pieces) + usize::from(before)
}

/// How the lines of a table are written.
struct Style {
    indent: String,
    /// Before and after `=`.
    equals: (String, String),
    /// The column of `=` in characters, where those of the table stand below each other.
    column: Option<usize>,
}

impl Style {
    /// That of an assignment, else of the nearest one.
    fn of(sheet: &Sheet, header: Option<usize>, like: Option<usize>) -> Self {
        let own = like.and_then(|like| sheet.pieces.get(like)).filter(|piece| piece.value().is_some());
        let above = || sheet.pieces.iter().take(header.unwrap_or_default()).rev().find(|piece| piece.value().is_some());
        let nearest = own.or_else(above).or_else(|| sheet.pieces.iter().find(|piece| piece.value().is_some()));
        let indent = match own.or_else(|| header.and_then(|header| sheet.pieces.get(header))) {
            Some(piece) => piece.indent().to_owned(),
            None => String::new(),
        };
        let equals = nearest.and_then(equals).unwrap_or((" ", " "));
        let column = own.and_then(|_| column(sheet, header));
        // What is padded for one key is not meant for another.
        let before = if equals.0.len() > 1 { " " } else { equals.0 };
        Self { indent, equals: (before.to_owned(), equals.1.to_owned()), column }
    }

    fn line(&self, sheet: &Sheet, key: &[Step], own: usize, value: &str) -> Piece {
        let names = key.get(key.len().saturating_sub(own)..).unwrap_or_default();
        let names: Vec<String> = tree::names(names).map(key::quoted).collect();
        let mut text = format!("{}{}", self.indent, names.join("."));
        let width = text.chars().count();
        match self.column.filter(|column| *column > width) {
            Some(column) => text.push_str(&" ".repeat(column - width)),
            None => text.push_str(&self.equals.0),
        }
        text.push('=');
        text.push_str(&self.equals.1);
        let start = text.len();
        text.push_str(value);
        let place = start..text.len();
        text.push_str(sheet.line_end);
        Piece { text, kind: Kind::Assignment { key: key.to_vec(), own, value: place } }
    }
}

/// The blanks around the `=` of an assignment.
fn equals(piece: &Piece) -> Option<(&str, &str)> {
    let (head, _) = head(piece)?;
    let key = head.trim_end();
    let text = piece.text.get(..piece.text.len() - piece.text.get(head.len() + 1..)?.len())?;
    let Kind::Assignment { value, .. } = &piece.kind else { return None };
    Some((head.get(key.len()..)?, piece.text.get(text.len()..value.start)?))
}

/// An assignment's text before its `=`, and its width in characters.
fn head(piece: &Piece) -> Option<(&str, usize)> {
    let Kind::Assignment { value, .. } = &piece.kind else { return None };
    let head = piece.text.get(..value.start)?.trim_end().strip_suffix('=')?;
    Some((head, head.chars().count()))
}

/// The column in which all `=` of a table stand, where their keys differ in length.
fn column(sheet: &Sheet, header: Option<usize>) -> Option<usize> {
    let start = header.map_or(0, |header| header + 1);
    let body = sheet.pieces.iter().skip(start).take_while(|piece| piece.header().is_none());
    let heads: Vec<(&str, usize)> = body.filter_map(head).collect();
    let (first, column) = *heads.first()?;
    let differ = heads.iter().any(|(head, _)| head.trim_end().chars().count() != first.trim_end().chars().count());
    (differ && heads.iter().all(|(_, width)| *width == column)).then_some(column)
}

/// Adds the header of a new table, or of an element of an array where the key ends with its number. Returns its number.
pub(super) fn add_header(sheet: &mut Sheet, key: &[Step], like: &[Vec<String>]) -> usize {
    let (path, element) = match key.split_last() {
        Some((Step::Nth(number), array)) => (array, Some(*number)),
        _ => (key, None),
    };
    let names: Vec<String> = tree::names(path).map(key::quoted).collect();
    let names = names.join(".");
    let neighbour = element.and_then(|number| number.checked_sub(1)).map(|before| tree::then(path, Step::Nth(before)));
    let at = match &neighbour {
        Some(before) => sheet.end_of_family(before).unwrap_or(sheet.pieces.len()),
        None => spot(sheet, path, like),
    };
    let is_neighbour = |piece: &&Piece| neighbour.is_some() && piece.header() == neighbour.as_deref();
    let (indent, name) = match sheet.pieces.iter().find(is_neighbour) {
        // As the element before is written.
        Some(piece) => {
            let Kind::Header { place, .. } = &piece.kind else { return at };
            (piece.indent().to_owned(), piece.text.get(place.clone()).unwrap_or_default().to_owned())
        }
        None if element.is_some() => (String::new(), format!("[[{names}]]")),
        None => (String::new(), format!("[{names}]")),
    };
    let text = format!("{indent}{name}{}", sheet.line_end);
    let place = indent.len()..indent.len() + name.len();
    insert_apart(sheet, at, vec![Piece { text, kind: Kind::Header { key: key.to_vec(), place } }])
}

/// Where a new table goes.
fn spot(sheet: &Sheet, path: &[Step], like: &[Vec<String>]) -> usize {
    let headers = || sheet.pieces.iter().enumerate().filter_map(|(at, piece)| Some((at, piece.header()?)));
    if let Some((child, _)) = headers().find(|(_, header)| header.starts_with(path)) {
        return sheet.lead(child);
    }
    let within = path.iter().rposition(|step| matches!(step, Step::Nth(_))).map_or(0, |element| element + 1);
    let above = headers().rfind(|(_, header)| path.starts_with(header));
    let lowest = above.and_then(|(at, _)| sheet.last_of_table(Some(at))).map_or(0, |last| sheet.end_of_table(last));
    if within == 0
        && let Some(at) = spot_like(sheet, path, like)
    {
        return at.max(lowest);
    }
    let mut relatives =
        (1..path.len()).rev().take_while(|length| *length >= within).filter_map(|length| path.get(..length));
    relatives.find_map(|relative| sheet.end_of_family(relative)).unwrap_or(sheet.pieces.len())
}

/// After the nearest table that stands before it in another document, and is in this one too.
fn spot_like(sheet: &Sheet, path: &[Step], like: &[Vec<String>]) -> Option<usize> {
    let names: Vec<String> = tree::names(path).map(str::to_owned).collect();
    let place = like.iter().position(|header| header.starts_with(&names))?;
    like.get(..place)?.iter().rev().find_map(|before| {
        let there = |piece: &&Piece| piece.header().is_some_and(|header| leads(before, header));
        let last = sheet.pieces.iter().rev().find(there)?.header()?;
        // All elements of an array stay together.
        let array = last.iter().position(|step| matches!(step, Step::Nth(_)));
        let family = array.or_else(|| end_of(before, last)).unwrap_or(last.len());
        sheet.end_of_family(last.get(..family)?)
    })
}

/// How many steps of a key the names of a path are.
fn end_of(path: &[String], key: &[Step]) -> Option<usize> {
    (path.len() <= key.len()).then_some(path.len())
}
