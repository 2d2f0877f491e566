use super::*;

/// The same tree as each kind of archive.
fn archives(files: &[(&str, &[u8])]) -> [Vec<u8>; 4] {
    [stored(files), deflated(files), tar_files(files), gzip(&tar_files(files))]
}

#[test]
fn one_top_folder_is_taken_off_and_remembered() {
    let none: Option<&str> = None;
    let table: &[(&[&str], Option<&str>, &[&str])] = &[
        (&["wso2mi/", "wso2mi/conf/a", "wso2mi/lib/b"], Some("wso2mi"), &["conf/a", "lib/b"]),
        (&["wso2mi/conf/a"], Some("wso2mi"), &["conf/a"]),
        (&["a.d/x", "a/x"], none, &["a.d/x", "a/x"]),
        (&["a-file"], none, &["a-file"]),
        (&["conf/a", "conf/b"], none, &["conf/a", "conf/b"]),
        (&["repository/"], none, &["repository/"]),
        (
            &["home/", ".DS_Store", "Thumbs.db", "__MACOSX/home/._a", "home/a"],
            Some("home"),
            &[".DS_Store", "Thumbs.db", "__MACOSX/home/._a", "a"],
        ),
        (&["home/a", "home/.DS_Store", ".DS_Store"], Some("home"), &[".DS_Store", "__MACOSX/.DS_Store", "a"]),
        (
            &["home/a", "home/__MACOSX/x", "__MACOSX/", "__MACOSX/x"],
            Some("home"),
            &["__MACOSX/", "__MACOSX/__MACOSX/x", "__MACOSX/x", "a"],
        ),
        (&[".DS_Store", "__MACOSX/a"], none, &[".DS_Store", "__MACOSX/a"]),
        (&["home/"], Some("home"), &[]),
        (&[], none, &[]),
    ];
    for (names, top, expected) in table {
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, &b""[..])).collect();
        let archives = archives(&files);
        // An empty tar has no magic: only a gzip of it can be told.
        for (at, bytes) in archives.iter().enumerate().filter(|(at, _)| *at != 2 || !names.is_empty()) {
            let inventory = read(bytes);
            assert_eq!(
                (inventory.top.as_deref(), listing(&inventory)),
                (*top, expected.iter().map(|name| (*name).to_owned()).collect()),
                "{names:?} {at}"
            );
        }
    }
}

#[test]
fn contents_come_back_from_every_kind_of_archive() {
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(|number| (number / 7).to_le_bytes()).take(5 << 20).collect();
    let files: &[(&str, &[u8])] = &[("x/empty", b""), ("x/small", b"some text"), ("x/large", &large)];
    for bytes in archives(files) {
        let (inventory, sources) = read_all(&bytes, &Limits::default()).expect("a sound archive");
        assert_eq!(inventory.top.as_deref(), Some("x"));
        for (name, expected) in files {
            let name = name.trim_start_matches("x/");
            let entry = inventory.get(name).expect("an entry");
            let fingerprint = crate::digest::Fingerprint::of(expected);
            assert_eq!(
                (entry.size, entry.crc, entry.digest),
                (fingerprint.size, Some(fingerprint.crc), Some(fingerprint.digest))
            );
            assert_eq!(content(&sources, &inventory, name), *expected);

            let mut seekable = sources.open_seekable(&entry.content).expect("opened");
            seekable.seek(std::io::SeekFrom::End(0)).expect("the end");
            seekable.rewind().expect("the start");
            let mut bytes = Vec::new();
            seekable.read_to_end(&mut bytes).expect("read");
            assert_eq!(bytes, *expected);

            let (mut raw, length, is_deflated) =
                sources.open_raw(&entry.content).expect("opened").expect("in an archive");
            let mut bytes = Vec::new();
            raw.read_to_end(&mut bytes).expect("read");
            assert_eq!(bytes.len() as u64, length);
            if is_deflated {
                let mut unpacked = Vec::new();
                flate2::read::DeflateDecoder::new(&bytes[..]).read_to_end(&mut unpacked).expect("a stream");
                bytes = unpacked;
            }
            assert_eq!(bytes, *expected);
        }
    }
}

#[test]
fn modes_are_what_the_archive_says_or_what_is_usual() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode) in [("h/keystore.jks", 0o444), ("h/bin/micro-integrator.sh", 0o700), ("h/bin/zero.sh", 0o600)] {
        zip.start_file(name, SimpleFileOptions::default().unix_permissions(mode)).expect("a file");
    }
    zip.add_directory("h/private", SimpleFileOptions::default().unix_permissions(0o700)).expect("a folder");
    zip.add_symlink("h/link", "conf", SimpleFileOptions::default()).expect("a link");
    let mut bytes = zip.finish().expect("a zip").into_inner();
    let modes = |bytes: &[u8]| -> Vec<(String, u32)> {
        read(bytes).entries.iter().map(|(path, entry)| (path.to_string(), entry.mode)).collect()
    };
    let expected = |modes: [u32; 5]| -> Vec<(String, u32)> {
        ["bin/micro-integrator.sh", "bin/zero.sh", "keystore.jks", "link", "private"]
            .map(str::to_owned)
            .into_iter()
            .zip(modes)
            .collect()
    };
    assert_eq!(modes(&bytes), expected([0o700, 0o600, 0o444, 0o777, 0o700]));

    // As `jar` writes: no mode. As Maven writes: all bits. As Windows writes: made by DOS, whatever the upper half says.
    for name in ["h/keystore.jks", "h/bin/micro-integrator.sh", "h/private/"] {
        let at = headers(&bytes, name).1;
        patch(&mut bytes, at + 38, &[0; 4]);
    }
    let at = headers(&bytes, "h/private/").1;
    patch(&mut bytes, at + 38, &[0xff; 4]);
    let at = headers(&bytes, "h/bin/zero.sh").1;
    patch(&mut bytes, at + 5, &[0]);
    assert_eq!(modes(&bytes), expected([0o755, 0o755, 0o644, 0o777, 0o755]));
}

#[test]
fn names_that_are_not_utf_8_are_read_as_code_page_437() {
    let zip = renamed(stored(&[("L-nder/codes", b"x")]), b"L-nder", b"L\x84nder");
    assert_eq!(read(&zip).top.as_deref(), Some("Länder"));
    assert_eq!(listing(&read(&stored(&[("a/ÄÖ (1).xml", b""), ("b", b"")]))), ["a/ÄÖ (1).xml", "b"]);
}

#[test]
fn a_unicode_path_field_gives_the_name() {
    let mut field = vec![1];
    field.extend_from_slice(&crc32fast::hash(b"Laender.xml").to_le_bytes());
    field.extend_from_slice("Länder.xml".as_bytes());
    let mut options = SimpleFileOptions::default().into_full_options();
    options.add_extra_field(0x7075, field, false).expect("a field");
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("Laender.xml", options).expect("a file");
    assert_eq!(listing(&read(&zip.finish().expect("a zip").into_inner())), ["Länder.xml"]);
}

#[test]
fn streamed_zips_with_their_sizes_behind_are_read() {
    let mut bytes = Vec::new();
    let mut zip = ZipWriter::new_stream(&mut bytes);
    for (name, large) in [("a", false), ("b", true)] {
        let options = SimpleFileOptions::default().large_file(large);
        zip.start_file(name, options).expect("a file");
        zip.write_all(b"some text, some text, some text").expect("memory");
    }
    zip.finish().expect("a zip");
    assert_eq!(bytes[6] & 8, 8, "sizes stand behind the entry");
    let (inventory, sources) = read_all(&bytes, &Limits::default()).expect("a sound zip");
    assert_eq!(content(&sources, &inventory, "a"), content(&sources, &inventory, "b"));
    assert_eq!(inventory.entries.len(), 2);
}

/// As `zip` writes what it reads from a pipe: a zip64 end record although nothing is too large for the other.
#[test]
fn a_zip64_end_record_that_nothing_needs_is_read() {
    let zip = stored(&[("a", b"text")]);
    let end = zip.len() - 22;
    let (directory, size) = (u64::from(zip[end + 16]), u64::from(zip[end + 12]));
    let wide = |directory: u64| {
        let numbers = [1, 1, size, directory].into_iter().flat_map(u64::to_le_bytes);
        let start = [b"PK\x06\x06".to_vec(), 44_u64.to_le_bytes().to_vec(), vec![45, 3, 45, 0], vec![0; 8]].concat();
        let place = (end as u64).to_le_bytes();
        let locator = [b"PK\x06\x07\0\0\0\0".to_vec(), place.to_vec(), vec![1, 0, 0, 0]].concat();
        [zip[..end].to_vec(), start, numbers.collect(), locator, zip[end..].to_vec()].concat()
    };
    assert_eq!(listing(&read(&wide(directory))), ["a"]);
    let refusal = refusal(&wide(directory - 1));
    assert!(refusal.contains("its directory is not where its end record says"), "{refusal}");
}

#[test]
fn an_end_record_inside_an_entry_or_a_comment_changes_nothing() {
    let inner = stored(&[("evil", b"")]);
    let zip = stored(&[("inner.zip", &inner)]);
    assert_eq!(listing(&read(&zip)), ["inner.zip"]);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("a", SimpleFileOptions::default()).expect("a file");
    zip.set_comment("a comment").expect("a comment");
    assert_eq!(listing(&read(&zip.finish().expect("a zip").into_inner())), ["a"]);
    assert_eq!(listing(&read(&[stored(&[("a", b"")]), vec![0; 9000]].concat())), ["a"]);
    // The end record of the inner zip becomes the last one: neither archive is taken.
    let mut zip = stored(&[("a", b"1")]);
    let at = zip.len() - 2;
    patch(&mut zip, at, &u16::try_from(inner.len()).expect("small").to_le_bytes());
    let refusal = refusal(&[zip, inner].concat());
    assert!(refusal.contains("its directory is not where its end record says"), "{refusal}");
}
