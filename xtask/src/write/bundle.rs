//! Every form of the result with everything that belongs to it, in a folder.
//!
//! In: what is to be written, and a folder that is new and empty. Out: the archives and images, `manifest.json`, the
//! documents that the caller makes of what was written, and `SHA256SUMS` over all of them, written last. Always: nobody
//! may read what has files of the user's who may not read every one of them, at no moment.

use super::image::{self, ImageWork};
use super::pass::{Passed, Places, pass};
use super::{Contents, Work, Written, WrittenEntry, WrittenOutput};
use crate::archive::failure::Failure;
use crate::archive::sums;
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
use anyhow::{Context, anyhow, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
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
    let mut folder = Folder { path: folder, sums: BTreeMap::new() };
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
        pass(work, placement, places, progress).map_err(|error| hinted(error, folder.path))?;
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

/// The folder of a bundle, and the sums of what was written into it.
pub(super) struct Folder<'a> {
    path: &'a Path,
    sums: BTreeMap<String, Digest>,
}

impl Folder<'_> {
    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        self.path
    }

    /// Whether a file of that name is finished.
    pub(super) fn has(&self, name: &str) -> bool {
        self.sums.contains_key(name)
    }

    /// The finished files below a folder, by their paths in it.
    pub(super) fn below(&self, folder: &str) -> BTreeSet<String> {
        let inside = |name: &String| Some(name.strip_prefix(folder)?.strip_prefix('/')?.to_owned());
        self.sums.keys().filter_map(inside).collect()
    }

    /// Makes a file that was not there, for its owner alone.
    fn start(&self, name: &str) -> anyhow::Result<File> {
        let is_taken = |other: &str| other.eq_ignore_ascii_case(name);
        if !sums::is_plain_path(name) || is_taken(sums::NAME) || self.sums.keys().any(|other| is_taken(other)) {
            bail!("a bundle cannot have a file `{name}` beside its others");
        }
        let path = self.path.join(name);
        let failed = || format!("`{}` cannot be written", path.display());
        if let Some((folders, _)) = name.rsplit_once('/') {
            make_folders(self.path, folders).with_context(failed)?;
        }
        new_file(&path).with_context(failed)
    }

    /// Gives a whole file its mode, whatever the umask is, and keeps its digest.
    fn finish(&mut self, name: &str, file: &File, mode: Mode, digest: Digest) -> anyhow::Result<()> {
        set_mode(file, mode).with_context(|| format!("`{}` cannot be written", self.path.join(name).display()))?;
        self.sums.insert(name.to_owned(), digest);
        Ok(())
    }

    /// Makes a file and has it filled.
    pub(super) fn create(
        &mut self,
        name: &str,
        mode: Mode,
        write: impl FnOnce(&File) -> anyhow::Result<Digest>,
    ) -> anyhow::Result<()> {
        let file = self.start(name)?;
        let digest = write(&file).map_err(|error| hinted(error, &self.path.join(name)))?;
        self.finish(name, &file, mode, digest)
    }

    /// Makes a file of bytes at hand.
    pub(super) fn document(&mut self, name: &str, bytes: &[u8], mode: Mode) -> anyhow::Result<()> {
        self.create(name, mode, |mut file| {
            file.write_all(bytes)?;
            Ok(Digest::of(bytes))
        })
    }

    /// Copies a finished file, whose digest is known and is looked at once more.
    fn copy(&mut self, from: &str, to: &str, mode: Mode, digest: Digest) -> anyhow::Result<()> {
        if self.has(to) {
            return Ok(());
        }
        let source = self.path.join(from);
        self.create(to, mode, |file| {
            let mut reader = File::open(&source).with_context(|| format!("`{from}` cannot be read"))?;
            let mut out = Fingerprinting::new(file);
            crate::digest::copy(&mut reader, &mut out)?;
            let found = out.finish().1.digest;
            if found == digest { Ok(found) } else { bail!("`{from}` changed after it was written") }
        })
    }

    /// Gives a finished file another name. One of the same content that has it already is as good.
    fn rename(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        let failed = || format!("`{}` cannot be written", self.path.join(to).display());
        std::fs::rename(self.path.join(from), self.path.join(to)).with_context(failed)?;
        if let Some(digest) = self.sums.remove(from) {
            self.sums.insert(to.to_owned(), digest);
        }
        Ok(())
    }

    /// Writes the checksums. They get their name when they are whole, for a folder with that name in it is a bundle.
    fn seal(&self) -> anyhow::Result<()> {
        let (unnamed, path) = (self.path.join(format!(".{}", sums::NAME)), self.path.join(sums::NAME));
        let failed = || format!("`{}` cannot be written", path.display());
        let mut file = new_file(&unnamed).with_context(failed)?;
        file.write_all(sums::render(&self.sums).as_bytes()).map_err(|error| hinted(error.into(), &path))?;
        set_mode(&file, 0o644).with_context(failed)?;
        drop(file);
        std::fs::rename(&unnamed, &path).with_context(failed)
    }
}

/// Makes the folders of a path, one below the other, where they are not there yet.
fn make_folders(folder: &Path, below: &str) -> io::Result<()> {
    let mut at = folder.to_owned();
    for name in below.split('/') {
        at.push(name);
        match std::fs::create_dir(&at) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => {
                made?;
                set_folder_mode(&at)?;
            }
        }
    }
    Ok(())
}

/// Says which file could not be written, and what helps against a full disk.
fn hinted(error: anyhow::Error, path: &Path) -> anyhow::Error {
    let kind = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
        return error.context(format!(
            "the disk is full while `{}` is written; make room, or give another folder by `--out`",
            path.display()
        ));
    }
    // An input that cannot be read says so itself.
    if error.is::<io::Error>() || matches!(error.downcast_ref(), Some(Failure::Write(_))) {
        return error.context(format!("`{}` cannot be written", path.display()));
    }
    error
}

#[cfg(unix)]
fn new_file(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn set_mode(file: &File, mode: Mode) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn set_folder_mode(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn set_folder_mode(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_mode(_: &File, _: Mode) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
