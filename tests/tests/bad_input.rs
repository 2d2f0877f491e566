//! Bad input: a clear error with its place, the right exit code, and nothing written.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use upgrade_tests::{
    Case, Given, NAME, Ran, RawEntry, TOP, Trees, change_headers, has_tool, names_in, program, raw_entries, raw_zip,
    run, skipped, unzipped,
};
use xtask::sample::{self, FRESH_TOP, PRISTINE_TOP, Tree, edit, put, put_symlink, tar_gz_tree, zip_tree};

fn raw(name: &str, bytes: &str, mode: u32) -> RawEntry {
    RawEntry { name: name.to_owned(), bytes: bytes.as_bytes().to_vec(), mode }
}

/// Zips that no input may be, by name, with words of the error.
fn bad_zips(top: &str, tree: &Tree) -> Vec<(&'static str, Vec<u8>, Vec<String>)> {
    let entries = raw_entries(top, tree);
    let with = |more: &[RawEntry]| raw_zip(&[&entries[..], more].concat());
    let good = raw_zip(&entries);
    let script = format!("{top}/bin/micro-integrator.sh");
    let at = good.windows(script.len()).position(|window| window == script.as_bytes()).expect("the script");
    let mut flipped = good.clone();
    flipped[at + script.len() + 3] ^= 1;
    let changed = |field: usize, by: u8| {
        let mut zip = good.clone();
        change_headers(&mut zip, &script, field, |byte| *byte ^= by);
        zip
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let of_script = |word: &str| vec![script.clone(), word.to_owned()];
    let file = 0o100_644;
    let twice = format!("{top}/LICENSE.txt");
    let both = [raw(&format!("{top}/x"), "x", file), raw(&format!("{top}/x/y"), "y", file)];
    let same = [raw(&format!("{top}/x"), "x", file), raw(&format!("{top}/x/"), "", 0o040_755)];
    vec![
        ("not-a-zip", b"no archive at all".to_vec(), words(&["neither a folder nor a zip nor a tar.gz"])),
        ("empty", Vec::new(), words(&["neither a folder nor a zip nor a tar.gz"])),
        ("only-its-start", good[..good.len() / 2].to_vec(), words(&["no whole zip", "copy it again"])),
        ("without-its-last-byte", good[..good.len() - 1].to_vec(), words(&["no whole zip", "copy it again"])),
        ("with-more-behind", [&good[..], b"more"].concat(), words(&["no whole zip", "copy it again"])),
        ("with-a-flipped-byte", flipped, of_script("CRC-32")),
        ("with-a-wrong-crc", changed(14, 1), of_script("CRC-32")),
        ("encrypted", changed(6, 1), of_script("encrypted")),
        ("with-a-method", changed(8, 12), of_script("bzip2")),
        ("that-leads-out", with(&[raw("../../etc/x", "x", file)]), words(&["../../etc/x", ".."])),
        ("that-leads-out-inside", with(&[raw(&format!("{top}/a/../../x"), "x", file)]), words(&["a/../../x", ".."])),
        ("with-an-absolute-name", with(&[raw("/etc/x", "x", file)]), words(&["/etc/x", "absolute"])),
        ("with-a-drive", with(&[raw("C:/x", "x", file)]), words(&["C:/x", "drive"])),
        ("with-a-backslash", with(&[raw("a\\..\\x", "x", file)]), words(&["backslash"])),
        ("with-a-control-character", with(&[raw("a\u{1b}[31m", "x", file)]), words(&["control character"])),
        ("with-an-empty-name", with(&[raw("", "x", file)]), words(&["empty"])),
        ("with-a-name-twice", with(&[raw(&twice, "x", file)]), vec![twice.clone(), "twice".to_owned()]),
        ("with-a-file-as-folder", with(&both), words(&["/x", "folder"])),
        ("with-a-file-and-a-folder", with(&same), words(&["/x", "folder"])),
        ("with-a-device", with(&[raw(&format!("{top}/dev"), "", 0o020_644)]), words(&["/dev", "device"])),
    ]
}

#[test]
fn zips_that_are_not_to_be_trusted_are_refused() {
    let trees = Trees::unchanged();
    let case = Case::of(&trees);
    for (name, bytes, mut words) in bad_zips(FRESH_TOP, &trees.fresh) {
        let fresh = case.file(&format!("{name}.zip"), bytes);
        words.push(format!("{name}.zip"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let given = Given { fresh, ..case.given.clone() };
        let out = case.out();
        let ran = run(program!("package", "--out", &out).args(given.arguments()));
        assert_eq!(ran.code, Some(1), "{name}: {}{}", ran.stdout, ran.stderr);
        assert!(words.iter().all(|word| ran.stderr.contains(word)), "{name}: {words:?}: {}", ran.stderr);
        assert!(ran.stderr.starts_with("error: ") && !ran.stderr.contains("panicked"), "{name}: {}", ran.stderr);
        assert!(!ran.stderr.contains('\u{1b}'), "{name}: {}", ran.stderr);
        assert!(!out.exists(), "{name}: something was written");
    }
}

#[test]
fn so_are_homes_pristine_distributions_and_packs() {
    let trees = Trees::sample();
    let case = Case::of(&trees);
    let chosen =
        ["not-a-zip", "only-its-start", "with-a-wrong-crc", "that-leads-out", "with-a-file-as-folder", "encrypted"];
    for (name, bytes, words) in bad_zips(PRISTINE_TOP, trees.pristine.as_ref().expect("one")) {
        if !chosen.contains(&name) {
            continue;
        }
        let path = case.file(&format!("{name}.zip"), bytes);
        let as_home = Given { home: path.clone(), ..case.given.clone() };
        let as_pristine = Given { pristine: Some(path.clone()), ..case.given.clone() };
        for given in [as_home, as_pristine] {
            let ran = run(program!("plan").args(given.arguments()));
            assert_eq!(ran.code, Some(1), "{name}: {}", ran.stderr);
            assert!(words.iter().all(|word| ran.stderr.contains(word)), "{name}: {words:?}: {}", ran.stderr);
            assert!(ran.stderr.contains(&format!("{name}.zip")), "{name}: {}", ran.stderr);
        }
    }
    for (name, words) in [("no.zip", "neither a folder nor a zip"), ("no.jar", "no.jar")] {
        let pack = case.file(name, "no jar at all");
        let given = Given { hl7: vec![pack], ..case.given.clone() };
        let ran = run(program!("package", "--out", case.out()).args(given.arguments()));
        assert!(matches!(ran.code, Some(1 | 3)), "{name}: {:?} {}", ran.code, ran.stderr);
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert!(!case.out().exists());
    }
}

#[test]
fn damaged_tars_are_refused() {
    let trees = Trees::sample();
    let case = Case::of(&trees);
    let good = tar_gz_tree(Some(PRISTINE_TOP), &trees.home).expect("a tar.gz");
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x55;
    for (name, bytes) in [
        ("cut.tar.gz", good[..good.len() / 2].to_vec()),
        ("flipped.tar.gz", flipped),
        ("head.tar.gz", good[..12].to_vec()),
    ] {
        let given = Given { home: case.file(name, bytes), ..case.given.clone() };
        let ran = run(program!("package", "--out", case.out()).args(given.arguments()));
        assert_eq!(ran.code, Some(1), "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
        assert!(!case.out().exists());
    }
}

#[test]
fn what_does_not_exist_is_named() {
    let case = Case::of(&Trees::sample());
    for (flag, code) in
        [("--home", 1), ("--fresh", 1), ("--pristine", 1), ("--hl7", 1), ("--policy", 1), ("--overlay", 1)]
    {
        let mut arguments: Vec<_> = case.given.arguments();
        let missing = case.folder.path().join("is-not-there");
        match arguments.iter().position(|argument| argument == flag) {
            Some(at) => arguments[at + 1] = missing.into_os_string(),
            None => arguments.extend([flag.into(), missing.into_os_string()]),
        }
        let ran = run(program!("package", "--out", case.out()).args(&arguments));
        assert_eq!(ran.code, Some(code), "{flag}: {}", ran.stderr);
        assert!(ran.stderr.contains("is-not-there"), "{flag}: {}", ran.stderr);
        assert!(!case.out().exists(), "{flag}");
    }
}

#[test]
fn a_bomb_is_refused_and_a_flag_raises_the_bound() {
    let mut trees = Trees::sample();
    put(&mut trees.home, "bigdata/zeros.bin", vec![0; 8 << 20]);
    let case = Case::of(&trees);
    for (name, bytes) in [
        ("home.zip", zip_tree(Some(PRISTINE_TOP), &trees.home).expect("a zip")),
        ("home.tar.gz", tar_gz_tree(Some(PRISTINE_TOP), &trees.home).expect("a tar.gz")),
    ] {
        let case = Case::with(Given { home: case.file(name, bytes), ..case.given.clone() });
        case.fails(
            1,
            &[name, "--max-unpacked-size", "unpacks to more than 4194304 bytes"],
            &["--max-unpacked-size", "4M"],
        );
        let ran = case.package(&["--max-unpacked-size", "64M"]);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.stderr);
        assert!(case.files().contains_key("bigdata/zeros.bin"));
    }
}

/// The declared size is a lie: the entry inflates to more.
#[test]
fn an_entry_that_inflates_to_more_than_it_says_is_refused() {
    let mut trees = Trees::sample();
    put(&mut trees.home, "bigdata/zeros.bin", vec![0; 1 << 20]);
    let mut zip = zip_tree(Some(PRISTINE_TOP), &trees.home).expect("a zip");
    let name = format!("{PRISTINE_TOP}/bigdata/zeros.bin");
    // 1 MiB becomes 64 KiB.
    change_headers(&mut zip, &name, 24, |byte| *byte = 1);
    let mut case = Case::of(&trees);
    case.given.home = case.file("lying.zip", zip);
    case.fails(1, &["lying.zip", &name, "more bytes than the archive declares"], &[]);
}

fn of_version(tree: &Tree, name: &str, id: &str) -> Tree {
    let mut tree = tree.clone();
    put(&mut tree, "bin/version.txt", format!("{name}\n"));
    put(&mut tree, "updates/product.txt", id);
    tree
}

#[test]
fn another_product_is_named() {
    let fresh = sample::fresh();
    for (tree, top, words) in [
        (sample::pristine(), PRISTINE_TOP, &["Micro Integrator 1.2.0", "wso2mi-4.0.0.zip"][..]),
        (
            of_version(&fresh, "WSO2 Micro Integrator v4.1.0", "wso2mi-4.1.0"),
            "wso2mi-4.1.0",
            &["Micro Integrator 4.1.0"],
        ),
        (of_version(&fresh, "WSO2 Micro Integrator v4.0.0-beta", "wso2mi-4.0.0-beta"), "wso2mi-4.0.0", &["4.0.0-beta"]),
        (
            of_version(&fresh, "WSO2 Enterprise Integrator v6.6.0", "wso2ei-6.6.0"),
            "wso2ei-6.6.0",
            &["Enterprise Integrator 6.6.0"],
        ),
        (of_version(&fresh, "WSO2 API Manager v4.0.0", "wso2am-4.0.0"), "wso2am-4.0.0", &["API Manager 4.0.0"]),
        (of_version(&fresh, "", ""), "some-folder", &["Micro Integrator 4.0.0 is needed"]),
        (sample::hl7_pack(), "wso2mi-hl7", &["no known product"]),
    ] {
        let mut trees = Trees::sample();
        trees.fresh = tree.clone();
        let case = Case::of(&trees);
        let path = case.file("given.zip", zip_tree(Some(top), &tree).expect("a zip"));
        let case = Case { given: Given { fresh: path, ..case.given.clone() }, ..case };
        if top == "some-folder" {
            // The jar of the server says it, where the texts are gone.
            assert_eq!(case.package(&[]).code, Some(0));
            continue;
        }
        case.fails(1, &[&["given.zip"][..], words].concat(), &[]);
    }
    for (tree, words) in [
        (sample::fresh(), &["Micro Integrator 4.0.0", "1.2.0 is needed"][..]),
        (of_version(&sample::home(), "WSO2 Micro Integrator v1.1.0", "wso2mi-1.1.0"), &["1.1.0", "1.2.0 is needed"]),
        (
            of_version(&sample::home(), "WSO2 Enterprise Integrator v6.6.0", "wso2ei-6.6.0"),
            &["Enterprise Integrator 6.6.0"],
        ),
        (of_version(&sample::home(), "WSO2 API Manager v3.2.0", "wso2am-3.2.0"), &["API Manager 3.2.0"]),
    ] {
        Case::of(&Trees { home: tree.clone(), ..Trees::sample() }).fails(1, words, &[]);
        Case::of(&Trees { pristine: Some(tree), ..Trees::sample() }).fails(1, words, &[]);
    }
}

#[test]
fn a_home_without_deployment_toml_is_none() {
    let mut trees = Trees::sample();
    trees.home.remove("conf/deployment.toml");
    Case::of(&trees).fails(1, &["conf/deployment.toml", PRISTINE_TOP], &[]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut case = Case::of(&Trees::sample());
    case.given.home = folder.path().to_owned();
    case.fails(1, &["1.2.0"], &[]);
}

#[test]
fn only_a_bundle_is_ever_replaced() {
    let case = Case::of(&Trees::sample());
    let bundle = case.bundle();
    fs::create_dir_all(&bundle).expect("a folder");
    assert_eq!(case.package(&[]).code, Some(0), "an empty folder is taken");
    assert_eq!(case.package(&[]).code, Some(0), "a bundle is replaced");

    fs::write(bundle.join("precious.txt"), "mine").expect("a file");
    case.fails(1, &["precious.txt", NAME], &[]);
    assert_eq!(fs::read(bundle.join("precious.txt")).expect("it"), b"mine");
    fs::remove_file(bundle.join("SHA256SUMS")).expect("a bundle");
    case.fails(1, &["no bundle", NAME, "--out"], &[]);
    assert!(bundle.join("precious.txt").exists() && bundle.join("manifest.json").exists());

    fs::remove_dir_all(&bundle).expect("a folder");
    fs::write(&bundle, "a file").expect("a file");
    case.fails(1, &[NAME, "no folder"], &[]);
    assert_eq!(fs::read(&bundle).expect("it"), b"a file");
    let taken = Case::with(case.given.clone());
    fs::write(taken.out(), "a file").expect("a file");
    let ran = taken.package(&[]);
    assert!(ran.code == Some(1) && ran.stderr.contains("out"), "{}", ran.stderr);
    assert_eq!(fs::read(taken.out()).expect("it"), b"a file");
}

#[test]
fn a_name_is_no_path() {
    let case = Case::of(&Trees::sample());
    for name in ["a/b", "../x", "/tmp/x", "", ".", ".."] {
        let ran = case.package(&["--name", name]);
        assert!(matches!(ran.code, Some(1 | 2)), "{name}: {}", ran.stderr);
        assert!(!case.out().exists() && !case.folder.path().join("x").exists(), "{name}");
    }
    assert_eq!(case.package(&["--name", "mi prod (ö)"]).code, Some(0));
    assert_eq!(run(&mut program!("verify", case.out().join("mi prod (ö)"))).code, Some(0));
}

#[cfg(unix)]
fn make_pipe(path: &Path) -> bool {
    has_tool("mkfifo") && run(Command::new("mkfifo").arg(path)).code == Some(0)
}

/// The exit code where an input cannot be used, although the plan says so and a policy may help.
const BLOCKED: i32 = 1;

#[cfg(unix)]
#[test]
fn a_carried_file_that_cannot_be_read_is_an_error() {
    let case = Case::of(&Trees::sample());
    if !make_pipe(&case.given.home.join("lib/pipe.jar")) {
        return;
    }
    case.fails(BLOCKED, &["MI0210", "lib/pipe.jar", "pipe"], &[]);
    let policy = case.file("policy.toml", "leave_out = [\"lib/pipe.jar\"]\n");
    assert_eq!(case.package(&["--policy", policy.to_str().expect("UTF-8")]).code, Some(0));
}

#[cfg(unix)]
#[test]
fn what_is_left_out_may_be_unreadable() {
    let case = Case::of(&Trees::sample());
    for path in [
        "repository/logs/pipe",
        "tmp/pipe",
        "patches/pipe",
        "updates/pipe",
        "wso2/components/plugins/pipe",
        "server.pid",
        "password-tmp",
    ] {
        if !make_pipe(&case.given.home.join(path)) {
            return;
        }
    }
    let ran = case.package(&[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
}

/// A home of which somebody else looks at what the closure changed; `None` where nobody else can start the program.
#[cfg(unix)]
fn plan_as_nobody(change: impl Fn(&Path)) -> Option<Ran> {
    use std::os::unix::fs::PermissionsExt as _;
    if !has_tool("setpriv") {
        return None;
    }
    let case = Case::of(&Trees::sample());
    fs::set_permissions(case.folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_xtask-under-test")]);
        run(command.args(arguments).env_remove("SOURCE_DATE_EPOCH"))
    };
    if as_nobody(&["--version"]).code != Some(0) {
        skipped("nobody else can start the program here");
        return None;
    }
    // Only its owner may read it in the sample.
    set_mode(&case.given.home, "repository/resources/security/corp.jks", 0o444);
    change(&case.given.home);
    let arguments = case.given.arguments();
    let arguments: Vec<&str> = arguments.iter().map(|argument| argument.to_str().expect("UTF-8")).collect();
    Some(as_nobody(&[&["plan"][..], &arguments].concat()))
}

#[cfg(unix)]
fn set_mode(home: &Path, path: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(home.join(path), fs::Permissions::from_mode(mode)).expect("a mode");
}

#[cfg(unix)]
#[test]
fn what_only_somebody_else_may_read_matters_where_it_is_carried() {
    for path in ["repository/logs", "patches", "tmp", "backup", "password-persist", "conf/deployment.toml.bak-20210112"]
    {
        let Some(ran) = plan_as_nobody(|home| set_mode(home, path, 0)) else { return };
        assert_eq!(ran.code, Some(0), "{path}: {}", ran.stderr);
    }
    for path in [
        "repository/resources/security/corp.jks",
        "conf/log4j2.properties",
        "lib/acme-codec-1.0.jar",
        "bin/check-health.sh",
    ] {
        let Some(ran) = plan_as_nobody(|home| set_mode(home, path, 0)) else { return };
        assert_eq!(ran.code, Some(BLOCKED), "{path}: {}", ran.stderr);
        assert!(ran.stdout.contains("MI0210") && ran.stdout.contains(path), "{path}: {}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn so_does_a_folder_that_only_somebody_else_may_list() {
    for path in ["registry/config", "repository/deployment/server/carbonapps", "lib", "conf/sslprofiles"] {
        let Some(ran) = plan_as_nobody(|home| set_mode(home, path, 0)) else { return };
        assert_eq!(ran.code, Some(BLOCKED), "{path}: {}", ran.stderr);
        assert!(ran.stdout.contains("MI0210") && ran.stdout.contains(path), "{path}: {}", ran.stdout);
    }
}

#[cfg(unix)]
#[test]
fn a_carried_link_that_leaves_the_home_is_an_error_until_it_is_decided() {
    let mut trees = Trees::sample();
    let link = "repository/resources/security/company.jks";
    for (target, inside) in
        [("../../../../../company.jks", false), ("{folder}/company.jks", false), ("./../security/corp.jks", true)]
    {
        let place = tempfile::tempdir().expect("a folder");
        let target = target.replace("{folder}", place.path().to_str().expect("UTF-8"));
        put_symlink(&mut trees.home, link, &target);
        let case = Case { given: trees.write(place.path()), folder: place };
        case.file("company.jks", "the company's keystore");
        if inside {
            assert_eq!(case.package(&[]).code, Some(0), "a link within the home is carried");
            continue;
        }
        case.fails(BLOCKED, &["MI0211", link, &target], &[]);
        let policy = case.file("follow.toml", format!("follow = [\"{link}\"]\n"));
        let ran = case.package(&["--policy", policy.to_str().expect("UTF-8")]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let files = unzipped(&case.bundle().join(format!("{NAME}.zip")));
        assert_eq!(files[&format!("{TOP}{link}")], b"the company's keystore");
        let policy = case.file("leave.toml", format!("leave_out = [\"{link}\"]\n"));
        assert_eq!(case.package(&["--policy", policy.to_str().expect("UTF-8")]).code, Some(0));
        assert!(!case.files().contains_key(link));
    }
}

/// To carry it says nothing about where it leads.
#[cfg(unix)]
#[test]
fn so_it_is_where_the_policy_carries_it() {
    let mut trees = Trees::sample();
    let link = "repository/resources/security/company.jks";
    put_symlink(&mut trees.home, link, "/etc/company.jks");
    let case = Case::of(&trees);
    let policy = case.file("carry.toml", format!("carry = [\"{link}\"]\n"));
    case.fails(BLOCKED, &["MI0211", link], &["--policy", policy.to_str().expect("UTF-8")]);
}

#[cfg(unix)]
#[test]
fn a_link_that_is_followed_into_nothing_is_an_error() {
    let mut trees = Trees::sample();
    put_symlink(&mut trees.home, "conf/company.properties", "/nonexistent/company.properties");
    put_symlink(&mut trees.home, "files/circle", "../files");
    let case = Case::of(&trees);
    let policy = case.file("policy.toml", "follow = [\"conf/company.properties\", \"files/circle\"]\n");
    case.fails(
        BLOCKED,
        &["MI0210", "conf/company.properties", "files/circle"],
        &["--policy", policy.to_str().expect("UTF-8")],
    );
}

#[cfg(unix)]
#[test]
fn links_of_the_log_folder_are_nobodys_business() {
    for target in ["/nonexistent", "/var/log/wso2mi", "..", "/"] {
        let mut trees = Trees::sample();
        trees.home.retain(|path, _| !path.starts_with("repository/logs"));
        put_symlink(&mut trees.home, "repository/logs", target);
        let case = Case::of(&trees);
        let ran = case.package(&[]);
        assert_eq!(ran.code, Some(0), "{target}: {}", ran.stderr);
        assert!(!ran.stderr.contains("repository/logs"), "{target}: {}", ran.stderr);
        let report = fs::read_to_string(case.bundle().join("report.txt")).expect("a report");
        assert!(report.contains("repository/logs"), "{target}");
    }
}

/// Appends to a file for as long as something else runs.
fn while_it_grows<T>(path: &Path, run: impl FnOnce() -> T) -> T {
    use std::io::Write as _;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).create(true).open(path).expect("a file");
            while !done.load(Ordering::Relaxed) {
                file.write_all(b"another line of a log\n").expect("room on the disk");
                std::thread::yield_now();
            }
        });
        let result = run();
        done.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn a_growing_log_is_nobodys_business_and_a_growing_carried_file_is() {
    let mut trees = Trees::sample();
    put(&mut trees.home, "conf/growing.properties", "x");
    let case = Case::of(&trees);
    let log = case.given.home.join("repository/logs/wso2carbon.log");
    let ran = while_it_grows(&log, || case.package(&[]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    fs::remove_dir_all(case.out()).expect("the bundle");
    let ran = while_it_grows(&case.given.home.join("conf/growing.properties"), || case.package(&[]));
    assert!(matches!(ran.code, Some(1 | 3)), "{:?} {}", ran.code, ran.stderr);
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("conf/growing.properties") && said.contains("change"), "{}", ran.stderr);
    assert!(!case.out().exists(), "something was written");
}

#[test]
fn a_bad_policy_is_an_error_with_its_place() {
    let case = Case::of(&Trees::sample());
    for (text, line, words) in [
        ("carry = [", 1, "policy.toml"),
        ("\n\nkarry = [\"a\"]\n", 3, "karry"),
        ("[decide]\n\"conf/a\" = \"theirs\"\n", 2, "theirs"),
        ("[severity]\nMI0101 = 3\n", 2, "MI0101"),
        ("[hl7]\n\nwithout_pack = \"maybe\"\n", 3, "maybe"),
        ("carry = [\"a\"]\ncarry = [\"b\"]\n", 2, "carry"),
        ("[hl8]\n", 1, "hl8"),
    ] {
        let policy = case.file("policy.toml", text);
        let place = format!("line {line}");
        case.fails(1, &["policy.toml", &place, words], &["--policy", policy.to_str().expect("UTF-8")]);
    }
}

/// What is wrong with the meaning rather than with the TOML.
#[test]
fn a_policy_that_means_nothing_is_an_error_that_names_it() {
    let case = Case::of(&Trees::sample());
    let mut placed = 0;
    for (text, line, words) in [
        ("[decide]\n\"../a\" = \"fresh\"\n", 2, &["../a", ".."][..]),
        ("\ncarry = [\"/etc/passwd\"]\n", 2, &["/etc/passwd", "absolute"]),
        ("carry = [\n  \"a\",\n  \"\",\n]\n", 3, &["carry", "empty"]),
        ("[severity]\nMI0101 = \"fatal\"\n", 2, &["MI0101", "fatal"]),
        ("[severity]\n\nMI9999 = \"note\"\n", 3, &["MI9999"]),
        ("[severity]\nMI0202 = \"note\"\n", 2, &["MI0202", "cannot be changed"]),
    ] {
        let policy = case.file("policy.toml", text);
        let policy = ["--policy", policy.to_str().expect("UTF-8")];
        case.fails(1, &[&["policy.toml"][..], words].concat(), &policy);
        if case.package(&policy).stderr.contains(&format!("line {line}")) {
            placed += 1;
        }
    }
    let policy = case.file("policy.toml", [0xff, 0xfe, 0x41]);
    case.fails(1, &["policy.toml"], &["--policy", policy.to_str().expect("UTF-8")]);
    assert_eq!(placed, 6, "some of them have no line");
}

#[test]
fn wrong_usage_has_a_code_of_its_own() {
    let case = Case::of(&Trees::sample());
    for arguments in [
        &["package", "--colour", "red"][..],
        &["package"],
        &["package", "--home", "x"],
        &["package", "--fresh", "x"],
        &["package", "--sample", "--home", "x"],
        &["package", "--sample", "--max-unpacked-size", "much"],
        &["package", "--sample", "--max-unpacked-size", "99999999999T"],
        &["plan", "--sample", "--format", "yaml"],
        &["plan", "--sample", "--out", "x"],
        &["verify"],
        &["verify", "a", "b"],
        &["pakage"],
        &[],
    ] {
        let ran = run(program!().args(arguments).current_dir(case.folder.path()));
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(ran.stderr.contains("--help"), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(names_in(case.folder.path()).len(), 4, "something was written");
    for arguments in [&["--help"][..], &["package", "--help"], &["--version"]] {
        let ran = run(program!().args(arguments));
        assert!(ran.code == Some(0) && !ran.stdout.is_empty() && ran.stderr.is_empty(), "{arguments:?}");
    }
    let ran = run(&mut program!("explain", "MI9999"));
    assert!(matches!(ran.code, Some(1 | 2)) && ran.stderr.contains("MI9999"), "{}", ran.stderr);
}

#[test]
fn a_second_run_at_once_is_told_so() {
    let case = Case::of(&Trees::sample());
    fs::create_dir(case.out()).expect("a folder");
    let lock = case.out().join(format!(".{NAME}.lock"));
    let held = File::create(&lock).expect("a lock");
    held.try_lock().expect("a lock that nobody has");
    case.fails(1, &["another run", NAME], &[]);
    // Another bundle beside it is nobody's business.
    assert_eq!(case.package(&["--name", "other"]).code, Some(0));
    drop(held);
    assert_eq!(case.package(&[]).code, Some(0));
    assert_eq!(names_in(&case.out()), ["other", NAME]);
}

#[test]
fn runs_at_once_leave_one_whole_bundle() {
    let case = Case::of(&Trees::sample());
    for _ in 0..3 {
        let runs: Vec<Ran> = std::thread::scope(|scope| {
            let started: Vec<_> = (0..3).map(|_| scope.spawn(|| case.package(&[]))).collect();
            started.into_iter().map(|run| run.join().expect("it ran")).collect()
        });
        assert!(runs.iter().any(|ran| ran.code == Some(0)), "{runs:?}");
        for ran in runs.iter().filter(|ran| ran.code != Some(0)) {
            assert!(ran.code == Some(1) && ran.stderr.contains("another run"), "{ran:?}");
        }
        assert_eq!(names_in(&case.out()), [NAME]);
        assert_eq!(run(&mut program!("verify", case.bundle())).code, Some(0));
    }
}

#[test]
fn settings_that_do_not_parse_are_an_error_with_their_line() {
    let marked = |from: &str, to: &str| {
        let mut trees = Trees::sample();
        let mut line = 0;
        edit(&mut trees.home, "conf/deployment.toml", |text| {
            let at = text.find(from).expect("the settings");
            line = text[..at].lines().count() + 1;
            text.replacen(from, to, 1)
        });
        (trees, line)
    };
    for (from, to) in [("[server]", "[server"), ("offset = 10", "offset = "), ("[mediation]", "timeout =\n[mediation]")]
    {
        let (trees, line) = marked(from, to);
        let place = format!("conf/deployment.toml:{line}");
        Case::of(&trees).fails(BLOCKED, &["MI0602", &place], &[]);
    }
}

/// A link that leaves the tree could not be told from one of the home's once it is in the result.
#[cfg(unix)]
#[test]
fn a_link_of_the_fresh_folder_that_leaves_it_is_an_error_too() {
    let trees = Trees::sample();
    let mut fresh = trees.fresh.clone();
    put_symlink(&mut fresh, "conf/outside", "/etc/company");
    let mut case = Case::of(&trees);
    case.given.fresh = case.folder.path().join(FRESH_TOP);
    sample::write_tree(&case.given.fresh, &fresh).expect("a folder");
    let ran = case.package(&[]);
    assert!(matches!(ran.code, Some(1 | 3)), "{:?} {}", ran.code, ran.stderr);
    assert!(ran.stderr.contains("conf/outside") && !case.out().exists(), "{}", ran.stderr);
    assert!(!ran.stderr.contains("does not read back"), "found only after the writing: {}", ran.stderr);
}
