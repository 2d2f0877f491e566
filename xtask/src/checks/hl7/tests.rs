use super::*;
use crate::artifacts::Kind;
use crate::checks::tests::{artifact, configured, jar, shown, with_jars};
use crate::examine::Jar;

const AXIS2: &str = "conf/axis2/axis2.xml";
const BLOCKING: &str = "conf/axis2/axis2_blocking_client.xml";

fn transport() -> Jar {
    let classes = ["org/wso2/micro/integrator/business/messaging/hl7/store/jpa/JPAStore"];
    jar(
        "Bundle-SymbolicName: b\nBundle-Version: 4.0.0\nExport-Package: org.wso2.micro.integrator.business.messaging.hl7.store.jpa\n",
        &classes,
    )
}

/// A receiver or sender of the transport.
fn on(tag: &str) -> String {
    format!("<axisconfig><{tag} name='hl7' class='{MI}transport.T'/></axisconfig>")
}

#[test]
fn jars_and_settings_must_fit() {
    let receiver = on("transportReceiver");
    let off = "<axisconfig/>";
    let wrapper = {
        let mut jar = transport();
        let manifest = "Bundle-SymbolicName: w\nBundle-Version: 1.0.0\nBundle-ClassPath: .,w.jar\n";
        jar.manifest = crate::facts::manifest::Manifest::parse(manifest.as_bytes()).expect("a manifest");
        jar
    };
    let ei6 =
        jar("Bundle-SymbolicName: e\nBundle-Version: 1.0.0\n", &["org/wso2/carbon/business/messaging/hl7/transport/T"]);
    for (toml, axis2, jars, expected) in [
        ("", receiver.as_str(), vec![("dropins/hl7.jar", transport())], vec![]),
        ("", off, vec![], vec![]),
        (
            "",
            off,
            vec![("dropins/hl7.jar", transport())],
            vec!["MI0615 the HL7 jars are there, and no setting switches the transport on"],
        ),
        (
            "\n[transport.hl7]\nlistener.enable = true\n",
            off,
            vec![],
            vec!["MI0614 `[transport.hl7]` is read by nothing"],
        ),
        (
            "\n[transport.hl7]\nlistener.enable = true\n",
            off,
            vec![("dropins/hl7.jar", transport())],
            vec!["MI0614 `[transport.hl7]` is read by nothing"],
        ),
        (
            "",
            &receiver,
            vec![("dropins/hl7_1.0.0.jar", wrapper), ("lib/hl7.jar", transport())],
            vec!["MI1309 `lib/hl7.jar` is the HL7 transport, and lies in lib"],
        ),
        ("", &receiver, vec![("dropins/ei6.jar", ei6)], vec!["MI1310 `dropins/ei6.jar` is the HL7 transport of EI 6"]),
    ] {
        let found = check(&configured(with_jars(&jars), toml, &[(AXIS2, axis2)], &[]));
        assert_eq!(shown(&found), expected, "{toml} {axis2} {jars:?}");
    }
}

#[test]
fn a_second_hapi_is_told_where_the_distribution_has_one() {
    let hapi = || jar("", &["ca/uhn/hl7v2/app/Connection"]);
    let shipped = jar("Bundle-SymbolicName: hapi\nBundle-Version: 2.1.0\n", &["ca/uhn/hl7v2/app/Connection"]);
    let other = jar("", &["ca/uhn/other/A"]);
    let second = [("lib/hapi.jar", hapi()), ("dropins/x.jar", hapi()), ("lib/other.jar", other)];
    let with = [("wso2/components/plugins/hapi_2.1.0.jar", shipped), second[0].clone(), second[1].clone()];
    assert_eq!(
        shown(&check(&with_jars(&with))),
        ["MI1308 a second hapi is beside the one of the distribution | `dropins/x.jar` | `lib/hapi.jar`"]
    );
    assert_eq!(shown(&check(&with_jars(&second))), Vec::<String>::new());
    assert_eq!(shown(&check(&with_jars(&with[..1]))), Vec::<String>::new());
}

#[test]
fn blocking_calls_need_a_builder_and_a_formatter() {
    let of =
        |more: &str| format!("<axisconfig><transportSender name='hl7' class='{MI}transport.T'/>{more}</axisconfig>");
    let builder = "<messageBuilder contentType='application/edi-hl7' class='x.B'/>";
    let formatter = "<messageFormatter contentType='application/edi-hl7' class='x.F'/>";
    for (text, missing) in [
        ("<axisconfig/>".to_owned(), None),
        (of(&format!("{builder}{formatter}")), None),
        (of(builder), Some(1)),
        (of(""), Some(2)),
    ] {
        let found = check(&configured(Examined::default(), "", &[(BLOCKING, &text)], &[]));
        assert_eq!(
            found.first().map(|found| (found.code, found.details.len())),
            missing.map(|count| (Code(1311), count))
        );
    }
}

#[test]
fn a_store_needs_the_second_jar_of_the_pack() {
    let openjpa = jar("", &["org/apache/openjpa/persistence/PersistenceProviderImpl"]);
    let axis2 = on("transportReceiver");
    for (store, jars, is_told) in [
        (JPA_STORE, vec![("dropins/hl7.jar", transport())], true),
        (JPA_STORE, vec![("dropins/hl7.jar", transport()), ("lib/openjpa.jar", openjpa.clone())], false),
        // Without the store's own class that is told.
        (JPA_STORE, vec![], false),
        ("org.example.Store", vec![("dropins/hl7.jar", transport())], false),
    ] {
        let mut examined = configured(with_jars(&jars), "", &[(AXIS2, &axis2)], &[]);
        let store = artifact(Kind::MessageStore, "M", &[(Role::MessageStore, store)]);
        examined.artifacts.insert(EntryPath::known("message-stores/M.xml"), store);
        let expected = [
            "MI1312 an HL7 message store keeps its messages through OpenJPA, which is in no jar | `message-stores/M.xml`, \
             line 1: message store or processor of `M`"
                .to_owned(),
        ];
        assert_eq!(shown(&check(&examined)), if is_told { expected.to_vec() } else { vec![] });
    }
}
