use super::*;
use crate::facts::manifest::Manifest;
use crate::path::EntryPath;

fn manifest(text: &str) -> Manifest {
    Manifest::parse(format!("Bundle-ManifestVersion: 2\n{text}").as_bytes()).expect("a manifest")
}

fn bundle(at: usize, text: &str) -> Bundle {
    let path = EntryPath::parse(&format!("dropins/{at}.jar")).expect("a path");
    Bundle::read(path, &manifest(text)).expect("a bundle")
}

fn bundles(texts: &[&str]) -> Vec<Bundle> {
    texts.iter().enumerate().map(|(at, text)| bundle(at, text)).collect()
}

fn system() -> System {
    let framework = manifest(
        "Bundle-SymbolicName: org.eclipse.osgi;singleton:=true\nBundle-Version: 3.14.0\n\
         Export-Package: org.osgi.framework;version=1.9\n",
    );
    let launch = Launch { packages: "javax.xml, org.w3c.dom ".to_owned(), java: 11 };
    System::of(EntryPath::known("wso2/components/plugins/org.eclipse.osgi.jar"), &framework, &launch).expect("it")
}

#[test]
fn reasons_name_what_is_missing_and_who_would_have_it() {
    let bundles = bundles(&[
        "Bundle-SymbolicName: a\nExport-Package: org.a\nImport-Package: org.x,javax.xml",
        "Bundle-SymbolicName: b\nImport-Package: org.a",
        "Bundle-SymbolicName: c\nBundle-RequiredExecutionEnvironment: JavaSE-17",
        "Bundle-SymbolicName: d;singleton:=true\nBundle-Version: 1",
        "Bundle-SymbolicName: d;singleton:=true\nBundle-Version: 2",
        "Bundle-SymbolicName: e\nBundle-RequiredExecutionEnvironment: JavaSE-11,CDC-1.0",
    ]);
    let resolution = resolve(&bundles, &system());
    let missing = |requirement, providers: &[usize]| {
        Reason::Requirements(vec![Unsatisfied { requirement, providers: providers.to_vec() }])
    };
    let expected = [(0, missing(0, &[])), (1, missing(0, &[0])), (2, missing(0, &[])), (3, Reason::Singleton(4))];
    assert_eq!(resolution.unresolved, expected.into());
}

#[test]
fn what_a_bundle_imports_from_itself_is_not_what_it_lacks() {
    let bundles = bundles(&[
        "Bundle-SymbolicName: a\nExport-Package: org.a;version=\"1.4\",org.b;version=\"1\"\n\
         Import-Package: org.a;version=\"1.4\",org.x,org.b;version=\"[2,3)\"",
        "Bundle-SymbolicName: b\nImport-Package: org.a",
    ]);
    let lacks = |requirement| Unsatisfied { requirement, providers: Vec::new() };
    let b = Unsatisfied { requirement: 0, providers: vec![0] };
    let expected = [(0, Reason::Requirements(vec![lacks(1), lacks(2)])), (1, Reason::Requirements(vec![b]))];
    assert_eq!(resolve(&bundles, &system()).unresolved, expected.into());
}

#[test]
fn requirements_read_as_the_framework_logs_them() {
    let bundle = bundle(
        0,
        "Bundle-SymbolicName: a\nImport-Package: org.a;version=\"[1,2)\";kind=x\nRequire-Bundle: b;bundle-version=2\n\
         Require-Capability: osgi.extender;filter:=\"(osgi.extender=osgi.component)\"\nEclipse-PlatformFilter: (osgi.os=win32)",
    );
    let shown: Vec<_> = bundle.requirements.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "Import-Package: org.a; version=\"[1,2)\"; kind=\"x\"",
            "Require-Bundle: b; bundle-version=\"2\"",
            "Require-Capability: osgi.extender; filter:=\"(osgi.extender=osgi.component)\"",
            "Eclipse-PlatformFilter: ; filter:=\"(osgi.os=win32)\"",
        ]
        .map(|line| line.replace("Filter: ;", "Filter: eclipse.platform;"))
    );
}

#[test]
fn the_nearest_offer_lies_below_the_range_or_else_above() {
    let bundles = bundles(&[
        "Bundle-SymbolicName: a\nExport-Package: org.a;version=1,org.a;version=1.5,org.a;version=3,org.a;version=4",
        "Bundle-SymbolicName: b\nImport-Package: org.a;version=\"[2,2.5)\"",
        "Bundle-SymbolicName: c\nImport-Package: org.a;version=\"[0.5,0.6)\"",
        "Bundle-SymbolicName: d\nImport-Package: org.b",
    ]);
    let system = system();
    let offers = Offers::of(&bundles, &system);
    let nearest = |at: usize| {
        let found = offers.nearest(&bundles[at].requirements[0]);
        found.and_then(|(_, capability)| capability.version().map(ToString::to_string))
    };
    assert_eq!([nearest(1), nearest(2), nearest(3)], [Some("1.5.0".to_owned()), Some("1.0.0".to_owned()), None]);
}

#[test]
fn many_bundles_fail_with_the_last_of_a_chain() {
    let texts = (0..1000).map(|at| {
        let exports = (0..100).map(|package| format!("org.p{at}.q{package};version=1.{package}")).collect::<Vec<_>>();
        // Everything hangs on the last one, which asks for what is not there.
        let imports = (0..20).map(|package| format!("org.p{}.q{package}", at + 1)).collect::<Vec<_>>();
        let (exports, imports) = (exports.join(","), imports.join(","));
        format!("Bundle-SymbolicName: b{at}\nExport-Package: {exports}\nImport-Package: {imports}\n")
    });
    let bundles: Vec<_> = texts.enumerate().map(|(at, text)| bundle(at, &text)).collect();
    let system = system();
    assert_eq!(resolve(&bundles, &system).unresolved.len(), 1000);
}

#[test]
fn hostile_manifests_do_not_take_for_ever() {
    let offered = "x,".repeat(20_000) + "x";
    let asked = "x;filter:=\"(y=1)\",".repeat(20_000) + "x;filter:=\"(y=1)\"";
    let bundles =
        bundles(&[&format!("Bundle-SymbolicName: a\nProvide-Capability: {offered}\nRequire-Capability: {asked}\n")]);
    // Each requirement would look at each capability, and that for the reason as well: 400 million comparisons.
    let resolution = resolve(&bundles, &system());
    let Some(Reason::Requirements(unsatisfied)) = resolution.unresolved.get(&0) else { panic!("{resolution:?}") };
    assert_eq!(unsatisfied[0], Unsatisfied { requirement: 0, providers: Vec::new() });
    assert!(unsatisfied.len() < 1000, "{}", unsatisfied.len());
}

#[test]
fn what_the_framework_refuses_is_refused_with_a_reason() {
    for (text, reason) in [
        ("Bundle-SymbolicName: a\nExport-Package: ", "has a `Export-Package` that cannot be read"),
        ("Bundle-Version: 1", "has no `Bundle-SymbolicName`"),
        ("Bundle-SymbolicName: a\nBundle-Version: 1-SNAPSHOT", "has `1-SNAPSHOT` for a version"),
        ("Bundle-SymbolicName: a\nImport-Package: b,b", "imports `b` twice"),
        ("Bundle-SymbolicName: a\nExport-Package: java.sql", "exports `java.sql`"),
        ("Bundle-SymbolicName: a\nProvide-Capability: x;x:Long=y", "has an attribute `x` that is no Long"),
    ] {
        let read = Bundle::read(EntryPath::known("dropins/a.jar"), &manifest(text));
        assert_eq!(read.err().as_deref(), Some(reason), "{text}");
    }
}
