use super::super::keystores::named;
use super::super::testing::{SECURITY, TODAY, carbon, empty, said, sound, store};
use super::super::vault::vault;
use crate::diagnostic::Diagnostic;
use crate::examine::Examined;
use crate::keystores::Budget;
use crate::keystores::testing::{MD5_WITH_RSA, Made, SHA256_WITH_RSA, certificate, jks};
use crate::timestamp::Timestamp;

fn check(examined: &Examined) -> Vec<Diagnostic> {
    let named = named(examined, &vault(examined), &mut Budget::full());
    super::check(&named, examined.today)
}

fn with(certificate: Vec<u8>) -> Examined {
    let mut examined = empty();
    carbon(&mut examined, &format!("{SECURITY}/own.jks"), "own", "s", "s");
    // The second key is shown by nobody.
    let expired = super::super::testing::sound();
    let entries = [("own", Made::Key("s", certificate)), ("unused", Made::Key("s", expired))];
    store(&mut examined, "own.jks", jks("s", &entries));
    examined
}

#[test]
fn each_certificate_is_told_by_its_day() {
    assert_eq!(Timestamp::from_seconds(TODAY).rfc3339(), "2024-02-28T00:00:00Z");
    for (until, bits, signature, expected) in [
        ("20400101000000Z", 2048, SHA256_WITH_RSA, &[][..]),
        ("20240227235959Z", 2048, SHA256_WITH_RSA, &["MI1209: the certificate `a` ended on 2024-02-27"]),
        ("20240228000000Z", 2048, SHA256_WITH_RSA, &["MI1210: the certificate `a` ends on 2024-02-28"]),
        ("20240528000000Z", 2048, SHA256_WITH_RSA, &["MI1210: the certificate `a` ends on 2024-05-28"]),
        ("20240528000001Z", 2048, SHA256_WITH_RSA, &[]),
        ("20400101000000Z", 1024, SHA256_WITH_RSA, &["MI1212: the certificate `a` has a key of 1024 bits"]),
        ("20400101000000Z", 2048, MD5_WITH_RSA, &["MI1212: the certificate `a` is signed with MD5"]),
        (
            "20400101000000Z",
            512,
            MD5_WITH_RSA,
            &["MI1212: the certificate `a` has a key of 512 bits and is signed with MD5"],
        ),
    ] {
        let examined = with(certificate("a", "20200101000000Z", until, bits, signature));
        let found = check(&examined);
        assert_eq!(said(&found), expected, "{until}");
        let users =
            "`own` of `repository/resources/security/own.jks`, for the server itself, the server's own encryption";
        assert!(found.iter().all(|one| one.details == [users]), "{found:?}");
    }
}

#[test]
fn trusted_certificates_that_ended_are_one_note_with_counts() {
    let mut examined = with(sound());
    let ended = certificate("old", "20000101000000Z", "20200101000000Z", 512, MD5_WITH_RSA);
    let entries = [("old", Made::Certificate(ended)), ("new", Made::Certificate(sound()))];
    store(&mut examined, "trust.jks", jks("t", &entries));
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1213: a trusted certificate has ended: `old` on 2020-01-01"]);
    assert_eq!(found[0].details, ["`repository/resources/security/trust.jks`: 1 of 2: `old` on 2020-01-01"]);
    // What ended first is in the message, wherever it stands in the store.
    let older = certificate("older", "20000101000000Z", "20100101000000Z", 512, MD5_WITH_RSA);
    let entries = [&entries[..], &[("older", Made::Certificate(older))]].concat();
    store(&mut examined, "trust.jks", jks("t", &entries));
    let found = check(&examined);
    assert_eq!(said(&found), ["MI1213: trusted certificates have ended, the first `older` on 2010-01-01"]);
    let both = "`repository/resources/security/trust.jks`: 2 of 3: `old` on 2020-01-01, `older` on 2010-01-01";
    assert_eq!(found[0].details, [both]);
}

/// The distributions themselves: the shipped key, told once, and nothing of the truststore.
#[test]
fn of_what_is_shipped_only_the_key_is_told() {
    let Some(folder) = crate::tests::folder("UPGRADE_RELEASE_FILES") else { return };
    for release in ["1.2.0", "4.0.0"] {
        let mut examined = empty();
        for path in ["conf/carbon.xml", "conf/axis2/axis2.xml", "conf/internal-apis.xml"] {
            let text = std::fs::read_to_string(folder.join(release).join(path)).expect("a file");
            super::super::testing::put(&mut examined, path, &text);
        }
        for name in ["wso2carbon.jks", "client-truststore.jks"] {
            let bytes = std::fs::read(folder.join(release).join(SECURITY).join(name)).expect("a file");
            store(&mut examined, name, bytes);
        }
        let (vault, mut budget) = (vault(&examined), Budget::full());
        let named = named(&examined, &vault, &mut budget);
        let problems = super::super::keystores::check(&named, &vault, &mut budget);
        assert_eq!(said(&problems), Vec::<String>::new(), "{release}");
        let expected =
            "MI1211: the server has the key that every distribution has, and its certificate ended on 2022-01-25";
        assert_eq!(said(&check(&examined)), [expected], "{release}");
    }
}
