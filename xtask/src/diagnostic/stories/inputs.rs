//! Codes from MI0101: the inputs as a whole.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(101),
        severity: Severity::Warning,
        firm: false,
        title: "the fresh distribution has never been updated",
        text: "The distribution that is given as fresh is at update level 0: it is 4.0.0 as first released, without \
               the fixes of the years since. The upgrade works, but the server lacks every security fix. Update the \
               fresh distribution first, with the update tool in its bin folder, and give the updated folder as \
               --fresh.",
        source: "updates/config.json of an updated distribution; docs-apim: using WSO2 updates",
    },
    Story {
        code: Code(102),
        severity: Severity::Warning,
        firm: false,
        title: "the home was updated in place",
        text: "The home carries an update level (WUM or U2): its jars, rule files and templates differ from 1.2.0 \
               as released, and the difference is the update's, not the user's. Lines and jars that are neither in \
               1.2.0 as released nor in the fresh distribution are taken for the update's and are not carried: the \
               fresh distribution brings its own. What is listed here is what that rule left behind; look through \
               it for a change that a person made.",
        source: "updates/summary/change-log+<time>.full.txt of a WUM-updated 1.2.0 home; updates/config.json of a U2-updated one",
    },
    Story {
        code: Code(103),
        severity: Severity::Note,
        firm: false,
        title: "no pristine distribution was given",
        text: "Without --pristine the home is compared with a built-in listing of 1.2.0: its paths, and the digests \
               of the files whose content is known. A file whose original content is not known is taken for \
               unmodified where it equals the fresh distribution's, else it is a conflict, or for binaries of the \
               product a note (MI0104). Give wso2mi-1.2.0.zip as --pristine to have every file compared.",
        source: "MI v1.2.0 distribution; product/listing-1.2.0.tsv",
    },
    Story {
        code: Code(104),
        severity: Severity::Note,
        firm: false,
        title: "binaries of the product cannot be compared without the pristine distribution",
        text: "These files are binaries that 1.2.0 and the fresh distribution ship under the same name and version \
               (axis2 modules, programs in bin), their original content is not known, and the home's differ from \
               the fresh ones. The fresh distribution's are used. Give --pristine wso2mi-1.2.0.zip to see whether \
               somebody changed them.",
        source: "product/listing-1.2.0.tsv",
    },
];
