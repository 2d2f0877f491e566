//! The folder that a bundle is written into.
//!
//! In: files, as names and bytes. Out: the files, and `SHA256SUMS` over all of them. Always: a file is made for its owner
//! alone, and gets its mode when it is whole; no name is taken twice or leads elsewhere; the sums get their name last, for
//! a folder with that name in it is a bundle.

use crate::archive::failure::Failure;
use crate::archive::sums;
use crate::digest::{self, Digest, Fingerprinting};
use crate::inventory::Mode;
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// The folder of a bundle, and the sums of what was written into it.
pub(super) struct Folder<'a> {
    path: &'a Path,
    sums: BTreeMap<String, Digest>,
}

impl<'a> Folder<'a> {
    /// One that is new and empty.
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path, sums: BTreeMap::new() }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.path
    }

    /// Whether a file of that name is finished.
    pub(super) fn has(&self, name: &str) -> bool {
        self.sums.contains_key(name)
    }

    /// The finished files below a folder, by their paths in it.
    pub(super) fn below(&self, folder: &str) -> BTreeSet<String> {
        let inside = |name: &String| Some(name.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        self.sums.keys().filter_map(inside).collect()
    }

    /// Makes a file that was not there, for its owner alone.
    pub(super) fn start(&self, name: &str) -> anyhow::Result<File> {
        let is_taken = |other: &str| other.eq_ignore_ascii_case(name);
        if !sums::is_plain_path(name) || is_taken(sums::NAME) || self.sums.keys().any(|other| is_taken(other)) {
            bail!("a bundle cannot have a file `{name}` beside its others");
        }
        let path = self.path.join(name);
        let failed = || format!("`{}` cannot be written", path.display());
        if let Some((folders, _)) = name.rsplit_once('/') {
            make_folders(self.path, folders).with_context(failed)?;
        }
        new_file(&path).with_context(failed)
    }

    /// Gives a whole file its mode, whatever the umask is, and keeps its digest.
    pub(super) fn finish(&mut self, name: &str, file: &File, mode: Mode, digest: Digest) -> anyhow::Result<()> {
        set_mode(file, mode).with_context(|| format!("`{}` cannot be written", self.path.join(name).display()))?;
        self.sums.insert(name.to_owned(), digest);
        Ok(())
    }

    /// Makes a file and has it filled.
    pub(super) fn create(
        &mut self,
        name: &str,
        mode: Mode,
        write: impl FnOnce(&File) -> anyhow::Result<Digest>,
    ) -> anyhow::Result<()> {
        let file = self.start(name)?;
        let digest = write(&file).map_err(|error| hinted(error, &self.path.join(name)))?;
        self.finish(name, &file, mode, digest)
    }

    /// Makes a file of bytes at hand.
    pub(super) fn document(&mut self, name: &str, bytes: &[u8], mode: Mode) -> anyhow::Result<()> {
        self.create(name, mode, |mut file| {
            file.write_all(bytes)?;
            Ok(Digest::of(bytes))
        })
    }

    /// Copies a finished file, whose digest is known and is looked at once more.
    pub(super) fn copy(&mut self, from: &str, to: &str, mode: Mode, digest: Digest) -> anyhow::Result<()> {
        if self.has(to) {
            return Ok(());
        }
        let source = self.path.join(from);
        self.create(to, mode, |file| {
            let mut reader = File::open(&source).with_context(|| format!("`{from}` cannot be read"))?;
            let mut out = Fingerprinting::new(file);
            digest::copy(&mut reader, &mut out)?;
            let found = out.finish().1.digest;
            if found == digest { Ok(found) } else { bail!("`{from}` changed after it was written") }
        })
    }

    /// Gives a finished file another name. One of the same content that has it already is as good.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        let failed = || format!("`{}` cannot be written", self.path.join(to).display());
        std::fs::rename(self.path.join(from), self.path.join(to)).with_context(failed)?;
        if let Some(digest) = self.sums.remove(from) {
            self.sums.insert(to.to_owned(), digest);
        }
        Ok(())
    }

    /// Writes the checksums. They get their name when they are whole, for a folder with that name in it is a bundle.
    pub(super) fn seal(&self) -> anyhow::Result<()> {
        let (unnamed, path) = (self.path.join(format!(".{}", sums::NAME)), self.path.join(sums::NAME));
        let failed = || format!("`{}` cannot be written", path.display());
        let mut file = new_file(&unnamed).with_context(failed)?;
        file.write_all(sums::render(&self.sums).as_bytes()).map_err(|error| hinted(error.into(), &path))?;
        set_mode(&file, 0o644).with_context(failed)?;
        drop(file);
        std::fs::rename(&unnamed, &path).with_context(failed)
    }
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
pub(super) fn hinted(error: anyhow::Error, path: &Path) -> anyhow::Error {
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
