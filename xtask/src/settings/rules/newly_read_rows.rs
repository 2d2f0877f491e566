//! The settings that 4.0.0 reads and 1.2.0 as first shipped does not, and what they do.
//!
//! In: nothing. Out: a table. Always: each row with its source; keystores and log masking are other rules'.

use crate::document::Key;

/// Settings that belong together.
pub(super) struct Row {
    /// The setting or the table, with dots.
    table: &'static str,
    /// A key that only 4.0.0's Java code acts on, written past the key mappings: table and name.
    raw: Option<(&'static str, &'static str)>,
    /// Who reads them.
    pub(super) reader: Reader,
    /// What 4.0.0 does with them.
    pub(super) does: &'static str,
    /// What they need to have an effect.
    pub(super) needs: Option<&'static str>,
}

/// Who reads a setting.
pub(super) enum Reader {
    /// Rule files or templates; a home whose files know this key reads the row's settings.
    RuleFiles {
        /// The key.
        asked: &'static str,
    },
    /// Java code that came together with a function of `XPath`, which default.json names.
    Vault,
    /// Java code of 4.0.0.
    Java,
}

impl Row {
    /// The setting or the table.
    pub(super) fn key(&self) -> Key {
        Key::dotted(self.table)
    }

    /// Whether a setting is one of the row's.
    pub(super) fn is_of(&self, key: &Key) -> bool {
        let raw = self.raw.map(|(table, name)| Key::dotted(table).then(name));
        key.starts_with(&self.key()) || raw.as_ref() == Some(key)
    }
}

/// All rows.
pub(super) const ROWS: &[Row] = &[
    // Source: MI v4.0.0 key-mappings.json, default.json (inbound.port.offset.enable).
    Row {
        table: "mediation.inbound.port_offset_enable",
        raw: Some(("synapse_properties", "inbound.port.offset.enable")),
        reader: Reader::RuleFiles { asked: "mediation.inbound.port_offset_enable" },
        does: "with `true`, 4.0.0 adds server.offset to the ports of inbound endpoints",
        needs: None,
    },
    // Source: MI v4.0.0 key-mappings.json, default.json (opentracing.zipkin.*).
    Row {
        table: "opentracing.zipkin",
        raw: None,
        reader: Reader::RuleFiles { asked: "opentracing.zipkin.enable" },
        does: "4.0.0 can send its traces to Zipkin",
        needs: Some("needs tracing to be switched on, and a Zipkin server under opentracing.zipkin.backend.url"),
    },
    // Source: MI v4.0.0 key-mappings.json (maximum.failover.retries).
    Row {
        table: "mediation.synapse.maximum_failover_retries",
        raw: None,
        reader: Reader::RuleFiles { asked: "mediation.synapse.maximum_failover_retries" },
        does: "4.0.0 limits how often a failover endpoint tries",
        needs: None,
    },
    // Source: MI v4.0.0 key-mappings.json (suspend.duration.on.maximum.failover).
    Row {
        table: "mediation.synapse.suspend_duration_on_maximum_failover",
        raw: None,
        reader: Reader::RuleFiles { asked: "mediation.synapse.suspend_duration_on_maximum_failover" },
        does: "4.0.0 suspends a failover endpoint that has tried too often",
        needs: None,
    },
    // Source: MI v4.0.0 templates/conf/axis2/axis2_blocking_client.xml.j2.
    Row {
        table: "transport.blocking.rabbitmq",
        raw: None,
        reader: Reader::RuleFiles { asked: "transport.blocking.rabbitmq.sender_enable" },
        does: "4.0.0 puts a RabbitMQ transport into the blocking client",
        needs: Some("needs the RabbitMQ client among the libraries, and parameters by their whole names"),
    },
    // Source: MI v4.0.0, read by Java code from the parsed settings (external_vault).
    Row {
        table: "external_vault",
        raw: None,
        reader: Reader::Vault,
        does: "4.0.0 looks secrets up in a HashiCorp Vault",
        needs: Some("needs the vault within reach, and hashicorp:vault-lookup() in the artifacts"),
    },
    // Source: MI v4.0.0, read by Java code from the parsed settings (service_catalog); docs-apim: service catalog.
    Row {
        table: "service_catalog",
        raw: None,
        reader: Reader::Java,
        does: "4.0.0 publishes its services to the Service Catalog of an API Manager",
        needs: Some("needs `enable` without quotes, and the API Manager within reach; only the first element counts"),
    },
    // Source: MI v4.0.0, read by Java code from the parsed settings (dashboard_config).
    Row {
        table: "dashboard_config",
        raw: None,
        reader: Reader::Java,
        does: "4.0.0 reports itself to the dashboard at dashboard_url",
        needs: Some("needs the dashboard of 4.0.0, which is a download of its own"),
    },
    // Source: config-mapper v1.0.18 (ConfigParser, runtime_secrets).
    Row {
        table: "runtime_secrets",
        raw: None,
        reader: Reader::Java,
        does: "4.0.0 starts also with a $secret{..} that [secrets] does not have",
        needs: Some("needs enable = \"true\" with quotes; without them the server ends with a stack trace"),
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effective::names;
    use crate::tests::Release;

    #[test]
    fn a_row_is_known_by_its_keys() {
        for row in ROWS {
            assert!(row.is_of(&row.key().then("x")) && !row.is_of(&Key::dotted("x")), "{}", row.table);
        }
    }

    #[test]
    fn the_rows_are_what_the_releases_differ_in() {
        let Some([old, new]) = Release::both() else { return };
        let [old, new] = [&old, &new].map(|files| names::names(&[&files.rules()]));
        for row in ROWS {
            if let Reader::RuleFiles { asked } = row.reader {
                let key = Key::dotted(asked);
                assert!(row.is_of(&key) && new.knows(&key) && !old.knows(&key), "{asked}");
            }
        }
        let added = new.exact.iter().chain(&new.open).chain(new.elements.keys());
        for flat in added {
            let key = Key::parse(flat).expect("a key");
            let other =
                ["keystore.internal", "masking_pattern"].iter().any(|table| key.starts_with(&Key::dotted(table)));
            let covered = other || old.knows(&key) || ROWS.iter().any(|row| row.is_of(&key));
            assert!(covered || old.open.contains(flat) || old.elements.contains_key(flat), "{flat} has no row");
        }
    }
}
