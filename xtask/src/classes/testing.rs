//! Class files for tests, written by hand.
//!
//! In: what a class has and refers to. Out: its bytes. Always: as the specification has them, with empty method bodies
//! left out, since nothing here looks at code.

use super::flags;
use std::collections::HashMap;

/// A class file in the making.
pub(crate) struct Written {
    pool: Vec<u8>,
    count: u16,
    known: HashMap<Vec<u8>, u16>,
    major: u16,
    flags: u16,
    name: u16,
    own_name: String,
    super_class: u16,
    interfaces: Vec<u16>,
    members: [Vec<[u16; 3]>; 2],
}

/// A public class that extends `java/lang/Object`.
pub(crate) fn class(name: &str) -> Written {
    let mut written = Written {
        pool: Vec::new(),
        count: 1,
        known: HashMap::new(),
        major: 52,
        flags: flags::PUBLIC | 0x20,
        name: 0,
        own_name: name.to_owned(),
        super_class: 0,
        interfaces: Vec::new(),
        members: Default::default(),
    };
    written.name = written.class(name);
    written.super_class = written.class("java/lang/Object");
    written
}

/// A public interface.
pub(crate) fn interface(name: &str) -> Written {
    let mut written = class(name);
    written.flags = flags::PUBLIC | flags::INTERFACE | flags::ABSTRACT;
    written
}

impl Written {
    fn constant(&mut self, bytes: Vec<u8>) -> u16 {
        if let Some(number) = self.known.get(&bytes) {
            return *number;
        }
        let number = self.count;
        self.pool.extend(&bytes);
        self.count += 1;
        self.known.insert(bytes, number);
        number
    }

    fn text(&mut self, text: &str) -> u16 {
        let length = u16::try_from(text.len()).expect("a short text").to_be_bytes();
        self.constant([&[1], &length[..], text.as_bytes()].concat())
    }

    fn pair(&mut self, tag: u8, first: u16, second: u16) -> u16 {
        self.constant([&[tag], &first.to_be_bytes()[..], &second.to_be_bytes()[..]].concat())
    }

    fn class(&mut self, name: &str) -> u16 {
        let name = self.text(name);
        self.constant([&[7], &name.to_be_bytes()[..]].concat())
    }

    fn refer(&mut self, tag: u8, owner: &str, name: &str, descriptor: &str) {
        let owner = self.class(owner);
        let (name, descriptor) = (self.text(name), self.text(descriptor));
        let pair = self.pair(12, name, descriptor);
        self.pair(tag, owner, pair);
    }

    pub(crate) fn name(&self) -> String {
        self.own_name.clone()
    }

    pub(crate) fn major(mut self, major: u16) -> Self {
        self.major = major;
        self
    }

    pub(crate) fn flags(mut self, flags: u16) -> Self {
        self.flags = flags;
        self
    }

    pub(crate) fn extends(mut self, name: &str) -> Self {
        self.super_class = self.class(name);
        self
    }

    pub(crate) fn implements(mut self, name: &str) -> Self {
        let interface = self.class(name);
        self.interfaces.push(interface);
        self
    }

    pub(crate) fn field(mut self, name: &str, descriptor: &str) -> Self {
        let member = [flags::PUBLIC, self.text(name), self.text(descriptor)];
        self.members[0].push(member);
        self
    }

    pub(crate) fn method(self, name: &str, descriptor: &str) -> Self {
        self.method_with(flags::PUBLIC, name, descriptor)
    }

    pub(crate) fn method_with(mut self, flags: u16, name: &str, descriptor: &str) -> Self {
        let member = [flags, self.text(name), self.text(descriptor)];
        self.members[1].push(member);
        self
    }

    pub(crate) fn names(mut self, name: &str) -> Self {
        self.class(name);
        self
    }

    pub(crate) fn calls(mut self, owner: &str, name: &str, descriptor: &str) -> Self {
        self.refer(10, owner, name, descriptor);
        self
    }

    pub(crate) fn gets(mut self, owner: &str, name: &str, descriptor: &str) -> Self {
        self.refer(9, owner, name, descriptor);
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let mut bytes = 0xCAFE_BABE_u32.to_be_bytes().to_vec();
        let put = |numbers: &[u16]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
        bytes.extend(put(&[0, self.major, self.count]));
        bytes.extend(&self.pool);
        bytes.extend(put(&[self.flags, self.name, self.super_class]));
        bytes.extend(put(&[u16::try_from(self.interfaces.len()).expect("few")]));
        bytes.extend(put(&self.interfaces));
        for members in &self.members {
            bytes.extend(put(&[u16::try_from(members.len()).expect("few")]));
            for member in members {
                bytes.extend(put(member));
                bytes.extend([0, 0]);
            }
        }
        bytes.extend([0, 0]);
        bytes
    }
}
