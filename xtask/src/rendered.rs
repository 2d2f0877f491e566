//! Hand edits in files that the server renders from deployment.toml.
//!
//! In: a rendered file of a home, its template, and what the home renders with. Out: the edits, each with the
//! setting that says the same where there is one. Always: no value that may be a secret is shown; a template that is
//! not understood gives no edits.
//!
//! With the shipped scripts the server renders again only when deployment.toml or a recorded variable changed, so an
//! edit was live in the old home, and is lost at the first start of the new one
//! (config-mapper v1.0.12 and v1.0.18, `ConfigParser`; MI v1.2.0 and v4.0.0 `bin/micro-integrator.sh`).

pub mod context;
mod pattern;
mod setting;
mod template;
mod units;

pub use context::{Context, Rules};

use crate::merge;
use crate::properties;
use crate::secret;
use context::UNKNOWN;
use md5::{Digest as _, Md5};
use pattern::Pattern;
use std::collections::{BTreeMap, BTreeSet};
use units::Unit;

/// A file or template larger than this is not looked into.
const LARGEST: usize = 4 << 20;
/// A file of more units than this is no configuration, and no more edits than this are told.
const MOST_UNITS: usize = 50_000;
const MOST_EDITS: usize = 200;
/// No more texts with unknown parts than this are tried.
const MOST_UNKNOWN: usize = 1_000;
/// A line is cut at this many characters.
const LONGEST_SHOWN: usize = 200;

/// A line that a person changed in a rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandEdit {
    /// The line of the file, from 1; `None` for what was taken out of it.
    pub line: Option<usize>,
    /// The line as it may be shown. Of a tag that spans lines, the whole.
    pub text: String,
    /// Lines of deployment.toml that say the same. Where several lines of the file make one setting, the first has it.
    pub setting: Option<Vec<String>>,
}

/// The digests that the server recorded when it rendered: path below the home, and MD5.
///
/// From `repository/resources/conf/.metadata/metadata_config.properties`.
pub fn recorded(metadata_config: &[u8]) -> BTreeMap<String, String> {
    properties::read(metadata_config).into_iter().map(|property| (property.key, property.value)).collect()
}

/// The MD5 of a file as the server records it.
pub fn md5(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Md5::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The edits of a rendered file. `exact` is what the server renders, where that is known; else it is worked out as far
/// as the template is understood.
pub fn hand_edits(file: &[u8], template: Option<&[u8]>, exact: Option<&str>, context: &Context) -> Vec<HandEdit> {
    let Some(template) = template.filter(|template| template.len() <= LARGEST && file.len() <= LARGEST) else {
        return Vec::new();
    };
    let (file, template) = (String::from_utf8_lossy(file), String::from_utf8_lossy(template));
    let nodes = template::parse(&template);
    if nodes.is_none() && exact.is_none() {
        return Vec::new();
    }
    let nodes = nodes.unwrap_or_default();
    let xml = units::is_xml(&template);
    let (certain, possible) = if let Some(exact) = exact {
        (units::units(&without_environment(exact), xml), Vec::new())
    } else {
        let rendered = template::render(&nodes, context);
        (units::units(&rendered.certain, xml), units::units(&rendered.possible, xml))
    };
    let written = units::units(&file, xml);
    if certain.len().max(written.len()) > MOST_UNITS {
        return Vec::new();
    }
    let known = Known::new(certain.iter().chain(&possible));
    let patterns = pattern::patterns(&nodes, xml);
    let added: Vec<&Unit> = written.iter().filter(|unit| !known.explains(&unit.text)).collect();

    let places = pattern::Places::new(&patterns, &written);
    let mut settings = setting::Settings::new(context);
    for (number, unit) in added.iter().enumerate() {
        settings.add(number, unit, &places.of(unit));
    }
    let speaking = added.iter().enumerate().filter(|(_, unit)| unit.speaks());
    let mut previous =
        written.iter().zip(written.iter().skip(1)).map(|(before, unit)| (unit.line, before.text.as_str()));
    let edits = speaking.map(|(number, unit)| {
        let before = previous.find(|(line, _)| *line == unit.line).map_or("", |(_, before)| before);
        // A value on a line of its own may belong to the secret that the line before it names.
        let held_back = merge::continues_secret(before, &unit.text);
        let text = if held_back { shown(before) } else { shown(&unit.text) };
        HandEdit { line: Some(unit.line), text, setting: settings.lines(number) }
    });
    let mut edits: Vec<HandEdit> = edits.chain(removed(&certain, &written, &added, &patterns)).collect();
    if edits.len() > MOST_EDITS {
        let text = format!("... and {} more", edits.len() - MOST_EDITS);
        edits.truncate(MOST_EDITS);
        edits.push(HandEdit { line: None, text, setting: None });
    }
    edits
}

/// The text with [`UNKNOWN`] for what only the running server knows.
fn without_environment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = ["$env{", "$sys{"].iter().filter_map(|opening| rest.find(opening)).min() {
        let (before, placeholder) = rest.split_at(at);
        let Some((_, after)) = placeholder.split_once('}') else { break };
        out.push_str(before);
        out.push(UNKNOWN);
        rest = after;
    }
    out + rest
}

/// What the server would render and the file does not hold, where nothing stands in its place.
fn removed(certain: &[Unit], written: &[Unit], added: &[&Unit], patterns: &[Pattern]) -> Vec<HandEdit> {
    let held = Known::new(written);
    let gone = certain.iter().filter(|unit| unit.speaks() && !held.holds(&unit.text));
    // Which thing a unit is about: of several values in a pattern the first names it; of one, it is the value that
    // changed.
    let about = |unit: &Unit| -> BTreeSet<(usize, Option<String>)> {
        let fitting = patterns.iter().enumerate();
        let captures = fitting.filter_map(|(place, pattern)| Some((place, pattern.captures(&unit.text)?)));
        captures
            .map(|(place, found)| (place, (found.len() > 1).then(|| found.first().map(ToString::to_string)).flatten()))
            .collect()
    };
    let replaced: BTreeSet<_> = added.iter().flat_map(|unit| about(unit)).collect();
    let mut seen = BTreeSet::new();
    gone.filter(|unit| seen.insert(unit.text.as_str()) && replaced.is_disjoint(&about(unit)))
        .map(|unit| HandEdit { line: None, text: shown(&unit.text), setting: None })
        .collect()
}

/// Texts that need no explanation, some with parts that are unknown.
struct Known<'a> {
    whole: BTreeSet<&'a str>,
    parts: Vec<Vec<&'a str>>,
}

impl<'a> Known<'a> {
    fn new(units: impl IntoIterator<Item = &'a Unit>) -> Self {
        let (mut whole, mut parts) = (BTreeSet::new(), BTreeSet::new());
        for unit in units {
            if unit.text.contains(UNKNOWN) {
                parts.insert(unit.text.split(UNKNOWN).collect());
            } else {
                whole.insert(unit.text.as_str());
            }
        }
        Self { whole, parts: parts.into_iter().take(MOST_UNKNOWN).collect() }
    }

    fn explains(&self, text: &str) -> bool {
        self.whole.contains(text) || self.parts.iter().any(|parts| fits(parts, text))
    }

    /// The same, where the unknown is on the other side.
    fn holds(&self, text: &str) -> bool {
        let parts: Vec<&str> = text.split(UNKNOWN).collect();
        if parts.len() == 1 { self.whole.contains(text) } else { self.whole.iter().any(|whole| fits(&parts, whole)) }
    }
}

/// Whether a text is the parts in their order with anything between them.
fn fits(parts: &[&str], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return false };
    let Some(mut rest) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else { return false };
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    true
}

fn shown(text: &str) -> String {
    let text = secret::shown(text);
    if text.chars().count() <= LONGEST_SHOWN {
        return text.to_owned();
    }
    text.chars().take(LONGEST_SHOWN - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests;
