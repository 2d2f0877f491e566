//! What a bundle offers and asks for.
//!
//! In: a manifest. Out: a [`Bundle`], or a lower-case fragment that says why the framework does not install it. Always:
//! time and memory grow with the manifest alone.
//!
//! Source: OSGi Core Release 7, chapter 3; org.eclipse.osgi.container.builders.OSGiManifestBuilderFactory of Equinox
//! 3.14.0.

use super::environment;
use super::filter::{Attributes, Filter, Value};
use super::header::{Clause, clauses, list};
use super::version::{Version, VersionRange};
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;
use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

/// The namespace of packages; `Import-Package` asks for them.
pub const PACKAGE: &str = "osgi.wiring.package";
/// The namespace of bundles; `Require-Bundle` asks for them.
pub const BUNDLE: &str = "osgi.wiring.bundle";
/// The namespace of hosts; `Fragment-Host` asks for one.
pub const HOST: &str = "osgi.wiring.host";
/// The namespace of execution environments.
pub const EXECUTION_ENVIRONMENT: &str = "osgi.ee";
/// The namespace of the operating system, the windowing system and the processor.
pub const PLATFORM: &str = "eclipse.platform";
/// The namespace of native code. It is taken for satisfied: which machine a server runs on is not known.
const NATIVE: &str = "osgi.native";

/// What a bundle offers.
#[derive(Clone, Debug, PartialEq)]
pub struct Capability {
    /// Its namespace, such as `osgi.wiring.package`.
    pub namespace: Box<str>,
    /// Its attributes; the one with the name of the namespace says what is offered.
    pub attributes: Attributes,
    /// Attributes that whoever asks must ask for.
    pub mandatory: Vec<Box<str>>,
}

impl Capability {
    /// Its version: of a package, or of a bundle.
    pub fn version(&self) -> Option<&Version> {
        let name = if matches!(&*self.namespace, BUNDLE | HOST) { "bundle-version" } else { "version" };
        match self.attributes.get(name) {
            Some(Value::Version(version)) => Some(version),
            _ => None,
        }
    }

    /// The names that it is found by: more than one for the system bundle alone.
    pub fn names(&self) -> Vec<&str> {
        match self.attributes.get(&self.namespace) {
            Some(Value::Text(name)) => vec![name],
            Some(Value::List(names)) => names
                .iter()
                .filter_map(|name| if let Value::Text(name) = name { Some(&**name) } else { None })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// What a bundle asks for. Those that are optional, dynamic or not for resolving are never kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// Its namespace.
    pub namespace: Box<str>,
    /// The name that it asks for, where it asks for one.
    pub name: Option<Box<str>>,
    /// What it asks of the attributes, the name included.
    pub filter: Filter,
    /// Its parameters as the manifest gives them.
    pub parameters: Box<str>,
}

impl Requirement {
    /// Whether a capability of the same namespace satisfies it.
    pub fn matches(&self, capability: &Capability) -> bool {
        self.filter.matches(&capability.attributes)
            && (!matches!(&*self.namespace, PACKAGE | BUNDLE | HOST)
                || capability.mandatory.iter().all(|attribute| self.filter.mentions(attribute)))
    }

    /// The range that the version must lie in.
    pub fn range(&self) -> Option<&VersionRange> {
        self.filter.range(if *self.namespace == *PACKAGE { "version" } else { "bundle-version" })
    }
}

impl fmt::Display for Requirement {
    /// As the framework logs it: `Import-Package: org.apache.http; version="[4.3,4.4)"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = match &*self.namespace {
            PACKAGE => "Import-Package",
            BUNDLE => "Require-Bundle",
            HOST => "Fragment-Host",
            PLATFORM => "Eclipse-PlatformFilter",
            _ => "Require-Capability",
        };
        let named = matches!(header, "Import-Package" | "Require-Bundle" | "Fragment-Host");
        let name = self.name.as_deref().filter(|_| named).unwrap_or(&self.namespace);
        write!(f, "{header}: {name}{}", self.parameters)
    }
}

/// A bundle as the framework installs it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    /// Where it lies; of a wrapper, the jar that it is made of.
    pub path: EntryPath,
    /// Its symbolic name; empty where it has none.
    pub name: Box<str>,
    /// Its version.
    pub version: Version,
    /// Whether only one of its name may resolve.
    pub is_singleton: bool,
    /// Whether it is a fragment.
    pub is_fragment: bool,
    /// What it offers.
    pub capabilities: Vec<Capability>,
    /// What it cannot resolve without.
    pub requirements: Vec<Requirement>,
}

impl Bundle {
    /// Reads a manifest.
    pub fn read(path: EntryPath, manifest: &Manifest) -> Result<Self, String> {
        let header = |name: &str| -> Result<Vec<Clause>, String> {
            let Some(value) = manifest.header(name) else { return Ok(Vec::new()) };
            clauses(value).map_err(|_| format!("has a `{name}` that cannot be read"))
        };
        let is_modern = manifest_version(manifest)? >= 2;
        let [symbolic_name, imports, dynamic, exports, required, hosts] = [
            header("Bundle-SymbolicName")?,
            header("Import-Package")?,
            header("DynamicImport-Package")?,
            header("Export-Package")?,
            header("Require-Bundle")?,
            header("Fragment-Host")?,
        ];
        if is_modern {
            if symbolic_name.is_empty() {
                return Err("has no `Bundle-SymbolicName`".to_owned());
            }
            check([&symbolic_name, &imports, &dynamic, &exports, &required, &hosts])?;
            check_packages(&imports, &exports)?;
            check_host(&hosts, manifest)?;
        }
        let version = Version::parse(manifest.header("Bundle-Version").unwrap_or_default());
        let version = if is_modern { version? } else { version.unwrap_or_default() };
        let mut bundle = Self {
            path,
            name: symbolic_name.first().map(Clause::name).unwrap_or_default().into(),
            version,
            is_singleton: false,
            is_fragment: !hosts.is_empty(),
            capabilities: Vec::new(),
            requirements: Vec::new(),
        };
        if let Some(clause) = symbolic_name.first() {
            bundle.name_itself(clause)?;
        }
        for clause in &exports {
            bundle.export(clause)?;
        }
        for clause in &imports {
            bundle.ask(PACKAGE, clause)?;
        }
        for clause in &required {
            bundle.ask(BUNDLE, clause)?;
        }
        if let Some(clause) = hosts.first() {
            bundle.ask(HOST, clause)?;
        }
        for clause in header("Provide-Capability")? {
            bundle.offer(&clause)?;
        }
        for clause in header("Require-Capability")? {
            bundle.ask_generally(&clause)?;
        }
        if let Some(filter) = manifest.header("Eclipse-PlatformFilter") {
            bundle.ask_by_filter(PLATFORM, filter);
        }
        if let Some(requirement) =
            manifest.header("Bundle-RequiredExecutionEnvironment").and_then(environment::required)
        {
            bundle.requirements.push(requirement);
        }
        Ok(bundle)
    }

    fn name_itself(&mut self, clause: &Clause) -> Result<(), String> {
        let attributes = typed(clause, &[])?;
        // Older releases took the directive for an attribute, and that is still understood.
        let singleton = match clause.directive("singleton") {
            Some(directive) => directive == "true",
            None => attributes.get("singleton") == Some(&Value::Text("true".into())),
        };
        self.is_singleton = singleton;
        if self.is_fragment {
            return Ok(());
        }
        let mut offered = vec![BUNDLE];
        if clause.directive("fragment-attachment") != Some("never") {
            offered.push(HOST);
        }
        for namespace in offered {
            let mut attributes = attributes.clone();
            attributes.insert(namespace.into(), Value::Text(self.name.clone()));
            attributes.insert("bundle-version".into(), Value::Version(self.version.clone()));
            self.capabilities.push(Capability {
                namespace: namespace.into(),
                attributes,
                mandatory: mandatory(clause),
            });
        }
        Ok(())
    }

    fn export(&mut self, clause: &Clause) -> Result<(), String> {
        let mut attributes = typed(clause, &["version", "specification-version"])?;
        let version = clause.attributes.get("version").or_else(|| clause.attributes.get("specification-version"));
        let version = Version::parse(version.map(String::as_str).unwrap_or_default())?;
        attributes.insert("version".into(), Value::Version(version));
        attributes.insert("bundle-version".into(), Value::Version(self.version.clone()));
        if !self.name.is_empty() {
            attributes.insert("bundle-symbolic-name".into(), Value::Text(self.name.clone()));
        }
        for package in &clause.values {
            let mut attributes = attributes.clone();
            attributes.insert(PACKAGE.into(), Value::Text(package.as_str().into()));
            self.capabilities.push(Capability { namespace: PACKAGE.into(), attributes, mandatory: mandatory(clause) });
        }
        Ok(())
    }

    /// What `Import-Package`, `Require-Bundle` and `Fragment-Host` ask for.
    fn ask(&mut self, namespace: &str, clause: &Clause) -> Result<(), String> {
        let ranges: &[(&str, &str)] = match namespace {
            PACKAGE => {
                &[("version", "version"), ("specification-version", "version"), ("bundle-version", "bundle-version")]
            }
            _ => &[("bundle-version", "bundle-version")],
        };
        let mut wanted = Vec::new();
        let mut parameters = String::new();
        for (given, name) in ranges {
            let Some(range) = clause.attributes.get(*given) else { continue };
            // The older name of the version counts where the newer one is not given.
            if *given == "specification-version" && clause.attributes.contains_key("version") {
                continue;
            }
            wanted.push(Filter::Within((*name).into(), VersionRange::parse(range)?));
            let _ = write!(parameters, "; {name}=\"{range}\"");
        }
        let skipped = ["version", "specification-version", "bundle-version", "optional", "reprovide"];
        let skipped = if namespace == PACKAGE { &skipped[..4] } else { &skipped[2..] };
        for (name, value) in &clause.attributes {
            let name = name.split(':').next().unwrap_or_default().trim();
            if !skipped.contains(&name) {
                wanted.push(Filter::equal(name, value));
                let _ = write!(parameters, "; {name}=\"{value}\"");
            }
        }
        let is_optional = match clause.directive("resolution") {
            Some(resolution) => matches!(resolution, "optional" | "dynamic"),
            None => clause.attributes.get("optional").is_some_and(|value| value == "true"),
        };
        let names = if namespace == HOST { clause.values.get(..1).unwrap_or_default() } else { &clause.values };
        for name in names.iter().filter(|_| !is_optional || namespace == HOST) {
            if namespace == BUNDLE && **name == *self.name {
                continue;
            }
            let mut filters = vec![Filter::equal(namespace, name)];
            filters.extend(wanted.iter().cloned());
            self.requirements.push(Requirement {
                namespace: namespace.into(),
                name: Some(name.as_str().into()),
                filter: Filter::All(filters),
                parameters: parameters.as_str().into(),
            });
        }
        Ok(())
    }

    fn offer(&mut self, clause: &Clause) -> Result<(), String> {
        let attributes = typed(clause, &[])?;
        for namespace in &clause.values {
            if matches!(namespace.as_str(), "osgi.identity" | EXECUTION_ENVIRONMENT | NATIVE) {
                return Err(format!("provides a capability `{namespace}`, which no bundle may"));
            }
            if clause.directive("effective").is_none_or(|effective| effective == "resolve") {
                let (namespace, attributes) = (namespace.as_str().into(), attributes.clone());
                self.capabilities.push(Capability { namespace, attributes, mandatory: mandatory(clause) });
            }
        }
        Ok(())
    }

    fn ask_generally(&mut self, clause: &Clause) -> Result<(), String> {
        typed(clause, &[])?;
        let is_for_resolving = clause.directive("effective").is_none_or(|effective| effective == "resolve");
        let is_optional = clause.directive("resolution").is_some_and(|word| matches!(word, "optional" | "dynamic"));
        if is_for_resolving && !is_optional {
            for namespace in clause.values.iter().filter(|namespace| *namespace != NATIVE) {
                match clause.directive("filter") {
                    Some(filter) => self.ask_by_filter(namespace, filter),
                    None => self.requirements.push(Requirement {
                        namespace: namespace.as_str().into(),
                        name: None,
                        filter: Filter::All(Vec::new()),
                        parameters: "".into(),
                    }),
                }
            }
        }
        Ok(())
    }

    fn ask_by_filter(&mut self, namespace: &str, text: &str) {
        let filter = Filter::parse(text).unwrap_or(Filter::Never);
        self.requirements.push(Requirement {
            namespace: namespace.into(),
            name: filter.only(namespace).map(Box::from),
            filter,
            parameters: format!("; filter:=\"{text}\"").into(),
        });
    }
}

fn manifest_version(manifest: &Manifest) -> Result<i32, String> {
    let Some(version) = manifest.header("Bundle-ManifestVersion") else { return Ok(1) };
    version.parse().map_err(|_| "has a `Bundle-ManifestVersion` that is no number".to_owned())
}

/// Parameters may be given once.
fn check(headers: [&[Clause]; 6]) -> Result<(), String> {
    match headers.iter().copied().flatten().find_map(|clause| clause.repeated.as_deref()) {
        Some(repeated) => Err(format!("gives `{repeated}` twice for the same")),
        None => Ok(()),
    }
}

fn check_packages(imports: &[Clause], exports: &[Clause]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    if let Some(twice) = imports.iter().flat_map(|clause| &clause.values).find(|package| !seen.insert(*package)) {
        return Err(format!("imports `{twice}` twice"));
    }
    for clause in exports {
        if let Some(package) = clause.values.iter().find(|package| package.starts_with("java.")) {
            return Err(format!("exports `{package}`"));
        }
        if let Some(name) =
            ["bundle-symbolic-name", "bundle-version"].iter().find(|name| clause.attributes.contains_key(**name))
        {
            return Err(format!("exports `{}` with the attribute `{name}`", clause.name()));
        }
    }
    for clause in imports.iter().chain(exports) {
        let [version, older] = ["version", "specification-version"].map(|name| clause.attributes.get(name));
        if version.is_some() && older.is_some() && version != older {
            return Err(format!("gives `{}` two versions", clause.name()));
        }
    }
    Ok(())
}

/// Only fragments of the system bundle may be extensions, and those may ask for no bundle and have no native code.
fn check_host(hosts: &[Clause], manifest: &Manifest) -> Result<(), String> {
    let Some(host) = hosts.first() else { return Ok(()) };
    let is_system = matches!(host.name(), "system.bundle" | "org.eclipse.osgi");
    match host.directive("extension") {
        Some("bootclasspath") => return Err("extends the boot class path".to_owned()),
        Some(_) if !is_system => return Err(format!("extends `{}`, which is not the framework", host.name())),
        _ => {}
    }
    match ["Require-Bundle", "Bundle-NativeCode"].iter().find(|name| is_system && manifest.header(name).is_some()) {
        Some(header) => Err(format!("extends the framework and has `{header}`")),
        None => Ok(()),
    }
}

fn mandatory(clause: &Clause) -> Vec<Box<str>> {
    let names = clause.directive("mandatory").unwrap_or_default().split(',').map(str::trim);
    names.filter(|name| !name.is_empty()).map(Box::from).collect()
}

/// The attributes with their types, but for some.
fn typed(clause: &Clause, but: &[&str]) -> Result<Attributes, String> {
    let attributes = clause.attributes.iter().filter(|(name, _)| !but.contains(&name.as_str()));
    attributes
        .map(|(name, value)| {
            let (name, kind) = match name.split_once(':') {
                Some((name, kind)) if !name.is_empty() => (name.trim(), kind.trim()),
                _ => (name.as_str(), "String"),
            };
            let value = converted(kind, value).ok_or_else(|| format!("has an attribute `{name}` that is no {kind}"))?;
            Ok((name.into(), value))
        })
        .collect()
}

fn converted(kind: &str, value: &str) -> Option<Value> {
    let trimmed = value.trim();
    let texts = |items: Vec<&str>| items.into_iter().map(|item| Value::Text(item.into())).collect();
    match kind.to_ascii_lowercase().as_str() {
        "string" => Some(Value::Text(value.into())),
        "uri" => Some(Value::Text(trimmed.into())),
        "version" => (!trimmed.is_empty()).then(|| Version::parse(trimmed).ok().map(Value::Version))?,
        "long" => trimmed.parse().ok().map(Value::Long),
        "double" => trimmed.parse().ok().map(Value::Double),
        "set" => Some(Value::List(texts(trimmed.split(',').map(str::trim).filter(|item| !item.is_empty()).collect()))),
        _ => {
            let (outer, inner) = kind.split_once('<').map_or((kind, Some("String")), |(outer, inner)| {
                (outer, inner.strip_suffix('>').filter(|inner| !inner.contains('<')))
            });
            let inner = inner.filter(|_| outer.trim().eq_ignore_ascii_case("List"))?;
            list(value).iter().map(|item| converted(inner.trim(), item)).collect::<Option<_>>().map(Value::List)
        }
    }
}

/// The capabilities of a header `Provide-Capability` of the framework itself, which may offer anything.
pub(super) fn capabilities(header: &str) -> Result<Vec<Capability>, String> {
    let mut offered = Vec::new();
    for clause in clauses(header)? {
        let attributes = typed(&clause, &[])?;
        for namespace in &clause.values {
            let (namespace, attributes) = (namespace.as_str().into(), attributes.clone());
            offered.push(Capability { namespace, attributes, mandatory: mandatory(&clause) });
        }
    }
    Ok(offered)
}
