//! `MariaDB`.
//!
//! In: folders to look in, arguments of the server. Out: a server, and commands of its clients. Always: its zone has
//! hours that come twice.

use super::installed;
use super::process::{Daemon, Identity, answers, as_user, done, folder_for, identity, logged};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Where Debian's package keeps the server.
const PACKAGE: &str = "/usr/sbin";

/// A `MariaDB` server; its superuser is `root`, without a password.
#[derive(Debug)]
pub struct MariaDb {
    // The first to be dropped: the server ends before its folder goes.
    daemon: Daemon,
    folder: TempDir,
    server: PathBuf,
    identity: Identity,
    arguments: Vec<String>,
}

impl MariaDb {
    /// What to say where it cannot be started.
    pub const MISSING: &str = "MariaDB is not installed (mariadbd, mariadb-install-db, mariadb, mariadb-dump; setpriv; the user mysql for root)";

    /// Makes one and starts it with more arguments; `None` where it is not installed.
    pub fn start(folders: &[PathBuf], arguments: &[&str]) -> Result<Option<Self>> {
        let mut all = folders.to_vec();
        all.push(PACKAGE.into());
        let are_there = ["mariadb", "mariadb-dump", "setpriv"].iter().all(|name| installed(name, folders).is_some());
        let found = installed("mariadbd", &all).zip(installed("mariadb-install-db", &all)).zip(identity("mysql"));
        let Some(((server, maker), identity)) = found.filter(|_| are_there) else { return Ok(None) };
        let folder = folder_for(identity)?;
        let mut make = as_user(identity, &maker);
        make.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        make.arg(format!("--datadir={}", folder.path().join("data").display()));
        done(make.current_dir(folder.path()))?;
        let arguments: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let daemon = launch(&server, folder.path(), identity, &arguments)?;
        let started = Self { daemon, folder, server, identity, arguments };
        started.wait()?;
        Ok(Some(started))
    }

    fn wait(&self) -> Result<()> {
        let ready = || answers(self.client("root", None).args(["-e", "SELECT 1"]));
        self.daemon.wait_until("MariaDB", &self.folder.path().join("log"), ready)
    }

    /// Ends it as a crash would, and starts it again.
    pub fn crash(&mut self) -> Result<()> {
        self.daemon.end("KILL");
        self.daemon = launch(&self.server, self.folder.path(), self.identity, &self.arguments)?;
        self.wait()
    }

    /// Where clients reach it.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// One of its clients, with what to connect to.
    pub fn program(&self, program: &str, user: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["--no-defaults", "--user", user]).arg(format!("--socket={}", self.socket().display()));
        command.stdin(Stdio::null());
        command
    }

    /// The client as the README of the migration scripts has it.
    pub fn client(&self, user: &str, database: Option<&str>) -> Command {
        let mut command = self.program("mariadb", user);
        command.args(["--batch", "--skip-column-names"]).args(database);
        command
    }
}

fn launch(server: &Path, folder: &Path, identity: Identity, arguments: &[String]) -> Result<Daemon> {
    let mut command = as_user(identity, server);
    let path = |option: &str, name: &str| format!("--{option}={}", folder.join(name).display());
    command.arg("--no-defaults").arg(path("datadir", "data")).arg(path("socket", "socket")).arg("--skip-networking");
    // Not the folder that all share, where somebody may tidy up.
    command.arg(format!("--tmpdir={}", folder.display()));
    command.args(arguments).env("TZ", "Europe/Berlin");
    logged(command.current_dir(folder), &folder.join("log"))?;
    Daemon::start(command, "TERM")
}
