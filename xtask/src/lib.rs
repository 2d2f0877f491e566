//! Packages an upgraded WSO2 Micro Integrator 4.0.0 from a used 1.2.0 home and a fresh distribution.
//!
//! One flow: read, plan, write, verify, report. `ARCHITECTURE.md` has the map.

pub mod path;
pub mod parallel;
pub mod digest;
pub mod pattern;
pub mod timestamp;
pub mod signature;
pub mod progress;
pub mod choice;
pub mod diagnostic;
pub mod secret;
pub mod inventory;
pub mod facts;
pub mod product;
pub mod change;
pub mod merge;
pub mod properties;
pub mod policy;
pub mod overlay;
pub mod plan;
pub mod rules;
pub mod planner;
pub mod output;
pub mod layers;
pub mod document;
pub mod effective;
pub mod settings;
pub mod user_store;
pub mod difference;
pub mod rendered;
pub mod classes;
pub mod bundles;
pub mod keystores;
pub mod artifacts;
pub mod examine;
pub mod checks;
pub mod components;
pub mod archive;
pub mod image;
pub mod base_image;
pub mod read;
pub mod write;
pub mod place;
pub mod verify;
pub mod report;
pub mod sample;
pub mod databases;
pub mod cli;

#[cfg(test)]
mod tests;
