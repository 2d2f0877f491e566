//! The password of the vault's keystore, for a start that nobody attends.
//!
//! In: an [`Examined`] tree. Out: that there is no file with it, or that the file does not open the keystore. Always: no
//! password in it.
//!
//! Facts: with a secure vault the server reads password-tmp, which it deletes, or password-persist in its folder, and
//! asks on its console where there is none. Sources: MI documentation, "Encrypting plain text"; carbon-kernel v4.6.2
//! `DefaultSecretCallbackHandler`.

use super::vault::{Vault, password_file};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::keystores::{self, Budget, Refusal};

/// What there is to say.
pub(super) fn check(examined: &Examined, vault: &Vault) -> Vec<Diagnostic> {
    if vault.secrets.is_empty() {
        return Vec::new();
    }
    let Some((path, lines)) = password_file(examined) else {
        let hint = "put a file password-tmp (deleted after use) or password-persist into the server's folder where it \
                    runs, from a secret store";
        let message = "there is no file with the keystore password; an unattended start will wait for it";
        return vec![Diagnostic::new(Code(501), message).hint(hint)];
    };
    let bytes = vault.file.as_ref().and_then(|file| Some((file, examined.keystores.get(file)?)));
    let (Some((file, bytes)), Some(password)) = (bytes, lines.first()) else { return Vec::new() };
    match keystores::open(bytes, &password.0, &mut Budget::full()) {
        Err(Refusal::WrongPassword) => vec![
            Diagnostic::new(Code(1216), format!("`{path}` has a password that does not open `{file}`"))
                .at(path)
                .hint("the server does not decrypt its secrets with it; its first line must be the store's password"),
        ],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
