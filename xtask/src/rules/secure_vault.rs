//! `conf/security/secret-conf.properties`: where the secure vault finds its keystore.
//!
//! Facts: the file has no template; `ciphertool -Dconfigure` writes it with absolute paths of the server's folder
//! (cipher-tool v1.1.15 Utils). The secure vault reads `keystore.identity.location`, type and alias from it at run
//! time in both releases, and resolves a relative path against the server's folder first
//! (MI v4.0.0 security/vault/Utils.getConfigFilePath). In the zip everything in it is commented out.

use crate::diagnostic::{Code, Diagnostic};
use crate::inventory::{Content, Entry, Inventory};
use crate::path::EntryPath;
use crate::plan::{Disposition, Input};
use crate::properties;
use crate::rules::{Context, Decision, three_way};

/// The keys that name a file.
const PLACES: [&str; 3] = ["keystore.identity.location", "keystore.trust.location", "secretRepositories.file.location"];
/// Folders of a home in which such a file may lie; the path is cut where one of them starts.
const FOLDERS: [&str; 3] = ["repository/resources/security/", "conf/security/", "repository/conf/"];

pub(crate) fn decide(context: &Context, path: &EntryPath, entry: &Entry) -> Decision {
    let text = match entry.facts.text.as_deref() {
        Some(text) if !properties::read(text).is_empty() => text,
        _ => return three_way::decide(context, path, entry),
    };
    let bytes = properties::rewrite(text, &|key, value| {
        PLACES.contains(&key).then(|| relative(context, value)).flatten().filter(|place| place != value)
    });
    let mut decision = if bytes == text {
        Decision::carried(path, entry, "the secure vault's settings; their paths are relative already")
    } else {
        let reason = "the secure vault's settings, with paths relative to the server's folder";
        Decision::written(Disposition::Rewritten, path, entry, bytes.clone(), reason).say(
            Diagnostic::new(Code(502), format!("`{path}` is rewritten with paths relative to the server's folder"))
                .at(path)
                .hint("it names the same keystore, type and alias as before, so the secrets stay readable"),
        )
    };
    for property in properties::read(&bytes).iter().filter(|property| PLACES.contains(&property.key.as_str())) {
        if is_absolute(&property.value) {
            decision = decision.say(
                Diagnostic::new(
                    Code(503),
                    format!("`{}` names `{}`, a place outside of the home", property.key, property.value),
                )
                .at_line(path, property.line)
                .hint("the file must be there where the result runs, or the secrets cannot be read"),
            );
        }
    }
    decision
}

fn is_absolute(place: &str) -> bool {
    place.starts_with('/') || place.starts_with('\\') || place.as_bytes().get(1) == Some(&b':')
}

/// The place relative to the server's folder; `None` where it lies outside of the home.
fn relative(context: &Context, place: &str) -> Option<String> {
    let place = place.trim().replace('\\', "/");
    let place = place.strip_prefix("${carbon.home}/").unwrap_or(&place);
    if !is_absolute(place) {
        return Some(place.to_owned());
    }
    let home = &context.inputs.customised;
    // The longest end of the path that is a file of the home: the folder before it is where the old server lay.
    let ends = place.match_indices('/').map(|(at, _)| &place[at + 1..]);
    ends.clone()
        .find(|end| home.has_file(end) && end.contains('/'))
        .or_else(|| ends.clone().find(|end| FOLDERS.iter().any(|folder| end.starts_with(folder))))
        .map(str::to_owned)
}

/// Says where the finished tree lacks the keystore that the secure vault names.
pub(crate) fn missing_keystore(plan: &crate::plan::Plan, home: &Inventory) -> Option<Diagnostic> {
    let path = EntryPath::known("conf/security/secret-conf.properties");
    let planned = plan.tree.get(&path)?;
    let text = match &planned.content {
        Content::Memory(text) => text,
        _ if planned.origin.input == Some(Input::Customised) => home.text(path.as_str())?,
        _ => return None,
    };
    let properties = properties::read(text);
    let place = properties.iter().find(|property| property.key == "keystore.identity.location")?;
    if is_absolute(&place.value) || plan.tree.contains_key(place.value.as_str()) {
        return None;
    }
    Some(
        Diagnostic::new(Code(504), format!("`{}` is not in the result, and the secure vault needs it", place.value))
            .at_line(&path, place.line)
            .hint("the server cannot decrypt its secrets without it; add the keystore to the home or by an overlay"),
    )
}
