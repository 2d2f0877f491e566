//! Throw-away databases: real servers in folders of their own that listen on a socket only, and H2 from its jar.
//!
//! In: folders to look for programs in, and settings. Out: a server that lives as long as its value, and the commands
//! of its clients. Always: nothing is downloaded; what is not installed is a value, not a failure; no server outlives
//! the process that started it, however that ends.

mod mariadb;
pub mod population;
mod postgres;
mod process;

pub use mariadb::MariaDb;
pub use postgres::Postgres;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program in one of some folders: the first one that has it.
pub fn installed(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// A tool of H2, as the README of the migration scripts has it: `Script`, `RunScript`. `machine` are arguments of the
/// virtual machine; `url` is what goes after `jdbc:h2:`. Its user `sa` has no password.
pub fn h2_tool(jar: &Path, machine: &[&str], tool: &str, url: &str) -> Command {
    let mut command = Command::new("java");
    command.args(machine).arg("-cp").arg(jar).arg(format!("org.h2.tools.{tool}"));
    command.args(["-url", &format!("jdbc:h2:{url}"), "-user", "sa"]);
    command
}
