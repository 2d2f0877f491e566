//! The name of an entry inside a home, a distribution or a pack.
//!
//! In: a name as an archive or a folder gives it. Out: an [`EntryPath`], or what is wrong with the name.
//! Always: relative, parts joined by single `/`, no `.` or `..` part, no drive letter, no backslash,
//! no control character, never empty. A folder's path has no `/` at its end.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;

/// A path inside a tree, checked once when it came in. Orders bytewise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPath(String);

impl EntryPath {
    /// Takes a name as it stands in an archive; one `/` at the end (a folder's) is dropped.
    ///
    /// The error is a lower-case fragment that says what is wrong, to be put after the name.
    pub fn parse(name: &str) -> Result<Self, &'static str> {
        let name = name.strip_suffix('/').unwrap_or(name);
        if name.is_empty() {
            return Err("is empty");
        }
        if name.starts_with('/') {
            return Err("is absolute");
        }
        if name.contains('\\') {
            return Err("holds a backslash");
        }
        if name.chars().any(char::is_control) {
            return Err("holds a control character");
        }
        let bytes = name.as_bytes();
        if bytes.len() > 1 && bytes[1] == b':' && bytes[0].is_ascii_alphabetic() {
            return Err("starts with a drive letter");
        }
        for part in name.split('/') {
            match part {
                "" => return Err("has an empty part"),
                "." => return Err("has a part `.`"),
                ".." => return Err("leads out of its folder by `..`"),
                _ => {}
            }
        }
        Ok(Self(name.to_owned()))
    }

    /// A path that the program itself spells out.
    ///
    /// # Panics
    /// When the literal is no valid path, which a test of its caller shows at once.
    pub fn known(name: &str) -> Self {
        match Self::parse(name) {
            Ok(path) => path,
            Err(problem) => panic!("`{name}` {problem}"),
        }
    }

    /// The whole path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The last part alone.
    #[must_use]
    pub fn name_only(&self) -> Self {
        Self(self.file_name().to_owned())
    }

    /// The folder that holds it; `None` at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// Every folder above it, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// This path below `folder`.
    #[must_use]
    pub fn under(&self, folder: &str) -> Self {
        Self(format!("{folder}/{}", self.0))
    }

    /// What remains below `folder` (given without a `/` at its end); `None` when it lies elsewhere.
    pub fn below(&self, folder: &str) -> Option<&str> {
        self.0.strip_prefix(folder)?.strip_prefix('/')
    }

    /// Whether it lies anywhere below `folder`.
    pub fn is_below(&self, folder: &str) -> bool {
        self.below(folder).is_some()
    }

    /// Whether it lies in `folder` itself, not deeper.
    pub fn is_in(&self, folder: &str) -> bool {
        self.below(folder).is_some_and(|rest| !rest.contains('/'))
    }

    /// Whether its name ends with `.` and the extension given, in lower case as the server compares it.
    pub fn has_extension(&self, extension: &str) -> bool {
        self.file_name().strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'))
    }
}

impl Borrow<str> for EntryPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntryPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Everything below a folder, of things that are sorted by their path.
pub fn below<'a, T>(
    entries: &'a BTreeMap<EntryPath, T>,
    folder: &str,
) -> impl Iterator<Item = (&'a EntryPath, &'a T)> + use<'a, T> {
    let from = format!("{folder}/");
    entries
        .range::<str, _>((Bound::Included(from.as_str()), Bound::Unbounded))
        .take_while(move |(path, _)| path.as_str().starts_with(&from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_tree_may_hold_are_refused() {
        for (name, problem) in [
            ("", "is empty"),
            ("/", "is empty"),
            ("/etc/passwd", "is absolute"),
            ("a//b", "has an empty part"),
            ("a/./b", "has a part `.`"),
            ("..", "leads out of its folder by `..`"),
            ("a/../b", "leads out of its folder by `..`"),
            ("C:/x", "starts with a drive letter"),
            ("a\\b", "holds a backslash"),
            ("a\nb", "holds a control character"),
            ("a\0b", "holds a control character"),
        ] {
            assert_eq!(EntryPath::parse(name), Err(problem), "{name:?}");
        }
    }

    #[test]
    fn real_names_pass_and_come_apart() {
        let path = EntryPath::parse("registry/governance/mappings/Länder codes (1).xml").expect("a good name");
        assert_eq!(path.file_name(), "Länder codes (1).xml");
        assert_eq!(path.parent().map(|p| p.to_string()).as_deref(), Some("registry/governance/mappings"));
        assert_eq!(path.below("registry/governance"), Some("mappings/Länder codes (1).xml"));
        assert!(path.is_in("registry/governance/mappings") && !path.is_in("registry"));
        assert!(path.has_extension("xml") && !path.has_extension("ml"));
        assert_eq!(path.ancestors().count(), 3);
        assert_eq!(EntryPath::parse("conf/").map(|p| p.to_string()).as_deref(), Ok("conf"));
        assert!(!EntryPath::known("library/a.jar").is_below("lib"));
    }
}
