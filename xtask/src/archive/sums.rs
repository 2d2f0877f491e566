//! `SHA256SUMS`, as `sha256sum -c` of GNU coreutils and of BusyBox reads it.
//!
//! In: digests by file name, or the bytes of such a file. Out: the other of the two. Always: one line a file,
//! 64 lower-case digits, two spaces, the name; sorted by name; nothing else. What parses renders to the same bytes.

use crate::digest::Digest;
use std::collections::BTreeMap;

/// The name of the file in a bundle.
pub const NAME: &str = "SHA256SUMS";

/// Whether it is the name of a file in a folder and nothing that a shell, a listing or `sha256sum` would take for
/// something else: not hidden, no separator, no control character.
pub fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']) && !name.chars().any(char::is_control)
}

/// Whether it is the place of a file of a bundle: a plain name, below at most three folders with plain names.
pub fn is_plain_path(path: &str) -> bool {
    path == IGNORED || path.split('/').count() <= DEEPEST && path.split('/').all(is_plain_name)
}

/// The one hidden file of a bundle: what builders of images are not to look at, under the name that they look for.
const IGNORED: &str = "docker-context/.dockerignore";

/// How many names a path has at most.
pub const DEEPEST: usize = 4;

/// The text for these files.
pub fn render(sums: &BTreeMap<String, Digest>) -> String {
    sums.iter()
        .flat_map(|(name, digest)| [digest.to_string(), "  ".to_owned(), name.clone(), "\n".to_owned()])
        .collect()
}

/// Reads what [`render`] wrote, and nothing else.
///
/// The error says what is wrong and in which line.
pub fn parse(bytes: &[u8]) -> Result<BTreeMap<String, Digest>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    let mut sums = BTreeMap::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let (digest, name) = line
            .split_once("  ")
            .and_then(|(digest, name)| Some((Digest::parse(digest)?, name)))
            .ok_or_else(|| format!("line {number} is not a SHA-256, two spaces and a name"))?;
        if !is_plain_path(name) {
            return Err(format!("line {number} does not name a file of the folder"));
        }
        if sums.insert(name.to_owned(), digest).is_some() {
            return Err(format!("line {number} names `{name}` again"));
        }
    }
    if render(&sums).as_bytes() != bytes {
        return Err("is not sorted by name, or has other line ends than it should".to_owned());
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rendered_parses_and_nothing_else_does() {
        let sums: BTreeMap<_, _> = ["docker-context/.dockerignore", "b.zip", "a (1).txt", "ä", "a/b/c/d.sql"]
            .into_iter()
            .map(|name| (name.to_owned(), Digest::of(name.as_bytes())))
            .collect();
        let text = render(&sums);
        assert_eq!(parse(text.as_bytes()), Ok(sums));
        assert_eq!(parse(b""), Ok(BTreeMap::new()));
        let digest = Digest::of(b"x");
        for wrong in [
            format!("{digest} a\n"),
            format!("{digest} *a\n"),
            format!("{digest}   a\n\n"),
            format!("{digest}  a"),
            format!("{digest}  a\r\n"),
            format!("{digest}  ../a\n"),
            format!("{digest}  .a\n"),
            format!("{digest}  a/.dockerignore\n"),
            format!("{digest}  .a\n"),
            format!("{digest}  a/.dockerignore\n"),
            format!("{digest}  a/\n"),
            format!("{digest}  a//b\n"),
            format!("{digest}  a/../b\n"),
            format!("{digest}  a/b/c/d/e\n"),
            format!("{digest}  \n"),
            format!("{digest}  b\n{digest}  a\n"),
            format!("{digest}  a\n{digest}  a\n"),
            format!("{}  a\n", digest.to_string().to_uppercase()),
            "\u{feff}".to_owned() + &text,
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
