//! The secure vault of the result: what its secrets are, and the key that decrypts them.
//!
//! In: an [`Examined`] tree. Out: a [`Vault`], from which a secret can be had in memory. Always: what decrypts is wiped
//! when it goes, and never printed.
//!
//! Facts: the vault reads `keystore.identity.*` of conf/security/secret-conf.properties at run time, in both releases;
//! where that names none, the cipher tool takes `InternalKeyStore` of conf/carbon.xml, else `KeyStore`. The password of
//! the store is asked for at the start, or read from a file in the home: of two lines the second is the key's.
//!
//! Sources: cipher-tool v1.1.15 `Utils`; carbon-kernel v4.6.2 `org.wso2.carbon.securevault.DefaultSecretCallbackHandler`;
//! MI v4.0.0 `security/vault/Utils.java`.

use super::keystores::place;
use super::keystores::uses::{Given, Role, Use, uses};
use crate::document::{Key, Step};
use crate::examine::Examined;
use crate::keystores::{self, Budget, Entry, Padding, PrivateKey};
use crate::path::EntryPath;
use crate::properties::{self, Property};
use crate::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Where the vault's settings are.
pub(super) const SETTINGS: &str = "conf/security/secret-conf.properties";
/// What opens the keystore at the start.
pub(super) const PASSWORD_FILES: [&str; 3] = ["password-tmp", "password-persist", "password"];
/// The password of the keystores that are shipped.
const STOCK: &str = "wso2carbon";
/// More passwords than these are not tried on one store.
const MOST_TRIES: usize = 12;
/// More secrets than these are not decrypted.
const MOST_SECRETS: usize = 200;
/// More keys than these are not tried.
const MOST_KEYS: usize = 10;

/// The vault.
pub(super) struct Vault {
    /// The secrets of deployment.toml that are encrypted, by name.
    pub(super) secrets: BTreeMap<String, String>,
    /// Where its keystore is named.
    pub(super) named: Named,
    /// The file, where it is in the tree.
    pub(super) file: Option<EntryPath>,
    /// Its key; a lower-case fragment where it is not at hand.
    key: Result<PrivateKey, String>,
    padding: Option<Padding>,
}

/// How the vault's keystore is named.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// The location, as it is written.
    pub(super) location: String,
    kind: String,
    alias: String,
    /// The line of [`SETTINGS`], where it is named there.
    pub(super) line: Option<usize>,
}

/// What became of a secret.
pub(super) enum Opened {
    /// Its text.
    Text(Zeroizing<String>),
    /// The key is not at hand: a lower-case fragment.
    Unknown,
    /// It has no entry, or the key does not decrypt it.
    Refused,
}

/// Whether a value of `[secrets]` is not encrypted yet.
fn is_plain(value: &str) -> bool {
    value.trim().starts_with('[') && value.trim().ends_with(']')
}

/// The names and values of `[secrets]`.
fn secrets(examined: &Examined) -> BTreeMap<String, String> {
    let Some(configuration) = &examined.configuration else { return BTreeMap::new() };
    let table = Key::dotted("secrets");
    let below = configuration.document.settings.iter().filter(|setting| setting.key.starts_with(&table));
    let named = below.filter_map(|setting| {
        let names: Vec<&str> = setting
            .key
            .steps()
            .iter()
            .skip(1)
            .map_while(|step| match step {
                Step::Name(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        Some((names.join("."), setting.value.as_str()?.to_owned()))
    });
    named.filter(|(_, value)| !is_plain(value)).take(MOST_SECRETS).collect()
}

/// The vault of a tree.
pub(super) fn vault(examined: &Examined) -> Vault {
    let uses = uses(examined);
    let settings = examined.text(SETTINGS).map(properties::read).unwrap_or_default();
    let value = |key: &str| settings.iter().rev().find(|property| property.key == key);
    let named = named(&value, &uses);
    let transformation = value("secretRepositories.file.algorithm").map(|property| property.value.clone());
    let transformation = transformation.or_else(|| {
        let settings = examined.text("conf/carbon.properties").map(properties::read).unwrap_or_default();
        let found = settings.into_iter().rev().find(|property| property.key == "org.wso2.CipherTransformation");
        found.map(|property| property.value)
    });
    let secrets = secrets(examined);
    let file = place::below_home(&named.location).ok().and_then(|path| examined.tree.file(&path).ok()?);
    let key = if secrets.is_empty() {
        Err("it has no secrets".to_owned())
    } else {
        key(examined, &uses, &named, file.as_ref())
    };
    let padding = transformation.map_or(Some(Padding::Oaep), |name| Padding::of(&name));
    Vault { secrets, named, file, key, padding }
}

/// Which keystore the vault takes.
fn named<'a>(value: &impl Fn(&str) -> Option<&'a Property>, uses: &[Use]) -> Named {
    if let Some(location) = value("keystore.identity.location") {
        let other = |key: &str| value(key).map(|property| property.value.trim().to_owned()).unwrap_or_default();
        return Named {
            location: location.value.trim().to_owned(),
            kind: other("keystore.identity.type"),
            alias: other("keystore.identity.alias"),
            line: Some(location.line),
        };
    }
    let of_carbon = |who: &str| uses.iter().find(|one| one.file == "conf/carbon.xml" && one.who == who);
    let one = of_carbon("the server's own encryption").or_else(|| of_carbon("the server itself"));
    one.map(|one| Named {
        location: one.location.clone(),
        kind: one.kind.clone(),
        alias: match &one.role {
            Role::Key(alias) => alias.clone(),
            _ => String::new(),
        },
        line: None,
    })
    .unwrap_or_default()
}

/// The lines of the file that holds the password of the keystore.
pub(super) fn password_file(examined: &Examined) -> Option<(&'static str, Vec<Secret>)> {
    let (path, bytes) = PASSWORD_FILES.iter().find_map(|path| Some((*path, examined.texts.get(*path)?)))?;
    Some((path, lines(bytes)))
}

fn lines(bytes: &[u8]) -> Vec<Secret> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(|line| Secret(line.trim_end_matches('\r').to_owned())).take(2).collect()
}

/// Passwords that may open a store: those that the configuration has for it, and the file's.
fn candidates(examined: &Examined, uses: &[Use], only: Option<&EntryPath>) -> Vec<String> {
    let is_of = |one: &&Use| match only {
        None => true,
        Some(file) => {
            let path = place::below_home(&one.location).ok();
            path.and_then(|path| examined.tree.file(&path).ok()?).as_ref() == Some(file)
        }
    };
    let given = uses.iter().filter(is_of).flat_map(|one| [Some(&one.password), one.key_password.as_ref()]).flatten();
    let plain = given.filter_map(|given| match given {
        Given::Plain(password) => Some(password.0.clone()),
        _ => None,
    });
    let of_file = password_file(examined).map(|(_, lines)| lines).unwrap_or_default();
    let of_file = of_file.into_iter().chain(examined.beside.values().flat_map(|bytes| lines(bytes)));
    let mut seen = BTreeSet::new();
    let all = of_file.map(|line| line.0).chain(plain);
    all.filter(|password| seen.insert(password.clone())).take(MOST_TRIES).collect()
}

/// The key of the vault's keystore, with whatever password opens it.
fn key(examined: &Examined, uses: &[Use], named: &Named, file: Option<&EntryPath>) -> Result<PrivateKey, String> {
    let shown = &named.location;
    if shown.is_empty() {
        return Err("no keystore is named for it".to_owned());
    }
    let Some(file) = file else { return Err(format!("its keystore `{shown}` is not here")) };
    let Some(bytes) = examined.keystores.get(file) else { return Err(format!("its keystore `{file}` was not read")) };
    let found = keystores::format(bytes);
    if found.is_read_as(&named.kind) == Some(false) {
        return Err(format!("its keystore `{file}` is {}, and is said to be `{}`", found.name(), named.kind));
    }
    let passwords = candidates(examined, uses, Some(file));
    let mut budget = Budget::full();
    let store = passwords.iter().find_map(|password| keystores::open(bytes, password, &mut budget).ok());
    let Some(store) = store else { return Err(format!("the password of its keystore `{file}` is not here")) };
    let Some(Entry::Key(_, key)) = store.entry(&named.alias) else {
        return Err(format!("its keystore `{file}` has no key `{}`", named.alias));
    };
    let opened = passwords.iter().find_map(|password| key.open(password, &mut budget).ok());
    opened.ok_or_else(|| format!("the password of the key `{}` of `{file}` is not here", named.alias))
}

impl Vault {
    /// Why no secret can be decrypted; `None` where the key is at hand.
    pub(super) fn problem(&self) -> Option<String> {
        match (&self.key, self.padding) {
            (Err(problem), _) => Some(problem.clone()),
            (Ok(_), None) => {
                Some(format!("the algorithm that `{SETTINGS}` or conf/carbon.properties names is not known here"))
            }
            (Ok(_), Some(_)) => None,
        }
    }

    /// A secret by its name.
    pub(super) fn open(&self, name: &str) -> Opened {
        let (Ok(key), Some(padding)) = (&self.key, self.padding) else { return Opened::Unknown };
        let Some(value) = self.secrets.get(name) else { return Opened::Refused };
        decrypted(key, padding, value).map_or(Opened::Refused, Opened::Text)
    }

    /// Whether another key decrypts a secret.
    pub(super) fn is_of(&self, name: &str, key: &PrivateKey) -> bool {
        let value = self.secrets.get(name);
        value.is_some_and(|value| decrypted(key, self.padding.unwrap_or(Padding::Oaep), value).is_some())
    }
}

/// A key of a keystore of the tree.
pub(super) struct AtHand {
    /// The keystore.
    pub(super) path: EntryPath,
    /// The alias of the key.
    pub(super) alias: String,
    /// The key.
    pub(super) key: PrivateKey,
}

/// Every key of the tree that opens with a password of the configuration, or with the one that is shipped.
pub(super) fn keys(examined: &Examined) -> Vec<AtHand> {
    let mut passwords = candidates(examined, &uses(examined), None);
    passwords.push(STOCK.to_owned());
    let mut budget = Budget::full();
    let mut found = Vec::new();
    for (path, bytes) in &examined.keystores {
        let store = passwords.iter().find_map(|password| keystores::open(bytes, password, &mut budget).ok());
        let Some(store) = store else { continue };
        for (alias, _, key) in store.keys() {
            if let Some(key) = passwords.iter().find_map(|password| key.open(password, &mut budget).ok()) {
                found.push(AtHand { path: path.clone(), alias: alias.to_owned(), key });
            }
            if found.len() >= MOST_KEYS {
                return found;
            }
        }
    }
    found
}

/// The text of an encrypted value.
fn decrypted(key: &PrivateKey, padding: Padding, value: &str) -> Option<Zeroizing<String>> {
    let plain = key.decrypt(&keystores::decoded(value)?, padding)?;
    Some(Zeroizing::new(String::from_utf8_lossy(&plain).into_owned()))
}
