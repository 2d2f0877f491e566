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

/// A document of settings none of which any rule speaks of: plain, dotted, in inline tables, sub-tables and arrays of
/// tables, with comments everywhere.
fn document() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("1"),
        Just("0x1F"),
        Just("true"),
        Just("\"a &amp; b\" # x"),
        Just("'c:\\dir'"),
        Just("[\"x\", \"y\"] # two"),
        Just("1.50"),
        Just("\"$ref{table_p.a} and more\""),
        Just("{ k = 1, 'l m' = \"n\" }"),
    ];
    let names = prop::sample::select(vec!["a", "b", "'c.d'", "e.f", "e.g"]);
    let lines = prop::collection::btree_map(names, value, 0..4);
    let lines = lines.prop_map(|lines| lines.into_iter().map(|(name, value)| [name, " = ", value, "\n"].concat()));
    let lines = lines.prop_map(Iterator::collect::<String>);
    let comment = prop_oneof![Just(""), Just("# a comment\n"), Just("\n# one\n\n"), Just("\n\n")];
    let table = (comment, lines);
    let tables = prop::collection::btree_map("[p-r]", (table.clone(), prop::option::of(table.clone())), 0..4);
    let elements = prop::collection::btree_map("[u-x]", (table.clone(), prop::option::of(table)), 0..3);
    (tables, elements, any::<bool>()).prop_map(|(tables, elements, crlf)| {
        let mut text = String::new();
        for (name, ((comment, lines), sub)) in tables {
            text.extend([comment, "[table_", &name, "]\n", &lines]);
            if let Some((comment, lines)) = sub {
                text.extend([comment, "[table_", &name, ".sub]\n", &lines]);
            }
        }
        for (name, ((comment, lines), sub)) in elements {
            text.extend([comment, "[[elements]]\nid = \"", &name, "\"\n", &lines]);
            if let Some((comment, lines)) = sub {
                text.extend([comment, "[elements.sub]\n", &lines]);
            }
        }
        if crlf { text.replace('\n', "\r\n") } else { text }
    })
}

/// The comments of a text, each with how often it is there.
fn comments(toml: &str) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for line in toml.lines() {
        if let Some(at) = line.find('#') {
            *counted.entry(line[at..].trim().to_owned()).or_default() += 1;
        }
    }
    counted
}

/// Whether no comment of one text is missing in another.
fn survive(before: &str, after: &str) -> bool {
    let after = comments(after);
    comments(before).iter().all(|(comment, count)| after.get(comment).is_some_and(|there| there >= count))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

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
        if ours != base {
            prop_assert!(survive(&ours, text(&result)), "{}\n---\n{}", ours, text(&result));
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
fn a_policy_decides_whoever_changed_the_setting() {
    let file = |x: u8| format!("[a]\nx = {x}\n");
    for (base, ours, theirs, take, expected) in [
        (1, 2, 1, Take::Fresh, 1),
        (1, 2, 1, Take::Customised, 2),
        (1, 1, 2, Take::Fresh, 2),
        (1, 1, 2, Take::Customised, 1),
        (1, 2, 3, Take::Fresh, 3),
        (1, 2, 3, Take::Customised, 2),
    ] {
        let [base, ours, theirs] = [base, ours, theirs].map(file);
        let result = merge(&Inputs {
            base: Some(base.as_bytes()),
            // One comment, so that the file is not the one that was shipped.
            ours: format!("# ours\n{ours}").as_bytes(),
            theirs: theirs.as_bytes(),
            policy: SettingsPolicy {
                decide: BTreeMap::from([(Key::dotted("a.x"), take)]),
                ..SettingsPolicy::default()
            },
            ..Inputs::default()
        });
        assert_eq!(text(&result), format!("# ours\n{}", file(expected)), "{base}{ours}{theirs}{take:?}");
        assert!(codes(&result).is_empty());
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
fn a_value_here_and_a_table_there_are_one_setting() {
    let (base, value, table) = ("[a]\ny = 1\n", "[a]\nx = 2\ny = 1\n", "[a]\nx = { z = 3 }\ny = 1\n");
    assert_eq!(codes(&merged(base, value, table)), [604]);
    assert_eq!(text(&merged(value, value, table)), table);
    let result = merged(value, "[a]\nx = 2 # ours\ny = 1\n", "[a]\ny = 1\n[a.x]\nz = 3\n");
    let read = parse(text(&result).as_bytes()).expect("TOML");
    assert_eq!(read.value(&Key::dotted("a.x.z")), Some(&Value::Integer(3)), "{}", text(&result));
    assert!(text(&result).contains("# ours"));
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
