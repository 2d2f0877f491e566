//! Codes from MI1001: how bundles of the result resolve.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(1001),
        severity: Severity::Warning,
        firm: false,
        title: "a bundle will not resolve",
        text: "The bundle asks for a package, a bundle or a capability that nothing in the result offers in the \
               version it wants. The server starts and says that it is healthy, but the bundle and whatever needs it \
               are missing: \"Could not resolve module: ...\" with \"Unresolved requirement: ...\", which is surely \
               written only to a log beside bundles.info in wso2/components/micro-integrator-default/configuration. \
               Where a synapse handler or a transport is in such a bundle, the server does not start. The search \
               follows the framework's own rules, but for `uses` constraints: a bundle that passes may still fail by \
               those. Build the bundle for the versions of 4.0.0, widen its range, or add what is missing.",
        source: "OSGi Core Release 7, chapter 3; Equinox 3.14.0 ModuleResolver; wso2/micro-integrator#3080",
    },
    Story {
        code: Code(1002),
        severity: Severity::Warning,
        firm: false,
        title: "openjpa-all of the HL7 pack will not resolve",
        text: "The bundle openjpa-all imports javax.transaction.xa, which no bundle exports and conf/etc/launch.ini \
               does not pass on. Only the HL7 message store needs it; the HL7 transport and inbound endpoint work \
               without. Where that store is used, add javax.transaction.xa to org.osgi.framework.system.packages in \
               conf/etc/launch.ini.",
        source: "MI v4.0.0 conf/etc/launch.ini; wso2/carbon-business-messaging",
    },
    Story {
        code: Code(1003),
        severity: Severity::Warning,
        firm: false,
        title: "bundles of the platform no longer resolve",
        text: "The platform's bundles resolve by themselves, but not beside the jars of the home: one of those takes \
               the place of a bundle that others need, since only one singleton of a name may resolve, and only one \
               fragment of a name attaches. What the platform loses may be needed at the start. Leave the jar out.",
        source: "OSGi Core Release 7, chapter 3; Equinox 3.14.0 ModuleResolver (selectSingletons)",
    },
    Story {
        code: Code(1004),
        severity: Severity::Warning,
        firm: false,
        title: "two versions of a bundle are installed",
        text: "Another bundle has the same symbolic name and another version. The server installs both. A bundle that \
               imports a package from either gets the newer one, so classes of the platform may come from a jar that \
               the platform was not tested with, or one class from two places. A server did not start because of a \
               left-over snakeyaml. Remove the jar, unless something needs just this version.",
        source: "MI v4.0.0 DropinsBundleDeployer; wso2/api-manager#2076, #1254",
    },
    Story {
        code: Code(1005),
        severity: Severity::Note,
        firm: false,
        title: "a bundle in dropins is there already",
        text: "Another bundle has the same symbolic name and the same version. The server keeps that one and logs \
               \"Ignoring the deployment of bundle: ... it is already available in the system\". Whatever was changed \
               in the jar in dropins has no effect.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(1006),
        severity: Severity::Warning,
        firm: false,
        title: "the server ignores a jar in dropins",
        text: "A jar in dropins must be a bundle. Without Bundle-SymbolicName or Bundle-Version the server logs \
               \"Required Bundle manifest headers do not exists\", without a manifest \"Invalid Bundle found in the \
               dropins directory\", and goes on without the jar. In lib it would be wrapped into a bundle.",
        source: "MI v4.0.0 DropinsBundleDeployer",
    },
    Story {
        code: Code(1007),
        severity: Severity::Note,
        firm: false,
        title: "jars lie in folders of dropins or lib",
        text: "The server takes the jars that lie in dropins and lib themselves, and looks into no folder there. \
               These jars have no effect, as they had none before.",
        source: "MI v4.0.0 DropinsBundleDeployer, DefaultBundleCreator",
    },
    Story {
        code: Code(1008),
        severity: Severity::Warning,
        firm: false,
        title: "the framework refuses a bundle",
        text: "The manifest breaks a rule of OSGi: a header that cannot be read, a version that is none, a package \
               imported twice, a package of Java exported. The framework does not install such a bundle.",
        source: "Equinox 3.14.0 OSGiManifestBuilderFactory, ManifestElement",
    },
    Story {
        code: Code(1009),
        severity: Severity::Warning,
        firm: false,
        title: "launch.ini passes on fewer packages than the shipped one",
        text: "Bundles see only those packages of Java that org.osgi.framework.system.packages in conf/etc/launch.ini \
               lists, but for java.*. The file of the home lacks packages that 4.0.0 lists. Bundles that import them do \
               not resolve; those of the platform that this breaks are named. Start from the file of 4.0.0 and add \
               your own packages.",
        source: "MI v4.0.0 conf/etc/launch.ini; wso2/product-ei#2121",
    },
    Story {
        code: Code(1010),
        severity: Severity::Warning,
        firm: false,
        title: "a bundle in dropins exports much of what the platform exports",
        text: "Each package that two bundles export doubles the ways in which the framework may wire the others. With \
               many of them (javax.jms, javax.xml.stream, javax.transaction and commons in one jar) a server did not \
               get ready in 90 seconds: the resolver searched without end and filled the heap, without a word in the \
               log. Leave the jar out, or take one without these packages.",
        source: "seen at a start of the server; Equinox 3.14.0 ResolverImpl",
    },
];
