use super::*;
use crate::inventory::{Content, Kind};
use crate::progress::Quiet;
use crate::read::{Limits, ListRules, list};
use crate::sample;

/// A tree of the sample, examined.
fn examined(tree: &sample::Tree) -> Examined {
    let folder = tempfile::tempdir().expect("a folder");
    sample::write_tree(folder.path(), tree).expect("written");
    let mut sources = Sources::new();
    let inventory = list(folder.path(), &mut sources, &Limits::default(), &ListRules::plain()).expect("listed");
    examine(Tree::of_inventory(&inventory), &sources, Given::default(), &Quiet)
}

#[test]
fn the_sample_is_read_for_what_checks_ask() {
    let found = examined(&sample::fresh());
    assert_eq!(found.unreadable, BTreeMap::new());
    assert!(found.sound_jars().any(|(path, jar)| path.is_below("wso2/components/plugins") && !jar.is_users));
    assert!(found.texts.contains_key("conf/deployment.toml"));
    assert!(!found.keystores.is_empty());
    let configuration = found.configuration.as_ref().expect("a configuration");
    let rendering = configuration.rendering.as_ref().expect("it starts");
    let stock = configuration.stock.as_ref().expect("it starts without anything of the user's");
    assert_eq!(rendering.files.keys().collect::<Vec<_>>(), stock.files.keys().collect::<Vec<_>>());
}

#[test]
fn what_the_server_renders_counts_before_what_lies_there() {
    let mut tree = sample::fresh();
    sample::put(&mut tree, "conf/carbon.xml", b"stale".to_vec());
    sample::put(&mut tree, "conf/etc/launch.ini", b"as it lies".to_vec());
    let found = examined(&tree);
    assert_ne!(found.text("conf/carbon.xml"), Some(b"stale".as_slice()));
    assert_eq!(found.text("conf/etc/launch.ini"), Some(b"as it lies".as_slice()));
    assert_eq!(found.text("conf/none"), None);
}

#[test]
fn what_cannot_be_read_is_there_with_the_reason() {
    let mut tree = sample::fresh();
    sample::put(&mut tree, "lib/broken.jar", b"no zip".to_vec());
    sample::put(&mut tree, "conf/huge.xml", vec![b'x'; usize::try_from(part::LARGEST).expect("fits") + 1]);
    let found = examined(&tree);
    let why = found.jars.get("lib/broken.jar").and_then(|jar| jar.as_ref().err()).expect("a reason");
    assert!(why.starts_with("is no "), "{why}");
    assert_eq!(found.unreadable.get("conf/huge.xml").map(String::as_str), Some("has more than 8 MiB"));
}

#[test]
fn too_many_texts_are_not_kept() {
    let huge = Node { kind: Kind::File, size: part::LARGEST, crc: None, content: Content::Nothing, is_users: true };
    let nodes = (0..20).map(|number| (EntryPath::known(&format!("conf/{number:02}.xml")), huge.clone()));
    let tree = Tree { nodes: nodes.collect(), ..Tree::default() };
    let (parts, too_much) = part::parts(&tree);
    assert_eq!((parts.len(), too_much.len()), (8, 12));
}

#[test]
fn the_user_is_told_from_the_platform_by_where_things_come_from() {
    let of_fresh = examined(&sample::fresh());
    assert!(of_fresh.jars.values().flatten().filter(|jar| jar.is_users).count() == 0);
    let mut tree = sample::fresh();
    sample::put(&mut tree, "lib/own.jar", sample::plain_zip(&[]));
    let with_own = examined(&tree);
    assert_eq!(with_own.sound_jars().filter(|(_, jar)| jar.is_users).count(), 1);
}

#[test]
fn links_are_followed_inside_of_the_tree_alone() {
    let mut tree = sample::fresh();
    let toml = match tree.remove("conf/deployment.toml") {
        Some(sample::Node::File { bytes, .. }) => bytes,
        other => panic!("{other:?}"),
    };
    sample::put(&mut tree, "shared/deployment.toml", toml);
    sample::put_symlink(&mut tree, "conf/deployment.toml", "../shared/deployment.toml");
    sample::put_symlink(&mut tree, "conf/elsewhere.xml", "/etc/passwd");
    sample::put_symlink(&mut tree, "conf/nowhere.xml", "nothing.xml");
    let found = examined(&tree);
    assert!(found.configuration.is_some());
    let unreadable: Vec<_> = found.unreadable.iter().map(|(path, why)| format!("{path} {why}")).collect();
    assert_eq!(unreadable, ["conf/elsewhere.xml is a link that leads elsewhere"]);
}

#[test]
fn what_was_kept_gives_the_same_as_what_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    sample::write_tree(&folder.path().join("tree"), &sample::fresh()).expect("written");
    let cache = folder.path().join("cache");
    let look = |cache: Option<&Path>| {
        let mut sources = Sources::new();
        let rules = ListRules::plain();
        let mut inventory =
            list(&folder.path().join("tree"), &mut sources, &Limits::default(), &rules).expect("listed");
        let all = |_: &EntryPath, _: &crate::inventory::Entry| crate::read::Want::Checksum;
        let none =
            |_: &EntryPath, _: &crate::inventory::Entry, _: &mut dyn ReadSeek| crate::inventory::Facts::default();
        crate::read::fill(&mut inventory, &sources, &all, &none, &Quiet).expect("read");
        let given = Given { today: Timestamp::FIXED, cache };
        format!("{:?}", examine(Tree::of_inventory(&inventory), &sources, given, &Quiet).jars)
    };
    let plain = look(None);
    assert!(!cache.exists());
    assert_eq!(look(Some(&cache)), plain);
    let kept: Vec<_> = std::fs::read_dir(&cache).expect("a folder").map(|entry| entry.expect("it").path()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(look(Some(&cache)), plain);
    // What is damaged is made anew.
    std::fs::write(&kept[0], b"damaged").expect("written");
    assert_eq!(look(Some(&cache)), plain);
    assert!(std::fs::metadata(&kept[0]).expect("it").len() > 100);
}
