//! Which keystores the configuration names, and what for.
//!
//! In: an [`Examined`] tree. Out: [`Use`]s, in the order of the files. Always: as the server will read the files, whether
//! they are rendered or lie there; one that is no XML names none; passwords are [`Secret`]s.
//!
//! Sources: MI v4.0.0 `conf/carbon.xml`, `conf/axis2/axis2.xml`, `conf/internal-apis.xml` and their templates;
//! wso2-synapse v2.1.7-wso2v227 `ClientConnFactoryBuilder`, `ServerConnFactoryBuilder`, `VFSTransportListener`.

use crate::examine::Examined;
use crate::secret::Secret;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeSet;

/// A file of more nodes is no configuration.
const MOST_NODES: u32 = 200_000;
/// More keystores than these are named by no configuration.
const MOST_USES: usize = 200;

/// Where profiles are put, as the documentation has it.
const PROFILES: &str = "conf/sslprofiles";

/// One keystore, as a file of the configuration names it.
#[derive(Clone, Debug)]
pub(in crate::checks) struct Use {
    /// What uses it: `the HTTPS listener`.
    pub(in crate::checks) who: String,
    /// The file that names it.
    pub(in crate::checks) file: String,
    /// What it is used as.
    pub(in crate::checks) role: Role,
    /// Whether HTTPS does not open without it.
    pub(in crate::checks) is_needed: bool,
    /// Where it is.
    pub(in crate::checks) location: String,
    /// `JKS`
    pub(in crate::checks) kind: String,
    /// What opens it.
    pub(in crate::checks) password: Given,
    /// What opens its key; that of the store where none is named.
    pub(in crate::checks) key_password: Option<Given>,
}

/// What a keystore is used as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::checks) enum Role {
    /// Every key in it: `KeyManagerFactory` opens them all.
    Keys,
    /// The key with an alias.
    Key(String),
    /// Certificates that are trusted.
    Trust,
}

/// A password as the configuration gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::checks) enum Given {
    /// As it is.
    Plain(Secret),
    /// The secret of a name.
    Secret(String),
    /// From the environment, or put together.
    Elsewhere,
}

impl Given {
    /// Takes one as a file has it.
    pub(in crate::checks) fn of(text: &str) -> Self {
        let secret = text.strip_prefix("$secret{").and_then(|rest| rest.strip_suffix('}'));
        match secret {
            Some(name) if !name.contains('}') => Self::Secret(name.to_owned()),
            _ if ["$secret{", "$env{", "$sys{"].iter().any(|open| text.contains(open)) => Self::Elsewhere,
            _ => Self::Plain(Secret(text.to_owned())),
        }
    }
}

/// Every keystore that the configuration names.
pub(in crate::checks) fn uses(examined: &Examined) -> Vec<Use> {
    let mut found = Found { examined, file: String::new(), uses: Vec::new(), profiles: BTreeSet::new() };
    found.read("conf/carbon.xml", Found::carbon);
    found.read("conf/axis2/axis2.xml", |found, root| found.transports(root, ""));
    found.read("conf/axis2/axis2_blocking_client.xml", |found, root| found.transports(root, " for blocking calls"));
    found.read("conf/internal-apis.xml", |found, root| {
        for store in children(root, "sslConfig").flat_map(|config| children(config, "parameter")) {
            found.stores(store, "the internal APIs", true);
        }
    });
    // Profiles are switched on by a setting; those that wait for it are looked at too.
    let waiting = examined.texts.keys().filter(|path| path.is_in(PROFILES) && path.has_extension("xml"));
    for path in waiting {
        if !found.profiles.contains(path.as_str()) {
            found.profiles(path.as_str(), "no transport so far");
        }
    }
    found.uses.retain(|one| !one.location.is_empty());
    found.uses.truncate(MOST_USES);
    found.uses
}

/// The password of an element, or one that a cipher tool took out of it.
fn given(node: Node<'_, '_>) -> Given {
    let alias = node.attributes().find(|attribute| attribute.name() == "secretAlias");
    match alias {
        Some(alias) => Given::Secret(alias.value().to_owned()),
        None => Given::of(text(node)),
    }
}

fn text<'a>(node: Node<'a, '_>) -> &'a str {
    node.text().unwrap_or_default().trim()
}

fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// The parameter with a name.
fn parameter<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == "parameter" && child.attribute("name") == Some(name))
}

struct Found<'a> {
    examined: &'a Examined,
    file: String,
    uses: Vec<Use>,
    /// The files with profiles that were read.
    profiles: BTreeSet<String>,
}

impl Found<'_> {
    /// Reads a file of the configuration.
    fn read(&mut self, path: &str, names: impl Fn(&mut Self, Node<'_, '_>)) {
        let Some(text) = self.examined.text(path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { return };
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let Ok(document) = Document::parse_with_options(text.trim_start_matches('\u{FEFF}'), options) else { return };
        path.clone_into(&mut self.file);
        names(self, document.root_element());
    }

    fn push(&mut self, node: Node<'_, '_>, who: &str, role: Role, is_needed: bool) {
        let value = |name: &str| child(node, name).map(text).unwrap_or_default().to_owned();
        self.uses.push(Use {
            who: who.to_owned(),
            file: self.file.clone(),
            role,
            is_needed,
            location: value("Location"),
            kind: value("Type"),
            password: child(node, "Password").map_or(Given::Plain(Secret(String::new())), given),
            key_password: child(node, "KeyPassword").map(given),
        });
    }

    /// The server's own.
    fn carbon(&mut self, root: Node<'_, '_>) {
        let Some(security) = child(root, "Security") else { return };
        let stores = [("KeyStore", "the server itself"), ("InternalKeyStore", "the server's own encryption")];
        for (name, who) in stores {
            let Some(store) = child(security, name) else { continue };
            let alias = child(store, "KeyAlias").map(text).unwrap_or_default();
            self.push(store, who, Role::Key(alias.to_owned()), true);
        }
        if let Some(store) = child(security, "TrustStore") {
            self.push(store, "the server itself", Role::Trust, true);
        }
    }

    /// What is below a parameter or a profile.
    fn stores(&mut self, node: Node<'_, '_>, who: &str, is_needed: bool) {
        if let Some(store) = child(node, "KeyStore") {
            self.push(store, who, Role::Keys, is_needed);
        }
        if let Some(store) = child(node, "TrustStore") {
            self.push(store, who, Role::Trust, is_needed);
        }
    }

    fn transports(&mut self, root: Node<'_, '_>, suffix: &str) {
        for transport in root.children().filter(Node::is_element) {
            let kind = match transport.tag_name().name() {
                "transportReceiver" => "listener",
                "transportSender" => "sender",
                _ => continue,
            };
            let name = transport.attribute("name").unwrap_or_default();
            let who = match name {
                "https" => format!("the HTTPS {kind}{suffix}"),
                _ => format!("the transport {kind} `{name}`{suffix}"),
            };
            for parameter in children(transport, "parameter") {
                self.stores(parameter, &who, name == "https" && suffix.is_empty());
                if let Some(file) = child(parameter, "filePath").map(text) {
                    self.profiles(file, &who);
                }
                self.of_broker(parameter, &who);
                self.web_socket(parameter, &who);
            }
            self.of_broker(transport, &who);
            self.of_files(transport, &who);
        }
    }

    /// The trust store of the secure web socket sender.
    fn web_socket(&mut self, node: Node<'_, '_>, who: &str) {
        let Some(location) = child(node, "ws.trust.store.location") else { return };
        let password = child(node, "ws.trust.store.Password").map_or(Given::Elsewhere, given);
        self.plain(who, Role::Trust, text(location), "JKS", password, None);
    }

    /// The parameters of a `RabbitMQ` connection.
    fn of_broker(&mut self, node: Node<'_, '_>, who: &str) {
        for (store, role) in [("keystore", Role::Keys), ("truststore", Role::Trust)] {
            let named = |part: &str| parameter(node, &format!("rabbitmq.connection.ssl.{store}.{part}"));
            let Some(location) = named("location") else { continue };
            let password = named("password").map_or(Given::Elsewhere, given);
            self.plain(who, role, text(location), named("type").map_or("JKS", text), password, None);
        }
    }

    /// The parameters of the transport for files.
    fn of_files(&mut self, node: Node<'_, '_>, who: &str) {
        let named = |part: &str| parameter(node, &format!("keystore.identity.{part}"));
        let Some(location) = named("location") else { return };
        let password = named("store.password").map_or(Given::Elsewhere, given);
        let role = named("alias").map_or(Role::Keys, |alias| Role::Key(text(alias).to_owned()));
        let kind = named("type").map_or("JKS", text);
        self.plain(who, role, text(location), kind, password, named("key.password").map(given));
    }

    fn plain(
        &mut self,
        who: &str,
        role: Role,
        location: &str,
        kind: &str,
        password: Given,
        key_password: Option<Given>,
    ) {
        self.uses.push(Use {
            who: who.to_owned(),
            file: self.file.clone(),
            role,
            is_needed: false,
            location: location.to_owned(),
            kind: kind.to_owned(),
            password,
            key_password,
        });
    }

    /// The profiles of a transport, which lie in a file of their own.
    fn profiles(&mut self, file: &str, who: &str) {
        let outer = self.file.clone();
        let path = super::place::below_home(file).unwrap_or_else(|_| file.to_owned());
        self.profiles.insert(path.clone());
        self.read(&path, |found, root| {
            for profile in root.descendants().filter(|node| node.tag_name().name() == "profile") {
                let whom = ["servers", "bindAddress"].iter().find_map(|name| child(profile, name)).map(text);
                let whom = whom.unwrap_or_default();
                let shown: String = whom.chars().filter(|one| !one.is_control()).take(100).collect();
                found.stores(profile, &format!("the profile `{shown}` of {who}"), false);
            }
        });
        self.file = outer;
    }
}
