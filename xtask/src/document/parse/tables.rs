//! The tables that headers and assignments make.
//!
//! In: headers and values with their names and places, in the order of the file. Out: one tree, or a [`Clash`].
//! Always: who may go on with whose table is as in cava-toml. A table that was only walked through and then gets its
//! own header is put into itself there, so that the server overflows its stack later: [`Tables::crash`].
//!
//! Source: cava-toml 0.5.0, `MutableTomlTable.createTable`, `createArrayTable`, `set`, `ensureTable`.

use crate::document::{Step, Table, Value};
use indexmap::IndexMap;
use std::mem;

/// What an array holds: all its elements are of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    String,
    Integer,
    Float,
    Boolean,
    OffsetDateTime,
    DateTime,
    Date,
    Time,
    Array,
    Table,
}

/// What a name stands for.
pub(super) enum Item {
    Value(Value),
    /// A table, by number.
    Table(usize),
    /// The tables of `[[..]]`, by number.
    Tables(Vec<usize>),
}

/// Why a name cannot be used as a statement wants to; `first` is the place where it was used before.
pub(super) enum Clash {
    /// It has a value or a header already.
    Twice { first: usize, is_table: bool },
    /// Names from the start name no table.
    NoTable(NoTable),
    /// It is no array of tables.
    NoArray { first: usize },
}

/// So many names from the start name no table.
pub(super) struct NoTable {
    pub(super) names: usize,
    pub(super) first: usize,
    pub(super) is_array: bool,
}

struct Element {
    item: Item,
    place: usize,
}

#[derive(Default)]
struct Node {
    elements: IndexMap<String, Element>,
    /// Walked through, and never given a header of its own.
    implicit: bool,
    /// Written `{}`.
    empty: bool,
}

/// All tables, by number; the root is the first.
pub(super) struct Tables {
    nodes: Vec<Node>,
    empties: usize,
    /// Where something was added to a table written `{}`.
    pub(super) filled_empty: Option<usize>,
    /// Where a table was put into itself: the header, and what made the table before.
    pub(super) crash: Option<(usize, usize)>,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()], empties: 0, filled_empty: None, crash: None }
    }

    /// A table of its own, of an inline table.
    pub(super) fn add(&mut self, implicit: bool) -> usize {
        self.nodes.push(Node { implicit, ..Node::default() });
        self.nodes.len() - 1
    }

    /// Says that a table is written `{}`, which for the server are all one table, and one that is not defined yet.
    pub(super) fn is_empty(&mut self, table: usize) {
        self.empties += 1;
        if let Some(node) = self.nodes.get_mut(table) {
            node.empty = true;
            node.implicit = true;
        }
    }

    /// Whether there is more than one `{}`.
    pub(super) fn shares_empty(&self) -> bool {
        self.empties > 1
    }

    /// The table of `[path]`, with its key.
    pub(super) fn header(&mut self, path: &[String], place: usize) -> Result<(usize, Vec<Step>), Clash> {
        let Some((last, above)) = path.split_last() else { return Ok((0, Vec::new())) };
        let mut key = Vec::with_capacity(path.len());
        let parent = self.walk(0, above, place, Some(&mut key))?;
        key.push(Step::Name(last.clone()));
        let (found, first) = match self.element(parent, last) {
            None => {
                let table = self.add(false);
                self.put(parent, last, Item::Table(table), place);
                return Ok((table, key));
            }
            Some(Element { item: Item::Table(table), place }) => (Some(*table), *place),
            Some(element) => (None, element.place),
        };
        if let Some(table) = found
            && let Some(node) = self.nodes.get_mut(table).filter(|node| node.implicit)
        {
            node.implicit = false;
            self.put(table, last, Item::Table(table), place);
            self.crash.get_or_insert((place, first));
            return Ok((table, key));
        }
        Err(Clash::Twice { first, is_table: found.is_some() })
    }

    /// A new element of `[[path]]`, with its key.
    pub(super) fn array_header(&mut self, path: &[String], place: usize) -> Result<(usize, Vec<Step>), Clash> {
        let Some((last, above)) = path.split_last() else { return Ok((0, Vec::new())) };
        let mut key = Vec::with_capacity(path.len() + 1);
        let parent = self.walk(0, above, place, Some(&mut key))?;
        key.push(Step::Name(last.clone()));
        let table = self.add(false);
        if self.element(parent, last).is_none() {
            self.put(parent, last, Item::Tables(Vec::new()), place);
        }
        match self.nodes.get_mut(parent).and_then(|node| node.elements.get_mut(last)) {
            Some(Element { item: Item::Tables(tables), .. }) => {
                key.push(Step::Nth(tables.len()));
                tables.push(table);
                Ok((table, key))
            }
            other => Err(Clash::NoArray { first: other.map_or(place, |element| element.place) }),
        }
    }

    /// Gives a name below a table its value.
    pub(super) fn set(&mut self, table: usize, path: &[String], item: Item, place: usize) -> Result<(), Clash> {
        let Some((last, above)) = path.split_last() else { return Ok(()) };
        let parent = self.walk(table, above, place, None)?;
        if let Some(Element { item, place }) = self.element(parent, last) {
            return Err(Clash::Twice { first: *place, is_table: !matches!(item, Item::Value(_)) });
        }
        self.put(parent, last, item, place);
        Ok(())
    }

    /// The value of an item, which leaves the tables.
    pub(super) fn take(&mut self, item: Item) -> Value {
        match item {
            Item::Value(value) => value,
            Item::Table(table) => Value::Table(self.take_table(table)),
            Item::Tables(tables) => {
                Value::Array(tables.into_iter().map(|table| Value::Table(self.take_table(table))).collect())
            }
        }
    }

    /// The whole tree.
    pub(super) fn take_root(&mut self) -> Table {
        self.take_table(0)
    }

    fn take_table(&mut self, table: usize) -> Table {
        let elements = self.nodes.get_mut(table).map(|node| mem::take(&mut node.elements)).unwrap_or_default();
        elements.into_iter().map(|(name, element)| (name, self.take(element.item))).collect()
    }

    fn element(&self, table: usize, name: &str) -> Option<&Element> {
        self.nodes.get(table)?.elements.get(name)
    }

    fn put(&mut self, table: usize, name: &str, item: Item, place: usize) {
        if let Some(node) = self.nodes.get_mut(table) {
            if node.empty {
                self.filled_empty.get_or_insert(place);
            }
            node.elements.insert(name.to_owned(), Element { item, place });
        }
    }

    /// The table at a path, made where it is missing. Only a header, which wants its key, goes through the last
    /// element of an array of tables.
    fn walk(
        &mut self,
        from: usize,
        path: &[String],
        place: usize,
        mut key: Option<&mut Vec<Step>>,
    ) -> Result<usize, Clash> {
        let mut table = from;
        for (number, name) in path.iter().enumerate() {
            if let Some(key) = &mut key {
                key.push(Step::Name(name.clone()));
            }
            table = match self.element(table, name) {
                None => {
                    let new = self.add(true);
                    self.put(table, name, Item::Table(new), place);
                    new
                }
                Some(Element { item: Item::Table(inner), .. }) => *inner,
                Some(Element { item: Item::Tables(tables), place: first }) => match (&mut key, tables.last()) {
                    (Some(key), Some(last)) => {
                        key.push(Step::Nth(tables.len() - 1));
                        *last
                    }
                    _ => return Err(Clash::NoTable(NoTable { names: number + 1, first: *first, is_array: true })),
                },
                Some(Element { item: Item::Value(value), place: first }) => {
                    let is_array = value.is_array_of_tables();
                    return Err(Clash::NoTable(NoTable { names: number + 1, first: *first, is_array }));
                }
            };
        }
        Ok(table)
    }
}
