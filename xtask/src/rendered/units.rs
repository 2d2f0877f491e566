//! The lines of a rendered file, each as one piece of configuration.
//!
//! In: a text. Out: [`Unit`]s: an XML tag that spans lines is one, comments are none, and blanks mean little.
//! Always: what XML and `java.util.Properties` read as the same compares as the same.

/// One line, or the lines of one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// The line where it starts, from 1.
    pub line: usize,
    /// Its text, with single blanks.
    pub text: String,
}

impl Unit {
    /// Whether it says anything by itself: a closing tag does not.
    pub(super) fn speaks(&self) -> bool {
        !self.text.starts_with("</") && self.text.chars().any(char::is_alphanumeric)
    }
}

/// Whether a text is XML rather than properties.
pub(super) fn is_xml(text: &str) -> bool {
    text.trim_start_matches('\u{FEFF}').trim_start().starts_with('<')
}

/// The units of a text.
pub(super) fn units(text: &str, xml: bool) -> Vec<Unit> {
    if xml { of_xml(text) } else { of_properties(text) }
}

fn of_properties(text: &str) -> Vec<Unit> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with(['#', '!']));
    lines
        .filter_map(|(line, text)| {
            let text = match text.split_once('=') {
                Some((key, value)) => format!("{} = {}", key.trim(), value.trim()),
                None => text.trim().to_owned(),
            };
            (!text.is_empty()).then_some(Unit { line, text })
        })
        .collect()
}

/// Where reading a line of XML has got to.
enum State {
    Text,
    Comment,
    Tag(Option<char>),
}

fn of_xml(text: &str) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut open = String::new();
    let mut first = 0;
    let mut state = State::Text;
    for (number, line) in (1..).zip(text.lines()) {
        if open.is_empty() {
            first = number;
        }
        let mut rest = line;
        while let Some(character) = rest.chars().next() {
            let mut taken = character.len_utf8();
            match state {
                State::Comment => {
                    taken = rest.find("-->").map_or(rest.len(), |end| end + 3);
                    if rest.get(..taken).is_some_and(|comment| comment.ends_with("-->")) {
                        state = State::Text;
                    }
                }
                State::Text if rest.starts_with("<!--") => {
                    state = State::Comment;
                    taken = 4;
                }
                State::Text => {
                    open.push(character);
                    if character == '<' {
                        state = State::Tag(None);
                    }
                }
                State::Tag(quote) => {
                    open.push(character);
                    state = match (quote, character) {
                        (None, '>') => State::Text,
                        (None, '"' | '\'') => State::Tag(Some(character)),
                        (Some(open), _) if open == character => State::Tag(None),
                        _ => State::Tag(quote),
                    };
                }
            }
            rest = rest.get(taken..).unwrap_or_default();
        }
        if matches!(state, State::Tag(_)) {
            open.push(' ');
        } else {
            close(&mut units, &mut open, first);
        }
    }
    close(&mut units, &mut open, first);
    units
}

fn close(units: &mut Vec<Unit>, open: &mut String, line: usize) {
    let words = open.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words.replace(" />", "/>").replace(" >", ">").replace(" = \"", "=\"");
    open.clear();
    if !text.is_empty() {
        units.push(Unit { line, text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<(usize, String)> {
        units(text, is_xml(text)).into_iter().map(|unit| (unit.line, unit.text)).collect()
    }

    #[test]
    fn a_tag_is_one_unit_however_it_is_broken() {
        for (text, expected) in [
            ("<a>\n  <b x=\"1\"\n     y='>' />\n</a>", vec![(1, "<a>"), (2, "<b x=\"1\" y='>'/>"), (4, "</a>")]),
            ("<a> <!-- one --> t\n<!-- two\n <b/>\n --><c  d = \"e\" >", vec![(1, "<a> t"), (4, "<c d=\"e\">")]),
            ("\u{FEFF}<a\n", vec![(1, "\u{FEFF}<a")]),
            ("# c\n! d\nk=v\n\n  k2 :v \nk3 = a = b", vec![(3, "k = v"), (5, "k2 :v"), (6, "k3 = a = b")]),
            ("", vec![]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(line, text)| (line, text.to_owned())).collect();
            assert_eq!(listed(text), expected, "{text:?}");
        }
    }
}
