//! One class file.
//!
//! In: its bytes. Out: a [`ClassFile`] that borrows from them. Always: no read past the end, no panic; memory in
//! proportion to the bytes.
//!
//! Source: The Java Virtual Machine Specification, Java SE 11, 4.1 and 4.4 to 4.6.

use super::MemberRef;
use std::borrow::Cow;

/// A class file, taken apart as far as is asked for.
pub(super) struct ClassFile<'a> {
    pub(super) major: u16,
    pub(super) flags: u16,
    pub(super) name: Cow<'a, str>,
    pub(super) super_class: Option<Cow<'a, str>>,
    pub(super) interfaces: Vec<Cow<'a, str>>,
    pub(super) fields: Vec<PlainMember<'a>>,
    pub(super) methods: Vec<PlainMember<'a>>,
}

/// A method or field as the file has it, private ones included.
pub(super) struct PlainMember<'a> {
    pub(super) name: Cow<'a, str>,
    pub(super) descriptor: Cow<'a, str>,
    pub(super) flags: u16,
}

impl PlainMember<'_> {
    pub(super) fn borrowed(&self) -> MemberRef<'_> {
        MemberRef { name: &self.name, descriptor: &self.descriptor, flags: self.flags }
    }
}

const MAGIC: u32 = 0xCAFE_BABE;
/// `ACC_MODULE`
const MODULE: u16 = 0x8000;
const CUT_OFF: &str = "is cut off";
const WRONG: &str = "has a constant that is not what its use asks for";

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u1(&mut self) -> Result<u8, &'static str> {
        let (first, rest) = self.0.split_first().ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(*first)
    }

    fn u2(&mut self) -> Result<u16, &'static str> {
        let (first, rest) = self.0.split_first_chunk().ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(u16::from_be_bytes(*first))
    }

    fn u4(&mut self) -> Result<u32, &'static str> {
        let (first, rest) = self.0.split_first_chunk().ok_or(CUT_OFF)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*first))
    }
}

/// The constant pool: where each constant starts. Kept from one class file to the next for its memory.
#[derive(Default)]
pub(super) struct Pool {
    starts: Vec<u32>,
}

/// A constant of the pool that something refers to by a member or class.
pub(super) enum Constant<'a> {
    Class(Cow<'a, str>),
    Method(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>),
    Field(Cow<'a, str>, Cow<'a, str>, Cow<'a, str>),
}

impl Pool {
    /// Reads the pool of a file, and returns what stands behind it.
    fn fill<'a>(&mut self, bytes: &'a [u8], mut input: Input<'a>) -> Result<Input<'a>, &'static str> {
        self.starts.clear();
        self.starts.push(0);
        let count = usize::from(input.u2()?);
        while self.starts.len() < count {
            let start = u32::try_from(bytes.len() - input.0.len()).map_err(|_| "is too large")?;
            self.starts.push(start);
            let length = match input.u1()? {
                1 => usize::from(input.u2()?),
                3 | 4 | 9 | 10 | 11 | 12 | 17 | 18 => 4,
                5 | 6 => {
                    // A long or double takes two numbers, of which the second is nothing (4.4.5).
                    self.starts.push(0);
                    8
                }
                7 | 8 | 16 | 19 | 20 => 2,
                15 => 3,
                _ => return Err("has a constant of a kind that nobody knows"),
            };
            input.take(length)?;
        }
        Ok(input)
    }

    fn at<'a>(&self, bytes: &'a [u8], number: u16) -> Result<(u8, Input<'a>), &'static str> {
        let start = self.starts.get(usize::from(number)).copied().filter(|start| *start != 0).ok_or(WRONG)?;
        let mut input = Input(bytes.get(start as usize..).ok_or(CUT_OFF)?);
        Ok((input.u1()?, input))
    }

    fn text<'a>(&self, bytes: &'a [u8], number: u16) -> Result<Cow<'a, str>, &'static str> {
        let (1, mut input) = self.at(bytes, number)? else { return Err(WRONG) };
        let length = usize::from(input.u2()?);
        // Modified UTF-8 (4.4.7) differs for characters that names hardly ever have; both sides of every comparison
        // are read alike.
        Ok(String::from_utf8_lossy(input.take(length)?))
    }

    fn class<'a>(&self, bytes: &'a [u8], number: u16) -> Result<Cow<'a, str>, &'static str> {
        let (7, mut input) = self.at(bytes, number)? else { return Err(WRONG) };
        self.text(bytes, input.u2()?)
    }

    /// The classes, methods and fields that constants name, in their order.
    pub(super) fn constants<'p, 'a: 'p>(&'p self, bytes: &'a [u8]) -> impl Iterator<Item = Constant<'a>> + 'p {
        let numbers = 1..u16::try_from(self.starts.len()).unwrap_or(u16::MAX);
        numbers.filter_map(move |number| {
            let (tag, mut input) = self.at(bytes, number).ok()?;
            match tag {
                7 => Some(Constant::Class(self.text(bytes, input.u2().ok()?).ok()?)),
                9..=11 => {
                    let class = self.class(bytes, input.u2().ok()?).ok()?;
                    let (12, mut pair) = self.at(bytes, input.u2().ok()?).ok()? else { return None };
                    let name = self.text(bytes, pair.u2().ok()?).ok()?;
                    let descriptor = self.text(bytes, pair.u2().ok()?).ok()?;
                    let is_field = tag == 9;
                    Some(if is_field {
                        Constant::Field(class, name, descriptor)
                    } else {
                        Constant::Method(class, name, descriptor)
                    })
                }
                _ => None,
            }
        })
    }
}

/// Reads a class file; `None` for the description of a module. The error is a lower-case fragment.
pub(super) fn parse<'a>(bytes: &'a [u8], pool: &mut Pool) -> Result<Option<ClassFile<'a>>, &'static str> {
    let mut input = Input(bytes);
    if input.u4()? != MAGIC {
        return Err("is no class file");
    }
    let _minor = input.u2()?;
    let major = input.u2()?;
    let mut input = pool.fill(bytes, input)?;
    let flags = input.u2()?;
    if flags & MODULE != 0 {
        return Ok(None);
    }
    let name = pool.class(bytes, input.u2()?)?;
    let super_class = match input.u2()? {
        0 => None,
        number => Some(pool.class(bytes, number)?),
    };
    let count = input.u2()?;
    let mut interfaces = Vec::new();
    for _ in 0..count {
        interfaces.push(pool.class(bytes, input.u2()?)?);
    }
    let fields = members(bytes, pool, &mut input)?;
    let methods = members(bytes, pool, &mut input)?;
    Ok(Some(ClassFile { major, flags, name, super_class, interfaces, fields, methods }))
}

fn members<'a>(bytes: &'a [u8], pool: &Pool, input: &mut Input<'a>) -> Result<Vec<PlainMember<'a>>, &'static str> {
    let count = input.u2()?;
    let mut members = Vec::with_capacity(usize::from(count).min(input.0.len() / 8));
    for _ in 0..count {
        let flags = input.u2()?;
        let name = pool.text(bytes, input.u2()?)?;
        let descriptor = pool.text(bytes, input.u2()?)?;
        for _ in 0..input.u2()? {
            input.u2()?;
            let length = usize::try_from(input.u4()?).map_err(|_| CUT_OFF)?;
            input.take(length)?;
        }
        members.push(PlainMember { name, descriptor, flags });
    }
    Ok(members)
}

/// The class that a name in a constant speaks of: that of the elements of an array, `None` for arrays of numbers.
pub(super) fn element(name: &str) -> Option<&str> {
    match name.strip_prefix('[') {
        None => Some(name),
        Some(rest) => rest.trim_start_matches('[').strip_prefix('L')?.strip_suffix(';'),
    }
}

/// The classes that a descriptor names, with slashes.
pub fn types(descriptor: &str) -> impl Iterator<Item = &str> {
    let mut rest = descriptor;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once('L')?;
        let (name, after) = from.split_once(';')?;
        rest = after;
        Some(name)
    })
}
