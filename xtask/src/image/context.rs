//! The files of a build context, beside the archives of the layers.
//!
//! In: settings, and what the distribution holds and the upgraded tree does not. Out: the files. Always: any path is
//! safe in them; any builder takes them.

use crate::image::Settings;
use crate::inventory::Mode;
use crate::path::EntryPath;

/// `Dockerfile`, `.dockerignore`, `docker-entrypoint.sh` and `docker-healthcheck.sh`: name, content, mode; in the order
/// of their names. They stand beside `distribution.tar.gz`, `user.tar.gz` and `configuration.tar.gz`, rooted at `/`.
/// `removed` are paths below the folder of the server.
pub fn context_files(settings: &Settings<'_>, removed: &[EntryPath]) -> Vec<(String, Vec<u8>, Mode)> {
    let _ = (settings, removed);
    Vec::new()
}
