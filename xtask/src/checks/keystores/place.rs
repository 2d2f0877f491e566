//! Where the server looks for a file that its configuration names.
//!
//! In: a location. Out: the path below the home. Always: pure; nothing is looked up.
//!
//! Source: the start scripts of both releases go to the home before they start Java, so a relative path is one below
//! it (MI v4.0.0 `bin/micro-integrator.sh`).

use crate::examine::{LeadsOut, joined};

/// The path below the home.
pub(in crate::checks) fn below_home(location: &str) -> Result<String, LeadsOut> {
    let location = location.trim();
    let location = ["file://", "${carbon.home}/", "${CARBON_HOME}/"]
        .iter()
        .fold(location, |location, prefix| location.strip_prefix(prefix).unwrap_or(location));
    let bytes = location.as_bytes();
    let has_drive = bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_alphabetic);
    if location.starts_with(['/', '\\']) || has_drive || location.contains("${") || location.contains("$env{") {
        return Err(LeadsOut);
    }
    joined("", location).ok_or(LeadsOut)
}
