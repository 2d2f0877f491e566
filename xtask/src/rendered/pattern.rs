//! The lines of a template with holes in them.
//!
//! In: a template. Out: one [`Pattern`] for each unit that it can render. Always: a match is found in bounded time.

use crate::rendered::context::Key;
use crate::rendered::template::Node;
use crate::rendered::units::{Unit, units};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// While patterns are made, a hole is one character from here on, which no configuration holds.
const HOLES: char = '\u{F0000}';
/// More holes than this has no template.
const MOST_HOLES: u32 = 60_000;
/// A pattern with more holes than this is not matched.
const MOST_HOLES_IN_ONE: usize = 12;
/// A template of more units than this is no configuration.
const MOST_PATTERNS: usize = 5_000;
/// A unit longer than this is not matched.
const LONGEST: usize = 8 * 1024;

/// A loop around a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Loop {
    /// Which loop of the template.
    pub number: usize,
    /// Its names.
    pub names: Vec<String>,
    /// What it runs over.
    pub over: Key,
    /// Whether it runs over pairs.
    pub items: bool,
}

/// A place in a pattern where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    /// The path as the template has it.
    pub path: Key,
    /// Whether the value is a list, written with something between its elements.
    pub list: bool,
}

/// A unit of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The texts around the holes: one more than there are holes.
    pub texts: Vec<String>,
    /// The holes.
    pub holes: Vec<Hole>,
    /// The loops around it, the outermost first.
    pub loops: Vec<Loop>,
    /// The condition right around it.
    pub condition: Option<String>,
}

impl Pattern {
    /// The values that make this unit of the pattern; `None` where it does not fit.
    pub(super) fn captures<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let [first, rest @ ..] = self.texts.as_slice() else { return None };
        let mut left = text.strip_prefix(first.as_str())?;
        if text.len() > LONGEST || rest.len() > MOST_HOLES_IN_ONE {
            return None;
        }
        let Some((last, middle)) = rest.split_last() else { return left.is_empty().then(Vec::new) };
        let mut captures = Vec::new();
        // The shortest value each time: what follows a value in a template is a quote, a tag or ` = `, which no
        // value of interest holds.
        for part in middle {
            let (value, after) = left.split_once(part.as_str())?;
            captures.push(value);
            left = after;
        }
        captures.push(left.strip_suffix(last.as_str())?);
        Some(captures)
    }
}

/// The patterns of a template in their order.
pub(super) fn patterns(nodes: &[Node], xml: bool) -> Vec<Pattern> {
    let mut writer = Writer::default();
    writer.nodes(nodes, &[], None);
    let mut patterns = Vec::new();
    for unit in units(&writer.text, xml).into_iter().take(MOST_PATTERNS) {
        let mut pattern = Pattern { texts: vec![String::new()], holes: Vec::new(), loops: Vec::new(), condition: None };
        for character in unit.text.chars() {
            let number = u32::from(character).checked_sub(u32::from(HOLES)).filter(|&number| number < MOST_HOLES);
            let entry = number.and_then(|number| writer.holes.get(number as usize));
            match entry {
                Some((Some(hole), ..)) => {
                    pattern.holes.push(hole.clone());
                    pattern.texts.push(String::new());
                }
                Some((None, loops, condition)) => {
                    // A mark at the start of a line tells where in the template it stands.
                    pattern.loops.clone_from(loops);
                    pattern.condition.clone_from(condition);
                }
                None => pattern.texts.last_mut().map(|text| text.push(character)).unwrap_or_default(),
            }
        }
        if pattern.texts.iter().any(|text| !text.is_empty()) || !pattern.holes.is_empty() {
            patterns.push(pattern);
        }
    }
    patterns
}

type Entry = (Option<Hole>, Vec<Loop>, Option<String>);

#[derive(Default)]
struct Writer {
    text: String,
    holes: Vec<Entry>,
    loops: usize,
    /// Whether the line at the end of the text has more than blanks.
    in_line: bool,
}

impl Writer {
    fn nodes(&mut self, nodes: &[Node], loops: &[Loop], condition: Option<&str>) {
        for node in nodes {
            match node {
                Node::Text(text) => {
                    for line in text.split_inclusive('\n') {
                        // Right before the first character, so that the mark is no word of its own in a tag.
                        let (blanks, rest) = line.split_at(line.len() - line.trim_start().len());
                        self.text.push_str(blanks);
                        if !rest.is_empty() {
                            self.mark(loops, condition);
                        }
                        self.text.push_str(rest);
                        self.in_line = if line.ends_with('\n') { false } else { self.in_line || !rest.is_empty() };
                    }
                }
                Node::Hole { path, .. } => {
                    self.mark(loops, condition);
                    self.entry((Some(Hole { path: path.clone(), list: false }), Vec::new(), None));
                }
                Node::For { over, body, .. } if !has_line_end(body) => {
                    self.mark(loops, condition);
                    self.entry((Some(Hole { path: over.clone(), list: true }), Vec::new(), None));
                }
                Node::For { names, over, items, body } => {
                    self.loops += 1;
                    let new = Loop { number: self.loops, names: names.clone(), over: over.clone(), items: *items };
                    let inner: Vec<Loop> = loops.iter().cloned().chain([new]).collect();
                    self.nodes(body, &inner, condition);
                }
                Node::If(arms) => {
                    for (arm, body) in arms {
                        let own = arm.as_deref().filter(|_| has_line_end(body)).or(condition);
                        self.nodes(body, loops, own);
                    }
                }
            }
        }
    }

    /// Marks the start of a line with where it stands.
    fn mark(&mut self, loops: &[Loop], condition: Option<&str>) {
        if !self.in_line {
            self.entry((None, loops.to_vec(), condition.map(str::to_owned)));
            self.in_line = true;
        }
    }

    fn entry(&mut self, entry: Entry) {
        let number = u32::try_from(self.holes.len()).ok().filter(|&number| number < MOST_HOLES);
        if let Some(character) = number.and_then(|number| char::from_u32(u32::from(HOLES) + number)) {
            self.text.push(character);
            self.holes.push(entry);
        }
    }
}

fn has_line_end(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Text(text) => text.contains('\n'),
        Node::Hole { .. } => false,
        Node::For { body, .. } => has_line_end(body),
        Node::If(arms) => arms.iter().any(|(_, body)| has_line_end(body)),
    })
}

/// Where in the template the units of a file stand.
pub(super) struct Places<'a> {
    patterns: &'a [Pattern],
    /// For units that fit one place only: their line in the file, and that place.
    anchors: BTreeMap<usize, usize>,
}

impl<'a> Places<'a> {
    /// Finds the units that can stand in one place only.
    pub(super) fn new(patterns: &'a [Pattern], file: &[Unit]) -> Self {
        let mut anchors = BTreeMap::new();
        for unit in file.iter().filter(|unit| unit.speaks()) {
            let mut fitting = (0..).zip(patterns).filter(|(_, pattern)| pattern.captures(&unit.text).is_some());
            if let (Some((place, _)), None) = (fitting.next(), fitting.next()) {
                anchors.insert(unit.line, place);
            }
        }
        Self { patterns, anchors }
    }

    /// The patterns that a unit can be of, between those of the units around it.
    pub(super) fn of(&self, unit: &Unit) -> Vec<(usize, &'a Pattern)> {
        let between = self.between(unit.line);
        let all = (0..).zip(self.patterns).filter(|(_, pattern)| pattern.captures(&unit.text).is_some());
        let all: Vec<(usize, &Pattern)> = all.collect();
        let near: Vec<_> = all.iter().copied().filter(|(place, _)| between.contains(place)).collect();
        // Where a person put a line far from its place, its only place is still the one that counts.
        if near.is_empty() && all.len() == 1 { all } else { near }
    }

    fn between(&self, line: usize) -> RangeInclusive<usize> {
        let before = self.anchors.range(..line).next_back().map_or(0, |(_, &place)| place);
        let after = self.anchors.range(line + 1..).map(|(_, &place)| place).find(|&place| place >= before);
        before..=after.unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendered::template::parse;

    const TEMPLATE: &str = "<a>\n{% for e in l %}\n  <b x=\"{{e.x}}\"\n     y=\"{{e.y}}\"/>\n  {% for k,v in e.p.items() %}\n  <p n=\"{{k}}\">{{v}}</p>\n  {% endfor %}\n{% endfor %}\n</a>\n{% if s.on == true %}\n<c/>\n{% endif %}\n<d>{% for i in s.l %}{{i}},{% endfor %}</d>\n";

    #[test]
    fn patterns_know_their_holes_loops_and_conditions() {
        let nodes = parse(TEMPLATE).expect("a template");
        let patterns = patterns(&nodes, true);
        let texts: Vec<_> = patterns.iter().map(|pattern| pattern.texts.join("@")).collect();
        let expected = ["<a>", "<b x=\"@\" y=\"@\"/>", "<p n=\"@\">@</p>", "</a>", "<c/>", "<d>@</d>"];
        assert_eq!(texts, expected);
        assert_eq!(patterns[1].holes[1].path, ["e", "y"]);
        assert_eq!(patterns[2].loops.iter().map(|found| found.number).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(patterns[4].condition.as_deref(), Some("s.on == true"));
        assert_eq!(patterns[3].loops, []);
        assert!(patterns[5].holes[0].list);
        assert_eq!(patterns[1].captures("<b x=\"1\" y=\"2\"/>"), Some(vec!["1", "2"]));
        assert_eq!(patterns[1].captures("<b x=\"1\"/>"), None);
        assert_eq!(patterns[4].captures("<c/>"), Some(vec![]));
    }
}
