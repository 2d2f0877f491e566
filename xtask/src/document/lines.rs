//! Where the lines of a text start.
//!
//! In: a text. Out: [`Lines`]. Always: counted once; a place is looked up without reading the text again.

/// The starts of the lines of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    /// Those of a text.
    pub(crate) fn of(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The line, from 1, on which a place is.
    pub(crate) fn line(&self, place: usize) -> usize {
        self.0.partition_point(|start| *start <= place).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn a_place_is_on_the_line_that_starts_before_it() {
        let lines = Lines::of("a\r\nbc\n\nd");
        let found: Vec<usize> = (0..10).map(|place| lines.line(place)).collect();
        assert_eq!(found, [1, 1, 1, 2, 2, 2, 3, 4, 4, 4]);
        assert_eq!(Lines::default().line(7), 1);
    }
}
