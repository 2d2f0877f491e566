//! A used home: what people do to a 1.2.0 in a year, one or two of each kind.
//!
//! In: the pristine tree. Out: the home's. Always: what the server itself would have written (rendered files,
//! wrappers, the recorded digests) fits the rest.

mod settings;
mod libraries;
mod artifacts;

use super::distribution::STOCK;
use super::keystore::{Entry, GATEWAY, SERVER, keystore};
use super::tree::{Tree, edit, put, put_symlink, put_with_mode};

const SECURITY: &str = "repository/resources/security";

/// The password of the keystores that people made.
const OWN: &str = "sample-only";

/// Where the home stood: the cipher tool wrote it down.
const OLD_PLACE: &str = "/opt/wso2mi-1.2.0";

/// The tree of the used home.
pub(super) fn used(mut tree: Tree) -> Tree {
    settings::change(&mut tree);
    security(&mut tree);
    libraries::add(&mut tree);
    artifacts::add(&mut tree);
    scripts_and_notes(&mut tree);
    left_by_the_server(&mut tree);
    deleted(&mut tree);
    tree
}

fn security(tree: &mut Tree) {
    put_with_mode(tree, &format!("{SECURITY}/corp.jks"), 0o400, keystore(OWN, &[Entry::Key("corp", &GATEWAY)]));
    let with_partner = keystore(STOCK, &[Entry::Trusted("wso2carbon", &SERVER), Entry::Trusted("partner", &GATEWAY)]);
    put(tree, &format!("{SECURITY}/client-truststore.jks"), with_partner);
    put(tree, &format!("{SECURITY}/partner-truststore.jks"), keystore(OWN, &[Entry::Trusted("partner", &GATEWAY)]));
    put(tree, &format!("{SECURITY}/partner.pem"), "sample, no certificate\n");
    put_symlink(tree, &format!("{SECURITY}/current-keystore.jks"), "corp.jks");
    put_with_mode(tree, "password-persist", 0o600, STOCK);
    // As the cipher tool writes it: sorted by nothing, places absolute, the store that 1.2.0 encrypts with.
    put(
        tree,
        "conf/security/secret-conf.properties",
        format!(
            "#Mon Jan 11 16:40:12 UTC 2021
keystore.identity.location={OLD_PLACE}/{SECURITY}/wso2carbon.jks
keystore.identity.type=JKS
keystore.identity.alias=wso2carbon
keystore.identity.store.password=identity.store.password
keystore.identity.store.secretProvider=org.wso2.carbon.securevault.DefaultSecretCallbackHandler
keystore.identity.key.password=identity.key.password
keystore.identity.key.secretProvider=org.wso2.carbon.securevault.DefaultSecretCallbackHandler
carbon.secretProvider=org.wso2.securevault.secret.handler.SecretManagerSecretCallbackHandler
secVault.enabled=true
secretRepositories=file
secretRepositories.file.provider=org.wso2.securevault.secret.repository.FileBaseSecretRepositoryProvider
secretRepositories.file.location={OLD_PLACE}/conf/security/cipher-text.properties
secretRepositories.file.algorithm=RSA/ECB/OAEPwithSHA1andMGF1Padding
"
        ),
    );
}

fn scripts_and_notes(tree: &mut Tree) {
    edit(tree, "bin/micro-integrator.sh", |text| text.replace("-Xmx1024m", "-Xmx4g"));
    edit(tree, "bin/yajsw/wrapper.conf", |text| text.replace("-Xmx1024m", "-Xmx4g"));
    put_with_mode(tree, "bin/check-health.sh", 0o755, "#!/bin/sh\necho sample\n");
    put(tree, "NOTES (ops).txt", "installed 2020-11-03\n");
    put(tree, "conf/deployment.toml.bak-20210112", "# an old copy\n");
    put(tree, "conf/.deployment.toml.swp", "b0VIM 8.1");
    put(tree, ".DS_Store", [0, 0, 0, 1]);
}

fn left_by_the_server(tree: &mut Tree) {
    put(tree, "wso2carbon.pid", "4711\n");
    for name in ["wso2carbon.log", "audit.log", "http_access_2021-01-11.log"] {
        put(tree, &format!("repository/logs/{name}"), "[2021-01-11 10:00:00,000]  INFO sample\n");
    }
    put_symlink(tree, "repository/logs/archive", "/var/log/wso2mi");
    put(tree, "repository/logs/heap-dump.hprof", "JAVA PROFILE 1.0.2\0");
    put(tree, "tmp/carbonapps/-1234/1610438402312OrdersComposite_1.0.0.car/artifacts.xml", "<artifacts/>");
    put(tree, "tmp/work/ESB/session.ser", "sample");
    let osgi = "wso2/components/micro-integrator-default/configuration/org.eclipse.osgi";
    put(tree, &format!("{osgi}/framework.info.1"), "sample");
    put(tree, &format!("{osgi}/.manager/.fileTableLock"), "");
}

/// What people remove in a Dockerfile.
fn deleted(tree: &mut Tree) {
    for path in [
        "dbscripts/db2/db2_user.sql",
        "repository/deployment/server/axis2modules/utsecurity-1.2.0.mar",
        "wso2/components/plugins/axis2-transport-xmpp_2.0.0.wso2v55.jar",
    ] {
        tree.remove(path);
    }
}
