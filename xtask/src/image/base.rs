//! What an image is put on.
//!
//! In: the configuration of a base image, as JSON, and the media types of its layers. Out: a [`Base`], or what is wrong
//! with it. Always: checked once, here; what speaks of the base image alone (its user, its command, the machine that it
//! was built on) is left out.

use crate::digest::Digest;
use crate::image::Platform;
use serde_json::{Map, Value};
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
        let mut pairs = self.config.environment.iter().filter_map(|pair| pair.split_once('='));
        pairs.rfind(|(key, _)| *key == name).map(|(_, value)| value)
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
    /// The media type of a layer of an OCI image. Source: OCI image-spec v1.1.0, `media-types.md`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    /// Of the media type of a layer of an OCI or a Docker image. The error is a fragment to be put after the media type.
    ///
    /// Source: OCI image-spec v1.1.0, `media-types.md`; distribution v2.8.3, `docs/spec/manifest-v2-2.md`;
    /// ocicrypt v1.1.0, `spec/spec.go` (`+encrypted`).
    pub fn of_media_type(media_type: &str) -> Result<Self, &'static str> {
        match media_type {
            "application/vnd.oci.image.layer.v1.tar" | "application/vnd.docker.image.rootfs.diff.tar" => Ok(Self::None),
            "application/vnd.oci.image.layer.v1.tar+gzip" | "application/vnd.docker.image.rootfs.diff.tar.gzip" => {
                Ok(Self::Gzip)
            }
            "application/vnd.oci.image.layer.v1.tar+zstd" | "application/vnd.docker.image.rootfs.diff.tar.zstd" => {
                Ok(Self::Zstd)
            }
            _ if media_type.contains("encrypted") => Err("is encrypted: give the image as it was before"),
            _ if media_type.contains("nondistributable") || media_type.contains(".foreign.") => {
                Err("may not be passed on, or is kept elsewhere: choose another base image")
            }
            _ => Err("is no layer of a container image: choose another base image"),
        }
    }
}

/// What the configuration of a base image says of containers, and how it came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// How it came about, the first step first.
    pub history: Vec<Step>,
    /// The digests of its layers, as tars.
    pub diff_ids: Vec<Digest>,
}

/// A step of the history of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub created: Option<String>,
    /// By which command.
    pub created_by: Option<String>,
    /// By whom.
    pub author: Option<String>,
    /// A word on it.
    pub comment: Option<String>,
    /// Whether no layer came of it.
    pub empty_layer: bool,
}

impl BaseConfig {
    /// Reads a configuration, and what it is for. The error is a fragment that says what is wrong.
    ///
    /// Source: OCI image-spec v1.1.0, `config.md`; what Docker adds to it is left out.
    pub fn read(config: &Value) -> Result<(Self, Platform), String> {
        let all = config.as_object().ok_or("it is no object")?;
        let os = text(all, "os")?.ok_or("it says no `os`")?;
        let architecture = text(all, "architecture")?.ok_or("it says no `architecture`")?;
        let variant = text(all, "variant")?.filter(|variant| !variant.is_empty());
        let platform = Platform::of(&os, &architecture, variant.as_deref())
            .ok_or("its `os`, `architecture` and `variant` are no platform")?;
        let none = Map::new();
        let container = object(all, "config")?.unwrap_or(&none);
        let labels = object(container, "Labels")?.into_iter().flatten();
        let labels = labels.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
        let read = Self {
            environment: texts(container, "Env")?,
            labels: labels.collect::<Option<_>>().ok_or("`Labels` holds what is no text")?,
            ports: names(container, "ExposedPorts")?,
            volumes: names(container, "Volumes")?,
            stop_signal: text(container, "StopSignal")?,
            os_version: text(all, "os.version")?,
            os_features: texts(all, "os.features")?,
            history: list(all, "history")?.iter().map(step).collect::<Result<_, _>>()?,
            diff_ids: diff_ids(all)?,
        };
        Ok((read, platform))
    }

    /// Its history with exactly one step for each layer, as a tool that reads the result expects it. Where the base
    /// image has none, or one that does not fit, each layer gets a step that says so.
    pub fn steps(&self) -> Vec<Step> {
        if self.history.iter().filter(|step| !step.empty_layer).count() == self.diff_ids.len() {
            return self.history.clone();
        }
        let comment = Some("a layer of the base image, which does not say how it came about".to_owned());
        self.diff_ids.iter().map(|_| Step { comment: comment.clone(), ..Step::default() }).collect()
    }
}

/// A member; `null` is the same as none, as Go writes and reads it.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

fn text(object: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| format!("`{name}` is no text"));
    member(object, name).map(text).transpose()
}

fn object<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    member(object, name).map(|value| value.as_object().ok_or_else(|| format!("`{name}` is no object"))).transpose()
}

fn list<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    let Some(value) = member(object, name) else { return Ok(&[]) };
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{name}` is no list"))
}

fn texts(object: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let texts = list(object, name)?.iter().map(|value| value.as_str().map(str::to_owned));
    texts.collect::<Option<_>>().ok_or_else(|| format!("`{name}` holds what is no text"))
}

fn names(from: &Map<String, Value>, name: &str) -> Result<BTreeSet<String>, String> {
    Ok(object(from, name)?.map(|names| names.keys().cloned().collect()).unwrap_or_default())
}

fn step(value: &Value) -> Result<Step, String> {
    let step = value.as_object().ok_or("`history` holds what is no object")?;
    Ok(Step {
        created: text(step, "created")?,
        created_by: text(step, "created_by")?,
        author: text(step, "author")?,
        comment: text(step, "comment")?,
        empty_layer: member(step, "empty_layer").is_some_and(|value| value == &Value::Bool(true)),
    })
}

fn diff_ids(config: &Map<String, Value>) -> Result<Vec<Digest>, String> {
    let root = object(config, "rootfs")?.ok_or("it says no `rootfs`")?;
    let digest = |text: &String| {
        let digest = text.strip_prefix("sha256:").and_then(Digest::parse);
        digest.ok_or_else(|| "`diff_ids` holds what is no SHA-256 digest".to_owned())
    };
    texts(root, "diff_ids")?.iter().map(digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn layers_are_told_by_their_media_types() {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            assert_eq!(Compression::of_media_type(compression.media_type()), Ok(compression));
        }
        for (media_type, expected) in [
            ("application/vnd.docker.image.rootfs.diff.tar", Ok(Compression::None)),
            ("application/vnd.docker.image.rootfs.diff.tar.gzip", Ok(Compression::Gzip)),
            ("application/vnd.docker.image.rootfs.diff.tar.zstd", Ok(Compression::Zstd)),
            ("application/vnd.oci.image.layer.v1.tar+gzip+encrypted", Err("encrypted")),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", Err("passed on")),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", Err("passed on")),
            ("application/vnd.in-toto+json", Err("no layer")),
            ("", Err("no layer")),
        ] {
            match (Compression::of_media_type(media_type), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(problem), Err(word)) => assert!(problem.contains(word), "{media_type}: {problem}"),
                (found, _) => panic!("{media_type}: {found:?}"),
            }
        }
    }

    #[test]
    fn what_speaks_of_the_base_image_alone_is_left_out() {
        let diff_id = Digest::of(b"layer");
        let config = json!({
            "os": "linux", "architecture": "arm64", "variant": "v8", "container": "0123", "docker_version": "20",
            "config": {
                "Hostname": "builder", "User": "1000", "Cmd": ["jshell"], "Image": "sha256:0", "Env": ["PATH=/bin"],
                "Labels": {"a": "b"}, "ExposedPorts": {"80/tcp": {}}, "Volumes": null, "StopSignal": "SIGINT",
            },
            "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "x"}, {"empty_layer": true}],
            "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{diff_id}")]},
        });
        let (read, platform) = BaseConfig::read(&config).expect("a configuration");
        assert_eq!(platform.to_string(), "linux/arm64/v8");
        let steps = [
            Step {
                created: Some("2024-01-01T00:00:00Z".to_owned()),
                created_by: Some("x".to_owned()),
                ..Step::default()
            },
            Step { empty_layer: true, ..Step::default() },
        ];
        let expected = BaseConfig {
            environment: vec!["PATH=/bin".to_owned()],
            labels: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
            ports: BTreeSet::from(["80/tcp".to_owned()]),
            stop_signal: Some("SIGINT".to_owned()),
            history: steps.to_vec(),
            diff_ids: vec![diff_id],
            ..BaseConfig::default()
        };
        assert_eq!(read, expected);
        assert_eq!(read.steps(), steps);
        let unfitting = BaseConfig { diff_ids: vec![diff_id, diff_id], ..read };
        assert_eq!(unfitting.steps().len(), 2);
        assert!(unfitting.steps().iter().all(|step| !step.empty_layer && step.comment.is_some()));
    }

    #[test]
    fn a_configuration_that_is_none_is_refused() {
        let whole = json!({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": []}});
        assert!(BaseConfig::read(&whole).is_ok());
        for (name, value, word) in [
            ("os", json!(null), "no `os`"),
            ("os", json!(7), "`os` is no text"),
            ("os", json!("Lin ux"), "no platform"),
            ("architecture", json!(null), "no `architecture`"),
            ("config", json!([]), "`config` is no object"),
            ("config", json!({"Env": {}}), "`Env` is no list"),
            ("config", json!({"Env": [7]}), "`Env` holds what is no text"),
            ("config", json!({"Labels": {"a": 1}}), "`Labels`"),
            ("config", json!({"Volumes": ["/a"]}), "`Volumes` is no object"),
            ("history", json!(["x"]), "`history`"),
            ("rootfs", json!(null), "no `rootfs`"),
            ("rootfs", json!({"diff_ids": ["md5:0"]}), "`diff_ids`"),
        ] {
            let mut config = whole.clone();
            config[name] = value;
            let problem = BaseConfig::read(&config).expect_err(word);
            assert!(problem.contains(word), "{problem}");
        }
        assert!(BaseConfig::read(&json!([])).is_err());
    }
}
