//! Bundles, and whether they resolve, as Equinox 3.14 (both releases) decides it.
//!
//! In: the manifests of the jars that the server will install, what the system bundle exports. Out: for each bundle
//! that will not resolve, the requirement that fails. Always: pure; bounded time; `uses` conflicts are left out.
//!
//! Source: OSGi Core Release 7, chapter 3.

mod bundle;
mod environment;
mod filter;
mod header;
mod resolve;
mod system;
mod version;

pub use bundle::{BUNDLE, Bundle, Capability, EXECUTION_ENVIRONMENT, HOST, PACKAGE, PLATFORM, Requirement};
pub use filter::{Attributes, Filter, Operator, Value};
pub use header::{Clause, clauses, names};
pub use resolve::{Offers, Place, Reason, Resolution, Unsatisfied, resolve, resolve_with};
pub use system::{Launch, System};
pub use version::{Version, VersionRange};

#[cfg(test)]
mod tests;
