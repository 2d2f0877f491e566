//! `conf/deployment.toml`: the user's file, with the keystore paths translated.
//!
//! Facts: MI v1.2.0 prefixed the file names of `[keystore.primary]` and `[truststore]` with
//! `repository/resources/security/` in its templates, 4.0.0 uses them as paths (default.json and carbon.xml.j2 of
//! both tags; an update of September 2020 brought the new meaning to 1.2.0, which the home's own files tell).

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::plan::Disposition;
use crate::rules::{Context, Decision};
use crate::secret::shown;
use crate::settings::{keystore_paths, read};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let Some(text) = entry.facts.text.as_deref() else {
        return Decision::carried(path, entry, "the user's settings");
    };
    let home = &context.inputs.customised;
    let old_meaning = keystore_paths::old_meaning(
        home.text("repository/resources/conf/templates/conf/carbon.xml.j2"),
        home.text("repository/resources/conf/default.json"),
    )
    .unwrap_or(true);
    let translated = match keystore_paths::translate(text, old_meaning) {
        Ok(translated) => translated,
        Err(error) => {
            return Decision::undecided(
                Diagnostic::new(Code(602), format!("`{path}` does not parse: {}", error.message))
                    .at_line(path, error.line)
                    .hint("the server exits with this file; mend it in the home and run again"),
                "it does not parse",
            );
        }
    };
    let mut decision = if translated.changed.is_empty() {
        Decision::carried(path, entry, "the user's settings")
    } else {
        Decision::written(
            Disposition::Rewritten,
            path,
            entry,
            translated.bytes,
            "the user's settings, keystore paths translated",
        )
    };
    let changes = translated.changed.iter().map(|change| {
        format!("line {}: {} = {} is now {}", change.line, change.key, shown(&change.from), shown(&change.to))
    });
    let alone = translated
        .left_alone
        .iter()
        .map(|left| format!("line {}: {} is left alone: {}", left.line, left.key, left.why));
    decision = decision.say(
        Diagnostic::new(
            Code(601),
            format!("`{path}` is carried as the home has it; only its keystore paths are translated"),
        )
        .at(path)
        .details(changes.chain(alone))
        .hint("compare it with the fresh distribution's file, above all [keystore.tls], which neither release reads"),
    );
    if context.settings.as_ref().is_some_and(read::user_store_is_jdbc) {
        decision = decision.say(
            Diagnostic::new(Code(603), "the user store is in a database, whose schema 4.0.0 needs changed".to_owned())
                .at(path)
                .hint("migrate it before the first start: UM_USER needs the column UM_USER_ID; make a backup first"),
        );
    }
    decision
}
