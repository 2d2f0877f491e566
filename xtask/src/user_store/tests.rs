use super::*;
use crate::diagnostic::Severity;
use crate::document::parse;

const INFER: &[u8] = br#"{"user_store.type": {
    "database": {"user_store.class": "org.wso2.micro.integrator.security.user.core.jdbc.JDBCUserStoreManager"},
    "read_only_ldap": {"user_store.class": "org.wso2.micro.integrator.security.user.core.ldap.ReadOnlyLDAPUserStoreManager"},
    "read_write_ldap": {"user_store.class": "org.wso2.micro.integrator.security.user.core.ldap.ReadWriteLDAPUserStoreManager"}
}}"#;
const DEFAULT: &[u8] =
    br#"{"realm_manager": {"data_source": "WSO2CarbonDB"}, "internal_apis.file_user_store.enable": true}"#;
const SERVER: &str = "[server]\nhostname = \"x\"\n";
const MYSQL: &str =
    "[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"jdbc:mysql://mi:geheim@db:3306/users\"\nusername = \"mi\"\n";

fn assessed(home: &str, result: &str, decided: Option<Database>) -> (Situation, Vec<Diagnostic>) {
    let decided = decided.map(|kind| (StoreIn::Database(kind), ToldBy::Policy));
    assessed_with(home, result, decided)
}

fn assessed_with(home: &str, result: &str, decided: Option<(StoreIn, ToldBy)>) -> (Situation, Vec<Diagnostic>) {
    let parsed = |toml: &str| parse(format!("{SERVER}{toml}").as_bytes()).expect("TOML");
    let (home, result) = (parsed(home), parsed(result));
    let rules = RuleFiles { default: Some(DEFAULT), infer: Some(INFER), ..RuleFiles::default() };
    let (situation, found) = assess(&Given { result: &result, home: Some(&home), rules, decided });
    assert!(!format!("{situation:?}{found:?}").contains("geheim"), "{found:?}");
    (situation, found)
}

fn codes(found: &[Diagnostic]) -> Vec<u16> {
    found.iter().map(|diagnostic| diagnostic.code.0).collect()
}

#[test]
fn each_kind_of_user_store_has_its_step() {
    let jdbc = "class = \"org.wso2.micro.integrator.security.user.core.jdbc.JDBCUserStoreManager\"";
    for (toml, expected, expected_codes) in [
        (String::new(), "none: no user store but", &[][..]),
        ("[user_store]\ntype = \"read_only_ldap\"".to_owned(), "none: no user store but", &[]),
        (
            "[user_store]\ntype = \"read_only_ldap\"\nconnection_url = \"ldap://dir:389\"".to_owned(),
            "ldap: WSO2CarbonDB",
            &[904],
        ),
        (
            "[user_store]\ntype = \"read_write_ldap\"\n[realm_manager]\ndata_source = \"Roles\"\n\
             [internal_apis.file_user_store]\nenable = false"
                .to_owned(),
            "ldap: Roles",
            &[],
        ),
        (
            "[user_store]\nclass = \"org.wso2.micro.integrator.security.user.core.ldap.X\"".to_owned(),
            "ldap: WSO2CarbonDB",
            &[904],
        ),
        (
            "[user_store]\nclass = \"org.wso2.micro.integrator.security.user.core.file.FileBasedX\"".to_owned(),
            "none: the user store is file",
            &[],
        ),
        (format!("[user_store]\ntype = \"database\"\n{MYSQL}"), "jdbc: WSO2CarbonDB mysql", &[603, 904]),
        (format!("[user_store]\n{jdbc}\n{MYSQL}"), "jdbc: WSO2CarbonDB mysql", &[603, 904]),
        (
            format!(
                "[user_store]\n{jdbc}\n[realm_manager]\ndata_source = \"Users\"\n{MYSQL}[[datasource]]\nid = \"Users\"\n\
                 url = \"jdbc:h2:./repository/database/U\"\ndriver = \"org.h2.Driver\"\n"
            ),
            "jdbc: Users h2",
            &[603, 904],
        ),
        ("[user_store]\ntype = \"database\"".to_owned(), "jdbc: WSO2CarbonDB ?", &[901, 904]),
        (
            format!("[user_store]\nclass = \"com.example.CorpJDBCUserStoreManager\"\n{MYSQL}"),
            "jdbc: WSO2CarbonDB mysql",
            &[603, 905, 904],
        ),
        (
            format!("[user_store]\nclass = \"com.example.CorpUsers\"\n{MYSQL}"),
            "none: the user store has a class",
            &[901, 905, 904],
        ),
    ] {
        let (situation, found) = assessed(&toml, &toml, None);
        let step = match &situation.step {
            Step::None(reason) => format!("none: {reason}"),
            Step::Ldap(source) => format!("ldap: {source}"),
            Step::Jdbc(jdbc) => format!("jdbc: {} {}", jdbc.source, jdbc.database.map_or("?", Database::name)),
        };
        assert!(step.starts_with(expected), "{toml}: {step}");
        assert_eq!(codes(&found), expected_codes, "{toml}: {found:?}");
    }
}

/// Which database, in which data source, and who says so.
fn told(toml: &str, default: &[u8]) -> (String, Option<Database>, Option<ToldBy>, Option<String>) {
    let document = parse(format!("{SERVER}{toml}").as_bytes()).expect("TOML");
    let rules = RuleFiles { default: Some(default), infer: Some(INFER), ..RuleFiles::default() };
    let given = Given { result: &document, home: None, rules, decided: None };
    match assess(&given).0.step {
        Step::Jdbc(Jdbc { source, database, told_by, connection }) => (source, database, told_by, connection.host),
        step => panic!("{toml}: {step:?}"),
    }
}

#[test]
fn the_data_source_is_the_one_that_the_server_finds() {
    let (mysql, url) = (Some(Database::Mysql), Some(ToldBy::Url));
    let (here, carbon) = (|name: &str| Some(name.to_owned()), "WSO2CarbonDB".to_owned());
    let store = "[user_store]\ntype = \"database\"\n";
    for (toml, expected) in [
        // References are resolved in tables, and not in arrays of tables.
        (
            "[own]\nurl = \"jdbc:mysql://own/users\"\n[datasource.users]\nid = \"WSO2CarbonDB\"\nurl = \"$ref{own.url}\"",
            (carbon.clone(), mysql, url, here("own")),
        ),
        (
            "[own]\nurl = \"jdbc:mysql://own/users\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"$ref{own.url}\"",
            (carbon.clone(), None, None, None),
        ),
        (
            "[own]\nurl = \"x\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"$ref{own.url}\"\n\
             driver = \"org.h2.Driver\"",
            (carbon.clone(), Some(Database::H2), Some(ToldBy::Driver), None),
        ),
        // What the store has of its own counts more than what the realm has.
        (
            "properties.dataSource = \"jdbc/Users\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"jdbc:h2:./x\"\n\
             [[datasource]]\nid = \"Users\"\nurl = \"jdbc:mysql://users/users\"",
            ("Users".to_owned(), mysql, url, here("users")),
        ),
        (
            "properties.driverName = \"com.mysql.jdbc.Driver\"\nproperties.url = \"jdbc:mysql://alone/users\"\n\
             [[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"jdbc:h2:./x\"",
            ("user_store.properties".to_owned(), mysql, url, here("alone")),
        ),
        (
            "properties.url = \"jdbc:mysql://alone/users\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\n\
             url = \"jdbc:mysql://realm/users\"",
            (carbon.clone(), mysql, url, here("realm")),
        ),
    ] {
        assert_eq!(told(&format!("{store}{toml}\n"), DEFAULT), expected, "{toml}");
    }
    // Two with one id.
    let two = format!("{store}{MYSQL}[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"jdbc:h2:./x\"\n");
    assert_eq!(told(&two, DEFAULT).1, None);
    assert_eq!(told(&format!("{store}{MYSQL}{MYSQL}"), DEFAULT).1, mysql);
    // A data source that the rule files bring.
    let default = br#"{"datasource": [{"id": "WSO2CarbonDB", "url": "jdbc:mysql://shipped/users"}]}"#;
    assert_eq!(told(store, default), (carbon, mysql, url, here("shipped")));
}

#[test]
fn a_schema_that_the_pool_chooses_is_known() {
    let chosen = "ALTER SESSION SET CURRENT_SCHEMA = UM /* geheim */";
    for table in [
        "[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"URL\"\npool_options.initSQL = \"CHOSEN\"",
        "[datasource.users]\nid = \"WSO2CarbonDB\"\nurl = \"URL\"\n[datasource.users.pool_options]\ninitSQL = \"CHOSEN\"",
    ] {
        for (statement, expected) in [("ALTER SESSION SET CURRENT_SCHEMA = UM", "UM"), (chosen, "SCHEMA")] {
            let table = table.replace("URL", "jdbc:oracle:thin:@//db:1521/x").replace("CHOSEN", statement);
            let toml = format!("[user_store]\ntype = \"database\"\n{table}\n");
            let (situation, _) = assessed(&toml, &toml, None);
            let Step::Jdbc(jdbc) = situation.step else { panic!("{toml}") };
            assert_eq!(jdbc.connection.schema.as_deref(), Some(expected), "{toml}");
        }
    }
}

#[test]
fn a_decision_ends_the_doubt() {
    let toml = "[user_store]\ntype = \"database\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\n\
                url = \"jdbc:oracle:thin:mi/geheim@//rac-scan:1521/users\"\n";
    let (situation, found) = assessed(toml, toml, None);
    assert_eq!((situation.database(), found[0].severity), (None, Severity::Conflict));
    assert_eq!(
        found[0].choices,
        [Database::Oracle, Database::OracleRac].map(|kind| Choice::UserStore(StoreIn::Database(kind)))
    );
    assert_eq!(found[0].place.as_ref().and_then(|place| place.line), Some(7));
    let (situation, found) = assessed(toml, toml, Some(Database::OracleRac));
    assert_eq!((situation.database(), codes(&found)), (Some(Database::OracleRac), vec![603, 904]));
    let (situation, found) = assessed(toml, toml, Some(Database::Mysql));
    assert_eq!((situation.database(), codes(&found)), (Some(Database::Mysql), vec![603, 904]));
    let plain = format!("[user_store]\ntype = \"database\"\n{MYSQL}");
    let (situation, found) = assessed(&plain, &plain, Some(Database::Postgres));
    assert_eq!((situation.database(), codes(&found)), (Some(Database::Postgres), vec![907, 603, 904]));
    let own = format!("[user_store]\nclass = \"com.example.CorpUsers\"\n{MYSQL}");
    let (situation, found) = assessed(&own, &own, Some(Database::Mysql));
    assert_eq!((situation.database(), codes(&found)), (Some(Database::Mysql), vec![603, 905, 904]));
}

/// Whatever its name looks like, nobody but a person knows where a class of one's own has its users.
#[test]
fn a_class_of_ones_own_is_decided_by_a_person() {
    let none = Some((StoreIn::NoDatabase, ToldBy::Argument));
    for class in ["com.example.CorpUsers", "com.example.Corp\\u001b[31mUsers"] {
        let own = format!("[user_store]\nclass = \"{class}\"\n{MYSQL}");
        let (situation, found) = assessed_with(&own, &own, None);
        assert!(matches!(&situation.step, Step::None(why) if why.contains("nobody has decided yet")));
        assert_eq!((codes(&found), found[0].severity), (vec![901, 905, 904], Severity::Conflict));
        let offered: Vec<String> = found[0].choices.iter().map(Choice::line).collect();
        let expected = StoreIn::NAMES.map(|name| format!("user_store.database = \"{name}\""));
        assert_eq!(offered, expected);
        assert_eq!(found[0].place.as_ref().and_then(|place| place.line), Some(4));
        let (situation, found) = assessed_with(&own, &own, none);
        assert!(situation.is_decided_away());
        assert_eq!(codes(&found), [905, 904]);
    }
    // The product's own class leaves no doubt, and the decision counts all the same.
    let plain = format!("[user_store]\ntype = \"database\"\n{MYSQL}");
    let (situation, found) = assessed_with(&plain, &plain, none);
    assert!(situation.is_decided_away() && situation.database().is_none());
    assert_eq!(codes(&found), [907, 904]);
    // Where there is no store in a database, there is nothing to decide away.
    assert!(!assessed_with("", "", none).0.is_decided_away());
    // One that is gone with the server has no file to migrate.
    let memory = "[user_store]\ntype = \"database\"\n[[datasource]]\nid = \"WSO2CarbonDB\"\nurl = \"jdbc:h2:mem:x\"\n";
    let (_, found) = assessed_with(memory, memory, None);
    assert!(found[0].message.contains("only in the memory"), "{found:?}");
    assert_eq!(found[0].choices.last(), Some(&Choice::UserStore(StoreIn::NoDatabase)));
}

#[test]
fn users_that_are_elsewhere_are_told() {
    let (none, here) = (String::new(), format!("[user_store]\ntype = \"database\"\n{MYSQL}"));
    let there = here.replace("@db:", "@other:");
    for (home, result, expected) in [
        (&here, &here, false),
        (&here, &there, true),
        (&here, &none, true),
        (&none, &here, true),
        (&none, &none, false),
    ] {
        let (_, found) = assessed(home, result, None);
        assert_eq!(codes(&found).contains(&906), expected, "{home} {result}");
    }
}

#[test]
fn statements_of_the_users_own_are_told() {
    let toml = format!(
        "[user_store]\ntype = \"database\"\n[user_store.properties]\n\
         AddUserSQL = \"INSERT INTO UM_USER (UM_USER_NAME) VALUES (?)\"\n\
         SelectUserSQL = \"SELECT  *  FROM UM_USER WHERE UM_USER_NAME=?\"\nGetRoleListSQL = \"SELECT * FROM UM_ROLE\"\n{MYSQL}"
    );
    let (_, found) = assessed(&toml, &toml, None);
    let told = found.iter().find(|diagnostic| diagnostic.code == Code(903)).expect("a finding");
    assert_eq!(told.details.len(), 2, "{told:?}");
    assert!(told.details[0].contains("AddUserWithIdSql") && told.details[1].contains("last column"), "{told:?}");
    assert!(!codes(&assessed("", &toml.replace("\"database\"", "\"read_write_ldap\""), None).1).contains(&903));
}

#[test]
fn secrets_and_ports_are_known() {
    for (toml, has_secrets, offset) in [
        ("", false, Some(10)),
        ("[secrets]\nx = \"[y]\"", true, Some(10)),
        ("[secrets]", false, Some(10)),
        ("server.offset = 3", false, Some(3)),
        ("server.offset = \"12\"", false, Some(12)),
        ("server.offset = \"$env{OFFSET}\"", false, None),
    ] {
        let toml = toml.replace("server.", "");
        let (situation, _) = assessed(&toml, &toml, None);
        assert_eq!((situation.has_secrets, situation.port_offset), (has_secrets, offset), "{toml}");
    }
}
