//! Tests of reading, over archives made in memory and folders made for the test.

mod damage;
mod filling;
mod folders;
mod hostile_tars;
mod hostile_zips;
mod large;
mod shapes;

use super::*;
use crate::inventory::{Entry, Kind};
use crate::progress::Quiet;
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip of stored or deflated files, by name.
fn zip_of(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in files {
        if name.ends_with('/') {
            zip.add_directory(*name, options).expect("a folder");
        } else {
            zip.start_file(*name, options).expect("a file");
            zip.write_all(bytes).expect("memory");
        }
    }
    zip.finish().expect("a zip").into_inner()
}

fn stored(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(CompressionMethod::Stored, files)
}

fn deflated(files: &[(&str, &[u8])]) -> Vec<u8> {
    zip_of(CompressionMethod::Deflated, files)
}

/// The header of an entry with the name and the content given.
fn tar_header(kind: tar::EntryType, name: &[u8], link: &[u8], size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(0o640);
    header.set_size(size);
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link);
    header.set_cksum();
    header
}

/// One entry of a tar: kind, name, link and content.
type TarEntry<'a> = (tar::EntryType, &'a [u8], &'a [u8], &'a [u8]);

fn tar_of(entries: &[TarEntry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, name, link, content) in entries {
        bytes.extend_from_slice(tar_header(*kind, name, link, content.len() as u64).as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn tar_files(files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries: Vec<TarEntry<'_>> = files
        .iter()
        .map(|(name, content)| {
            let kind = if name.ends_with('/') { tar::EntryType::Directory } else { tar::EntryType::Regular };
            (kind, name.as_bytes(), &b""[..], *content)
        })
        .collect();
    tar_of(&entries)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).expect("memory");
    gzip.finish().expect("a gzip")
}

/// Lists and reads everything.
fn read_all(bytes: &[u8], limits: &Limits) -> anyhow::Result<(Inventory, Sources)> {
    let mut sources = Sources::new();
    let mut inventory = list_memory("input", Arc::from(bytes), &mut sources, limits)?;
    fill(&mut inventory, &sources, &|_, _| Want::Digest, &no_facts(), &Quiet)?;
    Ok((inventory, sources))
}

fn read(bytes: &[u8]) -> Inventory {
    read_all(bytes, &Limits::default()).expect("a sound archive").0
}

/// What is said of an archive that must be refused.
fn refusal(bytes: &[u8]) -> String {
    match read_all(bytes, &Limits::default()) {
        Ok((inventory, _)) => panic!("it was taken: {:?}", inventory.entries.keys()),
        Err(error) => format!("{error:#}"),
    }
}

fn no_facts() -> impl Fn(&EntryPath, &Entry, &mut dyn ReadSeek) -> crate::inventory::Facts + Sync {
    |_, _, _| crate::inventory::Facts::default()
}

fn content(sources: &Sources, inventory: &Inventory, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let entry = inventory.get(path).expect("an entry");
    sources.open(&entry.content).expect("opened").read_to_end(&mut bytes).expect("read");
    bytes
}

/// The paths, a `/` after folders and `-> target` after links.
fn listing(inventory: &Inventory) -> Vec<String> {
    let line = |(path, entry): (&EntryPath, &Entry)| match &entry.kind {
        Kind::File => path.to_string(),
        Kind::Folder => format!("{path}/"),
        Kind::Symlink(target) => format!("{path} -> {target}"),
    };
    inventory.entries.iter().map(line).collect()
}

/// Numbers that look random and are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("it is below a usize")
    }
}

/// Where an entry's own header starts, and where its record in the directory does.
fn headers(zip: &[u8], name: &str) -> (usize, usize) {
    let places: Vec<usize> = (0..zip.len()).filter(|at| zip[*at..].starts_with(name.as_bytes())).collect();
    let local = places.iter().find(|at| zip[..**at].len() >= 30 && zip[*at - 30..].starts_with(b"PK\x03\x04"));
    let central = places.iter().rfind(|at| zip[..**at].len() >= 46 && zip[*at - 46..].starts_with(b"PK\x01\x02"));
    (local.expect("a header") - 30, central.expect("a record") - 46)
}

fn patch(bytes: &mut [u8], at: usize, with: &[u8]) {
    bytes[at..at + with.len()].copy_from_slice(with);
}

/// Puts another name of the same length, everywhere.
fn renamed(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..bytes.len() {
        if bytes[at..].starts_with(from) {
            patch(&mut bytes, at, to);
        }
    }
    bytes
}
