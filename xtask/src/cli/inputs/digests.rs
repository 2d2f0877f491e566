//! What tells each input from others, for the provenance of a bundle.
//!
//! In: the inputs as they were given, and what was read of them. Out: one [`Dependency`] each. Always: an archive has
//! the digest of the file as it is, which can be compared with a published one; a file that changed since it was
//! listed is an error; of a folder nothing is read again but an overlay's `overlay.toml`.

use super::Gathered;
use crate::digest::{self, Digest};
use crate::inventory::Inventory;
use crate::read;
use crate::report::provenance::{Dependency, Sum};
use anyhow::{Context as _, bail};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// An input as it was when it was listed.
#[derive(Clone, Debug)]
pub(super) struct Given {
    input: &'static str,
    path: PathBuf,
    /// Size and time of change of a file; `None` for a folder.
    file: Option<(u64, i128)>,
}

impl Given {
    /// Looks at an input before it is listed.
    pub(super) fn at(input: &'static str, path: &Path) -> anyhow::Result<Self> {
        let metadata = fs::metadata(path).with_context(|| format!("`{}` cannot be found", path.display()))?;
        let file = metadata.is_file().then(|| (metadata.len(), read::changed_at(&metadata)));
        Ok(Self { input, path: path.to_owned(), file })
    }
}

/// The inputs with their digests, in the order in which reports list them. Reads each archive once, from its beginning
/// to its end.
pub(in crate::cli) fn dependencies(gathered: &Gathered) -> anyhow::Result<Vec<Dependency>> {
    let inputs = &gathered.inputs;
    let mut packs = inputs.hl7.iter();
    let mut overlays = inputs.overlays.iter().map(|overlay| &overlay.files);
    let mut found = Vec::new();
    for given in &gathered.given {
        let read = match given.input {
            "home" => Some(&inputs.customised),
            "fresh" => Some(&inputs.fresh),
            "pristine" => inputs.pristine.as_ref(),
            "hl7" => packs.next(),
            _ => overlays.next(),
        };
        let sum = match (given.file, read) {
            (Some(listed), _) => Sum::File(of_file(&given.path, listed)?),
            (None, Some(inventory)) if given.input == "overlay" => Sum::Folder(of_overlay(&given.path, inventory)?),
            (None, Some(inventory)) => Sum::Folder(of_folder(inventory)),
            (None, None) => bail!("`{}` was not read", given.path.display()),
        };
        found.push(Dependency { input: given.input, name: super::short_name(&given.path), sum });
    }
    if let (Some(name), Some(text)) = (&gathered.policy_name, &gathered.policy.text) {
        let sum = Sum::File(Digest::of(text.as_bytes()));
        found.push(Dependency { input: "policy", name: name.clone(), sum });
    }
    Ok(found)
}

/// Of a file as it is, which is still the one that was listed.
fn of_file(path: &Path, listed: (u64, i128)) -> anyhow::Result<Digest> {
    let failed = || format!("`{}` cannot be read", path.display());
    let mut file = File::open(path).with_context(failed)?;
    let found = digest::of_reader(&mut file).with_context(failed)?;
    let metadata = file.metadata().with_context(failed)?;
    if (metadata.len(), read::changed_at(&metadata)) != listed {
        bail!("`{}` has changed since it was listed: stop what writes to it, and run again", path.display());
    }
    Ok(found)
}

/// Of the files of a folder that were read.
fn of_folder(inventory: &Inventory) -> Digest {
    let files = inventory.entries.iter().filter(|(_, entry)| entry.is_file());
    Digest::of_tree(files.filter_map(|(path, entry)| Some((path.as_str(), entry.digest?))))
}

/// Of an overlay's own files, and of its description.
fn of_overlay(folder: &Path, files: &Inventory) -> anyhow::Result<Digest> {
    let description = folder.join("overlay.toml");
    let text = fs::read(&description).with_context(|| format!("`{}` cannot be read", description.display()))?;
    let files = files.entries.iter().filter(|(_, entry)| entry.is_file());
    let files: Vec<_> =
        files.filter_map(|(path, entry)| Some((path.under("files").to_string(), entry.digest?))).collect();
    let own = std::iter::once(("overlay.toml", Digest::of(&text)));
    Ok(Digest::of_tree(own.chain(files.iter().map(|(name, digest)| (name.as_str(), *digest)))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Entry, Kind};
    use crate::path::EntryPath;

    #[test]
    fn a_folder_has_the_digest_of_what_was_read_of_it() {
        let entries = [
            (EntryPath::known("b"), Entry::memory(0o644, *b"b")),
            (EntryPath::known("a/x"), Entry::memory(0o644, *b"x")),
            (EntryPath::known("a"), Entry::folder()),
            (EntryPath::known("logs/x.log"), Entry::of(Kind::File, 0o644, crate::inventory::Content::Nothing)),
        ];
        let inventory = Inventory { entries: entries.into(), ..Inventory::default() };
        let text = format!("{}  a/x\n{}  b\n", Digest::of(b"x"), Digest::of(b"b"));
        assert_eq!(of_folder(&inventory), Digest::of(text.as_bytes()));
    }

    #[test]
    fn an_overlay_is_its_description_and_its_files() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("overlay.toml"), "description = \"x\"\n").expect("written");
        let entries = [(EntryPath::known("conf/a"), Entry::memory(0o644, *b"a"))];
        let inventory = Inventory { entries: entries.into(), ..Inventory::default() };
        let text =
            format!("{}  files/conf/a\n{}  overlay.toml\n", Digest::of(b"a"), Digest::of(b"description = \"x\"\n"));
        assert_eq!(of_overlay(folder.path(), &inventory).expect("read"), Digest::of(text.as_bytes()));
    }

    #[test]
    fn an_archive_that_changed_since_it_was_listed_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.zip");
        fs::write(&file, "one").expect("written");
        let given = Given::at("fresh", &file).expect("it is there");
        let listed = given.file.expect("a file");
        assert_eq!(of_file(&file, listed).expect("read"), Digest::of(b"one"));
        fs::write(&file, "two, and more").expect("written");
        let error = of_file(&file, listed).expect_err("it changed");
        assert!(error.to_string().contains("has changed since it was listed"), "{error}");
        assert!(Given::at("fresh", &folder.path().join("none")).is_err());
    }
}
