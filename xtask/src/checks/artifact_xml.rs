//! Artifacts that the server cannot read: synapse configuration, data services, data sources, registry resources.
//!
//! In: the artifacts of packages and those that lie loose. Out: one diagnostic for each that does not parse, or holds
//! something else than belongs there. Always: an error for `synapse.xml` alone, which the server cannot do without.
//!
//! Source: wso2-synapse v2.1.7-wso2v227 `MultiXMLConfigurationBuilder` (a loose artifact that fails is passed over in
//! fail-safe mode, which is on where `failsafe.mode.enable` is not set; `synapse.xml` is read outside of it),
//! `AbstractSynapseArtifactDeployer` (in a carbon application it fails the whole).

use crate::artifacts::{Artifact, Kind, PackageKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::path::EntryPath;

/// Tells the artifacts that do not parse, and those that hold something else.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, package) in examined.sound_packages() {
        for (inner, artifact) in &package.artifacts {
            let (place, file) = (format!("{path}!/{inner}"), inner.rsplit('/').next().unwrap_or(inner));
            found.extend(of_artifact(&place, artifact, |code| in_package(code, package.kind, file, artifact.kind)));
        }
    }
    for (path, artifact) in &examined.artifacts {
        found.extend(of_artifact(path.as_str(), artifact, |_| lying_loose(path, artifact.kind)));
    }
    found
}

/// The code and hint are made by `consequence`.
fn of_artifact(place: &str, artifact: &Artifact, consequence: impl Fn(Code) -> (Code, String)) -> Option<Diagnostic> {
    let (code, why, line) = match (&artifact.problem, &artifact.mismatch) {
        (Some((why, line)), _) => (Code(1411), why, *line),
        (None, Some(why)) => (Code(1414), why, None),
        (None, None) => return None,
    };
    let (code, hint) = consequence(code);
    let message =
        if code == Code(1414) { format!("`{place}` {why}") } else { format!("`{place}` is no XML: it {why}") };
    Some(Diagnostic::new(code, message).at_place(place, line).hint(hint))
}

fn in_package(code: Code, package: PackageKind, file: &str, kind: Kind) -> (Code, String) {
    if kind == Kind::RegistryResource {
        let hint = "the server deploys it as it is, and what asks the registry for it fails; correct it, and build the \
                    carbon application again";
        return (Code(1413), hint.to_owned());
    }
    let hint = match package {
        PackageKind::CarbonApplication => format!(
            "the server logs `Deployment of synapse artifact failed. Error parsing ..{file}` or `.. Deployment from the \
             file : ..{file} : Failed`, takes the whole carbon application back, and `/healthz` says `not ready, faulty \
             CAPPs detected`; correct it, and build the application again"
        ),
        _ => "what uses it fails; get the archive anew, or build it again".to_owned(),
    };
    (code, hint)
}

fn lying_loose(path: &EntryPath, kind: Kind) -> (Code, String) {
    let file = path.file_name();
    let is_whole = path.is_in("repository/deployment/server/synapse-configs/default") && file == "synapse.xml";
    if is_whole {
        let hint = "the server does not start: `FATAL {ServiceBusInitializer} - Failed to initialize ESB`; correct it";
        return (Code(1412), hint.to_owned());
    }
    let hint = match kind {
        Kind::DataService => "the server lists the data service as faulty, and it is not there; correct it".to_owned(),
        _ => format!(
            "the server logs `.. configuration cannot be built from : {file} - Continue in fail-safe mode` and goes on \
             without it; correct it"
        ),
    };
    let code = if kind == Kind::RegistryResource { Code(1413) } else { Code(1411) };
    (code, hint)
}
