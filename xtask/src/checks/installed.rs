//! The bundles that the server will install from a tree.
//!
//! In: an [`Examined`] tree. Out: an [`Installation`]. Always: in the order of paths; a jar is in one of the lists, or is none of the server's bundles.
//!
//! Source: MI v4.0.0 `DefaultBundleCreator`, `SystemBundleExtensionCreator`, `DropinsBundleDeployer` and Utils
//! (`createBundle`, `parseJar`), in the order of `Main.invokeExtensions`. Only files at the top of a folder count.

use crate::bundles::{Bundle, Launch, System};
use crate::examine::{Examined, Jar};
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use crate::properties;
use std::collections::{BTreeMap, BTreeSet};

/// The folder of the platform's bundles.
pub(super) const PLUGINS: &str = "wso2/components/plugins";
/// Which of them are installed.
const BUNDLES_INFO: &str =
    "wso2/components/micro-integrator-default/configuration/org.eclipse.equinox.simpleconfigurator/bundles.info";
/// What the framework is started with.
pub(super) const LAUNCH_INI: &str = "conf/etc/launch.ini";
/// The packages of Java that the framework passes on.
pub(super) const SYSTEM_PACKAGES: &str = "org.osgi.framework.system.packages";
/// The release of Java that images of the product bring.
const JAVA: u32 = 11;

/// What comes of the jars.
#[derive(Debug, Default)]
pub(super) struct Installation {
    /// The bundles, those of the platform first.
    pub bundles: Vec<Bundle>,
    /// How many of them are the platform's.
    pub platforms: usize,
    /// Bundles that are left out, since another of their name and version is there: its path.
    pub repeated: BTreeMap<EntryPath, EntryPath>,
    /// Bundles whose manifest the framework refuses, with a lower-case fragment.
    pub refused: BTreeMap<EntryPath, String>,
    /// The framework's own jar.
    pub framework: Option<EntryPath>,
}

/// What the server installs.
pub(super) fn installation(examined: &Examined) -> Installation {
    let mut found = Installation::default();
    let listed = listed(examined);
    let unpacked = unpacked(examined);
    let plugins = examined.sound_jars().filter(|(path, _)| path.is_in(PLUGINS));
    let plugins = plugins.map(|(path, jar)| (path, &jar.manifest, jar.is_users));
    let mut plugins: Vec<_> = plugins.chain(unpacked.iter().map(|(path, manifest)| (path, manifest, false))).collect();
    plugins.sort_by_key(|(path, _, is_users)| (*is_users, *path));
    for (path, manifest, is_users) in plugins {
        if listed.as_ref().is_some_and(|listed| !listed.contains(path.file_name())) {
            continue;
        }
        if manifest.first_clause("Bundle-SymbolicName") == Some("org.eclipse.osgi") {
            found.framework = Some(path.clone());
            continue;
        }
        found.add(path, manifest);
        if !is_users {
            found.platforms = found.bundles.len();
        }
    }
    let generated = generated(examined);
    let made: BTreeSet<String> = generated.iter().map(|(name, ..)| format!("dropins/{name}_1.0.0.jar")).collect();
    let dropins = examined.sound_jars().filter(|(path, jar)| {
        let headers = ["Bundle-SymbolicName", "Bundle-Version"];
        path.is_in("dropins")
            && path.has_extension("jar")
            && headers.iter().all(|name| jar.manifest.header(name).is_some())
            // The server writes its own over it.
            && !made.contains(path.as_str())
    });
    let dropins = dropins.map(|(path, jar)| (path, jar.manifest.clone()));
    let generated = generated.iter().filter_map(|(name, path, jar)| Some((*path, wrapper(name, path, jar)?)));
    for (path, manifest) in dropins.chain(generated).collect::<Vec<_>>() {
        found.add(path, &manifest);
    }
    found
}

impl Installation {
    fn add(&mut self, path: &EntryPath, manifest: &Manifest) {
        match Bundle::read(path.clone(), manifest) {
            Ok(bundle) => {
                let same = |other: &&Bundle| (&other.name, &other.version) == (&bundle.name, &bundle.version);
                match self.bundles.iter().find(same) {
                    Some(other) => drop(self.repeated.insert(path.clone(), other.path.clone())),
                    None => self.bundles.push(bundle),
                }
            }
            Err(reason) => drop(self.refused.insert(path.clone(), reason)),
        }
    }

    /// The framework, with packages of Java as `conf/etc/launch.ini` would list them.
    pub(super) fn system(&self, examined: &Examined, packages: String) -> Option<System> {
        let path = self.framework.clone()?;
        let jar = examined.jars.get(&path)?.as_ref().ok()?;
        System::of(path, &jar.manifest, &Launch { packages, java: JAVA }).ok()
    }

    /// Whether a bundle is one of the distribution.
    pub(super) fn is_platforms(&self, bundle: usize) -> bool {
        bundle < self.platforms
    }
}

/// The packages that the launch file of a tree lists; `None` where it leaves them to the Java runtime, and so to the
/// machine.
pub(super) fn system_packages(examined: &Examined) -> Option<String> {
    let read = properties::read(examined.text(LAUNCH_INI)?);
    let value = |key: &str| {
        let found = read.iter().rev().find(|property| property.key == key).map(|property| property.value.trim());
        found.filter(|value| !value.is_empty() && *value != "@null")
    };
    let listed = value(SYSTEM_PACKAGES)?;
    Some(match value("org.osgi.framework.system.packages.extra") {
        Some(extra) => format!("{listed},{extra}"),
        None => listed.to_owned(),
    })
}

/// The names of the files below the folder of plugins that bundles.info lists; `None` where it cannot be told.
fn listed(examined: &Examined) -> Option<BTreeSet<String>> {
    let text = String::from_utf8_lossy(examined.text(BUNDLES_INFO)?).into_owned();
    let locations = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split(',').nth(2));
    let names = locations.filter_map(|location| location.trim().strip_prefix("../plugins/"));
    let names: BTreeSet<String> = names.map(|name| name.trim_end_matches('/').to_owned()).collect();
    (!names.is_empty()).then_some(names)
}

/// Bundles that lie unpacked in a folder.
fn unpacked(examined: &Examined) -> Vec<(EntryPath, Manifest)> {
    let manifests = examined.texts.iter().filter_map(|(path, text)| {
        let folder = EntryPath::parse(path.as_str().strip_suffix("/META-INF/MANIFEST.MF")?).ok()?;
        Some((folder.is_in(PLUGINS).then_some(folder)?, Manifest::parse(text).ok()?))
    });
    manifests.collect()
}

/// The jars that the server makes bundles of, with the name that it gives them.
fn generated(examined: &Examined) -> Vec<(String, &EntryPath, &Jar)> {
    let mut generated: BTreeMap<String, (&EntryPath, &Jar)> = BTreeMap::new();
    for (path, jar) in examined.sound_jars() {
        let Some(stem) = path.file_name().strip_suffix(".jar").map(|stem| stem.replace('-', "_")) else { continue };
        if path.is_in("lib") {
            generated.insert(stem, (path, jar));
        } else if path.is_in("wso2/components/extensions") {
            generated.insert(format!("org.wso2.carbon.framework.extension.{stem}"), (path, jar));
        }
    }
    generated.into_iter().map(|(name, (path, jar))| (name, path, jar)).collect()
}

/// The manifest of the bundle that the server makes of a jar. `None` for what offers nothing.
fn wrapper(name: &str, path: &EntryPath, jar: &Jar) -> Option<Manifest> {
    let packages: BTreeSet<String> = jar
        .classes
        .classes
        .keys()
        .filter_map(|class| class.rsplit_once('/').map(|(package, _)| package.replace('/', ".")))
        // Such a bundle is refused; what else it has is not worth a finding about the jar.
        .filter(|package| !package.starts_with("java."))
        .collect();
    if packages.is_empty() {
        return None;
    }
    let more = if path.is_in("lib") {
        "DynamicImport-Package: *"
    } else {
        "Fragment-Host: system.bundle; extension:=framework"
    };
    let packages: Vec<_> = packages.into_iter().collect();
    let text = format!(
        "Bundle-ManifestVersion: 2\nBundle-SymbolicName: {name}\nBundle-Version: 1.0.0\n{more}\nExport-Package: {}\n",
        packages.join(",")
    );
    Manifest::parse(text.as_bytes()).ok()
}
