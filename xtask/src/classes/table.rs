//! The classes of a jar, packed: each text once, everything else numbers.
//!
//! In: classes. Out: [`Classes`], looked up by name. Always: sorted by name; a name that comes twice is there as it came
//! first; a tenth of what plain maps of texts take, since a distribution has about 100,000 classes with a million
//! methods.

use super::{Class, Member};
use std::collections::HashMap;

/// The number of no text.
const NONE: u32 = u32::MAX;

/// Classes by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    /// All texts, one after the other.
    text: String,
    /// Where each text ends.
    ends: Vec<u32>,
    /// Sorted by name.
    records: Vec<Record>,
    interfaces: Vec<u32>,
    members: Vec<Packed>,
}

/// A class. Its interfaces, methods and fields stand in a row in the tables, fields after methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Record {
    name: u32,
    super_class: u32,
    first_interface: u32,
    first_member: u32,
    major: u16,
    flags: u16,
    interfaces: u16,
    methods: u16,
    fields: u16,
}

/// A method or field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Packed {
    name: u32,
    descriptor: u32,
    flags: u16,
}

/// One of the classes.
#[derive(Clone, Copy, Debug)]
pub struct ClassRef<'a> {
    classes: &'a Classes,
    record: Record,
}

/// A method or field of one of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRef<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its descriptor.
    pub descriptor: &'a str,
    /// Its access flags.
    pub flags: u16,
}

impl Classes {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The class of that name, with slashes.
    pub fn get(&self, name: &str) -> Option<ClassRef<'_>> {
        let at = self.records.binary_search_by(|record| self.text(record.name).cmp(name)).ok()?;
        self.records.get(at).map(|record| ClassRef { classes: self, record: *record })
    }

    /// Whether there is a class of that name, with slashes.
    pub fn contains_key(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = ClassRef<'_>> {
        self.records.iter().map(|record| ClassRef { classes: self, record: *record })
    }

    /// Their names from a text on, in their order.
    pub fn names_from(&self, text: &str) -> impl Iterator<Item = &str> {
        let first = self.records.partition_point(|record| self.text(record.name) < text);
        self.records.get(first..).unwrap_or_default().iter().map(|record| self.text(record.name))
    }

    /// Their names, sorted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|record| self.text(record.name))
    }

    fn text(&self, number: u32) -> &str {
        let Ok(number) = usize::try_from(number) else { return "" };
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        let range = start.zip(self.ends.get(number).copied());
        range.and_then(|(start, end)| self.text.get(start as usize..end as usize)).unwrap_or_default()
    }

    fn members(&self, first: u32, skip: u16, count: u16) -> impl Iterator<Item = MemberRef<'_>> {
        let start = first as usize + usize::from(skip);
        let members = self.members.get(start..start + usize::from(count)).unwrap_or_default();
        members.iter().map(|member| MemberRef {
            name: self.text(member.name),
            descriptor: self.text(member.descriptor),
            flags: member.flags,
        })
    }
}

impl<'a> ClassRef<'a> {
    /// Its name, with slashes.
    pub fn name(&self) -> &'a str {
        self.classes.text(self.record.name)
    }

    /// The major version of its file.
    pub fn major(&self) -> u16 {
        self.record.major
    }

    /// Its access flags.
    pub fn flags(&self) -> u16 {
        self.record.flags
    }

    /// The class that it extends; `None` for `java/lang/Object`.
    pub fn super_class(&self) -> Option<&'a str> {
        (self.record.super_class != NONE).then(|| self.classes.text(self.record.super_class))
    }

    /// The interfaces that it names itself.
    pub fn interfaces(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let classes = self.classes;
        let start = self.record.first_interface as usize;
        let range = start..start + usize::from(self.record.interfaces);
        classes.interfaces.get(range).unwrap_or_default().iter().map(|number| classes.text(*number))
    }

    /// Its public and protected methods.
    pub fn methods(&self) -> impl Iterator<Item = MemberRef<'a>> + use<'a> {
        self.classes.members(self.record.first_member, 0, self.record.methods)
    }

    /// Its public and protected fields.
    pub fn fields(&self) -> impl Iterator<Item = MemberRef<'a>> + use<'a> {
        self.classes.members(self.record.first_member, self.record.methods, self.record.fields)
    }
}

/// Packs classes as they come.
#[derive(Debug, Default)]
pub(super) struct Packer {
    classes: Classes,
    /// Never iterated.
    numbers: HashMap<Box<str>, u32>,
}

/// What stands for a class while it is packed: all texts are borrowed.
pub(super) struct Plain<'a, M> {
    pub(super) name: &'a str,
    pub(super) major: u16,
    pub(super) flags: u16,
    pub(super) super_class: Option<&'a str>,
    pub(super) interfaces: &'a [&'a str],
    pub(super) methods: M,
    pub(super) fields: M,
}

impl Packer {
    /// Bytes of all texts so far.
    pub(super) fn size(&self) -> usize {
        self.classes.text.len() + self.classes.members.len() * size_of::<Packed>()
    }

    /// How many classes there are so far.
    pub(super) fn len(&self) -> usize {
        self.classes.records.len()
    }

    fn number(&mut self, text: &str) -> Option<u32> {
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        let number = u32::try_from(self.classes.ends.len()).ok().filter(|number| *number != NONE)?;
        let end = u32::try_from(self.classes.text.len() + text.len()).ok()?;
        self.classes.text.push_str(text);
        self.classes.ends.push(end);
        self.numbers.insert(text.into(), number);
        Some(number)
    }

    /// Adds a class; `None` where the tables are full.
    pub(super) fn add<'a, M: Iterator<Item = MemberRef<'a>>>(&mut self, class: Plain<'_, M>) -> Option<()> {
        let mut record = Record {
            name: self.number(class.name)?,
            super_class: match class.super_class {
                Some(name) => self.number(name)?,
                None => NONE,
            },
            first_interface: u32::try_from(self.classes.interfaces.len()).ok()?,
            first_member: u32::try_from(self.classes.members.len()).ok()?,
            major: class.major,
            flags: class.flags,
            interfaces: u16::try_from(class.interfaces.len()).ok()?,
            methods: 0,
            fields: 0,
        };
        for interface in class.interfaces {
            let number = self.number(interface)?;
            self.classes.interfaces.push(number);
        }
        record.methods = self.add_members(class.methods)?;
        record.fields = self.add_members(class.fields)?;
        self.classes.records.push(record);
        Some(())
    }

    fn add_members<'a>(&mut self, members: impl Iterator<Item = MemberRef<'a>>) -> Option<u16> {
        let mut count = 0_u16;
        for member in members {
            let packed = Packed {
                name: self.number(member.name)?,
                descriptor: self.number(member.descriptor)?,
                flags: member.flags,
            };
            self.classes.members.push(packed);
            count = count.checked_add(1)?;
        }
        Some(count)
    }

    /// All of them, sorted.
    pub(super) fn finish(mut self) -> Classes {
        let mut records = std::mem::take(&mut self.classes.records);
        let classes = &mut self.classes;
        // Stable, so that of two with one name the first stays.
        records.sort_by(|a, b| classes.text(a.name).cmp(classes.text(b.name)));
        records.dedup_by_key(|record| record.name);
        classes.records = records;
        classes.text.shrink_to_fit();
        classes.ends.shrink_to_fit();
        classes.records.shrink_to_fit();
        classes.interfaces.shrink_to_fit();
        classes.members.shrink_to_fit();
        self.classes
    }
}

impl<N: AsRef<str>> FromIterator<(N, Class)> for Classes {
    fn from_iter<I: IntoIterator<Item = (N, Class)>>(classes: I) -> Self {
        fn borrowed(members: &[Member]) -> impl Iterator<Item = MemberRef<'_>> {
            members.iter().map(|member| MemberRef {
                name: &member.name,
                descriptor: &member.descriptor,
                flags: member.flags,
            })
        }
        let mut packer = Packer::default();
        for (name, class) in classes {
            let interfaces: Vec<&str> = class.interfaces.iter().map(AsRef::as_ref).collect();
            packer.add(Plain {
                name: name.as_ref(),
                major: class.major,
                flags: class.flags,
                super_class: class.super_class.as_deref(),
                interfaces: &interfaces,
                methods: borrowed(&class.methods),
                fields: borrowed(&class.fields),
            });
        }
        packer.finish()
    }
}

/// [`Classes`] as plain tables, to be kept in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// All texts.
    pub text: String,
    /// Tables of numbers: the ends of the texts, the classes, their interfaces, their members.
    pub tables: [Vec<u32>; 4],
}

/// Numbers of a class in its table.
const OF_A_CLASS: usize = 7;
/// Numbers of a member in its table.
const OF_A_MEMBER: usize = 3;

impl From<&Classes> for Parts {
    fn from(classes: &Classes) -> Self {
        let pair = |high: u16, low: u16| u32::from(high) << 16 | u32::from(low);
        let records = classes.records.iter().flat_map(|record| {
            [
                record.name,
                record.super_class,
                record.first_interface,
                record.first_member,
                pair(record.major, record.flags),
                pair(record.methods, record.fields),
                record.interfaces.into(),
            ]
        });
        let members = classes.members.iter().flat_map(|m| [m.name, m.descriptor, m.flags.into()]);
        let tables =
            [classes.ends.clone(), records.collect(), classes.interfaces.clone(), members.collect::<Vec<u32>>()];
        Self { text: classes.text.clone(), tables }
    }
}

impl From<Parts> for Classes {
    /// Takes any numbers: what leads nowhere is an empty text or none at all when it is asked for.
    fn from(parts: Parts) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of a number")]
        let halves = |number: u32| ((number >> 16) as u16, number as u16);
        let [ends, records, interfaces, members] = parts.tables;
        let records = records.chunks_exact(OF_A_CLASS).filter_map(|numbers| {
            let &[name, super_class, first_interface, first_member, version, members, interfaces] = numbers else {
                return None;
            };
            let ((major, flags), (methods, fields), (_, interfaces)) =
                (halves(version), halves(members), halves(interfaces));
            Some(Record { name, super_class, first_interface, first_member, major, flags, interfaces, methods, fields })
        });
        let members = members.chunks_exact(OF_A_MEMBER).filter_map(|numbers| {
            let &[name, descriptor, flags] = numbers else { return None };
            Some(Packed { name, descriptor, flags: halves(flags).1 })
        });
        Self { text: parts.text, ends, records: records.collect(), interfaces, members: members.collect() }
    }
}
