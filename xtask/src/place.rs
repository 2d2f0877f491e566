//! Puts a finished bundle in its place.
//!
//! In: the output folder and the name of the bundle. Out: a new folder to write into, which then takes the place of
//! the bundle that was there. Always: whoever looks, and whenever the program is killed, there is a whole bundle,
//! the old or the new one; only a bundle or an empty folder is ever replaced; one run at a time.
//!
//! What lies beside the bundle `<name>` meanwhile, all of it gone after a run, or taken up by the next one:
//!
//! - `.<name>.lock`, which a run holds;
//! - `.<name>.partial`, the bundle that is being written, or the old one that is being removed;
//! - `.<name>.previous`, the old bundle, where the system cannot exchange two folders.

use crate::archive::sums;
use crate::{signature, verify};
use anyhow::{Context, bail};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// The place of a bundle, which nobody else writes to while this value lives. Dropped, it leaves the destination as
/// it is and removes what was written beside it.
#[derive(Debug)]
pub struct Slot {
    out: PathBuf,
    name: String,
    lock: Option<File>,
    made_out: bool,
    abandoned: bool,
}

/// One step of putting the folder in place. After each, a run that is killed leaves a whole bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Everything written reaches the disk.
    Flush,
    /// The folder, so far its owner's alone, becomes readable.
    Widen,
    /// The new folder and the old one change places in one step.
    Exchange,
    /// The old folder goes to `.previous`.
    SetAside,
    /// The new folder takes the free place.
    Place,
    /// The names reach the disk.
    Settle,
    /// The old folder, wherever it is now, is removed.
    Discard,
}

/// What comes first.
const READY: &[Step] = &[Step::Flush, Step::Widen];
/// Then, where nothing is in the place.
const FIRST: &[Step] = &[Step::Place, Step::Settle];
/// Then, where the system exchanges folders.
const EXCHANGE: &[Step] = &[Step::Exchange, Step::Settle, Step::Discard];
/// Then, where it does not.
const RENAME: &[Step] = &[Step::SetAside, Step::Place, Step::Settle, Step::Discard];

/// Takes the place `<out>/<name>`, and mends what a killed run left there.
pub fn open(out: &Path, name: &str) -> anyhow::Result<Slot> {
    if !sums::is_plain_name(name) {
        bail!(
            "`{}` cannot be the name of a bundle, which is a folder in `{}`: it must not be empty, begin with `.`, or hold \
             `/`, `\\` or control characters",
            name.escape_debug(),
            out.display()
        );
    }
    let made_out = !out.exists();
    fs::create_dir_all(out).with_context(|| format!("the output folder `{}` cannot be made", out.display()))?;
    let mut slot = Slot { out: out.to_owned(), name: name.to_owned(), lock: None, made_out, abandoned: true };
    slot.lock = Some(lock(&slot.beside("lock"), &slot.destination())?);
    // From here on what lies beside the destination is this run's to remove.
    slot.abandoned = false;
    slot.recover()?;
    slot.check_destination()?;
    Ok(slot)
}

impl Slot {
    /// Where the bundle will be.
    pub fn destination(&self) -> PathBuf {
        self.out.join(&self.name)
    }

    /// Makes the folder to write into, new and empty.
    pub fn partial(&self) -> anyhow::Result<PathBuf> {
        let partial = self.beside("partial");
        discard(&partial)?;
        make_private_folder(&partial).with_context(|| format!("`{}` cannot be made", partial.display()))?;
        Ok(partial)
    }

    /// Waits until what was written is on the disk; [`Self::commit`] does so too, and has less to wait for then.
    pub fn flush(&self) -> anyhow::Result<()> {
        self.run(Step::Flush)
    }

    /// Puts the folder in place. Gives the path of the old bundle where that could not be removed, which the next run
    /// does.
    pub fn commit(self) -> anyhow::Result<Option<PathBuf>> {
        for step in READY {
            self.run(*step)?;
        }
        let mut steps = if exists(&self.destination()) { EXCHANGE } else { FIRST }.iter();
        while let Some(step) = steps.next() {
            match (step, self.run(*step)) {
                (_, Ok(())) => {}
                (Step::Exchange, Err(error)) if is_unsupported(&error) => steps = RENAME.iter(),
                (Step::Discard, Err(_)) => {
                    let left = [self.beside("previous"), self.beside("partial")];
                    return Ok(left.into_iter().find(|path| exists(path)));
                }
                (_, failed) => failed?,
            }
        }
        Ok(None)
    }

    fn run(&self, step: Step) -> anyhow::Result<()> {
        let (destination, partial) = (self.destination(), self.beside("partial"));
        let previous = self.beside("previous");
        let failed = || format!("`{}` cannot be put in place", destination.display());
        match step {
            Step::Flush => flush(&partial).with_context(|| full_disk(&partial)),
            Step::Widen => set_folder_mode(&partial).with_context(failed),
            Step::Exchange => exchange(&partial, &destination).with_context(failed),
            Step::SetAside => fs::rename(&destination, &previous).with_context(failed),
            Step::Place => fs::rename(&partial, &destination).with_context(|| {
                // A free place gets its old bundle back.
                let _ = fs::rename(&previous, &destination);
                failed()
            }),
            Step::Settle => flush_folder(&self.out).with_context(failed),
            Step::Discard => {
                discard(&previous)?;
                discard(&partial)
            }
        }
    }

    /// Takes up what a killed run left.
    fn recover(&self) -> anyhow::Result<()> {
        discard(&self.beside("partial"))?;
        let (destination, previous) = (self.destination(), self.beside("previous"));
        if !exists(&destination) && verify::has_all_files(&previous) {
            fs::rename(&previous, &destination)
                .with_context(|| format!("`{}` cannot be put back from a stopped run", destination.display()))?;
        }
        discard(&previous)
    }

    /// Refuses to replace what is not a bundle.
    fn check_destination(&self) -> anyhow::Result<()> {
        let destination = self.destination();
        let shown = destination.display();
        let remedy = "remove it, or give another `--name` or `--out`";
        let metadata = match fs::symlink_metadata(&destination) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            metadata => metadata.with_context(|| format!("`{shown}` cannot be read"))?,
        };
        if !metadata.is_dir() {
            bail!("`{shown}` exists and is no folder; {remedy}");
        }
        let names = verify::names(&destination)?;
        if names.is_empty() {
            return Ok(());
        }
        let listed = verify::is_bundle(&destination).then(|| verify::listed(&destination)).flatten();
        let Some(listed) = listed else { bail!("`{shown}` exists and is no bundle; {remedy}") };
        let of_the_bundle = |name: &str| [sums::NAME, signature::NAME].contains(&name) || listed.contains_key(name);
        match names.keys().find(|name| !of_the_bundle(name)) {
            Some(name) => bail!("`{shown}` holds `{name}`, which is not of the bundle; {remedy}"),
            None => Ok(()),
        }
    }

    fn beside(&self, what: &str) -> PathBuf {
        self.out.join(format!(".{}.{what}", self.name))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        // Nothing can be done about what cannot be removed; the next run tries again.
        if !self.abandoned {
            let _ = discard(&self.beside("partial"));
            // While it is still held: who waits for it notices that it is no longer the file of that name.
            if cfg!(unix) {
                let _ = fs::remove_file(self.beside("lock"));
            }
        }
        self.lock = None;
        if self.made_out {
            // Only when it is empty.
            let _ = fs::remove_dir(&self.out);
        }
    }
}

/// Takes the lock, or says that another run has it.
fn lock(path: &Path, destination: &Path) -> anyhow::Result<File> {
    let failed = || format!("the lock `{}` cannot be taken", path.display());
    loop {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).with_context(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another run is writing `{}`", destination.display()),
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        // A run that ended just now may have removed the file between the two lines above.
        if is_still_at(&file, path) {
            return Ok(file);
        }
    }
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let here = fs::symlink_metadata(path).map(place).ok();
    here.is_some() && here == file.metadata().map(place).ok()
}

#[cfg(not(unix))]
fn is_still_at(_: &File, _: &Path) -> bool {
    true
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Removes a folder, if it is there. Its checksums go first, so that half of it is never taken for a bundle.
fn discard(path: &Path) -> anyhow::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Ok(metadata) if metadata.is_dir() => {
            let _ = fs::remove_file(path.join(sums::NAME));
            fs::remove_dir_all(path)
        }
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.with_context(|| format!("`{}`, left by a run before, cannot be removed", path.display()))
}

fn full_disk(path: &Path) -> String {
    format!("what was written to `{}` does not reach the disk", path.display())
}

/// Waits until the files of a folder, and their names, are on the disk.
fn flush(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            flush(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    flush_folder(folder)
}

#[cfg(unix)]
fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn make_private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make_private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(unix)]
fn set_folder_mode(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn set_folder_mode(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Exchanges two folders in one step.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether the system or the file system does not know how to exchange folders (ENOSYS, EOPNOTSUPP, EINVAL).
fn is_unsupported(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(kind, Some(io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput))
}

#[cfg(test)]
mod tests;
