//! Makes what the tests of the rules work on, and applies one.

use super::Rule;
use crate::diagnostic::Diagnostic;
use crate::document;
use crate::effective::RuleFiles;
use crate::policy::SettingsPolicy;
use crate::settings::Home;
use crate::settings::draft::{Change, Draft};
use crate::settings::identity::{self, Settings};
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// Rule files in a few lines: those of the old release, and those of the new one.
pub(crate) const OLD_DEFAULT: &[u8] = br#"{
  "keystore.primary.file_name": "wso2carbon.jks",
  "synapse_properties.'synapse.xpath.func.extensions'": "org.example.Vault"
}"#;
pub(crate) const OLD_MAPPINGS: &[u8] = br#"{
  "transport.rabbitmq.sender:parameter.hostname": "transport.rabbitmq.sender:parameter.'rabbitmq.server.host.name'"
}"#;
pub(crate) const NEW_DEFAULT: &[u8] = br#"{
  "keystore.primary.file_name": "repository/resources/security/wso2carbon.jks",
  "synapse_properties.'synapse.xpath.func.extensions'": "org.example.Vault,org.example.HashiCorpVaultLookupXPathFunctionProvider",
  "synapse_properties.'inbound.port.offset.enable'": false
}"#;
pub(crate) const NEW_MAPPINGS: &[u8] = br#"{
  "mediation.inbound.port_offset_enable": "synapse_properties.'inbound.port.offset.enable'",
  "mediation.synapse.maximum_failover_retries": "synapse_properties.'maximum.failover.retries'",
  "opentracing.zipkin.enable": "synapse_properties.'opentracing.zipkin.enable'",
  "server.new_short": "server.new_long",
  "transport.rabbitmq.sender:parameter.hostname": "transport.rabbitmq.sender:parameter.'rabbitmq.server.host.name'"
}"#;
const TEMPLATE: &[u8] = b"{{server.hostname}} {{keystore.primary.file_name}} {{truststore.file_name}}
{% for key,value in synapse_properties.items() %}
{{key}}={{value}}
{% endfor %}
{% for sender in transport.rabbitmq.sender %}
{{sender.name}} {% for key,value in sender.parameter.items() %}{{key}}={{value}}{% endfor %}
{% endfor %}
{% for source in datasource %}
{{source.id}} {{source.url}} {{source.password}}
{% endfor %}
{% for item in custom_transport.listener %}
{{item.protocol}} {{item.class}}
{% endfor %}
";
const BLOCKING: &[u8] = b"{% if transport.blocking.rabbitmq.sender_enable is defined %}
{% for sender in transport.blocking.rabbitmq.sender %}
{{sender.name}} {% for key,value in sender.parameter.items() %}{{key}}={{value}}{% endfor %}
{% endfor %}
{% endif %}
";
const MASKING: &[u8] = b"{% for name,regex in masking_pattern.properties.items() %}
{{name}}={{regex}}
{% endfor %}";

/// The rule files of the old release.
pub(crate) fn old() -> RuleFiles<'static> {
    RuleFiles {
        default: Some(OLD_DEFAULT),
        infer: Some(b"{}"),
        key_mappings: Some(OLD_MAPPINGS),
        templates: BTreeMap::from([("conf/carbon.xml".to_owned(), TEMPLATE)]),
    }
}

/// The rule files of the new release.
pub(crate) fn new() -> RuleFiles<'static> {
    let mut rules = old();
    rules.default = Some(NEW_DEFAULT);
    rules.key_mappings = Some(NEW_MAPPINGS);
    rules.templates.insert("conf/axis2/axis2_blocking_client.xml".to_owned(), BLOCKING);
    rules.templates.insert("conf/wso2-log-masking.properties".to_owned(), MASKING);
    rules
}

/// What a rule made of settings.
pub(crate) struct Applied {
    pub(crate) ours: Settings,
    pub(crate) changes: IndexMap<crate::document::Key, Change>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Applied {
    /// The one diagnostic with all that it says.
    pub(crate) fn said(&self) -> String {
        let said = self.diagnostics.iter().map(|found| {
            let place = found.place.as_ref().map(ToString::to_string).unwrap_or_default();
            let hint = found.hint.as_deref().unwrap_or_default();
            format!("{} {} {place}\n{}\n{hint}\n", found.code, found.message, found.details.join("\n"))
        });
        said.collect()
    }

    pub(crate) fn codes(&self) -> Vec<u16> {
        self.diagnostics.iter().map(|found| found.code.0).collect()
    }

    /// The settings as `key = value`, strings without quotes.
    pub(crate) fn settings(&self) -> Vec<String> {
        let shown = |value: &document::Value| value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned);
        self.ours.iter().map(|(key, value)| format!("{key} = {}", shown(value))).collect()
    }
}

/// Applies a rule, and once more to its own result, which must change nothing.
pub(crate) fn apply(rule: &Rule, toml: &str, home: &Home<'_>, decide: &str) -> Applied {
    let new = new();
    let policy = crate::policy::parse(decide).expect("a policy").settings;
    let document = document::parse(toml.as_bytes()).expect("TOML");
    let ours = identity::settings(&[&document]).pop().unwrap_or_default();
    let theirs = Settings::new();
    let once = applied(rule, ours, &document, &theirs, home, &new, &policy);
    let twice = applied(rule, once.ours.clone(), &document, &theirs, home, &new, &policy);
    assert_eq!(once.settings(), twice.settings(), "run on its own result");
    assert!(twice.changes.is_empty(), "run on its own result: {:?}", twice.changes);
    once
}

fn applied<'a>(
    rule: &Rule,
    ours: Settings,
    document: &'a document::Document,
    theirs: &'a Settings,
    home: &'a Home<'a>,
    fresh: &'a RuleFiles<'a>,
    policy: &'a SettingsPolicy,
) -> Applied {
    let mut draft = Draft {
        ours,
        base: Settings::new(),
        theirs,
        home,
        fresh,
        policy,
        changes: IndexMap::new(),
        renames: Vec::new(),
        diagnostics: Vec::new(),
        document,
    };
    (rule.apply)(&mut draft);
    Applied { ours: draft.ours, changes: draft.changes, diagnostics: draft.diagnostics }
}
