//! Hand edits in rendered files.
//!
//! In: a file of a home, and what its deployment.toml renders. Out: the places that differ. Always: what only the
//! environment of the old server tells is no edit; a value that may be a secret is shown as `***`.
//!
//! With the shipped scripts the server renders again only when deployment.toml or a recorded variable changed, so an
//! edit was in force (config-mapper v1.0.12 and v1.0.18, `ConfigParser`).

use super::masked::Secrets;
use super::units::Units;
use crate::effective::Rendering;

/// A larger file is no configuration.
const LARGEST: usize = 4 << 20;

/// A place that a person changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandEdit {
    /// The path below the home.
    pub path: String,
    /// The element, property or line, as it may be shown.
    pub place: String,
    /// What deployment.toml renders, as it may be shown.
    pub rendered: Option<String>,
    /// What the file has, as it may be shown.
    pub found: Option<String>,
}

/// Where a file is not what its deployment.toml renders. `None` where nothing renders it, or it is too large.
pub fn hand_edits(rendering: &Rendering, path: &str, file: &[u8]) -> Option<Vec<HandEdit>> {
    let rendered = rendering.files.get(path)?;
    if file.len() > LARGEST {
        return None;
    }
    let file = String::from_utf8_lossy(file);
    let secrets = Secrets::of(rendering.context.flat.iter());
    let [before, after] = Units::both(path, rendered, &file);
    let changes = before.changes(&after);
    let real = changes.into_iter().filter(|change| {
        let texts = [&change.before, &change.after].map(|side| side.as_deref().unwrap_or_default());
        let [rendered, found] = texts;
        let told_by_environment = comes_from_environment(rendered) && fits(rendered, found);
        !(told_by_environment || comes_from_environment(&change.place))
    });
    let edits = real.map(|change| {
        let shown = |side: &Option<String>| side.as_ref().map(|text| secrets.in_file(path, &change.place, text));
        HandEdit {
            path: path.to_owned(),
            place: secrets.place(path, &change.place, change.is_line),
            rendered: shown(&change.before),
            found: shown(&change.after),
        }
    });
    Some(edits.collect())
}

fn comes_from_environment(text: &str) -> bool {
    text.contains("$env{") || text.contains("$sys{")
}

/// Whether a text is another with something in place of its placeholders.
fn fits(pattern: &str, text: &str) -> bool {
    let mut rest = pattern;
    let mut parts = Vec::new();
    while let Some(at) = ["$env{", "$sys{"].iter().filter_map(|opening| rest.find(opening)).min() {
        let (part, after) = rest.split_at(at);
        let Some((_, after)) = after.split_once('}') else { break };
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    let [first, middle @ .., last] = parts.as_slice() else { return false };
    if parts.len() == 1 {
        return pattern == text;
    }
    let Some(mut left) = text.strip_prefix(first).and_then(|left| left.strip_suffix(last)) else { return false };
    for part in middle {
        let Some((_, after)) = left.split_once(part) else { return false };
        left = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edits(rendered: &str, file: &str) -> Vec<String> {
        let mut rendering = Rendering::default();
        rendering.files.insert("conf/a.properties".to_owned(), rendered.to_owned());
        let found = hand_edits(&rendering, "conf/a.properties", file.as_bytes()).expect("rendered");
        found.into_iter().map(|edit| format!("{}: {:?} {:?}", edit.place, edit.rendered, edit.found)).collect()
    }

    #[test]
    fn what_the_environment_tells_is_no_edit() {
        let rendered = "a=$env{HOST}:$sys{port}/x\nb=1\nc=2\n";
        assert_eq!(edits(rendered, "b=1\nc=2\na=h:80/x\n"), [] as [&str; 0]);
        assert_eq!(edits(rendered, "a=h:80/y\nb=1\nc=2"), ["a: Some(\"$env{HOST}:$sys{port}/x\") Some(\"h:80/y\")"]);
        assert_eq!(edits(rendered, "a=h:80/x\nb=7\n"), ["b: Some(\"1\") Some(\"7\")", "c: Some(\"2\") None"]);
    }

    #[test]
    fn no_secret_is_shown_and_unknown_files_are_no_edits() {
        assert_eq!(edits("p=1\n", "p=1\ndb.password=hunter2\n"), ["db.password: None Some(\"***\")"]);
        assert_eq!(hand_edits(&Rendering::default(), "conf/b.xml", b"<b/>"), None);
    }

    #[test]
    fn of_xml_that_is_none_no_value_alone_is_shown() {
        let mut rendering = Rendering::default();
        rendering.files.insert("conf/a.xml".to_owned(), "<a>\n</a>\n".to_owned());
        let file = b"<a>\n<Password>\nhunter2\n</Password>\n<b>\n";
        let edits = hand_edits(&rendering, "conf/a.xml", file).expect("rendered");
        assert!(!edits.is_empty() && !format!("{edits:?}").contains("hunter2"), "{edits:?}");
        assert!(edits.iter().any(|edit| edit.place == "<b>"), "{edits:?}");
    }
}
