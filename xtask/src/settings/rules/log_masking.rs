//! Patterns of log masking that a person wrote into the plain file of 1.2.0, as settings of 4.0.0.
//!
//! In: the patterns that the old home's file holds. Out: `[masking_pattern.properties]` that renders the same lines.
//! Always: a name and a text are the raw ones of the properties file, escapes included, because the template prints
//! them as they are; a pattern that the server would not print back as it is stays out, and that is said.

use super::super::draft::{Draft, PATH};
use super::Rule;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Step, Value};
use crate::settings::decision::shown;
use crate::settings::told::{self, listed};
use std::collections::BTreeSet;

/// The file that the patterns come from, and that 4.0.0 renders.
const FILE: &str = "conf/wso2-log-masking.properties";
const TABLE: &str = "masking_pattern.properties";
pub(super) const RULE: Rule = Rule {
    name: "log-masking",
    what: "patterns of conf/wso2-log-masking.properties become [masking_pattern.properties]",
    source: "MI v4.0.0 distribution/src/resources/config-tool/templates/conf/wso2-log-masking.properties.j2; a plain \
             file in MI v1.2.0",
    apply,
};

fn apply(draft: &mut Draft<'_>) {
    // A home that renders the file itself reads the table already.
    if draft.home.rules.templates.contains_key(FILE) {
        return;
    }
    let home = draft.home;
    let table = Key::dotted(TABLE);
    let there: BTreeSet<Key> = draft.ours_below(&table).into_iter().collect();
    let of_file: BTreeSet<Key> = home.masking.iter().map(|(name, _)| table.then(name)).collect();
    let own: Vec<Key> = draft.ours_below(&table).into_iter().filter(|key| !of_file.contains(key)).collect();
    let no_table = !is_table(&there) || draft.ours.keys().any(|key| *key != table && table.starts_with(key));
    let mut said = Said { own, ..Said::default() };
    for (name, text) in &home.masking {
        let key = table.then(name);
        let taken =
            no_table || there.range(&key..).find(|known| **known != key).is_some_and(|known| known.starts_with(&key));
        let taken = taken.then_some("a setting of the home stands where it would go");
        if let Some(problem) = problem(name, text).or(taken) {
            said.held.push(format!("`{name}`: {problem}"));
        } else if draft.is_kept(&key) || draft.ours.get(&key).and_then(Value::as_str) == Some(text) {
            // Said already, or left to the user.
        } else if draft.ours.contains_key(&key) {
            let reason = format!("`{FILE}` was in force, the table was not");
            draft.translate(&key, Value::from(text.as_str()), RULE.name, reason);
            said.moved.push(format!("{}; what it said was not in force", line(&key, text)));
        } else {
            draft.add(&key, Value::from(text.as_str()), RULE.name, format!("from `{FILE}`"));
            said.moved.push(line(&key, text));
        }
    }
    say(draft, said);
}

/// A setting with its pattern. What says how a secret looks is none: it is shown as every value is, which leaves out
/// the few that may hold one.
fn line(key: &Key, text: &str) -> String {
    format!("`{key}` = {}", shown(key, &Value::from(text)))
}

/// Whether a table, and no array or value, stands where the patterns go.
fn is_table(there: &BTreeSet<Key>) -> bool {
    let depth = Key::dotted(TABLE).steps().len();
    there.iter().all(|key| matches!(key.steps().get(depth), Some(Step::Name(_))))
}

/// What there is to say, a line each.
#[derive(Default)]
struct Said {
    moved: Vec<String>,
    /// Settings of the user that are no pattern of the file.
    own: Vec<Key>,
    /// Patterns that are not moved.
    held: Vec<String>,
}

fn say(draft: &mut Draft<'_>, Said { moved, own, held }: Said) {
    let count = moved.len();
    let depth = Key::dotted(TABLE).steps().len() + 1;
    let mut details = listed(moved);
    details.extend(listed(own.iter().map(|key| {
        let line = told::at(draft.line(key));
        if key.steps().len() > depth {
            format!("{line}`{key}` comes into force, but not as a pattern: put the whole name into quotes")
        } else {
            format!("{line}`{key}` comes into force; 1.2.0 did not read it")
        }
    })));
    if !details.is_empty() {
        let message = match count {
            0 => format!("`[{TABLE}]` masks the log from now on"),
            _ => format!("patterns of `{FILE}` are settings now: {count}"),
        };
        let place = if count == 0 { PATH } else { FILE };
        draft.diagnostics.push(Diagnostic::new(Code(619), message).at(place).details(details));
    }
    if !held.is_empty() {
        draft.diagnostics.push(
            Diagnostic::new(
                Code(204),
                format!("`{FILE}` holds patterns that deployment.toml cannot say as they are; they are not carried"),
            )
            .at(FILE)
            .details(listed(held))
            .hint(format!("write them in another way into `[{TABLE}]`, or what they mask will be in the log")),
        );
    }
}

/// Why the server would not print a pattern as it is.
///
/// Source: config-mapper v1.0.18 (`TomlParser`, `ReferenceResolver`), cava-toml 0.5.0, jinjava 2.5.6.
fn problem(name: &str, text: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("it has no name");
    }
    if !name.is_ascii() || name.contains(['\'', '"', '\\']) || name.chars().any(char::is_control) {
        return Some("its name holds a quote, a backslash or a letter that is not ASCII, which the server loses");
    }
    if [name, text].iter().any(|part| part.contains("{{") || part.contains("{%")) {
        return Some("it holds `{{` or `{%`, which the server takes for a template");
    }
    let refers = ["$env{", "$sys{", "$ref{", "$secret{"].iter().any(|reference| text.contains(reference));
    refers.then_some("it holds what the server takes for a reference")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effective::{self, Environment};
    use crate::properties::added as patterns;
    use crate::settings::rules::drafts_for_tests::{apply, new, old};
    use crate::settings::{Home, Inputs};
    use proptest::prelude::*;

    const VISA: &str = "masking.pattern.sample.CREDIT_CARD_VISA";

    fn home(file: &str) -> Home<'static> {
        Home { rules: old(), masking: patterns(file.as_bytes(), None), ..Home::default() }
    }

    #[test]
    fn patterns_become_settings() {
        let home = home(&format!("{VISA}=4[0-9]{{6,}}$\nPIN=\\\\bpin=\\\\d+\n"));
        let applied = apply(&RULE, "[server]\nhostname = \"x\"\n", &home, "");
        assert_eq!(
            applied.settings(),
            [
                "server.hostname = x".to_owned(),
                format!("masking_pattern.properties.'{VISA}' = 4[0-9]{{6,}}$"),
                "masking_pattern.properties.PIN = \\\\bpin=\\\\d+".to_owned(),
            ]
        );
        assert_eq!(applied.codes(), [619]);
        assert!(applied.said().contains("settings now: 2 conf/wso2-log-masking.properties\n"), "{}", applied.said());
        let said = applied.said();
        assert!(said.contains("CREDIT_CARD_VISA'` = \"4[0-9]{6,}$\"\n"), "a pattern is no secret: {said}");
        let applied = apply(&RULE, "[server]\nhostname = \"x\"\n", &self::home("A=password=hunter2\n"), "");
        assert!(applied.said().contains("properties.A` = ***"), "{}", applied.said());
    }

    #[test]
    fn what_is_there_already_stays() {
        let home = home(&format!("{VISA}=4$\nOTHER=x\n"));
        let toml = format!("[masking_pattern.properties]\n\"{VISA}\" = \"4$\"\nOTHER = 'x'\n");
        let applied = apply(&RULE, &toml, &home, "");
        assert!(applied.changes.is_empty() && applied.diagnostics.is_empty(), "{}", applied.said());
        // By hand half applied.
        let applied = apply(&RULE, "[masking_pattern.properties]\nOTHER = 'x'\n", &home, "");
        assert_eq!(applied.changes.len(), 1);
        assert!(applied.said().contains("settings now: 1"), "{}", applied.said());
    }

    #[test]
    fn what_was_in_force_wins() {
        let home = home("A=old\n");
        let toml = "[masking_pattern.properties]\nA = 'other'\nB = 'stray'\nc.d = 'no pattern'\n";
        let applied = apply(&RULE, toml, &home, "");
        assert_eq!(
            applied.settings()[..2],
            ["masking_pattern.properties.A = old", "masking_pattern.properties.B = stray"]
        );
        let said = applied.said();
        assert!(said.contains("`masking_pattern.properties.A` = \"old\"; what it said was not in force"), "{said}");
        assert!(said.contains("line 3: `masking_pattern.properties.B` comes into force; 1.2.0 did not"), "{said}");
        assert!(said.contains("line 4: `masking_pattern.properties.c.d` comes into force, but not as"), "{said}");
        let decide = "settings.decide.\"masking_pattern.properties.A\" = \"customised\"";
        assert!(apply(&RULE, toml, &home, decide).changes.is_empty());
        let strays = apply(&RULE, toml, &Home { rules: old(), ..Home::default() }, "");
        assert!(strays.changes.is_empty() && strays.codes() == [619], "{}", strays.said());
    }

    #[test]
    fn what_the_server_would_not_print_is_told() {
        let file = "a={{x}}\nb={% if %}\nc\\ d=x\n\\u00e4=x\ne'f=x\ng=$ref{x}\n=x\nh=ok\ni=taken\n";
        let applied = apply(&RULE, "masking_pattern.properties.i.j = 'x'\n", &home(file), "");
        assert_eq!(applied.codes(), [619, 204]);
        let kept: Vec<_> = applied.changes.keys().map(ToString::to_string).collect();
        assert_eq!(kept, ["masking_pattern.properties.h"]);
        assert_eq!(applied.diagnostics[1].details.len(), 8, "{}", applied.said());
        let array = apply(&RULE, "[[masking_pattern.properties]]\nname = 'x'\n", &home("a=1\n"), "");
        assert!(array.changes.is_empty() && array.codes().contains(&204), "{}", array.said());
    }

    #[test]
    fn a_home_that_renders_the_file_is_left_alone() {
        let home = Home { rules: new(), ..home("A=x\n") };
        let applied = apply(&RULE, "[masking_pattern.properties]\nA = 'other'\n", &home, "");
        assert!(applied.changes.is_empty() && applied.diagnostics.is_empty(), "{}", applied.said());
    }

    /// The lines that the new server would write into the file after a merge.
    fn rendered(home: &Home<'_>) -> String {
        let ours = b"[server]\nhostname = \"x\"\n";
        let inputs =
            Inputs { ours, base: Some(b""), theirs: ours, home: home.clone(), fresh: new(), ..Inputs::default() };
        let merged = crate::settings::merge(&inputs);
        let text = merged.text.unwrap_or_else(|| panic!("{:?}", merged.diagnostics));
        let document = crate::document::parse(&text).expect("TOML");
        let fresh = new();
        let context = effective::context(&document, &fresh, &Environment::default()).expect("a start");
        effective::render(&context, fresh.templates[FILE]).expect("a file")
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_server_prints_a_pattern_as_it_stood(
            name in "[a-zA-Z0-9._*()\\[\\]+|-]{1,12}|[ -~]{1,8}|a\u{e4}",
            text in "[ -~]{0,20}|([\\[\\]{}()$%#'\"\\\\.+*^a]|\\{\\{|\\{%|\\$env\\{|\\$ref\\{a\\}|\u{e4}|\t){0,12}",
        ) {
            let home = Home { rules: old(), masking: vec![(name.clone(), text.clone())], ..Home::default() };
            if problem(&name, &text).is_none() {
                let rendered = rendered(&home);
                prop_assert_eq!(rendered.trim_start_matches('\n'), format!("{name}={text}\n"));
            }
        }
    }

    #[test]
    fn the_cases_of_the_real_server_hold() {
        let Some(folder) = std::env::var_os("UPGRADE_CONFIG_CASES") else {
            crate::tests::skipped("UPGRADE_CONFIG_CASES is not set: no masking pattern as the server rendered it");
            return;
        };
        let case = std::path::Path::new(&folder).join("quirks/masking.toml");
        let toml = std::fs::read(case).expect("a case");
        let document = crate::document::parse(&toml).expect("TOML");
        let pattern = document.value(&Key::dotted("masking_pattern.properties.CREDIT")).and_then(Value::as_str);
        let line = format!("CREDIT={}\n", pattern.expect("a pattern"));
        let home = Home { rules: old(), masking: patterns(line.as_bytes(), None), ..Home::default() };
        assert_eq!(rendered(&home).trim_start_matches('\n'), line);
    }
}
