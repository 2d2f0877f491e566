//! The arguments that `package` and `plan` share, and the read phase that they stand for.
//!
//! In: paths. Out: [`Inputs`], a policy, and the opened sources. Always: inputs are only read; what is no MI of the
//! right release is refused before its contents are read.

mod digests;

pub(super) use digests::dependencies;

use crate::choice::StoreIn;
use crate::facts::extract::extract;
use crate::inventory::{Content, Entry, Inventory, Kind};
use crate::overlay::{self, Overlay};
use crate::path::EntryPath;
use crate::plan::Inputs;
use crate::policy::{self, Policy};
use crate::product::{identify, listing};
use crate::progress::Progress;
use crate::read::{self, Limits, ListRules, Sources, Want};
use crate::rules::area;
use crate::sample::SamplePaths;
use anyhow::{Context as _, bail};
use digests::Given;
use std::path::{Path, PathBuf};

/// What `package` and `plan` are given.
#[derive(clap::Args, Debug, Clone)]
pub(super) struct InputArgs {
    /// The home of the used Micro Integrator 1.2.0: a folder, a zip or a tar.gz
    #[arg(long, value_name = "PATH", required_unless_present = "sample")]
    pub(super) home: Option<PathBuf>,
    /// The fresh 4.0.0 distribution: wso2mi-4.0.0.zip, or an unpacked (and updated) folder
    #[arg(long, value_name = "PATH", required_unless_present = "sample")]
    pub(super) fresh: Option<PathBuf>,
    /// The 1.2.0 distribution as shipped: tells the user's changes from stock files
    #[arg(long, value_name = "PATH")]
    pub(super) pristine: Option<PathBuf>,
    /// The HL7 pack: wso2mi-hl7-4.0.0.zip, a folder, or its jars (can be repeated)
    #[arg(long, value_name = "PATH")]
    pub(super) hl7: Vec<PathBuf>,
    /// An overlay: a name below overlays/, or a folder (can be repeated, applied in order)
    #[arg(long, value_name = "NAME|PATH")]
    pub(super) overlay: Vec<String>,
    /// What was decided beforehand (TOML; `plan --write-policy` makes one)
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    /// The kind of database that the user store is in: db2, h2, mssql, mysql, oracle, oracle-rac, postgres or none
    #[arg(long, value_name = "NAME", value_parser = parse_database)]
    pub(super) db: Option<StoreIn>,
    /// Put the files that the server renders at its first start into the result too
    #[arg(long)]
    pub(super) render_conf: bool,
    /// The most that an input may unpack to, such as 64G
    #[arg(long, value_name = "SIZE", default_value = "16G", value_parser = parse_size)]
    pub(super) max_unpacked_size: u64,
    /// Use a small sample that the tool makes itself
    #[arg(long, conflicts_with_all = ["home", "fresh", "pristine", "hl7"])]
    pub(super) sample: bool,
}

impl InputArgs {
    /// The inputs that are given by path.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.home.iter().chain(&self.fresh).chain(&self.pristine).chain(&self.hl7).map(PathBuf::as_path)
    }

    /// The arguments for inputs with everything in it.
    pub(super) fn of(paths: &SamplePaths) -> Self {
        Self {
            home: Some(paths.home.clone()),
            fresh: Some(paths.fresh.clone()),
            pristine: Some(paths.pristine.clone()),
            hl7: vec![paths.hl7.clone()],
            overlay: Vec::new(),
            policy: None,
            db: None,
            render_conf: false,
            max_unpacked_size: Limits::default().total_bytes,
            sample: false,
        }
    }
}

/// Everything read.
pub(super) struct Gathered {
    pub(super) inputs: Inputs,
    pub(super) policy: Policy,
    pub(super) sources: Sources,
    /// The inputs as they were given, in the order in which reports list them.
    given: Vec<Given>,
    /// The name of the policy's file.
    policy_name: Option<String>,
    /// Keeps the sample on disk as long as it is read.
    _sample: Option<tempfile::TempDir>,
}

fn parse_database(text: &str) -> Result<StoreIn, String> {
    let names = StoreIn::NAMES.join(", ");
    StoreIn::named(text).ok_or_else(|| format!("it is one of {names}; MariaDB counts as mysql"))
}

pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.trim_end_matches(['B', 'b']).trim_end_matches(['i']) {
        t if t.ends_with(['G', 'g']) => (&t[..t.len() - 1], 30),
        t if t.ends_with(['M', 'm']) => (&t[..t.len() - 1], 20),
        t if t.ends_with(['K', 'k']) => (&t[..t.len() - 1], 10),
        t if t.ends_with(['T', 't']) => (&t[..t.len() - 1], 40),
        t => (t, 0),
    };
    let number: u64 =
        digits.trim().parse().map_err(|_| format!("`{text}` is no size; write it as 16G, 500M or in bytes"))?;
    number.checked_shl(shift).filter(|size| size >> shift == number).ok_or_else(|| format!("`{text}` is too large"))
}

/// Reads all inputs.
pub(super) fn gather(args: &InputArgs, progress: &dyn Progress) -> anyhow::Result<Gathered> {
    let mut args = args.clone();
    let mut sample = None;
    if args.sample {
        let folder = tempfile::tempdir().context("no temporary folder for the sample")?;
        let paths = crate::sample::write(folder.path())?;
        let given = args;
        args = InputArgs {
            overlay: given.overlay,
            policy: given.policy,
            db: given.db,
            render_conf: given.render_conf,
            max_unpacked_size: given.max_unpacked_size,
            ..InputArgs::of(&paths)
        };
        sample = Some(folder);
    }
    let mut policy = read_policy(args.policy.as_deref())?;
    policy.database = args.db.or(policy.database);
    policy.database_is_argument = args.db.is_some();
    let limits = Limits { total_bytes: args.max_unpacked_size, ..Limits::default() };
    let mut sources = Sources::new();
    let (Some(home), Some(fresh)) = (&args.home, &args.fresh) else { bail!("--home and --fresh are needed") };
    let mut given = vec![Given::at("home", home)?, Given::at("fresh", fresh)?];
    let mut inputs = Inputs {
        fresh: list_plain(fresh, &mut sources, &limits)?,
        customised: list_home(home, &mut sources, &limits, &policy)?,
        render_conf: args.render_conf,
        ..Inputs::default()
    };
    if let Some(pristine) = &args.pristine {
        given.push(Given::at("pristine", pristine)?);
        inputs.pristine = Some(list_plain(pristine, &mut sources, &limits)?);
    }
    for pack in &args.hl7 {
        given.push(Given::at("hl7", pack)?);
        inputs.hl7.push(if pack.extension().is_some_and(|extension| extension == "jar") {
            single_file(pack)?
        } else {
            list_plain(pack, &mut sources, &limits)?
        });
    }
    for overlay in &args.overlay {
        given.push(Given::at("overlay", &overlay_folder(overlay)?)?);
        let overlay = list_overlay(overlay, &mut sources, &limits)?;
        if inputs.overlays.iter().any(|other: &Overlay| other.name == overlay.name) {
            bail!("two overlays are named `{}`; rename the folder of one", overlay.name);
        }
        inputs.overlays.push(overlay);
    }
    fill(&mut inputs, &sources, &policy, progress)?;
    let policy_name = args.policy.as_deref().map(short_name);
    Ok(Gathered { inputs, policy, sources, given, policy_name, _sample: sample })
}

pub(super) fn read_policy(path: Option<&Path>) -> anyhow::Result<Policy> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("the policy `{}` cannot be read", path.display()))?;
    policy::parse(&text).map_err(|problem| anyhow::anyhow!("the policy `{}`: {problem}", path.display()))
}

/// The input that something to write lies in, or is.
pub(super) fn input_around<'a>(output: &Path, mut inputs: impl Iterator<Item = &'a Path>) -> Option<&'a Path> {
    let absolute = std::path::absolute(output).unwrap_or_else(|_| output.to_owned());
    let out = absolute.ancestors().find_map(|folder| folder.canonicalize().ok())?;
    inputs.find(|input| input.canonicalize().is_ok_and(|input| out.starts_with(input)))
}

/// The name that reports use: the last part, so that they are the same wherever the input lies.
pub(super) fn short_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn list_plain(path: &Path, sources: &mut Sources, limits: &Limits) -> anyhow::Result<Inventory> {
    let mut inventory = read::list(path, sources, limits, &ListRules::plain())?;
    inventory.name = short_name(path);
    Ok(inventory)
}

fn list_home(path: &Path, sources: &mut Sources, limits: &Limits, policy: &Policy) -> anyhow::Result<Inventory> {
    let skip =
        |path: &EntryPath| area::is_left_out_by_name(path) && !policy.carries(path) && !carries_below(policy, path);
    let follow = |path: &EntryPath| policy.follows(path);
    let mut inventory = read::list(path, sources, limits, &ListRules { skip: &skip, follow: &follow })?;
    inventory.name = short_name(path);
    Ok(inventory)
}

/// Whether the policy carries something below a folder that would not be entered.
fn carries_below(policy: &Policy, folder: &EntryPath) -> bool {
    policy.carry.iter().any(|pattern| {
        let literal = pattern.as_str().split('*').next().unwrap_or_default();
        literal.starts_with(&format!("{folder}/")) || folder.as_str().starts_with(literal)
    })
}

/// A jar given by itself, as a pack of one.
fn single_file(path: &Path) -> anyhow::Result<Inventory> {
    let metadata = std::fs::metadata(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let name = short_name(path);
    let entry_path = EntryPath::parse(&name).map_err(|problem| anyhow::anyhow!("the name `{name}` {problem}"))?;
    let mut entry =
        Entry::of(Kind::File, 0o644, Content::Disk { path: path.to_owned(), changed: read::changed_at(&metadata) });
    entry.size = metadata.len();
    Ok(Inventory { entries: [(entry_path, entry)].into(), name, top: None })
}

pub(super) fn list_overlay(name: &str, sources: &mut Sources, limits: &Limits) -> anyhow::Result<Overlay> {
    let folder = overlay_folder(name)?;
    let text = std::fs::read_to_string(folder.join("overlay.toml"))
        .with_context(|| format!("the overlay `{}` has no readable overlay.toml", folder.display()))?;
    let settings = overlay::parse(&text)
        .map_err(|problem| anyhow::anyhow!("`{}`: {problem}", folder.join("overlay.toml").display()))?;
    let files = folder.join("files");
    let rules = ListRules { skip: &|_| false, follow: &|_| false };
    let mut inventory =
        if files.is_dir() { read::list(&files, sources, limits, &rules)? } else { Inventory::default() };
    if let Some(top) = inventory.top.take() {
        // An overlay with one folder in `files` means that folder.
        let mut entries = std::mem::take(&mut inventory.entries);
        inventory.entries =
            std::mem::take(&mut entries).into_iter().map(|(path, entry)| (path.under(&top), entry)).collect();
    }
    let name = short_name(&folder);
    inventory.name.clone_from(&name);
    Ok(Overlay { name, settings, files: inventory })
}

pub(super) fn overlay_folder(name: &str) -> anyhow::Result<PathBuf> {
    let given = PathBuf::from(name);
    if given.join("overlay.toml").is_file() {
        return Ok(given.canonicalize().unwrap_or(given));
    }
    let roots = [
        std::env::current_dir().ok(),
        std::env::var_os("CARGO_MANIFEST_DIR").map(|folder| PathBuf::from(folder).join("..")),
    ];
    roots
        .into_iter()
        .flatten()
        .map(|root| root.join("overlays").join(name))
        .find(|folder| folder.join("overlay.toml").is_file())
        .with_context(|| {
            format!(
                "there is no overlay `{name}`: neither `{name}/overlay.toml` nor `overlays/{name}/overlay.toml` exists"
            )
        })
}

/// Reads what the plan needs of every input.
fn fill(inputs: &mut Inputs, sources: &Sources, policy: &Policy, progress: &dyn Progress) -> anyhow::Result<()> {
    identified(&mut inputs.fresh, sources, "4.0.0")?;
    identified(&mut inputs.customised, sources, "1.2.0")?;
    if let Some(pristine) = &mut inputs.pristine {
        identified(pristine, sources, "1.2.0")?;
    }
    if !inputs.customised.has_file("conf/deployment.toml") {
        bail!(
            "the home `{}` has no conf/deployment.toml: every started Micro Integrator 1.2.0 has one; give the folder that holds bin, conf and repository",
            inputs.customised.name
        );
    }
    let pristine = inputs.pristine.as_ref();
    let want_home = |path: &EntryPath, entry: &Entry| want_of_home(path, entry, pristine, policy);
    read::fill(&mut inputs.customised, sources, &want_home, &extract, progress)?;
    read::fill(&mut inputs.fresh, sources, &|_, _| Want::DigestAndFacts, &extract, progress)?;
    if let Some(pristine) = &mut inputs.pristine {
        let home = &inputs.customised;
        read::fill(pristine, sources, &|path, entry| want_of_pristine(path, entry, home), &extract, progress)?;
    }
    for pack in &mut inputs.hl7 {
        read::fill(pack, sources, &|_, _| Want::DigestAndFacts, &extract, progress)?;
    }
    for overlay in &mut inputs.overlays {
        read::fill(&mut overlay.files, sources, &|_, _| Want::DigestAndFacts, &extract, progress)?;
    }
    Ok(())
}

/// Reads the few texts that say what an input is, and refuses what is something else.
pub(super) fn identified(inventory: &mut Inventory, sources: &Sources, version: &str) -> anyhow::Result<()> {
    read_identity(inventory, sources)?;
    let identity = identify::identify(inventory);
    identify::expect(&identity, version).map_err(|problem| anyhow::anyhow!("`{}` {problem}", inventory.name))
}

/// Reads the few texts that say what an input is.
pub(super) fn read_identity(inventory: &mut Inventory, sources: &Sources) -> anyhow::Result<()> {
    let names = ["bin/version.txt", "bin/wso2carbon-version.txt", "updates/product.txt"];
    let read_text = |path: &EntryPath, entry: &Entry| {
        if names.contains(&path.as_str()) && entry.size < 4096 { Want::DigestAndFacts } else { Want::Nothing }
    };
    read::fill(inventory, sources, &read_text, &identity_text, &crate::progress::Quiet)
}

fn identity_text(_: &EntryPath, _: &Entry, reader: &mut dyn read::ReadSeek) -> crate::inventory::Facts {
    let mut bytes = Vec::new();
    let read = std::io::Read::read_to_end(&mut std::io::Read::take(reader, 4096), &mut bytes);
    crate::inventory::Facts { text: read.ok().map(|_| bytes.into()), ..Default::default() }
}

fn want_of_home(path: &EntryPath, entry: &Entry, pristine: Option<&Inventory>, policy: &Policy) -> Want {
    if policy.carries(path) || policy.decide.contains_key(path) {
        return Want::DigestAndFacts;
    }
    let text = path.as_str();
    if path.is_below("updates") || path.is_below("repository/resources/conf/.metadata") {
        let tells = text == "updates/config.json"
            || path.file_name().starts_with("change-log")
            || text.ends_with("metadata_config.properties");
        return if tells { Want::DigestAndFacts } else { Want::Nothing };
    }
    if path.is_below("wso2") {
        let is_stock = match pristine {
            Some(pristine) => pristine.entries.contains_key(path),
            None => listing::listing().get(text).is_some(),
        };
        let base = pristine.and_then(|pristine| pristine.entries.get(path)).filter(|base| base.size == entry.size);
        return match base {
            Some(base) if base.crc.is_some() => Want::Checksum,
            Some(_) => Want::Digest,
            None if !is_stock && path.has_extension("jar") => Want::DigestAndFacts,
            None => Want::Nothing,
        };
    }
    if area::is_never_opened(path) { Want::Nothing } else { Want::DigestAndFacts }
}

fn want_of_pristine(path: &EntryPath, entry: &Entry, home: &Inventory) -> Want {
    match home.entries.get(path) {
        Some(customised) if path.is_below("wso2") => {
            if customised.size == entry.size && entry.crc.is_none() {
                Want::Digest
            } else {
                Want::Nothing
            }
        }
        Some(_) => Want::DigestAndFacts,
        // What settings mean, where the home was stripped of it.
        None if path.is_below("repository/resources/conf") => Want::DigestAndFacts,
        None if path.is_below("wso2/components/plugins") => Want::DigestAndFacts,
        None => Want::Nothing,
    }
}
