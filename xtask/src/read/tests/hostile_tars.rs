use super::*;
use tar::EntryType;

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut data = String::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length += 1;
        }
        data.extend([length.to_string().as_str(), " ", key, "=", value, "\n"]);
    }
    data.into_bytes()
}

#[test]
fn each_defect_is_refused_with_its_name() {
    let file = |name: &'static [u8], content: &'static [u8]| (EntryType::Regular, name, &b""[..], content);
    let odd = |kind: EntryType, link: &'static [u8]| (kind, &b"odd"[..], link, &b""[..]);
    let two = tar_of(&[file(b"one", b"1"), file(b"two", b"2")]);
    let gz = gzip(&two);
    let mut wrong_crc = gz.clone();
    let at = wrong_crc.len() - 8;
    wrong_crc[at] ^= 1;
    let mut wrong_sum = two.clone();
    wrong_sum[0] = b'X';
    let sparse = pax(&[("GNU.sparse.major", "1")]);
    let size = pax(&[("size", "many")]);
    let global = pax(&[("path", "x")]);
    let table: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("gzip of a text", gzip(b"a text"), &["what the gzip holds cannot be read as a tar", "it is cut off"]),
        ("gzip of nothing", gzip(b""), &["it is cut off"]),
        ("short gzip", gz[..gz.len() - 1].to_vec(), &["`input` is cut off", "copy or pack it again"]),
        ("half a gzip", gz[..gz.len() / 2].to_vec(), &["`input` is cut off"]),
        (
            "bytes behind",
            [gz.clone(), b"garbage behind it".to_vec()].concat(),
            &["`input` is damaged", "bytes after its end"],
        ),
        ("wrong CRC", wrong_crc, &["`input` is damaged", "a wrong CRC-32"]),
        ("wrong sum", wrong_sum, &["`input` at byte 0", "the archive is damaged"]),
        ("no end", two[..2048].to_vec(), &["it is cut off"]),
        ("cut in a file", two[..512].to_vec(), &["`input` at byte 0", "it is cut off"]),
        ("two tars", [two.clone(), two.clone()].concat(), &["other bytes follow its end"]),
        ("twice", tar_of(&[file(b"a", b"1"), file(b"a", b"2")]), &["holds `a` twice"]),
        (
            "both",
            tar_of(&[file(b"a", b"1"), (EntryType::Directory, b"a/", b"", b"")]),
            &["both as a file and as a folder"],
        ),
        (
            "below a file",
            tar_of(&[file(b"a", b"1"), file(b"a/b", b"2")]),
            &["`a` as a file and as the folder of `a/b`"],
        ),
        ("leads out", tar_of(&[file(b"a/../../b", b"")]), &["leads out of its folder by `..`"]),
        ("absolute", tar_of(&[file(b"/etc/passwd", b"")]), &["is absolute"]),
        ("not UTF-8", tar_of(&[file(b"a\xff", b"")]), &["a name that is not UTF-8"]),
        ("no name", tar_of(&[file(b"", b"")]), &["an entry without a name"]),
        ("device", tar_of(&[odd(EntryType::Char, b"")]), &["entry `odd` is a device"]),
        ("pipe", tar_of(&[odd(EntryType::Fifo, b"")]), &["entry `odd` is a pipe"]),
        ("sparse", tar_of(&[odd(EntryType::GNUSparse, b"")]), &["entry `odd` is a sparse file"]),
        ("volume", tar_of(&[odd(EntryType::new(b'M'), b"")]), &["entry `odd` is of the kind `M`"]),
        (
            "lost link",
            tar_of(&[odd(EntryType::Link, b"gone")]),
            &["`odd` is a hard link to `gone`, which no entry before it is"],
        ),
        ("no target", tar_of(&[odd(EntryType::Symlink, b"")]), &["whose target is empty"]),
        ("folder with content", tar_of(&[(EntryType::Directory, b"a/", b"", b"x")]), &["no file, but has a content"]),
        (
            "link with content",
            tar_of(&[file(b"a", b""), (EntryType::Link, b"b", b"a", b"x")]),
            &["no file, but has a content"],
        ),
        ("pax sparse", tar_of(&[(EntryType::XHeader, b"x", b"", &sparse), file(b"a", b"")]), &["a sparse file"]),
        ("pax size", tar_of(&[(EntryType::XHeader, b"x", b"", &size), file(b"a", b"")]), &["a size that is no number"]),
        (
            "pax for all",
            tar_of(&[(EntryType::XGlobalHeader, b"x", b"", &global), file(b"a", b"")]),
            &["all entries one name"],
        ),
        (
            "pax damaged",
            tar_of(&[(EntryType::XHeader, b"x", b"", b"99 path=a\n"), file(b"a", b"")]),
            &["a pax record is damaged"],
        ),
        ("names, no entry", tar_of(&[(EntryType::GNULongName, b"x", b"", b"a")]), &["a name that belongs to no entry"]),
        (
            "two names",
            tar_of(&[
                (EntryType::GNULongName, b"x", b"", b"a"),
                (EntryType::GNULongName, b"x", b"", b"b"),
                file(b"c", b""),
            ]),
            &["two records"],
        ),
    ];
    for (case, bytes, texts) in table {
        let refusal = refusal(&bytes);
        for text in texts {
            assert!(refusal.contains(text), "{case}: {refusal}");
        }
    }
}

#[test]
fn a_gzip_that_unpacks_to_too_much_is_refused_while_it_does() {
    let bomb = gzip(&vec![0; 8 << 20]);
    let limits = Limits { total_bytes: 1 << 20, ..Limits::default() };
    let error = read_all(&bomb, &limits).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("raise the bound with `--max-unpacked-size`"), "{error}");

    // A name of many megabytes, and names without end, are refused before they fill the memory.
    let mut long = tar_header(EntryType::GNULongName, b"x", b"", 64 << 20).as_bytes().to_vec();
    long.resize((64 << 20) + 2048, b'a');
    assert!(refusal(&gzip(&long)).contains("longer than 1048576 bytes"));
    let limits = Limits { entries: 10, ..Limits::default() };
    let names = tar_of(&[(EntryType::XGlobalHeader, &b"x"[..], &b""[..], &b""[..]); 99]);
    let error = read_all(&names, &limits).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("holds more than 10 entries"), "{error}");
}

#[test]
fn links_and_long_names_are_read() {
    let long = format!("{}/{}", "folder".repeat(20), "name".repeat(30));
    let longer = format!("{}/Länder codes.xml", "a".repeat(120));
    let path = pax(&[("mtime", "1.5"), ("path", &longer), ("SCHILY.xattr.user.x", "two\nlines")]);
    let linked = pax(&[("linkpath", &longer)]);
    let bytes = tar_of(&[
        (EntryType::XGlobalHeader, b"g", b"", &pax(&[("comment", "a commit")])),
        (EntryType::Directory, b"./", b"", b""),
        (EntryType::Directory, b"./conf/", b"", b""),
        (EntryType::Regular, b"./conf/a", b"", b"first"),
        (EntryType::Link, b"conf/b", b"./conf/a", b""),
        (EntryType::Symlink, b"conf/c", b"../elsewhere", b""),
        (EntryType::GNULongName, b"././@LongLink", b"", format!("{long}\0").as_bytes()),
        (EntryType::Regular, b"short", b"", b"second"),
        (EntryType::GNULongLink, b"././@LongLink", b"", format!("{long}\0").as_bytes()),
        (EntryType::Link, b"d", b"short", b""),
        (EntryType::XHeader, b"x", b"", &path),
        (EntryType::Regular, b"short", b"", b"third"),
        (EntryType::XHeader, b"x", b"", &linked),
        (EntryType::Link, b"e", b"short", b""),
        // As tars from before POSIX have it.
        (EntryType::Regular, b"old/", b"", b""),
    ]);
    for bytes in [bytes.clone(), gzip(&bytes), [gzip(&bytes[..700]), gzip(&bytes[700..])].concat()] {
        let (inventory, sources) = read_all(&bytes, &Limits::default()).expect("a sound tar");
        let text = |path: &str| String::from_utf8(content(&sources, &inventory, path)).expect("text");
        assert_eq!((text("conf/a"), text("conf/b")), ("first".to_owned(), "first".to_owned()));
        assert_eq!((text(&long), text("d")), ("second".to_owned(), "second".to_owned()));
        assert_eq!((text(&longer), text("e")), ("third".to_owned(), "third".to_owned()));
        assert_eq!(inventory.get("conf/c").map(|entry| &entry.kind), Some(&Kind::Symlink("../elsewhere".to_owned())));
        assert_eq!(inventory.get("old").map(|entry| &entry.kind), Some(&Kind::Folder));
        assert_eq!(inventory.get("conf/a").map(|entry| entry.mode), Some(0o640));
        assert_eq!(inventory.entries.len(), 9);
    }
}
