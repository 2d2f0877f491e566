use super::*;
use zeroize::Zeroizing;

/// What minisign 0.11 made: `minisign -G -W`.
const PUBLIC: &str = "untrusted comment: minisign public key C14FA27D7B4C8528\n\
                      RWQohUx7faJPwZHKI9VcLNrZPkfOz1HBVC0qR9+pcBmjWTArinzPa/Q/\n";
const SECRET: &str = "untrusted comment: minisign encrypted secret key\n\
                      RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAKIVMe32iT8FTKHkhUUoqwr4D8WjX0XtSh\
                      cPm5QlkEgcPYw09fCCdJpHKI9VcLNrZPkfOz1HBVC0qR9+pcBmjWTArinzPa/Q/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
/// And `printf 'x\n' >SHA256SUMS; minisign -S -s KEY -m SHA256SUMS -t 'timestamp:1 file:ä'`, with a tab before `file`.
const OF_X: &str = "untrusted comment: signature from minisign secret key\n\
                    RUQohUx7faJPwYlgE32UYGwRT/FWXq+e9/d1GTZWETx2T6/GrOCDgoloSsZvibL1lAFua3j3ZDInJrdb2/zZFMn0/ia6yANW1g8=\n\
                    trusted comment: timestamp:1\tfile:ä\n\
                    1h4zKUJ/HdCZj+8Fzx2BkhMiIXcYm2plQhDsWpttGMwjA1jlTsVXA+GTZ1VLFNiIPxG+zdxF/I0kjsILPn/GAQ==\n";

fn opened(text: &str) -> SecretKey {
    locked(text.as_bytes()).expect("a key").open(b"").expect("no password")
}

/// The file of a key with a password, that costs as little or as much as is wanted.
fn encrypted(password: &[u8], operations: u64, memory: u64, n: u8, times: u32) -> String {
    let plain = base64::decode(SECRET.lines().nth(1).expect("a key")).expect("Base64");
    let mut secret = plain[54..].to_vec();
    let sum = Blake2b512Of32::digest([b"Ed", &secret[..72]].concat());
    secret[72..].copy_from_slice(&sum);
    let mut stream = vec![0; secret.len()];
    let parameters = scrypt::Params::new(n, 8, times).expect("parameters");
    scrypt::scrypt(password, &[7; 32], &parameters, &mut stream).expect("a stream");
    secret.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
    let head = [&b"EdScB2"[..], &[7; 32], &operations.to_le_bytes(), &memory.to_le_bytes()].concat();
    format!("{UNTRUSTED}a key\n{}\n", base64::encode(&[head, secret].concat()))
}

type Blake2b512Of32 = blake2::Blake2b256;

#[test]
fn it_signs_as_minisign_does() {
    let (key, public) = (opened(SECRET), public_key(PUBLIC.as_bytes()).expect("a key"));
    assert_eq!(key.public(), public);
    assert_eq!(public.id.to_string(), "C14FA27D7B4C8528");
    assert_eq!(sign(&key, b"x\n", "timestamp:1\tfile:ä"), OF_X);
    let signed = parse(OF_X.as_bytes()).expect("a signature");
    assert_eq!(check(&public, b"x\n", &signed), Ok("timestamp:1 file:ä".to_owned()));
    let line = PUBLIC.lines().nth(1).expect("a key");
    assert_eq!(public_key(line.as_bytes()), Ok(public));
}

#[test]
fn the_comment_has_what_is_given_and_is_one_line() {
    let comment = comment("SHA256SUMS", "up", Timestamp::FIXED);
    assert_eq!(comment, "timestamp:318211200\tfile:SHA256SUMS\thashed\tbundle:up");
    let (key, public) = (opened(SECRET), public_key(PUBLIC.as_bytes()).expect("a key"));
    let text = sign(&key, b"", "a\nb\r\0\u{202e}\u{1b}[2J\"ä\"");
    let signed = parse(text.as_bytes()).expect("a signature");
    assert_eq!(check(&public, b"", &signed), Ok("a b  ??[2J\"ä\"".to_owned()));
}

#[test]
fn no_byte_of_a_signature_can_differ() {
    let public = public_key(PUBLIC.as_bytes()).expect("a key");
    let holds = |bytes: &[u8]| parse(bytes).is_ok_and(|signed| check(&public, b"x\n", &signed).is_ok());
    let good = OF_X.as_bytes();
    assert!(holds(good));
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.to_vec();
            bytes[at] ^= 1 << bit;
            assert!(!holds(&bytes), "bit {bit} of byte {at}");
        }
        assert!(!holds(&good[..at]) && !holds(&good[at + 1..]), "cut at {at}");
    }
    let text = String::from_utf8(good.to_vec()).expect("UTF-8");
    for wrong in
        [text.clone() + "\n", text.clone() + "x", text.replace('\n', "\r\n"), text.replace(" secret key", " my key")]
    {
        assert!(!holds(wrong.as_bytes()), "{wrong}");
    }
    let signed = parse(good).expect("a signature");
    assert!(check(&public, b"x", &signed).expect_err("another text").contains("no signature of this text"));
    let other = PublicKey { id: KeyId([1; 8]), ..public.clone() };
    let said = check(&other, b"x\n", &signed).expect_err("another key");
    assert_eq!(said, "is by the key C14FA27D7B4C8528, not by 0101010101010101, which was given");
    let other = Signed { comment: "timestamp:2".to_owned(), ..signed.clone() };
    assert!(check(&public, b"x\n", &other).expect_err("another comment").contains("has a comment"));
    let old = base64::encode(&[&b"Ed"[..], &signed.key.0, &signed.text].concat());
    let old = OF_X.replace(OF_X.lines().nth(1).expect("it"), &old);
    assert!(parse(old.as_bytes()).expect_err("the old kind").contains("old kind"));
    assert!(parse(&[b'x'; 5000]).is_err() && parse(b"").is_err());
}

#[test]
fn passwords_open_their_keys() {
    // The limits of rsign, and some whose cost is bound by time alone.
    for (operations, memory, n, times) in
        [(1 << 20, 1 << 25, 15, 1), (32_768, 1 << 24, 10, 1), (1 << 20, 1 << 15, 5, 1024)]
    {
        let file = encrypted(b"a word", operations, memory, n, times);
        let key = locked(file.as_bytes()).expect("a key");
        assert!(key.needs_password());
        assert_eq!(sign(&key.open(b"a word").expect("it"), b"x\n", "timestamp:1\tfile:ä"), OF_X);
        let wrong = locked(file.as_bytes()).expect("a key").open(b"another").expect_err("wrong");
        assert_eq!(wrong, "does not open with the password given");
    }
    assert!(!locked(SECRET.as_bytes()).expect("a key").needs_password());
}

#[test]
fn a_key_that_asks_for_too_much_is_refused_before_it_gets_it() {
    for (operations, memory) in
        [(u64::MAX, 1 << 20), (1 << 20, u64::MAX), ((1 << 25) + 1, 1 << 30), (1 << 25, (1 << 30) + 1)]
    {
        let file = encrypted(b"", operations, memory, 1, 1);
        assert!(locked(file.as_bytes()).expect_err("too much").contains("asks for more"), "{operations} {memory}");
    }
    // No memory at all, and no round of it.
    for (operations, memory) in [(0, 0), (32_768, 1 << 20)] {
        let file = encrypted(b"", operations, memory, 1, 1);
        let opened = locked(file.as_bytes()).and_then(|key| key.open(b"another"));
        assert!(opened.is_err(), "{operations} {memory}");
    }
}

#[test]
fn keys_that_are_none_are_told_apart() {
    let line = SECRET.lines().nth(1).expect("a key");
    let edited = |at: usize, by: &[u8]| {
        let mut bytes: Zeroizing<Vec<u8>> = base64::decode(line).expect("Base64");
        bytes[at..at + by.len()].copy_from_slice(by);
        format!("{UNTRUSTED}x\n{}", base64::encode(&bytes))
    };
    for (text, word) in [
        (PUBLIC.to_owned(), "is a public key"),
        (OF_X.to_owned(), "is a signature"),
        (line.to_owned(), "is no secret key"),
        (SECRET[..200].to_owned(), "is damaged, or no secret key"),
        (format!("{UNTRUSTED}x\n{}", base64::encode(&[1; 100])), "is no secret key"),
        (edited(0, b"Rs"), "of a kind that is not known"),
        (edited(4, b"B3"), "of a kind that is not known"),
        (edited(2, b"Ar"), "whose password is used in a way"),
        (edited(70, b"x"), "is damaged"),
        (edited(100, b"x"), "is damaged"),
        (edited(150, b"x"), "is damaged"),
        ("x".repeat(5000), "is no secret key"),
        (String::new(), "is no secret key"),
    ] {
        let problem = locked(text.as_bytes()).and_then(|key| key.open(b"")).expect_err(word);
        assert!(problem.contains(word), "{problem}");
        assert!(!problem.contains(&line[..20]), "{problem}");
    }
    for (text, word) in [
        (SECRET.to_owned(), "is a secret key"),
        (line.to_owned(), "is a secret key"),
        (OF_X.to_owned(), "is no public key"),
        (PUBLIC.replace("RWQ", "RWR") + "x", "is no public key"),
        (base64::encode(&[&b"Ed"[..], &[1; 8], &[0; 32]].concat()), "is damaged"),
        (String::new(), "is no public key"),
        ("RWQ".repeat(2000), "is no public key"),
    ] {
        assert!(public_key(text.as_bytes()).expect_err(word).contains(word), "{text}");
    }
}

#[test]
fn neither_key_nor_password_shows() {
    let key = locked(SECRET.as_bytes()).expect("a key");
    assert_eq!(format!("{key:?}"), "Locked(***)");
    assert_eq!(format!("{:?}", key.open(b"")), "Ok(SecretKey(C14FA27D7B4C8528))");
}
