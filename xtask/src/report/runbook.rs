//! `RUNBOOK.md`: the steps of one upgrade, in order, with the commands for its configuration.
//!
//! In: the plan, and what was written. Out: Markdown. Always: a pure function, whatever forms were written; no password and
//! no parameter of a URL; every `sh` block is a text that a shell parses; each step names the page of the official guide
//! that it stands for.

mod commands;
mod container;

pub use container::Image;

use crate::choice::Database;
use crate::plan::Plan;
use crate::report::{Artifact, Document, Made, scripts as shell};
use crate::user_store::{Jdbc, Step, ToldBy, scripts};
use container::Container;
use std::fmt::Write as _;

/// The name of the file in a bundle.
pub const NAME: &str = "RUNBOOK.md";

/// The page of the official guide.
const GUIDE: &str = "Upgrading from WSO2 EI 7.1.x to WSO2 API-M 4.0.0";
/// The port of the health check without an offset: MI v4.0.0 `internal-apis.xml`, 9201 with the usual offset of 10.
const HEALTH_PORT: u32 = 9191;
/// The sections that the installation stands for.
const INSTALLS: &str = "Migrating the registry, Migrating artifacts, Migrating custom components, Migrating keystores, \
                        Migrating configurations";
// Titles of steps that others speak of, or that are there for an archive and for a container.
const INSTALL: &str = "Install the archive";
const TAKE: &str = "Take the database along";
const GIVE: &str = "Give the password of the keystore";
const START: &str = "Start";
const CHECK: &str = "Check";

/// One step.
struct Part {
    title: &'static str,
    /// The section of the guide's page; `None` where the guide has no such step.
    guide: Option<&'static str>,
    text: String,
}

impl Part {
    fn new(title: &'static str, guide: Option<&'static str>, before: &str, commands: &[&str], after: &str) -> Self {
        let mut text = String::new();
        if !before.is_empty() {
            let _ = writeln!(text, "{before}\n");
        }
        if !commands.is_empty() {
            let _ = writeln!(text, "```sh\n{}\n```", commands.join("\n"));
        }
        if !after.is_empty() {
            let _ = writeln!(text, "{}{after}", if commands.is_empty() { "" } else { "\n" });
        }
        Self { title, guide, text }
    }
}

/// A migration: the kind of database and how it is reached.
type Migration<'a> = (Database, &'a Jdbc);

/// Renders the whole runbook.
pub fn render(plan: &Plan, made: &[Made], image: Image<'_>) -> String {
    let migration = match &plan.user_store.step {
        Step::Jdbc(jdbc) => jdbc.database.map(|database| (database, jdbc)),
        _ => None,
    };
    let archives: Vec<&Artifact> =
        made.iter().filter(|made| !made.kind.has_layers()).filter_map(|made| made.file.as_ref()).collect();
    let container = Container::of(made, image);
    // With an archive it is what the steps are about, and what a container does otherwise stands at the end.
    let only = container.as_ref().filter(|_| archives.is_empty());
    let mut text = head(plan, &archives, container.as_ref(), migration);
    let _ = writeln!(text, "\n## What the database needs\n\n{}", need(plan, migration));
    let parts = parts(plan, migration, only);
    text.push_str("\n## One node\n");
    for (number, part) in parts.iter().enumerate() {
        let _ = writeln!(text, "\n### {}. {}\n\n{}", number + 1, part.title, part.text);
        let _ = match part.guide {
            Some(section) => writeln!(text, "Official guide: *{GUIDE}*, *{section}*."),
            None => writeln!(text, "Official guide: no such step."),
        };
    }
    text.push_str(&several(&parts, migration, only.is_some()));
    if let Some(container) = container.filter(|_| !archives.is_empty()) {
        text.push_str(&as_a_container(plan, migration, &container, &parts));
    }
    text
}

/// The steps that are otherwise in a container.
fn as_a_container(plan: &Plan, migration: Option<Migration<'_>>, container: &Container<'_>, others: &[Part]) -> String {
    let mut text = format!(
        "\n## As a container\n\nThe bundle has {} too. Where that runs in place of what the archive unpacks to, set these as \
         well:\n\n```sh\n{}```\n\n{} All steps stay but these.\n",
        container.what(),
        container.variables(plan, in_home(migration).is_some()),
        container::OLD_CONTAINER
    );
    let parts = parts(plan, migration, Some(container));
    for (number, (part, other)) in (1..).zip(parts.iter().zip(others)) {
        if part.text != other.text {
            let _ = write!(text, "\n**Step {number}, {}:**\n\n{}", part.title, part.text);
        }
    }
    text
}

/// What the database needs, in a line.
pub fn step(plan: &Plan) -> String {
    match &plan.user_store.step {
        Step::None(reason) => format!("no step: {reason}"),
        Step::Ldap(source) => format!("no step: users in an LDAP server, their roles in `{}`", shown(source)),
        Step::Jdbc(Jdbc { source, database: Some(database), .. }) => format!(
            "user store of `{}`, {}: {}/{}/, by the runbook",
            shown(source),
            database.title(),
            scripts::FOLDER,
            database.name()
        ),
        Step::Jdbc(jdbc) => {
            format!("user store of `{}`: a person has to say which database it is", shown(&jdbc.source))
        }
    }
}

/// The files of a bundle that are for people who run the upgrade: the runbook, and the scripts that it names.
pub fn documents(plan: &Plan, made: &[Made], image: Image<'_>) -> Vec<Document> {
    let mut documents = vec![Document::new(NAME, render(plan, made, image))];
    if let Some(database) = plan.user_store.database() {
        documents.extend(
            scripts::of(database)
                .map(|(name, text)| Document::new(format!("{}/{}/{name}", scripts::FOLDER, database.name()), text)),
        );
    }
    documents
}

fn head(
    plan: &Plan,
    archives: &[&Artifact],
    container: Option<&Container<'_>>,
    migration: Option<Migration<'_>>,
) -> String {
    let jar = match migration {
        Some((Database::H2, _)) => "H2_JAR=/opt/wso2mi-1.2.0/lib/H2.jar   # the jar of H2 that the server uses\n",
        _ => "",
    };
    let archive = |archive: &&Artifact| format!("`{}`, SHA-256 `{}`", shown(&archive.file), archive.digest);
    let what: Vec<String> = archives.iter().map(archive).collect();
    let only = container.filter(|_| archives.is_empty());
    let what = only.map_or_else(|| what.join(", and for "), Container::what);
    let places = match only {
        Some(container) => container.variables(plan, in_home(migration).is_some()),
        None => "NEW_PARENT=/opt              # the folder that the new home goes into\n\
                 NEW_HOME=\"$NEW_PARENT/wso2mi-4.0.0\"\n"
            .to_owned(),
    };
    let old = only.map_or_else(String::new, |_| format!("\n{}\n", container::OLD_CONTAINER));
    format!(
        "# Runbook: WSO2 Micro Integrator 1.2.0 to 4.0.0

For {what}. Run the steps in order; where one fails, stop there and roll back (last step).
Read the warnings of `report.txt` before the first one.

Set these once in the shell, from the folder of this file. The values are examples; words in capitals further down are
yours to fill in too. No password is in here: clients ask for it, or take it from a file of their own (`.pgpass`,
`.my.cnf`, a wallet).

```sh
BUNDLE=\"$PWD\"
OLD_HOME=/opt/wso2mi-1.2.0   # the home in use
{places}BACKUP=/var/backups/wso2mi   # outside of both homes
{jar}```
{old}"
    )
}

/// What becomes of the database, and why.
fn need(plan: &Plan, migration: Option<Migration<'_>>) -> String {
    match (&plan.user_store.step, migration) {
        (_, Some((database, jdbc))) => {
            let mut text = format!(
                "The user store is in a database: {}, data source `{}`. `UM_USER` gets the column `UM_USER_ID`, which \
                 4.0.0 writes for each user that it adds; `{}/{}/` has the scripts.",
                database.title(),
                shown(&jdbc.source),
                scripts::FOLDER,
                database.name()
            );
            let _ = write!(text, "\n{}", who(jdbc));
            for note in commands::notes(database, &jdbc.connection) {
                let _ = write!(text, "\n{note}");
            }
            text
        }
        (Step::Jdbc(_), None) => "It is not decided which database the user store is in.".to_owned(),
        (Step::Ldap(source), None) => format!(
            "No step. The users are in an LDAP server, which stays as it is; their roles are in the data source `{}`, in \
             tables that 4.0.0 did not change. The new home uses both as the old one did.",
            shown(source)
        ),
        (Step::None(reason), None) => format!(
            "No step: {reason}. What the scripts of 4.0.0 change is the table of users alone; the tables of clusters and \
             of transaction counts are the same in both releases."
        ),
    }
}

/// Who says which database it is.
fn who(jdbc: &Jdbc) -> &'static str {
    match jdbc.told_by {
        Some(ToldBy::Url) => "Which database it is, the URL of the data source says.",
        Some(ToldBy::Driver) => "Which database it is, the driver of the data source says; its URL does not.",
        Some(ToldBy::Argument) => "Which database it is, a person said by `--db`.",
        Some(ToldBy::Policy) => "Which database it is, a person decided in `policy.toml`.",
        None => "",
    }
}

/// An id, as a code span can hold it.
fn shown(id: &str) -> String {
    id.chars().filter(|character| !character.is_control() && *character != '`').take(100).collect()
}

/// The file of the home that the user store is in.
fn in_home(migration: Option<Migration<'_>>) -> Option<&str> {
    migration.and_then(|(_, jdbc)| jdbc.connection.in_home.as_deref())
}

/// All steps, in their order.
fn parts(plan: &Plan, migration: Option<Migration<'_>>, container: Option<&Container<'_>>) -> Vec<Part> {
    let mut parts = before(migration);
    let in_home = in_home(migration);
    if in_home.is_none() {
        parts.extend(migration.map(database).into_iter().flatten());
    }
    parts.push(container.map_or_else(install, Container::install));
    if let Some(file) = in_home {
        parts.push(if container.is_some() { Container::copy(file) } else { copy(file) });
        parts.extend(migration.map(database).into_iter().flatten());
    }
    parts.extend(if container.is_some() { Container::password(plan) } else { password(plan) });
    parts.push(container.map_or_else(start, |container| container.start(plan, in_home)));
    parts.push(check(plan, migration, container));
    parts.push(match container {
        Some(_) => roll_back(migration, container::STOP, container::FORMER),
        None => roll_back(migration, "\"$NEW_HOME/bin/micro-integrator.sh\" stop", &former()),
    });
    parts
}

fn before(migration: Option<Migration<'_>>) -> Vec<Part> {
    let mut parts = vec![
        Part::new(
            "Check the bundle",
            None,
            "",
            &[&format!("sh \"$BUNDLE/{}\"", shell::VERIFY)],
            "It ends with what it could not check. Compare the SHA-256 that it prints with the one that whoever made the \
             bundle tells you, or give it the public key of a signed bundle: the script came with the bundle, and is \
             worth no more. With the packager at hand, `cargo xtask verify` checks more.",
        ),
        Part::new(
            "Stop the node",
            None,
            "",
            &["\"$OLD_HOME/bin/micro-integrator.sh\" stop"],
            "Wait until its process is gone.",
        ),
        Part::new(
            "Back up the home",
            Some("Setting up"),
            "",
            &[
                "(umask 077 && mkdir -p \"$BACKUP\")",
                "(umask 077 && tar -czf \"$BACKUP/old-home.tar.gz\" -C \"$(dirname \"$OLD_HOME\")\" \
                 \"$(basename \"$OLD_HOME\")\")",
            ],
            "",
        ),
    ];
    if let Some((kind, jdbc)) = migration.filter(|(_, jdbc)| jdbc.connection.in_home.is_none()) {
        let [save, _] = commands::backup(kind, &jdbc.connection);
        let save = format!("(umask 077 && {save})");
        let after = "Try once, with an empty database, that it can be restored (the command is in the last step).";
        parts.push(Part::new("Back up the database", Some("Setting up"), "", &[&save], after));
    }
    parts
}

/// Runs a script of the bundle. One line, for a client that asks for a password would take the next one for it.
fn run((kind, jdbc): Migration<'_>, name: &str) -> String {
    let script = commands::script(kind, &jdbc.connection, name);
    format!("cd \"$BUNDLE/{}/{}\" && {script}", scripts::FOLDER, kind.name())
}

/// The migration itself.
fn database((kind, jdbc): Migration<'_>) -> Vec<Part> {
    let section = Some("Migrating the user store: Step 1 - Update the database structure");
    let part = |title, name: &str, before: &str, after: &str| {
        Part::new(title, section, before, &[&run((kind, jdbc), name)], after)
    };
    vec![
        part(
            "Look at the database",
            "preflight.sql",
            "Changes nothing.",
            "It ends with `preflight: ready`. An error that begins with `refused: ` says what stands in the way: mend it \
             first.",
        ),
        part(
            "Migrate the database",
            "migrate.sql",
            "All nodes that use the database are stopped.",
            "It ends with `migrate: done`, or says that nothing was changed. Whenever it was stopped, run it again: it \
             changes only what is left.",
        ),
        part(
            "Check the database",
            "verify.sql",
            "Changes nothing.",
            "It ends with `verify: right`. After an error that begins with `wrong: `, run the step before again.",
        ),
    ]
}

fn install() -> Part {
    Part::new(
        INSTALL,
        Some(INSTALLS),
        "As the user that the server runs as. The old home stays where it is; a 4.0.0 that stands in the new place is kept \
         beside it.",
        &[&format!("sh \"$BUNDLE/{}\" \"$NEW_PARENT\"", shell::INSTALL)],
        "It checks the bundle, unpacks next to the place, compares every file with the manifest, and only then puts it in \
         place.",
    )
}

/// A database that lies in the home.
fn copy(file: &str) -> Part {
    let folder = folder(file);
    let command = format!("mkdir -p \"$NEW_HOME/{folder}\" && cp -p \"$OLD_HOME/{file}\".*.db \"$NEW_HOME/{folder}/\"");
    Part::new(
        TAKE,
        Some("Setting up"),
        "The database is a file of the home. The archive has at most what it was when it was packaged; this is what it is \
         now. The old home keeps its own, which is the backup.",
        &[&command],
        "",
    )
}

/// The folder of a file.
fn folder(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A file of the tree that the server takes the password of the keystore from.
fn carried_password(plan: &Plan) -> Option<&'static str> {
    ["password-persist", "password-tmp"].into_iter().find(|name| plan.tree.contains_key(*name))
}

/// What the secure vault needs at the start.
fn password(plan: &Plan) -> Option<Part> {
    if !plan.user_store.has_secrets {
        return None;
    }
    if let Some(name) = carried_password(plan) {
        let text = format!(
            "deployment.toml has secrets, and the archive has the file `{name}` that the server takes the \
                            password from. See that only its user can read it."
        );
        let command = format!("chmod 600 \"$NEW_HOME/{name}\"");
        return Some(Part::new(GIVE, None, &text, &[&command], ""));
    }
    Some(Part::new(
        GIVE,
        None,
        "deployment.toml has secrets. At its start the server asks for the password of the keystore that they were \
         encrypted with; in the background nobody can answer. It takes the password from a file with that one line: \
         `password-tmp`, which it removes after the start, or `password-persist`, which it keeps.",
        &["(umask 077 && touch \"$NEW_HOME/password-tmp\")", "\"${EDITOR:-vi}\" \"$NEW_HOME/password-tmp\""],
        "Page of the documentation: *Encrypting Plain Text* of the Micro Integrator.",
    ))
}

fn start() -> Part {
    Part::new(START, Some("Setting up"), "", &["\"$NEW_HOME/bin/micro-integrator.sh\" start"], "")
}

fn check(plan: &Plan, migration: Option<Migration<'_>>, container: Option<&Container<'_>>) -> Part {
    let port = plan.user_store.port_offset.map(|offset| HEALTH_PORT + u32::from(offset));
    let port = port.map_or_else(|| "HEALTH_PORT".to_owned(), |port| port.to_string());
    let health = format!("curl -fsS http://localhost:{port}/healthz");
    let users = match migration {
        Some(_) => " Log in as a user of the database, and add one that is then removed.",
        None => "",
    };
    if let Some(container) = container {
        return container.check(&port, users);
    }
    let after = format!(
        "The first fails until everything is deployed: repeat it until then. The second prints what went wrong, and fails \
         where there is such a line. Send a request to each service that matters.{users}"
    );
    let log = "! grep -nE 'ERROR|FATAL' \"$NEW_HOME/repository/logs/wso2carbon.log\"";
    Part::new(CHECK, None, "", &[&health, log], &after)
}

/// The way back, from how the new server is stopped to what it is good to know of others than the old home.
fn roll_back(migration: Option<Migration<'_>>, stop: &str, former: &str) -> Part {
    let start = "\"$OLD_HOME/bin/micro-integrator.sh\" start";
    let Some((kind, jdbc)) = migration.filter(|(_, jdbc)| jdbc.connection.in_home.is_none()) else {
        let text = "Only where it is needed. The old home and what it uses were not changed.";
        return Part::new("Roll back", None, text, &[stop, start], former);
    };
    let [_, restore] = commands::backup(kind, &jdbc.connection);
    let mut part = Part::new(
        "Roll back",
        None,
        "Only where it is needed. First stop all nodes, and wait until their processes are gone:",
        &[stop],
        "Then the script takes the database back to 1.2.0; the ids are lost, users that were added meanwhile stay:",
    );
    let script = run((kind, jdbc), "rollback.sql");
    let _ = writeln!(
        part.text,
        "\n```sh\n{script}\n```\n\nIt ends with `rollback: done`, or says that nothing was changed. Where it cannot, the backup \
         brings the database back\nas it was, in place of the script; users that were added meanwhile are lost:\n\n\
         ```sh\n{restore}\n```\n\nOnly when one of the two went well, start the old home:\n\n```sh\n{start}\n```\n\n{former}"
    );
    part
}

/// The way back to what is no 1.2.0.
fn former() -> String {
    format!(
        "Where another 4.0.0 stood in the new place before, and is what you go back to, `{} --rollback` with the folder \
         `$NEW_PARENT` puts it there again.",
        shell::INSTALL
    )
}

/// What is different with several nodes.
fn several(parts: &[Part], migration: Option<Migration<'_>>, is_image: bool) -> String {
    let number = |title: &str| parts.iter().position(|part| part.title == title).map_or(0, |at| at + 1);
    let installs = |part: &Part| part.guide == Some(INSTALLS);
    let install = parts.iter().position(installs).map_or(0, |at| at + 1);
    let (stop, start, last) = (number("Stop the node"), number(START), number("Roll back"));
    let mut text = "\n## Several nodes\n\n".to_owned();
    if migration.is_some_and(|(_, jdbc)| jdbc.connection.in_home.is_none()) {
        let (from, to) = (number("Back up the database"), number("Check the database"));
        let _ = writeln!(
            text,
            "They share the database, so the migration is done once, while none of them runs:

- Step 1 once. Steps {stop} and {} on every node: **no node is up from here on**.
- Steps {from} to {to} once, from one machine.
- Steps {install} to {} on one node. Only when that is right, on the others, one after the other.
- To roll back (step {last}): stop every node of 4.0.0, run the script once, then start the old homes.

A node of 1.2.0 can read the migrated database, and cannot add users to it.",
            stop + 1,
            last - 1,
        );
    } else {
        let _ = writeln!(
            text,
            "No database is changed for all of them at once, so one node after the other can be taken through all steps. \
             Nodes that coordinate tasks with each other should not run in both releases for longer than that takes."
        );
    }
    let _ = writeln!(
        text,
        "\nThe {} is for nodes with the same home. Nodes whose homes differ (ports, names, keystores) are packaged one \
         by one, or with an overlay for each; what they share a database for is migrated once all the same. Start is step \
         {start}.",
        if is_image { "image" } else { "archive" }
    );
    text
}

#[cfg(test)]
mod tests;
