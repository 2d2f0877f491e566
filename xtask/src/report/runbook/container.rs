//! The steps of a runbook where the server runs in a container.
//!
//! In: the image that the bundle has. Out: the steps that are otherwise than with an archive. Always: no password; the
//! password of the keystore is no part of the image; where the image cannot run by itself, the steps make one that can.

use super::Part;
use crate::digest::Digest;
use crate::image::{ENTRYPOINT, GROUP_ID, HEALTH_CHECK, Reference, SERVER_HOME, Settings, USER_HOME, USER_ID};
use crate::output::Output;
use crate::plan::Plan;
use crate::report::{Artifact, Made};
use std::fmt::Write as _;

/// What a runbook is to know of an image, beside what was written.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// What is said of it.
    pub settings: &'a Settings<'a>,
    /// Whether it lies on a base image, so that it can run by itself.
    pub has_base_image: bool,
}

/// The image of a bundle, in one form or both.
pub(super) struct Container<'a> {
    image: Image<'a>,
    name: String,
    /// The image as a file, with its digest.
    oci: Option<(&'a Artifact, Digest)>,
    has_context: bool,
}

impl<'a> Container<'a> {
    /// `None` where the bundle has no image.
    pub(super) fn of(made: &'a [Made], image: Image<'a>) -> Option<Self> {
        let oci = made.iter().find(|made| made.kind == Output::Oci);
        let oci = oci.and_then(|made| Some((made.file.as_ref()?, made.image?)));
        let has_context = made.iter().any(|made| made.kind == Output::DockerContext);
        let name = Reference::of_bundle(image.settings.name).short();
        (oci.is_some() || has_context).then_some(Self { image, name, oci, has_context })
    }

    /// Whether the image of the bundle can run.
    fn is_complete(&self) -> bool {
        self.oci.is_some() && self.image.has_base_image
    }

    /// What it is, for the first line.
    pub(super) fn what(&self) -> String {
        let mut text = format!("the image `{}`", self.name);
        if let Some((file, digest)) = self.oci {
            let alone = if self.image.has_base_image { "" } else { " (the server alone, without a system and Java)" };
            let _ = write!(text, ", `sha256:{digest}`, in `{}`{alone}", super::shown(&file.file));
        }
        if self.has_context {
            let made = if self.oci.is_some() { ", and its build context" } else { ", as its build context" };
            let _ = write!(text, "{made} `{}`", Output::DockerContext.name());
        }
        text
    }

    /// The variables that the steps use.
    pub(super) fn variables(&self, plan: &Plan, has_file: bool) -> String {
        let mut text =
            format!("IMAGE={}\nCONTAINER=wso2mi-4.0.0       # what the new container is called\n", self.runs());
        if let Some((file, _)) = self.oci.filter(|_| self.is_complete() || !self.has_context) {
            let _ = writeln!(text, "IMAGE_TAR={}", below_bundle(&file.file));
        }
        if is_asked(plan) {
            text += "PASSWORD_FILE=/etc/wso2mi/password-persist   # a file of this machine, outside of the image\n";
        }
        if has_file {
            text += "NEW_HOME=/srv/wso2mi-4.0.0   # what is to outlive a container\n";
        }
        text
    }

    /// The name of the image that is run. The server alone becomes another one.
    fn runs(&self) -> String {
        if self.is_complete() || self.has_context { self.name.clone() } else { format!("{}-with-java", self.name) }
    }

    pub(super) fn install(&self) -> Part {
        let load = "docker load -i \"$IMAGE_TAR\"".to_owned();
        if self.is_complete() {
            let mut part = Part::new(LOAD, Some(super::INSTALLS), SAME, &[&load], "");
            part.text += &self.push();
            return part;
        }
        let needs =
            "`BASE_IMAGE` stands for an image with Java 11 and a shell; without a network it must be there already.";
        if self.has_context {
            let build = format!(
                "docker build -t \"$IMAGE\" --build-arg BASE_IMAGE=BASE_IMAGE \"$BUNDLE/{}\"",
                Output::DockerContext.name()
            );
            let after = "`buildah bud` and `podman build` take the same arguments. Without `--build-arg` it is the image that \
                         the `Dockerfile` names.";
            return Part::new(BUILD, Some(super::INSTALLS), needs, &[&build], &format!("{after} {PUSH}"));
        }
        let before = format!(
            "The image of the bundle is the server alone. One that runs is made of it and an image with Java. {needs}"
        );
        let ports: Vec<String> = self.image.settings.ports.iter().map(u16::to_string).collect();
        let dockerfile = format!(
            "FROM BASE_IMAGE\n\
             COPY --from={} --chown={USER_ID}:{GROUP_ID} /{USER_HOME}/ /{USER_HOME}/\n\
             ENV WORKING_DIRECTORY=/{USER_HOME} WSO2_SERVER_HOME=/{SERVER_HOME} LANG=C.UTF-8\n\
             WORKDIR /{USER_HOME}\n\
             USER {USER_ID}:{GROUP_ID}\n\
             EXPOSE {}\n\
             ENTRYPOINT [\"/{ENTRYPOINT}\"]",
            self.name,
            ports.join(" ")
        );
        let build = format!("docker build -t \"$IMAGE\" - <<'END'\n{dockerfile}\nEND");
        let after = format!("{SAME} {PUSH}");
        Part::new(BUILD, Some(super::INSTALLS), &before, &[&load, &build], &after)
    }

    /// How the image gets into a registry.
    fn push(&self) -> String {
        let Some((_, digest)) = self.oci else { return String::new() };
        format!(
            "\nWhere servers take images from a registry, push it there in place of that:\n\n```sh\n\
             skopeo copy --preserve-digests \"oci-archive:$IMAGE_TAR\" \"docker://REGISTRY/$IMAGE\"\n```\n\n\
             There it is `REGISTRY/{}@sha256:{digest}`: set `IMAGE` to that.\n",
            self.name.split(':').next().unwrap_or_default()
        )
    }

    pub(super) fn copy(file: &str) -> Part {
        let folder = super::folder(file);
        let command =
            format!("mkdir -p \"$NEW_HOME/{folder}\" && cp -p \"$OLD_HOME/{folder}/\"*.db \"$NEW_HOME/{folder}/\"");
        Part::new(
            super::TAKE,
            Some("Setting up"),
            "The database is a file of the home, which has to outlive the container: all databases of its folder go to one \
             that is mounted. The image has at most what they were when it was made; this is what they are now. The old \
             home keeps its own, which is the backup.",
            &[&command],
            "",
        )
    }

    pub(super) fn password(plan: &Plan) -> Option<Part> {
        if !plan.user_store.has_secrets {
            return None;
        }
        if let Some(name) = super::carried_password(plan) {
            let text = format!(
                "deployment.toml has secrets, and the image has the file `{name}` that the server takes the password \
                 from: whoever can read the image can read it."
            );
            return Some(Part::new(super::GIVE, None, &text, &[], ""));
        }
        let before = "deployment.toml has secrets. At its start the server asks for the password of the keystore that they \
                      were encrypted with; in a container nobody can answer. It takes it from the file \
                      `password-persist` in its folder, with that one line, which is mounted from outside. As root:";
        let after = format!(
            "An orchestrator has a secret for that, mounted as the file `/{SERVER_HOME}/password-persist`, readable by the \
             user {USER_ID}. Page of the documentation: *Encrypting Plain Text* of the Micro Integrator."
        );
        let commands = [
            "(umask 077 && mkdir -p \"$(dirname \"$PASSWORD_FILE\")\" && touch \"$PASSWORD_FILE\")",
            "\"${EDITOR:-vi}\" \"$PASSWORD_FILE\"",
            &format!("chown {USER_ID}:{GROUP_ID} \"$PASSWORD_FILE\""),
        ];
        Some(Part::new(super::GIVE, None, before, &commands, &after))
    }

    pub(super) fn start(&self, plan: &Plan, in_home: Option<&str>) -> Part {
        let mut commands = Vec::new();
        let mut command = "docker run -d --name \"$CONTAINER\"".to_owned();
        for port in self.image.settings.ports {
            let _ = write!(command, " -p {port}:{port}");
        }
        if is_asked(plan) {
            let _ = write!(command, " \\\n    -v \"$PASSWORD_FILE:/{SERVER_HOME}/password-persist:ro\"");
        }
        if let Some(folder) = in_home.map(super::folder) {
            commands.push(format!("chown -R {USER_ID}:{GROUP_ID} \"$NEW_HOME\""));
            let _ = write!(command, " \\\n    -v \"$NEW_HOME/{folder}:/{SERVER_HOME}/{folder}\"");
        }
        commands.push(command + " \\\n    \"$IMAGE\"");
        let commands: Vec<&str> = commands.iter().map(String::as_str).collect();
        let after = format!(
            "What the server writes into its folder goes with the container. Files that differ from one environment to the \
             next are mounted below `/{USER_HOME}/wso2-config-volume`, by their paths in the server's folder: they are \
             laid over it at each start."
        );
        Part::new("Start", Some("Setting up"), "", &commands, &after)
    }

    pub(super) fn check(&self, usual_port: &str, users: &str) -> Part {
        let port = self.image.settings.health_port.map_or_else(|| usual_port.to_owned(), |port| port.to_string());
        let health = format!("docker exec \"$CONTAINER\" /{HEALTH_CHECK} {port}");
        let log = format!(
            "docker cp \"$CONTAINER:/{SERVER_HOME}/repository/logs/wso2carbon.log\" \"$BACKUP/new-wso2carbon.log\""
        );
        let errors = "! grep -nE 'ERROR|FATAL' \"$BACKUP/new-wso2carbon.log\"";
        let after = format!(
            "The first fails until everything is deployed: repeat it until then. The last prints what went wrong, and fails \
             where there is such a line. Send a request to each service that matters.{users}"
        );
        Part::new(super::CHECK, None, "", &[&health, &log, errors], &after)
    }
}

const LOAD: &str = "Load the image";
const BUILD: &str = "Build the image";
/// What is said of the other container engine.
const SAME: &str = "The same with `podman` in place of `docker`, here and below.";
const PUSH: &str = "Where servers take images from a registry, push it there.";
/// Stops the new server.
pub(super) const STOP: &str = "docker stop \"$CONTAINER\"";
/// The way back to another container.
pub(super) const FORMER: &str = "Where the node ran in a container before, `docker start` that one in place of the last \
                                 command; an orchestrator is given the former image again, by its digest.";
/// What is to be said where 1.2.0 runs in a container already.
pub(super) const OLD_CONTAINER: &str = "Where 1.2.0 runs in a container too, stop that in place of the home, and keep it \
                                        and its image: they are the backup of the home.";

/// Whether the password of the keystore has to come from outside.
fn is_asked(plan: &Plan) -> bool {
    plan.user_store.has_secrets && super::carried_password(plan).is_none()
}

/// The path of a file of the bundle, as a word of a shell.
fn below_bundle(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if name.bytes().all(is_plain) {
        format!("\"$BUNDLE/{name}\"")
    } else {
        format!("\"$BUNDLE\"/'{}'", name.replace('\'', r"'\''"))
    }
}
