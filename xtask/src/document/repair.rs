//! Mends what the server's parser refuses and whose meaning is plain.
//!
//! In: bytes that `parse` refuses. Out: a text that it takes, and what was mended. Always: every comment and
//! every value is still there, with its bytes; only whole lines move, with the comments directly above them. A key that
//! moves under a header loses the names that the header says; a header that stands twice stands once; a line that says
//! the same once more becomes a comment. A file that needs no mending is not touched, and one that was mended needs
//! none.

mod blocks;
mod names;
mod plan;
#[cfg(test)]
mod tests;

use super::parse::{self, Refusal, Server};
use super::{Document, Statement};
use blocks::{Block, Lines, slice};
use plan::{Move, Plan};

/// A file as it can be read, and what had to be mended.
#[derive(Clone, Debug, PartialEq)]
pub struct Repaired {
    /// The file.
    pub document: Document,
    /// What was mended, in the order of the file.
    pub repairs: Vec<Repair>,
    /// The line, from 1, of the first byte that is no UTF-8. The server reads U+FFFD in its place, and so does this.
    pub no_utf8: Option<usize>,
}

/// Something that was mended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The line, from 1, of the file as it was.
    pub line: usize,
    /// What the server says to it and what was done: a lower-case fragment.
    pub what: String,
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Parses a file, mending it where that is needed and plain.
pub fn read(toml: &[u8]) -> Result<Repaired, Refusal> {
    let without_mark = toml.strip_prefix(BYTE_ORDER_MARK);
    let mut repaired = read_text(without_mark.unwrap_or(toml))?;
    let mut before = Vec::new();
    if without_mark.is_some() {
        let what = "the server refuses a file with a byte order mark; it is left out".to_owned();
        before.push(Repair { line: 1, what });
    }
    repaired.no_utf8 = no_utf8(toml);
    repaired.repairs.splice(..0, before);
    Ok(repaired)
}

/// The line, from 1, of the first byte that is no UTF-8.
fn no_utf8(toml: &[u8]) -> Option<usize> {
    let at = std::str::from_utf8(toml).err()?.valid_up_to();
    Some(toml.get(..at)?.split(|byte| *byte == b'\n').count())
}

fn read_text(toml: &[u8]) -> Result<Repaired, Refusal> {
    let refusal = match parse::parse(toml) {
        Ok(document) => return Ok(Repaired { document, repairs: Vec::new(), no_utf8: None }),
        Err(refusal) => refusal,
    };
    if refusal.server == Server::Takes {
        return Err(refusal);
    }
    let text = String::from_utf8_lossy(toml);
    let Some(statements) = parse::statements(&text) else { return Err(refusal) };
    let blocks = blocks::blocks(&text, &statements);
    let plan = plan::plan(&text, &statements, &blocks)?;
    match plan {
        Some(mut plan) if !plan.repairs.is_empty() => {
            let mended = put_together(&text, &statements, &blocks, &plan);
            // What is still refused was refused before: the places of the mended text are nothing to show.
            let document = parse::parse(mended.as_bytes()).map_err(|_| refusal)?;
            plan.repairs.sort_by_key(|repair| repair.line);
            Ok(Repaired { document, repairs: plan.repairs, no_utf8: None })
        }
        _ => Err(refusal),
    }
}

/// The text with its blocks and lines where the plan has them.
fn put_together(text: &str, statements: &[Statement], blocks: &[Block], plan: &Plan) -> String {
    let mut lines = Lines::like(text);
    for (number, block) in blocks.iter().enumerate() {
        for earlier in plan.before.get(&number).into_iter().flatten() {
            push_block(&mut lines, text, statements, blocks, plan, *earlier);
            lines.push_empty();
        }
        if plan.stays(number) {
            push_block(&mut lines, text, statements, blocks, plan, number);
            lines.push(slice(text, &block.rest));
        } else {
            lines.push_after_gap(slice(text, &block.rest));
        }
    }
    lines.text
}

/// A block, with what joins it.
fn push_block(lines: &mut Lines, text: &str, statements: &[Statement], blocks: &[Block], plan: &Plan, number: usize) {
    let Some(block) = blocks.get(number) else { return };
    lines.push(slice(text, &block.lead));
    if let Some(header) = block.header.and_then(|header| statements.get(header)) {
        lines.push(slice(text, &header.lines));
    }
    push_keys(lines, text, statements, block, plan);
    for joining in plan.joins.get(&number).into_iter().flatten() {
        let Some(block) = blocks.get(*joining) else { continue };
        lines.push(slice(text, &block.lead));
        if let Some(header) = block.header.and_then(|header| statements.get(header)) {
            // Of the header only its comment is left.
            let after = slice(text, &(header.place.end..header.lines.end));
            lines.push(after.find('#').and_then(|start| after.get(start..)).unwrap_or_default());
        }
        push_keys(lines, text, statements, block, plan);
    }
    for Move { lead, line } in plan.moves.get(&number).into_iter().flatten() {
        lines.push(slice(text, lead));
        lines.push(line);
    }
}

fn push_keys(lines: &mut Lines, text: &str, statements: &[Statement], block: &Block, plan: &Plan) {
    for key in &block.keys {
        lines.push(slice(text, &key.gap));
        let Some(statement) = statements.get(key.statement) else { continue };
        if plan.moved.contains(&key.statement) {
            continue;
        }
        lines.push(slice(text, &key.lead));
        let line = slice(text, &statement.lines);
        if plan.again.contains(&key.statement) { lines.push_as_comment(line) } else { lines.push(line) }
    }
    lines.push(slice(text, &block.close));
}
