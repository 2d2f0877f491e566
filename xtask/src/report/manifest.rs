//! `manifest.json`: the tree that a bundle is made of, where each entry comes from, and the forms that it is written in.
//!
//! In: a [`Manifest`], or the bytes of a `manifest.json`. Out: the other of the two. Always: one entry a line, in
//! the order of the archive; what parses renders to the same bytes.

use crate::digest::Digest;
use crate::inventory::{Kind, Mode};
use crate::timestamp::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};

/// The name of the file in a bundle.
pub const NAME: &str = "manifest.json";
/// The version of the layout below. A field that is added, removed or changes its meaning makes a new one.
pub const SCHEMA_VERSION: u32 = 2;
/// What kind of file it is, for whoever finds it alone.
pub const KIND: &str = "wso2mi-upgrade-bundle";

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// [`KIND`].
    pub kind: String,
    /// The version of this tool that wrote it.
    pub tool_version: String,
    /// The name of the bundle.
    pub name: String,
    /// The one top folder of the archives.
    pub top: String,
    /// The one time of all entries, RFC 3339 in UTC.
    pub time: String,
    /// The forms that the tree is written in.
    pub outputs: Vec<Output>,
    /// Every entry of the tree, in the order of the archives, which is bytewise by path.
    pub entries: Vec<Entry>,
}

/// One form of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// `zip`, `tar.gz`, `docker-context` or `oci`.
    pub kind: String,
    /// Its file or folder, beside the manifest.
    pub path: String,
    /// The archive as a file; of an image, the tar of its layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
    /// The SHA-256 of the manifest of an image, by which registries know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Its layers without those of a base image, from the lowest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Layer>,
}

/// A file of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Its name, beside the manifest.
    pub file: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: String,
}

/// A layer: a tar in a gzip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// `distribution`, `container`, `user` or `configuration`.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// The SHA-256 of the tar in it.
    pub diff_id: String,
}

/// One entry of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path in the archives, the top folder included; a folder's has no `/` at the end.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// The target of a symbolic link, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Its permission bits: four octal digits.
    pub mode: String,
    /// The size of a file in bytes, uncompressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The SHA-256 of a file, uncompressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Where it comes from.
    pub from: From,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Symlink,
}

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    /// `fresh`, `home`, `hl7`, `overlay` and its name, or `packager` for what none of them holds: the top folder.
    pub input: String,
    /// Its original path there.
    pub path: String,
    /// Whether its bytes are the original's own.
    pub unchanged: bool,
}

/// Kind, mode, and size and digest of a file.
pub type Fields = (Kind, Mode, Option<(u64, Digest)>);

/// The input of entries that no input holds.
pub const PACKAGER: &str = "packager";

impl Entry {
    /// The fields that the kind decides.
    pub fn new(path: String, kind: &Kind, mode: Mode, content: Option<(u64, Digest)>, from: From) -> Self {
        let (kind, target) = match kind {
            Kind::File => (EntryKind::File, None),
            Kind::Folder => (EntryKind::Folder, None),
            Kind::Symlink(target) => (EntryKind::Symlink, Some(target.clone())),
        };
        let (size, sha256) = content.map(|(size, digest)| (size, digest.to_string())).unzip();
        Self { path, kind, target, mode: format!("{mode:04o}"), size, sha256, from }
    }

    /// Kind, mode and content in the terms of the inventory; `None` where fields are missing, too many or ill-formed.
    pub fn read(&self) -> Option<Fields> {
        let mode = Mode::from_str_radix(&self.mode, 8).ok().filter(|mode| *mode <= 0o777)?;
        if format!("{mode:04o}") != self.mode {
            return None;
        }
        match (self.kind, &self.target, self.size, &self.sha256) {
            (EntryKind::File, None, Some(size), Some(sha256)) => {
                Some((Kind::File, mode, Some((size, Digest::parse(sha256)?))))
            }
            (EntryKind::Folder, None, None, None) => Some((Kind::Folder, mode, None)),
            (EntryKind::Symlink, Some(target), None, None) => Some((Kind::Symlink(target.clone()), mode, None)),
            _ => None,
        }
    }
}

impl Manifest {
    /// Writes the file: indented by hand so that each entry has a line of its own, which keeps differences readable.
    pub fn render(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{{\n  \"schema_version\": {},", self.schema_version)?;
        for (key, value) in [
            ("kind", &self.kind),
            ("tool_version", &self.tool_version),
            ("name", &self.name),
            ("top", &self.top),
            ("time", &self.time),
        ] {
            writeln!(out, "  \"{key}\": {},", serde_json::to_string(value)?)?;
        }
        lines(out, "outputs", &self.outputs)?;
        out.write_all(b",\n")?;
        lines(out, "entries", &self.entries)?;
        out.write_all(b"\n}\n")
    }

    /// Reads what [`Manifest::render`] wrote, and nothing else.
    ///
    /// The error is a fragment that says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| format!("is not understood: {error}"))?;
        if manifest.kind != KIND || manifest.schema_version != SCHEMA_VERSION {
            return Err(format!("is not a `{KIND}` of schema version {SCHEMA_VERSION}"));
        }
        let mut rest = Expecting(bytes);
        match manifest.render(&mut rest) {
            Ok(()) if rest.0.is_empty() => Ok(manifest),
            _ => Err("is not as this tool writes it".to_owned()),
        }
    }

    /// The time of all entries; `None` where it is no time that a zip entry can have.
    pub fn timestamp(&self) -> Option<Timestamp> {
        let number = |from: usize, to: usize| self.time.get(from..to)?.parse::<u64>().ok();
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        if !(1980..=2107).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Days since 1970, in years that begin in March: the leap day is then the last of its year.
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
        let seconds = days * 86_400 + number(11, 13)? * 3600 + number(14, 16)? * 60 + number(17, 19)?;
        Some(Timestamp::from_seconds(seconds)).filter(|time| time.rfc3339() == self.time)
    }
}

/// A list, each of its items in a line of its own.
fn lines<T: Serialize>(out: &mut impl Write, name: &str, items: &[T]) -> io::Result<()> {
    write!(out, "  \"{name}\": [")?;
    for (index, item) in items.iter().enumerate() {
        write!(out, "{}\n    ", if index == 0 { "" } else { "," })?;
        serde_json::to_writer(&mut *out, item)?;
    }
    out.write_all(b"\n  ]")
}

/// Whether bytes are the beginning of such a file, of whatever schema version.
pub fn begins(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"{\n  \"schema_version\": ") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let kind = format!(",\n  \"kind\": \"{KIND}\",\n");
    digits > 0 && rest.get(digits..).is_some_and(|rest| rest.starts_with(kind.as_bytes()))
}

/// Takes exactly the bytes that it holds, in their order.
struct Expecting<'a>(&'a [u8]);

impl Write for Expecting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.strip_prefix(bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(path: &str) -> From {
        From { input: "home".to_owned(), path: path.to_owned(), unchanged: true }
    }

    fn manifest() -> Manifest {
        let link = Kind::Symlink("../b \"x\"".to_owned());
        Manifest {
            schema_version: SCHEMA_VERSION,
            kind: KIND.to_owned(),
            tool_version: "0.1.0".to_owned(),
            name: "n".to_owned(),
            top: "t".to_owned(),
            time: Timestamp::FIXED.rfc3339(),
            outputs: vec![Output {
                kind: "zip".to_owned(),
                path: "n.zip".to_owned(),
                file: Some(File { file: "n.zip".to_owned(), size: 22, sha256: Digest::of(b"").to_string() }),
                image: None,
                layers: Vec::new(),
            }],
            entries: vec![
                Entry::new("t".to_owned(), &Kind::Folder, 0o755, None, from("t")),
                Entry::new("t/ä".to_owned(), &Kind::File, 0o444, Some((3, Digest::of(b"abc"))), from("ä")),
                Entry::new("t/l".to_owned(), &link, 0o777, None, from("l")),
            ],
        }
    }

    fn rendered(manifest: &Manifest) -> Vec<u8> {
        let mut bytes = Vec::new();
        manifest.render(&mut bytes).expect("memory takes all");
        bytes
    }

    #[test]
    fn it_reads_back_and_has_a_line_an_entry() {
        let bytes = rendered(&manifest());
        assert_eq!(Manifest::parse(&bytes), Ok(manifest()));
        let text = String::from_utf8(bytes.clone()).expect("JSON is UTF-8");
        assert!(text.contains(
            "\n    {\"path\":\"t\",\"kind\":\"folder\",\"mode\":\"0755\",\
             \"from\":{\"input\":\"home\",\"path\":\"t\",\"unchanged\":true}},\n"
        ));
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert!(begins(&bytes) && !begins(b"{}") && !begins(b""));
        let read: Vec<_> = manifest().entries.iter().map(Entry::read).collect();
        assert_eq!(read[1], Some((Kind::File, 0o444, Some((3, Digest::of(b"abc"))))));
        assert_eq!(read[2], Some((Kind::Symlink("../b \"x\"".to_owned()), 0o777, None)));
    }

    #[test]
    fn nothing_but_its_own_bytes_parses() {
        let text = String::from_utf8(rendered(&manifest())).expect("JSON is UTF-8");
        for (from, to) in [
            ("\"kind\": ", "\"kind\":"),
            ("\"name\"", "\"nome\""),
            ("  ]\n}\n", "  ]\n}\n\n"),
            ("\"schema_version\": 2", "\"schema_version\": 1"),
            ("wso2mi-upgrade-bundle", "something-else"),
            ("\"unchanged\":true", "\"unchanged\":true,\"more\":1"),
            ("\"size\":3", "\"size\":03"),
        ] {
            assert!(text.contains(from), "{from}");
            assert!(Manifest::parse(text.replacen(from, to, 1).as_bytes()).is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn entries_whose_fields_do_not_fit_their_kind_are_not_read() {
        let good = &manifest().entries[1];
        for wrong in [
            Entry { mode: "755".to_owned(), ..good.clone() },
            Entry { mode: "+755".to_owned(), ..good.clone() },
            Entry { mode: "4755".to_owned(), ..good.clone() },
            Entry { size: None, ..good.clone() },
            Entry { sha256: Some("x".to_owned()), ..good.clone() },
            Entry { target: Some("x".to_owned()), ..good.clone() },
            Entry { kind: EntryKind::Folder, ..good.clone() },
            Entry { kind: EntryKind::Symlink, ..good.clone() },
        ] {
            assert_eq!(wrong.read(), None, "{wrong:?}");
        }
    }

    #[test]
    fn its_time_reads_back() {
        for seconds in [0, 951_782_399, 951_868_799, 1_709_164_800, 1_735_689_599, u64::MAX] {
            let time = Timestamp::from_seconds(seconds);
            assert_eq!(Manifest { time: time.rfc3339(), ..manifest() }.timestamp(), Some(time));
        }
        for wrong in ["", "2024-02-30T00:00:00Z", "2024-02-29 00:00:00Z", "1979-12-31T23:59:59Z", "ääääääääää"]
        {
            assert_eq!(Manifest { time: wrong.to_owned(), ..manifest() }.timestamp(), None, "{wrong}");
        }
        let far = "2024-01-01T99:99:99Z".to_owned();
        assert_eq!(Manifest { time: far, ..manifest() }.timestamp(), None);
    }
}
