//! What is inside the archive of a bundle, against its manifest.
//!
//! In: the archive and the entries that the manifest promises. Out: findings. Always: every entry is read by another
//! reader than the one that wrote it; nothing is inflated before the entries are known not to overlap, and then no
//! further than the manifest promises.

use super::framing::{Framing, Shared, count};
use super::{Findings, Promised};
use crate::archive::zip_write::{Header, Method};
use crate::digest::{Digest, Fingerprint, fingerprint};
use crate::inventory::{Kind, Mode};
use crate::path::EntryPath;
use crate::progress::Progress;
use crate::report::manifest::Manifest;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use zip::{CompressionMethod, ZipArchive};

/// An entry as the directory of the archive tells of it.
struct Found {
    name: String,
    kind: Kind,
    mode: Mode,
    crc: u32,
    size: u64,
    compressed: u64,
    method: Method,
}

impl Found {
    fn header(&self) -> Header<'_> {
        Header {
            name: &self.name,
            kind: &self.kind,
            mode: self.mode,
            crc: self.crc,
            size: self.size,
            compressed: self.compressed,
            method: self.method,
        }
    }
}

/// Compares the inside of the archive with the manifest.
pub(super) fn compare(
    path: &Path,
    file: &str,
    manifest: &Manifest,
    promised: &[Promised],
    proven: &BTreeSet<EntryPath>,
    findings: &mut Findings,
    progress: &dyn Progress,
) {
    if let Err(problem) = try_compare(path, file, manifest, promised, proven, findings, progress) {
        findings.add(format!("`{file}`: {problem}"));
    }
}

/// The error ends the comparison; it is a finding too.
fn try_compare(
    path: &Path,
    file: &str,
    manifest: &Manifest,
    promised: &[Promised],
    proven: &BTreeSet<EntryPath>,
    findings: &mut Findings,
    progress: &dyn Progress,
) -> Result<(), String> {
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    let time = manifest.timestamp().ok_or_else(|| format!("`{}` is no time that an entry can have", manifest.time))?;
    let shared = Shared::new(File::open(path).map_err(unreadable)?).map_err(unreadable)?;
    match count(&shared).map_err(unreadable)? {
        None => return Err("it does not end as a zip archive".to_owned()),
        Some(count) if count != manifest.entries.len() as u64 => {
            return Err(format!("it has {count} entries, by the manifest {}", manifest.entries.len()));
        }
        Some(_) => {}
    }
    let archive = ZipArchive::new(shared.clone()).map_err(|error| format!("it is no whole zip archive: {error}"))?;
    if archive.has_duplicate_names() {
        return Err("two of its entries have the same name".to_owned());
    }
    let mut framing = Framing::new(shared, time);
    let mut sound = true;
    let mut left = BTreeMap::new();
    for index in 0..archive.len() {
        let found = found(&archive, index)?;
        if sound && !framing.entry(&found.header()).map_err(unreadable)? {
            sound = false;
            findings
                .add(format!("`{file}`: the header of `{}` is not as this tool writes it", found.name.escape_debug()));
        }
        left.insert(found.name.clone(), (index, found));
    }
    if sound && !framing.finish().map_err(unreadable)? {
        sound = false;
        findings.add(format!("`{file}`: its directory is not as this tool writes it"));
    }
    let mut both = Vec::with_capacity(promised.len());
    for entry in promised {
        match left.remove(entry.path.as_str()) {
            None => findings.add(format!("`{file}`: the entry `{}` is missing", entry.path)),
            Some((index, found)) => {
                if let Some(problem) = difference(entry, &found) {
                    findings.add(format!("`{file}`: the entry `{}` {problem}", entry.path));
                }
                both.push((index, entry));
            }
        }
    }
    for name in left.into_keys() {
        findings.add(format!("`{file}`: the entry `{}` is not in the manifest", name.escape_debug()));
    }
    if !both.is_sorted_by_key(|(index, _)| *index) {
        findings.add(format!("`{file}`: its entries are not in the order of the manifest"));
    }
    both.retain(|(_, entry)| !proven.contains(&entry.path));
    if sound {
        let bytes = both.iter().filter_map(|(_, entry)| entry.content).map(|(size, _)| size);
        progress.begin("checking the entries", bytes.fold(0, u64::saturating_add));
        for finding in read_all(&archive, &both, progress) {
            findings.add(format!("`{file}`: {finding}"));
        }
        progress.end();
    }
    Ok(())
}

/// An entry by its record in the directory.
fn found(archive: &ZipArchive<Shared>, index: usize) -> Result<Found, String> {
    let number = index + 1;
    let broken = |error: zip::result::ZipError| format!("the record of entry {number} cannot be read: {error}");
    let entry = archive.by_index_data(index).map_err(broken)?;
    let name = entry.name().map_err(broken)?.into_owned();
    let (name, kind) = match name.strip_suffix('/') {
        Some(folder) => (folder.to_owned(), Kind::Folder),
        None if entry.is_symlink() => (name, Kind::Symlink(String::new())),
        None => (name, Kind::File),
    };
    let method = match entry.compression() {
        CompressionMethod::Stored => Method::Stored,
        CompressionMethod::Deflated => Method::Deflated,
        _ => return Err(format!("`{}` is compressed in an unknown way", name.escape_debug())),
    };
    Ok(Found {
        name,
        kind,
        mode: entry.unix_mode().unwrap_or(0) & 0o7777,
        crc: entry.crc32(),
        size: entry.size(),
        compressed: entry.compressed_size(),
        method,
    })
}

/// How the record of an entry differs from the manifest.
fn difference(promised: &Promised, found: &Found) -> Option<String> {
    let size = match (&promised.kind, promised.content) {
        (Kind::Symlink(target), _) => target.len() as u64,
        (_, Some((size, _))) => size,
        (_, None) => 0,
    };
    if std::mem::discriminant(&promised.kind) != std::mem::discriminant(&found.kind) {
        let (promised, found) = (word(&promised.kind), word(&found.kind));
        return Some(format!("is a {found}, by the manifest a {promised}"));
    }
    if promised.mode != found.mode {
        return Some(format!("has the mode {:04o}, by the manifest {:04o}", found.mode, promised.mode));
    }
    (size != found.size).then(|| format!("has {} bytes, by the manifest {size}", found.size))
}

fn word(kind: &Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Folder => "folder",
        Kind::Symlink(_) => "symbolic link",
    }
}

/// Reads every entry on several threads and compares what comes out. The findings come in the order of the entries.
fn read_all(archive: &ZipArchive<Shared>, entries: &[(usize, &Promised)], progress: &dyn Progress) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let findings = Mutex::new(BTreeMap::new());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(16);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut archive = archive.clone();
                while let Some((index, promised)) = entries.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(problem) = read(&mut archive, *index, promised) {
                        let finding = format!("the entry `{}` {problem}", promised.path);
                        findings.lock().unwrap_or_else(PoisonError::into_inner).insert(*index, finding);
                    }
                    progress.advance(promised.content.map_or(0, |(size, _)| size));
                }
            });
        }
    });
    findings.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

/// Reads one entry; the reader checks its CRC-32.
fn read(archive: &mut ZipArchive<Shared>, index: usize, promised: &Promised) -> Result<(), String> {
    let (size, digest) = match (&promised.kind, promised.content) {
        (Kind::Symlink(target), _) => (target.len() as u64, Digest::of(target.as_bytes())),
        (_, Some(content)) => content,
        (_, None) => (0, Digest::of(b"")),
    };
    let entry = archive.by_index(index).map_err(|error| format!("cannot be read: {error}"))?;
    // One more byte than promised shows that there are more, and that is enough of a bomb.
    let Fingerprint { size: found_size, digest: found, .. } =
        fingerprint(entry.take(size.saturating_add(1))).map_err(|error| format!("cannot be read: {error}"))?;
    match (found_size == size, found == digest) {
        (true, true) => Ok(()),
        (true, false) if matches!(promised.kind, Kind::Symlink(_)) => Err("leads to another target".to_owned()),
        (true, false) => Err("has another SHA-256 than the manifest gives".to_owned()),
        (false, _) => Err(format!("has not {size} bytes as the manifest says")),
    }
}
