//! Where the server looks for a file that its configuration names.
//!
//! In: a location. Out: the path below the home, links followed. Always: a bound on links.
//!
//! Source: the start scripts of both releases go to the home before they start Java, so a relative path is one below
//! it (MI v4.0.0 `bin/micro-integrator.sh`).

use crate::examine::Tree;
use crate::inventory::Kind;
use crate::path::EntryPath;

/// Links that lead to links.
const MOST_LINKS: usize = 8;

/// That a location lies outside of the home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks) struct Outside;

/// The path below the home.
pub(in crate::checks) fn below_home(location: &str) -> Result<String, Outside> {
    let location = location.trim();
    let location = ["file://", "${carbon.home}/", "${CARBON_HOME}/"]
        .iter()
        .fold(location, |location, prefix| location.strip_prefix(prefix).unwrap_or(location));
    let bytes = location.as_bytes();
    let has_drive = bytes.get(1) == Some(&b':') && bytes.first().is_some_and(u8::is_ascii_alphabetic);
    if location.starts_with(['/', '\\']) || has_drive || location.contains("${") || location.contains("$env{") {
        return Err(Outside);
    }
    joined("", location).ok_or(Outside)
}

/// A relative path from a folder on; `None` where it leaves the home.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The file at a path, links followed; `None` where there is none.
pub(in crate::checks) fn file(tree: &Tree, path: &str) -> Result<Option<EntryPath>, Outside> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Some((found, node)) = tree.nodes.get_key_value(path.as_str()) else {
            // A folder above it may be the link.
            let link = folders(&path).find_map(|(folder, rest)| Some((target(tree, folder)?, rest)));
            let Some((target, rest)) = link else { return Ok(None) };
            path = format!("{}/{rest}", target?);
            continue;
        };
        match &node.kind {
            Kind::File => return Ok(Some(found.clone())),
            Kind::Folder => return Ok(None),
            Kind::Symlink(_) => match target(tree, &path) {
                Some(target) => path = target?,
                None => return Ok(None),
            },
        }
    }
    Ok(None)
}

/// The folders above a path, with what is below each.
fn folders(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.match_indices('/').filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)))
}

/// Where a link leads.
fn target(tree: &Tree, path: &str) -> Option<Result<String, Outside>> {
    let Kind::Symlink(target) = &tree.nodes.get(path)?.kind else { return None };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some(if target.starts_with('/') { Err(Outside) } else { joined(folder, target).ok_or(Outside) })
}
