//! A diagnostic as text.
//!
//! In: a diagnostic. Out: lines, wrapped. Always: the first line has severity, code and message; no character of an input
//! reaches a terminal that would not be shown as one.

use crate::choice::Choice;
use crate::diagnostic::{Diagnostic, Severity, plain};
use std::fmt::Write as _;

/// How many lines of a group are shown before the rest is only counted.
const SHOWN: usize = 12;

/// Renders one diagnostic, wrapped at `width` columns; `all` shows every line of a group.
pub fn render(diagnostic: &Diagnostic, width: usize, all: bool) -> String {
    let head = format!("{}[{}]: ", diagnostic.severity, diagnostic.code);
    let mut text = wrapped(&head, "    ", &diagnostic.message, width);
    if let Some(place) = &diagnostic.place {
        let _ = writeln!(text, "  --> {}", plain(&place.to_string()));
    }
    let shown = if all { diagnostic.details.len() } else { SHOWN };
    for detail in diagnostic.details.iter().take(shown) {
        let _ = writeln!(text, "    {}", plain(detail));
    }
    if diagnostic.details.len() > shown {
        let _ = writeln!(text, "    and {} more; report.txt has them all", diagnostic.details.len() - shown);
    }
    if let Some(hint) = &diagnostic.hint {
        text.push_str(&wrapped("  hint: ", "        ", hint, width));
    }
    if diagnostic.severity >= Severity::Conflict && !diagnostic.choices.is_empty() {
        text.push_str("  policy: one of\n");
        for choice in &diagnostic.choices {
            let _ = writeln!(text, "        {}  # {}", Choice::line(choice), choice.meaning());
        }
    }
    text
}

/// A text after a head, wrapped between words, with its control characters written out.
pub fn wrapped(head: &str, indent: &str, text: &str, width: usize) -> String {
    let mut out = head.to_owned();
    let mut column = head.chars().count();
    let mut first = true;
    for word in plain(text).split(' ') {
        let length = word.chars().count();
        if !first && column + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            column = indent.chars().count();
        } else if !first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
        first = false;
    }
    out.push('\n');
    out
}

/// How many there are of each severity, in words: `1 conflict, 3 warnings, 2 notes`.
pub fn tally(diagnostics: &[Diagnostic]) -> String {
    let mut parts = Vec::new();
    for severity in [Severity::Error, Severity::Conflict, Severity::Warning, Severity::Note] {
        let count = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        match count {
            0 => {}
            1 => parts.push(format!("1 {severity}")),
            _ => parts.push(format!("{count} {severity}s")),
        }
    }
    if parts.is_empty() { "nothing to say".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::choice::Take;
    use crate::diagnostic::Code;

    #[test]
    fn a_diagnostic_has_its_parts_in_order() {
        let diagnostic =
            Diagnostic::new(Code(202), "`conf/a` was changed in the home and by 4.0.0 in the same lines, in 2 places")
                .at_line("conf/a", 14)
                .hint("decide in the policy under [decide]")
                .choices([Choice::Decide("conf/a".into(), Take::Fresh)]);
        assert_eq!(
            render(&diagnostic, 60, false),
            "conflict[MI0202]: `conf/a` was changed in the home and by\n    4.0.0 in the same lines, in 2 places\n  --> conf/a:14\n  \
             hint: decide in the policy under [decide]\n  policy: one of\n        decide.\"conf/a\" = \"fresh\"  # the fresh \
             distribution's file; the change is lost\n"
        );
    }

    #[test]
    fn nothing_of_an_input_moves_the_cursor() {
        let hostile = "a\u{1b}[31m\r\nb\u{7}\u{9b}c\u{202e}d\0";
        let diagnostic = Diagnostic::new(Code(901), hostile)
            .at_line(hostile, 1)
            .hint(hostile)
            .details([hostile.to_owned(), "tabs\tand umlauts \u{e4} stay".to_owned()]);
        let text = render(&diagnostic, 80, true);
        let shown = r"a\u{1b}[31m\r\nb\u{7}\u{9b}c\u{202e}d\u{0}";
        assert_eq!(text.matches(shown).count(), 4, "{text}");
        assert!(text.lines().any(|line| line == "    tabs\tand umlauts \u{e4} stay"), "{text}");
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(!text.contains(|one: char| one.is_control() && !"\n\t".contains(one) || one == '\u{202e}'));
    }

    #[test]
    fn long_groups_are_cut_on_a_terminal_and_whole_in_the_report() {
        let diagnostic = Diagnostic::new(Code(207), "x").details((0..20).map(|n| format!("file {n}")));
        assert!(render(&diagnostic, 80, false).contains("and 8 more"));
        assert!(render(&diagnostic, 80, true).contains("file 19\n"));
        assert_eq!(tally(&[diagnostic.clone(), diagnostic]), "2 notes");
    }
}
