use super::super::testing::{SECURITY, carbon, empty, one_key, put, said, store, toml};
use super::super::vault::vault;
use crate::diagnostic::Diagnostic;
use crate::examine::Examined;
use crate::keystores::testing::{Made, encrypted, jks};

fn check(examined: &Examined) -> Vec<Diagnostic> {
    super::check(examined, &vault(examined))
}

/// A text in Base64.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let number =
            part.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)) << (8 * (3 - part.len()));
        for digit in 0..4 {
            let value = number >> (18 - 6 * digit) & 63;
            text.push(if digit > part.len() { '=' } else { char::from(DIGITS[value]) });
        }
    }
    text
}

fn tree() -> Examined {
    let mut examined = empty();
    carbon(&mut examined, &format!("{SECURITY}/own.jks"), "own", "s", "k");
    store(&mut examined, "own.jks", one_key("own", "s", "k"));
    examined
}

#[test]
fn base64_is_read_as_it_is_written() {
    for length in 0..20 {
        let bytes: Vec<u8> = (0..length).map(|number: u8| number.wrapping_mul(37)).collect();
        let read = crate::keystores::decoded(&base64(&bytes));
        assert_eq!(read, (length > 0).then_some(bytes));
    }
    assert_eq!(crate::keystores::decoded("AA AA\n"), Some(vec![0, 0, 0]));
    for none in ["A", "AAAA=A", "ENC-x", "AA===", "AA%A"] {
        assert_eq!(crate::keystores::decoded(none), None, "{none}");
    }
}

#[test]
fn secrets_that_decrypt_are_not_spoken_of() {
    let mut examined = tree();
    let plain = "[secrets]\na = \"[plain]\"\n[x]\ny = \"$secret{a}\"";
    for text in [plain.to_owned(), format!("[secrets]\na = \"{}\"", base64(&encrypted("x"))), String::new()] {
        toml(&mut examined, &text);
        assert_eq!(said(&check(&examined)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_secret_without_an_entry_is_told_with_its_line() {
    let mut examined = tree();
    toml(&mut examined, "[secrets]\na = \"[x]\"\n[x]\ny = \"$secret{a}\"\nz = [\"$secret{b}\"]\n");
    let found = check(&examined);
    assert_eq!(said(&found), ["MI0620: settings refer to secrets that [secrets] does not have"]);
    assert_eq!(found[0].details, ["`b`: line 5"]);
    toml(&mut examined, "[runtime_secrets]\nenable = \"true\"\n[x]\ny = \"$secret{a}\"");
    assert!(check(&examined).is_empty());
}

#[test]
fn the_wrong_store_is_named_with_the_one_that_decrypts() {
    let mut examined = tree();
    toml(&mut examined, &format!("[secrets]\na = \"{}\"\nb = \"no text\"", base64(&encrypted("text of a"))));
    // A store whose key is another: its certificate's, of which the tests have no private one.
    let settings = format!("keystore.identity.location={SECURITY}/other.jks\nkeystore.identity.alias=x\n");
    put(&mut examined, super::SETTINGS, &settings);
    let found = check(&examined);
    assert_eq!(
        said(&found),
        ["MI0504: `repository/resources/security/other.jks` is not in the result, and the secure vault needs it",]
    );
    store(&mut examined, "other.jks", jks("unknown", &[("x", Made::Key("unknown", super::super::testing::sound()))]));
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1215: 2 secrets were not decrypted to see whether they can be"]);
    assert_eq!(
        found[0].details,
        ["the password of its keystore `repository/resources/security/other.jks` is not here"]
    );
    // A store that opens, with another key than the one that encrypted them.
    toml(&mut examined, "[secrets]\na = \"no text\"");
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1215: 1 secret was not decrypted to see whether it can be"]);
    store(&mut examined, "other.jks", jks("s", &[("x", Made::OtherKey("s", super::super::testing::sound()))]));
    let settings = format!(
        "keystore.identity.location={SECURITY}/other.jks\nkeystore.identity.type=JKS\nkeystore.identity.alias=x\n"
    );
    put(&mut examined, super::SETTINGS, &settings);
    put(&mut examined, "password-tmp", "s");
    toml(&mut examined, &format!("[secrets]\na = \"{}\"", base64(&encrypted("text of a"))));
    let found = check(&examined);
    assert_eq!(
        said(&found),
        ["MI1214: the one secret does not decrypt with `repository/resources/security/other.jks`"]
    );
    assert_eq!(found[0].details, ["`a`: the key `own` of `repository/resources/security/own.jks` decrypts it"]);
    assert!(found[0].hint.as_ref().is_some_and(|hint| hint.contains("keystore.identity.location")));
    toml(&mut examined, &format!("[secrets]\na = \"{}\"\nb = \"no text\"", base64(&encrypted("text of a"))));
    // With another padding the same key does not decrypt them.
    let settings = format!(
        "keystore.identity.location={SECURITY}/own.jks\nkeystore.identity.type=JKS\nkeystore.identity.alias=own\n"
    );
    put(&mut examined, super::SETTINGS, &settings);
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1214: 1 of 2 secrets does not decrypt with `repository/resources/security/own.jks`"]);
    assert_eq!(found[0].details, ["`b`: no key that is at hand decrypts it"]);
    toml(&mut examined, "[secrets]\na = \"no text\"\nb = \"no text\"");
    let both = check(&examined);
    assert_eq!(said(&both), ["MI1214: 2 of 2 secrets do not decrypt with `repository/resources/security/own.jks`"]);
    toml(&mut examined, &format!("[secrets]\na = \"{}\"\nb = \"no text\"", base64(&encrypted("text of a"))));
    let pkcs1 = format!("{settings}secretRepositories.file.algorithm=RSA/ECB/PKCS1Padding\n");
    put(&mut examined, super::SETTINGS, &pkcs1);
    assert_eq!(check(&examined)[0].details.len(), 2);
    let unknown = format!("{settings}secretRepositories.file.algorithm=AES/GCM/NoPadding\n");
    put(&mut examined, super::SETTINGS, &unknown);
    assert!(said(&check(&examined))[0].starts_with("MI1215"));
    assert!(!format!("{found:?}").contains("text of a"));
}
