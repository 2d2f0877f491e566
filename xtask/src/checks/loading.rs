//! Where the server would find a class.
//!
//! In: the jars of a tree. Out: for the name of a class, the jar that the server loads it from, or why there is none.
//! Always: pure; what cannot be told is said to be so: a package of the JDK, and one that a jar exports without holding a
//! class of it.
//!
//! Source: MI v4.0.0 `DefaultBundleCreator` (jars that lie in `lib` itself become bundles that export everything),
//! `DropinsBundleDeployer` (a jar in `dropins` needs a symbolic name and a version); OSGi Core Release 7, 3.9: another
//! bundle sees a class where its package is exported, or in a fragment.

use crate::bundles::names;
use crate::classes::jdk;
use crate::examine::{Examined, Jar};
use crate::path::EntryPath;
use std::collections::BTreeSet;

/// A longer name is none of a class.
const LONGEST_NAME: usize = 500;

/// What is known of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// A jar has it from which the server loads it.
    In(&'a EntryPath),
    /// A jar has it, and the server does not load it from there: a lower-case fragment.
    Hidden(String),
    /// No jar has it.
    Nowhere,
    /// It cannot be told.
    Unknown,
}

/// The jars of a tree with the packages that they export.
pub(super) struct Loading<'a> {
    jars: Vec<(&'a EntryPath, &'a Jar, BTreeSet<String>)>,
}

impl<'a> Loading<'a> {
    pub(super) fn of(examined: &'a Examined) -> Self {
        let jars = examined
            .sound_jars()
            .map(|(path, jar)| (path, jar, names(jar.manifest.header("Export-Package").unwrap_or_default())));
        Self { jars: jars.collect() }
    }

    /// Looks for a class, given with dots.
    pub(super) fn find(&self, class: &str) -> Found<'a> {
        let package = class.rsplit_once('.').map_or("", |(package, _)| package);
        if jdk::is_jdk_package(package) {
            return Found::Unknown;
        }
        let name = class.replace('.', "/");
        let (mut hidden, mut is_unknown) = (None, false);
        for (path, jar, exports) in &self.jars {
            if jar.classes.classes.contains_key(name.as_str()) {
                match why_hidden(path, jar, exports.contains(package)) {
                    None => return Found::In(path),
                    Some(why) => hidden = hidden.or(Some(format!("`{path}` holds it, {why}"))),
                }
            } else if exports.contains(package) && !holds_any_of(jar, package) {
                is_unknown = true;
            }
        }
        match hidden {
            _ if is_unknown => Found::Unknown,
            Some(hidden) => Found::Hidden(hidden),
            None => Found::Nowhere,
        }
    }

    /// The jars of `lib` and `dropins` that hold a class of a package, or of one below it.
    pub(super) fn users_holding(&self, package: &str) -> Vec<&'a EntryPath> {
        let prefix = format!("{}/", package.replace('.', "/"));
        let holds = |jar: &Jar| jar.classes.classes.keys().any(|class| class.starts_with(&prefix));
        let of_user = |path: &EntryPath| path.is_in("lib") || path.is_in("dropins");
        self.jars.iter().filter(|(path, jar, _)| of_user(path) && holds(jar)).map(|(path, _, _)| *path).collect()
    }
}

/// Why the server does not load a class from a jar that holds it; `None` where it does.
fn why_hidden(path: &EntryPath, jar: &Jar, is_exported: bool) -> Option<&'static str> {
    let has = |header| jar.manifest.first_clause(header).is_some();
    if path.is_below("wso2") || path.is_in("lib") {
        None
    } else if !path.is_in("dropins") {
        Some("and the server loads no jar of that folder")
    } else if !has("Bundle-SymbolicName") || !has("Bundle-Version") {
        Some("which the server ignores: its manifest has no Bundle-SymbolicName or no Bundle-Version")
    } else if !has("Fragment-Host") && !is_exported {
        Some("and does not export its package")
    } else {
        None
    }
}

/// Whether a jar has a class of a package, not of one below it.
fn holds_any_of(jar: &Jar, package: &str) -> bool {
    let prefix = format!("{}/", package.replace('.', "/"));
    jar.classes.classes.keys().filter_map(|name| name.strip_prefix(&prefix)).any(|rest| !rest.contains('/'))
}

/// Whether a text is the name of a class, and nothing that stands for one.
pub(super) fn is_class_name(text: &str) -> bool {
    let part = |part: &str| {
        let mut characters = part.chars();
        characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
            && characters.all(|other| other.is_alphanumeric() || other == '_' || other == '$')
    };
    text.len() <= LONGEST_NAME && text.contains('.') && text.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::{jar, with_jars};

    #[test]
    fn a_class_is_found_where_the_server_loads_it() {
        let bundle = |more: &str| format!("Bundle-SymbolicName: b\nBundle-Version: 1.0.0\n{more}");
        let exporting = bundle("Export-Package: other;uses:=\"a,com.x\",com.acme;com.more;version=\"1\"\n");
        let class = ["com/acme/A"];
        for (path, manifest, classes, expected) in [
            ("lib/a.jar", "", &class[..], "in"),
            ("lib/sub/a.jar", "", &class, "loads no jar of that folder"),
            ("wso2/components/plugins/a.jar", "", &class, "in"),
            ("dropins/a.jar", "", &class, "ignores"),
            ("dropins/a.jar", "Bundle-SymbolicName: b\n", &class, "ignores"),
            ("dropins/a.jar", &bundle(""), &class, "does not export"),
            ("dropins/a.jar", &bundle("Export-Package: com.x;uses:=\"com.acme\"\n"), &class, "does not export"),
            ("dropins/a.jar", &bundle("Fragment-Host: synapse-core\n"), &class, "in"),
            ("dropins/a.jar", &exporting, &class, "in"),
            // The package is said to be there, and nothing of it is: another class of it is no help.
            ("dropins/a.jar", &exporting, &["com/more/B"], "unknown"),
            ("dropins/a.jar", &exporting, &["com/acme/sub/B"], "unknown"),
            ("dropins/a.jar", &exporting, &["com/acme/B"], "nowhere"),
            ("lib/a.jar", "", &["com/acme/A$B"], "nowhere"),
        ] {
            let examined = with_jars(&[(path, jar(manifest, classes))]);
            let found = match Loading::of(&examined).find("com.acme.A") {
                Found::In(_) => "in".to_owned(),
                Found::Hidden(why) => why,
                Found::Nowhere => "nowhere".to_owned(),
                Found::Unknown => "unknown".to_owned(),
            };
            assert!(found.contains(expected), "{path} {manifest:?} {classes:?}: {found}");
        }
    }

    #[test]
    fn a_jar_that_works_counts_more_than_one_that_does_not() {
        let examined = with_jars(&[
            ("dropins/a.jar", jar("", &["com/acme/A"])),
            ("lib/b.jar", jar("", &["com/acme/A"])),
            ("lib/c.jar", jar("", &["ca/uhn/hl7v2/app/X"])),
            ("lib/d.jar", jar("", &["ca/uhn/hl7v2x/X"])),
        ]);
        let loading = Loading::of(&examined);
        assert_eq!(loading.find("com.acme.A"), Found::In(&EntryPath::known("lib/b.jar")));
        assert_eq!(loading.find("javax.naming.InitialContext"), Found::Unknown);
        assert_eq!(loading.users_holding("ca.uhn.hl7v2"), [&EntryPath::known("lib/c.jar")]);
    }

    #[test]
    fn names_of_classes_are_told_from_what_stands_for_them() {
        for (text, expected) in [
            ("com.acme.A", true),
            ("com.acme.A$B", true),
            ("com.acme.länder.Ä_1", true),
            ("A", false),
            ("", false),
            ("com..A", false),
            ("$env{A}", false),
            ("com.acme.A b", false),
            ("com.1.A", false),
            ("jdbc:mysql://a.b", false),
        ] {
            assert_eq!(is_class_name(text), expected, "{text}");
        }
    }
}
