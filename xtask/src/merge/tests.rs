//! The laws of the merge, and tables of what it makes of small texts.

use super::*;
use proptest::prelude::*;

/// What the file holds afterwards, where nothing clashes.
fn clean(base: &str, ours: &str, theirs: &str) -> Option<String> {
    match merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes()) {
        Merged::Unchanged => Some(ours.to_owned()),
        Merged::Clean(bytes) => Some(String::from_utf8(bytes).expect("text")),
        Merged::Clash { .. } => None,
    }
}

#[test]
fn changes_in_different_places_both_go_in() {
    for (base, ours, theirs, expected) in [
        ("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", Some("A\nb\nC\n")),
        ("a\nb\nc\n", "a\nx\nb\nc\n", "a\nb\n", Some("a\nx\nb\n")),
        ("a\nb\nc\n", "a\nb\n", "x\na\nb\nc\n", Some("x\na\nb\n")),
        // The same change on both sides is one change.
        ("a\nb\nc\nd\n", "a\nB\nc\nd\n", "a\nB\nc\nD\n", Some("a\nB\nc\nD\n")),
        ("", "a\n", "a\n", Some("a\n")),
        ("a\nb\n", "", "", Some("")),
        // Changes that touch clash: one may depend on the other.
        ("a\nb\n", "A\nb\n", "a\nB\n", None),
        ("a\nb\n", "a\nx\nb\n", "a\ny\nb\n", None),
        ("a\nb\nc\n", "a\nc\n", "a\nB\nc\n", None),
        ("", "a\n", "b\n", None),
    ] {
        assert_eq!(clean(base, ours, theirs).as_deref(), expected, "{base:?} {ours:?} {theirs:?}");
    }
}

#[test]
fn line_ends_are_ours() {
    let base = "a\nb\nc\nd\n";
    for (ours, theirs, expected) in [
        // Only the line ends differ: nothing of theirs is new, or all that is new takes ours' ends.
        ("a\r\nb\r\nc\r\nd\r\n", "a\nb\nc\nx\ny\n", "a\r\nb\r\nc\r\nx\r\ny\r\n"),
        ("a\nB\nc\nd\n", "a\r\nb\r\nc\r\nD\r\n", "a\nB\nc\nD\n"),
        ("a\r\nB\r\nc\r\nd\r\n", "a\nb\nc\nd\ne", "a\r\nB\r\nc\r\nd\r\ne"),
        // A line that was the last without a line end gets one where more follows.
        ("a\nB\nc\nd", "a\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\n"),
        ("A\nb\nc\nd", "a\nb\nc\nd\n", "A\nb\nc\nd"),
    ] {
        assert_eq!(clean(base, ours, theirs).as_deref(), Some(expected), "{ours:?} {theirs:?}");
    }
    assert_eq!(merge(b"a\n", b"a\r\n", b"a"), Merged::Unchanged);
}

#[test]
fn a_clash_names_its_lines_and_offers_both_outcomes() {
    let merged = merge(b"a\nb\nc\nd\n", b"0\na\nB\nc\nd\n", b"a\nX\nY\nc\nD\n");
    let Merged::Clash { regions, ours_wins, theirs_wins } = merged else { panic!("{merged:?}") };
    assert_eq!(ours_wins, b"0\na\nB\nc\nD\n");
    assert_eq!(theirs_wins, b"0\na\nX\nY\nc\nD\n");
    let strings = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let expected = Clash {
        base_line: 2,
        ours_line: 3,
        theirs_line: 2,
        base: strings(&["b"]),
        ours: strings(&["B"]),
        theirs: strings(&["X", "Y"]),
    };
    assert_eq!(regions, [expected]);
}

#[test]
fn bytes_that_are_no_utf_8_survive() {
    let merged = merge(b"a\n\xE4\nc\nd\n", b"\xFF\n\xE4\nc\nd\n", b"a\n\xE4\nc\n\xFE\n");
    assert_eq!(merged, Merged::Clean(b"\xFF\n\xE4\nc\n\xFE\n".to_vec()));
}

#[test]
fn a_difference_shows_its_lines_but_no_secret() {
    assert_eq!(difference(b"a\r\nb\n", b"a\nb"), Vec::<String>::new());
    let shown = difference(b"a\nb\nc\n", b"a\npassword=x\nc\nd");
    assert_eq!(shown, ["- 2: b", "+ 2: (not shown: it may hold a secret)", "+ 4: d"]);
    let long = format!("{}password", "x".repeat(200));
    assert_eq!(difference(b"", long.as_bytes()), ["+ 1: (not shown: it may hold a secret)"]);
    let many = (0..100).map(|number| format!("{number}{}\n", "x".repeat(500))).collect::<Vec<_>>().concat();
    let shown = difference(b"", many.as_bytes());
    assert_eq!(shown.len(), 40);
    assert_eq!(shown.last().map(String::as_str), Some("... and 61 more lines"));
    assert!(shown.iter().all(|line| line.chars().count() <= 170));
}

#[test]
fn a_secret_on_the_next_line_is_not_shown_either() {
    for text in [
        "<Password>\nhunter2\n</Password>",
        "db.password=\\\n  hunter2",
        "password = \"\"\"\nhunter2\"\"\"",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBhunter2\n",
    ] {
        let shown = format!("{:?} {:?}", difference(b"", text.as_bytes()), only_in(text.as_bytes(), b"", b""));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let path = "repository/resources/security/listener/profiles.xml";
    assert_eq!(difference(b"", path.as_bytes()), [format!("+ 1: {path}")]);
}

#[test]
fn lines_that_nobody_shipped_are_told_with_their_numbers() {
    let found = only_in(b"a\nmine\r\nb\nupdate\ntoken=1\n", b"a\nb\n", b"a\r\nupdate\n");
    assert_eq!(found, [(2, "mine".to_owned()), (5, "(not shown: it may hold a secret)".to_owned())]);
}

#[test]
fn large_texts_are_compared_in_bounded_time() {
    let text =
        |from: u32| (from..from + 60_000).map(|number| format!("{number}\n")).collect::<Vec<_>>().concat().into_bytes();
    let merged = merge(&text(0), &text(100_000), &text(200_000));
    assert!(matches!(merged, Merged::Clash { ref regions, .. } if regions.len() == 1));
}

/// Texts of few different lines, so that they have much in common, with all kinds of line ends.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::sample::select(vec!["a", "b", "c", "", "\u{e4}"]);
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n"]);
    (prop::collection::vec((line, end), 0..12), any::<bool>()).prop_map(|(lines, cut)| {
        let mut text = lines.into_iter().flat_map(|(line, end)| [line, end]).collect::<String>();
        if cut && text.ends_with('\n') {
            text.pop();
        }
        text.into_bytes()
    })
}

/// The lines without their ends.
fn content(text: &[u8]) -> Vec<Vec<u8>> {
    lines(text).into_iter().map(|line| line.text.to_vec()).collect()
}

fn outcome(merged: Merged, ours: &[u8]) -> Option<Vec<u8>> {
    match merged {
        Merged::Unchanged => Some(ours.to_vec()),
        Merged::Clean(bytes) => Some(bytes),
        Merged::Clash { .. } => None,
    }
}

proptest! {
    #[test]
    fn one_side_alone_is_the_result(base in text(), x in text()) {
        prop_assert_eq!(outcome(merge(&base, &base, &x), &base), Some(x.clone()));
        prop_assert_eq!(outcome(merge(&base, &x, &base), &x), Some(x.clone()));
        prop_assert_eq!(outcome(merge(&base, &x, &x), &x), Some(x));
    }

    #[test]
    fn the_sides_may_be_exchanged(base in text(), ours in text(), theirs in text()) {
        match (merge(&base, &ours, &theirs), merge(&base, &theirs, &ours)) {
            (
                Merged::Clash { regions: a, ours_wins, theirs_wins },
                Merged::Clash { regions: b, ours_wins: other_ours, theirs_wins: other_theirs },
            ) => {
                prop_assert_eq!(a.len(), b.len());
                prop_assert_eq!(content(&ours_wins), content(&other_theirs));
                prop_assert_eq!(content(&theirs_wins), content(&other_ours));
            }
            (a, b) => {
                let (a, b) = (outcome(a, &ours), outcome(b, &theirs));
                prop_assert_eq!(a.map(|text| content(&text)), b.map(|text| content(&text)));
            }
        }
    }

    #[test]
    fn hunks_lead_from_one_text_to_the_other(from in text(), to in text()) {
        let (from, to) = (lines(&from), lines(&to));
        let mut made = Vec::new();
        let mut at = 0;
        for hunk in hunks(&from, &to) {
            made.extend(from[at..hunk.old.start].iter().map(|line| line.text));
            made.extend(to[hunk.new.clone()].iter().map(|line| line.text));
            at = hunk.old.end;
        }
        made.extend(from[at..].iter().map(|line| line.text));
        prop_assert_eq!(made, to.iter().map(|line| line.text).collect::<Vec<_>>());
    }

    #[test]
    fn a_change_far_from_the_others_is_kept(base in prop::collection::vec("[a-c]{1,2}", 8..20), first in "[x-z]{1,3}", last in "[x-z]{1,3}") {
        let join = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
        let (mut ours, mut theirs) = (base.clone(), base.clone());
        ours[0] = first.clone();
        *theirs.last_mut().expect("lines") = last.clone();
        let merged = clean(&join(&base), &join(&ours), &join(&theirs)).expect("no clash");
        prop_assert_eq!(merged.lines().next(), Some(first.as_str()));
        prop_assert_eq!(merged.lines().last(), Some(last.as_str()));
        prop_assert_eq!(merged.lines().count(), base.len());
    }
}
