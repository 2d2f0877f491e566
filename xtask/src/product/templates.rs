//! Which files the server renders itself at start.
//!
//! In: inventories. Out: the paths that a template renders. Always: at least those of the releases' own templates.

use crate::inventory::Inventory;
use crate::path::EntryPath;
use std::collections::BTreeSet;

/// Where the templates lie: `<path>.j2` below it is rendered to `<path>` below the home.
///
/// Source: config-mapper v1.0.12 and v1.0.18, `ConfigParser`.
pub const FOLDER: &str = "repository/resources/conf/templates";

/// What the templates of 1.2.0 and of 4.0.0 render; the last one is of 4.0.0 alone.
///
/// Source: MI v1.2.0 and v4.0.0, distribution/src/resources/config-tool/templates.
pub const BUILT_IN: [&str; 14] = [
    "conf/axis2/axis2.xml",
    "conf/axis2/axis2_blocking_client.xml",
    "conf/carbon.properties",
    "conf/carbon.xml",
    "conf/datasources/master-datasources.xml",
    "conf/etc/jmx.xml",
    "conf/internal-apis.xml",
    "conf/jndi.properties",
    "conf/passthru-http.properties",
    "conf/security/cipher-text.properties",
    "conf/synapse-handlers.xml",
    "conf/synapse.properties",
    "conf/user-mgt.xml",
    "conf/wso2-log-masking.properties",
];

/// Every path that a template of one of the inputs, or of the releases as shipped, renders.
pub fn rendered_by(inventories: &[&Inventory]) -> BTreeSet<EntryPath> {
    let own = inventories.iter().flat_map(|inventory| inventory.below(FOLDER)).filter_map(|(path, entry)| {
        let rendered = path.below(FOLDER)?.strip_suffix(".j2")?;
        EntryPath::parse(rendered).ok().filter(|path| entry.is_file() && path.as_str() == rendered)
    });
    BUILT_IN.into_iter().map(EntryPath::known).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Entry;
    use crate::product::listing::listing;

    #[test]
    fn templates_of_inputs_add_to_the_built_in_ones() {
        let mut inventory = Inventory::default();
        for path in ["conf/own.xml.j2", "conf/carbon.xml.j2", "conf/notes.txt", "conf/.j2"] {
            inventory.entries.insert(EntryPath::known(path).under(FOLDER), Entry::memory(0o644, *b"x"));
        }
        inventory.entries.insert(EntryPath::known("conf/folder.j2").under(FOLDER), Entry::folder());
        let rendered = rendered_by(&[&inventory, &Inventory::default()]);
        assert!(rendered.contains("conf/own.xml") && !rendered.contains("conf/folder"));
        assert!(rendered.contains("conf/wso2-log-masking.properties"));
        // `conf/.j2` would be rendered to the folder `conf/` itself: no name of a file.
        assert_eq!(rendered.len(), BUILT_IN.len() + 1);
    }

    #[test]
    fn the_templates_of_1_2_0_are_the_built_in_ones_but_one() {
        let shipped: Vec<_> = listing()
            .paths()
            .filter_map(|path| path.strip_prefix(FOLDER)?.strip_prefix('/')?.strip_suffix(".j2"))
            .collect();
        assert_eq!(shipped, BUILT_IN[..13]);
    }
}
