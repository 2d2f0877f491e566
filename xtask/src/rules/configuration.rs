//! `conf`, but for what the server renders: logging, launch.ini, SSL profiles and the like.
//!
//! Facts: these files have no template in either release, so the server reads them as they lie there
//! (config-mapper v1.0.18: every `templates/**.j2` renders one file, nothing else is touched).

use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::{Context, Decision, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    three_way::decide(context, path, entry)
}
