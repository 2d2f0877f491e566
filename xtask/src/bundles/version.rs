//! OSGi versions, and ranges of them.
//!
//! In: the text of an attribute. Out: a [`Version`] or [`VersionRange`], or a lower-case fragment. Always: what the
//! framework refuses is refused: more than four parts, numbers that are none, a qualifier with other characters than
//! letters, digits, `_` and `-`.
//!
//! Source: OSGi Core Release 7, 3.2.5 and 3.2.6; org.osgi.framework.Version and `VersionRange` of Equinox 3.14.0.

use std::fmt;

/// `2.1.7.wso2v227`: three numbers, and a qualifier that orders as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second.
    pub minor: u32,
    /// The third.
    pub micro: u32,
    /// The rest; none orders before any.
    pub qualifier: Box<str>,
}

impl Version {
    /// Reads a version; the empty text is 0.0.0.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let invalid = || format!("has `{text}` for a version");
        let number = |part: Option<&str>| match part {
            // Java reads numbers into 32 bits with a sign.
            Some(part) => part.parse::<i32>().ok().and_then(|number| u32::try_from(number).ok()).ok_or_else(invalid),
            None => Ok(0),
        };
        let mut parts = text.splitn(4, '.');
        let (major, minor, micro) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
        let qualifier = parts.next();
        let of_a_qualifier = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if qualifier.is_some_and(|text| text.is_empty() || !text.bytes().all(of_a_qualifier)) {
            return Err(invalid());
        }
        Ok(Self { major, minor, micro, qualifier: qualifier.unwrap_or_default().into() })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.micro)?;
        if !self.qualifier.is_empty() {
            write!(f, ".{}", self.qualifier)?;
        }
        Ok(())
    }
}

/// `[4.3,4.4)`; a single version is the least one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VersionRange {
    /// The lower end.
    pub least: Version,
    /// Whether the lower end belongs to it.
    pub with_least: bool,
    /// The upper end; `None` where there is none.
    pub most: Option<Version>,
    /// Whether the upper end belongs to it.
    pub with_most: bool,
}

impl VersionRange {
    /// Reads a range. The empty text, which a least version may not be, is refused.
    pub fn parse(text: &str) -> Result<Self, String> {
        let invalid = || format!("has `{text}` for a version range");
        let trimmed = text.trim();
        let Some(opening) = trimmed.chars().next() else { return Err(invalid()) };
        let with_least = opening == '[';
        if !with_least && opening != '(' {
            if trimmed.contains(['[', '(']) {
                return Err(invalid());
            }
            let least = Version::parse(trimmed)?;
            return Ok(Self { least, with_least: true, most: None, with_most: false });
        }
        let inside = trimmed.get(1..).unwrap_or_default();
        let with_most = inside.ends_with(']');
        let inside = inside.strip_suffix([']', ')']).ok_or_else(invalid)?;
        let (least, most) = inside.split_once(',').ok_or_else(invalid)?;
        // Ends that are empty are no tokens to the framework.
        if least.is_empty() || most.is_empty() {
            return Err(invalid());
        }
        Ok(Self { least: Version::parse(least)?, with_least, most: Some(Version::parse(most)?), with_most })
    }

    /// Whether a version lies in it.
    pub fn includes(&self, version: &Version) -> bool {
        let above = *version > self.least || self.with_least && *version == self.least;
        let below = self.most.as_ref().is_none_or(|most| version < most || self.with_most && version == most);
        above && below
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(most) = &self.most else { return self.least.fmt(f) };
        let opening = if self.with_least { '[' } else { '(' };
        let closing = if self.with_most { ']' } else { ')' };
        write!(f, "{opening}{},{most}{closing}", self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_framework_reads_them() {
        for (text, shown) in [
            ("1", Some("1.0.0")),
            ("1.2", Some("1.2.0")),
            (" 2.1.7.wso2v227 ", Some("2.1.7.wso2v227")),
            ("3.14.0.v20190517-1309", Some("3.14.0.v20190517-1309")),
            ("", Some("0.0.0")),
            ("+1.01", Some("1.1.0")),
            ("1.", None),
            ("1..2", None),
            ("1.2.3.", None),
            ("1.2.3.4.5", None),
            ("1.2.3.a b", None),
            ("1.2-SNAPSHOT", None),
            ("${version}", None),
            ("-1", None),
            ("2147483648", None),
        ] {
            assert_eq!(Version::parse(text).ok().map(|version| version.to_string()).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn a_version_without_qualifier_comes_first() {
        let ordered = ["1.0.0", "1.0.0.0", "1.0.0.A", "1.0.0.a", "1.0.1", "1.2", "1.10"];
        let versions: Vec<_> = ordered.iter().map(|text| Version::parse(text).expect("a version")).collect();
        assert!(versions.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn ranges_include_what_lies_between_their_ends() {
        for (range, inside, outside) in [
            ("[4.3,4.4)", "4.3.3", "4.4.0"),
            ("[4.3, 4.4]", "4.4", "4.4.0.a"),
            ("(1,2)", "1.0.0.a", "1"),
            ("1.5", "99", "1.4.9"),
            (" [1,1] ", "1.0.0", "1.0.1"),
        ] {
            let range = VersionRange::parse(range).expect("a range");
            assert!(range.includes(&Version::parse(inside).expect("a version")), "{range} {inside}");
            assert!(!range.includes(&Version::parse(outside).expect("a version")), "{range} {outside}");
        }
        let empty = VersionRange::parse("[2,1]").expect("a range");
        assert!(!empty.includes(&Version::parse("1.5").expect("a version")));
        for text in ["", "[1,2", "[1]", "[1;2]", "1,2", "[1,2)x", "[,2)", "[1,)", "[a,b]", "1[2"] {
            assert!(VersionRange::parse(text).is_err(), "{text}");
        }
    }
}
