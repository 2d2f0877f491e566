//! How a plan comes about: fresh below, the home's decisions over it, the packs, the overlays, and what holds for
//! the tree as a whole.
//!
//! In: the inventories, the overlays and the policy. Out: a [`Plan`]. Always: no I/O, no clock, no environment;
//! total (each path of each input has exactly one [`Action`]); the same inputs give the same plan.

#[cfg(test)]
mod tests;

use crate::choice::{Choice, StoreIn, Take};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Key;
use crate::inventory::{Content, Entry, Kind};
use crate::path::EntryPath;
use crate::plan::{Action, Disposition, Input, Inputs, Origin, Plan, Planned};
use crate::policy::Policy;
use crate::product::update_level::{self, UpdateLevel};
use crate::rules::context::PLUGINS;
use crate::rules::decision::Subject;
use crate::rules::deleted::Deleted;
use crate::rules::{
    self, Context, area, deleted, deployment_toml, hl7, home, overlays, proof, rendered_result, secure_vault, shared,
    user_store,
};
use crate::settings;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Makes the plan.
pub fn plan(inputs: &Inputs, policy: &Policy) -> Plan {
    let context = Context::new(inputs, policy);
    let mut plan = Plan::default();
    let mut grouped: BTreeMap<Code, Vec<Subject>> = BTreeMap::new();
    lay_fresh(&mut plan, &context);
    plan.distribution = distribution(inputs);
    files_of_home(&mut plan, &context, &mut grouped);
    packs(&mut plan, &context);
    folders_of_home(&mut plan, &context);
    let deleted = deleted::deleted(&context);
    plan.diagnostics.extend(deleted::diagnostic(&deleted, &plan));
    pristine_actions(&mut plan, &context, &deleted);
    deployment_toml::lay_overlays(&mut plan, inputs);
    for overlay in &inputs.overlays {
        overlays::apply(&mut plan, overlay);
    }
    rendered_result::lay(&mut plan, inputs, policy);
    fresh_actions(&mut plan, &context);
    parents(&mut plan);
    executable_scripts(&mut plan.tree);
    plan.diagnostics.extend(grouped.into_iter().map(|(code, subjects)| shared::diagnostic(code, subjects)));
    plan.diagnostics.extend(hl7::diagnostics(&context.hl7, &inputs.hl7));
    plan.diagnostics.extend(home::dangling_links(&plan));
    plan.diagnostics.extend(secure_vault::missing_keystore(&plan, &inputs.customised));
    let (situation, found) = user_store::assess(&plan, &context);
    plan.user_store = situation;
    plan.diagnostics.extend(found);
    plan.diagnostics.extend(essentials(&plan, inputs));
    let clashes = files_that_are_folders(&plan);
    plan.diagnostics.extend(clashes);
    plan.diagnostics.extend(of_the_inputs(&context));
    plan.diagnostics.extend(unused_policy(&plan, &context));
    replaced_settings(&mut plan);
    let proven = proof::of_plan(&plan, inputs, policy);
    plan.diagnostics.extend(proven.diagnostics);
    plan.comparison = proven.comparison;
    plan.diagnostics.extend(unused_lines(proof::unused(policy, plan.comparison.as_ref())));
    keep_the_other(&mut plan, inputs);
    weigh(&mut plan.diagnostics, policy);
    debug_assert!(plan.tree.values().all(|planned| planned.kind == Kind::File || planned.content == Content::Nothing));
    plan
}

/// Where an overlay has a deployment.toml of its own, nothing that was decided about settings is in the result.
fn replaced_settings(plan: &mut Plan) {
    let input = plan.tree.get(deployment_toml::PATH).and_then(|planned| planned.origin.input.as_ref());
    if matches!(input, Some(Input::Overlay(_))) {
        plan.settings.clear();
    }
}

fn lay_fresh(plan: &mut Plan, context: &Context) {
    for (path, entry) in &context.inputs.fresh.entries {
        if context.policy.leaves_out(path) {
            continue;
        }
        if let Some(mut diagnostic) = rules::decision::unreadable(path, entry) {
            diagnostic.message = format!("`{path}` of the fresh distribution cannot be read");
            plan.diagnostics.push(diagnostic);
            continue;
        }
        if let Some(diagnostic) = home::leaving_link(path, entry, "of the fresh distribution") {
            plan.diagnostics.push(diagnostic);
            continue;
        }
        plan.tree.insert(path.clone(), Planned::from_entry(entry, Input::Fresh, path));
    }
}

/// What the result would be with nothing of the user's in it, their policy included.
fn distribution(inputs: &Inputs) -> BTreeMap<EntryPath, Planned> {
    let entries = inputs.fresh.entries.iter();
    let mut tree =
        entries.map(|(path, entry)| (path.clone(), Planned::from_entry(entry, Input::Fresh, path))).collect();
    executable_scripts(&mut tree);
    tree
}

fn files_of_home(plan: &mut Plan, context: &Context, grouped: &mut BTreeMap<Code, Vec<Subject>>) {
    let mut actions = BTreeMap::new();
    for (path, entry) in &context.inputs.customised.entries {
        if entry.kind == Kind::Folder {
            continue;
        }
        let (area, decision) = rules::decide(context, path, entry);
        let mut action = decision.action.in_area(area.name());
        for (target, planned) in decision.put {
            if let Some(diagnostic) = put(plan, target, planned) {
                action = Action::new(Disposition::Undecided, "its place is taken")
                    .in_area(area.name())
                    .because_of(diagnostic.code);
                plan.diagnostics.push(diagnostic);
            }
        }
        plan.diagnostics.extend(decision.diagnostics);
        plan.settings.extend(decision.settings);
        for (code, subject) in decision.grouped {
            grouped.entry(code).or_default().push(subject);
        }
        actions.insert(path.clone(), action);
    }
    plan.actions.insert(Input::Customised, actions);
}

/// Puts an entry into the result; over fresh it may go, over another input's only with the same content.
fn put(plan: &mut Plan, path: EntryPath, planned: Planned) -> Option<Diagnostic> {
    if let Some(present) = plan.tree.get(&path)
        && present.origin.input != Some(Input::Fresh)
    {
        if present.kind == planned.kind && present.digest == planned.digest {
            return None;
        }
        return Some(place_taken(&path, present, &planned));
    }
    plan.tree.insert(path, planned);
    None
}

/// Two different files want one place of the result.
fn place_taken(path: &EntryPath, present: &Planned, second: &Planned) -> Diagnostic {
    let whose = |planned: &Planned| {
        let input = planned.origin.input.as_ref().map_or_else(|| "the plan".to_owned(), Input::long_name);
        format!("`{}` of {input}", planned.origin.path)
    };
    let text = format!("{} and {} would both be `{path}` in the result", whose(present), whose(second));
    let diagnostic = Diagnostic::new(Code(213), text).at(&second.origin.path);
    if second.origin.input == Some(Input::Customised) {
        let choices = [present, second].map(|planned| Choice::LeaveOut(planned.origin.path.to_string()));
        return diagnostic.hint("leave one of the two out by the policy").choices(choices);
    }
    let choices = [Take::Fresh, Take::Customised].map(|take| Choice::Decide(path.to_string(), take));
    diagnostic
        .hint("decide in the policy under [decide]: \"fresh\" takes the pack's, \"customised\" the home's")
        .choices(choices)
}

fn packs(plan: &mut Plan, context: &Context) {
    for (number, pack) in context.inputs.hl7.iter().enumerate() {
        let mut actions = BTreeMap::new();
        for (path, entry) in &pack.entries {
            let target = hl7::place(path);
            if context.policy.leaves_out(&target) {
                actions.insert(path.clone(), Action::new(Disposition::LeftOut, "the policy leaves it out"));
                continue;
            }
            if context.policy.decide.get(&target) == Some(&Take::Customised)
                && context.inputs.customised.has_file(target.as_str())
            {
                actions.insert(path.clone(), Action::new(Disposition::LeftOut, "the policy decides for the home's"));
                continue;
            }
            let (mut action, planned) = hl7::pack_entry(number, path, entry);
            if let Some((target, planned)) = planned
                && let Some(diagnostic) = put(plan, target, planned)
            {
                action = Action::new(Disposition::Undecided, "its place is taken").because_of(diagnostic.code);
                plan.diagnostics.push(diagnostic);
            }
            if action.disposition == Disposition::Undecided && entry.digest.is_none() {
                plan.diagnostics.extend(rules::decision::unreadable(&target, entry));
            }
            actions.insert(path.clone(), action.in_area("hl7"));
        }
        plan.actions.insert(Input::Hl7(number), actions);
    }
}

fn folders_of_home(plan: &mut Plan, context: &Context) {
    let mut decided = Vec::new();
    for (path, entry) in &context.inputs.customised.entries {
        if entry.kind == Kind::Folder {
            let (action, planned, diagnostic) = home::folder(context, path, entry, plan);
            plan.diagnostics.extend(diagnostic);
            decided.push((path.clone(), action.in_area(area::of(path, &context.rendered).name()), planned));
        }
    }
    let actions = plan.actions.entry(Input::Customised).or_default();
    for (path, action, planned) in decided {
        if let Some(planned) = planned {
            plan.tree.entry(path.clone()).or_insert(planned);
        }
        actions.insert(path, action);
    }
}

fn pristine_actions(plan: &mut Plan, context: &Context, deleted: &[Deleted]) {
    let Some(pristine) = &context.inputs.pristine else { return };
    let mut actions = BTreeMap::new();
    for (path, base) in &pristine.entries {
        let reason = match context.inputs.customised.entries.get(path) {
            _ if base.kind == Kind::Folder => "a folder",
            Some(entry) => match entry.same_content(base) {
                Some(true) => "unmodified in the home",
                Some(false) => "modified in the home",
                None => "not compared: nothing of it is carried",
            },
            None => "not in the home",
        };
        let area = area::of(path, &context.rendered).name();
        actions.insert(path.clone(), Action::new(Disposition::Compared, reason).in_area(area));
    }
    for gone in deleted {
        let Some(action) = actions.get_mut(&gone.path) else { continue };
        match &gone.returns_as {
            Some(target) if plan.tree.contains_key(target) => {
                action.reason = format!("deleted in the home; comes back as `{target}`");
                action.code = Some(Code(205));
            }
            Some(target) => action.reason = format!("deleted in the home; `{target}` is left out as the policy says"),
            None => "deleted in the home; 4.0.0 has none".clone_into(&mut action.reason),
        }
    }
    plan.actions.insert(Input::Pristine, actions);
}

fn fresh_actions(plan: &mut Plan, context: &Context) {
    let mut actions = BTreeMap::new();
    for path in context.inputs.fresh.entries.keys() {
        let action = match plan.tree.get(path) {
            None => Action::new(Disposition::LeftOut, "the policy leaves it out"),
            Some(planned) => match &planned.origin.input {
                Some(Input::Fresh) if planned.origin.unchanged => {
                    Action::new(Disposition::Kept, "as the fresh distribution ships it")
                }
                Some(Input::Fresh) if path.as_str() != deployment_toml::PATH => {
                    Action::new(Disposition::Replaced, "by what the server would render")
                }
                Some(Input::Fresh) => Action::new(Disposition::Replaced, "by the same with the settings of overlays"),
                Some(Input::Customised) if !planned.origin.unchanged => Action::new(
                    Disposition::Replaced,
                    format!("by what was made of the home's `{}`", planned.origin.path),
                ),
                Some(input) => {
                    Action::new(Disposition::Replaced, format!("by `{}` of {}", planned.origin.path, input.long_name()))
                }
                None => Action::new(Disposition::Replaced, "by what the plan made"),
            },
        };
        actions.insert(path.clone(), action.in_area(area::of(path, &context.rendered).name()));
    }
    plan.actions.insert(Input::Fresh, actions);
}

/// Adds the folders that no input lists.
fn parents(plan: &mut Plan) {
    let missing: Vec<EntryPath> =
        plan.tree.keys().flat_map(EntryPath::ancestors).filter(|folder| !plan.tree.contains_key(folder)).collect();
    for path in missing {
        let entry = Entry::folder();
        let origin = Origin { input: None, path: path.clone(), unchanged: false };
        let planned = Planned { origin, ..Planned::from_entry(&entry, Input::Fresh, &path) };
        plan.tree.entry(path).or_insert(planned);
    }
}

/// Scripts of `bin` can be executed by whoever can read them, whatever the tool that packed them forgot.
fn executable_scripts(tree: &mut BTreeMap<EntryPath, Planned>) {
    for (path, planned) in tree {
        if planned.kind == Kind::File && path.is_below("bin") && path.has_extension("sh") {
            planned.mode |= (planned.mode & 0o444) >> 2;
        }
    }
}

fn files_that_are_folders(plan: &Plan) -> Vec<Diagnostic> {
    let is_leaf = |path: &EntryPath| plan.tree.get(path).is_some_and(|planned| planned.kind != Kind::Folder);
    let is_of_overlay = |path: &EntryPath| {
        plan.tree.get(path).is_some_and(|planned| matches!(planned.origin.input, Some(Input::Overlay(_))))
    };
    let mut found: BTreeMap<EntryPath, EntryPath> = BTreeMap::new();
    for path in plan.tree.keys() {
        if let Some(leaf) = path.ancestors().find(|folder| is_leaf(folder)) {
            found.entry(leaf).or_insert_with(|| path.clone());
        }
    }
    found
        .into_iter()
        .map(|(leaf, below)| {
            Diagnostic::new(Code(213), format!("`{leaf}` would be a file and a folder with `{below}` in it"))
                .at(&leaf)
                .hint("leave one of the two out by the policy, or take it out of the overlay")
                .choices(
                    [leaf, below]
                        .into_iter()
                        .filter(|path| !is_of_overlay(path))
                        .map(|path| Choice::LeaveOut(path.to_string())),
                )
        })
        .collect()
}

/// Says what a server cannot start without, and the policy left out.
fn essentials(plan: &Plan, inputs: &Inputs) -> Option<Diagnostic> {
    let mut missing: Vec<String> = ["bin/micro-integrator.sh", "conf/deployment.toml"]
        .into_iter()
        .filter(|path| inputs.fresh.has_file(path) && !plan.tree.contains_key(*path))
        .map(str::to_owned)
        .collect();
    if inputs.fresh.below(PLUGINS).next().is_some() && plan.below(PLUGINS).next().is_none() {
        missing.push(PLUGINS.to_owned());
    }
    if missing.is_empty() {
        return None;
    }
    let text = "the policy leaves out what the server cannot start without";
    Some(Diagnostic::new(Code(215), text).details(missing).hint("take the pattern out of leave_out in the policy"))
}

fn of_the_inputs(context: &Context) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if context.inputs.pristine.is_none() {
        found.push(
            Diagnostic::new(
                Code(103),
                "no pristine distribution is given; the home is compared with a built-in listing of 1.2.0",
            )
            .hint("give --pristine wso2mi-1.2.0.zip to have every file compared"),
        );
    }
    if update_level::update_level(&context.inputs.fresh) == UpdateLevel::Never {
        found.push(
            Diagnostic::new(
                Code(101),
                "the fresh distribution is at update level 0, without any fix since its release",
            )
            .hint("use the latest updates first, and give the updated folder as --fresh"),
        );
    }
    found
}

fn unused_policy(plan: &Plan, context: &Context) -> Option<Diagnostic> {
    let home = &context.inputs.customised.entries;
    let fresh = &context.inputs.fresh.entries;
    let packs = || context.inputs.hl7.iter().flat_map(|pack| pack.entries.keys()).map(hl7::place);
    let policy = context.policy;
    let mut unused = Vec::new();
    for (key, patterns) in [("carry", &policy.carry), ("leave_out", &policy.leave_out), ("follow", &policy.follow)] {
        for pattern in patterns {
            let in_fresh = key == "leave_out"
                && (fresh.keys().any(|path| pattern.matches(path)) || packs().any(|path| pattern.matches(&path)));
            if !in_fresh && !home.keys().any(|path| pattern.matches(path)) {
                unused.push(format!("{key}: {}", pattern.as_str()));
            }
        }
    }
    let actions = plan.actions.get(&Input::Customised);
    let idle = |path: &EntryPath, take: Take| match actions.and_then(|actions| actions.get(path)) {
        None => true,
        Some(action) => take == Take::Merged && action.disposition != Disposition::Merged,
    };
    unused.extend(
        policy.decide.iter().filter(|(path, take)| idle(path, **take)).map(|(path, _)| format!("[decide]: {path}")),
    );
    // Where the file could not be read there are no settings to match.
    if !plan.diagnostics.iter().any(|diagnostic| diagnostic.code == Code(602)) {
        unused.extend(unused_settings(policy, &plan.settings));
        let database = plan.user_store.database();
        let is_idle = match policy.database {
            Some(StoreIn::Database(_)) => database.is_none(),
            Some(StoreIn::NoDatabase) => !plan.user_store.is_decided_away(),
            None => false,
        };
        if is_idle {
            unused.push("[user_store] database, or --db: the user store is in no database".to_owned());
        }
    }
    unused_lines(unused)
}

/// What there is to say about lines of a policy that match nothing.
pub fn unused_lines(unused: Vec<String>) -> Option<Diagnostic> {
    let found = || Diagnostic::new(Code(801), "lines of the policy match nothing in the inputs");
    (!unused.is_empty()).then(|| found().details(unused).hint("mend or remove them"))
}

/// Lines of a policy about settings that match none of them.
pub fn unused_settings(policy: &Policy, decisions: &[settings::Decision]) -> Vec<String> {
    let idle = |key: &Key| !decisions.iter().any(|decision| decision.key.starts_with(key));
    policy.settings.decide.keys().filter(|key| idle(key)).map(|key| format!("[settings.decide]: {key}")).collect()
}

/// Where the fresh distribution has a file at the path, leaving the home's out must not take that one too.
fn keep_the_other(plan: &mut Plan, inputs: &Inputs) {
    for diagnostic in plan.diagnostics.iter_mut().filter(|diagnostic| diagnostic.code != Code(205)) {
        for choice in &mut diagnostic.choices {
            if let Choice::LeaveOut(path) = choice
                && inputs.fresh.has_file(path)
                && inputs.customised.get(path).is_some_and(|entry| entry.kind != Kind::Folder)
            {
                *choice = Choice::Decide(path.clone(), Take::Fresh);
            }
        }
    }
}

/// Gives every diagnostic the weight that the policy wants, and sorts.
pub fn weigh(diagnostics: &mut [Diagnostic], policy: &Policy) {
    for diagnostic in diagnostics.iter_mut() {
        if let Some(severity) = policy.severity.get(&diagnostic.code) {
            diagnostic.severity = *severity;
        }
    }
    diagnostics.sort_by(|a, b| {
        let key = |d: &Diagnostic| (Reverse(d.severity), d.code);
        key(a).cmp(&key(b)).then_with(|| a.place.cmp(&b.place)).then_with(|| a.message.cmp(&b.message))
    });
}
