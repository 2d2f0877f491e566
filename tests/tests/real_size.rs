//! The packager on real-size inputs: two distributions of 170 MiB, and two used homes whose every change is known.
//!
//! `UPGRADE_REAL_INPUTS` names a folder with `wso2mi-1.2.0.zip`, `wso2mi-4.0.0.zip`, `wso2mi-hl7-4.0.0.zip`,
//! `home/wso2mi-1.2.0`, `home-updated/wso2mi-1.2.0`, and for each home a table `<home>-changes.tsv`: class, size, path.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use upgrade_tests::{Line, Ran, actions, has_tool, json, real_inputs, report_of, run, unzipped};

const TOP: &str = "wso2mi-4.0.0/";

fn package(inputs: &Path, home: &str, pristine: bool, out: &Path) -> Ran {
    let mut command = Command::new(upgrade_tests::under_test());
    command.arg("package").arg("--home").arg(inputs.join(home).join("wso2mi-1.2.0"));
    command.arg("--fresh").arg(inputs.join("wso2mi-4.0.0.zip")).arg("--hl7").arg(inputs.join("wso2mi-hl7-4.0.0.zip"));
    if pristine {
        command.arg("--pristine").arg(inputs.join("wso2mi-1.2.0.zip"));
    }
    run(command.arg("--out").arg(out).env_remove("SOURCE_DATE_EPOCH"))
}

/// What of the user's is left out, and the words that its reason must hold. Everything else is in the result.
const LEFT_OUT: [(&str, &str); 18] = [
    ("conf/axis2/axis2.xml", "renders"),
    ("conf/deployment.toml.bak-20210112", "leftover"),
    ("conf/wso2-log-masking.properties", "renders"),
    ("dropins/hapi-osgi-base-2.1.jar", "hapi"),
    ("lib/hapi-base-2.1.jar", "hapi"),
    ("dropins/openjpa-all_2.2.2.wso2v2.jar", "HL7"),
    ("dropins/org.wso2.micro.integrator.business.messaging.hl7-1.2.0.jar", "HL7"),
    ("password-persist", "password"),
    ("patches/patch0001/README.txt", "patch"),
    ("patches/patch0001/synapse-core_2.1.7.wso2v182.jar", "patch"),
    ("registry/governance/xslt/orders.xslt", "OrdersCompositeExporter"),
    ("registry/governance/xslt/.metadata/orders.xslt.meta", "OrdersCompositeExporter"),
    ("registry/governance/custom/script.js", "OrdersCompositeExporter"),
    // Runtime state that the table of the updated home calls the user's.
    ("repository/database/WSO2CARBON_DB.lock.db", "leftover"),
    ("updates/summary", "update"),
    ("wso2/components/plugins", "platform"),
    ("repository/resources/conf/default.json", "update"),
    ("conf/deployment.toml.container", "4.0.0"),
];

/// What would break at the first start of either home: code, place, and words of the finding.
const FINDINGS: [(&str, &str, &[&str]); 10] = [
    (
        "MI1001",
        "dropins/com.example.partnerclient_1.1.0.jar",
        &["org.apache.http; version=\\\"[4.3,4.4)", "4.4.14.wso2v1"],
    ),
    // The pack's: only its message store needs that package.
    ("MI1002", "dropins/openjpa-all-2.2.2.wso2v2.jar", &["javax.transaction.xa"]),
    ("MI1101", "lib/acme-rates-3.1.jar", &["com.acme.rates.RateTable", "Java 17"]),
    ("MI1102", "dropins/openjpa-all-2.2.2.wso2v2.jar", &["javax.rmi.PortableRemoteObject"]),
    (
        "MI1103",
        "dropins/com.example.handlers_1.4.0.jar",
        &["getAPI(String): org.apache.synapse.rest.API", "com.example.handlers.ApiLookup", "api.API"],
    ),
    ("MI1103", "lib/corp-xpath-1.0.jar", &["getResolvingQName(): String", "com.example.xpath.TokenFunctionProvider"]),
    ("MI1213", "", &["partner-truststore.jks", "2022-11-01"]),
    ("MI1314", "repository/deployment/server/carbonapps/OrdersData_2.1.0.car", &["ORDERS_DB", "conf/deployment.toml"]),
    // The stand-ins for a service and a connector: their one file lies in a folder without an entry.
    ("MI1402", "repository/deployment/server/axis2services/Version.aar", &["stand-in/"]),
    ("MI1402", "repository/deployment/server/synapse-libs/file-connector-2.3.0.zip", &["stand-in/"]),
];

/// What the homes have each of their own. One of the four secrets is no ciphertext.
fn own_findings(home: &str) -> &'static [(&'static str, &'static str, &'static [&'static str])] {
    match home {
        // Its own keystore stands under [keystore.tls], which neither release reads: the shipped one is in use.
        "home" => &[
            ("MI1211", "", &["wso2carbon.jks", "the HTTPS listener", "2022-01-25"]),
            ("MI1214", "conf/security/secret-conf.properties", &["1 of 4", "smtp_password", "wso2carbon.jks"]),
        ],
        _ => &[("MI1214", "conf/security/secret-conf.properties", &["1 of 4", "smtp_password", "corp-keystore.jks"])],
    }
}

/// The checks tell what the homes were built to have, and nothing else: nothing of the distribution's own bundles, and
/// nothing of the healthy fragment `com.example.mediators.masking`.
fn findings(home: &str, report: &serde_json::Value) {
    let diagnostics = report["diagnostics"].as_array().expect("diagnostics").iter();
    let told: Vec<_> = diagnostics.filter(|told| told["code"].as_str().expect("a code") > "MI1000").collect();
    let mut found: Vec<_> = told
        .iter()
        .map(|told| (told["code"].as_str().unwrap_or_default(), told["path"].as_str().unwrap_or_default()))
        .collect();
    found.sort_unstable();
    let all: Vec<_> = FINDINGS.iter().chain(own_findings(home)).collect();
    let mut expected: Vec<_> = all.iter().map(|(code, path, _)| (*code, *path)).collect();
    expected.sort_unstable();
    assert_eq!(found, expected, "{home}");
    for (code, path, words) in all {
        let is_it =
            |told: &&&serde_json::Value| told["code"] == *code && told["path"].as_str().unwrap_or_default() == *path;
        let text = told.iter().find(is_it).expect("it was found").to_string();
        assert!(words.iter().all(|word| text.contains(word)), "{home}: {code}: {text}");
    }
    assert!(!told.iter().any(|told| told.to_string().contains("masking")), "{home}");
}

fn check(inputs: &Path, home: &str, pristine: bool) {
    let out = tempfile::tempdir().expect("a folder");
    let ran = package(inputs, home, pristine, out.path());
    assert_eq!(ran.code, Some(0), "{home}: {}", ran.stderr);
    let bundle = out.path().join("wso2mi-4.0.0-upgraded");
    let archive = bundle.join("wso2mi-4.0.0-upgraded.zip");
    let files = unzipped(&archive);
    let report = json(&bundle.join("report.json"));
    findings(home, &report);
    let lines = actions(&report);
    let report = fs::read_to_string(bundle.join("report.txt")).expect("a report");
    let root = inputs.join(home).join("wso2mi-1.2.0");
    let table = fs::read_to_string(inputs.join(format!("{home}-changes.tsv"))).expect("the table of changes");
    let mut classes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in table.lines() {
        let columns: Vec<&str> = row.split('\t').collect();
        let [class, _, path] = columns[..] else { panic!("no row: {row}") };
        *classes.entry(class).or_default() += 1;
        let line = lines.get(&("home".to_owned(), path.trim_end_matches('/').to_owned()));
        match class {
            "user-added" | "user-modified" => {
                let line = line.unwrap_or_else(|| panic!("{path} is not in the report"));
                of_the_user(path, line, &root, &files);
            }
            "user-deleted" => assert!(report.contains(path), "{home}: the deleted {path} is not reported"),
            "derived" | "runtime" => {
                let old = fs::symlink_metadata(root.join(path))
                    .ok()
                    .filter(fs::Metadata::is_file)
                    .and_then(|_| fs::read(root.join(path)).ok());
                let new = files.get(&format!("{TOP}{path}"));
                let same = old.as_ref().zip(new).is_some_and(|(old, new)| old == new && !old.is_empty());
                assert!(!same, "{home}: {path} ({class}) is in with the old bytes");
            }
            "update" => {
                let of_pristine = lines.contains_key(&("pristine".to_owned(), path.to_owned()));
                assert!(line.is_some() || of_pristine || !pristine, "{home}: {path} of the update is nowhere");
            }
            other => panic!("unknown class {other}"),
        }
    }
    assert!(classes["user-added"] > 40 && classes["user-deleted"] == 3, "{classes:?}");
    rest_of_fresh(inputs, &files, &lines);
    readers(&archive);
}

fn of_the_user(path: &str, line: &Line, root: &Path, files: &BTreeMap<String, Vec<u8>>) {
    if path.ends_with('/') {
        assert!(files.contains_key(&format!("{TOP}{path}")), "the empty folder {path} is not in");
        return;
    }
    let target = line.target.as_deref().unwrap_or(path);
    let new = files.get(&format!("{TOP}{target}"));
    let disk = root.join(path);
    let old = if disk.is_symlink() {
        fs::read_link(&disk).expect("a link").to_string_lossy().into_owned().into_bytes()
    } else {
        fs::read(&disk).expect("a file of the home")
    };
    match line.disposition.as_str() {
        "carried" => assert_eq!(new, Some(&old), "{path} is not carried byte for byte"),
        "moved" if path == "dropins/corp_legacy_codec_0.9_1.0.0.jar" => {
            assert_eq!(target, "lib/corp-legacy-codec-0.9.jar");
            let wrapper = root.join(path);
            assert_eq!(new, unzipped(&wrapper).get("corp-legacy-codec-0.9.jar"), "the jar inside {path}");
        }
        "moved" => assert!(new == Some(&old) && target != path, "{path} is not moved byte for byte"),
        "merged" | "rewritten" => assert!(new.is_some_and(|new| *new != old), "{path} is not in"),
        "left out" => {
            let expected = LEFT_OUT
                .iter()
                .find(|(known, _)| path.starts_with(known))
                .unwrap_or_else(|| panic!("{path} is left out: {}", line.reason));
            assert!(line.reason.contains(expected.1), "{path}: {}", line.reason);
        }
        other => panic!("{path} is {other}: {}", line.reason),
    }
}

/// Everything that the home does not replace is as the fresh distribution ships it.
fn rest_of_fresh(inputs: &Path, files: &BTreeMap<String, Vec<u8>>, lines: &BTreeMap<(String, String), Line>) {
    let fresh = unzipped(&inputs.join("wso2mi-4.0.0.zip"));
    let mut kept = 0;
    for (name, bytes) in &fresh {
        let Some(path) = name.strip_prefix(TOP).map(|path| path.trim_end_matches('/')).filter(|path| !path.is_empty())
        else {
            continue;
        };
        let line = &lines[&("fresh".to_owned(), path.to_owned())];
        match line.disposition.as_str() {
            "kept" => {
                assert_eq!(files.get(name), Some(bytes), "{path} is not as fresh ships it");
                kept += 1;
            }
            "replaced" => assert!(files.contains_key(name), "{path}"),
            other => panic!("{path} of fresh is {other}: {}", line.reason),
        }
    }
    assert!(kept > 470, "only {kept} entries of fresh are kept");
}

fn readers(archive: &Path) {
    for (tool, arguments) in [
        ("unzip", &["-tqq"][..]),
        ("7zz", &["t"][..]),
        ("bsdtar", &["-tf"][..]),
        ("jar", &["tf"][..]),
        (
            "python3",
            &[
                "-c",
                "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None and len(z.namelist()) > 400",
            ][..],
        ),
    ] {
        if has_tool(tool) {
            // Names that are no ASCII need a locale that has them.
            let ran = run(Command::new(tool).args(arguments).arg(archive).env("LC_ALL", "C.UTF-8"));
            assert_eq!(ran.code, Some(0), "{tool}: {}{}", ran.stdout, ran.stderr);
        }
    }
}

/// The one thing that is true of every plain distribution: everybody has its key, whose certificate ended.
#[test]
fn a_plain_distribution_has_nothing_but_its_key() {
    let Some(inputs) = real_inputs() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(upgrade_tests::under_test());
    command.arg("check").arg(inputs.join("wso2mi-4.0.0.zip")).args(["--format", "json"]);
    let ran = run(command.env("XDG_CACHE_HOME", folder.path()));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let report = report_of(&ran);
    let found = report["checked"][0]["diagnostics"].as_array().expect("diagnostics");
    let codes: Vec<_> = found.iter().map(|told| told["code"].as_str().expect("a code")).collect();
    assert_eq!(codes, ["MI1211"], "{found:?}");
}

#[test]
fn the_used_home_agrees_with_the_table() {
    if let Some(inputs) = real_inputs() {
        check(&inputs, "home", true);
    }
}

#[test]
fn the_updated_home_agrees_with_the_table() {
    if let Some(inputs) = real_inputs() {
        check(&inputs, "home-updated", true);
    }
}

#[test]
fn without_the_pristine_distribution_the_used_home_agrees_too() {
    if let Some(inputs) = real_inputs() {
        check(&inputs, "home", false);
    }
}

#[test]
fn without_the_pristine_distribution_the_updated_home_agrees_too() {
    if let Some(inputs) = real_inputs() {
        check(&inputs, "home-updated", false);
    }
}
