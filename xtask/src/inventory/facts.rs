//! What is known of a file's inside.
//!
//! In: nothing; the read phase fills it. Out: plain data that the plan asks. Always: small beside the file.

use crate::digest::Digest;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known of a file's inside. Empty for most files.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The whole content, for small files of `conf`, `bin` and the rule files.
    pub text: Option<Arc<[u8]>>,
    /// For jars.
    pub jar: Option<Arc<JarFacts>>,
    /// For carbon applications.
    pub carbon_application: Option<Arc<CarbonApplicationFacts>>,
    /// How a synapse artifact, loose or in a carbon application, uses the HL7 transport: one fragment a use.
    pub hl7_uses: Vec<String>,
    /// Why the inside could not be read, although the file itself could. A lower-case fragment.
    pub damage: Option<String>,
}

/// What is known of a jar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JarFacts {
    /// `Bundle-SymbolicName` without its directives.
    pub symbolic_name: Option<String>,
    /// `Bundle-Version`.
    pub bundle_version: Option<String>,
    /// Packages of the classes in it, with dots.
    pub packages: BTreeSet<String>,
    /// When it is a wrapper that the server generates from `lib`: the jar inside.
    pub wrapped: Option<WrappedJar>,
}

/// The jar inside a wrapper that the server made of `lib/<name>`.
///
/// Source: MI v4.0.0 `DefaultBundleCreator` (the same in v1.2.0): `Bundle-ClassPath: .,<name>` and `META-INF/p2.inf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedJar {
    /// Its name in `lib`, which is its name inside the wrapper too.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its CRC-32.
    pub crc: u32,
    /// Its SHA-256.
    pub digest: Digest,
    /// Packages of the classes in it.
    pub packages: BTreeSet<String>,
}

/// What is known of a carbon application.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CarbonApplicationFacts {
    /// The registry resources that it deploys: path below `registry/` as 1.2.0 and 4.0.0 lay them out, and digest.
    pub registry: Vec<(String, Option<Digest>)>,
}
