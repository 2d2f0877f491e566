//! Archives, as bytes: zip and tar.gz, read and written, and the sums over files.
//!
//! In: random access to the bytes of an archive, or entries to write. Out: entries with the places of their
//! contents, or an archive. Always: the only modules that name `zip`, `tar`, `flate2` and `miniz_oxide`; every archive is
//! taken for hostile: bounded memory and time, a clear error, never a panic.

pub mod bytes;
pub mod tree;
pub mod zip_read;
pub mod inflate;
pub mod tar_read;
pub mod failure;
pub mod zip_write;
pub mod deflate_joint;
pub mod gzip_write;
pub mod tar_write;
pub mod tar_exact;
pub mod sums;
