//! PostgreSQL.
//!
//! In: folders to look in, settings of the server. Out: a server, and commands of its clients. Always: whoever
//! reaches its socket is let in, as any user, without a password.

use super::installed;
use super::process::{Daemon, Identity, answers, as_user, done, folder_for, identity, logged};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Where Debian's packages keep the servers, one folder a release.
const PACKAGES: &str = "/usr/lib/postgresql";
/// What is needed, the server first.
const PROGRAMS: [&str; 5] = ["postgres", "initdb", "psql", "pg_dump", "pg_restore"];

/// A PostgreSQL server; its superuser is `postgres`.
#[derive(Debug)]
pub struct Postgres {
    // The first to be dropped: the server ends before its folder goes.
    daemon: Daemon,
    folder: TempDir,
    /// Where its programs are.
    programs: PathBuf,
    identity: Identity,
    settings: Vec<String>,
}

impl Postgres {
    /// What to say where it cannot be started.
    pub const MISSING: &str = "PostgreSQL is not installed (postgres, initdb, psql, pg_dump, pg_restore; setpriv; the user postgres for root)";

    /// Makes one and starts it with settings such as `fsync=off`; `None` where it is not installed. The folders of
    /// Debian's packages are looked into as well.
    pub fn start(folders: &[PathBuf], settings: &[&str]) -> Result<Option<Self>> {
        let packages = packages();
        // All programs are taken from one folder, so that they are of one release.
        let is_whole = |folder: &&PathBuf| PROGRAMS.iter().all(|program| folder.join(program).is_file());
        let found = packages.iter().chain(folders).find(is_whole).zip(identity("postgres"));
        let Some((programs, identity)) = found.filter(|_| installed("setpriv", folders).is_some()) else {
            return Ok(None);
        };
        let folder = folder_for(identity)?;
        let mut make = as_user(identity, &programs.join("initdb"));
        make.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"]);
        done(make.arg(folder.path().join("data")).current_dir(folder.path()))?;
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let daemon = launch(programs, folder.path(), identity, &settings)?;
        let started = Self { daemon, folder, programs: programs.clone(), identity, settings };
        started.wait()?;
        Ok(Some(started))
    }

    fn wait(&self) -> Result<()> {
        let ready = || answers(self.psql("postgres", "postgres").args(["-c", "SELECT 1"]));
        self.daemon.wait_until("PostgreSQL", &self.folder.path().join("log"), ready)
    }

    /// Ends it as a crash would, and starts it again.
    pub fn crash(&mut self) -> Result<()> {
        self.daemon.end("QUIT");
        self.daemon = launch(&self.programs, self.folder.path(), self.identity, &self.settings)?;
        self.wait()
    }

    /// What a client takes for a host.
    pub fn host(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of its programs.
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// One of its clients, with what to connect to.
    pub fn client(&self, program: &str, user: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["-U", user, "-d", database, "-h"]).arg(self.host()).stdin(Stdio::null());
        command
    }

    /// The client as the README of the migration scripts has it, quiet but for what the server says.
    pub fn psql(&self, user: &str, database: &str) -> Command {
        let mut command = self.client("psql", user, database);
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        command
    }
}

/// The folders of Debian's packages, the newest release first.
fn packages() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(PACKAGES).into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = folders
        .map(|folder| {
            let name = folder.file_name().to_string_lossy().into_owned();
            (name.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0), folder.path().join("bin"))
        })
        .collect();
    folders.sort();
    folders.into_iter().rev().map(|(_, folder)| folder).collect()
}

fn launch(programs: &Path, folder: &Path, identity: Identity, settings: &[String]) -> Result<Daemon> {
    let mut command = as_user(identity, &programs.join("postgres"));
    command.arg("-D").arg(folder.join("data")).arg("-k").arg(folder);
    let settings = settings.iter().map(String::as_str);
    for setting in ["listen_addresses=", "timezone=UTC"].into_iter().chain(settings) {
        command.args(["-c", setting]);
    }
    logged(command.current_dir(folder), &folder.join("log"))?;
    Daemon::start(command, "INT")
}
