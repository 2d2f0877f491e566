//! Three-way merge and difference of texts by lines.
//!
//! In: a text as it was (base), as the user has it (ours) and as the new release has it (theirs). Out: a
//! [`Merged`] value; a clash is a value, not an error. Always: lines compare without their line ends; the result
//! has the line ends of ours; bytes that are no UTF-8 survive; `merge(b, b, x)`, `merge(b, x, b)` and
//! `merge(b, x, x)` are `x`, byte for byte. Lines that are only shown went through [`crate::secret::shown`].

use crate::secret;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Texts with more lines than this between them are not compared line by line: what differs in them is one region.
const MOST_LINES: usize = 20_000;
/// A difference shows no more lines than this.
const MOST_SHOWN: usize = 40;
/// What stands in place of a line that is held back for the sake of its neighbour.
const HELD_BACK: &str = "(not shown: it may hold a secret)";
/// A line that is shown is cut at this many characters.
const LONGEST_SHOWN: usize = 160;

/// What became of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// Theirs brings nothing: the result is ours.
    Unchanged,
    /// Both sides' changes are in.
    Clean(Vec<u8>),
    /// Both sides changed the same lines, in different ways.
    Clash {
        /// Where, in the order of the lines.
        regions: Vec<Clash>,
        /// The merge in which ours is taken in each of them.
        ours_wins: Vec<u8>,
        /// The merge in which theirs is taken in each of them.
        theirs_wins: Vec<u8>,
    },
}

/// A region that both sides changed in different ways. Its lines are for showing: bounded, and without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clash {
    /// The first line of it in base, from 1. Where base has no line in it, the line before which it was added.
    pub base_line: usize,
    /// The same in ours.
    pub ours_line: usize,
    /// The same in theirs.
    pub theirs_line: usize,
    /// Base's lines.
    pub base: Vec<String>,
    /// Ours' lines.
    pub ours: Vec<String>,
    /// Theirs' lines.
    pub theirs: Vec<String>,
}

/// Merges what ours and theirs made of base.
pub fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Merged {
    if ours == theirs || theirs == base {
        return Merged::Unchanged;
    }
    if ours == base {
        return Merged::Clean(theirs.to_vec());
    }
    let sides = Sides { base: lines(base), ours: lines(ours), theirs: lines(theirs) };
    let regions = regions(&sides);
    let ours_wins = sides.assemble(&regions, ours, true);
    let clashes: Vec<Clash> =
        regions.iter().filter(|region| region.clashes).map(|region| sides.shown(region)).collect();
    if clashes.is_empty() {
        if ours_wins == ours { Merged::Unchanged } else { Merged::Clean(ours_wins) }
    } else {
        Merged::Clash { regions: clashes, ours_wins, theirs_wins: sides.assemble(&regions, ours, false) }
    }
}

/// The lines by which two texts differ: `- 12: text` for a line of `from`, `+ 12: text` for one of `to`.
pub fn difference(from: &[u8], to: &[u8]) -> Vec<String> {
    let (from, to) = (lines(from), lines(to));
    let mut shown = Vec::new();
    for hunk in hunks(&from, &to) {
        shown.extend(hunk.old.map(|at| format!("- {}: {}", at + 1, show(&from, at))));
        shown.extend(hunk.new.map(|at| format!("+ {}: {}", at + 1, show(&to, at))));
    }
    if shown.len() > MOST_SHOWN {
        let more = shown.len() - (MOST_SHOWN - 1);
        shown.truncate(MOST_SHOWN - 1);
        shown.push(format!("... and {more} more lines"));
    }
    shown
}

/// The lines of ours that are neither in base nor in theirs, with their numbers from 1: what a person wrote, where
/// base may be older than the home and theirs newer. For showing.
pub fn only_in(ours: &[u8], base: &[u8], theirs: &[u8]) -> Vec<(usize, String)> {
    let known: BTreeSet<&[u8]> = lines(base).into_iter().chain(lines(theirs)).map(|line| line.text).collect();
    let ours = lines(ours);
    let unknown = ours.iter().enumerate().filter(|(_, line)| !known.contains(line.text));
    unknown.map(|(at, _)| (at + 1, show(&ours, at))).collect()
}

/// A line and its line end, which is empty at the end of some texts.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    text: &'a [u8],
    end: &'a [u8],
}

fn lines(text: &[u8]) -> Vec<Line<'_>> {
    let split = |whole: &[u8]| {
        let end = if whole.ends_with(b"\r\n") { 2 } else { usize::from(whole.ends_with(b"\n")) };
        whole.len() - end
    };
    let halves = text.split_inclusive(|&byte| byte == b'\n').map(|whole| whole.split_at(split(whole)));
    halves.map(|(text, end)| Line { text, end }).collect()
}

/// A line as it may be shown.
fn show(lines: &[Line<'_>], at: usize) -> String {
    let text_at = |at: usize| String::from_utf8_lossy(lines.get(at).map_or(b"", |line| line.text));
    let text = text_at(at);
    let before = at.checked_sub(1).map(text_at).unwrap_or_default();
    // The whole line decides whether it may be shown, not what is left of it.
    let text =
        if continues_secret(&before, &text) || is_key_material(&text) { HELD_BACK } else { secret::shown(&text) };
    if text.chars().count() <= LONGEST_SHOWN {
        return text.to_owned();
    }
    text.chars().take(LONGEST_SHOWN - 3).chain("...".chars()).collect()
}

/// Whether a line goes on with the value of a line that may hold a secret.
pub(crate) fn continues_secret(before: &str, line: &str) -> bool {
    let before = before.trim_end();
    let goes_on = before.ends_with(['\\', '=', ':'])
        || before.ends_with("\"\"\"")
        || (before.ends_with('>') && !before.contains("</") && !before.ends_with("/>"));
    goes_on && !line.trim_start().starts_with('<') && secret::may_hold_secret(before)
}

/// Whether a line is a piece of a key or a certificate: a long word in base64 and nothing else.
fn is_key_material(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 40
        && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
        && line.bytes().any(|byte| byte.is_ascii_digit())
        && line.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Lines of one text that stand in place of lines of another.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hunk {
    old: Range<usize>,
    new: Range<usize>,
}

/// Where two texts differ, in order; none touches the next.
fn hunks(old: &[Line<'_>], new: &[Line<'_>]) -> Vec<Hunk> {
    let same = |(a, b): &(&Line<'_>, &Line<'_>)| a.text == b.text;
    let start = old.iter().zip(new).take_while(same).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let (old_end, new_end) = (old.len() - end, new.len() - end);
    if start == old_end && start == new_end {
        return Vec::new();
    }
    if old_end + new_end - 2 * start > MOST_LINES {
        return vec![Hunk { old: start..old_end, new: start..new_end }];
    }
    // Lines become numbers first, so that their ends and bytes mean nothing to the algorithm.
    let mut numbers = BTreeMap::new();
    let middle_of = |text: &[Line<'_>], to: usize, numbers: &mut BTreeMap<Vec<u8>, usize>| -> String {
        let middle = text.get(start..to).unwrap_or_default();
        let number = |line: &Line<'_>| {
            let next = numbers.len();
            format!("{}\n", *numbers.entry(line.text.to_vec()).or_insert(next))
        };
        middle.iter().map(number).collect()
    };
    let (from, to) = (middle_of(old, old_end, &mut numbers), middle_of(new, new_end, &mut numbers));
    let patch = diffy::DiffOptions::new().set_context_len(0).create_patch(&from, &to);
    let place = |range: diffy::HunkRange| {
        // An empty range names the line before it.
        let first = if range.is_empty() { range.start() } else { range.start().saturating_sub(1) };
        start + first..start + first + range.len()
    };
    patch.hunks().iter().map(|hunk| Hunk { old: place(hunk.old_range()), new: place(hunk.new_range()) }).collect()
}

struct Sides<'a> {
    base: Vec<Line<'a>>,
    ours: Vec<Line<'a>>,
    theirs: Vec<Line<'a>>,
}

/// Lines of base that at least one side changed, and what each side made of them.
#[derive(Debug)]
struct Region {
    base: Range<usize>,
    ours: Range<usize>,
    theirs: Range<usize>,
    /// Whether theirs is what goes in: ours left the region alone.
    take_theirs: bool,
    clashes: bool,
}

/// Changes of both sides, those that overlap or touch put together.
fn regions(sides: &Sides<'_>) -> Vec<Region> {
    let (mine, other) = (hunks(&sides.base, &sides.ours), hunks(&sides.base, &sides.theirs));
    let (mut mine, mut other) = (mine.into_iter().peekable(), other.into_iter().peekable());
    // How far the lines of each side are ahead of base's after the hunks so far.
    let (mut mine_at, mut other_at) = (Offset::default(), Offset::default());
    let mut regions = Vec::new();
    loop {
        let first = match (mine.peek(), other.peek()) {
            (Some(a), Some(b)) => a.old.start.min(b.old.start),
            (Some(a), None) => a.old.start,
            (None, Some(b)) => b.old.start,
            (None, None) => return regions,
        };
        let (mine_before, other_before) = (mine_at, other_at);
        let mut end = first;
        loop {
            let before = end;
            while let Some(hunk) = mine.next_if(|hunk| hunk.old.start <= end) {
                end = end.max(hunk.old.end);
                mine_at.pass(&hunk);
            }
            while let Some(hunk) = other.next_if(|hunk| hunk.old.start <= end) {
                end = end.max(hunk.old.end);
                other_at.pass(&hunk);
            }
            if end == before {
                break;
            }
        }
        let base = first..end;
        let ours = mine_before.map(first)..mine_at.map(end);
        let theirs = other_before.map(first)..other_at.map(end);
        let texts = |lines: &[Line<'_>], range: &Range<usize>| -> Vec<Vec<u8>> {
            lines.get(range.clone()).unwrap_or_default().iter().map(|line| line.text.to_vec()).collect()
        };
        let (b, o, t) = (texts(&sides.base, &base), texts(&sides.ours, &ours), texts(&sides.theirs, &theirs));
        regions.push(Region { take_theirs: o == b, clashes: o != b && t != b && o != t, base, ours, theirs });
    }
}

/// By how much a side's line numbers differ from base's.
#[derive(Clone, Copy, Debug, Default)]
struct Offset {
    added: usize,
    removed: usize,
}

impl Offset {
    fn pass(&mut self, hunk: &Hunk) {
        self.added += hunk.new.len();
        self.removed += hunk.old.len();
    }

    fn map(self, line: usize) -> usize {
        (line + self.added).saturating_sub(self.removed)
    }
}

impl Sides<'_> {
    /// The merged text. Lines that no side changed, or both in the same way, are ours', line ends included.
    fn assemble(&self, regions: &[Region], ours: &[u8], ours_wins: bool) -> Vec<u8> {
        let mut result: Vec<Line<'_>> = Vec::new();
        let end = self.line_end();
        let mut at = 0;
        for region in regions {
            result.extend(self.ours.get(at..region.ours.start).unwrap_or_default());
            at = region.ours.end;
            if region.take_theirs || (region.clashes && !ours_wins) {
                let theirs = self.theirs.get(region.theirs.clone()).unwrap_or_default();
                result.extend(
                    theirs.iter().map(|line| Line { end: if line.end.is_empty() { b"" } else { end }, ..*line }),
                );
            } else {
                result.extend(self.ours.get(region.ours.clone()).unwrap_or_default());
            }
        }
        result.extend(self.ours.get(at..).unwrap_or_default());
        let mut bytes = Vec::with_capacity(ours.len());
        let last = result.len().saturating_sub(1);
        for (place, line) in result.iter().enumerate() {
            bytes.extend_from_slice(line.text);
            // A line that was the last of its text may not be the last here.
            bytes.extend_from_slice(if line.end.is_empty() && place < last { end } else { line.end });
        }
        bytes
    }

    /// The line end that most lines of ours have.
    fn line_end(&self) -> &'static [u8] {
        let crlf = self.ours.iter().filter(|line| line.end.len() == 2).count();
        if crlf * 2 > self.ours.len() { b"\r\n" } else { b"\n" }
    }

    fn shown(&self, region: &Region) -> Clash {
        let texts = |lines: &[Line<'_>], range: &Range<usize>| -> Vec<String> {
            let mut shown: Vec<String> = range.clone().take(MOST_SHOWN).map(|at| show(lines, at)).collect();
            if range.len() > MOST_SHOWN {
                shown.push(format!("... and {} more lines", range.len() - MOST_SHOWN));
            }
            shown
        };
        Clash {
            base_line: region.base.start + 1,
            ours_line: region.ours.start + 1,
            theirs_line: region.theirs.start + 1,
            base: texts(&self.base, &region.base),
            ours: texts(&self.ours, &region.ours),
            theirs: texts(&self.theirs, &region.theirs),
        }
    }
}

#[cfg(test)]
mod tests;
