//! The tree that is examined: the result of a plan, or an input as it stands.
//!
//! In: a [`Plan`] or an [`Inventory`]. Out: a [`Tree`]. Always: no content is opened; what is the user's is told by where
//! it comes from, and where nothing tells that, by where it lies.

use crate::inventory::{Content, Entry, Inventory, Kind};
use crate::path::{self, EntryPath};
use crate::plan::{Input, Plan, Planned};
use std::collections::BTreeMap;

/// Links that lead to links.
const MOST_LINKS: usize = 8;

/// That a link, or a path that is named, leads out of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeadsOut;

/// A home, a distribution, or the result of an upgrade, as far as it is listed.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// Everything in it.
    pub nodes: BTreeMap<EntryPath, Node>,
    /// Files with passwords that the server will not have: with them secrets can be tried all the same.
    pub beside: BTreeMap<EntryPath, Node>,
}

/// One file, folder or link of a tree.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its size in bytes.
    pub size: u64,
    /// Its CRC-32, where that is known.
    pub crc: Option<u32>,
    /// Where its bytes are.
    pub content: Content,
    /// Whether it is the user's, or from a pack or overlay: not as a distribution ships it.
    pub is_users: bool,
}

impl Node {
    fn of_entry(path: &EntryPath, entry: &Entry) -> Self {
        Self {
            kind: entry.kind.clone(),
            size: entry.size,
            crc: entry.crc,
            content: entry.content.clone(),
            is_users: !path.is_below("wso2"),
        }
    }
}

impl Tree {
    /// The result of a plan, and the password files of the home that are not in it.
    pub fn of_plan(plan: &Plan, home: &Inventory) -> Self {
        let node = |planned: &Planned| Node {
            kind: planned.kind.clone(),
            size: planned.size,
            crc: Some(planned.crc),
            content: planned.content.clone(),
            is_users: planned.origin.input.as_ref().is_some_and(|input| *input != Input::Fresh),
        };
        let nodes: BTreeMap<_, _> = plan.tree.iter().map(|(path, planned)| (path.clone(), node(planned))).collect();
        let beside = home.entries.iter().filter(|(path, entry)| {
            let is_password_file = path.parent().is_none() && path.as_str().starts_with("password-");
            is_password_file && entry.is_file() && !nodes.contains_key(*path)
        });
        Self { beside: beside.map(|(path, entry)| (path.clone(), Node::of_entry(path, entry))).collect(), nodes }
    }

    /// A home, a distribution, or what a bundle holds. Of the platform is what lies below `wso2`, where nobody but an
    /// update puts anything.
    pub fn of_inventory(inventory: &Inventory) -> Self {
        let nodes = inventory.entries.iter().map(|(path, entry)| (path.clone(), Node::of_entry(path, entry)));
        Self { nodes: nodes.collect(), ..Self::default() }
    }

    /// Whether a file is at the path.
    pub fn has_file(&self, path: &str) -> bool {
        self.nodes.get(path).is_some_and(|node| node.kind == Kind::File)
    }

    /// The file at a path, links followed; `None` where there is none.
    pub fn file(&self, path: &str) -> Result<Option<EntryPath>, LeadsOut> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let Some((found, node)) = self.nodes.get_key_value(path.as_str()) else {
                // A folder above it may be the link.
                let link = folders(&path).find_map(|(folder, rest)| Some((self.target(folder)?, rest)));
                let Some((target, rest)) = link else { return Ok(None) };
                path = format!("{}/{rest}", target?);
                continue;
            };
            match &node.kind {
                Kind::File => return Ok(Some(found.clone())),
                Kind::Folder => return Ok(None),
                Kind::Symlink(_) => match self.target(&path) {
                    Some(target) => path = target?,
                    None => return Ok(None),
                },
            }
        }
        Ok(None)
    }

    /// Where a link leads.
    fn target(&self, path: &str) -> Option<Result<String, LeadsOut>> {
        let Kind::Symlink(target) = &self.nodes.get(path)?.kind else { return None };
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(if target.starts_with('/') { Err(LeadsOut) } else { joined(folder, target).ok_or(LeadsOut) })
    }

    /// Everything below a folder.
    pub fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a EntryPath, &'a Node)> + use<'a> {
        path::below(&self.nodes, folder)
    }
}

/// The folders above a path, with what is below each.
fn folders(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.match_indices('/').filter_map(|(at, _)| Some((path.get(..at)?, path.get(at + 1..)?)))
}

/// A relative path from a folder on; `None` where it leaves the tree.
pub fn joined(folder: &str, path: &str) -> Option<String> {
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
