//! What Java does with values and maps, as far as it can be seen in what the server writes.
//!
//! In: values. Out: [`Object`], which prints as Java prints it, and [`HashMap`], which is walked through in the order
//! of `java.util.HashMap`. Always: the same for the same values in the same order, and no panic.
//!
//! Source: JDK 8 and 11: `String.hashCode`, `AbstractList.hashCode`, `HashMap.hash`, `resize` and `putMapEntries`,
//! `Double.toString`, `java.time`. Not followed: buckets of more than eight keys, which Java turns into trees.

use crate::document::{Table, Value};
use indexmap::IndexMap;
use std::fmt::{self, Write as _};

/// A map in the order in which it was filled: `LinkedHashMap`.
pub(super) type Map = IndexMap<String, Object>;

/// A value in the server.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Object {
    /// `null`: a key that the server's parser lists and does not find again.
    Null,
    /// A text.
    String(String),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date or time, as Java prints it.
    Date(String),
    /// A list.
    List(Vec<Object>),
    /// A map.
    Map(Map),
}

impl Object {
    /// The text of a string.
    pub(super) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The inside of a map.
    pub(super) fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// As the rest of the program knows values. Without what is `null`.
    pub(super) fn value(&self) -> Option<Value> {
        Some(match self {
            Self::Null => return None,
            Self::String(text) => Value::String(text.clone()),
            Self::Integer(number) => Value::Integer(*number),
            Self::Float(number) => Value::Float(*number),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Date(text) => Value::Date(text.clone()),
            Self::List(list) => Value::Array(list.iter().filter_map(Self::value).collect()),
            Self::Map(map) => {
                let values = map.iter().filter_map(|(key, value)| Some((key.clone(), value.value()?)));
                Value::Table(values.collect::<Table>())
            }
        })
    }
}

impl From<&str> for Object {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::String(text) | Self::Date(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => f.write_str(&float(*number)),
            Self::Boolean(value) => write!(f, "{value}"),
            Self::List(values) => {
                for (number, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if number == 0 { "[" } else { ", " })?;
                }
                f.write_str(if values.is_empty() { "[]" } else { "]" })
            }
            Self::Map(map) => {
                for (number, (key, value)) in map.iter().enumerate() {
                    write!(f, "{}{key}={value}", if number == 0 { "{" } else { ", " })?;
                }
                f.write_str(if map.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

/// `Double.toString`.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let size = number.abs();
    if size.is_infinite() {
        return format!("{sign}Infinity");
    }
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{sign}{size:?}");
    }
    let text = format!("{size:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let fraction = if digits.contains('.') { "" } else { ".0" };
    format!("{sign}{digits}{fraction}E{exponent}")
}

/// A date or time as `java.time` prints it: no seconds where they are zero, fractions in groups of three digits.
pub(super) fn date(written: &str) -> String {
    let (day, rest) = match written.split_once(['T', 't', ' ']) {
        Some((day, rest)) => (Some(day), rest),
        None if written.contains(':') => (None, written),
        None => return written.to_owned(),
    };
    let zone_at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (time, zone) = rest.split_at_checked(zone_at).unwrap_or((rest, ""));
    let mut text = day.map(|day| format!("{day}T")).unwrap_or_default();
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let fraction: String = fraction.chars().take(9).collect();
    let mut parts = time.split(':');
    let (hour, minute) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let second = parts.next().unwrap_or("00");
    let _ = write!(text, "{hour}:{minute}");
    let digits = fraction.trim_end_matches('0').len();
    if second != "00" || digits > 0 {
        let _ = write!(text, ":{second}");
    }
    if digits > 0 {
        let wide = digits.div_ceil(3) * 3;
        let padded = format!("{fraction:0<9}");
        let _ = write!(text, ".{}", padded.get(..wide).unwrap_or(&padded));
    }
    text.push_str(if matches!(zone, "z" | "+00:00" | "-00:00") { "Z" } else { zone });
    text
}

/// `String.hashCode`: over UTF-16.
pub(super) fn hash(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// How many buckets a table has that was filled one by one.
pub(super) fn buckets(entries: usize) -> usize {
    let mut buckets = SMALLEST;
    while entries > full(buckets) {
        buckets *= 2;
    }
    buckets
}

/// The order in which a table of so many buckets is walked through: by bucket, then as it was filled.
pub(super) fn order(hashes: impl Iterator<Item = i32>, buckets: usize) -> Vec<usize> {
    let mut places: Vec<(usize, usize)> = hashes
        .enumerate()
        .map(|(place, hash)| {
            let hash = hash.cast_unsigned();
            let bucket = usize::try_from(hash ^ (hash >> 16)).unwrap_or_default() & buckets.saturating_sub(1);
            (bucket, place)
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, place)| place).collect()
}

const SMALLEST: usize = 16;

/// How many entries a table holds before it doubles.
fn full(buckets: usize) -> usize {
    buckets / 4 * 3
}

/// `java.util.HashMap`. Emptied, it keeps its size, and with it its order.
#[derive(Clone, Debug, Default)]
pub(super) struct HashMap {
    entries: Map,
    buckets: usize,
}

impl HashMap {
    /// `get`.
    pub(super) fn get(&self, key: &str) -> Option<&Object> {
        self.entries.get(key)
    }

    /// The value, to be changed in place.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Object> {
        self.entries.get_mut(key)
    }

    /// `containsKey`.
    pub(super) fn contains(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// `put`.
    pub(super) fn put(&mut self, key: String, value: Object) {
        self.buckets = self.buckets.max(SMALLEST);
        self.entries.insert(key, value);
        if self.entries.len() > full(self.buckets) {
            self.buckets *= 2;
        }
    }

    /// `clear` and `putAll`: one step of the server writes its result back.
    pub(super) fn replace(&mut self, all: Map) {
        self.entries.clear();
        if !all.is_empty() {
            if self.buckets == 0 {
                // The table is made for what comes: a third more and one, rounded up to a power of two.
                self.buckets = (all.len() * 4 / 3 + 1).next_power_of_two();
            } else if all.len() > full(self.buckets) {
                self.buckets *= 2;
            }
        }
        for (key, value) in all {
            self.entries.insert(key, value);
            if self.entries.len() > full(self.buckets) {
                self.buckets *= 2;
            }
        }
    }

    /// Keys and values in the order of the table.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Object)> {
        let order = order(self.entries.keys().map(|key| hash(key)), self.buckets);
        order.into_iter().filter_map(|place| self.entries.get_index(place))
    }

    /// The keys in the order of the table, for changing the values.
    pub(super) fn keys(&self) -> Vec<String> {
        self.iter().map(|(key, _)| key.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_java_prints_them() {
        for (number, text) in [
            (1.0, "1.0"),
            (1.5, "1.5"),
            (-0.0, "-0.0"),
            (1e10, "1.0E10"),
            (1.25e10, "1.25E10"),
            (1e-5, "1.0E-5"),
            (0.001, "0.001"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(Object::Float(number).to_string(), text);
        }
        let map = Map::from_iter([("k".to_owned(), Object::Null), ("l".to_owned(), Object::Boolean(true))]);
        let list = Object::List(vec!["a".into(), Object::Integer(-5), Object::Map(map)]);
        assert_eq!(list.to_string(), "[a, -5, {k=null, l=true}]");
        assert_eq!(Object::List(Vec::new()).to_string(), "[]");
        assert_eq!(Object::Map(Map::new()).to_string(), "{}");
    }

    #[test]
    fn dates_print_as_java_prints_them() {
        for (written, text) in [
            ("1979-05-27", "1979-05-27"),
            ("07:32:00", "07:32"),
            ("07:32:01", "07:32:01"),
            ("07:32:00.5", "07:32:00.500"),
            ("07:32:00.1234", "07:32:00.123400"),
            ("07:32:00.000", "07:32"),
            ("07:32:00.1234567891", "07:32:00.123456789"),
            ("1979-05-27T07:32:00Z", "1979-05-27T07:32Z"),
            ("1979-05-27 07:32:00z", "1979-05-27T07:32Z"),
            ("1979-05-27T07:32:10-07:00", "1979-05-27T07:32:10-07:00"),
            ("1979-05-27T00:00:00+00:00", "1979-05-27T00:00Z"),
        ] {
            assert_eq!(date(written), text, "{written}");
        }
    }

    #[test]
    fn texts_hash_as_java_hashes_them() {
        for (text, code) in [("", 0), ("hello", 99_162_322), ("polygenelubricants", i32::MIN), ("\u{1f600}", 1_772_899)]
        {
            assert_eq!(hash(text), code, "{text}");
        }
    }

    #[test]
    fn maps_are_walked_through_by_bucket() {
        let mut map = HashMap::default();
        // 'a' is 97, bucket 1 of 16; "b" 2; "q" 113, bucket 1 again.
        for key in ["q", "b", "a"] {
            map.put(key.to_owned(), Object::Null);
        }
        assert_eq!(map.keys(), ["q", "a", "b"]);
        // Presized for 20, the table has 32 buckets: 97 is bucket 1, 113 bucket 17.
        let many = (0..17).map(|number| format!("{number:03}")).chain(["q", "b", "a"].map(str::to_owned));
        let mut map = HashMap::default();
        map.replace(many.map(|key| (key, Object::Null)).collect());
        assert_eq!(map.buckets, 32);
        let letters: Vec<String> = map.keys().into_iter().filter(|key| key.len() == 1).collect();
        assert_eq!(letters, ["a", "b", "q"]);
        // Emptied it keeps its size.
        map.replace(["q", "b", "a"].map(|key| (key.to_owned(), Object::Null)).into_iter().collect());
        assert_eq!(map.keys(), ["a", "b", "q"]);
    }

    #[test]
    fn tables_grow_as_java_s_do() {
        for (entries, expected) in [(0, 16), (12, 16), (13, 32), (24, 32), (25, 64), (193, 512)] {
            assert_eq!(buckets(entries), expected, "{entries}");
            let mut map = HashMap::default();
            map.replace((0..entries).map(|number| (number.to_string(), Object::Null)).collect());
            let presized = [(0, 0), (12, 32), (13, 32), (24, 64), (25, 64), (193, 512)];
            assert!(presized.contains(&(entries, map.buckets)), "{entries} {}", map.buckets);
        }
    }
}
