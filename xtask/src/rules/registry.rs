//! `registry`: resources that users put there, between the server's own state and what carbon applications deploy.
//!
//! Facts: message processors keep their state below `registry/governance/repository/components`
//! (`org.apache.synapse.message.processor`, and tasks named `MSMP_*`); WSO2 advises not to migrate it
//! (docs-apim includes/integration/pull-content-registry-migration.md). A resource `x` has companions
//! `x.properties` and `.metadata/x.meta` (MI v4.0.0 `MicroIntegratorRegistry`).

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::properties;
use crate::rules::{Context, Decision, three_way};

/// Where message processors keep their state.
const PROCESSORS: &str = "registry/governance/repository/components/org.apache.synapse.message.processor";

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    if is_processor_state(path) {
        return processor_state(path, entry);
    }
    if let Some(decision) = deployed(context, path, entry) {
        return decision;
    }
    three_way::decide(context, path, entry)
}

fn is_processor_state(path: &EntryPath) -> bool {
    let name = path.file_name();
    path.is_below(PROCESSORS)
        || path.as_str() == PROCESSORS
        || name.starts_with("MSMP_")
        || name.starts_with("_meta_MSMP_")
}

fn processor_state(path: &EntryPath, entry: &Entry) -> Decision {
    let decision = Decision::left_out("the state of a message processor; the server makes it anew");
    let Some(processor) = path.file_name().strip_suffix(".properties").filter(|_| path.is_in(PROCESSORS)) else {
        return decision;
    };
    let paused = entry.facts.text.as_deref().is_some_and(|text| {
        properties::read(text)
            .iter()
            .any(|property| property.key == "MESSAGE_PROCESSOR_STATE" && property.value == "PAUSED")
    });
    if !paused {
        return decision;
    }
    decision.say(
        Diagnostic::new(Code(403), format!("the message processor `{processor}` was paused and will run in 4.0.0"))
            .at(path)
            .hint("deactivate it after the start, or deploy it with the parameter is.active set to false"),
    )
}

/// The resource that a companion belongs to: itself, or what `x.properties` and `.metadata/x.meta` go with.
fn resource(path: &EntryPath) -> Vec<String> {
    let mut resources = vec![path.to_string()];
    if let Some(stem) = path.as_str().strip_suffix(".properties") {
        resources.push(stem.to_owned());
    }
    if let (Some(folder), Some(stem)) = (path.parent(), path.file_name().strip_suffix(".meta"))
        && let Some(parent) = folder.as_str().strip_suffix("/.metadata")
    {
        resources.push(format!("{parent}/{stem}"));
    }
    resources
}

fn deployed(context: &Context, path: &EntryPath, entry: &Entry) -> Option<Decision> {
    let (resource, sources) = resource(path)
        .into_iter()
        .find_map(|resource| context.deployed.get(&resource).map(|sources| (resource, sources)))?;
    let (application, _) = sources.first()?;
    let name = application.file_name();
    if resource != path.as_str() {
        let decision =
            Decision::left_out(format!("belongs to `{resource}`, which the carbon application `{name}` deploys"));
        if !path.has_extension("properties") {
            return Some(decision);
        }
        return Some(
            decision.say(
                Diagnostic::new(Code(402), format!("`{path}` holds properties of a resource that `{name}` deploys"))
                    .at(path)
                    .hint("put them into the carbon application; the file itself is left out"),
            ),
        );
    }
    let decision = Decision::left_out(format!("the carbon application `{name}` deploys it"));
    if sources.iter().any(|(_, digest)| *digest == entry.digest) {
        return Some(decision);
    }
    Some(
        decision.say(
            Diagnostic::new(
                Code(402),
                format!("`{path}` differs from the resource that `{name}` deploys in its place"),
            )
            .at(path)
            .hint("put the change into the carbon application; the file itself is left out"),
        ),
    )
}
