//! Classes that Java 8 had and Java 11 has not.
//!
//! In: the classes of the user's, and those of the whole tree. Out: one finding for each jar or archive of the user's that refers to such classes. Always:
//! what any jar of the tree has is no finding, nor what a class refers to that the distribution holds just as well.
//!
//! Source: [`crate::classes::jdk`]; wso2/micro-integrator#1591 and #1597 show what a server logs.

use super::classes::{first_of, readable};
use super::missing_classes::{Users, World};
use crate::classes::{Reference, jdk, package_of};
use crate::diagnostic::{Code, Diagnostic, Severity};
use std::collections::BTreeSet;

/// More than these are counted and not listed.
const MOST_DETAILS: usize = 10;

/// Finds references to such classes.
pub(super) fn check(users: &[Users<'_>], world: &World<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for users in users {
        let gone: Vec<(&str, &str)> = users
            .index
            .references
            .iter()
            .filter_map(|(reference, from)| match reference {
                Reference::Class(class) => Some((&**class, &**from)),
                Reference::Method(..) | Reference::Field(..) => None,
            })
            .filter(|(class, _)| jdk::is_removed_class(class) && !world.has(class))
            .filter(|(_, from)| !world.is_as_delivered(from, users.index))
            .collect();
        if gone.is_empty() {
            continue;
        }
        let packages: BTreeSet<String> =
            gone.iter().map(|(class, _)| format!("`{}`", readable(package_of(class)))).collect();
        let packages: Vec<_> = packages.into_iter().collect();
        let line = |(class, from): &(&str, &str)| format!("`{}`, named by `{}`", readable(class), readable(from));
        let details = first_of(MOST_DETAILS, gone.iter().map(line));
        let count = if packages.len() == 1 { "a package".to_owned() } else { format!("{} packages", packages.len()) };
        let message = format!("`{}` refers to classes of {count} that Java 11 no longer has", users.path);
        let mut diagnostic = Diagnostic::new(Code(1102), message).at(users.path).details(details).hint(format!(
            "on Java 11 what runs into one fails with NoClassDefFoundError; run the server on Java 8, put a library \
             that has them into lib, or build it without them: {}",
            packages.join(", ")
        ));
        if gone.iter().all(|(class, _)| is_for_corba(class)) {
            diagnostic.severity = Severity::Note;
        }
        diagnostics.push(diagnostic);
    }
    diagnostics
}

/// Whether a class belongs to CORBA: libraries carry what they do with it for application servers, and nothing in this
/// server gets there.
fn is_for_corba(class: &str) -> bool {
    ["org/omg/", "javax/rmi/", "com/sun/corba/"].iter().any(|package| class.starts_with(package))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::missing_classes::testing::{examined, users_jar};
    use crate::checks::missing_classes::users;
    use crate::classes::testing::class;
    use crate::examine::Examined;

    fn found_in(tree: &Examined) -> Vec<Diagnostic> {
        check(&users(tree), &World::of(tree))
    }

    #[test]
    fn classes_that_java_11_lost_are_named_unless_a_jar_has_them() {
        let user = || {
            class("com/acme/A")
                .names("javax/xml/bind/JAXBContext")
                .names("sun/misc/BASE64Encoder")
                .names("sun/misc/Unsafe")
                .names("javax/transaction/xa/XAResource")
        };
        let mut tree = examined([("lib/acme.jar", users_jar("", vec![user()]))]);
        let found = found_in(&tree);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].severity, Severity::Warning);
        assert_eq!(found[0].message, "`lib/acme.jar` refers to classes of 2 packages that Java 11 no longer has");
        assert_eq!(
            found[0].details,
            ["`javax.xml.bind.JAXBContext`, named by `com.acme.A`", "`sun.misc.BASE64Encoder`, named by `com.acme.A`"]
        );
        let jaxb = users_jar("", vec![class("javax/xml/bind/JAXBContext"), class("sun/misc/BASE64Encoder")]);
        tree.jars.extend(examined([("wso2/lib/jaxb.jar", jaxb)]).jars);
        assert_eq!(found_in(&tree), []);
        let own = || users_jar("", vec![class("com/acme/A").names("sun/misc/Cleaner")]);
        let mut tree = examined([("lib/own.jar", own())]);
        assert_eq!(found_in(&tree).len(), 1);
        let mut shipped = own();
        shipped.is_users = false;
        tree.jars.extend(examined([("wso2/components/plugins/own.jar", shipped)]).jars);
        assert_eq!(found_in(&tree), [], "the distribution's own class");
        let corba = examined([("lib/acme.jar", users_jar("", vec![class("a/A").names("org/omg/CORBA/ORB")]))]);
        assert_eq!(found_in(&corba)[0].severity, Severity::Note);
    }
}
