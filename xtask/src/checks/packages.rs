//! Carbon applications, connectors and axis2 services that the server cannot unpack, or not deploy as a whole.
//!
//! In: the packages, with the flaws that were found while they were read. Out: one diagnostic for each kind of flaw of a
//! package, with a line for each flaw. Always: never an error, since the server starts without the package.
//!
//! Source: MI v4.0.0 `CappDeployer`: only what fails while its artifacts are deployed makes an application faulty for
//! `/healthz`; one that cannot be unpacked or described is told of in the log alone.

use crate::artifacts::{Flaw, Package, PackageKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::path::EntryPath;
use std::collections::BTreeMap;

/// Tells the flaws of each package.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (path, package) in &examined.packages {
        match package {
            Ok(package) => found.extend(of_package(path, package)),
            Err(why) => {
                let hint = not_unpacked(path, kind_of(path));
                found.push(Diagnostic::new(Code(1401), format!("`{path}` {why}")).at(path).hint(hint));
            }
        }
    }
    found
}

fn kind_of(path: &EntryPath) -> PackageKind {
    if path.has_extension("car") {
        PackageKind::CarbonApplication
    } else if path.has_extension("aar") {
        PackageKind::AxisService
    } else {
        PackageKind::Connector
    }
}

fn of_package(path: &EntryPath, package: &Package) -> Vec<Diagnostic> {
    let mut lines: BTreeMap<Code, Vec<String>> = BTreeMap::new();
    for flaw in &package.flaws {
        let (code, line) = told(flaw);
        lines.entry(code).or_default().push(line);
    }
    lines
        .into_iter()
        .map(|(code, lines)| {
            let what = summary(code);
            Diagnostic::new(code, format!("`{path}` {what}")).at(path).details(lines).hint(hint(code, path, package))
        })
        .collect()
}

/// The code of a flaw, and a line that tells it.
fn told(flaw: &Flaw) -> (Code, String) {
    match flaw {
        Flaw::Damaged(entry, why) => (Code(1401), format!("`{entry}`: {why}")),
        Flaw::NoFolderEntry(folder) => (Code(1402), format!("`{folder}/`")),
        Flaw::Description(file, why, None) => (Code(1403), format!("`{file}` {why}")),
        Flaw::Description(file, why, Some(line)) => (Code(1403), format!("`{file}` {why} (line {line})")),
        Flaw::MissingDependency(name, version) if version.is_empty() => (Code(1404), format!("`{name}`")),
        Flaw::MissingDependency(name, version) => (Code(1404), format!("`{name}` {version}")),
        Flaw::MissingFile(name, file) => (Code(1405), format!("`{file}` of `{name}`")),
        Flaw::UnknownType(name, kind) if kind.is_empty() => (Code(1406), format!("`{name}` has no type")),
        Flaw::UnknownType(name, kind) => (Code(1406), format!("`{name}` is of the type `{kind}`")),
        Flaw::FileCount(name, count) => (Code(1406), format!("`{name}` names {count} files, and must name one")),
        Flaw::OtherRole(name, role) if role.is_empty() => (Code(1407), format!("`{name}` names no server role")),
        Flaw::OtherRole(name, role) => (Code(1407), format!("`{name}` is for `{role}`")),
        Flaw::NothingToDeploy => (Code(1407), "nothing in it is for this server".to_owned()),
        Flaw::StrayMetadata(why) => (Code(1408), format!("`metadata.xml` {why}")),
        Flaw::Name(name, why) => (Code(1409), format!("`{name}` {why}")),
        Flaw::TooLarge(why) => (Code(1410), why.clone()),
        Flaw::MissingResource(name, file) => (Code(1415), format!("`{file}` of `{name}`")),
    }
}

fn summary(code: Code) -> &'static str {
    match code.0 {
        1401 => "has entries that cannot be read",
        1402 => "has files in a folder that has no entry of its own before them",
        1403 => "has a description that the server cannot read",
        1404 => "lacks artifacts that its description asks for",
        1405 => "lacks files that its artifacts name",
        1406 => "has artifacts that this server does not deploy",
        1407 => "has artifacts that are for another kind of server",
        1408 => "has a `metadata.xml`, which 4.0.0 reads instead of `artifacts.xml`",
        1409 => "has names that are unpacked to somewhere else",
        1410 => "is larger than what is looked at",
        _ => "lacks files that its registry resources name",
    }
}

/// What the server does with the package, and what to do.
fn hint(code: Code, path: &EntryPath, package: &Package) -> String {
    let is_application = package.kind == PackageKind::CarbonApplication;
    let whole = format!("{}_{}", package.name, package.version);
    match code.0 {
        1401 | 1409 => not_unpacked(path, package.kind),
        1402 => format!(
            "{}; pack it again with an entry for each folder, before the files in it",
            not_unpacked(path, package.kind)
        ),
        1403 if is_application => format!(
            "the server logs `Error while deploying carbon application ..{}` and deploys nothing of it; build it again",
            path.file_name()
        ),
        1404 if is_application => format!(
            "the server logs `Some dependencies were not satisfied in cApp:{whole}..` and deploys nothing of it, which \
             `/healthz` does not tell; build it again with all of its artifacts"
        ),
        1403 | 1404 => "the server deploys nothing of it; get it anew, or build it again".to_owned(),
        1405 if is_application => {
            "the server takes the whole application back, and `/healthz` says `not ready, faulty \
                                   CAPPs detected`; build it again"
                .to_owned()
        }
        1405 => "what uses these files fails when it is loaded; get it anew, or build it again".to_owned(),
        1406 => {
            "the server passes them over or fails at them, and 4.0.0 has nothing that takes them; take them out, or \
                 correct their `artifact.xml`"
                .to_owned()
        }
        1407 => "the server passes them over (`No artifacts found to be deployed in this server` where all are), and \
                 fails where no role is named; it is `EnterpriseServiceBus`, `EnterpriseIntegrator` and \
                 `DataServicesServer`"
            .to_owned(),
        1408 => "delete `metadata.xml` from the archive, or make it say what `artifacts.xml` says".to_owned(),
        1410 => "nothing is said of what is in it".to_owned(),
        _ => "the server logs `Specified file to be written as a resource is not found at : ..` and goes on without \
              them; build it again"
            .to_owned(),
    }
}

fn not_unpacked(path: &EntryPath, kind: PackageKind) -> String {
    let name = path.file_name();
    match kind {
        PackageKind::CarbonApplication => format!(
            "the server logs `Error while extracting Carbon Application : {name}` and deploys nothing of it; the \
             management API lists it neither as active nor as faulty"
        ),
        PackageKind::Connector => {
            format!("the server logs `Error while extracting Synapse Library : {name}`, and what uses it fails")
        }
        PackageKind::AxisService => "the server does not unpack it, and the service is not there".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::artifact_tests::{CARS, NS, home, told, tree};
    use crate::sample::{Artifact, carbon_application, plain_zip};

    fn found(files: &[(&str, &[u8])]) -> Vec<String> {
        told(&check(&tree(&[(&format!("{CARS}/a.car"), plain_zip(files))])))
    }

    const WHOLE: &str = "<artifacts><artifact name='A' version='1' type='carbon/application'>\
        <dependency artifact='S' version='1' serverRole='EnterpriseServiceBus'/></artifact></artifacts>";
    const ONE: &str = "<artifact name='S' version='1' type='synapse/sequence'><file>s.xml</file></artifact>";

    #[test]
    fn a_sound_application_is_not_spoken_of() {
        let sequence = format!("<sequence {NS} name='S'/>");
        let car = carbon_application("A", "1", &[Artifact::file("S", "synapse/sequence", "s.xml", sequence)]);
        assert_eq!(told(&check(&tree(&[(&format!("{CARS}/a.car"), car)]))), [""; 0]);
    }

    #[test]
    fn all_flaws_are_told_by_kind() {
        let place = format!("{CARS}/a.car");
        let lines = found(&[
            ("artifacts.xml", WHOLE.replace("EnterpriseServiceBus", "X").as_bytes()),
            ("metadata.xml", b"<m>"),
            ("T_1/artifact.xml", b"<artifact"),
            ("..\\x", b""),
        ]);
        assert_eq!(
            lines,
            [
                format!("MI1403 {place}: `{place}` has a description that the server cannot read"),
                "  `T_1/artifact.xml` holds no whole element".to_owned(),
                format!("MI1407 {place}: `{place}` has artifacts that are for another kind of server"),
                "  `S` is for `X`".to_owned(),
                "  nothing in it is for this server".to_owned(),
                format!("MI1408 {place}: `{place}` has a `metadata.xml`, which 4.0.0 reads instead of `artifacts.xml`"),
                "  `metadata.xml` ends before its first element is closed".to_owned(),
                format!("MI1409 {place}: `{place}` has names that are unpacked to somewhere else"),
                "  `..\\x` holds a backslash, which is no separator of folders".to_owned(),
            ]
        );
        for (files, code) in [
            (vec![("artifacts.xml", WHOLE)], "MI1404"),
            (vec![("artifacts.xml", WHOLE), ("S_1/artifact.xml", ONE)], "MI1405"),
            (vec![("artifacts.xml", WHOLE), ("S_1/artifact.xml", &ONE.replace("synapse/", "jaggery/"))], "MI1406"),
            (
                vec![
                    ("artifacts.xml", WHOLE),
                    ("S_1/artifact.xml", &ONE.replace("synapse/sequence", "registry/resource")),
                    ("S_1/s.xml", "<resources><item><file>a</file><path>/p</path></item></resources>"),
                ],
                "MI1415",
            ),
        ] {
            let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
            let lines = found(&files);
            assert!(lines.len() == 2 && lines[0].starts_with(code), "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_archive_is_told_with_what_the_server_logs() {
        let folder = "repository/deployment/server";
        for (file, log) in [
            ("carbonapps/a.car", "Error while extracting Carbon Application : a.car"),
            ("synapse-libs/a.zip", "Error while extracting Synapse Library : a.zip"),
            ("axis2services/a.aar", "the service is not there"),
        ] {
            let path = format!("{folder}/{file}");
            let diagnostics = check(&tree(&[(&path, b"no zip".to_vec())]));
            assert_eq!(diagnostics.len(), 1);
            assert!(diagnostics[0].message.starts_with(&format!("`{path}` is no ")), "{}", diagnostics[0].message);
            assert!(diagnostics[0].hint.as_deref().unwrap_or_default().contains(log));
        }
    }

    #[test]
    fn of_real_applications_what_is_told_is_true() {
        let Some(folder) = crate::tests::folder("UPGRADE_CARBON_APPLICATIONS") else { return };
        let files: Vec<_> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|file| file.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "car"))
            .map(|path| {
                let name = path.file_name().and_then(|name| name.to_str()).expect("UTF-8");
                (format!("{CARS}/{name}"), std::fs::read(&path).expect("a file"))
            })
            .collect();
        let files: Vec<_> = files.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
        let found = crate::checks::run(&tree(&files), &[]).into_iter().filter(|found| found.code.0 / 100 == 14);
        let lines = told(&found.collect::<Vec<_>>()).join("\n").replace(&format!("{CARS}/"), "");
        let stylesheet = "1_1_3_synapse-configCompositeApplication_1.0.0.car!/config_convert_json_to_soap_xsltStyleSheet_1.0.0/\
            resources/config_convert_json_to_soap_xsltStyleSheet.xml";
        let endpoint = "SynchroDepInValidCarApp_1.0.0.car!/StockQuoteServiceEp1_1.0.0/StockQuoteServiceEp1-1.0.0.xml";
        let twice = ["2-", "3_"].map(|part| {
            format!("1_1_{part}synapse-configCompositeApplication_1.0.0.car!/JSON_EP_1.0.0/JSON_EP-1.0.0.xml")
        });
        let names = "refers to a name that nothing in the tree defines";
        let expected = [
            format!("MI1413 {stylesheet}:1: `{stylesheet}` is no XML: it does not declare the prefix `soapenv`"),
            format!("MI1414 {endpoint}: `{endpoint}` has a `<endpoint>` that is not in the namespace `http://ws.apache.org/ns/synapse`"),
            format!("MI1421 CappDeactivateAndRestartTest_1.0.0.car: `CappDeactivateAndRestartTest_1.0.0.car` {names}"),
            "  sequence `faultSequence` (VFSTestProxy_1.0.0/VFSTestProxy-1.0.0.xml:3)".to_owned(),
            format!("MI1421 SecurityPolicyWSDLBindingCapp_1.0.0.car: `SecurityPolicyWSDLBindingCapp_1.0.0.car` {names}"),
            "  registry resource `conf:/repository/server-policy.xml` (SecpolicyCappTest_1.0.0/SecpolicyCappTest-1.0.0.xml:13)".to_owned(),
            format!("MI1421 esb-artifacts-rule-mediator-car_1.0.0.car: `esb-artifacts-rule-mediator-car_1.0.0.car` {names}"),
            "  sequence `nonExistentService` (proxyService2_1.0.0/proxyService2-1.0.0.xml:37)".to_owned(),
            // The two applications were never meant to be deployed together.
            format!("MI1431 {}: endpoint `JSON_EP` is defined 2 times", twice[0]),
            format!("  {}", twice[0]),
            format!("  {}", twice[1]),
        ];
        assert_eq!(lines, expected.join("\n"));
    }

    /// The connector and the service of that home have a folder without an entry.
    #[test]
    fn of_a_home_of_real_size_what_is_told_is_true() {
        let Some(inputs) = crate::tests::folder("UPGRADE_REAL_INPUTS") else { return };
        for name in ["home", "home-updated"] {
            let examined = home(&inputs.join(name).join("wso2mi-1.2.0"));
            let lines: Vec<_> =
                crate::checks::run(&examined, &[]).into_iter().filter(|found| found.code.0 / 100 == 14).collect();
            let lines = told(&lines);
            let server = "repository/deployment/server";
            let aar = format!("{server}/axis2services/Version.aar");
            let connector = format!("{server}/synapse-libs/file-connector-2.3.0.zip");
            let what = "has files in a folder that has no entry of its own before them";
            assert_eq!(
                lines,
                [
                    format!("MI1402 {aar}: `{aar}` {what}"),
                    "  `stand-in/`".to_owned(),
                    format!("MI1402 {connector}: `{connector}` {what}"),
                    "  `stand-in/`".to_owned(),
                ],
                "{name}"
            );
        }
    }
}
