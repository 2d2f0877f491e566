//! Overlays: files and settings that a team lays over every upgraded tree.
//!
//! In: the text of `overlay.toml`, and the inventory of the overlay's `files` folder. Out: an [`Overlay`].
//! Always: an unknown key in `overlay.toml` is an error.

mod settings;

pub use settings::SettingsOfOverlay;

use crate::document;
use crate::inventory::{Inventory, Mode};
use crate::path::EntryPath;
use crate::pattern::Pattern;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// One overlay, read.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    /// Its name: the folder's.
    pub name: String,
    /// What `overlay.toml` says.
    pub settings: OverlaySettings,
    /// Its `files` folder.
    pub files: Inventory,
}

/// What `overlay.toml` says.
#[derive(Clone, Debug, Default)]
pub struct OverlaySettings {
    /// What the overlay is for, in a sentence.
    pub description: String,
    /// Modes by pattern; the first that matches counts, and a file that none matches keeps its own.
    pub modes: Vec<(Pattern, Mode)>,
    /// What it says about settings of deployment.toml.
    pub of_deployment_toml: SettingsOfOverlay,
}

impl Overlay {
    /// The mode of one of its files.
    pub fn mode(&self, path: &EntryPath, own: Mode) -> Mode {
        self.settings.modes.iter().find(|(pattern, _)| pattern.matches(path)).map_or(own, |(_, mode)| *mode)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    description: String,
    #[serde(default)]
    modes: BTreeMap<String, String>,
    #[serde(default, rename = "settings")]
    _settings: Settings,
}

/// The form of `[settings]`; [`settings`] reads what is in it, with places.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    #[serde(rename = "set")]
    _set: Option<IgnoredAny>,
    #[serde(rename = "unset")]
    _unset: Vec<String>,
}

/// Reads `overlay.toml`.
///
/// The error is text for people, with line and column where TOML itself is wrong.
pub fn parse(text: &str) -> Result<OverlaySettings, String> {
    let file: File =
        toml_edit::de::from_str(text).map_err(|error| document::problem(text, error.span(), error.message()))?;
    let mut modes = Vec::new();
    for (pattern, mode) in file.modes {
        let parsed =
            Pattern::parse(&pattern).map_err(|problem| format!("in [modes], the pattern `{pattern}` {problem}"))?;
        let bits = Mode::from_str_radix(&mode, 8).ok().filter(|bits| *bits <= 0o777);
        let bits = bits.ok_or_else(|| format!("in [modes], `{mode}` is no mode; write it as \"0644\""))?;
        modes.push((parsed, bits));
    }
    let of_deployment_toml = settings::read(text)?;
    Ok(OverlaySettings { description: file.description, modes, of_deployment_toml })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlay_says_what_it_is_and_its_modes() {
        let settings = parse("description = \"x\"\n[modes]\n\"bin/*.sh\" = \"0755\"\n").expect("good");
        let overlay = Overlay { settings, ..Overlay::default() };
        assert_eq!(overlay.mode(&EntryPath::known("bin/a.sh"), 0o600), 0o755);
        assert_eq!(overlay.mode(&EntryPath::known("conf/a"), 0o600), 0o600);
        for (text, part) in [
            ("", "description"),
            ("description = \"x\"\nfiles = 1", "files"),
            ("description = \"x\"\n[modes]\na = \"4755\"", "4755"),
            ("description = \"x\"\n[modes]\na = \"rwx\"", "rwx"),
            ("description = \"x\"\n[settings]\nput = 1", "put"),
            ("description = \"x\"\n[settings]\nunset = \"a\"", "line 3"),
            ("description = \"x\"\n[settings]\nset = 1", "line 3"),
            ("description = \"x\"\n[settings.set]\n\"a.\" = 1", "line 3"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(part), "{error}");
        }
    }
}
