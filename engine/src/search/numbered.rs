//! `row_number() <= k` and `rank() <= n`: what LIMIT BY and WITH TIES are in a plan.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{
    Expr, Filter, LogicalPlan, Operator, Projection, SortExpr, Window, WindowFunctionDefinition,
};

/// A Filter over the numbers that a window function gives to rows.
pub struct Numbered<'a> {
    /// What rows of one group agree in.
    pub by: &'a [Expr],
    /// The order in which rows are counted.
    pub order: &'a [SortExpr],
    /// Rows of each group that are left out first.
    pub skip: u64,
    /// Rows of each group that are kept then.
    pub take: u64,
    /// Those between the Filter and the Window, the upper one first.
    pub projections: Vec<&'a Projection>,
    /// Below the Window.
    pub input: &'a LogicalPlan,
}

impl<'a> Numbered<'a> {
    /// `function` is `row_number` or `rank`.
    pub fn of(filter: &'a Filter, function: &str) -> Option<Self> {
        let (projections, window) = numbering_of(filter)?;
        let [number] = window.window_expr.as_slice() else {
            return None;
        };
        let Expr::WindowFunction(call) = number else {
            return None;
        };
        let WindowFunctionDefinition::WindowUDF(udf) = &call.fun else {
            return None;
        };
        if udf.name() != function || call.params.filter.is_some() {
            return None;
        }
        let name = number.schema_name().to_string();
        let (skip, last) = bounds(&filter.predicate, &name)?;
        Some(Self {
            by: &call.params.partition_by,
            order: &call.params.order_by,
            skip,
            take: last.checked_sub(skip)?,
            projections,
            input: &window.input,
        })
    }
}

/// The Window below a Filter, and the projections between that only choose columns.
pub fn numbering_of(filter: &Filter) -> Option<(Vec<&Projection>, &Window)> {
    let mut projections = Vec::new();
    let mut plan: &Arc<LogicalPlan> = &filter.input;
    loop {
        match plan.as_ref() {
            LogicalPlan::Projection(projection) if projection.expr.iter().all(|it| matches!(it, Expr::Column(_))) => {
                projections.push(projection);
                plan = &projection.input;
            }
            LogicalPlan::Window(window) => return Some((projections, window)),
            _ => return None,
        }
    }
}

/// What `number > skip AND number <= last` says.
fn bounds(predicate: &Expr, number: &str) -> Option<(u64, u64)> {
    let (mut skip, mut last) = (0, None);
    for part in split_conjunction(predicate) {
        let Expr::BinaryExpr(binary) = part else {
            return None;
        };
        let (Expr::Column(column), Expr::Literal(ScalarValue::UInt64(Some(bound)), _)) =
            (binary.left.as_ref(), binary.right.as_ref())
        else {
            return None;
        };
        if column.name != number {
            return None;
        }
        match binary.op {
            Operator::Gt => skip = *bound,
            Operator::LtEq => last = Some(*bound),
            Operator::Lt => last = Some(bound.checked_sub(1)?),
            _ => return None,
        }
    }
    Some((skip, last?))
}
