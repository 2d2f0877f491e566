//! A user store to migrate: a small schema with the shape of the product's, and any number of users in it.
//!
//! In: a kind of database, a release, a number of users. Out: SQL. Always: the same numbers give the same rows; names,
//! tenants and change times are spread; some users have roles and attributes.

/// A kind of database whose scripts run for real.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// `MariaDB` (its sequences make the rows, which MySQL has not).
    MariaDb,
    /// H2.
    H2,
}

/// The schema's release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// 1.2.0, without `UM_USER.UM_USER_ID`.
    Old,
    /// 4.0.0, with it.
    New,
}

/// The tables of a store that point to users, and those that make it one.
pub fn schema(kind: Kind, release: Release) -> String {
    let number = if kind == Kind::Postgres { "SERIAL" } else { "INTEGER NOT NULL AUTO_INCREMENT" };
    let (id, unique) = match release {
        Release::Old => ("", "UM_USER_NAME"),
        Release::New => ("UM_USER_ID VARCHAR(255) NOT NULL,", "UM_USER_ID"),
    };
    format!(
        "CREATE TABLE UM_ROLE (UM_ID {number}, UM_ROLE_NAME VARCHAR(255) NOT NULL, UM_TENANT_ID INTEGER DEFAULT 0,
            PRIMARY KEY (UM_ID, UM_TENANT_ID), UNIQUE (UM_ROLE_NAME, UM_TENANT_ID));
        CREATE TABLE UM_USER (UM_ID {number}, {id} UM_USER_NAME VARCHAR(255) NOT NULL,
            UM_USER_PASSWORD VARCHAR(255) NOT NULL, UM_SALT_VALUE VARCHAR(31), UM_REQUIRE_CHANGE BOOLEAN DEFAULT FALSE,
            UM_CHANGED_TIME TIMESTAMP NOT NULL, UM_TENANT_ID INTEGER DEFAULT 0,
            PRIMARY KEY (UM_ID, UM_TENANT_ID), UNIQUE ({unique}, UM_TENANT_ID));
        CREATE TABLE UM_USER_ROLE (UM_ID {number}, UM_ROLE_ID INTEGER NOT NULL, UM_USER_ID INTEGER NOT NULL,
            UM_TENANT_ID INTEGER DEFAULT 0, UNIQUE (UM_USER_ID, UM_ROLE_ID, UM_TENANT_ID),
            FOREIGN KEY (UM_ROLE_ID, UM_TENANT_ID) REFERENCES UM_ROLE (UM_ID, UM_TENANT_ID),
            FOREIGN KEY (UM_USER_ID, UM_TENANT_ID) REFERENCES UM_USER (UM_ID, UM_TENANT_ID),
            PRIMARY KEY (UM_ID, UM_TENANT_ID));
        CREATE TABLE UM_USER_ATTRIBUTE (UM_ID {number}, UM_ATTR_NAME VARCHAR(255) NOT NULL,
            UM_ATTR_VALUE VARCHAR(1024), UM_USER_ID INTEGER, UM_TENANT_ID INTEGER DEFAULT 0,
            FOREIGN KEY (UM_USER_ID, UM_TENANT_ID) REFERENCES UM_USER (UM_ID, UM_TENANT_ID),
            PRIMARY KEY (UM_ID, UM_TENANT_ID));"
    )
}

/// Fills a store of 1.2.0 that holds nothing: so many users, every tenth with a role, every seventh with an attribute.
/// Works with the schema above and with the product's own.
pub fn users(kind: Kind, number: u32) -> String {
    let (rows, n) = match kind {
        Kind::Postgres => (format!("generate_series(1, {number}) AS numbers (n)"), "n"),
        Kind::MariaDb => (format!("seq_1_to_{number}"), "seq"),
        Kind::H2 => (format!("SYSTEM_RANGE(1, {number})"), "X"),
    };
    // Seconds around the hour that comes twice in central Europe in 2019.
    let time = match kind {
        Kind::Postgres => format!("TIMESTAMP '2019-10-26 22:00:00' + ({n} % 40000) * INTERVAL '1 second'"),
        Kind::MariaDb => format!("'2019-10-26 22:00:00' + INTERVAL ({n} % 40000) SECOND"),
        Kind::H2 => format!("DATEADD(SECOND, MOD({n}, 40000), TIMESTAMP '2019-10-26 22:00:00')"),
    };
    let zone = if kind == Kind::MariaDb { "SET time_zone = '+00:00';" } else { "" };
    format!(
        "{zone}
        INSERT INTO UM_ROLE (UM_ID, UM_ROLE_NAME, UM_TENANT_ID) VALUES (1, 'admin', -1234), (1, 'admin', 1);
        INSERT INTO UM_USER (UM_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE, UM_REQUIRE_CHANGE, UM_CHANGED_TIME,
            UM_TENANT_ID)
        SELECT {n}, CONCAT('user-', {n}), CONCAT('AzBy09-', {n}, '='), CONCAT('salt', {n}), FALSE, {time},
            CASE WHEN MOD({n}, 3) = 0 THEN 1 ELSE -1234 END
        FROM {rows};
        INSERT INTO UM_USER_ROLE (UM_ID, UM_ROLE_ID, UM_USER_ID, UM_TENANT_ID)
        SELECT UM_ID, 1, UM_ID, UM_TENANT_ID FROM UM_USER WHERE MOD(UM_ID, 10) = 0;
        INSERT INTO UM_USER_ATTRIBUTE (UM_ID, UM_ATTR_NAME, UM_ATTR_VALUE, UM_USER_ID, UM_TENANT_ID)
        SELECT UM_ID, 'mail', CONCAT(UM_USER_NAME, '@example.com'), UM_ID, UM_TENANT_ID
        FROM UM_USER WHERE MOD(UM_ID, 7) = 0;"
    )
}
