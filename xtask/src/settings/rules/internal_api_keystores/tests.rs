use super::super::keystores_for_tests::{assert_hidden, files, following, new, old, run};
use crate::document::Key;
use crate::policy::SettingsPolicy;

const KEY_STORE: [&str; 4] = ["key_password", "location", "password", "type"];

fn pinned(toml: &str, home: &crate::effective::RuleFiles<'_>, policy: &SettingsPolicy) -> Vec<String> {
    let done = run(toml, home, policy);
    let mut pinned = done.below("internal_api_ssl_config");
    pinned.sort();
    pinned
}

fn key(name: &str, value: &str) -> String {
    format!("internal_api_ssl_config.{name} = {value}")
}

#[test]
fn what_would_follow_a_changed_store_is_pinned_field_by_field() {
    for (toml, expected) in [
        ("[server]\nhostname = 'x'", vec![]),
        ("[keystore.primary]\npassword = 'wso2carbon'\n[truststore]\nalias = 'other'", vec![]),
        (
            "[keystore.primary]\nfile_name = 'a.jks'",
            vec![key("key_store.location", "repository/resources/security/wso2carbon.jks")],
        ),
        ("[keystore.primary]\ntype = 'PKCS12'", vec![key("key_store.type", "JKS")]),
        (
            "[keystore.primary]\npassword = '$secret{a}'\nkey_password = '$env{B}'\n[secrets]\na = 'c1ph3r'",
            vec![key("key_store.key_password", "wso2carbon"), key("key_store.password", "wso2carbon")],
        ),
        // The alias is not used there.
        ("[keystore.primary]\nalias = 'corp'", vec![]),
        (
            "[truststore]\nfile_name = 't.p12'\ntype = 'PKCS12'\npassword = 'tp'",
            vec![
                key("trust_store.location", "repository/resources/security/client-truststore.jks"),
                key("trust_store.password", "wso2carbon"),
                key("trust_store.type", "JKS"),
            ],
        ),
        // What the user set stays, and the rest is pinned.
        (
            "[keystore.primary]\nfile_name = 'a.jks'\npassword = 'p'\n[internal_api_ssl_config.key_store]\n\
             location = 'repository/resources/security/api.jks'",
            vec![
                key("key_store.location", "repository/resources/security/api.jks"),
                key("key_store.password", "wso2carbon"),
            ],
        ),
        (
            "internal_api_ssl_config = { key_store = { password = 'q' } }\n[keystore.primary]\npassword = 'p'",
            vec![key("key_store.password", "q")],
        ),
        // Already applied.
        (
            "[keystore.primary]\ntype = 'PKCS12'\n[internal_api_ssl_config]\nkey_store.type = 'JKS'",
            vec![key("key_store.type", "JKS")],
        ),
    ] {
        for home in [old(), crate::effective::RuleFiles::default()] {
            assert_eq!(pinned(toml, &home, &SettingsPolicy::default()), expected, "{toml}");
        }
        // A home in which they followed before.
        let own: Vec<String> = expected.iter().filter(|line| toml.contains(value_of(line))).cloned().collect();
        let set = if toml.contains("internal_api") { own } else { vec![] };
        assert_eq!(pinned(toml, &new(), &SettingsPolicy::default()).len(), set.len().min(1), "{toml}");
    }
}

fn value_of(line: &str) -> &str {
    line.rsplit(" = ").next().unwrap_or_default()
}

#[test]
fn all_is_told_once() {
    let toml =
        "[keystore.primary]\nfile_name = 'a.jks'\npassword = 'hunter2'\nkey_password = 'hunter2'\ntype = 'PKCS12'";
    let done = run(toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.codes(), [607, 608]);
    assert_hidden(&done, &["hunter2"]);
    let details = &done.said[1].details;
    assert_eq!(details.iter().filter(|line| line.starts_with("keystore.internal.")).count(), 5, "{details:?}");
    for name in KEY_STORE {
        assert!(details.iter().any(|line| line.starts_with(&format!("internal_api_ssl_config.key_store.{name}"))));
    }
    assert_eq!(done.said[1].place.as_ref().and_then(|place| place.line), Some(2));
}

#[test]
fn the_policy_can_let_them_follow() {
    let toml = "[truststore]\nfile_name = 't.jks'";
    assert_eq!(pinned(toml, &old(), &following()), [] as [String; 0]);
    let done = run(toml, &old(), &following());
    assert_eq!(done.codes(), [607, 608]);
    assert!(done.text(608).contains("internal_api_ssl_config.trust_store.location follows"));
    // Secrets are not encrypted with a truststore.
    assert!(!done.text(608).contains("anew with"));
}

#[test]
fn the_defaults_of_the_home_count() {
    let home = files(
        r#"{"internal_api_ssl_config.key_store.password": "own", "internal_api_ssl_config.key_store.type": "$ref{keystore.primary.type}"}"#,
        "repository/resources/security/{{keystore.primary.file_name}}",
    );
    let toml = "[keystore.primary]\ntype = 'PKCS12'";
    assert_eq!(pinned(toml, &home, &SettingsPolicy::default()), [key("key_store.password", "own")]);
}

#[test]
fn what_a_person_wants_as_in_the_new_release_is_not_pinned() {
    let mut policy = SettingsPolicy::default();
    policy.decide.insert(Key::dotted("internal_api_ssl_config"), crate::choice::Take::Fresh);
    let done = run("[keystore.primary]\npassword = 'x'", &old(), &policy);
    assert_eq!(done.below("internal_api_ssl_config"), [] as [String; 0]);
    assert!(!done.text(608).contains("internal_api_ssl_config"), "{}", done.text(608));
}
