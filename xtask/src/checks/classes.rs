//! The checks of the user's classes, which share what is known of every class of a tree.
//!
//! In: an [`Examined`] tree. Out: what they have to say. Always: that is put together once for all of them, and not at all
//! where nothing is the user's; a long list is cut, and says by how much.

use super::missing_classes::{World, users};
use super::{class_versions, damaged_classes, missing_classes, removed_packages};
use crate::diagnostic::Diagnostic;
use crate::examine::Examined;

/// A name of a class file shows no more letters than these.
const MOST_LETTERS: usize = 200;

/// What there is to say about classes.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let users = users(examined);
    if users.is_empty() {
        return Vec::new();
    }
    let world = World::of(examined);
    let mut found = class_versions::check(&users);
    found.extend(damaged_classes::check(&users));
    found.extend(removed_packages::check(&users, &world));
    found.extend(missing_classes::check(&users, &world));
    found
}

/// The first of some lines, and how many more there are.
pub(super) fn first_of(most: usize, lines: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    let more = lines.len().saturating_sub(most);
    let mut shown: Vec<_> = lines.take(most).collect();
    if more > 0 {
        shown.push(format!("and {more} more"));
    }
    shown
}

/// A text from a class file or an archive, which may hold anything, as it can be shown between backticks.
pub(super) fn plain(text: &str) -> String {
    let letters = text.chars().take(MOST_LETTERS).map(|letter| match letter {
        '`' => '\'',
        letter if letter.is_control() => '?',
        letter => letter,
    });
    letters.collect()
}

/// The name of a class as Java texts have it.
pub(super) fn readable(name: &str) -> String {
    plain(name).replace('/', ".")
}
