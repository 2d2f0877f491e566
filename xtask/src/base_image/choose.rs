//! Which image of several is meant.
//!
//! In: the index of an image layout, or of a `dir:` folder, and the platform that was asked for. Out: the descriptor of
//! one manifest. Always: the only one that fits; else an error that lists what is there.

use crate::archive::tree::shown;
use crate::base_image::descriptor::{Descriptor, Document};
use crate::base_image::files::Files;
use crate::base_image::manifest;
use crate::image::Platform;
use crate::path::EntryPath;
use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;

/// No layout that is made for use holds more images, and each of them may be read to choose.
const MOST_IMAGES: usize = 500;

/// Where things lie.
#[derive(Clone, Copy)]
pub(super) struct Places {
    /// The manifests of an index.
    pub(super) manifest: fn(&Descriptor) -> EntryPath,
    /// What a manifest names.
    pub(super) blob: fn(&Descriptor) -> EntryPath,
}

/// Chooses from an index. `at` names it for messages.
pub(super) fn choose(
    files: &Files,
    index: &Value,
    at: &str,
    places: Places,
    platform: Option<&Platform>,
) -> anyhow::Result<Descriptor> {
    let mut images = Vec::new();
    let few = |number: usize| {
        ensure!(number <= MOST_IMAGES, "{at} lists more than {MOST_IMAGES} images: copy the one that is meant");
        Ok(())
    };
    let listed = Descriptor::list(index.get("manifests")).with_context(|| at.to_owned())?;
    few(listed.len())?;
    for described in listed {
        if Document::of(&described.media_type) != Document::Index {
            images.push(described);
            continue;
        }
        let path = (places.manifest)(&described);
        let (inner, _) = files.document(&path, Some((described.digest, described.size)))?;
        for mut inner in Descriptor::list(inner.get("manifests")).with_context(|| files.at(&path))? {
            inner.name = inner.name.or_else(|| described.name.clone());
            inner.tag = inner.tag.or_else(|| described.tag.clone());
            images.push(inner);
        }
        // Before the next list is read: one that stands there often would fill the memory.
        few(images.len())?;
    }
    images.retain(|image| !image.is_about_another && Document::of(&image.media_type) != Document::Other);
    // Two tags of one image are one image.
    let mut known = BTreeSet::new();
    images.retain(|image| known.insert(image.digest));
    one_of(files, images, at, places, platform)
}

fn one_of(
    files: &Files,
    mut images: Vec<Descriptor>,
    at: &str,
    places: Places,
    wish: Option<&Platform>,
) -> anyhow::Result<Descriptor> {
    if images.len() > 1 || wish.is_some() {
        for image in images.iter_mut().filter(|image| image.platform.is_none()) {
            image.platform = manifest::platform_of(files, image, places)?;
        }
        images.retain(|image| image.platform.is_some());
    }
    ensure!(!images.is_empty(), "{at} lists no image that containers are started from: copy the image again");
    let usual = Platform::default();
    let wished = wish.unwrap_or(&usual);
    let fits = |image: &&Descriptor| image.platform.as_ref().is_some_and(|platform| wished.takes(platform));
    let fitting: Vec<&Descriptor> = match images.as_slice() {
        [only] if wish.is_none() => vec![only],
        all => all.iter().filter(fits).collect(),
    };
    match fitting.as_slice() {
        [one] => Ok((*one).clone()),
        [] => bail!(
            "{at} has no image for {wished}, but {}: name one with `--platform`, or copy the one for {wished}",
            listed(&images)
        ),
        several => {
            let platforms: BTreeSet<_> = several.iter().map(|image| &image.platform).collect();
            if platforms.len() == several.len() {
                bail!("{at} has more than one image for {wished}: {}: name one with `--platform`", listed(&images));
            }
            bail!(
                "{at} has more than one image for {wished}: {}: `--platform` does not tell them apart; copy the one that \
                 is meant to a place of its own, with `skopeo copy`",
                listed(&images)
            )
        }
    }
}

fn listed(images: &[Descriptor]) -> String {
    const MOST: usize = 20;
    let word = |image: &Descriptor| {
        let platform = image.platform.as_ref().map_or_else(|| "an unknown platform".to_owned(), Platform::to_string);
        match image.tag.as_ref().or(image.name.as_ref()) {
            Some(name) => format!("`{}` for {platform}", shown(name)),
            None => format!("one for {platform}"),
        }
    };
    let mut words: Vec<String> = images.iter().take(MOST).map(word).collect();
    if images.len() > MOST {
        words.push(format!("{} more", images.len() - MOST));
    }
    words.join(", ")
}
