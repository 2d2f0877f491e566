//! Laws and cases of the merge as a whole; the rules have their own tests.

mod cases;

use super::merge;
use crate::choice::Take;
use crate::diagnostic::Severity;
use crate::document::{Key, Value, parse};
use crate::policy::SettingsPolicy;
use crate::settings::{Inputs, Merged, Outcome, Overlaid, identity};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn merged(base: &str, ours: &str, theirs: &str) -> Merged {
    merge(&Inputs {
        base: Some(base.as_bytes()),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
        ..Inputs::default()
    })
}

fn text(merged: &Merged) -> &str {
    let text = merged.text.as_deref().unwrap_or_else(|| panic!("{:?}", merged.diagnostics));
    std::str::from_utf8(text).expect("UTF-8")
}

fn codes(merged: &Merged) -> Vec<u16> {
    merged.diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect()
}

/// A document of plain settings, none of which any rule speaks of.
fn document() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("0x1F".to_owned()),
        Just("true".to_owned()),
        Just("\"a &amp; b\"".to_owned()),
        Just("'c:\\dir'".to_owned()),
        Just("[\"x\", \"y\"] # two".to_owned()),
        Just("1.50".to_owned()),
    ];
    let lines = proptest::collection::btree_map("[a-d]", value, 0..4).prop_map(|lines| {
        lines.into_iter().flat_map(|(name, value)| [name, " = ".to_owned(), value, "\n".to_owned()]).collect::<String>()
    });
    let comment = prop_oneof![Just(""), Just("# a comment\n"), Just("\n# one\n\n"), Just("\n\n")];
    let tables = proptest::collection::btree_map("[p-s]", (comment.clone(), lines.clone()), 0..4);
    let elements = proptest::collection::btree_map("[u-x]", (comment, lines), 0..3);
    (tables, elements, any::<bool>()).prop_map(|(tables, elements, crlf)| {
        let mut text = String::new();
        for (name, (comment, lines)) in tables {
            text.extend([comment, "[table_", &name, "]\n", &lines]);
        }
        for (name, (comment, lines)) in elements {
            text.extend([comment, "[[elements]]\nid = \"", &name, "\"\n", &lines]);
        }
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn where_only_one_side_changed_it_counts(base in document(), changed in document()) {
        for (ours, theirs) in [(&base, &changed), (&changed, &base), (&changed, &changed)] {
            let result = merged(&base, ours, theirs);
            prop_assert_eq!(text(&result), changed.as_str());
        }
    }

    #[test]
    fn a_side_that_only_looks_different_changed_nothing(base in document(), theirs in document()) {
        // The same settings with another comment: theirs count, the comment stays.
        let ours = format!("# of the user\n{base}");
        let result = merged(&base, &ours, &theirs);
        prop_assert!(text(&result).starts_with("# of the user\n"));
        // An element may stand elsewhere among the others, where something names it.
        let [read, expected] = [text(&result), &theirs].map(|toml| parse(toml.as_bytes()).expect("TOML"));
        let sides = identity::settings(&[&read, &expected]);
        prop_assert_eq!(&sides[0], &sides[1]);
    }

    #[test]
    fn merging_twice_is_merging_once(base in document(), ours in document(), theirs in document()) {
        let policy = SettingsPolicy::default();
        let once = merged(&base, &ours, &theirs);
        let twice = merge(&Inputs {
            base: Some(base.as_bytes()),
            ours: text(&once).as_bytes(),
            theirs: theirs.as_bytes(),
            policy,
            ..Inputs::default()
        });
        prop_assert_eq!(text(&twice), text(&once));
        prop_assert!(!codes(&once).contains(&624), "{:?}", once.diagnostics);
    }

    #[test]
    fn every_comment_of_the_user_survives(base in document(), ours in document(), theirs in document()) {
        let result = merged(&base, &ours, &theirs);
        let comments = |text: &str| text.lines().filter(|line| line.contains('#')).count();
        if ours != base {
            prop_assert!(comments(text(&result)) >= comments(&ours), "{}\n---\n{}", ours, text(&result));
        }
    }
}

#[test]
fn what_both_changed_is_a_conflict_that_a_policy_decides() {
    let (base, ours, theirs) = ("[a]\nx = 1\n", "[a]\nx = 2 # ours\n", "[a]\nx = 3\n");
    let result = merged(base, ours, theirs);
    assert_eq!(codes(&result), [604]);
    assert_eq!(result.diagnostics[0].severity, Severity::Conflict);
    assert_eq!(result.diagnostics[0].place.as_ref().and_then(|place| place.line), Some(2));
    let lines: Vec<_> = result.diagnostics[0].choices.iter().map(crate::choice::Choice::line).collect();
    assert_eq!(lines, ["settings.decide.\"a.x\" = \"fresh\"", "settings.decide.\"a.x\" = \"customised\""]);
    for (take, expected) in [(Take::Fresh, "[a]\nx = 3 # ours\n"), (Take::Customised, ours)] {
        for key in ["a.x", "a"] {
            let decide = BTreeMap::from([(Key::dotted(key), take)]);
            let result = merge(&Inputs {
                base: Some(base.as_bytes()),
                ours: ours.as_bytes(),
                theirs: theirs.as_bytes(),
                policy: SettingsPolicy { decide, ..SettingsPolicy::default() },
                ..Inputs::default()
            });
            assert_eq!((text(&result), codes(&result).as_slice()), (expected, &[][..]));
        }
    }
}

#[test]
fn elements_are_matched_by_what_names_them() {
    let base = "[[datasource]]\nid = \"A\"\nurl = \"a\"\n\n[[datasource]]\nid = \"B\"\nurl = \"b\"\n";
    // The user changed the order and one URL, 4.0.0 another and a third element.
    let ours = "[[datasource]]\nid = \"B\"\nurl = \"b2\"\n\n[[datasource]]\nid = \"A\"\nurl = \"a\" # first\n";
    let theirs = "[[datasource]]\nid = \"A\"\nurl = \"a3\"\n\n[[datasource]]\nid = \"B\"\nurl = \"b\"\n\n[[datasource]]\nid = \"C\"\nurl = \"c\"\n";
    let result = merged(base, ours, theirs);
    let expected = "[[datasource]]\nid = \"B\"\nurl = \"b2\"\n\n[[datasource]]\nid = \"A\"\nurl = \"a3\" # first\n\n[[datasource]]\nid = \"C\"\nurl = \"c\"\n";
    assert_eq!(text(&result), expected);
    let url = result.decisions.iter().find(|decision| decision.key.to_string() == "datasource[id=B].url");
    assert_eq!(url.map(|decision| decision.outcome), Some(Outcome::Kept));
}

#[test]
fn an_element_that_one_side_took_out_and_the_other_changed_stays_or_goes_as_a_whole() {
    let base = "[[e]]\nid = \"w\"\nx = 1\n";
    let changed = "[[e]]\nid = \"w\"\nx = 1\na = 1\n";
    for (ours, theirs, fresh) in [(changed, "", ""), ("", changed, changed)] {
        let result = merged(base, ours, theirs);
        assert_eq!((codes(&result).as_slice(), text(&result)), (&[604][..], ours));
        for (take, expected) in [(Take::Fresh, fresh), (Take::Customised, ours)] {
            let decide = BTreeMap::from([(Key::parse("e[id=w]").expect("a key"), take)]);
            let result = merge(&Inputs {
                base: Some(base.as_bytes()),
                ours: ours.as_bytes(),
                theirs: theirs.as_bytes(),
                policy: SettingsPolicy { decide, ..SettingsPolicy::default() },
                ..Inputs::default()
            });
            assert_eq!((codes(&result).as_slice(), text(&result)), (&[][..], expected));
        }
    }
}

#[test]
fn an_array_whose_elements_have_no_name_is_one_setting() {
    let base = "[[phase]]\nx = 1\n";
    assert_eq!(text(&merged(base, "[[phase]]\nx = 1\n# c\n", "[[phase]]\nx = 2\n")), "[[phase]]\nx = 2\n# c\n");
    assert_eq!(codes(&merged(base, "[[phase]]\nx = 3\n", "[[phase]]\nx = 2\n")), [604]);
    assert_eq!(text(&merged(base, "[[phase]]\nx = 3\n", base)), "[[phase]]\nx = 3\n");
}

#[test]
fn what_the_user_took_out_stays_out() {
    let base = "[a]\nx = 1\ny = 1\n";
    let result = merged(base, "[a]\ny = 1\n", base);
    assert_eq!(text(&result), "[a]\ny = 1\n");
    let x = result.decisions.iter().find(|decision| decision.key == Key::dotted("a.x")).expect("a decision");
    assert_eq!((x.outcome, x.reason.as_str()), (Outcome::Kept, "taken out by the user"));
    // 4.0.0 changed what is gone: nobody can know.
    assert_eq!(codes(&merged(base, "[a]\ny = 1\n", "[a]\nx = 2\ny = 1\n")), [604]);
}

#[test]
fn a_file_that_does_not_parse_is_an_error_with_its_place() {
    let result = merged("", "[a]\nx = \"s3cr3t\\S\"\n", "");
    assert_eq!((result.text.is_none(), codes(&result)), (true, vec![602]));
    let said = format!("{:?}", result.diagnostics);
    assert!(said.contains("line: Some(2)") && !said.contains("s3cr3t"), "{said}");
    for result in [merged("", "", "[a"), merged("[a", "", "")] {
        assert_eq!((result.text.is_none(), codes(&result)), (true, vec![602]));
    }
}

#[test]
fn overlays_come_last() {
    let (base, ours) = ("[server]\nhostname = \"localhost\"\n", "[server]\nhostname = \"mi\" # ours\nlog = 1\n");
    let overlay = Overlaid {
        name: "production".to_owned(),
        set: vec![(Key::dotted("server.hostname"), Value::from("prod")), (Key::dotted("new.x"), Value::Boolean(true))],
        unset: vec![Key::dotted("server.log")],
    };
    let result = merge(&Inputs {
        base: Some(base.as_bytes()),
        ours: ours.as_bytes(),
        theirs: base.as_bytes(),
        overlays: vec![overlay.clone()],
        ..Inputs::default()
    });
    assert_eq!(text(&result), "[server]\nhostname = \"prod\" # ours\n\n[new]\nx = true\n");
    assert!(codes(&result).contains(&622), "{:?}", result.diagnostics);
    let again = merge(&Inputs {
        base: Some(base.as_bytes()),
        ours: text(&result).as_bytes(),
        theirs: base.as_bytes(),
        overlays: vec![overlay],
        ..Inputs::default()
    });
    assert_eq!(text(&again), text(&result));
    assert!(!codes(&again).contains(&622), "nothing is changed any more");
}
