//! An archive of artifacts as bytes: every entry read to its end, small ones kept.
//!
//! In: a zip. Out: [`Contents`], or a lower-case fragment where the server could not open it. Always: what is kept and
//! what is inflated is bounded; nothing is unpacked.
//!
//! Source: MI v4.0.0 `AppDeployerUtils.extract` and wso2-synapse v2.1.7-wso2v227 `LibDeployerUtils.extract`: entries are
//! written in the order of the directory, only an entry of a folder makes the folder (with those above it in a carbon
//! application, without them in a connector), and what lies in `META-INF` is passed over.

use super::{Flaw, PackageKind, xml};
use crate::digest::{self, Digest};
use crate::facts::carbon_application::description::as_the_server_writes;
use crate::facts::jar::fragment;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};
use zip::ZipArchive;
use zip::read::ZipFile;

/// No more than this is inflated of one archive.
const MOST_BYTES: u64 = 1 << 30;
/// No more entries than this are looked at.
const MOST_ENTRIES: usize = 50_000;
/// An entry larger than this is not kept.
const LARGEST_KEPT: u64 = 8 << 20;
/// No more than this is kept of one archive.
const MOST_KEPT: u64 = 32 << 20;
/// No more flaws than this are told of the entries of one archive.
const MOST_FLAWS: usize = 100;

/// What an archive holds.
#[derive(Default)]
pub(super) struct Contents {
    /// The files, sorted.
    pub(super) names: Vec<String>,
    /// Those that were small enough to be kept.
    pub(super) kept: BTreeMap<String, Vec<u8>>,
    /// The digests of those in a folder `resources`, as the server writes them into the registry.
    pub(super) digests: BTreeMap<String, Digest>,
    /// What is wrong with the archive.
    pub(super) flaws: Vec<Flaw>,
    /// Whether all of it was looked at.
    pub(super) is_whole: bool,
}

impl Contents {
    /// Whether it holds a file.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.names.binary_search_by(|other| other.as_str().cmp(name)).is_ok()
    }
}

/// Reads an archive.
pub(super) fn read<R: Read + Seek>(kind: PackageKind, reader: &mut R) -> Result<Contents, String> {
    let mut archive = ZipArchive::new(reader).map_err(|error| fragment(&error))?;
    let mut contents = Contents { is_whole: true, ..Contents::default() };
    if archive.len() > MOST_ENTRIES {
        contents.give_up(format!("holds more than {MOST_ENTRIES} entries"));
        return Ok(contents);
    }
    let (mut left, mut room) = (MOST_BYTES, MOST_KEPT);
    let mut folders = Folders { kind, made: BTreeSet::new(), waiting: Vec::new() };
    for index in 0..archive.len() {
        let name = archive.name_for_index(index).map(|name| match name {
            Ok(name) => name.into_owned(),
            Err(_) => String::new(),
        });
        let name = name.unwrap_or_default();
        let entry = match archive.by_index(index) {
            Ok(entry) => entry,
            // An archive with entries like these is refused by Java as a whole.
            Err(error @ (zip::result::ZipError::UnsupportedArchive(_) | zip::result::ZipError::InvalidPassword)) => {
                return Err(fragment(&error));
            }
            Err(error) => {
                contents.tell(Flaw::Damaged(xml::clean(&name), fragment(&error)));
                continue;
            }
        };
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        contents.look_at_name(&name);
        folders.take(&name);
        if name.ends_with('/') {
            continue;
        }
        contents.take(name, entry, &mut left, &mut room);
        if left == 0 {
            contents.give_up(format!("holds more than {} MiB", MOST_BYTES >> 20));
            break;
        }
    }
    contents.names.sort();
    contents.names.dedup();
    if contents.is_whole
        && let Some(folder) = folders.missing()
    {
        contents.flaws.push(Flaw::NoFolderEntry(xml::clean(&folder)));
    }
    Ok(contents)
}

impl Contents {
    fn tell(&mut self, flaw: Flaw) {
        if self.flaws.len() < MOST_FLAWS {
            self.flaws.push(flaw);
        }
    }

    fn give_up(&mut self, why: String) {
        self.is_whole = false;
        self.flaws.push(Flaw::TooLarge(why));
    }

    fn look_at_name(&mut self, name: &str) {
        if name.split('/').any(|part| part == "..") {
            self.tell(Flaw::Name(xml::clean(name), "leads out of the folder that it is unpacked to"));
        } else if name.contains('\\') {
            self.tell(Flaw::Name(xml::clean(name), "holds a backslash, which is no separator of folders"));
        }
    }

    /// Reads an entry to its end, so that its check sum is compared.
    fn take<R: Read>(&mut self, name: String, mut entry: ZipFile<'_, R>, left: &mut u64, room: &mut u64) {
        let holds_classes = matches!(name.rsplit_once('.'), Some((_, "class" | "jar")));
        let is_kept = entry.size() <= LARGEST_KEPT.min(*room) && !holds_classes;
        let is_resource = name.contains("/resources/");
        let outcome = if is_kept {
            let mut bytes = Vec::new();
            // A size that lies does not make it keep more.
            let most = LARGEST_KEPT.min(*room).min(*left);
            let outcome = (&mut entry).take(most + 1).read_to_end(&mut bytes);
            let length = bytes.len() as u64;
            *left = left.saturating_sub(length);
            if length > most {
                Err(std::io::Error::other("it holds more than it declares"))
            } else {
                *room = room.saturating_sub(length);
                outcome.map(|_| {
                    if is_resource {
                        let written = as_the_server_writes(&bytes);
                        let digest = Digest::of(written.as_deref().map_or(bytes.as_slice(), str::as_bytes));
                        self.digests.insert(name.clone(), digest);
                    }
                    self.kept.insert(name.clone(), bytes);
                })
            }
        } else {
            let mut limited = (&mut entry).take(*left);
            let outcome = if is_resource {
                digest::fingerprint(&mut limited).map(|fingerprint| {
                    self.digests.insert(name.clone(), fingerprint.digest);
                    fingerprint.size
                })
            } else {
                digest::copy(&mut limited, &mut std::io::sink())
            };
            outcome.map(|read| *left = left.saturating_sub(read))
        };
        if let Err(error) = outcome {
            let why = if error.to_string().contains("checksum") {
                "its bytes do not match its check sum".to_owned()
            } else {
                format!("cannot be read: {error}")
            };
            self.tell(Flaw::Damaged(xml::clean(&name), why));
        }
        self.names.push(name);
    }
}

/// The folders that the server makes while it unpacks.
struct Folders {
    kind: PackageKind,
    made: BTreeSet<String>,
    /// Folders that files need and that no entry made before them, in their order.
    waiting: Vec<String>,
}

impl Folders {
    fn take(&mut self, name: &str) {
        if self.kind != PackageKind::AxisService && name.starts_with("META-INF/") {
            return;
        }
        let Some((folder, file)) = name.rsplit_once('/') else { return };
        if !file.is_empty() {
            if !self.made.contains(folder) && self.waiting.last().is_none_or(|last| last != folder) {
                self.waiting.push(folder.to_owned());
            }
        } else if self.kind == PackageKind::Connector {
            // Made alone: where the one above it is missing, so is this one.
            if folder.rsplit_once('/').is_none_or(|(above, _)| self.made.contains(above)) {
                self.made.insert(folder.to_owned());
            }
        } else {
            let mut above = Some(folder);
            while let Some(folder) = above {
                if !self.made.insert(folder.to_owned()) {
                    break;
                }
                above = folder.rsplit_once('/').map(|(above, _)| above);
            }
        }
    }

    /// The first folder that a file needs and that is not there when the file is written. How an axis2 service is
    /// unpacked depends on its deployer, so an entry at any place will do there.
    fn missing(self) -> Option<String> {
        let later_will_do = self.kind == PackageKind::AxisService;
        self.waiting.into_iter().find(|folder| !later_will_do || !self.made.contains(folder))
    }
}
