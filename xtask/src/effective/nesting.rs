//! From flat keys to the tree that templates read.
//!
//! In: flat settings in the order of the server's map. Out: the tree. Always: of two keys that clash, the later wins;
//! a default that is a map is filled in place, and the flat settings show that.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `JinjaParser.getHierarchicalDottedKeyMap`.

use super::java::{HashMap, Map, Object};
use super::{StartError, key_of};
use std::collections::BTreeMap;

/// Makes the tree. What it fills of the settings' own maps is written back to them.
pub(super) fn nest(settings: &mut HashMap) -> Result<Map, StartError> {
    let mut tree = Map::new();
    let mut shared: BTreeMap<Vec<String>, String> = BTreeMap::new();
    for key in settings.keys() {
        let Some(value) = settings.get(&key).cloned() else { continue };
        let path = parts(&key)?;
        // Maps of the settings that leave the tree here keep what they have now.
        while let Some((leaves, of)) = shared.range(path.clone()..).next().filter(|(other, _)| other.starts_with(&path))
        {
            let leaves = leaves.clone();
            write_back(settings, &tree, &leaves, of);
            shared.remove(&leaves);
        }
        if matches!(value, Object::Map(_)) {
            shared.insert(path.clone(), key.clone());
        }
        put(&mut tree, &path, listed(value)?, &key)?;
    }
    for (path, key) in &shared {
        write_back(settings, &tree, path, key);
    }
    Ok(tree)
}

fn write_back(settings: &mut HashMap, tree: &Map, path: &[String], key: &str) {
    if let (Some(Object::Map(map)), Some(value)) = (at(tree, path), settings.get_mut(key)) {
        *value = Object::Map(map.clone());
    }
}

fn at<'a>(tree: &'a Map, path: &[String]) -> Option<&'a Object> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(tree.get(first)?, |value, name| value.as_map()?.get(name))
}

fn put(tree: &mut Map, path: &[String], value: Object, key: &str) -> Result<(), StartError> {
    let Some((last, above)) = path.split_last() else {
        return Err(StartError::crash(format!("the key {key} has no name"), vec![key_of(key)]));
    };
    let mut map = tree;
    for name in above {
        let inner = map.entry(name.clone()).or_insert(Object::Null);
        if !matches!(inner, Object::Map(_)) {
            *inner = Object::Map(Map::new());
        }
        let Object::Map(next) = inner else { return Ok(()) };
        map = next;
    }
    map.insert(last.clone(), value);
    Ok(())
}

/// A list with the maps in it nested as well. A map by itself stays as it is.
fn listed(value: Object) -> Result<Object, StartError> {
    let Object::List(values) = value else { return Ok(value) };
    let values: Result<Vec<Object>, StartError> = values
        .into_iter()
        .map(|value| match value {
            Object::Map(map) => {
                let mut tree = Map::new();
                for (key, value) in map {
                    put(&mut tree, &parts(&key)?, listed(value)?, &key)?;
                }
                Ok(Object::Map(tree))
            }
            value => listed(value),
        })
        .collect();
    Ok(Object::List(values?))
}

/// The names in a flat key: split at dots outside of quotes, empty parts left out, quoted parts kept whole.
fn parts(key: &str) -> Result<Vec<String>, StartError> {
    let mut names = Vec::new();
    for (number, part) in key.split('\'').enumerate() {
        if number % 2 == 1 {
            names.push(part.to_owned());
        } else {
            names.extend(part.split('.').filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    if key.matches('\'').count() % 2 == 1 {
        let message = format!("Couldn't find matching ending \"'\" for sub key in flat key {key}");
        return Err(StartError::exit(message, vec![key_of(key)]));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, settings, shown};
    use super::*;

    fn nested(settings: &mut HashMap) -> String {
        Object::Map(nest(settings).expect("nested")).to_string()
    }

    #[test]
    fn flat_keys_become_a_tree() {
        for (toml, tree) in [
            ("a.b = 1\na.'c.d' = 2", "{a={b=1, c.d=2}}"),
            ("[[l]]\nx.y = 1\n[[l.m]]\nz.'u v' = 2", "{l=[{x={y=1}, m=[{z={u v=2}}]}]}"),
            ("a = [[1], [2]]", "{a=[[1], [2]]}"),
            ("'' = 1", "{=1}"),
        ] {
            assert_eq!(nested(&mut settings(toml)), tree, "{toml}");
        }
        for (key, crashes) in [("a.'b", false), (".", true), ("", true)] {
            let mut settings = HashMap::default();
            settings.put(key.to_owned(), Object::Null);
            assert_eq!(nest(&mut settings).expect_err(key).crashes, crashes, "{key}");
        }
    }

    #[test]
    fn of_keys_that_clash_the_later_in_hash_order_wins() {
        let fill = |key: &str| {
            let mut settings = settings("");
            for (key, value) in json(&format!(r#"{{"{key}": {{"x": 1, "y": 2}}, "{key}.x": 5, "{key}.z": 6}}"#)) {
                settings.put(key, value);
            }
            let tree = nested(&mut settings);
            (tree, shown(&settings).into_iter().next().unwrap_or_default())
        };
        // Of 16 buckets: "a" 1, "a.x" 8, "a.z" 10: the map comes first and is filled in place.
        assert_eq!(fill("a"), ("{a={x=5.0, y=2.0, z=6.0}}".to_owned(), "a = {x=5.0, y=2.0, z=6.0}".to_owned()));
        // "o" 15, "o.x" 6, "o.z" 4: the map comes last and replaces the rest.
        let (tree, flat) = fill("o");
        assert_eq!((tree.as_str(), flat.as_str()), ("{o={x=1.0, y=2.0}}", "o = {x=1.0, y=2.0}"));
    }
}
