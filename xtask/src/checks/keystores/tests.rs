use super::super::testing::{SECURITY, carbon, empty, link, one_key, put, said, store, toml, trust};
use super::super::vault::vault;
use super::named;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::examine::Examined;
use crate::keystores::Budget;
use crate::keystores::testing::jks;

fn check(examined: &Examined) -> Vec<Diagnostic> {
    let vault = vault(examined);
    let mut budget = Budget::full();
    let named = named(examined, &vault, &mut budget);
    super::check(&named, &vault, &mut budget)
}

/// A tree whose every keystore is in order.
fn in_order() -> Examined {
    let mut examined = empty();
    carbon(&mut examined, &format!("${{carbon.home}}/{SECURITY}/own.jks"), "Own", "s", "k");
    store(&mut examined, "own.jks", one_key("own", "s", "k"));
    put(&mut examined, "conf/axis2/axis2.xml", &axis2("own.jks", "JKS", "s", "k"));
    examined
}

fn axis2(file: &str, kind: &str, password: &str, key_password: &str) -> String {
    let store = format!(
        "<Location>{SECURITY}/{file}</Location><Type>{kind}</Type><Password>{password}</Password>\
         <KeyPassword>{key_password}</KeyPassword>"
    );
    let trust = format!("<Location>{SECURITY}/trust.jks</Location><Type>JKS</Type><Password>t</Password>");
    let both = format!(
        "<parameter name=\"keystore\"><KeyStore>{store}</KeyStore></parameter>\
         <parameter name=\"truststore\"><TrustStore>{trust}</TrustStore></parameter>"
    );
    format!(
        "<axisconfig><transportReceiver name=\"https\">{both}</transportReceiver>\
         <transportSender name=\"https\">{both}</transportSender></axisconfig>"
    )
}

#[test]
fn what_is_in_order_is_not_spoken_of() {
    assert_eq!(said(&check(&in_order())), Vec::<String>::new());
}

#[test]
fn a_bare_name_is_not_found_and_is_told_once() {
    let mut examined = in_order();
    let text = axis2("own.jks", "JKS", "s", "k").replace(&format!("{SECURITY}/own.jks"), "own.jks");
    put(&mut examined, "conf/axis2/axis2.xml", &text);
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1201: `own.jks` is not there"]);
    assert_eq!(found[0].severity, Severity::Error);
    assert!(found[0].hint.as_ref().is_some_and(|hint| hint.contains(&format!("`{SECURITY}/own.jks` is"))));
    assert_eq!(found[0].details.len(), 2, "{:?}", found[0].details);
}

#[test]
fn each_problem_has_its_code() {
    let cases: [(&str, &str, &str, &str, &[&str]); 5] = [
        ("gone.jks", "JKS", "s", "k", &["MI1201: `repository/resources/security/gone.jks` is not there"]),
        (
            "own.jks",
            "JKS",
            "wrong",
            "k",
            &["MI1202: `repository/resources/security/own.jks` does not open with its password"],
        ),
        (
            "own.jks",
            "JCEKS",
            "s",
            "wrong",
            &["MI1203: the key `own` of `repository/resources/security/own.jks` does not open with the key password"],
        ),
        (
            "own.jks",
            "BKS",
            "s",
            "k",
            &["MI1202: `repository/resources/security/own.jks` is a JKS keystore, and is said to be `BKS`"],
        ),
        ("own.jks", "PKCS11", "s", "k", &["MI1208: keystores were not looked into"]),
    ];
    for (file, kind, password, key_password, expected) in cases {
        let mut examined = in_order();
        put(&mut examined, "conf/axis2/axis2.xml", &axis2(file, kind, password, key_password));
        let found = check(&examined);
        assert_eq!(said(&found), expected);
        let shown = format!("{found:?}");
        assert!(!shown.contains("wrong"), "{shown}");
    }
}

#[test]
fn what_lies_outside_or_comes_from_elsewhere_is_a_note() {
    let mut examined = in_order();
    let elsewhere = axis2("own.jks", "JKS", "$env{STORE_PASSWORD}", "k");
    let outside = elsewhere.replacen(&format!("{SECURITY}/trust.jks"), "/etc/ssl/java/cacerts", 1);
    put(&mut examined, "conf/axis2/axis2.xml", &outside);
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1207: keystores lie outside of the home", "MI1208: keystores were not looked into"]);
    assert!(found[0].details[0].contains("`/etc/ssl/java/cacerts`"), "{:?}", found[0].details);
    assert!(found[1].details[0].ends_with("its password comes from the environment"), "{:?}", found[1].details);
}

#[test]
fn a_keystore_that_was_not_read_is_told_with_the_reason() {
    let mut examined = in_order();
    let path = crate::path::EntryPath::known(&format!("{SECURITY}/own.jks"));
    examined.keystores.remove(&path);
    for (reason, expected) in [(None, "it was not read"), (Some("has more than 8 MiB"), "it has more than 8 MiB")] {
        examined.unreadable.extend(reason.map(|reason| (path.clone(), reason.to_owned())));
        let found = check(&examined);
        assert_eq!(said(&found), ["MI1208: keystores were not looked into"]);
        assert!(found[0].details[0].ends_with(&format!(": {expected}")), "{:?}", found[0].details);
    }
}

#[test]
fn what_older_java_cannot_open_is_told() {
    use crate::keystores::testing::{Made, newer_pkcs12};
    for (algorithm, name) in [(112, "Ed25519"), (113, "Ed448")] {
        let mut examined = in_order();
        store(
            &mut examined,
            "own.jks",
            jks("s", &[("own", Made::EdwardsKey("k", super::super::testing::sound(), algorithm))]),
        );
        let found = check(&examined);
        let message = format!(
            "MI1203: the key `own` of `repository/resources/security/own.jks` is of the algorithm {name}, which Java 11 \
             does not know"
        );
        assert_eq!(said(&found), [message]);
        assert_eq!(found[0].severity, Severity::Error);
    }
    let mut examined = in_order();
    store(&mut examined, "trust.jks", newer_pkcs12("t"));
    let found = check(&examined);
    // It has no certificate, which is another matter.
    assert_eq!(
        said(&found),
        [
            "MI1206: `repository/resources/security/trust.jks` has no certificate that Java trusts",
            "MI1217: keystores do not open before Java 11.0.12 and 8u301"
        ]
    );
    assert!(found[1].details[0].ends_with(": HmacPBESHA256"), "{:?}", found[1].details);
}

#[test]
fn links_are_followed_as_far_as_the_tree_goes() {
    let mut examined = in_order();
    link(&mut examined, "linked.jks", "../security/own.jks");
    link(&mut examined, "round.jks", "round.jks");
    link(&mut examined, "away.jks", "/etc/own.jks");
    for (file, expected) in [
        ("linked.jks", &[][..]),
        ("round.jks", &["MI1201: `repository/resources/security/round.jks` is not there"]),
        ("away.jks", &["MI1207: keystores lie outside of the home"]),
    ] {
        put(&mut examined, "conf/axis2/axis2.xml", &axis2(file, "JKS", "s", "k"));
        assert_eq!(said(&check(&examined)), expected, "{file}");
    }
}

#[test]
fn an_alias_that_is_missing_and_an_empty_store_are_warnings() {
    let mut examined = in_order();
    carbon(&mut examined, &format!("{SECURITY}/own.jks"), "other", "s", "k");
    store(&mut examined, "trust.jks", jks("t", &[]));
    let found = check(&examined);
    assert_eq!(
        said(&found),
        [
            "MI1205: `repository/resources/security/own.jks` has no key `other`",
            "MI1206: `repository/resources/security/trust.jks` has no certificate that Java trusts",
        ]
    );
    store(&mut examined, "own.jks", trust("s"));
    let found = said(&check(&examined));
    assert!(
        found.contains(&"MI1206: `repository/resources/security/own.jks` has no private key".to_owned()),
        "{found:?}"
    );
}

#[test]
fn single_transports_and_profiles_are_warnings() {
    let mut examined = in_order();
    let vfs = "<parameter name=\"keystore.identity.location\">vfs.jks</parameter>";
    let web_socket = "<parameter name=\"ws.trust.store\"><ws.trust.store.location>ws.jks</ws.trust.store.location>\
                      <ws.trust.store.Password>x</ws.trust.store.Password></parameter>";
    let broker = "<parameter name=\"Factory\"><parameter name=\"rabbitmq.connection.ssl.keystore.location\">mq.jks\
                  </parameter></parameter>";
    let profiles = "<parameter name=\"dynamicSSLProfilesConfig\"><filePath>conf/profiles.xml</filePath></parameter>";
    let text = format!(
        "<axisconfig><transportReceiver name=\"vfs\">{vfs}</transportReceiver>\
         <transportReceiver name=\"rabbitmq\">{broker}</transportReceiver>\
         <transportSender name=\"wss\">{web_socket}</transportSender>\
         <transportSender name=\"https\">{profiles}</transportSender></axisconfig>"
    );
    put(&mut examined, "conf/axis2/axis2.xml", &text);
    put(
        &mut examined,
        "conf/profiles.xml",
        "<parameter name=\"x\"><profile><servers>partner:443</servers><TrustStore><Location>p.jks</Location>\
         <Type>JKS</Type><Password>x</Password></TrustStore></profile></parameter>",
    );
    let found = check(&examined);
    let expected = ["mq.jks", "p.jks", "vfs.jks", "ws.jks"].map(|name| format!("MI1204: `{name}` is not there"));
    assert_eq!(said(&found), expected);
    assert!(found[1].details[0].contains("the profile `partner:443` of the HTTPS sender, in `conf/profiles.xml`"));
    assert!(found.iter().all(|one| one.severity == Severity::Warning));
}

#[test]
fn a_password_that_is_a_secret_is_decrypted_where_its_key_is_at_hand() {
    let mut examined = in_order();
    put(&mut examined, "conf/axis2/axis2.xml", &axis2("own.jks", "JKS", "$secret{store}", "$secret{key}"));
    let encrypted = crate::keystores::testing::encrypted;
    let base64 = super::super::secrets::tests_base64;
    let secrets = format!("[secrets]\nstore = \"{}\"\nkey = \"{}\"", base64(&encrypted("s")), base64(&encrypted("k")));
    toml(&mut examined, &secrets);
    assert_eq!(said(&check(&examined)), Vec::<String>::new());
    let wrong = secrets.replace(&base64(&encrypted("k")), &base64(&encrypted("other")));
    toml(&mut examined, &wrong);
    let found = said(&check(&examined));
    assert!(found.len() == 1 && found[0].starts_with("MI1203"), "{found:?}");
    // Without the vault's own password nothing is known.
    carbon(&mut examined, &format!("{SECURITY}/own.jks"), "own", "$secret{store}", "$secret{key}");
    assert_eq!(said(&check(&examined)), ["MI1208: keystores were not looked into"]);
    put(&mut examined, "password-tmp", "s\nk\n");
    toml(&mut examined, &secrets);
    assert_eq!(said(&check(&examined)), Vec::<String>::new());
}

/// A used home of real size, as it lies there: what it was built to have, and nothing else.
#[test]
fn the_homes_of_real_size_have_what_they_were_built_to_have() {
    let Some(folder) = crate::tests::folder("UPGRADE_REAL_INPUTS") else { return };
    let own = ["MI1213: a trusted certificate has ended: `partner`", "MI1214: 1 of 4 secrets does not decrypt with"];
    let shipped = "MI1211: the server has the key that every distribution has";
    for (home, expected) in
        [("home/wso2mi-1.2.0", vec![shipped, own[0], own[1]]), ("home-updated/wso2mi-1.2.0", own.to_vec())]
    {
        let mut examined = empty();
        examined.today = crate::timestamp::Timestamp::from_seconds(1_780_000_000);
        let home = folder.join(home);
        let text = |path: &str| std::fs::read_to_string(home.join(path)).ok();
        for path in [
            "conf/carbon.xml",
            "conf/carbon.properties",
            "conf/axis2/axis2.xml",
            "conf/axis2/axis2_blocking_client.xml",
            "conf/internal-apis.xml",
            "conf/sslprofiles/senderprofiles.xml",
            "conf/security/secret-conf.properties",
            "password-persist",
        ] {
            if let Some(text) = text(path) {
                // As the plan rewrites it.
                put(&mut examined, path, &text.replace("/opt/wso2mi-1.2.0/", ""));
            }
        }
        for entry in std::fs::read_dir(home.join(SECURITY)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name().into_string().expect("UTF-8");
            if entry.file_type().expect("a type").is_file() {
                store(&mut examined, &name, std::fs::read(entry.path()).expect("a file"));
            }
        }
        link(&mut examined, "current-keystore.jks", "corp-keystore.jks");
        toml(&mut examined, &text("conf/deployment.toml").expect("a file"));
        let found = super::super::security::check(&examined);
        let told = said(&found);
        assert_eq!(told.len(), expected.len(), "{told:?}");
        assert!(told.iter().zip(&expected).all(|(told, expected)| told.starts_with(expected)), "{told:?}");
        let details: Vec<&String> = found.iter().flat_map(|one| &one.details).collect();
        let partner = format!("`{SECURITY}/partner-truststore.jks`: 1 of 1: `partner` on 2022-11-01");
        assert!(details.contains(&&partner), "{details:?}");
        assert!(details.contains(&&"`smtp_password`: no key that is at hand decrypts it".to_owned()), "{details:?}");
    }
}
