//! Codes from MI1301: configuration of the result.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(1301),
        severity: Severity::Error,
        firm: false,
        title: "a class that the server does not start without cannot be loaded",
        text: "A synapse handler, a custom transport or a provider of XPath functions is configured, and its class \
               is in no jar from which the server loads it, or its bundle does not resolve; or what is given is no \
               name of a class. The server stops while it starts (`Couldn't initialize the ESB`, `WSO2 Carbon initialization Failed`), and no port opens. \
               Put the jar into lib, or into dropins where it is a bundle that exports the package; or take the \
               setting out.",
        source: "SYN v2.1.7-wso2v227 SynapseHandlersLoader, XpathExtensionUtil; MI v4.0.0 ServiceBusInitializer, \
                 CoreServerInitializer",
    },
    Story {
        code: Code(1302),
        severity: Severity::Warning,
        firm: false,
        title: "a class that the configuration names cannot be loaded",
        text: "A file that the server renders names a class of the user's, such as a message builder, a handler of \
               the management API, a user store manager or a JNDI factory, and no jar from which the server loads \
               classes has it. What it is configured for does not work. Put its jar into lib, or into dropins where \
               it is a bundle that exports the package.",
        source: "MI v4.0.0 repository/resources/conf/templates; DefaultBundleCreator, DropinsBundleDeployer",
    },
    Story {
        code: Code(1303),
        severity: Severity::Warning,
        firm: false,
        title: "a class that artifacts name cannot be loaded",
        text: "A class mediator, handler, task, message store, message processor or inbound endpoint names a class \
               that neither a jar of the server nor a carbon application or connector has. The server does not \
               deploy the artifact, and takes the whole carbon application back that it is in. The four old names of \
               message stores and processors that synapse replaces by its own are not told.",
        source: "SYN v2.1.7-wso2v227 ClassMediatorFactory; SYN MessageStoreFactory, MessageProcessorFactory; MI \
                 v4.0.0 AppDeployerUtils",
    },
    Story {
        code: Code(1304),
        severity: Severity::Error,
        firm: false,
        title: "the class of the HL7 transport cannot be loaded",
        text: "deployment.toml switches the HL7 transport on, and no jar has its class; the server does not start. \
               The 4.0.0 distribution does not contain the transport: put the two jars of wso2mi-hl7-4.0.0.zip into \
               dropins. The names that start with org.wso2.carbon.business.messaging.hl7 are those of EI 6; with \
               them the class is never found.",
        source: "MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml, components/business-adaptors; \
                 CoreServerInitializer",
    },
    Story {
        code: Code(1305),
        severity: Severity::Warning,
        firm: false,
        title: "a class of the HL7 pack cannot be loaded",
        text: "A message builder, formatter or message store names a class that comes with the HL7 pack, and no jar \
               has it. Put the two jars of wso2mi-hl7-4.0.0.zip into dropins; where the name starts with \
               org.wso2.carbon.business.messaging.hl7, which is that of EI 6, write \
               org.wso2.micro.integrator.business.messaging.hl7.",
        source: "MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml, components/business-adaptors",
    },
    Story {
        code: Code(1306),
        severity: Severity::Error,
        firm: false,
        title: "a file that the server needs would be no sound XML",
        text: "The templates put values of deployment.toml into XML as they are written. With a bare `&` or `<` in \
               one, axis2.xml, carbon.xml or synapse-handlers.xml cannot be parsed, and the server does not start. \
               Write `&amp;` and `&lt;`.",
        source: "MI v4.0.0 repository/resources/conf/templates; config-mapper v1.0.18 (no escaping)",
    },
    Story {
        code: Code(1307),
        severity: Severity::Warning,
        firm: false,
        title: "a rendered file would be no sound XML",
        text: "The templates put values of deployment.toml into XML as they are written. With a bare `&` or `<` in \
               one, usually in the URL of a data source, the file cannot be parsed, and nothing that it says \
               counts. Write `&amp;` and `&lt;`.",
        source: "MI v4.0.0 templates/conf/datasources/master-datasources.xml.j2; config-mapper v1.0.18 (no escaping)",
    },
    Story {
        code: Code(1308),
        severity: Severity::Warning,
        firm: false,
        title: "a second hapi",
        text: "The distribution ships hapi 2.1.0 itself in wso2/components/plugins. A jar of lib or dropins that \
               holds ca.uhn.hl7v2 as well splits that package, and HL7 messages fail with \
               IncompatibleClassChangeError. Take it out.",
        source: "MI v4.0.0 inbound endpoint feature; wso2/micro-integrator#3338",
    },
    Story {
        code: Code(1309),
        severity: Severity::Warning,
        firm: false,
        title: "the HL7 transport lies in lib",
        text: "The server wraps each jar of lib into a bundle that drops the jar's own manifest, and with it the \
               header that registers the builder and the formatter of HL7 messages. Put the jars of the pack into \
               dropins.",
        source: "MI v4.0.0 DefaultBundleCreator, HL7MessageServiceComponent",
    },
    Story {
        code: Code(1310),
        severity: Severity::Warning,
        firm: false,
        title: "the HL7 transport of EI 6",
        text: "The jar holds the HL7 transport of EI 6, in packages that start with \
               org.wso2.carbon.business.messaging.hl7. It needs bundles that the Micro Integrator does not have. \
               Use the pack of 4.0.0.",
        source: "MI v4.0.0 components/business-adaptors; wso2/carbon-mediation#936",
    },
    Story {
        code: Code(1311),
        severity: Severity::Warning,
        firm: false,
        title: "blocking calls cannot read or write HL7 messages",
        text: "The HL7 transport registers its builder and formatter for application/edi-hl7 with the server \
               itself, not with the client of blocking calls. Where that client has the transport too, \
               [[blocking.custom_message_builders]] and [[blocking.custom_message_formatters]] must name them.",
        source: "MI v4.0.0 HL7MessageServiceComponent, templates/conf/axis2/axis2_blocking_client.xml.j2",
    },
    Story {
        code: Code(1312),
        severity: Severity::Warning,
        firm: false,
        title: "an HL7 message store without OpenJPA",
        text: "JPAStore keeps HL7 messages through OpenJPA, and no jar holds that. openjpa-all-2.2.2.wso2v2.jar is \
               the second jar of the HL7 pack. Its bundle imports javax.transaction.xa, which the system bundle \
               offers only where conf/etc/launch.ini lists it.",
        source: "MI v4.0.0 store.jpa.JPAStore, features/wso2mi-hl7/src/assembly/hl7-package.xml",
    },
    Story {
        code: Code(1313),
        severity: Severity::Warning,
        firm: false,
        title: "patterns of log masking are wiped at the first start",
        text: "conf/wso2-log-masking.properties was a plain file in 1.2.0. 4.0.0 writes it from \
               [masking_pattern.properties] of deployment.toml, so patterns that stand in the file alone are lost, \
               and what they masked is logged.",
        source: "MI v4.0.0 templates/conf/wso2-log-masking.properties.j2",
    },
    Story {
        code: Code(1314),
        severity: Severity::Warning,
        firm: false,
        title: "a data source of a carbon application is there already",
        text: "A carbon application deploys a data source whose name another one has already, in deployment.toml, \
               in conf/datasources or in another carbon application. The server says `data source with same name \
               already exist` and takes the whole carbon application back; /healthz is not ready. Take the data \
               source out of one of the two.",
        source: "MI v4.0.0 DataSourceCappDeployer; wso2/micro-integrator#2020",
    },
    Story {
        code: Code(1315),
        severity: Severity::Warning,
        firm: false,
        title: "a data source is configured twice",
        text: "Two data sources of deployment.toml and conf/datasources have the same name. One takes the place of \
               the other.",
        source: "MI v4.0.0 DataSourceManager, DataSourceRepository",
    },
    Story {
        code: Code(1316),
        severity: Severity::Warning,
        firm: false,
        title: "two data sources have one JNDI name",
        text: "Whoever looks the name up gets the data source that was deployed last, which may be another \
               database.",
        source: "MI v4.0.0 DataSourceRepository",
    },
    Story {
        code: Code(1317),
        severity: Severity::Error,
        firm: false,
        title: "two listeners of the server want one port",
        text: "The configuration gives one port to two of the transports, the management API and JMX, after the \
               port offset is added. Only one of them comes up.",
        source: "MI v4.0.0 templates/conf/axis2/axis2.xml.j2, carbon.xml.j2, synapse.properties.j2",
    },
    Story {
        code: Code(1318),
        severity: Severity::Warning,
        firm: false,
        title: "the port of an inbound endpoint is taken",
        text: "An inbound endpoint, or a proxy of the HL7 transport, wants a port that the server or another \
               artifact listens on. The one that comes later does not listen: `is already used by another \
               application hence undeploying inbound endpoint`. Ports of HTTP inbound endpoints move with the port \
               offset only where mediation.inbound.port_offset_enable is true.",
        source: "MI v4.0.0 InboundHttpListener, HTTPEndpointManager",
    },
    Story {
        code: Code(1319),
        severity: Severity::Note,
        firm: false,
        title: "ports below 1024",
        text: "On most systems only root may listen on a port below 1024. The containers of the product run as user \
               802.",
        source: "wso2/docker-ei v4.0.0.1 dockerfiles/ubuntu/micro-integrator/Dockerfile",
    },
    Story {
        code: Code(1320),
        severity: Severity::Error,
        firm: false,
        title: "there is no deployment.toml that can be read",
        text: "The server renders its configuration from conf/deployment.toml at its start and ends without it. It is \
               missing, cannot be read, or is a link that leads out of the tree that was looked into. Nothing that it \
               sets was checked.",
        source: "config-mapper v1.0.18 ConfigParser",
    },
    Story {
        code: Code(1321),
        severity: Severity::Warning,
        firm: false,
        title: "what the server makes of deployment.toml is not known",
        text: "The file is larger or more deeply nested than is looked into here, or uses something of the templates that \
               this program does not know. The server may start all the same. Nothing that it sets was checked.",
        source: "this program's own bounds",
    },
    Story {
        code: Code(1322),
        severity: Severity::Warning,
        firm: false,
        title: "files were not looked into",
        text: "A file that the server reads could not be read, is larger than is looked into, or is a link that leads out \
               of the tree. What is wrong in it is not told.",
        source: "this program's own bounds",
    },
];
