//! Codes from MI0501: password files and the secure vault.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(501),
        severity: Severity::Warning,
        firm: false,
        title: "no password file for an unattended start",
        text: "The secure vault needs the keystore password at every start. It is read from a file password-tmp \
               (deleted after use) or password-persist in the server's folder; without one the server asks on its \
               console, and an unattended start waits for ever. A file of the home is left out: the bundle should not hold the password. Provide \
               the file where the server runs, from a secret store. The policy can carry it.",
        source: "MI documentation: encrypting plain text; cipher-tool v1.1.15",
    },
    Story {
        code: Code(502),
        severity: Severity::Note,
        firm: false,
        title: "the secure vault's settings are rewritten for their new place",
        text: "secret-conf.properties was written by the cipher tool with absolute paths of the old server. It is \
               carried with paths relative to the server's folder and names the same keystore, type and alias as \
               before.",
        source: "cipher-tool v1.1.15 Utils; carbon-kernel v4.6.2 securevault",
    },
    Story {
        code: Code(503),
        severity: Severity::Warning,
        firm: false,
        title: "the secure vault names a place outside of the home",
        text: "A path in secret-conf.properties lies outside of the home that was given, so it cannot be made \
               relative. It is carried as it stands: the file must be there where the result runs.",
        source: "cipher-tool v1.1.15 Utils",
    },
    Story {
        code: Code(504),
        severity: Severity::Warning,
        firm: false,
        title: "the secure vault names a keystore that is not in the result",
        text: "The keystore that decrypts the secrets is not in the result at the place that secret-conf.properties \
               names. The server cannot decrypt its secrets without it.",
        source: "carbon-kernel v4.6.2 securevault",
    },
];
