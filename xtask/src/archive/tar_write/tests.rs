use super::*;
use crate::archive::deflate_joint::Finder;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::DeflateEncoder;
use tar::Archive;

const OWNER: u64 = 802;

fn entry(name: &str, kind: Kind, mode: Mode, bytes: &[u8]) -> (String, Kind, Mode, Vec<u8>) {
    (name.to_owned(), kind, mode, bytes.to_vec())
}

fn entries() -> Vec<(String, Kind, Mode, Vec<u8>)> {
    let long = format!("top/{}/{}.xml", "folder".repeat(20), "ä".repeat(90));
    let exactly = "e".repeat(100);
    vec![
        entry("top", Kind::Folder, 0o755, b""),
        entry("top/a", Kind::File, 0o400, b"text"),
        entry(&long, Kind::File, 0o644, &b"x".repeat(512)),
        entry(&exactly, Kind::File, 0o600, b""),
        entry(&exactly[1..], Kind::Folder, 0o750, b""),
        entry(&format!("{exactly}e"), Kind::Folder, 0o700, b""),
        entry("top/link", Kind::Symlink("a".to_owned()), 0o777, b""),
        entry("top/long link", Kind::Symlink("../top/".to_owned() + &"l".repeat(200)), 0o777, b""),
        entry("top/z", Kind::File, 0o755, &b"#!/bin/sh\n".repeat(1000)),
    ]
}

fn written(entries: &[(String, Kind, Mode, Vec<u8>)], joins: bool) -> (Vec<u8>, Digest) {
    let mut archive = TarGz::new(Vec::new(), Timestamp::FIXED, true).expect("memory takes all");
    assert!(archive.is_digested());
    for (name, kind, mode, bytes) in entries {
        let size = bytes.len() as u64;
        archive.start(&Header { name, kind, mode: *mode, owner: OWNER, size }).expect("memory takes all");
        if joins && size > 0 {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
            encoder.write_all(bytes).expect("memory takes all");
            let stream = encoder.finish().expect("memory takes all");
            let content = (size, crc32fast::hash(bytes));
            let found = Finder::default().find(&mut &stream[..], content, &mut |piece| archive.inflated(piece));
            archive.joined(&mut &stream[..], stream.len() as u64, found.expect("whole"), content).expect("it fits");
        } else if size > 0 {
            archive.stored(&mut &bytes[..], size).expect("it fits");
        }
    }
    let (bytes, digest) = archive.finish().expect("memory takes all");
    (bytes, digest.expect("it was wanted"))
}

#[test]
fn another_reader_finds_what_was_written() {
    for joins in [false, true] {
        let (bytes, digest) = written(&entries(), joins);
        let mut plain = Vec::new();
        GzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("a whole gzip");
        assert_eq!(Digest::of(&plain), digest);
        assert_eq!(plain.len() % BLOCK, 0);
        let mut archive = Archive::new(&plain[..]);
        let mut found = Vec::new();
        for read in archive.entries().expect("a tar") {
            let mut read = read.expect("an entry");
            let header = read.header();
            assert_eq!((header.uid().expect("it"), header.gid().expect("it")), (OWNER, OWNER));
            assert_eq!(header.mtime().expect("it"), Timestamp::FIXED.seconds());
            let mode = header.mode().expect("it");
            let name = read.path().expect("a path").to_str().expect("UTF-8").trim_end_matches('/').to_owned();
            let kind = match read.header().entry_type() {
                EntryType::Directory => Kind::Folder,
                EntryType::Symlink => {
                    let target = read.link_name().expect("it").expect("a target");
                    Kind::Symlink(target.to_str().expect("UTF-8").to_owned())
                }
                _ => Kind::File,
            };
            let mut content = Vec::new();
            read.read_to_end(&mut content).expect("its bytes");
            found.push((name, kind, mode, content));
        }
        assert_eq!(found, entries());
    }
}

#[test]
fn the_tar_is_the_same_whether_its_contents_are_joined_or_stored() {
    assert_eq!(written(&entries(), true).1, written(&entries(), false).1);
}

#[test]
fn a_size_of_8_gib_is_written_in_base_256() {
    let large = Header { name: "a", kind: &Kind::File, mode: 0o644, owner: 0, size: 8 << 30 };
    let blocks = large.blocks(Timestamp::FIXED).expect("a header");
    let header = tar::Header::from_byte_slice(&blocks);
    assert_eq!(header.entry_size().expect("a size"), 8 << 30);
    assert_eq!(blocks[124] & 0x80, 0x80, "the flag of base 256");
    let below = Header { size: (8 << 30) - 1, ..large }.blocks(Timestamp::FIXED).expect("a header");
    assert_eq!(below[124] & 0x80, 0, "11 octal digits hold it");
    assert_eq!((padding(0), padding(1), padding(512), padding(8 << 30 | 5)), (0, 511, 0, 507));
}

#[test]
fn without_a_digest_none_is_given() {
    let archive = TarGz::new(Vec::new(), Timestamp::FIXED, false).expect("memory takes all");
    assert_eq!(archive.finish().expect("memory takes all").1, None);
}
