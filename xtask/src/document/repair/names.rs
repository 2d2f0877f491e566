//! Which statement stands for which key, before anything is judged.
//!
//! In: headers and assignments. Out: a number for each key, and what is known of it. Always: a key inside an element of
//! an array of tables is another one in each element.

use std::collections::BTreeMap;

/// What is known of a key.
#[derive(Default)]
pub(super) struct Name {
    below: BTreeMap<String, usize>,
    /// How many elements it has so far, where it is an array of tables, and the number of the last one.
    pub(super) elements: Option<(usize, usize)>,
    /// The block that has it as its header.
    pub(super) block: Option<usize>,
    /// The first block whose header is below it.
    pub(super) first_below: Option<usize>,
    /// The statement that gives it a value.
    pub(super) statement: Option<usize>,
}

/// All keys, by number; the root is the first.
pub(super) struct Names(Vec<Name>);

impl Names {
    pub(super) fn new() -> Self {
        Self(vec![Name::default()])
    }

    pub(super) fn get(&self, name: usize) -> Option<&Name> {
        self.0.get(name)
    }

    pub(super) fn get_mut(&mut self, name: usize) -> Option<&mut Name> {
        self.0.get_mut(name)
    }

    /// The key with a part after it.
    pub(super) fn below(&mut self, name: usize, part: &str) -> usize {
        let new = self.0.len();
        let found = match self.0.get_mut(name) {
            Some(name) => *name.below.entry(part.to_owned()).or_insert(new),
            None => return 0,
        };
        if found == new {
            self.0.push(Name::default());
        }
        found
    }

    /// The last element of a key that is an array of tables, or the key itself.
    pub(super) fn element(&self, name: usize) -> usize {
        self.get(name).and_then(|name| name.elements).map_or(name, |(_, last)| last)
    }

    /// A new element of a key.
    pub(super) fn add_element(&mut self, name: usize) -> usize {
        let new = self.0.len();
        self.0.push(Name::default());
        if let Some(name) = self.get_mut(name) {
            let count = name.elements.map_or(0, |(count, _)| count);
            name.elements = Some((count + 1, new));
        }
        new
    }
}
