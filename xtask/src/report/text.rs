//! The report for people.
//!
//! In: inputs, plan, and the archive where one was written. Out: `report.txt`. Always: the important first; every path
//! of every input by its original name; findings wrapped at 80 columns.

use crate::diagnostic::Severity;
use crate::plan::{Disposition, Inputs, Plan};
use crate::report::{self, Made, diagnostics};
use std::fmt::Write as _;

const WIDTH: usize = 80;

/// Renders the whole report.
pub fn render(inputs: &Inputs, plan: &Plan, made: &[Made]) -> String {
    let mut text = String::new();
    head(&mut text, inputs, plan, made);
    findings(&mut text, plan);
    settings(&mut text, plan);
    effective(&mut text, plan);
    summary(&mut text, plan);
    files(&mut text, plan);
    text
}

fn head(text: &mut String, inputs: &Inputs, plan: &Plan, made: &[Made]) {
    text.push_str("Upgrade of WSO2 Micro Integrator 1.2.0 to 4.0.0\n\n");
    for line in report::inputs(inputs) {
        let what = if line.what.is_empty() { String::new() } else { format!("{}, ", line.what) };
        let _ = writeln!(text, "  {:<9} {} ({what}{} entries)", line.role, line.name, line.entries);
    }
    let files = plan.tree.values().filter(|planned| planned.digest.is_some()).count();
    let bytes: u64 = plan.tree.values().map(|planned| planned.size).sum();
    let _ = writeln!(text, "  {:<9} {files} files, {} unpacked", "result", size(bytes));
    let _ = writeln!(text, "  {:<9} {}", "database", report::runbook::step(plan));
    for made in made {
        let image = made.image.map(|image| format!(", image sha256:{image}")).unwrap_or_default();
        let _ = match &made.file {
            Some(file) => writeln!(
                text,
                "  {:<9} {}, {}\n  {:<9} SHA-256 {}{image}",
                "output",
                file.file,
                size(file.size),
                "",
                file.digest
            ),
            None => writeln!(text, "  {:<9} {}/{image}", "output", made.path),
        };
    }
    let _ = writeln!(text, "  {:<9} {}", "findings", diagnostics::tally(&plan.diagnostics));
    if plan.is_blocked() {
        text.push_str("\nNothing can be written until the errors are mended and the conflicts decided.\n");
    }
}

fn findings(text: &mut String, plan: &Plan) {
    for (severity, title) in [
        (Severity::Error, "Errors: the result could not be trusted"),
        (Severity::Conflict, "Conflicts: a person must decide"),
        (Severity::Warning, "Warnings: look at each before the first start"),
        (Severity::Note, "Notes"),
    ] {
        let of_it: Vec<_> = plan.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).collect();
        if of_it.is_empty() {
            continue;
        }
        section(text, title);
        for diagnostic in of_it {
            let _ = writeln!(text, "{}", diagnostics::render(diagnostic, WIDTH, true));
        }
    }
}

fn settings(text: &mut String, plan: &Plan) {
    if !plan.settings.is_empty() {
        section(text, report::settings::TITLE);
        text.push_str(&report::settings::list(&plan.settings, WIDTH));
    }
}

fn effective(text: &mut String, plan: &Plan) {
    if let Some(comparison) = &plan.comparison {
        section(text, report::difference::TITLE);
        text.push_str(&report::difference::list(comparison, WIDTH));
    }
}

fn section(text: &mut String, title: &str) {
    let _ = writeln!(text, "\n{title}\n{}\n", "-".repeat(title.chars().count()));
}

/// The columns of the summary: dispositions that belong together.
const COLUMNS: [(&str, &[Disposition]); 5] = [
    ("carried", &[Disposition::Carried]),
    ("changed", &[Disposition::Merged, Disposition::Moved, Disposition::Rewritten]),
    ("left out", &[Disposition::LeftOut]),
    ("as fresh", &[Disposition::FollowsFresh]),
    ("open", &[Disposition::Undecided]),
];

fn summary(text: &mut String, plan: &Plan) {
    section(text, "What becomes of the home, by area");
    let _ = write!(text, "{:<24}", "");
    for (title, _) in COLUMNS {
        let _ = write!(text, "{title:>10}");
    }
    text.push('\n');
    for (area, counts) in report::counts(plan) {
        let _ = write!(text, "{area:<24}");
        for (_, dispositions) in COLUMNS {
            let count: usize = dispositions.iter().filter_map(|disposition| counts.get(disposition)).sum();
            let shown = if count == 0 { "-".to_owned() } else { count.to_string() };
            let _ = write!(text, "{shown:>10}");
        }
        text.push('\n');
    }
}

fn files(text: &mut String, plan: &Plan) {
    for (input, actions) in &plan.actions {
        section(text, &format!("Every path of the input: {input}"));
        for (path, action) in actions {
            let _ = write!(text, "{:<13} {path}", action.disposition.word());
            if let Some(target) = action.target.as_ref().filter(|target| *target != path) {
                let _ = write!(text, " -> {target}");
            }
            let _ = write!(text, ": {}", action.reason);
            if let Some(code) = action.code {
                let _ = write!(text, " [{code}]");
            }
            text.push('\n');
        }
    }
}

/// Bytes in a unit that people read.
pub fn size(bytes: u64) -> String {
    let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
    for (unit, shift) in units {
        if bytes >> shift > 0 {
            let tenths = (bytes * 10) >> shift;
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in
            [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1_600_000, "1.5 MiB"), (5 << 30, "5.0 GiB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
