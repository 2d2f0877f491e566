//! Everything that the server writes at its start.
//!
//! In: a [`Document`], the [`RuleFiles`] of a distribution, an [`Environment`]. Out: a [`Rendering`]: the context and the
//! files, or the [`StartError`] with which the server would not start. Always: pure; all files or none; all together
//! no larger than a bound.

use super::{Context, Environment, RuleFiles, StartError, context, render};
use crate::document::Document;
use std::collections::BTreeMap;

/// All files of a server together are less than 1 MiB.
const LARGEST: usize = 64 << 20;

/// What the server makes of a deployment.toml.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// What the templates were rendered with.
    pub context: Context,
    /// The files, by path below the home: `conf/carbon.xml`.
    pub files: BTreeMap<String, String>,
}

/// Renders every template.
pub fn rendering(
    document: &Document,
    rules: &RuleFiles<'_>,
    environment: &Environment,
) -> Result<Rendering, StartError> {
    let context = context(document, rules, environment)?;
    let wanted = rules.templates.keys().map(String::as_str).collect::<Vec<_>>();
    let files = files(&context, rules, &wanted)?;
    Ok(Rendering { context, files })
}

/// Renders some of the templates, by the path of what they render.
pub fn files(
    context: &Context,
    rules: &RuleFiles<'_>,
    wanted: &[&str],
) -> Result<BTreeMap<String, String>, StartError> {
    let mut left = LARGEST;
    let mut files = BTreeMap::new();
    for path in wanted {
        let Some(template) = rules.templates.get(*path) else { continue };
        let text = render(context, template).map_err(|error| StartError {
            message: format!("{}, in the template of `{path}`", error.message),
            ..error
        })?;
        left = left
            .checked_sub(text.len())
            .ok_or_else(|| StartError::unknown("the rendered files together are too large", Vec::new()))?;
        files.insert((*path).to_owned(), text);
    }
    Ok(files)
}

/// Whether rule files are those of a release that has `[runtime_secrets]`: 4.0.0 and later, the first with a template
/// for the patterns of log masking.
///
/// Source: MI v4.0.0 `templates/conf/wso2-log-masking.properties.j2`; config-mapper v1.0.18 `TomlParser`.
pub fn has_runtime_secrets(rules: &RuleFiles<'_>) -> bool {
    rules.templates.contains_key("conf/wso2-log-masking.properties")
}
