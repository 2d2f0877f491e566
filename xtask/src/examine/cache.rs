//! What was learnt of a distribution's jars, kept from one run to the next.
//!
//! In: a folder, and the [`key`] of a distribution. Out: its jars as they were read before, or nothing. Always: one file
//! for each distribution, which may be deleted at any time; it is there whole or not at all, and for its owner alone; a
//! file that is damaged, cut off, foreign or from another version of the program is as good as none; what it says of
//! its own lengths is not trusted.

use super::Jar;
use crate::classes::{Classes, Index, Parts};
use crate::digest::Digest;
use crate::facts::coordinates::Coordinates;
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Counts up with every change of what is kept, or of how.
const FORMAT: u32 = 2;
/// What every file begins with.
const MAGIC: &[u8; 16] = b"MI upgrade jars\n";
/// Larger files are none of ours: a distribution takes some 30 MiB.
const LARGEST: u64 = 1 << 30;
/// So many distributions are kept: the two of an upgrade, before and after an update of each.
const MOST_KEPT: usize = 4;
/// The length of a [`Digest`] as it is written.
const DIGEST_LENGTH: usize = 64;

/// The jars of a distribution, as [`super::Examined`] has them.
pub type Jars = BTreeMap<EntryPath, Result<Jar, String>>;

/// What tells one distribution from another: path, size and CRC-32 of each of its files, with the version of this
/// program.
pub fn key<'a>(files: impl IntoIterator<Item = (&'a EntryPath, u64, u32)>) -> Digest {
    let mut text = format!("{FORMAT} {}\n", env!("CARGO_PKG_VERSION"));
    let files: BTreeMap<_, _> = files.into_iter().map(|(path, size, crc)| (path, (size, crc))).collect();
    for (path, (size, crc)) in files {
        // No path holds a line feed. Writing to a text does not fail.
        let _ = writeln!(text, "{size} {crc:08x} {path}");
    }
    Digest::of(text.as_bytes())
}

/// What was kept under a key; `None` where there is nothing, or nothing that can be used.
pub fn load(folder: &Path, key: &Digest) -> Option<Jars> {
    let file = File::open(file_of(folder, key)).ok()?;
    let length = file.metadata().ok().filter(fs::Metadata::is_file)?.len();
    let mut bytes = Vec::with_capacity(usize::try_from(length).ok().filter(|_| length <= LARGEST)?);
    file.take(LARGEST).read_to_end(&mut bytes).ok()?;
    let mut input = Input(&bytes);
    let is_ours = input.take(MAGIC.len())? == MAGIC && input.take(DIGEST_LENGTH)? == key.to_string().as_bytes();
    let digest = input.take(DIGEST_LENGTH)?;
    let is_whole = is_ours && Digest::of(input.0).to_string().as_bytes() == digest;
    if is_whole { input.jars() } else { None }
}

/// Keeps jars under a key. That it cannot is no reason to stop.
pub fn store(folder: &Path, key: &Digest, jars: &Jars) -> anyhow::Result<()> {
    let mut body = Output(Vec::new());
    body.jars(jars).context("what was learnt is too large to be kept")?;
    let body = body.0;
    let place = file_of(folder, key);
    let failed = || format!("cannot keep `{}`", place.display());
    fs::create_dir_all(folder).with_context(failed)?;
    // Temporary files are for their owner alone, and gone where anything fails.
    let mut file = tempfile::NamedTempFile::new_in(folder).with_context(failed)?;
    for part in [MAGIC.as_slice(), key.to_string().as_bytes(), Digest::of(&body).to_string().as_bytes(), &body] {
        file.write_all(part).with_context(failed)?;
    }
    file.persist(&place).with_context(failed)?;
    remove_oldest(folder);
    Ok(())
}

/// Keeps what was kept last, a few distributions of it.
fn remove_oldest(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let ours = files.filter(|file| file.extension().is_some_and(|extension| extension == "jars"));
    let mut dated: Vec<_> = ours.filter_map(|file| Some((fs::metadata(&file).ok()?.modified().ok()?, file))).collect();
    dated.sort();
    let surplus = dated.len().saturating_sub(MOST_KEPT);
    for (_, file) in dated.into_iter().take(surplus) {
        // Another run may have removed it; what stays does no harm.
        let _ = fs::remove_file(file);
    }
}

fn file_of(folder: &Path, key: &Digest) -> PathBuf {
    folder.join(format!("{key}.jars"))
}

/// Writes numbers as four bytes, and before everything of any length how long it is.
struct Output(Vec<u8>);

impl Output {
    fn number(&mut self, number: usize) -> Option<()> {
        self.0.extend(u32::try_from(number).ok()?.to_le_bytes());
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.number(text.len())?;
        self.0.extend(text.as_bytes());
        Some(())
    }

    fn pairs<'a>(&mut self, count: usize, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<()> {
        self.number(count)?;
        for (name, value) in pairs {
            self.text(name)?;
            self.text(value)?;
        }
        Some(())
    }

    fn jars(&mut self, jars: &Jars) -> Option<()> {
        self.number(jars.len())?;
        for (path, jar) in jars {
            self.text(path.as_str())?;
            match jar {
                Err(problem) => {
                    self.number(0)?;
                    self.text(problem)?;
                }
                Ok(jar) => {
                    self.number(if jar.has_manifest { 2 } else { 1 })?;
                    self.jar(jar)?;
                }
            }
        }
        Some(())
    }

    fn jar(&mut self, jar: &Jar) -> Option<()> {
        self.pairs(jar.manifest.headers().count(), jar.manifest.headers())?;
        let damage = &jar.classes.damage;
        self.pairs(damage.len(), damage.iter().map(|(name, why)| (name.as_str(), why.as_str())))?;
        self.number(jar.classes.coordinates.len())?;
        for (place, coordinates) in &jar.classes.coordinates {
            for text in [place, &coordinates.group, &coordinates.artifact, &coordinates.version] {
                self.text(text)?;
            }
        }
        let parts = Parts::from(&jar.classes.classes);
        self.text(&parts.text)?;
        for table in &parts.tables {
            self.number(table.len())?;
            self.0.extend(table.iter().flat_map(|number| number.to_le_bytes()));
        }
        Some(())
    }
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        usize::try_from(u32::from_le_bytes(*number)).ok()
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn table(&mut self) -> Option<Vec<u32>> {
        let bytes = self.number()?.checked_mul(4)?;
        let numbers = self.take(bytes)?.as_chunks::<4>().0;
        Some(numbers.iter().map(|number| u32::from_le_bytes(*number)).collect())
    }

    fn pairs(&mut self) -> Option<Vec<(String, String)>> {
        let count = self.number()?;
        // Each takes eight bytes at the least, so that a lie about their number ends soon.
        (0..count).map(|_| Some((self.text()?, self.text()?))).collect()
    }

    fn coordinates(&mut self) -> Option<BTreeSet<(Box<str>, Coordinates)>> {
        let count = self.number()?;
        let one = |_| {
            let place = self.text()?.into();
            Some((place, Coordinates::new(&self.text()?, &self.text()?, &self.text()?)?))
        };
        (0..count).map(one).collect()
    }

    /// Everything, to the last byte.
    fn jars(&mut self) -> Option<Jars> {
        let count = self.number()?;
        let mut jars = Jars::new();
        for _ in 0..count {
            let path = EntryPath::parse(&self.text()?).ok()?;
            let jar = match self.number()? {
                0 => Err(self.text()?),
                kind @ (1 | 2) => Ok(self.jar(kind == 2)?),
                _ => return None,
            };
            jars.insert(path, jar);
        }
        self.0.is_empty().then_some(jars)
    }

    fn jar(&mut self, has_manifest: bool) -> Option<Jar> {
        let manifest: Manifest = self.pairs()?.into_iter().collect();
        let damage = self.pairs()?;
        let coordinates = self.coordinates()?;
        let text = self.text()?;
        let tables = [self.table()?, self.table()?, self.table()?, self.table()?];
        let classes =
            Index { classes: Classes::from(Parts { text, tables }), references: BTreeMap::new(), damage, coordinates };
        Some(Jar { is_users: false, manifest, has_manifest, classes })
    }
}

#[cfg(test)]
mod tests;
