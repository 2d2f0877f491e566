//! What the tests of the rules about keystores work on: small rule files of each kind, and the rules run on a text.

use super::{Rule, internal_api_keystores, keystore_internal, keystore_paths, keystore_tls};
use crate::choice::{InternalKeystores, Take};
use crate::diagnostic::Diagnostic;
use crate::document::{Document, Key, parse};
use crate::effective::RuleFiles;
use crate::policy::SettingsPolicy;
use crate::settings::Home;
use crate::settings::draft::Draft;
use crate::settings::identity::{self, Settings};

/// The settings that 1.2.0 shipped.
pub(super) const BASE: &str = r#"[server]
hostname = "localhost"
[keystore.tls]
file_name = "wso2carbon.jks"
password = "wso2carbon"
alias = "wso2carbon"
key_password = "wso2carbon"
[truststore]
file_name = "client-truststore.jks"
password = "wso2carbon"
alias = "symmetric.key.value"
algorithm = "AES"
"#;

/// Those of 4.0.0.
pub(super) const THEIRS: &str = r#"[server]
hostname = "localhost"
[keystore.primary]
file_name = "repository/resources/security/wso2carbon.jks"
password = "wso2carbon"
alias = "wso2carbon"
key_password = "wso2carbon"
[truststore]
file_name = "repository/resources/security/client-truststore.jks"
password = "wso2carbon"
alias = "symmetric.key.value"
algorithm = "AES"
"#;

const OLD_TEMPLATE: &str = "<H>{{server.hostname}}</H><KeyStore><Location>${carbon.home}/repository/resources/security/{{keystore.primary.file_name}}</Location></KeyStore><InternalKeyStore><Location>${carbon.home}/repository/resources/security/wso2carbon.jks</Location></InternalKeyStore><TrustStore>${carbon.home}/repository/resources/security/{{truststore.file_name}}</TrustStore>";
const NEW_TEMPLATE: &str = "<H>{{server.hostname}}</H><KeyStore>{{ keystore.primary.file_name }}</KeyStore><InternalKeyStore>{{keystore.internal.file_name}}</InternalKeyStore><TrustStore>{{truststore.file_name}}</TrustStore>";

const OLD_DEFAULTS: &str = r#"{
  "keystore.primary.file_name": "wso2carbon.jks", "keystore.primary.type": "JKS",
  "keystore.primary.password": "wso2carbon", "keystore.primary.alias": "wso2carbon",
  "keystore.primary.key_password": "wso2carbon",
  "truststore.file_name": "client-truststore.jks", "truststore.type": "JKS", "truststore.password": "wso2carbon",
  "transport.http.listener.keystore.location": "repository/resources/security/$ref{keystore.primary.file_name}",
  "transport.http.listener.keystore.type": "$ref{keystore.primary.type}",
  "transport.http.sender.truststore.location": "repository/resources/security/$ref{truststore.file_name}",
  "transport.vfs.listener.keystore.location": "repository/resources/security/$ref{keystore.primary.file_name}",
  "internal_api_ssl_config.key_store.location": "repository/resources/security/wso2carbon.jks",
  "internal_api_ssl_config.key_store.type": "JKS", "internal_api_ssl_config.key_store.password": "wso2carbon",
  "internal_api_ssl_config.key_store.key_password": "wso2carbon",
  "internal_api_ssl_config.trust_store.location": "repository/resources/security/client-truststore.jks",
  "internal_api_ssl_config.trust_store.type": "JKS", "internal_api_ssl_config.trust_store.password": "wso2carbon"
}"#;
const NEW_DEFAULTS: &str = r#"{
  "keystore.primary.file_name": "repository/resources/security/wso2carbon.jks", "keystore.primary.type": "JKS",
  "keystore.primary.password": "wso2carbon", "keystore.primary.alias": "wso2carbon",
  "keystore.primary.key_password": "wso2carbon",
  "keystore.internal.file_name": "$ref{keystore.primary.file_name}",
  "keystore.internal.type": "$ref{keystore.primary.type}",
  "keystore.internal.password": "$ref{keystore.primary.password}",
  "keystore.internal.alias": "$ref{keystore.primary.alias}",
  "keystore.internal.key_password": "$ref{keystore.primary.key_password}",
  "truststore.file_name": "repository/resources/security/client-truststore.jks", "truststore.type": "JKS",
  "truststore.password": "wso2carbon",
  "transport.http.listener.keystore.location": "$ref{keystore.primary.file_name}",
  "transport.http.listener.keystore.type": "$ref{keystore.primary.type}",
  "transport.http.sender.truststore.location": "$ref{truststore.file_name}",
  "transport.vfs.listener.keystore.location": "$ref{keystore.primary.file_name}",
  "internal_api_ssl_config.key_store.location": "$ref{keystore.primary.file_name}",
  "internal_api_ssl_config.key_store.type": "$ref{keystore.primary.type}",
  "internal_api_ssl_config.key_store.password": "$ref{keystore.primary.password}",
  "internal_api_ssl_config.key_store.key_password": "$ref{keystore.primary.key_password}",
  "internal_api_ssl_config.trust_store.location": "$ref{truststore.file_name}",
  "internal_api_ssl_config.trust_store.type": "$ref{truststore.type}",
  "internal_api_ssl_config.trust_store.password": "$ref{truststore.password}"
}"#;

/// Rule files of 1.2.0 as first shipped, as far as keystores go.
pub(super) fn old() -> RuleFiles<'static> {
    files(OLD_DEFAULTS, OLD_TEMPLATE)
}

/// Those of 4.0.0, and of a home that was updated in September 2020 or later.
pub(super) fn new() -> RuleFiles<'static> {
    files(NEW_DEFAULTS, NEW_TEMPLATE)
}

pub(super) fn files<'a>(default: &'a str, template: &'a str) -> RuleFiles<'a> {
    let mut files = RuleFiles { default: Some(default.as_bytes()), ..RuleFiles::default() };
    files.templates.insert("conf/carbon.xml".to_owned(), template.as_bytes());
    files
}

/// A policy in which keystores of the server itself follow.
pub(super) fn following() -> SettingsPolicy {
    SettingsPolicy { internal_keystores: InternalKeystores::FollowPrimary, ..SettingsPolicy::default() }
}

/// A policy that keeps a setting or table as the home has it.
pub(super) fn keeping(key: &str) -> SettingsPolicy {
    let mut policy = SettingsPolicy::default();
    policy.decide.insert(Key::dotted(key), Take::Customised);
    policy
}

/// What the rules made of a text.
pub(super) struct Run {
    pub(super) ours: Settings,
    pub(super) base: Settings,
    pub(super) renames: Vec<String>,
    pub(super) said: Vec<Diagnostic>,
}

impl Run {
    /// The value of a setting of the user's side, if any.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.ours.get(&crate::effective::key_of(key))?.as_str()
    }

    /// The codes in their order.
    pub(super) fn codes(&self) -> Vec<u16> {
        self.said.iter().map(|said| said.code.0).collect()
    }

    /// Everything that is said with a code.
    pub(super) fn text(&self, code: u16) -> String {
        let said = self.said.iter().filter(|said| said.code.0 == code);
        said.map(|said| format!("{said:?} {}", said.details.join("\n"))).collect::<Vec<_>>().join("\n")
    }

    /// The keys below a table, with their values.
    pub(super) fn below(&self, table: &str) -> Vec<String> {
        let table = Key::dotted(table);
        let below = self.ours.iter().filter(|(key, _)| key.starts_with(&table));
        below.map(|(key, value)| format!("{key} = {}", value.as_str().unwrap_or("?"))).collect()
    }
}

/// Runs the rules about keystores, twice: the second time must do nothing.
pub(super) fn run(toml: &str, home: &RuleFiles<'_>, policy: &SettingsPolicy) -> Run {
    let rules = [keystore_paths::RULE, keystore_tls::RULE, keystore_internal::RULE, internal_api_keystores::RULE];
    run_rules(&rules, toml, home, policy)
}

/// Runs some rules.
pub(super) fn run_rules(rules: &[Rule], toml: &str, home: &RuleFiles<'_>, policy: &SettingsPolicy) -> Run {
    let documents: Vec<Document> = [BASE, toml, THEIRS]
        .map(|toml| parse(toml.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{toml}")))
        .into();
    let mut sides = identity::settings(&documents.iter().collect::<Vec<_>>()).into_iter();
    let [base, ours, theirs] = [(); 3].map(|()| sides.next().expect("a side"));
    let home = Home { rules: home.clone(), ..Home::default() };
    let fresh = new();
    let mut draft = Draft {
        ours,
        base,
        theirs: &theirs,
        home: &home,
        fresh: &fresh,
        policy,
        changes: indexmap::IndexMap::new(),
        renames: Vec::new(),
        diagnostics: Vec::new(),
        document: &documents[1],
    };
    for rule in rules {
        (rule.apply)(&mut draft);
        let before = seen(&draft);
        (rule.apply)(&mut draft);
        assert_eq!(seen(&draft), before, "{} on its own result\n{toml}", rule.name);
    }
    let before = seen(&draft);
    for rule in rules {
        (rule.apply)(&mut draft);
    }
    assert_eq!(seen(&draft), before, "all rules again\n{toml}");
    let renames = draft.renames.iter().map(|(from, to)| format!("{from} {to}")).collect();
    Run { ours: draft.ours, base: draft.base, renames, said: draft.diagnostics }
}

fn seen(draft: &Draft<'_>) -> Vec<String> {
    let settings = |settings: &Settings| -> Vec<String> {
        settings.iter().map(|(key, value)| format!("{key} = {value:?}")).collect()
    };
    let mut seen = settings(&draft.ours);
    seen.push("base".to_owned());
    seen.extend(settings(&draft.base));
    seen.extend(draft.changes.iter().map(|(key, change)| format!("{key} {change:?}")));
    seen.extend(draft.renames.iter().map(|renamed| format!("{renamed:?}")));
    seen.extend(draft.diagnostics.iter().map(|said| format!("{said:?}")));
    seen
}

/// That no value is in what is said.
pub(super) fn assert_hidden(run: &Run, secrets: &[&str]) {
    for said in &run.said {
        let text = format!("{said:?}");
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
