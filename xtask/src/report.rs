//! What is told about a plan and a bundle.
//!
//! In: inputs, plan, and what was written. Out: text for people, JSON for machines, the manifest of a bundle.
//! Always: rendering returns bytes or a string and does nothing else; the types in here are the only ones that derive
//! `Serialize`, each document with a `schema_version`; no secret is in any of them.

pub mod diagnostics;
pub mod difference;
pub mod json;
pub mod manifest;
pub mod provenance;
pub mod runbook;
pub mod sbom;
pub mod scripts;
pub mod settings;
pub mod text;

use crate::digest::Digest;
use crate::inventory::Mode;
use crate::output::Output;
use crate::plan::{Disposition, Inputs, Plan};
use crate::product::{identify, update_level};
use std::collections::BTreeMap;

/// The version of the program.
pub const TOOL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a report says of one input.
#[derive(Clone, Debug)]
pub struct InputLine {
    /// Its role: home, fresh, pristine, hl7, overlay.
    pub role: String,
    /// Its name, without the folders before it.
    pub name: String,
    /// What it is: product, version and update level; empty for packs and overlays.
    pub what: String,
    /// How many entries it has.
    pub entries: usize,
}

/// One line for each input.
pub fn inputs(inputs: &Inputs) -> Vec<InputLine> {
    let mut lines = Vec::new();
    let mut add = |role: &str, inventory: &crate::inventory::Inventory, product: bool| {
        let what = if product {
            format!("{}, {}", identify::identify(inventory), update_level::update_level(inventory))
        } else {
            String::new()
        };
        lines.push(InputLine {
            role: role.to_owned(),
            name: inventory.name.clone(),
            what,
            entries: inventory.entries.len(),
        });
    };
    add("home", &inputs.customised, true);
    add("fresh", &inputs.fresh, true);
    if let Some(pristine) = &inputs.pristine {
        add("pristine", pristine, true);
    }
    for pack in &inputs.hl7 {
        add("hl7", pack, false);
    }
    for overlay in &inputs.overlays {
        add("overlay", &overlay.files, false);
    }
    lines
}

/// How many files of the home have each disposition, by area.
pub fn counts(plan: &Plan) -> BTreeMap<&'static str, BTreeMap<Disposition, usize>> {
    let mut counts: BTreeMap<&'static str, BTreeMap<Disposition, usize>> = BTreeMap::new();
    for action in plan.actions.get(&crate::plan::Input::Customised).into_iter().flat_map(BTreeMap::values) {
        *counts.entry(action.area).or_default().entry(action.disposition).or_default() += 1;
    }
    counts
}

/// A form of the result, in a bundle.
#[derive(Clone, Debug)]
pub struct Made {
    /// Which.
    pub kind: Output,
    /// Its file or folder in the bundle.
    pub path: String,
    /// The archive, or the tar of an image.
    pub file: Option<Artifact>,
    /// The digest of an image.
    pub image: Option<Digest>,
}

/// A file of a bundle.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// Its name in the bundle.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub digest: Digest,
}

/// A file of a bundle that tells of the others, or helps with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its path in the bundle.
    pub name: String,
    /// Its permission bits.
    pub mode: Mode,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Document {
    /// One to be read.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), mode: 0o644, bytes: bytes.into() }
    }

    /// One to be run.
    pub fn script(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { mode: 0o755, ..Self::new(name, bytes) }
    }
}
