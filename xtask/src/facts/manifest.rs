//! The main section of a jar's `META-INF/MANIFEST.MF`.
//!
//! In: its bytes. Out: a [`Manifest`] to look headers up in. Always: names compare without case; a header
//! that is given twice has the later value, as in `java.util.jar.Attributes`; lines that are no headers are passed over.

use crate::inventory::JarFacts;
use std::collections::BTreeMap;

/// More than this is no manifest. Signed jars list every entry in theirs, hence not smaller.
pub(super) const LARGEST: u64 = 16 << 20;

/// Of the main section, no more than this is read.
const LARGEST_MAIN_SECTION: usize = 1 << 20;

/// The headers of the main section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest(BTreeMap<String, String>);

impl Manifest {
    /// Reads the main section, which ends at the first empty line. Lines may end with LF, CRLF or CR, and a
    /// line that starts with a blank continues the one before it, even in the midst of a character.
    ///
    /// The error is a lower-case fragment.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut headers: Vec<Vec<u8>> = Vec::new();
        let mut seen = 0;
        for line in lines(bytes) {
            seen += line.len() + 1;
            if seen > LARGEST_MAIN_SECTION {
                return Err("has a manifest of more than 1 MiB".to_owned());
            }
            if line.is_empty() {
                // Empty lines before the first header do not end a section that has not begun.
                if headers.is_empty() {
                    continue;
                }
                break;
            }
            match (line.strip_prefix(b" "), headers.last_mut()) {
                (Some(rest), Some(header)) => header.extend_from_slice(rest),
                (Some(_), None) => return Err("has a manifest that starts with a continuation line".to_owned()),
                (None, _) => headers.push(line.to_vec()),
            }
        }
        let headers = headers.iter().filter_map(|header| {
            let header = String::from_utf8_lossy(header);
            let (name, value) = header.split_once(':')?;
            Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        });
        Ok(Self(headers.collect()))
    }

    /// The value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// All headers by name, the names in lower case.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first clause of a header without its directives: `x` of `Bundle-SymbolicName: x;singleton:=true`.
    /// `None` where that is empty.
    pub fn first_clause(&self, name: &str) -> Option<&str> {
        let clause = self.header(name)?.split([',', ';']).next()?.trim();
        (!clause.is_empty()).then_some(clause)
    }

    /// What the manifest alone says of a bundle.
    pub(super) fn facts(&self) -> JarFacts {
        JarFacts {
            symbolic_name: self.first_clause("Bundle-SymbolicName").map(str::to_owned),
            bundle_version: self.first_clause("Bundle-Version").map(str::to_owned),
            ..JarFacts::default()
        }
    }
}

impl FromIterator<(String, String)> for Manifest {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(headers: I) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
    }
}

/// What a manifest alone says, for bundles that lie unpacked in a folder.
pub fn jar_facts_of_manifest(manifest: &[u8]) -> Result<JarFacts, String> {
    Ok(Manifest::parse(manifest)?.facts())
}

fn lines(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        rest = match tail {
            [b'\r', b'\n', after @ ..] | [_, after @ ..] => after,
            [] => tail,
        };
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_whatever_the_line_ends_and_the_case() {
        for (text, name, value) in [
            ("Manifest-Version: 1.0\r\nBundle-Version: 1.2\r\n\r\n", "Bundle-Version", Some("1.2")),
            ("Manifest-Version: 1.0\rBundle-Version: 1.2\r", "bundle-version", Some("1.2")),
            ("BUNDLE-VERSION:1.2", "Bundle-Version", Some("1.2")),
            ("Bundle-SymbolicName: org.example.lo\n ng.name\n", "Bundle-SymbolicName", Some("org.example.long.name")),
            ("A: 1\n\nName: x.class\nBundle-Version: 9\n", "Bundle-Version", None),
            ("\n\nA: 1\n", "A", Some("1")),
            ("A: 1\nA: 2\n", "A", Some("2")),
            ("no header\nA: b: c\n", "A", Some("b: c")),
            ("\u{FEFF}A: 1\n", "A", Some("1")),
            ("", "A", None),
        ] {
            let manifest = Manifest::parse(text.as_bytes()).expect("a manifest");
            assert_eq!(manifest.header(name), value, "{text:?}");
        }
    }

    #[test]
    fn a_character_may_be_cut_in_two_by_a_continuation() {
        let manifest = Manifest::parse(b"Vendor: L\xC3\n \xA4nder\n").expect("a manifest");
        assert_eq!(manifest.header("Vendor"), Some("Länder"));
    }

    #[test]
    fn the_first_clause_has_no_directives() {
        for (text, name) in [
            ("Bundle-SymbolicName: x;singleton:=true", Some("x")),
            ("Bundle-SymbolicName: x ; a=b , y", Some("x")),
            ("Bundle-SymbolicName: ;singleton:=true", None),
            ("Bundle-SymbolicName:", None),
            ("Bundle-Name: x", None),
        ] {
            let facts = jar_facts_of_manifest(text.as_bytes()).expect("a manifest");
            assert_eq!(facts.symbolic_name.as_deref(), name, "{text}");
        }
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        assert!(Manifest::parse(b" A: 1\n").is_err());
        let long = format!("A: {}\n", "x".repeat(LARGEST_MAIN_SECTION));
        assert!(Manifest::parse(long.as_bytes()).is_err());
        let many_names = format!("A: 1\n\n{}", "Name: x\n\n".repeat(LARGEST_MAIN_SECTION / 4));
        assert!(Manifest::parse(many_names.as_bytes()).is_ok(), "only the main section is bounded");
    }
}
