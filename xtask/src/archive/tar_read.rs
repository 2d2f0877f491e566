//! The entries of a tar.
//!
//! In: the bytes of a tar, unpacked. Out: its entries with the places of their contents. Always: files, folders,
//! symbolic and hard links; everything else is refused by name; nothing hides behind the end.

use crate::archive::bytes::Bytes;
use crate::archive::tree::{Limits, Tree, shown};
use crate::inventory::{Content, Entry, Kind, SourceId};
use anyhow::{Context as _, anyhow, bail, ensure};
use tar::{EntryType, Header};

const BLOCK: u64 = 512;
/// Long names and pax records are read into memory: none needs more.
const LONGEST_EXTENSION: u64 = 1 << 20;
const CUT_OFF: &str = "it is cut off";

/// Whether a block is the first of a tar: by its magic (POSIX and GNU).
pub fn is_tar(start: &[u8]) -> bool {
    start.get(257..262) == Some(b"ustar")
}

/// What the records before an entry say of it.
#[derive(Default)]
struct Extensions {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// Lists the entries of a tar. `archive` is its name for messages, `source` what its contents refer to.
pub fn list<'a>(archive: &'a str, bytes: &Bytes, source: SourceId, limits: &'a Limits) -> anyhow::Result<Tree<'a>> {
    let mut tree = Tree::new(archive, limits);
    let mut at = 0;
    let mut extensions = Extensions::default();
    let mut records: u64 = 0;
    loop {
        let place = || format!("`{archive}` at byte {at}");
        let mut block = [0; 512];
        bytes.read_exact_at(at, &mut block).context(CUT_OFF).with_context(place)?;
        if block.iter().all(|byte| *byte == 0) {
            ensure!(extensions.is_empty(), "`{archive}` ends after a name that belongs to no entry");
            refuse_bytes_behind_the_end(bytes, at).with_context(place)?;
            return Ok(tree);
        }
        // Names without an entry count too, or they would be a way around the bound.
        records += 1;
        limits.allow_entries(archive, records / 4)?;
        let header = Header::from_byte_slice(&block);
        check_sum(header).with_context(place)?;
        let kind = header.entry_type();
        let is_extension = kind.is_gnu_longname()
            || kind.is_gnu_longlink()
            || kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions();
        let declared = header.entry_size().context("its size is no number").with_context(place)?;
        let size = if is_extension { declared } else { extensions.size.unwrap_or(declared) };
        let start = at + BLOCK;
        let end = start.checked_add(size).filter(|end| *end <= bytes.length()).context(CUT_OFF).with_context(place)?;
        if is_extension {
            extensions.take(bytes, start, size, kind).with_context(place)?;
        } else {
            let extensions = std::mem::take(&mut extensions);
            one(&mut tree, source, header, extensions, start, size).with_context(place)?;
        }
        at = end.next_multiple_of(BLOCK);
    }
}

fn check_sum(header: &Header) -> anyhow::Result<()> {
    let expected = header.cksum().context("no header of an entry is here: the archive is damaged")?;
    let blank = u32::from(b' ');
    let sum: u32 = (0..)
        .zip(header.as_bytes())
        .map(|(at, byte)| if (148..156).contains(&at) { blank } else { (*byte).into() })
        .sum();
    ensure!(sum == expected, "no header of an entry is here: the archive is damaged");
    Ok(())
}

fn refuse_bytes_behind_the_end(bytes: &Bytes, mut at: u64) -> anyhow::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = bytes.read_at(at, &mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        ensure!(
            buffer.iter().take(read).all(|byte| *byte == 0),
            "other bytes follow its end: unpack it with the tool that made it, and give the folder"
        );
        at += read as u64;
    }
}

impl Extensions {
    fn is_empty(&self) -> bool {
        self.name.is_none() && self.link.is_none() && self.size.is_none()
    }

    /// Takes in a record that speaks of the next entry.
    fn take(&mut self, bytes: &Bytes, start: u64, size: u64, kind: EntryType) -> anyhow::Result<()> {
        ensure!(size <= LONGEST_EXTENSION, "a name or pax record longer than {LONGEST_EXTENSION} bytes");
        let mut data = vec![0; usize::try_from(size)?];
        bytes.read_exact_at(start, &mut data).context(CUT_OFF)?;
        if kind.is_gnu_longname() {
            set(&mut self.name, without_end(data))
        } else if kind.is_gnu_longlink() {
            set(&mut self.link, without_end(data))
        } else {
            self.take_pax(&data, kind.is_pax_global_extensions())
        }
    }

    fn take_pax(&mut self, mut data: &[u8], for_all: bool) -> anyhow::Result<()> {
        while !data.is_empty() {
            let (key, value, rest) = pax_record(data).context("a pax record is damaged")?;
            data = rest;
            let speaks_of_one = matches!(key, b"path" | b"linkpath" | b"size");
            ensure!(!(for_all && speaks_of_one), "a pax record gives all entries one name or size");
            ensure!(!key.starts_with(b"GNU.sparse."), "a sparse file: pack it again without `--sparse`");
            match key {
                b"path" => set(&mut self.name, value.to_vec())?,
                b"linkpath" => set(&mut self.link, value.to_vec())?,
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
                    set(&mut self.size, size.context("a pax record holds a size that is no number")?)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn set<T>(place: &mut Option<T>, value: T) -> anyhow::Result<()> {
    ensure!(place.replace(value).is_none(), "two records give the same entry a name or size");
    Ok(())
}

fn without_end(mut name: Vec<u8>) -> Vec<u8> {
    if let Some(end) = name.iter().position(|byte| *byte == 0) {
        name.truncate(end);
    }
    name
}

/// One `length key=value\n` record, and what follows it.
pub fn pax_record(data: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let blank = data.iter().take(20).position(|byte| *byte == b' ')?;
    let length: usize = std::str::from_utf8(data.get(..blank)?).ok()?.parse().ok()?;
    let (record, rest) = data.split_at_checked(length)?;
    let pair = record.get(blank + 1..)?.strip_suffix(b"\n")?;
    let equals = pair.iter().position(|byte| *byte == b'=')?;
    Some((pair.get(..equals)?, pair.get(equals + 1..)?, rest))
}

/// The name of an entry or of a hard link's other end; `None` for the root itself.
fn plain_name(raw: &[u8]) -> anyhow::Result<Option<&str>> {
    let mut name = std::str::from_utf8(raw)
        .map_err(|_| anyhow!("a name that is not UTF-8: `{}`", shown(&String::from_utf8_lossy(raw))))?;
    // `tar -C home .` names everything from `./` on.
    while let Some(rest) = name.strip_prefix("./") {
        name = rest;
    }
    Ok(Some(name).filter(|name| !name.is_empty() && *name != "."))
}

fn one(
    tree: &mut Tree<'_>,
    source: SourceId,
    header: &Header,
    extensions: Extensions,
    start: u64,
    size: u64,
) -> anyhow::Result<()> {
    let raw = extensions.name.unwrap_or_else(|| header.path_bytes().into_owned());
    let kind = header.entry_type();
    let Some(name) = plain_name(&raw)? else {
        ensure!(kind.is_dir(), "an entry without a name");
        return Ok(());
    };
    let mode = header.mode().with_context(|| format!("entry `{}`: its mode is no number", shown(name)))? & 0o777;
    let link =
        extensions.link.or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned)).unwrap_or_default();
    let entry = match kind {
        // Tars from before POSIX mark a folder by the name alone.
        EntryType::Regular | EntryType::Continuous if !name.ends_with('/') => {
            Entry { size, ..Entry::of(Kind::File, mode, Content::Stored { source, start, size }) }
        }
        EntryType::Regular | EntryType::Directory => Entry::folder(),
        EntryType::Symlink => Entry::of(Kind::Symlink(link_target(name, &link)?), 0o777, Content::Nothing),
        EntryType::Link => {
            let other = plain_name(&link)?.unwrap_or_default();
            let entry = tree.get(other).filter(|entry| entry.kind != Kind::Folder).cloned();
            entry.with_context(|| {
                format!("entry `{}` is a hard link to `{}`, which no entry before it is", shown(name), shown(other))
            })?
        }
        other => bail!("entry `{}` is {}: pack the archive again without it", shown(name), kind_name(other)),
    };
    ensure!(
        size == 0 || kind.is_file() || kind.is_contiguous(),
        "entry `{}` is no file, but has a content",
        shown(name)
    );
    ensure!(size == 0 || entry.kind == Kind::File, "entry `{}` is a folder, but has a content", shown(name));
    let mode = if matches!(entry.kind, Kind::Symlink(_)) { 0o777 } else { mode };
    tree.add(name, entry, Some(mode))
}

fn link_target(name: &str, raw: &[u8]) -> anyhow::Result<String> {
    let target =
        std::str::from_utf8(raw).ok().filter(|target| !target.is_empty() && !target.chars().any(char::is_control));
    let problem = || format!("entry `{}` is a symbolic link whose target is empty or no plain text", shown(name));
    target.map(str::to_owned).with_context(problem)
}

fn kind_name(kind: EntryType) -> String {
    match kind {
        EntryType::Char | EntryType::Block => "a device".to_owned(),
        EntryType::Fifo => "a pipe".to_owned(),
        EntryType::GNUSparse => "a sparse file".to_owned(),
        other => format!("of the kind `{}`", char::from(other.as_byte()).escape_debug()),
    }
}
