//! The scripts of a bundle: what a site without the tool checks and installs it with.
//!
//! In: nothing. Out: `verify.sh` and `install.sh`, as they stand in `scripts/`. Always: the same bytes in every bundle.

use super::Document;

/// Checks the bundle.
pub const VERIFY: &str = "verify.sh";
/// Installs the archive of the bundle.
pub const INSTALL: &str = "install.sh";

/// Both files.
pub fn documents() -> [Document; 2] {
    [
        Document::script(VERIFY, include_str!("scripts/verify.sh")),
        Document::script(INSTALL, include_str!("scripts/install.sh")),
    ]
}
