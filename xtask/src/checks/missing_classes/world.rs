//! Every class that is known of a tree, and what linking finds among them.
//!
//! In: an [`Examined`] tree. Out: a [`World`] that is asked for classes, methods and fields. Always: pure; each question
//! has three answers, and "cannot tell" is the one wherever something that has a say is not known.
//!
//! Source: The Java Virtual Machine Specification, Java SE 11, 5.4.3.2 to 5.4.3.4 (how fields and methods are found).

use crate::bundles::{Version, names};
use crate::checks::installed::PLUGINS;
use crate::classes::{ClassRef, Classes, Index, MemberRef, flags, jdk, package_of};
use crate::examine::{Examined, Jar};
use crate::path::EntryPath;
use std::collections::{BTreeMap, BTreeSet};

/// No class has more super classes and interfaces than are looked at.
const MOST_SUPERS: usize = 500;

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It is there.
    Yes,
    /// It is not there.
    No,
    /// Something that has a say is not known.
    Unknown,
}

/// A jar or archive whose classes are the user's.
#[derive(Clone, Copy, Debug)]
pub(in crate::checks) struct Users<'a> {
    /// Its path.
    pub(in crate::checks) path: &'a str,
    /// Its classes.
    pub(in crate::checks) index: &'a Index,
    /// Its jar; `None` for applications, connectors and services.
    jar: Option<&'a Jar>,
}

/// The jars and archives whose classes are the user's, by path. Without the bundles that the server made of jars in
/// `lib`: those speak for themselves; and without those that the server ignores, since it has the same bundle already.
pub(in crate::checks) fn users(examined: &Examined) -> Vec<Users<'_>> {
    let is_made_of_lib = |jar: &Jar| {
        let inner = jar.manifest.header("Bundle-ClassPath").and_then(|path| path.strip_prefix(".,"));
        inner.is_some_and(|name| examined.jars.contains_key(format!("lib/{}", name.trim()).as_str()))
    };
    let is_platforms = |path: &EntryPath, jar: &Jar| !jar.is_users && path.is_in(PLUGINS);
    let platforms: BTreeSet<_> = examined
        .sound_jars()
        .filter(|(path, jar)| is_platforms(path, jar))
        .filter_map(|(_, jar)| identity(jar))
        .collect();
    let is_ignored =
        |path: &EntryPath, jar: &Jar| path.is_in("dropins") && identity(jar).is_some_and(|it| platforms.contains(&it));
    let jars = examined
        .sound_jars()
        .filter(|(path, jar)| jar.is_users && !is_made_of_lib(jar) && !is_ignored(path, jar))
        .map(|(path, jar)| Users { path: path.as_str(), index: &jar.classes, jar: Some(jar) });
    let packages = examined.sound_packages().map(|(path, package)| Users {
        path: path.as_str(),
        index: &package.classes,
        jar: None,
    });
    jars.chain(packages).collect()
}

/// The name and the version by which the server tells bundles apart.
fn identity(jar: &Jar) -> Option<(&str, Version)> {
    let name = jar.manifest.first_clause("Bundle-SymbolicName")?;
    Some((name, Version::parse(jar.manifest.header("Bundle-Version")?).ok()?))
}

/// A jar or archive among those that hold a package.
#[derive(Clone, Copy)]
struct Holder<'a> {
    path: &'a str,
    classes: &'a Classes,
    /// Whether it is the distribution's.
    is_platforms: bool,
    /// Whether it is a bundle of the distribution that exports the package.
    exports: bool,
}

/// All classes of a tree, by package.
pub(in crate::checks) struct World<'a> {
    packages: BTreeMap<&'a str, Vec<Holder<'a>>>,
}

impl<'a> World<'a> {
    /// Of all jars and archives of a tree.
    pub(in crate::checks) fn of(examined: &'a Examined) -> Self {
        let mut world = Self { packages: BTreeMap::new() };
        for (path, jar) in examined.sound_jars() {
            let is_bundle = !jar.is_users && path.is_below(PLUGINS);
            let exports = if is_bundle {
                names(jar.manifest.header("Export-Package").unwrap_or_default())
            } else {
                BTreeSet::new()
            };
            world.add(path.as_str(), &jar.classes.classes, !jar.is_users, &exports);
        }
        for (path, package) in examined.sound_packages() {
            world.add(path.as_str(), &package.classes.classes, false, &BTreeSet::new());
        }
        world
    }

    fn add(&mut self, path: &'a str, classes: &'a Classes, is_platforms: bool, exports: &BTreeSet<String>) {
        let mut last = None;
        for class in classes.keys() {
            let package = package_of(class);
            if last == Some(package) {
                continue;
            }
            last = Some(package);
            let holders = self.packages.entry(package).or_default();
            // Classes are sorted by name, and packages inside a package may stand between those of it.
            if holders.last().is_none_or(|holder| holder.path != path) {
                let exports = exports.contains(&package.replace('/', "."));
                holders.push(Holder { path, classes, is_platforms, exports });
            }
        }
    }

    fn holders(&self, class: &str) -> &[Holder<'a>] {
        self.packages.get(package_of(class)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every class of that name, those of one's own jar alone where it has one.
    pub(super) fn classes(&self, name: &str, own: &str) -> Vec<ClassRef<'a>> {
        let of = |holder: &Holder<'a>| holder.classes.get(name);
        let holders = self.holders(name);
        match holders.iter().filter(|holder| holder.path == own).find_map(of) {
            Some(class) => vec![class],
            None => holders.iter().filter_map(of).collect(),
        }
    }

    /// Whether any jar has a class of that name.
    pub(in crate::checks) fn has(&self, class: &str) -> bool {
        self.holders(class).iter().any(|holder| holder.classes.contains_key(class))
    }

    /// Whether a bundle of the distribution gives a package to others.
    pub(super) fn exports(&self, package: &str) -> bool {
        self.packages.get(package).is_some_and(|holders| holders.iter().any(|holder| holder.exports))
    }

    /// Whether a bundle of the distribution has the class and gives it to others, and nobody else has one of that name.
    pub(super) fn is_platforms_alone(&self, class: &str) -> bool {
        let mut having = self.holders(class).iter().filter(|holder| holder.classes.contains_key(class)).peekable();
        having.peek().is_some() && having.all(|holder| holder.exports)
    }

    /// Whether a jar of the distribution holds the very class that refers to something: what that misses, the
    /// distribution misses as it is delivered. A class of that name that shows other members is another release of it.
    pub(in crate::checks) fn is_as_delivered(&self, class: &str, index: &Index) -> bool {
        let Some(own) = index.classes.get(class) else { return false };
        let platforms = self.holders(class).iter().filter(|holder| holder.is_platforms);
        platforms.filter_map(|holder| holder.classes.get(class)).any(|other| {
            (own.flags(), own.super_class()) == (other.flags(), other.super_class())
                && own.interfaces().eq(other.interfaces())
                && own.methods().eq(other.methods())
                && own.fields().eq(other.fields())
        })
    }

    /// The method that a call finds.
    pub(super) fn method(&self, class: &str, name: &str, descriptor: &str, own: &str) -> Found {
        let is_it = |method: MemberRef<'_>| method.name == name && method.descriptor == descriptor;
        let is_constructor = name == "<init>";
        if !is_constructor && OF_OBJECT.contains(&(name, descriptor)) {
            return Found::Yes;
        }
        self.search(class, own, is_constructor, |class| {
            let mut is_empty = true;
            let found = class.methods().inspect(|_| is_empty = false).any(is_it);
            (found, is_empty)
        })
    }

    /// The field that an access finds.
    pub(super) fn field(&self, class: &str, name: &str, descriptor: &str, own: &str) -> Found {
        self.search(class, own, false, |class| {
            let mut is_empty = true;
            let found =
                class.fields().inspect(|_| is_empty = false).any(|f| f.name == name && f.descriptor == descriptor);
            (found, is_empty)
        })
    }

    /// Looks at a class and, unless it must have it itself, at all above it. `look` says whether a class has it, and
    /// whether nothing is known of what it has.
    fn search(
        &self,
        class: &str,
        own: &str,
        only_itself: bool,
        mut look: impl FnMut(&ClassRef<'a>) -> (bool, bool),
    ) -> Found {
        let mut is_unknown = false;
        let mut open: Vec<&str> = vec![class];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(name) = open.pop() {
            if name == "java/lang/Object" || !seen.insert(name) {
                continue;
            }
            let classes = self.classes(name, own);
            if classes.is_empty() || seen.len() > MOST_SUPERS {
                // Of what a Java runtime has nothing is known here, either.
                is_unknown = true;
            }
            for class in classes {
                let (found, is_empty) = look(&class);
                if found {
                    return Found::Yes;
                }
                is_unknown |= is_empty;
                if !only_itself {
                    open.extend(class.super_class());
                    open.extend(class.interfaces());
                }
            }
        }
        if is_unknown { Found::Unknown } else { Found::No }
    }

    /// The abstract methods that a class has to have and has not: the class that asks for each, its name, and its
    /// descriptor. None where something that has a say is not known.
    pub(super) fn unimplemented(&self, class: ClassRef<'a>, own: &str) -> BTreeSet<(&'a str, &'a str, &'a str)> {
        let none = BTreeSet::new();
        let mut required: BTreeMap<(&str, &str), &str> = BTreeMap::new();
        let mut implemented: BTreeSet<(&str, &str)> = OF_OBJECT.into_iter().collect();
        let mut open: Vec<&str> = vec![class.name()];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(name) = open.pop() {
            if name == "java/lang/Object" || !seen.insert(name) {
                continue;
            }
            let classes = self.classes(name, own);
            // An interface of Java asks for nothing that the distribution's own do not ask for again.
            let is_unknown = classes.is_empty() && !jdk::is_jdk_package(package_of(name));
            if is_unknown || seen.len() > MOST_SUPERS {
                return none;
            }
            let is_platforms = self.is_platforms_alone(name);
            let is_alone = classes.len() == 1;
            for class in classes {
                let is_interface = class.flags() & flags::INTERFACE != 0;
                let is_of_java = |name: &str| name != "java/lang/Object" && self.classes(name, own).is_empty();
                // What a class of Java implements is not known, nor is that of a class that shows nothing.
                let shows_nothing = !is_interface && class.methods().next().is_none();
                if shows_nothing || class.super_class().is_some_and(is_of_java) {
                    return none;
                }
                open.extend(class.super_class());
                open.extend(class.interfaces());
                for method in class.methods().filter(|method| method.flags & flags::STATIC == 0) {
                    let key = (method.name, method.descriptor);
                    if method.flags & flags::ABSTRACT == 0 {
                        implemented.insert(key);
                    } else if is_platforms && is_alone {
                        required.entry(key).or_insert(class.name());
                    }
                }
            }
        }
        required.retain(|key, _| !implemented.contains(key));
        required.into_iter().map(|((name, descriptor), asking)| (asking, name, descriptor)).collect()
    }
}

/// The methods of `java.lang.Object`, which every class and interface has.
const OF_OBJECT: [(&str, &str); 11] = [
    ("clone", "()Ljava/lang/Object;"),
    ("equals", "(Ljava/lang/Object;)Z"),
    ("finalize", "()V"),
    ("getClass", "()Ljava/lang/Class;"),
    ("hashCode", "()I"),
    ("notify", "()V"),
    ("notifyAll", "()V"),
    ("toString", "()Ljava/lang/String;"),
    ("wait", "()V"),
    ("wait", "(J)V"),
    ("wait", "(JI)V"),
];

/// From which packages a jar of the user gets its classes.
pub(super) enum Sight {
    /// From whatever is exported.
    Everything,
    /// From these.
    Imports(BTreeSet<String>),
}

impl Sight {
    /// Of a jar: the server gives a jar of `lib` a `DynamicImport-Package: *`, and the class loaders of applications
    /// and services see what is exported. A bundle that requires another is taken for one that may see everything.
    pub(super) fn of(users: &Users<'_>) -> Self {
        let Some(jar) = users.jar.filter(|_| !users.path.starts_with("lib/")) else { return Self::Everything };
        let sees_more = ["Require-Bundle", "DynamicImport-Package", "Fragment-Host"];
        if sees_more.iter().any(|header| jar.manifest.header(header).is_some()) {
            return Self::Everything;
        }
        Self::Imports(names(jar.manifest.header("Import-Package").unwrap_or_default()))
    }

    /// Whether it gets classes of a package, given with slashes.
    pub(super) fn sees(&self, package: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Imports(packages) => packages.contains(&package.replace('/', ".")),
        }
    }
}
