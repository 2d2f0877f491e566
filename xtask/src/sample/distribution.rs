//! Both distributions in miniature, and the HL7 pack.
//!
//! In: a release. Out: its tree. Always: laid out as the product's `distribution/src/assembly/bin.xml` lays it out
//! (MI v1.2.0 and v4.0.0); the two differ where the real ones do: versions, the meaning of a keystore's name, the
//! template of log masking, the schema of user stores.

mod texts;

use super::jar::{bundle, jar, plain_jar};
use super::keystore::{Entry, SERVER, keystore};
use super::tree::{Tree, put, put_folder, put_with_mode};
pub(super) use texts::{STOCK, Settings, rendered, stock};

/// What differs between the releases.
pub(super) struct Release {
    version: &'static str,
    kernel: &'static str,
    config_mapper: &'static str,
    bundles: [(&'static str, &'static str); 10],
    /// The classes of its synapse-core below `org/apache/synapse`: what an API is made of moved.
    synapse: &'static [&'static str],
    client_addressing: &'static str,
    server_addressing: &'static str,
    /// Whether the name of a keystore is a path below the home, as in 4.0.0.
    keystores_by_path: bool,
}

/// 1.2.0 of July 2020.
pub(super) const PRISTINE: Release = Release {
    version: "1.2.0",
    kernel: "4.5.3",
    config_mapper: "1.0.12",
    bundles: [
        ("axis2", "1.6.1.wso2v54"),
        ("axis2-transport-xmpp", "2.0.0.wso2v55"),
        ("hapi", "2.1.0.wso2v1"),
        ("httpcore", "4.3.3.wso2v1"),
        ("org.eclipse.osgi", "3.14.0.v20190517-1309"),
        ("org.wso2.micro.integrator.core", "1.2.0"),
        ("org.wso2.micro.integrator.registry", "1.2.0"),
        ("org.wso2.micro.integrator.security", "1.2.0"),
        ("org.yaml.snakeyaml", "1.25.0"),
        ("synapse-core", "2.1.7.wso2v182"),
    ],
    synapse: &["Mediator", "rest/API", "rest/Handler"],
    client_addressing: "1.6.1-wso2v40",
    server_addressing: "1.6.1-wso2v54",
    keystores_by_path: false,
};

/// 4.0.0 of April 2021.
pub(super) const FRESH: Release = Release {
    version: "4.0.0",
    kernel: "4.6.2",
    config_mapper: "1.0.18",
    bundles: [
        ("axis2", "1.6.1.wso2v63"),
        ("axis2-transport-xmpp", "2.0.0.wso2v61"),
        ("hapi", "2.1.0.wso2v1"),
        ("httpcore", "4.4.14.wso2v1"),
        ("org.eclipse.osgi", "3.14.0.v20190517-1309"),
        ("org.wso2.micro.integrator.core", "4.0.0"),
        ("org.wso2.micro.integrator.registry", "4.0.0"),
        ("org.wso2.micro.integrator.security", "4.0.0"),
        ("org.yaml.snakeyaml", "1.27.0"),
        ("synapse-core", "2.1.7.wso2v227"),
    ],
    synapse: &["Mediator", "api/API", "rest/Handler"],
    client_addressing: "1.6.1-wso2v63",
    server_addressing: "1.6.1-wso2v63",
    keystores_by_path: true,
};

/// Where the server keeps the list of its bundles.
pub(super) const BUNDLES_INFO: &str = "wso2/components/micro-integrator-default/configuration/\
     org.eclipse.equinox.simpleconfigurator/bundles.info";

const SECURITY: &str = "repository/resources/security";

/// The tree of a distribution.
pub(super) fn distribution(release: &Release) -> Tree {
    let mut tree = Tree::new();
    top_and_scripts(&mut tree, release);
    configuration(&mut tree, release);
    deployment(&mut tree, release);
    runtime(&mut tree, release);
    tree
}

fn top_and_scripts(tree: &mut Tree, release: &Release) {
    let Release { version, kernel, .. } = release;
    put(tree, "README.txt", format!("Sample of a Micro Integrator {version}.\n"));
    put(tree, "LICENSE.txt", "Sample text in place of the licences of the parts.\n");
    put(tree, "release-notes.html", format!("<html><body>Sample {version}</body></html>\n"));
    put(tree, "bin/version.txt", format!("WSO2 Micro Integrator v{version}\n"));
    put(tree, "bin/wso2carbon-version.txt", format!("WSO2 Carbon Framework v{kernel}\n"));
    put_with_mode(tree, "bin/micro-integrator.sh", 0o755, texts::START_SCRIPT);
    put_with_mode(tree, "bin/ciphertool.sh", 0o755, "#!/bin/sh\necho 'sample: there is no cipher tool in it'\n");
    let bootstrap = plain_jar("org/wso2/micro/integrator/bootstrap/Bootstrap");
    put(tree, &format!("bin/org.wso2.micro.integrator.bootstrap-{version}.jar"), bootstrap);
    put(tree, "bin/yajsw/wrapper.conf", texts::wrapper_conf(version));
    put(tree, "updates/product.txt", format!("wso2mi-{version}"));
    put(tree, "dockerfiles/Dockerfile", "FROM example.invalid/micro-integrator\n");
    put(tree, "dbscripts/mysql/mysql_user.sql", texts::user_sql(release.keystores_by_path));
    put(tree, "dbscripts/db2/db2_user.sql", texts::user_sql(false));
    put(tree, "tmp/README", "Sample: the server's own place for what does not last.\n");
    for folder in ["dropins", "lib", "patches", "repository/logs", "repository/tenants", "dockerfiles/files/carbonapps"]
    {
        put_folder(tree, folder);
    }
}

fn configuration(tree: &mut Tree, release: &Release) {
    let by_path = release.keystores_by_path;
    for (path, text) in texts::rule_files(by_path) {
        put(tree, &format!("repository/resources/conf/{path}"), text);
    }
    for (path, text) in texts::templates(by_path) {
        put(tree, &format!("repository/resources/conf/templates/{path}.j2"), text);
    }
    for (path, text) in rendered(by_path, &stock(by_path)) {
        put(tree, path, text);
    }
    put(tree, "conf/deployment.toml", texts::deployment_toml(by_path));
    put(tree, "conf/log4j2.properties", texts::LOG4J2);
    put(tree, "conf/etc/launch.ini", texts::launch_ini());
    put(tree, "conf/file.properties", "# Sample: places of files that data services read.\n");
    put(tree, "conf/security/secret-conf.properties", texts::SECRET_CONF);
    put(tree, "conf/wso2-log-masking.properties", "# Sample: name=expression, one a line.\n");
    if by_path {
        put(tree, "conf/sec.policy", "// Sample: what code may do.\n");
    }
    let trusted = keystore(STOCK, &[Entry::Trusted("wso2carbon", &SERVER)]);
    put(tree, &format!("{SECURITY}/wso2carbon.jks"), keystore(STOCK, &[Entry::Key("wso2carbon", &SERVER)]));
    put(tree, &format!("{SECURITY}/client-truststore.jks"), trusted);
    put_with_mode(tree, &format!("{SECURITY}/publickey.pem"), 0o444, "sample, no key\n");
    put_folder(tree, &format!("{SECURITY}/tokenstore"));
}

fn deployment(tree: &mut Tree, release: &Release) {
    let Release { version, client_addressing, server_addressing, .. } = release;
    let (server, client) = ("repository/deployment/server", "repository/deployment/client");
    for (folder, module, version) in [
        (format!("{client}/modules"), "addressing", client_addressing),
        (format!("{server}/axis2modules"), "addressing", server_addressing),
        (format!("{server}/axis2modules"), "rampart", &"1.6.1-wso2v39"),
        (format!("{server}/axis2modules"), "utsecurity", version),
    ] {
        let xml = format!("<module name=\"{module}\"/>\n");
        let bytes = jar(&[("Implementation-Version", version)], &[("META-INF/module.xml", xml.as_bytes())]);
        put(tree, &format!("{folder}/{module}-{version}.mar"), bytes);
    }
    put(tree, &format!("{server}/axis2modules/modules.list"), "addressing-1.41");
    put(tree, &format!("{server}/axis2services/services.list"), "version-1.41.aar");
    let synapse = format!("{server}/synapse-configs/default");
    for (path, text) in texts::SYNAPSE {
        put(tree, &format!("{synapse}/{path}"), *text);
    }
    for folder in ["carbonapps", "synapse-configs/default/proxy-services", "synapse-configs/default/local-entries"] {
        put_folder(tree, &format!("{server}/{folder}"));
    }
    put(tree, "repository/database/WSO2CARBON_DB.mv.db", "sample, no database\n");
}

/// The classes that a bundle of the sample has to show, whose packages it exports.
fn classes_of(symbolic_name: &str, release: &Release) -> Vec<String> {
    let (package, names): (&str, &[&str]) = match symbolic_name {
        "axis2" => ("org/apache/axis2/engine", &["Sample"]),
        "axis2-transport-xmpp" => ("org/apache/axis2/transport/xmpp", &["Sample"]),
        "hapi" => ("ca/uhn/hl7v2", &["Sample"]),
        "httpcore" => ("org/apache/http", &["HttpEntity"]),
        "org.eclipse.osgi" => ("org/osgi/framework", &["Sample"]),
        "org.wso2.micro.integrator.core" => ("org/wso2/micro/integrator/core", &["Sample"]),
        "org.wso2.micro.integrator.registry" => ("org/wso2/micro/integrator/registry", &["MicroIntegratorRegistry"]),
        "org.wso2.micro.integrator.security" => (
            "org/wso2/micro/integrator/security/user/core",
            &["file/FileBasedUserStoreManager", "jdbc/JDBCUserStoreManager"],
        ),
        "org.yaml.snakeyaml" => ("org/yaml/snakeyaml", &["Sample"]),
        "synapse-core" => ("org/apache/synapse", release.synapse),
        other => (other, &["Sample"]),
    };
    names.iter().map(|name| format!("{package}/{name}")).collect()
}

fn runtime(tree: &mut Tree, release: &Release) {
    let mut info = vec!["#encoding=UTF-8\n#version=1\n".to_owned()];
    for (name, version) in release.bundles {
        let classes = classes_of(name, release);
        let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
        put(tree, &format!("wso2/components/plugins/{name}_{version}.jar"), bundle(name, version, &classes, &[]));
        info.push(format!("{name},{version},../plugins/{name}_{version}.jar,4,true\n"));
    }
    put(tree, BUNDLES_INFO, info.concat());
    let Release { version, config_mapper, .. } = release;
    let server = plain_jar("org/wso2/micro/integrator/server/Main");
    put(tree, &format!("wso2/lib/org.wso2.micro.integrator.server-{version}.jar"), server);
    let mapper = plain_jar("org/wso2/config/mapper/ConfigParser");
    put(tree, &format!("wso2/lib/config-mapper-{config_mapper}.jar"), mapper);
}

/// Symbolic name of the HL7 transport, and its package with slashes.
pub(super) const HL7: (&str, &str) =
    ("org.wso2.micro.integrator.business.messaging.hl7", "org/wso2/micro/integrator/business/messaging/hl7");

/// The two jars of the HL7 pack of a release.
///
/// Source: MI v4.0.0, features/wso2mi-hl7/src/assembly/hl7-package.xml.
pub(super) fn hl7_pack(version: &str) -> Tree {
    let (name, package) = HL7;
    let classes: Vec<_> = [
        "message/HL7MessageBuilder",
        "message/HL7MessageFormatter",
        "transport/HL7TransportListener",
        "transport/HL7TransportSender",
    ]
    .iter()
    .map(|class| format!("{package}/{class}"))
    .collect();
    let classes: Vec<_> = classes.iter().map(String::as_str).collect();
    let mut tree = Tree::new();
    let more = [("DynamicImport-Package", "*")];
    put(&mut tree, &format!("{name}-{version}.jar"), bundle(name, version, &classes, &more));
    let openjpa = bundle("openjpa-all", "2.2.2.wso2v2", &["org/apache/openjpa/lib/Sample"], &more);
    put(&mut tree, "openjpa-all-2.2.2.wso2v2.jar", openjpa);
    tree
}
