use super::*;
use std::io::{Cursor, Seek, SeekFrom};
use zip::ZipArchive;

fn file<'a>(name: &'a str, mode: Mode, bytes: &[u8]) -> Header<'a> {
    let size = bytes.len() as u64;
    Header {
        name,
        kind: &Kind::File,
        mode,
        crc: crc32fast::hash(bytes),
        size,
        compressed: size,
        method: Method::Stored,
    }
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = deflater(Vec::new());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}

/// A file of each kind, two folders and a link, with names that need UTF-8.
fn small() -> Vec<u8> {
    let text = b"#!/bin/sh\n".repeat(50);
    let squeezed = deflated(&text);
    let link = Kind::Symlink("bin/start.sh".to_owned());
    let target = b"bin/start.sh";
    let mut writer = Writer::new(Vec::new(), Timestamp::FIXED);
    let folder = |name| Header { kind: &Kind::Folder, mode: 0o755, ..file(name, 0, b"") };
    let mut put = |header: Header<'_>, bytes: &[u8]| writer.entry(&header, &mut &bytes[..]).expect("a good entry");
    put(folder("top"), b"");
    put(folder("top/Ordner für Länder"), b"");
    put(Header { kind: &link, ..file("top/a link", 0o777, target) }, target);
    let script = Header { compressed: squeezed.len() as u64, method: Method::Deflated, ..file("x", 0o755, &text) };
    put(Header { name: "top/bin (1).sh", ..script }, &squeezed);
    put(file("top/empty", 0o600, b""), b"");
    put(file("top/store.jks", 0o444, b"\xfe\xed\xfe\xed"), b"\xfe\xed\xfe\xed");
    writer.finish().expect("memory takes all")
}

#[test]
fn what_is_written_reads_back_with_names_modes_and_one_time() {
    let bytes = small();
    assert_eq!(bytes, small(), "the same entries give the same bytes");
    let mut archive = ZipArchive::new(Cursor::new(&bytes)).expect("a whole archive");
    archive.validate_header_consistency().expect("both headers of each entry say the same");
    assert_eq!(archive.offset(), 0);
    let mut listing = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        assert_eq!(entry.extra_data(), None);
        assert_eq!(entry.comment(), "");
        let time = entry.last_modified().expect("a time");
        assert_eq!((time.datepart(), time.timepart()), Timestamp::FIXED.dos());
        let name = entry.name().expect("a name").into_owned();
        let (mode, method) = (entry.unix_mode().expect("made by unix"), entry.compression());
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its CRC fits");
        let utf8 = u16::from_le_bytes([bytes[usize::try_from(entry.header_start()).expect("small") + 6], 0]);
        assert_eq!(utf8, 0, "no flag in the lower byte");
        listing.push(format!("{mode:o} {method:?} {} {name}", content.len()));
    }
    assert_eq!(
        listing,
        [
            "40755 Stored 0 top/",
            "40755 Stored 0 top/Ordner für Länder/",
            "120777 Stored 12 top/a link",
            "100755 Deflated 500 top/bin (1).sh",
            "100600 Stored 0 top/empty",
            "100444 Stored 4 top/store.jks",
        ]
    );
}

#[test]
fn only_names_beyond_ascii_carry_the_utf_8_flag() {
    let flag = |name| {
        let local = file(name, 0o644, b"").local(Timestamp::FIXED).expect("a good header");
        u16::from_le_bytes([local[6], local[7]])
    };
    assert_eq!((flag("a b"), flag("ä")), (0, 0x800));
}

#[test]
fn zip64_is_used_for_each_number_by_itself() {
    const LIMIT: u64 = u32::MAX as u64;
    let fields = |size, compressed, offset| {
        let header = Header { size, compressed, method: Method::Deflated, ..file("x", 0o644, b"") };
        let local = header.local(Timestamp::FIXED).expect("a good header");
        let central = header.central(Timestamp::FIXED, offset).expect("a good header");
        // What follows the name: in the local header after 31 bytes, in the central one after 47.
        (local[31..].len() / 8, central[47..].len() / 8)
    };
    assert_eq!(fields(LIMIT - 1, LIMIT - 1, LIMIT - 1), (0, 0));
    assert_eq!(fields(LIMIT, 9, 9), (2, 1));
    assert_eq!(fields(9, LIMIT, 9), (2, 1));
    assert_eq!(fields(9, 9, LIMIT), (0, 1));
    assert_eq!(fields(LIMIT, LIMIT, LIMIT), (2, 3));
    for (count, start, size, zip64) in
        [(65_534, LIMIT - 1, LIMIT - 1, false), (65_535, 9, 9, true), (9, LIMIT, 9, true), (9, 9, LIMIT, true)]
    {
        assert_eq!(end(count, start, size).len(), if zip64 { 98 } else { 22 }, "{count} {start} {size}");
    }
}

#[test]
fn more_entries_than_16_bits_count_read_back() {
    for count in [65_534, 65_535] {
        let mut writer = Writer::new(Vec::new(), Timestamp::FIXED);
        for number in 0..count {
            let name = format!("{number:06}");
            writer.entry(&file(&name, 0o644, b""), &mut io::empty()).expect("a good entry");
        }
        let bytes = writer.finish().expect("memory takes all");
        let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a whole archive");
        assert_eq!(archive.len(), count);
        let last = archive.by_index(count - 1).expect("the last");
        assert_eq!(last.name().expect("a name"), format!("{:06}", count - 1));
    }
}

static ZEROS: [u8; 1 << 20] = [0; 1 << 20];

/// A file that keeps only what is not zero, so that 4 GiB of it take no place.
#[derive(Default)]
struct Sparse {
    pieces: Vec<(u64, Vec<u8>)>,
    length: u64,
    position: u64,
}

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if ZEROS.get(..bytes.len()) != Some(bytes) {
            self.pieces.push((self.length, bytes.to_vec()));
        }
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = (buffer.len() as u64).min(self.length.saturating_sub(self.position));
        let buffer = &mut buffer[..usize::try_from(length).expect("small")];
        buffer.fill(0);
        let end = self.position + length;
        for (start, piece) in &self.pieces {
            let (from, to) = (self.position.max(*start), end.min(start + piece.len() as u64));
            if from < to {
                let place = |at: u64, origin: u64| usize::try_from(at - origin).expect("small");
                buffer[place(from, self.position)..place(to, self.position)]
                    .copy_from_slice(&piece[place(from, *start)..place(to, *start)]);
            }
        }
        self.position = end;
        Ok(buffer.len())
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        }
        .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[test]
fn a_file_over_4_gib_and_what_follows_it_read_back() {
    let size = (1 << 32) + 5;
    let fingerprint = {
        let mut crc = crc32fast::Hasher::new();
        (0..1 << 12).for_each(|_| crc.update(&ZEROS));
        crc.update(&[0; 5]);
        crc.finalize()
    };
    let mut writer = Writer::new(Sparse::default(), Timestamp::FIXED);
    let large = Header { size, compressed: size, crc: fingerprint, ..file("large.bin", 0o644, b"") };
    writer.entry(&large, &mut io::repeat(0).take(size)).expect("a good entry");
    writer.entry(&file("small.txt", 0o644, b"after it"), &mut &b"after it"[..]).expect("a good entry");
    let written = writer.finish().expect("memory takes all");

    let mut archive = ZipArchive::new(written).expect("a whole archive");
    assert_eq!(archive.by_name("large.bin").expect("the large one").size(), size);
    let mut text = String::new();
    let mut small = archive.by_name("small.txt").expect("the small one");
    assert!(small.header_start() > 1 << 32);
    small.read_to_string(&mut text).expect("its CRC fits");
    assert_eq!(text, "after it");
    drop(small);
    let mut large = archive.by_name("large.bin").expect("the large one");
    assert_eq!(crate::digest::copy(&mut large, &mut io::sink()).expect("its CRC fits"), size);
}

#[test]
fn bytes_that_are_not_as_many_as_promised_are_refused() {
    for data in [&b"abc"[..], b"abcde", b""] {
        let mut writer = Writer::new(Vec::new(), Timestamp::FIXED);
        let result = writer.entry(&file("x", 0o644, b"abcd"), &mut &*data);
        assert!(matches!(result, Err(Failure::Length)), "{data:?}: {result:?}");
    }
    let mut writer = Writer::new(Vec::new(), Timestamp::FIXED);
    let name = "x".repeat(65_536);
    assert!(matches!(writer.entry(&file(&name, 0o644, b""), &mut io::empty()), Err(Failure::Name)));
}

#[test]
fn an_archive_that_was_not_finished_is_no_archive() {
    let mut out = Vec::new();
    let mut writer = Writer::new(&mut out, Timestamp::FIXED);
    writer.entry(&file("x", 0o644, b"abcd"), &mut &b"abcd"[..]).expect("a good entry");
    drop(writer);
    assert!(ZipArchive::new(Cursor::new(out)).is_err());
}

/// The readers that people have, where they are installed.
#[test]
fn other_readers_accept_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("small.zip");
    std::fs::write(&path, small()).expect("a temporary file");
    for (tool, arguments) in [
        ("unzip", &["-t"][..]),
        ("python3", &["-m", "zipfile", "-t"]),
        ("jar", &["tf"]),
        ("bsdtar", &["-tf"]),
        ("7zz", &["t"]),
    ] {
        match std::process::Command::new(tool).args(arguments).arg(&path).output() {
            Err(_) => crate::tests::skipped(&format!("{tool} is not installed")),
            Ok(output) => {
                let said =
                    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{tool}: {said}");
                assert!(!said.to_lowercase().contains("warning"), "{tool}: {said}");
            }
        }
    }
}
