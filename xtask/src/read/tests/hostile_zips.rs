use super::*;

/// Patches both headers of an entry: a place in its own, one in the directory's record.
fn both(mut zip: Vec<u8>, name: &str, local: usize, central: usize, with: &[u8]) -> Vec<u8> {
    let places = headers(&zip, name);
    patch(&mut zip, places.0 + local, with);
    patch(&mut zip, places.1 + central, with);
    zip
}

fn local(mut zip: Vec<u8>, name: &str, at: usize, with: &[u8]) -> Vec<u8> {
    let place = headers(&zip, name).0;
    patch(&mut zip, place + at, with);
    zip
}

fn central(mut zip: Vec<u8>, name: &str, at: usize, with: &[u8]) -> Vec<u8> {
    let place = headers(&zip, name).1;
    patch(&mut zip, place + at, with);
    zip
}

fn end(mut zip: Vec<u8>, at: usize, with: &[u8]) -> Vec<u8> {
    let place = zip.len() - 22 + at;
    patch(&mut zip, place, with);
    zip
}

fn sample() -> Vec<u8> {
    deflated(&[("home/conf/", b""), ("home/conf/a.toml", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ("home/lib/b.jar", b"bbb")])
}

/// Two entries, of which the second lies within the bytes of the first.
fn overlapping() -> Vec<u8> {
    let inner = stored(&[("b", b"hello")]);
    let inner = &inner[..30 + 1 + 5];
    let zip = stored(&[("a", inner), ("b", b"hello")]);
    let first = headers(&zip, "a").0;
    central(zip, "b", 42, &u32::try_from(first + 31).expect("small").to_le_bytes())
}

#[test]
fn each_defect_is_refused_with_its_name() {
    let name = "home/conf/a.toml";
    let long = "x".repeat(5000);
    let folder_with_content = {
        let zip = stored(&[("folderX", b"abc")]);
        renamed(zip, b"folderX", b"folder/")
    };
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("empty file", vec![], &["`input` is neither a folder nor a zip nor a tar.gz archive"]),
        ("text", b"PK, but a text".to_vec(), &["is neither a folder nor a zip nor a tar.gz archive"]),
        ("one byte short", sample()[..sample().len() - 1].to_vec(), &["`input` is no whole zip", "copy it again"]),
        ("half", sample()[..sample().len() / 2].to_vec(), &["is no whole zip", "it has no end record"]),
        ("bytes behind", [sample(), b"x".to_vec()].concat(), &["is no whole zip", "other bytes follow it"]),
        ("bytes inside", [&sample()[..90], b"x", &sample()[90..]].concat(), &["its directory is not where"]),
        ("part of several", end(sample(), 4, &[1, 0]), &["it is one part of several"]),
        ("split", [b"PK\x07\x08".to_vec(), sample()].concat(), &["its directory is not where"]),
        (
            "fewer entries",
            end(end(sample(), 8, &[2, 0]), 10, &[2, 0]),
            &["`input` is damaged", "its directory holds more than"],
        ),
        ("more entries", end(end(sample(), 8, &[4, 0]), 10, &[4, 0]), &["`input` is damaged"]),
        ("encrypted", both(sample(), name, 6, 8, &[1, 0]), &["`home/conf/a.toml`", "encrypted", "with its password"]),
        (
            "leads out",
            renamed(sample(), b"home/lib/b.jar", b"../../lib/b.ja"),
            &["leads out of its folder by `..`", "../../lib/b.ja"],
        ),
        ("absolute", renamed(sample(), b"home/lib/b.jar", b"/etc/lib/b.jar"), &["is absolute"]),
        ("drive", renamed(sample(), b"home/lib/b.jar", b"C:me/lib/b.jar"), &["starts with a drive letter"]),
        ("backslash", renamed(sample(), b"home/lib/b.jar", b"home\\lib/b.jar"), &["holds a backslash"]),
        (
            "control",
            renamed(sample(), b"home/lib/b.jar", b"home/lib/b\njar"),
            &["holds a control character", "b\\njar"],
        ),
        ("empty part", renamed(sample(), b"home/lib/b.jar", b"home//ib/b.jar"), &["has an empty part"]),
        ("long", stored(&[(&long, b"")]), &["longer than 4096 bytes", "xxx..."]),
        ("twice", renamed(stored(&[("a/one", b"1"), ("a/two", b"2")]), b"a/two", b"a/one"), &["holds `a/one` twice"]),
        ("both", stored(&[("a", b"1"), ("a/", b"")]), &["holds `a` both as a file and as a folder"]),
        (
            "below a file",
            stored(&[("a", b"1"), ("a-b", b""), ("a/b", b"")]),
            &["`a` as a file and as the folder of `a/b`"],
        ),
        ("overlap", overlapping(), &["entry `a`", "its bytes run into what follows"]),
        (
            "other name",
            local(sample(), name, 30, b"hxme"),
            &["`home/conf/a.toml`", "its header names it `hxme/conf/a.toml`"],
        ),
        ("other CRC", local(sample(), name, 14, b"1234"), &["`home/conf/a.toml`", "disagree on its size or CRC-32"]),
        ("other size", local(sample(), name, 22, &[9]), &["disagree on its size or CRC-32"]),
        ("other method", local(sample(), name, 8, &[0]), &["disagree on how it is packed"]),
        ("encrypted in one", local(sample(), name, 6, &[1]), &["disagree on how it is packed"]),
        ("no header", local(sample(), name, 0, b"PX"), &["its header is damaged"]),
        (
            "bzip2",
            both(sample(), name, 8, 10, &[12]),
            &["compressed by the method bzip2", "pack it again with deflate"],
        ),
        ("zstd", both(sample(), name, 8, 10, &[93]), &["compressed by the method zstd"]),
        ("unknown", both(sample(), name, 8, 10, &[77]), &["compressed by the method Unsupported(77)"]),
        ("stored, sizes differ", both(stored(&[("a", b"123")]), "a", 22, 24, &[9]), &["its two sizes differ"]),
        (
            "device",
            central(stored(&[("a", b"")]), "a", 38, &(0o020_644_u32 << 16).to_le_bytes()),
            &["a device, a pipe"],
        ),
        (
            "mode of a folder",
            central(stored(&[("a", b"")]), "a", 38, &(0o040_755_u32 << 16).to_le_bytes()),
            &["disagree on whether it is a folder"],
        ),
        ("folder with content", central(folder_with_content, "folder/", 38, &[0; 4]), &["a folder, but has a content"]),
        (
            "bad UTF-8",
            both(renamed(stored(&[("a-b", b"")]), b"a-b", b"a\xffb"), "a", 6, 8, &[0, 8]),
            &["says to be UTF-8 and is not"],
        ),
        (
            "wrong CRC",
            both(sample(), name, 14, 16, b"1234"),
            &["`input`, entry `home/conf/a.toml`", "do not match its CRC-32"],
        ),
        (
            "more bytes",
            both(sample(), name, 22, 24, &[9]),
            &["`home/conf/a.toml`", "it holds more bytes than the archive declares"],
        ),
        ("fewer bytes", both(sample(), name, 22, 24, &[99]), &["it holds fewer bytes than the archive declares"]),
        ("broken stream", local(sample(), name, 30 + name.len(), &[0xff; 3]), &["its deflate stream is broken"]),
    ];
    for (case, bytes, texts) in table {
        let refusal = refusal(&bytes);
        for text in texts {
            assert!(refusal.contains(text), "{case}: {refusal}");
        }
    }
}

#[test]
fn links_in_a_zip_are_refused_where_their_target_is_no_path() {
    let link = |target: &[u8]| {
        let zip = deflated(&[("link", target)]);
        central(zip, "link", 38, &(0o120_777_u32 << 16).to_le_bytes())
    };
    for (target, text) in [
        (&b"x".repeat(5000)[..], "longer than 4096 bytes"),
        (b"", "with no target"),
        (b"a\nb", "control characters"),
        (b"\xff", "cannot be read"),
    ] {
        assert!(refusal(&link(target)).contains(text), "{}", refusal(&link(target)));
    }
    let wrong = both(link(b"../conf"), "link", 14, 16, b"1234");
    assert!(refusal(&wrong).contains("do not match its CRC-32"), "{}", refusal(&wrong));
    assert_eq!(listing(&read(&link(b"../conf"))), ["link -> ../conf"]);
}

#[test]
fn an_archive_that_unpacks_to_too_much_is_refused_before_it_does() {
    let bomb = deflated(&[("a", &vec![0; 3 << 20]), ("b", &vec![0; 3 << 20])]);
    let limits = Limits { total_bytes: 4 << 20, ..Limits::default() };
    let mut sources = Sources::new();
    let error = list_memory("bomb.zip", Arc::from(bomb.as_slice()), &mut sources, &limits).expect_err("too much");
    assert_eq!(
        error.to_string(),
        "`bomb.zip` unpacks to more than 4194304 bytes: if that is right, raise the bound with `--max-unpacked-size`"
    );
    let limits = Limits { entries: 1, ..Limits::default() };
    let error = read_all(&bomb, &limits).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("holds more than 1 entries"), "{error}");

    // It declares little and holds much: reading stops where the declared size ends, streamed or not.
    for size in [100_u32, 2 << 20] {
        let liar = both(deflated(&[("a", &vec![0; 40 << 20])]), "a", 22, 24, &size.to_le_bytes());
        assert!(refusal(&liar).contains("`input`, entry `a`"), "{}", refusal(&liar));
        let mut sources = Sources::new();
        let inventory = list_memory("x", Arc::from(liar.as_slice()), &mut sources, &Limits::default()).expect("a list");
        let content = &inventory.get("a").expect("an entry").content;
        let mut read = Vec::new();
        let error = sources.open(content).expect("opened").read_to_end(&mut read).expect_err("more than declared");
        assert_eq!(error.to_string(), "it holds more bytes than the archive declares");
        assert!(read.len() < (size as usize) + (1 << 20), "{} bytes were read", read.len());
        assert!(sources.open_seekable(content).is_err());
    }
}
