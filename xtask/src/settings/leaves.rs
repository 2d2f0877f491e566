//! The single values inside a value.
//!
//! In: a setting. Out: itself, or the values inside its arrays and tables, each with its key. Always: in the order of
//! the file; elements of arrays by number.

use crate::document::{Key, Step, Value};

/// The values that are no array and no table, each with its key.
pub(super) fn leaves<'a>(key: &Key, value: &'a Value) -> Vec<(Key, &'a Value)> {
    let mut found = Vec::new();
    collect(key, value, &mut found);
    found
}

fn collect<'a>(key: &Key, value: &'a Value, found: &mut Vec<(Key, &'a Value)>) {
    match value {
        Value::Table(table) => table.iter().for_each(|(name, value)| collect(&key.then(name), value, found)),
        Value::Array(values) => {
            for (number, value) in values.iter().enumerate() {
                collect(&key.with(Step::Nth(number)), value, found);
            }
        }
        single => found.push((key.clone(), single)),
    }
}

/// The value with `change` made to each string inside it; `None` where it changes none.
pub(super) fn with_strings(value: &Value, change: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
    match value {
        Value::String(text) => change(text).map(Value::String),
        Value::Array(values) => {
            let changed: Vec<_> = values.iter().map(|value| with_strings(value, change)).collect();
            let any = changed.iter().any(Option::is_some);
            let whole = changed.into_iter().zip(values).map(|(new, old)| new.unwrap_or_else(|| old.clone()));
            any.then(|| Value::Array(whole.collect()))
        }
        Value::Table(table) => {
            let mut new = table.clone();
            let mut any = false;
            for value in new.values_mut() {
                if let Some(changed) = with_strings(value, change) {
                    *value = changed;
                    any = true;
                }
            }
            any.then_some(Value::Table(new))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Table;

    fn nested() -> Value {
        let table: Table = [("x".to_owned(), Value::from("old")), ("n".to_owned(), Value::Integer(1))].into();
        Value::Array(vec![Value::Table(table), Value::from("other")])
    }

    #[test]
    fn each_single_value_has_its_key() {
        let value = nested();
        let found = leaves(&Key::dotted("a.b"), &value);
        let keys: Vec<_> = found.iter().map(|(key, _)| key.to_string()).collect();
        assert_eq!(keys, ["a.b[1].x", "a.b[1].n", "a.b[2]"]);
    }

    #[test]
    fn strings_are_changed_wherever_they_stand() {
        let change = |text: &str| (text == "old").then(|| "new".to_owned());
        let changed = with_strings(&nested(), &change).expect("a change");
        assert_eq!(leaves(&Key::dotted("a"), &changed).first().map(|(_, value)| *value), Some(&Value::from("new")));
        assert_eq!(with_strings(&changed, &change), None);
        assert_eq!(with_strings(&Value::Integer(1), &change), None);
    }
}
