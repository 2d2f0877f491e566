use super::super::keystores_for_tests::{assert_hidden, files, following, keeping, new, old, run, run_rules};
use super::*;
use crate::effective::RuleFiles;
use crate::policy::SettingsPolicy;

const PINNED: [&str; 5] = [
    "keystore.internal.file_name = repository/resources/security/wso2carbon.jks",
    "keystore.internal.type = JKS",
    "keystore.internal.password = wso2carbon",
    "keystore.internal.alias = wso2carbon",
    "keystore.internal.key_password = wso2carbon",
];

fn done(toml: &str, home: &RuleFiles<'_>, policy: &SettingsPolicy) -> super::super::keystores_for_tests::Run {
    run_rules(&[super::super::keystore_paths::RULE, RULE], toml, home, policy)
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

fn pinned() -> Vec<String> {
    sorted(PINNED.map(str::to_owned).into())
}

#[test]
fn a_changed_primary_keystore_pins_what_the_old_server_used() {
    for (primary, pins) in [
        ("file_name = 'corp.jks'", true),
        ("type = 'PKCS12'", true),
        ("password = 'hunter2'", true),
        ("password = '$secret{x}'", true),
        ("alias = '$env{ALIAS}'", true),
        ("key_password = '$ref{server.hostname}'", true),
        ("password = 5", true),
        // What is there is what 1.2.0 has anyway.
        ("file_name = 'wso2carbon.jks'", false),
        ("file_name = 'repository/resources/security/wso2carbon.jks'", false),
        ("type = 'JKS'\npassword = 'wso2carbon'", false),
        ("password = '$ref{truststore.password}'", false),
        ("alias = '$ref{keystore.primary.password}'", false),
    ] {
        let toml = format!("[keystore.primary]\n{primary}");
        for home in [old(), RuleFiles::default()] {
            let done = done(&toml, &home, &SettingsPolicy::default());
            assert_eq!(sorted(done.below("keystore.internal")), if pins { pinned() } else { vec![] }, "{toml}");
            assert_eq!(done.codes().contains(&608), pins, "{toml}");
            assert!(!done.codes().contains(&609), "{toml}");
            assert_hidden(&done, &["hunter2"]);
        }
        // A home in which it followed the primary keystore.
        let done = done(&toml, &new(), &SettingsPolicy::default());
        assert_eq!((done.below("keystore.internal"), done.codes()), (vec![], vec![]), "{toml}");
    }
    let untouched = done("[server]\nhostname = 'x'", &old(), &SettingsPolicy::default());
    assert_eq!((untouched.below("keystore"), untouched.codes()), (vec![], vec![]));
}

#[test]
fn an_own_table_that_was_not_read_is_left_out() {
    let internal = "[keystore.internal]\nfile_name = 'int.jks'\npassword = 'hunter2'\nalias = 'wso2carbon'\n";
    for (primary, policy, expected, codes) in [
        // Nothing differs from what 4.0.0 will have: the right part of the table stays.
        ("", SettingsPolicy::default(), vec!["keystore.internal.alias = wso2carbon".to_owned()], vec![609]),
        ("[keystore.primary]\nalias = 'corp'", SettingsPolicy::default(), pinned(), vec![609, 608]),
        (
            "[keystore.primary]\nalias = 'corp'",
            following(),
            vec!["keystore.internal.alias = wso2carbon".to_owned()],
            vec![609, 608],
        ),
    ] {
        let toml = format!("{internal}{primary}");
        let done = done(&toml, &old(), &policy);
        assert_eq!(sorted(done.below("keystore.internal")), expected, "{toml}");
        assert_eq!(done.codes(), codes, "{toml}");
        assert_hidden(&done, &["hunter2"]);
        assert!(done.text(609).contains("line 2: keystore.internal.file_name = \"int.jks\""), "{}", done.text(609));
    }
}

#[test]
fn a_table_that_says_what_holds_anyway_stays() {
    let lines = INTERNAL.map(|(key, _, fresh)| format!("{key} = '{fresh}'\n")).concat();
    for (primary, policy, codes) in [
        ("", SettingsPolicy::default(), vec![]),
        ("keystore.primary.alias = 'corp'", following(), vec![]),
        // The reference would lead to another value than the old server used.
        ("keystore.primary.alias = 'corp'", SettingsPolicy::default(), vec![609, 608]),
    ] {
        let done = done(&format!("{lines}{primary}"), &old(), &policy);
        assert_eq!(done.below("keystore.internal").len(), 5, "{primary}");
        assert_eq!(done.codes(), codes, "{primary}");
        let alias = if codes.is_empty() { "$ref{keystore.primary.alias}" } else { "wso2carbon" };
        assert_eq!(done.get("keystore.internal.alias"), Some(alias));
    }
}

#[test]
fn a_home_that_read_the_table_keeps_it() {
    let toml = "[keystore.internal]\nfile_name = 'repository/resources/security/int.jks'\npassword = 'x'\n\
                [keystore.primary]\nalias = 'corp'";
    let done = done(toml, &new(), &SettingsPolicy::default());
    assert_eq!(done.below("keystore.internal").len(), 2);
    assert_eq!(done.codes(), [] as [u16; 0]);
}

#[test]
fn already_applied_there_is_nothing_to_do() {
    let primary = "[keystore.primary]\nfile_name = 'repository/resources/security/corp.jks'\n";
    let lines = PINNED.map(|line| line.replace(" = ", " = '") + "'\n").concat();
    for home in [old(), new()] {
        let done = done(&format!("{lines}{primary}"), &home, &SettingsPolicy::default());
        assert_eq!(sorted(done.below("keystore.internal")), pinned());
        assert_eq!(done.codes(), [] as [u16; 0]);
    }
}

#[test]
fn half_applied_by_hand_it_is_made_whole() {
    // The name as the old release would say it, and not all of the five.
    let toml = "[keystore.primary]\nfile_name = 'corp.jks'\n[keystore.internal]\nfile_name = 'wso2carbon.jks'\n\
                password = 'wso2carbon'";
    let done = done(toml, &old(), &SettingsPolicy::default());
    assert_eq!(sorted(done.below("keystore.internal")), pinned());
    assert_eq!(done.codes(), [607, 608]);
    assert_eq!(done.text(608).matches("keystore.internal.").count() % 3, 0, "{}", done.text(608));
}

#[test]
fn the_policy_can_let_it_follow() {
    let toml = "[keystore.primary]\nfile_name = 'corp.jks'";
    let done = done(toml, &old(), &following());
    assert_eq!(done.below("keystore.internal"), [] as [String; 0]);
    assert_eq!(done.codes(), [607, 608]);
    assert!(done.text(608).contains("encrypted anew"), "{}", done.text(608));
}

#[test]
fn what_a_person_keeps_comes_into_force() {
    let toml = "[keystore.internal]\nfile_name = 'repository/resources/security/int.jks'";
    let done = done(toml, &old(), &keeping("keystore.internal"));
    assert_eq!(done.below("keystore.internal").len(), 1);
    assert_eq!(done.codes(), [] as [u16; 0]);
}

#[test]
fn what_referred_to_it_keeps_its_value() {
    let toml = "[keystore.internal]\npassword = 'hunter2'\n[x]\na = '$ref{keystore.internal.password}!'\n\
                b = ['$ref{keystore.internal.password}']";
    let done = done(toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.get("x.a"), Some("hunter2!"));
    assert_eq!(done.codes(), [609]);
    assert_hidden(&done, &["hunter2"]);
    assert!(done.text(609).contains("x.a referred to it"), "{}", done.text(609));
}

/// An update on the way: it reads the table, puts the folder before its name, and has defaults of its own.
#[test]
fn what_the_rule_files_say_counts_and_not_the_release() {
    let template = "repository/resources/security/{{keystore.primary.file_name}} \
                    repository/resources/security/{{keystore.internal.file_name}}";
    let defaults = r#"{"keystore.internal.file_name": "own.jks", "keystore.internal.alias": "own"}"#;
    let home = files(defaults, template);
    let toml = "[keystore.internal]\nfile_name = 'int.jks'";
    let done = run(toml, &home, &SettingsPolicy::default());
    assert_eq!(
        sorted(done.below("keystore.internal")),
        ["keystore.internal.alias = own", "keystore.internal.file_name = repository/resources/security/int.jks"]
    );
}

#[test]
fn many_references_to_a_long_value_do_not_multiply_it() {
    let long = "n".repeat(64 << 10);
    let many = "$ref{keystore.internal.file_name}".repeat(10_000);
    let toml = format!("[keystore.internal]\nfile_name = '{long}'\n[x]\na = '{many}'");
    let done = done(&toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.get("x.a"), Some(many.as_str()));
    assert!(done.text(609).contains("x.a referred to it, and is kept as it is"), "it is told");
}

#[test]
fn a_table_that_is_decided_about_in_part_is_not_completed() {
    let toml = "[keystore.internal]\nfile_name = 'repository/resources/security/int.jks'\npassword = 'hunter2'\n\
                [keystore.primary]\nalias = 'corp'";
    let done = done(toml, &old(), &keeping("keystore.internal.file_name"));
    assert_eq!(
        done.below("keystore.internal"),
        ["keystore.internal.file_name = repository/resources/security/int.jks"]
    );
    assert_eq!(done.codes(), [609, 626]);
    assert_eq!(done.text(626).matches("is missing").count() % 4, 0);
    assert!(done.text(626).contains("keystore.internal.password is missing"), "{}", done.text(626));
    assert_hidden(&done, &["hunter2"]);
}

#[test]
fn what_a_person_wants_as_in_the_new_release_is_not_pinned() {
    let mut policy = SettingsPolicy::default();
    policy.decide.insert(Key::dotted("keystore.internal"), crate::choice::Take::Fresh);
    let done = done("[keystore.primary]\nalias = 'corp'", &old(), &policy);
    assert_eq!((done.below("keystore.internal"), done.codes()), (vec![], vec![]));
}
