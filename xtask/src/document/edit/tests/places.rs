use super::*;

#[test]
fn a_new_table_stands_apart() {
    check(&[
        ("", &[set("t.a", 1)], "[t]\na = 1\n"),
        ("# only a comment\n", &[set("t.a", 1)], "# only a comment\n\n[t]\na = 1\n"),
        ("# only a comment", &[set("t.a", 1)], "# only a comment\n\n[t]\na = 1\n"),
        ("a = 1", &[set("t.a", 1), set("t.b", 2)], "a = 1\n\n[t]\na = 1\nb = 2\n"),
        ("[s]\na = 1\n\n\n", &[set("t.a", 1)], "[s]\na = 1\n\n\n[t]\na = 1\n"),
        ("[a.b]\nx = 1\n[z]\ny = 1\n", &[set("a.c.x", 1)], "[a.b]\nx = 1\n\n[a.c]\nx = 1\n\n[z]\ny = 1\n"),
        (
            "[a]\nx = 1\n[a.b]\nx = 1\n# off = 1\n\n# z\n[z]\ny = 1\n",
            &[set("a.c.'d e'.x", 1)],
            "[a]\nx = 1\n[a.b]\nx = 1\n# off = 1\n\n[a.c.'d e']\nx = 1\n\n# z\n[z]\ny = 1\n",
        ),
        ("[t]\na = 1\n", &[put("s", "{}")], "[t]\na = 1\n\n[s]\n"),
        ("[t]\n  a=1\n", &[set("s.b", 1)], "[t]\n  a=1\n\n[s]\nb=1\n"),
    ]);
}

#[test]
fn parents_stand_before_their_children() {
    check(&[
        (
            "[x]\ny = 1\n\n# about b\n[a.b]\nc = 1\n",
            &[set("a.d", 1)],
            "[x]\ny = 1\n\n[a]\nd = 1\n\n# about b\n[a.b]\nc = 1\n",
        ),
        ("[[a.b]]\nc = 1\n", &[set("a.d", 1)], "[a]\nd = 1\n\n[[a.b]]\nc = 1\n"),
        ("[a.b.c]\nd = 1\n", &[set("a.b.x", 1), set("a.y", 1)], "[a]\ny = 1\n\n[a.b]\nx = 1\n\n[a.b.c]\nd = 1\n"),
        ("[a.b]\nc = 1\n", &[set("d", 1)], "d = 1\n\n[a.b]\nc = 1\n"),
        ("# licence\n\n# about b\n[a.b]\nc = 1\n", &[set("d", 1)], "# licence\n\nd = 1\n\n# about b\n[a.b]\nc = 1\n"),
        ("# licence\nd = 1 # x\n[a.b]\nc = 1\n", &[set("e", 1)], "# licence\nd = 1 # x\ne = 1\n[a.b]\nc = 1\n"),
        ("", &[set("d", 1), set("e", 2)], "d = 1\ne = 2\n"),
        ("# c", &[set("d", 1)], "# c\n\nd = 1\n"),
        ("a = { x = 1 }\n", &[set("a.b.c", 1)], "a = { x = 1, b = { c = 1 } }\n"),
    ]);
}

#[test]
fn new_tables_follow_the_order_of_another_document() {
    let like =
        "[server]\n[keystore]\n[keystore.primary]\n[truststore]\n[[datasource]]\n[datasource.pool]\n[z.sub]\n[zz]\n";
    for (before, edit, after) in [
        (
            "[server]\na = 1\n\n[other]\nb = 1\n",
            set("truststore.f", 1),
            "[server]\na = 1\n\n[truststore]\nf = 1\n\n[other]\nb = 1\n",
        ),
        (
            "[keystore.primary]\na = 1\n\n[keystore.mine]\na = 1\n\n[server]\na = 1\n",
            set("truststore.f", 1),
            "[keystore.primary]\na = 1\n\n[truststore]\nf = 1\n\n[keystore.mine]\na = 1\n\n[server]\na = 1\n",
        ),
        (
            "[[datasource]]\na = 1\n[datasource.pool]\nb = 1\n[[datasource]]\na = 2\n\n[other]\nb = 1\n",
            set("zz.f", 1),
            "[[datasource]]\na = 1\n[datasource.pool]\nb = 1\n[[datasource]]\na = 2\n\n[zz]\nf = 1\n\n[other]\nb = 1\n",
        ),
        // Only its children are in the other.
        ("[server]\na = 1\n[x]\nb = 1\n", set("z.f", 1), "[server]\na = 1\n\n[z]\nf = 1\n\n[x]\nb = 1\n"),
        // Its parent comes later here.
        (
            "[server]\na = 1\n[keystore]\nx = 1\n[y]\nz = 1\n",
            set("keystore.primary.f", 1),
            "[server]\na = 1\n[keystore]\nx = 1\n\n[keystore.primary]\nf = 1\n\n[y]\nz = 1\n",
        ),
        (
            "[server]\na = 1\n[y]\nz = 1\n[z]\nx = 1\n[w]\nv = 1\n",
            set("z.sub.f", 1),
            "[server]\na = 1\n[y]\nz = 1\n[z]\nx = 1\n\n[z.sub]\nf = 1\n\n[w]\nv = 1\n",
        ),
        // The other has nothing before it, or not it.
        ("[x]\na = 1\n", set("server.f", 1), "[x]\na = 1\n\n[server]\nf = 1\n"),
        ("[x.y]\na = 1\n[z]\nb = 1\n", set("x.q.f", 1), "[x.y]\na = 1\n\n[x.q]\nf = 1\n\n[z]\nb = 1\n"),
        (
            "[server]\na = 1\n[x]\nb = 1\n",
            put("datasource", "[{ id = 1 }]"),
            "[server]\na = 1\n\n[[datasource]]\nid = 1\n\n[x]\nb = 1\n",
        ),
    ] {
        assert_eq!(edited(before, std::slice::from_ref(&edit), Some(like)), after, "{edit:?}\n{before}");
    }
}
