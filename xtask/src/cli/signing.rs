//! `--sign`: the secret key, which is opened before anything else is done, and the signature of a bundle.
//!
//! In: the key's file and its password. Out: the key; a file in the bundle's folder. Always: no password comes from the
//! command line, none is printed, and none is left in memory; nobody is asked for one who cannot answer.

use super::terminal;
use crate::archive::sums;
use crate::signature::{self, SecretKey};
use crate::timestamp::Timestamp;
use anyhow::{Context as _, anyhow, bail};
use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The environment variable that a password may be in.
const VARIABLE: &str = "UPGRADE_SIGN_PASSWORD";
/// The longest password: minisign 0.11, `src/minisign.h`, `PASSWORDMAXBYTES`.
const LONGEST_PASSWORD: usize = 1024;

/// How a bundle is signed.
#[derive(clap::Args, Debug, Default)]
pub(super) struct SigningArgs {
    /// Sign SHA256SUMS with this secret key of minisign's
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// The file whose first line is the key's password (- is stdin); without it `UPGRADE_SIGN_PASSWORD` is looked at
    #[arg(long, value_name = "FILE", requires = "sign")]
    sign_password_file: Option<PathBuf>,
}

/// The key to sign with, opened.
pub(super) fn key(args: &SigningArgs) -> anyhow::Result<Option<SecretKey>> {
    let Some(path) = &args.sign else { return Ok(None) };
    let shown = path.display();
    let failed = || format!("the secret key `{shown}` cannot be read");
    let file = File::open(path).with_context(failed)?;
    let open_to_all = file.try_clone().with_context(failed)?;
    let bytes = bounded(file, signature::LARGEST).with_context(failed)?;
    let locked = signature::locked(&bytes).map_err(|problem| anyhow!("`{shown}` {problem}"))?;
    note_if_public(&open_to_all, path);
    let password = if locked.needs_password() { password(path, args)? } else { Zeroizing::default() };
    let key = locked.open(&password).map_err(|problem| anyhow!("the secret key `{shown}` {problem}"))?;
    Ok(Some(key))
}

/// Signs the checksums of a bundle, and reads back what was written.
pub(super) fn seal(key: &SecretKey, folder: &Path, name: &str, time: Timestamp) -> anyhow::Result<()> {
    let path = folder.join(signature::NAME);
    let failed = || format!("`{}` cannot be written", path.display());
    let text = fs::read(folder.join(sums::NAME)).with_context(failed)?;
    let signed = signature::sign(key, &text, &signature::comment(sums::NAME, name, time));
    let mut file = File::create_new(&path).with_context(failed)?;
    file.write_all(signed.as_bytes()).with_context(failed)?;
    set_mode(&file).with_context(failed)?;
    drop(file);
    let read = fs::read(&path).with_context(failed)?;
    let signed = signature::parse(&read).map_err(|problem| anyhow!("`{}` {problem}", path.display()))?;
    signature::check(&key.public(), &text, &signed).map_err(|problem| anyhow!("`{}` {problem}", path.display()))?;
    Ok(())
}

/// What a run says at its end.
pub(super) fn said(key: &SecretKey) -> String {
    format!("signed    {}, with the key {}\n", signature::NAME, key.id)
}

/// The password, from where it was said to be.
fn password(key: &Path, args: &SigningArgs) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let line = if let Some(path) = &args.sign_password_file {
        let failed = || format!("the password file `{}` cannot be read", path.display());
        let read = if path.as_os_str() == "-" {
            input()
        } else {
            let file = File::open(path).with_context(failed)?;
            note_if_public(&file, path);
            bounded(file, LONGEST_PASSWORD as u64 + 2)
        };
        read.with_context(failed)?
    } else if let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) {
        Zeroizing::new(value.into_encoded_bytes())
    } else if let Some(typed) = ask(&format!("Password of `{}`: ", key.display()))? {
        typed
    } else {
        bail!(
            "the secret key `{}` needs a password; give --sign-password-file FILE (`-` is stdin), or set {VARIABLE}",
            key.display()
        );
    };
    let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
    let first = line.get(..end).unwrap_or_default();
    let first = first.strip_suffix(b"\r").unwrap_or(first);
    if first.len() > LONGEST_PASSWORD {
        bail!("the password has more than {LONGEST_PASSWORD} bytes, which no key of minisign's has");
    }
    Ok(Zeroizing::new(first.to_vec()))
}

/// All of a short file, up to one byte more than the most.
fn bounded(file: impl Read, most: u64) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let most = most + 1;
    // All room at once, for what is moved to where there is more leaves a copy.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(most).unwrap_or_default() + 1));
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first line of stdin, at least. Not by the standard library's reader, which keeps a copy.
#[cfg(unix)]
fn input() -> std::io::Result<Zeroizing<Vec<u8>>> {
    use std::os::fd::AsFd as _;
    let mut file = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST_PASSWORD + 2));
    let mut byte = Zeroizing::new([0]);
    while line.len() < LONGEST_PASSWORD + 2 && file.read(byte.as_mut())? == 1 {
        line.extend_from_slice(byte.as_ref());
        if *byte == [b'\n'] {
            break;
        }
    }
    Ok(line)
}

#[cfg(not(unix))]
fn input() -> std::io::Result<Zeroizing<Vec<u8>>> {
    bounded(std::io::stdin().lock(), LONGEST_PASSWORD as u64 + 2)
}

/// Asks at the terminal; `None` where there is none, or a machine runs the program.
#[cfg(unix)]
fn ask(question: &str) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
    use std::io::IsTerminal as _;

    /// What is typed is not shown while this lives.
    struct Unseen(Termios);
    impl Drop for Unseen {
        fn drop(&mut self) {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Flush, &self.0);
        }
    }

    let is_asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !is_asked || std::env::var_os("CI").is_some_and(|value| !value.is_empty()) {
        return Ok(None);
    }
    let failed = "the terminal cannot be told not to show the password";
    let before = tcgetattr(std::io::stdin()).context(failed)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(std::io::stdin(), OptionalActions::Flush, &hidden).context(failed)?;
    let unseen = Unseen(before);
    terminal::ask(question);
    let line = input();
    drop(unseen);
    terminal::say("");
    Ok(Some(line.context("the password cannot be read from the terminal")?))
}

#[cfg(not(unix))]
fn ask(_: &str) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    Ok(None)
}

/// Says so where everybody can read a secret.
#[cfg(unix)]
fn note_if_public(file: &File, path: &Path) {
    use std::os::unix::fs::MetadataExt as _;
    let is_public = |metadata: fs::Metadata| metadata.is_file() && metadata.mode() & 0o007 != 0;
    if file.metadata().is_ok_and(is_public) {
        terminal::say(&format!("note: everybody on this machine may read `{0}`; `chmod 600 {0}`", path.display()));
    }
}

#[cfg(not(unix))]
fn note_if_public(_: &File, _: &Path) {}

#[cfg(unix)]
fn set_mode(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_mode(_: &File) -> std::io::Result<()> {
    Ok(())
}
