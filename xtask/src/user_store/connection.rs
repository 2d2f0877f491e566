//! How a database is reached, as far as that can be written into a command.
//!
//! In: the kind of database, the URL and the user of a data source. Out: a [`Connection`] of plain words. Always: no
//! password and no parameter of a URL is in it; a part that is a reference, or holds a character that a shell could
//! take for something else, is left out, and people fill it in.

use super::database;
use crate::choice::Database;

/// The parts of an address. What is `None` has to be filled in by people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// The host; where the URL has several, none.
    pub host: Option<String>,
    /// The port, where the URL has one.
    pub port: Option<String>,
    /// The database; for Oracle the service or SID, for H2 the file without its ending.
    pub database: Option<String>,
    /// Whether [`Self::database`] is an Oracle SID.
    pub is_sid: bool,
    /// Whether Oracle is reached by TCPS.
    pub is_encrypted: bool,
    /// Whether the data source logs into SQL Server as a user of Windows.
    pub is_of_windows: bool,
    /// The cipher of an H2 file.
    pub cipher: Option<String>,
    /// The named instance of an SQL Server.
    pub instance: Option<String>,
    /// The schema, where the URL names another than the user's; [`SCHEMA`] where people have to say it.
    pub schema: Option<String>,
    /// The user.
    pub user: Option<String>,
    /// For an H2 database inside of the home: its file, below the home and without its ending.
    pub in_home: Option<String>,
}

/// In place of a schema that the URL names, and not in one word.
pub const SCHEMA: &str = "SCHEMA";

/// The longest word that goes into a command.
const LONGEST: usize = 200;

/// A word that means nothing to a shell or a client but itself.
fn word(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (starts && text.len() <= LONGEST && text.bytes().all(plain)).then(|| text.to_owned())
}

/// A schema: without it, a command would look into another one.
fn schema(text: &str) -> String {
    word(text).unwrap_or_else(|| SCHEMA.to_owned())
}

fn number(text: &str) -> Option<String> {
    text.parse::<u16>().ok().map(|port| port.to_string())
}

/// Reads the parts.
pub fn connection(database: Database, url: &str, user: Option<&str>) -> Connection {
    let url = url.trim();
    let rest = url.get(..5).filter(|start| start.eq_ignore_ascii_case("jdbc:")).and_then(|_| url.get(5..));
    let rest = rest.map(|rest| format!("jdbc:{rest}"));
    let rest = rest.as_deref().and_then(database::kind).unwrap_or_default();
    let mut found = match database {
        Database::Mysql => with_authority(rest, '/', &['?']),
        Database::Postgres => postgres(rest),
        Database::Mssql => mssql(rest),
        Database::Oracle | Database::OracleRac => oracle(rest),
        Database::Db2 => db2(rest),
        Database::H2 => h2(rest),
    };
    found.user = user.and_then(|user| word(user.trim()));
    found
}

/// The value of a parameter, in a text of `name=value` between separators.
fn parameter<'a>(text: &'a str, separators: &[char], name: &str) -> Option<&'a str> {
    let pairs = text.split(separators).filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next_back()
}

/// `//user:password@host:port<before>database`, up to one of the ends.
fn with_authority(rest: &str, before: char, ends: &[char]) -> Connection {
    let Some((_, address)) = rest.split_once("//") else { return Connection::default() };
    let (address, _) = address.split_once(ends).unwrap_or((address, ""));
    let (authority, name) = address.rsplit_once(before).unwrap_or((address, ""));
    let authority = authority.rsplit('@').next().unwrap_or_default();
    // Several hosts, and addresses in brackets, are for people to choose from.
    if authority.contains([',', '(', '[']) {
        return Connection { database: word(name), ..Connection::default() };
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    Connection { host: word(host), port: number(port), database: word(name), ..Connection::default() }
}

fn postgres(rest: &str) -> Connection {
    let mut found = with_authority(rest, '/', &['?']);
    let after = rest.strip_prefix("postgresql:").unwrap_or_default();
    if !after.starts_with('/') {
        found.database = after.split('?').next().and_then(word);
    }
    let named = rest.split_once('?').and_then(|(_, parameters)| parameter(parameters, &['&'], "currentSchema"));
    // The server folds a name without quotes, and so do its clients, but for one.
    found.schema = named.map(|named| word(named).map_or_else(|| SCHEMA.to_owned(), |word| word.to_ascii_lowercase()));
    // `options=-c search_path=..`, with whatever escapes.
    if found.schema.is_none() && rest.contains("search_path") {
        found.schema = Some(SCHEMA.to_owned());
    }
    found
}

fn mssql(rest: &str) -> Connection {
    let (address, parameters) = rest.split_once(';').unwrap_or((rest, ""));
    let mut found = with_authority(address, '/', &['?']);
    let authority = address.split_once("//").map_or("", |(_, after)| after);
    if let Some((host, instance)) = authority.split_once('\\') {
        let (instance, port) = instance.split_once(':').unwrap_or((instance, ""));
        (found.host, found.instance, found.port) = (word(host), word(instance), number(port));
    }
    let given = |names: [&str; 2]| names.iter().find_map(|name| parameter(parameters, &[';'], name));
    found.host = found.host.or_else(|| given(["serverName", "server"]).and_then(word));
    found.port = found.port.or_else(|| given(["portNumber", "port"]).and_then(number));
    found.instance = found.instance.or_else(|| given(["instanceName", "instance"]).and_then(word));
    found.database = found.database.or_else(|| given(["databaseName", "database"]).and_then(word));
    // The second is jTDS's.
    let integrated = parameter(parameters, &[';'], "integratedSecurity").unwrap_or_default();
    found.is_of_windows = integrated.eq_ignore_ascii_case("true") || given(["domain"; 2]).is_some();
    found
}

fn oracle(rest: &str) -> Connection {
    let Some((_, address)) = rest.rsplit_once('@') else { return Connection::default() };
    let address: String = address.chars().filter(|character| !character.is_whitespace()).collect();
    let address = address.split('?').next().unwrap_or_default();
    let lower = address.to_ascii_lowercase();
    let is_encrypted = lower.starts_with("tcps:") || lower.contains("(protocol=tcps)");
    Connection { is_encrypted, ..oracle_address(address) }
}

fn oracle_address(address: &str) -> Connection {
    if address.starts_with('(') {
        let lower = address.to_ascii_lowercase();
        let value = |key: &str| {
            let at = lower.find(&format!("({key}="))? + key.len() + 2;
            address.get(at..)?.split(')').next()
        };
        let one = lower.matches("(host=").count() == 1;
        let (sid, service) = (value("sid").and_then(word), value("service_name").and_then(word));
        return Connection {
            host: value("host").filter(|_| one).and_then(word),
            port: value("port").and_then(number),
            is_sid: service.is_none() && sid.is_some(),
            database: service.or(sid),
            ..Connection::default()
        };
    }
    if address.contains("//") {
        let mut found = with_authority(address, '/', &['?']);
        // A kind of server may follow the service.
        found.database = found.database.filter(|_| !address.contains(":dedicated"));
        return found;
    }
    if let Some((host, service)) = address.split_once('/') {
        return with_authority(&format!("//{host}/{service}"), '/', &['?']);
    }
    let parts: Vec<&str> = address.split(':').collect();
    match parts.as_slice() {
        [host, port, sid] => Connection {
            host: word(host),
            port: number(port),
            database: word(sid),
            is_sid: true,
            ..Connection::default()
        },
        _ => Connection::default(),
    }
}

fn db2(rest: &str) -> Connection {
    let after = rest.strip_prefix("db2:").unwrap_or_default();
    if !after.starts_with("//") {
        return Connection { database: after.split([':', ';']).next().and_then(word), ..Connection::default() };
    }
    let (authority, name) = after.trim_start_matches('/').split_once('/').unwrap_or_default();
    let (name, parameters) = name.split_once([':', ';']).unwrap_or((name, ""));
    let schema = parameter(parameters, &[';', ':'], "currentSchema").map(schema);
    Connection { database: word(name), schema, ..with_authority(&format!("//{authority}/"), '/', &['?']) }.named(name)
}

impl Connection {
    /// As it is after the statement that each connection runs first, which may choose another schema.
    #[must_use]
    pub fn after(mut self, database: Database, statement: &str) -> Self {
        let words = statement.to_ascii_lowercase().replace('=', " = ");
        let words: Vec<&str> = words.split_whitespace().collect();
        let pair = |first: &str, second: &str| words.windows(2).any(|pair| pair == [first, second]);
        let chooses = words.contains(&"current_schema") || words.contains(&"search_path");
        if chooses || pair("set", "schema") || pair("current", "schema") {
            // The last word, where it is one: `ALTER SESSION SET CURRENT_SCHEMA = UM`.
            let last = statement.trim().trim_end_matches(';').rsplit(|c: char| c == '=' || c.is_whitespace()).next();
            let is_one = !statement.contains([',', '"', '\'']) && !statement.trim().trim_end_matches(';').contains(';');
            let known = last.filter(|_| is_one).and_then(word);
            // PostgreSQL folds a name without quotes, and so do its clients, but for one.
            let known = known.map(|name| if database == Database::Postgres { name.to_ascii_lowercase() } else { name });
            self.schema = Some(known.unwrap_or_else(|| SCHEMA.to_owned()));
        }
        self
    }

    /// With the database of a name.
    fn named(mut self, name: &str) -> Self {
        self.database = word(name);
        self
    }
}

fn h2(rest: &str) -> Connection {
    let after = rest.strip_prefix("h2:").unwrap_or_default();
    let (file, parameters) = after.split_once(';').unwrap_or((after, ""));
    let file = file.strip_prefix("file:").unwrap_or(file);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
    // A relative one starts where the server was started.
    let whole = file.starts_with('/') && file.len() <= LONGEST && file.bytes().all(plain);
    let schema = parameter(parameters, &[';'], "SCHEMA").map(schema);
    let cipher = parameter(parameters, &[';'], "CIPHER").map(|name| word(name).unwrap_or_else(|| "CIPHER".to_owned()));
    let below = ["./", "${carbon.home}/"].iter().find_map(|start| file.strip_prefix(start)).unwrap_or(file);
    let below = below.strip_prefix("repository/").filter(|below| !below.contains(".."));
    let in_home = below.filter(|below| !below.is_empty() && below.len() <= LONGEST && below.bytes().all(plain));
    let in_home = in_home.map(|below| format!("repository/{below}"));
    Connection { in_home, database: whole.then(|| file.to_owned()), schema, cipher, ..Connection::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Database::{Db2, H2, Mssql, Mysql, Oracle, OracleRac, Postgres};

    /// Host, port, database, schema or instance.
    type Parts<'a> = [Option<&'a str>; 4];

    fn parts(found: &Connection) -> Parts<'_> {
        let last = found.schema.as_deref().or(found.instance.as_deref());
        [found.host.as_deref(), found.port.as_deref(), found.database.as_deref(), last]
    }

    #[test]
    fn urls_are_taken_apart() {
        const NONE: Option<&str> = None;
        let rac = "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=a)(PORT=1521))(ADDRESS=(HOST=b)(PORT=1521))\
                   (CONNECT_DATA = (SERVICE_NAME = users.corp)))";
        let descriptor = "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=ORCL)))";
        for (database, url, expected) in [
            (
                Mysql,
                "jdbc:mysql://db.corp:3306/users?useSSL=true",
                [Some("db.corp"), Some("3306"), Some("users"), NONE],
            ),
            (Mysql, "jdbc:mysql://mi:geheim@db/users", [Some("db"), NONE, Some("users"), NONE]),
            (Mysql, "jdbc:mysql://a:3306,b:3306/users", [NONE, NONE, Some("users"), NONE]),
            (Mysql, "jdbc:mysql://$env{DB_HOST}:3306/users", [NONE, Some("3306"), Some("users"), NONE]),
            (Mysql, "jdbc:mysql://[::1]:3306/users", [NONE, NONE, Some("users"), NONE]),
            (Mysql, "jdbc:mysql://db/us;rm -rf", [Some("db"), NONE, NONE, NONE]),
            (Mysql, "jdbc:mysql://-oops/users", [NONE, NONE, Some("users"), NONE]),
            (Mysql, "$env{DB_URL}", [NONE; 4]),
            (Mysql, "jdbc:mysql://db:99999/users", [Some("db"), NONE, Some("users"), NONE]),
            (
                Postgres,
                "jdbc:postgresql://pg:5432/users?currentSchema=mi&password=geheim",
                [Some("pg"), Some("5432"), Some("users"), Some("mi")],
            ),
            (Oracle, "jdbc:oracle:thin:@USERS?TNS_ADMIN=/etc/x", [NONE; 4]),
            (Postgres, "jdbc:postgresql:users", [NONE, NONE, Some("users"), NONE]),
            (
                Mssql,
                "jdbc:sqlserver://db:1433;databaseName=users;password=geheim",
                [Some("db"), Some("1433"), Some("users"), NONE],
            ),
            (Mssql, "jdbc:sqlserver://db\\MI;database=users", [Some("db"), NONE, Some("users"), Some("MI")]),
            (Mssql, "jdbc:sqlserver://;serverName=db;databaseName=users", [Some("db"), NONE, Some("users"), NONE]),
            (
                Mssql,
                "jdbc:jtds:sqlserver://db:1433/users;instance=MI",
                [Some("db"), Some("1433"), Some("users"), Some("MI")],
            ),
            (Oracle, "jdbc:oracle:thin:mi/geheim@db:1521:ORCL", [Some("db"), Some("1521"), Some("ORCL"), NONE]),
            (Oracle, "jdbc:oracle:thin:@//db:1521/users.corp", [Some("db"), Some("1521"), Some("users.corp"), NONE]),
            (Oracle, "jdbc:oracle:thin:@db:1521/users", [Some("db"), Some("1521"), Some("users"), NONE]),
            (Oracle, "jdbc:oracle:thin:@USERS", [NONE; 4]),
            (Oracle, descriptor, [Some("db"), Some("1521"), Some("ORCL"), NONE]),
            (OracleRac, rac, [NONE, Some("1521"), Some("users.corp"), NONE]),
            (
                Db2,
                "jdbc:db2://db:50000/USERS:currentSchema=MI;password=geheim;",
                [Some("db"), Some("50000"), Some("USERS"), Some("MI")],
            ),
            (Db2, "jdbc:db2:USERS", [NONE, NONE, Some("USERS"), NONE]),
            (H2, "jdbc:h2:file:/srv/mi/users;SCHEMA=MI", [NONE, NONE, Some("/srv/mi/users"), Some("MI")]),
            (H2, "jdbc:h2:./repository/database/WSO2CARBON_DB", [NONE; 4]),
            (H2, "jdbc:h2:tcp://db/users", [NONE; 4]),
        ] {
            let found = connection(database, url, Some("mi"));
            assert_eq!(parts(&found), expected, "{url}");
            assert_eq!(found.user.as_deref(), Some("mi"));
            assert!(!format!("{found:?}").contains("geheim"), "{url}: {found:?}");
        }
        assert!(connection(Oracle, "jdbc:oracle:thin:@tcps://db:2484/users", None).is_encrypted);
        assert!(connection(Oracle, &descriptor.replace("(HOST", "(PROTOCOL = TCPS)(HOST"), None).is_encrypted);
        assert!(connection(Oracle, descriptor, None).is_sid && !connection(OracleRac, rac, None).is_sid);
        for user in ["$secret{db_user}", "a b", "x'y", ""] {
            assert_eq!(connection(Mysql, "", Some(user)).user, None, "{user}");
        }
    }

    #[test]
    fn a_schema_is_written_or_asked_for_and_never_dropped() {
        for (database, url, expected) in [
            (Postgres, "jdbc:postgresql://pg/users?currentSchema=MI", Some("mi")),
            (Postgres, "jdbc:postgresql://pg/users?currentSchema=mi,public", Some("SCHEMA")),
            (Postgres, "jdbc:postgresql://pg/users?currentSchema=%22Mi%20S%22", Some("SCHEMA")),
            (Postgres, "jdbc:postgresql://pg/users?options=-c%20search_path%3Dmi", Some("SCHEMA")),
            (Postgres, "jdbc:postgresql://pg/users?ssl=true", None),
            (Db2, "jdbc:db2://db:50000/USERS:currentSchema=M I;", Some("SCHEMA")),
            (H2, "jdbc:h2:/srv/users;SCHEMA=$env{SCHEMA}", Some("SCHEMA")),
        ] {
            assert_eq!(connection(database, url, None).schema.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn a_schema_that_a_first_statement_chooses_counts() {
        for (statement, expected) in [
            ("ALTER SESSION SET CURRENT_SCHEMA = UM", Some("UM")),
            ("alter session set current_schema=um;", Some("um")),
            ("ALTER SESSION SET CURRENT_SCHEMA = \"Um S\"", Some("SCHEMA")),
            ("ALTER SESSION SET CURRENT_SCHEMA=UM; SELECT 1 FROM DUAL", Some("SCHEMA")),
            ("SET search_path TO mi, public", Some("SCHEMA")),
            ("SET search_path TO mi", Some("mi")),
            ("SET CURRENT SCHEMA MI", Some("MI")),
            ("SET SCHEMA $env{SCHEMA}", Some("SCHEMA")),
            ("SELECT 'geheim' FROM DUAL", None),
            ("", None),
        ] {
            let found = connection(Oracle, "jdbc:oracle:thin:@//db:1521/x", None).after(Oracle, statement);
            assert_eq!(found.schema.as_deref(), expected, "{statement}");
        }
        let found = connection(Postgres, "jdbc:postgresql://pg/x?currentSchema=mi", None).after(Postgres, "SELECT 1");
        assert_eq!(found.schema.as_deref(), Some("mi"));
        assert_eq!(found.after(Postgres, "SET search_path = UM").schema.as_deref(), Some("um"));
    }

    #[test]
    fn users_of_windows_and_ciphers_are_known() {
        for (url, expected) in [
            ("jdbc:sqlserver://db;databaseName=x;integratedSecurity=true", true),
            ("jdbc:jtds:sqlserver://db/x;domain=CORP", true),
            ("jdbc:sqlserver://db;databaseName=x;integratedSecurity=false", false),
        ] {
            assert_eq!(connection(Mssql, url, None).is_of_windows, expected, "{url}");
        }
        assert_eq!(connection(H2, "jdbc:h2:/srv/x;CIPHER=AES", None).cipher.as_deref(), Some("AES"));
        assert_eq!(connection(H2, "jdbc:h2:/srv/x;CIPHER=A\"S", None).cipher.as_deref(), Some("CIPHER"));
    }

    #[test]
    fn an_h2_file_of_the_home_is_known() {
        for (url, expected) in [
            ("jdbc:h2:./repository/database/USERS;LOCK_TIMEOUT=1", Some("repository/database/USERS")),
            ("jdbc:h2:file:${carbon.home}/repository/database/USERS", Some("repository/database/USERS")),
            ("jdbc:h2:./repository/../../USERS", None),
            ("jdbc:h2:~/USERS", None),
        ] {
            assert_eq!(connection(H2, url, None).in_home.as_deref(), expected, "{url}");
        }
    }
}
