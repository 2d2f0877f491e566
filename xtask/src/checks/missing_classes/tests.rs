use super::*;
use crate::classes::testing::{Written, class, interface};
use crate::classes::{self, Whose};
use crate::examine::Jar;
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use std::io::{Cursor, Read as _};
use std::path::Path;

fn jar(manifest: &str, bytes: &[u8], is_users: bool) -> Jar {
    let whose = if is_users { Whose::Users } else { Whose::Platforms };
    Jar {
        is_users,
        manifest: Manifest::parse(manifest.as_bytes()).expect("a manifest"),
        has_manifest: true,
        classes: classes::read(Cursor::new(bytes), whose).expect("a jar"),
    }
}

/// The findings of all three checks about real jars: those of a home, beside the plugins of a distribution.
fn real(home: &Path, distribution: &Path) -> Examined {
    let mut examined = Examined::default();
    let mut add = |path: &str, bytes: &[u8], is_users: bool| {
        let mut text = String::new();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a jar");
        if let Ok(mut entry) = zip.by_name("META-INF/MANIFEST.MF") {
            entry.read_to_string(&mut text).expect("a manifest");
        }
        examined.jars.insert(EntryPath::known(path), Ok(jar(&text, bytes, is_users)));
    };
    for folder in ["dropins", "lib"] {
        for entry in std::fs::read_dir(home.join(folder)).expect("a folder") {
            let file = entry.expect("an entry").path();
            let name = file.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            if name.ends_with(".jar") {
                add(&format!("{folder}/{name}"), &std::fs::read(&file).expect("a jar"), true);
            }
        }
    }
    let file = std::fs::File::open(distribution).expect("the distribution");
    let mut zip = zip::ZipArchive::new(std::io::BufReader::new(file)).expect("a zip");
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        let Some((_, path)) = name.split_once('/') else { continue };
        if path.starts_with("wso2/") && path.ends_with(".jar") {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("it");
            add(path, &bytes, false);
        }
    }
    examined
}

#[test]
fn the_real_home_has_what_was_built_into_it_and_nothing_else() {
    let Some(inputs) = crate::tests::folder("UPGRADE_REAL_INPUTS") else { return };
    for home in ["home/wso2mi-1.2.0", "home-updated/wso2mi-1.2.0"] {
        let examined = real(&inputs.join(home), &inputs.join("wso2mi-4.0.0.zip"));
        for diagnostic in crate::checks::run(&examined, &std::collections::BTreeSet::new()) {
            crate::tests::skipped(&format!("{diagnostic:#?}"));
        }
        crate::tests::skipped(&format!("{:#?}", broken_classes(&examined)));
    }
}
