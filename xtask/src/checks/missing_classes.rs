//! Classes, methods and fields that the user's classes refer to, and that are not there.
//!
//! In: the classes of the user's, and those of the whole tree. Out: one finding for each jar or archive of the user's. Always: only what a bundle of the
//! distribution would have is missed: where it exports the package and no jar at all has the class. What lies in
//! packages that nobody has is what libraries can do without, or what a bundle does not resolve for; what a class refers
//! to that the distribution holds just as well is not missed; and where anything that has a say is not known, nothing is
//! said. Names of classes in texts (`Class.forName`) are not looked at.

mod moves;
mod world;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

pub(super) use world::{Users, World, users};

use super::classes::{first_of, readable};
use crate::classes::{ClassRef, Reference, flags, jdk, package_of, types};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::examine::Examined;
use moves::moved_to;
use std::collections::{BTreeMap, BTreeSet};
use world::{Found, Sight};

/// Packages of logging. The distribution's pax-logging-api has a part of each of them, and libraries carry adapters for
/// all of which they use one.
const LOGGING: [&str; 4] =
    ["org/apache/log4j", "org/apache/commons/logging", "org/apache/juli", "org/apache/avalon/framework/logger"];
/// More than these are counted and not listed.
const MOST_DETAILS: usize = 20;
/// The newest class file that Java 11 loads, the newest Java that 4.0.0 runs on.
pub(super) const NEWEST_MAJOR: u16 = 55;

/// Finds what is missing.
pub(super) fn check(users: &[Users<'_>], world: &World<'_>) -> Vec<Diagnostic> {
    users.iter().filter_map(|users| told(users, &missing(users, world))).collect()
}

/// The user's classes that cannot be loaded, with dots, each with a fragment that says why: a class file that Java 11
/// does not know, or a super class, an interface or a parameter of a constructor that is not there. That a method is
/// not there does not keep a class from being loaded.
pub(super) fn broken_classes(examined: &Examined) -> BTreeMap<String, String> {
    let mut broken = BTreeMap::new();
    let world = World::of(examined);
    for users in users(examined) {
        let sight = Sight::of(&users);
        for class in users.index.classes.iter() {
            if let Some(why) = why_broken(class, &users, &world, &sight) {
                broken.entry(readable(class.name())).or_insert(why);
            }
        }
    }
    broken
}

fn why_broken(class: ClassRef<'_>, users: &Users<'_>, world: &World<'_>, sight: &Sight) -> Option<String> {
    if class.major() > NEWEST_MAJOR {
        return Some(format!("its class file is for Java {}", class.major() - 44));
    }
    let is_gone = |name: &str| {
        let is_removed = jdk::is_removed_class(name) && !world.has(name);
        is_removed || is_missing(name, world, sight)
    };
    let mut open = vec![class];
    let mut seen = BTreeSet::new();
    while let Some(class) = open.pop() {
        if !seen.insert(class.name()) {
            continue;
        }
        for above in class.super_class().into_iter().chain(class.interfaces()) {
            if is_gone(above) {
                return Some(format!(
                    "`{}` extends or implements `{}`, which is not there",
                    readable(class.name()),
                    readable(above)
                ));
            }
            // What the platform's classes need is there.
            open.extend(users.index.classes.get(above));
        }
    }
    let constructors = class.methods().filter(|method| method.name == "<init>");
    let mut parameters = constructors.flat_map(|method| types(method.descriptor));
    let parameter = parameters.find(|name| is_gone(name))?;
    Some(format!("its constructor takes a `{}`, which is not there", readable(parameter)))
}

/// What one jar misses, in order, each with who refers to it.
#[derive(Default)]
struct Missing<'a> {
    classes: BTreeMap<&'a str, &'a str>,
    /// Classes of packages of which the jar holds others itself: it may be cut down on purpose.
    of_own_packages: BTreeMap<&'a str, &'a str>,
    /// By class, name and descriptor.
    methods: BTreeMap<(&'a str, &'a str, &'a str), (&'a str, Option<String>)>,
    fields: BTreeMap<(&'a str, &'a str, &'a str), &'a str>,
    /// By the class that lacks it: who asks for it, its name and descriptor.
    abstracts: BTreeSet<(&'a str, &'a str, &'a str, &'a str)>,
}

fn is_missing(class: &str, world: &World<'_>, sight: &Sight) -> bool {
    let package = package_of(class);
    !is_logging(class)
        && world.exports(package)
        && sight.sees(package)
        && !jdk::is_removed_class(class)
        && !world.has(class)
}

fn missing<'a>(users: &Users<'a>, world: &World<'a>) -> Missing<'a> {
    let sight = Sight::of(users);
    let mut missing = Missing::default();
    let own_packages: BTreeSet<&str> = users.index.classes.keys().map(package_of).collect();
    let is_looked_at = |from: &str| !world.is_as_delivered(from, users.index);
    for (reference, from) in &users.index.references {
        match reference {
            Reference::Class(class) => {
                if is_missing(class, world, &sight) && is_looked_at(from) {
                    // What moved in the distribution is not there because of that.
                    let is_own = own_packages.contains(package_of(class)) && moved_to(class).is_none();
                    let classes = if is_own { &mut missing.of_own_packages } else { &mut missing.classes };
                    classes.insert(class, from);
                }
            }
            Reference::Method(class, name, descriptor) => {
                if is_platforms(class, world, &sight)
                    && world.method(class, name, descriptor, users.path) == Found::No
                    && is_looked_at(from)
                {
                    let other = namesake(class, name, world);
                    missing.methods.insert((class, name, descriptor), (from, other));
                }
            }
            Reference::Field(class, name, descriptor) => {
                if is_platforms(class, world, &sight)
                    && world.field(class, name, descriptor, users.path) == Found::No
                    && is_looked_at(from)
                {
                    missing.fields.insert((class, name, descriptor), from);
                }
            }
        }
    }
    for class in users.index.classes.iter() {
        if class.flags() & (flags::ABSTRACT | flags::INTERFACE) == 0 && is_looked_at(class.name()) {
            let unimplemented = world.unimplemented(class, users.path);
            let asked = unimplemented.into_iter().filter(|(asking, ..)| sight.sees(package_of(asking)));
            missing.abstracts.extend(asked.map(|(asking, name, descriptor)| (class.name(), asking, name, descriptor)));
        }
    }
    missing
}

fn is_logging(class: &str) -> bool {
    LOGGING.iter().any(|package| class.strip_prefix(package).is_some_and(|rest| rest.starts_with('/')))
}

fn is_platforms(class: &str, world: &World<'_>, sight: &Sight) -> bool {
    !is_logging(class) && sight.sees(package_of(class)) && world.is_platforms_alone(class)
}

/// The method of that name that the class has instead, where it has one and no more.
fn namesake(class: &str, name: &str, world: &World<'_>) -> Option<String> {
    let classes = world.classes(class, "");
    let methods = classes.iter().flat_map(ClassRef::methods).filter(|method| method.name == name);
    let descriptors: BTreeSet<&str> = methods.map(|method| method.descriptor).collect();
    let mut descriptors = descriptors.into_iter();
    let only = descriptors.next().filter(|_| descriptors.next().is_none())?;
    Some(signature(name, only))
}

fn told(users: &Users<'_>, missing: &Missing<'_>) -> Option<Diagnostic> {
    let mut details = Vec::new();
    let mut hints: BTreeSet<String> = BTreeSet::new();
    let mut moved = |class: &str| {
        if let Some(new) = moved_to(class) {
            hints.insert(format!("`{}` is now `{}`", readable(class), readable(&new)));
        }
    };
    for (class, from) in &missing.classes {
        moved(class);
        details.push(format!("class `{}`, named by `{}`", readable(class), readable(from)));
    }
    for ((class, name, descriptor), (from, other)) in &missing.methods {
        types(descriptor).for_each(&mut moved);
        let instead = other.as_ref().map(|other| format!("; there is `{other}`")).unwrap_or_default();
        let method = signature(name, descriptor);
        details.push(format!("`{method}` of `{}`, called by `{}`{instead}", readable(class), readable(from)));
    }
    for ((class, name, descriptor), from) in &missing.fields {
        types(descriptor).for_each(&mut moved);
        let field = format!("{}: {}", readable(name), type_name(descriptor).0);
        details.push(format!("field `{field}` of `{}`, used by `{}`", readable(class), readable(from)));
    }
    for (class, asking, name, descriptor) in &missing.abstracts {
        let method = signature(name, descriptor);
        details.push(format!("`{method}`, which `{}` asks for, in `{}`", readable(asking), readable(class)));
    }
    let count = details.len();
    if count == 0 {
        return cut_down(users, &missing.of_own_packages);
    }
    let mut details = first_of(MOST_DETAILS, details.into_iter());
    let what = if count == 1 { "a class or member".to_owned() } else { format!("{count} classes or members") };
    let own = missing.of_own_packages.len();
    if own > 0 {
        details.push(format!("and {own} of packages of which it holds others itself"));
    }
    let mut hint = vec![
        "what runs into one fails with NoClassDefFoundError, NoSuchMethodError or AbstractMethodError; a library: take \
         a release that was built for these versions, or see whether it is called at all; your own code: build it \
         against 4.0.0"
            .to_owned(),
    ];
    hint.extend(hints);
    let message = format!("`{}` needs {what} that the distribution does not have", users.path);
    Some(Diagnostic::new(Code(1103), message).at(users.path).details(details).hint(hint.join("; ")))
}

/// A jar that misses nothing but classes of packages which it holds in part.
fn cut_down(users: &Users<'_>, classes: &BTreeMap<&str, &str>) -> Option<Diagnostic> {
    let count = classes.len();
    let what = match count {
        0 => return None,
        1 => "a class of a package".to_owned(),
        _ => format!("{count} classes of packages"),
    };
    let named = |(class, from): (&&str, &&str)| format!("class `{}`, named by `{}`", readable(class), readable(from));
    let details = first_of(MOST_DETAILS, classes.iter().map(named));
    let message = format!("`{}` names {what} of which it holds others itself, and that no jar has", users.path);
    let mut found = Diagnostic::new(Code(1103), message).at(users.path).details(details).hint(
        "a library that was cut down does without; where the jar is to be whole, take another release of it, or build \
         it again",
    );
    found.severity = Severity::Note;
    Some(found)
}

/// A method as Java texts have it, but with the result behind it: `getAPI(String): API`.
fn signature(name: &str, descriptor: &str) -> String {
    let (parameters, result) = descriptor.strip_prefix('(').and_then(|d| d.split_once(')')).unwrap_or(("", descriptor));
    let mut rest = parameters;
    let mut names = Vec::new();
    while !rest.is_empty() {
        let (name, after) = type_name(rest);
        names.push(name);
        rest = after;
    }
    let name = if name == "<init>" { "constructor".to_owned() } else { readable(name) };
    let names = names.join(", ");
    match result {
        "V" => format!("{name}({names})"),
        result => format!("{name}({names}): {}", type_name(result).0),
    }
}

/// The first type of a descriptor, and what follows it. Always shorter by at least one byte.
fn type_name(descriptor: &str) -> (String, &str) {
    let element = descriptor.trim_start_matches('[');
    let depth = descriptor.len() - element.len();
    let mut letters = element.chars();
    let (name, rest) = match letters.next() {
        Some('L') => {
            let (name, rest) = letters.as_str().split_once(';').unwrap_or((letters.as_str(), ""));
            (readable(name.strip_prefix("java/lang/").filter(|name| !name.contains('/')).unwrap_or(name)), rest)
        }
        Some(letter) => {
            let name = match letter {
                'B' => "byte",
                'C' => "char",
                'D' => "double",
                'F' => "float",
                'I' => "int",
                'J' => "long",
                'S' => "short",
                'V' => "void",
                'Z' => "boolean",
                _ => "?",
            };
            (name.to_owned(), letters.as_str())
        }
        None => ("?".to_owned(), ""),
    };
    (name + &"[]".repeat(depth.min(255)), rest)
}
