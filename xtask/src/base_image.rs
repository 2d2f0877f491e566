//! A base image on disk.
//!
//! In: an image layout or a `dir:` folder, or a tar of `docker save` or of an image layout. Out: a [`BaseImage`]: what
//! the image says, and readers of its layers. Always: hostile until read; every byte that is given out was compared
//! with its digest; nothing outside of the folder or tar is opened; bounded memory.

use crate::image::{Base, Platform};
use anyhow::bail;
use std::io::Read;
use std::path::Path;

/// A base image, open.
pub struct BaseImage {
    /// What it says.
    pub image: Base,
}

/// Opens a base image. `platform` is what the user asked for: needed where it holds several.
pub fn open(path: &Path, platform: Option<&Platform>) -> anyhow::Result<BaseImage> {
    let _ = platform;
    bail!("`{}` is no image", path.display())
}

impl BaseImage {
    /// The bytes of a layer as they stand. They are compared with digest and size: the read that comes to the end fails
    /// where they differ.
    pub fn layer(&self, index: usize) -> anyhow::Result<Box<dyn Read + Send>> {
        bail!("the image has no layer {index}")
    }

    /// `etc/passwd` and `etc/group` as a container sees them. Fails where they cannot be told, with the reason: then
    /// there is no account to be had, and a number is all that the user of the container is.
    pub fn account_files(&self) -> anyhow::Result<AccountFiles> {
        Ok(AccountFiles::default())
    }
}

/// The files that say who users and groups are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFiles {
    /// `etc/passwd`, where there is one.
    pub passwd: Option<Vec<u8>>,
    /// `etc/group`, where there is one.
    pub group: Option<Vec<u8>>,
}
