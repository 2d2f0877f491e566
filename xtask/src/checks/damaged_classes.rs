//! Class files of the user's that cannot be read.
//!
//! In: the classes of the user's. Out: one finding for each jar or archive of the user's. Always: a jar that cannot be read at
//! all is for `ignored_jars`; names come from archives, and are shown without what could steer a terminal.
//!
//! Source: The Java Virtual Machine Specification, Java SE 11, chapter 4 and 5.3.5 (what a class loader refuses).

use super::classes::{first_of, plain};
use super::missing_classes::Users;
use crate::classes::MOST_DAMAGE;
use crate::diagnostic::{Code, Diagnostic};

/// More than these are counted and not listed.
const MOST_DETAILS: usize = 5;

/// Finds them.
pub(super) fn check(users: &[Users<'_>]) -> Vec<Diagnostic> {
    let damaged = users.iter().filter(|users| !users.index.damage.is_empty());
    damaged.map(|users| told(users.path, &users.index.damage)).collect()
}

fn told(path: &str, damage: &[(String, String)]) -> Diagnostic {
    let count = damage.len();
    let what = match count {
        1 => "a class file or an archive that cannot be read".to_owned(),
        // No more are kept.
        MOST_DAMAGE.. => format!("{count} class files or archives or more that cannot be read"),
        _ => format!("{count} class files or archives that cannot be read"),
    };
    let shown = |(name, why): &(String, String)| format!("`{}` {}", plain(name), plain(why));
    let details = first_of(MOST_DETAILS, damage.iter().map(shown));
    Diagnostic::new(Code(1104), format!("`{path}` has {what}")).at(path).details(details).hint(
        "what needs such a class fails with NoClassDefFoundError or ClassFormatError; get the jar anew, or build it \
         again",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::missing_classes::testing::{examined, jar};
    use crate::checks::missing_classes::users;
    use crate::checks::tests::shown;
    use crate::classes::testing::class;

    #[test]
    fn class_files_that_cannot_be_read_are_named() {
        let sound = class("a/Sound").bytes();
        let with = |broken: &[(&str, &[u8])], is_users: bool| {
            let files: Vec<_> = broken.iter().copied().chain([("a/Sound.class", sound.as_slice())]).collect();
            jar("", &crate::sample::plain_zip(&files), is_users)
        };
        let magic = [0xCA, 0xFE, 0xBA, 0xBE];
        let tree = examined([
            ("lib/a.jar", with(&[("a/B\u{1b}`.class", &magic)], true)),
            ("lib/sound.jar", with(&[], true)),
            // The distribution is not asked.
            ("wso2/components/plugins/x.jar", with(&[("a/B.class", &magic)], false)),
        ]);
        let found = shown(&check(&users(&tree)));
        assert_eq!(found.len(), 1, "{found:?}");
        let expected = "MI1104 `lib/a.jar` has a class file or an archive that cannot be read | `a/B?\'.class` ";
        assert!(found[0].starts_with(expected), "{found:?}");
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<_> = (0..30).map(|at| format!("a/B{at:02}.class")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b"no class"[..])).collect();
        let tree = examined([("lib/a.jar", jar("", &crate::sample::plain_zip(&files), true))]);
        let found = check(&users(&tree));
        assert_eq!(found[0].message, "`lib/a.jar` has 20 class files or archives or more that cannot be read");
        assert_eq!(found[0].details.len(), MOST_DETAILS + 1);
        assert_eq!(found[0].details.last().map(String::as_str), Some("and 15 more"));
    }
}
