//! References such as `$ref{..}` and `$secret{..}` in a text.
//!
//! In: a text, and how a reference opens. Out: what stands in it. Always: what stands between the opening and the next
//! `}`, as the server takes it; one that is not closed is none.
//!
//! Source: config-mapper v1.0.12 and v1.0.18, `ReferenceResolver`. How the server finds the end of a text is with
//! [`crate::effective`].

/// What stands in the references of a text that open with `$ref{` or the like.
pub(crate) fn names<'a>(text: &'a str, open: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(open)?;
        let (name, after) = after.split_once('}')?;
        rest = after;
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn references_end_with_the_next_bracket() {
        for (text, expected) in [
            ("a$ref{x}b$ref{y.'z w'}", &["x", "y.'z w'"][..]),
            ("$ref{x", &[]),
            ("$ref{a$ref{b}$ref{c}", &["a$ref{b", "c"]),
            ("$secret{x}", &[]),
            ("$ref{}", &[""]),
            ("", &[]),
        ] {
            assert_eq!(names(text, "$ref{").collect::<Vec<_>>(), expected, "{text}");
        }
    }
}
