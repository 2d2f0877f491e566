//! Codes from MI0901: the user store and its database.
//!
//! In: nothing. Out: the stories. Always: sorted by code; a code that is no longer used keeps its row.

use crate::diagnostic::{Code, Severity, Story};

pub(super) static STORIES: &[Story] = &[
    Story {
        code: Code(901),
        severity: Severity::Conflict,
        firm: true,
        title: "it cannot be told which database the user store is in",
        text: "The user store is in a database that 4.0.0 needs migrated, and the URL and the driver of its data \
               source do not tell which kind of database that is: they contradict each other, come from the \
               environment, name a kind that there are no scripts for, or an Oracle that may be one instance or a \
               cluster. Or the user store has a class that is not the product's: only its authors know whether it \
               keeps users in UM_USER. Say it by --db, or in the policy: database = \"oracle-rac\" under \
               [user_store]. The bundle gets the scripts of that database; with \"none\" it gets none, and the \
               runbook has no step for a database.",
        source: "MI v4.0.0 templates/conf/datasources/master-datasources.xml.j2; migration-scripts",
    },
    Story {
        code: Code(902),
        severity: Severity::Warning,
        firm: false,
        title: "the driver of a data source is in no jar",
        text: "A data source of deployment.toml, of conf/datasources or of a carbon application, a data service or a \
               database mediator names a driver class that no jar in lib or dropins has. The server starts, and what uses the data source fails when it does. Neither release ships a driver: put its \
               jar into lib of the home, or of an overlay. A jar that the server ignored in the home, or a driver \
               that lay in a folder that is not carried, is the usual cause.",
        source: "MI v4.0.0 DefaultBundleCreator; templates/conf/datasources/master-datasources.xml.j2",
    },
    Story {
        code: Code(903),
        severity: Severity::Warning,
        firm: false,
        title: "statements of the user store that 4.0.0 treats in another way",
        text: "Properties of the user store can replace its SQL statements. 4.0.0 adds users by AddUserWithIdSql, \
               so AddUserSQL has no effect any more. A SelectUserSQL with SELECT * is read by the places of the \
               columns: right with the migration scripts, which append UM_USER_ID as the last column, and wrong \
               on a table made by the script of 4.0.0, where the column is the second one.",
        source: "MI v4.0.0 JDBCUserStoreManager, JDBCRealmConstants",
    },
    Story {
        code: Code(904),
        severity: Severity::Note,
        firm: false,
        title: "the management API asks the file-based user store",
        text: "Both releases have the file-based user store switched on by default: the management API, the \
               dashboard and the command line tool ask it, whatever [user_store] says. REST basic authentication \
               and data services ask the user store that is configured. Nothing changes with the upgrade; the \
               step for the database is needed all the same.",
        source: "MI v4.0.0 default.json (internal_apis.file_user_store.enable), templates/conf/internal-apis.xml.j2",
    },
    Story {
        code: Code(905),
        severity: Severity::Warning,
        firm: false,
        title: "the user store has a class of its own",
        text: "The class of the user store is not one of the product. Where it extends JDBCUserStoreManager and \
               overrides persistUser, 4.0.0 does not call it any more: the method gained the id of the user as \
               its first parameter. Build it against 4.0.0. Where its name has JDBC in it, it is taken for a store \
               in the database of its data source; of any other a person has to say where its users are (MI0901).",
        source: "MI v4.0.0 JDBCUserStoreManager.persistUser",
    },
    Story {
        code: Code(906),
        severity: Severity::Warning,
        firm: false,
        title: "the user store is not where it was",
        text: "The user store of the result is in a database and that of the home in another one, or only one of \
               the two is in a database at all, by an overlay or the policy. Users do not move by themselves. The \
               runbook is about the database of the result; preflight.sql says whether it needs the migration.",
        source: "this program",
    },
    Story {
        code: Code(907),
        severity: Severity::Warning,
        firm: false,
        title: "the decided database is not the one that the settings name",
        text: "--db, or the policy under [user_store], names another kind of database than the URL and the driver \
               of the data source; or it says \"none\", and the user store is the product's own for databases. The \
               decision counts. The scripts of another database stop with an error at their first statement; \
               without any, users can only be added where UM_USER has the column UM_USER_ID already.",
        source: "the policy given",
    },
];
