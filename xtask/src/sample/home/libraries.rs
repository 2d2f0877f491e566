//! Jars that people put into a home: in `lib`, in `dropins`, and where they do not belong.
//!
//! In: a tree. Out: the same with jars. Always: a wrapper beside each lib jar, as the server makes it at every start.

use crate::sample::distribution::{BUNDLES_INFO, hl7_pack};
use crate::sample::jar::{bundle, bundle_of, class, class_of, jar_of, plain_jar, wrapper};
use crate::sample::tree::{Node, Tree, edit, put};

/// Lib jars: name, and a class with slashes.
const LIBRARIES: [(&str, &str); 2] =
    [("hapi-base-2.1.jar", "ca/uhn/hl7v2/model/Message"), ("mysql-connector-java-8.0.21.jar", "com/mysql/jdbc/Driver")];

/// Puts the jars, and lists the new bundles as the server does.
pub(super) fn add(tree: &mut Tree) {
    let mut listed = Vec::new();
    for (name, class) in LIBRARIES {
        let bytes = plain_jar(class);
        listed.push(wrap(tree, name, class, &bytes));
        put(tree, &format!("lib/{name}"), bytes);
    }
    // Its authors built a part of it for Java 17 by mistake; nobody has needed that part yet.
    let (name, codec, newer) = ("acme-codec-1.0.jar", "com/acme/codec/Codec", "com/acme/codec/Vectors");
    let bytes = jar_of(&[], &[(codec, class(codec)), (newer, class_of(17, newer, &[]))]);
    listed.push(wrap(tree, name, codec, &bytes));
    put(tree, &format!("lib/{name}"), bytes);
    // Its lib jar was deleted later: the jar inside the wrapper is the only copy.
    listed.push(wrap(tree, "acme-rates-2.1.jar", "com/acme/rates/RateTable", &plain_jar("com/acme/rates/RateTable")));

    for (name, version, class, named, imports) in [
        (
            "com.example.handlers",
            "1.4.0",
            "com/example/handlers/CorrelationHandler",
            // 4.0.0 has the class as `org.apache.synapse.api.API`.
            &["org/apache/synapse/rest/API"][..],
            "org.apache.synapse;version=\"[2.1.7,3.0.0)\",org.apache.synapse.rest;version=\"[2.1.7,3.0.0)\"",
        ),
        // 4.0.0 has httpcore 4.4.14.
        (
            "com.example.partnerclient",
            "1.1.0",
            "com/example/partner/Client",
            &[],
            "org.apache.http;version=\"[4.3,4.4)\"",
        ),
        ("hapi-osgi-base", "2.1.0", "ca/uhn/hl7v2/HL7Exception", &[], ""),
        ("org.yaml.snakeyaml", "1.25.0", "org/yaml/snakeyaml/Yaml", &[], ""),
    ] {
        let file = format!("{name}_{version}.jar");
        let imports = [("Import-Package", imports)];
        let more = if imports[0].1.is_empty() { &[][..] } else { &imports };
        put(tree, &format!("dropins/{file}"), bundle_of(name, version, &[(class, class_of(8, class, named))], more));
        listed.push(format!("{name},{version},../../../dropins/{file},4,true\n"));
    }
    for (name, node) in hl7_pack("1.2.0") {
        tree.insert(format!("dropins/{name}"), node);
    }
    // The server ignores it there: no Bundle-SymbolicName, no Bundle-Version.
    put(tree, "dropins/corp-utils-0.3.jar", plain_jar("com/example/utils/Dates"));

    put(tree, "wso2/components/plugins/com.example.extra_1.0.0.jar", {
        bundle("com.example.extra", "1.0.0", &["com/example/extra/Extra"], &[])
    });
    put(tree, "wso2/lib/corp-boot-1.0.jar", plain_jar("com/example/boot/Boot"));
    patch(tree);
    edit(tree, BUNDLES_INFO, |text| format!("{text}{}", listed.concat()));
}

/// Puts the wrapper of a lib jar and gives its line in the list of bundles.
fn wrap(tree: &mut Tree, name: &str, class: &str, bytes: &[u8]) -> String {
    let package = class.rsplit_once('/').map_or("", |(package, _)| package).replace('/', ".");
    let (file, bytes) = wrapper(name, bytes, &[&package]);
    put(tree, &format!("dropins/{file}"), bytes);
    let symbolic_name = file.strip_suffix("_1.0.0.jar").unwrap_or(&file);
    format!("{symbolic_name},1.0.0,../../../dropins/{file},4,true\n")
}

/// A hotfix as the old server applied it: the patched jar over the plugin, the plugin as shipped in `patch0000`.
fn patch(tree: &mut Tree) {
    let name = "org.wso2.micro.integrator.core_1.2.0.jar";
    let plugin = format!("wso2/components/plugins/{name}");
    let Some(Node::File { bytes: shipped, .. }) = tree.get(&plugin).cloned() else { return };
    let classes = ["org/wso2/micro/integrator/core/Sample", "org/wso2/micro/integrator/core/Hotfix"];
    let patched = bundle("org.wso2.micro.integrator.core", "1.2.0", &classes, &[]);
    put(tree, &format!("patches/patch0000/{name}"), shipped);
    put(tree, &format!("patches/patch0001/{name}"), patched.clone());
    put(tree, "patches/patch0001/README.txt", "hotfix of the sample\n");
    put(tree, &plugin, patched);
}
