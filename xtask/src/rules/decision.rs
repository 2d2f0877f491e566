//! What a rule says about one path.
//!
//! In: nothing. Out: an action, the entries that it puts into the result, and what there is to say.
//! Always: data; the plan puts the pieces together.

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::plan::{Action, Disposition, Input, Planned};
use crate::settings;

/// What a rule says about one path of the home.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// What becomes of the path.
    pub(crate) action: Action,
    /// What it puts into the result.
    pub(crate) put: Vec<(EntryPath, Planned)>,
    /// What there is to say.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What it adds to a diagnostic that all paths with the same code share.
    pub(crate) grouped: Vec<(Code, Subject)>,
    /// What becomes of single settings.
    pub(crate) settings: Vec<settings::Decision>,
}

/// One file of a diagnostic that several share: its line, and lines that say more.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) line: String,
    pub(crate) more: Vec<String>,
}

impl Decision {
    pub(crate) fn of(action: Action) -> Self {
        Self { action, put: Vec::new(), diagnostics: Vec::new(), grouped: Vec::new(), settings: Vec::new() }
    }

    /// Not in the result.
    pub(crate) fn left_out(reason: impl Into<String>) -> Self {
        Self::of(Action::new(Disposition::LeftOut, reason))
    }

    /// The fresh distribution decides: its file is in the result, or none is.
    pub(crate) fn follows_fresh(reason: impl Into<String>) -> Self {
        Self::of(Action::new(Disposition::FollowsFresh, reason))
    }

    /// A person must decide.
    pub(crate) fn undecided(diagnostic: Diagnostic, reason: impl Into<String>) -> Self {
        Self::of(Action::new(Disposition::Undecided, reason)).say(diagnostic)
    }

    /// In the result as it is, at its own path.
    pub(crate) fn carried(path: &EntryPath, entry: &Entry, reason: impl Into<String>) -> Self {
        Self::of(Action::new(Disposition::Carried, reason)).putting(path, entry, path)
    }

    /// In the result as it is, at another path.
    pub(crate) fn moved(path: &EntryPath, entry: &Entry, target: &EntryPath, reason: impl Into<String>) -> Self {
        Self::of(Action::new(Disposition::Moved, reason).to(target.clone())).putting(path, entry, target)
    }

    /// In the result with bytes that the plan made of it.
    pub(crate) fn written(
        disposition: Disposition,
        path: &EntryPath,
        entry: &Entry,
        bytes: Vec<u8>,
        reason: impl Into<String>,
    ) -> Self {
        let mut decision = Self::of(Action::new(disposition, reason));
        decision.put.push((path.clone(), Planned::written(bytes, entry.mode, Input::Customised, path)));
        decision
    }

    /// Puts an entry of the home into the result, or says why that cannot be.
    fn putting(mut self, path: &EntryPath, entry: &Entry, target: &EntryPath) -> Self {
        if let Some(diagnostic) = unreadable(path, entry) {
            self.action = Action::new(Disposition::Undecided, "it cannot be read").because_of(diagnostic.code);
            self.diagnostics.push(diagnostic);
        } else {
            self.put.push((target.clone(), Planned::from_entry(entry, Input::Customised, path)));
        }
        self
    }

    /// Adds something to say, and names its code in the action.
    pub(crate) fn say(mut self, diagnostic: Diagnostic) -> Self {
        self.action.code.get_or_insert(diagnostic.code);
        self.diagnostics.push(diagnostic);
        self
    }

    /// Adds a line to a diagnostic that paths share, and names its code in the action.
    pub(crate) fn say_grouped(self, code: Code, line: impl Into<String>) -> Self {
        self.say_grouped_with(code, line, Vec::new())
    }

    /// The same, with lines that say more.
    pub(crate) fn say_grouped_with(mut self, code: Code, line: impl Into<String>, more: Vec<String>) -> Self {
        self.action.code.get_or_insert(code);
        self.grouped.push((code, Subject { line: line.into(), more }));
        self
    }
}

/// Why an entry that is to be carried cannot be; `None` where it can.
pub(crate) fn unreadable(path: &EntryPath, entry: &Entry) -> Option<Diagnostic> {
    let problem = match (&entry.trouble, entry.digest) {
        (Some(problem), _) => problem.clone(),
        (None, None) if entry.is_file() => "was not read".to_owned(),
        _ => return None,
    };
    Some(
        Diagnostic::new(Code(210), format!("`{path}` is to be carried, but it cannot be read: {problem}"))
            .at(path)
            .hint("mend it and run again, or leave the file out by the policy")
            .choices([crate::choice::Choice::LeaveOut(path.to_string())]),
    )
}
