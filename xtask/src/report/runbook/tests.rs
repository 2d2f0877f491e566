use super::*;
use crate::digest::Digest;
use crate::user_store::{Situation, connection};

/// A URL of each kind, with a password in it where that is possible.
const URLS: [(Database, &str); 9] = [
    (Database::Mysql, "jdbc:mysql://mi:geheim@db.corp:3307/users?password=geheim"),
    (Database::Postgres, "jdbc:postgresql://pg.corp:5433/users?currentSchema=mi&password=geheim"),
    (Database::Mssql, "jdbc:sqlserver://ms.corp\\MI;databaseName=users;password=geheim"),
    (Database::Oracle, "jdbc:oracle:thin:mi/geheim@ora.corp:1522:ORCL"),
    (Database::Oracle, "jdbc:oracle:thin:mi/geheim@//ora.corp:1522/users"),
    (Database::OracleRac, "jdbc:oracle:thin:mi/geheim@(DESCRIPTION=(ADDRESS=(HOST=a))(ADDRESS=(HOST=b)))"),
    (Database::Db2, "jdbc:db2://db2.corp:50000/USERS:currentSchema=MI;password=geheim;"),
    (Database::H2, "jdbc:h2:/srv/users;PASSWORD=geheim"),
    (Database::H2, "jdbc:h2:./repository/database/USERS;PASSWORD=geheim"),
];

fn rendered(step: Step, has_secrets: bool) -> String {
    let plan = Plan { user_store: Situation { step, has_secrets, port_offset: Some(10) }, ..Plan::default() };
    render(&plan, &Artifact { file: "up.zip".into(), size: 1, digest: Digest::of(b"x") })
}

fn migration(database: Database, url: &str) -> Step {
    let connection = Box::new(connection::connection(database, url, Some("mi")));
    Step::Jdbc(Jdbc { source: "WSO2CarbonDB".into(), database: Some(database), told_by: Some(ToldBy::Url), connection })
}

/// The `sh` blocks.
fn blocks(text: &str) -> Vec<String> {
    text.split("```sh\n").skip(1).filter_map(|rest| Some(rest.split_once("```")?.0.to_owned())).collect()
}

/// All runbooks that there are kinds of.
fn all() -> Vec<(String, String)> {
    let mut all: Vec<_> =
        URLS.iter().map(|(kind, url)| ((*url).to_owned(), rendered(migration(*kind, url), true))).collect();
    for kind in Database::ALL {
        all.push((kind.name().to_owned(), rendered(migration(kind, "$env{DB_URL}"), false)));
    }
    all.push(("ldap".into(), rendered(Step::Ldap("WSO2CarbonDB".into()), true)));
    all.push(("none".into(), rendered(Step::None("the user store is file-based".into()), false)));
    all
}

/// That a shell parses them is seen by the tests of the whole program, which start one.
#[test]
fn every_block_has_its_quotes_in_pairs() {
    for (what, text) in all() {
        let blocks = blocks(&text);
        assert!(blocks.len() >= 8, "{what}: {text}");
        for line in blocks.iter().flat_map(|block| block.lines()) {
            let are_paired = ['"', '\''].iter().all(|quote| line.matches(*quote).count() % 2 == 0);
            assert!(are_paired && !line.contains('`'), "{what}: {line}");
        }
    }
}

#[test]
fn no_password_is_in_it_and_every_step_names_the_guide() {
    for (what, text) in all() {
        assert!(!text.contains("geheim"), "{what}: {text}");
        let steps = text.lines().filter(|line| line.starts_with("### ")).count();
        let named = text.lines().filter(|line| line.starts_with("Official guide: ")).count();
        assert!(steps >= 7 && steps == named, "{what}: {steps} steps, {named} pages");
        assert!(
            text.lines()
                .filter(|line| line.starts_with("### "))
                .enumerate()
                .all(|(at, line)| { line.starts_with(&format!("### {}. ", at + 1)) })
        );
    }
}

#[test]
fn commands_are_for_this_database() {
    for (kind, url, commands) in [
        (
            Database::Mysql,
            URLS[0].1,
            &[
                "mysql --batch --skip-column-names -h db.corp -P 3307 --user=mi --password users < preflight.sql",
                "cd \"$BUNDLE/migration-scripts/mysql\" && mysql",
            ][..],
        ),
        (
            Database::Postgres,
            URLS[1].1,
            &[
                "PGOPTIONS='-c search_path=mi' psql -X -v ON_ERROR_STOP=1 -h pg.corp -p 5433 -U mi -d users -f migrate.sql",
                "pg_dump -Fc -h pg.corp -p 5433 -U mi -d users -n mi",
            ],
        ),
        (Database::Mssql, URLS[2].1, &["sqlcmd -b -I -S 'ms.corp\\MI' -d users -U mi -i rollback.sql"]),
        (Database::Oracle, URLS[3].1, &["(HOST=ora.corp)(PORT=1522))(CONNECT_DATA=(SID=ORCL)))' @verify.sql"]),
        (Database::Oracle, URLS[4].1, &["sqlplus -L mi@//ora.corp:1522/users @migrate.sql"]),
        (Database::OracleRac, URLS[5].1, &["sqlplus -L mi@//SCAN:1521/SERVICE @migrate.sql", "cluster=n"]),
        (
            Database::Db2,
            URLS[6].1,
            &["db2 CONNECT TO USERS USER mi && db2 SET SCHEMA MI && db2 -s -td@ -f migrate.sql"],
        ),
        (
            Database::H2,
            URLS[7].1,
            &["-url \"jdbc:h2:/srv/users;IFEXISTS=TRUE\" -user mi -password PASSWORD -showResults -script migrate.sql"],
        ),
        (
            Database::H2,
            URLS[8].1,
            &[
                "cp -p \"$OLD_HOME/repository/database/USERS\".*.db \"$NEW_HOME/repository/database/\"",
                "jdbc:h2:$NEW_HOME/repository/database/USERS;IFEXISTS=TRUE",
            ],
        ),
        (
            Database::Mssql,
            "jdbc:sqlserver://ms.corp;databaseName=users;integratedSecurity=true",
            &[
                "sqlcmd -b -I -S ms.corp -d users -E -i migrate.sql",
                "-d master -S ms.corp -E -Q",
                "as a user of Windows",
            ],
        ),
        (
            Database::H2,
            "jdbc:h2:/srv/users;CIPHER=AES",
            &["-url \"jdbc:h2:/srv/users;IFEXISTS=TRUE;CIPHER=AES\" -user mi", "The file is encrypted"],
        ),
        (Database::Mysql, "", &["-h HOST --user=mi --password DATABASE < migrate.sql"]),
    ] {
        let text = rendered(migration(kind, url), false);
        for command in commands {
            assert!(text.contains(command), "{url}: no `{command}` in {text}");
        }
    }
}

#[test]
fn a_schema_that_the_pool_chooses_is_told() {
    let chosen = connection::connection(Database::Oracle, URLS[4].1, Some("mi"));
    let chosen = chosen.after(Database::Oracle, "ALTER SESSION SET CURRENT_SCHEMA = UM");
    let mut step = migration(Database::Oracle, URLS[4].1);
    assert!(!rendered(step.clone(), false).contains("initSQL"));
    if let Step::Jdbc(jdbc) = &mut step {
        *jdbc.connection = chosen;
    }
    let text = rendered(step, false);
    assert!(text.contains("chooses a schema by its `initSQL`") && text.contains("schemas=UM "), "{text}");
}

#[test]
fn the_order_is_the_one_that_keeps_data() {
    let at = |text: &str, title: &str| text.find(title).unwrap_or_else(|| panic!("no {title} in {text}"));
    let text = rendered(migration(Database::Mysql, URLS[0].1), true);
    let titles = [
        "Stop the node",
        "Back up the home",
        "Back up the database",
        "Look at the database",
        "Migrate the database",
        "Check the database",
        "Install the archive",
        "Give the password of the keystore",
        ". Start",
        ". Check\n",
        ". Roll back",
        "## Several nodes",
    ];
    assert!(titles.windows(2).all(|pair| at(&text, pair[0]) < at(&text, pair[1])), "{text}");
    // A file of the home is migrated in the new home, so that the old one stays as it was.
    let text = rendered(migration(Database::H2, URLS[8].1), false);
    assert!(at(&text, "Install the archive") < at(&text, "Take the database along"));
    assert!(at(&text, "Take the database along") < at(&text, "Migrate the database"));
    assert!(!text.contains("rollback.sql") && !text.contains("password-tmp"), "{text}");
    let text = rendered(Step::None("the user store is file-based".into()), false);
    assert!(text.contains("No step: the user store is file-based.") && !text.contains("migration-scripts"), "{text}");
    assert!(text.contains("http://localhost:9201/healthz"), "{text}");
}
