//! Headers, keys and values, one after the other.
//!
//! In: the tokens of a text. Out: its statements, its settings and the tree that they make, or the first [`Fault`].
//! Always: one pass; what is refused wins over what the server would only crash on later; depth and memory have their
//! bounds.

use super::lexer::{Kind, Lexer, Quotes, Token};
use super::tables::{Item, Tables, Type};
use super::{DEEPEST, EACH, Fault, MOST_MEMORY, Server, line_of, scalars, strings};
use crate::document::{Key, Setting, Statement, StatementKind, Step, Table, Value};
use std::ops::Range;

/// A value that was read.
struct Parsed {
    item: Item,
    kind: Type,
    place: Range<usize>,
}

pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    /// A token that was looked at and not used yet.
    ahead: Option<Token>,
    tables: Tables,
    /// Whether headers and assignments make tables, and clash.
    pub(super) with_tables: bool,
    pub(super) statements: Vec<Statement>,
    pub(super) settings: Vec<Setting>,
    /// The table of the last header, and its key.
    table: usize,
    pub(super) table_key: Vec<Step>,
    /// The key of the value at hand, from there.
    pub(super) path: Vec<Step>,
    /// How many names of both have a quote in them.
    quoted: usize,
    /// How many arrays are around that are one setting as a whole.
    whole: usize,
    depth: usize,
    memory: usize,
    /// The first thing that the server would crash on, unless something is refused.
    crash: Option<Fault>,
    /// How many arrays of the last value were empty or ended with a comma.
    pub(super) open_ended: usize,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            lexer: Lexer::new(text),
            ahead: None,
            tables: Tables::new(),
            with_tables: true,
            statements: Vec::new(),
            settings: Vec::new(),
            table: 0,
            table_key: Vec::new(),
            path: Vec::new(),
            quoted: 0,
            whole: 0,
            depth: 0,
            memory: 0,
            crash: None,
            open_ended: 0,
        }
    }

    fn next(&mut self) -> Token {
        self.ahead.take().unwrap_or_else(|| self.lexer.token())
    }

    fn peek(&mut self) -> Token {
        let token = self.ahead.take().unwrap_or_else(|| self.lexer.token());
        self.ahead = Some(token);
        token
    }

    /// Reads everything.
    pub(super) fn document(&mut self) -> Result<Table, Fault> {
        loop {
            let token = self.next();
            match token.kind {
                Kind::Newline => continue,
                Kind::End => break,
                Kind::Header | Kind::ArrayHeader => self.header(token)?,
                Kind::Bare | Kind::Quotes(Quotes::Basic | Quotes::Literal) => self.assignment(token)?,
                _ => return Err(self.no_statement(token)),
            }
            let token = self.next();
            match token.kind {
                Kind::Newline => {}
                Kind::End => break,
                _ => return Err(self.no_line_end(token)),
            }
        }
        if let Some(at) = self.tables.filled_empty.filter(|_| self.tables.shares_empty()) {
            return Err(Fault::new(
                at,
                "a table written `{}` is added to, and there are others: to the server they are all the same one",
            ));
        }
        if let Some((at, first)) = self.tables.crash {
            let line = line_of(self.lexer.text, first);
            self.crashes(
                at,
                format!("a header after what is in its table, on line {line}; a table goes before what is in it"),
            );
        }
        match self.crash.take() {
            Some(fault) => Err(fault),
            None => Ok(self.tables.take_root()),
        }
    }

    fn header(&mut self, open: Token) -> Result<(), Fault> {
        let array = open.kind == Kind::ArrayHeader;
        let (closing, brackets) = if array { (Kind::ArrayHeaderEnd, "]]") } else { (Kind::HeaderEnd, "]") };
        let token = self.next();
        if token.kind == closing {
            return Err(Fault::new(open.start, "a header without a name"));
        }
        let path = self.key(token).map_err(|fault| {
            let server = if fault.in_string { Server::Crashes } else { fault.server };
            Fault { server, ..fault }
        })?;
        let close = self.next();
        if close.kind != closing {
            return Err(self.no_header_end(close, brackets));
        }
        if self.with_tables {
            let found =
                if array { self.tables.array_header(&path, open.start) } else { self.tables.header(&path, open.start) };
            (self.table, self.table_key) = found.map_err(|clash| self.header_clash(open.start, &path, &clash))?;
        }
        self.quoted = self.table_key.iter().filter(|step| has_quote(step)).count();
        if array {
            self.check_quotes(open.start);
        }
        self.remember(open.start, &[])?;
        self.statement(open.start..close.end, StatementKind::Header { path, array });
        Ok(())
    }

    fn assignment(&mut self, first: Token) -> Result<(), Fault> {
        let names = self.key(first)?;
        let equals = self.next();
        if equals.kind != Kind::Equals {
            return Err(self.no_equals(equals));
        }
        self.open_ended = 0;
        let value = self.value_of(&names)?;
        let place = first.start..value.place.end;
        if self.with_tables {
            let (table, item) = (self.table, value.item);
            self.tables
                .set(table, &names, item, first.start)
                .map_err(|clash| self.key_clash(first.start, &names, &clash))?;
        }
        let table = Key::from(self.table_key.clone());
        self.remember(first.start, &names)?;
        self.statement(place, StatementKind::Assignment { table, key: names, value: value.place });
        Ok(())
    }

    fn statement(&mut self, place: Range<usize>, kind: StatementKind) {
        let text = self.lexer.text;
        let start = text.get(..place.start).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let after = text.get(place.end..).unwrap_or_default();
        let end = after.find('\n').map_or(text.len(), |end| place.end + end + 1);
        self.statements.push(Statement { lines: start..end, place, kind });
    }

    /// The names of a key, from its first token on.
    fn key(&mut self, first: Token) -> Result<Vec<String>, Fault> {
        let mut names = Vec::new();
        let mut token = first;
        loop {
            names.push(match token.kind {
                Kind::Bare => self.lexer.text.get(token.start..token.end).unwrap_or_default().to_owned(),
                Kind::Quotes(quotes @ (Quotes::Basic | Quotes::Literal)) => strings::read(&mut self.lexer, quotes)?,
                _ => return Err(self.no_key(token)),
            });
            if names.len() > DEEPEST {
                return Err(Fault::too_much(first.start, format!("a key with more than {DEEPEST} parts")));
            }
            if self.peek().kind != Kind::Dot {
                return Ok(names);
            }
            self.next();
            token = self.next();
        }
    }

    /// The value of a key, which is next.
    fn value_of(&mut self, names: &[String]) -> Result<Parsed, Fault> {
        let token = self.next();
        self.deeper(names.len(), token.start)?;
        for name in names {
            let step = Step::Name(name.clone());
            self.quoted += usize::from(has_quote(&step));
            self.path.push(step);
        }
        let value = self.value(token)?;
        for _ in names {
            let step = self.path.pop();
            self.quoted -= usize::from(step.as_ref().is_some_and(has_quote));
        }
        self.depth -= names.len();
        Ok(value)
    }

    fn value(&mut self, token: Token) -> Result<Parsed, Fault> {
        let (value, kind) = match token.kind {
            Kind::Array => return self.array(token),
            Kind::Inline => return self.inline(token),
            Kind::Quotes(quotes) => (Value::String(strings::read(&mut self.lexer, quotes)?), Type::String),
            Kind::Date => scalars::date(&mut self.lexer)?,
            Kind::Scalar => {
                scalars::value(self.lexer.text.get(token.start..token.end).unwrap_or_default(), token.start)?
            }
            _ => return Err(self.no_value(token)),
        };
        let place = token.start..self.lexer.at;
        self.setting(&value, &place)?;
        Ok(Parsed { item: Item::Value(value), kind, place })
    }

    fn array(&mut self, open: Token) -> Result<Parsed, Fault> {
        self.deeper(1, open.start)?;
        let mut values = Vec::new();
        let mut kind = None;
        let end = loop {
            let token = self.next();
            match token.kind {
                Kind::Newline => continue,
                Kind::ArrayEnd => {
                    self.open_ended += 1;
                    break token.end;
                }
                _ => {}
            }
            let is_table = token.kind == Kind::Inline;
            let step = is_table.then_some(Step::Nth(values.len()));
            self.path.extend(step);
            self.whole += usize::from(!is_table);
            let value = self.value(token)?;
            self.whole -= usize::from(!is_table);
            if is_table {
                self.path.pop();
            }
            if *kind.get_or_insert(value.kind) != value.kind {
                return Err(Fault::new(value.place.start, "an array with values of different kinds"));
            }
            values.push(self.tables.take(value.item));
            let mut token = self.next();
            if token.kind == Kind::Comma {
                continue;
            }
            while token.kind == Kind::Newline {
                token = self.next();
            }
            if token.kind != Kind::ArrayEnd {
                return Err(self.no_array_end(token));
            }
            break token.end;
        };
        self.depth -= 1;
        let (value, place) = (Value::Array(values), open.start..end);
        if kind == Some(Type::Table) {
            self.check_quotes(open.start);
        } else {
            self.setting(&value, &place)?;
        }
        Ok(Parsed { item: Item::Value(value), kind: Type::Array, place })
    }

    fn inline(&mut self, open: Token) -> Result<Parsed, Fault> {
        self.deeper(1, open.start)?;
        let table = self.tables.add(false);
        let mut token = self.next();
        if token.kind == Kind::InlineEnd {
            self.tables.is_empty(table);
        }
        while token.kind != Kind::InlineEnd {
            let start = token.start;
            let names = self.key(token)?;
            let equals = self.next();
            if equals.kind != Kind::Equals {
                return Err(self.no_equals(equals));
            }
            let value = self.value_of(&names)?;
            self.tables.set(table, &names, value.item, start).map_err(|clash| self.key_clash(start, &names, &clash))?;
            token = self.next();
            if token.kind == Kind::Comma {
                token = self.next();
                if token.kind == Kind::InlineEnd {
                    return Err(Fault::new(token.start, "an inline table that ends with a comma"));
                }
            } else if token.kind != Kind::InlineEnd {
                return Err(self.no_inline_end(token));
            }
        }
        self.depth -= 1;
        Ok(Parsed { item: Item::Table(table), kind: Type::Table, place: open.start..token.end })
    }

    fn setting(&mut self, value: &Value, place: &Range<usize>) -> Result<(), Fault> {
        self.check_quotes(place.start);
        if self.whole > 0 {
            return self.remember(place.start, &[]);
        }
        let key: Vec<Step> = self.table_key.iter().chain(&self.path).cloned().collect();
        self.remember(place.start, &[])?;
        let (value, place) = (value.clone(), place.clone());
        self.settings.push(Setting { key: Key::from(key), value, statement: self.statements.len(), place });
        Ok(())
    }

    /// Counts what is kept for a statement or a value.
    fn remember(&mut self, at: usize, names: &[String]) -> Result<(), Fault> {
        let steps = if self.whole > 0 { &[][..] } else { self.table_key.as_slice() };
        let steps = steps.iter().chain(if self.whole > 0 { &[][..] } else { self.path.as_slice() });
        let steps: usize = steps.map(size_of_step).sum();
        self.memory += EACH + steps + names.iter().map(|name| size_of::<String>() + name.len()).sum::<usize>();
        if self.memory > MOST_MEMORY {
            return Err(Fault::too_much(at, "far more keys and values than any configuration has"));
        }
        Ok(())
    }

    fn deeper(&mut self, levels: usize, at: usize) -> Result<(), Fault> {
        self.depth += levels;
        if self.depth > DEEPEST {
            return Err(Fault::too_much(at, format!("values that are nested more than {DEEPEST} deep")));
        }
        Ok(())
    }

    /// Source: config-mapper `TomlParser.parseToml` writes keys with `'` for `"` and has cava-toml read them again.
    fn check_quotes(&mut self, at: usize) {
        if self.quoted > 0 {
            self.crashes(at, "a key with a quotation mark or an apostrophe in it".to_owned());
        }
    }

    fn crashes(&mut self, at: usize, message: String) {
        if self.crash.as_ref().is_none_or(|crash| crash.at > at) {
            self.crash = Some(Fault { server: Server::Crashes, ..Fault::new(at, message) });
        }
    }
}

fn has_quote(step: &Step) -> bool {
    matches!(step, Step::Name(name) if name.contains(['\'', '"']))
}

fn size_of_step(step: &Step) -> usize {
    let name = if let Step::Name(name) = step { name.len() } else { 0 };
    size_of::<Step>() + name
}
