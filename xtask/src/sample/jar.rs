//! Jars, and the class files in them.
//!
//! In: manifest lines and entries. Out: the bytes of a jar. Always: the manifest first, lines folded as Java folds
//! them, an entry for every folder, one fixed time.

use super::tree::options;
use std::collections::BTreeSet;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::result::ZipResult;

/// A jar with a manifest of the lines given (`Manifest-Version` is added) and the entries given.
///
/// # Panics
/// When two entries have one name, which a test of the caller shows at once.
pub fn jar(manifest: &[(&str, &str)], entries: &[(&str, &[u8])]) -> Vec<u8> {
    let text = manifest_text(manifest);
    let first = ("META-INF/MANIFEST.MF", text.as_bytes());
    plain_zip(&std::iter::once(first).chain(entries.iter().copied()).collect::<Vec<_>>())
}

/// A jar with one class, given with slashes, and a manifest without OSGi headers.
pub fn plain_jar(name: &str) -> Vec<u8> {
    jar_of(&[], &[(name, class(name))])
}

/// A bundle with the classes given (with slashes), whose packages it exports, and more headers.
pub fn bundle(symbolic_name: &str, version: &str, classes: &[&str], more: &[(&str, &str)]) -> Vec<u8> {
    let classes: Vec<_> = classes.iter().map(|name| (*name, class(name))).collect();
    bundle_of(symbolic_name, version, &classes, more)
}

/// The same of class files, each with its name.
pub(super) fn bundle_of(
    symbolic_name: &str,
    version: &str,
    classes: &[(&str, Vec<u8>)],
    more: &[(&str, &str)],
) -> Vec<u8> {
    let number = version.splitn(4, '.').take(3).collect::<Vec<_>>().join(".");
    let mut packages: Vec<_> = classes.iter().filter_map(|(class, _)| class.rsplit_once('/')).map(|(p, _)| p).collect();
    packages.dedup();
    let exports: Vec<_> =
        packages.iter().map(|package| format!("{};version=\"{number}\"", package.replace('/', "."))).collect();
    let exports = exports.join(",");
    let mut manifest = vec![
        ("Bundle-ManifestVersion", "2"),
        ("Bundle-Name", symbolic_name),
        ("Bundle-SymbolicName", symbolic_name),
        ("Bundle-Version", version),
        ("Export-Package", &exports),
    ];
    manifest.extend(more);
    jar_of(&manifest, classes)
}

/// A jar of class files, each with its name.
pub(super) fn jar_of(manifest: &[(&str, &str)], classes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let files: Vec<_> = classes.iter().map(|(name, bytes)| (format!("{name}.class"), bytes.as_slice())).collect();
    jar(manifest, &files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect::<Vec<_>>())
}

/// A zip of the entries given, in their order, each folder before what is in it.
///
/// # Panics
/// When two entries have one name, which a test of the caller shows at once.
pub fn plain_zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    match try_zip(entries) {
        Ok(bytes) => bytes,
        Err(error) => panic!("these entries make no zip: {error}"),
    }
}

fn try_zip(entries: &[(&str, &[u8])]) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut folders = BTreeSet::new();
    for (name, bytes) in entries {
        for (at, _) in name.match_indices('/') {
            let folder = name.get(..=at).unwrap_or_default();
            if folders.insert(folder) {
                zip.add_directory(folder, options(0o755))?;
            }
        }
        if !name.ends_with('/') {
            zip.start_file(*name, options(0o644))?;
            zip.write_all(bytes)?;
        }
    }
    Ok(zip.finish()?.into_inner())
}

/// The text of a manifest. A line has 72 bytes at the most with its end, so longer ones go on after a space.
fn manifest_text(lines: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in std::iter::once(&("Manifest-Version", "1.0")).chain(lines) {
        let mut length = 0;
        for character in format!("{name}: {value}").chars() {
            if length + character.len_utf8() > 70 {
                text.push_str("\r\n ");
                length = 1;
            }
            text.push(character);
            length += character.len_utf8();
        }
        text.push_str("\r\n");
    }
    text + "\r\n"
}

/// A class file without fields and methods that Java 8 loads, `name` with slashes.
pub fn class(name: &str) -> Vec<u8> {
    class_of(8, name, &[])
}

/// A class file without fields and methods that a release of Java compiled, and the classes that it names.
///
/// Source: the Java Virtual Machine Specification, chapter 4; a class file of Java 8 has version 52.
pub(super) fn class_of(java: u16, name: &str, named: &[&str]) -> Vec<u8> {
    let short = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = vec![0xca, 0xfe, 0xba, 0xbe, 0, 0];
    bytes.extend((java + 44).to_be_bytes());
    bytes.extend(short(2 * (named.len() + 2) + 1));
    for (number, text) in [name, "java/lang/Object"].iter().chain(named).enumerate() {
        bytes.push(1);
        bytes.extend(short(text.len()));
        bytes.extend(text.as_bytes());
        // Of that text, which stands before it.
        bytes.push(7);
        bytes.extend(short(2 * number + 1));
    }
    // public; this class; its parent; no interfaces, fields, methods, attributes.
    bytes.extend([0, 0x21, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// What the server puts into `dropins` at every start for a jar in `lib`: the wrapper's name and its bytes.
///
/// Source: MI v1.2.0 and v4.0.0, `DefaultBundleCreator`.
pub fn wrapper(name: &str, jar_bytes: &[u8], packages: &[&str]) -> (String, Vec<u8>) {
    let symbolic_name = name.strip_suffix(".jar").unwrap_or(name).replace('-', "_");
    let bytes = jar(
        &[
            ("Bundle-ManifestVersion", "2"),
            ("Bundle-Name", &symbolic_name),
            ("Bundle-SymbolicName", &symbolic_name),
            ("Bundle-Version", "1.0.0"),
            ("Bundle-ClassPath", &format!(".,{name}")),
            ("Export-Package", &packages.join(",")),
            ("DynamicImport-Package", "*"),
        ],
        &[("META-INF/p2.inf", b"instructions.configure=markStarted(started:true);"), (name, jar_bytes)],
    );
    (format!("{symbolic_name}_1.0.0.jar"), bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_manifest_lines_go_on_after_a_space() {
        let value = "a".repeat(200);
        let text = manifest_text(&[("Export-Package", &value), ("X", "é".repeat(60).as_str())]);
        assert!(text.starts_with("Manifest-Version: 1.0\r\n") && text.ends_with("\r\n\r\n"));
        assert!(text.split("\r\n").all(|line| line.len() <= 70), "{text}");
        assert!(text.replace("\r\n ", "").contains(&format!("Export-Package: {value}\r\n")));
    }

    #[test]
    fn a_class_file_names_itself_and_its_parent() {
        let bytes = class("com/example/A");
        assert!(bytes.starts_with(&[0xca, 0xfe, 0xba, 0xbe]));
        assert_eq!(bytes.len(), 10 + (3 + 13 + 3) + (3 + 16 + 3) + 14);
        let newer = class_of(17, "com/example/A", &["com/example/B"]);
        assert_eq!((newer[7], newer[9], newer.len()), (61, 7, bytes.len() + (3 + 13 + 3)));
    }

    #[test]
    fn a_wrapper_is_named_as_the_server_names_it() {
        let (name, bytes) = wrapper("acme-codec-1.0.jar", b"inner", &["com.acme.codec"]);
        assert_eq!(name, "acme_codec_1.0_1.0.0.jar");
        let archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
        let names: Vec<_> = (0..archive.len()).filter_map(|index| archive.name_for_index(index)?.ok()).collect();
        assert_eq!(names, ["META-INF/", "META-INF/MANIFEST.MF", "META-INF/p2.inf", "acme-codec-1.0.jar"]);
    }
}
