//! The texts of the sample's distributions, and a rendering of the templates among them.
//!
//! In: whether keystores are named by path (4.0.0) or by name (1.2.0), and settings. Out: texts. Always: written
//! for the sample; the templates use what the real ones use: values, loops, no more.

/// What differs in a rendering from the sample's defaults.
#[derive(Clone, Debug)]
pub(in crate::sample) struct Settings {
    pub(in crate::sample) hostname: String,
    pub(in crate::sample) offset: String,
    pub(in crate::sample) hot_deployment: String,
    pub(in crate::sample) keystore: String,
    pub(in crate::sample) keystore_password: String,
    pub(in crate::sample) key_alias: String,
    pub(in crate::sample) truststore: String,
    pub(in crate::sample) truststore_password: String,
    pub(in crate::sample) timeout: String,
    pub(in crate::sample) user_store: String,
    pub(in crate::sample) realm_source: String,
    /// Name and ciphertext, as `[secrets]` has them.
    pub(in crate::sample) secrets: Vec<(String, String)>,
    /// What the loops of [`LOOPS`] render, by their names; nothing where no element is set.
    pub(in crate::sample) loops: Vec<(&'static str, &'static str)>,
}

/// The password of the keystores as shipped, which everybody knows; 1.2.0 has it in its template of `carbon.xml`.
pub(in crate::sample) const STOCK: &str = "wso2carbon";

/// The place of keystores as the releases' rule files write it before a name.
fn prefix(by_path: bool) -> &'static str {
    if by_path { "repository/resources/security/" } else { "" }
}

/// The settings of a distribution as shipped.
pub(in crate::sample) fn stock(by_path: bool) -> Settings {
    Settings {
        hostname: "localhost".into(),
        offset: "10".into(),
        hot_deployment: "true".into(),
        keystore_password: STOCK.into(),
        truststore_password: STOCK.into(),
        realm_source: String::new(),
        keystore: format!("{}wso2carbon.jks", prefix(by_path)),
        key_alias: "wso2carbon".into(),
        truststore: format!("{}client-truststore.jks", prefix(by_path)),
        timeout: "120000".into(),
        user_store: "org.wso2.micro.integrator.security.user.core.file.FileBasedUserStoreManager".into(),
        secrets: Vec::new(),
        loops: Vec::new(),
    }
}

/// The loops of the templates, by the names that stand at their places.
const LOOPS: [(&str, &str); 5] = [
    (
        "BUILDERS",
        "        {% for builder in custom_message_builders %}
        <messageBuilder contentType=\"{{builder.content_type}}\" class=\"{{builder.class}}\"/>
        {% endfor %}
",
    ),
    (
        "LISTENERS",
        "    {% for listener in custom_transport.listener %}
    <transportReceiver name=\"{{listener.protocol}}\" class=\"{{listener.class}}\">
        {% for property, value in listener.parameter.items() %}
        <parameter name=\"{{property}}\">{{value}}</parameter>
        {% endfor %}
    </transportReceiver>
    {% endfor %}
",
    ),
    (
        "SENDERS",
        "    {% for sender in custom_transport.sender %}
    <transportSender name=\"{{sender.protocol}}\" class=\"{{sender.class}}\"/>
    {% endfor %}
",
    ),
    (
        "SOURCES",
        "    {% for source in datasource %}
    <datasource>
        <name>{{source.id}}</name>
        <url>{{source.url}}</url>
        <username>{{source.username}}</username>
        <password>{{source.password}}</password>
        <driverClassName>{{source.driver}}</driverClassName>
        {% for property, value in source.pool_options.items() %}
        <{{property}}>{{value}}</{{property}}>
        {% endfor %}
    </datasource>
    {% endfor %}
",
    ),
    (
        "HANDLERS",
        "    {% for handler in synapse_handlers %}
    {% if handler.enabled == true %}
    <handler name=\"{{handler.name}}\" class=\"{{handler.class}}\"/>
    {% endif %}
    {% endfor %}
",
    ),
];

/// A text with something at the places of its loops.
fn with_loops<'a>(text: &str, at: impl Fn(&str) -> &'a str) -> String {
    LOOPS.iter().fold(text.to_owned(), |text, (name, _)| text.replace(&format!("@{name}@"), at(name)))
}

const AXIS2: &str = "<axisconfig name=\"AxisJava2.0\">
    <messageBuilders>
        <messageBuilder contentType=\"application/xml\" class=\"org.apache.axis2.builder.ApplicationXMLBuilder\"/>
@BUILDERS@    </messageBuilders>
    <transportReceiver name=\"https\" class=\"org.apache.synapse.transport.passthru.PassThroughHttpSSLListener\">
        <parameter name=\"hostname\">{{server.hostname}}</parameter>
        <parameter name=\"keystore\">{{transport.http.listener.keystore.location}}</parameter>
    </transportReceiver>
@LISTENERS@@SENDERS@</axisconfig>
";

/// The middle of carbon.xml.j2; the two releases put different text before a keystore's name.
fn carbon_xml(by_path: bool) -> String {
    let place = if by_path { "" } else { "${carbon.home}/repository/resources/security/" };
    let internal = |part: &str, fixed: &str| {
        if by_path { format!("{{{{keystore.internal.{part}}}}}") } else { fixed.to_owned() }
    };
    format!(
        "<Server>
    <Version>{}</Version>
    <HostName>{{{{server.hostname}}}}</HostName>
    <Offset>{{{{server.offset}}}}</Offset>
    <HotDeployment>{{{{server.hot_deployment}}}}</HotDeployment>
    <Security>
        <KeyStore>
            <Location>{place}{{{{keystore.primary.file_name}}}}</Location>
            <Type>{{{{keystore.primary.type}}}}</Type>
            <Password>{{{{keystore.primary.password}}}}</Password>
            <KeyAlias>{{{{keystore.primary.alias}}}}</KeyAlias>
            <KeyPassword>{{{{keystore.primary.key_password}}}}</KeyPassword>
        </KeyStore>
        <InternalKeyStore>
            <Location>{}</Location>
            <Type>{}</Type>
            <Password>{}</Password>
            <KeyAlias>{}</KeyAlias>
            <KeyPassword>{}</KeyPassword>
        </InternalKeyStore>
        <TrustStore>
            <Location>{place}{{{{truststore.file_name}}}}</Location>
            <Type>{{{{truststore.type}}}}</Type>
            <Password>{{{{truststore.password}}}}</Password>
        </TrustStore>
    </Security>
</Server>
",
        if by_path { "4.0.0" } else { "1.2.0" },
        internal("file_name", &format!("{place}wso2carbon.jks")),
        internal("type", "JKS"),
        internal("password", STOCK),
        internal("alias", "wso2carbon"),
        internal("key_password", STOCK),
    )
}

const SYNAPSE_PROPERTIES: &str = "{% for property, value in synapse_properties.items() %}
{{property}}={{value}}
{% endfor %}
";

const CIPHER_TEXT: &str = "{% for name, value in secrets.items() %}
{{name}}={{value}}
{% endfor %}
";

const USER_MGT: &str = "<UserManager>
    <Property name=\"dataSource\">{{realm_manager.data_source}}</Property>
    <UserStoreManager class=\"{{user_store.class}}\"/>
</UserManager>
";

const DATA_SOURCES: &str = "<datasources>
@SOURCES@</datasources>
";

const HANDLERS: &str = "<handlers>
@HANDLERS@</handlers>
";

const LOG_MASKING: &str = "{% for name, expression in masking_pattern.properties.items() %}
{{name}}={{expression}}
{% endfor %}
";

/// The templates, each by the path that it is rendered to.
pub(super) fn templates(by_path: bool) -> Vec<(&'static str, String)> {
    let looping = |text: &str| {
        with_loops(text, |name| LOOPS.iter().find(|(known, _)| *known == name).map_or("", |(_, template)| template))
    };
    let mut templates = vec![
        ("conf/axis2/axis2.xml", looping(AXIS2)),
        ("conf/carbon.xml", carbon_xml(by_path)),
        ("conf/datasources/master-datasources.xml", looping(DATA_SOURCES)),
        ("conf/security/cipher-text.properties", CIPHER_TEXT.to_owned()),
        ("conf/synapse-handlers.xml", looping(HANDLERS)),
        ("conf/synapse.properties", SYNAPSE_PROPERTIES.to_owned()),
        ("conf/user-mgt.xml", USER_MGT.to_owned()),
    ];
    if by_path {
        templates.push(("conf/wso2-log-masking.properties", LOG_MASKING.to_owned()));
    }
    templates
}

/// What the server would render, but for log masking, which is shipped as a file of its own in both releases.
pub(in crate::sample) fn rendered(by_path: bool, settings: &Settings) -> Vec<(&'static str, String)> {
    let place = if by_path { "" } else { "repository/resources/security/" };
    let fill = |template: &str| {
        let rendered =
            |name: &str| settings.loops.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text);
        with_loops(template, rendered)
            .replace("{{server.hostname}}", &settings.hostname)
            .replace("{{server.offset}}", &settings.offset)
            .replace("{{server.hot_deployment}}", &settings.hot_deployment)
            .replace("{{keystore.primary.type}}", "JKS")
            .replace("{{keystore.internal.type}}", "JKS")
            .replace("{{truststore.type}}", "JKS")
            .replace("{{keystore.primary.password}}", &settings.keystore_password)
            .replace("{{keystore.primary.key_password}}", &settings.keystore_password)
            .replace("{{keystore.internal.password}}", &settings.keystore_password)
            .replace("{{keystore.internal.key_password}}", &settings.keystore_password)
            .replace("{{truststore.password}}", &settings.truststore_password)
            .replace("{{realm_manager.data_source}}", &settings.realm_source)
            .replace("{{transport.http.listener.keystore.location}}", &format!("{place}{}", settings.keystore))
            .replace("{{keystore.primary.file_name}}", &settings.keystore)
            .replace("{{keystore.primary.alias}}", &settings.key_alias)
            .replace("{{keystore.internal.file_name}}", &settings.keystore)
            .replace("{{keystore.internal.alias}}", &settings.key_alias)
            .replace("{{truststore.file_name}}", &settings.truststore)
            .replace("{{user_store.class}}", &settings.user_store)
    };
    let secrets = settings.secrets.iter().map(|(name, value)| format!("{name}={value}\n")).collect::<Vec<_>>();
    vec![
        ("conf/axis2/axis2.xml", fill(AXIS2)),
        ("conf/carbon.xml", fill(&carbon_xml(by_path))),
        ("conf/datasources/master-datasources.xml", fill(DATA_SOURCES)),
        ("conf/security/cipher-text.properties", secrets.concat()),
        ("conf/synapse-handlers.xml", fill(HANDLERS)),
        ("conf/synapse.properties", format!("synapse.global_timeout_interval={}\n", settings.timeout)),
        ("conf/user-mgt.xml", fill(USER_MGT)),
    ]
}

/// The rule files of the server's configuration, by path below `repository/resources/conf`.
pub(super) fn rule_files(by_path: bool) -> Vec<(&'static str, String)> {
    let (name, location) = if by_path { (prefix(true), "") } else { ("", "repository/resources/security/") };
    let internal = if by_path {
        ["file_name", "type", "password", "alias", "key_password"]
            .map(|part| format!("  \"keystore.internal.{part}\": \"$ref{{keystore.primary.{part}}}\",\n"))
            .concat()
    } else {
        String::new()
    };
    let default = format!(
        "{{
  \"keystore.primary.file_name\": \"{name}wso2carbon.jks\",
  \"keystore.primary.type\": \"JKS\",
  \"keystore.primary.alias\": \"wso2carbon\",
  \"keystore.primary.password\": \"{STOCK}\",
  \"keystore.primary.key_password\": \"{STOCK}\",
  \"truststore.type\": \"JKS\",
  \"truststore.password\": \"{STOCK}\",
  \"server.offset\": \"10\",
  \"server.hot_deployment\": \"true\",
{internal}  \"truststore.file_name\": \"{name}client-truststore.jks\",
  \"transport.http.listener.keystore.location\": \"{location}$ref{{keystore.primary.file_name}}\",
  \"user_store.class\": \"org.wso2.micro.integrator.security.user.core.file.FileBasedUserStoreManager\",
  \"synapse_properties.'synapse.global_timeout_interval'\": \"120000\"
}}
"
    );
    let added = if by_path {
        "  \"mediation.inbound.port_offset_enable\": \"synapse_properties.'inbound.port.offset.enable'\",\n"
    } else {
        ""
    };
    let mappings = format!(
        "{{\n{added}  \"mediation.synapse.global_timeout_interval\": \
         \"synapse_properties.'synapse.global_timeout_interval'\"\n}}\n"
    );
    let infer = "{
  \"user_store.type\": {
    \"database\": {\"user_store.class\": \"org.wso2.micro.integrator.security.user.core.jdbc.JDBCUserStoreManager\"}
  }
}
";
    vec![
        ("default.json", default),
        ("infer.json", infer.to_owned()),
        ("key-mappings.json", mappings),
        ("unit-resolve.json", "{}\n".to_owned()),
        ("validator.json", "{}\n".to_owned()),
    ]
}

/// The settings as shipped: `[keystore.tls]`, which nothing reads, in 1.2.0, and `[keystore.primary]` in 4.0.0.
pub(super) fn deployment_toml(by_path: bool) -> String {
    let (table, name) = (if by_path { "primary" } else { "tls" }, prefix(by_path));
    format!(
        "[server]
hostname = \"localhost\"
# offset = 10

[keystore.{table}]
file_name = \"{name}wso2carbon.jks\"
password = \"{STOCK}\"
alias = \"wso2carbon\"
key_password = \"{STOCK}\"

[truststore]
file_name = \"{name}client-truststore.jks\"
password = \"{STOCK}\"
alias = \"symmetric.key.value\"
algorithm = \"AES\"
"
    )
}

/// The schema of user stores; 4.0.0 adds a column to the tables of most databases.
pub(super) fn user_sql(with_user_id: bool) -> String {
    let (column, unique) =
        if with_user_id { ("    UM_USER_ID VARCHAR(255) NOT NULL,\n", "UM_USER_ID") } else { ("", "UM_USER_NAME") };
    format!(
        "CREATE TABLE UM_USER (\n    UM_ID INTEGER NOT NULL,\n{column}    UM_USER_NAME VARCHAR(255) NOT NULL,\n    \
         UM_TENANT_ID INTEGER DEFAULT 0,\n    PRIMARY KEY (UM_ID, UM_TENANT_ID),\n    \
         UNIQUE ({unique}, UM_TENANT_ID)\n);\n"
    )
}

pub(super) fn wrapper_conf(version: &str) -> String {
    format!(
        "# Sample: the server as a service.\nwrapper.ntservice.name=SAMPLE\n\
         wrapper.ntservice.displayname=WSO2 Micro Integrator {version}\n\
         wrapper.java.additional.1 = -Xms256m\nwrapper.java.additional.2 = -Xmx1024m\n# End of the sample.\n"
    )
}

pub(super) const START_SCRIPT: &str = "#!/bin/sh
# Sample: starts nothing.
JVM_MEM_OPTS=\"-Xms256m -Xmx1024m\"
echo \"sample: would start with $JVM_MEM_OPTS\"
";

pub(super) const LOG4J2: &str = "# Sample: what the server logs.
appenders = CARBON_CONSOLE, CARBON_LOGFILE
appender.CARBON_CONSOLE.type = Console
appender.CARBON_CONSOLE.name = CARBON_CONSOLE
rootLogger.level = INFO
";

/// The packages of Java that both releases pass on to bundles.
///
/// Source: MI v4.0.0 conf/etc/launch.ini; that of 1.2.0 lists the same.
const SYSTEM_PACKAGES: &str = include_str!("../../product/system_packages.txt");

/// The settings of the framework: the packages, one a line.
pub(super) fn launch_ini() -> String {
    let packages: Vec<&str> = SYSTEM_PACKAGES.lines().collect();
    format!(
        "# Sample: packages that the platform provides.\norg.osgi.framework.system.packages={}\n",
        packages.join(",\\\n")
    )
}

pub(super) const SECRET_CONF: &str = "# Sample: nothing is encrypted until the cipher tool writes this file.
#secretRepositories=file
#keystore.identity.location=repository/resources/security/wso2carbon.jks
#keystore.identity.type=JKS
#keystore.identity.alias=wso2carbon
";

/// The synapse configuration, by path below `synapse-configs/default`.
pub(super) const SYNAPSE: &[(&str, &str)] = &[
    (
        "registry.xml",
        "<registry xmlns=\"http://ws.apache.org/ns/synapse\" \
         provider=\"org.wso2.micro.integrator.registry.MicroIntegratorRegistry\"/>\n",
    ),
    ("synapse.xml", "<definitions xmlns=\"http://ws.apache.org/ns/synapse\"/>\n"),
    (
        "sequences/main.xml",
        "<sequence xmlns=\"http://ws.apache.org/ns/synapse\" name=\"main\">\n    <log/>\n    <drop/>\n</sequence>\n",
    ),
    (
        "sequences/fault.xml",
        "<sequence xmlns=\"http://ws.apache.org/ns/synapse\" name=\"fault\">\n    <log level=\"full\"/>\n</sequence>\n",
    ),
];
