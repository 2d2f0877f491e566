//! What `default.json` and `key-mappings.json` say of single settings.
//!
//! In: rule files. Out: a [`Lookup`], which reads them once and is asked often. Always: a file that is missing or no
//! JSON says nothing.

use super::RuleFiles;
use crate::document::{Key, Value};
use serde_json::Value as Json;

/// The defaults and the key mappings of a distribution or home.
#[derive(Clone, Debug)]
pub struct Lookup {
    defaults: Json,
    mappings: Json,
}

impl Lookup {
    /// Reads them.
    pub fn of(rules: &RuleFiles<'_>) -> Self {
        let read = |file: Option<&[u8]>| file.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or(Json::Null);
        Self { defaults: read(rules.default), mappings: read(rules.key_mappings) }
    }

    /// The default of a setting, as it stands in `default.json`.
    pub fn default_of(&self, key: &Key) -> Option<Value> {
        match self.defaults.get(self.mapped(key))? {
            Json::String(text) => Some(Value::from(text.as_str())),
            Json::Bool(value) => Some(Value::Boolean(*value)),
            Json::Number(number) => number.as_i64().map(Value::Integer),
            _ => None,
        }
    }

    /// The flat name under which rule files and templates know a setting.
    pub fn mapped(&self, key: &Key) -> String {
        let flat = key.flat();
        let mapped = self.mappings.get(&flat).and_then(Json::as_str).map(str::to_owned);
        mapped.unwrap_or(flat)
    }
}
