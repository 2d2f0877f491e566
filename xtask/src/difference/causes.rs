//! What may have caused differences, and the result without each.
//!
//! In: the two sides, and the decisions of the merge. Out: [`Cause`]s: decisions of one kind, and the flat settings of
//! the result without them. Always: a cause whose absence keeps the server from starting proves nothing.

use super::revert;
use super::{Inputs, Reason};
use crate::document::{Key, Value};
use crate::effective::{self, Context, Environment, Lookup};
use crate::settings::rules::is_name;
use crate::settings::{Decision, Outcome};
use std::collections::BTreeMap;

/// How many settings a reason names.
const NAMED: usize = 3;
/// What the merge leaves as it is where it is a path already, which the old server did not find (MI0621).
const TOLD: [&str; 2] = ["keystore.primary.file_name", "truststore.file_name"];

/// A decision, and what its setting would be without it.
type Changed<'a> = (&'a Decision, Option<&'a Value>);

/// Patterns that a user wrote for a server that did not read them: they are kept, since who wrote them wants them.
const MASKING: &str = "masking_pattern.properties";

/// Decisions of one kind.
#[derive(Debug)]
pub(super) struct Cause {
    pub reason: Reason,
    pub why: String,
    /// The reasons of its own settings, by flat name.
    own: BTreeMap<String, String>,
    /// The result without them.
    pub without: Context,
}

/// The causes, the strongest first.
pub(super) fn causes(inputs: &Inputs<'_>, environment: &Environment) -> Vec<Cause> {
    let lookup = Lookup::of(inputs.new.rules);
    let mut kinds: BTreeMap<(usize, Reason), Vec<Changed<'_>>> = BTreeMap::new();
    for decision in inputs.decisions {
        if let Some((rank, reason, before)) = kind(decision, inputs) {
            kinds.entry((rank, reason)).or_default().push((decision, before));
        }
    }
    let causes = kinds.into_iter().filter_map(|((_, reason), decisions)| {
        let settings = decisions.iter().map(|(decision, before)| (&decision.key, *before));
        let reverted = revert::with(inputs.new.document, settings);
        let without = effective::context(&reverted, inputs.new.rules, environment).ok()?;
        let keys: Vec<&Key> = decisions.iter().map(|(decision, _)| &decision.key).collect();
        let own = decisions.iter().flat_map(|(decision, _)| {
            let own = match reason {
                Reason::Rule(rule) => format!("{rule}: {}", decision.reason),
                _ => decision.reason.clone(),
            };
            // Where the fresh rule files map the name, the old server had the setting under the name itself.
            [(lookup.mapped(&decision.key), own.clone()), (decision.key.flat(), own)]
        });
        Some(Cause { reason, own: own.collect(), why: why(reason, &keys), without })
    });
    causes.collect()
}

impl Cause {
    /// Whether one of its decisions took the setting away.
    pub(super) fn took(&self, flat: &str) -> bool {
        self.own.contains_key(flat)
    }

    /// Why a setting is another: its own decision, or what it follows from.
    pub(super) fn why(&self, flat: &str) -> String {
        self.own.get(flat).unwrap_or(&self.why).clone()
    }
}

/// Of which kind a decision is, and what the setting would be without it.
fn kind<'a>(decision: &'a Decision, inputs: &Inputs<'_>) -> Option<(usize, Reason, Option<&'a Value>)> {
    let ours = decision.ours.as_ref();
    if decision.outcome == Outcome::Undecided {
        return None;
    }
    if decision.result.as_ref() == ours {
        // What is kept makes a difference where only the new server reads it, or reads it otherwise.
        ours?;
        if inputs.policy.take(&decision.key).is_some() {
            return Some((3, Reason::Policy, None));
        }
        if decision.key.starts_with(&Key::dotted(MASKING)) {
            return Some((4, Reason::Rule("log-masking"), None));
        }
        let is_told = TOLD.iter().any(|key| decision.key == Key::dotted(key));
        let path = ours.and_then(Value::as_str).filter(|path| is_told && !is_name(path));
        return path.map(|_| (4, Reason::Rule("keystore-paths"), None));
    }
    Some(match (decision.outcome, decision.rule) {
        (Outcome::Overlaid, _) => (0, Reason::Overlay, ours),
        (Outcome::FollowsFresh, _) if inputs.policy.take(&decision.key).is_some() => (1, Reason::Policy, ours),
        (Outcome::FollowsFresh, _) => (5, Reason::FollowsFresh, ours),
        (_, Some(rule)) => (2, Reason::Rule(rule), ours),
        // The merge has no other way to change a setting.
        (_, None) => return None,
    })
}

fn why(reason: Reason, keys: &[&Key]) -> String {
    let mut named: Vec<String> = keys.iter().take(NAMED).map(ToString::to_string).collect();
    if keys.len() > NAMED {
        named.push(format!("{} more", keys.len() - NAMED));
    }
    let named = named.join(", ");
    match reason {
        Reason::Rule(rule) => format!("{rule}: follows from {named}"),
        _ => format!("follows from {named}"),
    }
}
