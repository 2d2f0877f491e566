use super::*;

#[test]
fn a_line_that_goes_leaves_its_comment() {
    check(&[
        ("a = 1\nb = 2 # two\nc = 3\n", &[unset("b")], "a = 1\n# two\nc = 3\n"),
        ("[t]\n  b = 2 # two\n  c = 3\n", &[unset("t.b")], "[t]\n  # two\n  c = 3\n"),
        ("a = 1\nb = 2", &[unset("b")], "a = 1"),
        ("a = 1\nb = 2 # x", &[unset("b")], "a = 1\n# x"),
        ("a = 1\n", &[unset("a")], ""),
        ("a = [ # one\n 1, # two\n] # three\n", &[unset("a")], "# one\n# two\n# three\n"),
        ("a = '''\n# no comment\n'''\nb = 1\n", &[unset("a")], "b = 1\n"),
        ("# above\na = 1\n# below\nb = 2\n", &[unset("a")], "# above\n# below\nb = 2\n"),
    ]);
}

#[test]
fn a_table_that_nothing_is_left_in_goes_too() {
    check(&[
        ("[t] # x\na = 1\n\n[u]\nb = 1\n", &[unset("t.a")], "# x\n\n[u]\nb = 1\n"),
        (
            "[s]\nz = 1\n\n# about t\n[t]\na = 1\n\n[u]\nb = 1\n",
            &[unset("t.a")],
            "[s]\nz = 1\n\n# about t\n\n[u]\nb = 1\n",
        ),
        ("[s]\nz = 1\n\n[t]\na = 1\n\n[u]\nb = 1\n", &[unset("t.a")], "[s]\nz = 1\n\n[u]\nb = 1\n"),
        ("[s]\nz = 1\n\n[t]\na = 1\n", &[unset("t.a")], "[s]\nz = 1\n"),
        ("[t]\na = 1\n\n[u]\nb = 1\n", &[unset("t.a")], "[u]\nb = 1\n"),
        ("[t]\na = 1\n[t.u]\nb = 1\n", &[unset("t.a")], "[t]\n[t.u]\nb = 1\n"),
        ("[t]\n[t.u]\nb = 1\n[v]\nx = 1\n", &[unset("t.u.b")], "[v]\nx = 1\n"),
        ("[t]\nk = { a = { b = 1 } } # c\nx = 1\n", &[unset("t.k.a.b")], "[t]\n# c\nx = 1\n"),
        ("[t]\na.b = 1\na.c = 2\nx = 1\n", &[unset("t.a")], "[t]\nx = 1\n"),
        ("a = 1\n\n\n[t]\nb = 1\n\n\n\n[u]\nx = 1\n", &[unset("t")], "a = 1\n\n\n\n[u]\nx = 1\n"),
        (
            "[t]\na = 1 # a\n\n# sub\n[t.s]\nb = 1\n[x]\ny = 1\n[t.z]\nc = 1\n",
            &[unset("t")],
            "# a\n\n# sub\n[x]\ny = 1\n",
        ),
        ("[a.b]\nx = 1\n[a.c]\ny = 1\n[d]\nz = 1\n", &[unset("a")], "[d]\nz = 1\n"),
    ]);
}

#[test]
fn an_element_goes_with_its_tables() {
    check(&[
        (
            "[[a]]\nid = 'x' # x\n[a.s]\nv = 1\n\n# y\n[[a]]\nid = 'y'\n[a.s]\nv = 2\n",
            &[unset("a[id=x]")],
            "# x\n\n# y\n[[a]]\nid = 'y'\n[a.s]\nv = 2\n",
        ),
        ("[[a]]\nid = 'x'\n[[a]]\nid = 'y'\n", &[unset("a[0]"), set("a[0].v", 1)], "[[a]]\nid = 'y'\nv = 1\n"),
        ("[[a]]\nx = 1\n[[a]]\ny = 1\n", &[unset("a[0].x")], "[[a]]\n[[a]]\ny = 1\n"),
        ("[[a]]\nx = 1\n[z]\ny = 1\n", &[unset("a[0]")], "[z]\ny = 1\n"),
        ("a = [{ x = 1 }, { x = 2 }] # c\n", &[unset("a[x=1]")], "a = [{ x = 2 }] # c\n"),
        ("a = [{ x = 1 }] # c\nb = 1\n", &[unset("a[0]")], "# c\nb = 1\n"),
        ("a = [\n  { x = 1 }, # one\n  { x = 2 }\n]\n", &[unset("a[0]")], "a = [\n  # one\n  { x = 2 }\n]\n"),
        ("[[a]]\n[[a.b]]\nx = 1\n[[a.b]]\nx = 2\n", &[unset("a[0].b[0]")], "[[a]]\n[[a.b]]\nx = 2\n"),
    ]);
}
