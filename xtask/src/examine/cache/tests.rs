use super::*;
use crate::classes::{self, Whose, testing};
use proptest::prelude::*;
use std::io::Cursor;

fn jars() -> Jars {
    let class = testing::class("a/A").implements("a/I").method("m", "()V").field("f", "I").bytes();
    let bytes = crate::sample::jar(
        &[],
        &[
            ("META-INF/maven/g/a/pom.properties", b"version=1\ngroupId=g\nartifactId=a\n"),
            ("a/A.class", &class),
            ("a/Broken.class", b"x"),
        ],
    );
    let classes = classes::read(Cursor::new(bytes), Whose::Platforms).expect("a jar");
    assert_eq!(classes.coordinates.len(), 1);
    let manifest = Manifest::parse(b"Bundle-SymbolicName: a\nExport-Package: a;version=\"1\",b\n").expect("a manifest");
    Jars::from([
        (EntryPath::known("wso2/a.jar"), Ok(Jar { is_users: false, manifest, has_manifest: true, classes })),
        (EntryPath::known("wso2/b.jar"), Ok(Jar::default())),
        (EntryPath::known("wso2/c.jar"), Err("is no jar".to_owned())),
    ])
}

fn shown(jars: &Jars) -> String {
    format!("{jars:?}")
}

fn some_key() -> Digest {
    Digest::of(b"a distribution")
}

#[test]
fn what_is_kept_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path().join("not/there/yet");
    assert!(load(&folder, &some_key()).is_none());
    store(&folder, &some_key(), &jars()).expect("it is kept");
    let loaded = load(&folder, &some_key()).expect("it comes back");
    assert_eq!(shown(&loaded), shown(&jars()));
    assert!(load(&folder, &Digest::of(b"another")).is_none());
    let files: Vec<_> = fs::read_dir(&folder).expect("the folder").collect();
    assert_eq!(files.len(), 1, "no temporary file is left");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(file_of(&folder, &some_key())).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    store(&folder, &some_key(), &Jars::new()).expect("it is kept anew");
    assert_eq!(load(&folder, &some_key()).expect("it comes back").len(), 0);
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_as_good_as_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, key) = (folder.path(), some_key());
    store(folder, &key, &jars()).expect("it is kept");
    let file = file_of(folder, &key);
    let whole = fs::read(&file).expect("the file");
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&file, bytes).expect("it is changed");
        assert!(load(folder, &key).is_none(), "byte {at} was changed");
        fs::write(&file, &whole[..at]).expect("it is cut off");
        assert!(load(folder, &key).is_none(), "cut off after {at} bytes");
    }
    fs::write(&file, [&whole[..], b"more"].concat()).expect("it is longer");
    assert!(load(folder, &key).is_none());
    // Another distribution's file under this name.
    let other = Digest::of(b"another");
    store(folder, &other, &jars()).expect("it is kept");
    fs::rename(file_of(folder, &other), &file).expect("it is moved");
    assert!(load(folder, &key).is_none());
    fs::remove_file(&file).expect("it is removed");
    fs::create_dir(&file).expect("a folder in its place");
    assert!(load(folder, &key).is_none());
    assert!(store(folder, &key, &jars()).is_err());
    assert!(store(&file_of(folder, &key).join("x"), &key, &jars()).is_ok());
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, b"").expect("a file");
    assert!(store(&file, &some_key(), &jars()).is_err());
    assert!(load(&file, &some_key()).is_none());
}

#[test]
fn the_key_speaks_of_every_file_in_whatever_order() {
    let (a, b) = (EntryPath::known("wso2/a.jar"), EntryPath::known("wso2/b.jar"));
    let one = key([(&a, 1, 2), (&b, 3, 4)]);
    assert_eq!(one, key([(&b, 3, 4), (&a, 1, 2)]));
    for other in [key([(&a, 1, 2)]), key([(&a, 1, 3), (&b, 3, 4)]), key([(&a, 2, 2), (&b, 3, 4)])] {
        assert_ne!(one, other);
    }
}

proptest! {
    #[test]
    fn a_body_of_any_bytes_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..9),
        length in any::<prop::sample::Index>(),
    ) {
        let mut output = Output(Vec::new());
        output.jars(&jars()).expect("small");
        let mut bytes = output.0;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(length.index(bytes.len()) + 1);
        let whole = Input(&bytes).jars();
        for jar in whole.iter().flat_map(BTreeMap::values).flatten() {
            prop_assert!(jar.classes.classes.iter().map(|class| class.methods().count()).sum::<usize>() <= 1_000_000);
        }
    }
}

#[test]
fn a_few_distributions_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let keys: Vec<_> = (0..MOST_KEPT + 3).map(|number| Digest::of(&number.to_le_bytes())).collect();
    for key in &keys {
        store(folder.path(), key, &Jars::new()).expect("stored");
    }
    let kept = fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(kept, MOST_KEPT);
    fs::write(folder.path().join("notes.txt"), "not ours").expect("written");
    store(folder.path(), &keys[0], &Jars::new()).expect("stored");
    assert!(folder.path().join("notes.txt").exists());
}
