//! Descriptors, manifests and indexes of an image, as they are read.
//!
//! In: JSON. Out: plain values. Always: checked for their shape; digests are SHA-256, so that a blob's name is known.

use crate::digest::Digest;
use crate::image::Platform;
use crate::path::EntryPath;
use anyhow::{Context as _, bail};
use serde_json::Value;

/// What a blob is. Source: OCI image-spec v1.1.0, `media-types.md`, and distribution v2.8.3, `docs/spec/manifest-v2-*.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Document {
    /// A manifest of one image.
    Manifest,
    /// A list of manifests.
    Index,
    /// The configuration of an image.
    Config,
    /// A manifest of Docker's first schema, which has neither sizes nor a configuration.
    FirstSchema,
    /// Something else.
    Other,
}

impl Document {
    pub(super) fn of(media_type: &str) -> Self {
        match media_type {
            "application/vnd.oci.image.manifest.v1+json" | "application/vnd.docker.distribution.manifest.v2+json" => {
                Self::Manifest
            }
            "application/vnd.oci.image.index.v1+json" | "application/vnd.docker.distribution.manifest.list.v2+json" => {
                Self::Index
            }
            "application/vnd.oci.image.config.v1+json" | "application/vnd.docker.container.image.v1+json" => {
                Self::Config
            }
            "application/vnd.docker.distribution.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v1+prettyjws" => Self::FirstSchema,
            _ => Self::Other,
        }
    }

    /// Of a document that may not say what it is: an index has manifests, a manifest has layers.
    pub(super) fn of_value(value: &Value) -> Self {
        match value.get("mediaType").and_then(Value::as_str) {
            Some(media_type) => Self::of(media_type),
            None if value.get("schemaVersion").and_then(Value::as_u64) == Some(1) => Self::FirstSchema,
            None if value.get("manifests").is_some() => Self::Index,
            None if value.get("layers").is_some() => Self::Manifest,
            None => Self::Other,
        }
    }
}

/// What is said of a blob.
#[derive(Clone, Debug)]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
    /// What it is for, in an index.
    pub(super) platform: Option<Platform>,
    /// What the image is called, in an index.
    pub(super) name: Option<String>,
    /// The tag alone, in an index.
    pub(super) tag: Option<String>,
    /// Whether it is something about an image, and no image.
    pub(super) is_about_another: bool,
}

impl Descriptor {
    /// Reads one.
    pub(super) fn read(value: &Value) -> anyhow::Result<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let digest = text("digest").context("a descriptor has no `digest`")?;
        let Some(hexadecimal) = digest.strip_prefix("sha256:") else {
            bail!("a descriptor has a digest that is not of SHA-256: copy the image with another tool")
        };
        let platform = value.get("platform").filter(|platform| !platform.is_null());
        let of_platform = |name: &str| platform.and_then(|platform| platform.get(name)).and_then(Value::as_str);
        let annotation = |name: &str| value.get("annotations").and_then(|all| all.get(name)).and_then(Value::as_str);
        let tag = annotation("org.opencontainers.image.ref.name");
        // A tag alone is no name, but some tools write the whole name there.
        let name = annotation("io.containerd.image.name").or(tag.filter(|tag| tag.contains(['/', ':'])));
        Ok(Self {
            media_type: text("mediaType").unwrap_or_default().to_owned(),
            digest: Digest::parse(hexadecimal).context("a descriptor has a digest that is none")?,
            size: value.get("size").and_then(Value::as_u64).context("a descriptor has no `size`")?,
            platform: match (of_platform("os"), of_platform("architecture")) {
                (Some(os), Some(architecture)) => {
                    Platform::of(os, architecture, of_platform("variant").filter(|variant| !variant.is_empty()))
                }
                _ => None,
            },
            name: name.map(str::to_owned),
            tag: tag.map(str::to_owned),
            // Source: BuildKit v0.12, `docs/attestations/attestation-storage.md`.
            is_about_another: annotation("vnd.docker.reference.type").is_some() || of_platform("os") == Some("unknown"),
        })
    }

    /// Reads a list of them.
    pub(super) fn list(value: Option<&Value>) -> anyhow::Result<Vec<Self>> {
        let list = value.and_then(Value::as_array).context("a list of descriptors is missing")?;
        list.iter().map(Self::read).collect()
    }

    /// Where the blob lies in an image layout.
    pub(super) fn in_layout(&self) -> EntryPath {
        EntryPath::known(&format!("blobs/sha256/{}", self.digest))
    }
}
