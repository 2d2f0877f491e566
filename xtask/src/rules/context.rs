//! All that the rules know beside the path at hand.
//!
//! In: the inputs and the policy. Out: a [`Context`], made once. Always: pure data, derived from the inputs alone.

use crate::change::{self, Change};
use crate::digest::Digest;
use crate::document::{Document, repair};
use crate::effective::{self, Environment, RuleFiles};
use crate::inventory::{Content, Entry, Inventory};
use crate::path::EntryPath;
use crate::plan::{Input, Inputs};
use crate::policy::Policy;
use crate::product::update_level::{self, UpdateLevel};
use crate::product::{listing, templates};
use crate::rendered;
use crate::rules::hl7::{self, Hl7};
use std::collections::{BTreeMap, BTreeSet};

/// Folder of the platform's bundles.
pub(crate) const PLUGINS: &str = "wso2/components/plugins";

/// A bundle that the result has from the fresh distribution or from an HL7 pack.
#[derive(Clone, Debug)]
pub(crate) struct Shipped {
    pub(crate) input: Input,
    pub(crate) path: EntryPath,
    pub(crate) version: String,
}

/// All that the rules know beside the path at hand.
pub(crate) struct Context<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) policy: &'a Policy,
    /// Paths of `conf` that a template of either release renders.
    pub(crate) rendered: BTreeSet<EntryPath>,
    /// Bundles by symbolic name that the result has without the home.
    pub(crate) shipped: BTreeMap<String, Vec<Shipped>>,
    /// Symbolic names of the old release's own bundles, with their paths.
    pub(crate) old_bundles: BTreeMap<String, Vec<EntryPath>>,
    /// Whether the home was updated in place.
    pub(crate) updated: bool,
    /// Files that the home's WUM change log names.
    pub(crate) named_by_update: BTreeSet<String>,
    /// Registry paths that a carried carbon application deploys: the application, and the digest of its content.
    pub(crate) deployed: BTreeMap<String, Vec<(EntryPath, Option<Digest>)>>,
    /// What is known of the HL7 transport.
    pub(crate) hl7: Hl7,
    /// The home's deployment.toml, mended where its meaning is plain; `None` where it cannot be read, which its own
    /// rule says.
    pub(crate) settings: Option<Document>,
    /// Whether the home is a folder, whose links can be followed.
    pub(crate) on_disk: bool,
    /// Jars of `lib` by the name of the wrapper that the server makes of them.
    pub(crate) wrappers: BTreeMap<String, Vec<EntryPath>>,
    /// What the home renders its files with.
    pub(crate) rendering: rendered::Context,
    /// The files that the home's own server renders, where that can be told.
    pub(crate) rendered_by_home: BTreeMap<String, String>,
}

impl<'a> Context<'a> {
    /// Derives everything from the inputs.
    pub(crate) fn new(inputs: &'a Inputs, policy: &'a Policy) -> Self {
        let mut inventories = vec![&inputs.customised, &inputs.fresh];
        inventories.extend(&inputs.pristine);
        let shipped = shipped(inputs, policy);
        let settings = inputs.customised.text("conf/deployment.toml").and_then(|toml| repair::read(toml).ok());
        let settings = settings.map(|repaired| repaired.document);
        Self {
            rendered: templates::rendered_by(&inventories),
            old_bundles: old_bundles(inputs),
            updated: update_level::update_level(&inputs.customised) != UpdateLevel::Never,
            named_by_update: named_by_update(&inputs.customised),
            deployed: deployed(inputs, policy),
            hl7: Hl7::new(inputs, policy, settings.as_ref()),
            rendering: rendering(&inputs.customised),
            rendered_by_home: settings
                .as_ref()
                .map(|settings| rendered_by(&inputs.customised, settings))
                .unwrap_or_default(),
            settings,
            on_disk: inputs.customised.entries.values().any(|entry| matches!(entry.content, Content::Disk { .. })),
            wrappers: wrappers(&inputs.customised),
            shipped,
            inputs,
            policy,
        }
    }

    /// How an entry of the home stands to the old release.
    pub(crate) fn change(&self, path: &EntryPath, entry: &Entry) -> Change {
        change::change(path, entry, self.inputs.pristine.as_ref(), &self.inputs.fresh)
    }

    /// Whether the old release ships the path.
    pub(crate) fn is_stock(&self, path: &EntryPath) -> bool {
        match &self.inputs.pristine {
            Some(pristine) => pristine.entries.contains_key(path),
            None => listing::listing().get(path.as_str()).is_some(),
        }
    }

    /// Whether the home has a file there that the policy does not leave out.
    pub(crate) fn has_in_result(&self, path: &EntryPath) -> bool {
        self.inputs.customised.has_file(path.as_str()) && !self.policy.drops(path)
    }

    /// The fresh distribution's entry at a path.
    pub(crate) fn fresh(&self, path: &EntryPath) -> Option<&'a Entry> {
        self.inputs.fresh.entries.get(path)
    }
}

fn shipped(inputs: &Inputs, policy: &Policy) -> BTreeMap<String, Vec<Shipped>> {
    let mut shipped: BTreeMap<String, Vec<Shipped>> = BTreeMap::new();
    let packs = inputs.hl7.iter().enumerate().map(|(number, pack)| (Input::Hl7(number), pack));
    for (input, inventory) in std::iter::once((Input::Fresh, &inputs.fresh)).chain(packs) {
        for (path, entry) in &inventory.entries {
            let Some(jar) = &entry.facts.jar else { continue };
            let target = if input == Input::Fresh { path.clone() } else { hl7::place(path) };
            if policy.leaves_out(&target) {
                continue;
            }
            if input == Input::Fresh && !path.is_below(PLUGINS) && !path.is_in("dropins") {
                continue;
            }
            if let Some(name) = &jar.symbolic_name {
                let version = jar.bundle_version.clone().unwrap_or_default();
                shipped.entry(name.clone()).or_default().push(Shipped {
                    input: input.clone(),
                    path: path.clone(),
                    version,
                });
            }
        }
    }
    shipped
}

fn old_bundles(inputs: &Inputs) -> BTreeMap<String, Vec<EntryPath>> {
    let mut bundles: BTreeMap<String, Vec<EntryPath>> = BTreeMap::new();
    for (path, known) in listing::listing().bundles() {
        if let Some(name) = known.symbolic_name {
            bundles.entry(name.to_owned()).or_default().push(EntryPath::known(path));
        }
    }
    if let Some(pristine) = &inputs.pristine {
        for (path, entry) in pristine.below(PLUGINS) {
            let Some(name) = entry.facts.jar.as_ref().and_then(|jar| jar.symbolic_name.clone()) else { continue };
            let paths = bundles.entry(name).or_default();
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
    }
    bundles
}

/// MI v4.0.0 `DefaultBundleCreator`: the file's name with `_` for each `-`.
fn wrappers(home: &Inventory) -> BTreeMap<String, Vec<EntryPath>> {
    let mut wrappers: BTreeMap<String, Vec<EntryPath>> = BTreeMap::new();
    for (path, _) in home.below("lib").filter(|(path, _)| path.is_in("lib") && path.has_extension("jar")) {
        wrappers.entry(path.file_name().replace('-', "_")).or_default().push(path.clone());
    }
    wrappers
}

fn rendering(home: &Inventory) -> rendered::Context {
    let rule_file = |name: &str| home.text(&format!("repository/resources/conf/{name}"));
    let rules = rendered::Rules {
        default: rule_file("default.json"),
        infer: rule_file("infer.json"),
        key_mappings: rule_file("key-mappings.json"),
    };
    home.text("conf/deployment.toml").and_then(|toml| rendered::Context::new(toml, &rules).ok()).unwrap_or_default()
}

fn rendered_by(home: &Inventory, settings: &Document) -> BTreeMap<String, String> {
    let rules = RuleFiles::of(home);
    if rules.default.is_none() {
        return BTreeMap::new();
    }
    effective::rendering(settings, &rules, &Environment::of(&rules))
        .map(|rendering| rendering.files)
        .unwrap_or_default()
}

fn named_by_update(home: &Inventory) -> BTreeSet<String> {
    home.below("updates")
        .filter(|(path, _)| path.file_name().starts_with("change-log"))
        .filter_map(|(_, entry)| entry.facts.text.as_deref())
        .flat_map(update_level::changed_by_update)
        .collect()
}

fn deployed(inputs: &Inputs, policy: &Policy) -> BTreeMap<String, Vec<(EntryPath, Option<Digest>)>> {
    let mut deployed: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (path, entry) in inputs.customised.below("repository/deployment/server/carbonapps") {
        let Some(facts) = &entry.facts.carbon_application else { continue };
        let left_out = policy.drops(path);
        if left_out || !path.is_in("repository/deployment/server/carbonapps") {
            continue;
        }
        // What has no digest is a collection's: 1.2.0 does not deploy it, so the file is the user's own.
        for (resource, digest) in facts.registry.iter().filter(|(_, digest)| digest.is_some()) {
            deployed.entry(resource.clone()).or_default().push((path.clone(), *digest));
        }
    }
    deployed
}
