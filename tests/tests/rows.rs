//! Rows of "what happens to each file" that the sample does not show, one changed home each.

use upgrade_tests::{Line, NAME, TOP, Trees, actions, bytes_of, program, report_of, run, says, unzipped};
use xtask::sample::{bundle, edit, jar, plain_jar, put, put_with_mode, wrapper};

/// Where a path must end: its disposition, and the code of what is said of it with words that must stand there.
type Ends<'a> = (&'a str, &'a str, Option<(&'a str, &'a [&'a str])>);

struct Row<'a> {
    what: &'a str,
    change: &'a dyn Fn(&mut Trees),
    ends: &'a [Ends<'a>],
}

fn module(name: &str) -> Vec<u8> {
    jar(&[], &[("META-INF/module.xml", format!("<module name=\"{name}\"/>").as_bytes())])
}

fn check(rows: &[Row<'_>]) {
    let mut wrong = Vec::new();
    for Row { what, change, ends } in rows {
        let mut trees = Trees::sample();
        change(&mut trees);
        let folder = tempfile::tempdir().expect("a folder");
        let given = trees.write(folder.path());
        let ran = run(program!("plan", "--format", "json").args(given.arguments()));
        assert!(matches!(ran.code, Some(0 | 3)), "{what}: {}", ran.stderr);
        let report = report_of(&ran);
        let lines = actions(&report);
        for (path, disposition, said) in *ends {
            let found = lines.get(&("home".to_owned(), (*path).to_owned())).cloned();
            let Line { disposition: found, reason, .. } =
                found.unwrap_or_else(|| panic!("{what}: {path} has no action"));
            if found != *disposition {
                wrong.push(format!("{what}: {path} is {found} ({reason}), not {disposition}"));
            }
            if let Some((code, words)) = said
                && !says(&report, code, words)
            {
                wrong.push(format!("{what}: no {code} that says {words:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const SERVER: &str = "repository/deployment/server";

#[test]
fn modules_and_jars() {
    let modules = format!("{SERVER}/axis2modules");
    let newer = format!("{modules}/addressing-1.7.0.mar");
    let (rampart, list) = (format!("{modules}/rampart-1.6.1-wso2v39.mar"), format!("{modules}/modules.list"));
    let (wrapped_hapi, hapi_wrapper) = wrapper("hapi-own-1.0.jar", &plain_jar("ca/uhn/hl7v2/Own"), &["ca.uhn.hl7v2"]);
    let wrapped_hapi = format!("dropins/{wrapped_hapi}");
    check(&[
        Row {
            what: "an axis2 module in another version than fresh ships",
            change: &|trees| put(&mut trees.home, &newer, module("addressing")),
            ends: &[(&newer, "left out", Some(("MI0401", &["addressing-1.7.0.mar", "wso2v63"])))],
        },
        Row {
            what: "a changed module that both releases ship",
            change: &|trees| put(&mut trees.home, &rampart, module("rampart")),
            ends: &[(&rampart, "carried", None)],
        },
        Row {
            what: "a changed list of modules",
            change: &|trees| put(&mut trees.home, &list, "corpaudit-1.0.mar"),
            ends: &[(&list, "carried", None)],
        },
        Row {
            what: "a wrapper of a hapi jar whose lib jar is gone",
            change: &|trees| put(&mut trees.home, &wrapped_hapi, hapi_wrapper.clone()),
            ends: &[(&wrapped_hapi, "left out", Some(("MI0302", &["hapi_own"])))],
        },
        Row {
            what: "an ignored jar whose packages a lib jar holds",
            change: &|trees| put(&mut trees.home, "dropins/codec-copy.jar", plain_jar("com/acme/codec/Codec")),
            ends: &[(
                "dropins/codec-copy.jar",
                "left out",
                Some(("MI0305", &["dropins/codec-copy.jar", "lib/acme-codec-1.0.jar"])),
            )],
        },
        Row {
            what: "an ignored jar without a version",
            change: &|trees| {
                let bytes =
                    jar(&[("Bundle-ManifestVersion", "2"), ("Bundle-SymbolicName", "x.y")], &[("x/y/Z.class", b"z")]);
                put(&mut trees.home, "dropins/no-version.jar", bytes);
            },
            ends: &[("dropins/no-version.jar", "moved", Some(("MI0304", &["no-version.jar", "Bundle-Version"])))],
        },
        Row {
            what: "a bundle of the platform in dropins, with directives after its name",
            change: &|trees| {
                let headers = [("Bundle-SymbolicName", "axis2;singleton:=true"), ("Bundle-Version", "1.6.1.wso2v54")];
                put(&mut trees.home, "dropins/renamed.jar", jar(&headers, &[("a/B.class", b"x")]));
            },
            ends: &[("dropins/renamed.jar", "left out", Some(("MI0301", &["dropins/renamed.jar", "axis2"])))],
        },
        Row {
            what: "a damaged jar of lib",
            change: &|trees| put(&mut trees.home, "lib/broken.jar", "PK no jar"),
            ends: &[("lib/broken.jar", "carried", Some(("MI0309", &["lib/broken.jar"])))],
        },
        Row {
            what: "two jars of lib that become one bundle",
            change: &|trees| put(&mut trees.home, "lib/acme_codec-1.0.jar", plain_jar("com/other/A")),
            ends: &[(
                "lib/acme_codec-1.0.jar",
                "carried",
                Some(("MI0307", &["acme_codec-1.0.jar", "acme-codec-1.0.jar"])),
            )],
        },
        Row {
            what: "a user's bundle of another name",
            change: &|trees| {
                put(
                    &mut trees.home,
                    "dropins/own.jar",
                    bundle("com.example.own", "1.0.0", &["com/example/own/A"], &[]),
                );
            },
            ends: &[("dropins/own.jar", "carried", None)],
        },
    ]);
}

#[test]
fn keys_and_the_secure_vault() {
    let security = "repository/resources/security";
    let names = [
        "a.jks",
        "a.p12",
        "a.pfx",
        "a.pem",
        "a.cer",
        "a.crt",
        "a.key",
        "a.bks",
        "a.jceks",
        "sub/a.der",
        "no-extension",
    ];
    let paths: Vec<String> = names.iter().map(|name| format!("{security}/{name}")).collect();
    let ends: Vec<Ends<'_>> = paths.iter().map(|path| (path.as_str(), "carried", None)).collect();
    let (shipped, vault) = (format!("{security}/wso2carbon.jks"), "conf/security/secret-conf.properties");
    let place = |from: &'static str, to: &'static str| {
        move |trees: &mut Trees| {
            edit(&mut trees.home, "conf/security/secret-conf.properties", |text| text.replace(from, to));
        }
    };
    let elsewhere = place("/opt/wso2mi-1.2.0/repository/resources/security/wso2carbon.jks", "/etc/keys/company.jks");
    let missing = place("security/wso2carbon.jks", "security/gone.jks");
    check(&[
        Row {
            what: "keys of every kind",
            change: &|trees| paths.iter().for_each(|path| put_with_mode(&mut trees.home, path, 0o440, "x")),
            ends: &ends,
        },
        Row {
            what: "a changed stock keystore",
            change: &|trees| put_with_mode(&mut trees.home, &shipped, 0o400, "mine"),
            ends: &[(&shipped, "carried", None)],
        },
        Row {
            what: "a vault with its keystore elsewhere",
            change: &elsewhere,
            ends: &[(vault, "rewritten", Some(("MI0503", &["/etc/keys/company.jks"])))],
        },
        Row {
            what: "a vault without its keystore",
            change: &missing,
            ends: &[(vault, "rewritten", Some(("MI0504", &["gone.jks"])))],
        },
        Row {
            what: "a vault that was never configured",
            change: &|trees| {
                let stock = trees.pristine.as_ref().expect("one")[vault].clone();
                trees.home.insert(vault.to_owned(), stock);
            },
            ends: &[(vault, "follows fresh", None)],
        },
        Row {
            what: "a password for one start",
            change: &|trees| put(&mut trees.home, "password-tmp", "x"),
            ends: &[("password-tmp", "left out", Some(("MI0501", &["password-tmp"])))],
        },
    ]);
}

#[test]
fn registry_and_databases() {
    let orders = "registry/governance/xslt/orders.xslt";
    let companions =
        ["registry/governance/xslt/orders.xslt.properties", "registry/governance/xslt/.metadata/orders.xslt.meta"];
    let database = "repository/database/ORDERS_DB.mv.db";
    check(&[
        Row {
            what: "a resource that differs from the one in a carbon application, and its companions",
            change: &|trees| {
                put(&mut trees.home, orders, "changed on the server\n");
                for path in companions {
                    put(&mut trees.home, path, "a=b\n");
                }
            },
            ends: &[
                (orders, "left out", Some(("MI0402", &[orders, "OrdersComposite_1.0.0.car"]))),
                (companions[0], "left out", None),
                (companions[1], "left out", None),
            ],
        },
        Row {
            what: "a resource beside it",
            change: &|trees| put(&mut trees.home, "registry/governance/xslt/other.xslt", "x"),
            ends: &[("registry/governance/xslt/other.xslt", "carried", None)],
        },
        Row {
            what: "a database that nothing points to",
            change: &|trees| put(&mut trees.home, database, "x"),
            ends: &[(database, "left out", Some(("MI0209", &[database])))],
        },
        Row {
            what: "a database that a data source points to",
            change: &|trees| {
                put(&mut trees.home, database, "x");
                edit(&mut trees.home, "conf/deployment.toml", |text| {
                    format!(
                        "{text}\n[[datasource]]\nid = \"ORDERS\"\nurl = \"jdbc:h2:./repository/database/ORDERS_DB;DB_CLOSE_ON_EXIT=FALSE\"\n"
                    )
                });
            },
            ends: &[(database, "carried", None)],
        },
    ]);
}

#[test]
fn configuration_and_the_rest() {
    let template = "repository/resources/conf/templates/conf/carbon.xml.j2";
    let same = "repository/resources/conf/templates/conf/axis2/axis2.xml.j2";
    check(&[
        Row {
            what: "a hand edit that a setting can say",
            change: &|trees| edit(&mut trees.home, "conf/synapse.properties", |text| text.replace("90000", "60000")),
            ends: &[(
                "conf/synapse.properties",
                "left out",
                Some(("MI0204", &["conf/synapse.properties", "in deployment.toml", "60000"])),
            )],
        },
        Row {
            what: "a changed template that 4.0.0 ships as 1.2.0 did",
            change: &|trees| {
                edit(&mut trees.home, same, |text| text.replace("<messageBuilders>", "<!-- mine --><messageBuilders>"));
            },
            ends: &[(same, "carried", Some(("MI0203", &[same])))],
        },
        Row {
            what: "a changed template that 4.0.0 changed elsewhere",
            change: &|trees| {
                edit(&mut trees.home, template, |text| {
                    text.replace(
                        "</Server>",
                        "    <!-- mine -->
</Server>",
                    )
                });
            },
            ends: &[(template, "merged", Some(("MI0203", &[template])))],
        },
        Row {
            what: "a changed template that 4.0.0 changed in the same lines",
            change: &|trees| edit(&mut trees.home, template, |text| text.replace("<Version>1.2.0", "<Version>mine")),
            ends: &[(template, "undecided", Some(("MI0202", &[template, "[decide]"])))],
        },
        Row {
            what: "changes in reference material",
            change: &|trees| {
                for path in
                    ["dbscripts/mysql/mysql_user.sql", "dockerfiles/Dockerfile", "README.txt", "release-notes.html"]
                {
                    put(&mut trees.home, path, "mine\n");
                }
            },
            ends: &[
                ("dbscripts/mysql/mysql_user.sql", "left out", Some(("MI0206", &["dbscripts/mysql/mysql_user.sql"]))),
                ("dockerfiles/Dockerfile", "left out", Some(("MI0206", &["dockerfiles/Dockerfile"]))),
                ("README.txt", "left out", Some(("MI0206", &["README.txt"]))),
                ("release-notes.html", "left out", Some(("MI0206", &["release-notes.html"]))),
            ],
        },
    ]);
}

#[test]
fn what_nobody_knows_and_what_nobody_wants() {
    check(&[
        Row {
            what: "things that nobody knows",
            change: &|trees| {
                for path in [
                    "repository/tenants/1/x.txt",
                    "repository/resources/own/y.xml",
                    "agent/jmx.jar",
                    "Makefile",
                    "dropins/readme.txt",
                ] {
                    put(&mut trees.home, path, "mine\n");
                }
            },
            ends: &[
                ("repository/tenants/1/x.txt", "carried", Some(("MI0207", &["repository/tenants/1/x.txt"]))),
                ("repository/resources/own/y.xml", "carried", Some(("MI0207", &["repository/resources/own/y.xml"]))),
                ("agent/jmx.jar", "carried", Some(("MI0207", &["agent/jmx.jar"]))),
                ("Makefile", "carried", Some(("MI0207", &["Makefile"]))),
                ("dropins/readme.txt", "carried", None),
            ],
        },
        Row {
            what: "leftovers",
            change: &|trees| {
                for path in [
                    "java_pid123.hprof",
                    "hs_err_pid7.log",
                    "repository/database/X.lck",
                    "conf/Thumbs.db",
                    "conf/log4j2.properties.bak",
                    "__MACOSX/x",
                    "mi.pid",
                ] {
                    put(&mut trees.home, path, "x");
                }
            },
            ends: &[
                ("java_pid123.hprof", "left out", None),
                ("hs_err_pid7.log", "left out", None),
                ("repository/database/X.lck", "left out", None),
                ("conf/Thumbs.db", "left out", None),
                ("conf/log4j2.properties.bak", "left out", None),
                ("__MACOSX", "left out", None),
                ("mi.pid", "left out", None),
            ],
        },
        Row {
            what: "a jar added to bin",
            change: &|trees| put(&mut trees.home, "bin/agent.jar", plain_jar("a/B")),
            ends: &[("bin/agent.jar", "carried", Some(("MI0208", &["bin/agent.jar"])))],
        },
    ]);
}

/// Names of keystores become places, once.
#[test]
fn keystore_places_in_the_settings() {
    for (given, expected) in [
        ("corp.jks", "repository/resources/security/corp.jks"),
        ("repository/resources/security/corp.jks", "repository/resources/security/corp.jks"),
        ("/etc/keys/corp.jks", "/etc/keys/corp.jks"),
    ] {
        let mut trees = Trees::sample();
        edit(&mut trees.home, "conf/deployment.toml", |text| text.replace("\"corp.jks\"", &format!("\"{given}\"")));
        let before = String::from_utf8(bytes_of(&trees.home, "conf/deployment.toml").to_vec()).expect("a text");
        let folder = tempfile::tempdir().expect("a folder");
        let paths = trees.write(folder.path());
        let ran = run(program!("package", "--out", folder.path().join("out")).args(paths.arguments()));
        assert_eq!(ran.code, Some(0), "{given}: {}", ran.stderr);
        let files = unzipped(&folder.path().join("out").join(NAME).join(format!("{NAME}.zip")));
        let text = String::from_utf8(files[&format!("{TOP}conf/deployment.toml")].clone()).expect("a text");
        assert!(text.contains(&format!("file_name = \"{expected}\"")), "{given}: {text}");
        // Everything else of the file stays, in its order, some of it as a comment.
        let others = before.lines().filter(|line| !line.contains(".jks"));
        let mut rest = text.lines().map(|line| line.strip_prefix("# ").unwrap_or(line));
        for line in others.map(|line| line.strip_prefix("# ").unwrap_or(line)) {
            assert!(rest.any(|kept| kept == line), "{given}: `{line}` is gone, or elsewhere: {text}");
        }
    }
}
