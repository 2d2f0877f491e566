//! What a person can decide.
//!
//! In: nothing. Out: the words of a policy, which diagnostics offer and policies hold.
//! Always: a [`Choice`] knows its line in a policy file and what the line leads to.

use serde::de::{Deserialize, Deserializer, Error};

/// Which side a conflict is decided for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Take {
    /// The file of the fresh distribution.
    Fresh,
    /// The file of the home.
    Customised,
    /// Both, merged by lines; where both changed the same lines, the home's.
    Merged,
}

impl Take {
    /// The word in the policy file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Customised => "customised",
            Self::Merged => "merged",
        }
    }
}

/// What becomes of an HL7 transport for which no pack is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub enum WithoutPack {
    /// The result has no HL7 transport.
    #[serde(rename = "go without")]
    GoWithout,
    /// The old jars of the home are carried.
    #[serde(rename = "carry the old jars")]
    CarryOldJars,
}

/// Which keystore the parts of the server use that 1.2.0 tied to the stock keystore: its internal encryption, and the
/// HTTPS of the internal APIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
pub enum InternalKeystores {
    /// What the old home used, pinned where 4.0.0 would follow a keystore that the user changed.
    #[default]
    #[serde(rename = "as before")]
    AsBefore,
    /// `[keystore.primary]` and `[truststore]`, as 4.0.0 does by default.
    #[serde(rename = "follow primary")]
    FollowPrimary,
}

/// The kinds of databases that there are migration scripts for. MariaDB counts as `mysql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Database {
    /// DB2 for Linux, Unix and Windows.
    Db2,
    /// H2, in a file of its own.
    H2,
    /// Microsoft SQL Server.
    Mssql,
    /// MySQL or MariaDB.
    Mysql,
    /// Oracle, one instance.
    Oracle,
    /// Oracle with several instances.
    OracleRac,
    /// PostgreSQL.
    Postgres,
}

impl Database {
    /// All of them, by name.
    pub const ALL: [Self; 7] =
        [Self::Db2, Self::H2, Self::Mssql, Self::Mysql, Self::Oracle, Self::OracleRac, Self::Postgres];

    /// Its name: the word of policies and of `--db`, and the folder of its scripts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Db2 => "db2",
            Self::H2 => "h2",
            Self::Mssql => "mssql",
            Self::Mysql => "mysql",
            Self::Oracle => "oracle",
            Self::OracleRac => "oracle-rac",
            Self::Postgres => "postgres",
        }
    }

    /// What people call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Db2 => "DB2",
            Self::H2 => "H2",
            Self::Mssql => "SQL Server",
            Self::Mysql => "MySQL or MariaDB",
            Self::Oracle => "Oracle",
            Self::OracleRac => "Oracle RAC",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// The one with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|database| database.name() == name)
    }
}

/// Where a person says that the users of the user store are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StoreIn {
    /// In tables of the product, in a database of this kind.
    Database(Database),
    /// In none that there is anything to migrate in.
    NoDatabase,
}

impl StoreIn {
    /// The words of policies and of `--db`.
    pub const NAMES: [&str; 8] = ["db2", "h2", "mssql", "mysql", "oracle", "oracle-rac", "postgres", "none"];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database(database) => database.name(),
            Self::NoDatabase => "none",
        }
    }

    /// The one with a word.
    pub fn named(name: &str) -> Option<Self> {
        if name == Self::NoDatabase.name() {
            return Some(Self::NoDatabase);
        }
        Database::named(name).map(Self::Database)
    }
}

impl<'de> Deserialize<'de> for StoreIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| Error::unknown_variant(&name, &Self::NAMES))
    }
}

/// A line that a policy can hold to decide a conflict or to mend an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `[decide]`: a path for one side.
    Decide(String, Take),
    /// `carry`: a path.
    Carry(String),
    /// `leave_out`: a path.
    LeaveOut(String),
    /// `follow`: a symbolic link.
    Follow(String),
    /// `[settings.decide]`: a setting for one side.
    DecideSetting(String, Take),
    /// `[settings] accept_differences`: a setting or a rendered file.
    AcceptDifference(String),
    /// `[hl7] without_pack`.
    Hl7(WithoutPack),
    /// `[user_store] database`.
    UserStore(StoreIn),
}

impl Choice {
    /// The lines to put into the policy, as one line each.
    pub fn line(&self) -> String {
        match self {
            Self::Decide(path, take) => format!("decide.{} = \"{}\"", quoted(path), take.word()),
            Self::Carry(path) => format!("carry = [{}]", quoted(path)),
            Self::LeaveOut(path) => format!("leave_out = [{}]", quoted(path)),
            Self::Follow(path) => format!("follow = [{}]", quoted(path)),
            Self::DecideSetting(key, take) => format!("settings.decide.{} = \"{}\"", quoted(key), take.word()),
            Self::AcceptDifference(subject) => format!("settings.accept_differences = [{}]", quoted(subject)),
            Self::Hl7(WithoutPack::GoWithout) => "hl7.without_pack = \"go without\"".into(),
            Self::Hl7(WithoutPack::CarryOldJars) => "hl7.without_pack = \"carry the old jars\"".into(),
            Self::UserStore(store) => format!("user_store.database = \"{}\"", store.name()),
        }
    }

    /// What the line leads to.
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Decide(_, Take::Fresh) => "the fresh distribution's file; the change is lost",
            Self::Decide(_, Take::Customised) => "the home's file as it is; what 4.0.0 changed is lost",
            Self::Decide(_, Take::Merged) => "both, the home's lines where the two clash",
            Self::DecideSetting(_, Take::Fresh) => "what 4.0.0 ships",
            Self::DecideSetting(..) => "what the home says",
            Self::Carry(_) => "carry it as it is",
            Self::LeaveOut(_) => "leave it out",
            Self::Follow(_) => "carry what it points to",
            Self::AcceptDifference(_) => "the new server may differ there",
            Self::Hl7(WithoutPack::GoWithout) => "the result has no HL7 transport",
            Self::Hl7(WithoutPack::CarryOldJars) => "the home's own HL7 jars are carried",
            Self::UserStore(StoreIn::Database(Database::Db2)) => "the scripts for DB2",
            Self::UserStore(StoreIn::Database(Database::H2)) => "the scripts for H2",
            Self::UserStore(StoreIn::Database(Database::Mssql)) => "the scripts for SQL Server",
            Self::UserStore(StoreIn::Database(Database::Mysql)) => "the scripts for MySQL and MariaDB",
            Self::UserStore(StoreIn::Database(Database::Oracle)) => "the scripts for Oracle with one instance",
            Self::UserStore(StoreIn::Database(Database::OracleRac)) => "the scripts for Oracle RAC",
            Self::UserStore(StoreIn::Database(Database::Postgres)) => "the scripts for PostgreSQL",
            Self::UserStore(StoreIn::NoDatabase) => "no scripts: there is nothing to migrate, or you do it yourself",
        }
    }
}

/// A text as a TOML string, quoted the way that suits it.
pub fn quoted(text: &str) -> String {
    toml_edit::value(text).to_string().trim().to_owned()
}
