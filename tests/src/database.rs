//! Database servers for tests: real ones in throw-away folders, and H2 from its jar.
//!
//! In: what is installed, or the variable `UPGRADE_H2_JAR`. Out: a server that lives as long as its value. Always:
//! what is not installed is said as skipped. The servers themselves are [`xtask::databases`], which `bench` uses too.

pub use xtask::databases::{MariaDb, Postgres, population};

use crate::{Ran, run, skipped};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use xtask::databases::{h2_tool, installed};

/// The folders of the variable `PATH`.
fn folders() -> Vec<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect()
}

/// A PostgreSQL server that need not survive a loss of power.
///
/// # Panics
/// When it is installed and does not start.
pub fn postgres() -> Option<Postgres> {
    let started = Postgres::start(&folders(), &["fsync=off", "autovacuum=off"]).expect("PostgreSQL");
    if started.is_none() {
        skipped(Postgres::MISSING);
    }
    started
}

/// A `MariaDB` server that need not survive a loss of power. Timestamps are its old kind, which each update changes.
///
/// # Panics
/// When it is installed and does not start.
pub fn mariadb() -> Option<MariaDb> {
    let arguments = [
        "--explicit-defaults-for-timestamp=0",
        "--log-bin",
        "--server-id=1",
        "--sync-binlog=0",
        "--innodb-flush-log-at-trx-commit=2",
    ];
    let started = MariaDb::start(&folders(), &arguments).expect("MariaDB");
    if started.is_none() {
        skipped(MariaDb::MISSING);
    }
    started
}

/// One server for the tests that run at a time: the one that runs, or a new one.
pub fn shared<S>(slot: &Mutex<Weak<S>>, start: impl FnOnce() -> Option<S>) -> Option<Arc<S>> {
    let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = slot.upgrade() {
        return Some(running);
    }
    let started = Arc::new(start()?);
    *slot = Arc::downgrade(&started);
    Some(started)
}

/// The jar of H2, from the variable `UPGRADE_H2_JAR`; says so where there is none.
pub fn h2_jar() -> Option<PathBuf> {
    let jar = std::env::var_os("UPGRADE_H2_JAR").map(PathBuf::from).filter(|jar| jar.is_file());
    if jar.is_none() {
        skipped("UPGRADE_H2_JAR names no jar of H2");
        return None;
    }
    if installed("java", &folders()).is_none() {
        skipped("java is not installed");
        return None;
    }
    jar
}

/// Runs statements in an H2 database, as the README has it. `url` goes after `jdbc:h2:`.
///
/// # Panics
/// When Java cannot be started.
pub fn h2_run(jar: &Path, url: &str, script: &Path) -> Ran {
    let machine = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
    run(h2_tool(jar, &machine, "RunScript", url).args(["-showResults", "-script"]).arg(script))
}

/// The folder with the texts of both releases, from the variable `UPGRADE_RELEASE_FILES`; says so where there is none.
pub fn release_files() -> Option<PathBuf> {
    let folder = std::env::var_os("UPGRADE_RELEASE_FILES")
        .map(PathBuf::from)
        .filter(|folder| ["1.2.0", "4.0.0"].iter().all(|release| folder.join(release).join("dbscripts").is_dir()));
    if folder.is_none() {
        skipped("UPGRADE_RELEASE_FILES names no folder with the texts of both releases");
    }
    folder
}
