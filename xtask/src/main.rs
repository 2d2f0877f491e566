//! The command line: see the library's `cli`.

fn main() {}
