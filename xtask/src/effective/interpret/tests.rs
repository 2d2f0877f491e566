use super::*;
use crate::effective::nesting::nest;
use crate::effective::testing::settings;

fn rendered(template: &str, toml: &str) -> Result<String, StartError> {
    let tree = nest(&mut settings(toml)).expect("a tree");
    render(&template::parse(template).expect("a template"), &tree)
}

#[test]
fn templates_render_as_the_server_renders_them() {
    for (template, toml, expected) in [
        ("a {{x.y}} b\n", "x.y = 1", "a 1 b\n"),
        ("{{x}}|{{ y | default('10') }}|{{}}", "", "|10|"),
        ("{% for l in ls %}\n  <{{l.n}}>\n{% endfor %}\nend", "[[ls]]\nn = 1\n[[ls]]\nn = 2", "  <1>\n  <2>\nend"),
        ("{%for k, v in m.items() %}\n{{k}} = {{v}}\n{% endfor %}", "[m]\n'a.b' = 1", "a.b = 1\n"),
        ("{%for k, v in m.items() %}x{% endfor %}", "", ""),
        ("{% for e in m %}{{e.id}}{% endfor %}", "[m.d]\nid = 1", "1"),
        ("{% for e in m %}{{e.id}};{% endfor %}", "[m]\nid = 1", ";"),
        ("{% for e in m %}{{e}};{% endfor %}", "m = \"abc\"", "abc;"),
        ("{% for e in l %}{{e}}{% if loop.index < l|length %},{% endif %}{% endfor %}", "l = ['a', 'b']", "a,b"),
        ("{% for e in l.toList() %}{{e}}{% if not loop.last %},{% endif %}{% endfor %}", "l = ['a', 'b']", "a,b"),
        ("{{l}} {{m}} {{f}} {{b}}", "l = [1, 2]\nm.k = 'v'\nf = 1e10\nb = true", "[1, 2] {k=v} 1.0E10 true"),
        ("{{s.x}}{{s.x.y}}", "s = \"t\"", ""),
        ("{% set a = 1 %}{{a}}{% for i in l %}{% set a = 2 %}{{a}}{% endfor %}{{a}}", "l = [0]", "121"),
        ("{% for i in l %}{{a}}{% set a = i %}{% endfor %}", "l = [1, 2, 3]", "12"),
        ("{% for a, b in l %}{{a}}{{b}};{% endfor %}", "l = [[1, 2, 3], [4]]", "12;4;"),
        ("{{a or b}} {{a and b}}", "b = 2", "2 false"),
        ("{{\"d\" | default(x)}}", "", "d"),
        ("{{x | default(y, true)}}", "x = false\ny = 3", "3"),
    ] {
        assert_eq!(rendered(template, toml).expect(template), expected, "{template} {toml}");
    }
}

#[test]
fn conditions_hold_as_the_server_sees_them() {
    let yes = |condition: &str, toml: &str| {
        rendered(&format!("{{% if {condition} %}}y{{% else %}}n{{% endif %}}"), toml).expect(condition) == "y"
    };
    for (condition, toml) in [
        ("a == true", "a = true"),
        ("a == true", "a = \"true\""),
        ("a == true", "a = \"yes\""),
        ("a", "a = 1"),
        ("a", "a = 07:32:00"),
        ("a is defined", "a = false"),
        ("a is not defined", ""),
        ("l|length==0", ""),
        ("l|length==0", "l = 5"),
        ("l|length>0", "[[l]]\na = 1"),
        ("a and l|length == 0 or b", "b = true"),
        ("not a", ""),
        ("a == 5", "a = \"5\""),
        ("a == 'x'", "a = \"x\""),
        ("a != b", "a = 1"),
    ] {
        assert!(yes(condition, toml), "{condition} {toml}");
    }
    for (condition, toml) in [
        ("a == true", ""),
        ("a == true", "a = \"false\""),
        ("a == true", "a = \"False\""),
        ("a == true", "a = \"\""),
        ("a == true", "a = []"),
        ("a", "a = 0"),
        ("a", "a = 0.5"),
        ("a > 1", ""),
        ("a.b is defined", "a = 1"),
    ] {
        assert!(!yes(condition, toml), "{condition} {toml}");
    }
}

#[test]
fn what_is_printed_is_rendered_again_where_it_is_a_template() {
    for (template, toml, expected) in [
        ("{{a}}", "a = \"<{{b}}>\"\nb = \"x\"", "<x>"),
        ("{{a}}", "a = \"{% if b %}x{% endif %}\"\nb = true", "x"),
        ("{{a}}", "a = \"{{ bad\"", "{{ bad"),
        ("{{a}}", "a = \"{{a}}\"", "{{a}}"),
        ("{{a}}", "a = \"x{{a}}\"", "x{{a}}"),
        ("{{a}}", "a = \"x{{b}}\"\nb = \"y{{a}}\"", "xy{{a}}"),
        ("{{a}}", "a = \"{% raw %}{{b}}{% endraw %}\"", "{{b}}"),
    ] {
        assert_eq!(rendered(template, toml).expect(template), expected, "{template} {toml}");
    }
    // Inside of a loop the one outside does not count; the depth does.
    let deep = rendered("{% for e in l %}{{a}}{% endfor %}", "l = [1]\na = \"x{{ a}}\"").expect("rendered");
    assert_eq!(deep, "xx{{ a}}");
}

#[test]
fn errors_name_the_setting_that_is_to_blame() {
    let key = |list: &str, number: usize, name: &str| Key::dotted(list).with(Step::Nth(number)).then(name);
    for (template, toml, blamed) in [
        ("{% if a.b == true %}{% endif %}", "a.b = 1", Some(Key::dotted("a.b"))),
        ("{% for e in l.m %}{{e.n.toList()}}{% endfor %}", "[[l.m]]\n[[l.m]]\nn = 'x'", Some(key("l.m", 1, "n"))),
        ("{% for k, v in a.items() %}{% endfor %}", "a = [1]", Some(Key::dotted("a"))),
        ("{{ a + }}", "", None),
        ("{{ a", "a = 1", None),
    ] {
        let result = rendered(template, toml);
        if template == "{{ a" {
            assert_eq!(result, Ok("{{ a".to_owned()));
            continue;
        }
        let error = result.expect_err(template);
        assert_eq!(error.keys, Vec::from_iter(blamed), "{template}");
        assert_eq!(error.crashes, template != "{{ a + }}", "{template}");
    }
    for value in ["{{ secret word }}", "{% secret %}", "{{ x | secret }}", "{% for secret in a %}"] {
        let error =
            rendered("{% for e in l %}{{e.v}}{% endfor %}", &format!("[[l]]\nv = \"{value}\"")).expect_err(value);
        assert_eq!(error.keys, [key("l", 0, "v")], "{value}");
        assert!(!error.message.contains("secret"), "{}", error.message);
    }
}

#[test]
fn blocks_inside_values_inside_blocks_end_well() {
    // Each value opens its blocks in another way: what is open already would be printed.
    let value = |number: usize| {
        let opened = format!("{{% if t{}%}}", " ".repeat(number + 1)).repeat(40);
        format!("a{number} = \"{opened}{{{{a{}}}}}{}\"\n", number + 1, "{% endif %}".repeat(40))
    };
    let lines: Vec<String> = (0..20).map(value).collect();
    let text = rendered("{{a0}}", &format!("t = true\n{}", lines.concat())).expect("rendered");
    assert_eq!(text.matches("{% if").count(), 40);
    assert!(text.contains("{{a12}}"), "{text}");
}

proptest::proptest! {
    #[test]
    fn no_template_makes_it_panic(parts in proptest::collection::vec(0..PARTS.len(), 0..40)) {
        let text: String = parts.into_iter().map(|part| PARTS[part]).collect();
        let tree = nest(&mut settings("a.b = 1\nl = [[1], [2]]\nt = \"{{a}}{% if\"")).expect("a tree");
        if let Ok(template) = template::parse(&text) {
            let _ = render(&template, &tree);
        }
    }
}

const PARTS: [&str; 24] = [
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    " ",
    "-",
    "if ",
    "elif ",
    "else",
    "endif",
    "for x in ",
    "endfor",
    "a.b",
    "l",
    "t",
    "|length",
    " == ",
    "'",
    "\u{e9}",
    "\n",
    "raw",
    ".items()",
];

#[test]
fn what_runs_or_grows_without_end_is_stopped() {
    let numbers: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
    let toml = format!("l = [{}]\nt = \"{}\"", numbers.join(","), "x".repeat(100_000));
    let loops = "{% for a in l %}{% for b in l %}{% for c in l %}{{c}}{% endfor %}{% endfor %}{% endfor %}";
    assert!(rendered(loops, &toml).expect_err("too long").unsure);
    assert!(rendered("{% for a in l %}{{t}}{% endfor %}", &toml).expect_err("too large").unsure);
    let doubling: String = (0..12)
        .map(|n| format!("a{n} = \"{}\"\n", format!("{{{{a{}}}}}", n + 1).repeat(20)))
        .collect::<Vec<_>>()
        .concat();
    assert!(rendered("{{a0}}", &doubling).is_err());
}
