//! What is known of the product: which one an input is, how far it was updated, what 1.2.0 shipped.
//!
//! In: inventories, and data made from the product's sources. Out: plain answers. Always: no I/O; every fact names
//! the tag and the file that it comes from.

pub mod identify;
pub mod update_level;
pub mod listing;
pub mod reconstruct;
pub mod templates;
pub mod stock_settings;
