//! Codes from MI0801: policies and overlays.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(801),
        severity: Severity::Warning,
        firm: false,
        title: "a line of the policy matches nothing",
        text: "The pattern or path is in the policy, but no file that it could decide is in the inputs. It may have \
               a typing error, or what it decided is gone.",
        source: "the policy given",
    },
    Story {
        code: Code(802),
        severity: Severity::Note,
        firm: false,
        title: "an overlay replaces a file of the home",
        text: "The overlay is applied last, so its file is in the result in place of the home's.",
        source: "the overlay given",
    },
    Story {
        code: Code(803),
        severity: Severity::Warning,
        firm: false,
        title: "a file of the policy's carry list is one that the server makes itself",
        text: "The policy carries a file that the server renders, generates or keeps as its own state. It is in the \
               result as the policy says, but the server may overwrite it at its first start, or start with the old \
               release's state.",
        source: "config-mapper v1.0.18; MI v4.0.0 DefaultBundleCreator",
    },
    Story {
        code: Code(804),
        severity: Severity::Error,
        firm: true,
        title: "an overlay sets what cannot be set",
        text: "The table [settings] of an overlay names a key below something that is no table in the merged \
               deployment.toml, or takes away what it sets. Mend the overlay.toml; nothing is written.",
        source: "the overlay given",
    },
];
