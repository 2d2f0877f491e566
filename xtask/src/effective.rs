//! The effective configuration: what the server makes of a deployment.toml with its own rule files.
//!
//! In: a [`Document`], the [`RuleFiles`] of a distribution or home, and an [`Environment`]. Out: the flat context that
//! the templates are rendered with, the rendered files, or the [`StartError`] with which the server would not start.
//! Always: pure, bounded, and the same for the same inputs, Java's hash order included where it decides a value. Where
//! this model does not know what the server does, it says so ([`StartError::unsure`]) and does not guess.
//!
//! Source: config-mapper v1.0.12 (MI 1.2.0) and v1.0.18 (MI 4.0.0), `ConfigParser.parse`; jinjava 2.4.14 and 2.5.6.

mod compare;
mod defaults;
mod expression;
mod flatten;
mod inference;
mod interpret;
mod java;
mod lookup;
mod mapping;
pub mod names;
mod nesting;
mod references;
mod rendering;
mod template;

use crate::document::key::Step;
use crate::document::{Document, Key, Value};
use crate::inventory::Inventory;
use crate::path::EntryPath;
use expression::Problem;
use indexmap::IndexMap;
use java::{HashMap, Map};
use mapping::Written;
use std::collections::BTreeMap;
use std::fmt;

pub use lookup::Lookup;
pub use rendering::{Rendering, files, has_runtime_secrets, rendering};

/// The rule files of a distribution or home: `repository/resources/conf`.
#[derive(Clone, Debug, Default)]
pub struct RuleFiles<'a> {
    /// `default.json`
    pub default: Option<&'a [u8]>,
    /// `infer.json`
    pub infer: Option<&'a [u8]>,
    /// `key-mappings.json`
    pub key_mappings: Option<&'a [u8]>,
    /// Templates by the path of the file that they render: `conf/carbon.xml`.
    pub templates: BTreeMap<String, &'a [u8]>,
}

/// Where the rule files lie.
///
/// Source: MI v1.2.0 and v4.0.0, `Main.handleConfiguration`; config-mapper v1.0.12 and v1.0.18, `ConfigParser`.
const FOLDER: &str = "repository/resources/conf";

impl<'a> RuleFiles<'a> {
    /// Those of an input, as far as the read phase kept their texts.
    pub fn of(inventory: &'a Inventory) -> Self {
        Self::from_texts(inventory.below(FOLDER).map(|(path, _)| path), |path| inventory.text(path))
    }

    /// Those among paths below a home or distribution, by their texts.
    pub fn from_texts<'p>(paths: impl Iterator<Item = &'p EntryPath>, text: impl Fn(&str) -> Option<&'a [u8]>) -> Self {
        let file = |name: &str| text(&format!("{FOLDER}/{name}"));
        let folder = format!("{FOLDER}/templates");
        let templates = paths.filter_map(|path| {
            let rendered = path.below(&folder)?.strip_suffix(".j2")?;
            Some((rendered.to_owned(), text(path.as_str())?))
        });
        Self {
            default: file("default.json"),
            infer: file("infer.json"),
            key_mappings: file("key-mappings.json"),
            templates: templates.collect(),
        }
    }
}

/// What the running server would find beside its files.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Environment variables, for `$env{..}`.
    pub variables: BTreeMap<String, String>,
    /// System properties, for `$sys{..}`.
    pub properties: BTreeMap<String, String>,
    /// Whether a variable or property that is not given is an error, as it is for the server. Otherwise its
    /// placeholder stays as it is written, and the [`Context`] lists it.
    pub strict: bool,
    /// Whether `[runtime_secrets]` counts, as it does since 4.0.0.
    pub runtime_secrets: bool,
}

impl Environment {
    /// Of a server of which nothing is known but its rule files.
    pub fn of(rules: &RuleFiles<'_>) -> Self {
        Self { runtime_secrets: has_runtime_secrets(rules), ..Self::default() }
    }
}

/// What the templates are rendered with.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Every flat key with its value, after mapping, inference, defaults and references.
    pub flat: IndexMap<String, Value>,
    /// The secrets that the file defines: names with what stands for their values in `cipher-text.properties`.
    pub secrets: IndexMap<String, String>,
    /// Placeholders of the environment that stayed as they are written.
    pub unset: Vec<String>,
    /// The same values as the tree that the templates read.
    tree: Map,
    /// What the user wrote where a name was mapped.
    written: Written,
}

/// Why the server would not start with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// What the server says, in its own terms, without values.
    pub message: String,
    /// The settings that are to blame, as far as that is known, by the names that the user wrote.
    pub keys: Vec<Key>,
    /// Whether it ends with a stack trace instead of a message.
    pub crashes: bool,
    /// Whether it is this model that does not know: the server may start.
    pub unsure: bool,
}

impl StartError {
    /// With the names that the user wrote.
    fn written(mut self, written: &Written) -> Self {
        self.keys = self.keys.iter().map(|key| written.of(key)).collect();
        self
    }

    /// The server says a word and exits.
    fn exit(message: impl Into<String>, keys: Vec<Key>) -> Self {
        Self { message: message.into(), keys, crashes: false, unsure: false }
    }

    /// The server ends with a stack trace.
    fn crash(message: impl Into<String>, keys: Vec<Key>) -> Self {
        Self { message: message.into(), keys, crashes: true, unsure: false }
    }

    /// The model does not know.
    fn unknown(message: impl Into<String>, keys: Vec<Key>) -> Self {
        Self { message: message.into(), keys, crashes: false, unsure: true }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What the server renders its templates with.
pub fn context(document: &Document, rules: &RuleFiles<'_>, environment: &Environment) -> Result<Context, StartError> {
    let Settled { settings, secrets, unset, tree, written } = settled(document, rules, environment)?;
    let flat = settings.iter().filter_map(|(key, value)| Some((key.clone(), value.value()?))).collect();
    Ok(Context { flat, secrets, unset, tree, written })
}

struct Settled {
    settings: HashMap,
    secrets: IndexMap<String, String>,
    unset: Vec<String>,
    tree: Map,
    written: Written,
}

/// The steps, in the order of the server.
fn settled(document: &Document, rules: &RuleFiles<'_>, environment: &Environment) -> Result<Settled, StartError> {
    let mut settings = HashMap::default();
    settings.replace(flatten::flatten(&document.root)?);
    let mut secrets = flatten::secrets(&document.root, environment.runtime_secrets)?;
    let written = mapping::map(&mut settings, &defaults::read("key-mappings.json", rules.key_mappings)?)?;
    let (settings, unset, tree) =
        completed(settings, &mut secrets, rules, environment).map_err(|error| error.written(&written))?;
    Ok(Settled { settings, secrets, unset, tree, written })
}

/// The steps after the renaming.
fn completed(
    mut settings: HashMap,
    secrets: &mut IndexMap<String, String>,
    rules: &RuleFiles<'_>,
    environment: &Environment,
) -> Result<(HashMap, Vec<String>, Map), StartError> {
    inference::infer(&mut settings, &defaults::read("infer.json", rules.infer)?)?;
    defaults::add(&mut settings, defaults::read("default.json", rules.default)?);
    references::check_secrets(&settings, secrets)?;
    let unset = references::resolve_environment(&mut settings, environment)?;
    references::resolve_references(&mut settings)?;
    let tree = nesting::nest(&mut settings)?;
    Ok((settings, unset, tree))
}

/// One template, rendered: a file of `templates/`, `.j2`. Stops after a million steps or 16 MiB.
pub fn render(context: &Context, template: &[u8]) -> Result<String, StartError> {
    let template = template::parse(&template::text_of(template)).map_err(|problem| match problem {
        Problem::Fatal(what) => StartError::crash(format!("FatalTemplateErrorsException: {what}"), Vec::new()),
        Problem::Unknown(what) => {
            StartError::unknown(format!("cannot tell what the server makes of {what}"), Vec::new())
        }
    })?;
    interpret::render(&template, &context.tree).map_err(|error| error.written(&context.written))
}

/// The key that a flat name stands for: split at dots outside of quotes.
pub(crate) fn key_of(flat: &str) -> Key {
    let mut steps = Vec::new();
    for (number, part) in flat.split('\'').enumerate() {
        if number % 2 == 1 {
            steps.push(Step::Name(part.to_owned()));
        } else {
            steps.extend(part.split('.').filter(|name| !name.is_empty()).map(|name| Step::Name(name.to_owned())));
        }
    }
    Key::from(steps)
}

#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests;
