//! Jars of `dropins` and `lib` that the server does not take (F9), or takes for another.
//!
//! In: an [`Examined`] tree. Out: a finding for each jar, one for all that lie in folders. Always: a jar is told of once.
//!
//! Source: MI v4.0.0 `DropinsBundleDeployer`, `DefaultBundleCreator`, and Utils (`JarFileFilter`).

use super::installed::Installation;
use crate::diagnostic::{Code, Diagnostic};
use crate::examine::{Examined, Jar};
use crate::inventory::Kind;
use crate::path::EntryPath;
use std::collections::BTreeMap;

/// Finds them.
pub(super) fn check(examined: &Examined, installation: &Installation) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut twins: BTreeMap<String, &EntryPath> = BTreeMap::new();
    for (path, jar) in &examined.jars {
        let (in_dropins, in_lib) = (path.is_in("dropins"), path.is_in("lib"));
        match jar {
            Err(damage) if in_dropins || in_lib => found.push(damaged(path, damage)),
            Ok(jar) if in_dropins && path.has_extension("jar") => found.extend(without_headers(path, jar)),
            _ => {}
        }
        let twin = (in_lib && path.has_extension("jar"))
            .then(|| twins.insert(path.file_name().replace('-', "_"), path))
            .flatten();
        found.extend(twin.map(|twin| {
            Diagnostic::new(Code(307), format!("`{twin}` and `{path}` become the same bundle"))
                .at(twin)
                .hint("the server makes one wrapper of both; rename or remove one in the home")
        }));
    }
    found.extend(installation.refused.iter().filter(|(path, _)| path.is_in("dropins")).map(|(path, why)| {
        Diagnostic::new(Code(1008), format!("`{path}` is not installed: its manifest {why}"))
            .at(path)
            .hint("the framework refuses the manifest: mend the jar, or take a release of it that has a sound one")
    }));
    found.extend(in_folders(examined));
    found
}

fn damaged(path: &EntryPath, damage: &str) -> Diagnostic {
    Diagnostic::new(Code(309), format!("`{path}` cannot be read as a jar: {damage}"))
        .at(path)
        .hint("the server cannot read it either; replace it, or remove it")
}

fn without_headers(path: &EntryPath, jar: &Jar) -> Option<Diagnostic> {
    let missing =
        ["Bundle-SymbolicName", "Bundle-Version"].into_iter().find(|name| jar.manifest.header(name).is_none())?;
    let (missing, logged) = if jar.has_manifest {
        (missing, "Required Bundle manifest headers do not exists")
    } else {
        ("manifest", "Invalid Bundle found in the dropins directory")
    };
    Some(
        Diagnostic::new(Code(1006), format!("`{path}` has no {missing}, so the server ignores it"))
            .at(path)
            .hint(format!("the log says \"{logged}\"; a jar that is no bundle belongs into lib")),
    )
}

/// Jars in folders of the two folders.
fn in_folders(examined: &Examined) -> Option<Diagnostic> {
    let nodes = examined.tree.nodes.iter();
    let jars = nodes.filter(|(path, node)| {
        let is_below = |folder| path.is_below(folder) && !path.is_in(folder);
        node.is_users
            && node.kind == Kind::File
            && path.has_extension("jar")
            && (is_below("dropins") || is_below("lib"))
    });
    let jars: Vec<_> = jars.map(|(path, _)| path).collect();
    let first = jars.first()?;
    Some(
        Diagnostic::new(
            Code(1007),
            format!("{} jars lie in folders of dropins and lib, where no server looks", jars.len()),
        )
        .at(first)
        .details(jars.iter().map(ToString::to_string))
        .hint("put those that are needed into dropins or lib itself"),
    )
}
