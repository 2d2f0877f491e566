//! Whether the drivers of the data sources are there.
//!
//! In: data sources, and the jars of the result. Out: a finding where a driver is in none of them. Always: a driver
//! whose name comes from elsewhere is not judged.
//!
//! Facts: MI v4.0.0 loads the class by its name from the bundles that are there; neither release ships a driver, and
//! jars of `lib` become bundles at the start (`DefaultBundleCreator`).

use super::read::Source;
use crate::diagnostic::{Code, Diagnostic};
use std::collections::BTreeSet;

/// What is known of a jar in `lib` or `dropins`.
#[derive(Clone, Copy, Debug)]
pub struct Library<'a> {
    /// The packages of its classes.
    pub packages: &'a BTreeSet<String>,
    /// Its classes that may be drivers by their name.
    pub drivers: &'a BTreeSet<String>,
}

impl Library<'_> {
    /// Whether it has the class. Of a class whose name does not tell a driver only the package is known.
    fn has(&self, class: &str) -> bool {
        let (package, name) = class.rsplit_once('.').unwrap_or(("", class));
        if name.contains("Driver") { self.drivers.contains(class) } else { self.packages.contains(package) }
    }
}

/// The name of a class, and nothing that stands for one.
fn is_class(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    text.len() <= 200 && text.split('.').all(part)
}

/// Says which drivers are in no jar.
pub(super) fn missing(sources: &[Source], libraries: &[Library<'_>]) -> Option<Diagnostic> {
    let lacks = |source: &&Source| {
        let class = source.driver.as_deref().map(str::trim).filter(|class| is_class(class));
        class.is_some_and(|class| !libraries.iter().any(|library| library.has(class)))
    };
    let mut lines: Vec<String> = sources
        .iter()
        .filter(lacks)
        .map(|source| format!("`{}`: {}", source.id, source.driver.as_deref().unwrap_or_default().trim()))
        .collect();
    lines.sort();
    lines.dedup();
    let found = Diagnostic::new(Code(902), "the driver of a data source is in no jar of lib or dropins".to_owned());
    let hint = "put the driver's jar into lib of the home or of an overlay; the data source fails without it";
    (!lines.is_empty()).then(|| found.details(lines).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_are_looked_for_in_every_jar() {
        let packages = BTreeSet::from(["com.mysql.jdbc".to_owned(), "com.example.pool".to_owned()]);
        let drivers = BTreeSet::from(["com.mysql.jdbc.Driver".to_owned()]);
        let library = Library { packages: &packages, drivers: &drivers };
        for (driver, is_missing) in [
            (Some("com.mysql.jdbc.Driver"), false),
            (Some(" com.mysql.jdbc.Driver "), false),
            // The package alone is not enough where the name tells a driver.
            (Some("com.mysql.jdbc.OtherDriver"), true),
            (Some("com.mysql.cj.jdbc.Driver"), true),
            (Some("com.example.pool.Source"), false),
            (Some("com.example.other.Source"), true),
            (Some("$env{DRIVER}"), false),
            (Some(""), false),
            (None, false),
        ] {
            let source = Source { id: "A".into(), driver: driver.map(str::to_owned), ..Source::default() };
            let found = missing(&[source], &[library]);
            assert_eq!(found.is_some(), is_missing, "{driver:?}");
        }
        let source = |id: &str| Source { id: id.into(), driver: Some("org.h2.Driver".into()), ..Source::default() };
        let found = missing(&[source("B"), source("A"), source("B")], &[]).expect("a finding");
        assert_eq!(found.details, ["`A`: org.h2.Driver", "`B`: org.h2.Driver"]);
    }
}
