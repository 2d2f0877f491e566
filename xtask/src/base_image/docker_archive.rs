//! What `docker save` writes.
//!
//! In: the files of a tar with a list of images, `manifest.json`. Out: an image. Always: one image; the digests of its
//! layers, which nobody recorded, are those of the bytes, and the tars in them are those of its configuration.

use crate::archive::bytes::Window;
use crate::archive::tree::shown;
use crate::base_image::files::Files;
use crate::base_image::layer;
use crate::base_image::manifest::{Opened, compression_of, full_name, read_config, same_number};
use crate::digest::{self, Digest};
use crate::image::{Base, BaseLayer, Compression, Platform};
use crate::path::EntryPath;
use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::Value;

/// Opens the image. Source: moby v20.10.0, `image/spec/v1.2.md`, and v25.0.0, `image/tarexport/save.go`.
pub(super) fn open(files: &Files, list: &Value, platform: Option<&Platform>) -> anyhow::Result<Opened> {
    let at = files.at(&EntryPath::known("manifest.json"));
    let image = match list.as_array().map(Vec::as_slice) {
        Some([image]) => image,
        None | Some([]) => bail!("{at} lists no image: save the image again"),
        Some(several) => {
            let names: Vec<String> = several.iter().take(20).map(|image| names(image).join(" ")).collect();
            bail!("{at} lists {} images ({}): save one alone", several.len(), names.join(", "))
        }
    };
    let config_path = path(image.get("Config")).with_context(|| format!("`Config` of {at}"))?;
    let (config, digest) = files.document(&config_path, None)?;
    // The name of the file is its digest, with all tools that are known.
    let named = config_path.file_name().trim_end_matches(".json");
    let differs = Digest::parse(named).is_some_and(|named| named != digest);
    ensure!(
        !differs,
        "{} does not have the digest of its name: it is damaged, save the image again",
        files.at(&config_path)
    );
    let (config, found) = read_config(files, &config_path, &config)?;
    let fits = platform.is_none_or(|wish| wish.takes(&found));
    ensure!(fits, "{} is an image for {found}: save another one, or name this with `--platform`", files.name);
    let paths = image.get("Layers").and_then(Value::as_array).with_context(|| format!("{at} has no `Layers`"))?;
    same_number(files, paths.len(), config.diff_ids.len())?;
    let mut layers = Vec::new();
    for (name, diff_id) in paths.iter().zip(&config.diff_ids) {
        let path = path(Some(name)).with_context(|| format!("`Layers` of {at}"))?;
        let window = files.need(&path)?;
        let layer = read_layer(window, *diff_id, files.at(&path)).with_context(|| files.at(&path))?;
        layers.push((layer, path));
    }
    let (layers, paths) = layers.into_iter().unzip();
    let name = image.get("RepoTags").and_then(|tags| tags.get(0)).and_then(Value::as_str).map(full_name);
    Ok(Opened { image: Base { name, digest: None, platform: found, config, layers }, layers: paths })
}

fn names(image: &Value) -> Vec<String> {
    let tags = image.get("RepoTags").and_then(Value::as_array);
    let mut names: Vec<String> = tags.into_iter().flatten().filter_map(Value::as_str).take(4).map(shown).collect();
    if names.is_empty() {
        names.push("one without a name".to_owned());
    }
    names
}

/// A name of a file; those of `docker save` are below the tar's root.
fn path(name: Option<&Value>) -> anyhow::Result<EntryPath> {
    let name = name.and_then(Value::as_str).context("names no file: save the image again")?;
    EntryPath::parse(name).map_err(|problem| anyhow!("the name `{}` {problem}: this is no image", shown(name)))
}

/// Reads a layer once: for its digest, and to see that it is the one of the configuration.
fn read_layer(window: Window, diff_id: Digest, place: String) -> anyhow::Result<BaseLayer> {
    let compression = compression_of(window.clone())?;
    let size = window.length();
    let digest = digest::fingerprint(window.clone())?.digest;
    let layer = BaseLayer { compression, digest, size, diff_id };
    match compression {
        Compression::None => ensure!(digest == diff_id, layer::ANOTHER_TAR),
        // It cannot be unpacked here, and there is nothing else to compare it with.
        Compression::Zstd => {}
        Compression::Gzip => layer::compare(&layer, window, place)?,
    }
    Ok(layer)
}
