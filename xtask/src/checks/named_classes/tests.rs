use super::*;
use crate::artifacts::Kind;
use crate::checks::tests::{application, artifact, configured, jar, shown, with_jars};
use crate::effective::{self, Environment};
use crate::examine::Jar;
use crate::tests::Release;

const HANDLERS: &str = "conf/synapse-handlers.xml";
const AXIS2: &str = "conf/axis2/axis2.xml";
const HL7: &str = "org.wso2.micro.integrator.business.messaging.hl7.T";
const OLD: &str = "org.wso2.carbon.business.messaging.hl7.T";

/// A tree whose deployment.toml names a class in a rendered file.
fn naming(class: &str, path: &'static str, xml: &str, jars: &[(&str, Jar)]) -> Examined {
    let stock = "<handlers><handler name='stock' class='com.example.Stock'/></handlers>";
    let xml = xml.replace("CLASS", class);
    configured(with_jars(jars), &format!("a = 1\nx = \"{class}\"\n"), &[(path, &xml)], &[(HANDLERS, stock)])
}

/// Looks at what is said of a class: the words, the line of the setting, and the remedy.
fn judge(class: &str, found: &[Diagnostic], expected: &[&str]) {
    assert_eq!(shown(found), expected, "{class}");
    for found in found.iter().filter(|_| !class.is_empty()) {
        let place = found.place.as_ref().expect("a place");
        assert_eq!((place.path.as_str(), place.line), (DEPLOYMENT_TOML, Some(2)));
    }
    let hint = found.first().and_then(|found| found.hint.clone()).unwrap_or_default();
    assert_eq!(hint.contains("it is `org.wso2.micro.integrator.business.messaging.hl7.T` now"), class == OLD, "{hint}");
    assert_eq!(hint.contains("into dropins"), class == HL7 || hint.contains("where it is a bundle"), "{hint}");
}

#[test]
fn a_class_that_configuration_names_must_be_in_a_jar() {
    let handler =
        "<handlers><handler name='h' class='CLASS'/><handler name='stock' class='com.example.Stock'/></handlers>";
    let receiver = "<axisconfig><transportReceiver name='t' class='CLASS'/></axisconfig>";
    let builder = "<axisconfig><messageBuilder contentType='t/x' class='CLASS'/></axisconfig>";
    let in_lib = [("lib/a.jar", jar("", &["com/acme/A"]))];
    let ignored = [("dropins/a.jar", jar("", &["com/acme/A"]))];
    let a = "com.acme.A";
    for (class, path, xml, jars, expected) in [
        (a, HANDLERS, handler, &in_lib[..], vec![]),
        (
            a,
            HANDLERS,
            handler,
            &[],
            vec!["MI1301 `com.acme.A` is in no jar | `conf/synapse-handlers.xml`: handler `h`"],
        ),
        (
            a,
            HANDLERS,
            handler,
            &ignored,
            vec![
                "MI1301 `com.acme.A` cannot be loaded: `dropins/a.jar` holds it, which the server ignores: its manifest has \
                 no Bundle-SymbolicName or no Bundle-Version | `conf/synapse-handlers.xml`: handler `h`",
            ],
        ),
        (
            "",
            HANDLERS,
            handler,
            &[],
            vec!["MI1301 handler `h` names no class | `conf/synapse-handlers.xml`: handler `h`"],
        ),
        ("$env{A}", HANDLERS, handler, &[], vec![]),
        (
            a,
            AXIS2,
            receiver,
            &[],
            vec!["MI1301 `com.acme.A` is in no jar | `conf/axis2/axis2.xml`: transportReceiver `t`"],
        ),
        (
            a,
            AXIS2,
            builder,
            &[],
            vec![
                "MI1302 `com.acme.A` of messageBuilder `t/x` is in no jar | `conf/axis2/axis2.xml`: messageBuilder `t/x`",
            ],
        ),
        (a, AXIS2, builder, &in_lib, vec![]),
        ("", AXIS2, builder, &[], vec![]),
        ("javax.naming.X", AXIS2, builder, &[], vec![]),
    ] {
        judge(class, &check(&naming(class, path, xml, jars)), &expected);
    }
}

#[test]
fn a_class_of_the_hl7_pack_has_a_remedy_of_its_own() {
    let receiver = "<axisconfig><transportReceiver name='t' class='CLASS'/></axisconfig>";
    let builder = "<axisconfig><messageBuilder contentType='t/x' class='CLASS'/></axisconfig>";
    for (class, path, xml, expected) in [
        (
            HL7,
            AXIS2,
            receiver,
            vec![
                "MI1304 `org.wso2.micro.integrator.business.messaging.hl7.T` is in no jar | `conf/axis2/axis2.xml`: \
                 transportReceiver `t`",
            ],
        ),
        (
            OLD,
            AXIS2,
            builder,
            vec![
                "MI1305 `org.wso2.carbon.business.messaging.hl7.T` of messageBuilder `t/x` is in no jar | \
                 `conf/axis2/axis2.xml`: messageBuilder `t/x`",
            ],
        ),
    ] {
        judge(class, &check(&naming(class, path, xml, &[])), &expected);
    }
}

#[test]
fn a_handler_whose_bundle_does_not_resolve_is_an_error_and_a_builder_is_not() {
    let jars = [("lib/a.jar", jar("", &["com/acme/A"]))];
    let unusable = |path: &EntryPath, class: &str| {
        (path.as_str() == "lib/a.jar" && class == "com.acme.A").then(|| "its bundle does not resolve".to_owned())
    };
    let handler = naming("com.acme.A", HANDLERS, "<handlers><handler name='h' class='CLASS'/></handlers>", &jars);
    assert_eq!(
        shown(&check_with(&handler, &unusable)),
        ["MI1301 `com.acme.A` cannot be loaded from `lib/a.jar`: its bundle does not resolve | \
          `conf/synapse-handlers.xml`: handler `h`"]
    );
    let builder = naming("com.acme.A", AXIS2, "<a><messageBuilder contentType='t/x' class='CLASS'/></a>", &jars);
    assert_eq!(shown(&check_with(&builder, &unusable)), Vec::<String>::new());
}

#[test]
fn what_is_no_name_of_a_class_stops_the_server_too() {
    let handler = "<handlers><handler name='h' class='CLASS'/></handlers>";
    let builder = "<a><messageBuilder contentType='t/x' class='CLASS'/></a>";
    let jars = [("lib/a.jar", jar("", &["com/acme/A", "Alone", "com/acme/€"]))];
    let long = "a-".repeat(500);
    let (cut, beyond) = (format!("{}..", "a-".repeat(100)), format!("{long}${{A}}"));
    for (class, expected) in [
        ("com.acme.No-ne", Some("com.acme.No-ne")),
        ("com.acme.NotHere 2", Some("com.acme.NotHere 2")),
        ("com/acme/A", Some("com/acme/A")),
        ("None", Some("None")),
        ("com.acme.$A", Some("com.acme.$A")),
        (&long, Some(cut.as_str())),
        ("Alone", None),
        ("com.acme.€", None),
        ("$env{A}", None),
        ("com.acme.${name}", None),
        (&beyond, None),
    ] {
        let found = check(&naming(class, HANDLERS, handler, &jars));
        let expected: Vec<String> = expected.map(|name| format!("`{name}` is in no jar")).into_iter().collect();
        let told: Vec<String> = found.iter().map(|found| found.message.clone()).collect();
        assert_eq!(told, expected, "{class}");
        assert!(found.iter().all(|found| found.code == Code(1301)));
        assert_eq!(shown(&check(&naming(class, AXIS2, builder, &jars))), Vec::<String>::new(), "{class}");
    }
    let found = check(&naming("com.acme.No-ne", HANDLERS, handler, &[]));
    assert!(found[0].hint.as_ref().is_some_and(|hint| hint.contains("write the full name of a class")), "{found:?}");
}

#[test]
fn the_old_names_of_stores_and_processors_are_replaced_by_synapse() {
    for (kind, class) in REPLACED {
        let other = if kind == Kind::MessageStore { Kind::MessageProcessor } else { Kind::MessageStore };
        for (kind, told) in [(kind, 0), (other, 1)] {
            let mut examined = with_jars(&[]);
            let named = artifact(kind, "M", &[(Role::MessageStore, class)]);
            examined.artifacts.insert(EntryPath::known("message-stores/M.xml"), named);
            assert_eq!(check(&examined).len(), told, "{kind:?} {class}");
        }
    }
}

#[test]
fn providers_of_xpath_functions_are_looked_for_one_by_one() {
    let files = [("conf/synapse.properties", "synapse.xpath.func.extensions = com.acme.A, com.acme.B,com.acme.C\n")];
    let stock = [("conf/synapse.properties", "synapse.xpath.func.extensions = com.acme.C\n")];
    let toml = "[synapse_properties]\n'synapse.xpath.func.extensions' = \"com.acme.A, com.acme.B,com.acme.C\"\n";
    let examined = configured(with_jars(&[("lib/a.jar", jar("", &["com/acme/A"]))]), toml, &files, &stock);
    let found = check(&examined);
    assert_eq!(
        shown(&found),
        ["MI1301 `com.acme.B` is in no jar | `conf/synapse.properties`: `synapse.xpath.func.extensions`"]
    );
    assert_eq!(found.first().and_then(|found| found.place.as_ref()?.line), Some(2));
}

#[test]
fn a_class_that_artifacts_name_may_be_in_a_carbon_application_too() {
    let mut examined = with_jars(&[("lib/a.jar", jar("", &["com/acme/A"]))]);
    let sequence = artifact(
        Kind::Sequence,
        "S",
        &[
            (Role::ClassMediator, "com.acme.A"),
            (Role::ClassMediator, "com.acme.Packed"),
            (Role::ClassMediator, "com.acme.Gone"),
            (Role::JdbcDriver, "com.acme.Driver"),
            (Role::Task, "$FILE:a"),
        ],
    );
    examined.artifacts.insert(EntryPath::known("sequences/S.xml"), sequence.clone());
    let store = artifact(Kind::MessageStore, "M", &[(Role::MessageStore, "org.wso2.carbon.business.messaging.hl7.S")]);
    let package = application(&[("S_1/S.xml", sequence), ("M_1/M.xml", store)], &["com/acme/Packed"]);
    examined.packages.insert(EntryPath::known("x.car"), Ok(package));
    examined.packages.insert(EntryPath::known("y.car"), Err("is no archive".to_owned()));
    assert_eq!(
        shown(&check(&examined)),
        [
            "MI1303 `com.acme.Gone` is in no jar | `sequences/S.xml`, line 3: class mediator of `S` | `x.car!/S_1/S.xml`, \
             line 3: class mediator of `S`",
            "MI1305 `org.wso2.carbon.business.messaging.hl7.S` is in no jar | `x.car!/M_1/M.xml`, line 1: message store or \
             processor of `M`",
        ]
    );
}

/// The templates of the product name their classes in no other way than is known here. Runs where the texts of both
/// releases lie below `UPGRADE_RELEASE_FILES`.
#[test]
fn what_a_release_renders_names_the_classes_of_the_user() {
    let Some(releases) = Release::both() else { return };
    let more = "\n[[synapse_handlers]]\nname = \"h\"\nclass = \"com.acme.Handler\"\n\
                [[custom_transport.listener]]\nprotocol = \"x\"\nclass = \"com.acme.Listener\"\n\
                [[custom_transport.sender]]\nprotocol = \"x\"\nclass = \"com.acme.Sender\"\n\
                [[custom_transport.blocking.sender]]\nprotocol = \"x\"\nclass = \"com.acme.BlockingSender\"\n\
                [[custom_message_builders]]\ncontent_type = \"x/x\"\nclass = \"com.acme.Builder\"\n\
                [[custom_message_formatters]]\ncontent_type = \"x/x\"\nclass = \"com.acme.Formatter\"\n\
                [[blocking.custom_message_builders]]\ncontent_type = \"x/x\"\nclass = \"com.acme.BlockingBuilder\"\n\
                [[management_api.custom_handlers]]\nname = \"x\"\nclass = \"com.acme.ApiHandler\"\n\
                [[transport.jms.listener]]\nname = \"x\"\nparameter.initial_naming_factory = \"com.acme.Factory\"\n\
                [synapse_properties]\n'synapse.xpath.func.extensions' = \"com.acme.Function\"\n\
                [authorization_manager]\nclass = \"com.acme.Authorization\"\n";
    for release in &releases {
        let rules = release.rules();
        let toml = format!("{}{more}", release.toml());
        let document = crate::document::parse(toml.as_bytes()).expect("TOML");
        let environment = Environment::of(&rules);
        let rendering = effective::rendering(&document, &rules, &environment).expect("it starts");
        let stock = crate::document::parse(&release.toml).expect("TOML");
        let stock = effective::rendering(&stock, &rules, &environment).expect("it starts");
        let examined = Examined {
            configuration: Some(Configuration { document, rendering: Ok(rendering), stock: Some(stock) }),
            ..Examined::default()
        };
        let found: BTreeMap<String, Code> = check(&examined)
            .into_iter()
            .filter_map(|found| Some((found.message.split('`').nth(1)?.to_owned(), found.code)))
            .collect();
        let of =
            |classes: &[&str], code| classes.iter().map(|class| (format!("com.acme.{class}"), Code(code))).collect();
        let mut expected: BTreeMap<String, Code> = of(&["Handler", "Listener", "Sender", "Function"], 1301);
        let others =
            ["Builder", "Formatter", "BlockingBuilder", "BlockingSender", "ApiHandler", "Factory", "Authorization"];
        expected.extend::<BTreeMap<_, _>>(of(&others, 1302));
        // The product's own, of a jar that is not here.
        expected.insert("org.apache.axis2.transport.jms.JMSListener".to_owned(), Code(1301));
        assert_eq!(found, expected);
    }
}
