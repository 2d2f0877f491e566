//! A text as a list of pieces that edits can take out, put in and change.
//!
//! In: a [`Document`]. Out: a [`Sheet`], and its text again. Always: a piece that is not edited keeps its bytes; each
//! piece but the last ends with a line end; the key of a piece is that of the tree of settings at any time.

use super::{lex, tree};
use crate::document::{Document, Statement, StatementKind, Step};
use std::collections::BTreeMap;
use std::ops::Range;

/// A text in pieces.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// In the order of the text.
    pub(super) pieces: Vec<Piece>,
    /// What ends most of its lines.
    pub(super) line_end: &'static str,
}

/// A line without a statement, or the lines of one.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    /// With its line end.
    pub(super) text: String,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A blank line.
    Blank,
    /// A line with nothing but a comment.
    Comment,
    /// `[a.b]` or `[[a.b]]`.
    Header {
        /// Its table, numbered; with the number of the element where it starts one.
        key: Vec<Step>,
        /// Where its bracket starts, and the end of the last, in the text of the piece.
        place: Range<usize>,
    },
    /// `a.b = value`
    Assignment {
        /// Its key from the root, numbered.
        key: Vec<Step>,
        /// How many steps of it the assignment itself names.
        own: usize,
        /// Where the value stands in the text of the piece.
        value: Range<usize>,
    },
}

impl Piece {
    /// The key of a header or assignment.
    pub(super) fn key(&self) -> Option<&[Step]> {
        match &self.kind {
            Kind::Header { key, .. } | Kind::Assignment { key, .. } => Some(key),
            Kind::Blank | Kind::Comment => None,
        }
    }

    /// The key of a header.
    pub(super) fn header(&self) -> Option<&[Step]> {
        match &self.kind {
            Kind::Header { key, .. } => Some(key),
            _ => None,
        }
    }

    pub(super) fn is_blank(&self) -> bool {
        self.kind == Kind::Blank
    }

    pub(super) fn is_comment(&self) -> bool {
        self.kind == Kind::Comment
    }

    /// The blanks that it starts with.
    pub(super) fn indent(&self) -> &str {
        let end = self.text.find(|character| character != ' ' && character != '\t').unwrap_or_default();
        self.text.get(..end).unwrap_or_default()
    }

    /// The text of the value of an assignment.
    pub(super) fn value(&self) -> Option<&str> {
        match &self.kind {
            Kind::Assignment { value, .. } => self.text.get(value.clone()),
            _ => None,
        }
    }

    /// Puts another text at a place before the end of the statement.
    pub(super) fn splice(&mut self, cut: Range<usize>, put: &str) {
        if self.text.get(cut.clone()).is_none() {
            return;
        }
        let moved = |place: usize| if place >= cut.end { place - cut.len() + put.len() } else { place };
        match &mut self.kind {
            Kind::Header { place, .. } => place.end = moved(place.end),
            Kind::Assignment { value, .. } if cut.start >= value.start => value.end = moved(value.end),
            Kind::Assignment { value, .. } => *value = moved(value.start)..moved(value.end),
            Kind::Blank | Kind::Comment => {}
        }
        self.text.replace_range(cut, put);
    }

    /// Its comments, in their order: those inside its value, and the one at its end.
    fn comments(&self) -> Vec<&str> {
        let end = match &self.kind {
            Kind::Blank | Kind::Comment => return Vec::new(),
            Kind::Header { place, .. } => place.end,
            Kind::Assignment { value, .. } => value.end,
        };
        let mut found = lex::comments(self.value().unwrap_or_default());
        let rest = self.text.get(end..).unwrap_or_default().trim_start();
        if rest.starts_with('#') {
            found.push(rest.trim_end_matches(['\r', '\n']));
        }
        found
    }
}

impl Sheet {
    /// A document in pieces.
    pub(super) fn read(document: &Document) -> Self {
        let text = &document.text;
        let mut pieces = Vec::new();
        let mut elements = BTreeMap::new();
        let mut at = 0;
        for statement in &document.statements {
            pieces.extend(lines(text.get(at..statement.lines.start).unwrap_or_default()));
            pieces.extend(piece(text, statement, &mut elements));
            at = statement.lines.end;
        }
        pieces.extend(lines(text.get(at..).unwrap_or_default()));
        let windows = text.matches("\r\n").count();
        let line_end = if windows * 2 > text.matches('\n').count() { "\r\n" } else { "\n" };
        Self { pieces, line_end }
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|piece| piece.text.as_str()).collect()
    }

    /// The statements, with their numbers, of tables that a key goes through or that are in it.
    pub(super) fn related(&self, key: &[Step]) -> impl Iterator<Item = (usize, &Piece)> {
        let mut related = true;
        self.pieces.iter().enumerate().filter(move |(_, piece)| {
            if let Some(header) = piece.header() {
                let shared = header.len().min(key.len());
                related = header.get(..shared) == key.get(..shared);
            }
            related
        })
    }

    /// A line with a comment.
    pub(super) fn comment(&self, indent: &str, text: &str) -> Piece {
        Piece { text: format!("{indent}{text}{}", self.line_end), kind: Kind::Comment }
    }

    /// A line with nothing.
    pub(super) fn blank(&self) -> Piece {
        Piece { text: self.line_end.to_owned(), kind: Kind::Blank }
    }

    /// Puts pieces before the one with a number. Returns the number of the first.
    pub(super) fn insert(&mut self, at: usize, pieces: Vec<Piece>) -> usize {
        let at = at.min(self.pieces.len());
        let line_end = self.line_end;
        if let Some(before) = at.checked_sub(1).and_then(|before| self.pieces.get_mut(before))
            && !before.text.ends_with('\n')
        {
            before.text.push_str(line_end);
        }
        self.pieces.splice(at..at, pieces);
        at
    }

    /// Takes statements out. Their comments stay, each as a line of its own; blank lines that would come together
    /// become as many as there were on one side.
    pub(super) fn remove(&mut self, goes: impl Fn(&Piece) -> bool) {
        let (Some(first), Some(last)) = (self.pieces.iter().position(&goes), self.pieces.iter().rposition(&goes))
        else {
            return;
        };
        let open = self.pieces.last().is_some_and(|last| !last.text.ends_with('\n'));
        let before = self.pieces.iter().take(first).rev().take_while(|piece| piece.is_blank()).count();
        let after = self.pieces.iter().skip(last + 1).take_while(|piece| piece.is_blank()).count();
        let (start, end) = (first - before, last + 1 + after);
        let at_end = end == self.pieces.len();
        let pieces: Vec<Piece> = self.pieces.splice(start..end, []).collect();
        let kept = self.without(pieces, goes, start == 0, at_end);
        self.pieces.splice(start..start, kept);
        if let Some(last) = self.pieces.last_mut().filter(|_| open) {
            last.text.truncate(last.text.trim_end_matches(['\r', '\n']).len());
        }
    }

    /// What stays of pieces, which may start and end the text.
    fn without(&self, pieces: Vec<Piece>, goes: impl Fn(&Piece) -> bool, at_start: bool, at_end: bool) -> Vec<Piece> {
        let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
        let mut gap: Option<Gap> = None;
        for piece in pieces {
            if piece.is_blank()
                && let Some(gap) = &mut gap
            {
                gap.add(piece);
                continue;
            }
            let comments = if goes(&piece) {
                let line = |text| self.comment(piece.indent(), text);
                let comments: Vec<Piece> = piece.comments().into_iter().map(line).collect();
                if comments.is_empty() {
                    gap = Some(gap.map_or_else(|| Gap::after(&mut kept), Gap::wider));
                    continue;
                }
                comments
            } else {
                vec![piece]
            };
            let starts = at_start && kept.is_empty();
            kept.extend(gap.take().into_iter().flat_map(|gap| gap.blanks(!starts, true)));
            kept.extend(comments);
        }
        let starts = at_start && kept.is_empty();
        kept.extend(gap.into_iter().flat_map(|gap| gap.blanks(!starts, !at_end)));
        kept
    }

    /// Gives an assignment another text of its value. Comments that were inside the old one, and are not in the new
    /// one, become lines before it.
    pub(super) fn set_value(&mut self, at: usize, text: &str) {
        let Some(piece) = self.pieces.get_mut(at) else { return };
        let Kind::Assignment { value, .. } = &piece.kind else { return };
        let place = value.clone();
        let kept = lex::comments(text);
        let mut kept = kept.iter().peekable();
        let mut lost = Vec::new();
        for comment in lex::comments(piece.value().unwrap_or_default()) {
            if kept.next_if(|kept| **kept == comment).is_none() {
                lost.push(comment.to_owned());
            }
        }
        let indent = piece.indent().to_owned();
        piece.splice(place, text);
        let lost = lost.iter().map(|text| self.comment(&indent, text)).collect();
        self.insert(at, lost);
    }

    /// The number of the last statement of the table whose header has a number; none is the root.
    pub(super) fn last_of_table(&self, header: Option<usize>) -> Option<usize> {
        let start = header.map_or(0, |header| header + 1);
        let body = self.pieces.iter().enumerate().skip(start).take_while(|(_, piece)| piece.header().is_none());
        body.filter(|(_, piece)| piece.key().is_some()).last().map(|(at, _)| at).or(header)
    }

    /// Where the lines of a table end, given its last statement: after the comments that belong to it.
    pub(super) fn end_of_table(&self, last: usize) -> usize {
        let after = self.pieces.iter().skip(last + 1);
        let comments = after.clone().take_while(|piece| piece.is_comment()).count();
        let end = last + 1 + comments;
        if self.pieces.get(end).is_some_and(|piece| piece.header().is_some()) {
            // They stand between two tables without a blank line: settings commented out are of the one above.
            return last + 1 + after.take_while(|piece| is_setting_commented_out(piece)).count();
        }
        end
    }

    /// Where the comments start that stand right above a header.
    pub(super) fn lead(&self, header: usize) -> usize {
        let above = self.pieces.iter().take(header).rev().take_while(|piece| piece.is_comment()).count();
        let start = header - above;
        match start.checked_sub(1) {
            Some(before) if !self.pieces.get(before).is_none_or(Piece::is_blank) => self.end_of_table(before),
            _ => start,
        }
    }

    /// Where the tables that a key starts end: the last of them, with its lines.
    pub(super) fn end_of_family(&self, key: &[Step]) -> Option<usize> {
        let in_it = |piece: &Piece| piece.header().is_some_and(|header| header.starts_with(key));
        let header = self.pieces.iter().rposition(in_it)?;
        self.last_of_table(Some(header)).map(|last| self.end_of_table(last))
    }

    /// Adds to the number of each element of an array from a given one on.
    pub(super) fn renumber(&mut self, array: &[Step], from: usize, up: bool) {
        for piece in &mut self.pieces {
            let (Kind::Header { key, .. } | Kind::Assignment { key, .. }) = &mut piece.kind else { continue };
            if key.starts_with(array)
                && let Some(Step::Nth(number)) = key.get_mut(array.len())
                && *number >= from
            {
                *number = if up { *number + 1 } else { *number - 1 };
            }
        }
    }
}

/// Where statements went, with the blank lines around and between them.
struct Gap {
    lines: Vec<Piece>,
    /// How many stood together: before the gap, most in it, and after the last statement that went.
    before: usize,
    most: usize,
    after: usize,
}

impl Gap {
    fn after(kept: &mut Vec<Piece>) -> Self {
        let before = kept.iter().rev().take_while(|piece| piece.is_blank()).count();
        let lines = kept.split_off(kept.len() - before);
        Self { lines, before, most: before, after: 0 }
    }

    fn add(&mut self, blank: Piece) {
        self.lines.push(blank);
        self.after += 1;
    }

    fn wider(self) -> Self {
        Self { most: self.most.max(self.after), after: 0, ..self }
    }

    /// Those that stay: as many as stood together before, and at the ends of the text as many as stood there.
    fn blanks(self, something_before: bool, something_after: bool) -> impl Iterator<Item = Piece> {
        let wanted = match (something_before, something_after) {
            (_, false) => self.after,
            (false, true) => self.before,
            (true, true) => self.most.max(self.after),
        };
        self.lines.into_iter().take(wanted)
    }
}

fn is_setting_commented_out(piece: &Piece) -> bool {
    let name = |character: char| character.is_alphanumeric() || "_-.'\" ".contains(character);
    piece.is_comment()
        && piece.text.trim().trim_start_matches('#').split_once('=').is_some_and(|(key, _)| key.chars().all(name))
}

fn lines(text: &str) -> impl Iterator<Item = Piece> {
    text.split_inclusive('\n').map(|line| {
        let kind = if line.trim().is_empty() { Kind::Blank } else { Kind::Comment };
        Piece { text: line.to_owned(), kind }
    })
}

fn piece(text: &str, statement: &Statement, elements: &mut BTreeMap<Vec<Step>, usize>) -> Option<Piece> {
    let start = statement.lines.start;
    let inside = |place: &Range<usize>| place.start.saturating_sub(start)..place.end.saturating_sub(start);
    let kind = match &statement.kind {
        StatementKind::Header { path, array } => {
            Kind::Header { key: numbered(path, *array, elements), place: inside(&statement.place) }
        }
        StatementKind::Assignment { table, key, value } => {
            let mut full = table.steps().to_vec();
            full.extend(key.iter().cloned().map(Step::Name));
            Kind::Assignment { key: full, own: key.len(), value: inside(value) }
        }
    };
    Some(Piece { text: text.get(statement.lines.clone())?.to_owned(), kind })
}

/// The table that a header speaks of: of an array the last element so far.
fn numbered(path: &[String], array: bool, elements: &mut BTreeMap<Vec<Step>, usize>) -> Vec<Step> {
    let mut key: Vec<Step> = Vec::with_capacity(path.len() + 1);
    for (at, name) in path.iter().enumerate() {
        key.push(Step::Name(name.clone()));
        if array && at + 1 == path.len() {
            let count = elements.entry(key.clone()).or_default();
            *count += 1;
        }
        if let Some(last) = elements.get(&key).and_then(|count| count.checked_sub(1)) {
            key.push(Step::Nth(last));
        }
    }
    key
}

/// The paths of the headers of a document, in its order.
pub(super) fn headers(document: &Document) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for statement in &document.statements {
        if let StatementKind::Header { path, .. } = &statement.kind {
            found.push(path.clone());
        }
    }
    found
}

/// Whether a key's names are those of a path, or start with them.
pub(super) fn leads(path: &[String], key: &[Step]) -> bool {
    let mut names = tree::names(key);
    path.iter().all(|name| names.next() == Some(name))
}
