//! An image of the upgraded server, as documents: what a container runtime reads, and what a container builder reads.
//!
//! In: names, ports, a time, the layers, and what is known of a base image. Out: configuration, manifest and index of
//! the image ([`documents`]), the lines of its user ([`account()`]), the files of a build context ([`context_files`]).
//! Always: pure; the same bytes for the same inputs; what came from a base image was checked when it was read
//! ([`BaseConfig::read`]).

mod account;
mod base;
mod context;
mod document;
mod name;
mod platform;

pub use account::{Account, account};
pub use base::{Base, BaseConfig, BaseLayer, Compression, Step};
pub use context::context_files;
pub use document::{Documents, documents};
pub use name::Reference;
pub use platform::Platform;

use crate::digest::Digest;
use crate::timestamp::Timestamp;

/// The user that the server runs as. Source: docker-ei v4.0.0.1, `dockerfiles/ubuntu/micro-integrator/Dockerfile`: `ARG
/// USER=wso2carbon`, `USER_ID=802`, `USER_GROUP=wso2`, `USER_GROUP_ID=802`, `USER_HOME=/home/${USER}`; here as there.
pub const USER: &str = "wso2carbon";
/// The group of [`USER`].
pub const GROUP: &str = "wso2";
/// The number of [`USER`]: who owns every file of the server.
pub const USER_ID: u32 = 802;
/// The number of [`GROUP`].
pub const GROUP_ID: u32 = 802;
/// The home folder of [`USER`], as a path of an entry of a layer: without a `/` before it.
pub const USER_HOME: &str = "home/wso2carbon";
/// The folder of the server, as a path of an entry of a layer.
pub const SERVER_HOME: &str = "home/wso2carbon/wso2mi-4.0.0";
/// The script that the container starts with, as a path of an entry of a layer.
pub const ENTRYPOINT: &str = "home/wso2carbon/docker-entrypoint.sh";
/// The script that says whether the server is ready, as a path of an entry of a layer.
pub const HEALTH_CHECK: &str = "home/wso2carbon/docker-healthcheck.sh";
/// What a container runtime takes for "is not here", before the name of a file or folder of a layer below. Source: OCI
/// image-spec v1.1, layer.md, "Whiteouts".
pub const WHITEOUT: &str = ".wh.";
/// What [`ENTRYPOINT`] holds.
pub const ENTRYPOINT_SCRIPT: &str = include_str!("image/docker-entrypoint.sh");
/// What [`HEALTH_CHECK`] holds.
pub const HEALTH_CHECK_SCRIPT: &str = include_str!("image/docker-healthcheck.sh");

/// What is said of an image beside its layers.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// The name of the bundle, from which the name of the image is made ([`Reference::of_bundle`]).
    pub name: &'a str,
    /// When it was made.
    pub time: Timestamp,
    /// What it is for, where no base image says it.
    pub platform: Platform,
    /// TCP ports that the server listens on for others.
    pub ports: &'a [u16],
    /// The port of `/healthz`; `None` where it is not known, and then nothing asks for it.
    pub health_port: Option<u16>,
    /// `org.opencontainers.image.title`.
    pub title: &'a str,
    /// `org.opencontainers.image.version`.
    pub version: &'a str,
    /// `org.opencontainers.image.description`.
    pub description: &'a str,
}

/// What a layer of ours holds. In this order they lie in the image, above those of the base image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerName {
    /// The fresh distribution, as shipped.
    Distribution,
    /// What a container needs: removals, scripts, the user.
    Container,
    /// What came from the user.
    User,
    /// What lies below `conf/`.
    Configuration,
}

impl LayerName {
    /// As it stands in file names and in the history.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Distribution => "distribution",
            Self::Container => "container",
            Self::User => "user",
            Self::Configuration => "configuration",
        }
    }
}

/// A layer of ours: a tar, packed with gzip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it holds.
    pub name: LayerName,
    /// Of the packed bytes.
    pub digest: Digest,
    /// Number of the packed bytes.
    pub size: u64,
    /// Digest of the tar.
    pub diff_id: Digest,
}
