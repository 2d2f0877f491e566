//! The shape of the packager, kept true: who may name whom, who touches files and archives, how long things get.
//!
//! In: the sources of the workspace, as text. Always: read, never compiled, so that a wrong edge is told by its file
//! and not by an error far from it. The reasons are in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use xtask::diagnostic::stories;

/// Who names whom: a module of `xtask/src`, and the modules that it names, all of which stand above it.
const MODULES: &[(&str, &[&str])] = &[
    // Words that everything speaks in.
    ("path", &[]),
    ("parallel", &[]),
    ("digest", &[]),
    ("secret", &[]),
    ("timestamp", &[]),
    ("signature", &["timestamp"]),
    ("progress", &[]),
    ("choice", &[]),
    ("output", &[]),
    ("pattern", &["path"]),
    ("diagnostic", &["choice"]),
    // What an input holds, and what is known of it.
    ("inventory", &["digest", "path"]),
    ("archive", &["digest", "inventory", "path", "timestamp"]),
    ("product", &["digest", "inventory", "path"]),
    ("image", &["digest", "inventory", "path", "timestamp"]),
    ("base_image", &["archive", "digest", "image", "inventory", "path"]),
    ("read", &["archive", "digest", "inventory", "parallel", "path", "progress"]),
    ("facts", &["archive", "digest", "inventory", "path", "product"]),
    // Comparing and rewriting of single files.
    ("change", &["inventory", "path", "product"]),
    ("merge", &["secret"]),
    ("properties", &[]),
    ("document", &[]),
    ("effective", &["document", "inventory", "path"]),
    // What a person decided beforehand.
    ("policy", &["choice", "diagnostic", "document", "path", "pattern"]),
    ("overlay", &["document", "inventory", "path", "pattern"]),
    // deployment.toml, and what was rendered from it.
    ("settings", &["choice", "diagnostic", "digest", "document", "effective", "facts", "policy", "product", "secret"]),
    ("user_store", &["choice", "diagnostic", "document", "effective"]),
    ("difference", &["choice", "document", "effective", "policy", "properties", "secret", "settings"]),
    ("rendered", &["document", "merge", "properties", "secret"]),
    // The decisions.
    ("plan", &["diagnostic", "difference", "digest", "inventory", "overlay", "path", "settings", "user_store"]),
    ("layers", &["image", "inventory", "path", "plan"]),
    (
        "rules",
        &[
            "change",
            "choice",
            "diagnostic",
            "difference",
            "digest",
            "document",
            "effective",
            "facts",
            "inventory",
            "merge",
            "overlay",
            "path",
            "plan",
            "policy",
            "product",
            "properties",
            "rendered",
            "secret",
            "settings",
            "user_store",
        ],
    ),
    (
        "planner",
        &["choice", "diagnostic", "document", "inventory", "path", "plan", "policy", "product", "rules", "settings"],
    ),
    // What would break at the first start.
    ("classes", &["archive", "facts"]),
    ("bundles", &["facts", "path"]),
    ("keystores", &["digest", "timestamp"]),
    ("artifacts", &["classes", "digest", "facts", "path"]),
    (
        "examine",
        &[
            "artifacts",
            "classes",
            "digest",
            "document",
            "effective",
            "facts",
            "inventory",
            "parallel",
            "path",
            "plan",
            "progress",
            "read",
            "timestamp",
        ],
    ),
    (
        "checks",
        &[
            "artifacts",
            "bundles",
            "classes",
            "diagnostic",
            "digest",
            "document",
            "effective",
            "examine",
            "facts",
            "inventory",
            "keystores",
            "parallel",
            "path",
            "properties",
            "secret",
            "timestamp",
        ],
    ),
    // What is made of a plan.
    ("components", &["digest", "examine", "facts", "inventory", "path", "plan"]),
    (
        "report",
        &[
            "choice",
            "components",
            "diagnostic",
            "difference",
            "digest",
            "document",
            "facts",
            "image",
            "inventory",
            "output",
            "path",
            "plan",
            "product",
            "settings",
            "timestamp",
            "user_store",
        ],
    ),
    (
        "write",
        &[
            "archive",
            "base_image",
            "digest",
            "image",
            "inventory",
            "layers",
            "output",
            "path",
            "plan",
            "progress",
            "read",
            "report",
            "timestamp",
        ],
    ),
    (
        "verify",
        &[
            "archive",
            "digest",
            "image",
            "inventory",
            "output",
            "parallel",
            "path",
            "progress",
            "report",
            "signature",
            "timestamp",
        ],
    ),
    ("place", &["archive", "signature", "verify"]),
    // Inputs to try it on: of the program it names nothing.
    ("sample", &[]),
    ("databases", &[]),
    // The only one that knows the terminal, the environment and the clock.
    (
        "cli",
        &[
            "archive",
            "base_image",
            "checks",
            "choice",
            "components",
            "databases",
            "diagnostic",
            "difference",
            "digest",
            "document",
            "effective",
            "examine",
            "facts",
            "image",
            "inventory",
            "output",
            "overlay",
            "parallel",
            "path",
            "place",
            "plan",
            "planner",
            "policy",
            "product",
            "progress",
            "read",
            "report",
            "rules",
            "sample",
            "settings",
            "signature",
            "timestamp",
            "user_store",
            "verify",
            "write",
        ],
    ),
];

/// Modules that are pure: they name neither the file system nor an archive crate.
const PURE: [&str; 26] = [
    "bundles",
    "change",
    "checks",
    "choice",
    "components",
    "diagnostic",
    "difference",
    "document",
    "effective",
    "image",
    "inventory",
    "keystores",
    "layers",
    "merge",
    "output",
    "overlay",
    "plan",
    "planner",
    "policy",
    "product",
    "properties",
    "rendered",
    "rules",
    "settings",
    "signature",
    "user_store",
];
/// What a pure module may not name. `std::path` is for paths of the machine; `inventory` holds one and opens none.
const IMPURE: [&str; 9] =
    ["std::fs", "std::net", "std::env", "std::process", "std::time", "tempfile", "io::stdin", "File::open", "std::io"];

/// The crates for archives, and where they may be named beside tests.
const ARCHIVE_CRATES: [&str; 3] = ["zip", "tar", "flate2"];
const ARCHIVE_PLACES: [&str; 8] = [
    "archive/",
    // Look into jars and carbon applications.
    "artifacts/archive.rs",
    // Look into layers of base images, as streams.
    "base_image/layer.rs",
    "base_image/tar_stream.rs",
    "classes/jar.rs",
    "facts/",
    // Makes distributions, with another writer than the packager's own.
    "sample/",
    // Reads with another reader than the packager's own, so that the two cannot be wrong alike.
    "verify/contents.rs",
];

const MOST_LINES: usize = 500;
const MOST_LINES_OF_A_FUNCTION: usize = 70;
/// Files that may be longer, each with its reason. Data tables that are no Rust are not counted.
const LONG_FILES: &[(&str, &str)] = &[
    ("xtask/src/planner/tests.rs", "one table: homes of a few lines, and what becomes of them"),
    ("tests/tests/bad_input.rs", "one table: inputs, and how each is refused"),
    ("tests/tests/policy.rs", "one table: policies, and what each leads to"),
    ("tests/tests/structure.rs", "one table: who names whom"),
    ("tests/tests/sample.rs", "one table: the files of the sample, and where each went"),
];
/// Longer functions, each with its reason.
const LONG_FUNCTIONS: &[(&str, &str)] = &[
    ("xtask/src/read/tests/hostile_tars.rs: each_defect_is_refused_with_its_name", "a table of defects"),
    ("xtask/src/read/tests/hostile_zips.rs: each_defect_is_refused_with_its_name", "a table of defects"),
    ("tests/tests/rows.rs: modules_and_jars", "a table of homes"),
];
/// Codes that are no longer used: their rows stay, so that no code gets another meaning.
const RETIRED_CODES: &[u16] = &[601];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files below a folder that have one of the endings, by path below the root.
fn files(folder: &str, endings: &[&str]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(folder) = open.pop() {
        let listed = fs::read_dir(root().join(&folder)).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in listed {
            let entry = entry.expect("an entry");
            let path = folder.join(entry.file_name());
            let name = path.to_str().expect("UTF-8").replace('\\', "/");
            let name = name.trim_start_matches("./").to_owned();
            if entry.file_type().expect("a type").is_dir() {
                if !["target", ".git"].contains(&name.as_str()) {
                    open.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                let text = fs::read_to_string(entry.path()).unwrap_or_else(|error| panic!("{name}: {error}"));
                found.insert(name, text);
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no {endings:?}");
    found
}

/// The sources of the packager by path below `xtask/src`, without tests and comments.
fn sources() -> BTreeMap<String, String> {
    let of_tests = |name: &str| name.ends_with("tests.rs") || name.ends_with("testing.rs") || name.contains("/tests/");
    files("xtask/src", &[".rs"])
        .into_iter()
        .filter_map(|(name, text)| Some((name.strip_prefix("xtask/src/")?.to_owned(), text)))
        .filter(|(name, _)| !of_tests(name))
        .map(|(name, text)| (name, code(&text)))
        .collect()
}

/// The text without comments and without a test module at its end.
fn code(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_test_module = |at: usize| {
        lines[at] == "#[cfg(test)]"
            && lines.get(at + 1).is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
    };
    let end = (0..lines.len()).find(|at| is_test_module(*at)).unwrap_or(lines.len());
    let kept = lines[..end].iter().filter(|line| !line.trim_start().starts_with("//"));
    kept.flat_map(|line| [line, "\n"]).collect()
}

/// The top module that a file belongs to, and how deep the file's own module lies.
fn module_of(file: &str) -> (&str, usize) {
    let stem = file.trim_end_matches(".rs");
    (stem.split('/').next().unwrap_or(stem), stem.split('/').count())
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What stands after each `word` that begins as a name of its own.
fn after<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(word).filter_map(move |(at, _)| {
        let starts = at == 0 || !is_of_a_name(text.as_bytes()[at - 1]);
        starts.then(|| &text[at + word.len()..])
    })
}

fn name_at(text: &str) -> &str {
    let end = text.bytes().position(|byte| !is_of_a_name(byte)).unwrap_or(text.len());
    &text[..end]
}

/// The names of a path's next part: one, or those in braces.
fn names_at(text: &str) -> Vec<&str> {
    let Some(list) = text.strip_prefix('{') else { return vec![name_at(text)] };
    let (mut depth, mut names, mut start) = (0, Vec::new(), 0);
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => {
                names.push(name_at(list[start..at].trim_start()));
                start = at + 1;
                if byte == b'}' {
                    break;
                }
            }
            _ => {}
        }
    }
    names
}

/// The modules that a file names by `crate::`, or by as many `super::` as lead there.
fn named<'a>(file: &str, code: &'a str) -> BTreeSet<&'a str> {
    let (own, depth) = module_of(file);
    let up = "super::".repeat(depth);
    let mut named: BTreeSet<&str> = BTreeSet::new();
    named.extend(after(code, "crate::").flat_map(names_at));
    for (at, _) in code.match_indices(&up) {
        let before = &code[..at];
        if !before.ends_with("super::") && !before.bytes().next_back().is_some_and(is_of_a_name) {
            named.extend(names_at(&code[at + up.len()..]));
        }
    }
    named.remove(own);
    named
}

#[test]
fn modules_name_only_what_stands_above_them() {
    let place = |module: &str| MODULES.iter().position(|(name, _)| *name == module);
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (file, code) in sources() {
        let (module, _) = module_of(&file);
        if ["main", "lib"].contains(&module) {
            continue;
        }
        let Some((module, allowed)) = MODULES.iter().find(|(name, _)| *name == module) else {
            panic!("xtask/src/{file}: give the module `{module}` its place in MODULES");
        };
        for other in named(&file, &code).into_iter().filter(|name| place(name).is_some()) {
            assert!(
                allowed.contains(&other),
                "xtask/src/{file}: `{module}` may not name `{other}`; see MODULES for the direction"
            );
            used.entry(module).or_default().insert(other.to_owned());
        }
    }
    for (module, allowed) in MODULES {
        let used = used.remove(module).unwrap_or_default();
        for other in *allowed {
            assert!(used.contains(*other), "`{module}` no longer names `{other}`: take the edge out of MODULES");
            assert!(place(other) < place(module), "the edge from `{module}` to `{other}` goes against the direction");
        }
    }
    assert!(used.is_empty(), "{used:?}");
}

#[test]
fn every_module_is_in_the_map() {
    let listed: BTreeSet<&str> = MODULES.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed.len(), MODULES.len(), "a module stands twice");
    let lib = sources().remove("lib.rs").expect("the library");
    let declared: BTreeSet<&str> = after(&lib, "mod ").map(name_at).filter(|name| *name != "tests").collect();
    assert_eq!(declared, listed);
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map");
    for module in listed {
        let named = [format!("`{module}`"), format!("`{module}.rs`"), format!("`{module}/`")];
        assert!(named.iter().any(|name| map.contains(name)), "ARCHITECTURE.md does not name `{module}`");
    }
}

#[test]
fn what_decides_touches_no_file_and_no_archive() {
    for (file, code) in sources() {
        let (module, _) = module_of(&file);
        if !PURE.contains(&module) {
            continue;
        }
        for word in IMPURE {
            assert!(after(&code, word).next().is_none(), "xtask/src/{file}: `{module}` is pure and names `{word}`");
        }
        let paths = after(&code, "std::path").count();
        assert!(paths == 0 || file == "inventory.rs", "xtask/src/{file}: `{module}` is pure and names `std::path`");
    }
}

#[test]
fn archive_crates_are_named_where_archives_are_handled() {
    for (file, code) in sources() {
        let names = |name: &&&str| after(&code, &format!("{name}::")).next().is_some();
        if let Some(name) = ARCHIVE_CRATES.iter().find(names) {
            let allowed = ARCHIVE_PLACES.iter().any(|place| file.starts_with(place));
            assert!(allowed, "xtask/src/{file} names the crate `{name}`; use `archive` instead");
        }
    }
}

#[test]
fn the_command_line_alone_knows_environment_and_clock() {
    for (file, code) in sources().into_iter().filter(|(file, _)| module_of(file).0 != "cli") {
        for word in ["std::env", "SystemTime::now", "Instant::now", "io::stdout", "io::stderr", "is_terminal"] {
            assert!(after(&code, word).next().is_none(), "xtask/src/{file} names `{word}`, which is for `cli` alone");
        }
    }
}

#[test]
fn what_is_written_for_machines_is_defined_in_one_place() {
    for (file, code) in sources() {
        let derives = after(&code, "derive(").any(|rest| {
            rest.split(')').next().is_some_and(|list| list.split(',').any(|name| name.trim() == "Serialize"))
        });
        assert!(!derives || file.starts_with("report/"), "xtask/src/{file} derives Serialize; only report/ does");
    }
}

#[test]
fn files_stay_short_and_say_what_they_are() {
    let mut all = files("xtask/src", &[".rs"]);
    all.extend(files("tests", &[".rs"]));
    for (file, text) in &all {
        let long = LONG_FILES.iter().any(|(name, _)| name == file);
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES || long, "{file} has {lines} lines; {MOST_LINES} are the most");
        let of_tests = file.ends_with("/tests.rs")
            || file.ends_with("/testing.rs")
            || file.starts_with("xtask/") && file.contains("/tests/");
        assert!(of_tests || text.starts_with("//!"), "{file} does not open with what it is (`//!`)");
    }
}

/// The functions of a file with their lengths in lines: from `fn` to the brace at the same column.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let head = code.split(['(', '<', '=', '"']).next().unwrap_or_default();
        let Some(name) = head.split_whitespace().skip_while(|word| *word != "fn").nth(1) else { continue };
        if code.starts_with("//") {
            continue;
        }
        let end = format!("{}}}", &line[..line.len() - code.len()]);
        let opens = lines[start..].iter().position(|line| line.contains('{'));
        let ends = lines[start..].iter().position(|line| line.trim_end().ends_with(';'));
        let Some(opens) = opens.filter(|opens| ends.is_none_or(|ends| *opens <= ends)) else {
            // A declaration without a body.
            continue;
        };
        let closed = if lines[start + opens].trim_end().ends_with('}') {
            Some(opens)
        } else {
            lines[start..].iter().position(|line| **line == end)
        };
        if let Some(length) = closed {
            found.push((name.to_owned(), length + 1));
        }
    }
    found
}

#[test]
fn functions_stay_short() {
    let mut all = files("xtask/src", &[".rs"]);
    all.extend(files("tests", &[".rs"]));
    let lengths: BTreeMap<String, usize> = all
        .iter()
        .flat_map(|(file, text)| {
            functions(text).into_iter().map(move |(name, length)| (format!("{file}: {name}"), length))
        })
        .collect();
    assert!(lengths.len() > 500, "only {} functions were found", lengths.len());
    let known: BTreeSet<&str> = LONG_FUNCTIONS.iter().map(|(name, _)| *name).collect();
    let long: BTreeMap<&str, usize> = lengths
        .iter()
        .filter(|(_, length)| **length > MOST_LINES_OF_A_FUNCTION)
        .map(|(name, length)| (name.as_str(), *length))
        .collect();
    let new: Vec<_> = long.iter().filter(|(name, _)| !known.contains(**name)).collect();
    assert!(new.is_empty(), "functions of more than {MOST_LINES_OF_A_FUNCTION} lines: {new:?}");
    let gone: Vec<_> = known.iter().filter(|name| !long.contains_key(**name)).collect();
    assert!(gone.is_empty(), "no longer long, so take them out of LONG_FUNCTIONS: {gone:?}");
}

#[test]
fn codes_and_stories_belong_together() {
    let mut used: BTreeMap<u16, String> = BTreeMap::new();
    for (file, code) in sources().into_iter().filter(|(file, _)| !file.starts_with("diagnostic/stories")) {
        for rest in after(&code, "Code(") {
            if let Some(number) = rest.split(')').next().and_then(|digits| digits.parse().ok()) {
                used.entry(number).or_insert_with(|| file.clone());
            }
        }
    }
    let told: BTreeSet<u16> = stories().map(|story| story.code.0).collect();
    for (code, file) in &used {
        assert!(told.contains(code), "xtask/src/{file}: MI{code:04} has no story");
        assert!(!RETIRED_CODES.contains(code), "xtask/src/{file}: MI{code:04} is retired");
    }
    for code in told {
        assert!(
            used.contains_key(&code) || RETIRED_CODES.contains(&code),
            "MI{code:04} is used nowhere: retire it, and keep its row"
        );
    }
}

#[test]
fn no_text_holds_a_place_of_the_machine_that_it_was_written_on() {
    // In two parts, so that this file does not hold them.
    let words = [("/wo", "rk/"), ("/ro", "ot/"), ("/ho", "me/user")];
    let own = ["wso2/components/micro-integrator-default/workspace", "tmp/work/"];
    for (file, text) in files(".", &[".rs", ".md", ".toml", ".tsv", ".txt", ".yml", "/run", ".lock"]) {
        if file.starts_with("dist/") {
            continue;
        }
        let text = own.iter().fold(text, |text, allowed| text.replace(allowed, ""));
        for (start, end) in words {
            let word = format!("{start}{end}");
            assert!(!text.contains(&word), "{file} holds `{word}`");
        }
    }
}

#[test]
fn the_readers_of_this_test_read_right() {
    let code = code(
        "use crate::{a, b::{c, d}};\n// crate::x\nfn f() { crate::e::g(); mycrate::h() }\n#[cfg(test)]\nmod t {\ncrate::y\n}\n",
    );
    assert_eq!(named("own.rs", &code), BTreeSet::from(["a", "b", "e"]));
    assert_eq!(named("own/deep.rs", "use super::x; use super::super::z;"), BTreeSet::from(["z"]));
    assert_eq!(named("own.rs", "super::z"), BTreeSet::from(["z"]));
    let text =
        "fn a() {\n}\nimpl X {\n    pub fn b(\n        x: u8,\n    ) -> u8 {\n        x\n    }\n    fn c(&self);\n}\n";
    assert_eq!(functions(text), [("a".to_owned(), 2), ("b".to_owned(), 5)]);
}
