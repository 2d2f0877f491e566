use super::*;
use crate::image::{BaseConfig, BaseLayer, Platform};
use crate::timestamp::Timestamp;

fn settings() -> Settings<'static> {
    Settings {
        name: "wso2mi-4.0.0-upgraded",
        time: Timestamp::FIXED,
        platform: Platform::default(),
        ports: &[8290, 8253],
        health_port: Some(9201),
        title: "the title",
        version: "4.0.0",
        description: "",
    }
}

fn layers() -> Vec<Layer> {
    [LayerName::Distribution, LayerName::Container, LayerName::User, LayerName::Configuration]
        .into_iter()
        .zip(1..)
        .map(|(name, size)| Layer {
            name,
            digest: Digest::of(name.as_str().as_bytes()),
            size,
            diff_id: Digest::of(&[b"tar of ", name.as_str().as_bytes()].concat()),
        })
        .collect()
}

fn base() -> Base {
    let config = json!({
        "os": "linux", "architecture": "arm64", "variant": "v8", "os.version": "1",
        "config": {
            "Env": ["PATH=/opt/java/bin:/bin", "WORKING_DIRECTORY=/x", "LANG=en_US.UTF-8"],
            "Cmd": ["jshell"], "User": "1000", "Entrypoint": ["/x"],
            "Labels": {"own": "kept", "org.opencontainers.image.version": "22.04", "org.opencontainers.image.ref.name": "u"},
            "ExposedPorts": {"80/udp": {}}, "Volumes": {"/data": {}}, "StopSignal": "SIGINT",
        },
        "history": [{"created_by": "a"}, {"created_by": "b", "empty_layer": true}, {"created_by": "c"}],
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", Digest::of(b"1")), format!("sha256:{}", Digest::of(b"2"))]},
    });
    let (config, platform) = BaseConfig::read(&config).expect("a configuration");
    let layer = |compression, diff_id| BaseLayer { compression, digest: Digest::of(b"packed"), size: 9, diff_id };
    Base {
        name: Some("docker.io/library/base:1".to_owned()),
        digest: Some(Digest::of(b"manifest")),
        platform,
        layers: vec![layer(Compression::None, config.diff_ids[0]), layer(Compression::Zstd, config.diff_ids[1])],
        config,
    }
}

fn json_of(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn an_image_of_the_tree_alone_says_all_of_it() {
    let documents = documents(&settings(), None, &layers());
    let expected = json!({
        "architecture": "amd64",
        "config": {
            "Entrypoint": ["/home/wso2carbon/docker-entrypoint.sh"],
            "Env": [
                "LANG=C.UTF-8",
                "WORKING_DIRECTORY=/home/wso2carbon",
                "WSO2_SERVER_HOME=/home/wso2carbon/wso2mi-4.0.0"
            ],
            "ExposedPorts": {"8253/tcp": {}, "8290/tcp": {}},
            "Healthcheck": {
                "Interval": 30_000_000_000_u64,
                "Retries": 3,
                "StartPeriod": 180_000_000_000_u64,
                "Test": ["CMD", "/home/wso2carbon/docker-healthcheck.sh", "9201"],
                "Timeout": 10_000_000_000_u64
            },
            "Labels": {
                "org.opencontainers.image.created": "1980-02-01T00:00:00Z",
                "org.opencontainers.image.title": "the title",
                "org.opencontainers.image.version": "4.0.0"
            },
            "User": "802:802",
            "WorkingDir": "/home/wso2carbon"
        },
        "created": "1980-02-01T00:00:00Z",
        "os": "linux",
    });
    let mut config = json_of(&documents.config);
    let object = config.as_object_mut().expect("an object");
    let history = object.shift_remove("history").expect("a history");
    let root = object.shift_remove("rootfs").expect("a root");
    // The very text: keys come sorted.
    assert_eq!(config.to_string(), expected.to_string());
    assert_eq!(root["diff_ids"].as_array().map(Vec::len), Some(4));
    assert_eq!(history[0]["created_by"], "wso2mi:4.0.0-upgraded: distribution");
    assert_eq!(history.as_array().map(Vec::len), Some(4));
}

#[test]
fn manifest_index_and_the_list_for_docker_belong_together() {
    let (layers, base) = (layers(), base());
    let documents = documents(&settings(), Some(&base), &layers);
    let manifest = json_of(&documents.manifest);
    assert_eq!(manifest["config"]["digest"], format!("sha256:{}", Digest::of(&documents.config)));
    assert_eq!(manifest["config"]["size"], documents.config.len());
    let types: Vec<&str> = manifest["layers"]
        .as_array()
        .expect("layers")
        .iter()
        .map(|layer| layer["mediaType"].as_str().expect("a type"))
        .collect();
    let gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    assert_eq!(
        types,
        [
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            gzip,
            gzip,
            gzip,
            gzip
        ]
    );
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.name"], "docker.io/library/base:1");
    let base_digest = format!("sha256:{}", Digest::of(b"manifest"));
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.digest"], base_digest);

    let index = json_of(&documents.index);
    let described = &index["manifests"][0];
    assert_eq!(described["digest"], format!("sha256:{}", Digest::of(&documents.manifest)));
    assert_eq!(described["size"], documents.manifest.len());
    assert_eq!(
        described["platform"],
        json!({"architecture": "arm64", "os": "linux", "os.version": "1", "variant": "v8"})
    );
    assert_eq!(described["annotations"]["org.opencontainers.image.ref.name"], "4.0.0-upgraded");
    assert_eq!(described["annotations"]["io.containerd.image.name"], "docker.io/library/wso2mi:4.0.0-upgraded");

    let docker = json_of(&documents.docker_manifest);
    assert_eq!(docker[0]["Config"], format!("blobs/sha256/{}", Digest::of(&documents.config)));
    assert_eq!(docker[0]["RepoTags"], json!(["wso2mi:4.0.0-upgraded"]));
    assert_eq!(docker[0]["Layers"].as_array().map(Vec::len), Some(6));
    assert_eq!(docker[0]["Layers"][2], format!("blobs/sha256/{}", layers[0].digest));
    assert_eq!(documents.oci_layout, br#"{"imageLayoutVersion":"1.0.0"}"#);
}

#[test]
fn of_a_base_image_stays_what_a_server_needs() {
    let documents = documents(&settings(), Some(&base()), &layers());
    let config = json_of(&documents.config);
    let container = &config["config"];
    assert_eq!(
        container["Env"],
        json!([
            "PATH=/opt/java/bin:/bin",
            "LANG=en_US.UTF-8",
            "WORKING_DIRECTORY=/home/wso2carbon",
            "WSO2_SERVER_HOME=/home/wso2carbon/wso2mi-4.0.0"
        ])
    );
    assert!(container.get("Cmd").is_none());
    assert_eq!(container["User"], "802:802");
    assert_eq!(container["Volumes"], json!({"/data": {}}));
    assert_eq!(container["StopSignal"], "SIGINT");
    assert_eq!(container["ExposedPorts"], json!({"80/udp": {}, "8253/tcp": {}, "8290/tcp": {}}));
    let labels = container["Labels"].as_object().expect("labels");
    assert_eq!(labels["own"], "kept");
    assert_eq!(labels["org.opencontainers.image.version"], "4.0.0");
    assert!(!labels.contains_key("org.opencontainers.image.ref.name"));
    let diff_ids = config["rootfs"]["diff_ids"].as_array().expect("diff ids");
    assert_eq!(diff_ids[0], format!("sha256:{}", Digest::of(b"1")));
    assert_eq!(diff_ids.len(), 6);
    let history = config["history"].as_array().expect("a history");
    assert_eq!(history.iter().filter(|step| step.get("empty_layer").is_none()).count(), 6);
    assert_eq!(history[2]["created_by"], "c");
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let once = documents(&settings(), Some(&base()), &layers());
    assert_eq!(once, documents(&settings(), Some(&base()), &layers()));
    let without = Settings { health_port: None, ..settings() };
    assert!(!String::from_utf8_lossy(&documents(&without, None, &layers()).config).contains("Healthcheck"));
}
