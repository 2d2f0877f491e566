//! The migration scripts of the user store: on real servers where they are installed, and by their texts everywhere.

#[path = "migration_scripts/dialects.rs"]
mod dialects;
#[path = "migration_scripts/h2.rs"]
mod h2;
#[path = "migration_scripts/mariadb.rs"]
mod mariadb;
#[path = "migration_scripts/postgres.rs"]
mod postgres;
#[cfg(unix)]
#[path = "migration_scripts/runbook.rs"]
mod runbook;
#[path = "migration_scripts/scenarios.rs"]
mod scenarios;
#[path = "migration_scripts/store.rs"]
mod store;
