//! The certificates of the keys that the server shows, and those that it trusts.
//!
//! In: an examined tree. Out: diagnostics about what has ended, ends soon, or is weak. Always: compared with the day
//! that is given, never with a clock; a certificate is told once, whatever uses it.
//!
//! Facts: both releases ship the same key, `CN=localhost`, whose certificate ended on 2022-01-25; everybody has it.
//! `certificates_shipped.txt` has the first eight bytes of the SHA-256 of each certificate that they ship as trusted.
//!
//! Source: MI v1.2.0 and v4.0.0, `repository/resources/security/wso2carbon.jks` and `client-truststore.jks`.

use super::keystores::uses::Role;
use super::keystores::{Named, Open, each_once, listed, open};
use crate::diagnostic::{Code, Diagnostic};
use crate::keystores::Certificate;
use crate::timestamp::Timestamp;
use std::collections::BTreeMap;

/// The SHA-256 of the certificate of the key that is shipped.
const SHIPPED_KEY: &str = "3612ad8f01b4ecf4714f0bc8e071b6403dd34c4dde62d81dd4b91d1aa356dee6";
/// The trusted certificates that are shipped.
const SHIPPED: &str = include_str!("certificates_shipped.txt");
/// A certificate that ends in less time is told.
const SOON: u64 = 90 * 86_400;
/// An RSA key of fewer bits is weak.
///
/// Source: NIST SP 800-131A revision 2.
const FEWEST_BITS: usize = 2048;

/// A certificate that the server shows, with where it is.
struct Shown<'a> {
    certificate: &'a Certificate,
    /// Whether it is that of the key itself.
    is_own: bool,
    places: Vec<String>,
}

/// What there is to say.
pub(super) fn check(named: &[Named], today: Timestamp) -> Vec<Diagnostic> {
    let stores = open(named);
    let mut shown: BTreeMap<_, Shown<'_>> = BTreeMap::new();
    for store in &stores {
        for (alias, chain, _) in store.store.keys().filter(|(alias, _, _)| is_used(store, alias)) {
            for (number, certificate) in chain.iter().enumerate() {
                let place = format!("`{alias}` of `{}`, for {}", store.path, users(store, alias));
                let entry = Shown { certificate, is_own: number == 0, places: Vec::new() };
                shown.entry(certificate.fingerprint).or_insert(entry).places.push(place);
            }
        }
    }
    let shown: Vec<Shown<'_>> = shown.into_values().collect();
    let mut said: Vec<Diagnostic> = shown.iter().flat_map(|one| of_one(one, today)).collect();
    said.sort_by(|one, other| (one.code, &one.message).cmp(&(other.code, &other.message)));
    said.extend(trusted(&stores, today));
    said
}

/// Whether a key is one that the server shows.
fn is_used(store: &Open<'_>, alias: &str) -> bool {
    store.of.iter().any(|(_, role)| of_role(role, alias))
}

fn of_role(role: &Role, alias: &str) -> bool {
    match role {
        Role::Keys => true,
        Role::Key(named) => named.to_lowercase() == alias,
        Role::Trust => false,
    }
}

fn users(store: &Open<'_>, alias: &str) -> String {
    each_once(store.of.iter().filter(|(_, role)| of_role(role, alias)).map(|(who, _)| *who))
}

/// The day of a time.
fn day(time: Timestamp) -> String {
    time.rfc3339().chars().take(10).collect()
}

/// What a certificate is called.
fn name(certificate: &Certificate) -> String {
    if certificate.subject.is_empty() { "without a name".to_owned() } else { format!("`{}`", certificate.subject) }
}

fn of_one(shown: &Shown<'_>, today: Timestamp) -> Vec<Diagnostic> {
    let Shown { certificate, is_own, places } = shown;
    let until = day(certificate.not_after);
    let has_ended = certificate.not_after < today;
    let lines = listed(places.clone());
    if certificate.fingerprint.to_string() == SHIPPED_KEY {
        let ended = if has_ended { format!(", and its certificate ended on {until}") } else { String::new() };
        let message = format!("the server has the key that every distribution has{ended}");
        let hint = "clients that check certificates refuse it, and everybody can read what is encrypted with it; make \
                    a key of your own with `keytool -genkeypair`, and keep this one for the secrets as long as they are \
                    encrypted with it";
        return vec![Diagnostic::new(Code(1211), message).details(lines).hint(hint)];
    }
    let mut said = Vec::new();
    let name = name(certificate);
    if has_ended {
        let message = format!("the certificate {name} ended on {until}");
        let hint = "clients that check certificates refuse it; have it renewed, and import the new one";
        said.push(Diagnostic::new(Code(1209), message).details(lines.clone()).hint(hint));
    } else if certificate.not_after.seconds() - today.seconds() <= SOON {
        let message = format!("the certificate {name} ends on {until}");
        said.push(Diagnostic::new(Code(1210), message).details(lines.clone()).hint("have it renewed before that"));
    }
    let is_rsa = certificate.key_algorithm.starts_with("RSA");
    let bits = certificate.key_bits.filter(|bits| is_rsa && *bits < FEWEST_BITS);
    let hash = ["MD2", "MD5", "SHA1"].iter().find(|hash| certificate.signature.starts_with(&format!("{hash}with")));
    // Nobody looks at how a certificate signed itself, at the end of a chain.
    let hash = hash.filter(|_| *is_own || !certificate.is_self_issued());
    if bits.is_some() || hash.is_some() {
        let why = match (bits, hash) {
            (Some(bits), Some(hash)) => format!("has a key of {bits} bits and is signed with {hash}"),
            (Some(bits), None) => format!("has a key of {bits} bits"),
            (None, hash) => format!("is signed with {}", hash.copied().unwrap_or_default()),
        };
        let message = format!("the certificate {name} {why}");
        let hint = "many clients refuse it; make a key of 2048 bits or more, with a certificate signed with SHA-256";
        said.push(Diagnostic::new(Code(1212), message).details(lines).hint(hint));
    }
    said
}

/// Trusted certificates that have ended, but for those that are shipped.
fn trusted(stores: &[Open<'_>], today: Timestamp) -> Option<Diagnostic> {
    let is_shipped = |certificate: &Certificate| {
        let fingerprint = certificate.fingerprint.to_string();
        SHIPPED.lines().any(|shipped| fingerprint.starts_with(shipped)) || fingerprint == SHIPPED_KEY
    };
    let mut lines = Vec::new();
    let mut all_ended = Vec::new();
    for store in stores.iter().filter(|store| store.of.iter().any(|(_, role)| **role == Role::Trust)) {
        let ended: Vec<_> = store
            .store
            .trusted()
            .filter(|(_, certificate)| certificate.not_after < today && !is_shipped(certificate))
            .map(|(alias, certificate)| (certificate.not_after, alias))
            .collect();
        if !ended.is_empty() {
            let count = ended.len();
            let all = store.store.entries.len();
            let shown = ended.iter().map(|(until, alias)| format!("`{alias}` on {}", day(*until))).collect();
            lines.push(format!("`{}`: {count} of {all}: {}", store.path, listed(shown).join(", ")));
            all_ended.extend(ended);
        }
    }
    let (until, alias) = all_ended.iter().min()?;
    let first = format!("`{alias}` on {}", day(*until));
    let message = match all_ended.len() {
        1 => format!("a trusted certificate has ended: {first}"),
        _ => format!("trusted certificates have ended, the first {first}"),
    };
    let hint = "servers that still show them are not connected to; ask their owners for the new ones";
    Some(Diagnostic::new(Code(1213), message).details(listed(lines)).hint(hint))
}

#[cfg(test)]
mod tests;
