//! What holds for jars in `dropins` and in `lib` alike.
//!
//! Facts: both releases ship hapi 2.1.0 with the inbound endpoints (MI v4.0.0 features/mediation-features/inbound-endpoint);
//! a second one splits its packages.

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::rules::Decision;

/// A hapi jar, wherever it lies.
pub(crate) fn hapi(path: &EntryPath) -> Decision {
    Decision::left_out("the distribution ships hapi itself; a second one breaks HL7").say(
        Diagnostic::new(Code(302), format!("`{path}` holds hapi and is left out"))
            .at(path)
            .hint("4.0.0 ships hapi 2.1.0; build what needs another version against that"),
    )
}

/// Adds a warning to a decision about a jar that cannot be read.
pub(crate) fn damaged(path: &EntryPath, entry: &Entry, decision: Decision) -> Decision {
    match &entry.facts.damage {
        Some(damage) => decision.say(
            Diagnostic::new(Code(309), format!("`{path}` cannot be read as a jar: {damage}")).at(path).hint(
                "it is carried as it is, and the server will most likely ignore it; put a good copy in its place",
            ),
        ),
        None => decision,
    }
}
