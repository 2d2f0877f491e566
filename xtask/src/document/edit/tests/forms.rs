use super::*;

#[test]
fn a_value_changes_its_own_bytes_alone() {
    check(&[
        ("a = 1", &[set("a", 2)], "a = 2"),
        ("a   =   1   # one\n", &[set("a", true)], "a   =   true   # one\n"),
        ("[t]\n\ta='x' # y\nb=0x10\n", &[set("t.a", "z")], "[t]\n\ta='z' # y\nb=0x10\n"),
        ("a = 0x10\n", &[set("a", 16)], "a = 0x10\n"),
        ("a = \"\\u00e4.jks\"\n", &[set("a", "p/ä.jks")], "a = \"p/\\u00e4.jks\"\n"),
        ("a = 'x'\n", &[set("a", "it's")], "a = \"it's\"\n"),
        ("a = 'x'\n", &[set("a", "x\ny")], "a = \"x\\ny\"\n"),
        ("a = \"\"\"x\"\"\"\nb = 1\n", &[set("a", "x\ty")], "a = \"\"\"x\\ty\"\"\"\nb = 1\n"),
        ("a = 1\n", &[put("a", "['b', 'x\\y']")], "a = [\"b\", 'x\\y']\n"),
        ("[t]\nk = { a = 1, b = 'x' } # c\n", &[set("t.k.b", "y")], "[t]\nk = { a = 1, b = 'y' } # c\n"),
        ("k = [{id='a'}, {id='b',x=1}]\n", &[set("k[id=b].x", 2)], "k = [{id='a'}, {id='b',x=2}]\n"),
        ("k = { a = { b.c = 1 } }\n", &[set("k.a.b.c", 2)], "k = { a = { b.c = 2 } }\n"),
        ("a = ['x', 'y'] # z\n", &[put("a", "['x', 'w', 'y']")], "a = ['x', \"w\", 'y'] # z\n"),
        ("a = [\n  'x', # x\n  'y'\n]\n", &[put("a", "['x', 'z', 'y']")], "a = [\n  'x', # x\n  \"z\",\n  'y'\n]\n"),
        ("a = [\n  1, # x\n]\n", &[set("a", 5)], "# x\na = 5\n"),
        ("a = 1\n", &[put("a", "{ x = 1 }")], "a = { x = 1 }\n"),
        ("a = 1.50\n", &[put("a", "1.5")], "a = 1.50\n"),
        ("a = nan\nb = 1\n", &[set("b", 2)], "a = nan\nb = 2\n"),
    ]);
}

#[test]
fn a_new_setting_goes_to_the_end_of_its_table_in_its_style() {
    check(&[
        ("[t]\na = 1\n", &[set("t.b", 2)], "[t]\na = 1\nb = 2\n"),
        ("[t]\na = 1", &[set("t.b", 2)], "[t]\na = 1\nb = 2\n"),
        ("[t]\n  a=1 # x\n\n[u]\nc = 3\n", &[set("t.b", 2)], "[t]\n  a=1 # x\n  b=2\n\n[u]\nc = 3\n"),
        ("[t]\na   = 1\nbcd = 2\n[u]\n", &[set("t.b", 3)], "[t]\na   = 1\nbcd = 2\nb   = 3\n[u]\n"),
        ("[t]\na   = 1\n", &[set("t.b", 3)], "[t]\na   = 1\nb = 3\n"),
        (
            "[t]\na = 1\n# off = 2\n\n# about u\n[u]\n",
            &[set("t.b", 3)],
            "[t]\na = 1\n# off = 2\nb = 3\n\n# about u\n[u]\n",
        ),
        ("[t]\na = 1\n#off = 2\n# about u\n[u]\n", &[set("t.b", 3)], "[t]\na = 1\n#off = 2\nb = 3\n# about u\n[u]\n"),
        ("[t]\n# off = 2\n\n[u]\nx=1\n", &[set("t.b", 3)], "[t]\n# off = 2\nb=3\n\n[u]\nx=1\n"),
        ("[t]\na = 1\n\nb = 2\n\n\n# x\n", &[set("t.c", 3)], "[t]\na = 1\n\nb = 2\nc = 3\n\n\n# x\n"),
        ("[t]\na = 1\n", &[set("t.'x.y z'", 3)], "[t]\na = 1\n'x.y z' = 3\n"),
        ("[t]\na = 1\n", &[set("t.x", "c:\\d")], "[t]\na = 1\nx = 'c:\\d'\n"),
        ("k = { a = 1 }\n", &[set("k.b", 2)], "k = { a = 1, b = 2 }\n"),
        ("k = {}\n", &[set("k.b.c", 2)], "k = { b = { c = 2 } }\n"),
        ("k = [{ a = 1 }]\n", &[set("k[0].b", 2)], "k = [{ a = 1, b = 2 }]\n"),
    ]);
}

#[test]
fn dotted_keys_get_dotted_siblings() {
    check(&[
        (
            "[transport.http]\nlistener.port = 1\nsender.x = 2\n",
            &[set("transport.http.listener.y", 3)],
            "[transport.http]\nlistener.port = 1\nlistener.y = 3\nsender.x = 2\n",
        ),
        ("a.b.c = 1\n\n[x]\ny = 1\n", &[set("a.d", 2)], "a.b.c = 1\na.d = 2\n\n[x]\ny = 1\n"),
        ("a.b = 1\n", &[set("a.c.d", 2)], "a.b = 1\na.c.d = 2\n"),
        ("[a]\nb.c = 1\n# x\n", &[set("a.d", 2)], "[a]\nb.c = 1\n# x\nd = 2\n"),
        ("a.b = 1\n", &[put("a.c", "{ d = 1, e = { f = 2 } }")], "a.b = 1\na.c.d = 1\na.c.e.f = 2\n"),
        ("a.b = 1\n", &[put("a.c", "{}")], "a.b = 1\na.c = {}\n"),
        ("a.b = 1\n", &[set("a.l[id=x].v", 2)], "a.b = 1\na.l = [{ id = \"x\", v = 2 }]\n"),
        ("[[e]]\np.a = 1\n[[e]]\np.a = 2\n", &[set("e[0].p.b", 3)], "[[e]]\np.a = 1\np.b = 3\n[[e]]\np.a = 2\n"),
        ("a.b.c = 1\na.d = 2\n", &[set("a.b", 5)], "a.d = 2\na.b = 5\n"),
        ("a . 'b' . c = 1\n", &[rename("a.b", "a.'x y'")], "a . 'x y' . c = 1\n"),
    ]);
}

#[test]
fn a_table_gets_another_name_in_its_place() {
    check(&[
        (
            "# my keys\n[keystore.tls] # old\nfile = 'x'\n[keystore.tls.sub]\na = 1\n[z]\n",
            &[rename("keystore.tls", "keystore.primary")],
            "# my keys\n[keystore.primary] # old\nfile = 'x'\n[keystore.primary.sub]\na = 1\n[z]\n",
        ),
        ("[ 'a' . b ]\nx = 1\n", &[rename("a.b", "a.c d")], "[ 'a' . 'c d' ]\nx = 1\n"),
        ("[[a]]\nx = 1\n[a.s]\n[[a]]\n", &[rename("a", "b")], "[[b]]\nx = 1\n[b.s]\n[[b]]\n"),
        ("[a]\nb.c = 1\nb.d = 2\n", &[rename("a.b", "a.e")], "[a]\ne.c = 1\ne.d = 2\n"),
        (
            "a = { b = { c = 1 }, d.e = 2 }\n",
            &[rename("a.b", "a.f"), rename("a.d", "a.g")],
            "a = { f = { c = 1 }, g.e = 2 }\n",
        ),
        ("[a]\nx = 1 # one\n", &[rename("a.x", "a.y")], "[a]\ny = 1 # one\n"),
        ("[[a]]\nid = 'q'\nx.y = 1\n", &[rename("a[id=q].x", "a[id=q].z")], "[[a]]\nid = 'q'\nz.y = 1\n"),
        // Another parent: in its place where it can be.
        ("[a.b] # c\nx = 1\n\n[d]\ny = 1\n", &[rename("a.b", "e.f.g")], "[e.f.g] # c\nx = 1\n\n[d]\ny = 1\n"),
        ("[a]\n# no\n[a.b] # c\nx = 1\n[d]\ny = 1\n", &[rename("a.b", "e")], "# no\n[e] # c\nx = 1\n[d]\ny = 1\n"),
        ("[a]\nb.x = 1 # c\nz = 1\n", &[rename("a.b", "e")], "[a]\n# c\nz = 1\n\n[e]\nx = 1\n"),
        // A header may not stand before that of its parent.
        ("[a.b]\nx = 1\n[d]\ny = 1\n", &[rename("a.b", "d.b")], "[d]\ny = 1\n\n[d.b]\nx = 1\n"),
        // The other is there: it gets what it lacks.
        ("[a]\n# one\nx = 1 # x\ny = 2\n\n[b]\ny = 3\n", &[rename("a", "b")], "# one\n# x\n\n[b]\ny = 3\nx = 1\n"),
    ]);
}

#[test]
fn comments_stand_right_above_what_they_speak_of() {
    check(&[
        (
            "a = 1\n\n  b = { x = 1, y = 2 }\n",
            &[comment_out("b.x")],
            "a = 1\n\n  # dead:\n  # b.x = 1\n  b = { y = 2 }\n",
        ),
        (
            "[[a]]\nid = 'x'\n[[a]]\nid = 'y'\nb = { x = 'l', y = 2 }",
            &[comment_out("a[id=y].b.x")],
            "[[a]]\nid = 'x'\n[[a]]\nid = 'y'\n# dead:\n# a.b.x = \"l\"\nb = { y = 2 }",
        ),
    ]);
}
