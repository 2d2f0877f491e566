//! The image is the same tree, for whatever reads it; and it lies on any base image.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use upgrade_tests::forms::{MADE, done, tool, tree};
use upgrade_tests::{Case, NAME, TOP, Trees, has_tool, json, program, run, skipped};

/// The tree of the result below a folder, as the image must have it: all of it belongs to one user.
#[cfg(unix)]
fn expected_of_image(folder: &Path) -> Option<BTreeMap<String, (String, Vec<u8>)>> {
    if !has_tool("unzip") {
        return None;
    }
    done(&run(Command::new("unzip").arg("-qq").arg(MADE.zip()).current_dir(folder)), "unzip");
    let owner = |what: String| format!("{} 802", what.rsplit_once(' ').expect("an owner").0);
    Some(tree(&folder.join(TOP)).into_iter().map(|(name, (what, bytes))| (name, (owner(what), bytes))).collect())
}

#[cfg(unix)]
fn is_root() -> bool {
    let ran = run(Command::new("id").arg("-u"));
    let root = ran.stdout.trim() == "0";
    if !root {
        skipped("unpacking an image with its owners needs root");
    }
    root
}

#[cfg(unix)]
#[test]
fn skopeo_copies_the_image_and_umoci_unpacks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = MADE.file("oci");
    let manifest = json(&MADE.file("manifest.json"));
    let output = manifest["outputs"].as_array().expect("a list").iter().find(|output| output["kind"] == "oci");
    let image = output.expect("one is wanted")["image"].as_str().expect("a digest").to_owned();
    let digest = format!("sha256:{image}");
    if has_tool("skopeo") {
        let tar = MADE.file(&format!("{NAME}-oci.tar"));
        let from_layout = format!("oci:{}", layout.display());
        let from_archive = format!("oci-archive:{}", tar.display());
        let from_docker = format!("docker-archive:{}", tar.display());
        let inspected = tool("skopeo", &["inspect", &from_layout]);
        done(&inspected, "skopeo inspect");
        assert!(inspected.stdout.contains(&digest), "{}", inspected.stdout);
        for (number, from) in [&from_layout, &from_archive, &from_docker].into_iter().enumerate() {
            for (kind, name) in [("dir", ""), ("docker-archive", ":wso2mi:test"), ("oci", "")] {
                let to = format!("{kind}:{}{name}", folder.path().join(format!("{kind}-{number}")).display());
                done(&tool("skopeo", &["--insecure-policy", "copy", from, &to]), &format!("from {from} to {to}"));
            }
        }
    }
    if !has_tool("umoci") || !is_root() {
        return;
    }
    let listed = tool("umoci", &["ls", "--layout", layout.to_str().expect("UTF-8")]);
    done(&listed, "umoci ls");
    let tag = listed.stdout.lines().next().expect("a tag").to_owned();
    // It writes into the layout that it unpacks.
    let copy = folder.path().join("layout");
    done(&run(Command::new("cp").arg("-r").arg(&layout).arg(&copy)), "cp");
    let unpacked = folder.path().join("unpacked");
    let image = format!("{}:{tag}", copy.display());
    done(&tool("umoci", &["unpack", "--image", &image, unpacked.to_str().expect("UTF-8")]), "umoci unpack");
    let Some(expected) = expected_of_image(folder.path()) else { return };
    let found = tree(&unpacked.join("rootfs/home/wso2carbon").join(TOP));
    assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    assert!(found == expected, "the image has another tree than the zip");
    let config = fs::read_to_string(unpacked.join("config.json")).expect("it is there");
    let config: serde_json::Value = serde_json::from_str(&config).expect("JSON");
    assert_eq!(config["process"]["user"]["uid"], 802);
    assert_eq!(config["process"]["args"][0], "/home/wso2carbon/docker-entrypoint.sh");
}

#[cfg(unix)]
#[test]
fn buildah_makes_a_container_of_the_image() {
    if !has_tool("buildah") || !is_root() {
        return;
    }
    // It makes the name of an image of the path, and capitals cannot be in one.
    let name = format!("upgrade-image-{}", std::process::id());
    let folder = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir().expect("a folder");
    let storage = folder.path().join("storage");
    let buildah = |arguments: &[&str]| {
        let mut command = Command::new("buildah");
        command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
        run(command.args(["--storage-driver", "vfs"]).args(arguments).env("BUILDAH_ISOLATION", "chroot"))
    };
    // In some sandboxes it can make no container at all: that says nothing of the image.
    let ran = buildah(&["from", "--name", "empty", "scratch"]);
    if ran.code != Some(0) {
        skipped(&format!("buildah cannot make a container here: {}", ran.stderr.trim()));
        return;
    }
    let copy = folder.path().join("layout");
    done(&run(Command::new("cp").arg("-r").arg(MADE.file("oci")).arg(&copy)), "cp");
    let ran = buildah(&["from", "--name", "upgraded", &format!("oci:{}", copy.display())]);
    done(&ran, "buildah from");
    let ran = buildah(&["mount", "upgraded"]);
    done(&ran, "buildah mount");
    let root = PathBuf::from(ran.stdout.trim());
    let found = tree(&root.join("home/wso2carbon").join(TOP));
    let expected = expected_of_image(folder.path());
    // What was mounted must go before the folder can.
    done(&buildah(&["umount", "upgraded"]), "buildah umount");
    done(&buildah(&["rm", "--all"]), "buildah rm");
    assert!(expected.is_none_or(|expected| found == expected), "the container has another tree than the zip");
}

#[test]
fn the_layer_of_the_distribution_is_the_same_for_every_home() {
    let layers = |case: &Case| -> BTreeMap<String, String> {
        let manifest = json(&case.bundle().join("manifest.json"));
        let outputs = manifest["outputs"].as_array().expect("a list").clone();
        let image = outputs.iter().find(|output| output["kind"] == "oci").expect("one is wanted").clone();
        let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
        let layers = image["layers"].as_array().expect("a list").clone();
        layers.iter().map(|layer| (text(&layer["name"]), text(&layer["sha256"]))).collect()
    };
    let first = layers(&MADE.case);
    assert_eq!(first.keys().collect::<Vec<_>>(), ["configuration", "container", "distribution", "user"]);
    let other = Case::of(&Trees::sample());
    fs::write(other.given.home.join("lib/added.txt"), "one more").expect("a file");
    done(&other.package(&["--output", "oci"]), "package");
    let second = layers(&other);
    assert_eq!(first["distribution"], second["distribution"]);
    assert_eq!(first["configuration"], second["configuration"]);
    assert_ne!(first["user"], second["user"]);
    assert_ne!(first["container"], second["container"], "one of them takes files away");
}

/// The layers of an image, the lowest first, and what it says of itself.
fn image(layout: &Path) -> (Vec<String>, serde_json::Value) {
    let blob = |descriptor: &serde_json::Value| {
        let digest = descriptor["digest"].as_str().expect("a digest").replace("sha256:", "");
        layout.join("blobs/sha256").join(digest)
    };
    let manifest = json(&blob(&json(&layout.join("index.json"))["manifests"][0]));
    let layers = manifest["layers"].as_array().expect("a list").iter();
    let layers = layers.map(|layer| layer["digest"].as_str().expect("a digest").to_owned()).collect();
    (layers, json(&blob(&manifest["config"])))
}

#[test]
fn an_image_lies_on_a_base_image_of_any_form() {
    let folder = tempfile::tempdir().expect("a folder");
    // Any image is a base; this one is there.
    let (base, base_config) = image(&MADE.file("oci"));
    let mut forms = vec![MADE.file("oci"), MADE.file(&format!("{NAME}-oci.tar"))];
    if has_tool("skopeo") {
        for kind in ["dir", "docker-archive"] {
            let place = folder.path().join(kind);
            let from = format!("oci:{}", MADE.file("oci").display());
            let to = format!("{kind}:{}", place.display());
            done(&tool("skopeo", &["--insecure-policy", "copy", &from, &to]), &to);
            forms.push(place);
        }
    }
    let mut made = Vec::new();
    for form in forms {
        let case = Case::of(&Trees::sample());
        let path = form.to_str().expect("UTF-8");
        let ran = case.package(&["--output", "oci", "--base-image", path]);
        done(&ran, path);
        assert!(ran.stderr.contains("does not set JAVA_HOME"), "{}", ran.stderr);
        assert!(ran.stderr.contains("seems to have a server of its own"), "{}", ran.stderr);
        done(&run(&mut program!("verify", case.bundle())), path);
        let (layers, config) = image(&case.bundle().join("oci"));
        assert_eq!(layers.len(), base.len() + 4, "{path}");
        let diff_ids = config["rootfs"]["diff_ids"].as_array().expect("a list");
        assert_eq!(diff_ids[..base.len()], *base_config["rootfs"]["diff_ids"].as_array().expect("a list"), "{path}");
        let of_layout = layers.starts_with(&base);
        made.push((of_layout, layers[base.len()..].to_vec()));
        let provenance = fs::read_to_string(case.bundle().join("provenance.intoto.json")).expect("it is there");
        assert!(provenance.contains("base-image"), "{provenance}");
        if has_tool("umoci") && is_root() {
            let copy = folder.path().join(format!("layout{}", made.len()));
            done(&run(Command::new("cp").arg("-r").arg(case.bundle().join("oci")).arg(&copy)), "cp");
            let listed = tool("umoci", &["ls", "--layout", copy.to_str().expect("UTF-8")]);
            let tag = listed.stdout.lines().next().expect("a tag").to_owned();
            let unpacked = folder.path().join(format!("unpacked{}", made.len()));
            let image = format!("{}:{tag}", copy.display());
            done(&tool("umoci", &["unpack", "--image", &image, unpacked.to_str().expect("UTF-8")]), "umoci unpack");
            let passwd = fs::read_to_string(unpacked.join("rootfs/etc/passwd")).expect("it is there");
            assert!(passwd.contains("wso2carbon:x:802:802:"), "{passwd}");
        }
    }
    assert!(made[0].0, "the layers of a layout are taken as they are");
    assert!(made.iter().all(|(_, ours)| *ours == made[0].1), "our layers do not depend on the form of the base");
}

#[test]
fn a_damaged_base_image_is_an_error_that_names_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = Case::of(&Trees::sample());
    let good = fs::read(MADE.file(&format!("{NAME}-oci.tar"))).expect("it is there");
    let path = folder.path().join("base.tar");
    let place = path.to_str().expect("UTF-8").to_owned();
    for length in [0, 100, 512, good.len() / 2] {
        fs::write(&path, &good[..length]).expect("a file");
        case.fails(1, &["base.tar"], &["--output", "oci", "--base-image", &place]);
    }
    let mut flipped = 0;
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).expect("a file");
        let ran = case.package(&["--output", "oci", "--base-image", &place]);
        assert!(matches!(ran.code, Some(0 | 1)), "{at}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{at}: {}", ran.stderr);
        flipped += usize::from(ran.code == Some(1) && ran.stderr.contains("base.tar"));
    }
    assert!(flipped > 20, "only {flipped} flips were told");
}

#[test]
fn what_is_not_for_an_image_is_refused() {
    let case = Case::of(&Trees::sample());
    case.fails(2, &["zip, tar.gz, docker-context, oci"], &["--output", "rpm"]);
    case.fails(1, &["--base-image", "--output oci"], &["--base-image", "/nonexistent"]);
    case.fails(1, &["/nonexistent"], &["--output", "oci", "--base-image", "/nonexistent"]);
    case.fails(2, &["linux/amd64"], &["--output", "oci", "--platform", "Linux"]);
}
