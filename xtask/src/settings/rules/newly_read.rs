//! Settings that the home's own server does not read, and 4.0.0 does.
//!
//! In: the user's settings, and the rule files of both sides. Out: the settings out of force, as comments. Always: a
//! setting that the home's server reads is left alone; so is one that other rules own, and one that the fresh
//! distribution ships with the same value.

use super::super::draft::Draft;
use super::super::identity::Settings;
use super::super::told::{self, MOST_LINES};
use super::super::{leaves, references};
use super::Rule;
use super::newly_read_rows::{ROWS, Reader, Row};
use crate::choice::{Choice, Take};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Step, Value, reference};
use crate::effective::RuleFiles;
use crate::effective::names::{self, Names};
use indexmap::IndexMap;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "newly-read",
    what: "settings that would come into force only by the upgrade are left out of force",
    source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool: key-mappings.json, default.json, templates; \
             Java code of MI v4.0.0 that reads settings directly",
    apply,
};

/// Tables that other rules own.
const OTHERS: [&str; 3] = ["keystore", "internal_api_ssl_config", "masking_pattern"];

/// Settings that come into force together, and what is said of them.
#[derive(Default)]
struct Group {
    keys: Vec<Key>,
    row: Option<&'static Row>,
}

fn apply(draft: &mut Draft<'_>) {
    let needed = needed(draft);
    let groups = groups(draft, needed.as_ref());
    let Some(first) = groups.values().find_map(|group| group.keys.first()).cloned() else { return };
    // The server exits where a reference leads nowhere.
    let used: BTreeSet<String> = references::used(&draft.ours).into_iter().map(str::to_owned).collect();
    let is_used = |key: &Key| used.contains(&key.flat());
    let mut details = Vec::new();
    for (name, group) in groups.iter().take(MOST_LINES) {
        let at = told::at(group.keys.first().and_then(|key| draft.line(key)));
        let does = group.row.map_or("4.0.0 reads it", |row| row.does);
        details.push(format!("{at}`{name}`: {does}"));
        details.extend(group.row.and_then(|row| row.needs).map(|needs| format!("    {needs}")));
        let needed = group.keys.iter().filter(|key| is_used(key));
        details.extend(needed.map(|key| format!("    `{key}` stays in force: another setting refers to it")));
        details.extend(short_names(draft, name, group).into_iter().map(|line| format!("    {line}")));
    }
    if groups.len() > MOST_LINES {
        details.push(format!("more: {}", groups.len() - MOST_LINES));
    }
    let choices = groups.keys().map(|name| Choice::DecideSetting(name.to_string(), Take::Customised));
    draft.say(
        &first,
        Diagnostic::new(Code(610), "settings that the old server ignored would come into force with 4.0.0")
            .details(details)
            .hint("they are comments now; keep them by the policy under [settings.decide] where they are wanted")
            .choices(choices.take(MOST_LINES).collect::<Vec<_>>()),
    );
    for key in groups.values().flat_map(|group| &group.keys).filter(|key| !is_used(key)) {
        draft.leave_out(key, RULE.name, "1.2.0 did not read it, and 4.0.0 would");
    }
}

/// A table that stays, because the server would not start without it.
fn needed(draft: &mut Draft<'_>) -> Option<Key> {
    let table = Key::dotted("runtime_secrets");
    let first = draft.ours_below(&table).into_iter().next()?;
    if draft.policy.take(&table).is_some() || !lacks_secret(&draft.ours) {
        return None;
    }
    draft.say(
        &first,
        Diagnostic::new(Code(610), "`[runtime_secrets]` comes into force with 4.0.0, and is needed")
            .details(["a $secret{..} is not in [secrets]; 1.2.0 does not start with that".to_owned()])
            .hint("give the secrets to the running server, or put them into [secrets] and take the table out"),
    );
    Some(table)
}

/// What comes into force, in the order of the file, by the setting or the table that it is in.
fn groups(draft: &Draft<'_>, needed: Option<&Key>) -> IndexMap<Key, Group> {
    let home = known(&draft.home.rules);
    let fresh = known(draft.fresh);
    let mut groups: IndexMap<Key, Group> = IndexMap::new();
    for (key, value) in &draft.ours {
        let owned = OTHERS.iter().any(|table| key.starts_with(&Key::dotted(table)));
        let shipped = draft.theirs.get(key) == Some(value) || draft.base.get(key) == Some(value);
        if owned || shipped || draft.is_kept(key) || needed.is_some_and(|table| key.starts_with(table)) {
            continue;
        }
        let row = ROWS.iter().find(|row| row.is_of(key));
        let name = match row {
            Some(row) if is_read(draft, home.as_ref(), row) => continue,
            Some(row) if key.starts_with(&row.key()) => row.key(),
            Some(_) => key.clone(),
            None => match (&home, &fresh) {
                (Some(home), Some(fresh)) if !home.knows(key) && fresh.knows(key) => key.clone(),
                _ => continue,
            },
        };
        let group = groups.entry(name).or_default();
        group.row = row;
        group.keys.push(key.clone());
    }
    groups
}

/// What a distribution's or home's server reads; `None` where its rule files are not at hand.
fn known(rules: &RuleFiles<'_>) -> Option<Names> {
    let there = rules.key_mappings.is_some() && !rules.templates.is_empty();
    there.then(|| names::names(&[rules]))
}

/// Whether the home's own server reads a row's settings already: an update brought it.
fn is_read(draft: &Draft<'_>, home: Option<&Names>, row: &Row) -> bool {
    match row.reader {
        Reader::RuleFiles { asked } => home.is_some_and(|home| home.knows(&Key::dotted(asked))),
        // The XPath function came with the vault.
        Reader::Vault => {
            let default = draft.home.rules.default.map(String::from_utf8_lossy);
            default.is_some_and(|text| text.contains("HashiCorpVaultLookupXPathFunctionProvider"))
        }
        Reader::Java => false,
    }
}

/// The keys to write in place of short ones, which only the non-blocking transport has.
///
/// Source: MI v4.0.0 key-mappings.json: `transport.rabbitmq.*` is mapped, `transport.blocking.rabbitmq.*` is not.
fn short_names(draft: &Draft<'_>, name: &Key, group: &Group) -> Vec<String> {
    if *name != Key::dotted("transport.blocking.rabbitmq") {
        return Vec::new();
    }
    let mappings: Option<serde_json::Value> =
        draft.fresh.key_mappings.and_then(|json| serde_json::from_slice(json).ok());
    let values = group.keys.iter().filter_map(|key| Some((key, draft.ours.get(key)?)));
    let short = values.flat_map(|(key, value)| leaves::leaves(key, value)).filter_map(|(key, _)| {
        let right = right_name(mappings.as_ref(), &key)?;
        Some((key, right))
    });
    let told = short.take(MOST_LINES).map(|(key, right)| {
        let at = told::at(draft.line(&key));
        format!("{at}`{key}` is not mapped here: to have an effect it must be {right}")
    });
    told.collect()
}

/// `parameter.'rabbitmq.server.host.name'` for a key that ends with `parameter.hostname`.
fn right_name(mappings: Option<&serde_json::Value>, key: &Key) -> Option<String> {
    let [.., Step::Name(table), Step::Name(name)] = key.steps() else { return None };
    if table != "parameter" || name.contains('.') {
        return None;
    }
    let side = key.flat().split('.').nth(3).unwrap_or_default().to_owned();
    let asked = format!("transport.rabbitmq.{side}:parameter.{name}");
    let mapped = mappings.and_then(|mappings| mappings.get(asked)?.as_str()?.split_once(':'));
    let right = mapped.map(|(_, right)| right.to_owned());
    right.or_else(|| (name == "hostname").then(|| "parameter.'rabbitmq.server.host.name'".to_owned()))
}

/// Whether a text refers to a secret that the file does not have.
fn lacks_secret(ours: &Settings) -> bool {
    let secrets = Key::dotted("secrets");
    let there = |name: &str| matches!(ours.get(&secrets.then(name)), Some(Value::String(_)));
    ours.iter()
        .flat_map(|(key, value)| leaves::leaves(key, value))
        .any(|(_, value)| reference::names(value.as_str().unwrap_or_default(), "$secret{").any(|name| !there(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::rules::drafts_for_tests::{Applied, apply, new, old};
    use crate::settings::{Home, Inputs};

    fn home() -> Home<'static> {
        Home { rules: old(), ..Home::default() }
    }

    fn left_out(applied: &Applied) -> Vec<String> {
        applied.changes.keys().map(ToString::to_string).collect()
    }

    const STRAY: &str = "[server]\nhostname = \"x\"\nnew_short = 1\n[mediation]\ninbound.port_offset_enable = true\n\
        [synapse_properties]\n'inbound.port.offset.enable' = true\n'maximum.failover.retries' = 3\n\
        [opentracing]\nzipkin.enable = true\n[mediation.synapse]\nmaximum_failover_retries = 3\n\
        [[external_vault]]\nname = 'hashicorp'\naddress = 'http://x'\n\
        [[service_catalog]]\nenable = true\npassword = 's3cr3t'\n[dashboard_config]\nnode_id = 'n'\n";

    #[test]
    fn what_only_the_new_release_reads_is_left_out() {
        let referred = format!("{STRAY}[own]\nx = '$ref{{dashboard_config.node_id}}'\n");
        let applied = apply(&RULE, &referred, &home(), "");
        assert!(!applied.changes.contains_key(&Key::dotted("dashboard_config.node_id")), "{}", applied.said());
        assert!(applied.said().contains("`dashboard_config.node_id` stays in force"), "{}", applied.said());
        let applied = apply(&RULE, STRAY, &home(), "");
        let expected = [
            "server.new_short",
            "mediation.inbound.port_offset_enable",
            "synapse_properties.'inbound.port.offset.enable'",
            "opentracing.zipkin.enable",
            "mediation.synapse.maximum_failover_retries",
            "external_vault[name=hashicorp].name",
            "external_vault[name=hashicorp].address",
            "service_catalog",
            "dashboard_config.node_id",
        ];
        assert_eq!(left_out(&applied), expected);
        assert_eq!(
            applied.settings(),
            ["server.hostname = x", "synapse_properties.'maximum.failover.retries' = Integer(3)"]
        );
        assert_eq!(applied.codes(), [610]);
        let choices = applied.diagnostics[0].choices.iter().map(Choice::line).collect::<Vec<_>>();
        assert_eq!(choices.len(), 8, "{choices:?}");
        assert!(choices.contains(&"settings.decide.\"external_vault\" = \"customised\"".to_owned()), "{choices:?}");
        let said = applied.said();
        assert!(said.contains("line 3: `server.new_short`: 4.0.0 reads it\n"), "{said}");
        assert!(
            said.contains("line 14: `external_vault`: 4.0.0 looks secrets up in a HashiCorp Vault\n    needs"),
            "{said}"
        );
        assert!(!said.contains("s3cr3t"), "{said}");
    }

    #[test]
    fn what_a_person_keeps_stays_in_force() {
        let decide = "[settings.decide]\nexternal_vault = \"customised\"\n\"server.new_short\" = \"customised\"\n";
        let applied = apply(&RULE, STRAY, &home(), decide);
        assert!(!left_out(&applied).iter().any(|key| key.contains("vault") || key.contains("new_short")));
        assert!(!applied.said().contains("external_vault"), "{}", applied.said());
    }

    #[test]
    fn a_home_that_reads_it_is_left_alone() {
        let updated = Home { rules: new(), ..Home::default() };
        let applied = apply(&RULE, STRAY, &updated, "");
        // Java code of 4.0.0 alone reads these.
        assert_eq!(left_out(&applied), ["service_catalog", "dashboard_config.node_id"]);
        let plain = apply(&RULE, "[server]\nhostname = 'x'\nunknown = 1\n", &home(), "");
        assert!(plain.changes.is_empty() && plain.diagnostics.is_empty(), "{}", plain.said());
        let others = "[keystore.internal]\nfile_name = 'x'\n[masking_pattern.properties]\nA = 'x'\n";
        assert!(apply(&RULE, others, &home(), "").changes.is_empty());
    }

    #[test]
    fn without_the_rule_files_of_the_home_the_table_counts() {
        let applied = apply(&RULE, STRAY, &Home::default(), "");
        let known: Vec<_> = left_out(&applied).into_iter().filter(|key| key == "server.new_short").collect();
        assert_eq!((known.len(), applied.changes.len()), (0, 8), "{:?}", left_out(&applied));
    }

    #[test]
    fn short_names_of_the_blocking_client_are_told() {
        let toml = "[transport.blocking.rabbitmq]\nsender_enable = true\n[[transport.blocking.rabbitmq.sender]]\n\
                    name = 'A'\nparameter.hostname = 'h'\nparameter.'rabbitmq.server.port' = 5672\n";
        let applied = apply(&RULE, toml, &home(), "");
        assert_eq!(applied.changes.len(), 4);
        let told = "line 5: `transport.blocking.rabbitmq.sender[name=A].parameter.hostname` is not mapped here: to have an \
                    effect it must be parameter.'rabbitmq.server.host.name'";
        assert!(applied.said().contains(told), "{}", applied.said());
        assert_eq!(applied.said().matches("is not mapped").count(), 1);
    }

    #[test]
    fn secrets_of_the_running_server_stay_where_they_are_needed() {
        let table = "[runtime_secrets]\nenable = \"true\"\n";
        let applied = apply(&RULE, &format!("{table}[a]\nb = '$secret{{c}}'\n[secrets]\nc = 'x'\n"), &home(), "");
        assert_eq!(left_out(&applied), ["runtime_secrets.enable"]);
        let applied = apply(&RULE, &format!("{table}[a]\nb = '$secret{{c}}'\n"), &home(), "");
        assert!(applied.changes.is_empty() && applied.said().contains("is needed"), "{}", applied.said());
    }

    #[test]
    fn the_lines_stay_as_comments_and_a_second_merge_changes_nothing() {
        let theirs = b"[server]\nhostname = \"localhost\"\n";
        let inputs = Inputs {
            ours: STRAY.as_bytes(),
            base: Some(theirs),
            theirs,
            home: home(),
            fresh: new(),
            ..Inputs::default()
        };
        let once = crate::settings::merge(&inputs);
        let text = once.text.unwrap_or_else(|| panic!("{:?}", once.diagnostics));
        let shown = String::from_utf8_lossy(&text).into_owned();
        for line in ["[[external_vault]]", "address = 'http://x'", "zipkin.enable = true", "password = 's3cr3t'"] {
            let found = shown.lines().find(|shown| shown.contains(line)).unwrap_or_else(|| panic!("{line}\n{shown}"));
            assert!(found.starts_with('#'), "{shown}");
        }
        let document = crate::document::parse(&text).expect("TOML");
        let keys: Vec<_> = document.settings.iter().map(|setting| setting.key.to_string()).collect();
        assert_eq!(keys, ["server.hostname", "synapse_properties.'maximum.failover.retries'"]);
        let twice = crate::settings::merge(&Inputs { ours: &text, ..inputs });
        assert_eq!(twice.text.as_deref().map(String::from_utf8_lossy), Some(shown.into()));
        assert!(twice.diagnostics.iter().all(|found| found.code != Code(610)), "{:?}", twice.diagnostics);
    }
}
