//! The archive with everything that belongs to it, in a folder.
//!
//! In: what is to be written, and a folder that is new and empty. Out: the archive, `manifest.json`, the documents
//! that the caller makes of what was written, and `SHA256SUMS` over all of them, written last. Always: nobody may
//! read the archive who may not read every file of the user's in it, at no moment.

use super::{Contents, Work, Written, archive};
use crate::archive::failure::Failure;
use crate::archive::sums;
use crate::digest::{Digest, Fingerprinting};
use crate::inventory::{Kind, Mode};
use crate::path::EntryPath;
use crate::plan::{Input, Planned};
use crate::progress::Progress;
use crate::report::manifest::{self, Manifest};
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Makes the documents of a bundle, by name.
pub type Documents<'a> = &'a dyn Fn(&Written) -> anyhow::Result<Vec<(String, Vec<u8>)>>;

/// Writes the bundle `name` into `folder`.
pub fn bundle<C: Contents>(
    work: &Work<'_, C>,
    name: &str,
    folder: &Path,
    documents: Documents<'_>,
    progress: &dyn Progress,
) -> anyhow::Result<Written> {
    let mut sums = BTreeMap::new();
    let archive_name = format!("{name}.zip");
    let mut written = None;
    create(folder, &archive_name, archive_mode(work.tree), &mut sums, |file| {
        let done = archive(work, file, progress)?;
        let digest = done.digest;
        written = Some(done);
        Ok(digest)
    })?;
    let written = written.context("the archive was not written")?;
    let manifest = manifest_of(work, name, archive_name, &written);
    create(folder, manifest::NAME, 0o644, &mut sums, |file| {
        let mut out = BufWriter::with_capacity(128 * 1024, Fingerprinting::new(file));
        manifest.render(&mut out)?;
        Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?.finish().1.digest)
    })?;
    drop(manifest);
    for (name, bytes) in documents(&written)? {
        create(folder, &name, 0o644, &mut sums, |mut file| {
            file.write_all(&bytes)?;
            Ok(Digest::of(&bytes))
        })?;
    }
    seal(folder, &sums::render(&sums))?;
    Ok(written)
}

/// The mode of the archive: readable beyond its owner only where each file in it that comes from the user is, as
/// there are keystores among them.
fn archive_mode(tree: &BTreeMap<EntryPath, Planned>) -> Mode {
    let of_the_user = |planned: &&Planned| {
        let input = planned.origin.input.as_ref();
        planned.kind == Kind::File && matches!(input, Some(Input::Customised | Input::Overlay(_) | Input::Hl7(_)))
    };
    0o600 | tree.values().filter(of_the_user).fold(0o044, |mode, planned| mode & planned.mode)
}

fn manifest_of<C>(work: &Work<'_, C>, name: &str, archive: String, written: &Written) -> Manifest {
    let entry = |entry: &super::WrittenEntry| {
        let origin = entry.origin.as_ref();
        let input = origin.and_then(|origin| origin.input.as_ref());
        let from = manifest::From {
            input: input.map_or(manifest::PACKAGER.to_owned(), Input::to_string),
            path: origin.map_or(&entry.path, |origin| &origin.path).to_string(),
            unchanged: origin.is_some_and(|origin| origin.unchanged),
        };
        let content = entry.digest.map(|digest| (entry.size, digest));
        manifest::Entry::new(entry.path.to_string(), &entry.kind, entry.mode, content, from)
    };
    Manifest {
        schema_version: manifest::SCHEMA_VERSION,
        kind: manifest::KIND.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        name: name.to_owned(),
        top: work.top.to_owned(),
        time: work.time.rfc3339(),
        archive: manifest::Archive { file: archive, size: written.size, sha256: written.digest.to_string() },
        entries: written.entries.iter().map(entry).collect(),
    }
}

/// Writes the checksums. They get their name when they are whole, for a folder with that name in it is a bundle.
fn seal(folder: &Path, text: &str) -> anyhow::Result<()> {
    let (unnamed, path) = (folder.join(format!(".{}", sums::NAME)), folder.join(sums::NAME));
    let failed = || format!("`{}` cannot be written", path.display());
    let mut file = new_file(&unnamed).with_context(failed)?;
    file.write_all(text.as_bytes()).map_err(|error| hinted(error.into(), &path))?;
    set_mode(&file, 0o644).with_context(failed)?;
    drop(file);
    std::fs::rename(&unnamed, &path).with_context(failed)
}

/// Makes a file that was not there, has it filled, and keeps its digest.
///
/// It is made for its owner alone, and only a whole file gets its mode, whatever the umask is.
fn create(
    folder: &Path,
    name: &str,
    mode: Mode,
    sums: &mut BTreeMap<String, Digest>,
    write: impl FnOnce(&File) -> anyhow::Result<Digest>,
) -> anyhow::Result<()> {
    let is_taken = |other: &str| other.eq_ignore_ascii_case(name);
    if !sums::is_plain_path(name) || is_taken(sums::NAME) || sums.keys().any(|other| is_taken(other)) {
        bail!("a bundle cannot have a file `{name}` beside its others");
    }
    let path = folder.join(name);
    let failed = || format!("`{}` cannot be written", path.display());
    if let Some((folders, _)) = name.rsplit_once('/') {
        make_folders(folder, folders).with_context(failed)?;
    }
    let file = new_file(&path).with_context(failed)?;
    let digest = write(&file).map_err(|error| hinted(error, &path))?;
    set_mode(&file, mode).with_context(failed)?;
    sums.insert(name.to_owned(), digest);
    Ok(())
}

/// Makes the folders of a path, one below the other, where they are not there yet.
fn make_folders(folder: &Path, below: &str) -> io::Result<()> {
    let mut at = folder.to_owned();
    for name in below.split('/') {
        at.push(name);
        match std::fs::create_dir(&at) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                made?;
                set_folder_mode(&at)?;
            }
        }
    }
    Ok(())
}

/// Says which file could not be written, and what helps against a full disk.
fn hinted(error: anyhow::Error, path: &Path) -> anyhow::Error {
    let kind = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
        return error.context(format!(
            "the disk is full while `{}` is written; make room, or give another folder by `--out`",
            path.display()
        ));
    }
    // An input that cannot be read says so itself.
    if error.is::<io::Error>() || matches!(error.downcast_ref(), Some(Failure::Write(_))) {
        return error.context(format!("`{}` cannot be written", path.display()));
    }
    error
}

#[cfg(unix)]
fn new_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Mode) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn set_folder_mode(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn set_folder_mode(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: Mode) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
