//! `cargo xtask bench`: how fast the packager is beside the plain tools, in the same run.
//!
//! In: real inputs in a folder, or made ones of a size. Out: a table of medians and of their ratios to the
//! yardstick, `cp fresh.zip X && openssl dgst -sha256 X`. Always: the contenders take turns in every round, so that
//! whatever else the machine does falls on all of them; who cannot run is named with the reason. With `--databases`
//! the migration scripts are measured instead.

mod contenders;
mod databases;
mod inputs;
mod table;

use crate::sample::SamplePaths;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
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
}

/// How to print the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for people.
    Text,
    /// For programs.
    Json,
}

/// A part of the packager that is measured alone: its name, and what to do in each round.
pub(super) type Step = (String, Box<dyn FnMut() -> Result<()>>);

/// Makes the steps to measure alone, once, from the inputs and a scratch folder that lasts as long as the run.
pub(super) type Prepare<'a> = &'a dyn Fn(&SamplePaths, &Path) -> Result<Vec<Step>>;

/// Waits until the disk has taken what was written before, so that no contender pays for another's files.
fn settle() {
    #[cfg(unix)]
    rustix::fs::sync();
}

/// One row of the result.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    /// The time of each round, in order; empty when it did not run.
    times: Vec<Duration>,
    /// The most memory that it held in any round, in KiB, where that could be seen.
    peak: Option<u64>,
    /// Why it did not run, or what to know of it.
    note: Option<String>,
}

/// Measures, and gives the result as text to print.
pub(super) fn run(args: &Args, prepare: Prepare<'_>) -> Result<String> {
    if args.databases {
        return databases::run(args);
    }
    let scratch = tempfile::tempdir().context("no temporary folder can be made")?;
    let paths = match &args.inputs {
        Some(folder) => inputs::given(folder)?,
        None => inputs::made(&scratch.path().join("inputs"), args.size)?,
    };
    let work = scratch.path().join("work");
    std::fs::create_dir(&work).with_context(|| format!("`{}` cannot be made", work.display()))?;
    let mut contenders = contenders::outside(&paths, &work)?;
    contenders.extend(prepare(&paths, &work)?.into_iter().map(contenders::Contender::inside));
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
    let facts = table::Facts::of(&paths, args.runs)?;
    Ok(match args.format {
        Format::Text => table::text(&facts, &rows),
        Format::Json => table::json(&facts, &rows),
    })
}
