//! Configuration, manifest and index of an image.
//!
//! In: settings, a base image, layers. Out: JSON. Always: an OCI image whatever the base image is (OCI image-spec
//! v1.1.0); keys are sorted, and nothing but the inputs is in it.

use crate::digest::Digest;
use crate::image::base::Step;
use crate::image::{
    Base, Compression, ENTRYPOINT, GROUP_ID, HEALTH_CHECK, Layer, LayerName, Reference, SERVER_HOME, Settings,
    USER_HOME, USER_ID,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The documents of an image layout, each as its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
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

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// How often the server is asked whether it is ready, how long it may take to answer, how long it may take to start, in
/// seconds; and how often it may fail.
pub(super) const HEALTH: Health = Health { interval: 30, timeout: 10, start_period: 180, retries: 3 };

/// Numbers of a health check.
pub(super) struct Health {
    pub(super) interval: u64,
    pub(super) timeout: u64,
    pub(super) start_period: u64,
    pub(super) retries: u64,
}

/// The documents of an image of these layers, the lowest first, on a base image.
pub fn documents(settings: &Settings<'_>, base: Option<&Base>, layers: &[Layer]) -> Documents {
    let reference = Reference::of_bundle(settings.name);
    let config = bytes(config(settings, base, layers, &reference));
    let mut descriptors: Vec<Value> = Vec::new();
    let mut blobs: Vec<String> = Vec::new();
    let of_base = base.iter().flat_map(|base| &base.layers).map(|layer| (layer.compression, layer.digest, layer.size));
    let of_ours = layers.iter().map(|layer| (Compression::Gzip, layer.digest, layer.size));
    for (compression, digest, size) in of_base.chain(of_ours) {
        descriptors.push(descriptor(compression.media_type(), digest, size));
        blobs.push(blob(digest));
    }
    let manifest = bytes(json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": descriptor(CONFIG, Digest::of(&config), config.len() as u64),
        "layers": descriptors,
        "annotations": annotations(settings, base),
    }));
    let mut described = descriptor(MANIFEST, Digest::of(&manifest), manifest.len() as u64);
    set(&mut described, "platform", platform(settings, base));
    // The first is what an image layout has; the second what containerd and Docker name an image by.
    let names =
        json!({"org.opencontainers.image.ref.name": reference.tag, "io.containerd.image.name": reference.full()});
    set(&mut described, "annotations", names);
    let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]});
    let docker = json!([{"Config": blob(Digest::of(&config)), "RepoTags": [reference.short()], "Layers": blobs}]);
    Documents {
        config,
        manifest,
        index: bytes(index),
        oci_layout: bytes(json!({"imageLayoutVersion": "1.0.0"})),
        docker_manifest: bytes(docker),
    }
}

fn bytes(mut value: Value) -> Vec<u8> {
    value.sort_all_objects();
    value.to_string().into_bytes()
}

fn blob(digest: Digest) -> String {
    format!("blobs/sha256/{digest}")
}

fn descriptor(media_type: &str, digest: Digest, size: u64) -> Value {
    json!({"mediaType": media_type, "digest": format!("sha256:{digest}"), "size": size})
}

fn set(value: &mut Value, name: &str, member: Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), member);
    }
}

/// What is known of the image: its annotations, and its labels too, since tools show these.
fn annotations(settings: &Settings<'_>, base: Option<&Base>) -> BTreeMap<String, String> {
    let pairs = [
        ("created", Some(settings.time.rfc3339())),
        ("title", Some(settings.title.to_owned())),
        ("version", Some(settings.version.to_owned())),
        ("description", Some(settings.description.to_owned())),
        ("base.name", base.and_then(|base| base.name.clone())),
        ("base.digest", base.and_then(|base| base.digest).map(|digest| format!("sha256:{digest}"))),
    ];
    let known = pairs.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    known.map(|(name, value)| (format!("org.opencontainers.image.{name}"), value)).collect()
}

fn platform(settings: &Settings<'_>, base: Option<&Base>) -> Value {
    let platform = base.map_or(&settings.platform, |base| &base.platform);
    let mut all = json!({"os": platform.os, "architecture": platform.architecture});
    if let Some(variant) = &platform.variant {
        set(&mut all, "variant", json!(variant));
    }
    if let Some(version) = base.and_then(|base| base.config.os_version.as_ref()) {
        set(&mut all, "os.version", json!(version));
    }
    if let Some(features) = base.map(|base| &base.config.os_features).filter(|features| !features.is_empty()) {
        set(&mut all, "os.features", json!(features));
    }
    all
}

fn config(settings: &Settings<'_>, base: Option<&Base>, layers: &[Layer], reference: &Reference) -> Value {
    let mut all = platform(settings, base);
    let created = settings.time.rfc3339();
    set(&mut all, "created", json!(created));
    let of_base = base.iter().flat_map(|base| &base.config.diff_ids);
    let diff_ids = of_base.copied().chain(layers.iter().map(|layer| layer.diff_id));
    let diff_ids: Vec<String> = diff_ids.map(|diff_id| format!("sha256:{diff_id}")).collect();
    set(&mut all, "rootfs", json!({"type": "layers", "diff_ids": diff_ids}));
    let of_ours = layers.iter().map(|layer| Step {
        created: Some(created.clone()),
        created_by: Some(format!("{}: {}", reference.short(), layer.name.as_str())),
        comment: Some(meaning(layer.name).to_owned()),
        ..Step::default()
    });
    let steps = base.map(|base| base.config.steps()).unwrap_or_default();
    let history: Vec<Value> = steps.into_iter().chain(of_ours).map(step).collect();
    set(&mut all, "history", json!(history));
    set(&mut all, "config", container(settings, base));
    all
}

fn meaning(name: LayerName) -> &'static str {
    match name {
        LayerName::Distribution => "the distribution as shipped",
        LayerName::Container => "what the upgraded server no longer has, the scripts and the user of the container",
        LayerName::User => "what came from the home that was upgraded",
        LayerName::Configuration => "the configuration",
    }
}

fn step(step: Step) -> Value {
    let mut all = Map::new();
    let texts = [
        ("created", step.created),
        ("created_by", step.created_by),
        ("author", step.author),
        ("comment", step.comment),
    ];
    all.extend(texts.into_iter().filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?)))));
    if step.empty_layer {
        all.insert("empty_layer".to_owned(), Value::Bool(true));
    }
    Value::Object(all)
}

/// What a container is started with. There is no `Cmd`: a base image's would become arguments of the server.
///
/// Source: docker-ei v4.0.0.1, `dockerfiles/ubuntu/micro-integrator/Dockerfile`.
fn container(settings: &Settings<'_>, base: Option<&Base>) -> Value {
    let mut ports: BTreeSet<String> = settings.ports.iter().map(|port| format!("{port}/tcp")).collect();
    ports.extend(base.iter().flat_map(|base| base.config.ports.iter().cloned()));
    let mut labels = base.map(|base| base.config.labels.clone()).unwrap_or_default();
    // Ubuntu labels itself so: it is no name of this image.
    labels.remove("org.opencontainers.image.ref.name");
    labels.extend(annotations(settings, base));
    let mut all = json!({
        // In numbers, so that it holds without a file of users, and an orchestrator can tell that it is not root.
        "User": format!("{USER_ID}:{GROUP_ID}"),
        "WorkingDir": format!("/{USER_HOME}"),
        "Env": environment(base),
        "Entrypoint": [format!("/{ENTRYPOINT}")],
        "ExposedPorts": keys(&ports),
        "Labels": labels,
    });
    if let Some(volumes) = base.map(|base| &base.config.volumes).filter(|volumes| !volumes.is_empty()) {
        set(&mut all, "Volumes", keys(volumes));
    }
    if let Some(signal) = base.and_then(|base| base.config.stop_signal.as_ref()) {
        set(&mut all, "StopSignal", json!(signal));
    }
    if let Some(port) = settings.health_port {
        let nanoseconds = |seconds: u64| seconds * 1_000_000_000;
        // Docker reads it; for others the specification reserves it.
        let check = json!({
            "Test": ["CMD", format!("/{HEALTH_CHECK}"), port.to_string()],
            "Interval": nanoseconds(HEALTH.interval),
            "Timeout": nanoseconds(HEALTH.timeout),
            "StartPeriod": nanoseconds(HEALTH.start_period),
            "Retries": HEALTH.retries,
        });
        set(&mut all, "Healthcheck", check);
    }
    all
}

fn keys(names: &BTreeSet<String>) -> Value {
    Value::Object(names.iter().map(|name| (name.clone(), json!({}))).collect())
}

/// The variables of the base image, then ours. Where it says nothing of a language, Java would take names of files for
/// ASCII, so one with UTF-8 is set that every system has.
fn environment(base: Option<&Base>) -> Vec<String> {
    let mut all = base.map(|base| base.config.environment.clone()).unwrap_or_default();
    let ours = [("WORKING_DIRECTORY", USER_HOME), ("WSO2_SERVER_HOME", SERVER_HOME)];
    all.retain(|pair| !ours.iter().any(|(name, _)| pair.split('=').next() == Some(name)));
    if ["LANG", "LC_ALL", "LC_CTYPE"].iter().all(|name| base.and_then(|base| base.environment(name)).is_none()) {
        all.push("LANG=C.UTF-8".to_owned());
    }
    all.extend(ours.map(|(name, folder)| format!("{name}=/{folder}")));
    all
}

#[cfg(test)]
mod tests;
