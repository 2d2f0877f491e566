//! What a bundle is made of: `sbom.cdx.json` and `provenance.intoto.json`.
//!
//! In: what was read, planned and written. Out: the two files by name. Always: what they say of an input is its name and
//! its digest.

use super::inputs::Gathered;
use super::package::{Forms, TOP};
use crate::choice::StoreIn;
use crate::components::Component;
use crate::digest::Digest;
use crate::image::Layer;
use crate::output::Output;
use crate::report::provenance::{self, Dependency, Parameters, Provenance};
use crate::report::{Document, manifest, sbom};
use crate::timestamp::Timestamp;
use crate::write::Written;

/// The documents that say what was decided, beside the manifest.
const DECISIONS: [&str; 2] = ["policy.toml", "report.json"];

/// What the tree is made of.
pub(super) fn sbom(components: &[Component], time: Timestamp) -> anyhow::Result<Document> {
    Ok(Document::new(sbom::NAME, sbom::render(components, time)?))
}

/// What the bundle was made of, and by which decisions: those in the manifest and in the documents made so far.
pub(super) fn provenance(
    gathered: &Gathered,
    dependencies: &[Dependency],
    forms: &Forms<'_>,
    written: &Written,
    documents: &[Document],
) -> anyhow::Result<Document> {
    let policy = &gathered.policy;
    let manifest = written.manifest.map(|digest| (manifest::NAME.to_owned(), digest));
    let decisions = documents.iter().filter(|document| DECISIONS.contains(&document.name.as_str()));
    let decisions = decisions.map(|document| (document.name.clone(), Digest::of(&document.bytes)));
    let decisions: Vec<_> = manifest.into_iter().chain(decisions).collect();
    let outputs: Vec<_> = forms.outputs.iter().map(|output| output.name()).collect();
    let text = provenance::render(&Provenance {
        subjects: &subjects(written),
        parameters: Parameters {
            name: forms.name,
            outputs: &outputs,
            top: TOP,
            overlays: gathered.inputs.overlays.iter().map(|overlay| overlay.name.as_str()).collect(),
            policy: policy.text.as_ref().map(|text| Digest::of(text.as_bytes())),
            database: policy.database.filter(|_| policy.database_is_argument).map(StoreIn::name),
            render_conf: gathered.inputs.render_conf,
            platform: forms.outputs.contains(&Output::Oci).then(|| forms.ground.platform().to_string()),
            time: forms.time,
        },
        dependencies: &[dependencies, forms.ground.dependency.as_slice()].concat(),
        decisions: &decisions,
    })?;
    Ok(Document::new(provenance::NAME, text))
}

/// Every archive, every image by the digest of its manifest, and every layer that is a file of its own.
fn subjects(written: &Written) -> Vec<(String, Digest)> {
    let mut subjects = Vec::new();
    for output in &written.outputs {
        subjects.extend(output.file.as_ref().map(|(file, _, digest)| (file.clone(), *digest)));
        subjects.extend(output.image.map(|digest| (output.path.clone(), digest)));
        if output.kind == Output::DockerContext {
            let file = |layer: &Layer| format!("{}/{}.tar.gz", output.path, layer.name.as_str());
            subjects.extend(output.layers.iter().map(|layer| (file(layer), layer.digest)));
        }
    }
    subjects
}
