//! Several images in one layout.

use super::*;

fn layout(folder: &Path, of: &[(&str, Option<&str>, &str)]) -> Layout {
    let layout = Layout::new(folder);
    let images: Vec<_> = of
        .iter()
        .map(|(architecture, variant, tag)| {
            // Each is another image, also where two are for the same.
            let mut config = config(architecture, &system());
            config["author"] = json!(tag);
            let mut image = layout.image(&config, &system());
            image["platform"] = json!({"os": "linux", "architecture": architecture, "variant": variant});
            image["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
            image
        })
        .collect();
    layout.index(&images);
    layout
}

fn opened(layout: &Layout, platform: Option<&str>) -> String {
    let platform = platform.map(|platform| Platform::parse(platform).expect("a platform"));
    open(&layout.0, platform.as_ref()).expect("an image").image.platform.to_string()
}

#[test]
fn the_platform_chooses() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = layout(folder.path(), &[("arm64", Some("v8"), "a"), ("amd64", None, "b"), ("ppc64le", None, "c")]);
    assert_eq!(opened(&layout, None), "linux/amd64");
    assert_eq!(opened(&layout, Some("linux/arm64")), "linux/arm64/v8");
    assert_eq!(opened(&layout, Some("linux/arm64/v8")), "linux/arm64/v8");
    let problem = problem(&layout.0, Some("linux/s390x"));
    let expected = "at `index.json` has no image for linux/s390x, but `a` for linux/arm64/v8, `b` for linux/amd64, `c` for \
                    linux/ppc64le: name one with `--platform`";
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn one_alone_is_taken_and_compared_with_what_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = layout(folder.path(), &[("arm64", None, "a")]);
    assert_eq!(opened(&layout, None), "linux/arm64");
    assert!(problem(&layout.0, Some("linux/amd64")).contains("has no image for linux/amd64, but `a` for linux/arm64"));
}

#[test]
fn what_the_platform_does_not_tell_apart_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = layout(folder.path(), &[("amd64", None, "11-jre"), ("amd64", None, "17-jre")]);
    let problem = problem(&layout.0, None);
    let expected = "has more than one image for linux/amd64: `11-jre` for linux/amd64, `17-jre` for linux/amd64: `--platform` \
                    does not tell them apart";
    assert!(problem.contains(expected), "{problem}");
}

#[test]
fn variants_are_told_apart_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = layout(folder.path(), &[("arm", Some("v6"), "a"), ("arm", Some("v7"), "b")]);
    assert_eq!(opened(&layout, Some("linux/arm/v7")), "linux/arm/v7");
    let problem = problem(&layout.0, Some("linux/arm"));
    assert!(problem.contains("`b` for linux/arm/v7: name one with `--platform`"), "{problem}");
}

#[test]
fn an_index_in_the_index_and_what_is_no_image() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::new(folder.path());
    let mut images: Vec<_> =
        ["arm64", "amd64"].map(|name| layout.image(&config(name, &system()), &system())).into_iter().collect();
    // Where the index does not say what an image is for, its configuration does.
    images[0]["platform"] = json!({"os": "linux", "architecture": "arm64"});
    let mut attestation = layout.image(&json!({"os": "unknown"}), &[]);
    attestation["platform"] = json!({"os": "unknown", "architecture": "unknown"});
    images.push(attestation);
    let chart = json!({"schemaVersion": 2, "config": layout.blob("application/vnd.cncf.helm.config.v1+json", b"{}"), "layers": []});
    images.push(layout.blob("application/vnd.oci.image.manifest.v1+json", chart.to_string().as_bytes()));
    let inner = json!({"schemaVersion": 2, "manifests": images}).to_string();
    let mut index = layout.blob("application/vnd.oci.image.index.v1+json", inner.as_bytes());
    index["annotations"] = json!({"io.containerd.image.name": "docker.io/library/eclipse-temurin:11-jre-jammy"});
    // The same twice is the same image.
    layout.index(&[index.clone(), index.clone()]);
    let image = open(&layout.0, None).expect("an image");
    is_the_system(&image);
    assert_eq!(image.image.name.as_deref(), Some("docker.io/library/eclipse-temurin:11-jre-jammy"));

    let deeper = json!({"schemaVersion": 2, "manifests": [index]}).to_string();
    let deeper = layout.blob("application/vnd.oci.image.index.v1+json", deeper.as_bytes());
    layout.index(&[deeper]);
    assert!(problem(&layout.0, None).contains("is a list in a list"), "{}", problem(&layout.0, None));
    layout.index(&[]);
    assert!(problem(&layout.0, None).contains("lists no image"));
}

#[test]
fn an_archive_with_several_images_names_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let list =
        json!([{"Config": "a", "RepoTags": ["a:1", "b:\u{1b}[31m2"], "Layers": []}, {"Config": "c", "Layers": []}]);
    fs::write(folder.path().join("manifest.json"), list.to_string()).expect("a file");
    let problem = problem(folder.path(), None);
    assert!(problem.contains("lists 2 images (a:1 b:\\u{1b}[31m2, one without a name): save one alone"), "{problem}");
}
