//! The migration scripts, as they lie in `migration-scripts/`.
//!
//! In: a [`Database`]. Out: its scripts. Always: the texts of the project itself, part of the program.

use crate::choice::Database;

/// The folder of the scripts, in the project and in a bundle.
pub const FOLDER: &str = "migration-scripts";

/// Names and texts of the scripts for a database, sorted by name.
pub type Scripts = [(&'static str, &'static str); 5];

/// All scripts of one folder.
macro_rules! scripts {
    ($folder:literal) => {
        scripts!($folder, "drop-user-name-unique.sql", "migrate.sql", "preflight.sql", "rollback.sql", "verify.sql")
    };
    ($folder:literal, $($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../migration-scripts/", $folder, "/", $name)))),*]
    };
}

/// The scripts for each database.
static ALL: [(Database, Scripts); 7] = [
    (Database::Db2, scripts!("db2")),
    (Database::H2, scripts!("h2")),
    (Database::Mssql, scripts!("mssql")),
    (Database::Mysql, scripts!("mysql")),
    (Database::Oracle, scripts!("oracle")),
    (Database::OracleRac, scripts!("oracle-rac")),
    (Database::Postgres, scripts!("postgres")),
];

/// The scripts for a database.
pub fn of(database: Database) -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().filter(move |(known, _)| *known == database).flat_map(|(_, scripts)| *scripts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_script_of_the_project_is_there() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FOLDER);
        for database in Database::ALL {
            let mut names: Vec<String> = fs::read_dir(folder.join(database.name()))
                .expect("its folder")
                .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
                .collect();
            names.sort();
            assert_eq!(of(database).map(|(name, _)| name).collect::<Vec<_>>(), names, "{}", database.name());
            for (name, text) in of(database) {
                let file = fs::read(folder.join(database.name()).join(name)).expect("a script");
                assert!(file == text.as_bytes() && text.len() > 500, "{} {name}", database.name());
            }
        }
    }
}
