//! The key of a setting.
//!
//! In: names. Out: a [`Key`] that sorts, compares and shows itself. Always: what it shows is what a user would write,
//! quoted where TOML asks for it, with elements of arrays in brackets.

use std::fmt;

/// One step of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// A name, decoded.
    Name(String),
    /// The element of an array of tables, by number from 0.
    Nth(usize),
    /// The element of an array of tables that has this value under this key (`id`, `user.name`).
    Element {
        /// The key, with dots.
        by: String,
        /// Its value.
        is: String,
    },
}

/// The path of a setting, or of a table, from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Vec<Step>);

impl Key {
    /// A key of plain names, given with dots: `keystore.primary.file_name`. No part may hold a dot itself.
    pub fn dotted(text: &str) -> Self {
        Self(text.split('.').map(|name| Step::Name(name.to_owned())).collect())
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The key with a name after it.
    #[must_use]
    pub fn then(&self, name: &str) -> Self {
        self.with(Step::Name(name.to_owned()))
    }

    /// The key with a step after it.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The key without its last step.
    pub fn parent(&self) -> Option<Self> {
        let (_, above) = self.0.split_last()?;
        Some(Self(above.to_vec()))
    }

    /// The last step, where it is a name.
    pub fn last_name(&self) -> Option<&str> {
        match self.0.last()? {
            Step::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Whether it is below a key, or that key itself.
    pub fn starts_with(&self, above: &Key) -> bool {
        self.0.starts_with(&above.0)
    }

    /// The names alone, as the server flattens them: quoted parts in single quotes, elements left out.
    ///
    /// Source: config-mapper `TomlParser`: a part that TOML would have to quote is `'part'`.
    pub fn flat(&self) -> String {
        let names = self.0.iter().filter_map(|step| match step {
            Step::Name(name) => Some(quoted(name)),
            _ => None,
        });
        names.collect::<Vec<_>>().join(".")
    }
}

impl From<Vec<Step>> for Key {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Name(name) if number == 0 => f.write_str(&shown(name))?,
                Step::Name(name) => write!(f, ".{}", shown(name))?,
                Step::Nth(number) => write!(f, "[{}]", number + 1)?,
                Step::Element { by, is } if is.contains(|c: char| "[]='\"\\".contains(c) || c.is_control()) => {
                    write!(f, "[{by}={}]", escaped(is))?;
                }
                Step::Element { by, is } => write!(f, "[{by}={is}]")?,
            }
        }
        Ok(())
    }
}

/// A name as it is shown: one that a terminal or a reader could take for something else has escapes.
fn shown(name: &str) -> String {
    if name.contains(|c: char| c == '\'' || c.is_control()) { escaped(name) } else { quoted(name) }
}

/// A text in double quotes, on one line.
fn escaped(text: &str) -> String {
    let mut written = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => written.extend(['\\', character]),
            control if control.is_control() => written.extend(format!("\\u{:04X}", u32::from(control)).chars()),
            other => written.push(other),
        }
    }
    written + "\""
}

/// A text in double quotes, and what stands after it.
fn unescaped(text: &str) -> Result<(String, &str), &'static str> {
    let mut read = String::new();
    let mut rest = text.strip_prefix('"').ok_or("has a quote that is not closed")?.chars();
    while let Some(character) = rest.next() {
        match character {
            '"' => return Ok((read, rest.as_str())),
            '\\' => match rest.next() {
                Some('u') => {
                    let digits = rest.as_str().get(..4).unwrap_or_default();
                    let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                    read.push(code.ok_or("has an escape that is none; write it like \\u0041")?);
                    rest = rest.as_str().get(4..).unwrap_or_default().chars();
                }
                Some(plain @ ('"' | '\\')) => read.push(plain),
                _ => return Err("has an escape that is none; write it like \\u0041"),
            },
            other => read.push(other),
        }
    }
    Err("has a quote that is not closed")
}

impl Key {
    /// Reads what [`fmt::Display`] shows: `datasource[id=ORDERS_DB].url`, `parameter.'transport.jms.X'`.
    ///
    /// The error is a fragment that follows the key.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut steps = Vec::new();
        let mut rest = text;
        loop {
            let (name, after) = match rest.chars().next() {
                Some('"') => unescaped(rest)?,
                Some('\'') => {
                    let inside = rest.get(1..).unwrap_or_default();
                    let (name, after) = inside.split_once('\'').ok_or("has a quote that is not closed")?;
                    (name.to_owned(), after)
                }
                _ => {
                    let (name, after) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
                    (name.to_owned(), after)
                }
            };
            if name != name.trim() && !rest.starts_with(['"', '\'']) {
                return Err("has blanks around a name; put the name in quotes if they belong to it");
            }
            if name.is_empty() {
                return Err("is no key of a setting; write it like `server.hostname`");
            }
            steps.push(Step::Name(name));
            rest = after;
            while let Some(inside) = rest.strip_prefix('[') {
                if let Some((by, is)) = inside.split_once('=')
                    && is.starts_with('"')
                {
                    let (is, after) = unescaped(is)?;
                    steps.push(Step::Element { by: by.to_owned(), is });
                    rest = after.strip_prefix(']').ok_or("has a bracket that is not closed")?;
                    continue;
                }
                let (inside, after) = inside.split_once(']').ok_or("has a bracket that is not closed")?;
                steps.push(if let Some((by, is)) = inside.split_once('=') {
                    Step::Element { by: by.to_owned(), is: is.to_owned() }
                } else {
                    let number = inside.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                    Step::Nth(number.ok_or("names no element; write it like `datasource[id=NAME].url`")?)
                });
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Self(steps)),
                None => return Err("has something after a quote or a bracket; a dot is missing"),
            }
        }
    }
}

/// A name as a part of a key: bare where TOML lets it be.
pub fn quoted(name: &str) -> String {
    let bare = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    if !name.is_empty() && name.chars().all(bare) { name.to_owned() } else { format!("'{name}'") }
}

/// Whether the server finds a key with this name again after flattening. Where it does not, the key has no value.
///
/// Source: config-mapper `TomlParser.parseToml`, cava-toml 0.5.0 `Toml.tomlEscape`: names that need quotes are written
/// with other characters than those of ASCII escaped, and read again in single quotes, which know no escapes.
pub fn is_found_again(name: &str) -> bool {
    name.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_show_as_a_user_writes_them() {
        let element = Step::Element { by: "id".into(), is: "DB".into() };
        for (key, shown, flat) in [
            (Key::dotted("keystore.primary"), "keystore.primary", "keystore.primary"),
            (
                Key::dotted("parameter").then("transport.jms.X"),
                "parameter.'transport.jms.X'",
                "parameter.'transport.jms.X'",
            ),
            (Key::dotted("datasource").with(element).then("url"), "datasource[id=DB].url", "datasource.url"),
            (Key::dotted("a").with(Step::Nth(0)).then("b c"), "a[1].'b c'", "a.'b c'"),
        ] {
            assert_eq!(key.to_string(), shown);
            assert_eq!(key.flat(), flat);
            assert_eq!(Key::parse(shown), Ok(key));
        }
        let hostile = "a]b=\"c'\u{1b}[2J\nkept \u{e4}\\";
        let element = Step::Element { by: "id".into(), is: hostile.into() };
        for key in [Key::dotted("x").then(hostile), Key::dotted("datasource").with(element).then("url")] {
            let shown = key.to_string();
            assert!(!shown.contains(char::is_control), "{shown}");
            assert_eq!(Key::parse(&shown), Ok(key), "{shown}");
        }
        for text in ["", " a", "a. b", "a.", ".a", "a..b", "'a", "a[", "a[id=x", "a[x]", "a[0]", "a[1]b", "'a'b"] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
        assert!(Key::dotted("a.b").starts_with(&Key::dotted("a")) && !Key::dotted("ab").starts_with(&Key::dotted("a")));
        assert_eq!(Key::dotted("a.b").parent(), Some(Key::dotted("a")));
    }
}
