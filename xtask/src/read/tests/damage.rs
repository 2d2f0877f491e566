//! Damage of every kind: never a panic, and never a wrong digest that passes for a right one.

use super::*;
use crate::digest::Digest;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn files() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("home/conf/", b""),
        ("home/conf/deployment.toml", b"[server]\nhostname = \"localhost\"\n[server]\nhostname = \"localhost\"\n"),
        ("home/lib/driver.jar", &[7; 300]),
        ("home/bin/run.sh", b"#!/bin/sh\n"),
        ("home/empty", b""),
    ]
}

/// Stored, deflated, and streamed with the sizes behind each entry.
fn zips() -> Vec<Vec<u8>> {
    let mut streamed = Vec::new();
    let mut zip = ZipWriter::new_stream(&mut streamed);
    for (name, bytes) in files().into_iter().filter(|(name, _)| !name.ends_with('/')) {
        zip.start_file(name, SimpleFileOptions::default().large_file(true)).expect("a file");
        zip.write_all(bytes).expect("memory");
    }
    zip.finish().expect("a zip");
    vec![stored(&files()), deflated(&files()), streamed]
}

fn digests(inventory: &Inventory) -> BTreeSet<Option<Digest>> {
    inventory.entries.values().map(|entry| entry.digest).collect()
}

#[test]
fn an_archive_cut_off_anywhere_is_refused() {
    for bytes in zips().into_iter().chain([gzip(&tar_files(&files()))]) {
        for length in 0..bytes.len() {
            assert!(read_all(&bytes[..length], &Limits::default()).is_err(), "cut off at {length}");
        }
    }
    // What follows the end of a tar is padding, and may be less of it.
    let bytes = tar_files(&files());
    for length in 0..bytes.len() - 512 {
        assert!(read_all(&bytes[..length], &Limits::default()).is_err(), "cut off at {length}");
    }
}

#[test]
fn a_flipped_byte_never_gives_a_wrong_content() {
    let mut numbers = Numbers(0x5EED);
    for bytes in zips() {
        let sound = digests(&read(&bytes));
        for round in 0..4000 {
            let mut damaged = bytes.clone();
            let at = if round < bytes.len() { round } else { numbers.below(bytes.len()) };
            damaged[at] ^= u8::try_from(1 + numbers.below(255)).expect("a byte");
            if let Ok((inventory, _)) = read_all(&damaged, &Limits::default()) {
                assert!(digests(&inventory).is_subset(&sound), "byte {at}");
            }
        }
    }
    let bytes = gzip(&tar_files(&files()));
    let sound = format!("{:?}", digests_by_path(&read(&bytes)));
    for at in 0..bytes.len() {
        for flip in [1, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            if let Ok((inventory, _)) = read_all(&damaged, &Limits::default()) {
                assert_eq!(format!("{:?}", digests_by_path(&inventory)), sound, "byte {at}");
            }
        }
    }
}

fn digests_by_path(inventory: &Inventory) -> Vec<(&EntryPath, Option<Digest>)> {
    inventory.entries.iter().map(|(path, entry)| (path, entry.digest)).collect()
}

#[test]
fn many_flipped_bytes_end_in_an_answer() {
    let mut numbers = Numbers(0xBAD);
    let tar = tar_files(&files());
    for bytes in zips().into_iter().chain([tar]) {
        for _ in 0..2000 {
            let mut damaged = bytes.clone();
            for _ in 0..=numbers.below(6) {
                let at = numbers.below(bytes.len());
                damaged[at] = [0, 1, 0x7f, 0xff][numbers.below(4)];
            }
            // A tar's header has a sum: mend it, or nothing else would be reached.
            if bytes.starts_with(b"home") {
                for at in (0..damaged.len()).step_by(512) {
                    let header = &mut damaged[at..at + 512];
                    if header[257..262] == *b"ustar" {
                        let mut mended = tar::Header::from_byte_slice(header).clone();
                        mended.set_cksum();
                        header.copy_from_slice(mended.as_bytes());
                    }
                }
            }
            let _ = read_all(&damaged, &Limits { total_bytes: 1 << 30, entries: 1000 });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_end_in_an_answer(
        start in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"\x1f\x8b\x08\0"]),
        middle in prop::collection::vec(any::<u8>(), 0..600),
        end in prop::sample::select(vec![&b""[..], b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\x04\0\0\0\0\0", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"]),
    ) {
        let bytes = [start, &middle, end].concat();
        if let Ok((inventory, _)) = read_all(&bytes, &Limits { total_bytes: 1 << 30, entries: 1000 }) {
            prop_assert!(inventory.entries.len() <= 1000);
        }
    }
}
