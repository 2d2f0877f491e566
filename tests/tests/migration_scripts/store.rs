//! One database that may hold a user store, and how the clients of the README talk to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use upgrade_tests::database::population::{Kind, Release, schema, users};
use upgrade_tests::database::{MariaDb, Postgres, h2_run};
use upgrade_tests::{Ran, run};

/// The folder of the scripts.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration-scripts")
}

/// A script's text.
pub(crate) fn script(database: &str, name: &str) -> String {
    let path = scripts().join(database).join(format!("{name}.sql"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A script's statements, each with its end. All of them end at the end of a line.
pub(crate) fn statements(text: &str) -> Vec<String> {
    text.split_inclusive(";\n").map(str::to_owned).collect()
}

/// A database, which user asks it, and how.
pub(crate) trait Store {
    fn kind(&self) -> Kind;

    /// Runs statements up to the first that fails.
    fn run(&self, sql: &str) -> Ran;

    /// Columns but for their places, and keys but for their names.
    fn shape_queries(&self) -> Vec<String>;

    /// The columns of the users' table in their order.
    fn order_query(&self) -> String;

    /// The change time, without any zone.
    fn time(&self) -> &'static str;

    /// The folder of its scripts.
    fn folder(&self) -> &'static str {
        match self.kind() {
            Kind::Postgres => "postgres",
            Kind::MariaDb => "mysql",
            Kind::H2 => "h2",
        }
    }

    /// What queries of one column give.
    fn lines(&self, query: &str) -> Vec<String> {
        let ran = self.done(&format!("{query};"));
        let rows = ran.stdout.lines();
        match self.kind() {
            Kind::H2 => rows.filter_map(|line| line.strip_prefix("--> ").map(str::to_owned)).collect(),
            _ => rows.map(str::to_owned).collect(),
        }
    }

    /// Runs statements that succeed.
    fn done(&self, sql: &str) -> Ran {
        let ran = self.run(sql);
        assert_eq!(ran.code, Some(0), "{sql}: {}{}", ran.stdout, ran.stderr);
        ran
    }

    /// Runs one of its scripts.
    fn script(&self, name: &str) -> Ran {
        self.run(&script(self.folder(), name))
    }

    /// Runs a script that succeeds and says so.
    fn succeeds(&self, name: &str, words: &str) {
        let ran = self.script(name);
        let said = ran.stdout + &ran.stderr;
        assert_eq!(ran.code, Some(0), "{name}: {said}");
        assert!(said.contains(words), "{name} does not say `{words}`: {said}");
    }

    /// Runs a script that fails, says why, and changes nothing.
    fn refuses(&self, name: &str, words: &str) {
        let before = self.shape();
        let ran = self.script(name);
        let said = ran.stdout + &ran.stderr;
        assert!(ran.code.is_some_and(|code| code != 0), "{name} is not refused: {said}");
        assert!(said.contains(words), "{name} does not say `{words}`: {said}");
        assert_eq!(self.shape(), before, "{name} changes what it refuses");
    }

    /// Columns and keys of all tables.
    fn shape(&self) -> BTreeSet<String> {
        self.lines(&self.shape_queries().join(";\n")).into_iter().map(|line| line.to_uppercase()).collect()
    }

    /// All rows as 1.2.0 sees them, with their times.
    fn rows(&self) -> Vec<String> {
        let time = self.time();
        self.lines(&format!(
            "SELECT CONCAT_WS('|', UM_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE, UM_REQUIRE_CHANGE, {time},
                UM_TENANT_ID) FROM UM_USER ORDER BY UM_ID;
             SELECT CONCAT_WS('|', UM_ID, UM_ROLE_ID, UM_USER_ID, UM_TENANT_ID) FROM UM_USER_ROLE ORDER BY UM_ID;
             SELECT CONCAT_WS('|', UM_ID, UM_ATTR_NAME, UM_ATTR_VALUE, UM_USER_ID, UM_TENANT_ID)
             FROM UM_USER_ATTRIBUTE ORDER BY UM_ID"
        ))
    }

    /// The ids of the users, in the users' order.
    fn ids(&self) -> Vec<String> {
        self.lines("SELECT UM_USER_ID FROM UM_USER ORDER BY UM_ID")
    }

    /// Makes a store of 1.2.0 with so many users.
    fn fill(&self, number: u32) {
        self.done(&(schema(self.kind(), Release::Old) + &users(self.kind(), number)));
    }
}

/// A database of a PostgreSQL server.
pub(crate) struct OnPostgres {
    pub(crate) server: Arc<Postgres>,
    pub(crate) database: String,
    pub(crate) user: String,
    /// What the variable `PGOPTIONS` holds.
    pub(crate) options: String,
}

impl OnPostgres {
    /// An empty database whose owner is a plain user of the same name.
    pub(crate) fn empty(server: &Arc<Postgres>, name: &str) -> Self {
        for sql in [format!("CREATE ROLE {name} LOGIN"), format!("CREATE DATABASE {name} OWNER {name}")] {
            let ran = run(server.psql("postgres", "postgres").args(["-c", &sql]));
            assert_eq!(ran.code, Some(0), "{sql}: {}", ran.stderr);
        }
        let options = "-c client_min_messages=notice".to_owned();
        Self { server: Arc::clone(server), database: name.to_owned(), user: name.to_owned(), options }
    }

    /// The client with a file of statements.
    pub(crate) fn client(&self, file: &Path) -> Command {
        let mut command = self.server.psql(&self.user, &self.database);
        command.env("PGOPTIONS", &self.options).arg("-f").arg(file);
        command
    }
}

impl Store for OnPostgres {
    fn kind(&self) -> Kind {
        Kind::Postgres
    }

    fn run(&self, sql: &str) -> Ran {
        let (_folder, file) = written(sql);
        run(&mut self.client(&file))
    }

    fn shape_queries(&self) -> Vec<String> {
        let tables = "c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r'";
        vec![
            format!(
                "SELECT concat_ws(' ', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                    pg_get_expr(d.adbin, d.adrelid))
                 FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                 LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE {tables}"
            ),
            format!(
                "SELECT concat_ws(' ', c.relname, pg_get_constraintdef(k.oid), k.convalidated)
                 FROM pg_class AS c JOIN pg_constraint AS k ON k.conrelid = c.oid WHERE {tables}"
            ),
            format!(
                "SELECT regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX .* ON ', ' INDEX ON ')
                 FROM pg_class AS c JOIN pg_index AS i ON i.indrelid = c.oid WHERE {tables} AND i.indisvalid"
            ),
        ]
    }

    fn order_query(&self) -> String {
        "SELECT attname FROM pg_attribute WHERE attrelid = 'um_user'::regclass AND attnum > 0 AND NOT attisdropped
         ORDER BY attnum"
            .to_owned()
    }

    fn time(&self) -> &'static str {
        "EXTRACT(EPOCH FROM UM_CHANGED_TIME)"
    }
}

/// A database of a MariaDB server.
pub(crate) struct OnMariaDb {
    pub(crate) server: Arc<MariaDb>,
    pub(crate) database: String,
    pub(crate) user: String,
    /// More arguments of the client.
    pub(crate) options: Vec<String>,
}

impl OnMariaDb {
    /// An empty database, with a user of the same name who may do all in it, and nothing elsewhere.
    pub(crate) fn empty(server: &Arc<MariaDb>, name: &str) -> Self {
        let sql = format!("CREATE DATABASE {name}; CREATE USER {name}; GRANT ALL ON {name}.* TO {name}");
        let ran = run(server.client("root", None).args(["-e", &sql]));
        assert_eq!(ran.code, Some(0), "{sql}: {}", ran.stderr);
        Self { server: Arc::clone(server), database: name.to_owned(), user: name.to_owned(), options: Vec::new() }
    }

    /// The client with a file of statements.
    pub(crate) fn client(&self, file: &Path) -> Command {
        let mut command = self.server.client(&self.user, None);
        command.args(&self.options).arg(&self.database).stdin(std::fs::File::open(file).expect("a script"));
        command
    }
}

impl Store for OnMariaDb {
    fn kind(&self) -> Kind {
        Kind::MariaDb
    }

    fn run(&self, sql: &str) -> Ran {
        let (_folder, file) = written(sql);
        run(&mut self.client(&file))
    }

    fn shape_queries(&self) -> Vec<String> {
        vec![
            "SELECT CONCAT_WS(' ', TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,
                COLLATION_NAME) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE()"
                .to_owned(),
            "SELECT CONCAT(TABLE_NAME, IF(NON_UNIQUE, ' INDEX (', ' UNIQUE ('),
                GROUP_CONCAT(COLUMN_NAME ORDER BY SEQ_IN_INDEX SEPARATOR ', '), ')')
             FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() GROUP BY TABLE_NAME, INDEX_NAME"
                .to_owned(),
            "SELECT CONCAT(TABLE_NAME, ' REFERENCES ', REFERENCED_TABLE_NAME, ' (',
                GROUP_CONCAT(COLUMN_NAME ORDER BY ORDINAL_POSITION), ')')
             FROM information_schema.KEY_COLUMN_USAGE
             WHERE TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL GROUP BY TABLE_NAME, CONSTRAINT_NAME"
                .to_owned(),
        ]
    }

    fn order_query(&self) -> String {
        "SELECT COLUMN_NAME FROM information_schema.COLUMNS
         WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'UM_USER' ORDER BY ORDINAL_POSITION"
            .to_owned()
    }

    fn time(&self) -> &'static str {
        "UNIX_TIMESTAMP(UM_CHANGED_TIME)"
    }
}

/// A database of H2 in a file.
pub(crate) struct OnH2 {
    pub(crate) jar: PathBuf,
    pub(crate) folder: TempDir,
    /// What follows the file's name in the URL.
    pub(crate) options: String,
}

impl OnH2 {
    /// An empty database.
    pub(crate) fn empty(jar: &Path) -> Self {
        Self { jar: jar.to_owned(), folder: tempfile::tempdir().expect("a folder"), options: String::new() }
    }

    /// What follows `jdbc:h2:`.
    pub(crate) fn url(&self) -> String {
        format!("{}{}", self.folder.path().join("store").display(), self.options)
    }
}

impl Store for OnH2 {
    fn kind(&self) -> Kind {
        Kind::H2
    }

    fn run(&self, sql: &str) -> Ran {
        let (_folder, file) = written(sql);
        h2_run(&self.jar, &self.url(), &file)
    }

    fn shape_queries(&self) -> Vec<String> {
        vec![
            "SELECT CONCAT_WS(' ', TABLE_NAME, COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, IS_NULLABLE,
                REGEXP_REPLACE(COLUMN_DEFAULT, 'SYSTEM_SEQUENCE_.*', 'SYSTEM_SEQUENCE')) FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = SCHEMA()"
                .to_owned(),
            "SELECT CONCAT(KEYS.TABLE_NAME, ' ', KEYS.CONSTRAINT_TYPE, ' (',
                LISTAGG(PARTS.COLUMN_NAME, ', ') WITHIN GROUP (ORDER BY PARTS.ORDINAL_POSITION), ')')
             FROM INFORMATION_SCHEMA.TABLE_CONSTRAINTS AS KEYS JOIN INFORMATION_SCHEMA.KEY_COLUMN_USAGE AS PARTS
                ON PARTS.CONSTRAINT_SCHEMA = KEYS.CONSTRAINT_SCHEMA AND PARTS.CONSTRAINT_NAME = KEYS.CONSTRAINT_NAME
             WHERE KEYS.TABLE_SCHEMA = SCHEMA()
             GROUP BY KEYS.TABLE_NAME, KEYS.CONSTRAINT_TYPE, KEYS.CONSTRAINT_NAME"
                .to_owned(),
        ]
    }

    fn order_query(&self) -> String {
        "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS
         WHERE TABLE_SCHEMA = SCHEMA() AND TABLE_NAME = 'UM_USER' ORDER BY ORDINAL_POSITION"
            .to_owned()
    }

    fn time(&self) -> &'static str {
        "UM_CHANGED_TIME"
    }
}

/// A file with a text, in a folder that goes with the first value.
pub(crate) fn written(sql: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("statements.sql");
    std::fs::write(&file, sql).expect("a file");
    (folder, file)
}
