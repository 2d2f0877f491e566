//! The HL7 transport: whether the home uses it, what brings it to the result, and what becomes of the packs.
//!
//! Facts: MI v4.0.0 features/wso2mi-hl7/src/assembly/hl7-package.xml (two jars, into `dropins`: in `lib` the
//! wrapper would drop their OSGi headers); the transport's symbolic name is
//! org.wso2.micro.integrator.business.messaging.hl7. An HL7 inbound endpoint needs only the hapi that is shipped.

use crate::choice::{Choice, WithoutPack};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Document;
use crate::inventory::{Entry, Inventory};
use crate::path::EntryPath;
use crate::plan::{Action, Disposition, Input, Inputs, Planned};
use crate::policy::Policy;
use crate::rules::{Context, Decision};
use crate::settings::read;
use std::collections::BTreeSet;

/// Symbolic name of the transport's bundle.
const TRANSPORT: &str = "org.wso2.micro.integrator.business.messaging.hl7";
/// Symbolic name of the second bundle of the pack.
const OPENJPA: &str = "openjpa-all";
/// Prefix of the transport's bundles in EI 6, which some people carried over to MI.
const EI6_TRANSPORT: &str = "org.wso2.carbon.business.messaging.hl7";

/// What is known of the HL7 transport.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hl7 {
    /// How the home uses it: fragments. Empty when it does not.
    pub(crate) uses: Vec<String>,
    /// The home's own jars of it, and those that go with it.
    pub(crate) old_jars: Vec<EntryPath>,
    /// Whether a pack is given, or the fresh distribution holds one already.
    pub(crate) has_pack: bool,
    /// What the policy says where none is.
    pub(crate) without_pack: Option<WithoutPack>,
}

impl Hl7 {
    pub(crate) fn new(inputs: &Inputs, policy: &Policy, settings: Option<&Document>) -> Self {
        let home = &inputs.customised;
        let old_jars: Vec<EntryPath> = ["dropins", "lib"]
            .iter()
            .flat_map(|folder| home.below(folder))
            .filter(|(_, entry)| is_of_a_pack(entry))
            .map(|(path, _)| path.clone())
            .collect();
        let transports = old_jars.iter().filter(|path| home.entries.get(*path).is_some_and(is_transport));
        let mut uses: BTreeSet<String> = transports.map(|path| format!("`{path}` is its jar")).collect();
        let transports = settings.map(read::hl7_transports).unwrap_or_default();
        uses.extend(
            transports.into_iter().map(|found| format!("`conf/deployment.toml:{}`: {}", found.line, found.key)),
        );
        for (path, entry) in home.below("repository/deployment") {
            uses.extend(entry.facts.hl7_uses.iter().map(|used| format!("`{path}`: {used}")));
        }
        Self {
            uses: uses.into_iter().collect(),
            old_jars,
            has_pack: !inputs.hl7.is_empty() || inputs.fresh.below("dropins").any(|(_, entry)| is_transport(entry)),
            without_pack: policy.hl7_without_pack,
        }
    }

    /// Whether the home uses the transport and nothing was given or decided for it.
    pub(crate) fn is_undecided(&self) -> bool {
        !self.uses.is_empty() && !self.has_pack && self.without_pack.is_none()
    }
}

fn symbolic_name(entry: &Entry) -> Option<&str> {
    entry.facts.jar.as_ref()?.symbolic_name.as_deref()
}

/// Whether the jar is the HL7 transport's own.
fn is_transport(entry: &Entry) -> bool {
    symbolic_name(entry).is_some_and(|name| name == TRANSPORT || name.starts_with(EI6_TRANSPORT))
}

/// Whether the jar belongs to an HL7 pack of either release.
pub(crate) fn is_of_a_pack(entry: &Entry) -> bool {
    is_transport(entry) || symbolic_name(entry) == Some(OPENJPA)
}

/// A jar of an HL7 pack in the home; `None` where nothing special is to be said of it.
pub(crate) fn old_jar(context: &Context, path: &EntryPath, entry: &Entry) -> Option<Decision> {
    let name = entry.facts.jar.as_ref()?.symbolic_name.as_deref()?;
    if context.hl7.has_pack {
        let as_shipped = if name.starts_with(EI6_TRANSPORT) { TRANSPORT } else { name };
        if !context.shipped.contains_key(as_shipped) {
            return None;
        }
        return Some(Decision::left_out("an old jar of the HL7 transport; the pack given brings its own").say_grouped(
            Code(301),
            {
                let version = entry.facts.jar.as_ref().and_then(|jar| jar.bundle_version.clone()).unwrap_or_default();
                format!("{path}: {name} {version}, which the HL7 pack brings")
            },
        ));
    }
    if context.hl7.uses.is_empty() {
        return None;
    }
    match context.hl7.without_pack {
        Some(WithoutPack::CarryOldJars) => Some(Decision::carried(path, entry, "the policy carries the old HL7 jars")),
        Some(WithoutPack::GoWithout) => Some(Decision::left_out("the policy goes without the HL7 transport")),
        None => Some(Decision::of(
            Action::new(Disposition::Undecided, "an HL7 jar, and no HL7 pack is given").because_of(Code(701)),
        )),
    }
}

/// What there is to say about the transport as a whole.
pub(crate) fn diagnostics(hl7: &Hl7, packs: &[Inventory]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if hl7.is_undecided() {
        found.push(
            Diagnostic::new(Code(701), "the home uses the HL7 transport, and no HL7 pack is given")
                .details(hl7.uses.clone())
                .hint(
                    "give --hl7 with wso2mi-hl7-4.0.0.zip, or with org.wso2.micro.integrator.business.messaging.\
                     hl7-4.0.0.jar and openjpa-all-2.2.2.wso2v2.jar; or decide in the policy under [hl7]",
                )
                .choices([Choice::Hl7(WithoutPack::GoWithout), Choice::Hl7(WithoutPack::CarryOldJars)]),
        );
    }
    if !hl7.has_pack && !hl7.uses.is_empty() {
        match hl7.without_pack {
            Some(WithoutPack::GoWithout) => found.push(
                Diagnostic::new(
                    Code(703),
                    "the result has no HL7 transport, as the policy says, although the home uses it",
                )
                .details(hl7.uses.clone())
                .hint("take its lines out of deployment.toml, or the server does not start"),
            ),
            Some(WithoutPack::CarryOldJars) => found.push(
                Diagnostic::new(Code(705), "the home's own HL7 jars are carried, as the policy says")
                    .details(hl7.old_jars.iter().map(ToString::to_string))
                    .hint("try HL7 messages before going live; the pack of 4.0.0 is the better way"),
            ),
            None => {}
        }
    }
    if !packs.is_empty() {
        found.extend(pack_diagnostics(packs));
    }
    found
}

fn pack_diagnostics(packs: &[Inventory]) -> Vec<Diagnostic> {
    let transports: Vec<(&Inventory, &EntryPath, &Entry)> = packs
        .iter()
        .flat_map(|pack| pack.entries.iter().map(move |(path, entry)| (pack, path, entry)))
        .filter(|(_, _, entry)| symbolic_name(entry) == Some(TRANSPORT))
        .collect();
    if transports.is_empty() {
        return vec![
            Diagnostic::new(Code(704), "none of the jars given as HL7 pack is the HL7 transport")
                .details(packs.iter().map(|pack| pack.name.clone()))
                .hint("give wso2mi-hl7-4.0.0.zip, the folder that it was unpacked to, or its two jars"),
        ];
    }
    transports
        .into_iter()
        .filter_map(|(pack, path, entry)| {
            let version = entry.facts.jar.as_ref()?.bundle_version.clone().unwrap_or_default();
            (!version.starts_with("4.")).then(|| {
                Diagnostic::new(
                    Code(702),
                    format!("the HL7 transport in the pack is of version {version}, not of 4.0.0"),
                )
                .at(format!("{}: {path}", pack.name))
                .hint("it is accepted; prefer wso2mi-hl7-4.0.0.zip, and try HL7 messages before going live")
            })
        })
        .collect()
}

/// Where a jar of a pack lies in the result, wherever it lay in the pack.
pub(crate) fn place(path: &EntryPath) -> EntryPath {
    path.name_only().under("dropins")
}

/// What becomes of one entry of a pack: an action, and what it puts into the result.
pub(crate) fn pack_entry(number: usize, path: &EntryPath, entry: &Entry) -> (Action, Option<(EntryPath, Planned)>) {
    if !entry.is_file() {
        return (Action::new(Disposition::LeftOut, "only the jars of a pack are placed"), None);
    }
    if !path.has_extension("jar") {
        return (Action::new(Disposition::LeftOut, "no jar; only the jars of a pack are placed"), None);
    }
    if entry.digest.is_none() {
        return (Action::new(Disposition::Undecided, "it cannot be read").because_of(Code(210)), None);
    }
    let target = place(path);
    let mut planned = Planned::from_entry(entry, Input::Hl7(number), path);
    planned.mode |= 0o444;
    let action = Action::new(Disposition::Moved, "a jar of the HL7 pack belongs into dropins").to(target.clone());
    (action, Some((target, planned)))
}
