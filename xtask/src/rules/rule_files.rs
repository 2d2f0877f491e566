//! `repository/resources/conf`: the rule files and templates that make `conf/*.xml` out of deployment.toml.
//!
//! Facts: MI v4.0.0 distribution/src/resources/config-tool. Only `carbon.xml.j2`, `axis2_blocking_client.xml.j2`,
//! default.json, infer.json, key-mappings.json and deployment-full.toml differ between the releases, and
//! wso2-log-masking.properties.j2 is new.

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::Entry;
use crate::path::EntryPath;
use crate::plan::Disposition;
use crate::rules::{Context, Decision, three_way};

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let decision = three_way::decide(context, path, entry);
    if !matches!(decision.action.disposition, Disposition::Carried | Disposition::Merged) {
        return decision;
    }
    let whose =
        if context.updated { "changed in the home, by a person or by its update," } else { "changed in the home" };
    let how = decision.action.disposition.word();
    decision.say(
        Diagnostic::new(Code(203), format!("`{path}` was {whose} and is {how}")).at(path).hint(
            "it shapes every rendered file; see whether a setting of deployment.toml or an overlay can say the same",
        ),
    )
}
