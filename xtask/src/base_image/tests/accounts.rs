//! The files of users, through layers that hide each other.

use super::testing::Item;
use super::*;

/// The files of an image of these layers.
fn files(layers: &[Made]) -> anyhow::Result<AccountFiles> {
    let folder = tempfile::tempdir().expect("a folder");
    let layout = Layout::new(folder.path());
    let image = layout.image(&config("amd64", layers), layers);
    layout.index(&[image]);
    open(folder.path(), None)?.account_files()
}

fn found(upper: &[(&str, Item<'_>)]) -> [Option<String>; 2] {
    let layers = [&system()[..], &[Made::gzip(upper)]].concat();
    let files = files(&layers).expect("files");
    [files.passwd, files.group].map(|file| file.map(|file| String::from_utf8(file).expect("text")))
}

const NEW: Item<'_> = Item::File(b"new");

#[test]
fn the_upper_layer_says_what_is_there() {
    let text = |bytes: &[u8]| Some(String::from_utf8(bytes.to_vec()).expect("text"));
    let (new, passwd, group) = (text(b"new"), text(PASSWD), text(GROUP));
    for (upper, expected) in [
        (vec![("etc/passwd", NEW)], [new.clone(), group.clone()]),
        (vec![("./etc/group", NEW), ("etc/passwd-", NEW), ("x/etc/passwd", NEW)], [passwd.clone(), new.clone()]),
        (vec![("etc/passwd", Item::File(b"first")), ("etc/passwd", NEW)], [new.clone(), group.clone()]),
        (vec![("etc/.wh.passwd", Item::File(b""))], [None, group.clone()]),
        // A whiteout speaks of the layers below, wherever it stands.
        (vec![("etc/passwd", NEW), ("etc/.wh..wh..opq", Item::File(b""))], [new.clone(), None]),
        (vec![(".wh.etc", Item::File(b"")), ("etc/group", NEW)], [None, new.clone()]),
        (vec![(".wh..wh..opq", Item::File(b""))], [None, None]),
        (vec![("etc", Item::Folder), ("etc/.wh.hosts", Item::File(b""))], [passwd.clone(), group.clone()]),
        // A long name comes with a record before it.
        (vec![("a", Item::File(&[7; 700])), (&*"d/".repeat(100), Item::Folder), ("etc/group", NEW)], [passwd, new]),
    ] {
        let names: Vec<&str> = upper.iter().map(|(name, _)| *name).collect();
        assert_eq!(found(&upper), expected, "{names:?}");
    }
}

#[test]
fn what_cannot_be_told_says_why() {
    let problem = |layer: Made| {
        let layers = [&system()[..], &[layer]].concat();
        format!("{:#}", files(&layers).expect_err("no files"))
    };
    let link = Made::gzip(&[("etc/passwd", Item::Link("/usr/etc/passwd"))]);
    assert!(problem(link).contains("`etc/passwd` of `"));
    let link = problem(Made::gzip(&[("etc", Item::Link("usr/etc"))]));
    assert!(link.contains("cannot be told: `etc` is no folder"), "{link}");
    let long = problem(Made::gzip(&[("etc/passwd", Item::File(&vec![b'a'; 2 << 20]))]));
    assert!(long.contains("has 2097152 bytes"), "{long}");
    let zstd = Made {
        media_type: Compression::Zstd.media_type().to_owned(),
        bytes: b"\x28\xb5\x2f\xfd...".to_vec(),
        tar: Vec::new(),
    };
    let zstd = problem(zstd);
    assert!(zstd.contains("at `blobs/sha256/") && zstd.contains("--dest-compress-format gzip"), "{zstd}");
    let no_tar = Made { bytes: gzip(b"nothing like it"), tar: b"nothing like it".to_vec(), ..Made::gzip(&[]) };
    assert!(problem(no_tar).contains("its tar cannot be read"));
    let broken = Made { bytes: [&gzip(b"")[..], b"behind"].concat(), tar: Vec::new(), ..Made::gzip(&[]) };
    assert!(problem(broken).contains("it cannot be unpacked"));
    let other = Made { tar: b"another".to_vec(), ..Made::gzip(&[("etc/passwd", NEW), ("etc/group", NEW)]) };
    assert!(problem(other).contains("`diff_ids`"));
}

#[test]
fn a_layer_without_packing_and_one_of_several_gzip_members() {
    let tar = testing::tar(&[("etc/passwd", NEW)]);
    let plain = Made { media_type: Compression::None.media_type().to_owned(), bytes: tar.clone(), tar };
    let tar = testing::tar(&[("etc/group", NEW)]);
    let (start, end) = tar.split_at(600);
    let members = Made { bytes: [gzip(start), gzip(end)].concat(), ..Made::gzip(&[("etc/group", NEW)]) };
    let files = files(&[plain, members]).expect("files");
    assert_eq!((files.passwd.as_deref(), files.group.as_deref()), (Some(&b"new"[..]), Some(&b"new"[..])));
}

#[test]
fn a_link_that_says_a_size_has_no_content() {
    let mut tar = testing::tar(&[("a", Item::Link("b")), ("etc/group", NEW)]);
    let mut header = tar::Header::from_byte_slice(&tar[..512]).clone();
    header.set_size(1024);
    header.set_cksum();
    tar[..512].copy_from_slice(header.as_bytes());
    let layer = Made { bytes: gzip(&tar), tar, ..Made::gzip(&[]) };
    assert_eq!(files(&[layer]).expect("files").group.as_deref(), Some(&b"new"[..]));
}

#[test]
fn an_image_without_files_of_users_has_none() {
    assert_eq!(files(&[]).expect("files"), AccountFiles::default());
    assert_eq!(files(&system()[1..]).expect("files"), AccountFiles::default());
}

#[test]
fn a_layer_of_the_image_layout_is_not_read_below_what_is_found() {
    // The lowest layer is damaged, and nothing asks it: the upper one has both files.
    let upper = Made::gzip(&[("etc/passwd", NEW), ("etc/group", NEW)]);
    let lower = Made { tar: b"another".to_vec(), ..Made::gzip(&[]) };
    assert!(files(&[lower, upper]).is_ok());
}
