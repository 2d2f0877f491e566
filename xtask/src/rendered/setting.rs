//! The setting that says what a hand edit says.
//!
//! In: edits and the patterns that they are of. Out: lines of deployment.toml. Always: a value that may be a secret
//! is written as `***`; an edit that could mean two settings gives none.

use crate::rendered::context::{Context, Key, Value};
use crate::rendered::pattern::{Loop, Pattern};
use crate::rendered::template;
use crate::rendered::units::Unit;
use crate::secret;
use std::collections::BTreeMap;

/// One setting: its table, whether that is an element of an array, and its keys.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    table: Key,
    element_of: Option<usize>,
    keys: Vec<(Key, String)>,
}

/// Settings by the number of the edit that brought them.
pub(super) struct Settings<'a> {
    context: &'a Context,
    by_edit: BTreeMap<usize, Setting>,
    /// The edit and the place in the template to which the next edit may belong.
    last: Option<(usize, usize)>,
}

impl<'a> Settings<'a> {
    /// Starts with none.
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context, by_edit: BTreeMap::new(), last: None }
    }

    /// Takes the next edit with the patterns that it may be of.
    pub(super) fn add(&mut self, number: usize, unit: &Unit, found: &[(usize, &Pattern)]) {
        let mut settings: Vec<(usize, Setting)> = found
            .iter()
            .filter_map(|&(place, pattern)| Some((place, self.setting(pattern, &pattern.captures(&unit.text)?)?)))
            .collect();
        settings.dedup_by(|(_, a), (_, b)| (&a.table, &a.keys) == (&b.table, &b.keys));
        let [(place, setting)] = settings.as_slice() else { return };
        if let (Some(element), Some((first, last_place))) = (setting.element_of, self.last)
            && let Some(before) = self.by_edit.get_mut(&first)
            && before.element_of == Some(element)
            && last_place <= *place
            && !setting.keys.iter().any(|(key, _)| before.keys.iter().any(|(known, _)| known == key))
        {
            before.keys.extend(setting.keys.iter().cloned());
            self.last = Some((first, *place));
            return;
        }
        self.last = Some((number, *place));
        self.by_edit.insert(number, setting.clone());
    }

    /// The lines of the setting that an edit brought.
    pub(super) fn lines(&self, number: usize) -> Option<Vec<String>> {
        let setting = self.by_edit.get(&number)?;
        let mut lines = Vec::new();
        let table = setting.table.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".");
        if setting.element_of.is_some() {
            lines.push(format!("[[{table}]]"));
        } else if !table.is_empty() {
            lines.push(format!("[{table}]"));
        }
        lines.extend(setting.keys.iter().map(|(key, value)| {
            let name = key.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".");
            let whole = format!("{}.{} = {value}", table, key.join("."));
            let value = if secret::may_hold_secret(&whole) { "\"***\"".to_owned() } else { value.clone() };
            format!("{name} = {value}")
        }));
        Some(lines)
    }

    fn setting(&self, pattern: &Pattern, captures: &[&str]) -> Option<Setting> {
        match pattern.loops.as_slice() {
            [] => self.plain(pattern, captures),
            [one] if one.items => {
                let (key, value) = pair(pattern, one, captures)?;
                let whole: Key = one.over.iter().cloned().chain([key]).collect();
                Some(plain_setting(&self.context.name(&whole), vec![value]))
            }
            [array] => self.element(array, pattern, captures),
            [array, pairs] if !array.items && pairs.items => {
                let (name, rest) = pairs.over.split_first()?;
                (array.names.first() == Some(name)).then_some(())?;
                let (key, value) = pair(pattern, pairs, captures)?;
                let key: Key = rest.iter().cloned().chain([key]).collect();
                let key = self.context.element_name(&array.over, &key);
                Some(Setting { table: array.over.clone(), element_of: Some(array.number), keys: vec![(key, value)] })
            }
            _ => None,
        }
    }

    /// Holes that name settings themselves: those whose value is another than the server's.
    fn plain(&self, pattern: &Pattern, captures: &[&str]) -> Option<Setting> {
        let mut changed = pattern.holes.iter().zip(captures).filter(|(hole, text)| {
            let known = self.context.get(&hole.path).map_or_else(String::new, Value::text);
            known != **text
        });
        let Some((hole, text)) = changed.next() else { return self.switched_on(pattern) };
        if hole.list {
            let values: Vec<String> = text.split([',', '|']).map(|part| string(part.trim())).collect();
            return Some(plain_setting(&self.context.name(&hole.path), vec![format!("[{}]", values.join(", "))]));
        }
        // Two values of two tables are two settings; a person will see the first in the line itself.
        changed.next().is_none().then(|| plain_setting(&self.context.name(&hole.path), vec![scalar(text)]))
    }

    /// A line that the template has, under a condition that does not hold: the condition is the setting.
    fn switched_on(&self, pattern: &Pattern) -> Option<Setting> {
        let condition = pattern.condition.as_deref()?;
        let path = condition.strip_suffix("== true")?.trim();
        (template::holds(condition, self.context) == Some(false)).then_some(())?;
        let path = crate::rendered::context::split(path);
        Some(plain_setting(&self.context.name(&path), vec!["true".to_owned()]))
    }

    /// Holes that name keys of an element of an array.
    fn element(&self, array: &Loop, pattern: &Pattern, captures: &[&str]) -> Option<Setting> {
        let mut keys: Vec<(Key, String)> = Vec::new();
        for (hole, text) in pattern.holes.iter().zip(captures) {
            let (name, rest) = hole.path.split_first()?;
            if array.names.first() != Some(name) || rest.is_empty() || hole.list {
                return None;
            }
            let key = self.context.element_name(&array.over, rest);
            if !keys.iter().any(|(known, _)| *known == key) {
                keys.push((key, scalar(text)));
            }
        }
        (!keys.is_empty()).then(|| Setting { table: array.over.clone(), element_of: Some(array.number), keys })
    }
}

/// The key and the value of a loop over pairs.
fn pair(pattern: &Pattern, pairs: &Loop, captures: &[&str]) -> Option<(String, String)> {
    let [key_name, value_name] = pairs.names.as_slice() else { return None };
    let of = |name: &String| {
        let place = pattern.holes.iter().position(|hole| hole.path == std::slice::from_ref(name))?;
        captures.get(place).copied()
    };
    Some((of(key_name)?.to_owned(), scalar(of(value_name)?)))
}

/// A setting of a table. Parts that need quotes, and what comes before them, stay with the key.
fn plain_setting(path: &[String], values: Vec<String>) -> Setting {
    let quotes_from = path.iter().position(|part| is_quoted(part)).unwrap_or(path.len());
    let cut = quotes_from.min(path.len().saturating_sub(1));
    let (table, key) = path.split_at_checked(cut).unwrap_or((&[], path));
    let keys = values.into_iter().map(|value| (key.to_vec(), value)).collect();
    Setting { table: table.to_vec(), element_of: None, keys }
}

fn is_quoted(part: &str) -> bool {
    part.is_empty() || !part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

fn quoted(part: &str) -> String {
    if is_quoted(part) { format!("'{part}'") } else { part.to_owned() }
}

/// A value as TOML writes it. Numbers and truths are bare, as the server's own examples have them.
fn scalar(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = (1..=18).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits == "0" || !digits.starts_with('0'))
        && text != "-0";
    if matches!(text, "true" | "false") || is_number { text.to_owned() } else { string(text) }
}

fn string(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}
