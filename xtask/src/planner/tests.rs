//! What becomes of each kind of file: a home of a few lines, and the plan as text.

use crate::choice::{Take, WithoutPack};
use crate::diagnostic::{Code, Severity};
use crate::inventory::{CarbonApplicationFacts, Facts, JarFacts, WrappedJar};
use crate::inventory::{Entry, Inventory, Kind};
use crate::overlay::{Overlay, OverlaySettings};
use crate::path::EntryPath;
use crate::pattern::Pattern;
use crate::plan::{Disposition, Input, Inputs, Plan};
use crate::planner::plan;
use crate::policy::{self, Policy};
use std::sync::Arc;

/// An inventory of files with their text; a path that ends with `/` is a folder.
fn inventory(files: &[(&str, &str)]) -> Inventory {
    let mut inventory = Inventory::default();
    for (path, text) in files {
        let entry = if path.ends_with('/') { Entry::folder() } else { Entry::memory(0o644, text.as_bytes().to_vec()) };
        let mut entry = entry;
        if entry.is_file() {
            entry.facts.text = Some(Arc::from(text.as_bytes()));
        }
        inventory.entries.insert(EntryPath::known(path), entry);
    }
    inventory
}

fn jar(symbolic_name: Option<&str>, packages: &[&str]) -> Facts {
    Facts {
        jar: Some(Arc::new(JarFacts {
            symbolic_name: symbolic_name.map(str::to_owned),
            bundle_version: symbolic_name.map(|_| "1.0.0".to_owned()),
            packages: packages.iter().map(|package| (*package).to_owned()).collect(),
            wrapped: None,
        })),
        ..Facts::default()
    }
}

const TOML: (&str, &str) = ("conf/deployment.toml", "[server]\nhostname = \"localhost\"\n");

/// Inputs with a home of these files; pristine and fresh have what most tests need.
fn inputs(home: &[(&str, &str)]) -> Inputs {
    let shared = [("conf/log4j2.properties", "a\nb\nc\nd\n"), ("LICENSE.txt", "l"), ("repository/logs/", "")];
    let mut pristine = inventory(&shared);
    pristine.entries.extend(inventory(&[TOML, ("conf/both.properties", "1\n2\n3\n4\n5\n")]).entries);
    let mut fresh = inventory(&shared);
    fresh.entries.extend(inventory(&[TOML, ("conf/both.properties", "1\n2\n3\n4\nfive\n")]).entries);
    let mut customised = inventory(&[TOML]);
    customised.entries.extend(inventory(home).entries);
    for (path, entry) in &pristine.entries {
        customised.entries.entry(path.clone()).or_insert_with(|| entry.clone());
    }
    Inputs { customised, pristine: Some(pristine), fresh, ..Inputs::default() }
}

fn set_facts(inventory: &mut Inventory, path: &str, facts: Facts) {
    inventory.entries.get_mut(path).expect("an entry").facts = facts;
}

fn action<'a>(plan: &'a Plan, path: &str) -> (&'static str, &'a str) {
    let action = &plan.actions[&Input::Customised][path];
    (action.disposition.word(), &action.reason)
}

fn word(plan: &Plan, path: &str) -> &'static str {
    action(plan, path).0
}

fn codes(plan: &Plan) -> Vec<u16> {
    let mut codes: Vec<u16> = plan.diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
    codes.dedup();
    codes
}

fn text(plan: &Plan, path: &str) -> String {
    match &plan.tree[path].content {
        crate::inventory::Content::Memory(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{path} is {other:?}"),
    }
}

/// Each path of each input has exactly one action, and what is said to be in is in.
fn assert_total(inputs: &Inputs, plan: &Plan) {
    let mut all = vec![(Input::Customised, &inputs.customised), (Input::Fresh, &inputs.fresh)];
    all.extend(inputs.pristine.iter().map(|pristine| (Input::Pristine, pristine)));
    all.extend(inputs.hl7.iter().enumerate().map(|(number, pack)| (Input::Hl7(number), pack)));
    all.extend(inputs.overlays.iter().map(|overlay| (Input::Overlay(overlay.name.clone()), &overlay.files)));
    assert_eq!(plan.actions.len(), all.len());
    for (input, inventory) in all {
        let actions = &plan.actions[&input];
        assert!(actions.keys().eq(inventory.entries.keys()), "{input}");
        for (path, action) in actions {
            assert!(!action.reason.is_empty(), "{input} {path}");
            let target = action.target.as_ref().unwrap_or(path);
            match action.disposition {
                Disposition::Carried
                | Disposition::Moved
                | Disposition::Merged
                | Disposition::Rewritten
                | Disposition::Kept => {
                    assert!(plan.tree.contains_key(target), "{input} {path} -> {target}");
                }
                Disposition::Undecided => assert!(plan.is_blocked(), "{input} {path}"),
                _ => {}
            }
        }
    }
}

fn planned(inputs: &Inputs, policy: &Policy) -> Plan {
    let plan = plan(inputs, policy);
    assert_total(inputs, &plan);
    plan
}

#[test]
fn what_nobody_changed_follows_fresh_and_what_the_user_changed_is_carried() {
    let inputs =
        inputs(&[("conf/log4j2.properties", "a\nB\nc\nd\n"), ("conf/sslprofiles/x.xml", "<x/>"), ("NOTES.txt", "n")]);
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "conf/log4j2.properties"), "carried");
    assert_eq!(text(&plan, "conf/log4j2.properties"), "a\nB\nc\nd\n");
    assert_eq!(word(&plan, "conf/sslprofiles/x.xml"), "carried");
    assert_eq!(word(&plan, "conf/both.properties"), "follows fresh");
    assert_eq!(text(&plan, "conf/both.properties"), "1\n2\n3\n4\nfive\n");
    assert_eq!(word(&plan, "NOTES.txt"), "carried");
    assert_eq!(word(&plan, "LICENSE.txt"), "follows fresh");
    assert!(codes(&plan).contains(&207) && !plan.is_blocked());
    assert!(plan.tree.contains_key("conf/sslprofiles"), "the folder above a carried file");
}

#[test]
fn what_both_changed_is_merged_by_lines_and_a_clash_is_a_conflict() {
    let merged = planned(&inputs(&[("conf/both.properties", "one\n2\n3\n4\n5\n")]), &Policy::default());
    assert_eq!(word(&merged, "conf/both.properties"), "merged");
    assert_eq!(text(&merged, "conf/both.properties"), "one\n2\n3\n4\nfive\n");

    let clash = inputs(&[("conf/both.properties", "one\n2\n3\n4\nFIVE\n")]);
    let plan = planned(&clash, &Policy::default());
    assert_eq!(word(&plan, "conf/both.properties"), "undecided");
    let conflict = plan.diagnostics.iter().find(|diagnostic| diagnostic.code == Code(202)).expect("a conflict");
    assert_eq!((conflict.severity, conflict.choices.len()), (Severity::Conflict, 3));
    assert!(plan.is_blocked());

    for (take, word_of_it, expected) in [
        (Take::Fresh, "left out", "1\n2\n3\n4\nfive\n"),
        (Take::Customised, "carried", "one\n2\n3\n4\nFIVE\n"),
        (Take::Merged, "merged", "one\n2\n3\n4\nFIVE\n"),
    ] {
        let policy = Policy { decide: [(EntryPath::known("conf/both.properties"), take)].into(), ..Policy::default() };
        let plan = planned(&clash, &policy);
        assert_eq!(
            (word(&plan, "conf/both.properties"), text(&plan, "conf/both.properties").as_str()),
            (word_of_it, expected)
        );
        assert!(!plan.is_blocked(), "{take:?}");
    }
}

#[test]
fn in_an_updated_home_a_clash_is_the_updates() {
    let mut inputs = inputs(&[
        ("conf/both.properties", "one\n2\n3\n4\nFIVE\n"),
        ("updates/config.json", "{\"update-level\": \"8\"}"),
    ]);
    inputs.customised.entries.insert(
        EntryPath::known("wso2/components/plugins/org.yaml.snakeyaml_1.33.0.jar"),
        Entry { facts: jar(Some("org.yaml.snakeyaml"), &[]), ..Entry::memory(0o644, b"new".to_vec()) },
    );
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "conf/both.properties"), "left out");
    assert!(!plan.is_blocked());
    let update = plan.diagnostics.iter().find(|diagnostic| diagnostic.code == Code(102)).expect("a warning");
    assert!(
        update.message.contains("2 files") && update.details.iter().any(|line| line.contains("snakeyaml")),
        "{update:?}"
    );
    assert!(update.details.iter().any(|line| line == "conf/both.properties:5: FIVE"), "{:?}", update.details);
}

#[test]
fn without_the_pristine_distribution_what_cannot_be_told_is_a_conflict() {
    // A file of the listing whose digest nobody knows.
    let mut inputs = inputs(&[("bin/carbondump.sh", "mine")]);
    inputs.pristine = None;
    inputs.fresh.entries.extend(inventory(&[("bin/carbondump.sh", "theirs")]).entries);
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "bin/carbondump.sh"), "undecided");
    assert!(codes(&plan).contains(&201) && codes(&plan).contains(&103));

    inputs.fresh.entries.extend(inventory(&[("bin/carbondump.sh", "mine")]).entries);
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "bin/carbondump.sh"), "follows fresh");

    // Known to be the same in both releases: what differs from fresh is the user's.
    inputs.customised.entries.extend(inventory(&[("bin/micro-integrator.sh", "mine")]).entries);
    inputs.fresh.entries.extend(inventory(&[("bin/micro-integrator.sh", "stock")]).entries);
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "bin/micro-integrator.sh"), "carried");
    assert_eq!(plan.tree["bin/micro-integrator.sh"].mode, 0o755, "scripts can be executed");
}

#[test]
fn dropins_are_sorted_out() {
    let mut inputs = inputs(&[
        ("dropins/user_1.0.0.jar", "1"),
        ("dropins/stock_1.0.0.jar", "2"),
        ("dropins/hapi.jar", "3"),
        ("dropins/plain.jar", "4"),
        ("dropins/held.jar", "5"),
        ("dropins/a_b_1.0.0.jar", "6"),
        ("dropins/gone_1.0.0.jar", "7"),
        ("dropins/damaged.jar", "8"),
        ("lib/a-b.jar", "9"),
        ("lib/hapi-base.jar", "10"),
    ]);
    let home = &mut inputs.customised;
    set_facts(home, "dropins/user_1.0.0.jar", jar(Some("com.example"), &["com.example"]));
    set_facts(home, "dropins/stock_1.0.0.jar", jar(Some("synapse-core"), &[]));
    set_facts(home, "dropins/hapi.jar", jar(Some("hapi"), &["ca.uhn.hl7v2.model"]));
    set_facts(home, "dropins/plain.jar", jar(None, &["com.plain"]));
    set_facts(home, "dropins/held.jar", jar(None, &["com.lib"]));
    set_facts(home, "lib/a-b.jar", jar(None, &["com.lib", "com.lib.more"]));
    set_facts(home, "lib/hapi-base.jar", jar(None, &["ca.uhn.hl7v2"]));
    set_facts(home, "dropins/damaged.jar", Facts { damage: Some("no zip".into()), ..Facts::default() });
    for (wrapper, library) in [("dropins/a_b_1.0.0.jar", "a-b.jar"), ("dropins/gone_1.0.0.jar", "gone.jar")] {
        let wrapped = WrappedJar {
            name: library.into(),
            size: 3,
            crc: 1,
            digest: crate::digest::Digest::of(b"inner"),
            packages: std::iter::once("com.lib".to_owned()).collect(),
        };
        let facts = JarFacts { wrapped: Some(wrapped), ..JarFacts::default() };
        set_facts(home, wrapper, Facts { jar: Some(Arc::new(facts)), ..Facts::default() });
    }
    let shipped = Entry { facts: jar(Some("synapse-core"), &[]), ..Entry::memory(0o644, b"new".to_vec()) };
    inputs.fresh.entries.insert(EntryPath::known("wso2/components/plugins/synapse-core_2.jar"), shipped);
    let plan = planned(&inputs, &Policy::default());
    for (path, expected, reason) in [
        ("dropins/user_1.0.0.jar", "carried", "bundle of the user's"),
        ("dropins/stock_1.0.0.jar", "left out", "ships the bundle"),
        ("dropins/hapi.jar", "left out", "hapi"),
        ("dropins/plain.jar", "moved", "ignored"),
        ("dropins/held.jar", "left out", "holds its packages"),
        ("dropins/a_b_1.0.0.jar", "left out", "generated"),
        ("dropins/gone_1.0.0.jar", "moved", "library is gone"),
        ("dropins/damaged.jar", "carried", "added"),
        ("lib/a-b.jar", "carried", "library"),
        ("lib/hapi-base.jar", "left out", "hapi"),
    ] {
        let (word, said) = action(&plan, path);
        assert!(word == expected && said.contains(reason), "{path}: {word}, {said}");
    }
    assert_eq!(plan.tree["lib/gone.jar"].digest, Some(crate::digest::Digest::of(b"inner")));
    assert!(plan.tree.contains_key("lib/plain.jar"));
    for code in [301, 302, 303, 304, 305, 309] {
        assert!(codes(&plan).contains(&code), "{code} is missing in {:?}", codes(&plan));
    }
}

#[test]
fn two_jars_that_become_one_bundle_are_told_once() {
    let mut inputs = inputs(&[("lib/a-b.jar", "1"), ("lib/a_b.jar", "2")]);
    for path in ["lib/a-b.jar", "lib/a_b.jar"] {
        set_facts(&mut inputs.customised, path, jar(None, &[]));
    }
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(plan.diagnostics.iter().filter(|diagnostic| diagnostic.code == Code(307)).count(), 1);
}

#[test]
fn modules_that_fresh_ships_in_another_version_are_left_out() {
    let modules = "repository/deployment/server/axis2modules";
    let mut inputs = inputs(&[
        (&format!("{modules}/addressing-1.6.1-wso2v54.mar"), "stock"),
        (&format!("{modules}/addressing-9.9.mar"), "mine"),
        (&format!("{modules}/corporate-1.0.mar"), "mine"),
    ]);
    let stock = inventory(&[
        (&format!("{modules}/addressing-1.6.1-wso2v54.mar"), "stock"),
        (&format!("{modules}/utsecurity-1.2.0.mar"), "u"),
    ]);
    inputs.pristine.as_mut().expect("pristine").entries.extend(stock.entries);
    let fresh = inventory(&[
        (&format!("{modules}/addressing-1.6.1-wso2v63.mar"), "new"),
        (&format!("{modules}/utsecurity-4.0.0.mar"), "u4"),
    ]);
    inputs.fresh.entries.extend(fresh.entries);
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, &format!("{modules}/addressing-1.6.1-wso2v54.mar")), "follows fresh");
    assert_eq!(word(&plan, &format!("{modules}/addressing-9.9.mar")), "left out");
    assert_eq!(word(&plan, &format!("{modules}/corporate-1.0.mar")), "carried");
    assert!(codes(&plan).contains(&401));
    let deleted = plan.diagnostics.iter().find(|diagnostic| diagnostic.code == Code(205)).expect("a warning");
    assert_eq!(deleted.details, [format!("{modules}/utsecurity-1.2.0.mar, as utsecurity-4.0.0.mar")]);

    let policy =
        Policy { leave_out: vec![Pattern::parse("**/utsecurity-*.mar").expect("a pattern")], ..Policy::default() };
    let plan = planned(&inputs, &policy);
    assert!(
        !codes(&plan).contains(&205) && !plan.tree.contains_key(format!("{modules}/utsecurity-4.0.0.mar").as_str())
    );
}

#[test]
fn the_registry_is_carried_without_state_and_without_what_applications_deploy() {
    let processors = "registry/governance/repository/components/org.apache.synapse.message.processor";
    let mut inputs = inputs(&[
        ("registry/config/partners.json", "{}"),
        ("registry/config/partners.json.properties", "owner=ops"),
        ("registry/config/.metadata/partners.json.meta", "m"),
        ("registry/governance/xslt/orders.xslt", "changed"),
        ("registry/governance/xslt/orders.xslt.properties", "p"),
        ("registry/governance/xslt/.metadata/orders.xslt.meta", "m"),
        ("registry/governance/same.xml", "same"),
        ("registry/governance/incoming/", ""),
        (&format!("{processors}/P"), ""),
        (&format!("{processors}/P.properties"), "MESSAGE_PROCESSOR_STATE=PAUSED\n"),
        ("registry/governance/repository/components/org.wso2.carbon.tasks/definitions/-1234/ESB_TASK/MSMP_P_0", "x"),
        ("repository/deployment/server/carbonapps/A_1.0.0.car", "car"),
    ]);
    let application = CarbonApplicationFacts {
        registry: vec![
            ("registry/governance/xslt/orders.xslt".into(), Some(crate::digest::Digest::of(b"original"))),
            ("registry/governance/same.xml".into(), Some(crate::digest::Digest::of(b"same"))),
        ],
    };
    let facts = Facts { carbon_application: Some(Arc::new(application)), ..Facts::default() };
    set_facts(&mut inputs.customised, "repository/deployment/server/carbonapps/A_1.0.0.car", facts);
    let plan = planned(&inputs, &Policy::default());
    for (path, expected) in [
        ("registry/config/partners.json", "carried"),
        ("registry/config/partners.json.properties", "carried"),
        ("registry/config/.metadata/partners.json.meta", "carried"),
        ("registry/governance/xslt/orders.xslt", "left out"),
        ("registry/governance/xslt/orders.xslt.properties", "left out"),
        ("registry/governance/xslt/.metadata/orders.xslt.meta", "left out"),
        ("registry/governance/same.xml", "left out"),
        ("registry/governance/incoming", "carried"),
        ("repository/deployment/server/carbonapps/A_1.0.0.car", "carried"),
    ] {
        assert_eq!(word(&plan, path), expected, "{path}");
    }
    assert_eq!(word(&plan, &format!("{processors}/P")), "left out");
    assert!(codes(&plan).contains(&403));
    let differing: Vec<_> = plan.diagnostics.iter().filter(|diagnostic| diagnostic.code == Code(402)).collect();
    assert_eq!(differing.len(), 2, "the resource, and its properties: {differing:?}");

    // Left out itself, the application deploys nothing, so the file is the only copy.
    let policy = Policy { leave_out: vec![Pattern::parse("**/*.car").expect("a pattern")], ..Policy::default() };
    assert_eq!(word(&planned(&inputs, &policy), "registry/governance/xslt/orders.xslt"), "carried");
}

#[test]
fn the_hl7_transport_needs_a_pack_or_a_decision() {
    const HL7: &str = "org.wso2.micro.integrator.business.messaging.hl7";
    let old = format!("dropins/{HL7}-1.2.0.jar");
    let mut inputs = inputs(&[(&old, "old")]);
    set_facts(&mut inputs.customised, &old, jar(Some(HL7), &[]));
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, &old), "undecided");
    let conflict = plan.diagnostics.iter().find(|diagnostic| diagnostic.code == Code(701)).expect("a conflict");
    let hint = conflict.hint.as_deref().unwrap_or_default();
    assert!(
        hint.contains("hl7-4.0.0.jar") && hint.contains("openjpa-all-2.2.2.wso2v2.jar") && conflict.choices.len() == 2
    );

    for (answer, expected, code) in
        [(WithoutPack::GoWithout, "left out", 703), (WithoutPack::CarryOldJars, "carried", 705)]
    {
        let policy = Policy { hl7_without_pack: Some(answer), ..Policy::default() };
        let plan = planned(&inputs, &policy);
        assert_eq!(word(&plan, &old), expected);
        assert!(codes(&plan).contains(&code) && !plan.is_blocked());
    }

    let mut pack = inventory(&[("hl7-4.0.0.jar", "new"), ("README.txt", "r")]);
    let mut facts = jar(Some(HL7), &[]);
    facts.jar = facts.jar.map(|jar| Arc::new(JarFacts { bundle_version: Some("4.0.0".into()), ..(*jar).clone() }));
    set_facts(&mut pack, "hl7-4.0.0.jar", facts);
    inputs.hl7 = vec![pack];
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, &old), "left out");
    assert!(
        plan.tree.contains_key("dropins/hl7-4.0.0.jar")
            && !plan.tree.contains_key("dropins/README.txt")
            && !plan.is_blocked()
    );

    set_facts(&mut inputs.hl7[0], "hl7-4.0.0.jar", jar(Some(HL7), &[]));
    assert!(codes(&planned(&inputs, &Policy::default())).contains(&702), "a pack of another release");
    set_facts(&mut inputs.hl7[0], "hl7-4.0.0.jar", jar(Some("x"), &[]));
    assert!(codes(&planned(&inputs, &Policy::default())).contains(&704), "no transport in the pack");
}

#[test]
fn secrets_and_state_of_the_old_server_stay_behind() {
    let inputs = inputs(&[
        ("password-persist", "p"),
        ("repository/logs/a.log", "l"),
        ("repository/resources/conf/.metadata/x", "m"),
        ("patches/patch0001/a.jar", "p"),
        ("wso2/lib/mine.jar", "j"),
        ("repository/database/X.mv.db", "d"),
        ("conf/carbon.xml", "rendered"),
    ]);
    let plan = planned(&inputs, &Policy::default());
    for path in [
        "password-persist",
        "repository/logs/a.log",
        "patches/patch0001/a.jar",
        "wso2/lib/mine.jar",
        "repository/database/X.mv.db",
        "conf/carbon.xml",
    ] {
        assert_eq!(word(&plan, path), "left out", "{path}");
    }
    assert!([209, 306, 501].iter().all(|code| codes(&plan).contains(code)), "{:?}", codes(&plan));
    let policy = policy::parse("carry = [\"password-persist\"]").expect("a policy");
    let plan = planned(&inputs, &policy);
    assert_eq!(word(&plan, "password-persist"), "carried");
    assert!(!codes(&plan).contains(&501));
}

#[test]
fn a_database_that_a_data_source_points_to_is_carried() {
    let toml = "[server]\nhostname=\"x\"\n[[datasource]]\nid=\"D\"\nurl=\"jdbc:h2:./repository/database/X;DB_CLOSE_ON_EXIT=FALSE\"\n";
    let plan = planned(
        &inputs(&[
            ("conf/deployment.toml", toml),
            ("repository/database/X.mv.db", "d"),
            ("repository/database/Y.mv.db", "d"),
        ]),
        &Policy::default(),
    );
    assert_eq!(
        (word(&plan, "repository/database/X.mv.db"), word(&plan, "repository/database/Y.mv.db")),
        ("carried", "left out")
    );
}

#[test]
fn the_secure_vault_finds_its_keystore_in_its_new_place() {
    let conf = "# c\nkeystore.identity.location=/opt/wso2mi-1.2.0/repository/resources/security/corp.jks\nkeystore.identity.alias=corp\n\
                secretRepositories.file.location=/opt/wso2mi-1.2.0/conf/security/cipher-text.properties\n";
    let path = "conf/security/secret-conf.properties";
    let plan = planned(&inputs(&[(path, conf), ("repository/resources/security/corp.jks", "k")]), &Policy::default());
    assert_eq!(
        text(&plan, path),
        "# c\nkeystore.identity.location=repository/resources/security/corp.jks\nkeystore.identity.alias=corp\n\
         secretRepositories.file.location=conf/security/cipher-text.properties\n"
    );
    assert_eq!(word(&plan, path), "rewritten");
    assert!(codes(&plan).contains(&502) && !codes(&plan).contains(&504));

    let missing = planned(&inputs(&[(path, conf)]), &Policy::default());
    assert!(codes(&missing).contains(&504));
    let outside = planned(&inputs(&[(path, "keystore.identity.location=/etc/keys/corp.jks\n")]), &Policy::default());
    assert!(codes(&outside).contains(&503));
}

#[test]
fn links_stay_within_the_tree() {
    let mut inputs = inputs(&[("repository/resources/security/corp.jks", "k")]);
    for (path, target) in [
        ("repository/resources/security/current.jks", "corp.jks"),
        ("lib/outside.jar", "/opt/drivers/a.jar"),
        ("conf/gone.xml", "../nowhere.xml"),
        ("repository/logs/archive", "../../../../logs"),
    ] {
        let entry = Entry::of(Kind::Symlink(target.into()), 0o777, crate::inventory::Content::Nothing);
        inputs.customised.entries.insert(EntryPath::known(path), entry);
    }
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "repository/resources/security/current.jks"), "carried");
    assert_eq!(word(&plan, "lib/outside.jar"), "undecided");
    assert_eq!(word(&plan, "repository/logs/archive"), "left out");
    assert!(codes(&plan).contains(&211) && codes(&plan).contains(&212));
    let policy = policy::parse("leave_out = [\"lib/outside.jar\"]").expect("a policy");
    assert!(!planned(&inputs, &policy).is_blocked());
}

#[test]
fn what_cannot_be_read_is_an_error_only_where_it_would_be_carried() {
    let mut inputs = inputs(&[("lib/a.jar", "a"), ("repository/logs/a.log", "l")]);
    for path in ["lib/a.jar", "repository/logs/a.log"] {
        let entry = inputs.customised.entries.get_mut(path).expect("an entry");
        entry.trouble = Some("permission denied".into());
        entry.digest = None;
    }
    let plan = planned(&inputs, &Policy::default());
    let errors: Vec<_> = plan.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].code == Code(210) && errors[0].message.contains("lib/a.jar"));
}

#[test]
fn overlays_come_last_and_say_what_they_replace() {
    let mut inputs = inputs(&[("conf/log4j2.properties", "mine")]);
    let overlay = |name: &str, files: &[(&str, &str)]| Overlay {
        name: name.into(),
        settings: OverlaySettings {
            description: String::new(),
            modes: vec![(Pattern::parse("bin/*").expect("a pattern"), 0o700)],
            ..OverlaySettings::default()
        },
        files: inventory(files),
    };
    inputs.overlays = vec![
        overlay("one", &[("conf/log4j2.properties", "one"), ("bin/x", "x")]),
        overlay("two", &[("conf/log4j2.properties", "two")]),
    ];
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(text(&plan, "conf/log4j2.properties"), "two");
    assert_eq!(plan.tree["bin/x"].mode, 0o700);
    assert_eq!(word(&plan, "conf/log4j2.properties"), "left out");
    assert_eq!(plan.actions[&Input::Overlay("one".into())]["conf/log4j2.properties"].disposition, Disposition::LeftOut);
    assert_eq!(plan.actions[&Input::Fresh]["conf/log4j2.properties"].disposition, Disposition::Replaced);
    assert!(codes(&plan).contains(&802));
}

#[test]
fn a_file_where_another_needs_a_folder_is_a_conflict() {
    let mut inputs = inputs(&[("extra", "a file")]);
    inputs.overlays =
        vec![Overlay { name: "o".into(), files: inventory(&[("extra/below", "b")]), ..Overlay::default() }];
    let plan = planned(&inputs, &Policy::default());
    assert!(codes(&plan).contains(&213) && plan.is_blocked());
}

#[test]
fn the_policy_weighs_and_its_idle_lines_are_told() {
    let policy = policy::parse(
        "leave_out = [\"nowhere/*\"]\n[decide]\n\"conf/none\" = \"fresh\"\n[severity]\nMI0101 = \"note\"\n",
    )
    .expect("a policy");
    let plan = planned(&inputs(&[]), &policy);
    let idle = plan.diagnostics.iter().find(|diagnostic| diagnostic.code == Code(801)).expect("a warning");
    assert_eq!(idle.details, ["leave_out: nowhere/*", "[decide]: conf/none"]);
    let level = plan.diagnostics.iter().find(|diagnostic| diagnostic.code == Code(101)).expect("a note");
    assert_eq!(level.severity, Severity::Note);
}

#[test]
fn what_a_server_cannot_start_without_is_not_left_out() {
    let mut inputs = inputs(&[]);
    let plugin = "wso2/components/plugins/synapse-core_2.jar";
    inputs.fresh.entries.extend(inventory(&[("bin/micro-integrator.sh", "s"), (plugin, "p")]).entries);
    assert!(!codes(&planned(&inputs, &Policy::default())).contains(&215));
    for pattern in ["**", "bin/", "conf/deployment.toml", "wso2/components/plugins/"] {
        let policy = Policy { leave_out: vec![Pattern::parse(pattern).expect("a pattern")], ..Policy::default() };
        let plan = planned(&inputs, &policy);
        assert!(codes(&plan).contains(&215) && plan.is_blocked(), "{pattern}");
    }
}

#[test]
fn a_file_that_only_a_new_template_renders_is_told() {
    let mut inputs = inputs(&[("conf/file.properties", "mine\n")]);
    let template = "repository/resources/conf/templates/conf/file.properties.j2";
    inputs.fresh.entries.extend(inventory(&[(template, "theirs\n")]).entries);
    let plan = planned(&inputs, &Policy::default());
    assert_eq!(word(&plan, "conf/file.properties"), "left out");
    assert!(codes(&plan).contains(&204));
}

#[test]
fn the_draft_of_a_policy_decides_a_blocked_plan() {
    let clash = inputs(&[("conf/both.properties", "one\n2\n3\n4\nFIVE\n")]);
    let draft = policy::draft(&planned(&clash, &Policy::default()).diagnostics, &Policy::default());
    let chosen = draft.replace("# \"conf/both.properties\" = \"merged\"", "\"conf/both.properties\" = \"merged\"");
    assert_ne!(draft, chosen);
    assert!(!planned(&clash, &policy::parse(&chosen).expect("a policy")).is_blocked());
}

#[test]
fn patterns_of_log_masking_are_never_lost_without_a_word() {
    const MASKING: &str = "conf/wso2-log-masking.properties";
    let mut inputs = inputs(&[(MASKING, "# own\nIBAN=\\\\d{4}\nA=1\n")]);
    inputs.pristine.as_mut().expect("a pristine one").entries.extend(inventory(&[(MASKING, "A=1\n")]).entries);
    let template = "repository/resources/conf/templates/conf/wso2-log-masking.properties.j2";
    inputs.fresh.entries.extend(inventory(&[(template, "")]).entries);
    let said = |inputs: &Inputs| {
        let made = plan(inputs, &Policy::default());
        let found = made.diagnostics.iter().filter(|found| found.code == Code(204));
        found.map(|found| format!("{}\n{}", found.message, found.details.join("\n"))).collect::<Vec<_>>().join("\n")
    };
    // The merge moves them.
    assert_eq!(said(&inputs), "");
    // No deployment.toml, or one too large to be read: nothing is merged.
    let mut without = inputs.clone();
    without.customised.entries.remove("conf/deployment.toml");
    assert!(said(&without).contains(r#"    "IBAN" = '\\d{4}'"#), "{}", said(&without));
    assert!(!said(&without).contains("\"A\""), "{}", said(&without));
    set_facts(&mut without.customised, MASKING, Facts::default());
    let mut large = inputs.clone();
    set_facts(&mut large.customised, MASKING, Facts::default());
    for inputs in [large, without] {
        assert!(said(&inputs).contains("is too large to be compared"), "{}", said(&inputs));
    }
}
