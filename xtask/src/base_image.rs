//! A base image on disk.
//!
//! In: an image layout or a `dir:` folder, or a tar of `docker save` or of an image layout. Out: a [`BaseImage`]: what
//! the image says, and readers of its layers. Always: hostile until read; every byte that is given out was compared
//! with its digest; nothing outside of the folder or tar is opened; bounded memory.

mod checked;
mod choose;
mod descriptor;
mod docker_archive;
mod files;
mod layer;
mod manifest;
mod tar_stream;

use crate::image::{Base, Platform};
use crate::path::EntryPath;
use anyhow::{Context as _, bail};
use checked::Expected;
use files::Files;
use layer::Says;
use manifest::Opened;
use std::io::Read;
use std::path::Path;

/// A base image, open.
pub struct BaseImage {
    /// What it says.
    pub image: Base,
    files: Files,
    /// Where its layers lie.
    layers: Vec<EntryPath>,
}

/// The files that say who users and groups are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFiles {
    /// `etc/passwd`, where there is one.
    pub passwd: Option<Vec<u8>>,
    /// `etc/group`, where there is one.
    pub group: Option<Vec<u8>>,
}

/// Opens a base image. `platform` is what the user asked for; without it an image that is alone is taken, and of several
/// the one for `linux/amd64`.
pub fn open(path: &Path, platform: Option<&Platform>) -> anyhow::Result<BaseImage> {
    let files = Files::open(path)?;
    let is_there = |name: &str| anyhow::Ok(files.get(&EntryPath::known(name))?.is_some());
    let Opened { image, layers } = if is_there("index.json")? {
        // An archive of a newer Docker is both an image layout and a list: the layout says more.
        manifest::open_layout(&files, platform)?
    } else if is_there("manifest.json")? {
        let (list, _) = files.document(&EntryPath::known("manifest.json"), None)?;
        if list.is_array() {
            docker_archive::open(&files, &list, platform)?
        } else {
            manifest::open_dir(&files, platform)?
        }
    } else {
        bail!(
            "{} is no image: it has neither `index.json` (an image layout) nor `manifest.json` (`docker save`, or `dir:` of \
             skopeo)",
            files.name
        )
    };
    Ok(BaseImage { image, files, layers })
}

impl BaseImage {
    /// The bytes of a layer as they stand. They are compared with digest and size: the read that comes to the end fails
    /// where they differ.
    pub fn layer(&self, index: usize) -> anyhow::Result<Box<dyn Read + Send>> {
        let (layer, path) = self.image.layers.get(index).zip(self.layers.get(index)).context("no such layer")?;
        let expected = Expected { digest: layer.digest, size: layer.size, place: self.files.at(path) };
        Ok(Box::new(expected.check(self.files.need(path)?)?))
    }

    /// `etc/passwd` and `etc/group` as a container sees them. Fails where they cannot be told, with the reason: then
    /// there is no account to be had, and a number is all that the user of the container is.
    pub fn account_files(&self) -> anyhow::Result<AccountFiles> {
        const NAMES: [&str; 2] = ["passwd", "group"];
        let mut says = [Says::Nothing, Says::Nothing];
        for (layer, path) in self.image.layers.iter().zip(&self.layers).rev() {
            if !says.contains(&Says::Nothing) {
                break;
            }
            let place = self.files.at(path);
            let found = layer::look(layer, self.files.need(path)?, place.clone(), &NAMES).context(place)?;
            for (says, found) in says.iter_mut().zip(found).filter(|(says, _)| **says == Says::Nothing) {
                *says = found;
            }
        }
        let mut files = says.into_iter().zip(NAMES).map(|(says, name)| match says {
            Says::Nothing | Says::Gone => Ok(None),
            Says::Is(bytes) => Ok(Some(bytes)),
            Says::IsOdd(problem) => bail!("`etc/{name}` of {} cannot be told: {problem}", self.files.name),
        });
        let mut next = || files.next().transpose().map(Option::flatten);
        Ok(AccountFiles { passwd: next()?, group: next()? })
    }
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
