//! Bundles, and whether they resolve, as Equinox 3.14 (both releases) decides it.
//!
//! In: the manifests of the jars that the server will install, what the system bundle exports. Out: for each bundle
//! that will not resolve, the requirement that fails. Always: pure; bounded time; `uses` conflicts are left out.
//!
//! Source: OSGi Core Release 7, chapters 3.
