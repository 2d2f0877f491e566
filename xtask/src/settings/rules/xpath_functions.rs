//! An own list of `XPath` function providers, which lacks the one that 4.0.0 added.
//!
//! In: the user's settings. Out: the same; the list is kept. Always: silent where the list has all that the fresh
//! distribution has more than the home.

use super::super::draft::Draft;
use super::Rule;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Value};
use crate::effective::{Lookup, RuleFiles};

const HASHICORP: &str =
    "org.wso2.micro.integrator.mediation.security.vault.external.hashicorp.HashiCorpVaultLookupXPathFunctionProvider";

pub(super) const RULE: Rule = Rule {
    name: "xpath-functions",
    what: "an own list of XPath function providers is kept, and what it lacks is told",
    source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool/default.json (synapse.xpath.func.extensions)",
    apply,
};

/// The key of the list.
fn list() -> Key {
    Key::dotted("synapse_properties").then("synapse.xpath.func.extensions")
}

/// The providers that the rule files have by default; `None` where these are not at hand.
fn defaults(rules: &RuleFiles<'_>) -> Option<Vec<String>> {
    let list = Lookup::of(rules).default_of(&list())?;
    Some(providers(list.as_str()?))
}

fn providers(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|provider| !provider.is_empty()).map(str::to_owned).collect()
}

fn apply(draft: &mut Draft<'_>) {
    let key = list();
    let Some(own) = draft.ours.get(&key).and_then(Value::as_str).map(str::to_owned) else { return };
    // What a reference stands for is not known here.
    if draft.policy.take(&key).is_some() || own.contains('$') {
        return;
    }
    let known = providers(&own);
    let before = defaults(&draft.home.rules).unwrap_or_default();
    let missing: Vec<String> = defaults(draft.fresh)
        .unwrap_or_else(|| vec![HASHICORP.to_owned()])
        .into_iter()
        .filter(|provider| !known.contains(provider) && !before.contains(provider))
        // Without the home's rule files: the other one was there in 1.2.0 already.
        .filter(|provider| draft.home.rules.default.is_some() || provider == HASHICORP)
        .collect();
    if missing.is_empty() {
        return;
    }
    let value: Vec<String> = known.into_iter().chain(missing).collect();
    draft.say(
        &key,
        Diagnostic::new(Code(618), format!("`{key}` lacks a provider that 4.0.0 has by default"))
            .details([format!("{key} = \"{}\"", value.join(","))])
            .hint("the list is kept; hashicorp:vault-lookup() works with the value given"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Home;
    use crate::settings::rules::drafts_for_tests::{apply, new, old};

    const ADDED: &str = "org.example.HashiCorpVaultLookupXPathFunctionProvider";

    fn toml(list: &str) -> String {
        format!("[server]\nhostname = 'x'\n[synapse_properties]\n'synapse.xpath.func.extensions' = \"{list}\"\n")
    }

    #[test]
    fn an_own_list_is_kept_and_what_it_lacks_is_told() {
        let home = Home { rules: old(), ..Home::default() };
        let applied = apply(&RULE, &toml("com.acme.Own, org.example.Vault"), &home, "");
        assert!(applied.changes.is_empty() && applied.codes() == [618], "{}", applied.said());
        let value = format!(
            "conf/deployment.toml:4\nsynapse_properties.'synapse.xpath.func.extensions' = \"com.acme.Own,org.example.Vault,{ADDED}\""
        );
        assert!(applied.said().contains(&value), "{}", applied.said());
    }

    #[test]
    fn nothing_is_said_where_nothing_changes() {
        let home = Home { rules: old(), ..Home::default() };
        let updated = Home { rules: new(), ..Home::default() };
        let keep = "settings.decide.\"synapse_properties.'synapse.xpath.func.extensions'\" = \"customised\"";
        for (toml, home, decide) in [
            (toml(&format!("com.acme.Own,{ADDED}")), &home, ""),
            (toml("$env{PROVIDERS}"), &home, ""),
            (toml("com.acme.Own"), &home, keep),
            ("[server]\nhostname = 'x'\n".to_owned(), &home, ""),
            // The home's own server has the provider too, and the user did without.
            (toml("com.acme.Own"), &updated, ""),
        ] {
            let applied = apply(&RULE, &toml, home, decide);
            assert!(applied.diagnostics.is_empty(), "{toml} {}", applied.said());
        }
        // Only what the user took out themselves is missing: the old one.
        let applied = apply(&RULE, &toml("com.acme.Own"), &home, "");
        assert!(!applied.said().contains("org.example.Vault"), "{}", applied.said());
    }
}
