//! The databases that are measured.
//!
//! In: the servers that are installed. Out: commands of their clients. Always: a backup holds the whole database, and
//! is written by the command that the runbook has for it.

use super::finish;
use crate::choice::Database;
use crate::databases::population::{Kind, Release, schema, users};
use crate::databases::{MariaDb, Postgres, h2_tool};
use anyhow::{Context as _, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A store that scripts are run on.
pub(super) trait Store {
    /// Whose scripts.
    fn kind(&self) -> Database;

    /// Name and version of the server.
    fn name(&self) -> Result<String>;

    /// Makes a store of 1.2.0 with so many users, as a server has it that was not started just now. The file is for
    /// the statements.
    fn fill(&self, users: u32, file: &Path) -> Result<()>;

    /// Takes the store away.
    fn empty(&self) -> Result<()>;

    /// Backs the whole up into a file.
    fn backup(&self, file: &Path) -> Result<Command>;

    /// Runs a script.
    fn script(&self, file: &Path) -> Result<Command>;
}

/// A database's name, and why it cannot be measured.
pub(super) type Absent = (&'static str, String);

/// A store, or why there is none.
pub(super) type Opened = Result<Result<Box<dyn Store>, Absent>>;

/// The name of the database that is measured.
const STORE: &str = "users";

/// With a server's own settings, durability included.
pub(super) fn postgres(folders: &[PathBuf]) -> Opened {
    Ok(match Postgres::start(folders, &[])? {
        Some(server) => Ok(Box::new(server)),
        None => Err(("PostgreSQL", Postgres::MISSING.to_owned())),
    })
}

/// With a server's own settings, durability included.
pub(super) fn mariadb(folders: &[PathBuf]) -> Opened {
    Ok(match MariaDb::start(folders, &[])? {
        Some(server) => Ok(Box::new(server)),
        None => Err(("MariaDB", MariaDb::MISSING.to_owned())),
    })
}

/// In a file of a folder.
pub(super) fn h2(jar: Option<&Path>, has_java: bool, folder: &Path) -> Result<Box<dyn Store>, Absent> {
    match jar.filter(|jar| jar.is_file()) {
        Some(jar) if has_java => Ok(Box::new(H2 { jar: jar.to_owned(), folder: folder.to_owned() })),
        Some(_) => Err(("H2", "java is not installed".to_owned())),
        None => Err(("H2", "UPGRADE_H2_JAR names no jar of H2".to_owned())),
    }
}

fn population(kind: Kind, number: u32, after: &str, file: &Path) -> Result<()> {
    let text = schema(kind, Release::Old) + &users(kind, number) + after;
    std::fs::write(file, text).with_context(|| format!("`{}` cannot be written", file.display()))
}

impl Store for Postgres {
    fn kind(&self) -> Database {
        Database::Postgres
    }

    fn name(&self) -> Result<String> {
        let mut ask = self.psql("postgres", "postgres");
        ask.args(["-c", "SHOW server_version"]);
        Ok(named("PostgreSQL", &finish(ask)?))
    }

    fn fill(&self, users: u32, file: &Path) -> Result<()> {
        // What a server does by itself in the hours after so many rows came.
        population(Kind::Postgres, users, "\nVACUUM (ANALYZE);\n", file)?;
        let mut make = self.psql("postgres", "postgres");
        make.args(["-c", &format!("CREATE DATABASE {STORE}")]);
        finish(make)?;
        finish(self.script(file)?)?;
        let mut write = self.psql("postgres", "postgres");
        write.args(["-c", "CHECKPOINT"]);
        finish(write).map(drop)
    }

    fn empty(&self) -> Result<()> {
        let mut drop = self.psql("postgres", "postgres");
        drop.args(["-c", &format!("DROP DATABASE {STORE} WITH (FORCE)")]);
        finish(drop).map(|_| ())
    }

    fn backup(&self, file: &Path) -> Result<Command> {
        let mut command = self.client("pg_dump", "postgres", STORE);
        command.arg("-Fc").arg("-f").arg(file);
        Ok(command)
    }

    fn script(&self, file: &Path) -> Result<Command> {
        let mut command = self.psql("postgres", STORE);
        command.arg("-f").arg(file);
        Ok(command)
    }
}

impl Store for MariaDb {
    fn kind(&self) -> Database {
        Database::Mysql
    }

    fn name(&self) -> Result<String> {
        let mut ask = self.client("root", None);
        ask.args(["-e", "SELECT VERSION()"]);
        Ok(named("MariaDB", &finish(ask)?))
    }

    fn fill(&self, users: u32, file: &Path) -> Result<()> {
        population(Kind::MariaDb, users, "\nANALYZE TABLE UM_USER;\n", file)?;
        let mut make = self.client("root", None);
        make.args(["-e", &format!("CREATE DATABASE {STORE}")]);
        finish(make)?;
        finish(self.script(file)?).map(drop)
    }

    fn empty(&self) -> Result<()> {
        let mut drop = self.client("root", None);
        drop.args(["-e", &format!("DROP DATABASE {STORE}")]);
        finish(drop).map(|_| ())
    }

    fn backup(&self, file: &Path) -> Result<Command> {
        let mut command = self.program("mariadb-dump", "root");
        command.args(["--single-transaction", "--routines", "--triggers", "--no-tablespaces"]);
        command.arg(format!("--result-file={}", file.display())).arg(STORE);
        Ok(command)
    }

    fn script(&self, file: &Path) -> Result<Command> {
        let mut command = self.client("root", Some(STORE));
        let script = File::open(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
        command.stdin(script);
        Ok(command)
    }
}

/// H2, without a server.
struct H2 {
    jar: PathBuf,
    folder: PathBuf,
}

impl H2 {
    fn tool(&self, tool: &str, options: &str) -> Command {
        h2_tool(&self.jar, &[], tool, &format!("{}{options}", self.folder.join(STORE).display()))
    }
}

impl Store for H2 {
    fn kind(&self) -> Database {
        Database::H2
    }

    fn name(&self) -> Result<String> {
        let mut ask = h2_tool(&self.jar, &[], "Shell", "mem:");
        ask.args(["-sql", "SELECT H2VERSION()"]);
        let said = finish(ask)?;
        let version = said.lines().find(|line| line.starts_with(|first: char| first.is_ascii_digit()));
        Ok(named("H2", version.unwrap_or_default()))
    }

    fn fill(&self, users: u32, file: &Path) -> Result<()> {
        population(Kind::H2, users, "\nANALYZE;\n", file)?;
        let mut client = self.tool("RunScript", "");
        client.arg("-script").arg(file);
        finish(client).map(drop)
    }

    fn empty(&self) -> Result<()> {
        let place = || format!("`{}` cannot be removed", self.folder.display());
        std::fs::remove_dir_all(&self.folder).with_context(place)
    }

    fn backup(&self, file: &Path) -> Result<Command> {
        let mut command = self.tool("Script", ";IFEXISTS=TRUE");
        command.arg("-script").arg(file);
        Ok(command)
    }

    fn script(&self, file: &Path) -> Result<Command> {
        let mut command = self.tool("RunScript", ";IFEXISTS=TRUE");
        command.args(["-showResults", "-script"]).arg(file);
        Ok(command)
    }
}

/// The database's name with its version, without what a distribution puts after it.
fn named(name: &str, version: &str) -> String {
    let version = version.split([' ', '-']).next().unwrap_or_default();
    format!("{name} {version}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_server_alone() {
        assert_eq!(named("PostgreSQL", "15.20 (Debian 15.20-0+deb12u1)"), "PostgreSQL 15.20");
        assert_eq!(named("MariaDB", "10.11.19-MariaDB-0+deb12u1"), "MariaDB 10.11.19");
        assert_eq!(named("H2", ""), "H2");
    }

    #[test]
    fn without_a_jar_or_java_h2_says_why() {
        let folder = tempfile::tempdir().expect("a folder");
        let why = |jar: Option<&Path>, has_java| h2(jar, has_java, folder.path()).err();
        assert!(why(None, true).is_some_and(|(_, why)| why.contains("UPGRADE_H2_JAR")));
        assert!(why(Some(folder.path()), true).is_some_and(|(_, why)| why.contains("UPGRADE_H2_JAR")));
        let jar = folder.path().join("h2.jar");
        std::fs::write(&jar, "").expect("a file");
        assert!(why(Some(&jar), false).is_some_and(|(_, why)| why.contains("java")));
        assert!(why(Some(&jar), true).is_none());
    }
}
