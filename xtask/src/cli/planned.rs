//! A plan with what the checks say of its result: what `package` and `plan` share after the read phase.
//!
//! In: everything read. Out: a [`Plan`] with its components. Always: the same for the same inputs and `SOURCE_DATE_EPOCH`; the clock is not
//! asked.

use super::inputs::Gathered;
use crate::checks::Listening;
use crate::components::Component;
use crate::examine::{self, Given, Tree};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::timestamp::Timestamp;
use crate::{checks, components, planner};
use anyhow::Context as _;
use std::path::PathBuf;

/// The day of this program's release: a certificate that ended before is expired whatever the clock says.
pub(super) const RELEASED: u64 = 1_795_305_600;

/// A plan, and what was learnt of its result on the way.
pub(super) struct Checked {
    pub(super) plan: Plan,
    pub(super) listening: Listening,
    /// What the tree is made of.
    pub(super) components: Vec<Component>,
}

/// Plans, and checks the tree that the plan leads to.
pub(super) fn planned(gathered: &Gathered, progress: &dyn Progress) -> anyhow::Result<Checked> {
    let mut plan = planner::plan(&gathered.inputs, &gathered.policy);
    let today = Timestamp::from_seconds(RELEASED).max(timestamp()?);
    let cache = cache_folder();
    let given = Given { today, cache: cache.as_deref() };
    let examined =
        examine::examine(Tree::of_plan(&plan, &gathered.inputs.customised), &gathered.sources, given, progress);
    let found = checks::run(&examined, &plan.diagnostics);
    plan.diagnostics.extend(found);
    planner::weigh(&mut plan.diagnostics, &gathered.policy);
    let listening = checks::listening(&examined);
    let components = components::of(&plan, &examined);
    Ok(Checked { plan, listening, components })
}

/// The one time that everything written carries.
pub(super) fn timestamp() -> anyhow::Result<Timestamp> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Err(_) => Ok(Timestamp::FIXED),
        Ok(text) => {
            let seconds = text
                .trim()
                .parse()
                .with_context(|| format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds since 1970"))?;
            Ok(Timestamp::from_seconds(seconds))
        }
    }
}

/// Where what was learnt of distributions is kept; it may be deleted at any time. `None` where the user has no such folder.
pub(super) fn cache_folder() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let folder = absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("LOCALAPPDATA"))
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(folder.join("wso2mi-upgrade"))
}
