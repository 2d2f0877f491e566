//! `password-tmp` and `password-persist`: the keystore password for an unattended start.
//!
//! Facts: cipher-tool v1.1.15 and carbon-kernel v4.6.2 securevault read them from the server's folder; without one
//! the server asks on its console. Source: MI documentation, "Encrypting plain text".

use crate::choice::Choice;
use crate::diagnostic::{Code, Diagnostic};
use crate::path::EntryPath;
use crate::rules::Decision;

pub(crate) fn decide(path: &EntryPath) -> Decision {
    Decision::left_out("a password does not belong into a bundle").say(
        Diagnostic::new(
            Code(501),
            format!("`{path}` holds the keystore password and is left out; an unattended start will wait for it"),
        )
        .at(path)
        .hint(
            "put a file password-tmp (deleted after use) or password-persist into the server's folder where it runs, \
                 from a secret store; or carry this one by the policy",
        )
        .choices([Choice::Carry(path.to_string())]),
    )
}
