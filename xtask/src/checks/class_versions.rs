//! Class files for a newer Java than 4.0.0 runs on.
//!
//! In: the classes of the user's. Out: one finding for each jar or archive of the user's. Always: what a multi-release jar has
//! for newer releases is none.
//!
//! Source: MI v4.0.0 bin/micro-integrator.sh, which supports Java 1.8 to 11; the Java Virtual Machine Specification,
//! Java SE 11, 4.1: class files up to 55.

use super::classes::{first_of, readable};
use super::missing_classes::{NEWEST_MAJOR, Users};
use crate::classes::ClassRef;
use crate::diagnostic::{Code, Diagnostic};

/// More than these are counted and not listed.
const MOST_DETAILS: usize = 5;

/// Finds classes that are too new.
pub(super) fn check(users: &[Users<'_>]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for users in users {
        let newer: Vec<_> = users.index.classes.iter().filter(|class| class.major() > NEWEST_MAJOR).collect();
        let Some(newest) = newer.iter().map(ClassRef::major).max() else { continue };
        let line = |class: &ClassRef<'_>| format!("`{}`: Java {}", readable(class.name()), class.major() - 44);
        let details = first_of(MOST_DETAILS, newer.iter().map(line));
        let message = format!("`{}` has classes for Java {}, which Java 11 does not load", users.path, newest - 44);
        diagnostics.push(
            Diagnostic::new(Code(1101), message)
                .at(users.path)
                .details(details)
                .hint("they fail with UnsupportedClassVersionError: build it for Java 8 or 11 (`javac --release 8`)"),
        );
    }
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::missing_classes::testing::{examined, users_jar};
    use crate::checks::missing_classes::users;
    use crate::classes::testing::class;

    #[test]
    fn classes_that_are_too_new_are_named() {
        let jar = |major: u16| users_jar("", vec![class("a/A").major(major), class("a/B")]);
        let mut tree = examined([("lib/new.jar", jar(61)), ("lib/old.jar", jar(55))]);
        // The distribution is not asked.
        let mut shipped = jar(61);
        shipped.is_users = false;
        tree.jars.extend(examined([("wso2/components/plugins/x.jar", shipped)]).jars);
        let found = check(&users(&tree));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "`lib/new.jar` has classes for Java 17, which Java 11 does not load");
        assert_eq!(found[0].details, ["`a.A`: Java 17"]);
    }
}
