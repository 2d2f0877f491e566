//! The inside of strings.
//!
//! In: the lexer, right after opening quotes. Out: the string, decoded as the server does it. Always: escapes are
//! those of TOML 0.5; a raw tab is one only in `'..'`; lines end with a line feed whatever the file has; a backslash
//! at the end of a line keeps the line end and the blanks after it.
//!
//! Source: cava-toml 0.5.0, `TomlLexer.g4` and `QuotedStringVisitor`.

use super::Fault;
use super::lexer::{Lexer, Quotes, run};

/// Reads up to and with the closing quotes.
pub(super) fn read(lexer: &mut Lexer<'_>, quotes: Quotes) -> Result<String, Fault> {
    let (close, lines, escapes) = match quotes {
        Quotes::Basic => ("\"", false, true),
        Quotes::BasicLines => ("\"\"\"", true, true),
        Quotes::Literal => ("'", false, false),
        Quotes::LiteralLines => ("'''", true, false),
    };
    let start = lexer.at;
    let mut text = String::new();
    // The first half of a character that Java writes as two.
    let mut high = None;
    loop {
        if lexer.rest().starts_with(close) {
            lexer.at += close.len();
            lone(&mut text, &mut high);
            lexer.close_string();
            return Ok(text);
        }
        let at = lexer.at;
        if escapes && lexer.peek(0) == b'\\' {
            escape(lexer, lines, &mut text, &mut high)?;
            continue;
        }
        lone(&mut text, &mut high);
        match (lexer.peek(0), lexer.peek(1)) {
            (b'\n', _) | (b'\r', b'\n') if lines => {
                lexer.at += if lexer.peek(0) == b'\n' { 1 } else { 2 };
                text.push('\n');
            }
            _ if at == lexer.text.len() => {
                return Err(Fault::new(start, format!("a string that starts here is not closed with {close}")));
            }
            (b'\n', _) | (b'\r', b'\n') => {
                return Err(Fault::new(at, format!("the line ends inside a string, before its closing {close}")));
            }
            (b'\t', _) if escapes => {
                return Err(Fault::new(at, "a tab inside a string in `\"`; write \\t or use single quotes"));
            }
            (byte, _) if byte < 0x20 && byte != b'\t' || byte == 0x7f => {
                return Err(Fault::new(at, "a control character inside a string"));
            }
            _ => {
                // At least one: a quote that does not close, or a character that means only itself.
                let plain = run(lexer.rest(), |byte| !matches!(byte, 0..0x20 | 0x7f | b'"' | b'\'' | b'\\'));
                let length = plain.max(lexer.rest().chars().next().map_or(0, char::len_utf8));
                text.push_str(lexer.rest().get(..length).unwrap_or_default());
                lexer.at += length;
            }
        }
    }
}

fn escape(lexer: &mut Lexer<'_>, lines: bool, text: &mut String, high: &mut Option<u32>) -> Result<(), Fault> {
    let at = lexer.at;
    if lines {
        let blanks = run(lexer.rest().get(1..).unwrap_or_default(), |byte| byte == b' ' || byte == b'\t');
        let length = match (lexer.peek(1 + blanks), lexer.peek(2 + blanks)) {
            (b'\n', _) => 2 + blanks,
            (b'\r', b'\n') => 3 + blanks,
            _ => 0,
        };
        if length > 0 {
            lexer.at += length;
            lone(text, high);
            text.push('\n');
            return Ok(());
        }
    }
    let invalid = |what: &str| Err(Fault::of_a_string(at, what));
    let simple = match lexer.peek(1) {
        b'"' => '"',
        b'\\' => '\\',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode(lexer, 4, text, high),
        b'U' => return unicode(lexer, 8, text, high),
        b'\n' => return Err(Fault::new(at, "a backslash at the end of a line inside a string in `\"`")),
        _ => return invalid("a backslash that starts no escape; write two, or use single quotes"),
    };
    lexer.at += 2;
    lone(text, high);
    text.push(simple);
    Ok(())
}

/// Java takes halves of characters too, and two of them together for the character.
fn unicode(lexer: &mut Lexer<'_>, digits: usize, text: &mut String, high: &mut Option<u32>) -> Result<(), Fault> {
    let invalid = "an escape of a character without its hexadecimal digits, or of none that there is";
    let hex = lexer.rest().get(2..2 + digits).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = hex.and_then(|hex| u32::from_str_radix(hex, 16).ok()).filter(|number| *number <= 0x10_FFFF);
    let Some(number) = number else { return Err(Fault::of_a_string(lexer.at, invalid)) };
    lexer.at += 2 + digits;
    match (*high, number) {
        (Some(first), 0xDC00..=0xDFFF) => {
            *high = None;
            let whole = 0x1_0000 + ((first - 0xD800) << 10) + (number - 0xDC00);
            text.extend(char::from_u32(whole));
        }
        (_, 0xD800..=0xDBFF) => {
            lone(text, high);
            *high = Some(number);
        }
        _ => {
            lone(text, high);
            // Half a character alone is written as a question mark.
            text.push(char::from_u32(number).unwrap_or('?'));
        }
    }
    Ok(())
}

fn lone(text: &mut String, high: &mut Option<u32>) {
    if high.take().is_some() {
        text.push('?');
    }
}
