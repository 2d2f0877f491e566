//! Sets of bundles for single rules of the framework.

use std::collections::BTreeMap;

/// Sets by name: each line is a bundle, its name and version, and more headers after `|`.
const SETS: &[(&str, &str)] = &[
    ("cycle", "a 1|Import-Package: org.b|Export-Package: org.a\nb 1|Import-Package: org.a|Export-Package: org.b"),
    (
        "cycle-broken",
        "a 1|Import-Package: org.b,org.x|Export-Package: org.a\nb 1|Import-Package: org.a|Export-Package: org.b",
    ),
    ("own-export", "a 1|Import-Package: org.a;version=\"[1,2)\"|Export-Package: org.a;version=1.5"),
    ("own-export-too-old", "a 1|Import-Package: org.a;version=\"[2,3)\"|Export-Package: org.a;version=1.5"),
    (
        "http",
        "core 4.4.14|Export-Package: org.apache.http;version=4.4.14\nold 1|Import-Package: org.apache.http;version=\"[4.3,4.4)\"\nuser 1|Require-Bundle: old",
    ),
    (
        "no-version",
        "a 1|Export-Package: org.a\nb 1|Import-Package: org.a;version=1\nc 1|Import-Package: org.a;version=0.0",
    ),
    (
        "qualifier",
        "a 1|Export-Package: org.a;version=2.1.7.wso2v227\nb 1|Import-Package: org.a;version=\"[2.1.7.wso2v182,2.1.7.wso2v99]\"\nc 1|Import-Package: org.a;version=\"[2.1.7,2.1.8)\"",
    ),
    ("fragment", "a 1\nf 1|Fragment-Host: a|Export-Package: org.f\nuser 1|Import-Package: org.f"),
    (
        "fragment-import-missing",
        "a 1\nf 1|Fragment-Host: a|Import-Package: org.x|Export-Package: org.f\nuser 1|Import-Package: org.f",
    ),
    ("fragment-of-unresolved", "a 1|Import-Package: org.x\nf 1|Fragment-Host: a"),
    ("fragment-two-hosts", "a 1\na 2|Import-Package: org.x\nf 1|Fragment-Host: a"),
    (
        "fragment-rivals",
        "a 1\nf 1|Fragment-Host: a|Export-Package: org.old\nf 2|Fragment-Host: a\nuser 1|Import-Package: org.old",
    ),
    (
        "fragment-rivals-unresolved",
        "a 1\nf 1|Fragment-Host: a|Export-Package: org.old\nf 2|Fragment-Host: a|Import-Package: org.x\nuser 1|Import-Package: org.old",
    ),
    (
        "fragment-rivals-two-hosts",
        "a 1\na 2\nf 1|Fragment-Host: a|Export-Package: org.old\nf 2|Fragment-Host: a;bundle-version=\"[2,3)\"\nuser 1|Import-Package: org.old",
    ),
    ("fragment-never", "a;fragment-attachment:=never 1\nf 1|Fragment-Host: a"),
    ("fragment-needs-host", "a 1|Export-Package: org.a\nf 1|Fragment-Host: a|Import-Package: org.a"),
    (
        "fragment-conflict",
        "a 1|Import-Package: org.p;version=\"[1,2)\"\nf 1|Fragment-Host: a|Import-Package: org.p;version=\"[2,3)\"\np 1|Export-Package: org.p;version=1\np 2|Export-Package: org.p;version=2",
    ),
    (
        "fragment-same-import",
        "a 1|Import-Package: org.p;version=\"[1,2)\"\nf 1|Fragment-Host: a|Import-Package: org.p;version=1\np 1|Export-Package: org.p;version=1\np 2|Export-Package: org.p;version=2",
    ),
    ("fragment-require-bundle", "a 1\nf 1|Fragment-Host: a|Require-Bundle: b\nb 1"),
    ("fragment-require-bundle-missing", "a 1\nf 1|Fragment-Host: a|Require-Bundle: b"),
    ("require-fragment", "a 1\nf 1|Fragment-Host: a\nuser 1|Require-Bundle: f"),
    (
        "extension",
        "x 1|Fragment-Host: system.bundle;extension:=framework|Export-Package: org.x\nuser 1|Import-Package: org.x;bundle-symbolic-name=system.bundle",
    ),
    (
        "extension-import",
        "x 1|Fragment-Host: system.bundle;extension:=framework|Import-Package: org.w3c.dom|Export-Package: org.x\nuser 1|Import-Package: org.x",
    ),
    (
        "extension-import-outside",
        "x 1|Fragment-Host: system.bundle;extension:=framework|Import-Package: org.y|Export-Package: org.x\ny 1|Export-Package: org.y\nuser 1|Import-Package: org.x",
    ),
    (
        "extension-of-extension",
        "x 1|Fragment-Host: org.eclipse.osgi;extension:=framework|Import-Package: org.y\ny 1|Fragment-Host: system.bundle|Export-Package: org.y",
    ),
    (
        "extension-environment",
        "x 1|Fragment-Host: system.bundle;extension:=framework|Require-Capability: osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=17))\"",
    ),
    ("extension-of-other", "a 1\nx 1|Fragment-Host: a;extension:=framework"),
    ("extension-boot", "x 1|Fragment-Host: system.bundle;extension:=bootclasspath"),
    ("extension-requires", "x 1|Fragment-Host: system.bundle;extension:=framework|Require-Bundle: org.eclipse.osgi"),
    (
        "system",
        "a 1|Require-Bundle: system.bundle\nb 1|Require-Bundle: org.eclipse.osgi;bundle-version=\"[3.0,4)\"\nc 1|Require-Bundle: org.eclipse.osgi;bundle-version=\"[4,5)\"\nd 1|Import-Package: org.osgi.framework;version=\"[1.9,2)\",javax.xml\ne 1|Import-Package: javax.transaction.xa\nf 1|Import-Package: java.sql\ng 1|Import-Package: org.osgi.framework;bundle-symbolic-name=org.eclipse.osgi",
    ),
    (
        "services",
        "a 1|Require-Capability: osgi.service;filter:=\"(objectClass=org.osgi.service.log.LogService)\"\nb 1|Require-Capability: osgi.extender;filter:=\"(osgi.extender=osgi.component)\"\nc 1|Require-Capability: osgi.extender;filter:=\"(osgi.extender=osgi.component)\";resolution:=optional",
    ),
    ("singletons", "a;singleton:=true 1|Export-Package: org.one\na;singleton:=true 2\nuser 1|Import-Package: org.one"),
    ("singletons-highest-unresolved", "a;singleton:=true 1\na;singleton:=true 2|Import-Package: org.x"),
    ("singleton-and-not", "a 1\na;singleton:=true 2\na 3"),
    ("singletons-attribute", "a;singleton=true 1\na;singleton=true 2"),
    (
        "versions-side-by-side",
        "a 1|Export-Package: org.a;version=1\na 2|Export-Package: org.a;version=2\nuser 1|Import-Package: org.a;version=\"[1,1]\"\nuser 2|Import-Package: org.a;version=\"[2,2]\"",
    ),
    (
        "reexport",
        "a 1|Export-Package: org.a\nb 1|Require-Bundle: a;visibility:=reexport\nc 1|Require-Bundle: b\nd 1|Require-Bundle: b,missing;visibility:=reexport",
    ),
    (
        "require-range",
        "a 1.5\nb 1|Require-Bundle: a;bundle-version=\"[1,2)\"\nc 1|Require-Bundle: a;bundle-version=\"[2,3)\"\nd 1|Require-Bundle: a;bundle-version=\"[2,3)\";resolution:=optional",
    ),
    ("require-itself", "a 1|Require-Bundle: a;bundle-version=9"),
    (
        "optional",
        "a 1|Import-Package: org.x;resolution:=optional,org.y;optional=true\nb 1|Import-Package: org.x;resolution:=mandatory",
    ),
    ("dynamic", "a 1|DynamicImport-Package: org.x,org.y.*,*"),
    (
        "mandatory",
        "a 1|Export-Package: org.a;kind=x;mandatory:=kind\nb 1|Import-Package: org.a\nc 1|Import-Package: org.a;kind=x\nd 1|Import-Package: org.a;kind=y\ne 1|Import-Package: org.a;kind=*",
    ),
    (
        "attributes",
        "a 1|Export-Package: org.a;kind=x\nb 1|Import-Package: org.a;kind=x\nc 1|Import-Package: org.a;kind=y\nd 1|Import-Package: org.a;other=x",
    ),
    (
        "by-bundle",
        "a 1.2|Export-Package: org.a\nb 1|Import-Package: org.a;bundle-symbolic-name=a;bundle-version=\"[1,2)\"\nc 1|Import-Package: org.a;bundle-version=2\nd 1|Import-Package: org.a;bundle-symbolic-name=b",
    ),
    (
        "specification-version",
        "a 1|Export-Package: org.a;specification-version=1.5\nb 1|Import-Package: org.a;specification-version=\"[1,2)\"\nc 1|Import-Package: org.a;specification-version=\"[2,3)\"",
    ),
    (
        "environments",
        "a 1|Bundle-RequiredExecutionEnvironment: JavaSE-1.7\nb 1|Bundle-RequiredExecutionEnvironment: CDC-1.0/Foundation-1.0\nc 1|Bundle-RequiredExecutionEnvironment: CDC-1.0/Foundation-1.0,J2SE-1.3\nd 1|Bundle-RequiredExecutionEnvironment: JavaSE-12\ne 1|Bundle-RequiredExecutionEnvironment: JRE-1.1\nf 1|Bundle-RequiredExecutionEnvironment: nonsense\ng 1|Require-Capability: osgi.ee;filter:=\"(!(!(osgi.ee=OSGi/Minimum)))\"",
    ),
    (
        "capabilities",
        "a 1|Provide-Capability: x;x=1;v:Version=1.5,y;y:List<String>=\"p,q\"\nb 1|Require-Capability: x\nc 1|Require-Capability: x;filter:=\"(&(x=1)(v>=1.4)(!(v>=2)))\"\nd 1|Require-Capability: y;filter:=\"(y=q)\"\ne 1|Require-Capability: y;filter:=\"(y=r)\"\nf 1|Require-Capability: z\ng 1|Require-Capability: x;filter:=\"(x=1\"\nh 1|Provide-Capability: z;effective:=active",
    ),
    (
        "platform",
        "a 1|Eclipse-PlatformFilter: (& (osgi.ws=gtk) (osgi.os=linux) (osgi.arch=x86))\nb 1|Eclipse-PlatformFilter: (osgi.os=win32)",
    ),
    ("same-twice", "a 1\na 1\nb 1|Require-Bundle: a"),
    (
        "refused",
        "a 1|Export-Package: \nb 1|Import-Package: org.a,org.a\nc x\nd 1|Export-Package: java.lang.x\ne 1|Export-Package: org.a;version=abc\nf 1|Import-Package: org.a;version=\"[1,2\"\ng 1|Import-Package: org.a;x=1;x=2\nh 1|Export-Package: org.a;bundle-version=1\ni 1|Provide-Capability: osgi.ee\nj 1|Import-Package: org.a;version=1;specification-version=2\nk 1|Export-Package: org.a,\nl 1|Provide-Capability: n;n:Long=abc\nm 1|Require-Bundle: a;bundle-version=\"\"",
    ),
    (
        "first-version",
        "a 1|Bundle-ManifestVersion: 1|Export-Package: java.x,org.a;version=1,org.a;version=2\nb not.a.version|Bundle-ManifestVersion: 1|Import-Package: org.a,org.a",
    ),
    (
        "transitive",
        "a 1|Import-Package: org.x|Export-Package: org.a\nb 1|Import-Package: org.a|Export-Package: org.b\nc 1|Import-Package: org.b\nd 1|Import-Package: org.b;resolution:=optional",
    ),
    (
        "second-provider",
        "a 1|Import-Package: org.x|Export-Package: org.a;version=2\nb 1|Export-Package: org.a;version=1\nc 1|Import-Package: org.a",
    ),
    (
        "substituted",
        "a 1|Export-Package: org.p;version=1|Import-Package: org.p;version=\"[1,2)\"\nb 1|Export-Package: org.p;version=1.5\nc 1|Import-Package: org.p;version=\"[1,1.2)\"",
    ),
    (
        "spaces",
        "a 1|Export-Package: org.a ; version = \"1.0\" , org.b\nb 1|Import-Package: org.a;version=\" [1.0 , 2.0 ) \",org.b",
    ),
];

/// The sets, each bundle as its headers.
pub(crate) fn sets() -> BTreeMap<String, Vec<String>> {
    SETS.iter().map(|(name, lines)| ((*name).to_owned(), lines.lines().map(headers).collect())).collect()
}

fn headers(line: &str) -> String {
    let (named, more) = line.split_once('|').unwrap_or((line, ""));
    let (name, version) = named.rsplit_once(' ').expect("a name and a version");
    format!("Bundle-SymbolicName: {name}\nBundle-Version: {version}\n{}\n", more.replace('|', "\n"))
}
