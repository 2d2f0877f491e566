//! Files that the checks could not look into, so that their silence says nothing.
//!
//! In: what could not be read, and a configuration that could not be worked out. Out: an error where that is
//! deployment.toml, which the server does not start without, else one warning with all of them. Always: keystores have a
//! finding of their own.

use crate::diagnostic::{Code, Diagnostic};
use crate::examine::{Examined, is_keystore};

const PATH: &str = "conf/deployment.toml";

/// Says what was not looked into.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let others: Vec<String> = examined
        .unreadable
        .iter()
        .filter(|(path, _)| path.as_str() != PATH && !is_keystore(path))
        .map(|(path, why)| format!("`{path}` {why}"))
        .collect();
    if !examined.texts.contains_key(PATH) && !examined.tree.nodes.is_empty() {
        let why = examined.unreadable.get(PATH).map_or("is no file", String::as_str);
        found.push(
            Diagnostic::new(Code(1320), format!("`{PATH}` {why}"))
                .at(PATH)
                .hint("the server does not start without it, and nothing that it sets was checked; put the file there"),
        );
    } else if let Some(why) = not_worked_out(examined) {
        found.push(
            Diagnostic::new(Code(1321), format!("what the server makes of `{PATH}` could not be worked out"))
                .at(PATH)
                .details([why])
                .hint("nothing that it sets was checked; look at its first start with more care"),
        );
    }
    if !others.is_empty() {
        let count = others.len();
        let files = if count == 1 { "a file was" } else { "files were" };
        found.push(
            Diagnostic::new(Code(1322), format!("{files} not looked into"))
                .details(others)
                .hint("what is wrong in them is not told here: make them readable, and look again"),
        );
    }
    found
}

/// Why the configuration is not known, where nothing else says it.
fn not_worked_out(examined: &Examined) -> Option<String> {
    let Some(configuration) = &examined.configuration else {
        return crate::document::parse(examined.texts.get(PATH)?)
            .err()
            .filter(|refusal| refusal.server == crate::document::parse::Server::Takes)
            .map(|refusal| refusal.to_string());
    };
    configuration.rendering.as_ref().err().filter(|error| error.unsure).map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::shown;
    use crate::effective::StartError;
    use crate::examine::{Node, Tree};
    use crate::inventory::{Content, Kind};
    use crate::path::EntryPath;

    fn examined(texts: &[(&str, &str)], unreadable: &[(&str, &str)]) -> Examined {
        let node = || Node { kind: Kind::File, size: 1, crc: None, content: Content::Nothing, is_users: true };
        let nodes = texts.iter().chain(unreadable).map(|(path, _)| (EntryPath::known(path), node()));
        Examined {
            tree: Tree { nodes: nodes.collect(), ..Tree::default() },
            texts: texts.iter().map(|(path, text)| (EntryPath::known(path), text.as_bytes().to_vec())).collect(),
            unreadable: unreadable.iter().map(|(path, why)| (EntryPath::known(path), (*why).to_owned())).collect(),
            ..Examined::default()
        }
    }

    #[test]
    fn what_was_not_looked_into_is_told() {
        let toml = [(PATH, "a = 1\n")];
        for (texts, unreadable, expected) in [
            (toml.as_slice(), [].as_slice(), vec![]),
            (
                &[("conf/x.xml", "")],
                &[(PATH, "cannot be read: permission denied")],
                vec!["MI1320 `conf/deployment.toml` cannot be read: permission denied"],
            ),
            (&[("conf/x.xml", "")], &[], vec!["MI1320 `conf/deployment.toml` is no file"]),
            (
                &toml,
                &[("lib/a.jar", "is a link that leads elsewhere"), ("x/a.jks", "has more than 8 MiB")],
                vec!["MI1322 a file was not looked into | `lib/a.jar` is a link that leads elsewhere"],
            ),
        ] {
            assert_eq!(shown(&check(&examined(texts, unreadable))), expected);
        }
    }

    #[test]
    fn a_configuration_that_is_not_known_is_told() {
        let mut tree = examined(&[(PATH, "a = 1\n")], &[]);
        let error = |unsure| StartError { message: "too much".to_owned(), keys: vec![], crashes: false, unsure };
        let document = crate::document::parse(b"a = 1\n").expect("TOML");
        for (unsure, count) in [(true, 1), (false, 0)] {
            let rendering = Err(error(unsure));
            tree.configuration =
                Some(crate::examine::Configuration { document: document.clone(), rendering, stock: None });
            assert_eq!(check(&tree).len(), count);
        }
    }
}
