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
