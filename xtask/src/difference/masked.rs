//! Values as reports may show them.
//!
//! In: a value with its place. Out: the value, or `***`. Always: what a setting with the name of a secret holds is
//! hidden wherever it comes up again, but for the passwords that every distribution ships.

use crate::document::Value;
use crate::secret;
use crate::settings::decision::shown;
use std::collections::BTreeSet;

/// What every distribution ships, and every log may show.
const EVERYBODY_KNOWS: [&str; 5] = ["wso2carbon", "admin", "JKS", "true", "false"];
/// Shorter values are found anywhere.
const SHORTEST: usize = 4;
/// All values of one file are in there.
const CIPHER_TEXT: &str = "conf/security/cipher-text.properties";

/// Values that must not show.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    values: BTreeSet<String>,
}

impl Secrets {
    /// Those of flat settings.
    pub(super) fn of<'a>(settings: impl Iterator<Item = (&'a String, &'a Value)>) -> Self {
        let mut secrets = Self::default();
        for (key, value) in settings {
            secrets.take(key, value);
        }
        secrets
    }

    fn take(&mut self, name: &str, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.take(name, value)),
            Value::Table(table) => {
                table.iter().for_each(|(inside, value)| self.take(&format!("{name}.{inside}"), value));
            }
            Value::Boolean(_) => {}
            Value::String(text) if text.starts_with("$secret{") => {}
            value if secret::may_hold_secret(name) => {
                let text = plain(value);
                if text.len() >= SHORTEST && !EVERYBODY_KNOWS.contains(&text.as_str()) {
                    self.values.insert(text);
                }
            }
            _ => {}
        }
    }

    fn hides(&self, text: &str) -> bool {
        self.values.iter().any(|secret| text.contains(secret.as_str()))
    }

    /// The value of a setting.
    pub(super) fn setting(&self, name: &str, value: &Value) -> String {
        let text = shown(&crate::effective::key_of(name), value);
        if self.hides(&text) { "***".to_owned() } else { text }
    }

    /// A value in a file. Of a line that has no value the place is what may hold a secret.
    pub(super) fn in_file(&self, path: &str, place: &str, value: &str) -> String {
        let refers = value.starts_with('$') && value.ends_with('}') && value.matches('$').count() == 1;
        let names = secret::may_hold_secret(place) || secret::may_hold_secret(value);
        let plain = value.is_empty() || matches!(value, "true" | "false") || refers;
        if path == CIPHER_TEXT || self.hides(value) || names && !plain { "***".to_owned() } else { value.to_owned() }
    }

    /// A place in a file. A line is its own place, and the names of an element may come from settings.
    pub(super) fn place(&self, path: &str, place: &str, is_line: bool) -> String {
        // Of XML that is compared by lines, a value on a line of its own may belong to a secret named before it.
        let is_value =
            path.rsplit_once('.').is_some_and(|(_, extension)| extension == "xml") && !place.starts_with('<');
        let may_hold = path == CIPHER_TEXT || is_value || secret::may_hold_secret(place);
        if self.hides(place) || is_line && may_hold {
            "(not shown: it may hold a secret)".to_owned()
        } else {
            place.to_owned()
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) | Value::Date(text) => text.clone(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => String::new(),
    }
}
