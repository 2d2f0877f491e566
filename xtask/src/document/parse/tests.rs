//! What the server's parser takes and what it does not, each found by running it: cava-toml 0.5.0 and the flattening of
//! config-mapper. With `UPGRADE_CONFIG_CASES`, what the real servers made of whole files.

mod cases;
mod laws;

use super::*;
use crate::document::{Document, StatementKind, Table, Value};

fn root(toml: &str) -> Table {
    parse(toml.as_bytes()).unwrap_or_else(|refusal| panic!("{toml:?}: {refusal}")).root
}

fn value(toml: &str) -> Value {
    root(&format!("x = {toml}\n")).swap_remove("x").unwrap_or_else(|| panic!("{toml} is lost"))
}

fn refusal(toml: &[u8]) -> Refusal {
    match parse(toml) {
        Ok(_) => panic!("{:?} is accepted", String::from_utf8_lossy(toml)),
        Err(refusal) => refusal,
    }
}

/// Texts that are refused, with the line and a part of what is said.
fn assert_refused(cases: &[(&str, usize, &str)]) {
    for (toml, line, says) in cases {
        let refusal = refusal(toml.as_bytes());
        let toml: String = toml.chars().take(100).collect();
        assert_eq!((refusal.line, refusal.server), (*line, Server::Refuses), "{toml:?}: {refusal}");
        assert!(refusal.message.contains(says), "{toml:?}: {refusal}");
    }
}

#[test]
fn a_document_has_its_statements_and_settings_with_their_places() {
    let text = "a = 1 # one\n# two\n[[b]]\r\n  c = { d = 'x', e.f = [1,\n2] }\n\"g h\".i = [{ j = true }]";
    let document = parse(text.as_bytes()).expect("TOML");
    let at = |place: &std::ops::Range<usize>| text.get(place.clone()).expect("a place");
    let settings: Vec<_> = document
        .settings
        .iter()
        .map(|setting| (setting.key.to_string(), at(&setting.place), setting.statement))
        .collect();
    let expected =
        [("a", "1", 0), ("b[1].c.d", "'x'", 2), ("b[1].c.e.f", "[1,\n2]", 2), ("b[1].'g h'.i[1].j", "true", 3)];
    assert_eq!(settings, expected.map(|(key, value, statement)| (key.to_owned(), value, statement)));
    let statements: Vec<_> =
        document.statements.iter().map(|statement| (at(&statement.lines), at(&statement.place))).collect();
    assert_eq!(
        statements,
        [
            ("a = 1 # one\n", "a = 1"),
            ("[[b]]\r\n", "[[b]]"),
            ("  c = { d = 'x', e.f = [1,\n2] }\n", "c = { d = 'x', e.f = [1,\n2] }"),
            ("\"g h\".i = [{ j = true }]", "\"g h\".i = [{ j = true }]"),
        ]
    );
    let StatementKind::Assignment { table, key, value } = &document.statements[3].kind else { panic!("no key") };
    assert_eq!(
        (table.to_string(), key.join("/"), at(value)),
        ("b[1]".to_owned(), "g h/i".to_owned(), "[{ j = true }]")
    );
    assert_eq!(
        document.settings.iter().map(|setting| document.line(setting.place.start)).collect::<Vec<_>>(),
        [1, 4, 4, 6]
    );
}

#[test]
fn tables_are_in_the_order_of_the_file() {
    let root = root("z = 1\n[b.c]\n[a]\ny = 1\nx = 1\n[b.a]\n[[d]]\n[d.e]\nf = 1\n[[d]]\n");
    assert_eq!(root.keys().collect::<Vec<_>>(), ["z", "b", "a", "d"]);
    assert_eq!(root["a"].as_table().expect("a table").keys().collect::<Vec<_>>(), ["y", "x"]);
    assert_eq!(root["b"].as_table().expect("a table").keys().collect::<Vec<_>>(), ["c", "a"]);
    let elements = root["d"].as_array().expect("an array");
    assert_eq!(elements.len(), 2);
    assert_eq!(elements[0].as_table().expect("a table").keys().collect::<Vec<_>>(), ["e"]);
}

#[test]
fn a_header_goes_through_the_last_element_and_a_key_does_not() {
    let document = parse(b"[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 1\n[[a.e]]\n[a.e.f]\ng = 1\n").expect("TOML");
    let keys: Vec<_> = document.settings.iter().map(|setting| setting.key.to_string()).collect();
    assert_eq!(keys, ["a[1].b", "a[2].c.d", "a[2].e[1].f.g"]);
    for setting in &document.settings {
        assert_eq!(document.value(&setting.key), Some(&setting.value));
    }
}

#[test]
fn the_first_fault_of_the_file_is_told_and_a_refusal_wins_over_a_crash() {
    let refusal = refusal(b"[a.b]\n[a]\n'it\"s' = 1\nc = 01\nd = \"\\S\"\n");
    assert_eq!((refusal.line, refusal.column, refusal.server), (4, 6, Server::Refuses));
}

#[test]
fn no_message_holds_a_value() {
    for toml in [
        "password = s3cr3t\n",
        "password = \"s3cr3t\n",
        "password = \"s3cr3t\\S\"\n",
        "password = 's3cr3t' s3cr3t\n",
        "password = [s3cr3t]\n",
        "password = { a = 's3cr3t' 's3cr3t' }\n",
        "password = 's3cr3t'\npassword = 's3cr3t'\n",
        "password = ['s3cr3t', 1]\n",
        "'s3cr3t\n",
        "password = 's3cr3t'\npassword.a = 's3cr3t'\n",
    ] {
        let refusal = refusal(toml.as_bytes());
        assert!(!refusal.to_string().contains("s3cr3t"), "{toml}: {refusal}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    let (open, close) = ("[".repeat(DEEPEST + 1), "]".repeat(DEEPEST + 1));
    let (tables, ends) = ("{a=".repeat(DEEPEST), "}".repeat(DEEPEST));
    let keys: Vec<_> = (0..1000).map(|number| format!("k{number} = 1\n")).collect();
    let long = format!("[{}]\n{}", "n".repeat(1 << 20), keys.concat());
    let parts = |count: usize| vec!["a"; count].join(".");
    let cases: &[(&str, usize, &str)] = &[
        (&" ".repeat(LARGEST + 1), 1, "larger than 8 MiB"),
        (&"#\n".repeat(MOST_LINES + 1), 1, "more than 50000 lines"),
        (&format!("a = {open}{close}"), 1, "nested"),
        (&format!("a = {tables}1{ends}"), 1, "nested"),
        (&format!("[{}]", parts(DEEPEST + 1)), 1, "parts"),
        (&format!("{} = 1", parts(DEEPEST + 1)), 1, "parts"),
        (&long, 257, "far more"),
    ];
    for (toml, line, says) in cases {
        let refusal = refusal(toml.as_bytes());
        // The server has no such limits.
        assert_eq!((refusal.line, refusal.server), (*line, Server::Takes), "{refusal}");
        assert!(refusal.message.contains(says), "{refusal}");
    }
    assert!(parse("#\n".repeat(MOST_LINES).as_bytes()).is_ok());
    assert!(parse("[".repeat(LARGEST).as_bytes()).is_err());
    assert!(parse(format!("{} = 1", parts(DEEPEST)).as_bytes()).is_ok());
}

#[test]
fn bytes_that_are_no_utf8_become_replacement_characters() {
    let document = parse(b"# \xE4\na = \"\xE4\" # \xFF\n").expect("the server takes it");
    assert_eq!(document.text, "# \u{fffd}\na = \"\u{fffd}\" # \u{fffd}\n");
    assert_eq!(document.root["a"], Value::from("\u{fffd}"));
    assert_eq!(document.text.get(document.settings[0].place.clone()), Some("\"\u{fffd}\""));
}

#[test]
fn an_empty_file_has_nothing() {
    for toml in ["", "\n", "# x", "\r\n\t \r\n#"] {
        let Document { text, statements, settings, root, .. } = parse(toml.as_bytes()).expect("nothing is wrong");
        assert_eq!((text.as_str(), statements, settings, root), (toml, Vec::new(), Vec::new(), Table::new()));
    }
}
