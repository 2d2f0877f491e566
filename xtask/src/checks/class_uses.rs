//! The classes that artifacts name, each with its place.
//!
//! In: an [`Examined`] tree. Out: [`Place`]s. Always: in the order of the paths, loose artifacts first.

use crate::artifacts::{Artifact, ClassUse, Role};
use crate::examine::Examined;
use crate::path::EntryPath;

/// Where an artifact names a class.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The file, or the archive that the artifact is in.
    pub(super) path: &'a EntryPath,
    /// The path inside the archive.
    pub(super) inside: Option<&'a str>,
    /// The artifact.
    pub(super) artifact: &'a Artifact,
    /// The class.
    pub(super) used: &'a ClassUse,
}

impl Place<'_> {
    /// The line of the file itself.
    pub(super) fn own_line(&self) -> Option<usize> {
        self.inside.is_none().then_some(self.used.line)
    }

    /// It in one line.
    pub(super) fn line(&self) -> String {
        let inside = self.inside.map(|inside| format!("!/{inside}")).unwrap_or_default();
        let name = &self.artifact.name;
        let of = if name.is_empty() { String::new() } else { format!(" of `{name}`") };
        format!("`{}{inside}`, line {}: {}{of}", self.path, self.used.line, role(self.used.role))
    }
}

/// Every class that an artifact names, in the order of the paths.
pub(super) fn places(examined: &Examined) -> impl Iterator<Item = Place<'_>> {
    let loose = examined.artifacts.iter().map(|(path, artifact)| (path, None, artifact));
    let packed = examined.sound_packages().flat_map(|(path, package)| {
        package.artifacts.iter().map(move |(inside, artifact)| (path, Some(inside.as_str()), artifact))
    });
    loose.chain(packed).flat_map(|(path, inside, artifact)| {
        artifact.classes.iter().map(move |used| Place { path, inside, artifact, used })
    })
}

/// What a class is used as.
fn role(role: Role) -> &'static str {
    match role {
        Role::ClassMediator => "class mediator",
        Role::ApiHandler => "handler",
        Role::MessageStore => "message store or processor",
        Role::Task => "task",
        Role::InboundEndpoint => "inbound endpoint",
        Role::Registry => "registry",
        Role::JdbcDriver => "driver",
        Role::Other => "class",
    }
}
