//! A policy file to start from.
//!
//! In: the diagnostics of a plan and the policy that it was made with. Out: the text of a policy in which every
//! open decision stands, commented. Always: valid as it stands, and valid again when lines are uncommented.

use crate::choice::{Choice, InternalKeystores, quoted};
use crate::diagnostic::{Code, Diagnostic, Severity, plain};
use crate::policy::Policy;
use std::collections::BTreeSet;
use std::fmt::Write as _;

const HEAD: &str = "\
# What a person decides for this upgrade. Uncomment one line for each decision, and pass the file with --policy.
# Paths start below the home. `*` stays within a part of a path, `**` crosses parts.
";

/// Writes the policy with every open decision in it.
pub fn draft(diagnostics: &[Diagnostic], policy: &Policy) -> String {
    let mut text = HEAD.to_owned();
    let open: Vec<&Diagnostic> = diagnostics.iter().filter(|d| d.severity >= Severity::Conflict).collect();
    let all: Vec<&Diagnostic> = diagnostics.iter().collect();
    for key in ["carry", "leave_out", "follow"] {
        list(&mut text, key, &all, policy);
    }
    decisions(&mut text, &open, policy);
    settings(&mut text, diagnostics, policy);
    hl7(&mut text, &open, policy);
    user_store(&mut text, &open, policy);
    text.push_str("\n# The weight of a finding by its code: \"note\", \"warning\" or \"error\".\n[severity]\n");
    for (code, severity) in &policy.severity {
        let _ = writeln!(text, "{code} = \"{severity}\"");
    }
    text
}

fn list(text: &mut String, key: &str, open: &[&Diagnostic], policy: &Policy) {
    let (purpose, set) = match key {
        "carry" => ("Carried although it would be left out.", &policy.carry),
        "leave_out" => ("Left out, of the home and of the fresh distribution.", &policy.leave_out),
        _ => ("Symbolic links to follow: what they point to is carried.", &policy.follow),
    };
    let _ = writeln!(text, "\n# {purpose}\n{key} = [");
    for pattern in set {
        let _ = writeln!(text, "    {},", quoted(pattern.as_str()));
    }
    let mut seen = BTreeSet::new();
    for diagnostic in open {
        let mut first = true;
        for choice in &diagnostic.choices {
            let (("carry", Choice::Carry(path))
            | ("leave_out", Choice::LeaveOut(path))
            | ("follow", Choice::Follow(path))) = (key, choice)
            else {
                continue;
            };
            if seen.insert(path.clone()) {
                if std::mem::take(&mut first) {
                    let _ = writeln!(text, "    # {}: {}", diagnostic.code, plain(&diagnostic.message));
                }
                let _ = writeln!(text, "    # {},", quoted(path));
            }
        }
    }
    text.push_str("]\n");
}

fn decisions(text: &mut String, open: &[&Diagnostic], policy: &Policy) {
    text.push_str("\n# Conflicts by path: \"fresh\", \"customised\" or \"merged\".\n[decide]\n");
    for (path, take) in &policy.decide {
        let _ = writeln!(text, "{} = \"{}\"", quoted(path.as_str()), take.word());
    }
    for diagnostic in open {
        let mut first = true;
        for choice in &diagnostic.choices {
            if let Choice::Decide(path, take) = choice {
                if std::mem::take(&mut first) {
                    let _ = writeln!(text, "# {}: {}", diagnostic.code, plain(&diagnostic.message));
                }
                let _ = writeln!(text, "# {} = \"{}\"  # {}", quoted(path), take.word(), choice.meaning());
            }
        }
    }
}

/// Single settings: those that are open, and those that a rule decided and a person may decide otherwise.
fn settings(text: &mut String, diagnostics: &[Diagnostic], policy: &Policy) {
    text.push_str("\n# Settings of conf/deployment.toml.\n[settings]\n");
    if policy.settings.internal_keystores == InternalKeystores::FollowPrimary {
        text.push_str("internal_keystores = \"follow primary\"\n");
    } else if let Some(pinned) = diagnostics.iter().find(|diagnostic| diagnostic.code == Code(608)) {
        let _ = writeln!(text, "# {}: {}", pinned.code, pinned.message);
        text.push_str("# internal_keystores = \"follow primary\"  # what [keystore.primary] and [truststore] say\n");
    }
    accepted(text, diagnostics, policy);
    text.push_str("\n# Single settings or tables: \"fresh\" or \"customised\".\n[settings.decide]\n");
    let mut seen = BTreeSet::new();
    for (key, take) in &policy.settings.decide {
        let key = key.to_string();
        let _ = writeln!(text, "{} = \"{}\"", quoted(&key), take.word());
        seen.insert(key);
    }
    for diagnostic in diagnostics {
        let of_settings = diagnostic.choices.iter().filter_map(|choice| match choice {
            Choice::DecideSetting(key, take) if !seen.contains(key) => Some((key, take, choice.meaning())),
            _ => None,
        });
        let lines: Vec<_> = of_settings.collect();
        if !lines.is_empty() {
            let _ = writeln!(text, "# {}: {}", diagnostic.code, plain(&diagnostic.message));
        }
        for (key, take, meaning) in lines {
            let _ = writeln!(text, "# {} = \"{}\"  # {meaning}", quoted(key), take.word());
        }
    }
}

/// Differences of the effective configuration: settings and rendered files.
fn accepted(text: &mut String, diagnostics: &[Diagnostic], policy: &Policy) {
    text.push_str("# Differences of the effective configuration that were looked at.\naccept_differences = [\n");
    for subject in &policy.settings.accept {
        let _ = writeln!(text, "    {},", quoted(subject));
    }
    for diagnostic in diagnostics {
        for choice in &diagnostic.choices {
            if let Choice::AcceptDifference(subject) = choice {
                let _ = writeln!(
                    text,
                    "    # {}: {}\n    # {},",
                    diagnostic.code,
                    plain(&diagnostic.message),
                    quoted(subject)
                );
            }
        }
    }
    text.push_str("]\n");
}

fn hl7(text: &mut String, open: &[&Diagnostic], policy: &Policy) {
    text.push_str("\n[hl7]\n");
    if let Some(decided) = policy.hl7_without_pack {
        let _ = writeln!(text, "{}", Choice::Hl7(decided).line().trim_start_matches("hl7."));
    }
    for diagnostic in open {
        if diagnostic.choices.iter().any(|choice| matches!(choice, Choice::Hl7(_))) {
            let _ = writeln!(text, "# {}: {}", diagnostic.code, plain(&diagnostic.message));
        }
        for choice in diagnostic.choices.iter().filter(|choice| matches!(choice, Choice::Hl7(_))) {
            let line = choice.line();
            let _ = writeln!(text, "# {}  # {}", line.trim_start_matches("hl7."), choice.meaning());
        }
    }
}

fn user_store(text: &mut String, open: &[&Diagnostic], policy: &Policy) {
    text.push_str("\n# The kind of database that the user store is in; \"none\" where it is in none.\n[user_store]\n");
    if let Some(decided) = policy.database {
        let _ = writeln!(text, "database = \"{}\"", decided.name());
    }
    for diagnostic in open {
        let mut first = true;
        for choice in &diagnostic.choices {
            if let Choice::UserStore(store) = choice {
                if std::mem::take(&mut first) {
                    let _ = writeln!(text, "# {}: {}", diagnostic.code, plain(&diagnostic.message));
                }
                let _ = writeln!(text, "# database = \"{}\"  # {}", store.name(), choice.meaning());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::WithoutPack;
    use crate::choice::{Database, StoreIn, Take};
    use crate::policy;

    fn open() -> Vec<Diagnostic> {
        vec![
            Diagnostic::new(Code(202), "`conf/a \"b\".xml` changed in both").choices([
                Choice::Decide("conf/a \"b\".xml".into(), Take::Fresh),
                Choice::Decide("conf/a \"b\".xml".into(), Take::Customised),
            ]),
            Diagnostic::new(Code(701), "no pack").choices([Choice::Hl7(WithoutPack::GoWithout)]),
            Diagnostic::new(Code(211), "a link")
                .choices([Choice::Follow("lib/x".into()), Choice::LeaveOut("lib/x".into())]),
            Diagnostic::new(Code(604), "`datasource[id=A].url` was changed in the home and in 4.0.0").choices(
                [Take::Fresh, Take::Customised].map(|take| Choice::DecideSetting("datasource[id=A].url".into(), take)),
            ),
            Diagnostic::new(Code(901), "it cannot be told which database")
                .choices(Database::ALL.map(|database| Choice::UserStore(StoreIn::Database(database)))),
            Diagnostic::new(Code(608), "the internal keystore is pinned"),
            Diagnostic::new(Code(610), "`dashboard_config` would come into force")
                .choices([Choice::DecideSetting("parameter.'a.b'".into(), Take::Customised)]),
        ]
    }

    #[test]
    fn a_draft_is_valid_and_stays_valid_when_a_line_is_uncommented() {
        let text = draft(&open(), &Policy::default());
        let parsed = policy::parse(&text).expect("valid as it stands");
        assert!(parsed.decide.is_empty() && parsed.follow.is_empty() && parsed.hl7_without_pack.is_none());
        let chosen = text
            .replace("# \"lib/x\",", "\"lib/x\",")
            .replace("# 'conf/a \"b\".xml' = \"fresh\"", "'conf/a \"b\".xml' = \"fresh\"")
            .replace("# \"datasource[id=A].url\" = \"fresh\"", "\"datasource[id=A].url\" = \"fresh\"")
            .replace("# \"parameter.'a.b'\"", "\"parameter.'a.b'\"")
            .replace("# internal_keystores", "internal_keystores")
            .replace("# without_pack", "without_pack")
            .replace("# database = \"db2\"", "database = \"db2\"");
        let parsed = policy::parse(&chosen).expect("valid with decisions");
        assert_eq!(parsed.decide.values().collect::<Vec<_>>(), [&Take::Fresh]);
        assert_eq!((parsed.follow.len(), parsed.leave_out.len()), (1, 1));
        let of_settings: Vec<_> = parsed.settings.decide.iter().map(|(key, take)| (key.to_string(), *take)).collect();
        let expected = [("datasource[id=A].url", Take::Fresh), ("parameter.'a.b'", Take::Customised)];
        assert_eq!(of_settings, expected.map(|(key, take)| (key.to_owned(), take)));
        assert_eq!(parsed.settings.internal_keystores, InternalKeystores::FollowPrimary);
        assert_eq!(parsed.hl7_without_pack, Some(WithoutPack::GoWithout));
        assert_eq!(parsed.database, Some(StoreIn::Database(Database::Db2)));
    }

    #[test]
    fn what_was_decided_before_stays() {
        let before = policy::parse("carry = [\"a\"]\n[decide]\n\"b\" = \"merged\"\n[severity]\nMI0101 = \"error\"\n[settings]\ninternal_keystores = \"follow primary\"\ndecide.\"datasource[id=A].url\" = \"customised\"\n[hl7]\nwithout_pack = \"go without\"\n[user_store]\ndatabase = \"mysql\"").expect("good");
        let after = policy::parse(&draft(&open(), &before)).expect("good");
        assert_eq!(before.decide, after.decide);
        assert_eq!(before.carry, after.carry);
        assert_eq!(before.severity, after.severity);
        assert_eq!(before.settings.decide, after.settings.decide);
        assert_eq!(before.settings.internal_keystores, after.settings.internal_keystores);
        assert!(!draft(&open(), &before).contains("\n# \"datasource[id=A].url\""), "it is decided");
        assert_eq!(before.hl7_without_pack, after.hl7_without_pack);
        assert_eq!(before.database, Some(StoreIn::Database(Database::Mysql)));
        assert_eq!(after.database, before.database);
    }
}
