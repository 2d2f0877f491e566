//! `cargo xtask bench`: how fast the packager is beside the plain tools, in the same run.
//!
//! In: real inputs in a folder, or made ones of a size. Out: for each output, a table of medians and of their ratios to
//! the yardstick, `cp fresh.zip X && openssl dgst -sha256 X`, and to the fastest of the usual tools for it. Always: the
//! contenders take turns in every round, so that whatever else the machine does falls on all of them; who cannot run is
//! named with the reason. With `--databases` the migration scripts are measured instead.
//!
//! The memory that writing takes is measured once for each output, in a process of its own: there it is told apart from
//! what reading and planning hold.

mod contenders;
mod databases;
mod inputs;
mod process;
mod table;
mod tools;

use crate::output::Output;
use crate::sample::SamplePaths;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask bench --runs 3\n  cargo xtask bench --inputs FOLDER\n  cargo xtask bench --databases --runs 1"
)]
pub(super) struct Args {
    /// Folder with home/wso2mi-1.2.0, wso2mi-1.2.0.zip, wso2mi-4.0.0.zip and wso2mi-hl7-4.0.0.zip; without it,
    /// inputs are made
    #[arg(long, value_name = "DIR")]
    inputs: Option<PathBuf>,
    /// Size of a distribution that is made, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 100, conflicts_with = "inputs")]
    size: u32,
    /// Rounds; the median of each contender counts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Measure the migration scripts instead, on throw-away servers: PostgreSQL and MariaDB where they are installed,
    /// H2 where `UPGRADE_H2_JAR` names its jar
    #[arg(long, conflicts_with_all = ["inputs", "size"])]
    databases: bool,
    /// Users of the store that is migrated, once for each size [default: 100000 and 1000000; H2: 100000]
    #[arg(long, value_name = "N", requires = "databases", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    users: Vec<u32>,
    /// Do one step once, and print by how many KiB memory rose
    #[arg(long, value_name = "STEP", hide = true, requires = "inputs")]
    alone: Option<String>,
}

/// How to print the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people.
    Text,
    /// For programs.
    Json,
}

/// What a contender is measured for; in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// What everything is compared with.
    Yardstick,
    /// One output.
    Output(Output),
    /// Every output at once.
    All,
    /// Parts that are the same whatever is written.
    Parts,
}

impl Group {
    fn name(self) -> &'static str {
        match self {
            Self::Yardstick => "yardstick",
            Self::Output(output) => output.name(),
            Self::All => "all outputs at once",
            Self::Parts => "parts of it",
        }
    }
}

/// What a contender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What people do without the packager.
    Usual,
    /// The packager, as a program.
    Whole,
    /// A part of the packager, alone.
    Step,
    /// Medians of other rows, added up.
    Sum,
}

/// A part of the packager that is measured alone.
pub(super) struct Step {
    /// What it does.
    pub(super) name: String,
    /// What it is a part of.
    pub(super) group: Group,
    /// What to do in each round.
    pub(super) run: Box<dyn FnMut() -> Result<()>>,
}

/// Which steps are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Every one.
    All,
    /// Those that write.
    Writing,
}

/// Makes the steps to measure alone, once, from the inputs and a scratch folder that lasts as long as the run.
pub(super) type Prepare<'a> = &'a dyn Fn(&SamplePaths, &Path, Which) -> Result<Vec<Step>>;

/// Waits until the disk has taken what was written before, so that no contender pays for another's files.
fn settle() {
    #[cfg(unix)]
    rustix::fs::sync();
}

/// One row of the result.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    group: Group,
    kind: Kind,
    /// The time of each round, in order; empty when it did not run.
    times: Vec<Duration>,
    /// The most memory that it held in any round, in KiB, where that could be seen.
    peak: Option<u64>,
    /// By how many KiB memory rose, of what writes in a process that read and planned before.
    rise: Option<u64>,
    /// Why it did not run, or what to know of it.
    note: Option<String>,
}

impl Row {
    fn empty(name: String, group: Group, kind: Kind) -> Self {
        Self { name, group, kind, times: Vec::new(), peak: None, rise: None, note: None }
    }
}

/// Measures, and gives the result as text to print.
pub(super) fn run(args: &Args, prepare: Prepare<'_>) -> Result<String> {
    if args.databases {
        return databases::run(args);
    }
    let scratch = tempfile::tempdir().context("no temporary folder can be made")?;
    let made = scratch.path().join("inputs");
    let (folder, paths) = match &args.inputs {
        Some(folder) => (folder, inputs::given(folder)?),
        None => (&made, inputs::made(&made, args.size)?),
    };
    let work = scratch.path().join("work");
    std::fs::create_dir(&work).with_context(|| format!("`{}` cannot be made", work.display()))?;
    if let Some(name) = &args.alone {
        return alone(prepare(&paths, &work, Which::Writing)?, name);
    }
    let mut contenders = contenders::outside(&paths, &work)?;
    contenders.extend(prepare(&paths, &work, Which::All)?.into_iter().map(contenders::Contender::inside));
    contenders.sort_by_key(|contender| contender.group);
    let mut rows: Vec<_> = contenders.iter().map(contenders::Contender::row).collect();
    for _ in 0..args.runs {
        for (contender, row) in contenders.iter_mut().zip(&mut rows) {
            let Some(action) = &mut contender.action else { continue };
            settle();
            let start = Instant::now();
            let peak = action().with_context(|| format!("`{}` failed", row.name))?;
            row.times.push(start.elapsed());
            row.peak = row.peak.max(peak);
            contenders::clear(&work)?;
        }
    }
    drop(contenders);
    let writes = |row: &Row| row.kind == Kind::Step && row.group != Group::Parts;
    for row in rows.iter_mut().filter(|row| writes(row)) {
        row.rise = rise_of(&row.name, folder)?;
    }
    let rows = with_sums(rows);
    let facts = table::Facts::of(&paths, args.runs)?;
    Ok(match args.format {
        Format::Text => table::text(&facts, &rows),
        Format::Json => table::json(&facts, &rows),
    })
}

/// Does one step, and gives by how many KiB memory rose; nothing where the system does not tell.
fn alone(steps: Vec<Step>, name: &str) -> Result<String> {
    let step = steps.into_iter().find(|step| step.name == name);
    let mut step = step.with_context(|| format!("there is no step `{name}`"))?;
    let rise = process::rise(|| (step.run)())?;
    Ok(rise.map_or_else(String::new, |kib| format!("{kib}\n")))
}

/// By how many KiB memory rises in a step that is done once, in a process of its own.
fn rise_of(name: &str, inputs: &Path) -> Result<Option<u64>> {
    let program = std::env::current_exe().context("the packager does not find its own program")?;
    let mut command = Command::new(program);
    command.args(["bench", "--alone", name, "--inputs"]).arg(inputs);
    // What planning gave back is given back to the system, so that what writing takes is seen. Source: GNU C Library,
    // mallopt(3).
    command.env("MALLOC_MMAP_THRESHOLD_", "65536").env("MALLOC_TRIM_THRESHOLD_", "65536");
    let output = command.output().with_context(|| format!("`{name}` cannot be done alone"))?;
    anyhow::ensure!(
        output.status.success(),
        "`{name}` failed: {}",
        String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default()
    );
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse().ok())
}

/// Adds what the outputs take one after the other, before what they take at once.
fn with_sums(mut rows: Vec<Row>) -> Vec<Row> {
    for (kind, name) in [(Kind::Whole, "package, once for each output"), (Kind::Step, "writing, once for each output")]
    {
        let of_kind = |group: fn(&Group) -> bool| rows.iter().filter(move |row| row.kind == kind && group(&row.group));
        let single: Vec<&Row> = of_kind(|group| matches!(group, Group::Output(_))).collect();
        let runs = single.iter().map(|row| row.times.len()).min().unwrap_or(0);
        let time = |run: usize| single.iter().filter_map(|row| row.times.get(run)).sum();
        let times = (0..runs).map(time).collect();
        let Some(at) = rows.iter().position(|row| row.kind == kind && row.group == Group::All) else { continue };
        let sum = Row { times, ..Row::empty(name.to_owned(), Group::All, Kind::Sum) };
        rows.insert(at, sum);
    }
    rows
}
