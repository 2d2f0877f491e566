//! From the tree of a document to the flat keys that the server works with.
//!
//! In: a [`Table`]. Out: a flat map `a.b.'c d' = value`, tables inside arrays flat as well, and the secrets. Always:
//! the keys come in the order in which the server's parser lists them, which is that of two hash sets.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `TomlParser`; cava-toml 0.5.0, `MutableTomlTable.keyPathSet`,
//! `TomlTable.dottedKeySet`, `Toml.joinKeyPath` and `Toml.tomlEscape`.

use super::StartError;
use super::java::{self, Map, Object};
use crate::document::{Key, Table, Value};
use indexmap::IndexMap;
use std::fmt::Write as _;

/// Tables inside tables, at most. Before the server's own stack would end.
const DEEPEST: usize = 100;
/// The length of all flat keys together, at most: below deep headers they could grow to a multiple of the file.
const LONGEST: usize = 64 << 20;

/// A value with its flat key.
struct Leaf<'a> {
    /// The key as `joinKeyPath` writes it, with single quotes.
    key: String,
    /// What the key's names hash to as a Java list, and 31 to the power of their number.
    hash: i32,
    power: i32,
    value: &'a Value,
    /// Whether the server finds the key again that it made of the names.
    found: bool,
}

/// All settings of a table by their flat keys.
pub(super) fn flatten(table: &Table) -> Result<Map, StartError> {
    let mut left = LONGEST;
    flat(table, 0, &mut left)
}

fn flat(table: &Table, depth: usize, left: &mut usize) -> Result<Map, StartError> {
    let leaves = leaves(table, &Prefix { text: "", found: true }, depth, left)?;
    let order =
        java::order(leaves.iter().map(|leaf| java::hash(&leaf.key.replace('\'', "\""))), java::buckets(leaves.len()));
    let mut map = Map::with_capacity(leaves.len());
    for leaf in order.into_iter().filter_map(|place| leaves.get(place)) {
        let value = if leaf.found { object(leaf.value, depth, left)? } else { Object::Null };
        map.insert(leaf.key.clone(), value);
    }
    Ok(map)
}

fn object(value: &Value, depth: usize, left: &mut usize) -> Result<Object, StartError> {
    Ok(match value {
        Value::String(text) => Object::String(text.clone()),
        Value::Integer(number) => Object::Integer(*number),
        Value::Float(number) => Object::Float(*number),
        Value::Boolean(value) => Object::Boolean(*value),
        Value::Date(text) => Object::Date(java::date(text)),
        Value::Array(_) if depth > DEEPEST => return Err(too_deep()),
        Value::Array(values) => {
            let values: Result<_, _> = values.iter().map(|value| object(value, depth + 1, left)).collect();
            Object::List(values?)
        }
        Value::Table(table) => Object::Map(flat(table, depth + 1, left)?),
    })
}

/// What stands before the names of a table.
struct Prefix<'a> {
    text: &'a str,
    found: bool,
}

/// The values of a table in the order of a hash set of Java lists.
fn leaves<'a>(
    table: &'a Table,
    prefix: &Prefix<'_>,
    depth: usize,
    left: &mut usize,
) -> Result<Vec<Leaf<'a>>, StartError> {
    if depth > DEEPEST {
        return Err(too_deep());
    }
    let mut found = Vec::new();
    for (name, value) in table {
        let (joined, same) = joined(name)?;
        let own = Prefix { text: &format!("{}{joined}", prefix.text), found: prefix.found && same };
        let hash = java::hash(name);
        if let Value::Table(inner) = value {
            let below = Prefix { text: &format!("{}.", own.text), found: own.found };
            for mut leaf in leaves(inner, &below, depth + 1, left)? {
                // The list begins with 1: the name in front moves that 1 and itself by the names behind.
                let front = hash.wrapping_add(31).wrapping_sub(1).wrapping_mul(leaf.power);
                leaf.hash = leaf.hash.wrapping_add(front);
                leaf.power = leaf.power.wrapping_mul(31);
                found.push(leaf);
            }
            continue;
        }
        *left = left.checked_sub(own.text.len()).ok_or_else(too_deep)?;
        let hash = hash.wrapping_add(31);
        found.push(Leaf { key: own.text.to_owned(), hash, power: 31, value, found: own.found });
    }
    let order = java::order(found.iter().map(|leaf| leaf.hash), java::buckets(found.len()));
    let mut found: Vec<Option<Leaf<'a>>> = found.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|place| found.get_mut(place)?.take()).collect())
}

/// A name as a part of a flat key, and whether the server finds the name again by it: it escapes what is not ASCII,
/// and then reads it without its escapes.
fn joined(name: &str) -> Result<(String, bool), StartError> {
    let simple = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    if !name.is_empty() && name.chars().all(simple) {
        return Ok((name.to_owned(), true));
    }
    if name.contains(['\'', '"']) {
        return Err(StartError::crash("Invalid key: a quote in a key", vec![Key::default().then(name)]));
    }
    let escaped = escape(name);
    let same = escaped == name;
    Ok((format!("'{escaped}'"), same))
}

fn escape(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for character in name.chars() {
        let _ = match character {
            ' '..='~' => write!(text, "{character}"),
            '\t' => write!(text, "\\t"),
            '\u{8}' => write!(text, "\\b"),
            '\n' => write!(text, "\\n"),
            '\r' => write!(text, "\\r"),
            '\u{c}' => write!(text, "\\f"),
            '\u{10000}'.. => write!(text, "\\U{:08x}", u32::from(character)),
            _ => write!(text, "\\u{:04x}", u32::from(character)),
        };
    }
    text
}

fn too_deep() -> StartError {
    StartError::crash("the tables lie too deep inside each other", Vec::new())
}

/// The secrets: `[secrets]`, and since 4.0.0 the keys of `[runtime_secrets]` among them.
pub(super) fn secrets(root: &Table, runtime: bool) -> Result<IndexMap<String, String>, StartError> {
    let mut secrets = IndexMap::new();
    for name in ["secrets", "runtime_secrets"].into_iter().take(if runtime { 2 } else { 1 }) {
        let table = match root.get(name) {
            None => continue,
            Some(Value::Table(table)) => table,
            Some(_) => {
                return Err(StartError::crash(format!("Value of '{name}' is no table"), vec![Key::dotted(name)]));
            }
        };
        let mut left = LONGEST;
        for leaf in leaves(table, &Prefix { text: "", found: true }, 0, &mut left)? {
            let Value::String(text) = leaf.value else {
                let key = super::key_of(&format!("{name}.{}", leaf.key));
                return Err(StartError::crash(format!("Value of '{key}' is no string"), vec![key]));
            };
            // A name in quotes keeps them, so that no reference finds it.
            secrets.insert(leaf.key.replace('\'', "\""), text.clone());
        }
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::super::testing::table;
    use super::*;

    fn keys(toml: &str) -> Vec<String> {
        flatten(&table(toml)).expect("flat").into_keys().collect()
    }

    #[test]
    fn tables_become_flat_keys_and_arrays_of_tables_lists_of_flat_maps() {
        let map = flatten(&table(
            "[a]\nb.c = 1\nd = []\n[a.e]\n'f g' = 2\n[h]\n[[l]]\nx.'y.z' = 3\n[[l.m]]\nn = 07:32:00\n[[l]]\n",
        ))
        .expect("flat");
        let mut shown: Vec<String> = map.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        shown.sort();
        assert_eq!(shown, ["a.b.c = 1", "a.d = []", "a.e.'f g' = 2", "l = [{x.'y.z'=3, m=[{n=07:32}]}, {}]"]);
    }

    #[test]
    fn keys_come_in_the_order_of_two_hash_sets() {
        // Lists of one name: 31 + hash. Then texts: "q" and "a" share a bucket, and keep the order of the first set.
        assert_eq!(keys("q = 1\nb = 1\na = 1"), ["q", "a", "b"]);
        assert_eq!(keys("a = 1\nb = 1\nq = 1"), ["a", "q", "b"]);
        // A list's hash is that of Java: ["a", "b"] is (31 + 97) * 31 + 98.
        let root = table("a.b = 1");
        let found = leaves(&root, &Prefix { text: "", found: true }, 0, &mut 100).expect("leaves");
        assert_eq!(found.first().map(|leaf| leaf.hash), Some((31 + 97) * 31 + 98));
        let root = table("a.b.c = 1");
        let found = leaves(&root, &Prefix { text: "", found: true }, 0, &mut 100).expect("leaves");
        assert_eq!(found.first().map(|leaf| leaf.hash), Some(((31 + 97) * 31 + 98) * 31 + 99));
    }

    #[test]
    fn names_that_the_server_escapes_lose_their_value() {
        let map =
            flatten(&table("\"kl\u{fc}\" = 1\n\"a b\" = 2\n'c\\d' = 3\n\"\" = 4\n\"\u{1f600}\" = 5")).expect("flat");
        assert_eq!(map.get("'kl\\u00fc'"), Some(&Object::Null));
        assert_eq!(map.get("'a b'"), Some(&Object::Integer(2)));
        assert_eq!(map.get("''"), Some(&Object::Integer(4)));
        assert_eq!(map.get("'\\U0001f600'"), Some(&Object::Null));
    }

    #[test]
    fn secrets_are_texts() {
        let found = |toml: &str, runtime| secrets(&table(toml), runtime);
        let both = "[secrets]\na = \"1\"\nb.c = \"2\"\n\"d.e\" = \"3\"\n[runtime_secrets]\nenable = \"true\"";
        let mut names: Vec<String> = found(both, true).expect("secrets").into_keys().collect();
        names.sort();
        assert_eq!(names, ["\"d.e\"", "a", "b.c", "enable"]);
        assert_eq!(found(both, false).expect("secrets").len(), 3);
        for bad in ["[secrets]\na = 1", "secrets = 1", "[runtime_secrets]\nenable = true"] {
            assert!(found(bad, true).expect_err(bad).crashes, "{bad}");
        }
        assert_eq!(found("[secrets]\na = 1", true).expect_err("an integer").keys, [Key::dotted("secrets.a")]);
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = |depth: usize| {
            let inside =
                (0..depth).fold(Value::Integer(1), |inside, _| Value::Table(Table::from([("a".to_owned(), inside)])));
            flatten(&Table::from([("a".to_owned(), inside)]))
        };
        assert!(deep(DEEPEST).is_ok());
        assert!(deep(DEEPEST * 10).expect_err("too deep").crashes);
        let inside = (0..2000).fold(Value::Integer(1), |inside, _| Value::Array(vec![inside]));
        assert!(flatten(&Table::from([("a".to_owned(), inside)])).expect_err("too deep").crashes);
        let long = "n".repeat(LONGEST / 2);
        let inside = Table::from(["a", "b"].map(|name| (name.to_owned(), Value::Integer(1))));
        assert!(flatten(&Table::from([(long, Value::Table(inside))])).expect_err("too long").crashes);
    }
}
