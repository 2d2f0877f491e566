//! The bytes of an entry, for each archive that it goes into.
//!
//! In: an entry, and what the threads made of it. Out: its bytes, as often as they are asked for: as they stand in a zip,
//! or inflated into a tar. Always: what is read once more is compared with the plan once more.

use super::pack::{Ahead, Packed, Route};
use super::{Contents, Item, Summed, Watched, changed, compare, is_as_read, unreadable};
use crate::archive::deflate_joint::{Finder, Joint};
use crate::archive::failure::Failure;
use crate::archive::tar_write::{self, TarGz};
use crate::archive::zip_write::{self, Method};
use crate::digest::Fingerprint;
use crate::inventory::Kind;
use crate::plan::Planned;
use anyhow::{Context, anyhow, bail};
use std::fs::File;
use std::io::{self, Read, Seek, Write};

/// Where the bytes of an entry are.
pub(super) enum Source {
    /// It has none.
    Nothing,
    /// The target of a symbolic link.
    Link(String),
    /// In memory, as they are to stand in a zip.
    Held(Vec<u8>),
    /// In a temporary file.
    Spooled(File),
    /// As they stand in another zip.
    Raw,
    /// Where the plan found them.
    AsItIs,
}

/// The bytes of an entry.
pub(super) struct Body {
    source: Source,
    /// How many bytes [`Source`] gives.
    length: u64,
    deflated: bool,
    joint: Option<Joint>,
    plain: Option<Vec<u8>>,
    /// Whether they were copied as they stood in another zip.
    pub(super) raw: bool,
    /// Whether they are those that were read, inflated and hashed for the plan.
    pub(super) proven: bool,
}

impl Body {
    /// The bytes of an entry; those that a thread works on are waited for.
    pub(super) fn of<C: Contents>(item: &Item<'_>, contents: &C, ahead: &mut Ahead<'_>) -> anyhow::Result<Self> {
        let stored = |source, length| Self {
            source,
            length,
            deflated: false,
            joint: None,
            plain: None,
            raw: false,
            proven: false,
        };
        let Some(planned) = item.placed.planned else { return Ok(stored(Source::Nothing, 0)) };
        Ok(match item.route {
            Route::Nothing => stored(Source::Nothing, 0),
            Route::Link => {
                let Kind::Symlink(target) = &planned.kind else { bail!("`{}` is no link", item.placed.path) };
                stored(Source::Link(target.clone()), target.len() as u64)
            }
            Route::Raw => {
                let raw = contents.open_raw(&planned.content).with_context(|| unreadable(planned))?;
                let (_, length, deflated) = raw.with_context(|| unreadable(planned))?;
                Self { deflated, raw: true, ..stored(Source::Raw, length) }
            }
            Route::Stream => stored(Source::AsItIs, planned.size),
            Route::Pack | Route::RawAhead => match ahead.take()? {
                Packed::Held(held) => Self {
                    length: held.bytes.len() as u64,
                    source: Source::Held(held.bytes),
                    deflated: held.deflated,
                    joint: held.joint,
                    plain: held.plain,
                    raw: item.route == Route::RawAhead,
                    proven: held.proven,
                },
                Packed::Spooled(file, length) => Self { deflated: true, ..stored(Source::Spooled(file), length) },
                Packed::AsItIs => stored(Source::AsItIs, planned.size),
            },
        })
    }

    /// Writes the entry into a zip.
    pub(super) fn write_zip<C: Contents, W: Write>(
        &mut self,
        item: &Item<'_>,
        contents: &C,
        writer: &mut zip_write::Writer<W>,
    ) -> anyhow::Result<()> {
        let (kind, mode) = kind_and_mode(item.placed.planned);
        let name = item.placed.path.as_str();
        let (crc, size) = match (&self.source, item.placed.planned) {
            (Source::Link(target), _) => (crc32fast::hash(target.as_bytes()), self.length),
            (_, Some(planned)) if *kind == Kind::File => (planned.crc, planned.size),
            _ => (0, 0),
        };
        let method = if self.deflated { Method::Deflated } else { Method::Stored };
        let header = zip_write::Header { name, kind, mode, crc, size, compressed: self.length, method };
        let proven = self.read(item.placed.planned, contents, |bytes| writer.entry(&header, bytes), name)?;
        self.proven |= proven;
        Ok(())
    }

    /// Writes the entry into a tar, under a folder or none.
    pub(super) fn write_tar<C: Contents, W: Write>(
        &mut self,
        item: &Item<'_>,
        contents: &C,
        (below, owner): (&str, u64),
        tar: &mut TarGz<W>,
        finder: &mut Finder,
    ) -> anyhow::Result<()> {
        let (kind, mode) = kind_and_mode(item.placed.planned);
        let name = format!("{below}{}", item.placed.path);
        let planned = item.placed.planned.filter(|_| *kind == Kind::File);
        let size = planned.map_or(0, |planned| planned.size);
        let told = |failure| told(failure, &name, item.placed.planned);
        tar.start(&tar_write::Header { name: &name, kind, mode, owner, size }).map_err(told)?;
        let Some(planned) = planned.filter(|planned| planned.size > 0) else { return Ok(()) };
        if !self.deflated {
            self.proven |= self.read(Some(planned), contents, |bytes| tar.stored(bytes, size), &name)?;
            return Ok(());
        }
        let content = (planned.size, planned.crc);
        let joint = match (self.joint, &self.plain) {
            (Some(joint), Some(plain)) => {
                tar.inflated(plain);
                joint
            }
            (Some(joint), None) if !tar.is_digested() => joint,
            _ => {
                let mut reader = self.open(planned, contents)?;
                let found = finder.find(&mut reader, content, &mut |piece| tar.inflated(piece));
                // What is not as it was read is not what the plan was made for.
                found.map_err(|_| changed(planned))?
            }
        };
        self.joint = Some(joint);
        let length = self.length;
        let proven = self.read(Some(planned), contents, |bytes| tar.joined(bytes, length, joint, content), &name)?;
        self.proven |= proven;
        Ok(())
    }

    /// The bytes, once more.
    fn open<'a, C: Contents>(&'a mut self, planned: &Planned, contents: &'a C) -> anyhow::Result<Box<dyn Read + 'a>> {
        Ok(match &mut self.source {
            Source::Nothing => Box::new(io::empty()),
            Source::Link(target) => Box::new(target.as_bytes()),
            Source::Held(bytes) => Box::new(&bytes[..]),
            Source::Spooled(file) => {
                file.rewind().context("a temporary file cannot be read")?;
                Box::new(file)
            }
            Source::Raw => {
                let raw = contents.open_raw(&planned.content).with_context(|| unreadable(planned))?;
                raw.with_context(|| unreadable(planned))?.0
            }
            Source::AsItIs => contents.open(&planned.content).with_context(|| unreadable(planned))?,
        })
    }

    /// Gives the bytes to a writer, and compares them with the plan where they are read from where it found them. Gives
    /// whether they are known to be those that were read for the plan.
    fn read<C: Contents>(
        &mut self,
        planned: Option<&Planned>,
        contents: &C,
        write: impl FnOnce(&mut dyn Read) -> Result<(), Failure>,
        name: &str,
    ) -> anyhow::Result<bool> {
        let Some(planned) = planned else {
            return write(&mut io::empty()).map(|()| false).map_err(|failure| told(failure, name, None));
        };
        let (is_raw, is_as_it_is) = (matches!(self.source, Source::Raw), matches!(self.source, Source::AsItIs));
        let deflated = self.deflated;
        let mut reader = self.open(planned, contents)?;
        let failed = |failure| told(failure, name, Some(planned));
        if is_raw {
            let mut summed = Summed { data: &mut *reader, crc: crc32fast::Hasher::new() };
            write(&mut summed).map_err(failed)?;
            let crc = summed.crc.finalize();
            if deflated {
                return is_as_read(planned, crc);
            }
            return if crc == planned.crc { Ok(true) } else { Err(changed(planned)) };
        }
        if is_as_it_is {
            let mut watched = Watched::new(reader);
            write(&mut watched).map_err(failed)?;
            let found: Fingerprint = watched.seen.finish().1;
            compare(planned, found)?;
            return Ok(false);
        }
        write(&mut *reader).map_err(failed)?;
        Ok(false)
    }
}

fn kind_and_mode(planned: Option<&Planned>) -> (&Kind, u32) {
    planned.map_or((&Kind::Folder, 0o755), |planned| (&planned.kind, planned.mode))
}

/// What went wrong, in the words of the input that the entry comes from.
fn told(failure: Failure, name: &str, planned: Option<&Planned>) -> anyhow::Error {
    match (failure, planned) {
        (Failure::Length, Some(planned)) => changed(planned),
        (Failure::Read(error), Some(planned)) => anyhow::Error::new(error).context(unreadable(planned)),
        (Failure::Name, _) => anyhow!("`{name}`: {}", Failure::Name),
        (failure, _) => failure.into(),
    }
}
