//! Aggregate functions: [`aggregate`] binds one, with its combinators and parameters.
//!
//! The answer is an expression over one `Expr::AggregateFunction`: the analyzer moves that into the plan's Aggregate
//! node; what is around it (the value for no rows, the cast to ClickHouse's type) stays above.

use datafusion::common::ScalarValue;

use super::{Context, TypedExpr, unknown_function};
use crate::error::Result;
use crate::types::DataType;

/// One aggregate function of the registry.
pub struct AggregateFunction {
    /// ClickHouse's name.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Names are matched without case.
    pub case_insensitive: bool,
    /// One line for `system.functions`.
    pub description: &'static str,
}

/// Every aggregate function.
pub(super) const FUNCTIONS: &[AggregateFunction] = &[];

/// A call of an aggregate function: `name(parameters)(arguments)`.
pub struct AggregateArguments {
    /// The constants in the first pair of brackets of `quantile(0.9)(x)`, with their types.
    pub parameters: Vec<(ScalarValue, DataType)>,
    /// The arguments.
    pub arguments: Vec<TypedExpr>,
    /// `count(DISTINCT x)`.
    pub distinct: bool,
    /// `FILTER (WHERE …)`.
    pub filter: Option<TypedExpr>,
}

/// Whether the name, with or without combinators, is that of an aggregate function.
pub fn is_aggregate(_name: &str) -> bool {
    false
}

/// Calls the aggregate function.
pub fn aggregate(name: &str, _call: AggregateArguments, _context: &Context) -> Result<TypedExpr> {
    Err(unknown_function(name))
}
