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
        found.extend(of_artifact(path.as_str(), artifact, |code| lying_loose(code, path, artifact.kind)));
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

fn lying_loose(code: Code, path: &EntryPath, kind: Kind) -> (Code, String) {
    let file = path.file_name();
    let is_whole = path.is_in("repository/deployment/server/synapse-configs/default") && file == "synapse.xml";
    if is_whole && code == Code(1411) {
        let hint =
            "the server does not start: `FATAL {ServiceBusInitializer} - Couldn't initialize the ESB...`; correct it";
        return (Code(1412), hint.to_owned());
    }
    let hint = match kind {
        Kind::DataService => "the server lists the data service as faulty, and it is not there; correct it".to_owned(),
        _ => format!(
            "the server logs `.. configuration cannot be built from : {file} - Continue in fail-safe mode` and goes on \
             without it; correct it"
        ),
    };
    (code, hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::artifact_tests::{CARS, LOOSE, NS, told, tree};
    use crate::diagnostic::Severity;
    use crate::sample::{Artifact as Packed, carbon_application};

    fn loose(file: &str, text: &str) -> Vec<Diagnostic> {
        check(&tree(&[(&format!("{LOOSE}/{file}"), text.replace("NS", NS).into_bytes())]))
    }

    #[test]
    fn sound_artifacts_are_not_spoken_of() {
        for (file, text) in [
            ("sequences/S.xml", "<sequence NS name='S'/>"),
            ("local-entries/K.xml", "<localEntry key='K'>a &lt; b</localEntry>"),
            ("synapse.xml", "<definitions NS/>"),
            ("imports/i.xml", "<import name='file' package='p'/>"),
            ("event-sources/e.xml", "<anything/>"),
        ] {
            assert_eq!(loose(file, text), [], "{file}");
        }
    }

    #[test]
    fn what_lies_loose_is_told_with_its_line_and_log() {
        let found = loose("sequences/S.xml", "<sequence NS name='S'>\n<log>\n</sequence>");
        let place = format!("{LOOSE}/sequences/S.xml");
        let expected = format!("MI1411 {place}:3: `{place}` is no XML: it closes `sequence` where `log` is open");
        assert_eq!(told(&found), [expected]);
        let log = "configuration cannot be built from : S.xml - Continue in fail-safe mode";
        assert!(found[0].hint.as_deref().unwrap_or_default().contains(log));
        let found = loose("sequences/S.xml", "<endpoint NS name='S'/>");
        assert_eq!(
            told(&found),
            [format!("MI1414 {place}: `{place}` holds a `<endpoint>` where a `<sequence>` belongs")]
        );
    }

    #[test]
    fn synapse_xml_stops_the_server() {
        let found = loose("synapse.xml", "<definitions NS>");
        assert_eq!((found[0].code, found[0].severity), (Code(1412), Severity::Error));
    }

    #[test]
    fn in_an_application_the_whole_is_taken_back() {
        let car = carbon_application(
            "A",
            "1",
            &[
                Packed::file("S", "synapse/sequence", "s.xml", "<sequence"),
                Packed::registry_resource("R", "/_system/governance/x", "a.xslt", "text/plain", "<a>"),
                Packed::registry_resource("T", "/_system/governance/x", "a.txt", "text/plain", "<a>"),
            ],
        );
        let path = format!("{CARS}/a.car");
        let found = check(&tree(&[(&path, car)]));
        assert_eq!(
            told(&found),
            [
                format!(
                    "MI1413 {path}!/R_1/resources/a.xslt: `{path}!/R_1/resources/a.xslt` is no XML: it ends before its first element is closed"
                ),
                format!("MI1411 {path}!/S_1/s.xml: `{path}!/S_1/s.xml` is no XML: it holds no whole element"),
            ]
        );
        assert!(found[1].hint.as_deref().unwrap_or_default().contains("faulty CAPPs"));
    }
}
