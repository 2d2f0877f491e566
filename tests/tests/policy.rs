//! What a person decides: conflicts, the policy that decides them, and what overlays add.

use std::fs;
use upgrade_tests::{
    Case, NAME, Ran, TOP, Trees, actions, bytes_of, codes, names_in, program, report_of, run, says, unzipped,
};
use xtask::sample::{Artifact, Tree, bundle, carbon_application, edit, plain_jar, put, put_symlink, write_tree};

/// What these tests ask of a case beside its files.
trait Decided {
    /// How `plan` ends, and what it says.
    fn plan(&self, policy: Option<&str>) -> (Option<i32>, serde_json::Value);
    /// `plan` and `package` both say that something is open, and nothing is written.
    fn is_blocked(&self, policy: Option<&str>) -> Ran;
    /// `plan` and `package` both end with this exit code, and nothing is written.
    fn ends_with(&self, code: i32, policy: Option<&str>) -> Ran;
    /// The policy that `plan --write-policy` writes.
    fn draft(&self, policy: Option<&str>) -> String;
}

impl Decided for Case {
    fn plan(&self, policy: Option<&str>) -> (Option<i32>, serde_json::Value) {
        let ran = self.run("plan", policy, &["--format", "json"]);
        (ran.code, report_of(&ran))
    }

    fn is_blocked(&self, policy: Option<&str>) -> Ran {
        self.ends_with(3, policy)
    }

    fn ends_with(&self, code: i32, policy: Option<&str>) -> Ran {
        for command in ["plan", "package"] {
            let ran = self.run(command, policy, &[]);
            assert_eq!(ran.code, Some(code), "{command}: {}", ran.stderr);
        }
        assert!(!self.folder.path().join("out").exists(), "something was written");
        self.run("package", policy, &[])
    }

    fn draft(&self, policy: Option<&str>) -> String {
        let path = self.folder.path().join("draft.toml");
        let _ = fs::remove_file(&path);
        let path = path.to_str().expect("UTF-8").to_owned();
        let ran = self.run("plan", policy, &["--write-policy", &path]);
        assert!(matches!(ran.code, Some(0 | 3)), "{}", ran.stderr);
        fs::read_to_string(path).expect("a policy")
    }
}

/// The policy with the commented line that starts so made one that counts.
fn uncommented(draft: &str, start: &str) -> String {
    let wanted = format!("# {start}");
    assert_eq!(draft.matches(&wanted).count(), 1, "`{start}` is not once in:\n{draft}");
    draft.replace(&wanted, start)
}

const LOG4J2: &str = "conf/log4j2.properties";

/// Both the home and 4.0.0 changed the level; each also changed a line that the other left alone.
fn clashing() -> Trees {
    let mut trees = Trees::sample();
    edit(&mut trees.home, LOG4J2, |text| text.replace("rootLogger.level = INFO", "rootLogger.level = DEBUG"));
    edit(&mut trees.fresh, LOG4J2, |text| {
        text.replace("rootLogger.level = INFO", "rootLogger.level = ERROR")
            .replace("# Sample: what", "# Sample of 4.0.0: what")
    });
    trees
}

#[test]
fn a_clash_blocks_until_it_is_decided_and_says_how() {
    let case = Case::of(&clashing());
    let ran = case.is_blocked(None);
    let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "conflict[MI0202]",
        "conf/log4j2.properties:5",
        "decide.\"conf/log4j2.properties\" = \"fresh\"",
        "decide.\"conf/log4j2.properties\" = \"customised\"",
        "decide.\"conf/log4j2.properties\" = \"merged\"",
        "nothing was written: 1 conflict",
        "--write-policy",
    ] {
        assert!(said.contains(part), "`{part}` is not in {}", ran.stderr);
    }
    let (_, report) = case.plan(None);
    assert_eq!(report["blocked"], true);
    assert_eq!(actions(&report)[&("home".to_owned(), LOG4J2.to_owned())].disposition, "undecided");
}

#[test]
fn each_answer_to_a_clash_gives_its_bytes() {
    let trees = clashing();
    let case = Case::of(&trees);
    let draft = case.draft(None);
    assert_eq!(case.run("plan", Some(&draft), &[]).code, Some(3), "a draft decides nothing");
    for answer in ["fresh", "customised", "merged"] {
        let policy = uncommented(&draft, &format!("\"{LOG4J2}\" = \"{answer}\""));
        let files = case.packaged(&policy);
        let text = String::from_utf8(files[LOG4J2].clone()).expect("a text");
        match answer {
            "fresh" => assert_eq!(text.as_bytes(), bytes_of(&trees.fresh, LOG4J2)),
            "customised" => assert_eq!(text.as_bytes(), bytes_of(&trees.home, LOG4J2)),
            _ => {
                for part in ["# Sample of 4.0.0: what", "rootLogger.level = DEBUG", "logger.com-example.level = DEBUG"]
                {
                    assert!(text.contains(part), "{text}");
                }
                assert!(!text.contains("ERROR") && !text.contains("<<<"), "{text}");
            }
        }
        let line = &actions(&case.report())[&("home".to_owned(), LOG4J2.to_owned())];
        assert!(line.reason.contains("policy"), "{answer}: {}", line.reason);
        assert_eq!(run(&mut program!("verify", case.bundle())).code, Some(0));
    }
}

#[test]
fn changes_that_do_not_touch_are_merged_without_a_question() {
    let mut trees = Trees::sample();
    let rules = "repository/resources/conf/default.json";
    edit(&mut trees.fresh, LOG4J2, |text| text.replace("# Sample: what", "# Sample of 4.0.0: what"));
    edit(&mut trees.home, "repository/resources/conf/unit-resolve.json", |_| "{\"a\": 1}\n".to_owned());
    edit(&mut trees.home, rules, |text| text.replace("\"120000\"", "\"60000\""));
    let case = Case::of(&trees);
    let files = case.packaged("");
    let text = String::from_utf8(files[LOG4J2].clone()).expect("a text");
    assert!(text.contains("# Sample of 4.0.0: what") && text.contains("logger.com-example.level = DEBUG"), "{text}");
    assert_eq!(files["repository/resources/conf/unit-resolve.json"], b"{\"a\": 1}\n");
    let text = String::from_utf8(files[rules].clone()).expect("a text");
    assert!(text.contains("\"60000\"") && text.contains("keystore.internal"), "{text}");
    for path in ["repository/resources/conf/unit-resolve.json", rules] {
        assert!(says(&case.report(), "MI0203", &[path]), "a changed rule file is carried without a warning: {path}");
    }
}

#[test]
fn a_draft_never_writes_over_a_file_and_keeps_what_was_decided() {
    let case = Case::of(&clashing());
    fs::write(case.folder.path().join("mine.toml"), "mine").expect("a file");
    let ran = case.run("plan", None, &["--write-policy", "mine.toml"]);
    assert!(
        ran.code == Some(1) && ran.stderr.contains("mine.toml") && ran.stderr.contains("never overwritten"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(case.folder.path().join("mine.toml")).expect("it"), b"mine");

    let decided = "carry = [\"password-persist\"]\n[decide]\n\"conf/log4j2.properties\" = \"merged\"\n[severity]\nMI0101 = \"note\"\n";
    let draft = case.draft(Some(decided));
    assert_eq!(
        case.packaged(&draft).get("password-persist").map(Vec::as_slice),
        Some(bytes_of(&Trees::sample().home, "password-persist"))
    );
    assert!(codes(&case.report()).contains(&("MI0101".to_owned(), "note".to_owned())));
}

#[test]
fn plan_writes_nothing_and_says_what_package_does() {
    let case = Case::of(&Trees::sample());
    let before = names_in(case.folder.path());
    let (code, planned) = case.plan(None);
    assert_eq!(code, Some(0));
    let text = case.run("plan", None, &[]).stdout;
    assert_eq!(names_in(case.folder.path()), before);
    case.packaged("# nothing\n");
    let report = case.report();
    assert_eq!(planned["actions"], report["actions"]);
    assert_eq!(planned["diagnostics"], report["diagnostics"]);
    let outputs = |report: &serde_json::Value| report["outputs"].as_array().map(Vec::len);
    assert_eq!((outputs(&planned), outputs(&report)), (Some(0), Some(1)));
    let of_package = fs::read_to_string(case.bundle().join("report.txt")).expect("a report");
    assert!(text.lines().all(|line| of_package.contains(line)), "the two texts differ");
}

/// A home that uses the HL7 transport in nothing, to which one use is added.
fn without_hl7() -> Trees {
    let mut trees = Trees { hl7: None, ..Trees::sample() };
    let home = &mut trees.home;
    edit(home, "conf/deployment.toml", |text| {
        text.split_inclusive("\n\n").filter(|part| !part.contains("hl7")).collect()
    });
    home.remove("repository/deployment/server/synapse-configs/default/proxy-services/LabResults.xml");
    home.retain(|path, _| !path.starts_with("dropins/org.wso2.micro.integrator.business.messaging.hl7"));
    home.remove("dropins/openjpa-all-2.2.2.wso2v2.jar");
    trees
}

fn put_artifact(home: &mut Tree, kind: &str, file: &str, xml: &str) {
    let application = carbon_application("Lab", "1.0.0", &[Artifact::file("Lab", kind, file, xml)]);
    put(home, "repository/deployment/server/carbonapps/Lab_1.0.0.car", application);
}

#[test]
fn an_inbound_endpoint_alone_needs_no_pack() {
    let trees = without_hl7();
    assert!(trees.home.contains_key("repository/deployment/server/carbonapps/legacy app (old).car"));
    let (code, report) = Case::of(&trees).plan(None);
    assert_eq!(code, Some(0));
    assert!(!codes(&report).iter().any(|(code, _)| code.starts_with("MI07")), "{:?}", codes(&report));
    let mut trees = trees;
    let inbound =
        "<inboundEndpoint xmlns=\"http://ws.apache.org/ns/synapse\" name=\"In\" protocol=\"hl7\" sequence=\"main\"/>\n";
    put(&mut trees.home, "repository/deployment/server/synapse-configs/default/inbound-endpoints/In.xml", inbound);
    assert_eq!(Case::of(&trees).plan(None).0, Some(0));
}

/// Words that name a use of the HL7 transport, and how it gets into a home.
type Use<'a> = (&'a str, &'a dyn Fn(&mut Tree));

#[test]
fn every_use_of_the_hl7_transport_alone_asks_for_its_pack() {
    let proxy =
        "<proxy xmlns=\"http://ws.apache.org/ns/synapse\" name=\"Lab\" transports=\"http hl7\" startOnLoad=\"true\"/>";
    let endpoint =
        "<endpoint xmlns=\"http://ws.apache.org/ns/synapse\" name=\"Lab\"><address uri=\"hl7://lab:9293\"/></endpoint>";
    let uses: [Use; 6] = [
        ("dropins/hl7.jar", &|home| {
            put(
                home,
                "dropins/hl7.jar",
                bundle("org.wso2.micro.integrator.business.messaging.hl7", "1.2.0", &["a/B"], &[]),
            );
        }),
        ("custom_transport", &|home| {
            edit(home, "conf/deployment.toml", |text| {
                let class = "org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportListener";
                format!("{text}\n[[custom_transport.listener]]\nclass = \"{class}\"\nprotocol = \"hl7\"\n")
            });
        }),
        ("proxy `Lab`", &|home| {
            put(home, "repository/deployment/server/synapse-configs/default/proxy-services/Lab.xml", proxy);
        }),
        ("Lab_1.0.0.car", &|home| put_artifact(home, "synapse/proxy-service", "Lab-1.0.0.xml", proxy)),
        ("Lab_1.0.0.car", &|home| put_artifact(home, "synapse/endpoint", "Lab-1.0.0.xml", endpoint)),
        ("endpoints/Lab.xml", &|home| {
            put(home, "repository/deployment/server/synapse-configs/default/endpoints/Lab.xml", endpoint);
        }),
    ];
    for (words, add) in uses {
        let mut trees = without_hl7();
        add(&mut trees.home);
        let case = Case::of(&trees);
        let ran = case.is_blocked(None);
        let said = ran.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in [
            "conflict[MI0701]",
            words,
            "org.wso2.micro.integrator.business.messaging. hl7-4.0.0.jar",
            "openjpa-all-2.2.2.wso2v2.jar",
            "without_pack = \"go without\"",
            "without_pack = \"carry the old jars\"",
        ] {
            assert!(
                said.contains(part) || said.replace(". ", ".").contains(&part.replace(". ", ".")),
                "{words}: `{part}`: {}",
                ran.stderr
            );
        }
    }
}

#[test]
fn both_answers_about_the_missing_pack_lead_to_a_bundle() {
    let trees = Trees { hl7: None, ..Trees::sample() };
    let case = Case::of(&trees);
    let draft = case.draft(None);
    let jars =
        ["dropins/org.wso2.micro.integrator.business.messaging.hl7-1.2.0.jar", "dropins/openjpa-all-2.2.2.wso2v2.jar"];
    let files = case.packaged(&uncommented(&draft, "without_pack = \"go without\""));
    assert!(!files.keys().any(|path| path.contains("hl7") || path.contains("openjpa")), "{:?}", files.keys());
    assert!(says(&case.report(), "MI0703", &["deployment.toml"]));
    let files = case.packaged(&uncommented(&draft, "without_pack = \"carry the old jars\""));
    for jar in jars {
        assert_eq!(files.get(jar).map(Vec::as_slice), Some(bytes_of(&trees.home, jar)), "{jar}");
    }
    assert!(says(&case.report(), "MI0705", &jars[..1]));
}

#[test]
fn a_pack_of_1_2_0_is_accepted_with_a_warning_and_no_pack_at_all_is_an_error() {
    let mut trees = Trees::sample();
    let old: Tree = ["org.wso2.micro.integrator.business.messaging.hl7-1.2.0.jar", "openjpa-all-2.2.2.wso2v2.jar"]
        .iter()
        .map(|name| ((*name).to_owned(), trees.home[&format!("dropins/{name}")].clone()))
        .collect();
    trees.hl7 = Some(old.clone());
    let case = Case::of(&trees);
    let files = case.packaged("");
    for name in old.keys() {
        assert_eq!(files[&format!("dropins/{name}")], bytes_of(&old, name), "{name}");
    }
    assert!(says(&case.report(), "MI0702", &["1.2.0"]));

    let mut wrong = Tree::new();
    put(&mut wrong, "other.jar", bundle("com.example.other", "1.0.0", &["a/B"], &[]));
    trees.hl7 = Some(wrong);
    let ran = Case::of(&trees).ends_with(1, None);
    assert!(ran.stderr.contains("MI0704"), "{}", ran.stderr);
}

#[test]
fn patterns_carry_and_leave_out() {
    let trees = Trees::sample();
    let case = Case::of(&trees);
    let files = case.packaged(
        "carry = [\"password-persist\", \"repository/logs/*.log\", \"patches/patch0001/README.txt\", \"tmp/work/\", \"wso2/lib/corp-*.jar\"]\n\
         leave_out = [\"lib/*.jar\", \"registry/\", \"wso2/components/plugins/axis2-transport-xmpp_*.jar\", \"dropins/openjpa-*.jar\", \
         \"dbscripts/**\", \"**/*.pem\"]\n",
    );
    for path in [
        "password-persist",
        "repository/logs/audit.log",
        "repository/logs/wso2carbon.log",
        "patches/patch0001/README.txt",
        "tmp/work/ESB/session.ser",
        "wso2/lib/corp-boot-1.0.jar",
    ] {
        assert_eq!(files.get(path).map(Vec::as_slice), Some(bytes_of(&trees.home, path)), "{path} is not carried");
    }
    assert!(!files.contains_key("repository/logs/heap-dump.hprof") && !files.contains_key("repository/logs/archive"));
    for path in files.keys() {
        let is_out = path.starts_with("lib/")
            && path.contains(".jar")
            && !path.contains("acme-rates")
            && !path.contains("corp-utils")
            || path.starts_with("registry/")
            || path.contains("xmpp")
            || path.contains("openjpa")
            || path.starts_with("dbscripts/") && !path.ends_with('/')
            || path.contains(".pem");
        assert!(!is_out, "{path} is in");
    }
    let lines = actions(&case.report());
    for (input, path) in [
        ("home", "lib/acme-codec-1.0.jar"),
        ("home", "registry/config/partners.json"),
        ("fresh", "wso2/components/plugins/axis2-transport-xmpp_2.0.0.wso2v61.jar"),
        ("fresh", "dbscripts/mysql/mysql_user.sql"),
        ("fresh", "repository/resources/security/publickey.pem"),
        ("hl7", "openjpa-all-2.2.2.wso2v2.jar"),
    ] {
        let line = &lines[&(input.to_owned(), path.to_owned())];
        assert_eq!(
            (line.disposition.as_str(), line.reason.contains("policy")),
            ("left out", true),
            "{path}: {}",
            line.reason
        );
    }
    assert!(says(&case.report(), "MI0803", &["repository/logs/audit.log"]));
    assert!(!says(&case.report(), "MI0501", &[]), "the password is carried, so nobody waits for it");
    assert!(!says(&case.report(), "MI0801", &[]));
}

#[test]
fn severities_change_by_code() {
    let case = Case::of(&Trees::sample());
    let (code, report) = case.plan(Some("[severity]\nMI0101 = \"note\"\nMI0207 = \"warning\"\nMI0501 = \"note\"\n"));
    assert_eq!(code, Some(0));
    for (code, severity) in [("MI0101", "note"), ("MI0207", "warning"), ("MI0501", "note"), ("MI0603", "warning")] {
        assert!(codes(&report).contains(&(code.to_owned(), severity.to_owned())), "{code}: {:?}", codes(&report));
    }
    let ran = case.is_blocked(Some("[severity]\nMI0205 = \"error\"\n"));
    assert!(ran.stderr.contains("error[MI0205]"), "{}", ran.stderr);
}

#[test]
fn lines_of_the_policy_that_do_nothing_are_reported() {
    let case = Case::of(&Trees::sample());
    let policy = "carry = [\"no/such/file\", \"password-persist\"]\nleave_out = [\"lib/none-*.jar\", \"dbscripts/db2/\"]\n\
                  follow = [\"repository/nowhere\"]\n[decide]\n\"conf/none.xml\" = \"fresh\"\n";
    let (code, report) = case.plan(Some(policy));
    assert_eq!(code, Some(0));
    for line in ["no/such/file", "lib/none-*.jar", "repository/nowhere", "conf/none.xml"] {
        assert!(says(&report, "MI0801", &[line]), "{line} is not reported");
    }
    for line in ["password-persist", "dbscripts/db2/"] {
        assert!(!says(&report, "MI0801", &[line]), "{line} does something");
    }
}

#[test]
fn a_decision_for_a_file_that_nobody_asks_about_is_not_ignored() {
    let case = Case::of(&Trees::sample());
    let mut forgotten = Vec::new();
    for path in ["conf/axis2/axis2.xml", "wso2/lib/corp-boot-1.0.jar", "password-persist", "lib/hapi-base-2.1.jar"] {
        let (code, report) = case.plan(Some(&format!("[decide]\n\"{path}\" = \"customised\"\n")));
        assert!(matches!(code, Some(0 | 3)));
        let is_done = actions(&report)[&("home".to_owned(), path.to_owned())].disposition == "carried";
        if !is_done && !says(&report, "MI0801", &[path]) {
            forgotten.push(path);
        }
    }
    assert!(forgotten.is_empty(), "the decision is read and forgotten for {forgotten:?}");
}

#[test]
fn what_was_deleted_comes_back_and_stays_out_when_the_policy_says_so() {
    let trees = Trees::sample();
    let case = Case::of(&trees);
    let back = [
        "dbscripts/db2/db2_user.sql",
        "repository/deployment/server/axis2modules/utsecurity-4.0.0.mar",
        "wso2/components/plugins/axis2-transport-xmpp_2.0.0.wso2v61.jar",
    ];
    let files = case.packaged("");
    assert!(back.iter().all(|path| files.contains_key(*path)));
    let mut draft = case.draft(None);
    for path in back {
        draft = uncommented(&draft, &format!("\"{path}\","));
    }
    let files = case.packaged(&draft);
    assert!(!back.iter().any(|path| files.contains_key(*path)), "{:?}", files.keys());
    assert!(!says(&case.report(), "MI0205", &[]));
    let lines = actions(&case.report());
    let gone =
        &lines[&("pristine".to_owned(), "wso2/components/plugins/axis2-transport-xmpp_2.0.0.wso2v55.jar".to_owned())];
    assert!(gone.reason.contains("deleted") && gone.reason.contains("policy"), "{}", gone.reason);
}

#[test]
fn without_the_pristine_distribution_what_cannot_be_told_is_asked() {
    let trees = Trees { pristine: None, ..Trees::sample() };
    let case = Case::of(&trees);
    let (code, report) = case.plan(None);
    assert!(says(&report, "MI0103", &["--pristine"]) || says(&report, "MI0103", &["pristine"]));
    let open: Vec<String> = report["diagnostics"]
        .as_array()
        .expect("diagnostics")
        .iter()
        .filter(|diagnostic| diagnostic["severity"] == "conflict")
        .map(|diagnostic| diagnostic["path"].as_str().unwrap_or_else(|| panic!("no path: {diagnostic}")).to_owned())
        .collect();
    assert_eq!(code, Some(if open.is_empty() { 0 } else { 3 }));
    for answer in ["fresh", "customised"] {
        let lines: Vec<String> = open.iter().map(|path| format!("\"{path}\" = \"{answer}\"\n")).collect();
        let files = case.packaged(&format!("[decide]\n{}", lines.concat()));
        for path in &open {
            let tree = if answer == "fresh" { &trees.fresh } else { &trees.home };
            assert_eq!(files.get(path).map(Vec::as_slice), Some(bytes_of(tree, path)), "{path} = {answer}");
        }
    }
}

#[cfg(unix)]
#[test]
fn overlays_come_last_and_in_their_order() {
    let case = Case::of(&Trees::sample());
    let overlay = |place: &str, settings: &str, files: &[(&str, &str)]| {
        let mut tree = Tree::new();
        for (path, text) in files {
            put(&mut tree, path, *text);
        }
        let folder = case.folder.path().join(place);
        write_tree(&folder.join("files"), &tree).expect("an overlay");
        fs::write(folder.join("overlay.toml"), settings).expect("an overlay");
    };
    overlay(
        "overlays/first",
        "description = \"of all teams\"\n[modes]\n\"bin/*\" = \"0750\"\n",
        &[("conf/log4j2.properties", "one\n"), ("bin/extra", "x"), ("lib/acme-codec-1.0.jar", "no jar")],
    );
    overlay(
        "second (ö)",
        "description = \"of one team\"\n",
        &[("conf/log4j2.properties", "two\n"), ("conf/new.xml", "<n/>")],
    );
    let ran = case.run("package", None, &["--overlay", "first", "--overlay", "second (ö)"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let archive = case.bundle().join(format!("{NAME}.zip"));
    let files = unzipped(&archive);
    assert_eq!(files[&format!("{TOP}conf/log4j2.properties")], b"two\n");
    assert_eq!(files[&format!("{TOP}conf/new.xml")], b"<n/>");
    assert_eq!(files[&format!("{TOP}lib/acme-codec-1.0.jar")], b"no jar");
    let mut zip = zip::ZipArchive::new(fs::File::open(&archive).expect("it")).expect("a zip");
    assert_eq!(zip.by_name(&format!("{TOP}bin/extra")).expect("it").unix_mode(), Some(0o100_750));
    assert!(says(&case.report(), "MI0802", &["lib/acme-codec-1.0.jar", "first"]));
    assert_eq!(run(&mut program!("verify", case.bundle())).code, Some(0));
    let back = case.run("package", None, &["--overlay", "second (ö)", "--overlay", "first"]);
    assert_eq!(back.code, Some(0), "{}", back.stderr);
    assert_eq!(unzipped(&archive)[&format!("{TOP}conf/log4j2.properties")], b"one\n");

    for (settings, word) in [
        ("", "description"),
        ("description = \"x\"\ncolour = 1\n", "colour"),
        ("description = \"x\"\n[modes]\na = \"9\"\n", "mode"),
    ] {
        overlay("bad", settings, &[("a", "b")]);
        let ran = case.run("package", None, &["--overlay", "bad"]);
        assert!(
            ran.code == Some(1) && ran.stderr.contains(word) && ran.stderr.contains("overlay.toml"),
            "{}",
            ran.stderr
        );
    }
}

/// What a policy must hold to follow one offer of a report.
fn policy_of(offer: &str) -> String {
    format!("{offer}\n")
}

/// The offers that decide nothing, of what is open in these inputs.
fn idle_offers(trees: &Trees, code: &str) -> Vec<String> {
    let case = Case::of(trees);
    let (exit, report) = case.plan(None);
    assert!(matches!(exit, Some(1 | 3)), "{code} is not open");
    let diagnostics = report["diagnostics"].as_array().expect("diagnostics");
    let open = diagnostics.iter().filter(|found| matches!(found["severity"].as_str(), Some("conflict" | "error")));
    // What the checks miss in a tree that is not decided goes when it is decided.
    let open: Vec<_> = open.filter(|found| found["code"].as_str().expect("a code") < "MI1001").collect();
    assert!(open.iter().any(|found| found["code"] == code), "{code} is not among {open:?}");
    assert_eq!(open.len(), 1, "more than one thing is open: {open:?}");
    let offers = open[0]["policy"].as_array().unwrap_or_else(|| panic!("nothing can decide {}", open[0]));
    let offers = offers.iter().map(|offer| offer.as_str().expect("a line").to_owned());
    offers.filter(|offer| case.run("package", Some(&policy_of(offer)), &[]).code != Some(0)).collect()
}

#[test]
fn every_offer_decides_what_it_is_offered_for() {
    type Open<'a> = (&'a str, &'a dyn Fn(&mut Trees));
    let transport = "org.wso2.micro.integrator.business.messaging.hl7-4.0.0.jar";
    let opened: [Open<'_>; 8] = [
        ("MI0202", &|trees| *trees = clashing()),
        ("MI0202", &|trees| {
            // No text, so that it cannot be merged.
            edit(&mut trees.fresh, LOG4J2, |text| format!("{text}# of 4.0.0\n"));
            put(&mut trees.home, LOG4J2, [0, 159, 146, 150]);
        }),
        ("MI0211", &|trees| put_symlink(&mut trees.home, "conf/outside.properties", env!("CARGO_MANIFEST_PATH"))),
        ("MI0213", &|trees| {
            put(&mut trees.home, "dropins/acme-codec-1.0.jar", plain_jar("com/other/Codec"));
        }),
        ("MI0213", &|trees| {
            trees.home.retain(|path, _| !path.starts_with("conf/etc"));
            put(&mut trees.home, "conf/etc", "a file where 4.0.0 has a folder");
        }),
        ("MI0213", &|trees| {
            trees.home.remove("conf/file.properties");
            put(&mut trees.home, "conf/file.properties/a.txt", "a folder where 4.0.0 has a file");
        }),
        ("MI0213", &|trees| {
            // Without the transport's classes the server would not start.
            let package = "org/wso2/micro/integrator/business/messaging/hl7/transport";
            let classes = ["HL7TransportListener", "HL7TransportSender"].map(|name| format!("{package}/{name}"));
            let own = bundle("com.example.own", "1.0.0", &classes.each_ref().map(String::as_str), &[]);
            put(&mut trees.home, &format!("dropins/{transport}"), own);
        }),
        ("MI0701", &|trees| trees.hl7 = None),
    ];
    let mut idle = Vec::new();
    for (code, open) in opened {
        let mut trees = Trees::sample();
        open(&mut trees);
        idle.extend(idle_offers(&trees, code).into_iter().map(|offer| format!("{code}: {offer}")));
    }
    assert!(idle.is_empty(), "these offers decide nothing: {idle:#?}");
}

/// To leave one of two files out is not to lose both.
#[test]
fn an_offer_to_leave_one_out_keeps_the_other() {
    let jar = "dropins/org.wso2.micro.integrator.business.messaging.hl7-4.0.0.jar";
    let (own, link) = (bundle("com.example.own", "1.0.0", &["a/B"], &[]), "conf/log4j2.properties");
    let mut pack = Trees::sample();
    put(&mut pack.home, jar, own);
    let mut outside = Trees::sample();
    put_symlink(&mut outside.home, link, "/etc/company/log4j2.properties");
    let mut lost = Vec::new();
    for (trees, path) in [(pack, jar), (outside, link)] {
        let case = Case::of(&trees);
        let report = case.plan(None).1;
        let open =
            report["diagnostics"].as_array().expect("diagnostics").iter().find(|found| !found["policy"].is_null());
        let offers = open.expect("something open")["policy"].as_array().expect("offers").clone();
        for offer in offers.iter().filter_map(|offer| offer.as_str()).filter(|offer| offer.starts_with("leave_out")) {
            let policy = policy_of(offer);
            if case.run("package", Some(&policy), &[]).code == Some(0) && !case.packaged(&policy).contains_key(path) {
                lost.push(format!("{path} by {offer}"));
            }
        }
    }
    assert!(lost.is_empty(), "neither file is in the result: {lost:#?}");
}
