//! How texts of 4.0.0 differ from those of 1.2.0, told backwards: what to do to the fresh text.
//!
//! In: nothing. Out: a table. Always: whoever applies it compares digests afterwards.
//!
//! Source: the differences between v1.2.0 and v4.0.0 of wso2/micro-integrator, distribution/src.

/// One step back from the fresh text.
pub(super) enum Edit {
    /// Puts the second text wherever the first one stands.
    Swap(&'static str, &'static str),
    /// Drops everything from the first mark on, up to the second, or to the end where that is empty.
    Cut(&'static str, &'static str),
}

use Edit::{Cut, Swap};

/// The folder that 4.0.0 writes before the name of a keystore and 1.2.0 does not.
macro_rules! security {
    ($name:literal) => {
        concat!("repository/resources/security/", $name)
    };
}

/// The files that can be made, with the steps for each.
pub(super) const EDITS: [(&str, &[Edit]); 13] = [
    ("bin/README.txt", &[Swap("Integrator v4.0.0", "Integrator v1.2.0")]),
    ("bin/version.txt", &[Swap("Integrator v4.0.0", "Integrator v1.2.0")]),
    ("bin/wso2carbon-version.txt", &[Swap("Framework v4.6.2", "Framework v4.5.3")]),
    ("bin/yajsw/wrapper.conf", &[Swap("WSO2 Micro Integrator 4.0.0", "WSO2 Micro Integrator 1.2.0")]),
    ("conf/carbon.xml", &[Swap("<Version>4.0.0</Version>", "<Version>1.2.0</Version>")]),
    (
        "conf/deployment.toml",
        &[
            Swap("[keystore.primary]", "[keystore.tls]"),
            Swap(security!(""), ""),
            Swap("# sender_enable = true\n# listener_enable = true\n", "# sender_enable = true\n"),
            Swap(
                "# [[transport.rabbitmq.listener]]",
                "# [transport.rabbitmq]\n# listener_enable = true\n\n# [[transport.rabbitmq.listener]]",
            ),
            Swap(
                "\n#[[transport.jms.listener]]",
                "# [transport.jms]\n# listener_enable = true\n\n#[[transport.jms.listener]]",
            ),
            Cut("\n# [[service_catalog]]", ""),
        ],
    ),
    ("conf/deployment.toml.container", &[Swap("[keystore.primary]", "[keystore.tls]"), Swap(security!(""), "")]),
    ("repository/resources/conf/default.json", DEFAULT_JSON),
    ("repository/resources/conf/infer.json", &[Swap("$ref{truststore.password}", "$ref{truststore.primary.password}")]),
    (
        "repository/resources/conf/key-mappings.json",
        &[
            Cut("  \"mediation.synapse.maximum_failover_retries\"", "  \"mediation.synapse.suspend_duration"),
            Swap(
                "  \"mediation.synapse.suspend_duration_on_maximum_failover\":\
                 \"synapse_properties.'suspend.duration.on.maximum.failover'\",\n",
                "",
            ),
            Swap(
                "  \"mediation.inbound.port_offset_enable\": \"synapse_properties.'inbound.port.offset.enable'\",\n",
                "",
            ),
            Cut("  \"opentracing.zipkin.enable\"", "  \"opentracing.zipkin.backend.url\""),
            Swap(
                "  \"opentracing.zipkin.backend.url\": \"synapse_properties.'opentracing.zipkin.backend.url'\",\n",
                "",
            ),
        ],
    ),
    (
        "repository/resources/conf/templates/conf/axis2/axis2_blocking_client.xml.j2",
        &[
            Cut(
                "    {% if transport.blocking.rabbitmq.listener_enable is defined %}\n",
                "\t<!--Uncomment if you want to have TCP transport support-->",
            ),
            Cut(
                "    {% if transport.blocking.rabbitmq.sender_enable is defined %}\n",
                "    <!-- ================================================= -->\n    <!-- Global Modules",
            ),
        ],
    ),
    (
        "repository/resources/conf/templates/conf/carbon.xml.j2",
        &[
            Swap("<Version>4.0.0</Version>", "<Version>1.2.0</Version>"),
            Swap(
                "{{keystore.primary.file_name}}",
                concat!("${carbon.home}/", security!("{{keystore.primary.file_name}}")),
            ),
            Swap("{{truststore.file_name}}", concat!("${carbon.home}/", security!("{{truststore.file_name}}"))),
            Swap("{{keystore.internal.file_name}}", concat!("${carbon.home}/", security!("wso2carbon.jks"))),
            Swap("{{keystore.internal.type}}", "JKS"),
            Swap("{{keystore.internal.password}}", "wso2carbon"),
            Swap("{{keystore.internal.alias}}", "wso2carbon"),
            Swap("{{keystore.internal.key_password}}", "wso2carbon"),
        ],
    ),
    ("updates/product.txt", &[Swap("wso2mi-4.0.0", "wso2mi-1.2.0")]),
];

/// Everything that `default.json` says of keystores, and the settings that 4.0.0 added.
const DEFAULT_JSON: &[Edit] = &[
    Swap(
        ",org.wso2.micro.integrator.mediation.security.vault.external.hashicorp.HashiCorpVaultLookupXPathFunctionProvider",
        "",
    ),
    Swap("  \"synapse_properties.'inbound.port.offset.enable'\": false,\n", ""),
    Swap("  \"synapse_properties.'opentracing.zipkin.enable'\": false,\n", ""),
    Swap("  \"synapse_properties.'opentracing.zipkin.backend.url'\": \"http://localhost:9411/api/v2/spans\",\n", ""),
    Cut("  \"keystore.internal.file_name\"", "  \"keystore.internal.key_password\""),
    Swap("  \"keystore.internal.key_password\": \"$ref{keystore.primary.key_password}\",\n", ""),
    Swap("\"keystore.primary.file_name\": \"repository/resources/security/", "\"keystore.primary.file_name\": \""),
    Swap("\"truststore.file_name\": \"repository/resources/security/", "\"truststore.file_name\": \""),
    Swap("_ssl_config.key_store.location\": \"$ref{keystore.primary.file_name}\"", STOCK_KEYSTORE),
    Swap("_ssl_config.key_store.type\": \"$ref{keystore.primary.type}\"", "_ssl_config.key_store.type\": \"JKS\""),
    Swap(
        "_ssl_config.key_store.password\": \"$ref{keystore.primary.password}\"",
        "_ssl_config.key_store.password\": \"wso2carbon\"",
    ),
    Swap(
        "_ssl_config.key_store.key_password\": \"$ref{keystore.primary.key_password}\"",
        "_ssl_config.key_store.key_password\": \"wso2carbon\"",
    ),
    Swap("_ssl_config.trust_store.location\": \"$ref{truststore.file_name}\"", STOCK_TRUSTSTORE),
    Swap("_ssl_config.trust_store.type\": \"$ref{truststore.type}\"", "_ssl_config.trust_store.type\": \"JKS\""),
    Swap(
        "_ssl_config.trust_store.password\": \"$ref{truststore.password}\"",
        "_ssl_config.trust_store.password\": \"wso2carbon\"",
    ),
    Swap(".keystore.location\": \"$ref{", concat!(".keystore.location\": \"", security!("$ref{"))),
    Swap(".truststore.location\": \"$ref{", concat!(".truststore.location\": \"", security!("$ref{"))),
];

const STOCK_KEYSTORE: &str = concat!("_ssl_config.key_store.location\": \"", security!("wso2carbon.jks\""));
const STOCK_TRUSTSTORE: &str = concat!("_ssl_config.trust_store.location\": \"", security!("client-truststore.jks\""));
