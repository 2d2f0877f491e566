//! What the settings of keystores meant to the old home's own server, and what they mean to the new one.
//!
//! In: the rule files of a home or distribution. Out: [`Meaning`], and [`Defaults`]. Always: what the rule files say
//! counts, never a version; where they are not at hand, 1.2.0 as first shipped, or 4.0.0.
//!
//! 1.2.0 as first shipped put `repository/resources/security/` before the file names of keystores, and had its internal
//! keystore fixed in `carbon.xml`. Since an update of September 2020, and in 4.0.0, the names are paths below the home
//! and `[keystore.internal]` is read.
//!
//! Source: MI v1.2.0 and v4.0.0, `distribution/src/resources/config-tool`: `default.json` and
//! `templates/conf/carbon.xml.j2`; commits 1e144b7f0, 74eb1126a.

use super::draft::Draft;
use super::references;
use crate::choice::Take;
use crate::document::{Key, Value};
use crate::effective::{self, RuleFiles};
use serde_json::Value as Json;

/// What the old server put before a file name.
pub(crate) const SECURITY: &str = "repository/resources/security/";

/// The settings that hold the file name of a keystore.
pub(crate) const FILE_NAMES: [&str; 3] =
    ["keystore.primary.file_name", "truststore.file_name", "keystore.internal.file_name"];

/// How a server takes the settings of keystores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// The settings whose value is a name below [`SECURITY`], and no path.
    pub(crate) names: Vec<&'static str>,
    /// Whether it reads `[keystore.internal]`.
    pub(crate) reads_internal: bool,
}

impl Meaning {
    /// 1.2.0 as first shipped.
    pub(crate) fn as_shipped() -> Self {
        let names = FILE_NAMES.into_iter().filter(|key| !key.starts_with("keystore.internal."));
        Self { names: names.collect(), reads_internal: false }
    }

    /// What a home's rule files say: its `carbon.xml` template, else its `default.json`.
    pub(crate) fn of(rules: &RuleFiles<'_>) -> Self {
        if let Some(template) = rules.templates.get("conf/carbon.xml") {
            let template = String::from_utf8_lossy(template);
            let holes = holes(&template);
            if let Some(meaning) = Self::in_template(&holes) {
                return meaning;
            }
        }
        rules.default.and_then(json).and_then(|defaults| Self::in_defaults(&defaults)).unwrap_or_else(Self::as_shipped)
    }

    fn in_template(holes: &[(&str, &str)]) -> Option<Self> {
        let before = |key: &str| holes.iter().find(|(_, name)| *name == key).map(|(before, _)| *before);
        // A template that does not even name the primary keystore is not the product's.
        before("keystore.primary.file_name")?;
        let names = FILE_NAMES.into_iter().filter(|key| before(key).is_some_and(|text| text.ends_with(SECURITY)));
        let reads_internal = holes.iter().any(|(_, name)| name.starts_with("keystore.internal."));
        Some(Self { names: names.collect(), reads_internal })
    }

    fn in_defaults(defaults: &serde_json::Map<String, Json>) -> Option<Self> {
        let primary = !defaults.get("keystore.primary.file_name")?.as_str()?.contains('/');
        let reads_internal = defaults.keys().any(|key| key.starts_with("keystore.internal."));
        let is_name = |key: &str| match defaults.get(key).and_then(Json::as_str) {
            Some(text) if !text.starts_with("$ref{") => !text.contains('/'),
            Some(_) => primary,
            None => primary && !key.starts_with("keystore.internal."),
        };
        let names = FILE_NAMES.into_iter().filter(|key| is_name(key));
        Some(Self { names: names.collect(), reads_internal })
    }
}

/// The `{{ name }}` of a template, each with the text before it, from the one before on.
fn holes(template: &str) -> Vec<(&str, &str)> {
    let mut holes = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, after)) = after.split_once("}}") else { break };
        holes.push((before, name.trim()));
        rest = after;
    }
    holes
}

fn json(text: &[u8]) -> Option<serde_json::Map<String, Json>> {
    match serde_json::from_slice(text) {
        Ok(Json::Object(object)) => Some(object),
        _ => None,
    }
}

/// What the rules pin: a setting, what 1.2.0 as first shipped used for it, and what 4.0.0 uses where it is not set.
type Pinned = (&'static str, &'static str, &'static str);

/// The keystore of the server's internal encryption. 1.2.0 had the values in `carbon.xml.j2`.
pub(crate) const INTERNAL: [Pinned; 5] = [
    ("keystore.internal.file_name", "repository/resources/security/wso2carbon.jks", "$ref{keystore.primary.file_name}"),
    ("keystore.internal.type", "JKS", "$ref{keystore.primary.type}"),
    ("keystore.internal.password", "wso2carbon", "$ref{keystore.primary.password}"),
    ("keystore.internal.alias", "wso2carbon", "$ref{keystore.primary.alias}"),
    ("keystore.internal.key_password", "wso2carbon", "$ref{keystore.primary.key_password}"),
];

/// Keystore and truststore of the internal APIs. 1.2.0 had the values in `default.json`.
pub(crate) const INTERNAL_APIS: [Pinned; 7] = [
    (
        "internal_api_ssl_config.key_store.location",
        "repository/resources/security/wso2carbon.jks",
        "$ref{keystore.primary.file_name}",
    ),
    ("internal_api_ssl_config.key_store.type", "JKS", "$ref{keystore.primary.type}"),
    ("internal_api_ssl_config.key_store.password", "wso2carbon", "$ref{keystore.primary.password}"),
    ("internal_api_ssl_config.key_store.key_password", "wso2carbon", "$ref{keystore.primary.key_password}"),
    (
        "internal_api_ssl_config.trust_store.location",
        "repository/resources/security/client-truststore.jks",
        "$ref{truststore.file_name}",
    ),
    ("internal_api_ssl_config.trust_store.type", "JKS", "$ref{truststore.type}"),
    ("internal_api_ssl_config.trust_store.password", "wso2carbon", "$ref{truststore.password}"),
];

/// Primary keystore and truststore: the defaults of 1.2.0 and of 4.0.0.
const STORES: [Pinned; 8] = [
    ("keystore.primary.file_name", "wso2carbon.jks", "repository/resources/security/wso2carbon.jks"),
    ("keystore.primary.type", "JKS", "JKS"),
    ("keystore.primary.password", "wso2carbon", "wso2carbon"),
    ("keystore.primary.alias", "wso2carbon", "wso2carbon"),
    ("keystore.primary.key_password", "wso2carbon", "wso2carbon"),
    ("truststore.file_name", "client-truststore.jks", "repository/resources/security/client-truststore.jks"),
    ("truststore.type", "JKS", "JKS"),
    ("truststore.password", "wso2carbon", "wso2carbon"),
];

/// The defaults of a home or distribution.
pub(crate) struct Defaults {
    /// Its `default.json`.
    json: Option<serde_json::Map<String, Json>>,
    /// Which of the built-in ones count without it.
    fresh: bool,
    /// Whether `[keystore.internal]` is fixed in the template, so that nothing can default it.
    internal_is_fixed: bool,
}

impl Defaults {
    /// The old home's.
    pub(crate) fn of_home(rules: &RuleFiles<'_>) -> Self {
        let internal_is_fixed = !Meaning::of(rules).reads_internal;
        Self { json: rules.default.and_then(json), fresh: false, internal_is_fixed }
    }

    /// The fresh distribution's.
    pub(crate) fn of_fresh(rules: &RuleFiles<'_>) -> Self {
        Self { json: rules.default.and_then(json), fresh: true, internal_is_fixed: false }
    }

    /// The default of a setting, given by its flat key, where it is a text.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let fixed = self.internal_is_fixed && key.starts_with("keystore.internal.");
        match &self.json {
            Some(json) if !fixed => json.get(key)?.as_str(),
            _ => {
                let mut all = INTERNAL.iter().chain(&INTERNAL_APIS).chain(&STORES);
                let (_, old, fresh) = all.find(|(name, _, _)| *name == key)?;
                Some(if self.fresh { fresh } else { old })
            }
        }
    }
}

/// More references than this are not followed: the text then counts as unknown.
const MOST_REFERENCES: usize = 200;
/// Nor longer texts.
const LONGEST: usize = 4096;

/// What the new server will have for a setting, as far as the rules have come, references resolved. `None` where that
/// is not known. What comes from the environment or from the secret vault stays as it is written.
pub(crate) fn effective(draft: &Draft<'_>, fresh: &Defaults, key: &str) -> Option<String> {
    let mut left = MOST_REFERENCES;
    effective_within(draft, fresh, key, &mut left)
}

fn effective_within(draft: &Draft<'_>, fresh: &Defaults, key: &str, left: &mut usize) -> Option<String> {
    *left = left.checked_sub(1)?;
    let text = match stated(draft, &effective::key_of(key)) {
        Some(Value::String(text)) => text.as_str(),
        Some(Value::Integer(number)) => return Some(number.to_string()),
        Some(Value::Boolean(value)) => return Some(value.to_string()),
        Some(_) => return None,
        None => fresh.get(key)?,
    };
    resolved(draft, fresh, text, left)
}

/// What the new server would have for a setting that nobody states.
pub(crate) fn effective_default(draft: &Draft<'_>, fresh: &Defaults, key: &str) -> Option<String> {
    let mut left = MOST_REFERENCES;
    resolved(draft, fresh, fresh.get(key)?, &mut left)
}

fn resolved(draft: &Draft<'_>, fresh: &Defaults, text: &str, left: &mut usize) -> Option<String> {
    let mut known = true;
    let resolved = references::rewritten(text, &mut LONGEST.clone(), |done, name| {
        match effective_within(draft, fresh, name, left).filter(|text| done.len() + text.len() <= LONGEST) {
            Some(text) if known => done.push_str(&text),
            _ => known = false,
        }
    });
    resolved.ok().filter(|_| known)
}

/// What the new file will say about a setting.
fn stated<'d>(draft: &'d Draft<'_>, key: &Key) -> Option<&'d Value> {
    match (draft.ours.get(key), draft.theirs.get(key)) {
        (_, theirs @ Some(_)) if draft.policy.take(key) == Some(Take::Fresh) => theirs,
        (None, theirs) => theirs,
        (ours, _) => ours,
    }
}

#[cfg(test)]
mod tests;
