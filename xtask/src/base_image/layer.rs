//! What a layer holds.
//!
//! In: the bytes of a layer. Out: the files that are looked for, and what it hides of the layers below it. Always: read
//! as a stream, once, to its end; bytes and tar are compared with the digests that the image says.

use crate::archive::bytes::Window;
use crate::archive::tree::Limits;
use crate::base_image::checked::Expected;
use crate::base_image::tar_stream::{Found, TarStream};
use crate::digest::{self, Digest, Digesting};
use crate::image::{BaseLayer, Compression};
use anyhow::{Context as _, bail, ensure};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufReader, Read};

pub(super) const ANOTHER_TAR: &str =
    "its tar is not the one of the image's configuration (`diff_ids`): it is damaged, copy the image again";
/// No file of users is longer.
const LONGEST_FILE: u64 = 1 << 20;

/// What a layer says of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing: the layers below do.
    #[default]
    Nothing,
    /// That it is not there, whatever the layers below say.
    Gone,
    /// What is in it.
    Is(Vec<u8>),
    /// That it is there, and is no plain file.
    IsOdd(&'static str),
}

/// What a layer says of files in `etc`, in the order of their names.
pub(super) fn look(layer: &BaseLayer, window: Window, place: String, names: &[&str]) -> anyhow::Result<Vec<Says>> {
    let mut all = Vec::new();
    unpacked(layer, window, place, |reader| {
        all = in_tar(reader, names)?;
        Ok(())
    })?;
    Ok(all)
}

/// Compares a layer with its digests.
pub(super) fn compare(layer: &BaseLayer, window: Window, place: String) -> anyhow::Result<()> {
    unpacked(layer, window, place, |_| Ok(()))
}

/// Gives the tar of a layer, then reads the rest of it and compares.
fn unpacked(
    layer: &BaseLayer,
    window: Window,
    place: String,
    look: impl FnOnce(&mut dyn Read) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let packed = Expected { digest: layer.digest, size: layer.size, place }.check(window)?;
    let packed = BufReader::with_capacity(64 * 1024, packed);
    let most = Limits::default().total_bytes;
    let mut tar = match layer.compression {
        Compression::None => Hashing::new(Box::new(packed), most),
        Compression::Gzip => Hashing::new(Box::new(MultiGzDecoder::new(packed)), most),
        Compression::Zstd => bail!(
            "it is packed with zstd, which cannot be looked into: copy the image with `skopeo copy --dest-compress \
             --dest-compress-format gzip`"
        ),
    };
    // A damaged layer is told as such, and not by what its tar looks like then.
    let looked = look(&mut tar);
    let ended = digest::copy(&mut tar, &mut io::sink()).context("it cannot be unpacked: copy the image again");
    ended?;
    ensure!(tar.digest() == layer.diff_id, ANOTHER_TAR);
    looked
}

/// Passes on what it reads, and hashes it.
struct Hashing<'a> {
    inner: Box<dyn Read + 'a>,
    seen: Digesting,
    left: u64,
}

impl<'a> Hashing<'a> {
    fn new(inner: Box<dyn Read + 'a>, most: u64) -> Self {
        Self { inner, seen: Digesting::default(), left: most }
    }

    fn digest(self) -> Digest {
        self.seen.finish()
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| io::Error::other("it unpacks to more than any image holds"))?;
        self.seen.update(out.get(..read).unwrap_or(&[]));
        Ok(read)
    }
}

/// Source: OCI image-spec v1.1.0, `layer.md`: a whiteout speaks of the layers below, and of none in its own.
fn in_tar(reader: &mut dyn Read, names: &[&str]) -> anyhow::Result<Vec<Says>> {
    let mut own = vec![Says::Nothing; names.len()];
    let mut hidden = vec![false; names.len()];
    let mut tar = TarStream::new(reader);
    while let Some(found) = tar.next().context("its tar cannot be read: copy the image again")? {
        match found.path.as_str() {
            "etc" if !found.is_folder => own.fill(Says::IsOdd("`etc` is no folder")),
            // A folder in a layer leaves what lies below it.
            "etc" => {}
            ".wh..wh..opq" | ".wh.etc" | "etc/.wh..wh..opq" => hidden.fill(true),
            path => {
                let Some(name) = path.strip_prefix("etc/") else { continue };
                let removed = name.strip_prefix(".wh.");
                let at = |name: &str| names.iter().position(|known| *known == name);
                if let Some(hides) = removed.and_then(at).and_then(|at| hidden.get_mut(at)) {
                    *hides = true;
                } else if let Some(says) = at(name).and_then(|at| own.get_mut(at)) {
                    *says = read_file(&mut tar, &found)?;
                }
            }
        }
    }
    let hidden = hidden.into_iter();
    Ok(own
        .into_iter()
        .zip(hidden)
        .map(|(own, hidden)| if own == Says::Nothing && hidden { Says::Gone } else { own })
        .collect())
}

fn read_file(tar: &mut TarStream<'_>, found: &Found) -> anyhow::Result<Says> {
    if !found.is_file {
        return Ok(Says::IsOdd("it is a link, or no file"));
    }
    ensure!(found.size <= LONGEST_FILE, "its `{}` has {} bytes, and no file of users so many", found.path, found.size);
    tar.content().map(Says::Is).context("its tar cannot be read: copy the image again")
}
