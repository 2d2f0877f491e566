//! What each check finds, and what it leaves alone.

use super::check;
use crate::diagnostic::{Diagnostic, Severity};
use crate::document::{Document, parse};
use crate::effective::RuleFiles;
use crate::settings::rules::drafts_for_tests::{new, old};
use crate::settings::{Home, Inputs};
use crate::tests::Release;

fn document(toml: &str) -> Document {
    parse(toml.as_bytes()).expect("TOML")
}

/// What is said of a merged file, with the user's beside it.
fn said_of(merged: &str, ours: &str, home: RuleFiles<'_>, fresh: RuleFiles<'_>) -> Vec<Diagnostic> {
    let inputs = Inputs { home: Home { rules: home, ..Home::default() }, fresh, ..Inputs::default() };
    check(&document(merged), &document(ours), &inputs)
}

fn said(toml: &str) -> Vec<Diagnostic> {
    said_of(toml, toml, old(), new())
}

fn of(code: u16, found: &[Diagnostic]) -> Option<&Diagnostic> {
    let mut found = found.iter().filter(|found| found.code.0 == code);
    let first = found.next();
    assert!(found.next().is_none(), "{code} is told twice");
    first
}

fn place(found: &Diagnostic) -> String {
    found.place.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[test]
fn settings_that_nothing_reads_are_told_with_the_nearest_name() {
    let toml = "[server]\nhostname = 'x'\nhostnam = 'y'\n[truststore]\nalias = 'x'\nalgorithm = 'AES'\n\
                [keystore.tls]\nfile_name = 'x'\n[transport.hl7]\na.b = 1\n[secrets]\nx = 'y'\n\
                [own]\nhost = 'x'\nother = '$ref{own.host}'\nlist = ['s3cr3t', 'b']\n\
                [[datasource]]\nid = 'DB'\nurl = 'x'\nulr = 's3cr3t'\n";
    let found = said(toml);
    let found = of(611, &found).expect("a warning");
    assert_eq!(
        found.details,
        [
            "line 3: `server.hostnam`; the nearest known name is `server.hostname`",
            "line 15: `own.other`",
            "line 16: `own.list`",
            "line 20: `datasource[id=DB].ulr`; the nearest known name is `datasource[].url`",
        ]
    );
    assert_eq!(place(found), "conf/deployment.toml:3");
    assert!(of(611, &said("[server]\nhostname = 'x'\n[synapse_properties]\nany = 1\n")).is_none());
    // Without the rule files nobody knows.
    assert!(of(611, &said_of(toml, toml, old(), RuleFiles::default())).is_none());
}

#[test]
fn a_setting_under_two_names_is_told() {
    let both = "[server]\nhostname = 'x'\nnew_short = 1\nnew_long = 2\n";
    let found = said(both);
    assert_eq!(
        of(623, &found).expect("a warning").details,
        ["`server.new_short` (line 3) and `server.new_long` (line 4)"]
    );
    assert!(of(623, &said("[server]\nhostname = 'x'\nnew_short = 1\n")).is_none());
}

#[test]
fn a_secret_that_is_missing_is_told_once() {
    let head = "[server]\nhostname = 'x'\n[keystore.primary]\npassword = '$secret{here}'\n";
    let missing = format!("{head}[[datasource]]\nid = 'A'\npassword = '$secret{{gone}}'\n[secrets]\nhere = 'ENC'\n");
    let found = said(&missing);
    let codes: Vec<u16> = found.iter().map(|found| found.code.0).filter(|code| [617, 620].contains(code)).collect();
    assert_eq!(codes.len(), 1, "either the server does not start, or a secret is missing: {found:?}");
    if let Some(found) = of(620, &found) {
        assert_eq!(found.details, ["`gone`: `datasource[id=A].password` (line 7)"]);
    }
    for toml in [
        format!("{head}[secrets]\nhere = 'ENC'\n"),
        format!("{missing}[runtime_secrets]\nenable = 'true'\n"),
        "[server]\nhostname = 'x'\n".to_owned(),
    ] {
        assert!(of(620, &said(&toml)).is_none(), "{toml}");
    }
}

#[test]
fn a_setting_is_named_where_the_user_wrote_it() {
    let found = said_of("[server]\nhostname = 'x'\nnew = 1\nhostnam = 1\n", "[server]\nhostnam = 1\n", old(), new());
    let found = of(611, &found).expect("a warning");
    assert_eq!(found.details[0], "`server.new`, which is not in the home's file");
    assert!(found.details[1].starts_with("line 2: "), "{:?}", found.details);
    assert_eq!(place(found), "conf/deployment.toml");
}

#[test]
fn many_lines_are_counted() {
    let lines: Vec<String> = (0..150).map(|number| format!("unknown_{number} = 1")).collect();
    let found = said(&lines.join("\n"));
    let details = &of(611, &found).expect("a warning").details;
    assert_eq!((details.len(), details[100].as_str()), (101, "more: 50"));
}

#[test]
fn passwords_in_plain_text_are_named_and_not_shown() {
    let toml = "[keystore.primary]\nfile_name = 'a.jks'\npassword = 'wso2carbon'\nkey_password = 's3cr3t'\n\
                [truststore]\npassword = \"$secret{t}\"\n[secrets]\nt = 'bm8gc2VjcmV0'\n\
                [[datasource]]\nid = 'DB'\nurl = 'jdbc:x://u:s3cr3t@db/x'\npassword = '$env{DB}'\n";
    let found = said(toml);
    let note = of(612, &found).expect("a note");
    assert_eq!(
        note.details,
        [
            "line 4: `keystore.primary.key_password`",
            "line 11: `datasource[id=DB].url`, inside an address",
            "still the password that every distribution has: `keystore.primary.password` (line 3)",
        ]
    );
    assert_eq!((place(note).as_str(), note.severity), ("conf/deployment.toml:4", Severity::Note));
    assert!(!format!("{found:?}").contains("s3cr3t"));
    assert!(of(612, &said("[server]\nhostname = 'password'\n")).is_none());
    let stock = said("[truststore]\npassword = 'wso2carbon'\n");
    assert_eq!(of(612, &stock).expect("a note").message, "keystores have the password of every distribution");
}

#[test]
fn what_the_environment_must_give_is_listed() {
    let toml =
        "[server]\nhostname = '$env{HOST}'\n[[datasource]]\nid = 'DB'\nurl = 'x://$env{HOST}:$sys{port}/$env{HOST}'\n";
    let found = said(toml);
    let note = of(616, &found).expect("a note");
    assert_eq!(
        note.details,
        [
            "`$env{HOST}`: `server.hostname` (line 2), `datasource[id=DB].url` (line 5)",
            "`$sys{port}`: `datasource[id=DB].url` (line 5)",
        ]
    );
    assert_eq!(place(note), "conf/deployment.toml:2");
    assert!(of(617, &found).is_none(), "what only the environment can tell is no error");
    assert!(of(616, &said("[server]\nhostname = '${carbon.home}'\n")).is_none());
}

#[test]
fn what_the_server_would_not_start_with_is_an_error() {
    for (toml, line) in [
        ("[server]\nhostname = '$ref{no.such}'\n", 2),
        ("[server]\nhostname = 'x'\na = '$secret{none}'\n", 3),
        ("[server]\nhostname = 'x'\na = '$secret{p}'\n[secrets]\np = '[s3cr3t]'\n", 3),
        ("[server]\nhostname = 'x'\n[secrets]\np = 1\n", 4),
    ] {
        let found = said(toml);
        let error = of(617, &found).unwrap_or_else(|| panic!("{toml}"));
        assert_eq!((place(error), error.severity), (format!("conf/deployment.toml:{line}"), Severity::Error), "{toml}");
        let hint = error.hint.as_deref().unwrap_or_default();
        assert!(hint.ends_with("the old server cannot have started with it either"), "{hint}");
        assert!(!format!("{found:?}").contains("s3cr3t"), "{found:?}");
    }
    assert!(of(617, &said("[server]\nhostname = 'x'\n")).is_none());
    // A mapped key is told by the name that the user wrote.
    let found = said("[server]\nhostname = 'x'\nnew_short = '$ref{no.such}'\n");
    assert_eq!(of(617, &found).expect("an error").details, ["line 3: `server.new_short`"]);
    // Only the merged file is wrong.
    let found = said_of("a = '$ref{no.such}'\n", "a = 1\n", old(), new());
    let hint = of(617, &found).expect("an error").hint.clone().unwrap_or_default();
    assert!(!hint.contains("the old server"), "{hint}");
    assert!(said_of("a = '$ref{no.such}'\n", "a = 1\n", old(), RuleFiles::default()).is_empty());
}

#[test]
fn the_files_that_the_releases_ship_are_in_order() {
    let Some([old, new]) = Release::both() else { return };
    for (release, toml) in [("1.2.0", old.toml()), ("4.0.0", new.toml())] {
        let found = said_of(toml, toml, old.rules(), new.rules());
        // In 1.2.0's, [keystore.tls] has another finding.
        let codes: Vec<u16> = found.iter().map(|found| found.code.0).collect();
        assert_eq!(codes, [612], "{release}: {found:?}");
    }
}
