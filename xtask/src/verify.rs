//! Checks a bundle, with nothing but the bundle at hand.
//!
//! In: its folder. Out: what was checked, and everything that is off. Always: no byte of any file can differ without
//! a finding, of its signature only where the key is at hand; memory and time are bounded by the size of the bundle, whatever is in it; nothing outside the folder
//! is read.

mod contents;
mod framing;
mod image;
mod outputs;
mod signed;
mod tree;

pub use signed::signature;

use crate::archive::sums;
use crate::digest::Digest;
use crate::inventory::{Kind, Mode};
use crate::parallel;
use crate::path::EntryPath;
use crate::progress::Progress;
use crate::report::manifest::{self, Manifest};
use crate::signature;
use anyhow::Context;
use outputs::{Bundle, Seen};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest manifest that is read: some hundred bytes an entry.
const LARGEST_MANIFEST: u64 = 256 * 1024 * 1024;
/// The largest `SHA256SUMS` that is read.
const LARGEST_SUMS: u64 = 1024 * 1024;
/// More findings than this are only counted.
const MOST_FINDINGS: usize = 1000;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many files were checked.
    pub files: u64,
    /// How many bytes they have.
    pub bytes: u64,
    /// How many entries the tree has by the manifest.
    pub entries: u64,
    /// What was checked, one line each.
    pub checks: Vec<String>,
    /// Everything that is off, each with its file or entry. Empty: the bundle is whole.
    pub findings: Vec<String>,
}

/// The folder holds nothing of a bundle: the answer to a wrong path rather than to a damaged bundle.
#[derive(Debug)]
pub struct NoBundle(PathBuf);

impl fmt::Display for NoBundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no bundle: it has no `{}` and no `{}`", self.0.display(), sums::NAME, manifest::NAME)
    }
}

impl std::error::Error for NoBundle {}

/// Collects what is off, up to a bound.
#[derive(Debug, Default)]
struct Findings {
    lines: Vec<String>,
    more: u64,
}

impl Findings {
    fn add(&mut self, finding: impl AsRef<str>) {
        if self.lines.len() < MOST_FINDINGS {
            // Names come from the folder: one could move the cursor, or look like a finding of its own.
            self.lines.push(printable(finding.as_ref()));
        } else {
            self.more += 1;
        }
    }

    fn extend(&mut self, others: Self) {
        others.lines.into_iter().for_each(|line| self.add(line));
        self.more += others.more;
    }

    fn into_lines(mut self) -> Vec<String> {
        if self.more > 0 {
            self.lines.push(format!("and {} findings more", self.more));
        }
        self.lines
    }
}

/// A text without anything that a terminal obeys.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}

/// An entry as the manifest promises it.
struct Promised {
    path: EntryPath,
    kind: Kind,
    mode: Mode,
    content: Option<(u64, Digest)>,
}

/// Checks the bundle in `folder`. An error, other than [`NoBundle`], only where the folder itself cannot be read.
pub fn bundle(folder: &Path, progress: &dyn Progress) -> anyhow::Result<Verified> {
    written(folder, &BTreeSet::new(), progress)
}

/// Checks a bundle that this run has just written. The archive is read back whole and hashed; the entries in `proven`,
/// whose bytes in it are those that were inflated and hashed for the plan, are not inflated once more.
pub fn written(folder: &Path, proven: &BTreeSet<EntryPath>, progress: &dyn Progress) -> anyhow::Result<Verified> {
    fs::read_dir(folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
    // Before anything is listed: a wrong path may lead to a whole disk.
    if [sums::NAME, manifest::NAME].iter().all(|name| fs::symlink_metadata(folder.join(name)).is_err()) {
        return Err(NoBundle(folder.to_owned()).into());
    }
    let mut findings = Findings::default();
    let files = files(folder, &mut findings)?;
    let digests = digests(folder, &files, &mut findings)?;
    compare_sums(folder, &files, &digests, &mut findings);
    let is_signed = files.contains_key(signature::NAME);
    signed::problem(folder).filter(|_| is_signed).into_iter().for_each(|problem| findings.add(problem));
    let mut verified = Verified {
        files: files.len() as u64,
        bytes: files.values().sum(),
        checks: vec![
            listing(files.len().saturating_sub(1), is_signed),
            format!("each file has the SHA-256 that `{}` gives", sums::NAME),
        ],
        ..Verified::default()
    };
    if let Some(manifest) = read_manifest(folder, &mut findings) {
        let promised = promised(&manifest, &mut findings);
        verified.entries = manifest.entries.len() as u64;
        verified.checks.push(format!("`{}` is well-formed and its entries make one tree", manifest::NAME));
        let bundle =
            Bundle { folder, files: &files, digests: &digests, manifest: &manifest, promised: &promised, proven };
        for seen in checked(&bundle, &mut findings, progress) {
            verified.checks.extend(seen.checks);
            findings.extend(seen.findings);
        }
    }
    verified.findings = findings.into_lines();
    Ok(verified)
}

/// Checks every form of the result, each on a thread of its own.
fn checked(bundle: &Bundle<'_>, findings: &mut Findings, progress: &dyn Progress) -> Vec<Seen> {
    let outputs = &bundle.manifest.outputs;
    let kinds: BTreeSet<&str> = outputs.iter().map(|output| output.kind.as_str()).collect();
    if outputs.is_empty() || kinds.len() != outputs.len() {
        findings.add(format!("`{}` does not give each form of the result once", manifest::NAME));
        return Vec::new();
    }
    parallel::map(outputs.len(), outputs, || (), |(), output| outputs::check(bundle, output, progress))
}

/// What is known of the names in the folder.
fn listing(others: usize, is_signed: bool) -> String {
    let (sums, signature) = (sums::NAME, signature::NAME);
    if is_signed {
        format!(
            "`{sums}` lists exactly the {} other files of the folder beside `{signature}`",
            others.saturating_sub(1)
        )
    } else {
        format!("`{sums}` lists exactly the {others} other files of the folder")
    }
}

/// Whether the folder looks like a bundle of this tool, of whatever version: enough to replace it by another.
pub fn is_bundle(folder: &Path) -> bool {
    let is_file = |name: &str| fs::symlink_metadata(folder.join(name)).is_ok_and(|metadata| metadata.is_file());
    if !is_file(sums::NAME) || !is_file(manifest::NAME) {
        return false;
    }
    let mut start = Vec::new();
    File::open(folder.join(manifest::NAME)).is_ok_and(|file| file.take(256).read_to_end(&mut start).is_ok())
        && manifest::begins(&start)
}

/// What its `SHA256SUMS` lists; `None` where that cannot be read or is damaged.
pub fn listed(folder: &Path) -> Option<BTreeMap<String, Digest>> {
    sums::parse(&read_bounded(&folder.join(sums::NAME), LARGEST_SUMS).ok()?).ok()
}

/// Whether every file that its `SHA256SUMS` lists is there: of a bundle that is half removed none is listed.
pub fn has_all_files(folder: &Path) -> bool {
    let is_file = |name: &String| fs::symlink_metadata(folder.join(name)).is_ok_and(|metadata| metadata.is_file());
    is_bundle(folder) && listed(folder).is_some_and(|listed| listed.keys().all(is_file))
}

/// The regular files of the folder with their sizes; all else but the folders that hold some is a finding.
fn files(folder: &Path, findings: &mut Findings) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut files = BTreeMap::new();
    for (name, size) in names(folder)? {
        match size {
            Some(size) => drop(files.insert(name, size)),
            None => findings.add(format!(
                "`{name}` does not belong into a bundle: it is no regular file, or its name is not UTF-8"
            )),
        }
    }
    Ok(files)
}

/// Everything in the folder by its path, sorted: regular files with their sizes, folders only where they are empty or
/// lie deeper than any of a bundle. What has no name in UTF-8 counts as no regular file.
pub fn names(folder: &Path) -> anyhow::Result<BTreeMap<String, Option<u64>>> {
    let mut names = BTreeMap::new();
    let mut open = vec![(String::new(), 1)];
    while let Some((below, depth)) = open.pop() {
        let failed = || format!("`{}` cannot be read", folder.join(&below).display());
        let before = names.len() + open.len();
        for entry in fs::read_dir(folder.join(&below)).with_context(failed)? {
            let entry = entry.with_context(failed)?;
            let metadata = fs::symlink_metadata(entry.path()).with_context(failed)?;
            let name = entry.file_name();
            let slash = if below.is_empty() { "" } else { "/" };
            let path = format!("{below}{slash}{}", name.to_string_lossy());
            if metadata.is_dir() && depth < sums::DEEPEST && name.to_str().is_some() {
                open.push((path, depth + 1));
            } else {
                names.insert(path, (metadata.is_file() && name.to_str().is_some()).then_some(metadata.len()));
            }
        }
        if names.len() + open.len() == before && depth > 1 {
            names.insert(below, None);
        }
    }
    Ok(names)
}

/// The SHA-256 of each file that can be read.
///
/// An error where this user may not read one: that says nothing of the bundle.
fn digests(
    folder: &Path,
    files: &BTreeMap<String, u64>,
    findings: &mut Findings,
) -> anyhow::Result<BTreeMap<String, Digest>> {
    let jobs: Vec<_> = files.iter().collect();
    let read = parallel::map(parallel::threads(), &jobs, || (), |(), (name, size)| digest(&folder.join(name), **size));
    let mut digests = BTreeMap::new();
    for ((name, _), digest) in jobs.into_iter().zip(read) {
        match digest {
            Ok(digest) => {
                digests.insert(name.clone(), digest);
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(anyhow::Error::new(error).context(format!(
                    "`{}` cannot be read by this user; archives with keystores are for their owner alone: verify as the \
                     owner, or let this user read them",
                    printable(name)
                )));
            }
            Err(error) => findings.add(format!("`{name}` cannot be read: {error}")),
        }
    }
    Ok(digests)
}

fn digest(path: &Path, size: u64) -> io::Result<Digest> {
    // A file that grows meanwhile is no reason to read for ever.
    let file = File::open(path)?.take(size.saturating_add(1));
    Ok(crate::digest::fingerprint(file)?.digest)
}

fn read_bounded(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let is_file = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        return Err("is missing, or is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(read) if read as u64 > most => Err(format!("is larger than {most} bytes")),
        Ok(_) => Ok(bytes),
    }
}

/// `SHA256SUMS` against the folder.
fn compare_sums(
    folder: &Path,
    files: &BTreeMap<String, u64>,
    digests: &BTreeMap<String, Digest>,
    findings: &mut Findings,
) {
    let sums = read_bounded(&folder.join(sums::NAME), LARGEST_SUMS).and_then(|bytes| sums::parse(&bytes));
    let sums = match sums {
        Ok(sums) => sums,
        Err(problem) => return findings.add(format!("`{}` {problem}", sums::NAME)),
    };
    for (name, expected) in &sums {
        match digests.get(name) {
            Some(found) if found == expected => {}
            Some(_) => findings.add(format!("`{name}` has another SHA-256 than `{}` gives", sums::NAME)),
            None if files.contains_key(name) => {}
            None => findings.add(format!("`{name}` is missing")),
        }
    }
    let of_itself = |name: &str| [sums::NAME, signature::NAME].contains(&name);
    for name in files.keys().filter(|name| !of_itself(name) && !sums.contains_key(*name)) {
        findings.add(format!("`{name}` is not listed in `{}`", sums::NAME));
    }
}

fn read_manifest(folder: &Path, findings: &mut Findings) -> Option<Manifest> {
    let manifest =
        read_bounded(&folder.join(manifest::NAME), LARGEST_MANIFEST).and_then(|bytes| Manifest::parse(&bytes));
    manifest.map_err(|problem| findings.add(format!("`{}` {problem}", manifest::NAME))).ok()
}

/// The entries of the manifest, as far as they are well-formed: one tree below one top folder, sorted.
fn promised(manifest: &Manifest, findings: &mut Findings) -> Vec<Promised> {
    let mut kept: Vec<Promised> = Vec::with_capacity(manifest.entries.len());
    // The folders above the entry before, the outermost first: as entries are sorted, an entry's folder came before
    // it, but others may lie between them.
    let mut folders: BTreeSet<EntryPath> = BTreeSet::new();
    for entry in &manifest.entries {
        let problem = match (EntryPath::parse(&entry.path), entry.read()) {
            (Err(problem), _) => problem,
            (_, None) => "has fields that do not fit its kind",
            (Ok(path), _) if path.as_str() != entry.path => "ends with `/`",
            (Ok(path), Some((kind, mode, content))) => {
                let problem = misplaced(&path, &kind, manifest, &folders, kept.last());
                if kind == Kind::Folder {
                    folders.insert(path.clone());
                }
                kept.push(Promised { path, kind, mode, content });
                match problem {
                    Some(problem) => problem,
                    None => continue,
                }
            }
        };
        findings.add(format!("`{}`: the entry `{}` {problem}", manifest::NAME, entry.path.escape_debug()));
    }
    kept
}

/// What is wrong with the place of an entry.
fn misplaced(
    path: &EntryPath,
    kind: &Kind,
    manifest: &Manifest,
    folders: &BTreeSet<EntryPath>,
    before: Option<&Promised>,
) -> Option<&'static str> {
    if before.is_some_and(|before| before.path >= *path) {
        return Some("is not sorted");
    }
    match path.parent() {
        None if path.as_str() == manifest.top && *kind == Kind::Folder => {}
        None => return Some("is not the top folder"),
        Some(parent) if !folders.contains(&parent) => return Some("has no folder to lie in"),
        Some(_) => {}
    }
    match kind {
        Kind::Symlink(target) if leaves(path, target) => Some("is a symbolic link that leaves the tree"),
        _ => None,
    }
}

/// Whether the target of a symbolic link, followed from its folder, leaves the top folder.
fn leaves(path: &EntryPath, target: &str) -> bool {
    // The top folder itself is not counted: from it, `..` is outside.
    let mut depth = path.ancestors().count().saturating_sub(1);
    if target.is_empty() || target.starts_with('/') || target.contains(['\\', '\0']) {
        return true;
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            _ => depth += 1,
        }
    }
    false
}

#[cfg(test)]
mod tests;
