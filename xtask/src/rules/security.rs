//! `repository/resources/security`: keystores, truststores and keys of every kind.
//!
//! Facts: MI v1.2.0 and v4.0.0 ship wso2carbon.jks, client-truststore.jks and publickey.pem there. The truststore
//! of 4.0.0 lacks four roots that expired in 2020; a changed one of the home is carried as it is.

use crate::change::Change;
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::{Context, Decision, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    match context.change(path, entry) {
        Change::Modified => Decision::carried(path, entry, "changed by the user"),
        Change::Added => Decision::carried(path, entry, "added by the user"),
        Change::Unmodified | Change::Unknown => three_way::decide(context, path, entry),
    }
}
