//! The parts of `package` that `bench` measures alone.
//!
//! In: inputs on disk. Out: named steps, whose reading and planning is already done. Always: each step does what
//! `package` does, through the same functions.

use super::bench::Step;
use super::image::Ground;
use super::inputs::{self, InputArgs};
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

/// Reads and plans once, and gives the steps.
pub(super) fn prepare(paths: &SamplePaths, work: &Path) -> anyhow::Result<Vec<Step>> {
    let gathered = Arc::new(inputs::gather(&InputArgs::of(paths), &Quiet)?);
    let plan: Arc<Plan> = Arc::new(crate::planner::plan(&gathered.inputs, &gathered.policy));
    anyhow::ensure!(!plan.is_blocked(), "the inputs need decisions, so there is nothing to measure");
    let kept: BTreeMap<_, Planned> = plan
        .tree
        .iter()
        .filter(|(path, _)| {
            let action = plan.actions.get(&Input::Fresh).and_then(|actions| actions.get(*path));
            action.is_some_and(|action| action.disposition == Disposition::Kept)
        })
        .map(|(path, planned)| (path.clone(), planned.clone()))
        .collect();
    let compared = Arc::clone(&gathered);
    let compare = move || {
        anyhow::ensure!(proof::render_both(&compared.inputs), "the configurations cannot be rendered");
        Ok(())
    };
    let (proven_inputs, proven_plan) = (Arc::clone(&gathered), Arc::clone(&plan));
    let prove = move || {
        let proven = proof::of_plan(&proven_plan, &proven_inputs.inputs, &proven_inputs.policy);
        anyhow::ensure!(proven.comparison.is_some(), "the configurations cannot be compared");
        Ok(())
    };
    let alone = || Tree::of_inventory(&gathered.inputs.fresh);
    let result = || Tree::of_plan(&plan, &gathered.inputs.customised);
    let mut scans = Vec::new();
    for (name, tree) in [("fresh alone", alone()), ("the result", result())] {
        let (cold, warm) = (work.join("cold"), work.join("warm"));
        let scan = scan(tree, &gathered);
        scan(&warm)?;
        let again = scan.clone();
        let from_nothing = move || {
            if cold.exists() {
                fs::remove_dir_all(&cold)?;
            }
            again(&cold)
        };
        let name = |cache: &str| format!("checks over {name}, {cache}");
        scans.push((name("nothing in the cache"), Box::new(from_nothing) as Box<dyn FnMut() -> anyhow::Result<()>>));
        scans.push((name("fresh in the cache"), Box::new(move || scan(&warm))));
    }
    let folder = work.join("round");
    let (raw_folder, raw_sources) = (folder.clone(), Arc::clone(&gathered));
    let raw = move || {
        fs::create_dir_all(&raw_folder)?;
        let file = File::create(raw_folder.join("raw.zip")).context("the archive cannot be made")?;
        write::archive(&work_of(&kept, &raw_sources.sources, &[Output::Zip].into()), file, &Quiet)?;
        Ok(())
    };
    let components = components::of(&plan, &Examined::default());
    let checked = Checked { plan: Plan::clone(&plan), listening: Listening::default(), components };
    let dependencies = inputs::dependencies(&gathered)?;
    let write = move || {
        fs::create_dir_all(&folder)?;
        let (outputs, ground) = ([Output::Zip].into(), Ground::default());
        let forms = Forms { name: "bench", outputs: &outputs, ground: &ground, time: Timestamp::FIXED };
        package::write(&gathered, &checked, &dependencies, &forms, &folder, &Quiet)?;
        Ok(())
    };
    let mut steps: Vec<Step> = vec![
        ("rendering the configuration of home and fresh".to_owned(), Box::new(compare)),
        ("comparing the two, with every reason".to_owned(), Box::new(prove)),
        ("raw copy of fresh, with its SHA-256".to_owned(), Box::new(raw)),
        ("writing a made plan: zip, manifest, reports, sums".to_owned(), Box::new(write)),
    ];
    steps.extend(scans);
    Ok(steps)
}

/// Looks into a tree and runs every check, with a cache folder.
fn scan(tree: Tree, gathered: &Arc<inputs::Gathered>) -> impl Fn(&Path) -> anyhow::Result<()> + Clone + 'static {
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
