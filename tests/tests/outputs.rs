//! Every form of the result is the same tree, for whatever reads it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use upgrade_tests::{Case, FORMS, NAME, Ran, TOP, Trees, files_in, has_tool, json, program, run, skipped};

/// Lists a tar: kind, mode, owner, size, name.
const PYTHON: &str = "\
import sys, tarfile
archive = tarfile.open(sys.argv[1], 'r:*')
for entry in archive:
    assert entry.mtime == 315532800 + 31 * 86400, entry.name
    if entry.isfile():
        archive.extractfile(entry).read()
    print(entry.name + ('/' if entry.isdir() else ''))
";

const PERL: &str = "\
use IO::Uncompress::Gunzip qw(gunzip $GunzipError);
my $out;
gunzip $ARGV[0] => \\$out or die $GunzipError;
binmode STDOUT;
print $out;
";

const GO: &str = "\
package main

import (
\t\"archive/tar\"
\t\"archive/zip\"
\t\"compress/gzip\"
\t\"fmt\"
\t\"io\"
\t\"os\"
\t\"strings\"
)

func check(err error) {
\tif err != nil {
\t\tpanic(err)
\t}
}

func main() {
\tif strings.HasSuffix(os.Args[1], \".zip\") {
\t\tarchive, err := zip.OpenReader(os.Args[1])
\t\tcheck(err)
\t\tfor _, entry := range archive.File {
\t\t\treader, err := entry.Open()
\t\t\tcheck(err)
\t\t\t_, err = io.Copy(io.Discard, reader)
\t\t\tcheck(err)
\t\t\tfmt.Println(entry.Name)
\t\t}
\t\treturn
\t}
\tfile, err := os.Open(os.Args[1])
\tcheck(err)
\tpacked, err := gzip.NewReader(file)
\tcheck(err)
\tpacked.Multistream(false)
\tarchive := tar.NewReader(packed)
\tfor {
\t\tentry, err := archive.Next()
\t\tif err == io.EOF {
\t\t\tbreak
\t\t}
\t\tcheck(err)
\t\t_, err = io.Copy(io.Discard, archive)
\t\tcheck(err)
\t\tfmt.Println(entry.Name)
\t}
}
";

/// A home and a distribution with names that are hard for archives, and every form of the result.
struct Made {
    case: Case,
}

impl Made {
    fn file(&self, name: &str) -> PathBuf {
        self.case.bundle().join(name)
    }

    fn zip(&self) -> PathBuf {
        self.file(&format!("{NAME}.zip"))
    }

    fn tar_gz(&self) -> PathBuf {
        self.file(&format!("{NAME}.tar.gz"))
    }
}

static MADE: LazyLock<Made> = LazyLock::new(|| {
    let case = Case::of(&Trees::sample());
    let deep = format!("repository/deployment/server/synapse-configs/default/api/{}.xml", "long-name-".repeat(15));
    for (path, text) in [(deep.as_str(), "<api/>"), ("lib/not a jar.txt", "text")] {
        let path = case.given.home.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    // One file and one folder of the distribution that the result does not have.
    let ran = case.run("package", Some("leave_out = [\"LICENSE.txt\", \"dbscripts/**\"]\n"), &["--output", FORMS]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    Made { case }
});

/// The entries of the zip, in its order, folders with a `/` at their end: what every other form must be.
fn names() -> Vec<String> {
    let archive = zip::ZipArchive::new(File::open(MADE.zip()).expect("it is there")).expect("a zip");
    (0..archive.len()).map(|at| archive.name_for_index(at).expect("one").expect("UTF-8").into_owned()).collect()
}

/// A tree on disk: kind, mode, owner and content of each path below a folder. A link has no mode of its own.
#[cfg(unix)]
fn tree(folder: &Path) -> BTreeMap<String, (String, Vec<u8>)> {
    use std::os::unix::fs::MetadataExt as _;
    let mut tree = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let metadata = fs::symlink_metadata(&path).expect("it is there");
        let name = path.strip_prefix(folder).expect("below").to_str().expect("UTF-8").to_owned();
        let (mode, owner) = (metadata.mode() & 0o7777, metadata.uid());
        let (what, content) = if metadata.is_dir() {
            open.extend(fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            (format!("folder {mode:o} {owner}"), Vec::new())
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            (format!("link {owner}"), target.to_str().expect("UTF-8").as_bytes().to_vec())
        } else {
            (format!("file {mode:o} {owner}"), fs::read(&path).expect("a file"))
        };
        tree.insert(name, (what, content));
    }
    tree
}

fn done(ran: &Ran, what: &str) {
    assert_eq!(ran.code, Some(0), "{what}: {}{}", ran.stdout, ran.stderr);
}

fn tool(name: &str, arguments: &[&str]) -> Ran {
    run(Command::new(name).args(arguments).env("LC_ALL", "C.UTF-8").env("PYTHONUTF8", "1"))
}

#[test]
fn every_reader_that_is_installed_accepts_the_tar_gz() {
    let archive = MADE.tar_gz();
    let archive = archive.to_str().expect("UTF-8");
    let names = names();
    let readers: [(&str, &[&str]); 5] = [
        ("tar", &["--quoting-style=literal", "-tzf"]),
        ("bsdtar", &["-tf"]),
        ("busybox", &["tar", "-tzf"]),
        ("python3", &["-c", PYTHON]),
        ("7zz", &["t", "-bso0"]),
    ];
    for (name, arguments) in readers {
        if !has_tool(name) {
            continue;
        }
        let ran = tool(name, &[arguments, &[archive]].concat());
        done(&ran, name);
        if name != "7zz" {
            assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), names, "{name}");
        }
    }
    if has_tool("gzip") {
        done(&tool("gzip", &["-t", archive]), "gzip");
    }
    if has_tool("pigz") {
        done(&tool("pigz", &["-t", archive]), "pigz");
    }
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(File::open(archive).expect("it is there"))
        .read_to_end(&mut plain)
        .expect("one member");
    if has_tool("perl") {
        let out = Command::new("perl").args(["-e", PERL, archive]).output().expect("it starts");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        assert!(out.stdout == plain, "perl unpacks something else");
    }
}

#[test]
fn java_reads_the_one_member_of_the_tar_gz() {
    if !has_tool("java") || !has_tool("javac") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("Read.java");
    let text = "import java.io.*; import java.util.zip.*; public class Read { public static void main(String[] a) throws \
                Exception { try (InputStream in = new GZIPInputStream(new FileInputStream(a[0]))) { \
                in.transferTo(System.out); } } }";
    fs::write(&source, text).expect("a file");
    let out = Command::new("java").arg(&source).arg(MADE.tar_gz()).output().expect("it starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(File::open(MADE.tar_gz()).expect("it is there"))
        .read_to_end(&mut plain)
        .expect("whole");
    assert!(out.stdout == plain, "java unpacks something else");
}

#[test]
fn go_reads_both_archives() {
    if !has_tool("go") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join("read.go");
    fs::write(&source, GO).expect("a file");
    for archive in [MADE.zip(), MADE.tar_gz()] {
        let ran = run(Command::new("go").arg("run").arg(&source).arg(&archive).env("GOFLAGS", "-mod=mod"));
        done(&ran, "go");
        assert_eq!(ran.stdout.lines().collect::<Vec<_>>(), names(), "{}", archive.display());
    }
}

#[cfg(unix)]
#[test]
fn both_archives_unpack_to_the_same_tree() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut trees = BTreeMap::new();
    let (zip, tar_gz) = (MADE.zip(), MADE.tar_gz());
    let unpackers: [(&str, &[&str], &Path); 4] = [
        ("unzip", &["-qq"], &zip),
        ("tar", &["--no-same-owner", "-xpzf"], &tar_gz),
        ("bsdtar", &["--no-same-owner", "-xpf"], &tar_gz),
        ("busybox", &["tar", "-xpozf"], &tar_gz),
    ];
    for (name, arguments, archive) in unpackers {
        if !has_tool(name) {
            continue;
        }
        let place = folder.path().join(name);
        fs::create_dir(&place).expect("a folder");
        let ran = run(Command::new(name).args(arguments).arg(archive).current_dir(&place).env("LC_ALL", "C.UTF-8"));
        done(&ran, name);
        trees.insert(name, tree(&place.join(TOP)));
    }
    let Some((first, expected)) = trees.first_key_value() else { return };
    assert_eq!(expected.len(), names().len());
    for (name, tree) in &trees {
        assert!(tree == expected, "{name} and {first} unpack different trees");
    }
}

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
            for to in ["dir:dir", "docker-archive:docker", "oci:oci"] {
                let to = format!("{}{number}{}", folder.path().join("x").display(), &to.replace(':', "-"));
                let kind = to.rsplit_once("x").expect("a name").1[1..].split('-').next().unwrap_or_default().to_owned();
                let kind = if kind == "docker" { "docker-archive".to_owned() } else { kind };
                let name = if kind == "docker-archive" { ":wso2mi:test" } else { "" };
                let ran = tool("skopeo", &["--insecure-policy", "copy", from, &format!("{kind}:{to}{name}")]);
                done(&ran, &format!("skopeo copy {from} {kind}"));
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
    done(&buildah(&["rm", "upgraded"]), "buildah rm");
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
fn each_form_alone_is_a_whole_bundle_with_the_same_bytes() {
    let all = files_in(&MADE.case.bundle());
    for form in FORMS.split(',') {
        let case = Case::with(MADE.case.given.clone());
        let policy = fs::read_to_string(MADE.file("policy.toml")).expect("it is there");
        let ran = case.run("package", Some(&policy), &["--output", form]);
        done(&ran, form);
        let verified = run(&mut program!("verify", case.bundle()));
        done(&verified, form);
        let is_of_form = |name: &str| match form {
            "zip" => name == format!("{NAME}.zip"),
            "tar.gz" => name == format!("{NAME}.tar.gz"),
            "docker-context" => name.starts_with("docker-context/"),
            _ => name.starts_with("oci/") || name == format!("{NAME}-oci.tar"),
        };
        let alone = files_in(&case.bundle());
        let of_form: Vec<_> = all.iter().filter(|(name, _)| is_of_form(name)).collect();
        assert!(!of_form.is_empty(), "{form}");
        for (name, bytes) in of_form {
            assert!(alone.get(name) == Some(bytes), "{form}: {name} is otherwise beside the others");
        }
        let others = FORMS.split(',').filter(|other| *other != form);
        for other in others {
            let present = alone.keys().any(|name| match other {
                "docker-context" | "oci" => name.starts_with(&format!("{other}/")),
                _ => *name == format!("{NAME}.{other}"),
            });
            assert!(!present, "{form} brings {other}");
        }
    }
}

#[test]
fn what_is_not_for_an_image_is_refused() {
    let case = Case::of(&Trees::sample());
    case.fails(2, &["zip, tar.gz, docker-context, oci"], &["--output", "rpm"]);
    case.fails(1, &["--base-image", "--output oci"], &["--base-image", "/nonexistent"]);
    case.fails(1, &["/nonexistent"], &["--output", "oci", "--base-image", "/nonexistent"]);
    case.fails(2, &["linux/amd64"], &["--output", "oci", "--platform", "Linux"]);
}
