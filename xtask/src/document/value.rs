//! A value of a setting, as the server has it after parsing.
//!
//! In: nothing. Out: [`Value`]. Always: two values are the same whatever notation they were written in, and whatever
//! order the keys of a table had.

use super::key::Step;
use indexmap::IndexMap;

/// A table, in the order of the file. Comparing two does not look at the order.
pub type Table = IndexMap<String, Value>;

/// A value. Two numbers that are none (`nan`) are the same; they would not be for arithmetic.
#[derive(Clone, Debug)]
pub enum Value {
    /// A string, decoded.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// `true` or `false`.
    Boolean(bool),
    /// A date, a time or both, as written: the server prints it in Java's own form.
    Date(String),
    /// An array. Arrays of tables are arrays of [`Value::Table`].
    Array(Vec<Value>),
    /// A table.
    Table(Table),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::String(one), Self::String(other)) | (Self::Date(one), Self::Date(other)) => one == other,
            (Self::Integer(one), Self::Integer(other)) => one == other,
            (Self::Boolean(one), Self::Boolean(other)) => one == other,
            (Self::Float(one), Self::Float(other)) => {
                one.to_bits() == other.to_bits() || one.is_nan() && other.is_nan()
            }
            (Self::Array(one), Self::Array(other)) => one == other,
            (Self::Table(one), Self::Table(other)) => one == other,
            _ => false,
        }
    }
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The inside of a table.
    pub fn as_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Value]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    /// Whether it is an array with tables in it: what `[[..]]` makes, and an array of inline tables.
    pub fn is_array_of_tables(&self) -> bool {
        self.as_array()
            .is_some_and(|values| !values.is_empty() && values.iter().all(|value| value.as_table().is_some()))
    }

    /// One step further inside.
    pub fn step(&self, step: &Step) -> Option<&Value> {
        match step {
            Step::Name(name) => self.as_table()?.get(name),
            Step::Nth(number) => self.as_array()?.get(*number),
            Step::Element { .. } => self.as_array()?.get(self.element_number(step)?),
        }
    }

    /// The number of the element that a step names.
    pub fn element_number(&self, step: &Step) -> Option<usize> {
        let values = self.as_array()?;
        match step {
            Step::Nth(number) => (*number < values.len()).then_some(*number),
            Step::Element { by, is } => values.iter().position(|value| value.is_named(by, is)),
            Step::Name(_) => None,
        }
    }

    /// What an element of an array of tables is called by one of its keys, which may be dotted (`user.name`).
    pub fn named_by(&self, by: &str) -> Option<String> {
        match self.name(by)? {
            Self::String(text) if !text.is_empty() => Some(text.clone()),
            Self::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// Whether an element is called so by one of its keys.
    fn is_named(&self, by: &str, is: &str) -> bool {
        match self.name(by) {
            Some(Self::String(text)) => !text.is_empty() && text == is,
            Some(Self::Integer(number)) => number.to_string() == is,
            _ => false,
        }
    }

    /// The value under a key of an element, which may be dotted.
    fn name(&self, by: &str) -> Option<&Self> {
        by.split('.').try_fold(self, |value, name| value.as_table()?.get(name))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}
