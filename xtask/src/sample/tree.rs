//! Trees of files as plain data, and how to put them on disk or into an archive.
//!
//! In: a [`Tree`]. Out: a folder, a zip or a tar.gz. Always: sorted by path, one fixed time, every folder has an
//! entry of its own.

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Seek, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// Everything in a folder, by path without a `/` at its end. Folders of files need no node of their own.
pub type Tree = BTreeMap<String, Node>;

/// One entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A file.
    File {
        /// Its permission bits.
        mode: u32,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// A folder, which may be empty.
    Folder,
    /// A symbolic link with its target.
    Symlink(String),
}

/// Puts a file that everybody may read.
pub fn put(tree: &mut Tree, path: &str, bytes: impl Into<Vec<u8>>) {
    put_with_mode(tree, path, 0o644, bytes);
}

/// Puts a file with its permission bits.
pub fn put_with_mode(tree: &mut Tree, path: &str, mode: u32, bytes: impl Into<Vec<u8>>) {
    tree.insert(path.to_owned(), Node::File { mode, bytes: bytes.into() });
}

/// Puts a folder.
pub fn put_folder(tree: &mut Tree, path: &str) {
    tree.insert(path.to_owned(), Node::Folder);
}

/// Puts a symbolic link.
pub fn put_symlink(tree: &mut Tree, path: &str, target: &str) {
    tree.insert(path.to_owned(), Node::Symlink(target.to_owned()));
}

/// Changes the text of a file that is there; its mode stays.
///
/// # Panics
/// When no text file is at the path, which a test of the caller shows at once.
pub fn edit(tree: &mut Tree, path: &str, change: impl FnOnce(&str) -> String) {
    let Some(Node::File { bytes, .. }) = tree.get_mut(path) else { panic!("no file at `{path}`") };
    let Ok(text) = std::str::from_utf8(bytes) else { panic!("no text at `{path}`") };
    *bytes = change(text).into_bytes();
}

/// Writes a tree below a folder, which is made where it is missing. Symbolic links only where the system has them.
pub fn write_tree(folder: &Path, tree: &Tree) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("`{}` cannot be made", folder.display()))?;
    for (path, node) in tree {
        let place = folder.join(path);
        let parent = if *node == Node::Folder { Some(place.as_path()) } else { place.parent() };
        parent
            .map_or(Ok(()), |parent| make_folders(folder, parent))
            .and_then(|()| match node {
                Node::Folder => Ok(()),
                Node::File { mode, bytes } => fs::write(&place, bytes).and_then(|()| set_mode(&place, *mode)),
                Node::Symlink(target) => make_symlink(target, &place),
            })
            .with_context(|| format!("`{}` cannot be written", place.display()))?;
    }
    Ok(())
}

/// Makes what is missing of the folders of a tree, each with the same mode whatever the umask is.
fn make_folders(top: &Path, folder: &Path) -> std::io::Result<()> {
    if folder == top || folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folders(top, parent)?;
    }
    fs::create_dir(folder)?;
    set_mode(folder, 0o755)
}

#[cfg(unix)]
fn set_mode(place: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(place, fs::Permissions::from_mode(mode))
}

#[cfg(unix)]
fn make_symlink(target: &str, place: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn make_symlink(_: &str, _: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The tree as a zip in memory, below a top folder where one is given.
pub fn zip_tree(top: Option<&str>, tree: &Tree) -> Result<Vec<u8>> {
    Ok(zip_tree_to(Cursor::new(Vec::new()), top, tree, std::iter::empty())?.into_inner())
}

/// Writes the tree as a zip, and more nodes after it, one at a time.
pub fn zip_tree_to<W: Write + Seek>(
    writer: W,
    top: Option<&str>,
    tree: &Tree,
    more: impl IntoIterator<Item = (String, Node)>,
) -> Result<W> {
    let mut zip = ZipWriter::new(writer);
    let mut folders = BTreeSet::new();
    for (path, node) in tree {
        zip_node(&mut zip, &mut folders, &below(top, path), node)?;
    }
    for (path, node) in more {
        zip_node(&mut zip, &mut folders, &below(top, &path), &node)?;
    }
    zip.finish().context("the zip cannot be finished")
}

fn below(top: Option<&str>, path: &str) -> String {
    top.map_or_else(|| path.to_owned(), |top| format!("{top}/{path}"))
}

fn zip_node<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    folders: &mut BTreeSet<String>,
    path: &str,
    node: &Node,
) -> Result<()> {
    for folder in folders_of(path, node) {
        if folders.insert(folder.to_owned()) {
            zip.add_directory(format!("{folder}/"), options(0o755))?;
        }
    }
    match node {
        Node::Folder => {}
        Node::Symlink(target) => zip.add_symlink(path, target, options(0o777))?,
        Node::File { mode, bytes } => {
            let method = if is_compressed(path) { CompressionMethod::Stored } else { CompressionMethod::Deflated };
            zip.start_file(path, options(*mode).compression_method(method))?;
            zip.write_all(bytes).with_context(|| format!("`{path}` cannot be written to the zip"))?;
        }
    }
    Ok(())
}

/// The options of every entry: nothing in them depends on the clock or the system.
pub(super) fn options(mode: u32) -> SimpleFileOptions {
    let time = DateTime::from_date_and_time(2020, 7, 26, 11, 28, 14).unwrap_or_default();
    SimpleFileOptions::default().unix_permissions(mode).last_modified_time(time).system(System::Unix)
}

fn is_compressed(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| ["jar", "car", "mar", "aar", "zip"].iter().any(|e| extension == *e))
}

/// Every folder that a node needs, the outermost first; a folder needs itself too.
fn folders_of<'a>(path: &'a str, node: &Node) -> Vec<&'a str> {
    let mut folders: Vec<_> = path.match_indices('/').filter_map(|(at, _)| path.get(..at)).collect();
    if *node == Node::Folder {
        folders.push(path);
    }
    folders
}

/// The tree as a tar.gz in memory, below a top folder where one is given.
pub fn tar_gz_tree(top: Option<&str>, tree: &Tree) -> Result<Vec<u8>> {
    let mut tar = tar::Builder::new(GzBuilder::new().write(Vec::new(), Compression::default()));
    let mut folders = BTreeSet::new();
    for (path, node) in tree {
        let path = below(top, path);
        for folder in folders_of(&path, node) {
            if folders.insert(folder.to_owned()) {
                tar.append_data(&mut header(tar::EntryType::Directory, 0o755, 0), format!("{folder}/"), [].as_slice())?;
            }
        }
        match node {
            Node::Folder => {}
            Node::Symlink(target) => tar.append_link(&mut header(tar::EntryType::Symlink, 0o777, 0), &path, target)?,
            Node::File { mode, bytes } => {
                let mut header = header(tar::EntryType::Regular, *mode, bytes.len() as u64);
                tar.append_data(&mut header, &path, bytes.as_slice())?;
            }
        }
    }
    let gz = tar.into_inner().context("the tar cannot be finished")?;
    gz.finish().context("the gzip stream cannot be finished")
}

fn header(kind: tar::EntryType, mode: u32, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(1_595_762_894);
    header.set_uid(0);
    header.set_gid(0);
    header
}
