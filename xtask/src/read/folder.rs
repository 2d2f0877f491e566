//! Lists a folder on disk.
//!
//! In: a folder and the rules. Out: an [`Inventory`]. Always: no file's content is read; a skipped folder is
//! not entered; a circle of links ends; what cannot be read is an entry with its trouble, not a failure.

use crate::archive::tree::{Limits, add_beside_top, is_beside_top, shown, top_folder};
use crate::inventory::{Content, Entry, Inventory, Kind, Mode};
use crate::path::EntryPath;
use crate::read::ListRules;
use crate::read::sources::changed_at;
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A folder still to be listed.
struct Open {
    disk: PathBuf,
    path: Option<EntryPath>,
    above: Rc<Above>,
    /// Nothing in it will be read: whatever is odd in it is nobody's business.
    skipped: bool,
}

/// A folder and the folders above it, by what they are, whatever links led there.
struct Above {
    identity: Identity,
    above: Option<Rc<Above>>,
}

impl Above {
    fn holds(&self, identity: &Identity) -> bool {
        let mut next = Some(self);
        while let Some(folder) = next {
            if folder.identity == *identity {
                return true;
            }
            next = folder.above.as_deref();
        }
        false
    }
}

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Identity {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o777
}

/// What files and folders of a distribution usually have: elsewhere nothing tells.
#[cfg(not(unix))]
fn mode(metadata: &Metadata) -> Mode {
    if metadata.is_dir() { 0o755 } else { 0o644 }
}

struct Walk<'a> {
    name: &'a str,
    limits: &'a Limits,
    rules: &'a ListRules<'a>,
    entries: BTreeMap<EntryPath, Entry>,
}

pub(super) fn list(root: &Path, name: String, limits: &Limits, rules: &ListRules) -> anyhow::Result<Inventory> {
    let unreadable = || format!("`{name}` cannot be listed");
    let names = names_in(root).with_context(unreadable)?;
    let top = top(root, &names);
    let start = match &top {
        Some(top) => root.join(top),
        None => root.to_owned(),
    };
    let names = if top.is_some() { names_in(&start).with_context(unreadable)? } else { names };
    let entries = walk(&start, names, &name, limits, rules)?;
    let mut inventory = Inventory { entries, name, top };
    if inventory.top.is_some() {
        let beside = names_in(root)?.into_iter().filter(|name| name.to_str().is_some_and(is_beside_top)).collect();
        let beside = walk(root, beside, &inventory.name, limits, rules)?;
        add_beside_top(&mut inventory.entries, beside);
    }
    Ok(inventory)
}

fn top(root: &Path, names: &[OsString]) -> Option<String> {
    // A name that is not UTF-8 stands for itself here; listing it refuses it.
    let names: Vec<_> = names.iter().map(|name| (name.to_string_lossy(), is_folder(&root.join(name)))).collect();
    top_folder(names.iter().map(|(name, is_folder)| (name.as_ref(), *is_folder))).map(str::to_owned)
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

fn names_in(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    Ok(names)
}

fn walk(
    root: &Path,
    names: Vec<OsString>,
    name: &str,
    limits: &Limits,
    rules: &ListRules,
) -> anyhow::Result<BTreeMap<EntryPath, Entry>> {
    let metadata = fs::metadata(root).with_context(|| format!("`{}` cannot be read", root.display()))?;
    let above = Rc::new(Above { identity: identity(root, &metadata), above: None });
    let mut walk = Walk { name, limits, rules, entries: BTreeMap::new() };
    let mut open = Vec::new();
    walk.folder(&Open { disk: root.to_owned(), path: None, above, skipped: false }, names, &mut open)?;
    while let Some(folder) = open.pop() {
        match names_in(&folder.disk) {
            Ok(names) => walk.folder(&folder, names, &mut open)?,
            Err(error) => {
                if let Some(entry) = folder.path.as_ref().and_then(|path| walk.entries.get_mut(path)) {
                    entry.trouble = Some(format!("cannot be listed: {error}"));
                }
            }
        }
    }
    Ok(walk.entries)
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Open, names: Vec<OsString>, open: &mut Vec<Open>) -> anyhow::Result<()> {
        for name in names {
            let disk = folder.disk.join(&name);
            if folder.skipped && self.entries.len() >= self.limits.entries {
                if let Some(entry) = folder.path.as_ref().and_then(|path| self.entries.get_mut(path)) {
                    entry.trouble = Some("holds more than is listed".to_owned());
                }
                return Ok(());
            }
            let path = match self.path(folder, &name) {
                Err(_) if folder.skipped => self.stand_in(folder, &name),
                path => path?,
            };
            self.limits.allow_entries(self.name, self.entries.len() as u64 + 1)?;
            let skipped = folder.skipped || (self.rules.skip)(&path);
            let (entry, enter) = match fs::symlink_metadata(&disk) {
                Ok(metadata) => self.entry(&path, &disk, &metadata, &folder.above, skipped),
                Err(error) => (troubled(format!("cannot be looked at: {error}")), None),
            };
            if let Some(identity) = enter {
                let above = Rc::new(Above { identity, above: Some(Rc::clone(&folder.above)) });
                open.push(Open { disk, path: Some(path.clone()), above, skipped });
            }
            self.entries.insert(path, entry);
        }
        Ok(())
    }

    fn path(&self, folder: &Open, name: &OsString) -> anyhow::Result<EntryPath> {
        let input = self.name;
        let shown_folder = folder.path.as_ref().map_or_else(String::new, |path| format!(", in `{path}`"));
        let Some(text) = name.to_str() else {
            let escaped = name.as_encoded_bytes().escape_ascii();
            bail!("`{input}`{shown_folder}: the name `{escaped}` is not UTF-8: rename the file, or take it out");
        };
        let whole = match &folder.path {
            Some(path) => format!("{path}/{text}"),
            None => text.to_owned(),
        };
        match EntryPath::parse(&whole) {
            Ok(path) => Ok(path),
            Err(problem) => {
                bail!("`{input}`{shown_folder}: the name `{}` {problem}: rename the file, or take it out", shown(text))
            }
        }
    }

    /// A path for a name that none could have, where nothing will ever be read: what is wrong in it becomes `?`.
    fn stand_in(&self, folder: &Open, name: &OsString) -> EntryPath {
        let usable = |character: char| match character {
            '\\' | ':' | char::REPLACEMENT_CHARACTER => '?',
            other if other.is_control() => '?',
            other => other,
        };
        let mut name: String = name.to_string_lossy().chars().map(usable).collect();
        loop {
            let whole = folder.path.as_ref().map_or_else(|| name.clone(), |path| format!("{path}/{name}"));
            match EntryPath::parse(&whole) {
                Ok(path) if !self.entries.contains_key(&path) => return path,
                _ => name.push('?'),
            }
        }
    }

    /// The entry, and what the folder is that is to be entered.
    fn entry(
        &self,
        path: &EntryPath,
        disk: &Path,
        metadata: &Metadata,
        above: &Above,
        skipped: bool,
    ) -> (Entry, Option<Identity>) {
        let kind = metadata.file_type();
        if kind.is_symlink() {
            return if !skipped && (self.rules.follow)(path) { followed(disk, above) } else { (symlink(disk), None) };
        }
        if kind.is_dir() {
            let entry = Entry { mode: mode(metadata), ..Entry::folder() };
            return (entry, Some(identity(disk, metadata)));
        }
        (file(disk, metadata, kind), None)
    }
}

fn followed(disk: &Path, above: &Above) -> (Entry, Option<Identity>) {
    let metadata = match fs::metadata(disk) {
        Ok(metadata) => metadata,
        Err(error) => {
            let trouble = Some(format!("is a link that leads nowhere: {error}"));
            return (Entry { trouble, ..symlink(disk) }, None);
        }
    };
    if !metadata.is_dir() {
        return (file(disk, &metadata, metadata.file_type()), None);
    }
    let identity = identity(disk, &metadata);
    if above.holds(&identity) {
        let trouble = Some("is a link that leads back to a folder above it".to_owned());
        return (Entry { trouble, ..symlink(disk) }, None);
    }
    (Entry { mode: mode(&metadata), ..Entry::folder() }, Some(identity))
}

fn symlink(disk: &Path) -> Entry {
    let (target, trouble) = match fs::read_link(disk).map(PathBuf::into_os_string) {
        Ok(target) => match target.into_string() {
            Ok(target) => (target, None),
            Err(target) => {
                (target.to_string_lossy().into_owned(), Some("is a link whose target is not UTF-8".to_owned()))
            }
        },
        Err(error) => (String::new(), Some(format!("is a link that cannot be read: {error}"))),
    };
    Entry { trouble, ..Entry::of(Kind::Symlink(target), 0o777, Content::Nothing) }
}

fn file(disk: &Path, metadata: &Metadata, kind: FileType) -> Entry {
    if !kind.is_file() {
        return troubled("is a device, a pipe or a socket".to_owned());
    }
    let content = Content::Disk { path: disk.to_owned(), changed: changed_at(metadata) };
    Entry { size: metadata.len(), ..Entry::of(Kind::File, mode(metadata), content) }
}

fn troubled(trouble: String) -> Entry {
    Entry { trouble: Some(trouble), ..Entry::of(Kind::File, 0o644, Content::Nothing) }
}
