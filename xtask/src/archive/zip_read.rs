//! The directory of a zip.
//!
//! In: the bytes of a zip. Out: its entries with the places of their contents, and what it declares of each.
//! Always: one reading of the archive and no other: the end record stands at the very end, the directory right
//! before it, no two entries share a byte, and each local header says what the directory says.

use crate::archive::bytes::{Bytes, ReadSeek};
use crate::archive::inflate::{Check, Checked, Inflating};
use crate::archive::tree::{Limits, Tree, shown};
use crate::inventory::{Content, Entry, Kind, Mode, SourceId};
use anyhow::{Context as _, anyhow, bail, ensure};
use std::io::{BufReader, Read};
use zip::read::{ArchiveOffset, Config, ZipArchiveMetadata, ZipFileEntry};
use zip::{CompressionMethod, System, ZipArchive};

const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const END_64_LOCATOR: [u8; 4] = *b"PK\x06\x07";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const END_LENGTH: usize = 22;
const CENTRAL_LENGTH: u64 = 46;
const LOCAL_LENGTH: usize = 30;
const LONGEST_COMMENT: u64 = 0xFFFF;
const LONGEST_LINK: u64 = 4096;

const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 1 << 3;
const UTF_8: u16 = 1 << 11;

/// Whether bytes begin as a zip does: an entry, or the end record of an empty one, or the mark of a split one.
pub fn is_zip(start: &[u8]) -> bool {
    start.starts_with(&LOCAL) || start.starts_with(&END) || start.starts_with(b"PK\x07\x08")
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Where the directory starts and ends, and how many entries it has.
struct End {
    entries: u64,
    directory: u64,
    behind: u64,
}

/// Lists the entries of a zip. `archive` is its name for messages, `source` what its contents refer to.
pub fn list<'a>(
    archive: &'a str,
    bytes: &Bytes,
    source: SourceId,
    limits: &'a Limits,
) -> anyhow::Result<(Tree<'a>, Vec<Check>)> {
    let end = end(bytes).with_context(|| format!("`{archive}` is no whole zip: copy it again"))?;
    limits.allow_entries(archive, end.entries)?;
    let reader = BufReader::with_capacity(64 * 1024, bytes.whole());
    // Where the archive begins is not to be guessed: readers that guess differently would see different entries.
    let config = Config { archive_offset: ArchiveOffset::Known(0) };
    let zip = ZipArchive::with_config(config, reader)
        .map_err(|error| anyhow!("`{archive}` is damaged, copy it again: {error}"))?;
    if zip.has_duplicate_names() {
        let name = first_name_twice(bytes, &end).unwrap_or_default();
        bail!("`{archive}` holds `{}` twice: pack it again", shown(&name));
    }
    ensure!(
        zip.len() as u64 == end.entries && zip.central_directory_start() == end.directory,
        "`{archive}` is damaged, copy it again: its directory is not where its end record says"
    );

    let metadata = zip.metadata();
    refuse_uncounted_records(archive, bytes, &metadata, &end)?;
    let mut tree = Tree::new(archive, limits);
    let mut checks = Vec::with_capacity(metadata.len());
    let mut ranges = Vec::with_capacity(metadata.len());
    for index in 0..metadata.len() {
        let entry = metadata.entry(index).map_err(|error| anyhow!("`{archive}` is damaged: {error}"))?;
        let name = name(archive, &entry)?;
        let listed =
            one(bytes, source, &name, &entry).with_context(|| format!("`{archive}`, entry `{}`", shown(&name)))?;
        ranges.push((entry.header_start(), listed.end, index));
        checks.push(listed.check);
        tree.add(&name, listed.entry, listed.mode)?;
    }
    refuse_overlaps(archive, &metadata, ranges, end.directory)?;
    checks.sort_unstable_by_key(|check| check.start);
    Ok((tree, checks))
}

/// The end record. Errors are fragments that say what is wrong.
fn end(bytes: &Bytes) -> anyhow::Result<End> {
    let tail_length = bytes.length().min(END_LENGTH as u64 + LONGEST_COMMENT);
    let tail_start = bytes.length() - tail_length;
    let mut tail = vec![0; usize::try_from(tail_length)?];
    bytes.read_exact_at(tail_start, &mut tail)?;
    let at = tail.windows(END.len()).rposition(|window| window == END).context("it has no end record")?;
    let record = &tail[at..];
    let field = |at| u16_at(record, at).context("its end record is cut off");
    let wide = |at| u32_at(record, at).context("its end record is cut off");
    let comment = usize::from(field(20)?);
    // `bsdtar` fills up what it writes into a pipe with zeros.
    let is_last = record.get(END_LENGTH + comment..).is_some_and(|rest| rest.iter().all(|byte| *byte == 0));
    ensure!(is_last, "its end record is cut off, or other bytes follow it");
    let (disk, directory_disk, here, entries) = (field(4)?, field(6)?, field(8)?, field(10)?);
    let (size, directory) = (wide(12)?, wide(16)?);

    let end_start = tail_start + at as u64;
    if let Some(end) = end_64(bytes, end_start)? {
        // `zip` writes both records in full for what it reads from a pipe: they must agree then.
        let agrees = |narrow: u64, most: u64, wide: u64| narrow == most || narrow == wide;
        let agree = agrees(entries.into(), u16::MAX.into(), end.entries)
            && agrees(directory.into(), u32::MAX.into(), end.directory);
        ensure!(agree, "its two end records disagree");
        return Ok(end);
    }
    ensure!(disk == 0 && directory_disk == 0 && here == entries, "it is one part of several");
    ensure!(u64::from(directory) + u64::from(size) == end_start, "its directory is not where its end record says");
    Ok(End { entries: entries.into(), directory: directory.into(), behind: end_start })
}

/// The zip64 end record, where its locator stands before the end record.
fn end_64(bytes: &Bytes, end_start: u64) -> anyhow::Result<Option<End>> {
    let Some(locator_start) = end_start.checked_sub(20) else { return Ok(None) };
    let mut locator = [0; 20];
    bytes.read_exact_at(locator_start, &mut locator)?;
    if !locator.starts_with(&END_64_LOCATOR) {
        return Ok(None);
    }
    let damaged = "its zip64 end record is damaged";
    let (start, disks) = u64_at(&locator, 8).zip(u32_at(&locator, 16)).context(damaged)?;
    ensure!(disks <= 1, "it is one part of several");
    let mut record = [0; 56];
    bytes.read_exact_at(start, &mut record).context(damaged)?;
    ensure!(record.starts_with(&END_64), damaged);
    let field = |at| u64_at(&record, at).context(damaged);
    let wide = |at| u32_at(&record, at).context(damaged);
    let (length, here, entries, size, directory) = (field(4)?, field(24)?, field(32)?, field(40)?, field(48)?);
    ensure!(wide(16)? == 0 && wide(20)? == 0 && here == entries, "it is one part of several");
    ensure!(start.checked_add(12).and_then(|end| end.checked_add(length)) == Some(locator_start), damaged);
    ensure!(directory.checked_add(size) == Some(start), "its directory is not where its end record says");
    Ok(Some(End { entries, directory, behind: start }))
}

/// Refuses a directory with more in it than its entries: readers that do not count would see others.
fn refuse_uncounted_records(
    archive: &str,
    bytes: &Bytes,
    metadata: &ZipArchiveMetadata,
    end: &End,
) -> anyhow::Result<()> {
    let counted = match metadata.len().checked_sub(1).and_then(|last| metadata.entry(last).ok()) {
        Some(last) => central_name(bytes, last.central_header_start())?.1,
        None => end.directory,
    };
    ensure!(
        counted == end.behind,
        "`{archive}` is damaged, copy it again: its directory holds more than its end record counts"
    );
    Ok(())
}

/// The first name that the directory holds a second time, as the `zip` crate keeps the last of each only.
fn first_name_twice(bytes: &Bytes, end: &End) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut at = end.directory;
    for _ in 0..end.entries {
        let (name, next) = central_name(bytes, at).ok()?;
        at = next;
        if let Some(name) = seen.replace(name) {
            return Some(String::from_utf8_lossy(&name).into_owned());
        }
    }
    None
}

/// The name that a record of the directory holds, and where the next record starts.
fn central_name(bytes: &Bytes, at: u64) -> anyhow::Result<(Vec<u8>, u64)> {
    let damaged = "its record in the directory is damaged";
    let mut record = [0; 46];
    bytes.read_exact_at(at, &mut record).context(damaged)?;
    ensure!(record.starts_with(&CENTRAL), damaged);
    let length = |at| u16_at(&record, at).context(damaged);
    let (name_length, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let mut name = vec![0; usize::from(name_length)];
    bytes.read_exact_at(at + CENTRAL_LENGTH, &mut name).context(damaged)?;
    let next = at + CENTRAL_LENGTH + u64::from(name_length) + u64::from(extra) + u64::from(comment);
    Ok((name, next))
}

/// The name in Unicode: UTF-8 where it is, else code page 437, unless the entry claims UTF-8.
fn name(archive: &str, entry: &ZipFileEntry<'_>) -> anyhow::Result<String> {
    if entry.flags().as_u16() & UTF_8 != 0 && std::str::from_utf8(entry.name_raw()).is_err() {
        let name = String::from_utf8_lossy(entry.name_raw());
        bail!("`{archive}` has an entry whose name says to be UTF-8 and is not: `{}`; pack it again", shown(&name));
    }
    let name = entry.name().map_err(|error| anyhow!("`{archive}` is damaged: {error}"))?;
    Ok(name.into_owned())
}

struct Listed {
    entry: Entry,
    mode: Option<Mode>,
    check: Check,
    /// Where its bytes in the archive end.
    end: u64,
}

/// Checks and lists one entry. Errors are fragments that say what is wrong.
fn one(bytes: &Bytes, source: SourceId, name: &str, entry: &ZipFileEntry<'_>) -> anyhow::Result<Listed> {
    ensure!(
        entry.flags().as_u16() & ENCRYPTED == 0,
        "it is encrypted: unpack the archive with its password, and give the folder"
    );
    let start = local_header(bytes, entry)?;
    let (size, compressed, crc) = (entry.size(), entry.compressed_size(), entry.crc32());
    let end = start.checked_add(compressed).context("it is longer than the archive")?;
    let content = match entry.compression() {
        CompressionMethod::Stored => {
            ensure!(compressed == size, "it is stored, but its two sizes differ: the archive is damaged");
            Content::Stored { source, start, size }
        }
        CompressionMethod::Deflated => Content::Deflated { source, start, compressed },
        method => bail!("it is compressed by the method {}: pack it again with deflate", method_name(method)),
    };
    let check = Check { start, size, crc };

    let attributes = match (entry.system(), entry.external_attributes() >> 16) {
        // All bits set is no mode: so do jars made by Maven say that they have none.
        (System::Unix | System::OsDarwin, attributes) if attributes != 0xFFFF => attributes,
        _ => 0,
    };
    let mode = Some(attributes & 0o777).filter(|mode| *mode != 0);
    let entry = match (name.ends_with('/'), attributes & 0o170_000) {
        (true, 0 | 0o040_000) => {
            ensure!(size == 0, "it is a folder, but has a content: the archive is damaged");
            Entry::folder()
        }
        (false, 0 | 0o100_000) => Entry { size, crc: Some(crc), ..Entry::of(Kind::File, 0o644, content) },
        (false, 0o120_000) => Entry::of(Kind::Symlink(link_target(bytes, &content, check)?), 0o777, Content::Nothing),
        (_, 0o040_000 | 0o100_000 | 0o120_000) => bail!("its name and its mode disagree on whether it is a folder"),
        _ => bail!("it is a device, a pipe or a socket: pack the archive again without it"),
    };
    Ok(Listed { entry, mode, check, end })
}

fn method_name(method: CompressionMethod) -> String {
    match method {
        CompressionMethod::SHRINK => "shrink".to_owned(),
        CompressionMethod::IMPLODE => "implode".to_owned(),
        CompressionMethod::DEFLATE64 => "deflate64".to_owned(),
        CompressionMethod::BZIP2 => "bzip2".to_owned(),
        CompressionMethod::LZMA => "lzma".to_owned(),
        CompressionMethod::ZSTD => "zstd".to_owned(),
        CompressionMethod::XZ => "xz".to_owned(),
        CompressionMethod::PPMD => "ppmd".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Where a symbolic link leads: its content.
fn link_target(bytes: &Bytes, content: &Content, check: Check) -> anyhow::Result<String> {
    ensure!(check.size <= LONGEST_LINK, "it is a symbolic link with a target longer than {LONGEST_LINK} bytes");
    let mut target = String::new();
    let read = match *content {
        Content::Deflated { start, compressed, .. } => {
            Checked::new(Inflating::new(bytes.window(start, compressed)), check).read_to_string(&mut target)
        }
        _ => Checked::new(bytes.window(check.start, check.size), check).read_to_string(&mut target),
    };
    read.context("it is a symbolic link whose target cannot be read")?;
    ensure!(
        !target.is_empty() && !target.chars().any(char::is_control),
        "it is a symbolic link with no target, or with control characters in it"
    );
    Ok(target)
}

/// Checks that the header before an entry's bytes says what the directory says, as other readers look only
/// there. Gives the place of the entry's bytes.
fn local_header(bytes: &Bytes, entry: &ZipFileEntry<'_>) -> anyhow::Result<u64> {
    let damaged = "its header is damaged, or not where the directory says";
    let start = entry.header_start();
    let mut fixed = [0; LOCAL_LENGTH];
    bytes.read_exact_at(start, &mut fixed).context(damaged)?;
    ensure!(fixed.starts_with(&LOCAL), damaged);
    let field = |at| u16_at(&fixed, at).context(damaged);
    let wide = |at| u32_at(&fixed, at).context(damaged);
    let (name_length, extra_length) = (usize::from(field(26)?), usize::from(field(28)?));
    let mut rest = vec![0; name_length + extra_length];
    bytes.read_exact_at(start + LOCAL_LENGTH as u64, &mut rest).context(damaged)?;
    let (name, extra) = rest.split_at(name_length);
    // The crate gives the name of an "Info-ZIP Unicode Path" field where there is one.
    ensure!(
        name == entry.name_raw() || central_name(bytes, entry.central_header_start())?.0 == name,
        "its header names it `{}`",
        shown(&String::from_utf8_lossy(name))
    );
    let (flags, method) = (field(6)?, field(8)?);
    let expected = match entry.compression() {
        CompressionMethod::Stored => Some(0),
        CompressionMethod::Deflated => Some(8),
        // Refused anyhow, with the name of the method.
        _ => None,
    };
    ensure!(
        flags & ENCRYPTED == 0 && expected.is_none_or(|expected| expected == method),
        "its header and the directory disagree on how it is packed"
    );

    let (crc, mut compressed, mut size) = (wide(14)?, u64::from(wide(18)?), u64::from(wide(22)?));
    if compressed == u64::from(u32::MAX) || size == u64::from(u32::MAX) {
        (size, compressed) = sizes_64(extra, size, compressed).context("its zip64 sizes are missing")?;
    }
    let follows = flags & SIZES_FOLLOW != 0;
    let agrees = |local: u64, central: u64| local == central || follows && local == 0;
    ensure!(
        agrees(crc.into(), entry.crc32().into())
            && agrees(compressed, entry.compressed_size())
            && agrees(size, entry.size()),
        "its header and the directory disagree on its size or CRC-32"
    );
    Ok(start + (LOCAL_LENGTH + rest.len()) as u64)
}

/// The two sizes of a local header's zip64 field, each only where the header itself has no room for it.
fn sizes_64(mut extra: &[u8], size: u64, compressed: u64) -> Option<(u64, u64)> {
    loop {
        let (id, length) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let data = extra.get(4..4 + length)?;
        if id == 1 {
            let full = u64::from(u32::MAX);
            let new_size = if size == full { u64_at(data, 0)? } else { size };
            let at = if size == full { 8 } else { 0 };
            let new_compressed = if compressed == full { u64_at(data, at)? } else { compressed };
            return Some((new_size, new_compressed));
        }
        extra = extra.get(4 + length..)?;
    }
}

/// Entries that share bytes are how a small archive unpacks to much, and how readers come to differ.
fn refuse_overlaps(
    archive: &str,
    metadata: &ZipArchiveMetadata,
    mut ranges: Vec<(u64, u64, usize)>,
    directory: u64,
) -> anyhow::Result<()> {
    ranges.sort_unstable();
    let next = ranges.iter().skip(1).map(|(start, ..)| *start).chain([directory]);
    for ((_, end, index), next) in ranges.iter().zip(next) {
        if *end > next {
            let name = metadata.entry(*index).ok().map(|entry| String::from_utf8_lossy(entry.name_raw()).into_owned());
            bail!(
                "`{archive}`, entry `{}`: its bytes run into what follows; such an archive is not to be trusted",
                shown(&name.unwrap_or_default())
            );
        }
    }
    Ok(())
}

/// The content of one entry of an archive inside, as a reader that checks its CRC-32.
pub fn read_inner<T>(
    archive: impl ReadSeek,
    name: &str,
    most: u64,
    take: impl FnOnce(&mut dyn Read) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut zip = ZipArchive::new(BufReader::new(archive)).map_err(|error| anyhow!("it is damaged: {error}"))?;
    ensure!(!zip.has_duplicate_names(), "it holds some name twice");
    let mut entry = zip.by_name(name).map_err(|error| anyhow!("its entry `{}`: {error}", shown(name)))?;
    ensure!(entry.size() <= most, "its entry `{}` is larger than {most} bytes", shown(name));
    take(&mut entry).with_context(|| format!("its entry `{}`", shown(name)))
}
