//! How long work tells how far it is.
//!
//! In: bytes done. Out: whatever the implementation makes of it. Always: the library never draws; the command
//! line gives it an implementation that draws on a terminal and stays quiet in a pipe.

/// Listens to long work. Called from several threads.
pub trait Progress: Sync {
    /// A step begins; `bytes` is what it will go through, 0 where unknown.
    fn begin(&self, step: &str, bytes: u64);
    /// So many more bytes are done.
    fn advance(&self, bytes: u64);
    /// The step is over.
    fn end(&self);
}

/// Listens and says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Quiet;

impl Progress for Quiet {
    fn begin(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
}
