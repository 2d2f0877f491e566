//! Which kind of database a data source is in, by its URL and its driver.
//!
//! In: the URL and the driver class of a data source. Out: the [`Database`], or why it cannot be told: [`Doubt`].
//! Always: nothing is guessed; no reason holds anything of the URL beyond its kind.
//!
//! Facts: a JDBC URL begins with `jdbc:` and the name that the driver listens to. MariaDB's driver takes `jdbc:mysql:`
//! up to version 2. Oracle: `thin` and `oci` take a host with SID or service, a TNS descriptor or a name of
//! `tnsnames.ora`; several addresses, `LOAD_BALANCE` and `FAILOVER` are what clusters are reached by, or one SCAN name.

use super::ToldBy;
use crate::choice::Database;

/// What cannot be told, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Why: a lower-case fragment.
    pub why: String,
    /// Which ones it may be; all where nothing is known.
    pub among: Vec<Database>,
}

/// What URL and driver say, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says<'a> {
    /// One database.
    One(Database),
    /// Oracle, one instance or several: the reason.
    SomeOracle(&'static str),
    /// A kind that there are no scripts for.
    Other(&'a str),
    /// An H2 that is gone with the server.
    InMemory,
    /// Nothing: it is not set, or comes from the environment.
    Nothing,
}

/// Tells the database, and what says it.
pub fn tell(url: Option<&str>, driver: Option<&str>) -> Result<(Database, ToldBy), Doubt> {
    let lower = url.map(|url| url.trim().to_ascii_lowercase()).unwrap_or_default();
    let (of_url, of_driver) = (by_url(&lower), by_driver(driver.unwrap_or_default().trim()));
    let doubt = |why: String, among: &[Database]| Err(Doubt { why, among: among.to_vec() });
    match (of_url, of_driver) {
        (Says::One(one), Says::One(other)) if one != other => {
            let why = format!("its URL is one of {}, its driver one of {}", one.title(), other.title());
            doubt(why, &[one, other])
        }
        (Says::One(database), Says::SomeOracle(_)) if !is_oracle(database) => {
            let why = format!("its URL is one of {}, its driver one of Oracle", database.title());
            doubt(why, &[database, Database::Oracle, Database::OracleRac])
        }
        (Says::SomeOracle(_), Says::One(other)) => {
            let why = format!("its URL is one of Oracle, its driver one of {}", other.title());
            doubt(why, &[other, Database::Oracle, Database::OracleRac])
        }
        (Says::One(database), _) => Ok((database, ToldBy::Url)),
        (Says::Nothing, Says::One(database)) => Ok((database, ToldBy::Driver)),
        (Says::SomeOracle(why), _) | (Says::Nothing, Says::SomeOracle(why)) => {
            doubt(why.to_owned(), &[Database::Oracle, Database::OracleRac])
        }
        (Says::InMemory, _) => {
            doubt("it is only in the memory of the server, and gone with it".to_owned(), &Database::ALL)
        }
        (Says::Other(kind), _) => doubt(format!("there are no scripts for `jdbc:{kind}:`"), &Database::ALL),
        (Says::Nothing, _)
            if [lower.as_str(), driver.unwrap_or_default()].iter().any(|text| text.contains("$ref{")) =>
        {
            let why = "its URL or its driver is a `$ref{..}`, which the server leaves as it is in [[datasource]]";
            doubt(why.to_owned(), &Database::ALL)
        }
        (Says::Nothing, _) => doubt("neither its URL nor its driver says it".to_owned(), &Database::ALL),
    }
}

fn is_oracle(database: Database) -> bool {
    matches!(database, Database::Oracle | Database::OracleRac)
}

/// What comes after `jdbc:`, without the names of drivers that only stand before another one.
pub(super) fn kind(url: &str) -> Option<&str> {
    let mut rest = url.strip_prefix("jdbc:")?;
    while let Some(inner) = ["p6spy:", "log4jdbc:", "aws-wrapper:"].iter().find_map(|name| rest.strip_prefix(name)) {
        rest = inner;
    }
    Some(rest)
}

fn by_url(lower: &str) -> Says<'_> {
    let Some(rest) = kind(lower) else { return Says::Nothing };
    let (name, after) = rest.split_once(':').unwrap_or((rest, ""));
    match name {
        "mysql" | "mariadb" => Says::One(Database::Mysql),
        "postgresql" => Says::One(Database::Postgres),
        "sqlserver" => Says::One(Database::Mssql),
        "jtds" | "microsoft" if after.starts_with("sqlserver:") => Says::One(Database::Mssql),
        "db2" => Says::One(Database::Db2),
        "h2" if after.starts_with("mem:") => Says::InMemory,
        "h2" => Says::One(Database::H2),
        "oracle" => oracle(after),
        _ if is_plain(name) => Says::Other(name),
        _ => Says::Nothing,
    }
}

/// Whether it is the name of a kind, and nothing that a secret may be in.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.len() <= 20 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// One instance or several, of what comes after `jdbc:oracle:`.
fn oracle(after: &str) -> Says<'_> {
    let Some((_, address)) = after.rsplit_once('@') else {
        return Says::SomeOracle("its URL names no address");
    };
    let address: String = address.chars().filter(|character| !character.is_whitespace()).collect();
    // Properties of the connection may follow.
    let address = address.split('?').next().unwrap_or_default();
    if ["$env{", "$sys{", "$secret{", "$ref{"].iter().any(|reference| address.contains(reference)) {
        return Says::SomeOracle("the address in its URL comes from elsewhere");
    }
    if address.starts_with('(') {
        let on = |key: &str| ["on", "yes", "true"].iter().any(|word| address.contains(&format!("({key}={word})")));
        let hosts = address.matches("(host=").count();
        return if hosts > 1 || on("load_balance") || on("failover") || address.contains("(failover_mode=") {
            Says::One(Database::OracleRac)
        } else if hosts == 0 {
            Says::SomeOracle("its URL names no host")
        } else {
            let host = address.split("(host=").nth(1).and_then(|rest| rest.split(')').next());
            one_host(host.unwrap_or_default())
        };
    }
    if address.starts_with("ldap:") || address.starts_with("ldaps:") || !address.contains([':', '/']) {
        return Says::SomeOracle("its URL has a name that is explained elsewhere");
    }
    let address = address.strip_prefix("tcps:").or_else(|| address.strip_prefix("tcp:")).unwrap_or(address);
    let hosts = address.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
    if hosts.contains([',', ';']) {
        return Says::One(Database::OracleRac);
    }
    one_host(hosts.split(':').next().unwrap_or_default())
}

/// One name: an instance's, or the one that a cluster is reached by.
fn one_host(host: &str) -> Says<'static> {
    let label = host.split('.').next().unwrap_or_default();
    if label.split(['-', '_']).any(|part| part.trim_end_matches(|c: char| c.is_ascii_digit()) == "scan") {
        return Says::SomeOracle("its host may be the SCAN name of a cluster");
    }
    Says::One(Database::Oracle)
}

fn by_driver(class: &str) -> Says<'_> {
    let begins = |packages: &[&str]| packages.iter().any(|package| class.starts_with(package));
    if begins(&["com.mysql.", "org.mariadb.jdbc.", "org.gjt.mm.mysql."]) {
        Says::One(Database::Mysql)
    } else if begins(&["org.postgresql."]) {
        Says::One(Database::Postgres)
    } else if begins(&["com.microsoft.sqlserver.", "com.microsoft.jdbc.sqlserver."]) {
        Says::One(Database::Mssql)
    } else if begins(&["com.ibm.db2.", "COM.ibm.db2."]) {
        Says::One(Database::Db2)
    } else if begins(&["org.h2."]) {
        Says::One(Database::H2)
    } else if begins(&["oracle.jdbc."]) {
        Says::SomeOracle("its driver is Oracle's, and its URL says no more")
    } else {
        Says::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Database::{Db2, H2, Mssql, Mysql, Oracle, OracleRac, Postgres};

    #[test]
    fn urls_and_drivers_tell_the_database() {
        for (url, driver, expected) in [
            ("jdbc:mysql://db:3306/users?useSSL=true", "com.mysql.jdbc.Driver", Mysql),
            ("jdbc:mysql:loadbalance://a,b/users", "com.mysql.cj.jdbc.Driver", Mysql),
            ("jdbc:mysql://db/users", "org.mariadb.jdbc.Driver", Mysql),
            ("jdbc:mariadb:sequential://a,b/users", "", Mysql),
            (" JDBC:MySQL://db/users", "", Mysql),
            ("jdbc:p6spy:mysql://db/users", "com.p6spy.engine.spy.P6SpyDriver", Mysql),
            ("jdbc:postgresql://db:5432/users", "org.postgresql.Driver", Postgres),
            ("jdbc:postgresql:users", "", Postgres),
            ("jdbc:sqlserver://db:1433;databaseName=users", "com.microsoft.sqlserver.jdbc.SQLServerDriver", Mssql),
            ("jdbc:jtds:sqlserver://db/users", "net.sourceforge.jtds.jdbc.Driver", Mssql),
            ("jdbc:db2://db:50000/USERS:retrieveMessages=true;", "com.ibm.db2.jcc.DB2Driver", Db2),
            ("jdbc:h2:./repository/database/WSO2CARBON_DB;LOCK_TIMEOUT=60000", "org.h2.Driver", H2),
            ("jdbc:oracle:thin:@db:1521:ORCL", "oracle.jdbc.OracleDriver", Oracle),
            ("jdbc:oracle:thin:@//db:1521/users", "oracle.jdbc.driver.OracleDriver", Oracle),
            ("jdbc:oracle:thin:mi/geheim@tcps://db:2484/users", "", Oracle),
            (
                "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=1521))(CONNECT_DATA=(SID=X)))",
                "oracle.jdbc.OracleDriver",
                Oracle,
            ),
            (
                "jdbc:oracle:thin:@(DESCRIPTION = (LOAD_BALANCE = on)(ADDRESS=(HOST=a)) (CONNECT_DATA=(SERVICE_NAME=x)))",
                "",
                OracleRac,
            ),
            (
                "jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS_LIST=(ADDRESS=(HOST=a)(PORT=1))(ADDRESS=(HOST = b)(PORT=1))))",
                "oracle.jdbc.OracleDriver",
                OracleRac,
            ),
            ("jdbc:oracle:thin:@//rac1:1521,rac2:1521/users", "", OracleRac),
            // What comes from the environment leaves the driver to tell.
            ("$env{DB_URL}", "org.postgresql.Driver", Postgres),
            ("", "com.mysql.jdbc.Driver", Mysql),
            ("jdbc:$env{KIND}://db", "org.h2.Driver", H2),
        ] {
            let told = tell(Some(url), Some(driver));
            assert!(matches!(told, Ok((found, _)) if found == expected), "{url} {driver}: {told:?}");
        }
        assert_eq!(tell(None, Some("org.h2.Driver")), Ok((H2, ToldBy::Driver)));
        assert_eq!(tell(Some("jdbc:h2:x"), Some("org.h2.Driver")), Ok((H2, ToldBy::Url)));
    }

    #[test]
    fn what_cannot_be_told_says_why() {
        for (url, driver, why, among) in [
            ("jdbc:mysql://db/x", "org.postgresql.Driver", "its URL is one of MySQL", &[Mysql, Postgres][..]),
            ("jdbc:mysql://db/x", "oracle.jdbc.OracleDriver", "one of Oracle", &[Mysql, Oracle, OracleRac]),
            ("jdbc:oracle:thin:@//rac-scan.corp:1521/x", "oracle.jdbc.OracleDriver", "SCAN", &[Oracle, OracleRac]),
            ("jdbc:oracle:thin:@(DESCRIPTION=(ADDRESS=(HOST=scan1.corp)))", "", "SCAN", &[Oracle, OracleRac]),
            ("jdbc:oracle:thin:@USERS", "", "explained elsewhere", &[Oracle, OracleRac]),
            ("jdbc:oracle:thin:@USERS?TNS_ADMIN=/etc/x", "", "explained elsewhere", &[Oracle, OracleRac]),
            ("jdbc:oracle:thin:@ldap://oid:389/x,cn=OracleContext", "", "explained", &[Oracle, OracleRac]),
            ("jdbc:oracle:thin:@//$env{DB_HOST}:1521/x", "", "comes from elsewhere", &[Oracle, OracleRac]),
            ("$env{DB_URL}", "oracle.jdbc.OracleDriver", "driver is Oracle's", &[Oracle, OracleRac]),
            ("jdbc:derby:users", "", "`jdbc:derby:`", &Database::ALL),
            ("jdbc:jtds:sybase://db/x", "", "`jdbc:jtds:`", &Database::ALL),
            ("$env{DB_URL}", "$env{DB_DRIVER}", "neither", &Database::ALL),
            ("jdbc:geheim wort@x", "", "neither", &Database::ALL),
            ("", "", "neither", &Database::ALL),
            ("$ref{own.url}", "", "leaves as it is", &Database::ALL),
            ("", "$ref{own.driver}", "leaves as it is", &Database::ALL),
        ] {
            let doubt = tell(Some(url), Some(driver)).expect_err(url);
            assert!(doubt.why.contains(why) && doubt.among == among, "{url} {driver}: {doubt:?}");
        }
    }
}
