//! Hand edits of small templates, and of the real ones where they are at hand.

use super::*;
use proptest::prelude::*;
use std::path::Path;

const TEMPLATE: &str = r#"<?xml version="1.0"?>
<!-- a comment
     of two lines -->
<config>
    <port locked="false">{{server.port}}</port>
    <messageBuilders>
        <messageBuilder contentType="application/xml"
                        class="{{builders.xml}}"/>
        {% for builder in custom_builders %}
        <messageBuilder contentType="{{builder.content_type}}"
                        class="{{builder.class}}"/>
        {% endfor %}
    </messageBuilders>
    {% if jms.enable == true %}
    <receiver name="jms"/>
    {% endif %}
    {% for t in custom_transport %}
    <receiver name="{{t.protocol}}" class="{{t.class}}">
        {% for k,v in t.parameter.items() %}
        <parameter name="{{k}}">{{v}}</parameter>
        {% endfor %}
    </receiver>
    {% endfor %}
    <other>
        {% for k,v in plain.items() %}
        <parameter name="{{k}}">{{v}}</parameter>
        {% endfor %}
    </other>
    <Password>{{store.password}}</Password>
</config>
"#;

const FILE: &str = r#"<?xml version="1.0"?>
<config>
    <port locked="false">8280</port>
    <messageBuilders>
        <messageBuilder contentType="application/xml"
                        class="A"/>
        <messageBuilder contentType="text/x" class="X"/>
    </messageBuilders>
    <other>
        <parameter name="p.q">1</parameter>
    </other>
    <Password>$secret{p}</Password>
</config>
"#;

const TOML: &str = r#"
[builders]
xml = "A"
[[custom_builders]]
content_type = "text/x"
class = "X"
[store]
password = "$secret{p}"
"#;

fn small() -> Context {
    let rules = Rules {
        default: Some(br#"{"server.port": 8280, "plain.'p.q'": "1"}"#),
        infer: None,
        key_mappings: Some(br#"{"short.name": "plain.'p.q'", "port_of.server": "server.port"}"#),
    };
    Context::new(TOML.as_bytes(), &rules).expect("TOML")
}

fn edits(file: &str) -> Vec<HandEdit> {
    hand_edits(file.as_bytes(), Some(TEMPLATE.as_bytes()), None, &small())
}

fn settings(file: &str) -> Vec<(Option<usize>, String)> {
    edits(file).into_iter().map(|edit| (edit.line, edit.setting.unwrap_or_default().join("\n"))).collect()
}

#[test]
fn a_file_as_rendered_has_no_edits() {
    assert_eq!(edits(FILE), []);
    assert_eq!(edits(&FILE.replace('\n', "\r\n")), []);
    assert_eq!(edits(&FILE.replace("<config>", "<!-- note: port 9 -->\n<config>")), []);
}

#[test]
fn edits_come_with_their_settings() {
    for (from, to, expected) in [
        ("8280", "9000", vec![(Some(3), "[port_of]\nserver = 9000")]),
        (
            "    </messageBuilders>",
            "<messageBuilder contentType=\"a/b\" class=\"com.example.B\"/></messageBuilders>",
            vec![(Some(8), "")],
        ),
        (
            "    </messageBuilders>",
            "<messageBuilder contentType=\"a/b\" class=\"com.example.B\"/>\n    </messageBuilders>",
            vec![(Some(8), "[[custom_builders]]\ncontent_type = \"a/b\"\nclass = \"com.example.B\"")],
        ),
        ("    <other>", "    <receiver name=\"jms\"/>\n    <other>", vec![(Some(9), "[jms]\nenable = true")]),
        (
            "    <other>",
            "    <receiver name=\"udp\" class=\"U\">\n        <parameter name=\"port\">9</parameter>\n        <parameter name=\"x.y\">z</parameter>\n    </receiver>\n    <other>",
            vec![
                (
                    Some(9),
                    "[[custom_transport]]\nprotocol = \"udp\"\nclass = \"U\"\nparameter.port = 9\nparameter.'x.y' = \"z\"",
                ),
                (Some(10), ""),
                (Some(11), ""),
            ],
        ),
        ("\"p.q\">1<", "\"p.q\">2<", vec![(Some(10), "[short]\nname = 2")]),
        (
            "    </other>",
            "<parameter name=\"n.m\">v</parameter>\n    </other>",
            vec![(Some(11), "[plain]\n'n.m' = \"v\"")],
        ),
        ("$secret{p}", "hunter2", vec![(Some(12), "[store]\npassword = \"***\"")]),
        ("<other>", "<mine/>\n<other>", vec![(Some(9), "")]),
        // What was taken out.
        ("        <messageBuilder contentType=\"text/x\" class=\"X\"/>\n", "", vec![(None, "")]),
        (
            "        <parameter name=\"p.q\">1</parameter>\n",
            "        <!-- <parameter name=\"p.q\">1</parameter> -->\n",
            vec![(None, "")],
        ),
    ] {
        let file = FILE.replacen(from, to, 1);
        assert_ne!(file, FILE, "{from}");
        let expected: Vec<_> = expected.into_iter().map(|(line, setting)| (line, setting.to_owned())).collect();
        assert_eq!(settings(&file), expected, "{to}");
    }
}

#[test]
fn no_secret_is_shown() {
    for value in ["hunter2", "\n  hunter2\n  "] {
        let file = FILE.replace("$secret{p}", value);
        let shown = format!("{:?}", edits(&file));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn a_value_that_only_the_server_knows_explains_any() {
    let context = Context::new(b"x = \"a$env{X}b\"", &Rules::default()).expect("TOML");
    let template = Some(&b"x={{x}}\n"[..]);
    assert_eq!(hand_edits(b"# c\nx = a1b\n", template, None, &context), []);
    assert_eq!(hand_edits(b"x = a1c\n", template, None, &context).len(), 1);
    assert_eq!(hand_edits(b"x = a1b\n", None, None, &context), []);
}

#[test]
fn recorded_digests_are_those_of_the_files() {
    let digest = md5(b"abc");
    assert_eq!(digest, "900150983cd24fb0d6963f7d28e17f72");
    let recorded = recorded(format!("#Tue Jan 12\nconf/a.xml={digest}\nconf/b\\ c={digest}\n").as_bytes());
    assert_eq!(recorded.get("conf/a.xml"), Some(&digest));
    assert_eq!(recorded.get("conf/b c"), Some(&digest));
}

proptest! {
    #[test]
    fn no_template_and_no_file_makes_it_panic(
        template in "(<a|\\{\\{|\\}\\}|\\{%|%\\}|for a in l| if |endif|endfor|x\\.y|'|\"|>|-->|<!--|\\PC|\n| ){0,40}",
        file in "(<a|'|\"|>|-->|<!--|=|\\PC|\n| ){0,30}",
    ) {
        let context = Context::new(b"l = [{ y = 'a$env{x}' }]\nx.y = \"$ref{l}\"", &Rules::default()).expect("TOML");
        for (file, template) in [(&file, &template), (&template, &file)] {
            let edits = hand_edits(file.as_bytes(), Some(template.as_bytes()), None, &context);
            prop_assert!(edits.iter().all(|edit| edit.line.is_none_or(|line| line <= file.lines().count())));
        }
    }
}

/// A folder of real material, if it is there.
fn material(path: &str) -> Option<std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    folder.is_dir().then_some(folder)
}

fn context_of(toml: &Path, rules: &Path) -> Context {
    let read = |name: &str| std::fs::read(rules.join(name)).expect("a rule file");
    let (default, infer, mappings) = (read("default.json"), read("infer.json"), read("key-mappings.json"));
    let rules = Rules { default: Some(&default), infer: Some(&infer), key_mappings: Some(&mappings) };
    Context::new(&std::fs::read(toml).expect("a deployment.toml"), &rules).expect("TOML")
}

/// The templates below a rule folder, by the path that they render to.
fn templates(rules: &Path) -> Vec<(String, Vec<u8>)> {
    let root = rules.join("templates");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("a listing").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) =
                path.strip_prefix(&root).expect("below").to_str().and_then(|n| n.strip_suffix(".j2"))
            {
                found.push((name.to_owned(), std::fs::read(&path).expect("a template")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn real_templates_explain_what_real_servers_rendered() {
    let (Some(cases), Some(data)) = (material("config-cases/rendered"), material("inputs/data")) else {
        crate::tests::skipped("real renderings are not at hand");
        return;
    };
    let mut compared = 0;
    for case in ["stock", "full-fixed", "custom"] {
        for release in ["1.2.0", "4.0.0"] {
            let folder = cases.join(case).join(release);
            let rules = data.join(release).join("repository/resources/conf");
            let context = context_of(&folder.join("deployment.toml"), &rules);
            for (name, template) in templates(&rules) {
                let file = std::fs::read(folder.join("rendered").join(&name)).expect("a rendered file");
                assert_eq!(hand_edits(&file, Some(&template), None, &context), [], "{case} {release} {name}");
                compared += 1;
                if name == "conf/axis2/axis2.xml" {
                    one_builder_by_hand(&file, &template, &context);
                }
            }
        }
    }
    assert!(compared > 60, "{compared}");
}

/// What people do most: a builder for a content type of their own, on one line where the template has two.
fn one_builder_by_hand(axis2: &[u8], template: &[u8], context: &Context) {
    const BUILDER: &str = "    <messageBuilder contentType=\"application/vnd.example.order+xml\" class=\"org.apache.axis2.builder.ApplicationXMLBuilder\"/>\n    </messageBuilders>";
    let axis2 = String::from_utf8_lossy(axis2).replacen("</messageBuilders>", BUILDER, 1);
    let edits = hand_edits(axis2.as_bytes(), Some(template), None, context);
    let [edit] = edits.as_slice() else { panic!("{edits:?}") };
    let setting = [
        "[[custom_message_builders]]",
        "content_type = \"application/vnd.example.order+xml\"",
        "class = \"org.apache.axis2.builder.ApplicationXMLBuilder\"",
    ];
    assert_eq!(edit.setting.as_deref(), Some(&setting.map(str::to_owned)[..]));
    assert_eq!(edit.line, axis2.lines().position(|line| line.contains("vnd.example.order")).map(|line| line + 1));
}

#[test]
fn the_edits_of_real_homes_are_found() {
    let Some(inputs) = std::env::var_os("UPGRADE_REAL_INPUTS").map(std::path::PathBuf::from) else {
        crate::tests::skipped("real-size homes are not at hand");
        return;
    };
    let mut homes = 0;
    for home in ["home/wso2mi-1.2.0", "home-updated/wso2mi-1.2.0"] {
        let home = inputs.join(home);
        if !home.is_dir() {
            continue;
        }
        let rules = home.join("repository/resources/conf");
        let context = context_of(&home.join("conf/deployment.toml"), &rules);
        let recorded = recorded(&std::fs::read(rules.join(".metadata/metadata_config.properties")).expect("digests"));
        for (name, template) in templates(&rules) {
            let file = std::fs::read(home.join(&name)).expect("a rendered file");
            let edits = hand_edits(&file, Some(&template), None, &context);
            assert_eq!(edits.is_empty(), recorded.get(&name) == Some(&md5(&file)), "{name}: {edits:?}");
            assert_eq!(edits.len(), usize::from(name == "conf/axis2/axis2.xml"), "{name}: {edits:?}");
            let found = edits.first().and_then(|edit| edit.setting.as_ref()).map(|lines| lines.join(" "));
            let expected = "[[custom_message_builders]] content_type = \"application/vnd.example.order+xml\" class = \"org.apache.axis2.builder.ApplicationXMLBuilder\"";
            assert!(edits.is_empty() || found.as_deref() == Some(expected), "{name}: {edits:?}");
        }
        homes += 1;
    }
    assert!(homes > 0);
}

#[test]
fn what_the_server_renders_exactly_counts_where_it_is_known() {
    let template = "a={% some tag of another time %}";
    let context = Context::default();
    let exact = "a=1\nb=$env{HOST}:$sys{port}\n";
    let edits = |file: &str, exact| hand_edits(file.as_bytes(), Some(template.as_bytes()), exact, &context);
    assert_eq!(edits("a=1\nb=h:80\n", Some(exact)), []);
    let found = edits("a=2\nb=h:80\n", Some(exact));
    assert!(found.iter().any(|edit| edit.line == Some(1) && edit.text == "a = 2"), "{found:?}");
    // Neither the exact text nor a template that is understood.
    assert_eq!(edits("a=2\n", None), []);
}
