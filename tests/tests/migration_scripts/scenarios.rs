//! What holds on every database whose scripts run for real.

use crate::store::Store;
use std::collections::BTreeSet;
use upgrade_tests::database::population::{Kind, Release, schema, users};

/// Makes an empty database by a name of its own.
pub(crate) type Empty<'a> = &'a dyn Fn(&str) -> Box<dyn Store>;

fn upper(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| line.to_uppercase()).collect()
}

/// That each user has an id of its own that looks like those of the server.
fn has_ids(store: &dyn Store, users: usize) {
    let ids = store.ids();
    assert_eq!(ids.len(), users);
    let is_id = |id: &&String| {
        let parts: Vec<usize> = id.split('-').map(str::len).collect();
        parts == [8, 4, 4, 4, 12] && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
    };
    assert_eq!(ids.iter().find(|id| !is_id(id)), None);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), users, "an id stands twice");
}

/// That the store differs from a fresh one of 4.0.0 in the key on names alone.
fn equals_fresh(migrated: &dyn Store, fresh: &dyn Store, with_name_key: bool) {
    let (migrated_shape, fresh_shape) = (migrated.shape(), fresh.shape());
    let missing: Vec<_> = fresh_shape.difference(&migrated_shape).collect();
    assert_eq!(missing, Vec::<&String>::new(), "what a fresh store has");
    let more: Vec<_> = migrated_shape.difference(&fresh_shape).collect();
    let is_name_key = |line: &&&String| line.contains("UNIQUE") && line.contains("(UM_USER_NAME, UM_TENANT_ID)");
    assert!(more.iter().all(|line| is_name_key(&line)), "what a fresh store has not: {more:?}");
    assert_eq!(!more.is_empty(), with_name_key, "{more:?}");
    let order = upper(migrated.lines(&migrated.order_query()));
    assert_eq!(order.last().map(String::as_str), Some("UM_USER_ID"), "1.2.0 reads the columns by their places");
    let without = |order: &[String]| order.iter().filter(|name| *name != "UM_USER_ID").cloned().collect::<Vec<_>>();
    assert_eq!(without(&order), without(&upper(fresh.lines(&fresh.order_query()))));
}

/// There and back again, and there once more.
pub(crate) fn migrates_and_goes_back(empty: Empty, old_schema: &str, new_schema: &str) {
    let (store, fresh) = (empty("cycle"), empty("fresh"));
    let store = &*store;
    store.done(&(old_schema.to_owned() + "\n" + &users(store.kind(), 300)));
    fresh.done(new_schema);
    let (shape, rows) = (store.shape(), store.rows());

    store.succeeds("preflight", "preflight: ready");
    assert_eq!(store.shape(), shape, "preflight changes something");
    store.refuses("verify", "run migrate.sql");
    store.refuses("drop-user-name-unique", "run migrate.sql first");
    store.succeeds("migrate", "migrate: done");
    store.succeeds("verify", "verify: right");
    assert_eq!(store.rows(), rows, "rows change");
    has_ids(store, 300);
    equals_fresh(store, &*fresh, true);

    let (ids, migrated) = (store.ids(), store.shape());
    store.succeeds("migrate", "nothing was changed");
    store.succeeds("preflight", "preflight: ready");
    assert_eq!((store.ids(), store.shape()), (ids, migrated), "a second run changes something");

    store.succeeds("drop-user-name-unique", "drop-user-name-unique: ");
    equals_fresh(store, &*fresh, false);
    store.succeeds("drop-user-name-unique", "nothing was changed");
    store.succeeds("verify", "names are not unique per tenant");
    store.succeeds("migrate", "nothing was changed");
    store.done(
        "INSERT INTO UM_USER (UM_ID, UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_CHANGED_TIME, UM_TENANT_ID)
         VALUES (900, 'second', 'user-1', 'p', '2020-01-01 00:00:00', -1234);",
    );
    store.refuses("preflight", "1 names are held by more than one user");
    store.refuses("rollback", "1 names");
    store.done("DELETE FROM UM_USER WHERE UM_ID = 900;");

    store.succeeds("rollback", "rollback: done");
    assert_eq!(store.shape(), shape, "rollback leaves something");
    assert_eq!(store.rows(), rows, "rollback changes rows");
    store.succeeds("rollback", "nothing was changed");
    store.succeeds("migrate", "migrate: done");
    store.succeeds("verify", "verify: right");
    assert_eq!(store.rows(), rows);
}

/// Twenty thousand users get twenty thousand ids.
pub(crate) fn many_users(empty: Empty) {
    let store = empty("many");
    store.fill(20_000);
    let rows = store.rows();
    store.succeeds("migrate", "20000 users");
    has_ids(&*store, 20_000);
    assert_eq!(store.rows(), rows);
    store.succeeds("verify", "verify: 20000 users");
}

/// What half-run scripts of others leave is finished; ids that are right stay.
pub(crate) fn half_filled(empty: Empty) {
    let columns = [
        ("VARCHAR(255)", true, "", true),
        ("CHAR(36) DEFAULT 'NONE' NOT NULL", false, "", true),
        ("VARCHAR(100) DEFAULT 'N'", true, "ALTER TABLE UM_USER ADD UNIQUE (UM_USER_ID, UM_TENANT_ID);", false),
        ("VARCHAR(255) DEFAULT 'NONE' NOT NULL", false, "", true),
    ];
    for (at, (column, nullable, key, empties)) in columns.into_iter().enumerate() {
        let (store, fresh) = (empty(&format!("half_{at}")), empty(&format!("half_fresh_{at}")));
        store.fill(60);
        fresh.done(&schema(fresh.kind(), Release::New));
        let rows = store.rows();
        let mut values = vec![("CONCAT('kept-', UM_ID)", 0)];
        let own = "CONCAT('own-', UM_ID)";
        values.extend(if empties { [("''", 1), ("'N'", 2), ("'NONE'", 3)] } else { [(own, 1), (own, 2), (own, 3)] });
        values.extend(if nullable { vec![("NULL", 4), ("NULL", 5)] } else { Vec::new() });
        let updates = values.iter().map(|(value, place)| {
            format!(
                "UPDATE UM_USER SET UM_USER_ID = {value}, UM_CHANGED_TIME = UM_CHANGED_TIME
                 WHERE MOD(UM_ID, 6) = {place};"
            )
        });
        let updates: String = updates.collect();
        store.done(&format!("ALTER TABLE UM_USER ADD COLUMN UM_USER_ID {column}; {updates} {key}"));
        store.refuses("verify", "wrong");
        store.succeeds("preflight", "users have no id yet");
        store.succeeds("migrate", "migrate: done");
        store.succeeds("verify", "verify: right");
        assert_eq!(store.rows(), rows, "{column}");
        equals_fresh(&*store, &*fresh, true);
        let ids = store.ids();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 60, "{column}: {ids:?}");
        assert_eq!(ids.iter().filter(|id| id.starts_with("kept-")).count(), 10, "{column}: {ids:?}");
        assert_eq!(ids[5], "kept-6", "{column}");
        store.succeeds("migrate", "nothing was changed");
    }
}

/// An id that two users of a tenant have is for a person to decide; in two tenants it is right.
pub(crate) fn repeated_ids(empty: Empty) {
    let store = empty("repeated");
    store.fill(9);
    store.done("ALTER TABLE UM_USER ADD COLUMN UM_USER_ID VARCHAR(255);");
    store.done("UPDATE UM_USER SET UM_USER_ID = 'same' WHERE UM_ID IN (1, 2, 3);");
    for name in ["preflight", "migrate"] {
        store.refuses(name, "held by more than one user of a tenant");
    }
    assert_eq!(store.lines("SELECT COUNT(*) FROM UM_USER WHERE UM_USER_ID = 'same'"), ["3"]);
    store.done("UPDATE UM_USER SET UM_USER_ID = 'NONE' WHERE UM_ID = 1;");
    store.succeeds("migrate", "migrate: done");
    assert_eq!(store.lines("SELECT COUNT(*) FROM UM_USER WHERE UM_USER_ID = 'same'"), ["2"], "of two tenants");
}

/// Databases that are no user store are left alone.
pub(crate) fn decoys(empty: Empty) {
    let key = if empty("decoy").kind() == Kind::Postgres { "SERIAL" } else { "INTEGER" };
    let decoys = [
        "SELECT 1;".to_owned(),
        // Other tables hold a column of this name.
        "CREATE TABLE UM_ROLE (UM_ID INTEGER); CREATE TABLE UM_USER_ROLE (UM_ID INTEGER, UM_USER_ID INTEGER);
         CREATE TABLE UM_USER_ATTRIBUTE (UM_ID INTEGER, UM_USER_ID INTEGER);"
            .to_owned(),
        format!("CREATE TABLE UM_USER (UM_ID {key}, UM_USER_NAME VARCHAR(255), UM_USER_ID INTEGER);"),
        format!(
            "CREATE TABLE PEOPLE (UM_ID {key}, UM_USER_NAME VARCHAR(255), UM_USER_PASSWORD VARCHAR(255),
                UM_SALT_VALUE VARCHAR(31), UM_REQUIRE_CHANGE BOOLEAN, UM_CHANGED_TIME TIMESTAMP, UM_TENANT_ID INTEGER);
             CREATE VIEW UM_USER AS SELECT * FROM PEOPLE; CREATE TABLE UM_ROLE (UM_ID INTEGER);
             CREATE TABLE UM_USER_ROLE (UM_ID INTEGER);"
        ),
    ];
    for (at, decoy) in decoys.iter().enumerate() {
        let store = empty(&format!("decoy_{at}"));
        store.done(decoy);
        for name in ["preflight", "migrate", "rollback", "drop-user-name-unique"] {
            store.refuses(name, "refused: ");
        }
        store.refuses("verify", "");
    }
}

/// What 4.0.0 asks of the store: a user added with its id, its roles and attributes, looked up by name, and removed.
/// Facts: `JDBCRealmConstants` of wso2/micro-integrator, module security.
pub(crate) fn statements_of_the_server(empty: Empty) {
    let store = empty("server");
    store.fill(30);
    store.succeeds("migrate", "migrate: done");
    store.done(
        "INSERT INTO UM_USER (UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE, UM_REQUIRE_CHANGE,
            UM_CHANGED_TIME, UM_TENANT_ID)
         VALUES ('0b6b0d4e-53ab-4f5c-9e0a-3c7a34f1c111', 'alice', 'hash', 'salt', FALSE, '2026-01-01 00:00:00', -1234);
         UPDATE UM_USER SET UM_USER_PASSWORD = 'other', UM_SALT_VALUE = 's', UM_REQUIRE_CHANGE = FALSE,
            UM_CHANGED_TIME = '2026-01-02 00:00:00' WHERE UM_USER_NAME = 'alice' AND UM_TENANT_ID = -1234;
         INSERT INTO UM_USER_ROLE (UM_USER_ID, UM_ROLE_ID, UM_TENANT_ID)
         VALUES ((SELECT UM_ID FROM UM_USER WHERE UM_USER_NAME = 'alice' AND UM_TENANT_ID = -1234),
            (SELECT UM_ID FROM UM_ROLE WHERE UM_ROLE_NAME = 'admin' AND UM_TENANT_ID = -1234), -1234);
         INSERT INTO UM_USER_ATTRIBUTE (UM_USER_ID, UM_ATTR_NAME, UM_ATTR_VALUE, UM_TENANT_ID)
         VALUES ((SELECT UM_ID FROM UM_USER WHERE UM_USER_NAME = 'alice' AND UM_TENANT_ID = -1234), 'mail', 'a', -1234);"
            .replace("UM_USER_ROLE (", "UM_USER_ROLE (UM_ID, ")
            .replace("UM_USER_ATTRIBUTE (", "UM_USER_ATTRIBUTE (UM_ID, ")
            .replace("VALUES ((", "VALUES (900, (")
            .replace("INSERT INTO UM_USER (", "INSERT INTO UM_USER (UM_ID, ")
            .replace("VALUES ('0b6b", "VALUES (900, '0b6b")
            .as_str(),
    );
    let one = |query: &str| store.lines(query);
    assert_eq!(
        one("SELECT UM_USER_PASSWORD FROM UM_USER WHERE UM_USER_NAME = 'alice' AND UM_TENANT_ID = -1234"),
        ["other"]
    );
    let roles = "SELECT UM_ROLE_NAME FROM UM_USER_ROLE, UM_ROLE, UM_USER WHERE UM_USER.UM_USER_NAME = 'alice'
        AND UM_USER.UM_ID = UM_USER_ROLE.UM_USER_ID AND UM_ROLE.UM_ID = UM_USER_ROLE.UM_ROLE_ID
        AND UM_USER_ROLE.UM_TENANT_ID = -1234 AND UM_ROLE.UM_TENANT_ID = -1234 AND UM_USER.UM_TENANT_ID = -1234";
    assert_eq!(one(roles), ["admin"]);
    let filtered = "SELECT UM_USER_NAME FROM UM_USER WHERE UM_USER_NAME LIKE 'ali%' AND UM_TENANT_ID = -1234
        ORDER BY UM_USER_NAME ASC LIMIT 10 OFFSET 0";
    assert_eq!(one(filtered), ["alice"]);
    let twice = "INSERT INTO UM_USER (UM_ID, UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_CHANGED_TIME, UM_TENANT_ID)
        VALUES (901, 'another', 'alice', 'hash', '2026-01-01 00:00:00', -1234);";
    assert_ne!(store.run(twice).code, Some(0), "two users of one name");
    store
        .done("DELETE FROM UM_USER_ROLE WHERE UM_USER_ID = 900; DELETE FROM UM_USER_ATTRIBUTE WHERE UM_USER_ID = 900;");
    store.done("DELETE FROM UM_USER WHERE UM_USER_NAME = 'alice' AND UM_TENANT_ID = -1234;");
    store.succeeds("verify", "verify: 30 users");
}
