//! Keystore and truststore of the internal APIs.
//!
//! In: a draft. Out: settings of `internal_api_ssl_config` that say what the old server used, where 4.0.0 would follow
//! a keystore that the user changed. Always: what the user set stays; what a
//! person decided about is left to them.

use super::Rule;
use crate::choice::InternalKeystores;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Value};
use crate::settings::decision::shown;
use crate::settings::draft::Draft;
use crate::settings::meaning::{self, Defaults, INTERNAL_APIS};

pub(super) const RULE: Rule = Rule {
    name: "internal-api-keystores",
    what: "pins keystore and truststore of the internal APIs to what the old server used, where [keystore.primary] or \
           [truststore] were changed",
    source: "MI v1.2.0 and v4.0.0 distribution/src/resources/config-tool/default.json (internal_api_ssl_config.*); \
             issue #1974",
    apply,
};

fn apply(draft: &mut Draft<'_>) {
    let home = Defaults::of_home(&draft.home.rules);
    let fresh = Defaults::of_fresh(draft.fresh);
    let mut differ = Vec::new();
    for (name, _, _) in &INTERNAL_APIS {
        let key = Key::dotted(name);
        if draft.ours.contains_key(&key) || draft.theirs.contains_key(&key) || draft.is_fresh(&key) {
            continue;
        }
        let (Some(old), Some(new)) = (home.get(name), fresh.get(name)) else { continue };
        let followed_before = old.contains("$ref{");
        if followed_before || !new.contains("$ref{") || meaning::effective(draft, &fresh, name).as_deref() == Some(old)
        {
            continue;
        }
        differ.push((*name, old.to_owned()));
    }
    if draft.policy.internal_keystores == InternalKeystores::AsBefore {
        for (name, old) in &differ {
            let reason = "the old server used it whatever [keystore.primary] and [truststore] said";
            draft.add(&Key::dotted(name), Value::from(old.as_str()), RULE.name, reason);
        }
    }
    let names: Vec<&str> = differ.iter().map(|(name, _)| *name).collect();
    tell_pinned(draft, "internal_api_ssl_config", &names);
}

/// Says once, for all keystores of the server itself, what was pinned or what follows.
pub(super) fn tell_pinned(draft: &mut Draft<'_>, table: &str, keys: &[&str]) {
    if keys.is_empty() {
        return;
    }
    let pinned = draft.policy.internal_keystores == InternalKeystores::AsBefore;
    let mut lines = Vec::new();
    if pinned {
        for name in keys {
            let key = Key::dotted(name);
            let value = draft.ours.get(&key).map(|value| shown(&key, value)).unwrap_or_default();
            lines.push(format!("{name} = {value}"));
        }
    } else {
        lines.extend(keys.iter().map(|name| format!("{name} follows")));
        if table.starts_with("keystore") {
            lines.push(
                "secrets that were encrypted with the stock keystore must be encrypted anew with that of \
                 [keystore.primary]; until then the server cannot read them"
                    .to_owned(),
            );
        }
    }
    let known = draft.diagnostics.iter_mut().find(|known| known.code == Code(608));
    if let Some(known) = known {
        lines.retain(|line| !known.details.contains(line));
        known.details.append(&mut lines);
        return;
    }
    let (message, hint) = if pinned {
        (
            "keystores of the server itself are pinned to what the old server used",
            "to let them follow [keystore.primary] and [truststore], say internal_keystores = \"follow primary\" under \
             [settings] in the policy, and encrypt the secrets anew",
        )
    } else {
        (
            "keystores of the server itself follow [keystore.primary] and [truststore], as the policy says",
            "the old server used the stock keystores for them",
        )
    };
    let said = Diagnostic::new(Code(608), message).details(lines).hint(hint);
    // Where what they would follow was changed.
    let changed = ["keystore.primary", "truststore"].map(Key::dotted);
    let place = changed.iter().find(|key| draft.line(key).is_some()).unwrap_or(&changed[0]).clone();
    draft.say(&place, said);
}

#[cfg(test)]
mod tests;
