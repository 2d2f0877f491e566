//! Codes from MI1001: how bundles of the result resolve.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::Story;

pub(super) static STORIES: &[Story] = &[];
