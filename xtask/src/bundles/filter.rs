//! Filters of requirements, and the values of capabilities that they are held against.
//!
//! In: the text of a filter directive. Out: a [`Filter`], or a lower-case fragment. Always: bounded depth; names of
//! attributes compare with their case.
//!
//! Source: OSGi Core Release 7, 3.2.7; org.eclipse.osgi.internal.framework.FilterImpl of Equinox 3.14.0.

use super::version::{Version, VersionRange};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Filters are nested no deeper than this.
const DEEPEST: usize = 64;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text.
    Text(Box<str>),
    /// A version.
    Version(Version),
    /// A whole number.
    Long(i64),
    /// A number.
    Double(f64),
    /// Several, of which one must do.
    List(Vec<Value>),
}

/// The attributes of a capability by name.
pub type Attributes = BTreeMap<Box<str>, Value>;

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `~=`: without blanks and case.
    Like,
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
}

/// What a requirement asks of the attributes of a capability.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of them.
    All(Vec<Filter>),
    /// One of them.
    Any(Vec<Filter>),
    /// Not that.
    Not(Box<Filter>),
    /// The attribute is there.
    Present(Box<str>),
    /// The attribute compares.
    Compares(Box<str>, Operator, Box<str>),
    /// The attribute has these parts in their order, with anything between them.
    Parts(Box<str>, Vec<Box<str>>),
    /// The attribute is a version in the range.
    Within(Box<str>, VersionRange),
    /// A filter that cannot be read: nothing matches.
    Never,
}

impl Filter {
    /// Reads a filter.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text.trim();
        let filter = parse(&mut rest, 0).ok_or_else(|| format!("`{text}` is no filter"))?;
        if rest.trim().is_empty() { Ok(filter) } else { Err(format!("`{text}` is no filter")) }
    }

    /// The attribute has the value, in which `*` stands for anything.
    pub fn equal(attribute: &str, value: &str) -> Self {
        let closed = format!("{value})");
        comparison(attribute, Operator::Equal, &mut closed.as_str()).unwrap_or(Self::Never)
    }

    /// Whether the attributes match.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.matches(attributes)),
            Self::Any(filters) => filters.iter().any(|filter| filter.matches(attributes)),
            Self::Not(filter) => !filter.matches(attributes),
            Self::Present(name) => attributes.contains_key(name),
            Self::Compares(name, operator, wanted) => {
                attributes.get(name).is_some_and(|value| compares(value, *operator, wanted))
            }
            Self::Parts(name, parts) => attributes.get(name).is_some_and(|value| has_parts(value, parts)),
            Self::Within(name, range) => match attributes.get(name) {
                Some(Value::Version(version)) => range.includes(version),
                _ => false,
            },
            Self::Never => false,
        }
    }

    /// Whether an attribute is asked about at all, as those that a provider makes mandatory must be.
    pub fn mentions(&self, attribute: &str) -> bool {
        match self {
            Self::All(filters) | Self::Any(filters) => filters.iter().any(|filter| filter.mentions(attribute)),
            Self::Not(filter) => filter.mentions(attribute),
            Self::Present(name) | Self::Compares(name, ..) | Self::Parts(name, _) | Self::Within(name, _) => {
                **name == *attribute
            }
            Self::Never => false,
        }
    }

    /// The only text that an attribute may be, where the filter says so plainly.
    pub fn only(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::Compares(name, Operator::Equal, value) if **name == *attribute => Some(value),
            Self::All(filters) => filters.iter().find_map(|filter| filter.only(attribute)),
            _ => None,
        }
    }

    /// The range that an attribute must lie in, where the filter was made with one.
    pub fn range(&self, attribute: &str) -> Option<&VersionRange> {
        match self {
            Self::Within(name, range) if **name == *attribute => Some(range),
            Self::All(filters) => filters.iter().find_map(|filter| filter.range(attribute)),
            _ => None,
        }
    }
}

fn compares(value: &Value, operator: Operator, wanted: &str) -> bool {
    let holds = |ordering: Ordering| match operator {
        Operator::Equal | Operator::Like => ordering.is_eq(),
        Operator::AtLeast => ordering.is_ge(),
        Operator::AtMost => ordering.is_le(),
    };
    match value {
        Value::Text(text) if operator == Operator::Like => {
            let plain = |text: &str| {
                text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect::<String>()
            };
            plain(text) == plain(wanted)
        }
        Value::Text(text) => holds((**text).cmp(wanted)),
        Value::Version(version) => Version::parse(wanted).is_ok_and(|wanted| holds(version.cmp(&wanted))),
        Value::Long(number) => wanted.trim().parse().is_ok_and(|wanted| holds(number.cmp(&wanted))),
        Value::Double(number) => {
            wanted.trim().parse().is_ok_and(|wanted| number.partial_cmp(&wanted).is_some_and(holds))
        }
        Value::List(values) => values.iter().any(|value| compares(value, operator, wanted)),
    }
}

/// The first part stands at the start and the last at the end; the others follow one another.
fn has_parts(value: &Value, parts: &[Box<str>]) -> bool {
    let text = match value {
        Value::Text(text) => text,
        Value::List(values) => return values.iter().any(|value| has_parts(value, parts)),
        _ => return false,
    };
    let ([first, middle @ .., last], true) = (parts, parts.len() > 1) else { return false };
    let Some(mut rest) = text.strip_prefix(&**first) else { return false };
    for part in middle {
        let Some(at) = rest.find(&**part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(&**last)
}

fn parse(rest: &mut &str, depth: usize) -> Option<Filter> {
    *rest = rest.trim_start().strip_prefix('(')?.trim_start();
    let several = |rest: &mut &str| {
        let mut filters = Vec::new();
        loop {
            *rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix(')') {
                *rest = after;
                return (!filters.is_empty()).then_some(filters);
            }
            filters.push(parse(rest, depth + 1)?);
        }
    };
    if depth > DEEPEST {
        return None;
    }
    let operator = rest.chars().next()?;
    // An attribute's name may begin with these signs too; then no filter follows.
    let nested = rest.get(1..).is_some_and(|after| after.trim_start().starts_with('('));
    match operator {
        '&' | '|' if nested => {
            *rest = rest.get(1..)?;
            let filters = several(rest)?;
            Some(if operator == '&' { Filter::All(filters) } else { Filter::Any(filters) })
        }
        '!' if nested => {
            *rest = rest.get(1..)?;
            let filter = parse(rest, depth + 1)?;
            *rest = rest.trim_start().strip_prefix(')')?;
            Some(Filter::Not(Box::new(filter)))
        }
        _ => {
            let end = rest.find(['=', '<', '>', '~', '(', ')'])?;
            let name = rest.get(..end)?.trim_end();
            *rest = rest.get(end..)?;
            let operator = match rest.get(..1)? {
                "=" => Operator::Equal,
                "<" => Operator::AtMost,
                ">" => Operator::AtLeast,
                "~" => Operator::Like,
                _ => return None,
            };
            *rest = rest.get(1..)?;
            if operator != Operator::Equal {
                *rest = rest.strip_prefix('=')?;
            }
            (!name.is_empty()).then(|| comparison(name, operator, rest))?
        }
    }
}

/// The value up to its closing bracket.
fn comparison(name: &str, operator: Operator, rest: &mut &str) -> Option<Filter> {
    let mut parts = vec![String::new()];
    let mut characters = rest.char_indices();
    let end = loop {
        let (at, character) = characters.next()?;
        let part = parts.last_mut()?;
        match character {
            ')' => break at,
            '(' => return None,
            '\\' => part.push(characters.next()?.1),
            '*' if operator == Operator::Equal => parts.push(String::new()),
            _ => part.push(character),
        }
    };
    *rest = rest.get(end + 1..)?;
    let name = Box::from(name);
    Some(match parts.as_slice() {
        [value] => Filter::Compares(name, operator, value.as_str().into()),
        [first, last] if first.is_empty() && last.is_empty() => Filter::Present(name),
        _ => Filter::Parts(name, parts.iter().map(|part| part.as_str().into()).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes() -> Attributes {
        let versions = ["1.7", "1.8", "11"].map(|text| Value::Version(Version::parse(text).expect("a version")));
        [
            ("osgi.ee", Value::Text("JavaSE".into())),
            ("version", Value::List(versions.into())),
            ("count", Value::Long(5)),
            ("share", Value::Double(0.5)),
        ]
        .map(|(name, value)| (name.into(), value))
        .into()
    }

    #[test]
    fn filters_match_as_the_framework_matches_them() {
        for (text, matches) in [
            ("(&(osgi.ee=JavaSE)(version=1.8))", true),
            ("( & (osgi.ee=JavaSE) (version=9) )", false),
            ("(&(osgi.ee=JavaSE)(!(version=9)))", true),
            ("(|(osgi.ee=CDC)(version>=11))", true),
            ("(osgi.ee=Java*)", true),
            ("(osgi.ee=*a*S*)", true),
            ("(osgi.ee=*a*X*)", false),
            ("(osgi.ee=*)", true),
            ("(nothing=*)", false),
            ("(osgi.ee~= java se)", true),
            ("(osgi.ee=javase)", false),
            ("(count>=5)", true),
            ("(count<=4)", false),
            ("(share=0.5)", true),
            ("(Count=5)", false),
        ] {
            assert_eq!(Filter::parse(text).map(|filter| filter.matches(&attributes())), Ok(matches), "{text}");
        }
        for text in ["", "()", "(a)", "(a=b", "(&)", "(a=b))", "a=b", "(!(a=b)(c=d))", "(a=(b)", "(a>b)"] {
            assert!(Filter::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn deep_filters_are_refused_rather_than_followed() {
        let deep = format!("{}(a=b){}", "(!".repeat(100_000), ")".repeat(100_000));
        assert!(Filter::parse(&deep).is_err());
    }
}
