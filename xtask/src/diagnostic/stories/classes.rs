//! Codes from MI1101: classes of the result.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(1101),
        severity: Severity::Warning,
        firm: false,
        title: "classes for a newer Java",
        text: "A jar in lib or dropins, or one in a carbon application, connector or service, holds class files for a \
               newer Java than 11, the newest that 4.0.0 runs on. The server logs UnsupportedClassVersionError where \
               such a class is loaded. What a multi-release jar has for newer releases is not counted. Build it for \
               Java 8 or 11.",
        source: "MI v4.0.0 bin/micro-integrator.sh (Java 1.8 to 11); The Java Virtual Machine Specification, Java SE 11, 4.1",
    },
    Story {
        code: Code(1102),
        severity: Severity::Warning,
        firm: false,
        title: "classes that Java 11 no longer has",
        text: "Classes of the user refer to JAXB, JAX-WS, CORBA, javax.activation, sun.misc.BASE64Encoder or others \
               that Java 8 had, that Java 11 has not, and that no jar of the result has either. On Java 11 what runs \
               into one fails with NoClassDefFoundError. A library may do without: then this can be passed over. \
               Otherwise put a jar that has the classes into lib, build without them, or run the server on Java 8.",
        source: "JEP 320 and JEP 260; wso2/micro-integrator#1591, #1597",
    },
    Story {
        code: Code(1103),
        severity: Severity::Warning,
        firm: false,
        title: "classes or members that the distribution does not have",
        text: "Classes of the user refer to a class, method or field of a package that a bundle of the distribution \
               exports, and it is not there; or they implement an interface that asks for a method that they do not \
               have. In 4.0.0 org.apache.synapse.rest.API became org.apache.synapse.api.API with the classes around \
               it, which changed the signature of every method that speaks of it (SynapseConfiguration.getAPI), \
               SynapseXpathFunctionContextProvider.getResolvingQName returns a text, and handlers of the management \
               API get the message. What runs into one fails with NoClassDefFoundError, NoSuchMethodError, \
               NoSuchFieldError or AbstractMethodError. Build your own code against 4.0.0. Of a library take a release \
               that was built for the versions of 4.0.0, or see whether what refers to it is called at all. A jar that \
               misses nothing but classes of packages of which it holds others may be cut down on purpose, which is a \
               note. Nothing is said of a bundle that the distribution has already (MI1005), nor of a class that it \
               has just so; classes that are named in texts only are not looked at, and nothing is said where super \
               classes are not known.",
        source: "wso2-synapse#1691, tags v2.1.7-wso2v182 and v2.1.7-wso2v227; MI v4.0.0 AuthenticationHandlerAdapter, \
                 SecurityHandlerAdapter; wso2/product-apim#10238; The Java Virtual Machine Specification, Java SE 11, 5.4.3",
    },
    Story {
        code: Code(1104),
        severity: Severity::Warning,
        firm: false,
        title: "class files that cannot be read",
        text: "A jar in lib or dropins, or one in a carbon application, connector or service, holds class files that \
               are cut off or damaged, that do not match their checksum, or that hold a class of another name, or an \
               archive with classes that cannot be opened or is too large to be looked at. What needs such a class \
               fails with NoClassDefFoundError or ClassFormatError, and the other checks do not know what it refers \
               to. Get the jar anew, or build it again. Some libraries carry such files for their own tests: then this \
               can be passed over.",
        source: "The Java Virtual Machine Specification, Java SE 11, chapter 4 and 5.3.5",
    },
];
