//! Signatures of bundles: made by the program and checked by the stock `minisign`, and the other way round.
//!
//! In: the smallest upgrade. Always: no password is on any command line; what goes wrong with a key writes nothing.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use upgrade_tests::keys::{ID, LOCKED, PASSWORD, PUBLIC, SECRET};
use upgrade_tests::{Case, Ran, Trees, files_in, has_tool, names_in, program, run};

/// The name of the file.
const MINISIG: &str = "SHA256SUMS.minisig";

/// The sample, with the keys beside it.
struct Keyed(Case);

impl Keyed {
    fn new() -> Self {
        let case = Case::of(&Trees::sample());
        for (name, text) in [("the.pub", PUBLIC), ("the.key", SECRET), ("locked.key", LOCKED)] {
            let path = case.file(name, text);
            owner_alone(&path);
        }
        Self(case)
    }

    /// `package`, with the arguments for signing.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program!("package", "--out", self.0.out());
        command.args(self.0.given.arguments()).args(arguments).current_dir(self.0.folder.path());
        command.env_remove("CI").stdin(Stdio::null());
        command
    }

    /// A signed bundle.
    fn signed(arguments: &[&str]) -> Self {
        let keyed = Self::new();
        let ran = run(&mut keyed.command(arguments));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        keyed
    }

    fn minisig(&self) -> Vec<u8> {
        fs::read(self.0.bundle().join(MINISIG)).expect("a signature")
    }

    /// `verify` with a key, run where the keys lie.
    fn verify(&self, key: &str) -> Ran {
        run(program!("verify", "--public-key", key, self.0.bundle()).current_dir(self.0.folder.path()))
    }

    /// It fails with 1, says the words, shows no secret, and writes nothing.
    fn refuses(&self, command: &mut Command, words: &[&str]) {
        let ran = run(command);
        assert_eq!(ran.code, Some(1), "{words:?}: {}", ran.stderr);
        for word in words {
            assert!(ran.stderr.contains(word), "`{word}` is not in: {}", ran.stderr);
        }
        shows_no_secret(&ran);
        assert_eq!(names_in(&self.0.out()), Vec::<String>::new(), "{words:?}");
        assert!(!self.0.out().exists(), "{words:?}: a folder was made");
    }
}

fn owner_alone(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
    }
}

fn shows_no_secret(ran: &Ran) {
    for secret in [PASSWORD, &SECRET[60..120], &LOCKED[60..120]] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{}{}", ran.stdout, ran.stderr);
    }
}

/// What the stock tool says of a bundle's signature.
fn stock(bundle: &Path, key: &[&str]) -> Ran {
    run(Command::new("minisign").args(["-V", "-m"]).arg(bundle.join("SHA256SUMS")).args(key))
}

#[test]
fn stock_minisign_verifies_what_is_signed_with_its_keys() {
    if !has_tool("minisign") {
        return;
    }
    let keyed = Keyed::new();
    let (pair, password) = (|name: &str| keyed.0.folder.path().join(name), "swordfish");
    for (arguments, typed) in [(&["-G", "-W"][..], String::new()), (&["-G"], format!("{password}\n{password}\n"))] {
        let mut command = Command::new("minisign");
        command.args(arguments).args(["-f", "-p"]).arg(pair("stock.pub")).arg("-s").arg(pair("stock.key"));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("minisign");
        child.stdin.take().expect("a pipe").write_all(typed.as_bytes()).expect("it reads");
        assert!(child.wait().expect("its end").success());
        let ran = run(keyed.command(&["--sign", "stock.key"]).env("UPGRADE_SIGN_PASSWORD", password));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let bundle = keyed.0.bundle();
        let line = fs::read_to_string(pair("stock.pub")).expect("a key").lines().nth(1).expect("a key").to_owned();
        let file = pair("stock.pub").display().to_string();
        for key in [["-p", &file], ["-P", &line]] {
            let said = stock(&bundle, &key);
            assert_eq!(said.code, Some(0), "{}", said.stderr);
            assert!(said.stdout.contains("file:SHA256SUMS\thashed\tbundle:wso2mi-4.0.0-upgraded"), "{}", said.stdout);
        }
        for key in [&file, &line] {
            let ran = keyed.verify(key);
            assert!(ran.code == Some(0) && ran.stdout.contains("is by the key "), "{}{}", ran.stdout, ran.stderr);
        }
        assert_eq!(stock(&bundle, &["-p", &pair("the.pub").display().to_string()]).code, Some(1), "another key");
    }
    // And what the stock tool signs, the program takes.
    let sums = keyed.0.bundle().join("SHA256SUMS");
    let ran = run(Command::new("minisign").args(["-S", "-s"]).arg(pair("the.key")).arg("-m").arg(&sums));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(keyed.verify("the.pub").code, Some(0));
}

#[test]
fn the_same_inputs_give_the_same_signature() {
    let first = Keyed::signed(&["--sign", "the.key"]);
    let files = files_in(&first.0.bundle());
    let again = Keyed::new();
    let mut command = again.command(&["--sign", "locked.key"]);
    let ran = run(command.env("UPGRADE_SIGN_PASSWORD", PASSWORD).env("TZ", "Asia/Tokyo").env("LC_ALL", "C"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(files_in(&again.0.bundle()) == files, "the same key with a password makes another bundle");
    let text = String::from_utf8(first.minisig()).expect("a text");
    assert!(
        text.contains("trusted comment: timestamp:318211200\tfile:SHA256SUMS\thashed\tbundle:wso2mi-4.0.0-upgraded\n")
    );
    let ran = run(again.command(&["--sign", "the.key"]).env("SOURCE_DATE_EPOCH", "1600000000"));
    assert_eq!(ran.code, Some(0), "a signed bundle is replaced: {}", ran.stderr);
    assert!(String::from_utf8(again.minisig()).expect("a text").contains("timestamp:1600000000\t"));
    assert_eq!(run(&mut again.command(&[])).code, Some(0), "a signed bundle is replaced by one without a signature");
    assert!(!again.0.bundle().join(MINISIG).exists());
    let sums = String::from_utf8(files["SHA256SUMS"].clone()).expect("a text");
    assert!(!sums.contains(MINISIG) && sums.contains("verify.sh") && sums.contains("install.sh"), "{sums}");
}

#[test]
fn passwords_come_from_a_file_from_stdin_or_from_the_environment() {
    let keyed = Keyed::new();
    let good = format!("{PASSWORD}\nmore\n");
    for (name, text) in [("unix", good.clone()), ("windows", format!("{PASSWORD}\r\n")), ("bare", PASSWORD.to_owned())]
    {
        owner_alone(&keyed.0.file(name, text));
        // The file comes before the environment.
        let mut command = keyed.command(&["--sign", "locked.key", "--sign-password-file", name]);
        let ran = run(command.env("UPGRADE_SIGN_PASSWORD", "wrong"));
        assert_eq!((ran.code, ran.stdout.contains(ID)), (Some(0), true), "{name}: {}", ran.stderr);
        shows_no_secret(&ran);
    }
    let mut command = keyed.command(&["--sign", "locked.key", "--sign-password-file", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it");
    if let Ok(seen) = fs::read(format!("/proc/{}/cmdline", child.id())) {
        assert!(!String::from_utf8_lossy(&seen).contains(PASSWORD));
    }
    child.stdin.take().expect("a pipe").write_all(good.as_bytes()).expect("it reads");
    let ran = Ran::from(child.wait_with_output().expect("its end"));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    shows_no_secret(&ran);
    for (name, bytes) in files_in(&keyed.0.bundle()) {
        let holds = |secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!holds(PASSWORD) && !holds(&SECRET[60..120]) && !holds(&LOCKED[60..120]), "{name}");
    }
}

#[test]
fn without_the_right_password_nothing_is_done() {
    let keyed = Keyed::new();
    let sign = ["--sign", "locked.key"];
    let both = ["needs a password", "--sign-password-file FILE", "UPGRADE_SIGN_PASSWORD"];
    keyed.refuses(&mut keyed.command(&sign), &both);
    keyed.refuses(keyed.command(&sign).env("UPGRADE_SIGN_PASSWORD", ""), &both);
    keyed.refuses(keyed.command(&sign).env("CI", "true"), &both);
    let wrong = ["`locked.key` does not open with the password"];
    keyed.refuses(keyed.command(&sign).env("UPGRADE_SIGN_PASSWORD", "geheim 4712"), &wrong);
    for (name, text) in [("empty", String::new()), ("second", format!("\n{PASSWORD}\n"))] {
        owner_alone(&keyed.0.file(name, text));
        keyed.refuses(&mut keyed.command(&["--sign", "locked.key", "--sign-password-file", name]), &wrong);
    }
    owner_alone(&keyed.0.file("long", "x".repeat(5000)));
    let long = ["--sign", "locked.key", "--sign-password-file", "long"];
    keyed.refuses(&mut keyed.command(&long), &["more than 1024 bytes"]);
    let nowhere = ["--sign", "locked.key", "--sign-password-file", "nowhere"];
    keyed.refuses(&mut keyed.command(&nowhere), &["the password file `nowhere` cannot be read"]);
    assert_eq!(run(&mut keyed.command(&["--sign-password-file", "x"])).code, Some(2));
}

#[test]
fn keys_that_cannot_sign_are_refused_before_the_work() {
    let keyed = Keyed::signed(&["--sign", "the.key"]);
    let signature = keyed.minisig();
    fs::remove_dir_all(keyed.0.out()).expect("the output");
    let line = SECRET.lines().nth(1).expect("a key");
    // The limit of memory, in the middle of the key, is two to the power of 60 and more.
    let absurd = LOCKED.replace("AAAAAAAAAAIAAAAAIT", "AAAAAAAAAAIAAAAQIT");
    assert!(absurd != LOCKED);
    for (name, bytes, words) in [
        ("a.pub", PUBLIC.as_bytes().to_vec(), "is a public key"),
        ("a.minisig", signature, "is a signature"),
        ("cut.key", SECRET[..150].into(), "is damaged, or no secret key"),
        ("bare.key", line.into(), "is no secret key"),
        ("changed.key", SECRET.replace("KHkhUUoq", "KHkhUUor").into(), "is damaged: its parts do not fit together"),
        ("empty.key", Vec::new(), "is no secret key"),
        ("binary.key", vec![0xff; 300], "is no secret key"),
        ("huge.key", vec![b'x'; 1 << 20], "is no secret key"),
        ("absurd.key", absurd.into_bytes(), "asks for more memory"),
    ] {
        keyed.0.file(name, bytes);
        let mut command = keyed.command(&["--sign", name]);
        keyed.refuses(command.env("UPGRADE_SIGN_PASSWORD", PASSWORD), &[words, &format!("`{name}`")]);
    }
    keyed.refuses(&mut keyed.command(&["--sign", "nowhere"]), &["the secret key `nowhere` cannot be read"]);
    keyed.refuses(&mut keyed.command(&["--sign", "home"]), &["the secret key `home` cannot be read"]);
}

#[cfg(unix)]
#[test]
fn a_key_that_everybody_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let keyed = Keyed::new();
    let key = keyed.0.folder.path().join("the.key");
    for (mode, told) in [(0o600, false), (0o640, false), (0o644, true)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("a mode");
        let ran = run(&mut keyed.command(&["--sign", "the.key"]));
        let found = ran.stderr.contains("note: everybody on this machine may read `the.key`");
        assert_eq!((ran.code, found), (Some(0), told), "{mode:o}: {}", ran.stderr);
    }
    let signature = fs::metadata(keyed.0.bundle().join(MINISIG)).expect("it").permissions().mode() & 0o777;
    assert_eq!(signature, 0o644);
}

/// A terminal is one made by `script`; what is typed at it is not shown.
#[cfg(target_os = "linux")]
#[test]
fn a_person_is_asked_and_a_machine_is_not() {
    if !has_tool("script") {
        return;
    }
    let keyed = Keyed::new();
    let inner = keyed.command(&["--sign", "locked.key"]);
    let words = std::iter::once(inner.get_program()).chain(inner.get_args());
    let line: Vec<String> = words.map(|word| format!("'{}'", word.to_str().expect("UTF-8"))).collect();
    for (ci, code) in [("", 0), ("true", 1)] {
        let mut command = Command::new("script");
        command.args(["-q", "-e", "-c", &line.join(" "), "/dev/null"]).current_dir(keyed.0.folder.path());
        command.env_remove("UPGRADE_SIGN_PASSWORD").env("CI", ci);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut child = child.expect("script");
        let (mut input, mut output) = (child.stdin.take().expect("a pipe"), child.stdout.take().expect("a pipe"));
        let (mut said, mut bytes, mut typed) = (String::new(), [0; 4096], false);
        while let Some(length) = std::io::Read::read(&mut output, &mut bytes).ok().filter(|length| *length > 0) {
            said += &String::from_utf8_lossy(&bytes[..length]);
            if !typed && said.contains("Password of `locked.key`: ") {
                typed = true;
                writeln!(input, "{PASSWORD}").expect("somebody who asked");
            }
        }
        assert_eq!(child.wait().expect("its end").code(), Some(code), "{said}");
        assert_eq!(typed, code == 0, "{said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
}

#[test]
fn what_is_wrong_with_a_signature_is_a_finding() {
    let keyed = Keyed::signed(&["--sign", "the.key"]);
    let (path, good) = (keyed.0.bundle().join(MINISIG), keyed.minisig());
    let check = |word: &str| {
        let ran = keyed.verify("the.pub");
        assert_eq!(ran.code, Some(4), "{word}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(word) && ran.stderr.contains(MINISIG), "{word}: {}", ran.stderr);
        assert!(!ran.stdout.contains("ok: "), "{}", ran.stdout);
    };
    let ran = keyed.verify("the.pub");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains(&format!("is by the key {ID}: timestamp:318211200 file:SHA256SUMS")), "{}", ran.stdout);
    // Each bit by the library, and each byte by the program, some of them.
    let key = xtask::signature::public_key(PUBLIC.as_bytes()).expect("a key");
    for at in 0..good.len() {
        let mut bytes = good.clone();
        for bit in 0..8 {
            bytes[at] = good[at] ^ 1 << bit;
            fs::write(&path, &bytes).expect("a file");
            assert!(xtask::verify::signature(&keyed.0.bundle(), &key).is_err(), "bit {bit} of byte {at}");
        }
        if at % 9 == 0 {
            check("error: ");
        }
    }
    for (bytes, word) in [
        (good[..good.len() - 1].to_vec(), "is not as minisign writes it"),
        (Vec::new(), "is no signature"),
        ([&good[..], &[b'x'; 5000]].concat(), "is larger than 4096 bytes"),
    ] {
        fs::write(&path, bytes).expect("a file");
        check(word);
        let ran = run(&mut program!("verify", keyed.0.bundle()));
        assert_eq!(ran.code, Some(4), "without a key too: {}", ran.stderr);
    }
    fs::remove_file(&path).expect("a file");
    check("is missing");
    fs::write(&path, &good).expect("a file");
    let other = keyed.0.file("sums", "another text");
    let secret = xtask::signature::locked(SECRET.as_bytes()).and_then(|key| key.open(b"")).expect("a key");
    fs::write(&path, xtask::signature::sign(&secret, &fs::read(other).expect("it"), "x")).expect("a file");
    check("is no signature of this text");
    let sums = fs::read(keyed.0.bundle().join("SHA256SUMS")).expect("a file");
    fs::write(&path, xtask::signature::sign(&secret, &sums, "a\u{1b}[31mb\u{7}\u{202e}c")).expect("a file");
    let ran = keyed.verify("the.pub");
    assert!(ran.code == Some(0) && ran.stdout.contains(": a?[31mb??c\n"), "{:?}", ran.stdout);
}

#[test]
fn keys_to_check_with() {
    let keyed = Keyed::signed(&["--sign", "the.key"]);
    let other = "RWSRqula3dUAKkfenhDXQtIE43YJ3hLevFPF5nOOyF9UfazOWc1rpmY2";
    let ran = keyed.verify(other);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains(&format!("is by the key {ID}, not by 2A00D5DD5AE9AA91")), "{}", ran.stderr);
    assert_eq!(keyed.verify(PUBLIC.lines().nth(1).expect("a key")).code, Some(0));
    let secret = SECRET.lines().nth(1).expect("a key");
    for (given, word) in [
        ("the.key", "`the.key` is a secret key"),
        (secret, "is a secret key"),
        ("nowhere", "`nowhere` is neither a file nor a public key"),
        ("home", "the public key `home` cannot be read"),
    ] {
        let ran = keyed.verify(given);
        assert!(ran.code == Some(1) && ran.stderr.contains(word), "{given}: {:?} {}", ran.code, ran.stderr);
        shows_no_secret(&ran);
    }
    let bundle: PathBuf = keyed.0.bundle();
    let ran = run(&mut program!("verify", &bundle));
    assert!(ran.code == Some(0) && ran.stderr.contains("was not checked"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--public-key"), "{}", ran.stderr);
}
