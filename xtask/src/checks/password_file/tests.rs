use super::super::secrets::tests_base64;
use super::super::testing::{SECURITY, carbon, empty, one_key, put, said, store, toml};
use super::super::vault::vault;
use crate::diagnostic::Diagnostic;
use crate::examine::Examined;
use crate::keystores::testing::encrypted;

fn check(examined: &Examined) -> Vec<Diagnostic> {
    super::check(examined, &vault(examined))
}

#[test]
fn a_start_that_nobody_attends_needs_the_password() {
    let mut examined = empty();
    carbon(&mut examined, &format!("{SECURITY}/own.jks"), "own", "s", "k");
    store(&mut examined, "own.jks", one_key("own", "s", "k"));
    toml(&mut examined, "");
    assert!(check(&examined).is_empty(), "without secrets nobody asks");
    toml(&mut examined, &format!("[secrets]\na = \"{}\"", tests_base64(&encrypted("x"))));
    let found = said(&check(&examined));
    assert_eq!(found, ["MI0501: there is no file with the keystore password; an unattended start will wait for it"]);
    put(&mut examined, "password-persist", "s\r\nk\r\n");
    assert!(check(&examined).is_empty());
    put(&mut examined, "password-persist", "other\n");
    let found = check(&examined);
    assert_eq!(
        said(&found),
        ["MI1216: `password-persist` has a password that does not open `repository/resources/security/own.jks`"]
    );
    assert!(!format!("{found:?}").contains("other"));
}
