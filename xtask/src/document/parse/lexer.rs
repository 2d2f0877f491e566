//! The words of a deployment.toml, as the server's parser splits it.
//!
//! In: the text. Out: [`Token`]s one by one, blanks and comments left out. Always: which words there are depends on a
//! stack of modes, as in cava-toml, and so do the texts that it refuses although TOML allows them: after an array
//! that is empty or ends with a comma it stays in the mode for values, where no `}` and no next key is known.
//!
//! Source: cava-toml 0.5.0, `TomlLexer.g4`.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of the text.
    End,
    /// A line end.
    Newline,
    /// `.`
    Dot,
    /// `=`
    Equals,
    /// `,`
    Comma,
    /// The opening quotes of a string, which [`super::strings`] reads.
    Quotes(Quotes),
    /// `[` of a header.
    Header,
    /// `]` of a header.
    HeaderEnd,
    /// `[[`
    ArrayHeader,
    /// `]]`
    ArrayHeaderEnd,
    /// A key without quotes.
    Bare,
    /// `[` of an array.
    Array,
    /// `]` of an array.
    ArrayEnd,
    /// `{`
    Inline,
    /// `}`
    InlineEnd,
    /// A number, `true` or `false`: [`super::scalars`] knows which.
    Scalar,
    /// Where a date or time starts, which [`super::scalars`] reads.
    Date,
    /// A character that means nothing there.
    Other,
}

/// The quotes of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// `"`
    Basic,
    /// `"""`
    BasicLines,
    /// `'`
    Literal,
    /// `'''`
    LiteralLines,
}

/// A word of the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Lines,
    Value,
    Inline,
    Date,
}

/// Where in the text the words have got to.
pub(super) struct Lexer<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    mode: Mode,
    below: Vec<Mode>,
    arrays: i64,
    arrays_below: Vec<i64>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, mode: Mode::Lines, below: Vec::new(), arrays: 0, arrays_below: Vec::new() }
    }

    /// The byte so far ahead; 0 at the end, which no rule takes for anything.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or_default()
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next token.
    pub(super) fn token(&mut self) -> Token {
        loop {
            let start = self.at;
            let blanks = run(self.rest(), |byte| byte == b' ' || byte == b'\t');
            if blanks > 0 {
                self.at += blanks;
                self.leave_date();
                continue;
            }
            if self.peek(0) == b'#' {
                // Up to the line feed: a carriage return alone does not end a comment.
                self.at += run(self.rest(), |byte| byte != b'\n');
                self.leave_date();
                if self.mode == Mode::Inline {
                    self.leave();
                }
                continue;
            }
            if start == self.text.len() {
                return Token { kind: Kind::End, start, end: start };
            }
            let kind = self.newline().unwrap_or_else(|| match self.mode {
                Mode::Lines => self.in_lines(),
                Mode::Value => self.in_value(),
                Mode::Inline => self.in_inline(),
                Mode::Date => self.in_date(),
            });
            return Token { kind, start, end: self.at };
        }
    }

    /// The closing quotes of a string, or the last digit of a date's day were read.
    pub(super) fn close_string(&mut self) {
        self.leave();
    }

    fn enter(&mut self, mode: Mode) {
        self.below.push(self.mode);
        self.mode = mode;
    }

    fn leave(&mut self) {
        self.mode = self.below.pop().unwrap_or(Mode::Lines);
    }

    fn leave_date(&mut self) {
        if self.mode == Mode::Date {
            self.leave();
        }
    }

    fn one(&mut self, kind: Kind) -> Kind {
        self.at += 1;
        kind
    }

    fn other(&mut self) -> Kind {
        self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        Kind::Other
    }

    fn newline(&mut self) -> Option<Kind> {
        let length = match (self.peek(0), self.peek(1)) {
            (b'\n', _) => 1,
            (b'\r', b'\n') => 2,
            _ => return None,
        };
        self.at += length;
        let stays = self.mode == Mode::Lines || self.mode == Mode::Value && self.arrays != 0;
        if !stays {
            self.leave();
        }
        Some(Kind::Newline)
    }

    fn in_lines(&mut self) -> Kind {
        match (self.peek(0), self.peek(1)) {
            (b'.', _) => self.one(Kind::Dot),
            (b'=', _) => {
                self.arrays = 0;
                self.arrays_below.clear();
                self.enter(Mode::Value);
                self.one(Kind::Equals)
            }
            (b'[', b'[') => {
                self.at += 1;
                self.one(Kind::ArrayHeader)
            }
            (b']', b']') => {
                self.at += 1;
                self.one(Kind::ArrayHeaderEnd)
            }
            (b'[', _) => self.one(Kind::Header),
            (b']', _) => self.one(Kind::HeaderEnd),
            _ => self.key(),
        }
    }

    fn in_inline(&mut self) -> Kind {
        match self.peek(0) {
            b'.' => self.one(Kind::Dot),
            b'=' => {
                self.enter(Mode::Value);
                self.one(Kind::Equals)
            }
            b',' => self.one(Kind::Comma),
            b'}' => {
                self.arrays = self.arrays_below.pop().unwrap_or_default();
                self.leave();
                self.one(Kind::InlineEnd)
            }
            _ => self.key(),
        }
    }

    fn key(&mut self) -> Kind {
        let bare = run(self.rest(), is_bare);
        match self.peek(0) {
            _ if bare > 0 => {
                self.at += bare;
                Kind::Bare
            }
            // The mode of the string itself; its closing quotes lead back here.
            quote @ (b'"' | b'\'') => {
                self.enter(self.mode);
                self.one(Kind::Quotes(if quote == b'"' { Quotes::Basic } else { Quotes::Literal }))
            }
            _ => self.other(),
        }
    }

    fn in_value(&mut self) -> Kind {
        match self.peek(0) {
            quote @ (b'"' | b'\'') => self.opening_quotes(quote),
            b'[' => {
                self.arrays += 1;
                self.enter(Mode::Value);
                self.one(Kind::Array)
            }
            b']' => {
                self.arrays -= 1;
                self.leave();
                self.one(Kind::ArrayEnd)
            }
            b',' if self.arrays > 0 => {
                self.enter(Mode::Value);
                self.one(Kind::Comma)
            }
            b'{' => {
                self.arrays_below.push(self.arrays);
                self.arrays = 0;
                self.mode = Mode::Inline;
                self.one(Kind::Inline)
            }
            _ => match super::scalars::length(self.rest()) {
                Some(super::scalars::Length::Date) => {
                    self.mode = Mode::Date;
                    Kind::Date
                }
                Some(super::scalars::Length::Scalar(length)) => {
                    self.at += length;
                    self.leave();
                    Kind::Scalar
                }
                None => self.other(),
            },
        }
    }

    fn opening_quotes(&mut self, quote: u8) -> Kind {
        let three = self.peek(1) == quote && self.peek(2) == quote;
        if !three {
            return self.one(Kind::Quotes(if quote == b'"' { Quotes::Basic } else { Quotes::Literal }));
        }
        self.at += 3;
        // A line end right after the quotes does not belong to the string.
        self.at += match (self.peek(0), self.peek(1)) {
            (b'\n', _) => 1,
            (b'\r', b'\n') => 2,
            _ => 0,
        };
        Kind::Quotes(if quote == b'"' { Quotes::BasicLines } else { Quotes::LiteralLines })
    }

    /// What may follow a date: a comma, which here does not start the next value of an array.
    fn in_date(&mut self) -> Kind {
        if self.peek(0) == b',' {
            self.leave();
            return self.one(Kind::Comma);
        }
        self.other()
    }
}

/// How many bytes at the start of a text are of a kind.
pub(super) fn run(text: &str, is: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !is(byte)).unwrap_or(text.len())
}

/// Whether a byte may stand in a key without quotes.
fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
