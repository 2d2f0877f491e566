//! A deployment.toml with single settings put back.
//!
//! In: a document, and settings with the values that they shall have. Out: a document with these values, of which only
//! the tree counts. Always: what has no place in the tree is left as it is.

use crate::document::{Document, Key, Step, Table, Value};

/// The document with other values; `None` takes a setting out.
pub(super) fn with<'a>(document: &Document, settings: impl Iterator<Item = (&'a Key, Option<&'a Value>)>) -> Document {
    let mut root = Value::Table(document.root.clone());
    for (key, value) in settings {
        match value {
            Some(value) => set(&mut root, key.steps(), value),
            None => remove(&mut root, key.steps()),
        }
    }
    let root = match root {
        Value::Table(root) => root,
        _ => Table::new(),
    };
    let mut document = Document::default();
    document.root = root;
    document
}

fn set(at: &mut Value, steps: &[Step], value: &Value) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value.clone();
        return;
    };
    match (step, at) {
        (Step::Name(name), Value::Table(table)) => {
            let missing = match rest.first() {
                Some(Step::Name(_)) => Value::Table(Table::new()),
                _ => Value::Array(Vec::new()),
            };
            set(table.entry(name.clone()).or_insert(missing), rest, value);
        }
        (Step::Element { by, is }, Value::Array(values)) => {
            let named = values.iter().position(|value| value.named_by(by).as_deref() == Some(is));
            let number = named.unwrap_or_else(|| {
                let mut element = Value::Table(Table::new());
                let by: Vec<Step> = by.split('.').map(|name| Step::Name(name.to_owned())).collect();
                set(&mut element, &by, &Value::from(is.as_str()));
                values.push(element);
                values.len() - 1
            });
            if let Some(element) = values.get_mut(number) {
                set(element, rest, value);
            }
        }
        (Step::Nth(number), Value::Array(values)) => {
            if *number == values.len() {
                values.push(Value::Table(Table::new()));
            }
            if let Some(element) = values.get_mut(*number) {
                set(element, rest, value);
            }
        }
        _ => {}
    }
}

fn remove(at: &mut Value, steps: &[Step]) {
    match (steps, at) {
        ([Step::Name(name)], Value::Table(table)) => drop(table.shift_remove(name)),
        ([Step::Name(name), rest @ ..], Value::Table(table)) => {
            if let Some(inside) = table.get_mut(name) {
                remove(inside, rest);
            }
        }
        ([step, rest @ ..], array @ Value::Array(_)) => {
            let number = array.element_number(step);
            if let (Some(number), Value::Array(values)) = (number, array)
                && let Some(element) = values.get_mut(number)
            {
                remove(element, rest);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    #[test]
    fn settings_are_put_back_wherever_they_are() {
        let document = parse(b"[a]\nb = 1\n[[d]]\nid = \"X\"\nu = 1\n").expect("TOML");
        let changed = [
            ("a.b", Some(Value::from("one"))),
            ("a.c.d", Some(Value::from("two"))),
            ("d[id=X].u", None),
            ("d[id=Y].u", Some(Value::from("three"))),
            ("d[3].u", Some(Value::from("four"))),
            ("a.b.c", Some(Value::from("nowhere"))),
        ]
        .map(|(key, value)| (Key::parse(key).expect(key), value));
        let back = with(&document, changed.iter().map(|(key, value)| (key, value.as_ref())));
        let value = |key: &str| back.value(&Key::parse(key).expect(key)).cloned();
        assert_eq!(value("a.b"), Some("one".into()));
        assert_eq!(value("a.c.d"), Some("two".into()));
        assert_eq!(value("d[1].u"), None);
        assert_eq!(value("d[id=Y].u"), Some("three".into()));
        assert_eq!(value("d[3].u"), Some("four".into()));
    }
}
