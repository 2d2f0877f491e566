//! Database servers for tests: real ones, in throw-away folders, that listen on a socket only, and H2 from its jar.
//!
//! In: what is installed, or the variable `UPGRADE_H2_JAR`. Out: a server that lives as long as its value, and its
//! client. Always: nothing is downloaded; what is not installed is said as skipped; no server outlives the tests.

pub mod population;

use crate::{Ran, run, skipped};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a server may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process that ends with the tests: its parent thread waits for it, and the kernel ends it with that thread.
#[derive(Debug)]
struct Daemon {
    process: u32,
    waiter: Option<JoinHandle<()>>,
    /// The signal that ends it in order.
    ends_by: &'static str,
}

impl Daemon {
    fn start(mut command: Command, ends_by: &'static str) -> Self {
        let (tell, told) = mpsc::channel();
        let waiter = std::thread::spawn(move || {
            let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
            let _ = tell.send(child.id());
            let _ = child.wait();
        });
        let process = told.recv().expect("a server's process");
        Self { process, waiter: Some(waiter), ends_by }
    }

    fn runs(&self) -> bool {
        self.waiter.as_ref().is_some_and(|waiter| !waiter.is_finished())
    }

    fn end(&mut self, signal: &str) {
        if self.runs() {
            run(Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.process)));
        }
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.join();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end(self.ends_by);
    }
}

/// The user ids to run a server with: its own user's where root runs the tests, for servers refuse root.
#[derive(Clone, Copy, Debug)]
struct Identity {
    user: u32,
    group: u32,
}

/// Whom to run as; `None` where root runs the tests and there is no such user.
fn identity(user: &str) -> Option<Identity> {
    let own = fs::metadata("/proc/self").ok()?;
    if own.uid() != 0 {
        return Some(Identity { user: own.uid(), group: own.gid() });
    }
    let number = |flag: &str| run(Command::new("id").args([flag, user])).stdout.trim().parse().ok();
    Some(Identity { user: number("-u")?, group: number("-g")? })
}

/// A command that runs as that user and ends with the thread that starts it.
fn as_user(identity: Identity, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]);
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        command.arg(format!("--reuid={}", identity.user)).arg(format!("--regid={}", identity.group));
        command.arg("--clear-groups");
    }
    command.arg("--").arg(program);
    command
}

/// A program on the path, or in one of some folders.
fn installed(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(folders.iter().cloned()).map(|folder| folder.join(name)).find(|p| p.is_file())
}

/// A folder that the server's user owns.
fn folder_for(identity: Identity) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::chown(folder.path(), Some(identity.user), Some(identity.group)).expect("an owner");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    folder
}

/// Asks until it is so; a server tells nobody when it is ready.
fn wait_until(what: &str, log: &Path, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        let log = || fs::read_to_string(log).unwrap_or_default();
        assert!(start.elapsed() < PATIENCE, "{what} does not start: {}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn logged(command: &mut Command, log: &Path) {
    let file = fs::File::create(log).expect("a log");
    let other = file.try_clone().expect("a log");
    command.stdin(Stdio::null()).stdout(file).stderr(other);
}

/// A PostgreSQL server; its superuser is `postgres`.
#[derive(Debug)]
pub struct Postgres {
    daemon: Daemon,
    folder: TempDir,
    server: PathBuf,
    identity: Identity,
}

impl Postgres {
    /// Makes one and starts it; says so where it is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Option<Self> {
        let mut folders: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
            .map(|entries| entries.flatten().map(|entry| entry.path().join("bin")).collect())
            .unwrap_or_default();
        folders.sort();
        let found = installed("postgres", &folders).zip(installed("initdb", &folders));
        let found = found.zip(installed("psql", &folders)).zip(identity("postgres"));
        let Some((((server, maker), _), identity)) = found else {
            skipped("PostgreSQL is not installed (postgres, initdb, psql)");
            return None;
        };
        let folder = folder_for(identity);
        let mut init = as_user(identity, &maker);
        init.args(["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"]);
        let made = run(init.arg(folder.path().join("data")).current_dir(folder.path()));
        assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
        let daemon = Self::launch(&server, &folder, identity);
        let started = Self { daemon, folder, server, identity };
        started.wait();
        Some(started)
    }

    fn launch(server: &Path, folder: &TempDir, identity: Identity) -> Daemon {
        let mut command = as_user(identity, server);
        command.arg("-D").arg(folder.path().join("data")).arg("-k").arg(folder.path());
        for setting in ["listen_addresses=", "fsync=off", "autovacuum=off", "timezone=UTC"] {
            command.args(["-c", setting]);
        }
        logged(command.current_dir(folder.path()), &folder.path().join("log"));
        Daemon::start(command, "INT")
    }

    fn wait(&self) {
        let ready = || run(self.psql("postgres", "postgres").args(["-c", "SELECT 1"])).code == Some(0);
        wait_until("PostgreSQL", &self.folder.path().join("log"), ready);
    }

    /// Ends it as a crash would, and starts it again.
    pub fn crash(&mut self) {
        self.daemon.end("QUIT");
        self.daemon = Self::launch(&self.server, &self.folder, self.identity);
        self.wait();
    }

    /// The client as the README has it, quiet but for what the server says.
    pub fn psql(&self, user: &str, database: &str) -> Command {
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", user, "-d", database, "-h"]);
        command.arg(self.folder.path()).stdin(Stdio::null());
        command
    }
}

/// A MariaDB server; its superuser is `root`. Timestamps are its old kind, which each update changes, and its zone has
/// hours that come twice.
#[derive(Debug)]
pub struct MariaDb {
    daemon: Daemon,
    folder: TempDir,
    server: PathBuf,
    identity: Identity,
}

impl MariaDb {
    /// Makes one and starts it; says so where it is not installed.
    ///
    /// # Panics
    /// When it is installed and does not start.
    pub fn start() -> Option<Self> {
        let folders = [PathBuf::from("/usr/sbin")];
        let found = installed("mariadbd", &folders).zip(installed("mariadb-install-db", &folders));
        let found = found.zip(installed("mariadb", &folders)).zip(identity("mysql"));
        let Some((((server, maker), _), identity)) = found else {
            skipped("MariaDB is not installed (mariadbd, mariadb-install-db, mariadb)");
            return None;
        };
        let folder = folder_for(identity);
        let mut init = as_user(identity, &maker);
        init.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
        init.arg(format!("--datadir={}", folder.path().join("data").display()));
        let made = run(init.current_dir(folder.path()).stdin(Stdio::null()));
        assert_eq!(made.code, Some(0), "{}{}", made.stdout, made.stderr);
        let daemon = Self::launch(&server, &folder, identity);
        let started = Self { daemon, folder, server, identity };
        started.wait();
        Some(started)
    }

    fn launch(server: &Path, folder: &TempDir, identity: Identity) -> Daemon {
        let mut command = as_user(identity, server);
        let path = |option: &str, name: &str| format!("--{option}={}", folder.path().join(name).display());
        command.arg("--no-defaults").arg(path("datadir", "data")).arg(path("socket", "socket"));
        command.args(["--skip-networking", "--explicit-defaults-for-timestamp=0", "--log-bin", "--server-id=1"]);
        command.args(["--sync-binlog=0", "--innodb-flush-log-at-trx-commit=2"]).env("TZ", "Europe/Berlin");
        logged(command.current_dir(folder.path()), &folder.path().join("log"));
        Daemon::start(command, "TERM")
    }

    fn wait(&self) {
        let ready = || run(self.client("root", None).args(["-e", "SELECT 1"])).code == Some(0);
        wait_until("MariaDB", &self.folder.path().join("log"), ready);
    }

    /// Ends it as a crash would, and starts it again.
    pub fn crash(&mut self) {
        self.daemon.end("KILL");
        self.daemon = Self::launch(&self.server, &self.folder, self.identity);
        self.wait();
    }

    /// The client as the README has it.
    pub fn client(&self, user: &str, database: Option<&str>) -> Command {
        let mut command = Command::new("mariadb");
        command.args(["--no-defaults", "--batch", "--skip-column-names", "--user", user]);
        command.arg(format!("--socket={}", self.folder.path().join("socket").display()));
        command.args(database).stdin(Stdio::null());
        command
    }
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
    if installed("java", &[]).is_none() {
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
    let mut command = Command::new("java");
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"]).arg(jar).arg("org.h2.tools.RunScript");
    command.args(["-url", &format!("jdbc:h2:{url}"), "-user", "sa", "-showResults", "-script"]).arg(script);
    run(&mut command)
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
