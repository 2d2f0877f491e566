//! To be written.

pub mod manifest;
