//! `explain`: the story behind a code.

use super::terminal;
use crate::diagnostic::{Code, stories};
use crate::report::diagnostics::wrapped;
use std::fmt::Write as _;

/// Tell the story behind a diagnostic's code; without a code, list all
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  cargo xtask explain MI0204")]
pub(super) struct Args {
    /// A code such as MI0204, or its number
    code: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let mut text = String::new();
    let Some(code) = &args.code else {
        for story in stories() {
            let _ = writeln!(text, "{} {:<8} {}", story.code, story.severity.word(), story.title);
        }
        terminal::print(&text)?;
        return Ok(super::DONE);
    };
    let Some(story) = Code::parse(code).or_else(|| Code::parse(&format!("MI{code:0>4}"))).and_then(Code::story) else {
        anyhow::bail!("there is no code `{code}`; `cargo xtask explain` lists them all");
    };
    let width = terminal::width();
    text.push_str(&wrapped("", "    ", &format!("{}[{}]: {}", story.severity, story.code, story.title), width));
    text.push('\n');
    text.push_str(&wrapped("", "", story.text, width));
    text.push('\n');
    text.push_str(&wrapped("Source: ", "        ", story.source, width));
    terminal::print(&text)?;
    Ok(super::DONE)
}
