//! The one pass over all entries, which writes every archive and every layer.
//!
//! In: what is to be written, and a place for each archive and layer. Out: what was written. Always: an entry is read
//! once ahead, and given to everything that it goes into; each file is written strictly forward, and hashed meanwhile.

use super::body::Body;
use super::pack::{self, Ahead, Wants};
use super::{Contents, Item, Work, WrittenEntry};
use crate::archive::deflate_joint::Finder;
use crate::archive::failure::Failure;
use crate::archive::tar_write::{Header, TarGz};
use crate::archive::zip_write;
use crate::digest::{Digest, Fingerprint, Fingerprinting};
use crate::image::{self, LayerName};
use crate::inventory::Kind;
use crate::layers::{self, Placement};
use crate::output::Output;
use crate::progress::Progress;
use crate::timestamp::Timestamp;
use anyhow::{Context, anyhow};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};

/// A file that is hashed while it is written.
pub(super) type Sum<W> = BufWriter<Fingerprinting<W>>;

/// Where everything goes.
pub(super) struct Places<W> {
    pub(super) zip: Option<W>,
    pub(super) tar_gz: Option<W>,
    pub(super) layers: BTreeMap<LayerName, W>,
}

/// What was written: of a layer, the digest of its tar too.
pub(super) struct Passed {
    pub(super) entries: Vec<WrittenEntry>,
    pub(super) zip: Option<Fingerprint>,
    pub(super) tar_gz: Option<Fingerprint>,
    pub(super) layers: BTreeMap<LayerName, (Fingerprint, Digest)>,
}

/// Archives and layers, open.
struct Open<W: Write> {
    zip: Option<zip_write::Writer<Sum<W>>>,
    tar_gz: Option<TarGz<Sum<W>>>,
    layers: BTreeMap<LayerName, TarGz<Sum<W>>>,
}

/// Writes the zip archive alone.
pub fn archive<C: Contents>(
    work: &Work<'_, C>,
    out: impl Write,
    progress: &dyn Progress,
) -> anyhow::Result<(Vec<WrittenEntry>, Fingerprint)> {
    let placement = layers::place(work.tree, None, work.top).map_err(|problem| anyhow!(problem))?;
    let places = Places { zip: Some(out), tar_gz: None, layers: BTreeMap::new() };
    let passed = pass(work, placement, places, progress)?;
    Ok((passed.entries, passed.zip.context("the archive was not written")?))
}

/// Writes everything.
pub(super) fn pass<C: Contents, W: Write>(
    work: &Work<'_, C>,
    placement: Placement<'_>,
    places: Places<W>,
    progress: &dyn Progress,
) -> anyhow::Result<Passed> {
    let items = items(work, placement)?;
    let size = |item: &Item<'_>| item.placed.planned.map_or(0, |planned| planned.size);
    progress.begin(saying(work), items.iter().map(size).sum());
    let (sender, jobs) = pack::queue();
    let passed = std::thread::scope(|scope| {
        for _ in 0..work.threads.clamp(1, pack::MOST_THREADS) {
            let jobs = &jobs;
            scope.spawn(move || pack::work_off(jobs, work.contents, work.spool));
        }
        // It takes the sender with it when it goes, on errors too, and the threads end.
        let mut ahead = Ahead::new(&items, sender);
        let mut open = Open::new(places, work)?;
        let mut finder = Finder::default();
        let mut entries = Vec::with_capacity(items.len());
        for item in &items {
            ahead.fill();
            entries.extend(open.entry(item, work.contents, &mut ahead, &mut finder)?);
            progress.advance(size(item));
        }
        open.finish(entries)
    })?;
    progress.end();
    Ok(passed)
}

fn saying<C>(work: &Work<'_, C>) -> &'static str {
    match work.outputs.len() {
        0 | 1 => "writing the archive",
        _ => "writing the archives",
    }
}

/// The entries, each with the way that it goes.
fn items<'a, C: Contents>(work: &Work<'_, C>, placement: Placement<'a>) -> anyhow::Result<Vec<Item<'a>>> {
    let is_wanted = |output| work.outputs.contains(&output);
    let item = |placed: layers::Placed<'a>| {
        let in_layer = !placed.layers.is_empty();
        let wants = Wants { joint: in_layer || placed.whole && is_wanted(Output::TarGz), plain: in_layer };
        let route = pack::route(placed.planned, wants, work.contents)?;
        Ok(Item { placed, route, wants })
    };
    placement.entries.into_iter().map(item).collect()
}

fn sum<W: Write>(out: W) -> Sum<W> {
    BufWriter::with_capacity(256 * 1024, Fingerprinting::new(out))
}

impl<W: Write> Open<W> {
    fn new<C>(places: Places<W>, work: &Work<'_, C>) -> anyhow::Result<Self> {
        let layers = places.layers.into_iter().map(|(name, out)| {
            let mut layer = started(out, work.time)?;
            folders(&mut layer)?;
            Ok((name, layer))
        });
        Ok(Self {
            zip: places.zip.map(|out| zip_write::Writer::new(sum(out), work.time)),
            tar_gz: places
                .tar_gz
                .map(|out| TarGz::new(sum(out), work.time, false))
                .transpose()
                .map_err(Failure::Write)?,
            layers: layers.collect::<anyhow::Result<_>>()?,
        })
    }

    /// Writes an entry; of one of the tree it gives what was written.
    fn entry<C: Contents>(
        &mut self,
        item: &Item<'_>,
        contents: &C,
        ahead: &mut Ahead<'_>,
        finder: &mut Finder,
    ) -> anyhow::Result<Option<WrittenEntry>> {
        let mut body = Body::of(item, contents, ahead)?;
        let in_layer = (format!("{}/", image::USER_HOME), u64::from(image::USER_ID));
        // Layers first: what one of them inflates need not be inflated again.
        for (name, layer) in &mut self.layers {
            if item.placed.layers.contains(name) {
                body.write_tar(item, contents, (&in_layer.0, in_layer.1), layer, finder)?;
            }
        }
        if !item.placed.whole {
            return Ok(None);
        }
        if let Some(tar) = &mut self.tar_gz {
            body.write_tar(item, contents, ("", 0), tar, finder)?;
        }
        if let Some(zip) = &mut self.zip {
            body.write_zip(item, contents, zip)?;
        }
        let planned = item.placed.planned;
        let file = planned.filter(|planned| planned.kind == Kind::File);
        Ok(Some(WrittenEntry {
            path: item.placed.path.clone(),
            kind: planned.map_or(Kind::Folder, |planned| planned.kind.clone()),
            mode: planned.map_or(0o755, |planned| planned.mode),
            size: file.map_or(0, |planned| planned.size),
            digest: file.and_then(|planned| planned.digest),
            raw: body.raw,
            proven: body.proven,
            origin: planned.map(|planned| planned.origin.clone()),
        }))
    }

    fn finish(self, entries: Vec<WrittenEntry>) -> anyhow::Result<Passed> {
        let zip = self.zip.map(|zip| summed(zip.finish().map_err(Failure::Write)?)).transpose()?;
        let tar_gz = self.tar_gz.map(|tar| summed(tar.finish().map_err(Failure::Write)?.0)).transpose()?;
        let layers = self.layers.into_iter().map(|(name, layer)| Ok((name, finished(layer)?)));
        Ok(Passed { entries, zip, tar_gz, layers: layers.collect::<anyhow::Result<_>>()? })
    }
}

/// The folders above the server's: each layer has them, as whoever unpacks one alone needs them.
fn folders<W: Write>(layer: &mut TarGz<W>) -> anyhow::Result<()> {
    let home = image::USER_HOME;
    let above = home.rsplit_once('/').map_or("", |(above, _)| above);
    for (name, owner) in [(above, 0), (home, u64::from(image::USER_ID))] {
        layer.start(&Header { name, kind: &Kind::Folder, mode: 0o755, owner, size: 0 })?;
    }
    Ok(())
}

/// Starts a layer.
pub(super) fn started<W: Write>(out: W, time: Timestamp) -> anyhow::Result<TarGz<Sum<W>>> {
    Ok(TarGz::new(sum(out), time, true).map_err(Failure::Write)?)
}

/// Ends a layer; gives the file's sums and the digest of its tar.
pub(super) fn finished<W: Write>(layer: TarGz<Sum<W>>) -> anyhow::Result<(Fingerprint, Digest)> {
    let (out, plain) = layer.finish().map_err(Failure::Write)?;
    Ok((summed(out)?, plain.context("a layer was not digested")?))
}

fn summed<W: Write>(out: Sum<W>) -> anyhow::Result<Fingerprint> {
    let (mut out, fingerprint) = out.into_inner().map_err(|error| Failure::Write(error.into_error()))?.finish();
    out.flush().map_err(Failure::Write)?;
    Ok(fingerprint)
}
