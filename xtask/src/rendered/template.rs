//! The part of the template language that the shipped templates use.
//!
//! In: the text of a `.j2` file. Out: [`Node`]s, and the text that they render to. Always: bounded; a template with
//! anything else in it is not read at all, and a condition that is not understood makes its text possible, not
//! certain.
//!
//! The language is that of jinjava 2.4.14 (MI 1.2.0) and 2.5.6 (MI 4.0.0) with `lstripBlocks` and `trimBlocks`.

use crate::rendered::context::{Context, Key, Value, inside, split};

/// Blocks inside blocks, at most.
const DEEPEST: usize = 32;
/// No rendered file is larger, and none takes more steps.
const LARGEST_OUTPUT: usize = 16 << 20;
const MOST_STEPS: usize = 2_000_000;

/// A piece of a template.
#[derive(Clone, Debug)]
pub(super) enum Node {
    /// Text as it is.
    Text(String),
    /// `{{path}}` or `{{path | default('x')}}`
    Hole {
        /// The path.
        path: Key,
        /// What is written where there is no value.
        default: String,
    },
    /// `{% for a in path %}` or `{% for a, b in path.items() %}`
    For {
        /// The loop's names.
        names: Vec<String>,
        /// What it runs over.
        over: Key,
        /// Whether it runs over pairs.
        items: bool,
        /// What it repeats.
        body: Vec<Node>,
    },
    /// `{% if %}`, `{% elif %}`, `{% else %}`: the last arm of an `else` has no condition.
    If(Vec<(Option<String>, Vec<Node>)>),
}

/// Reads a template; `None` where it holds something that no shipped template does.
pub(super) fn parse(template: &str) -> Option<Vec<Node>> {
    let mut tokens = tokens(template)?.into_iter().peekable();
    let nodes = block(&mut tokens, 0)?;
    tokens.next().is_none().then_some(nodes)
}

enum Token<'a> {
    Text(&'a str),
    Hole(&'a str),
    Tag(&'a str),
}

type Tokens<'a> = std::iter::Peekable<std::vec::IntoIter<Token<'a>>>;

fn tokens(template: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.as_bytes().windows(2).position(|two| matches!(two, b"{{" | b"{%" | b"{#")) {
        let (text, tail) = rest.split_at(start);
        let (opening, inner) = tail.split_at_checked(2)?;
        let closing = match opening {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let (inner, after) = inner.split_once(closing)?;
        let is_block = opening != "{{";
        let begins_line = text.rsplit('\n').next().is_some_and(|line| line.trim().is_empty())
            && (text.contains('\n') || tokens.is_empty() || matches!(tokens.last(), Some(Token::Tag(_))));
        tokens.push(Token::Text(if is_block && begins_line { text.trim_end_matches([' ', '\t']) } else { text }));
        match opening {
            "{{" => tokens.push(Token::Hole(inner.trim())),
            "{%" => tokens.push(Token::Tag(inner.trim())),
            _ => {}
        }
        rest = if is_block { after.strip_prefix("\r\n").or(after.strip_prefix('\n')).unwrap_or(after) } else { after };
    }
    tokens.push(Token::Text(rest));
    Some(tokens)
}

/// Reads up to a tag that ends or divides the block around, which it leaves.
fn block(tokens: &mut Tokens<'_>, depth: usize) -> Option<Vec<Node>> {
    if depth > DEEPEST {
        return None;
    }
    let mut nodes = Vec::new();
    loop {
        let word = match tokens.peek() {
            None => return Some(nodes),
            Some(Token::Tag(tag)) => tag.split_whitespace().next().unwrap_or_default(),
            Some(_) => "",
        };
        if matches!(word, "endfor" | "endif" | "elif" | "else") {
            return Some(nodes);
        }
        match tokens.next()? {
            Token::Text("") => {}
            Token::Text(text) => nodes.push(Node::Text(text.to_owned())),
            Token::Hole(inner) => nodes.push(hole(inner)?),
            Token::Tag(tag) => nodes.push(match word {
                "for" => for_block(tag, tokens, depth)?,
                "if" => if_block(tag, tokens, depth)?,
                _ => return None,
            }),
        }
    }
}

fn hole(inner: &str) -> Option<Node> {
    let (path, filter) = inner.split_once('|').unwrap_or((inner, ""));
    let filter = filter.trim();
    let default = match filter.strip_prefix("default(").and_then(|rest| rest.strip_suffix(')')) {
        Some(text) => text.trim().trim_matches(['\'', '"']).to_owned(),
        None if filter.is_empty() => String::new(),
        None => return None,
    };
    Some(Node::Hole { path: path_of(path)?.0, default })
}

/// A path, and whether `.items()` follows it. `.toList()` changes nothing.
fn path_of(text: &str) -> Option<(Key, bool)> {
    let text = text.trim();
    let text = text.strip_suffix(".toList()").unwrap_or(text);
    let (text, items) = text.strip_suffix(".items()").map_or((text, false), |path| (path, true));
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '\'');
    (!text.is_empty() && text.chars().all(allowed)).then(|| (split(text), items))
}

fn for_block(tag: &str, tokens: &mut Tokens<'_>, depth: usize) -> Option<Node> {
    let (names, over) = tag.strip_prefix("for")?.split_once(" in ")?;
    let names = names.split(',').map(|name| name.trim().to_owned()).collect();
    let (over, items) = path_of(over)?;
    let body = block(tokens, depth + 1)?;
    matches!(tokens.next()?, Token::Tag(tag) if tag.starts_with("endfor")).then_some(())?;
    Some(Node::For { names, over, items, body })
}

fn if_block(tag: &str, tokens: &mut Tokens<'_>, depth: usize) -> Option<Node> {
    let mut condition = Some(tag.strip_prefix("if")?.trim().to_owned());
    let mut arms = Vec::new();
    loop {
        let body = block(tokens, depth + 1)?;
        arms.push((condition, body));
        let Token::Tag(tag) = tokens.next()? else { return None };
        condition = match tag.split_whitespace().next() {
            Some("elif") => Some(tag.strip_prefix("elif")?.trim().to_owned()),
            Some("else") => None,
            Some("endif") => return Some(Node::If(arms)),
            _ => return None,
        };
    }
}

/// What a template renders to.
#[derive(Debug, Default)]
pub(super) struct Rendered {
    /// The text.
    pub certain: String,
    /// Text that may be there as well: the server decides.
    pub possible: String,
}

/// Renders a template.
pub(super) fn render(nodes: &[Node], context: &Context) -> Rendered {
    let mut renderer = Renderer::new(context);
    renderer.nodes(nodes);
    renderer.output
}

/// Whether a condition holds outside of any loop; `None` where it is not understood.
pub(super) fn holds(condition: &str, context: &Context) -> Option<bool> {
    Renderer::new(context).holds(condition)
}

struct Renderer<'a> {
    context: &'a Context,
    scopes: Vec<(String, Value)>,
    output: Rendered,
    unsure: bool,
    steps: usize,
}

impl<'a> Renderer<'a> {
    fn new(context: &'a Context) -> Self {
        Self { context, scopes: Vec::new(), output: Rendered::default(), unsure: false, steps: 0 }
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.steps += 1;
            let written = self.output.certain.len() + self.output.possible.len();
            if written > LARGEST_OUTPUT || self.steps > MOST_STEPS {
                return;
            }
            match node {
                Node::Text(text) => self.push(text),
                Node::Hole { path, default } => {
                    let text = self.value(path).map_or_else(|| default.clone(), Value::text);
                    self.push(&text);
                }
                Node::For { names, over, items, body } => self.repeat(names, over, *items, body),
                Node::If(arms) => self.choose(arms),
            }
        }
    }

    fn push(&mut self, text: &str) {
        let output = if self.unsure { &mut self.output.possible } else { &mut self.output.certain };
        output.push_str(text);
    }

    fn repeat(&mut self, names: &[String], over: &[String], items: bool, body: &[Node]) {
        let text = |key: &String| Value::Text(key.clone());
        let rounds: Vec<Vec<Value>> = match (self.value(over), items) {
            (Some(Value::Map(map)), true) => map.iter().map(|(key, value)| vec![text(key), value.clone()]).collect(),
            (Some(Value::Map(map)), false) => map.values().map(|value| vec![value.clone()]).collect(),
            (Some(Value::List(values)), false) => values.iter().map(|value| vec![value.clone()]).collect(),
            _ => return,
        };
        let depth = self.scopes.len();
        for (number, values) in (1_usize..).zip(rounds) {
            self.scopes.extend(names.iter().cloned().zip(values));
            let index = Value::Map([("index".to_owned(), Value::Text(number.to_string()))].into());
            self.scopes.push(("loop".to_owned(), index));
            self.nodes(body);
            self.scopes.truncate(depth);
        }
    }

    fn choose(&mut self, arms: &[(Option<String>, Vec<Node>)]) {
        let before = self.unsure;
        for (condition, body) in arms {
            match condition.as_deref().map_or(Some(true), |condition| self.holds(condition)) {
                Some(true) => {
                    self.nodes(body);
                    break;
                }
                Some(false) => {}
                None => {
                    self.unsure = true;
                    self.nodes(body);
                    self.push("\n");
                }
            }
        }
        self.unsure = before;
    }

    fn value(&self, path: &[String]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        match self.scopes.iter().rev().find(|(name, _)| name == first) {
            Some((_, value)) => inside(value, rest),
            None => self.context.get(path),
        }
    }

    fn holds(&self, condition: &str) -> Option<bool> {
        let terms: Option<Vec<bool>> = condition.split(" and ").map(|term| self.term(term.trim())).collect();
        Some(terms?.into_iter().all(|holds| holds))
    }

    fn term(&self, term: &str) -> Option<bool> {
        if let Some(path) = term.strip_suffix("is defined") {
            return Some(self.value(&path_of(path)?.0).is_some());
        }
        for operator in ["==", ">", "<"] {
            let Some((left, right)) = term.split_once(operator) else { continue };
            if operator == "==" && right.trim() == "true" {
                return Some(is_true(self.value(&path_of(left)?.0)));
            }
            let (left, right) = (self.number(left)?, self.number(right)?);
            return Some(match operator {
                "==" => left == right,
                ">" => left > right,
                _ => left < right,
            });
        }
        Some(is_true(self.value(&path_of(term)?.0)))
    }

    fn number(&self, text: &str) -> Option<usize> {
        let text = text.trim();
        if let Ok(number) = text.parse() {
            return Some(number);
        }
        let Some(path) = text.strip_suffix("|length") else {
            return self.value(&path_of(text)?.0)?.text().parse().ok();
        };
        Some(match self.value(&path_of(path)?.0) {
            Some(Value::List(values)) => values.len(),
            Some(Value::Map(map)) => map.len(),
            Some(Value::Text(text)) => text.chars().count(),
            None => 0,
        })
    }
}

fn is_true(value: Option<&Value>) -> bool {
    match value {
        None => false,
        Some(Value::Text(text)) => !text.is_empty() && text != "false",
        Some(Value::List(values)) => !values.is_empty(),
        Some(Value::Map(map)) => !map.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rendered::context::Rules;

    fn rendered(template: &str, toml: &str) -> (String, String) {
        let context = Context::new(toml.as_bytes(), &Rules::default()).expect("TOML");
        let output = render(&parse(template).expect("a template"), &context);
        (output.certain, output.possible)
    }

    #[test]
    fn templates_render_as_the_server_renders_them() {
        for (template, toml, expected) in [
            ("a {{x.y}} b\n", "x.y = 1", "a 1 b\n"),
            ("{{x}}|{{ y | default('10') }}", "", "|10"),
            ("{% for l in ls %}\n  <{{l.n}}>\n{% endfor %}\nend", "[[ls]]\nn = 1\n[[ls]]\nn = 2", "  <1>\n  <2>\nend"),
            ("{%for k, v in m.items() %}\n{{k}} = {{v}}\n{% endfor %}", "[m]\n'a.b' = 1", "a.b = 1\n"),
            ("{% for e in m %}{{e.id}}{% endfor %}", "[m.d]\nid = 1", "1"),
            ("{% for e in l %}{{e}}{% if loop.index < l|length %},{% endif %}{% endfor %}", "l = ['a', 'b']", "a,b"),
            ("  {% if a == true %}\n x\n  {% else %}\n y\n  {% endif %}\n", "a = true", " x\n"),
            ("{% if a == true %}x{% else %}y{% endif %}", "a = \"false\"", "y"),
            (
                "{% if a is defined %}{% if a and l|length==0 %}1{% elif a %}2{% endif %}{% elif l|length>0 %}3{% endif %}",
                "a = true",
                "1",
            ),
            (
                "{% if a is defined %}{% if a and l|length==0 %}1{% elif a %}2{% endif %}{% elif l|length>0 %}3{% endif %}",
                "a = true\nl = [1]",
                "2",
            ),
            (
                "{% if a is defined %}{% if a and l|length==0 %}1{% elif a %}2{% endif %}{% elif l|length>0 %}3{% endif %}",
                "l = [1]",
                "3",
            ),
            ("a{# note #}b", "", "ab"),
        ] {
            assert_eq!(rendered(template, toml).0, expected, "{template} {toml}");
        }
    }

    #[test]
    fn a_condition_that_is_not_understood_makes_its_text_possible() {
        let (certain, possible) = rendered("a{% if x or y %}b{% else %}c{% endif %}d", "");
        assert_eq!((certain.as_str(), possible.as_str()), ("ad", "b\nc"));
    }

    #[test]
    fn a_template_with_anything_else_is_not_read() {
        for template in
            ["{% macro x %}", "{{a", "{% if a %}", "{% endif %}", "{{a|upper}}", "{{a + b}}", "{% for a %}{% endfor %}"]
        {
            assert!(parse(template).is_none(), "{template}");
        }
        assert!(parse(&"{% if a %}".repeat(100_000)).is_none());
    }
}
