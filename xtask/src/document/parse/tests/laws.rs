//! What holds for every text, and what the real servers made of whole files.

use super::*;
use crate::tests::skipped;
use proptest::prelude::*;
use std::path::PathBuf;

/// A document of its own for each place: a value alone, and what is in between.
fn assert_places(document: &Document) {
    let text = &document.text;
    let mut end = 0;
    for statement in &document.statements {
        let gap = text.get(end..statement.lines.start).expect("statements in order");
        for line in gap.lines() {
            assert!(line.trim().is_empty() || line.trim_start().starts_with('#'), "{line:?}");
        }
        assert!(statement.lines.start <= statement.place.start && statement.place.end <= statement.lines.end);
        let before = text.get(statement.lines.start..statement.place.start).expect("a place");
        let after = text.get(statement.place.end..statement.lines.end).expect("a place");
        assert!(before.trim().is_empty() && (after.trim().is_empty() || after.trim_start().starts_with('#')));
        assert!(after.ends_with('\n') || statement.lines.end == text.len());
        if let StatementKind::Assignment { value, .. } = &statement.kind {
            assert!(value.start > statement.place.start && value.end == statement.place.end);
        }
        end = statement.lines.end;
    }
    let rest = text.get(end..).expect("the rest");
    assert!(rest.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')));
    let mut last = 0;
    for setting in &document.settings {
        assert!(setting.place.start >= last);
        last = setting.place.end;
        let statement = &document.statements[setting.statement].place;
        assert!(statement.start <= setting.place.start && setting.place.end <= statement.end);
        let alone = format!("x = {} \n", text.get(setting.place.clone()).expect("a place"));
        let alone = parse(alone.as_bytes()).unwrap_or_else(|refusal| panic!("{alone:?}: {refusal}"));
        // Compared as text, because one number is not equal to itself.
        assert_eq!(format!("{:?}", alone.root["x"]), format!("{:?}", setting.value));
        assert_eq!(
            format!("{:?}", document.value(&setting.key)),
            format!("{:?}", Some(&setting.value)),
            "{}",
            setting.key
        );
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c]{1}( = |=|\\.)",
        "\\[{1,2}[a-c](\\.[a-c]){0,2}\\]{1,2}\n",
        "[a-c](\\.[a-c]){0,2} = (1|'x'|\"y\"|true|1\\.5|\\[\\]|\\[1, 2\\]|\\{ a = 1 \\}|07:32:00)( # c)?\r?\n",
        "[\\[\\]{}=.,#\"'\\\\ \t\r\n0-9a-zA-Z:+_-]{1,3}",
        "'''|\"\"\"|\\\\u12|\u{feff}|\u{e4}",
    ]
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(document) = parse(&bytes) {
            assert_places(&document);
        }
    }

    #[test]
    fn places_are_right_in_whatever_is_taken(pieces in prop::collection::vec(piece(), 0..30)) {
        let text = pieces.concat();
        match parse(text.as_bytes()) {
            Ok(document) => {
                prop_assert_eq!(&document.text, &text);
                assert_places(&document);
            }
            Err(refusal) => prop_assert!(refusal.line <= text.matches('\n').count() + 1 && refusal.column > 0),
        }
    }

    #[test]
    fn a_text_cut_or_changed_anywhere_makes_no_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let text = "# c\r\na = \"x\\u00e9\"\n[b.'c d']\ne = [ 1, 2, ] # f\n[[g]]\nh = { i = 07:32:00 , j = [{}] }\nk = '''\nl'''\n";
        let mut bytes = text.as_bytes().to_vec();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(document) = parse(&bytes) {
            assert_places(&document);
        }
    }
}

fn config_cases(folder: &str) -> Option<PathBuf> {
    let Some(cases) = std::env::var_os("UPGRADE_CONFIG_CASES") else {
        skipped("UPGRADE_CONFIG_CASES does not name a folder");
        return None;
    };
    Some(PathBuf::from(cases).join(folder))
}

#[test]
fn the_real_servers_agree_on_every_quirk() {
    let Some(folder) = config_cases("quirks") else { return };
    let mut seen = [0; 3];
    for entry in std::fs::read_dir(folder).expect("the quirks") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let expected = std::fs::read_to_string(path.with_extension("expected.json")).expect("what is expected");
        // Java writes numbers into it that are none of JSON.
        let expected = expected.replace(": NaN", ": null").replace(": Infinity", ": null");
        let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
        let toml = std::fs::read(&path).expect("a quirk");
        for release in ["1.2.0", "4.0.0"] {
            let error = expected[release]["error"].to_string();
            let server = if error.contains("Error parsing deployment configuration") {
                Some(Server::Refuses)
            } else if error.contains("StackOverflowError") || error.contains("Invalid key") {
                Some(Server::Crashes)
            } else {
                None
            };
            seen[server.map_or(0, |server| 1 + usize::from(server == Server::Crashes))] += 1;
            let found = parse(&toml);
            assert_eq!(found.as_ref().err().map(|refusal| refusal.server), server, "{}: {found:?}", path.display());
            if let Ok(document) = found {
                assert_places(&document);
            }
            let mended = crate::document::repair::read(&toml);
            match (&mended, server) {
                (Ok(repaired), None) => assert!(repaired.repairs.is_empty(), "{}", path.display()),
                (Ok(repaired), Some(_)) => assert!(!repaired.repairs.is_empty(), "{}", path.display()),
                (Err(refusal), server) => assert!(server.is_some() && refusal.line > 0 && !refusal.message.is_empty()),
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn the_real_configurations_are_taken() {
    let Some(folder) = config_cases("rendered") else { return };
    for name in ["custom", "full-fixed", "stock"] {
        for release in ["1.2.0", "4.0.0"] {
            let toml = std::fs::read(folder.join(name).join(release).join("deployment.toml")).expect("a configuration");
            let document = parse(&toml).unwrap_or_else(|refusal| panic!("{name} {release}: {refusal}"));
            assert_places(&document);
            assert!(!document.settings.is_empty());
        }
    }
}
