//! A text as blocks of whole lines, which can be put together in another order.
//!
//! In: a text and its statements. Out: [`Block`]s, or the text that reordered blocks make. Always: the lines of all
//! blocks, in their order, are the text; a comment directly above a header or a key goes with it.

use crate::document::{Statement, StatementKind};
use std::ops::Range;

/// A header with what stands under it, or what stands above the first header.
pub(super) struct Block {
    /// Comments directly above the header.
    pub(super) lead: Range<usize>,
    /// The number of the header's statement; none for what stands above the first.
    pub(super) header: Option<usize>,
    /// Its keys.
    pub(super) keys: Vec<Line>,
    /// Comments directly under its last line.
    pub(super) close: Range<usize>,
    /// What follows up to the next block: it starts with an empty line.
    pub(super) rest: Range<usize>,
}

/// A key with its value.
pub(super) struct Line {
    /// The number of its statement.
    pub(super) statement: usize,
    /// What stands between the statement before and the comments directly above this one.
    pub(super) gap: Range<usize>,
    /// Comments directly above it.
    pub(super) lead: Range<usize>,
}

/// The blocks of a text; there is one above the first header in any case.
pub(super) fn blocks(text: &str, statements: &[Statement]) -> Vec<Block> {
    let mut blocks = vec![Block { lead: 0..0, header: None, keys: Vec::new(), close: 0..0, rest: 0..0 }];
    let mut end = 0;
    for (number, statement) in statements.iter().enumerate() {
        let gap = end..statement.lines.start;
        let lead = gap.end - comments_at_end(slice(text, &gap))..gap.end;
        let gap = gap.start..lead.start;
        end = statement.lines.end;
        match statement.kind {
            StatementKind::Header { .. } => {
                close(text, &mut blocks, gap);
                blocks.push(Block { lead, header: Some(number), keys: Vec::new(), close: 0..0, rest: 0..0 });
            }
            StatementKind::Assignment { .. } => {
                if let Some(block) = blocks.last_mut() {
                    block.keys.push(Line { statement: number, gap, lead });
                }
            }
        }
    }
    close(text, &mut blocks, end..text.len());
    blocks
}

fn close(text: &str, blocks: &mut [Block], after: Range<usize>) {
    if let Some(block) = blocks.last_mut() {
        let lines = slice(text, &after).split_inclusive('\n');
        let length: usize = lines.take_while(|line| !line.trim().is_empty()).map(str::len).sum();
        block.close = after.start..after.start + length;
        block.rest = block.close.end..after.end;
    }
}

/// The length of the comment lines that a text ends with.
fn comments_at_end(text: &str) -> usize {
    let lines = text.split_inclusive('\n').rev();
    lines.take_while(|line| line.trim_start().starts_with('#')).map(str::len).sum()
}

/// A piece of a text.
pub(super) fn slice<'a>(text: &'a str, range: &Range<usize>) -> &'a str {
    text.get(range.clone()).unwrap_or_default()
}

/// A text that is put together from whole lines.
pub(super) struct Lines {
    pub(super) text: String,
    line_end: &'static str,
}

impl Lines {
    pub(super) fn like(text: &str) -> Self {
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { text: String::with_capacity(text.len()), line_end }
    }

    /// Adds lines. The last one before them gets its line end where it was the last of the file.
    pub(super) fn push(&mut self, lines: &str) {
        if !lines.is_empty() && !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push_str(self.line_end);
        }
        self.text.push_str(lines);
    }

    /// Adds lines, each as a comment.
    pub(super) fn push_as_comment(&mut self, lines: &str) {
        for line in lines.split_inclusive('\n') {
            self.push(&format!("# {line}"));
        }
    }

    /// Adds an empty line.
    pub(super) fn push_empty(&mut self) {
        self.push(self.line_end);
    }

    /// Adds what stood after a block that is gone, without the empty lines that would double those before.
    pub(super) fn push_after_gap(&mut self, lines: &str) {
        let before = self.text.lines().next_back();
        if before.is_some_and(|line| !line.trim().is_empty()) {
            return self.push(lines);
        }
        let mut rest = lines;
        while let Some((line, after)) = rest.split_once('\n')
            && line.trim().is_empty()
        {
            rest = after;
        }
        self.push(rest);
    }
}
