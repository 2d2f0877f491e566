//! Edits inside a value: inline tables, and arrays.
//!
//! In: the text of a value, what it says, and a key that leads on inside it. Out: the new text of the value. Always:
//! only what is edited changes its bytes. Comments in arrays stay, but for those inside an element that goes.

use super::lex::{self, Entry, Node};
use super::literal;
use super::tree;
use crate::document::{Step, Table, Value, key};
use std::ops::Range;

/// More changes than this are not looked at one by one: the value is written anew.
const MOST_CHANGES: usize = 256;

/// The text of a value with another value, changed where the two differ.
pub(super) fn rewrite(text: &str, old: &Value, new: &Value) -> String {
    if old == new {
        return text.to_owned();
    }
    let made = match (old, new) {
        (Value::String(old), Value::String(new)) => Some(literal::string_for(text, old, new)),
        (Value::Table(old), Value::Table(new)) => rewrite_table(text, old, new),
        (Value::Array(old), Value::Array(new)) => rewrite_array(text, old, new),
        _ => None,
    };
    made.unwrap_or_else(|| literal::written(new))
}

fn rewrite_table(text: &str, old: &Table, new: &Table) -> Option<String> {
    let changed: Vec<_> = new.iter().filter(|(name, value)| old.get(*name) != Some(*value)).collect();
    let gone: Vec<_> = old.keys().filter(|name| !new.contains_key(*name)).collect();
    if changed.len() + gone.len() > MOST_CHANGES {
        return None;
    }
    let mut now = Value::Table(old.clone());
    let mut text = text.to_owned();
    for (name, value) in changed {
        text = set(&text, &now, &[Step::Name(name.clone())], value)?;
        if let Value::Table(now) = &mut now {
            now.insert(name.clone(), value.clone());
        }
    }
    for name in gone {
        text = remove(&text, &[Step::Name(name.clone())])?;
    }
    Some(text)
}

fn rewrite_array(text: &str, old: &[Value], new: &[Value]) -> Option<String> {
    let (start, end) = tree::common_ends(old, new);
    let old_middle = old.get(start..old.len() - end)?;
    let new_middle = new.get(start..new.len() - end)?;
    if old_middle.len().max(new_middle.len()) > MOST_CHANGES {
        return None;
    }
    let mut text = text.to_owned();
    for number in (new_middle.len()..old_middle.len()).rev() {
        text = remove(&text, &[Step::Nth(start + number)])?;
    }
    for (number, value) in new_middle.iter().enumerate().skip(old_middle.len()) {
        text = insert_element(&text, start + number, value)?;
    }
    for (number, (old, new)) in old_middle.iter().zip(new_middle).enumerate() {
        let Node::Array { elements, .. } = lex::node(&text)? else { return None };
        let place = elements.get(start + number)?.place();
        let element = rewrite(text.get(place.clone())?, old, new);
        text = put(&text, place, &element)?;
    }
    Some(text)
}

/// The text of a value in which a key has another value.
pub(super) fn set(text: &str, now: &Value, path: &[Step], value: &Value) -> Option<String> {
    let Some((step, rest)) = path.split_first() else { return Some(rewrite(text, now, value)) };
    match (lex::node(text)?, step) {
        (Node::Array { elements, .. }, Step::Nth(number)) => match elements.get(*number) {
            Some(element) => {
                let place = element.place();
                let made = set(text.get(place.clone())?, now.step(step)?, rest, value)?;
                put(text, place, &made)
            }
            None if *number == elements.len() => {
                insert_element(text, *number, &if rest.is_empty() { value.clone() } else { tree::wrapped(rest, value) })
            }
            None => None,
        },
        (Node::Table { entries, place }, Step::Name(_)) => {
            if let Some((entry, used)) = holding(&entries, path) {
                let place = entry.value.place();
                let (inside, rest) = path.split_at_checked(used)?;
                let now = inside.iter().try_fold(now, |now, step| now.step(step))?;
                let made = set(text.get(place.clone())?, now, rest, value)?;
                return put(text, place, &made);
            }
            if entries.iter().any(|entry| starts_with(entry, path)) {
                // A table that dotted keys make gets another value.
                let text = remove(text, path)?;
                let Node::Table { entries, place } = lex::node(&text)? else { return None };
                return insert_entry(&text, &entries, place, path, value);
            }
            insert_entry(text, &entries, place, path, value)
        }
        _ => None,
    }
}

/// The entry in whose value a key leads on, and the number of its steps until there.
fn holding<'a>(entries: &'a [Entry], path: &[Step]) -> Option<(&'a Entry, usize)> {
    let holds = |entry: &&Entry| shared(entry, path) == entry.key.len();
    entries.iter().find(holds).map(|entry| (entry, entry.key.len()))
}

/// Whether an entry is in the table at a path, or is the path itself.
fn starts_with(entry: &Entry, path: &[Step]) -> bool {
    shared(entry, path) == path.len()
}

/// How many names at their start an entry's key and a path have in common.
fn shared(entry: &Entry, path: &[Step]) -> usize {
    let same = |(part, step): &(&lex::Part, &Step)| matches!(step, Step::Name(name) if *name == part.name);
    entry.key.iter().zip(path).take_while(same).count()
}

fn insert_entry(text: &str, entries: &[Entry], place: Range<usize>, path: &[Step], value: &Value) -> Option<String> {
    let names = path.iter().take_while(|step| matches!(step, Step::Name(_))).count();
    // Beside dotted keys of the same table a dotted key; else tables within each other.
    let sibling = entries.iter().map(|entry| shared(entry, path)).max().unwrap_or_default();
    let own = if sibling > 0 { names } else { 1 };
    let (key, inside) = path.split_at_checked(own)?;
    let value = if inside.is_empty() { value.clone() } else { tree::wrapped(inside, value) };
    let key: Vec<String> = tree::names(key).map(key::quoted).collect();
    let Some(last) = entries.last() else {
        let made = format!("{{ {} = {} }}", key.join("."), literal::written(&value));
        return spliced(text, place, &made);
    };
    let equals = text.get(last.key_end()..last.value.place().start)?;
    let made = format!(", {}{equals}{}", key.join("."), literal::written(&value));
    let end = last.place().end;
    put(text, end..end, &made)
}

/// Puts an element into an array, in the way that the element before it stands there.
fn insert_element(text: &str, number: usize, value: &Value) -> Option<String> {
    let Node::Array { place, elements, commas } = lex::node(text)? else { return None };
    let value = literal::element(value);
    let Some(before) = number.checked_sub(1).and_then(|before| elements.get(before)) else {
        let Some(first) = elements.first() else {
            let inner = place.start + 1..place.end - 1;
            let cut = if text.get(inner.clone())?.trim().is_empty() { inner } else { inner.start..inner.start };
            return spliced(text, cut, &value);
        };
        let first = first.place().start;
        let between = own_line(text, first).map_or_else(|| " ".to_owned(), |(end, indent)| format!("{end}{indent}"));
        return spliced(text, first..first, &format!("{value},{between}"));
    };
    let Range { start, end } = before.place();
    let comma = commas.get(number - 1).copied();
    let after = comma.map_or(end, |comma| comma + 1);
    // What follows on the line: with a comment it belongs to the element before.
    let rest = text.get(after..)?;
    let line = rest.get(..rest.find(['\r', '\n']).unwrap_or(rest.len()))?;
    let ends = line.len() < rest.len() && (line.trim().is_empty() || line.trim_start().starts_with('#'));
    let Some((line_end, indent)) = own_line(text, start) else {
        let blank = if literal::is_date(text.get(start..end)?) { " " } else { "" };
        let made = if comma.is_some() { format!(" {value},") } else { format!("{blank}, {value}") };
        return spliced(text, after..after, &made);
    };
    let at = if ends { after + line.len() } else { after };
    let closing = if comma.is_some() { "," } else { "" };
    let made = spliced(text, at..at, &format!("{line_end}{indent}{value}{closing}"))?;
    if comma.is_some() { Some(made) } else { spliced(&made, end..end, ",") }
}

/// The line end before a place and its indentation, where nothing else is before it on its line.
fn own_line(text: &str, place: usize) -> Option<(&'static str, &str)> {
    let before = text.get(..place)?;
    let line = before.trim_end_matches([' ', '\t']);
    let indent = before.get(line.len()..)?;
    let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
    line.ends_with('\n').then_some((end, indent))
}

/// The text of a value without what is at a key.
pub(super) fn remove(text: &str, path: &[Step]) -> Option<String> {
    let (step, rest) = path.split_first()?;
    match (lex::node(text)?, step) {
        (Node::Array { elements, .. }, Step::Nth(number)) if !rest.is_empty() => {
            let place = elements.get(*number)?.place();
            let made = remove(text.get(place.clone())?, rest)?;
            spliced(text, place, &made)
        }
        (Node::Array { elements, commas, .. }, Step::Nth(number)) => {
            let places: Vec<Range<usize>> = elements.iter().map(Node::place).collect();
            remove_item(text, &places, &commas, *number)
        }
        (Node::Table { entries, .. }, Step::Name(_)) => {
            if let Some((entry, used)) = holding(&entries, path).filter(|(_, used)| *used < path.len()) {
                let place = entry.value.place();
                let made = remove(text.get(place.clone())?, path.get(used..)?)?;
                return spliced(text, place, &made);
            }
            let number = entries.iter().position(|entry| starts_with(entry, path))?;
            let places: Vec<Range<usize>> = entries.iter().map(Entry::place).collect();
            let made = remove_item(text, &places, &[], number)?;
            // A table of dotted keys has more than one entry.
            if entries.iter().skip(number + 1).any(|entry| starts_with(entry, path)) {
                return remove(&made, path);
            }
            Some(made)
        }
        _ => None,
    }
}

fn remove_item(text: &str, places: &[Range<usize>], commas: &[usize], number: usize) -> Option<String> {
    let place = places.get(number)?.clone();
    let plain = |gap: &Range<usize>| text.get(gap.clone()).is_some_and(|gap| !gap.contains(['\n', '#']));
    let next = places.get(number + 1).map(|next| place.start..next.start);
    let next_gap = places.get(number + 1).map(|next| place.end..next.start);
    if let (Some(cut), Some(gap)) = (next, next_gap)
        && plain(&gap)
    {
        return spliced(text, cut, "");
    }
    let before = number.checked_sub(1).and_then(|before| places.get(before));
    if places.len() == number + 1
        && let Some(before) = before
        && plain(&(before.end..place.start))
    {
        return spliced(text, before.end..place.end, "");
    }
    // Each on a line of its own, or with comments between: only the element and one comma go.
    let own = commas.get(number).copied();
    let comma = own.or_else(|| number.checked_sub(1).and_then(|before| commas.get(before)).copied());
    let mut made = text.to_owned();
    let mut at = place.start;
    match comma {
        Some(comma) if comma >= place.end => {
            made = spliced(&made, comma..comma + 1, "")?;
            made = spliced(&made, place, "")?;
        }
        Some(comma) => {
            made = spliced(&made, place, "")?;
            made = spliced(&made, comma..comma + 1, "")?;
            at -= 1;
        }
        None => made = spliced(&made, place, "")?,
    }
    Some(tidied(&made, at))
}

/// The text without the blanks, or the blank line, that are left at a place where something was taken out.
fn tidied(text: &str, at: usize) -> String {
    let blank = [' ', '\t'];
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return text.to_owned() };
    let (left, right) = (before.trim_end_matches(blank), after.trim_start_matches(blank));
    let line_end = ["\r\n", "\n"].into_iter().find(|end| right.starts_with(end));
    match line_end {
        // A line that nothing is left of.
        Some(end) if left.ends_with('\n') => format!("{left}{}", right.get(end.len()..).unwrap_or_default()),
        Some(_) => format!("{left}{right}"),
        None => format!("{before}{right}"),
    }
}

/// The text of a value in which a key has another last name.
pub(super) fn rename(text: &str, path: &[Step], name: &str) -> Option<String> {
    let (step, rest) = path.split_first()?;
    match (lex::node(text)?, step) {
        (Node::Array { elements, .. }, Step::Nth(number)) => {
            let place = elements.get(*number)?.place();
            let made = rename(text.get(place.clone())?, rest, name)?;
            spliced(text, place, &made)
        }
        (Node::Table { entries, .. }, Step::Name(_)) => {
            if let Some((entry, used)) = holding(&entries, path).filter(|(_, used)| *used < path.len()) {
                let place = entry.value.place();
                let made = rename(text.get(place.clone())?, path.get(used..)?, name)?;
                return spliced(text, place, &made);
            }
            let mut made = text.to_owned();
            for entry in entries.iter().rev().filter(|entry| starts_with(entry, path)) {
                let part = entry.key.get(path.len() - 1)?;
                made = spliced(&made, part.place.clone(), &key::quoted(name))?;
            }
            Some(made)
        }
        _ => None,
    }
}

/// A text with another value at a place. After a date the server's parser wants a blank.
fn put(text: &str, place: Range<usize>, value: &str) -> Option<String> {
    let close = text.get(place.end..)?.starts_with([',', ']', '}']);
    let last = value.rsplit([' ', ',']).find(|word| !word.is_empty()).unwrap_or(value);
    let blank = if close && literal::is_date(last) { " " } else { "" };
    spliced(text, place, &format!("{value}{blank}"))
}

/// A text with other bytes at a place.
pub(super) fn spliced(text: &str, place: Range<usize>, put: &str) -> Option<String> {
    Some(format!("{}{put}{}", text.get(..place.start)?, text.get(place.end..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<Step> {
        let step = |part: &str| part.parse().map_or_else(|_| Step::Name(part.to_owned()), Step::Nth);
        text.split('.').map(step).collect()
    }

    fn integers(numbers: &[i64]) -> Value {
        Value::Array(numbers.iter().copied().map(Value::Integer).collect())
    }

    #[test]
    fn keys_are_added_in_the_way_of_the_others() {
        let none = Value::Table(Table::new());
        for (text, path, expected) in [
            ("{}", "a", "{ a = 7 }"),
            ("{ }", "a.b", "{ a = { b = 7 } }"),
            ("{a=1}", "b", "{a=1, b=7}"),
            ("{ a.x = 1 }", "a.y", "{ a.x = 1, a.y = 7 }"),
            ("{ a = 1 }", "b.0.c", "{ a = 1, b = [{ c = 7 }] }"),
            ("[]", "0", "[7]"),
            ("[ # none\n]", "0", "[7 # none\n]"),
            ("[1, 2]", "2", "[1, 2, 7]"),
            ("[1, 2,]", "2", "[1, 2, 7,]"),
            ("[\n  1, # one\n  2 # two\n]", "2", "[\n  1, # one\n  2, # two\n  7\n]"),
            ("[\r\n  1,\r\n]", "1", "[\r\n  1,\r\n  7,\r\n]"),
            ("[\n  1,\n  2]", "2", "[\n  1,\n  2,\n  7]"),
        ] {
            let made = set(text, &none, &steps(path), &Value::Integer(7));
            assert_eq!(made.as_deref(), Some(expected), "{text} {path}");
        }
    }

    #[test]
    fn keys_go_with_their_commas_and_leave_comments() {
        for (text, path, expected) in [
            ("{ a = 1, b = 2 }", "a", "{ b = 2 }"),
            ("{ a = 1, b = 2 }", "b", "{ a = 1 }"),
            ("{ a = 1 }", "a", "{ }"),
            ("{ a.x = 1, c = 2, a.y = 3 }", "a", "{ c = 2 }"),
            ("{ a = { b = 1, c = 2 } }", "a.b", "{ a = { c = 2 } }"),
            ("[1, 2, 3]", "1", "[1, 3]"),
            ("[1, 2,]", "1", "[1,]"),
            ("[1]", "0", "[]"),
            ("[\n  1, # one\n  2, # two\n]", "0", "[\n  # one\n  2, # two\n]"),
            ("[\n  1,\n  2\n]", "1", "[\n  1\n]"),
            ("[\n  1,\n  2,\n]", "0", "[\n  2,\n]"),
            ("[\r\n  { a = 1 },\r\n  2\r\n]", "0", "[\r\n  2\r\n]"),
        ] {
            assert_eq!(remove(text, &steps(path)).as_deref(), Some(expected), "{text} {path}");
        }
    }

    #[test]
    fn an_array_changes_only_where_it_differs() {
        for (text, old, new, expected) in [
            ("[ 1,2 ]", [1, 2].as_slice(), [1, 3].as_slice(), "[ 1,3 ]"),
            ("[ 1,2 ]", &[1, 2], &[2], "[ 2 ]"),
            ("[ 1,2 ]", &[1, 2], &[0, 1, 2], "[ 0, 1,2 ]"),
            ("[ 0x1, 3]", &[1, 3], &[1, 2, 3], "[ 0x1, 2, 3]"),
            ("[\n 1,\n 3\n]", &[1, 3], &[0, 1, 2, 3], "[\n 0,\n 1,\n 2,\n 3\n]"),
            ("[ 1 ]", &[1], &[], "[ ]"),
        ] {
            assert_eq!(rewrite(text, &integers(old), &integers(new)), expected, "{text} to {new:?}");
        }
    }

    #[test]
    fn names_change_in_place() {
        for (text, path, expected) in [
            ("{ a = 1, b = 2 }", "a", "{ 'x y' = 1, b = 2 }"),
            ("{ a.b = 1, a.c = 2 }", "a", "{ 'x y'.b = 1, 'x y'.c = 2 }"),
            ("[{ a = { b = 1 } }]", "0.a.b", "[{ a = { 'x y' = 1 } }]"),
        ] {
            assert_eq!(rename(text, &steps(path), "x y").as_deref(), Some(expected));
        }
    }
}
