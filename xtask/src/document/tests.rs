use super::{Key, parse};

#[test]
fn settings_are_found_by_their_keys_and_tables_by_their_first() {
    let toml = "[b]\nz = 1\n\na = 2\n[[c]]\nid = 'x'\n[[c]]\nid = 'y'\nv = { w = 3 }\n[bb]\na = 1\n";
    let document = parse(toml.as_bytes()).expect("TOML");
    let line = |key: &str| {
        let first = document.first_below(&Key::parse(key).expect("a key"));
        first.map(|setting| document.line(setting.place.start))
    };
    for (key, expected) in [
        ("b", Some(2)),
        ("b.a", Some(4)),
        ("b.z", Some(2)),
        ("bb", Some(11)),
        ("c", Some(6)),
        ("c[id=y]", Some(8)),
        ("c[id=y].v.w", Some(9)),
        ("b.aa", None),
        ("d", None),
        ("c[id=z]", None),
    ] {
        assert_eq!(line(key), expected, "{key}");
    }
    assert!(document.setting(&Key::dotted("b")).is_none(), "a table is no setting");
    assert!(document.setting(&Key::parse("c[id=x].id").expect("a key")).is_some());
}

#[test]
fn many_settings_are_looked_up_fast() {
    // Going through all of them for each would take minutes.
    let toml = (0..50_000).map(|number| format!("k{number} = 1\n")).collect::<Vec<_>>().concat();
    let document = parse(toml.as_bytes()).expect("TOML");
    for (number, setting) in document.settings.iter().enumerate() {
        let found = document.setting(&setting.key).expect("a setting");
        assert_eq!(document.line(found.place.start), number + 1);
    }
}
