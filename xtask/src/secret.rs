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
const PARTS: [&str; 17] = [
    "cookie",
    "sig=",
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
const WORDS: [&str; 6] = ["pin", "pw", "psw", "auth", "jwt", "pwlist"];
/// What makes a name that ends with `key` one of a secret. Others name rows, routes and stores.
const KEYS: [&str; 12] = [
    "secret",
    "private",
    "api",
    "access",
    "encryption",
    "signing",
    "symmetric",
    "shared",
    "auth",
    "master",
    "account",
    "license",
];
/// What looks like a secret and is none: the name of the pass-through transport, and the alias that both releases ship
/// in `[truststore]`.
const HARMLESS: [&str; 4] = ["passthr", "pass_thr", "pass-thr", "symmetric.key.value"];

/// Whether a name ends as that of a secret key does: `signing_key`, `encryption.key`. In lower case.
pub fn names_key(name: &str) -> bool {
    let before = name.strip_suffix("key").map(|before| before.trim_end_matches(['_', '-', '.', ' ']));
    before.is_some_and(|before| KEYS.iter().any(|word| before.ends_with(word)))
}

/// Whether a text only refers to a value that stands elsewhere: `$secret{name}`, and nothing beside it.
pub fn is_reference(text: &str) -> bool {
    let inside = ["$secret{", "$env{", "$sys{", "$ref{"].iter().find_map(|prefix| text.strip_prefix(prefix));
    inside.is_some_and(|inside| inside.find('}') == Some(inside.len() - 1))
}

/// Whether a text holds an address with a user and a password in it. In lower case.
fn is_address_with_password(text: &str) -> bool {
    let with_user = text.split("://").skip(1).any(|rest| {
        let rest = rest.split(['"', '\'', '<', ' ']).next().unwrap_or_default();
        let host = rest.split('/').next().unwrap_or_default();
        // A password may hold a slash that nobody escaped.
        host.contains('@') || host.contains(':') && rest.contains('@')
    });
    // `jdbc:oracle:thin:user/password@host`
    let of_oracle = text.split("jdbc:oracle:").skip(1).any(|rest| {
        let user = rest.split('@').next().unwrap_or_default();
        rest.contains('@') && user.contains('/')
    });
    with_user || of_oracle
}

/// Whether a line may hold a secret: it names one, or holds a URL with a user in it.
pub fn may_hold_secret(line: &str) -> bool {
    let mut lower = line.to_lowercase();
    for harmless in HARMLESS {
        lower = lower.replace(harmless, "");
    }
    // `eyJ` is how the first part of a JSON web token begins: `{"` in Base64.
    if line.contains("eyJ") || PARTS.iter().any(|part| lower.contains(part)) {
        return true;
    }
    if lower.split(|character: char| !character.is_alphanumeric()).any(|word| WORDS.contains(&word)) {
        return true;
    }
    let ends = lower.match_indices("key").filter_map(|(at, key)| lower.get(..at + key.len()));
    ends.into_iter().any(names_key) || is_address_with_password(&lower)
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
            "encryption.key = x",
            "AccountKey=x;",
            "https://host/x?sig=y",
            "x = eyJhbGciOi",
            "signing_key: x",
            "jdbc:oracle:thin:scott/tiger@host:1521:X",
            "amqp://u:p/w@host",
        ] {
            assert_eq!(shown(line), "(not shown: it may hold a secret)", "{line}");
        }
        assert_eq!(shown("<messageBuilder contentType=\"a/b\"/>"), "<messageBuilder contentType=\"a/b\"/>");
        let sender = "<transportSender class=\"org.apache.synapse.transport.passthru.PassThroughHttpSender\"/>";
        assert_eq!(shown(sender), sender);
        for line in
            ["see https://example.com/a@b", "jdbc:oracle:thin:@//host:1521/x", "alias = \"symmetric.key.value\""]
        {
            assert_eq!(shown(line), line);
        }
        for (text, refers) in [
            ("$secret{a}", true),
            ("$env{A.B}", true),
            ("$ecret}", false),
            ("$env{X}tail}", false),
            ("$env{X}$env{Y}", false),
            ("$env{X", false),
            ("x$env{X}", false),
        ] {
            assert_eq!(is_reference(text), refers, "{text}");
        }
        assert_eq!(format!("{0} {0:?}", Secret("x".into())), "*** ***");
    }
}
