//! How far an input was updated.
//!
//! In: an inventory, or the change log that an update left. Out: an [`UpdateLevel`], or the paths that the log names.
//! Always: of `updates/config.json` nothing but the level comes out: the tokens in it are neither kept nor shown.

use crate::inventory::Inventory;
use crate::path::EntryPath;
use std::collections::BTreeSet;
use std::fmt;

/// How far a home or a distribution was updated, and by which tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateLevel {
    /// As released.
    Never,
    /// By WUM (until 2023), with the time of its latest update in milliseconds since 1970.
    Wum(String),
    /// By the update tool, to this level.
    U2(u32),
    /// It was updated, but what is left does not say how far.
    Unknown,
}

impl fmt::Display for UpdateLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never updated"),
            Self::Wum(timestamp) => write!(f, "updated by WUM ({timestamp})"),
            Self::U2(level) => write!(f, "update level {level}"),
            Self::Unknown => f.write_str("update level unknown"),
        }
    }
}

/// Where the update tool keeps its level. Beside it stand access tokens.
///
/// Source: updated installations of several products; `"update-level": "8"`, `"-1"` before the first update.
const CONFIG: &str = "updates/config.json";

/// Says how far an input was updated.
pub fn update_level(inventory: &Inventory) -> UpdateLevel {
    let tool = inventory.has_file(CONFIG).then(|| inventory.text(CONFIG).and_then(level_of));
    if let Some(Some(level)) = tool.as_ref().and_then(|level| level.map(|level| u32::try_from(level).ok()))
        && level > 0
    {
        return UpdateLevel::U2(level);
    }
    let wum = || inventory.below("updates").chain(inventory.below("wum")).map(|(path, _)| path);
    if let Some(timestamp) = wum().filter_map(wum_timestamp).max() {
        return UpdateLevel::Wum(timestamp.to_owned());
    }
    if tool == Some(None) || wum().any(|path| path.is_below("wum")) { UpdateLevel::Unknown } else { UpdateLevel::Never }
}

/// The level that `updates/config.json` states, as a string or a number.
fn level_of(config: &[u8]) -> Option<i64> {
    let config: serde_json::Value = serde_json::from_slice(config).ok()?;
    let level = config.get("update-level")?;
    level.as_i64().or_else(|| level.as_str()?.trim().parse().ok())
}

/// The time in the names that WUM gives: `change-log+1602089309903.full.txt`,
/// `update-summary-wso2mi-1.2.0+1602089309903.full.pdf`, and folders named by it below `wum`.
fn wum_timestamp(path: &EntryPath) -> Option<&str> {
    let is_time = |text: &&str| text.len() == 13 && text.bytes().all(|byte| byte.is_ascii_digit());
    let in_name = path.file_name().split_once('+').and_then(|(_, rest)| rest.split('.').next()).filter(is_time);
    let in_folder = || path.as_str().split('/').skip_while(|part| *part != "wum").find(is_time);
    in_name.or_else(in_folder)
}

/// The files that a WUM change log names: its `--- path` lines, and the `+++ path` lines of files that were added.
///
/// Source: updates/summary/change-log+1602089309903.full.txt of an updated 1.2.0.
pub fn changed_by_update(change_log: &[u8]) -> BTreeSet<String> {
    let mut lines = change_log.split(|byte| *byte == b'\n').peekable();
    let mut paths = BTreeSet::new();
    while let Some(line) = lines.next() {
        // A removed line that itself starts with two dashes looks the same, but no `+++` follows it.
        let Some(old) = line.strip_prefix(b"--- ") else { continue };
        let Some(new) = lines.peek().and_then(|next| next.strip_prefix(b"+++ ")) else { continue };
        paths.extend([old, new].into_iter().filter_map(path_in_header));
    }
    paths
}

/// The path in a header line, without the time after it and without the folder of the distribution before it.
fn path_in_header(header: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(header).ok().filter(|text| text.len() <= 1024)?;
    let text = text.split('\t').next()?.trim();
    let path = match text.split_once('/') {
        Some((top, rest)) if top.starts_with("wso2mi-") || top == "a" || top == "b" => rest,
        _ => text,
    };
    EntryPath::parse(path).ok().map(|path| path.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Entry;

    fn level(files: &[(&str, Option<&str>)]) -> UpdateLevel {
        let mut inventory = Inventory::default();
        for (path, text) in files {
            let mut entry = Entry::memory(0o644, text.unwrap_or_default().as_bytes());
            entry.facts.text = text.map(|text| text.as_bytes().into());
            inventory.entries.insert(EntryPath::known(path), entry);
        }
        update_level(&inventory)
    }

    #[test]
    fn levels_are_read_from_what_each_tool_leaves() {
        let json = |level: &str| format!(r#"{{"update-level": {level}, "access-token": "sample-only"}}"#);
        let log = ("updates/summary/change-log+1602089309903.full.txt", None);
        let pdf = ("updates/summary/update-summary-wso2mi-1.2.0+1602089309904.full.pdf", None);
        let wum = |timestamp: &str| UpdateLevel::Wum(timestamp.into());
        for (files, expected) in [
            (vec![("updates/product.txt", Some("wso2mi-1.2.0"))], UpdateLevel::Never),
            (vec![(CONFIG, Some(json("\"8\"").as_str()))], UpdateLevel::U2(8)),
            (vec![(CONFIG, Some(json("136").as_str()))], UpdateLevel::U2(136)),
            (vec![(CONFIG, Some(json("\"-1\"").as_str()))], UpdateLevel::Never),
            (vec![(CONFIG, Some(json("\"0\"").as_str()))], UpdateLevel::Never),
            (vec![(CONFIG, Some(json("\"-1\"").as_str())), log], wum("1602089309903")),
            (vec![(CONFIG, Some(json("\"5\"").as_str())), log], UpdateLevel::U2(5)),
            (vec![(CONFIG, Some("{"))], UpdateLevel::Unknown),
            (vec![(CONFIG, Some("{}"))], UpdateLevel::Unknown),
            (vec![(CONFIG, None)], UpdateLevel::Unknown),
            (vec![log, pdf], wum("1602089309904")),
            (vec![("updates/wum/1583481010843/summary.txt", None)], wum("1583481010843")),
            (vec![("wum/state", None)], UpdateLevel::Unknown),
            (vec![("wso2/components/p2/x.profile/1595762880788.profile.gz", None)], UpdateLevel::Never),
        ] {
            assert_eq!(level(&files), expected, "{files:?}");
        }
        assert!(!format!("{:?}", level(&[(CONFIG, Some(&json("\"8\"")))])).contains("sample-only"));
    }

    #[test]
    fn a_change_log_names_its_files_and_nothing_else() {
        let log = b"--- repository/resources/conf/default.json\n+++ repository/resources/conf/default.json\n@@ -1 +1 @@\n\
            --- a comment in SQL\n-x\n+++ y\n\n--- wso2mi-1.2.0/conf/carbon.xml\t2020-09-17\n+++ wso2mi-1.2.0/conf/carbon.xml\t2020\n\
            --- /dev/null\n+++ conf/new.xml\n--- ../../etc/passwd\n+++ ../../etc/passwd\n--- \xff\n+++ \xff\n---";
        let paths: Vec<_> = changed_by_update(log).into_iter().collect();
        assert_eq!(paths, ["conf/carbon.xml", "conf/new.xml", "repository/resources/conf/default.json"]);
        assert!(changed_by_update(b"").is_empty());
    }
}
