//! The build context, built: on a base image that has BusyBox and nothing else.

use super::*;
use crate::base_image::testing::{Layout, Made};
use crate::digest::Digest;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A tar, packed with gzip, of files and folders with their modes, owned by the user of the server.
fn archive(entries: &[(&str, Option<&[u8]>, u32)]) -> (Vec<u8>, Vec<u8>) {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content, mode) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        if *path != "home" {
            header.set_uid(USER_ID.into());
            header.set_gid(GROUP_ID.into());
        }
        header.set_size(content.map_or(0, |content| content.len() as u64));
        if content.is_none() {
            header.set_entry_type(tar::EntryType::Directory);
        }
        builder.append_data(&mut header, path, content.unwrap_or(&[])).expect("memory");
    }
    let tar = builder.into_inner().expect("memory");
    (crate::base_image::testing::gzip(&tar), tar)
}

/// BusyBox and the libraries that it is linked with, as a layer.
fn busybox() -> Made {
    let path = std::env::var_os("PATH").expect("a PATH");
    let program = std::env::split_paths(&path).map(|folder| folder.join("busybox")).find(|place| place.is_file());
    let program = fs::read(program.expect("busybox")).expect("a program");
    let mut files = vec![("bin/busybox".to_owned(), program)];
    let busybox = run(Command::new("sh").args(["-c", "ldd $(command -v busybox) || true"])).expect("libraries");
    for library in busybox.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from) {
        let name = library.strip_prefix("/").expect("absolute").to_str().expect("UTF-8").to_owned();
        files.push((name, fs::read(&library).expect("a library")));
    }
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, &bytes[..]).expect("memory");
    }
    for name in ["sh", "rm", "grep", "tail", "chmod", "chown"] {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o777);
        header.set_size(0);
        header.set_entry_type(tar::EntryType::Symlink);
        builder.append_link(&mut header, format!("bin/{name}"), "busybox").expect("memory");
    }
    for (name, text) in [("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("etc/group", "root:x:0:")] {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, name, text.as_bytes()).expect("memory");
    }
    let tar = builder.into_inner().expect("memory");
    let media_type = crate::image::Compression::Gzip.media_type().to_owned();
    Made { media_type, bytes: crate::base_image::testing::gzip(&tar), tar }
}

fn write_context(folder: &Path) {
    fs::create_dir(folder).expect("a folder");
    let removed = paths(&ODD);
    for (name, bytes, _) in context_files(&settings(), &removed) {
        // Without their modes, as a context comes that was copied by something that has none.
        fs::write(folder.join(name), bytes).expect("a file");
    }
    let below = |name: &str| format!("{SERVER_HOME}/{name}");
    let folders = ["home".to_owned(), USER_HOME.to_owned(), SERVER_HOME.to_owned()];
    let all = |files: &[(&str, &[u8], u32)]| {
        let names: Vec<String> = files.iter().map(|(name, ..)| below(name)).collect();
        let folders = folders.iter().map(|folder| (folder.as_str(), None, 0o755));
        let files = names.iter().zip(files).map(|(name, (_, bytes, mode))| (name.as_str(), Some(*bytes), *mode));
        archive(&folders.chain(files).collect::<Vec<_>>()).0
    };
    let mut shipped: Vec<(&str, &[u8], u32)> = ODD.iter().map(|name| (*name, &b"x"[..], 0o644)).collect();
    shipped.extend([("bin/micro-integrator.sh", &b"exit 0\n"[..], 0o755), ("conf/deployment.toml", b"shipped", 0o644)]);
    fs::write(folder.join("distribution.tar.gz"), all(&shipped)).expect("a file");
    fs::write(folder.join("user.tar.gz"), all(&[("lib/driver.jar", b"jar", 0o640)])).expect("a file");
    fs::write(folder.join("configuration.tar.gz"), all(&[("conf/deployment.toml", b"merged", 0o600)])).expect("a file");
}

/// Path, owner, group, mode and content of an entry.
type Built = (String, u64, u64, u32, String);

/// What the configuration says of containers, and the entries of the topmost layer.
fn built(layout: &Path) -> (Value, Vec<Built>) {
    let image = crate::base_image::open(layout, None).expect("an image");
    let index: Value = serde_json::from_slice(&fs::read(layout.join("index.json")).expect("a file")).expect("JSON");
    let at = |digest: &Value| layout.join(digest.as_str().expect("a digest").replace("sha256:", "blobs/sha256/"));
    let read = |digest: &Value| serde_json::from_slice::<Value>(&fs::read(at(digest)).expect("a blob")).expect("JSON");
    let config = read(&read(&index["manifests"][0]["digest"])["config"]["digest"]);
    let mut tar = Vec::new();
    let mut layer = image.layer(image.image.layers.len() - 1).expect("a layer");
    std::io::Read::read_to_end(&mut layer, &mut tar).expect("a layer");
    if tar.starts_with(&[0x1f, 0x8b]) {
        let mut unpacked = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&tar[..]), &mut unpacked).expect("gzip");
        tar = unpacked;
    }
    let mut archive = tar::Archive::new(&tar[..]);
    let entries = archive.entries().expect("a tar").map(|entry| {
        let mut entry = entry.expect("an entry");
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).expect("text");
        let header = entry.header();
        let (uid, gid, mode) = (header.uid().expect("uid"), header.gid().expect("gid"), header.mode().expect("mode"));
        let path = entry.path().expect("a path").to_str().expect("UTF-8").trim_end_matches('/').to_owned();
        (path, uid, gid, mode & 0o777, text)
    });
    (config["config"].clone(), entries.collect())
}

#[test]
fn buildah_builds_it_with_the_right_owners() {
    if !has_tool("buildah") || !has_tool("busybox") || !has_tool("ldd") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    let base = Layout::new(&folder.path().join("base"));
    let layers = [busybox()];
    let config = json!({
        "os": "linux", "architecture": architecture(), "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"], "User": "7"},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", Digest::of(&layers[0].tar))]},
    });
    let mut image = base.image(&config, &layers);
    image["annotations"] = json!({"org.opencontainers.image.ref.name": "base"});
    base.index(&[image]);
    write_context(&folder.path().join("context"));
    let buildah = |arguments: &[&str]| {
        let mut command = Command::new("buildah");
        command.args(["--root", &at("storage"), "--runroot", &at("run"), "--storage-driver", "vfs"]);
        // It takes the path of a layout for a name, and a name has no capitals: so the path is relative.
        run(command.args(arguments).current_dir(folder.path()))
    };
    // Where the machine lets nobody run programs in a folder as if it were the root, there is nothing to try.
    let from = "oci:base:base";
    let able = buildah(&["from", "--name", "able", "--pull-never", from])
        .and_then(|_| buildah(&["run", "--isolation", "chroot", "able", "sh", "-c", "exit 0"]));
    if let Err(problem) = able {
        crate::tests::skipped(&format!("buildah cannot run anything here: {}", problem.trim()));
        return;
    }
    let from = format!("BASE_IMAGE={from}");
    let arguments =
        ["bud", "--isolation", "chroot", "--pull-never", "--build-arg", &from, "--tag", "oci:built:built", "context"];
    buildah(&arguments).unwrap_or_else(|problem| panic!("{problem}"));

    let (config, entries) = built(&folder.path().join("built"));
    starts_the_server(&config);
    belongs_to_the_server(&entries);
}

fn starts_the_server(config: &Value) {
    assert_eq!(config["User"], "802:802");
    assert_eq!(config["Entrypoint"], json!(["/home/wso2carbon/docker-entrypoint.sh"]));
    assert!(config.get("Cmd").is_none_or(Value::is_null), "{config}");
    assert_eq!(config["ExposedPorts"], json!({"8253/tcp": {}, "8290/tcp": {}}));
    assert_eq!(config["Labels"]["org.opencontainers.image.title"], "Micro \"Integrator\" at $5 \\o/ RUN id");
    let environment: Vec<&str> = config["Env"].as_array().expect("Env").iter().filter_map(Value::as_str).collect();
    assert!(environment.contains(&"LANG=C.UTF-8") && environment.contains(&"WORKING_DIRECTORY=/home/wso2carbon"));
}

fn belongs_to_the_server(entries: &[Built]) {
    let entry = |name: &str| entries.iter().find(|(path, ..)| path == name).unwrap_or_else(|| panic!("no {name}"));
    let is = |name: &str, owner: u64, mode: u32| {
        let (_, uid, gid, found, _) = entry(name);
        assert_eq!((*uid, *gid, *found), (owner, owner, mode), "{name}");
    };
    is("home", 0, 0o755);
    is(USER_HOME, 802, 0o755);
    is(ENTRYPOINT, 802, 0o755);
    is(HEALTH_CHECK, 802, 0o755);
    is(&format!("{SERVER_HOME}/bin/micro-integrator.sh"), 802, 0o755);
    is(&format!("{SERVER_HOME}/lib/driver.jar"), 802, 0o640);
    is(&format!("{SERVER_HOME}/conf/deployment.toml"), 802, 0o600);
    assert_eq!(entry(&format!("{SERVER_HOME}/conf/deployment.toml")).4, "merged");
    let passwd = "root:x:0:0:root:/root:/bin/sh\nwso2carbon:x:802:802:WSO2:/home/wso2carbon:/bin/sh\n";
    assert_eq!(entry("etc/passwd").4, passwd);
    assert_eq!(entry("etc/group").4, "root:x:0:\nwso2:x:802:\n");
    for name in ODD {
        assert!(!entries.iter().any(|(path, ..)| *path == format!("{SERVER_HOME}/{name}")), "{name}");
    }
}

/// The processor of this machine, as images name it.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
