//! Patterns over paths, as policies use them.
//!
//! In: a pattern. Out: whether a path matches. Always: `*` stays within one part of the path, `**` crosses parts,
//! everything else is literal; a pattern that ends with `/` means all below that folder. Linear in the path for
//! each `*`, without recursion on input.

use crate::path::EntryPath;

/// A pattern such as `wso2/components/plugins/axis2-transport-xmpp_*.jar` or `registry/**`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(String);

impl Pattern {
    /// Takes it as the user wrote it.
    ///
    /// The error is a fragment that says what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_prefix("./").unwrap_or(text);
        if text.is_empty() || text == "/" {
            return Err("is empty");
        }
        if text.starts_with('/') {
            return Err("is absolute; paths start below the home, as in `conf/log4j2.properties`");
        }
        Ok(Self(if text.ends_with('/') { format!("{text}**") } else { text.to_owned() }))
    }

    /// The pattern as it is compared.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the path matches, from its start to its end.
    pub fn matches(&self, path: &EntryPath) -> bool {
        let literal = self.0.split('*').next().unwrap_or_default();
        if literal.len() == self.0.len() || !path.as_str().starts_with(literal) {
            return path.as_str() == self.0;
        }
        let (pattern, path) = (self.0.as_bytes(), path.as_str().as_bytes());
        // The places reached in the pattern after each byte of the path: a set, so that time stays bounded.
        let mut reached = vec![false; pattern.len() + 1];
        reached[0] = true;
        skip_stars(pattern, &mut reached);
        for &byte in path {
            let mut next = vec![false; pattern.len() + 1];
            for (at, _) in reached.iter().enumerate().filter(|(_, reached)| **reached) {
                match pattern.get(at) {
                    Some(b'*') if pattern.get(at + 1) == Some(&b'*') || at > 0 && pattern[at - 1] == b'*' => {
                        next[at] = true;
                    }
                    Some(b'*') if byte != b'/' => next[at] = true,
                    Some(literal) if *literal == byte => next[at + 1] = true,
                    _ => {}
                }
            }
            skip_stars(pattern, &mut next);
            reached = next;
        }
        reached[pattern.len()]
    }
}

/// A star may stand for nothing: whoever reached it has also reached what follows.
fn skip_stars(pattern: &[u8], reached: &mut [bool]) {
    for at in 0..pattern.len() {
        if reached[at] && pattern[at] == b'*' {
            reached[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stay_within_a_part_and_double_stars_cross() {
        for (pattern, path, expected) in [
            ("conf/*.xml", "conf/carbon.xml", true),
            ("conf/*.xml", "conf/axis2/axis2.xml", false),
            ("conf/**", "conf/axis2/axis2.xml", true),
            ("conf/", "conf/axis2/axis2.xml", true),
            ("**/*.xml", "conf/axis2/axis2.xml", true),
            ("**.xml", "axis2.xml", true),
            ("password-persist", "password-persist", true),
            ("password-persist", "x/password-persist", false),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXbY", false),
            ("lib/(old) *.jar", "lib/(old) x.jar", true),
            ("*", "a", true),
            ("*", "a/b", false),
        ] {
            let parsed = Pattern::parse(pattern).expect("a good pattern");
            assert_eq!(parsed.matches(&EntryPath::known(path)), expected, "{pattern} on {path}");
        }
        assert!(Pattern::parse("/etc").is_err() && Pattern::parse("").is_err());
    }
}
