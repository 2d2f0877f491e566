//! Files of `conf` that the server renders from deployment.toml. Never carried.
//!
//! Facts: config-mapper v1.0.12 and v1.0.18 render `templates/**.j2` again only when deployment.toml or a recorded
//! variable changed, so a hand edit was in force until then; the digests of what was rendered are in
//! `repository/resources/conf/.metadata/metadata_config.properties`. `conf/wso2-log-masking.properties` was a plain
//! file in 1.2.0 and is rendered from `[masking_pattern.properties]` in 4.0.0.

use crate::change::Change;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Value};
use crate::inventory::Entry;
use crate::merge;
use crate::path::EntryPath;
use crate::rendered::{self, HandEdit};
use crate::rules::deployment_toml::{self, LOG_MASKING};
use crate::rules::{Context, Decision};
use crate::secret;
use crate::{choice, properties, settings};

const METADATA: &str = "repository/resources/conf/.metadata/metadata_config.properties";
const TEMPLATES: &str = "repository/resources/conf/templates";
/// Every value in it is a secret.
const CIPHER_TEXT: &str = "conf/security/cipher-text.properties";

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let decision = Decision::left_out("the server renders it from deployment.toml");
    let home = &context.inputs.customised;
    let template = home.text(&format!("{TEMPLATES}/{path}.j2"));
    let Some(text) = entry.facts.text.as_deref() else {
        let said = format!("`{path}` is too large to be compared; an edit by hand in it is not carried");
        return decision.say(Diagnostic::new(Code(204), said).at(path).hint("compare it with what the server renders"));
    };
    if path.as_str() == LOG_MASKING && template.is_none() {
        return masking(context, path, text, decision);
    }
    let recorded = home.text(METADATA).map(rendered::recorded).unwrap_or_default();
    let exact = context.rendered_by_home.get(path.as_str()).map(String::as_str);
    let edits = || rendered::hand_edits(text, template, exact, &context.rendering);
    match (recorded.get(path.as_str()), template) {
        (Some(digest), _) if *digest == rendered::md5(text) => decision,
        (Some(_), _) => decision.say(diagnostic(path, &edits())),
        _ if matches!(context.change(path, entry), Change::Unmodified | Change::Unknown) => decision,
        // The server has not rendered it, as far as anything tells: only a line that stands out is somebody's.
        (None, Some(_)) => {
            let edits = edits();
            if edits.is_empty() { decision } else { decision.say(diagnostic(path, &edits)) }
        }
        // Without a template the home's server did not render it: it was kept by hand.
        (None, None) => {
            let shipped = context.inputs.pristine.as_ref().and_then(|pristine| pristine.text(path.as_str()));
            let difference = shipped.map(|shipped| merge::difference(shipped, text)).unwrap_or_default();
            let difference = if path.as_str() == CIPHER_TEXT { Vec::new() } else { difference };
            decision.say(diagnostic(path, &[]).details(difference))
        }
    }
}

/// How many edits are shown before the rest is only counted.
const SHOWN: usize = 40;

fn diagnostic(path: &EntryPath, edits: &[HandEdit]) -> Diagnostic {
    let mut details = Vec::new();
    for edit in edits.iter().take(SHOWN) {
        let masked = path.as_str() == CIPHER_TEXT || edit.setting.iter().flatten().any(|line| line.contains("***"));
        let text = if masked { "(not shown: it may hold a secret)" } else { secret::shown(edit.text.trim()) };
        match edit.line {
            Some(line) => details.push(format!("line {line}: {text}")),
            None => details.push(format!("taken out: {text}")),
        }
        if let Some(setting) = &edit.setting {
            details
                .push("    in deployment.toml (a line of an element that is there goes into that element):".to_owned());
            details.extend(setting.iter().map(|line| format!("        {line}")));
        }
    }
    if edits.len() > SHOWN {
        details.push(format!("more lines: {}", edits.len() - SHOWN));
    }
    if edits.is_empty() {
        details.push("no line stands out; something may have been reordered, or only a comment changed".to_owned());
    }
    let diagnostic = Diagnostic::new(
        Code(204),
        format!("`{path}` was edited by hand; the edit was in force and is not carried"),
    )
    .details(details)
    .hint(if edits.iter().any(|edit| edit.setting.is_some()) {
        "put the settings given into the home's deployment.toml and run again; what no setting can say needs a changed \
         template or another way in 4.0.0"
    } else {
        "look for a setting of deployment.toml that says the same; what none can say needs a changed template or another \
         way in 4.0.0"
    });
    diagnostic.at_place(path, edits.iter().find_map(|edit| edit.line))
}

/// Patterns of log masking that the user added to the plain file of 1.2.0: the merge of deployment.toml moves them
/// there, and says so. Where it is not merged they are told.
fn masking(context: &Context, path: &EntryPath, text: &[u8], decision: Decision) -> Decision {
    let is_merged = context.inputs.customised.text(deployment_toml::PATH).is_some();
    if is_merged && !deployment_toml::is_taken_whole(context.policy) {
        return decision;
    }
    let shipped = context.inputs.pristine.as_ref().and_then(|pristine| pristine.text(LOG_MASKING));
    let patterns = properties::added(text, shipped);
    let Some(first) = patterns.first() else { return decision };
    let mut of_file = properties::read(text).into_iter().zip(properties::escaped(text));
    let line = of_file.find(|(_, pattern)| pattern == first).map_or(1, |(property, _)| property.line);
    let table = Key::dotted("masking_pattern.properties");
    let mut details = vec![format!("in deployment.toml: [{table}]")];
    details.extend(patterns.iter().map(|(name, text)| {
        let shown = settings::decision::shown(&table.then(name), &Value::from(text.as_str()));
        format!("    {} = {shown}", choice::quoted(name))
    }));
    decision.say(
        Diagnostic::new(
            Code(204),
            format!("`{path}` holds patterns of log masking; 4.0.0 renders the file and would mask nothing"),
        )
        .at_line(path, line)
        .details(details)
        .hint("put the settings given into the home's deployment.toml and run again"),
    )
}
