//! What the server will make of the deployment.toml in a tree.
//!
//! In: the texts of the tree. Out: a [`Configuration`]. Always: pure; placeholders of the environment stay as they are
//! written, as nobody knows the machine that the server will run on.

use super::Configuration;
use crate::document::repair;
use crate::effective::{self, Environment, RuleFiles};
use crate::path::EntryPath;
use std::collections::BTreeMap;

/// A deployment.toml with nothing in it but what the server does not start without.
///
/// Source: config-mapper v1.0.18, `ConfigParser.parse`: \"Configuration with key server.hostname doesn't exist\".
const STOCK: &[u8] = b"[server]\nhostname = \"localhost\"\n";

/// The configuration of a tree; `None` where its deployment.toml is missing, or is none.
pub(super) fn of(texts: &BTreeMap<EntryPath, Vec<u8>>) -> Option<Configuration> {
    let text = |path: &str| texts.get(path).map(Vec::as_slice);
    let document = repair::read(text("conf/deployment.toml")?).ok()?.document;
    let rules = RuleFiles::from_texts(texts.keys(), text);
    let environment = Environment::of(&rules);
    let rendering = effective::rendering(&document, &rules, &environment);
    let stock =
        repair::read(STOCK).ok().and_then(|stock| effective::rendering(&stock.document, &rules, &environment).ok());
    Some(Configuration { document, rendering, stock })
}
