//! Keystore file names of 1.2.0, made paths as 4.0.0 reads them.
//!
//! In: the user's deployment.toml and the meaning that file names had in the old home. Out: the same bytes with the
//! names rewritten, and what was changed. Always: all other bytes stay, comments and line ends included; a name that
//! is a path already, or one that already meant a path, is left alone.
//!
//! 1.2.0 as first shipped put `repository/resources/security/` before `keystore.primary.file_name` and
//! `truststore.file_name`; since an update of September 2020, and in 4.0.0, the name is a path below the home
//! (MI v1.2.0 and v4.0.0, `distribution/src/resources/config-tool`: `default.json` and `templates/conf/carbon.xml.j2`).

use crate::settings::read::{each_value, get};
use crate::settings::{Document, ParseError, line_of, parse};
use serde_json::Value as Json;
use std::ops::Range;
use toml_edit::Value;

/// What the old release put before a file name.
const SECURITY: &str = "repository/resources/security/";

/// A file in its new form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translated {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What was rewritten, in the order of the file.
    pub changed: Vec<Change>,
    /// Settings of keystores that neither mean nor do the same in both releases, and that a person should look at.
    pub left_alone: Vec<LeftAlone>,
}

/// One value that was rewritten. It is a file name, no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The key, with dots.
    pub key: String,
    /// The line, from 1.
    pub line: usize,
    /// The value as it was.
    pub from: String,
    /// The value as it is now.
    pub to: String,
}

/// A setting that was left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// The key, with dots.
    pub key: String,
    /// The line, from 1.
    pub line: usize,
    /// Why that matters: a lower-case fragment.
    pub why: &'static str,
}

/// Rewrites the file names of keystores for 4.0.0. `old_meaning` tells whether the old home put the security folder
/// before them; see [`old_meaning`].
pub fn translate(toml: &[u8], old_meaning: bool) -> Result<Translated, ParseError> {
    let document = parse(toml)?;
    let mut splices = Vec::new();
    if old_meaning {
        for path in [&["keystore", "primary", "file_name"][..], &["truststore", "file_name"]] {
            let Some(value) = get(&document, path).and_then(toml_edit::Item::as_value) else { continue };
            splices.extend(prefix(&document, &path.join("."), value));
        }
        let mut visit = |key: &str, value| splices.extend(without_prefix(&document, key, value));
        each_value(document.as_table(), "", &mut visit);
    }
    splices.sort_by_key(|splice: &Splice| splice.place.start);
    let mut bytes = Vec::with_capacity(toml.len() + splices.len() * SECURITY.len());
    let mut at = 0;
    for splice in &splices {
        bytes.extend_from_slice(toml.get(at..splice.place.start).unwrap_or_default());
        bytes.extend_from_slice(splice.text.as_bytes());
        at = splice.place.end;
    }
    bytes.extend_from_slice(toml.get(at..).unwrap_or_default());
    let left_alone = left_alone(&document, old_meaning);
    Ok(Translated { bytes, changed: splices.into_iter().map(|splice| splice.change).collect(), left_alone })
}

/// Whether the old home put the security folder before the names of keystores: what its `carbon.xml.j2` does, or
/// else its `default.json`. `None` where neither tells.
pub fn old_meaning(carbon_xml_template: Option<&[u8]>, default_json: Option<&[u8]>) -> Option<bool> {
    let in_template = carbon_xml_template.and_then(|template| {
        let template = String::from_utf8_lossy(template);
        let mut rest: &str = &template;
        let mut before = String::new();
        while let Some((text, after)) = rest.split_once("{{") {
            before.push_str(text);
            let (hole, after) = after.split_once("}}")?;
            if hole.trim() == "keystore.primary.file_name" {
                return Some(before.ends_with(SECURITY));
            }
            rest = after;
        }
        None
    });
    in_template.or_else(|| {
        let defaults: Json = serde_json::from_slice(default_json?).ok()?;
        Some(!defaults.get("keystore.primary.file_name")?.as_str()?.contains('/'))
    })
}

struct Splice {
    place: Range<usize>,
    text: String,
    change: Change,
}

/// Puts the folder before a name that is none yet.
fn prefix(document: &Document, key: &str, value: &Value) -> Option<Splice> {
    let name = value.as_str()?;
    let is_path = name.starts_with("repository/")
        || name.starts_with(['/', '\\'])
        || name.starts_with("${")
        || name.get(1..3).is_some_and(|rest| rest == ":/" || rest == ":\\");
    // These two name paths already, as soon as they are rewritten themselves, or by their new defaults.
    let refers = name.starts_with("$ref{keystore.primary.file_name}") || name.starts_with("$ref{truststore.file_name}");
    if name.is_empty() || is_path || refers {
        return None;
    }
    let span = value.span()?;
    let raw = document.raw().get(span.clone())?;
    // After the opening quotes, so that the user's own quotes and escapes stay.
    let quotes = ["\"\"\"\r\n", "\"\"\"\n", "'''\r\n", "'''\n", "\"\"\"", "'''", "\"", "'"];
    let quote = quotes.into_iter().find(|quote| raw.starts_with(quote))?;
    let at = span.start + quote.len();
    let change = Change {
        key: key.to_owned(),
        line: line_of(document, Some(span)),
        from: name.to_owned(),
        to: format!("{SECURITY}{name}"),
    };
    Some(Splice { place: at..at, text: SECURITY.to_owned(), change })
}

/// Takes the folder away before a reference to a name that is now a path itself.
fn without_prefix(document: &Document, key: &str, value: &Value) -> Vec<Splice> {
    let (Some(text), Some(span)) = (value.as_str(), value.span()) else { return Vec::new() };
    let Some(raw) = document.raw().get(span.clone()) else { return Vec::new() };
    let mut splices = Vec::new();
    for name in ["$ref{keystore.primary.file_name}", "$ref{truststore.file_name}"] {
        let whole = format!("{SECURITY}{name}");
        for (place, _) in raw.match_indices(&whole) {
            let start = span.start + place;
            let change = Change {
                key: key.to_owned(),
                line: line_of(document, Some(span.clone())),
                from: text.to_owned(),
                to: text.replace(&whole, name),
            };
            splices.push(Splice { place: start..start + SECURITY.len(), text: String::new(), change });
        }
    }
    splices
}

fn left_alone(document: &Document, old_meaning: bool) -> Vec<LeftAlone> {
    let mut found = Vec::new();
    for (path, why, counts) in [
        (["keystore", "tls"], "neither release reads this table", true),
        (["keystore", "internal"], "the old release did not read this table, 4.0.0 does", old_meaning),
    ] {
        let Some(table) = get(document, &path).filter(|_| counts) else { continue };
        let line = table.as_table_like().and_then(|table| {
            let first = table.iter().filter_map(|(_, item)| item.span()).min_by_key(|span| span.start);
            table.iter().next().and(first)
        });
        let line = line_of(document, table.span().or(line));
        found.push(LeftAlone { key: path.join("."), line, why });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(toml: &str) -> Translated {
        translate(toml.as_bytes(), true).expect("TOML")
    }

    #[test]
    fn names_become_paths_and_nothing_else_changes() {
        for (toml, expected) in [
            (
                "# top\r\n[keystore.primary]\r\nfile_name = \"corp.jks\" # ours\r\npassword = \"x\"\r\n",
                "# top\r\n[keystore.primary]\r\nfile_name = \"repository/resources/security/corp.jks\" # ours\r\npassword = \"x\"\r\n",
            ),
            (
                "keystore.primary.file_name='a b.jks'",
                "keystore.primary.file_name='repository/resources/security/a b.jks'",
            ),
            (
                "keystore = { primary = { file_name = \"a.jks\" } }\n[truststore]\nfile_name=\"t.jks\"",
                "keystore = { primary = { file_name = \"repository/resources/security/a.jks\" } }\n[truststore]\nfile_name=\"repository/resources/security/t.jks\"",
            ),
            (
                "[truststore]\n\"file_name\" = \"\\u00e4.jks\"",
                "[truststore]\n\"file_name\" = \"repository/resources/security/\\u00e4.jks\"",
            ),
            (
                "[truststore]\nfile_name = \"\"\"\nt.jks\"\"\"",
                "[truststore]\nfile_name = \"\"\"\nrepository/resources/security/t.jks\"\"\"",
            ),
            (
                "[truststore]\nfile_name = \"$env{STORE}\"",
                "[truststore]\nfile_name = \"repository/resources/security/$env{STORE}\"",
            ),
            (
                "[truststore]\nfile_name = \"../../conf/t.jks\"",
                "[truststore]\nfile_name = \"repository/resources/security/../../conf/t.jks\"",
            ),
            (
                "[truststore]\nfile_name = \"t.jks\"\n[x]\ny = \"repository/resources/security/$ref{truststore.file_name}\"",
                "[truststore]\nfile_name = \"repository/resources/security/t.jks\"\n[x]\ny = \"$ref{truststore.file_name}\"",
            ),
        ] {
            let translated = translated(toml);
            assert_eq!(String::from_utf8_lossy(&translated.bytes), expected);
            assert!(!translated.changed.is_empty());
            for change in &translated.changed {
                assert!(change.to.len() > change.from.len() || change.to.starts_with("$ref"), "{change:?}");
            }
        }
    }

    #[test]
    fn paths_references_and_other_tables_are_left_alone() {
        for toml in [
            "[keystore.primary]\nfile_name = \"repository/resources/security/a.jks\"",
            "[truststore]\nfile_name = \"/etc/pki/t.jks\"",
            "[truststore]\nfile_name = \"C:/pki/t.jks\"",
            "[truststore]\nfile_name = \"${carbon.home}/t.jks\"",
            "[truststore]\nfile_name = \"$ref{keystore.primary.file_name}\"",
            "[truststore]\nfile_name = 5",
            "[[truststore]]\nfile_name = \"t.jks\"",
            "[keystore.tls]\nfile_name = \"a.jks\"",
            "[keystore.internal]\nfile_name = \"a.jks\"",
            "[transport.http.listener.keystore]\nlocation = \"a.jks\"",
            "\u{FEFF}[server]\nhostname = \"x\"",
            "",
        ] {
            let translated = translated(toml);
            assert_eq!(translated.bytes, toml.as_bytes());
            assert_eq!(translated.changed, [], "{toml}");
        }
        let toml = b"[keystore.primary]\nfile_name = \"a.jks\"";
        assert_eq!(translate(toml, false).expect("TOML").bytes, toml);
    }

    #[test]
    fn a_byte_order_mark_does_not_shift_the_change() {
        let translated = translated("\u{FEFF}[truststore]\nfile_name = \"t.jks\"\n");
        let expected = "\u{FEFF}[truststore]\nfile_name = \"repository/resources/security/t.jks\"\n";
        assert_eq!(String::from_utf8_lossy(&translated.bytes), expected);
    }

    #[test]
    fn changes_and_dead_tables_are_told_with_their_lines() {
        let toml = "[server]\nhostname = \"h\"\n\n[keystore.tls]\nfile_name = \"a.jks\"\n\n[keystore]\ninternal.file_name = \"i.jks\"\n[truststore]\nfile_name = \"t.jks\"\n";
        let translated = translated(toml);
        let change = Change {
            key: "truststore.file_name".to_owned(),
            line: 10,
            from: "t.jks".to_owned(),
            to: "repository/resources/security/t.jks".to_owned(),
        };
        assert_eq!(translated.changed, [change]);
        let places: Vec<_> = translated.left_alone.iter().map(|found| (found.key.as_str(), found.line)).collect();
        assert_eq!(places, [("keystore.tls", 4), ("keystore.internal", 8)]);
        let new = translate(toml.as_bytes(), false).expect("TOML");
        assert_eq!(new.left_alone.len(), 1);
    }

    #[test]
    fn the_old_home_tells_what_names_meant() {
        let old =
            &b"<Location>${carbon.home}/repository/resources/security/{{keystore.primary.file_name}}</Location>"[..];
        let new = &b"<A>{{ x }}</A><Location>{{ keystore.primary.file_name }}</Location>"[..];
        let old_default = &b"{\"keystore.primary.file_name\": \"wso2carbon.jks\"}"[..];
        let new_default = &b"{\"keystore.primary.file_name\": \"repository/resources/security/wso2carbon.jks\"}"[..];
        for (template, default, expected) in [
            (Some(old), None, Some(true)),
            (Some(new), None, Some(false)),
            (Some(new), Some(old_default), Some(false)),
            (Some(&b"{{other}} {{"[..]), Some(old_default), Some(true)),
            (None, Some(new_default), Some(false)),
            (None, Some(&b"{}"[..]), None),
            (None, Some(&b"no json"[..]), None),
            (None, None, None),
        ] {
            assert_eq!(old_meaning(template, default), expected);
        }
    }
}
