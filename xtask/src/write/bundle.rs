//! Every form of the result with everything that belongs to it, in a folder.
//!
//! In: what is to be written, and a folder that is new and empty. Out: the archives and images, `manifest.json`, the
//! documents that the caller makes of what was written, and `SHA256SUMS` over all of them, written last. Always: nobody
//! may read what has files of the user's who may not read every one of them, at no moment.

use super::folder::{Folder, hinted};
use super::image::{self, ImageWork};
use super::pass::{Places, pass};
use super::{Contents, Work, Written, WrittenEntry, WrittenOutput};
use crate::digest::{Digest, Fingerprint, Fingerprinting};
use crate::image::{Layer, LayerName};
use crate::inventory::{Kind, Mode};
use crate::layers::{self, Placement};
use crate::output::Output;
use crate::path::EntryPath;
use crate::plan::{Input, Planned};
use crate::progress::Progress;
use crate::report::Document;
use crate::report::manifest::{self, Manifest};
use anyhow::{Context, anyhow};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

/// Makes the documents of a bundle.
pub type Documents<'a> = &'a dyn Fn(&Written) -> anyhow::Result<Vec<Document>>;

/// Writes the bundle `name` into `folder`.
pub fn bundle<C: Contents>(
    work: &Work<'_, C>,
    name: &str,
    folder: &Path,
    documents: Documents<'_>,
    progress: &dyn Progress,
) -> anyhow::Result<Written> {
    let mut folder = Folder::new(folder);
    let has_layers = work.outputs.iter().any(|output| output.has_layers());
    let distribution = has_layers.then_some(work.distribution);
    let placement = layers::place(work.tree, distribution, work.top).map_err(|problem| anyhow!(problem))?;
    let mut written = outputs(work, name, placement, &mut folder, progress)?;
    let manifest = manifest_of(work, name, &written);
    folder.create(manifest::NAME, 0o644, |file| {
        let mut out = BufWriter::with_capacity(128 * 1024, Fingerprinting::new(file));
        manifest.render(&mut out)?;
        let digest = out.into_inner().map_err(io::IntoInnerError::into_error)?.finish().1.digest;
        written.manifest = Some(digest);
        Ok(digest)
    })?;
    drop(manifest);
    for Document { name, mode, bytes } in documents(&written)? {
        folder.document(&name, &bytes, mode)?;
    }
    folder.seal()?;
    Ok(written)
}

/// Writes every form.
fn outputs<C: Contents>(
    work: &Work<'_, C>,
    name: &str,
    placement: Placement<'_>,
    folder: &mut Folder<'_>,
    progress: &dyn Progress,
) -> anyhow::Result<Written> {
    let removed = placement.removed.clone();
    let files = Files::start(work, name, folder)?;
    let places = Places {
        zip: files.zip.as_ref().map(|(_, file)| file),
        tar_gz: files.tar_gz.as_ref().map(|(_, file)| file),
        layers: files.layers.iter().map(|(layer, (_, file))| (*layer, file)).collect(),
    };
    let passed = pass(work, placement, places, progress).map_err(|error| hinted(error, folder.path()))?;
    let private = archive_mode(work.tree);
    let mut outputs = Vec::new();
    for (kind, started, sum) in [(Output::Zip, &files.zip, passed.zip), (Output::TarGz, &files.tar_gz, passed.tar_gz)] {
        if let (Some((name, file)), Some(sum)) = (started, sum) {
            folder.finish(name, file, private, sum.digest)?;
            let file = Some((name.clone(), sum.size, sum.digest));
            outputs.push(WrittenOutput { kind, path: name.clone(), file, layers: Vec::new(), image: None });
        }
    }
    let mut layers = Vec::new();
    for (name, (sum, diff_id)) in passed.layers {
        if let Some((path, file)) = files.layers.get(&name) {
            folder.finish(path, file, layer_mode(name, private), sum.digest)?;
            layers.push(Layer { name, digest: sum.digest, size: sum.size, diff_id });
        }
    }
    if work.outputs.contains(&Output::DockerContext) {
        outputs.extend(context(work, &layers, &removed, folder)?);
    }
    if work.outputs.contains(&Output::Oci) {
        outputs.extend(layout(work, name, layers, &removed, private, folder)?);
    }
    Ok(Written { entries: passed.entries, outputs, manifest: None })
}

/// A file that is being written, by its name in the bundle.
type Started = (String, File);

/// The files of the pass.
struct Files {
    zip: Option<Started>,
    tar_gz: Option<Started>,
    layers: BTreeMap<LayerName, Started>,
}

impl Files {
    fn start<C>(work: &Work<'_, C>, name: &str, folder: &Folder<'_>) -> anyhow::Result<Self> {
        let start = |name: String| folder.start(&name).map(|file| (name, file));
        let archive = |output: Output| work.outputs.contains(&output).then(|| start(output.file(name))).transpose();
        let has_context = work.outputs.contains(&Output::DockerContext);
        let layers = [LayerName::Distribution, LayerName::User, LayerName::Configuration];
        let wanted = layers.into_iter().filter(|_| work.outputs.iter().any(|output| output.has_layers()));
        let layers = wanted.map(|layer| Ok((layer, start(layer_file(layer, has_context))?)));
        Ok(Self {
            zip: archive(Output::Zip)?,
            tar_gz: archive(Output::TarGz)?,
            layers: layers.collect::<anyhow::Result<_>>()?,
        })
    }
}

/// The files of a builder around the layers, which lie there already.
fn context<C>(
    work: &Work<'_, C>,
    layers: &[Layer],
    removed: &[EntryPath],
    folder: &mut Folder<'_>,
) -> anyhow::Result<Option<WrittenOutput>> {
    let Some(image) = work.image else { return Ok(None) };
    let kind = Output::DockerContext;
    for (name, bytes, mode) in crate::image::context_files(image.settings, removed) {
        folder.document(&format!("{}/{name}", kind.name()), &bytes, mode)?;
    }
    Ok(Some(WrittenOutput { kind, path: kind.name().to_owned(), file: None, layers: layers.to_vec(), image: None }))
}

/// The layout of an image, with the layers of the pass, which are its blobs or lie in a build context.
fn layout<C>(
    work: &Work<'_, C>,
    name: &str,
    mut layers: Vec<Layer>,
    removed: &[EntryPath],
    private: Mode,
    folder: &mut Folder<'_>,
) -> anyhow::Result<Option<WrittenOutput>> {
    let Some(image) = work.image else { return Ok(None) };
    let has_context = work.outputs.contains(&Output::DockerContext);
    for layer in &layers {
        let (file, blob) = (layer_file(layer.name, has_context), image::blob(&layer.digest.to_string()));
        if has_context {
            folder.copy(&file, &blob, layer_mode(layer.name, private), layer.digest)?;
        } else {
            folder.rename(&file, &blob)?;
        }
    }
    let (sum, diff_id) = container(work, image, removed, folder)?;
    layers.push(Layer { name: LayerName::Container, digest: sum.digest, size: sum.size, diff_id });
    layers.sort_by_key(|layer| layer.name);
    image::layout(work, image, layers, folder, private, &format!("{name}-oci.tar")).map(Some)
}

/// Writes the layer of the container.
fn container<C>(
    work: &Work<'_, C>,
    image: ImageWork<'_>,
    removed: &[EntryPath],
    folder: &mut Folder<'_>,
) -> anyhow::Result<(Fingerprint, Digest)> {
    let unnamed = image::blob(LayerName::Container.as_str());
    let mut sums = None;
    folder.create(&unnamed, 0o644, |file| {
        let made = image::container(work, image, removed, file)?;
        sums = Some(made);
        Ok(made.0.digest)
    })?;
    let sums = sums.context("a layer was not written")?;
    folder.rename(&unnamed, &image::blob(&sums.0.digest.to_string()))?;
    Ok(sums)
}

/// Where a layer is written to: without a build context straight into the layout, where it gets its name afterwards.
fn layer_file(layer: LayerName, has_context: bool) -> String {
    if has_context {
        format!("{}/{}.tar.gz", Output::DockerContext.name(), layer.as_str())
    } else {
        image::blob(layer.as_str())
    }
}

/// The mode of a layer: that of the archives where something of the user's is in it.
fn layer_mode(layer: LayerName, private: Mode) -> Mode {
    match layer {
        LayerName::Distribution | LayerName::Container => 0o644,
        LayerName::User | LayerName::Configuration => private,
    }
}

/// The mode of an archive: readable beyond its owner only where each file in it that comes from the user is, as there
/// are keystores among them.
fn archive_mode(tree: &BTreeMap<EntryPath, Planned>) -> Mode {
    let of_the_user = |planned: &&Planned| {
        let input = planned.origin.input.as_ref();
        planned.kind == Kind::File && matches!(input, Some(Input::Customised | Input::Overlay(_) | Input::Hl7(_)))
    };
    0o600 | tree.values().filter(of_the_user).fold(0o044, |mode, planned| mode & planned.mode)
}

fn manifest_of<C>(work: &Work<'_, C>, name: &str, written: &Written) -> Manifest {
    let entry = |entry: &WrittenEntry| {
        let origin = entry.origin.as_ref();
        let input = origin.and_then(|origin| origin.input.as_ref());
        let from = manifest::From {
            input: input.map_or(manifest::PACKAGER.to_owned(), Input::to_string),
            path: origin.map_or(&entry.path, |origin| &origin.path).to_string(),
            unchanged: origin.is_some_and(|origin| origin.unchanged),
        };
        let content = entry.digest.map(|digest| (entry.size, digest));
        manifest::Entry::new(entry.path.to_string(), &entry.kind, entry.mode, content, from)
    };
    Manifest {
        schema_version: manifest::SCHEMA_VERSION,
        kind: manifest::KIND.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        name: name.to_owned(),
        top: work.top.to_owned(),
        time: work.time.rfc3339(),
        outputs: written.outputs.iter().map(output).collect(),
        entries: written.entries.iter().map(entry).collect(),
    }
}

fn output(output: &WrittenOutput) -> manifest::Output {
    let file = output.file.as_ref().map(|(file, size, digest)| manifest::File {
        file: file.clone(),
        size: *size,
        sha256: digest.to_string(),
    });
    let layer = |layer: &Layer| manifest::Layer {
        name: layer.name.as_str().to_owned(),
        size: layer.size,
        sha256: layer.digest.to_string(),
        diff_id: layer.diff_id.to_string(),
    };
    manifest::Output {
        kind: output.kind.name().to_owned(),
        path: output.path.clone(),
        file,
        image: output.image.map(|digest| digest.to_string()),
        layers: output.layers.iter().map(layer).collect(),
    }
}

#[cfg(test)]
mod tests;
