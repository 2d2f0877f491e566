//! What is said of a text that cannot be read on.
//!
//! In: the parser, and the token that it cannot use. Out: a [`Fault`] that a person who did not write the file
//! understands. Always: names may be in it, values never are.

use super::lexer::{Kind, Token};
use super::reader::Parser;
use super::tables::{Clash, NoTable};
use super::{Fault, line_of};
use crate::document::{Key, Step};

impl Parser<'_> {
    pub(super) fn no_statement(&self, token: Token) -> Fault {
        if self.open_ended > 1 {
            let message = "a line right after a value with several arrays in it that are empty or end with a comma; \
                           an empty line has to be between";
            return Fault::new(token.start, message);
        }
        self.fault(token, "a line is a comment, a header in brackets, or a key with `=` and its value")
    }

    pub(super) fn no_header_end(&self, token: Token, brackets: &str) -> Fault {
        self.fault(token, &format!("a header goes on with `.` or ends with `{brackets}`"))
    }

    pub(super) fn no_key(&self, token: Token) -> Fault {
        self.fault(
            token,
            "a key is missing or is not written as one; other characters than letters, digits, `_` and `-` need quotes",
        )
    }

    pub(super) fn no_equals(&self, token: Token) -> Fault {
        self.fault(
            token,
            "a key is followed by `=`; other characters in it than letters, digits, `_` and `-` need quotes",
        )
    }

    pub(super) fn no_value(&self, token: Token) -> Fault {
        self.fault(token, "a value is a string in quotes, a number, true or false, a date, an array or an inline table")
    }

    pub(super) fn no_line_end(&self, token: Token) -> Fault {
        self.fault(token, "more on the line after its end; strings need quotes, numbers have no 0 before other digits")
    }

    pub(super) fn no_array_end(&self, token: Token) -> Fault {
        if token.kind == Kind::Comma {
            return Fault::new(token.start, "a line end before a comma of an array");
        }
        self.fault(token, "an array goes on with `,` or ends with `]`; a blank has to be after a date in it")
    }

    pub(super) fn no_inline_end(&self, token: Token) -> Fault {
        if self.open_ended > 0 {
            let message = "inside an inline table an array may not be empty, and not end with a comma";
            return Fault::new(token.start, message);
        }
        self.fault(
            token,
            "an inline table goes on with `,` or ends with `}`, on one line; a blank has to be after a date in it",
        )
    }

    /// The same for every place where a word was not expected, or what is special about the character there.
    fn fault(&self, token: Token, expected: &str) -> Fault {
        let found = self.lexer.text.get(token.start..).and_then(|rest| rest.chars().next());
        let special = match (token.kind, found) {
            (Kind::Other, Some('\u{feff}')) => "a byte order mark, which the server does not take",
            (Kind::Other, Some('\r')) => "a carriage return without a line feed; lines end with a line feed",
            (Kind::Other, Some('\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}')) => {
                "a typographic quotation mark; quotes are straight ones"
            }
            (Kind::Other, Some('\u{a0}')) => "a blank that does not break, which is no blank here",
            (Kind::End, _) => return Fault::new(token.start, format!("the file ends too early: {expected}")),
            _ => expected,
        };
        Fault::new(token.start, special)
    }

    /// What is said of a header whose names mean something else already.
    pub(super) fn header_clash(&self, at: usize, path: &[String], clash: &Clash) -> Fault {
        let whole = below(&[], path);
        let line = |place: &usize| line_of(self.lexer.text, *place);
        let message = match clash {
            Clash::Twice { first, is_table: true } => {
                format!("`[{whole}]` is defined a second time; first on line {}", line(first))
            }
            Clash::Twice { first, is_table: false } => {
                format!("`[{whole}]` is a table here, and has a value or is an array since line {}", line(first))
            }
            Clash::NoTable(clash) => self.no_table(&[], path, clash),
            Clash::NoArray { first } => {
                format!("`[[{whole}]]` is an array of tables here, and something else since line {}", line(first))
            }
        };
        Fault::new(at, message)
    }

    /// What is said of a key that is something else already.
    pub(super) fn key_clash(&self, at: usize, names: &[String], clash: &Clash) -> Fault {
        let above: Vec<Step> = self.table_key.iter().chain(&self.path).cloned().collect();
        let line = |place: &usize| line_of(self.lexer.text, *place);
        let whole = below(&above, names);
        let message = match clash {
            Clash::Twice { first, is_table: true } => format!("`{whole}` is a table since line {}", line(first)),
            Clash::Twice { first, .. } => format!("`{whole}` is set a second time; first on line {}", line(first)),
            Clash::NoTable(clash) => self.no_table(&above, names, clash),
            Clash::NoArray { first } => format!("`{whole}` is no array of tables since line {}", line(first)),
        };
        Fault::new(at, message)
    }

    fn no_table(&self, above: &[Step], names: &[String], clash: &NoTable) -> String {
        let what = if clash.is_array { "is an array of tables" } else { "has a value" };
        let name = below(above, names.get(..clash.names).unwrap_or(names));
        format!("`{name}` is used as a table here, and {what} since line {}", line_of(self.lexer.text, clash.first))
    }
}

fn below(above: &[Step], names: &[String]) -> Key {
    Key::from(above.iter().cloned().chain(names.iter().cloned().map(Step::Name)).collect::<Vec<_>>())
}
