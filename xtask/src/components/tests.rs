use super::*;
use crate::artifacts::{Package, PackageKind};
use crate::classes::Index;
use crate::examine::Jar;
use crate::plan::Origin;
use proptest::prelude::*;

type Found = BTreeSet<(Box<str>, Coordinates)>;

fn coordinates(all: &[(&str, &str)]) -> Found {
    let one = |(place, text): &(&str, &str)| {
        let mut parts = text.split(':');
        let [group, artifact, version] = [(); 3].map(|()| parts.next().expect("three parts"));
        ((*place).into(), Coordinates::new(group, artifact, version).expect("coordinates"))
    };
    all.iter().map(one).collect()
}

fn manifest(text: &str) -> Manifest {
    Manifest::parse(text.as_bytes()).expect("a manifest")
}

fn jar(text: &str, all: &[(&str, &str)]) -> Jar {
    let classes = Index { coordinates: coordinates(all), ..Index::default() };
    Jar { manifest: manifest(text), has_manifest: true, classes, ..Jar::default() }
}

/// A tree of files with what was read of them.
fn found(files: &[(&str, Input)], examined: &Examined) -> Vec<Component> {
    let mut plan = Plan::default();
    for (path, input) in files {
        let path = EntryPath::known(path);
        let bytes = path.as_str().as_bytes().to_vec();
        plan.tree.insert(path.clone(), Planned::written(bytes, 0o644, input.clone(), &path));
    }
    of(&plan, examined)
}

/// What one jar is called: group, name, version, own coordinates, and how many there are inside.
fn called(path: &str, text: &str, all: &[(&str, &str)]) -> String {
    let path = EntryPath::known(path);
    let examined = Examined { jars: [(path.clone(), Ok(jar(text, all)))].into(), ..Examined::default() };
    let components = found(&[(path.as_str(), Input::Fresh)], &examined);
    let [component] = components.as_slice() else { panic!("{components:?}") };
    let own = component.coordinates.as_ref().map(|own| format!("{}:{}:{}", own.group, own.artifact, own.version));
    let or = |text: Option<&str>| text.unwrap_or("-").to_owned();
    [
        or(component.group.as_deref()),
        component.name.to_string(),
        or(component.version.as_deref()),
        or(own.as_deref()),
        component.inside.len().to_string(),
    ]
    .join(" ")
}

#[test]
fn a_component_is_called_by_the_first_that_says_something() {
    let bundle = "Bundle-SymbolicName: com.example.a;singleton:=true\nBundle-Version: 1.4.0.v1\n";
    let titled = "Implementation-Title: Apache Tomcat\nImplementation-Version: 9.0.34\n";
    let pom = [("", "org.example:a:1.4")];
    for (path, text, all, expected) in [
        ("lib/x.jar", bundle, &[][..], "- com.example.a 1.4.0.v1 - 0"),
        ("lib/x.jar", "Bundle-SymbolicName: a\n", &[], "- a - - 0"),
        ("lib/a-1.4.jar", "", &pom, "org.example a 1.4 org.example:a:1.4 0"),
        ("lib/a.jar", titled, &pom, "org.example a 1.4 org.example:a:1.4 0"),
        ("lib/juli.jar", titled, &[], "- Apache Tomcat 9.0.34 - 0"),
        ("lib/juli-9.jar", "Implementation-Version: 9.0.34\n", &[], "- juli 9.0.34 - 0"),
        ("lib/tcpmon-1.0.jar", "", &[], "- tcpmon 1.0 - 0"),
        ("lib/a-b_1.6.1-wso2v63.jar", "", &[], "- a-b 1.6.1-wso2v63 - 0"),
        ("lib/driver.jar", "", &[], "- driver - - 0"),
        ("lib/.jar", "", &[], "- .jar - - 0"),
        ("lib/-1.jar", "", &[], "- -1 - - 0"),
        ("lib/Länder 2-x.jar", "", &[], "- Länder 2-x - - 0"),
    ] {
        assert_eq!(called(path, text, all), expected, "{path}: {text}");
    }
}

#[test]
fn what_is_no_plain_word_is_not_taken() {
    for (text, expected) in [
        ("Bundle-SymbolicName: /srv/build/a\nBundle-Version: 1\n", "- x - - 0"),
        ("Bundle-SymbolicName: a\nBundle-Version: 1 by root\n", "- a - - 0"),
        ("Implementation-Title: built in /srv/build\n", "- x - - 0"),
        ("Implementation-Title: ${name}\nImplementation-Version: ${version}\n", "- x - - 0"),
        ("Implementation-Version: 1.0 (on host7)\n", "- x - - 0"),
    ] {
        assert_eq!(called("lib/x.jar", text, &[]), expected, "{text}");
    }
    let long = format!("Bundle-SymbolicName: {}\n", "a".repeat(201));
    assert_eq!(called("lib/x.jar", &long, &[]), "- x - - 0");
}

#[test]
fn the_coordinates_that_fit_are_its_own_and_the_others_are_inside() {
    let bundle = |name: &str, version: &str| format!("Bundle-SymbolicName: {name}\nBundle-Version: {version}\n");
    for (path, text, all, own, inside) in [
        // By the artifact, the whole name, the name that the plugin for bundles makes, the name of the file.
        (
            "lib/x.jar",
            bundle("kryo-shaded", "3.0.3"),
            &[("", "g:kryo-shaded:3.0.3"), ("", "g:asm:1")][..],
            "g:kryo-shaded:3.0.3",
            1,
        ),
        ("lib/x.jar", bundle("a.b.c", "1"), &[("", "a.b:c:1")], "a.b:c:1", 0),
        (
            "lib/x.jar",
            bundle("io.netty.common", "1"),
            &[("", "io.netty:netty-common:1"), ("", "g:x-y:1")],
            "io.netty:netty-common:1",
            1,
        ),
        ("lib/log_4-2.0.jar", String::new(), &[("", "g:log-4:2.0"), ("", "g:other:2.0")], "g:log-4:2.0", 1),
        // The only ones, by their version.
        (
            "lib/x.jar",
            bundle("com.datastax.core", "3.2.0"),
            &[("", "com.datastax:driver:3.2")],
            "com.datastax:driver:3.2",
            0,
        ),
        ("lib/x.jar", bundle("own", "1.0.0"), &[("", "g:shaded:3.2")], "-", 1),
        ("lib/x.jar", bundle("own", "1.0.0"), &[("", "g:a:1.0.0"), ("", "g:b:1.0.0")], "-", 2),
        // A patched build is that of its number, and no other.
        ("lib/x.jar", bundle("lang", "3.4.0.wso2v1"), &[("", "g:lang:3.4")], "g:lang:3.4", 0),
        ("lib/x.jar", bundle("opensaml", "2.6.6.wso2v3"), &[("", "g:opensaml:2.6.4")], "-", 1),
        // Two that bear its name: nobody can tell.
        ("lib/x.jar", bundle("a", "1"), &[("", "g:a:1"), ("", "h:a:1")], "-", 2),
        // What lies in a jar inside is never its own.
        ("lib/a-1.jar", String::new(), &[("lib/a.jar!/", "g:a:1")], "-", 1),
    ] {
        let called = called(path, &text, all);
        let rest: Vec<_> = called.rsplitn(3, ' ').collect();
        assert_eq!((rest[1], rest[0]), (own, inside.to_string().as_str()), "{text}: {all:?}");
    }
}

#[test]
fn every_file_of_these_kinds_is_there_whatever_could_be_read_of_it() {
    let description = ["Bundle-SymbolicName: unpacked\nBundle-Version: 2.0\n", "no bundle: x\n"];
    let [bundle, other] = description.map(|text| text.as_bytes().to_vec());
    let (car, of_bundle, of_other) = (
        EntryPath::known("repository/deployment/server/carbonapps/Orders_1.0.0.car"),
        EntryPath::known("wso2/components/plugins/unpacked_2.0/META-INF/MANIFEST.MF"),
        EntryPath::known("wso2/components/plugins/other/META-INF/MANIFEST.MF"),
    );
    let package = Package {
        kind: PackageKind::CarbonApplication,
        name: "OrdersCompositeExporter".to_owned(),
        version: "1.0.1".to_owned(),
        artifacts: [].into(),
        registry: Vec::new(),
        classes: Index { coordinates: coordinates(&[("m.jar!/", "g:m:1")]), ..Index::default() },
        flaws: Vec::new(),
    };
    let examined = Examined {
        jars: [(EntryPath::known("lib/broken.jar"), Err("is no zip".to_owned()))].into(),
        packages: [(car.clone(), Ok(package))].into(),
        texts: [(of_bundle.clone(), bundle), (of_other.clone(), other)].into(),
        ..Examined::default()
    };
    let overlay = || Input::Overlay("team".to_owned());
    let files = [
        ("bin/tool-1.0.jar", Input::Fresh),
        ("lib/broken.jar", Input::Customised),
        ("lib/LOUD.JAR", Input::Customised),
        ("lib/readme.txt", Input::Customised),
        (car.as_str(), overlay()),
        ("repository/deployment/server/axis2modules/addressing-1.6.1.mar", Input::Fresh),
        ("repository/deployment/server/synapse-libs/file-connector-2.3.0.zip", Input::Hl7(1)),
        ("repository/resources/data.zip", Input::Customised),
        (of_bundle.as_str(), Input::Fresh),
        (of_other.as_str(), Input::Fresh),
    ];
    let components = found(&files, &examined);
    let told: Vec<_> = components
        .iter()
        .map(|component| {
            let origin = component.origin.as_ref().map(ToString::to_string).unwrap_or_default();
            let version = component.version.as_deref().unwrap_or("-");
            format!("{origin}: {} = {} {version} {}", component.path, component.name, component.digest.is_some())
        })
        .collect();
    assert_eq!(
        told,
        [
            "fresh: bin/tool-1.0.jar = tool 1.0 true",
            "home: lib/LOUD.JAR = LOUD - true",
            "home: lib/broken.jar = broken - true",
            "fresh: repository/deployment/server/axis2modules/addressing-1.6.1.mar = addressing 1.6.1 true",
            "overlay team: repository/deployment/server/carbonapps/Orders_1.0.0.car = OrdersCompositeExporter 1.0.1 true",
            "hl7-2: repository/deployment/server/synapse-libs/file-connector-2.3.0.zip = file-connector 2.3.0 true",
            "fresh: wso2/components/plugins/unpacked_2.0 = unpacked 2.0 false",
        ]
    );
    assert!(components.iter().all(|component| component.is_application == component.path.has_extension("car")));
    assert_eq!(components[4].inside.len(), 1);
}

#[test]
fn links_and_folders_are_none() {
    let path = EntryPath::known("lib/a.jar");
    let mut plan = Plan::default();
    let mut planned = Planned::written(Vec::new(), 0o777, Input::Customised, &path);
    planned.kind = Kind::Symlink("../shared/a.jar".to_owned());
    planned.digest = None;
    planned.origin = Origin { input: None, path: path.clone(), unchanged: true };
    plan.tree.insert(path, planned);
    assert_eq!(of(&plan, &Examined::default()), []);
}

proptest! {
    #[test]
    fn any_name_of_a_file_gives_a_component(name in "[^/\\\\\\p{C}]{1,20}", text in "(?s).{0,80}") {
        let path = format!("lib/{name}.jar");
        let text = format!("Bundle-SymbolicName: {text}");
        if EntryPath::parse(&path).is_ok() && Manifest::parse(text.as_bytes()).is_ok() {
            prop_assert!(!called(&path, &text, &[]).is_empty());
        }
    }
}
