//! Trees of a few classes, for tests.
//!
//! In: class files. Out: an [`Examined`] with their jars. Always: nothing else in it.

use crate::classes::testing::Written;
use crate::classes::{self, Whose};
use crate::examine::{Examined, Jar};
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use std::io::Cursor;

/// A tree of these jars.
pub(in crate::checks) fn examined<const N: usize>(jars: [(&str, Jar); N]) -> Examined {
    let jars = jars.into_iter().map(|(path, jar)| (EntryPath::known(path), Ok(jar)));
    Examined { jars: jars.collect(), ..Examined::default() }
}

/// A jar with this manifest and these classes.
pub(in crate::checks) fn jar(manifest: &str, bytes: &[u8], is_users: bool) -> Jar {
    let whose = if is_users { Whose::Users } else { Whose::Platforms };
    Jar {
        is_users,
        manifest: Manifest::parse(manifest.as_bytes()).expect("a manifest"),
        has_manifest: true,
        classes: classes::read(Cursor::new(bytes), whose).expect("a jar"),
    }
}

/// An archive of class files.
pub(in crate::checks) fn archive(written: Vec<(&str, Written)>) -> Vec<u8> {
    let files: Vec<_> = written.into_iter().map(|(name, class)| (format!("{name}.class"), class.bytes())).collect();
    let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    crate::sample::plain_zip(&files)
}

fn named(written: Vec<Written>) -> Vec<u8> {
    let names: Vec<String> = written.iter().map(Written::name).collect();
    archive(names.iter().map(String::as_str).zip(written).collect())
}

/// A jar of the user's.
pub(in crate::checks) fn users_jar(manifest: &str, written: Vec<Written>) -> Jar {
    jar(manifest, &named(written), true)
}

/// A bundle of the distribution.
pub(in crate::checks) fn bundle(exports: &str, written: Vec<Written>) -> Jar {
    jar(&format!("Export-Package: {exports}\n"), &named(written), false)
}
