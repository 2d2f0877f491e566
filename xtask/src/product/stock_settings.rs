//! The settings that 1.2.0 shipped.
//!
//! In: nothing. Out: them as pairs. Always: the values of the release as first shipped; its comments are not known
//! here.
//!
//! Source: MI v1.2.0, distribution/src/conf/deployment.toml.

/// Table, key and value of each setting, in the order of the file. All values are strings.
pub const SETTINGS: [(&str, &str, &str); 10] = [
    ("server", "hostname", "localhost"),
    ("user_store", "type", "read_only_ldap"),
    ("keystore.tls", "file_name", "wso2carbon.jks"),
    ("keystore.tls", "password", "wso2carbon"),
    ("keystore.tls", "alias", "wso2carbon"),
    ("keystore.tls", "key_password", "wso2carbon"),
    ("truststore", "file_name", "client-truststore.jks"),
    ("truststore", "password", "wso2carbon"),
    ("truststore", "alias", "symmetric.key.value"),
    ("truststore", "algorithm", "AES"),
];
