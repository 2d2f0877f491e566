//! The parts of `package` that `bench` measures alone.
//!
//! In: inputs on disk. Out: named steps, whose reading and planning is already done. Always: each step does what
//! `package` does, through the same functions.

use super::bench::{Group, Step, Which};
use super::image::Ground;
use super::inputs::{self, Gathered, InputArgs};
use super::package::{self, Forms};
use super::planned::Checked;
use crate::checks::{self, Listening};
use crate::components;
use crate::examine::{self, Examined, Given, Tree};
use crate::output::Output;
use crate::plan::{Disposition, Input, Plan, Planned};
use crate::progress::Quiet;
use crate::rules::proof;
use crate::sample::SamplePaths;
use crate::timestamp::Timestamp;
use crate::write::{self, Work};
use anyhow::Context as _;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// What was read, and the plan.
struct Made {
    gathered: Arc<Gathered>,
    plan: Arc<Plan>,
}

/// Reads and plans once, and gives the steps.
pub(super) fn prepare(paths: &SamplePaths, work: &Path, which: Which) -> anyhow::Result<Vec<Step>> {
    let gathered = Arc::new(inputs::gather(&InputArgs::of(paths), &Quiet)?);
    let plan: Arc<Plan> = Arc::new(crate::planner::plan(&gathered.inputs, &gathered.policy));
    anyhow::ensure!(!plan.is_blocked(), "the inputs need decisions, so there is nothing to measure");
    let made = Made { gathered, plan };
    let folder = work.join("round");
    let mut steps = writing(&made, &folder)?;
    if which == Which::All {
        steps.extend(comparing(&made));
        steps.push(raw_copy(&made, &folder));
        steps.extend(scanning(&made, work)?);
    }
    Ok(steps)
}

/// Each output alone, and all of them at once.
fn writing(made: &Made, folder: &Path) -> anyhow::Result<Vec<Step>> {
    let components = components::of(&made.plan, &Examined::default());
    let checked = Arc::new(Checked { plan: Plan::clone(&made.plan), listening: Listening::default(), components });
    let dependencies = Arc::new(inputs::dependencies(&made.gathered)?);
    let step = |outputs: &[Output], group| {
        let names: Vec<_> = outputs.iter().map(|output| output.name()).collect();
        let name = format!("writing a made plan: {}", names.join(", "));
        let outputs: BTreeSet<Output> = outputs.iter().copied().collect();
        let (gathered, checked, dependencies) =
            (Arc::clone(&made.gathered), Arc::clone(&checked), Arc::clone(&dependencies));
        let folder = folder.to_owned();
        let run = move || {
            fs::create_dir_all(&folder)?;
            let ground = Ground::default();
            let forms = Forms { name: "bench", outputs: &outputs, ground: &ground, time: Timestamp::FIXED };
            package::write(&gathered, &checked, &dependencies, &forms, &folder, &Quiet)?;
            Ok(())
        };
        Step { name, group, run: Box::new(run) }
    };
    let single = Output::ALL.map(|output| step(&[output], Group::Output(output)));
    Ok(single.into_iter().chain([step(&Output::ALL, Group::All)]).collect())
}

fn comparing(made: &Made) -> [Step; 2] {
    let compared = Arc::clone(&made.gathered);
    let compare = move || {
        anyhow::ensure!(proof::render_both(&compared.inputs), "the configurations cannot be rendered");
        Ok(())
    };
    let (gathered, plan) = (Arc::clone(&made.gathered), Arc::clone(&made.plan));
    let prove = move || {
        let proven = proof::of_plan(&plan, &gathered.inputs, &gathered.policy);
        anyhow::ensure!(proven.comparison.is_some(), "the configurations cannot be compared");
        Ok(())
    };
    [
        part("rendering the configuration of home and fresh".to_owned(), compare),
        part("comparing the two, with every reason".to_owned(), prove),
    ]
}

fn raw_copy(made: &Made, folder: &Path) -> Step {
    let is_kept = |path| {
        let action = made.plan.actions.get(&Input::Fresh).and_then(|actions| actions.get(path));
        action.is_some_and(|action| action.disposition == Disposition::Kept)
    };
    let kept = made.plan.tree.iter().filter(|(path, _)| is_kept(*path));
    let kept: BTreeMap<_, Planned> = kept.map(|(path, planned)| (path.clone(), planned.clone())).collect();
    let (folder, gathered) = (folder.to_owned(), Arc::clone(&made.gathered));
    let raw = move || {
        fs::create_dir_all(&folder)?;
        let file = File::create(folder.join("raw.zip")).context("the archive cannot be made")?;
        write::archive(&work_of(&kept, &gathered.sources, &[Output::Zip].into()), file, &Quiet)?;
        Ok(())
    };
    part("raw copy of fresh, with its SHA-256".to_owned(), raw)
}

fn scanning(made: &Made, work: &Path) -> anyhow::Result<Vec<Step>> {
    let Made { gathered, plan } = made;
    let alone = Tree::of_inventory(&gathered.inputs.fresh);
    let result = Tree::of_plan(plan, &gathered.inputs.customised);
    let mut scans = Vec::new();
    for (name, tree) in [("fresh alone", alone), ("the result", result)] {
        let (cold, warm) = (work.join("cold"), work.join("warm"));
        let scan = scan(tree, gathered);
        scan(&warm)?;
        let again = scan.clone();
        let from_nothing = move || {
            if cold.exists() {
                fs::remove_dir_all(&cold)?;
            }
            again(&cold)
        };
        scans.push(part(format!("checks over {name}, nothing in the cache"), from_nothing));
        scans.push(part(format!("checks over {name}, fresh in the cache"), move || scan(&warm)));
    }
    Ok(scans)
}

fn part(name: String, run: impl FnMut() -> anyhow::Result<()> + 'static) -> Step {
    Step { name, group: Group::Parts, run: Box::new(run) }
}

/// Looks into a tree and runs every check, with a cache folder.
fn scan(tree: Tree, gathered: &Arc<Gathered>) -> impl Fn(&Path) -> anyhow::Result<()> + Clone + 'static {
    let gathered = Arc::clone(gathered);
    move |cache| {
        let given = Given { today: Timestamp::FIXED, cache: Some(cache) };
        let examined = examine::examine(tree.clone(), &gathered.sources, given, &Quiet);
        anyhow::ensure!(examined.configuration.is_some(), "there is no configuration to look into");
        checks::run(&examined, &[]);
        Ok(())
    }
}

fn work_of<'a>(
    tree: &'a BTreeMap<crate::path::EntryPath, Planned>,
    contents: &'a crate::read::Sources,
    outputs: &'a BTreeSet<Output>,
) -> Work<'a, crate::read::Sources> {
    Work {
        tree,
        distribution: tree,
        top: package::TOP,
        outputs,
        image: None,
        contents,
        time: Timestamp::FIXED,
        threads: crate::parallel::threads(),
        spool: None,
    }
}
