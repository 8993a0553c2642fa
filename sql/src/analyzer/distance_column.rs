//! `_distance`: the column by which ClickHouse's reader hands the distances of a vector search to the query above it. It is
//! 0 everywhere else, and refused where a search runs; so it is a constant column, and here is a way to find its uses.

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::LogicalPlan;

use super::virtual_column::{constant, constant_name};
use crate::functions::TypedExpr;
use crate::types::DataType;

/// The column's name. A table's own column of that name comes first.
pub const DISTANCE_COLUMN: &str = "_distance";

/// The column as a query has it.
pub(super) fn distance_column() -> TypedExpr {
    let zero = ScalarValue::Float32(Some(0.0));
    TypedExpr::new(constant(DISTANCE_COLUMN, zero), DataType::Float32)
}

/// Whether a plan that is not optimized yet uses the column.
pub fn uses_distance_column(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found |= expr.exists(|part| Ok(constant_name(part).is_some_and(|name| name == DISTANCE_COLUMN)))?;
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.is_ok() && found
}
