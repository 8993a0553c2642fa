//! From sqlparser's AST to a DataFusion plan whose every expression has its ClickHouse type.
//!
//! Start at [`plan_query`]. What the analyzer needs to know about the world comes through
//! [`Context`]: tables through [`Catalog`], lifted vectors and `{name:Type}` parameters beside it.
//! It runs nothing itself; a scalar subquery is a constant, so the catalog runs it while planning.
//!
//! Not here: the grammar (`parser`), what functions and casts do (`functions`), optimizing.

mod catalog;

/// Metadata key of a literal that came from a lifted slot; the value is the slot number.
pub const LIFTED_KEY: &str = "lifted";

pub use catalog::{Catalog, Column, ColumnKind, Context, HeaderColumn, Planned, Table, TableFunctionArgument};

use datafusion::common::ScalarValue;
use sqlparser::ast;

use crate::error::Result;
use crate::functions::TypedExpr;
use crate::types::DataType;

/// Plans one SELECT (with its unions, CTEs and subqueries).
pub fn plan_query(query: &ast::Query, context: &Context) -> Result<Planned> {
    let _ = (query, context);
    todo!()
}

/// Types an expression over a table's columns: DEFAULT, ORDER BY, PARTITION BY, index and
/// constraint expressions. Columns are referred to by their plain name, without a qualifier.
pub fn plan_expression(expression: &ast::Expr, columns: &[Column], context: &Context) -> Result<TypedExpr> {
    let _ = (expression, columns, context);
    todo!()
}

/// Evaluates a constant expression given as text, cast to `target` if there is one: a value in the
/// Values format, a setting, an argument of a table function.
pub fn evaluate_constant(text: &str, target: Option<&DataType>, context: &Context) -> Result<(ScalarValue, DataType)> {
    let _ = (text, target, context);
    todo!()
}
