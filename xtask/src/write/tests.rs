use super::*;
use crate::archive::failure::Failure;
use crate::archive::zip_write::deflater;
use crate::inventory::Entry;
use crate::plan::Input;
use crate::progress::Quiet;
use anyhow::bail;
use std::io::Cursor;
use std::sync::{Arc, LazyLock};
use zip::{CompressionMethod, ZipArchive};

/// Contents in memory: one source, and what entries hold themselves.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) Vec<u8>);

impl Memory {
    fn part(&self, start: u64, length: u64) -> &[u8] {
        let start = usize::try_from(start).expect("small");
        &self.0[start..][..usize::try_from(length).expect("small")]
    }

    /// An entry of a zip, deflated there.
    fn deflated(&mut self, mode: Mode, bytes: &[u8], path: &str) -> Planned {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(9));
        encoder.write_all(bytes).expect("memory takes all");
        let stream = encoder.finish().expect("memory takes all");
        let content = Content::Deflated { source: 0, start: self.0.len() as u64, compressed: stream.len() as u64 };
        self.0.extend(stream);
        let planned = Planned::from_entry(&Entry::memory(mode, bytes), Input::Fresh, &EntryPath::known(path));
        Planned { content, ..planned }
    }
}

impl Contents for Memory {
    fn open(&self, content: &Content) -> anyhow::Result<Box<dyn Read + Send + '_>> {
        Ok(match content {
            Content::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            Content::Stored { start, size, .. } => Box::new(self.part(*start, *size)),
            Content::Deflated { start, compressed, .. } => {
                Box::new(flate2::read::DeflateDecoder::new(self.part(*start, *compressed)))
            }
            other => bail!("not here: {other:?}"),
        })
    }

    fn open_raw(&self, content: &Content) -> anyhow::Result<Option<Raw<'_>>> {
        Ok(match content {
            Content::Stored { start, size, .. } => Some((Box::new(self.part(*start, *size)), *size, false)),
            Content::Deflated { start, compressed, .. } => {
                Some((Box::new(self.part(*start, *compressed)), *compressed, true))
            }
            _ => None,
        })
    }
}

pub(crate) type Tree = BTreeMap<EntryPath, Planned>;

/// A file of the user's home.
pub(crate) fn file(path: &str, mode: Mode, bytes: &[u8]) -> (EntryPath, Planned) {
    let path = EntryPath::known(path);
    let planned = Planned::from_entry(&Entry::memory(mode, bytes), Input::Customised, &path);
    (path, planned)
}

/// Some of everything.
pub(crate) fn sample() -> (Tree, Memory) {
    let mut memory = Memory::default();
    let script = memory.deflated(0o755, &b"echo hello\n".repeat(40), "bin/micro-integrator.sh");
    let link = Entry::of(Kind::Symlink("../bin".to_owned()), 0o777, Content::Nothing);
    let link_path = EntryPath::known("lib/link to bin");
    let link = Planned::from_entry(&link, Input::Customised, &link_path);
    let tree = [
        (EntryPath::known("bin/micro-integrator.sh"), script),
        (link_path, link),
        file("conf/deployment.toml", 0o640, &b"[server]\nhostname = \"localhost\"\n".repeat(5)),
        file("lib/driver.jar", 0o644, &b"PK jar ".repeat(9)),
        file("registry/governance/Länder (1).xml", 0o644, b"<a/>"),
        file("repository/resources/security/own.jks", 0o600, b"\xfe\xed\xfe\xed"),
        file("repository/empty", 0o644, b""),
    ];
    (tree.into_iter().collect(), memory)
}

static ZIP: LazyLock<BTreeSet<Output>> = LazyLock::new(|| [Output::Zip].into());

pub(crate) fn work<'a>(tree: &'a Tree, contents: &'a Memory) -> Work<'a, Memory> {
    work_with(tree, contents)
}

fn work_with<'a, C>(tree: &'a Tree, contents: &'a C) -> Work<'a, C> {
    Work {
        tree,
        distribution: tree,
        top: "wso2mi-4.0.0",
        outputs: &ZIP,
        image: None,
        contents,
        time: Timestamp::FIXED,
        threads: 2,
        spool: None,
    }
}

/// What a zip archive was written as.
#[derive(Clone, Debug, PartialEq)]
struct Zipped {
    entries: Vec<WrittenEntry>,
    size: u64,
    digest: Digest,
}

fn zipped(tree: &Tree, contents: &Memory, threads: usize) -> anyhow::Result<(Vec<u8>, Zipped)> {
    let mut out = Vec::new();
    let (entries, sum) = archive(&Work { threads, ..work(tree, contents) }, &mut out, &Quiet)?;
    assert_eq!((out.len() as u64, Digest::of(&out)), (sum.size, sum.digest));
    Ok((out, Zipped { entries, size: sum.size, digest: sum.digest }))
}

/// Bytes that deflate does not make smaller, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}

#[test]
fn the_archive_holds_the_tree_below_its_top_folder_with_all_folders() {
    let (tree, memory) = sample();
    let (bytes, written) = zipped(&tree, &memory, 2).expect("it is written");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("a whole archive");
    let mut listing = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("an entry");
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("its CRC fits");
        let name = entry.name().expect("a name");
        listing.push(format!("{:o} {:?} {name}", entry.unix_mode().expect("a mode"), entry.compression()));
        let path = EntryPath::known(name.trim_end_matches('/'));
        assert_eq!(path, written.entries[index].path);
        match path.below("wso2mi-4.0.0").and_then(|path| tree.get(path)).map(|planned| (&planned.kind, planned.digest))
        {
            Some((Kind::File, digest)) => assert_eq!(Some(Digest::of(&content)), digest),
            Some((Kind::Symlink(target), _)) => assert_eq!(content, target.as_bytes()),
            _ => assert!(content.is_empty()),
        }
    }
    assert_eq!(
        listing,
        [
            "40755 Stored wso2mi-4.0.0/",
            "40755 Stored wso2mi-4.0.0/bin/",
            "100755 Deflated wso2mi-4.0.0/bin/micro-integrator.sh",
            "40755 Stored wso2mi-4.0.0/conf/",
            "100640 Deflated wso2mi-4.0.0/conf/deployment.toml",
            "40755 Stored wso2mi-4.0.0/lib/",
            "100644 Stored wso2mi-4.0.0/lib/driver.jar",
            "120777 Stored wso2mi-4.0.0/lib/link to bin",
            "40755 Stored wso2mi-4.0.0/registry/",
            "40755 Stored wso2mi-4.0.0/registry/governance/",
            "100644 Stored wso2mi-4.0.0/registry/governance/Länder (1).xml",
            "40755 Stored wso2mi-4.0.0/repository/",
            "100644 Stored wso2mi-4.0.0/repository/empty",
            "40755 Stored wso2mi-4.0.0/repository/resources/",
            "40755 Stored wso2mi-4.0.0/repository/resources/security/",
            "100600 Stored wso2mi-4.0.0/repository/resources/security/own.jks",
        ]
    );
}

#[test]
fn untouched_entries_are_copied_raw_and_rewritten_ones_are_not() {
    let (mut tree, memory) = sample();
    let path = EntryPath::known("bin/micro-integrator.sh");
    let raw_of = |tree: &Tree| {
        let (bytes, written) = zipped(tree, &memory, 1).expect("it is written");
        let entry = written.entries.into_iter().find(|entry| entry.path.is_below("wso2mi-4.0.0/bin")).expect("there");
        (entry.raw, bytes.windows(memory.0.len()).any(|window| window == memory.0))
    };
    assert_eq!(raw_of(&tree), (true, true));
    tree.get_mut(&path).expect("there").origin.unchanged = false;
    assert!(!raw_of(&tree).0);
}

#[test]
fn the_bytes_depend_on_nothing_but_the_tree() {
    let (mut tree, memory) = sample();
    // More than the budget in all, and large ones of each way: deflated, not worth it, stored by name.
    let large = usize::try_from(pack::LARGE).expect("small") + 1;
    let mut text = noise(large / 2);
    text.extend(vec![b'x'; large]);
    tree.extend([file("large.txt", 0o644, &text), file("large.bin", 0o644, &noise(large))]);
    tree.extend([file("large.jar", 0o644, &text), file("noise", 0o644, &noise(5000))]);
    for number in 0..12 {
        tree.extend([file(&format!("many/{number}"), 0o644, &text[large / 2..][..large - 1 - number])]);
    }
    let (one, written) = zipped(&tree, &memory, 1).expect("it is written");
    for threads in [2, 4, 100] {
        assert!(zipped(&tree, &memory, threads).expect("it is written") == (one.clone(), written.clone()), "{threads}");
    }
    let mut archive = ZipArchive::new(Cursor::new(one)).expect("a whole archive");
    for (name, method) in [
        ("large.txt", CompressionMethod::Deflated),
        ("large.bin", CompressionMethod::Stored),
        ("large.jar", CompressionMethod::Stored),
        ("noise", CompressionMethod::Stored),
        ("many/0", CompressionMethod::Deflated),
    ] {
        let entry = archive.by_name(&format!("wso2mi-4.0.0/{name}")).expect("there");
        assert_eq!(entry.compression(), method, "{name}");
        assert_eq!(crate::digest::fingerprint(entry).expect("its CRC fits").digest, tree[name].digest.expect("a file"));
    }
}

#[test]
fn content_that_changed_since_it_was_planned_is_refused() {
    let large = noise(usize::try_from(pack::LARGE).expect("small") + 9);
    for (path, bytes) in [("a.txt", &b"some text"[..]), ("a.jar", b"some jar"), ("b.txt", &large), ("b.jar", &large)] {
        let (longer, shorter) = ([bytes, b"+"].concat(), &bytes[1..]);
        let mut other = bytes.to_vec();
        other[3] ^= 1;
        for now in [&longer[..], shorter, &other, b""] {
            let (path, mut planned) = file(path, 0o644, bytes);
            planned.content = Content::Memory(now.into());
            let tree = Tree::from([(path.clone(), planned)]);
            let error = zipped(&tree, &Memory::default(), 2).expect_err("it changed");
            let said = format!("{error:#}");
            assert!(said.starts_with(&format!("`{path}` (home) changed while it was packaged")), "{said}");
        }
    }
}

#[test]
fn a_raw_entry_that_is_shorter_than_planned_is_refused() {
    struct Short(Memory);
    impl Contents for Short {
        fn open(&self, content: &Content) -> anyhow::Result<Box<dyn Read + Send + '_>> {
            self.0.open(content)
        }
        fn open_raw(&self, content: &Content) -> anyhow::Result<Option<Raw<'_>>> {
            Ok(self.0.open_raw(content)?.map(|(reader, length, deflated)| (reader, length + 1, deflated)))
        }
    }
    let (tree, memory) = sample();
    let contents = Short(memory);
    let work = work_with(&tree, &contents);
    let said = format!("{:#}", archive(&work, Vec::new(), &Quiet).expect_err("it is short"));
    assert!(said.contains("`bin/micro-integrator.sh` (fresh) changed"), "{said}");
}

#[test]
fn a_raw_copy_is_of_what_was_read_and_nothing_else() {
    let (mut tree, memory) = sample();
    let path = EntryPath::known("bin/micro-integrator.sh");
    let planned = tree.get_mut(&path).expect("a raw entry");
    let mut raw = Vec::new();
    let (mut reader, ..) = memory.open_raw(&planned.content).expect("memory").expect("a deflate stream");
    reader.read_to_end(&mut raw).expect("memory");
    drop(reader);
    planned.packed_crc = Some(crc32fast::hash(&raw));
    let (_, written) = zipped(&tree, &memory, 1).expect("what was read");
    assert!(written.entries.iter().any(|entry| entry.raw && entry.proven));
    tree.get_mut(&path).expect("a raw entry").packed_crc = Some(1);
    let said = format!("{:#}", zipped(&tree, &memory, 1).expect_err("something else"));
    assert!(said.contains("`bin/micro-integrator.sh` (fresh) changed while it was packaged"), "{said}");
}

#[test]
fn trees_that_are_no_trees_are_refused() {
    let (tree, memory) = sample();
    let with = |path: &str| {
        let mut tree = tree.clone();
        tree.extend([file(path, 0o644, b"x")]);
        zipped(&tree, &memory, 1).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(with("conf/x"), Ok(()));
    let said = with("conf/deployment.toml/x").expect_err("a file is no folder");
    assert_eq!(said, "`conf/deployment.toml` cannot be a folder for `conf/deployment.toml/x`");
    assert!(with("lib/link to bin/x").is_err(), "nothing is written through a link");
    for top in ["", "a/b", "..", "/"] {
        assert!(archive(&Work { top, ..work(&tree, &memory) }, Vec::new(), &Quiet).is_err(), "{top:?}");
    }
    let mut unread = tree.clone();
    unread.get_mut("conf/deployment.toml").expect("there").digest = None;
    let said = zipped(&unread, &memory, 1).expect_err("never read").to_string();
    assert_eq!(said, "`conf/deployment.toml` (home) is in the plan but was never read");
}

#[test]
fn an_output_that_fails_ends_it() {
    struct Full(u64);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len() as u64).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (mut tree, memory) = sample();
    tree.extend([file("noise", 0o644, &noise(300_000))]);
    for room in [0, 100, 150_000, 300_000] {
        let error = archive(&work(&tree, &memory), Full(room), &Quiet).expect_err("there is no room");
        assert!(matches!(error.downcast_ref(), Some(Failure::Write(_))), "{error:#}");
    }
}

#[test]
fn deflate_is_the_pinned_one() {
    let mut encoder = deflater(Vec::new());
    encoder.write_all(&b"the same bytes everywhere ".repeat(100)).expect("memory takes all");
    let stream = encoder.finish().expect("memory takes all");
    assert_eq!(
        (stream.len(), crc32fast::hash(&stream)),
        (56, 0x6afe_ef37),
        "the backend of flate2 is pinned; another one makes other archives"
    );
}
