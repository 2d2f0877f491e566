//! The scripts on H2, from its jar.

use crate::scenarios::{self, Empty};
use crate::store::{OnH2, Store, script, scripts, statements};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use upgrade_tests::database::h2_jar;
use upgrade_tests::database::population::{Kind, Release, schema};

fn on_h2(test: impl Fn(Empty)) {
    let Some(jar) = h2_jar() else { return };
    test(&|_| Box::new(OnH2::empty(&jar)));
}

#[test]
fn migrates_and_goes_back() {
    let text = |release| schema(Kind::H2, release);
    on_h2(|empty| scenarios::migrates_and_goes_back(empty, &text(Release::Old), &text(Release::New)));
}

#[test]
fn many_users() {
    on_h2(scenarios::many_users);
}

#[test]
fn half_filled() {
    on_h2(scenarios::half_filled);
}

#[test]
fn repeated_ids() {
    on_h2(scenarios::repeated_ids);
}

#[test]
fn decoys() {
    on_h2(scenarios::decoys);
}

#[test]
fn statements_of_the_server() {
    on_h2(scenarios::statements_of_the_server);
}

#[test]
fn another_schema_and_named_constraints() {
    let Some(jar) = h2_jar() else { return };
    let mut store = OnH2::empty(&jar);
    store.done("CREATE TABLE UM_USER (UM_ID INTEGER, UM_USER_ID INTEGER); CREATE SCHEMA WSO2;");
    store.refuses("migrate", "refused: schema PUBLIC is no user store");
    store.options = ";SCHEMA=WSO2".to_owned();
    let named = schema(Kind::H2, Release::Old)
        .replace("UNIQUE (UM_USER_NAME", "CONSTRAINT \"Names, by a \"\"DBA\"\"\" UNIQUE (UM_USER_NAME");
    store.done(&named);
    let shape = store.shape();
    store.succeeds("migrate", "done");
    store.succeeds("migrate", "nothing was changed");
    store.succeeds("drop-user-name-unique", "dropped Names, by a");
    store.succeeds("rollback", "done");
    assert_eq!(store.shape(), shape);
}

/// A run that ends after any statement that changes the table can be run again.
#[test]
fn killed_between_any_two_changes() {
    let Some(jar) = h2_jar() else { return };
    for name in ["migrate", "rollback"] {
        let all = statements(&script("h2", name));
        let ends = (1..=all.len()).filter(|end| {
            let last = &all[end - 1];
            last.contains("EXECUTE IMMEDIATE") && (last.contains("ALTER TABLE") || last.contains("'UPDATE "))
        });
        let store = OnH2::empty(&jar);
        store.fill(40);
        let rows = store.rows();
        let mut cuts = 0;
        for end in ends {
            store.succeeds(if name == "migrate" { "rollback" } else { "migrate" }, "");
            store.done(&all[..end].concat());
            store.succeeds(name, "");
            store.succeeds("migrate", "");
            store.succeeds("verify", "right");
            cuts += 1;
        }
        assert_eq!(store.rows(), rows);
        assert!(cuts >= 4, "{cuts} cuts of {name}");
    }
}

#[test]
fn killed_at_any_moment() {
    let Some(jar) = h2_jar() else { return };
    let store = OnH2::empty(&jar);
    store.fill(20_000);
    let rows = store.rows();
    let start = Instant::now();
    store.succeeds("migrate", "done");
    let whole = start.elapsed();
    for moment in 3..9_u32 {
        store.succeeds("rollback", "");
        let mut command = Command::new("java");
        command.arg("-cp").arg(&jar).arg("org.h2.tools.RunScript").args(["-user", "sa", "-script"]);
        command.arg(scripts().join("h2/migrate.sql")).args(["-url", &format!("jdbc:h2:{}", store.url())]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("java");
        std::thread::sleep(whole * moment / 10 + Duration::from_millis(5));
        let _ = process.kill();
        let _ = process.wait();
        store.succeeds("migrate", "migrate: ");
        store.succeeds("verify", "verify: 20000 users");
    }
    assert_eq!(store.rows(), rows);
}
