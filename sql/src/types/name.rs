//! Type names as text: `Array(Nullable(DateTime64(3, 'UTC')))` to a [`DataType`].
//!
//! The grammar is here; what a family makes of its arguments is in the family's own file, through [`TYPES`].

use std::borrow::Cow;

use super::hints;
use super::unsupported;
use super::{DataType, TYPES, TupleElement};
use crate::error::{Code, Error, Result};

/// Types nest no deeper than this: parsing, printing and dropping them recurse.
const TYPE_DEPTH_MAX: usize = 100;

/// Words in the longest family name, `NATIONAL CHARACTER LARGE OBJECT`.
const FAMILY_WORDS_MAX: usize = 4;

/// A family of types in the list [`TYPES`].
pub struct TypeEntry {
    /// ClickHouse's name of the family.
    pub name: &'static str,
    /// Names from other databases; their case never matters.
    pub aliases: &'static [&'static str],
    /// Whether the case of `name` is ignored.
    pub case_insensitive: bool,
    /// Makes the type from the arguments in parentheses.
    pub parse: fn(&Arguments) -> Result<DataType>,
}

/// What stands in the parentheses behind a family's name.
pub struct Arguments {
    /// The name that was written, an alias perhaps.
    pub family: String,
    /// Without parentheses there are none.
    pub list: Vec<Argument>,
}

/// One argument of a type.
#[derive(Debug, Clone)]
pub enum Argument {
    /// A type, or any bare word.
    Type(Box<Unresolved>),
    /// `name Type`, an element of a named tuple.
    Named(String, Box<Unresolved>),
    /// An integer that fits the limits of all parameters; larger ones saturate.
    Number(i64),
    /// A quoted string.
    Text(String),
    /// `'name' = value`, an element of an enum.
    Element(String, i64),
    /// `'name' = <not a number>`, which no family accepts.
    BadElement,
}

/// A type's name and arguments before the family has looked at them.
#[derive(Debug, Clone)]
pub struct Unresolved {
    family: String,
    list: Vec<Argument>,
}

impl DataType {
    /// Parses a type's name; aliases and letter case as ClickHouse takes them.
    pub fn parse(text: &str) -> Result<DataType> {
        let mut parser = Parser { text, pos: 0 };
        let unresolved = parser.data_type(0)?;
        parser.skip_spaces();
        if parser.pos < text.len() {
            return Err(parser.unexpected("end of query"));
        }
        unresolved.resolve()
    }

    /// The names and types of the elements of `Nested(a T, b U)`; None for another type.
    pub fn parse_nested(text: &str) -> Result<Option<Vec<(String, DataType)>>> {
        let mut parser = Parser { text, pos: 0 };
        let unresolved = parser.data_type(0)?;
        if unresolved.family != "Nested" {
            return Ok(None);
        }
        let mut elements: Vec<(String, DataType)> = Vec::with_capacity(unresolved.list.len());
        for argument in unresolved.list {
            let Argument::Named(name, data_type) = argument else {
                let message = "Syntax error (data type): elements of Nested have a name and a type";
                return Err(Error::new(Code::SYNTAX_ERROR, message));
            };
            if elements.iter().any(|(other, _)| *other == name) {
                let message = format!("Names of tuple elements must be unique. Duplicate name: {name}");
                return Err(Error::new(Code::DUPLICATE_COLUMN, message));
            }
            elements.push((name, data_type.resolve()?));
        }
        match elements.is_empty() {
            true => Err(Error::new(Code::EMPTY_DATA_PASSED, "Nested cannot be empty")),
            false => Ok(Some(elements)),
        }
    }
}

impl Unresolved {
    fn resolve(self) -> Result<DataType> {
        let arguments = Arguments {
            family: self.family,
            list: self.list,
        };
        match find_family(&arguments.family) {
            Some(entry) => (entry.parse)(&arguments),
            None => Err(unknown_family(&arguments.family)),
        }
    }
}

impl Arguments {
    /// Refuses a family without parameters that got some.
    pub fn none(&self, data_type: DataType) -> Result<DataType> {
        if self.list.is_empty() {
            return Ok(data_type);
        }
        let message = format!("Data type {} cannot have arguments", self.family);
        Err(Error::new(Code::DATA_TYPE_CANNOT_HAVE_ARGUMENTS, message))
    }

    /// The one type in the parentheses.
    pub fn one_type(&self, family: &str, what: &str) -> Result<DataType> {
        match self.list.as_slice() {
            [argument] => argument.data_type(),
            _ => Err(Error::new(
                Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
                format!("{family} data type family must have exactly one argument - {what}"),
            )),
        }
    }
}

impl Argument {
    /// The type that this argument is.
    pub fn data_type(&self) -> Result<DataType> {
        match self {
            Argument::Type(unresolved) => (**unresolved).clone().resolve(),
            _ => Err(Error::new(
                Code::UNEXPECTED_AST_STRUCTURE,
                "Unexpected AST element for data type".to_string(),
            )),
        }
    }

    /// The tuple element that this argument is.
    pub fn tuple_element(&self) -> Result<TupleElement> {
        match self {
            Argument::Named(name, unresolved) => Ok(TupleElement {
                name: Some(name.clone()),
                data_type: (**unresolved).clone().resolve()?,
            }),
            other => Ok(TupleElement {
                name: None,
                data_type: other.data_type()?,
            }),
        }
    }

    /// How messages name the kind of a literal.
    pub fn literal_kind(&self) -> &'static str {
        match self {
            Argument::Number(value) if *value < 0 => "Int64",
            Argument::Number(_) => "UInt64",
            Argument::Text(_) => "String",
            _ => "",
        }
    }
}

fn find_family(name: &str) -> Option<&'static super::TypeEntry> {
    TYPES.iter().copied().find(|entry| {
        let same = if entry.case_insensitive {
            entry.name.eq_ignore_ascii_case(name)
        } else {
            entry.name == name
        };
        same || entry.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    })
}

fn unknown_family(name: &str) -> Error {
    if unsupported::is_known(name) {
        return Error::new(Code::NOT_IMPLEMENTED, format!("Data type {name} is not supported yet"));
    }
    let known: Vec<&str> = TYPES
        .iter()
        .flat_map(|entry| std::iter::once(&entry.name).chain(entry.aliases))
        .copied()
        .collect();
    let hint = hints::maybe_you_meant(name, &known);
    Error::new(Code::UNKNOWN_TYPE, format!("Unknown data type family: {name}{hint}"))
}

/// The name in back quotes unless it reads as one identifier.
pub fn back_quote_if_needed(name: &str) -> Cow<'_, str> {
    let plain = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !["distinct", "all", "table", "select", "from", "null"]
            .iter()
            .any(|word| word.eq_ignore_ascii_case(name));
    if plain {
        return Cow::Borrowed(name);
    }
    Cow::Owned(format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")))
}

struct Parser<'a> {
    text: &'a str,
    pos: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.pos..]
    }

    fn skip_spaces(&mut self) {
        self.pos = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, symbol: char) -> bool {
        self.skip_spaces();
        let found = self.rest().starts_with(symbol);
        if found {
            self.pos += symbol.len_utf8();
        }
        found
    }

    fn unexpected(&self, expected: &str) -> Error {
        let rest = self.rest();
        let token = match rest.find(|c: char| !c.is_alphanumeric() && c != '_') {
            _ if rest.is_empty() => "end of query",
            Some(0) => &rest[..rest.chars().next().map_or(0, char::len_utf8)],
            Some(end) => &rest[..end],
            None => rest,
        };
        let message = format!(
            "Syntax error (data type): failed at position {} ({token}): {rest}. Expected one of: {expected}",
            self.pos + 1
        );
        Error::new(Code::SYNTAX_ERROR, message)
    }

    /// A bare word at the cursor, without moving.
    fn peek_word(&self) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let word = &rest[..end];
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            .then_some(word)
    }

    fn identifier(&mut self) -> Result<String> {
        self.skip_spaces();
        match self.rest().chars().next() {
            Some(quote @ ('`' | '"')) => self.quoted(quote),
            _ => match self.peek_word() {
                Some(word) => {
                    self.pos += word.len();
                    Ok(word.to_string())
                }
                None => Err(self.unexpected("data type, identifier")),
            },
        }
    }

    /// The longest known family name that starts here, of up to four words.
    fn family(&mut self) -> Result<String> {
        let mut name = self.identifier()?;
        let mut ahead = Parser {
            text: self.text,
            pos: self.pos,
        };
        let mut words = name.clone();
        for _ in 1..FAMILY_WORDS_MAX {
            ahead.skip_spaces();
            let Some(word) = ahead.peek_word() else { break };
            ahead.pos += word.len();
            words = format!("{words} {word}");
            if find_family(&words).is_some() {
                name.clone_from(&words);
                self.pos = ahead.pos;
            }
        }
        Ok(name)
    }

    fn data_type(&mut self, depth: usize) -> Result<Unresolved> {
        if depth > TYPE_DEPTH_MAX {
            return Err(Error::new(
                Code::TOO_DEEP_RECURSION,
                format!("Data type is nested deeper than {TYPE_DEPTH_MAX}"),
            ));
        }
        let family = self.family()?;
        let mut list = Vec::new();
        if self.eat('(') && !self.eat(')') {
            loop {
                list.push(self.argument(depth + 1)?);
                if self.eat(')') {
                    break;
                }
                if !self.eat(',') {
                    return Err(self.unexpected("comma, closing round bracket"));
                }
            }
        }
        Ok(Unresolved { family, list })
    }

    fn argument(&mut self, depth: usize) -> Result<Argument> {
        self.skip_spaces();
        match self.rest().chars().next() {
            Some('\'') => {
                let text = self.quoted('\'')?;
                if !self.eat('=') {
                    return Ok(Argument::Text(text));
                }
                self.skip_spaces();
                match self.rest().chars().next() {
                    Some('\'') => self.quoted('\'').map(|_| Argument::BadElement),
                    _ => Ok(Argument::Element(text, self.number()?)),
                }
            }
            Some('0'..='9' | '-' | '+') => Ok(Argument::Number(self.number()?)),
            _ => self.type_or_named(depth),
        }
    }

    fn type_or_named(&mut self, depth: usize) -> Result<Argument> {
        let start = self.pos;
        let data_type = self.data_type(depth)?;
        self.skip_spaces();
        let ended = self.rest().is_empty() || self.rest().starts_with([',', ')']);
        if ended {
            return Ok(Argument::Type(Box::new(data_type)));
        }
        self.pos = start;
        let name = self.identifier()?;
        Ok(Argument::Named(name, Box::new(self.data_type(depth)?)))
    }

    fn number(&mut self) -> Result<i64> {
        let negative = self.eat('-');
        if !negative {
            self.eat('+');
        }
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        if end == 0 {
            return Err(self.unexpected("number"));
        }
        self.pos += end;
        let value = rest[..end].parse::<i64>().unwrap_or(i64::MAX);
        Ok(if negative { -value } else { value })
    }

    /// A string in quotes, with backslash escapes and doubled quotes.
    fn quoted(&mut self, quote: char) -> Result<String> {
        let start = self.pos;
        let mut value = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((offset, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, 'r')) => value.push('\r'),
                    Some((_, '0')) => value.push('\0'),
                    Some((_, 'b')) => value.push('\u{8}'),
                    Some((_, 'f')) => value.push('\u{c}'),
                    Some((_, other)) => value.push(other),
                    None => break,
                },
                c if c == quote => {
                    if chars.next_if(|(_, next)| *next == quote).is_some() {
                        value.push(quote);
                        continue;
                    }
                    self.pos = start + offset + quote.len_utf8();
                    return Ok(value);
                }
                c => value.push(c),
            }
        }
        Err(self.unexpected("closing quote"))
    }
}
