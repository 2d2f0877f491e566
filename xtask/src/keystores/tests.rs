use super::*;
use crate::tests::skipped;
use std::path::{Path, PathBuf};
use std::process::Command;

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
        assert_eq!(opened.trusted().next().map(|(alias, one)| (alias, one)), Some(("ca", certificate)));
        assert!(key.open(key_password).is_ok_and(|key| key.is_rsa()), "{kind}");
        assert_eq!(key.open("wrong").err(), Some(Refusal::WrongPassword), "{kind}");
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
    let variants: [&[&str]; 8] = [
        &["-legacy"],
        &["-legacy", "-keypbe", "PBE-SHA1-2DES", "-certpbe", "PBE-SHA1-RC2-128"],
        &["-keypbe", "AES-128-CBC", "-certpbe", "AES-192-CBC", "-macalg", "sha512"],
        &[],
        &["-keypbe", "PBE-SHA1-3DES", "-certpbe", "NONE", "-macalg", "sha1"],
        &["-nomac"],
        &["-keypbe", "NONE", "-certpbe", "NONE"],
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
        let keys: Vec<_> = opened.keys().collect();
        let [("made", [one], key)] = keys.as_slice() else { panic!("{variant:?}: {:?}", opened.entries) };
        assert_eq!((one.subject.as_str(), one.key_bits), ("made", Some(1024)));
        let opened = key.open(PASSWORD).unwrap_or_else(|refusal| panic!("{variant:?}: {refusal}"));
        assert!(opened.is_rsa(), "{variant:?}");
        assert_eq!(open(&bytes, "wrong").err(), Some(Refusal::WrongPassword), "{variant:?}");
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
    let key = key.open(PASSWORD).unwrap_or_else(|refusal| panic!("{refusal}"));
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
