//! How lists of settings are told.
//!
//! In: lines. Out: as many as are worth reading. Always: no list that the input makes long is told whole.

/// More lines than this say nothing more; the rest is counted.
pub(crate) const MOST_LINES: usize = 100;

/// As many lines as are worth showing, and how many more there are. The others are not made.
pub(crate) fn listed(lines: impl IntoIterator<IntoIter: ExactSizeIterator<Item = String>>) -> Vec<String> {
    let mut lines = lines.into_iter();
    let mut shown: Vec<String> = lines.by_ref().take(MOST_LINES).collect();
    let more = lines.len();
    if more > 0 {
        shown.push(format!("more: {more}"));
    }
    shown
}

/// `line 3: `, or nothing where there is no line.
pub(crate) fn at(line: Option<usize>) -> String {
    line.map(|line| format!("line {line}: ")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_ends_with_how_many_more_there_are() {
        let list = |count: usize| listed((0..count).map(|number| number.to_string()));
        assert_eq!(list(MOST_LINES).len(), MOST_LINES);
        assert_eq!(list(MOST_LINES + 7).len(), MOST_LINES + 1);
        assert_eq!(list(MOST_LINES + 7).last().map(String::as_str), Some("more: 7"));
        assert_eq!((at(Some(3)), at(None)), ("line 3: ".to_owned(), String::new()));
    }
}
