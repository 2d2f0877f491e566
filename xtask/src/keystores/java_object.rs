//! A serialised Java object, to be passed over: what JCEKS keeps secret keys in says no length.
//!
//! In: bytes that start with the stream of one object. Out: what follows it. Always: nothing of it is built; bounded.
//!
//! Source: Java Object Serialization Specification, chapter 6, as far as `javax.crypto.SealedObject` and its subclass
//! use it: no methods of their own that write.

/// Objects within each other, at most.
const DEEPEST: usize = 16;
/// Fields, at most.
const MOST_FIELDS: u16 = 64;

/// What follows the object.
pub(super) fn skip(bytes: &[u8]) -> Option<&[u8]> {
    let mut stream = Stream { rest: bytes.strip_prefix(&[0xAC, 0xED, 0x00, 0x05])?, handles: Vec::new() };
    stream.content(DEEPEST)?;
    Some(stream.rest)
}

/// What a handle stands for, as far as it is asked again: the fields of a class.
#[derive(Clone)]
enum Handle {
    Class(Vec<u8>),
    Other,
}

struct Stream<'a> {
    rest: &'a [u8],
    handles: Vec<Handle>,
}

impl<'a> Stream<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn number(&mut self, length: usize) -> Option<usize> {
        Some(self.bytes(length)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.number(2)?;
        self.bytes(length)
    }

    /// Any content.
    fn content(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.number(1)? {
            0x70 => Some(()),
            0x71 => self.bytes(4).map(drop),
            0x73 => {
                let fields = self.class(depth)?;
                self.handles.push(Handle::Other);
                fields.into_iter().try_for_each(|kind| self.value(kind, depth))
            }
            0x74 => {
                self.handles.push(Handle::Other);
                self.text().map(drop)
            }
            0x75 => {
                let of = self.class(depth)?;
                self.handles.push(Handle::Other);
                let length = self.number(4)?;
                match of.first()? {
                    b'B' | b'Z' => self.bytes(length).map(drop),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The kinds of the fields of a class, those of its parents first. Of an array: the kind of its elements.
    fn class(&mut self, depth: usize) -> Option<Vec<u8>> {
        let depth = depth.checked_sub(1)?;
        match self.number(1)? {
            0x70 => Some(Vec::new()),
            0x71 => {
                // Handles are counted from this number.
                let number = self.number(4)?.checked_sub(0x007E_0000)?;
                match self.handles.get(number)? {
                    Handle::Class(fields) => Some(fields.clone()),
                    Handle::Other => None,
                }
            }
            0x72 => {
                let name = self.text()?;
                self.bytes(8)?;
                let at = self.handles.len();
                self.handles.push(Handle::Other);
                // Serialisable, without a method of its own that writes.
                (self.number(1)? == 2).then_some(())?;
                let count = u16::try_from(self.number(2)?).ok().filter(|count| *count <= MOST_FIELDS)?;
                let mut own = Vec::new();
                for _ in 0..count {
                    let kind = u8::try_from(self.number(1)?).ok()?;
                    self.text()?;
                    if matches!(kind, b'[' | b'L') {
                        self.content(depth)?;
                    }
                    own.push(kind);
                }
                (self.number(1)? == 0x78).then_some(())?;
                let mut fields = self.class(depth)?;
                fields.extend(own);
                if let Some((_, element)) = name.split_first().filter(|(first, _)| **first == b'[') {
                    fields = element.to_vec();
                }
                *self.handles.get_mut(at)? = Handle::Class(fields.clone());
                Some(fields)
            }
            _ => None,
        }
    }

    /// The value of a field.
    fn value(&mut self, kind: u8, depth: usize) -> Option<()> {
        let length = match kind {
            b'B' | b'Z' => 1,
            b'C' | b'S' => 2,
            b'F' | b'I' => 4,
            b'D' | b'J' => 8,
            b'[' | b'L' => return self.content(depth),
            _ => return None,
        };
        self.bytes(length).map(drop)
    }
}
