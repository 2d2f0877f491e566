//! What there is to say when a deployment.toml is read: it was refused, mended, or read as something else.
//!
//! In: what [`crate::document::repair`] made of a file. Out: diagnostics. Always: none holds a value of the file.

use super::draft::PATH;
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Refusal;
use crate::document::parse::Server;
use crate::document::repair::Repaired;

/// Why a file cannot be merged. `whose` is `the home's`, say.
pub(super) fn unreadable(whose: &str, refusal: &Refusal) -> Diagnostic {
    let server = match refusal.server {
        Server::Refuses => "exits",
        Server::Crashes => "ends with a stack trace",
        Server::Takes => {
            return Diagnostic::new(Code(602), format!("{whose} `{PATH}` is more than this program reads: {refusal}"))
                .hint("the limit is one of this program, and no real file comes near; see what is in it");
        }
    };
    Diagnostic::new(Code(602), format!("{whose} `{PATH}` does not parse: {refusal}"))
        .hint(format!("the server {server} with this file; mend it and run again"))
}

/// What was not read as it is written.
pub(super) fn told(read: &Repaired) -> Vec<Diagnostic> {
    let mended = read.repairs.first().map(|first| {
        let lines = read.repairs.iter().map(|repair| format!("line {}: {}", repair.line, repair.what));
        Diagnostic::new(Code(605), format!("the home's `{PATH}` does not parse as it is, and was mended"))
            .at_line(PATH, first.line)
            .details(lines)
            .hint("no server starts with the file as it is; look at what was mended before the first start")
    });
    let replaced = read.no_utf8.map(|line| {
        Diagnostic::new(Code(625), format!("the home's `{PATH}` holds bytes that are no UTF-8"))
            .at_line(PATH, line)
            .hint("the server reads U+FFFD in place of each, and so they are written; save the file as UTF-8 and run again")
    });
    mended.into_iter().chain(replaced).collect()
}
