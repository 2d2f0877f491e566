use super::testing::{class, interface};
use super::*;
use crate::path::EntryPath;
use crate::sample::{jar, plain_zip};
use proptest::prelude::*;
use std::io::Cursor;

fn users(bytes: &[u8]) -> Index {
    read(Cursor::new(bytes), Whose::Users).expect("a jar")
}

fn written() -> Vec<u8> {
    class("com/acme/A")
        .major(55)
        .extends("org/apache/synapse/mediators/AbstractMediator")
        .implements("java/io/Serializable")
        .implements("org/apache/synapse/ManagedLifecycle")
        .field("state", "[[Lorg/apache/synapse/State;")
        .method("mediate", "(Lorg/apache/synapse/MessageContext;)Z")
        .method_with(flags::PRIVATE, "own", "()V")
        .method_with(flags::STATIC, "<clinit>", "()V")
        .calls("org/apache/synapse/config/SynapseConfiguration", "getAPI", "(Ljava/lang/String;)V")
        .calls("[Lorg/apache/synapse/Array;", "clone", "()Ljava/lang/Object;")
        .calls("com/acme/A", "own", "()V")
        .calls("com/acme/B", "x", "()V")
        .calls("java/lang/String", "length", "()I")
        .gets("org/apache/synapse/Constants", "NAME", "Ljava/lang/String;")
        .names("[I")
        .names("[[Lorg/apache/synapse/Element;")
        .names("javax/xml/bind/JAXBContext")
        .names("sun/misc/BASE64Encoder")
        .names("sun/misc/Unsafe")
        .bytes()
}

#[test]
fn a_class_is_read_with_its_members_and_references() {
    let b = class("com/acme/B").calls("org/apache/synapse/Constants", "x", "()V").bytes();
    let jar = jar(&[], &[("com/acme/A.class", &written()), ("com/acme/B.class", &b)]);
    let index = users(&jar);
    assert_eq!(index.classes.keys().collect::<Vec<_>>(), ["com/acme/A", "com/acme/B"]);
    let read = index.classes.get("com/acme/A").expect("the class");
    assert_eq!((read.name(), read.major()), ("com/acme/A", 55));
    assert_eq!(read.super_class(), Some("org/apache/synapse/mediators/AbstractMediator"));
    let interfaces: Vec<_> = read.interfaces().collect();
    assert_eq!(interfaces, ["java/io/Serializable", "org/apache/synapse/ManagedLifecycle"]);
    let methods: Vec<_> = read.methods().map(|method| method.name).collect();
    assert_eq!(methods, ["mediate"], "neither private methods nor what starts the class");
    let fields: Vec<_> = read.fields().map(|field| (field.name, field.descriptor)).collect();
    assert_eq!(fields, [("state", "[[Lorg/apache/synapse/State;")]);
    let references: Vec<_> = index.references.iter().map(|(reference, from)| format!("{reference:?} {from}")).collect();
    assert_eq!(
        references,
        [
            r#"Class("javax/xml/bind/JAXBContext") com/acme/A"#,
            r#"Class("org/apache/synapse/Array") com/acme/A"#,
            r#"Class("org/apache/synapse/Constants") com/acme/A"#,
            r#"Class("org/apache/synapse/Element") com/acme/A"#,
            r#"Class("org/apache/synapse/ManagedLifecycle") com/acme/A"#,
            r#"Class("org/apache/synapse/MessageContext") com/acme/A"#,
            r#"Class("org/apache/synapse/State") com/acme/A"#,
            r#"Class("org/apache/synapse/config/SynapseConfiguration") com/acme/A"#,
            r#"Class("org/apache/synapse/mediators/AbstractMediator") com/acme/A"#,
            r#"Class("sun/misc/BASE64Encoder") com/acme/A"#,
            r#"Method("org/apache/synapse/Constants", "x", "()V") com/acme/B"#,
            r#"Method("org/apache/synapse/config/SynapseConfiguration", "getAPI", "(Ljava/lang/String;)V") com/acme/A"#,
            r#"Field("org/apache/synapse/Constants", "NAME", "Ljava/lang/String;") com/acme/A"#,
        ]
    );
    assert!(read_as_platform(&jar).references.is_empty());
}

fn read_as_platform(bytes: &[u8]) -> Index {
    read(Cursor::new(bytes), Whose::Platforms).expect("a jar")
}

#[test]
fn a_multi_release_jar_is_read_as_java_11_does() {
    let at = |major| class("a/B").major(major).bytes();
    let (first, ninth, eleventh, later) = (at(50), at(53), at(55), at(61));
    let module = class("module-info").flags(0x8000).bytes();
    let entries: Vec<(&str, &[u8])> = vec![
        ("a/B.class", &first),
        ("META-INF/versions/11/a/B.class", &eleventh),
        ("META-INF/versions/9/a/B.class", &ninth),
        ("META-INF/versions/17/a/B.class", &later),
        ("META-INF/versions/9/module-info.class", &module),
        ("META-INF/x/a/C.class", &later),
    ];
    for (manifest, major) in [(&[("Multi-Release", "true")][..], 55), (&[("Multi-Release", "no")], 50), (&[], 50)] {
        let index = users(&jar(manifest, &entries));
        assert_eq!(index.classes.keys().collect::<Vec<_>>(), ["a/B"]);
        assert_eq!(index.classes.get("a/B").map(|class| class.major()), Some(major));
        assert_eq!(index.damage, []);
    }
}

#[test]
fn jars_inside_are_read_two_levels_down() {
    let named = |name: &str| (format!("{name}.class"), class(name).bytes());
    let of = |name: &str, inner: &[u8]| {
        let (file, bytes) = named(name);
        jar(&[], &[(file.as_str(), bytes.as_slice()), ("lib/inner.jar", inner)])
    };
    let car = of("a/A", &of("b/B", &of("c/C", &of("d/D", b""))));
    let index = users(&car);
    assert_eq!(index.classes.keys().collect::<Vec<_>>(), ["a/A", "b/B", "c/C"]);
    let zip = plain_zip(&[("x.zip", &car)]);
    assert_eq!(users(&zip).classes.len(), 2, "a connector in an application");
    assert_eq!(read_as_platform(&zip).classes.len(), 0, "bundles hold jars only");
    let classes = plain_zip(&[("WEB-INF/classes/a/A.class", &named("a/A").1)]);
    assert!(users(&classes).classes.contains_key("a/A"));
}

#[test]
fn what_is_damaged_is_named_and_the_rest_is_read() {
    let good = class("a/Good").bytes();
    let other = class("a/Other").bytes();
    let jar = jar(
        &[],
        &[
            ("a/Good.class", good.as_slice()),
            ("a/Cut.class", &good[..40]),
            ("a/Empty.class", b""),
            ("a/Misnamed.class", &other),
            ("a/Text.class", b"no class file"),
            ("lib/broken.jar", b"no jar"),
        ],
    );
    let index = users(&jar);
    assert_eq!(index.classes.keys().collect::<Vec<_>>(), ["a/Good"]);
    let damage: Vec<_> = index.damage.iter().map(|(name, why)| format!("{name} {why}")).collect();
    assert_eq!(damage.len(), 5, "{damage:?}");
    assert_eq!(
        damage[..4],
        [
            "a/Cut.class is cut off",
            "a/Empty.class is cut off",
            "a/Misnamed.class holds a class of another name",
            "a/Text.class is no class file",
        ]
    );
    assert!(damage[4].starts_with("lib/broken.jar is no zip archive"), "{damage:?}");
    assert!(read(Cursor::new(b"no jar"), Whose::Users).is_err());
}

#[test]
fn what_is_packed_is_what_was_given() {
    let member = |name: &str| Member { name: name.into(), descriptor: "()V".into(), flags: 1 };
    let given = Class {
        major: 52,
        flags: 0x21,
        super_class: Some("a/Parent".into()),
        interfaces: vec!["a/I".into(), "a/J".into()],
        methods: vec![member("m"), member("n")],
        fields: vec![member("f")],
    };
    let second = Class { major: 1, ..Class::default() };
    let classes: Classes = [("z/Z", second.clone()), ("a/A", given), ("z/Z", Class::default())].into_iter().collect();
    assert_eq!(classes.keys().collect::<Vec<_>>(), ["a/A", "z/Z"]);
    let a = classes.get("a/A").expect("a class");
    assert_eq!((a.super_class(), a.interfaces().collect::<Vec<_>>()), (Some("a/Parent"), vec!["a/I", "a/J"]));
    assert_eq!(a.methods().map(|m| m.name).collect::<Vec<_>>(), ["m", "n"]);
    assert_eq!(a.fields().map(|m| m.name).collect::<Vec<_>>(), ["f"]);
    let z = classes.get("z/Z").expect("a class");
    assert_eq!((z.major(), z.super_class(), z.methods().count()), (1, None, 0));
    assert_eq!(Classes::from(Parts::from(&classes)), classes);
}

/// Walks through everything that can be asked of classes.
fn walk(classes: &Classes) -> usize {
    let ask = |class: ClassRef<'_>| {
        class.super_class().map_or(0, str::len)
            + class.interfaces().map(str::len).sum::<usize>()
            + class.methods().chain(class.fields()).map(|m| m.name.len() + m.descriptor.len()).sum::<usize>()
    };
    classes.iter().map(ask).sum::<usize>() + usize::from(classes.contains_key("a/A"))
}

proptest! {
    #[test]
    fn a_class_file_with_bytes_changed_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let mut bytes = written();
        if cut {
            bytes.truncate(length.index(bytes.len()));
        }
        let is_empty = bytes.is_empty();
        for (at, byte) in changes.into_iter().filter(|_| !is_empty) {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let index = users(&plain_zip(&[("com/acme/A.class", &bytes)]));
        walk(&index.classes);
        prop_assert!(index.classes.len() + index.damage.len() <= 1);
    }

    #[test]
    fn a_jar_with_bytes_changed_never_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let inner = plain_zip(&[("com/acme/A.class", &written())]);
        let mut bytes = plain_zip(&[("com/acme/A.class", &written()), ("x.jar", &inner)]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(index) = read(Cursor::new(bytes), Whose::Users) {
            walk(&index.classes);
        }
    }

    #[test]
    fn tables_of_any_numbers_never_panic(
        text in "[a-zé/]{0,9}",
        tables in prop::array::uniform4(prop::collection::vec(prop_oneof![0..9_u32, any::<u32>()], 0..30)),
    ) {
        walk(&Classes::from(Parts { text, tables }));
    }
}

#[test]
fn an_interface_says_that_it_is_one() {
    let index = users(&plain_zip(&[("a/I.class", &interface("a/I").bytes())]));
    assert_ne!(index.classes.get("a/I").expect("it").flags() & flags::INTERFACE, 0);
}

/// Real jars: everything in them is read, and nothing is damaged.
#[test]
fn real_jars_are_read() {
    let Some(inputs) = crate::tests::folder("UPGRADE_REAL_INPUTS") else { return };
    let file = std::fs::File::open(inputs.join("wso2mi-4.0.0.zip")).expect("the distribution");
    let mut zip = zip::ZipArchive::new(std::io::BufReader::new(file)).expect("a zip");
    let (mut classes, mut members, mut damage) = (0, 0, Vec::new());
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("an entry");
        let name = EntryPath::known(&entry.name().expect("a name"));
        let is_plugin = name.as_str().contains("/wso2/components/plugins/");
        if !is_plugin || !name.has_extension("jar") {
            continue;
        }
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).expect("it");
        let index = read_as_platform(&bytes);
        classes += index.classes.len();
        members += index.classes.iter().map(|class| class.methods().count() + class.fields().count()).sum::<usize>();
        damage.extend(index.damage.into_iter().map(|found| (name.clone(), found)));
    }
    assert!(classes > 50_000 && members > 300_000, "{classes} classes, {members} members");
    assert_eq!(damage, []);
}

#[test]
fn coordinates_are_found_in_the_jar_and_in_the_jars_inside() {
    let pom = |artifact: &str| format!("groupId=g\nartifactId={artifact}\nversion=1\n").into_bytes();
    let (own, other, inner) = (pom("own"), pom("other"), pom("inner"));
    let inner = jar(&[], &[("META-INF/maven/g/inner/pom.properties", &inner)]);
    let large = [b"#".repeat(100_000), pom("large")].concat();
    let bytes = jar(
        &[],
        &[
            ("META-INF/maven/g/own/pom.properties", &own),
            ("META-INF/maven/g/other/pom.properties", &other),
            ("META-INF/maven/g/broken/pom.properties", b"groupId=g\n"),
            ("META-INF/maven/g/large/pom.properties", &large),
            ("lib/a.jar", &inner),
        ],
    );
    for index in [users(&bytes), read_as_platform(&bytes)] {
        let found: Vec<_> =
            index.coordinates.iter().map(|(place, found)| format!("{place}{}", found.artifact)).collect();
        assert_eq!(found, ["other", "own", "lib/a.jar!/inner"]);
        assert_eq!(index.damage, []);
    }
}
