//! The descriptions in a carbon application: `artifacts.xml`, `artifact.xml`, `registry-info.xml`.
//!
//! In: a parsed description. Out: what it says, as plain data. Always: what is missing is left out or empty; nothing is
//! judged here.
//!
//! Source: MI v4.0.0 (the same in v1.2.0) `AppDeployerUtils.populateArtifact` and `populateRegistryConfig`.

use crate::path::EntryPath;
use roxmltree::Node;

/// An artifact that `artifacts.xml` asks for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// Its name.
    pub name: String,
    /// Its version; empty where none is given.
    pub version: String,
    /// The kind of server that it is for.
    pub role: Option<String>,
}

/// The artifacts that are asked for below an element.
pub fn dependencies(element: Node<'_, '_>) -> Vec<Dependency> {
    let found = element.descendants().filter(|node| node.tag_name().name() == "dependency");
    found
        .filter_map(|node| {
            Some(Dependency {
                name: node.attribute("artifact")?.to_owned(),
                version: node.attribute("version").unwrap_or_default().to_owned(),
                role: node.attribute("serverRole").map(str::to_owned),
            })
        })
        .collect()
}

/// What an `artifact.xml` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its name; empty where none is given.
    pub name: String,
    /// Its version; empty where none is given.
    pub version: String,
    /// Its type, such as `synapse/api`.
    pub kind: Option<String>,
    /// The files that it names.
    pub files: Vec<String>,
}

/// Reads an `<artifact>`.
pub fn artifact(element: Node<'_, '_>) -> Described {
    let attribute = |name| element.attribute(name).unwrap_or_default().to_owned();
    let files = element.children().filter(|child| child.is_element() && child.tag_name().name() == "file");
    Described {
        name: attribute("name"),
        version: attribute("version"),
        kind: element.attribute("type").map(str::to_owned),
        files: files.map(|file| file.text().unwrap_or_default().trim().to_owned()).collect(),
    }
}

/// A line of a `registry-info.xml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// A file, and the registry folder that it goes to.
    Item {
        /// The file, in `resources`.
        file: String,
        /// The registry folder.
        place: String,
    },
    /// A folder, and the registry folder that its files go to.
    Collection {
        /// The folder, in `resources`.
        directory: String,
        /// The registry folder.
        place: String,
    },
}

/// Reads `<resources>`: what has a place, in its order.
pub fn registry_list(element: Node<'_, '_>) -> impl Iterator<Item = Listed> {
    element.children().filter(Node::is_element).filter_map(|element| {
        let place = child_text(element, "path")?;
        match element.tag_name().name() {
            "item" => Some(Listed::Item { file: child_text(element, "file")?, place }),
            "collection" => Some(Listed::Collection { directory: child_text(element, "directory")?, place }),
            _ => None,
        }
    })
}

/// The text of a child; `None` where there is no such child, or it is empty.
pub fn child_text(element: Node<'_, '_>, name: &str) -> Option<String> {
    let child = element.children().find(|child| child.is_element() && child.tag_name().name() == name)?;
    let text = child.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Where a file goes below the home, for both releases: the place of 1.2.0 first, that of 4.0.0 last.
///
/// Source: `AppDeployerUtils.createRegistryPath`: `/_system/governance` and `/_system/config` are roots of their own;
/// `/_system/local` is one for 4.0.0 only; every other path lies below the governance root.
pub fn registry_paths(place: &str, file: &str) -> Vec<String> {
    let whole = format!("{}/{}", place.trim_end_matches('/'), file.trim_start_matches('/'));
    let parts: Vec<&str> = whole.split('/').filter(|part| !part.is_empty()).collect();
    let homes = match parts.as_slice() {
        ["_system", "governance", rest @ ..] => vec![format!("registry/governance/{}", rest.join("/"))],
        ["_system", "config", rest @ ..] => vec![format!("registry/config/{}", rest.join("/"))],
        ["_system", "local", rest @ ..] => {
            let rest = rest.join("/");
            vec![format!("registry/governance/_system/local/{rest}"), format!("registry/local/{rest}")]
        }
        other => vec![format!("registry/governance/{}", other.join("/"))],
    };
    // A path with `..` in it is nobody's resource.
    homes.into_iter().filter(|path| EntryPath::parse(path).is_ok()).collect()
}

/// The text as `FileRegistryResourceDeployer` reads and writes it: line by line, each ended by LF.
/// `None` where that changes nothing, or the file is no text.
pub fn as_the_server_writes(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut written = text.replace("\r\n", "\n").replace('\r', "\n");
    if !written.is_empty() && !written.ends_with('\n') {
        written.push('\n');
    }
    (written != text).then_some(written)
}
