use super::*;
use crate::document::parse::{Server, parse};
use proptest::prelude::*;

fn mended(toml: &str) -> Repaired {
    read(toml.as_bytes()).unwrap_or_else(|refusal| panic!("{toml:?}: {refusal}"))
}

/// The text, what it becomes, and the lines of the original that something is said of.
fn assert_mended(cases: &[(&str, &str, &[usize])]) {
    for (toml, expected, lines) in cases {
        assert!(parse(toml.as_bytes()).is_err(), "{toml:?} needs no mending");
        let repaired = mended(toml);
        assert_eq!(&repaired.document.text, expected, "{toml:?}");
        let found: Vec<_> = repaired.repairs.iter().map(|repair| repair.line).collect();
        assert_eq!(found, *lines, "{:?}", repaired.repairs);
        assert_eq!(mended(expected).repairs, [], "{expected:?} is not stable");
    }
}

#[test]
fn what_is_right_is_not_touched() {
    for toml in ["", "a = 1", "# c\r\n[a.b]\r\n\r\n\r\n[a.c]\r\nd = 1\r\n", "[[a]]\n[[a]]\n", "a = \"\\u00e4\"\n"] {
        let repaired = mended(toml);
        assert_eq!((repaired.document.text.as_str(), repaired.repairs.as_slice()), (toml, &[][..]));
    }
}

#[test]
fn a_byte_order_mark_is_left_out() {
    assert_mended(&[
        ("\u{feff}a = 1\r\n", "a = 1\r\n", &[1]),
        ("\u{feff}[a]\nb = 1\n[a]\nc = 1\n", "[a]\nb = 1\nc = 1\n", &[1, 3]),
    ]);
}

#[test]
fn two_blocks_of_one_table_are_read_as_one() {
    assert_mended(&[
        (
            "# top\n[transport.jms]\na = 1 # x\n\n# http\n[http]\nx = 1\n\n# lead\n[transport.jms] # two\n# about b\nb = 2\n\n# end\n\n[last]\ny = 1",
            "# top\n[transport.jms]\na = 1 # x\n# lead\n# two\n# about b\nb = 2\n\n# http\n[http]\nx = 1\n\n# end\n\n[last]\ny = 1",
            &[10],
        ),
        ("[a]\r\nb = 1\r\n[c]\r\n[a]\r\nd = 1", "[a]\r\nb = 1\r\nd = 1\r\n[c]\r\n", &[4]),
        ("[a]\n[a]\n[a]\nb = 1\n", "[a]\nb = 1\n", &[2, 3]),
        ("[a]\nb = 1\n['a']\nb = 1 # again\n", "[a]\nb = 1\n# b = 1 # again\n", &[3, 4]),
        ("[[a]]\n[a.b]\nc = 1\n[a.b]\nd = 1\n[[a]]\n[a.b]\n", "[[a]]\n[a.b]\nc = 1\nd = 1\n[[a]]\n[a.b]\n", &[4]),
        ("[a]\n[a.b]\nx = 1\n\n[a]\nc = 1\n", "[a]\nc = 1\n[a.b]\nx = 1\n\n", &[5]),
    ]);
}

#[test]
fn a_key_that_says_the_same_again_becomes_a_comment() {
    assert_mended(&[
        ("a = 1\n# why\na = 0x1 # again\n", "a = 1\n# why\n# a = 0x1 # again\n", &[3]),
        ("a = [ # b\n1 ]\na = [ # c\n 1 ]\nd = 1\n", "a = [ # b\n1 ]\n# a = [ # c\n#  1 ]\nd = 1\n", &[3]),
        ("[[a]]\nb = 1\n[[a]]\nb = 1\nb = 1\n", "[[a]]\nb = 1\n[[a]]\nb = 1\n# b = 1\n", &[5]),
    ]);
}

#[test]
fn a_parent_moves_before_its_children() {
    assert_mended(&[
        (
            "# one\n[a.b]\nx = 1\n\n# the parent\n[a]\ny = 1",
            "# the parent\n[a]\ny = 1\n\n# one\n[a.b]\nx = 1\n\n",
            &[6],
        ),
        ("[[a.b]]\nx = 1\n[[a.b]]\n[a]\ny = 1\n\n[z]\n", "[a]\ny = 1\n\n[[a.b]]\nx = 1\n[[a.b]]\n\n[z]\n", &[4]),
        ("[a.b.c]\n[a.b]\n[a]\n", "[a]\n\n[a.b]\n\n[a.b.c]\n", &[2, 3]),
        ("[[a]]\n[a.b.c]\n[a.b]\nx = 1\n", "[[a]]\n[a.b]\nx = 1\n\n[a.b.c]\n", &[3]),
    ]);
}

#[test]
fn a_key_that_opens_a_table_moves_under_its_header() {
    assert_mended(&[
        ("[a]\n# about\n  b . c=1 # e\nd=2\n[a.b]\ne=3\n", "[a]\nd=2\n[a.b]\ne=3\n# about\n  c=1 # e\n", &[3]),
        ("a.b = 1\r\n[a]\r\nc = 1\r\n", "[a]\r\nc = 1\r\nb = 1\r\n", &[1]),
        ("a.b.c = 1\n[a.b]\nx = 1\n[a]\ny = 2", "[a]\ny = 2\n\n[a.b]\nx = 1\nc = 1\n", &[1, 4]),
        (
            "[a.b]\nx = 1\n[a]\n'b'.c = 1\nb.d.\"e\" = 2\n[a.b.d]\nf = 1",
            "[a]\n\n[a.b]\nx = 1\nc = 1\n[a.b.d]\nf = 1\n\"e\" = 2\n",
            &[3, 4, 5],
        ),
    ]);
}

#[test]
fn what_is_not_plain_is_refused_with_both_lines() {
    for (toml, line, says) in [
        ("[a]\nb = 's3cr3t'\n\n[a]\nb = 'other'\n", 5, "`a.b` is set a second time, to another value; first on line 2"),
        ("a = 1\n  a = 1.0\n", 2, "first on line 1"),
        ("a = 1\r[b]\r", 1, "carriage return"),
        ("a = \"\\S\"\n", 1, "escape"),
        ("a = [1, '2']\n", 1, "different kinds"),
        ("[a]\n[[a]]\n", 2, "since line 1"),
        ("a = 1\n[a]\n", 2, "since line 1"),
        ("a = { x = 1 }\n[a]\ny = 1\n", 2, "first on line 1"),
        ("[a.b]\n\n[a]\nb = 1\n", 4, "since line 1"),
        ("\u{feff}a = 01\n", 1, "more on the line"),
        ("[c]\n\"it's\" = 1\n", 2, "apostrophe"),
    ] {
        let refusal = read(toml.as_bytes()).expect_err(toml);
        assert_eq!(refusal.line, line, "{toml:?}: {refusal}");
        assert!(refusal.message.contains(says) && !refusal.message.contains("s3cr3t"), "{toml:?}: {refusal}");
    }
    let refusal = read(b"[c]\n\"it's\" = 1\n").expect_err("a crash");
    assert_eq!(refusal.server, Server::Crashes);
}

#[test]
fn what_is_said_names_the_lines_and_no_value() {
    let toml = "[a.b]\nc = 's3cr3t'\n[a]\n[a.b]\nc = 's3cr3t'\n";
    let said: Vec<_> = mended(toml).repairs.into_iter().map(|repair| (repair.line, repair.what)).collect();
    assert_eq!(
        said,
        [
            (3, "the server crashes on `[a]` after a table inside of it, on line 1; it is moved before that".to_owned()),
            (4, "the server refuses `[a.b]` a second time, after line 1; both are read as one".to_owned()),
            (
                5,
                "the server refuses `a.b.c` a second time, after line 2; the value is the same, and the line is made a \
                 comment"
                    .to_owned()
            ),
        ]
    );
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "# [a-z]{2}",
        "",
        "\\[[ab](\\.[abc]){0,2}\\]( # [a-z]{2})?",
        "\\[\\[[ab](\\.[abc]){0,1}\\]\\]",
        " {0,2}[abc](\\.[abc]){0,2} = (1|0x1|2|'x'|\\{ c = 1 \\}|\\[1,\n# in\n2\\])( # [a-z]{2})?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_mended_is_taken_and_keeps_every_comment_and_key(
        lines in prop::collection::vec(line(), 0..12),
        crlf in any::<bool>(),
    ) {
        let text = lines.join(if crlf { "\r\n" } else { "\n" });
        let Ok(repaired) = read(text.as_bytes()) else {
            prop_assert!(parse(text.as_bytes()).is_err());
            return Ok(());
        };
        let found = &repaired.document.text;
        prop_assert_eq!(repaired.repairs.is_empty(), *found == text);
        prop_assert_eq!(parse(found.as_bytes()), Ok(repaired.document.clone()));
        prop_assert_eq!(mended(found).repairs, []);
        let mut comments: Vec<&str> = text.lines().filter_map(|line| Some(&line[line.find('#')?..])).collect();
        let mut rest: Vec<&str> = found.lines().collect();
        comments.sort_by_key(|comment| std::cmp::Reverse(comment.len()));
        for comment in comments {
            let at = rest.iter().position(|line| line.ends_with(comment));
            prop_assert!(at.is_some(), "`{}` is lost from {:?}: {:?}", comment, text, found);
            rest.swap_remove(at.unwrap_or_default());
        }
        let values = |text: &str| text.matches(" = ").count();
        prop_assert_eq!(values(found), values(&text));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(prop::sample::select(b"[]{}=.,#\"' \r\nab1\xEF\xBB\xBF\xC3".to_vec()), 0..60)) {
        if let Ok(repaired) = read(&bytes) {
            prop_assert!(parse(repaired.document.text.as_bytes()).is_ok());
        }
    }
}
