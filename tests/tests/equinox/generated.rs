//! Sets of bundles from numbers: few packages, names and versions, so that they meet.

use std::fmt::Write as _;
use upgrade_tests::Seeded;

const PACKAGES: [&str; 6] = ["org.a", "org.b", "org.c", "org.d", "javax.sql", "org.missing"];
const VERSIONS: [&str; 6] = ["1.0.0", "1.1.0.wso2v2", "1.2", "2.0.0", "2.1.0.wso2v10", "3"];
const RANGES: [&str; 8] =
    ["1.0", "[1.0,2.0)", "[1.1,1.2]", "(1.0,1.2)", "[2.0,3.0)", "2.0.0", "[1.1.0.wso2v1,2)", "[4,5)"];
const ENVIRONMENTS: [&str; 6] =
    ["JavaSE-1.8", "J2SE-1.5", "JavaSE-11", "JavaSE-17", "CDC-1.1/Foundation-1.1", "OSGi/Minimum-1.2"];

/// A set; the same for the same number.
pub(crate) fn set(seed: u64) -> Vec<String> {
    let mut random = Seeded(seed * 2 + 1);
    let count = 4 + random.below(9);
    let names = count / 2 + 1;
    let mut taken = Vec::new();
    let mut bundles = Vec::new();
    for _ in 0..count {
        let name = format!("bundle.{}", random.below(names));
        let version = *random.pick(&VERSIONS);
        // Two of one name and version are told by a set of their own.
        if !taken.contains(&(name.clone(), version)) {
            bundles.push(bundle(&mut random, &name, version, names));
            taken.push((name, version));
        }
    }
    bundles
}

fn one_in(random: &mut Seeded, many: usize) -> bool {
    random.below(many) == 0
}

fn bundle(random: &mut Seeded, name: &str, version: &str, names: usize) -> String {
    let singleton = if one_in(random, 4) { ";singleton:=true" } else { "" };
    let mut headers = format!("Bundle-SymbolicName: {name}{singleton}\nBundle-Version: {version}\n");
    let is_fragment = one_in(random, 5);
    if is_fragment {
        let _ = writeln!(headers, "Fragment-Host: bundle.{}{}", random.below(names), bundle_version(random));
    }
    let exported = exports(random);
    let _ = write!(headers, "{exported}{}", imports(random, is_fragment, &exported));
    if one_in(random, 4) {
        let parameters = ["", ";visibility:=reexport", ";resolution:=optional"];
        let wanted =
            format!("bundle.{}{}{}", random.below(names + 1), bundle_version(random), random.pick(&parameters));
        let _ = writeln!(headers, "Require-Bundle: {wanted}");
    }
    if one_in(random, 8) {
        let _ = writeln!(headers, "DynamicImport-Package: *");
    }
    match random.below(16) {
        0 => headers.push_str("Require-Capability: osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=1.8))\"\n"),
        1 => headers.push_str("Require-Capability: osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=17))\"\n"),
        2 => {
            let _ = writeln!(headers, "Bundle-RequiredExecutionEnvironment: {}", random.pick(&ENVIRONMENTS));
        }
        3 => {
            let _ = writeln!(headers, "Require-Capability: thing;filter:=\"(&(thing=x)(level>=3))\"");
        }
        4 => {
            let _ = writeln!(headers, "Provide-Capability: thing;thing=x;level:Long={}", 1 + random.below(5));
        }
        5 => headers.push_str("Require-Capability: osgi.service;filter:=\"(objectClass=x)\";effective:=active\n"),
        _ => {}
    }
    headers
}

fn bundle_version(random: &mut Seeded) -> String {
    if one_in(random, 2) { format!(";bundle-version=\"{}\"", random.pick(&RANGES)) } else { String::new() }
}

fn exports(random: &mut Seeded) -> String {
    let mut clauses = Vec::new();
    for _ in 0..random.below(4) {
        let mut clause = format!("{};version={}", PACKAGES[random.below(4)], random.pick(&VERSIONS));
        match random.below(8) {
            0 => clause.push_str(";vendor=acme"),
            1 => clause.push_str(";vendor=other;mandatory:=vendor"),
            _ => {}
        }
        clauses.push(clause);
    }
    if clauses.is_empty() { String::new() } else { format!("Export-Package: {}\n", clauses.join(",")) }
}

fn imports(random: &mut Seeded, is_fragment: bool, exported: &str) -> String {
    let mut clauses = Vec::new();
    for package in PACKAGES {
        // A package that nobody has is asked for seldom, or nothing would resolve.
        let seldom = if package == "org.missing" { 12 } else { 3 };
        // Host and fragment that import one package otherwise is for a set of its own.
        if !one_in(random, seldom) || is_fragment && !one_in(random, 3) {
            continue;
        }
        let mut clause = package.to_owned();
        // What a bundle exports and must import from elsewhere is replaced, which the model does not follow.
        if exported.contains(package) {
            clauses.extend((!exported.contains("mandatory")).then_some(clause));
            continue;
        }
        if package != "javax.sql" && one_in(random, 2) {
            let _ = write!(clause, ";version=\"{}\"", random.pick(&RANGES));
        }
        match random.below(9) {
            0 | 1 => clause.push_str(";resolution:=optional"),
            2 => clause.push_str(";vendor=acme"),
            3 => clause.push_str(";vendor=other"),
            4 => clause.push_str(";bundle-symbolic-name=bundle.1"),
            _ => {}
        }
        clauses.push(clause);
    }
    if clauses.is_empty() { String::new() } else { format!("Import-Package: {}\n", clauses.join(",")) }
}
