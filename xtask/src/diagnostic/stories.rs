//! The table of all codes, a file for each hundred.
//!
//! In: nothing. Out: [`stories`], sorted by code. Always: a code that is no longer used keeps its row.

mod inputs;
mod files;
mod jars;
mod deployment;
mod vault;
mod settings;
mod hl7;
mod policy;
mod user_store;
mod bundles;
mod classes;
mod keystores;
mod configuration;
mod artifacts;

use super::Story;

static GROUPS: [&[Story]; 14] = [
    inputs::STORIES,
    files::STORIES,
    jars::STORIES,
    deployment::STORIES,
    vault::STORIES,
    settings::STORIES,
    hl7::STORIES,
    policy::STORIES,
    user_store::STORIES,
    bundles::STORIES,
    classes::STORIES,
    keystores::STORIES,
    configuration::STORIES,
    artifacts::STORIES,
];

/// Every code with its story, sorted by code.
pub fn stories() -> impl Iterator<Item = &'static Story> {
    GROUPS.iter().copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Severity};

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(stories().is_sorted_by(|a, b| a.code < b.code));
        for story in stories() {
            assert!(
                story.text.ends_with('.') && !story.title.ends_with('.') && !story.source.is_empty(),
                "{}",
                story.code
            );
            assert!(story.severity != Severity::Conflict || story.firm, "{} could be waved through", story.code);
            assert_eq!(Code::parse(&story.code.to_string()), Some(story.code));
        }
    }
}
