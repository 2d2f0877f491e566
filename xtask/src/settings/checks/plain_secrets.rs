//! Passwords, keys and tokens in plain text.
//!
//! In: the merged settings. Out: one note that names them. Always: names and lines, never a value; what refers to a
//! secret or to the environment is not plain. Errs on the side of saying nothing: a name alone does not make a secret.

use super::{Checked, listed};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::{Key, Step, Value};
use crate::secret;

/// The password of the stock keystores.
///
/// Source: MI v1.2.0 and v4.0.0 distribution/src/conf/deployment.toml.
const STOCK: &str = "wso2carbon";

/// What refers to a value that stands elsewhere.
const REFERENCES: [&str; 4] = ["$secret{", "$env{", "$sys{", "$ref{"];

/// Tables whose names say nothing of their values: encrypted ones, and regular expressions.
const OTHER: [&str; 3] = ["secrets", "runtime_secrets", "masking_pattern"];

/// How names end that speak of a secret and do not hold it.
const ABOUT: [&str; 33] = [
    "file",
    "filename",
    "file_name",
    "location",
    "path",
    "alias",
    "type",
    "algorithm",
    "class",
    "callback",
    "enable",
    "enabled",
    "expiry",
    "size",
    "interval",
    "timeout",
    "url",
    "uri",
    "endpoint",
    "host",
    "port",
    "header",
    "headers",
    "service",
    "validation",
    "regex",
    "regularexpression",
    "pattern",
    "digest",
    "method",
    "username",
    "count",
    "mode",
];

/// Says which settings hold a secret in plain text.
pub(super) fn check(checked: &Checked<'_>) -> Option<Diagnostic> {
    let (mut plain, mut stock, mut in_urls) = (Vec::new(), Vec::new(), Vec::new());
    for (key, value) in &checked.values {
        if key.steps().first().is_some_and(|step| OTHER.iter().any(|table| *step == Step::Name((*table).to_owned()))) {
            continue;
        }
        let text = value.as_str();
        if text.is_some_and(holds_password) {
            in_urls.push(key);
        } else if is_secret(key, value) {
            if text == Some(STOCK) { stock.push(key) } else { plain.push(key) }
        }
    }
    let first = *plain.first().or(in_urls.first()).or(stock.first())?;
    let own = plain.len() + in_urls.len();
    let mut lines = listed(&plain, |key| checked.named(key));
    lines.extend(listed(&in_urls, |key| format!("{}, inside an address", checked.named(key))));
    if !stock.is_empty() {
        let names = listed(&stock, |key| checked.mentioned(key)).join(", ");
        lines.push(format!("still the password that every distribution has: {names}"));
    }
    let message =
        if own == 0 { "keystores have the password of every distribution" } else { "passwords stand in plain text" };
    let found = Diagnostic::new(Code(612), message).details(lines).hint(if own == 0 {
        "use keystores of your own, with a password of their own, and keep it in the secure vault"
    } else {
        "put the values into [secrets], encrypt them with the cipher tool, and refer to them with $secret{name}"
    });
    Some(checked.at_first(found, Some(first)))
}

/// Whether a setting holds a secret as it is.
fn is_secret(key: &Key, value: &Value) -> bool {
    let names: Vec<&str> = key
        .steps()
        .iter()
        .filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let Some(name) = names.last().map(|name| name.to_lowercase()) else { return false };
    let text = match value {
        Value::String(text) => text.trim(),
        // A number may be a password, and is a time or a size where a key or a token is spoken of.
        Value::Integer(_) => return names_password(&name) && !is_about(&name),
        _ => return false,
    };
    let plain = !text.is_empty()
        && !matches!(text.to_lowercase().as_str(), "true" | "false")
        && !REFERENCES.iter().any(|reference| text.contains(reference));
    plain && !is_about(&name) && (names_secret(&name) || names.ends_with(&["encryption", "key"]))
}

fn names_password(name: &str) -> bool {
    ["password", "passwd", "passphrase", "pwd"].iter().any(|word| name.contains(word))
}

fn names_secret(name: &str) -> bool {
    if name.ends_with("key") { secret::names_key(name) } else { secret::may_hold_secret(name) }
}

/// Whether a name tells something about a secret, and not the secret.
fn is_about(name: &str) -> bool {
    ABOUT.iter().any(|end| name.ends_with(end)) || ["bypass", "salted", "hash"].iter().any(|part| name.contains(part))
}

/// Whether a text is an address with a password in it.
fn holds_password(text: &str) -> bool {
    let is_plain = |password: &str| !password.is_empty() && !password.starts_with(['$', '{']);
    let of_user = text.split("://").skip(1).any(|rest| {
        let host = rest.split(['/', '"', '\'', '<', ' ', '?']).next().unwrap_or_default();
        let user = host.rsplit_once('@').map(|(user, _)| user);
        user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| is_plain(password))
    });
    let of_oracle = text
        .split("jdbc:oracle:")
        .skip(1)
        .filter_map(|rest| rest.split_once('@'))
        .any(|(user, _)| user.split_once('/').is_some_and(|(_, password)| is_plain(password)));
    let lower = text.to_lowercase();
    of_user
        || of_oracle
        || lower.contains(':')
            && ["password=", "pwd=", "sharedaccesskey=", "accesskey="].iter().any(|word| {
                let values = lower.split(word).skip(1);
                values.map(|rest| rest.split(['&', ';']).next().unwrap_or_default()).any(is_plain)
            })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_name() {
        let text = Value::from("s3cr3t");
        for (key, expected) in [
            ("keystore.primary.password", true),
            ("keystore.primary.key_password", true),
            ("user_store.connection_password", true),
            ("datasource[id=DB].password", true),
            ("internal_apis.users[user.name=admin].user.password", true),
            ("transport.rabbitmq.listener[name=X].parameter.'rabbitmq.server.password'", true),
            ("encryption.key", true),
            ("external_vault[name=hashicorp].secretId", true),
            ("a.api_key", true),
            ("a.'access.token'", true),
            ("keystore.primary.alias", false),
            ("transport.rabbitmq.listener[name=X].parameter.queue_routing_key", false),
            ("a.key", false),
            ("keystore.primary.file_name", false),
            ("system.parameter.'org.wso2.SecureVaultPasswordRegEx'", false),
            ("user_store.properties.PasswordHashMethod", false),
            ("user_store.properties.StoreSaltedPassword", false),
            ("monitoring.ei_analytics.auth_server_url", false),
            ("transport.http.proxy_profile[1].bypass_hosts", false),
            ("server.auth2_token_validation_service", false),
            ("passthru_properties.'http.x'", false),
            ("transport.passthru", false),
        ] {
            let key = Key::parse(key).expect("a key");
            assert_eq!(is_secret(&key, &text), expected, "{key}");
            // What is told to be a secret is never shown.
            assert!(!expected || crate::settings::decision::shown(&key, &text) == "***", "{key}");
        }
    }

    #[test]
    fn a_value_may_be_no_secret() {
        let password = Key::dotted("a.password");
        for (value, expected) in [
            (Value::from("x$"), true),
            (Value::Integer(1234), true),
            (Value::from("$secret{a}"), false),
            (Value::from("$env{A}"), false),
            (Value::from("$ref{keystore.primary.password}"), false),
            (Value::from("true"), false),
            (Value::from(true), false),
            (Value::from(" "), false),
        ] {
            assert_eq!(is_secret(&password, &value), expected, "{value:?}");
        }
        assert!(!is_secret(&Key::dotted("a.token"), &Value::Integer(3600)));
    }

    #[test]
    fn addresses_hold_passwords() {
        for (text, expected) in [
            ("amqp://admin:admin@clientID/carbon?brokerlist='tcp://localhost:5675'", true),
            ("jdbc:mysql://db/x?user=u&amp;password=p", true),
            ("Endpoint=sb://x/;SharedAccessKey=abc", true),
            ("jdbc:oracle:thin:scott/tiger@host:1521:X", true),
            ("jdbc:oracle:thin:@//host:1521/x", false),
            ("amqp://admin:$secret{a}@host/carbon", false),
            ("jdbc:mysql://db/x?password=$secret{a}&b=c", false),
            ("jdbc:mysql://db:3306/x?useSSL=false", false),
            ("https://user@host/x", false),
            ("https://host/a:b@c", false),
        ] {
            assert_eq!(holds_password(text), expected, "{text}");
        }
    }
}
