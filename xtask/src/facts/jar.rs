//! What the plan needs to know of a jar: its names as a bundle, its packages, and whether the server made it.
//!
//! In: a jar that can be read and sought. Out: [`JarFacts`], or a lower-case fragment that says what is wrong.
//! Always: bounded memory; no panic on a damaged jar. Where a jar holds a name twice (`xmlbeans-2.6.0.jar` does)
//! the last entry counts, as it does for `java.util.zip.ZipFile`.

use crate::digest::{self, Fingerprinting};
use crate::facts::manifest::{self, Manifest};
use crate::inventory::{JarFacts, WrappedJar};
use std::collections::BTreeSet;
use std::io::{self, Cursor, Read, Seek, Write};
use zip::ZipArchive;
use zip::result::ZipError;

/// No more packages than this are told apart.
const MOST_PACKAGES: usize = 20_000;
/// A jar inside a wrapper larger than this is an error.
const LARGEST_INNER: u64 = 1 << 30;
/// A jar inside a wrapper up to this size is held in memory to list its packages.
const LARGEST_INNER_IN_MEMORY: u64 = 64 << 20;

/// Reads a jar. `with_packages` asks for the packages of its classes; those of a wrapped jar are always there.
pub fn read<R: Read + Seek>(reader: R, with_packages: bool) -> Result<JarFacts, String> {
    let mut jar = ZipArchive::new(reader).map_err(|error| fragment(&error))?;
    let manifest = manifest_in(&mut jar)?.unwrap_or_default();
    let mut facts = manifest.facts();
    if with_packages {
        facts.packages = packages(&jar);
    }
    facts.wrapped = wrapped(&mut jar, &manifest)?;
    Ok(facts)
}

/// The main section of a jar's manifest; `None` where it has none.
pub fn manifest<R: Read + Seek>(reader: R) -> Result<Option<Manifest>, String> {
    manifest_in(&mut ZipArchive::new(reader).map_err(|error| fragment(&error))?)
}

fn manifest_in<R: Read + Seek>(jar: &mut ZipArchive<R>) -> Result<Option<Manifest>, String> {
    match jar.by_name("META-INF/MANIFEST.MF") {
        Ok(mut entry) => Manifest::parse(&bounded(&mut entry, manifest::LARGEST)?).map(Some),
        Err(ZipError::FileNotFound) => Ok(None),
        Err(error) => Err(fragment(&error)),
    }
}

/// Whether a jar, or the jar that it wraps, holds HAPI, the HL7 library that both releases ship in
/// `wso2/components/plugins`.
pub fn holds_hapi(facts: &JarFacts) -> bool {
    let inner = facts.wrapped.iter().flat_map(|wrapped| &wrapped.packages);
    facts.packages.iter().chain(inner).any(|package| {
        package.strip_prefix("ca.uhn.hl7v2").is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    })
}

/// The jar inside, where the server made this one of a jar in `lib`.
fn wrapped<R: Read + Seek>(jar: &mut ZipArchive<R>, manifest: &Manifest) -> Result<Option<WrappedJar>, String> {
    let Some(class_path) = manifest.header("Bundle-ClassPath") else { return Ok(None) };
    let parts: Vec<&str> = class_path.split(',').map(str::trim).collect();
    let &[".", name] = parts.as_slice() else { return Ok(None) };
    if name.contains('/') || jar.index_for_name("META-INF/p2.inf").is_none() {
        return Ok(None);
    }
    let Some(index) = jar.index_for_name(name) else { return Ok(None) };
    let mut entry = jar.by_index(index).map_err(|error| fragment(&error))?;
    let keep = Keep { bytes: Some(Vec::new()) };
    let mut writer = Fingerprinting::new(keep);
    let mut limited = (&mut entry).take(LARGEST_INNER + 1);
    digest::copy(&mut limited, &mut writer).map_err(|error| format!("cannot be read at `{name}`: {error}"))?;
    let (keep, fingerprint) = writer.finish();
    if fingerprint.size > LARGEST_INNER {
        return Err(format!("holds a jar of more than 1 GiB, `{name}`"));
    }
    // A jar inside that is no jar says nothing of packages; it is still what lay in `lib`.
    let inner = keep.bytes.and_then(|bytes| ZipArchive::new(Cursor::new(bytes)).ok());
    Ok(Some(WrappedJar {
        name: name.to_owned(),
        size: fingerprint.size,
        crc: fingerprint.crc,
        digest: fingerprint.digest,
        packages: inner.as_ref().map(packages).unwrap_or_default(),
    }))
}

/// Keeps what is written to it, until that is too much.
struct Keep {
    bytes: Option<Vec<u8>>,
}

impl Write for Keep {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if let Some(bytes) = &mut self.bytes {
            if (bytes.len() + more.len()) as u64 > LARGEST_INNER_IN_MEMORY {
                self.bytes = None;
            } else {
                bytes.extend_from_slice(more);
            }
        }
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The folders that hold classes, with dots, without the unnamed package and without `META-INF`.
fn packages<R: Read + Seek>(jar: &ZipArchive<R>) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    for name in jar.file_names_raw() {
        let Some(class) = name.strip_suffix(b".class") else { continue };
        let Some(slash) = class.iter().rposition(|&byte| byte == b'/') else { continue };
        let Some(folder) = class.get(..slash) else { continue };
        if folder.is_empty() || folder == b"META-INF" || folder.starts_with(b"META-INF/") {
            continue;
        }
        packages.insert(String::from_utf8_lossy(folder).replace('/', "."));
        if packages.len() >= MOST_PACKAGES {
            break;
        }
    }
    packages
}

/// Reads an entry to its end, or says that it is too large.
pub fn bounded(reader: &mut impl Read, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = reader.take(most + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
    if read as u64 > most {
        return Err(format!("holds an entry of more than {} MiB where a small one belongs", most >> 20));
    }
    Ok(bytes)
}

/// What is wrong with an archive, as a lower-case fragment.
pub fn fragment(error: &ZipError) -> String {
    match error {
        ZipError::Io(error) => format!("cannot be read: {error}"),
        ZipError::InvalidArchive(why) => format!("is no sound zip archive: {}", why.to_lowercase()),
        ZipError::InvalidPassword => "holds encrypted entries".to_owned(),
        ZipError::UnsupportedArchive(why) if why.to_lowercase().contains("password") => {
            "holds encrypted entries".to_owned()
        }
        other => format!("is no zip archive that can be read: {}", other.to_string().to_lowercase()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::digest::Digest;
    use zip::write::SimpleFileOptions;

    /// A zip archive of names and contents.
    pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            if name.ends_with('/') {
                writer.add_directory(*name, SimpleFileOptions::default()).expect("memory holds it");
            } else {
                writer.start_file(*name, SimpleFileOptions::default()).expect("memory holds it");
                writer.write_all(bytes).expect("memory holds it");
            }
        }
        writer.finish().expect("memory holds it").into_inner()
    }

    fn facts(bytes: &[u8]) -> Result<JarFacts, String> {
        read(Cursor::new(bytes), true)
    }

    #[test]
    fn a_bundle_gives_its_names_and_packages() {
        let jar = zip(&[
            ("META-INF/MANIFEST.MF", b"Bundle-SymbolicName: com.example.a;singleton:=true\nBundle-Version: 1.4.0\n"),
            ("com/example/a/A.class", b"1"),
            ("com/example/a/B.class", b"2"),
            ("com/example/a/inner/C.class", b"3"),
            ("com/example/jdbc/MyDriver.class", b"3"),
            ("com/example/jdbc/MyDriver$1.class", b"3"),
            ("META-INF/versions/9/com/example/jdbc/LaterDriver.class", b"3"),
            ("META-INF/versions/9/com/example/later/A.class", b"4"),
            ("Unnamed.class", b"5"),
            ("com/example/resources/x.xml", b"6"),
        ]);
        let facts = facts(&jar).expect("a jar");
        assert_eq!(facts.symbolic_name.as_deref(), Some("com.example.a"));
        assert_eq!(facts.bundle_version.as_deref(), Some("1.4.0"));
        let packages = ["com.example.a", "com.example.a.inner", "com.example.jdbc"].map(str::to_owned);
        assert_eq!(facts.packages, BTreeSet::from(packages));
        assert_eq!(facts.wrapped, None);
        assert!(!holds_hapi(&facts));
        assert!(read(Cursor::new(&jar), false).expect("a jar").packages.is_empty());
    }

    #[test]
    fn a_jar_without_a_manifest_has_no_names() {
        let facts = facts(&zip(&[("a/B.class", b"")])).expect("a jar");
        assert_eq!((facts.symbolic_name, facts.bundle_version), (None, None));
        assert_eq!(facts.packages.len(), 1);
    }

    #[test]
    fn a_wrapper_gives_the_jar_inside() {
        let inner = zip(&[("ca/uhn/hl7v2/model/A.class", b"1")]);
        let manifest: &[u8] =
            b"Bundle-ClassPath: .,hapi-base-2.1.jar\nBundle-SymbolicName: hapi_base_2.1\nBundle-Version: 1.0.0\n";
        let jar = zip(&[("META-INF/MANIFEST.MF", manifest), ("META-INF/p2.inf", b"x"), ("hapi-base-2.1.jar", &inner)]);
        let outer = facts(&jar).expect("a jar");
        let wrapped = outer.wrapped.clone().expect("a wrapper");
        assert_eq!(wrapped.name, "hapi-base-2.1.jar");
        assert_eq!((wrapped.size, wrapped.crc), (inner.len() as u64, crc32fast::hash(&inner)));
        assert_eq!(wrapped.digest, Digest::of(&inner));
        assert!(holds_hapi(&outer));
        // Without one of its three marks it is the user's own bundle.
        for entries in [
            vec![("META-INF/MANIFEST.MF", manifest), ("META-INF/p2.inf", b"x")],
            vec![("META-INF/MANIFEST.MF", manifest), ("hapi-base-2.1.jar", &inner)],
            vec![
                ("META-INF/MANIFEST.MF", b"Bundle-ClassPath: .,lib/a.jar,hapi-base-2.1.jar\n"),
                ("META-INF/p2.inf", b"x"),
                ("hapi-base-2.1.jar", &inner),
            ],
        ] {
            assert_eq!(facts(&zip(&entries)).expect("a jar").wrapped, None);
        }
    }

    #[test]
    fn a_wrapper_of_something_that_is_no_jar_is_still_a_wrapper() {
        let jar = zip(&[
            ("META-INF/MANIFEST.MF", b"Bundle-ClassPath: ., a.jar\n"),
            ("META-INF/p2.inf", b"x"),
            ("a.jar", b"not a jar"),
        ]);
        let wrapped = facts(&jar).expect("a jar").wrapped.expect("a wrapper");
        assert_eq!(wrapped.digest, Digest::of(b"not a jar"));
        assert!(wrapped.packages.is_empty());
    }

    #[test]
    fn hapi_is_known_by_whole_package_names() {
        for (package, expected) in
            [("ca.uhn.hl7v2", true), ("ca.uhn.hl7v2.model", true), ("ca.uhn.hl7v25", false), ("org.example", false)]
        {
            let facts = JarFacts { packages: BTreeSet::from([package.to_owned()]), ..JarFacts::default() };
            assert_eq!(holds_hapi(&facts), expected, "{package}");
        }
    }

    #[test]
    fn no_cut_and_no_flipped_byte_makes_it_panic() {
        let inner = zip(&[("a/B.class", b"1")]);
        let jar = zip(&[
            ("META-INF/MANIFEST.MF", b"Bundle-ClassPath: .,a.jar\n"),
            ("META-INF/p2.inf", b"x"),
            ("a.jar", &inner),
        ]);
        assert!(facts(b"").is_err() && facts(b"no zip at all").is_err());
        for length in 0..jar.len() {
            assert!(facts(&jar[..length]).is_err(), "cut to {length}");
        }
        for place in 0..jar.len() {
            let mut flipped = jar.clone();
            flipped[place] ^= 0x55;
            if let Err(message) = facts(&flipped) {
                assert!(message.starts_with(char::is_lowercase), "{message}");
            }
        }
    }
}
