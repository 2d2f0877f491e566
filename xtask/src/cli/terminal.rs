//! What is drawn on a terminal and kept quiet in a pipe.

use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal as _, Write as _};
use std::sync::Mutex;

/// A progress bar on stderr, or nothing where stderr is no terminal.
pub(super) struct Bar(Mutex<Option<ProgressBar>>);

impl Bar {
    pub(super) fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn with(&self, action: impl FnOnce(&mut Option<ProgressBar>)) {
        if let Ok(mut bar) = self.0.lock() {
            action(&mut bar);
        }
    }
}

impl Progress for Bar {
    fn begin(&self, step: &str, bytes: u64) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        self.with(|bar| {
            let new = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
            let template = if bytes == 0 {
                "{msg} {bytes} {bytes_per_sec}"
            } else {
                "{msg} {bar:24} {bytes}/{total_bytes} {bytes_per_sec}"
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                new.set_style(style.progress_chars("=> "));
            }
            new.set_message(step.to_owned());
            *bar = Some(new);
        });
    }

    fn advance(&self, bytes: u64) {
        self.with(|bar| {
            if let Some(bar) = bar {
                bar.inc(bytes);
            }
        });
    }

    fn end(&self) {
        self.with(|bar| {
            if let Some(bar) = bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}

/// Writes to stdout; a closed pipe is an error that the command line knows.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Writes a line to stderr. Where nobody listens any more, the work goes on all the same.
pub(super) fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "{line}");
}

/// Writes a question to stderr, and leaves the cursor behind it.
pub(super) fn ask(question: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(question.as_bytes()).and_then(|()| out.flush());
}

/// Columns to wrap at: the terminal's, 100 at the most, 80 where there is none.
pub(super) fn width() -> usize {
    std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(80).clamp(40, 100)
}
