//! What the program has to say about an upgrade: a code, a severity, a subject with its place, a hint.
//!
//! In: nothing. Out: [`Diagnostic`]s, which the plan collects and the report prints, and the [`Story`] behind
//! each code. Always: a code is never reused; every code in use has a story; messages hold no secret.

mod stories;

pub use stories::stories;

use crate::choice::Choice;
use std::fmt;

/// A stable code such as `MI0204`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl Code {
    /// Reads `MI0204`, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("MI").or_else(|| text.strip_prefix("mi"))?;
        (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok().map(Self))?
    }

    /// The story behind it; `None` for a code that does not exist.
    pub fn story(self) -> Option<&'static Story> {
        stories().find(|story| story.code == self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MI{:04}", self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How much a diagnostic weighs. Orders from light to heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Something of the user's will not work as before, or a person should look.
    Warning,
    /// A person must decide; nothing is written until then.
    Conflict,
    /// The server would not start or would come up without a transport, or the result could not be trusted;
    /// nothing is written.
    Error,
}

impl Severity {
    /// The word that reports and policies use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Conflict => "conflict",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Where something is: a path as the user knows it, and a line counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The path, below the root of its input.
    pub path: String,
    /// The line, from 1.
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// A longer text of a diagnostic is that of an input that means harm, and nobody reads it.
const LONGEST: usize = 2000;

/// A text, cut where it is longer than anybody reads.
fn shortened(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push_str(" ..");
    }
    text
}

/// A text of an input as a terminal or a comment can hold it: characters that move, colour or hide others are written
/// out, such as `\u{1b}`. Tabs stay.
pub fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for one in text.chars() {
        match one {
            '\t' => shown.push(one),
            '\n' | '\r' => shown.extend(one.escape_default()),
            // Ends of lines, and what turns the direction of writing.
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(one.escape_unicode());
            }
            control if control.is_control() => shown.extend(control.escape_unicode()),
            _ => shown.push(one),
        }
    }
    shown
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// Its weight, which a policy may have changed.
    pub severity: Severity,
    /// What is the matter: a lower-case fragment, the subject first, without a full stop.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// Single lines that belong to it: the paths of a group, the lines of a difference.
    pub details: Vec<String>,
    /// What the server would do, and what to do now.
    pub hint: Option<String>,
    /// What a policy can say to decide it.
    pub choices: Vec<Choice>,
}

impl Diagnostic {
    /// A finding with the severity that its story gives it.
    ///
    /// # Panics
    /// When the code has no story, which a test of the table shows.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        let Some(story) = code.story() else { panic!("{code} has no story") };
        Self {
            code,
            severity: story.severity,
            message: shortened(message.into()),
            place: None,
            details: Vec::new(),
            hint: None,
            choices: Vec::new(),
        }
    }

    /// Says what a policy can hold to decide it.
    #[must_use]
    pub fn choices(mut self, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.choices.extend(choices);
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, path: impl fmt::Display) -> Self {
        self.place = Some(Place { path: path.to_string(), line: None });
        self
    }

    /// Says where, with a line counted from 1.
    #[must_use]
    pub fn at_line(mut self, path: impl fmt::Display, line: usize) -> Self {
        self.place = Some(Place { path: path.to_string(), line: Some(line) });
        self
    }

    /// Says where, with the line where one is known.
    #[must_use]
    pub fn at_place(mut self, path: impl fmt::Display, line: Option<usize>) -> Self {
        self.place = Some(Place { path: path.to_string(), line });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(shortened(hint.into()));
        self
    }

    /// Adds the single lines that belong to it.
    #[must_use]
    pub fn details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details.into_iter().map(shortened));
        self
    }
}

/// The story behind a code: what `explain` prints.
#[derive(Debug)]
pub struct Story {
    /// The code.
    pub code: Code,
    /// The severity where no policy says otherwise.
    pub severity: Severity,
    /// Whether a policy may not change the severity: without a decision or a mend nothing can be written.
    pub firm: bool,
    /// One line.
    pub title: &'static str,
    /// What happens, why, and what to do.
    pub text: &'static str,
    /// Where the fact comes from: product, tag and file, or the page of its documentation.
    pub source: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_reads_is_cut() {
        let long = "ä".repeat(LONGEST);
        let found = Diagnostic::new(Code(1001), long.clone()).hint(long.clone()).details([long, "short".to_owned()]);
        let cut = format!("{} ..", "ä".repeat(LONGEST / 2));
        assert_eq!((&found.message, found.hint.as_ref()), (&cut, Some(&cut)));
        assert_eq!(found.details, [cut, "short".to_owned()]);
    }
}
