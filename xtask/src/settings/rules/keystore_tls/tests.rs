use super::super::keystores_for_tests::{assert_hidden, keeping, new, old, run, run_rules};
use super::*;
use crate::policy::SettingsPolicy;

const STOCK: &str = "[keystore.tls]\nfile_name = 'wso2carbon.jks'\npassword = 'wso2carbon'\nalias = 'wso2carbon'\n\
                     key_password = 'wso2carbon'\n";

#[test]
fn as_shipped_it_gives_its_place_to_the_new_table() {
    for home in [old(), new()] {
        for toml in [
            STOCK,
            "[keystore.tls]\nfile_name = 'wso2carbon.jks'",
            "[keystore.tls]\nfile_name = 'repository/resources/security/wso2carbon.jks'\ntype = 'JKS'",
        ] {
            let done = run_rules(&[RULE], toml, &home, &SettingsPolicy::default());
            assert_eq!(done.renames, ["keystore.tls keystore.primary"], "{toml}");
            assert_eq!(done.below("keystore"), [] as [String; 0], "{toml}");
            assert!(!done.base.keys().any(|key| key.starts_with(&Key::dotted("keystore"))), "{toml}");
            assert_eq!(done.codes(), [] as [u16; 0], "{toml}");
        }
    }
}

#[test]
fn a_leftover_beside_the_primary_keystore_goes_without_a_word() {
    for primary in
        ["[keystore.primary]\nfile_name = 'repository/resources/security/a.jks'", "[keystore.primary]\ntype = 'JKS'"]
    {
        let done = run_rules(&[RULE], &format!("{STOCK}{primary}"), &old(), &SettingsPolicy::default());
        assert_eq!(done.renames, [] as [String; 0]);
        assert_eq!(done.below("keystore.tls"), [] as [String; 0]);
        assert_eq!(done.below("keystore.primary").len(), 1);
        assert_eq!(done.codes(), [] as [u16; 0]);
    }
}

#[test]
fn without_the_table_only_the_base_loses_it() {
    for toml in ["", "[keystore.primary]\nfile_name = 'repository/resources/security/a.jks'", "['keystore.tls']\na = 1"]
    {
        let done = run_rules(&[RULE], toml, &old(), &SettingsPolicy::default());
        assert_eq!(done.ours, run_rules(&[], toml, &old(), &SettingsPolicy::default()).ours);
        assert!(!done.base.keys().any(|key| key.starts_with(&Key::dotted(TABLE))));
        assert_eq!((done.codes(), done.renames), (vec![], vec![]));
    }
}

#[test]
fn customised_it_is_left_out_with_what_it_takes_to_put_it_in_force() {
    let toml = "[keystore.tls]\nfile_name = 'corp.jks'\npassword = 'hunter2'\nalias = 'corp'\n\
                key_password = '$secret{key}'\n[secrets]\nkey = 'c1ph3r'";
    for home in [old(), new()] {
        let done = run(toml, &home, &SettingsPolicy::default());
        assert_eq!(done.below("keystore"), [] as [String; 0]);
        assert_eq!((done.codes(), done.renames.len()), (vec![606], 0));
        assert_hidden(&done, &["hunter2", "c1ph3r"]);
        assert_eq!(
            done.said[0].details,
            [
                "line 2: keystore.tls.file_name = \"corp.jks\"",
                "line 3: keystore.tls.password = ***",
                "line 4: keystore.tls.alias = \"corp\"",
                "line 5: keystore.tls.key_password = \"$secret{key}\"",
                "to put it in force, write:",
                "  [keystore.primary]",
                "  file_name = \"repository/resources/security/corp.jks\"",
                "  password = the value of line 3",
                "  alias = \"corp\"",
                "  key_password = \"$secret{key}\"",
            ]
        );
        assert_eq!(done.said[0].place.as_ref().and_then(|place| place.line), Some(2));
    }
}

#[test]
fn half_applied_by_hand_the_primary_keystore_counts() {
    for primary in ["corp.jks", "repository/resources/security/corp.jks"] {
        let toml = format!("[keystore.tls]\nfile_name = 'corp.jks'\n[keystore.primary]\nfile_name = '{primary}'");
        let done = run(&toml, &old(), &SettingsPolicy::default());
        assert_eq!(
            done.below("keystore.primary"),
            ["keystore.primary.file_name = repository/resources/security/corp.jks"]
        );
        assert_eq!(done.below("keystore.tls"), [] as [String; 0]);
        assert!(done.text(606).contains("as before") && !done.text(606).contains("to put it in force"));
    }
}

#[test]
fn what_another_setting_refers_to_stays() {
    let toml = "[keystore.tls]\nfile_name = 'corp.jks'\npassword = 'wso2carbon'\n\
                [x]\npassword = '$ref{keystore.tls.password}'";
    let done = run_rules(&[RULE], toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.below("keystore.tls"), ["keystore.tls.password = wso2carbon"]);
    assert!(done.text(606).contains("keystore.tls.password stays"));
    // As shipped, the rest goes and the table keeps its name.
    let toml = format!("{STOCK}[x]\npassword = '$ref{{keystore.tls.password}}'");
    let done = run_rules(&[RULE], &toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.below("keystore.tls"), ["keystore.tls.password = wso2carbon"]);
    assert_eq!((done.codes(), done.renames), (vec![], vec![]));
}

#[test]
fn what_a_person_keeps_stays() {
    let toml = "[keystore.tls]\nfile_name = 'corp.jks'\npassword = 'x'";
    let done = run_rules(&[RULE], toml, &old(), &keeping("keystore.tls"));
    assert_eq!(done.below("keystore.tls").len(), 2);
    assert_eq!((done.codes(), done.renames), (vec![], vec![]));
}
