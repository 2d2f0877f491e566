//! `package`: the whole job, from the inputs to a bundle in its place.

use super::image::{self, Ground, ImageArgs};
use super::inputs::{self, Gathered, InputArgs};
use super::papers;
use super::planned::{self, Checked};
use super::signing::{self, SigningArgs};
use super::terminal::{self, Bar};
use crate::image::Reference;
use crate::output::Output;
use crate::parallel;
use crate::plan::Plan;
use crate::progress::Progress;
use crate::report::provenance::Dependency;
use crate::report::runbook::Image;
use crate::report::{self, Artifact, Document, Made, diagnostics};
use crate::timestamp::Timestamp;
use crate::write::{self, Work, Written, WrittenOutput};
use crate::{place, verify};
use anyhow::bail;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The top folder of the result.
pub(super) const TOP: &str = "wso2mi-4.0.0";

/// What to do about a blocked plan.
pub(super) const HOW_TO_DECIDE: &str = "next: mend the errors, and decide the conflicts: `cargo xtask plan` with the same \
    arguments and --write-policy policy.toml writes a file to edit; pass it with --policy";

const EXAMPLE: &str = "\
Examples:
  cargo xtask package --sample
  cargo xtask package --home /opt/wso2mi-1.2.0 --fresh wso2mi-4.0.0.zip \\
      --pristine wso2mi-1.2.0.zip --hl7 wso2mi-hl7-4.0.0.zip
  cargo xtask package --sample --output tar.gz,oci --base-image temurin-11
  cargo xtask package --sample --sign upgrade.key --sign-password-file password.txt

SOURCE_DATE_EPOCH (seconds since 1970) sets the one time that every entry has.";

/// Write the bundle: the upgraded distribution with manifest, report and checksums
#[derive(clap::Args, Debug)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: InputArgs,
    /// The folder that the bundle is written into
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    out: PathBuf,
    /// The name of the bundle, and of its archives and image
    #[arg(long, value_name = "NAME", default_value = "wso2mi-4.0.0-upgraded")]
    name: String,
    /// The forms of the result, separated by commas: zip and tar.gz (archives), docker-context (what
    /// `docker build` takes), oci (an image, ready to load or push)
    #[arg(long, value_name = "FORMS", value_delimiter = ',', value_parser = parse_output, default_value = "zip")]
    output: Vec<Output>,
    #[command(flatten)]
    image: ImageArgs,
    #[command(flatten)]
    signing: SigningArgs,
}

fn parse_output(text: &str) -> Result<Output, String> {
    Output::named(text).ok_or_else(|| format!("it is one of {}", Output::ALL.map(Output::name).join(", ")))
}

/// What is written, and how.
pub(super) struct Forms<'a> {
    pub(super) name: &'a str,
    pub(super) outputs: &'a BTreeSet<Output>,
    pub(super) ground: &'a Ground,
    pub(super) time: Timestamp,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    let time = planned::timestamp()?;
    let bar = Bar::new();
    outside_of_inputs(args)?;
    let outputs: BTreeSet<Output> = args.output.iter().copied().collect();
    let ground = image::open(&args.image, &outputs)?;
    let key = signing::key(&args.signing)?;
    let slot = place::open(&args.out, &args.name)?;
    let gathered = inputs::gather(&args.inputs, &bar)?;
    // Planning leaves cores and the disk time for the archives' digests.
    let (planned, dependencies) = std::thread::scope(|scope| {
        let hashing = scope.spawn(|| inputs::dependencies(&gathered));
        let planned = planned::planned(&gathered, &bar);
        (planned, hashing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (planned, dependencies) = (planned?, dependencies?);
    let plan = &planned.plan;
    for diagnostic in &plan.diagnostics {
        terminal::say(&diagnostics::render(diagnostic, terminal::width(), false));
    }
    if plan.is_blocked() {
        terminal::say(&format!("nothing was written: {}\n{HOW_TO_DECIDE}", diagnostics::tally(&plan.diagnostics)));
        return Ok(super::blocked(&plan.diagnostics));
    }
    let destination = slot.destination();
    let partial = slot.partial()?;
    let forms = Forms { name: &args.name, outputs: &outputs, ground: &ground, time };
    let written = write(&gathered, &planned, &dependencies, &forms, &partial, &bar)?;
    if let Some(key) = &key {
        signing::seal(key, &partial, &args.name, time)?;
    }
    let proven = written.entries.iter().filter(|entry| entry.proven).map(|entry| entry.path.clone()).collect();
    // The disk works while the cores verify.
    let verified = std::thread::scope(|scope| {
        let flushing = scope.spawn(|| slot.flush());
        let verified = verify::written(&partial, &proven, &bar);
        flushing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        verified
    })?;
    if let Some(finding) = verified.findings.first() {
        bail!("what was written does not read back as planned, so nothing was put in place: {finding}");
    }
    if let Some(left) = slot.commit()? {
        terminal::say(&format!("note: the former bundle could not be removed and is left at `{}`", left.display()));
    }
    let signed = key.as_ref().map(signing::said).unwrap_or_default();
    terminal::print(&(done(plan, &destination, &written, &forms) + &signed))?;
    Ok(super::DONE)
}

/// Refuses to write into an input: inputs are only ever read, and the next run would package the bundle.
fn outside_of_inputs(args: &Args) -> anyhow::Result<()> {
    let folders = args.inputs.paths().filter(|path| path.is_dir());
    if let Some(input) = inputs::input_around(&args.out, folders) {
        bail!(
            "the output folder `{}` lies inside of the input `{}`; give another --out",
            args.out.display(),
            input.display()
        );
    }
    Ok(())
}

/// Writes the bundle's files into a folder.
pub(super) fn write(
    gathered: &Gathered,
    checked: &Checked,
    dependencies: &[Dependency],
    forms: &Forms<'_>,
    folder: &Path,
    progress: &dyn Progress,
) -> anyhow::Result<Written> {
    let Checked { plan, listening, components } = checked;
    let ports = image::ports(listening);
    let settings = image::settings(forms, &ports, listening.health);
    let work = Work {
        tree: &plan.tree,
        distribution: &plan.distribution,
        top: TOP,
        outputs: forms.outputs,
        image: Some(image::work(&settings, forms.ground)),
        contents: &gathered.sources,
        time: forms.time,
        threads: parallel::threads(),
        spool: Some(folder),
    };
    let image = Image { settings: &settings, has_base_image: forms.ground.has_base_image() };
    let documents = |written: &Written| {
        let made = made(written);
        let policy = gathered.policy.text.as_deref().unwrap_or("# No policy was given.\n");
        let mut documents = vec![
            Document::new("policy.toml", policy),
            Document::new("report.json", report::json::render(&gathered.inputs, plan, &made)?),
            Document::new("report.txt", report::text::render(&gathered.inputs, plan, &made)),
        ];
        documents.extend(report::scripts::documents());
        documents.push(papers::sbom(components, forms.time)?);
        documents.push(papers::provenance(gathered, dependencies, forms, written, &documents)?);
        documents.extend(report::runbook::documents(plan, &made, image));
        Ok(documents)
    };
    write::bundle(&work, forms.name, folder, &documents, progress)
}

/// What was written, in the terms of reports.
fn made(written: &Written) -> Vec<Made> {
    let made = |output: &WrittenOutput| Made {
        kind: output.kind,
        path: output.path.clone(),
        file: output.file.clone().map(|(file, size, digest)| Artifact { file, size, digest }),
        image: output.image,
    };
    written.outputs.iter().map(made).collect()
}

fn done(plan: &Plan, destination: &Path, written: &Written, forms: &Forms<'_>) -> String {
    let mut text = String::new();
    let bundle = destination.display();
    let files = plan.tree.values().filter(|planned| planned.digest.is_some()).count();
    let _ = writeln!(text, "bundle    {bundle}, {files} files in each form");
    for output in &written.outputs {
        if output.kind.has_layers() {
            let _ = writeln!(text, "image     {}, in {}/", Reference::of_bundle(forms.name).short(), output.path);
        }
        if output.kind == Output::DockerContext {
            text.push_str("          to be built there: docker build, podman build, buildah bud\n");
        } else if output.kind == Output::Oci && !forms.ground.has_base_image() {
            text.push_str("          without --base-image: to copy from, not to run\n");
        }
        if let Some(image) = output.image {
            // A space less, and it fits into 80 columns.
            let _ = writeln!(text, "digest   sha256:{image}");
        }
        if let Some((file, size, digest)) = &output.file {
            let what = if output.kind.has_layers() { "as a tar" } else { "archive " };
            let _ = writeln!(text, "{what}  {file}, {}\nSHA-256   {digest}", report::text::size(*size));
        }
    }
    let _ = writeln!(text, "findings  {}", diagnostics::tally(&plan.diagnostics));
    let _ = writeln!(
        text,
        "next      read {bundle}/report.txt\n          check what arrives: cargo xtask verify {bundle}\n          then \
         follow {bundle}/RUNBOOK.md"
    );
    text
}
