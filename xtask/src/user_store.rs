//! What the upgrade asks of the user store.
//!
//! In: the deployment.toml of the result and of the home, the fresh rule files, what a person decided. Out: a
//! [`Situation`] with its [`Step`], and what there is to say. Always: pure; without a database step there is a reason;
//! no value that may hold a password is in any of it.
//!
//! Facts: 4.0.0 writes `UM_USER_ID` when it adds a user, on every database; the schema of 1.2.0 lacks it (MI v1.2.0 and
//! v4.0.0 `dbscripts/*/*_user.sql`, `JDBCUserStoreManager`). `user-mgt.xml` takes `user_store.class`, which
//! `infer.json` makes of `user_store.type`, and `realm_manager.data_source`, by default `WSO2CarbonDB` (MI v4.0.0
//! `templates/conf/user-mgt.xml.j2`). Roles of an LDAP store's users are in that data source too, in tables that 4.0.0
//! did not change.

pub mod connection;
pub mod database;
mod read;
pub mod scripts;

use crate::choice::{Choice, Database, StoreIn};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::{Document, Key, Step as KeyStep};
use crate::effective::RuleFiles;
pub use connection::Connection;
use read::{Kind, Settings, Source};

/// The file that all of it is read from.
const PATH: &str = "conf/deployment.toml";

/// Why there is no step where a person decided that there is none.
const SAID_NONE: &str = "a person said that the user store has nothing to migrate in a database";

/// What is asked of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, for a reason: a lower-case fragment.
    None(String),
    /// Nothing: users are in an LDAP server, their roles in the data source with this id, in tables that stay.
    Ldap(String),
    /// A migration.
    Jdbc(Jdbc),
}

/// A user store in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jdbc {
    /// The id of its data source.
    pub source: String,
    /// The kind of database; `None` as long as nobody has decided.
    pub database: Option<Database>,
    /// Who says that it is this kind.
    pub told_by: Option<ToldBy>,
    /// How it is reached.
    pub connection: Box<Connection>,
}

/// Who says which kind of database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// The URL of the data source.
    Url,
    /// Its driver, where the URL says nothing.
    Driver,
    /// A person, by `--db`.
    Argument,
    /// A person, in the policy.
    Policy,
}

/// What a runbook is made of, beside the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Situation {
    /// What is asked of the database.
    pub step: Step,
    /// Whether there are secrets, which need the password of the keystore at each start.
    pub has_secrets: bool,
    /// How far the ports are moved; `None` where that comes from elsewhere.
    pub port_offset: Option<u16>,
}

impl Default for Situation {
    fn default() -> Self {
        Self {
            step: Step::None("the result has no deployment.toml that can be read".to_owned()),
            has_secrets: false,
            port_offset: None,
        }
    }
}

impl Situation {
    /// Whether a person decided that there is no step.
    pub fn is_decided_away(&self) -> bool {
        matches!(&self.step, Step::None(reason) if reason == SAID_NONE)
    }

    /// The kind of database whose scripts are needed.
    pub fn database(&self) -> Option<Database> {
        match &self.step {
            Step::Jdbc(jdbc) => jdbc.database,
            _ => None,
        }
    }
}

/// Everything that it is worked out from.
#[derive(Debug)]
pub struct Given<'a> {
    /// The deployment.toml of the result.
    pub result: &'a Document,
    /// The home's.
    pub home: Option<&'a Document>,
    /// The fresh distribution's rule files.
    pub rules: RuleFiles<'a>,
    /// Where the users are by a person's word, and where that was said.
    pub decided: Option<(StoreIn, ToldBy)>,
}

/// Works it out, and says what there is to say.
pub fn assess(given: &Given<'_>) -> (Situation, Vec<Diagnostic>) {
    let settings = read::settings(given.result, &given.rules);
    let before = given.home.map(|home| read::settings(home, &given.rules));
    let mut found = Vec::new();
    let step = match &settings.kind {
        Kind::Default => Step::None("no user store but the file-based default one is configured".to_owned()),
        Kind::File => Step::None("the user store is file-based".to_owned()),
        Kind::Ldap => Step::Ldap(settings.source.clone()),
        Kind::Jdbc | Kind::Own(_) if matches!(given.decided, Some((StoreIn::NoDatabase, _))) => {
            found.extend(none_after_all(&settings));
            Step::None(SAID_NONE.to_owned())
        }
        Kind::Own(class) if given.decided.is_none() => {
            found.push(undecided(class));
            Step::None(
                "the user store has a class of its own, and nobody has decided yet where its users are".to_owned(),
            )
        }
        Kind::Jdbc | Kind::Own(_) => {
            let (jdbc, diagnostic) = jdbc(&settings, given);
            found.extend(diagnostic);
            Step::Jdbc(jdbc)
        }
    };
    found.extend(own_class(&settings));
    found.extend(before.as_ref().and_then(|before| elsewhere(before, &settings)));
    found.extend(statements(&settings));
    found.extend(file_store(&settings));
    for diagnostic in &mut found {
        diagnostic.place = Some(place(given.home, &settings, diagnostic.code));
    }
    (Situation { step, has_secrets: settings.has_secrets, port_offset: settings.port_offset }, found)
}

/// The line of the home's file that a finding is about, or the file.
fn place(home: Option<&Document>, settings: &Settings, code: Code) -> Place {
    let element = KeyStep::Element { by: "id".to_owned(), is: settings.source.clone() };
    let source = Key::dotted("datasource").with(element);
    let store = Key::dotted("user_store");
    let keys = match code {
        Code(901) if matches!(settings.kind, Kind::Own(_)) => vec![store.then("class")],
        Code(603 | 901 | 907) => {
            let own = store.then("properties").then("url");
            vec![source.then("url"), own, store.then("type"), store.then("class")]
        }
        Code(905) => vec![store.then("class")],
        _ => Vec::new(),
    };
    let line = home.and_then(|home| {
        let setting = keys.iter().find_map(|key| home.setting(key))?;
        Some(home.line(setting.place.start))
    });
    Place { path: PATH.to_owned(), line }
}

/// A store in a database, and what there is to say of it.
fn jdbc(settings: &Settings, given: &Given<'_>) -> (Jdbc, Vec<Diagnostic>) {
    let id = &settings.source;
    let source = settings.of_realm();
    let mut told_of_each = settings.sources.iter().filter(|source| source.id == *id).map(Source::told);
    let told = match told_of_each.next() {
        // Of several with one id it is not known which one counts.
        Some(told) if told_of_each.any(|other| other != told) => Err(database::Doubt {
            why: format!("several [[datasource]] have the id `{id}`"),
            among: Database::ALL.to_vec(),
        }),
        Some(told) => told,
        None => Err(database::Doubt {
            why: format!("there is no [[datasource]] with the id `{id}`"),
            among: Database::ALL.to_vec(),
        }),
    };
    let mut found = Vec::new();
    let decided = given.decided.and_then(|(store, by)| match store {
        StoreIn::Database(database) => Some((database, by)),
        StoreIn::NoDatabase => None,
    });
    let told = match (decided, told) {
        (Some(decided), told) => {
            found.extend(told.ok().and_then(|(told, _)| contradiction(decided.0, told)));
            Some(decided)
        }
        (None, Ok(told)) => Some(told),
        (None, Err(doubt)) => {
            let text = format!("it cannot be told which database the user store is in: {}", doubt.why);
            let hint = "say it by --db, or in the policy under [user_store]; the bundle gets the scripts for it";
            found.push(Diagnostic::new(Code(901), text).hint(hint).choices(choices(&doubt.among)));
            None
        }
    };
    let (database, told_by) = told.unzip();
    if let Some(database) = database {
        let text = format!(
            "the user store is in a database, whose schema 4.0.0 needs changed: {}, data source `{id}`",
            database.title()
        );
        let hint = format!(
            "UM_USER needs the column UM_USER_ID before the first start: {}/{}/ of the bundle adds it, RUNBOOK.md has \
             the commands; back up first",
            scripts::FOLDER,
            database.name()
        );
        found.push(Diagnostic::new(Code(603), text).hint(hint));
    }
    let connection = database.zip(source).map(|(database, source)| {
        let url = source.url.as_deref().unwrap_or_default();
        let found = connection::connection(database, url, source.user.as_deref());
        found.after(database, source.first.as_deref().unwrap_or_default())
    });
    (Jdbc { source: id.clone(), database, told_by, connection: Box::new(connection.unwrap_or_default()) }, found)
}

/// What can be decided: one of some databases; or none, where it may be anything.
fn choices(among: &[Database]) -> impl Iterator<Item = Choice> {
    let none = (*among == Database::ALL).then_some(StoreIn::NoDatabase);
    among.iter().copied().map(StoreIn::Database).chain(none).map(Choice::UserStore)
}

/// A class that may keep its users anywhere.
fn undecided(class: &str) -> Diagnostic {
    let text = format!(
        "it cannot be told which database the user store is in: its class `{class}` is not the product's, and only its \
         authors know whether it keeps users in UM_USER"
    );
    let hint = "say it by --db, or in the policy under [user_store]; with \"none\" the bundle has no scripts, and the \
                runbook no step for a database";
    Diagnostic::new(Code(901), text).hint(hint).choices(choices(&Database::ALL))
}

/// A decision for no database, where the settings name one.
fn none_after_all(settings: &Settings) -> Option<Diagnostic> {
    if settings.own_class.is_some() {
        return None;
    }
    let text =
        "the decision is that there is nothing to migrate, and the user store is the product's own for databases";
    let hint = "take the decision back, unless UM_USER has the column UM_USER_ID already, or you add it yourself: without \
                it no user can be added";
    Some(Diagnostic::new(Code(907), text).hint(hint))
}

/// What was decided against what the settings say.
fn contradiction(decided: Database, told: Database) -> Option<Diagnostic> {
    let is_oracle = |database| matches!(database, Database::Oracle | Database::OracleRac);
    if decided == told || is_oracle(decided) && is_oracle(told) {
        return None;
    }
    let text = format!("the scripts are for {}, and the data source is one of {}", decided.title(), told.title());
    Some(Diagnostic::new(Code(907), text).hint("take the decision back, unless the settings are wrong"))
}

/// A class that is not the product's.
fn own_class(settings: &Settings) -> Option<Diagnostic> {
    let class = settings.own_class.as_ref()?;
    let found = Diagnostic::new(Code(905), format!("the user store has a class of its own, `{class}`"));
    Some(found.hint("build it against 4.0.0, and try adding a user"))
}

/// Users that are not where they were.
fn elsewhere(before: &Settings, now: &Settings) -> Option<Diagnostic> {
    let url = |settings: &Settings| settings.of_realm().and_then(|source| source.url.clone());
    let text = match (&before.kind, &now.kind) {
        (Kind::Jdbc, Kind::Jdbc) if url(before) == url(now) => return None,
        (Kind::Jdbc, Kind::Jdbc) => "the user store is in another database than the home's".to_owned(),
        (Kind::Jdbc, _) => "the home's user store is in a database, and the result's is not".to_owned(),
        (_, Kind::Jdbc) => "the result's user store is in a database, and the home's is not".to_owned(),
        _ => return None,
    };
    let hint = "the users of the old one do not come along by themselves; what is said here about the schema is about \
                the result's";
    Some(Diagnostic::new(Code(906), text).hint(hint))
}

/// Statements of the user's own that 4.0.0 treats in another way.
fn statements(settings: &Settings) -> Option<Diagnostic> {
    if settings.kind != Kind::Jdbc || settings.statements.is_empty() {
        return None;
    }
    let text = "4.0.0 treats statements of the user store that are configured in another way".to_owned();
    let hint = "try adding a user and logging in before the upgrade is handed over";
    Some(Diagnostic::new(Code(903), text).details(settings.statements.clone()).hint(hint))
}

/// Whom the management API asks.
fn file_store(settings: &Settings) -> Option<Diagnostic> {
    let is_other = matches!(settings.kind, Kind::Jdbc | Kind::Ldap | Kind::Own(_));
    if !is_other || settings.file_store_is_off {
        return None;
    }
    let text = "the management API asks the file-based user store, not the one that is configured".to_owned();
    let hint = "to have it ask the configured one, set enable = false in [internal_apis.file_user_store]";
    Some(Diagnostic::new(Code(904), text).hint(hint))
}

#[cfg(test)]
mod tests;
