//! The single rules, each with what is taken and what is not.

use super::*;

#[test]
fn lines() {
    for toml in [
        "a = 1\r\nb = 2\r\n",
        "a = 1",
        "\t[ a . b ] # c\n \"c\" . 'd'\t=\t1 # e\n",
        "a=1#b",
        "# \u{1} \u{7f} is a comment\n",
        // A carriage return does not end a comment.
        "# a\rb = ]\nc = 1\n",
        "1 = 1\n-_ = 2\n'' = 3\n",
    ] {
        assert!(parse(toml.as_bytes()).is_ok(), "{toml:?}");
    }
    assert_refused(&[
        ("a = 1\rb = 2\r", 1, "carriage return"),
        ("\u{feff}a = 1", 1, "byte order mark"),
        ("a = 1\n\u{feff}b = 1", 2, "byte order mark"),
        ("a = 1\0", 1, "more on the line"),
        ("a = 1 b = 2", 1, "more on the line"),
        ("[a] b = 1", 1, "more on the line"),
        ("a\n", 1, "followed by `=`"),
        ("a =\n1", 1, "a value is"),
        ("a = ", 1, "ends too early"),
        ("= 1", 1, "a line is"),
        ("a. = 1", 1, "a key is missing"),
        ("a..b = 1", 1, "a key is missing"),
        ("\u{e4} = 1", 1, "a line is"),
        ("\n\na\u{e4} = 1", 3, "need quotes"),
        ("$a = 1", 1, "a line is"),
        ("a b = 1", 1, "followed by `=`"),
        ("\"\"\"a\"\"\" = 1", 1, "followed by `=`"),
        ("a = \u{201c}b\u{201d}", 1, "typographic"),
        ("a\u{a0}= 1", 1, "blank"),
        ("[]", 1, "without a name"),
        ("[[]]", 1, "without a name"),
        ("[a", 1, "ends too early"),
        ("[a]]", 1, "ends with `]`"),
        ("[[a]", 1, "ends with `]]`"),
        ("[ [a]]", 1, "a key is missing"),
        ("[a.]", 1, "a key is missing"),
    ]);
}

#[test]
fn strings() {
    for (toml, expected) in [
        (r#""a\"\\\b\f\n\r\t\u00e9\U0001F600""#, "a\"\\\u{8}\u{c}\n\r\t\u{e9}\u{1f600}"),
        // Halves of a character, as Java writes them.
        (r#""\uD83D\uDE00""#, "\u{1f600}"),
        (r#""\uD83Dx\uDE00""#, "?x?"),
        ("'\\S\t\u{e9}'", "\\S\t\u{e9}"),
        ("\"\"", ""),
        ("''", ""),
        ("\"\"\"\"\"\"", ""),
        ("\"\"\"\r\na\r\nb\"\"\"", "a\nb"),
        ("'''\na'b''\r\nc'''", "a'b''\nc"),
        ("\"\"\"a\"b\"\"c\"\"\"", "a\"b\"\"c"),
        ("\"\"\"\"a\"\"\"", "\"a"),
        // The line end and the blanks after it stay.
        ("\"\"\"a\\\n   b\"\"\"", "a\n   b"),
        ("\"\"\"a\\ \t\r\n b\"\"\"", "a\n b"),
        ("'''\t\\'''", "\t\\"),
    ] {
        assert_eq!(value(toml), Value::from(expected), "{toml:?}");
    }
    assert_refused(&[
        (r#"a = "\S""#, 1, "starts no escape"),
        (r#"a = "\e""#, 1, "starts no escape"),
        (r#"a = "\x41""#, 1, "starts no escape"),
        (r#"a = "\u12""#, 1, "hexadecimal"),
        (r#"a = "\U00110000""#, 1, "hexadecimal"),
        ("a = \"a\tb\"", 1, "a tab"),
        ("a = \"\"\"a\tb\"\"\"", 1, "a tab"),
        ("a = \"\u{1}\"", 1, "control character"),
        ("a = '\u{7f}'", 1, "control character"),
        ("a = '''\r'''", 1, "control character"),
        ("a = \"b\nc\"", 1, "the line ends"),
        ("a = 'b\r\n", 1, "the line ends"),
        ("a = \"b\\\nc\"", 1, "backslash at the end"),
        ("a = '", 1, "not closed"),
        ("\na = \"\"\"b\n\n", 2, "not closed"),
        // Three quotes end it, wherever they stand.
        ("a = \"\"\"b\"\"\"\"", 1, "more on the line"),
        ("a = '''b''''", 1, "more on the line"),
    ]);
}

#[test]
fn numbers_and_truth() {
    for (toml, expected) in [
        ("0", 0),
        ("-0", 0),
        ("+1_000", 1000),
        ("0xFf_0", 0xff0),
        ("0o17", 15),
        ("0b1_0", 2),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(value(toml), Value::Integer(expected), "{toml}");
    }
    for (toml, expected) in [
        ("1.50", 1.5),
        ("-1e10", -1e10),
        ("1E+5", 1e5),
        ("0e9", 0.0),
        ("1_0.0_1e-1_0", 10.01e-10),
        ("-inf", f64::NEG_INFINITY),
    ] {
        assert_eq!(value(toml), Value::Float(expected), "{toml}");
    }
    assert!(matches!(value("-nan"), Value::Float(number) if number.is_nan()));
    assert_eq!(value("true"), Value::Boolean(true));
    for toml in [
        "01", "-01", "1__0", "1_", "_1", "0xg", "0X1", "0b2", "+0x1", "1.", ".5", "1.e5", "1e05", "1e", "00.5", "True",
        "truex", "yes", "+", "1,5", "1-2", "Infinity",
    ] {
        let refusal = refusal(format!("a = 1\nb = {toml}\n").as_bytes());
        assert_eq!((refusal.line, refusal.server), (2, Server::Refuses), "{toml}: {refusal}");
    }
    assert_refused(&[
        ("a = 9223372036854775808", 1, "64 bits"),
        ("a = 1e400", 1, "too large"),
        ("a = 1e-400", 1, "near to 0"),
    ]);
}

#[test]
fn dates_and_times() {
    for toml in [
        "1979-05-27",
        "2000-02-29",
        "07:32:00",
        "23:59:59.123456789",
        "1979-05-27T07:32:00",
        "1979-05-27 07:32:00Z",
        "1979-05-27t07:32:00.5-18:00",
        "1979-05-27T07:32:00+1:5",
    ] {
        assert_eq!(value(toml), Value::Date(toml.to_owned()));
    }
    for toml in [
        "1979-02-30",
        "1900-02-29",
        "1979-13-01",
        "79-05-27",
        "1979-5-27",
        "25:00:00",
        "07:60:00",
        "07:32",
        "7:32:00",
        "07:32:00.1234567891",
        "07:32:00.",
        "1979-05-27T",
        "1979-05-27  07:32:00",
        "1979-05-27T07:32:00z",
        "1979-05-27T07:32:00+19:00",
        "1979-05-27T07:32:00+18:01",
        "+07:32:00",
    ] {
        let refusal = refusal(format!("a = {toml}\n").as_bytes());
        assert_eq!((refusal.line, refusal.server), (1, Server::Refuses), "{toml}: {refusal}");
    }
    // After a date the server knows no bracket.
    assert_refused(&[
        ("a = [1979-05-27]", 1, "blank has to be after a date"),
        ("a = { b = 1979-05-27}", 1, "blank has to be after a date"),
        ("a = [1979-05-27, 1979-05-28 ]", 1, ""),
    ]);
    assert!(parse(b"a = [1979-05-27 , 1979-05-28 ]\nb = { c = 07:32:00 }\n").is_ok());
}

#[test]
fn arrays_and_inline_tables() {
    for toml in [
        "a = [ # c\n 1, # d\n\n 2,\n]\n",
        "a = [[1], ['b'], []]\n",
        "a = [{}, { b = 1 }]\n",
        "a = { }\nb = { c = [1], 'd e' . f = { g = 1 } }\n",
        // What the server needs after more than one array that is empty or ends with a comma.
        "a = [[], []]\n\nb = 1\n",
        "a = [[], []] # c\n# d\nb = 1\n",
        "a = [[], []]\n'b' = 1\n",
        "a = {}\na.b = 1\n[a.c]\n",
        "a = { x = 1 }\na.y = 2\n[a.b]\n",
    ] {
        assert!(parse(toml.as_bytes()).is_ok(), "{toml:?}");
    }
    assert_refused(&[
        ("a = [1, 'b']", 1, "different kinds"),
        ("a = [1,\n1.0]", 2, "different kinds"),
        ("a = [1979-05-27 , 07:32:00 ]", 1, "different kinds"),
        ("a = [1\n, 2]", 2, "line end before a comma"),
        ("a = [,]", 1, "a value is"),
        ("a = [1 2]", 1, "goes on with"),
        ("a = [1\n", 2, "ends too early"),
        ("a = { b = 1, }", 1, "ends with a comma"),
        ("a = {\nb = 1 }", 1, "a key is missing"),
        ("a = { b = 1\n}", 1, "goes on with"),
        ("a = { b = 1 c = 2 }", 1, "goes on with"),
        ("a = { b = [] }", 1, "may not be empty"),
        ("a = { b = [1,] }", 1, "not end with a comma"),
        ("a = [[], []]\nb = 1\n", 2, "empty line"),
        ("a = { b = 1, b.c = 2 }", 1, "`a.b` is used as a table here, and has a value since line 1"),
        ("a = {}\nb = {}\n[a.c]\n", 3, "the same one"),
    ]);
}

#[test]
fn names_that_are_used_twice() {
    for toml in [
        "[a.b]\n[a.c]\n",
        "[a]\nc = 1\n[a.b]\n",
        "[a]\nb.c = 1\nb.d = 2\n",
        "a.b = 1\n[a.c]\n",
        "[[a]]\n[a.b]\n[[a]]\n[a.b]\n",
    ] {
        assert!(parse(toml.as_bytes()).is_ok(), "{toml:?}");
    }
    assert_refused(&[
        ("[transport.jms]\n\n[transport.jms]\n", 3, "`[transport.jms]` is defined a second time; first on line 1"),
        ("[a]\nb = 1\n'b' = 1\n", 3, "`a.b` is set a second time; first on line 2"),
        ("[[a]]\n[[a]]\nb = 1\nb = 1\n", 4, "`a[2].b` is set a second time; first on line 3"),
        ("a.b = 1\na = 2\n", 2, "`a` is a table since line 1"),
        ("a = 1\n[a]\n", 2, "`[a]` is a table here, and has a value or is an array since line 1"),
        ("[[a]]\n[a]\n", 2, "`[a]` is a table here, and has a value or is an array since line 1"),
        ("a = 1\n[a.b]\n", 2, "`a` is used as a table here, and has a value since line 1"),
        ("a = 1\n\na.b.c = 1\n", 3, "`a` is used as a table here, and has a value since line 1"),
        ("a = [{}]\n[a.b]\n", 2, "`a` is used as a table here, and is an array of tables since line 1"),
        ("[[a.b]]\n[c]\n[a]\nb.c = 1\n", 4, "`a.b` is used as a table here, and is an array of tables since line 1"),
        ("[a]\n[[a]]\n", 2, "`[[a]]` is an array of tables here, and something else since line 1"),
        ("a = []\n[[a]]\n", 2, "`[[a]]` is an array of tables here, and something else since line 1"),
        ("a = { x = 1 }\n[a]\n", 2, "`[a]` is defined a second time; first on line 1"),
    ]);
}

#[test]
fn what_the_server_crashes_on() {
    for (toml, line) in [
        ("[a.b]\n[a]\n", 2),
        ("[[a.b]]\n[a]\n", 2),
        ("a.b = 1\n[a]\n", 2),
        ("[a]\nb.c = 1\n\n[a.b]\n", 4),
        ("a = {}\n[a]\n", 2),
        ("a = { b.c = 1 }\n[a.b]\n", 2),
        ("\"it's\" = 1\n", 1),
        ("[a]\n'b\"c'.d = 1\n", 2),
        ("['it\"s']\n\na = 1\n", 3),
        ("[['it\"s']]\n", 1),
        ("a = [{ \"it's\" = 1 }]\n", 1),
        ("a = [[{ \"it's\" = 1 }]]\n", 1),
        ("[\"a\\S\"]\n", 1),
    ] {
        let refusal = refusal(toml.as_bytes());
        assert_eq!((refusal.line, refusal.server), (line, Server::Crashes), "{toml:?}: {refusal}");
    }
    // Without a value below it, the key is never looked up.
    assert!(parse(b"[\"it's\"]\n").is_ok());
}

#[test]
fn names_that_the_server_does_not_find_again_are_known() {
    for (name, found) in [("a", true), ("a b\\", true), ("", true), ("\u{43a}", false), ("a\tb", false)] {
        assert_eq!(crate::document::key::is_found_again(name), found, "{name:?}");
    }
}
