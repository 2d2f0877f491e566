//! Drivers of data sources that no jar has.
//!
//! In: data sources of deployment.toml and `conf/datasources`, drivers that artifacts name, jars. Out: one finding with
//! all of them. Always: a driver whose name comes from elsewhere is not judged, nor is one that the JDK may have.
//!
//! Source: MI v4.0.0 loads the class by its name from the bundles that are there; neither release ships a driver, and
//! jars of `lib` become bundles at the start (`DefaultBundleCreator`). A carbon application's own jars do not count.

use super::class_uses;
use super::data_sources::{self, DEPLOYMENT_TOML, MASTER, Source};
use super::loading::{Found, Loading, is_class_name};
use crate::artifacts::Role;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Step, Value};
use crate::examine::{Configuration, Examined};

/// More lines than these say nothing more.
const MOST_LINES: usize = 100;

/// Says which drivers are in no jar.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let loading = Loading::of(examined);
    let why = |class: &str| match loading.find(class) {
        _ if !is_class_name(class) => None,
        Found::In(_) | Found::Unknown => None,
        Found::Hidden(why) => Some(format!(": {why}")),
        Found::Nowhere => Some(String::new()),
    };
    let mut first = None;
    let mut lines = Vec::new();
    for source in sources(examined) {
        let Some(driver) = source.driver.as_deref() else { continue };
        if let Some(why) = why(driver) {
            first = first.or(Some((source.path.clone(), source.line)));
            lines.push(format!("`{driver}`: data source `{}`, {}{why}", source.name, source.place()));
        }
    }
    for place in class_uses::places(examined).filter(|place| place.used.role == Role::JdbcDriver) {
        if let Some(why) = why(&place.used.class) {
            first = first.or(Some((place.path.to_string(), place.own_line())));
            lines.push(format!("`{}`: {}{why}", place.used.class, place.line()));
        }
    }
    lines.sort();
    lines.dedup();
    let more = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    lines.extend((more > 0).then(|| format!("more: {more}")));
    let Some((path, line)) = first else { return Vec::new() };
    let found = Diagnostic::new(Code(902), "the driver of a data source is in no jar of lib or dropins");
    let hint = "put the driver's jar into lib of the home or of an overlay; the data source fails without it";
    vec![found.at_place(path, line).details(lines).hint(hint)]
}

/// The data sources of `conf`; of `[[datasource]]` as it is written where nothing is rendered.
fn sources(examined: &Examined) -> Vec<Source> {
    let mut sources = data_sources::configured(examined);
    if examined.text(MASTER).is_none() {
        sources.extend(examined.configuration.iter().flat_map(written));
    }
    sources
}

fn written(configuration: &Configuration) -> Vec<Source> {
    let document = &configuration.document;
    let array = Key::dotted("datasource");
    let elements = document.value(&array).and_then(Value::as_array).unwrap_or_default();
    let text = |element: &Value, name: &str| {
        element.step(&Step::Name(name.to_owned()))?.as_str().map(|text| text.trim().to_owned())
    };
    let sources = elements.iter().enumerate().map(|(number, element)| Source {
        name: text(element, "id").unwrap_or_default(),
        driver: text(element, "driver"),
        path: DEPLOYMENT_TOML.to_owned(),
        line: document.first_below(&array.with(Step::Nth(number))).map(|setting| document.line(setting.place.start)),
        ..Source::default()
    });
    sources.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::Kind;
    use crate::checks::tests::{application, artifact, configured, jar, shown, with_jars};
    use crate::path::EntryPath;

    #[test]
    fn drivers_are_looked_for_in_every_jar() {
        for (driver, is_missing) in [
            ("com.mysql.jdbc.Driver", false),
            (" com.mysql.jdbc.Driver ", false),
            ("com.mysql.jdbc.OtherDriver", true),
            ("com.mysql.cj.jdbc.Driver", true),
            ("com.example.pool.Source", true),
            ("$env{DRIVER}", false),
            ("", false),
        ] {
            let examined = with_jars(&[("lib/mysql.jar", jar("", &["com/mysql/jdbc/Driver"]))]);
            let toml = format!("[[datasource]]\nid = \"A\"\ndriver = \"{driver}\"\n");
            let xml =
                format!("<d><datasource><name>A</name><driverClassName>{driver}</driverClassName></datasource></d>");
            for files in [&[][..], &[(MASTER, xml.as_str())]] {
                let found = shown(&check(&configured(examined.clone(), &toml, files, &[])));
                let expected = format!(
                    "MI0902 the driver of a data source is in no jar of lib or dropins | `{}`: data source `A`, \
                     `conf/deployment.toml:2`",
                    driver.trim()
                );
                assert_eq!(found, if is_missing { vec![expected] } else { vec![] }, "{driver}");
            }
        }
    }

    #[test]
    fn drivers_of_artifacts_are_in_the_same_finding() {
        let mut examined = with_jars(&[("lib/sub/pg.jar", jar("", &["org/postgresql/Driver"]))]);
        let service =
            artifact(Kind::DataService, "S", &[(Role::JdbcDriver, "org.postgresql.Driver"), (Role::Task, "a.B")]);
        let other = artifact(Kind::Sequence, "Q", &[(Role::JdbcDriver, "org.h2.Driver")]);
        // A driver inside the carbon application is not seen by the pool.
        let package = application(&[("S_1/S.dbs", service), ("Q_1/Q.xml", other)], &["org/h2/Driver"]);
        examined.packages.insert(EntryPath::known("x.car"), Ok(package));
        let found = check(&examined);
        assert_eq!(
            shown(&found),
            [
                "MI0902 the driver of a data source is in no jar of lib or dropins | `org.h2.Driver`: `x.car!/Q_1/Q.xml`, \
                 line 1: driver of `Q` | `org.postgresql.Driver`: `x.car!/S_1/S.dbs`, line 1: driver of `S`: \
                 `lib/sub/pg.jar` holds it, and the server loads no jar of that folder"
            ]
        );
    }
}
