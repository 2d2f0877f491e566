//! Makes the small trees that the checks are tried on, and what a run of all of them says.

use super::*;
use crate::artifacts::{Artifact, ClassUse, Kind, Package, PackageKind, Role};
use crate::classes::{Class, Index};
use crate::document;
use crate::effective::Rendering;
use crate::examine::{Configuration, Jar};
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use std::collections::BTreeMap;

/// An index that defines classes and nothing else.
pub(super) fn index(classes: &[&str]) -> Index {
    let classes = classes.iter().map(|name| (Box::from(*name), Class { major: 52, ..Class::default() })).collect();
    Index { classes, ..Index::default() }
}

/// A jar of the user's with a manifest and classes.
pub(super) fn jar(manifest: &str, classes: &[&str]) -> Jar {
    Jar {
        is_users: true,
        manifest: Manifest::parse(manifest.as_bytes()).expect("a manifest"),
        has_manifest: !manifest.is_empty(),
        classes: index(classes),
    }
}

/// A tree with jars and nothing else.
pub(super) fn with_jars(jars: &[(&str, Jar)]) -> Examined {
    let jars = jars.iter().map(|(path, jar)| (EntryPath::known(path), Ok(jar.clone())));
    Examined { jars: jars.collect(), ..Examined::default() }
}

/// The same with what a deployment.toml is rendered to, in place of what is rendered of one without settings.
pub(super) fn configured(
    mut examined: Examined,
    toml: &str,
    files: &[(&str, &str)],
    stock: &[(&str, &str)],
) -> Examined {
    let rendering = |files: &[(&str, &str)]| Rendering {
        files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(),
        ..Rendering::default()
    };
    examined.configuration = Some(Configuration {
        document: document::parse(toml.as_bytes()).expect("TOML"),
        rendering: Ok(rendering(files)),
        stock: Some(rendering(stock)),
    });
    examined
}

/// An artifact that names classes.
pub(super) fn artifact(kind: Kind, name: &str, classes: &[(Role, &str)]) -> Artifact {
    let classes = classes.iter().enumerate();
    Artifact {
        kind,
        name: name.to_owned(),
        classes: classes
            .map(|(number, (role, class))| ClassUse { role: *role, class: (*class).to_owned(), line: number + 1 })
            .collect(),
        ..Artifact::default()
    }
}

/// A carbon application with artifacts and classes.
pub(super) fn application(artifacts: &[(&str, Artifact)], classes: &[&str]) -> Package {
    let artifacts = artifacts.iter().map(|(path, artifact)| ((*path).to_owned(), artifact.clone()));
    Package {
        kind: PackageKind::CarbonApplication,
        name: String::new(),
        version: String::new(),
        registry: Vec::new(),
        artifacts: artifacts.collect::<BTreeMap<_, _>>(),
        classes: index(classes),
        flaws: Vec::new(),
    }
}

/// Code, message and details of each finding, as one text.
pub(super) fn shown(found: &[Diagnostic]) -> Vec<String> {
    let lines = |found: &Diagnostic| {
        let first = format!("{} {}", found.code, found.message);
        std::iter::once(first).chain(found.details.iter().cloned()).collect::<Vec<_>>().join(" | ")
    };
    found.iter().map(lines).collect()
}

#[test]
fn a_tree_with_nothing_in_it_has_no_findings() {
    assert_eq!(shown(&run(&Examined::default(), &[])), Vec::<String>::new());
}

#[test]
fn what_the_plan_told_is_not_told_again() {
    let class = "org.wso2.micro.integrator.business.messaging.hl7.transport.T";
    let axis2 = format!("<axisconfig><transportSender name='hl7' class='{class}'/></axisconfig>");
    let toml = "[transport.hl7]\nsender.enable = true\n";
    let examined = configured(Examined::default(), toml, &[("conf/axis2/axis2.xml", &axis2)], &[]);
    let codes = |told: &[u16]| -> Vec<u16> {
        let told: Vec<_> = told.iter().map(|code| Diagnostic::new(Code(*code), "told")).collect();
        run(&examined, &told).iter().map(|found| found.code.0).collect()
    };
    assert_eq!(codes(&[]), [1304, 614]);
    assert_eq!(codes(&[614]), [1304]);
    assert_eq!(codes(&[701]), [614]);
    assert_eq!(codes(&[614, 701, 902]), Vec::<u16>::new());
}
