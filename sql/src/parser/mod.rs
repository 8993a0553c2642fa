//! From a statement's bytes to [`Statement`].
//!
//! Start at [`parse`]. The layers, in the order in which a statement passes them:
//!
//! 1. `lift`: vector literals are taken out of the text of queries before anything else looks at it;
//! 2. `lexer`: text to tokens; `script`: where a statement ends and where INSERT data begins, found in the bytes;
//! 3. `query` and `expression` with what they need: ClickHouse's grammar of queries, giving sqlparser's AST;
//! 4. `command` and the files named for statements: everything that is not a query, giving [`Statement`]s;
//! 5. `format`: the way back to text: column names, SHOW CREATE.
//!
//! No names are resolved here and no types are known: that is the analyzer's.
//!
//! sqlparser gives the AST and not the grammar. Its tokenizer wants UTF-8 and its numbers, escapes and tuple indexes
//! are not ClickHouse's; its `Dialect` hooks could override every prefix and every operator, but hand the left operand
//! over by reference, so that a chain of n operators costs n² copies; and an error has to name a byte of the query.
//!
//! # Which nodes of sqlparser's AST occur
//!
//! The grammar keeps to few of sqlparser's nodes. An **expression** is one of
//! - `Identifier`, `CompoundIdentifier` (2 or more parts; the analyzer decides what is database, table, tuple element);
//! - `Value`: `Number` (decimal or hexadecimal text as ClickHouse reads it, negative with a leading `-`, `inf`, `nan`),
//!   `SingleQuotedString` (see [`string_bytes`]: it may carry bytes that are not UTF-8), `Boolean`, `Null`;
//! - `BinaryOp` (`+ - * / %`, `= != < <= > >= <=>`, AND, OR, `||`), `UnaryOp` (`-`, NOT);
//! - `IsNull`, `IsNotNull`, `IsDistinctFrom`, `IsNotDistinctFrom`, `Between`, `Like`, `ILike`;
//! - `InList`, `InSubquery`; with `GLOBAL`, with a table name or with a single expression on the right it is a call of
//!   `in`, `notIn`, `globalIn`, `globalNotIn`, a subquery being an argument like any other;
//! - `Case`, `Exists`, `Subquery`, `Tuple`, `Array`, `Lambda`;
//! - `Cast` with the ClickHouse type's text in `DataType::Custom` (one identifier, see [`type_text()`]): from
//!   `CAST(x AS T)` (`CastKind::Cast`) and `x::T` (`CastKind::DoubleColon`). `CAST(x, 'T')` stays a call of `CAST`;
//! - `Named`: `expr AS name` anywhere inside an expression;
//! - `Function` with `parameters` (`quantile(0.5)(x)`), `over`, `null_treatment`. Arguments are `FunctionArg::Unnamed`, of
//!   an expression or of a wildcard. `f(DISTINCT x)` is a call of `fDistinct`, `f(x) FILTER (WHERE c)` one of `fIf`.
//!
//! Parentheses leave no node. Sugar becomes the call that ClickHouse makes of it: `a[1]` → `arrayElement(a, 1)`,
//! `t.1` → `tupleElement(t, 1)`, `c ? a : b` → `if(c, a, b)`, DIV → `intDiv`, REGEXP → `match`,
//! `EXTRACT(YEAR FROM d)` → `toYear(d)`, `TRIM(BOTH …)`, `SUBSTRING(x FROM a FOR b)`, `DATE '…'` → `toDate('…')`,
//! `TIMESTAMP '…'` → `toDateTime('…')`, `INTERVAL 1 DAY` → `toIntervalDay(1)`, and AND, OR, `||` of more than two
//! operands → one call of `and`, `or`, `concat`. A literal in front of `::` is a string of its text: `1.5::T` is
//! `CAST('1.5', 'T')`, which is exact for decimals.
//!
//! Markers are names that no user can write (`lift` refuses them):
//! - [`LIFTED`]`(i)`: the i-th lifted literal; [`PARAMETER`]`('name', 'Type')`: a query parameter `{name:Type}`;
//! - [`SCALAR`]: `WITH expr AS name` is the CTE `name AS (SELECT expr AS __ch_scalar)`;
//! - [`LIMIT_BY`]`(limit, offset, keys…)` and [`WITH_TIES`]`()` in `LimitClause::LimitOffset::limit_by`;
//! - `FINAL` is the identifier in `TableFactor::Table::with_hints`; SAMPLE is in `sample`;
//! - ARRAY JOIN: `Join { relation: TableFunction { expr: Tuple(elements) }, ArrayJoin | LeftArrayJoin }`;
//! - ANY, ASOF and ALL joins: `JoinOperator::AsOf { match_condition: 'ANY LEFT', constraint }`, the string being
//!   strictness and kind; SEMI and ANTI have sqlparser's own operators;
//! - `TableFactor::TableFunction`'s `expr` is a call: `numbers(10)`;
//! - `COLUMNS(…)` in a select list is a `QualifiedWildcard` of that call.

pub mod access;
mod alter;
mod call;
mod command;
mod create_table;
mod cursor;
pub mod definition;
mod expression;
mod format;
mod insert;
mod lexer;
mod lift;
mod normalized;
mod operator;
mod ordering;
mod projection;
mod query;
mod script;
mod settings;
mod show;
pub mod statement;
mod syntax;
mod tables;
mod text_bytes;
mod type_text;

use std::collections::BTreeMap;

use sqlparser::ast::{DataType as AstType, Expr, ObjectNamePart};

pub use definition::*;
pub use format::{
    Namer, column_name, float_literal, format_create, format_expression, format_query, quote_name, quote_string,
};
pub use normalized::normalized_hash;
pub use script::split_first;
pub use settings::from_ast as setting_of;
pub use statement::*;
pub use text_bytes::{carry as carried, string_bytes};

use crate::error::{Code, Error, Result};
use cursor::{Cursor, Parse};
use lexer::{Spanned, Token};

/// Marker: a lifted literal.
pub const LIFTED: &str = "__lifted";
/// Marker: a query parameter.
pub const PARAMETER: &str = "__param";
/// Marker: the column of `WITH expr AS name`.
pub const SCALAR: &str = "__ch_scalar";
/// Marker: `LIMIT n BY …`.
pub const LIMIT_BY: &str = "__ch_limit_by";
/// Marker: `LIMIT n WITH TIES`.
pub const WITH_TIES: &str = "__ch_with_ties";

/// Trees up to this height need no more stack than any thread has.
const HEIGHT_OF_ORDINARY_TREES: usize = 40;

/// The stack that a walk over the highest tree may need.
const DEEP_STACK_BYTES: usize = 64 << 20;

/// The numbers of a lifted literal.
#[derive(Clone, Debug, PartialEq)]
pub enum LiftedValues {
    /// A `.` or an exponent somewhere: Array(Float64).
    F64(Vec<f64>),
    /// Integers, at least one negative: Array(Int8 … Int64).
    I64(Vec<i64>),
    /// Integers, none negative: Array(UInt8 … UInt64).
    U64(Vec<u64>),
}

/// A literal that was taken out of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Lifted {
    /// The numbers.
    pub values: LiftedValues,
    /// ClickHouse's type of the literal, such as `Array(Float64)` or `Array(UInt8)`.
    pub type_name: &'static str,
}

/// A statement and what stands beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The statement.
    pub statement: Statement,
    /// The lifted literals, by number.
    pub lifted: Vec<Lifted>,
    /// The text without lifted literals: equal for queries that differ only in these.
    pub template: String,
    /// `SETTINGS …` at the statement's level.
    pub settings: Vec<(String, SettingValue)>,
    /// `FORMAT name` of the output.
    pub format: Option<String>,
    /// `INTO OUTFILE 'path'`.
    pub outfile: Option<Outfile>,
    /// How high the highest expression or query tree is: see [`on_deep_stack`].
    pub height: usize,
}

/// Parses the first statement of `query`, up to a `;` or the end. The second value is how many bytes were consumed:
/// the next statement begins there. An INSERT with data consumes everything: `InsertSource::Data` says where it lies.
/// (For scripts, cut the statement off with [`split_first`] before.)
///
/// `parameters` are the values of `{name:Identifier}` substitutions; others stay [`PARAMETER`] calls.
pub fn parse(query: &[u8], parameters: &BTreeMap<String, String>) -> Result<(Parsed, usize)> {
    parse_within(query, parameters, usize::MAX)
}

/// The same of a statement that may have so many bytes: `max_query_size`. Lifted literals and INSERT data do not count.
pub fn parse_within(query: &[u8], parameters: &BTreeMap<String, String>, bytes_max: usize) -> Result<(Parsed, usize)> {
    let template = lift::take(query)?;
    lift::check_size(&template, bytes_max)?;
    let whole = &query[..template.consumed];
    let failed = |failure: syntax::Failure| failure.into_error(whole, |at| template.original(at));
    let mut tokens = lexer::tokens(&template.text).map_err(failed)?;
    check_brackets(&tokens).map_err(failed)?;
    substitute_identifiers(&mut tokens, parameters)?;
    let parse = |c: &mut Cursor| -> Parse<command::WithTail> {
        let statement = command::statement_with_tail(c)?;
        if !c.at_end() {
            return c.expected("end of query");
        }
        Ok(statement)
    };
    let (result, height) = with_cursor(&template.text, &tokens, parse);
    let (mut statement, tail) = result.map_err(failed)?;
    let mut consumed = template.consumed;
    if let Statement::Insert(insert) = &mut statement
        && let InsertSource::Data { range, .. } = &mut insert.source
    {
        *range = script::data_range(query);
        consumed = query.len();
    }
    let command::Tail {
        settings,
        format,
        outfile,
    } = tail;
    let lift::Template {
        text: template, lifted, ..
    } = template;
    Ok((
        Parsed {
            statement,
            lifted,
            template,
            settings,
            format,
            outfile,
            height,
        },
        consumed,
    ))
}

/// Runs a rule over the tokens, on a larger stack if they nest deeply. Also gives the height of the highest tree.
fn with_cursor<T>(text: &str, tokens: &[Spanned], rule: impl FnOnce(&mut Cursor) -> Parse<T>) -> (Parse<T>, usize) {
    let nests = |spanned: &&Spanned| match &spanned.token {
        Token::Symbol(symbol) => matches!(*symbol, "(" | "[" | "-" | "+" | "->" | "?"),
        Token::Word { text, quoted: false } => ["NOT", "CASE", "SELECT", "INTERVAL", "EXPLAIN"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word)),
        _ => false,
    };
    let nesting_max = tokens.iter().filter(nests).take(HEIGHT_OF_ORDINARY_TREES + 1).count();
    on_deep_stack(nesting_max, || {
        let mut c = Cursor::new(text, tokens);
        let result = rule(&mut c);
        let height = c.height();
        (result, height)
    })
}

/// Runs what walks a tree of this height where there is stack enough for it. [`Parsed::height`] says how high.
pub fn on_deep_stack<T>(height: usize, walk: impl FnOnce() -> T) -> T {
    if height <= HEIGHT_OF_ORDINARY_TREES {
        return walk();
    }
    stacker::maybe_grow(DEEP_STACK_BYTES / 2, DEEP_STACK_BYTES, walk)
}

/// Every bracket that opens has to close: said here, where the place of the opening one is known.
fn check_brackets(tokens: &[Spanned]) -> Parse<()> {
    let mut open = Vec::new();
    for spanned in tokens {
        match spanned.token {
            Token::Symbol("(") => open.push((spanned.start, "(")),
            Token::Symbol("[") => open.push((spanned.start, "[")),
            Token::Symbol(closing @ (")" | "]")) => {
                let opening = if closing == ")" { "(" } else { "[" };
                if open.last().is_some_and(|(_, last)| *last == opening) {
                    open.pop();
                } else {
                    return Err(syntax::Failure::expected(spanned.start, "end of query"));
                }
            }
            _ => {}
        }
    }
    match open.last() {
        Some((at, bracket)) => Err(syntax::Failure::Unmatched(*at, bracket)),
        None => Ok(()),
    }
}

/// Puts the values of `{name:Identifier}` in their place.
fn substitute_identifiers(tokens: &mut Vec<Spanned>, parameters: &BTreeMap<String, String>) -> Result<()> {
    let is = |token: &Token, symbol: &str| matches!(token, Token::Symbol(it) if *it == symbol);
    let mut at = 0;
    while at + 4 < tokens.len() {
        let found = match &tokens[at..at + 5] {
            [open, name, colon, kind, close]
                if is(&open.token, "{") && is(&colon.token, ":") && is(&close.token, "}") =>
            {
                match (&name.token, &kind.token) {
                    (Token::Word { text: name, .. }, Token::Word { text: kind, .. }) if kind == "Identifier" => {
                        Some((name.clone(), open.start, close.end))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        if let Some((name, start, end)) = found {
            let value = parameters.get(&name).ok_or_else(|| {
                Error::new(
                    Code::UNKNOWN_QUERY_PARAMETER,
                    format!("Substitution `{name}` is not set"),
                )
            })?;
            let token = Token::Word {
                text: value.clone(),
                quoted: true,
            };
            tokens.splice(at..at + 5, [Spanned { token, start, end }]);
        }
        at += 1;
    }
    Ok(())
}

/// Takes vector literals (arrays of more than 8 numbers) out of one statement: the template and what was lifted.
pub fn lift(query: &[u8]) -> Result<(String, Vec<Lifted>)> {
    let template = lift::take(query)?;
    Ok((template.text, template.lifted))
}

/// The call `_CAST(expression, 'type')`, which ClickHouse writes where it casts by itself.
pub fn cast_call(expression: Expr, data_type: &str) -> Expr {
    call::call("_CAST", vec![expression, expression::string(data_type.to_owned())])
}

/// Parses one expression, such as a column default's text. It has no lifted literals.
pub fn parse_expression(text: &str) -> Result<Expr> {
    parse_part(text, expression::aliased)
}

fn parse_part<T>(text: &str, rule: impl FnOnce(&mut Cursor) -> Parse<T>) -> Result<T> {
    let whole = string_bytes(text);
    let original = |at: usize| string_bytes(&text[..at]).len();
    let failed = |failure: syntax::Failure| failure.into_error(&whole, original);
    let tokens = lexer::tokens(text).map_err(failed)?;
    check_brackets(&tokens).map_err(failed)?;
    let parse = |c: &mut Cursor| {
        let value = rule(c)?;
        if c.at_end() {
            Ok(value)
        } else {
            c.expected("end of expression")
        }
    };
    with_cursor(text, &tokens, parse).0.map_err(failed)
}

/// The ClickHouse type text in a `Cast` node.
pub fn type_text(data_type: &AstType) -> String {
    match data_type {
        AstType::Custom(name, _) => match name.0.first() {
            Some(ObjectNamePart::Identifier(name)) => name.value.clone(),
            _ => name.to_string(),
        },
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
