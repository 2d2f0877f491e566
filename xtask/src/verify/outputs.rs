//! Each form that a bundle is written in, against the manifest.
//!
//! In: the bundle, and what the manifest says of one form. Out: what was checked, and what is off. Always: a form has
//! exactly the files that it must have, and they are the tree of the manifest.

use super::{Findings, Promised, contents, image, tree};
use crate::archive::tar_exact::{self, Digested, Found};
use crate::digest::Digest;
use crate::output::Output;
use crate::path::EntryPath;
use crate::progress::Progress;
use crate::report::manifest::{self, Manifest};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// A bundle, as far as it is known: its files with their sizes and digests, its manifest, the tree that this promises.
pub(super) struct Bundle<'a> {
    pub(super) folder: &'a Path,
    pub(super) files: &'a BTreeMap<String, u64>,
    pub(super) digests: &'a BTreeMap<String, Digest>,
    pub(super) manifest: &'a Manifest,
    pub(super) promised: &'a [Promised],
    /// Entries of the zip whose bytes need not be inflated once more.
    pub(super) proven: &'a BTreeSet<EntryPath>,
}

/// What came of checking one form.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) checks: Vec<String>,
    pub(super) findings: Findings,
}

impl Seen {
    /// Something is off.
    pub(super) fn off(&mut self, file: &str, problem: impl std::fmt::Display) {
        self.findings.add(format!("`{file}`: {problem}"));
    }
}

/// Checks one form.
pub(super) fn check(bundle: &Bundle<'_>, output: &manifest::Output, progress: &dyn Progress) -> Seen {
    let mut seen = Seen::default();
    let Some(kind) = Output::named(&output.kind) else {
        seen.off(manifest::NAME, format!("`{}` is no form of a result", output.kind.escape_debug()));
        return seen;
    };
    if output.path != kind.file(&bundle.manifest.name) {
        let path = output.path.escape_debug();
        seen.off(manifest::NAME, format!("`{path}` is not where `{}` lies", kind.name()));
        return seen;
    }
    match kind {
        Output::Zip => zip(bundle, output, &mut seen, progress),
        Output::TarGz => tar_gz(bundle, output, &mut seen),
        Output::DockerContext => image::context(bundle, output, &mut seen),
        Output::Oci => image::layout(bundle, output, &mut seen),
    }
    seen
}

/// The archive as a file against the manifest. Gives its digest where it is there to be looked into.
pub(super) fn file(bundle: &Bundle<'_>, output: &manifest::Output, name: &str, seen: &mut Seen) -> Option<Digest> {
    let promised = output.file.as_ref().filter(|file| file.file == name);
    let found = bundle.files.get(name).zip(bundle.digests.get(name)).zip(promised);
    let Some(((size, digest), promised)) = found else {
        seen.off(name, format!("`{}` says that it is there, with its size and SHA-256", manifest::NAME));
        return None;
    };
    if *size != promised.size {
        seen.off(name, format!("it has {size} bytes, by `{}` {}", manifest::NAME, promised.size));
    }
    if digest.to_string() != promised.sha256 {
        seen.off(name, format!("it has another SHA-256 than `{}` gives", manifest::NAME));
    }
    Some(*digest)
}

fn zip(bundle: &Bundle<'_>, output: &manifest::Output, seen: &mut Seen, progress: &dyn Progress) {
    let Bundle { manifest, promised, proven, .. } = bundle;
    let name = &output.path;
    let Some(digest) = file(bundle, output, name, seen) else { return };
    contents::compare(&bundle.folder.join(name), name, manifest, promised, proven, &mut seen.findings, progress);
    seen.checks.extend([
        format!("`{name}` has the size and SHA-256 of the manifest, {digest}"),
        format!("its {} entries are those of the manifest, by path, kind, mode and size", promised.len()),
        "each file in it, inflated, has the SHA-256 of the manifest".to_owned(),
        format!(
            "every other byte of it is as this tool writes it: entries sorted, one time ({}), nothing before, between or \
             after them",
            manifest.time
        ),
    ]);
}

fn tar_gz(bundle: &Bundle<'_>, output: &manifest::Output, seen: &mut Seen) {
    let name = &output.path;
    let Some(digest) = file(bundle, output, name, seen) else { return };
    let Some(time) = bundle.manifest.timestamp() else {
        return seen.off(name, format!("`{}` is no time that an entry can have", bundle.manifest.time));
    };
    let mut promised = bundle.promised.iter();
    let mut others = Findings::default();
    let mut each = |found: Found| match promised.next() {
        None => Err(format!("has an entry `{}` after the last of the manifest", found.name.escape_debug())),
        Some(entry) if entry.path.as_str() != found.name => {
            Err(format!("has the entry `{}` where the manifest has `{}`", found.name.escape_debug(), entry.path))
        }
        Some(entry) => {
            if let Some(problem) = tree::difference(entry, &found, 0) {
                others.add(format!("`{name}`: the entry `{}` {problem}", entry.path));
            }
            Ok(())
        }
    };
    let read = File::open(bundle.folder.join(name)).map_err(|error| format!("cannot be read: {error}"));
    match read.and_then(|file| tar_exact::read(file, time, Digested::Files, &mut each)) {
        Err(problem) => seen.off(name, format!("it {problem}")),
        Ok(_) => {
            if let Some(entry) = promised.next() {
                seen.off(name, format!("the entry `{}` is missing", entry.path));
            }
        }
    }
    seen.findings.extend(others);
    seen.checks.extend([
        format!("`{name}` has the size and SHA-256 of the manifest, {digest}"),
        format!(
            "its {} entries are those of the manifest, with their contents, and nothing else is in it",
            bundle.promised.len()
        ),
    ]);
}
