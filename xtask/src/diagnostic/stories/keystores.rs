//! Codes from MI1201: keystores and secrets of the result.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::Story;

pub(super) static STORIES: &[Story] = &[];
