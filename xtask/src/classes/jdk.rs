//! The packages that a Java 11 runtime has, and those that it no longer has.
//!
//! In: the name of a package or class, with dots or slashes. Out: whether the runtime has it. Always: data, from the
//! Java SE and JDK 11 specification (docs.oracle.com/en/java/javase/11/docs/api: the packages that the modules export)
//! and from JEP 320, "Remove the Java EE and CORBA Modules".

use super::package_of;
use std::cmp::Ordering;

/// What the modules of Java 11 export without restriction: Java SE 11 (`java.*` modules), and what the JDK adds to it
/// (`jdk.*` modules). Sorted. The system bundle of an OSGi framework exports these but `java.*`, unless the property
/// `org.osgi.framework.system.packages` says otherwise, as in `conf/etc/launch.ini`.
pub static PACKAGES: &[&str] = &[
    "com.sun.jarsigner",
    "com.sun.java.accessibility.util",
    "com.sun.javadoc",
    "com.sun.jdi",
    "com.sun.jdi.connect",
    "com.sun.jdi.connect.spi",
    "com.sun.jdi.event",
    "com.sun.jdi.request",
    "com.sun.management",
    "com.sun.net.httpserver",
    "com.sun.net.httpserver.spi",
    "com.sun.nio.file",
    "com.sun.nio.sctp",
    "com.sun.security.auth",
    "com.sun.security.auth.callback",
    "com.sun.security.auth.login",
    "com.sun.security.auth.module",
    "com.sun.security.jgss",
    "com.sun.source.doctree",
    "com.sun.source.tree",
    "com.sun.source.util",
    "com.sun.tools.attach",
    "com.sun.tools.attach.spi",
    "com.sun.tools.javac",
    "com.sun.tools.javadoc",
    "com.sun.tools.jconsole",
    "java.applet",
    "java.awt",
    "java.awt.color",
    "java.awt.datatransfer",
    "java.awt.desktop",
    "java.awt.dnd",
    "java.awt.event",
    "java.awt.font",
    "java.awt.geom",
    "java.awt.im",
    "java.awt.im.spi",
    "java.awt.image",
    "java.awt.image.renderable",
    "java.awt.print",
    "java.beans",
    "java.beans.beancontext",
    "java.io",
    "java.lang",
    "java.lang.annotation",
    "java.lang.instrument",
    "java.lang.invoke",
    "java.lang.management",
    "java.lang.module",
    "java.lang.ref",
    "java.lang.reflect",
    "java.math",
    "java.net",
    "java.net.http",
    "java.net.spi",
    "java.nio",
    "java.nio.channels",
    "java.nio.channels.spi",
    "java.nio.charset",
    "java.nio.charset.spi",
    "java.nio.file",
    "java.nio.file.attribute",
    "java.nio.file.spi",
    "java.rmi",
    "java.rmi.activation",
    "java.rmi.dgc",
    "java.rmi.registry",
    "java.rmi.server",
    "java.security",
    "java.security.acl",
    "java.security.cert",
    "java.security.interfaces",
    "java.security.spec",
    "java.sql",
    "java.text",
    "java.text.spi",
    "java.time",
    "java.time.chrono",
    "java.time.format",
    "java.time.temporal",
    "java.time.zone",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.util.concurrent.locks",
    "java.util.function",
    "java.util.jar",
    "java.util.logging",
    "java.util.prefs",
    "java.util.regex",
    "java.util.spi",
    "java.util.stream",
    "java.util.zip",
    "javax.accessibility",
    "javax.annotation.processing",
    "javax.crypto",
    "javax.crypto.interfaces",
    "javax.crypto.spec",
    "javax.imageio",
    "javax.imageio.event",
    "javax.imageio.metadata",
    "javax.imageio.plugins.bmp",
    "javax.imageio.plugins.jpeg",
    "javax.imageio.plugins.tiff",
    "javax.imageio.spi",
    "javax.imageio.stream",
    "javax.lang.model",
    "javax.lang.model.element",
    "javax.lang.model.type",
    "javax.lang.model.util",
    "javax.management",
    "javax.management.loading",
    "javax.management.modelmbean",
    "javax.management.monitor",
    "javax.management.openmbean",
    "javax.management.relation",
    "javax.management.remote",
    "javax.management.remote.rmi",
    "javax.management.timer",
    "javax.naming",
    "javax.naming.directory",
    "javax.naming.event",
    "javax.naming.ldap",
    "javax.naming.spi",
    "javax.net",
    "javax.net.ssl",
    "javax.print",
    "javax.print.attribute",
    "javax.print.attribute.standard",
    "javax.print.event",
    "javax.rmi.ssl",
    "javax.script",
    "javax.security.auth",
    "javax.security.auth.callback",
    "javax.security.auth.kerberos",
    "javax.security.auth.login",
    "javax.security.auth.spi",
    "javax.security.auth.x500",
    "javax.security.cert",
    "javax.security.sasl",
    "javax.smartcardio",
    "javax.sound.midi",
    "javax.sound.midi.spi",
    "javax.sound.sampled",
    "javax.sound.sampled.spi",
    "javax.sql",
    "javax.sql.rowset",
    "javax.sql.rowset.serial",
    "javax.sql.rowset.spi",
    "javax.swing",
    "javax.swing.border",
    "javax.swing.colorchooser",
    "javax.swing.event",
    "javax.swing.filechooser",
    "javax.swing.plaf",
    "javax.swing.plaf.basic",
    "javax.swing.plaf.metal",
    "javax.swing.plaf.multi",
    "javax.swing.plaf.nimbus",
    "javax.swing.plaf.synth",
    "javax.swing.table",
    "javax.swing.text",
    "javax.swing.text.html",
    "javax.swing.text.html.parser",
    "javax.swing.text.rtf",
    "javax.swing.tree",
    "javax.swing.undo",
    "javax.tools",
    "javax.transaction.xa",
    "javax.xml",
    "javax.xml.catalog",
    "javax.xml.crypto",
    "javax.xml.crypto.dom",
    "javax.xml.crypto.dsig",
    "javax.xml.crypto.dsig.dom",
    "javax.xml.crypto.dsig.keyinfo",
    "javax.xml.crypto.dsig.spec",
    "javax.xml.datatype",
    "javax.xml.namespace",
    "javax.xml.parsers",
    "javax.xml.stream",
    "javax.xml.stream.events",
    "javax.xml.stream.util",
    "javax.xml.transform",
    "javax.xml.transform.dom",
    "javax.xml.transform.sax",
    "javax.xml.transform.stax",
    "javax.xml.transform.stream",
    "javax.xml.validation",
    "javax.xml.xpath",
    "jdk.dynalink",
    "jdk.dynalink.beans",
    "jdk.dynalink.linker",
    "jdk.dynalink.linker.support",
    "jdk.dynalink.support",
    "jdk.javadoc.doclet",
    "jdk.jfr",
    "jdk.jfr.consumer",
    "jdk.jshell",
    "jdk.jshell.execution",
    "jdk.jshell.spi",
    "jdk.jshell.tool",
    "jdk.management.jfr",
    "jdk.nashorn.api.scripting",
    "jdk.nashorn.api.tree",
    "jdk.net",
    "jdk.nio",
    "jdk.security.jarsigner",
    "netscape.javascript",
    "org.ietf.jgss",
    "org.w3c.dom",
    "org.w3c.dom.bootstrap",
    "org.w3c.dom.css",
    "org.w3c.dom.events",
    "org.w3c.dom.html",
    "org.w3c.dom.ls",
    "org.w3c.dom.ranges",
    "org.w3c.dom.stylesheets",
    "org.w3c.dom.traversal",
    "org.w3c.dom.views",
    "org.w3c.dom.xpath",
    "org.xml.sax",
    "org.xml.sax.ext",
    "org.xml.sax.helpers",
    "sun.misc",
    "sun.reflect",
];

/// What Java 8 had and Java 11 has not: the modules java.activation, java.corba, java.transaction, java.xml.bind,
/// java.xml.ws and java.xml.ws.annotation (JEP 320), with the packages of their implementations that were in use.
/// Sorted. Of `javax.transaction`, the package `javax.transaction.xa` stayed, in the module java.transaction.xa.
pub static REMOVED: &[&str] = &[
    "com.sun.activation.registries",
    "com.sun.activation.viewers",
    "javax.activation",
    "javax.activity",
    "javax.annotation",
    "javax.jws",
    "javax.jws.soap",
    "javax.rmi",
    "javax.rmi.CORBA",
    "javax.transaction",
    "javax.xml.bind",
    "javax.xml.bind.annotation",
    "javax.xml.bind.annotation.adapters",
    "javax.xml.bind.attachment",
    "javax.xml.bind.helpers",
    "javax.xml.bind.util",
    "javax.xml.soap",
    "javax.xml.ws",
    "javax.xml.ws.handler",
    "javax.xml.ws.handler.soap",
    "javax.xml.ws.http",
    "javax.xml.ws.soap",
    "javax.xml.ws.spi",
    "javax.xml.ws.spi.http",
    "javax.xml.ws.wsaddressing",
    "org.omg.CORBA",
    "org.omg.CORBA.DynAnyPackage",
    "org.omg.CORBA.ORBPackage",
    "org.omg.CORBA.TypeCodePackage",
    "org.omg.CORBA.portable",
    "org.omg.CORBA_2_3",
    "org.omg.CORBA_2_3.portable",
    "org.omg.CosNaming",
    "org.omg.CosNaming.NamingContextExtPackage",
    "org.omg.CosNaming.NamingContextPackage",
    "org.omg.Dynamic",
    "org.omg.DynamicAny",
    "org.omg.DynamicAny.DynAnyFactoryPackage",
    "org.omg.DynamicAny.DynAnyPackage",
    "org.omg.IOP",
    "org.omg.IOP.CodecFactoryPackage",
    "org.omg.IOP.CodecPackage",
    "org.omg.Messaging",
    "org.omg.PortableInterceptor",
    "org.omg.PortableInterceptor.ORBInitInfoPackage",
    "org.omg.PortableServer",
    "org.omg.PortableServer.CurrentPackage",
    "org.omg.PortableServer.POAManagerPackage",
    "org.omg.PortableServer.POAPackage",
    "org.omg.PortableServer.ServantLocatorPackage",
    "org.omg.PortableServer.portable",
    "org.omg.SendingContext",
    "org.omg.stub.java.rmi",
];

/// Packages that were removed with everything below them: CORBA, the implementations of JAXB, JAX-WS and SAAJ
/// (JEP 320), and `JavaFX`, which no longer comes with the JDK (Oracle JDK 11 release notes).
const REMOVED_TREES: &[&str] = &[
    "com.sun.activation",
    "com.sun.corba.se",
    "com.sun.javafx",
    "com.sun.org.omg",
    "com.sun.xml.internal.bind",
    "com.sun.xml.internal.fastinfoset",
    "com.sun.xml.internal.messaging",
    "com.sun.xml.internal.org.jvnet",
    "com.sun.xml.internal.txw2",
    "com.sun.xml.internal.ws",
    "javafx",
    "org.omg",
];

/// Packages inside the JDK, with everything below them, that it exports to no one by its specification. Java 11 lets
/// programs use those that Java 8 had (`--illegal-access=permit` is its default, JEP 261).
const INTERNAL_TREES: &[&str] = &[
    "com.sun.accessibility.internal",
    "com.sun.awt",
    "com.sun.beans",
    "com.sun.crypto.provider",
    "com.sun.imageio",
    "com.sun.java.accessibility",
    "com.sun.java.swing",
    "com.sun.java.util.jar.pack",
    "com.sun.java_cup.internal",
    "com.sun.jmx",
    "com.sun.jndi",
    "com.sun.management",
    "com.sun.media.sound",
    "com.sun.naming.internal",
    "com.sun.net.ssl",
    "com.sun.nio",
    "com.sun.org.apache",
    "com.sun.rmi",
    "com.sun.rowset",
    "com.sun.security",
    "com.sun.swing.internal",
    "com.sun.tools",
    "com.sun.xml.internal",
    "java",
    "jdk",
    "org.jcp.xml.dsig.internal",
    "sun",
];

/// The classes that are left of `sun.misc` and of `sun.reflect` itself, in the module jdk.unsupported (JEP 260).
/// `sun.misc.BASE64Encoder` and `sun.misc.BASE64Decoder` are the best known of those that went.
const LEFT_OF_UNSUPPORTED: &[&str] = &[
    "sun.misc.Signal",
    "sun.misc.SignalHandler",
    "sun.misc.Unsafe",
    "sun.reflect.Reflection",
    "sun.reflect.ReflectionFactory",
];

/// Single classes that went out of packages that stayed, with the bug that says so.
const REMOVED_CLASSES: &[&str] = &[
    // JDK-8191138
    "javax.security.auth.Policy",
];

/// Whether a package belongs to a Java 11 runtime, exported or internal. With dots or slashes.
pub fn is_jdk_package(package: &str) -> bool {
    !is_removed_package(package) && (lists(PACKAGES, package) || INTERNAL_TREES.iter().any(|tree| holds(tree, package)))
}

/// Whether Java 8 had a package and Java 11 has it no longer. With dots or slashes.
pub fn is_removed_package(package: &str) -> bool {
    lists(REMOVED, package) || REMOVED_TREES.iter().any(|tree| holds(tree, package))
}

/// Whether Java 8 had a class and Java 11 has it no longer. With dots or slashes.
pub fn is_removed_class(class: &str) -> bool {
    let package = package_of(class);
    if is_removed_package(package) {
        return true;
    }
    let is_unsupported = compare("sun.misc", package).is_eq() || compare("sun.reflect", package).is_eq();
    // A nested class goes with the one around it.
    let outer = class.split('$').next().unwrap_or(class);
    let is_in = |classes: &[&str]| classes.iter().any(|known| compare(known, outer).is_eq());
    (is_unsupported && !is_in(LEFT_OF_UNSUPPORTED)) || is_in(REMOVED_CLASSES)
}

fn lists(packages: &[&str], package: &str) -> bool {
    packages.binary_search_by(|known| compare(known, package)).is_ok()
}

/// Compares a name with dots with one that may have slashes.
fn compare(known: &str, name: &str) -> Ordering {
    known.bytes().cmp(name.bytes().map(with_dots))
}

/// Whether `package` is `tree` or lies below it.
fn holds(tree: &str, package: &str) -> bool {
    let Some((start, rest)) = package.as_bytes().split_at_checked(tree.len()) else { return false };
    start.iter().copied().map(with_dots).eq(tree.bytes()) && matches!(rest.first(), None | Some(b'.' | b'/'))
}

fn with_dots(byte: u8) -> u8 {
    if byte == b'/' { b'.' } else { byte }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_apart() {
        assert!(PACKAGES.is_sorted_by(|a, b| a < b) && REMOVED.is_sorted_by(|a, b| a < b));
        assert!(PACKAGES.iter().all(|package| is_jdk_package(package) && !is_removed_package(package)));
        assert!(REMOVED.iter().all(|package| !is_jdk_package(package)));
    }

    #[test]
    fn packages_are_known_with_dots_and_slashes() {
        for (package, is_there, is_removed) in [
            ("java/lang", true, false),
            ("java/lang/foreign", true, false),
            ("javax.transaction.xa", true, false),
            ("javax/transaction", false, true),
            ("javax/xml/bind/annotation", false, true),
            ("javax.annotation", false, true),
            ("javax/annotation/processing", true, false),
            ("javax/jms", false, false),
            ("javax/servlet", false, false),
            ("org/omg/CORBA", false, true),
            ("org/w3c/dom", true, false),
            ("com/sun/mail/imap", false, false),
            ("com/sun/xml/internal/bind/v2", false, true),
            ("com/sun/xml/bind", false, false),
            ("com/sun/xml/internal/stream", true, false),
            ("com/sun/jndi/ldap", true, false),
            ("jdk/nashorn/api/scripting", true, false),
            ("javafx/scene", false, true),
            ("sun/security/x509", true, false),
            ("sunny/day", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_jdk_package(package), is_removed_package(package)), (is_there, is_removed), "{package}");
        }
    }

    #[test]
    fn classes_that_went_out_of_packages_that_stayed_are_known() {
        for (class, is_removed) in [
            ("sun/misc/BASE64Encoder", true),
            ("sun/misc/Cleaner", true),
            ("sun/misc/Unsafe", false),
            ("sun/reflect/Reflection", false),
            ("sun/reflect/ReflectionFactory$1", false),
            ("sun/reflect/annotation/AnnotationParser", false),
            ("javax/security/auth/Policy", true),
            ("javax/security/auth/Subject", false),
            ("javax/xml/bind/JAXBContext", true),
            ("Unnamed", false),
        ] {
            assert_eq!(is_removed_class(class), is_removed, "{class}");
        }
    }
}
