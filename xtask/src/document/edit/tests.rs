mod arrays;
mod forms;
mod laws;
mod places;
mod removals;

use super::*;

/// A key as a test writes it: `a.'b.c'[0].d`, `a[id=X].b`.
pub(super) fn key(text: &str) -> Key {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((inside, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            steps.push(match inside.split_once('=') {
                Some((by, is)) => Step::Element { by: by.to_owned(), is: is.to_owned() },
                None => Step::Nth(inside.parse().expect("a number")),
            });
            rest = after;
        } else if let Some((name, after)) = rest.strip_prefix('\'').and_then(|rest| rest.split_once('\'')) {
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            steps.push(Step::Name(rest[..end].to_owned()));
            rest = &rest[end..];
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
    }
    Key::from(steps)
}

pub(super) fn set(name: &str, value: impl Into<Value>) -> Edit {
    Edit::Set { key: key(name), value: value.into() }
}

/// A setting with the value that a text of TOML has.
pub(super) fn put(name: &str, written: &str) -> Edit {
    let made = parse(format!("v = {written}").as_bytes()).expect("a value");
    Edit::Set { key: key(name), value: made.root["v"].clone() }
}

pub(super) fn unset(name: &str) -> Edit {
    Edit::Unset { key: key(name) }
}

pub(super) fn rename(from: &str, to: &str) -> Edit {
    Edit::Rename { from: key(from), to: key(to) }
}

pub(super) fn comment_out(name: &str) -> Edit {
    Edit::CommentOut { key: key(name), because: "dead".to_owned() }
}

pub(super) fn document(text: &str) -> Document {
    parse(text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"))
}

/// What becomes of a text.
pub(super) fn edited(text: &str, edits: &[Edit], like: Option<&str>) -> String {
    let like = like.map(document);
    let made = apply(&document(text), edits, like.as_ref()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(made.statements, document(&made.text).statements, "the document is that of its text");
    made.text
}

/// Each row: a text, edits, and the text that they lead to.
pub(super) fn check(rows: &[(&str, &[Edit], &str)]) {
    for (before, edits, after) in rows {
        let made = edited(before, edits, None);
        assert_eq!(
            made, *after,
            "\n--- before\n{before}\n--- edits {edits:?}\n--- made\n{made}\n--- wanted\n{after}\n"
        );
        // The same file with the line ends of the other system.
        if !before.contains("\r\n") && before.contains('\n') {
            let made = edited(&before.replace('\n', "\r\n"), edits, None);
            assert_eq!(made, after.replace('\n', "\r\n"), "with CRLF: {edits:?}");
        }
    }
}

#[test]
fn what_cannot_be_written_is_an_error_that_names_the_edit() {
    let before = document("a = 1\n[b]\nc = [1]\n[[d]]\nid = \"x\"\n");
    for (edit, message) in [
        (set("a.b", 1), NO_TABLE),
        (set("a[0]", 1), NO_TABLE),
        (set("b.c[3]", 1), NO_ELEMENT),
        (set("d[3].x", 1), NO_ELEMENT),
        (set("d.x", 1), NO_TABLE),
        (set("b.c[0].x", 1), NO_TABLE),
        (Edit::Set { key: Key::dotted("b").then("it's"), value: 1.into() }, NO_KEY),
        (Edit::Set { key: Key::dotted("b").then("a\"b"), value: 1.into() }, NO_KEY),
        (Edit::Set { key: Key::dotted("b").then("a\nb"), value: 1.into() }, NO_KEY),
        (Edit::Set { key: Key::dotted("b").then(""), value: 1.into() }, NO_KEY),
        (Edit::Set { key: Key::default(), value: 1.into() }, NO_KEY),
        (put("b.c", "1").with(Value::Date("no date".to_owned())), NOT_READ),
        (rename("b", "b.c"), INTO_ITSELF),
    ] {
        let edits = [set("e", 5), edit.clone()];
        let error = apply(&before, &edits, None).expect_err("an error");
        assert_eq!((error.number, error.message.as_str()), (1, message), "{edit:?}");
    }
}

impl Edit {
    fn with(self, value: Value) -> Self {
        match self {
            Self::Set { key, .. } => Self::Set { key, value },
            edit => edit,
        }
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

#[test]
fn without_edits_a_text_is_as_it_was() {
    for text in ["", "\n", "# a", "a=1", "a=1\r\nb=2\n\n\n# end", "\t[ a . b ] # x\n  c.d = [ # y\n 1 ]"] {
        assert_eq!(edited(text, &[], None), text);
        let absent = [unset("x.y"), rename("x", "z"), comment_out("x")];
        assert_eq!(edited(text, &absent, None), text);
    }
}

#[test]
fn a_thousand_edits_of_a_large_file_are_made() {
    let table = |table: usize| {
        let lines: Vec<String> = (0..8).map(|line| format!("setting_{line} = 'value'\n")).collect();
        format!("# c{table}\n[[datasource]]\nid = 'd{table}'\n{}\n", lines.concat())
    };
    let text = (0..400).map(table).collect::<Vec<_>>().concat();
    assert!(text.len() > 64 << 10, "{} bytes", text.len());
    let edits = (0..250).flat_map(|number| {
        let element = |name: &str| format!("datasource[id=d{}].{name}", number % 40);
        [
            set(&element("setting_3"), number),
            set(&element(&format!("new_{number}")), number),
            set(&format!("table_{number}.sub.new"), number),
            unset(&element("setting_5")),
        ]
    });
    let after = document(&edited(&text, &edits.collect::<Vec<_>>(), None));
    for number in 0..250 {
        let added = key(&format!("datasource[id=d{}].new_{number}", number % 40));
        assert_eq!(after.value(&added), Some(&number.into()));
        assert_eq!(after.value(&key(&format!("table_{number}.sub.new"))), Some(&number.into()));
        assert_eq!(after.value(&key(&format!("datasource[id=d{}].setting_5", number % 40))), None);
    }
    assert_eq!(after.text.matches("# c").count(), 400);
    assert_eq!(after.text.matches("setting_5").count(), 360);
}

/// Runs where the two distributions, unpacked or at least their texts, lie below `UPGRADE_RELEASE_FILES`.
#[test]
fn a_real_file_changes_only_in_the_edited_lines() {
    let Some(folder) = std::env::var_os("UPGRADE_RELEASE_FILES").map(std::path::PathBuf::from) else {
        crate::tests::skipped("UPGRADE_RELEASE_FILES does not name a folder with 1.2.0/ and 4.0.0/");
        return;
    };
    let read = |release| std::fs::read_to_string(folder.join(release).join("conf/deployment.toml")).expect("a file");
    let (old, like) = (read("1.2.0"), read("4.0.0"));
    let edits = [
        rename("keystore.tls", "keystore.primary"),
        set("truststore.file_name", "repository/resources/security/client-truststore.jks"),
        set("server.offset", 5),
        set("transport.http.socket_timeout", 90),
        unset("truststore.alias"),
    ];
    let made = edited(&old, &edits, Some(&like));
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), made.lines().collect());
    let kept = old.iter().filter(|line| new.contains(line)).count();
    assert_eq!(old.len() - kept, 3, "{made}");
    assert_eq!(new.len() - old.len(), 3, "{made}");
    for line in ["[keystore.primary]", "offset = 5", "[transport.http]", "socket_timeout = 90"] {
        assert!(new.contains(&line), "{line}\n{made}");
    }
    assert_eq!(edited(&made, &edits, Some(&like)), made, "once more");
}

#[test]
fn the_edit_that_makes_too_much_of_a_text_is_named() {
    let long = Value::String("x".repeat(3 << 20));
    let edits: Vec<Edit> = (0..200)
        .map(|number| set(&format!("a.k{number}"), if number % 50 == 49 { long.clone() } else { Value::Integer(1) }))
        .collect();
    let error = apply(&document("[a]\n"), &edits, None).expect_err("too large");
    assert_eq!((error.number, error.message.as_str()), (149, TOO_MUCH));
}
