//! Diagnostics that several files share: said once, with a line for each file.
//!
//! In: a code, and what its files add. Out: one diagnostic. Always: a code that a rule groups by has a row here.

use crate::diagnostic::{Code, Diagnostic};
use crate::rules::decision::Subject;

/// The code, what is said of the files (`{files}` is their count, `{are}` the verb that goes with it), and the hint.
const SHARED: [(Code, &str, &str); 9] = [
    (
        Code(102),
        "the home was updated in place: {files} of its update {are} left out, the fresh distribution brings its own",
        "look through the list for a change that a person made",
    ),
    (
        Code(104),
        "{files} of the product cannot be compared with what 1.2.0 shipped; the fresh distribution's {are} used",
        "give --pristine wso2mi-1.2.0.zip to see whether somebody changed them",
    ),
    (
        Code(206),
        "{files} of reference material or of the product's programs {are} left out, changed in the home",
        "keep such a change in a repository of your own, or carry the file by the policy",
    ),
    (Code(207), "{files} that the user added {are} carried as found", "leave out by the policy what is not needed"),
    (
        Code(209),
        "{files} of embedded databases {are} left out: no data source points there",
        "carry them by the policy if something else reads them",
    ),
    (
        Code(214),
        "{files} {are} left out as copies made by hand or leftovers, by their names",
        "carry what is needed by the policy",
    ),
    (
        Code(301),
        "{files} in dropins {are} left out: the result has the bundle already",
        "remove them from the home; the shipped bundle is used",
    ),
    (
        Code(308),
        "{files} of the old platform {are} left out, patched in the home",
        "ask whether the fresh distribution's update level holds the same fix",
    ),
    (
        Code(803),
        "{files} {are} carried as the policy says, although the server makes such files itself",
        "see that the server's first start does what you expect with them",
    ),
];

/// One diagnostic for all files that share a code.
///
/// # Panics
/// When the code has no row, which the first file of its kind in a test shows.
pub(crate) fn diagnostic(code: Code, subjects: Vec<Subject>) -> Diagnostic {
    let Some((_, text, hint)) = SHARED.iter().find(|(shared, ..)| *shared == code) else {
        panic!("{code} is shared by files and has no row");
    };
    let (files, are) = match subjects.len() {
        1 => ("1 file".to_owned(), "is"),
        count => (format!("{count} files"), "are"),
    };
    let message = text.replace("{files}", &files).replace("{are}", are);
    let lines = subjects.into_iter().flat_map(|subject| std::iter::once(subject.line).chain(subject.more));
    Diagnostic::new(code, message).details(lines).hint(*hint)
}
