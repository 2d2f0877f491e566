//! A rendered file as a set of single statements, so that two files compare by what they say.
//!
//! In: the text of a file and its path. Out: [`Units`]: values by place. Always: XML is compared as XML and properties
//! as properties; of anything else each line is one unit; what is no XML, or no sane one, is compared by lines. The
//! order of parameters and properties does not count, since Java's hash order decides it; that of other elements does.
//!
//! Source: config-mapper v1.0.12 and v1.0.18 render maps in the order of `java.util.HashMap`.

use crate::properties;
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::{BTreeMap, BTreeSet};

/// A file of more nodes, or deeper, is no configuration.
const MOST_NODES: u32 = 200_000;
const DEEPEST: usize = 64;
/// What names one element among its like: the first of these attributes, else the first of these children.
const NAMING_ATTRIBUTES: [&str; 4] = ["name", "id", "contentType", "key"];
const NAMING_CHILDREN: [&str; 4] = ["name", "Name", "id", "Id"];
/// Elements whose order means nothing, in lower case.
const UNORDERED: [&str; 2] = ["parameter", "property"];
/// A longer name of an element is cut.
const LONGEST_NAME: usize = 200;

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Units {
    /// Values by place, sorted.
    pub values: BTreeMap<String, Vec<String>>,
    /// The elements below a place, in their order.
    order: BTreeMap<String, Vec<String>>,
    /// Whether each place is a line of the file.
    lines: bool,
}

/// A place at which two files differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub place: String,
    pub before: Option<String>,
    pub after: Option<String>,
    /// Whether the place is a line as it stands in a file, which may hold anything.
    pub is_line: bool,
}

impl Units {
    /// Of a file.
    pub(super) fn of(path: &str, text: &str) -> Self {
        let mut units = if has_extension(path, "properties") {
            let mut units = Self::default();
            for property in properties::read(text.as_bytes()) {
                units.add(&property.key, property.value);
            }
            units
        } else {
            of_xml(text).unwrap_or_else(|| of_lines(text))
        };
        for values in units.values.values_mut() {
            values.sort_unstable();
        }
        units
    }

    /// Of two files that are to be compared: where one has to be compared by lines, both are.
    pub(super) fn both(path: &str, one: &str, other: &str) -> [Self; 2] {
        let both = [one, other].map(|text| Self::of(path, text));
        if both.iter().any(|units| units.lines) { [one, other].map(Self::of_lines) } else { both }
    }

    fn of_lines(text: &str) -> Self {
        let mut units = of_lines(text);
        for values in units.values.values_mut() {
            values.sort_unstable();
        }
        units
    }

    fn add(&mut self, place: &str, value: String) {
        self.values.entry(place.to_owned()).or_default().push(value);
    }

    /// Where two files differ, by place.
    pub(super) fn changes(&self, after: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        let places: BTreeSet<&String> = self.values.keys().chain(after.values.keys()).collect();
        for place in places {
            let (gone, new) = (self.without(after, place), after.without(self, place));
            for number in 0..gone.len().max(new.len()) {
                changes.push(Change {
                    place: place.clone(),
                    before: gone.get(number).cloned(),
                    after: new.get(number).cloned(),
                    is_line: self.lines || after.lines,
                });
            }
        }
        for (place, before) in &self.order {
            let Some(now) = after.order.get(place) else { continue };
            let common = |one: &[String], other: &[String]| -> Vec<String> {
                let other: BTreeSet<&String> = other.iter().collect();
                let mut seen = BTreeSet::new();
                one.iter().filter(|step| other.contains(step) && seen.insert(*step)).cloned().collect()
            };
            let (before, now) = (common(before, now), common(now, before));
            if before != now {
                changes.push(Change {
                    place: format!("{place} (order)"),
                    before: Some(before.join(", ")),
                    after: Some(now.join(", ")),
                    is_line: false,
                });
            }
        }
        changes
    }

    /// The values at a place that the other does not have.
    fn without(&self, other: &Self, place: &str) -> Vec<String> {
        let mut others = other.values.get(place).cloned().unwrap_or_default();
        let mut left = Vec::new();
        for value in self.values.get(place).into_iter().flatten() {
            match others.iter().position(|other| other == value) {
                Some(at) => drop(others.swap_remove(at)),
                None => left.push(value.clone()),
            }
        }
        left
    }

    /// Whether two files say the same at a place.
    pub(super) fn same_at(&self, other: &Self, place: &str) -> bool {
        match place.strip_suffix(" (order)") {
            Some(place) => self.order.get(place) == other.order.get(place),
            None => self.values.get(place) == other.values.get(place),
        }
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
}

fn of_lines(text: &str) -> Units {
    let mut units = Units { lines: true, ..Units::default() };
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        units.add(line, String::new());
    }
    units
}

fn of_xml(text: &str) -> Option<Units> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text.trim_start_matches('\u{feff}').trim_start(), options).ok()?;
    let mut units = Units::default();
    let root = document.root_element();
    let mut open = vec![(root, root.tag_name().name().to_owned(), 1)];
    while let Some((node, place, depth)) = open.pop() {
        if depth > DEEPEST {
            return None;
        }
        let named = naming(node);
        let mut says = false;
        for attribute in node.attributes().filter(|attribute| named != Some(attribute.name())) {
            units.add(&format!("{place}/@{}", attribute.name()), squeezed(attribute.value()));
            says = true;
        }
        let children: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
        let text: Vec<&str> = node.children().filter(Node::is_text).filter_map(|child| child.text()).collect();
        let text = squeezed(&text.concat());
        if !text.is_empty() || children.is_empty() && !says {
            units.add(&place, text);
        }
        let ordered = children.iter().filter(|child| {
            let name = child.tag_name().name().to_ascii_lowercase();
            !UNORDERED.contains(&name.as_str())
        });
        let ordered: Vec<String> = ordered.map(|child| step(*child)).collect();
        if ordered.len() > 1 {
            units.order.insert(place.clone(), ordered);
        }
        open.extend(children.into_iter().map(|child| (child, format!("{place}/{}", step(child)), depth + 1)));
    }
    Some(units)
}

/// The attribute that names an element.
fn naming<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    NAMING_ATTRIBUTES
        .into_iter()
        .find(|name| node.has_attribute(*name))
        .and_then(|name| node.attributes().find(|attribute| attribute.name() == name).map(|attribute| attribute.name()))
}

/// An element with what names it: `parameter[name=port]`.
fn step(node: Node<'_, '_>) -> String {
    let tag = node.tag_name().name();
    let by_attribute = naming(node).and_then(|name| Some((name, node.attribute(name)?)));
    let by_child = || {
        NAMING_CHILDREN.into_iter().find_map(|name| {
            let child = node.children().find(|child| child.is_element() && child.tag_name().name() == name)?;
            Some((name, child.text()?))
        })
    };
    match by_attribute.or_else(by_child) {
        Some((name, value)) => {
            let value: String = squeezed(value).chars().take(LONGEST_NAME).collect();
            format!("{tag}[{name}={value}]")
        }
        None => tag.to_owned(),
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(path: &str, before: &str, after: &str) -> Vec<String> {
        let changes = Units::of(path, before).changes(&Units::of(path, after));
        let side = |side: Option<String>| side.unwrap_or_else(|| "-".to_owned());
        changes
            .into_iter()
            .map(|change| format!("{}: {} > {}", change.place, side(change.before), side(change.after)))
            .collect()
    }

    #[test]
    fn xml_is_compared_as_xml() {
        let before = "<a><parameter name=\"p\" locked='false'>1</parameter><parameter name='q'>2</parameter><b/></a>";
        let same = "<?xml version=\"1.0\"?>\n<!-- c --><a>\n <b></b><parameter name='q'> 2 </parameter>\n\
                    <parameter locked=\"false\" name=\"p\">1</parameter></a>";
        assert_eq!(changes("x.xml", before, same), [] as [&str; 0]);
        for (after, expected) in [
            (before.replace('1', "7"), vec!["a/parameter[name=p]: 1 > 7"]),
            (before.replace("<b/>", ""), vec!["a/b:  > -"]),
            (before.replace("false", "true"), vec!["a/parameter[name=p]/@locked: false > true"]),
            (before.replace("<b/>", "<b/><c k='1'/>"), vec!["a/c/@k: - > 1"]),
        ] {
            assert_eq!(changes("x.xml", before, &after), expected);
        }
    }

    #[test]
    fn the_order_of_other_elements_counts() {
        let (before, after) =
            ("<p><phase name='A'/><phase name='B'/></p>", "<p><phase name='B'/><phase name='A'/></p>");
        assert_eq!(
            changes("x.xml", before, after),
            ["p (order): phase[name=A], phase[name=B] > phase[name=B], phase[name=A]"]
        );
        let more = "<p><phase name='A'/><phase name='C'/><phase name='B'/></p>";
        assert_eq!(changes("x.xml", before, more), ["p/phase[name=C]: - > "]);
    }

    #[test]
    fn elements_are_named_by_their_children_too() {
        let one = "<ds><d><name>A</name><url>x</url></d><d><name>B</name><url>x</url></d></ds>";
        let two = one.replacen("<url>x", "<url>y", 1);
        assert_eq!(changes("x.xml", one, &two), ["ds/d[name=A]/url: x > y"]);
    }

    #[test]
    fn properties_and_lines() {
        assert_eq!(changes("x.properties", "a=1\nb = 2\n", "# c\nb=2\na=3"), ["a: 1 > 3"]);
        assert_eq!(changes("x.txt", "a\n b\n", "b\nc"), ["a:  > -", "c: - > "]);
        assert_eq!(changes("x.xml", "<a>\n<b>", "<a>\n<c>"), ["<b>:  > -", "<c>: - > "]);
    }

    #[test]
    fn what_is_too_deep_is_compared_by_lines() {
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        assert_eq!(Units::of("x.xml", &deep).values.len(), 1);
    }
}
