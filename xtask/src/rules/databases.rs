//! `repository/database`: files of embedded databases.
//!
//! Facts: `WSO2CARBON_DB` and `WSO2SHARED_DB` are left-overs of the kernel; neither release has a driver for them, so
//! they matter only where a data source points to one (and its driver is in `lib`). Source: plugin lists of MI
//! v1.2.0 and v4.0.0 (LICENSE.txt).

use crate::change::Change;
use crate::diagnostic::Code;
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::{Context, Decision};
use crate::settings::read;

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let sources = context.settings.as_ref().map(read::data_sources).unwrap_or_default();
    if sources.iter().any(|source| read::points_to(&source.url, path.as_str())) {
        return Decision::carried(path, entry, "a data source of deployment.toml points to it");
    }
    match context.change(path, entry) {
        Change::Unmodified => Decision::follows_fresh("as 1.2.0 shipped it, and no data source points to it"),
        Change::Unknown => Decision::follows_fresh("a left-over of the kernel, and no data source points to it"),
        Change::Modified | Change::Added => Decision::left_out("no data source of deployment.toml points to it")
            .say_grouped(Code(209), path.to_string()),
    }
}
