//! The edits on the tree of settings alone, without a text.
//!
//! In: a tree and numbered keys ([`Step::Name`] and [`Step::Nth`] only). Out: the changed tree. Always: what it holds
//! after an edit is what the text must say; [`super::apply`] compares the two.

use crate::document::{Key, Step, Table, Value};

/// The value at a key.
pub(super) fn get<'a>(root: &'a Table, key: &[Step]) -> Option<&'a Value> {
    let (Step::Name(first), rest) = key.split_first()? else { return None };
    rest.iter().try_fold(root.get(first)?, |value, step| value.step(step))
}

fn get_mut<'a>(root: &'a mut Table, key: &[Step]) -> Option<&'a mut Value> {
    let (Step::Name(first), rest) = key.split_first()? else { return None };
    rest.iter().try_fold(root.get_mut(first)?, |value, step| match (value, step) {
        (Value::Table(table), Step::Name(name)) => table.get_mut(name),
        (Value::Array(values), Step::Nth(number)) => values.get_mut(*number),
        _ => None,
    })
}

/// How many elements the array at a key has: none where it is not there.
pub(super) fn length(root: &Table, array: &[Step]) -> usize {
    get(root, array).and_then(Value::as_array).map_or(0, <[Value]>::len)
}

/// Gives a key a value; tables and arrays on the way are made. False where the way is barred by a value.
pub(super) fn set(root: &mut Table, key: &[Step], value: Value) -> bool {
    let Some((Step::Name(first), rest)) = key.split_first() else { return false };
    if rest.is_empty() {
        root.insert(first.clone(), value);
        return true;
    }
    let empty = || hollow(rest);
    set_below(root.entry(first.clone()).or_insert_with(empty), rest, value)
}

fn set_below(at: &mut Value, key: &[Step], value: Value) -> bool {
    let Some((step, rest)) = key.split_first() else {
        *at = value;
        return true;
    };
    match (at, step) {
        (Value::Table(table), Step::Name(name)) => {
            set_below(table.entry(name.clone()).or_insert_with(|| hollow(rest)), rest, value)
        }
        (Value::Array(values), Step::Nth(number)) => {
            if *number == values.len() {
                values.push(hollow(rest));
            }
            values.get_mut(*number).is_some_and(|element| set_below(element, rest, value))
        }
        _ => false,
    }
}

/// What a value must be for a key to lead on inside it.
fn hollow(rest: &[Step]) -> Value {
    match rest.first() {
        Some(Step::Nth(_) | Step::Element { .. }) => Value::Array(Vec::new()),
        _ => Value::Table(Table::new()),
    }
}

/// A value inside the tables and arrays that a key leads through, all of them new. The key starts below the value.
pub(super) fn wrapped(key: &[Step], value: &Value) -> Value {
    let mut made = hollow(key);
    if set_below(&mut made, key, value.clone()) { made } else { value.clone() }
}

/// Puts an element into the array at a key, before the one that has its number so far.
pub(super) fn insert(root: &mut Table, array: &[Step], number: usize, element: Value) -> bool {
    match get_mut(root, array) {
        Some(Value::Array(values)) if number <= values.len() => {
            values.insert(number, element);
            true
        }
        Some(_) => false,
        None => number == 0 && set(root, array, Value::Array(vec![element])),
    }
}

/// Takes a key out, and nothing else.
pub(super) fn remove(root: &mut Table, key: &[Step]) {
    let Some((last, above)) = key.split_last() else { return };
    match (last, above) {
        (Step::Name(name), []) => {
            root.shift_remove(name);
        }
        (Step::Name(name), _) => {
            if let Some(Value::Table(table)) = get_mut(root, above) {
                table.shift_remove(name);
            }
        }
        (Step::Nth(number), _) => {
            if let Some(Value::Array(values)) = get_mut(root, above)
                && *number < values.len()
            {
                values.remove(*number);
            }
        }
        (Step::Element { .. }, _) => {}
    }
}

/// The key to take out so that no empty table or array stays behind: the key itself, or the uppermost that would be
/// left with nothing. An element of an array may be empty.
pub(super) fn uppermost<'a>(root: &Table, key: &'a [Step]) -> &'a [Step] {
    let mut goes = key;
    while let Some((last, above)) = goes.split_last() {
        let alone = match get(root, above) {
            Some(Value::Table(table)) => table.len() == 1 && !matches!(above.last(), Some(Step::Nth(_))),
            Some(Value::Array(values)) => values.len() == 1 && matches!(last, Step::Nth(_)),
            _ => false,
        };
        if !alone {
            break;
        }
        goes = above;
    }
    goes
}

/// How many elements at the start, and then at the end, two arrays have in common.
pub(super) fn common_ends(old: &[Value], new: &[Value]) -> (usize, usize) {
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - start;
    let end = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(old, new)| old == new).count();
    (start, end)
}

/// What a table has and another lacks: the settings that a merge brings into the other.
pub(super) fn lacking(target: &Value, from: &Value, at: &[Step]) -> Vec<(Vec<Step>, Value)> {
    let (Value::Table(target), Value::Table(from)) = (target, from) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, value) in from {
        let key = then(at, Step::Name(name.clone()));
        match target.get(name) {
            Some(there) => found.extend(lacking(there, value, &key)),
            None => found.push((key, value.clone())),
        }
    }
    found
}

/// A key with a step after it.
pub(super) fn then(key: &[Step], step: Step) -> Vec<Step> {
    let mut key = key.to_vec();
    key.push(step);
    key
}

/// How many steps two keys have in common at their start.
pub(super) fn common(one: &[Step], other: &[Step]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// The steps of a key that is there, with numbers for elements. The root is there.
pub(super) fn numbered(root: &Table, key: &Key) -> Option<Vec<Step>> {
    let mut found: Vec<Step> = Vec::new();
    for step in key.steps() {
        let step = match step {
            Step::Element { .. } => Step::Nth(get(root, &found)?.element_number(step)?),
            step => step.clone(),
        };
        found.push(step);
    }
    (found.is_empty() || get(root, &found).is_some()).then_some(found)
}

/// The names of a key, without its elements.
pub(super) fn names(key: &[Step]) -> impl Iterator<Item = &str> {
    key.iter().filter_map(|step| match step {
        Step::Name(name) => Some(name.as_str()),
        _ => None,
    })
}
