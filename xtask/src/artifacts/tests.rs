//! Artifacts and packages of a few lines, and what is read of them; archives that mean harm; real ones, and what is told
//! of them when they are damaged (`UPGRADE_CARBON_APPLICATIONS`).

mod real;

use super::*;
use crate::sample::{Artifact as Packed, carbon_application};
use std::io::Cursor;
use std::io::Write as _;
use zip::write::SimpleFileOptions;

const NS: &str = "xmlns='http://ws.apache.org/ns/synapse'";

fn sequence(inside: &str) -> Artifact {
    synapse::read(format!("<sequence {NS} name='S'>{inside}</sequence>").as_bytes(), "sequence")
}

fn named(artifact: &Artifact) -> Vec<(Kind, &str)> {
    artifact.references.iter().map(|reference| (reference.kind, reference.name.as_str())).collect()
}

fn classes(artifact: &Artifact) -> Vec<(Role, &str)> {
    artifact.classes.iter().map(|found| (found.role, found.class.as_str())).collect()
}

fn package_of(bytes: &[u8]) -> Package {
    package(PackageKind::CarbonApplication, Cursor::new(bytes)).expect("an archive")
}

/// A zip of exactly these entries.
fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        if name.ends_with('/') {
            writer.add_directory(*name, SimpleFileOptions::default()).expect("memory holds it");
        } else {
            writer.start_file(*name, SimpleFileOptions::default()).expect("memory holds it");
            writer.write_all(bytes).expect("memory holds it");
        }
    }
    writer.finish().expect("memory holds it").into_inner()
}

#[test]
fn references_of_mediators_are_found() {
    for (inside, expected) in [
        ("<sequence key='A'/>", vec![(Kind::Sequence, "A")]),
        ("<sequence key='{get-property(\"a\")}'/><sequence key='$ctx:a'/><sequence key=''/>", vec![]),
        ("<sequence key='gov:/s/a.xml'/>", vec![(Kind::RegistryResource, "gov:/s/a.xml")]),
        ("<send receive='R'><endpoint key='E'/></send>", vec![(Kind::Sequence, "R"), (Kind::Endpoint, "E")]),
        ("<call><endpoint key-expression='$ctx:e'/></call>", vec![]),
        ("<call-template target='T' onError='F'/>", vec![(Kind::Template, "T"), (Kind::Sequence, "F")]),
        ("<store messageStore='M' sequence='B'/>", vec![(Kind::MessageStore, "M"), (Kind::Sequence, "B")]),
        ("<store messageStore='{$ctx:m}'/>", vec![]),
        ("<xslt key='x'/><xslt key='x'/>", vec![(Kind::LocalEntry, "x")]),
        (
            "<datamapper config='gov:a.dmc' inputSchema='conf:/b' outputSchema='local:c'/>",
            vec![
                (Kind::RegistryResource, "gov:a.dmc"),
                (Kind::RegistryResource, "conf:/b"),
                (Kind::RegistryResource, "local:c"),
            ],
        ),
        ("<script language='js' key='file:/a.js'><include key='i'/></script>", vec![]),
        ("<iterate expression='//a'><target sequence='I'/></iterate>", vec![(Kind::Sequence, "I")]),
        (
            "<filter><then sequence='A'/><else sequence='B'/></filter>",
            vec![(Kind::Sequence, "A"), (Kind::Sequence, "B")],
        ),
        ("<file.read configKey='C'/>", vec![(Kind::LocalEntry, "C")]),
        (
            "<enrich><source type='inline' key='K'><sequence key='no'/></source><target/></enrich>",
            vec![(Kind::LocalEntry, "K")],
        ),
        (
            "<property name='a' expression=\"get-property('registry','gov:/p/a.txt')\"/>",
            vec![(Kind::RegistryResource, "gov:/p/a.txt")],
        ),
        (
            "<property name='a' expression=\"get-property('registry', 'conf:/p/a@prop')\"/>",
            vec![(Kind::RegistryResource, "conf:/p/a")],
        ),
        ("<property name='a' expression=\"get-property('registry', fn:concat('gov:/', $ctx:a))\"/>", vec![]),
        // What is sent, kept or run is no configuration.
        ("<payloadFactory><format><sequence key='no'/></format></payloadFactory>", vec![]),
        ("<payloadFactory><format key='f'/></payloadFactory>", vec![(Kind::LocalEntry, "f")]),
        ("<property name='x'><sequence key='no'/></property>", vec![]),
        ("<!-- <sequence key='no'/> --><?x <sequence key='no'/>?>", vec![]),
        ("<o:sequence xmlns:o='urn:other' key='no'/>", vec![]),
    ] {
        assert_eq!(named(&sequence(inside)), expected, "{inside}");
    }
}

#[test]
fn references_and_classes_of_artifacts_are_found() {
    for (text, references, found) in [
        (
            "<proxy NS name='P'><target inSequence='A' faultSequence='F' endpoint='E'><inSequence><class name='a.B'/></inSequence></target>\
             <publishWSDL key='W'/><policy key='conf:/p.xml'/></proxy>",
            vec![
                (Kind::Sequence, "A"),
                (Kind::Sequence, "F"),
                (Kind::Endpoint, "E"),
                (Kind::LocalEntry, "W"),
                (Kind::RegistryResource, "conf:/p.xml"),
            ],
            vec![(Role::ClassMediator, "a.B")],
        ),
        (
            "<api NS name='A'><resource inSequence='I' outSequence='O'/><handlers><handler class='a.H'/></handlers></api>",
            vec![(Kind::Sequence, "I"), (Kind::Sequence, "O")],
            vec![(Role::ApiHandler, "a.H")],
        ),
        (
            "<messageProcessor NS name='P' class='a.P' messageStore='M' targetEndpoint='E'>\
             <parameter name='message.processor.fault.sequence'>F</parameter><parameter name='interval'>1</parameter></messageProcessor>",
            vec![(Kind::MessageStore, "M"), (Kind::Endpoint, "E"), (Kind::Sequence, "F")],
            vec![(Role::MessageStore, "a.P")],
        ),
        (
            "<messageStore NS name='M' class='a.Store'><parameter name='store.jdbc.driver'>com.mysql.jdbc.Driver</parameter>\
             <parameter name='store.jdbc.password'>sEcret</parameter></messageStore>",
            vec![],
            vec![(Role::MessageStore, "a.Store"), (Role::JdbcDriver, "com.mysql.jdbc.Driver")],
        ),
        (
            "<task NS name='T' class='a.Task'><property name='sequenceName' value='S'/><property name='message'><m/></property></task>",
            vec![(Kind::Sequence, "S")],
            vec![(Role::Task, "a.Task")],
        ),
        (
            "<inboundEndpoint NS name='I' class='a.In' sequence='S' onError='fault'/>",
            vec![(Kind::Sequence, "S"), (Kind::Sequence, "fault")],
            vec![(Role::InboundEndpoint, "a.In")],
        ),
        (
            "<sequence NS name='S'><dblookup><connection><pool><driver>a.Driver</driver><user>u</user></pool></connection></dblookup></sequence>",
            vec![],
            vec![(Role::JdbcDriver, "a.Driver")],
        ),
        ("<registry NS provider='a.Registry'/>", vec![], vec![(Role::Registry, "a.Registry")]),
        (
            "<sequence NS name='S'><class name='${x}'/><class name='not a class'/><class name='a..b'/></sequence>",
            vec![],
            vec![],
        ),
    ] {
        let artifact = synapse::read(text.replace("NS", NS).as_bytes(), "");
        assert_eq!(named(&artifact), references, "{text}");
        assert_eq!(classes(&artifact), found, "{text}");
        assert!(!format!("{artifact:?}").contains("sEcret"));
    }
}

#[test]
fn an_artifact_has_a_kind_a_name_and_lines() {
    let artifact = sequence("\n\n<sequence key='A'/>\n<class name='a.B'/>");
    assert_eq!((artifact.kind, artifact.name.as_str()), (Kind::Sequence, "S"));
    assert_eq!((artifact.references[0].line, artifact.classes[0].line), (3, 4));
    let entry =
        synapse::read(format!("<localEntry {NS} key='K'><sequence key='no'/></localEntry>").as_bytes(), "localEntry");
    assert_eq!((entry.kind, entry.name.as_str(), entry.references.len()), (Kind::LocalEntry, "K", 0));
    let whole = format!(
        "<definitions {NS}><sequence name='A'/><proxy name='B'><target inSequence='A'/></proxy><taskManager/></definitions>"
    );
    let whole = synapse::read(whole.as_bytes(), "");
    assert_eq!(whole.defined().collect::<Vec<_>>(), [(Kind::Sequence, "A"), (Kind::Proxy, "B")]);
    assert_eq!(named(&whole), [(Kind::Sequence, "A")]);
    let registry =
        format!("<registry {NS} provider='a.B'><parameter name='GovRegRoot'>file:///r</parameter></registry>");
    assert_eq!(synapse::read(registry.as_bytes(), "").roots["GovRegRoot"], "file:///r");
    for (attributes, name) in [("", "A"), ("version='1'", "A"), ("version='1' version-type='url'", "A:v1")] {
        let api = format!("<api {NS} name='A' context='/a' {attributes}/>");
        assert_eq!(synapse::read(api.as_bytes(), "api").name, name);
    }
    let hl7 = format!("<proxy {NS} name='P' transports='hl7'/>");
    assert_eq!(synapse::read(hl7.as_bytes(), "proxy").hl7_uses, ["proxy `P` listens on `hl7`"]);
}

#[test]
fn what_does_not_belong_is_told() {
    let problem = |text: &str, expected| synapse::read(text.replace("NS", NS).as_bytes(), expected).mismatch;
    assert_eq!(problem("<sequence NS name='S'/>", "sequence"), None);
    assert_eq!(problem("<localEntry key='K'/>", "localEntry"), None);
    assert_eq!(
        problem("<endpoint NS name='S'/>", "sequence").as_deref(),
        Some("holds a `<endpoint>` where a `<sequence>` belongs")
    );
    assert_eq!(problem("<sequence NS/>", "sequence").as_deref(), Some("has a `<sequence>` without a name"));
    for namespace in ["", "xmlns='http://synapse.apache.org/ns/2010/04/configuration'"] {
        let found = problem(&format!("<sequence {namespace} name='S'/>"), "sequence").expect("a mismatch");
        assert!(found.contains("not in the namespace"), "{found}");
    }
    assert_eq!(synapse::read(b"<sequence", "sequence").kind, Kind::Sequence);
    assert!(synapse::read(b"<sequence", "sequence").problem.is_some());
}

#[test]
fn data_services_and_data_sources_are_read() {
    let text = "<data name='D'><config id='a'><property name='driverClassName'>org.h2.Driver</property>\
        <property name='url'>jdbc:h2:x;password=sEcret</property></config>\n<config id='b'>\
        <property name='org.wso2.ws.dataservice.driver'>a.Driver</property></config>\
        <config id='c'><property name='carbon_datasource_name'>SHARED</property></config>\
        <query><property name='driverClassName'>no.Driver</property></query></data>";
    let service = data::service(text.as_bytes());
    assert_eq!((service.kind, service.name.as_str()), (Kind::DataService, "D"));
    assert_eq!(classes(&service), [(Role::JdbcDriver, "org.h2.Driver"), (Role::JdbcDriver, "a.Driver")]);
    assert_eq!(service.classes[1].line, 2);
    assert_eq!(named(&service), [(Kind::DataSource, "SHARED")]);
    let text = "<datasource><name>A</name><jndiConfig><name>jdbc/a</name></jndiConfig><definition type='RDBMS'>\
        <configuration><driverClassName>org.postgresql.Driver</driverClassName><password>sEcret</password>\
        </configuration></definition></datasource>";
    let source = data::source(text.as_bytes());
    assert_eq!((source.name.as_str(), source.jndi_name.as_deref()), ("A", Some("jdbc/a")));
    assert_eq!(classes(&source), [(Role::JdbcDriver, "org.postgresql.Driver")]);
    assert!(!format!("{service:?}{source:?}").contains("sEcret"));
    let many = format!("<datasources-configuration><datasources>{text}</datasources></datasources-configuration>");
    assert_eq!(data_source_names(many.as_bytes()), ["A"]);
    assert!(data::service(b"<proxy/>").mismatch.is_some() && data::source(b"<datasource/>").mismatch.is_some());
}

#[test]
fn what_lies_loose_is_read_where_the_server_reads_it() {
    let text = format!("<sequence {NS} name='S'/>");
    for (path, kind) in [
        ("synapse-configs/default/sequences/S.xml", Some(Kind::Sequence)),
        ("synapse-configs/default/synapse.xml", Some(Kind::Sequence)),
        ("synapse-configs/default/sequences/S.xml.bak", None),
        ("synapse-configs/default/sequences/sub/S.xml", None),
        ("synapse-configs/other/sequences/S.xml", None),
        ("synapse-configs/default/S.xml", None),
        ("synapse-configs/default/wrong/S.xml", None),
        ("dataservices/S.xml", None),
        ("dataservices/S.dbs", Some(Kind::DataService)),
    ] {
        let path = EntryPath::known(&format!("repository/deployment/server/{path}"));
        assert_eq!(loose(&path, text.as_bytes()).map(|artifact| artifact.kind), kind, "{path}");
    }
}

fn sound() -> Vec<Packed> {
    vec![
        Packed::file("S", "synapse/sequence", "S-1.0.0.xml", format!("<sequence {NS} name='S'/>")),
        Packed::registry_resource("R", "/_system/governance/x", "a.xslt", "application/xslt+xml", "<a/>"),
        Packed::registry_resource("L", "/_system/local/x", "b.txt", "text/plain", "b\r\n"),
        Packed::file("D", "datasource/datasource", "D.xml", "<datasource><name>D</name></datasource>"),
    ]
}

#[test]
fn a_sound_application_has_no_flaws() {
    let package = package_of(&carbon_application("App", "1.0.0", &sound()));
    assert_eq!(package.flaws, []);
    assert_eq!((package.name.as_str(), package.version.as_str()), ("App", "1.0.0"));
    let kinds: Vec<_> = package.artifacts.values().map(|artifact| artifact.kind).collect();
    assert_eq!(kinds, [Kind::DataSource, Kind::RegistryResource, Kind::Sequence]);
    let registry: Vec<_> =
        package.registry.iter().map(|found| (found.path.as_str(), found.former.as_deref())).collect();
    assert_eq!(
        registry,
        [
            ("registry/governance/x/a.xslt", None),
            ("registry/local/x/b.txt", Some("registry/governance/_system/local/x/b.txt"))
        ]
    );
    // As the server writes it.
    assert_eq!(package.registry[1].digest, Some(Digest::of(b"b\n")));
}

const WHOLE: &str = "<artifacts><artifact name='A' version='1' type='carbon/application'>\
    <dependency artifact='S' version='1' serverRole='EnterpriseIntegrator'/></artifact></artifacts>";
const ONE: &str = "<artifact name='S' version='1' type='synapse/sequence'><file>s.xml</file></artifact>";

/// The flaws of an application with these files, and an entry for each folder.
fn flaws(files: &[(&str, &str)]) -> Vec<Flaw> {
    let sequence = format!("<sequence {NS} name='S'/>");
    let mut entries: BTreeMap<&str, &str> =
        BTreeMap::from([("artifacts.xml", WHOLE), ("S_1/artifact.xml", ONE), ("S_1/s.xml", &sequence)]);
    for (name, text) in files {
        if text.is_empty() {
            entries.remove(name);
        } else {
            entries.insert(name, text);
        }
    }
    let entries: Vec<_> = entries.into_iter().map(|(name, text)| (name, text.as_bytes())).collect();
    package_of(&crate::sample::plain_zip(&entries)).flaws
}

#[test]
fn each_flaw_of_an_application_is_told() {
    let text = str::to_owned;
    let damaged = |file: &str, why: &str, line| vec![Flaw::Description(text(file), text(why), line)];
    let not_xml = "ends before its first element is closed";
    let missing = Flaw::MissingDependency(text("S"), text("1"));
    for (files, expected) in [
        (vec![], vec![]),
        (vec![("artifacts.xml", "")], damaged("artifacts.xml", "is not there", None)),
        (vec![("artifacts.xml", "<artifacts>")], damaged("artifacts.xml", not_xml, None)),
        (
            vec![("artifacts.xml", "<artifacts><artifact name='A'/></artifacts>")],
            damaged("artifacts.xml", "names no artifact of the type `carbon/application`", None),
        ),
        (vec![("S_1/artifact.xml", "")], vec![missing.clone()]),
        (vec![("S_1/artifact.xml", &ONE.replace("version='1'", "version='2'"))], vec![missing.clone()]),
        (
            vec![("S_1/artifact.xml", "<artifact>")],
            vec![Flaw::Description(text("S_1/artifact.xml"), text(not_xml), None), missing.clone()],
        ),
        (
            vec![("S_1/artifact.xml", "<other name='S'/>")],
            vec![Flaw::Description(text("S_1/artifact.xml"), text("holds no `<artifact>`"), None), missing],
        ),
        (vec![("S_1/s.xml", "")], vec![Flaw::MissingFile(text("S"), text("s.xml"))]),
        (
            vec![("S_1/artifact.xml", &ONE.replace("synapse/sequence", "web/application"))],
            vec![Flaw::UnknownType(text("S"), text("web/application"))],
        ),
        (vec![("S_1/artifact.xml", &ONE.replace("type=", "kind="))], vec![Flaw::UnknownType(text("S"), String::new())]),
        (
            vec![("S_1/artifact.xml", &ONE.replace("</file>", "</file><file>t.xml</file>"))],
            vec![Flaw::FileCount(text("S"), 2)],
        ),
        (
            vec![("artifacts.xml", &WHOLE.replace("EnterpriseIntegrator", "BusinessProcessServer"))],
            vec![Flaw::OtherRole(text("S"), text("BusinessProcessServer")), Flaw::NothingToDeploy],
        ),
        (
            vec![("artifacts.xml", &WHOLE.replace("serverRole", "other"))],
            vec![Flaw::OtherRole(text("S"), String::new()), Flaw::NothingToDeploy],
        ),
        (vec![("metadata.xml", WHOLE)], vec![]),
        (
            vec![("metadata.xml", "<metadata/>")],
            vec![Flaw::StrayMetadata(text("names no artifact of the type `carbon/application`"))],
        ),
        (
            vec![("metadata.xml", &WHOLE.replace("artifact='S'", "artifact='T'"))],
            vec![
                Flaw::StrayMetadata(text("asks for other artifacts than `artifacts.xml`")),
                Flaw::MissingDependency(text("T"), text("1")),
            ],
        ),
        (
            vec![("a\\b.xml", "x")],
            vec![Flaw::Name(text("a\\b.xml"), "holds a backslash, which is no separator of folders")],
        ),
        (
            vec![
                ("S_1/artifact.xml", &ONE.replace("synapse/sequence", "registry/resource")),
                ("S_1/s.xml", "<resources><item><file>a</file><path>/p</path></item></resources>"),
            ],
            vec![Flaw::MissingResource(text("S"), text("a"))],
        ),
    ] {
        assert_eq!(flaws(&files), expected, "{files:?}");
    }
}

#[test]
fn folders_need_an_entry_before_their_files() {
    let sequence = format!("<sequence {NS} name='S'/>");
    let (whole, one, sequence) = (WHOLE.as_bytes(), ONE.as_bytes(), sequence.as_bytes());
    let flaw = vec![Flaw::NoFolderEntry("S_1".to_owned())];
    for (entries, expected) in [
        (vec![("artifacts.xml", whole), ("S_1/artifact.xml", one), ("S_1/s.xml", sequence)], flaw.clone()),
        (vec![("artifacts.xml", whole), ("S_1/", b""), ("S_1/artifact.xml", one), ("S_1/s.xml", sequence)], vec![]),
        (vec![("artifacts.xml", whole), ("S_1/artifact.xml", one), ("S_1/s.xml", sequence), ("S_1/", b"")], flaw),
        // A folder makes those above it, and META-INF is passed over.
        (
            vec![
                ("META-INF/MANIFEST.MF", b"x"),
                ("artifacts.xml", whole),
                ("S_1/resources/", b""),
                ("S_1/artifact.xml", one),
                ("S_1/s.xml", sequence),
            ],
            vec![],
        ),
    ] {
        assert_eq!(package_of(&zip(&entries)).flaws, expected);
    }
    let connector: &[u8] = b"<connector><component name='c'/></connector>";
    let nested = zip(&[("connector.xml", connector), ("a/b/", b""), ("a/b/c.txt", b"x")]);
    let found = package(PackageKind::Connector, Cursor::new(nested)).expect("an archive").flaws;
    assert_eq!(found, [Flaw::NoFolderEntry("a/b".to_owned())], "a connector's folders are made one by one");
}

#[test]
fn connectors_and_axis2_services_are_read() {
    let read = |kind, files: &[(&str, &str)]| {
        let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        package(kind, Cursor::new(crate::sample::plain_zip(&files))).expect("an archive")
    };
    let whole = "<connector><component name='file' package='p'><dependency component='read'/></component></connector>";
    let component = "<component name='read' type='synapse/template'><subComponents><component name='r'><file>r.xml</file></component></subComponents></component>";
    let template = format!("<template {NS} name='r'><sequence><class name='a.B'/></sequence></template>");
    let files = [("connector.xml", whole), ("read/component.xml", component), ("read/r.xml", &template)];
    let sound = read(PackageKind::Connector, &files);
    assert_eq!((sound.flaws.as_slice(), sound.name.as_str()), (&[][..], "file"));
    assert_eq!(classes(&sound.artifacts["read/r.xml"]), [(Role::ClassMediator, "a.B")]);
    let text = str::to_owned;
    assert_eq!(read(PackageKind::Connector, &files[..2]).flaws, [Flaw::MissingFile(text("read"), text("r.xml"))]);
    assert_eq!(read(PackageKind::Connector, &files[..1]).flaws, [Flaw::MissingDependency(text("read"), String::new())]);
    let missing = [Flaw::Description(text("connector.xml"), text("is not there"), None)];
    assert_eq!(read(PackageKind::Connector, &files[1..]).flaws, missing);

    let services = "<service name='V'><parameter name='ServiceClass'>a.V</parameter></service>";
    let service = read(PackageKind::AxisService, &[("META-INF/services.xml", services)]);
    assert_eq!((service.flaws.as_slice(), service.name.as_str()), (&[][..], "V"));
    assert_eq!(classes(&service.artifacts["META-INF/services.xml"]), [(Role::Other, "a.V")]);
    let missing = [Flaw::Description(text("META-INF/services.xml"), text("is not there"), None)];
    assert_eq!(read(PackageKind::AxisService, &[("a/B.class", "x")]).flaws, missing);
}

#[test]
fn every_cut_and_every_flipped_byte_is_survived() {
    let car = carbon_application("App", "1.0.0", &sound());
    for place in 0..car.len() {
        assert!(package(PackageKind::CarbonApplication, Cursor::new(&car[..place])).is_err(), "cut to {place}");
        let mut flipped = car.clone();
        flipped[place] ^= 0x55;
        let kinds = [PackageKind::CarbonApplication, PackageKind::Connector, PackageKind::AxisService];
        if let Err(message) = package(kinds[place % 3], Cursor::new(&flipped)) {
            assert!(message.starts_with(char::is_lowercase), "{message}");
        }
    }
}

#[test]
fn archives_that_mean_harm_stay_bounded() {
    // More than a GiB of zeros, and an XML file of more than is kept.
    let zeros = zip(&[("0.bin", &vec![0_u8; 64 << 20])]);
    let mut zeros = zip::ZipArchive::new(Cursor::new(zeros)).expect("a zip");
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for number in 0..17 {
        let entry = zeros.by_index_raw(0).expect("an entry");
        writer.raw_copy_file_rename(entry, format!("{number}.bin")).expect("memory holds it");
    }
    let bomb = writer.finish().expect("memory holds it").into_inner();
    let found = package_of(&bomb).flaws;
    assert!(matches!(found.as_slice(), [Flaw::TooLarge(_)]), "{found:?}");
    let spaces = " ".repeat(9 << 20);
    let large = format!("<artifacts>{spaces}</artifacts>");
    assert_eq!(package_of(&zip(&[("artifacts.xml", large.as_bytes())])).flaws, []);
    let many: Vec<_> = (0..60_000).map(|number| format!("{number}")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert!(matches!(package_of(&zip(&many)).flaws.as_slice(), [Flaw::TooLarge(_)]));
    // A carbon application in itself.
    let mut car = carbon_application("App", "1.0.0", &sound());
    for _ in 0..5 {
        let inner = Packed::file("C", "synapse/lib", "c.zip", car);
        car = carbon_application("App", "1.0.0", &[inner]);
    }
    assert_eq!(package_of(&car).flaws, []);
    let deep = format!("{}{}", "<sequence>".repeat(100_000), "</sequence>".repeat(100_000));
    let wide = "<sequence key='a'/>".repeat(100_000);
    for text in [deep.as_str(), &format!("<sequence {NS} name='S'>{wide}</sequence>"), &"<a ".repeat(1_000_000)] {
        let found = synapse::read(text.as_bytes(), "sequence");
        assert!(found.references.len() <= 10_000);
    }
    let laughs = "<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><a>&b;</a>";
    assert_eq!(synapse::read(laughs.as_bytes(), "sequence").problem, None);
}
