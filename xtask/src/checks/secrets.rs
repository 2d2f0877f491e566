//! Secrets: each has its entry, and decrypts with the key that the server will take.
//!
//! In: an [`Examined`] tree. Out: diagnostics with names alone. Always: no secret and no password is in any of them.
//!
//! Facts: the vault decrypts with the keystore of conf/security/secret-conf.properties. The cipher tool of 1.2.0 encrypted
//! with `InternalKeyStore`, which was fixed to wso2carbon.jks as first shipped; MI's own vault tool with the primary one.
//! A home may so hold secrets of either.
//!
//! Sources: cipher-tool v1.1.15 `Utils`; MI v4.0.0 `security/vault/Utils.java`; securevault v1.1.2.

use super::keystores::{listed, place};
use super::vault::{AtHand, Opened, SETTINGS, Vault, keys};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::reference;
use crate::document::{Document, Key, Value};
use crate::examine::Examined;
use std::collections::{BTreeMap, BTreeSet};

/// The file that refers to them.
const PATH: &str = "conf/deployment.toml";

/// What there is to say.
pub(super) fn check(examined: &Examined, vault: &Vault) -> Vec<Diagnostic> {
    let Some(configuration) = &examined.configuration else { return Vec::new() };
    let missing = missing(&configuration.document);
    // Where the server does not start for it, that is told already.
    let missing = missing.filter(|_| configuration.rendering.is_ok());
    let found = [missing, without_keystore(vault), undecrypted(examined, vault)];
    found.into_iter().flatten().collect()
}

/// Secrets that settings refer to and `[secrets]` does not have.
fn missing(document: &Document) -> Option<Diagnostic> {
    let [secrets, runtime] = ["secrets", "runtime_secrets"].map(Key::dotted);
    if document.settings.iter().any(|setting| setting.key.starts_with(&runtime)) {
        return None;
    }
    let own = document.settings.iter().filter(|setting| setting.key.starts_with(&secrets));
    let known: BTreeSet<&str> = own.filter_map(|setting| setting.key.last_name()).collect();
    let mut missing: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for setting in &document.settings {
        for text in texts(&setting.value) {
            for name in reference::names(text, "$secret{").filter(|name| !known.contains(name)) {
                missing.entry(name.to_owned()).or_default().push(document.line(setting.place.start));
            }
        }
    }
    let first = *missing.values().flatten().min()?;
    let lines = missing.iter().map(|(name, lines)| {
        let lines: Vec<String> = lines.iter().take(5).map(usize::to_string).collect();
        format!("`{name}`: line {}", lines.join(", "))
    });
    Some(
        Diagnostic::new(Code(620), "settings refer to secrets that [secrets] does not have")
            .at_line(PATH, first)
            .details(listed(lines.collect()))
            .hint("the server may start, and fails where the secret is used; add it to [secrets], encrypted"),
    )
}

/// The texts of a value, also those in an array.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(values) => values.iter().filter_map(Value::as_str).collect(),
        value => value.as_str().into_iter().collect(),
    }
}

/// That the vault's keystore is not in the tree.
fn without_keystore(vault: &Vault) -> Option<Diagnostic> {
    let path = place::below_home(&vault.named.location).ok()?;
    let line = vault.named.line?;
    (vault.file.is_none() && !path.is_empty()).then(|| {
        Diagnostic::new(Code(504), format!("`{path}` is not in the result, and the secure vault needs it"))
            .at_line(SETTINGS, line)
            .hint("the server cannot decrypt its secrets without it; add the keystore to the home or by an overlay")
    })
}

/// Secrets that do not decrypt, or that nobody can tell of.
fn undecrypted(examined: &Examined, vault: &Vault) -> Option<Diagnostic> {
    if vault.secrets.is_empty() {
        return None;
    }
    if let Some(problem) = vault.problem() {
        // The same is told by another code where the keystore is missing.
        return without_keystore(vault).is_none().then(|| {
            let message = match vault.secrets.len() {
                1 => "1 secret was not decrypted to see whether it can be".to_owned(),
                count => format!("{count} secrets were not decrypted to see whether they can be"),
            };
            Diagnostic::new(Code(1215), message)
                .at_place(SETTINGS, vault.named.line)
                .details([problem])
                .hint("start the server once where its password is, and look for `BadPadding` in its log")
        });
    }
    let names: Vec<&String> = vault.secrets.keys().filter(|name| matches!(vault.open(name), Opened::Refused)).collect();
    if names.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    let mut stores: BTreeMap<String, usize> = BTreeMap::new();
    let keys = keys(examined);
    for name in &names {
        match keys.iter().find(|other| vault.is_of(name, &other.key)) {
            Some(AtHand { path, alias, .. }) => {
                lines.push(format!("`{name}`: the key `{alias}` of `{path}` decrypts it"));
                *stores.entry(path.to_string()).or_default() += 1;
            }
            None => lines.push(format!("`{name}`: no key that is at hand decrypts it")),
        }
    }
    let file = vault.file.as_ref().map(ToString::to_string).unwrap_or_default();
    let (count, all) = (names.len(), vault.secrets.len());
    let hint = match stores.keys().next() {
        Some(path) if count == all && stores.len() == 1 => format!(
            "name `{path}` with its alias as keystore.identity.location in {SETTINGS}, and in [keystore.internal]; or \
             encrypt them anew with the cipher tool"
        ),
        _ => "encrypt them anew with the cipher tool, with the key that the server will take".to_owned(),
    };
    let message = match (count, all) {
        (_, 1) => format!("the one secret does not decrypt with `{file}`"),
        (1, _) => format!("1 of {all} secrets does not decrypt with `{file}`"),
        _ => format!("{count} of {all} secrets do not decrypt with `{file}`"),
    };
    Some(Diagnostic::new(Code(1214), message).at_place(SETTINGS, vault.named.line).details(listed(lines)).hint(hint))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(super) use tests::base64 as tests_base64;
