//! Which part of a home a path belongs to.
//!
//! In: a path. Out: its [`Area`]. Always: total, by name alone, so that the read phase can ask before it opens
//! anything.

use crate::path::EntryPath;
use std::collections::BTreeSet;

/// A part of a home, with a rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Area {
    /// What editors, desktops and crashes leave behind.
    Junk,
    /// What the running server keeps for itself.
    Runtime,
    /// The platform's own bundles and libraries: `wso2`.
    Platform,
    /// `conf/deployment.toml`.
    DeploymentToml,
    /// `conf/security/secret-conf.properties`.
    SecureVault,
    /// Files of `conf` that the server renders.
    RenderedConfiguration,
    /// `password-tmp` and `password-persist`.
    PasswordFiles,
    /// `repository/database`.
    Databases,
    /// `dropins`.
    Dropins,
    /// `lib`.
    Libraries,
    /// `registry`.
    Registry,
    /// `repository/deployment`.
    Deployment,
    /// The rest of `conf`.
    Configuration,
    /// `repository/resources/security`: keystores, truststores, keys.
    Security,
    /// `repository/resources/conf`: the rule files and templates that render `conf`.
    RuleFiles,
    /// `bin`.
    Programs,
    /// `dbscripts`, `dockerfiles`, and the texts at the top.
    Reference,
    /// Everything else.
    Other,
}

impl Area {
    /// The name that reports use.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::Runtime => "runtime",
            Self::Platform => "platform",
            Self::DeploymentToml => "deployment.toml",
            Self::SecureVault => "secure vault",
            Self::RenderedConfiguration => "rendered configuration",
            Self::PasswordFiles => "password files",
            Self::Databases => "databases",
            Self::Dropins => "dropins",
            Self::Libraries => "lib",
            Self::Registry => "registry",
            Self::Deployment => "deployment",
            Self::Configuration => "configuration",
            Self::Security => "security",
            Self::RuleFiles => "rule files",
            Self::Programs => "bin",
            Self::Reference => "reference",
            Self::Other => "other",
        }
    }
}

/// The texts at the top of a distribution.
const TOP_TEXTS: [&str; 6] =
    ["LICENSE.txt", "README.txt", "INSTALL.txt", "release-notes.html", "README.md", "NOTICE.txt"];

/// Which area a path belongs to. `rendered` holds the paths of `conf` that a template renders.
pub(crate) fn of(path: &EntryPath, rendered: &BTreeSet<EntryPath>) -> Area {
    let text = path.as_str();
    let below = |folder: &str| path.is_below(folder) || text == folder;
    if is_runtime(path) {
        return Area::Runtime;
    }
    if is_junk(path) {
        return Area::Junk;
    }
    match text.split('/').next().unwrap_or(text) {
        "wso2" => Area::Platform,
        "dropins" => Area::Dropins,
        "lib" => Area::Libraries,
        "registry" => Area::Registry,
        "bin" => Area::Programs,
        "dbscripts" | "dockerfiles" => Area::Reference,
        "conf" if text == "conf/deployment.toml" => Area::DeploymentToml,
        "conf" if text == "conf/security/secret-conf.properties" => Area::SecureVault,
        "conf" if rendered.contains(path) => Area::RenderedConfiguration,
        "conf" => Area::Configuration,
        "password-tmp" | "password-persist" | "password-tmp.txt" | "password-persist.txt" => Area::PasswordFiles,
        "repository" if below("repository/deployment") => Area::Deployment,
        "repository" if below("repository/database") => Area::Databases,
        "repository" if below("repository/resources/security") => Area::Security,
        "repository" if below("repository/resources/conf") => Area::RuleFiles,
        _ if TOP_TEXTS.contains(&text) => Area::Reference,
        _ => Area::Other,
    }
}

/// Folders whose inside belongs to the running server or to an update of the old release.
const RUNTIME_FOLDERS: [&str; 6] =
    ["patches", "updates", "tmp", "backup", "repository/resources/conf/.metadata", "repository/logs"];

fn is_runtime(path: &EntryPath) -> bool {
    RUNTIME_FOLDERS.iter().any(|folder| path.is_below(folder) || path.as_str() == *folder)
}

/// Whether a name tells that the file is nobody's work: of editors, desktops, crashes and copies made by hand.
fn is_junk(path: &EntryPath) -> bool {
    // In the registry any other name may be a resource's own.
    is_of_desktop_or_editor(path) || !path.is_below("registry") && is_leftover(path.file_name())
}

/// Whether a desktop or an editor made it.
pub(crate) fn is_of_desktop_or_editor(path: &EntryPath) -> bool {
    let name = path.file_name();
    let swap = name.starts_with('.') && [".swp", ".swo", ".swx"].iter().any(|end| name.ends_with(end));
    swap || matches!(name, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || path.as_str().split('/').any(|part| part == "__MACOSX")
}

/// Endings that say what a file is, whatever stands before them.
const OWN_ENDINGS: [&str; 20] = [
    ".car", ".jar", ".mar", ".aar", ".dbs", ".xml", ".zip", ".jks", ".jceks", ".bks", ".p12", ".pfx", ".pem", ".cer",
    ".crt", ".der", ".key", ".csr", ".p7b", ".pub",
];

fn is_leftover(name: &str) -> bool {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    if ends(&OWN_ENDINGS) {
        return false;
    }
    let numbered =
        |start: &str| name.strip_prefix(start).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let dumped = ends(&[".hprof", ".phd"]) || numbered("java_pid") || numbered("hs_err_pid");
    let copied = name
        .match_indices(".bak")
        .any(|(at, found)| !name.get(at + found.len()..).unwrap_or_default().starts_with(char::is_alphabetic));
    dumped || copied || ends(&[".lock", ".lck", ".lock.db", ".pid"])
}

/// Whether nothing in a folder can be carried, so that the read phase lists it by name alone.
pub(crate) fn is_left_out_by_name(path: &EntryPath) -> bool {
    let text = path.as_str();
    let kept = ["updates", "patches", "repository/resources/conf/.metadata"]
        .iter()
        .any(|folder| path.is_below(folder) || text == *folder);
    let of_a_desktop = text.split('/').any(|part| part == "__MACOSX");
    of_a_desktop
        || !kept && is_runtime(path)
        || path.is_below("wso2/components/micro-integrator-default/workspace")
        || path.is_below("wso2/components/micro-integrator-default/configuration/org.eclipse.osgi")
}

/// Whether the file is left out whatever it holds.
pub(crate) fn is_never_opened(path: &EntryPath) -> bool {
    is_runtime(path) || is_junk(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_has_its_area() {
        let rendered = BTreeSet::from([EntryPath::known("conf/carbon.xml")]);
        for (path, area) in [
            ("conf/carbon.xml", Area::RenderedConfiguration),
            ("conf/log4j2.properties", Area::Configuration),
            ("conf/deployment.toml", Area::DeploymentToml),
            ("conf/deployment.toml.bak-20210112", Area::Junk),
            ("conf/.deployment.toml.swp", Area::Junk),
            ("conf/security/secret-conf.properties", Area::SecureVault),
            ("repository/logs/heap-dump.hprof", Area::Runtime),
            ("repository/logs", Area::Runtime),
            ("repository/database/WSO2CARBON_DB.lock.db", Area::Junk),
            ("repository/database/X.mv.db", Area::Databases),
            ("repository/deployment/server/carbonapps/a.bak.car", Area::Deployment),
            ("repository/resources/conf/.metadata/x", Area::Runtime),
            ("repository/resources/conf/default.json", Area::RuleFiles),
            ("repository/resources/security/a.jks", Area::Security),
            ("registry/config/partners.lock", Area::Registry),
            ("registry/config/.DS_Store", Area::Junk),
            ("wso2carbon.pid", Area::Junk),
            ("password-persist", Area::PasswordFiles),
            ("lib/a.jar", Area::Libraries),
            ("lib/heap-dumper.jar", Area::Libraries),
            ("repository/resources/security/www.bakery.com.pem", Area::Security),
            ("repository/resources/security/key.bak.pfx", Area::Security),
            ("repository/deployment/server/synapse-libs/com.bakery-connector-1.0.0.zip", Area::Deployment),
            ("repository/deployment/server/synapse-configs/default/sequences/hs_err_pid_handler.xml", Area::Deployment),
            ("conf/log4j2.properties.bak", Area::Junk),
            ("conf/corp.bakery.conf", Area::Configuration),
            ("hs_err_pid4711.log", Area::Junk),
            ("java_pid4711.hprof", Area::Junk),
            ("library/a.jar", Area::Other),
            ("LICENSE.txt", Area::Reference),
            ("NOTES-ops.txt", Area::Other),
            ("__MACOSX/conf/._a", Area::Junk),
        ] {
            assert_eq!(of(&EntryPath::known(path), &rendered), area, "{path}");
        }
    }

    #[test]
    fn logs_are_not_entered_but_what_tells_of_updates_is() {
        for (path, left) in [
            ("repository/logs", true),
            ("repository/logs/archive", true),
            ("tmp", true),
            ("updates", false),
            ("updates/config.json", false),
            ("repository/resources/conf/.metadata/metadata_config.properties", false),
            ("wso2/components/plugins/a.jar", false),
            ("conf/log4j2.properties", false),
        ] {
            assert_eq!(is_left_out_by_name(&EntryPath::known(path)), left, "{path}");
        }
    }
}
