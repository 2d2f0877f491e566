//! The manifest of one image, and what it names.
//!
//! In: the files of an image, and where its manifest lies. Out: an [`Opened`] image. Always: an image of containers whose
//! layers may be passed on and are there with the sizes that are said.

use crate::archive::bytes::Window;
use crate::archive::tree::shown;
use crate::base_image::checked::Expected;
use crate::base_image::choose::{Places, choose};
use crate::base_image::descriptor::{Descriptor, Document};
use crate::base_image::files::Files;
use crate::digest::Digest;
use crate::image::{Base, BaseConfig, BaseLayer, Compression, Platform};
use crate::path::EntryPath;
use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::Value;
use std::io::Read as _;

/// A container engine puts no more layers on each other: Docker takes 125, and four are ours. Source: moby v20.10.0,
/// `layer/layer_store.go`, `maxLayerDepth`.
const MOST_LAYERS: usize = 121;

/// An image, and where its layers lie.
pub(super) struct Opened {
    pub(super) image: Base,
    pub(super) layers: Vec<EntryPath>,
}

/// Opens an image layout.
pub(super) fn open_layout(files: &Files, platform: Option<&Platform>) -> anyhow::Result<Opened> {
    let path = EntryPath::known("index.json");
    let (index, _) = files.document(&path, None)?;
    let at = files.at(&path);
    let places = Places { manifest: Descriptor::in_layout, blob: Descriptor::in_layout };
    let chosen = choose(files, &index, &at, places, platform)?;
    let path = chosen.in_layout();
    let (manifest, digest) = files.document(&path, Some((chosen.digest, chosen.size)))?;
    let name = chosen.name.clone();
    open_manifest(files, &path, &manifest, Told { platform: chosen.platform, name, digest }, places)
}

/// Opens a `dir:` folder of skopeo: a manifest, and blobs by their digests. Source: containers/image v5.23,
/// `directory/directory_transport.go`.
pub(super) fn open_dir(files: &Files, platform: Option<&Platform>) -> anyhow::Result<Opened> {
    let path = EntryPath::known("manifest.json");
    let (manifest, digest) = files.document(&path, None)?;
    let places = Places {
        manifest: |described| EntryPath::known(&format!("{}.manifest.json", described.digest)),
        blob: |described| EntryPath::known(&described.digest.to_string()),
    };
    if Document::of_value(&manifest) != Document::Index {
        let told = Told { platform: None, name: None, digest };
        let opened = open_manifest(files, &path, &manifest, told, places)?;
        let found = &opened.image.platform;
        let fits = platform.is_none_or(|wish| wish.takes(found));
        ensure!(fits, "{} is an image for {found}: copy another one, or name this with `--platform`", files.name);
        return Ok(opened);
    }
    let chosen = choose(files, &manifest, &files.at(&path), places, platform)?;
    let path = (places.manifest)(&chosen);
    let (manifest, digest) = files.document(&path, Some((chosen.digest, chosen.size)))?;
    open_manifest(files, &path, &manifest, Told { platform: chosen.platform, name: None, digest }, places)
}

/// What is known of an image before its manifest is read.
struct Told {
    platform: Option<Platform>,
    name: Option<String>,
    digest: Digest,
}

fn open_manifest(
    files: &Files,
    path: &EntryPath,
    manifest: &Value,
    told: Told,
    places: Places,
) -> anyhow::Result<Opened> {
    let at = || files.at(path);
    match Document::of_value(manifest) {
        Document::Manifest => {}
        Document::Index => bail!("{} is a list in a list of images: copy the image that is meant", at()),
        Document::FirstSchema => {
            bail!("{} is of Docker's first schema: convert it with `skopeo copy --format oci`", at())
        }
        Document::Config | Document::Other => bail!("{} is no manifest of an image: copy the image again", at()),
    }
    let config = Descriptor::read(manifest.get("config").unwrap_or(&Value::Null)).with_context(at)?;
    ensure!(
        Document::of(&config.media_type) == Document::Config,
        "{} is not of a container image (its configuration is `{}`): give an image that containers are started from",
        at(),
        shown(&config.media_type)
    );
    let config_path = (places.blob)(&config);
    let (config, _) = files.document(&config_path, Some((config.digest, config.size)))?;
    let (config, platform) = read_config(files, &config_path, &config)?;
    let platform = agreed(told.platform, platform).with_context(at)?;
    let described = Descriptor::list(manifest.get("layers")).with_context(at)?;
    same_number(files, described.len(), config.diff_ids.len())?;
    let mut layers = Vec::new();
    for (layer, diff_id) in described.iter().zip(&config.diff_ids) {
        let path = (places.blob)(layer);
        let media_type = shown(&layer.media_type);
        let said = Compression::of_media_type(&layer.media_type)
            .map_err(|problem| anyhow!("a layer of {} (`{media_type}`) {problem}", at()))?;
        let window = files.need(&path)?;
        Expected { digest: layer.digest, size: layer.size, place: files.at(&path) }.check(window.clone())?;
        let compression = compression_of(window).with_context(|| files.at(&path))?;
        ensure!(
            said == Compression::None || compression != Compression::None,
            "{} is said to be packed (`{media_type}`), and is not: copy the image again",
            files.at(&path)
        );
        layers.push((BaseLayer { compression, digest: layer.digest, size: layer.size, diff_id: *diff_id }, path));
    }
    let (layers, paths) = layers.into_iter().unzip();
    let name = told.name.map(|name| full_name(&name));
    Ok(Opened { image: Base { name, digest: Some(told.digest), platform, config, layers }, layers: paths })
}

/// Reads what an image is for, from its configuration; `None` where it is no image that containers are started from.
pub(super) fn platform_of(files: &Files, image: &Descriptor, places: Places) -> anyhow::Result<Option<Platform>> {
    let path = (places.manifest)(image);
    let (manifest, _) = files.document(&path, Some((image.digest, image.size)))?;
    let config = Descriptor::read(manifest.get("config").unwrap_or(&Value::Null)).with_context(|| files.at(&path))?;
    if Document::of(&config.media_type) != Document::Config {
        return Ok(None);
    }
    let path = (places.blob)(&config);
    let (config, _) = files.document(&path, Some((config.digest, config.size)))?;
    BaseConfig::read(&config).map(|(_, platform)| Some(platform)).map_err(|problem| no_config(files, &path, &problem))
}

fn no_config(files: &Files, path: &EntryPath, problem: &str) -> anyhow::Error {
    anyhow!("{} is no configuration of an image: {problem}; copy the image again", files.at(path))
}

/// Reads a configuration.
pub(super) fn read_config(files: &Files, path: &EntryPath, config: &Value) -> anyhow::Result<(BaseConfig, Platform)> {
    let (config, platform) = BaseConfig::read(config).map_err(|problem| no_config(files, path, &problem))?;
    ensure!(
        platform.os == "linux",
        "{} is an image for {platform}: the server is started by a script that wants Linux; choose another one",
        files.name
    );
    ensure!(
        config.diff_ids.len() <= MOST_LAYERS,
        "{} has {} layers, and a container has no room for more than {MOST_LAYERS} below those of the server: choose \
         another one",
        files.name,
        config.diff_ids.len()
    );
    Ok((config, platform))
}

/// Refuses an image whose layers are not those of its configuration.
pub(super) fn same_number(files: &Files, layers: usize, diff_ids: usize) -> anyhow::Result<()> {
    ensure!(
        layers == diff_ids,
        "{} lists {layers} layers and its configuration {diff_ids}: copy the image again",
        files.name
    );
    Ok(())
}

/// What the index and the configuration say, which is often less, of the variant.
fn agreed(told: Option<Platform>, own: Platform) -> anyhow::Result<Platform> {
    let Some(told) = told else { return Ok(own) };
    ensure!(
        told.os == own.os && told.architecture == own.architecture,
        "the index has it for {told} and its configuration is for {own}: copy the image again"
    );
    Ok(Platform { variant: own.variant.or(told.variant), ..own })
}

/// How a layer is packed: by its first bytes, since media types are often those of another packing.
pub(super) fn compression_of(window: Window) -> std::io::Result<Compression> {
    let mut start = Vec::new();
    window.take(4).read_to_end(&mut start)?;
    Ok(match start.as_slice() {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Compression::Zstd,
        _ => Compression::None,
    })
}

/// The name of an image with its registry, as annotations have it. Source: distribution v2.8.3,
/// `reference/normalize.go`.
pub(super) fn full_name(name: &str) -> String {
    let name = shown(name);
    match name.split_once('/') {
        Some((registry, _)) if registry.contains(['.', ':']) || registry == "localhost" => name,
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}
