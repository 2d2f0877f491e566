//! The plan: one action for every path of every input, and the tree that they lead to.
//!
//! In: nothing; [`crate::planner`] makes it. Out: a [`Plan`] that the writer executes and the report tells.
//! Always: plain data.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::difference::Comparison;
use crate::digest::Digest;
use crate::inventory::{Content, Entry, Inventory, Kind, Mode};
use crate::overlay::Overlay;
use crate::path::{self, EntryPath};
use crate::settings;
use crate::user_store::Situation;
use std::collections::BTreeMap;
use std::fmt;

/// Everything that a plan is made of, beside the policy.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// The user's home.
    pub customised: Inventory,
    /// The old distribution as shipped, where it was given.
    pub pristine: Option<Inventory>,
    /// The new distribution.
    pub fresh: Inventory,
    /// HL7 packs, in the order given.
    pub hl7: Vec<Inventory>,
    /// Overlays, in the order in which they are applied.
    pub overlays: Vec<Overlay>,
    /// Whether the files that the server renders are to be in the result.
    pub render_conf: bool,
}

/// One of the inputs. Orders as reports list them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// The user's home.
    Customised,
    /// The old distribution as shipped.
    Pristine,
    /// The new distribution.
    Fresh,
    /// An HL7 pack, by its number on the command line from 0.
    Hl7(usize),
    /// An overlay by name.
    Overlay(String),
}

impl Input {
    /// What it is, in a sentence.
    pub fn long_name(&self) -> String {
        match self {
            Self::Customised => "the home".to_owned(),
            Self::Pristine => "the pristine distribution".to_owned(),
            Self::Fresh => "the fresh distribution".to_owned(),
            Self::Hl7(_) => "the HL7 pack".to_owned(),
            Self::Overlay(name) => format!("the overlay `{name}`"),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customised => f.write_str("home"),
            Self::Pristine => f.write_str("pristine"),
            Self::Fresh => f.write_str("fresh"),
            Self::Hl7(0) => f.write_str("hl7"),
            Self::Hl7(number) => write!(f, "hl7-{}", number + 1),
            Self::Overlay(name) => write!(f, "overlay {name}"),
        }
    }
}

/// What becomes of a path of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    /// It is in the result, byte for byte, at the same path.
    Carried,
    /// It is in the result, byte for byte, at another path.
    Moved,
    /// It is in the result together with what the fresh distribution changed.
    Merged,
    /// It is in the result, rewritten for its new place.
    Rewritten,
    /// A path of the fresh distribution that is in the result as shipped.
    Kept,
    /// The path is in the result with what another input says.
    Replaced,
    /// A stock file of the home that nobody changed: the fresh distribution decides what is at its path.
    FollowsFresh,
    /// It is not in the result.
    LeftOut,
    /// A path of the pristine distribution: it only served to compare.
    Compared,
    /// Nobody has decided yet.
    Undecided,
}

impl Disposition {
    /// The word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Carried => "carried",
            Self::Moved => "moved",
            Self::Merged => "merged",
            Self::Rewritten => "rewritten",
            Self::Kept => "kept",
            Self::Replaced => "replaced",
            Self::LeftOut => "left out",
            Self::Compared => "compared",
            Self::FollowsFresh => "follows fresh",
            Self::Undecided => "undecided",
        }
    }
}

/// What becomes of a path of an input, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub disposition: Disposition,
    /// The part of a home or distribution that the path belongs to.
    pub area: &'static str,
    /// Why: a lower-case fragment without a full stop.
    pub reason: String,
    /// Where it is in the result, where that is another path.
    pub target: Option<EntryPath>,
    /// The diagnostic that says more.
    pub code: Option<Code>,
}

impl Action {
    /// An action at its own path.
    pub fn new(disposition: Disposition, reason: impl Into<String>) -> Self {
        Self { disposition, area: "other", reason: reason.into(), target: None, code: None }
    }

    /// Names the area.
    #[must_use]
    pub fn in_area(mut self, area: &'static str) -> Self {
        self.area = area;
        self
    }

    /// Names the path in the result.
    #[must_use]
    pub fn to(mut self, target: EntryPath) -> Self {
        self.target = Some(target);
        self
    }

    /// Names the diagnostic that says more.
    #[must_use]
    pub fn because_of(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }
}

/// Where an entry of the result comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The input, or `None` for what the plan itself wrote (a merged file's origin is the home).
    pub input: Option<Input>,
    /// Its original path there.
    pub path: EntryPath,
    /// Whether the bytes are the input's own, unchanged.
    pub unchanged: bool,
}

/// One entry of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What it is.
    pub kind: Kind,
    /// Its permission bits.
    pub mode: Mode,
    /// Its size in bytes.
    pub size: u64,
    /// Its CRC-32; 0 for what is no file.
    pub crc: u32,
    /// Its SHA-256; `None` for what is no file.
    pub digest: Option<Digest>,
    /// CRC-32 of its deflate stream where it lies, if it was read.
    pub packed_crc: Option<u32>,
    /// Where its bytes are.
    pub content: Content,
    /// Where it comes from.
    pub origin: Origin,
}

impl Planned {
    /// An entry of an input as it stands there. A file must have been read.
    pub fn from_entry(entry: &Entry, input: Input, path: &EntryPath) -> Self {
        Self {
            kind: entry.kind.clone(),
            mode: entry.mode,
            size: entry.size,
            crc: entry.crc.unwrap_or(0),
            digest: entry.digest,
            packed_crc: entry.packed_crc,
            content: entry.content.clone(),
            origin: Origin { input: Some(input), path: path.clone(), unchanged: true },
        }
    }

    /// Bytes that the plan made of a file of an input.
    pub fn written(bytes: Vec<u8>, mode: Mode, input: Input, path: &EntryPath) -> Self {
        let entry = Entry::memory(mode, bytes);
        let mut planned = Self::from_entry(&entry, input, path);
        planned.origin.unchanged = false;
        planned
    }
}

/// The whole plan.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The result, by path below its top folder.
    pub tree: BTreeMap<EntryPath, Planned>,
    /// The fresh distribution alone, as it is written with nothing of the user's: the lowest layer of an image.
    pub distribution: BTreeMap<EntryPath, Planned>,
    /// One action for each path of each input.
    pub actions: BTreeMap<Input, BTreeMap<EntryPath, Action>>,
    /// Everything that there is to say, heaviest first, then by code and place.
    pub diagnostics: Vec<Diagnostic>,
    /// What becomes of each setting of deployment.toml; none where it is not merged.
    pub settings: Vec<settings::Decision>,
    /// What the upgrade asks of the user store.
    pub user_store: Situation,
    /// What the new server's configuration has otherwise than the old one's; `None` where that cannot be told.
    pub comparison: Option<Comparison>,
}

impl Plan {
    /// Everything of the result below a folder.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a EntryPath, &'a Planned)> + use<'a> {
        path::below(&self.tree, folder)
    }

    /// Whether something forbids writing: an error, or a conflict that nobody has decided.
    pub fn is_blocked(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity >= Severity::Conflict)
    }
}
