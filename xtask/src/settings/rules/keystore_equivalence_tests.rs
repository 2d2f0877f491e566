//! The proof of the rules about keystores: what the old server used of an old file, the new one uses of the merged one.
//!
//! In: files with custom keystores, truststores, internal keystores, references and secrets, and homes of each meaning.
//! Out: nothing; the effective settings of both sides are compared. Always: without larger inputs on small rule files,
//! with them on those of the releases.

use super::keystores_for_tests::{THEIRS, following, new, old};
use crate::diagnostic::Severity;
use crate::document::{Value, parse};
use crate::effective::{self, Environment, RuleFiles};
use crate::policy::SettingsPolicy;
use crate::settings::meaning::{INTERNAL, Meaning, SECURITY};
use crate::settings::{Home, Inputs, Merged, merge};
use crate::tests::{Release, folder};
use std::collections::BTreeMap;

const SERVER: &str = "[server]\nhostname = 'h'\n";

/// Files for a home of either meaning; `NAME(x)` is a file in the security folder, in the words of the home.
const CASES: &[&str] = &[
    "",
    // Primary and truststore: one setting, or all.
    "[keystore.primary]\nfile_name = 'NAME(corp.jks)'\n",
    "[keystore.primary]\nfile_name = 'NAME(corp.p12)'\ntype = 'PKCS12'\npassword = 'pp'\nalias = 'aa'\nkey_password = 'kk'\n\
     [truststore]\nfile_name = 'NAME(t.p12)'\ntype = 'PKCS12'\npassword = 'tp'\n",
    "[keystore.primary]\npassword = 'pp'\n",
    "[keystore.primary]\ntype = 'PKCS12'\nkey_password = 'kk'\n",
    "[truststore]\nfile_name = 'NAME(t.jks)'\n",
    "[truststore]\npassword = 'tp'\ntype = 'BKS'\n",
    // As shipped, and customised where nothing reads it.
    "[keystore.tls]\nfile_name = 'wso2carbon.jks'\npassword = 'wso2carbon'\nalias = 'wso2carbon'\n\
     key_password = 'wso2carbon'\n[truststore]\nfile_name = 'NAME(client-truststore.jks)'\npassword = 'wso2carbon'\n",
    "[keystore.tls]\nfile_name = 'tls.jks'\npassword = 'tlspw'\n",
    "[keystore.tls]\nfile_name = 'tls.jks'\n[keystore.primary]\nfile_name = 'NAME(corp.jks)'\nalias = 'corp'\n",
    "[keystore]\ntls.file_name = 'tls.jks'\nprimary.file_name = 'NAME(corp.jks)'\n",
    // The internal keystore.
    "[keystore.internal]\nfile_name = 'NAME(int.jks)'\npassword = 'ip'\nalias = 'ia'\n",
    "[keystore.internal]\nfile_name = 'NAME(int.jks)'\npassword = 'ip'\n\
     [keystore.primary]\nfile_name = 'NAME(corp.jks)'\npassword = 'pp'\n",
    "[keystore.internal]\nfile_name = '$ref{keystore.primary.file_name}'\ntype = '$ref{keystore.primary.type}'\n\
     password = '$ref{keystore.primary.password}'\nalias = '$ref{keystore.primary.alias}'\n\
     key_password = '$ref{keystore.primary.key_password}'\n[keystore.primary]\npassword = 'pp'\n",
    // The internal APIs, set in part.
    "[keystore.primary]\nfile_name = 'NAME(corp.jks)'\npassword = 'pp'\n[internal_api_ssl_config.key_store]\n\
     location = 'repository/resources/security/api.jks'\n[truststore]\nfile_name = 'NAME(t.jks)'\n\
     [internal_api_ssl_config.trust_store]\npassword = '$ref{truststore.password}'\n",
    // References, from either side of the folder.
    "[keystore.primary]\nfile_name = 'NAME(corp.jks)'\n[truststore]\nfile_name = '$ref{keystore.primary.file_name}'\n\
     password = '$ref{keystore.primary.password}'\n",
    "[truststore]\nfile_name = 'NAME(t.jks)'\n[keystore.primary]\nfile_name = 'NAME(corp.jks)'\n[x_store]\n\
     a = 'FOLDER$ref{truststore.file_name}'\nb = '${carbon.home}/FOLDER$ref{keystore.primary.file_name}'\n\
     c = '/etc/ssl/$ref{truststore.file_name}'\nd = ['FOLDER$ref{truststore.file_name}', 'n-$ref{truststore.file_name}']\n\
     e = 'FOLDER$ref{truststore.file_name};FOLDER$ref{keystore.primary.file_name}'\n\
     [transport.http]\nlistener.keystore.location = 'FOLDER$ref{keystore.primary.file_name}'\n",
    "[x_store]\na = 'FOLDER$ref{truststore.file_name}'\nb = 'file:FOLDER$ref{keystore.primary.file_name}'\n\
     c = '/etc/ssl/$ref{truststore.file_name}'\n",
    "[keystore.primary]\npassword = 'pp'\n[x_store]\nb = 'file:FOLDER$ref{keystore.primary.file_name}'\n",
    "[[x]]\nstore = 'FOLDER$ref{truststore.file_name}'\n[truststore]\nfile_name = 'NAME(t.jks)'\n",
    // Locations that are paths in both.
    "[transport.http]\nlistener.keystore.location = 'repository/resources/security/https.jks'\n\
     sender.truststore.location = '/etc/ssl/t.jks'\n[transport.vfs.listener]\nkeystore.location = 'conf/v.jks'\n",
    // The environment and the secret vault.
    "[keystore.primary]\nfile_name = 'NAME($env{STORE})'\npassword = '$secret{ks}'\nalias = '$sys{alias}'\n\
     [truststore]\nfile_name = 'NAME(../../../pki/t.jks)'\npassword = '$secret{ts}'\n[secrets]\nks = 'c1'\nts = 'c2'\n",
];

fn environment() -> Environment {
    Environment::default()
}

/// What a server uses of a file, as far as keystores go: with every file name as a path below the home.
fn used(toml: &[u8], rules: &RuleFiles<'_>) -> BTreeMap<String, String> {
    let document = parse(toml).unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(toml)));
    let context = effective::context(&document, rules, &environment())
        .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(toml)));
    let meaning = Meaning::of(rules);
    let mut used = BTreeMap::new();
    for (key, value) in &context.flat {
        let counts =
            ["keystore", "truststore", "key_store", "trust_store", "x_store"].iter().any(|part| key.contains(part));
        if !counts && key != "x" || key.starts_with("keystore.tls.") {
            continue;
        }
        let shown = match value {
            Value::String(text) if meaning.names.iter().any(|name| name == key) => format!("{SECURITY}{text}"),
            Value::String(text) => text.clone(),
            other => format!("{other:?}"),
        };
        used.insert(key.clone(), shown);
    }
    if !meaning.reads_internal {
        used.extend(INTERNAL.map(|(key, old, _)| (key.to_owned(), old.to_owned())));
    }
    used
}

fn merged(toml: &str, home: &RuleFiles<'_>, theirs: &str, fresh: &RuleFiles<'_>, policy: &SettingsPolicy) -> Merged {
    merge(&Inputs {
        ours: toml.as_bytes(),
        home: Home { rules: home.clone(), ..Home::default() },
        theirs: theirs.as_bytes(),
        fresh: fresh.clone(),
        policy: policy.clone(),
        ..Inputs::default()
    })
}

fn text(merged: &Merged) -> &[u8] {
    let stops: Vec<_> = merged.diagnostics.iter().filter(|said| said.severity >= Severity::Conflict).collect();
    assert!(stops.is_empty(), "{stops:?}");
    merged.text.as_deref().expect("a text")
}

/// The cases in the words of a home.
fn cases(home: &RuleFiles<'_>) -> Vec<String> {
    let (name, folder) = if Meaning::of(home).names.is_empty() { (SECURITY, "") } else { ("", SECURITY) };
    let worded = |case: &&str| {
        let mut text = String::new();
        let mut rest = *case;
        while let Some((before, after)) = rest.split_once("NAME(") {
            let (inside, after) = after.split_once(')').expect("a bracket");
            text.extend([before, name, inside]);
            rest = after;
        }
        format!("{SERVER}{text}{rest}").replace("FOLDER", folder)
    };
    CASES.iter().map(worded).collect()
}

fn assert_same(toml: &str, home: &RuleFiles<'_>, theirs: &str, fresh: &RuleFiles<'_>) {
    let before = used(toml.as_bytes(), home);
    let once = merged(toml, home, theirs, fresh, &SettingsPolicy::default());
    let new = String::from_utf8(text(&once).to_vec()).expect("UTF-8");
    let mut after = used(new.as_bytes(), fresh);
    // Row 10: 1.2.0 infers a bare name there, which it does not find.
    let inferred = "transport.wss.sender.truststore_location";
    if let (Some(before), Some(after)) = (before.get(inferred), after.get_mut(inferred)) {
        *after = after.strip_prefix(SECURITY).filter(|name| name == before).unwrap_or(after).to_owned();
    }
    assert_eq!(after, before, "{toml}\nbecame\n{new}");
    // The result is its own result, whatever the home is taken for.
    for rules in [home, fresh] {
        let again = merged(&new, rules, theirs, fresh, &SettingsPolicy::default());
        assert_eq!(String::from_utf8_lossy(text(&again)), new, "merged again\n{toml}");
        let warned: Vec<u16> = again.diagnostics.iter().map(|said| said.code.0).collect();
        assert!(!warned.iter().any(|code| (606..=609).contains(code)), "{warned:?}\n{new}");
    }
}

#[test]
fn the_new_server_uses_what_the_old_one_used() {
    for home in [old(), new()] {
        for toml in cases(&home) {
            assert_same(&toml, &home, THEIRS, &new());
        }
    }
}

#[test]
fn where_the_policy_says_so_the_servers_own_keystores_follow() {
    let toml = format!("{SERVER}[keystore.primary]\nfile_name = 'corp.jks'\npassword = 'pp'\n");
    let done = merged(&toml, &old(), THEIRS, &new(), &following());
    let after = used(text(&done), &new());
    for (key, value) in [
        ("keystore.internal.file_name", "repository/resources/security/corp.jks"),
        ("keystore.internal.password", "pp"),
        ("internal_api_ssl_config.key_store.location", "repository/resources/security/corp.jks"),
        ("internal_api_ssl_config.trust_store.location", "repository/resources/security/client-truststore.jks"),
    ] {
        assert_eq!(after.get(key).map(String::as_str), Some(value), "{key}");
    }
}

/// Runs where the texts of both releases lie below `UPGRADE_RELEASE_FILES`.
#[test]
fn with_the_rule_files_of_the_releases_too() {
    let Some([old, new]) = Release::both() else { return };
    // An updated home has the rule files of 4.0.0 as far as keystores go.
    for home in [&old, &new] {
        for toml in cases(&home.rules()) {
            assert_same(&toml, &home.rules(), new.toml(), &new.rules());
        }
        let wss = format!("{SERVER}[transport.wss]\nsender.enable = true\nsender.truststore_password = 'wso2carbon'\n");
        assert_same(&wss, &home.rules(), new.toml(), &new.rules());
    }
    assert_same(old.toml(), &old.rules(), new.toml(), &new.rules());
}

/// Runs where `UPGRADE_CONFIG_CASES` and `UPGRADE_RELEASE_FILES` name folders.
#[test]
fn it_agrees_with_what_the_servers_made_of_the_same_settings() {
    let (Some([old, new]), Some(cases)) = (Release::both(), folder("UPGRADE_CONFIG_CASES")) else { return };
    for name in ["ks_primary", "ks_tls"] {
        let toml = std::fs::read_to_string(cases.join(format!("quirks/{name}.toml"))).expect("a case");
        let expected = std::fs::read(cases.join(format!("quirks/{name}.expected.json"))).expect("what is expected");
        let expected: serde_json::Value = serde_json::from_slice(&expected).expect("JSON");
        compare(&toml, &expected["1.2.0"]["context"], &old, &new);
    }
    for name in ["stock", "custom", "full-fixed"] {
        let toml =
            std::fs::read_to_string(cases.join("rendered").join(name).join("1.2.0/deployment.toml")).expect("a case");
        let expected = std::fs::read(cases.join("rendered").join(name).join("1.2.0/context.json")).expect("a context");
        let expected: serde_json::Value = serde_json::from_slice(&expected).expect("JSON");
        compare(&toml, &expected, &old, &new);
    }
}

/// Compares what the real mapper of 1.2.0 made of a file with what 4.0.0 makes of the merged one.
fn compare(toml: &str, expected: &serde_json::Value, old: &Release, new: &Release) {
    let done = merged(toml, &old.rules(), new.toml(), &new.rules(), &SettingsPolicy::default());
    let mut after = used(text(&done), &new.rules());
    let names = Meaning::as_shipped().names;
    let mut compared = 0;
    for (key, value) in expected.as_object().expect("a context") {
        let Some(value) = value.as_str().filter(|_| !key.starts_with("keystore.internal.")) else { continue };
        let Some(after) = after.remove(key) else { continue };
        let value = if names.contains(&key.as_str()) { format!("{SECURITY}{value}") } else { value.to_owned() };
        assert_eq!(after, value, "{key}");
        compared += 1;
    }
    assert!(compared > 30, "only {compared} settings");
    for (key, value, _) in INTERNAL {
        assert_eq!(after.get(key).map(String::as_str), Some(value), "{key}");
    }
}

#[test]
fn tables_keep_their_place_and_comments() {
    let toml = "# top\n[server]\nhostname = 'h'\n\n# of the product\n[keystore.tls]\n# a file\nfile_name = 'wso2carbon.jks' # x\n\n\
                # ours\n[keystore.internal]\n# i\nfile_name = 'int.jks'\npassword = 'ip' # s\n\n\
                [truststore]\nfile_name = 'corp.jks' # t\n";
    let expected = "# top\n[server]\nhostname = 'h'\n\n# of the product\n[keystore.primary]\n# a file\n\
                    file_name = 'repository/resources/security/wso2carbon.jks' # x\npassword = \"wso2carbon\"\n\
                    alias = \"wso2carbon\"\nkey_password = \"wso2carbon\"\n\n\
                    # ours\n# the old server did not read [keystore.internal]:\n# [keystore.internal]\n# i\n\
                    # file_name = 'int.jks'\n# password = 'ip' # s\n\n\
                    [truststore]\nfile_name = 'repository/resources/security/corp.jks' # t\n\n\
                    [internal_api_ssl_config.trust_store]\n\
                    location = \"repository/resources/security/client-truststore.jks\"\n";
    let done = merged(toml, &old(), THEIRS, &new(), &SettingsPolicy::default());
    assert_eq!(String::from_utf8_lossy(text(&done)), expected);
}
