//! The tree that layers make, one over the other.
//!
//! In: entries of layers, from the lowest. Out: what they make together, against the manifest. Always: a bounded number
//! of entries; what lies outside of the server's folder is told apart.

use super::Promised;
use crate::archive::tar_exact::Found;
use crate::image;
use crate::inventory::{Kind, Mode};
use std::collections::BTreeMap;

/// No layer has more entries.
const MOST_ENTRIES: usize = 1_000_000;

/// What layers make: entries by path.
#[derive(Default)]
pub(super) struct Tree(BTreeMap<String, Found>);

impl Tree {
    /// Lays an entry over what is there. `removes` is for a layer that may take something away.
    pub(super) fn lay(&mut self, found: Found, removes: bool) -> Result<(), String> {
        let name = found.name.clone();
        if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(format!("has an entry with the name `{}`", name.escape_debug()));
        }
        let (folder, last) = name.rsplit_once('/').map_or(("", name.as_str()), |(folder, last)| (folder, last));
        if let Some(gone) = last.strip_prefix(image::WHITEOUT) {
            if !removes {
                return Err(format!("takes `{}` away, which only the container's layer may do", name.escape_debug()));
            }
            let path = format!("{folder}/{gone}");
            if self.0.remove(&path).is_none() {
                return Err(format!("takes `{}` away, which is not there", path.escape_debug()));
            }
            self.remove_below(&path);
            return Ok(());
        }
        if found.kind != Kind::Folder {
            self.remove_below(&name);
        }
        self.0.insert(name, found);
        if self.0.len() > MOST_ENTRIES { Err(format!("has more than {MOST_ENTRIES} entries")) } else { Ok(()) }
    }

    fn remove_below(&mut self, path: &str) {
        let below = format!("{path}/");
        let gone: Vec<String> = self
            .0
            .range(below.clone()..)
            .map(|(name, _)| name)
            .take_while(|name| name.starts_with(&below))
            .cloned()
            .collect();
        for name in gone {
            self.0.remove(&name);
        }
    }

    /// What is off: every entry of the manifest is there, and all else is one of `others` or pleases `is_known`.
    pub(super) fn differences(
        mut self,
        promised: &[Promised],
        others: &[(&str, Kind, Mode, u32)],
        is_known: &dyn Fn(&str) -> bool,
    ) -> Vec<String> {
        let mut differences = Vec::new();
        for entry in promised {
            let name = format!("{}/{}", image::USER_HOME, entry.path);
            match self.0.remove(&name) {
                None => differences.push(format!("the entry `{}` is missing", entry.path)),
                Some(found) => {
                    let problem = difference(entry, &found, u64::from(image::USER_ID));
                    differences.extend(problem.map(|problem| format!("the entry `{}` {problem}", entry.path)));
                }
            }
        }
        for (name, found) in self.0 {
            let is_other = others.iter().any(|(other, kind, mode, owner)| {
                *other == name && *kind == found.kind && *mode == found.mode && u64::from(*owner) == found.owner
            });
            if !is_other && !is_known(&name) {
                differences.push(format!("`{}` is not in the manifest", name.escape_debug()));
            }
        }
        differences
    }
}

/// How an entry differs from the manifest.
pub(super) fn difference(promised: &Promised, found: &Found, owner: u64) -> Option<String> {
    if promised.kind != found.kind {
        return Some("is of another kind, or a link to another target, than by the manifest".to_owned());
    }
    if promised.mode != found.mode {
        return Some(format!("has the mode {:04o}, by the manifest {:04o}", found.mode, promised.mode));
    }
    if found.owner != owner {
        return Some(format!("belongs to the user {}, and should to {owner}", found.owner));
    }
    match (promised.content, found.content) {
        (promised, found) if promised == found => None,
        (Some((size, _)), Some((found, _))) if size != found => {
            Some(format!("has {found} bytes, by the manifest {size}"))
        }
        _ => Some("has another SHA-256 than the manifest gives".to_owned()),
    }
}
