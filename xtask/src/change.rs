//! Whether the user changed a file of the old release.
//!
//! In: an entry of the home, and what is known of the old release: its inventory, or the built-in listing.
//! Out: a [`Change`]. Always: `Unknown` where nothing tells, never a guess.

use crate::inventory::{Entry, Inventory};
use crate::path::EntryPath;
use crate::product::listing;

/// How an entry of the home stands to the old release as shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The old release has no such path.
    Added,
    /// As shipped.
    Unmodified,
    /// Shipped with another content.
    Modified,
    /// Shipped, and nothing tells whether the content is the same.
    Unknown,
}

/// Compares an entry of the home with the old release.
pub fn change(path: &EntryPath, entry: &Entry, pristine: Option<&Inventory>, fresh: &Inventory) -> Change {
    match pristine {
        Some(pristine) => match pristine.entries.get(path).map(|base| entry.same_content(base)) {
            None => Change::Added,
            Some(Some(true)) => Change::Unmodified,
            Some(Some(false)) => Change::Modified,
            Some(None) => Change::Unknown,
        },
        None => against_listing(path, entry, fresh),
    }
}

fn against_listing(path: &EntryPath, entry: &Entry, fresh: &Inventory) -> Change {
    let Some(known) = listing::listing().get(path.as_str()) else {
        return Change::Added;
    };
    if !entry.is_file() {
        return Change::Modified;
    }
    let as_fresh = fresh.entries.get(path).and_then(|fresh| entry.same_content(fresh));
    match (known.digest, entry.digest) {
        (Some(shipped), Some(digest)) if shipped == digest => Change::Unmodified,
        (Some(_), Some(_)) => Change::Modified,
        _ if as_fresh == Some(true) => Change::Unmodified,
        _ if known.same_in_fresh && as_fresh == Some(false) => Change::Modified,
        _ => Change::Unknown,
    }
}
