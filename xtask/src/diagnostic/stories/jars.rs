//! Codes from MI0301: jars in `dropins`, `lib` and the platform.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(301),
        severity: Severity::Warning,
        firm: false,
        title: "a bundle of the platform in dropins is left out",
        text: "The jar in dropins has the symbolic name of a bundle that the fresh distribution (or the HL7 pack) \
               ships. Carried, both would be installed side by side, and the old one may win; servers did not start \
               because of that. It is left out, and the shipped one is used.",
        source: "MI v4.0.0 DropinsBundleDeployer; wso2/api-manager#2076, #1254",
    },
    Story {
        code: Code(302),
        severity: Severity::Warning,
        firm: false,
        title: "a hapi jar is left out",
        text: "The distribution ships hapi 2.1.0 itself in wso2/components/plugins. A second one splits the package \
               ca.uhn.hl7v2, and HL7 messages fail with IncompatibleClassChangeError.",
        source: "MI v4.0.0 inbound endpoint feature; wso2/micro-integrator#3338",
    },
    Story {
        code: Code(303),
        severity: Severity::Note,
        firm: false,
        title: "the only copy of a library was inside a generated wrapper",
        text: "The server wraps every jar of lib into dropins at each start. This wrapper's jar is no longer in \
               lib, but the wrapper stayed active. The jar inside it goes back to lib, where 4.0.0 wraps it again.",
        source: "MI v4.0.0 DefaultBundleCreator",
    },
    Story {
        code: Code(304),
        severity: Severity::Warning,
        firm: false,
        title: "a jar in dropins that the server ignored is moved to lib",
        text: "The jar has no Bundle-SymbolicName or no Bundle-Version. The server does not load such a jar from \
               dropins (\"Required Bundle manifest headers do not exists\"), so it had no effect there. In lib it is \
               wrapped into a bundle and becomes visible: if it was dead for good reason, leave it out by the \
               policy.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(305),
        severity: Severity::Warning,
        firm: false,
        title: "a jar in dropins that the server ignored is left out",
        text: "The jar has no Bundle-SymbolicName or no Bundle-Version, so the server ignored it in dropins, and a \
               jar of lib already holds all its packages.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(306),
        severity: Severity::Warning,
        firm: false,
        title: "a jar that was added to the platform is left out",
        text: "The jar was put into wso2/components/plugins or wso2/lib by hand. Nothing of wso2 is carried: it is \
               the platform itself and belongs to its release. If the jar is still needed, put it into the home's \
               lib (or into dropins, if it is a bundle) and run again.",
        source: "MI v4.0.0 distribution/src/assembly/bin.xml",
    },
    Story {
        code: Code(307),
        severity: Severity::Warning,
        firm: false,
        title: "two jars of lib become the same bundle",
        text: "The server wraps each jar of lib into a bundle whose name has `_` for each `-`. Two names that \
               differ only in that become one, and one jar hides the other.",
        source: "MI v4.0.0 DefaultBundleCreator",
    },
    Story {
        code: Code(308),
        severity: Severity::Warning,
        firm: false,
        title: "a patched jar of the platform is left out",
        text: "A bundle of wso2/components/plugins differs from the one that 1.2.0 shipped: it was patched. The \
               patch belongs to the old release; ask whether the fresh distribution's update level holds the same \
               fix.",
        source: "MI v1.2.0 PatchInstaller",
    },
    Story {
        code: Code(309),
        severity: Severity::Warning,
        firm: false,
        title: "a jar cannot be read",
        text: "The file is carried, but it is no readable zip archive, so nothing is known of its inside. In \
               dropins the server says \"Invalid Bundle found in the dropins directory\" and ignores it; a damaged \
               jar of lib is not wrapped.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
];
