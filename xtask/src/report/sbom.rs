//! `sbom.cdx.json`: the software bill of materials of the upgraded tree, as `CycloneDX` 1.5 JSON.
//!
//! In: components, and the one time of the bundle. Out: the file. Always: the same bytes for the same components and
//! time; each `bom-ref` is there once; no place of the machine is in it.
//!
//! Sources: the schema `bom-1.5.schema.json` of `CycloneDX/specification`; package-url/purl-spec for package URLs, with
//! its type `maven`.

use crate::components::Component;
use crate::digest::Digest;
use crate::facts::coordinates::Coordinates;
use crate::report::TOOL_VERSION;
use crate::report::manifest::PACKAGER;
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::fmt::Write as _;

/// The name of the file in a bundle.
pub const NAME: &str = "sbom.cdx.json";
/// The name of the tool, as documents for other programs give it.
pub const TOOL: &str = "wso2mi-upgrade";
/// The `bom-ref` of the product: no component lies at such a path, as none has that extension.
const PRODUCT: &str = "wso2mi-4.0.0";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    #[serde(rename = "bomFormat")]
    format: &'static str,
    spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    version: u32,
    metadata: Metadata,
    components: &'a [Part<'a>],
}

#[derive(Serialize)]
struct Metadata {
    timestamp: String,
    tools: Tools,
    component: Plain,
}

#[derive(Serialize)]
struct Tools {
    components: [Plain; 1],
}

#[derive(Serialize)]
struct Plain {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'static str>,
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    properties: Vec<Property>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    components: Vec<Part<'a>>,
}

#[derive(Serialize)]
struct Hash {
    alg: &'static str,
    content: String,
}

#[derive(Serialize)]
struct Property {
    name: &'static str,
    value: String,
}

/// Writes the file.
pub fn render(components: &[Component], time: Timestamp) -> anyhow::Result<String> {
    let parts: Vec<_> = components.iter().map(part).collect();
    let mut bom = Bom {
        schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
        format: "CycloneDX",
        spec_version: "1.5",
        serial_number: None,
        version: 1,
        metadata: Metadata {
            timestamp: time.rfc3339(),
            tools: Tools {
                components: [Plain { kind: "application", reference: None, name: TOOL, version: TOOL_VERSION }],
            },
            component: Plain {
                kind: "application",
                reference: Some(PRODUCT),
                name: "WSO2 Micro Integrator",
                version: "4.0.0",
            },
        },
        components: &parts,
    };
    bom.serial_number = Some(serial_number(&Digest::of(&serde_json::to_vec(&bom)?)));
    Ok(serde_json::to_string_pretty(&bom)? + "\n")
}

fn part(component: &Component) -> Part<'_> {
    let property = |name, value| Property { name, value };
    let origin = component.origin.as_ref().map_or(PACKAGER.to_owned(), ToString::to_string);
    Part {
        kind: if component.is_application { "application" } else { "library" },
        reference: component.path.to_string(),
        group: component.group.as_deref(),
        name: &component.name,
        version: component.version.as_deref(),
        hashes: component.digest.iter().map(|digest| Hash { alg: "SHA-256", content: digest.to_string() }).collect(),
        purl: component.coordinates.as_ref().map(purl),
        properties: vec![
            property("wso2mi-upgrade:path", component.path.to_string()),
            property("wso2mi-upgrade:origin", origin),
        ],
        components: component.inside.iter().map(|(place, coordinates)| inner(component, place, coordinates)).collect(),
    }
}

/// What lies inside of a component.
fn inner<'a>(component: &Component, place: &str, coordinates: &'a Coordinates) -> Part<'a> {
    let purl = purl(coordinates);
    let jar = place
        .strip_suffix("!/")
        .map(|jar| Property { name: "wso2mi-upgrade:path", value: format!("{}!/{jar}", component.path) });
    Part {
        kind: "library",
        reference: format!("{}!/{place}{purl}", component.path),
        group: Some(&coordinates.group),
        name: &coordinates.artifact,
        version: Some(&coordinates.version),
        hashes: Vec::new(),
        purl: Some(purl),
        properties: jar.into_iter().collect(),
        components: Vec::new(),
    }
}

/// The package URL of Maven coordinates.
fn purl(coordinates: &Coordinates) -> String {
    let Coordinates { group, artifact, version } = coordinates;
    format!("pkg:maven/{}/{}@{}", encoded(group), encoded(artifact), encoded(version))
}

/// Percent-encoded as a part of a package URL is: all but letters, digits, and `.`, `-`, `_`, `~`.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A UUID of version 8, which RFC 9562 leaves to whoever makes it: here of the beginning of a SHA-256.
fn serial_number(digest: &Digest) -> String {
    let (version, variant) = (0xf << 76, 0x3 << 62);
    let number = digest.first_half() & !version & !variant | 0x8 << 76 | 0x2 << 62;
    let hex = format!("{number:032x}");
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    let parts: Vec<_> = parts.iter().filter_map(|(from, to)| hex.get(*from..*to)).collect();
    format!("urn:uuid:{}", parts.join("-"))
}

#[cfg(test)]
mod tests;
