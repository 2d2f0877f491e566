//! Which facts are taken from which file.
//!
//! In: a path, its entry, and its opened content. Out: [`Facts`]. Always: decided by the path alone, and bounded: a
//! text is kept only where a rule can ask for it.

use crate::archive::bytes::ReadSeek;
use crate::facts::{carbon_application, jar, manifest, synapse};
use crate::inventory::Entry;
use crate::inventory::Facts;
use crate::path::EntryPath;
use crate::product::listing;
use std::io::Read as _;
use std::sync::Arc;

/// Texts above this size are neither kept nor merged.
const TEXT: u64 = 4 << 20;

/// Takes the facts of one file.
pub fn extract(path: &EntryPath, entry: &Entry, mut reader: &mut dyn ReadSeek) -> Facts {
    let mut facts = Facts::default();
    if path.has_extension("jar") && holds_jars(path) {
        match jar::read(&mut reader, !path.is_below("wso2")) {
            Ok(jar) => facts.jar = Some(Arc::new(jar)),
            Err(damage) => facts.damage = Some(damage),
        }
    } else if path.is_below("wso2/components/plugins") && path.as_str().ends_with("/META-INF/MANIFEST.MF") {
        facts.jar = text(entry, reader).and_then(|text| manifest::jar_facts_of_manifest(&text).ok()).map(Arc::new);
    } else if path.has_extension("car") && path.is_below("repository/deployment") {
        match carbon_application::read(&mut reader) {
            Ok((application, uses)) => {
                facts.carbon_application = Some(Arc::new(application));
                facts.hl7_uses = uses;
            }
            Err(damage) => facts.damage = Some(damage),
        }
    } else if keeps_text(path) {
        facts.text = text(entry, reader).map(Arc::from);
        if is_artifact(path) {
            facts.hl7_uses = facts.text.as_deref().map(synapse::hl7_uses).unwrap_or_default();
        }
    } else if is_artifact(path) {
        facts.hl7_uses = text(entry, reader).map(|text| synapse::hl7_uses(&text)).unwrap_or_default();
    }
    facts
}

/// Folders whose jars are looked into. A jar at the top is one of an HL7 pack.
fn holds_jars(path: &EntryPath) -> bool {
    ["dropins", "lib", "wso2/components/plugins", "wso2/lib"].iter().any(|folder| path.is_below(folder))
        || path.parent().is_none()
}

fn is_artifact(path: &EntryPath) -> bool {
    path.is_below("repository/deployment") && path.has_extension("xml")
}

/// Whether a rule may want to read or merge the whole text.
fn keeps_text(path: &EntryPath) -> bool {
    let is_stock = || listing::listing().get(path.as_str()).is_some();
    let name = path.file_name();
    match path.as_str().split('/').next().unwrap_or_default() {
        "conf" | "bin" => is_stock(),
        "updates" => name == "config.json" || name == "product.txt" || name.starts_with("change-log"),
        "repository" if path.is_below("repository/resources/conf") => {
            is_stock() || path.is_below("repository/resources/conf/templates") || name == "metadata_config.properties"
        }
        "repository" => is_stock() && !path.has_extension("mar") && path.is_below("repository/deployment"),
        "registry" => {
            path.as_str().contains("/org.apache.synapse.message.processor/") && path.has_extension("properties")
        }
        _ => false,
    }
}

fn text(entry: &Entry, reader: &mut dyn ReadSeek) -> Option<Vec<u8>> {
    if entry.size > TEXT {
        return None;
    }
    let mut bytes = Vec::new();
    reader.take(TEXT + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= TEXT).then_some(bytes)
}
