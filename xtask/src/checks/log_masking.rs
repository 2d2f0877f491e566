//! Patterns of log masking that the server overwrites.
//!
//! In: `conf/wso2-log-masking.properties` as it lies in the tree, and as the server renders it. Out: the patterns that
//! only the first has. Always: only their names are told.
//!
//! Source: MI v4.0.0 `templates/conf/wso2-log-masking.properties.j2`, which 1.2.0 does not have.

use crate::diagnostic::{Code, Diagnostic};
use crate::examine::Examined;
use crate::path::EntryPath;
use crate::properties;
use std::collections::BTreeSet;

const PATH: &str = "conf/wso2-log-masking.properties";

/// Says which patterns are lost.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let lost = || {
        let rendering = examined.configuration.as_ref()?.rendering.as_ref().ok()?;
        let rendered = properties::read(rendering.files.get(PATH)?.as_bytes());
        let written = properties::read(examined.texts.get(&EntryPath::known(PATH))?);
        let kept: BTreeSet<(&str, &str)> =
            rendered.iter().map(|property| (property.key.as_str(), property.value.as_str())).collect();
        let lost = written.iter().filter(|one| !kept.contains(&(one.key.as_str(), one.value.as_str())));
        let lines: Vec<(usize, String)> =
            lost.map(|property| (property.line, format!("line {}: `{}`", property.line, property.key))).collect();
        let (line, _) = lines.first()?;
        let hint = "the server writes the file again at its start: put the patterns into [masking_pattern.properties] of \
                    deployment.toml";
        let found = Diagnostic::new(Code(1313), "patterns of log masking that the first start wipes");
        Some(found.at_line(PATH, *line).details(lines.into_iter().map(|(_, line)| line)).hint(hint))
    };
    lost().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::tests::{configured, shown};

    #[test]
    fn only_patterns_that_the_settings_do_not_have_are_lost() {
        let old = "# a comment\nmasking.pattern.CARD=4[0-9]{6,}$\nmasking.pattern.IBAN=[A-Z]{2}\n";
        for (rendered, expected) in [
            (
                Some(""),
                vec![
                    "MI1313 patterns of log masking that the first start wipes | line 2: `masking.pattern.CARD` | \
                             line 3: `masking.pattern.IBAN`",
                ],
            ),
            (
                Some("masking.pattern.CARD=4[0-9]{6,}$\n"),
                vec![
                    "MI1313 patterns of log masking that the first start wipes | \
                             line 3: `masking.pattern.IBAN`",
                ],
            ),
            (Some(old), vec![]),
            // 1.2.0 does not render the file.
            (None, vec![]),
        ] {
            let mut examined = Examined::default();
            examined.texts.insert(EntryPath::known(PATH), old.as_bytes().to_vec());
            let files: Vec<(&str, &str)> = rendered.map(|text| (PATH, text)).into_iter().collect();
            assert_eq!(shown(&check(&configured(examined, "", &files, &[]))), expected, "{rendered:?}");
        }
    }
}
