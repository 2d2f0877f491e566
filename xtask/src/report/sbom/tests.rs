use super::*;
use crate::path::EntryPath;
use crate::plan::Input;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn coordinates(group: &str, artifact: &str, version: &str) -> Coordinates {
    Coordinates::new(group, artifact, version).expect("coordinates")
}

fn component() -> Component {
    Component {
        path: EntryPath::known("lib/a-1.0.jar"),
        origin: Some(Input::Customised),
        is_application: false,
        group: None,
        name: "a".into(),
        version: Some("1.0".into()),
        digest: Some(Digest::of(b"a")),
        coordinates: Some(coordinates("com.example", "a", "1.0+b")),
        inside: BTreeSet::from([
            ("".into(), coordinates("g", "shaded", "2")),
            ("lib/b.jar!/".into(), coordinates("g", "b", "3")),
        ]),
    }
}

fn rendered(components: &[Component]) -> Value {
    serde_json::from_str(&render(components, Timestamp::FIXED).expect("rendered")).expect("JSON")
}

#[test]
fn a_component_is_told_with_what_it_holds() {
    let bom = rendered(&[component()]);
    assert_eq!(bom["metadata"]["timestamp"], "1980-02-01T00:00:00Z");
    assert_eq!(bom["metadata"]["component"]["version"], "4.0.0");
    assert_eq!(
        bom["components"],
        json!([{
            "type": "library",
            "bom-ref": "lib/a-1.0.jar",
            "name": "a",
            "version": "1.0",
            "hashes": [{ "alg": "SHA-256", "content": Digest::of(b"a").to_string() }],
            "purl": "pkg:maven/com.example/a@1.0%2Bb",
            "properties": [
                { "name": "wso2mi-upgrade:path", "value": "lib/a-1.0.jar" },
                { "name": "wso2mi-upgrade:origin", "value": "home" },
            ],
            "components": [
                {
                    "type": "library",
                    "bom-ref": "lib/a-1.0.jar!/pkg:maven/g/shaded@2",
                    "group": "g",
                    "name": "shaded",
                    "version": "2",
                    "purl": "pkg:maven/g/shaded@2",
                },
                {
                    "type": "library",
                    "bom-ref": "lib/a-1.0.jar!/lib/b.jar!/pkg:maven/g/b@3",
                    "group": "g",
                    "name": "b",
                    "version": "3",
                    "purl": "pkg:maven/g/b@3",
                    "properties": [{ "name": "wso2mi-upgrade:path", "value": "lib/a-1.0.jar!/lib/b.jar" }],
                },
            ],
        }])
    );
}

#[test]
fn the_serial_number_is_of_the_content() {
    let one = rendered(&[component()]);
    assert_eq!(one, rendered(&[component()]));
    let other = rendered(&[Component { digest: Some(Digest::of(b"b")), ..component() }]);
    assert_ne!(one["serialNumber"], other["serialNumber"]);
    assert_eq!(
        serial_number(&Digest::of(b"abc")),
        // Of ba7816bf-8f01-cfea-4141-40de5dae2223, with version 8 and the variant of RFC 9562.
        "urn:uuid:ba7816bf-8f01-8fea-8141-40de5dae2223"
    );
}

#[test]
fn an_application_and_what_no_input_holds_are_told_as_such() {
    let bom = rendered(&[Component { is_application: true, origin: None, version: None, digest: None, ..component() }]);
    let found = &bom["components"][0];
    assert_eq!((&found["type"], &found["properties"][1]["value"]), (&json!("application"), &json!("packager")));
    assert!(found.get("version").is_none() && found.get("hashes").is_none());
}

#[test]
fn parts_of_a_package_url_are_percent_encoded() {
    for (text, expected) in
        [("1.0-b_c~d", "1.0-b_c~d"), ("1+2", "1%2B2"), ("a@b#c d%", "a%40b%23c%20d%25"), ("ä", "%C3%A4")]
    {
        assert_eq!(encoded(text), expected);
    }
}
