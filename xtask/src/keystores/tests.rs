use super::*;
use crate::tests::skipped;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Opens a store, whatever it costs.
fn open(bytes: &[u8], password: &str) -> Result<Keystore, Refusal> {
    super::open(bytes, password, &mut Budget::full())
}

/// What the tests protect their own keystores with.
const PASSWORD: &str = "changeit1";

/// Runs a tool; `None`, with a word, where it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<Vec<u8>> {
    let Ok(output) = Command::new(program).args(arguments).env("LC_ALL", "C").output() else {
        skipped(&format!("{program} is not installed"));
        return None;
    };
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Some(output.stdout)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Makes a key with keytool.
fn made(folder: &Path, kind: &str, extra: &[&str]) -> Option<PathBuf> {
    let path = folder.join(format!("store-{}", kind.to_lowercase()));
    let mut arguments = vec!["-genkeypair", "-alias", "Corp", "-keyalg", "RSA", "-keysize", "1024"];
    arguments.extend(["-dname", "CN=test.example, O=Example", "-validity", "400", "-storetype", kind]);
    arguments.extend(["-storepass", PASSWORD, "-keystore", text(&path)]);
    arguments.extend(extra);
    run("keytool", &arguments)?;
    Some(path)
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}

#[test]
fn keystores_of_keytool_open() {
    let folder = tempfile::tempdir().expect("a folder");
    for (kind, format, key_password) in
        [("JKS", Format::Jks, "another1"), ("JCEKS", Format::Jceks, "another1"), ("PKCS12", Format::Pkcs12, PASSWORD)]
    {
        let extra: &[&str] = if format == Format::Pkcs12 { &[] } else { &["-keypass", key_password] };
        let Some(path) = made(folder.path(), kind, extra) else { return };
        // A certificate of another store, as a trusted one; and a secret key where that is possible.
        let exported = folder.path().join("exported.der");
        let store = ["-storepass", PASSWORD, "-keystore", text(&path)];
        run("keytool", &[&["-exportcert", "-alias", "corp", "-file", text(&exported)], &store[..]].concat());
        run("keytool", &[&["-importcert", "-noprompt", "-alias", "CA", "-file", text(&exported)], &store[..]].concat());
        if format != Format::Jks {
            let key = ["-genseckey", "-alias", "secret", "-keyalg", "AES", "-keysize", "128"];
            let kind = ["-storetype", kind];
            run("keytool", &[&key[..], &kind, &store].concat());
        }
        let bytes = read(&path);
        assert_eq!(super::format(&bytes), format);
        let opened = open(&bytes, PASSWORD).expect(kind);
        let names: Vec<&str> = opened.entries.keys().map(String::as_str).collect();
        let expected: &[&str] = if format == Format::Jks { &["ca", "corp"] } else { &["ca", "corp", "secret"] };
        assert_eq!(names, expected, "{kind}");
        let Some(Entry::Key(chain, key)) = opened.entry("CORP") else { panic!("{kind}: no key") };
        assert_eq!(chain.len(), 1);
        let certificate = &chain[0];
        assert_eq!((certificate.subject.as_str(), certificate.key_algorithm.as_str()), ("test.example", "RSA"));
        assert_eq!(certificate.key_bits, Some(1024));
        assert!(certificate.signature.starts_with("SHA") && certificate.signature.ends_with("withRSA"));
        assert_eq!(certificate.not_after.seconds() - certificate.not_before.seconds(), 400 * 86_400);
        assert_eq!(certificate.fingerprint, crate::digest::Digest::of(&read(&exported)));
        assert_eq!(opened.trusted().next(), Some(("ca", certificate)));
        assert!(key.open(key_password, &mut Budget::full()).is_ok_and(|key| key.is_rsa()), "{kind}");
        assert_eq!(key.open("wrong", &mut Budget::full()).err(), Some(Refusal::WrongPassword), "{kind}");
        assert_eq!(open(&bytes, "wrong").err(), Some(Refusal::WrongPassword), "{kind}");
        assert_eq!(open(&bytes, "").err(), Some(Refusal::WrongPassword), "{kind}");
        let shown = format!("{opened:?}");
        assert!(shown.contains("***") && !shown.contains(PASSWORD), "{shown}");
    }
}

/// Makes a key and a certificate with openssl, as PEM: the paths of both.
fn pem(folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let arguments = ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-days", "30", "-subj", "/O=Example/CN=made"];
    run("openssl", &[&arguments[..], &["-keyout", text(&key), "-out", text(&certificate)]].concat())?;
    Some((key, certificate))
}

#[test]
fn stores_of_openssl_open_whatever_they_are_encrypted_with() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((key, certificate)) = pem(folder.path()) else { return };
    let ours = ["-inkey", text(&key), "-in", text(&certificate), "-name", "Made"];
    let variants: [&[&str]; 7] = [
        &["-legacy"],
        &["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha512"],
        &[],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "NONE", "-macalg", "sha1"],
        &["-nomac"],
        &["-keypbe", "DES-EDE3-CBC", "-certpbe", "DES-EDE3-CBC", "-macalg", "sha384"],
    ];
    for variant in variants {
        let path = folder.path().join("store");
        let arguments = ["pkcs12", "-export", "-passout", "pass:changeit1", "-out", text(&path)];
        if run("openssl", &[&arguments[..], &ours, variant].concat()).is_none() {
            return;
        }
        let bytes = read(&path);
        assert_eq!(super::format(&bytes), Format::Pkcs12);
        let opened = open(&bytes, PASSWORD).unwrap_or_else(|refusal| panic!("{variant:?}: {refusal}"));
        let newer = match variant {
            [.., "sha512"] => Some("HmacPBESHA512"),
            [.., "sha384"] => Some("HmacPBESHA384"),
            [] => Some("HmacPBESHA256"),
            _ => None,
        };
        assert_eq!(opened.newer_check, newer, "{variant:?}");
        let keys: Vec<_> = opened.keys().collect();
        let [("made", [one], key)] = keys.as_slice() else { panic!("{variant:?}: {:?}", opened.entries) };
        assert_eq!((one.subject.as_str(), one.key_bits), ("made", Some(1024)));
        let opened = key.open(PASSWORD, &mut Budget::full()).unwrap_or_else(|refusal| panic!("{variant:?}: {refusal}"));
        assert!(opened.is_rsa(), "{variant:?}");
        assert_eq!(key.open("wrong", &mut Budget::full()).err(), Some(Refusal::WrongPassword), "{variant:?}");
        // Nothing of the store is encrypted or signed but the key, and Java opens it with any password.
        let refused = (*variant != ["-nomac"]).then_some(Refusal::WrongPassword);
        assert_eq!(open(&bytes, "wrong").err(), refused, "{variant:?}");
    }
}

#[test]
fn keys_that_java_11_does_not_know_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
    for algorithm in ["ed25519", "ed448"] {
        let arguments = ["req", "-x509", "-newkey", algorithm, "-nodes", "-days", "30", "-subj", "/CN=made"];
        let made = run("openssl", &[&arguments[..], &["-keyout", text(&key), "-out", text(&certificate)]].concat());
        if made.is_none() {
            return;
        }
        let path = folder.path().join("store");
        let arguments = ["pkcs12", "-export", "-passout", "pass:changeit1", "-inkey", text(&key), "-in"];
        run("openssl", &[&arguments[..], &[text(&certificate), "-out", text(&path)]].concat());
        let opened = open(&read(&path), PASSWORD).expect("a store");
        let (_, _, key) = opened.keys().next().expect("a key");
        let key = key.open(PASSWORD, &mut Budget::full()).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(key.newer_than_java_11.map(str::to_lowercase).as_deref(), Some(algorithm));
    }
}

#[test]
fn a_store_of_openssl_with_certificates_alone_is_empty_to_java() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((_, certificate)) = pem(folder.path()) else { return };
    let path = folder.path().join("trust");
    let arguments = ["pkcs12", "-export", "-nokeys", "-in", text(&certificate), "-passout", "pass:changeit1"];
    run("openssl", &[&arguments[..], &["-out", text(&path)]].concat());
    assert!(open(&read(&path), PASSWORD).is_ok_and(|store| store.entries.is_empty()));
    if let Some(listed) = run("keytool", &["-list", "-storepass", PASSWORD, "-keystore", text(&path)]) {
        assert!(String::from_utf8_lossy(&listed).contains("contains 0 entries"));
    }
}

#[test]
fn what_openssl_encrypts_is_decrypted() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some((key, certificate)) = pem(folder.path()) else { return };
    let store = folder.path().join("store");
    let arguments =
        ["pkcs12", "-export", "-passout", "pass:changeit1", "-inkey", text(&key), "-in", text(&certificate)];
    run("openssl", &[&arguments[..], &["-out", text(&store)]].concat());
    let opened = open(&read(&store), PASSWORD).expect("a store");
    let (alias, _, key) = opened.keys().next().expect("a key");
    assert_eq!(alias, "1", "a name as Java makes one");
    let key = key.open(PASSWORD, &mut Budget::full()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "s3cret").expect("written");
    for (mode, padding, other) in [("oaep", Padding::Oaep, Padding::Pkcs1), ("pkcs1", Padding::Pkcs1, Padding::Oaep)] {
        let mode = format!("rsa_padding_mode:{mode}");
        let arguments = ["pkeyutl", "-encrypt", "-certin", "-inkey", text(&certificate), "-pkeyopt", &mode, "-in"];
        let encrypted = run("openssl", &[&arguments[..], &[text(&plain)]].concat()).expect("openssl");
        assert_eq!(key.decrypt(&encrypted, padding).as_deref().map(Vec::as_slice), Some(&b"s3cret"[..]));
        assert!(key.decrypt(&encrypted, other).is_none());
        assert!(key.decrypt(&encrypted[1..], padding).is_none());
        assert!(key.decrypt(&[0xFF; 128], padding).is_none());
        assert!(key.decrypt(&[], padding).is_none());
    }
}

#[test]
fn files_are_told_by_their_start() {
    for (bytes, expected) in [
        (&b""[..], Format::Empty),
        (b"-----BEGIN CERTIFICATE-----\n", Format::Pem),
        (b"Bag Attributes\n    friendlyName: x\n-----BEGIN CERTIFICATE-----\n", Format::Pem),
        (b"\0\0\0\x02\0\0\0\x14rest", Format::Bks),
        (b"\xfe\xed\xfe\xed", Format::Jks),
        (b"\xce\xce\xce\xce", Format::Jceks),
        (b"PK\x03\x04", Format::Unknown),
        (b"\x30\x82\x03\x00\x02\x01\x03\x30", Format::Pkcs12),
        (b"\x30\x80\x02\x01\x03\x30", Format::Pkcs12),
        (b"\x30", Format::Unknown),
    ] {
        assert_eq!(super::format(bytes), expected, "{bytes:?}");
        assert!(open(bytes, "x").is_err());
    }
    for (format, kind, read) in [
        (Format::Jks, "JKS", Some(true)),
        (Format::Pkcs12, "jks", Some(true)),
        (Format::Jks, "PKCS12", Some(true)),
        (Format::Jceks, "JKS", Some(false)),
        (Format::Jks, "JCEKS", Some(true)),
        (Format::Pkcs12, "JCEKS", Some(false)),
        (Format::Pem, "JKS", Some(false)),
        (Format::Bks, "BKS", Some(true)),
        (Format::Jks, "PKCS11", None),
    ] {
        assert_eq!(format.is_read_as(kind), read, "{format:?} as {kind}");
    }
}

#[test]
fn what_is_made_in_code_opens_and_decrypts() {
    let made = testing::certificate("a", "20200101000000Z", "20300101000000Z", 512, testing::MD5_WITH_RSA);
    let trusted = testing::Made::Certificate(made.clone());
    let store = testing::jks("s", &[("k", testing::Made::Key("other", made)), ("t", trusted)]);
    let opened = open(&store, "s").expect("a store");
    let (_, chain, key) = opened.keys().next().expect("a key");
    assert_eq!((chain[0].signature.as_str(), chain[0].key_bits), ("MD5withRSA", Some(512)));
    assert_eq!(chain[0].not_after.rfc3339(), "2030-01-01T00:00:00Z");
    let key = key.open("other", &mut Budget::full()).unwrap_or_else(|refusal| panic!("{refusal}"));
    let encrypted = testing::encrypted("secret");
    assert_eq!(key.decrypt(&encrypted, Padding::Oaep).as_deref().map(Vec::as_slice), Some(&b"secret"[..]));
    assert!(key.decrypt(&encrypted, Padding::Pkcs1).is_none());
}

/// Whatever is done to a store, it opens or is refused, with any password, in bounded time.
#[test]
fn damaged_stores_are_refused_without_a_panic() {
    let made = testing::certificate("a", "20200101000000Z", "20300101000000Z", 512, testing::SHA256_WITH_RSA);
    let trusted = testing::Made::Certificate(made.clone());
    let jks = testing::jks("s", &[("k", testing::Made::Key("s", made)), ("t", trusted)]);
    let mut stores = vec![jks];
    let folder = tempfile::tempdir().expect("a folder");
    if let Some((key, certificate)) = pem(folder.path()) {
        let path = folder.path().join("store");
        let arguments = ["pkcs12", "-export", "-passout", "pass:s", "-inkey", text(&key), "-in", text(&certificate)];
        run("openssl", &[&arguments[..], &["-iter", "2", "-out", text(&path)]].concat());
        stores.push(read(&path));
    }
    for store in stores {
        assert!(open(&store, "s").is_ok());
        for at in 0..store.len() {
            assert!(open(&store[..at], "s").is_err(), "cut at {at}");
            for change in [0x01, 0x80, 0xFF] {
                let mut changed = store.clone();
                changed[at] ^= change;
                if let Ok(opened) = open(&changed, "s") {
                    opened.keys().for_each(|(_, _, key)| {
                        drop(key.open("s", &mut Budget::full()).map(|key| key.decrypt(&store, Padding::Oaep)));
                    });
                }
            }
        }
    }
}

#[test]
fn a_store_that_asks_for_endless_work_is_too_large() {
    // PBES2 with a count of more rounds than are spent.
    let info = [
        &[0x30, 0x3F, 0x30, 0x33][..],
        &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 13, 0x30, 0x26],
        &[
            0x30, 0x18, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 5, 12, 0x30, 0x0B, 4, 2, 1, 1, 2, 5, 0, 0xFF,
            0xFF, 0xFF, 0xFF,
        ],
        &[0x30, 0x0A, 6, 8, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 3, 7],
        &[4, 8, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let damaged = pbe::private_key(&info, "x", &mut Budget::full());
    assert!(damaged.is_err());
    let refused = pbe::derived(pbe::Hash::Sha256, pbe::Purpose::Mac, "x", &[1], u64::MAX, 32, &mut Budget::full());
    assert_eq!(refused.err(), Some(Refusal::TooLarge));
}

/// The keystores that the distributions ship.
#[test]
fn the_shipped_stores_open() {
    let Some(folder) = crate::tests::folder("UPGRADE_RELEASE_FILES") else { return };
    for (release, trusted) in [("1.2.0", 88), ("4.0.0", 84)] {
        let security = folder.join(release).join("repository/resources/security");
        let store = open(&read(&security.join("wso2carbon.jks")), "wso2carbon").expect("opens");
        let (alias, chain, key) = store.keys().next().expect("a key");
        assert_eq!((alias, chain[0].subject.as_str()), ("wso2carbon", "localhost"));
        assert_eq!(chain[0].not_after.rfc3339().get(..10), Some("2022-01-25"));
        assert!(chain[0].fingerprint.to_string().starts_with("3612ad8f01b4ecf4714f0bc8e071b640"));
        assert!(key.open("wso2carbon", &mut Budget::full()).is_ok_and(|key| key.is_rsa()));
        let store = open(&read(&security.join("client-truststore.jks")), "wso2carbon").expect("opens");
        assert_eq!(store.trusted().count(), store.entries.len());
        assert!(store.entries.len() >= trusted, "{}", store.entries.len());
    }
}

/// What the secrets of the homes of real size were encrypted with. Nothing of them is ever shown.
#[test]
fn the_secrets_of_the_homes_decrypt_to_what_they_were() {
    let Some(folder) = crate::tests::folder("UPGRADE_HOME_KEYS") else { return };
    let corp = read(&folder.join("corp-keystore.jks"));
    let stock = crate::tests::folder("UPGRADE_RELEASE_FILES")
        .map(|folder| read(&folder.join("1.2.0/repository/resources/security/wso2carbon.jks")));
    let table = String::from_utf8(read(&folder.join("secrets.tsv"))).expect("UTF-8");
    let mut compared = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let [alias, _, plain, encrypted] = row.split('\t').collect::<Vec<_>>().try_into().expect("four columns");
        let Some(store) = (if alias == "corp" { Some(&corp) } else { stock.as_ref() }) else { continue };
        let store = open(store, "wso2carbon").expect("opens");
        let Some(Entry::Key(_, key)) = store.entry(alias) else { panic!("no key") };
        let key = key.open("wso2carbon", &mut Budget::full()).unwrap_or_else(|refusal| panic!("{refusal}"));
        let encrypted = decoded(encrypted).expect("base 64");
        let found = key.decrypt(&encrypted, Padding::Oaep).expect("it decrypts");
        assert!(found.as_slice() == plain.as_bytes(), "another text");
        compared += 1;
    }
    assert!(compared >= 3);
}
