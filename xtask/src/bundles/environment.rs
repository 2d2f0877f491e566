//! Execution environments: what a Java runtime counts as, and what bundles ask for.
//!
//! In: the release of Java, or the header `Bundle-RequiredExecutionEnvironment`. Out: capabilities and requirements of
//! the namespace `osgi.ee`. Always: data.
//!
//! Source: OSGi Core Release 7, chapter 3.4; org.eclipse.osgi.storage.Storage (`calculateEECapabilities`) and
//! `OSGiManifestBuilderFactory` (`convertBREEs`) of Equinox 3.14.0.

use super::bundle::{EXECUTION_ENVIRONMENT, Requirement};
use super::filter::Filter;
use super::version::Version;

/// What the framework offers on a release of Java from 9 on, as the header `Provide-Capability` would say it.
pub(super) fn provided(java: u32) -> String {
    let recent = (9..=java).fold(String::new(), |list, release| format!("{list}, {release}.0"));
    let one = |name: &str, versions: &str| format!("osgi.ee; osgi.ee=\"{name}\"; version:List<Version>=\"{versions}\"");
    let mut all = vec![
        one("OSGi/Minimum", "1.0, 1.1, 1.2"),
        one("JRE", "1.0, 1.1"),
        one("JavaSE", &format!("1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8{recent}")),
    ];
    all.extend((1..=3).map(|profile| one(&format!("JavaSE/compact{profile}"), &format!("1.8{recent}"))));
    all.join(", ")
}

/// What the header asks for: one of its environments.
pub(super) fn required(header: &str) -> Option<Requirement> {
    let filters: Vec<_> = header.split(',').map(str::trim).filter(|name| !name.is_empty()).map(filter).collect();
    (!filters.is_empty()).then(|| Requirement {
        namespace: EXECUTION_ENVIRONMENT.into(),
        name: None,
        filter: Filter::Any(filters),
        parameters: format!("; Bundle-RequiredExecutionEnvironment: {header}").into(),
    })
}

/// `J2SE-1.5` is `JavaSE` in version 1.5, `OSGi/Minimum-1.2` is `OSGi/Minimum` in version 1.2.
fn filter(environment: &str) -> Filter {
    let (first, second) = match environment.split_once('/') {
        Some((first, second)) if !first.is_empty() && !second.is_empty() => (first, Some(second)),
        _ => (environment, None),
    };
    let (first_name, first_version) = versioned(first);
    let (second_name, second_version) = match second.map(versioned) {
        Some((name, version)) => (Some(name), version),
        None => (None, None),
    };
    let is = |name: &str| Filter::Compares(EXECUTION_ENVIRONMENT.into(), super::filter::Operator::Equal, name.into());
    if first_version.is_some() && second_version.is_some() && first_version != second_version {
        return is(environment);
    }
    let standard = |name| if name == "J2SE" { "JavaSE" } else { name };
    let name = match second_name {
        Some(second) => format!("{}/{}", standard(first_name), standard(second)),
        None => standard(first_name).to_owned(),
    };
    match first_version.or(second_version) {
        Some(version) => Filter::All(vec![is(&name), Filter::equal("version", version)]),
        None => is(&name),
    }
}

fn versioned(environment: &str) -> (&str, Option<&str>) {
    match environment.split_once('-') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() && Version::parse(version).is_ok() => {
            (name, Some(version))
        }
        _ => (environment, None),
    }
}
