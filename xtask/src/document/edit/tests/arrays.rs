use super::*;

#[test]
fn a_key_of_an_element_goes_into_its_block() {
    check(&[
        (
            "[[d]]\nid = 'a'\n\n[[d]]\nid = 'b'\n",
            &[set("d[id=a].url", "u")],
            "[[d]]\nid = 'a'\nurl = \"u\"\n\n[[d]]\nid = 'b'\n",
        ),
        (
            "[[d]]\nid = 'a'\n[d.s]\nx = 1\n[[d]]\nid = 'b'\n",
            &[set("d[id=a].t.y", 1)],
            "[[d]]\nid = 'a'\n[d.s]\nx = 1\n\n[d.t]\ny = 1\n\n[[d]]\nid = 'b'\n",
        ),
        (
            "[[d]]\n[d.s.t]\nx = 1\n[[d]]\n[d.s.t]\nx = 2\n",
            &[set("d[1].s.y", 1)],
            "[[d]]\n[d.s.t]\nx = 1\n[[d]]\n\n[d.s]\ny = 1\n\n[d.s.t]\nx = 2\n",
        ),
        (
            "[[u]]\nuser.name = 'a'\n[[u]]\nuser.name = 'b'\n",
            &[set("u[user.name=b].user.password", "p")],
            "[[u]]\nuser.name = 'a'\n[[u]]\nuser.name = 'b'\nuser.password = \"p\"\n",
        ),
    ]);
}

#[test]
fn a_new_element_goes_behind_the_last_one() {
    check(&[
        (
            "[[d]]\nid = 'a'\n[d.s]\nx = 1\n\n[z]\ny = 1\n",
            &[set("d[id=b].url", "u"), set("d[id=b].n", 1)],
            "[[d]]\nid = 'a'\n[d.s]\nx = 1\n\n[[d]]\nid = \"b\"\nurl = \"u\"\nn = 1\n\n[z]\ny = 1\n",
        ),
        ("", &[set("a.d[id=b].url", "u")], "[[a.d]]\nid = \"b\"\nurl = \"u\"\n"),
        ("[a]\nx=1\n", &[set("a.d[0].url", "u")], "[a]\nx=1\n\n[[a.d]]\nurl=\"u\"\n"),
        ("  [[ d ]]\n    id = 'a'\n", &[set("d[1].x", 1)], "  [[ d ]]\n    id = 'a'\n\n  [[ d ]]\n  x = 1\n"),
        ("d = [{ id = 'a' }]\n", &[set("d[id=b].x", 1)], "d = [{ id = 'a' }, { id = \"b\", x = 1 }]\n"),
        ("d = []\n", &[set("d[id=b].x", 1)], "d = [{ id = \"b\", x = 1 }]\n"),
        ("k = { a = 1 }\n", &[set("k.d[id=b].x", 1)], "k = { a = 1, d = [{ id = \"b\", x = 1 }] }\n"),
        (
            "[[d]]\nid = 'a'\n",
            &[set("d[user.name=b].e[0].f", 1)],
            "[[d]]\nid = 'a'\n\n[[d]]\n\n[d.user]\nname = \"b\"\n\n[[d.e]]\nf = 1\n",
        ),
        ("l = [1]\n", &[set("l[1]", 2), set("l[0]", 0), set("m[0]", 5)], "l = [0, 2]\nm = [5]\n"),
        (
            "[[d]]\nid = 'a'\n",
            &[put("d[1]", "{ id = 'b', s = { x = 1 } }")],
            "[[d]]\nid = 'a'\n\n[[d]]\nid = \"b\"\n\n[d.s]\nx = 1\n",
        ),
    ]);
}

#[test]
fn a_whole_array_of_tables_is_set_where_it_stands() {
    let new = put("d", "[{ id = 'a', x = 2 }, { id = 'c' }]");
    check(&[
        (
            "[[d]]\nid = 'a'\nx = 1 # one\n\n# bee\n[[d]]\nid = 'b'\ny = 1\n\n[[d]]\nid = 'c'\n\n[z]\ny = 1\n",
            std::slice::from_ref(&new),
            "[[d]]\nid = 'a'\nx = 2 # one\n\n# bee\n\n[[d]]\nid = 'c'\n\n[z]\ny = 1\n",
        ),
        ("[z]\ny = 1\n", std::slice::from_ref(&new), "[z]\ny = 1\n\n[[d]]\nid = \"a\"\nx = 2\n\n[[d]]\nid = \"c\"\n"),
        ("d = [{ id = 'a' }]\n", std::slice::from_ref(&new), "d = [{ id = 'a', x = 2 }, { id = \"c\" }]\n"),
        ("[[d]]\nid = 'c'\n", std::slice::from_ref(&new), "[[d]]\nid = \"a\"\nx = 2\n\n[[d]]\nid = 'c'\n"),
        ("[[d]]\nid = 'c'\n[y]\nz = 1\n", &[put("d", "[]")], "d = []\n\n[y]\nz = 1\n"),
        ("[d.e]\nx = 1 # c\n", std::slice::from_ref(&new), "# c\n\n[[d]]\nid = \"a\"\nx = 2\n\n[[d]]\nid = \"c\"\n"),
    ]);
}

#[test]
fn a_whole_table_is_set_where_it_stands() {
    check(&[
        (
            "[t]\na = 1 # one\nb = 2\n[t.s]\nc = 3\n[u]\nx = 1\n",
            &[put("t", "{ a = 5, d = 6, s = { c = 3, e = 4 } }")],
            "[t]\na = 5 # one\nd = 6\n[t.s]\nc = 3\ne = 4\n[u]\nx = 1\n",
        ),
        ("", &[put("t", "{ s = { c = 3 }, a = 5 }")], "[t]\na = 5\n\n[t.s]\nc = 3\n"),
        ("[t]\na = 1\n", &[put("t", "{}")], "[t]\n"),
        ("[t.s]\na = 1\n[u]\nx = 1\n", &[set("t.s", 5)], "[u]\nx = 1\n\n[t]\ns = 5\n"),
        ("[t]\n[t.s]\na = 1\n[u]\nx = 1\n", &[set("t.s", 5)], "[t]\ns = 5\n[u]\nx = 1\n"),
        ("k = { a = 1, b = 2 }\n", &[put("k", "{ b = 2, c = 3 }")], "k = { b = 2, c = 3 }\n"),
    ]);
}
