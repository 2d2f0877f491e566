//! A configuration that the server does not start with.
//!
//! In: deployment.toml, and what the server makes of it. Out: why it would not start, or which files that it renders are
//! no sound XML. Always: what the model does not know is no finding; no value is in a message.
//!
//! Source: config-mapper v1.0.18 `ConfigParser`; cava-toml 0.5.0; KER v4.6.2 and axis2 1.6.1 read the files by parsers
//! that refuse XML that is not well-formed.

use crate::diagnostic::{Code, Diagnostic};
use crate::document::{self, parse::Server};
use crate::effective::StartError;
use crate::examine::{Configuration, Examined};
use crate::facts::synapse::{self, Unparsed};
use crate::path::EntryPath;

const PATH: &str = "conf/deployment.toml";
/// Files without which the server does not start.
const NEEDED: [&str; 3] = ["conf/axis2/axis2.xml", "conf/carbon.xml", "conf/synapse-handlers.xml"];

/// Says why the server would not start.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let refused = refused(examined);
    let Some(configuration) = &examined.configuration else { return refused.into_iter().collect() };
    let mut found: Vec<_> = refused.into_iter().collect();
    match &configuration.rendering {
        Err(error) if error.unsure => {}
        Err(error) => found.push(start_error(configuration, error)),
        Ok(rendering) => {
            let is_xml = |path: &str| path.rsplit_once('.').is_some_and(|(_, extension)| extension == "xml");
            let rendered = rendering.files.iter().filter(|(path, _)| is_xml(path));
            found.extend(rendered.filter_map(|(path, text)| broken_xml(path, text)));
        }
    }
    found
}

/// A file that the server's parser refuses.
fn refused(examined: &Examined) -> Option<Diagnostic> {
    let refusal = document::parse(examined.texts.get(&EntryPath::known(PATH))?).err()?;
    let ends = match refusal.server {
        Server::Refuses => "logs and exits",
        Server::Crashes => "ends with a stack trace",
        Server::Takes => return None,
    };
    let found = Diagnostic::new(Code(602), format!("`{PATH}` does not parse: {refusal}"));
    Some(found.at_line(PATH, refusal.line).hint(format!("the server {ends} at its start")))
}

/// Settings that the server refuses.
fn start_error(configuration: &Configuration, error: &StartError) -> Diagnostic {
    let document = &configuration.document;
    let line = |key| document.first_below(key).map(|setting| document.line(setting.place.start));
    let blamed = error.keys.iter().map(|key| match line(key) {
        Some(line) => format!("line {line}: `{key}`"),
        None => format!("`{key}`"),
    });
    let ends = if error.crashes { "ends with a stack trace" } else { "logs and exits" };
    Diagnostic::new(Code(617), "the server would not start with these settings")
        .at_place(PATH, error.keys.iter().find_map(line))
        .details(blamed.take(20))
        .hint(format!("the server {ends}: {error}"))
}

/// A rendered file that no parser takes.
fn broken_xml(path: &str, text: &str) -> Option<Diagnostic> {
    let Err(Unparsed::Broken(error)) = synapse::parse(text) else { return None };
    let line = error.pos().row;
    let code = if NEEDED.contains(&path) { Code(1306) } else { Code(1307) };
    let hint = "a value of deployment.toml is put into the file as it is written: say `&amp;` for `&` and `&lt;` for `<` in \
                it";
    let message = format!("`{path}` would be no sound XML, from its line {line} on");
    Some(Diagnostic::new(code, message).at(PATH).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::{configured, shown};
    use crate::document::Key;

    #[test]
    fn what_the_server_refuses_is_told_with_its_lines() {
        let error = |unsure| StartError {
            message: "Configuration with key x doesn't exist".to_owned(),
            keys: vec![Key::dotted("a.b"), Key::dotted("not.there")],
            crashes: false,
            unsure,
        };
        let mut examined = configured(Examined::default(), "[a]\nc = 1\nb = 2\n", &[], &[]);
        for (unsure, expected) in [
            (false, vec!["MI0617 the server would not start with these settings | line 3: `a.b` | `not.there`"]),
            (true, vec![]),
        ] {
            if let Some(configuration) = &mut examined.configuration {
                configuration.rendering = Err(error(unsure));
            }
            let found = check(&examined);
            assert_eq!(shown(&found), expected);
            assert!(found.iter().all(|found| found.place.as_ref().and_then(|place| place.line) == Some(3)));
        }
    }

    #[test]
    fn a_file_that_does_not_parse_is_told_with_its_line() {
        for (text, is_refused) in [("[a]\nx = 1\n[a]\nx = 2\n", true), ("a = 1\n", false)] {
            let mut examined = Examined::default();
            examined.texts.insert(EntryPath::known(PATH), text.as_bytes().to_vec());
            let found = check(&examined);
            assert_eq!(
                found.iter().map(|found| found.code).collect::<Vec<_>>(),
                vec![Code(602); usize::from(is_refused)]
            );
            assert!(
                found.iter().all(|found| found.place.as_ref().is_some_and(|place| place.line == Some(3))),
                "{found:?}"
            );
        }
        assert!(check(&Examined::default()).is_empty());
    }

    #[test]
    fn files_must_be_xml_once_they_are_rendered() {
        for (path, text, expected) in [
            ("conf/carbon.xml", "<a>x &amp; y</a>", vec![]),
            (
                "conf/carbon.xml",
                "<a>\nx & y</a>",
                vec!["MI1306 `conf/carbon.xml` would be no sound XML, from its line 2 on"],
            ),
            (
                "conf/datasources/master-datasources.xml",
                "<a><url>jdbc:x?a=1&b=2</url></a>",
                vec!["MI1307 `conf/datasources/master-datasources.xml` would be no sound XML, from its line 1 on"],
            ),
            ("conf/synapse.properties", "a = <", vec![]),
        ] {
            let examined = configured(Examined::default(), "", &[(path, text)], &[]);
            assert_eq!(shown(&check(&examined)), expected, "{text}");
        }
    }
}
