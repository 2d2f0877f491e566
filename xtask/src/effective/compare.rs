//! Truth and comparison of values in templates.
//!
//! In: two values. Out: whether it holds, or why the server fails. Always: no value in a message.
//!
//! Source: jinjava 2.4.14 and 2.5.6, `ObjectTruthValue`, `TruthyTypeConverter`; JUEL 2.2.7, `BooleanOperations`,
//! `TypeConverterImpl`.

use super::java::Object;
use std::cmp::Ordering;

type Held = Result<bool, &'static str>;

/// Whether a value counts as true.
pub(super) fn is_true(value: Option<&Object>) -> bool {
    match value {
        None | Some(Object::Null) => false,
        Some(Object::Boolean(value)) => *value,
        Some(Object::Integer(number)) => low_half(*number) != 0,
        // Its whole part counts.
        Some(Object::Float(number)) => number.abs() >= 1.0,
        Some(Object::String(text)) => !text.is_empty() && !text.eq_ignore_ascii_case("false"),
        Some(Object::Date(_)) => true,
        Some(Object::List(values)) => !values.is_empty(),
        Some(Object::Map(map)) => !map.is_empty(),
    }
}

/// `Long.intValue`.
fn low_half(number: i64) -> i64 {
    number & 0xffff_ffff
}

/// `==`
pub(super) fn equal(left: Option<&Object>, right: Option<&Object>) -> Held {
    let (left, right) = match (left, right) {
        (Some(left), Some(right)) => (left, right),
        (None, None) => return Ok(true),
        _ => return Ok(false),
    };
    Ok(match (left, right) {
        (Object::Float(_), _) | (_, Object::Float(_)) => {
            let (left, right) = (double(left)?, double(right)?);
            left.total_cmp(&right).is_eq() || (left.is_nan() && right.is_nan())
        }
        (Object::Integer(_), _) | (_, Object::Integer(_)) => long(left)? == long(right)?,
        (Object::Boolean(_), _) | (_, Object::Boolean(_)) => is_true(Some(left)) == is_true(Some(right)),
        (Object::String(_), _) | (_, Object::String(_)) => left.to_string() == right.to_string(),
        _ => left == right,
    })
}

/// `<`
pub(super) fn less(left: Option<&Object>, right: Option<&Object>) -> Held {
    match (left, right) {
        (Some(left), Some(right)) => Ok(order(left, right)?.is_lt()),
        _ => Ok(false),
    }
}

/// `<=`: not greater.
pub(super) fn less_or_equal(left: Option<&Object>, right: Option<&Object>) -> Held {
    match (left, right) {
        (Some(left), Some(right)) => Ok(!order(right, left)?.is_lt()),
        (left, right) => Ok(left.is_none() && right.is_none()),
    }
}

fn order(left: &Object, right: &Object) -> Result<Ordering, &'static str> {
    Ok(match (left, right) {
        (Object::Float(_), _) | (_, Object::Float(_)) => {
            double(left)?.partial_cmp(&double(right)?).unwrap_or(Ordering::Greater)
        }
        (Object::Integer(_), _) | (_, Object::Integer(_)) => long(left)?.cmp(&long(right)?),
        (Object::String(_), _) | (_, Object::String(_)) => {
            left.to_string().encode_utf16().cmp(right.to_string().encode_utf16())
        }
        (Object::Boolean(left), Object::Boolean(right)) => left.cmp(right),
        (Object::Date(left), Object::Date(right)) => left.cmp(right),
        _ => return Err("Cannot compare"),
    })
}

fn long(value: &Object) -> Result<i64, &'static str> {
    let number = match value {
        Object::Integer(number) => Some(*number),
        Object::String(text) if text.is_empty() => Some(0),
        Object::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or("Cannot coerce to a whole number")
}

fn double(value: &Object) -> Result<f64, &'static str> {
    #[expect(clippy::cast_precision_loss, reason = "what Java does too: the nearest double")]
    let number = match value {
        Object::Float(number) => Some(*number),
        Object::Integer(number) => Some(*number as f64),
        Object::String(text) if text.is_empty() => Some(0.0),
        Object::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or("Cannot coerce to a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_kinds_are_made_alike_first() {
        let text = |text: &str| Object::String(text.to_owned());
        let (yes, five) = (Object::Boolean(true), Object::Integer(5));
        for (left, right, same) in [
            (&yes, &text("yes"), Ok(true)),
            (&yes, &text("FALSE"), Ok(false)),
            (&yes, &Object::List(vec![five.clone()]), Ok(true)),
            (&five, &text("5"), Ok(true)),
            (&five, &Object::Float(5.0), Ok(true)),
            (&text("[5]"), &Object::List(vec![five.clone()]), Ok(true)),
            (&five, &text("x"), Err("Cannot coerce to a whole number")),
            (&five, &yes, Err("Cannot coerce to a whole number")),
            (&Object::Float(1.0), &yes, Err("Cannot coerce to a number")),
        ] {
            assert_eq!(equal(Some(left), Some(right)), same, "{left} {right}");
            assert_eq!(equal(Some(right), Some(left)), same, "{left} {right}");
        }
        assert_eq!((equal(None, None), equal(None, Some(&yes))), (Ok(true), Ok(false)));
        assert_eq!((less(Some(&five), Some(&text("6"))), less(None, Some(&five))), (Ok(true), Ok(false)));
        assert_eq!(less(Some(&text("a")), Some(&text("b"))), Ok(true));
        assert_eq!(less_or_equal(Some(&five), Some(&five)), Ok(true));
        assert_eq!(less_or_equal(Some(&five), None), Ok(false));
        assert!(less(Some(&yes), Some(&Object::List(Vec::new()))).is_err());
    }
}
