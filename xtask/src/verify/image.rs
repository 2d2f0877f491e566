//! Images of a bundle: the layers of a build context, and a layout with its tar.
//!
//! In: the bundle, and what the manifest says of them. Out: findings. Always: layers are inflated and read entry by entry;
//! documents of a layout are bounded; of a base image only the digests are looked at, as nothing is promised of it.

use super::outputs::{Bundle, Seen, file};
use super::tree::Tree;
use crate::archive::tar_exact::{self, Digested};
use crate::digest::Digest;
use crate::image::{self, LayerName};
use crate::inventory::{Kind, Mode};
use crate::output::Output;
use crate::report::manifest;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

/// The largest document of a layout that is read.
const LARGEST_DOCUMENT: u64 = 4 * 1024 * 1024;
/// Where the blobs of a layout lie.
const BLOBS: &str = "oci/blobs/sha256";

/// What every image has beside the tree: name, kind, mode and owner.
const FOLDERS: [(&str, Kind, Mode, u32); 2] =
    [("home", Kind::Folder, 0o755, 0), (image::USER_HOME, Kind::Folder, 0o755, image::USER_ID)];
/// What the layer of the container adds.
const OF_CONTAINER: [(&str, Kind, Mode, u32); 5] = [
    ("etc", Kind::Folder, 0o755, 0),
    ("etc/group", Kind::File, 0o644, 0),
    ("etc/passwd", Kind::File, 0o644, 0),
    (image::ENTRYPOINT, Kind::File, 0o755, image::USER_ID),
    (image::HEALTH_CHECK, Kind::File, 0o755, image::USER_ID),
];

/// A build context: the layers lie beside the files of the builder.
pub(super) fn context(bundle: &Bundle<'_>, output: &manifest::Output, seen: &mut Seen) {
    let expected = [LayerName::Distribution, LayerName::User, LayerName::Configuration];
    let top = Output::DockerContext.name();
    let mut shipped = BTreeSet::new();
    let Some(tree) =
        layers(bundle, output, &expected, &mut shipped, seen, &|layer, _| format!("{top}/{}.tar.gz", layer.as_str()))
    else {
        return;
    };
    // What the tree does not have of the distribution is taken away by the builder.
    for problem in tree.differences(bundle.promised, &FOLDERS, &|name| shipped.contains(name)) {
        seen.off(top, problem);
    }
    seen.checks.push(format!(
        "the layers of `{top}`, one over the other, are the {} entries of the manifest, with their owner",
        bundle.promised.len()
    ));
}

/// A layout, and its tar.
pub(super) fn layout(bundle: &Bundle<'_>, output: &manifest::Output, seen: &mut Seen) {
    let expected = [LayerName::Distribution, LayerName::Container, LayerName::User, LayerName::Configuration];
    let top = Output::Oci.name();
    let mut shipped = BTreeSet::new();
    let blob = |_, digest: &str| format!("{BLOBS}/{digest}");
    let tar = format!("{}-oci.tar", bundle.manifest.name);
    // Both read as many bytes: each has a core.
    let (tree, of_tar) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| tar_of(bundle, &tar));
        let tree = layers(bundle, output, &expected, &mut shipped, seen, &blob);
        (tree, reading.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    if let Some(tree) = tree {
        let others: Vec<_> = FOLDERS.into_iter().chain(OF_CONTAINER).collect();
        for problem in tree.differences(bundle.promised, &others, &|_| false) {
            seen.off(top, problem);
        }
    }
    if let Err(problem) = documents(bundle, output) {
        seen.off(top, problem);
    }
    if file(bundle, output, &tar, seen).is_some()
        && let Err(problem) = of_tar
    {
        seen.off(&tar, format!("it {problem}"));
    }
    let digest = output.image.as_deref().unwrap_or_default();
    seen.checks.extend([
        format!("`{top}` is the image sha256:{digest}; each blob has the digest that is its name"),
        format!(
            "its own layers, one over the other, are the {} entries of the manifest, with their owner",
            bundle.promised.len()
        ),
        format!("`{tar}` holds the files of `{top}` and what `docker load` needs, and nothing else"),
    ]);
}

/// Reads layers, one over the other; `None` where one cannot be read. `shipped` gets the names of the lowest.
fn layers(
    bundle: &Bundle<'_>,
    output: &manifest::Output,
    expected: &[LayerName],
    shipped: &mut BTreeSet<String>,
    seen: &mut Seen,
    path: &(dyn Fn(LayerName, &str) -> String + Sync),
) -> Option<Tree> {
    if !output.layers.iter().map(|layer| layer.name.as_str()).eq(expected.iter().map(|layer| layer.as_str())) {
        seen.off(&output.path, format!("`{}` does not give the layers that it must have", manifest::NAME));
        return None;
    }
    let Some(time) = bundle.manifest.timestamp() else {
        seen.off(&output.path, format!("`{}` is no time that an entry can have", bundle.manifest.time));
        return None;
    };
    let mut tree = Tree::default();
    let mut is_whole = true;
    for (layer, name) in output.layers.iter().zip(expected) {
        let path = path(*name, &layer.sha256);
        let size = bundle.files.get(&path);
        let digest = bundle.digests.get(&path).map(Digest::to_string);
        if size != Some(&layer.size) || digest.as_ref() != Some(&layer.sha256) {
            seen.off(&path, format!("it is not the layer `{}` that `{}` gives", layer.name, manifest::NAME));
            is_whole = false;
            continue;
        }
        let mut each = |found: tar_exact::Found| {
            if *name == LayerName::Distribution {
                shipped.insert(found.name.clone());
            }
            tree.lay(found, *name == LayerName::Container)
        };
        let read = File::open(bundle.folder.join(&path)).map_err(|error| format!("cannot be read: {error}"));
        match read.and_then(|file| tar_exact::read(file, time, Digested::Tar, &mut each)) {
            Err(problem) => {
                seen.off(&path, format!("it {problem}"));
                is_whole = false;
            }
            Ok(digest) if digest.is_none_or(|digest| digest.to_string() != layer.diff_id) => {
                seen.off(&path, format!("its tar has another SHA-256 than `{}` gives", manifest::NAME));
            }
            Ok(_) => {}
        }
    }
    is_whole.then_some(tree)
}

/// The documents of a layout, and that there is no other blob.
fn documents(bundle: &Bundle<'_>, output: &manifest::Output) -> Result<(), String> {
    let mut blobs: BTreeSet<String> = BTreeSet::new();
    for name in bundle.files.keys() {
        let Some(inside) = name.strip_prefix("oci/") else { continue };
        match inside.strip_prefix("blobs/sha256/") {
            Some(blob) => {
                if bundle.digests.get(name).is_none_or(|digest| digest.to_string() != blob) {
                    return Err(format!("the blob `{inside}` has another digest than its name"));
                }
                blobs.insert(blob.to_owned());
            }
            None if matches!(inside, "index.json" | "oci-layout") => {}
            None => return Err(format!("`{inside}` does not belong into a layout")),
        }
    }
    let version = document(bundle, "oci/oci-layout")?;
    if version.get("imageLayoutVersion").and_then(Value::as_str) != Some("1.0.0") {
        return Err("`oci-layout` does not say version 1.0.0".to_owned());
    }
    let promised = output.image.as_deref().ok_or("the manifest gives no image")?;
    let index = document(bundle, "oci/index.json")?;
    let manifests = index.get("manifests").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let [descriptor] = manifests else { return Err("`index.json` does not name one image".to_owned()) };
    let image_blob = blob(bundle, descriptor, &mut blobs)?;
    if image_blob != promised {
        return Err("`index.json` names another image than the manifest".to_owned());
    }
    let manifest = document(bundle, &format!("{BLOBS}/{image_blob}"))?;
    let config = blob(bundle, manifest.get("config").unwrap_or(&Value::Null), &mut blobs)?;
    let layers = manifest.get("layers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let layers = layers.iter().map(|layer| blob(bundle, layer, &mut blobs)).collect::<Result<Vec<_>, _>>()?;
    let ours: Vec<_> = output.layers.iter().map(|layer| layer.sha256.clone()).collect();
    if !layers.ends_with(&ours) {
        return Err("the layers of the image do not end with those of the manifest".to_owned());
    }
    let config = document(bundle, &format!("{BLOBS}/{config}"))?;
    let diff_ids = config.pointer("/rootfs/diff_ids").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let diff_ids: Vec<_> = diff_ids.iter().filter_map(Value::as_str).collect();
    let ours: Vec<_> = output.layers.iter().map(|layer| format!("sha256:{}", layer.diff_id)).collect();
    let tail = diff_ids.len().checked_sub(ours.len()).and_then(|start| diff_ids.get(start..)).unwrap_or_default();
    if diff_ids.len() != layers.len() || !tail.iter().eq(ours.iter()) {
        return Err("the configuration of the image gives other layers than the manifest".to_owned());
    }
    let starts = config.pointer("/config/Entrypoint").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let starts_as_promised = matches!(starts, [script] if script.as_str().and_then(|path| path.strip_prefix('/')) == Some(image::ENTRYPOINT));
    let user = config.pointer("/config/User").and_then(Value::as_str);
    let expected_user = format!("{}:{}", image::USER_ID, image::GROUP_ID);
    if !starts_as_promised || user != Some(&expected_user) || config.pointer("/config/Cmd").is_some() {
        return Err("the configuration of the image starts something else, or as somebody else".to_owned());
    }
    match blobs.first() {
        Some(blob) => Err(format!("the blob `{blob}` belongs to no image")),
        None => Ok(()),
    }
}

/// The blob that a descriptor names: it is there, with the size given. It is then known.
fn blob(bundle: &Bundle<'_>, descriptor: &Value, blobs: &mut BTreeSet<String>) -> Result<String, String> {
    let digest = descriptor.get("digest").and_then(Value::as_str).and_then(|digest| digest.strip_prefix("sha256:"));
    let digest = digest.ok_or("a document names a blob without a digest")?;
    let size = bundle.files.get(&format!("{BLOBS}/{digest}"));
    if size.is_none() || size.copied() != descriptor.get("size").and_then(Value::as_u64) {
        return Err(format!("the blob `{}` is missing, or has another size", digest.escape_debug()));
    }
    blobs.remove(digest);
    Ok(digest.to_owned())
}

fn document(bundle: &Bundle<'_>, name: &str) -> Result<Value, String> {
    let bytes = super::read_bounded(&bundle.folder.join(name), LARGEST_DOCUMENT)
        .map_err(|problem| format!("`{name}` {problem}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("`{name}` is not understood: {error}"))
}

/// The tar of a layout: its files and no others, in their order, and the document for `docker load`.
fn tar_of(bundle: &Bundle<'_>, name: &str) -> Result<(), String> {
    let time = bundle.manifest.timestamp().ok_or("has no time that an entry can have")?;
    let of_layout = |name: &String| Some((name.strip_prefix("oci/")?.to_owned(), bundle.digests.get(name).copied()));
    let mut expected: BTreeMap<String, Option<Digest>> = bundle.files.keys().filter_map(of_layout).collect();
    let folders = ["blobs", "blobs/sha256"].into_iter().map(|folder| (folder.to_owned(), None));
    expected.extend(folders);
    expected.insert(MANIFEST.to_owned(), None);
    let mut expected = expected.into_iter();
    let mut file = File::open(bundle.folder.join(name)).map_err(|error| format!("cannot be read: {error}"))?;
    let mut docker = None;
    tar_exact::read_plain(&mut file, time, Digested::Files, &mut |found| {
        let (name, digest) = expected.next().ok_or("has more files than the layout")?;
        let is_right = found.name == name
            && found.owner == 0
            && match &found.kind {
                Kind::File => digest.is_none_or(|digest| found.content.map(|(_, found)| found) == Some(digest)),
                _ => digest.is_none() && name != MANIFEST,
            };
        if name == MANIFEST {
            docker = found.content;
        }
        if is_right { Ok(()) } else { Err(format!("has `{}` otherwise than the layout", found.name.escape_debug())) }
    })?;
    match (expected.next(), docker) {
        (Some((name, _)), _) => Err(format!("does not have `{name}`")),
        (None, None) => Err(format!("has no `{MANIFEST}`")),
        (None, Some(_)) => Ok(()),
    }
}

/// The document by which `docker load` finds its way.
const MANIFEST: &str = "manifest.json";
