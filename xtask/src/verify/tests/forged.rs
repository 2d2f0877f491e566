//! Forms that were changed by somebody who mended every checksum: what is found lies in the tree.

use super::*;
use crate::archive::tar_write::{Header, TarGz};
use crate::image::{Platform, Settings};
use crate::output::Output;
use crate::report::Document;
use crate::timestamp::Timestamp;
use crate::write::tests::{sample, work};
use crate::write::{self, ImageWork, Work};

const LAYERS: [&str; 3] = ["distribution", "user", "configuration"];

/// Every form of the sample.
fn every_form() -> tempfile::TempDir {
    let (tree, memory) = sample();
    let settings = Settings {
        name: "up",
        time: Timestamp::FIXED,
        platform: Platform::default(),
        ports: &[8290],
        health_port: Some(9201),
        title: "title",
        version: "4.0.0",
        description: "description",
    };
    let image = Some(ImageWork { settings: &settings, base: None, account: None });
    let outputs = Output::ALL.into_iter().collect();
    let distribution =
        tree.iter().filter(|(path, _)| path.is_below("bin")).map(|(path, planned)| (path.clone(), planned.clone()));
    let work = Work { outputs: &outputs, image, distribution: &distribution.collect(), ..work(&tree, &memory) };
    let folder = tempfile::tempdir().expect("a folder");
    let documents = |_: &write::Written| Ok(vec![Document::new("report.txt", "all well\n")]);
    write::bundle(&work, "up", folder.path(), &documents, &Quiet).expect("it is written");
    assert_eq!(findings(folder.path()), Vec::<String>::new());
    folder
}

/// Makes the sums, and what the manifest says of files and layers, fit what is there.
fn reseal(folder: &Path) {
    let read = |name: &str| fs::read(folder.join(name)).expect("it is there");
    let mut manifest = Manifest::parse(&read(manifest::NAME)).expect("well-formed");
    for output in &mut manifest.outputs {
        if let Some(file) = &mut output.file {
            let bytes = read(&file.file);
            (file.size, file.sha256) = (bytes.len() as u64, Digest::of(&bytes).to_string());
        }
        if output.kind == "docker-context" {
            for layer in &mut output.layers {
                let bytes = read(&format!("docker-context/{}.tar.gz", layer.name));
                (layer.size, layer.sha256) = (bytes.len() as u64, Digest::of(&bytes).to_string());
                let mut tar = Vec::new();
                flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut tar).expect("a gzip");
                layer.diff_id = Digest::of(&tar).to_string();
            }
        }
    }
    let mut bytes = Vec::new();
    manifest.render(&mut bytes).expect("memory takes all");
    rewrite(&folder.join(manifest::NAME), &bytes);
    let names = names(folder).expect("a folder").into_keys().filter(|name| name != sums::NAME);
    let sums: BTreeMap<_, _> = names.map(|name| (name.clone(), Digest::of(&read(&name)))).collect();
    rewrite(&folder.join(sums::NAME), sums::render(&sums).as_bytes());
}

/// An entry to forge: its name, mode, owner and content.
type Forged<'a> = (&'a str, Mode, u64, &'a [u8]);

/// A tar.gz as the writer makes it, with other entries.
fn archive(entries: &[Forged<'_>]) -> Vec<u8> {
    let mut archive = TarGz::new(Vec::new(), Timestamp::FIXED, false).expect("memory takes all");
    for (name, mode, owner, bytes) in entries {
        let kind = if name.ends_with('/') { Kind::Folder } else { Kind::File };
        let (name, size) = (name.trim_end_matches('/'), bytes.len() as u64);
        archive.start(&Header { name, kind: &kind, mode: *mode, owner: *owner, size }).expect("memory takes all");
        if size > 0 {
            archive.stored(&mut &bytes[..], size).expect("it fits");
        }
    }
    archive.finish().expect("memory takes all").0
}

fn says(folder: &Path, words: &str) {
    reseal(folder);
    let found = findings(folder);
    assert!(found.iter().any(|finding| finding.contains(words)), "`{words}` is not in {found:#?}");
}

#[test]
fn another_tar_gz_is_found() {
    let folder = every_form();
    let path = folder.path().join("up.tar.gz");
    let top = ("wso2mi-4.0.0/", 0o755, 0, &b""[..]);
    let script = b"echo hello\n".repeat(40);
    let bin = ("wso2mi-4.0.0/bin/", 0o755, 0, &b""[..]);
    let start = ("wso2mi-4.0.0/bin/micro-integrator.sh", 0o755, 0, &script[..]);
    for (entries, words) in [
        (vec![top], "the entry `wso2mi-4.0.0/bin` is missing"),
        (vec![top, start], "has the entry `wso2mi-4.0.0/bin/micro-integrator.sh` where the manifest has"),
        (vec![top, bin, (start.0, 0o700, 0, start.3)], "has the mode 0700, by the manifest 0755"),
        (vec![top, bin, (start.0, 0o755, 7, start.3)], "belongs to the user 7, and should to 0"),
        (vec![top, bin, (start.0, 0o755, 0, &b"other"[..])], "has 5 bytes, by the manifest 440"),
        (vec![top, bin, (start.0, 0o755, 0, &script[..440].to_ascii_uppercase()[..])], "has another SHA-256"),
    ] {
        rewrite(&path, &archive(&entries));
        says(folder.path(), words);
    }
    rewrite(&path, b"no gzip");
    says(folder.path(), "does not begin as a gzip file");
}

#[test]
fn other_layers_of_a_build_context_are_found() {
    let below = "home/wso2carbon/wso2mi-4.0.0";
    let file = |name: &str| format!("{below}/{name}");
    let (lib, own, outside, away) =
        (file("lib/driver.jar"), file("lib/planted.jar"), "etc/cron.d/job".to_owned(), file("lib/.wh.driver.jar"));
    let jar = b"PK jar ".repeat(9);
    for (name, bytes, owner, words) in [
        (&lib, &b"other"[..], 802, "has 5 bytes, by the manifest 63"),
        (&lib, &jar[..], 0, "belongs to the user 0, and should to 802"),
        (&own, &b"x"[..], 802, "planted.jar` is not in the manifest"),
        (&outside, &b"x"[..], 0, "`etc/cron.d/job` is not in the manifest"),
        (&away, &b""[..], 802, "which only the container's layer may do"),
        (&lib, &jar[..], 802, "`wso2mi-4.0.0/conf/deployment.toml` is missing"),
    ] {
        let folder = every_form();
        let layer = if words.contains("deployment.toml") { "configuration" } else { "user" };
        rewrite(
            &folder.path().join(format!("docker-context/{layer}.tar.gz")),
            &archive(&[(name, 0o644, owner, bytes)]),
        );
        says(folder.path(), words);
    }
    let folder = every_form();
    for layer in LAYERS {
        rewrite(&folder.path().join(format!("docker-context/{layer}.tar.gz")), &archive(&[]));
    }
    says(folder.path(), "the entry `wso2mi-4.0.0` is missing");
}

#[test]
fn another_layout_is_found() {
    let planted = b"{}";
    let digest = Digest::of(planted).to_string();
    let folder = every_form();
    fs::write(folder.path().join("oci/blobs/sha256").join(&digest), planted).expect("a file");
    says(folder.path(), "belongs to no image");

    let folder = every_form();
    fs::write(folder.path().join("oci/blobs/sha256").join("0".repeat(64)), planted).expect("a file");
    says(folder.path(), "has another digest than its name");

    let folder = every_form();
    fs::write(folder.path().join("oci/other.json"), planted).expect("a file");
    says(folder.path(), "`other.json` does not belong into a layout");

    let folder = every_form();
    let index = folder.path().join("oci/index.json");
    let text = fs::read_to_string(&index).expect("it is there");
    let manifest = text.split("sha256:").nth(1).expect("a digest").get(..64).expect("64 digits").to_owned();
    let mut file = fs::read_to_string(folder.path().join("oci/blobs/sha256").join(&manifest)).expect("it is there");
    file.push('\n');
    let other = Digest::of(file.as_bytes()).to_string();
    fs::write(folder.path().join("oci/blobs/sha256").join(&other), &file).expect("a file");
    fs::remove_file(folder.path().join("oci/blobs/sha256").join(&manifest)).expect("it was there");
    let size = file.len();
    rewrite(
        &index,
        text.replace(&manifest, &other)
            .replace(&format!("\"size\":{}", size - 1), &format!("\"size\":{size}"))
            .as_bytes(),
    );
    says(folder.path(), "names another image than the manifest");

    let folder = every_form();
    rewrite(&folder.path().join("oci/oci-layout"), b"{\"imageLayoutVersion\":\"2.0.0\"}");
    says(folder.path(), "does not say version 1.0.0");

    for bytes in [&b""[..], &[0; 1024], b"not a tar"] {
        let folder = every_form();
        rewrite(&folder.path().join("up-oci.tar"), bytes);
        says(folder.path(), "`up-oci.tar`: it ");
    }
}

#[test]
fn an_image_that_starts_as_somebody_else_is_found() {
    for (from, to) in [
        ("\"User\":\"802:802\"", "\"User\":\"0:0\""),
        ("docker-entrypoint.sh\"]", "other.sh\"]"),
        ("\"Entrypoint\":", "\"Cmd\":[\"x\"],\"Entrypoint\":"),
    ] {
        let folder = every_form();
        let blobs = folder.path().join("oci/blobs/sha256");
        let digest_in = |text: &str| text.split("sha256:").nth(1).expect("a digest").get(..64).expect("64").to_owned();
        // The blob with another text, under the name that it then has; and what names it, with the new name and size.
        let replace = |digest: &str, change: &dyn Fn(&str) -> String| {
            let text = fs::read_to_string(blobs.join(digest)).expect("it is there");
            let other = change(&text);
            fs::remove_file(blobs.join(digest)).expect("it was there");
            let name = Digest::of(other.as_bytes()).to_string();
            fs::write(blobs.join(&name), &other).expect("a file");
            (name, (text.len(), other.len()))
        };
        let rename = |text: &str, old: &str, new: &str, (before, after): (usize, usize)| {
            text.replace(old, new).replace(&format!("\"size\":{before}"), &format!("\"size\":{after}"))
        };
        let index = folder.path().join("oci/index.json");
        let index_text = fs::read_to_string(&index).expect("it is there");
        let image = digest_in(&index_text);
        let config = digest_in(&fs::read_to_string(blobs.join(&image)).expect("it is there"));
        let (new_config, sizes) = replace(&config, &|text| {
            assert!(text.contains(from), "{from} is not in {text}");
            text.replacen(from, to, 1)
        });
        let (new_image, image_sizes) = replace(&image, &|text| rename(text, &config, &new_config, sizes));
        rewrite(&index, rename(&index_text, &image, &new_image, image_sizes).as_bytes());
        let path = folder.path().join(manifest::NAME);
        let text = fs::read_to_string(&path).expect("it is there").replace(&image, &new_image);
        rewrite(&path, text.as_bytes());
        says(folder.path(), "starts something else, or as somebody else");
    }
}
