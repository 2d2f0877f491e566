//! What has to move for the server's parser to take a file.
//!
//! In: the blocks of a text. Out: a [`Plan`], where what clashes can be mended by moving lines; nothing where it is
//! something else that is wrong; a refusal where a key has two values. Always: one pass over the file, whatever it
//! holds.

use super::Repair;
use super::blocks::{Block, slice};
use super::names::Names;
use crate::document::lines::Lines;
use crate::document::parse::{self, Refusal, Server};
use crate::document::{Key, Statement, StatementKind, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What goes where. Blocks and statements are given by their numbers.
#[derive(Default)]
pub(super) struct Plan {
    /// Blocks that move before another.
    pub(super) before: BTreeMap<usize, Vec<usize>>,
    /// Blocks that join another of the same name.
    pub(super) joins: BTreeMap<usize, Vec<usize>>,
    /// Keys that move to the end of another block.
    pub(super) moves: BTreeMap<usize, Vec<Move>>,
    /// Their statements.
    pub(super) moved: BTreeSet<usize>,
    /// Keys that say once more what was said before.
    pub(super) again: BTreeSet<usize>,
    /// Blocks that are no longer where they were.
    pub(super) gone: BTreeSet<usize>,
    /// What there is to say of all that.
    pub(super) repairs: Vec<Repair>,
}

/// A key that moves.
pub(super) struct Move {
    /// The comments above it.
    pub(super) lead: Range<usize>,
    /// Its line as it is in its new place.
    pub(super) line: String,
}

struct Planner<'a> {
    text: &'a str,
    statements: &'a [Statement],
    blocks: &'a [Block],
    names: Names,
    lines: Lines,
    /// Which key each block stands for.
    block_names: Vec<usize>,
    /// Which block each one joined, or itself.
    homes: Vec<usize>,
    plan: Plan,
}

/// What to do; `None` where moving lines is no help.
pub(super) fn plan(text: &str, statements: &[Statement], blocks: &[Block]) -> Result<Option<Plan>, Refusal> {
    let lines = Lines::of(text);
    let (names, plan) = (Names::new(), Plan::default());
    let mut planner =
        Planner { text, statements, blocks, names, lines, block_names: Vec::new(), homes: Vec::new(), plan };
    for number in 0..blocks.len() {
        if planner.header(number).is_none() {
            return Ok(None);
        }
    }
    let order = planner.order();
    let mut positions = vec![0; blocks.len()];
    for (position, number) in order.iter().enumerate() {
        if let Some(at) = positions.get_mut(*number) {
            *at = position;
        }
    }
    for number in order {
        planner.keys(number, &positions)?;
    }
    Ok(Some(planner.plan))
}

impl<'a> Planner<'a> {
    /// Finds the place of a block; `None` where its name means two things.
    fn header(&mut self, number: usize) -> Option<()> {
        self.homes.push(number);
        let Some((statement, path, array)) = self.header_of(number) else {
            self.block_names.push(0);
            return Some(());
        };
        let place = statement.place.start;
        let (last, above) = path.split_last()?;
        let mut name = 0;
        for part in above {
            name = self.names.below(name, part);
            self.names.get_mut(name)?.first_below.get_or_insert(number);
            name = self.names.element(name);
        }
        let mut name = self.names.below(name, last);
        let known = self.names.get(name)?;
        if array {
            if known.block.is_some() {
                return None;
            }
            name = self.names.add_element(name);
            self.names.get_mut(name)?.block = Some(number);
        } else if known.elements.is_some() {
            return None;
        } else if let Some(first) = known.block {
            *self.homes.last_mut()? = first;
            self.plan.joins.entry(first).or_default().push(number);
            self.plan.gone.insert(number);
            let (shown, line) = (shown(path, &[]), self.line_of_block(first));
            self.say(
                place,
                format!("the server refuses `[{shown}]` a second time, after line {line}; both are read as one"),
            );
        } else {
            let first_below = known.first_below;
            self.names.get_mut(name)?.block = Some(number);
            if let Some(child) = first_below {
                self.plan.before.entry(child).or_default().push(number);
                self.plan.gone.insert(number);
                let (shown, line) = (shown(path, &[]), self.line_of_block(child));
                self.say(
                    place,
                    format!("the server crashes on `[{shown}]` after a table inside of it, on line {line}; it is moved before that"),
                );
            }
        }
        self.block_names.push(name);
        Some(())
    }

    /// All blocks in their new order, those that join another after it.
    fn order(&mut self) -> Vec<usize> {
        for moved in self.plan.before.values_mut() {
            let depth = |number: &usize| match header(self.blocks, self.statements, *number) {
                Some((_, path, _)) => path.len(),
                None => 0,
            };
            moved.sort_by_key(depth);
        }
        let mut order = Vec::with_capacity(self.blocks.len());
        for number in 0..self.blocks.len() {
            let moved = self.plan.before.get(&number).into_iter().flatten().copied();
            let stays = self.plan.stays(number).then_some(number);
            for number in moved.chain(stays) {
                order.push(number);
                order.extend(self.plan.joins.get(&number).into_iter().flatten());
            }
        }
        order
    }

    /// Looks through the keys of a block for those that are set again, and those that open a table whose header is
    /// still to come.
    fn keys(&mut self, number: usize, positions: &[usize]) -> Result<(), Refusal> {
        let blocks = self.blocks;
        let Some((block, start)) = blocks.get(number).zip(self.block_names.get(number).copied()) else {
            return Ok(());
        };
        let home = self.home(number);
        for line in &block.keys {
            let Some(statement) = self.statements.get(line.statement) else { continue };
            let StatementKind::Assignment { key, .. } = &statement.kind else { continue };
            let Some((last, above)) = key.split_last() else { continue };
            let (mut name, mut target) = (start, None);
            for (depth, part) in above.iter().enumerate() {
                name = self.names.below(name, part);
                let later = self.names.get(name).and_then(|name| name.block).map(|block| self.home(block));
                if let Some(block) = later.filter(|block| positions.get(*block) > positions.get(home)) {
                    target = Some((depth + 1, block));
                }
            }
            let name = self.names.below(name, last);
            let Some(known) = self.names.get_mut(name) else { continue };
            if let Some(first) = known.statement {
                self.again(number, first, line.statement)?;
                continue;
            }
            known.statement = Some(line.statement);
            if let Some((depth, block)) = target {
                self.move_key(statement, line.lead.clone(), depth, block);
                self.plan.moved.insert(line.statement);
            }
        }
        Ok(())
    }

    /// A key that is set a second time.
    fn again(&mut self, block: usize, first: usize, second: usize) -> Result<(), Refusal> {
        let (Some(before), Some(statement)) = (self.statements.get(first), self.statements.get(second)) else {
            return Ok(());
        };
        let StatementKind::Assignment { key, .. } = &statement.kind else { return Ok(()) };
        let path = self.header_of(block).map(|(_, path, _)| path).unwrap_or_default();
        let (shown, line) = (shown(path, key), self.line(before.place.start));
        if !self.same_value(before, statement) {
            let place = statement.place.start;
            let before = self.text.get(statement.lines.start..place).unwrap_or_default();
            return Err(Refusal {
                line: self.line(place),
                column: before.chars().count() + 1,
                message: format!("`{shown}` is set a second time, to another value; first on line {line}"),
                server: Server::Refuses,
            });
        }
        self.plan.again.insert(second);
        let what = format!(
            "the server refuses `{shown}` a second time, after line {line}; the value is the same, and the line is made a comment"
        );
        self.say(statement.place.start, what);
        Ok(())
    }

    fn same_value(&self, first: &Statement, second: &Statement) -> bool {
        let value = |statement: &Statement| match &statement.kind {
            StatementKind::Assignment { value, .. } => slice(self.text, value),
            StatementKind::Header { .. } => "",
        };
        let (first, second) = (value(first), value(second));
        let root = |value: &str| parse::parse(format!("value = {value}").as_bytes()).map(|document| document.root);
        first == second || root(first).is_ok_and(|first| root(second).is_ok_and(|second| first == second))
    }

    /// Moves a key under the header of the table that it opens, without the names of that.
    fn move_key(&mut self, statement: &Statement, lead: Range<usize>, depth: usize, block: usize) {
        let text = self.text.get(statement.place.start..statement.lines.end).unwrap_or_default();
        let rest = parse::names(text).get(depth).and_then(|start| text.get(*start..)).unwrap_or_default();
        let indent = slice(self.text, &(statement.lines.start..statement.place.start));
        let line = format!("{indent}{rest}");
        self.plan.moves.entry(block).or_default().push(Move { lead, line });
        let path = self.header_of(block).map(|(_, path, _)| path).unwrap_or_default();
        let (shown, line) = (shown(path, &[]), self.line_of_block(block));
        self.say(
            statement.place.start,
            format!("the server crashes on `[{shown}]`, on line {line}, after a key that opens that table; the key is moved there"),
        );
    }

    fn header_of(&self, number: usize) -> Option<(&'a Statement, &'a [String], bool)> {
        header(self.blocks, self.statements, number)
    }

    fn home(&self, number: usize) -> usize {
        self.homes.get(number).copied().unwrap_or(number)
    }

    fn line(&self, place: usize) -> usize {
        self.lines.line(place)
    }

    fn line_of_block(&self, number: usize) -> usize {
        self.header_of(number).map_or(1, |(statement, _, _)| self.line(statement.place.start))
    }

    fn say(&mut self, place: usize, what: String) {
        let line = self.line(place);
        self.plan.repairs.push(Repair { line, what });
    }
}

fn shown(path: &[String], names: &[String]) -> Key {
    Key::from(path.iter().chain(names).cloned().map(Step::Name).collect::<Vec<_>>())
}

/// The header of a block, its names, and whether it starts an element of an array of tables.
fn header<'a>(
    blocks: &[Block],
    statements: &'a [Statement],
    number: usize,
) -> Option<(&'a Statement, &'a [String], bool)> {
    let statement = statements.get(blocks.get(number)?.header?)?;
    match &statement.kind {
        StatementKind::Header { path, array } => Some((statement, path, *array)),
        StatementKind::Assignment { .. } => None,
    }
}

impl Plan {
    /// Whether a block is where it was.
    pub(super) fn stays(&self, number: usize) -> bool {
        !self.gone.contains(&number)
    }
}
