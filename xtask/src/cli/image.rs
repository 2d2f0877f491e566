//! The arguments of images, and what is said of an image.
//!
//! In: the path of a base image, a platform. Out: what the writer needs beside the layers. Always: a base image is opened
//! before anything else is done, so that a wrong one costs no time.

use super::package::{Forms, TOP};
use super::{inputs, terminal};
use crate::base_image::{self, BaseImage};
use crate::checks::Listening;
use crate::digest;
use crate::image::{self, Account, Platform, Settings};
use crate::output::Output;
use crate::report::provenance::{Dependency, Sum};
use crate::write::ImageWork;
use anyhow::{Context as _, bail};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The ports of the two transports that every server has, where nothing else is known. Source: MI v4.0.0
/// `default.json`, 8280 and 8243 with the offset 10.
const USUAL_PORTS: [u16; 2] = [8253, 8290];

/// What `package` is given for images.
#[derive(clap::Args, Debug)]
pub(super) struct ImageArgs {
    /// The image that the server's lies on, with Java 11: an image layout, a `docker save`, or a folder of skopeo's;
    /// without it, `oci` has the server alone, to copy from
    #[arg(long, value_name = "PATH")]
    base_image: Option<PathBuf>,
    /// The platform to take of a base image with several, such as linux/arm64
    #[arg(long, value_name = "OS/ARCH", value_parser = parse_platform)]
    platform: Option<Platform>,
}

fn parse_platform(text: &str) -> Result<Platform, String> {
    Platform::parse(text).map_err(|problem| format!("it {problem}"))
}

/// What an image is made with.
#[derive(Default)]
pub(super) struct Ground {
    /// The base image, open, with the lines of the server's user.
    base: Option<(BaseImage, Account)>,
    /// The base image as an input.
    pub(super) dependency: Option<Dependency>,
    platform: Platform,
}

impl Ground {
    /// Whether there is a base image.
    pub(super) fn has_base_image(&self) -> bool {
        self.base.is_some()
    }

    /// What the image is for.
    pub(super) fn platform(&self) -> &Platform {
        self.base.as_ref().map_or(&self.platform, |(base, _)| &base.image.platform)
    }
}

/// Opens the base image.
pub(super) fn open(args: &ImageArgs, outputs: &BTreeSet<Output>) -> anyhow::Result<Ground> {
    let platform = args.platform.clone().unwrap_or_default();
    let Some(path) = &args.base_image else { return Ok(Ground { platform, ..Ground::default() }) };
    if !outputs.contains(&Output::Oci) {
        bail!("--base-image is for --output oci; a docker-context names its base image by the argument BASE_IMAGE");
    }
    let image = base_image::open(path, args.platform.as_ref())?;
    let failed = || format!("the user of the server cannot be added to the base image `{}`", path.display());
    let files = image.account_files().with_context(failed)?;
    let account = image::account(files.passwd.as_deref(), files.group.as_deref());
    let account = account.map_err(|problem| anyhow::anyhow!(problem)).with_context(failed)?;
    if image.image.environment("JAVA_HOME").is_none() {
        terminal::say(&format!(
            "note: the base image `{}` does not set JAVA_HOME; the server needs Java 11, and does not start without",
            path.display()
        ));
    }
    if image.image.environment("WSO2_SERVER_HOME").is_some() {
        terminal::say(&format!(
            "note: the base image `{}` sets WSO2_SERVER_HOME: it seems to have a server of its own, whose files show \
             through where the upgraded one has none; give an image with Java alone",
            path.display()
        ));
    }
    let dependency = Some(dependency(path, &image)?);
    Ok(Ground { base: Some((image, account)), dependency, platform })
}

/// A base image by the digest of its manifest; an archive of Docker's, which has none, by that of the file.
fn dependency(path: &Path, image: &BaseImage) -> anyhow::Result<Dependency> {
    let digest = if let Some(digest) = image.image.digest {
        digest
    } else {
        let failed = || format!("the base image `{}` cannot be read", path.display());
        let mut file = File::open(path).with_context(failed)?;
        digest::of_reader(&mut file).with_context(failed)?
    };
    Ok(Dependency { input: "base-image", name: inputs::short_name(path), sum: Sum::File(digest) })
}

/// The ports that an image says it listens on.
pub(super) fn ports(listening: &Listening) -> Vec<u16> {
    match listening.transports.len() {
        0 => USUAL_PORTS.to_vec(),
        _ => listening.transports.iter().copied().collect(),
    }
}

/// What is said of the image.
pub(super) fn settings<'a>(forms: &Forms<'a>, ports: &'a [u16], health_port: Option<u16>) -> Settings<'a> {
    Settings {
        name: forms.name,
        time: forms.time,
        platform: forms.ground.platform().clone(),
        ports,
        health_port,
        title: TOP,
        version: "4.0.0",
        description: "WSO2 Micro Integrator 4.0.0, upgraded from 1.2.0",
    }
}

/// What the writer needs of it.
pub(super) fn work<'a>(settings: &'a Settings<'a>, ground: &'a Ground) -> ImageWork<'a> {
    let (base, account) = ground.base.as_ref().map(|(base, account)| (base, account)).unzip();
    ImageWork { settings, base, account }
}
