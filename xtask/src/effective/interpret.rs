//! Renders templates.
//!
//! In: a [`Template`] and the tree of settings. Out: the text that the server writes, or why it fails. Always:
//! bounded in steps, depth and output; what a `{{..}}` prints is rendered again where it holds a template itself.
//!
//! Source: jinjava 2.4.14 and 2.5.6: `JinjavaInterpreter.render`, `ExpressionNode`, `ForTag`, `IfTag`,
//! `ObjectIterator`, `ObjectTruthValue`, `LengthFilter`, `DefaultFilter`; JUEL 2.2.7: `BooleanOperations`,
//! `TypeConverterImpl`.

use super::StartError;
use super::compare;
use super::expression::{Comparison, Expression, Problem};
use super::java::{Map, Object};
use super::template::{self, Arm, Lazy, Node, Template};
use crate::document::Key;
use crate::document::key::Step;
use std::borrow::Cow;

/// No rendered file is larger. In bytes.
const LARGEST: usize = 16 << 20;
/// Pieces of templates and parts of expressions, at most.
const MOST_STEPS: usize = 1_000_000;
/// How often what a template prints may be a template again: `JinjavaConfig.maxRenderDepth`.
const DEEPEST: usize = 10;

/// Renders a template.
pub(super) fn render(template: &Template, tree: &Map) -> Result<String, StartError> {
    let mut interpreter =
        Interpreter { tree, scopes: Vec::new(), rendering: Vec::new(), depth: 0, steps: 0, written: 0 };
    let mut out = String::new();
    match interpreter.nodes(&template.nodes, true, &mut out) {
        Ok(()) => Ok(out),
        Err(failure) => Err(interpreter.explained(failure)),
    }
}

/// A value, or none. What is null in the tree is none.
type Found<'a> = Option<Cow<'a, Object>>;

/// Why it ends early, and the expression to blame.
struct Failure {
    problem: Problem,
    path: Vec<String>,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problem, path: Vec::new() }
    }
}

/// The names of a loop, or of the file.
struct Scope<'a> {
    names: Vec<(String, Found<'a>)>,
    /// What the loop runs over, where that is a path, and how it is written.
    over: Vec<String>,
    /// The number of the round from 0, and how many there are.
    round: Option<(usize, usize)>,
}

struct Interpreter<'a> {
    tree: &'a Map,
    scopes: Vec<Scope<'a>>,
    /// What is being rendered, from the outside to the inside: what comes up again inside of itself is printed.
    rendering: Vec<String>,
    depth: usize,
    steps: usize,
    written: usize,
}

impl<'a> Interpreter<'a> {
    fn step(&mut self) -> Result<(), Failure> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Problem::Unknown("a template that runs without end".to_owned()).into());
        }
        Ok(())
    }

    fn write(&mut self, text: &str, out: &mut String) -> Result<(), Failure> {
        self.written += text.len();
        if self.written > LARGEST {
            return Err(Problem::Unknown("a template that grows without end".to_owned()).into());
        }
        out.push_str(text);
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node], outermost: bool, out: &mut String) -> Result<(), Failure> {
        for node in nodes {
            self.step()?;
            let Some(image) = node.image().filter(|_| outermost) else {
                self.node(node, out)?;
                continue;
            };
            if self.rendering.iter().any(|other| other == image) {
                self.write(image, out)?;
                continue;
            }
            self.rendering.push(image.to_owned());
            self.node(node, out)?;
            self.rendering.pop();
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Result<(), Failure> {
        match node {
            Node::Text(text) => self.write(text, out),
            Node::Hole { image, what } => match what {
                Some(what) => self.hole(image, what, out),
                None => Ok(()),
            },
            Node::For { names, over, body, .. } => self.repeat(names, over, body, out),
            Node::If { arms, .. } => self.choose(arms, out),
            Node::Set { name, value } => {
                let value = self.evaluate(value)?;
                self.set(name, value);
                Ok(())
            }
        }
    }

    fn set(&mut self, name: &str, value: Found<'a>) {
        if self.scopes.is_empty() {
            self.scopes.push(Scope { names: Vec::new(), over: Vec::new(), round: None });
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.retain(|(other, _)| other != name);
            scope.names.push((name.to_owned(), value));
        }
    }

    fn hole(&mut self, image: &str, what: &Lazy, out: &mut String) -> Result<(), Failure> {
        let Some(value) = self.evaluate(what)? else { return Ok(()) };
        let text = match value.as_ref() {
            Object::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        };
        if text == image || !(text.contains("{{") || text.contains("{%")) || self.depth > DEEPEST {
            return self.write(&text, out);
        }
        self.depth += 1;
        self.again(&text, out).map_err(|failure| {
            // Nothing of a value goes into a message: the setting that holds it is told.
            let inside = "a template inside a value".to_owned();
            let problem = match failure.problem {
                Problem::Fatal(_) => Problem::Fatal(inside),
                Problem::Unknown(_) => Problem::Unknown(inside),
            };
            Failure { problem, path: what.as_ref().map(named_path).unwrap_or_default() }
        })?;
        self.depth -= 1;
        Ok(())
    }

    fn again(&mut self, text: &str, out: &mut String) -> Result<(), Failure> {
        let template = template::parse(text)?;
        self.nodes(&template.nodes, true, out)
    }

    fn choose(&mut self, arms: &[Arm], out: &mut String) -> Result<(), Failure> {
        for arm in arms {
            let holds = match &arm.condition {
                Some(condition) => compare::is_true(self.evaluate(condition)?.as_deref()),
                None => true,
            };
            if holds {
                return self.nodes(&arm.body, false, out);
            }
        }
        Ok(())
    }

    fn repeat(&mut self, names: &[String], over: &Lazy, body: &[Node], out: &mut String) -> Result<(), Failure> {
        let expression = over.as_ref().map_err(Clone::clone)?;
        let path = named_path(expression);
        let rounds = self.rounds(expression)?;
        let count = rounds.len();
        self.scopes.push(Scope { names: Vec::new(), over: path, round: None });
        for (number, values) in rounds.into_iter().enumerate() {
            self.step()?;
            if let Some(scope) = self.scopes.last_mut() {
                scope.round = Some((number, count));
            }
            for (name, value) in bound(names, values) {
                self.set(&name, value);
            }
            self.nodes(body, false, out)?;
        }
        self.scopes.pop();
        Ok(())
    }

    /// What each round of a loop is about: one value, or a key and its value.
    fn rounds(&mut self, over: &Expression) -> Result<Vec<Round<'a>>, Failure> {
        if let Expression::Items(of) = over {
            let map = match self.value(of)? {
                None => return Ok(Vec::new()),
                Some(Cow::Borrowed(Object::Map(map))) => Cow::Borrowed(map),
                Some(Cow::Owned(Object::Map(map))) => Cow::Owned(map),
                Some(_) => return Err(failure(of, "Cannot find method items")),
            };
            return Ok(match map {
                Cow::Borrowed(map) => map.iter().map(|(key, value)| Round::Entry(key.clone(), found(value))).collect(),
                Cow::Owned(map) => map.into_iter().map(|(key, value)| Round::Entry(key, owned(value))).collect(),
            });
        }
        let Some(value) = self.value(over)? else { return Ok(Vec::new()) };
        Ok(match value {
            Cow::Borrowed(Object::List(values)) => values.iter().map(|value| Round::One(found(value))).collect(),
            Cow::Borrowed(Object::Map(map)) => map.values().map(|value| Round::One(found(value))).collect(),
            Cow::Owned(Object::List(values)) => values.into_iter().map(|value| Round::One(owned(value))).collect(),
            Cow::Owned(Object::Map(map)) => map.into_values().map(|value| Round::One(owned(value))).collect(),
            one => vec![Round::One(Some(one))],
        })
    }

    fn evaluate(&mut self, expression: &Lazy) -> Result<Found<'a>, Failure> {
        match expression {
            Ok(expression) => self.value(expression),
            Err(problem) => Err(problem.clone().into()),
        }
    }

    fn value(&mut self, expression: &Expression) -> Result<Found<'a>, Failure> {
        self.step()?;
        Ok(match expression {
            Expression::Literal(value) => owned(value.clone()),
            Expression::Name(name) => self.named(name),
            Expression::Property { of, name } => match of.as_ref() {
                Expression::Name(of) if of == "loop" => self.of_the_loop(name),
                of => property(self.value(of)?, name),
            },
            Expression::Items(_) => return Err(Problem::Unknown("`items()` outside of a loop".to_owned()).into()),
            Expression::ToList(of) => match self.value(of)? {
                Some(value) if !matches!(*value, Object::List(_)) => {
                    return Err(failure(of, "Cannot find method toList"));
                }
                value => value,
            },
            Expression::Length(of) => owned(Object::Integer(length(self.value(of)?.as_deref()))),
            Expression::Default { of, by, falsy } => {
                let value = self.value(of)?;
                let kept = if *falsy { compare::is_true(value.as_deref()) } else { value.is_some() };
                if kept { value } else { self.value(by)? }
            }
            Expression::Defined(of) => owned(Object::Boolean(self.value(of)?.is_some())),
            Expression::Not(of) => owned(Object::Boolean(!compare::is_true(self.value(of)?.as_deref()))),
            Expression::And(left, right) => {
                let holds =
                    compare::is_true(self.value(left)?.as_deref()) && compare::is_true(self.value(right)?.as_deref());
                owned(Object::Boolean(holds))
            }
            Expression::Or(left, right) => {
                let left = self.value(left)?;
                if compare::is_true(left.as_deref()) { left } else { self.value(right)? }
            }
            Expression::Compare { left, how, right } => owned(Object::Boolean(self.compared(left, *how, right)?)),
        })
    }

    fn compared(&mut self, left: &Expression, how: Comparison, right: &Expression) -> Result<bool, Failure> {
        let (first, second) = (self.value(left)?, self.value(right)?);
        let (first, second) = (first.as_deref(), second.as_deref());
        let result = match how {
            Comparison::Equal => compare::equal(first, second),
            Comparison::NotEqual => compare::equal(first, second).map(|equal| !equal),
            Comparison::Less => compare::less(first, second),
            Comparison::Greater => compare::less(second, first),
            Comparison::LessOrEqual => compare::less_or_equal(first, second),
            Comparison::GreaterOrEqual => compare::less_or_equal(second, first),
        };
        result.map_err(|problem| {
            let blamed = if left.path().is_some() { left } else { right };
            failure(blamed, problem)
        })
    }

    fn named(&self, name: &str) -> Found<'a> {
        for scope in self.scopes.iter().rev() {
            if let Some((_, value)) = scope.names.iter().find(|(other, _)| other == name) {
                return value.clone();
            }
        }
        self.tree.get(name).and_then(found)
    }

    fn of_the_loop(&self, name: &str) -> Found<'a> {
        let (number, count) = self.scopes.iter().rev().find_map(|scope| scope.round)?;
        let integer = |number: usize| owned(Object::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
        match name {
            "index" => integer(number + 1),
            "index0" => integer(number),
            "revindex" => integer(count - number),
            "revindex0" => integer(count - number - 1),
            "length" => integer(count),
            "first" => owned(Object::Boolean(number == 0)),
            "last" => owned(Object::Boolean(number + 1 == count)),
            _ => None,
        }
    }

    /// The failure as the server tells it, with the setting that is to blame.
    fn explained(&self, failure: Failure) -> StartError {
        let keys: Vec<Key> = self.blamed(&failure.path).into_iter().collect();
        match failure.problem {
            Problem::Fatal(what) => StartError::crash(format!("FatalTemplateErrorsException: {what}"), keys),
            Problem::Unknown(what) => StartError::unknown(format!("cannot tell what the server makes of {what}"), keys),
        }
    }

    /// The setting behind a path, with the tables that loops run over in place of their names.
    fn blamed(&self, path: &[String]) -> Option<Key> {
        let mut steps: Vec<Step> = Vec::new();
        let mut path = path.to_vec();
        for scope in self.scopes.iter().rev() {
            let Some(first) = path.first() else { break };
            if scope.round.is_none() || !scope.names.iter().any(|(name, _)| name == first) {
                continue;
            }
            let mut inside: Vec<Step> = path.drain(..).skip(1).map(Step::Name).collect();
            inside.insert(0, Step::Nth(scope.round.map_or(0, |(number, _)| number)));
            inside.append(&mut steps);
            steps = inside;
            path.clone_from(&scope.over);
        }
        if path.is_empty() {
            return None;
        }
        Some(Key::from(path.into_iter().map(Step::Name).chain(steps).collect::<Vec<_>>()))
    }
}

enum Round<'a> {
    One(Found<'a>),
    Entry(String, Found<'a>),
}

/// The names of a loop with their values. A list gives its elements to as many names.
fn bound<'a>(names: &[String], round: Round<'a>) -> Vec<(String, Found<'a>)> {
    let values: Vec<Found<'a>> = match round {
        Round::One(value) if names.len() == 1 => vec![value],
        Round::One(Some(Cow::Borrowed(Object::List(values)))) => values.iter().take(names.len()).map(found).collect(),
        Round::One(Some(Cow::Owned(Object::List(values)))) => values.into_iter().map(owned).collect(),
        Round::One(None) => Vec::new(),
        Round::One(Some(_)) => return Vec::new(),
        Round::Entry(key, value) if names.len() == 1 => {
            vec![owned(Object::String(format!("{key}={}", value.unwrap_or(Cow::Owned(Object::Null)))))]
        }
        Round::Entry(key, value) => vec![owned(Object::String(key)), value],
    };
    let values = values.into_iter().chain(std::iter::repeat(None));
    names.iter().cloned().zip(values).collect()
}

fn failure(expression: &Expression, problem: &str) -> Failure {
    Failure { problem: Problem::Fatal(problem.to_owned()), path: named_path(expression) }
}

fn named_path(expression: &Expression) -> Vec<String> {
    expression.path().unwrap_or_default().into_iter().map(str::to_owned).collect()
}

fn found(value: &Object) -> Found<'_> {
    (*value != Object::Null).then_some(Cow::Borrowed(value))
}

fn owned<'a>(value: Object) -> Found<'a> {
    (value != Object::Null).then_some(Cow::Owned(value))
}

/// What is inside a map. Nothing else has anything inside.
fn property<'a>(of: Found<'a>, name: &str) -> Found<'a> {
    match of? {
        Cow::Borrowed(Object::Map(map)) => map.get(name).and_then(found),
        Cow::Owned(Object::Map(mut map)) => map.shift_remove(name).and_then(owned),
        _ => None,
    }
}

fn length(value: Option<&Object>) -> i64 {
    let length = match value {
        Some(Object::List(values)) => values.len(),
        Some(Object::Map(map)) => map.len(),
        Some(Object::String(text)) => text.encode_utf16().count(),
        _ => 0,
    };
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
