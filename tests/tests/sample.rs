//! `package --sample` from its command line to the bytes in the archive: each row of "what happens to each file".

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use upgrade_tests::{
    Line, NAME, Ran, TOP, Trees, actions, bytes_of, codes, files_in, has_tool, json, names_in, program, run, says,
    unzipped,
};
use xtask::sample::{edit, plain_jar, put};

/// One run that all tests look at.
struct Done {
    folder: tempfile::TempDir,
    ran: Ran,
    report: serde_json::Value,
    files: BTreeMap<String, Vec<u8>>,
}

impl Done {
    fn bundle(&self) -> PathBuf {
        self.folder.path().join("out").join(NAME)
    }

    fn archive(&self) -> PathBuf {
        self.bundle().join(format!("{NAME}.zip"))
    }
}

fn done() -> &'static Done {
    static DONE: OnceLock<Done> = OnceLock::new();
    DONE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = run(program!("package", "--sample", "--out", "out").current_dir(folder.path()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let bundle = folder.path().join("out").join(NAME);
        let report = json(&bundle.join("report.json"));
        let files = unzipped(&bundle.join(format!("{NAME}.zip")));
        Done { folder, ran, report, files }
    })
}

/// Where the bytes of a path of the result must come from.
enum Bytes<'a> {
    /// The home's file at the same path.
    Home,
    /// The fresh distribution's file at the same path.
    Fresh,
    /// The pack's file of this name.
    Pack(&'a str),
    /// These.
    These(Vec<u8>),
    /// A text in which all of the first stand, and none of the second.
    Text(&'a [&'a str], &'a [&'a str]),
    /// A symbolic link with this target.
    Link(&'a str),
    /// Nothing: the path is not in the result.
    None,
}

/// Input, path, disposition, words of the reason, path in the result, its bytes.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str, Bytes<'static>);

const SERVER: &str = "repository/deployment/server/";

fn carried() -> Vec<Row> {
    let carried = |path, reason| ("home", path, "carried", reason, path, Bytes::Home);
    vec![
        carried("repository/deployment/server/carbonapps/OrdersComposite_1.0.0.car", "added"),
        carried("repository/deployment/server/carbonapps/OrdersData_1.0.0.car", "added"),
        carried("repository/deployment/server/carbonapps/legacy app (old).car", "added"),
        carried("repository/deployment/server/synapse-configs/default/proxy-services/LabResults.xml", "added"),
        carried("repository/deployment/server/synapse-configs/default/local-entries/Limits.xml", "added"),
        carried("repository/deployment/server/synapse-configs/default/endpoints/Legacy.xml", "added"),
        carried("repository/deployment/server/synapse-configs/default/sequences/main.xml", "changed"),
        carried("repository/deployment/server/dataservices/Customers.dbs", "added"),
        carried("repository/deployment/server/axis2services/Version.aar", "added"),
        carried("repository/deployment/server/axis2modules/corpaudit-1.0.mar", "module of the user"),
        carried("repository/deployment/server/synapse-libs/file-connector-2.3.0.zip", "added"),
        carried("dropins/com.example.handlers_1.4.0.jar", "bundle of the user"),
        carried("dropins/com.example.partnerclient_1.1.0.jar", "bundle of the user"),
        carried("lib/acme-codec-1.0.jar", "library of the user"),
        carried("lib/mysql-connector-java-8.0.21.jar", "library of the user"),
        carried("repository/resources/security/corp.jks", "added"),
        carried("repository/resources/security/client-truststore.jks", "changed"),
        carried("repository/resources/security/partner.pem", "added"),
        carried("repository/resources/security/partner-truststore.jks", "added"),
        carried("registry/governance/mappings/Länder codes (1).xml", "added"),
        carried("registry/config/partners.json", "added"),
        carried("registry/config/partners.json.properties", "added"),
        carried("registry/config/.metadata/partners.json.meta", "added"),
        carried("registry/local/counter.txt", "added"),
        carried("conf/log4j2.properties", "as 1.2.0 did"),
        carried("conf/etc/launch.ini", "as 1.2.0 did"),
        carried("conf/sslprofiles/senderprofiles.xml", "added"),
        carried("bin/micro-integrator.sh", "as 1.2.0 did"),
        carried("bin/check-health.sh", "added"),
        carried("NOTES (ops).txt", "added"),
    ]
}

fn changed_or_moved() -> Vec<Row> {
    let rates = plain_jar("com/acme/rates/RateTable");
    let utils = bytes_of(&xtask::sample::home(), "dropins/corp-utils-0.3.jar").to_vec();
    let secure_vault = Bytes::Text(
        &[
            "\nkeystore.identity.location=repository/resources/security/wso2carbon.jks\n",
            "\nkeystore.identity.type=JKS\n",
            "\nkeystore.identity.alias=wso2carbon\n",
            "\nsecretRepositories.file.location=conf/security/cipher-text.properties\n",
        ],
        &["/opt/"],
    );
    let settings = Bytes::Text(
        &[
            "# Settings of the orders platform.",
            "file_name = \"repository/resources/security/corp.jks\"",
            "file_name = \"repository/resources/security/partner-truststore.jks\"",
            "offset = 10",
            "\n# [keystore.tls]\n# file_name = \"gateway.jks\"\n",
            "\n[keystore.internal]\nfile_name = \"repository/resources/security/wso2carbon.jks\"\n",
            "\n# inbound.port_offset_enable = true   # tried out, did nothing\n",
            "synapse.global_timeout_intervall = \"120000\"   # to be removed?",
            "\n[masking_pattern.properties]\nIBAN = ",
        ],
        &["file_name = \"corp.jks\"", "\n[keystore.tls]", "\ninbound."],
    );
    let (wrapped, ignored) = ("dropins/acme_rates_2.1_1.0.0.jar", "dropins/corp-utils-0.3.jar");
    let transport = "org.wso2.micro.integrator.business.messaging.hl7-4.0.0.jar";
    let placed = "dropins/org.wso2.micro.integrator.business.messaging.hl7-4.0.0.jar";
    let (openjpa, openjpa_placed) = ("openjpa-all-2.2.2.wso2v2.jar", "dropins/openjpa-all-2.2.2.wso2v2.jar");
    let (starter, vault) = ("bin/yajsw/wrapper.conf", "conf/security/secret-conf.properties");
    let merged = Bytes::Text(&["-Xmx4g", "Integrator 4.0.0"], &["-Xmx1024m", "1.2.0"]);
    let link = "repository/resources/security/current-keystore.jks";
    vec![
        ("home", wrapped, "moved", "gone from lib", "lib/acme-rates-2.1.jar", Bytes::These(rates)),
        ("home", ignored, "moved", "no Bundle-SymbolicName", "lib/corp-utils-0.3.jar", Bytes::These(utils)),
        ("hl7", transport, "moved", "dropins", placed, Bytes::Pack(transport)),
        ("hl7", openjpa, "moved", "dropins", openjpa_placed, Bytes::Pack(openjpa)),
        ("home", starter, "merged", "by the user and by 4.0.0", starter, merged),
        ("home", vault, "rewritten", "relative", vault, secure_vault),
        ("home", "conf/deployment.toml", "rewritten", "as 4.0.0 reads them", "conf/deployment.toml", settings),
        ("home", link, "carried", "added", link, Bytes::Link("corp.jks")),
    ]
}

fn left_out() -> Vec<Row> {
    let gone = |path, reason| ("home", path, "left out", reason, path, Bytes::None);
    let replaced = |path, reason| ("home", path, "left out", reason, path, Bytes::Fresh);
    vec![
        gone("dropins/acme_codec_1.0_1.0.0.jar", "generated by the server"),
        gone("dropins/hapi_base_2.1_1.0.0.jar", "generated by the server"),
        gone("dropins/mysql_connector_java_8.0.21_1.0.0.jar", "generated by the server"),
        gone("dropins/hapi-osgi-base_2.1.0.jar", "hapi"),
        gone("dropins/org.yaml.snakeyaml_1.25.0.jar", "ships the bundle"),
        gone("dropins/org.wso2.micro.integrator.business.messaging.hl7-1.2.0.jar", "HL7"),
        gone("lib/hapi-base-2.1.jar", "hapi"),
        gone("registry/governance/xslt/orders.xslt", "OrdersComposite_1.0.0.car"),
        gone(
            "registry/governance/repository/components/org.wso2.carbon.tasks/definitions/-1234/ESB_TASK/MSMP_Orders_0",
            "message processor",
        ),
        gone(
            "registry/governance/repository/components/org.wso2.carbon.tasks/definitions/-1234/ESB_TASK/_meta_MSMP_Orders_0",
            "message processor",
        ),
        gone("patches/patch0000/org.wso2.micro.integrator.core_1.2.0.jar", "patch"),
        gone("patches/patch0001/org.wso2.micro.integrator.core_1.2.0.jar", "patch"),
        gone("patches/patch0001/README.txt", "patch"),
        gone("wso2/components/plugins/com.example.extra_1.0.0.jar", "added to the platform"),
        gone("wso2/components/plugins/org.wso2.micro.integrator.core_1.2.0.jar", "patched"),
        gone("wso2/lib/corp-boot-1.0.jar", "added to the platform"),
        gone("repository/resources/conf/.metadata/metadata_config.properties", "rendered"),
        gone("password-persist", "password"),
        gone("wso2carbon.pid", "leftover"),
        gone(".DS_Store", "leftover"),
        gone("conf/.deployment.toml.swp", "leftover"),
        gone("conf/deployment.toml.bak-20210112", "leftover"),
        gone("backup", "server"),
        replaced("conf/axis2/axis2.xml", "renders"),
        replaced("conf/carbon.xml", "renders"),
        replaced("conf/user-mgt.xml", "renders"),
        replaced("conf/synapse.properties", "renders"),
        replaced("conf/security/cipher-text.properties", "renders"),
        replaced("conf/wso2-log-masking.properties", "renders"),
        replaced("updates/product.txt", "update"),
    ]
}

fn from_fresh() -> Vec<Row> {
    let follows = |path, target| ("home", path, "follows fresh", "", target, Bytes::Fresh);
    let gone = |path, reason| ("home", path, "follows fresh", reason, path, Bytes::None);
    let kept = |path| ("fresh", path, "kept", "ships it", path, Bytes::Fresh);
    vec![
        follows(
            "repository/deployment/server/axis2modules/modules.list",
            "repository/deployment/server/axis2modules/modules.list",
        ),
        follows(
            "repository/deployment/server/axis2services/services.list",
            "repository/deployment/server/axis2services/services.list",
        ),
        follows(
            "repository/deployment/server/axis2modules/rampart-1.6.1-wso2v39.mar",
            "repository/deployment/server/axis2modules/rampart-1.6.1-wso2v39.mar",
        ),
        follows("repository/resources/security/wso2carbon.jks", "repository/resources/security/wso2carbon.jks"),
        follows("repository/resources/conf/default.json", "repository/resources/conf/default.json"),
        follows("dbscripts/mysql/mysql_user.sql", "dbscripts/mysql/mysql_user.sql"),
        follows("bin/version.txt", "bin/version.txt"),
        follows("README.txt", "README.txt"),
        gone("repository/deployment/server/axis2modules/addressing-1.6.1-wso2v54.mar", "wso2v63"),
        gone("bin/org.wso2.micro.integrator.bootstrap-1.2.0.jar", "program of the old release"),
        gone("wso2/components/plugins/synapse-core_2.1.7.wso2v182.jar", "platform"),
        kept("repository/deployment/server/axis2modules/addressing-1.6.1-wso2v63.mar"),
        kept("repository/deployment/server/axis2modules/utsecurity-4.0.0.mar"),
        kept("wso2/components/plugins/axis2-transport-xmpp_2.0.0.wso2v61.jar"),
        kept("bin/org.wso2.micro.integrator.bootstrap-4.0.0.jar"),
        kept("conf/sec.policy"),
    ]
}

#[test]
fn every_row_of_the_table_ends_as_it_says() {
    let Done { report, files, .. } = done();
    let lines = actions(report);
    let (home, fresh, pack) = (xtask::sample::home(), xtask::sample::fresh(), xtask::sample::hl7_pack());
    for (input, path, disposition, reason, target, bytes) in
        [carried(), changed_or_moved(), left_out(), from_fresh()].into_iter().flatten()
    {
        let line: &Line =
            lines.get(&(input.to_owned(), path.to_owned())).unwrap_or_else(|| panic!("no line for {path}"));
        assert_eq!(line.disposition, disposition, "{path}: {}", line.reason);
        assert!(line.reason.contains(reason), "{path}: {}", line.reason);
        if input != "fresh" {
            assert_eq!(
                line.target.as_deref().unwrap_or(path),
                if line.target.is_some() { target } else { path },
                "{path}"
            );
            assert_eq!(line.target.is_some(), disposition == "moved", "{path}");
        }
        let found = files.get(&format!("{TOP}{target}")).map(Vec::as_slice);
        match bytes {
            Bytes::Home => assert_eq!(found, Some(bytes_of(&home, path)), "{path}"),
            Bytes::Fresh => assert_eq!(found, Some(bytes_of(&fresh, target)), "{path}"),
            Bytes::Pack(name) => assert_eq!(found, Some(bytes_of(&pack, name)), "{path}"),
            Bytes::These(bytes) => assert_eq!(found, Some(bytes.as_slice()), "{path}"),
            Bytes::Link(to) => assert_eq!(found, Some(to.as_bytes()), "{path}"),
            Bytes::None => assert_eq!(found, None, "{path} is in the result"),
            Bytes::Text(parts, others) => {
                let text =
                    String::from_utf8(found.unwrap_or_else(|| panic!("{path} is not in")).to_vec()).expect("a text");
                assert!(parts.iter().all(|part| text.contains(part)), "{path}: {text}");
                assert!(!others.iter().any(|other| text.contains(other)), "{path}: {text}");
            }
        }
    }
}

/// Everything in the archive is the fresh distribution's, or one of the rows above put it there.
#[test]
fn nothing_else_is_in_the_result() {
    let Done { files, .. } = done();
    let fresh = xtask::sample::fresh();
    let put: BTreeSet<String> =
        [carried(), changed_or_moved()].into_iter().flatten().map(|row| row.4.to_owned()).collect();
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with('/')) {
        let path = name.strip_prefix(TOP).unwrap_or_else(|| panic!("{name} lies beside the top folder"));
        if !put.contains(path) {
            assert_eq!(bytes.as_slice(), bytes_of(&fresh, path), "{path}");
        }
    }
    let folders: Vec<&str> = files
        .keys()
        .filter_map(|name| name.strip_prefix(TOP)?.strip_suffix('/'))
        .filter(|path| path.contains("registry"))
        .collect();
    assert!(folders.contains(&"registry/governance/incoming"), "the empty folder is not in: {folders:?}");
    assert!(!folders.iter().any(|folder| folder.contains("org.wso2.carbon.tasks")), "{folders:?}");
    let state = format!("{TOP}registry/governance/repository");
    assert!(!files.keys().any(|name| name.starts_with(&state)));
    assert!(!files.keys().any(|name| name.contains(SERVER) && name.ends_with("addressing-1.6.1-wso2v54.mar")));
}

#[test]
fn the_report_says_what_a_person_must_know() {
    let Done { report, .. } = done();
    let all = [
        ("MI0101", "warning", &["update level 0"][..]),
        ("MI0205", "warning", &["dbscripts/db2/db2_user.sql"]),
        ("MI0205", "warning", &["utsecurity-1.2.0.mar", "utsecurity-4.0.0.mar"]),
        ("MI0205", "warning", &["axis2-transport-xmpp_2.0.0.wso2v55.jar", "axis2-transport-xmpp_2.0.0.wso2v61.jar"]),
        ("MI0204", "warning", &["conf/axis2/axis2.xml", "application/vnd.sample+xml"]),
        ("MI0207", "note", &["NOTES (ops).txt"]),
        ("MI0208", "warning", &["bin/check-health.sh"]),
        ("MI0214", "note", &["conf/deployment.toml.bak-20210112", "wso2carbon.pid"]),
        ("MI0301", "warning", &["org.yaml.snakeyaml_1.25.0.jar"]),
        ("MI0302", "warning", &["lib/hapi-base-2.1.jar"]),
        ("MI0302", "warning", &["dropins/hapi-osgi-base_2.1.0.jar"]),
        ("MI0303", "note", &["acme_rates"]),
        ("MI0304", "warning", &["dropins/corp-utils-0.3.jar"]),
        ("MI0306", "warning", &["com.example.extra_1.0.0.jar"]),
        ("MI0306", "warning", &["wso2/lib/corp-boot-1.0.jar"]),
        ("MI0308", "warning", &["org.wso2.micro.integrator.core_1.2.0.jar"]),
        ("MI0403", "warning", &["Orders"]),
        ("MI0501", "warning", &["password-persist", "unattended"]),
        ("MI0502", "note", &["secret-conf.properties"]),
        ("MI0606", "warning", &["keystore.tls"]),
        ("MI0607", "note", &["keystore.primary.file_name", "truststore.file_name"]),
        ("MI0608", "note", &["keystore.internal"]),
        ("MI0610", "warning", &["mediation.inbound.port_offset_enable"]),
        ("MI0611", "warning", &["global_timeout_intervall", "nearest known name", "global_timeout_interval"]),
        ("MI0612", "note", &["datasource[id=Archive].password"]),
        ("MI0619", "note", &["conf/wso2-log-masking.properties", "masking_pattern.properties", "IBAN"]),
        ("MI0603", "warning", &["UM_USER_ID", "MySQL", "WSO2CarbonDB", "migration-scripts/mysql"]),
        ("MI0904", "note", &["internal_apis.file_user_store"]),
        // What would break at the first start: one of each kind, so that a new user sees them.
        ("MI1001", "warning", &["com.example.partnerclient", "org.apache.http", "[4.3,4.4)", "4.4.14"]),
        ("MI1101", "warning", &["lib/acme-codec-1.0.jar", "com.acme.codec.Vectors", "Java 17"]),
        ("MI1103", "warning", &["com.example.handlers_1.4.0.jar", "org.apache.synapse.rest.API", "api.API"]),
        ("MI1209", "warning", &["gateway.example.com", "2023-01-10", "repository/resources/security/corp.jks"]),
        ("MI1213", "note", &["partner-truststore.jks", "2023-01-10"]),
        ("MI1314", "warning", &["Archive", "conf/deployment.toml:53", "OrdersData_1.0.0.car"]),
        ("MI1421", "note", &["proxy-services/LabResults.xml", "NotifyLab"]),
    ];
    for (code, _, words) in all {
        assert!(says(report, code, words), "{code} does not say {words:?}");
    }
    let expected: BTreeSet<_> =
        all.iter().map(|(code, severity, _)| (code.to_string(), severity.to_string())).collect();
    assert_eq!(codes(report), expected);
    for stock in
        ["conf/carbon.xml", "conf/user-mgt.xml", "conf/synapse.properties", "conf/security/cipher-text.properties"]
    {
        assert!(!says(report, "MI0204", &[stock]), "nobody edited {stock}");
    }
}

#[test]
fn the_report_for_people_names_every_path_too() {
    let text = fs::read_to_string(done().bundle().join("report.txt")).expect("a report");
    for ((input, path), line) in actions(&done().report) {
        assert!(text.contains(&format!("{:<13} {path}", line.disposition)), "{path} of {input} is not in report.txt");
    }
}

#[test]
fn the_bundle_holds_what_it_should() {
    let Done { folder, report, .. } = done();
    let archive = format!("{NAME}.zip");
    let expected = [
        "RUNBOOK.md",
        "SHA256SUMS",
        "install.sh",
        "manifest.json",
        "migration-scripts",
        "policy.toml",
        "provenance.intoto.json",
        "report.json",
        "report.txt",
        "sbom.cdx.json",
        "verify.sh",
        archive.as_str(),
    ];
    assert_eq!(names_in(&done().bundle()), expected);
    assert_eq!(names_in(&done().bundle().join("migration-scripts")), ["mysql"]);
    assert_eq!(names_in(&folder.path().join("out")), [NAME], "something lies beside the bundle");
    assert_eq!(report["schema_version"], 2);
    assert_eq!(report["outputs"][0]["file"], archive);
    let manifest = json(&done().bundle().join("manifest.json"));
    for key in ["path", "kind", "mode", "from"] {
        assert!(manifest["entries"].as_array().expect("entries").iter().all(|entry| !entry[key].is_null()), "{key}");
    }
    let names: Vec<&str> = manifest["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .map(|entry| entry["path"].as_str().expect("a path"))
        .collect();
    assert!(names.is_sorted(), "the entries are not sorted");
}

#[test]
fn checksums_hold_with_common_tools() {
    for tool in [&["sha256sum"][..], &["busybox", "sha256sum"]] {
        if has_tool(tool[0]) {
            let mut command = Command::new(tool[0]);
            let ran = run(command.args(&tool[1..]).args(["-c", "SHA256SUMS"]).current_dir(done().bundle()));
            assert_eq!(ran.code, Some(0), "{tool:?}: {}{}", ran.stdout, ran.stderr);
            assert_eq!(ran.stdout.lines().filter(|line| line.ends_with(": OK")).count(), 15, "{}", ran.stdout);
        }
    }
}

#[test]
fn verify_says_what_it_checked() {
    let ran = run(&mut program!("verify", done().bundle()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let digest = json(&done().bundle().join("manifest.json"))["outputs"][0]["file"]["sha256"]
        .as_str()
        .expect("a digest")
        .to_owned();
    for part in ["15 other files", &digest, "SHA-256", "ok: "] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert_eq!(ran.stderr, "");
}

#[cfg(unix)]
#[test]
fn modes_and_kinds_are_right() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = fs::File::open(done().archive()).expect("the archive");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    let mut mode = |path: &str| {
        let entry = archive.by_name(&format!("{TOP}{path}")).unwrap_or_else(|error| panic!("{path}: {error}"));
        entry.unix_mode().unwrap_or_else(|| panic!("{path} has no mode"))
    };
    for (path, expected) in [
        ("bin/micro-integrator.sh", 0o100_755),
        ("bin/ciphertool.sh", 0o100_755),
        ("bin/check-health.sh", 0o100_755),
        ("conf/deployment.toml", 0o100_644),
        ("repository/resources/security/corp.jks", 0o100_400),
        ("repository/resources/security/publickey.pem", 0o100_444),
        ("repository/resources/security/current-keystore.jks", 0o120_777),
        ("registry/governance/incoming/", 0o040_755),
        ("dropins/", 0o040_755),
    ] {
        assert_eq!(mode(path), expected, "{path}: {:o}", mode(path));
    }
    let permissions = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!(permissions(&done().archive()), 0o600, "the archive holds a keystore that only its owner may read");
    for name in [
        "SHA256SUMS",
        "manifest.json",
        "report.txt",
        "report.json",
        "policy.toml",
        "migration-scripts/mysql/migrate.sql",
    ] {
        assert_eq!(permissions(&done().bundle().join(name)), 0o644, "{name}");
    }
}

#[test]
fn stdout_has_the_result_and_a_pipe_nothing_else() {
    let Done { ran, folder, .. } = done();
    let digest = done().report["outputs"][0]["sha256"].as_str().expect("a digest");
    assert!(ran.stdout.contains(digest) && ran.stdout.contains(&format!("out/{NAME}")), "{}", ran.stdout);
    assert!(!ran.stdout.contains("warning[") && ran.stderr.contains("warning[MI0101]"), "{}", ran.stdout);
    let control = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    for (key, value) in [("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"), ("TERM", "xterm-256color")] {
        let ran = run(program!("package", "--sample", "--out", "again").current_dir(folder.path()).env(key, value));
        assert_eq!(ran.code, Some(0));
        assert!(!control(&ran.stdout) && !control(&ran.stderr), "{key}: {}{}", ran.stdout, ran.stderr);
    }
    assert!(!control(&ran.stdout) && !control(&ran.stderr));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    for arguments in [&["plan", "--sample"][..], &["plan", "--sample", "--format", "json"], &["explain", "MI0101"]] {
        let mut child = program!()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut first = [0];
        child.stdout.take().expect("a pipe").read_exact(&mut first).expect("a byte");
        let ended = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert!(!stderr.contains("panic"), "{stderr}");
        assert!(ended.status.success(), "{arguments:?}: {:?} {stderr}", ended.status);
    }
}

/// Everything that people or logs may see of a bundle.
fn shown(ran: &Ran, bundle: &Path) -> Vec<(String, String)> {
    let mut shown: Vec<_> = files_in(bundle)
        .into_iter()
        .filter(|(name, _)| Path::new(name).extension().is_none_or(|extension| extension != "zip"))
        .map(|(name, bytes)| (name, String::from_utf8(bytes).expect("a text")))
        .collect();
    shown.push(("stdout".to_owned(), ran.stdout.clone()));
    shown.push(("stderr".to_owned(), ran.stderr.clone()));
    shown
}

#[test]
fn no_secret_of_the_sample_is_shown() {
    for (place, text) in shown(&done().ran, &done().bundle()) {
        for secret in ["sample-only", "c2FtcGxlIG9ubHks", "no key in it", "no certificate"] {
            assert!(!text.contains(secret), "{place} shows `{secret}`");
        }
    }
}

/// A secret wherever people put them.
fn full_of_secrets() -> Trees {
    let mut trees = Trees::sample();
    let home = &mut trees.home;
    edit(home, "conf/deployment.toml", |text| {
        text.replace("password = \"sample-only\"", "password = \"Zq7hush01\"")
            .replace("username = \"mi\"", "username = \"mi\"\npassword_2 = \"Zq7hush02\"")
            + "\n[transport.jms]\nparameters.\"java.naming.provider.url\" = \"amqp://admin:Zq7hush03@broker:5672\"\n"
    });
    put(home, "password-persist", "Zq7hush04");
    put(home, "password-tmp", "Zq7hush05");
    edit(home, "conf/security/secret-conf.properties", |text| {
        format!("{text}keystore.identity.store.secret=Zq7hush06\n")
    });
    edit(home, "conf/axis2/axis2.xml", |text| {
        text.replace(
            "    </messageBuilders>",
            "        <parameter name=\"Password\">Zq7hush07</parameter>\n    <!-- https://u:Zq7hush08@host/ -->\n    \
             <KeyStore><Location>a.jks</Location>\n    <Password>\n    Zq7hush09\n    </Password>\n    \
             <KeyPassword>Zq7hush10</KeyPassword></KeyStore>\n    </messageBuilders>",
        )
    });
    edit(home, "conf/log4j2.properties", |text| format!("{text}appender.MAIL.smtpPassword = Zq7hush11\n"));
    edit(home, "conf/wso2-log-masking.properties", |text| format!("{text}PWD=(password=Zq7hush12)\n"));
    put(
        home,
        "repository/resources/security/private.pem",
        "-----BEGIN PRIVATE KEY-----\nZq7hush13\n-----END PRIVATE KEY-----\n",
    );
    put(home, "registry/config/secret.properties", "token=Zq7hush14\n");
    edit(home, "bin/micro-integrator.sh", |text| format!("{text}export KEYSTORE_PASSWORD=Zq7hush15\n"));
    edit(home, "bin/yajsw/wrapper.conf", |text| {
        text.replace("# End of the sample.", "wrapper.app.account.password=Zq7hush16\n# End of the sample.")
    });
    put(home, "repository/deployment/server/carbonapps/broken.car", "PK password=Zq7hush17");
    put(
        home,
        "repository/deployment/server/synapse-configs/default/local-entries/Key.xml",
        "<localEntry key=\"k\">Zq7hush18</localEntry",
    );
    put(home, "lib/broken.jar", "password=Zq7hush19");
    put(home, "patches/.secrets", "Zq7hush20");
    put(home, "dbscripts/mysql/mysql_user.sql", "-- password Zq7hush21\n");
    edit(home, "conf/synapse.properties", |text| format!("{text}synapse.xpath.secret=Zq7hush22\n"));
    edit(home, "conf/user-mgt.xml", |text| {
        text.replace("</UserManager>", "    <Password>Zq7hush23</Password>\n</UserManager>")
    });
    trees
}

#[test]
fn no_secret_of_any_kind_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let given = full_of_secrets().write(folder.path());
    let out = folder.path().join("out");
    // The truststore does not open with its new password, which keeps HTTPS from opening.
    let policy = folder.path().join("policy.toml");
    fs::write(&policy, "[severity]\nMI1202 = \"warning\"\n").expect("a policy");
    let ran = run(program!("package", "--out", &out, "--policy", &policy).args(given.arguments()));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let mut shown = shown(&ran, &out.join(NAME));
    for format in ["text", "json"] {
        let ran = run(program!(
            "plan",
            "--policy",
            &policy,
            "--format",
            format,
            "--write-policy",
            folder.path().join(format)
        )
        .args(given.arguments()));
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        shown.push((format!("plan as {format}"), ran.stdout + &ran.stderr));
        shown.push(("the policy".to_owned(), fs::read_to_string(folder.path().join(format)).expect("a policy")));
    }
    for (place, text) in shown {
        let found: Vec<&str> = text.lines().filter(|line| line.contains("Zq7hush")).collect();
        assert!(found.is_empty(), "{place} shows {found:#?}");
    }
}

#[test]
fn no_secret_is_shown_when_something_is_wrong() {
    let clash = |home: &str, fresh: &str| {
        let mut trees = Trees::sample();
        edit(&mut trees.home, "conf/log4j2.properties", |text| text.replace("rootLogger.level = INFO", home));
        edit(&mut trees.fresh, "conf/log4j2.properties", |text| text.replace("rootLogger.level = INFO", fresh));
        trees
    };
    let settings = |from: &str, to: &str| {
        let mut trees = Trees::sample();
        edit(&mut trees.home, "conf/deployment.toml", |text| text.replacen(from, to, 1));
        trees
    };
    for (trees, code) in [
        (clash("smtpPassword = Zq7hush30", "smtpPassword = Zq7hush31"), 3),
        (settings("password = \"sample-only\"", "password = \"Zq7hush\\32\""), 1),
        (settings("password = \"sample-only\"", "password = \"Zq7hush33"), 1),
        (settings("password = \"sample-only\"", "password = \"Zq7hush34\"\npassword = \"Zq7hush35\""), 1),
        (settings("[server]", "[keystore]\nprimary = { password = \"Zq7hush36\" }\n[server]"), 1),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let given = trees.write(folder.path());
        for command in ["plan", "package"] {
            let ran = run(program!(command).args(given.arguments()).current_dir(folder.path()));
            assert_eq!(ran.code, Some(code), "{}", ran.stderr);
            assert!(!ran.stdout.contains("Zq7hush") && !ran.stderr.contains("Zq7hush"), "{}{}", ran.stdout, ran.stderr);
        }
    }
}
