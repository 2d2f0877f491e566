//! The signature of a bundle: the one file that its checksums do not list.
//!
//! In: the folder, and the public key of whoever is to have signed it. Out: what was checked, and what is off. Always: a
//! file of that name is well-formed or a finding, with a key or without; only with one is it known who wrote it.

use super::{LARGEST_SUMS, read_bounded};
use crate::archive::sums;
use crate::signature::{self, PublicKey};
use std::path::Path;

/// Checks the signature by a key: the line that says what it is, or the finding.
pub fn signature(folder: &Path, key: &PublicKey) -> Result<String, String> {
    let bytes = read_bounded(&folder.join(signature::NAME), signature::LARGEST);
    let signed = bytes.and_then(|bytes| signature::parse(&bytes).map_err(str::to_owned));
    let comment = signed.and_then(|signed| {
        let text = read_bounded(&folder.join(sums::NAME), LARGEST_SUMS);
        // Of checksums that are not there the other checks tell.
        signature::check(key, &text.unwrap_or_default(), &signed)
    });
    let comment = comment.map_err(|problem| format!("`{}` {problem}", signature::NAME))?;
    Ok(format!("`{}` is by the key {}: {comment}", signature::NAME, key.id))
}

/// What is wrong with the file itself, whoever it is by.
pub(super) fn problem(folder: &Path) -> Option<String> {
    let bytes = read_bounded(&folder.join(signature::NAME), signature::LARGEST);
    let problem = bytes.and_then(|bytes| signature::parse(&bytes).map(drop).map_err(str::to_owned)).err()?;
    Some(format!("`{}` {problem}", signature::NAME))
}
