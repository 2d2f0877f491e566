//! What to measure with.
//!
//! In: a folder, or a size. Out: the inputs of an upgrade. Always: made inputs are the sample and jars that no
//! compressor makes smaller, the same at every run.

use crate::sample::{self, Node, SamplePaths, Tree};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// The inputs in a folder, all of which must be there.
pub(super) fn given(folder: &Path) -> Result<SamplePaths> {
    let paths = SamplePaths::below(folder);
    for path in [&paths.home, &paths.fresh, &paths.pristine, &paths.hl7] {
        if !path.exists() {
            bail!(
                "`{}` is not there; `--inputs` names a folder with the home, both distributions and the HL7 pack",
                path.display()
            );
        }
    }
    // The packager runs in a process of its own; a path that starts here means the same there.
    fs::canonicalize(folder)
        .map(|folder| SamplePaths::below(&folder))
        .with_context(|| format!("`{}` cannot be read", folder.display()))
}

/// Size of one made jar, about that of a bundle.
const JAR: usize = 512 * 1024;

/// Writes inputs with distributions of about `size` MiB.
pub(super) fn made(folder: &Path, size: u32) -> Result<SamplePaths> {
    let paths = SamplePaths::below(folder);
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    let count = u64::from(size) * 1024 * 1024 / JAR as u64;
    let distribution = |path: &Path, top: &str, tree: &Tree, release: &str| -> Result<()> {
        let place = || format!("`{}` cannot be written", path.display());
        let file = BufWriter::new(File::create(path).with_context(place)?);
        sample::zip_tree_to(file, Some(top), tree, jars(count, release))?.flush().with_context(place)
    };
    distribution(&paths.pristine, sample::PRISTINE_TOP, &sample::pristine(), "1.2.0")?;
    distribution(&paths.fresh, sample::FRESH_TOP, &sample::fresh(), "4.0.0")?;
    let hl7 = sample::zip_tree(None, &sample::hl7_pack())?;
    fs::write(&paths.hl7, hl7).with_context(|| format!("`{}` cannot be written", paths.hl7.display()))?;
    sample::write_tree(&paths.home, &sample::home())?;
    // A tenth of what the distribution has is the user's own.
    for (path, node) in jars(count, "1.2.0").chain(user_jars(count / 10)) {
        sample::write_tree(&paths.home, &[(path, node)].into())?;
    }
    Ok(paths)
}

fn jars(count: u64, release: &str) -> impl Iterator<Item = (String, Node)> + use<'_> {
    let file = move |number: u64| format!("wso2/components/plugins/sample.filler{number:04}_{release}.jar");
    (0..count).map(move |number| (file(number), filler(number * 2 + u64::from(release == "4.0.0"))))
}

fn user_jars(count: u64) -> impl Iterator<Item = (String, Node)> {
    (0..count).map(|number| (format!("lib/corp-filler-{number}.jar"), filler(number + (1 << 32))))
}

/// A jar of noise that depends on the seed alone.
fn filler(seed: u64) -> Node {
    let noise: Vec<u8> = noise(seed).flat_map(u64::to_le_bytes).take(JAR).collect();
    Node::File { mode: 0o644, bytes: sample::jar(&[], &[("filler/noise.bin", &noise)]) }
}

/// Numbers that look like chance.
///
/// Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014), the mixing of `SplitMix64`.
fn noise(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_inputs_have_their_size_and_all_parts() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = made(folder.path(), 2).expect("inputs");
        let size = fs::metadata(&paths.fresh).expect("the fresh zip").len();
        assert!((2 << 20..3 << 20).contains(&size), "{size} bytes");
        assert!(paths.home.join("wso2/components/plugins/sample.filler0003_1.2.0.jar").is_file());
        assert_eq!(given(folder.path()).expect("the same").fresh.file_name(), paths.fresh.file_name());
        assert!(given(&paths.home).is_err_and(|error| error.to_string().contains("is not there")));
    }

    #[test]
    fn noise_is_the_same_for_one_seed_only() {
        assert!(noise(1).take(8).eq(noise(1).take(8)) && !noise(1).take(8).eq(noise(2).take(8)));
    }
}
