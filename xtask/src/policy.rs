//! The policy: what a person decided beforehand.
//!
//! In: the text of a policy file (TOML). Out: a [`Policy`], or an error with line and column; and, the other way
//! round, a policy file with every open decision of a plan in it, commented. Always: an unknown key is an error,
//! so that a typing error never passes for a decision.

mod draft;

pub use draft::draft;

use crate::choice::{InternalKeystores, StoreIn, Take, WithoutPack};
use crate::diagnostic::{Code, Severity};
use crate::document::Key;
use crate::path::EntryPath;
use crate::pattern::Pattern;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a person decided beforehand.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Conflicts by path.
    pub decide: BTreeMap<EntryPath, Take>,
    /// Paths of the home that are carried although they would be left out.
    pub carry: Vec<Pattern>,
    /// Paths of the home and of the fresh distribution that are left out although they would be in.
    pub leave_out: Vec<Pattern>,
    /// Symbolic links of the home that are followed instead of carried as links.
    pub follow: Vec<Pattern>,
    /// Severities by code.
    pub severity: BTreeMap<Code, Severity>,
    /// The HL7 transport without a pack.
    pub hl7_without_pack: Option<WithoutPack>,
    /// Settings of deployment.toml.
    pub settings: SettingsPolicy,
    /// Where the users of the user store are.
    pub database: Option<StoreIn>,
    /// Whether that was said on the command line, which counts more than a policy.
    pub database_is_argument: bool,
    /// The file as it was read, for the bundle; `None` where none was given.
    pub text: Option<String>,
}

/// What was decided about settings of deployment.toml.
#[derive(Clone, Debug, Default)]
pub struct SettingsPolicy {
    /// Settings and tables, by key, for one side.
    pub decide: BTreeMap<Key, Take>,
    /// Which keystore stands behind what 1.2.0 tied to the stock one.
    pub internal_keystores: InternalKeystores,
    /// Differences of the effective configuration that a person has looked at: flat names of settings, and paths of
    /// rendered files.
    pub accept: BTreeSet<String>,
}

impl SettingsPolicy {
    /// Whether a person has accepted what differs at a setting or in a file.
    pub fn accepts(&self, subject: &str) -> bool {
        self.accept.contains(subject)
    }

    /// For which side a setting is decided, by itself or with a table that it is in.
    pub fn take(&self, key: &Key) -> Option<Take> {
        (1..=key.steps().len())
            .rev()
            .find_map(|length| self.decide.get(&Key::from(key.steps().get(..length)?.to_vec())).copied())
    }
}

impl Policy {
    /// Whether a path is carried although it would be left out.
    pub fn carries(&self, path: &EntryPath) -> bool {
        any(&self.carry, path)
    }

    /// Whether a path is left out although it would be in.
    pub fn leaves_out(&self, path: &EntryPath) -> bool {
        any(&self.leave_out, path)
    }

    /// Whether a symbolic link is followed.
    pub fn follows(&self, path: &EntryPath) -> bool {
        any(&self.follow, path)
    }

    /// Whether the home's file at a path is not to be in the result: left out, or decided for the fresh one.
    pub fn drops(&self, path: &EntryPath) -> bool {
        self.leaves_out(path) || self.decide.get(path) == Some(&Take::Fresh)
    }
}

fn any(patterns: &[Pattern], path: &EntryPath) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    decide: BTreeMap<String, Take>,
    carry: Vec<String>,
    leave_out: Vec<String>,
    follow: Vec<String>,
    severity: BTreeMap<String, String>,
    settings: Settings,
    hl7: Hl7,
    user_store: UserStore,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct UserStore {
    database: Option<StoreIn>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    decide: BTreeMap<String, Take>,
    internal_keystores: InternalKeystores,
    accept_differences: BTreeSet<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Hl7 {
    without_pack: Option<WithoutPack>,
}

/// Reads a policy file.
///
/// The error is text for people: what is wrong, with line and column where TOML itself is.
pub fn parse(text: &str) -> Result<Policy, String> {
    let file: File = toml_edit::de::from_str(text).map_err(|error| error.to_string())?;
    let mut policy =
        Policy { text: Some(text.to_owned()), hl7_without_pack: file.hl7.without_pack, ..Policy::default() };
    for (path, take) in file.decide {
        let parsed = EntryPath::parse(&path)
            .map_err(|problem| at(text, &path, &format!("in [decide], the path `{path}` {problem}")))?;
        policy.decide.insert(parsed, take);
    }
    policy.database = file.user_store.database;
    policy.settings.internal_keystores = file.settings.internal_keystores;
    policy.settings.accept = file.settings.accept_differences;
    for (key, take) in file.settings.decide {
        let in_table = |problem: &str| at(text, &key, &format!("in [settings.decide], `{key}` {problem}"));
        let parsed = Key::parse(&key).map_err(in_table)?;
        if take == Take::Merged {
            return Err(in_table("is taken from one side; say \"fresh\" or \"customised\""));
        }
        policy.settings.decide.insert(parsed, take);
    }
    policy.carry = patterns(text, "carry", file.carry)?;
    policy.leave_out = patterns(text, "leave_out", file.leave_out)?;
    policy.follow = patterns(text, "follow", file.follow)?;
    for (name, word) in file.severity {
        let (code, severity) = severity(&name, &word).map_err(|problem| at(text, &name, &problem))?;
        policy.severity.insert(code, severity);
    }
    Ok(policy)
}

/// A problem with the line of the first place that holds the word; without one where it is written in escapes.
fn at(text: &str, word: &str, problem: &str) -> String {
    let quoted = [format!("\"{word}\""), format!("'{word}'")];
    let holds =
        |line: &str| quoted.iter().any(|quoted| line.contains(quoted)) || !word.is_empty() && line.contains(word);
    match text.lines().position(|line| !line.trim_start().starts_with('#') && holds(line)) {
        Some(line) => format!("line {}: {problem}", line + 1),
        None => problem.to_owned(),
    }
}

fn patterns(text: &str, key: &str, patterns: Vec<String>) -> Result<Vec<Pattern>, String> {
    let parse = |pattern: String| {
        Pattern::parse(&pattern)
            .map_err(|problem| at(text, &pattern, &format!("in {key}, the pattern `{pattern}` {problem}")))
    };
    patterns.into_iter().map(parse).collect()
}

fn severity(name: &str, word: &str) -> Result<(Code, Severity), String> {
    let story = Code::parse(name)
        .and_then(Code::story)
        .ok_or_else(|| format!("`{name}` is no code; `cargo xtask explain` lists them"))?;
    if story.firm {
        return Err(format!(
            "the severity of {} cannot be changed: nothing can be written until its cause is decided or mended",
            story.code
        ));
    }
    let severity = match word {
        "note" => Severity::Note,
        "warning" => Severity::Warning,
        "error" => Severity::Error,
        _ => return Err(format!("{name} = `{word}`: say \"note\", \"warning\" or \"error\"")),
    };
    Ok((story.code, severity))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Database;

    #[test]
    fn a_policy_says_all_that_it_can_say() {
        let policy = parse(
            r#"
carry = ["password-persist"]
leave_out = ["wso2/components/plugins/axis2-transport-xmpp_*.jar"]
follow = ["repository/deployment"]
[decide]
"conf/log4j2.properties" = "merged"
[severity]
MI0101 = "note"
[hl7]
without_pack = "carry the old jars"
[user_store]
database = "oracle-rac"
"#,
        )
        .expect("a good policy");
        assert_eq!(policy.decide[&EntryPath::known("conf/log4j2.properties")], Take::Merged);
        assert!(policy.carries(&EntryPath::known("password-persist")));
        assert_eq!(policy.severity[&Code(101)], Severity::Note);
        assert_eq!(policy.hl7_without_pack, Some(WithoutPack::CarryOldJars));
        assert_eq!(policy.database, Some(StoreIn::Database(Database::OracleRac)));
        let words = Database::ALL.map(StoreIn::Database).into_iter().chain([StoreIn::NoDatabase]);
        assert_eq!(words.clone().map(StoreIn::name).collect::<Vec<_>>(), StoreIn::NAMES);
        for word in words {
            let text = format!("[user_store]\ndatabase = \"{}\"", word.name());
            assert_eq!(parse(&text).expect("a word").database, Some(word));
        }
        assert!(parse("").expect("empty is fine").decide.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (text, parts) in [
            ("carry = [", &["line 1"][..]),
            ("x = 1", &["unknown field", "`x`"]),
            ("[decide]\n\"conf/a\" = \"ours\"", &["line 2", "ours"]),
            ("[decide]\n\"../a\" = \"fresh\"", &["../a", "leads out"]),
            ("carry = [\"/etc\"]", &["/etc", "absolute"]),
            ("[severity]\nMI9999 = \"note\"", &["MI9999"]),
            ("[severity]\nMI0101 = \"conflict\"", &["MI0101", "conflict"]),
            ("[severity]\nMI0202 = \"note\"", &["MI0202", "cannot be changed"]),
            ("[hl7]\nwithout_pack = \"yes\"", &["line 2"]),
            ("[user_store]\ndatabase = \"sybase\"", &["line 2", "sybase", "oracle-rac", "none"]),
        ] {
            let error = parse(text).expect_err(text);
            assert!(parts.iter().all(|part| error.contains(part)), "{text}: {error}");
        }
    }
}
