//! The syntax of manifest headers: clauses with parameters.
//!
//! In: the value of a header. Out: its [`Clause`]s, or a lower-case fragment. Always: read as the framework reads it,
//! oddities included; time and memory grow with the length of the value.
//!
//! Source: org.eclipse.osgi.util.ManifestElement and org.eclipse.osgi.internal.util.Tokenizer of Equinox 3.14.0.

use std::collections::{BTreeMap, BTreeSet};

/// One clause: `a;b;version="1.0";resolution:=optional` has two values, an attribute and a directive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clause {
    /// Its values: packages, or the one name.
    pub values: Vec<String>,
    /// Its attributes with their types, such as `version:List<Version>`; of one that is given twice the last.
    pub attributes: BTreeMap<String, String>,
    /// Its directives; of one that is given twice the last.
    pub directives: BTreeMap<String, String>,
    /// An attribute or directive that is given twice.
    pub repeated: Option<String>,
}

impl Clause {
    /// Its first value.
    pub fn name(&self) -> &str {
        self.values.first().map(String::as_str).unwrap_or_default()
    }

    /// A directive.
    pub fn directive(&self, name: &str) -> Option<&str> {
        self.directives.get(name).map(String::as_str)
    }
}

/// Reads a header. The empty value is none, and refused.
pub fn clauses(value: &str) -> Result<Vec<Clause>, String> {
    let mut tokens = Tokens { text: value, at: 0 };
    let mut clauses = Vec::new();
    loop {
        let (clause, end) = clause(&mut tokens).ok_or("has a header that is none")?;
        clauses.push(clause);
        match end {
            Some(',') => {}
            None => return Ok(clauses),
            Some(_) => return Err("has a header that is none".to_owned()),
        }
    }
}

/// One clause, and the character that ended it.
fn clause(tokens: &mut Tokens<'_>) -> Option<(Clause, Option<char>)> {
    let mut clause = Clause { values: vec![tokens.string(";,", "")?], ..Clause::default() };
    let mut next = String::new();
    let mut is_directive = false;
    let mut end = tokens.char();
    // Values, up to the first parameter.
    while end == Some(';') {
        next = tokens.string(";,=:", "")?;
        end = tokens.char();
        colons(tokens, &mut end, &mut next, &mut is_directive, ";,=:")?;
        if matches!(end, Some(';' | ',') | None) {
            clause.values.push(std::mem::take(&mut next));
        }
    }
    // Parameters.
    while matches!(end, Some('=' | ':')) {
        colons(tokens, &mut end, &mut next, &mut is_directive, "=:")?;
        // Lists keep the escapes that tell their commas apart.
        let is_list = !is_directive
            && next
                .split_once(':')
                .is_some_and(|(_, kind)| kind.split('<').next().is_some_and(|kind| kind.trim() == "List"));
        let value = tokens.string(";,", if is_list { "\\," } else { "" })?;
        let parameters = if is_directive { &mut clause.directives } else { &mut clause.attributes };
        if parameters.insert(next.clone(), value).is_some() {
            clause.repeated = Some(next.clone());
        }
        is_directive = false;
        end = tokens.char();
        if end == Some(';') {
            next = tokens.token("=:")?;
            end = tokens.char();
        }
    }
    Some((clause, end))
}

/// After a colon: `:=` makes a directive, anything else belongs to the name, as the type of an attribute does.
fn colons(
    tokens: &mut Tokens<'_>,
    end: &mut Option<char>,
    name: &mut String,
    is_directive: &mut bool,
    terminals: &str,
) -> Option<()> {
    while *end == Some(':') {
        *end = tokens.char();
        if *end == Some('=') {
            *is_directive = true;
        } else {
            let rest = tokens.token(terminals)?;
            name.push(':');
            name.extend(*end);
            name.push_str(&rest);
            *end = tokens.char();
        }
    }
    Some(())
}

/// A list of values between commas, in which a backslash takes away the meaning of the next character.
pub(super) fn list(value: &str) -> Vec<String> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => item.extend(characters.next()),
            ',' => items.push(std::mem::take(&mut item)),
            _ => item.push(character),
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    items
}

struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Tokens<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn char(&mut self) -> Option<char> {
        let next = self.rest().chars().next()?;
        self.at += next.len_utf8();
        Some(next)
    }

    /// Up to one of the terminals, without blanks around it; `None` where nothing stands before it.
    fn token(&mut self, terminals: &str) -> Option<String> {
        self.skip_blanks();
        let rest = self.rest();
        let length = rest.find(|character| terminals.contains(character)).unwrap_or(rest.len());
        let token = rest.get(..length)?.trim_end_matches([' ', '\t']).to_owned();
        self.at += length;
        (length > 0).then_some(token)
    }

    /// A token, or a text in quotes, of whose escapes those before the kept characters stay.
    fn string(&mut self, terminals: &str, kept: &str) -> Option<String> {
        self.skip_blanks();
        if !self.rest().starts_with('"') {
            return self.token(terminals);
        }
        self.at += 1;
        let mut text = String::new();
        while let Some(character) = self.char() {
            match character {
                '\\' => {
                    let Some(escaped) = self.char() else { break };
                    if kept.contains(escaped) {
                        text.push('\\');
                    }
                    text.push(escaped);
                }
                '"' => break,
                _ => text.push(character),
            }
        }
        self.skip_blanks();
        Some(text)
    }
}

/// The names in all clauses of a header, such as packages: none of one that the framework refuses.
pub fn names(value: &str) -> BTreeSet<String> {
    clauses(value).unwrap_or_default().into_iter().flat_map(|clause| clause.values).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn clauses_have_values_attributes_and_directives() {
        let read = clauses(
            "org.a;org.b; version=\"[1,2)\" ;resolution:=optional,org.c;uses:=\"x,y\";list:List<Version>=\"1.0,2.0\" , d",
        );
        let read = read.expect("clauses");
        assert_eq!(read.len(), 3);
        assert_eq!(read[0].values, ["org.a", "org.b"]);
        assert_eq!(read[0].attributes, of(&[("version", "[1,2)")]));
        assert_eq!(read[0].directives, of(&[("resolution", "optional")]));
        assert_eq!(read[1].directives, of(&[("uses", "x,y")]));
        assert_eq!(read[1].attributes, of(&[("list:List<Version>", "1.0,2.0")]));
        assert_eq!(read[2].values, ["d"]);
        assert!(read.iter().all(|clause| clause.repeated.is_none()));
    }

    #[test]
    fn oddities_are_read_as_the_framework_reads_them() {
        let filter = clauses("osgi.ee;filter:=\"(&(osgi.ee=JavaSE)(version=1.8))\"").expect("clauses");
        assert_eq!(filter[0].directive("filter"), Some("(&(osgi.ee=JavaSE)(version=1.8))"));
        assert_eq!(clauses("a;x=1;x=2").expect("clauses")[0].repeated.as_deref(), Some("x"));
        assert_eq!(clauses("a;x=\"q\\\"s\"").expect("clauses")[0].attributes, of(&[("x", "q\"s")]));
        assert_eq!(clauses("org.w3c.dom.views ,b").expect("clauses")[0].values, ["org.w3c.dom.views"]);
        for text in ["", " ", "a,", "a;", ",a", "a;b=", "a;=b", "a;x=1 y=2;z", "a;b=\"c\" d"] {
            let known = ["a;x=1 y=2;z"].contains(&text);
            assert_eq!(clauses(text).is_ok(), known, "{text}");
        }
        assert_eq!(list("a\\,b, c,"), ["a,b", " c"]);
    }
}
