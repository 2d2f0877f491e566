//! What 1.2.0 shipped, for when the pristine distribution is not at hand.
//!
//! In: the built-in table `listing-1.2.0.tsv`, whose header names its sources. Out: for a path, its mode, its digest
//! where it is known, and for bundles name and version. Always: sorted, without duplicates, parsed once.

use crate::digest::Digest;
use crate::inventory::Mode;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// What is known of a path of 1.2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether it is a folder.
    pub folder: bool,
    /// Its permission bits.
    pub mode: Mode,
    /// The SHA-256 of its content, where it is known.
    pub digest: Option<Digest>,
    /// Whether 4.0.0 ships the very same content although its digest is not known here.
    pub same_in_fresh: bool,
    /// For bundles: `Bundle-SymbolicName`.
    pub symbolic_name: Option<&'static str>,
    /// For bundles: `Bundle-Version`.
    pub version: Option<&'static str>,
}

/// Every folder and file of 1.2.0.
#[derive(Debug)]
pub struct Listing {
    entries: BTreeMap<&'static str, Known>,
}

impl Listing {
    /// What is known of a path, which for a folder has no `/` at its end.
    pub fn get(&self, path: &str) -> Option<Known> {
        self.entries.get(path).copied()
    }

    /// All paths, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.entries.keys().copied()
    }

    /// All bundles: path, and what is known of it.
    pub fn bundles(&self) -> impl Iterator<Item = (&'static str, Known)> {
        self.entries.iter().filter(|(_, known)| known.symbolic_name.is_some()).map(|(path, known)| (*path, *known))
    }
}

const TABLE: &str = include_str!("listing-1.2.0.tsv");

/// The listing of 1.2.0.
pub fn listing() -> &'static Listing {
    static LISTING: OnceLock<Listing> = OnceLock::new();
    LISTING.get_or_init(|| Listing { entries: rows().filter_map(row).collect() })
}

fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

/// One row of the table; a test sees to it that each is one.
fn row(line: &'static str) -> Option<(&'static str, Known)> {
    let mut columns = line.split('\t');
    let (path, mode, digest) = (columns.next()?, columns.next()?, columns.next()?);
    let mode = Mode::from_str_radix(mode, 8).ok()?;
    let (folder, same_in_fresh) = (digest == "-", digest == "=");
    let path = if folder { path.strip_suffix('/')? } else { path };
    let digest = match digest {
        "-" | "=" | "?" => None,
        text => Some(Digest::parse(text)?),
    };
    let (symbolic_name, version) = (columns.next(), columns.next());
    Some((path, Known { folder, mode, digest, same_in_fresh, symbolic_name, version }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::EntryPath;

    #[test]
    fn every_row_is_a_path_sorted_and_once() {
        let names: Vec<_> = rows().map(|line| line.split('\t').next().expect("a column")).collect();
        assert!(names.is_sorted_by(|a, b| a.as_bytes() < b.as_bytes()));
        for line in rows() {
            let (path, known) = row(line).unwrap_or_else(|| panic!("no row: {line}"));
            assert!(EntryPath::parse(path).is_ok(), "{path}");
            assert_eq!(known.symbolic_name.is_some(), known.version.is_some(), "{path}");
            if let Some(parent) = EntryPath::known(path).parent() {
                assert!(listing().get(parent.as_str()).is_some_and(|known| known.folder), "{path} has no folder");
            }
        }
        assert_eq!(listing().paths().count(), names.len());
    }

    #[test]
    fn the_figures_are_those_of_the_release() {
        let all = || listing().paths().filter_map(|path| listing().get(path));
        assert_eq!(all().filter(|known| known.folder).count(), 74);
        assert_eq!(all().filter(|known| !known.folder).count(), 406);
        assert_eq!(all().filter(|known| known.digest.is_some()).count(), 95);
        assert_eq!(all().filter(|known| known.same_in_fresh).count(), 3);
        assert_eq!(listing().bundles().count(), 245);
    }

    #[test]
    fn well_known_files_are_in_it() {
        let get = |path| listing().get(path).unwrap_or_else(|| panic!("{path} is missing"));
        assert_eq!(get("bin/version.txt").digest, Some(Digest::of(b"WSO2 Micro Integrator v1.2.0\n")));
        assert_eq!(get("updates/product.txt").digest, Some(Digest::of(b"wso2mi-1.2.0")));
        assert_eq!(get("repository/resources/security/publickey.pem").mode, 0o444);
        assert!(get("bin/micro-integrator.sh").same_in_fresh && get("bin/micro-integrator.sh").mode == 0o755);
        let core = get("wso2/components/plugins/synapse-core_2.1.7.wso2v182.jar");
        assert_eq!((core.symbolic_name, core.version), (Some("synapse-core"), Some("2.1.7.wso2v182")));
        assert!(get("dropins").folder && listing().get("registry").is_none());
    }
}
