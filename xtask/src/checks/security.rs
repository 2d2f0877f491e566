//! The checks of keystores and secrets, which share the vault and the keystores that open.
//!
//! In: an [`Examined`] tree. Out: what they have to say. Always: the vault's key and each keystore that the configuration
//! names are opened once for all of them, within one budget.

use super::keystores::{self, named};
use super::vault::vault;
use super::{certificates, password_file, secrets};
use crate::diagnostic::Diagnostic;
use crate::examine::Examined;
use crate::keystores::Budget;

/// What there is to say about keystores and secrets.
pub(super) fn check(examined: &Examined) -> Vec<Diagnostic> {
    let vault = vault(examined);
    let mut budget = Budget::full();
    let named = named(examined, &vault, &mut budget);
    let mut found = keystores::check(&named, &vault, &mut budget);
    found.extend(certificates::check(&named, examined.today));
    found.extend(secrets::check(examined, &vault));
    found.extend(password_file::check(examined, &vault));
    found
}
