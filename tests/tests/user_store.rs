//! The user store, from outside: which step its database needs, which scripts the bundle has, and the runbook.
//!
//! In: small homes whose deployment.toml differs. Always: the runbook's commands are a shell's, and hold no password.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use upgrade_tests::{Case, NAME, Trees, codes, files_in, has_tool, json, real_inputs, run};
use xtask::choice::Database;
use xtask::sample::{bundle, edit, put};

/// What stands for a password in every home here.
const PASSWORD: &str = "geheim-4711";

/// A home as 1.2.0 shipped it, with more settings.
fn trees(settings: &str) -> Trees {
    let mut trees = Trees::unchanged();
    edit(&mut trees.home, "conf/deployment.toml", |text| format!("{text}\n{settings}"));
    trees
}

/// A user store in a database.
fn jdbc(url: &str, driver: &str) -> String {
    format!(
        "[user_store]\ntype = \"database\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = '{url}'\nusername = \"mi\"\n\
         password = \"{PASSWORD}\"\ndriver = \"{driver}\"\n"
    )
}

/// The folders of scripts in a bundle.
fn scripts(bundle: &Path) -> BTreeSet<String> {
    let files = files_in(bundle).into_keys();
    files.filter_map(|name| Some(name.strip_prefix("migration-scripts/")?.split('/').next()?.to_owned())).collect()
}

/// The runbook, after all that always holds for one was checked.
fn runbook(case: &Case) -> String {
    let text = fs::read_to_string(case.bundle().join("RUNBOOK.md")).expect("a runbook");
    assert!(!text.contains(PASSWORD), "{text}");
    let blocks: Vec<&str> = text.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0)).collect();
    assert!(blocks.len() > 5, "{text}");
    if cfg!(unix) {
        for block in &blocks {
            let ran = run(Command::new("sh").args(["-n", "-c", block]));
            assert_eq!(ran.code, Some(0), "{block}: {}", ran.stderr);
        }
    }
    let ran = run(&mut upgrade_tests::program!("verify", case.bundle()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    text
}

/// A database, a URL with its driver, and a command that the runbook then has.
const KINDS: [(Database, &str, &str, &str); 9] = [
    (
        Database::Mysql,
        "jdbc:mysql://db.corp:3306/users?password=geheim-4711",
        "com.mysql.jdbc.Driver",
        "-h db.corp -P 3306 --user=mi --password users < migrate.sql",
    ),
    (
        Database::Mysql,
        "jdbc:mariadb://db.corp/users",
        "org.mariadb.jdbc.Driver",
        "-h db.corp --user=mi --password users < verify.sql",
    ),
    (
        Database::Postgres,
        "jdbc:postgresql://mi:geheim-4711@pg.corp:5432/users",
        "org.postgresql.Driver",
        "psql -X -v ON_ERROR_STOP=1 -h pg.corp -p 5432 -U mi -d users -f preflight.sql",
    ),
    (
        Database::Mssql,
        "jdbc:sqlserver://ms.corp:1433;databaseName=users",
        "com.microsoft.sqlserver.jdbc.SQLServerDriver",
        "sqlcmd -b -I -S ms.corp,1433 -d users -U mi -i migrate.sql",
    ),
    (
        Database::Oracle,
        "jdbc:oracle:thin:mi/geheim-4711@//ora.corp:1521/users",
        "oracle.jdbc.OracleDriver",
        "sqlplus -L mi@//ora.corp:1521/users @migrate.sql",
    ),
    (
        Database::OracleRac,
        "jdbc:oracle:thin:@(DESCRIPTION=(LOAD_BALANCE=on)(ADDRESS=(HOST=a)(PORT=1521))(ADDRESS=(HOST=b)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=users)))",
        "oracle.jdbc.OracleDriver",
        "sqlplus -L mi@//SCAN:1521/users @migrate.sql",
    ),
    (
        Database::Db2,
        "jdbc:db2://db2.corp:50000/USERS",
        "com.ibm.db2.jcc.DB2Driver",
        "db2 CONNECT TO USERS USER mi && db2 -s -td@ -f migrate.sql",
    ),
    (
        Database::H2,
        "jdbc:h2:./repository/database/USERS",
        "org.h2.Driver",
        "\"jdbc:h2:$NEW_HOME/repository/database/USERS;IFEXISTS=TRUE\" -user mi -password PASSWORD",
    ),
    (Database::Postgres, "$env{DB_URL}", "org.postgresql.Driver", "-h HOST -U mi -d DATABASE -f migrate.sql"),
];

#[test]
fn each_kind_of_database_gets_its_own_scripts() {
    for (database, url, driver, command) in KINDS {
        let case = Case::of(&trees(&jdbc(url, driver)));
        let ran = case.package(&[]);
        assert_eq!(ran.code, Some(0), "{url}: {}", ran.stderr);
        let text = runbook(&case);
        assert!(text.contains(command), "{url}: no `{command}` in {text}");
        assert_eq!(scripts(&case.bundle()), [database.name().to_owned()].into(), "{url}");
        for (name, bytes) in files_in(&case.bundle()) {
            if let Some(script) = name.strip_prefix("migration-scripts/") {
                let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migration-scripts").join(script);
                assert!(fs::read(&own).expect("a script") == bytes, "{script} is not the project's");
            }
            // The settings themselves are in the archive.
            let holds = bytes.windows(PASSWORD.len()).any(|window| window == PASSWORD.as_bytes());
            assert!(!holds || name == format!("{NAME}.zip"), "{url}: {name} holds the password");
        }
        let report = case.report();
        assert_eq!(report["user_store"]["database"], database.name(), "{url}");
        assert_eq!(report["user_store"]["step"], "migration");
        let warns = |code: &str| codes(&report).contains(&(code.to_owned(), "warning".to_owned()));
        assert!(warns("MI0603") && warns("MI0902"), "{url}: {:?}", codes(&report));
    }
}

#[test]
fn without_a_database_step_the_runbook_says_why() {
    for (settings, reason, step) in [
        (String::new(), "No step:", "none"),
        ("[user_store]\ntype = \"read_only_ldap\"".to_owned(), "file-based default", "none"),
        (
            "[user_store]\nclass = \"org.wso2.micro.integrator.security.user.core.ldap.ReadOnlyLDAPUserStoreManager\"\n\
             connection_url = \"ldap://dir.corp:389\"\n[realm_manager]\ndata_source = \"Roles\""
                .to_owned(),
            "LDAP server, which stays as it is; their roles are in the data source `Roles`",
            "ldap",
        ),
    ] {
        let case = Case::of(&trees(&settings));
        let ran = case.package(&[]);
        assert_eq!(ran.code, Some(0), "{settings}: {}", ran.stderr);
        let text = runbook(&case);
        assert!(text.contains(reason) && !text.contains("migrate.sql"), "{settings}: {text}");
        assert!(scripts(&case.bundle()).is_empty(), "{settings}");
        assert_eq!(case.report()["user_store"]["step"], step, "{settings}");
        assert!(!case.bundle().join("migration-scripts").exists());
        assert!(!codes(&case.report()).iter().any(|(code, _)| code == "MI0603"), "{settings}");
    }
}

#[test]
fn what_cannot_be_told_is_decided_by_a_person() {
    let case = Case::of(&trees(&jdbc("jdbc:oracle:thin:@//rac-scan.corp:1521/users", "oracle.jdbc.OracleDriver")));
    case.fails(3, &["MI0901", "SCAN", "--db", "user_store.database = \"oracle-rac\""], &[]);
    let ran = case.run("plan", None, &["--write-policy", "draft.toml"]);
    assert!(ran.code == Some(3) && ran.stdout.contains("a person has to say which database it is"), "{}", ran.stdout);
    let draft = fs::read_to_string(case.folder.path().join("draft.toml")).expect("a draft");
    assert!(draft.contains("# database = \"oracle\"") && !draft.contains("# database = \"mysql\""), "{draft}");

    let decided = draft.replace("# database = \"oracle-rac\"", "database = \"oracle-rac\"");
    let ran = case.run("package", Some(&decided), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(scripts(&case.bundle()), ["oracle-rac".to_owned()].into());
    assert!(runbook(&case).contains("sqlplus -L mi@//rac-scan.corp:1521/users @migrate.sql"));

    // The argument counts more than the policy.
    let ran = case.run("package", Some(&decided), &["--db", "oracle"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(scripts(&case.bundle()), ["oracle".to_owned()].into());
    let ran = case.run("plan", None, &["--db", "oracle"]);
    assert!(ran.code == Some(0) && ran.stdout.contains("migration-scripts/oracle/"), "{}", ran.stdout);

    let ran = case.package(&["--db", "sybase"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("oracle-rac"), "{}", ran.stderr);
}

#[test]
fn a_class_of_ones_own_is_decided_by_a_person() {
    let case = Case::of(&trees("[user_store]\nclass = \"com.example.CorpUsers\""));
    let offers = ["MI0901", "com.example.CorpUsers", "user_store.database = \"none\"", "\"postgres\""];
    case.fails(3, &offers, &[]);
    let ran = case.run("plan", None, &["--write-policy", "draft.toml"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    let draft = fs::read_to_string(case.folder.path().join("draft.toml")).expect("a draft");
    let decided = draft.replace("# database = \"none\"", "database = \"none\"");
    assert_ne!(draft, decided);
    for (policy, arguments) in [(Some(decided.as_str()), &[][..]), (None, &["--db", "none"][..])] {
        let ran = case.run("package", policy, arguments);
        assert!(ran.code == Some(0) && !ran.stderr.contains("MI0801"), "{}", ran.stderr);
        assert!(runbook(&case).contains("No step: a person said that the user store has nothing to migrate"));
        assert!(scripts(&case.bundle()).is_empty());
        assert_eq!(case.report()["user_store"]["step"], "none");
    }
    let ran = case.package(&["--db", "postgres"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(scripts(&case.bundle()), ["postgres".to_owned()].into());
}

#[test]
fn a_decision_that_decides_nothing_or_contradicts_is_told() {
    let case = Case::of(&trees(""));
    for word in ["mysql", "none"] {
        let ran = case.run("package", Some(&format!("[user_store]\ndatabase = \"{word}\"\n")), &[]);
        assert!(ran.code == Some(0) && ran.stderr.contains("MI0801"), "{word}: {}", ran.stderr);
    }
    let case = Case::of(&trees(&jdbc("jdbc:mysql://db/users", "com.mysql.jdbc.Driver")));
    let ran = case.package(&["--db", "postgres"]);
    assert!(ran.code == Some(0) && ran.stderr.contains("MI0907"), "{}", ran.stderr);
    assert_eq!(scripts(&case.bundle()), ["postgres".to_owned()].into());
}

#[test]
fn a_driver_in_any_place_that_the_server_loads_from_is_found() {
    let toml = jdbc("jdbc:mysql://db/users", "com.mysql.cj.jdbc.Driver");
    let jar = bundle("com.mysql.cj", "8.0.21", &["com/mysql/cj/jdbc/Driver"], &[]);
    let lacks = |trees: &Trees, more: &[&str]| {
        let case = Case::of(trees);
        let overlay = case.folder.path().join("drivers");
        fs::create_dir_all(overlay.join("files/lib")).expect("a folder");
        fs::write(overlay.join("overlay.toml"), "description = \"drivers\"\n").expect("a file");
        fs::write(overlay.join("files/lib/mysql.jar"), &jar).expect("a file");
        fs::write(overlay.join("files/lib/README"), "drivers of the company\n").expect("a file");
        let ran = case.package(more);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        codes(&case.report()).iter().any(|(code, _)| code == "MI0902")
    };
    assert!(lacks(&trees(&toml), &[]));
    assert!(!lacks(&trees(&toml), &["--overlay", "drivers"]), "an overlay brings it");
    for path in ["lib/mysql.jar", "dropins/com.mysql.cj_8.0.21.jar"] {
        let mut trees = trees(&toml);
        put(&mut trees.home, path, jar.clone());
        assert!(!lacks(&trees, &[]), "{path}");
    }
    let mut hidden = trees(&toml);
    put(&mut hidden.home, "lib/more/mysql.jar", jar.clone());
    assert!(lacks(&hidden, &[]), "the server ignores folders below lib");
}

#[test]
fn an_overlay_with_another_deployment_toml_counts() {
    let case = Case::of(&trees(&jdbc("jdbc:mysql://db/users", "com.mysql.jdbc.Driver")));
    let overlay = case.folder.path().join("other");
    fs::create_dir_all(overlay.join("files/conf")).expect("a folder");
    fs::create_dir_all(overlay.join("files/lib")).expect("a folder");
    fs::write(overlay.join("overlay.toml"), "description = \"another file\"\n").expect("a file");
    fs::write(overlay.join("files/lib/README"), "nothing\n").expect("a file");
    let toml = format!("[server]\nhostname = \"x\"\n{}", jdbc("jdbc:postgresql://pg/users", "org.postgresql.Driver"));
    fs::write(overlay.join("files/conf/deployment.toml"), toml).expect("a file");
    let ran = case.package(&["--overlay", "other"]);
    assert!(ran.code == Some(0) && ran.stderr.contains("MI0906"), "{}", ran.stderr);
    assert_eq!(scripts(&case.bundle()), ["postgres".to_owned()].into());
}

#[test]
fn secrets_need_the_password_of_the_keystore() {
    let mut trees = trees("[secrets]\ndb = \"c2FtcGxl\"\n");
    put(&mut trees.home, "password-persist", "sample-only");
    let case = Case::of(&trees);
    let ran = case.package(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(runbook(&case).contains("$NEW_HOME/password-tmp"));
    let ran = case.run("package", Some("carry = [\"password-persist\"]\n"), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let text = runbook(&case);
    assert!(text.contains("chmod 600 \"$NEW_HOME/password-persist\"") && !text.contains("password-tmp"), "{text}");
}

#[test]
fn a_bundle_without_scripts_takes_the_place_of_one_with_them() {
    let case = Case::of(&trees(&jdbc("jdbc:mysql://db/users", "com.mysql.jdbc.Driver")));
    assert_eq!(case.package(&[]).code, Some(0));
    let strange = case.bundle().join("migration-scripts/mysql/mine.sql");
    fs::write(&strange, "SELECT 1;\n").expect("a file");
    case.fails(1, &["migration-scripts/mysql/mine.sql", "not of the bundle"], &[]);
    let ran = run(&mut upgrade_tests::program!("verify", case.bundle()));
    assert!(ran.code == Some(4) && ran.stderr.contains("migration-scripts/mysql/mine.sql"), "{}", ran.stderr);
    fs::remove_file(&strange).expect("removed");
    let ran = case.package(&["--db", "postgres"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(scripts(&case.bundle()), ["postgres".to_owned()].into());
    if has_tool("sha256sum") {
        let ran = run(Command::new("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(case.bundle()));
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn homes_of_real_size_get_the_scripts_for_mysql() {
    let Some(inputs) = real_inputs() else { return };
    for home in ["home", "home-updated"] {
        let out = tempfile::tempdir().expect("a folder");
        let mut program = upgrade_tests::program!("package", "--home", inputs.join(home).join("wso2mi-1.2.0"));
        program
            .arg("--fresh")
            .arg(inputs.join("wso2mi-4.0.0.zip"))
            .arg("--hl7")
            .arg(inputs.join("wso2mi-hl7-4.0.0.zip"));
        let ran = run(program.arg("--out").arg(out.path()));
        assert_eq!(ran.code, Some(0), "{home}: {}", ran.stderr);
        let bundle = out.path().join(NAME);
        assert_eq!(scripts(&bundle), ["mysql".to_owned()].into(), "{home}");
        let report = json(&bundle.join("report.json"));
        assert!(!codes(&report).iter().any(|(code, _)| code == "MI0902"), "{home}: the drivers are in lib");
        let text = fs::read_to_string(bundle.join("RUNBOOK.md")).expect("a runbook");
        let command = "mysql --batch --skip-column-names -h db.example.internal -P 3306 --user=mi --password mi_users < \
                       migrate.sql";
        assert!(text.contains(command), "{home}: {text}");
    }
}
