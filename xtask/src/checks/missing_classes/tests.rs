use super::testing::{bundle, examined, users_jar};
use super::*;
use crate::artifacts::{Package, PackageKind};
use crate::classes::testing::{class, interface};
use crate::classes::{self, Whose};
use crate::examine::Jar;
use crate::path::EntryPath;
use std::io::Cursor;

fn found_in(tree: &Examined) -> Vec<Diagnostic> {
    check(&users(tree), &World::of(tree))
}

const SYNAPSE: &str = "wso2/components/plugins/synapse-core.jar";
const ABSTRACT: u16 = flags::PUBLIC | flags::ABSTRACT;
const GET_API: &str = "(Ljava/lang/String;)Lorg/apache/synapse/api/API;";
const OLD_GET_API: &str = "(Ljava/lang/String;)Lorg/apache/synapse/rest/API;";

/// A distribution with one bundle, in the shape of the real one.
fn synapse() -> Examined {
    let exports = "org.apache.synapse;version=\"2.1,7\",org.apache.synapse.api,org.apache.synapse.rest";
    let classes = vec![
        class("org/apache/synapse/api/API").method("getName", "()Ljava/lang/String;"),
        class("org/apache/synapse/rest/RESTConstants").field("SYNAPSE_REST_API", "Ljava/lang/String;"),
        class("org/apache/synapse/Configuration").extends("org/apache/synapse/Base").method("getAPI", GET_API),
        class("org/apache/synapse/Base").method("inherited", "()V").method("<init>", "()V"),
        class("org/apache/synapse/Shows"),
        class("org/apache/synapse/Thread").extends("java/lang/Thread").method("own", "()V"),
        class("org/apache/synapse/Foreign").extends("com/elsewhere/Parent").method("own", "()V"),
        class("org/apache/synapse/hidden/Internal").method("own", "()V"),
        interface("org/apache/synapse/Provider")
            .method_with(ABSTRACT, "getName", "()Ljava/lang/String;")
            .method_with(ABSTRACT, "equals", "(Ljava/lang/Object;)Z")
            .method("standard", "()V"),
    ];
    examined([(SYNAPSE, bundle(exports, classes))])
}

fn with(path: &str, jar: Jar) -> Examined {
    let mut tree = synapse();
    tree.jars.insert(EntryPath::known(path), Ok(jar));
    tree
}

/// The details of all findings about one class in `lib`.
fn found(written: crate::classes::testing::Written) -> Vec<String> {
    found_in(&with("lib/acme.jar", users_jar("", vec![written]))).into_iter().flat_map(|found| found.details).collect()
}

fn acme() -> crate::classes::testing::Written {
    class("com/acme/A").method("<init>", "()V")
}

#[test]
fn a_class_that_moved_is_named_with_its_new_name() {
    let user =
        acme().names("org/apache/synapse/rest/API").calls("org/apache/synapse/Configuration", "getAPI", OLD_GET_API);
    let found = found_in(&with("lib/acme.jar", users_jar("", vec![user])));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, "`lib/acme.jar` needs 2 classes or members that the distribution does not have");
    assert_eq!(
        found[0].details,
        [
            "class `org.apache.synapse.rest.API`, named by `com.acme.A`",
            "`getAPI(String): org.apache.synapse.rest.API` of `org.apache.synapse.Configuration`, called by `com.acme.A`; \
             there is `getAPI(String): org.apache.synapse.api.API`",
        ]
    );
    let hint = found[0].hint.as_deref().unwrap_or_default();
    assert!(hint.ends_with("`org.apache.synapse.rest.API` is now `org.apache.synapse.api.API`"), "{hint}");
}

#[test]
fn members_are_looked_for_as_the_virtual_machine_does() {
    let configuration = "org/apache/synapse/Configuration";
    for (owner, name, descriptor, is_missing) in [
        (configuration, "getAPI", GET_API, false),
        (configuration, "getAPI", OLD_GET_API, true),
        (configuration, "inherited", "()V", false),
        (configuration, "inherited", "(I)V", true),
        // Constructors are not inherited.
        (configuration, "<init>", "()V", true),
        ("org/apache/synapse/Base", "<init>", "()V", false),
        (configuration, "toString", "()Ljava/lang/String;", false),
        (configuration, "wait", "(J)V", false),
        // Of these, or of what they extend, nothing is known.
        ("org/apache/synapse/Shows", "any", "()V", false),
        ("org/apache/synapse/Thread", "setName", "(Ljava/lang/String;)V", false),
        ("org/apache/synapse/Foreign", "any", "()V", false),
        // The bundle keeps these to itself, or nobody has them.
        ("org/apache/synapse/hidden/Internal", "any", "()V", false),
        ("com/elsewhere/Other", "any", "()V", false),
    ] {
        let details = found(acme().calls(owner, name, descriptor));
        assert_eq!(!details.is_empty(), is_missing, "{owner} {name}{descriptor}: {details:?}");
    }
    let text = "Ljava/lang/String;";
    assert_eq!(found(acme().gets("org/apache/synapse/rest/RESTConstants", "SYNAPSE_REST_API", text)).len(), 0);
    assert_eq!(
        found(acme().gets("org/apache/synapse/rest/RESTConstants", "GONE", text)),
        ["field `GONE: String` of `org.apache.synapse.rest.RESTConstants`, used by `com.acme.A`"]
    );
    assert_eq!(found(acme().gets(configuration, "GONE", text)).len(), 0, "a class that shows no field");
}

#[test]
fn a_method_that_an_interface_asks_for_is_named() {
    let provider = || acme().implements("org/apache/synapse/Provider");
    assert_eq!(
        found(provider().method("getName", "()Ljavax/xml/namespace/QName;")),
        ["`getName(): String`, which `org.apache.synapse.Provider` asks for, in `com.acme.A`"]
    );
    assert_eq!(found(provider().method("getName", "()Ljava/lang/String;")).len(), 0);
    assert_eq!(found(provider().flags(ABSTRACT)).len(), 0, "an abstract class may leave it to others");
    assert_eq!(found(provider().extends("java/lang/Thread")).len(), 0, "it may be there");
    assert_eq!(found(provider().extends("com/elsewhere/Parent")).len(), 0, "it may be there");
    let parent = class("com/acme/P").method("getName", "()Ljava/lang/String;");
    let user = users_jar("", vec![parent, provider().extends("com/acme/P")]);
    assert_eq!(found_in(&with("lib/acme.jar", user)), []);
}

#[test]
fn what_any_jar_has_and_what_a_bundle_does_not_see_is_not_missed() {
    let user = || acme().names("org/apache/synapse/rest/API");
    let mut tree = with("lib/acme.jar", users_jar("", vec![user()]));
    assert_eq!(found_in(&tree).len(), 1);
    let other = users_jar("", vec![class("org/apache/synapse/rest/API")]);
    tree.jars.insert(EntryPath::known("lib/other.jar"), Ok(other));
    assert_eq!(found_in(&tree), []);
    for (manifest, is_missed) in [
        ("Import-Package: org.apache.synapse.rest;version=\"[2,3)\"\n", true),
        ("Import-Package: org.apache.synapse\n", false),
        ("DynamicImport-Package: *\n", true),
    ] {
        let tree = with("dropins/acme.jar", users_jar(manifest, vec![user()]));
        assert_eq!(found_in(&tree).len() == 1, is_missed, "{manifest}");
    }
}

#[test]
fn what_the_server_made_of_a_jar_in_lib_is_not_told_twice() {
    let user = || acme().names("org/apache/synapse/rest/API");
    let manifest = "Bundle-ClassPath: .,acme.jar\nDynamicImport-Package: *\n";
    let mut tree = with("dropins/acme_1.0.0.jar", users_jar(manifest, vec![user()]));
    assert_eq!(found_in(&tree).len(), 1);
    tree.jars.insert(EntryPath::known("lib/acme.jar"), Ok(users_jar("", vec![user()])));
    assert_eq!(found_in(&tree).len(), 1);
}

#[test]
fn what_the_distribution_misses_itself_is_not_told_of_its_own_jars() {
    let user = || vec![acme().names("org/apache/synapse/rest/API").names("org/apache/synapse/Gone")];
    let manifest = "Bundle-SymbolicName: acme;singleton:=true\nBundle-Version: 1.0\nDynamicImport-Package: *\n";
    let tree = with("dropins/acme.jar", users_jar(manifest, user()));
    assert_eq!(found_in(&tree).len(), 1);
    // The server has that bundle already, and ignores the user's.
    for (version, is_told) in [("1.0.0", false), ("1.1", true)] {
        let mut tree = tree.clone();
        let manifest = format!("Bundle-SymbolicName: acme\nBundle-Version: {version}\n");
        let other = testing::jar(&manifest, &testing::archive(Vec::new()), false);
        tree.jars.insert(EntryPath::known("wso2/components/plugins/acme.jar"), Ok(other));
        assert_eq!(found_in(&tree).len() == 1, is_told, "{version}");
    }
    // A jar of the platform holds the same class, or another release of it.
    let other_release = || vec![acme().method("more", "()V")];
    for (written, is_told) in [(user(), false), (other_release(), true)] {
        let mut tree = with("lib/acme.jar", users_jar("", user()));
        let shipped = bundle("com.acme", written);
        tree.jars.insert(EntryPath::known("wso2/components/plugins/acme.jar"), Ok(shipped));
        assert_eq!(found_in(&tree).len() == 1, is_told);
    }
}

#[test]
fn a_jar_that_holds_a_part_of_a_package_is_worth_a_note() {
    let part = || class("org/apache/synapse/Part").names("org/apache/synapse/Gone");
    let found = found_in(&with("lib/acme.jar", users_jar("", vec![part()])));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Note);
    assert_eq!(found[0].details, ["class `org.apache.synapse.Gone`, named by `org.apache.synapse.Part`"]);
    // A class that moved is missed all the same, and the others are counted along with it.
    let moved = class("org/apache/synapse/rest/Own").names("org/apache/synapse/rest/API");
    let found = found_in(&with("lib/acme.jar", users_jar("", vec![part(), moved])));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Warning);
    assert_eq!(
        found[0].details,
        [
            "class `org.apache.synapse.rest.API`, named by `org.apache.synapse.rest.Own`",
            "and 1 of packages of which it holds others itself",
        ]
    );
    let hint = found[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("a library: take a release that was built for these versions"), "{hint}");
}

#[test]
fn applications_are_looked_at_and_long_lists_are_cut() {
    let user = (0..30).fold(acme(), |user, at| user.names(&format!("org/apache/synapse/Gone{at:02}")));
    let bytes = testing::archive(vec![("com/acme/A", user)]);
    let classes = classes::read(Cursor::new(bytes), Whose::Users).expect("an archive");
    let mut package = Package {
        kind: PackageKind::CarbonApplication,
        name: String::new(),
        version: String::new(),
        artifacts: BTreeMap::new(),
        registry: Vec::new(),
        classes,
        flaws: Vec::new(),
    };
    package.classes.damage.clear();
    let mut tree = synapse();
    tree.packages.insert(EntryPath::known("repository/deployment/server/carbonapps/a.car"), Ok(package));
    let found = found_in(&tree);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].details.len(), MOST_DETAILS + 1);
    assert_eq!(found[0].details.last().map(String::as_str), Some("and 10 more"));
}

#[test]
fn classes_that_cannot_be_loaded_are_told_with_the_reason() {
    let classes = vec![
        acme().calls("org/apache/synapse/Configuration", "getAPI", OLD_GET_API),
        class("com/acme/New").major(61),
        class("com/acme/Parent").extends("org/apache/synapse/rest/Resource"),
        class("com/acme/Child").extends("com/acme/Parent"),
        class("com/acme/Corba").implements("org/omg/CORBA/Object"),
        class("com/acme/Takes").method("<init>", "(Lorg/apache/synapse/rest/API;)V"),
    ];
    let broken = broken_classes(&with("lib/acme.jar", users_jar("", classes)));
    let broken: Vec<_> = broken.iter().map(|(class, why)| format!("{class}: {why}")).collect();
    assert_eq!(
        broken,
        [
            "com.acme.Child: `com.acme.Parent` extends or implements `org.apache.synapse.rest.Resource`, which is not there",
            "com.acme.Corba: `com.acme.Corba` extends or implements `org.omg.CORBA.Object`, which is not there",
            "com.acme.New: its class file is for Java 17",
            "com.acme.Parent: `com.acme.Parent` extends or implements `org.apache.synapse.rest.Resource`, which is not there",
            "com.acme.Takes: its constructor takes a `org.apache.synapse.rest.API`, which is not there",
        ]
    );
}

#[test]
fn descriptors_of_any_shape_are_shown() {
    for (name, descriptor, shown) in [
        ("a", "([[ILjava/util/List;Z)V", "a(int[][], java.util.List, boolean)"),
        ("<init>", "()V", "constructor()"),
        ("a", "", "a(): ?"),
        ("a\u{1b}", "(Lx", "a?(): ?"),
        ("a", "(Lx)[", "a(x): ?[]"),
    ] {
        assert_eq!(signature(name, descriptor), shown);
    }
}

#[test]
fn nested_classes_move_with_the_one_around_them() {
    assert_eq!(moved_to("org/apache/synapse/rest/API$X").as_deref(), Some("org/apache/synapse/api/API$X"));
    assert_eq!(moved_to("org/apache/synapse/rest/RESTConstants"), None);
}
