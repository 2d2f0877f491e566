//! Keeps secrets out of what people and logs see.
//!
//! In: a text that is about to be shown. Out: the same, or a placeholder. Always: errs on the side of hiding.

use std::fmt;

/// A value that never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Parts of words near which a secret may stand. Compared in lower case.
const PARTS: [&str; 15] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "private",
    "authoriz",
    "bearer",
    "basic ",
    "accesskey",
    "access_key",
    "authkey",
];
/// Whole words of the same kind.
const WORDS: [&str; 4] = ["pin", "pw", "psw", "auth"];
/// What looks like a password and is none: the name of the pass-through transport.
const HARMLESS: [&str; 3] = ["passthr", "pass_thr", "pass-thr"];

/// Whether a line may hold a secret: it names one, or holds a URL with a user in it.
pub fn may_hold_secret(line: &str) -> bool {
    let mut lower = line.to_lowercase();
    for harmless in HARMLESS {
        lower = lower.replace(harmless, "");
    }
    if PARTS.iter().any(|part| lower.contains(part)) {
        return true;
    }
    if lower.split(|character: char| !character.is_alphanumeric()).any(|word| WORDS.contains(&word)) {
        return true;
    }
    lower
        .split("://")
        .skip(1)
        .any(|rest| rest.split(['/', '"', '\'', '<', ' ']).next().is_some_and(|host| host.contains('@')))
}

/// The line as it may be shown: itself, or what kind of line was held back.
pub fn shown(line: &str) -> &str {
    if may_hold_secret(line) { "(not shown: it may hold a secret)" } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_name_a_secret_are_held_back() {
        for line in [
            "<Password>wso2carbon</Password>",
            "rabbitmq.connection.PWD=x",
            "url = amqp://admin:admin@host/carbon",
            "access-token: abc",
            "apiKey=1",
            "<KeyPass>x</KeyPass>",
            "<parameter name=\"DB_PASS\">x</parameter>",
            "<header name=\"Authorization\">Basic x</header>",
            "jdbc:mysql://db/x?user=u&amp;pass=x",
            "SharedAccessKey=x",
            "a.pin=1",
            "my.authkey=x",
            "\"jdbc.pw\": \"x\"",
        ] {
            assert_eq!(shown(line), "(not shown: it may hold a secret)", "{line}");
        }
        assert_eq!(shown("<messageBuilder contentType=\"a/b\"/>"), "<messageBuilder contentType=\"a/b\"/>");
        let sender = "<transportSender class=\"org.apache.synapse.transport.passthru.PassThroughHttpSender\"/>";
        assert_eq!(shown(sender), sender);
        assert_eq!(shown("see https://example.com/a@b"), "see https://example.com/a@b");
        assert_eq!(format!("{0} {0:?}", Secret("x".into())), "*** ***");
    }
}
