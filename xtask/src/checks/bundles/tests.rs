use super::*;
use crate::checks::installed::LAUNCH_INI;
use crate::classes::Class;
use crate::examine::{Jar, Node};
use crate::facts::manifest::Manifest;
use crate::inventory::{Content, Kind};
use crate::path::EntryPath;

/// A distribution of a few bundles.
fn distribution() -> Examined {
    let mut examined = Examined::default();
    put(&mut examined, "wso2/components/plugins/org.eclipse.osgi_3.14.0.jar", false, FRAMEWORK);
    put(
        &mut examined,
        "wso2/components/plugins/httpcore_4.4.14.jar",
        false,
        "Bundle-SymbolicName: httpcore\nBundle-Version: 4.4.14\nExport-Package: org.apache.http;version=4.4.14\n",
    );
    put(
        &mut examined,
        "wso2/components/plugins/core_4.0.0.jar",
        false,
        "Bundle-SymbolicName: core;singleton:=true\nBundle-Version: 4.0.0\nExport-Package: org.core;version=4\n",
    );
    put(
        &mut examined,
        "wso2/components/plugins/other_1.0.0.jar",
        false,
        "Bundle-SymbolicName: other\nBundle-Version: 1.0.0\nImport-Package: org.core,javax.script\n",
    );
    put(
        &mut examined,
        "wso2/components/plugins/lame_1.0.0.jar",
        false,
        "Bundle-SymbolicName: lame\nBundle-Version: 1.0.0\nImport-Package: org.nowhere\n",
    );
    launch(&mut examined, false, &super::super::launch_ini::shipped().join(",\\\n"));
    examined
}

const FRAMEWORK: &str = "Bundle-SymbolicName: org.eclipse.osgi;singleton:=true\nBundle-Version: 3.14.0\n\
    Export-Package: org.osgi.framework;version=1.9\n";

fn put(examined: &mut Examined, path: &str, is_users: bool, manifest: &str) {
    let text = format!("Bundle-ManifestVersion: 2\n{manifest}");
    let manifest = Manifest::parse(text.as_bytes()).expect("a manifest");
    let jar = Jar { is_users, manifest, has_manifest: true, ..Jar::default() };
    examined.jars.insert(EntryPath::known(path), Ok(jar));
}

fn library(examined: &mut Examined, path: &str, classes: &[&str]) {
    let mut jar = Jar { is_users: true, ..Jar::default() };
    jar.classes.classes = classes.iter().map(|class| (Box::from(*class), Class::default())).collect();
    examined.jars.insert(EntryPath::known(path), Ok(jar));
}

fn node(examined: &mut Examined, path: &str, is_users: bool) {
    let node = Node { kind: Kind::File, size: 1, crc: None, content: Content::Nothing, is_users };
    examined.tree.nodes.insert(EntryPath::known(path), node);
}

fn launch(examined: &mut Examined, is_users: bool, packages: &str) {
    let text = format!("osgi.*=@null\norg.osgi.framework.system.packages={packages}\n");
    examined.texts.insert(EntryPath::known(LAUNCH_INI), text.into_bytes());
    node(examined, LAUNCH_INI, is_users);
}

/// Codes with messages, hints and details.
fn told(examined: &Examined) -> Vec<(u16, String)> {
    let told = |found: Diagnostic| {
        let more = found.details.join("; ");
        (found.code.0, format!("{} | {} | {more}", found.message, found.hint.unwrap_or_default()))
    };
    check(examined).into_iter().map(told).collect()
}

fn says(examined: &Examined, expected: &[(u16, &[&str])]) {
    let told = told(examined);
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for ((code, text), (expected, words)) in told.iter().zip(expected) {
        assert_eq!(code, expected, "{told:#?}");
        for word in *words {
            assert!(text.contains(word), "`{word}` is not in: {text}");
        }
    }
}

#[test]
fn a_distribution_alone_is_silent_whatever_it_lacks_itself() {
    says(&distribution(), &[]);
    says(&Examined::default(), &[]);
}

#[test]
fn bundles_that_do_not_resolve_are_told_once_with_their_dependents() {
    let mut examined = distribution();
    let client = "Bundle-SymbolicName: client\nBundle-Version: 1\nExport-Package: org.client\n\
        Import-Package: org.apache.http;version=\"[4.3,4.4)\"\n";
    put(&mut examined, "dropins/client.jar", true, client);
    put(
        &mut examined,
        "dropins/user.jar",
        true,
        "Bundle-SymbolicName: user\nBundle-Version: 1\nImport-Package: org.client",
    );
    put(&mut examined, "dropins/fine.jar", true, "Bundle-SymbolicName: fine\nBundle-Version: 1\nFragment-Host: core");
    put(&mut examined, "dropins/java.jar", true, "Bundle-SymbolicName: j\nBundle-Version: 1\nImport-Package: jdk.net");
    put(
        &mut examined,
        "dropins/openjpa.jar",
        true,
        "Bundle-SymbolicName: openjpa-all\nBundle-Version: 2\nImport-Package: javax.transaction.xa",
    );
    put(
        &mut examined,
        "dropins/windows.jar",
        true,
        "Bundle-SymbolicName: w\nBundle-Version: 1\nEclipse-PlatformFilter: (osgi.os=win32)",
    );
    let http = "the nearest is org.apache.http 4.4.14 of `wso2/components/plugins/httpcore_4.4.14.jar`";
    says(
        &examined,
        &[
            (
                1001,
                &[
                    "`client` 1.0.0",
                    "Import-Package: org.apache.http; version=\"[4.3,4.4)\"",
                    http,
                    "`dropins/user.jar` needs it",
                ],
            ),
            (1001, &["jdk.net", "conf/etc/launch.ini"]),
            (1002, &["openjpa-all", "message store"]),
        ],
    );
}

#[test]
fn wrappers_of_lib_offer_their_packages_without_versions() {
    let mut examined = distribution();
    library(&mut examined, "lib/acme-rates-1.0.jar", &["org/acme/Rates"]);
    // The wrapper of an earlier start, which the next one writes over.
    put(
        &mut examined,
        "dropins/acme_rates_1.0_1.0.0.jar",
        true,
        "Bundle-SymbolicName: acme_rates_1.0\nBundle-Version: 1.0.0",
    );
    let user = "Bundle-SymbolicName: user\nBundle-Version: 1\nImport-Package: org.acme;bundle-symbolic-name=\"acme_rates_1.0\"";
    put(&mut examined, "dropins/user.jar", true, user);
    library(&mut examined, "wso2/components/extensions/more-1.jar", &["org/more/Thing"]);
    put(
        &mut examined,
        "dropins/more.jar",
        true,
        "Bundle-SymbolicName: more\nBundle-Version: 1\nImport-Package: org.more",
    );
    says(&examined, &[]);
    put(
        &mut examined,
        "dropins/versioned.jar",
        true,
        "Bundle-SymbolicName: v\nBundle-Version: 1\nImport-Package: org.acme;version=1",
    );
    says(&examined, &[(1001, &["the nearest is org.acme 0.0.0 of `lib/acme-rates-1.0.jar`"])]);
    library(&mut examined, "lib/acme_rates-1.0.jar", &["org/acme/Rates"]);
    let twins = ["`lib/acme-rates-1.0.jar` and `lib/acme_rates-1.0.jar` become the same bundle"];
    assert!(told(&examined).iter().any(|(code, text)| *code == 307 && text.starts_with(twins[0])));
}

#[test]
fn bundles_with_the_name_of_another_are_told() {
    let mut examined = distribution();
    put(&mut examined, "dropins/http.jar", true, "Bundle-SymbolicName: httpcore\nBundle-Version: 4.3.3");
    put(&mut examined, "dropins/same.jar", true, "Bundle-SymbolicName: httpcore\nBundle-Version: 4.4.14");
    says(
        &examined,
        &[
            (1005, &["`dropins/same.jar`", "httpcore_4.4.14.jar"]),
            (1004, &["`dropins/http.jar`", "older than 4.4.14", "side by side"]),
        ],
    );
    let mut examined = distribution();
    put(&mut examined, "dropins/core.jar", true, "Bundle-SymbolicName: core;singleton:=true\nBundle-Version: 5");
    says(
        &examined,
        &[
            (1003, &["1 bundles of the platform", "other: Import-Package: org.core"]),
            (1004, &["newer than 4.0.0", "the other is not used"]),
        ],
    );
}

#[test]
fn jars_that_the_server_ignores_are_told() {
    let mut examined = distribution();
    put(&mut examined, "dropins/plain.jar", true, "Bundle-Version: 1\n");
    library(&mut examined, "dropins/bare.jar", &[]);
    put(&mut examined, "dropins/wrong.jar", true, "Bundle-SymbolicName: w\nBundle-Version: 1-SNAPSHOT\n");
    examined.jars.insert(EntryPath::known("dropins/torn.jar"), Err("is no zip archive".to_owned()));
    node(&mut examined, "lib/more/driver.jar", true);
    node(&mut examined, "lib/driver.jar", true);
    says(
        &examined,
        &[
            (1006, &["`dropins/bare.jar` has no manifest", "Invalid Bundle"]),
            (1006, &["`dropins/plain.jar` has no Bundle-SymbolicName", "Required Bundle manifest headers"]),
            (309, &["`dropins/torn.jar` cannot be read as a jar: is no zip archive"]),
            (1008, &["`dropins/wrong.jar` is not installed: its manifest has `1-SNAPSHOT` for a version"]),
            (1007, &["1 jars", "lib/more/driver.jar"]),
        ],
    );
}

#[test]
fn a_launch_file_that_lacks_packages_is_told_with_what_breaks() {
    let mut examined = distribution();
    let packages = super::super::launch_ini::shipped();
    let less: Vec<_> = packages.iter().filter(|package| **package != "javax.script").copied().collect();
    launch(&mut examined, true, &format!("jdk.net,{}", less.join(",")));
    says(&examined, &[(1009, &["lacks 1 packages", "javax.script", "`other` no longer resolves"])]);
    launch(&mut examined, true, &format!("jdk.net,{}", packages.join(",")));
    says(&examined, &[]);
}

#[test]
fn a_bundle_that_exports_what_many_bundles_export_is_told() {
    let mut examined = distribution();
    for at in 0..4 {
        let exports = (0..3).map(|package| format!("org.p{at}.q{package}")).collect::<Vec<_>>().join(",");
        let manifest = format!("Bundle-SymbolicName: p{at}\nBundle-Version: 1\nExport-Package: {exports}\n");
        put(&mut examined, &format!("wso2/components/plugins/p{at}.jar"), false, &manifest);
    }
    let exports =
        |count: usize| (0..count).map(|at| format!("org.p{}.q{}", at % 4, at / 4)).collect::<Vec<_>>().join(",");
    let all = |count| format!("Bundle-SymbolicName: all\nBundle-Version: 1\nExport-Package: {}\n", exports(count));
    put(&mut examined, "dropins/all.jar", true, &all(9));
    says(&examined, &[]);
    put(&mut examined, "dropins/all.jar", true, &all(12));
    says(&examined, &[(1010, &["exports 12 packages"])]);
}
