//! Codes from MI1301: configuration of the result.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::Story;

pub(super) static STORIES: &[Story] = &[];
