use super::super::keystores_for_tests::{keeping, new, old, run, run_rules};
use super::*;
use crate::policy::SettingsPolicy;

const FOLDER: &str = "repository/resources/security/";

/// A text, and settings of the result.
type Case = (&'static str, &'static [(&'static str, &'static str)]);

const TRANSLATED: &[Case] = &[
    // Rows 1 and 2: the name is one below the folder, whatever it is made of.
    (
        "[keystore.primary]\nfile_name = 'corp.jks'",
        &[("keystore.primary.file_name", "repository/resources/security/corp.jks")],
    ),
    ("truststore.file_name = 't.jks'", &[("truststore.file_name", "repository/resources/security/t.jks")]),
    (
        "keystore = { primary = { file_name = '$env{STORE}' } }",
        &[("keystore.primary.file_name", "repository/resources/security/$env{STORE}")],
    ),
    (
        "[truststore]\nfile_name = '$sys{store}.jks'",
        &[("truststore.file_name", "repository/resources/security/$sys{store}.jks")],
    ),
    (
        "[truststore]\nfile_name = '../../../pki/t.jks'",
        &[("truststore.file_name", "repository/resources/security/../../../pki/t.jks")],
    ),
    (
        "[truststore]\nfile_name = '$ref{server.hostname}.jks'",
        &[("truststore.file_name", "repository/resources/security/$ref{server.hostname}.jks")],
    ),
    ("[truststore]\nfile_name = 'sub/t.jks'", &[("truststore.file_name", "repository/resources/security/sub/t.jks")]),
    // One store that is another's: it follows.
    (
        "[keystore.primary]\nfile_name = 'a.jks'\n[truststore]\nfile_name = '$ref{keystore.primary.file_name}'",
        &[
            ("keystore.primary.file_name", "repository/resources/security/a.jks"),
            ("truststore.file_name", "$ref{keystore.primary.file_name}"),
        ],
    ),
    (
        "[keystore.primary]\nfile_name = 'a.jks'\n[truststore]\nfile_name = 'trust-$ref{keystore.primary.file_name}'",
        &[("truststore.file_name", "repository/resources/security/trust-a.jks")],
    ),
    // Row 3: the folder before a reference goes; else the name takes the place of the reference.
    (
        "[truststore]\nfile_name = 'corp.jks'\n[x]\na = 'repository/resources/security/$ref{truststore.file_name}'\n\
         b = '${carbon.home}/repository/resources/security/$ref{truststore.file_name}'\n\
         c = '/etc/ssl/$ref{truststore.file_name}'\nd = '$ref{truststore.file_name}'\n\
         e = ['$ref{truststore.file_name}.bak', 'repository/resources/security/$ref{truststore.file_name}', 'z']",
        &[
            ("x.a", "$ref{truststore.file_name}"),
            ("x.b", "${carbon.home}/$ref{truststore.file_name}"),
            ("x.c", "/etc/ssl/corp.jks"),
            ("x.d", "corp.jks"),
            ("x.e", "corp.jks.bak | $ref{truststore.file_name} | z"),
        ],
    ),
    // A location that is the bare name: the old server found nothing there, so 4.0.0's meaning is the one meant.
    (
        "[keystore.primary]\nfile_name = 'a.jks'\n[transport.http.listener.keystore]\nlocation = \
         '$ref{keystore.primary.file_name}'\n[transport.wss.sender]\ntruststore_location = '$ref{truststore.file_name}'",
        &[
            ("transport.http.listener.keystore.location", "$ref{keystore.primary.file_name}"),
            ("transport.wss.sender.truststore_location", "$ref{truststore.file_name}"),
        ],
    ),
    // What the file does not set is the old release's default.
    (
        "[x]\na = '/etc/ssl/$ref{keystore.primary.file_name}'\nb = 'file:repository/resources/security/$ref{truststore.file_name}'\n\
         c = 'file:repository/resources/security/$ref{keystore.primary.file_name}'",
        &[
            ("x.a", "/etc/ssl/wso2carbon.jks"),
            // The user took [truststore] out, so it stays out.
            ("x.b", "file:repository/resources/security/client-truststore.jks"),
            // The merge puts [keystore.primary] in.
            ("x.c", "file:$ref{keystore.primary.file_name}"),
        ],
    ),
    (
        "[keystore.primary]\npassword = 'x'\n[x]\nc = 'file:repository/resources/security/$ref{keystore.primary.file_name}'",
        &[("x.c", "file:repository/resources/security/wso2carbon.jks")],
    ),
    // The name comes from the environment: so does what refers to it.
    (
        "[truststore]\nfile_name = '$env{STORE}'\n[x]\na = '/etc/ssl/$ref{truststore.file_name}'",
        &[("x.a", "/etc/ssl/$env{STORE}")],
    ),
    // Half applied by hand: the folder is doubled.
    (
        "[truststore]\nfile_name = 'repository/resources/security/t.jks'\n[x]\n\
         a = 'repository/resources/security/$ref{truststore.file_name}'",
        &[("truststore.file_name", "repository/resources/security/t.jks"), ("x.a", "$ref{truststore.file_name}")],
    ),
    (
        "[keystore.primary]\nfile_name = 'a.jks'\n[truststore]\nfile_name = \
         'repository/resources/security/$ref{keystore.primary.file_name}'",
        &[("truststore.file_name", "$ref{keystore.primary.file_name}")],
    ),
];

fn text_of(value: &Value) -> String {
    match value {
        Value::Array(values) => values.iter().map(text_of).collect::<Vec<_>>().join(" | "),
        other => other.as_str().unwrap_or("?").to_owned(),
    }
}

#[test]
fn names_become_paths_and_references_keep_their_meaning() {
    for (toml, expected) in TRANSLATED {
        // The rule files as they are, and 1.2.0 as first shipped where there are none.
        for home in [old(), RuleFiles::default()] {
            let run = run(toml, &home, &SettingsPolicy::default());
            for (key, value) in *expected {
                let found = run.ours.get(&crate::effective::key_of(key)).map(text_of);
                assert_eq!(found.as_deref(), Some(*value), "{key}\n{toml}");
            }
        }
    }
}

#[test]
fn what_is_a_path_already_or_no_name_stays() {
    for toml in [
        "[keystore.primary]\nfile_name = 'repository/resources/security/a.jks'",
        "[truststore]\nfile_name = '/etc/pki/t.jks'",
        "[truststore]\nfile_name = 'C:/pki/t.jks'",
        "[truststore]\nfile_name = 'C:\\pki\\t.jks'",
        "[truststore]\nfile_name = '${carbon.home}/t.jks'",
        "[truststore]\nfile_name = '$ref{keystore.primary.file_name}'",
        "[truststore]\nfile_name = ''",
        "[truststore]\nfile_name = 5",
        "[truststore]\nfile_name = ['t.jks']",
        "[[truststore]]\nfile_name = 't.jks'",
        "['keystore.primary']\nfile_name = 'a.jks'",
        // Row 7: explicit locations are paths in both releases.
        "[transport.http.listener.keystore]\nlocation = 'a.jks'",
        "[internal_api_ssl_config.key_store]\nlocation = 'repository/resources/security/a.jks'",
        // References in arrays of tables are none.
        "[truststore]\nfile_name = '/t.jks'\n[[x]]\na = 'repository/resources/security/$ref{truststore.file_name}'",
        "[x]\na = '/etc/ssl/$ref{server.hostname}'",
        "[x]\na = '/etc/ssl/$ref{truststore.file_name'",
    ] {
        let done = run_rules(&[RULE], toml, &old(), &SettingsPolicy::default());
        let untouched = run_rules(&[], toml, &old(), &SettingsPolicy::default());
        assert_eq!(done.ours, untouched.ours, "{toml}");
        assert!(!done.codes().contains(&607), "{toml}");
    }
}

#[test]
fn a_home_that_took_paths_is_left_alone() {
    for (toml, _) in TRANSLATED {
        let done = run_rules(&[RULE], toml, &new(), &SettingsPolicy::default());
        assert_eq!(done.ours, run_rules(&[], toml, &new(), &SettingsPolicy::default()).ours, "{toml}");
        assert_eq!(done.codes(), [] as [u16; 0], "{toml}");
    }
}

#[test]
fn the_shipped_names_are_compared_in_the_words_of_the_new_release() {
    let trust = Key::dotted("truststore.file_name");
    let path = Value::String(format!("{FOLDER}client-truststore.jks"));
    for (toml, home, expected) in [
        ("[truststore]\nfile_name = 'client-truststore.jks'", old(), &path),
        ("[truststore]\nfile_name = 't.jks'", old(), &path),
        ("", old(), &path),
        ("[truststore]\nfile_name = 'repository/resources/security/t.jks'", new(), &path),
        ("", new(), &path),
        // Nobody changed it; it follows the fresh file.
        ("[truststore]\nfile_name = 'client-truststore.jks'", new(), &Value::from("client-truststore.jks")),
    ] {
        let done = run_rules(&[RULE], toml, &home, &SettingsPolicy::default());
        assert_eq!(done.base.get(&trust), Some(expected), "{toml}");
        assert_eq!(done.codes(), if toml.contains("'t.jks'") { vec![607] } else { vec![] }, "{toml}");
    }
}

#[test]
fn what_refers_to_a_shipped_name_follows_it() {
    let toml = "[truststore]\nfile_name = 'client-truststore.jks'\n[a]\n\
                location = 'repository/resources/security/$ref{truststore.file_name}'\n\
                x = 'repository/resources/security/$ref{truststore.file_name}'\nname = '$ref{truststore.file_name}'\n";
    let done = run_rules(&[RULE], toml, &new(), &SettingsPolicy::default());
    for (key, expected) in [
        ("a.location", "$ref{truststore.file_name}"),
        ("a.x", "$ref{truststore.file_name}"),
        ("a.name", "client-truststore.jks"),
    ] {
        assert_eq!(done.ours.get(&Key::dotted(key)), Some(&Value::from(expected)), "{key}");
    }
}

#[test]
fn what_was_translated_is_told_once_with_its_lines() {
    let toml = "[server]\nhostname = 'h'\n\n[truststore]\nfile_name = 't.jks'\n[x]\n\n\
                location = 'repository/resources/security/$ref{truststore.file_name}'\n\
                password = 'hunter2$ref{truststore.file_name}'\n";
    let done = run_rules(&[RULE], toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.codes(), [607]);
    let said = &done.said[0];
    assert_eq!(said.place.as_ref().and_then(|place| place.line), Some(5));
    assert_eq!(
        said.details,
        [
            "line 5: truststore.file_name: \"t.jks\" becomes \"repository/resources/security/t.jks\"",
            "line 8: x.location: \"repository/resources/security/$ref{truststore.file_name}\" becomes \
             \"$ref{truststore.file_name}\"",
            "line 9: x.password: *** becomes ***",
        ]
    );
}

#[test]
fn a_store_where_the_old_server_did_not_look_is_told() {
    for (toml, home, codes) in [
        ("[truststore]\nfile_name = '/etc/pki/t.jks'", old(), vec![621]),
        ("[keystore.primary]\nfile_name = '${carbon.home}/t.jks'", old(), vec![621]),
        ("[keystore.primary]\nfile_name = '/a'\n[truststore]\nfile_name = 'C:\\t.jks'", old(), vec![621, 621]),
        ("[truststore]\nfile_name = '/etc/pki/t.jks'", new(), vec![]),
        ("[truststore]\nfile_name = 'repository/resources/security/t.jks'", old(), vec![]),
    ] {
        assert_eq!(run_rules(&[RULE], toml, &home, &SettingsPolicy::default()).codes(), codes, "{toml}");
    }
}

#[test]
fn a_name_that_a_person_keeps_stays_with_what_refers_to_it() {
    let toml = "[truststore]\nfile_name = 't.jks'\n[x]\na = 'repository/resources/security/$ref{truststore.file_name}'\n\
                b = '/etc/ssl/$ref{truststore.file_name}'";
    let done = run_rules(&[RULE], toml, &old(), &keeping("truststore.file_name"));
    assert_eq!(done.get("truststore.file_name"), Some("t.jks"));
    assert_eq!(done.get("x.a"), Some("repository/resources/security/$ref{truststore.file_name}"));
    assert_eq!(done.get("x.b"), Some("/etc/ssl/$ref{truststore.file_name}"));
    assert_eq!(done.codes(), [] as [u16; 0]);
}

#[test]
fn a_circle_of_names_ends() {
    let toml = "[keystore.primary]\nfile_name = '$ref{truststore.file_name}$ref{truststore.file_name}'\n\
                [truststore]\nfile_name = '$ref{keystore.primary.file_name}$ref{keystore.primary.file_name}'\n\
                [x]\na = '/$ref{truststore.file_name}'";
    assert!(run(toml, &old(), &SettingsPolicy::default()).get("x.a").is_some());
}

#[test]
fn many_references_to_a_long_name_do_not_multiply_it() {
    let long = "n".repeat(64 << 10);
    let many = "$ref{truststore.file_name}".repeat(10_000);
    let toml = format!(
        "[truststore]\nfile_name = '{long}'\n[x]\na = '/{many}'\nb = ['/{many}']\nc = '/$ref{{truststore.file_name}}'"
    );
    let done = run_rules(&[RULE], &toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.get("x.a"), Some(format!("/{many}").as_str()));
    assert_eq!(done.get("x.c"), Some(format!("/{long}").as_str()));
    assert_eq!(done.codes(), [626, 607]);
    assert_eq!(done.said[0].details, ["line 4: x.a", "line 5: x.b"]);
}

#[test]
fn what_many_settings_become_is_told_in_part() {
    let lines =
        (0..300).map(|number| format!("a{number} = '/$ref{{truststore.file_name}}'\n")).collect::<Vec<_>>().concat();
    let toml = format!("[truststore]\nfile_name = 't.jks'\n[x]\n{lines}");
    let done = run_rules(&[RULE], &toml, &old(), &SettingsPolicy::default());
    assert_eq!(done.codes(), [607]);
    assert_eq!(done.said[0].details.len(), crate::settings::told::MOST_LINES + 1);
}

#[test]
fn a_folder_before_a_whole_path_counts() {
    // The old server looked for repository/resources/security//opt/k.jks, and so must the new one.
    for name in ["/opt/k.jks", ""] {
        let toml =
            format!("[keystore.primary]\nfile_name = '{name}'\n[x]\na = '{FOLDER}$ref{{keystore.primary.file_name}}'");
        let done = run_rules(&[RULE], &toml, &old(), &SettingsPolicy::default());
        assert_eq!(done.get("x.a"), Some(format!("{FOLDER}$ref{{keystore.primary.file_name}}").as_str()), "{name}");
    }
}
