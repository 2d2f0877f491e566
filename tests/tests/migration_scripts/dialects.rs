//! The scripts by their texts: what all have in common, whether their dialects' parsers take them, and whether the
//! statements that the Oracle, SQL Server and DB2 scripts make at run time do in H2's modes what they should.

use crate::store::{OnH2, Store, script, scripts};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use upgrade_tests::database::h2_jar;
use upgrade_tests::database::population::{Kind, Release, schema, users};
use upgrade_tests::{run, skipped};

const DATABASES: [&str; 7] = ["db2", "h2", "mssql", "mysql", "oracle", "oracle-rac", "postgres"];
const NAMES: [&str; 5] = ["drop-user-name-unique", "migrate", "preflight", "rollback", "verify"];

#[test]
fn every_database_has_every_script() {
    for database in DATABASES {
        let found = upgrade_tests::names_in(&scripts().join(database));
        assert_eq!(found, NAMES.map(|name| format!("{name}.sql")), "{database}");
        for name in NAMES {
            let text = script(database, name);
            assert!(text.starts_with("-- "), "{database}/{name}.sql does not say what it is");
            assert!(text.is_ascii() && !text.contains('\r') && text.ends_with('\n'), "{database}/{name}.sql");
            assert!(text.contains(&format!("{name}.sql")), "{database}/{name}.sql does not say how it is run");
            assert!(text.lines().all(|line| line.len() <= 125), "{database}/{name}.sql has long lines");
        }
    }
    for name in NAMES {
        let plain = script("oracle", name);
        assert_eq!(script("oracle-rac", name), plain.replacen("-- Oracle:", "-- Oracle RAC:", 1), "{name}");
    }
}

#[test]
fn the_readme_and_the_backups_name_every_database() {
    let text = |name: &str| std::fs::read_to_string(scripts().join(name)).expect("a document");
    let (readme, backup) = (text("README.md"), text("backup.md"));
    for database in DATABASES {
        assert!(readme.contains(&format!("`{database}`")), "README.md does not name `{database}`");
        assert!(backup.contains(&format!("`{database}`")), "backup.md does not name `{database}`");
    }
    for name in NAMES {
        assert!(readme.contains(&format!("`{name}.sql`")), "README.md does not name `{name}.sql`");
    }
}

/// The parser of dialects: named by a variable, or on the path.
fn sqlfluff() -> Option<PathBuf> {
    let named = std::env::var_os("UPGRADE_SQLFLUFF").map(PathBuf::from).filter(|program| program.is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = named.or_else(|| std::env::split_paths(&path).map(|f| f.join("sqlfluff")).find(|p| p.is_file()));
    if found.is_none() {
        skipped("sqlfluff is not installed, and UPGRADE_SQLFLUFF names none");
    }
    found
}

/// The script as its parser takes it: without what only its client understands. The one for DB2 knows no blocks, so it
/// gets the queries and updates in them.
fn for_parser(database: &str, name: &str) -> String {
    let of_client = ["WHENEVER ", "SET SERVEROUTPUT", "SET DEFINE", "SET FEEDBACK", "EXIT"];
    let text = script(database, name);
    if database == "db2" {
        return statements_in_blocks(&text);
    }
    let lines = text.lines().filter(|line| !of_client.iter().any(|start| line.starts_with(start)));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The queries of DB2 blocks without their variables, and the updates that they make.
fn statements_in_blocks(text: &str) -> String {
    let text = &without_comments(text);
    let mut found = made_statements(text, &|variable| match variable {
        "store" => "UM_USER".to_owned(),
        "unfilled" => "UM_USER_ID IS NULL".to_owned(),
        _ => "KEY_NAME".to_owned(),
    });
    // The parser knows only some of DB2's ALTER TABLE; those run in H2's mode.
    found.retain(|statement| statement.starts_with("UPDATE "));
    for (at, _) in text.match_indices("SELECT ") {
        let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if !text[line..at].trim().is_empty() {
            continue;
        }
        let end = [";\n", "DO\n"].iter().filter_map(|end| text[at..].find(end)).min().expect("an end");
        let query = &text[at..at + end];
        let from = query.find("FROM ").expect("a table");
        let variables = query[..from].find("INTO ").unwrap_or(from);
        found.push(format!("{}{}", &query[..variables], &query[from..]));
    }
    found.join(";\n") + ";\n"
}

/// A script without the lines that are comments, which may hold quotes.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.flat_map(|line| [line.to_owned(), "\n".to_owned()]).collect()
}

#[test]
fn the_blocks_of_db2_are_closed() {
    for name in NAMES {
        let text = script("db2", name);
        let count = |word: &str| text.lines().filter(|line| line.trim_start().starts_with(word)).count();
        let ends = |word: &str| text.lines().filter(|line| line.ends_with(word)).count();
        assert_eq!(count("BEGIN"), count("END@"), "{name}");
        assert_eq!(ends(" THEN"), count("END IF;"), "{name}");
        assert_eq!(count("FOR "), count("END FOR;"), "{name}");
        assert!(count("BEGIN") > 0 && count("END IF;") > 0, "{name}");
    }
}

/// A text without its literals, whose quotes are doubled inside.
fn without_literals(text: &str) -> String {
    text.split('\'').step_by(2).collect::<Vec<_>>().join(" ")
}

/// No parser sees it: SQL Server refuses a whole batch for one variable that is not declared.
#[test]
fn every_variable_of_sql_server_is_declared_before_its_use() {
    for name in NAMES {
        let text = without_literals(&without_comments(&script("mssql", name)));
        assert_eq!(text.matches("\nGO\n").count(), 1, "{name}: variables end with their batch");
        let mut declared = BTreeSet::new();
        for statement in text.split(';') {
            let is_declaration = statement.trim_start().starts_with("DECLARE ");
            let mut rest = statement;
            while let Some((before, after)) = rest.split_once('@') {
                let length = after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
                let variable = &after[..length];
                rest = &after[length..];
                // `@@TRANCOUNT` and the like are the server's.
                if let Some(of_server) = after.strip_prefix('@') {
                    rest = of_server;
                    continue;
                }
                let opens = before.trim_end().ends_with(',') || before.trim_end().ends_with("DECLARE");
                if is_declaration && opens {
                    assert!(declared.insert(variable.to_owned()), "{name}: @{variable} twice");
                }
                // A parameter of a statement has its name before `=`, as the variable has.
                assert!(declared.contains(variable), "{name}: @{variable} is not declared before: {statement}");
            }
        }
        assert!(declared.len() > 10, "{name}: {declared:?}");
    }
}

#[test]
fn the_parsers_of_the_dialects_take_them() {
    let Some(sqlfluff) = sqlfluff() else { return };
    for (database, dialect) in [("oracle", "oracle"), ("mssql", "tsql"), ("db2", "db2")] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(&sqlfluff);
        command.current_dir(folder.path()).args(["parse", "--dialect", dialect]);
        for name in NAMES {
            let file = folder.path().join(format!("{name}.sql"));
            std::fs::write(&file, for_parser(database, name)).expect("a file");
        }
        let ran = run(command.arg("."));
        let wrong: Vec<&str> =
            ran.stdout.lines().filter(|line| line.contains("PRS") || line.contains("unparsable")).collect();
        assert!(ran.code == Some(0) && wrong.is_empty(), "{database}: {wrong:?} {}", ran.stderr);
        // It did read them: a statement of each kind stands in its tree.
        assert!(ran.stdout.to_uppercase().contains("UM_USER_ROLE"), "{database}: {}", ran.stdout);
        // And it would have told.
        let wrong = folder.path().join("wrong.sql");
        std::fs::write(&wrong, "SELECT FROM WHERE;\n").expect("a file");
        let ran = run(Command::new(&sqlfluff).args(["parse", "--dialect", dialect]).arg(&wrong));
        assert_ne!(ran.code, Some(0), "the parser of {dialect} takes anything");
    }
}

/// The SQL that a script puts together of literals and variables: the first literal begins with one of the words; each
/// variable is replaced by what `value` says for its name.
fn made_statements(text: &str, value: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\'') {
        let (literal, after) = literal_at(&rest[at..]);
        rest = after;
        if !["ALTER TABLE ", "UPDATE "].iter().any(|word| literal.starts_with(word)) {
            continue;
        }
        let mut statement = literal;
        loop {
            let next = rest.trim_start();
            let Some(operand) = next.strip_prefix("||").or_else(|| next.strip_prefix('+')) else { break };
            let operand = operand.trim_start();
            let operand = operand.strip_prefix('N').filter(|inner| inner.starts_with('\'')).unwrap_or(operand);
            if operand.starts_with('\'') {
                let (literal, after) = literal_at(operand);
                statement += &literal;
                rest = after;
            } else {
                let end =
                    operand.find(|c: char| !(c.is_alphanumeric() || "_@.()".contains(c))).unwrap_or(operand.len());
                statement += &value(operand[..end].trim_end_matches(')'));
                rest = &operand[end..];
            }
        }
        found.push(statement);
    }
    found
}

/// A literal in quotes at the start, and what follows.
fn literal_at(text: &str) -> (String, &str) {
    let mut literal = String::new();
    let mut rest = &text[1..];
    loop {
        let end = rest.find('\'').expect("a literal's end");
        literal += &rest[..end];
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                literal.push('\'');
                rest = more;
            }
            None => return (literal, rest),
        }
    }
}

/// The statements of a script in the order in which they run on a store of 1.2.0, where H2 has them.
fn for_h2(database: &str, name: &str) -> Vec<String> {
    let code = without_comments(&script(database, name));
    let unfilled = "UM_USER_ID IS NULL OR RTRIM(UM_USER_ID) IN ('', 'N', 'NONE')";
    let value = |variable: &str| match variable {
        "store" | "@store" => "UM_USER".to_owned(),
        "unfilled" | "@unfilled" => unfilled.to_owned(),
        other => format!("<{other}>"),
    };
    // A key's name is found at run time, so what names one is left out. H2 has other words for some; its INSERT takes no
    // length of 0.
    let statements = made_statements(&code, &value).into_iter().filter(|statement| !statement.contains('<'));
    statements
        .map(|statement| statement.replace("HEX(GENERATE_UNIQUE())", "RAWTOHEX(SECURE_RAND(13))"))
        .map(|statement| statement.replace("INSERT(INSERT(INSERT(INSERT(", "REGEXP_REPLACE("))
        .map(|statement| {
            let inserts = ", 21, 0, '-'), 17, 0, '-'), 13, 0, '-'), 9, 0, '-')";
            statement.replace(inserts, ", '(.{8})(.{4})(.{4})(.{4})(.{12})', '$1-$2-$3-$4-$5')")
        })
        .map(|statement| statement.replace("; SET @counted = @@ROWCOUNT", ""))
        .map(|statement| statement.replace("MODIFY (UM_USER_ID DEFAULT NULL)", "ALTER COLUMN UM_USER_ID DROP DEFAULT"))
        .map(|statement| statement.replace("SET UNUSED (UM_USER_ID) CASCADE CONSTRAINTS", "DROP COLUMN UM_USER_ID"))
        .collect()
}

#[test]
fn their_statements_run_in_the_modes_of_h2() {
    let Some(jar) = h2_jar() else { return };
    for (database, mode) in [("oracle", "Oracle"), ("mssql", "MSSQLServer"), ("db2", "DB2")] {
        let mut store = OnH2::empty(&jar);
        store.done(&schema(Kind::H2, Release::Old));
        store.done(&users(Kind::H2, 50));
        let (shape, rows) = (store.shape(), store.rows());
        let migrate = for_h2(database, "migrate");
        assert!(migrate.len() >= 5, "{database}: {migrate:?}");
        assert!(migrate.iter().any(|statement| statement.contains("ADD UNIQUE (UM_USER_ID, UM_TENANT_ID)")));
        // Modes have no AUTO_INCREMENT, so the store is made without one.
        store.options = format!(";MODE={mode}");
        store.done(&(migrate.join(";\n") + ";\n"));
        store.options.clear();
        let ids = store.ids();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 50, "{database}: {ids:?}");
        let is_id = |id: &String| id.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && *id == id.to_lowercase();
        assert!(ids.iter().all(is_id), "{database}: {ids:?}");
        assert_eq!(store.rows(), rows, "{database}");
        // What H2's own script checks holds after theirs.
        store.succeeds("verify", "verify: right");
        let rollback = for_h2(database, "rollback");
        let dropped = rollback.iter().any(|statement| statement.ends_with("DROP COLUMN UM_USER_ID"));
        assert!(dropped, "{database}: {rollback:?}");
        store.succeeds("rollback", "done");
        assert_eq!(store.shape(), shape, "{database}");
    }
}

#[test]
fn made_statements_are_read_right() {
    let text =
        "x := 'no'; EXECUTE 'ALTER TABLE ' || store || ' ADD (C ''D'')'; y = N'UPDATE ' + @store\n  + N' SET A = B';
        z = 'ALTER TABLE ' || store || ' DROP ' || found.NAME || '!';";
    let value = |name: &str| if name.ends_with("store") { "T".to_owned() } else { format!("<{name}>") };
    let expected = ["ALTER TABLE T ADD (C 'D')", "UPDATE T SET A = B", "ALTER TABLE T DROP <found.NAME>!"];
    assert_eq!(made_statements(text, &value), expected);
}
