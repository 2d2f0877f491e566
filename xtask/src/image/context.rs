//! The files of a build context, beside the archives of the layers.
//!
//! In: settings, and what the distribution holds and the upgraded tree does not. Out: the files. Always: any path is
//! safe in them; no instruction that Docker's classic builder or Buildah 1.28 lacks (no `COPY --chmod`, no here-document,
//! no mount); the same bytes for the same inputs.

use crate::image::document::HEALTH;
use crate::image::{
    ENTRYPOINT, ENTRYPOINT_SCRIPT, GROUP, GROUP_ID, HEALTH_CHECK, HEALTH_CHECK_SCRIPT, Reference, SERVER_HOME,
    Settings, USER, USER_HOME, USER_ID,
};
use crate::inventory::Mode;
use crate::path::EntryPath;
use std::fmt::Write as _;

/// What the image is built on where nothing else is said: Ubuntu 22.04 with Java 11, as the product's own images. Source:
/// docker-ei, branch 4.0.x, `dockerfiles/ubuntu/micro-integrator/Dockerfile`.
const BASE_IMAGE: &str = "eclipse-temurin:11-jre-jammy";
/// A command is one argument of a shell, which Linux limits to 128 KiB.
const LONGEST_COMMAND: usize = 48 * 1024;

/// `.dockerignore`, `Dockerfile`, `docker-entrypoint.sh` and `docker-healthcheck.sh`: name, content, mode; in the order
/// of their names. They stand beside `distribution.tar.gz`, `user.tar.gz` and `configuration.tar.gz`, rooted at `/`.
/// `removed` are paths below the folder of the server; what lies below them is removed too.
pub fn context_files(settings: &Settings<'_>, removed: &[EntryPath]) -> Vec<(String, Vec<u8>, Mode)> {
    let file = |name: &str, content: String, mode| (name.to_owned(), content.into_bytes(), mode);
    vec![
        file(".dockerignore", ignored(), 0o644),
        file("Dockerfile", dockerfile(settings, removed), 0o644),
        file(script(ENTRYPOINT), ENTRYPOINT_SCRIPT.to_owned(), 0o755),
        file(script(HEALTH_CHECK), HEALTH_CHECK_SCRIPT.to_owned(), 0o755),
    ]
}

/// The name of a script in the context: that of its place in the image.
fn script(place: &'static str) -> &'static str {
    place.rsplit('/').next().unwrap_or(place)
}

fn ignored() -> String {
    let needed =
        ["distribution.tar.gz", "user.tar.gz", "configuration.tar.gz", script(ENTRYPOINT), script(HEALTH_CHECK)];
    let mut text = "*\n".to_owned();
    text.extend(needed.iter().flat_map(|name| ["!", name, "\n"]));
    text
}

fn dockerfile(settings: &Settings<'_>, removed: &[EntryPath]) -> String {
    let mut text = String::new();
    let tag = Reference::of_bundle(settings.name).short();
    let (entrypoint, health_check) = (script(ENTRYPOINT), script(HEALTH_CHECK));
    let _ = writeln!(
        text,
        "# An image of the upgraded server. In this folder:\n\
         #\n\
         #     docker build -t {tag} .\n\
         #\n\
         # The base image needs Java 11, a shell and grep. Where there is no network it must be there already; another one is\n\
         # named with --build-arg BASE_IMAGE=...\n\
         ARG BASE_IMAGE={BASE_IMAGE}\n\
         FROM ${{BASE_IMAGE}}\n\
         USER 0:0\n\
         \n\
         # The distribution as shipped: this layer stays the same when what came from the user changes.\n\
         ADD distribution.tar.gz /\n\
         COPY --chown={USER_ID}:{GROUP_ID} {entrypoint} {health_check} /{USER_HOME}/\n\
         \n\
         {}",
        account()
    );
    for command in removals(removed) {
        let _ = write!(text, "\n# What the upgraded server no longer has.\n{command}");
    }
    let _ = write!(
        text,
        "\n# What came from the user, and the configuration.\n\
         ADD user.tar.gz /\n\
         ADD configuration.tar.gz /\n\
         \n{}",
        container(settings)
    );
    text
}

/// The command that writes user and group where they are missing, and stops where someone else has their names or
/// numbers. It is the line that `useradd` would write: the tools for it are called and used otherwise on each system, and
/// are often not there.
fn account() -> String {
    format!(
        "RUN set -eu; \\
    for tool in grep tail; do \\
        command -v $tool >/dev/null || {{ echo \"the base image has no $tool, which its build needs\" >&2; exit 1; }}; \\
    done; \\
    add() {{ \\
        : >> \"$1\"; \\
        test -z \"$(tail -c 1 \"$1\")\" || echo >> \"$1\"; \\
        grep -q \"^$2:\" \"$1\" || echo \"$2:$3\" >> \"$1\"; \\
    }}; \\
    add /etc/group {GROUP} x:{GROUP_ID}:; \\
    add /etc/passwd {USER} x:{USER_ID}:{GROUP_ID}:WSO2:/{USER_HOME}:/bin/sh; \\
    if grep -e '^{GROUP}:' -e '^[^:]*:[^:]*:{GROUP_ID}:' /etc/group | grep -v '^{GROUP}:[^:]*:{GROUP_ID}:' >&2 || \\
        grep -e '^{USER}:' -e '^[^:]*:[^:]*:{USER_ID}:' /etc/passwd | grep -v '^{USER}:[^:]*:{USER_ID}:{GROUP_ID}:' >&2; then \\
        echo 'the base image has this user or group: choose one that leaves {USER}, {GROUP} and {USER_ID} free' >&2; \\
        exit 1; \\
    fi; \\
    chmod 0755 /{ENTRYPOINT} /{HEALTH_CHECK}; \\
    chown {USER_ID}:{GROUP_ID} /{USER_HOME}
"
    )
}

/// Commands that remove the paths, each short enough. Every path stands on a line of its own: some builders read no line
/// of more than 64 KiB.
fn removals(removed: &[EntryPath]) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for path in removed {
        let argument = format!(" \\\n    {}", quoted(&format!("/{SERVER_HOME}/{path}")));
        match commands.last_mut() {
            Some(command) if command.len() + argument.len() < LONGEST_COMMAND => command.push_str(&argument),
            _ => commands.push(format!("RUN rm -rf --{argument}")),
        }
    }
    commands.into_iter().map(|command| command + "\n").collect()
}

/// A word of a shell. An [`EntryPath`] holds neither line ends nor backslashes, so no line of the file ends in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What a container is started with: the same as in the image that the packager makes itself.
fn container(settings: &Settings<'_>) -> String {
    let mut text = String::new();
    let labels = [("title", settings.title), ("version", settings.version), ("description", settings.description)];
    for (name, value) in labels.into_iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "LABEL org.opencontainers.image.{name}={}", value_in_quotes(value));
    }
    // Where the base image says nothing of a language, Java would take names of files for ASCII.
    let _ = writeln!(
        text,
        "ENV WORKING_DIRECTORY=/{USER_HOME} \\\n    WSO2_SERVER_HOME=/{SERVER_HOME} \\\n    LANG=${{LANG:-C.UTF-8}}\n\
         WORKDIR /{USER_HOME}\n\
         USER {USER_ID}:{GROUP_ID}"
    );
    if !settings.ports.is_empty() {
        let ports: Vec<String> = settings.ports.iter().map(u16::to_string).collect();
        let _ = writeln!(text, "EXPOSE {}", ports.join(" "));
    }
    let _ = match settings.health_port {
        Some(port) => writeln!(
            text,
            "HEALTHCHECK --interval={}s --timeout={}s --start-period={}s --retries={} CMD [\"/{HEALTH_CHECK}\", \"{port}\"]",
            HEALTH.interval, HEALTH.timeout, HEALTH.start_period, HEALTH.retries
        ),
        None => writeln!(text, "HEALTHCHECK NONE"),
    };
    let _ = writeln!(text, "ENTRYPOINT [\"/{ENTRYPOINT}\"]");
    text
}

/// A value of a label: a builder would put variables in, and ends a line with a line's end.
fn value_in_quotes(value: &str) -> String {
    let mut text = "\"".to_owned();
    for letter in value.chars() {
        match letter {
            '"' | '\\' | '$' => text.extend(['\\', letter]),
            letter if letter.is_control() => text.push(' '),
            letter => text.push(letter),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests;
