//! Reads templates.
//!
//! In: the text of a `.j2` file, or of a value that is rendered in its turn. Out: a [`Template`]. Always: bounded; what
//! the server refuses when it reads a template is told apart from what only this model does not know; a broken
//! expression shows when it is evaluated, as with the server.
//!
//! Source: jinjava 2.4.14 and 2.5.6 with `lstripBlocks` and `trimBlocks`: `TokenScanner`, `TreeParser`, `TagToken`.

use super::expression::{self, Expression, Problem};

/// Blocks inside blocks, at most.
const DEEPEST: usize = 40;

/// A template, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Template {
    /// Its pieces.
    pub(super) nodes: Vec<Node>,
}

/// An expression, or why it cannot be evaluated.
pub(super) type Lazy = Result<Expression, Problem>;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    /// Text as it is.
    Text(String),
    /// `{{..}}`
    Hole {
        /// As it is written, with its braces.
        image: String,
        /// What it prints. Nothing where it is blank.
        what: Option<Lazy>,
    },
    /// `{% for a, b in c %}`
    For {
        /// The tag as it is written.
        image: String,
        /// The names of the loop.
        names: Vec<String>,
        /// What it runs over.
        over: Lazy,
        /// What it repeats.
        body: Vec<Node>,
    },
    /// `{% if %}`, `{% elif %}`, `{% else %}`
    If {
        /// The tag as it is written.
        image: String,
        /// Each with its condition; an `else` has none.
        arms: Vec<Arm>,
    },
    /// `{% set name = value %}`
    Set {
        /// The name.
        name: String,
        /// Its value.
        value: Lazy,
    },
}

/// One arm of an `if`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arm {
    /// When it counts.
    pub(super) condition: Option<Lazy>,
    /// What it holds.
    pub(super) body: Vec<Node>,
}

impl Node {
    /// What stands between the marks, where there are any.
    pub(super) fn image(&self) -> Option<&str> {
        match self {
            Self::Hole { image, .. } | Self::For { image, .. } | Self::If { image, .. } => Some(image),
            Self::Text(_) | Self::Set { .. } => None,
        }
    }
}

/// The text of a template file as the server reads it: every line ends with one line feed.
pub(super) fn text_of(file: &[u8]) -> String {
    let text = String::from_utf8_lossy(file).replace("\r\n", "\n").replace('\r', "\n");
    if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
}

enum Token<'a> {
    Text(&'a str),
    Hole { image: &'a str },
    Tag { image: &'a str, name: String, rest: &'a str, left: bool, right: bool },
}

/// The inner text of a tag or hole, without the marks that trim.
fn trimmed(image: &str) -> (&str, bool, bool) {
    let inner = image.get(2..image.len().saturating_sub(2)).unwrap_or_default();
    let (inner, left) = inner.strip_prefix('-').map_or((inner, false), |inner| (inner, true));
    let (inner, right) = inner.strip_suffix('-').map_or((inner, false), |inner| (inner, true));
    (inner, left, right)
}

fn tag(image: &str) -> Result<Token<'_>, Problem> {
    let (inner, left, right) = trimmed(image);
    let is_start = |c: char| c.is_alphabetic() || matches!(c, '_' | '$');
    let Some(start) = inner.find(is_start) else {
        return Err(Problem::Fatal("Malformed tag token, missing tag name".to_owned()));
    };
    let named = inner.get(start..).unwrap_or_default();
    let end = named.find(|c: char| !is_start(c) && !c.is_numeric()).unwrap_or(named.len());
    let (name, rest) = named.split_at_checked(end).unwrap_or((named, ""));
    Ok(Token::Tag { image, name: name.to_lowercase(), rest: rest.trim(), left, right })
}

fn tokens(template: &str) -> Result<Vec<Token<'_>>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = template;
    loop {
        let opening = rest.as_bytes().windows(2).position(|two| matches!(two, b"{{" | b"{%" | b"{#"));
        let Some((text, tail)) = opening.and_then(|at| rest.split_at_checked(at)) else { break };
        if !text.is_empty() {
            tokens.push(Token::Text(text));
        }
        let Some(length) = closed(tail) else {
            // What is opened and never closed is text; a comment is nothing.
            rest = if tail.starts_with("{#") { "" } else { tail };
            break;
        };
        let (image, after) = tail.split_at_checked(length).unwrap_or((tail, ""));
        rest = after;
        if image.starts_with("{{") {
            tokens.push(Token::Hole { image });
        } else if image.starts_with("{%") {
            rest = rest.strip_prefix('\n').unwrap_or(rest);
            let tag = tag(image)?;
            let is_raw = matches!(&tag, Token::Tag { name, .. } if name == "raw");
            if is_raw {
                rest = raw(rest, &mut tokens);
            } else {
                tokens.push(tag);
            }
        }
    }
    if !rest.is_empty() {
        tokens.push(Token::Text(rest));
    }
    Ok(tokens)
}

/// How long a hole, tag or comment is that a text begins with. Marks inside of quotes do not end it.
fn closed(text: &str) -> Option<usize> {
    if text.starts_with("{#") {
        return text.get(2..)?.find("#}").map(|at| at + 4);
    }
    let end: &[u8] = if text.starts_with("{{") { b"}}" } else { b"%}" };
    let bytes = text.as_bytes();
    let (mut at, mut quote) = (2, None);
    while let Some(byte) = bytes.get(at) {
        match (quote, *byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, b'\'' | b'"') => quote = Some(*byte),
            (None, _) if bytes.get(at..at + 2) == Some(end) => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

/// What stands up to `{% endraw %}` is text.
fn raw<'a>(rest: &'a str, tokens: &mut Vec<Token<'a>>) -> &'a str {
    for (at, _) in rest.match_indices("{%") {
        let (text, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        let inner = tail.get(2..).unwrap_or_default().trim_start();
        if inner.starts_with("endraw") {
            tokens.push(Token::Text(text.trim_end_matches([' ', '\t'])));
            let after = inner.split_once("%}").map_or("", |(_, after)| after);
            return after.strip_prefix('\n').unwrap_or(after);
        }
    }
    tokens.push(Token::Text(rest));
    ""
}

/// A block that is open.
struct Block {
    kind: Kind,
    nodes: Vec<Node>,
    /// Whether its first text loses the blanks it begins with.
    trims_first: bool,
    /// Whether the next text loses the blanks it begins with.
    trims_next: bool,
}

enum Kind {
    Root,
    For { image: String, names: Vec<String>, over: Lazy },
    If { image: String, done: Vec<Arm>, condition: Option<Lazy> },
}

impl Block {
    fn new(kind: Kind, trims_first: bool) -> Self {
        Self { kind, nodes: Vec::new(), trims_first, trims_next: false }
    }

    fn push(&mut self, node: Node) {
        self.nodes.push(node);
        self.trims_first = false;
        self.trims_next = false;
    }

    fn text(&mut self, text: &str) {
        let text = if self.trims_first || self.trims_next { text.trim_start() } else { text };
        self.push(Node::Text(text.to_owned()));
    }

    fn trim_last(&mut self) {
        if let Some(Node::Text(text)) = self.nodes.last_mut() {
            text.truncate(text.trim_end().len());
        }
    }

    fn closed(self) -> Option<Node> {
        match self.kind {
            Kind::Root => None,
            Kind::For { image, names, over } => Some(Node::For { image, names, over, body: self.nodes }),
            Kind::If { image, mut done, condition } => {
                done.push(Arm { condition, body: self.nodes });
                Some(Node::If { image, arms: done })
            }
        }
    }
}

/// Reads a template.
pub(super) fn parse(text: &str) -> Result<Template, Problem> {
    let mut open: Vec<Block> = Vec::new();
    let mut block = Block::new(Kind::Root, false);
    let mut tokens = tokens(text)?.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Text(text) => {
                let before_tag = matches!(tokens.peek(), Some(Token::Tag { .. }));
                block.text(if before_tag { text.trim_end_matches([' ', '\t']) } else { text });
            }
            Token::Hole { image } => {
                let inner = trimmed(image).0;
                let what = (!inner.trim().is_empty()).then(|| expression::parse(inner));
                block.push(Node::Hole { image: image.to_owned(), what });
            }
            Token::Tag { image, name, rest, left, right } => {
                if left {
                    block.trim_last();
                }
                match name.as_str() {
                    "endfor" | "endif" => end(&name, right, &mut block, &mut open)?,
                    "elif" | "else" => arm(&name, rest, &mut block),
                    "set" => block.push(set(rest)?),
                    _ => {
                        if open.len() >= DEEPEST {
                            return Err(Problem::Unknown("blocks of more than 40 levels".to_owned()));
                        }
                        let kind = opening(&name, image, rest)?;
                        open.push(std::mem::replace(&mut block, Block::new(kind, right)));
                    }
                }
            }
        }
    }
    if open.is_empty() {
        return Ok(Template { nodes: block.nodes });
    }
    Err(Problem::Fatal("Missing end tag".to_owned()))
}

fn opening(name: &str, image: &str, rest: &str) -> Result<Kind, Problem> {
    let image = image.to_owned();
    match name {
        "if" => {
            let condition = if rest.is_empty() {
                Err(Problem::Fatal("Tag 'if' expects expression".to_owned()))
            } else {
                expression::parse(rest)
            };
            Ok(Kind::If { image, done: Vec::new(), condition: Some(condition) })
        }
        "for" => {
            let (names, over) = rest.split_once(" in ").unwrap_or((rest, ""));
            let names: Vec<String> =
                names.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let over = if over.trim().is_empty() || names.is_empty() {
                Err(Problem::Fatal("Tag 'for' expects valid 'in' clause".to_owned()))
            } else {
                expression::parse(over)
            };
            Ok(Kind::For { image, names, over })
        }
        _ => Err(Problem::Unknown(format!("the tag `{name}`"))),
    }
}

/// Closes the block that is open. An end without a beginning is nothing.
fn end(name: &str, right: bool, block: &mut Block, open: &mut Vec<Block>) -> Result<(), Problem> {
    let fits = match &block.kind {
        Kind::Root => return Ok(()),
        Kind::For { .. } => name == "endfor",
        Kind::If { .. } => name == "endif",
    };
    if !fits {
        return Err(Problem::Fatal("Mismatched end tag".to_owned()));
    }
    let Some(outer) = open.pop() else { return Ok(()) };
    let inner = std::mem::replace(block, outer);
    if let Some(node) = inner.closed() {
        block.push(node);
    }
    block.trims_next = right;
    Ok(())
}

/// Begins another arm. Outside of an `if` it is nothing.
fn arm(name: &str, rest: &str, block: &mut Block) {
    let Kind::If { done, condition, .. } = &mut block.kind else { return };
    let next = (name == "elif").then(|| expression::parse(rest));
    let condition = std::mem::replace(condition, next);
    done.push(Arm { condition, body: std::mem::take(&mut block.nodes) });
    block.trims_first = false;
}

fn set(rest: &str) -> Result<Node, Problem> {
    let Some((name, value)) = rest.split_once('=') else {
        return Err(Problem::Fatal("Tag 'set' expects an assignment expression with '='".to_owned()));
    };
    if name.contains(',') {
        return Err(Problem::Unknown("`set` of more than one name".to_owned()));
    }
    Ok(Node::Set { name: name.trim().to_owned(), value: expression::parse(value) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(nodes: &[Node]) -> String {
        let one = |node: &Node| match node {
            Node::Text(text) => text.clone(),
            Node::Hole { image, .. } => image.clone(),
            Node::For { names, body, .. } => format!("<{}:{}>", names.join(","), texts(body)),
            Node::If { arms, .. } => {
                let arms: Vec<String> = arms.iter().map(|arm| texts(&arm.body)).collect();
                format!("<{}>", arms.join("|"))
            }
            Node::Set { name, .. } => format!("<{name}=>"),
        };
        nodes.iter().map(one).collect()
    }

    #[test]
    fn blanks_before_a_tag_and_the_line_end_after_it_go() {
        for (template, read) in [
            ("a {{b}} c", "a {{b}} c"),
            ("a\n  {% if x %}\n  b\n  {% endif %}\nc", "a\n<  b\n>c"),
            ("a  {% if x %} b {% else %}c{% endif %} d", "a< b|c> d"),
            ("{%for a, b in c.items()%}x{%endfor%}", "<a,b:x>"),
            ("a{# {{x}} #}b", "ab"),
            ("a {# never closed", "a "),
            ("a {{ never closed", "a {{ never closed"),
            ("{{ '}}' }}x", "{{ '}}' }}x"),
            ("a {% raw %}{{b}} {% endraw %}\nc", "a {{b}}c"),
            ("a \n {%- if x -%} b {%- endif -%} c", "a<b>c"),
            ("{% set a = 1 %}\nb", "<a=>b"),
            ("a{% endif %}b", "ab"),
            ("{% if x %}1{% elif y %}2{% elif z %}3{% endif %}", "<1|2|3>"),
        ] {
            assert_eq!(parse(template).map(|template| texts(&template.nodes)), Ok(read.to_owned()), "{template}");
        }
    }

    #[test]
    fn what_the_server_refuses_and_what_is_not_known_are_told_apart() {
        for template in ["{% if a %}", "{% for a in b %}{% endif %}", "{% %}", "{% set a %}"] {
            assert!(matches!(parse(template), Err(Problem::Fatal(_))), "{template}");
        }
        for template in ["{% macro a() %}{% endmacro %}", "{% set a, b = c %}"] {
            assert!(matches!(parse(template), Err(Problem::Unknown(_))), "{template}");
        }
        assert!(parse(&"{% if a %}".repeat(100_000)).is_err());
        assert!(parse(&"{{ a".repeat(100_000)).is_ok());
    }

    #[test]
    fn lines_end_as_the_server_reads_them() {
        for (file, text) in [("", ""), ("a", "a\n"), ("a\r\nb\r", "a\nb\n"), ("a\n\n", "a\n\n")] {
            assert_eq!(text_of(file.as_bytes()), text);
        }
    }
}
