//! The expressions of the template language.
//!
//! In: the text between `{{` and `}}`, or after a tag's name. Out: an [`Expression`], or the [`Problem`] that shows
//! when it is evaluated. Always: bounded depth; what the server understands and this does not is told apart from what
//! the server refuses.
//!
//! Source: jinjava 2.4.14 and 2.5.6, `ExtendedParser`; JUEL 2.2.7, `Parser` and `Scanner`: `not` binds more closely
//! than `==`, filters and tests more closely than `not`.

use super::java::Object;

/// Expressions inside expressions, at most.
const DEEPEST: usize = 40;
/// Names, values and signs in one expression, at most. No template of the product comes near.
const LONGEST: usize = 400;

/// Why a template or an expression cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// The server fails with it.
    Fatal(String),
    /// The server may know it; this model does not.
    Unknown(String),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    /// A text, a number, `true`, `false`, `null`.
    Literal(Object),
    /// A variable.
    Name(String),
    /// `of.name` and `of['name']`.
    Property { of: Box<Expression>, name: String },
    /// `of.items()`.
    Items(Box<Expression>),
    /// `of.toList()`.
    ToList(Box<Expression>),
    /// `of|length`.
    Length(Box<Expression>),
    /// `of|default(by)`; where `falsy`, also for what is not true.
    Default { of: Box<Expression>, by: Box<Expression>, falsy: bool },
    /// `of is defined`.
    Defined(Box<Expression>),
    /// `not of`.
    Not(Box<Expression>),
    /// `left and right`.
    And(Box<Expression>, Box<Expression>),
    /// `left or right`.
    Or(Box<Expression>, Box<Expression>),
    /// Two values compared.
    Compare { left: Box<Expression>, how: Comparison, right: Box<Expression> },
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Expression {
    /// The names of a plain path: `a.b.c`, whatever is done with it afterwards.
    pub(super) fn path(&self) -> Option<Vec<&str>> {
        match self {
            Self::Name(name) => Some(vec![name]),
            Self::Property { of, name } => {
                let mut path = of.path()?;
                path.push(name);
                Some(path)
            }
            Self::ToList(of) | Self::Items(of) => of.path(),
            _ => None,
        }
    }

    /// What the expression is made of.
    pub(super) fn parts(&self) -> Vec<&Expression> {
        match self {
            Self::Literal(_) | Self::Name(_) => Vec::new(),
            Self::Property { of, .. }
            | Self::Items(of)
            | Self::ToList(of)
            | Self::Length(of)
            | Self::Defined(of)
            | Self::Not(of) => vec![of],
            Self::Default { of: left, by: right, .. }
            | Self::And(left, right)
            | Self::Or(left, right)
            | Self::Compare { left, right, .. } => vec![left, right],
        }
    }
}

/// Reads an expression.
pub(super) fn parse(text: &str) -> Result<Expression, Problem> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0 };
    let expression = parser.or(0)?;
    match parser.tokens.get(parser.at) {
        None => Ok(expression),
        Some(token) => Err(stray(token)),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Number(Object),
    Sign(&'static str),
}

const SIGNS: [&str; 27] = [
    "==", "!=", "<=", ">=", "&&", "||", "//", "**", "<", ">", "!", "(", ")", "[", "]", ".", ",", "|", "?", ":", "+",
    "-", "*", "/", "%", "~", "=",
];

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if tokens.len() >= LONGEST {
            return Err(Problem::Unknown("an expression of more than 400 parts".to_owned()));
        }
        let length = if first.is_alphabetic() || matches!(first, '_' | '$') {
            let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$')).unwrap_or(rest.len());
            tokens.push(Token::Word(rest.get(..end).unwrap_or_default().to_owned()));
            end
        } else if first.is_ascii_digit() {
            number(rest, &mut tokens)?
        } else if matches!(first, '\'' | '"') {
            quoted(rest, first, &mut tokens)?
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            sign.len()
        } else if matches!(first, '{' | '}') {
            return Err(Problem::Unknown(format!("`{first}` in an expression")));
        } else {
            return Err(Problem::Fatal(format!("lexical error: invalid character `{first}`")));
        };
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

fn number(rest: &str, tokens: &mut Vec<Token>) -> Result<usize, Problem> {
    let whole = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let fraction = rest.get(whole..).and_then(|tail| tail.strip_prefix('.')).map_or(0, |tail| {
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        if digits == 0 { 0 } else { digits + 1 }
    });
    let end = whole + fraction;
    let text = rest.get(..end).unwrap_or_default();
    let number =
        if fraction == 0 { text.parse().ok().map(Object::Integer) } else { text.parse().ok().map(Object::Float) };
    tokens.push(Token::Number(number.ok_or_else(|| Problem::Fatal("a number that is too large".to_owned()))?));
    Ok(end)
}

fn quoted(rest: &str, quote: char, tokens: &mut Vec<Token>) -> Result<usize, Problem> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            tokens.push(Token::Text(text));
            return Ok(at + 1);
        }
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some((_, escaped)) if matches!(escaped, '\\' | '\'' | '"') => text.push(escaped),
            Some(_) => return Err(Problem::Unknown("a backslash in a text".to_owned())),
            None => break,
        }
    }
    Err(Problem::Fatal("lexical error: unterminated string".to_owned()))
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

type Parsed = Result<Expression, Problem>;

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// Goes on when one of these words or signs comes next.
    fn takes(&mut self, any: &[&str]) -> Option<String> {
        let found = match self.peek()? {
            Token::Word(word) => word.as_str(),
            Token::Sign(sign) => sign,
            _ => return None,
        };
        let found = any.contains(&found).then(|| found.to_owned())?;
        self.at += 1;
        Some(found)
    }

    fn expects(&mut self, sign: &str) -> Result<(), Problem> {
        if self.takes(&[sign]).is_some() {
            return Ok(());
        }
        Err(self.peek().map_or_else(|| ended(sign), stray))
    }

    fn or(&mut self, depth: usize) -> Parsed {
        if depth > DEEPEST {
            return Err(Problem::Unknown("an expression of more than 40 levels".to_owned()));
        }
        let mut left = self.and(depth)?;
        while self.takes(&["or", "||"]).is_some() {
            left = Expression::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Parsed {
        let mut left = self.equality(depth)?;
        while self.takes(&["and", "&&"]).is_some() {
            left = Expression::And(Box::new(left), Box::new(self.equality(depth)?));
        }
        Ok(left)
    }

    fn equality(&mut self, depth: usize) -> Parsed {
        let mut left = self.comparison(depth)?;
        while let Some(sign) = self.takes(&["==", "!=", "eq", "ne"]) {
            let how = if matches!(sign.as_str(), "==" | "eq") { Comparison::Equal } else { Comparison::NotEqual };
            let right = Box::new(self.comparison(depth)?);
            left = Expression::Compare { left: Box::new(left), how, right };
        }
        Ok(left)
    }

    fn comparison(&mut self, depth: usize) -> Parsed {
        let mut left = self.unary(depth)?;
        while let Some(sign) = self.takes(&["<", "<=", ">", ">=", "lt", "le", "gt", "ge"]) {
            let how = match sign.as_str() {
                "<" | "lt" => Comparison::Less,
                "<=" | "le" => Comparison::LessOrEqual,
                ">" | "gt" => Comparison::Greater,
                _ => Comparison::GreaterOrEqual,
            };
            let right = Box::new(self.unary(depth)?);
            left = Expression::Compare { left: Box::new(left), how, right };
        }
        Ok(left)
    }

    fn unary(&mut self, depth: usize) -> Parsed {
        let mut times = 0;
        while self.takes(&["not", "!"]).is_some() {
            times += 1;
        }
        if times > DEEPEST {
            return Err(Problem::Unknown("an expression of more than 40 levels".to_owned()));
        }
        let value = self.value(depth)?;
        Ok((0..times).fold(value, |value, _| Expression::Not(Box::new(value))))
    }

    fn value(&mut self, depth: usize) -> Parsed {
        let mut value = self.simple(depth)?;
        let start = self.at;
        loop {
            if self.at - start > DEEPEST * 2 {
                return Err(Problem::Unknown("an expression of more than 40 levels".to_owned()));
            }
            if self.takes(&["."]).is_some() {
                let Some(Token::Word(name)) = self.peek() else { return Err(ended("name")) };
                let name = name.clone();
                self.at += 1;
                value = if self.takes(&["("]).is_some() { self.method(value, &name)? } else { property(value, name) };
            } else if self.peek() == Some(&Token::Sign("[")) {
                let Some(Token::Text(name)) = self.tokens.get(self.at + 1) else {
                    return Err(Problem::Unknown("`[` in an expression".to_owned()));
                };
                let name = name.clone();
                self.at += 2;
                self.expects("]")?;
                value = property(value, name);
            } else if self.takes(&["|"]).is_some() {
                value = self.filter(value, depth)?;
            } else if self.takes(&["is"]).is_some() {
                value = self.test(value)?;
            } else {
                return Ok(value);
            }
        }
    }

    fn simple(&mut self, depth: usize) -> Parsed {
        let Some(token) = self.peek().cloned() else { return Err(ended("value")) };
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Expression::Literal(Object::String(text)),
            Token::Number(number) => Expression::Literal(number),
            Token::Word(word) => match word.as_str() {
                "true" | "True" => Expression::Literal(Object::Boolean(true)),
                "false" | "False" => Expression::Literal(Object::Boolean(false)),
                "null" => Expression::Literal(Object::Null),
                "empty" => return Err(Problem::Unknown("`empty` in an expression".to_owned())),
                _ if self.peek() == Some(&Token::Sign("(")) => {
                    return Err(Problem::Unknown(format!("the function `{word}`")));
                }
                _ => Expression::Name(word),
            },
            Token::Sign("(") => {
                let inner = self.or(depth + 1)?;
                self.expects(")")?;
                inner
            }
            Token::Sign(_) => return Err(stray(&token)),
        })
    }

    fn method(&mut self, of: Expression, name: &str) -> Parsed {
        if self.takes(&[")"]).is_none() {
            return Err(Problem::Unknown(format!("`{name}` with arguments")));
        }
        match name {
            "items" => Ok(Expression::Items(Box::new(of))),
            "toList" => Ok(Expression::ToList(Box::new(of))),
            _ => Err(Problem::Unknown(format!("the method `{name}`"))),
        }
    }

    fn filter(&mut self, of: Expression, depth: usize) -> Parsed {
        let Some(Token::Word(name)) = self.peek().cloned() else { return Err(ended("filter")) };
        self.at += 1;
        let of = Box::new(of);
        match name.as_str() {
            "length" | "count" => Ok(Expression::Length(of)),
            "default" | "d" => {
                self.expects("(")?;
                let by = Box::new(self.or(depth + 1)?);
                let falsy = self.takes(&[","]).is_some();
                if falsy && self.takes(&["true", "True"]).is_none() {
                    return Err(Problem::Unknown("the second argument of `default`".to_owned()));
                }
                self.expects(")")?;
                Ok(Expression::Default { of, by, falsy })
            }
            _ => Err(Problem::Unknown(format!("the filter `{name}`"))),
        }
    }

    fn test(&mut self, of: Expression) -> Parsed {
        let negated = self.takes(&["not"]).is_some();
        let defined = Expression::Defined(Box::new(of));
        let negated = match self.takes(&["defined", "undefined", "none"]).as_deref() {
            Some("defined") => negated,
            Some(_) => !negated,
            None => return Err(Problem::Unknown("a test after `is`".to_owned())),
        };
        Ok(if negated { Expression::Not(Box::new(defined)) } else { defined })
    }
}

/// What stands where nothing of this model fits.
fn stray(token: &Token) -> Problem {
    match token {
        Token::Sign(sign @ ("?" | "+" | "-" | "*" | "/" | "%" | "~" | "//" | "**" | "[" | "(" | "=")) => {
            Problem::Unknown(format!("`{sign}` in an expression"))
        }
        Token::Word(word) if matches!(word.as_str(), "if" | "in" | "not" | "is" | "div" | "mod" | "empty") => {
            Problem::Unknown(format!("`{word}` in an expression"))
        }
        Token::Sign(sign) => Problem::Fatal(format!("syntax error: unexpected `{sign}`")),
        Token::Word(_) => Problem::Fatal("syntax error: unexpected name".to_owned()),
        Token::Text(_) | Token::Number(_) => Problem::Fatal("syntax error: unexpected value".to_owned()),
    }
}

fn property(of: Expression, name: String) -> Expression {
    Expression::Property { of: Box::new(of), name }
}

fn ended(wanted: &str) -> Problem {
    Problem::Fatal(format!("syntax error: expected {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_by_their_precedence() {
        let name = |name: &str| Box::new(Expression::Name(name.to_owned()));
        let truth = Box::new(Expression::Literal(Object::Boolean(true)));
        let equal = |left| Expression::Compare { left, how: Comparison::Equal, right: truth.clone() };
        assert_eq!(parse("a == true"), Ok(equal(name("a"))));
        assert_eq!(parse("not a == true"), Ok(equal(Box::new(Expression::Not(name("a"))))));
        assert_eq!(
            parse("a or b and c"),
            Ok(Expression::Or(name("a"), Box::new(Expression::And(name("b"), name("c")))))
        );
        assert_eq!(parse("not a is defined"), parse("a is not defined"));
        assert_eq!(parse("(a)['b'].c"), parse("a.b.c"));
        assert_eq!(parse("a.b.c").expect("a path").path(), Some(vec!["a", "b", "c"]));
        assert_eq!(parse("a.items()"), Ok(Expression::Items(name("a"))));
        assert!(matches!(
            parse("loop.index < a.toList()|length"),
            Ok(Expression::Compare { how: Comparison::Less, right, .. }) if matches!(*right, Expression::Length(_))
        ));
        assert!(matches!(parse("a|default('x', true)"), Ok(Expression::Default { falsy: true, .. })));
        assert_eq!(parse("1.5"), Ok(Expression::Literal(Object::Float(1.5))));
        assert_eq!(parse("'it\\'s'"), Ok(Expression::Literal("it's".into())));
    }

    #[test]
    fn what_the_server_refuses_and_what_is_not_known_are_told_apart() {
        for fatal in ["", "a b", "a ==", "(a", "'a", "a.", "== a", "a # b", "9999999999999999999"] {
            assert!(matches!(parse(fatal), Err(Problem::Fatal(_))), "{fatal}: {:?}", parse(fatal));
        }
        for unknown in
            ["a + b", "a|upper", "a.upper()", "range(3)", "a is odd", "a[0]", "{}", "a if b", "a in b", "a ? b : c"]
        {
            assert!(matches!(parse(unknown), Err(Problem::Unknown(_))), "{unknown}: {:?}", parse(unknown));
        }
    }

    #[test]
    fn depth_is_bounded() {
        for deep in ["(".repeat(5000), "not ".repeat(2000), format!("a{}", ".b".repeat(90)), "!".repeat(9000)] {
            assert!(parse(&deep).is_err());
        }
        assert!(parse(&vec!["a"; 200].join(" or ")).is_ok());
        assert!(parse(&vec!["a"; 2000].join(" or ")).is_err());
    }
}
