//! `verify.sh` and `install.sh` of a bundle, as a server without this tool runs them: in several shells, with what is
//! installed there, and with what goes wrong.
#![cfg(unix)]

#[path = "install/checking.rs"]
mod checking;
#[path = "install/forms.rs"]
mod forms;
#[path = "install/installing.rs"]
mod installing;
#[path = "install/site.rs"]
mod site;
#[path = "install/stopped.rs"]
mod stopped;
#[path = "install/tools.rs"]
mod tools;
