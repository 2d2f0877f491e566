//! The system bundle: the framework itself, and what it passes on of the Java runtime.
//!
//! In: the manifest of `org.eclipse.osgi`, and the packages that `conf/etc/launch.ini` lists. Out: a [`System`]. Always:
//! what a list has that cannot be read offers nothing.
//!
//! Source: org.eclipse.osgi.storage.Storage (`getSystemExtraCapabilities`, `getSystemExtraPackages`) of Equinox 3.14.0.

use super::bundle::{BUNDLE, Bundle, Capability, HOST};
use super::environment;
use super::filter::Value;
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;

/// What the framework is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The packages of the Java runtime that it passes on, as the header `Export-Package` would say it:
    /// `org.osgi.framework.system.packages` and `org.osgi.framework.system.packages.extra`.
    pub packages: String,
    /// The release of Java.
    pub java: u32,
}

/// The framework as the resolver sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// It, as a bundle that asks for nothing.
    pub bundle: Bundle,
}

impl System {
    /// Of the framework's jar, and what it is started with.
    pub fn of(path: EntryPath, framework: &Manifest, launch: &Launch) -> Result<Self, String> {
        let mut bundle = Bundle::read(path.clone(), framework)?;
        bundle.requirements.clear();
        let names = Value::List([&*bundle.name, "system.bundle"].map(|name| Value::Text(name.into())).into());
        for capability in &mut bundle.capabilities {
            if matches!(&*capability.namespace, BUNDLE | HOST) {
                capability.attributes.insert(capability.namespace.clone(), names.clone());
            }
        }
        let (name, version) = (&bundle.name, &bundle.version);
        let more = format!(
            "Bundle-SymbolicName: {name}\nBundle-Version: {version}\nExport-Package: {}\n",
            launch.packages.replace(['\n', '\r'], " ")
        );
        // Not a manifest of the second version: packages of Java itself may be exported, and one may be there twice.
        if let Ok(more) = Manifest::parse(more.as_bytes()).and_then(|manifest| Bundle::read(path, &manifest)) {
            let packages = more.capabilities.into_iter().filter(|found| !matches!(&*found.namespace, BUNDLE | HOST));
            bundle.capabilities.extend(packages);
        }
        // With the alias, what it exports can be asked for by either name.
        for capability in &mut bundle.capabilities {
            if let Some(name) = capability.attributes.get_mut("bundle-symbolic-name") {
                *name = names.clone();
            }
        }
        bundle.capabilities.extend(of_the_runtime(launch.java));
        Ok(Self { bundle })
    }
}

/// The execution environments, and the platform that start scripts and images of the product are for. Whether a bundle
/// is for another one no finding is made of.
fn of_the_runtime(java: u32) -> Vec<Capability> {
    let platform = "eclipse.platform; osgi.os=linux; osgi.ws=gtk; osgi.arch=x86_64; osgi.nl=en_US";
    let header = format!("{}, {platform}", environment::provided(java));
    super::bundle::capabilities(&header).unwrap_or_default()
}
