//! The home's configuration: deployment.toml, what the server rendered from it, and edits beside it.
//!
//! In: the pristine tree. Out: the same with the user's settings. Always: the digests in `.metadata` are those of the
//! rendered files before the hand edit.

use crate::sample::distribution::{Settings, rendered, stock};
use crate::sample::tree::{Node, Tree, edit, put};
use md5::{Digest as _, Md5};

/// deployment.toml up to its last table, of which each secret is a line.
const DEPLOYMENT: &str = "# Settings of the orders platform. Ask ops before you change a port.

[server]
hostname = \"mi.sample.internal\"
offset = 10
hot_deployment = true   # the pipeline copies carbon applications into the running server

# The keystore of the gateway team. (Nothing reads this table; nobody noticed.)
[keystore.tls]
file_name = \"gateway.jks\"
password = \"sample-only\"
alias = \"gateway\"
key_password = \"sample-only\"

[keystore.primary]
file_name = \"corp.jks\"
password = \"$secret{keystore_password}\"
alias = \"corp\"
key_password = \"$secret{keystore_password}\"

[truststore]
file_name = \"partner-truststore.jks\"
password = \"sample-only\"
alias = \"symmetric.key.value\"
algorithm = \"AES\"

# Users come from the database of the company.
[user_store]
class = \"org.wso2.micro.integrator.security.user.core.jdbc.JDBCUserStoreManager\"
type = \"database\"

[realm_manager]
data_source = \"WSO2CarbonDB\"

[[datasource]]
id = \"WSO2CarbonDB\"
url = \"jdbc:mysql://db.sample.internal:3306/mi_users\"
username = \"mi\"
password = \"$secret{db_password}\"
driver = \"com.mysql.jdbc.Driver\"
pool_options.maxActive = 50

# The archive has a password that everybody knows.
[[datasource]]
id = \"Archive\"
url = \"jdbc:mysql://db.sample.internal:3306/archive\"
username = \"reader\"
password = \"sample-only\"
driver = \"com.mysql.jdbc.Driver\"

[[custom_transport.listener]]
class = \"org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportListener\"
protocol = \"hl7\"
parameter.'transport.hl7.TimeOut' = 10000

[[custom_transport.sender]]
class = \"org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportSender\"
protocol = \"hl7\"

[[synapse_handlers]]
enabled = true
class = \"com.example.handlers.CorrelationHandler\"
name = \"CorrelationHandler\"

[mediation]
synapse.global_timeout_interval = \"90000\"
synapse.global_timeout_intervall = \"120000\"   # to be removed?
inbound.port_offset_enable = true   # tried out, did nothing

[secrets]
";

/// The password of the sample's keystores, encrypted twice for the server's key: RSA with OAEP and SHA-1, as the cipher
/// tool does it.
const CIPHERTEXTS: [(&str, &str); 2] = [
    (
        "keystore_password",
        "uRV09jKVY7LXPj6Lm3M4/IY72JkpFNEoQ+49GZbqAV2gh6Pc01DX/ioXNNYNePpsneEAIPXMZD6KcRU9u2wwUNimRyIH8mff\
         2C796bffujE3rZ+VR4VSZMwh0GDFZp+tsB7GydprEqgwRsxywazLmyzf1kpGF6OJEdwDNzX/O1SWnYvdDUQp7rxVm/d+90QO\
         Ta16p6bNU+78GBZ7BQKDtVc/AmzJ1DLTikJ7UcAl7y7qnPAiCE2dcPFYs7zd2Z8H6ed5CMKnzxcPjXDppwo61jKFoBad3gP/\
         IMLr4C2fLWvVWGuIwwUAuFjLtlc9xxXbEpHQbvMwZZBb7xAO7uZm+Q==",
    ),
    (
        "db_password",
        "eUehLMObTz3wfgyObgjKFd4N+rrKK9b165lp+UAwa4u1w6czDgem8x1OF8u4h4Kav9mo9w8BnN/WZ6CkfXgHmbG9gg3lDLYt\
         Vr6Qcl/D/SyI17yeJx6cXUXk0n3tz3HpA1q+VmagIJdX2yilPccUQhrabQURcDsMaszBzb8hLRjgWrFi6usfrYMRYI4pvIh1\
         shdAwBTOhY1qO1lnT3JqI0mFHtoPhjVMWu3e9SnrC6TbmwjcCkr1nGU71z7iWvKzoOwEM66erWmmf67hVQY18KOpPIWw6nEQ\
         CxuQD6FCcy8Ruc0r2Kp+ndJrGuPbffGSgnIoYsgjLL4W/Fm9wr2x6Q==",
    ),
];

/// What the loops of the templates render with these.
const LOOPS: [(&str, &str); 4] = [
    (
        "LISTENERS",
        "    <transportReceiver name=\"hl7\" \
         class=\"org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportListener\">
        <parameter name=\"transport.hl7.TimeOut\">10000</parameter>
    </transportReceiver>
",
    ),
    (
        "SENDERS",
        "    <transportSender name=\"hl7\" \
         class=\"org.wso2.micro.integrator.business.messaging.hl7.transport.HL7TransportSender\"/>
",
    ),
    (
        "SOURCES",
        "    <datasource>
        <name>WSO2CarbonDB</name>
        <url>jdbc:mysql://db.sample.internal:3306/mi_users</url>
        <username>mi</username>
        <password>$secret{db_password}</password>
        <driverClassName>com.mysql.jdbc.Driver</driverClassName>
        <maxActive>50</maxActive>
    </datasource>
    <datasource>
        <name>Archive</name>
        <url>jdbc:mysql://db.sample.internal:3306/archive</url>
        <username>reader</username>
        <password>sample-only</password>
        <driverClassName>com.mysql.jdbc.Driver</driverClassName>
    </datasource>
",
    ),
    (
        "HANDLERS",
        "    <handler name=\"CorrelationHandler\" class=\"com.example.handlers.CorrelationHandler\"/>
",
    ),
];

/// The first line of each file that the server records its rendering in.
const WRITTEN: &str = "#Tue Jan 12 08:00:01 UTC 2021\n";

fn deployment() -> String {
    CIPHERTEXTS.iter().fold(DEPLOYMENT.to_owned(), |text, (name, value)| text + name + " = \"" + value + "\"\n")
}

/// Puts the user's settings and what follows from them.
pub(super) fn change(tree: &mut Tree) {
    put(tree, "conf/deployment.toml", deployment());
    render(tree);
    edit(tree, "conf/axis2/axis2.xml", |text| {
        let builder = "        <messageBuilder contentType=\"application/vnd.sample+xml\" \
                       class=\"org.apache.axis2.builder.ApplicationXMLBuilder\"/>\n";
        text.replace("    </messageBuilders>", &format!("{builder}    </messageBuilders>"))
    });
    edit(tree, "conf/log4j2.properties", |text| {
        format!("{text}\n# added by ops\nlogger.com-example.name = com.example\nlogger.com-example.level = DEBUG\n")
    });
    edit(tree, "conf/etc/launch.ini", |text| text.replacen("javax.net,", "javax.net,\\\njdk.net,", 1));
    edit(tree, "conf/wso2-log-masking.properties", |text| {
        format!("{text}IBAN=[A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{11,30}}\n")
    });
    put(tree, "conf/sslprofiles/senderprofiles.xml", "<parameter name=\"customSSLProfiles\"/>\n");
}

/// Does what the server does at its first start with new settings: renders, records digests, keeps copies.
fn render(tree: &mut Tree) {
    let settings = Settings {
        hostname: "mi.sample.internal".into(),
        keystore_password: "$secret{keystore_password}".into(),
        truststore: "partner-truststore.jks".into(),
        truststore_password: "sample-only".into(),
        realm_source: "WSO2CarbonDB".into(),
        loops: LOOPS.into(),
        keystore: "corp.jks".into(),
        key_alias: "corp".into(),
        timeout: "90000".into(),
        user_store: "org.wso2.micro.integrator.security.user.core.jdbc.JDBCUserStoreManager".into(),
        secrets: CIPHERTEXTS.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
        ..stock(false)
    };
    let mut digests = vec![WRITTEN.to_owned()];
    digests.push(format!("conf/deployment.toml={}\n", md5_of(deployment().as_bytes())));
    for (path, text) in rendered(false, &settings) {
        digests.push(format!("{path}={}\n", md5_of(text.as_bytes())));
        put(tree, &format!("backup/{path}"), text.clone());
        put(tree, path, text);
    }
    let rules: Vec<_> = tree
        .iter()
        .filter(|(path, _)| path.starts_with("repository/resources/conf/"))
        .filter_map(|(path, node)| match node {
            Node::File { bytes, .. } => Some(format!("{path}={}\n", md5_of(bytes))),
            Node::Folder | Node::Symlink(_) => None,
        })
        .collect();
    let metadata = "repository/resources/conf/.metadata";
    put(tree, &format!("{metadata}/metadata_config.properties"), digests.concat());
    put(tree, &format!("{metadata}/metadata_template.properties"), format!("{WRITTEN}{}", rules.concat()));
    put(tree, &format!("{metadata}/references.properties"), WRITTEN);
}

fn md5_of(bytes: &[u8]) -> String {
    format!("{:032x}", u128::from_be_bytes(Md5::digest(bytes).into()))
}
