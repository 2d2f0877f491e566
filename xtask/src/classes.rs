//! Class files of jars: what they define, and what they refer to.
//!
//! In: a jar, or another archive with classes in it. Out: an [`Index`]. Always: pure but for the reader that is given;
//! bounded memory and time; a damaged class file is skipped with a word. Names of classes that stand in texts, such as
//! those given to `Class.forName`, are no references here: nobody can tell them from other texts.
//!
//! Source of the format: The Java Virtual Machine Specification, Java SE 11, chapter 4.

pub mod jdk;
mod jar;
mod parse;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use jar::{MOST_DAMAGE, read};
pub use parse::types;
pub use table::{ClassRef, Classes, MemberRef, Parts};

use crate::facts::coordinates::Coordinates;
use std::collections::{BTreeMap, BTreeSet};

/// Access flags, as chapter 4 of the specification numbers them.
pub mod flags {
    /// `ACC_PUBLIC`
    pub const PUBLIC: u16 = 0x0001;
    /// `ACC_PRIVATE`
    pub const PRIVATE: u16 = 0x0002;
    /// `ACC_PROTECTED`
    pub const PROTECTED: u16 = 0x0004;
    /// `ACC_STATIC`
    pub const STATIC: u16 = 0x0008;
    /// `ACC_FINAL`
    pub const FINAL: u16 = 0x0010;
    /// `ACC_INTERFACE`
    pub const INTERFACE: u16 = 0x0200;
    /// `ACC_ABSTRACT`
    pub const ABSTRACT: u16 = 0x0400;
}

/// The classes of one jar. Names are as class files have them: `org/apache/synapse/Mediator`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// What it defines, jars inside it included.
    pub classes: Classes,
    /// What its classes refer to outside of it, each with the first class, by name, that does. Empty for jars of the
    /// platform, of which nobody asks it. What a Java 11 runtime has is left out.
    pub references: BTreeMap<Reference, Box<str>>,
    /// Class files that could not be read: their name, and a lower-case fragment. The first few, by name.
    pub damage: Vec<(String, String)>,
    /// The Maven coordinates that it holds, found on the way: each with the jar inside that has them, such as
    /// `lib/a.jar!/`, which is empty for the jar itself.
    pub coordinates: BTreeSet<(Box<str>, Coordinates)>,
}

/// One class, to make [`Classes`] of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// The major version of its file: 52 is Java 8, 55 is Java 11.
    pub major: u16,
    /// Its access flags.
    pub flags: u16,
    /// The class that it extends; `None` for `java/lang/Object`.
    pub super_class: Option<Box<str>>,
    /// The interfaces that it implements.
    pub interfaces: Vec<Box<str>>,
    /// Its methods that are public or protected.
    pub methods: Vec<Member>,
    /// Its fields that are public or protected.
    pub fields: Vec<Member>,
}

/// A method or field that a class has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// `getAPI`
    pub name: Box<str>,
    /// `(Ljava/lang/String;)Lorg/apache/synapse/api/API;`
    pub descriptor: Box<str>,
    /// Its access flags.
    pub flags: u16,
}

/// What a class refers to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A class by its name.
    Class(Box<str>),
    /// A method: the class that it is asked of, name, descriptor.
    Method(Box<str>, Box<str>, Box<str>),
    /// A field: the class that it is asked of, name, descriptor.
    Field(Box<str>, Box<str>, Box<str>),
}

impl Reference {
    /// The class, or the one whose member it is.
    pub fn class(&self) -> &str {
        match self {
            Self::Class(class) | Self::Method(class, ..) | Self::Field(class, ..) => class,
        }
    }
}

/// Whose jar is read: of the platform's nobody asks what they refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A bundle of the distribution.
    Platforms,
    /// The user's, or from a pack or overlay.
    Users,
}

/// The package of a class, in the same spelling; empty where it has none.
pub fn package_of(class: &str) -> &str {
    class.rfind(['/', '.']).and_then(|end| class.get(..end)).unwrap_or_default()
}
