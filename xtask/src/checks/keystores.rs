//! Keystores and truststores that the configuration names: there, and open.
//!
//! In: an [`Examined`] tree. Out: a diagnostic for each keystore and problem, with all that use it. Always: no password
//! in any of them; what cannot be told is one note.
//!
//! Facts: where a keystore of HTTPS does not open, the server starts, answers its health check and HTTP, and the ports of
//! HTTPS and of the management API stay closed; it logs `HTTPS Error opening Key store`, `Couldn't initialize the
//! httpstransport listener` or `Internal keystore file does not exist`. A `KeyManagerFactory` opens every key of a store
//! with the one key password that it is given.
//!
//! Sources: wso2-synapse v2.1.7-wso2v227 `ServerConnFactoryBuilder`, `ClientConnFactoryBuilder`; JDK 11
//! `sun.security.ssl.SunX509KeyManagerImpl`; starts of MI.

pub(super) mod place;
pub(super) mod uses;

use super::vault::{Opened, Vault};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::keystores::{self, Budget, Entry, Keystore};
use crate::path::EntryPath;
use std::collections::BTreeMap;
use uses::{Given, Role, Use};
use zeroize::Zeroizing;

/// More lines than these say nothing more.
const MOST_LINES: usize = 50;

/// What is the matter with a keystore. Sorts as it is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Problem {
    /// Nothing is there; where a file of that name is.
    Missing(Option<EntryPath>),
    /// It does not open: a lower-case fragment.
    Refused(String),
    /// A key does not open with the key password.
    KeyRefused(String),
    /// A key is of an algorithm that Java 11 does not know: its alias, and the algorithm.
    KeyTooNew(String, &'static str),
    /// There is no such key.
    NoKey(String),
    /// There is no key at all.
    NoKeys,
    /// There is no certificate that Java would trust.
    NoTrust,
    /// It lies outside of the home.
    Outside,
    /// It could not be looked at: a lower-case fragment.
    Unchecked(String),
    /// It opens with newer releases of Java alone: the algorithm that they need for it.
    Newer(&'static str),
}

/// A keystore that the configuration names, looked at.
pub(super) struct Named {
    /// Who uses it, and how it is named.
    pub(super) used: Use,
    /// Where it lies, and what is in it.
    opened: Result<(EntryPath, Keystore), Problem>,
}

/// A keystore that opened, with what uses it.
pub(super) struct Open<'a> {
    /// Where it lies.
    pub(super) path: &'a EntryPath,
    /// What is in it.
    pub(super) store: &'a Keystore,
    /// Who uses it, and as what.
    pub(super) of: Vec<(&'a str, &'a Role)>,
}

/// Every keystore that the configuration names, in the order of the files.
pub(super) fn named(examined: &Examined, vault: &Vault, budget: &mut Budget) -> Vec<Named> {
    let look = |used: Use| Named { opened: looked_at(examined, vault, &used, budget), used };
    uses::uses(examined).into_iter().map(look).collect()
}

/// Those that open, by their path.
pub(super) fn open(named: &[Named]) -> Vec<Open<'_>> {
    let mut opened: BTreeMap<&EntryPath, Open<'_>> = BTreeMap::new();
    for one in named {
        let Ok((path, store)) = &one.opened else { continue };
        let found = opened.entry(path).or_insert_with(|| Open { path, store, of: Vec::new() });
        found.of.push((&one.used.who, &one.used.role));
    }
    opened.into_values().collect()
}

/// What there is to say.
pub(super) fn check(named: &[Named], vault: &Vault, budget: &mut Budget) -> Vec<Diagnostic> {
    let mut found: BTreeMap<(String, Problem), Vec<&Use>> = BTreeMap::new();
    for one in named {
        for problem in problems(one, vault, budget) {
            let location = &one.used.location;
            let shown = place::below_home(location).unwrap_or_else(|_| location.clone());
            found.entry((shown, problem)).or_default().push(&one.used);
        }
    }
    let mut said = Vec::new();
    let (mut outside, mut unchecked, mut newer) = (Vec::new(), Vec::new(), Vec::new());
    for ((path, problem), uses) in &found {
        let who = each_once(uses.iter().map(|one| one.who.as_str()));
        match problem {
            Problem::Outside => outside.push(format!("`{path}`, for {who}")),
            Problem::Unchecked(why) => unchecked.push(format!("`{path}`, for {who}: {why}")),
            Problem::Newer(algorithm) => newer.push(format!("`{path}`, for {who}: {algorithm}")),
            problem => said.push(told_of(path, problem, uses)),
        }
    }
    let notes = [
        (
            Code(1207),
            "keystores lie outside of the home",
            outside,
            "they must be there on the machine where the result runs",
        ),
        (
            Code(1208),
            "keystores were not looked into",
            unchecked,
            "look at them with keytool, where their passwords are",
        ),
        (
            Code(1217),
            "keystores do not open before Java 11.0.12 and 8u301",
            newer,
            "run the server on a later release of Java, or make them anew with `-J-Dkeystore.pkcs12.legacy`",
        ),
    ];
    for (code, message, lines, hint) in notes {
        if !lines.is_empty() {
            said.push(Diagnostic::new(code, message).details(listed(lines)).hint(hint));
        }
    }
    said
}

/// Who uses a keystore, each once, in the order given.
pub(super) fn each_once<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut who: Vec<&str> = Vec::new();
    for name in names {
        if !who.contains(&name) {
            who.push(name);
        }
    }
    who.join(", ")
}

/// As many lines as are worth reading, and how many more there are.
pub(super) fn listed(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(MOST_LINES);
    if more > 0 {
        lines.truncate(MOST_LINES);
        lines.push(format!("more: {more}"));
    }
    lines
}

/// What is said of a keystore.
fn told_of(path: &str, problem: &Problem, uses: &[&Use]) -> Diagnostic {
    let needed = uses.iter().any(|one| one.is_needed);
    let code = |code: Code| if needed { code } else { Code(1204) };
    let closed = if needed { "the HTTPS ports stay closed; " } else { "what uses it fails; " };
    let (code, message, hint) = match problem {
        Problem::Missing(elsewhere) => (
            code(Code(1201)),
            format!("`{path}` is not there"),
            match elsewhere {
                Some(other) => format!("{closed}`{other}` is: name it by its path below the server's folder"),
                None => format!("{closed}add it to the home or by an overlay"),
            },
        ),
        Problem::Refused(why) => (
            code(Code(1202)),
            format!("`{path}` {why}"),
            format!("{closed}look at it with `keytool -list`, and put its password and type into deployment.toml"),
        ),
        Problem::KeyRefused(alias) => (
            code(Code(1203)),
            format!("the key `{alias}` of `{path}` does not open with the key password"),
            format!("{closed}every key of it must have the key password that is configured"),
        ),
        Problem::KeyTooNew(alias, algorithm) => (
            code(Code(1203)),
            format!("the key `{alias}` of `{path}` is of the algorithm {algorithm}, which Java 11 does not know"),
            format!("{closed}take a key of RSA or EC"),
        ),
        Problem::NoKey(alias) => (
            Code(1205),
            format!("`{path}` has no key `{alias}`"),
            "put the alias that `keytool -list` shows into deployment.toml".to_owned(),
        ),
        Problem::NoKeys => (
            Code(1206),
            format!("`{path}` has no private key"),
            "no connection with TLS comes about; import the key with its certificates".to_owned(),
        ),
        _ => (
            Code(1206),
            format!("`{path}` has no certificate that Java trusts"),
            "import the certificates with `keytool -importcert`: those that openssl put there are not seen".to_owned(),
        ),
    };
    let mut lines: Vec<String> = uses.iter().map(|one| format!("used by {}, in `{}`", one.who, one.file)).collect();
    lines.dedup();
    let said = Diagnostic::new(code, message).details(listed(lines)).hint(hint);
    match uses.first() {
        Some(one) => said.at(&one.file),
        None => said,
    }
}

/// A keystore that is named, opened; or the problem with it.
fn looked_at(
    examined: &Examined,
    vault: &Vault,
    one: &Use,
    budget: &mut Budget,
) -> Result<(EntryPath, Keystore), Problem> {
    let path = place::below_home(&one.location).map_err(|_| Problem::Outside)?;
    let file = examined.tree.file(&path).map_err(|_| Problem::Outside)?;
    let Some(file) = file else {
        let security = EntryPath::parse(&format!("repository/resources/security/{path}")).ok();
        return Err(Problem::Missing(security.filter(|other| examined.tree.nodes.contains_key(other))));
    };
    let Some(bytes) = examined.keystores.get(&file) else {
        let why = examined.unreadable.get(&file).map_or("was not read", String::as_str);
        return Err(Problem::Unchecked(format!("it {why}")));
    };
    let format = keystores::format(bytes);
    match format.is_read_as(&one.kind) {
        Some(true) => {}
        Some(false) => return Err(Problem::Refused(format!("is {}, and is said to be `{}`", format.name(), one.kind))),
        None if one.kind.is_empty() => return Err(Problem::Refused("has no type in the configuration".to_owned())),
        None => return Err(Problem::Unchecked(format!("the type `{}` is not known here", one.kind))),
    }
    let password = password(vault, &one.password)?;
    let store = keystores::open(bytes, &password, budget).map_err(|refusal| {
        if refusal.is_unsure() {
            Problem::Unchecked(format!("it {refusal}"))
        } else {
            Problem::Refused(refusal.to_string())
        }
    })?;
    Ok((file, store))
}

/// A password, as far as it can be had.
fn password(vault: &Vault, given: &Given) -> Result<Zeroizing<String>, Problem> {
    let unknown = || Problem::Unchecked("its password is a secret that cannot be decrypted here".to_owned());
    match given {
        Given::Plain(password) => Ok(Zeroizing::new(password.0.clone())),
        Given::Elsewhere => Err(Problem::Unchecked("its password comes from the environment".to_owned())),
        Given::Secret(name) => match vault.open(name) {
            Opened::Text(text) => Ok(text),
            // That a secret does not decrypt is said elsewhere.
            Opened::Unknown | Opened::Refused => Err(unknown()),
        },
    }
}

/// What is the matter with a keystore that is named.
fn problems(one: &Named, vault: &Vault, budget: &mut Budget) -> Vec<Problem> {
    match &one.opened {
        Ok((_, store)) => {
            let mut found = inside(store, vault, &one.used, budget);
            found.extend(store.newer_check.map(Problem::Newer));
            found
        }
        Err(problem) => vec![problem.clone()],
    }
}

/// What is the matter with what is in a keystore.
fn inside(store: &Keystore, vault: &Vault, one: &Use, budget: &mut Budget) -> Vec<Problem> {
    let keys: Vec<_> = match &one.role {
        Role::Trust => {
            let trusts = store.entries.values().any(|entry| !matches!(entry, Entry::SecretKey));
            return if trusts { Vec::new() } else { vec![Problem::NoTrust] };
        }
        Role::Keys => store.keys().collect(),
        Role::Key(alias) => match store.entry(alias) {
            Some(Entry::Key(..)) => store.keys().filter(|(name, _, _)| *name == alias.to_lowercase()).collect(),
            _ => return vec![Problem::NoKey(alias.clone())],
        },
    };
    if keys.is_empty() {
        return vec![Problem::NoKeys];
    }
    let password = match password(vault, one.key_password.as_ref().unwrap_or(&one.password)) {
        Ok(password) => password,
        Err(problem) => return vec![problem],
    };
    let refused = keys.iter().filter_map(|(alias, _, key)| match key.open(&password, budget) {
        Ok(key) => key.newer_than_java_11.map(|algorithm| Problem::KeyTooNew((*alias).to_owned(), algorithm)),
        Err(refusal) if refusal.is_unsure() => Some(Problem::Unchecked(format!("the key `{alias}` {refusal}"))),
        Err(_) => Some(Problem::KeyRefused((*alias).to_owned())),
    });
    refused.collect()
}

#[cfg(test)]
mod tests;
