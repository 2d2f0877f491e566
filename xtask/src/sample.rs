//! A complete small sample: a used home of 1.2.0, both distributions and an HL7 pack, made in code.
//!
//! In: a folder to write to. Out: the inputs of an upgrade, or the same as plain trees that tests change at will.
//! Always: the same bytes at every run; own texts only, nothing of the product; its keys and passwords are in this repository and protect nothing.

mod tree;
mod jar;
mod keystore;
mod carbon_application;
mod distribution;
mod home;

pub use carbon_application::{Artifact, carbon_application};
pub use jar::{bundle, class, jar, plain_jar, plain_zip, wrapper};
pub use tree::{
    Node, Tree, edit, put, put_folder, put_symlink, put_with_mode, tar_gz_tree, write_tree, zip_tree, zip_tree_to,
};

use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the inputs of an upgrade lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SamplePaths {
    /// The used home of 1.2.0, a folder.
    pub home: PathBuf,
    /// The fresh distribution 4.0.0, a zip.
    pub fresh: PathBuf,
    /// The pristine distribution 1.2.0, a zip.
    pub pristine: PathBuf,
    /// The HL7 pack, a zip.
    pub hl7: PathBuf,
}

impl SamplePaths {
    /// Where the inputs lie below a folder.
    pub fn below(folder: &Path) -> Self {
        Self {
            home: folder.join("home").join(PRISTINE_TOP),
            fresh: folder.join(format!("{FRESH_TOP}.zip")),
            pristine: folder.join(format!("{PRISTINE_TOP}.zip")),
            hl7: folder.join("wso2mi-hl7-4.0.0.zip"),
        }
    }
}

/// The top folder of the pristine distribution and the name of the home.
pub const PRISTINE_TOP: &str = "wso2mi-1.2.0";

/// The top folder of the fresh distribution.
pub const FRESH_TOP: &str = "wso2mi-4.0.0";

/// The distribution 1.2.0 in miniature.
pub fn pristine() -> Tree {
    distribution::distribution(&distribution::PRISTINE)
}

/// The distribution 4.0.0 in miniature.
pub fn fresh() -> Tree {
    distribution::distribution(&distribution::FRESH)
}

/// A home of 1.2.0 that somebody has used and changed.
pub fn home() -> Tree {
    home::used(pristine())
}

/// The HL7 pack of 4.0.0: two jars, without a folder around them.
pub fn hl7_pack() -> Tree {
    distribution::hl7_pack("4.0.0")
}

/// Writes the sample into a folder, which must be new or empty.
pub fn write(folder: &Path) -> Result<SamplePaths> {
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("`{shown}` cannot be made"))?;
    if fs::read_dir(folder).with_context(|| format!("`{shown}` cannot be read"))?.next().is_some() {
        bail!("`{shown}` is not empty; the sample goes into a new folder, so that nothing is written over");
    }
    let paths = SamplePaths::below(folder);
    let write = |path: &Path, top: Option<&str>, tree: &Tree| {
        fs::write(path, zip_tree(top, tree)?).with_context(|| format!("`{}` cannot be written", path.display()))
    };
    write(&paths.pristine, Some(PRISTINE_TOP), &pristine())?;
    write(&paths.fresh, Some(FRESH_TOP), &fresh())?;
    write(&paths.hl7, None, &hl7_pack())?;
    write_tree(&paths.home, &home())?;
    Ok(paths)
}

#[cfg(test)]
mod tests;
