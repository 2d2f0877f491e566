//! `settings render`: the files that a server would write from a deployment.toml.
//!
//! In: the file, and the rule files of a distribution. Out: a new folder with the files, or why the server would not
//! start, in its own terms. Always: the environment is what the command is given, never that of this process; the
//! folder is written whole or not at all, and readable by no more people than the deployment.toml.

use super::read::{Scope, list, read_toml};
use crate::cli::inputs;
use crate::cli::terminal;
use crate::document;
use crate::effective::{self, Environment, Rendering, RuleFiles};
use crate::read::Sources;
use anyhow::{Context as _, anyhow, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const HELP: &str = "\
Of PATH only conf/ and repository/resources/conf/ are read; a folder that holds no more than these will do.
What stands in the environment of this command does not count: variables come from --env-file, one NAME=VALUE a line,
system properties from --define. A $env{..} or $sys{..} that is not given stays as it is written, and is listed.

Exit codes: 0 written; 1 a file cannot be read; 3 the server would not start, and nothing is written.

Example:
  cargo xtask settings render conf/deployment.toml --distribution wso2mi-4.0.0.zip --output rendered --env-file mi.env";

/// Write the files that a server would make of a deployment.toml
#[derive(clap::Args, Debug)]
#[command(after_help = HELP)]
pub(super) struct Args {
    /// The deployment.toml
    #[arg(value_name = "DEPLOYMENT.toml")]
    toml: PathBuf,
    /// The distribution or home whose rule files count: a folder, a zip or a tar.gz
    #[arg(long, value_name = "PATH")]
    distribution: PathBuf,
    /// The folder to make; it must not be there, or be empty
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Environment variables of the server, one NAME=VALUE a line
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// A system property of the server (can be repeated)
    #[arg(long, value_name = "NAME=VALUE")]
    define: Vec<String>,
    /// Fail on a variable or property that is not given, as the server does
    #[arg(long)]
    strict_env: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<u8> {
    free(args)?;
    let toml = read_toml(&args.toml)?;
    let mut sources = Sources::new();
    let distribution = list(&args.distribution, &mut sources, None, Scope::Settings)?;
    let rules = RuleFiles::of(&distribution);
    ensure!(
        rules.default.is_some() && !rules.templates.is_empty(),
        "`{}` has no rule files in `repository/resources/conf`; give a distribution, or a folder with its conf and \
         repository/resources/conf",
        args.distribution.display()
    );
    let environment = Environment {
        variables: args.env_file.as_deref().map(variables).transpose()?.unwrap_or_default(),
        properties: args.define.iter().map(|given| pair(given)).collect::<anyhow::Result<_>>()?,
        strict: args.strict_env,
        ..Environment::of(&rules)
    };
    let rendering = match document::parse(&toml) {
        Ok(document) => match effective::rendering(&document, &rules, &environment) {
            Ok(rendering) => rendering,
            Err(error) if error.unsure => bail!("`{}`: {error}", args.toml.display()),
            Err(error) => {
                terminal::say(&refused(args, error.crashes, &error.message));
                for key in &error.keys {
                    terminal::say(&format!("  setting: {key}"));
                }
                return Ok(crate::cli::BLOCKED);
            }
        },
        Err(refusal) => {
            let crashes = refusal.server == document::parse::Server::Crashes;
            terminal::say(&refused(args, crashes, &refusal.to_string()));
            return Ok(crate::cli::BLOCKED);
        }
    };
    write(args, &rendering)?;
    for placeholder in &rendering.context.unset {
        terminal::say(&format!("note: {placeholder} is not given and stays as it is written"));
    }
    terminal::say(&format!("wrote {} files into {}", rendering.files.len(), args.output.display()));
    Ok(crate::cli::DONE)
}

fn refused(args: &Args, crashes: bool, message: &str) -> String {
    let ends = if crashes { "ends with a stack trace" } else { "logs and exits" };
    format!("`{}`: the server would not start; it {ends}: {message}\nnothing was written", args.toml.display())
}

/// Refuses to write into an input, or over anything.
fn free(args: &Args) -> anyhow::Result<()> {
    let output = args.output.display();
    let given = [&args.toml, &args.distribution].map(PathBuf::as_path).into_iter();
    if let Some(input) = inputs::input_around(&args.output, given.filter(|path| path.is_dir())) {
        bail!("`{output}` lies in the input `{}`; give another --output", input.display());
    }
    match fs::read_dir(&args.output) {
        Ok(mut entries) => {
            ensure!(entries.next().is_none(), "`{output}` is not empty; give a new folder with --output");
        }
        Err(_) if fs::symlink_metadata(&args.output).is_ok() => {
            bail!("`{output}` is there and no folder; give a new one with --output")
        }
        Err(_) => {}
    }
    Ok(())
}

fn variables(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("`{shown}` cannot be read"))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| {
        let line = line.trim_start();
        !line.is_empty() && !line.starts_with('#')
    });
    lines
        .map(|(number, line)| {
            let (name, value) = line
                .split_once('=')
                .filter(|(name, _)| !name.trim().is_empty())
                .ok_or_else(|| anyhow!("`{shown}`, line {number}: no NAME=VALUE"))?;
            Ok((name.trim().to_owned(), value.to_owned()))
        })
        .collect()
}

fn pair(given: &str) -> anyhow::Result<(String, String)> {
    match given.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        // The value may be a secret, and the name of what is no pair too.
        _ => bail!("a --define is no NAME=VALUE"),
    }
}

/// Writes all files into a folder beside, which then takes its place.
fn write(args: &Args, rendering: &Rendering) -> anyhow::Result<()> {
    let failed = || format!("`{}` cannot be written", args.output.display());
    let parent = args.output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A temporary folder is its owner's alone.
    let partial = tempfile::Builder::new().prefix(".rendered-").tempdir_in(parent).with_context(failed)?;
    for (path, text) in &rendering.files {
        let target = partial.path().join(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder).with_context(failed)?;
        }
        fs::write(&target, text).with_context(failed)?;
        narrow(&target, &args.toml, false).with_context(failed)?;
        for folder in target.ancestors().skip(1).take_while(|folder| *folder != partial.path()) {
            narrow(folder, &args.toml, true).with_context(failed)?;
        }
    }
    narrow(partial.path(), &args.toml, true).with_context(failed)?;
    // An empty folder gives way to it.
    fs::rename(partial.path(), &args.output).with_context(failed)?;
    let _ = partial.keep();
    Ok(())
}

/// Gives a file the mode of the deployment.toml, and a folder the same with the right to enter it.
#[cfg(unix)]
fn narrow(path: &Path, toml: &Path, is_folder: bool) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(toml)?.permissions().mode() & 0o666;
    let mode = if is_folder { mode | (mode & 0o444) >> 2 | 0o700 } else { mode };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn narrow(_: &Path, _: &Path, _: bool) -> std::io::Result<()> {
    Ok(())
}
