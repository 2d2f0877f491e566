//! The scripts on a real MariaDB server.

use crate::scenarios::{self, Empty};
use crate::store::{OnMariaDb, Store, script, scripts, statements, written};
use std::process::Stdio;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use upgrade_tests::database::population::{Kind, Release, schema};
use upgrade_tests::database::{MariaDb, mariadb, release_files, shared};
use upgrade_tests::run;

static SHARED: Mutex<Weak<MariaDb>> = Mutex::new(Weak::new());

fn server() -> Option<Arc<MariaDb>> {
    shared(&SHARED, mariadb)
}

/// Runs a scenario with databases whose names begin with its own.
fn on_server(scenario: &str, test: impl Fn(Empty)) {
    let Some(server) = server() else { return };
    test(&|name| Box::new(OnMariaDb::empty(&server, &format!("{scenario}_{name}"))));
}

#[test]
fn migrates_and_goes_back() {
    let text = |release| schema(Kind::MariaDb, release);
    on_server("own", |empty| scenarios::migrates_and_goes_back(empty, &text(Release::Old), &text(Release::New)));
}

#[test]
fn the_schemas_of_the_releases() {
    let Some(files) = release_files() else { return };
    let text = |release: &str| {
        std::fs::read_to_string(files.join(release).join("dbscripts/mysql/mysql_user.sql")).expect("a schema")
    };
    on_server("release", |empty| scenarios::migrates_and_goes_back(empty, &text("1.2.0"), &text("4.0.0")));
}

#[test]
fn many_users() {
    on_server("s1", scenarios::many_users);
}

#[test]
fn half_filled() {
    on_server("s2", scenarios::half_filled);
}

#[test]
fn repeated_ids() {
    on_server("s3", scenarios::repeated_ids);
}

#[test]
fn decoys() {
    on_server("s4", scenarios::decoys);
}

#[test]
fn statements_of_the_server() {
    on_server("s5", scenarios::statements_of_the_server);
}

#[test]
fn another_database_and_none() {
    let Some(server) = server() else { return };
    let (store, decoy) = (OnMariaDb::empty(&server, "the_store"), OnMariaDb::empty(&server, "beside_it"));
    store.fill(20);
    // Names differ by case here.
    decoy.done(
        &schema(Kind::MariaDb, Release::Old)
            .replace("TABLE UM_USER (", "TABLE um_user (")
            .replace("REFERENCES UM_USER (", "REFERENCES um_user ("),
    );
    decoy.refuses("migrate", "database beside_it is no user store");
    let ran = run(server.client("root", None).args(["-e", &script("mysql", "migrate")]));
    assert_ne!(ran.code, Some(0));
    assert!(ran.stdout.contains("no database is chosen"), "{}", ran.stdout);
    store.succeeds("migrate", "done");
    store.succeeds("verify", "right");
}

#[test]
fn renamed_constraints() {
    let Some(server) = server() else { return };
    let store = OnMariaDb::empty(&server, "renamed");
    store.fill(20);
    store.done(
        "ALTER TABLE UM_USER RENAME INDEX UM_USER_NAME TO `Names, by a ``DBA```, ADD INDEX UM_USER_ID (UM_SALT_VALUE);",
    );
    let shape = store.shape();
    store.succeeds("migrate", "done");
    store.done("ALTER TABLE UM_USER RENAME INDEX UM_USER_ID_2 TO `Ids`, ADD INDEX more (UM_USER_ID, UM_SALT_VALUE);");
    store.succeeds("migrate", "nothing was changed");
    store.succeeds("verify", "right");
    store.succeeds("drop-user-name-unique", "Names, by a ``DBA``");
    store.succeeds("rollback", "done");
    assert_eq!(store.shape(), shape);
}

#[test]
fn sessions_with_other_modes() {
    let Some(server) = server() else { return };
    let modes = [
        "SET sql_mode = 'ANSI,TRADITIONAL,NO_BACKSLASH_ESCAPES', time_zone = 'SYSTEM'",
        "SET sql_safe_updates = 1, autocommit = 0, sql_mode = ''",
        "SET NAMES utf8mb4, collation_connection = utf8mb4_bin, group_concat_max_len = 4",
        "SET sql_mode = 'EMPTY_STRING_IS_NULL,PIPES_AS_CONCAT', sql_big_selects = 0, max_join_size = 10",
    ];
    for (at, mode) in modes.into_iter().enumerate() {
        let mut store = OnMariaDb::empty(&server, &format!("mode_{at}"));
        store.fill(200);
        store.done(
            "SET sql_mode = '';
             UPDATE UM_USER SET UM_CHANGED_TIME = '0000-00-00 00:00:00' WHERE UM_ID = 1;
             SET time_zone = '+00:00';
             UPDATE UM_USER SET UM_CHANGED_TIME = '2019-10-27 00:30:00' WHERE UM_ID = 2;
             UPDATE UM_USER SET UM_CHANGED_TIME = '2019-10-27 01:30:00' WHERE UM_ID = 3;",
        );
        let (shape, rows) = (store.shape(), store.rows());
        store.options = vec![format!("--init-command={mode}")];
        store.succeeds("preflight", "ready");
        store.succeeds("migrate", "gave ids to 200 users");
        store.succeeds("verify", "right");
        store.succeeds("drop-user-name-unique", "changed UM_USER");
        store.options.clear();
        assert_eq!(store.rows(), rows, "{mode}");
        store.options = vec![format!("--init-command={mode}")];
        store.succeeds("rollback", "done");
        store.options.clear();
        assert_eq!((store.shape(), store.rows()), (shape, rows), "{mode}");
    }
}

#[test]
fn a_log_by_statement_is_warned_of() {
    let Some(server) = server() else { return };
    let mut store = OnMariaDb::empty(&server, "by_statement");
    store.fill(20);
    store.user = "root".to_owned();
    store.options = vec!["--init-command=SET SESSION binlog_format = 'STATEMENT'".to_owned()];
    store.succeeds("preflight", "warning: the binary log is written by statement");
    store.succeeds("migrate", "warning: the binary log is written by statement");
    store.options.clear();
    store.succeeds("rollback", "done");
    let ran = store.script("migrate");
    assert!(!ran.stdout.contains("warning"), "{}", ran.stdout);
}

#[test]
fn a_user_who_may_only_read() {
    let Some(server) = server() else { return };
    let mut store = OnMariaDb::empty(&server, "owned");
    store.fill(20);
    run(server.client("root", None).args(["-e", "CREATE USER guest; GRANT SELECT ON owned.* TO guest"]));
    store.user = "guest".to_owned();
    store.refuses("migrate", "ALTER command denied");
    store.succeeds("preflight", "warning: the user 'guest'@'%' may have no right to ALTER UM_USER");
    for (grant, on) in [("*.*", "mysql"), ("owned.*", "owned"), ("owned.UM_USER", "owned")] {
        let ran = |sql: &str| run(server.client("root", None).args([on, "-e", sql]));
        assert_eq!(ran(&format!("GRANT ALTER ON {grant} TO guest")).code, Some(0), "{grant}");
        assert!(!store.script("preflight").stdout.contains("no right"), "{grant}");
        assert_eq!(ran(&format!("REVOKE ALTER ON {grant} FROM guest")).code, Some(0), "{grant}");
    }
    store.succeeds("preflight", "no right to ALTER UM_USER");
}

/// The second waits for the first, and finds nothing left to do.
#[test]
fn two_at_once_make_one_key() {
    let Some(server) = server() else { return };
    let store = OnMariaDb::empty(&server, "at_once");
    store.fill(2000);
    let migrate = scripts().join("mysql/migrate.sql");
    let start = || store.client(&migrate).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a client");
    let clients = [start(), start(), start()];
    let said = clients.map(|client| {
        let output = client.wait_with_output().expect("an end");
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        text
    });
    assert_eq!(said.iter().filter(|text| text.contains("gave ids to 2000 users")).count(), 1, "{said:?}");
    assert_eq!(said.iter().filter(|text| text.contains("nothing was changed")).count(), 2, "{said:?}");
    let keys = store.shape().into_iter().filter(|line| line.contains("UNIQUE (UM_USER_ID, UM_TENANT_ID)"));
    assert_eq!(keys.count(), 1);
    let ran = store.script("verify");
    assert!(ran.code == Some(0) && !ran.stdout.contains("more than one unique key"), "{}", ran.stdout);
}

#[test]
fn another_run_is_waited_for_but_not_for_ever() {
    let Some(server) = server() else { return };
    let store = OnMariaDb::empty(&server, "held");
    store.fill(20);
    let (_folder, file) = written("SELECT GET_LOCK(CONCAT('um_user ', SHA1(DATABASE())), 0); SELECT SLEEP(600);");
    let mut other = store.client(&file).stdout(Stdio::null()).spawn().expect("a client");
    while store.lines("SELECT IS_FREE_LOCK(CONCAT('um_user ', SHA1(DATABASE())))") == ["1"] {
        std::thread::yield_now();
    }
    for name in ["migrate", "rollback"] {
        // The script's own ten seconds are much for a test.
        let hasty = script("mysql", name);
        assert!(hasty.contains("''))), 10);"), "{name}");
        let ran = store.run(&hasty.replace("''))), 10);", "''))), 0);"));
        assert!(ran.code != Some(0) && ran.stdout.contains("refused: another run works on this database"), "{ran:?}");
    }
    let _ = other.kill();
    let _ = other.wait();
    run(server.client("root", None).args(["-e", "KILL USER held"]));
    store.succeeds("migrate", "done");
}

#[test]
fn equal_keys_are_warned_of() {
    let Some(server) = server() else { return };
    let store = OnMariaDb::empty(&server, "equal_keys");
    store.fill(20);
    store.succeeds("migrate", "done");
    store.done("ALTER TABLE UM_USER ADD UNIQUE again (UM_TENANT_ID, UM_USER_ID);");
    store.succeeds("verify", "more than one unique key on (UM_USER_ID, UM_TENANT_ID)");
}

#[test]
fn triggers_are_warned_of() {
    let Some(server) = server() else { return };
    let mut store = OnMariaDb::empty(&server, "triggers");
    store.fill(20);
    // Triggers are for those who may do more, as long as there is a binary log.
    store.user = "root".to_owned();
    store.done(
        "CREATE TRIGGER counted BEFORE INSERT ON UM_USER FOR EACH ROW SET NEW.UM_SALT_VALUE = 'x';
         CREATE TRIGGER touched BEFORE UPDATE ON UM_USER FOR EACH ROW SET NEW.UM_CHANGED_TIME = '2020-01-01';",
    );
    store.user = "triggers".to_owned();
    store.succeeds("preflight", "warning: 1 triggers run when a user gets an id: touched");
    store.user = "root".to_owned();
    store.done("DROP TRIGGER touched;");
    assert!(!store.script("preflight").stdout.contains("triggers run"));
}

#[test]
fn a_session_that_may_only_read_is_refused() {
    let Some(server) = server() else { return };
    let mut store = OnMariaDb::empty(&server, "read_only");
    store.fill(20);
    store.options = vec!["--init-command=SET SESSION tx_read_only = 1".to_owned()];
    store.refuses("preflight", "refused: this session is read only");
    store.options.clear();
    store.succeeds("preflight", "preflight: ready");
}

/// The server tells names apart by case: the one in small letters is another table.
#[test]
fn a_table_of_the_same_name_in_small_letters() {
    let Some(server) = server() else { return };
    let store = OnMariaDb::empty(&server, "small_letters");
    store.fill(20);
    store.done("CREATE TABLE um_user (UM_ID INTEGER);");
    store.succeeds("preflight", "preflight: ready");
    store.succeeds("migrate", "done");
    store.succeeds("verify", "right");
    store.succeeds("rollback", "done");
    assert_eq!(store.lines("SELECT COUNT(*) FROM um_user"), ["0"]);
}

/// A run that ends after any of its statements can be run again.
#[test]
fn killed_between_any_two_statements() {
    let Some(server) = server() else { return };
    for name in ["migrate", "rollback"] {
        let text = script("mysql", name);
        let all = statements(&text);
        assert!(all.len() > 10, "{}", all.len());
        let store = OnMariaDb::empty(&server, &format!("cut_{name}"));
        store.fill(40);
        let (old, rows) = (store.shape(), store.rows());
        store.succeeds("migrate", "done");
        let new = store.shape();
        let mut shapes = std::collections::BTreeSet::new();
        for end in 1..=all.len() {
            store.succeeds(if name == "migrate" { "rollback" } else { "migrate" }, "");
            store.done(&all[..end].concat());
            shapes.insert(store.shape());
            store.succeeds(name, "");
            assert_eq!(
                store.shape(),
                if name == "migrate" { new.clone() } else { old.clone() },
                "after {end} of {name}"
            );
            assert_eq!(store.rows(), rows, "after {end} of {name}");
        }
        assert!(shapes.len() >= if name == "migrate" { 3 } else { 2 }, "the cuts see {} states", shapes.len());
        store.succeeds("migrate", "");
        store.succeeds("verify", "right");
    }
}

#[test]
fn killed_at_any_moment() {
    let Some(server) = mariadb() else { return };
    let mut server = Arc::new(server);
    let migrate = scripts().join("mysql/migrate.sql");
    let store = OnMariaDb::empty(&server, "killed");
    store.fill(20_000);
    let (shape, rows) = (store.shape(), store.rows());
    let start = Instant::now();
    store.succeeds("migrate", "done");
    let whole = start.elapsed();
    let migrated = store.shape();
    store.succeeds("rollback", "done");
    drop(store);
    let again = |server: &Arc<MariaDb>| OnMariaDb {
        server: Arc::clone(server),
        database: "killed".to_owned(),
        user: "killed".to_owned(),
        options: Vec::new(),
    };
    for moment in 0..8_u32 {
        let store = again(&server);
        let mut client = store.client(&migrate);
        let mut client = client.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a client");
        std::thread::sleep(whole * moment / 8 + Duration::from_millis(5));
        if moment % 2 == 1 {
            drop(store);
            Arc::get_mut(&mut server).expect("nobody else").crash().expect("a new start");
        } else {
            run(server.client("root", None).args(["-e", "KILL USER killed"]));
        }
        let _ = client.wait();
        let store = again(&server);
        assert_eq!(store.rows(), rows, "moment {moment}");
        store.succeeds("migrate", "migrate: ");
        store.succeeds("verify", "right");
        assert_eq!((store.shape(), store.rows()), (migrated.clone(), rows.clone()), "moment {moment}");
        store.succeeds("rollback", "done");
        assert_eq!(store.shape(), shape);
    }
}

#[test]
fn a_node_that_still_runs_is_waited_for_but_not_for_ever() {
    let Some(server) = server() else { return };
    let store = OnMariaDb::empty(&server, "in_use");
    store.fill(20);
    let (_folder, file) = written("BEGIN; SELECT COUNT(*) FROM UM_USER; SELECT SLEEP(600);");
    let mut node = store.client(&file).stdout(Stdio::null()).spawn().expect("a client");
    while store.lines("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(6%'") == ["1"] {
        std::thread::yield_now();
    }
    store.succeeds("preflight", "1 other connections");
    // The script's own ten seconds are much for a test.
    let hasty = script("mysql", "migrate").replace("lock_wait_timeout = 10", "lock_wait_timeout = 1");
    let ran = store.run(&hasty);
    assert!(ran.code != Some(0) && ran.stderr.contains("Lock wait timeout"), "{}", ran.stderr);
    let _ = node.kill();
    let _ = node.wait();
    run(server.client("root", None).args(["-e", "KILL USER in_use"]));
    store.succeeds("migrate", "done");
}
