//! The table of all codes.
//!
//! In: nothing. Out: [`STORIES`], sorted by code. Always: a code that is no longer used keeps its row.

use super::Story;

/// Every code with its story.
pub static STORIES: &[Story] = &[];
