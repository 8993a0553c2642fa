//! WITH TOTALS: a plan of its own for the row over all groups.
//!
//! It aggregates the same rows without keys; where the select list names a key, the totals have its type's default. By
//! default only rows of groups that HAVING lets pass count (`totals_mode`).

use std::sync::Arc;

use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::functions_aggregate::count::count_all;
use datafusion::logical_expr::{Aggregate, BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, Projection};

use super::Analyzer;
use super::select::filtered;
use crate::error::{Code, Error, Result};

/// The Aggregate of a query that asks for totals.
pub(super) struct Totals {
    aggregate: Aggregate,
    /// What keys are in the totals.
    defaults: Vec<ScalarValue>,
    /// Keys are chosen by sets, as with ROLLUP.
    has_sets: bool,
}

impl Totals {
    /// Of a plan that is an Aggregate; `defaults` has a value for each of its keys, unless they are chosen by sets.
    pub fn new(aggregate: &LogicalPlan, defaults: Vec<ScalarValue>, has_sets: bool) -> Result<Totals> {
        match aggregate {
            LogicalPlan::Aggregate(aggregate) => Ok(Totals {
                aggregate: aggregate.clone(),
                defaults,
                has_sets,
            }),
            _ => Err(Error::new(Code::LOGICAL_ERROR, "totals of what is no aggregation")),
        }
    }

    /// The totals as a row with the columns of the Aggregate; `having` says which groups count.
    pub fn plan(self, having: Option<&Expr>, analyzer: &Analyzer<'_>) -> Result<LogicalPlan> {
        let input = match having {
            Some(having) if !before_having(analyzer) => self.rows_of_groups(having)?,
            _ => self.aggregate.input.clone(),
        };
        let mut calls = self.aggregate.aggr_expr.clone();
        if calls.is_empty() {
            calls.push(count_all()); // keys alone make one row, too
        }
        let whole = Aggregate::try_new(input, Vec::new(), calls).map_err(Error::from_datafusion)?;
        let keys = self.aggregate.schema.fields().len() - self.aggregate.aggr_expr.len();
        let columns = self
            .aggregate
            .schema
            .iter()
            .enumerate()
            .map(|(place, (qualifier, field))| {
                if place >= keys {
                    return Ok(Expr::Column(Column::from((qualifier, field))));
                }
                let value = match self.defaults.get(place) {
                    Some(value) if !self.has_sets => value.clone(),
                    _ => ScalarValue::try_from(field.data_type()).map_err(Error::from_datafusion)?,
                };
                Ok(Expr::Literal(value, None).alias_qualified(qualifier.cloned(), field.name()))
            });
        let columns = columns.collect::<Result<Vec<Expr>>>()?;
        Projection::try_new(columns, Arc::new(LogicalPlan::Aggregate(whole)))
            .map(LogicalPlan::Projection)
            .map_err(Error::from_datafusion)
    }

    /// The rows below the Aggregate whose groups pass HAVING.
    fn rows_of_groups(&self, having: &Expr) -> Result<Arc<LogicalPlan>> {
        if self.has_sets {
            return Err(Error::not_implemented(
                "WITH TOTALS with ROLLUP, CUBE or GROUPING SETS and HAVING",
            ));
        }
        let keys = &self.aggregate.group_expr;
        let name = |place: usize| format!("__passed{place}");
        let passed = filtered(LogicalPlan::Aggregate(self.aggregate.clone()), having.clone())?;
        let columns = passed.schema().columns().into_iter().take(keys.len()).enumerate();
        let columns = columns.map(|(place, column)| Expr::Column(column).alias(name(place)));
        let passed = Projection::try_new(columns.collect(), Arc::new(passed)).map_err(Error::from_datafusion)?;
        let equal = |(place, key): (usize, &Expr)| {
            let key = Box::new(key.clone().unalias());
            let other = Box::new(Expr::Column(Column::new_unqualified(name(place))));
            Expr::BinaryExpr(BinaryExpr::new(key, Operator::IsNotDistinctFrom, other))
        };
        let equal = keys.iter().enumerate().map(equal);
        LogicalPlanBuilder::from(self.aggregate.input.as_ref().clone())
            .join_on(LogicalPlan::Projection(passed), JoinType::LeftSemi, equal)
            .and_then(LogicalPlanBuilder::build)
            .map(Arc::new)
            .map_err(Error::from_datafusion)
    }
}

/// Whether rows count whose groups HAVING drops. The other modes differ only where GROUP BY stops at
/// `max_rows_to_group_by`.
fn before_having(analyzer: &Analyzer<'_>) -> bool {
    analyzer.context.catalog.setting("totals_mode").as_deref() == Some("before_having")
}
