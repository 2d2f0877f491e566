//! The scripts on a real PostgreSQL server.

use crate::scenarios::{self, Empty};
use crate::store::{OnPostgres, Store, scripts, written};
use std::process::Stdio;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};
use upgrade_tests::database::population::{Kind, Release, schema};
use upgrade_tests::database::{Postgres, postgres, release_files, shared};
use upgrade_tests::run;

static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

fn server() -> Option<Arc<Postgres>> {
    shared(&SHARED, postgres)
}

/// Runs a scenario with databases whose names begin with its own.
fn on_server(scenario: &str, test: impl Fn(Empty)) {
    let Some(server) = server() else { return };
    test(&|name| Box::new(OnPostgres::empty(&server, &format!("{scenario}_{name}"))));
}

#[test]
fn migrates_and_goes_back() {
    let text = |release| schema(Kind::Postgres, release);
    on_server("own", |empty| scenarios::migrates_and_goes_back(empty, &text(Release::Old), &text(Release::New)));
}

#[test]
fn the_schemas_of_the_releases() {
    let Some(files) = release_files() else { return };
    let text = |release: &str| {
        let path = files.join(release).join("dbscripts/postgres/postgresql_user.sql");
        format!("SET client_min_messages = error;\n{}", std::fs::read_to_string(path).expect("a schema"))
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
fn another_schema_and_a_decoy_in_public() {
    let Some(server) = server() else { return };
    let mut store = OnPostgres::empty(&server, "another_schema");
    store.done("CREATE TABLE um_user (um_id INTEGER, um_user_id INTEGER); CREATE SCHEMA wso2;");
    store.refuses("migrate", "refused: ");
    let public = store.shape();
    store.options += " -c search_path=nowhere";
    store.refuses("migrate", "There is one in: public");
    store.options = "-c client_min_messages=notice -c search_path=wso2".to_owned();
    store.fill(20);
    for (name, says) in [("preflight", "ready"), ("migrate", "done"), ("verify", "right"), ("rollback", "done")] {
        store.succeeds(name, says);
    }
    store.options = "-c client_min_messages=notice".to_owned();
    assert_eq!(store.shape(), public, "the other schema's table changes");
}

#[test]
fn renamed_constraints() {
    let Some(server) = server() else { return };
    let store = OnPostgres::empty(&server, "renamed");
    store.fill(20);
    store.done(
        "ALTER TABLE um_user RENAME CONSTRAINT um_user_um_user_name_um_tenant_id_key TO \"Names, by a DBA\";
         CREATE TABLE um_user_um_user_id_um_tenant_id_key (taken INTEGER);",
    );
    let shape = store.shape();
    store.succeeds("migrate", "done");
    store.done(
        "DO $$ DECLARE key text; BEGIN
            SELECT conname INTO key FROM pg_constraint WHERE conrelid = 'um_user'::regclass AND contype = 'u'
                AND conname <> 'Names, by a DBA';
            EXECUTE format('ALTER TABLE um_user RENAME CONSTRAINT %I TO \"Ids\"', key);
         END $$;",
    );
    store.succeeds("migrate", "nothing was changed");
    store.succeeds("verify", "right");
    store.succeeds("drop-user-name-unique", "dropped Names, by a DBA");
    store.succeeds("rollback", "done");
    assert_eq!(store.shape(), shape);
}

#[test]
fn a_user_who_does_not_own_the_table() {
    let Some(server) = server() else { return };
    let mut store = OnPostgres::empty(&server, "owned");
    store.fill(20);
    run(server.psql("postgres", "owned").args(["-c", "CREATE ROLE guest LOGIN"]));
    store.done("GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO guest;");
    store.user = "guest".to_owned();
    for name in ["preflight", "migrate", "rollback"] {
        store.refuses(name, "does not own");
    }
    // A member of the role that owns it may.
    run(server.psql("postgres", "owned").args(["-c", "GRANT owned TO guest"]));
    store.succeeds("migrate", "done");
}

#[test]
fn a_node_that_still_runs() {
    let Some(server) = server() else { return };
    let mut store = OnPostgres::empty(&server, "in_use");
    store.fill(20);
    let (_folder, file) = written("BEGIN; SELECT 1 FROM um_user LIMIT 1; SELECT pg_sleep(600);");
    let mut node = store.client(&file).stdout(Stdio::null()).spawn().expect("a client");
    let locks = "SELECT count(*) FROM pg_locks WHERE relation = 'um_user'::regclass AND pid <> pg_backend_pid()";
    while store.lines(locks) == ["0"] {
        std::thread::yield_now();
    }
    store.options += " -c lock_timeout=200ms";
    store.succeeds("preflight", "1 other connections");
    store.refuses("migrate", "is in use, nothing was changed: stop all nodes");
    store.refuses("rollback", "is in use");
    store.done(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid();",
    );
    let _ = node.wait();
    store.succeeds("migrate", "done");
}

#[test]
fn an_extension_or_nothing_in_place_of_the_function() {
    let Some(server) = server() else { return };
    // Before 13 there is no such function; for a user who may not call it all is as it was there.
    let store = OnPostgres::empty(&server, "older");
    store.fill(2000);
    run(server.psql("postgres", "older").args(["-c", "REVOKE EXECUTE ON FUNCTION gen_random_uuid() FROM PUBLIC"]));
    store.succeeds("migrate", "by md5");
    store.succeeds("verify", "right");
    let rows = store.lines("SELECT count(DISTINCT um_user_id::uuid) FROM um_user");
    assert_eq!(rows, ["2000"]);
    store.succeeds("rollback", "done");
    store.done(
        "CREATE SCHEMA tools; CREATE FUNCTION tools.uuid_generate_v4() RETURNS uuid VOLATILE LANGUAGE sql
         AS $$ SELECT md5(random()::text || random()::text)::uuid $$;",
    );
    store.succeeds("migrate", "by uuid_generate_v4");
    store.succeeds("verify", "right");
}

#[test]
fn what_would_stop_the_migration_is_found_before() {
    let Some(server) = server() else { return };
    let mut store = OnPostgres::empty(&server, "stopped");
    store.fill(20);
    store.options += " -c default_transaction_read_only=on";
    store.refuses("preflight", "this session is read only");
    store.options = "-c client_min_messages=notice".to_owned();
    let as_superuser = |sql: &str| {
        let ran = run(server.psql("postgres", "stopped").args(["-c", sql]));
        assert_eq!(ran.code, Some(0), "{sql}: {}", ran.stderr);
    };
    as_superuser("ALTER SCHEMA public OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    store.refuses("preflight", "may not create in its schema");
    as_superuser("GRANT CREATE ON SCHEMA public TO stopped");
    store.succeeds("preflight", "preflight: ready");

    store.done(
        "ALTER TABLE um_user ADD COLUMN um_user_id VARCHAR(100); CREATE VIEW ids AS SELECT um_user_id FROM um_user;",
    );
    store.refuses("preflight", "is used by views");
    store.refuses("migrate", "used by a view");
    store.done("DROP VIEW ids; ALTER TABLE um_user DROP COLUMN um_user_id;");
    store.done("ALTER TABLE um_user ADD COLUMN um_user_id VARCHAR(255) GENERATED ALWAYS AS (um_user_name) STORED;");
    for name in ["preflight", "migrate"] {
        store.refuses(name, "generated column");
    }
}

/// Ten of twenty users are hidden from the owner, who would count ten and fill ten.
#[test]
fn hidden_rows_are_refused() {
    let Some(server) = server() else { return };
    let store = OnPostgres::empty(&server, "hidden");
    store.fill(20);
    store.done(
        "CREATE POLICY half ON um_user USING (um_id <= 10);
         ALTER TABLE um_user ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;",
    );
    assert_eq!(store.lines("SELECT count(*) FROM um_user"), ["10"]);
    for name in ["preflight", "migrate"] {
        store.refuses(name, "row-level security");
    }
    store.done("ALTER TABLE um_user NO FORCE ROW LEVEL SECURITY;");
    store.succeeds("preflight", "with 20 users");
    store.succeeds("migrate", "20 users");
}

#[test]
fn triggers_and_tables_of_the_same_name_are_warned_of() {
    let Some(server) = server() else { return };
    let store = OnPostgres::empty(&server, "warned");
    store.fill(20);
    store.done(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
         CREATE TRIGGER touched BEFORE UPDATE ON um_user FOR EACH ROW EXECUTE PROCEDURE touch();
         CREATE SCHEMA other; CREATE TABLE other.um_user (um_id INTEGER);",
    );
    store.succeeds("preflight", "the table has 1 triggers");
    store.succeeds("preflight", "schemas with a table um_user: other, public; this is about the one in public");
}

/// Its second column is only carried along: the first alone must not be unique.
#[test]
fn an_index_that_includes_a_column_is_no_key_of_two() {
    let Some(server) = server() else { return };
    let store = OnPostgres::empty(&server, "included");
    store.fill(20);
    store.succeeds("migrate", "done");
    let migrated = store.shape();
    store.done(
        "DO $$ DECLARE key text; BEGIN
            SELECT conname INTO key FROM pg_constraint WHERE conrelid = 'um_user'::regclass AND contype = 'u'
                AND pg_get_constraintdef(oid) LIKE '%um_user_id%';
            EXECUTE format('ALTER TABLE um_user DROP CONSTRAINT %I', key);
         END $$;
         CREATE UNIQUE INDEX included ON um_user (um_user_id) INCLUDE (um_tenant_id);",
    );
    store.refuses("verify", "there is no unique key on (um_user_id, um_tenant_id)");
    store.succeeds("migrate", "added the unique key (um_user_id, um_tenant_id)");
    store.succeeds("verify", "verify: right");
    store.done("DROP INDEX included;");
    assert_eq!(store.shape(), migrated);
}

#[test]
fn killed_at_any_moment() {
    let Some(server) = postgres() else { return };
    let mut server = Arc::new(server);
    let migrate = scripts().join("postgres/migrate.sql");
    let store = OnPostgres::empty(&server, "killed");
    store.fill(20_000);
    let (shape, rows) = (store.shape(), store.rows());
    let start = Instant::now();
    store.succeeds("migrate", "done");
    let whole = start.elapsed();
    let migrated = store.shape();
    store.succeeds("rollback", "done");
    drop(store);
    let again = |server: &Arc<Postgres>| OnPostgres {
        server: Arc::clone(server),
        database: "killed".to_owned(),
        user: "killed".to_owned(),
        options: "-c client_min_messages=notice".to_owned(),
    };
    for moment in 0..12_u32 {
        let store = again(&server);
        let mut client = store.client(&migrate);
        let mut client = client.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a client");
        std::thread::sleep(whole * moment / 10 + Duration::from_millis(5));
        if moment % 3 == 2 {
            drop(store);
            Arc::get_mut(&mut server).expect("nobody else").crash().expect("a new start");
        } else {
            store.done(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid();",
            );
        }
        let _ = client.wait();
        let store = again(&server);
        let found = store.shape();
        assert!(found == shape || found == migrated, "neither old nor new after moment {moment}");
        assert_eq!(store.rows(), rows, "moment {moment}");
        store.succeeds("migrate", "migrate: ");
        store.succeeds("verify", "right");
        assert_eq!(store.rows(), rows, "moment {moment}");
        store.succeeds("rollback", "done");
        assert_eq!(store.shape(), shape);
    }
}
