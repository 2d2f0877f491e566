//! The usual way to each output, with plain tools and without any decision.
//!
//! In: the inputs, and a folder for a round. Out: contenders, each of which unpacks the fresh zip, copies folders of the
//! home over it, and makes the output of the tree. Always: a tool that is not installed is named.
//!
//! What is fair to compare with a build context: one with the same three layers as tar.gz, made by hand; and one with
//! the tree unpacked, once it is built, for only the build makes layers of it.

use super::contenders::{Action, Contender, fresh_folder};
use super::process::{finish, installed};
use super::{Group, Kind};
use crate::output::Output;
use crate::sample::{FRESH_TOP, SamplePaths};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders of a home that people copy over by hand.
const COPIED: [&str; 5] = ["conf", "dropins", "lib", "registry", "repository/deployment"];
/// Where the server lies in an image.
const ABOVE: &str = "home/wso2carbon";
/// The user and the group of the server in an image.
const OWNER: &str = "802:802";

/// A tool, and a question that it answers where it is installed.
type Tool = (&'static str, &'static str);
const UNZIP: Tool = ("unzip", "-v");
const CP: Tool = ("cp", "--version");
const ZIP: Tool = ("zip", "-v");
const TAR: Tool = ("tar", "--version");
const GZIP: Tool = ("gzip", "--version");
const PIGZ: Tool = ("pigz", "--version");
const UMOCI: Tool = ("umoci", "--version");
const BUILDAH: Tool = ("buildah", "--version");

/// Makes the output in a folder that is new; gives the peak memory of the last program.
type Make = fn(&SamplePaths, &Path) -> Result<Option<u64>>;

/// Every one of them.
const USUAL: [(Output, &str, &[Tool], Make); 8] = [
    (Output::Zip, "unzip + cp -r + zip -r -6", &[UNZIP, CP, ZIP], zip),
    (Output::TarGz, "unzip + cp -r + tar | gzip -6", &[UNZIP, CP, TAR, GZIP], |paths, folder| {
        tar_gz(paths, folder, GZIP)
    }),
    (Output::TarGz, "unzip + cp -r + tar | pigz -6", &[UNZIP, CP, TAR, PIGZ], |paths, folder| {
        tar_gz(paths, folder, PIGZ)
    }),
    (
        Output::DockerContext,
        "unzip + cp -r + tar | gzip -6 of three layers",
        &[UNZIP, CP, TAR, GZIP],
        |paths, folder| layers(paths, folder, GZIP),
    ),
    (
        Output::DockerContext,
        "unzip + cp -r + tar | pigz -6 of three layers",
        &[UNZIP, CP, TAR, PIGZ],
        |paths, folder| layers(paths, folder, PIGZ),
    ),
    (Output::DockerContext, "unzip + cp -r + buildah bud", &[UNZIP, CP, BUILDAH], build),
    (Output::Oci, "unzip + cp -r + umoci init, new, insert", &[UNZIP, CP, UMOCI], umoci),
    (Output::Oci, "unzip + cp -r + buildah from, copy, commit", &[UNZIP, CP, BUILDAH], buildah),
];

/// The contenders.
pub(super) fn usual(paths: &SamplePaths, round: &Path) -> Vec<Contender> {
    let contender = |&(output, name, tools, make): &(Output, &str, &[Tool], Make)| {
        let missing = tools.iter().find(|(tool, ask)| !installed(tool, ask));
        let note = missing.map(|(tool, _)| format!("skipped: `{tool}` is not installed"));
        let (paths, round) = (paths.clone(), round.to_owned());
        let action: Action = Box::new(move || make(&paths, &fresh_folder(&round)?));
        let action = Some(action).filter(|_| note.is_none());
        Contender { name: name.to_owned(), group: Group::Output(output), kind: Kind::Usual, action, note }
    };
    USUAL.iter().map(contender).collect()
}

/// Unpacks the fresh zip; gives the tree.
fn unpacked(paths: &SamplePaths, folder: &Path) -> Result<PathBuf> {
    finish(Command::new("unzip").arg("-q").arg(&paths.fresh).arg("-d").arg(folder))?;
    Ok(folder.join(FRESH_TOP))
}

/// Copies folders of the home into a tree.
fn copied(paths: &SamplePaths, tree: &Path, folders: &[&str]) -> Result<()> {
    for copied in folders {
        let from = paths.home.join(copied);
        if from.is_dir() {
            let to = tree.join(copied);
            fs::create_dir_all(&to).with_context(|| format!("`{}` cannot be made", to.display()))?;
            finish(Command::new("cp").arg("-r").arg(from.join(".")).arg(&to))?;
        }
    }
    Ok(())
}

fn upgraded(paths: &SamplePaths, folder: &Path) -> Result<PathBuf> {
    let tree = unpacked(paths, folder)?;
    copied(paths, &tree, &COPIED)?;
    Ok(tree)
}

fn zip(paths: &SamplePaths, folder: &Path) -> Result<Option<u64>> {
    upgraded(paths, folder)?;
    finish(Command::new("zip").args(["-q", "-r", "-6", "upgraded.zip", FRESH_TOP]).current_dir(folder))
}

/// Packs what lies in a folder, by way of a compressor.
fn pack(folder: &Path, what: &str, to: &Path, (compressor, _): Tool) -> Result<()> {
    let mut tar = Command::new("tar");
    tar.arg(format!("--use-compress-program={compressor} -6")).arg("-cf").arg(to).arg("-C").arg(folder).arg(what);
    finish(&mut tar).map(|_| ())
}

fn tar_gz(paths: &SamplePaths, folder: &Path, compressor: Tool) -> Result<Option<u64>> {
    upgraded(paths, folder)?;
    pack(folder, FRESH_TOP, &folder.join("upgraded.tar.gz"), compressor)?;
    Ok(None)
}

fn layers(paths: &SamplePaths, folder: &Path, compressor: Tool) -> Result<Option<u64>> {
    let layer = |name: &str| {
        let above = folder.join(name).join(ABOVE);
        fs::create_dir_all(&above).with_context(|| format!("`{}` cannot be made", above.display()))?;
        anyhow::Ok(above)
    };
    unpacked(paths, &layer("distribution")?)?;
    let (configuration, user) = COPIED.split_at(1);
    copied(paths, &layer("user")?.join(FRESH_TOP), user)?;
    copied(paths, &layer("configuration")?.join(FRESH_TOP), configuration)?;
    for name in ["distribution", "user", "configuration"] {
        pack(&folder.join(name), "home", &folder.join(format!("{name}.tar.gz")), compressor)?;
    }
    Ok(None)
}

fn umoci(paths: &SamplePaths, folder: &Path) -> Result<Option<u64>> {
    let tree = upgraded(paths, folder)?;
    let umoci = || {
        let mut command = Command::new("umoci");
        command.current_dir(folder);
        command
    };
    finish(umoci().args(["init", "--layout", "oci"]))?;
    finish(umoci().args(["new", "--image", "oci:latest"]))?;
    let place = format!("/{ABOVE}/{FRESH_TOP}");
    finish(umoci().args(["insert", "--image", "oci:latest"]).arg(tree).arg(place))
}

/// Buildah with its own storage in the folder, and without any privilege but to write there.
fn of_buildah(folder: &Path) -> Command {
    let mut command = Command::new("buildah");
    command.current_dir(folder).args(["--root", "storage", "--runroot", "run", "--storage-driver", "vfs"]);
    command
}

fn build(paths: &SamplePaths, folder: &Path) -> Result<Option<u64>> {
    let context = folder.join("context");
    upgraded(paths, &context)?;
    let text = format!("FROM scratch\nCOPY --chown={OWNER} {FRESH_TOP} /{ABOVE}/{FRESH_TOP}\n");
    fs::write(context.join("Dockerfile"), text).context("a Dockerfile cannot be written")?;
    finish(of_buildah(folder).args(["bud", "--isolation", "chroot", "--tag", "upgraded", "context"]))
}

fn buildah(paths: &SamplePaths, folder: &Path) -> Result<Option<u64>> {
    let tree = upgraded(paths, folder)?;
    finish(of_buildah(folder).args(["from", "--name", "upgraded", "scratch"]))?;
    let place = format!("/{ABOVE}/{FRESH_TOP}");
    finish(of_buildah(folder).args(["copy", "--chown", OWNER, "upgraded"]).arg(tree).arg(place))?;
    finish(of_buildah(folder).args(["commit", "upgraded", "oci:oci:latest"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_that_is_installed_makes_something_of_the_sample() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = crate::sample::write(&folder.path().join("inputs")).expect("a sample");
        for (number, mut contender) in usual(&paths, &folder.path().join("round")).into_iter().enumerate() {
            // Buildah needs more of the system than a test may ask for.
            if contender.name.contains("buildah") {
                continue;
            }
            let Some(action) = &mut contender.action else {
                let note = contender.note.expect("a reason");
                assert!(note.starts_with("skipped: `") && note.ends_with("` is not installed"), "{note}");
                continue;
            };
            action().expect("it works");
            let made: &[&str] = match contender.group {
                Group::Output(Output::Zip) => &["upgraded.zip"],
                Group::Output(Output::TarGz) => &["upgraded.tar.gz"],
                Group::Output(Output::DockerContext) => &["distribution.tar.gz", "user.tar.gz", "configuration.tar.gz"],
                _ => &["oci/index.json", "oci/blobs/sha256"],
            };
            for made in made {
                assert!(folder.path().join("round").join(made).exists(), "{number}: {made}");
            }
            super::super::contenders::clear(folder.path()).expect("cleared");
        }
    }
}
