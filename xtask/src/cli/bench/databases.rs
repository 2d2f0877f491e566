//! `bench --databases`: how long the migration scripts take, beside a backup of the same database in the same round.
//!
//! In: numbers of users, and the servers that are installed. Out: medians of each script, and their ratios to the
//! backup. Always: each round begins with a database that was made for it; the servers have their own settings; what
//! cannot run is named with the reason.
//!
//! The backup is the yardstick because a person can time it on their own database, long before the maintenance window
//! and without changing anything: the window is that time, times the sum of the ratios.

mod stores;
mod table;

use super::{Args, Format, settle};
use crate::choice::Database;
use crate::databases::installed;
use crate::user_store::scripts;
use anyhow::{Context as _, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use stores::Store;

/// Numbers of users where none are given.
const USERS: [u32; 2] = [100_000, 1_000_000];
/// The most that H2 is measured with where no number is given: its client needs minutes for more.
const MOST_OF_H2: u32 = 100_000;
/// The yardstick, and the scripts in the order of an upgrade.
const STEPS: [&str; 5] = ["backup", "preflight", "migrate", "verify", "rollback"];

/// One database with one number of users.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    /// Its name and version.
    database: String,
    users: u32,
    /// The times of each step, in the order of [`STEPS`], one a round; empty where it did not run.
    times: [Vec<Duration>; 5],
    /// Why it did not run.
    note: Option<String>,
}

impl Row {
    fn without_times(database: String, users: u32, note: Option<String>) -> Self {
        Self { database, users, times: Default::default(), note }
    }
}

/// Measures, and gives the result as text to print.
pub(super) fn run(args: &Args) -> Result<String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let scratch = tempfile::tempdir().context("no temporary folder can be made")?;
    let users: &[u32] = if args.users.is_empty() { &USERS } else { &args.users };
    let jar = std::env::var_os("UPGRADE_H2_JAR").map(PathBuf::from);
    let has_java = installed("java", &folders).is_some();
    let mut rows = Vec::new();
    for opened in [
        stores::postgres(&folders),
        stores::mariadb(&folders),
        Ok(stores::h2(jar.as_deref(), has_java, &scratch.path().join("h2"))),
    ] {
        match opened? {
            Ok(store) => {
                for users in users {
                    rows.push(measured(store.as_ref(), *users, args, scratch.path())?);
                }
            }
            Err((name, why)) => {
                let row = |users: &u32| Row::without_times(name.to_owned(), *users, Some(why.clone()));
                rows.extend(users.iter().map(row));
            }
        }
    }
    let facts = table::Facts::of(args.runs);
    Ok(match args.format {
        Format::Text => table::text(&facts, &rows),
        Format::Json => table::json(&facts, &rows),
    })
}

/// All rounds of one database with one number of users.
fn measured(store: &dyn Store, users: u32, args: &Args, scratch: &Path) -> Result<Row> {
    let mut row = Row::without_times(store.name()?, users, None);
    if store.kind() == Database::H2 && args.users.is_empty() && users > MOST_OF_H2 {
        row.note = Some(format!("only measured with `--users {users}`: its client takes minutes"));
        return Ok(row);
    }
    let file = |name: &str| scratch.join(format!("{}-{name}", store.kind().name()));
    for (name, text) in scripts::of(store.kind()) {
        std::fs::write(file(name), text).with_context(|| format!("`{name}` cannot be written"))?;
    }
    let backup = file("backup");
    for _ in 0..args.runs {
        store.fill(users, &file("population.sql"))?;
        settle();
        for (step, times) in STEPS.iter().zip(&mut row.times) {
            let command = match *step {
                "backup" => store.backup(&backup),
                script => store.script(&file(&format!("{script}.sql"))),
            };
            let start = Instant::now();
            finish(command?).with_context(|| format!("{}, {users} users: {step} failed", row.database))?;
            times.push(start.elapsed());
        }
        store.empty()?;
    }
    Ok(row)
}

/// Runs a client to its end; what it said is told only when it failed.
fn finish(mut command: Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.stderr(Stdio::piped()).output();
    let output = output.with_context(|| format!("`{program}` cannot be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let last: Vec<&str> = said.lines().rev().take(10).collect();
        bail!("`{program}` ended with {}: {}", output.status, last.into_iter().rev().collect::<Vec<_>>().join(" / "));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
