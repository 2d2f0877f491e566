//! Connectors and axis2 services.
//!
//! In: the contents of a connector's zip, or of an `.aar`. Out: a [`Package`]. Always: all flaws, not the first alone.
//!
//! Source: wso2-synapse v2.1.7-wso2v227 `LibDeployerUtils` (`connector.xml` names components, each with a folder and a
//! `component.xml`, which names the files of its templates), Axis2 1.6.1 `ServiceDeployer`.

use super::application::{bare, with_document};
use super::archive::Contents;
use super::synapse::add_class;
use super::xml::{self, Lines, clean};
use super::{Artifact, Flaw, Package, PackageKind, Role, synapse};
use crate::facts::synapse::parse;
use roxmltree::Node;
use std::collections::BTreeSet;

fn children<'a, 'i>(element: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    element.children().filter(move |child| child.tag_name().name() == name)
}

/// Reads a connector.
pub(super) fn read(contents: &Contents) -> Package {
    let mut package = bare(PackageKind::Connector, contents);
    if !contents.is_whole {
        return package;
    }
    let whole = with_document(contents, "connector.xml", |root| {
        let whole = children(root, "component").next();
        let whole = whole.ok_or_else(|| ("names no component".to_owned(), None))?;
        let wanted = children(whole, "dependency").filter_map(|child| child.attribute("component")).map(clean);
        Ok((clean(whole.attribute("name").unwrap_or_default()), wanted.collect::<Vec<_>>()))
    });
    let (name, wanted) = match whole {
        Ok(whole) => whole.unwrap_or_default(),
        Err((why, line)) => {
            package.flaws.push(Flaw::Description("connector.xml".to_owned(), why, line));
            return package;
        }
    };
    package.name = name;
    let mut found = BTreeSet::new();
    for path in &contents.names {
        let Some(folder) = path.strip_suffix("/component.xml").filter(|folder| !folder.contains('/')) else { continue };
        let component = with_document(contents, path, |root| {
            let files = root.descendants().filter(|node| node.tag_name().name() == "file");
            let files = files.filter_map(|file| file.text()).map(|file| file.trim().to_owned());
            Ok((clean(root.attribute("name").unwrap_or_default()), files.collect::<Vec<_>>()))
        });
        match component {
            Ok(Some((name, files))) => {
                for file in files {
                    template(contents, &name, format!("{folder}/{file}"), &mut package);
                }
                found.insert(name);
            }
            Ok(None) => {
                found.insert(clean(folder));
            }
            Err((why, line)) => package.flaws.push(Flaw::Description(clean(path), why, line)),
        }
    }
    for name in wanted.into_iter().filter(|name| !found.contains(name)) {
        package.flaws.push(Flaw::MissingDependency(name, String::new()));
    }
    for path in &contents.names {
        let is_entry = path.strip_prefix("local-entries/").is_some_and(|file| !file.contains('/'));
        if let Some(bytes) = contents.kept.get(path).filter(|_| is_entry) {
            package.artifacts.insert(path.clone(), synapse::read(bytes, "localEntry"));
        }
    }
    package
}

/// Adds a template of a component.
fn template(contents: &Contents, component: &str, path: String, package: &mut Package) {
    if !contents.holds(&path) {
        let file = path.rsplit('/').next().unwrap_or_default();
        package.flaws.push(Flaw::MissingFile(component.to_owned(), clean(file)));
    } else if let Some(bytes) = contents.kept.get(&path) {
        package.artifacts.insert(path, synapse::read(bytes, "template"));
    }
}

/// Reads an axis2 service.
pub(super) fn axis_service(contents: &Contents) -> Package {
    const DESCRIPTION: &str = "META-INF/services.xml";
    let mut package = bare(PackageKind::AxisService, contents);
    if !contents.is_whole {
        return package;
    }
    let found = with_document(contents, DESCRIPTION, |root| {
        let name = root.attribute("name").or_else(|| children(root, "service").next()?.attribute("name"));
        Ok(clean(name.unwrap_or_default()))
    });
    match found {
        Ok(name) => package.name = name.unwrap_or_default(),
        Err((why, line)) => package.flaws.push(Flaw::Description(DESCRIPTION.to_owned(), why, line)),
    }
    if let Some(bytes) = contents.kept.get(DESCRIPTION) {
        package.artifacts.insert(DESCRIPTION.to_owned(), services(bytes));
    }
    package
}

/// The classes that `services.xml` names.
fn services(bytes: &[u8]) -> Artifact {
    let mut artifact = Artifact::default();
    let Ok(text) = xml::text(bytes) else { return artifact };
    let Ok(document) = parse(&text) else { return artifact };
    let lines = Lines::of(&text);
    for parameter in document.descendants().filter(|node| node.tag_name().name() == "parameter") {
        if parameter.attribute("name").is_some_and(|name| name.eq_ignore_ascii_case("ServiceClass")) {
            let class = parameter.text().unwrap_or_default();
            add_class(&mut artifact, Role::Other, class, lines.line(parameter));
        }
    }
    artifact
}
