//! The entries of an archive, collected under the rules that every tree must keep.
//!
//! In: names and entries in the order of the archive. Out: the entries by path, without the one top folder.
//! Always: no name twice, no file with something below it, no more entries and bytes than [`Limits`] allows.

use crate::inventory::{Entry, Kind, Mode};
use crate::path::EntryPath;
use anyhow::{Context as _, bail, ensure};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::ops::Bound;

/// How much an input may hold: a bound against archives made to fill the disk or the memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of all files of an archive, uncompressed. `--max-unpacked-size` raises it.
    pub total_bytes: u64,
    /// Entries of an archive or a folder.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total_bytes: 16 << 30, entries: 500_000 }
    }
}

impl Limits {
    /// Refuses more entries than allowed; `name` is the input's.
    pub fn allow_entries(&self, name: &str, entries: u64) -> anyhow::Result<()> {
        let most = self.entries;
        ensure!(
            entries <= most as u64,
            "`{name}` holds more than {most} entries, which no home or distribution does: take out what is not part of it"
        );
        Ok(())
    }

    /// Refuses more bytes than allowed; `name` is the input's.
    pub fn allow_bytes(&self, name: &str, bytes: Option<u64>) -> anyhow::Result<()> {
        let most = self.total_bytes;
        ensure!(
            bytes.is_some_and(|bytes| bytes <= most),
            "`{name}` unpacks to more than {most} bytes: if that is right, raise the bound with `--max-unpacked-size`"
        );
        Ok(())
    }
}

/// A name from an input as a message may show it: control characters escaped, cut when it is long.
pub fn shown(name: &str) -> String {
    const MOST: usize = 200;
    let mut text: String = name.chars().take(MOST).flat_map(char::escape_debug).collect();
    if name.chars().nth(MOST).is_some() {
        text.push_str("...");
    }
    text
}

/// Names longer than this are refused: no file system of a server takes them.
const LONGEST_NAME: usize = 4096;

/// Folders that a home has at its top: one of them alone is no top folder to be taken off.
const PARTS_OF_A_HOME: [&str; 8] = ["conf", "repository", "lib", "dropins", "bin", "files", "registry", "wso2"];

/// Whether a name at the top is what a desktop leaves beside a packed folder.
pub fn is_beside_top(name: &str) -> bool {
    matches!(name, "__MACOSX" | ".DS_Store" | "Thumbs.db")
}

/// The one top folder among the names at the top, with whether each is a folder.
pub fn top_folder<'a>(names: impl Iterator<Item = (&'a str, bool)>) -> Option<&'a str> {
    let mut names = names.filter(|(name, _)| !is_beside_top(name));
    match (names.next(), names.next()) {
        (Some((name, true)), None) if !PARTS_OF_A_HOME.contains(&name) => Some(name),
        _ => None,
    }
}

/// Puts back what lay beside the top folder. Where the tree holds the same path, `__MACOSX/` goes before the
/// name, so that both are accounted for.
pub fn add_beside_top(entries: &mut BTreeMap<EntryPath, Entry>, beside: BTreeMap<EntryPath, Entry>) {
    for (mut path, entry) in beside {
        while entries.get(&path).is_some_and(|other| other.kind != Kind::Folder || entry.kind != Kind::Folder) {
            path = path.under("__MACOSX");
        }
        entries.insert(path, entry);
    }
}

/// An archive's entries so far.
pub struct Tree<'a> {
    archive: &'a str,
    limits: &'a Limits,
    entries: BTreeMap<EntryPath, Listed>,
    bytes: u64,
}

struct Listed {
    entry: Entry,
    /// Whether the archive says the mode.
    has_mode: bool,
}

impl<'a> Tree<'a> {
    /// Nothing yet, of the archive with this name.
    pub fn new(archive: &'a str, limits: &'a Limits) -> Self {
        Self { archive, limits, entries: BTreeMap::new(), bytes: 0 }
    }

    /// Takes an entry; `mode` is what the archive says of it, if it does.
    pub fn add(&mut self, name: &str, entry: Entry, mode: Option<Mode>) -> anyhow::Result<()> {
        let archive = self.archive;
        let path = match EntryPath::parse(name) {
            Ok(_) if name.len() > LONGEST_NAME => {
                bail!("`{archive}` has an entry whose name is longer than {LONGEST_NAME} bytes: `{}`", shown(name))
            }
            Ok(path) => path,
            Err(problem) => bail!(
                "`{archive}` has an entry whose name {problem}: `{}`; such an archive is not to be trusted",
                shown(name)
            ),
        };
        self.bytes = match self.bytes.checked_add(entry.size) {
            Some(bytes) => bytes,
            None => bail!("`{archive}` declares more bytes than can be: it is damaged"),
        };
        self.limits.allow_bytes(archive, Some(self.bytes))?;
        self.limits.allow_entries(archive, self.entries.len() as u64 + 1)?;
        match self.entries.entry(path) {
            Place::Vacant(place) => {
                let entry = Entry { mode: mode.unwrap_or(entry.mode), ..entry };
                place.insert(Listed { entry, has_mode: mode.is_some() });
                Ok(())
            }
            Place::Occupied(place) => {
                let path = shown(place.key().as_str());
                let folders = [&place.get().entry, &entry].map(|entry| entry.kind == Kind::Folder);
                ensure!(folders[0] == folders[1], "`{archive}` holds `{path}` both as a file and as a folder");
                bail!("`{archive}` holds `{path}` twice: pack it again")
            }
        }
    }

    /// An entry that was taken before.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        EntryPath::parse(name).ok().and_then(|path| self.entries.get(&path)).map(|listed| &listed.entry)
    }

    /// The tree without its one top folder, and that folder's name.
    pub fn finish(self) -> anyhow::Result<(BTreeMap<EntryPath, Entry>, Option<String>)> {
        self.refuse_files_with_something_below()?;
        let top = self.top().map(str::to_owned);
        let mut entries = BTreeMap::new();
        let mut beside = BTreeMap::new();
        for (path, listed) in self.entries {
            let (path, tree) = match &top {
                None => (path, &mut entries),
                Some(top) if path.as_str() == top => continue,
                Some(top) => match path.below(top) {
                    Some(rest) => {
                        let rest = EntryPath::parse(rest).map_err(|problem| anyhow::anyhow!("a name {problem}"));
                        (rest.with_context(|| format!("`{path}` below its top folder"))?, &mut entries)
                    }
                    None => (path, &mut beside),
                },
            };
            let mut entry = listed.entry;
            if !listed.has_mode {
                entry.mode = usual_mode(&path, &entry.kind);
            }
            tree.insert(path, entry);
        }
        add_beside_top(&mut entries, beside);
        Ok((entries, top))
    }

    fn refuse_files_with_something_below(&self) -> anyhow::Result<()> {
        for path in self.entries.iter().filter(|(_, listed)| listed.entry.kind != Kind::Folder).map(|(path, _)| path) {
            let from = format!("{path}/");
            let next = self.entries.range::<str, _>((Bound::Included(from.as_str()), Bound::Unbounded)).next();
            if let Some((below, _)) = next.filter(|(below, _)| below.as_str().starts_with(&from)) {
                bail!(
                    "`{}` holds `{}` as a file and as the folder of `{}`",
                    self.archive,
                    shown(path.as_str()),
                    shown(below.as_str())
                );
            }
        }
        Ok(())
    }

    fn top(&self) -> Option<&str> {
        let mut names: BTreeMap<&str, bool> = BTreeMap::new();
        for (path, listed) in &self.entries {
            let (name, is_folder) = match path.as_str().split_once('/') {
                Some((name, _)) => (name, true),
                None => (path.as_str(), listed.entry.kind == Kind::Folder),
            };
            *names.entry(name).or_default() |= is_folder;
        }
        top_folder(names.into_iter())
    }
}

/// The mode of an entry of which the archive says none.
///
/// Source: measured on archives made by `jar` and on Windows: mode 0, so that the scripts of `bin` would not start.
fn usual_mode(path: &EntryPath, kind: &Kind) -> Mode {
    match kind {
        Kind::Symlink(_) => 0o777,
        Kind::Folder => 0o755,
        Kind::File if path.is_in("bin") && path.has_extension("sh") => 0o755,
        Kind::File => 0o644,
    }
}
