//! The effective configuration from outside: `settings render`, `settings diff`, and what `package` proves with them.
//!
//! In: the sample, and changes of it of one line. Out: none. Always: what must not show is looked for in every output.

use std::fs;
use std::process::Command;
use upgrade_tests::{Case, Ran, Trees, names_in, program, real_inputs, report_of, run, says};
use xtask::sample::{self, Tree, edit, put};

const TOML: &str = "conf/deployment.toml";
const DEFAULTS: &str = "repository/resources/conf/default.json";
const METADATA: &str = "repository/resources/conf/.metadata/metadata_config.properties";

/// The sample's home as a folder, and a place to render into.
fn rendered(change: impl Fn(&mut Tree), more: &[&str]) -> (tempfile::TempDir, Ran) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut home = sample::home();
    change(&mut home);
    sample::write_tree(&folder.path().join("home"), &home).expect("a folder");
    let toml = format!("home/{TOML}");
    let mut command = program!("settings", "render");
    command.args([toml.as_str(), "--distribution", "home", "--output", "out"]).args(more);
    let ran = run(command.current_dir(folder.path()));
    (folder, ran)
}

#[test]
fn what_the_home_has_rendered_is_rendered_again() {
    let (folder, ran) = rendered(|_| (), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let recorded = fs::read_to_string(folder.path().join("home").join(METADATA)).expect("a file");
    let paths: Vec<&str> = recorded.lines().filter_map(|line| line.split_once('=')).map(|(path, _)| path).collect();
    assert!(paths.len() > 5, "{paths:?}");
    // The one that was edited by hand is another.
    for path in paths.iter().filter(|path| !["conf/axis2/axis2.xml", TOML].contains(path)) {
        let of = |root: &str| fs::read_to_string(folder.path().join(root).join(path)).expect(path);
        let lines = |text: String| -> Vec<String> {
            let mut lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
            lines.retain(|line| !line.is_empty());
            lines.sort();
            lines
        };
        assert_eq!(lines(of("out")), lines(of("home")), "{path}");
    }
}

#[test]
fn the_environment_is_what_the_command_is_given() {
    let hostname =
        |value: &'static str| move |home: &mut Tree| edit(home, TOML, |text| text.replace("mi.sample.internal", value));
    let (folder, ran) = rendered(hostname("$env{PATH}.$sys{zone}"), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stderr.contains("$env{PATH} is not given") && ran.stderr.contains("$sys{zone}"), "{}", ran.stderr);
    let carbon = fs::read_to_string(folder.path().join("out/conf/carbon.xml")).expect("a file");
    assert!(carbon.contains("$env{PATH}.$sys{zone}"), "{carbon}");

    let (folder, ran) = rendered(hostname("$env{PATH}.$sys{zone}"), &["--strict-env"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("Error while retrieving zone system property"), "{}", ran.stderr);
    assert!(!folder.path().join("out").exists());

    let (folder, ran) = rendered(
        |home| {
            hostname("$env{HOST}.$sys{zone}")(home);
            put(home, "mi.env", "# of the server\nHOST=mi\n");
        },
        &["--strict-env", "--env-file", "home/mi.env", "--define", "zone=example.org"],
    );
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let carbon = fs::read_to_string(folder.path().join("out/conf/carbon.xml")).expect("a file");
    assert!(carbon.contains("mi.example.org"), "{carbon}");
}

#[test]
fn what_cannot_be_rendered_writes_nothing() {
    for (change, more, code, word) in [
        ("hostname = \"$ref{no.such}\"", &[][..], 3, "Configuration with key no.such doesn't exist"),
        ("hostname = ", &[], 3, "the server would not start"),
        ("hostname = \"x\"", &["--define", "sample-only"], 1, "no NAME=VALUE"),
        ("hostname = \"x\"", &["--env-file", "home/none"], 1, "cannot be read"),
    ] {
        let (folder, ran) =
            rendered(|home| edit(home, TOML, |text| text.replace("hostname = \"mi.sample.internal\"", change)), more);
        assert_eq!(ran.code, Some(code), "{change}: {}", ran.stderr);
        assert!(ran.stderr.contains(word) && !ran.stderr.contains("sample-only"), "{change}: {}", ran.stderr);
        assert_eq!(names_in(folder.path()), ["home"], "{change}");
    }
    let (folder, _) = rendered(|_| (), &[]);
    let before = fs::read(folder.path().join("out/conf/carbon.xml")).expect("a file");
    let toml = format!("home/{TOML}");
    for output in ["out", "home/new", "home/conf/carbon.xml"] {
        let mut command = program!("settings", "render");
        command.args([toml.as_str(), "--distribution", "home", "--output", output]);
        let ran = run(command.current_dir(folder.path()));
        assert_eq!(ran.code, Some(1), "{output}: {}", ran.stderr);
    }
    assert_eq!(fs::read(folder.path().join("out/conf/carbon.xml")).expect("a file"), before);
}

#[cfg(unix)]
#[test]
fn rendered_files_are_readable_by_those_who_can_read_the_settings() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    sample::write_tree(&folder.path().join("home"), &sample::home()).expect("a folder");
    let toml = folder.path().join("home").join(TOML);
    fs::set_permissions(&toml, fs::Permissions::from_mode(0o600)).expect("a mode");
    let mut command = program!("settings", "render");
    command.arg(&toml).args(["--distribution", "home", "--output", "out"]).current_dir(folder.path());
    assert_eq!(run(&mut command).code, Some(0));
    for path in ["out", "out/conf", "out/conf/carbon.xml"] {
        let mode = fs::metadata(folder.path().join(path)).expect(path).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path}: {mode:o}");
    }
}

fn diff(case: &Case, more: &[&str]) -> Ran {
    let mut command = program!("settings", "diff");
    command.arg("--home").arg(&case.given.home).arg("--fresh").arg(&case.given.fresh);
    if let Some(pristine) = &case.given.pristine {
        command.arg("--pristine").arg(pristine);
    }
    run(command.args(more))
}

#[test]
fn every_difference_of_the_sample_is_explained() {
    let case = Case::of(&Trees::sample());
    let ran = diff(&case, &["--format", "json"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
    let report = report_of(&ran);
    let differences = report["effective"]["differences"].as_array().expect("differences");
    let of = |setting: &str| differences.iter().find(|one| one["setting"] == setting).expect(setting);
    assert_eq!(of("keystore.primary.file_name")["rule"], "keystore-paths");
    assert_eq!(of("keystore.tls.alias")["rule"], "keystore-tls");
    assert!(differences.iter().all(|one| one["reason"] != "unexplained"), "{differences:?}");
    let edits = report["hand_edits"].as_array().expect("edits");
    assert!(!edits.is_empty() && edits.iter().all(|edit| edit["path"] == "conf/axis2/axis2.xml"), "{edits:?}");
    let text = diff(&case, &[]);
    assert_eq!(text.code, Some(0));
    assert!(text.stdout.contains("0 of them unexplained"), "{}", text.stdout);
    for said in [&ran.stdout, &text.stdout] {
        assert!(!said.contains("sample-only"), "{said}");
    }
    // The plan says the same.
    let plan = report_of(&case.run("plan", None, &["--format", "json"]));
    assert_eq!(plan["effective"]["differences"], report["effective"]["differences"]);
}

/// The sample, with a default of the fresh rule files that 4.0.0 as released does not have.
fn flipped() -> Trees {
    let mut trees = Trees::sample();
    edit(&mut trees.home, TOML, |text| text.replace("offset = 10\n", ""));
    edit(&mut trees.fresh, DEFAULTS, |text| text.replace("\"server.offset\": \"10\"", "\"server.offset\": \"0\""));
    trees
}

#[test]
fn a_flipped_default_is_a_conflict_that_a_policy_can_accept() {
    let case = Case::of(&flipped());
    let ran = case.package(&[]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(ran.stderr.contains("MI0631") && ran.stderr.contains("`server.offset`"), "{}", ran.stderr);
    assert!(!case.bundle().exists());
    let plan = case.run("plan", None, &["--format", "json", "--write-policy", "draft.toml"]);
    assert!(says(&report_of(&plan), "MI0631", &["server.offset"]));
    assert_eq!(diff(&case, &[]).code, Some(3));

    let draft = fs::read_to_string(case.folder.path().join("draft.toml")).expect("a draft");
    let accepted = draft.replace("    # \"server.offset\",", "    \"server.offset\",");
    assert_ne!(draft, accepted, "{draft}");
    let ran = case.run("package", Some(&accepted), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let idle = case.run("plan", Some("[settings]\naccept_differences = [\"server.offset\", \"no.such\"]\n"), &[]);
    assert!(idle.stdout.contains("MI0801") && idle.stdout.contains("no.such"), "{}", idle.stdout);
}

#[test]
fn a_template_without_end_is_stopped() {
    let mut trees = Trees::sample();
    let template = "repository/resources/conf/templates/conf/synapse.properties.j2";
    let mut endless = "{{ server.hostname }}".to_owned();
    for depth in 0..12 {
        endless = format!("{{% for a{depth} in loop_of %}}{endless}{{% endfor %}}");
    }
    put(&mut trees.fresh, template, endless);
    edit(&mut trees.home, TOML, |text| format!("loop_of = [1, 2, 3, 4, 5, 6, 7, 8, 9]\n{text}"));
    let case = Case::of(&trees);
    let started = std::time::Instant::now();
    let ran = case.run("plan", Some("[settings.decide]\nloop_of = \"customised\"\n"), &["--format", "json"]);
    let report = report_of(&ran);
    assert!(says(&report, "MI0632", &[]) && report["effective"].is_null(), "{}", report["diagnostics"]);
    assert!(started.elapsed().as_secs() < 60);
}

#[test]
fn rendered_files_go_into_the_archive_when_asked() {
    let case = Case::of(&Trees::sample());
    assert_eq!(case.package(&[]).code, Some(0));
    assert!(!case.files().contains_key(METADATA));
    let ran = case.package(&["--render-conf"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let files = case.files();
    let recorded = String::from_utf8(files[METADATA].clone()).expect("UTF-8");
    let mut paths = 0;
    for (path, digest) in recorded.lines().filter_map(|line| line.split_once('=')) {
        assert_eq!(xtask::rendered::md5(&files[path]), digest, "{path}");
        paths += 1;
    }
    assert!(paths > 5 && recorded.contains(TOML));
    let carbon = String::from_utf8_lossy(&files["conf/carbon.xml"]).into_owned();
    assert!(carbon.contains("repository/resources/security/corp.jks"), "{carbon}");
    assert!(says(&case.report(), "MI0633", &["files are in the result"]));

    let mut trees = Trees::sample();
    edit(&mut trees.home, TOML, |text| text.replace("mi.sample.internal", "$env{HOST}"));
    let case = Case::of(&trees);
    assert_eq!(case.package(&["--render-conf"]).code, Some(0));
    let files = case.files();
    // The server has to render them again.
    assert!(files.contains_key("conf/carbon.xml") && !files.contains_key(METADATA));
}

#[test]
fn the_differences_of_the_real_homes_are_few_and_explained() {
    let Some(inputs) = real_inputs() else { return };
    for home in ["home", "home-updated"] {
        let mut command = Command::new(upgrade_tests::under_test());
        command.args(["settings", "diff", "--home"]).arg(inputs.join(home).join("wso2mi-1.2.0"));
        command.arg("--fresh").arg(inputs.join("wso2mi-4.0.0.zip"));
        let ran = run(command.arg("--pristine").arg(inputs.join("wso2mi-1.2.0.zip")));
        assert_eq!(ran.code, Some(0), "{home}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("0 of them unexplained"), "{}", ran.stdout);
        assert!(ran.stdout.lines().count() < 120, "{}", ran.stdout);
        let (_, edits) = ran.stdout.split_once("edited by hand").expect("hand edits");
        let edited = |line: &str| line.starts_with("    conf/") && !line.contains("conf/axis2/axis2.xml");
        assert!(edits.contains("conf/axis2/axis2.xml") && !edits.lines().any(edited), "{edits}");
    }
}
