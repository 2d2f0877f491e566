//! Every form of the result with everything that belongs to it, in a folder.
//!
//! In: what is to be written, and a folder that is new and empty. Out: the archives and images, `manifest.json`, the
//! documents that the caller makes of what was written, and `SHA256SUMS` over all of them, written last. Always: nobody
//! may read what has files of the user's who may not read every one of them, at no moment.

use super::folder::{Folder, hinted};
use super::image::{self, ImageWork};
use super::pass::{Passed, Places, pass};
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
    let mode = archive_mode(work.tree);
    let removed = placement.removed.clone();
    let is_wanted = |output: Output| work.outputs.contains(&output);
    let archive = |output: Output| is_wanted(output).then(|| output.file(name));
    let (zip, tar_gz) = (archive(Output::Zip), archive(Output::TarGz));
    let layers: BTreeMap<LayerName, String> = if work.outputs.iter().any(|output| output.has_layers()) {
        let names = [LayerName::Distribution, LayerName::User, LayerName::Configuration];
        names.into_iter().map(|layer| (layer, layer_file(layer, is_wanted(Output::DockerContext)))).collect()
    } else {
        BTreeMap::new()
    };
    let open = |name: &Option<String>| name.as_ref().map(|name| folder.start(name)).transpose();
    let (zip_file, tar_gz_file) = (open(&zip)?, open(&tar_gz)?);
    let mut layer_files = BTreeMap::new();
    for (layer, name) in &layers {
        layer_files.insert(*layer, folder.start(name)?);
    }
    let places = Places {
        zip: zip_file.as_ref(),
        tar_gz: tar_gz_file.as_ref(),
        layers: layer_files.iter().map(|(layer, file)| (*layer, file)).collect(),
    };
    let Passed { entries, zip: zip_sum, tar_gz: tar_gz_sum, layers: layer_sums } =
        pass(work, placement, places, progress).map_err(|error| hinted(error, folder.path()))?;
    let mut written = Written { entries, outputs: Vec::new(), manifest: None };
    for (kind, name, file, sum) in
        [(Output::Zip, zip, zip_file, zip_sum), (Output::TarGz, tar_gz, tar_gz_file, tar_gz_sum)]
    {
        if let (Some(name), Some(file), Some(sum)) = (name, file, sum) {
            folder.finish(&name, &file, mode, sum.digest)?;
            let made = WrittenOutput { kind, path: name.clone(), file: None, layers: Vec::new(), image: None };
            written.outputs.push(WrittenOutput { file: Some((name, sum.size, sum.digest)), ..made });
        }
    }
    let mut made = Vec::new();
    for (layer, (sum, diff_id)) in layer_sums {
        if let (Some(file), Some(name)) = (layer_files.remove(&layer), layers.get(&layer)) {
            folder.finish(name, &file, layer_mode(layer, mode), sum.digest)?;
            made.push(Layer { name: layer, digest: sum.digest, size: sum.size, diff_id });
        }
    }
    written.outputs.extend(of_layers(work, name, made, &layers, &removed, mode, folder)?);
    Ok(written)
}

/// The forms that are made of layers.
fn of_layers<C: Contents>(
    work: &Work<'_, C>,
    name: &str,
    mut made: Vec<Layer>,
    files: &BTreeMap<LayerName, String>,
    removed: &[EntryPath],
    mode: Mode,
    folder: &mut Folder<'_>,
) -> anyhow::Result<Vec<WrittenOutput>> {
    let mut outputs = Vec::new();
    let Some(image) = work.image else { return Ok(outputs) };
    let has_context = work.outputs.contains(&Output::DockerContext);
    if has_context {
        let kind = Output::DockerContext;
        for (name, bytes, mode) in crate::image::context_files(image.settings, removed) {
            folder.document(&format!("{}/{name}", kind.name()), &bytes, mode)?;
        }
        let path = kind.file(name);
        outputs.push(WrittenOutput { kind, path, file: None, layers: made.clone(), image: None });
    }
    if !work.outputs.contains(&Output::Oci) {
        return Ok(outputs);
    }
    for layer in &made {
        let Some(file) = files.get(&layer.name) else { continue };
        let blob = image::blob(&layer.digest.to_string());
        if has_context {
            folder.copy(file, &blob, layer_mode(layer.name, mode), layer.digest)?;
        } else {
            folder.rename(file, &blob)?;
        }
    }
    let (sum, diff_id) = container(work, image, removed, folder)?;
    made.push(Layer { name: LayerName::Container, digest: sum.digest, size: sum.size, diff_id });
    made.sort_by_key(|layer| layer.name);
    outputs.push(image::layout(work, image, made, folder, mode, &format!("{name}-oci.tar"))?);
    Ok(outputs)
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
fn layer_mode(layer: LayerName, mode: Mode) -> Mode {
    match layer {
        LayerName::Distribution | LayerName::Container => 0o644,
        LayerName::User | LayerName::Configuration => mode,
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
