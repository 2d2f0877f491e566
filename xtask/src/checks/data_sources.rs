//! Data sources whose name is taken.
//!
//! In: the files of `conf/datasources`, as the server will have them, and data sources in carbon applications. Out: a
//! finding for each name, or JNDI name, that two of them have. Always: no URL and no password is looked at.
//!
//! Source: MI v4.0.0 `DataSourceCappDeployer` ("data source with same name already exist": the whole carbon application
//! is taken back), `DataSourceManager` (master-datasources.xml and every other `*-datasources.xml`), issue #2020.

use crate::artifacts::Kind;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Step};
use crate::examine::Examined;
use crate::facts::synapse;
use std::collections::{BTreeMap, BTreeSet};

/// The file that the server renders of `[[datasource]]`.
pub(super) const MASTER: &str = "conf/datasources/master-datasources.xml";
/// The file that users write settings in.
pub(super) const DEPLOYMENT_TOML: &str = "conf/deployment.toml";
const FOLDER: &str = "conf/datasources";

/// A data source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Source {
    /// Its name.
    pub(super) name: String,
    /// Its name in JNDI.
    pub(super) jndi_name: Option<String>,
    /// The class of its driver.
    pub(super) driver: Option<String>,
    /// The file that it is written in, or the archive.
    pub(super) path: String,
    /// The line of that file.
    pub(super) line: Option<usize>,
    /// The path inside the archive, where it is in one.
    pub(super) inside: Option<String>,
}

impl Source {
    /// Where it is, in one line.
    pub(super) fn place(&self) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let inside = self.inside.as_ref().map(|inside| format!("!/{inside}")).unwrap_or_default();
        format!("`{}{line}{inside}`", self.path)
    }
}

/// The data sources of `conf`, those of `[[datasource]]` with the line that they have there.
pub(super) fn configured(examined: &Examined) -> Vec<Source> {
    let others = examined.texts.keys().map(crate::path::EntryPath::as_str);
    let others = others.filter(|path| path.strip_prefix(FOLDER).is_some_and(|rest| rest.ends_with("-datasources.xml")));
    let paths: BTreeSet<&str> = others.chain([MASTER]).collect();
    let mut found = Vec::new();
    for path in paths {
        let Some(text) = examined.text(path).map(synapse::decode) else { continue };
        let Ok(document) = synapse::parse(&text) else { continue };
        for source in document.descendants().filter(|node| node.tag_name().name() == "datasource") {
            let child = |node: roxmltree::Node<'_, '_>, name: &str| {
                node.children().find(|node| node.tag_name().name() == name).map(|node| node.id())
            };
            let text_of = |id: Option<roxmltree::NodeId>| {
                let text = document.get_node(id?)?.text()?.trim();
                // Whatever is in it stays on one line.
                (!text.is_empty()).then(|| text.escape_debug().to_string())
            };
            let Some(name) = text_of(child(source, "name")) else { continue };
            let jndi = child(source, "jndiConfig").and_then(|id| document.get_node(id));
            let driver = source.descendants().find(|node| node.tag_name().name() == "driverClassName");
            found.push(Source {
                jndi_name: jndi.and_then(|node| text_of(child(node, "name"))),
                driver: text_of(driver.map(|node| node.id())),
                path: path.to_owned(),
                line: Some(document.text_pos_at(source.range().start).row as usize),
                inside: None,
                name,
            });
        }
    }
    written(examined, &mut found);
    found
}

/// Gives what is rendered of `[[datasource]]` the place that it is written at.
fn written(examined: &Examined, sources: &mut [Source]) {
    let Some(configuration) = &examined.configuration else { return };
    let document = &configuration.document;
    // Elements are rendered in their order.
    let rendered = sources.iter_mut().filter(|source| source.path == MASTER);
    for (number, source) in rendered.enumerate() {
        let element = Key::dotted("datasource").with(Step::Nth(number));
        DEPLOYMENT_TOML.clone_into(&mut source.path);
        source.line = document.first_below(&element).map(|setting| document.line(setting.place.start));
    }
}

/// The data sources in carbon applications.
fn deployed(examined: &Examined) -> Vec<Source> {
    let packed = examined
        .sound_packages()
        .flat_map(|(path, package)| package.artifacts.iter().map(move |(inside, artifact)| (path, inside, artifact)));
    let sources = packed.filter(|(_, _, artifact)| artifact.kind == Kind::DataSource && !artifact.name.is_empty());
    let sources = sources.map(|(path, inside, artifact)| Source {
        name: artifact.name.clone(),
        jndi_name: artifact.jndi_name.clone(),
        driver: None,
        path: path.to_string(),
        line: None,
        inside: Some(inside.clone()),
    });
    sources.collect()
}

/// Says which names are taken.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let mut sources = configured(examined);
    sources.extend(deployed(examined));
    let mut found = Vec::new();
    let mut taken = BTreeSet::new();
    for (name, sources) in groups(&sources, |source| Some(source.name.as_str())) {
        let application = sources.iter().skip(1).find(|source| source.inside.is_some());
        let (code, message, hint) = match application {
            Some(source) => (
                Code(1314),
                format!("data source `{name}` of `{}` is there already", source.path),
                "the server takes the whole carbon application back and says that a data source with the same name \
                 exists: take the data source out of one of the two",
            ),
            None => (
                Code(1315),
                format!("data source `{name}` is configured twice"),
                "one takes the place of the other: give each a name of its own",
            ),
        };
        let last = application.or(sources.last());
        found.extend(last.map(|source| told(Diagnostic::new(code, message).hint(hint), source, &sources)));
        taken.insert(name);
    }
    for (name, sources) in groups(&sources, |source| source.jndi_name.as_deref()) {
        // With one name for all of them it is told already.
        let first = sources.first().map(|source| source.name.as_str());
        if first.is_some_and(|first| taken.contains(first) && sources.iter().all(|source| source.name == first)) {
            continue;
        }
        let found_here = Diagnostic::new(Code(1316), format!("two data sources have the JNDI name `{name}`"))
            .hint("a lookup gives the one that is deployed last: give each a name of its own");
        found.extend(sources.last().map(|source| told(found_here, source, &sources)));
    }
    found
}

/// The data sources that have something in common with another one.
fn groups<'a>(
    sources: &'a [Source],
    of: impl Fn(&'a Source) -> Option<&'a str>,
) -> impl Iterator<Item = (&'a str, Vec<&'a Source>)> {
    let mut groups: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in sources {
        if let Some(key) = of(source) {
            groups.entry(key).or_default().push(source);
        }
    }
    groups.into_iter().filter(|(_, sources)| sources.len() > 1)
}

fn told(found: Diagnostic, at: &Source, all: &[&Source]) -> Diagnostic {
    found.at_place(&at.path, at.line).details(all.iter().map(|source| format!("`{}`: {}", source.name, source.place())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::Artifact;
    use crate::checks::tests::{application, artifact, configured, shown};
    use crate::path::EntryPath;

    fn source(name: &str, jndi_name: &str) -> String {
        format!(
            "<datasource><name>{name}</name><jndiConfig><name>{jndi_name}</name></jndiConfig><definition><configuration>\
             <driverClassName>a.Driver</driverClassName></configuration></definition></datasource>"
        )
    }

    fn file(sources: &[(&str, &str)]) -> String {
        let sources: String = sources.iter().map(|(name, jndi_name)| source(name, jndi_name)).collect();
        format!("<datasources-configuration><datasources>{sources}</datasources></datasources-configuration>")
    }

    fn packed(name: &str, jndi_name: &str) -> Artifact {
        Artifact { jndi_name: Some(jndi_name.to_owned()), ..artifact(Kind::DataSource, name, &[]) }
    }

    fn examined(master: &[(&str, &str)], other: &[(&str, &str)], packages: &[(&str, Artifact)]) -> Examined {
        let mut examined = Examined::default();
        let texts =
            [("conf/datasources/more-datasources.xml", file(other)), ("conf/datasources/readme.xml", "<a".to_owned())];
        examined.texts = texts.map(|(path, text)| (EntryPath::known(path), text.into_bytes())).into();
        for (path, artifact) in packages {
            let package = application(&[("S_1.0.0/S.xml", artifact.clone())], &[]);
            examined.packages.insert(EntryPath::known(path), Ok(package));
        }
        let toml: Vec<String> = master.iter().map(|(name, _)| format!("[[datasource]]\nid = \"{name}\"\n")).collect();
        let toml = toml.concat();
        self::configured(examined, &toml, &[(MASTER, &file(master))], &[])
    }

    #[test]
    fn a_name_that_is_taken_is_told() {
        let (a, b) = (("A", "jdbc/A"), ("B", "jdbc/B"));
        for (master, other, packages, expected) in [
            (&[a, b][..], &[("C", "jdbc/C")][..], &[("x.car", packed("D", "jdbc/d"))][..], vec![]),
            (
                &[b, a],
                &[],
                &[("x.car", packed("A", "jdbc/a"))],
                vec![
                    "MI1314 data source `A` of `x.car` is there already | `A`: `conf/deployment.toml:4` | `A`: `x.car!/S_1.0.0/S.xml`",
                ],
            ),
            (
                &[],
                &[],
                &[("x.car", packed("A", "jdbc/a")), ("y.car", packed("A", "jdbc/b"))],
                vec![
                    "MI1314 data source `A` of `y.car` is there already | `A`: `x.car!/S_1.0.0/S.xml` | `A`: `y.car!/S_1.0.0/S.xml`",
                ],
            ),
            (
                &[a],
                &[a],
                &[],
                vec![
                    "MI1315 data source `A` is configured twice | `A`: `conf/deployment.toml:2` | `A`: \
                     `conf/datasources/more-datasources.xml:1`",
                ],
            ),
            (
                &[a],
                &[("C", "jdbc/A")],
                &[],
                vec![
                    "MI1316 two data sources have the JNDI name `jdbc/A` | `A`: `conf/deployment.toml:2` | `C`: \
                     `conf/datasources/more-datasources.xml:1`",
                ],
            ),
        ] {
            assert_eq!(shown(&check(&examined(master, other, packages))), expected, "{master:?} {other:?}");
        }
    }
}
