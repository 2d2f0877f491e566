//! What the read phase takes out of a file's inside, so that the plan never opens one.
//!
//! In: the bytes of a jar, a carbon application, a synapse artifact or a text. Out: plain data.
//! Always: bounded in size, whatever the file holds; a damaged file gives no facts and a reason.

pub mod carbon_application;
pub mod coordinates;
pub mod extract;
pub mod jar;
pub mod manifest;
pub mod synapse;
