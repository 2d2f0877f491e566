//! Trees for the tests of the checks.
//!
//! In: files. Out: an [`Examined`]. Always: nothing is read from anywhere.

use crate::document::parse;
use crate::examine::{Configuration, Examined, Node};
use crate::inventory::{Content, Kind};
use crate::keystores::testing::{Made, SHA256_WITH_RSA, certificate, jks};
use crate::path::EntryPath;
use crate::timestamp::Timestamp;

/// 2024-02-28T00:00:00Z
pub(super) const TODAY: u64 = 1_709_078_400;
/// Where the keystores lie.
pub(super) const SECURITY: &str = "repository/resources/security";

/// An empty tree.
pub(super) fn empty() -> Examined {
    Examined { today: Timestamp::from_seconds(TODAY), ..Examined::default() }
}

fn node(kind: Kind) -> Node {
    Node { kind, size: 1, crc: None, content: Content::Nothing, is_users: true }
}

/// Puts a text into a tree.
pub(super) fn put(examined: &mut Examined, path: &str, text: &str) {
    let path = EntryPath::known(path);
    examined.tree.nodes.insert(path.clone(), node(Kind::File));
    examined.texts.insert(path, text.as_bytes().to_vec());
}

/// Puts a keystore into the folder of the keystores.
pub(super) fn store(examined: &mut Examined, name: &str, bytes: Vec<u8>) {
    let path = EntryPath::known(&format!("{SECURITY}/{name}"));
    examined.tree.nodes.insert(path.clone(), node(Kind::File));
    examined.keystores.insert(path, bytes);
}

/// Puts a link into the folder of the keystores.
pub(super) fn link(examined: &mut Examined, name: &str, target: &str) {
    let path = EntryPath::known(&format!("{SECURITY}/{name}"));
    examined.tree.nodes.insert(path, node(Kind::Symlink(target.to_owned())));
}

/// Puts a deployment.toml into a tree.
pub(super) fn toml(examined: &mut Examined, text: &str) {
    let document = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error:?}"));
    let rendering = Ok(crate::effective::Rendering::default());
    examined.configuration = Some(Configuration { document, rendering, stock: None });
}

/// A sound certificate.
pub(super) fn sound() -> Vec<u8> {
    certificate("sound", "20200101000000Z", "20400101000000Z", 2048, SHA256_WITH_RSA)
}

/// A keystore with one key.
pub(super) fn one_key(alias: &str, password: &str, key_password: &str) -> Vec<u8> {
    jks(password, &[(alias, Made::Key(key_password, sound()))])
}

/// A truststore with one certificate.
pub(super) fn trust(password: &str) -> Vec<u8> {
    jks(password, &[("ca", Made::Certificate(sound()))])
}

/// `conf/carbon.xml` with one keystore for everything, and a truststore.
pub(super) fn carbon(examined: &mut Examined, location: &str, alias: &str, password: &str, key_password: &str) {
    let store = format!(
        "<Location>{location}</Location><Type>JKS</Type><Password>{password}</Password><KeyAlias>{alias}</KeyAlias>\
         <KeyPassword>{key_password}</KeyPassword>"
    );
    let text = format!(
        "<Server xmlns=\"http://example/carbon.xml\"><Security><KeyStore>{store}</KeyStore>\
         <InternalKeyStore>{store}</InternalKeyStore><TrustStore><Location>{SECURITY}/trust.jks</Location>\
         <Type>JKS</Type><Password>t</Password></TrustStore></Security></Server>"
    );
    put(examined, "conf/carbon.xml", &text);
    store_of_trust(examined);
}

fn store_of_trust(examined: &mut Examined) {
    store(examined, "trust.jks", trust("t"));
}

/// What is said, as `MI1201: message`.
pub(super) fn said(found: &[crate::diagnostic::Diagnostic]) -> Vec<String> {
    found.iter().map(|one| format!("{}: {}", one.code, one.message)).collect()
}
