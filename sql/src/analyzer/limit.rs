//! LIMIT, OFFSET, LIMIT BY and WITH TIES.

use std::sync::Arc;

use datafusion::common::{Column, ScalarValue};
use datafusion::functions_window::{rank, row_number};
use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr, Filter, Limit, LogicalPlan, LogicalPlanBuilder, SortExpr, WindowFrameUnits, WindowFunctionDefinition,
    WindowUDF, lit,
};
use sqlparser::ast;

use super::Analyzer;
use super::from::object_name;
use super::matcher::Item;
use super::scope::Scope;
use super::window::up_to_peers;
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;
use crate::parser;

/// LIMIT n BY keys.
#[derive(Clone, Debug)]
pub(super) struct LimitBy {
    pub limit: u64,
    pub offset: u64,
    pub keys: Vec<TypedExpr>,
}

/// All that limits the number of rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    pub limit: Option<u64>,
    pub offset: u64,
    pub by: Option<LimitBy>,
    pub with_ties: bool,
}

impl Analyzer<'_> {
    /// Evaluates the LIMIT clause.
    pub(super) fn limits(&self, clause: Option<&ast::LimitClause>, items: &[Item], scope: &Scope) -> Result<Limits> {
        let mut limits = Limits::default();
        match clause {
            None => {}
            Some(ast::LimitClause::OffsetCommaLimit { offset, limit }) => {
                limits.offset = self.row_count(offset, "OFFSET", scope)?;
                limits.limit = Some(self.row_count(limit, "LIMIT", scope)?);
            }
            Some(ast::LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                limits.limit = limit
                    .as_ref()
                    .map(|limit| self.row_count(limit, "LIMIT", scope))
                    .transpose()?;
                if let Some(offset) = offset {
                    limits.offset = self.row_count(&offset.value, "OFFSET", scope)?;
                }
                for marker in limit_by {
                    self.limit_marker(marker, &mut limits, items, scope)?;
                }
            }
        }
        Ok(limits)
    }

    fn limit_marker(&self, marker: &ast::Expr, limits: &mut Limits, items: &[Item], scope: &Scope) -> Result<()> {
        let (name, arguments) = marker_call(marker)?;
        match (name, arguments.as_slice()) {
            (parser::WITH_TIES, []) => limits.with_ties = true,
            (parser::LIMIT_BY, [limit, offset, keys @ ..]) => {
                let keys = keys
                    .iter()
                    .map(|key| match self.positional(key, items, scope)? {
                        Some(value) => Ok(value),
                        None => self.expression(key, scope),
                    })
                    .collect::<Result<Vec<_>>>()?;
                let limit = self.row_count(limit, "LIMIT", scope)?;
                let offset = self.row_count(offset, "OFFSET", scope)?;
                limits.by = Some(LimitBy { limit, offset, keys });
            }
            _ => return Err(Error::not_implemented(format!("LIMIT BY {marker}"))),
        }
        Ok(())
    }

    /// The constant of LIMIT or OFFSET.
    fn row_count(&self, expression: &ast::Expr, clause: &str, scope: &Scope) -> Result<u64> {
        let invalid = || {
            Error::new(
                Code::INVALID_LIMIT_EXPRESSION,
                format!(
                    "{clause} expression must be constant with numeric type. Actual: {}{}",
                    parser::format_expression(expression),
                    scope.in_scope()
                ),
            )
        };
        let Ok(value) = self.expression(expression, scope) else {
            return Err(invalid());
        };
        // A constant that is not a literal could change while the text stays the same.
        let Some(constant) = value.constant else {
            return Err(invalid());
        };
        let signed = match constant {
            ScalarValue::UInt8(Some(value)) => i128::from(value),
            ScalarValue::UInt16(Some(value)) => i128::from(value),
            ScalarValue::UInt32(Some(value)) => i128::from(value),
            ScalarValue::UInt64(Some(value)) => i128::from(value),
            ScalarValue::Int8(Some(value)) => i128::from(value),
            ScalarValue::Int16(Some(value)) => i128::from(value),
            ScalarValue::Int32(Some(value)) => i128::from(value),
            ScalarValue::Int64(Some(value)) => i128::from(value),
            ScalarValue::Float64(Some(value)) if value > 0.0 && value < 1.0 => {
                return Err(Error::not_implemented(format!("Fractional {clause}")));
            }
            ScalarValue::Float64(Some(value)) => {
                return Err(Error::new(
                    Code::INVALID_LIMIT_EXPRESSION,
                    format!(
                        "The value {value} of {clause} expression is not representable as UInt64 or Int64 or Float64 \
                         in the range (0, 1)"
                    ),
                ));
            }
            _ => return Err(invalid()),
        };
        u64::try_from(signed).map_err(|_| Error::not_implemented(format!("Negative {clause}")))
    }
}

fn marker_call(marker: &ast::Expr) -> Result<(&str, Vec<&ast::Expr>)> {
    let ast::Expr::Function(function) = marker else {
        return Err(Error::not_implemented(format!("LIMIT BY {marker}")));
    };
    let name = object_name(&function.name)?;
    let arguments = match &function.args {
        ast::FunctionArguments::List(list) => list
            .args
            .iter()
            .filter_map(|argument| match argument {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expression)) => Some(expression),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    Ok((name.first().copied().unwrap_or_default(), arguments))
}

/// The first rows of a plan.
pub(super) fn limited(plan: LogicalPlan, offset: u64, limit: Option<u64>) -> Result<LogicalPlan> {
    if offset == 0 && limit.is_none() {
        return Ok(plan);
    }
    let rows = |count: u64| Box::new(lit(i64::try_from(count).unwrap_or(i64::MAX)));
    Ok(LogicalPlan::Limit(Limit {
        skip: (offset > 0).then(|| rows(offset)),
        fetch: limit.map(rows),
        input: Arc::new(plan),
    }))
}

/// Keeps rows `offset + 1 ..= offset + limit` of each group, in the order of `order`.
pub(super) fn limited_by(
    plan: LogicalPlan,
    keys: Vec<Expr>,
    order: Vec<SortExpr>,
    offset: u64,
    limit: u64,
) -> Result<LogicalPlan> {
    let (plan, number) = numbered(plan, row_number::row_number_udwf(), keys, order)?;
    let first = number.clone().gt(lit(offset));
    let last = number.lt_eq(lit(offset.saturating_add(limit)));
    filtered(plan, if offset > 0 { first.and(last) } else { last })
}

/// Keeps the first rows and all that are equal to the last of them in the order.
pub(super) fn limited_with_ties(plan: LogicalPlan, order: Vec<SortExpr>, limit: u64) -> Result<LogicalPlan> {
    let (plan, rank) = numbered(plan, rank::rank_udwf(), Vec::new(), order)?;
    filtered(plan, rank.lt_eq(lit(limit)))
}

fn numbered(
    plan: LogicalPlan,
    udf: Arc<WindowUDF>,
    partition_by: Vec<Expr>,
    order_by: Vec<SortExpr>,
) -> Result<(LogicalPlan, Expr)> {
    let mut call = WindowFunction::new(WindowFunctionDefinition::WindowUDF(udf), Vec::new());
    call.params.window_frame = up_to_peers(WindowFrameUnits::Rows);
    call.params.partition_by = partition_by;
    call.params.order_by = order_by;
    let call = Expr::WindowFunction(Box::new(call));
    let column = Expr::Column(Column::new_unqualified(call.schema_name().to_string()));
    let plan = LogicalPlanBuilder::window_plan(plan, vec![call]).map_err(Error::from_datafusion)?;
    Ok((plan, column))
}

fn filtered(plan: LogicalPlan, predicate: Expr) -> Result<LogicalPlan> {
    Filter::try_new(predicate, Arc::new(plan))
        .map(LogicalPlan::Filter)
        .map_err(Error::from_datafusion)
}
