use super::*;
use crate::digest::Digest;
use crate::inventory::Content;
use crate::inventory::Facts;
use crate::progress::Progress;
use crate::read::fill::fill_on;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

fn names() -> Vec<String> {
    (0..200).map(|number| format!("f/{number:03}.{}", if number % 3 == 0 { "jar" } else { "txt" })).collect()
}

fn many() -> Vec<u8> {
    let contents: Vec<Vec<u8>> =
        (0_usize..200).map(|number| vec![u8::try_from(number).expect("small"); number * 37]).collect();
    let names = names();
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(&contents).map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    deflated(&files)
}

fn want(path: &EntryPath, _: &Entry) -> Want {
    match path.as_str().as_bytes() {
        [.., b'7', b'.', _, _, _] => Want::Nothing,
        [.., b'j', b'a', b'r'] => Want::DigestAndFacts,
        _ => Want::Digest,
    }
}

/// Facts that show that the content was there, from its start, and could be read at any place.
fn extract(_: &EntryPath, entry: &Entry, content: &mut dyn ReadSeek) -> Facts {
    let mut bytes = Vec::new();
    content.read_to_end(&mut bytes).expect("read");
    assert_eq!(Some(Digest::of(&bytes)), entry.digest);
    content.rewind().expect("the start");
    Facts { text: Some(Arc::from(bytes)), ..Facts::default() }
}

#[test]
fn the_result_is_the_same_on_one_thread_and_on_many() {
    let bytes = many();
    let filled: Vec<String> = [1, 2, 16]
        .map(|threads| {
            let mut sources = Sources::new();
            let mut inventory =
                list_memory("x", Arc::from(bytes.as_slice()), &mut sources, &Limits::default()).expect("a zip");
            fill_on(threads, &mut inventory, &sources, &want, &extract, &Quiet).expect("read");
            for (path, entry) in &inventory.entries {
                let wanted = want(path, entry);
                assert_eq!(entry.digest.is_some(), wanted != Want::Nothing, "{path}");
                assert_eq!(entry.facts.text.is_some(), wanted == Want::DigestAndFacts, "{path}");
            }
            format!("{inventory:?}")
        })
        .into();
    assert!(filled.iter().all(|other| *other == filled[0]));
}

#[test]
fn the_first_damage_by_path_is_the_one_that_is_named() {
    let mut bytes = many();
    for name in ["f/150.jar", "f/031.txt", "f/199.txt"] {
        let (local, central) = headers(&bytes, name);
        patch(&mut bytes, local + 14, b"1234");
        patch(&mut bytes, central + 16, b"1234");
    }
    for threads in [1, 2, 16] {
        let mut sources = Sources::new();
        let mut inventory =
            list_memory("my.zip", Arc::from(bytes.as_slice()), &mut sources, &Limits::default()).expect("a list");
        let error = fill_on(threads, &mut inventory, &sources, &want, &extract, &Quiet).expect_err("damage");
        assert_eq!(
            format!("{error:#}"),
            "`my.zip`, entry `f/031.txt`: its bytes do not match its CRC-32: copy the archive again"
        );
    }
}

#[test]
fn facts_are_taken_from_contents_of_every_size_and_place() {
    // Beyond what is kept in memory, and beyond what is read at once.
    let contents = [vec![1_u8; 40 << 20], vec![2_u8; 2 << 20], b"small".to_vec()];
    let files = [("a", &contents[0][..]), ("b", &contents[1]), ("c", &contents[2])];
    let length_and_last = |_: &EntryPath, _: &Entry, content: &mut dyn ReadSeek| {
        let length = content.seek(std::io::SeekFrom::End(0)).expect("the end");
        content.seek(std::io::SeekFrom::End(-1)).expect("the last byte");
        let mut last = [0];
        content.read_exact(&mut last).expect("a byte");
        Facts { hl7_uses: vec![format!("{length} {}", last[0])], ..Facts::default() }
    };
    let check = |inventory: &mut Inventory, sources: &Sources| {
        fill(inventory, sources, &|_, _| Want::DigestAndFacts, &length_and_last, &Quiet).expect("read");
        for (name, bytes) in files {
            let entry = inventory.get(name).expect("an entry");
            assert_eq!(entry.digest, Some(Digest::of(bytes)), "{name}");
            assert_eq!(entry.facts.hl7_uses, [format!("{} {}", bytes.len(), bytes[bytes.len() - 1])], "{name}");
        }
    };
    for bytes in [stored(&files), deflated(&files), gzip(&tar_files(&files))] {
        let mut sources = Sources::new();
        let mut inventory = list_memory("x", Arc::from(bytes), &mut sources, &Limits::default()).expect("an archive");
        check(&mut inventory, &sources);
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let mut sources = Sources::new();
    let mut inventory = list(folder.path(), &mut sources, &Limits::default(), &ListRules::plain()).expect("a folder");
    check(&mut inventory, &sources);
    for (name, bytes) in files {
        inventory.entries.insert(EntryPath::known(name), Entry::memory(0o644, bytes));
    }
    check(&mut inventory, &sources);
}

#[test]
fn an_archive_inside_is_opened_wherever_the_outer_one_is() {
    let inner = deflated(&[("lib/driver.jar", b"the driver"), ("META-INF/MANIFEST.MF", b"x")]);
    for outer in [stored(&[("w.jar", &inner)]), deflated(&[("w.jar", &inner)]), gzip(&tar_files(&[("w.jar", &inner)]))]
    {
        let mut sources = Sources::new();
        let inventory = list_memory("x", Arc::from(outer), &mut sources, &Limits::default()).expect("an archive");
        let outer = inventory.get("w.jar").expect("an entry").content.clone();
        let inside = |name: &str| Content::Inner { outer: Box::new(outer.clone()), name: name.to_owned() };
        let mut bytes = Vec::new();
        sources.open(&inside("lib/driver.jar")).expect("opened").read_to_end(&mut bytes).expect("read");
        assert_eq!(bytes, b"the driver");
        let mut seekable = sources.open_seekable(&inside("lib/driver.jar")).expect("opened");
        assert_eq!(seekable.seek(std::io::SeekFrom::End(0)).expect("the end"), 10);
        let error = sources.open(&inside("gone")).err().map(|error| format!("{error:#}")).unwrap_or_default();
        assert!(error.contains("its entry `gone`"), "{error}");
        let deeper = Content::Inner { outer: Box::new(inside("lib/driver.jar")), name: "x".to_owned() };
        assert!(sources.open(&deeper).is_err() && sources.open(&Content::Nothing).is_err());
    }
    let mut sources = Sources::new();
    let source = sources.add_memory(Arc::from(&b"0123456789"[..]));
    let mut bytes = Vec::new();
    let content = Content::Stored { source, start: 2, size: 3 };
    sources.open(&content).expect("opened").read_to_end(&mut bytes).expect("read");
    assert_eq!(bytes, b"234");
    assert!(sources.open(&Content::Stored { source: 9, start: 0, size: 1 }).is_err());
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>, AtomicU64);

impl Progress for Heard {
    fn begin(&self, step: &str, bytes: u64) {
        self.0.lock().expect("no panic").push(format!("{step}: {bytes}"));
    }
    fn advance(&self, bytes: u64) {
        self.1.fetch_add(bytes, Ordering::Relaxed);
    }
    fn end(&self) {
        self.0.lock().expect("no panic").push("end".to_owned());
    }
}

#[test]
fn progress_hears_of_every_byte() {
    let mut sources = Sources::new();
    let mut inventory = list_memory("x", Arc::from(many()), &mut sources, &Limits::default()).expect("a zip");
    let heard = Heard::default();
    fill(&mut inventory, &sources, &|_, _| Want::Digest, &no_facts(), &heard).expect("read");
    let total: u64 = (0..200).map(|number| number * 37).sum();
    assert_eq!(heard.1.into_inner(), total);
    assert_eq!(heard.0.into_inner().expect("no panic"), [format!("reading x: {total}"), "end".to_owned()]);
}
