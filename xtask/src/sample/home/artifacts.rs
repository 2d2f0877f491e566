//! What people deploy: carbon applications, synapse artifacts, services, registry resources.
//!
//! In: a tree. Out: the same with artifacts. Always: laid out as tooling and server lay them out.

use crate::sample::carbon_application::{Artifact, carbon_application};
use crate::sample::jar::{jar, plain_zip};
use crate::sample::tree::{Tree, edit, put, put_folder};

const SYNAPSE: &str = "xmlns=\"http://ws.apache.org/ns/synapse\"";
const XSLT: &str = "<xsl:stylesheet version=\"2.0\" xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\"/>\n";

/// Puts the artifacts.
pub(super) fn add(tree: &mut Tree) {
    carbon_applications(tree);
    loose(tree);
    registry(tree);
}

fn carbon_applications(tree: &mut Tree) {
    let folder = "repository/deployment/server/carbonapps";
    let api = format!(
        "<api {SYNAPSE} name=\"OrdersAPI\" context=\"/orders\"><resource methods=\"GET\"><inSequence>\
         <sequence key=\"AuditSeq\"/><respond/></inSequence></resource></api>"
    );
    let sequence = format!("<sequence {SYNAPSE} name=\"AuditSeq\"><log level=\"custom\"/></sequence>");
    let orders = [
        Artifact::file("OrdersAPI", "synapse/api", "OrdersAPI-1.0.0.xml", api),
        Artifact::file("AuditSeq", "synapse/sequence", "AuditSeq-1.0.0.xml", sequence),
        Artifact::registry_resource(
            "orders_xslt",
            "/_system/governance/xslt",
            "orders.xslt",
            "application/xslt+xml",
            XSLT,
        ),
    ];
    put(tree, &format!("{folder}/OrdersComposite_1.0.0.car"), carbon_application("OrdersComposite", "1.0.0", &orders));
    // deployment.toml has a data source of that name too.
    let source = "<datasource><name>Archive</name><description>sample</description>\
                  <jndiConfig><name>jdbc/Archive</name></jndiConfig></datasource>";
    let data = [Artifact::file("Archive", "datasource/datasource", "Archive-1.0.0.xml", source)];
    put(tree, &format!("{folder}/OrdersData_1.0.0.car"), carbon_application("OrdersData", "1.0.0", &data));
    let inbound = format!(
        "<inboundEndpoint {SYNAPSE} name=\"HL7In\" protocol=\"hl7\" sequence=\"main\" onError=\"fault\" \
         suspend=\"false\"><parameters><parameter name=\"inbound.hl7.Port\">20000</parameter></parameters>\
         </inboundEndpoint>"
    );
    let legacy = [Artifact::file("HL7In", "synapse/inbound-endpoint", "HL7In-1.0.0.xml", inbound)];
    put(tree, &format!("{folder}/legacy app (old).car"), carbon_application("legacy", "1.0.0", &legacy));
}

fn loose(tree: &mut Tree) {
    let server = "repository/deployment/server";
    let synapse = format!("{server}/synapse-configs/default");
    for (path, text) in [
        // The sequence that it calls was deleted long ago.
        (
            "proxy-services/LabResults.xml",
            format!(
                "<proxy {SYNAPSE} name=\"LabResults\" transports=\"hl7\" startOnLoad=\"true\"><target><inSequence>\
                 <sequence key=\"NotifyLab\"/><drop/></inSequence></target><parameter name=\"transport.hl7.Port\">9292</parameter></proxy>\n"
            ),
        ),
        ("local-entries/Limits.xml", format!("<localEntry {SYNAPSE} key=\"Limits\">100</localEntry>\n")),
        (
            "endpoints/Legacy.xml",
            format!("<endpoint {SYNAPSE} name=\"Legacy\"><address uri=\"http://a\"/></endpoint>\n"),
        ),
    ] {
        put(tree, &format!("{synapse}/{path}"), text);
    }
    edit(tree, &format!("{synapse}/sequences/main.xml"), |text| {
        text.replace("    <log/>", "    <log level=\"full\"/>")
    });
    put(tree, &format!("{server}/dataservices/Customers.dbs"), "<data name=\"Customers\"/>\n");
    let service = b"<service name=\"Version\"/>\n";
    put(tree, &format!("{server}/axis2services/Version.aar"), plain_zip(&[("META-INF/services.xml", service)]));
    let module = b"<module name=\"corpaudit\"/>\n";
    put(tree, &format!("{server}/axis2modules/corpaudit-1.0.mar"), jar(&[], &[("META-INF/module.xml", module)]));
    let connector: &[(&str, &[u8])] = &[
        ("connector.xml", b"<connector><component name=\"file\"/></connector>\n"),
        ("file-read/component.xml", b"<component name=\"file-read\" type=\"synapse/template\"/>\n"),
    ];
    put(tree, &format!("{server}/synapse-libs/file-connector-2.3.0.zip"), plain_zip(connector));
}

fn registry(tree: &mut Tree) {
    for (path, text) in [
        // The carbon application deploys the same resource itself.
        ("governance/xslt/orders.xslt", XSLT),
        ("governance/mappings/Länder codes (1).xml", "<countries/>\n"),
        ("config/partners.json", "{\"partners\": []}\n"),
        ("config/partners.json.properties", "#Mon Jan 11 17:20:44 UTC 2021\nowner=ops\n"),
        ("config/.metadata/partners.json.meta", "#Mon Jan 11 17:20:44 UTC 2021\nmediaType=application/json\n"),
        ("local/counter.txt", "42"),
    ] {
        put(tree, &format!("registry/{path}"), text);
    }
    put_folder(tree, "registry/governance/incoming");
    let state = "registry/governance/repository/components";
    for (path, text) in [
        ("org.apache.synapse.message.processor/Orders", ""),
        ("org.apache.synapse.message.processor/Orders.properties", "MESSAGE_PROCESSOR_STATE=PAUSED\n"),
        ("org.apache.synapse.message.processor/.metadata/Orders.meta", "mediaType=text/plain\n"),
        ("org.wso2.carbon.tasks/definitions/-1234/ESB_TASK/MSMP_Orders_0", "<taskInfo/>\n"),
        ("org.wso2.carbon.tasks/definitions/-1234/ESB_TASK/_meta_MSMP_Orders_0", "task.paused=true\n"),
    ] {
        put(tree, &format!("{state}/{path}"), text);
    }
}
