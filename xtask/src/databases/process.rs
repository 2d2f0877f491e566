//! Servers as processes.
//!
//! In: commands. Out: processes that end in order with their values. Always: they end with this process, also when
//! it is killed; they never run as root.

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tempfile::TempDir;

/// How often a server is asked whether it is ready, and how long to wait in between: a minute and a half in all.
const MOST_QUESTIONS: u32 = 1800;
const PAUSE: Duration = Duration::from_millis(50);

/// A process that ends with this one: its parent thread waits for it, and the kernel ends it with that thread.
#[derive(Debug)]
pub(super) struct Daemon {
    process: u32,
    waiter: Option<JoinHandle<()>>,
    /// The signal that ends it in order.
    ends_by: &'static str,
}

impl Daemon {
    /// Starts it.
    pub(super) fn start(mut command: Command, ends_by: &'static str) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let (tell, told) = mpsc::channel();
        let waiter = std::thread::spawn(move || match command.spawn() {
            Ok(mut child) => {
                let _ = tell.send(Ok(child.id()));
                let _ = child.wait();
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        });
        let process = told.recv().with_context(|| format!("`{program}` cannot be started"))?;
        let process = process.with_context(|| format!("`{program}` cannot be started"))?;
        Ok(Self { process, waiter: Some(waiter), ends_by })
    }

    fn runs(&self) -> bool {
        self.waiter.as_ref().is_some_and(|waiter| !waiter.is_finished())
    }

    /// Ends it with a signal, and waits until it is gone.
    pub(super) fn end(&mut self, signal: &str) {
        if self.runs() {
            let _ = Command::new("sh").arg("-c").arg(format!("kill -{signal} {}", self.process)).status();
        }
        if let Some(waiter) = self.waiter.take() {
            let _ = waiter.join();
        }
    }

    /// Asks until it is so; a server tells nobody when it is ready.
    pub(super) fn wait_until(&self, what: &str, log: &Path, mut is_so: impl FnMut() -> bool) -> Result<()> {
        for _ in 0..MOST_QUESTIONS {
            if is_so() {
                return Ok(());
            }
            if !self.runs() {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        bail!("{what} does not start: {}", fs::read_to_string(log).unwrap_or_default())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.end(self.ends_by);
    }
}

/// The user to run a server as.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    user: u32,
    group: u32,
    /// Whether that is another one than this process has.
    is_other: bool,
}

/// Whom to run as: the user of this process, or where that is root, who may run no server, the one with a name.
/// `None` where there is none.
#[cfg(unix)]
pub(super) fn identity(name: &str) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let own = fs::metadata("/proc/self").ok()?;
    if own.uid() != 0 {
        return Some(Identity { user: own.uid(), group: own.gid(), is_other: false });
    }
    let number = |flag: &str| {
        let output = Command::new("id").args([flag, name]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    Some(Identity { user: number("-u")?, group: number("-g")?, is_other: true })
}

/// Whom to run as: nobody, for servers are ended by signals.
#[cfg(not(unix))]
pub(super) fn identity(_name: &str) -> Option<Identity> {
    None
}

/// A folder that the server's user owns, and everybody can look into.
pub(super) fn folder_for(identity: Identity) -> Result<TempDir> {
    let folder = tempfile::tempdir().context("no temporary folder can be made")?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt as _, chown};
        let place = || format!("`{}` cannot be given to the server's user", folder.path().display());
        chown(folder.path(), Some(identity.user), Some(identity.group)).with_context(place)?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).with_context(place)?;
    }
    Ok(folder)
}

/// A command that runs as that user and ends with the thread that starts it.
pub(super) fn as_user(identity: Identity, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]);
    if identity.is_other {
        command.arg(format!("--reuid={}", identity.user)).arg(format!("--regid={}", identity.group));
        command.arg("--clear-groups");
    }
    command.arg("--").arg(program).stdin(Stdio::null());
    command
}

/// Runs a command that succeeds.
pub(super) fn done(command: &mut Command) -> Result<()> {
    let what = || command_name(command);
    let name = what();
    let output = command.output().with_context(|| format!("`{name}` cannot be started"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        bail!("`{name}` ended with {}: {said}", output.status);
    }
    Ok(())
}

/// The program that is meant: what stands after `--`, where another one starts it.
fn command_name(command: &Command) -> String {
    let meant = command.get_args().skip_while(|argument| *argument != "--").nth(1);
    meant.unwrap_or_else(|| command.get_program()).to_string_lossy().into_owned()
}

/// Whether a question to a server is answered.
pub(super) fn answers(question: &mut Command) -> bool {
    question.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Lets a server write into a log.
pub(super) fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let place = || format!("`{}` cannot be written", log.display());
    let file = fs::File::create(log).with_context(place)?;
    let other = file.try_clone().with_context(place)?;
    command.stdin(Stdio::null()).stdout(file).stderr(other);
    Ok(())
}
