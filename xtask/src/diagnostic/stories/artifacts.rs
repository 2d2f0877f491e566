//! Codes from MI1401: carbon applications, connectors and artifacts of the result.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(1401),
        severity: Severity::Warning,
        firm: false,
        title: "an archive of artifacts is damaged",
        text: "An archive in carbonapps, synapse-libs or axis2services cannot be opened, holds encrypted entries, or \
               has entries whose bytes are broken or do not match their check sum. The server does not unpack it, or \
               unpacks other bytes than were packed. A carbon application that is not unpacked is listed neither as \
               active nor as faulty. Copy it anew, or build it again.",
        source: "MI v4.0.0 AppDeployerUtils.extract; java.util.zip.ZipFile of Java 11",
    },
    Story {
        code: Code(1402),
        severity: Severity::Warning,
        firm: false,
        title: "an archive lacks the entries of its folders",
        text: "The server makes a folder only when it comes to the folder's own entry, so a file in a folder without \
               one cannot be written: `Error while extracting Carbon Application ... (No such file or directory)`. \
               Nothing of the archive is deployed, and the management API lists it neither as active nor as faulty. \
               What zip tools make without folder entries must be packed again; Maven and `jar` write them. For a \
               carbon application and a connector META-INF is passed over.",
        source: "MI v4.0.0 AppDeployerUtils.extract; wso2-synapse v2.1.7-wso2v227 LibDeployerUtils.extract; seen \
                 with servers of 1.2.0, 4.1.0 and 4.2.0",
    },
    Story {
        code: Code(1403),
        severity: Severity::Warning,
        firm: false,
        title: "the description of an archive cannot be read",
        text: "artifacts.xml or an artifact.xml of a carbon application, connector.xml or a component.xml of a \
               connector, or services.xml of an axis2 service is missing, is no XML, or does not say what the server \
               asks of it. The server logs an error and deploys nothing of the archive.",
        source: "MI v4.0.0 ApplicationConfiguration, CappDeployer.buildAppArtifact; wso2-synapse v2.1.7-wso2v227 \
                 LibDeployerUtils",
    },
    Story {
        code: Code(1404),
        severity: Severity::Warning,
        firm: false,
        title: "an archive lacks artifacts that its description asks for",
        text: "Each dependency of artifacts.xml must be there with an artifact.xml of the same name and version; the \
               folder's name does not matter. Where one is missing, the server logs `Some dependencies were not \
               satisfied in cApp` and deploys nothing of the application, and does not count it as faulty. The same \
               holds for the components of a connector.",
        source: "MI v4.0.0 CappDeployer.isArtifactReadyToDeploy; wso2-synapse v2.1.7-wso2v227 \
                 LibDeployerUtils.searchAndResolveDependencies",
    },
    Story {
        code: Code(1405),
        severity: Severity::Warning,
        firm: false,
        title: "an archive lacks a file that an artifact names",
        text: "The file that an artifact.xml names is not in the artifact's folder. The server fails at the artifact \
               and takes the whole carbon application back; /healthz says `not ready, faulty CAPPs detected`.",
        source: "MI v4.0.0 SynapseAppDeployer.deployArtifactType, DataSourceCappDeployer, DefaultAppDeployer",
    },
    Story {
        code: Code(1406),
        severity: Severity::Warning,
        firm: false,
        title: "a carbon application has artifacts that this server does not deploy",
        text: "MI deploys synapse artifacts (API, endpoint, inbound endpoint, local entry, message processor, \
               message store, proxy service, sequence, task, template), connectors, class mediators and libraries, \
               registry resources, data sources, data services and axis2 services. An artifact of another type is \
               passed over; one without a type, or with another number of files than one, is an error in the log. \
               Such artifacts come from products that carbon applications are shared with.",
        source: "MI v4.0.0 SynapseAppDeployerConstants, DefaultAppDeployer, DataSourceCappDeployer, \
                 FileRegistryResourceDeployer",
    },
    Story {
        code: Code(1407),
        severity: Severity::Warning,
        firm: false,
        title: "a carbon application has artifacts for another kind of server",
        text: "A dependency of artifacts.xml names the server role that it is for. MI has the roles \
               EnterpriseIntegrator, EnterpriseServiceBus and DataServicesServer, in both releases, and passes over \
               the artifacts of others; an application with nothing left is ignored. A dependency without a role \
               stops the whole application. Another set of roles can be given by -DserverRoles, which is not looked \
               at.",
        source: "MI v4.0.0 ApplicationConfiguration.buildConfiguration, carbon.xml.j2 (ServerRoles)",
    },
    Story {
        code: Code(1408),
        severity: Severity::Warning,
        firm: false,
        title: "a carbon application has a metadata.xml",
        text: "4.0.0 takes a metadata.xml at the top of a carbon application for its description and does not read \
               artifacts.xml, which 1.2.0 did. A file of that name that is something else makes the application \
               fail; one that asks for other artifacts deploys others. One that says the same as artifacts.xml does \
               no harm and is not told.",
        source: "MI v4.0.0 ApplicationConfiguration (New CAPP format)",
    },
    Story {
        code: Code(1409),
        severity: Severity::Warning,
        firm: false,
        title: "names in an archive are unpacked to somewhere else",
        text: "An entry's name leads out of the folder by `..`, or separates folders by a backslash. 4.0.0 unpacks a \
               carbon application without a look at that: files are written beside the folder that it is unpacked \
               to, or under names that nothing asks for. A connector with `..` is refused.",
        source: "MI v4.0.0 AppDeployerUtils.extract; wso2-synapse v2.1.7-wso2v227 LibDeployerUtils.extract",
    },
    Story {
        code: Code(1410),
        severity: Severity::Note,
        firm: false,
        title: "an archive is too large to be looked at",
        text: "The archive holds more entries or more bytes than are looked at, so that no archive can take all time \
               or memory. It is carried as it is.",
        source: "the limits of this program",
    },
    Story {
        code: Code(1411),
        severity: Severity::Warning,
        firm: false,
        title: "an artifact is no XML",
        text: "The file is not well-formed, or its bytes are not of the encoding that it names (UTF-8 where it names \
               none). In a carbon application the server takes the whole application back, and /healthz says `not \
               ready, faulty CAPPs detected`. An artifact that lies loose is passed over: `.. configuration cannot \
               be built from : FILE - Continue in fail-safe mode`; where failsafe.mode.enable is set in \
               synapse.properties and does not name its kind, the server does not start.",
        source: "wso2-synapse v2.1.7-wso2v227 AbstractSynapseArtifactDeployer.deploy, \
                 MultiXMLConfigurationBuilder.handleConfigurationError",
    },
    Story {
        code: Code(1412),
        severity: Severity::Error,
        firm: true,
        title: "synapse.xml is no XML",
        text: "synapse.xml is read before all other artifacts, and outside of fail-safe mode. Where it is not \
               well-formed, the server logs `FATAL {ServiceBusInitializer} - Couldn't initialize the ESB...` and opens no \
               port. Correct it, or leave it out where it defines nothing.",
        source: "wso2-synapse v2.1.7-wso2v227 MultiXMLConfigurationBuilder.createConfigurationFromSynapseXML",
    },
    Story {
        code: Code(1413),
        severity: Severity::Note,
        firm: false,
        title: "a registry resource is no XML",
        text: "A resource whose name ends like that of an XML file is not well-formed. The server deploys it as it \
               is; what reads it as XML fails when it does.",
        source: "MI v4.0.0 FileRegistryResourceDeployer",
    },
    Story {
        code: Code(1414),
        severity: Severity::Warning,
        firm: false,
        title: "an artifact holds something else than belongs there",
        text: "The file is XML, and not the artifact that its folder or its artifact.xml says: another element, one \
               outside of the namespace http://ws.apache.org/ns/synapse, or one without a name. In a carbon \
               application the server takes the whole application back; an artifact that lies loose is passed over.",
        source: "wso2-synapse v2.1.7-wso2v227 org.apache.synapse.config.xml (the factories)",
    },
    Story {
        code: Code(1415),
        severity: Severity::Warning,
        firm: false,
        title: "a registry resource names a file that is not there",
        text: "A registry-info.xml lists a file that is not in the folder `resources` beside it. The server logs \
               `Specified file to be written as a resource is not found at` and deploys the rest.",
        source: "MI v4.0.0 FileRegistryResourceDeployer.writeArtifactToRegistry",
    },
    Story {
        code: Code(1421),
        severity: Severity::Note,
        firm: false,
        title: "artifacts refer to names that nothing defines",
        text: "A sequence, endpoint, local entry, template, message store, proxy, data source or registry key is \
               named, and neither a package nor a loose file nor the registry folder of the result has it. Names may \
               come at run time, such as a registry resource that a message flow writes. Expressions are not looked \
               at, and neither is a part of the registry that lies elsewhere.",
        source: "wso2-synapse v2.1.7-wso2v227 SynapseConfiguration; MI v4.0.0 MicroIntegratorRegistry",
    },
    Story {
        code: Code(1431),
        severity: Severity::Warning,
        firm: false,
        title: "an artifact is defined twice",
        text: "Two files define the same name: in two carbon applications, or in one and loose in synapse-configs. \
               Sequences, endpoints, templates and local entries share one set of names. The later one fails, and \
               with it the whole carbon application that it is in; a second proxy is passed over. Carbon \
               applications are deployed after loose files. Where a loose file also has the same file name, the \
               server logs `already found in ..` and passes over the one in the application.",
        source: "wso2-synapse v2.1.7-wso2v227 SynapseConfiguration.assertAlreadyExists, ProxyServiceDeployer; MI \
                 v4.0.0 SynapseAppDeployer",
    },
    Story {
        code: Code(1432),
        severity: Severity::Warning,
        firm: false,
        title: "a registry resource comes with different contents",
        text: "Carbon applications put different contents under one key of the registry. The one that is deployed \
               last wins, at each start.",
        source: "MI v4.0.0 FileRegistryResourceDeployer.writeArtifactToRegistry",
    },
    Story {
        code: Code(1433),
        severity: Severity::Warning,
        firm: false,
        title: "a carbon application is there twice",
        text: "Two files in carbonapps have the same name in their artifacts.xml. With the same version the second \
               is not deployed (`Two applications can't have the same Id`); with another version both are, and what \
               is in both clashes.",
        source: "MI v4.0.0 CappDeployer.appExists",
    },
    Story {
        code: Code(1441),
        severity: Severity::Warning,
        firm: false,
        title: "a registry resource in use gets another key",
        text: "Carbon applications put resources below /_system/local. 1.2.0 has them under gov:/_system/local/, \
               4.0.0 under local:/, and artifacts ask for the old key: they find nothing, or what an old registry \
               folder still holds there. Change the keys, or the path in registry-info.xml to one below \
               /_system/governance.",
        source: "MI v1.2.0 and v4.0.0 AppDeployerUtils.createRegistryPath",
    },
    Story {
        code: Code(1442),
        severity: Severity::Note,
        firm: false,
        title: "a registry resource gets another key",
        text: "Carbon applications put resources below /_system/local. 1.2.0 has them under gov:/_system/local/, \
               4.0.0 under local:/. Nothing was seen to ask for the old key.",
        source: "MI v1.2.0 and v4.0.0 AppDeployerUtils.createRegistryPath",
    },
    Story {
        code: Code(1443),
        severity: Severity::Warning,
        firm: false,
        title: "carbon applications have resources for a registry of another class",
        text: "registry.xml names a registry that is not MicroIntegratorRegistry. 4.0.0 casts the registry to that \
               class when it deploys registry resources, where 1.2.0 used the interface: a carbon application that \
               has any fails with a ClassCastException.",
        source: "MI v1.2.0 and v4.0.0 FileRegistryResourceDeployer",
    },
    Story {
        code: Code(1444),
        severity: Severity::Warning,
        firm: false,
        title: "the registry is in folders of one machine",
        text: "registry.xml names absolute folders for parts of the registry. They are not in the home, so the \
               result does not have them, and where the new server runs they may not exist.",
        source: "MI v4.0.0 registry.xml, MicroIntegratorRegistry",
    },
];
