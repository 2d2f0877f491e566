use super::*;
use crate::inventory::{Content, Entry, Mode};
use crate::plan::Input;

fn file(path: &str, mode: Mode, bytes: &[u8]) -> (EntryPath, Planned) {
    let path = EntryPath::known(path);
    let planned = Planned::from_entry(&Entry::memory(mode, bytes), Input::Fresh, &path);
    (path, planned)
}

fn link(path: &str, target: &str) -> (EntryPath, Planned) {
    let path = EntryPath::known(path);
    let entry = Entry::of(Kind::Symlink(target.to_owned()), 0o777, Content::Nothing);
    let planned = Planned::from_entry(&entry, Input::Fresh, &path);
    (path, planned)
}

fn shipped() -> Tree {
    [
        file("bin/start.sh", 0o755, b"start"),
        file("conf/a.xml", 0o644, b"a"),
        file("conf/deployment.toml", 0o644, b"fresh"),
        file("gone/deep/one", 0o644, b"1"),
        file("gone/deep/two", 0o644, b"2"),
        file("lib/old.jar", 0o644, b"old"),
        file("lib/other", 0o644, b"file"),
    ]
    .into()
}

fn upgraded() -> Tree {
    [
        file("bin/start.sh", 0o755, b"start"),
        file("conf/a.xml", 0o644, b"a"),
        file("conf/deployment.toml", 0o640, b"merged"),
        file("conf/own/b.xml", 0o644, b"b"),
        file("lib/new.jar", 0o644, b"new"),
        link("lib/other", "new.jar"),
    ]
    .into()
}

fn lines(placement: &Placement) -> Vec<String> {
    let line = |placed: &Placed| {
        let layers: String = placed
            .layers
            .iter()
            .map(|layer| match layer {
                LayerName::Distribution => 'd',
                LayerName::User => 'u',
                LayerName::Configuration => 'c',
                LayerName::Container => 'x',
            })
            .collect();
        format!("{} {}{layers}", placed.path, if placed.whole { "w" } else { "-" })
    };
    placement.entries.iter().map(line).collect()
}

#[test]
fn each_entry_goes_where_it_belongs() {
    let (tree, distribution) = (upgraded(), shipped());
    let placement = place(&tree, Some(&distribution), "top").expect("one tree");
    assert_eq!(
        lines(&placement),
        [
            "top wduc",
            "top/bin wd",
            "top/bin/start.sh wd",
            "top/conf wdc",
            "top/conf/a.xml wd",
            "top/conf/deployment.toml -d",
            "top/conf/deployment.toml wc",
            "top/conf/own wc",
            "top/conf/own/b.xml wc",
            "top/gone -d",
            "top/gone/deep -d",
            "top/gone/deep/one -d",
            "top/gone/deep/two -d",
            "top/lib wdu",
            "top/lib/new.jar wu",
            "top/lib/old.jar -d",
            "top/lib/other -d",
            "top/lib/other wu",
        ]
    );
    assert_eq!(placement.removed, ["gone", "lib/old.jar", "lib/other"].map(EntryPath::known));
}

#[test]
fn without_a_distribution_there_are_no_layers() {
    let tree = upgraded();
    let placement = place(&tree, None, "top").expect("one tree");
    assert!(placement.entries.iter().all(|placed| placed.whole && placed.layers.is_empty()));
    assert_eq!(placement.entries.len(), 11);
    assert!(placement.entries.is_sorted_by_key(|placed| &placed.path));
    assert!(placement.removed.is_empty());
}

#[test]
fn the_layer_of_the_distribution_depends_on_nothing_of_the_users() {
    let distribution = shipped();
    let layer = |tree: &Tree| {
        let placement = place(tree, Some(&distribution), "top").expect("one tree");
        let of_layer = placement.entries.iter().filter(|placed| placed.layers.contains(&LayerName::Distribution));
        of_layer.map(|placed| (placed.path.clone(), placed.planned.cloned())).collect::<Vec<_>>()
    };
    assert_eq!(layer(&upgraded()), layer(&shipped()));
    assert_eq!(layer(&upgraded()), layer(&Tree::new()));
}

#[test]
fn a_file_that_would_hold_others_is_an_error() {
    let tree: Tree = [file("a", 0o644, b""), file("a/b", 0o644, b"")].into();
    let problem = place(&tree, None, "top").expect_err("no tree");
    assert!(problem.contains("`a` cannot be a folder"), "{problem}");
    assert!(place(&Tree::new(), None, "top/deep").is_err());
}

#[test]
fn a_name_that_takes_something_away_cannot_be_in_an_image() {
    let tree: Tree = [file("lib/.wh.old.jar", 0o644, b"")].into();
    let problem = place(&tree, Some(&Tree::new()), "top").expect_err("no image");
    assert!(problem.contains("`lib/.wh.old.jar` cannot be in an image"), "{problem}");
    assert!(place(&tree, None, "top").is_ok(), "an archive holds it");
}
