//! Codes from MI0401: what is deployed: modules, applications, the registry.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(401),
        severity: Severity::Warning,
        firm: false,
        title: "an axis2 module is left out because the fresh distribution ships it",
        text: "The module was added to the home in another version than the fresh distribution ships. Two versions \
               of one module side by side break the server, so the shipped one is used.",
        source: "axis2 1.6.1 AxisConfiguration; MI v4.0.0 repository/deployment/server/axis2modules",
    },
    Story {
        code: Code(402),
        severity: Severity::Warning,
        firm: false,
        title: "a registry resource differs from the one in a carbon application",
        text: "A carbon application that is carried deploys this registry path at every start, so the file is left \
               out. Its content differs from the one in the carbon application: it was changed on the running \
               server, and the change is lost unless the carbon application gets it.",
        source: "MI v4.0.0 FileRegistryResourceDeployer",
    },
    Story {
        code: Code(403),
        severity: Severity::Warning,
        firm: false,
        title: "a message processor that was paused will run",
        text: "The state of message processors is kept in the registry and is not carried (WSO2 advises against \
               it); the processor starts active in 4.0.0. Deactivate it again after the start, or deploy it with \
               is.active=false.",
        source: "docs-apim: includes/integration/pull-content-registry-migration.md",
    },
    Story {
        code: Code(404),
        severity: Severity::Warning,
        firm: false,
        title: "a carbon application cannot be read",
        text: "The archive is carried as it is, but its inside cannot be read, so the registry resources and HL7 \
               uses in it are not known. The server will most likely not deploy it.",
        source: "MI v4.0.0 AppDeployerUtils",
    },
];
