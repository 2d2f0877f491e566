//! Which element of an array of tables is which, in several documents.
//!
//! In: documents. Out: their settings by keys in which an element is called by what names it
//! (`datasource[id=ORDERS_DB].url`). Always: an array is keyed the same way in all of them; one whose elements nothing
//! tells apart is a single setting with its whole value, and so is what is a value in one document and a table in
//! another.

use crate::document::{Document, Key, Step, Value};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};

/// Settings in the order of their file.
pub type Settings = IndexMap<Key, Value>;

/// Keys that name an element, the first that fits counts. From the arrays of tables that the templates of both releases
/// read: `[[datasource]]` by `id`, connection factories by `name`, `[[internal_apis.users]]` by `user.name`, custom
/// transports by `protocol`, message builders by `content_type`, handlers by `class`.
const NAMES: [&str; 6] = ["id", "name", "user.name", "protocol", "content_type", "class"];

/// The settings of each document.
pub fn settings(documents: &[&Document]) -> Vec<Settings> {
    let names = names(documents);
    let settings: Vec<Settings> = documents.iter().map(|document| keyed(document, &names)).collect();
    let mixed = mixed(&settings);
    if mixed.is_empty() {
        return settings;
    }
    documents.iter().zip(settings).map(|(document, settings)| collapsed(document, settings, &mixed)).collect()
}

/// Keys that are a single value in one document and a table in another.
fn mixed(settings: &[Settings]) -> BTreeSet<Key> {
    let all: BTreeSet<&Key> = settings.iter().flat_map(Settings::keys).collect();
    let above = all.iter().flat_map(|key| {
        let shorter = 1..key.steps().len();
        shorter.filter_map(|length| Some(Key::from(key.steps().get(..length)?.to_vec())))
    });
    above.filter(|key| all.contains(key)).collect()
}

/// The settings with each of these tables as one setting.
fn collapsed(document: &Document, settings: Settings, mixed: &BTreeSet<Key>) -> Settings {
    let mut whole = Settings::new();
    for (key, value) in settings {
        match mixed.iter().find(|table| key.starts_with(table)) {
            Some(table) => {
                if let Some(value) = document.value(table) {
                    whole.insert(table.clone(), value.clone());
                }
            }
            None => {
                whole.insert(key, value);
            }
        }
    }
    whole
}

/// What names the elements of each array, by the array's flat key; `None` where nothing does.
type Names = BTreeMap<String, Option<&'static str>>;

fn names(documents: &[&Document]) -> Names {
    let mut arrays: BTreeMap<String, Vec<&[Value]>> = BTreeMap::new();
    for document in documents {
        for (name, value) in &document.root {
            arrays_in(&Key::default().then(name), value, &mut arrays);
        }
    }
    let fits = |array: &&[Value], by: &str| {
        let named: BTreeSet<_> = array.iter().filter_map(|element| element.named_by(by)).collect();
        named.len() == array.len()
    };
    arrays
        .into_iter()
        .map(|(key, arrays)| {
            let name = NAMES.into_iter().find(|by| arrays.iter().all(|array| fits(array, by)));
            (key, name)
        })
        .collect()
}

fn arrays_in<'a>(key: &Key, value: &'a Value, arrays: &mut BTreeMap<String, Vec<&'a [Value]>>) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                arrays_in(&key.then(name), value, arrays);
            }
        }
        Value::Array(elements) if value.is_array_of_tables() => {
            arrays.entry(key.flat()).or_default().push(elements);
            for element in elements {
                arrays_in(key, element, arrays);
            }
        }
        _ => {}
    }
}

fn keyed(document: &Document, names: &Names) -> Settings {
    let mut settings = Settings::new();
    for setting in &document.settings {
        let (key, whole) = named(document, &setting.key, names);
        if whole {
            if let Some(value) = document.value(&key) {
                settings.entry(key).or_insert_with(|| value.clone());
            }
        } else {
            settings.insert(key, setting.value.clone());
        }
    }
    settings
}

/// A key with elements by name; cut, with `true`, at the first array whose elements have none.
fn named(document: &Document, key: &Key, names: &Names) -> (Key, bool) {
    let mut done = Key::default();
    let mut numbered = Key::default();
    for step in key.steps() {
        let Step::Nth(_) = step else {
            done = done.with(step.clone());
            numbered = numbered.with(step.clone());
            continue;
        };
        let by = names.get(&done.flat()).copied().flatten();
        numbered = numbered.with(step.clone());
        let is = by.and_then(|by| document.value(&numbered)?.named_by(by));
        let (Some(by), Some(is)) = (by, is) else { return (done, true) };
        done = done.with(Step::Element { by: by.to_owned(), is });
    }
    (done, false)
}
