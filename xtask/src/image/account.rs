//! The user and the group that the server runs as, in the files of a base image.
//!
//! In: `etc/passwd` and `etc/group`. Out: the same with a line more, where it was missing. Always: what was there stays;
//! a name or number that someone else has is an error, since files would be theirs.

use crate::image::{GROUP, GROUP_ID, USER, USER_HOME, USER_ID};
use std::fmt::Write as _;

/// What is to be written; `None` where a file may stay as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// `etc/passwd`.
    pub passwd: Option<Vec<u8>>,
    /// `etc/group`.
    pub group: Option<Vec<u8>>,
}

/// Adds the user and the group, where a base image has not the very same. The error says who has their name or number,
/// and what to do.
pub fn account(passwd: Option<&[u8]>, group: Option<&[u8]>) -> Result<Account, String> {
    let user = Wanted { file: "etc/passwd", kind: "user", name: USER, id: USER_ID };
    let users = user.missing(passwd)?;
    if let Some(other) =
        passwd.and_then(|passwd| number(passwd, USER, 3)).filter(|other| *other != GROUP_ID.to_string())
    {
        return Err(format!(
            "`etc/passwd` has the user `{USER}` with the group {other}, and not {GROUP_ID}: choose another base image"
        ));
    }
    let groups = Wanted { file: "etc/group", kind: "group", name: GROUP, id: GROUP_ID }.missing(group)?;
    let user_line = format!("{USER}:x:{USER_ID}:{GROUP_ID}:WSO2:/{USER_HOME}:/bin/sh");
    let group_line = format!("{GROUP}:x:{GROUP_ID}:");
    Ok(Account {
        passwd: users.then(|| with_line(passwd, "root:x:0:0:root:/root:/bin/sh", &user_line)),
        group: groups.then(|| with_line(group, "root:x:0:", &group_line)),
    })
}

struct Wanted {
    file: &'static str,
    kind: &'static str,
    name: &'static str,
    id: u32,
}

impl Wanted {
    /// Whether a file has neither the name nor the number; an error where it has one of them without the other.
    fn missing(&self, text: Option<&[u8]>) -> Result<bool, String> {
        let Some(text) = text else { return Ok(true) };
        let Self { file, kind, name, id } = self;
        let mut missing = true;
        for line in lines(text) {
            let (has_name, has_id) = (field(line, 0) == name.as_bytes(), field(line, 2) == id.to_string().as_bytes());
            if has_name && has_id {
                missing = false;
            } else if has_name || has_id {
                let (other, number) = (shown(field(line, 0)), shown(field(line, 2)));
                return Err(format!(
                    "`{file}` has the {kind} `{other}` with the number {number}, and the server runs as `{name}` with \
                     {id}: choose a base image that leaves both free"
                ));
            }
        }
        Ok(missing)
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'\n')
}

fn field(line: &[u8], at: usize) -> &[u8] {
    line.split(|byte| *byte == b':').nth(at).unwrap_or(&[])
}

/// A field of the line of a name.
fn number(text: &[u8], name: &str, at: usize) -> Option<String> {
    lines(text).find(|line| field(line, 0) == name.as_bytes()).map(|line| shown(field(line, at)))
}

/// A field as a message may show it.
fn shown(field: &[u8]) -> String {
    String::from_utf8_lossy(field).chars().take(64).flat_map(char::escape_debug).collect()
}

/// The file with a line more. One that is new names the administrator too, or tools would not know who that is.
fn with_line(text: Option<&[u8]>, first: &str, line: &str) -> Vec<u8> {
    let mut all = match text {
        Some(text) => text.to_vec(),
        None => format!("{first}\n").into_bytes(),
    };
    let mut more = String::new();
    if all.last().is_some_and(|byte| *byte != b'\n') {
        more.push('\n');
    }
    let _ = writeln!(more, "{line}");
    all.extend(more.into_bytes());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &[u8] = b"root:x:0:0:root:/root:/bin/bash\n";

    fn texts(account: Account) -> [Option<String>; 2] {
        [account.passwd, account.group].map(|file| file.map(|file| String::from_utf8(file).expect("text")))
    }

    #[test]
    fn a_missing_user_is_added_and_the_rest_stays() {
        let added = account(Some(ROOT), Some(b"root:x:0:\nstaff:x:50:\xff")).expect("free");
        assert_eq!(
            added.passwd.as_deref(),
            Some(&b"root:x:0:0:root:/root:/bin/bash\nwso2carbon:x:802:802:WSO2:/home/wso2carbon:/bin/sh\n"[..])
        );
        assert_eq!(added.group.as_deref(), Some(&b"root:x:0:\nstaff:x:50:\xff\nwso2:x:802:\n"[..]));
        let again = account(added.passwd.as_deref(), added.group.as_deref()).expect("the very same");
        assert_eq!(again, Account::default());
    }

    #[test]
    fn files_that_are_not_there_are_made() {
        let [passwd, group] = texts(account(None, None).expect("free"));
        let passwd = passwd.expect("a file");
        assert!(passwd.starts_with("root:x:0:0:") && passwd.ends_with(":/home/wso2carbon:/bin/sh\n"), "{passwd}");
        assert_eq!(group.as_deref(), Some("root:x:0:\nwso2:x:802:\n"));
        let [passwd, _] = texts(account(Some(b""), Some(b"")).expect("free"));
        assert_eq!(passwd.as_deref(), Some("wso2carbon:x:802:802:WSO2:/home/wso2carbon:/bin/sh\n"));
    }

    #[test]
    fn what_someone_else_has_is_refused_with_its_owner() {
        for (passwd, group, word) in [
            (&b"mysql:x:802:1:::\n"[..], ROOT, "the user `mysql` with the number 802"),
            (b"wso2carbon:x:1000:802:::\n", ROOT, "the user `wso2carbon` with the number 1000"),
            (b"wso2carbon:x:802:100:::\n", ROOT, "with the group 100"),
            (ROOT, b"staff:x:802:\n", "the group `staff` with the number 802"),
            (ROOT, b"wso2:x:7\x1b:\n", "the group `wso2` with the number 7\\u{1b}"),
        ] {
            let problem = account(Some(passwd), Some(group)).expect_err(word);
            assert!(problem.contains(word) && problem.contains("base image"), "{problem}");
        }
    }
}
