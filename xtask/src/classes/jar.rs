//! The class files of an archive, those of jars inside it included.
//!
//! In: a jar that can be read and sought. Out: an [`Index`]. Always: only class files are inflated, into memory that is
//! used again; a jar with `Multi-Release: true` gives what Java 11 loads of it; jars inside jars are followed two
//! levels down, and no further; where a name comes twice the last entry counts, as it does for Java.

use super::parse::{self, ClassFile, Constant, Pool};
use super::table::{Packer, Plain};
use super::{Index, MemberRef, Reference, Whose, flags, jdk, package_of};
use crate::archive::inflate::Inflater;
use crate::facts::coordinates::{self, Coordinates};
use crate::facts::manifest::Manifest;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read, Seek};
use zip::{CompressionMethod, ZipArchive};

/// No class file is larger: its code is bounded by 64 KiB a method and its constants by 65,535.
const LARGEST_CLASS: u64 = 16 << 20;
/// No more class files of one archive are read.
const MOST_CLASSES: usize = 300_000;
/// What the classes of one archive may take in memory, references left aside.
const MOST_MEMORY: usize = 256 << 20;
/// No more references of one archive are kept.
const MOST_REFERENCES: usize = 500_000;
/// Archives inside are held in memory, up to this size.
const LARGEST_INNER: u64 = 128 << 20;
/// What all archives inside, and all class files, may unpack to.
const MOST_UNPACKED: u64 = 4 << 30;
/// How far down archives inside are followed.
const DEEPEST: usize = 2;
/// No more Maven coordinates of one archive are kept.
const MOST_COORDINATES: usize = 2_000;
/// No more damaged files are named.
pub const MOST_DAMAGE: usize = 20;
/// The Java that multi-release jars are read as.
const RELEASE: u32 = 11;
/// What else may hold jars or classes: axis2 services and modules, connectors, web applications.
const INNER_OF_USERS: [&str; 5] = [".jar", ".aar", ".mar", ".zip", ".war"];
const INNER_OF_PLATFORM: [&str; 1] = [".jar"];

/// Reads the classes of a jar, and of the jars in it. The error is a lower-case fragment.
pub fn read<R: Read + Seek>(reader: R, whose: Whose) -> Result<Index, String> {
    let mut reading = Reading {
        whose,
        left: MOST_UNPACKED,
        damage: BTreeMap::new(),
        coordinates: BTreeSet::new(),
        references: BTreeMap::new(),
        packer: Packer::default(),
        pool: Pool::default(),
        inflater: Inflater::default(),
        compressed: Vec::new(),
        bytes: Vec::new(),
    };
    reading.archive(reader, "", 0)?;
    let classes = reading.packer.finish();
    let mut references = reading.references;
    references.retain(|reference, _| !classes.contains_key(reference.class()));
    Ok(Index { classes, references, damage: reading.damage.into_iter().collect(), coordinates: reading.coordinates })
}

struct Reading {
    whose: Whose,
    /// What may still be unpacked.
    left: u64,
    damage: BTreeMap<String, String>,
    coordinates: BTreeSet<(Box<str>, Coordinates)>,
    references: BTreeMap<Reference, Box<str>>,
    packer: Packer,
    pool: Pool,
    inflater: Inflater,
    compressed: Vec<u8>,
    bytes: Vec<u8>,
}

impl Reading {
    fn archive<R: Read + Seek>(&mut self, reader: R, place: &str, depth: usize) -> Result<(), String> {
        let mut jar =
            ZipArchive::new(reader).map_err(|error| format!("is no zip archive that can be read: {error}"))?;
        let is_multi_release = self.is_multi_release(&mut jar);
        let mut inner: BTreeSet<String> = BTreeSet::new();
        let mut classes: BTreeMap<String, (u32, usize)> = BTreeMap::new();
        let mut poms: Vec<usize> = Vec::new();
        for index in 0..jar.len() {
            let Some(Ok(name)) = jar.name_for_index(index) else { continue };
            if let Some((release, class)) = class_of(&name, is_multi_release) {
                // Of two entries with one name the later one counts, and of two releases the higher one.
                match classes.entry(class.to_owned()) {
                    Entry::Vacant(place) => drop(place.insert((release, index))),
                    Entry::Occupied(mut place) if place.get().0 <= release => drop(place.insert((release, index))),
                    Entry::Occupied(_) => {}
                }
            } else if self.is_inner(&name) && depth < DEEPEST {
                inner.insert(name.into_owned());
            } else if coordinates::is_file(&name) {
                poms.push(index);
            }
        }
        for index in poms {
            self.coordinates(&mut jar, index, place);
        }
        for (name, (_, index)) in classes {
            let read = self.fetch(&mut jar, index, LARGEST_CLASS).and_then(|()| self.class(&name));
            if let Err(problem) = read {
                self.note(format!("{place}{name}.class"), problem);
            }
        }
        for name in inner {
            let Some(index) = jar.index_for_name(&name) else { continue };
            let below = format!("{place}{name}!/");
            let read = self.fetch(&mut jar, index, LARGEST_INNER).and_then(|()| {
                let bytes = std::mem::take(&mut self.bytes);
                self.archive(Cursor::new(bytes), &below, depth + 1)
            });
            if let Err(problem) = read {
                self.note(format!("{place}{name}"), problem);
            }
        }
        Ok(())
    }

    fn is_inner(&self, name: &str) -> bool {
        let endings = match self.whose {
            Whose::Users => INNER_OF_USERS.as_slice(),
            Whose::Platforms => INNER_OF_PLATFORM.as_slice(),
        };
        endings.iter().any(|ending| name.ends_with(ending))
    }

    fn is_multi_release<R: Read + Seek>(&mut self, jar: &mut ZipArchive<R>) -> bool {
        let Some(index) = jar.index_for_name("META-INF/MANIFEST.MF") else { return false };
        if self.fetch(jar, index, LARGEST_CLASS).is_err() {
            return false;
        }
        let manifest = Manifest::parse(&self.bytes).unwrap_or_default();
        manifest.header("Multi-Release").is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// Takes in coordinates. Those that cannot be read are nothing that a server would stumble over.
    fn coordinates<R: Read + Seek>(&mut self, jar: &mut ZipArchive<R>, index: usize, place: &str) {
        if self.coordinates.len() < MOST_COORDINATES
            && self.fetch(jar, index, coordinates::LARGEST).is_ok()
            && let Some(found) = Coordinates::parse(&self.bytes)
        {
            self.coordinates.insert((place.into(), found));
        }
    }

    fn note(&mut self, name: String, problem: String) {
        self.damage.insert(name, problem);
        if self.damage.len() > MOST_DAMAGE {
            self.damage.pop_last();
        }
    }

    /// Unpacks an entry into `self.bytes`.
    fn fetch<R: Read + Seek>(&mut self, jar: &mut ZipArchive<R>, index: usize, most: u64) -> Result<(), String> {
        let mut entry = jar.by_index_raw(index).map_err(|error| format!("cannot be read: {error}"))?;
        if entry.encrypted() {
            return Err("is encrypted".to_owned());
        }
        let (size, packed, crc, method) = (entry.size(), entry.compressed_size(), entry.crc32(), entry.compression());
        if size > most || packed > most {
            return Err(format!("is larger than {} MiB", most >> 20));
        }
        self.left = self.left.checked_sub(size).ok_or("is one too many: the archive unpacks to more than 4 GiB")?;
        let read = |error: std::io::Error| format!("cannot be read: {error}");
        self.compressed.clear();
        (&mut entry).take(packed + 1).read_to_end(&mut self.compressed).map_err(read)?;
        match method {
            CompressionMethod::Stored => std::mem::swap(&mut self.bytes, &mut self.compressed),
            CompressionMethod::Deflated => {
                let size = usize::try_from(size).map_err(|_| "is too large".to_owned())?;
                self.bytes.clear();
                // No stream of deflate unpacks to more than 1,032 times its length: memory is for what may come.
                if size / 1032 > self.compressed.len() {
                    return Err("declares more bytes than its stream can hold".to_owned());
                }
                self.bytes.resize(size + 1, 0);
                self.inflater.inflate(&self.compressed, &mut self.bytes).map_err(read)?;
                self.bytes.pop();
            }
            other => return Err(format!("is compressed by a method that Java does not know: {other}")),
        }
        if self.bytes.len() as u64 != size || crc32fast::hash(&self.bytes) != crc {
            return Err("does not match its CRC-32".to_owned());
        }
        Ok(())
    }

    /// Takes in the class file that was fetched, which the archive has at `path`, given without its ending.
    fn class(&mut self, path: &str) -> Result<(), String> {
        if self.packer.len() >= MOST_CLASSES || self.packer.size() >= MOST_MEMORY {
            return Err("is one too many: what comes after it was not read".to_owned());
        }
        let bytes = std::mem::take(&mut self.bytes);
        let result = self.take_in(&bytes, path);
        self.bytes = bytes;
        result
    }

    fn take_in(&mut self, bytes: &[u8], path: &str) -> Result<(), String> {
        let Some(class) = parse::parse(bytes, &mut self.pool)? else { return Ok(()) };
        // Class files may lie in a folder that the class path names, or in `WEB-INF/classes`.
        let is_at_home = path.strip_suffix(&*class.name).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
        if !is_at_home {
            return Err("holds a class of another name".to_owned());
        }
        if self.whose == Whose::Users {
            self.refer(bytes, &class);
        }
        let interfaces: Vec<&str> = class.interfaces.iter().map(AsRef::as_ref).collect();
        let added = self.packer.add(Plain {
            name: &class.name,
            major: class.major,
            flags: class.flags,
            super_class: class.super_class.as_deref(),
            interfaces: &interfaces,
            methods: shown(&class.methods),
            fields: shown(&class.fields),
        });
        added.ok_or_else(|| "is one too many: what comes after it was not read".to_owned())
    }

    /// Notes what the class refers to.
    fn refer(&mut self, bytes: &[u8], class: &ClassFile<'_>) {
        let pool = std::mem::take(&mut self.pool);
        for constant in pool.constants(bytes) {
            match constant {
                Constant::Class(name) => self.refer_to_class(&name, &class.name),
                Constant::Method(owner, name, descriptor) if is_asked(&owner, &class.name) => {
                    let reference = Reference::Method(owner.into(), name.into(), descriptor.into());
                    self.keep(reference, &class.name);
                }
                Constant::Field(owner, name, descriptor) if is_asked(&owner, &class.name) => {
                    let reference = Reference::Field(owner.into(), name.into(), descriptor.into());
                    self.keep(reference, &class.name);
                }
                Constant::Method(..) | Constant::Field(..) => {}
            }
        }
        self.pool = pool;
        for member in class.methods.iter().chain(&class.fields) {
            for name in parse::types(&member.descriptor) {
                self.refer_to_class(name, &class.name);
            }
        }
    }

    fn refer_to_class(&mut self, name: &str, from: &str) {
        if let Some(name) = parse::element(name)
            && is_asked(name, from)
        {
            self.keep(Reference::Class(name.into()), from);
        }
    }

    fn keep(&mut self, reference: Reference, from: &str) {
        let is_full = self.references.len() >= MOST_REFERENCES;
        match self.references.entry(reference) {
            Entry::Occupied(mut first) if &**first.get() > from => drop(first.insert(from.into())),
            Entry::Occupied(_) => {}
            Entry::Vacant(_) if is_full => {}
            Entry::Vacant(place) => drop(place.insert(from.into())),
        }
    }
}

/// The members that other packages see.
fn shown<'a>(members: &'a [parse::PlainMember<'a>]) -> impl Iterator<Item = MemberRef<'a>> {
    let is_shown = |member: &&parse::PlainMember<'_>| {
        member.flags & (flags::PUBLIC | flags::PROTECTED) != 0 && member.name != "<clinit>"
    };
    members.iter().filter(is_shown).map(parse::PlainMember::borrowed)
}

/// Whether a reference to a class is kept: not to itself, to arrays, and to what a Java 11 runtime has.
fn is_asked(name: &str, from: &str) -> bool {
    let is_own = name == from;
    let is_known = || jdk::is_jdk_package(package_of(name)) && !jdk::is_removed_class(name);
    !is_own && !name.starts_with('[') && !name.starts_with("java/") && !is_known()
}

/// The release that an entry is for (0 for all), and the path of its class without the ending.
fn class_of(name: &str, is_multi_release: bool) -> Option<(u32, &str)> {
    let class = name.strip_suffix(".class")?;
    let Some(rest) = class.strip_prefix("META-INF/") else { return Some((0, class)) };
    let (release, class) = rest.strip_prefix("versions/")?.split_once('/')?;
    let release = release.parse().ok().filter(|release| (9..=RELEASE).contains(release))?;
    is_multi_release.then_some((release, class))
}
