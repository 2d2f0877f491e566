//! Numbers, truth values, dates and times.
//!
//! In: the text where a value starts. Out: how far it goes, and the value. Always: no zero before other digits, also
//! not in an exponent; numbers that do not fit are faults; seconds are needed, a fraction has nine digits at most.
//!
//! Source: cava-toml 0.5.0, `TomlLexer.g4`, `ValueVisitor`, `LocalDateVisitor`, `LocalTimeVisitor`,
//! `ZoneOffsetVisitor`.

use super::Fault;
use super::lexer::{Lexer, run};
use super::tables::Type;
use crate::document::Value;

/// What the text starts with.
pub(super) enum Length {
    /// A date or time.
    Date,
    /// Something else, of so many bytes.
    Scalar(usize),
}

/// What a text starts with; the longest counts.
pub(super) fn length(text: &str) -> Option<Length> {
    let digits = run(text, |byte| byte.is_ascii_digit());
    if digits > 0 && matches!(text.as_bytes().get(digits), Some(b'-' | b':')) {
        return Some(Length::Date);
    }
    for (prefix, is) in
        [("0x", is_hexadecimal as fn(u8) -> bool), ("0o", |byte| matches!(byte, b'0'..=b'7')), ("0b", is_binary)]
    {
        let found = text.strip_prefix(prefix).map_or(0, |digits| with_underscores(digits, is));
        if found > 0 {
            return Some(Length::Scalar(2 + found));
        }
    }
    if let Some(whole) = integer(text) {
        return Some(Length::Scalar(fraction_and_exponent(text, whole)));
    }
    let sign = usize::from(text.starts_with(['+', '-']));
    let word = text.get(sign..).unwrap_or_default();
    let is_number = ["inf", "nan"].iter().find(|name| word.starts_with(**name)).map(|name| sign + name.len());
    let is_truth = ["true", "false"].iter().find(|name| text.starts_with(**name)).map(|name| name.len());
    is_number.or(is_truth).map(Length::Scalar)
}

fn is_hexadecimal(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn is_binary(byte: u8) -> bool {
    matches!(byte, b'0' | b'1')
}

/// The length of a decimal integer: a sign, then 0 alone or digits that start with another.
fn integer(text: &str) -> Option<usize> {
    let sign = usize::from(text.starts_with(['+', '-']));
    let digits = text.get(sign..).unwrap_or_default();
    match digits.bytes().next()? {
        b'0' => Some(sign + 1),
        b'1'..=b'9' => Some(sign + with_underscores(digits, |byte| byte.is_ascii_digit())),
        _ => None,
    }
}

fn fraction_and_exponent(text: &str, whole: usize) -> usize {
    let mut end = whole;
    if let Some(fraction) = text.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        let digits = with_underscores(fraction, |byte| byte.is_ascii_digit());
        if digits == 0 {
            return end;
        }
        end += 1 + digits;
    }
    let exponent = text.get(end..).and_then(|rest| rest.strip_prefix(['e', 'E']));
    end + exponent.and_then(integer).map_or(0, |digits| 1 + digits)
}

/// The length of digits with single underscores between them.
fn with_underscores(text: &str, is: impl Fn(u8) -> bool) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(|byte| is(*byte));
    let mut end = 0;
    while digit(end) || end > 0 && bytes.get(end) == Some(&b'_') && digit(end + 1) {
        end += 1;
    }
    end
}

/// The value of a token.
pub(super) fn value(text: &str, at: usize) -> Result<(Value, Type), Fault> {
    let digits = text.replace('_', "");
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((digits.strip_prefix(prefix)?, radix)));
    if let Some((digits, radix)) = radix {
        let number = i64::from_str_radix(digits, radix).map_err(|_| Fault::new(at, TOO_LARGE))?;
        return Ok((Value::Integer(number), Type::Integer));
    }
    match text {
        "true" | "false" => return Ok((Value::Boolean(text == "true"), Type::Boolean)),
        "inf" | "+inf" => return Ok((Value::Float(f64::INFINITY), Type::Float)),
        "-inf" => return Ok((Value::Float(f64::NEG_INFINITY), Type::Float)),
        // The sign of it is lost.
        "nan" | "+nan" | "-nan" => return Ok((Value::Float(f64::NAN), Type::Float)),
        _ => {}
    }
    if !text.contains(['.', 'e', 'E']) {
        let number = digits.parse().map_err(|_| Fault::new(at, TOO_LARGE))?;
        return Ok((Value::Integer(number), Type::Integer));
    }
    let number: f64 = digits.parse().map_err(|_| Fault::new(at, "no number"))?;
    let mantissa = digits.split(['e', 'E']).next().unwrap_or_default();
    if number.is_infinite() {
        return Err(Fault::new(at, "a number that is too large"));
    }
    if number == 0.0 && mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9')) {
        return Err(Fault::new(at, "a number that is too near to 0"));
    }
    Ok((Value::Float(number), Type::Float))
}

const TOO_LARGE: &str = "a whole number that does not fit into 64 bits";

/// Reads a date, a time, or both.
pub(super) fn date(lexer: &mut Lexer<'_>) -> Result<(Value, Type), Fault> {
    let start = lexer.at;
    let digits = run(lexer.rest(), |byte| byte.is_ascii_digit());
    let kind = if lexer.peek(digits) == b':' {
        time(lexer)?;
        Type::Time
    } else {
        day(lexer)?;
        let time_follows = match lexer.peek(0) {
            b'T' | b't' => true,
            b' ' => lexer.peek(1).is_ascii_digit(),
            _ => false,
        };
        if time_follows {
            lexer.at += 1;
            time(lexer)?;
            if offset(lexer)? { Type::OffsetDateTime } else { Type::DateTime }
        } else {
            Type::Date
        }
    };
    Ok((Value::Date(lexer.text.get(start..lexer.at).unwrap_or_default().to_owned()), kind))
}

/// A number of so many digits, followed by something.
fn number(lexer: &mut Lexer<'_>, length: usize, then: &str, what: &str) -> Result<u32, Fault> {
    let at = lexer.at;
    let digits = run(lexer.rest(), |byte| byte.is_ascii_digit());
    let number = lexer.rest().get(..digits).filter(|_| digits == length).and_then(|digits| digits.parse().ok());
    let Some(number) = number else { return Err(Fault::new(at, format!("a date or time with a wrong {what}"))) };
    lexer.at += digits;
    if !lexer.rest().starts_with(then) {
        return Err(Fault::new(lexer.at, format!("a date or time without `{then}` after its {what}")));
    }
    lexer.at += then.len();
    Ok(number)
}

fn day(lexer: &mut Lexer<'_>) -> Result<(), Fault> {
    let start = lexer.at;
    let year = number(lexer, 4, "-", "year")?;
    let month = number(lexer, 2, "-", "month")?;
    let day = number(lexer, 2, "", "day")?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    if (1..=days).contains(&day) { Ok(()) } else { Err(Fault::new(start, "a date that there is not")) }
}

fn time(lexer: &mut Lexer<'_>) -> Result<(), Fault> {
    let start = lexer.at;
    let hour = number(lexer, 2, ":", "hour")?;
    let minute = number(lexer, 2, ":", "minute; seconds are needed too")?;
    let second = number(lexer, 2, "", "second")?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err(Fault::new(start, "a time that there is not"));
    }
    if lexer.peek(0) == b'.' {
        lexer.at += 1;
        let digits = run(lexer.rest(), |byte| byte.is_ascii_digit());
        if !(1..=9).contains(&digits) {
            return Err(Fault::new(lexer.at, "a time with more than nine digits after the second, or none"));
        }
        lexer.at += digits;
    }
    Ok(())
}

/// Whether there is an offset from UTC.
fn offset(lexer: &mut Lexer<'_>) -> Result<bool, Fault> {
    if lexer.peek(0) == b'Z' {
        lexer.at += 1;
        return Ok(true);
    }
    if !matches!(lexer.peek(0), b'+' | b'-') {
        return Ok(false);
    }
    let wrong = Err(Fault::new(lexer.at, "an offset from UTC that there is not"));
    lexer.at += 1;
    let Some(hours) = any_number(lexer) else { return wrong };
    if lexer.peek(0) != b':' {
        return wrong;
    }
    lexer.at += 1;
    match any_number(lexer) {
        Some(minutes) if minutes <= 59 && hours * 60 + minutes <= 18 * 60 => Ok(true),
        _ => wrong,
    }
}

/// Of any number of digits, as `Integer.parseInt` takes them.
fn any_number(lexer: &mut Lexer<'_>) -> Option<u32> {
    let digits = run(lexer.rest(), |byte| byte.is_ascii_digit());
    let number = lexer.rest().get(..digits)?.parse().ok().filter(|number| *number <= 59);
    lexer.at += digits;
    number
}
