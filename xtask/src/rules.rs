//! What becomes of each file of the home: one file a rule.
//!
//! In: a path of the home with its entry, and a `Context` of all that is known. Out: a `Decision`.
//! Always: pure; every path gets a decision; a rule looks at no other path's decision.

pub(crate) mod context;
pub(crate) mod decision;
pub(crate) mod area;
pub(crate) mod three_way;
pub(crate) mod left_out;
pub(crate) mod platform;
pub(crate) mod deployment;
pub(crate) mod dropins;
pub(crate) mod libraries;
pub(crate) mod jars;
pub(crate) mod security;
pub(crate) mod registry;
pub(crate) mod deployment_toml;
pub(crate) mod secure_vault;
pub(crate) mod rendered_files;
pub(crate) mod proof;
pub(crate) mod rendered_result;
pub(crate) mod configuration;
pub(crate) mod rule_files;
pub(crate) mod programs;
pub(crate) mod password_files;
pub(crate) mod databases;
pub(crate) mod reference;
pub(crate) mod others;
pub(crate) mod hl7;
pub(crate) mod deleted;
pub(crate) mod overlays;
pub(crate) mod shared;
pub(crate) mod user_store;
pub(crate) mod home;

pub(crate) use context::Context;
pub(crate) use decision::Decision;

use crate::choice::Take;
use crate::inventory::Entry;
use crate::path::EntryPath;
use area::Area;

/// Decides about one file or symbolic link of the home. Folders are decided last, from what was carried.
pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> (Area, Decision) {
    let area = area::of(path, &context.rendered);
    let decision = by_policy(context, path, entry, area).unwrap_or_else(|| by_area(context, path, entry, area));
    (area, home::checked_link(context, path, entry, decision))
}

/// What a policy says about the path, whatever its area.
fn by_policy(context: &Context, path: &EntryPath, entry: &Entry, area: Area) -> Option<Decision> {
    if context.policy.leaves_out(path) {
        return Some(Decision::left_out("the policy leaves it out"));
    }
    if context.policy.carries(path) {
        return Some(left_out::carried_by_policy(path, entry, area, "the policy carries it"));
    }
    match context.policy.decide.get(path)? {
        Take::Fresh => Some(Decision::left_out("the policy decides for the fresh distribution's")),
        Take::Customised => Some(left_out::carried_by_policy(path, entry, area, "the policy decides for the home's")),
        Take::Merged => None,
    }
}

fn by_area(context: &Context, path: &EntryPath, entry: &Entry, area: Area) -> Decision {
    match area {
        Area::Junk | Area::Runtime => left_out::decide(path, area),
        Area::Platform => platform::decide(context, path, entry),
        Area::DeploymentToml => deployment_toml::decide(context, path, entry),
        Area::SecureVault => secure_vault::decide(context, path, entry),
        Area::RenderedConfiguration => rendered_files::decide(context, path, entry),
        Area::PasswordFiles => password_files::decide(path),
        Area::Databases => databases::decide(context, path, entry),
        Area::Dropins => dropins::decide(context, path, entry),
        Area::Libraries => libraries::decide(context, path, entry),
        Area::Registry => registry::decide(context, path, entry),
        Area::Deployment => deployment::decide(context, path, entry),
        Area::Configuration => configuration::decide(context, path, entry),
        Area::Security => security::decide(context, path, entry),
        Area::RuleFiles => rule_files::decide(context, path, entry),
        Area::Programs => programs::decide(context, path, entry),
        Area::Reference => reference::decide(context, path, entry),
        Area::Other => others::decide(context, path, entry),
    }
}
