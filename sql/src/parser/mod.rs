//! From a statement's bytes to [`Statement`].
//!
//! Start at [`parse`]. The layers, in the order in which a statement passes them:
//!
//! 1. `lift`: vector literals are taken out of the text before anything else looks at it;
//! 2. `lexer`: bytes to sqlparser's tokens. It is ours because a query may hold bytes that are not UTF-8, because
//!    INSERT data must be found by byte offset without being tokenized, and because errors name a byte position;
//! 3. `query` and `expression`: ClickHouse's grammar on sqlparser's `Parser` (its token stream, precedence climbing,
//!    nesting limit and AST), reached through the hooks of a `Dialect` of our own;
//! 4. `statement` and the files named for statements: everything that is not a query;
//! 5. `format`: the way back to text: column names, SHOW CREATE.
//!
//! No names are resolved here and no types are known: that is the analyzer's.
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
//! - `Cast` with the ClickHouse type's text in `DataType::Custom` (one identifier, see [`type_text`]): from
//!   `CAST(x AS T)` (`CastKind::Cast`) and `x::T` (`CastKind::DoubleColon`). `CAST(x, 'T')` stays a call of `CAST`;
//! - `Interval` with `leading_field` for `INTERVAL n unit`;
//! - `Named`: `expr AS name` anywhere inside an expression;
//! - `Function` with `parameters` (`quantile(0.5)(x)`), `DISTINCT`, `filter`, `over`, `null_treatment`. Arguments are
//!   `FunctionArg::Unnamed`, of an expression or of a wildcard.
//!
//! Parentheses leave no node. Sugar becomes the call that ClickHouse makes of it: `a[1]` → `arrayElement(a, 1)`,
//! `t.1` → `tupleElement(t, 1)`, `c ? a : b` → `if(c, a, b)`, DIV → `intDiv`, MOD → `modulo`, REGEXP → `match`,
//! `EXTRACT(YEAR FROM d)` → `toYear(d)`, `TRIM(BOTH …)`, `SUBSTRING(x FROM a FOR b)`, `DATE '…'` → `toDate('…')`,
//! `TIMESTAMP '…'` → `toDateTime('…')`.
//!
//! Markers are calls that no user can write, because the lexer refuses names that begin with two underscores and `ch_`:
//! - [`LIFTED`]`(i)`: the i-th lifted literal; [`PARAMETER`]`('name', 'Type')`: a query parameter `{name:Type}`;
//! - [`SCALAR`]: `WITH expr AS name` is the CTE `name AS (SELECT expr AS __ch_scalar)`;
//! - [`LIMIT_BY`]`(limit, offset, keys…)` and [`WITH_TIES`]`()` in `LimitClause::LimitOffset::limit_by`;
//! - `FINAL` is the identifier in `TableFactor::Table::with_hints`; SAMPLE is in `sample`;
//! - ARRAY JOIN: `Join { relation: TableFunction { expr: Tuple(elements) }, ArrayJoin | LeftArrayJoin }`;
//! - ANY, ASOF and ALL joins: `JoinOperator::AsOf { match_condition: 'ANY LEFT', constraint }`, the string being
//!   strictness and kind; SEMI and ANTI have sqlparser's own operators;
//! - `TableFactor::TableFunction`'s `expr` is a call: `numbers(10)`.

pub mod statement;

use std::collections::BTreeMap;

pub use statement::*;

use crate::error::Result;

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
    pub outfile: Option<String>,
}

/// Parses the first statement of `query`, up to a `;` or the end. The second value is how many bytes were consumed:
/// the next statement begins there. An INSERT with data consumes everything: `InsertSource::Data` says where it lies.
///
/// `parameters` are the values of `{name:Identifier}` substitutions; others stay [`PARAMETER`] calls.
pub fn parse(query: &[u8], parameters: &BTreeMap<String, String>) -> Result<(Parsed, usize)> {
    let _ = (query, parameters);
    todo!()
}

/// Takes vector literals (arrays of more than 8 numbers) out of one statement: the template and what was lifted.
pub fn lift(query: &[u8]) -> Result<(String, Vec<Lifted>)> {
    let _ = query;
    todo!()
}

/// Parses one expression, such as a setting's or a column default's text.
pub fn parse_expression(text: &str) -> Result<sqlparser::ast::Expr> {
    let _ = text;
    todo!()
}

/// The bytes of a string literal: its text, except that bytes that are not UTF-8 are carried as private characters.
pub fn string_bytes(text: &str) -> Vec<u8> {
    let _ = text;
    todo!()
}

/// The ClickHouse type text in a `Cast` node.
pub fn type_text(data_type: &sqlparser::ast::DataType) -> String {
    let _ = data_type;
    todo!()
}

/// The name of the result column that an expression without an alias gets in ClickHouse, such as `plus(1, 2)`.
pub fn column_name(expression: &sqlparser::ast::Expr) -> String {
    let _ = expression;
    todo!()
}

/// The expression as ClickHouse writes it in SHOW CREATE, such as `a + 1`.
pub fn format_expression(expression: &sqlparser::ast::Expr) -> String {
    let _ = expression;
    todo!()
}

/// The text of SHOW CREATE TABLE, as ClickHouse prints it.
pub fn format_create(table: &CreateTable) -> String {
    let _ = table;
    todo!()
}
