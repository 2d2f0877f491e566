//! Where the server looks for a file that its configuration names.
//!
//! In: a location. Out: the path below the home, links followed. Always: a bound on links.
//!
//! Source: the start scripts of both releases go to the home before they start Java, so a relative path is one below
//! it (MI v4.0.0 `bin/micro-integrator.sh`).

use crate::examine::{self, Tree};
use crate::path::EntryPath;

/// That a location lies outside of the home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks) struct Outside;

/// The path below the home.
pub(in crate::checks) fn below_home(location: &str) -> Result<String, Outside> {
    let location = location.trim();
    let location = ["file://", "${carbon.home}/", "${CARBON_HOME}/"]
        .iter()
        .fold(location, |location, prefix| location.strip_prefix(prefix).unwrap_or(location));
    let bytes = location.as_bytes();
    let has_drive = bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_alphabetic);
    if location.starts_with(['/', '\\']) || has_drive || location.contains("${") || location.contains("$env{") {
        return Err(Outside);
    }
    examine::joined("", location).ok_or(Outside)
}

/// The file at a path, links followed; `None` where there is none.
pub(in crate::checks) fn file(tree: &Tree, path: &str) -> Result<Option<EntryPath>, Outside> {
    tree.file(path).map_err(|_| Outside)
}
