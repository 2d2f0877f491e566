//! The commands of a runbook that speak to a database.
//!
//! In: the kind of database, and how it is reached. Out: shell commands. Always: no password; what is not known is a
//! word in capitals; each fails where the script does. They are those of `migration-scripts/README.md` and `backup.md`.

use crate::choice::Database;
use crate::user_store::connection::{Connection, SCHEMA};

/// The file of an H2 database, without its ending.
fn file(connection: &Connection) -> String {
    match (&connection.in_home, &connection.database) {
        (Some(file), _) => format!("$NEW_HOME/{file}"),
        (None, Some(file)) => file.clone(),
        (None, None) => "H2_FILE".to_owned(),
    }
}

/// The words that commands are made of.
struct Words<'a> {
    host: &'a str,
    database: &'a str,
    user: &'a str,
    port: Option<&'a str>,
}

fn words(database: Database, connection: &Connection) -> Words<'_> {
    let host = match database {
        Database::OracleRac => "SCAN",
        _ => "HOST",
    };
    let name = match database {
        Database::Oracle | Database::OracleRac => "SERVICE",
        _ => "DATABASE",
    };
    Words {
        host: connection.host.as_deref().unwrap_or(host),
        database: connection.database.as_deref().unwrap_or(name),
        user: connection.user.as_deref().unwrap_or("USER"),
        port: connection.port.as_deref(),
    }
}

/// How Oracle's clients are told where to go: user and address.
fn oracle(connection: &Connection, words: &Words<'_>) -> String {
    let Words { host, database, user, .. } = words;
    let port = words.port.unwrap_or("1521");
    let protocol = if connection.is_encrypted { "TCPS" } else { "TCP" };
    if connection.is_sid {
        return format!(
            "'{user}@(DESCRIPTION=(ADDRESS=(PROTOCOL={protocol})(HOST={host})(PORT={port}))(CONNECT_DATA=(SID={database})))'"
        );
    }
    let before = if connection.is_encrypted { "tcps:" } else { "" };
    format!("{user}@{before}//{host}:{port}/{database}")
}

/// How SQL Server's client is told where to go.
fn mssql(connection: &Connection, words: &Words<'_>) -> String {
    match (&connection.instance, words.port) {
        (_, Some(port)) => format!("{},{port}", words.host),
        (Some(instance), None) => format!("'{}\\{instance}'", words.host),
        (None, None) => words.host.to_owned(),
    }
}

/// As whom SQL Server's client logs in.
fn whom(connection: &Connection, user: &str) -> String {
    if connection.is_of_windows { "-E".to_owned() } else { format!("-U {user}") }
}

fn h2(connection: &Connection, must_exist: bool) -> String {
    let only = if must_exist { ";IFEXISTS=TRUE" } else { "" };
    let schema = connection.schema.as_ref().map(|schema| format!(";SCHEMA={schema}")).unwrap_or_default();
    let cipher = connection.cipher.as_ref().map(|cipher| format!(";CIPHER={cipher}")).unwrap_or_default();
    let user = connection.user.as_deref().unwrap_or("USER");
    format!("-url \"jdbc:h2:{}{only}{cipher}{schema}\" -user {user} -password PASSWORD", file(connection))
}

fn option(flag: &str, value: Option<&str>) -> String {
    value.map(|value| format!(" {flag} {value}")).unwrap_or_default()
}

/// Runs a script of the folder that the shell is in.
pub(super) fn script(database: Database, connection: &Connection, name: &str) -> String {
    let words = words(database, connection);
    let Words { host, database: store, user, port } = words;
    match database {
        Database::Postgres => {
            let schema = connection.schema.as_ref().map(|schema| format!("PGOPTIONS='-c search_path={schema}' "));
            format!(
                "{}psql -X -v ON_ERROR_STOP=1 -h {host}{} -U {user} -d {store} -f {name}",
                schema.unwrap_or_default(),
                option("-p", port)
            )
        }
        Database::Mysql => format!(
            "mysql --batch --skip-column-names -h {host}{} --user={user} --password {store} < {name}",
            option("-P", port)
        ),
        Database::Oracle | Database::OracleRac => format!("sqlplus -L {} @{name}", oracle(connection, &words)),
        Database::Mssql => {
            let whom = whom(connection, user);
            format!("sqlcmd -b -I -S {} -d {store} {whom} -i {name}", mssql(connection, &words))
        }
        Database::Db2 => {
            let schema = connection.schema.as_ref().map(|schema| format!("db2 SET SCHEMA {schema} && "));
            format!("db2 CONNECT TO {store} USER {user} && {}db2 -s -td@ -f {name}", schema.unwrap_or_default())
        }
        Database::H2 => {
            format!("java -cp \"$H2_JAR\" org.h2.tools.RunScript {} -showResults -script {name}", h2(connection, true))
        }
    }
}

/// Backs the database up, and brings the backup back.
pub(super) fn backup(database: Database, connection: &Connection) -> [String; 2] {
    let words = words(database, connection);
    let Words { host, database: store, user, port } = words;
    match database {
        Database::Postgres => {
            let (port, schema) = (option("-p", port), option("-n", connection.schema.as_deref()));
            [
                format!("pg_dump -Fc -h {host}{port} -U {user} -d {store}{schema} -f \"$BACKUP/user-store.dump\""),
                format!(
                    "pg_restore --exit-on-error --single-transaction --clean --if-exists -h {host}{port} -U {user} -d \
                     {store}{schema} \"$BACKUP/user-store.dump\""
                ),
            ]
        }
        Database::Mysql => {
            let port = option("-P", port);
            [
                format!(
                    "mysqldump --single-transaction --routines --triggers --no-tablespaces -h {host}{port} --user={user} --password \
                     --result-file=\"$BACKUP/user-store.sql\" {store}"
                ),
                format!("mysql -h {host}{port} --user={user} --password {store} < \"$BACKUP/user-store.sql\""),
            ]
        }
        Database::Oracle | Database::OracleRac => {
            let address = oracle(connection, &words);
            let cluster = if database == Database::OracleRac { " cluster=n" } else { "" };
            let schema = connection.schema.as_deref().unwrap_or("SCHEMA");
            let file = format!("schemas={schema} directory=DATA_PUMP_DIR dumpfile=user-store.dmp{cluster}");
            [
                format!("expdp {address} {file} logfile=user-store.log"),
                format!("impdp {address} {file} table_exists_action=replace"),
            ]
        }
        Database::Mssql => {
            // Not from inside of the database: a connection to it would keep it from being restored.
            let server = format!("sqlcmd -b -d master -S {} {} -Q", mssql(connection, &words), whom(connection, user));
            [
                format!(
                    "{server} \"BACKUP DATABASE [{store}] TO DISK = N'user-store.bak' WITH COPY_ONLY, CHECKSUM, INIT\""
                ),
                format!("{server} \"RESTORE DATABASE [{store}] FROM DISK = N'user-store.bak' WITH REPLACE, CHECKSUM\""),
            ]
        }
        Database::Db2 => [
            // What ran before left the client connected.
            format!("db2 TERMINATE && db2 BACKUP DATABASE {store} TO FOLDER COMPRESS"),
            format!("db2 TERMINATE && db2 RESTORE DATABASE {store} FROM FOLDER TAKEN AT TIMESTAMP REPLACE EXISTING"),
        ],
        Database::H2 => [
            format!(
                "java -cp \"$H2_JAR\" org.h2.tools.Script {} -script \"$BACKUP/user-store.sql\" -options DROP",
                h2(connection, true)
            ),
            format!(
                "java -cp \"$H2_JAR\" org.h2.tools.RunScript {} -script \"$BACKUP/user-store.sql\"",
                h2(connection, false)
            ),
        ],
    }
}

/// What to know before the commands are run.
pub(super) fn notes(database: Database, connection: &Connection) -> Vec<&'static str> {
    let mut notes = Vec::new();
    match database {
        Database::Mysql => {
            notes.push(
                "The same with `mariadb` and `mariadb-dump` in place of `mysql` and `mysqldump`. `--password` makes them \
                 ask; leave it out where `.my.cnf` has the password, and where there is no terminal to ask at.",
            );
        }
        Database::Db2 => notes.push(
            "The database is named as it is catalogued at the client. Backup and restore are for a user with SYSMAINT or \
             more, while nobody is connected: `FOLDER` is one of the server that the instance's owner can write, \
             `TIMESTAMP` what the backup said. A database that logs for recovery also needs `db2 ROLLFORWARD DATABASE` \
             its name `TO END OF BACKUP AND STOP` after the restore.",
        ),
        Database::Mssql => notes.push(
            "The file of the backup lies on the database server; backup and restore are for a user who may do that, while \
             nobody is connected. A `sqlcmd` that encrypts by itself (18 and later) needs \
             `-C` too where it does not know the server's certificate.",
        ),
        Database::Oracle | Database::OracleRac => {
            notes.push(
                "The file of the backup lies on the database server; `SCHEMA` is the owner of the tables. Where the \
                 restore fails at foreign keys of other tables, drop the tables whose names begin with `UM_` first. Where \
                 the owner is not the user, put `ALTER SESSION SET CURRENT_SCHEMA = SCHEMA;` into a file `login.sql` of \
                 the folder that `ORACLE_PATH` (`SQLPATH` on Windows) names.",
            );
            if connection.schema.is_some() {
                notes.push(
                    "The data source chooses a schema by its `initSQL`, the one that stands after `schemas=`: **without \
                     that `login.sql` the scripts look at the schema of the user instead**. `preflight.sql` says which \
                     one it looks at.",
                );
            }
        }
        Database::H2 => notes.push(
            "`H2_JAR` is the jar of H2 that the server uses. H2's client takes the password on the command line alone: \
             write it in place of `PASSWORD` where nobody else is logged in.",
        ),
        Database::Postgres => {}
    }
    if connection.schema.as_deref() == Some(SCHEMA) {
        notes.push("`SCHEMA` is the schema that the tables are in; the settings do not say it in one word.");
    }
    if database == Database::H2 && connection.cipher.is_some() {
        notes.push("The file is encrypted: in place of `PASSWORD` stand both passwords in quotes, that of the file first, with a blank between.");
    }
    if connection.is_of_windows {
        notes.push(
            "The data source logs in as a user of Windows: run `sqlcmd` as that user, or give `-U` in place of `-E`.",
        );
        return notes;
    }
    if connection.user.is_none() {
        notes.push("`USER` is the user of the data source, or the owner of the tables.");
    }
    notes
}
