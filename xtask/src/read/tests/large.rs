//! Many entries, and entries beyond 4 GiB, without writing that much.

use super::*;
use std::io::{Seek as _, SeekFrom};

#[test]
fn a_hundred_thousand_entries_are_read() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for number in 0..100_000 {
        zip.start_file(format!("top/{}/{number}", number % 100), options).expect("a file");
        zip.write_all(&u32::to_le_bytes(number)).expect("memory");
    }
    let bytes = zip.finish().expect("a zip").into_inner();
    let (inventory, sources) = read_all(&bytes, &Limits::default()).expect("a sound zip");
    assert_eq!((inventory.entries.len(), inventory.top.as_deref()), (100_000, Some("top")));
    assert_eq!(content(&sources, &inventory, "99/99999"), 99_999_u32.to_le_bytes());
    let limits = Limits { entries: 99_999, ..Limits::default() };
    let error = read_all(&bytes, &limits).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("holds more than 99999 entries"), "{error}");
}

const LARGE: u64 = (4 << 30) + 5;

fn zip64_field(values: &[u64]) -> Vec<u8> {
    let length = u16::try_from(values.len() * 8).expect("small");
    let values = values.iter().flat_map(|value| value.to_le_bytes());
    [1, 0].into_iter().chain(length.to_le_bytes()).chain(values).collect()
}

/// Headers of a stored entry, its own and the directory's, as zip64 wants them.
fn headers_64(name: &str, size: u64, crc: u32, start: u64) -> [Vec<u8>; 2] {
    let (local, central) = (zip64_field(&[size, size]), zip64_field(&[size, size, start]));
    let u16s = |values: &[usize]| -> Vec<u8> {
        values.iter().flat_map(|value| u16::try_from(*value).expect("small").to_le_bytes()).collect()
    };
    let common = |extra: &[u8]| {
        [u16s(&[45, 0, 0, 0, 33]), crc.to_le_bytes().to_vec(), vec![0xff; 8], u16s(&[name.len(), extra.len()])].concat()
    };
    [
        [b"PK\x03\x04".to_vec(), common(&local), name.as_bytes().to_vec(), local].concat(),
        [
            b"PK\x01\x02".to_vec(),
            u16s(&[45]),
            common(&central),
            vec![0; 10],
            vec![0xff; 4],
            name.as_bytes().to_vec(),
            central,
        ]
        .concat(),
    ]
}

#[test]
fn a_zip_with_an_entry_beyond_4_gib_is_read() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let mut out = file.as_file();
    let last = b"last";
    let [local, first] = headers_64("huge", LARGE, 1, 0);
    out.write_all(&local).expect("written");
    let start = local.len() as u64;
    // The bytes between are a hole: they take no room.
    out.seek(SeekFrom::Start(start + LARGE - 4)).expect("a place");
    out.write_all(last).expect("written");
    let behind = start + LARGE;
    let [local, second] = headers_64("behind", 4, crc32fast::hash(b"text"), behind);
    out.write_all(&[&local[..], b"text"].concat()).expect("written");
    let directory = behind + local.len() as u64 + 4;
    let size = (first.len() + second.len()) as u64;
    let mut end =
        [first, second, b"PK\x06\x06".to_vec(), 44_u64.to_le_bytes().to_vec(), vec![45, 0, 45, 0], vec![0; 8]].concat();
    for value in [2, 2, size, directory] {
        end.extend_from_slice(&u64::to_le_bytes(value));
    }
    end.extend_from_slice(
        &[b"PK\x06\x07\0\0\0\0".to_vec(), (directory + size).to_le_bytes().to_vec(), vec![1, 0, 0, 0]].concat(),
    );
    end.extend_from_slice(&[b"PK\x05\x06\0\0\0\0".to_vec(), vec![0xff; 12], vec![0, 0]].concat());
    out.write_all(&end).expect("written");

    let mut sources = Sources::new();
    let mut inventory = list(file.path(), &mut sources, &Limits::default(), &ListRules::plain()).expect("a zip");
    let only_small = |_: &EntryPath, entry: &Entry| if entry.size < 100 { Want::Digest } else { Want::Nothing };
    fill(&mut inventory, &sources, &only_small, &no_facts(), &Quiet).expect("read");
    assert_eq!(content(&sources, &inventory, "behind"), b"text");
    let huge = inventory.get("huge").expect("an entry");
    assert_eq!(
        (huge.size, sources.open_raw(&huge.content).expect("opened").map(|(_, length, _)| length)),
        (LARGE, Some(LARGE))
    );
    let mut seekable = sources.open_seekable(&huge.content).expect("opened");
    seekable.seek(SeekFrom::End(-4)).expect("a place");
    let mut bytes = Vec::new();
    seekable.read_to_end(&mut bytes).expect("read");
    assert_eq!(bytes, last);
}

#[test]
fn a_tar_and_a_folder_with_a_file_beyond_8_gib_are_listed() {
    let size = 2 * LARGE;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::File::create(folder.path().join("huge")).and_then(|file| file.set_len(size)).expect("a hole");
    let tar = folder.path().join("tar");
    let mut out = std::fs::File::create(&tar).expect("a file");
    out.write_all(tar_header(tar::EntryType::Regular, b"huge", b"", size).as_bytes()).expect("written");
    out.seek(SeekFrom::Start((512 + size).next_multiple_of(512))).expect("a place");
    out.write_all(&tar_files(&[("behind", b"text")])).expect("written");

    let mut sources = Sources::new();
    let inventory = list(&tar, &mut sources, &Limits::default(), &ListRules::plain()).expect("a tar");
    assert_eq!(inventory.get("huge").map(|entry| entry.size), Some(size));
    assert_eq!(content(&sources, &inventory, "behind"), b"text");
    let inventory = list(folder.path(), &mut sources, &Limits::default(), &ListRules::plain()).expect("a folder");
    assert_eq!(inventory.get("huge").map(|entry| entry.size), Some(size));
}
