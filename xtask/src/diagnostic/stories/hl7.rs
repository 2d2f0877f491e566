//! Codes from MI0701: the HL7 transport.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(701),
        severity: Severity::Conflict,
        firm: true,
        title: "the HL7 transport is in use and no pack is given",
        text: "The home uses the HL7 transport, which the 4.0.0 distribution does not contain. Its pack holds two \
               jars: org.wso2.micro.integrator.business.messaging.hl7-4.0.0.jar and openjpa-all-2.2.2.wso2v2.jar. \
               Give the pack by --hl7, or decide in the policy to go without or to carry the old jars. An HL7 \
               inbound endpoint alone needs no pack.",
        source: "MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml",
    },
    Story {
        code: Code(702),
        severity: Severity::Warning,
        firm: false,
        title: "the HL7 pack is not the one of 4.0.0",
        text: "The pack's transport was built for another release. Its synapse imports resolve against 4.0.0, and \
               the documentation offers no other download, so it is accepted; prefer the pack of 4.0.0.",
        source: "MI v4.0.0 features/wso2mi-hl7; docs-apim: configuring transports",
    },
    Story {
        code: Code(703),
        severity: Severity::Warning,
        firm: false,
        title: "the result has no HL7 transport",
        text: "The policy says to go without the HL7 transport, although the home uses it. What needs it will not \
               work; where deployment.toml still names the transport's classes, the server does not start: take \
               those lines out.",
        source: "MI v4.0.0 axis2.xml.j2 (custom_transport)",
    },
    Story {
        code: Code(704),
        severity: Severity::Error,
        firm: true,
        title: "the HL7 pack holds no HL7 transport",
        text: "None of the jars in the pack has the symbolic name org.wso2.micro.integrator.business.messaging.hl7. \
               Give the pack wso2mi-hl7-4.0.0.zip, the folder it was unpacked to, or its two jars.",
        source: "MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml",
    },
    Story {
        code: Code(705),
        severity: Severity::Warning,
        firm: false,
        title: "the old HL7 jars are carried",
        text: "The policy says to carry the home's own HL7 jars. They were built for 1.2.0; their imports resolve \
               against 4.0.0 as far as can be told without the real pack.",
        source: "MI v4.0.0 components/business-adaptors",
    },
];
